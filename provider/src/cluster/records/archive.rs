//! `CDB_OB_ARCHIVELOG_SUMMARY` and `CDB_OB_ARCHIVELOG_PIECE_FILES`.

use super::{Cache, Owner, Records, of_tenant};
use crate::{
    cluster::{error::Error, reader::View, row::Row, shared::Shared},
    values::scn::Scn,
};

/// The log archive: all rounds, and the pieces that are not deleted.
#[derive(Debug, Default)]
pub struct ArchiveHistory {
    /// By tenant and number.
    pub rounds: Vec<ArchiveRound>,
    /// By tenant, round and number.
    pub pieces: Vec<ArchivePiece>,
}

impl ArchiveHistory {
    /// The rounds of one tenant.
    pub fn rounds_of(&self, tenant_id: i64) -> &[ArchiveRound] {
        of_tenant(&self.rounds, tenant_id, |round| round.tenant_id)
    }

    /// The pieces of one tenant.
    pub fn pieces_of(&self, tenant_id: i64) -> &[ArchivePiece] {
        of_tenant(&self.pieces, tenant_id, |piece| piece.tenant_id)
    }
}

/// A row of `CDB_OB_ARCHIVELOG_SUMMARY`: the log from the start of archiving until it stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRound {
    /// `TENANT_ID`.
    pub tenant_id: i64,
    /// `ROUND_ID`, from 1 in each tenant.
    pub id: i64,
    /// `DEST_ID`: the destination that it lies at.
    pub dest_id: i64,
    /// `STATUS`: of a round that is over, `STOP`.
    pub status: String,
    /// `START_SCN`; 0 before archiving begins.
    pub start_scn: Scn,
    /// `CHECKPOINT_SCN`: everything before it is archived.
    pub checkpoint_scn: Scn,
    /// `OUTPUT_BYTES`.
    pub output_bytes: u64,
    /// `DELETED_OUTPUT_BYTES`: of these, no longer there.
    pub deleted_output_bytes: u64,
    /// `PATH`.
    pub path: String,
    /// `COMMENT`: the reason, mostly of an interruption; without keys that the server quotes.
    pub comment: String,
}

/// A row of `CDB_OB_ARCHIVELOG_PIECE_FILES`: a stretch of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePiece {
    /// `TENANT_ID`.
    pub tenant_id: i64,
    /// `DEST_ID`.
    pub dest_id: i64,
    /// `ROUND_ID`.
    pub round_id: i64,
    /// `PIECE_ID`.
    pub id: i64,
    /// `STATUS`: `ACTIVE`, `FREEZING`, `FROZEN`, `INACTIVE`.
    pub status: String,
    /// `FILE_STATUS`.
    pub file_status: String,
    /// `START_SCN`.
    pub start_scn: Scn,
    /// `CHECKPOINT_SCN`: everything before it is archived.
    pub checkpoint_scn: Scn,
    /// `OUTPUT_BYTES`.
    pub output_bytes: u64,
}

impl Records for ArchiveHistory {
    const VIEWS: &'static [View] = &[
        View {
            of_all: "CDB_OB_ARCHIVELOG_SUMMARY",
            of_own: "DBA_OB_ARCHIVELOG_SUMMARY",
            columns: "ROUND_ID, DEST_ID, STATUS, START_SCN, CHECKPOINT_SCN, OUTPUT_BYTES, DELETED_OUTPUT_BYTES, PATH, COMMENT",
            condition: "",
        },
        View {
            of_all: "CDB_OB_ARCHIVELOG_PIECE_FILES",
            of_own: "DBA_OB_ARCHIVELOG_PIECE_FILES",
            columns: "DEST_ID, ROUND_ID, PIECE_ID, STATUS, FILE_STATUS, START_SCN, CHECKPOINT_SCN, OUTPUT_BYTES",
            condition: " WHERE FILE_STATUS <> 'DELETED'",
        },
    ];

    fn cached(cache: &Cache) -> &Shared<Self> {
        &cache.archive
    }

    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error> {
        let of_view = |index: usize| rows.get(index).into_iter().flatten();
        let rounds = of_view(0).map(|row| ArchiveRound::from_row(row, owner));
        let mut rounds = rounds.collect::<Result<Vec<_>, _>>()?;
        rounds.sort_by_key(|round| (round.tenant_id, round.id));
        let pieces = of_view(1).map(|row| ArchivePiece::from_row(row, owner));
        let mut pieces = pieces.collect::<Result<Vec<_>, _>>()?;
        pieces.sort_by_key(|piece| (piece.tenant_id, piece.round_id, piece.id));
        Ok(Self { rounds, pieces })
    }
}

impl ArchiveRound {
    fn from_row(row: &Row, owner: Owner) -> Result<Self, Error> {
        Ok(Self {
            tenant_id: owner.of(row)?,
            id: row.integer("ROUND_ID")?,
            dest_id: row.integer("DEST_ID")?,
            status: row.text("STATUS")?.to_owned(),
            start_scn: Scn(row.unsigned("START_SCN")?),
            checkpoint_scn: Scn(row.unsigned("CHECKPOINT_SCN")?),
            output_bytes: row.optional_unsigned("OUTPUT_BYTES")?.unwrap_or_default(),
            deleted_output_bytes: row.optional_unsigned("DELETED_OUTPUT_BYTES")?.unwrap_or_default(),
            path: row.text_to_show("PATH")?,
            comment: row.text_to_show("COMMENT")?,
        })
    }
}

impl ArchivePiece {
    fn from_row(row: &Row, owner: Owner) -> Result<Self, Error> {
        Ok(Self {
            tenant_id: owner.of(row)?,
            dest_id: row.integer("DEST_ID")?,
            round_id: row.integer("ROUND_ID")?,
            id: row.integer("PIECE_ID")?,
            status: row.text("STATUS")?.to_owned(),
            file_status: row.text("FILE_STATUS")?.to_owned(),
            start_scn: Scn(row.unsigned("START_SCN")?),
            checkpoint_scn: Scn(row.unsigned("CHECKPOINT_SCN")?),
            output_bytes: row.optional_unsigned("OUTPUT_BYTES")?.unwrap_or_default(),
        })
    }
}
