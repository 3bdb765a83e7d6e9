//! What is planned for each sort of attribute.

use super::*;
use crate::schema::IdentityAttribute;
use crate::schema::example::{nested, vault, vault_with};
use crate::value::Type;
use crate::{AttributePath, Nesting};

fn create(config: &Value) -> Value {
    planned(&vault(), None, config)
}

fn update(prior: &Value, config: &Value) -> Value {
    planned(&vault(), Some(prior), config)
}

/// The planned values at these paths, as they would be debugged.
#[track_caller]
fn check(planned: &Value, expected: &[(&str, Value)]) {
    for (path, value) in expected {
        assert_eq!(at(planned, path), Some(value), "{path}");
    }
}

/// `rules.0.port`: what is a number is an index; in a map, a name is a key.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(value, |value, name| match (value, name.parse()) {
            (_, Ok(index)) => value.elements()?.get::<usize>(index),
            (Value::Map(_), _) => value.step(&Step::Key(name.to_owned())),
            _ => value.attribute(name),
        })
}

fn paths(prior: &Value, planned: &Value) -> Vec<String> {
    requires_replace(&vault(), prior, planned)
        .iter()
        .map(AttributePath::to_string)
        .collect()
}

fn with(attribute: &str, value: impl Into<Value>) -> Value {
    vault_with([("name", "a".into()), (attribute, value.into())])
}

fn lock(owner: impl Into<Value>) -> Value {
    nested("lock", [("owner", owner.into())])
}

fn rule(port: impl Into<Value>) -> Value {
    nested("rules", [("port", port.into())])
}

fn shelf(width: impl Into<Value>) -> Value {
    nested("shelves", [("width", width.into())])
}

fn guard(badge: impl Into<Value>) -> Value {
    nested("guards", [("badge", badge.into())])
}

/// A configuration with everything that nests.
fn furnished() -> Value {
    with("lock", lock("me"))
        .with_attribute("rules", Value::list([rule(1), rule(2)]))
        .with_attribute("shelves", Value::map([("top", shelf(1))]))
        .with_attribute("guards", Value::set([guard(1), guard(2)]))
}

/// The state that a plan comes to when each unknown value becomes "x".
fn settled(planned: Value) -> Value {
    planned.transform(&mut |_, value| if value.is_known() { value } else { Value::from("x") })
}

#[test]
fn a_create_leaves_computed_attributes_unknown_at_every_level() {
    check(
        &create(&furnished()),
        &[
            ("name", "a".into()),
            ("nickname", Value::Null),
            ("id", Value::UNKNOWN),
            ("size", Value::UNKNOWN),
            ("lock.serial", Value::UNKNOWN),
            ("rules.1.handle", Value::UNKNOWN),
            ("shelves.top.tag", Value::UNKNOWN),
            ("guards.0.seen", Value::UNKNOWN),
            ("guards.1.seen", Value::UNKNOWN),
        ],
    );
}

#[test]
fn what_is_not_configured_gets_its_default_at_every_level() {
    let defaults = [
        ("mode", "open".into()),
        ("lock.kind", "pin".into()),
        ("rules.0.action", "allow".into()),
        ("shelves.top.color", "grey".into()),
        ("guards.0.shift", "day".into()),
        ("guards.1.shift", "day".into()),
    ];
    check(&create(&furnished()), &defaults);
    check(&with_defaults(&vault(), &furnished()), &defaults);
    check(
        &with_defaults(&vault(), &furnished()),
        &[("id", Value::Null), ("lock.serial", Value::Null)],
    );
}

#[test]
fn an_attribute_that_is_not_configured_any_more_goes_back_to_its_default() {
    let prior = settled(create(
        &with("mode", "shut").with_attribute("lock", lock("me").with_attribute("kind", "key")),
    ));
    check(&prior, &[("mode", "shut".into()), ("lock.kind", "key".into())]);
    check(
        &update(&prior, &furnished()),
        &[("mode", "open".into()), ("lock.kind", "pin".into())],
    );
}

