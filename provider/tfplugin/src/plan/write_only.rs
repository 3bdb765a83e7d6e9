//! Write-only values: in the configuration and nowhere else.

use crate::{Attribute, AttributeType, Schema, Step, Value};
use std::collections::BTreeMap;

/// What an apply has to bring about: the planned state with the write-only values of the configuration put back in.
pub fn desired(schema: &Schema, planned: &Value, config: &Value) -> Value {
    filled(&schema.attributes, planned, Some(config))
}

/// The value with all write-only attributes null, as states and plans must be.
pub fn without_write_only(schema: &Schema, value: &Value) -> Value {
    filled(&schema.attributes, value, None)
}

/// Takes the write-only values from another value of the same shape, or null.
fn filled(attributes: &BTreeMap<String, Attribute>, value: &Value, source: Option<&Value>) -> Value {
    let from = |step: Step| source.and_then(|source| source.step(&step));
    match value {
        Value::Object(given) => Value::Object(
            given
                .iter()
                .map(|(name, value)| {
                    let source = from(Step::Attribute(name.clone()));
                    (name.clone(), filled_attribute(attributes.get(name), value, source))
                })
                .collect(),
        ),
        Value::List(elements) => Value::list(
            elements
                .iter()
                .enumerate()
                .map(|(index, element)| filled(attributes, element, from(Step::Index(index)))),
        ),
        Value::Map(elements) => Value::Map(
            elements
                .iter()
                .map(|(key, element)| (key.clone(), filled(attributes, element, from(Step::Key(key.clone())))))
                .collect(),
        ),
        // Terraform allows no write-only attribute in a set: its elements could not be told apart.
        Value::Set(elements) => Value::set(elements.iter().map(|element| filled(attributes, element, None))),
        absent_or_unknown => absent_or_unknown.clone(),
    }
}

fn filled_attribute(attribute: Option<&Attribute>, value: &Value, source: Option<&Value>) -> Value {
    match attribute {
        Some(attribute) if attribute.write_only => source.cloned().unwrap_or(Value::Null),
        Some(Attribute {
            kind: AttributeType::Nested { attributes, .. },
            ..
        }) => filled(attributes, value, source),
        _ => value.clone(),
    }
}
