//! Time: real time or a multiple of it, plus an offset that tests move; or a clock that only tests move.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// The virtual clock of a cluster, in microseconds since the Unix epoch.
#[derive(Debug, Clone)]
pub struct Clock {
    base: Base,
    offset: i64,
}

#[derive(Debug, Clone)]
enum Base {
    /// Real time at first, then so many times faster.
    Running {
        from: i64,
        since: Instant,
        speed: u32,
    },
    Stopped(i64),
}

impl Clock {
    /// Real time, plus whatever is added by [`Clock::advance`].
    pub fn real() -> Self {
        Self::faster(1)
    }

    /// A clock that starts with real time, and runs so many times faster.
    pub fn faster(speed: u32) -> Self {
        let from = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, micros);
        let since = Instant::now();
        Self {
            base: Base::Running { from, since, speed },
            offset: 0,
        }
    }

    /// A clock that stands still until it is advanced.
    pub fn stopped_at(seconds_since_epoch: i64) -> Self {
        Self {
            base: Base::Stopped(seconds_since_epoch.saturating_mul(MICROS_PER_SECOND)),
            offset: 0,
        }
    }

    /// Microseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        let base = match self.base {
            Base::Running { from, since, speed } => {
                from.saturating_add(micros(since.elapsed()).saturating_mul(i64::from(speed)))
            }
            Base::Stopped(at) => at,
        };
        base.saturating_add(self.offset)
    }

    /// Moves the clock forward.
    pub fn advance(&mut self, by: Duration) {
        self.offset = self.offset.saturating_add(micros(by));
    }

    /// Moves the clock forward to a point in time, if that is still ahead.
    pub(crate) fn advance_to(&mut self, at: i64) {
        let ahead = at.saturating_sub(self.now()).max(0);
        self.offset = self.offset.saturating_add(ahead);
    }
}

/// How asynchronous changes come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As time passes: a change takes two to five seconds.
    Real,
    /// Each reading of a view of archives or jobs first jumps to their next pending change, so that whoever polls never
    /// waits.
    JumpOnRead,
}

/// A duration in whole microseconds.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// `YYYYMMDDTHHMMSS`, as in the names of check files.
pub(crate) fn compact(at: i64) -> String {
    let seconds = at.div_euclid(MICROS_PER_SECOND);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    format!(
        "{year:04}{month:02}{day:02}T{:02}{:02}{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// The Gregorian date of a day counted from 1970-01-01, by counting days from a first of March, when leap days come last.
fn civil(day: i64) -> (i64, i64, i64) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    let shifted = day + 719_468;
    let era = shifted.div_euclid(DAYS_IN_400_YEARS);
    let of_era = shifted.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_gregorian() {
        let compact_seconds = |seconds: i64| compact(seconds * MICROS_PER_SECOND);
        assert_eq!(compact_seconds(0), "19700101T000000");
        assert_eq!(compact_seconds(951_782_400), "20000229T000000");
        assert_eq!(compact_seconds(1_767_225_599), "20251231T235959");
        assert_eq!(compact_seconds(-1), "19691231T235959");
    }

    #[test]
    fn a_stopped_clock_moves_when_told_and_never_back() {
        let mut clock = Clock::stopped_at(100);
        clock.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), 105_000_000);
        clock.advance_to(110_000_000);
        clock.advance_to(50_000_000);
        assert_eq!(clock.now(), 110_000_000);
    }
}
