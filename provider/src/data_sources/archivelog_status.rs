//! `oceanbase_archivelog_status`: how far the log of a tenant is archived.
//!
//! Reads `CDB_OB_ARCHIVELOG_SUMMARY` and `CDB_OB_ARCHIVELOG_PIECE_FILES`.

use crate::{
    cluster::{
        Error, Snapshot, TenantName,
        records::{ArchiveHistory, ArchivePiece, ArchiveRound},
    },
    queried::Query,
    values::scn::Scn,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How far the log of a tenant is archived, now and in the past.
///
/// The delay moves with every read: in an output it makes every plan differ. Use it in a `check` block, or let
/// `oceanbase_backup_health` compare it with a limit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// The tenant.
    pub tenant: TenantName,
    /// Status of the present or last round: `PREPARE`, `BEGINNING`, `DOING`, `SUSPENDING`, `SUSPEND`, `STOPPING`, `STOP` or
    /// `INTERRUPTED`; null when there never was one.
    #[schemars(extend("readOnly" = true))]
    pub status: Option<String>,
    /// The reason, mostly of an interruption, in the server's words.
    #[schemars(extend("readOnly" = true))]
    pub comment: Option<String>,
    /// Everything before this SCN is archived (`CHECKPOINT_SCN`), in nanoseconds since 1970.
    #[schemars(extend("readOnly" = true))]
    pub checkpoint_scn: Option<Scn>,
    /// `checkpoint_scn` as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub checkpoint_at: Option<String>,
    /// How many seconds the archive lags behind the database's clock; null unless the status is `DOING`. The tenant's
    /// `archive_lag_target` is a normal lag.
    #[schemars(extend("readOnly" = true))]
    pub delay_seconds: Option<f64>,
    /// All rounds, oldest first. Between two rounds the log has a gap.
    #[schemars(extend("readOnly" = true))]
    pub rounds: Option<Vec<Round>>,
    /// The pieces that are not deleted, oldest first.
    #[schemars(extend("readOnly" = true))]
    pub pieces: Option<Vec<Piece>>,
}

/// An archive round: the log from the start of archiving until it stopped.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Round {
    /// Number of the round.
    #[schemars(extend("readOnly" = true))]
    pub round_id: i64,
    /// Number of the destination.
    #[schemars(extend("readOnly" = true))]
    pub dest_id: i64,
    /// Status; of a round that is over, `STOP`.
    #[schemars(extend("readOnly" = true))]
    pub status: String,
    /// First SCN; null before archiving begins.
    #[schemars(extend("readOnly" = true))]
    pub start_scn: Option<Scn>,
    /// `start_scn` as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub start_at: Option<String>,
    /// Everything before this SCN is archived.
    #[schemars(extend("readOnly" = true))]
    pub checkpoint_scn: Option<Scn>,
    /// `checkpoint_scn` as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub checkpoint_at: Option<String>,
    /// Bytes that it takes at the destination: written, and not yet deleted.
    #[schemars(extend("readOnly" = true))]
    pub stored_bytes: u64,
    /// Destination, without its key.
    #[schemars(extend("readOnly" = true))]
    pub path: String,
}

/// An archive piece: the log of a day, or of as many as `piece_switch_interval` says.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Piece {
    /// Number of the piece within the tenant.
    #[schemars(extend("readOnly" = true))]
    pub piece_id: i64,
    /// Number of its round.
    #[schemars(extend("readOnly" = true))]
    pub round_id: i64,
    /// Number of the destination.
    #[schemars(extend("readOnly" = true))]
    pub dest_id: i64,
    /// `ACTIVE`, `FREEZING`, `FROZEN` or `INACTIVE`.
    #[schemars(extend("readOnly" = true))]
    pub status: String,
    /// State of the files, such as `AVAILABLE`.
    #[schemars(extend("readOnly" = true))]
    pub file_status: String,
    /// First SCN; null while there is none.
    #[schemars(extend("readOnly" = true))]
    pub start_scn: Option<Scn>,
    /// Everything before this SCN is archived.
    #[schemars(extend("readOnly" = true))]
    pub checkpoint_scn: Option<Scn>,
    /// Bytes at the destination.
    #[schemars(extend("readOnly" = true))]
    pub output_bytes: u64,
}

/// The data source.
pub struct Status;

impl Query for Status {
    const NAME: &'static str = "oceanbase_archivelog_status";
    type Model = Model;
    type Records = Arc<ArchiveHistory>;

    fn answer(model: Model, snapshot: &Snapshot, history: &Arc<ArchiveHistory>) -> Result<Model, Error> {
        let id = snapshot.tenant_named(&model.tenant)?.id;
        let (rounds, pieces) = (history.rounds_of(id), history.pieces_of(id));
        let last = rounds.last();
        let checkpoint = last.and_then(|round| round.checkpoint_scn.some());
        let now = snapshot.cluster.time()?;
        let archiving = last.is_some_and(|round| round.status == "DOING");
        let delay = checkpoint
            .filter(|_| archiving)
            .map(|scn| now.duration_since(scn.time()));
        Ok(Model {
            status: last.map(|round| round.status.clone()),
            comment: last
                .map(|round| round.comment.clone())
                .filter(|comment| !comment.is_empty()),
            checkpoint_scn: checkpoint,
            checkpoint_at: checkpoint.map(shown),
            // What was read a moment after the clock may be ahead of it.
            delay_seconds: delay.map(|delay| delay.as_secs_f64().max(0.0)),
            rounds: Some(rounds.iter().map(round).collect()),
            pieces: Some(pieces.iter().map(piece).collect()),
            ..model
        })
    }
}

fn shown(scn: Scn) -> String {
    scn.time().to_string()
}

fn round(row: &ArchiveRound) -> Round {
    Round {
        round_id: row.id,
        dest_id: row.dest_id,
        status: row.status.clone(),
        start_scn: row.start_scn.some(),
        start_at: row.start_scn.some().map(shown),
        checkpoint_scn: row.checkpoint_scn.some(),
        checkpoint_at: row.checkpoint_scn.some().map(shown),
        stored_bytes: row.output_bytes.saturating_sub(row.deleted_output_bytes),
        path: row.path.clone(),
    }
}

fn piece(row: &ArchivePiece) -> Piece {
    Piece {
        piece_id: row.id,
        round_id: row.round_id,
        dest_id: row.dest_id,
        status: row.status.clone(),
        file_status: row.file_status.clone(),
        start_scn: row.start_scn.some(),
        checkpoint_scn: row.checkpoint_scn.some(),
        output_bytes: row.output_bytes,
    }
}
