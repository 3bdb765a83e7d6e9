//! The moments at which a schedule has backups.
//!
//! A slot is a day and a time on a clock, and clocks are changed. It is turned into a moment as RFC 5545 has it for calendars: by
//! the offset that held before the change. So each day has one slot. A time that is skipped comes as much later as is skipped; of
//! one that comes twice, the first counts.

use super::{Day, Schedule};
use crate::values::backup_type::BackupType;
use jiff::{Timestamp, ToSpan, Zoned, civil::Date};
use std::collections::BTreeSet;

/// One moment at which a backup is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// When, on the clocks of the schedule.
    pub at: Zoned,
    /// What is due.
    pub backup: BackupType,
}

impl Schedule {
    /// The slots after a moment, in order. There is none while the schedule is suspended, nor after the year 9999.
    pub fn slots_after(&self, after: Timestamp) -> impl Iterator<Item = Slot> {
        let today = self.time_zone.rules().to_datetime(after).date();
        // A start time that is skipped before midnight comes after midnight.
        let first = today.yesterday().unwrap_or(today);
        let days = (!self.suspended).then(|| first.series(1.day()));
        days.into_iter()
            .flatten()
            .filter_map(move |day| self.slot_on(day))
            .filter(move |slot| slot.at.timestamp() > after)
    }

    fn slot_on(&self, day: Date) -> Option<Slot> {
        let backup = self.backup_on(day)?;
        let rules = self.time_zone.rules();
        // A zone that moved across the date line has skipped a day: it was as little there as a 31 April.
        let midnight = day.to_zoned(rules.clone()).ok()?;
        let start = day.to_datetime(self.start_time.time());
        let at = rules.to_ambiguous_zoned(start).compatible().ok()?;
        (midnight.date() == day).then_some(Slot { at, backup })
    }

    fn backup_on(&self, date: Date) -> Option<BackupType> {
        let includes = |days: &BTreeSet<Day>| days.iter().any(|day| day.is(date));
        if includes(&self.full_days) {
            return Some(BackupType::Full);
        }
        includes(&self.incremental_days).then_some(BackupType::Incremental)
    }
}
