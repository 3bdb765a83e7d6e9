//! Between values and the plain JSON of serde, through which typed models are made of values and values of models.

use super::{DecodeError, Number, Type, Value, normalized};
use crate::{Schema, Step};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

impl Value {
    /// Plain JSON for serde. Attributes that are null, or not known yet, are left out, so that `Option` and
    /// `#[serde(default)]` do what they should. A number that is no 64-bit integer becomes the nearest float.
    pub fn to_model_json(&self) -> Json {
        match self {
            Self::Null | Self::Unknown(_) => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Number(number) => Json::Number(json_number(number)),
            Self::String(text) => Json::String(text.clone()),
            Self::List(elements) | Self::Set(elements) => {
                Json::Array(elements.iter().map(Self::to_model_json).collect())
            }
            Self::Map(elements) => Json::Object(
                elements
                    .iter()
                    .map(|(key, value)| (key.clone(), value.to_model_json()))
                    .collect(),
            ),
            Self::Object(attributes) => Json::Object(
                attributes
                    .iter()
                    .filter(|(_, value)| !value.is_null() && value.is_known())
                    .map(|(name, value)| (name.clone(), value.to_model_json()))
                    .collect(),
            ),
            Self::Dynamic(carried) => carried.1.to_model_json(),
        }
    }

    /// The value of a serialized model, of the type of the schema. What the model leaves out is null; what the schema
    /// does not have is an error.
    pub fn from_model_json(json: &Json, schema: &Schema) -> Result<Self, DecodeError> {
        Self::of_model_json(json, &schema.implied_type())
    }

    pub(crate) fn of_model_json(json: &Json, kind: &Type) -> Result<Self, DecodeError> {
        match (json, kind) {
            (Json::Null, _) => Ok(Self::Null),
            (_, Type::Dynamic) => {
                let (kind, value) = infer(json)?;
                Ok(Self::dynamic(kind, value))
            }
            (Json::Bool(value), Type::Bool) => Ok(Self::Bool(*value)),
            (Json::Number(number), Type::Number) => read_number(number).map(Self::Number),
            (Json::String(text), Type::String) => Ok(Self::string(text)),
            (Json::Array(elements), Type::List(kind)) => {
                read_elements(elements.iter().map(|element| (element, &**kind))).map(Self::List)
            }
            (Json::Array(elements), Type::Set(kind)) => {
                read_elements(elements.iter().map(|element| (element, &**kind))).map(Self::set)
            }
            (Json::Array(elements), Type::Tuple(kinds)) if elements.len() == kinds.len() => {
                read_elements(elements.iter().zip(kinds)).map(Self::List)
            }
            (Json::Object(elements), Type::Map(kind)) => read_map(elements, kind).map(Self::Map),
            (Json::Object(attributes), Type::Object { attributes: kinds, .. }) => {
                read_object(attributes, kinds).map(Self::Object)
            }
            _ => Err(DecodeError::new(format!("{kind} is required"))),
        }
    }
}

pub(super) fn read_number(number: &serde_json::Number) -> Result<Number, DecodeError> {
    number
        .to_string()
        .parse()
        .map_err(|error| DecodeError::new(format!("number is required, this is {error}")))
}

fn read_elements<'a>(elements: impl Iterator<Item = (&'a Json, &'a Type)>) -> Result<Vec<Value>, DecodeError> {
    elements
        .enumerate()
        .map(|(index, (element, kind))| {
            Value::of_model_json(element, kind).map_err(|error| error.inside(Step::Index(index)))
        })
        .collect()
}

fn read_map(elements: &Map<String, Json>, kind: &Type) -> Result<BTreeMap<String, Value>, DecodeError> {
    elements
        .iter()
        .map(|(key, element)| match Value::of_model_json(element, kind) {
            Ok(value) => Ok((normalized(key.clone()), value)),
            Err(error) => Err(error.inside(Step::Key(key.clone()))),
        })
        .collect()
}

fn read_object(
    attributes: &Map<String, Json>,
    kinds: &BTreeMap<String, Type>,
) -> Result<BTreeMap<String, Value>, DecodeError> {
    if let Some(name) = attributes.keys().find(|name| !kinds.contains_key(*name)) {
        return Err(DecodeError::new("the schema has no such attribute").inside(Step::Attribute(name.clone())));
    }
    kinds
        .iter()
        .map(
            |(name, kind)| match Value::of_model_json(attributes.get(name).unwrap_or(&Json::Null), kind) {
                Ok(value) => Ok((name.clone(), value)),
                Err(error) => Err(error.inside(Step::Attribute(name.clone()))),
            },
        )
        .collect()
}

/// The type that a value of any type is given: arrays are tuples, objects are objects, as in Terraform's `jsondecode`.
fn infer(json: &Json) -> Result<(Type, Value), DecodeError> {
    Ok(match json {
        Json::Null => (Type::Dynamic, Value::Null),
        Json::Bool(value) => (Type::Bool, Value::Bool(*value)),
        Json::Number(number) => (Type::Number, Value::Number(read_number(number)?)),
        Json::String(text) => (Type::String, Value::string(text)),
        Json::Array(elements) => {
            let (kinds, values) = elements.iter().map(infer).collect::<Result<_, _>>()?;
            (Type::Tuple(kinds), Value::List(values))
        }
        Json::Object(attributes) => {
            let mut kinds = BTreeMap::new();
            let mut values = BTreeMap::new();
            for (name, json) in attributes {
                let name = normalized(name.clone());
                let (kind, value) = infer(json)?;
                kinds.insert(name.clone(), kind);
                values.insert(name, value);
            }
            (Type::object(kinds), Value::Object(values))
        }
    })
}

/// An integer when it is one of 64 bits, else the nearest (finite) float.
pub(super) fn json_number(number: &Number) -> serde_json::Number {
    let integer = number
        .to_i64()
        .map(Into::into)
        .or_else(|| number.to_u64().map(Into::into));
    let float = || serde_json::Number::from_f64(number.to_f64().clamp(f64::MIN, f64::MAX));
    integer.or_else(float).expect("a clamped float is finite")
}
