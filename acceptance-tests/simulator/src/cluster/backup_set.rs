//! Backup sets: rows of CDB_OB_BACKUP_SET_FILES, and how large and how fast a backup is.

use super::backup_job::{BackupJob, BackupType, SetTask};
use super::job::JobStatus;
use super::profile::Profile;
use super::tenant::Tenant;

const SECOND: i64 = 1_000_000;
/// What a tenant holds from the start.
const FIRST_BYTES: i64 = 4 << 30;
/// What it adds; its log grows as fast.
const BYTES_PER_SECOND: i64 = 20_480;
/// The pace of a backup, unless its destination has a limit.
const BACKUP_BYTES_PER_SECOND: i64 = 32 << 20;
/// The log before the start of a backup that is needed to replay it.
const REPLAY_LEAD: i64 = 2 * SECOND;

/// STATUS of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetStatus {
    Doing,
    Success,
    Failed,
}

impl SetStatus {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Doing => "DOING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
        }
    }
}

/// FILE_STATUS of sets and pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileStatus {
    /// All there.
    Available,
    /// Not all written, or not well.
    Incomplete,
    /// Being deleted.
    Deleting,
    /// Gone; the row stays.
    Deleted,
    /// No longer needed.
    Expired,
    /// Damaged.
    Broken,
}

impl FileStatus {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Incomplete => "INCOMPLETE",
            Self::Deleting => "DELETING",
            Self::Deleted => "DELETED",
            Self::Expired => "EXPIRED",
            Self::Broken => "BROKEN",
        }
    }
}

/// A row of CDB_OB_BACKUP_SET_FILES.
#[derive(Clone)]
pub(crate) struct BackupSet {
    pub(crate) id: u64,
    pub(crate) dest_id: u64,
    pub(crate) backup_type: BackupType,
    /// 0 on a full one.
    pub(crate) previous_full_id: u64,
    /// The incremental before, 0 where the full comes before.
    pub(crate) previous_incremental_id: u64,
    pub(crate) start: i64,
    pub(crate) ended: Option<i64>,
    pub(crate) status: SetStatus,
    pub(crate) file_status: FileStatus,
    pub(crate) plus_archivelog: bool,
    /// The log from here on is needed to restore it; 0 until it is complete.
    pub(crate) start_replay: i64,
    /// The first point in time that it can be restored to; 0 until it is complete.
    pub(crate) min_restore: i64,
    pub(crate) encryption_mode: &'static str,
    pub(crate) passwd: &'static str,
    pub(crate) tenant_compatible: String,
    pub(crate) cluster_version: &'static str,
    pub(crate) path: String,
    /// As the task has it.
    pub(crate) task: Option<SetTask>,
}

/// What an incremental follows.
pub(crate) struct Predecessor {
    pub(super) full_id: u64,
    pub(super) incremental_id: u64,
    pub(super) start: i64,
}

impl BackupSet {
    pub(crate) fn new(
        job: &BackupJob,
        dest_id: u64,
        previous: Option<&Predecessor>,
        profile: Profile,
        start: i64,
    ) -> Self {
        Self {
            id: job.set_id,
            dest_id,
            backup_type: job.request.backup_type,
            previous_full_id: previous.map_or(0, |previous| previous.full_id),
            previous_incremental_id: previous.map_or(0, |previous| previous.incremental_id),
            start,
            ended: None,
            status: SetStatus::Doing,
            file_status: FileStatus::Incomplete,
            plus_archivelog: job.request.plus_archivelog,
            start_replay: 0,
            min_restore: 0,
            encryption_mode: job.request.encryption_mode(),
            passwd: job.request.passwd(),
            tenant_compatible: profile.version().to_owned(),
            cluster_version: profile.version(),
            path: job.path.clone(),
            task: None,
        }
    }

    /// ELAPSED_SECONDES, 0 while it runs.
    pub(crate) fn elapsed_seconds(&self) -> i64 {
        self.ended.map_or(0, |ended| (ended - self.start) / SECOND)
    }

    /// Whether an incremental can follow it, and a tenant be restored from it.
    pub(crate) fn is_usable(&self) -> bool {
        self.status == SetStatus::Success && self.file_status == FileStatus::Available
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.file_status == FileStatus::Deleted
    }

    pub(crate) fn follow(&mut self, task: &SetTask) {
        self.task = Some(task.clone());
    }

    pub(crate) fn end(&mut self, status: JobStatus, at: i64) {
        self.ended = Some(at);
        if status != JobStatus::Completed {
            self.status = SetStatus::Failed;
            return;
        }
        (self.status, self.file_status) = (SetStatus::Success, FileStatus::Available);
        (self.start_replay, self.min_restore) = (self.start - REPLAY_LEAD, at);
    }
}

/// Where the files of a set are, below its destination.
pub(crate) fn directory(id: u64, backup_type: BackupType) -> String {
    let suffix = backup_type.text().to_ascii_lowercase();
    format!("backup_set_{id}_{suffix}")
}

impl Tenant {
    /// The newest full that an incremental could follow: complete, and at the same place.
    pub(crate) fn full_to_add_to(&self) -> Option<&BackupSet> {
        let path = &self.data_backup_dest.as_ref()?.identity;
        let mut sets = self.backups.sets.iter().rev();
        sets.find(|set| set.backup_type == BackupType::Full && set.is_usable() && set.path == *path)
    }

    /// The end of the chain that an incremental goes on with.
    pub(crate) fn predecessor(&self) -> Option<Predecessor> {
        let full = self.full_to_add_to()?;
        let mut later = self.backups.sets.iter().rev();
        let incremental = later.find(|set| set.is_usable() && set.previous_full_id == full.id);
        Some(Predecessor {
            full_id: full.id,
            incremental_id: incremental.map_or(0, |set| set.id),
            start: incremental.unwrap_or(full).start,
        })
    }

    /// All there is, or what came since.
    pub(crate) fn bytes_to_back_up(&self, since: Option<i64>, now: i64) -> i64 {
        let written = |from: i64| (now - from) / SECOND * BYTES_PER_SECOND;
        match since {
            Some(since) => written(since),
            None => FIRST_BYTES + written(self.created),
        }
    }

    /// Bytes per second.
    pub(crate) fn backup_rate(&self, identity: &str) -> i64 {
        let limit = self.storage_info(identity).map_or(0, |row| row.max_bandwidth);
        match i64::try_from(limit) {
            Ok(limit) if limit > 0 => limit.min(BACKUP_BYTES_PER_SECOND),
            _ => BACKUP_BYTES_PER_SECOND,
        }
    }
}
