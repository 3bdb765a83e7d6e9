//! Which changes cannot be made to the object that is there.

use crate::schema::place::Place;
use crate::{Attribute, AttributePath, AttributeType, Name, Schema, Step, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The attributes whose change destroys the object and creates another: those flagged in the schema whose planned
/// value differs from the prior one. An unknown value counts as different, as does a nested object that comes or goes.
pub fn requires_replace(schema: &Schema, prior: &Value, planned: &Value) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    // Creating and destroying replace nothing.
    if !prior.is_null() && !planned.is_null() {
        object(&Place::ROOT, &schema.attributes, prior, planned, &mut paths);
    }
    paths
}

fn object(
    place: &Place<'_>,
    attributes: &BTreeMap<Name, Attribute>,
    prior: &Value,
    planned: &Value,
    paths: &mut Vec<AttributePath>,
) {
    let mut objects = [prior, planned].map(Value::ascending);
    for (name, attribute) in attributes {
        let [prior, planned] = objects.each_mut().map(|object| object.get_or_null(name));
        if prior == planned {
            continue;
        }
        let place = place.attribute(name, attribute);
        match &attribute.kind {
            _ if attribute.requires_replace => paths.push(place.path()),
            AttributeType::Plain(_) => {}
            AttributeType::Nested { attributes, .. } => nested(&place, attributes, prior, planned, paths),
        }
    }
}

fn nested(
    place: &Place<'_>,
    attributes: &BTreeMap<Name, Attribute>,
    prior: &Value,
    planned: &Value,
    paths: &mut Vec<AttributePath>,
) {
    let element = |value: &Value, step: Step| value.step(&step).cloned().unwrap_or(Value::Null);
    match (prior, planned) {
        (_, Value::Unknown(_)) => paths.extend(any_flagged(attributes).then(|| place.path())),
        (Value::List(a), Value::List(_) | Value::Null) | (Value::Null, Value::List(a)) => {
            let length = a.len().max(planned.elements().unwrap_or_default().len());
            for index in 0..length {
                let [prior, planned] = [prior, planned].map(|value| element(value, Step::Index(index)));
                nested(&place.index(index), attributes, &prior, &planned, paths);
            }
        }
        (Value::Map(_), Value::Map(_) | Value::Null) | (Value::Null, Value::Map(_)) => {
            let keys: BTreeSet<&String> = [prior, planned]
                .into_iter()
                .filter_map(Value::as_map)
                .flat_map(BTreeMap::keys)
                .collect();
            for key in keys {
                let [prior, planned] = [prior, planned].map(|value| element(value, Step::Key(key.clone())));
                nested(&place.key(key), attributes, &prior, &planned, paths);
            }
        }
        (Value::Set(a), Value::Set(b)) => {
            let differs = !all_continue(attributes, a, b) || !all_continue(attributes, b, a);
            paths.extend(differs.then(|| place.path()));
        }
        (Value::Set(_), Value::Null) | (Value::Null, Value::Set(_)) => {
            paths.extend(any_flagged(attributes).then(|| place.path()));
        }
        _ => object(place, attributes, prior, planned, paths),
    }
}

/// Whether each element of one set has one in the other that it could become without a replacement.
fn all_continue(attributes: &BTreeMap<Name, Attribute>, from: &[Value], to: &[Value]) -> bool {
    from.iter().all(|element| {
        to.iter().any(|other| {
            let mut paths = Vec::new();
            nested(&Place::ROOT, attributes, element, other, &mut paths);
            paths.is_empty()
        })
    })
}

fn any_flagged(attributes: &BTreeMap<Name, Attribute>) -> bool {
    attributes.values().any(|attribute| {
        attribute.requires_replace
            || matches!(&attribute.kind, AttributeType::Nested { attributes, .. } if any_flagged(attributes))
    })
}
