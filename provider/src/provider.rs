//! The `provider "oceanbase"` block, and how it becomes a [`Cluster`].

use crate::{
    cluster::{
        Cluster, Secret, TenantName,
        settings::{Credentials, ExpectedCluster, Settings, Tls, TlsMode},
    },
    model,
    registry::Registry,
    values::{
        span::Span,
        storage::{StorageProfile, StorageProfiles},
    },
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tfplugin::{DataSource, Diagnostic, Diagnostics, Function, Provider, Resource, Schema, Value};
use tokio_util::sync::CancellationToken;

/// Manages the backups of self-managed OceanBase clusters.
///
/// Every attribute can be left out; most can be given as environment variables, and the block wins over the
/// environment. The provider connects when it first needs the cluster, so an address or a password that another
/// resource provides may still be unknown when a plan is made.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Model {
    /// Addresses `host:port` of OBServers (port 2881) or OBProxies (port 2883), tried in order. Environment:
    /// `OCEANBASE_ENDPOINTS`, separated by commas.
    pub endpoints: Option<Vec<String>>,
    /// User, such as `root`, or a full form `user@tenant#cluster`. Environment: `OCEANBASE_USERNAME`. Default: `root`.
    pub username: Option<String>,
    /// Password; may be an ephemeral value. Environment: `OCEANBASE_PASSWORD`.
    #[schemars(extend("x-sensitive" = true))]
    pub password: Option<Secret>,
    /// Tenant to log in to. `sys` manages every tenant; a user tenant manages itself. Environment: `OCEANBASE_TENANT`.
    /// Default: `sys`.
    pub tenant: Option<String>,
    /// Name of the cluster, where an OBProxy serves several. Environment: `OCEANBASE_CLUSTER`.
    pub cluster: Option<String>,
    /// Logins of user tenants, by tenant name, for the statements that `sys` may not run for a tenant: rotating the keys
    /// and changing the limits of a destination. Environment: `OCEANBASE_TENANT_CREDENTIALS`, as JSON such as
    /// `{"shop": {"username": "root", "password": "…"}}`.
    #[schemars(extend("x-sensitive" = true))]
    pub tenant_credentials: Option<BTreeMap<String, TenantCredentials>>,
    /// Named storage settings that `storage.profile` refers to; the path is set in each resource. Settings made in the
    /// resource come first. The keys never enter the state.
    pub storage_profiles: Option<BTreeMap<String, StorageProfile>>,
    /// The cluster that is meant: connected to another one, the provider refuses to read and to write. Environment:
    /// `OCEANBASE_EXPECTED_CLUSTER`, as JSON such as `{"name": "obcluster", "id": 1}`.
    pub expected_cluster: Option<ClusterIdentity>,
    /// Encryption of the connection.
    pub tls: Option<TlsModel>,
    /// How long to wait for a connection. Environment: `OCEANBASE_CONNECT_TIMEOUT`. Default: `10s`.
    pub connect_timeout: Option<Span>,
    /// How long a query may take; statements that touch the storage may take as long as the operation's timeout.
    /// Environment: `OCEANBASE_STATEMENT_TIMEOUT`. Default: `60s`.
    pub statement_timeout: Option<Span>,
    /// Greatest number of connections. Default: 4.
    #[schemars(range(min = 1, max = 64))]
    pub max_connections: Option<u16>,
    /// Refuse every write, whatever the plan says; for jobs that only look for drift. Environment: `OCEANBASE_READ_ONLY`.
    /// Default: `false`.
    pub read_only: Option<bool>,
}

/// Login of a user tenant.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct TenantCredentials {
    /// User of the tenant, such as `root`.
    pub username: String,
    /// Password.
    #[schemars(extend("x-sensitive" = true))]
    pub password: Option<Secret>,
}

/// A cluster.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ClusterIdentity {
    /// The parameter `cluster`.
    pub name: Option<String>,
    /// The parameter `cluster_id`.
    pub id: Option<i64>,
}

/// Encryption of the connection.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct TlsModel {
    /// How much is demanded. Environment: `OCEANBASE_TLS_MODE`. Default: `preferred`.
    pub mode: Option<TlsModeModel>,
    /// PEM file with the certificates to trust; without it, those of the public authorities. Environment:
    /// `OCEANBASE_TLS_CA_FILE`.
    pub ca_file: Option<PathBuf>,
    /// PEM file with the client's certificate; goes with `key_file`. Environment: `OCEANBASE_TLS_CERT_FILE`.
    pub cert_file: Option<PathBuf>,
    /// PEM file with the client's key. Environment: `OCEANBASE_TLS_KEY_FILE`.
    pub key_file: Option<PathBuf>,
}

