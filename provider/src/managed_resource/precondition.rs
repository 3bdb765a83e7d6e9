//! What has to come about before a statement is sent, and takes records to be seen that no plan needs: they are read when it is the
//! statement's turn.

use crate::{
    backup::conditions::RUNNING_DELETION,
    cluster::{
        Cluster, Error, Freshness, Scope, Snapshot, Tenant, TenantName,
        records::{BackupSet, BackupSets, RecentDeletions},
        snapshot::Round,
    },
    deletion::{Holdings, HoldingsRecords, Objection, is_losing_sets, named},
    queried::Gather,
    restorability::ahead_of_archive,
};
use std::{collections::BTreeSet, sync::Arc};
use tfplugin::{Diagnostic, Severity};

/// What has to come about before a statement is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// The log archive has passed every backup set: without the log up to its `MIN_RESTORE_SCN`, a set cannot be restored.
    BackupsAreRestorable,
    /// The tenant can do without these backup sets, and nothing builds upon them.
    SetsAreDispensable(TenantName, BTreeSet<i64>),
}

/// Whether it has come about.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// It has.
    Met,
    /// It has, as far as anybody but the server can tell.
    Doubtful(Box<Diagnostic>),
    /// It will, by itself; completes "waiting for …".
    NotYet(&'static str),
    /// It will not by itself; another change of the same plan may bring it about.
    Unless(Box<Diagnostic>),
    /// It will not.
    Never(Box<Diagnostic>),
}

const TO_PASS_BACKUPS: &str = "the log archive to pass the newest backup set, which could not be restored otherwise";

impl Precondition {
    /// Whether a plan looks, too. What passes by itself, as a rule, is not worth reading records for.
    pub(super) fn concerns_plans(&self) -> bool {
        match self {
            Self::BackupsAreRestorable => false,
            Self::SetsAreDispensable(..) => true,
        }
    }

    /// Looks whether it has come about.
    pub(super) async fn look(
        &self,
        cluster: &Cluster,
        snapshot: &Snapshot,
        scope: Scope<'_>,
        freshness: Freshness,
    ) -> Result<Verdict, Error> {
        match self {
            Self::BackupsAreRestorable => {
                let tenant = scope.tenant().and_then(|tenant| snapshot.tenant(tenant));
                let Some((tenant, round)) = tenant.and_then(|shown| Some((shown, shown.round.as_ref()?))) else {
                    return Ok(Verdict::Met);
                };
                let sets: Arc<BackupSets> = cluster.records(snapshot, freshness).await?;
                Ok(restorable(&tenant.name, round, sets.of(tenant.id)))
            }
            Self::SetsAreDispensable(tenant, ids) => {
                let Some(tenant) = snapshot.tenant(tenant) else {
                    return Ok(Verdict::Met);
                };
                let deletions: Arc<RecentDeletions> = cluster.records(snapshot, freshness).await?;
                if is_losing_sets(tenant, &deletions.0) {
                    return Ok(Verdict::NotYet(RUNNING_DELETION));
                }
                let records = HoldingsRecords::gather(cluster, snapshot, freshness).await?;
                Ok(dispensable(tenant, &records, ids))
            }
        }
    }
}

impl Verdict {
    /// What a plan says of it.
    pub(super) fn foreseen(self) -> Option<Diagnostic> {
        match self {
            Self::Met | Self::NotYet(_) => None,
            Self::Doubtful(doubt) => Some(*doubt),
            Self::Unless(reason) => Some(Diagnostic {
                severity: Severity::Warning,
                ..*reason
            }),
            Self::Never(reason) => Some(*reason),
        }
    }
}

/// Whether archiving may stop as far as the backups go.
fn restorable(tenant: &TenantName, round: &Round, sets: &[BackupSet]) -> Verdict {
    let ahead = ahead_of_archive(sets, round.checkpoint_scn);
    let has_begun = round.checkpoint_scn.some().is_some();
    match (ahead, round.status.as_str()) {
        (Some(_), "BEGINNING" | "DOING" | "SUSPENDING") if has_begun => Verdict::NotYet(TO_PASS_BACKUPS),
        (Some(set), "SUSPEND") => Verdict::Never(Box::new(would_be_lost(tenant, set))),
        // No backup was made in a round that has not begun, and one that is over or interrupted gets no further.
        (Some(_) | None, _) => Verdict::Met,
    }
}

