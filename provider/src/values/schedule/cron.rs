//! A schedule as lines of cron, for those who have something else run the backups.

use super::{Cycle, Day, Schedule};
use std::collections::BTreeSet;

/// Five fields for each type of backup, to be read in the time zone of the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronLines {
    /// For full backups.
    pub full: Option<String>,
    /// For incremental ones.
    pub incremental: Option<String>,
}

impl Schedule {
    /// The lines of cron. There is none for days that there are not, nor while the schedule is suspended.
    pub fn cron_lines(&self) -> CronLines {
        CronLines {
            full: self.cron_line(&self.full_days),
            incremental: self.cron_line(&self.incremental_days),
        }
    }

    fn cron_line(&self, days: &BTreeSet<Day>) -> Option<String> {
        if self.suspended || days.is_empty() {
            return None;
        }
        let start = self.start_time.time();
        let field = |cycle: Cycle| {
            let days: BTreeSet<i8> = days
                .iter()
                .filter(|day| day.cycle() == cycle)
                .map(|day| day.in_cron())
                .collect();
            let days: Vec<String> = days.iter().map(i8::to_string).collect();
            if days.is_empty() {
                "*".to_owned()
            } else {
                days.join(",")
            }
        };
        let (of_month, of_week) = (field(Cycle::Monthly), field(Cycle::Weekly));
        Some(format!("{} {} {of_month} * {of_week}", start.minute(), start.hour()))
    }
}
