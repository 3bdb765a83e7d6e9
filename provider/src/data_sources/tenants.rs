//! `oceanbase_tenants`: the user tenants, and how they are protected.
//!
//! Reads `DBA_OB_TENANTS`, `CDB_OB_BACKUP_PARAMETER`, `CDB_OB_ARCHIVE_DEST`, `CDB_OB_ARCHIVELOG`, `CDB_OB_BACKUP_SET_FILES` and
//! `CDB_OB_BACKUP_DELETE_POLICY`.

use crate::{
    cluster::{
        Error, Snapshot, Tenant,
        records::{BackupSet, BackupSets, DeletePolicies},
        snapshot::{CompatibilityMode, LogMode},
    },
    queried::Query,
    restorability,
    values::destination::Destination,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The user tenants of the cluster, and how they are protected. Logged in to a user tenant, there is only that one.
///
/// With `for_each` over `names` every tenant gets the same backup configuration; with `unprotected_only` and a `check` block
/// a plan shows the tenants that have been forgotten.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Only tenants of this compatibility mode.
    pub mode: Option<Mode>,
    /// Only tenants of this role.
    pub role: Option<Role>,
    /// Only tenants that lack a backup destination, or do not archive their log.
    #[serde(default)]
    pub unprotected_only: bool,
    /// Also tenants that are not in the state `NORMAL`, or in the recycle bin; these cannot be configured.
    #[serde(default)]
    pub include_unavailable: bool,
    /// Names of the tenants, in alphabetical order.
    #[schemars(extend("readOnly" = true))]
    pub names: Option<Vec<String>>,
    /// The tenants, in the order of `names`.
    #[schemars(extend("readOnly" = true))]
    pub tenants: Option<Vec<Entry>>,
}

/// Compatibility mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Mode {
    /// MySQL mode.
    Mysql,
    /// Oracle mode.
    Oracle,
}

/// Role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Role {
    /// Takes writes.
    Primary,
    /// Follows a primary.
    Standby,
    /// Is being restored.
    Restore,
    /// Is being cloned.
    Clone,
}

/// A tenant.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Entry {
    /// Name.
    #[schemars(extend("readOnly" = true))]
    pub name: String,
    /// Number (`TENANT_ID`).
    #[schemars(extend("readOnly" = true))]
    pub id: i64,
    /// `mysql` or `oracle`.
    #[schemars(extend("readOnly" = true))]
    pub mode: String,
    /// `primary`, `standby`, `restore` or `clone`.
    #[schemars(extend("readOnly" = true))]
    pub role: String,
    /// `STATUS`, such as `NORMAL`.
    #[schemars(extend("readOnly" = true))]
    pub status: String,
    /// `archivelog` or `noarchivelog`: what is wished for.
    #[schemars(extend("readOnly" = true))]
    pub log_mode: String,
    /// Status of the present archive round, such as `DOING`: what is. Null when there never was one.
    #[schemars(extend("readOnly" = true))]
    pub archive_status: Option<String>,
    /// Where the log is archived, as a URI without its key; null when not set.
    #[schemars(extend("readOnly" = true))]
    pub archive_destination: Option<String>,
    /// Where data backups are written, as a URI without its key; null when not set.
    #[schemars(extend("readOnly" = true))]
    pub backup_destination: Option<String>,
    /// Whether it has a backup destination, and archives its log.
    #[schemars(extend("readOnly" = true))]
    pub protected: bool,
    /// When the newest backup ended that is still usable, as RFC 3339 in UTC; null when there is none.
    #[schemars(extend("readOnly" = true))]
    pub last_backup_at: Option<String>,
    /// Name of the policy by which the server deletes backups, such as `default`; null when it deletes none.
    #[schemars(extend("readOnly" = true))]
    pub delete_policy: Option<String>,
}

/// The data source.
pub struct Tenants;

type Records = (Arc<BackupSets>, Arc<DeletePolicies>);

impl Query for Tenants {
    const NAME: &'static str = "oceanbase_tenants";
    type Model = Model;
    type Records = Records;

    fn answer(model: Model, snapshot: &Snapshot, records: &Records) -> Result<Model, Error> {
        let entries: Vec<Entry> = snapshot
            .tenants()
            .filter(|tenant| model.include_unavailable || tenant.is_available())
            .map(|tenant| entry(tenant, records))
            .filter(|entry| model.mode.is_none_or(|mode| entry.mode == mode_name(mode)))
            .filter(|entry| model.role.is_none_or(|role| entry.role == role_name(role)))
            .filter(|entry| !(model.unprotected_only && entry.protected))
            .collect();
        Ok(Model {
            names: Some(entries.iter().map(|entry| entry.name.clone()).collect()),
            tenants: Some(entries),
            ..model
        })
    }
}

fn entry(tenant: &Tenant, (sets, policies): &Records) -> Entry {
    let public = |uri: &crate::cluster::RawUri| match Destination::parse(uri) {
        Ok(destination) => destination.public_uri(),
        // Not ours to judge here: shown as it is, its key hidden.
        Err(_) => uri.to_string(),
    };
    let backup_destination = tenant
        .backup_destination
        .as_ref()
        .filter(|uri| !uri.is_empty())
        .map(public);
    let archive = tenant.archive_destination.as_ref();
    let archive_status = tenant.round.as_ref().map(|round| round.status.clone());
    Entry {
        name: tenant.name.to_string(),
        id: tenant.id,
        mode: match tenant.mode {
            CompatibilityMode::Mysql => mode_name(Mode::Mysql).to_owned(),
            CompatibilityMode::Oracle => mode_name(Mode::Oracle).to_owned(),
        },
        role: tenant.role.to_lowercase(),
        status: tenant.status.clone(),
        log_mode: match tenant.log_mode {
            LogMode::Archivelog => "archivelog".to_owned(),
            LogMode::Noarchivelog => "noarchivelog".to_owned(),
        },
        protected: backup_destination.is_some() && archive_status.as_deref() == Some("DOING"),
        archive_status,
        archive_destination: archive.and_then(|archive| archive.path.as_ref()).map(public),
        backup_destination,
        last_backup_at: restorability::last_success(&sets.of(tenant.id).iter().collect::<Vec<&BackupSet>>())
            .map(|time| time.to_string()),
        delete_policy: policies.of(tenant.id).first().map(|policy| policy.name.clone()),
    }
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Mysql => "mysql",
        Mode::Oracle => "oracle",
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Primary => "primary",
        Role::Standby => "standby",
        Role::Restore => "restore",
        Role::Clone => "clone",
    }
}
