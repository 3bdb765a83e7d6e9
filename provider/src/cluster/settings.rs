//! How to reach a cluster, as plain values: the provider block without Terraform.

use super::{
    error::Error,
    secret::Secret,
    tenant::{TenantName, Viewpoint},
};
use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

/// Everything that is needed to connect, and the limits to keep.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `host:port` of OBServers (2881) or OBProxies (2883), tried in order; the port may be left out.
    pub endpoints: Vec<String>,
    /// `root`, or a full form such as `root@sys#cluster`.
    pub username: String,
    /// The password, if there is one.
    pub password: Option<Secret>,
    /// The tenant to log in to; `sys` when neither this nor the username says.
    pub tenant: Option<String>,
    /// The name of the cluster, for OBProxy.
    pub cluster: Option<String>,
    /// Logins for the statements that only a tenant itself may run.
    pub tenant_credentials: BTreeMap<TenantName, Credentials>,
    /// Refuse every write on any other cluster.
    pub expected_cluster: Option<ExpectedCluster>,
    /// Whether and how connections are encrypted.
    pub tls: Tls,
    /// For reaching one endpoint and logging in.
    pub connect_timeout: Duration,
    /// For every statement that reads.
    pub statement_timeout: Duration,
    /// How many connections there may be at once.
    pub max_connections: usize,
    /// Refuse every write.
    pub read_only: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            username: String::new(),
            password: None,
            tenant: None,
            cluster: None,
            tenant_credentials: BTreeMap::new(),
            expected_cluster: None,
            tls: Tls::default(),
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(60),
            max_connections: 4,
            read_only: false,
        }
    }
}

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// A user of the tenant.
    pub username: String,
    /// The password, if there is one.
    pub password: Option<Secret>,
}

/// The cluster that writes are meant for; what is `None` may be anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpectedCluster {
    /// The parameter `cluster`.
    pub name: Option<String>,
    /// The parameter `cluster_id`.
    pub id: Option<i64>,
}

impl fmt::Display for ExpectedCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.id) {
            (Some(name), Some(id)) => write!(f, "{name:?} (id {id})"),
            (Some(name), None) => write!(f, "{name:?}"),
            (None, Some(id)) => write!(f, "with id {id}"),
            (None, None) => f.write_str("whose name this login is not shown"),
        }
    }
}

/// Encryption of connections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// How far to go.
    pub mode: TlsMode,
    /// Authorities to trust, in PEM; those of the web when left out.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate chain, in PEM.
    pub cert_file: Option<PathBuf>,
    /// The client's private key, in PEM.
    pub key_file: Option<PathBuf>,
}

/// How far encryption goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsMode {
    /// Never encrypt.
    Disabled,
    /// Encrypt when the server can.
    #[default]
    Preferred,
    /// Encrypt, whatever the server's certificate.
    Required,
    /// Encrypt, and check who signed the server's certificate.
    VerifyCa,
    /// Encrypt, and check that the certificate belongs to the endpoint.
    VerifyIdentity,
}

/// A user of a tenant of a cluster, as the wire wants it: `user@tenant#cluster`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    user: String,
    tenant: String,
    cluster: Option<String>,
}

impl Account {
    /// Composes an account. A full form of the username must not contradict the other settings.
    pub(super) fn new(username: &str, tenant: Option<&str>, cluster: Option<&str>) -> Result<Self, Error> {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let (user, rest) = match username.split_once('@') {
            Some((user, rest)) => (user, Some(rest)),
            None => (username, None),
        };
        let (named_tenant, named_cluster) = match rest.map(|rest| rest.split_once('#').unwrap_or((rest, ""))) {
            Some((tenant, cluster)) => (given(Some(tenant)), given(Some(cluster))),
            None => (None, None),
        };
        for (setting, named, configured) in [("tenant", &named_tenant, tenant), ("cluster", &named_cluster, cluster)] {
            if let (Some(named), Some(configured)) = (named, given(configured))
                && *named != configured
            {
                let reason = format!(
                    "it is `{configured}`, and `{username}` in username names `{named}`; leave one of them out"
                );
                return Err(Error::InvalidSetting { setting, reason });
            }
        }
        if user.is_empty() {
            return Err(Error::NotConfigured { setting: "username" });
        }
        Ok(Self {
            user: user.to_owned(),
            tenant: named_tenant
                .or_else(|| given(tenant))
                .unwrap_or_else(|| "sys".to_owned()),
            cluster: named_cluster.or_else(|| given(cluster)),
        })
    }

    /// The same cluster, as a user of another tenant.
    pub(super) fn of_tenant(&self, username: &str, tenant: &TenantName) -> Result<Self, Error> {
        Self::new(username, Some(tenant.as_str()), self.cluster.as_deref())
    }

