//! Configurations and stored states, through the door that Terraform comes in by: a line with the name of a resource, then
//! JSON.

use crate::first_line;
use futures_util::FutureExt;
use std::sync::{Arc, LazyLock};
use terraform_provider_oceanbase::OceanBase;
use tfplugin::proto::tfplugin6::provider_server::Provider;
use tfplugin::proto::tfplugin6::{
    ClientCapabilities, DynamicValue, RawState, upgrade_resource_state, validate_resource_config,
};
use tfplugin::server::Server;
use tonic::Request;

static SERVER: LazyLock<Server<OceanBase>> = LazyLock::new(|| Server::new(Arc::new(OceanBase::default())));

/// A configuration to be validated, and a state to be lifted. A crash would be a diagnostic.
pub fn configuration(input: &[u8]) {
    let Some((name, json)) = first_line(input) else { return };
    let type_name = format!("oceanbase_{}", String::from_utf8_lossy(name));
    let json = json.to_vec();
    let validate = validate_resource_config::Request {
        type_name: type_name.clone(),
        config: Some(DynamicValue {
            json: json.clone().into(),
            ..DynamicValue::default()
        }),
        client_capabilities: Some(ClientCapabilities {
            write_only_attributes_allowed: true,
            ..ClientCapabilities::default()
        }),
    };
    let validated = SERVER.validate_resource_config(Request::new(validate)).now_or_never();
    let mut diagnostics = validated
        .expect("validating waits for nothing")
        .expect("failures are diagnostics")
        .into_inner()
        .diagnostics;
    for version in [0, 1] {
        let upgrade = upgrade_resource_state::Request {
            type_name: type_name.clone(),
            version,
            raw_state: Some(RawState {
                json: json.clone().into(),
                ..RawState::default()
            }),
        };
        let upgraded = SERVER.upgrade_resource_state(Request::new(upgrade)).now_or_never();
        diagnostics.extend(
            upgraded
                .expect("lifting waits for nothing")
                .expect("failures are diagnostics")
                .into_inner()
                .diagnostics,
        );
    }
    for diagnostic in diagnostics {
        assert_ne!(diagnostic.summary, "The provider crashed", "{}", diagnostic.detail);
    }
}
