//! Models out of values.

use crate::Step;
use crate::value::{Attributes, DecodeError, Name, Number, Value};
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use std::collections::btree_map;
use std::fmt::Display;
use std::iter::Enumerate;
use std::slice;

/// No message tells the value, which may be a secret.
impl Error for DecodeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("{expected} is required"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("{expected} is required"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("one of `{}` is required", expected.join("`, `")))
    }
}

/// Methods that ask for the same kind of value. Each kind has its own, rather than one for any value: less code is
/// compiled for each model.
macro_rules! ask_for {
    ($kind:ident: $($method:ident($($argument:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(self, $(_: $argument,)* visitor: V) -> Result<V::Value, DecodeError> {
            $kind(self.inner(), visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for &'de Value {
    type Error = DecodeError;

    ask_for!(any: deserialize_any() deserialize_identifier());
    ask_for!(truth: deserialize_bool());
    ask_for!(number: deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64());
    ask_for!(text: deserialize_char() deserialize_str() deserialize_string()
        deserialize_bytes() deserialize_byte_buf());
    ask_for!(option: deserialize_option());
    ask_for!(nothing: deserialize_unit() deserialize_unit_struct(&'static str));
    ask_for!(elements: deserialize_seq() deserialize_tuple(usize) deserialize_tuple_struct(&'static str, usize));
    ask_for!(members: deserialize_map() deserialize_struct(&'static str, &'static [&'static str]));
    ask_for!(variant: deserialize_enum(&'static str, &'static [&'static str]));

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }
}

fn any<'de, V: Visitor<'de>>(value: &'de Value, visitor: V) -> Result<V::Value, DecodeError> {
    match value {
        Value::Null | Value::Unknown(_) | Value::Dynamic(_) => visitor.visit_unit(),
        Value::Bool(_) => truth(value, visitor),
        Value::Number(_) => number(value, visitor),
        Value::String(_) => text(value, visitor),
        Value::List(_) | Value::Set(_) => elements(value, visitor),
        Value::Map(_) | Value::Object(_) => members(value, visitor),
    }
}

fn truth<'de, V: Visitor<'de>>(value: &Value, visitor: V) -> Result<V::Value, DecodeError> {
    match value {
        Value::Bool(truth) => visitor.visit_bool(*truth),
        _ => Err(required(&visitor)),
    }
}

/// A number that is no 64-bit integer becomes the nearest float.
fn number<'de, V: Visitor<'de>>(value: &Value, visitor: V) -> Result<V::Value, DecodeError> {
    match value {
        Value::Number(number) => match (number.to_u64(), number.to_i64()) {
            (Some(integer), _) => visitor.visit_u64(integer),
            (None, Some(integer)) => visitor.visit_i64(integer),
            (None, None) => visitor.visit_f64(nearest_float(number)),
        },
        _ => Err(required(&visitor)),
    }
}

/// The nearest finite float.
pub(in crate::value) fn nearest_float(number: &Number) -> f64 {
    number.to_f64().clamp(f64::MIN, f64::MAX)
}

fn text<'de, V: Visitor<'de>>(value: &'de Value, visitor: V) -> Result<V::Value, DecodeError> {
    match value {
        Value::String(text) => visitor.visit_borrowed_str(text),
        _ => Err(required(&visitor)),
    }
}

fn nothing<'de, V: Visitor<'de>>(value: &Value, visitor: V) -> Result<V::Value, DecodeError> {
    match value {
        Value::Null | Value::Unknown(_) => visitor.visit_unit(),
        _ => Err(required(&visitor)),
    }
}

fn option<'de, V: Visitor<'de>>(value: &'de Value, visitor: V) -> Result<V::Value, DecodeError> {
    match value {
        Value::Null | Value::Unknown(_) => visitor.visit_none(),
        value => visitor.visit_some(value),
    }
}

fn elements<'de, V: Visitor<'de>>(value: &'de Value, visitor: V) -> Result<V::Value, DecodeError> {
    match value {
        Value::List(elements) | Value::Set(elements) => visitor.visit_seq(Elements(elements.iter().enumerate())),
        _ => Err(required(&visitor)),
    }
}

fn members<'de, V: Visitor<'de>>(value: &'de Value, visitor: V) -> Result<V::Value, DecodeError> {
    let left = match value {
        Value::Object(attributes) => Left::Attributes(attributes.iter()),
        Value::Map(elements) => Left::Elements(elements.iter()),
        _ => return Err(required(&visitor)),
    };
    visitor.visit_map(Members { left, current: None })
}

/// One of several texts. Variants with more in them have no type in Terraform.
fn variant<'de, V: Visitor<'de>>(value: &'de Value, visitor: V) -> Result<V::Value, DecodeError> {
    match value {
        Value::String(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
        _ => Err(required(&visitor)),
    }
}

fn required(expected: &dyn Expected) -> DecodeError {
    DecodeError::new(format!("{expected} is required"))
}

struct Elements<'de>(Enumerate<slice::Iter<'de, Value>>);

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        let Some((index, element)) = self.0.next() else {
            return Ok(None);
        };
        seed.deserialize(element)
            .map(Some)
            .map_err(|error| error.inside(Step::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The members of an object that are known and not null, or all elements of a map.
struct Members<'de> {
    left: Left<'de>,
    current: Option<(Key<'de>, &'de Value)>,
}

enum Left<'de> {
    Attributes(<&'de Attributes as IntoIterator>::IntoIter),
    Elements(btree_map::Iter<'de, String, Value>),
}

#[derive(Clone, Copy)]
enum Key<'de> {
    Attribute(&'de Name),
    Element(&'de String),
}

impl<'de> Members<'de> {
    fn next(&mut self) -> Option<(Key<'de>, &'de Value)> {
        match &mut self.left {
            Left::Attributes(left) => left
                .find(|(_, value)| !value.is_null() && value.is_known())
                .map(|(name, value)| (Key::Attribute(name), value)),
            Left::Elements(left) => left.next().map(|(key, value)| (Key::Element(key), value)),
        }
    }
}

impl<'de> Key<'de> {
    fn text(self) -> &'de str {
        match self {
            Self::Attribute(name) => name,
            Self::Element(key) => key,
        }
    }

    fn step(self) -> Step {
        match self {
            Self::Attribute(name) => Step::Attribute(name.clone()),
            Self::Element(key) => Step::Key(key.clone()),
        }
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = DecodeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        self.current = self.next();
        self.current
            .map(|(key, _)| seed.deserialize(BorrowedStrDeserializer::new(key.text())))
            .transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, DecodeError> {
        let (key, value) = self
            .current
            .ok_or_else(|| DecodeError::custom("a key comes before its value"))?;
        seed.deserialize(value).map_err(|error| error.inside(key.step()))
    }
}
