//! Connecting and logging in, as securely as the settings demand.

use super::{
    super::{
        error::{Error, TlsObstacle},
        settings::{Endpoint, Tls, TlsMode},
    },
    Login,
};
use mysql_async::{ClientIdentity, Conn, DriverError, OptsBuilder, SslOpts};
use rustls::{
    CertificateError,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{io, path::Path, time::Duration};

/// The driver asks the server for these two at login unless it is told. No statement comes near the first; the second
/// matters to the driver's own pool only, which is not used.
const MAX_ALLOWED_PACKET: usize = 16 << 20;
const WAIT_TIMEOUT_SECONDS: usize = 28_800;

/// Statements may be silent for minutes, longer than some firewalls remember a connection.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The settings of encryption, their files read.
pub(super) struct Encryption {
    mode: TlsMode,
    authorities: Option<Vec<u8>>,
    identity: Option<ClientIdentity>,
}

impl Encryption {
    /// Reads what the settings name, so that a file that is not as it should be is told by its name.
    pub(super) fn from_settings(tls: &Tls) -> Result<Self, Error> {
        let mut encryption = Self {
            mode: tls.mode,
            authorities: None,
            identity: None,
        };
        if tls.mode == TlsMode::Disabled {
            return Ok(encryption);
        }
        if let Some(path) = &tls.ca_file {
            encryption.authorities = Some(read("tls.ca_file", path, has_certificates)?);
        }
        if let (Some(certificates), Some(key)) = (&tls.cert_file, &tls.key_file) {
            let certificates = read("tls.cert_file", certificates, has_certificates)?;
            let key = read("tls.key_file", key, has_private_key)?;
            encryption.identity = Some(ClientIdentity::new(certificates.into(), key.into()));
        }
        Ok(encryption)
    }

    fn unverified(&self) -> SslOpts {
        self.identified().with_danger_accept_invalid_certs(true)
    }

    fn verified(&self) -> SslOpts {
        match &self.authorities {
            Some(authorities) => self
                .identified()
                .with_root_certs(vec![authorities.clone().into()])
                .with_disable_built_in_roots(true),
            None => self.identified(),
        }
    }

    fn identified(&self) -> SslOpts {
        SslOpts::default().with_client_identity(self.identity.clone())
    }
}

fn read(
    setting: &'static str,
    path: &Path,
    is_usable: fn(&[u8]) -> Result<(), &'static str>,
) -> Result<Vec<u8>, Error> {
    let invalid = |what: String| Error::InvalidSetting {
        setting,
        reason: format!("`{}` {what}", path.display()),
    };
    let content = std::fs::read(path).map_err(|error| invalid(format!("cannot be read: {error}")))?;
    is_usable(&content).map_err(|lack| invalid(lack.to_owned()))?;
    Ok(content)
}

fn has_certificates(pem: &[u8]) -> Result<(), &'static str> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(()),
        _ => Err("holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"),
    }
}

fn has_private_key(pem: &[u8]) -> Result<(), &'static str> {
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(_) => Ok(()),
        // The parser's words may quote the file.
        Err(_) => Err("holds no private key in PEM (-----BEGIN PRIVATE KEY-----)"),
    }
}

pub(super) async fn handshake(
    endpoint: &Endpoint,
    login: &Login,
    encryption: &Encryption,
) -> Result<Conn, mysql_async::Error> {
    let options = OptsBuilder::default()
        .ip_or_hostname(endpoint.host.clone())
        .tcp_port(endpoint.port)
        .user(Some(login.account.to_string()))
        .pass(login.password.as_ref().map(|password| password.reveal().to_owned()))
        .tcp_keepalive(Some(KEEPALIVE))
        .prefer_socket(false)
        .max_allowed_packet(Some(MAX_ALLOWED_PACKET))
        .wait_timeout(Some(WAIT_TIMEOUT_SECONDS))
        .stmt_cache_size(0);
    let encrypted = |tls: SslOpts| Conn::new(options.clone().ssl_opts(tls));
    match encryption.mode {
        TlsMode::Disabled => Conn::new(options).await,
        TlsMode::Preferred => match encrypted(encryption.unverified()).await {
            Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer)) => Conn::new(options).await,
            answer => answer,
        },
        TlsMode::Required => encrypted(encryption.unverified()).await,
        TlsMode::VerifyIdentity => encrypted(encryption.verified()).await,
        TlsMode::VerifyCa => match encrypted(encryption.verified()).await {
            // The driver's own switch for this no longer recognises the error of today's rustls. The certificate's own
            // name passes the same verification, and so proves the signature and nothing else.
            Err(error) => match name_in_certificate(&error) {
                Some(name) => encrypted(encryption.verified().with_danger_tls_hostname_override(Some(name))).await,
                None => Err(error),
            },
            answer => answer,
        },
    }
}

/// What keeps the connection from being as secure as demanded; `None` when that is not the trouble.
pub(super) fn obstacle(error: &mysql_async::Error) -> Option<TlsObstacle> {
    if let mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) = error {
        return Some(TlsObstacle::NotOffered);
    }
    Some(match tls_error(error)? {
        rustls::Error::InvalidCertificate(certificate) => in_certificate(certificate),
        rustls::Error::AlertReceived(_) => TlsObstacle::Refused,
        _ => TlsObstacle::Other,
    })
}

fn in_certificate(error: &CertificateError) -> TlsObstacle {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsObstacle::UnknownAuthority,
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => TlsObstacle::NoName,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsObstacle::OtherName,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => TlsObstacle::Outdated,
        // Only its text tells.
        other if other.to_string().contains("CaUsedAsEndEntity") => TlsObstacle::AuthorityItself,
        _ => TlsObstacle::Other,
    }
}

/// A name for which the certificate is valid, when the only complaint is that it is not the endpoint's.
fn name_in_certificate(error: &mysql_async::Error) -> Option<String> {
    let rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) =
        tls_error(error)?
    else {
        return None;
    };
    presented.iter().find_map(|name| presented_name(name))
}

/// Reads a name as rustls writes it: `DnsName("*.db")`, `IpAddress(10.0.0.1)`.
fn presented_name(name: &str) -> Option<String> {
    let inner = ["DnsName(", "IpAddress("]
        .iter()
        .find_map(|kind| name.strip_prefix(kind))?;
    let name = inner.strip_suffix(')')?.trim_matches('"');
    Some(name.replacen("*.", "any.", 1))
}

/// What TLS has to say, however deep it lies.
fn tls_error(error: &mysql_async::Error) -> Option<&rustls::Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(tls) = found.downcast_ref() {
            return Some(tls);
        }
        // An input/output error skips what it wraps when it is asked for its source.
        cause = match found.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => found.source(),
        };
    }
    None
}
