//! `uri_parse(uri)`: the storage that a URI of OceanBase stands for.

use super::{storage_attributes, text_parameter};
use crate::{
    cluster::RawUri,
    model,
    values::{
        destination::Destination,
        storage::{Storage, StorageProfiles},
    },
};
use std::{collections::BTreeSet, sync::OnceLock};
use tfplugin::{Function, FunctionError, Type, Value, function::Signature};

/// The function.
#[derive(Default)]
pub struct UriParse {
    signature: OnceLock<Signature>,
}

impl Function for UriParse {
    fn name(&self) -> &str {
        "uri_parse"
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| Signature {
            summary: "Takes the URI of a destination apart.".to_owned(),
            description: "Takes a URI of OceanBase apart into the attributes of a `storage`, as the views show it or as it was typed \
                          into a statement. What it does not say is null, and so is what it says of the server's defaults. The \
                          key, if there is one, is left out, and so are limits on the traffic: no view shows them in a URI."
                .to_owned(),
            parameters: vec![text_parameter("uri", "The URI, such as `oss://bucket/path?host=…&access_id=…`.")],
            variadic: None,
            returns: Type::Object {
                attributes: storage_attributes().into_iter().map(|(name, kind)| (name.into(), kind)).collect(),
                optional: BTreeSet::new(),
            },
        })
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let failed = |text: String| FunctionError {
            argument: Some(0),
            text,
        };
        let uri = RawUri::new(arguments.first().and_then(Value::as_str).unwrap_or_default());
        let destination =
            Destination::parse(&uri).map_err(|reason| failed(format!("This is no URI of a destination: {reason}.")))?;
        let storage = Storage::observed(None, &destination, None, &StorageProfiles::new());
        let json = serde_json::to_value(&storage).map_err(|error| failed(error.to_string()))?;
        let attribute = |name: &str| json.get(name).map_or(Value::Null, model::plain);
        Ok(Value::Object(
            storage_attributes()
                .into_iter()
                .map(|(name, _)| (name.into(), attribute(name)))
                .collect(),
        ))
    }
}
