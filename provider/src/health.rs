//! How well a tenant is backed up: each fact that an administrator would be woken for, beside its limit.

use crate::{
    cluster::{
        error::Explanation,
        records::{ArchiveHistory, ArchiveRound, BackupJob, BackupJobs, BackupSet, BackupSets},
    },
    restorability,
    values::{elapsed::Elapsed, span::Span},
};
use jiff::Timestamp;
use std::fmt;

/// Limits; what has none is not judged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    /// How long one backup may take.
    pub(crate) data_backup_timeout: Option<Span>,
    /// How far the archived log may lag behind.
    pub(crate) log_backup_delay: Option<Span>,
    /// How many days old the newest usable backup may be.
    pub(crate) days_without_successful_backup: Option<f64>,
    /// How many bytes the tenant's backups may take.
    pub(crate) storage_bytes: Option<f64>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Check {
    /// Seconds that the running backup has taken.
    DataBackupTimeout,
    /// Seconds that the archived log lags behind.
    LogBackupDelay,
    /// Days since the newest usable backup.
    DaysWithoutSuccessfulBackup,
    /// Bytes that the tenant's backups take.
    StorageCapacity,
    /// Whether the newest backup job failed.
    LastBackup,
}

impl Check {
    /// As practitioners write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DataBackupTimeout => "data_backup_timeout",
            Self::LogBackupDelay => "log_backup_delay",
            Self::DaysWithoutSuccessfulBackup => "days_without_successful_backup",
            Self::StorageCapacity => "storage_capacity",
            Self::LastBackup => "last_backup",
        }
    }
}

/// The result of one check of one tenant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) check: Check,
    /// `None` when there is nothing to measure.
    pub(crate) value: Option<f64>,
    /// `None` when it is not judged by a number.
    pub(crate) limit: Option<f64>,
    /// Why it is past its limit, as a sentence; `None` when it is not.
    pub(crate) breach: Option<String>,
}

/// One tenant's records.
pub(crate) struct Patient<'a> {
    /// In the order of their ends.
    jobs: Vec<&'a BackupJob>,
    sets: Vec<&'a BackupSet>,
    /// Oldest first.
    rounds: &'a [ArchiveRound],
    now: Timestamp,
}

impl<'a> Patient<'a> {
    /// The records of one tenant among those of all.
    pub(crate) fn of(
        tenant_id: i64,
        jobs: &'a BackupJobs,
        sets: &'a BackupSets,
        history: &'a ArchiveHistory,
        now: Timestamp,
    ) -> Self {
        let of_data = jobs.of(tenant_id).iter().filter(|job| job.backs_up_data());
        let mut jobs: Vec<&BackupJob> = of_data.collect();
        // Jobs of sys and of the tenant run side by side: the one that ended last is the newest.
        jobs.sort_by_key(|job| (job.ended, job.id));
        Self {
            jobs,
            sets: sets.of(tenant_id).iter().collect(),
            rounds: history.rounds_of(tenant_id),
            now,
        }
    }

    /// Every check, in the order of [`Check`].
    pub(crate) fn examine(&self, limits: &Limits) -> Vec<Finding> {
        vec![
            self.data_backup(limits),
            self.log_backup(limits),
            self.age(limits),
            self.storage(limits),
            self.last_backup(),
        ]
    }

    /// The end of the newest usable backup.
    pub(crate) fn last_success(&self) -> Option<Timestamp> {
        restorability::last_success(&self.sets)
    }

    /// When the present archive round began, if that was after every usable backup: with no backup before it, and a gap in
    /// the log between them, nothing in it can be restored.
    fn log_without_backup(&self) -> Option<Timestamp> {
        let round = self.rounds.last()?;
        let usable = restorability::usable(&self.sets);
        let is_cut_off = !usable.is_empty() && usable.iter().all(|set| set.start_replay_scn < round.start_scn);
        is_cut_off.then(|| round.start_scn.time())
    }

