//! The turns of delete jobs: what goes, whether it can go, and that it is gone.

use super::{DeleteJob, DeleteRequest, DeleteTask, Doomed, Kind};
use crate::cluster::archive::next_turn;
use crate::cluster::backup_set::{self, FileStatus};
use crate::cluster::destination::{Scheme, split_identity};
use crate::cluster::job::{CANCELED, Children, Failure, JobStatus, Origin};
use crate::cluster::storage::Storage;
use crate::cluster::storage_info::{Claimant, DestType, StorageInfo};
use crate::cluster::tenant::Tenant;

const SECOND: i64 = 1_000_000;
const RETRY_AFTER: i64 = 5 * SECOND;
const MOST_RETRIES: u32 = 10;

/// What a deletion meets outside its tenant.
pub(crate) struct Scene<'a> {
    pub(crate) claimant: Claimant<'a>,
    pub(crate) storage: &'a mut Storage,
}

/// What a turn of a job led to.
enum Turn {
    Goes,
    Ends(JobStatus, Option<(i64, String)>),
}

impl Tenant {
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
            if !job.is_due(at) {
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
                (job.next_turn, job.retries) = (Some(next_turn(at)), 0);
                Turn::Goes
            }
            Err(failure) if failure.is_final() || job.retries >= MOST_RETRIES => {
                let comment = failure.comment(self.id, scene.claimant.capabilities);
                Turn::Ends(JobStatus::Failed, Some((failure.result(), comment)))
            }
            Err(_) => {
                job.retries += 1;
                job.next_turn = Some(at.saturating_add(RETRY_AFTER));
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
        let tags = |row: &StorageInfo| row.extension.iter().any(|token| token == "delete_mode=tagging");
        let (path, _) = split_identity(&doomed.path);
        let directory = match self.backups.sets.iter().find(|set| set.id == doomed.id) {
            Some(set) if doomed.kind == Kind::Set => backup_set::directory(set.id, set.backup_type),
            _ => format!("piece_d{}r{}p{}", doomed.dest_id, doomed.round_id, doomed.id),
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

/// Moves a parent on: at first it has nobody to wait for.
pub(crate) fn parent_turn(sys: &mut Tenant, at: i64, children: impl Fn(&DeleteJob) -> Children) {
    let mut running = Vec::new();
    for mut job in std::mem::take(&mut sys.deletions.jobs) {
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
            Some((status, failure)) => sys.deletions.end(job, status, failure, at),
        }
    }
    sys.deletions.jobs = running;
}
