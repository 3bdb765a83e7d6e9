//! Equality, and the order behind it: an order of values lets sets be compared and merged without trying every pair.

use super::Value;
use std::cmp::Ordering;

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        compare(self, other).is_eq()
    }
}

/// Some total order in which equal values, and only those, stand side by side.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::List(a), Value::List(b)) => compare_all(a.iter(), b.iter()),
        (Value::Set(a), Value::Set(b)) => compare_all(sorted(a).into_iter(), sorted(b).into_iter()),
        (Value::Map(a), Value::Map(b)) => a.keys().cmp(b.keys()).then_with(|| compare_all(a.values(), b.values())),
        (Value::Object(a), Value::Object(b)) => {
            a.keys().cmp(b.keys()).then_with(|| compare_all(a.values(), b.values()))
        }
        (Value::Dynamic(a), Value::Dynamic(b)) => a.0.cmp(&b.0).then_with(|| compare(&a.1, &b.1)),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn compare_all<'a>(
    a: impl ExactSizeIterator<Item = &'a Value>,
    b: impl ExactSizeIterator<Item = &'a Value>,
) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| {
        a.zip(b)
            .map(|(a, b)| compare(a, b))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

fn sorted(elements: &[Value]) -> Vec<&Value> {
    let mut sorted: Vec<&Value> = elements.iter().collect();
    sorted.sort_by(|a, b| compare(a, b));
    sorted
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Unknown(_) => 1,
        Value::Bool(_) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::List(_) => 5,
        Value::Set(_) => 6,
        Value::Map(_) => 7,
        Value::Object(_) => 8,
        Value::Dynamic(_) => 9,
    }
}

/// The elements of a set: in order, the equal ones merged unless they hold unknowns.
pub(super) fn merged(mut elements: Vec<Value>) -> Vec<Value> {
    elements.sort_by(compare);
    elements.dedup_by(|a, b| a == b && a.is_wholly_known());
    elements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::strategies::{Unknowns, any_type, value_of};
    use proptest::{collection::vec, prelude::*};

    /// A few values of one type, so that some of them are equal.
    fn values() -> impl Strategy<Value = Vec<Value>> {
        any_type().prop_flat_map(|kind| {
            let few = vec(value_of(&kind, Unknowns::Everywhere), 1..4);
            few.prop_flat_map(|few| vec(proptest::sample::select(few), 3..6))
        })
    }

    #[test]
    fn sets_are_equal_in_any_order() {
        let nested = |texts: [&str; 2]| Value::Set(texts.map(Value::string).to_vec());
        let a = Value::Set(vec![nested(["a", "b"]), nested(["c", "d"])]);
        let b = Value::Set(vec![nested(["d", "c"]), nested(["b", "a"])]);
        assert_eq!(a, b);
        assert_ne!(a, Value::Set(vec![nested(["a", "b"])]));
        assert_ne!(Value::set(["a", "b"]), Value::list(["a", "b"]));
    }

    #[test]
    fn a_set_of_many_elements_is_compared_at_once() {
        let forward = Value::Set((0..100_000).map(Value::from).collect());
        let backward = Value::Set((0..100_000).rev().map(Value::from).collect());
        assert_eq!(forward, backward);
    }

    #[test]
    fn a_set_merges_what_is_equal_but_not_what_is_unknown() {
        assert_eq!(Value::set(["b", "a", "b"]), Value::set(["a", "b"]));
        assert_eq!(
            Value::set([Value::UNKNOWN, Value::UNKNOWN]).elements().map(<[_]>::len),
            Some(2)
        );
    }

    #[test]
    fn numbers_are_equal_by_value_and_unknowns_are_all_alike() {
        assert_eq!(
            Value::number("1.0".parse::<super::super::Number>().unwrap()),
            Value::from(1)
        );
        let refined = Value::unknown(super::super::Refinement {
            nullness: Some(false),
            ..Default::default()
        });
        assert_eq!(refined, Value::UNKNOWN);
        assert_ne!(Value::UNKNOWN, Value::Null);
    }

    proptest! {
        #[test]
        fn the_order_is_total(values in values()) {
            let [a, b, c] = [0, 1, 2].map(|index| &values[index]);
            prop_assert_eq!(compare(a, b), compare(b, a).reverse());
            prop_assert!(compare(a, a).is_eq());
            if compare(a, b).is_le() && compare(b, c).is_le() {
                prop_assert!(compare(a, c).is_le());
            }
        }

        #[test]
        fn a_set_does_not_depend_on_how_it_was_made(values in values()) {
            let backwards: Vec<Value> = values.iter().rev().cloned().collect();
            let set = Value::set(values.clone());
            prop_assert_eq!(&set, &Value::set(backwards));
            prop_assert_eq!(&set, &Value::set(set.elements().unwrap().to_vec()));
            if values.iter().all(Value::is_wholly_known) {
                let twice = [values.clone(), values].concat();
                prop_assert_eq!(set, Value::set(twice));
            }
        }
    }
}
