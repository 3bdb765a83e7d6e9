//! Values in and out of messages.

use crate::proto::tfplugin6::DynamicValue;
use crate::resource::StoredAttributes;
use crate::value::{DecodeError, EncodeError};
use crate::{AttributePath, Diagnostic, Diagnostics, Type, Value};
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

/// Reads a value from the attributes of a stored state.
pub(super) fn decode_stored(state: &StoredAttributes, kind: &Type, what: &str) -> Result<Value, Diagnostics> {
    let json = serde_json::to_vec(state).expect("text keys and JSON texts are JSON");
    Value::from_json_slice(&json, kind).map_err(|error| unreadable(what, &error))
}

fn unreadable(what: &str, error: &DecodeError) -> Diagnostics {
    let DecodeError { path, reason } = error;
    let detail = format!(
        "The {what} that Terraform sent does not follow the schema: {}. Either the provider does not fit what \
         was stored by another version of it, or this is a bug.",
        place(path, reason)
    );
    Diagnostic::error(format!("Unreadable {what}"), detail).into()
}

/// What is wrong where, by attributes alone: nobody here knows which map is secret, and its keys are part of the secret.
fn place(path: &AttributePath, reason: &str) -> String {
    let attribute = path.attributes_only();
    if attribute.is_root() {
        reason.to_owned()
    } else {
        format!("{attribute}: {reason}")
    }
}

/// Writes a value.
pub(super) fn encode(value: &Value, kind: &Type, what: &str) -> Result<DynamicValue, Diagnostics> {
    let msgpack = value.to_msgpack(kind).map_err(|EncodeError { path, reason }| {
        let detail = format!(
            "The {what} does not follow the schema: {}. This is a bug in the provider.",
            place(&path, &reason)
        );
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named_without_the_keys_of_maps() {
        let kind = Type::object([("tags", Type::map(Type::list(Type::Bool)))]);
        let value = pass_through(r#"{"tags":{"s3cr3t":[true,"hidden"]}}"#.into());
        let error = decode(Some(&value), &kind, "state").unwrap_err();
        let detail = &error.iter().next().unwrap().detail;
        assert!(detail.contains("the schema: tags: a bool is required."), "{detail}");
    }

    #[test]
    fn what_cannot_be_written_is_named_without_the_keys_of_maps() {
        let kind = Type::object([("tags", Type::map(Type::Bool))]);
        let value = Value::object([("tags", Value::map([("s3cr3t", "hidden")]))]);
        let error = encode(&value, &kind, "new state").unwrap_err();
        let detail = &error.iter().next().unwrap().detail;
        assert!(detail.contains("the schema: tags: bool is required."), "{detail}");
    }
}
