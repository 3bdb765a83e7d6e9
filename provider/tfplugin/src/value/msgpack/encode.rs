//! Writing MessagePack.

use super::{REFINED, refinement_key};
use crate::Step;
use crate::value::{Attributes, EncodeError, Name, Number, Refinement, Type, Value};
use rmp::encode;
use std::collections::BTreeMap;

/// What Terraform takes of a prefix, in bytes.
const MAX_PREFIX: usize = 256;

/// What is written of a bound, in bytes: together with everything else it has to stay below what Terraform grants a
/// refinement.
const MAX_BOUND: usize = 256;

/// An unknown value of which nothing is known: an extension of type 0 with one byte.
const PLAIN_UNKNOWN: [u8; 3] = [0xd4, 0, 0];

impl Value {
    /// Writes the wire form of a value of this type. Fails when it is not of this type.
    pub fn to_msgpack(&self, kind: &Type) -> Result<Vec<u8>, EncodeError> {
        let mut output = Vec::new();
        write(&mut output, self, kind)?;
        Ok(output)
    }
}

fn write(output: &mut Vec<u8>, value: &Value, kind: &Type) -> Result<(), EncodeError> {
    match (value, kind) {
        (Value::Null, _) => written(encode::write_nil(output)),
        (Value::Unknown(None), _) => {
            output.extend(PLAIN_UNKNOWN);
            Ok(())
        }
        (Value::Unknown(Some(refinement)), _) => write_unknown(output, refinement, kind),
        (Value::Bool(value), Type::Bool) => written(encode::write_bool(output, *value)),
        (Value::Number(number), Type::Number) => write_number(output, number),
        (Value::String(text), Type::String) => written(encode::write_str(output, text)),
        (Value::List(elements), Type::List(kind)) | (Value::Set(elements), Type::Set(kind)) => {
            write_elements(output, elements.iter().map(|element| (element, &**kind)))
        }
        (Value::List(elements), Type::Tuple(kinds)) if elements.len() == kinds.len() => {
            write_elements(output, elements.iter().zip(kinds))
        }
        (Value::Map(elements), Type::Map(kind)) => write_map(output, elements, kind),
        (Value::Object(attributes), Type::Object { attributes: kinds, .. }) => write_object(output, attributes, kinds),
        (Value::Dynamic(carried), Type::Dynamic) => write_dynamic(output, &carried.0, &carried.1),
        _ => Err(EncodeError::new(format!("{kind} is required"))),
    }
}

/// The decimal digits, which Terraform reads with the precision with which it reads them from its state. The integers and
/// floats of msgpack would do, but it reads these with less: a refreshed object then seems to differ from the stored one,
/// and `plan -refresh-only -detailed-exitcode` ends with 2 although nothing changed.
fn write_number(output: &mut Vec<u8>, number: &Number) -> Result<(), EncodeError> {
    written(encode::write_str(output, &number.to_string()))
}

fn write_elements<'a>(
    output: &mut Vec<u8>,
    elements: impl ExactSizeIterator<Item = (&'a Value, &'a Type)>,
) -> Result<(), EncodeError> {
    written(encode::write_array_len(output, length(elements.len())?))?;
    for (index, (element, kind)) in elements.enumerate() {
        write(output, element, kind).map_err(|error| error.inside(Step::Index(index)))?;
    }
    Ok(())
}

fn write_map(output: &mut Vec<u8>, elements: &BTreeMap<String, Value>, kind: &Type) -> Result<(), EncodeError> {
    written(encode::write_map_len(output, length(elements.len())?))?;
    for (key, element) in elements {
        written(encode::write_str(output, key))?;
        write(output, element, kind).map_err(|error| error.inside(Step::Key(key.clone())))?;
    }
    Ok(())
}

