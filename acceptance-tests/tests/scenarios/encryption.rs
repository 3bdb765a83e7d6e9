//! TLS, from nothing to the certificate's last detail: what is demanded holds, and what does not hold is said at plan.

use crate::{messages, protected};
use acceptance_tests::{Cluster, Terraform};
use expect_test::expect;
use oceanbase_simulator::cluster::Profile;
use oceanbase_simulator::server::Tls;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use serde_json::{Value as Json, json};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// What a server shows.
enum Certificate {
    For(&'static [&'static str]),
    Expired,
    OfTheAuthorityItself,
}

impl Certificate {
    /// As two PEM texts: certificate, key.
    fn signed_by(&self, authority: &Authority) -> [String; 2] {
        let names = match self {
            Self::For(names) => *names,
            Self::Expired => &["127.0.0.1"],
            Self::OfTheAuthorityItself => return [authority.pem(), authority.key().serialize_pem()],
        };
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        if matches!(self, Self::Expired) {
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        [params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem()]
    }
}

/// A cluster with TLS, and a Terraform beside the authority's certificate.
struct Place {
    cluster: Cluster,
    terraform: Terraform,
}

impl Place {
    fn with(certificate: &Certificate, required: bool) -> Self {
        let authority = authority("ours");
        let [certificate, key] = certificate.signed_by(&authority);
        let tls = Tls::new(certificate.as_bytes(), key.as_bytes(), required).unwrap();
        let place = Self::of(Cluster::start_with(Profile::Ce4410, |_, listening| {
            listening.tls = Some(tls);
        }));
        place.terraform.write("ours.pem", &authority.pem());
        place.terraform.write("theirs.pem", &self::authority("theirs").pem());
        place
    }

    fn without_tls() -> Self {
        let place = Self::of(Cluster::start(Profile::Ce4410));
        place.terraform.write("ours.pem", &authority("ours").pem());
        place
    }

    fn of(cluster: Cluster) -> Self {
        Self {
            cluster,
            terraform: Terraform::new(),
        }
    }

    fn configure(&self, tls: Json) {
        let mut provider = self.cluster.provider_block();
        provider["tls"] = tls;
        provider["connect_timeout"] = json!("60s");
        self.terraform.configure(&provider, &protected("mysql_tenant"));
    }

    /// A plan of something new, which has to work, and whether every login was encrypted.
    #[track_caller]
    fn plans_encrypted(&self, tls: Json) -> bool {
        self.configure(tls);
        let before = self.cluster.logins();
        let plan = self.terraform.plan();
        plan.assert_counts(2, 0, 0);
        assert!(!plan.text.contains("Planned without looking"), "{}", plan.text);
        let logins = self.cluster.logins();
        let [accepted, encrypted] = [logins.accepted - before.accepted, logins.encrypted - before.encrypted];
        assert!(accepted > 0, "nobody logged in");
        assert!([0, accepted].contains(&encrypted), "{encrypted} of {accepted}");
        encrypted > 0
    }

    /// What a plan of something new complains of. Nobody gets as far as a login.
    #[track_caller]
    fn complains(&self, tls: Json) -> String {
        self.configure(tls);
        let complaint = self.terraform.fail(&["plan", "-no-color"]);
        let logins = self.cluster.logins();
        assert_eq!((logins.accepted, logins.refused), (0, 0), "{complaint}");
        assert_eq!(complaint.matches("Error: ").count(), 1, "{complaint}");
        complaint
    }

