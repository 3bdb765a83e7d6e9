//! States: read, imported, lifted to the present schema, taken over from another resource type.

use super::super::{Managed, Server, encode, wire};
use crate::proto::tfplugin6::{
    RawState, ResourceIdentityData, import_resource_state, move_resource_state, read_resource,
    upgrade_resource_identity, upgrade_resource_state,
};
use crate::resource::{MoveSource, StoredAttributes};
use crate::{Diagnostic, Diagnostics, ImportKey, Provider, Value};

impl<P: Provider> Server<P> {
    pub(in super::super) async fn read_resource(
        &self,
        request: read_resource::Request,
    ) -> Result<read_resource::Response, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let state = managed.decode(request.current_state.as_ref(), "state")?;
        let session = self.session()?;
        let (state, diagnostics) = match state {
            Value::Null => (None, Diagnostics::none()),
            state => managed.resource.read(session.call(), state).await,
        };
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let state = state.map(|state| managed.stored(state)).transpose()?;
        let identity = state.as_ref().map(|state| managed.identity(state)).transpose()?;
        Ok(read_resource::Response {
            new_state: Some(managed.encode(&state.unwrap_or(Value::Null), "state")?),
            diagnostics: encode::diagnostics(diagnostics),
            private: request.private,
            deferred: None,
            new_identity: identity.or(request.current_identity),
        })
    }

    pub(in super::super) async fn import_resource_state(
        &self,
        request: import_resource_state::Request,
    ) -> Result<import_resource_state::Response, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let key = managed.import_key(request.id, request.identity)?;
        let session = self.session()?;
        let (state, mut diagnostics) = managed.resource.import(session.call(), key).await;
        if state.is_none() && !diagnostics.has_errors() {
            let detail = format!("There is no such {} to import.", request.type_name);
            diagnostics.push(Diagnostic::error("Cannot import what does not exist", detail));
        }
        let Some(state) = state.filter(|_| !diagnostics.has_errors()) else {
            return Err(diagnostics);
        };
        let state = managed.stored(state)?;
        let imported = import_resource_state::ImportedResource {
            type_name: request.type_name,
            state: Some(managed.encode(&state, "state")?),
            identity: Some(managed.identity(&state)?),
            ..Default::default()
        };
        Ok(import_resource_state::Response {
            imported_resources: vec![imported],
            diagnostics: encode::diagnostics(diagnostics),
            deferred: None,
        })
    }

    pub(in super::super) async fn upgrade_resource_state(
        &self,
        request: upgrade_resource_state::Request,
    ) -> Result<upgrade_resource_state::Response, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let raw = request.raw_state.unwrap_or_default();
        let upgraded = if request.version == managed.schema().version && !raw.json.is_empty() {
            // Called for every instance in every command: nothing is parsed, nothing can get lost.
            wire::pass_through(raw.json)
        } else {
            let state = managed.resource.upgrade(request.version, parse(&raw, "state")?)?;
            let state = managed.stored(wire::decode_stored(&state, &managed.types.state, "upgraded state")?)?;
            managed.encode(&state, "upgraded state")?
        };
        Ok(upgrade_resource_state::Response {
            upgraded_state: Some(upgraded),
            diagnostics: Vec::new(),
        })
    }

    pub(in super::super) async fn upgrade_resource_identity(
        &self,
        request: upgrade_resource_identity::Request,
    ) -> Result<upgrade_resource_identity::Response, Diagnostics> {
        let managed = self.managed(&request.type_name)?;
        let present = managed.resource.identity_schema().version;
        if request.version != present {
            let detail = format!(
                "The identity of this {} was written with version {}, which this provider does not know (it has \
                 version {present}). Use the provider version that wrote it.",
                request.type_name, request.version
            );
            return Err(Diagnostic::error("Unknown identity version", detail).into());
        }
        let identity = wire::pass_through(request.raw_identity.unwrap_or_default().json);
        Ok(upgrade_resource_identity::Response {
            upgraded_identity: Some(ResourceIdentityData {
                identity_data: Some(identity),
            }),
            diagnostics: Vec::new(),
        })
    }

    pub(in super::super) async fn move_resource_state(
        &self,
        request: move_resource_state::Request,
    ) -> Result<move_resource_state::Response, Diagnostics> {
        let managed = self.managed(&request.target_type_name)?;
        let source = MoveSource {
            provider_address: request.source_provider_address,
            type_name: request.source_type_name,
            schema_version: request.source_schema_version,
            state: parse(&request.source_state.unwrap_or_default(), "state to be moved")?,
        };
        let Some(moved) = managed.resource.take_over(&source) else {
            let detail = format!(
                "{} cannot take over the state of {} ({}).",
                request.target_type_name, source.type_name, source.provider_address
            );
            return Err(Diagnostic::error("Cannot move between these types", detail).into());
        };
        let state = managed.stored(wire::decode_stored(&moved?, &managed.types.state, "moved state")?)?;
        Ok(move_resource_state::Response {
            target_state: Some(managed.encode(&state, "moved state")?),
            target_identity: Some(managed.identity(&state)?),
            ..Default::default()
        })
    }
}

impl<C> Managed<'_, C> {
    fn import_key(&self, id: String, identity: Option<ResourceIdentityData>) -> Result<ImportKey, Diagnostics> {
        let data = identity.and_then(|identity| identity.identity_data);
        match wire::decode(data.as_ref(), &self.types.identity, "identity")? {
            Value::Null => Ok(ImportKey::Id(id)),
            identity => Ok(ImportKey::Identity(identity)),
        }
    }
}

fn parse(raw: &RawState, what: &str) -> Result<StoredAttributes, Diagnostics> {
    serde_json::from_slice(&raw.json).map_err(|_| {
        let detail = format!(
            "The {what} is no object in JSON. Terraform versions before 0.12 wrote another form, which is not supported."
        );
        Diagnostic::error(format!("Unreadable {what}"), detail).into()
    })
}
