//! The turns of backup jobs: what stands in their way, what is done, and when the next one comes.

use super::{BackupJob, BackupType, Lasts, SetTask};
use crate::cluster::archive::{RoundStatus, next_turn};
use crate::cluster::backup_set::{self, BackupSet};
use crate::cluster::destination::{Scheme, split_identity};
use crate::cluster::job::{CANCELED, Children, Failure, JobStatus};
use crate::cluster::profile::Profile;
use crate::cluster::storage::Storage;
use crate::cluster::storage_info::{Claimant, DestType};
use crate::cluster::tenant::Tenant;

const SECOND: i64 = 1_000_000;
/// Between two attempts at the same thing.
const RETRY_AFTER: i64 = 5 * SECOND;
/// The server gives up after a fixed number of attempts.
const MOST_RETRIES: u32 = 10;

/// What a job meets outside its tenant.
pub(crate) struct Site<'a> {
    pub(crate) claimant: Claimant<'a>,
    pub(crate) storage: &'a mut Storage,
    pub(crate) upgrading: bool,
    pub(crate) profile: Profile,
}

/// What a turn of a job led to.
enum Turn {
    Goes,
    Ends(JobStatus, Option<(i64, String)>),
}

impl Tenant {
    /// Moves on every job that is due.
    pub(crate) fn backup_turn(&mut self, site: &mut Site<'_>, at: i64) {
        let mut running = Vec::new();
        for mut job in std::mem::take(&mut self.backups.jobs) {
            if !job.is_due(at) {
                running.push(job);
                continue;
            }
            match self.turn(&mut job, site, at) {
                Turn::Goes => running.push(job),
                Turn::Ends(status, failure) => self.backups.end(job, status, failure, at),
            }
        }
        self.backups.jobs = running;
    }

    fn turn(&mut self, job: &mut BackupJob, site: &mut Site<'_>, at: i64) -> Turn {
        if job.status == JobStatus::Canceling {
            return Turn::Ends(JobStatus::Canceled, Some((CANCELED, String::new())));
        }
        if job.pinned {
            if let Some(task) = &mut job.task {
                task.skip_to_end(at);
            }
            return Turn::Ends(JobStatus::Completed, None);
        }
        match self.obstacle(job, site) {
            Some(failure) if failure.is_final() || job.retries >= MOST_RETRIES => {
                let comment = failure.comment(self.id, site.claimant.capabilities);
                let mishap = self.backups.mishap.take();
                self.backups.mishap = mishap.filter(|mishap| mishap.lasts != Lasts::UntilFailure);
                return Turn::Ends(JobStatus::Failed, Some((failure.result(), comment)));
            }
            Some(_) => {
                job.retries += 1;
                job.next_turn = Some(at.saturating_add(RETRY_AFTER));
                return Turn::Goes;
            }
            None => job.retries = 0,
        }
        let Some(task) = &mut job.task else {
            self.begin(job, site.profile, at);
            return Turn::Goes;
        };
        match task.advance(at) {
            Some(until) => {
                job.next_turn = Some(next_turn(until));
                Turn::Goes
            }
            None => Turn::Ends(JobStatus::Completed, None),
        }
    }

    /// The change to DOING, with which set and task appear.
    pub(super) fn begin(&mut self, job: &mut BackupJob, profile: Profile, at: i64) {
        job.status = JobStatus::Doing;
        self.backups.last_task_id += 1;
        let previous = match job.request.backup_type {
            BackupType::Full | BackupType::LogCopy => None,
            BackupType::Incremental => self.predecessor(),
        };
        let dest_id = self.storage_info(&job.path).map_or(0, |row| row.dest_id);
        let set = BackupSet::new(job, dest_id, previous.as_ref(), profile, at);
        let size = self.bytes_to_back_up(previous.map(|previous| previous.start), at);
        let rate = self.backup_rate(&job.path);
        let task = SetTask::new(self.backups.last_task_id, profile, &job.request, size, rate, at);
        self.backups.sets.push(set);
        job.next_turn = Some(next_turn(at));
        if std::mem::take(&mut self.backups.holds_next) {
            (job.pinned, job.next_turn) = (true, None);
        }
        job.task = Some(task);
    }

    fn obstacle(&mut self, job: &BackupJob, site: &mut Site<'_>) -> Option<Failure> {
        if let Some(mishap) = &mut self.backups.mishap {
            let failure = Failure::of_server(mishap.errno);
            match &mut mishap.lasts {
                Lasts::Turns(left) if *left <= 1 => self.backups.mishap = None,
                Lasts::Turns(left) => *left -= 1,
                Lasts::UntilFailure => {}
            }
            return Some(failure);
        }
        if site.upgrading {
            return Some(Failure::of_root_service(4109));
        }
        match self.archive.round.as_ref().map(|round| round.status) {
            Some(RoundStatus::Doing) => {}
            Some(RoundStatus::Interrupted) => return Some(Failure::of_server(9027)),
            _ => return Some(Failure::of_server(9029)),
        }
        let dest_id = self.storage_info(&job.path).map_or(0, |row| row.dest_id);
        let checked = site
            .claimant
            .check_format(self, site.storage, &job.path, dest_id, DestType::BackupData);
        if let Err(error) = checked {
            return Some(Failure::of_root_service(error.errno));
        }
        let (path, _) = split_identity(&job.path);
        let file = format!(
            "{path}/{}/data.obbak",
            backup_set::directory(job.set_id, job.request.backup_type)
        );
        let written = site.storage.write(&file, "");
        let scheme = Scheme::of(path).unwrap_or(Scheme::File);
        let fault = written.err()?;
        Some(Failure::of_server(site.claimant.storage_error(scheme, fault).errno))
    }
}

/// Moves a parent on: at first it has nobody to wait for.
pub(crate) fn parent_turn(sys: &mut Tenant, at: i64, children: impl Fn(&BackupJob) -> Children) {
    let mut running = Vec::new();
    for mut job in std::mem::take(&mut sys.backups.jobs) {
        let is_to_wait = job.next_turn.is_some_and(|due| due > at);
        if is_to_wait {
            running.push(job);
            continue;
        }
        match children(&job).outcome(job.status) {
            None => {
                if job.status == JobStatus::Init {
                    job.status = JobStatus::Doing;
                }
                job.next_turn = None;
                running.push(job);
            }
            Some((status, failure)) => sys.backups.end(job, status, failure, at),
        }
    }
    sys.backups.jobs = running;
}
