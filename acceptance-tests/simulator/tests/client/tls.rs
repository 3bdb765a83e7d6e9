//! Encryption: offered, demanded, and not there.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails its test")]

use std::io::Write;

use mysql_async::{OptsBuilder, SslOpts};
use oceanbase_simulator::cluster::Profile;
use oceanbase_simulator::server::{self, Logins, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::support::{Fixture, ask};

/// A cluster with TLS, and the authority that signed its certificate for 127.0.0.1.
fn fixture(required: bool) -> (Fixture, tempfile::NamedTempFile) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let tls = Tls::new(certificate.pem().as_bytes(), key.serialize_pem().as_bytes(), required);
    let options = server::Options {
        tls: Some(tls.unwrap()),
        ..server::Options::default()
    };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(authority.pem().as_bytes()).unwrap();
    (Fixture::with(Profile::Ce4210, options), file)
}

fn encrypted(options: OptsBuilder, authority: &tempfile::NamedTempFile) -> OptsBuilder {
    let roots = vec![authority.path().to_owned().into()];
    let tls = SslOpts::default().with_disable_built_in_roots(true);
    options.ssl_opts(tls.with_root_certs(roots))
}

#[tokio::test]
async fn who_asks_for_tls_gets_it_and_the_others_log_in_plainly() {
    let (fixture, authority) = fixture(false);
    let login = encrypted(fixture.login("root@mysql_tenant"), &authority).pass(Some("s3cret"));
    let mut connection = fixture.connect(login).await.unwrap();
    assert_eq!(ask(&mut connection, "SELECT 1 one").await, "one | 1");
    fixture.sys().await;
    let wrong = encrypted(fixture.login("root@mysql_tenant"), &authority);
    let error = fixture.connect(wrong).await.unwrap_err();
    assert!(error.starts_with("ERROR 1045"), "{error}");
    let logins = Logins {
        accepted: 2,
        refused: 1,
        encrypted: 1,
    };
    assert_eq!(fixture.server.logins(), logins);
}

#[tokio::test]
async fn where_tls_is_required_plain_logins_are_refused() {
    let (fixture, authority) = fixture(true);
    let error = fixture.connect(fixture.login("root@sys")).await.unwrap_err();
    assert!(error.starts_with("ERROR 1045"), "{error}");
    let login = encrypted(fixture.login("root@sys"), &authority);
    let mut connection = fixture.connect(login).await.unwrap();
    let long = "x".repeat(100_000);
    let answer = ask(&mut connection, &format!("SELECT LENGTH('{long}') l")).await;
    assert_eq!(answer, "l | 100000", "packets larger than a record of TLS");
}

#[tokio::test]
async fn without_a_certificate_nobody_gets_tls() {
    let (_, authority) = fixture(true);
    let fixture = Fixture::new();
    let login = encrypted(fixture.login("root@sys"), &authority);
    let error = fixture.connect(login).await.unwrap_err();
    assert!(error.contains("NoClientSslFlagFromServer"), "{error}");
}

#[test]
fn what_is_no_certificate_is_refused_at_the_start() {
    assert!(Tls::new(b"", b"", false).is_err());
    let key = KeyPair::generate().unwrap().serialize_pem();
    assert!(Tls::new(b"", key.as_bytes(), false).is_err());
}
