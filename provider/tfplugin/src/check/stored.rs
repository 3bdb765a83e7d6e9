//! What may be stored in a state: known values, and nothing that is write-only.

use super::Report;
use crate::schema::place::Place;
use crate::{Attribute, AttributeType, Name, Value};
use std::collections::BTreeMap;

pub(super) fn object(report: &mut Report, place: &Place<'_>, attributes: &BTreeMap<Name, Attribute>, value: &Value) {
    if !value.is_known() {
        return unknown(report, place);
    }
    each_attribute(place, attributes, value, &mut |place, attribute, value| {
        if attribute.write_only {
            return write_only(report, place, value);
        }
        match &attribute.kind {
            AttributeType::Nested { attributes, .. } => {
                place.each_nested(value, &mut |place, element| object(report, place, attributes, element));
            }
            AttributeType::Plain(_) if !value.is_wholly_known() => unknown(report, place),
            AttributeType::Plain(_) => {}
        }
    });
}

/// The write-only attributes of a nested attribute that may hold anything else.
pub(super) fn no_write_only(report: &mut Report, place: &Place<'_>, attribute: &Attribute, value: &Value) {
    if attribute.write_only {
        return write_only(report, place, value);
    }
    if let AttributeType::Nested { attributes, .. } = &attribute.kind {
        place.each_nested(value, &mut |place, element| {
            each_attribute(place, attributes, element, &mut |place, attribute, value| {
                no_write_only(report, place, attribute, value);
            });
        });
    }
}

fn write_only(report: &mut Report, place: &Place<'_>, value: &Value) {
    if !value.is_null() {
        report.bug(
            place,
            "is write-only, but is not null in what is to be planned or stored",
        );
    }
}

fn unknown(report: &mut Report, place: &Place<'_>) {
    report.bug(
        place,
        "is, or holds, a value that is still unknown in what is to be stored",
    );
}

fn each_attribute(
    place: &Place<'_>,
    attributes: &BTreeMap<Name, Attribute>,
    object: &Value,
    visit: &mut dyn FnMut(&Place<'_>, &Attribute, &Value),
) {
    let mut object = object.ascending();
    for (name, attribute) in attributes {
        if let Some(value) = object.get(name) {
            visit(&place.attribute(name, attribute), attribute, value);
        }
    }
}
