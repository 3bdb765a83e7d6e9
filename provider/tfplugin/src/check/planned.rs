//! A planned state against configuration and prior state: what is configured is planned as it is written.

use super::{Report, stored};
use crate::schema::place::{Place, counted};
use crate::{Attribute, AttributeType, Name, Step, Value};
use std::collections::BTreeMap;

pub(super) fn object(
    report: &mut Report,
    place: &Place<'_>,
    attributes: &BTreeMap<Name, Attribute>,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    let mut objects = [prior, config, planned].map(Value::ascending);
    for (name, attribute) in attributes {
        let [prior, config, planned] = objects.each_mut().map(|object| object.get_or_null(name));
        attribute_value(
            report,
            &place.attribute(name, attribute),
            attribute,
            prior,
            config,
            planned,
        );
    }
}

fn attribute_value(
    report: &mut Report,
    place: &Place<'_>,
    attribute: &Attribute,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    match &attribute.kind {
        _ if attribute.write_only || config.is_null() && attribute.computed => {
            stored::no_write_only(report, place, attribute, planned);
        }
        AttributeType::Plain(_) => plain(report, place, prior, config, planned),
        AttributeType::Nested { attributes, .. } => nested(report, place, attributes, prior, config, planned),
    }
}

fn plain(report: &mut Report, place: &Place<'_>, prior: &Value, config: &Value, planned: &Value) {
    // The prior value may stay where it means the same as the configured one.
    let unchanged = planned == prior && !prior.is_null() && !config.is_null();
    if planned == config || unchanged {
        return;
    }
    let shown = place.show(planned);
    report.bug(
        place,
        if config.is_null() {
            format!("is planned as {shown}, although it is neither configured nor computed")
        } else if !config.is_known() {
            format!("is planned as {shown}, although its configuration is still unknown")
        } else if !planned.is_known() {
            "is planned as unknown, although its configuration is known".to_owned()
        } else {
            format!(
                "is planned as {shown}, but configured as {}; what is configured must be planned as it is written",
                place.show(config)
            )
        },
    );
}

/// A nested object, or a collection of them.
fn nested(
    report: &mut Report,
    place: &Place<'_>,
    attributes: &BTreeMap<Name, Attribute>,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    let before = |step: Step| prior.step(&step).unwrap_or(&Value::Null);
    match (config, planned) {
        (Value::Object(_), Value::Object(_)) => object(report, place, attributes, prior, config, planned),
        (Value::List(configured), Value::List(elements)) if configured.len() == elements.len() => {
            for (index, (config, planned)) in configured.iter().zip(elements).enumerate() {
                nested(
                    report,
                    &place.index(index),
                    attributes,
                    before(Step::Index(index)),
                    config,
                    planned,
                );
            }
        }
        (Value::Map(configured), Value::Map(elements)) => {
            for key in elements.keys().filter(|key| !configured.contains_key(*key)) {
                report.bug(&place.key(key), "is planned, but not configured");
            }
            for (key, config) in configured {
                match elements.get(key) {
                    Some(planned) => {
                        nested(
                            report,
                            &place.key(key),
                            attributes,
                            before(Step::Key(key.clone())),
                            config,
                            planned,
                        );
                    }
                    None => report.bug(&place.key(key), "is configured, but not planned"),
                }
            }
        }
        // Which planned element belongs to which configured one, nobody can tell.
        (Value::Set(configured), Value::Set(elements)) if lengths_agree(configured, elements) => {}
        (Value::List(configured) | Value::Set(configured), Value::List(elements) | Value::Set(elements)) => {
            let [planned, configured] = [elements, configured].map(|elements| counted(elements.len(), "element"));
            report.bug(
                place,
                format!("is planned with {planned}, but configured with {configured}"),
            );
        }
        _ => plain(report, place, prior, config, planned),
    }
}

/// Unknown elements of a set may turn out to be equal, so its length is known only roughly.
fn lengths_agree(a: &[Value], b: &[Value]) -> bool {
    let least = |set: &[Value]| match set.iter().filter(|element| element.is_wholly_known()).count() {
        0 => set.len().min(1),
        known => known,
    };
    least(a) <= b.len() && least(b) <= a.len()
}
