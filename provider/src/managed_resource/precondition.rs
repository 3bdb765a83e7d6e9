//! What has to come about before a statement is sent, and takes records to be seen that no plan needs: they are read when it is the
//! statement's turn.

use crate::{
    cluster::{
        Cluster, Error, Freshness, Scope, Snapshot, TenantName,
        records::{BackupSet, BackupSets},
        snapshot::Round,
    },
    restorability::ahead_of_archive,
};
use std::sync::Arc;
use tfplugin::Diagnostic;

/// What has to come about before a statement is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// The log archive has passed every backup set: without the log up to its `MIN_RESTORE_SCN`, a set cannot be restored.
    BackupsAreRestorable,
}

/// Whether it has come about.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// It has.
    Met,
    /// It will, by itself; completes "waiting for …".
    NotYet(&'static str),
    /// It will not.
    Never(Box<Diagnostic>),
}

const TO_PASS_BACKUPS: &str = "the log archive to pass the newest backup set, which could not be restored otherwise";

impl Precondition {
    /// Looks whether it has come about.
    pub(super) async fn look(self, cluster: &Cluster, snapshot: &Snapshot, scope: Scope<'_>) -> Result<Verdict, Error> {
        match self {
            Self::BackupsAreRestorable => {
                let tenant = scope.tenant().and_then(|tenant| snapshot.tenant(tenant));
                let Some((tenant, round)) = tenant.and_then(|shown| Some((shown, shown.round.as_ref()?))) else {
                    return Ok(Verdict::Met);
                };
                let sets: Arc<BackupSets> = cluster.records(snapshot, Freshness::After(cluster.now())).await?;
                Ok(restorable(&tenant.name, round, sets.of(tenant.id)))
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{retention::tests::set, values::scn::Scn};

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
                Verdict::Never(reason) => &reason.summary,
            };
            assert_eq!(verdict, expected, "{status} at {checkpoint}");
        }
    }
}
