//! What came of a plan.

use super::*;

#[test]
fn every_answer_has_the_attributes_and_types_of_the_schema() {
    check_plan(
        None,
        &named("a"),
        &with("id", 1),
        &["id: `id` is not of the type string; it is `1`"],
    );
    check_plan(
        None,
        &named("a"),
        &named("a").with_attribute("extra", 1),
        &["extra: `extra` is not in the schema"],
    );
    check_plan(
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
        &named("a"),
        &with("lock", Value::list([lock("me")])),
        &["lock: `lock` is not an object with 4 attributes; it is a list of 1 element"],
    );
    let odd = with("rules", Value::list([lock("me")]));
    assert!(state(&vault(), &odd).has_errors());
}

#[test]
fn the_second_plan_completes_the_first() {
    let told = |first: &Value, second: &Value| told(&replanned(&vault(), first, second));
    let none: [&str; 0] = [];
    assert_eq!(told(&with("size", Value::UNKNOWN), &with("size", Value::UNKNOWN)), none);
    assert_eq!(told(&with("size", Value::UNKNOWN), &with("size", 3)), none);
    assert_eq!(
        told(&with("size", 3), &with("size", Value::UNKNOWN)),
        ["size: `size` was planned as `3`, and is unknown now"]
    );
}

#[test]
fn an_applied_state_is_wholly_known() {
    check_applied(&with("id", Value::UNKNOWN), &with("id", "x"), &[]);
    let expected = "is, or holds, a value that is still unknown in what is to be stored";
    let told = format!("id: `id` {expected}");
    check_applied(&with("id", Value::UNKNOWN), &with("id", Value::UNKNOWN), &[&told]);
    let inside = nested("lock", [("owner", "me".into()), ("serial", Value::UNKNOWN)]);
    let told = format!("lock.serial: `lock.serial` {expected}");
    check_applied(&with("lock", inside.clone()), &with("lock", inside), &[&told]);
    let note = with("notes", Value::set([Value::UNKNOWN]));
    let told = format!("notes: `notes` {expected}");
    check_applied(&note, &note, &[&told]);
}

#[test]
fn a_known_planned_value_comes_back_equal() {
    check_applied(
        &named("a"),
        &named("b"),
        &["name: `name` was planned as `a`, and is `b` now"],
    );
    check_applied(
        &with("rules", rules(&[1, 2])),
        &with("rules", rules(&[1, 3])),
        &["rules[1].port: `rules[1].port` was planned as `2`, and is `3` now"],
    );
    check_applied(
        &with("rules", rules(&[1])),
        &with("rules", rules(&[1, 2])),
        &["rules: `rules` was planned with 1 element, and has 2 elements now"],
    );
    check_applied(
        &with("shelves", shelves(&[("a", 1)])),
        &with("shelves", shelves(&[("b", 1)])),
        &[
            "shelves[\"b\"]: `shelves[\"b\"]` is there now, but was not planned",
            "shelves[\"a\"]: `shelves[\"a\"]` was planned, but is not there now",
        ],
    );
    check_applied(&with("size", "1.0".parse::<Number>().unwrap()), &with("size", 1), &[]);
}

#[test]
fn what_was_planned_as_null_stays_null_and_the_other_way_round() {
    check_applied(
        &named("a"),
        &with("nickname", "x"),
        &["nickname: `nickname` was planned as null, and is `x` now"],
    );
    check_applied(
        &with("lock", lock("me")),
        &named("a"),
        &["lock: `lock` was planned as an object, and is null now"],
    );
    check_applied(&with("nickname", Value::UNKNOWN), &named("a"), &[]);
}

#[test]
fn an_unknown_value_becomes_anything_within_its_bounds() {
    let unknown = |refinement| with("nickname", Value::unknown(refinement));
    let prefixed = unknown(Refinement {
        string_prefix: Some("pre-".into()),
        ..Refinement::NONE
    });
    check_applied(&prefixed, &with("nickname", "pre-x"), &[]);
    check_applied(
        &prefixed,
        &with("nickname", "x"),
        &["nickname: `nickname` became `x`, which is outside of the bounds that were planned for it"],
    );
    let present = unknown(Refinement {
        nullness: Some(false),
        ..Refinement::NONE
    });
    check_applied(
        &present,
        &named("a"),
        &["nickname: `nickname` became null, which is outside of the bounds that were planned for it"],
    );
    let bound = |number: i64, inclusive| Some((Number::from(number), inclusive));
    let bounded = with(
        "size",
        Value::unknown(Refinement {
            lower_bound: bound(1, true),
            upper_bound: bound(3, false),
            ..Refinement::NONE
        }),
    );
    check_applied(&bounded, &with("size", 1), &[]);
    check_applied(
        &bounded,
        &with("size", 3),
        &["size: `size` became `3`, which is outside of the bounds that were planned for it"],
    );
    let counted = with(
        "notes",
        Value::unknown(Refinement {
            max_length: Some(1),
            ..Refinement::NONE
        }),
    );
    check_applied(&counted, &with("notes", Value::set(["a"])), &[]);
    check_applied(
        &counted,
        &with("notes", Value::set(["a", "b"])),
        &["notes: `notes` became a set of 2 elements, which is outside of the bounds that were planned for it"],
    );
}

#[test]
fn the_elements_of_a_set_are_those_that_were_planned() {
    let guards = |guards: Vec<Value>| with("guards", Value::set(guards));
    let unseen = |badge: i64| nested("guards", [("badge", badge.into()), ("seen", Value::UNKNOWN)]);
    let seen = |badge: i64, seen: &str| nested("guards", [("badge", badge.into()), ("seen", seen.into())]);
    check_applied(
        &guards(vec![unseen(1), unseen(2)]),
        &guards(vec![seen(2, "y"), seen(1, "x")]),
        &[],
    );
    let told = "guards: `guards` has other elements now than were planned";
    check_applied(&guards(vec![unseen(1)]), &guards(vec![seen(2, "x")]), &[told]);
    check_applied(
        &guards(vec![unseen(1)]),
        &guards(vec![seen(1, "x"), seen(1, "y")]),
        &[told],
    );
    check_applied(
        &guards(vec![unseen(1), unseen(2)]),
        &guards(vec![seen(1, "x")]),
        &[told],
    );
}

#[test]
fn a_destroyed_object_has_no_state_and_any_other_has_one() {
    check_applied(&Value::Null, &Value::Null, &[]);
    check_applied(
        &Value::Null,
        &named("a"),
        &["The object still has a state after it was destroyed"],
    );
    check_applied(
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
fn secrets_are_not_told_nor_are_the_keys_of_a_secret_map() {
    let secret = |key: &str, value: &str| with("secret", Value::map([(key, value)]));
    let hidden = "a value that is not shown because it is sensitive";
    let told = format!("secret: `secret` was planned as {hidden}, and is {hidden} now");
    check_applied(&secret("k1", "s1"), &secret("k1", "s2"), &[&told]);
    let found = applied(&vault(), &secret("k1", "s1"), &secret("k2", "s1"));
    assert_eq!(found.iter().count(), 2);
    assert!(!format!("{found:?}").contains("k1") && !format!("{found:?}").contains("k2"));
    let found = plan(&vault(), None, &secret("k1", "s1"), &secret("k1", "s2"));
    assert!(found.has_errors() && !format!("{found:?}").contains("s1") && !format!("{found:?}").contains("s2"));
}
