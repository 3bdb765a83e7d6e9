//! To which moments a tenant can be restored, by its backup sets and its archived log.
//!
//! A restore starts from a set and replays archived log without a gap: from `START_REPLAY_SCN` of the set on, at least until its
//! `MIN_RESTORE_SCN`, and at most until the log ends.

use crate::{
    cluster::records::{ArchivePiece, BackupSet},
    values::scn::Scn,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// All moments from one to another, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Scn,
    pub(crate) to: Scn,
    /// The sets that a restore to some moment in it can start from, by number.
    pub(crate) set_ids: Vec<i64>,
}

/// The windows of one tenant, earliest first, apart from each other.
pub(crate) fn windows(sets: &[&BackupSet], pieces: &[&ArchivePiece]) -> Vec<Window> {
    let logs = stretches(pieces);
    let usable = usable(sets).into_iter();
    let mut windows: Vec<Window> = usable.filter_map(|set| window_of(set, &logs)).collect();
    windows.sort_by_key(|window| (window.from, window.to));
    let mut merged: Vec<Window> = Vec::new();
    for window in windows {
        match merged.last_mut() {
            Some(last) if window.from <= last.to => {
                last.to = last.to.max(window.to);
                last.set_ids.extend(window.set_ids);
            }
            _ => merged.push(window),
        }
    }
    merged
}

/// The end of the newest usable backup of one tenant.
pub(crate) fn last_success(sets: &[&BackupSet]) -> Option<Timestamp> {
    usable(sets).into_iter().filter_map(|set| set.ended).max()
}

/// The newest set of one tenant that cannot be restored yet, since the log up to its `MIN_RESTORE_SCN` is archived only up to the
/// checkpoint. The server wants that log of a set that holds its own, too.
pub(crate) fn ahead_of_archive(sets: &[BackupSet], checkpoint: Scn) -> Option<&BackupSet> {
    let ahead = sets
        .iter()
        .filter(|set| set.is_usable() && set.min_restore_scn > checkpoint);
    ahead.max_by_key(|set| set.id)
}

/// The sets of one tenant that are usable together with every set that they build upon: what can be restored from, given the log
/// that it needs.
pub(crate) fn usable<'a>(sets: &[&'a BackupSet]) -> Vec<&'a BackupSet> {
    let whole = with_whole_chain(sets);
    sets.iter().copied().filter(|set| whole.contains(&set.id)).collect()
}

/// Their numbers.
fn with_whole_chain(sets: &[&BackupSet]) -> BTreeSet<i64> {
    let mut usable: Vec<&BackupSet> = sets.iter().copied().filter(|set| set.is_usable()).collect();
    // A set builds upon earlier ones only, so one pass finds them all.
    usable.sort_by_key(|set| set.id);
    let mut whole = BTreeSet::new();
    for set in usable {
        // An incremental without one before it builds upon the full.
        let base = set.previous_id.or(set.previous_full_id);
        if set.is_full() || base.is_some_and(|base| whole.contains(&base)) {
            whole.insert(set.id);
        }
    }
    whole
}

/// Tells whether the log is there that a restore to the first moment of a set needs.
pub(crate) fn has_log(pieces: &[&ArchivePiece]) -> impl Fn(&BackupSet) -> bool + use<> {
    let logs = stretches(pieces);
    move |set| window_of(set, &logs).is_some()
}

fn window_of(set: &BackupSet, logs: &[Stretch]) -> Option<Window> {
    let from = set.min_restore_scn.some()?;
    let covers = |log: &&Stretch| log.from <= set.start_replay_scn && log.to >= from;
    let end = logs.iter().filter(covers).map(|log| log.to).max();
    // A set with its own log can be restored by itself, to the moment at which it was complete.
    let to = end.or(set.plus_archivelog.then_some(from))?;
    Some(Window {
        from,
        to,
        set_ids: vec![set.id],
    })
}

/// Archived log without a gap.
struct Stretch {
    from: Scn,
    to: Scn,
}

