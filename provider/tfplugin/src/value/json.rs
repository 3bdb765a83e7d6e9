//! The form of values in state files: JSON, directed by the type that the schema gives.
//!
//! Numbers are read from their text, so that none of their digits is lost in a float. `serde_json` would keep them with
//! its feature `arbitrary_precision`, but that changes how numbers deserialize in every crate of the build.

use super::model::nearest_float;
use super::types::MAX_DEPTH;
use super::{Attributes, DecodeError, EncodeError, Name, Number, Type, Value, normalized};
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
    let number = Number::from_str(&digits)
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

fn read_object(raw: &RawValue, kinds: &BTreeMap<Name, Type>, depth: usize) -> Result<Attributes, DecodeError> {
    let attributes: BTreeMap<String, &RawValue> = parse(raw, "an object")?;
    kinds
        .iter()
        .map(|(name, kind)| {
            let value = attributes
                .get(name.as_str())
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
        (Value::Number(number), Type::Number) => write_number(number),
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

/// A [`Json`] holds integers of 64 bits and floats only: a number that is neither cannot be written without a loss.
fn write_number(number: &Number) -> Result<Json, EncodeError> {
    let json = match (number.to_i64(), number.to_u64()) {
        (Some(integer), _) => Json::from(integer),
        (None, Some(integer)) => Json::from(integer),
        (None, None) => Json::from(nearest_float(number)),
    };
    if json.to_string().parse().as_ref() == Ok(number) {
        Ok(json)
    } else {
        Err(EncodeError::new("a number with more digits than fit"))
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

fn write_object(attributes: &Attributes, kinds: &BTreeMap<Name, Type>) -> Result<Json, EncodeError> {
    if let Some(name) = attributes.keys().find(|name| !kinds.contains_key(*name)) {
        return Err(EncodeError::new("the type has no such attribute").inside(Step::Attribute(name.clone())));
    }
    let write_attribute = |(name, kind): (&Name, &Type)| {
        let value = attributes
            .get(name)
            .ok_or_else(|| EncodeError::new("the attribute is missing"));
        let json = value.and_then(|value| write(value, kind));
        Ok((
            name.to_string(),
            json.map_err(|error| error.inside(Step::Attribute(name.clone())))?,
        ))
    };
    kinds
        .iter()
        .map(write_attribute)
        .collect::<Result<_, _>>()
        .map(Json::Object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::strategies::{Unknowns, number, typed_value};
    use expect_test::{Expect, expect};
    use proptest::{collection::vec, prelude::*, sample::Index};
    use serde_json::json;

    fn object() -> Type {
        Type::object([("a", Type::String), ("b", Type::list(Type::Number))])
    }

    #[track_caller]
    fn refused(text: &str, kind: &Type, expected: Expect) {
        expected.assert_eq(&Value::from_json_slice(text.as_bytes(), kind).unwrap_err().to_string());
    }

    #[test]
    fn state_files_are_read() {
        let read = |json: Json| Value::from_json(&json, &object()).unwrap();
        let value = Value::object([("a", Value::string("x")), ("b", Value::list([1, 2]))]);
        assert_eq!(read(json!({"a": "x", "b": [1, 2]})), value);
        assert_eq!(read(json!({"a": "x", "b": ["1", 2.0], "gone": {}})), value);
        assert_eq!(read(json!({})), Value::object([("a", Value::Null), ("b", Value::Null)]));
        assert_eq!(read(json!(null)), Value::Null);
    }

    #[test]
    fn text_is_brought_to_normal_form() {
        let value = Value::from_json(&json!({"e\u{301}": "e\u{301}"}), &Type::map(Type::String)).unwrap();
        assert_eq!(
            value,
            Value::Map([("\u{e9}".to_owned(), Value::String("\u{e9}".to_owned()))].into())
        );
    }

    #[test]
    fn numbers_keep_all_their_digits() {
        for text in ["18446744073709551616", "0.1000000000000000000000001", "1e30", "-1.5E2"] {
            let value = Value::from_json_slice(format!(" {text}\n").as_bytes(), &Type::Number).unwrap();
            assert_eq!(value, Value::Number(text.parse().unwrap()));
        }
    }

    #[test]
    fn dynamic_values_carry_their_type() {
        let json = json!({"value": ["a"], "type": ["list", "string"]});
        let value = Value::dynamic(Type::list(Type::String), Value::list(["a"]));
        assert_eq!(Value::from_json(&json, &Type::Dynamic).unwrap(), value);
        assert_eq!(value.to_json(&Type::Dynamic).unwrap(), json);
        refused(
            r#"{"value": 1}"#,
            &Type::Dynamic,
            expect!["an object of value and type is required"],
        );
        refused(
            r#"{"value": 1, "type": "x"}"#,
            &Type::Dynamic,
            expect!["not the JSON form of a type"],
        );
    }

    #[test]
    fn what_is_not_of_the_type_is_refused_without_the_value() {
        refused(r#"{"a": 17}"#, &object(), expect!["a: a string is required"]);
        refused(
            r#"{"b": [1, "secret"]}"#,
            &object(),
            expect!["b[1]: a number is required, this is not a decimal number"],
        );
        refused(
            "[1e999999999]",
            &Type::list(Type::Number),
            expect!["[0]: a number is required, this is a number with more than 16384 places"],
        );
        refused(
            r#"{"k": "secret"}"#,
            &Type::map(Type::Bool),
            expect![[r#"["k"]: a bool is required"#]],
        );
        refused(
            "[1]",
            &Type::Tuple(vec![]),
            expect!["a tuple with 0 elements is required"],
        );
        refused("{} {}", &object(), expect!["not JSON"]);
        refused("", &object(), expect!["not JSON"]);
    }

    #[test]
    fn dynamic_values_that_are_nested_too_deeply_are_refused() {
        let nest = |inner: String, _| format!(r#"{{"type":"dynamic","value":{inner}}}"#);
        refused(
            &(0..100).fold("1".to_owned(), nest),
            &Type::Dynamic,
            expect!["an object of value and type is required"],
        );
        refused(
            &(0..200).fold("1".to_owned(), nest),
            &Type::Dynamic,
            expect!["nested too deeply"],
        );
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let refused = |value: Value, kind: &Type, expected: Expect| {
            expected.assert_eq(&value.to_json(kind).unwrap_err().to_string());
        };
        refused(Value::UNKNOWN, &Type::Bool, expect!["a known value is required"]);
        refused(Value::string("secret"), &Type::Bool, expect!["bool is required"]);
        refused(
            Value::object([("a", "x")]),
            &object(),
            expect!["b: the attribute is missing"],
        );
        refused(
            Value::object([("c", "x")]),
            &object(),
            expect!["c: the type has no such attribute"],
        );
        let long = Value::Number("0.1000000000000000000000001".parse().unwrap());
        refused(
            Value::list([long]),
            &Type::list(Type::Number),
            expect!["[0]: a number with more digits than fit"],
        );
    }

    proptest! {
        #[test]
        fn every_value_comes_back_as_it_was((kind, value) in typed_value(Unknowns::Nowhere)) {
            // Numbers with more digits than a float holds are not written.
            if let Ok(json) = value.to_json(&kind) {
                prop_assert_eq!(Value::from_json(&json, &kind).unwrap(), value);
            }
        }

        #[test]
        fn numbers_are_read_by_their_digits(number in number()) {
            for text in [number.to_string(), format!("\"{number}\"")] {
                let read = Value::from_json_slice(text.as_bytes(), &Type::Number).unwrap();
                prop_assert_eq!(read, Value::Number(number.clone()));
            }
        }

        #[test]
        fn no_damage_makes_it_panic(
            (kind, value) in typed_value(Unknowns::Nowhere),
            damage in vec((any::<Index>(), "[{}\\[\\],:\"0e\\-nt\\\\]"), 1..4),
        ) {
            let Ok(json) = value.to_json(&kind) else { return Ok(()) };
            let mut text = json.to_string().into_bytes();
            for (place, byte) in damage {
                let place = place.index(text.len());
                text[place] = byte.as_bytes()[0];
            }
            if let Ok(value) = Value::from_json_slice(&text, &kind) {
                let written = value.to_msgpack(&kind).unwrap();
                prop_assert_eq!(Value::from_msgpack(&written, &kind).unwrap(), value);
            }
        }
    }
}
