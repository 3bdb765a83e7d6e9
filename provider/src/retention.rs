//! What the server's hourly cleanup keeps of a tenant's backup sets, and why.
//!
//! The cleanup looks at the sets of the present destination that ended before the recovery window. The newest usable full among
//! them stays, since without it the beginning of the window could not be restored; so does every set after it. What is older goes.
//! (`ob_backup_clean_selector.cpp` of the server. From 4.4.1 on, as deletion by hand, a full counts only with the log that it needs.)

use crate::{
    cluster::{
        Snapshot, Tenant,
        records::{ArchivePiece, BackupSet, DeletePolicy},
        version::Capability,
    },
    destination_change::Registered,
    restorability,
    values::{destination::Destination, recovery_window::RecoveryWindow},
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Everything that decides which sets of one tenant stay.
pub(crate) struct Retention {
    /// `None` when nothing is ever deleted.
    window: Option<SignedDuration>,
    /// The present destination, if there is one.
    dest_id: Option<i64>,
    /// The fulls at that destination that count, by number, each with its end.
    fulls: Vec<(i64, Timestamp)>,
    now: Timestamp,
}

/// What becomes of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// `None` when nothing keeps it.
    pub(crate) kept_because: Option<Kept>,
    /// When it will be deleted by what is known now.
    pub(crate) expires: Option<Timestamp>,
}

/// Why a set stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nothing deletes anything.
    NoPolicy,
    /// It lies where the cleanup does not look.
    OtherDestination,
    /// It is still being made.
    InProgress,
    /// It is younger than the window.
    RecoveryWindow,
    /// Without it the window could not be restored.
    RestoresRecoveryWindow,
}

impl Kept {
    /// As practitioners see it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoPolicy => "no_policy",
            Self::OtherDestination => "other_destination",
            Self::InProgress => "in_progress",
            Self::RecoveryWindow => "recovery_window",
            Self::RestoresRecoveryWindow => "restores_recovery_window",
        }
    }
}

impl Retention {
    /// That of one tenant, by its own sets, pieces and policies.
    pub(crate) fn of(
        tenant: &Tenant,
        snapshot: &Snapshot,
        sets: &[&BackupSet],
        pieces: &[&ArchivePiece],
        policies: &[DeletePolicy],
        now: Timestamp,
    ) -> Self {
        let window = policies
            .iter()
            .find(|policy| policy.name == "default")
            .and_then(|policy| RecoveryWindow::new(&policy.recovery_window).length());
        let (needs_log, has_log) = (needs_log(snapshot), restorability::has_log(pieces));
        let counting = sets.iter().filter(|set| !needs_log || has_log(set));
        let counting: Vec<&BackupSet> = counting.copied().collect();
        Self::new(window, present_destination(tenant), &counting, now)
    }

    fn new(window: Option<Duration>, dest_id: Option<i64>, sets: &[&BackupSet], now: Timestamp) -> Self {
        let fulls = sets
            .iter()
            .filter(|set| set.is_full() && set.is_usable() && Some(set.dest_id) == dest_id)
            .filter_map(|set| Some((set.id, set.ended?)));
        Self {
            window: window.and_then(|length| SignedDuration::try_from(length).ok()),
            dest_id,
            fulls: fulls.collect(),
            now,
        }
    }

    /// What becomes of a set of that tenant.
    pub(crate) fn judge(&self, set: &BackupSet) -> Verdict {
        let kept = |reason| Verdict {
            kept_because: Some(reason),
            expires: None,
        };
        if matches!(set.file_status.as_str(), "DELETED" | "DELETING") {
            return Verdict {
                kept_because: None,
                expires: None,
            };
        }
        let Some(window) = self.window else {
            return kept(Kept::NoPolicy);
        };
        if Some(set.dest_id) != self.dest_id {
            return kept(Kept::OtherDestination);
        }
        let Some(ended) = set.ended.filter(|_| set.status != "DOING") else {
            return kept(Kept::InProgress);
        };
        let leaves_window = |ended: Timestamp| ended.checked_add(window).ok();
        let expires = match set.status.as_str() {
            // Jobs of sys and of the tenant run side by side, so the later set may end first.
            "SUCCESS" => self.superseded(set).map(|end| end.max(ended)).and_then(leaves_window),
            // What is no backup is kept for nothing but its age.
            _ => leaves_window(ended),
        };
        let young = leaves_window(ended).is_none_or(|end| end > self.now);
        Verdict {
            kept_because: match (young, expires) {
                (true, _) => Some(Kept::RecoveryWindow),
                (false, Some(end)) if end <= self.now => None,
                (false, _) => Some(Kept::RestoresRecoveryWindow),
            },
            expires,
        }
    }

