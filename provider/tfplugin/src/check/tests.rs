//! Each rule of Terraform Core on what a provider answers: what keeps it, and what breaks it.

mod plans;
mod results;

use super::*;
use crate::schema::IdentityAttribute;
use crate::schema::example::{nested, vault, vault_with};
use crate::value::Refinement;
use crate::{Number, Type};

const CLOSING: &str = ". This is a bug in the provider; please report it.";

/// The sentences, each after the path that it points at.
fn told(found: &Diagnostics) -> Vec<String> {
    found
        .iter()
        .map(|diagnostic| {
            let at = diagnostic
                .attribute
                .as_ref()
                .map(|path| format!("{path}: "))
                .unwrap_or_default();
            let detail = diagnostic.detail.strip_suffix(CLOSING).expect("a bug report");
            format!("{at}{detail}")
        })
        .collect()
}

#[track_caller]
fn check_plan(prior: Option<Value>, config: &Value, planned: &Value, expected: &[&str]) {
    assert_eq!(told(&plan(&vault(), prior.as_ref(), config, planned)), expected);
}

#[track_caller]
fn check_applied(planned: &Value, state: &Value, expected: &[&str]) {
    assert_eq!(told(&applied(&vault(), planned, state)), expected);
}

fn named(name: &str) -> Value {
    vault_with([("name", name.into())])
}

fn with(attribute: &str, value: impl Into<Value>) -> Value {
    vault_with([("name", "a".into()), (attribute, value.into())])
}

fn lock(owner: impl Into<Value>) -> Value {
    nested("lock", [("owner", owner.into())])
}

fn rules(ports: &[i64]) -> Value {
    Value::list(ports.iter().map(|port| nested("rules", [("port", (*port).into())])))
}

fn guard(badge: impl Into<Value>) -> Value {
    nested("guards", [("badge", badge.into())])
}

fn shelves(width_of: &[(&str, i64)]) -> Value {
    Value::map(
        width_of
            .iter()
            .map(|(key, width)| (*key, nested("shelves", [("width", (*width).into())]))),
    )
}

#[test]
fn values_conform_to_their_types() {
    let pair = Type::Tuple(vec![Type::String, Type::Number]);
    let point = Type::object([("x", Type::Number)]);
    let fitting = [
        (Value::Null, Type::Bool),
        (Value::UNKNOWN, Type::list(Type::Bool)),
        (Value::list([Value::from("a"), Value::from(1)]), pair.clone()),
        (Value::object([("x", 1)]), point.clone()),
        (Value::dynamic(Type::String, "a"), Type::Dynamic),
        (Value::set(["a"]), Type::set(Type::String)),
        (Value::map([("k", true)]), Type::map(Type::Bool)),
    ];
    for (value, kind) in &fitting {
        assert!(conforms(value, kind), "{value:?} is a {kind}");
    }
    let unfitting = [
        (Value::from("a"), Type::Bool),
        (Value::list(["a"]), pair),
        (Value::object([("y", 1)]), point),
        (Value::dynamic(Type::String, 1), Type::Dynamic),
        (Value::list(["a"]), Type::set(Type::String)),
        (Value::map([("k", "a")]), Type::map(Type::Bool)),
        (Value::from("a"), Type::Dynamic),
    ];
    for (value, kind) in &unfitting {
        assert!(!conforms(value, kind), "{value:?} is no {kind}");
    }
}

#[test]
fn an_identity_is_an_object_of_its_schema_and_known_outside_of_creates() {
    let name = IdentityAttribute {
        kind: Type::String,
        description: String::new(),
        required_for_import: true,
    };
    let schema = IdentitySchema {
        attributes: [("name".into(), name)].into(),
        ..IdentitySchema::default()
    };
    let check = |value: &Value, unknowns| told(&identity(&schema, value, unknowns));
    assert_eq!(check(&Value::object([("name", "a")]), Unknowns::Refused), [""; 0]);
    let unknown = Value::object([("name", Value::UNKNOWN)]);
    assert_eq!(check(&unknown, Unknowns::Allowed), [""; 0]);
    assert_eq!(check(&unknown, Unknowns::Refused), ["name: `name` is unknown"]);
    let wrong = Value::object([("name", 1)]);
    assert_eq!(
        check(&wrong, Unknowns::Refused),
        ["name: `name` is not of the type string"]
    );
    assert_eq!(check(&Value::Null, Unknowns::Refused), ["The object has no identity"]);
}

#[test]
fn a_read_or_imported_state_is_known_and_there() {
    assert_eq!(told(&state(&vault(), &named("a"))), [""; 0]);
    assert_eq!(told(&state(&vault(), &Value::Null)), ["The object is null"]);
    assert_eq!(
        told(&state(&vault(), &with("id", Value::UNKNOWN))),
        ["id: `id` is, or holds, a value that is still unknown in what is to be stored"]
    );
}
