//! A client of the bare protocol, as go-plugin is one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll};
use tfplugin::proto::plugin::grpc_controller_client::GrpcControllerClient;
use tfplugin::proto::tfplugin6::provider_client::ProviderClient;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::body::Body;

pub(crate) const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);

/// The command that runs the sample provider.
pub(crate) fn sample() -> Command {
    let mut command = Command::new(sample_path());
    for variable in ["TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_SAMPLE"] {
        command.env_remove(variable);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Cargo builds the examples before it runs all the tests of a package; not when one is picked with `--test`.
pub(crate) fn sample_path() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join("examples/sample");
    assert!(
        path.exists(),
        "build it first: cargo build --package tfplugin --examples"
    );
    path
}

/// A client certificate with its key.
pub(crate) struct Certificate {
    der: CertificateDer<'static>,
    pem: String,
    key: Vec<u8>,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        Self {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            key: key.serialize_der(),
        }
    }

    /// This certificate in the hands of somebody who has another key only.
    pub(crate) fn with_key_of(&self, other: &Self) -> Self {
        Self {
            der: self.der.clone(),
            pem: self.pem.clone(),
            key: other.key.clone(),
        }
    }

    /// As it is shown in the handshake, whether the key fits or not.
    fn shown(&self) -> Arc<SingleCertAndKey> {
        let key = PrivatePkcs8KeyDer::from(self.key.clone()).into();
        let key = rustls::crypto::ring::sign::any_ecdsa_type(&key).unwrap();
        Arc::new(CertifiedKey::new(vec![self.der.clone()], key).into())
    }
}

/// A provider that runs.
pub(crate) struct Process {
    child: Child,
    pub(crate) socket: PathBuf,
    server: Vec<u8>,
    certificate: Certificate,
}

impl Process {
    /// Starts the sample provider as Terraform does.
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(crate) fn start_with(change: impl FnOnce(&mut Command)) -> Self {
        let certificate = Certificate::new();
        let mut command = sample();
        command
            .env(COOKIE.0, COOKIE.1)
            .env("PLUGIN_CLIENT_CERT", &certificate.pem);
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let line = first_line(&mut child);
        let fields: Vec<&str> = line.trim_end().split('|').collect();
        let ["1", "6", "unix", socket, "grpc", server] = fields[..] else {
            panic!("{line:?}")
        };
        let server = STANDARD_NO_PAD.decode(server).unwrap();
        Self {
            socket: socket.into(),
            server,
            certificate,
            child,
        }
    }

    /// The certificate of the client that started it.
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Connects as the client that started it.
    pub(crate) async fn connect(&self) -> Connection {
        let tls = self.tls(Some(&self.certificate));
        Connection::new(self.secure(tls).await.unwrap()).await.unwrap()
    }

    /// Tries to connect with another certificate, or none.
    pub(crate) async fn try_to_connect(&self, certificate: Option<&Certificate>) -> Result<(), Box<dyn Error>> {
        let mut connection = Connection::new(self.secure(self.tls(certificate)).await?).await?;
        connection
            .provider()
            .get_metadata(tfplugin::proto::tfplugin6::get_metadata::Request {})
            .await?;
        Ok(())
    }

    /// The protocol that both sides agree on while they shake hands.
    pub(crate) async fn negotiated(&self) -> Option<Vec<u8>> {
        let stream = self.secure(self.tls(Some(&self.certificate))).await.unwrap();
        stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec)
    }

    async fn secure(&self, tls: ClientConfig) -> std::io::Result<TlsStream<UnixStream>> {
        let stream = UnixStream::connect(&self.socket).await?;
        TlsConnector::from(Arc::new(tls))
            .connect(ServerName::try_from("localhost").unwrap(), stream)
            .await
    }

    fn tls(&self, certificate: Option<&Certificate>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.server.clone().into()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match certificate {
            Some(certificate) => config.with_client_cert_resolver(certificate.shown()),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    /// Waits for the end, and gives what it wrote to stderr.
    pub(crate) async fn end(mut self) -> (ExitStatus, String) {
        let wait = move || {
            let mut stderr = String::new();
            self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            (self.child.wait().unwrap(), stderr)
        };
        // The connection goes on meanwhile.
        tokio::task::spawn_blocking(wait).await.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    // Only one line is expected: nothing is lost in the buffer.
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    line
}

/// An HTTP/2 connection, which a client of each service can be made of.
pub(crate) struct Connection {
    channel: Channel,
    driver: JoinHandle<()>,
}

impl Connection {
    pub(crate) async fn new(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> hyper::Result<Self> {
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        let driver = tokio::spawn(async { drop(connection.await) });
        Ok(Self {
            channel: Channel(sender),
            driver,
        })
    }

    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    pub(crate) fn provider(&mut self) -> ProviderClient<Channel> {
        ProviderClient::with_origin(self.channel(), origin())
    }

    pub(crate) async fn shutdown(&mut self) {
        let mut controller = GrpcControllerClient::with_origin(self.channel(), origin());
        controller.shutdown(tfplugin::proto::plugin::Empty {}).await.unwrap();
    }

    /// Hangs up without a goodbye.
    pub(crate) fn hang_up(self) {
        self.driver.abort();
    }
}

pub(crate) fn origin() -> http::Uri {
    http::Uri::from_static("http://localhost")
}

#[derive(Clone)]
pub(crate) struct Channel(SendRequest<Body>);

impl tower::Service<Request<Body>> for Channel {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = futures_util::future::BoxFuture<'static, hyper::Result<Response<Incoming>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<hyper::Result<()>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}
