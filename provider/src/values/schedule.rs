//! When the backups of a tenant are due, as the practitioner configures it.

mod cron;
mod day;
#[cfg(test)]
mod generated_cases;
mod slots;
mod start_time;
#[cfg(test)]
mod tests;

pub use cron::CronLines;
pub use day::Day;
pub use slots::Slot;
pub use start_time::StartTime;

use super::{span::Span, time_zone::ZoneName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// When backups are due: once on each of these days, by the clocks of a time zone.
///
/// Clocks may be changed between two backups: the next one comes when they show `start_time` again. A `start_time` that is skipped
/// when they go forward comes as much later as is skipped; where they show it twice, the first time counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Schedule {
    /// What the days are counted in.
    pub cycle: Cycle,
    /// Days of a full backup: `monday` to `sunday`, or `1` to `31`. A month that lacks a day has no backup for it.
    #[schemars(length(min = 1))]
    pub full_days: BTreeSet<Day>,
    /// Days of an incremental backup, as `full_days`. No day has both.
    #[serde(default)]
    pub incremental_days: BTreeSet<Day>,
    /// When backups start, `00:00` to `23:59`. After the daily major compaction incremental backups are small: where that begins at
    /// 02:00 and takes three hours, `06:00` is a good time.
    pub start_time: StartTime,
    /// Whose clocks show `start_time`: a name of the IANA time zone database such as `Asia/Shanghai`.
    #[serde(default)]
    pub time_zone: ZoneName,
    /// Also back up the log that a restore to the end of each backup needs, so that its sets are enough by themselves.
    #[serde(default)]
    pub plus_archivelog: bool,
    /// Ties backups to the tenant's major compactions. Unset: they start whatever those do, as OceanBase 4 allows.
    pub after_major_compaction: Option<AfterMajorCompaction>,
    /// Whether no backup is due until this is false again.
    #[serde(default)]
    pub suspended: bool,
}

/// What the days of a schedule are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Cycle {
    /// The days are weekdays.
    Weekly,
    /// The days are days of the month: at most ten, full and incremental ones together.
    Monthly,
}

/// What is asked of the tenant's newest major compaction before a backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct AfterMajorCompaction {
    /// Whether a backup waits for a compaction that is new enough; otherwise a plan warns where there is none.
    #[serde(default)]
    pub required: bool,
    /// How long ago that compaction may have ended, such as `1d`.
    pub max_age: Span,
}

impl Schedule {
    /// As many days as the console of OCP lets one choose.
    const MOST_DAYS_OF_MONTH: usize = 10;

    /// The rules across attributes, for an attribute of the name `schedule`.
    pub fn validate(&self) -> Diagnostics {
        [
            self.day_of_another_cycle("full_days", &self.full_days),
            self.day_of_another_cycle("incremental_days", &self.incremental_days),
            self.no_full_day(),
            self.day_with_two_backups(),
            self.too_many_days(),
            self.compaction_without_age(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn day_of_another_cycle(&self, attribute: &str, days: &BTreeSet<Day>) -> Option<Diagnostic> {
        let stranger = days.iter().find(|day| day.cycle() != self.cycle)?;
        let expected = match self.cycle {
            Cycle::Weekly => "A `weekly` schedule has weekdays, `monday` to `sunday`",
            Cycle::Monthly => "A `monthly` schedule has days of the month, `1` to `31`",
        };
        Some(mistake(
            attribute,
            format!("{expected}; `{attribute}` has `{stranger}`."),
        ))
    }

    fn no_full_day(&self) -> Option<Diagnostic> {
        let detail =
            "`full_days` is empty. Without a full backup there is nothing that an incremental one could build upon.";
        self.full_days
            .is_empty()
            .then(|| mistake("full_days", detail.to_owned()))
    }

    fn day_with_two_backups(&self) -> Option<Diagnostic> {
        let day = self.incremental_days.intersection(&self.full_days).next()?;
        let detail = format!(
            "`{day}` is in `full_days` and in `incremental_days`. A day has one backup: take it out of one of them."
        );
        Some(mistake("incremental_days", detail))
    }

    fn too_many_days(&self) -> Option<Diagnostic> {
        let days = self.full_days.union(&self.incremental_days).count();
        let attribute = if self.full_days.len() > Self::MOST_DAYS_OF_MONTH {
            "full_days"
        } else {
            "incremental_days"
        };
        (self.cycle == Cycle::Monthly && days > Self::MOST_DAYS_OF_MONTH).then(|| {
            let most = Self::MOST_DAYS_OF_MONTH;
            let detail = format!(
                "A `monthly` schedule has at most {most} days, full and incremental ones together; these are {days}. For more backups \
                 choose `weekly`."
            );
            mistake(attribute, detail)
        })
    }

    fn compaction_without_age(&self) -> Option<Diagnostic> {
        let compaction = self.after_major_compaction.as_ref()?;
        let detail = "`max_age` is greater than zero: no compaction is as new as that.";
        compaction
            .max_age
            .length()
            .is_zero()
            .then(|| mistake("after_major_compaction.max_age", detail.to_owned()))
    }
}

fn mistake(attribute: &str, detail: String) -> Diagnostic {
    let path = AttributePath::attribute("schedule").join(&attribute.into());
    Diagnostic::error(format!("Invalid `{path}`"), detail).at(path)
}