    #[track_caller]
    fn is_not_secure_enough(&self, tls: Json, because: &str) {
        let complaint = self.complains(tls);
        let title = "Error: No connection is as secure as `tls` demands";
        assert!(complaint.contains(title), "{complaint}");
        assert!(complaint.contains(&self.cluster.endpoint()), "{complaint}");
        assert!(complaint.contains(because), "{complaint}");
        assert!(complaint.contains("Neither user nor password was sent."), "{complaint}");
    }
}

#[test]
fn each_mode_demands_what_it_says_and_no_more() {
    let place = Place::with(&Certificate::For(&["127.0.0.1"]), false);
    assert!(!place.plans_encrypted(json!({ "mode": "disabled" })));
    for tls in [
        Json::Null,
        json!({ "mode": "preferred" }),
        json!({ "mode": "required" }),
        json!({ "mode": "verify_ca", "ca_file": "ours.pem" }),
        json!({ "mode": "verify_identity", "ca_file": "ours.pem" }),
    ] {
        assert!(place.plans_encrypted(tls.clone()), "{tls}");
    }
    place.configure(json!({ "mode": "verify_identity", "ca_file": "ours.pem" }));
    place.terraform.apply();
    place.terraform.assert_settled();
}

#[test]
fn a_certificate_for_another_host_is_enough_unless_the_identity_is_verified() {
    for names in [&["*.example.com"], &["10.9.8.7"]] {
        let place = Place::with(&Certificate::For(names), false);
        place.is_not_secure_enough(
            json!({ "mode": "verify_identity", "ca_file": "ours.pem" }),
            "The server's certificate is for another host.",
        );
        assert!(place.plans_encrypted(json!({ "mode": "required" })));
        assert!(place.plans_encrypted(json!({ "mode": "verify_ca", "ca_file": "ours.pem" })));
    }
}

#[test]
fn a_certificate_without_a_host_cannot_be_verified() {
    let place = Place::with(&Certificate::For(&[]), false);
    for mode in ["verify_ca", "verify_identity"] {
        let tls = json!({ "mode": mode, "ca_file": "ours.pem" });
        place.is_not_secure_enough(tls, "it lacks a subjectAltName");
    }
    assert!(place.plans_encrypted(json!({ "mode": "required" })));
}

#[test]
fn a_certificate_that_expired_is_refused_where_it_is_verified() {
    let place = Place::with(&Certificate::Expired, false);
    for mode in ["verify_ca", "verify_identity"] {
        let tls = json!({ "mode": mode, "ca_file": "ours.pem" });
        place.is_not_secure_enough(tls, "has expired, or is not valid yet. Renew it");
    }
    assert!(place.plans_encrypted(json!({ "mode": "required" })));
}

#[test]
fn a_certificate_of_somebody_else_is_refused_where_it_is_verified() {
    let place = Place::with(&Certificate::For(&["127.0.0.1"]), false);
    for mode in ["verify_ca", "verify_identity"] {
        for tls in [
            json!({ "mode": mode }),
            json!({ "mode": mode, "ca_file": "theirs.pem" }),
        ] {
            place.is_not_secure_enough(tls, "Set `tls.ca_file` to a PEM file");
        }
    }
}

#[test]
fn the_certificate_of_the_authority_itself_is_explained() {
    let place = Place::with(&Certificate::OfTheAuthorityItself, false);
    let tls = json!({ "mode": "verify_ca", "ca_file": "ours.pem" });
    place.is_not_secure_enough(tls, "as `openssl req -x509` makes them");
}

#[test]
fn without_tls_at_the_server_nothing_is_sent_in_plain_text_that_should_not_be() {
    let place = Place::without_tls();
    for mode in ["required", "verify_ca", "verify_identity"] {
        let tls = json!({ "mode": mode, "ca_file": "ours.pem" });
        place.is_not_secure_enough(tls, "The server offers no TLS");
    }
    for mode in ["disabled", "preferred"] {
        assert!(!place.plans_encrypted(json!({ "mode": mode })));
    }
}

#[test]
fn an_account_that_demands_tls_is_told_apart_from_a_wrong_password() {
    let place = Place::with(&Certificate::For(&["127.0.0.1"]), true);
    assert!(place.plans_encrypted(json!({ "mode": "preferred" })));
    place.configure(json!({ "mode": "disabled" }));
    let complaint = place.terraform.fail(&["plan", "-no-color"]);
    assert!(complaint.contains("Error: The login was refused"), "{complaint}");
    assert!(
        complaint.contains("the account may be used with TLS only, and `tls.mode` is `disabled`"),
        "{complaint}"
    );
}

#[test]
fn files_that_are_not_what_they_should_be_are_named() {
    let place = Place::with(&Certificate::For(&["127.0.0.1"]), false);
    place.terraform.write("empty.pem", "");
    place.terraform.write("note.txt", "planted-words");
    let pair = |certificate: &str, key: &str| json!({ "mode": "required", "cert_file": certificate, "key_file": key });
    for (tls, complaint) in [
        (
            json!({ "mode": "verify_ca", "ca_file": "missing.pem" }),
            "tls.ca_file: `missing.pem` cannot be read",
        ),
        (
            json!({ "mode": "verify_ca", "ca_file": "empty.pem" }),
            "tls.ca_file: `empty.pem` holds no certificate in PEM",
        ),
        (
            json!({ "mode": "verify_identity", "ca_file": "note.txt" }),
            "tls.ca_file: `note.txt` holds no certificate in PEM",
        ),
        (
            pair("note.txt", "note.txt"),
            "tls.cert_file: `note.txt` holds no certificate in PEM",
        ),
        (
            pair("ours.pem", "note.txt"),
            "tls.key_file: `note.txt` holds no private key in PEM",
        ),
    ] {
        let said = place.complains(tls);
        assert!(said.contains(complaint), "{said}");
        assert!(!said.contains("planted-words"), "{said}");
    }
}

#[test]
fn what_is_said_of_a_certificate_for_another_host() {
    let place = Place::with(&Certificate::For(&["db-1.example.com", "db-2.example.com"]), false);
    let mut provider = place.cluster.provider_block();
    provider["tls"] = json!({ "mode": "verify_identity", "ca_file": "ours.pem" });
    place.terraform.configure(&provider, &json!({}));
    place
        .terraform
        .write("cluster.tf", "data \"oceanbase_cluster\" \"shop\" {}\n");
    let said = place.terraform.run(&["plan", "-no-color"]).stderr;
    messages::check(
        &said.replace(&place.cluster.endpoint(), "HOST:PORT"),
        expect![[r#"
        Error: No connection is as secure as `tls` demands

          with data.oceanbase_cluster.shop,
          on cluster.tf line 1, in data "oceanbase_cluster" "shop":
           1: data "oceanbase_cluster" "shop" {}

        No endpoint can be logged in to:

          HOST:PORT: invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("db-1.example.com") or DnsName("db-2.example.com")

        The server's certificate is for another host. Use a name in `endpoints` that
        is in the certificate, have one issued with this host in its subjectAltName,
        or set `tls.mode` to `verify_ca` if it is enough to know who signed it.
        Neither user nor password was sent.
    "#]],
    );
}
