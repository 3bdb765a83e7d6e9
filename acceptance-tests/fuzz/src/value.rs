//! Values: a line with a type in JSON, then the value.

use crate::first_line;
use tfplugin::{Type, Value};

fn typed(input: &[u8]) -> Option<(Type, &[u8])> {
    let (kind, value) = first_line(input)?;
    let kind = serde_json::from_slice(kind).ok()?;
    Some((Type::from_json(&kind).ok()?, value))
}

/// MessagePack, as Terraform sends values.
pub fn msgpack(input: &[u8]) {
    let Some((kind, bytes)) = typed(input) else { return };
    if let Ok(value) = Value::from_msgpack(bytes, &kind) {
        expect_to_survive(&value, &kind);
    }
}

/// JSON, as state files hold values.
pub fn json(input: &[u8]) {
    let Some((kind, text)) = typed(input) else { return };
    let Ok(value) = Value::from_json_slice(text, &kind) else {
        return;
    };
    expect_to_survive(&value, &kind);
    // Numbers with more digits than a float holds are not written.
    if let Ok(json) = value.to_json(&kind) {
        assert_eq!(Value::from_json(&json, &kind).as_ref(), Ok(&value), "{kind}");
    }
}

fn expect_to_survive(value: &Value, kind: &Type) {
    let written = value.to_msgpack(kind).expect("what was read is of its type");
    let read = Value::from_msgpack(&written, kind).expect("what was written can be read");
    assert_eq!(&read, value, "{kind}");
    assert_eq!(read.to_msgpack(kind).as_ref(), Ok(&written), "{kind}");
}
