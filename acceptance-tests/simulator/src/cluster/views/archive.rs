//! Rows about log archiving.

use super::backup::scaled;
use super::{integer, scn, scn_display, text};
use crate::answer::Cell;
use crate::cluster::archive::{Piece, Round, RoundStatus};
use crate::cluster::tenant::Tenant;

const INCARNATION: i64 = 1;
const DEST_NO: i64 = 0;
const COMPATIBLE: i64 = 1;
const UNIT_SIZE: i64 = 1;
const LOG_FILE_SIZE: i64 = 64 << 20;
/// The log streams of a small tenant: its system's and its first own.
const LOG_STREAMS: [i64; 2] = [1, 1001];

pub(super) fn destinations(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (number, dest) in &tenant.archive_dests {
        for (name, value) in dest.rows() {
            let number = Cell::Integer(i64::from(*number));
            rows.push(vec![integer(tenant.id), number, text(name), text(value)]);
        }
    }
    rows
}

pub(super) fn current_round(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let round = tenant.archive.round.iter();
    round
        .map(|round| {
            let mut row = round_cells(tenant, round);
            row.extend([text(&round.comment), text(&round.path)]);
            row
        })
        .collect()
}

/// Every finished round, then the running one.
pub(super) fn rounds(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let archive = &tenant.archive;
    let running = archive.round.iter().filter(|round| round.status != RoundStatus::Stop);
    archive
        .finished
        .iter()
        .chain(running)
        .map(|round| {
            let mut row = round_cells(tenant, round);
            row.extend([text(&round.path), text(&round.comment)]);
            row
        })
        .collect()
}

/// All but the last two columns, whose order differs between the views.
fn round_cells(tenant: &Tenant, round: &Round) -> Vec<Cell> {
    let (bytes, deleted) = (round.bytes(), tenant.archive.deleted_bytes(round));
    vec![
        integer(tenant.id),
        integer(round.dest_id),
        integer(round.id),
        Cell::Integer(INCARNATION),
        Cell::Integer(DEST_NO),
        text(round.status.text()),
        scn(round.start),
        scn_display(round.start),
        scn(round.checkpoint),
        scn_display(round.checkpoint),
        Cell::Integer(COMPATIBLE),
        integer(round.base_piece_id),
        integer(round.used_piece_id),
        Cell::Integer(round.piece_switch_interval),
        Cell::Integer(UNIT_SIZE),
        text(&round.compression),
        Cell::Integer(bytes),
        text(megabytes(bytes)),
        Cell::Integer(bytes),
        text(megabytes(bytes)),
        text("1.00"),
        Cell::Integer(deleted),
        text(megabytes(deleted)),
        Cell::Integer(deleted),
        text(megabytes(deleted)),
    ]
}

/// MB is the smallest unit.
fn megabytes(bytes: i64) -> String {
    const MEGA: u32 = 2;
    scaled(u64::try_from(bytes).unwrap_or(0), &["MB", "GB", "TB", "PB"], MEGA)
}

pub(super) fn pieces(tenant: &Tenant) -> Vec<Vec<Cell>> {
    tenant
        .archive
        .pieces
        .iter()
        .map(|piece| piece_cells(tenant, piece))
        .collect()
}

fn piece_cells(tenant: &Tenant, piece: &Piece) -> Vec<Cell> {
    let bytes = piece.bytes();
    vec![
        integer(tenant.id),
        integer(piece.dest_id),
        integer(piece.round_id),
        integer(piece.id),
        Cell::Integer(INCARNATION),
        Cell::Integer(DEST_NO),
        text(if piece.frozen { "FROZEN" } else { "ACTIVE" }),
        scn(piece.start),
        scn_display(piece.start),
        scn(piece.checkpoint),
        scn_display(piece.checkpoint),
        scn(piece.checkpoint),
        scn(piece.end),
        scn_display(piece.end),
        Cell::Integer(COMPATIBLE),
        Cell::Integer(UNIT_SIZE),
        text(&piece.compression),
        Cell::Integer(bytes),
        text(megabytes(bytes)),
        Cell::Integer(bytes),
        text(megabytes(bytes)),
        text("1.00"),
        text(piece.file_status.text()),
        text(&piece.path),
    ]
}

/// Every log stream of the running round, with its current piece.
pub(super) fn log_streams(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let Some(round) = &tenant.archive.round else {
        return Vec::new();
    };
    let bytes = round.bytes();
    LOG_STREAMS
        .iter()
        .map(|log_stream| {
            vec![
                integer(tenant.id),
                integer(round.dest_id),
                Cell::Integer(*log_stream),
                integer(round.id),
                integer(round.used_piece_id),
                Cell::Integer(INCARNATION),
                scn(round.start),
                Cell::Unsigned(0),
                Cell::Unsigned(u64::try_from(bytes).unwrap_or(0)),
                scn(round.checkpoint),
                text(round.status.text()),
                Cell::Integer(bytes / LOG_FILE_SIZE + 1),
                Cell::Integer(bytes % LOG_FILE_SIZE),
                Cell::Integer(bytes),
                Cell::Integer(bytes),
            ]
        })
        .collect()
}

pub(super) fn destination_status(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let round = tenant.archive.round.iter();
    round
        .map(|round| {
            let synchronized = round.status == RoundStatus::Doing;
            vec![
                integer(tenant.id),
                integer(round.dest_id),
                text(&round.path),
                text(round.status.text()),
                scn(round.checkpoint),
                text(if synchronized { "YES" } else { "NO" }),
                text(&round.comment),
            ]
        })
        .collect()
}
