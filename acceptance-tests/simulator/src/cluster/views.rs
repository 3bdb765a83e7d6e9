//! The views: their columns, and their rows at this moment.

mod archive;
mod backup;
mod backup_jobs;
mod catalog;
mod columns;
mod compaction;
mod deletion;
mod encryption;
mod parameters;
mod tenants;

use super::profile::Capabilities;
use super::progress::Service;
use super::tenant::{SYS, Tenant};
use super::{Cluster, Viewer};
use crate::answer::{Cell, Column, ColumnKind, Table};
use catalog::Content;

pub(super) use catalog::{View, find, names};
pub(crate) use columns::SHOWN_PARAMETERS;

/// Names and types of columns.
pub(crate) type Columns = &'static [(&'static str, ColumnKind)];

impl View {
    /// The service whose changes it shows.
    pub(super) fn shows_work_of(&self) -> Option<Service> {
        match self.content {
            Content::Archivelog
            | Content::ArchivelogSummary
            | Content::PieceFiles
            | Content::LogStreamProgress
            | Content::ArchiveDestStatus => Some(Service::Archive),
            Content::BackupJobs | Content::BackupJobHistory | Content::BackupSetFiles => Some(Service::Backup),
            Content::BackupTasks | Content::BackupTaskHistory => Some(Service::BackupTask),
            Content::DeleteJobs | Content::DeleteJobHistory | Content::DeleteTasks | Content::DeleteTaskHistory => {
                Some(Service::Deletion)
            }
            Content::MajorCompaction | Content::ZoneMajorCompaction => Some(Service::Compaction),
            Content::Tenants
            | Content::Parameters
            | Content::BackupParameter
            | Content::StorageInfo
            | Content::StorageInfoHistory
            | Content::RootServiceEvents
            | Content::DeletePolicy
            | Content::EncryptedTables
            | Content::EncryptedTablespaces
            | Content::TenantKeystore
            | Content::MasterKeyVersions
            | Content::TenantTablespaces
            | Content::ArchiveDest => None,
        }
    }

    /// The view at this moment.
    pub(super) fn table(&self, cluster: &Cluster, viewer: &Viewer) -> Table {
        match self.content {
            Content::Tenants => tenants::table(cluster, viewer),
            Content::Parameters => parameters::table(cluster, viewer),
            Content::ArchiveDestStatus => {
                let tenants = seen(cluster, viewer, true);
                table(
                    columns::ARCHIVE_DEST_STATUS,
                    tenants.flat_map(archive::destination_status),
                )
            }
            Content::RootServiceEvents => {
                let events = cluster.events.iter().map(backup_jobs::event);
                table(columns::backup::ROOT_SERVICE_EVENTS, events)
            }
            _ => self.per_tenant(cluster, viewer),
        }
    }

    /// The `CDB_` and `DBA_` pairs, which differ in the rows and in a leading TENANT_ID.
    fn per_tenant(&self, cluster: &Cluster, viewer: &Viewer) -> Table {
        let capabilities = cluster.capabilities;
        let rows = seen(cluster, viewer, self.all_tenants).flat_map(|tenant| self.rows(tenant, capabilities));
        let mut table = table(self.columns(), rows);
        let width = table.columns.len();
        let missing = self.columns_of_later_releases(capabilities);
        if missing > 0 {
            keep_columns(&mut table, 0..width - missing);
        }
        if !self.all_tenants
            && table.columns.first().is_some_and(|column| column.name == "TENANT_ID")
            && !self.is_storage_info()
        {
            keep_columns(&mut table, 1..width - missing);
        }
        table
    }

    /// How many columns at the end this release does not have yet.
    fn columns_of_later_releases(&self, capabilities: &Capabilities) -> usize {
        let (missing, columns) = match self.content {
            Content::StorageInfo | Content::StorageInfoHistory => (!capabilities.storage_throttles, columns::THROTTLES),
            Content::BackupTasks => (!capabilities.backup_turns, columns::backup::NEW_IN_TASKS),
            Content::BackupTaskHistory => (!capabilities.backup_turns, columns::backup::NEW_IN_TASK_HISTORY),
            Content::BackupSetFiles => (!capabilities.backup_turns, columns::backup::NEW_IN_SET_FILES),
            _ => return 0,
        };
        if missing { columns } else { 0 }
    }

    /// The storage-info views keep TENANT_ID in their `DBA_` form.
    fn is_storage_info(&self) -> bool {
        matches!(self.content, Content::StorageInfo | Content::StorageInfoHistory)
    }