    /// Which tenant statements are sent from.
    pub(super) fn viewpoint(&self) -> Result<Viewpoint, Error> {
        if self.tenant == "sys" {
            return Ok(Viewpoint::Sys);
        }
        let tenant = self.tenant.parse();
        tenant
            .map(Viewpoint::User)
            .map_err(|error: super::tenant::InvalidTenantName| Error::InvalidSetting {
                setting: "tenant",
                reason: error.to_string(),
            })
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.user, self.tenant)?;
        self.cluster.iter().try_for_each(|cluster| write!(f, "#{cluster}"))
    }
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Endpoint {
    const OBSERVER_PORT: u16 = 2881;

    /// Reads `host`, `host:port`, `[v6]` or `[v6]:port`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let invalid = || Error::InvalidSetting {
            setting: "endpoints",
            reason: format!("{text:?} is not of the form host:port"),
        };
        let (host, port) = match text.trim().strip_prefix('[') {
            Some(rest) => rest.split_once(']').ok_or_else(invalid)?,
            None => text.trim().split_at(text.trim().find(':').unwrap_or(text.trim().len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| invalid())?,
            None if port.is_empty() => Self::OBSERVER_PORT,
            None => return Err(invalid()),
        };
        if host.is_empty() || host.contains(['/', '@', ' ']) {
            return Err(invalid());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_composed_of_what_does_not_contradict() {
        for (username, tenant, cluster, expected) in [
            ("root", None, None, "root@sys"),
            ("root", Some("t1"), None, "root@t1"),
            ("root", Some("t1"), Some("c"), "root@t1#c"),
            ("root@t2#d", None, None, "root@t2#d"),
            ("root@t2#d", Some("t2"), Some("d"), "root@t2#d"),
            ("root@t2", None, Some("c"), "root@t2#c"),
            ("root", Some(""), Some(""), "root@sys"),
        ] {
            assert_eq!(Account::new(username, tenant, cluster).unwrap().to_string(), expected);
        }
        for (tenant, cluster, setting) in [(Some("t1"), None, "tenant"), (None, Some("c"), "cluster")] {
            let error = Account::new("root@t2#d", tenant, cluster).unwrap_err();
            assert!(
                matches!(error, Error::InvalidSetting { setting: found, .. } if found == setting),
                "{error}"
            );
        }
        assert_eq!(
            Account::new("@t1", None, None),
            Err(Error::NotConfigured { setting: "username" })
        );
    }

    #[test]
    fn another_tenant_is_logged_in_to_on_the_same_cluster() {
        let sys = Account::new("root@sys#c", None, None).unwrap();
        assert_eq!(
            sys.of_tenant("admin", &"t1".parse().unwrap()).unwrap().to_string(),
            "admin@t1#c"
        );
    }

    #[test]
    fn the_login_decides_the_viewpoint() {
        let viewpoint = |tenant| Account::new("root", tenant, None).unwrap().viewpoint();
        assert_eq!(viewpoint(None), Ok(Viewpoint::Sys));
        assert_eq!(viewpoint(Some("t1")), Ok(Viewpoint::User("t1".parse().unwrap())));
        assert!(matches!(
            viewpoint(Some("META$1002")),
            Err(Error::InvalidSetting { setting: "tenant", .. })
        ));
    }

    #[test]
    fn a_cluster_is_called_what_is_known_of_it() {
        let called = |name: Option<&str>, id| {
            ExpectedCluster {
                name: name.map(str::to_owned),
                id,
            }
            .to_string()
        };
        assert_eq!(called(Some("c"), Some(7)), "\"c\" (id 7)");
        assert_eq!(called(Some("c"), None), "\"c\"");
        assert_eq!(called(None, Some(7)), "with id 7");
        assert_eq!(called(None, None), "whose name this login is not shown");
    }

    #[test]
    fn endpoints_have_a_default_port() {
        for (text, expected) in [
            ("db", Some("db:2881")),
            ("db:2883", Some("db:2883")),
            ("10.0.0.1:3306", Some("10.0.0.1:3306")),
            ("[::1]:2881", Some("[::1]:2881")),
            ("[::1]", Some("[::1]:2881")),
            ("db:", None),
            ("db:port", None),
            ("", None),
            ("mysql://db", None),
            ("::1", None),
            ("db:65536", None),
        ] {
            assert_eq!(
                Endpoint::parse(text)
                    .ok()
                    .map(|endpoint| endpoint.to_string())
                    .as_deref(),
                expected,
                "{text:?}"
            );
        }
    }
}
