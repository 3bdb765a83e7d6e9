//! A schema with an attribute of every sort, for tests.

use super::{Attribute, AttributeType, Nesting, Schema};
use crate::{Name, Type, Value};
use std::collections::BTreeMap;

/// A vault.
pub(crate) fn vault() -> Schema {
    let password = Attribute {
        write_only: true,
        ..Attribute::optional(Type::String)
    };
    let nested =
        |nesting, attributes: Vec<(&str, Attribute)>| Attribute::optional(AttributeType::nested(nesting, attributes));
    Schema {
        attributes: attributes([
            (
                "name",
                Attribute {
                    requires_replace: true,
                    ..Attribute::required(Type::String)
                },
            ),
            ("nickname", Attribute::optional(Type::String)),
            (
                "secret",
                Attribute {
                    sensitive: true,
                    ..Attribute::optional(Type::map(Type::String))
                },
            ),
            ("password", password.clone()),
            ("id", Attribute::computed(Type::String)),
            ("size", Attribute::optional_computed(Type::Number)),
            ("mode", Attribute::with_default(Type::String, "open")),
            ("notes", Attribute::optional(Type::set(Type::String))),
            (
                "lock",
                nested(
                    Nesting::Single,
                    vec![
                        (
                            "owner",
                            Attribute {
                                requires_replace: true,
                                ..Attribute::required(Type::String)
                            },
                        ),
                        ("kind", Attribute::with_default(Type::String, "pin")),
                        ("serial", Attribute::computed(Type::String)),
                        ("pin", password),
                    ],
                ),
            ),
            (
                "rules",
                nested(
                    Nesting::List,
                    vec![
                        (
                            "port",
                            Attribute {
                                requires_replace: true,
                                ..Attribute::required(Type::Number)
                            },
                        ),
                        ("action", Attribute::with_default(Type::String, "allow")),
                        ("handle", Attribute::computed(Type::String)),
                    ],
                ),
            ),
            (
                "shelves",
                nested(
                    Nesting::Map,
                    vec![
                        (
                            "width",
                            Attribute {
                                requires_replace: true,
                                ..Attribute::required(Type::Number)
                            },
                        ),
                        ("color", Attribute::with_default(Type::String, "grey")),
                        ("tag", Attribute::computed(Type::String)),
                    ],
                ),
            ),
            (
                "guards",
                nested(
                    Nesting::Set,
                    vec![
                        (
                            "badge",
                            Attribute {
                                requires_replace: true,
                                ..Attribute::required(Type::Number)
                            },
                        ),
                        ("shift", Attribute::with_default(Type::String, "day")),
                        ("seen", Attribute::computed(Type::String)),
                    ],
                ),
            ),
        ]),
        ..Schema::default()
    }
}

/// A vault with these attributes; all others are null.
pub(crate) fn vault_with<const N: usize>(given: [(&str, Value); N]) -> Value {
    completed(&vault().attributes, given)
}

/// An object of the nested attribute `name` of a vault; attributes that are not given are null.
pub(crate) fn nested<const N: usize>(name: &str, given: [(&str, Value); N]) -> Value {
    completed(vault().attributes[name].nested().unwrap(), given)
}

fn completed<const N: usize>(attributes: &BTreeMap<Name, Attribute>, given: [(&str, Value); N]) -> Value {
    let absent = Value::object(attributes.keys().map(|name| (name.as_str(), Value::Null)));
    given.into_iter().fold(absent, |object, (name, value)| {
        assert!(attributes.contains_key(name), "no attribute {name}");
        object.with_attribute(name, value)
    })
}

fn attributes<const N: usize>(given: [(&str, Attribute); N]) -> BTreeMap<Name, Attribute> {
    given
        .into_iter()
        .map(|(name, attribute)| (name.into(), attribute))
        .collect()
}
