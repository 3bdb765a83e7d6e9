//! Log archiving of one tenant: the wish (log mode), the rounds, and their pieces.
//!
//! A service turn comes every few seconds. It moves the round on by one status, or compares the wish with the round and
//! starts, stops, suspends or resumes it.

use super::archive_dest::ArchiveDest;
use super::backup_set::FileStatus;

const SECOND: i64 = 1_000_000;
/// Turns fall on whole multiples of this for all tenants, so that a thousand rounds move together.
const TURN: i64 = 3 * SECOND;
const SHORTEST_WAIT: i64 = 2 * SECOND;
const FORCED_STOP: i64 = 600 * SECOND;
const CHECKPOINT_LAG: i64 = SECOND;
/// What a tenant writes to its log, for the sake of the byte columns.
const LOG_BYTES_PER_SECOND: i64 = 20_480;

/// When the service next looks at a tenant whose state changed at `now`.
pub(crate) fn next_turn(now: i64) -> i64 {
    let earliest = now.saturating_add(SHORTEST_WAIT + TURN - 1);
    earliest - earliest.rem_euclid(TURN)
}

/// STATUS of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoundStatus {
    Prepare,
    Beginning,
    Doing,
    Interrupted,
    Suspending,
    Suspend,
    Stopping,
    Stop,
}

impl RoundStatus {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Prepare => "PREPARE",
            Self::Beginning => "BEGINNING",
            Self::Doing => "DOING",
            Self::Interrupted => "INTERRUPTED",
            Self::Suspending => "SUSPENDING",
            Self::Suspend => "SUSPEND",
            Self::Stopping => "STOPPING",
            Self::Stop => "STOP",
        }
    }
}

/// One round: from ARCHIVELOG to the STOP that follows NOARCHIVELOG. Times are microseconds.
#[derive(Clone)]
pub(crate) struct Round {
    pub(crate) id: u64,
    pub(crate) dest_id: u64,
    pub(crate) status: RoundStatus,
    pub(crate) start: i64,
    pub(crate) checkpoint: i64,
    pub(crate) base_piece_id: u64,
    pub(crate) used_piece_id: u64,
    pub(crate) piece_switch_interval: i64,
    pub(crate) compression: String,
    pub(crate) comment: String,
    pub(crate) path: String,
    stopping_since: i64,
}

impl Round {
    pub(crate) fn bytes(&self) -> i64 {
        log_bytes(self.start, self.checkpoint)
    }
}

/// One piece of a round.
pub(crate) struct Piece {
    pub(crate) id: u64,
    pub(crate) round_id: u64,
    pub(crate) dest_id: u64,
    pub(crate) frozen: bool,
    pub(crate) file_status: FileStatus,
    pub(crate) start: i64,
    pub(crate) checkpoint: i64,
    pub(crate) end: i64,
    pub(crate) compression: String,
    pub(crate) path: String,
}

impl Piece {
    pub(crate) fn bytes(&self) -> i64 {
        log_bytes(self.start, self.checkpoint)
    }
}

fn log_bytes(from: i64, to: i64) -> i64 {
    (to - from) / SECOND * LOG_BYTES_PER_SECOND
}

/// What the service would do in its next turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Start,
    Become(RoundStatus),
}

/// Archiving of one tenant.
#[derive(Default)]
pub(crate) struct Archive {
    /// LOG_MODE: the wish.
    pub(crate) archiving: bool,
    /// The running or last round.
    pub(crate) round: Option<Round>,
    /// Copies of the rounds that came to STOP.
    pub(crate) finished: Vec<Round>,
    pub(crate) pieces: Vec<Piece>,
    next_turn: Option<i64>,
    stopping_is_stuck: bool,
    /// How far the checkpoint stays behind, unless as usual.
    lag: Option<i64>,
    /// How long the next PREPARE lasts, when it is not to end with the next turn.
    slow_prepare: Option<i64>,
}