    /// The newest job that failed.
    pub(crate) fn last_failure(&self) -> Option<&'a BackupJob> {
        self.jobs.iter().rfind(|job| job.status == "FAILED").copied()
    }

    /// Bytes at the destinations: data, metadata and log.
    pub(crate) fn stored_bytes(&self) -> u64 {
        let there = self.sets.iter().filter(|set| set.file_status == "AVAILABLE");
        let data = there.map(|set| set.output_bytes.saturating_add(set.extra_meta_bytes));
        let log = self
            .rounds
            .iter()
            .map(|round| round.output_bytes.saturating_sub(round.deleted_output_bytes));
        data.chain(log).fold(0, u64::saturating_add)
    }

    fn seconds_since(&self, time: Timestamp) -> f64 {
        // What was read a moment after the clock may be ahead of it.
        self.now.duration_since(time).as_secs_f64().max(0.0)
    }

    fn data_backup(&self, limits: &Limits) -> Finding {
        let longest = self
            .jobs
            .iter()
            .filter(|job| job.is_running())
            .map(|job| (job.id, self.seconds_since(job.started)))
            .max_by(|one, other| one.1.total_cmp(&other.1));
        let limit = limits.data_backup_timeout.as_ref();
        let breach = longest
            .zip(limit)
            .filter(|((_, seconds), limit)| *seconds > limit.length().as_secs_f64());
        Finding {
            check: Check::DataBackupTimeout,
            value: longest.map(|(_, seconds)| seconds),
            limit: limit.map(|limit| limit.length().as_secs_f64()),
            breach: breach.map(|((id, seconds), limit)| {
                format!(
                    "Backup job {id} has been running for {}, longer than {limit}",
                    Elapsed(seconds)
                )
            }),
        }
    }

    fn log_backup(&self, limits: &Limits) -> Finding {
        let archiving = self.rounds.last().filter(|round| round.status == "DOING");
        let checkpoint = archiving.and_then(|round| round.checkpoint_scn.some());
        let delay = checkpoint.map(|scn| self.seconds_since(scn.time()));
        let limit = limits.log_backup_delay.as_ref();
        let breach = limit.and_then(|limit| match (delay, self.rounds.last()) {
            (Some(delay), _) if delay <= limit.length().as_secs_f64() => self.log_without_backup().map(|since| {
                format!(
                    "The log archive began anew at {since}, after the newest usable backup: what was written since that backup \
                     cannot be restored before the next one is complete"
                )
            }),
            (Some(delay), _) => Some(format!(
                "The log archive lags {} behind, more than {limit}",
                Elapsed(delay)
            )),
            (None, Some(round)) if round.status == "DOING" => Some("The log archive has no checkpoint yet".to_owned()),
            (None, Some(round)) => Some(format!(
                "The log is not being archived{}: the archive round is {}",
                said_by_server(&round.comment),
                round.status
            )),
            (None, None) => Some("The log has never been archived".to_owned()),
        });
        Finding {
            check: Check::LogBackupDelay,
            value: delay,
            limit: limit.map(|limit| limit.length().as_secs_f64()),
            breach,
        }
    }

    fn age(&self, limits: &Limits) -> Finding {
        let age = self.last_success().map(|time| self.seconds_since(time));
        let days = age.map(|seconds| seconds / 86_400.0);
        let limit = limits.days_without_successful_backup;
        let breach = limit.and_then(|limit| match (days, age) {
            (Some(days), _) if days <= limit => None,
            (_, Some(age)) => Some(format!(
                "The newest usable backup is {} old, more than {limit} d",
                Elapsed(age)
            )),
            (_, None) => Some("There is no usable backup".to_owned()),
        });
        Finding {
            check: Check::DaysWithoutSuccessfulBackup,
            value: days,
            limit,
            breach,
        }
    }

    fn storage(&self, limits: &Limits) -> Finding {
        let bytes = self.stored_bytes() as f64;
        let limit = limits.storage_bytes;
        Finding {
            check: Check::StorageCapacity,
            value: Some(bytes),
            limit,
            breach: limit
                .filter(|limit| bytes > *limit)
                .map(|limit| format!("The backups take {}, more than {}", Size(bytes), Size(limit))),
        }
    }

    fn last_backup(&self) -> Finding {
        // Somebody cancelled it, and knows.
        let ended = |job: &&&BackupJob| matches!(job.status.as_str(), "COMPLETED" | "FAILED");
        let failed = self.jobs.iter().rfind(ended).filter(|job| job.status == "FAILED");
        Finding {
            check: Check::LastBackup,
            value: failed.map(|job| job.result as f64),
            limit: None,
            breach: failed.map(|job| {
                let meaning = Explanation::of_job(job.result);
                let title = meaning.map_or("unknown reason", |explanation| explanation.title);
                format!("The newest backup (job {}) failed with {}: {title}", job.id, job.result)
            }),
        }
    }
}

