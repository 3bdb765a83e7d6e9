//! Between values and typed models, by way of serde.

mod read;
mod write;

pub(super) use read::nearest_float;

use super::{DecodeError, EncodeError, Name, Type, Value};
use crate::{Attribute, AttributeType, Nesting, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use write::Writer;

impl Value {
    /// The model that the value stands for. Attributes that are null, or not known yet, are left out, so that `Option`
    /// and `#[serde(default)]` do what they should. A number that is no 64-bit integer becomes the nearest float.
    pub fn to_model<M: DeserializeOwned>(&self) -> Result<M, DecodeError> {
        M::deserialize(self)
    }

    /// The value of a model, of the type of the schema. What the model leaves out is null; what the schema does not have
    /// is an error.
    pub fn of_model<M: Serialize + ?Sized>(model: &M, schema: &Schema) -> Result<Self, EncodeError> {
        model.serialize(Writer(Expected::Nested(Nesting::Single, &schema.attributes)))
    }

    /// As [`Value::of_model`], for one attribute.
    pub(crate) fn of_attribute<M: Serialize + ?Sized>(model: &M, kind: &AttributeType) -> Result<Self, EncodeError> {
        model.serialize(Writer(Expected::of(kind)))
    }

    /// Plain JSON, as of a model that takes anything.
    pub fn to_model_json(&self) -> serde_json::Value {
        self.to_model().expect("any value has a plain JSON form")
    }
}

/// What a model, or a part of it, has to become.
#[derive(Clone, Copy)]
enum Expected<'a> {
    Type(&'a Type),
    Nested(Nesting, &'a BTreeMap<Name, Attribute>),
}

impl<'a> Expected<'a> {
    fn of(attribute: &'a AttributeType) -> Self {
        match attribute {
            AttributeType::Plain(kind) => Self::Type(kind),
            AttributeType::Nested { nesting, attributes } => Self::Nested(*nesting, attributes),
        }
    }

    /// What the element of a list, set or tuple has to become.
    fn element(self, index: usize) -> Option<Self> {
        match self {
            Self::Type(Type::List(kind) | Type::Set(kind)) => Some(Self::Type(kind)),
            Self::Type(Type::Tuple(kinds)) => kinds.get(index).map(Self::Type),
            Self::Type(Type::Dynamic) => Some(self),
            Self::Nested(Nesting::List | Nesting::Set, attributes) => Some(Self::Nested(Nesting::Single, attributes)),
            _ => None,
        }
    }

    /// What the element of a map, or the attribute of an object, has to become.
    fn member(self, name: &str) -> Option<Self> {
        match self {
            Self::Type(Type::Map(kind)) => Some(Self::Type(kind)),
            Self::Type(Type::Object { attributes, .. }) => attributes.get(name).map(Self::Type),
            Self::Type(Type::Dynamic) => Some(self),
            Self::Nested(Nesting::Map, attributes) => Some(Self::Nested(Nesting::Single, attributes)),
            Self::Nested(Nesting::Single, attributes) => {
                attributes.get(name).map(|attribute| Self::of(&attribute.kind))
            }
            _ => None,
        }
    }

    fn required(self) -> EncodeError {
        let kind = match self {
            Self::Type(kind) => kind.clone(),
            Self::Nested(nesting, attributes) => nesting.of(crate::schema::object_type(attributes)),
        };
        EncodeError::new(format!("{kind} is required"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Attributes;
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
        value.to_model().unwrap()
    }

    #[test]
    fn a_value_becomes_a_model_and_back() {
        let value = value(Value::from(3), Value::Number("0.1".parse().unwrap()));
        assert_eq!(read(&value), model(3, Some(0.1)));
        assert_eq!(Value::of_model(&model(3, Some(0.1)), &schema()).unwrap(), value);
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
        let null = Value::of_model(&json!({}), &schema()).unwrap();
        assert_eq!(null.attribute("tags"), Some(&Value::Null));
        assert_eq!(null.as_object().map(Attributes::len), Some(5));
    }

    #[test]
    fn what_the_schema_does_not_have_is_refused() {
        let refused = |json: serde_json::Value, expected: Expect| {
            expected.assert_eq(&Value::of_model(&json, &schema()).unwrap_err().to_string());
        };
        refused(json!({"nmae": "a"}), expect!["nmae: the schema has no such attribute"]);
        refused(json!({"name": 1}), expect!["name: string is required"]);
        refused(json!({"zones": ["a", 1]}), expect!["zones[1]: string is required"]);
        refused(json!({"tags": {"k": 1}}), expect![[r#"tags["k"]: string is required"#]]);
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Full,
        Incremental,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Rule {
        kind: Option<Kind>,
        days: Vec<u8>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Rules {
        rules: Vec<Rule>,
        named: BTreeMap<String, Rule>,
    }

    fn rules() -> Schema {
        let attributes = || {
            [
                ("kind", Attribute::optional(Type::String)),
                ("days", Attribute::optional(Type::set(Type::Number))),
            ]
        };
        let nested = |nesting| Attribute::optional(AttributeType::nested(nesting, attributes()));
        Schema {
            attributes: [("rules", nested(Nesting::List)), ("named", nested(Nesting::Map))]
                .map(|(name, attribute)| (name.into(), attribute))
                .into(),
            ..Schema::default()
        }
    }

    fn rule(kind: Value, days: Value) -> Value {
        Value::object([("kind", kind), ("days", days)])
    }

    #[test]
    fn nested_objects_become_models_and_back() {
        let full = || rule(Value::string("full"), Value::set([1, 7]));
        let value = Value::object([
            ("rules", Value::list([full(), rule(Value::Null, Value::set([0; 0]))])),
            ("named", Value::map([("a", full())])),
        ]);
        let rule = |kind, days: &[u8]| Rule {
            kind,
            days: days.to_vec(),
        };
        let model = Rules {
            rules: vec![rule(Some(Kind::Full), &[1, 7]), rule(None, &[])],
            named: [("a".to_owned(), rule(Some(Kind::Full), &[1, 7]))].into(),
        };
        assert_eq!(Value::of_model(&model, &rules()).unwrap(), value);
        assert_eq!(value.to_model::<Rules>().unwrap(), model);
    }

    #[test]
    fn an_error_says_where_it_is_and_not_what_is_there() {
        let error = |value: Value| {
            let rules = Value::object([("rules", Value::list([value])), ("named", Value::map([("", 0); 0]))]);
            rules.to_model::<Rules>().unwrap_err().to_string()
        };
        let days = Value::set([0; 0]);
        expect!["rules[0].kind: one of `full`, `incremental` is required"]
            .assert_eq(&error(rule(Value::string("hunter2"), days.clone())));
        expect!["rules[0].days[1]: u8 is required"].assert_eq(&error(rule(Value::Null, Value::list([1, 300]))));
        expect!["rules[0].days: a sequence is required"].assert_eq(&error(rule(Value::Null, Value::string("hunter2"))));
        expect!["rules[0]: missing field `days`"].assert_eq(&error(rule(Value::Null, Value::Null)));
        expect!["rules[0]: struct Rule is required"].assert_eq(&error(Value::from(3)));
    }

    #[test]
    fn a_nested_model_that_does_not_fit_says_where() {
        let error = |json: serde_json::Value| Value::of_model(&json, &rules()).unwrap_err().to_string();
        expect!["rules[0].day: the schema has no such attribute"].assert_eq(&error(json!({"rules": [{"day": 1}]})));
        expect![[r#"named["a"].days: set(number) is required"#]]
            .assert_eq(&error(json!({"named": {"a": {"days": {}}}})));
        expect!["rules: list(object({ days = set(number), kind = string })) is required"]
            .assert_eq(&error(json!({"rules": "a"})));
    }

    #[test]
    fn a_dynamic_attribute_takes_the_type_of_its_value() {
        let json = json!({"a": [1, "x", null], "b": true});
        let value = Value::of_attribute(&json, &Type::Dynamic.into()).unwrap();
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