fn would_be_lost(tenant: &TenantName, set: &BackupSet) -> Diagnostic {
    Diagnostic::error(
        "The newest backup would be lost",
        format!(
            "Backup set {} of tenant `{tenant}` can be restored only with the log up to {}, and archiving was suspended before it got \
             there. Resume archiving first (`suspended = false`), and stop it in a later apply.",
            set.id,
            set.min_restore_scn.time(),
        ),
    )
    .at("suspended")
}

/// Whether the sets of a backup that is given up may go.
fn dispensable(tenant: &Tenant, records: &HoldingsRecords, ids: &BTreeSet<i64>) -> Verdict {
    let holdings = Holdings::of(tenant, records);
    if let Some(objection) = holdings.objection(ids) {
        let left: Vec<BackupSet> = holdings.usable_without(ids).into_iter().cloned().collect();
        let round = tenant.round.as_ref().filter(|_| objection == Objection::Last);
        return match round.map(|round| restorable(&tenant.name, round, &left)) {
            // A newer backup will make up for them as soon as it has its log.
            Some(later @ Verdict::NotYet(_)) => later,
            _ => Verdict::Never(or_forgotten(objection.diagnostic(ids, tenant))),
        };
    }
    let dependents = holdings.dependents(ids);
    if !dependents.is_empty() {
        return Verdict::Unless(or_forgotten(built_upon(&tenant.name, ids, &dependents)));
    }
    match holdings.doubt(ids) {
        Some(doubt) => Verdict::Doubtful(or_forgotten(doubt)),
        None => Verdict::Met,
    }
}

fn built_upon(tenant: &TenantName, ids: &BTreeSet<i64>, dependents: &BTreeSet<i64>) -> Diagnostic {
    let relation = if dependents.len() == 1 { "builds" } else { "build" };
    Diagnostic::error(
        "Other sets build upon this backup",
        format!(
            "Of tenant `{tenant}`, {} {relation} upon {}, and would be of no use without it. Delete what builds upon it first.",
            named(dependents),
            named(ids),
        ),
    )
}

fn or_forgotten(mut reason: Diagnostic) -> Box<Diagnostic> {
    reason.detail += " ";
    reason.detail += LEFT_IN_PLACE;
    Box::new(reason.at("on_destroy"))
}

