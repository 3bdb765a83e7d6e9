//! `oceanbase_delete_obsolete`: deletes what the recovery window does not need, without waiting for the hourly cleanup.
//!
//! Reads `CDB_OB_BACKUP_DELETE_POLICY` and `CDB_OB_BACKUP_DELETE_JOBS`; sends `ALTER SYSTEM DELETE OBSOLETE BACKUP` (4.4.1 and later).

use crate::{
    cluster::{
        Scope, Statement, TenantName,
        records::{DeletePolicies, DeletionJobs},
    },
    command::{Begin, Command, Course, View},
    deletion::{course, newest, require_by_hand},
    values::span::Span,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tfplugin::{AttributePath, Diagnostic};

/// Deletes the backups of a tenant that its recovery window does not need any more, now rather than within the hour, and waits until
/// that is done. Needs a delete policy, and OceanBase 4.4.1 or later: before, the hourly cleanup is the only one.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant.
    pub tenant: TenantName,
    /// How long to wait for the end; default `20m`.
    pub timeout: Option<Span>,
}

/// The action.
pub struct DeleteObsolete;

/// `TYPE` of its jobs.
const KIND: &str = "DELETE OBSOLETE BACKUP";

type Records = (Arc<DeletionJobs>, Arc<DeletePolicies>);

impl Command for DeleteObsolete {
    const NAME: &'static str = "oceanbase_delete_obsolete";
    type Model = Model;
    type Records = Records;
    /// The number of the newest job before it.
    type Followed = i64;

    fn scope(model: &Model) -> Scope<'_> {
        (&model.tenant).into()
    }

    fn begin(model: &Model, view: &View<'_, Records>) -> Begin<i64> {
        if let Err(missing) = require_by_hand(&view.snapshot.capabilities, "tenant") {
            return Begin::Refuse(missing);
        }
        let tenant = view.snapshot.tenant(&model.tenant);
        if tenant.is_none_or(|tenant| view.records.1.of(tenant.id).is_empty()) {
            return Begin::Refuse(Box::new(
                Diagnostic::error(
                    "Nothing is obsolete without a delete policy",
                    format!(
                        "Tenant {} has no delete policy, so no backup of it ever becomes obsolete. Set one, or delete single sets with \
                         `oceanbase_delete_backup_set`.",
                        model.tenant
                    ),
                )
                .at(AttributePath::root().child("tenant")),
            ));
        }
        let statement = Statement::new("ALTER SYSTEM DELETE OBSOLETE BACKUP");
        Begin::Send(
            view.for_tenant(statement, &model.tenant),
            newest(&model.tenant, &view.records.0, view),
        )
    }

    fn follow(before: &i64, model: &Model, view: &View<'_, Records>) -> Course {
        course(&model.tenant, &view.records.0, view, *before, |job| job.kind == KIND)
    }

    fn patience(model: &Model) -> Duration {
        super::patience(model.timeout.as_ref())
    }
}
