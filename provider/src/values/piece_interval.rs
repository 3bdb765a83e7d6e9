//! How long an archive piece lasts: whole days, since the server truncates everything finer.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, str::FromStr};

/// Whole days, from `1d` to `7d`: the range of `PIECE_SWITCH_INTERVAL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PieceInterval {
    days: u8,
}

impl Default for PieceInterval {
    /// The server's own default.
    fn default() -> Self {
        Self { days: 1 }
    }
}

impl FromStr for PieceInterval {
    type Err = InvalidPieceInterval;

    fn from_str(text: &str) -> Result<Self, InvalidPieceInterval> {
        match text.as_bytes() {
            [digit @ b'1'..=b'7', b'd'] => Ok(Self { days: digit - b'0' }),
            _ => Err(InvalidPieceInterval),
        }
    }
}

/// The text is no whole number of days from 1 to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("whole days from `1d` to `7d` are expected")]
pub struct InvalidPieceInterval;

impl fmt::Display for PieceInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.days)
    }
}

impl Serialize for PieceInterval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PieceInterval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for PieceInterval {
    fn schema_name() -> Cow<'static, str> {
        "PieceInterval".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[1-7]d$", "x-expected": "whole days from `1d` to `7d`" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_within_the_servers_range_round_trip() {
        for text in ["1d", "3d", "7d"] {
            assert_eq!(text.parse::<PieceInterval>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["0d", "8d", "24h", "36h", "d", "", "1D", "+1d", "01d1"] {
            assert_eq!(text.parse::<PieceInterval>(), Err(InvalidPieceInterval), "{text}");
        }
    }
}
