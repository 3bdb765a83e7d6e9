//! Deleting the sets of a run when it is destroyed.

use super::{Model, Observed, OnDestroy};
use crate::{
    cluster::{
        Statement,
        records::{BackupSet, DeletionJob},
    },
    deletion::{deletes, deleting, failed, require_by_hand, tasks_of},
    destination_change::for_tenant,
    managed_resource::{Context, Diff, Pending, Step},
    restorability,
};
use std::collections::BTreeSet;
use tfplugin::Diagnostic;

/// The statement was sent, so that a job that failed is ours.
const DELETION: &str = "the deletion";

/// Completes "waiting for …".
const DELETED: &str = "the backup set to be deleted";
const ENDED: &str = "the backup to end";

/// A set that is still there.
struct Doomed<'a> {
    tenant: &'a str,
    set: &'a BackupSet,
    /// All sets of the tenant.
    all: Vec<&'a BackupSet>,
    jobs: &'a [DeletionJob],
}

/// What leads to a cluster without the sets of the run.
pub(super) fn diff(model: &Model, pending: &Pending, observed: &Observed, context: &Context<'_>) -> Diff {
    let doomed = doomed(model, observed);
    if doomed.is_empty() {
        return Diff::InSync;
    }
    if let Some(refusal) = unable(model, context) {
        return Diff::Refuse(Box::new(refusal));
    }
    if doomed.iter().any(|doomed| doomed.set.status == "DOING") {
        return Diff::Settling(ENDED);
    }
    if doomed.iter().any(Doomed::is_being_deleted) {
        return Diff::Settling(DELETED);
    }
    let failed = doomed
        .iter()
        .filter(|_| pending.has(DELETION))
        .find_map(Doomed::failure);
    match failed.or_else(|| doomed.iter().find_map(Doomed::objection)) {
        Some(reason) => Diff::Refuse(Box::new(reason.at("on_destroy"))),
        None => Diff::Apply(doomed.iter().filter_map(|doomed| doomed.step(context)).collect()),
    }
}

/// Says that the server deletes nothing by hand.
pub(super) fn unable(model: &Model, context: &Context<'_>) -> Option<Diagnostic> {
    match model.on_destroy {
        OnDestroy::Forget => None,
        OnDestroy::DeleteSet => require_by_hand(context.capabilities, "on_destroy")
            .err()
            .map(|missing| *missing),
    }
}

/// The sets of the run, for the practitioner.
pub(super) fn listed(model: &Model) -> String {
    let sets = model.backup_set_ids.iter().flatten();
    let sets: Vec<String> = sets
        .map(|(tenant, id)| format!("set {id} of tenant `{tenant}`"))
        .collect();
    match sets.is_empty() {
        true => "no set yet".to_owned(),
        false => sets.join(", "),
    }
}

fn doomed<'a>(model: &'a Model, observed: &'a Observed) -> Vec<Doomed<'a>> {
    let ids = model.backup_set_ids.iter().flatten();
    ids.filter_map(|(tenant, id)| {
        let owner = *observed.ids.get(tenant)?;
        let all: Vec<&BackupSet> = observed
            .sets
            .of(owner)
            .iter()
            .filter(|set| set.file_status != "DELETED")
            .collect();
        Some(Doomed {
            tenant,
            set: all.iter().find(|set| set.id == *id)?,
            all,
            jobs: observed.deletions.of(owner),
        })
    })
    .collect()
}

impl Doomed<'_> {
    /// The jobs that are about this set.
    fn jobs(&self) -> impl Iterator<Item = &DeletionJob> {
        let ids = BTreeSet::from([self.set.id]);
        self.jobs.iter().filter(move |job| deletes(job, &ids))
    }

    fn is_being_deleted(&self) -> bool {
        self.set.file_status == "DELETING" || self.jobs().any(DeletionJob::is_running)
    }

    fn failure(&self) -> Option<Diagnostic> {
        let last = self.jobs().max_by_key(|job| job.id)?;
        (last.status != "COMPLETED").then(|| failed(last, &tasks_of(last)))
    }

    /// Why it should not be deleted.
    fn objection(&self) -> Option<Diagnostic> {
        let needs = |set: &&&BackupSet| [set.previous_id, set.previous_full_id].contains(&Some(self.set.id));
        let dependents: Vec<String> = self.all.iter().filter(needs).map(|set| set.id.to_string()).collect();
        if !dependents.is_empty() {
            return Some(Diagnostic::error(
                "Other sets build upon this backup",
                format!(
                    "The sets {} of tenant `{}` build upon set {}, and would be of no use without it. Delete them first, or apply \
                     `on_destroy = \"forget\"`.",
                    dependents.join(", "),
                    self.tenant,
                    self.set.id
                ),
            ));
        }
        let left: Vec<&BackupSet> = self.all.iter().copied().filter(|set| set.id != self.set.id).collect();
        let is_last = self.set.is_usable() && restorability::usable(&left).is_empty();
        is_last.then(|| {
            Diagnostic::error(
                "The last backup is not deleted",
                format!(
                    "Without set {} tenant `{}` could not be restored any more. Take a full backup first, or apply \
                     `on_destroy = \"forget\"`.",
                    self.set.id, self.tenant
                ),
            )
        })
    }

    fn step(&self, context: &Context<'_>) -> Option<Step> {
        let statement: Statement = deleting(&BTreeSet::from([self.set.id]));
        let statement = for_tenant(statement, &self.tenant.parse().ok()?, context);
        Some(Step::new("deleting the backup set", statement).raising(DELETION))
    }
}