#[test]
fn nothing_is_added_to_a_nested_object_that_is_absent() {
    let nothing = with("rules", Value::list([Value::Null]));
    for planned in [create(&nothing), with_defaults(&vault(), &nothing)] {
        check(
            &planned,
            &[
                ("lock", Value::Null),
                ("rules.0", Value::Null),
                ("shelves", Value::Null),
            ],
        );
    }
}

#[test]
fn an_unknown_configuration_stays_unknown_whatever_the_default() {
    let unknown = with("mode", Value::UNKNOWN)
        .with_attribute("lock", Value::UNKNOWN)
        .with_attribute("rules", Value::list([Value::UNKNOWN, rule(Value::UNKNOWN)]));
    let prior = settled(create(&furnished()));
    for planned in [
        create(&unknown),
        update(&prior, &unknown),
        with_defaults(&vault(), &unknown),
    ] {
        check(
            &planned,
            &[
                ("mode", Value::UNKNOWN),
                ("lock", Value::UNKNOWN),
                ("rules.0", Value::UNKNOWN),
                ("rules.1.port", Value::UNKNOWN),
                ("rules.1.action", "allow".into()),
            ],
        );
    }
}

#[test]
fn what_is_known_of_an_unknown_configuration_is_kept_where_it_will_hold() {
    let prefix = || Some("pre-".to_owned());
    let maybe_null = Refinement {
        string_prefix: prefix(),
        ..Refinement::NONE
    };
    let present = Refinement {
        nullness: Some(false),
        ..maybe_null.clone()
    };
    let kept = |attribute, refinement: &Refinement| {
        let planned = create(&with(attribute, Value::unknown(refinement.clone())));
        match at(&planned, attribute) {
            Some(Value::Unknown(Some(kept))) => **kept == *refinement,
            _ => false,
        }
    };
    assert!(kept("nickname", &maybe_null));
    assert!(kept("nickname", &present));
    assert!(kept("mode", &present));
    assert!(
        !kept("mode", &maybe_null),
        "null would become the default, which has another prefix"
    );
}

#[test]
fn an_update_keeps_computed_values_at_every_level() {
    let prior = settled(create(&furnished()));
    let renamed = furnished().with_attribute("nickname", "new");
    check(
        &update(&prior, &renamed),
        &[
            ("nickname", "new".into()),
            ("id", "x".into()),
            ("size", "x".into()),
            ("lock.serial", "x".into()),
            ("rules.0.handle", "x".into()),
            ("shelves.top.tag", "x".into()),
            ("guards.0.seen", "x".into()),
        ],
    );
}

#[test]
fn an_update_without_a_change_plans_the_prior_state() {
    let prior = settled(create(&furnished()));
    assert_eq!(update(&prior, &furnished()), prior);
    assert_eq!(paths(&prior, &update(&prior, &furnished())), [""; 0]);
}

#[test]
fn computed_attributes_of_a_nested_object_that_is_new_are_unknown() {
    let prior = settled(create(&furnished()));
    let config = furnished()
        .with_attribute("rules", Value::list([rule(1), rule(2), rule(3)]))
        .with_attribute("shelves", Value::map([("top", shelf(1)), ("bottom", shelf(1))]));
    check(
        &update(&prior, &config),
        &[
            ("rules.1.handle", "x".into()),
            ("rules.2.handle", Value::UNKNOWN),
            ("shelves.top.tag", "x".into()),
            ("shelves.bottom.tag", Value::UNKNOWN),
        ],
    );
    let bare = settled(create(&with("size", 1)));
    check(&update(&bare, &furnished()), &[("lock.serial", Value::UNKNOWN)]);
}

