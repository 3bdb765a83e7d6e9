//! The rules of single attributes, checked on a configuration.

#[cfg(test)]
mod tests;

use super::place::Place;
use super::{Attribute, AttributeType, Schema, Validator};
use crate::{Diagnostic, Diagnostics, Name, Number, Type, Value, plan};
use std::collections::BTreeMap;
use std::fmt::Display;

/// Checks the configuration of a resource, a data source or a provider. What is unknown is left for later: Terraform
/// asks again when more is known.
///
/// A client without write-only attributes would store their values, so it must not be given any.
pub fn validate(schema: &Schema, config: &Value, write_only_attributes_allowed: bool) -> Diagnostics {
    let mut validation = Validation {
        write_only_attributes_allowed,
        found: Diagnostics::none(),
    };
    validation.object(&Place::ROOT, &schema.attributes, config);
    validation.found
}

struct Validation {
    write_only_attributes_allowed: bool,
    found: Diagnostics,
}

impl Validation {
    fn object(&mut self, place: &Place<'_>, attributes: &BTreeMap<Name, Attribute>, object: &Value) {
        if !object.is_known() {
            return;
        }
        let mut object = object.ascending();
        for (name, attribute) in attributes {
            let value = object.get_or_null(name);
            self.attribute(&place.attribute(name, attribute), attribute, value);
        }
    }

    fn attribute(&mut self, place: &Place<'_>, attribute: &Attribute, value: &Value) {
        if !value.is_known() {
            return;
        }
        if value.is_null() {
            if attribute.required {
                self.missing(place);
            }
            return;
        }
        if !attribute.required && !attribute.optional {
            return self.read_only(place);
        }
        if let Some(advice) = &attribute.deprecated {
            self.deprecated(place, advice);
        }
        if attribute.write_only && !self.write_only_attributes_allowed {
            return self.write_only(place);
        }
        for validator in &attribute.validators {
            self.rule(place, validator, value.inner());
        }
        match &attribute.kind {
            AttributeType::Plain(kind) => self.elements(place, kind, value),
            AttributeType::Nested { attributes, .. } => self.nested(place, attributes, value),
        }
    }

    fn nested(&mut self, place: &Place<'_>, attributes: &BTreeMap<Name, Attribute>, value: &Value) {
        place.each_nested(value, &mut |place, object| {
            if object.is_null() {
                self.null_element(place);
            } else {
                self.object(place, attributes, object);
            }
        });
        let distinct = |set: &Value| plan::defaulted(attributes, set).elements().map(<[Value]>::len);
        if let Value::Set(elements) = value
            && distinct(value) != Some(elements.len())
        {
            self.duplicate(place);
        }
    }

    fn rule(&mut self, place: &Place<'_>, validator: &Validator, value: &Value) {
        if let Validator::Each(rules) = validator {
            return place.each_nested(value, &mut |place, element| {
                rules.iter().for_each(|rule| self.rule(place, rule, element.inner()));
            });
        }
        if let Some(expected) = violated(validator, value) {
            let name = place.name();
            self.error(
                place,
                format!("Invalid value for {name}"),
                format!("{name} must {expected}; got {}.", place.show(value)),
            );
        }
    }

    fn elements(&mut self, place: &Place<'_>, kind: &Type, value: &Value) {
        let (Type::List(element) | Type::Set(element) | Type::Map(element)) = kind else {
            return;
        };
        place.each_nested(value, &mut |place, value| {
            if value.is_null() {
                self.null_element(place)
            } else {
                self.elements(place, element, value)
            }
        });
    }

    fn missing(&mut self, place: &Place<'_>) {
        let name = place.name();
        self.error(
            place,
            format!("Missing {name}"),
            format!("{name} is required. Give it a value."),
        );
    }

    fn read_only(&mut self, place: &Place<'_>) {
        let name = place.name();
        self.error(
            place,
            format!("{name} cannot be configured"),
            format!("{name} is set by the provider. Remove it from the configuration."),
        );
    }

    fn write_only(&mut self, place: &Place<'_>) {
        let name = place.name();
        self.error(
            place,
            "Write-only attribute needs a newer Terraform",
            format!(
                "{name} is write-only: its value is used, but never stored. Terraform keeps to that from version 1.11 \
                 on; this one would store the value in its state. The value was not stored. Use Terraform 1.11 or \
                 newer, or remove {name} from the configuration.",
            ),
        );
    }

