//! What a practitioner is told of a configuration.

use super::*;
use crate::schema::{AttributeType, Nesting};

fn schema<const N: usize>(attributes: [(&str, Attribute); N]) -> Schema {
    Schema {
        attributes: attributes
            .into_iter()
            .map(|(name, attribute)| (name.into(), attribute))
            .collect(),
        ..Schema::default()
    }
}

fn ruled(kind: impl Into<AttributeType>, validator: Validator) -> Attribute {
    Attribute {
        validators: vec![validator],
        ..Attribute::optional(kind)
    }
}

fn binding() -> Attribute {
    let choices = [
        ("optional", "May be left out."),
        ("mandatory", "Archiving stops\nwithout it.\n\nMore of it."),
    ];
    ruled(
        Type::String,
        Validator::OneOf(
            choices
                .map(|(choice, meaning)| (choice.into(), meaning.into()))
                .to_vec(),
        ),
    )
}

fn days(expected: Option<&str>) -> Validator {
    Validator::Pattern {
        regex: regex::Regex::new("^[1-7]d$").unwrap(),
        expected: expected.map(str::to_owned),
    }
}

fn range(minimum: Option<f64>, maximum: Option<f64>) -> Validator {
    Validator::Range { minimum, maximum }
}

fn length(minimum: Option<u64>, maximum: Option<u64>) -> Validator {
    Validator::Length { minimum, maximum }
}

/// What is told of one attribute `x` with this value, as "path: detail".
fn told(attribute: Attribute, value: impl Into<Value>) -> Vec<String> {
    told_of(&schema([("x", attribute)]), &Value::object([("x", value)]))
}

