//! One connection: HTTP/2, and which service a request is for.

use super::go_plugin::GoPlugin;
use super::listener::Stream;
use crate::proto::health::health_server::{self, HealthServer};
use crate::proto::plugin::grpc_broker_server::{self, GrpcBrokerServer};
use crate::proto::plugin::grpc_controller_server::{self, GrpcControllerServer};
use crate::proto::plugin::grpc_stdio_server::{self, GrpcStdioServer};
use crate::proto::tfplugin6::provider_server::{self, ProviderServer};
use crate::server::AnyServer;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};

/// As large as the messages of other providers may be.
const LARGEST_MESSAGE: usize = 256 << 20;

/// Room for a large state in flight, so that no call waits for another's window.
const STREAM_WINDOW: u32 = 2 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;

/// How long answers may still be on their way after a shutdown. A call that goes on is not one of them: whoever asks to
/// shut down has stopped waiting for it.
const LAST_ANSWERS: Duration = Duration::from_millis(100);

/// Serves until either side hangs up: the client by closing, or the server after it was asked to shut down.
pub(super) async fn serve(stream: Box<dyn Stream>, provider: AnyServer) -> hyper::Result<()> {
    let hang_up = CancellationToken::new();
    let services = Services::new(
        provider,
        GoPlugin {
            hang_up: hang_up.clone(),
        },
    );
    let connection = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(None)
        .serve_connection(
            TokioIo::new(OneByOne(stream)),
            service_fn(move |request| services.route(request)),
        );
    let mut connection = pin!(connection);
    tokio::select! {
        result = &mut connection => return result,
        () = hang_up.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::time::timeout(LAST_ANSWERS, connection).await.unwrap_or(Ok(()))
}

/// A stream that does not take several buffers at once. Where one does, HTTP/2 hands over each answer of more than 256 bytes
/// by itself, which costs a TLS record, a system call and a wake-up of the other side; otherwise it gathers the answers to
/// several calls, up to 1,024 bytes each, in a buffer of its own.
struct OneByOne<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for OneByOne<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for OneByOne<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

struct Services {
    provider: ProviderServer<AnyServer>,
    controller: GrpcControllerServer<GoPlugin>,
    stdio: GrpcStdioServer<GoPlugin>,
    broker: GrpcBrokerServer<GoPlugin>,
    health: HealthServer<GoPlugin>,
}

impl Services {
    fn new(provider: AnyServer, go_plugin: GoPlugin) -> Self {
        Self {
            provider: ProviderServer::new(provider)
                .max_decoding_message_size(LARGEST_MESSAGE)
                .max_encoding_message_size(LARGEST_MESSAGE),
            controller: GrpcControllerServer::new(go_plugin.clone()),
            stdio: GrpcStdioServer::new(go_plugin.clone()),
            broker: GrpcBrokerServer::new(go_plugin.clone()),
            health: HealthServer::new(go_plugin),
        }
    }

    /// Hands a request to the service that its path `/service/method` names.
    fn route(&self, request: Request<Incoming>) -> BoxFuture<Response<Body>, Infallible> {
        match request.uri().path().split('/').nth(1).unwrap_or_default() {
            provider_server::SERVICE_NAME => self.provider.clone().call(request),
            grpc_controller_server::SERVICE_NAME => self.controller.clone().call(request),
            grpc_stdio_server::SERVICE_NAME => self.stdio.clone().call(request),
            grpc_broker_server::SERVICE_NAME => self.broker.clone().call(request),
            health_server::SERVICE_NAME => self.health.clone().call(request),
            _ => Box::pin(async { Ok(Status::unimplemented("unknown service").into_http()) }),
        }
    }
}