    fn columns(&self) -> Columns {
        match self.content {
            Content::Tenants => columns::TENANTS,
            Content::Parameters => columns::PARAMETERS,
            Content::BackupParameter => columns::BACKUP_PARAMETER,
            Content::StorageInfo | Content::StorageInfoHistory => columns::STORAGE_INFO,
            Content::BackupJobs | Content::BackupJobHistory => columns::backup::JOBS,
            Content::BackupTasks => columns::backup::TASKS,
            Content::BackupTaskHistory => columns::backup::TASK_HISTORY,
            Content::BackupSetFiles => columns::backup::SET_FILES,
            Content::RootServiceEvents => columns::backup::ROOT_SERVICE_EVENTS,
            Content::DeletePolicy => columns::deletion::DELETE_POLICY,
            Content::DeleteJobs | Content::DeleteJobHistory => columns::deletion::DELETE_JOBS,
            Content::DeleteTasks | Content::DeleteTaskHistory => columns::deletion::DELETE_TASKS,
            Content::MajorCompaction => columns::compaction::MAJOR_COMPACTION,
            Content::ZoneMajorCompaction => columns::compaction::ZONE_MAJOR_COMPACTION,
            Content::EncryptedTables => columns::encryption::ENCRYPTED_TABLES,
            Content::EncryptedTablespaces => columns::encryption::ENCRYPTED_TABLESPACES,
            Content::TenantKeystore => columns::encryption::TENANT_KEYSTORE,
            Content::MasterKeyVersions => columns::encryption::MASTER_KEY_VERSIONS,
            Content::TenantTablespaces => columns::encryption::TENANT_TABLESPACES,
            Content::ArchiveDest => columns::ARCHIVE_DEST,
            Content::Archivelog => columns::ARCHIVELOG,
            Content::ArchivelogSummary => columns::ARCHIVELOG_SUMMARY,
            Content::PieceFiles => columns::PIECE_FILES,
            Content::LogStreamProgress => columns::LOG_STREAM_PROGRESS,
            Content::ArchiveDestStatus => columns::ARCHIVE_DEST_STATUS,
        }
    }

    fn rows(&self, tenant: &Tenant, capabilities: &Capabilities) -> Vec<Vec<Cell>> {
        match self.content {
            Content::Tenants | Content::Parameters | Content::RootServiceEvents => Vec::new(),
            Content::BackupParameter => backup::parameter(tenant),
            Content::StorageInfo => backup::storage_info(tenant, &tenant.storage, capabilities),
            Content::StorageInfoHistory => backup::storage_info(tenant, &tenant.replaced_storage, capabilities),
            Content::BackupJobs => backup_jobs::jobs(tenant, &tenant.backups.jobs),
            Content::BackupJobHistory => backup_jobs::jobs(tenant, &tenant.backups.history),
            Content::BackupTasks => backup_jobs::tasks(tenant),
            Content::BackupTaskHistory => backup_jobs::task_history(tenant),
            Content::BackupSetFiles => backup_jobs::set_files(tenant),
            Content::DeletePolicy => deletion::policy(tenant),
            Content::DeleteJobs => deletion::jobs(tenant, &tenant.deletions.jobs),
            Content::DeleteJobHistory => deletion::jobs(tenant, &tenant.deletions.history),
            Content::DeleteTasks => deletion::tasks(tenant, &tenant.deletions.jobs),
            Content::DeleteTaskHistory => deletion::tasks(tenant, &tenant.deletions.history),
            Content::MajorCompaction => compaction::of_tenant(tenant, self.all_tenants),
            Content::ZoneMajorCompaction => compaction::of_zones(tenant, self.all_tenants),
            Content::EncryptedTables => encryption::encrypted_tables(tenant),
            Content::EncryptedTablespaces => encryption::encrypted_tablespaces(tenant),
            Content::TenantKeystore => encryption::keystore(tenant),
            Content::MasterKeyVersions => encryption::master_key_versions(tenant),
            Content::TenantTablespaces => encryption::tenant_tablespaces(tenant),
            Content::ArchiveDest => archive::destinations(tenant),
            Content::Archivelog => archive::current_round(tenant),
            Content::ArchivelogSummary => archive::rounds(tenant),
            Content::PieceFiles => archive::pieces(tenant),
            Content::LogStreamProgress => archive::log_streams(tenant),
            Content::ArchiveDestStatus => archive::destination_status(tenant),
        }
    }
}

/// All tenants, or the one that the viewer speaks for.
fn seen<'a>(cluster: &'a Cluster, viewer: &Viewer, all: bool) -> impl Iterator<Item = &'a Tenant> {
    let (first, last) = if viewer.is_sys() && all {
        (SYS, u64::MAX)
    } else {
        (viewer.tenant_id, viewer.tenant_id)
    };
    cluster.tenants.range(first..=last).map(|(_, tenant)| tenant)
}

fn table(columns: Columns, rows: impl Iterator<Item = Vec<Cell>>) -> Table {
    Table {
        columns: self::columns(columns),
        rows: rows.collect(),
    }
}

fn keep_columns(table: &mut Table, kept: std::ops::Range<usize>) {
    table.columns = table.columns.drain(kept.clone()).collect();
    for row in &mut table.rows {
        *row = row.drain(kept.clone()).collect();
    }
}

/// Columns as a result set has them.
pub(crate) fn columns(columns: Columns) -> Vec<Column> {
    columns
        .iter()
        .map(|(name, kind)| Column {
            name: (*name).to_owned(),
            kind: *kind,
        })
        .collect()
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// An id or number that fits.
fn integer(number: u64) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A point in time as an SCN: nanoseconds since the epoch.
fn scn(micros: i64) -> Cell {
    Cell::Unsigned(u64::try_from(micros).unwrap_or(0).saturating_mul(1000))
}

/// The `_DISPLAY` column of an SCN.
fn scn_display(micros: i64) -> Cell {
    if micros == 0 {
        Cell::Null
    } else {
        Cell::Timestamp(micros)
    }
}
