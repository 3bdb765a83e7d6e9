//! A day of a schedule.

use super::Cycle;
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// A weekday, `monday` to `sunday`, or a day of the month, `1` to `31`. In order, weekdays come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    OfWeek { since_monday: i8, name: &'static str },
    OfMonth(i8),
}

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

impl Day {
    /// The cycle that has such days.
    pub fn cycle(self) -> Cycle {
        match self.0 {
            Kind::OfWeek { .. } => Cycle::Weekly,
            Kind::OfMonth(_) => Cycle::Monthly,
        }
    }

    /// Whether the date is such a day.
    pub fn is(self, date: Date) -> bool {
        match self.0 {
            Kind::OfWeek { since_monday, .. } => date.weekday().to_monday_zero_offset() == since_monday,
            Kind::OfMonth(day) => date.day() == day,
        }
    }

    /// Its number in a line of cron, where a week begins with Sunday as 0.
    pub(super) fn in_cron(self) -> i8 {
        match self.0 {
            Kind::OfWeek { since_monday, .. } => (since_monday + 1) % 7,
            Kind::OfMonth(day) => day,
        }
    }
}

/// The text is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("weekdays in lower case such as `saturday`, or days of the month from `1` to `31` are expected")]
pub struct InvalidDay;

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        if let Some((since_monday, name)) = (0..).zip(WEEKDAYS).find(|(_, name)| *name == text) {
            return Ok(Self(Kind::OfWeek { since_monday, name }));
        }
        let day: i8 = text.parse().map_err(|_| InvalidDay)?;
        // One day has one spelling.
        let is_day = (1..=31).contains(&day) && day.to_string() == text;
        is_day.then_some(Self(Kind::OfMonth(day))).ok_or(InvalidDay)
    }
}

impl TryFrom<String> for Day {
    type Error = InvalidDay;

    fn try_from(text: String) -> Result<Self, InvalidDay> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::OfWeek { name, .. } => f.write_str(name),
            Kind::OfMonth(day) => write!(f, "{day}"),
        }
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(monday|tuesday|wednesday|thursday|friday|saturday|sunday|[1-9]|[12][0-9]|3[01])$",
            "x-expected": "a weekday in lower case such as `saturday`, or a day of the month from `1` to `31`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_they_are_read_and_in_order() {
        let text = "monday tuesday wednesday thursday friday saturday sunday 1 2 9 10 31";
        let days: Vec<Day> = text.split(' ').map(|day| day.parse().unwrap()).collect();
        assert!(days.is_sorted());
        let written: Vec<String> = days.iter().map(Day::to_string).collect();
        assert_eq!(written.join(" "), text);
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "Saturday", "sat", "0", "32", "01", "+1", "-1", "1.0", "last", " 1"] {
            assert_eq!(text.parse::<Day>(), Err(InvalidDay), "{text}");
        }
    }
}
