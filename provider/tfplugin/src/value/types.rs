//! The types of values, and their JSON form.

use super::Name;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The type of a [`Value`](super::Value).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// A boolean.
    Bool,
    /// A number.
    Number,
    /// Text.
    String,
    /// Any type; the value says which.
    Dynamic,
    /// A list of one type.
    List(Box<Type>),
    /// A set of one type.
    Set(Box<Type>),
    /// A map of text to one type.
    Map(Box<Type>),
    /// A list of fixed length with a type for each position.
    Tuple(Vec<Type>),
    /// Named attributes, each with a type.
    Object {
        /// The attributes.
        attributes: BTreeMap<Name, Type>,
        /// Those that a caller may leave out; meaningful in the parameters of functions only.
        optional: BTreeSet<String>,
    },
}

/// A JSON form that is not the form of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the JSON form of a type")]
pub struct TypeError;

/// Deeper than anyone nests; a limit, since types are read by recursion.
pub(super) const MAX_DEPTH: usize = 128;

impl Type {
    /// A list of this type.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of this type.
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map of text to this type.
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object with these attributes, all of them always there.
    pub fn object<K: Into<Name>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object {
            attributes: attributes.into_iter().map(|(name, kind)| (name.into(), kind)).collect(),
            optional: BTreeSet::new(),
        }
    }

    /// The form that goes into schemas, and travels with dynamic values: `"string"`, `["list","string"]`, ….
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Tuple(elements) => json!(["tuple", elements.iter().map(Self::to_json).collect::<Vec<_>>()]),
            Self::Object { attributes, optional } => {
                let attributes: serde_json::Map<_, _> = attributes
                    .iter()
                    .map(|(name, kind)| (name.to_string(), kind.to_json()))
                    .collect();
                if optional.is_empty() {
                    json!(["object", attributes])
                } else {
                    json!(["object", attributes, optional])
                }
            }
        }
    }

    /// Reads what [`Type::to_json`] writes.
    pub fn from_json(json: &Json) -> Result<Self, TypeError> {
        Self::read(json, MAX_DEPTH)
    }

    fn read(json: &Json, depth: usize) -> Result<Self, TypeError> {
        let depth = depth.checked_sub(1).ok_or(TypeError)?;
        let read_boxed = |json| Self::read(json, depth).map(Box::new);
        if let Some(name) = json.as_str() {
            return Self::primitive(name);
        }
        let parts = json.as_array().ok_or(TypeError)?;
        let (constructor, arguments) = parts.split_first().ok_or(TypeError)?;
        match (constructor.as_str(), arguments) {
            (Some("list"), [element]) => Ok(Self::List(read_boxed(element)?)),
            (Some("set"), [element]) => Ok(Self::Set(read_boxed(element)?)),
            (Some("map"), [element]) => Ok(Self::Map(read_boxed(element)?)),
            (Some("tuple"), [Json::Array(elements)]) => elements
                .iter()
                .map(|element| Self::read(element, depth))
                .collect::<Result<_, _>>()
                .map(Self::Tuple),
            (Some("object"), [Json::Object(attributes)]) => Self::read_object(attributes, &[], depth),
            (Some("object"), [Json::Object(attributes), Json::Array(optional)]) => {
                Self::read_object(attributes, optional, depth)
            }
            _ => Err(TypeError),
        }
    }

    fn primitive(name: &str) -> Result<Self, TypeError> {
        match name {
            "bool" => Ok(Self::Bool),
            "number" => Ok(Self::Number),
            "string" => Ok(Self::String),
            "dynamic" => Ok(Self::Dynamic),
            _ => Err(TypeError),
        }
    }

    fn read_object(
        attributes: &serde_json::Map<String, Json>,
        optional: &[Json],
        depth: usize,
    ) -> Result<Self, TypeError> {
        let attributes: BTreeMap<_, _> = attributes
            .iter()
            .map(|(name, kind)| Ok((super::normalized(name.clone()).into(), Self::read(kind, depth)?)))
            .collect::<Result<_, TypeError>>()?;
        let optional: BTreeSet<String> = optional
            .iter()
            .map(|name| {
                name.as_str()
                    .map(|name| super::normalized(name.to_owned()))
                    .ok_or(TypeError)
            })
            .collect::<Result<_, _>>()?;
        if optional.iter().all(|name| attributes.contains_key(name.as_str())) {
            Ok(Self::Object { attributes, optional })
        } else {
            Err(TypeError)
        }
    }
}

/// As a practitioner writes it: `list(object({ name = string }))`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::Dynamic => f.write_str("any"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(elements) => {
                let elements: Vec<String> = elements.iter().map(Self::to_string).collect();
                write!(f, "tuple([{}])", elements.join(", "))
            }
            Self::Object { attributes, .. } if attributes.is_empty() => f.write_str("object({})"),
            Self::Object { attributes, optional } => {
                let attributes: Vec<String> = attributes
                    .iter()
                    .map(|(name, kind)| {
                        if optional.contains(name.as_str()) {
                            format!("{name} = optional({kind})")
                        } else {
                            format!("{name} = {kind}")
                        }
                    })
                    .collect();
                write!(f, "object({{ {} }})", attributes.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::strategies::any_type;
    use proptest::prelude::*;

    #[test]
    fn types_have_the_json_form_that_terraform_uses() {
        let table = [
            (json!("string"), "string"),
            (json!("number"), "number"),
            (json!("bool"), "bool"),
            (json!("dynamic"), "any"),
            (json!(["list", "string"]), "list(string)"),
            (json!(["set", ["map", "number"]]), "set(map(number))"),
            (json!(["tuple", ["string", "bool"]]), "tuple([string, bool])"),
            (json!(["tuple", []]), "tuple([])"),
            (json!(["object", {}]), "object({})"),
            (
                json!(["object", {"a": "string", "b": "bool"}]),
                "object({ a = string, b = bool })",
            ),
            (
                json!(["object", {"a": "string"}, ["a"]]),
                "object({ a = optional(string) })",
            ),
        ];
        for (json, text) in table {
            let kind = Type::from_json(&json).unwrap();
            assert_eq!(kind.to_json(), json);
            assert_eq!(kind.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        let table = [
            json!(null),
            json!("text"),
            json!([]),
            json!(["list"]),
            json!(["list", "string", "string"]),
            json!(["tuple", "string"]),
            json!(["object", ["a"]]),
            json!(["object", {"a": "string"}, ["b"]]),
            json!(["object", {"a": "string"}, [1]]),
        ];
        for json in table {
            assert_eq!(Type::from_json(&json), Err(TypeError), "{json}");
        }
    }

    #[test]
    fn a_type_that_is_nested_too_deeply_is_refused() {
        let nested = |depth| (0..depth).fold(json!("string"), |inner, _| json!(["list", inner]));
        assert!(Type::from_json(&nested(100)).is_ok());
        assert!(Type::from_json(&nested(200)).is_err());
    }

    proptest! {
        #[test]
        fn every_type_comes_back_as_it_was(kind in any_type()) {
            prop_assert_eq!(Type::from_json(&kind.to_json()), Ok(kind));
        }
    }
}
