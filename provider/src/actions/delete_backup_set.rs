//! `oceanbase_delete_backup_set`: deletes single backup sets.
//!
//! Reads `CDB_OB_BACKUP_SET_FILES`, `CDB_OB_ARCHIVELOG_PIECE_FILES`, `CDB_OB_BACKUP_DELETE_POLICY` and `CDB_OB_BACKUP_DELETE_JOBS`;
//! sends `ALTER SYSTEM DELETE BACKUPSET` (4.4.1 and later).

use crate::{
    cluster::{
        Scope, TenantName,
        records::{DeletionJob, DeletionJobs},
    },
    command::{Begin, Command, Course, View},
    deletion::{
        Holdings, HoldingsRecords, course, deletes, deleting, is_losing_sets, listed, named, newest, require_by_hand,
    },
    values::span::Span,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tfplugin::{Diagnostic, Diagnostics};

/// Deletes single backup sets of a tenant, and waits until that is done. Needs OceanBase 4.4.1 or later: before, only the hourly cleanup
/// deletes anything.
///
/// A full falls together with the incrementals that build upon it: name them all, or set `with_dependents`. The last sets that the
/// tenant can be restored from are not deleted; a newer full without the log that it needs does not make up for them. At the present
/// destination the server keeps the newest full, and what is newer; with a delete policy it may keep everything there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant.
    pub tenant: TenantName,
    /// Numbers of the sets (`BACKUP_SET_ID`).
    #[schemars(length(min = 1))]
    pub backup_set_ids: BTreeSet<i64>,
    /// Also delete the sets that build upon these.
    #[serde(default)]
    pub with_dependents: bool,
    /// How long to wait for the end; default `20m`.
    pub timeout: Option<Span>,
}

/// The action.
pub struct DeleteBackupSet;

type Records = (Arc<DeletionJobs>, HoldingsRecords);

impl Command for DeleteBackupSet {
    const NAME: &'static str = "oceanbase_delete_backup_set";
    type Model = Model;
    type Records = Records;
    type Followed = Followed;

    fn scope(model: &Model) -> Scope<'_> {
        (&model.tenant).into()
    }

    fn begin(model: &Model, view: &View<'_, Records>) -> Begin<Followed> {
        if let Err(missing) = require_by_hand(&view.snapshot.capabilities, "backup_set_ids") {
            return Begin::Refuse(missing);
        }
        let Some(tenant) = view.snapshot.tenant(&model.tenant) else {
            return nothing(model);
        };
        let holdings = Holdings::of(tenant, &view.records.1);
        let doomed = holdings.among(&doomed(model, &holdings));
        if doomed.is_empty() {
            return nothing(model);
        }
        let forgotten: BTreeSet<i64> = doomed.difference(&model.backup_set_ids).copied().collect();
        if !model.with_dependents && !forgotten.is_empty() {
            return refused(Diagnostic::error(
                "Other sets build upon these",
                format!(
                    "The sets {} build upon those that are to be deleted, and would be of no use without them. Name them, too, or \
                     set `with_dependents`.",
                    listed(&forgotten)
                ),
            ));
        }
        if is_losing_sets(tenant, &view.records.0) {
            return refused(Diagnostic::error(
                "Backup sets are being deleted",
                "What is left to restore from is known only when that deletion has ended. Wait until it has left \
                 CDB_OB_BACKUP_DELETE_JOBS, and invoke the action again.",
            ));
        }
        if let Some(objection) = holdings.objection(&doomed) {
            return refused(objection.diagnostic(&doomed, tenant));
        }
        Begin::Send(
            view.for_tenant(deleting(&doomed), &model.tenant),
            Followed {
                after: newest(&model.tenant, &view.records.0, view),
                doomed,
            },
        )
    }

    fn forewarn(model: &Model, view: &View<'_, Records>) -> Diagnostics {
        let mut diagnostics = Diagnostics::none();
        let Some(tenant) = view.snapshot.tenant(&model.tenant) else {
            return diagnostics;
        };
        let holdings = Holdings::of(tenant, &view.records.1);
        let there = holdings.among(&model.backup_set_ids);
        let absent: BTreeSet<i64> = model.backup_set_ids.difference(&there).copied().collect();
        if !absent.is_empty() {
            let warning = Diagnostic::warning(
                "Some sets are not there",
                format!(
                    "Tenant `{}` does not have {}: deleted before, or never made.",
                    model.tenant,
                    named(&absent)
                ),
            );
            diagnostics.push(warning.at("backup_set_ids"));
        }
        let falling = holdings.dependents(&model.backup_set_ids);
        if !falling.is_empty() {
            let warning = Diagnostic::warning(
                "Further backup sets are deleted",
                format!(
                    "The sets {} build upon those that are named, and are deleted with them.",
                    listed(&falling)
                ),
            );
            diagnostics.push(warning.at("with_dependents"));
        }
        let doubt = holdings.doubt(&doomed(model, &holdings));
        diagnostics.extend(doubt.map(|doubt| doubt.at("backup_set_ids")));
        diagnostics
    }

    fn follow(followed: &Followed, model: &Model, view: &View<'_, Records>) -> Course {
        let is_meant = |job: &DeletionJob| deletes(job, &followed.doomed);
        course(&model.tenant, &view.records.0, view, followed.after, is_meant)
    }

    fn patience(model: &Model) -> Duration {
        super::patience(model.timeout.as_ref())
    }
}

/// What was sent.
pub struct Followed {
    /// The number of the newest job before it.
    after: i64,
    /// The numbers of the sets.
    doomed: BTreeSet<i64>,
}

/// The sets that are named, and those that build upon them.
fn doomed(model: &Model, holdings: &Holdings<'_>) -> BTreeSet<i64> {
    let dependents = holdings.dependents(&model.backup_set_ids);
    model.backup_set_ids.union(&dependents).copied().collect()
}

fn nothing(model: &Model) -> Begin<Followed> {
    Begin::Nothing(format!(
        "There are no sets {}: they were deleted before, or never made.",
        listed(&model.backup_set_ids)
    ))
}

fn refused(reason: Diagnostic) -> Begin<Followed> {
    Begin::Refuse(Box::new(reason.at("backup_set_ids")))
}
