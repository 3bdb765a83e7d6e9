//! The messages and services of the protocol, generated from the definitions in `proto/`.

#[expect(
    missing_docs,
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
/// Terraform's plugin protocol, major version 6.
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

#[expect(
    missing_docs,
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
/// What go-plugin asks of a process besides: to end, to forward its output, to broker further connections.
pub mod plugin {
    tonic::include_proto!("plugin");
}

#[expect(
    missing_docs,
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
/// The health service of gRPC.
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}

pub use tfplugin6::provider_client as client;
