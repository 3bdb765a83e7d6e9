//! The services that go-plugin expects beside the provider itself.

use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_server::Health;
use crate::proto::health::{HealthCheckRequest, HealthCheckResponse};
use crate::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::proto::plugin::grpc_controller_server::GrpcController;
use crate::proto::plugin::grpc_stdio_server::GrpcStdio;
use crate::proto::plugin::{ConnInfo, Empty, StdioData};
use futures_util::StreamExt;
use futures_util::stream;
use tokio_util::sync::CancellationToken;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming, async_trait};

/// All of them; they last until the connection is to be closed.
#[derive(Debug, Clone)]
pub(super) struct GoPlugin {
    pub(super) hang_up: CancellationToken,
}

impl GoPlugin {
    /// A stream in which nothing is ever said.
    fn silence<T: Send + 'static>(&self) -> Response<BoxStream<T>> {
        let end = self.hang_up.clone().cancelled_owned();
        Response::new(Box::pin(stream::pending().take_until(end)))
    }
}

#[async_trait]
impl GrpcController for GoPlugin {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.hang_up.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[async_trait]
impl GrpcStdio for GoPlugin {
    /// Terraform would warn about whatever came out here; the log goes to stderr.
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(self.silence())
    }
}

#[async_trait]
impl GrpcBroker for GoPlugin {
    /// Terraform opens it at the start and has no further connection to broker.
    async fn start_stream(&self, _: Request<Streaming<ConnInfo>>) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(self.silence())
    }
}

#[async_trait]
impl Health for GoPlugin {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        match request.get_ref().service.as_str() {
            "" | "plugin" => Ok(Response::new(HealthCheckResponse {
                status: ServingStatus::Serving.into(),
            })),
            _ => Err(Status::not_found("unknown service")),
        }
    }
}
