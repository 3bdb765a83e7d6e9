//! `oceanbase_cancel_delete`: ends the deletion of backups that is under way.
//!
//! Reads `CDB_OB_BACKUP_DELETE_JOBS`; sends `ALTER SYSTEM CANCEL DELETE BACKUP`, which the server takes at any time.

use super::cancellation::{course, shown};
use crate::{
    cluster::{Scope, Statement, TenantName, records::DeletionJobs},
    command::{Begin, Command, Course, View},
    deletion::jobs_of,
    values::span::Span,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Ends the deletion of a tenant's backups that is under way, and waits until it is over. Nothing happens when there is none.
///
/// What is deleted by then stays deleted. A delete policy begins anew within the hour.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant.
    pub tenant: TenantName,
    /// How long to wait for the end; default `20m`.
    pub timeout: Option<Span>,
}

/// The action.
pub struct CancelDelete;

impl Command for CancelDelete {
    const NAME: &'static str = "oceanbase_cancel_delete";
    type Model = Model;
    type Records = Arc<DeletionJobs>;
    /// The numbers of the jobs.
    type Followed = Vec<i64>;

    fn scope(model: &Model) -> Scope<'_> {
        (&model.tenant).into()
    }

    fn begin(model: &Model, view: &View<'_, Arc<DeletionJobs>>) -> Begin<Vec<i64>> {
        let running = jobs_of(&model.tenant, view.records, view).filter(|job| job.is_running());
        let running: Vec<i64> = running.map(|job| job.id).collect();
        if running.is_empty() {
            return Begin::Nothing(format!("No backup of tenant {} is being deleted.", model.tenant));
        }
        let statement = Statement::new("ALTER SYSTEM CANCEL DELETE BACKUP");
        Begin::Send(view.for_tenant(statement, &model.tenant), running)
    }

    fn follow(followed: &Vec<i64>, model: &Model, view: &View<'_, Arc<DeletionJobs>>) -> Course {
        let own = jobs_of(&model.tenant, view.records, view).filter(|job| followed.contains(&job.id));
        let (left, ended): (Vec<_>, Vec<_>) = own.partition(|job| job.is_running());
        let left: Vec<_> = left.into_iter().map(|job| (job.id, job.status.as_str())).collect();
        let ended: Vec<_> = ended.into_iter().map(|job| (job.id, job.status.as_str())).collect();
        course(&left, "job").unwrap_or_else(|| Course::Done(shown(&ended, "job")))
    }

    fn patience(model: &Model) -> Duration {
        super::patience(model.timeout.as_ref())
    }
}