#[test]
fn an_element_of_a_set_that_was_there_before_is_planned_once() {
    let attributes = [
        ("badge", Attribute::required(Type::Number)),
        ("rank", Attribute::optional_computed(Type::Number)),
    ];
    let guards = Attribute::optional(AttributeType::nested(Nesting::Set, attributes));
    let schema = Schema {
        attributes: [("guards".into(), guards)].into(),
        ..Schema::default()
    };
    let guard = |rank: Value| Value::object([("badge", Value::from(1)), ("rank", rank)]);
    let guards = |ranks: Vec<Value>| Value::object([("guards", Value::set(ranks.into_iter().map(guard)))]);
    let planned = planned(
        &schema,
        Some(&guards(vec![5.into()])),
        &guards(vec![Value::Null, 5.into()]),
    );
    assert_eq!(planned, guards(vec![5.into(), Value::UNKNOWN]));
}

#[test]
fn an_element_of_a_set_is_known_again_by_what_is_configured_in_it() {
    let prior = settled(create(&furnished()));
    let config = furnished().with_attribute("guards", Value::set([guard(3), guard(2)]));
    let stayed = nested(
        "guards",
        [("badge", 2.into()), ("shift", "day".into()), ("seen", "x".into())],
    );
    let came = nested(
        "guards",
        [("badge", 3.into()), ("shift", "day".into()), ("seen", Value::UNKNOWN)],
    );
    check(&update(&prior, &config), &[("guards", Value::set([stayed, came]))]);
}

#[test]
fn a_computed_value_that_was_null_stays_null() {
    let prior = settled(create(&furnished())).with_attribute("size", Value::Null);
    check(&update(&prior, &furnished()), &[("size", Value::Null)]);
}

#[test]
fn a_default_for_nested_attributes_is_completed_like_a_configuration() {
    let mut schema = vault();
    let lock_attribute = schema.attributes.get_mut("lock").unwrap();
    lock_attribute.computed = true;
    lock_attribute.default = Some(Value::object([("owner", "nobody")]));
    check(
        &planned(&schema, None, &with("size", 1)),
        &[
            ("lock.owner", "nobody".into()),
            ("lock.kind", "pin".into()),
            ("lock.serial", Value::UNKNOWN),
        ],
    );
}

#[test]
fn a_null_that_carries_its_type_is_a_null() {
    let mut schema = vault();
    schema.attributes.insert(
        "extra".into(),
        Attribute::with_default(Type::Dynamic, Value::dynamic(Type::Bool, true)),
    );
    let config = with("size", 1).with_attribute("extra", Value::dynamic(Type::String, Value::Null));
    for value in [planned(&schema, None, &config), with_defaults(&schema, &config)] {
        check(&value, &[("extra", Value::dynamic(Type::Bool, true))]);
    }
}

#[test]
fn write_only_values_are_planned_as_null_and_put_back_for_the_apply() {
    let config = with("password", "p").with_attribute("lock", lock("me").with_attribute("pin", "1"));
    let planned = create(&config);
    check(&planned, &[("password", Value::Null), ("lock.pin", Value::Null)]);
    let desired = desired(&vault(), planned.clone(), &config);
    check(
        &desired,
        &[
            ("password", "p".into()),
            ("lock.pin", "1".into()),
            ("lock.serial", Value::UNKNOWN),
        ],
    );
    assert_eq!(without_write_only(&vault(), desired.clone()), planned);
}

#[test]
fn write_only_values_are_found_in_lists_and_maps() {
    let mut schema = vault();
    for name in ["rules", "shelves"] {
        let AttributeType::Nested { attributes, .. } = &mut schema.attributes.get_mut(name).unwrap().kind else {
            panic!("{name} is nested");
        };
        attributes.insert(
            "key".into(),
            Attribute {
                write_only: true,
                ..Attribute::optional(Type::String)
            },
        );
    }
    let config = with(
        "rules",
        Value::list([rule(1).with_attribute("key", "k1"), rule(2).with_attribute("key", "k2")]),
    )
    .with_attribute("shelves", Value::map([("top", shelf(1).with_attribute("key", "k3"))]));
    let planned = planned(&schema, None, &config);
    check(
        &planned,
        &[("rules.1.key", Value::Null), ("shelves.top.key", Value::Null)],
    );
    let desired = desired(&schema, planned.clone(), &config);
    check(
        &desired,
        &[
            ("rules.0.key", "k1".into()),
            ("rules.1.key", "k2".into()),
            ("shelves.top.key", "k3".into()),
        ],
    );
    assert_eq!(without_write_only(&schema, desired.clone()), planned);
}

