//! The form of values in state files: JSON, directed by the type that the schema gives.
//!
//! Numbers are read from their text, so that none of their digits is lost in a float. `serde_json` would keep them with
//! its feature `arbitrary_precision`, but that changes how numbers deserialize in every crate of the build.

use super::types::MAX_DEPTH;
use super::{DecodeError, EncodeError, Type, Value, normalized};
use crate::Step;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::str::FromStr;

impl Value {
    /// Reads the form that state files have. Attributes that are missing are null, attributes that the type does not
    /// have are left out.
    pub fn from_json(json: &Json, kind: &Type) -> Result<Self, DecodeError> {
        Self::from_json_slice(json.to_string().as_bytes(), kind)
    }

    /// As [`Value::from_json`], from text; keeps all digits of numbers.
    pub fn from_json_slice(bytes: &[u8], kind: &Type) -> Result<Self, DecodeError> {
        let raw = serde_json::from_slice(bytes).map_err(|_| DecodeError::new("not JSON"))?;
        read(raw, kind, MAX_DEPTH)
    }

    /// Writes the form that state files have. Fails when it is not of this type, or not wholly known.
    pub fn to_json(&self, kind: &Type) -> Result<Json, EncodeError> {
        write(self, kind)
    }
}

fn read(raw: &RawValue, kind: &Type, depth: usize) -> Result<Value, DecodeError> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| DecodeError::new("nested too deeply"))?;
    if raw.get() == "null" {
        return Ok(Value::Null);
    }
    match kind {
        Type::Bool => parse(raw, "a bool").map(Value::Bool),
        Type::Number => read_number(raw),
        Type::String => parse::<String>(raw, "a string").map(Value::string),
        Type::Dynamic => read_dynamic(raw, depth),
        Type::List(element) => read_elements(raw, element, depth).map(Value::List),
        Type::Set(element) => read_elements(raw, element, depth).map(Value::set),
        Type::Map(element) => read_map(raw, element, depth).map(Value::Map),
        Type::Tuple(elements) => read_tuple(raw, elements, depth).map(Value::List),
        Type::Object { attributes, .. } => read_object(raw, attributes, depth).map(Value::Object),
    }
}

fn parse<'a, T: serde::Deserialize<'a>>(raw: &'a RawValue, expected: &str) -> Result<T, DecodeError> {
    serde_json::from_str(raw.get()).map_err(|_| DecodeError::new(format!("{expected} is required")))
}

/// A JSON number; or a string of digits, which older states hold.
fn read_number(raw: &RawValue) -> Result<Value, DecodeError> {
    let text = raw.get();
    let digits = if text.starts_with('"') {
        parse::<String>(raw, "a number")?
    } else {
        text.to_owned()
    };
    let number = super::Number::from_str(&digits)
        .map_err(|error| DecodeError::new(format!("a number is required, this is {error}")))?;
    Ok(Value::Number(number))
}

/// `{"value": …, "type": …}`.
fn read_dynamic(raw: &RawValue, depth: usize) -> Result<Value, DecodeError> {
    let parts: BTreeMap<String, &RawValue> = parse(raw, "an object of value and type")?;
    let part = |name| {
        parts
            .get(name)
            .ok_or_else(|| DecodeError::new("an object of value and type is required"))
    };
    let kind = parse(part("type")?, "a type")?;
    let kind = Type::from_json(&kind).map_err(|error| DecodeError::new(error.to_string()))?;
    let value = read(part("value")?, &kind, depth)?;
    Ok(Value::dynamic(kind, value))
}

fn read_elements(raw: &RawValue, kind: &Type, depth: usize) -> Result<Vec<Value>, DecodeError> {
    let elements: Vec<&RawValue> = parse(raw, "an array")?;
    elements
        .into_iter()
        .enumerate()
        .map(|(index, element)| read(element, kind, depth).map_err(|error| error.inside(Step::Index(index))))
        .collect()
}

fn read_tuple(raw: &RawValue, kinds: &[Type], depth: usize) -> Result<Vec<Value>, DecodeError> {
    let elements: Vec<&RawValue> = parse(raw, "an array")?;
    if elements.len() != kinds.len() {
        return Err(DecodeError::new(format!(
            "a tuple with {} elements is required",
            kinds.len()
        )));
    }
    let read_element = |(index, (element, kind)): (usize, (&RawValue, &Type))| {
        read(element, kind, depth).map_err(|error| error.inside(Step::Index(index)))
    };
    elements.into_iter().zip(kinds).enumerate().map(read_element).collect()
}

