//! Whether a value has the type that its schema says.

use super::Report;
use crate::schema::place::{Place, counted};
use crate::value::Attributes;
use crate::{Attribute, AttributeType, IdentitySchema, Name, Nesting, Type, Value};
use std::collections::BTreeMap;

/// Whether a value is of a type. Null and unknown are of every type; an object has all the attributes of its type
/// and no other.
pub fn conforms(value: &Value, kind: &Type) -> bool {
    match (value, kind) {
        (Value::Null | Value::Unknown(_), _)
        | (Value::Bool(_), Type::Bool)
        | (Value::Number(_), Type::Number)
        | (Value::String(_), Type::String) => true,
        (Value::Dynamic(carried), Type::Dynamic) => conforms(&carried.1, &carried.0),
        (Value::List(elements), Type::List(kind)) | (Value::Set(elements), Type::Set(kind)) => {
            elements.iter().all(|element| conforms(element, kind))
        }
        (Value::List(elements), Type::Tuple(kinds)) => {
            elements.len() == kinds.len()
                && elements
                    .iter()
                    .zip(kinds)
                    .all(|(element, kind)| conforms(element, kind))
        }
        (Value::Map(elements), Type::Map(kind)) => elements.values().all(|element| conforms(element, kind)),
        (Value::Object(given), Type::Object { attributes, .. }) => {
            given.keys().eq(attributes.keys())
                && given
                    .values()
                    .zip(attributes.values())
                    .all(|(value, kind)| conforms(value, kind))
        }
        _ => false,
    }
}

pub(super) fn object(report: &mut Report, place: &Place<'_>, attributes: &BTreeMap<Name, Attribute>, value: &Value) {
    let Some(given) = members(report, place, attributes, value) else {
        return;
    };
    let mut given = given.ascending();
    for (name, attribute) in attributes {
        if let Some(value) = given.get(name) {
            attribute_value(report, &place.attribute(name, attribute), attribute, value);
        }
    }
}

pub(super) fn identity(report: &mut Report, schema: &IdentitySchema, value: &Value) {
    if value.as_object().is_none() {
        return report.bug(&Place::ROOT, "has no identity");
    }
    let Some(given) = members(report, &Place::ROOT, &schema.attributes, value) else {
        return;
    };
    for (name, attribute) in &schema.attributes {
        if given.get(name).is_some_and(|value| !conforms(value, &attribute.kind)) {
            report.bug(
                &Place::ROOT.plain_attribute(name),
                format!("is not of the type {}", attribute.kind),
            );
        }
    }
}

/// The attributes of an object, and a report of those that are missing or unheard of.
fn members<'a, A>(
    report: &mut Report,
    place: &Place<'_>,
    expected: &BTreeMap<Name, A>,
    value: &'a Value,
) -> Option<&'a Attributes> {
    match value {
        Value::Null | Value::Unknown(_) => return None,
        Value::Object(given) if given.keys().eq(expected.keys()) => return Some(given),
        Value::Object(given) => {
            for name in expected.keys().filter(|name| !given.contains_key(name)) {
                report.bug(
                    &place.plain_attribute(name),
                    "is missing; an absent attribute must be null",
                );
            }
            for name in given.keys().filter(|name| !expected.contains_key(*name)) {
                report.bug(&place.plain_attribute(name), "is not in the schema");
            }
            return Some(given);
        }
        other => report.bug(place, format!("is {}, and not an object", place.show(other))),
    }
    None
}

fn attribute_value(report: &mut Report, place: &Place<'_>, attribute: &Attribute, value: &Value) {
    match &attribute.kind {
        AttributeType::Plain(kind) if !conforms(value, kind) => {
            report.bug(place, format!("is not of the type {kind}; it is {}", place.show(value)));
        }
        AttributeType::Plain(_) => {}
        AttributeType::Nested { nesting, attributes } if is_nested(*nesting, value) => {
            place.each_nested(value, &mut |place, element| object(report, place, attributes, element));
        }
        AttributeType::Nested { nesting, attributes } => {
            let expected = match nesting {
                Nesting::Single => "an object",
                Nesting::List => "a list of objects",
                Nesting::Set => "a set of objects",
                Nesting::Map => "a map of objects",
            };
            let inside = counted(attributes.len(), "attribute");
            report.bug(
                place,
                format!("is not {expected} with {inside}; it is {}", place.show(value)),
            );
        }
    }
}

fn is_nested(nesting: Nesting, value: &Value) -> bool {
    matches!(
        (nesting, value),
        (_, Value::Null | Value::Unknown(_))
            | (Nesting::Single, Value::Object(_))
            | (Nesting::List, Value::List(_))
            | (Nesting::Set, Value::Set(_))
            | (Nesting::Map, Value::Map(_))
    )
}
