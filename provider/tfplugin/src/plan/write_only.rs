//! Write-only values: in the configuration and nowhere else.

use crate::{Attribute, AttributeType, Name, Schema, Step, Value};
use std::collections::BTreeMap;

/// What an apply has to bring about: the planned state with the write-only values of the configuration put back in.
#[must_use]
pub fn desired(schema: &Schema, mut planned: Value, config: &Value) -> Value {
    fill(&schema.attributes, &mut planned, Some(config));
    planned
}

/// The value with all write-only attributes null, as states and plans must be.
#[must_use]
pub fn without_write_only(schema: &Schema, mut value: Value) -> Value {
    fill(&schema.attributes, &mut value, None);
    value
}

/// Takes the write-only values from another value of the same shape, or null.
fn fill(attributes: &BTreeMap<Name, Attribute>, value: &mut Value, source: Option<&Value>) {
    let from = |step: Step| source.and_then(|source| source.step(&step));
    match value {
        Value::Object(given) => {
            for (name, attribute) in attributes {
                if (attribute.write_only || attribute.nested().is_some())
                    && let Some(value) = given.get_mut(name)
                {
                    fill_attribute(attribute, value, source.and_then(|source| source.attribute(name)));
                }
            }
        }
        Value::List(elements) => {
            for (index, element) in elements.iter_mut().enumerate() {
                fill(attributes, element, from(Step::Index(index)));
            }
        }
        Value::Map(elements) => {
            for (key, element) in elements {
                fill(attributes, element, from(Step::Key(key.clone())));
            }
        }
        // Terraform allows no write-only attribute in a set: its elements could not be told apart.
        _ => {}
    }
}

fn fill_attribute(attribute: &Attribute, value: &mut Value, source: Option<&Value>) {
    match &attribute.kind {
        _ if attribute.write_only => *value = source.cloned().unwrap_or(Value::Null),
        AttributeType::Nested { attributes, .. } => fill(attributes, value, source),
        AttributeType::Plain(_) => {}
    }
}
