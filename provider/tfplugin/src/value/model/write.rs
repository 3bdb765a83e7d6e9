//! Values out of models.

use super::Expected;
use crate::value::{Attributes, EncodeError, Name, Number, Type, Value, normalized};
use crate::{Nesting, Step};
use serde::ser::{
    Error, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct,
    Serializer,
};
use std::collections::BTreeMap;
use std::fmt::Display;

impl Error for EncodeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

/// Makes a value of what is expected.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a>(pub(super) Expected<'a>);

type Written = Result<Value, EncodeError>;

impl<'a> Writer<'a> {
    fn plain(self, kind: Type, value: Value) -> Written {
        match self.0 {
            Expected::Type(Type::Dynamic) => Ok(Value::dynamic(kind, value)),
            Expected::Type(expected) if *expected == kind => Ok(value),
            expected => Err(expected.required()),
        }
    }

    fn number(self, number: Number) -> Written {
        self.plain(Type::Number, Value::Number(number))
    }

    fn elements(self) -> Result<Elements<'a>, EncodeError> {
        match self.0 {
            Expected::Type(Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic)
            | Expected::Nested(Nesting::List | Nesting::Set, _) => Ok(Elements {
                expected: self.0,
                written: Vec::new(),
            }),
            expected => Err(expected.required()),
        }
    }

    fn members(self) -> Result<Members<'a>, EncodeError> {
        let expected = self.0;
        let written = match expected {
            Expected::Type(Type::Map(_)) | Expected::Nested(Nesting::Map, _) => Collected::Elements(BTreeMap::new()),
            Expected::Type(Type::Dynamic) => Collected::Attributes(Attributes::default()),
            Expected::Type(Type::Object { attributes, .. }) => Collected::nulls(attributes.keys()),
            Expected::Nested(Nesting::Single, attributes) => Collected::nulls(attributes.keys()),
            _ => return Err(expected.required()),
        };
        Ok(Members {
            expected,
            written,
            key: None,
        })
    }
}

