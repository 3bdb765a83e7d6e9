//! A real cluster that somebody lends for the tests, named by environment variables.

use crate::Cluster;
use crate::cluster::{rows, runtime};
use crate::stage::{Rows, Stage};
use mysql_async::{Conn, OptsBuilder, SslOpts};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::Runtime;

/// What the provider reads, too: where the cluster is.
const ENDPOINTS: &str = "OCEANBASE_ENDPOINTS";
/// The tenant that may be used.
const TENANT: &str = "OCEANBASE_LIVE_TENANT";
/// The directory that may be used.
const DIRECTORY: &str = "OCEANBASE_LIVE_DIRECTORY";

/// A cluster with a tenant and a directory that may be used.
pub struct LentCluster {
    variables: BTreeMap<String, String>,
    tenant: String,
    directory: String,
    runtime: Runtime,
}

impl LentCluster {
    /// The cluster that these variables name: those of the provider, and the two that name what may be used. The failure says
    /// what is missing.
    ///
    /// # Panics
    ///
    /// When there is such a cluster, and it cannot be used: it is not to be reached, or the tenant is somebody's.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, String> {
        let variables: BTreeMap<String, String> = variables
            .into_iter()
            .filter(|(name, value)| name.starts_with("OCEANBASE_") && !value.is_empty())
            .collect();
        let needed = [ENDPOINTS, TENANT, DIRECTORY];
        if let Some(name) = needed.iter().find(|name| !variables.contains_key(**name)) {
            return Err(format!("{name} is not set"));
        }
        let login = variables.get("OCEANBASE_TENANT").map_or("sys", String::as_str);
        assert_eq!(login, "sys", "OCEANBASE_TENANT, the tenant of the login");
        let started = SystemTime::now().duration_since(UNIX_EPOCH);
        let started = started.map_or(0, |time| time.as_secs());
        let base = variables[DIRECTORY].trim_end_matches('/');
        let lent = Self {
            tenant: variables[TENANT].clone(),
            directory: format!("{base}/terraform-{started}-{}", std::process::id()),
            variables,
            runtime: runtime(),
        };
        lent.assert_unused();
        Ok(lent)
    }

    /// Nothing that anybody needs may be changed.
    fn assert_unused(&self) {
        let stage: &dyn Stage = self;
        let tenant = &self.tenant;
        let mode = format!("SELECT COMPATIBILITY_MODE FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = '{tenant}'");
        assert_eq!(
            stage.value(&mode).as_deref(),
            Some("MYSQL"),
            "the mode of tenant {tenant}"
        );
        let id = stage.tenant_id();
        for (what, query) in [
            (
                "archives its log: ALTER SYSTEM NOARCHIVELOG TENANT = …",
                format!(
                    "SELECT COUNT(*) FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_ID = {id} AND LOG_MODE = 'ARCHIVELOG'"
                ),
            ),
            (
                "has an archive destination: ALTER SYSTEM SET LOG_ARCHIVE_DEST = '' TENANT = …",
                format!("SELECT COUNT(*) FROM oceanbase.CDB_OB_ARCHIVE_DEST WHERE TENANT_ID = {id} AND NAME = 'path'"),
            ),
            (
                "has a backup destination: ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = …",
                format!(
                    "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = {id} AND VALUE LIKE '%://%'"
                ),
            ),
        ] {
            let found = stage.value(&query);
            assert_eq!(
                found.as_deref(),
                Some("0"),
                "tenant {tenant} may be somebody's, since it {what} gives it free"
            );
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// As the provider composes it: `user@tenant#cluster`.
    fn account(&self) -> String {
        let user = self.variable("OCEANBASE_USERNAME").unwrap_or("root");
        if user.contains('@') {
            return user.to_owned();
        }
        let cluster = self.variable("OCEANBASE_CLUSTER").map(|name| format!("#{name}"));
        format!("{user}@sys{}", cluster.unwrap_or_default())
    }

    fn tls(&self) -> Option<SslOpts> {
        let mode = self.variable("OCEANBASE_TLS_MODE")?;
        let authorities = self.variable("OCEANBASE_TLS_CA_FILE").map(PathBuf::from);
        match (mode, authorities) {
            ("disabled" | "preferred", _) => None,
            ("verify_identity", Some(file)) => Some(SslOpts::default().with_root_certs(vec![file.into()])),
            ("verify_identity", None) => Some(SslOpts::default()),
            _ => Some(SslOpts::default().with_danger_accept_invalid_certs(true)),
        }
    }

    /// Logs in at the first endpoint that lets us.
    async fn connect(&self) -> Result<Conn, String> {
        let mut failures = Vec::new();
        for endpoint in self.variables[ENDPOINTS].split(',').map(str::trim) {
            let (host, port) = match endpoint.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
                Some((host, Ok(port))) => (host, port),
                _ => (endpoint, 2881),
            };
            let options = OptsBuilder::default()
                .ip_or_hostname(host.trim_matches(['[', ']']))
                .tcp_port(port)
                .user(Some(self.account()))
                .pass(self.variable("OCEANBASE_PASSWORD"))
                .ssl_opts(self.tls())
                .prefer_socket(false);
            match Conn::new(options).await {
                Ok(connection) => return Ok(connection),
                Err(error) => failures.push(format!("{endpoint}: {error}")),
            }
        }
        Err(failures.join("; "))
    }
}

impl Stage for LentCluster {
    fn tenant(&self) -> &str {
        &self.tenant
    }

    fn directory(&self) -> &str {
        &self.directory
    }

    fn provider_block(&self) -> Json {
        json!({})
    }

    fn environment(&self) -> Vec<(String, String)> {
        let known = self
            .variables
            .iter()
            .filter(|(name, _)| ![TENANT, DIRECTORY].contains(&name.as_str()));
        known.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn query(&self, statement: &str) -> Result<Rows, String> {
        self.runtime
            .block_on(async { rows(&mut self.connect().await?, statement).await })
    }

    fn simulated(&self) -> Option<&Cluster> {
        None
    }
}
