//! `scn_to_time(scn)`: the moment that a system change number stands for.

use crate::values::scn::Scn;
use std::sync::OnceLock;
use tfplugin::{
    Function, FunctionError, Type, Value,
    function::{Parameter, Signature},
};

/// The function.
#[derive(Default)]
pub struct ScnToTime {
    signature: OnceLock<Signature>,
}

impl Function for ScnToTime {
    fn name(&self) -> &str {
        "scn_to_time"
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| Signature {
            summary: "The moment that a system change number stands for.".to_owned(),
            description:
                "A system change number (SCN) counts the nanoseconds since 1970 in UTC. The result is an RFC 3339 \
                          timestamp in UTC with as many digits as it needs, such as `2025-11-20T11:00:00.5Z`."
                    .to_owned(),
            parameters: vec![Parameter {
                name: "scn".to_owned(),
                kind: Type::Number,
                description: "The number, such as `MIN_RESTORE_SCN` of a backup set.".to_owned(),
                allow_null: false,
            }],
            variadic: None,
            returns: Type::String,
        })
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let number = arguments.first().and_then(Value::as_number);
        let scn = number.and_then(tfplugin::Number::to_u64).ok_or_else(|| FunctionError {
            argument: Some(0),
            text: format!("A system change number is a whole number from 0 to {}.", u64::MAX),
        })?;
        Ok(Value::string(Scn(scn).time().to_string()))
    }
}
