//! `time_to_scn(time)`: the system change number of a moment.

use super::{text_parameter, timestamp};
use crate::values::scn::Scn;
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
        let time = timestamp(&arguments, 0)?;
        let scn = Scn::try_from(time).map_err(|error| FunctionError {
            argument: Some(0),
            text: format!("`{time}` cannot be used: {error}."),
        })?;
        Ok(Value::number(scn.0))
    }
}