#[test]
fn a_destroy_plans_null() {
    assert_eq!(update(&settled(create(&furnished())), &Value::Null), Value::Null);
    assert_eq!(paths(&settled(create(&furnished())), &Value::Null), [""; 0]);
}

#[test]
fn a_flagged_attribute_that_changes_requires_a_replacement() {
    let prior = settled(create(&furnished()));
    let changed =
        |attribute: &str, value: Value| paths(&prior, &update(&prior, &furnished().with_attribute(attribute, value)));
    assert_eq!(changed("name", "b".into()), ["name"]);
    assert_eq!(changed("name", Value::UNKNOWN), ["name"], "unknown counts as different");
    assert_eq!(changed("nickname", "b".into()), [""; 0]);
    assert_eq!(changed("lock", lock("you")), ["lock.owner"]);
    assert_eq!(changed("lock", lock("me").with_attribute("kind", "key")), [""; 0]);
    assert_eq!(changed("lock", Value::Null), ["lock.owner"], "the object goes");
    assert_eq!(changed("lock", Value::UNKNOWN), ["lock"]);
    assert_eq!(changed("rules", Value::list([rule(1), rule(3)])), ["rules[1].port"]);
    assert_eq!(changed("rules", Value::list([rule(1)])), ["rules[1].port"]);
    assert_eq!(
        changed("rules", Value::list([rule(1), rule(2), rule(3)])),
        ["rules[2].port"]
    );
    assert_eq!(changed("rules", Value::Null), ["rules[0].port", "rules[1].port"]);
    assert_eq!(
        changed("shelves", Value::map([("top", shelf(2))])),
        ["shelves[\"top\"].width"]
    );
    assert_eq!(
        changed("shelves", Value::map([("low", shelf(1))])),
        ["shelves[\"low\"].width", "shelves[\"top\"].width"]
    );
    assert_eq!(changed("guards", Value::set([guard(1), guard(3)])), ["guards"]);
    assert_eq!(changed("guards", Value::Null), ["guards"]);
    let night = guard(2).with_attribute("shift", "night");
    assert_eq!(changed("guards", Value::set([guard(1), night])), [""; 0]);
}

#[test]
fn a_nested_object_that_comes_requires_a_replacement_if_it_is_flagged_inside() {
    let bare = settled(create(&with("size", 1)));
    assert_eq!(paths(&bare, &update(&bare, &with("lock", lock("me")))), ["lock.owner"]);
    assert_eq!(
        paths(&bare, &update(&bare, &with("guards", Value::set([guard(1)])))),
        ["guards"]
    );
    assert_eq!(
        paths(&bare, &update(&bare, &with("rules", Value::list([rule(1)])))),
        ["rules[0].port"]
    );
}

#[test]
fn an_identity_is_picked_from_the_state() {
    let attribute = |kind| IdentityAttribute {
        kind,
        description: String::new(),
        required_for_import: true,
    };
    let schema = IdentitySchema {
        attributes: [
            ("name".into(), attribute(Type::String)),
            ("id".into(), attribute(Type::String)),
        ]
        .into(),
        ..IdentitySchema::default()
    };
    assert_eq!(
        identity_of(&schema, &create(&furnished())),
        Value::object([("name", Value::from("a")), ("id", Value::UNKNOWN)])
    );
}
