//! What Terraform says in the environment when it starts the process, and the one line that it waits for.

use super::listener::Address;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::ops::RangeInclusive;
use std::path::PathBuf;

const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The version of go-plugin's own protocol.
const CORE_PROTOCOL: u32 = 1;

/// The major version of Terraform's plugin protocol. `PLUGIN_PROTOCOL_VERSIONS` need not be looked at: there is only
/// this one to offer, and a Terraform without it says so itself.
pub(super) const PROTOCOL: u32 = 6;

/// What Terraform asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Launch {
    /// The certificate that the client will show, in PEM; none when mutual TLS is turned off.
    pub(super) client_certificate: Option<String>,
    /// Where the socket should be, when the system's temporary directory will not do.
    pub(super) socket_directory: Option<PathBuf>,
    /// The ports to choose from where there are no unix sockets.
    pub(super) ports: RangeInclusive<u16>,
    /// Whether the client reads the field of the line that is about multiplexing.
    pub(super) knows_multiplexing: bool,
}

impl Launch {
    /// Reads the environment; `None` when it was not Terraform that started the process.
    pub(super) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if set(COOKIE_NAME)? != COOKIE {
            return None;
        }
        let port = |name: &str| set(name).and_then(|text| text.parse().ok());
        Some(Self {
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            socket_directory: set("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            ports: port("PLUGIN_MIN_PORT").unwrap_or(10_000)..=port("PLUGIN_MAX_PORT").unwrap_or(25_000),
            knows_multiplexing: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }

    /// The line that tells Terraform where to connect, and whom to expect there (a certificate in DER).
    pub(super) fn answer(&self, address: &Address, certificate: Option<&[u8]>) -> String {
        let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
        let network = address.network();
        let mut line = format!("{CORE_PROTOCOL}|{PROTOCOL}|{network}|{address}|grpc|{certificate}");
        if self.knows_multiplexing {
            // Older clients would take a seventh field for a part of the certificate.
            line.push_str("|false");
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(variables: &[(&str, &str)]) -> Option<Launch> {
        Launch::from_environment(|name| {
            let cookie = (COOKIE_NAME, COOKIE);
            let found = variables.iter().chain([&cookie]).find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn socket() -> Address {
        Address::Unix(PathBuf::from("/tmp/p/socket"))
    }

    #[test]
    fn without_the_cookie_it_was_not_terraform() {
        assert_eq!(Launch::from_environment(|_| None), None);
        assert_eq!(launch(&[(COOKIE_NAME, "another")]), None);
        assert!(launch(&[]).is_some());
    }

    #[test]
    fn an_empty_client_certificate_means_no_tls() {
        assert_eq!(launch(&[("PLUGIN_CLIENT_CERT", "")]).unwrap().client_certificate, None);
    }

    #[test]
    fn the_ports_are_terraforms() {
        let launch = launch(&[("PLUGIN_MIN_PORT", "20000"), ("PLUGIN_MAX_PORT", "20010")]).unwrap();
        assert_eq!(launch.ports, 20_000..=20_010);
    }

    #[test]
    fn the_certificate_is_base64_without_padding() {
        let line = launch(&[]).unwrap().answer(&socket(), Some(b"four"));
        assert_eq!(line, "1|6|unix|/tmp/p/socket|grpc|Zm91cg");
    }

    #[test]
    fn without_tls_the_last_field_is_empty() {
        assert_eq!(
            launch(&[]).unwrap().answer(&socket(), None),
            "1|6|unix|/tmp/p/socket|grpc|"
        );
    }

    #[test]
    fn multiplexing_is_declined_when_asked_for() {
        let line = launch(&[("PLUGIN_MULTIPLEX_GRPC", "true")])
            .unwrap()
            .answer(&socket(), None);
        assert_eq!(line, "1|6|unix|/tmp/p/socket|grpc||false");
    }
}
