//! A system change number: nanoseconds since 1970 in UTC, and so a moment in the life of a tenant.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// A system change number; 0 where there is none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Scn(pub u64);

/// The moment is before 1970, or after 2554.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a moment from 1970 to 2554 is expected")]
pub struct OutOfRange;

impl Scn {
    /// Itself, unless it stands for none.
    pub fn some(self) -> Option<Self> {
        (self.0 != 0).then_some(self)
    }

    /// The moment that it stands for.
    pub fn time(self) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(self.0)).expect("64 bits of nanoseconds end in 2554")
    }
}

impl TryFrom<Timestamp> for Scn {
    type Error = OutOfRange;

    fn try_from(time: Timestamp) -> Result<Self, OutOfRange> {
        u64::try_from(time.as_nanosecond()).map(Self).map_err(|_| OutOfRange)
    }
}

impl fmt::Display for Scn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl JsonSchema for Scn {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scn".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        u64::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_moment_to_the_nanosecond() {
        for (scn, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_763_636_400_123_456_789, "2025-11-20T11:00:00.123456789Z"),
            (u64::MAX, "2554-07-21T23:34:33.709551615Z"),
        ] {
            assert_eq!(Scn(scn).time().to_string(), text);
            assert_eq!(Scn::try_from(text.parse::<Timestamp>().unwrap()), Ok(Scn(scn)));
        }
    }

    #[test]
    fn moments_without_a_number_are_refused() {
        for text in ["1969-12-31T23:59:59Z", "2554-07-21T23:34:33.709551616Z"] {
            assert_eq!(Scn::try_from(text.parse::<Timestamp>().unwrap()), Err(OutOfRange));
        }
    }
}
