//! Deleting the sets of a run when it is destroyed: what may go is decided by `CDB_OB_ARCHIVELOG_PIECE_FILES` and
//! `CDB_OB_BACKUP_DELETE_POLICY`, too.

use super::{END, Model, Observed, OnDestroy};
use crate::{
    cluster::{
        Statement, TenantName,
        records::{BackupSet, DeletionJob, SYS},
    },
    deletion::{deletes, deleting, failed, require_by_hand, tasks_of},
    destination_change::for_tenant,
    managed_resource::{Context, Diff, LEFT_IN_PLACE, Pending, Precondition, Step},
};
use std::collections::BTreeSet;
use tfplugin::Diagnostic;

/// Completes "waiting for …".
const DELETED: &str = "the backup set to be deleted";

/// A set that is still there.
struct Doomed<'a> {
    tenant: TenantName,
    set: &'a BackupSet,
    /// Those of the tenant.
    jobs: &'a [DeletionJob],
    /// Those that wait for the jobs of tenants.
    jobs_of_sys: &'a [DeletionJob],
}

/// What leads to a cluster without the sets of the run.
pub(super) fn diff(model: &Model, pending: &Pending, observed: &Observed, context: &Context<'_>) -> Diff {
    let doomed = doomed(model, observed);
    let is_being_made = observed.is_being_made();
    if doomed.is_empty() && !is_being_made {
        return Diff::InSync;
    }
    if let Some(refusal) = unable(model, context) {
        return Diff::Refuse(Box::new(refusal));
    }
    if is_being_made || doomed.iter().any(|doomed| doomed.set.status == "DOING") {
        return Diff::Settling(END);
    }
    if doomed.iter().any(Doomed::is_being_deleted) {
        return Diff::Settling(DELETED);
    }
    let step = |doomed: &Doomed<'_>| doomed.step(context);
    match doomed.iter().find_map(|doomed| doomed.failed_job(pending)) {
        Some(job) => {
            let futile = doomed.iter().filter(|doomed| doomed.was_left_alone(pending));
            Diff::Failed(futile.map(step).collect(), Box::new(failure(job)))
        }
        None => Diff::Apply(doomed.iter().map(step).collect()),
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

/// The sets of the run, by tenant.
pub(super) fn sets(model: &Model) -> Vec<(&str, i64)> {
    let ids = model.backup_set_ids.iter().flatten();
    ids.map(|(tenant, id)| (tenant.as_str(), *id)).collect()
}

/// The sets of the run, by tenant, that a destroy leaves behind or deletes. All that are known, where nobody could look.
pub(super) fn concerned<'a>(model: &'a Model, observed: Option<&Observed>) -> Vec<(&'a str, i64)> {
    let ids = sets(model).into_iter();
    let Some(observed) = observed else {
        return ids.filter(|_| model.expired != Some(true)).collect();
    };
    ids.filter(|(tenant, id)| match model.on_destroy {
        OnDestroy::Forget => observed.holds(tenant, *id),
        OnDestroy::DeleteSet => {
            let set = observed.set(tenant, *id);
            set.is_some_and(|set| !matches!(set.file_status.as_str(), "DELETING" | "DELETED"))
        }
    })
    .collect()
}

/// Sets by tenant, for the practitioner.
pub(super) fn listed(sets: &[(&str, i64)]) -> String {
    let sets: Vec<String> = sets
        .iter()
        .map(|(tenant, id)| format!("set {id} of tenant `{tenant}`"))
        .collect();
    match sets.is_empty() {
        true => "no set yet".to_owned(),
        false => sets.join(", "),
    }
}

/// The jobs that had ended when this was looked at.
pub(super) fn past_jobs(observed: &Observed) -> BTreeSet<(i64, i64)> {
    let over = observed.deletions.0.jobs.iter().filter(|job| !job.is_running());
    over.map(|job| (job.tenant_id, job.id)).collect()
}

fn doomed<'a>(model: &'a Model, observed: &'a Observed) -> Vec<Doomed<'a>> {
    let ids = model.backup_set_ids.iter().flatten();
    ids.filter_map(|(tenant, id)| {
        let owner = *observed.ids.get(tenant)?;
        let mut there = observed
            .sets
            .of(owner)
            .iter()
            .filter(|set| set.file_status != "DELETED");
        Some(Doomed {
            tenant: tenant.parse().ok()?,
            set: there.find(|set| set.id == *id)?,
            jobs: observed.deletions.0.of(owner),
            jobs_of_sys: observed.deletions.0.of(SYS),
        })
    })
    .collect()
}

impl Doomed<'_> {
    fn ids(&self) -> BTreeSet<i64> {
        BTreeSet::from([self.set.id])
    }

    /// The newest job of the tenant that is about this set.
    fn last_job(&self) -> Option<&DeletionJob> {
        let own = self.jobs.iter().filter(|job| deletes(job, &self.ids()));
        own.max_by_key(|job| job.id)
    }

    fn is_being_deleted(&self) -> bool {
        let ids = self.ids();
        // From sys, the job of the tenant comes after that of sys.
        let mut jobs = self.jobs.iter().chain(self.jobs_of_sys);
        if jobs.any(|job| job.is_running() && deletes(job, &ids)) {
            return true;
        }
        // A job that failed half-way does not go on with it, but the cleanup may.
        let is_given_up = self.last_job().is_some_and(|job| job.status != "COMPLETED");
        let goes_on = !is_given_up || self.jobs.iter().any(DeletionJob::is_running);
        goes_on && self.set.file_status == "DELETING"
    }

    /// The job that ended without having deleted it, unless that was before.
    fn failed_job(&self, pending: &Pending) -> Option<&DeletionJob> {
        let is_ours = |job: &&DeletionJob| !pending.is_past(job.tenant_id, job.id);
        self.last_job().filter(|job| job.status != "COMPLETED").filter(is_ours)
    }

    /// Whether its deletion failed before anything was deleted.
    fn was_left_alone(&self, pending: &Pending) -> bool {
        self.failed_job(pending).is_some() && self.set.file_status != "DELETING"
    }

    fn step(&self, context: &Context<'_>) -> Step {
        let statement: Statement = deleting(&self.ids());
        let statement = for_tenant(statement, &self.tenant, context);
        Step::new("deleting the backup set", statement)
            .once(Precondition::SetsAreDispensable(self.tenant.clone(), self.ids()))
    }
}

/// Says why a deletion failed, and what to do about it.
fn failure(job: &DeletionJob) -> Diagnostic {
    let mut failure = failed(job, &tasks_of(job));
    failure.detail += &format!("\n\nTo try again, destroy the run again. {LEFT_IN_PLACE}");
    failure.at("on_destroy")
}
