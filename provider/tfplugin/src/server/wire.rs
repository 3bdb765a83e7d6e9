//! Values in and out of messages.

use crate::proto::tfplugin6::DynamicValue;
use crate::value::DecodeError;
use crate::{Diagnostic, Diagnostics, Type, Value};
use prost::bytes::Bytes;

/// Reads a value; an absent one is null.
pub(super) fn decode(value: Option<&DynamicValue>, kind: &Type, what: &str) -> Result<Value, Diagnostics> {
    let Some(value) = value else { return Ok(Value::Null) };
    let decoded = match (value.msgpack.is_empty(), value.json.is_empty()) {
        (true, true) => Ok(Value::Null),
        (true, false) => Value::from_json_slice(&value.json, kind),
        (false, _) => Value::from_msgpack(&value.msgpack, kind),
    };
    decoded.map_err(|error| unreadable(what, &error))
}

/// Reads a value from the JSON of a state file.
pub(super) fn decode_json(json: &serde_json::Value, kind: &Type, what: &str) -> Result<Value, Diagnostics> {
    Value::from_json(json, kind).map_err(|error| unreadable(what, &error))
}

fn unreadable(what: &str, error: &DecodeError) -> Diagnostics {
    let detail = format!(
        "The {what} that Terraform sent does not follow the schema: {error}. Either the provider does not fit what \
         was stored by another version of it, or this is a bug."
    );
    Diagnostic::error(format!("Unreadable {what}"), detail).into()
}

/// Writes a value.
pub(super) fn encode(value: &Value, kind: &Type, what: &str) -> Result<DynamicValue, Diagnostics> {
    let msgpack = value.to_msgpack(kind).map_err(|error| {
        let detail = format!("The {what} does not follow the schema: {error}. This is a bug in the provider.");
        Diagnostic::error(format!("The provider made an invalid {what}"), detail)
    })?;
    Ok(DynamicValue {
        msgpack: msgpack.into(),
        json: Bytes::new(),
    })
}

/// JSON as it is.
pub(super) fn pass_through(json: Bytes) -> DynamicValue {
    DynamicValue {
        msgpack: Bytes::new(),
        json,
    }
}
