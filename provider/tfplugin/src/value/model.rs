//! Between values and the plain JSON of serde, through which typed models are made of values and values of models.

use super::{Attributes, DecodeError, Name, Number, Type, Value, normalized};
use crate::{Attribute, AttributeType, Nesting, Schema, Step};
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
                    .map(|(name, value)| (name.to_string(), value.to_model_json()))
                    .collect(),
            ),
            Self::Dynamic(carried) => carried.1.to_model_json(),
        }
    }

    /// The value of a serialized model, of the type of the schema. What the model leaves out is null; what the schema
    /// does not have is an error.
    pub fn from_model_json(json: &Json, schema: &Schema) -> Result<Self, DecodeError> {
        match json {
            Json::Object(attributes) => of_attributes(attributes, &schema.attributes).map(Self::Object),
            other => Self::of_model_json(other, &schema.implied_type()),
        }
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

/// An object by its schema: making its type first would take longer than all the rest.
fn of_attributes(given: &Map<String, Json>, attributes: &BTreeMap<Name, Attribute>) -> Result<Attributes, DecodeError> {
    refuse_unknown_names(given, |name| attributes.contains_key(name))?;
    let value = |name: &Name, attribute: &Attribute| match (given.get(name.as_str()), &attribute.kind) {
        (None, _) => Ok(Value::Null),
        (Some(json), AttributeType::Plain(kind)) => Value::of_model_json(json, kind),
        (
            Some(Json::Object(given)),
            AttributeType::Nested {
                nesting: Nesting::Single,
                attributes,
            },
        ) => of_attributes(given, attributes).map(Value::Object),
        (Some(json), kind) => Value::of_model_json(json, &kind.implied_type()),
    };
    let named = attributes.iter().map(|(name, attribute)| match value(name, attribute) {
        Ok(value) => Ok((name.clone(), value)),
        Err(error) => Err(error.inside(Step::Attribute(name.clone()))),
    });
    named.collect()
}

fn refuse_unknown_names(given: &Map<String, Json>, is_known: impl Fn(&str) -> bool) -> Result<(), DecodeError> {
    match given.keys().find(|name| !is_known(name)) {
        Some(name) => {
            Err(DecodeError::new("the schema has no such attribute").inside(Step::Attribute(name.as_str().into())))
        }
        None => Ok(()),
    }
}

fn read_object(attributes: &Map<String, Json>, kinds: &BTreeMap<Name, Type>) -> Result<Attributes, DecodeError> {
    refuse_unknown_names(attributes, |name| kinds.contains_key(name))?;
    kinds
        .iter()
        .map(
            |(name, kind)| match Value::of_model_json(attributes.get(name.as_str()).unwrap_or(&Json::Null), kind) {
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
            let mut values = Attributes::default();
            for (name, json) in attributes {
                let name = Name::from(normalized(name.clone()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde::{Deserialize, Serialize};
    use serde_json::json;
    use std::collections::BTreeSet;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Model {
        name: String,
        #[serde(default)]
        size: i64,
        ratio: Option<f64>,
        zones: BTreeSet<String>,
        tags: BTreeMap<String, String>,
    }

    fn schema() -> Schema {
        Schema {
            attributes: [
                ("name", Attribute::required(Type::String)),
                ("size", Attribute::optional(Type::Number)),
                ("ratio", Attribute::optional(Type::Number)),
                ("zones", Attribute::optional(Type::set(Type::String))),
                ("tags", Attribute::optional(Type::map(Type::String))),
            ]
            .map(|(name, attribute)| (name.into(), attribute))
            .into(),
            ..Schema::default()
        }
    }

    fn value(size: Value, ratio: Value) -> Value {
        Value::object([
            ("name", Value::string("a")),
            ("size", size),
            ("ratio", ratio),
            ("zones", Value::set(["z2", "z1"])),
            ("tags", Value::map([("k", "v")])),
        ])
    }

    fn model(size: i64, ratio: Option<f64>) -> Model {
        Model {
            name: "a".to_owned(),
            size,
            ratio,
            zones: ["z1", "z2"].map(str::to_owned).into(),
            tags: [("k".to_owned(), "v".to_owned())].into(),
        }
    }

    fn read(value: &Value) -> Model {
        serde_json::from_value(value.to_model_json()).unwrap()
    }

    #[test]
    fn a_value_becomes_a_model_and_back() {
        let value = value(Value::from(3), Value::Number("0.1".parse().unwrap()));
        assert_eq!(read(&value), model(3, Some(0.1)));
        let json = serde_json::to_value(model(3, Some(0.1))).unwrap();
        assert_eq!(Value::from_model_json(&json, &schema()).unwrap(), value);
    }

    #[test]
    fn what_is_null_or_unknown_is_left_to_serde() {
        assert_eq!(read(&value(Value::Null, Value::Null)), model(0, None));
        assert_eq!(read(&value(Value::UNKNOWN, Value::UNKNOWN)), model(0, None));
    }

    #[test]
    fn nulls_among_elements_stay() {
        let value = Value::list([Value::Null, Value::from(1)]);
        assert_eq!(value.to_model_json(), json!([null, 1]));
        assert_eq!(Value::map([("k", Value::Null)]).to_model_json(), json!({ "k": null }));
    }

    #[test]
    fn whole_numbers_become_integers() {
        let json = |text: &str| Value::Number(text.parse().unwrap()).to_model_json().to_string();
        assert_eq!(json("3.0"), "3");
        assert_eq!(json("18446744073709551615"), "18446744073709551615");
        assert_eq!(json("1e400"), "1.7976931348623157e+308");
    }

    #[test]
    fn what_a_model_leaves_out_is_null() {
        let null = Value::from_model_json(&json!({}), &schema()).unwrap();
        assert_eq!(null.attribute("tags"), Some(&Value::Null));
        assert_eq!(null.as_object().map(Attributes::len), Some(5));
    }

    #[test]
    fn what_the_schema_does_not_have_is_refused() {
        let refused = |json: Json, expected: Expect| {
            expected.assert_eq(&Value::from_model_json(&json, &schema()).unwrap_err().to_string());
        };
        refused(json!({"nmae": "a"}), expect!["nmae: the schema has no such attribute"]);
        refused(json!({"name": 1}), expect!["name: string is required"]);
        refused(json!({"zones": ["a", 1]}), expect!["zones[1]: string is required"]);
        refused(json!({"tags": {"k": 1}}), expect![[r#"tags["k"]: string is required"#]]);
    }

    #[test]
    fn a_dynamic_attribute_takes_the_type_of_its_value() {
        let json = json!({"a": [1, "x", null], "b": true});
        let value = Value::of_model_json(&json, &Type::Dynamic).unwrap();
        let Value::Dynamic(carried) = &value else {
            panic!("not dynamic")
        };
        assert_eq!(
            carried.0.to_string(),
            "object({ a = tuple([number, string, any]), b = bool })"
        );
        assert!(value.to_msgpack(&Type::Dynamic).is_ok());
        assert_eq!(value.to_model_json()["a"], json!([1, "x", null]));
    }
}
