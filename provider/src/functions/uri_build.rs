//! `uri_build(storage)`: the URI that OceanBase takes for a storage.

use super::storage_attributes;
use crate::{
    cluster::Secret,
    model,
    values::storage::{Storage, StorageProfile, StorageProfiles},
};
use serde::Deserialize;
use std::sync::OnceLock;
use tfplugin::{
    Function, FunctionError, Type, Value,
    function::{Parameter, Signature},
};

/// The function.
#[derive(Default)]
pub struct UriBuild {
    signature: OnceLock<Signature>,
}

/// A storage with its key.
#[derive(Deserialize)]
struct Argument {
    #[serde(flatten)]
    storage: Storage,
    access_key: Option<Secret>,
}

impl Function for UriBuild {
    fn name(&self) -> &str {
        "uri_build"
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| {
            let mut attributes = storage_attributes();
            attributes.push(("access_key", Type::String));
            let optional = attributes.iter().map(|(name, _)| *name).filter(|name| *name != "path");
            Signature {
                summary: "Builds the URI of a destination.".to_owned(),
                description: "Builds the URI that OceanBase takes for a destination, from the attributes of a `storage`: `type`, \
                              `bucket`, `path`, `host`, and so on; all but `path` and `type` may be left out where they do not \
                              apply. With `access_key` the result holds the key in the clear: pass a sensitive value, so that \
                              Terraform hides it. The same rules hold as for the attribute `storage`."
                    .to_owned(),
                parameters: vec![Parameter {
                    name: "storage".to_owned(),
                    kind: Type::Object {
                        optional: optional.map(str::to_owned).collect(),
                        attributes: attributes.iter().map(|(name, kind)| ((*name).into(), kind.clone())).collect(),
                    },
                    description: "The storage; as the attribute of that name, with `access_key` in place of the write-only pair."
                        .to_owned(),
                    allow_null: false,
                }],
                variadic: None,
                returns: Type::String,
            }
        })
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let failed = |text: String| FunctionError {
            argument: Some(0),
            text,
        };
        let argument = arguments.first().unwrap_or(&Value::Null);
        let Argument {
            mut storage,
            access_key,
        } = model::from_value(argument).map_err(|diagnostic| failed(diagnostic.detail))?;
        storage.access_key_wo = access_key;
        let resolved = storage
            .resolve(&StorageProfiles::from([(String::new(), StorageProfile::default())]))
            .map_err(|diagnostic| failed(diagnostic.detail))?;
        match resolved.validate().into_iter().next() {
            Some(breach) => Err(failed(breach.detail)),
            None => Ok(Value::string(resolved.destination().reveal())),
        }
    }
}
