//! A length of time as practitioners write it: `90s`, `20m`, `1h30m`, `7d`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

/// A length of time that remembers how it was written; two are equal when they are equally long.
#[derive(Debug, Clone, Eq)]
pub struct Span {
    text: String,
    length: Duration,
}

/// The accepted form, as the schema states it.
const PATTERN: &str = "^([0-9]+(ms|s|m|h|d))+$";

/// A hundred years: a deadline that far ahead is still a time that the clock can tell.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

impl Span {
    /// How long it is.
    pub fn length(&self) -> Duration {
        self.length
    }
}

impl From<Duration> for Span {
    /// Written in the largest unit that needs no fraction; what is shorter than a millisecond is cut off.
    fn from(length: Duration) -> Self {
        let length = length - Duration::from_nanos(u64::from(length.subsec_nanos() % 1_000_000));
        let millis = length.as_millis();
        let (unit, size) = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
            .into_iter()
            .find(|(_, size)| millis > 0 && millis.is_multiple_of(*size))
            .unwrap_or(if millis == 0 { ("s", 1_000) } else { ("ms", 1) });
        Self {
            text: format!("{}{unit}", millis / size),
            length,
        }
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        let mut rest = text;
        let mut length = Duration::ZERO;
        while !rest.is_empty() || text.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(InvalidSpan)?;
            let (count, unit_on) = rest.split_at(digits);
            let letters = unit_on.find(|c: char| c.is_ascii_digit()).unwrap_or(unit_on.len());
            let (unit, next) = unit_on.split_at(letters);
            let millis: u64 = match unit {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return Err(InvalidSpan),
            };
            let count: u64 = count.parse().map_err(|_| InvalidSpan)?;
            let part = Duration::from_millis(count.checked_mul(millis).ok_or(InvalidSpan)?);
            length = length.checked_add(part).ok_or(InvalidSpan)?;
            rest = next;
        }
        if length > LONGEST {
            return Err(InvalidSpan);
        }
        Ok(Self {
            text: text.to_owned(),
            length,
        })
    }
}

/// The text is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a length of time such as `90s`, `20m`, `1h30m` or `7d` is expected")]
pub struct InvalidSpan;

impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": PATTERN,
            "x-expected": "a length of time such as `90s`, `20m`, `1h30m` or `7d`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        for (text, seconds) in [("90s", 90), ("20m", 1200), ("1h30m", 5400), ("7d", 604_800), ("0s", 0)] {
            assert_eq!(
                text.parse::<Span>().unwrap().length(),
                Duration::from_secs(seconds),
                "{text}"
            );
        }
    }

    #[test]
    fn equal_length_is_equal_and_the_spelling_is_kept() {
        let hours: Span = "168h".parse().unwrap();
        assert_eq!(hours, "7d".parse().unwrap());
        assert_eq!(hours.to_string(), "168h");
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "1.5h",
            "-1s",
            "1w",
            "1h 5m",
            "99999999999999999999s",
            "18446744073709551615d",
            "36501d",
            "36500d1ms",
        ] {
            assert_eq!(text.parse::<Span>(), Err(InvalidSpan), "{text}");
        }
    }

    #[test]
    fn the_servers_seconds_become_the_largest_whole_unit() {
        for (millis, text) in [
            (604_800_000, "7d"),
            (120_000, "2m"),
            (90_000, "90s"),
            (0, "0s"),
            (1, "1ms"),
        ] {
            assert_eq!(Span::from(Duration::from_millis(millis)).to_string(), text);
        }
    }
}