/// How much encryption is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum TlsModeModel {
    /// None.
    Disabled,
    /// When the server offers it; nothing is verified.
    Preferred,
    /// Always; nothing is verified.
    Required,
    /// Always, with a certificate that `ca_file` vouches for.
    VerifyCa,
    /// As `verify_ca`, and the certificate must name the endpoint.
    VerifyIdentity,
}

/// What the provider block became.
pub struct Configured {
    /// The way to the cluster.
    pub connection: Connection,
    /// Named storage settings.
    pub profiles: StorageProfiles,
    /// Whether the profiles hold no unknown values.
    pub profiles_are_known: bool,
    warned: AtomicBool,
}

/// The way to the cluster.
pub enum Connection {
    /// Its settings are known; nothing is connected yet.
    Ready(Box<Cluster>),
    /// The block holds values that are known only after apply.
    NotKnownYet,
}

impl Configured {
    /// Whether this is the first time that a plan has to do without the cluster: one warning is enough.
    pub(crate) fn warn_unreachable_once(&self) -> bool {
        !self.warned.swap(true, Ordering::Relaxed)
    }
}

/// The provider.
#[derive(Default)]
pub struct OceanBase {
    schema: OnceLock<Schema>,
    registry: Registry,
}

impl OceanBase {
    /// Where Terraform finds the provider.
    pub const ADDRESS: &'static str = "registry.terraform.io/ob-as-code/oceanbase";
}

impl Provider for OceanBase {
    type Configured = Configured;

    fn address(&self) -> &'static str {
        Self::ADDRESS
    }

    fn run_by_hand(&self) -> String {
        format!(
            "This is the Terraform provider `oceanbase`, version {}. It manages the backups of OceanBase clusters.\n\
             Terraform starts it; it is not meant to be run by hand. In a configuration:\n\n\
             \x20 terraform {{\n    required_providers {{\n      oceanbase = {{ source = \"ob-as-code/oceanbase\" }}\n    }}\n  }}\n\n\
             To attach a debugger, start it with --debug, and set the variable that it prints.",
            env!("CARGO_PKG_VERSION"),
        )
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(model::schema::<Model>)
    }

    fn resources(&self) -> &[Box<dyn Resource<Configured>>] {
        &self.registry.resources
    }

    fn data_sources(&self) -> &[Box<dyn DataSource<Configured>>] {
        &self.registry.data_sources
    }

    fn functions(&self) -> &[Box<dyn Function>] {
        &self.registry.functions
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let (known, _) = without_unknown(config);
        match model::from_value::<Model>(&known) {
            Ok(model) => validate_profiles(model.storage_profiles.unwrap_or_default()),
            Err(diagnostic) => (*diagnostic).into(),
        }
    }

    fn configure(&self, config: &Value, cancelled: &CancellationToken) -> Result<Configured, Diagnostics> {
        let (known, unknown) = without_unknown(config);
        let model: Model = model::from_value(&known).map_err(|diagnostic| Diagnostics::from(*diagnostic))?;
        let profiles = model.storage_profiles.clone().unwrap_or_default();
        let profiles_are_known = !unknown.iter().any(|name| name == PROFILES);
        let connection = if unknown.iter().any(|name| name != PROFILES) {
            Connection::NotKnownYet
        } else {
            let settings = settings(model).map_err(Diagnostics::from)?;
            Connection::Ready(Box::new(
                Cluster::new(settings, cancelled.clone()).map_err(|error| Diagnostics::from(error.diagnostic()))?,
            ))
        };
        Ok(Configured {
            connection,
            profiles,
            profiles_are_known,
            warned: AtomicBool::new(false),
        })
    }
}

const PROFILES: &str = "storage_profiles";

/// The block with null for what is not known yet, and the names of the attributes that hold such values.
fn without_unknown(config: &Value) -> (Value, Vec<String>) {
    let mut unknown = Vec::new();
    let known = config.clone().transform(&mut |path, value| match value {
        Value::Unknown(_) => {
            unknown.extend(path.steps().first().map(|step| match step {
                tfplugin::Step::Attribute(name) | tfplugin::Step::Key(name) => name.clone(),
                tfplugin::Step::Index(index) => index.to_string(),
            }));
            Value::Null
        }
        known => known,
    });
    (known, unknown)
}

fn validate_profiles(profiles: StorageProfiles) -> Diagnostics {
    profiles
        .iter()
        .filter(|(_, profile)| profile.access_key.is_some() && profile.settings.access_id.is_none())
        .map(|(name, _)| {
            Diagnostic::warning(
                "Storage profile with half a key",
                format!("The storage profile `{name}` has an `access_key`, but no `access_id`; set it here or in every resource that uses the profile."),
            )
            .at(PROFILES)
        })
        .collect()
}

