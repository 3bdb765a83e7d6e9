//! Mutual TLS in the manner of go-plugin: each side makes a certificate for this one connection and tells the other
//! about it beforehand, the client in the environment, the server in the handshake line.

use p521::ecdsa::signature::Verifier;
use p521::ecdsa::{DerSignature, VerifyingKey};
use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivatePkcs8KeyDer, SignatureVerificationAlgorithm,
    UnixTime, alg_id,
};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, PeerMisbehaved, ServerConfig,
    SignatureScheme,
};
use std::sync::Arc;

/// The name that Terraform expects in the certificate.
const SERVER_NAME: &str = "localhost";

/// Why there can be no TLS.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("PLUGIN_CLIENT_CERT does not hold a certificate")]
    ClientCertificate(#[source] rustls::pki_types::pem::Error),
    #[error("cannot make a certificate")]
    OwnCertificate(#[from] rcgen::Error),
    #[error("cannot set up TLS")]
    Setup(#[from] Error),
}

/// How to serve, and as whom.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) config: Arc<ServerConfig>,
    pub(super) certificate: CertificateDer<'static>,
}

impl Identity {
    /// Makes a certificate, and a configuration that lets in the bearer of `client_certificate` (PEM) alone.
    pub(super) fn for_client(client_certificate: &str) -> Result<Self, TlsError> {
        let client =
            CertificateDer::from_pem_slice(client_certificate.as_bytes()).map_err(TlsError::ClientCertificate)?;
        // P-256: made in a tenth of a millisecond, and the one that Go verifies fastest.
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new([SERVER_NAME.to_owned()])?.self_signed(&key)?;
        let certificate = certificate.der().clone();
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(Arc::new(PinnedClient { client, provider }))
            .with_single_cert(
                vec![certificate.clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )?;
        // Newer clients refuse a server that does not name HTTP/2.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // Nobody connects twice.
        config.send_tls13_tickets = 0;
        Ok(Self {
            config: Arc::new(config),
            certificate,
        })
    }
}

/// Lets in the bearer of one certificate.
///
/// The certificate calls itself an authority, which the usual verifier refuses for a client; there is no chain to
/// follow anyway.
#[derive(Debug)]
struct PinnedClient {
    client: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *certificate == self.client {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::ServerDoesNotSupportTls12Or13.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = match signature.scheme {
            SignatureScheme::ECDSA_NISTP521_SHA512 => &P521_ALGORITHMS,
            SignatureScheme::ECDSA_NISTP384_SHA384 | SignatureScheme::ECDSA_NISTP256_SHA256 => {
                &self.provider.signature_verification_algorithms
            }
            _ => return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into()),
        };
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP256_SHA256,
        ]
    }
}

static P521_ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&P521],
    mapping: &[(SignatureScheme::ECDSA_NISTP521_SHA512, &[&P521])],
};

/// ECDSA over P-521 with SHA-512: what Terraform and OpenTofu sign with, and ring does not know.
#[derive(Debug)]
struct P521;

impl SignatureVerificationAlgorithm for P521 {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = DerSignature::from_bytes(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p521::ecdsa::SigningKey;
    use p521::ecdsa::signature::Signer;

    #[test]
    fn terraforms_kind_of_signature_is_verified() {
        let key = SigningKey::from_slice(&[1; 66]).unwrap();
        let public = key.verifying_key().to_sec1_point(false);
        let signature: DerSignature = key.sign(b"transcript");
        let verify = |message: &[u8]| P521.verify_signature(public.as_bytes(), message, signature.as_bytes());
        assert!(verify(b"transcript").is_ok());
        assert!(verify(b"another transcript").is_err());
    }

    #[test]
    fn what_is_not_a_key_or_a_signature_is_refused() {
        assert!(P521.verify_signature(b"key", b"message", b"signature").is_err());
    }

    #[test]
    fn a_damaged_client_certificate_is_said_to_be_one() {
        let error = Identity::for_client("-----BEGIN").unwrap_err();
        assert_eq!(error.to_string(), "PLUGIN_CLIENT_CERT does not hold a certificate");
    }
}
