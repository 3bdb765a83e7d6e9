//! Delete jobs: rows of CDB_OB_BACKUP_DELETE_JOBS, one task for each set or piece.
//!
//! A job is INIT until it has been found out what goes, DOING while files go, and then history. A refusal is no error of the
//! statement: the job fails.

mod rules;

use super::archive::next_turn;
use super::backup_set::{self, FileStatus};
use super::destination::Scheme;
use super::job::{CANCELED, Children, Failure, JobStatus, Origin};
use super::storage::Storage;
use super::storage_info::{Claimant, DestType};
use super::tenant::Tenant;

pub(crate) use rules::{Doomed, Kind};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
const RETRY_AFTER: i64 = 5 * SECOND;
const MOST_RETRIES: u32 = 10;

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
    next_turn: i64,
    retries: u32,
}

impl DeleteJob {
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

/// What a deletion meets outside its tenant.
pub(crate) struct Scene<'a> {
    pub(crate) claimant: Claimant<'a>,
    pub(crate) storage: &'a mut Storage,
}

impl Deletions {
    /// When something happens by itself.
    pub(crate) fn next_turn(&self) -> Option<i64> {
        self.next_change().into_iter().chain(self.cleanup).min()
    }

    /// When the next job moves on.
    pub(crate) fn next_change(&self) -> Option<i64> {
        self.jobs.iter().map(|job| job.next_turn).min()
    }

    /// Lets the policy be looked at every hour, or no longer.
    pub(crate) fn clean_up_hourly(&mut self, wanted: bool, now: i64) {
        self.cleanup = wanted.then(|| now - now.rem_euclid(HOUR) + HOUR);
    }

    /// Asynchronous: the rows stay until the jobs' next turn.
    pub(crate) fn cancel(&mut self, now: i64) {
        let running = |job: &&mut DeleteJob| matches!(job.status, JobStatus::Init | JobStatus::Doing);
        for job in self.jobs.iter_mut().filter(running) {
            job.status = JobStatus::Canceling;
            job.next_turn = next_turn(now);
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

/// What a turn of a job led to.
enum Turn {
    Goes,
    Ends(JobStatus, Option<(i64, String)>),
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
            expire: now - window,
            started: now,
            ended: None,
            status: JobStatus::Init,
            result: 0,
            comment: String::new(),
            tasks: Vec::new(),
            next_turn: next_turn(now),
            retries: 0,
        });
    }

    /// Starts what the policy asks for each hour, unless that still goes on, and moves on every job that is due.
    pub(crate) fn deletion_turn(&mut self, scene: &mut Scene<'_>, at: i64) {
        if self.deletions.cleanup.is_some_and(|due| due <= at) {
            self.deletions.clean_up_hourly(true, at);
            let expires = self.delete_policy.as_ref().is_some_and(|policy| policy.window() > 0);
            if expires && self.has_data_backup_dest() && self.deletions.jobs.is_empty() {
                let id = self.id;
                self.start_deletion(|_| Origin::tenant(id), DeleteRequest::Obsolete, at);
            }
        }
        let mut running = Vec::new();
        for mut job in std::mem::take(&mut self.deletions.jobs) {
            if job.next_turn > at {
                running.push(job);
                continue;
            }
            match self.turn_of_deletion(&mut job, scene, at) {
                Turn::Goes => running.push(job),
                Turn::Ends(status, failure) => self.deletions.end(job, status, failure, at),
            }
        }
        self.deletions.jobs.extend(running);
    }

    fn turn_of_deletion(&mut self, job: &mut DeleteJob, scene: &mut Scene<'_>, at: i64) -> Turn {
        let step = match job.status {
            JobStatus::Canceling => return Turn::Ends(JobStatus::Canceled, Some((CANCELED, String::new()))),
            JobStatus::Init => match self.doomed(job, scene.claimant.capabilities) {
                Err((result, comment)) => return Turn::Ends(JobStatus::Failed, Some((result, comment))),
                Ok(doomed) => self.check_places(&doomed, scene).map(|()| self.doom(job, doomed, at)),
            },
            _ => self.delete(job, scene, at),
        };
        match step {
            Ok(true) => Turn::Ends(JobStatus::Completed, None),
            Ok(false) => {
                (job.next_turn, job.retries) = (next_turn(at), 0);
                Turn::Goes
            }
            Err(failure) if failure.is_final() || job.retries >= MOST_RETRIES => {
                let comment = failure.comment(self.id, scene.claimant.capabilities);
                Turn::Ends(JobStatus::Failed, Some((failure.result(), comment)))
            }
            Err(_) => {
                job.retries += 1;
                job.next_turn = at + RETRY_AFTER;
                Turn::Goes
            }
        }
    }

