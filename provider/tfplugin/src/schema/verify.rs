//! What Terraform asks of a schema when it loads a provider; a schema that breaks one of these rules makes the whole
//! provider unusable, so tests verify every schema.

use super::{Attribute, AttributeType, Nesting, Schema};
use crate::AttributePath;
use std::collections::BTreeMap;

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
        verify_attributes(&AttributePath::root(), &self.attributes, false)
    }
}

fn verify_attributes(
    path: &AttributePath,
    attributes: &BTreeMap<String, Attribute>,
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
        AttributeType::Plain(kind) if in_set && kind.has_dynamic() => {
            broken(path, "a dynamic type is not inside a set")
        }
        AttributeType::Plain(_) => Ok(()),
        AttributeType::Nested { nesting, attributes } => {
            verify_attributes(path, attributes, in_set || *nesting == Nesting::Set)
        }
    }
}

fn broken(path: &AttributePath, rule: &'static str) -> Result<(), SchemaError> {
    Err(SchemaError {
        path: path.clone(),
        rule,
    })
}
