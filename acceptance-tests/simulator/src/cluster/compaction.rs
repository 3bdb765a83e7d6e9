//! Major compaction: a freeze takes a point in time, and everything up to there is merged.

use super::archive::next_turn;

const SECOND: i64 = 1_000_000;
/// What is merged in a second; everything is, each time.
const MERGED_BYTES_PER_SECOND: i64 = 64 << 20;

/// STATUS of a compaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CompactionStatus {
    #[default]
    Idle,
    Compacting,
    Verifying,
}

impl CompactionStatus {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Idle => "IDLE",
            Self::Compacting => "COMPACTING",
            Self::Verifying => "VERIFYING",
        }
    }
}

/// A row of CDB_OB_MAJOR_COMPACTION. Times are microseconds, 0 where there has been no compaction yet.
#[derive(Default)]
pub(crate) struct Compaction {
    /// The point that the last freeze took.
    pub(crate) frozen: i64,
    /// The point that zones merge up to.
    pub(crate) broadcast: i64,
    /// The point up to which all is merged.
    pub(crate) last: i64,
    pub(crate) started: i64,
    pub(crate) finished: i64,
    pub(crate) status: CompactionStatus,
    pub(crate) suspended: bool,
    turn: Option<i64>,
}

impl Compaction {
    pub(crate) fn next_turn(&self) -> Option<i64> {
        self.turn.filter(|_| !self.suspended)
    }

    /// Takes a new point in time. Says whether it did: not while the last one is not merged yet.
    pub(crate) fn freeze(&mut self, now: i64) -> bool {
        if self.last < self.frozen {
            return false;
        }
        self.frozen = now;
        self.turn = Some(next_turn(now));
        true
    }

    pub(crate) fn suspend(&mut self, suspended: bool, now: i64) {
        self.suspended = suspended;
        self.turn = self.turn.map(|at| at.max(next_turn(now)));
    }

    /// Moves on, when it is time. `bytes` are what the tenant holds.
    pub(crate) fn turn(&mut self, bytes: i64, at: i64) {
        if self.next_turn().is_none_or(|due| due > at) {
            return;
        }
        self.turn = match self.status {
            CompactionStatus::Idle => {
                (self.broadcast, self.started) = (self.frozen, at);
                self.status = CompactionStatus::Compacting;
                let lasts = bytes / MERGED_BYTES_PER_SECOND * SECOND;
                Some(next_turn(at.saturating_add(lasts)))
            }
            CompactionStatus::Compacting => {
                self.status = CompactionStatus::Verifying;
                Some(next_turn(at))
            }
            CompactionStatus::Verifying => {
                (self.last, self.finished) = (self.broadcast, at);
                self.status = CompactionStatus::Idle;
                None
            }
        };
    }
}
