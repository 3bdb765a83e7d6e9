//! Reading MessagePack.

use super::{REFINED, refinement_key};
use crate::Step;
use crate::value::types::MAX_DEPTH;
use crate::value::{Attributes, DecodeError, Name, Number, Refinement, Type, Value, normalized};
use rmp::{Marker, decode};
use std::collections::BTreeMap;

/// What Terraform grants a refinement, in bytes.
const MAX_REFINEMENT: usize = 1024;

impl Value {
    /// Reads the wire form of a value of this type. No bytes at all are null.
    pub fn from_msgpack(bytes: &[u8], kind: &Type) -> Result<Self, DecodeError> {
        if bytes.is_empty() {
            return Ok(Self::Null);
        }
        let mut decoder = Decoder { input: bytes };
        let value = decoder.value(kind, MAX_DEPTH)?;
        if decoder.input.is_empty() {
            Ok(value)
        } else {
            Err(DecodeError::new("bytes follow the value"))
        }
    }
}

/// What is left to read.
struct Decoder<'a> {
    input: &'a [u8],
}

impl<'a> Decoder<'a> {
    fn value(&mut self, kind: &Type, depth: usize) -> Result<Value, DecodeError> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| DecodeError::new("nested too deeply"))?;
        match self.marker()? {
            Marker::Null => {
                self.bytes(1)?;
                Ok(Value::Null)
            }
            marker if is_extension(marker) => self.unknown(),
            _ => self.known(kind, depth),
        }
    }

    fn known(&mut self, kind: &Type, depth: usize) -> Result<Value, DecodeError> {
        match kind {
            Type::Bool => self.bool().map(Value::Bool),
            Type::Number => self.number().map(Value::Number),
            Type::String => self.text().map(Value::string),
            Type::Dynamic => self.dynamic(depth),
            Type::List(element) => self.elements(element, depth).map(Value::List),
            Type::Set(element) => self.elements(element, depth).map(Value::set),
            Type::Map(element) => self.map(element, depth).map(Value::Map),
            Type::Tuple(elements) => self.tuple(elements, depth).map(Value::List),
            Type::Object { attributes, .. } => self.object(attributes, depth).map(Value::Object),
        }
    }

    fn bool(&mut self) -> Result<bool, DecodeError> {
        decode::read_bool(&mut self.input).map_err(|_| DecodeError::new("a bool is required"))
    }

    fn number(&mut self) -> Result<Number, DecodeError> {
        match self.marker()? {
            Marker::U64 => decode::read_u64(&mut self.input)
                .map(Number::from)
                .map_err(|_| truncated()),
            Marker::F32 => self.float(|input| decode::read_f32(input).map(f64::from).ok()),
            Marker::F64 => self.float(|input| decode::read_f64(input).ok()),
            marker if is_text(marker) => {
                let parsed = self.text()?.parse();
                parsed.map_err(|error| DecodeError::new(format!("a number is required, this is {error}")))
            }
            _ => self
                .integer()
                .map(Number::from)
                .map_err(|_| DecodeError::new("a number is required")),
        }
    }

    fn integer(&mut self) -> Result<i64, DecodeError> {
        decode::read_int(&mut self.input).map_err(|_| DecodeError::new("an integer is required"))
    }

    fn float(&mut self, read: impl FnOnce(&mut &'a [u8]) -> Option<f64>) -> Result<Number, DecodeError> {
        let float = read(&mut self.input).ok_or_else(truncated)?;
        Number::from_f64(float).map_err(|error| DecodeError::new(format!("a number is required, this is {error}")))
    }

    fn text(&mut self) -> Result<&'a str, DecodeError> {
        let length = decode::read_str_len(&mut self.input).map_err(|_| DecodeError::new("a string is required"))?;
        let bytes = self.bytes(length)?;
        std::str::from_utf8(bytes).map_err(|_| DecodeError::new("text that is not UTF-8"))
    }

    /// `[type, value]`, the type as JSON.
    fn dynamic(&mut self, depth: usize) -> Result<Value, DecodeError> {
        let required = || DecodeError::new("a type and a value are required");
        if self.array_length().map_err(|_| required())? != 2 {
            return Err(required());
        }
        let kind = if is_text(self.marker()?) {
            self.text()?.as_bytes()
        } else {
            let length = decode::read_bin_len(&mut self.input).map_err(|_| required())?;
            self.bytes(length)?
        };
        let kind = serde_json::from_slice(kind)
            .ok()
            .and_then(|json| Type::from_json(&json).ok());
        let kind = kind.ok_or_else(|| DecodeError::new("not the JSON form of a type"))?;
        let value = self.value(&kind, depth)?;
        Ok(Value::dynamic(kind, value))
    }

    fn elements(&mut self, kind: &Type, depth: usize) -> Result<Vec<Value>, DecodeError> {
        let length = self.array_length()?;
        (0..length)
            .map(|index| {
                self.value(kind, depth)
                    .map_err(|error| error.inside(Step::Index(index)))
            })
            .collect()
    }

    fn tuple(&mut self, kinds: &[Type], depth: usize) -> Result<Vec<Value>, DecodeError> {
        if self.array_length()? != kinds.len() {
            return Err(DecodeError::new(format!(
                "a tuple with {} elements is required",
                kinds.len()
            )));
        }
        kinds
            .iter()
            .enumerate()
            .map(|(index, kind)| {
                self.value(kind, depth)
                    .map_err(|error| error.inside(Step::Index(index)))
            })
            .collect()
    }

    fn map(&mut self, kind: &Type, depth: usize) -> Result<BTreeMap<String, Value>, DecodeError> {
        let length = self.map_length()?;
        let mut elements = BTreeMap::new();
        for _ in 0..length {
            let key = normalized(self.text()?.to_owned());
            let value = self
                .value(kind, depth)
                .map_err(|error| error.inside(Step::Key(key.clone())))?;
            if elements.insert(key.clone(), value).is_some() {
                return Err(DecodeError::new("the same key twice").inside(Step::Key(key)));
            }
        }
        Ok(elements)
    }

    fn object(&mut self, kinds: &BTreeMap<Name, Type>, depth: usize) -> Result<Attributes, DecodeError> {
        let required = || DecodeError::new(format!("an object with {} attributes is required", kinds.len()));
        if self.map_length()? != kinds.len() {
            return Err(required());
        }
        // Terraform writes them in the order of their names.
        let mut expected = kinds.iter();
        let mut attributes = Vec::with_capacity(kinds.len());
        for _ in 0..kinds.len() {
            let given = self.text()?;
            let (name, kind) = expected
                .next()
                .filter(|(name, _)| *name == given)
                .or_else(|| kinds.get_key_value(normalized(given.to_owned()).as_str()))
                .ok_or_else(|| DecodeError::new("an attribute that the type does not have"))?;
            let value = self
                .value(kind, depth)
                .map_err(|error| error.inside(Step::Attribute(name.clone())))?;
            attributes.push((name.clone(), value));
        }
        let attributes: Attributes = attributes.into_iter().collect();
        if attributes.len() == kinds.len() {
            Ok(attributes)
        } else {
            Err(required())
        }
    }

    /// Any extension is an unknown value: Terraform has no other ones.
    fn unknown(&mut self) -> Result<Value, DecodeError> {
        let meta = decode::read_ext_meta(&mut self.input).map_err(|_| truncated())?;
        let body = self.bytes(meta.size)?;
        if meta.typeid != REFINED || body.len() <= 1 {
            return Ok(Value::UNKNOWN);
        }
        if body.len() > MAX_REFINEMENT {
            return Err(DecodeError::new("a refinement that is too long"));
        }
        let refinement = Decoder { input: body }.refinement()?;
        // What will be null is null.
        Ok(if refinement.nullness == Some(true) {
            Value::Null
        } else {
            Value::unknown(refinement)
        })
    }

    fn refinement(&mut self) -> Result<Refinement, DecodeError> {
        let mut refinement = Refinement::NONE;
        for _ in 0..self.map_length()? {
            match self.integer()? {
                refinement_key::NULLNESS => refinement.nullness = Some(self.bool()?),
                refinement_key::STRING_PREFIX => refinement.string_prefix = Some(normalized(self.text()?.to_owned())),
                refinement_key::LOWER_BOUND => refinement.lower_bound = Some(self.bound()?),
                refinement_key::UPPER_BOUND => refinement.upper_bound = Some(self.bound()?),
                refinement_key::MIN_LENGTH => refinement.min_length = Some(self.count()?),
                refinement_key::MAX_LENGTH => refinement.max_length = Some(self.count()?),
                _ => self.skip()?,
            }
        }
        Ok(refinement)
    }

    fn bound(&mut self) -> Result<(Number, bool), DecodeError> {
        if self.array_length()? != 2 {
            return Err(DecodeError::new("a number and whether it is included are required"));
        }
        Ok((self.number()?, self.bool()?))
    }

    fn count(&mut self) -> Result<u64, DecodeError> {
        u64::try_from(self.integer()?).map_err(|_| DecodeError::new("a negative length"))
    }

    /// Skips a value of any kind, with all that is in it.
    fn skip(&mut self) -> Result<(), DecodeError> {
        let mut left = 1_usize;
        while left > 0 {
            left -= 1;
            left += self.skip_head()?;
        }
        Ok(())
    }

    /// Skips one value without the elements in it; gives how many of those follow.
    fn skip_head(&mut self) -> Result<usize, DecodeError> {
        let marker = self.marker()?;
        let bytes = match marker {
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => return self.array_length(),
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => return Ok(2 * self.map_length()?),
            Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => 1,
            Marker::U8 | Marker::I8 => 2,
            Marker::U16 | Marker::I16 => 3,
            Marker::U32 | Marker::I32 | Marker::F32 => 5,
            Marker::U64 | Marker::I64 | Marker::F64 => 9,
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                decode::read_bin_len(&mut self.input).map_err(|_| truncated())?
            }
            marker if is_text(marker) => decode::read_str_len(&mut self.input).map_err(|_| truncated())?,
            marker if is_extension(marker) => decode::read_ext_meta(&mut self.input).map_err(|_| truncated())?.size,
            _ => return Err(DecodeError::new("a byte that begins nothing")),
        };
        self.bytes(bytes).map(|_| 0)
    }

    /// The number of elements, each of which takes a byte at least.
    fn array_length(&mut self) -> Result<usize, DecodeError> {
        let length = decode::read_array_len(&mut self.input).map_err(|_| DecodeError::new("a sequence is required"))?;
        self.at_most_what_is_left(length)
    }

    fn map_length(&mut self) -> Result<usize, DecodeError> {
        let length =
            decode::read_map_len(&mut self.input).map_err(|_| DecodeError::new("a map or an object is required"))?;
        self.at_most_what_is_left(length)
    }

    fn at_most_what_is_left(&self, length: u32) -> Result<usize, DecodeError> {
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.input.len())
            .ok_or_else(truncated)
    }

    fn marker(&self) -> Result<Marker, DecodeError> {
        self.input
            .first()
            .map(|byte| Marker::from_u8(*byte))
            .ok_or_else(truncated)
    }

    fn bytes(&mut self, length: u32) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(length).map_err(|_| truncated())?;
        let (taken, rest) = self.input.split_at_checked(length).ok_or_else(truncated)?;
        self.input = rest;
        Ok(taken)
    }
}

fn truncated() -> DecodeError {
    DecodeError::new("the bytes end too early")
}

fn is_text(marker: Marker) -> bool {
    matches!(marker, Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32)
}

fn is_extension(marker: Marker) -> bool {
    matches!(
        marker,
        Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32
    )
}
