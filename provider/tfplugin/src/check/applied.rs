//! What came of a plan: every known value of it is still the same, and the unknown ones kept their bounds.

use super::Report;
use crate::schema::place::{Place, counted};
use crate::value::Refinement;
use crate::{Attribute, AttributeType, Name, Number, Value};
use std::collections::BTreeMap;

/// The attributes of a nested attribute, or none in plain types.
type Nested<'a> = Option<&'a BTreeMap<Name, Attribute>>;

pub(super) fn completes(
    report: &mut Report,
    place: &Place<'_>,
    attributes: Nested<'_>,
    planned: &Value,
    actual: &Value,
) {
    match (planned, actual) {
        (Value::Unknown(Some(refinement)), _) if !within(refinement, actual.inner()) => {
            let shown = place.show(actual);
            report.bug(
                place,
                format!("became {shown}, which is outside of the bounds that were planned for it"),
            );
        }
        (Value::Unknown(_), _) => {}
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            for (index, (planned, actual)) in a.iter().zip(b).enumerate() {
                completes(report, &place.index(index), attributes, planned, actual);
            }
        }
        (Value::Set(a), Value::Set(b)) if planned == actual || all_matched(attributes, a, b) => {}
        (Value::Map(a), Value::Map(b)) => {
            named(report, place, a, b, &mut |report, key, planned, actual| {
                completes(report, &place.key(key), attributes, planned, actual);
            });
        }
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            for ((name, planned), actual) in a.iter().zip(b.values()) {
                match attributes.and_then(|attributes| attributes.get(name)) {
                    Some(attribute) => {
                        let place = place.attribute(name, attribute);
                        completes(report, &place, nested_in(attribute), planned, actual);
                    }
                    None => completes(report, &place.plain_attribute(name), None, planned, actual),
                }
            }
        }
        (Value::Dynamic(a), Value::Dynamic(b)) if a.0 == b.0 => {
            completes(report, place, None, &a.1, &b.1);
        }
        (Value::List(a), Value::List(b)) => {
            let [planned, actual] = [a, b].map(|elements| counted(elements.len(), "element"));
            report.bug(place, format!("was planned with {planned}, and has {actual} now"));
        }
        (Value::Set(_), Value::Set(_)) => report.bug(place, "has other elements now than were planned"),
        _ if planned == actual => {}
        _ => {
            let [planned, actual] = [planned, actual].map(|value| place.show(value));
            report.bug(place, format!("was planned as {planned}, and is {actual} now"));
        }
    }
}

fn nested_in(attribute: &Attribute) -> Nested<'_> {
    match &attribute.kind {
        AttributeType::Nested { attributes, .. } => Some(attributes),
        AttributeType::Plain(_) => None,
    }
}

fn named(
    report: &mut Report,
    place: &Place<'_>,
    planned: &BTreeMap<String, Value>,
    actual: &BTreeMap<String, Value>,
    visit: &mut dyn FnMut(&mut Report, &str, &Value, &Value),
) {
    for key in actual.keys().filter(|key| !planned.contains_key(*key)) {
        report.bug(&place.key(key), "is there now, but was not planned");
    }
    for (key, planned) in planned {
        match actual.get(key) {
            Some(actual) => visit(report, key, planned, actual),
            None => report.bug(&place.key(key), "was planned, but is not there now"),
        }
    }
}

/// Whether each planned element became some element, and each element comes from some planned one.
fn all_matched(attributes: Nested<'_>, planned: &[Value], actual: &[Value]) -> bool {
    let matches = |planned: &Value, actual: &Value| {
        let mut report = Report::new("");
        completes(&mut report, &Place::ROOT, attributes, planned, actual);
        report.found.is_empty()
    };
    actual.len() <= planned.len()
        && planned
            .iter()
            .all(|planned| actual.iter().any(|actual| matches(planned, actual)))
        && actual
            .iter()
            .all(|actual| planned.iter().any(|planned| matches(planned, actual)))
}

fn within(refinement: &Refinement, value: &Value) -> bool {
    let long_enough = |length: usize| {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        refinement.min_length.is_none_or(|least| length >= least)
            && refinement.max_length.is_none_or(|most| length <= most)
    };
    let nullness_kept = refinement.nullness.is_none_or(|null| null == value.is_null());
    match value {
        Value::Unknown(_) => true,
        _ if !nullness_kept => false,
        Value::String(text) => refinement
            .string_prefix
            .as_ref()
            .is_none_or(|prefix| text.starts_with(prefix)),
        Value::Number(number) => between(refinement, number),
        Value::List(elements) | Value::Set(elements) => long_enough(elements.len()),
        Value::Map(elements) => long_enough(elements.len()),
        _ => true,
    }
}

fn between(refinement: &Refinement, number: &Number) -> bool {
    let above = |(bound, inclusive): &(Number, bool)| number > bound || *inclusive && number == bound;
    let below = |(bound, inclusive): &(Number, bool)| number < bound || *inclusive && number == bound;
    refinement.lower_bound.as_ref().is_none_or(above) && refinement.upper_bound.as_ref().is_none_or(below)
}