/// Numbers of any width.
macro_rules! write_numbers {
    ($($method:ident($number:ty) as $wide:ty;)*) => {
        $(fn $method(self, number: $number) -> Written {
            self.number(Number::from(<$wide>::from(number)))
        })*
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = Value;
    type Error = EncodeError;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Elements<'a>;
    type SerializeTupleStruct = Elements<'a>;
    type SerializeTupleVariant = Impossible<Value, EncodeError>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Impossible<Value, EncodeError>;

    write_numbers! {
        serialize_i8(i8) as i64;
        serialize_i16(i16) as i64;
        serialize_i32(i32) as i64;
        serialize_i64(i64) as i64;
        serialize_u8(u8) as u64;
        serialize_u16(u16) as u64;
        serialize_u32(u32) as u64;
        serialize_u64(u64) as u64;
    }

    fn serialize_f32(self, float: f32) -> Written {
        self.serialize_f64(f64::from(float))
    }

    /// As few digits as tell it from all other floats: 0.1 rather than all the digits of the float nearest to it.
    fn serialize_f64(self, float: f64) -> Written {
        let digits = float.to_string().parse();
        self.number(digits.map_err(|error| EncodeError::new(format!("number is required, this is {error}")))?)
    }

    fn serialize_bool(self, truth: bool) -> Written {
        self.plain(Type::Bool, Value::Bool(truth))
    }

    fn serialize_char(self, character: char) -> Written {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Written {
        self.plain(Type::String, Value::string(text))
    }

    fn serialize_bytes(self, _: &[u8]) -> Written {
        Err(EncodeError::new("Terraform has no type for bytes"))
    }

    fn serialize_none(self) -> Written {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Written {
        Err(no_variants())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'a>, EncodeError> {
        self.elements()
    }

    fn serialize_tuple(self, _: usize) -> Result<Elements<'a>, EncodeError> {
        self.elements()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Elements<'a>, EncodeError> {
        self.elements()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<Value, EncodeError>, EncodeError> {
        Err(no_variants())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, EncodeError> {
        self.members()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, EncodeError> {
        self.members()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<Value, EncodeError>, EncodeError> {
        Err(no_variants())
    }
}

fn no_variants() -> EncodeError {
    EncodeError::new("Terraform has no type for a variant with something in it")
}

/// A list, set or tuple in the making.
pub(super) struct Elements<'a> {
    expected: Expected<'a>,
    written: Vec<Value>,
}

impl Elements<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), EncodeError> {
        let index = self.written.len();
        let expected = self.expected.element(index).ok_or_else(|| self.expected.required())?;
        let element = element.serialize(Writer(expected));
        self.written
            .push(element.map_err(|error| error.inside(Step::Index(index)))?);
        Ok(())
    }

    fn finish(self) -> Written {
        match self.expected {
            Expected::Type(Type::Tuple(kinds)) if kinds.len() != self.written.len() => Err(self.expected.required()),
            Expected::Type(Type::Set(_)) | Expected::Nested(Nesting::Set, _) => Ok(Value::set(self.written)),
            Expected::Type(Type::Dynamic) => {
                let (kinds, values) = self.written.into_iter().map(told_apart).unzip();
                Ok(Value::dynamic(Type::Tuple(kinds), Value::List(values)))
            }
            _ => Ok(Value::List(self.written)),
        }
    }
}

/// The type that travels with a value of any type, and the value. Arrays become tuples, and objects objects, as in
/// Terraform's `jsondecode`.
fn told_apart(value: Value) -> (Type, Value) {
    match value {
        Value::Dynamic(carried) => *carried,
        value => (Type::Dynamic, value),
    }
}

/// A map or an object in the making.
pub(super) struct Members<'a> {
    expected: Expected<'a>,
    written: Collected,
    key: Option<String>,
}

enum Collected {
    Elements(BTreeMap<String, Value>),
    Attributes(Attributes),
}

impl Collected {
    /// What a model leaves out is null.
    fn nulls<'n>(names: impl Iterator<Item = &'n Name>) -> Self {
        Self::Attributes(names.map(|name| (name.clone(), Value::Null)).collect())
    }

    fn step(&self, key: &str) -> Step {
        match self {
            Self::Elements(_) => Step::Key(key.to_owned()),
            Self::Attributes(_) => Step::Attribute(key.into()),
        }
    }

    fn put(&mut self, key: &str, value: Value) {
        match self {
            Self::Elements(elements) => {
                elements.insert(normalized(key.to_owned()), value);
            }
            Self::Attributes(attributes) => match attributes.get_mut(key) {
                Some(place) => *place = value,
                None => {
                    attributes.insert(Name::from(normalized(key.to_owned())), value);
                }
            },
        }
    }
}

impl Members<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, key: &str, member: &T) -> Result<(), EncodeError> {
        let expected = self.expected.member(key);
        let member = match expected {
            Some(expected) => member.serialize(Writer(expected)),
            None => Err(EncodeError::new("the schema has no such attribute")),
        };
        let member = member.map_err(|error| error.inside(self.written.step(key)))?;
        self.written.put(key, member);
        Ok(())
    }

    fn finish(self) -> Written {
        match self.written {
            Collected::Elements(elements) => Ok(Value::Map(elements)),
            Collected::Attributes(attributes) if matches!(self.expected, Expected::Type(Type::Dynamic)) => {
                let mut kinds = BTreeMap::new();
                let values = attributes.into_iter().map(|(name, value)| {
                    let (kind, value) = told_apart(value);
                    kinds.insert(name.clone(), kind);
                    (name, value)
                });
                let values = Value::Object(values.collect());
                Ok(Value::dynamic(Type::object(kinds), values))
            }
            Collected::Attributes(attributes) => Ok(Value::Object(attributes)),
        }
    }
}

impl SerializeSeq for Elements<'_> {
    type Ok = Value;
    type Error = EncodeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), EncodeError> {
        self.add(element)
    }

    fn end(self) -> Written {
        self.finish()
    }
}

impl SerializeTuple for Elements<'_> {
    type Ok = Value;
    type Error = EncodeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), EncodeError> {
        self.add(element)
    }

    fn end(self) -> Written {
        self.finish()
    }
}

impl SerializeTupleStruct for Elements<'_> {
    type Ok = Value;
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), EncodeError> {
        self.add(element)
    }

    fn end(self) -> Written {
        self.finish()
    }
}

impl SerializeStruct for Members<'_> {
    type Ok = Value;
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), EncodeError> {
        self.add(key, value)
    }

    fn end(self) -> Written {
        self.finish()
    }
}

impl SerializeMap for Members<'_> {
    type Ok = Value;
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        self.key = match key.serialize(Writer(Expected::Type(&Type::String)))? {
            Value::String(key) => Some(key),
            _ => return Err(EncodeError::new("keys are texts")),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let key = self.key.take();
        let key = key.ok_or_else(|| EncodeError::new("a key comes before its value"))?;
        self.add(&key, value)
    }

    fn end(self) -> Written {
        self.finish()
    }
}
