//! Types and values of every form, for tests of what holds for all of them.

use super::{Name, Number, Refinement, Type, Value};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Whether there may be unknown values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unknowns {
    Everywhere,
    Nowhere,
}

/// Any type, dynamic ones too, a few levels deep.
pub(crate) fn any_type() -> impl Strategy<Value = Type> {
    let plain = prop_oneof![
        Just(Type::Bool),
        Just(Type::Number),
        Just(Type::String),
        Just(Type::Dynamic)
    ];
    plain.prop_recursive(3, 12, 3, |element| {
        prop_oneof![
            element.clone().prop_map(Type::list),
            element.clone().prop_map(Type::set),
            element.clone().prop_map(Type::map),
            vec(element.clone(), 0..4).prop_map(Type::Tuple),
            btree_map(name(), element, 0..4).prop_map(Type::object),
        ]
    })
}

/// A type with a value of it.
pub(crate) fn typed_value(unknowns: Unknowns) -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(move |kind| {
        let value = value_of(&kind, unknowns);
        (Just(kind), value)
    })
}

/// Any value of a type.
pub(crate) fn value_of(kind: &Type, unknowns: Unknowns) -> BoxedStrategy<Value> {
    let known = known_value_of(kind, unknowns);
    match unknowns {
        Unknowns::Nowhere => prop_oneof![1 => Just(Value::Null), 9 => known].boxed(),
        Unknowns::Everywhere => {
            let unknown = refinement_of(kind).prop_map(Value::unknown);
            prop_oneof![1 => Just(Value::Null), 1 => Just(Value::UNKNOWN), 1 => unknown, 9 => known].boxed()
        }
    }
}

fn known_value_of(kind: &Type, unknowns: Unknowns) -> BoxedStrategy<Value> {
    let elements = |kind: &Type| vec(value_of(kind, unknowns), 0..5);
    match kind {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => number().prop_map(Value::Number).boxed(),
        Type::String => any::<String>().prop_map(Value::string).boxed(),
        Type::Dynamic => typed_value_that_is_shallow(unknowns)
            .prop_map(|(kind, value)| Value::dynamic(kind, value))
            .boxed(),
        Type::List(kind) => elements(kind).prop_map(Value::List).boxed(),
        Type::Set(kind) => elements(kind).prop_map(Value::set).boxed(),
        Type::Map(kind) => btree_map(name(), value_of(kind, unknowns), 0..5)
            .prop_map(Value::map)
            .boxed(),
        Type::Tuple(kinds) => {
            let elements: Vec<_> = kinds.iter().map(|kind| value_of(kind, unknowns)).collect();
            elements.prop_map(Value::List).boxed()
        }
        Type::Object { attributes, .. } => {
            let names: Vec<Name> = attributes.keys().cloned().collect();
            let values: Vec<_> = attributes.values().map(|kind| value_of(kind, unknowns)).collect();
            values
                .prop_map(move |values| Value::Object(names.iter().cloned().zip(values).collect()))
                .boxed()
        }
    }
}

fn typed_value_that_is_shallow(unknowns: Unknowns) -> impl Strategy<Value = (Type, Value)> {
    let plain = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String)];
    let kind = prop_oneof![
        plain.clone(),
        plain.clone().prop_map(Type::set),
        plain.clone().prop_map(Type::map),
        vec(plain.clone(), 0..3).prop_map(Type::Tuple),
        btree_map(name(), plain, 0..3).prop_map(Type::object),
    ];
    kind.prop_flat_map(move |kind| {
        let value = value_of(&kind, unknowns);
        (Just(kind), value)
    })
}

/// Numbers as Terraform has them: of 64 bits, floats, and with more digits than either.
pub(crate) fn number() -> impl Strategy<Value = Number> {
    let decimal = "[+-]?[0-9]{1,40}(\\.[0-9]{0,40})?([eE][+-]?[0-9]{1,3})?";
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        finite().prop_map(|float| Number::from_f64(float).unwrap()),
        decimal.prop_map(|text: String| text.parse().unwrap()),
    ]
}

fn finite() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NORMAL, SUBNORMAL, ZERO};
    NORMAL | SUBNORMAL | ZERO
}

/// What can be known of an unknown value of a type.
fn refinement_of(kind: &Type) -> BoxedStrategy<Refinement> {
    let not_null = option::of(Just(false));
    match kind {
        Type::Dynamic => Just(Refinement::NONE).boxed(),
        Type::String => (not_null, option::of(any::<String>()))
            .prop_map(|(nullness, prefix)| Refinement {
                nullness,
                string_prefix: prefix.map(super::normalized),
                ..Refinement::NONE
            })
            .boxed(),
        Type::Number => {
            let bound = || option::of((number(), any::<bool>()));
            (not_null, bound(), bound())
                .prop_map(|(nullness, lower_bound, upper_bound)| Refinement {
                    nullness,
                    lower_bound,
                    upper_bound,
                    ..Refinement::NONE
                })
                .boxed()
        }
        Type::List(_) | Type::Set(_) | Type::Map(_) => {
            let length = || option::of(0..=u64::from(u32::MAX));
            (not_null, length(), length())
                .prop_map(|(nullness, min_length, max_length)| Refinement {
                    nullness,
                    min_length,
                    max_length,
                    ..Refinement::NONE
                })
                .boxed()
        }
        Type::Bool | Type::Tuple(_) | Type::Object { .. } => not_null
            .prop_map(|nullness| Refinement {
                nullness,
                ..Refinement::NONE
            })
            .boxed(),
    }
}

/// The name of an attribute or the key of a map.
fn name() -> impl Strategy<Value = String> {
    "[a-zé日_]{0,6}|.{0,3}".prop_map(super::normalized)
}

/// The refinements of all unknowns in a value: equality takes all unknowns for the same.
pub(crate) fn refinements(value: &Value) -> BTreeMap<String, Refinement> {
    let mut found = BTreeMap::new();
    value.walk(&mut |path, value| {
        if let Value::Unknown(refinement) = value {
            found.insert(path.to_string(), refinement.as_deref().cloned().unwrap_or_default());
        }
    });
    found
}