fn write_object(
    output: &mut Vec<u8>,
    attributes: &Attributes,
    kinds: &BTreeMap<Name, Type>,
) -> Result<(), EncodeError> {
    if !attributes.keys().eq(kinds.keys())
        && let Some(name) = attributes.keys().find(|name| !kinds.contains_key(*name))
    {
        return Err(EncodeError::new("the type has no such attribute").inside(Step::Attribute(name.clone())));
    }
    written(encode::write_map_len(output, length(kinds.len())?))?;
    let mut attributes = attributes.ascending();
    for (name, kind) in kinds {
        let inside = |error: EncodeError| error.inside(Step::Attribute(name.clone()));
        let value = attributes
            .get(name)
            .ok_or_else(|| inside(EncodeError::new("the attribute is missing")))?;
        written(encode::write_str(output, name))?;
        write(output, value, kind).map_err(inside)?;
    }
    Ok(())
}

fn write_dynamic(output: &mut Vec<u8>, kind: &Type, value: &Value) -> Result<(), EncodeError> {
    written(encode::write_array_len(output, 2))?;
    written(encode::write_bin(output, kind.to_json().to_string().as_bytes()))?;
    write(output, value, kind)
}

fn write_unknown(output: &mut Vec<u8>, refinement: &Refinement, kind: &Type) -> Result<(), EncodeError> {
    // What will be null is null.
    if refinement.nullness == Some(true) {
        return written(encode::write_nil(output));
    }
    let entries = refinement_entries(refinement, kind)?;
    if entries.is_empty() {
        output.extend(PLAIN_UNKNOWN);
        return Ok(());
    }
    let mut body = Vec::new();
    written(encode::write_map_len(&mut body, length(entries.len())?))?;
    body.extend(entries.concat());
    written(encode::write_ext_meta(output, length(body.len())?, REFINED))?;
    output.extend(body);
    Ok(())
}

/// The entries of a refinement that mean something for this type, each with its key.
fn refinement_entries(refinement: &Refinement, kind: &Type) -> Result<Vec<Vec<u8>>, EncodeError> {
    let mut entries = Vec::new();
    if refinement.nullness == Some(false) && *kind != Type::Dynamic {
        entries.push(entry(refinement_key::NULLNESS, |output| {
            written(encode::write_bool(output, false))
        })?);
    }
    if let (Some(prefix), Type::String) = (&refinement.string_prefix, kind) {
        let prefix = &prefix[..prefix.floor_char_boundary(MAX_PREFIX)];
        entries.push(entry(refinement_key::STRING_PREFIX, |output| {
            written(encode::write_str(output, prefix))
        })?);
    }
    let bounds = [
        (refinement_key::LOWER_BOUND, &refinement.lower_bound),
        (refinement_key::UPPER_BOUND, &refinement.upper_bound),
    ];
    for (key, bound) in bounds {
        if let (Some(bound), Type::Number) = (bound, kind)
            && bound.0.to_string().len() <= MAX_BOUND
        {
            entries.push(entry(key, |output| write_bound(output, bound))?);
        }
    }
    let lengths = [
        (refinement_key::MIN_LENGTH, refinement.min_length),
        (refinement_key::MAX_LENGTH, refinement.max_length),
    ];
    for (key, count) in lengths {
        if let (Some(count), Type::List(_) | Type::Set(_) | Type::Map(_)) = (count, kind) {
            entries.push(entry(key, |output| written(encode::write_uint(output, count)))?);
        }
    }
    Ok(entries)
}

fn entry(key: i64, write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>) -> Result<Vec<u8>, EncodeError> {
    let mut output = Vec::new();
    written(encode::write_sint(&mut output, key))?;
    write(&mut output)?;
    Ok(output)
}

fn write_bound(output: &mut Vec<u8>, (number, inclusive): &(Number, bool)) -> Result<(), EncodeError> {
    written(encode::write_array_len(output, 2))?;
    write_number(output, number)?;
    written(encode::write_bool(output, *inclusive))
}

fn length(length: usize) -> Result<u32, EncodeError> {
    u32::try_from(length).map_err(|_| EncodeError::new("too many elements"))
}

/// Writing to memory does not fail; the writers' errors say so in different ways.
fn written<T, E>(result: Result<T, E>) -> Result<(), EncodeError> {
    result.map(drop).map_err(|_| EncodeError::new("could not be written"))
}
