//! The provider itself: what it has, and its configuration.

use super::{Server, encode, wire};
use crate::proto::tfplugin6::{
    ServerCapabilities, configure_provider, get_functions, get_metadata, get_provider_schema,
    get_resource_identity_schemas, stop_provider, validate_provider_config,
};
use crate::schema::validate::validate;
use crate::{Diagnostics, Provider, Type, plan};
use std::sync::Arc;

const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: false,
};

impl<P: Provider> Server<P> {
    pub(super) async fn get_provider_schema(
        &self,
        _: get_provider_schema::Request,
    ) -> Result<get_provider_schema::Response, Diagnostics> {
        Ok(self.schemas.get_or_init(|| self.encode_schemas()).clone())
    }

    fn encode_schemas(&self) -> get_provider_schema::Response {
        let resources = self.provider.resources().iter();
        let data_sources = self.provider.data_sources().iter();
        let actions = self.provider.actions().iter();
        let functions = self.provider.functions().iter();
        get_provider_schema::Response {
            provider: Some(encode::schema(self.provider.schema())),
            resource_schemas: resources
                .map(|resource| (resource.type_name().to_owned(), encode::schema(resource.schema())))
                .collect(),
            data_source_schemas: data_sources
                .map(|data_source| (data_source.type_name().to_owned(), encode::schema(data_source.schema())))
                .collect(),
            action_schemas: actions
                .map(|action| (action.type_name().to_owned(), encode::action_schema(action.schema())))
                .collect(),
            functions: functions
                .map(|function| (function.name().to_owned(), encode::signature(function.signature())))
                .collect(),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        }
    }

    pub(super) async fn get_metadata(&self, _: get_metadata::Request) -> Result<get_metadata::Response, Diagnostics> {
        let resources = self.provider.resources().iter();
        let data_sources = self.provider.data_sources().iter();
        let actions = self.provider.actions().iter();
        let functions = self.provider.functions().iter();
        Ok(get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: resources
                .map(|resource| get_metadata::ResourceMetadata {
                    type_name: resource.type_name().to_owned(),
                })
                .collect(),
            data_sources: data_sources
                .map(|data_source| get_metadata::DataSourceMetadata {
                    type_name: data_source.type_name().to_owned(),
                })
                .collect(),
            actions: actions
                .map(|action| get_metadata::ActionMetadata {
                    type_name: action.type_name().to_owned(),
                })
                .collect(),
            functions: functions
                .map(|function| get_metadata::FunctionMetadata {
                    name: function.name().to_owned(),
                })
                .collect(),
            ..Default::default()
        })
    }

    pub(super) async fn get_resource_identity_schemas(
        &self,
        _: get_resource_identity_schemas::Request,
    ) -> Result<get_resource_identity_schemas::Response, Diagnostics> {
        let resources = self.provider.resources().iter();
        Ok(get_resource_identity_schemas::Response {
            identity_schemas: resources
                .map(|resource| {
                    (
                        resource.type_name().to_owned(),
                        encode::identity_schema(resource.identity_schema()),
                    )
                })
                .collect(),
            diagnostics: Vec::new(),
        })
    }

    pub(super) async fn get_functions(
        &self,
        _: get_functions::Request,
    ) -> Result<get_functions::Response, Diagnostics> {
        let functions = self.provider.functions().iter();
        Ok(get_functions::Response {
            functions: functions
                .map(|function| (function.name().to_owned(), encode::signature(function.signature())))
                .collect(),
            diagnostics: Vec::new(),
        })
    }

    pub(super) async fn validate_provider_config(
        &self,
        request: validate_provider_config::Request,
    ) -> Result<validate_provider_config::Response, Diagnostics> {
        let config = wire::decode(request.config.as_ref(), self.provider_type(), "provider configuration")?;
        let mut diagnostics = validate(self.provider.schema(), &config, true);
        if !diagnostics.has_errors() {
            diagnostics.extend(self.provider.validate(&config));
        }
        Ok(validate_provider_config::Response {
            diagnostics: encode::diagnostics(diagnostics),
        })
    }

    pub(super) async fn configure_provider(
        &self,
        request: configure_provider::Request,
    ) -> Result<configure_provider::Response, Diagnostics> {
        // Whatever comes of it, the earlier configuration does not hold any more.
        self.running().configured = None;
        let stopped = self.running().stopped.clone();
        let config = wire::decode(request.config.as_ref(), self.provider_type(), "provider configuration")?;
        let config = plan::with_defaults(self.provider.schema(), &config);
        let configured = self.provider.configure(&config, &stopped)?;
        self.running().configured = Some(Arc::new(configured));
        Ok(configure_provider::Response::default())
    }

    pub(super) async fn stop_provider(
        &self,
        _: stop_provider::Request,
    ) -> Result<stop_provider::Response, Diagnostics> {
        self.running().stopped.cancel();
        Ok(stop_provider::Response::default())
    }

    fn provider_type(&self) -> &Type {
        self.provider_type.get_or_init(|| self.provider.schema().implied_type())
    }
}
