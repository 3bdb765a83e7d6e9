//! `oceanbase_cancel_backup`: ends the backup that a tenant is making.
//!
//! Reads `CDB_OB_BACKUP_JOBS`; sends `ALTER SYSTEM CANCEL BACKUP`, which the server takes at any time.

use super::cancellation::course;
use crate::{
    cluster::{
        Scope, Statement, TenantName,
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

    fn scope(model: &Model) -> Scope<'_> {
        (&model.tenant).into()
    }

    fn begin(model: &Model, view: &View<'_, Arc<BackupJobs>>) -> Begin<Vec<i64>> {
        let running = jobs_of(model, view).filter(|job| job.is_running());
        let running: Vec<i64> = running.map(|job| job.id).collect();
        if running.is_empty() {
            return Begin::Nothing(format!("No backup of tenant {} is under way.", model.tenant));
        }
        let statement = Statement::new("ALTER SYSTEM CANCEL BACKUP");
        Begin::Send(view.for_tenant(statement, &model.tenant), running)
    }

    fn follow(followed: &Vec<i64>, model: &Model, view: &View<'_, Arc<BackupJobs>>) -> Course {
        let own = jobs_of(model, view).filter(|job| followed.contains(&job.id));
        let (left, ended): (Vec<_>, Vec<_>) = own.partition(|job| job.is_running());
        let left: Vec<_> = left.into_iter().map(|job| (job.id, job.status.as_str())).collect();
        course(&left, "backup job").unwrap_or_else(|| {
            let ends = ended
                .iter()
                .map(|job| format!("Backup job {} is {}.", job.id, job.status));
            Course::Done(ends.collect::<Vec<_>>().join(" "))
        })
    }

    fn patience(model: &Model) -> Duration {
        super::patience(model.timeout.as_ref())
    }
}

/// The tenant's backup jobs.
fn jobs_of<'a>(model: &Model, view: &View<'a, Arc<BackupJobs>>) -> impl Iterator<Item = &'a BackupJob> + use<'a> {
    let tenant = view.snapshot.tenant(&model.tenant);
    let records: &'a BackupJobs = view.records;
    tenant.into_iter().flat_map(|tenant| records.of(tenant.id))
}
