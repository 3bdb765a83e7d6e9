//! Backup jobs: rows of CDB_OB_BACKUP_JOBS, and the turns in which they come to their end.
//!
//! A job of a tenant is INIT until the scheduler has looked at the destination, DOING while its task passes through its
//! statuses, and then history. A job that sys started is a parent, which does nothing but wait for its children.

mod task;
mod turn;

use super::archive::next_turn;
use super::backup_set::{BackupSet, FileStatus};
use super::job::{JobStatus, Origin};
use super::profile::Profile;
use super::tenant::Tenant;

pub(crate) use task::SetTask;
pub(crate) use turn::{Site, parent_turn};

/// BACKUP_TYPE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BackupType {
    Full,
    Incremental,
    /// A copy of the log, which later releases than these list among the backups.
    LogCopy,
}

impl BackupType {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Incremental => "INC",
            Self::LogCopy => "BACKUP_ARCHIVE",
        }
    }
}

/// What is to be backed up, and how.
#[derive(Clone)]
pub(crate) struct BackupRequest {
    pub(crate) backup_type: BackupType,
    pub(crate) plus_archivelog: bool,
    pub(crate) description: String,
    /// The session had a password set. What it is does not matter to any view.
    pub(crate) has_password: bool,
}

impl BackupRequest {
    pub(crate) fn encryption_mode(&self) -> &'static str {
        if self.has_password { "PASSWORD" } else { "NONE" }
    }

    /// PASSWD, masked.
    pub(crate) fn passwd(&self) -> &'static str {
        if self.has_password { "******" } else { "" }
    }
}

/// A row of CDB_OB_BACKUP_JOBS, later of CDB_OB_BACKUP_JOB_HISTORY.
pub(crate) struct BackupJob {
    pub(crate) id: u64,
    /// 0 on parents.
    pub(crate) set_id: u64,
    pub(crate) origin: Origin,
    pub(crate) request: BackupRequest,
    pub(crate) started: i64,
    pub(crate) ended: Option<i64>,
    pub(crate) status: JobStatus,
    pub(crate) result: i64,
    pub(crate) comment: String,
    /// Destination without secrets; empty on parents.
    pub(crate) path: String,
    /// Since the change to DOING.
    pub(crate) task: Option<SetTask>,
    /// Nothing while it waits for others.
    next_turn: Option<i64>,
    retries: u32,
    /// Started or held from outside: it meets no obstacle, and ends when it is told to.
    pinned: bool,
}

/// An error that the next turns of jobs meet, whatever else there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mishap {
    pub(crate) errno: u16,
    pub(crate) lasts: Lasts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// For so many turns.
    Turns(u32),
    /// Until a job has failed by it.
    UntilFailure,
}

/// Backups of one tenant; of sys, the parents.
#[derive(Default)]
pub(crate) struct Backups {
    pub(crate) jobs: Vec<BackupJob>,
    pub(crate) history: Vec<BackupJob>,
    pub(crate) sets: Vec<BackupSet>,
    last_set_id: u64,
    last_task_id: u64,
    pub(crate) mishap: Option<Mishap>,
    /// The next job that becomes DOING stays so until it is ended from outside.
    pub(crate) holds_next: bool,
}

impl Backups {
    /// When the next job moves on by itself.
    pub(crate) fn next_turn(&self) -> Option<i64> {
        self.jobs.iter().filter_map(|job| job.next_turn).min()
    }

    /// As [`Backups::next_turn`], but for what was started from outside and runs as long as it was told.
    pub(crate) fn next_change(&self) -> Option<i64> {
        let free = self.jobs.iter().filter(|job| !job.is_held());
        free.filter_map(|job| job.next_turn).min()
    }

    /// Whether a job runs for this initiator: those of sys and those of the tenant do not know of one another.
    pub(crate) fn runs_for(&self, initiator_tenant_id: u64) -> bool {
        let mut jobs = self.jobs.iter();
        jobs.any(|job| job.origin.initiator_tenant_id == initiator_tenant_id)
    }

