use super::{
    server::{Answer, Server},
    *,
};
use crate::cluster::settings::{Tls, TlsMode};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::io::Write as _;
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server whose certificate the authority signed for one name.
async fn server(authority: &Authority, name: &str) -> Server {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = builder
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    Server::start_with(Answer::Done, Some(TlsAcceptor::from(Arc::new(config))), healthy).await
}

async fn connects(server: &Server, mode: TlsMode, trusted: Option<&Authority>) -> bool {
    let ca_file = trusted.map(|authority| {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(authority.pem().as_bytes()).unwrap();
        file
    });
    let path = ca_file.as_ref().map(|file| file.path().to_owned());
    let tls = Tls {
        mode,
        ca_file: path,
        ..Default::default()
    };
    cluster(Settings {
        tls,
        ..settings(server)
    })
    .snapshot(Freshness::Any)
    .await
    .is_ok()
}

#[tokio::test]
async fn encryption_goes_as_far_as_the_mode_says() {
    let (ours, theirs) = (authority(), authority());
    let right_name = server(&ours, "127.0.0.1").await;
    let other_name = server(&ours, "*.db.internal").await;
    for (mode, server, trusted, expected) in [
        (TlsMode::Preferred, &other_name, None, true),
        (TlsMode::Required, &other_name, None, true),
        (TlsMode::VerifyCa, &right_name, Some(&ours), true),
        (TlsMode::VerifyCa, &other_name, Some(&ours), true),
        (TlsMode::VerifyCa, &other_name, Some(&theirs), false),
        (TlsMode::VerifyCa, &right_name, None, false),
        (TlsMode::VerifyIdentity, &right_name, Some(&ours), true),
        (TlsMode::VerifyIdentity, &other_name, Some(&ours), false),
        (TlsMode::VerifyIdentity, &right_name, Some(&theirs), false),
    ] {
        assert_eq!(
            connects(server, mode, trusted).await,
            expected,
            "{mode:?}, {}",
            server.endpoint
        );
    }
}