fn told_of(schema: &Schema, config: &Value) -> Vec<String> {
    validate(schema, config, true)
        .iter()
        .map(|found| format!("{}: {}", found.attribute.clone().unwrap_or_default(), found.detail))
        .collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn one_of_lists_the_choices() {
    assert_eq!(told(binding(), "optional"), NOTHING);
    assert_eq!(
        told(binding(), "foo"),
        ["x: `x` must be one of `optional`, `mandatory`; got `foo`."]
    );
    let found = validate(&schema([("x", binding())]), &Value::object([("x", "foo")]), true);
    assert_eq!(
        found.iter().next().map(|d| d.summary.as_str()),
        Some("Invalid value for `x`")
    );
}

#[test]
fn a_pattern_is_told_in_words_if_there_are_any() {
    assert_eq!(told(ruled(Type::String, days(None)), "7d"), NOTHING);
    assert_eq!(
        told(ruled(Type::String, days(None)), "8d"),
        ["x: `x` must match `^[1-7]d$`; got `8d`."]
    );
    let worded = ruled(Type::String, days(Some("whole days from `1d` to `7d`")));
    assert_eq!(
        told(worded, "8d"),
        ["x: `x` must be whole days from `1d` to `7d`; got `8d`."]
    );
}

#[test]
fn bounds_of_a_range_belong_to_it() {
    let both = || ruled(Type::Number, range(Some(1.0), Some(7.0)));
    assert_eq!(told(both(), 1), NOTHING);
    assert_eq!(told(both(), 7), NOTHING);
    assert_eq!(told(both(), 0), ["x: `x` must be between 1 and 7; got `0`."]);
    assert_eq!(told(both(), 8), ["x: `x` must be between 1 and 7; got `8`."]);
    assert_eq!(
        told(ruled(Type::Number, range(Some(0.5), None)), 0),
        ["x: `x` must be at least 0.5; got `0`."]
    );
    assert_eq!(
        told(ruled(Type::Number, range(None, Some(2.0))), 3),
        ["x: `x` must be at most 2; got `3`."]
    );
}

#[test]
fn a_length_counts_characters_or_elements() {
    assert_eq!(told(ruled(Type::String, length(None, Some(2))), "éé"), NOTHING);
    assert_eq!(
        told(ruled(Type::String, length(Some(1), Some(2))), "abc"),
        ["x: `x` must have between 1 and 2 characters; got `abc`."]
    );
    assert_eq!(
        told(
            ruled(Type::list(Type::String), length(Some(2), None)),
            Value::list(["a"])
        ),
        ["x: `x` must have at least 2 elements; got a list of 1 element."]
    );
    let set = || ruled(Type::set(Type::String), length(None, Some(1)));
    assert_eq!(
        told(set(), Value::set(["a", "b"])),
        ["x: `x` must have at most 1 element; got a set of 2 elements."]
    );
    assert_eq!(
        told(set(), Value::set([Value::UNKNOWN, Value::UNKNOWN])),
        NOTHING,
        "they may turn out to be equal"
    );
}

#[test]
fn an_integer_has_no_fraction_and_64_bits() {
    let number = |text: &str| text.parse::<Number>().unwrap();
    let integer = || ruled(Type::Number, Validator::Integer);
    for fitting in ["1", "1.0", "-9223372036854775808", "18446744073709551615"] {
        assert_eq!(told(integer(), number(fitting)), NOTHING);
    }
    for other in ["1.5", "18446744073709551616"] {
        let expected = format!("x: `x` must be a whole number of at most 64 bits; got `{other}`.");
        assert_eq!(told(integer(), number(other)), [expected]);
    }
}

#[test]
fn rules_for_each_element_are_told_of_the_element() {
    let each = |kind| ruled(kind, Validator::Each(vec![days(None)]));
    let expected = |path: &str| format!("{path}: `{path}` must match `^[1-7]d$`; got `8d`.");
    assert_eq!(
        told(each(Type::list(Type::String)), Value::list(["1d", "8d"])),
        [expected("x[1]")]
    );
    assert_eq!(
        told(each(Type::map(Type::String)), Value::map([("k", "8d")])),
        [expected("x[\"k\"]")]
    );
    assert_eq!(
        told(each(Type::set(Type::String)), Value::set(["1d", "8d"])),
        [expected("x")]
    );
    assert_eq!(
        told(each(Type::list(Type::String)), Value::list([Value::UNKNOWN])),
        NOTHING
    );
}

#[test]
fn unknown_values_are_left_for_later() {
    assert_eq!(told(binding(), Value::UNKNOWN), NOTHING);
    assert_eq!(told(Attribute::required(Type::String), Value::UNKNOWN), NOTHING);
    assert_eq!(
        told_of(&schema([("x", Attribute::required(Type::String))]), &Value::UNKNOWN),
        NOTHING
    );
}

#[test]
fn what_is_required_is_there_and_what_is_computed_is_not() {
    assert_eq!(
        told(Attribute::required(Type::String), Value::Null),
        ["x: `x` is required. Give it a value."]
    );
    assert_eq!(told(Attribute::optional(Type::String), Value::Null), NOTHING);
    assert_eq!(told(Attribute::optional_computed(Type::String), "a"), NOTHING);
    assert_eq!(
        told(Attribute::computed(Type::String), "a"),
        ["x: `x` is set by the provider. Remove it from the configuration."]
    );
}

#[test]
fn nested_attributes_are_checked_where_their_object_is() {
    let inner = || [("binding", binding()), ("name", Attribute::required(Type::String))];
    let object = || Value::object([("binding", Value::from("foo")), ("name", Value::Null)]);
    let check = |nesting, value: Value| {
        let found = told(Attribute::optional(AttributeType::nested(nesting, inner())), value);
        found
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(path, _)| path.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(check(Nesting::Single, Value::Null), NOTHING);
    assert_eq!(check(Nesting::Single, object()), ["x.binding", "x.name"]);
    assert_eq!(
        check(Nesting::List, Value::list([object()])),
        ["x[0].binding", "x[0].name"]
    );
    assert_eq!(
        check(Nesting::Map, Value::map([("k", object())])),
        ["x[\"k\"].binding", "x[\"k\"].name"]
    );
    assert_eq!(
        check(Nesting::Set, Value::set([object()])),
        ["x", "x"],
        "elements of a set have no path"
    );
}

#[test]
fn collections_hold_no_nulls() {
    let told_of_null = [
        "x[0]: `x[0]` holds a null where there must be a value. Leave the element out, or give it a \
                         value.",
    ];
    assert_eq!(
        told(
            Attribute::optional(Type::list(Type::String)),
            Value::list([Value::Null])
        ),
        told_of_null
    );
    let objects = AttributeType::nested(Nesting::List, [("name", Attribute::optional(Type::String))]);
    assert_eq!(
        told(Attribute::optional(objects), Value::list([Value::Null])),
        told_of_null
    );
}

#[test]
fn elements_of_a_set_that_the_defaults_make_equal_are_refused() {
    let guards = || {
        let shift = Attribute::with_default(Type::String, "day");
        Attribute::optional(AttributeType::nested(Nesting::Set, [("shift", shift)]))
    };
    let guard = |shift: Value| Value::object([("shift", shift)]);
    assert_eq!(
        told(guards(), Value::set([guard(Value::Null), guard("night".into())])),
        NOTHING
    );
    assert_eq!(
        told(guards(), Value::set([guard(Value::UNKNOWN), guard("day".into())])),
        NOTHING
    );
    let found = told(guards(), Value::set([guard(Value::Null), guard("day".into())]));
    assert!(
        found.len() == 1 && found[0].starts_with("x: Two elements of `x` are the same"),
        "{found:?}"
    );
}

#[test]
fn a_deprecated_attribute_in_use_is_warned_of() {
    let deprecated = || Attribute {
        deprecated: Some("Use `y`.".into()),
        ..Attribute::optional(Type::String)
    };
    assert_eq!(told(deprecated(), Value::Null), NOTHING);
    let found = validate(&schema([("x", deprecated())]), &Value::object([("x", "a")]), true);
    assert!(!found.has_errors());
    assert_eq!(
        found.iter().map(|d| d.summary.as_str()).collect::<Vec<_>>(),
        ["`x` is deprecated"]
    );
}

#[test]
fn write_only_values_need_a_client_that_does_not_store_them() {
    let schema = schema([(
        "x",
        Attribute {
            write_only: true,
            ..Attribute::optional(Type::String)
        },
    )]);
    let given = Value::object([("x", "hunter2")]);
    assert!(validate(&schema, &given, true).is_empty());
    assert!(validate(&schema, &Value::object([("x", Value::Null)]), false).is_empty());
    let found = validate(&schema, &given, false);
    assert!(found.has_errors());
    let text = format!("{found:?}");
    assert!(
        text.contains("1.11") && text.contains("was not stored") && !text.contains("hunter2"),
        "{text}"
    );
}

#[test]
fn secrets_are_not_told() {
    let hidden = "a value that is not shown because it is sensitive";
    for secret in [
        Attribute {
            sensitive: true,
            ..ruled(Type::String, days(None))
        },
        Attribute {
            write_only: true,
            ..ruled(Type::String, days(None))
        },
    ] {
        assert_eq!(
            told(secret, "hunter2"),
            [format!("x: `x` must match `^[1-7]d$`; got {hidden}.")]
        );
    }
    let inside = AttributeType::nested(Nesting::Single, [("y", binding())]);
    let found = told(
        Attribute {
            sensitive: true,
            ..Attribute::optional(inside)
        },
        Value::object([("y", "hunter2")]),
    );
    assert!(
        found[0].starts_with("x.y: ") && found[0].ends_with(&format!("got {hidden}.")),
        "{found:?}"
    );
    let map = Attribute {
        sensitive: true,
        ..ruled(Type::map(Type::String), Validator::Each(vec![days(None)]))
    };
    assert_eq!(
        told(map, Value::map([("hunter2", "1")])),
        [format!("x: `x` must match `^[1-7]d$`; got {hidden}.")]
    );
}

#[test]
fn long_texts_are_shortened_and_control_characters_replaced() {
    let found = told(binding(), format!("a\nb{}", "c".repeat(200)));
    assert!(
        found[0].ends_with(&format!("got `a\u{fffd}b{}…`.", "c".repeat(77))),
        "{found:?}"
    );
}
