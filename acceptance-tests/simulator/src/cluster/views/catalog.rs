//! Which views there are, and who sees them.

use crate::cluster::Viewer;

const SCHEMA: &str = "oceanbase";

/// A view of the `oceanbase` schema.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) struct View {
    name: &'static str,
    pub(super) content: Content,
    /// Of all tenants, which only sys may see.
    pub(super) all_tenants: bool,
}

/// What the rows of a view are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Tenants,
    Parameters,
    BackupParameter,
    StorageInfo,
    StorageInfoHistory,
    BackupJobs,
    BackupJobHistory,
    BackupTasks,
    BackupTaskHistory,
    BackupSetFiles,
    RootServiceEvents,
    DeletePolicy,
    DeleteJobs,
    DeleteJobHistory,
    DeleteTasks,
    DeleteTaskHistory,
    MajorCompaction,
    ZoneMajorCompaction,
    EncryptedTables,
    EncryptedTablespaces,
    TenantKeystore,
    MasterKeyVersions,
    TenantTablespaces,
    ArchiveDest,
    Archivelog,
    ArchivelogSummary,
    PieceFiles,
    LogStreamProgress,
    ArchiveDestStatus,
}

const fn one(name: &'static str, content: Content) -> View {
    View {
        name,
        content,
        all_tenants: false,
    }
}

const fn all(name: &'static str, content: Content) -> View {
    View {
        name,
        content,
        all_tenants: true,
    }
}

static VIEWS: [View; 49] = [
    one("DBA_OB_TENANTS", Content::Tenants),
    one("GV$OB_PARAMETERS", Content::Parameters),
    one("V$OB_ARCHIVE_DEST_STATUS", Content::ArchiveDestStatus),
    all("CDB_OB_BACKUP_PARAMETER", Content::BackupParameter),
    one("DBA_OB_BACKUP_PARAMETER", Content::BackupParameter),
    all("CDB_OB_BACKUP_STORAGE_INFO", Content::StorageInfo),
    one("DBA_OB_BACKUP_STORAGE_INFO", Content::StorageInfo),
    all("CDB_OB_BACKUP_STORAGE_INFO_HISTORY", Content::StorageInfoHistory),
    one("DBA_OB_BACKUP_STORAGE_INFO_HISTORY", Content::StorageInfoHistory),
    all("CDB_OB_BACKUP_JOBS", Content::BackupJobs),
    one("DBA_OB_BACKUP_JOBS", Content::BackupJobs),
    all("CDB_OB_BACKUP_JOB_HISTORY", Content::BackupJobHistory),
    one("DBA_OB_BACKUP_JOB_HISTORY", Content::BackupJobHistory),
    all("CDB_OB_BACKUP_TASKS", Content::BackupTasks),
    one("DBA_OB_BACKUP_TASKS", Content::BackupTasks),
    all("CDB_OB_BACKUP_TASK_HISTORY", Content::BackupTaskHistory),
    one("DBA_OB_BACKUP_TASK_HISTORY", Content::BackupTaskHistory),
    all("CDB_OB_BACKUP_SET_FILES", Content::BackupSetFiles),
    one("DBA_OB_BACKUP_SET_FILES", Content::BackupSetFiles),
    all("CDB_OB_BACKUP_DELETE_POLICY", Content::DeletePolicy),
    one("DBA_OB_BACKUP_DELETE_POLICY", Content::DeletePolicy),
    all("CDB_OB_BACKUP_DELETE_JOBS", Content::DeleteJobs),
    one("DBA_OB_BACKUP_DELETE_JOBS", Content::DeleteJobs),
    all("CDB_OB_BACKUP_DELETE_JOB_HISTORY", Content::DeleteJobHistory),
    one("DBA_OB_BACKUP_DELETE_JOB_HISTORY", Content::DeleteJobHistory),
    all("CDB_OB_BACKUP_DELETE_TASKS", Content::DeleteTasks),
    one("DBA_OB_BACKUP_DELETE_TASKS", Content::DeleteTasks),
    all("CDB_OB_BACKUP_DELETE_TASK_HISTORY", Content::DeleteTaskHistory),
    one("DBA_OB_BACKUP_DELETE_TASK_HISTORY", Content::DeleteTaskHistory),
    all("DBA_OB_ROOTSERVICE_EVENT_HISTORY", Content::RootServiceEvents),
    all("CDB_OB_MAJOR_COMPACTION", Content::MajorCompaction),
    one("DBA_OB_MAJOR_COMPACTION", Content::MajorCompaction),
    all("CDB_OB_ZONE_MAJOR_COMPACTION", Content::ZoneMajorCompaction),
    one("DBA_OB_ZONE_MAJOR_COMPACTION", Content::ZoneMajorCompaction),
    one("V$OB_ENCRYPTED_TABLES", Content::EncryptedTables),
    one("V$ENCRYPTED_TABLESPACES", Content::EncryptedTablespaces),
    all("__all_virtual_tenant_keystore", Content::TenantKeystore),
    all("__all_virtual_master_key_version_info", Content::MasterKeyVersions),
    all("__all_virtual_tenant_tablespace", Content::TenantTablespaces),
    all("CDB_OB_ARCHIVE_DEST", Content::ArchiveDest),
    one("DBA_OB_ARCHIVE_DEST", Content::ArchiveDest),
    all("CDB_OB_ARCHIVELOG", Content::Archivelog),
    one("DBA_OB_ARCHIVELOG", Content::Archivelog),
    all("CDB_OB_ARCHIVELOG_SUMMARY", Content::ArchivelogSummary),
    one("DBA_OB_ARCHIVELOG_SUMMARY", Content::ArchivelogSummary),
    all("CDB_OB_ARCHIVELOG_PIECE_FILES", Content::PieceFiles),
    one("DBA_OB_ARCHIVELOG_PIECE_FILES", Content::PieceFiles),
    all("CDB_OB_LS_LOG_ARCHIVE_PROGRESS", Content::LogStreamProgress),
    one("DBA_OB_LS_LOG_ARCHIVE_PROGRESS", Content::LogStreamProgress),
];

/// What a viewer can select from.
pub(in crate::cluster) fn names(viewer: &Viewer) -> Vec<(&'static str, &'static str)> {
    visible(viewer).map(|view| (SCHEMA, view.name)).collect()
}

/// Finds a view, whatever the case of its name.
pub(in crate::cluster) fn find(viewer: &Viewer, schema: &str, name: &str) -> Option<&'static View> {
    visible(viewer).find(|view| schema.eq_ignore_ascii_case(SCHEMA) && name.eq_ignore_ascii_case(view.name))
}

fn visible(viewer: &Viewer) -> impl Iterator<Item = &'static View> {
    let is_sys = viewer.is_sys();
    VIEWS.iter().filter(move |view| is_sys || !view.all_tenants)
}
