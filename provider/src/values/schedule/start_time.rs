//! The time of day at which backups start.

use jiff::civil::Time;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// A time of day to the minute, as a clock with 24 hours shows it: `06:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StartTime(Time);

impl StartTime {
    /// The time on the clock.
    pub fn time(self) -> Time {
        self.0
    }
}

/// The text is no time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time of day from `00:00` to `23:59` is expected")]
pub struct InvalidStartTime;

impl FromStr for StartTime {
    type Err = InvalidStartTime;

    fn from_str(text: &str) -> Result<Self, InvalidStartTime> {
        let (hour, minute) = text.split_once(':').ok_or(InvalidStartTime)?;
        let number = |digits: &str| {
            let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
            digits.parse::<i8>().ok().filter(|_| is_number).ok_or(InvalidStartTime)
        };
        let time = Time::new(number(hour)?, number(minute)?, 0, 0);
        time.map(Self).map_err(|_| InvalidStartTime)
    }
}

impl TryFrom<String> for StartTime {
    type Error = InvalidStartTime;

    fn try_from(text: String) -> Result<Self, InvalidStartTime> {
        text.parse()
    }
}

impl From<StartTime> for String {
    fn from(time: StartTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for StartTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl JsonSchema for StartTime {
    fn schema_name() -> Cow<'static, str> {
        "StartTime".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
            "x-expected": "a time of day from `00:00` to `23:59`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_written_as_it_is_read() {
        for text in ["00:00", "06:30", "23:59"] {
            assert_eq!(text.parse::<StartTime>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "", "6:00", "24:00", "23:60", "0600", "06:00:00", "+6:00", "06:0", "06:00 ", "6am",
        ] {
            assert_eq!(text.parse::<StartTime>(), Err(InvalidStartTime), "{text}");
        }
    }
}
