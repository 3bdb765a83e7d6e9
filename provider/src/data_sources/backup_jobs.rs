//! `oceanbase_backup_jobs`: backups under way and in the recent past.
//!
//! Reads `CDB_OB_BACKUP_JOBS` and `CDB_OB_BACKUP_JOB_HISTORY`.

use super::{asked_for, owner_name, type_name};
use crate::{
    cluster::{
        Error, Snapshot, TenantName,
        error::Explanation,
        records::{BackupJob, BackupJobs, SYS},
    },
    queried::Query,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, sync::Arc};

/// Backup jobs: those under way, and those of the last 31 days; newest first.
///
/// A job that sys starts is a parent of its own, of the tenant `sys`, and one job for each tenant. Every scheduled backup adds
/// jobs: in an output they make plans differ.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Only jobs of this tenant.
    pub tenant: Option<TenantName>,
    /// Only jobs of these types. Unset: `full` and `incremental`.
    pub types: Option<Vec<JobType>>,
    /// Only jobs in these states. Unset: all.
    pub states: Option<Vec<State>>,
    /// Also the parents of jobs that sys started. A parent fails when one of its jobs does not end well, also when that is cancelled.
    #[serde(default)]
    pub include_parents: bool,
    /// The jobs.
    #[schemars(extend("readOnly" = true))]
    pub jobs: Option<Vec<Entry>>,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum JobType {
    /// Backs up everything.
    Full,
    /// Backs up what changed since the backup before.
    Incremental,
    /// Copies archived log to a second place (4.4.2.3 and later).
    BackupArchive,
    /// The same, and deletes what it copied (4.4.2.3 and later).
    BackupArchiveDeleteInput,
}

impl JobType {
    fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Incremental => "incremental",
            Self::BackupArchive => "backup_archive",
            Self::BackupArchiveDeleteInput => "backup_archive_delete_input",
        }
    }
}

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum State {
    /// Waiting, under way, or being cancelled.
    Running,
    /// Ended well.
    Completed,
    /// Ended with an error.
    Failed,
    /// Ended on request.
    Canceled,
}

impl State {
    fn of(job: &BackupJob) -> Self {
        match job.status.as_str() {
            "COMPLETED" => Self::Completed,
            "FAILED" => Self::Failed,
            "CANCELED" => Self::Canceled,
            _ => Self::Running,
        }
    }
}

/// A backup job.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Entry {
    /// The tenant that is backed up; `sys` for the parent of a job that sys started.
    #[schemars(extend("readOnly" = true))]
    pub tenant: String,
    /// Number of the job within the tenant (`JOB_ID`).
    #[schemars(extend("readOnly" = true))]
    pub job_id: i64,
    /// For a job that sys started: the parent's number, within sys.
    #[schemars(extend("readOnly" = true))]
    pub parent_job_id: Option<i64>,
    /// For a parent: the tenants that it was started for.
    #[schemars(extend("readOnly" = true))]
    pub tenants: Option<Vec<String>>,
    /// The backup set that it makes; null for a parent.
    #[schemars(extend("readOnly" = true))]
    pub backup_set_id: Option<i64>,
    /// `full` or `incremental`, or another type of a later version. The server turns an incremental that has no full to build
    /// upon into a full.
    #[serde(rename = "type")]
    #[schemars(extend("readOnly" = true))]
    pub kind: String,
    /// Whether the set holds the log that it needs.
    #[schemars(extend("readOnly" = true))]
    pub plus_archivelog: bool,
    /// Whether a password is needed to restore from the set.
    #[schemars(extend("readOnly" = true))]
    pub password_protected: bool,
    /// `running`, `completed`, `failed` or `canceled`.
    #[schemars(extend("readOnly" = true))]
    pub state: State,
    /// `STATUS` as the server says it, such as `DOING` or `CANCELING`.
    #[schemars(extend("readOnly" = true))]
    pub status: String,
    /// When it was started, as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub started_at: String,
    /// When it ended; null while it runs.
    #[schemars(extend("readOnly" = true))]
    pub finished_at: Option<String>,
    /// 0, or the negative error code that it ended with.
    #[schemars(extend("readOnly" = true))]
    pub result: i64,
    /// What the error code means and what to do about it; null when there is none.
    #[schemars(extend("readOnly" = true))]
    pub explanation: Option<String>,
    /// `COMMENT`: where it failed, in the server's words.
    #[schemars(extend("readOnly" = true))]
    pub comment: String,
    /// What the statement gave as `DESCRIPTION`.
    #[schemars(extend("readOnly" = true))]
    pub description: String,
    /// Destination, without its key; empty for a parent.
    #[schemars(extend("readOnly" = true))]
    pub path: String,
}

/// The data source.
pub struct Jobs;

impl Query for Jobs {
    const NAME: &'static str = "oceanbase_backup_jobs";
    type Model = Model;
    type Records = Arc<BackupJobs>;

    fn answer(model: Model, snapshot: &Snapshot, records: &Arc<BackupJobs>) -> Result<Model, Error> {
        let is_of_tenant = asked_for(snapshot, model.tenant.as_ref())?;
        let types = model.types.as_deref().unwrap_or(&[JobType::Full, JobType::Incremental]);
        let is_asked_for = |entry: &Entry| {
            is_of_tenant(&entry.tenant)
                && (model.include_parents || entry.tenants.is_none())
                && types.iter().any(|kind| kind.name() == entry.kind)
                && model.states.as_ref().is_none_or(|states| states.contains(&entry.state))
        };
        let mut jobs: Vec<&BackupJob> = records.jobs.iter().collect();
        jobs.sort_by_key(|job| Reverse((job.started, job.tenant_id, job.id)));
        let entries = jobs.into_iter().filter_map(|job| entry(snapshot, job));
        Ok(Model {
            jobs: Some(entries.filter(is_asked_for).collect()),
            ..model
        })
    }
}

fn entry(snapshot: &Snapshot, job: &BackupJob) -> Option<Entry> {
    let is_parent = job.backup_set_id.is_none() && job.tenant_id == SYS;
    let tenants = job
        .executor_tenant_ids
        .iter()
        .filter_map(|id| owner_name(snapshot, *id));
    Some(Entry {
        tenant: owner_name(snapshot, job.tenant_id)?,
        job_id: job.id,
        parent_job_id: job.initiator_job_id.filter(|_| !is_parent),
        tenants: is_parent.then(|| tenants.collect()),
        backup_set_id: job.backup_set_id,
        kind: type_name(&job.backup_type),
        plus_archivelog: job.plus_archivelog,
        password_protected: job.encryption_mode == "PASSWORD",
        state: State::of(job),
        status: job.status.clone(),
        started_at: job.started.to_string(),
        finished_at: job.ended.map(|time| time.to_string()),
        result: job.result,
        explanation: Explanation::of_job(job.result).map(|explanation| explanation.to_string()),
        comment: job.comment.clone(),
        description: job.description.clone(),
        path: job.path.clone(),
    })
}
