//! What the cluster's views say, read once for all tenants.

use super::{
    secret::RawUri,
    tenant::{TenantName, Viewpoint},
    version::{Capabilities, Edition, Version},
};
use std::{collections::BTreeMap, time::Duration};

/// The views that backup configuration is judged by, of all tenants in sight, as of one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The cluster itself.
    pub cluster: ClusterFacts,
    /// What the cluster can do.
    pub capabilities: Capabilities,
    /// Through whose eyes this was read: from a user tenant there is only that tenant.
    pub viewpoint: Viewpoint,
    pub(super) tenants: BTreeMap<TenantName, Tenant>,
}

/// Facts about the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterFacts {
    /// `min_observer_version`: what every server of the cluster has reached.
    pub version: Version,
    /// `ob_version()`: the binary of the server connected to.
    pub server_version: Version,
    /// Community or Enterprise.
    pub edition: Edition,
    /// The parameter `cluster`.
    pub name: Option<String>,
    /// The parameter `cluster_id`.
    pub id: Option<i64>,
    /// The database's clock in UTC when the reading began, such as `2025-01-31 23:59:59.000000`.
    pub clock: String,
}

impl Snapshot {
    /// A user tenant by its name.
    pub fn tenant(&self, name: &TenantName) -> Option<&Tenant> {
        self.tenants.get(name)
    }

    /// All user tenants in sight, in the order of their names.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values()
    }
}

/// A user tenant and its backup configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// `TENANT_ID`, even and above 1000.
    pub id: i64,
    /// `TENANT_NAME`.
    pub name: TenantName,
    /// `TENANT_ROLE`: `PRIMARY`, `STANDBY`, `RESTORE`, `CLONE`.
    pub role: String,
    /// `COMPATIBILITY_MODE`.
    pub mode: CompatibilityMode,
    /// `STATUS`: only a `NORMAL` tenant can be configured.
    pub status: String,
    /// Dropped, but not yet gone.
    pub in_recyclebin: bool,
    /// `LOG_MODE`: what is wished for; the round says what is.
    pub log_mode: LogMode,
    /// `data_backup_dest`: `None` was never set, an empty one was cleared.
    pub backup_destination: Option<RawUri>,
    /// Every destination that the tenant ever had: rows are not deleted when one is replaced or cleared.
    pub storage_infos: Vec<StorageInfo>,
    /// The archive destination; a row `state` may stand alone, without a path.
    pub archive_destination: Option<ArchiveDestination>,
    /// The present or last archive round.
    pub round: Option<Round>,
    /// The parameter `archive_lag_target`; `None` where the version lacks it or the view does not tell.
    pub archive_lag_target: Option<Duration>,
    /// The numbers of the backup jobs under way.
    pub running_backup_jobs: Vec<i64>,
}

/// `COMPATIBILITY_MODE` of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompatibilityMode {
    /// `MYSQL`.
    Mysql,
    /// `ORACLE`: has no event scheduler, and cannot be logged in to with this protocol.
    Oracle,
}

/// `LOG_MODE` of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogMode {
    /// Archiving was switched on.
    Archivelog,
    /// Archiving was switched off, or never on.
    Noarchivelog,
}

/// A row of `CDB_OB_BACKUP_STORAGE_INFO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageInfo {
    /// Without a trailing slash, and without parameters.
    pub path: String,
    /// `host=…`, or empty for `file://`.
    pub endpoint: String,
    /// The number by which jobs, sets and pieces refer to it.
    pub dest_id: i64,
    /// `backup_data`, `archive_log`, `backup_key`, …; empty while the destination is being tested.
    pub dest_type: String,
    /// `access_id=…&access_key=…`, `access_id=…&encrypt_key=…`, `role_arn=…`, or empty.
    pub authorization: RawUri,
    /// `delete_mode=…&checksum_type=…`.
    pub extension: String,
    /// The last time that the cluster reached it, in UTC.
    pub last_check: Option<String>,
    /// `None` where the version has no such column; 0 is unlimited.
    pub max_iops: Option<u64>,
    /// Bytes per second; `None` where the version has no such column; 0 is unlimited.
    pub max_bandwidth: Option<u64>,
}

/// The rows of `CDB_OB_ARCHIVE_DEST` of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArchiveDestination {
    /// `path`, with its keys.
    pub path: Option<RawUri>,
    /// `binding`: `OPTIONAL` or `MANDATORY`.
    pub binding: Option<String>,
    /// `piece_switch_interval`, such as `1d`.
    pub piece_switch_interval: Option<String>,
    /// `state`: `ENABLE` or `DEFER`, as it was typed.
    pub state: Option<String>,
    /// `dest_id`.
    pub dest_id: Option<i64>,
}

/// A row of `CDB_OB_ARCHIVELOG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// `ROUND_ID`.
    pub round_id: i64,
    /// `DEST_ID` of the destination that the round writes to.
    pub dest_id: i64,
    /// `PREPARE`, `BEGINNING`, `DOING`, `SUSPENDING`, `SUSPEND`, `STOPPING`, `STOP`, `INTERRUPTED`.
    pub status: String,
    /// `CHECKPOINT_SCN`, nanoseconds since 1970: everything before it is archived.
    pub checkpoint_scn: u64,
    /// `COMMENT`: the reason, mostly of `INTERRUPTED`.
    pub comment: String,
    /// `PATH`, without credentials.
    pub path: String,
    /// `PIECE_SWITCH_INTERVAL` of the round.
    pub piece_switch_interval: Duration,
}
