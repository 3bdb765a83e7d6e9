//! The `provider "oceanbase"` block, and how it becomes a [`Cluster`].

mod environment;

use self::environment::Environment;
use crate::{
    cluster::{Cluster, Secret, TenantName},
    model,
    neighbours::Claims,
    registry::Registry,
    values::{
        span::Span,
        storage::{StorageProfile, StorageProfiles},
    },
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tfplugin::value::Attributes;
use tfplugin::{
    Action, AttributePath, DataSource, Diagnostic, Diagnostics, Function, Provider, Resource, Schema, Step, Value,
};
use tokio_util::sync::CancellationToken;

/// Manages the backups of self-managed OceanBase clusters.
///
/// Every attribute can be left out; most can be given as environment variables, and the block wins over the
/// environment. The provider connects when it first needs the cluster, so an address or a password that another
/// resource provides may still be unknown when a plan is made.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Model {
    /// Addresses `host:port` of OBServers (port 2881, which may be left out) or OBProxies (port 2883), tried in order; one that
    /// is silent for a second is not waited for while there are others. Environment:
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
    /// The cluster that is meant, by name, ID or both: connected to another one, the provider refuses to read and to write.
    /// Environment: `OCEANBASE_EXPECTED_CLUSTER`, as JSON such as `{"name": "obcluster", "id": 1}`.
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
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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
    /// PEM file with the certificates to trust; without it, those of the public authorities. Only `verify_ca` and
    /// `verify_identity` look at it, so `mode` has to be set with it. Environment: `OCEANBASE_TLS_CA_FILE`.
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
    /// Whether nothing is unknown of them but keys and passwords, so that what the cluster shows can be compared.
    pub profile_settings_are_known: bool,
    /// The locations that the resources of this plan have claimed.
    pub claims: Claims,
    warned: AtomicBool,
    refused: AtomicBool,
    /// Why resources could not be refreshed.
    unread: Mutex<BTreeSet<String>>,
    /// The tenants that were gone when one of their objects was refreshed.
    dropped: Mutex<BTreeSet<TenantName>>,
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

    /// Whether this is the first time that a plan is told why it may not look at the cluster: one error is enough to stop it, and
    /// a warning said before is none.
    pub(crate) fn refuse_once(&self) -> bool {
        !self.refused.swap(true, Ordering::Relaxed)
    }

    /// Whether this is the first refresh that fails for this reason, which lies with the cluster and not with the resource: one error
    /// is enough to stop everything, and there may be a thousand resources.
    pub(crate) fn is_first_failure(&self, reason: &Diagnostic) -> bool {
        self.unread().insert(format!("{}\n{}", reason.summary, reason.detail))
    }

    /// Whether a refresh failed, so that nothing comes of what is planned after it.
    pub(crate) fn is_to_fail(&self) -> bool {
        !self.unread().is_empty()
    }

    fn unread(&self) -> MutexGuard<'_, BTreeSet<String>> {
        // A set of texts is whole at any time.
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that a refresh found the tenant gone, and with it an object of the state.
    pub(crate) fn remember_dropped(&self, tenant: &TenantName) {
        self.dropped().insert(tenant.clone());
    }

    /// Whether a refresh found the tenant gone.
    pub(crate) fn was_dropped(&self, tenant: &TenantName) -> bool {
        self.dropped().contains(tenant)
    }

    fn dropped(&self) -> MutexGuard<'_, BTreeSet<TenantName>> {
        // A set of names is whole at any time.
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn actions(&self) -> &[Box<dyn Action<Configured>>] {
        &self.registry.actions
    }

    fn functions(&self) -> &[Box<dyn Function>] {
        &self.registry.functions
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let (known, _) = without_unknown(config);
        match model::from_value::<Model>(&known) {
            Ok(model) => {
                let mut diagnostics = validate_profiles(model.storage_profiles.unwrap_or_default());
                let expected = model.expected_cluster.map(environment::expected_cluster);
                diagnostics.extend(expected.and_then(Result::err));
                diagnostics
            }
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
            let settings =
                environment::settings(model, &Environment(&|name| env::var(name).ok())).map_err(Diagnostics::from)?;
            Connection::Ready(Box::new(
                Cluster::new(settings, cancelled.clone()).map_err(|error| Diagnostics::from(error.diagnostic()))?,
            ))
        };
        Ok(Configured {
            connection,
            profiles,
            profiles_are_known,
            profile_settings_are_known: config.attribute(PROFILES).is_none_or(has_known_settings),
            claims: Claims::default(),
            warned: AtomicBool::new(false),
            refused: AtomicBool::new(false),
            unread: Mutex::default(),
            dropped: Mutex::default(),
        })
    }
}

