//! What keeps a connection from being as secure as the settings demand, and what to do about it.

/// Why an endpoint that answers was not logged in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsObstacle {
    /// The server has no TLS.
    NotOffered,
    /// Nobody whom we trust signed the certificate.
    UnknownAuthority,
    /// The certificate is that of an authority itself.
    AuthorityItself,
    /// The certificate is for other hosts.
    OtherName,
    /// The certificate is for no host at all.
    NoName,
    /// The certificate has expired, or is not valid yet.
    Outdated,
    /// The server did not want to go on.
    Refused,
    /// Anything else.
    Other,
}

impl TlsObstacle {
    /// What the practitioner can do next.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::NotOffered => {
                "The server offers no TLS, and `tls.mode` insists on it. Switch it on there (OBServer: certificates, and the \
                 parameter ssl_client_authentication), or set `tls.mode` to `preferred` if the network can be trusted."
            }
            Self::UnknownAuthority => {
                "No authority that is trusted signed the server's certificate. Set `tls.ca_file` to a PEM file with the \
                 certificate of the authority that did; without one, only the public authorities are trusted."
            }
            Self::AuthorityItself => {
                "The server shows the certificate of an authority as its own (CA:TRUE), as `openssl req -x509` makes them. \
                 Have a certificate signed by that authority for the server (CA:FALSE), or set `tls.mode` to `required` if \
                 the certificate need not be verified."
            }
            Self::OtherName => {
                "The server's certificate is for another host. Use a name in `endpoints` that is in the certificate, have one \
                 issued with this host in its subjectAltName, or set `tls.mode` to `verify_ca` if it is enough to know who \
                 signed it."
            }
            Self::NoName => {
                "The server's certificate names no host: it lacks a subjectAltName, without which it cannot be verified. Have one \
                 issued with this host in it."
            }
            Self::Outdated => {
                "The server's certificate has expired, or is not valid yet. Renew it, or correct the clock of this machine."
            }
            Self::Refused => {
                "The server ended the negotiation of TLS. If it demands a certificate of the client, set `tls.cert_file` and \
                 `tls.key_file`. If it knows no TLS 1.2, set `tls.mode` to `disabled` where the network can be trusted."
            }
            Self::Other => {
                "Check the server's certificate, and the `tls` settings; where the network can be trusted, `tls.mode` can be \
                 `disabled`."
            }
        }
    }
}
