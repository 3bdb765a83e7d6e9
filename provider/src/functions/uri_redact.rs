//! `uri_redact(uri)`: a URI that can be shown.

use super::text_parameter;
use crate::cluster::RawUri;
use std::sync::OnceLock;
use tfplugin::{Function, FunctionError, Type, Value, function::Signature};

/// The function.
#[derive(Default)]
pub struct UriRedact {
    signature: OnceLock<Signature>,
}

impl Function for UriRedact {
    fn name(&self) -> &str {
        "uri_redact"
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| Signature {
            summary: "Hides the key in the URI of a destination.".to_owned(),
            description: "Replaces the access key in a URI, plain or encrypted, with `***`; everything else stays as it is written. The \
                          result of a sensitive argument stays sensitive: wrap it in `nonsensitive()` to show it."
                .to_owned(),
            parameters: vec![text_parameter("uri", "The URI.")],
            variadic: None,
            returns: Type::String,
        })
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let uri = arguments.first().and_then(Value::as_str).unwrap_or_default();
        Ok(Value::string(RawUri::new(uri).to_string()))
    }
}
