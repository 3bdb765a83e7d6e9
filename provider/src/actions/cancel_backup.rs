//! `oceanbase_cancel_backup`: ends the backup that a tenant is making.
//!
//! Reads `CDB_OB_BACKUP_JOBS`; sends `ALTER SYSTEM CANCEL BACKUP`, which the server takes at any time.

use crate::{
    cluster::{
        Statement, TenantName,
        records::{BackupJob, BackupJobs},
    },
    command::{Begin, Command, Course, View},
    values::span::Span,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Ends the backup that a tenant is making, and waits until it is over. Nothing happens when none is under way.
///
/// The set that it was making is left as failed; the cleanup removes its files when it is older than the recovery window.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant.
    pub tenant: TenantName,
    /// How long to wait for the end; default `20m`.
    pub timeout: Option<Span>,
}

/// The action.
pub struct CancelBackup;

impl Command for CancelBackup {
    const NAME: &'static str = "oceanbase_cancel_backup";
    type Model = Model;
    type Records = Arc<BackupJobs>;
    /// The numbers of the jobs.
    type Followed = Vec<i64>;

    fn tenant(model: &Model) -> &TenantName {
        &model.tenant
    }

    fn begin(model: &Model, view: &View<'_, Arc<BackupJobs>>) -> Begin<Vec<i64>> {
        let running: Vec<i64> = running(model, view).map(|job| job.id).collect();
        if running.is_empty() {
            return Begin::Nothing(format!("No backup of tenant {} is under way.", model.tenant));
        }
        let statement = Statement::new("ALTER SYSTEM CANCEL BACKUP");
        Begin::Send(view.for_tenant(statement, &model.tenant), running)
    }

    fn follow(followed: &Vec<i64>, model: &Model, view: &View<'_, Arc<BackupJobs>>) -> Course {
        let left: Vec<String> = running(model, view)
            .filter(|job| followed.contains(&job.id))
            .map(|job| format!("backup job {} is {}", job.id, job.status))
            .collect();
        if !left.is_empty() {
            return Course::UnderWay(left.join(", "));
        }
        let own = view.records.jobs.iter().filter(|job| is_of(job, model, view));
        let ended = own.filter(|job| followed.contains(&job.id));
        let ends: Vec<String> = ended
            .map(|job| format!("Backup job {} is {}.", job.id, job.status))
            .collect();
        Course::Done(ends.join(" "))
    }

    fn patience(model: &Model) -> Duration {
        super::patience(model.timeout.as_ref())
    }
}

fn running<'a>(model: &'a Model, view: &'a View<'_, Arc<BackupJobs>>) -> impl Iterator<Item = &'a BackupJob> {
    let own = view.records.jobs.iter().filter(|job| is_of(job, model, view));
    own.filter(|job| job.is_running())
}

fn is_of(job: &BackupJob, model: &Model, view: &View<'_, Arc<BackupJobs>>) -> bool {
    let tenant = view.snapshot.tenant(&model.tenant);
    tenant.is_some_and(|tenant| tenant.id == job.tenant_id)
}
