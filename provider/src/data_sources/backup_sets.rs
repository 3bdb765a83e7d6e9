//! `oceanbase_backup_sets`: what there is to restore from.
//!
//! Reads `CDB_OB_BACKUP_SET_FILES`, `CDB_OB_BACKUP_DELETE_POLICY` and `CDB_OB_ARCHIVELOG_PIECE_FILES`.

use super::{asked_for, type_name};
use crate::{
    cluster::{
        Error, Snapshot, Tenant, TenantName,
        records::{ArchiveHistory, ArchivePiece, BackupSet, BackupSets, DeletePolicies},
    },
    queried::Query,
    retention::{Retention, Verdict},
    values::scn::Scn,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Backup sets: what there is to restore from, and how long it will be there.
///
/// Lists the sets that are not deleted, oldest first. Sets come and go, and `kept_because` changes with time: in an output they make
/// plans differ.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Only sets of this tenant.
    pub tenant: Option<TenantName>,
    /// Only sets of this type.
    #[serde(rename = "type")]
    pub kind: Option<SetType>,
    /// Only sets that can be restored from: complete, and with their files in place.
    #[serde(default)]
    pub usable_only: bool,
    /// Also sets that were made in the last 31 days and are deleted.
    #[serde(default)]
    pub include_deleted: bool,
    /// The sets.
    #[schemars(extend("readOnly" = true))]
    pub sets: Option<Vec<Entry>>,
}

/// Type of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum SetType {
    /// Needs no other set.
    Full,
    /// Needs the full before it, and the incrementals in between.
    Incremental,
}

/// A backup set.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Entry {
    /// The tenant.
    #[schemars(extend("readOnly" = true))]
    pub tenant: String,
    /// Number of the set within the tenant (`BACKUP_SET_ID`).
    #[schemars(extend("readOnly" = true))]
    pub backup_set_id: i64,
    /// `full` or `incremental`.
    #[serde(rename = "type")]
    #[schemars(extend("readOnly" = true))]
    pub kind: String,
    /// `doing`, `success` or `failed`; that of a cancelled job is `failed`.
    #[schemars(extend("readOnly" = true))]
    pub status: String,
    /// State of the files: `available`, `incomplete`, `deleting`, `deleted`, `expired`, `broken` or `copying`.
    #[schemars(extend("readOnly" = true))]
    pub file_status: String,
    /// Whether it can be restored from: `success` and `available`. An incremental needs the sets before it, too.
    #[schemars(extend("readOnly" = true))]
    pub usable: bool,
    /// When it was begun, as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub started_at: String,
    /// When it was complete; null until then.
    #[schemars(extend("readOnly" = true))]
    pub finished_at: Option<String>,
    /// The full that an incremental needs (`PREV_FULL_BACKUP_SET_ID`); null for a full.
    #[schemars(extend("readOnly" = true))]
    pub full_backup_set_id: Option<i64>,
    /// The set that an incremental builds upon (`PREV_INC_BACKUP_SET_ID`); null for a full, and for the first incremental after
    /// one.
    #[schemars(extend("readOnly" = true))]
    pub previous_backup_set_id: Option<i64>,
    /// Whether it holds the log that it needs (`PLUS_ARCHIVELOG`).
    #[schemars(extend("readOnly" = true))]
    pub plus_archivelog: bool,
    /// Whether a password is needed to restore from it.
    #[schemars(extend("readOnly" = true))]
    pub password_protected: bool,
    /// Archived log is needed from this SCN on (`START_REPLAY_SCN`), in nanoseconds since 1970; null while there is none.
    #[schemars(extend("readOnly" = true))]
    pub start_replay_scn: Option<Scn>,
    /// First SCN that can be restored to (`MIN_RESTORE_SCN`), in nanoseconds since 1970; null while there is none.
    #[schemars(extend("readOnly" = true))]
    pub min_restore_scn: Option<Scn>,
    /// `min_restore_scn` as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub min_restore_at: Option<String>,
    /// Bytes read.
    #[schemars(extend("readOnly" = true))]
    pub input_bytes: u64,
    /// Bytes that it takes at the destination, metadata included (`OUTPUT_BYTES` and `EXTRA_META_BYTES`).
    #[schemars(extend("readOnly" = true))]
    pub stored_bytes: u64,
    /// Destination that it lies at, without its key (`PATH`).
    #[schemars(extend("readOnly" = true))]
    pub path: String,
    /// Why the hourly cleanup leaves it: `no_policy` (none deletes anything), `other_destination` (the cleanup looks only at the
    /// present destination; delete it by hand), `in_progress`, `recovery_window` (younger than the window), `restores_recovery_window`
    /// (the newest full before the window, or an incremental after it: without it the window would not be restorable; from 4.4.1 on
    /// a full without the log that it needs does not count). Null when nothing keeps it: it goes within the hour, or is gone.
    #[schemars(extend("readOnly" = true))]
    pub kept_because: Option<String>,
    /// When the cleanup will delete it by what is known now, as RFC 3339 in UTC; null while that depends on a full backup that
    /// is still to be made, or when it is not deleted at all.
    #[schemars(extend("readOnly" = true))]
    pub expires_at: Option<String>,
}