const PROFILES: &str = "storage_profiles";

/// The attributes of a profile that no view shows.
const SECRETS_OF_PROFILES: [&str; 4] = [
    "access_key",
    "access_key_version",
    "key_password",
    "key_password_version",
];

/// The block without the attributes that hold values not known yet, and their names. Of the storage profiles only the
/// unknown settings are left out.
fn without_unknown(config: &Value) -> (Value, Vec<String>) {
    let Some(attributes) = config.as_object() else {
        return (config.clone(), Vec::new());
    };
    let unknown: Vec<String> = attributes
        .iter()
        .filter(|(_, value)| !value.is_wholly_known())
        .map(|(name, _)| name.to_string())
        .collect();
    let known = attributes.iter().map(|(name, value)| {
        let value = match unknown.iter().any(|unknown| name == unknown) {
            false => value.clone(),
            true if name == PROFILES => known_settings(value),
            true => Value::Null,
        };
        (name.clone(), value)
    });
    (Value::Object(known.collect()), unknown)
}

fn has_known_settings(profiles: &Value) -> bool {
    let of_a_secret = |path: &AttributePath| {
        let last = path.steps().last();
        matches!(last, Some(Step::Attribute(name)) if SECRETS_OF_PROFILES.contains(&name.as_str()))
    };
    let mut known = true;
    profiles.walk(&mut |path, value| known &= value.is_known() || of_a_secret(path));
    known
}

fn known_settings(profiles: &Value) -> Value {
    profiles.clone().transform(&mut |path, value| match value {
        Value::Unknown(_) if path.steps().len() == 1 => Value::Object(Attributes::default()),
        Value::Unknown(_) => Value::Null,
        known => known,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(access_key: Value) -> Value {
        let profile = Value::object([("access_id", Value::string("i")), ("access_key", access_key)]);
        Value::map([("main", profile)])
    }

    fn block(endpoint: Value, access_key: Value) -> Value {
        Value::object([("endpoints", Value::list([endpoint])), (PROFILES, profiles(access_key))])
    }

    #[test]
    fn an_attribute_with_an_unknown_value_in_it_is_left_out_as_a_whole() {
        let (known, unknown) = without_unknown(&block(Value::UNKNOWN, Value::string("k")));
        assert_eq!(known.attribute("endpoints"), Some(&Value::Null));
        assert_eq!(unknown, ["endpoints"]);
    }

    #[test]
    fn of_a_profile_only_the_unknown_settings_are_left_out() {
        let (known, unknown) = without_unknown(&block(Value::string("h:1"), Value::UNKNOWN));
        assert_eq!(known.attribute(PROFILES), Some(&profiles(Value::Null)));
        assert_eq!(unknown, [PROFILES]);
    }

    #[test]
    fn a_profile_whose_key_alone_is_unknown_can_be_compared_with_the_cluster() {
        let profile = |host, key| Value::map([("main", Value::object([("host", host), ("access_key", key)]))]);
        let (text, unknown) = (Value::string("x"), Value::UNKNOWN);
        for (profiles, known) in [
            (profile(text.clone(), text.clone()), true),
            (profile(text.clone(), unknown.clone()), true),
            (profile(unknown.clone(), text), false),
            (Value::map([("main", unknown.clone())]), false),
            (unknown, false),
            (Value::Null, true),
        ] {
            assert_eq!(has_known_settings(&profiles), known, "{profiles:?}");
        }
    }

    #[test]
    fn what_is_not_known_yet_is_no_error() {
        let provider = OceanBase::default();
        let cancelled = CancellationToken::new();
        let configured = provider
            .configure(&block(Value::UNKNOWN, Value::UNKNOWN), &cancelled)
            .ok()
            .unwrap();
        assert!(matches!(configured.connection, Connection::NotKnownYet));
        assert!(!configured.profiles_are_known);
    }

    #[test]
    fn every_schema_is_one_that_terraform_accepts() {
        let provider = OceanBase::default();
        let resources = provider.resources().iter().map(|resource| resource.schema());
        let data_sources = provider.data_sources().iter().map(|source| source.schema());
        for schema in resources.chain(data_sources).chain([provider.schema()]) {
            schema.verify().unwrap();
        }
    }
}
