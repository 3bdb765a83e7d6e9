//! `error_explain(code)`: what an error code of the server means.

use crate::cluster::error::Explanation;
use std::{collections::BTreeSet, sync::OnceLock};
use tfplugin::{
    Function, FunctionError, Number, Type, Value,
    function::{Parameter, Signature},
};

/// The function.
#[derive(Default)]
pub struct ErrorExplain {
    signature: OnceLock<Signature>,
}

impl Function for ErrorExplain {
    fn name(&self) -> &str {
        "error_explain"
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| Signature {
            summary: "What an error code of OceanBase means, and what to do about it.".to_owned(),
            description: "Takes the number of an error message (`9080`), or the `RESULT` of a job (`-9080`). The result is null for 0, \
                          which is success; else an object: `title` says what happened, `advice` what to do about it, and \
                          `transient` whether it passes by itself. Numbers that several failures share are explained in general: \
                          the server's own words tell more."
                .to_owned(),
            parameters: vec![Parameter {
                name: "code".to_owned(),
                kind: Type::Number,
                description: "The error code.".to_owned(),
                allow_null: false,
            }],
            variadic: None,
            returns: Type::Object {
                attributes: [("title", Type::String), ("advice", Type::String), ("transient", Type::Bool)]
                    .map(|(name, kind)| (name.into(), kind))
                    .into(),
                optional: BTreeSet::new(),
            },
        })
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let code = arguments.first().and_then(Value::as_number).and_then(Number::to_i64);
        if code == Some(0) {
            return Ok(Value::Null);
        }
        let explanation = code.and_then(Explanation::of_result).ok_or_else(|| FunctionError {
            argument: Some(0),
            text: "Error codes of OceanBase are whole numbers from -65535 to 65535, such as 9080 or -9080.".to_owned(),
        })?;
        Ok(Value::object([
            ("title", Value::string(explanation.title)),
            ("advice", Value::string(explanation.advice)),
            ("transient", Value::Bool(explanation.transient)),
        ]))
    }
}