    /// The format file of every destination that is touched has to be valid.
    fn check_places(&self, doomed: &[Doomed], scene: &mut Scene<'_>) -> Result<(), Failure> {
        let current = self
            .data_backup_dest
            .iter()
            .map(|dest| (dest.identity.as_str(), Kind::Set));
        let touched = doomed.iter().map(|doomed| (doomed.path.as_str(), doomed.kind));
        for (path, kind) in current.filter(|(path, _)| !path.is_empty()).chain(touched) {
            let dest_id = self.storage_info(path).map_or(0, |row| row.dest_id);
            let dest_type = match kind {
                Kind::Set => DestType::BackupData,
                Kind::Piece => DestType::ArchiveLog,
            };
            let checked = scene
                .claimant
                .check_format(self, scene.storage, path, dest_id, dest_type);
            checked.map_err(|error| Failure::of_root_service(error.errno))?;
        }
        Ok(())
    }

    /// Writes down what goes. Says whether that is nothing.
    fn doom(&mut self, job: &mut DeleteJob, doomed: Vec<Doomed>, at: i64) -> bool {
        job.status = JobStatus::Doing;
        for doomed in doomed {
            self.mark(&doomed, FileStatus::Deleting);
            self.deletions.last_task_id += 1;
            job.tasks.push(DeleteTask {
                id: self.deletions.last_task_id,
                doomed,
                started: at,
                ended: None,
                status: JobStatus::Doing,
                result: 0,
                comment: String::new(),
            });
        }
        job.tasks.is_empty()
    }

    fn delete(&mut self, job: &mut DeleteJob, scene: &mut Scene<'_>, at: i64) -> Result<bool, Failure> {
        for task in job.tasks.iter_mut().filter(|task| task.ended.is_none()) {
            self.remove_files(&task.doomed, scene)?;
            self.mark(&task.doomed, FileStatus::Deleted);
            (task.status, task.ended) = (JobStatus::Completed, Some(at));
        }
        Ok(true)
    }

    /// With `delete_mode=tagging`, files are marked, and left to a rule of the bucket.
    fn remove_files(&self, doomed: &Doomed, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let tags =
            |row: &super::storage_info::StorageInfo| row.extension.iter().any(|token| token == "delete_mode=tagging");
        let (path, _) = super::destination::split_identity(&doomed.path);
        let directory = match self.backups.sets.iter().find(|set| set.id == doomed.id) {
            Some(set) if doomed.kind == Kind::Set => backup_set::directory(set.id, set.backup_type),
            _ => format!("piece_d1001r{}p{}", doomed.round_id, doomed.id),
        };
        let directory = format!("{path}/{directory}");
        let removed = if self.storage_info(&doomed.path).is_some_and(tags) {
            scene
                .storage
                .write(&format!("{directory}/tag.obbak"), "delete_mode=tagging\n")
        } else {
            scene.storage.remove(&directory)
        };
        let scheme = Scheme::of(path).unwrap_or(Scheme::File);
        removed.map_err(|fault| Failure::of_server(scene.claimant.storage_error(scheme, fault).errno))
    }

    fn mark(&mut self, doomed: &Doomed, status: FileStatus) {
        match doomed.kind {
            Kind::Set => {
                let mut sets = self.backups.sets.iter_mut();
                if let Some(set) = sets.find(|set| set.id == doomed.id) {
                    set.file_status = status;
                }
            }
            Kind::Piece => {
                let mut pieces = self.archive.pieces.iter_mut();
                if let Some(piece) = pieces.find(|piece| piece.id == doomed.id) {
                    piece.file_status = status;
                }
            }
        }
    }
}

impl DeleteJob {
    /// Whether this is a parent whose children are to be started now.
    pub(crate) fn spawns_at(&self, at: i64) -> bool {
        self.status == JobStatus::Init && self.next_turn <= at
    }
}

/// Moves a parent on: at first it has nobody to wait for.
pub(crate) fn parent_turn(sys: &mut Tenant, at: i64, children: impl Fn(&DeleteJob) -> Children) {
    let mut running = Vec::new();
    for mut job in std::mem::take(&mut sys.deletions.jobs) {
        if job.next_turn > at {
            running.push(job);
            continue;
        }
        match children(&job).outcome(job.status) {
            None => {
                if job.status == JobStatus::Init {
                    job.status = JobStatus::Doing;
                }
                job.next_turn = next_turn(at);
                running.push(job);
            }
            Some((status, failure)) => sys.deletions.end(job, status, failure, at),
        }
    }
    sys.deletions.jobs = running;
}
