//! A tenant: who it is, who may log in, and what its META tenant stores about backups.

use std::collections::BTreeMap;

use super::archive::Archive;
use super::archive_dest::ArchiveDest;
use super::backup_job::Backups;
use super::compaction::Compaction;
use super::delete_policy::DeletePolicy;
use super::deletion::Deletions;
use super::encryption::Encryption;
use super::storage_info::{AbandonedClaim, StorageInfo};

/// The id of the sys tenant.
pub(crate) const SYS: u64 = 1;

/// The administrator of a tenant in MySQL mode.
pub(crate) const ROOT: &str = "root";

/// MySQL or Oracle mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompatibilityMode {
    /// MySQL mode, with the administrator `root`.
    MySql,
    /// Oracle mode, which ordinary MySQL clients cannot log in to.
    Oracle,
}

impl CompatibilityMode {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::MySql => "MYSQL",
            Self::Oracle => "ORACLE",
        }
    }
}

/// Life cycle of a tenant; only a normal one can archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantStatus {
    /// In service.
    Normal,
    /// Being created.
    Creating,
    /// Being dropped.
    Dropping,
    /// Being restored from a backup.
    Restore,
    /// Being created as a standby.
    CreatingStandby,
}

impl TenantStatus {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Creating => "CREATING",
            Self::Dropping => "DROPPING",
            Self::Restore => "RESTORE",
            Self::CreatingStandby => "CREATING_STANDBY",
        }
    }
}

/// A user of one tenant.
pub(crate) struct User {
    pub(crate) password: String,
    pub(crate) privileges: Privileges,
}

/// What a user may do besides logging in; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Privileges {
    /// What needs no privilege.
    None,
    /// SELECT on the database `oceanbase`.
    Select,
    /// ALTER SYSTEM.
    AlterSystem,
}

/// sys or a user tenant. META tenants exist in DBA_OB_TENANTS only.
pub(crate) struct Tenant {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) mode: CompatibilityMode,
    pub(crate) status: TenantStatus,
    pub(crate) in_recyclebin: bool,
    pub(crate) locked: bool,
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) users: BTreeMap<String, User>,
    /// Tenant parameters that differ from their default.
    pub(crate) parameters: BTreeMap<&'static str, String>,
    /// No row, an empty row, or a destination.
    pub(crate) data_backup_dest: Option<DataBackupDest>,
    pub(crate) storage: Vec<StorageInfo>,
    pub(crate) replaced_storage: Vec<StorageInfo>,
    pub(crate) last_dest_id: u64,
    /// By number; only 0 is ever archived to.
    pub(crate) archive_dests: BTreeMap<u8, ArchiveDest>,
    pub(crate) archive: Archive,
    pub(crate) backups: Backups,
    last_job_id: u64,
    pub(crate) delete_policy: Option<DeletePolicy>,
    pub(crate) deletions: Deletions,
    pub(crate) compaction: Compaction,
    /// Of the META tenant.
    pub(crate) meta_compaction: Compaction,
    pub(crate) encryption: Encryption,
    pub(crate) abandoned_claim: Option<AbandonedClaim>,
    /// A snapshot needs the log that follows it.
    pub(crate) has_snapshots: bool,
}

/// The `data_backup_dest` row.
#[derive(Clone, Default)]
pub(crate) struct DataBackupDest {
    /// The VALUE column, which holds the access key.
    pub(crate) value: String,
    /// Path and endpoint, by which the storage-info row is found.
    pub(crate) identity: String,
}

impl Tenant {
    /// The number before the first destination's.
    const BEFORE_FIRST_DEST_ID: u64 = 1000;

    pub(crate) fn new(id: u64, name: &str, mode: CompatibilityMode, now: i64) -> Self {
        Self {
            id,
            name: name.to_owned(),
            mode,
            status: TenantStatus::Normal,
            in_recyclebin: false,
            locked: false,
            created: now,
            modified: now,
            users: BTreeMap::new(),
            parameters: BTreeMap::new(),
            data_backup_dest: None,
            storage: Vec::new(),
            replaced_storage: Vec::new(),
            last_dest_id: Self::BEFORE_FIRST_DEST_ID,
            archive_dests: BTreeMap::new(),
            archive: Archive::default(),
            backups: Backups::default(),
            last_job_id: 0,
            delete_policy: None,
            deletions: Deletions::default(),
            compaction: Compaction::default(),
            meta_compaction: Compaction::default(),
            encryption: Encryption::default(),
            abandoned_claim: None,
            has_snapshots: false,
        }
    }

    pub(crate) fn is_user_tenant(&self) -> bool {
        self.id != SYS
    }

    /// Whether statements for all tenants include this one.
    pub(crate) fn takes_part(&self) -> bool {
        self.is_user_tenant() && self.status == TenantStatus::Normal && !self.in_recyclebin
    }

    /// When a compaction moves on by itself.
    pub(crate) fn next_compaction(&self) -> Option<i64> {
        let both = [&self.compaction, &self.meta_compaction];
        both.into_iter().filter_map(Compaction::next_turn).min()
    }

    pub(crate) fn compaction_turn(&mut self, at: i64) {
        let bytes = self.bytes_to_back_up(None, at);
        self.compaction.turn(bytes, at);
        self.meta_compaction.turn(0, at);
    }

    /// Whether data backups have a place to go to.
    pub(crate) fn has_data_backup_dest(&self) -> bool {
        self.data_backup_dest
            .as_ref()
            .is_some_and(|dest| !dest.value.is_empty())
    }

    /// Backup jobs and delete jobs are numbered together.
    pub(crate) fn next_job_id(&mut self) -> u64 {
        self.last_job_id += 1;
        self.last_job_id
    }

    pub(crate) fn storage_info(&self, identity: &str) -> Option<&StorageInfo> {
        self.storage.iter().find(|row| row.identity() == identity)
    }

    pub(crate) fn storage_info_mut(&mut self, identity: &str) -> Option<&mut StorageInfo> {
        self.storage.iter_mut().find(|row| row.identity() == identity)
    }

    /// Puts a row in the place of the one with the same identity, which goes to the history.
    pub(crate) fn replace_storage_info(&mut self, row: StorageInfo) {
        let identity = row.identity();
        match self.storage.iter_mut().find(|old| old.identity() == identity) {
            Some(old) => self.replaced_storage.push(std::mem::replace(old, row)),
            None => self.storage.push(row),
        }
    }

    /// Writes a new value wherever a destination is in use.
    pub(crate) fn rewrite_destination(&mut self, identity: &str, value: &str) {
        let data = self.data_backup_dest.iter_mut();
        for dest in data.filter(|dest| dest.identity == identity) {
            value.clone_into(&mut dest.value);
        }
        let archives = self.archive_dests.values_mut();
        for dest in archives.filter(|dest| dest.path.is_some() && dest.identity == identity) {
            dest.path = Some(value.to_owned());
        }
    }

    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or_else(
            || super::parameters::definition(name).map_or("", |definition| definition.default),
            String::as_str,
        )
    }
}
