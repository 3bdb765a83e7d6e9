//! The provider as a process, started and spoken to as Terraform does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tonic::body::Body;

const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);

/// Whether both sides prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// With certificates, as Terraform does by default.
    MutualTls,
    /// Without, as Terraform does with `TF_DISABLE_PLUGIN_TLS`.
    None,
}

/// A provider that runs until this value ends.
pub(super) struct Process {
    child: Mutex<Child>,
    socket: PathBuf,
    server_certificate: Vec<u8>,
    certificate: Option<Certificate>,
}

/// A certificate of the client, made for one process.
struct Certificate {
    der: CertificateDer<'static>,
    pem: String,
    key: Vec<u8>,
}

impl Certificate {
    fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key can be made");
        let parameters = CertificateParams::new(["localhost".to_owned()]).expect("localhost is a host name");
        let certificate = parameters.self_signed(&key).expect("a certificate can be made");
        Self {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            key: key.serialize_der(),
        }
    }
}

impl Process {
    pub(super) fn start(program: &Path, security: Security, variables: &[(&str, &str)]) -> Self {
        let certificate = (security == Security::MutualTls).then(Certificate::new);
        let mut command = command(program, certificate.as_ref());
        let mut child = command
            .envs(variables.iter().copied())
            .spawn()
            .expect("the provider runs");
        let line = first_line(&mut child);
        let fields: Vec<&str> = line.trim_end().split('|').collect();
        let (socket, server_certificate) = match fields[..] {
            ["1", "6", "unix", socket, "grpc"] => (socket, ""),
            ["1", "6", "unix", socket, "grpc", certificate] => (socket, certificate),
            _ => panic!("the provider introduces itself as {line:?}"),
        };
        Self {
            socket: socket.into(),
            server_certificate: STANDARD_NO_PAD
                .decode(server_certificate)
                .expect("Base64 without padding"),
            certificate,
            child: Mutex::new(child),
        }
    }

    pub(super) async fn connect(&self) -> Channel {
        let stream = UnixStream::connect(&self.socket).await.expect("the provider listens");
        match &self.certificate {
            None => Channel::over(stream).await,
            Some(certificate) => {
                let tls = Arc::new(self.client_config(certificate));
                let name = ServerName::try_from("localhost").expect("localhost is a host name");
                let stream = TlsConnector::from(tls).connect(name, stream).await;
                Channel::over(stream.expect("the provider accepts the certificate")).await
            }
        }
    }

    fn client_config(&self, certificate: &Certificate) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots
            .add(self.server_certificate.clone().into())
            .expect("the provider shows a certificate");
        let key = PrivatePkcs8KeyDer::from(certificate.key.clone());
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("ring can do TLS 1.3")
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![certificate.der.clone()], key.into())
            .expect("key and certificate belong together");
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }
}

impl Process {
    pub(super) fn id(&self) -> u32 {
        self.child().id()
    }

    /// Ends it without warning, as SIGKILL does.
    pub(super) fn kill(&self) {
        let mut child = self.child();
        // It may have ended already.
        let _ = child.kill();
        let _ = child.wait();
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The provider as Terraform would start it.
fn command(program: &Path, certificate: Option<&Certificate>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("TF_") || text.starts_with("OCEANBASE_") || text.starts_with("PLUGIN_") {
            command.env_remove(&name);
        }
    }
    if let Some(certificate) = certificate {
        command.env("PLUGIN_CLIENT_CERT", &certificate.pem);
    }
    command
        .env(COOKIE.0, COOKIE.1)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// How long a provider takes from its start to the line by which it introduces itself, when both sides are to prove who
/// they are.
pub fn time_to_introduction(program: &Path) -> Duration {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let mut command = command(program, Some(&Certificate::new()));
    // It is killed before it can clear its socket away.
    command.env("PLUGIN_UNIX_SOCKET_DIR", directory.path());
    let started = Instant::now();
    let mut child = command.spawn().expect("the provider runs");
    let line = first_line(&mut child);
    let elapsed = started.elapsed();
    assert!(line.starts_with("1|6|"), "the provider introduces itself as {line:?}");
    child.kill().expect("it waits to be connected to");
    child.wait().expect("it was started here");
    elapsed
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("stdout is a pipe");
    // Only one line is expected: nothing is lost in the buffer.
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("the provider introduces itself");
    line
}

/// An HTTP/2 connection to the provider.
#[derive(Clone)]
pub(super) struct Channel(SendRequest<Body>);

impl Channel {
    async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("the provider speaks HTTP/2");
        // Its end is seen by the next call.
        tokio::spawn(async { drop(connection.await) });
        Self(sender)
    }
}

/// What requests are addressed to.
pub(super) fn origin() -> Uri {
    Uri::from_static("http://localhost")
}

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
