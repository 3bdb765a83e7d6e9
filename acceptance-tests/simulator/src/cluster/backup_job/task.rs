//! Rows of CDB_OB_BACKUP_TASKS: the statuses that a backup passes through, and how far it is.

use super::BackupRequest;
use crate::cluster::job::JobStatus;
use crate::cluster::profile::Profile;

const SECOND: i64 = 1_000_000;
const MACRO_BLOCK: i64 = 2 << 20;
const TABLET: i64 = 16 << 20;
const LOG_FILE: i64 = 64 << 20;
const META_BYTES_PER_TABLET: i64 = 4096;

/// One status of a task, and what is done in it.
struct Phase {
    status: &'static str,
    work: Work,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// As long as a turn of the scheduler.
    Brief,
    /// This many percent of the data.
    Data(i64),
    /// With PLUS ARCHIVELOG only.
    Log,
}

const fn phase(status: &'static str, work: Work) -> Phase {
    Phase { status, work }
}

static PHASES_BEFORE_4_3: [Phase; 5] = [
    phase("INIT", Work::Brief),
    phase("BACKUP_META", Work::Brief),
    phase("BACKUP_DATA_MINOR", Work::Data(20)),
    phase("BACKUP_DATA_MAJOR", Work::Data(80)),
    phase("BACKUP_LOG", Work::Log),
];

static PHASES: [Phase; 10] = [
    phase("INIT", Work::Brief),
    phase("BACKUP_SYS_META", Work::Brief),
    phase("BACKUP_USER_META", Work::Brief),
    phase("BACKUP_META_FINISH", Work::Brief),
    phase("BACKUP_SYS_DATA", Work::Data(1)),
    phase("BACKUP_USER_DATA", Work::Data(99)),
    phase("PREPARE_BACKUP_LOG", Work::Log),
    phase("BEFORE_BACKUP_LOG", Work::Log),
    phase("BACKUP_LOG", Work::Log),
    phase("BACKUP_FUSE_TABLET_META", Work::Brief),
];

/// A row of CDB_OB_BACKUP_TASKS, later of CDB_OB_BACKUP_TASK_HISTORY.
#[derive(Clone)]
pub(crate) struct SetTask {
    pub(crate) id: u64,
    pub(crate) started: i64,
    pub(crate) ended: Option<i64>,
    pub(crate) result: i64,
    pub(crate) comment: String,
    pub(crate) plus_archivelog: bool,
    phases: &'static [Phase],
    phase: usize,
    phase_started: i64,
    phase_ends: i64,
    last_status: Option<JobStatus>,
    total_bytes: i64,
    rate: i64,
    done_bytes: i64,
}

impl SetTask {
    pub(super) fn new(id: u64, profile: Profile, request: &BackupRequest, bytes: i64, rate: i64, at: i64) -> Self {
        Self {
            id,
            started: at,
            ended: None,
            result: 0,
            comment: String::new(),
            plus_archivelog: request.plus_archivelog,
            phases: match profile.capabilities().backup_turns {
                true => &PHASES,
                false => &PHASES_BEFORE_4_3,
            },
            phase: 0,
            phase_started: at,
            phase_ends: at,
            last_status: None,
            total_bytes: bytes,
            rate,
            done_bytes: 0,
        }
    }