/// The reason in the server's words, if it gives one.
fn said_by_server(comment: &str) -> String {
    let comment = comment.trim();
    if comment.is_empty() {
        String::new()
    } else {
        format!(" (\"{comment}\")")
    }
}

/// Bytes to read, in the largest unit of which there is one.
struct Size(f64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
        match units.into_iter().find(|(size, _)| self.0 >= *size) {
            Some((size, unit)) => write!(f, "{:.1} {unit}", self.0 / size),
            None => write!(f, "{:.0} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{retention::tests::set, values::scn::Scn};

    const HOUR: i64 = 3_600;

    fn hour(number: i64) -> Timestamp {
        Timestamp::from_second(number * HOUR).unwrap()
    }

    fn job(id: i64, started: i64, status: &str, result: i64) -> BackupJob {
        BackupJob {
            tenant_id: 1002,
            id,
            backup_set_id: Some(id),
            initiator_tenant_id: 1002,
            initiator_job_id: None,
            executor_tenant_ids: vec![1002],
            plus_archivelog: false,
            backup_type: "FULL".to_owned(),
            encryption_mode: "NONE".to_owned(),
            started: hour(started),
            ended: (status != "DOING").then(|| hour(started + 1)),
            status: status.to_owned(),
            result,
            comment: String::new(),
            description: String::new(),
            path: String::new(),
        }
    }

    fn round(status: &str, checkpoint: i64) -> ArchiveRound {
        ArchiveRound {
            tenant_id: 1002,
            id: 1,
            dest_id: 1002,
            status: status.to_owned(),
            start_scn: Scn(0),
            checkpoint_scn: Scn::try_from(hour(checkpoint)).unwrap(),
            output_bytes: 700,
            deleted_output_bytes: 300,
            path: String::new(),
            comment: String::new(),
        }
    }

    fn limits() -> Limits {
        Limits {
            data_backup_timeout: Some("6h".parse().unwrap()),
            log_backup_delay: Some("10m".parse().unwrap()),
            days_without_successful_backup: Some(7.0),
            storage_bytes: Some(1_000.0),
        }
    }

    /// What is wrong at the hour 1,000.
    fn breaches(jobs: &[BackupJob], sets: &[BackupSet], rounds: &[ArchiveRound]) -> Vec<(&'static str, String)> {
        let (jobs, sets) = (BackupJobs { jobs: jobs.to_vec() }, BackupSets { sets: sets.to_vec() });
        let history = ArchiveHistory {
            rounds: rounds.to_vec(),
            pieces: Vec::new(),
        };
        let findings = Patient::of(1002, &jobs, &sets, &history, hour(1_000)).examine(&limits());
        let breached = findings.into_iter();
        breached
            .filter_map(|finding| Some((finding.check.name(), finding.breach?)))
            .collect()
    }

    /// A usable set of so many bytes that was complete at this hour.
    fn made_at(number: i64, bytes: u64) -> BackupSet {
        BackupSet {
            ended: Some(hour(number)),
            output_bytes: bytes,
            ..set(1, "FULL", "SUCCESS")
        }
    }

    #[test]
    fn a_tenant_within_its_limits_is_healthy() {
        let sets = [made_at(999, 500)];
        assert_eq!(
            breaches(&[job(1, 998, "COMPLETED", 0)], &sets, &[round("DOING", 1_000)]),
            []
        );
        let running = job(2, 994, "DOING", 0);
        assert_eq!(breaches(&[running], &sets, &[round("DOING", 1_000)]), []);
    }

    #[test]
    fn every_limit_is_watched() {
        let sets = [made_at(800, 700)];
        let jobs = [job(1, 900, "FAILED", -9082), job(2, 990, "DOING", 0)];
        let expected = [
            (
                "data_backup_timeout",
                "Backup job 2 has been running for 10 h 0 min, longer than 6h",
            ),
            (
                "log_backup_delay",
                "The log archive lags 1 h 0 min behind, more than 10m",
            ),
            (
                "days_without_successful_backup",
                "The newest usable backup is 8 d 8 h old, more than 7 d",
            ),
            ("storage_capacity", "The backups take 1.1 kB, more than 1.0 kB"),
            (
                "last_backup",
                "The newest backup (job 1) failed with -9082: The destination is full",
            ),
        ];
        let expected = expected.map(|(name, reason)| (name, reason.to_owned()));
        assert_eq!(breaches(&jobs, &sets, &[round("DOING", 999)]), expected);
    }

    #[test]
    fn a_log_that_began_after_the_newest_backup_is_no_use() {
        let anew = |hours: i64| ArchiveRound {
            start_scn: Scn::try_from(hour(hours)).unwrap(),
            ..round("DOING", 1_000)
        };
        let at = |hours: i64| BackupSet {
            start_replay_scn: Scn::try_from(hour(hours)).unwrap(),
            ..made_at(hours + 1, 300)
        };
        let cut_off = "The log archive began anew at 1970-02-11T09:00:00Z, after the newest usable backup: what was written \
                       since that backup cannot be restored before the next one is complete";
        assert_eq!(
            breaches(&[], &[at(990)], &[anew(993)]),
            [("log_backup_delay", cut_off.to_owned())]
        );
        assert_eq!(
            breaches(&[], &[at(990), BackupSet { id: 2, ..at(995) }], &[anew(993)]),
            []
        );
    }

    #[test]
    fn a_tenant_that_was_never_protected_is_not_healthy() {
        let expected = [
            ("log_backup_delay", "The log has never been archived"),
            ("days_without_successful_backup", "There is no usable backup"),
        ];
        let expected = expected.map(|(name, reason)| (name, reason.to_owned()));
        assert_eq!(breaches(&[], &[], &[]), expected);
        let stopped = breaches(&[], &[made_at(999, 1)], &[round("STOP", 1_000)]);
        assert_eq!(stopped[0].1, "The log is not being archived: the archive round is STOP");
        let interrupted = ArchiveRound {
            comment: "log recycled ".to_owned(),
            ..round("INTERRUPTED", 1_000)
        };
        assert_eq!(
            breaches(&[], &[made_at(999, 1)], &[interrupted])[0].1,
            "The log is not being archived (\"log recycled\"): the archive round is INTERRUPTED"
        );
    }

    #[test]
    fn a_failure_is_forgotten_after_a_success_but_not_after_a_cancellation() {
        let sets = [made_at(999, 1)];
        let doing = [round("DOING", 1_000)];
        let failed = job(1, 990, "FAILED", -9082);
        let success = [failed.clone(), job(2, 995, "COMPLETED", 0)];
        assert_eq!(breaches(&success, &sets, &doing), []);
        let cancelled = [failed, job(2, 995, "CANCELED", -4072)];
        assert_eq!(breaches(&cancelled, &sets, &doing)[0].0, "last_backup");
    }

    #[test]
    fn an_incremental_upon_a_broken_full_is_no_backup() {
        let full = BackupSet {
            file_status: "BROKEN".to_owned(),
            ..made_at(900, 1)
        };
        let incremental = BackupSet {
            id: 2,
            backup_type: "INC".to_owned(),
            previous_full_id: Some(1),
            ..made_at(999, 1)
        };
        let reasons = breaches(&[], &[full, incremental], &[round("DOING", 1_000)]);
        assert_eq!(reasons[0].1, "There is no usable backup");
    }

    #[test]
    fn of_jobs_side_by_side_the_one_that_ended_last_counts() {
        let failed = BackupJob {
            ended: Some(hour(999)),
            ..job(1, 990, "FAILED", -9082)
        };
        let jobs = [failed, job(2, 991, "COMPLETED", 0)];
        let reasons = breaches(&jobs, &[made_at(999, 1)], &[round("DOING", 1_000)]);
        assert_eq!(reasons[0].0, "last_backup");
    }

    #[test]
    fn copies_of_logs_are_no_backups() {
        let copy = BackupJob {
            backup_type: "BACKUP_ARCHIVE".to_owned(),
            ..job(1, 900, "FAILED", -9082)
        };
        assert_eq!(breaches(&[copy], &[made_at(999, 1)], &[round("DOING", 1_000)]), []);
    }

    #[test]
    fn bytes_have_a_unit() {
        for (bytes, text) in [
            (999.0, "999 bytes"),
            (1_500.0, "1.5 kB"),
            (4_781_449_216.0, "4.8 GB"),
            (2e15, "2000.0 TB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }
}
