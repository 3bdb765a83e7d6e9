//! Encryption: what a server has to show, and how much it demands.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// The server's side of TLS.
pub struct Tls {
    acceptor: TlsAcceptor,
    required: bool,
}

impl Tls {
    /// From a certificate, with those that lead to its authority, and its private key, all in PEM. When TLS is required,
    /// plain logins are refused like a wrong password, as for users that were created with REQUIRE SSL.
    pub fn new(certificates: &[u8], key: &[u8], required: bool) -> io::Result<Self> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let key = PrivateKeyDer::from_pem_slice(key).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                let chain = chain.map_err(|error| rustls::Error::General(error.to_string()))?;
                builder.with_no_client_auth().with_single_cert(chain, key)
            })
            .map_err(io::Error::other)?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            required,
        })
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    pub(super) fn is_required(&self) -> bool {
        self.required
    }
}