    /// The end of the first full after it: once that has left the window, nothing needs this set any more.
    fn superseded(&self, set: &BackupSet) -> Option<Timestamp> {
        let later = self.fulls.iter().filter(|(id, _)| *id > set.id);
        later.map(|(_, ended)| *ended).min()
    }
}

fn needs_log(snapshot: &Snapshot) -> bool {
    snapshot.capabilities.has(Capability::ManualDeletion)
}

/// The number of the destination that the tenant's data backups go to now.
pub(crate) fn present_destination(tenant: &Tenant) -> Option<i64> {
    let uri = tenant.backup_destination.as_ref().filter(|uri| !uri.is_empty())?;
    let location = Destination::parse(uri).ok()?.location;
    Registered::of(tenant, &location).map(|registered| registered.dest_id)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::values::scn::Scn;
    use proptest::prelude::*;
    use std::{cmp::Reverse, collections::BTreeSet};

    const WEEK: Option<Duration> = Some(Duration::from_secs(7 * 86_400));

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(number * 86_400).unwrap()
    }

    /// A set that is numbered by the day on which it was made.
    pub(crate) fn set(number: i64, backup_type: &str, status: &str) -> BackupSet {
        BackupSet {
            tenant_id: 1002,
            id: number,
            dest_id: 1001,
            backup_type: backup_type.to_owned(),
            previous_full_id: None,
            previous_id: None,
            started: day(number),
            ended: (status != "DOING").then(|| day(number)),
            status: status.to_owned(),
            file_status: if status == "SUCCESS" { "AVAILABLE" } else { "INCOMPLETE" }.to_owned(),
            plus_archivelog: false,
            start_replay_scn: Scn(0),
            min_restore_scn: Scn(0),
            input_bytes: 0,
            output_bytes: 0,
            extra_meta_bytes: 0,
            result: 0,
            comment: String::new(),
            encryption_mode: "NONE".to_owned(),
            path: String::new(),
        }
    }

    fn judged(window: Option<Duration>, sets: &[BackupSet], number: i64) -> (Option<Kept>, Option<Timestamp>) {
        let all: Vec<&BackupSet> = sets.iter().collect();
        let verdict =
            Retention::new(window, Some(1001), &all, day(18)).judge(sets.iter().find(|set| set.id == number).unwrap());
        (verdict.kept_because, verdict.expires)
    }

    /// Fulls on days 1, 8 and 15, incrementals on the others; it is day 18.
    fn three_weeks() -> Vec<BackupSet> {
        let kind = |number| if number % 7 == 1 { "FULL" } else { "INC" };
        (1..=18).map(|number| set(number, kind(number), "SUCCESS")).collect()
    }

    #[test]
    fn the_full_before_the_window_stays_and_what_follows_it() {
        let sets = three_weeks();
        for number in 1..=7 {
            assert_eq!(judged(WEEK, &sets, number), (None, Some(day(15))), "day {number}");
        }
        for number in 8..=11 {
            let kept = (Some(Kept::RestoresRecoveryWindow), Some(day(22)));
            assert_eq!(judged(WEEK, &sets, number), kept, "day {number}");
        }
        for (number, expires) in [(12, Some(day(22))), (15, None), (18, None)] {
            assert_eq!(judged(WEEK, &sets, number), (Some(Kept::RecoveryWindow), expires));
        }
    }

    #[test]
    fn the_only_full_is_never_deleted() {
        let sets = [set(1, "FULL", "SUCCESS"), set(2, "FULL", "FAILED")];
        assert_eq!(judged(WEEK, &sets, 1), (Some(Kept::RestoresRecoveryWindow), None));
        assert_eq!(judged(WEEK, &sets, 2), (None, Some(day(9))));
    }

    #[test]
    fn where_nobody_cleans_up_everything_stays() {
        let mut elsewhere = set(1, "FULL", "SUCCESS");
        elsewhere.dest_id = 1003;
        let sets = [elsewhere, set(2, "FULL", "SUCCESS"), set(3, "FULL", "DOING")];
        assert_eq!(judged(None, &sets, 2), (Some(Kept::NoPolicy), None));
        assert_eq!(judged(WEEK, &sets, 1), (Some(Kept::OtherDestination), None));
        assert_eq!(judged(WEEK, &sets, 3), (Some(Kept::InProgress), None));
    }

    #[test]
    fn what_is_deleted_is_kept_by_nothing() {
        let mut gone = set(1, "FULL", "SUCCESS");
        gone.file_status = "DELETED".to_owned();
        assert_eq!(judged(WEEK, &[gone], 1), (None, None));
    }

    /// What one look at the rules deletes, step by step as the server walks: newest first.
    fn deleted(window: i64, dest_id: i64, sets: &[BackupSet], now: Timestamp) -> BTreeSet<i64> {
        let expire = now - SignedDuration::from_secs(window);
        let mut candidates: Vec<&BackupSet> = sets
            .iter()
            .filter(|set| set.dest_id == dest_id && set.file_status != "DELETED")
            .filter(|set| set.ended.is_some_and(|ended| ended <= expire))
            .collect();
        candidates.sort_by_key(|set| Reverse(set.id));
        let mut clean_point = false;
        let mut gone = BTreeSet::new();
        for set in candidates {
            if set.status == "FAILED" || set.file_status == "DELETING" || clean_point {
                gone.insert(set.id);
            }
            clean_point |= set.is_full() && set.is_usable();
        }
        gone
    }

    fn random_sets() -> impl Strategy<Value = Vec<BackupSet>> {
        let one = (any::<bool>(), 0..4_u8, 0..6_u8, 0..5_u8, 0..2_i64);
        prop::collection::vec(one, 0..12).prop_map(|sets| {
            let made = (1..)
                .zip(sets)
                .map(|(id, (is_full, status, file_status, elsewhere, late))| {
                    let kind = if is_full { "FULL" } else { "INC" };
                    let mut made = set(id, kind, ["FAILED", "DOING", "SUCCESS", "SUCCESS"][usize::from(status)]);
                    if made.status == "SUCCESS" && file_status < 3 {
                        made.file_status = ["BROKEN", "DELETING", "DELETED"][usize::from(file_status)].to_owned();
                    }
                    made.dest_id += i64::from(elsewhere == 0);
                    made.ended = made.ended.map(|_| day(id + 2 * late));
                    made
                });
            made.collect()
        })
    }

    proptest! {
        #[test]
        fn nothing_keeps_exactly_what_the_next_look_deletes(sets in random_sets(), today in 1..25_i64) {
            let all: Vec<&BackupSet> = sets.iter().collect();
            let retention = Retention::new(WEEK, Some(1001), &all, day(today));
            let gone = deleted(7 * 86_400, 1001, &sets, day(today));
            for set in sets.iter().filter(|set| !matches!(set.file_status.as_str(), "DELETED" | "DELETING")) {
                prop_assert_eq!(retention.judge(set).kept_because.is_none(), gone.contains(&set.id), "set {}", set.id);
            }
        }

        #[test]
        fn a_set_goes_at_the_moment_that_was_foretold(sets in random_sets(), today in 1..25_i64) {
            let all: Vec<&BackupSet> = sets.iter().collect();
            let retention = Retention::new(WEEK, Some(1001), &all, day(today));
            for set in &sets {
                let Some(expires) = retention.judge(set).expires else { continue };
                let moment_before = expires - SignedDuration::from_nanos(1);
                let gone_at = |now| deleted(7 * 86_400, 1001, &sets, now).contains(&set.id);
                prop_assert_eq!((gone_at(moment_before), gone_at(expires)), (false, true), "set {}", set.id);
            }
        }
    }
}
