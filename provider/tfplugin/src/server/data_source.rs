//! Data sources.

use super::{Server, encode, wire};
use crate::proto::tfplugin6::{read_data_source, validate_data_resource_config};
use crate::schema::validate::validate;
use crate::{Diagnostic, Diagnostics, Provider, check, plan};

impl<P: Provider> Server<P> {
    pub(super) async fn validate_data_resource_config(
        &self,
        request: validate_data_resource_config::Request,
    ) -> Result<validate_data_resource_config::Response, Diagnostics> {
        let (data_source, kind) = self.data_source(&request.type_name)?;
        let config = wire::decode(request.config.as_ref(), kind, "configuration")?;
        let mut diagnostics = validate(data_source.schema(), &config, true);
        if !diagnostics.has_errors() && config.is_wholly_known() {
            diagnostics.extend(data_source.validate(&config));
        }
        Ok(validate_data_resource_config::Response {
            diagnostics: encode::diagnostics(diagnostics),
        })
    }

    pub(super) async fn read_data_source(
        &self,
        request: read_data_source::Request,
    ) -> Result<read_data_source::Response, Diagnostics> {
        let (data_source, kind) = self.data_source(&request.type_name)?;
        let config = wire::decode(request.config.as_ref(), kind, "configuration")?;
        let session = self.session()?;
        let config = plan::with_defaults(data_source.schema(), &config);
        let (state, mut diagnostics) = data_source.read(session.call(), config).await;
        if state.is_none() && !diagnostics.has_errors() {
            let detail = format!(
                "{} gave neither a value nor an error. This is a bug.",
                request.type_name
            );
            diagnostics.push(Diagnostic::error("The provider read nothing", detail));
        }
        let state = state.filter(|_| !diagnostics.has_errors());
        if let Some(state) = &state {
            diagnostics.extend(check::state(data_source.schema(), state));
        }
        let state = state
            .map(|state| wire::encode(&state, kind, "data source"))
            .transpose()?;
        Ok(read_data_source::Response {
            state,
            diagnostics: encode::diagnostics(diagnostics),
            deferred: None,
        })
    }
}
