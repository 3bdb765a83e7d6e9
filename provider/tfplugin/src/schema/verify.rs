//! What Terraform asks of a schema when it loads a provider; a schema that breaks one of these rules makes the whole
//! provider unusable, so tests verify every schema.

use super::{Attribute, AttributeType, Nesting, Schema};
use crate::{AttributePath, Name, Type};
use std::collections::BTreeMap;

/// Terraform does not refuse attributes of these names, but nobody could give them a value.
const RESERVED: [&str; 7] = [
    "connection",
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "provider",
    "provisioner",
];

/// A rule that a schema breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {rule}")]
pub struct SchemaError {
    /// The attribute.
    pub path: AttributePath,
    /// The rule.
    pub rule: &'static str,
}

impl Schema {
    /// Whether Terraform will accept it.
    pub fn verify(&self) -> Result<(), SchemaError> {
        if self.version < 0 {
            return broken(&AttributePath::root(), "a version is not negative");
        }
        if let Some(name) = RESERVED.iter().find(|name| self.attributes.contains_key(**name)) {
            return broken(
                &AttributePath::attribute(*name),
                "a name that Terraform takes for itself in every resource block",
            );
        }
        verify_attributes(&AttributePath::root(), &self.attributes, false)
    }
}

fn verify_attributes(
    path: &AttributePath,
    attributes: &BTreeMap<Name, Attribute>,
    in_set: bool,
) -> Result<(), SchemaError> {
    attributes.iter().try_for_each(|(name, attribute)| {
        let path = path.child(name);
        verify_name(&path, name)?;
        verify_attribute(&path, attribute, in_set)
    })
}

fn verify_name(path: &AttributePath, name: &str) -> Result<(), SchemaError> {
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) || !name.bytes().all(valid) {
        return broken(
            path,
            "a name is of lower case letters, digits and underscores, and begins with no digit",
        );
    }
    Ok(())
}

fn verify_attribute(path: &AttributePath, attribute: &Attribute, in_set: bool) -> Result<(), SchemaError> {
    if attribute.required == (attribute.optional || attribute.computed) {
        return broken(path, "an attribute is either required, or optional or computed or both");
    }
    if attribute.default.is_some() && !(attribute.optional && attribute.computed) {
        return broken(path, "an attribute with a default is optional and computed");
    }
    if attribute.write_only && attribute.computed {
        return broken(path, "a write-only attribute is not computed, and has no default");
    }
    if attribute.write_only && in_set {
        return broken(path, "a write-only attribute is not inside a set");
    }
    match &attribute.kind {
        AttributeType::Plain(kind) if dynamic_in_set(kind, in_set) => {
            broken(path, "a dynamic type is not inside a set")
        }
        AttributeType::Plain(_) => Ok(()),
        AttributeType::Nested { nesting, attributes } => {
            verify_attributes(path, attributes, in_set || *nesting == Nesting::Set)
        }
    }
}

fn dynamic_in_set(kind: &Type, in_set: bool) -> bool {
    match kind {
        Type::Dynamic => in_set,
        Type::Bool | Type::Number | Type::String => false,
        Type::Set(element) => dynamic_in_set(element, true),
        Type::List(element) | Type::Map(element) => dynamic_in_set(element, in_set),
        Type::Tuple(elements) => elements.iter().any(|element| dynamic_in_set(element, in_set)),
        Type::Object { attributes, .. } => attributes.values().any(|kind| dynamic_in_set(kind, in_set)),
    }
}

fn broken(path: &AttributePath, rule: &'static str) -> Result<(), SchemaError> {
    Err(SchemaError {
        path: path.clone(),
        rule,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn schema(name: &str, attribute: Attribute) -> Schema {
        Schema {
            attributes: [(name.into(), attribute)].into(),
            ..Schema::default()
        }
    }

    #[track_caller]
    fn refused(attribute: Attribute, expected: Expect) {
        expected.assert_eq(&schema("a", attribute).verify().unwrap_err().to_string());
    }

    fn text() -> Attribute {
        Attribute::optional(Type::String)
    }

    fn set_of(attribute: Attribute) -> Attribute {
        let inner = AttributeType::nested(Nesting::Single, [("c", attribute)]);
        Attribute::optional(AttributeType::nested(Nesting::Set, [("b", Attribute::optional(inner))]))
    }

    #[test]
    fn good_schemas_are_accepted() {
        let write_only = || Attribute {
            write_only: true,
            ..text()
        };
        for attribute in [
            text(),
            write_only(),
            Attribute::required(Type::Dynamic),
            Attribute::computed(Type::list(Type::Bool)),
            Attribute::optional_computed(Type::String),
            Attribute::with_default(Type::Bool, true),
            set_of(text()),
            Attribute::optional(AttributeType::nested(Nesting::Map, [("b", write_only())])),
        ] {
            assert_eq!(schema("name_1", attribute).verify(), Ok(()));
        }
    }

    #[test]
    fn flags_must_agree() {
        for (required, optional, computed) in [(false, false, false), (true, true, false), (true, false, true)] {
            let attribute = Attribute {
                required,
                optional,
                computed,
                ..text()
            };
            refused(
                attribute,
                expect!["a: an attribute is either required, or optional or computed or both"],
            );
        }
        let default = expect!["a: an attribute with a default is optional and computed"];
        refused(
            Attribute {
                default: Some(true.into()),
                ..text()
            },
            default,
        );
        let write_only = expect!["a: a write-only attribute is not computed, and has no default"];
        refused(
            Attribute {
                write_only: true,
                ..Attribute::optional_computed(Type::String)
            },
            write_only,
        );
    }

    #[test]
    fn sets_hold_nothing_write_only_and_nothing_dynamic() {
        refused(
            set_of(Attribute {
                write_only: true,
                ..text()
            }),
            expect!["a.b.c: a write-only attribute is not inside a set"],
        );
        let dynamic = expect!["a.b.c: a dynamic type is not inside a set"];
        refused(set_of(Attribute::optional(Type::list(Type::Dynamic))), dynamic);
        refused(
            Attribute::optional(Type::set(Type::Dynamic)),
            expect!["a: a dynamic type is not inside a set"],
        );
    }

    #[test]
    fn names_and_versions_must_be_valid() {
        for name in ["", "1a", "nameOf", "a-b", "é", "count"] {
            assert!(schema(name, text()).verify().is_err(), "{name}");
        }
        assert!(
            Schema {
                version: -1,
                ..Schema::default()
            }
            .verify()
            .is_err()
        );
    }
}