/// What a practitioner can do whose backup is not deleted.
pub(crate) const LEFT_IN_PLACE: &str =
    "Or leave the backup where it is: apply `on_destroy = \"forget\"`, and destroy the run then.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cluster::{
            records::{ArchiveHistory, ArchivePiece, DeletePolicies, DeletePolicy},
            snapshot::tests::protected,
        },
        deletion::tests::at_present,
        retention::tests::set,
        values::scn::Scn,
    };

    fn full(id: i64, min_restore: u64) -> BackupSet {
        BackupSet {
            min_restore_scn: Scn(min_restore),
            ..set(id, "FULL", "SUCCESS")
        }
    }

    #[test]
    fn archiving_goes_on_until_it_has_passed_the_newest_backup() {
        let lost = "The newest backup would be lost";
        for (status, checkpoint, expected) in [
            ("DOING", 100, "met"),
            ("DOING", 99, "not yet"),
            ("BEGINNING", 99, "not yet"),
            ("SUSPENDING", 99, "not yet"),
            ("SUSPEND", 99, lost),
            ("SUSPEND", 100, "met"),
            // Nothing can be waited for.
            ("INTERRUPTED", 99, "met"),
            ("STOPPING", 99, "met"),
            ("STOP", 99, "met"),
            ("PREPARE", 0, "met"),
            ("BEGINNING", 0, "met"),
        ] {
            let round = Round {
                round_id: 1,
                status: status.to_owned(),
                checkpoint_scn: Scn(checkpoint),
                comment: String::new(),
            };
            let failed = BackupSet {
                status: "FAILED".to_owned(),
                ..full(3, 200)
            };
            let sets = [full(1, 50), full(2, 100), failed];
            let verdict = restorable(&"t1".parse().unwrap(), &round, &sets);
            let verdict = match &verdict {
                Verdict::Met => "met",
                Verdict::NotYet(_) => "not yet",
                Verdict::Doubtful(reason) | Verdict::Unless(reason) | Verdict::Never(reason) => &reason.summary,
            };
            assert_eq!(verdict, expected, "{status} at {checkpoint}");
        }
    }

    #[test]
    fn a_set_goes_when_nobody_needs_it_and_the_server_lets_it_go() {
        let tenant = at_present(protected(1002, "t1"));
        let fulls = |count| (1..=count).map(|id| set(id, "FULL", "SUCCESS")).collect::<Vec<_>>();
        let upon_the_first = BackupSet {
            previous_full_id: Some(1),
            ..set(2, "INC", "SUCCESS")
        };
        let policy = DeletePolicy {
            tenant_id: 1002,
            name: "default".to_owned(),
            recovery_window: "7d".to_owned(),
        };
        let (newest, with_incremental) = (
            fulls(2),
            vec![fulls(1), vec![upon_the_first, set(3, "FULL", "SUCCESS")]],
        );
        for (sets, policies, doomed, expected, foreseen) in [
            (fulls(2), vec![], 1, "Met", None),
            (fulls(1), vec![], 1, "Never", Some(Severity::Error)),
            (newest, vec![], 2, "Never", Some(Severity::Error)),
            // The incremental may go in the same plan.
            (with_incremental.concat(), vec![], 1, "Unless", Some(Severity::Warning)),
            (fulls(2), vec![policy], 1, "Doubtful", Some(Severity::Warning)),
        ] {
            let policies = Arc::new(DeletePolicies { policies });
            let records = (
                Arc::new(BackupSets { sets }),
                (Arc::new(ArchiveHistory::default()), policies),
            );
            let verdict = dispensable(&tenant, &records, &BTreeSet::from([doomed]));
            let shown = format!("{verdict:?}");
            assert!(shown.starts_with(expected), "{shown}");
            let said = verdict.foreseen();
            assert_eq!(said.as_ref().map(|said| said.severity), foreseen, "{shown}");
            let names_the_way_out = |said: Diagnostic| said.detail.contains("apply `on_destroy = \"forget\"`");
            assert!(said.is_none_or(names_the_way_out), "{shown}");
        }
    }

    #[test]
    fn a_newer_backup_makes_up_for_another_when_the_archive_has_passed_it() {
        let made = |id, start_replay, min_restore| BackupSet {
            start_replay_scn: Scn(start_replay),
            ..full(id, min_restore)
        };
        for (checkpoint, status, doomed, expected) in [
            (99, "DOING", 1, "NotYet"),
            (100, "DOING", 1, "Met"),
            (99, "INTERRUPTED", 1, "Never"),
            (99, "DOING", 2, "Never"),
        ] {
            let mut tenant = at_present(protected(1002, "t1"));
            let round = tenant.round.as_mut().unwrap();
            (round.status, round.checkpoint_scn) = (status.to_owned(), Scn(checkpoint));
            let piece = ArchivePiece {
                tenant_id: 1002,
                dest_id: 1002,
                round_id: 1,
                id: 1,
                status: "ACTIVE".to_owned(),
                file_status: "AVAILABLE".to_owned(),
                start_scn: Scn(1),
                checkpoint_scn: Scn(checkpoint),
                output_bytes: 0,
            };
            let archive = ArchiveHistory {
                rounds: Vec::new(),
                pieces: vec![piece],
            };
            let sets = vec![made(1, 5, 10), made(2, 90, 100)];
            let policies = Arc::new(DeletePolicies::default());
            let records = (Arc::new(BackupSets { sets }), (Arc::new(archive), policies));
            let verdict = format!("{:?}", dispensable(&tenant, &records, &BTreeSet::from([doomed])));
            assert!(
                verdict.starts_with(expected),
                "{checkpoint} {status} {doomed}: {verdict}"
            );
        }
    }
}