    pub(crate) fn status(&self) -> &'static str {
        match self.last_status {
            Some(status) => status.text(),
            None => self.phases[self.phase].status,
        }
    }

    /// Enters the next status, and tells until when its work lasts; nothing when all is done.
    pub(super) fn advance(&mut self, at: i64) -> Option<i64> {
        self.follow(at);
        let wanted = |phase: &Phase| phase.work != Work::Log || self.plus_archivelog;
        let next = (self.phase + 1..self.phases.len()).find(|index| wanted(&self.phases[*index]))?;
        let lasts = match self.phases[next].work {
            Work::Data(percent) => scaled(self.share(percent), SECOND, self.rate.max(1)),
            Work::Brief | Work::Log => 0,
        };
        (self.phase, self.phase_started, self.phase_ends) = (next, at, at.saturating_add(lasts));
        Some(self.phase_ends)
    }

    /// How much is done follows the clock.
    pub(super) fn follow(&mut self, now: i64) {
        let mut percent = 0;
        for phase in &self.phases[..self.phase] {
            if let Work::Data(of_phase) = phase.work {
                percent += of_phase;
            }
        }
        let before = self.share(percent);
        let now_done = match self.phases[self.phase].work {
            Work::Data(of_phase) if now >= self.phase_ends => self.share(of_phase),
            Work::Data(_) => (now - self.phase_started) / SECOND * self.rate,
            Work::Brief | Work::Log => 0,
        };
        self.done_bytes = self.done_bytes.max(before + now_done);
    }

    /// So many percent of the data.
    fn share(&self, percent: i64) -> i64 {
        scaled(self.total_bytes, percent, 100)
    }

    /// Everything is done.
    pub(super) fn skip_to_end(&mut self, at: i64) {
        self.phase = self.phases.len() - 1;
        self.done_bytes = self.total_bytes;
        self.follow(at);
    }

    pub(super) fn end(&mut self, status: JobStatus, result: i64, comment: &str, at: i64) {
        if status == JobStatus::Completed {
            self.done_bytes = self.total_bytes;
        }
        (self.last_status, self.result, self.ended) = (Some(status), result, Some(at));
        comment.clone_into(&mut self.comment);
    }

    pub(crate) fn input_bytes(&self) -> i64 {
        self.done_bytes
    }

    /// Macro blocks are copied as they are stored.
    pub(crate) fn output_bytes(&self) -> i64 {
        self.done_bytes
    }

    /// Bytes per second, 0 while it runs.
    pub(crate) fn output_rate(&self) -> i64 {
        let ended = self.ended.unwrap_or(self.started);
        let seconds = (ended - self.started) / SECOND;
        if seconds > 0 { self.output_bytes() / seconds } else { 0 }
    }

    pub(crate) fn extra_meta_bytes(&self) -> i64 {
        self.finish_tablet_count() * META_BYTES_PER_TABLET
    }

    pub(crate) fn tablet_count(&self) -> i64 {
        self.total_bytes / TABLET + 1
    }

    pub(crate) fn finish_tablet_count(&self) -> i64 {
        if self.done_bytes == self.total_bytes {
            self.tablet_count()
        } else {
            self.done_bytes / TABLET
        }
    }

    pub(crate) fn macro_block_count(&self) -> i64 {
        self.total_bytes / MACRO_BLOCK
    }

    pub(crate) fn finish_macro_block_count(&self) -> i64 {
        self.done_bytes / MACRO_BLOCK
    }

    /// Data files have 4 GB at most.
    pub(crate) fn file_count(&self) -> i64 {
        self.done_bytes / (4 << 30) + 1
    }

    /// Percent, with two decimals; 0 where there is nothing to count.
    pub(crate) fn data_progress(&self) -> String {
        percent(self.finish_macro_block_count(), self.macro_block_count())
    }

    pub(crate) fn log_file_count(&self) -> i64 {
        if self.plus_archivelog {
            self.total_bytes / LOG_FILE + 1
        } else {
            0
        }
    }

    pub(crate) fn finish_log_file_count(&self) -> i64 {
        let log_is_done = self.phases[..self.phase]
            .iter()
            .any(|phase| phase.status == "BACKUP_LOG");
        if log_is_done || self.last_status == Some(JobStatus::Completed) {
            self.log_file_count()
        } else {
            0
        }
    }

    pub(crate) fn log_progress(&self) -> String {
        percent(self.finish_log_file_count(), self.log_file_count())
    }
}

/// A fraction of a number, whatever its size.
fn scaled(number: i64, numerator: i64, denominator: i64) -> i64 {
    let scaled = i128::from(number) * i128::from(numerator) / i128::from(denominator);
    i64::try_from(scaled).unwrap_or(i64::MAX)
}

fn percent(finished: i64, total: i64) -> String {
    match (finished, total) {
        (_, 0) => "0.00".to_owned(),
        (finished, total) if finished > total => "99.99".to_owned(),
        (finished, total) => {
            let hundredths = finished * 10_000 / total;
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        }
    }
}
