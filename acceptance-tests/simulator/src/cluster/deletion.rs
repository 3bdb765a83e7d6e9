//! Delete jobs: rows of CDB_OB_BACKUP_DELETE_JOBS, one task for each set or piece.
//!
//! A job is INIT until it has been found out what goes, DOING while files go, and then history. A refusal is no error of the
//! statement: the job fails.

mod rules;
mod turn;

use super::archive::next_turn;
use super::job::{JobStatus, Origin};
use super::tenant::Tenant;

pub(crate) use rules::{Doomed, Kind};
pub(crate) use turn::{Scene, parent_turn};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

/// What is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeleteRequest {
    /// What the policy no longer needs.
    Obsolete,
    /// Sets or pieces, by id.
    Ids(Kind, Vec<u64>),
    /// Everything at a destination, given as `P` or `P?host=…`.
    All(Kind, String),
}

impl DeleteRequest {
    /// TYPE.
    pub(crate) fn text(&self) -> &'static str {
        match self {
            Self::Obsolete => "DELETE OBSOLETE BACKUP",
            Self::Ids(Kind::Set, _) => "DELETE BACKUP SET",
            Self::Ids(Kind::Piece, _) => "DELETE BACKUP PIECE",
            Self::All(..) => "DELETE BACKUP ALL",
        }
    }
}

/// A row of CDB_OB_BACKUP_DELETE_JOBS, later of CDB_OB_BACKUP_DELETE_JOB_HISTORY.
pub(crate) struct DeleteJob {
    pub(crate) id: u64,
    pub(crate) origin: Origin,
    pub(crate) request: DeleteRequest,
    /// What ended before this is obsolete, in microseconds.
    pub(crate) expire: i64,
    pub(crate) started: i64,
    pub(crate) ended: Option<i64>,
    pub(crate) status: JobStatus,
    pub(crate) result: i64,
    pub(crate) comment: String,
    pub(crate) tasks: Vec<DeleteTask>,
    /// Nothing while it waits for others.
    next_turn: Option<i64>,
    retries: u32,
}

impl DeleteJob {
    /// Whether this is a parent whose children are to be started now.
    pub(crate) fn spawns_at(&self, at: i64) -> bool {
        self.status == JobStatus::Init && self.is_due(at)
    }

    fn is_due(&self, at: i64) -> bool {
        self.next_turn.is_some_and(|due| due <= at)
    }

    /// PARAMETER.
    pub(crate) fn parameter(&self) -> String {
        match &self.request {
            DeleteRequest::Obsolete => self.expire.to_string(),
            DeleteRequest::Ids(_, ids) => {
                let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
                ids.join(",")
            }
            DeleteRequest::All(_, path) => path.clone(),
        }
    }
}

/// A row of CDB_OB_BACKUP_DELETE_TASKS.
pub(crate) struct DeleteTask {
    pub(crate) id: u64,
    pub(crate) doomed: Doomed,
    pub(crate) started: i64,
    pub(crate) ended: Option<i64>,
    pub(crate) status: JobStatus,
    pub(crate) result: i64,
    pub(crate) comment: String,
}

/// Deletions of one tenant; of sys, the parents.
#[derive(Default)]
pub(crate) struct Deletions {
    pub(crate) jobs: Vec<DeleteJob>,
    pub(crate) history: Vec<DeleteJob>,
    last_task_id: u64,
    /// When the policy is looked at again.
    cleanup: Option<i64>,
}

impl Deletions {
    /// When something happens by itself.
    pub(crate) fn next_turn(&self) -> Option<i64> {
        self.next_change().into_iter().chain(self.cleanup).min()
    }

    /// When the next job moves on.
    pub(crate) fn next_change(&self) -> Option<i64> {
        self.jobs.iter().filter_map(|job| job.next_turn).min()
    }

    /// Lets the policy be looked at every hour, or no longer.
    pub(crate) fn clean_up_hourly(&mut self, wanted: bool, now: i64) {
        let next = (now - now.rem_euclid(HOUR)).saturating_add(HOUR);
        // At the end of time there is no next hour.
        self.cleanup = (wanted && next > now).then_some(next);
    }

    /// Asynchronous: the rows stay until the jobs' next turn.
    pub(crate) fn cancel(&mut self, now: i64) {
        let running = |job: &&mut DeleteJob| matches!(job.status, JobStatus::Init | JobStatus::Doing);
        for job in self.jobs.iter_mut().filter(running) {
            job.status = JobStatus::Canceling;
            job.next_turn = Some(next_turn(now));
        }
    }

    /// To be called when others may have gone without a turn: whoever waits for them looks again.
    pub(crate) fn wake_parents(&mut self, now: i64) {
        for job in self.jobs.iter_mut().filter(|job| job.origin.is_parent) {
            job.next_turn = job.next_turn.or_else(|| Some(next_turn(now)));
        }
    }

    fn end(&mut self, mut job: DeleteJob, status: JobStatus, failure: Option<(i64, String)>, at: i64) {
        (job.result, job.comment) = failure.unwrap_or_default();
        (job.status, job.ended) = (status, Some(at));
        for task in job.tasks.iter_mut().filter(|task| task.ended.is_none()) {
            (task.status, task.ended, task.result) = (status, Some(at), job.result);
            job.comment.clone_into(&mut task.comment);
        }
        self.history.push(job);
    }
}

impl Tenant {
    /// Adds a job of this tenant, or, on sys, one that stands for its statement.
    pub(crate) fn start_deletion(&mut self, origin: impl FnOnce(u64) -> Origin, request: DeleteRequest, now: i64) {
        let id = self.next_job_id();
        let window = self.delete_policy.as_ref().map_or(0, |policy| policy.window());
        self.deletions.jobs.push(DeleteJob {
            id,
            origin: origin(id),
            request,
            expire: now.saturating_sub(window),
            started: now,
            ended: None,
            status: JobStatus::Init,
            result: 0,
            comment: String::new(),
            tasks: Vec::new(),
            next_turn: Some(next_turn(now)),
            retries: 0,
        });
    }
}
