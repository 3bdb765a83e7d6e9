//! Running backup jobs, as far as they stand in the way of other statements.

use super::tenant::Tenant;
use crate::cluster::archive::next_turn;

/// A row of CDB_OB_BACKUP_JOBS.
pub(crate) struct BackupJob {
    pub(crate) id: u64,
    pub(crate) started: i64,
    pub(crate) ends: i64,
    pub(crate) canceling: bool,
    /// Destination without secrets.
    pub(crate) path: String,
}

impl Tenant {
    pub(crate) fn start_backup_job(&mut self, now: i64, ends: i64) -> u64 {
        self.last_job_id += 1;
        let path = self.data_backup_dest.as_ref().map_or("", |dest| &dest.identity);
        self.jobs.push(BackupJob {
            id: self.last_job_id,
            started: now,
            ends,
            canceling: false,
            path: path.to_owned(),
        });
        self.last_job_id
    }

    /// Asynchronous: the rows stay until the job's next turn.
    pub(crate) fn cancel_backup_jobs(&mut self, now: i64) {
        for job in self.jobs.iter_mut().filter(|job| !job.canceling) {
            job.canceling = true;
            job.ends = job.ends.min(next_turn(now));
        }
    }

    /// All of them, at once.
    pub(crate) fn end_backup_jobs(&mut self, now: i64) {
        for job in &mut self.jobs {
            job.ends = now;
        }
        self.finish_backup_jobs(now);
    }

    pub(crate) fn finish_backup_jobs(&mut self, now: i64) {
        self.jobs.retain(|job| job.ends > now);
    }
}
