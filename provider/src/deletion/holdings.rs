//! What may be deleted of a tenant's backups by hand, by our own judgement and by the server's rules.
//!
//! The server (4.4.1 and later) takes every statement, and lets the job fail with -9045. At the present destination it deletes nothing
//! while a delete policy is set, nothing where there is no usable full, and of the rest only what is older than the newest usable full.
//! (`ob_backup_clean_selector.cpp` of the server.)

use crate::{
    cluster::{
        Tenant,
        records::{ArchiveHistory, ArchivePiece, BackupSet, BackupSets, DeletePolicies},
    },
    restorability,
    retention::present_destination,
};
use std::{collections::BTreeSet, sync::Arc};
use tfplugin::Diagnostic;

/// What has to be known before anything is deleted.
pub(crate) type HoldingsRecords = (Arc<BackupSets>, (Arc<ArchiveHistory>, Arc<DeletePolicies>));

/// The backups of one tenant, and what decides over them.
pub(crate) struct Holdings<'a> {
    tenant: &'a Tenant,
    /// Those that are not deleted.
    sets: Vec<&'a BackupSet>,
    pieces: Vec<&'a ArchivePiece>,
    /// `DEST_ID`, if there is one.
    present_destination: Option<i64>,
    has_policy: bool,
}

/// Why sets are not deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Objection {
    /// Without them the tenant could not be restored any more.
    Last,
    /// The server keeps these at the present destination: those from the newest full on, or all where there is none.
    Kept {
        ids: BTreeSet<i64>,
        newest_full: Option<i64>,
    },
}

impl<'a> Holdings<'a> {
    pub(crate) fn of(tenant: &'a Tenant, (sets, (archive, policies)): &'a HoldingsRecords) -> Self {
        let there = sets.of(tenant.id).iter().filter(|set| set.file_status != "DELETED");
        Self {
            tenant,
            sets: there.collect(),
            pieces: archive.pieces_of(tenant.id).iter().collect(),
            present_destination: present_destination(tenant),
            has_policy: !policies.of(tenant.id).is_empty(),
        }
    }

    /// Those of these sets that are there.
    pub(crate) fn among(&self, ids: &BTreeSet<i64>) -> BTreeSet<i64> {
        let there = self.sets.iter().map(|set| set.id);
        there.filter(|id| ids.contains(id)).collect()
    }

    /// The other sets that build upon these.
    pub(crate) fn dependents(&self, ids: &BTreeSet<i64>) -> BTreeSet<i64> {
        let mut falling = ids.clone();
        let mut later = self.sets.clone();
        // Numbers only grow, so one pass finds them all.
        later.sort_by_key(|set| set.id);
        for set in later {
            let builds_upon = [set.previous_id, set.previous_full_id];
            if builds_upon.iter().flatten().any(|id| falling.contains(id)) {
                falling.insert(set.id);
            }
        }
        falling.difference(ids).copied().collect()
    }

    /// Why these are not deleted, all together.
    pub(crate) fn objection(&self, ids: &BTreeSet<i64>) -> Option<Objection> {
        if self.are_last(ids) {
            return Some(Objection::Last);
        }
        let newest_full = self.present().filter(|set| set.is_full() && set.is_usable());
        let newest_full = newest_full.map(|set| set.id).max();
        let kept = self.present().map(|set| set.id);
        let kept = kept.filter(|id| ids.contains(id) && newest_full.is_none_or(|full| *id >= full));
        let ids: BTreeSet<i64> = kept.collect();
        (!ids.is_empty()).then_some(Objection::Kept { ids, newest_full })
    }

    /// What only the server can tell: its documentation asks for a policy, and its source refuses because of one.
    pub(crate) fn doubt(&self, ids: &BTreeSet<i64>) -> Option<Diagnostic> {
        let ids: BTreeSet<i64> = self.present().map(|set| set.id).filter(|id| ids.contains(id)).collect();
        (self.has_policy && !ids.is_empty()).then(|| {
            Diagnostic::warning(
                "The server may refuse to delete the backup",
                format!(
                    "Tenant `{}` has a delete policy, and {} {} at its present destination: as long as that is so, the server may refuse \
                     to delete sets there by hand (-9045), and delete nothing. The policy deletes what its recovery window does not need.",
                    self.tenant.name,
                    named(&ids),
                    if ids.len() == 1 { "lies" } else { "lie" },
                ),
            )
        })
    }

