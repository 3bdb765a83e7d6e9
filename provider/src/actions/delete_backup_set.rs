//! `oceanbase_delete_backup_set`: deletes single backup sets.
//!
//! Reads `CDB_OB_BACKUP_SET_FILES`, `CDB_OB_ARCHIVELOG_PIECE_FILES` and `CDB_OB_BACKUP_DELETE_JOBS`; sends
//! `ALTER SYSTEM DELETE BACKUPSET` (4.4.1 and later).

use super::deletion::{course, newest};
use crate::{
    cluster::{
        Statement, TenantName,
        records::{BackupSet, BackupSets, Deletions},
        version::Capability,
    },
    command::{Begin, Command, Course, View},
    restorability,
    values::span::Span,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// Deletes single backup sets of a tenant, and waits until that is done. Needs OceanBase 4.4.1 or later: before, only the hourly cleanup
/// deletes anything.
///
/// A full falls together with the incrementals that build upon it: name them all, or set `with_dependents`. The last sets that the
/// tenant can be restored from are not deleted.
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

/// `TYPE` of its jobs.
const KIND: &str = "DELETE BACKUP SET";

type Records = (Arc<BackupSets>, Arc<Deletions>);

impl Command for DeleteBackupSet {
    const NAME: &'static str = "oceanbase_delete_backup_set";
    type Model = Model;
    type Records = Records;
    /// The number of the newest job before it.
    type Followed = i64;

    fn tenant(model: &Model) -> &TenantName {
        &model.tenant
    }

    fn begin(model: &Model, view: &View<'_, Records>) -> Begin<i64> {
        if let Err(missing) = view.snapshot.capabilities.require(Capability::ManualDeletion) {
            return refused(
                "The cluster lacks a capability",
                format!("{missing}. Its hourly cleanup deletes what is obsolete."),
            );
        }
        let sets = sets_of(model, view);
        let there: BTreeSet<i64> = sets.iter().map(|set| set.id).collect();
        let doomed: BTreeSet<i64> = doomed(model, &sets).intersection(&there).copied().collect();
        if doomed.is_empty() {
            return Begin::Nothing(format!(
                "The sets {} are not there any more.",
                listed(&model.backup_set_ids)
            ));
        }
        let forgotten: BTreeSet<i64> = doomed.difference(&model.backup_set_ids).copied().collect();
        if !model.with_dependents && !forgotten.is_empty() {
            return refused(
                "Other sets build upon these",
                format!(
                    "The sets {} build upon those that are to be deleted, and would be of no use without them. Name them, too, or \
                     set `with_dependents`.",
                    listed(&forgotten)
                ),
            );
        }
        let left: Vec<&BackupSet> = sets.iter().filter(|set| !doomed.contains(&set.id)).copied().collect();
        if restorability::has_chain(&sets) && !restorability::has_chain(&left) {
            return refused(
                "The last backup is not deleted",
                format!(
                    "Without the sets {} tenant {} could not be restored any more. Take a full backup first.",
                    listed(&doomed),
                    model.tenant
                ),
            );
        }
        Begin::Send(
            view.for_tenant(deleting(&doomed), &model.tenant),
            newest(&model.tenant, &view.records.1, view),
        )
    }

    fn forewarn(model: &Model, view: &View<'_, Records>) -> Diagnostics {
        let sets = sets_of(model, view);
        let falling: BTreeSet<i64> = doomed(model, &sets)
            .difference(&model.backup_set_ids)
            .copied()
            .collect();
        if falling.is_empty() {
            return Diagnostics::none();
        }
        Diagnostic::warning(
            "Further backup sets are deleted",
            format!(
                "The sets {} build upon those that are named, and are deleted with them.",
                listed(&falling)
            ),
        )
        .at(AttributePath::root().child("with_dependents"))
        .into()
    }

    fn follow(before: &i64, model: &Model, view: &View<'_, Records>) -> Course {
        course(&model.tenant, &view.records.1, view, *before, KIND)
    }

    fn patience(model: &Model) -> Duration {
        super::patience(model.timeout.as_ref())
    }
}

/// The tenant's sets that are not deleted.
fn sets_of<'a>(model: &Model, view: &View<'a, Records>) -> Vec<&'a BackupSet> {
    let id = view.snapshot.tenant(&model.tenant).map(|tenant| tenant.id);
    let own = view.records.0.sets.iter().filter(|set| Some(set.tenant_id) == id);
    own.filter(|set| set.file_status != "DELETED").collect()
}

/// The sets that are named, and those that build upon them.
fn doomed(model: &Model, sets: &[&BackupSet]) -> BTreeSet<i64> {
    let mut doomed = model.backup_set_ids.clone();
    let mut later: Vec<&&BackupSet> = sets.iter().collect();
    // Numbers only grow, so one pass finds them all.
    later.sort_by_key(|set| set.id);
    for set in later {
        let builds_upon = [set.previous_id, set.previous_full_id];
        if builds_upon.iter().flatten().any(|id| doomed.contains(id)) {
            doomed.insert(set.id);
        }
    }
    doomed
}

fn deleting(ids: &BTreeSet<i64>) -> Statement {
    let begin = Statement::new("ALTER SYSTEM DELETE BACKUPSET ");
    ids.iter()
        .enumerate()
        .fold(begin, |statement, (position, id)| match position {
            0 => statement.integer(*id),
            _ => statement.sql(",").integer(*id),
        })
}

fn listed(ids: &BTreeSet<i64>) -> String {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    ids.join(", ")
}

fn refused(summary: &str, detail: String) -> Begin<i64> {
    Begin::Refuse(Box::new(
        Diagnostic::error(summary, detail).at(AttributePath::root().child("backup_set_ids")),
    ))
}