impl Archive {
    /// Whether the destination may be changed: no round ever, or the last one stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.round
            .as_ref()
            .is_none_or(|round| round.status == RoundStatus::Stop)
    }

    pub(crate) fn next_turn(&self) -> Option<i64> {
        self.next_turn
    }

    /// Asks for a service turn if there is something to do. To be called after every change of what it looks at.
    pub(crate) fn schedule(&mut self, dest: Option<&ArchiveDest>, now: i64) {
        let step = self.step(dest);
        self.next_turn = match (&self.round, step) {
            (_, None) => None,
            (Some(round), Some(Step::Become(RoundStatus::Beginning)))
                if round.status == RoundStatus::Prepare && self.slow_prepare.is_some() =>
            {
                self.slow_prepare.map(|lasts| round.start.saturating_add(lasts))
            }
            (Some(round), Some(Step::Become(RoundStatus::Stop))) if self.stopping_is_stuck => {
                Some(round.stopping_since + FORCED_STOP)
            }
            _ => self.next_turn.or_else(|| Some(next_turn(now))),
        };
    }

    /// Lets time pass up to `now`. `media_works` says whether a destination can be written to.
    pub(crate) fn settle(&mut self, dest: Option<&ArchiveDest>, media_works: impl Fn(&ArchiveDest) -> bool, now: i64) {
        while let Some(at) = self.next_turn.take_if(|at| *at <= now) {
            self.follow_log(at);
            let moved = self.turn(dest, &media_works, at);
            // A start that failed is tried again from now on: nothing else happens in between.
            self.schedule(dest, if moved { at } else { now });
        }
        self.follow_log(now);
    }

    /// First progress of the running round, then the wish compared with the round.
    fn step(&self, dest: Option<&ArchiveDest>) -> Option<Step> {
        use RoundStatus::{Beginning, Doing, Interrupted, Prepare, Stop, Stopping, Suspend, Suspending};
        let deferred = dest.is_some_and(ArchiveDest::is_deferred);
        let destination = dest.is_some_and(|dest| dest.path.is_some());
        let Some(round) = &self.round else {
            return (self.archiving && destination && !deferred).then_some(Step::Start);
        };
        match round.status {
            Prepare => Some(Step::Become(Beginning)),
            Beginning => Some(Step::Become(Doing)),
            Suspending => Some(Step::Become(Suspend)),
            Stopping => Some(Step::Become(Stop)),
            Stop => (self.archiving && destination && !deferred).then_some(Step::Start),
            Doing | Interrupted | Suspend if !self.archiving => Some(Step::Become(Stopping)),
            Doing if deferred => Some(Step::Become(Suspending)),
            Suspend if !deferred => Some(Step::Become(Beginning)),
            Doing | Interrupted | Suspend => None,
        }
    }

    fn turn(&mut self, dest: Option<&ArchiveDest>, media_works: &impl Fn(&ArchiveDest) -> bool, at: i64) -> bool {
        match (self.step(dest), dest) {
            (Some(Step::Start), Some(dest)) if media_works(dest) => {
                self.start(dest, at);
                true
            }
            (Some(Step::Become(status)), _) => {
                self.become_status(status, at);
                true
            }
            _ => false,
        }
    }

    fn start(&mut self, dest: &ArchiveDest, at: i64) {
        let id = self.round.as_ref().map_or(1, |round| round.id + 1);
        let base_piece_id = self.pieces.last().map_or(1, |piece| piece.id + 1);
        self.round = Some(Round {
            id,
            dest_id: dest.dest_id,
            status: RoundStatus::Prepare,
            start: at,
            checkpoint: at,
            base_piece_id,
            used_piece_id: base_piece_id,
            piece_switch_interval: dest.piece_switch_interval(),
            compression: dest.compression_of_log().to_owned(),
            comment: String::new(),
            path: dest.identity.clone(),
            stopping_since: 0,
        });
    }

    fn become_status(&mut self, status: RoundStatus, at: i64) {
        let Some(round) = &mut self.round else {
            return;
        };
        let from = std::mem::replace(&mut round.status, status);
        match status {
            RoundStatus::Beginning if from == RoundStatus::Prepare => {
                self.slow_prepare = None;
                let piece = first_piece(round);
                self.pieces.push(piece);
            }
            RoundStatus::Stopping => round.stopping_since = at,
            RoundStatus::Stop => {
                self.stopping_is_stuck = false;
                self.finished.push(round.clone());
                if let Some(piece) = self.pieces.last_mut() {
                    piece.frozen = true;
                }
            }
            _ => {}
        }
    }

    /// The checkpoint follows the clock while the round is DOING, and pieces switch when it passes their end.
    fn follow_log(&mut self, now: i64) {
        let Some(round) = self.round.as_mut().filter(|round| round.status == RoundStatus::Doing) else {
            return;
        };
        round.checkpoint = round.checkpoint.max(now - self.lag.unwrap_or(CHECKPOINT_LAG));
        while let Some(piece) = self.pieces.last_mut() {
            if round.checkpoint < piece.end {
                piece.checkpoint = round.checkpoint;
                return;
            }
            piece.checkpoint = piece.end;
            piece.frozen = true;
            let next = next_piece(piece, round);
            round.used_piece_id = next.id;
            self.pieces.push(next);
        }
    }

    /// The logs were recycled before they were archived, or the media failed for good. Says whether there was a round to
    /// interrupt.
    pub(crate) fn interrupt(&mut self, comment: &str) -> bool {
        let running = self.round.as_mut().filter(|round| {
            matches!(
                round.status,
                RoundStatus::Beginning | RoundStatus::Doing | RoundStatus::Suspend | RoundStatus::Suspending
            )
        });
        let Some(round) = running else {
            return false;
        };
        round.status = RoundStatus::Interrupted;
        comment.clone_into(&mut round.comment);
        true
    }

    /// The bytes of a round that were deleted since.
    pub(crate) fn deleted_bytes(&self, round: &Round) -> i64 {
        let deleted = |piece: &&Piece| piece.round_id == round.id && piece.file_status == FileStatus::Deleted;
        self.pieces.iter().filter(deleted).map(Piece::bytes).sum()
    }

    /// The next (or current) PREPARE lasts this long, in microseconds from the round's start.
    pub(crate) fn prepare_slowly(&mut self, lasts: i64) {
        self.slow_prepare = Some(lasts);
    }

    /// From now on, the checkpoint stays so far behind.
    pub(crate) fn stay_behind(&mut self, lag: i64) {
        self.lag = Some(lag);
    }

    /// The next (or current) STOPPING lasts until it is forced.
    pub(crate) fn stick_when_stopping(&mut self) {
        self.stopping_is_stuck = true;
    }

    /// A destination was emptied and taken into use anew: what it held is gone.
    pub(crate) fn forget_pieces_under(&mut self, identity: &str) {
        for piece in self.pieces.iter_mut().filter(|piece| piece.path == identity) {
            piece.file_status = FileStatus::Deleted;
        }
    }
}

fn first_piece(round: &Round) -> Piece {
    Piece {
        id: round.base_piece_id,
        round_id: round.id,
        dest_id: round.dest_id,
        frozen: false,
        file_status: FileStatus::Available,
        start: round.start,
        checkpoint: round.start,
        end: round.start + round.piece_switch_interval,
        compression: round.compression.clone(),
        path: round.path.clone(),
    }
}

fn next_piece(piece: &Piece, round: &Round) -> Piece {
    Piece {
        id: piece.id + 1,
        start: piece.end,
        checkpoint: piece.end,
        end: piece.end + round.piece_switch_interval,
        ..first_piece(round)
    }
}