    fn present(&self) -> impl Iterator<Item = &'a BackupSet> {
        let present = self.present_destination;
        let sets = self.sets.iter().copied();
        sets.filter(move |set| Some(set.dest_id) == present)
    }

    /// The other sets that could be restored from, given the log that they need.
    pub(crate) fn usable_without(&self, ids: &BTreeSet<i64>) -> Vec<&'a BackupSet> {
        restorability::usable(&self.without(ids))
    }

    fn without(&self, ids: &BTreeSet<i64>) -> Vec<&'a BackupSet> {
        let sets = self.sets.iter().copied();
        sets.filter(|set| !ids.contains(&set.id)).collect()
    }

    /// Whether there would be no set left to restore from: none whose log is there, or none at all.
    fn are_last(&self, ids: &BTreeSet<i64>) -> bool {
        let left = self.without(ids);
        let restorable = |sets: &[&BackupSet]| !restorability::windows(sets, &self.pieces).is_empty();
        let whole = |sets: &[&BackupSet]| !restorability::usable(sets).is_empty();
        restorable(&self.sets) && !restorable(&left) || whole(&self.sets) && !whole(&left)
    }
}

impl Objection {
    /// For the practitioner who wanted to delete these sets of a tenant.
    pub(crate) fn diagnostic(&self, ids: &BTreeSet<i64>, tenant: &Tenant) -> Diagnostic {
        let tenant = &tenant.name;
        match self {
            Self::Last => Diagnostic::error(
                "The last backup is not deleted",
                format!(
                    "Without {} tenant `{tenant}` could not be restored any more: no other set is usable, together with those that it \
                     builds upon and the log that it needs. Take a full backup first, and wait until the log archive has passed it.",
                    named(ids),
                ),
            ),
            Self::Kept {
                ids,
                newest_full: Some(full),
            } => Diagnostic::error(
                "The newest backup is not deleted",
                format!(
                    "Set {full} is the newest full backup at the present destination of tenant `{tenant}`. The server keeps it, and \
                     everything that is newer, until there is another one (-9045): it would refuse to delete {}. Take a full backup first.",
                    named(ids),
                ),
            ),
            Self::Kept { ids, newest_full: None } => Diagnostic::error(
                "No backup is deleted where there is no full one",
                format!(
                    "There is no usable full backup at the present destination of tenant `{tenant}`. As long as that is so, the server \
                     deletes nothing there (-9045): it would refuse to delete {}. Take a full backup first.",
                    named(ids),
                ),
            ),
        }
    }
}

/// `set 1`, or `the sets 1, 2`.
pub(crate) fn named(ids: &BTreeSet<i64>) -> String {
    match ids.len() {
        1 => format!("set {}", listed(ids)),
        _ => format!("the sets {}", listed(ids)),
    }
}

