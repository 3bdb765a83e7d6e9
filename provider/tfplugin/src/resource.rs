//! What a managed resource implements.

use crate::{Call, Diagnostic, Diagnostics, IdentitySchema, Schema, Value, plan};
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// The attributes of a stored state, each as the JSON text that it was stored as: a number in it may have more digits
/// than any type of `serde_json` holds. [`serde_json::from_str`] reads one, [`serde_json::value::to_raw_value`] makes one.
pub type StoredAttributes = BTreeMap<String, Box<RawValue>>;

/// A managed resource over [`Value`]s. `C` is what the provider's configuration became.
pub trait Resource<C>: Send + Sync {
    /// The full type name, such as `oceanbase_archivelog`.
    fn type_name(&self) -> &str;

    /// Its attributes.
    fn schema(&self) -> &Schema;

    /// The attributes that single it out.
    fn identity_schema(&self) -> &IdentitySchema;

    /// The identity that belongs to a state, as an import takes it: the attributes of the same names, as a rule. Unknown where the
    /// state is.
    fn identity(&self, state: &Value) -> Value {
        plan::identity_of(self.identity_schema(), state)
    }

    /// Rules beyond those of single attributes. Called when the configuration is wholly known and every
    /// attribute is valid; write-only values are in it.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// The object as it is now, or `None` when it is not there any more.
    fn read<'a>(&'a self, call: Call<'a, C>, state: Value) -> BoxFuture<'a, (Option<Value>, Diagnostics)>;

    /// Completes a plan that the framework has made from the schema (see [`crate::plan`]): may change computed
    /// attributes (to known or unknown), and add diagnostics. Must depend on its inputs only; diagnostics may depend
    /// on the other side.
    fn plan<'a>(&'a self, call: Call<'a, C>, request: &'a PlanRequest) -> BoxFuture<'a, (Value, Diagnostics)>;

    /// What the practitioner should know before the object is destroyed.
    fn plan_destroy<'a>(&'a self, call: Call<'a, C>, state: Value) -> BoxFuture<'a, Diagnostics>;

    /// Brings the object to where `change` says.
    fn apply<'a>(&'a self, call: Call<'a, C>, change: Change) -> BoxFuture<'a, Applied>;

    /// Finds an existing object. `None` with an error when it is not there.
    fn import<'a>(&'a self, call: Call<'a, C>, key: ImportKey) -> BoxFuture<'a, (Option<Value>, Diagnostics)>;

    /// Lifts a state that an older version of the schema wrote to the present one.
    fn upgrade(&self, version: i64, _state: StoredAttributes) -> Result<StoredAttributes, Diagnostics> {
        Err(Diagnostic::error(
            "Unknown state version",
            format!(
                "The state of this {} was written with schema version {version}, which this provider does not know \
                 (it has version {}). Use the provider version that wrote it.",
                self.type_name(),
                self.schema().version,
            ),
        )
        .into())
    }

    /// Takes over the state of another resource type (a `moved` block). `None` declines.
    fn take_over(&self, _source: &MoveSource) -> Option<Result<StoredAttributes, Diagnostics>> {
        None
    }
}

/// A plan that the framework has made, to be completed.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// The stored state; `None` when the object is created.
    pub prior: Option<Value>,
    /// The configuration; may hold unknowns.
    pub config: Value,
    /// The planned state so far: defaults applied, write-only values null; on create, computed attributes without a
    /// value unknown; on update, computed attributes as in the prior state. May hold unknowns.
    pub planned: Value,
}

/// What an apply has to bring about. The values are wholly known, but for computed attributes that are still unknown
/// in `planned`.
#[derive(Debug, Clone)]
pub enum Change {
    /// The object is to be created.
    Create {
        /// The planned state with the write-only values of the configuration put back in.
        planned: Value,
    },
    /// The object is to be changed.
    Update {
        /// The stored state.
        prior: Value,
        /// As for `Create`.
        planned: Value,
    },
    /// The object is to be removed.
    Delete {
        /// The stored state; the configuration is gone.
        prior: Value,
    },
}

/// What an apply brought about.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The state that was reached: `None` means that there is no object.
    ///
    /// With an error, a create should answer `None` (the next apply then completes what was begun, where a state
    /// would make Terraform destroy and create anew), an update or delete the state that was reached.
    pub state: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// How an import names the object.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportKey {
    /// The text of `terraform import ADDRESS ID` or `id = …`.
    Id(String),
    /// The object of `identity = { … }`, with the attributes of the identity schema.
    Identity(Value),
}

/// The state of another resource type, offered by a `moved` block.
#[derive(Clone)]
pub struct MoveSource {
    /// Address of the provider that owns it.
    pub provider_address: String,
    /// Its type.
    pub type_name: String,
    /// The schema version that it was written with.
    pub schema_version: i64,
    /// The state.
    pub state: StoredAttributes,
}

/// Without the state: nobody here knows what of it is secret.
impl fmt::Debug for MoveSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MoveSource")
            .field("provider_address", &self.provider_address)
            .field("type_name", &self.type_name)
            .field("schema_version", &self.schema_version)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_another_type_is_not_shown() {
        let source = MoveSource {
            provider_address: "terraform.io/builtin/terraform".to_owned(),
            type_name: "terraform_data".to_owned(),
            schema_version: 0,
            state: serde_json::from_str(r#"{ "input": "secret" }"#).unwrap(),
        };
        let shown = format!("{source:?}");
        assert!(shown.contains("terraform_data") && !shown.contains("secret"), "{shown}");
    }
}
