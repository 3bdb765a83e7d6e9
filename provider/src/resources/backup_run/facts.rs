//! What is stored of a run.

use super::{BackupRun, Identity, Model, Observed, OnDestroy};
use crate::{
    backup::course::{Run, Stage},
    cluster::records::BackupSet,
    managed_resource::ManagedResource,
    values::backup_type::BackupType,
};

/// What an import can tell of the configuration.
pub(super) fn imported(identity: &Identity, found: Option<&(BackupType, Run)>) -> Model {
    let kind = found.map(|(kind, _)| *kind).or(identity.kind).unwrap_or_default();
    let job = found.and_then(|(_, run)| run.row(identity.scope()));
    let token = identity.token(kind);
    let words = job.and_then(|job| token.own_words(&job.description));
    Model {
        tenant: identity.tenant.clone(),
        all_tenants: identity.tenant.is_none(),
        run_key: identity.run_key.clone(),
        kind,
        plus_archivelog: job.is_some_and(|job| job.plus_archivelog),
        description: words.filter(|words| !words.is_empty()).map(str::to_owned),
        password_wo: None,
        password_wo_version: None,
        wait: true,
        cancel_on_interrupt: false,
        max_compaction_age: None,
        on_destroy: OnDestroy::default(),
        timeouts: None,
        job_id: None,
        backup_set_id: None,
        backup_set_ids: None,
        effective_type: None,
        status: None,
        result: None,
        started_at: None,
        finished_at: None,
        min_restore_scn: None,
        output_bytes: None,
        expired: None,
    }
}

pub(super) fn with_facts(configured: Model, run: &Run) -> Model {
    let identity = BackupRun::identity(&configured);
    let row = run.row(identity.scope());
    let is_over = run.stage() == Stage::Over;
    let ids = run.set_ids();
    let own = run.parts.first().filter(|_| configured.tenant.is_some());
    let set = own.and_then(|part| part.set.as_ref());
    Model {
        job_id: row.map(|job| job.id),
        backup_set_id: own.and_then(|part| part.job.backup_set_id),
        backup_set_ids: Some(ids.into_iter().map(|(tenant, id)| (tenant.to_string(), id)).collect()),
        effective_type: run.effective_type().map(str::to_owned),
        status: row.map(|job| job.status.clone()),
        result: row.filter(|_| is_over).map(|job| job.result),
        started_at: row.map(|job| job.started.to_string()),
        finished_at: row
            .filter(|_| is_over)
            .and_then(|job| job.ended)
            .map(|ended| ended.to_string()),
        // What was deleted long ago is not shown any more, but it was so.
        min_restore_scn: set
            .and_then(|set| set.min_restore_scn.some())
            .or(configured.min_restore_scn),
        output_bytes: run.output_bytes().or(configured.output_bytes),
        ..configured
    }
}

/// Whether a set of a run that was completed is gone, or about to go.
pub(super) fn is_expired(model: &Model, observed: &Observed) -> bool {
    let is_completed = match &observed.run {
        Some((_, run)) => run.is_completed(),
        None => model.finished_at.is_some() && model.result == Some(0),
    };
    let mut sets = model.backup_set_ids.iter().flatten();
    is_completed && sets.any(|(tenant, id)| !observed.holds(tenant, *id))
}

impl Observed {
    /// Whether the backup has not ended: a set of it may not be in sight yet.
    pub(super) fn is_being_made(&self) -> bool {
        self.run.as_ref().is_some_and(|(_, run)| run.stage() != Stage::Over)
    }

    /// A set of a tenant.
    pub(super) fn set(&self, tenant: &str, id: i64) -> Option<&BackupSet> {
        let sets = self.ids.get(tenant).map(|tenant| self.sets.of(*tenant));
        sets.unwrap_or_default().iter().find(|set| set.id == id)
    }

    /// Whether a set is there, and to stay.
    pub(super) fn holds(&self, tenant: &str, id: i64) -> bool {
        let set = self.set(tenant, id);
        set.is_some_and(|set| !matches!(set.file_status.as_str(), "DELETING" | "DELETED" | "EXPIRED"))
    }
}