/// The pieces of a round that follow each other make a stretch; between rounds the log has a gap, and so it has after a piece that
/// is not archived to its end.
fn stretches(pieces: &[&ArchivePiece]) -> Vec<Stretch> {
    let is_there = |piece: &&&ArchivePiece| piece.file_status == "AVAILABLE" && piece.checkpoint_scn.some().is_some();
    let mut pieces: Vec<&ArchivePiece> = pieces.iter().filter(is_there).copied().collect();
    pieces.sort_by_key(|piece| (piece.dest_id, piece.round_id, piece.id));
    let follows = |one: &&ArchivePiece, next: &&ArchivePiece| {
        let is_next = (one.dest_id, one.round_id) == (next.dest_id, next.round_id) && one.id + 1 == next.id;
        is_next && (one.status == "FROZEN" || one.checkpoint_scn >= next.start_scn)
    };
    let runs = pieces.chunk_by(|one, next| follows(one, next));
    runs.filter_map(|run| {
        Some(Stretch {
            from: run.first()?.start_scn,
            to: run.iter().map(|piece| piece.checkpoint_scn).max()?,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retention::tests::set;
    use proptest::prelude::*;

    fn full(id: i64, start_replay: u64, min_restore: u64) -> BackupSet {
        BackupSet {
            start_replay_scn: Scn(start_replay),
            min_restore_scn: Scn(min_restore),
            ..set(id, "FULL", "SUCCESS")
        }
    }

    fn incremental(id: i64, upon: i64, min_restore: u64) -> BackupSet {
        BackupSet {
            backup_type: "INC".to_owned(),
            previous_full_id: Some(1),
            previous_id: Some(upon).filter(|id| *id != 1),
            ..full(id, min_restore - 5, min_restore)
        }
    }

    fn piece(round_id: i64, id: i64, start: u64, checkpoint: u64) -> ArchivePiece {
        ArchivePiece {
            tenant_id: 1002,
            dest_id: 1002,
            round_id,
            id,
            status: "FROZEN".to_owned(),
            file_status: "AVAILABLE".to_owned(),
            start_scn: Scn(start),
            checkpoint_scn: Scn(checkpoint),
            output_bytes: 0,
        }
    }

    fn found(sets: &[BackupSet], pieces: &[ArchivePiece]) -> Vec<(u64, u64, Vec<i64>)> {
        let sets: Vec<&BackupSet> = sets.iter().collect();
        let pieces: Vec<&ArchivePiece> = pieces.iter().collect();
        let windows = windows(&sets, &pieces).into_iter();
        windows
            .map(|window| (window.from.0, window.to.0, window.set_ids))
            .collect()
    }

    #[test]
    fn a_set_is_restorable_until_its_log_ends() {
        let log = [piece(1, 1, 5, 50), piece(1, 2, 50, 90)];
        assert_eq!(found(&[full(1, 10, 20)], &log), [(20, 90, vec![1])]);
        assert_eq!(found(&[full(1, 10, 20), full(2, 30, 40)], &log), [(20, 90, vec![1, 2])]);
    }

    #[test]
    fn a_set_whose_log_is_gone_is_no_use_by_itself() {
        assert_eq!(found(&[full(1, 4, 20)], &[piece(1, 1, 5, 50)]), []);
        assert_eq!(found(&[full(1, 10, 60)], &[piece(1, 1, 5, 50)]), []);
        let with_log = BackupSet {
            plus_archivelog: true,
            ..full(1, 4, 20)
        };
        assert_eq!(found(&[with_log], &[piece(1, 1, 5, 50)]), [(20, 20, vec![1])]);
    }

    #[test]
    fn a_missing_piece_and_a_new_round_are_gaps() {
        let sets = [full(1, 10, 20), full(2, 70, 80)];
        let hole = [piece(1, 1, 5, 50), piece(1, 3, 60, 90)];
        assert_eq!(found(&sets, &hole), [(20, 50, vec![1]), (80, 90, vec![2])]);
        let rounds = [piece(1, 1, 5, 50), piece(2, 2, 60, 90)];
        assert_eq!(found(&sets, &rounds), [(20, 50, vec![1]), (80, 90, vec![2])]);
    }

    #[test]
    fn a_piece_that_is_not_frozen_ends_where_its_checkpoint_is() {
        let freezing = ArchivePiece {
            status: "FREEZING".to_owned(),
            ..piece(1, 1, 5, 40)
        };
        let active = ArchivePiece {
            status: "ACTIVE".to_owned(),
            ..piece(1, 2, 50, 55)
        };
        let sets = [full(1, 10, 20)];
        assert_eq!(found(&sets, &[freezing.clone(), active.clone()]), [(20, 40, vec![1])]);
        let reached = ArchivePiece {
            checkpoint_scn: Scn(50),
            ..freezing
        };
        assert_eq!(found(&sets, &[reached, active]), [(20, 55, vec![1])]);
    }

    #[test]
    fn log_that_is_deleted_from_its_old_end_takes_old_sets_with_it() {
        let sets = [full(1, 10, 20), full(2, 60, 70)];
        let left = [piece(1, 2, 50, 90), piece(1, 3, 90, 95)];
        assert_eq!(found(&sets, &left), [(70, 95, vec![2])]);
    }

    #[test]
    fn an_incremental_needs_every_set_before_it() {
        let log = [piece(1, 1, 5, 90)];
        let chain = || vec![full(1, 10, 20), incremental(2, 1, 30), incremental(3, 2, 40)];
        assert_eq!(found(&chain(), &log), [(20, 90, vec![1, 2, 3])]);
        let mut broken = chain();
        broken[1].file_status = "BROKEN".to_owned();
        assert_eq!(found(&broken, &log), [(20, 90, vec![1])]);
        broken.remove(0);
        assert_eq!(found(&broken, &log), []);
    }

    /// Random backups of one tenant: sets by number, each upon any earlier ones, and pieces in any state.
    fn backups() -> impl Strategy<Value = (Vec<BackupSet>, Vec<ArchivePiece>)> {
        let one_set = (
            0..3_u8,
            any::<bool>(),
            0..4_u8,
            0..8_i64,
            0..8_i64,
            0..60_u64,
            0..12_u64,
        );
        let one_piece = (1..3_i64, 0..6_u8, any::<bool>(), 0..10_u64);
        (
            prop::collection::vec(one_set, 0..8),
            prop::collection::vec(one_piece, 0..8),
        )
            .prop_map(|(sets, pieces)| {
                let sets = (1..)
                    .zip(sets)
                    .map(|(id, (kind, own_log, state, full_id, upon, replay, ahead))| BackupSet {
                        backup_type: if kind == 0 { "FULL" } else { "INC" }.to_owned(),
                        plus_archivelog: own_log,
                        file_status: if state == 0 { "BROKEN" } else { "AVAILABLE" }.to_owned(),
                        previous_full_id: Some(full_id).filter(|full_id| (1..id).contains(full_id)),
                        previous_id: Some(upon).filter(|upon| (1..id).contains(upon)),
                        ..full(id, replay + 1, replay + 1 + ahead)
                    });
                let mut start = 1;
                let pieces = (1..).zip(pieces).map(|(id, (round_id, state, frozen, length))| {
                    start += length;
                    ArchivePiece {
                        status: if frozen { "FROZEN" } else { "ACTIVE" }.to_owned(),
                        file_status: if state == 0 { "DELETING" } else { "AVAILABLE" }.to_owned(),
                        ..piece(round_id, id, start - length, start - u64::from(state == 1))
                    }
                });
                (sets.collect(), pieces.collect())
            })
    }

    /// Whether all the sets are there that a restore from this one lays over each other.
    fn chain_is_whole(set: &BackupSet, sets: &[BackupSet]) -> bool {
        let base = set.previous_id.or(set.previous_full_id);
        let earlier = sets.iter().find(|other| Some(other.id) == base);
        set.is_usable() && (set.is_full() || earlier.is_some_and(|earlier| chain_is_whole(earlier, sets)))
    }

    /// Whether the log reaches from one moment to another: piece by piece, as a restore replays it.
    fn log_reaches(from: u64, to: u64, pieces: &[ArchivePiece]) -> bool {
        let usable = |piece: &&ArchivePiece| piece.file_status == "AVAILABLE" && piece.checkpoint_scn.0 != 0;
        pieces
            .iter()
            .filter(usable)
            .filter(|piece| piece.start_scn.0 <= from)
            .any(|first| {
                let mut piece = first;
                loop {
                    if piece.checkpoint_scn.0 >= to {
                        return true;
                    }
                    let next = pieces.iter().filter(usable).find(|next| next.id == piece.id + 1);
                    let is_archived =
                        |next: &&ArchivePiece| piece.status == "FROZEN" || piece.checkpoint_scn >= next.start_scn;
                    match next.filter(|next| next.round_id == piece.round_id).filter(is_archived) {
                        Some(next) => piece = next,
                        None => return false,
                    }
                }
            })
    }

    proptest! {
        #[test]
        fn a_moment_is_in_a_window_when_some_set_and_its_log_lead_there((sets, pieces) in backups()) {
            let windows = found(&sets, &pieces);
            for moment in 0..160 {
                let leads_there = |set: &&BackupSet| {
                    let (replay, first) = (set.start_replay_scn.0, set.min_restore_scn.0);
                    let by_log = first <= moment && log_reaches(replay, moment, &pieces);
                    chain_is_whole(set, &sets) && (by_log || set.plus_archivelog && first == moment)
                };
                let covered = windows.iter().any(|(from, to, _)| (*from..=*to).contains(&moment));
                prop_assert_eq!(covered, sets.iter().any(|set| leads_there(&set)), "{}", moment);
            }
        }

        #[test]
        fn windows_are_apart_and_in_order((sets, pieces) in backups()) {
            let windows = found(&sets, &pieces);
            prop_assert!(windows.iter().all(|(from, to, sets)| from <= to && !sets.is_empty()));
            prop_assert!(windows.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }
}
