//! Terraform's planning rules, from the schema alone: defaults, unknown values, replacement, write-only values.
//!
//! All of it is pure. That matters: Terraform plans again while it applies, when more values are known, and refuses a
//! second plan that does not merely complete the first.

mod replacement;
mod write_only;

#[cfg(test)]
mod generated_cases;
#[cfg(test)]
mod tests;

pub use replacement::requires_replace;
pub use write_only::{desired, without_write_only};

use crate::value::{Ascending, Attributes, Refinement};
use crate::{Attribute, AttributeType, IdentitySchema, Name, Schema, Step, Value};
use std::collections::BTreeMap;

/// The planned state, before the resource completes it. `prior` is `None` when the object is created; a null
/// configuration (the object is destroyed) plans null.
///
/// * What is configured is planned as it is written, unknown values too.
/// * What is not configured gets its default; but nothing is added to a nested object that is absent or unknown.
/// * What is computed then keeps its prior value, and is unknown in an object that was not there before.
/// * Write-only values are null.
///
/// Terraform's proposed new state is not asked for: it follows from `prior` and `config`.
pub fn planned(schema: &Schema, prior: Option<&Value>, config: &Value) -> Value {
    merged(&schema.attributes, prior, config)
}

/// The configuration with its defaults, at every level; computed attributes stay null. For data sources and
/// provider blocks, which have no plan.
pub fn with_defaults(schema: &Schema, config: &Value) -> Value {
    defaulted(&schema.attributes, config)
}

/// The identity that belongs to a state: the attributes of the same names. Unknown where the state is.
pub fn identity_of(schema: &IdentitySchema, state: &Value) -> Value {
    let absent = if state.is_known() { Value::Null } else { Value::UNKNOWN };
    let pick = |name: &Name| state.attribute(name).unwrap_or(&absent).clone();
    Value::Object(
        schema
            .attributes
            .keys()
            .map(|name| (name.clone(), pick(name)))
            .collect(),
    )
}

/// A nested object or collection of objects, or the root.
fn merged(attributes: &BTreeMap<Name, Attribute>, prior: Option<&Value>, config: &Value) -> Value {
    let at = |step: Step| prior.and_then(|prior| prior.step(&step));
    match config {
        Value::Object(configured) => merged_object(attributes, prior, configured.ascending()),
        Value::List(elements) => Value::List(
            elements
                .iter()
                .enumerate()
                .map(|(index, element)| merged(attributes, at(Step::Index(index)), element))
                .collect(),
        ),
        Value::Map(elements) => Value::Map(
            elements
                .iter()
                .map(|(key, element)| (key.clone(), merged(attributes, at(Step::Key(key.clone())), element)))
                .collect(),
        ),
        Value::Set(elements) => {
            let prior = prior.and_then(Value::elements).unwrap_or_default();
            Value::set(merged_elements(attributes, prior, elements))
        }
        absent_or_unknown => absent_or_unknown.clone(),
    }
}

fn merged_object(
    attributes: &BTreeMap<Name, Attribute>,
    prior: Option<&Value>,
    mut configured: Ascending<'_>,
) -> Value {
    let mut existing = prior.and_then(Value::as_object).map(Attributes::ascending);
    let plan = |(name, attribute): (&Name, &Attribute)| {
        let prior = existing.as_mut().map(|object| object.get_or_null(name));
        let config = configured.get_or_null(name);
        (name.clone(), merged_attribute(attribute, prior, config))
    };
    Value::Object(attributes.iter().map(plan).collect())
}

/// An element of a set is the one that was there before if the configuration changes nothing in that one. Each of those
/// is taken once, or the plan would have fewer elements than the configuration; first by an element that says more.
fn merged_elements(attributes: &BTreeMap<Name, Attribute>, prior: &[Value], config: &[Value]) -> Vec<Value> {
    let said = |element: &Value| element.children().filter(|value| !value.is_null()).count();
    let mut most_said_first: Vec<&Value> = config.iter().collect();
    most_said_first.sort_by_key(|element| std::cmp::Reverse(said(element)));
    let mut free: Vec<&Value> = prior.iter().collect();
    most_said_first
        .into_iter()
        .map(|element| {
            let counterpart = free
                .iter()
                .position(|candidate| is_planned_by(attributes, candidate, element));
            match counterpart {
                Some(position) => free.remove(position).clone(),
                None => merged(attributes, None, element),
            }
        })
        .collect()
}

/// Whether planning the configuration on an object that is there leaves it as it is.
fn is_planned_by(attributes: &BTreeMap<Name, Attribute>, existing: &Value, config: &Value) -> bool {
    let (Some(existing), Some(configured)) = (existing.as_object(), config.as_object()) else {
        return false;
    };
    let mut objects = [existing, configured].map(Attributes::ascending);
    attributes.iter().all(|(name, attribute)| {
        let [prior, config] = objects.each_mut().map(|object| object.get_or_null(name));
        merged_attribute(attribute, Some(prior), config) == *prior
    })
}

/// `prior` is `None` when the object that the attribute belongs to was not there before.
fn merged_attribute(attribute: &Attribute, prior: Option<&Value>, config: &Value) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    match (config, &attribute.default) {
        (null, Some(default)) if null.is_null() => merged_value(attribute, prior, default),
        (null, None) if null.is_null() && attribute.computed => prior.cloned().unwrap_or(Value::UNKNOWN),
        (Value::Unknown(refinement), _) => {
            Value::Unknown(kept(attribute, refinement.as_deref()).cloned().map(Box::new))
        }
        (configured, _) => merged_value(attribute, prior, configured),
    }
}

fn merged_value(attribute: &Attribute, prior: Option<&Value>, config: &Value) -> Value {
    match &attribute.kind {
        AttributeType::Plain(_) => config.clone(),
        AttributeType::Nested { attributes, .. } => merged(attributes, prior, config),
    }
}

/// What is known of an unknown configuration holds for the planned value, unless the configuration may turn out to be
/// null and be replaced by something else.
fn kept<'a>(attribute: &Attribute, refinement: Option<&'a Refinement>) -> Option<&'a Refinement> {
    let replaced_when_null = attribute.computed || attribute.default.is_some();
    refinement.filter(|refinement| !replaced_when_null || refinement.nullness == Some(false))
}

/// Nested objects with their defaults.
pub(crate) fn defaulted(attributes: &BTreeMap<Name, Attribute>, config: &Value) -> Value {
    match config {
        Value::Object(configured) => Value::Object(
            attributes
                .iter()
                .map(|(name, attribute)| {
                    let config = configured.get(name).unwrap_or(&Value::Null);
                    (name.clone(), defaulted_attribute(attribute, config))
                })
                .collect(),
        ),
        Value::List(elements) => Value::list(elements.iter().map(|element| defaulted(attributes, element))),
        Value::Set(elements) => Value::set(elements.iter().map(|element| defaulted(attributes, element))),
        Value::Map(elements) => Value::map(
            elements
                .iter()
                .map(|(key, element)| (key.clone(), defaulted(attributes, element))),
        ),
        absent_or_unknown => absent_or_unknown.clone(),
    }
}

fn defaulted_attribute(attribute: &Attribute, config: &Value) -> Value {
    let value = match (config, &attribute.default) {
        (null, Some(default)) if null.is_null() => default,
        (configured, _) => configured,
    };
    match &attribute.kind {
        AttributeType::Plain(_) => value.clone(),
        AttributeType::Nested { attributes, .. } => defaulted(attributes, value),
    }
}