pub(crate) fn listed(ids: &BTreeSet<i64>) -> String {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    ids.join(", ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        cluster::{
            RawUri,
            records::DeletePolicy,
            snapshot::{StorageInfo, tests::protected},
        },
        retention::tests::set,
    };

    fn incremental(id: i64, full: i64) -> BackupSet {
        BackupSet {
            previous_full_id: Some(full),
            ..set(id, "INC", "SUCCESS")
        }
    }

    fn elsewhere(set: BackupSet) -> BackupSet {
        BackupSet { dest_id: 1003, ..set }
    }

    fn ids(numbers: &[i64]) -> BTreeSet<i64> {
        numbers.iter().copied().collect()
    }

    /// With its present destination registered, where the sets of the fixtures lie.
    pub(crate) fn at_present(tenant: Tenant) -> Tenant {
        Tenant {
            storage_infos: vec![StorageInfo {
                path: "file:///data".to_owned(),
                endpoint: String::new(),
                dest_id: 1001,
                authorization: RawUri::new(""),
                extension: String::new(),
                max_iops: None,
                max_bandwidth: None,
            }],
            ..tenant
        }
    }

    fn tenant() -> Tenant {
        at_present(protected(1002, "t1"))
    }

    fn records(sets: Vec<BackupSet>, policies: Vec<DeletePolicy>) -> HoldingsRecords {
        let archive = Arc::new(ArchiveHistory::default());
        let policies = Arc::new(DeletePolicies { policies });
        (Arc::new(BackupSets { sets }), (archive, policies))
    }

    #[track_caller]
    fn check(sets: Vec<BackupSet>, doomed: &[i64], expected: Option<&str>) {
        let (tenant, records, doomed) = (tenant(), records(sets, Vec::new()), ids(doomed));
        let objection = Holdings::of(&tenant, &records).objection(&doomed);
        let said = objection.map(|objection| objection.diagnostic(&doomed, &tenant).detail);
        let said = said.as_deref();
        assert!(
            said.zip(expected)
                .is_some_and(|(said, expected)| said.starts_with(expected))
                || said == expected,
            "{said:?}"
        );
    }

    #[test]
    fn what_is_older_than_the_newest_full_may_go() {
        let fulls = || (1..=3).map(|id| set(id, "FULL", "SUCCESS")).collect::<Vec<_>>();
        check(fulls(), &[1, 2], None);
        check(
            fulls(),
            &[1, 2, 3],
            Some("Without the sets 1, 2, 3 tenant `t1` could not be restored"),
        );
        let newest = "Set 3 is the newest full backup at the present destination of tenant `t1`.";
        check(fulls(), &[3], Some(newest));
        for later in [incremental(4, 3), set(4, "FULL", "FAILED")] {
            check([fulls(), vec![later]].concat(), &[1, 4], Some(newest));
        }
    }

    #[test]
    fn other_destinations_are_free_as_long_as_something_is_left() {
        let sets = vec![elsewhere(set(1, "FULL", "SUCCESS")), set(2, "FULL", "SUCCESS")];
        check(sets, &[1], None);
        let sets = vec![set(1, "FULL", "SUCCESS"), elsewhere(set(2, "FULL", "SUCCESS"))];
        check(sets, &[2], None);
    }

    #[test]
    fn nothing_goes_where_there_is_no_full() {
        let sets = vec![elsewhere(set(1, "FULL", "SUCCESS")), set(2, "FULL", "FAILED")];
        check(
            sets,
            &[2],
            Some("There is no usable full backup at the present destination of tenant `t1`."),
        );
    }

    #[test]
    fn a_policy_is_for_the_server_to_judge() {
        let policy = || DeletePolicy {
            tenant_id: 1002,
            name: "default".to_owned(),
            recovery_window: "7d".to_owned(),
        };
        let sets = || {
            vec![
                elsewhere(set(1, "FULL", "SUCCESS")),
                set(2, "FULL", "SUCCESS"),
                set(3, "FULL", "SUCCESS"),
            ]
        };
        for (policies, doomed, expected) in [
            (vec![], [1, 2], false),
            (vec![policy()], [1, 2], true),
            (vec![policy()], [1, 1], false),
        ] {
            let (tenant, records) = (tenant(), records(sets(), policies));
            let holdings = Holdings::of(&tenant, &records);
            assert_eq!(holdings.objection(&ids(&doomed)), None);
            assert_eq!(holdings.doubt(&ids(&doomed)).is_some(), expected, "{doomed:?}");
        }
    }

    #[test]
    fn a_set_falls_with_what_it_builds_upon() {
        let second = BackupSet {
            previous_id: Some(2),
            ..set(3, "INC", "SUCCESS")
        };
        let sets = vec![
            set(1, "FULL", "SUCCESS"),
            incremental(2, 1),
            second,
            set(4, "FULL", "SUCCESS"),
        ];
        let (tenant, records) = (tenant(), records(sets, Vec::new()));
        let holdings = Holdings::of(&tenant, &records);
        for (doomed, falling) in [(&[1][..], &[2, 3][..]), (&[2], &[3]), (&[1, 2, 3], &[]), (&[4], &[])] {
            assert_eq!(holdings.dependents(&ids(doomed)), ids(falling), "{doomed:?}");
        }
    }
}
