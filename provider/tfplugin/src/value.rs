//! Values as Terraform knows them: null, unknown, or known.

mod attributes;
mod debug;
mod error;
mod json;
mod model;
mod msgpack;
mod number;
mod order;
#[cfg(test)]
pub(crate) mod strategies;
mod types;
mod walk;

pub(crate) use attributes::Ascending;
pub use attributes::{Attributes, Name};
pub use error::{DecodeError, EncodeError};
pub use number::{Number, NumberError};
pub use types::{Type, TypeError};

use std::collections::BTreeMap;

/// A value of some [`Type`].
///
/// Equality is Terraform's: numbers by value, sets without regard to order, all unknowns alike.
///
/// Any text may be a secret, and a value does not know: the `Debug` output of release builds has no text in it.
#[derive(Clone)]
pub enum Value {
    /// Absent.
    Null,
    /// Known after apply; what is known of it already is in the refinement, if there is anything.
    Unknown(Option<Box<Refinement>>),
    /// A boolean.
    Bool(bool),
    /// A number of any size and precision.
    Number(Number),
    /// Text, in Unicode normal form C.
    String(String),
    /// A list or a tuple.
    List(Vec<Value>),
    /// A set: no order, no element twice.
    Set(Vec<Value>),
    /// A map.
    Map(BTreeMap<String, Value>),
    /// An object: always all the attributes of its type, absent ones as [`Value::Null`].
    Object(Attributes),
    /// A value whose type travels with it, where the schema says only "dynamic".
    Dynamic(Box<(Type, Value)>),
}

/// What Terraform knows of an unknown value. The default knows nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Refinement {
    /// `Some(false)`: it will not be null. `Some(true)`: it will be null.
    pub nullness: Option<bool>,
    /// The text that it will begin with.
    pub string_prefix: Option<String>,
    /// Lower bound of a number, and whether the bound belongs to the range.
    pub lower_bound: Option<(Number, bool)>,
    /// Upper bound of a number, and whether the bound belongs to the range.
    pub upper_bound: Option<(Number, bool)>,
    /// Least number of elements.
    pub min_length: Option<u64>,
    /// Greatest number of elements.
    pub max_length: Option<u64>,
}

impl Refinement {
    /// Nothing is known of the value.
    pub const NONE: Self = Self {
        nullness: None,
        string_prefix: None,
        lower_bound: None,
        upper_bound: None,
        min_length: None,
        max_length: None,
    };
}

/// Making values.
impl Value {
    /// Known after apply, and nothing more is known yet.
    pub const UNKNOWN: Self = Self::Unknown(None);

    /// Known after apply; so much is known already.
    pub fn unknown(refinement: Refinement) -> Self {
        let is_bare = refinement == Refinement::NONE;
        Self::Unknown((!is_bare).then(|| Box::new(refinement)))
    }

