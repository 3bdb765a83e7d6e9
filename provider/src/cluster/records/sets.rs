//! `CDB_OB_BACKUP_SET_FILES`.

use super::{Cache, Owner, Records, of_tenant};
use crate::{
    cluster::{error::Error, reader::View, row::Row, shared::Shared},
    values::scn::Scn,
};
use jiff::Timestamp;

/// Backup sets: all that are not deleted, and those made in the last 31 days.
#[derive(Debug, Default)]
pub struct BackupSets {
    /// By tenant and number.
    pub sets: Vec<BackupSet>,
}

/// A row of `CDB_OB_BACKUP_SET_FILES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSet {
    /// `TENANT_ID`.
    pub tenant_id: i64,
    /// `BACKUP_SET_ID`, from 1 in each tenant.
    pub id: i64,
    /// `DEST_ID`: the destination that it lies at.
    pub dest_id: i64,
    /// `BACKUP_TYPE`: `FULL` or `INC`.
    pub backup_type: String,
    /// `PREV_FULL_BACKUP_SET_ID`: the full that an incremental needs.
    pub previous_full_id: Option<i64>,
    /// `PREV_INC_BACKUP_SET_ID`: the set that an incremental builds upon.
    pub previous_id: Option<i64>,
    /// `START_TIMESTAMP`.
    pub started: Timestamp,
    /// `END_TIMESTAMP`; `None` while it is made.
    pub ended: Option<Timestamp>,
    /// `DOING`, `SUCCESS`, `FAILED`.
    pub status: String,
    /// `AVAILABLE`, `COPYING`, `INCOMPLETE`, `DELETING`, `DELETED`, `EXPIRED`, `BROKEN`.
    pub file_status: String,
    /// `PLUS_ARCHIVELOG`: holds the log that it needs.
    pub plus_archivelog: bool,
    /// `START_REPLAY_SCN`: archived log is needed from here on.
    pub start_replay_scn: Scn,
    /// `MIN_RESTORE_SCN`: the first moment that it can be restored to; 0 until it is complete.
    pub min_restore_scn: Scn,
    /// `INPUT_BYTES`.
    pub input_bytes: u64,
    /// `OUTPUT_BYTES`.
    pub output_bytes: u64,
    /// `EXTRA_META_BYTES`.
    pub extra_meta_bytes: u64,
    /// `RESULT`: 0, or a negative error code.
    pub result: i64,
    /// `COMMENT`.
    pub comment: String,
    /// `ENCRYPTION_MODE`: `NONE` or `PASSWORD`.
    pub encryption_mode: String,
    /// `PATH`: the directory.
    pub path: String,
}

impl BackupSets {
    /// Those of one tenant.
    pub fn of(&self, tenant_id: i64) -> &[BackupSet] {
        of_tenant(&self.sets, tenant_id, |set| set.tenant_id)
    }
}

impl BackupSet {
    /// Whether it can be restored from.
    pub fn is_usable(&self) -> bool {
        self.status == "SUCCESS" && self.file_status == "AVAILABLE"
    }

    /// Whether it needs no other set.
    pub fn is_full(&self) -> bool {
        self.backup_type == "FULL"
    }
}

impl Records for BackupSets {
    const VIEWS: &'static [View] = &[View {
        of_all: "CDB_OB_BACKUP_SET_FILES",
        of_own: "DBA_OB_BACKUP_SET_FILES",
        columns: "BACKUP_SET_ID, DEST_ID, BACKUP_TYPE, PREV_FULL_BACKUP_SET_ID, PREV_INC_BACKUP_SET_ID, START_TIMESTAMP, \
                  END_TIMESTAMP, STATUS, FILE_STATUS, PLUS_ARCHIVELOG, START_REPLAY_SCN, MIN_RESTORE_SCN, INPUT_BYTES, \
                  OUTPUT_BYTES, EXTRA_META_BYTES, RESULT, COMMENT, ENCRYPTION_MODE, PATH",
        condition: " WHERE FILE_STATUS <> 'DELETED' OR START_TIMESTAMP > NOW(6) - INTERVAL 31 DAY",
    }];

    fn cached(cache: &Cache) -> &Shared<Self> {
        &cache.sets
    }

    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error> {
        let sets = rows.iter().flatten().map(|row| BackupSet::from_row(row, owner));
        let mut sets = sets.collect::<Result<Vec<_>, _>>()?;
        sets.sort_by_key(|set| (set.tenant_id, set.id));
        Ok(Self { sets })
    }
}

impl BackupSet {
    fn from_row(row: &Row, owner: Owner) -> Result<Self, Error> {
        let text = |column| row.text_to_show(column);
        let bytes = |column| Ok::<_, Error>(row.optional_unsigned(column)?.unwrap_or_default());
        let other = |column| Ok::<_, Error>(row.optional_integer(column)?.filter(|id| *id > 0));
        Ok(Self {
            tenant_id: owner.of(row)?,
            id: row.integer("BACKUP_SET_ID")?,
            dest_id: row.integer("DEST_ID")?,
            backup_type: text("BACKUP_TYPE")?,
            previous_full_id: other("PREV_FULL_BACKUP_SET_ID")?,
            previous_id: other("PREV_INC_BACKUP_SET_ID")?,
            started: row.timestamp("START_TIMESTAMP")?,
            ended: row.optional_timestamp("END_TIMESTAMP")?,
            status: text("STATUS")?,
            file_status: text("FILE_STATUS")?,
            plus_archivelog: row.text("PLUS_ARCHIVELOG")?.eq_ignore_ascii_case("ON"),
            start_replay_scn: Scn(bytes("START_REPLAY_SCN")?),
            min_restore_scn: Scn(bytes("MIN_RESTORE_SCN")?),
            input_bytes: bytes("INPUT_BYTES")?,
            output_bytes: bytes("OUTPUT_BYTES")?,
            extra_meta_bytes: bytes("EXTRA_META_BYTES")?,
            result: row.integer("RESULT")?,
            comment: text("COMMENT")?,
            encryption_mode: text("ENCRYPTION_MODE")?,
            path: text("PATH")?,
        })
    }
}