    fn null_element(&mut self, place: &Place<'_>) {
        let name = place.name();
        self.error(
            place,
            format!("Null element in {name}"),
            format!("{name} holds a null where there must be a value. Leave the element out, or give it a value."),
        );
    }

    fn duplicate(&mut self, place: &Place<'_>) {
        let name = place.name();
        self.error(
            place,
            format!("Equal elements in {name}"),
            format!(
                "Two elements of {name} are the same, since one of them leaves out what the other sets to the default. \
                 Remove one of them.",
            ),
        );
    }

    fn deprecated(&mut self, place: &Place<'_>, advice: &str) {
        self.found
            .push(place.point(Diagnostic::warning(format!("{} is deprecated", place.name()), advice)));
    }

    fn error(&mut self, place: &Place<'_>, summary: impl Into<String>, detail: String) {
        self.found.push(place.point(Diagnostic::error(summary, detail)));
    }
}

/// What the value must do or be, when it is not so; completes "must …".
fn violated(validator: &Validator, value: &Value) -> Option<String> {
    match (validator, value) {
        (Validator::OneOf(choices), Value::String(text)) if !choices.iter().any(|(choice, _)| choice == text) => {
            Some(format!("be one of {}", listed(choices)))
        }
        (Validator::Pattern { regex, expected }, Value::String(text)) if !regex.is_match(text) => Some(
            expected
                .as_ref()
                .map_or_else(|| format!("match `{regex}`"), |form| format!("be {form}")),
        ),
        (Validator::Range { minimum, maximum }, Value::Number(number)) => {
            let (low, high) = (
                minimum.map(|bound| (bound, below(number, bound))),
                maximum.map(|bound| (bound, above(number, bound))),
            );
            outside(low, high).map(|bounds| format!("be {bounds}"))
        }
        (Validator::Integer, Value::Number(number)) if number.to_i64().is_none() && number.to_u64().is_none() => {
            Some("be a whole number of at most 64 bits".to_owned())
        }
        (Validator::Length { minimum, maximum }, value) => {
            let (length, thing) = length(value)?;
            let (low, high) = (
                minimum.map(|bound| (bound, length < bound)),
                maximum.map(|bound| (bound, length > bound)),
            );
            let plural = if maximum.or(*minimum) == Some(1) { "" } else { "s" };
            outside(low, high).map(|bounds| format!("have {bounds} {thing}{plural}"))
        }
        _ => None,
    }
}

/// What each of them means is in the documentation.
fn listed(choices: &[(String, String)]) -> String {
    let names: Vec<String> = choices.iter().map(|(choice, _)| format!("`{choice}`")).collect();
    names.join(", ")
}

/// The bounds in words, when one of them is broken. Each comes with whether it is.
fn outside<B: Display>(minimum: Option<(B, bool)>, maximum: Option<(B, bool)>) -> Option<String> {
    let broken = [&minimum, &maximum].into_iter().flatten().any(|(_, broken)| *broken);
    match (minimum, maximum) {
        _ if !broken => None,
        (Some((minimum, _)), Some((maximum, _))) => Some(format!("between {minimum} and {maximum}")),
        (Some((minimum, _)), None) => Some(format!("at least {minimum}")),
        (None, Some((maximum, _))) => Some(format!("at most {maximum}")),
        (None, None) => None,
    }
}

fn below(number: &Number, bound: f64) -> bool {
    Number::from_f64(bound).is_ok_and(|bound| *number < bound)
}

fn above(number: &Number, bound: f64) -> bool {
    Number::from_f64(bound).is_ok_and(|bound| *number > bound)
}

/// How long it is, and in what.
fn length(value: &Value) -> Option<(u64, &'static str)> {
    let (length, thing) = match value {
        Value::String(text) => (text.chars().count(), "character"),
        // Unknown elements of a set may turn out to be equal, and then count as one.
        Value::Set(_) if !value.is_wholly_known() => return None,
        Value::List(elements) | Value::Set(elements) => (elements.len(), "element"),
        Value::Map(elements) => (elements.len(), "element"),
        _ => return None,
    };
    Some((u64::try_from(length).ok()?, thing))
}
