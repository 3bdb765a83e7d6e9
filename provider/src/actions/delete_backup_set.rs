//! `oceanbase_delete_backup_set`: deletes single backup sets.
//!
//! Reads `CDB_OB_BACKUP_SET_FILES`, `CDB_OB_ARCHIVELOG_PIECE_FILES` and `CDB_OB_BACKUP_DELETE_JOBS`; sends
//! `ALTER SYSTEM DELETE BACKUPSET` (4.4.1 and later).

use crate::{
    cluster::{
        Scope, TenantName,
        records::{ArchiveHistory, ArchivePiece, BackupSet, BackupSets, DeletionJob, DeletionJobs},
    },
    command::{Begin, Command, Course, View},
    deletion::{course, deletes, deleting, newest, require_by_hand},
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
/// tenant can be restored from are not deleted; a newer full without the log that it needs does not make up for them.
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

type Records = (Arc<BackupSets>, (Arc<DeletionJobs>, Arc<ArchiveHistory>));

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
        let sets = sets_of(model, view);
        let there: BTreeSet<i64> = sets.iter().map(|set| set.id).collect();
        let doomed: BTreeSet<i64> = doomed(model, &sets).intersection(&there).copied().collect();
        if doomed.is_empty() {
            return Begin::Nothing(format!(
                "There are no sets {}: they were deleted before, or never made.",
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
        if is_last_of_its_kind(model, view, &sets, &left) {
            return refused(
                "The last backup is not deleted",
                format!(
                    "Without the sets {} tenant {} could not be restored any more: no other set is usable, together with those that it \
                     builds upon and the log that it needs. Take a full backup first, and wait until the log archive has passed it.",
                    listed(&doomed),
                    model.tenant
                ),
            );
        }
        Begin::Send(
            view.for_tenant(deleting(&doomed), &model.tenant),
            Followed {
                after: newest(&model.tenant, &view.records.1.0, view),
                doomed,
            },
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

    fn follow(followed: &Followed, model: &Model, view: &View<'_, Records>) -> Course {
        let is_meant = |job: &DeletionJob| deletes(job, &followed.doomed);
        course(&model.tenant, &view.records.1.0, view, followed.after, is_meant)
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

/// The tenant's sets that are not deleted.
fn sets_of<'a>(model: &Model, view: &View<'a, Records>) -> Vec<&'a BackupSet> {
    let tenant = view.snapshot.tenant(&model.tenant);
    let records: &'a Records = view.records;
    let own = tenant.into_iter().flat_map(|tenant| records.0.of(tenant.id));
    own.filter(|set| set.file_status != "DELETED").collect()
}

/// Whether there would be no set left to restore from: none whose log is there, or none at all.
fn is_last_of_its_kind(model: &Model, view: &View<'_, Records>, sets: &[&BackupSet], left: &[&BackupSet]) -> bool {
    let tenant = view.snapshot.tenant(&model.tenant);
    let pieces: Vec<&ArchivePiece> = tenant
        .into_iter()
        .flat_map(|tenant| view.records.1.1.pieces_of(tenant.id))
        .collect();
    let restorable = |sets: &[&BackupSet]| !restorability::windows(sets, &pieces).is_empty();
    let whole = |sets: &[&BackupSet]| !restorability::usable(sets).is_empty();
    restorable(sets) && !restorable(left) || whole(sets) && !whole(left)
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

fn listed(ids: &BTreeSet<i64>) -> String {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    ids.join(", ")
}

fn refused(summary: &str, detail: String) -> Begin<Followed> {
    Begin::Refuse(Box::new(
        Diagnostic::error(summary, detail).at(AttributePath::root().child("backup_set_ids")),
    ))
}
