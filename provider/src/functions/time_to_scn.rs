//! `time_to_scn(time)`: the system change number of a moment.

use super::text_parameter;
use crate::values::scn::Scn;
use jiff::Timestamp;
use std::sync::OnceLock;
use tfplugin::{Function, FunctionError, Type, Value, function::Signature};

/// The function.
#[derive(Default)]
pub struct TimeToScn {
    signature: OnceLock<Signature>,
}

impl Function for TimeToScn {
    fn name(&self) -> &str {
        "time_to_scn"
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| Signature {
            summary: "The system change number of a moment.".to_owned(),
            description: "A system change number (SCN) counts the nanoseconds since 1970 in UTC.".to_owned(),
            parameters: vec![text_parameter(
                "time",
                "An RFC 3339 timestamp with its offset, such as `2025-11-20T11:00:00Z` or `2025-11-20T19:00:00+08:00`.",
            )],
            variadic: None,
            returns: Type::Number,
        })
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let refused = |reason: &str| FunctionError {
            argument: Some(0),
            text: format!("`{text}` cannot be used: {reason}."),
        };
        let time: Timestamp = text.parse().map_err(|_| {
            refused("a timestamp with its offset is expected, such as `2025-11-20T11:00:00Z` or `2025-11-20T19:00:00+08:00`")
        })?;
        let scn = Scn::try_from(time).map_err(|error| refused(&error.to_string()))?;
        Ok(Value::number(scn.0))
    }
}
