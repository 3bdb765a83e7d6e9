//! To which moments a tenant can be restored, by its backup sets and its archived log.
//!
//! A restore starts from a set and replays archived log without a gap: from `START_REPLAY_SCN` of the set on, at least until its
//! `MIN_RESTORE_SCN`, and at most until the log ends.

use crate::{
    cluster::records::{ArchivePiece, BackupSet},
    values::scn::Scn,
};

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
    let mut windows: Vec<Window> = sets
        .iter()
        .filter(|set| is_restorable(set, sets))
        .filter_map(|set| window_of(set, &logs))
        .collect();
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

/// Whether there is a set that can be restored from, given the log that it needs.
pub(crate) fn has_chain(sets: &[&BackupSet]) -> bool {
    sets.iter().any(|set| is_restorable(set, sets))
}

/// Whether the set is usable, and every set that it builds upon.
fn is_restorable(set: &BackupSet, sets: &[&BackupSet]) -> bool {
    let exists = |id| sets.iter().find(|other| other.id == id);
    let mut link = set;
    loop {
        if !link.is_usable() {
            return false;
        }
        if link.is_full() {
            return true;
        }
        // An incremental without one before it builds upon the full. Numbers only grow, so the chain ends.
        match link.previous_id.or(link.previous_full_id).and_then(exists) {
            Some(previous) if previous.id < link.id => link = previous,
            _ => return false,
        }
    }
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

/// The pieces of a round that follow each other make a stretch; between rounds the log has a gap.
fn stretches(pieces: &[&ArchivePiece]) -> Vec<Stretch> {
    let is_there = |piece: &&&ArchivePiece| piece.file_status == "AVAILABLE" && piece.checkpoint_scn.some().is_some();
    let mut pieces: Vec<&ArchivePiece> = pieces.iter().filter(is_there).copied().collect();
    pieces.sort_by_key(|piece| (piece.dest_id, piece.round_id, piece.id));
    let follows = |one: &&ArchivePiece, next: &&ArchivePiece| {
        (one.dest_id, one.round_id) == (next.dest_id, next.round_id) && one.id + 1 == next.id
    };
    let runs = pieces.chunk_by(|one, next| follows(one, next));
    runs.filter_map(|run| {
        Some(Stretch {
            from: run.first()?.start_scn,
            to: run.last()?.checkpoint_scn,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retention::tests::set;

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
}