    /// Text, brought to Unicode normal form C.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(normalized(text.into()))
    }

    /// A number.
    pub fn number(number: impl Into<Number>) -> Self {
        Self::Number(number.into())
    }

    /// A list or a tuple.
    pub fn list(elements: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::List(elements.into_iter().map(Into::into).collect())
    }

    /// A set. Equal elements become one, unless they are not wholly known yet: those may turn out to differ.
    pub fn set(elements: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::Set(order::merged(elements.into_iter().map(Into::into).collect()))
    }

    /// A map.
    pub fn map<K: Into<String>>(elements: impl IntoIterator<Item = (K, impl Into<Self>)>) -> Self {
        let elements = elements.into_iter();
        Self::Map(
            elements
                .map(|(key, value)| (normalized(key.into()), value.into()))
                .collect(),
        )
    }

    /// An object. All attributes of its type have to be given, absent ones as [`Value::Null`].
    pub fn object<K: Into<Name>>(attributes: impl IntoIterator<Item = (K, impl Into<Self>)>) -> Self {
        let attributes = attributes.into_iter();
        Self::Object(attributes.map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// A value with its type, for an attribute that says only "dynamic".
    pub fn dynamic(kind: Type, value: impl Into<Self>) -> Self {
        Self::Dynamic(Box::new((kind, value.into())))
    }
}

/// Looking at values. All but [`Value::Dynamic`] itself look through it, at the value that it carries.
impl Value {
    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.inner(), Self::Null)
    }

    /// Whether it is known itself; its elements or attributes may be unknown still. Null is known.
    pub fn is_known(&self) -> bool {
        !matches!(self.inner(), Self::Unknown(_))
    }

    /// Whether neither it nor anything in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        self.is_known() && self.children().all(Self::is_wholly_known)
    }

    /// The value without the type that travels with it.
    pub fn inner(&self) -> &Self {
        match self {
            Self::Dynamic(carried) => carried.1.inner(),
            value => value,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.inner() {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self.inner() {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The number, if it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::to_i64)
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self.inner() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list, tuple or set.
    pub fn elements(&self) -> Option<&[Self]> {
        match self.inner() {
            Self::List(elements) | Self::Set(elements) => Some(elements),
            _ => None,
        }
    }

    /// The elements of a map.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        match self.inner() {
            Self::Map(elements) => Some(elements),
            _ => None,
        }
    }

    /// The attributes of an object.
    pub fn as_object(&self) -> Option<&Attributes> {
        match self.inner() {
            Self::Object(attributes) => Some(attributes),
            _ => None,
        }
    }

    /// An attribute of an object; `None` when this is no (known) object, or has no such attribute.
    pub fn attribute(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// As [`Value::attribute`], to be changed.
    pub fn attribute_mut(&mut self, name: &str) -> Option<&mut Self> {
        match self {
            Self::Object(attributes) => attributes.get_mut(name),
            Self::Dynamic(carried) => carried.1.attribute_mut(name),
            _ => None,
        }
    }

    /// The same object with another value for one attribute. Anything but an object stays as it is.
    #[must_use]
    pub fn with_attribute(mut self, name: &str, value: impl Into<Self>) -> Self {
        if let Self::Object(attributes) = &mut self {
            attributes.insert(name, value.into());
        }
        self
    }
}

/// Terraform keeps all text in this form, and takes another spelling of the same text for a change.
pub(crate) fn normalized(text: String) -> String {
    use unicode_normalization::{UnicodeNormalization, is_nfc};
    if is_nfc(&text) { text } else { text.nfc().collect() }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::number(number)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

/// `None` is null.
impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dynamic_value_is_looked_through() {
        let object = Value::object([("a", Value::from(1)), ("b", Value::UNKNOWN)]);
        let kind = Type::object([("a", Type::Number), ("b", Type::String)]);
        let mut value = Value::dynamic(kind, object);
        assert_eq!(value.attribute("a").and_then(Value::as_i64), Some(1));
        assert!(value.is_known() && !value.is_wholly_known());
        *value.attribute_mut("b").unwrap() = Value::string("x");
        assert!(value.is_wholly_known());
        assert!(Value::dynamic(Type::String, Value::Null).is_null());
        assert!(!Value::dynamic(Type::String, Value::UNKNOWN).is_known());
    }

    #[test]
    fn accessors_give_nothing_for_another_type() {
        let value = Value::string("a");
        assert_eq!(value.as_str(), Some("a"));
        assert_eq!((value.as_bool(), value.as_i64(), value.elements()), (None, None, None));
        assert_eq!(
            (value.as_map(), value.as_object(), value.attribute("a")),
            (None, None, None)
        );
        assert_eq!(Value::UNKNOWN.as_str(), None);
    }

    #[test]
    fn an_attribute_is_replaced_in_a_copy() {
        let value = Value::object([("a", "x"), ("b", "y")]);
        let changed = value.clone().with_attribute("b", None::<bool>);
        assert_eq!(changed, Value::object([("a", Value::string("x")), ("b", Value::Null)]));
        assert_ne!(changed, value);
    }

    #[test]
    fn null_is_known_and_text_is_normalized() {
        assert!(Value::Null.is_wholly_known() && Value::Null.is_null());
        assert!(!Value::set([Value::UNKNOWN]).is_wholly_known());
        assert_eq!(Value::string("e\u{301}").as_str(), Some("\u{e9}"));
        assert_eq!(Value::map([("e\u{301}", true)]), Value::map([("\u{e9}", true)]));
    }
}