    /// Asynchronous: the rows stay until the jobs' next turn.
    pub(crate) fn cancel(&mut self, now: i64) {
        let running = |job: &&mut BackupJob| matches!(job.status, JobStatus::Init | JobStatus::Doing);
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

    /// Job, task and set come to their end together.
    fn end(&mut self, mut job: BackupJob, status: JobStatus, failure: Option<(i64, String)>, at: i64) {
        (job.result, job.comment) = failure.unwrap_or_default();
        (job.status, job.ended) = (status, Some(at));
        let set = self.sets.iter_mut().find(|set| set.id == job.set_id);
        if let (Some(task), Some(set)) = (&mut job.task, set) {
            task.end(status, job.result, &job.comment, at);
            set.follow(task);
            set.end(status, at);
        }
        self.history.push(job);
    }

    /// A destination was emptied and taken into use anew: what it held is gone.
    pub(crate) fn forget_sets_under(&mut self, identity: &str) {
        for set in self.sets.iter_mut().filter(|set| set.path == identity) {
            set.file_status = FileStatus::Deleted;
        }
    }

    /// The numbers of finished macro blocks and the like follow the clock.
    pub(crate) fn follow(&mut self, now: i64) {
        for job in &mut self.jobs {
            let Some(task) = &mut job.task else {
                continue;
            };
            task.follow(now);
            if let Some(set) = self.sets.iter_mut().find(|set| set.id == job.set_id) {
                set.follow(task);
            }
        }
    }
}

impl BackupJob {
    fn new(id: u64, set_id: u64, origin: Origin, request: BackupRequest, path: String, now: i64) -> Self {
        Self {
            id,
            set_id,
            origin,
            request,
            started: now,
            ended: None,
            status: JobStatus::Init,
            result: 0,
            comment: String::new(),
            path,
            task: None,
            next_turn: Some(next_turn(now)),
            retries: 0,
            pinned: false,
        }
    }

    /// Whether this is a parent whose children are to be started now.
    pub(crate) fn spawns_at(&self, at: i64) -> bool {
        self.status == JobStatus::Init && self.is_due(at)
    }

    fn is_due(&self, at: i64) -> bool {
        self.next_turn.is_some_and(|due| due <= at)
    }

    fn is_held(&self) -> bool {
        self.pinned && self.status == JobStatus::Doing
    }
}

impl Tenant {
    /// Adds a job of this tenant. An incremental one becomes a full one where there is nothing to add to.
    pub(crate) fn start_backup(
        &mut self,
        origin: Origin,
        mut request: BackupRequest,
        profile: Profile,
        now: i64,
    ) -> u64 {
        let version = profile.version();
        if self
            .full_to_add_to()
            .is_none_or(|full| full.tenant_compatible != version)
        {
            request.backup_type = BackupType::Full;
        }
        let path = self
            .data_backup_dest
            .as_ref()
            .map_or("", |dest| &dest.identity)
            .to_owned();
        let id = self.next_job_id();
        self.backups.last_set_id += 1;
        let job = BackupJob::new(id, self.backups.last_set_id, origin, request, path, now);
        self.backups.jobs.push(job);
        id
    }

    /// Adds the row of sys that stands for its statement.
    pub(crate) fn start_parent(&mut self, executors: Vec<u64>, request: BackupRequest, now: i64) {
        let id = self.next_job_id();
        let origin = Origin::parent(id, executors);
        let job = BackupJob::new(id, 0, origin, request, String::new(), now);
        self.backups.jobs.push(job);
    }

    /// Starts a full backup from outside, which is DOING at once and runs for so long.
    pub(crate) fn start_pinned_backup(&mut self, profile: Profile, now: i64, ends: i64) -> u64 {
        let request = BackupRequest {
            backup_type: BackupType::Full,
            plus_archivelog: false,
            description: String::new(),
            has_password: false,
        };
        let id = self.start_backup(Origin::tenant(self.id), request, profile, now);
        if let Some(mut job) = self.backups.jobs.pop() {
            self.begin(&mut job, profile, now);
            (job.pinned, job.next_turn) = (true, Some(ends));
            self.backups.jobs.push(job);
        }
        id
    }

    /// Adds the row that a finished copy of the log has in later releases.
    pub(crate) fn record_log_copy(&mut self, now: i64) {
        let request = BackupRequest {
            backup_type: BackupType::LogCopy,
            plus_archivelog: false,
            description: String::new(),
            has_password: false,
        };
        let id = self.next_job_id();
        let job = BackupJob::new(id, 0, Origin::tenant(self.id), request, String::new(), now);
        self.backups.end(job, JobStatus::Completed, None, now);
    }

    /// Ends all jobs well, at once.
    pub(crate) fn complete_backups(&mut self, profile: Profile, now: i64) {
        for mut job in std::mem::take(&mut self.backups.jobs) {
            if job.task.is_none() && !job.origin.is_parent {
                self.begin(&mut job, profile, now);
            }
            if let Some(task) = &mut job.task {
                task.skip_to_end(now);
            }
            self.backups.end(job, JobStatus::Completed, None, now);
        }
    }
}