fn read_map(raw: &RawValue, kind: &Type, depth: usize) -> Result<BTreeMap<String, Value>, DecodeError> {
    let elements: BTreeMap<String, &RawValue> = parse(raw, "an object")?;
    elements
        .into_iter()
        .map(|(key, element)| {
            let key = normalized(key);
            let value = read(element, kind, depth).map_err(|error| error.inside(Step::Key(key.clone())))?;
            Ok((key, value))
        })
        .collect()
}

fn read_object(
    raw: &RawValue,
    kinds: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<BTreeMap<String, Value>, DecodeError> {
    let attributes: BTreeMap<String, &RawValue> = parse(raw, "an object")?;
    kinds
        .iter()
        .map(|(name, kind)| {
            let value = attributes
                .get(name)
                .map_or(Ok(Value::Null), |value| read(value, kind, depth));
            Ok((
                name.clone(),
                value.map_err(|error| error.inside(Step::Attribute(name.clone())))?,
            ))
        })
        .collect()
}

fn write(value: &Value, kind: &Type) -> Result<Json, EncodeError> {
    match (value, kind) {
        (Value::Null, _) => Ok(Json::Null),
        (Value::Unknown(_), _) => Err(EncodeError::new("a known value is required")),
        (Value::Bool(value), Type::Bool) => Ok(Json::Bool(*value)),
        (Value::Number(number), Type::Number) => Ok(Json::Number(super::model::json_number(number))),
        (Value::String(text), Type::String) => Ok(Json::String(text.clone())),
        (Value::List(elements), Type::List(kind)) | (Value::Set(elements), Type::Set(kind)) => {
            write_elements(elements.iter().map(|element| (element, &**kind)))
        }
        (Value::List(elements), Type::Tuple(kinds)) if elements.len() == kinds.len() => {
            write_elements(elements.iter().zip(kinds))
        }
        (Value::Map(elements), Type::Map(kind)) => write_map(elements, kind),
        (Value::Object(attributes), Type::Object { attributes: kinds, .. }) => write_object(attributes, kinds),
        (Value::Dynamic(carried), Type::Dynamic) => {
            let (kind, value) = &**carried;
            Ok(serde_json::json!({ "value": write(value, kind)?, "type": kind.to_json() }))
        }
        _ => Err(EncodeError::new(format!("{kind} is required"))),
    }
}

fn write_elements<'a>(elements: impl Iterator<Item = (&'a Value, &'a Type)>) -> Result<Json, EncodeError> {
    let write_element =
        |(index, (element, kind))| write(element, kind).map_err(|error| error.inside(Step::Index(index)));
    elements
        .enumerate()
        .map(write_element)
        .collect::<Result<_, _>>()
        .map(Json::Array)
}

fn write_map(elements: &BTreeMap<String, Value>, kind: &Type) -> Result<Json, EncodeError> {
    let write_element = |(key, element): (&String, &Value)| match write(element, kind) {
        Ok(json) => Ok((key.clone(), json)),
        Err(error) => Err(error.inside(Step::Key(key.clone()))),
    };
    elements
        .iter()
        .map(write_element)
        .collect::<Result<_, _>>()
        .map(Json::Object)
}

fn write_object(attributes: &BTreeMap<String, Value>, kinds: &BTreeMap<String, Type>) -> Result<Json, EncodeError> {
    if let Some(name) = attributes.keys().find(|name| !kinds.contains_key(*name)) {
        return Err(EncodeError::new("the type has no such attribute").inside(Step::Attribute(name.clone())));
    }
    let write_attribute = |(name, kind): (&String, &Type)| {
        let value = attributes
            .get(name)
            .ok_or_else(|| EncodeError::new("the attribute is missing"));
        let json = value.and_then(|value| write(value, kind));
        Ok((
            name.clone(),
            json.map_err(|error| error.inside(Step::Attribute(name.clone())))?,
        ))
    };
    kinds
        .iter()
        .map(write_attribute)
        .collect::<Result<_, _>>()
        .map(Json::Object)
}
