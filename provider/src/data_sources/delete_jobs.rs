//! `oceanbase_delete_jobs`: what deleted backups.
//!
//! Reads `CDB_OB_BACKUP_DELETE_JOBS` and `CDB_OB_BACKUP_DELETE_JOB_HISTORY`.

use super::{asked_for, owner_name};
use crate::{
    cluster::{
        Error, Snapshot, TenantName,
        error::Explanation,
        records::{DeletionJob, DeletionJobs},
    },
    queried::Query,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, sync::Arc};

/// Jobs that delete backups: those under way, and those of the last 31 days; newest first. A delete policy starts one every
/// hour, and most of those find nothing to delete.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Only jobs of this tenant.
    pub tenant: Option<TenantName>,
    /// Also jobs that ended well and found nothing to delete: there are hundreds of them a month, and in an output they make every
    /// plan differ.
    #[serde(default)]
    pub include_idle: bool,
    /// The jobs.
    #[schemars(extend("readOnly" = true))]
    pub jobs: Option<Vec<Entry>>,
}

/// A job that deletes backups.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Entry {
    /// The tenant; `sys` for the parent of a job that sys started.
    #[schemars(extend("readOnly" = true))]
    pub tenant: String,
    /// Number of the job within the tenant (`JOB_ID`).
    #[schemars(extend("readOnly" = true))]
    pub job_id: i64,
    /// `TYPE`: `DELETE OBSOLETE BACKUP` (by the policy, or by hand), `DELETE BACKUP SET`, `DELETE BACKUP PIECE`,
    /// `DELETE BACKUP ALL` or `CANCEL DELETE`.
    #[serde(rename = "type")]
    #[schemars(extend("readOnly" = true))]
    pub kind: String,
    /// What was to be deleted, as the server writes it (`PARAMETER`): numbers of sets or pieces, or the moment before which backups
    /// were looked at, in microseconds since 1970.
    #[schemars(extend("readOnly" = true))]
    pub parameter: String,
    /// `STATUS`: `INIT`, `DOING`, `COMPLETED`, `FAILED`, `CANCELING` or `CANCELED`.
    #[schemars(extend("readOnly" = true))]
    pub status: String,
    /// When it was started, as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub started_at: String,
    /// When it ended; null while it runs.
    #[schemars(extend("readOnly" = true))]
    pub finished_at: Option<String>,
    /// Sets and pieces to delete.
    #[schemars(extend("readOnly" = true))]
    pub task_count: i64,
    /// Of these, deleted.
    #[schemars(extend("readOnly" = true))]
    pub success_task_count: i64,
    /// 0, or the negative error code that it ended with.
    #[schemars(extend("readOnly" = true))]
    pub result: i64,
    /// What the error code means and what to do about it; null when there is none.
    #[schemars(extend("readOnly" = true))]
    pub explanation: Option<String>,
    /// `COMMENT`: the reason of a failure, in the server's words.
    #[schemars(extend("readOnly" = true))]
    pub comment: String,
}

/// The data source.
pub struct Jobs;

impl Query for Jobs {
    const NAME: &'static str = "oceanbase_delete_jobs";
    type Model = Model;
    type Records = Arc<DeletionJobs>;

    fn answer(model: Model, snapshot: &Snapshot, records: &Arc<DeletionJobs>) -> Result<Model, Error> {
        let is_asked_for = asked_for(snapshot, model.tenant.as_ref())?;
        let is_idle = |job: &DeletionJob| job.status == "COMPLETED" && job.task_count == 0;
        let mut jobs: Vec<&DeletionJob> = records
            .jobs
            .iter()
            .filter(|job| model.include_idle || !is_idle(job))
            .collect();
        jobs.sort_by_key(|job| Reverse((job.started, job.tenant_id, job.id)));
        let entries = jobs.into_iter().filter_map(|job| entry(snapshot, job));
        Ok(Model {
            jobs: Some(entries.filter(|entry| is_asked_for(&entry.tenant)).collect()),
            ..model
        })
    }
}

fn entry(snapshot: &Snapshot, job: &DeletionJob) -> Option<Entry> {
    Some(Entry {
        tenant: owner_name(snapshot, job.tenant_id)?,
        job_id: job.id,
        kind: job.kind.clone(),
        parameter: job.parameter.clone(),
        status: job.status.clone(),
        started_at: job.started.to_string(),
        finished_at: job.ended.map(|time| time.to_string()),
        task_count: job.task_count,
        success_task_count: job.success_task_count,
        result: job.result,
        explanation: Explanation::of_job(job.result).map(|explanation| explanation.to_string()),
        comment: job.comment.clone(),
    })
}
