//! A planned state against configuration and prior state.

use super::*;

#[test]
fn a_plan_is_null_exactly_when_the_object_is_to_be_destroyed() {
    check_plan(Some(named("a")), &Value::Null, &Value::Null, &[]);
    check_plan(
        Some(named("a")),
        &Value::Null,
        &named("a"),
        &["The object is planned to stay, although it is to be destroyed"],
    );
    check_plan(
        None,
        &named("a"),
        &Value::Null,
        &["The object is planned to be absent, although it is configured"],
    );
}

#[test]
fn a_configured_value_is_planned_as_written_or_as_it_was() {
    check_plan(None, &named("a"), &named("a"), &[]);
    check_plan(Some(named("A")), &named("a"), &named("A"), &[]);
    check_plan(
        Some(named("A")),
        &named("a"),
        &named("b"),
        &["name: `name` is planned as `b`, but configured as `a`; what is configured must be planned as it is written"],
    );
    check_plan(
        None,
        &with("lock", lock("me")),
        &with("lock", lock("you")),
        &[
            "lock.owner: `lock.owner` is planned as `you`, but configured as `me`; what is configured must be planned \
           as it is written",
        ],
    );
    check_plan(
        None,
        &with("rules", rules(&[1, 2])),
        &with("rules", rules(&[1, 3])),
        &[
            "rules[1].port: `rules[1].port` is planned as `3`, but configured as `2`; what is configured must be \
           planned as it is written",
        ],
    );
    check_plan(
        None,
        &named("a"),
        &named("a").with_attribute("name", Value::UNKNOWN),
        &["name: `name` is planned as unknown, although its configuration is known"],
    );
}

#[test]
fn an_optional_computed_value_is_free_only_when_it_is_not_configured() {
    check_plan(None, &named("a"), &with("size", 3), &[]);
    check_plan(None, &named("a"), &with("size", Value::UNKNOWN), &[]);
    check_plan(
        None,
        &with("size", 4),
        &with("size", 3),
        &["size: `size` is planned as `3`, but configured as `4`; what is configured must be planned as it is written"],
    );
}

#[test]
fn a_computed_value_is_free() {
    check_plan(Some(with("id", "x")), &named("a"), &with("id", "y"), &[]);
    let planned = nested("lock", [("owner", "me".into()), ("serial", Value::UNKNOWN)]);
    check_plan(None, &with("lock", lock("me")), &with("lock", planned), &[]);
}

#[test]
fn what_is_neither_configured_nor_computed_is_planned_as_null() {
    check_plan(None, &named("a"), &named("a"), &[]);
    check_plan(
        Some(with("nickname", "x")),
        &named("a"),
        &with("nickname", "x"),
        &["nickname: `nickname` is planned as `x`, although it is neither configured nor computed"],
    );
}

#[test]
fn a_write_only_value_is_planned_as_null() {
    check_plan(None, &with("password", "p"), &named("a"), &[]);
    check_plan(
        None,
        &with("password", "p"),
        &with("password", "p"),
        &["password: `password` is write-only, but is not null in what is to be planned or stored"],
    );
    let secret = with("lock", nested("lock", [("owner", "me".into()), ("pin", "1".into())]));
    check_plan(
        None,
        &secret,
        &secret,
        &["lock.pin: `lock.pin` is write-only, but is not null in what is to be planned or stored"],
    );
}

#[test]
fn an_unknown_configuration_stays_unknown_or_as_it_was() {
    let unknown = with("nickname", Value::UNKNOWN);
    let refined = Value::unknown(Refinement {
        nullness: Some(false),
        ..Refinement::NONE
    });
    check_plan(None, &unknown, &with("nickname", refined), &[]);
    check_plan(Some(with("nickname", "x")), &unknown, &with("nickname", "x"), &[]);
    let told = "nickname: `nickname` is planned as `y`, although its configuration is still unknown";
    check_plan(Some(with("nickname", "x")), &unknown, &with("nickname", "y"), &[told]);
    check_plan(
        None,
        &with("lock", Value::UNKNOWN),
        &with("lock", lock("me")),
        &["lock: `lock` is planned as an object, although its configuration is still unknown"],
    );
}

#[test]
fn nested_objects_are_there_exactly_when_they_are_configured() {
    check_plan(
        None,
        &with("lock", lock("me")),
        &named("a"),
        &[
            "lock: `lock` is planned as null, but configured as an object; what is configured must be planned as it is \
         written",
        ],
    );
    check_plan(
        Some(with("lock", lock("me"))),
        &named("a"),
        &with("lock", lock("me")),
        &["lock: `lock` is planned as an object, although it is neither configured nor computed"],
    );
    check_plan(
        None,
        &with("lock", lock("me")),
        &with("lock", Value::UNKNOWN),
        &["lock: `lock` is planned as unknown, although its configuration is known"],
    );
    check_plan(
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
    check_plan(
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
    check_plan(None, &guards(&[Some(1), None]), &guards(&[Some(1)]), &[]);
    check_plan(
        None,
        &guards(&[Some(1)]),
        &guards(&[Some(1), Some(2)]),
        &["guards: `guards` is planned with 2 elements, but configured with 1 element"],
    );
    check_plan(
        None,
        &guards(&[Some(1), Some(2)]),
        &guards(&[Some(1)]),
        &["guards: `guards` is planned with 1 element, but configured with 2 elements"],
    );
}

#[test]
fn a_nested_value_may_stay_as_its_counterpart_was() {
    let before = with("shelves", shelves(&[("a", 1)]));
    let config = with("shelves", shelves(&[("a", 2)]));
    check_plan(Some(before.clone()), &config, &before, &[]);
    check_plan(
        Some(with("shelves", shelves(&[("b", 1)]))),
        &config,
        &before,
        &[
            "shelves[\"a\"].width: `shelves[\"a\"].width` is planned as `1`, but configured as `2`; what is configured \
         must be planned as it is written",
        ],
    );
}
