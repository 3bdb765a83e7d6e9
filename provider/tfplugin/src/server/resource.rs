//! Managed resources: configuration, plan and apply.

mod change;
mod state;

use super::{Managed, Server, encode, wire};
use crate::check::Unknowns;
use crate::proto::tfplugin6::{DynamicValue, ResourceIdentityData, validate_resource_config};
use crate::schema::validate::validate;
use crate::{Diagnostics, Provider, Schema, Value, check, plan};

impl<P: Provider> Server<P> {
    pub(super) async fn validate_resource_config(
        &self,
        request: validate_resource_config::Request,
    ) -> Result<validate_resource_config::Response, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let config = managed.decode(request.config.as_ref(), "configuration")?;
        // A Terraform that does not say so does not know them, and would store them.
        let write_only_allowed = request
            .client_capabilities
            .is_some_and(|client| client.write_only_attributes_allowed);
        let mut diagnostics = validate(managed.schema(), &config, write_only_allowed);
        if !diagnostics.has_errors() && config.is_wholly_known() {
            diagnostics.extend(managed.resource.validate(&config));
        }
        Ok(validate_resource_config::Response {
            diagnostics: encode::diagnostics(diagnostics),
        })
    }
}

impl<C> Managed<'_, C> {
    fn schema(&self) -> &Schema {
        self.resource.schema()
    }

    fn decode(&self, value: Option<&DynamicValue>, what: &str) -> Result<Value, Diagnostics> {
        wire::decode(value, &self.types.state, what)
    }

    fn encode(&self, value: &Value, what: &str) -> Result<DynamicValue, Diagnostics> {
        wire::encode(value, &self.types.state, what)
    }

    /// A state that the resource gave, as Terraform wants it: without write-only values, wholly known.
    fn stored(&self, state: Value) -> Result<Value, Diagnostics> {
        let state = plan::without_write_only(self.schema(), state);
        let diagnostics = check::state(self.schema(), &state);
        if diagnostics.has_errors() {
            Err(diagnostics)
        } else {
            Ok(state)
        }
    }

    /// The identity that belongs to a state.
    fn identity(&self, state: &Value) -> Result<ResourceIdentityData, Diagnostics> {
        self.checked_identity(state, Unknowns::Refused)
    }

    fn checked_identity(&self, state: &Value, unknowns: Unknowns) -> Result<ResourceIdentityData, Diagnostics> {
        let schema = self.resource.identity_schema();
        let identity = self.resource.identity(state);
        let diagnostics = check::identity(schema, &identity, unknowns);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let data = wire::encode(&identity, &self.types.identity, "identity")?;
        Ok(ResourceIdentityData {
            identity_data: Some(data),
        })
    }
}
