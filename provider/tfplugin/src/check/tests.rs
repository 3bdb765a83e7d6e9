//! Each rule of Terraform Core on what a provider answers: what keeps it, and what breaks it.

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
fn check_plan(rule: &str, prior: Option<Value>, config: &Value, planned: &Value, expected: &[&str]) {
    assert_eq!(
        told(&plan(&vault(), prior.as_ref(), config, planned)),
        expected,
        "{rule}"
    );
}

#[track_caller]
fn check_applied(rule: &str, planned: &Value, state: &Value, expected: &[&str]) {
    assert_eq!(told(&applied(&vault(), planned, state)), expected, "{rule}");
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
fn a_plan_is_null_exactly_when_the_object_is_to_be_destroyed() {
    let rule = "rules 6 and 17";
    check_plan(rule, Some(named("a")), &Value::Null, &Value::Null, &[]);
    check_plan(
        rule,
        Some(named("a")),
        &Value::Null,
        &named("a"),
        &["The object is planned to stay, although it is to be destroyed"],
    );
    check_plan(
        rule,
        None,
        &named("a"),
        &Value::Null,
        &["The object is planned to be absent, although it is configured"],
    );
}

#[test]
fn a_configured_value_is_planned_as_written_or_as_it_was() {
    let rule = "rule 7";
    check_plan(rule, None, &named("a"), &named("a"), &[]);
    check_plan(rule, Some(named("A")), &named("a"), &named("A"), &[]);
    check_plan(
        rule,
        Some(named("A")),
        &named("a"),
        &named("b"),
        &["name: `name` is planned as `b`, but configured as `a`; what is configured must be planned as it is written"],
    );
    check_plan(
        rule,
        None,
        &with("lock", lock("me")),
        &with("lock", lock("you")),
        &[
            "lock.owner: `lock.owner` is planned as `you`, but configured as `me`; what is configured must be planned \
           as it is written",
        ],
    );
    check_plan(
        rule,
        None,
        &with("rules", rules(&[1, 2])),
        &with("rules", rules(&[1, 3])),
        &[
            "rules[1].port: `rules[1].port` is planned as `3`, but configured as `2`; what is configured must be \
           planned as it is written",
        ],
    );
    check_plan(
        rule,
        None,
        &named("a"),
        &named("a").with_attribute("name", Value::UNKNOWN),
        &["name: `name` is planned as unknown, although its configuration is known"],
    );
}

#[test]
fn an_optional_computed_value_is_free_only_when_it_is_not_configured() {
    let rule = "rule 8";
    check_plan(rule, None, &named("a"), &with("size", 3), &[]);
    check_plan(rule, None, &named("a"), &with("size", Value::UNKNOWN), &[]);
    check_plan(
        rule,
        None,
        &with("size", 4),
        &with("size", 3),
        &["size: `size` is planned as `3`, but configured as `4`; what is configured must be planned as it is written"],
    );
}

#[test]
fn a_computed_value_is_free() {
    let rule = "rule 9";
    check_plan(rule, Some(with("id", "x")), &named("a"), &with("id", "y"), &[]);
    let planned = nested("lock", [("owner", "me".into()), ("serial", Value::UNKNOWN)]);
    check_plan(rule, None, &with("lock", lock("me")), &with("lock", planned), &[]);
}

#[test]
fn what_is_neither_configured_nor_computed_is_planned_as_null() {
    let rule = "rule 10";
    check_plan(rule, None, &named("a"), &named("a"), &[]);
    check_plan(
        rule,
        Some(with("nickname", "x")),
        &named("a"),
        &with("nickname", "x"),
        &["nickname: `nickname` is planned as `x`, although it is neither configured nor computed"],
    );
}

#[test]
fn a_write_only_value_is_planned_as_null() {
    let rule = "rule 11";
    check_plan(rule, None, &with("password", "p"), &named("a"), &[]);
    check_plan(
        rule,
        None,
        &with("password", "p"),
        &with("password", "p"),
        &["password: `password` is write-only, but is not null in what is to be planned or stored"],
    );
    let secret = with("lock", nested("lock", [("owner", "me".into()), ("pin", "1".into())]));
    check_plan(
        rule,
        None,
        &secret,
        &secret,
        &["lock.pin: `lock.pin` is write-only, but is not null in what is to be planned or stored"],
    );
}

#[test]
fn an_unknown_configuration_stays_unknown_or_as_it_was() {
    let rule = "rule 12";
    let unknown = with("nickname", Value::UNKNOWN);
    let refined = Value::Unknown(Refinement {
        nullness: Some(false),
        ..Refinement::NONE
    });
    check_plan(rule, None, &unknown, &with("nickname", refined), &[]);
    check_plan(rule, Some(with("nickname", "x")), &unknown, &with("nickname", "x"), &[]);
    let told = "nickname: `nickname` is planned as `y`, although its configuration is still unknown";
    check_plan(
        rule,
        Some(with("nickname", "x")),
        &unknown,
        &with("nickname", "y"),
        &[told],
    );
    check_plan(
        rule,
        None,
        &with("lock", Value::UNKNOWN),
        &with("lock", lock("me")),
        &["lock: `lock` is planned as an object, although its configuration is still unknown"],
    );
}

#[test]
fn nested_objects_are_there_exactly_when_they_are_configured() {
    let rule = "rule 14";
    check_plan(
        rule,
        None,
        &with("lock", lock("me")),
        &named("a"),
        &[
            "lock: `lock` is planned as null, but configured as an object; what is configured must be planned as it is \
         written",
        ],
    );
    check_plan(
        rule,
        Some(with("lock", lock("me"))),
        &named("a"),
        &with("lock", lock("me")),
        &["lock: `lock` is planned as an object, although it is neither configured nor computed"],
    );
    check_plan(
        rule,
        None,
        &with("lock", lock("me")),
        &with("lock", Value::UNKNOWN),
        &["lock: `lock` is planned as unknown, although its configuration is known"],
    );
    check_plan(
        rule,
        None,
        &with("rules", rules(&[1])),
        &with("rules", Value::list([Value::Null])),
        &[
            "rules[0]: `rules[0]` is planned as null, but configured as an object; what is configured must be planned as \
         it is written",
        ],
    );
}

#[test]
fn nested_collections_have_the_configured_elements() {
    let rule = "rules 13 and 14";
    check_plan(
        rule,
        None,
        &with("rules", rules(&[1])),
        &with("rules", rules(&[1, 2])),
        &["rules: `rules` is planned with 2 elements, but configured with 1 element"],
    );
    let expected = [
        "shelves[\"b\"]: `shelves[\"b\"]` is planned, but not configured",
        "shelves[\"a\"]: `shelves[\"a\"]` is configured, but not planned",
    ];
    check_plan(
        rule,
        None,
        &with("shelves", shelves(&[("a", 1)])),
        &with("shelves", shelves(&[("b", 1)])),
        &expected,
    );
    let guards = |badges: &[Option<i64>]| {
        with(
            "guards",
            Value::set(
                badges
                    .iter()
                    .map(|badge| guard(badge.map_or(Value::UNKNOWN, Value::from))),
            ),
        )
    };
    check_plan(rule, None, &guards(&[Some(1), None]), &guards(&[Some(1)]), &[]);
    check_plan(
        rule,
        None,
        &guards(&[Some(1), Some(2)]),
        &guards(&[Some(1)]),
        &["guards: `guards` is planned with 1 element, but configured with 2 elements"],
    );
}

#[test]
fn a_nested_value_may_stay_as_its_counterpart_was() {
    let rule = "rule 13";
    let before = with("shelves", shelves(&[("a", 1)]));
    let config = with("shelves", shelves(&[("a", 2)]));
    check_plan(rule, Some(before.clone()), &config, &before, &[]);
    check_plan(
        rule,
        Some(with("shelves", shelves(&[("b", 1)]))),
        &config,
        &before,
        &[
            "shelves[\"a\"].width: `shelves[\"a\"].width` is planned as `1`, but configured as `2`; what is configured \
         must be planned as it is written",
        ],
    );
}

#[test]
fn every_answer_has_the_attributes_and_types_of_the_schema() {
    let rule = "rule 1";
    check_plan(
        rule,
        None,
        &named("a"),
        &with("id", 1),
        &["id: `id` is not of the type string; it is `1`"],
    );
    check_plan(
        rule,
        None,
        &named("a"),
        &named("a").with_attribute("extra", 1),
        &["extra: `extra` is not in the schema"],
    );
    check_plan(
        rule,
        None,
        &named("a"),
        &Value::object([("name", "a")]),
        &[
            "guards: `guards` is missing; an absent attribute must be null",
            "id: `id` is missing; an absent attribute must be null",
            "lock: `lock` is missing; an absent attribute must be null",
            "mode: `mode` is missing; an absent attribute must be null",
            "nickname: `nickname` is missing; an absent attribute must be null",
            "notes: `notes` is missing; an absent attribute must be null",
            "password: `password` is missing; an absent attribute must be null",
            "rules: `rules` is missing; an absent attribute must be null",
            "secret: `secret` is missing; an absent attribute must be null",
            "shelves: `shelves` is missing; an absent attribute must be null",
            "size: `size` is missing; an absent attribute must be null",
        ],
    );
    check_applied(
        rule,
        &named("a"),
        &with("lock", Value::list([lock("me")])),
        &["lock: `lock` is not an object with 4 attributes; it is a list of 1 element"],
    );
    let odd = with("rules", Value::list([lock("me")]));
    assert!(state(&vault(), &odd).has_errors(), "{rule}");
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
    let rule = "rules 18 and 24";
    let name = IdentityAttribute {
        kind: Type::String,
        description: String::new(),
        required_for_import: true,
    };
    let schema = IdentitySchema {
        attributes: [("name".to_owned(), name)].into(),
        ..IdentitySchema::default()
    };
    let check = |value: &Value, unknowns| told(&identity(&schema, value, unknowns));
    assert_eq!(
        check(&Value::object([("name", "a")]), Unknowns::Refused),
        [""; 0],
        "{rule}"
    );
    let unknown = Value::object([("name", Value::UNKNOWN)]);
    assert_eq!(check(&unknown, Unknowns::Allowed), [""; 0], "{rule}");
    assert_eq!(
        check(&unknown, Unknowns::Refused),
        ["name: `name` is unknown"],
        "{rule}"
    );
    let wrong = Value::object([("name", 1)]);
    assert_eq!(
        check(&wrong, Unknowns::Refused),
        ["name: `name` is not of the type string"],
        "{rule}"
    );
    assert_eq!(
        check(&Value::Null, Unknowns::Refused),
        ["The object has no identity"],
        "{rule}"
    );
}

#[test]
fn the_second_plan_completes_the_first() {
    let rule = "rule 20";
    let told = |first: &Value, second: &Value| told(&replanned(&vault(), first, second));
    let none: [&str; 0] = [];
    assert_eq!(
        told(&with("size", Value::UNKNOWN), &with("size", Value::UNKNOWN)),
        none,
        "{rule}"
    );
    assert_eq!(told(&with("size", Value::UNKNOWN), &with("size", 3)), none, "{rule}");
    assert_eq!(
        told(&with("size", 3), &with("size", Value::UNKNOWN)),
        ["size: `size` was planned as `3`, and is unknown now"],
        "{rule}"
    );
}

#[test]
fn an_applied_state_is_wholly_known() {
    let rule = "rule 21";
    check_applied(rule, &with("id", Value::UNKNOWN), &with("id", "x"), &[]);
    let expected = "is, or holds, a value that is still unknown in what is to be stored";
    let told = format!("id: `id` {expected}");
    check_applied(rule, &with("id", Value::UNKNOWN), &with("id", Value::UNKNOWN), &[&told]);
    let inside = nested("lock", [("owner", "me".into()), ("serial", Value::UNKNOWN)]);
    let told = format!("lock.serial: `lock.serial` {expected}");
    check_applied(rule, &with("lock", inside.clone()), &with("lock", inside), &[&told]);
    let note = with("notes", Value::set([Value::UNKNOWN]));
    let told = format!("notes: `notes` {expected}");
    check_applied(rule, &note, &note, &[&told]);
}

#[test]
fn a_known_planned_value_comes_back_equal() {
    let rule = "rule 22";
    check_applied(
        rule,
        &named("a"),
        &named("b"),
        &["name: `name` was planned as `a`, and is `b` now"],
    );
    check_applied(
        rule,
        &with("rules", rules(&[1, 2])),
        &with("rules", rules(&[1, 3])),
        &["rules[1].port: `rules[1].port` was planned as `2`, and is `3` now"],
    );
    check_applied(
        rule,
        &with("rules", rules(&[1])),
        &with("rules", rules(&[1, 2])),
        &["rules: `rules` was planned with 1 element, and has 2 elements now"],
    );
    check_applied(
        rule,
        &with("shelves", shelves(&[("a", 1)])),
        &with("shelves", shelves(&[("b", 1)])),
        &[
            "shelves[\"b\"]: `shelves[\"b\"]` is there now, but was not planned",
            "shelves[\"a\"]: `shelves[\"a\"]` was planned, but is not there now",
        ],
    );
    check_applied(
        rule,
        &with("size", "1.0".parse::<Number>().unwrap()),
        &with("size", 1),
        &[],
    );
}

#[test]
fn what_was_planned_as_null_stays_null_and_the_other_way_round() {
    let rule = "rule 22";
    check_applied(
        rule,
        &named("a"),
        &with("nickname", "x"),
        &["nickname: `nickname` was planned as null, and is `x` now"],
    );
    check_applied(
        rule,
        &with("lock", lock("me")),
        &named("a"),
        &["lock: `lock` was planned as an object, and is null now"],
    );
    check_applied(rule, &with("nickname", Value::UNKNOWN), &named("a"), &[]);
}

#[test]
fn an_unknown_value_becomes_anything_within_its_bounds() {
    let rule = "rule 22";
    let unknown = |refinement| with("nickname", Value::Unknown(refinement));
    let prefixed = unknown(Refinement {
        string_prefix: Some("pre-".into()),
        ..Refinement::NONE
    });
    check_applied(rule, &prefixed, &with("nickname", "pre-x"), &[]);
    check_applied(
        rule,
        &prefixed,
        &with("nickname", "x"),
        &["nickname: `nickname` became `x`, which is outside of the bounds that were planned for it"],
    );
    let present = unknown(Refinement {
        nullness: Some(false),
        ..Refinement::NONE
    });
    check_applied(
        rule,
        &present,
        &named("a"),
        &["nickname: `nickname` became null, which is outside of the bounds that were planned for it"],
    );
    let bound = |number: i64, inclusive| Some((Number::from(number), inclusive));
    let bounded = with(
        "size",
        Value::Unknown(Refinement {
            lower_bound: bound(1, true),
            upper_bound: bound(3, false),
            ..Refinement::NONE
        }),
    );
    check_applied(rule, &bounded, &with("size", 1), &[]);
    check_applied(
        rule,
        &bounded,
        &with("size", 3),
        &["size: `size` became `3`, which is outside of the bounds that were planned for it"],
    );
    let counted = with(
        "notes",
        Value::Unknown(Refinement {
            max_length: Some(1),
            ..Refinement::NONE
        }),
    );
    check_applied(rule, &counted, &with("notes", Value::set(["a"])), &[]);
    check_applied(
        rule,
        &counted,
        &with("notes", Value::set(["a", "b"])),
        &["notes: `notes` became a set of 2 elements, which is outside of the bounds that were planned for it"],
    );
}

#[test]
fn the_elements_of_a_set_are_those_that_were_planned() {
    let rule = "rule 22";
    let guards = |guards: Vec<Value>| with("guards", Value::set(guards));
    let unseen = |badge: i64| nested("guards", [("badge", badge.into()), ("seen", Value::UNKNOWN)]);
    let seen = |badge: i64, seen: &str| nested("guards", [("badge", badge.into()), ("seen", seen.into())]);
    check_applied(
        rule,
        &guards(vec![unseen(1), unseen(2)]),
        &guards(vec![seen(2, "y"), seen(1, "x")]),
        &[],
    );
    let told = "guards: `guards` has other elements now than were planned";
    check_applied(rule, &guards(vec![unseen(1)]), &guards(vec![seen(2, "x")]), &[told]);
    check_applied(
        rule,
        &guards(vec![unseen(1)]),
        &guards(vec![seen(1, "x"), seen(1, "y")]),
        &[told],
    );
    check_applied(
        rule,
        &guards(vec![unseen(1), unseen(2)]),
        &guards(vec![seen(1, "x")]),
        &[told],
    );
}

#[test]
fn a_destroyed_object_has_no_state_and_any_other_has_one() {
    let rule = "rule 23";
    check_applied(rule, &Value::Null, &Value::Null, &[]);
    check_applied(
        rule,
        &Value::Null,
        &named("a"),
        &["The object still has a state after it was destroyed"],
    );
    check_applied(
        rule,
        &named("a"),
        &Value::Null,
        &["The object has no state after it was created or changed"],
    );
}

#[test]
fn a_state_holds_no_write_only_value() {
    let told_of = |state: &Value, expected: &[&str]| {
        assert_eq!(told(&super::state(&vault(), state)), expected);
    };
    check_applied(
        "rule 24",
        &named("a"),
        &with("password", "p"),
        &["password: `password` is write-only, but is not null in what is to be planned or stored"],
    );
    told_of(
        &with("lock", nested("lock", [("owner", "me".into()), ("pin", "1".into())])),
        &["lock.pin: `lock.pin` is write-only, but is not null in what is to be planned or stored"],
    );
}

#[test]
fn a_read_or_imported_state_is_known_and_there() {
    let rule = "rules 26, 28, 30 and 31";
    assert_eq!(told(&state(&vault(), &named("a"))), [""; 0], "{rule}");
    assert_eq!(told(&state(&vault(), &Value::Null)), ["The object is null"], "{rule}");
    assert_eq!(
        told(&state(&vault(), &with("id", Value::UNKNOWN))),
        ["id: `id` is, or holds, a value that is still unknown in what is to be stored"],
        "{rule}"
    );
}

#[test]
fn secrets_are_not_told_nor_are_the_keys_of_a_secret_map() {
    let secret = |key: &str, value: &str| with("secret", Value::map([(key, value)]));
    let hidden = "a value that is not shown because it is sensitive";
    let told = format!("secret: `secret` was planned as {hidden}, and is {hidden} now");
    check_applied("a secret value", &secret("k1", "s1"), &secret("k1", "s2"), &[&told]);
    let found = applied(&vault(), &secret("k1", "s1"), &secret("k2", "s1"));
    assert_eq!(found.iter().count(), 2);
    assert!(!format!("{found:?}").contains("k1") && !format!("{found:?}").contains("k2"));
    let found = plan(&vault(), None, &secret("k1", "s1"), &secret("k1", "s2"));
    assert!(found.has_errors() && !format!("{found:?}").contains("s1") && !format!("{found:?}").contains("s2"));
}