/// Fills in the environment and the defaults.
fn settings(model: Model) -> Result<Settings, Diagnostic> {
    let tls = model.tls.unwrap_or_default();
    let endpoints = model
        .endpoints
        .or_else(|| variable("ENDPOINTS").map(|list| split(&list)));
    Ok(Settings {
        endpoints: endpoints.unwrap_or_default(),
        username: model
            .username
            .or_else(|| variable("USERNAME"))
            .unwrap_or_else(|| "root".to_owned()),
        password: model.password.or_else(|| variable("PASSWORD").map(Secret::new)),
        tenant: model.tenant.or_else(|| variable("TENANT")),
        cluster: model.cluster.or_else(|| variable("CLUSTER")),
        tenant_credentials: tenant_credentials(or_json(model.tenant_credentials, "TENANT_CREDENTIALS")?)?,
        expected_cluster: or_json(model.expected_cluster, "EXPECTED_CLUSTER")?.map(|expected: ClusterIdentity| {
            ExpectedCluster {
                name: expected.name,
                id: expected.id,
            }
        }),
        tls: Tls {
            mode: tls_mode(match tls.mode {
                Some(mode) => Some(mode),
                None => parsed("TLS_MODE", tls_mode_from)?,
            }),
            ca_file: tls.ca_file.or_else(|| variable("TLS_CA_FILE").map(PathBuf::from)),
            cert_file: tls.cert_file.or_else(|| variable("TLS_CERT_FILE").map(PathBuf::from)),
            key_file: tls.key_file.or_else(|| variable("TLS_KEY_FILE").map(PathBuf::from)),
        },
        connect_timeout: or_span(model.connect_timeout, "CONNECT_TIMEOUT", Duration::from_secs(10))?,
        statement_timeout: or_span(model.statement_timeout, "STATEMENT_TIMEOUT", Duration::from_secs(60))?,
        max_connections: usize::from(model.max_connections.unwrap_or(4)),
        read_only: match model.read_only {
            Some(read_only) => read_only,
            None => parsed("READ_ONLY", |text| text.parse().ok())?.unwrap_or(false),
        },
    })
}

fn tenant_credentials(
    configured: Option<BTreeMap<String, TenantCredentials>>,
) -> Result<BTreeMap<TenantName, Credentials>, Diagnostic> {
    let logins = configured.unwrap_or_default().into_iter().map(|(tenant, login)| {
        let name = tenant.parse().map_err(|reason| {
            Diagnostic::error(
                "Invalid tenant name",
                format!("`tenant_credentials` names the tenant `{tenant}`: {reason}."),
            )
            .at("tenant_credentials")
        })?;
        Ok((
            name,
            Credentials {
                username: login.username,
                password: login.password,
            },
        ))
    });
    logins.collect()
}

fn tls_mode(mode: Option<TlsModeModel>) -> TlsMode {
    match mode.unwrap_or(TlsModeModel::Preferred) {
        TlsModeModel::Disabled => TlsMode::Disabled,
        TlsModeModel::Preferred => TlsMode::Preferred,
        TlsModeModel::Required => TlsMode::Required,
        TlsModeModel::VerifyCa => TlsMode::VerifyCa,
        TlsModeModel::VerifyIdentity => TlsMode::VerifyIdentity,
    }
}

fn tls_mode_from(text: &str) -> Option<TlsModeModel> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

/// An environment variable of the provider that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var(format!("OCEANBASE_{name}"))
        .ok()
        .filter(|value| !value.is_empty())
}

fn split(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn parsed<T>(name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Diagnostic> {
    variable(name)
        .map(|text| parse(&text).ok_or_else(|| unusable(name, "it is not one of the accepted values")))
        .transpose()
}

fn or_json<T: for<'de> Deserialize<'de>>(configured: Option<T>, name: &str) -> Result<Option<T>, Diagnostic> {
    match (configured, variable(name)) {
        (Some(configured), _) => Ok(Some(configured)),
        (None, None) => Ok(None),
        // The text may hold passwords, and the parser's messages quote it.
        (None, Some(text)) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|_| unusable(name, "it is not the JSON that the documentation shows")),
    }
}

fn or_span(configured: Option<Span>, name: &str, default: Duration) -> Result<Duration, Diagnostic> {
    let span = match configured {
        Some(span) => Some(span),
        None => variable(name)
            .map(|text| {
                text.parse()
                    .map_err(|reason: crate::values::span::InvalidSpan| unusable(name, &reason.to_string()))
            })
            .transpose()?,
    };
    Ok(span.map_or(default, |span| span.length()))
}

fn unusable(name: &str, reason: &str) -> Diagnostic {
    Diagnostic::error(
        "Environment variable cannot be used",
        format!("OCEANBASE_{name} is set, but {reason}. Correct or unset it."),
    )
}
