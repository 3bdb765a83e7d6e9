//! Names of attributes, and the attributes of an object.

use super::Value;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The name of an attribute.
///
/// The objects of a type share the names of their type, so that copying a name copies no text.
#[derive(Clone, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<T: AsRef<str> + ?Sized> PartialEq<T> for Name {
    fn eq(&self, other: &T) -> bool {
        self.as_str() == other.as_ref()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        self.as_str().cmp(other)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<&Name> for Name {
    fn from(name: &Name) -> Self {
        name.clone()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().to_owned()
    }
}

/// The attributes of an object, in the order of their names.
#[derive(Clone, Default, PartialEq)]
pub struct Attributes(Vec<(Name, Value)>);

impl Attributes {
    /// The attribute of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.position(name).ok().map(|position| &self.0[position].1)
    }

    /// The attribute of this name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.position(name).ok().map(|position| &mut self.0[position].1)
    }

    /// Whether there is an attribute of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// Gives the attribute of this name a value; gives back the one that it had.
    pub fn insert(&mut self, name: impl Into<Name> + AsRef<str>, value: Value) -> Option<Value> {
        match self.position(name.as_ref()) {
            Ok(position) => Some(std::mem::replace(&mut self.0[position].1, value)),
            Err(position) => {
                self.0.insert(position, (name.into(), value));
                None
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Name> + Clone {
        self.0.iter().map(|(name, _)| name)
    }

    /// The values, in the order of the names.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// Both, in order.
    pub fn iter(&self) -> <&Self as IntoIterator>::IntoIter {
        self.into_iter()
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(here, _)| here.as_str().cmp(name))
    }
}

/// Of two attributes with one name, the later one counts.
impl FromIterator<(Name, Value)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(attributes: I) -> Self {
        let mut attributes: Vec<(Name, Value)> = attributes.into_iter().collect();
        if !attributes.is_sorted_by(|(a, _), (b, _)| a < b) {
            attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
            attributes.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
        }
        Self(attributes)
    }
}

impl<'a> IntoIterator for &'a Attributes {
    type Item = (&'a Name, &'a Value);
    type IntoIter = std::iter::Map<std::slice::Iter<'a, (Name, Value)>, fn(&'a (Name, Value)) -> Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

impl IntoIterator for Attributes {
    type Item = (Name, Value);
    type IntoIter = std::vec::IntoIter<(Name, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// As an object's: without text where that has none.
impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Value::Object(self.clone()), f)
    }
}

/// Looks up names that come in their order. What is asked of the objects of one type, each in turn, is found at once.
#[derive(Clone, Copy)]
pub(crate) struct Ascending<'a>(&'a [(Name, Value)]);

impl<'a> Ascending<'a> {
    /// The attribute of this name, which must not come before one that was asked for already.
    pub(crate) fn get(&mut self, name: &Name) -> Option<&'a Value> {
        while let Some(((here, value), rest)) = self.0.split_first() {
            match here.cmp(name) {
                Ordering::Less => self.0 = rest,
                Ordering::Equal => {
                    self.0 = rest;
                    return Some(value);
                }
                Ordering::Greater => return None,
            }
        }
        None
    }

    /// As [`Ascending::get`]; null when there is no such attribute.
    pub(crate) fn get_or_null(&mut self, name: &Name) -> &'a Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl Attributes {
    pub(crate) fn ascending(&self) -> Ascending<'_> {
        Ascending(&self.0)
    }
}

impl Value {
    /// For looking up attributes in the order of their names; what is no object has none.
    pub(crate) fn ascending(&self) -> Ascending<'_> {
        match self.as_object() {
            Some(attributes) => attributes.ascending(),
            None => Ascending(&[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(given: &[(&str, i64)]) -> Attributes {
        given
            .iter()
            .map(|(name, value)| (Name::from(*name), Value::from(*value)))
            .collect()
    }

    fn shown(attributes: &Attributes) -> Vec<String> {
        let shown = attributes
            .iter()
            .map(|(name, value)| format!("{name}={:?}", value.as_i64()));
        shown.collect()
    }

    #[test]
    fn attributes_are_in_order_and_the_later_of_two_counts() {
        let attributes = attributes(&[("b", 1), ("a", 2), ("b", 3), ("c", 4), ("b", 5)]);
        assert_eq!(shown(&attributes), ["a=Some(2)", "b=Some(5)", "c=Some(4)"]);
        assert_eq!(attributes.get("b").and_then(Value::as_i64), Some(5));
        assert!(attributes.get("d").is_none() && attributes.contains_key("c"));
    }

    #[test]
    fn an_attribute_is_replaced_or_comes_to_stand_in_its_place() {
        let mut attributes = attributes(&[("a", 1), ("c", 3)]);
        assert!(attributes.insert("b", Value::from(2)).is_none());
        assert_eq!(attributes.insert("c", Value::from(4)), Some(Value::from(3)));
        *attributes.get_mut("a").unwrap() = Value::from(0);
        assert_eq!(shown(&attributes), ["a=Some(0)", "b=Some(2)", "c=Some(4)"]);
    }

    #[test]
    fn names_in_order_are_found_whichever_are_missing() {
        let attributes = attributes(&[("b", 1), ("d", 2), ("e", 3)]);
        let mut ascending = attributes.ascending();
        let found = ["a", "b", "c", "e", "f"].map(|name| ascending.get(&name.into()).and_then(Value::as_i64));
        assert_eq!(found, [None, Some(1), None, Some(3), None]);
        assert!(Value::Null.ascending().get_or_null(&"a".into()).is_null());
    }
}