/// The data source.
pub struct Sets;

impl Query for Sets {
    const NAME: &'static str = "oceanbase_backup_sets";
    type Model = Model;
    type Records = (Arc<BackupSets>, (Arc<DeletePolicies>, Arc<ArchiveHistory>));

    fn answer(model: Model, snapshot: &Snapshot, (sets, (policies, history)): &Self::Records) -> Result<Model, Error> {
        let is_of_tenant = asked_for(snapshot, model.tenant.as_ref())?;
        let now = snapshot.cluster.time()?;
        let mut entries = Vec::new();
        for tenant in snapshot.tenants().filter(|tenant| is_of_tenant(tenant.name.as_str())) {
            let own: Vec<&BackupSet> = sets.of(tenant.id).iter().collect();
            let pieces: Vec<&ArchivePiece> = history.pieces_of(tenant.id).iter().collect();
            let retention = Retention::of(tenant, snapshot, &own, &pieces, policies.of(tenant.id), now);
            let listed = own.iter().filter(|set| is_asked_for(&model, set));
            entries.extend(listed.map(|set| entry(tenant, set, &retention.judge(set))));
        }
        Ok(Model {
            sets: Some(entries),
            ..model
        })
    }
}

fn is_asked_for(model: &Model, set: &BackupSet) -> bool {
    let kind = match model.kind {
        None => true,
        Some(SetType::Full) => set.backup_type == "FULL",
        Some(SetType::Incremental) => set.backup_type == "INC",
    };
    kind && (set.is_usable() || !model.usable_only) && (set.file_status != "DELETED" || model.include_deleted)
}

fn entry(tenant: &Tenant, set: &BackupSet, verdict: &Verdict) -> Entry {
    Entry {
        tenant: tenant.name.to_string(),
        backup_set_id: set.id,
        kind: type_name(&set.backup_type),
        status: set.status.to_lowercase(),
        file_status: set.file_status.to_lowercase(),
        usable: set.is_usable(),
        started_at: set.started.to_string(),
        finished_at: set.ended.map(|time| time.to_string()),
        full_backup_set_id: set.previous_full_id,
        previous_backup_set_id: set.previous_id,
        plus_archivelog: set.plus_archivelog,
        password_protected: set.encryption_mode == "PASSWORD",
        start_replay_scn: set.start_replay_scn.some(),
        min_restore_scn: set.min_restore_scn.some(),
        min_restore_at: set.min_restore_scn.some().map(|scn| scn.time().to_string()),
        input_bytes: set.input_bytes,
        stored_bytes: set.output_bytes.saturating_add(set.extra_meta_bytes),
        path: set.path.clone(),
        kept_because: verdict.kept_because.map(|reason| reason.name().to_owned()),
        expires_at: verdict.expires.map(|time| time.to_string()),
    }
}
