//! A limit on the traffic to a destination.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A limit in bytes per second, as the server takes it: a whole number with a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bandwidth {
    text: String,
    bytes_per_second: u64,
}

impl Bandwidth {
    /// Those that end with the letters of another come first.
    const UNITS: [(&'static str, u64); 5] = [
        ("TB", 1 << 40),
        ("GB", 1 << 30),
        ("MB", 1 << 20),
        ("KB", 1 << 10),
        ("B", 1),
    ];

    /// In bytes per second.
    pub fn bytes_per_second(&self) -> u64 {
        self.bytes_per_second
    }
}

impl TryFrom<String> for Bandwidth {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = Self::UNITS.into_iter().find_map(|(unit, size)| {
            let count = text.strip_suffix(unit)?;
            let is_number = count.starts_with(|first: char| first.is_ascii_digit());
            count.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(size)
        });
        let bytes_per_second = parsed.ok_or("a limit such as `512KB`, `10MB` or `1GB` is expected")?;
        Ok(Self { text, bytes_per_second })
    }
}

impl From<Bandwidth> for String {
    fn from(bandwidth: Bandwidth) -> Self {
        bandwidth.text
    }
}

impl From<u64> for Bandwidth {
    /// In the largest unit that needs no fraction.
    fn from(bytes_per_second: u64) -> Self {
        let (unit, size) = Self::UNITS
            .into_iter()
            .find(|(_, size)| bytes_per_second.is_multiple_of(*size))
            .unwrap_or(("B", 1));
        Self {
            text: format!("{}{unit}", bytes_per_second / size),
            bytes_per_second,
        }
    }
}

impl JsonSchema for Bandwidth {
    fn schema_name() -> Cow<'static, str> {
        "Bandwidth".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            // No more digits than the server's 64 bits have room for.
            "pattern": "^([1-9][0-9]{0,11}(B|KB|MB)|[1-9][0-9]{0,8}GB|[1-9][0-9]{0,5}TB)$",
            "x-expected": "a whole number of bytes per second with its unit, such as `512KB`, `10MB` or `1GB` (no `/s`; leave it out for no limit)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        for (text, bytes) in [
            ("1500B", 1500),
            ("1KB", 1 << 10),
            ("10MB", 10 << 20),
            ("1GB", 1 << 30),
            ("2TB", 2 << 40),
        ] {
            let bandwidth = Bandwidth::try_from(text.to_owned()).unwrap();
            assert_eq!(bandwidth.bytes_per_second(), bytes, "{text}");
            assert_eq!(Bandwidth::from(bytes), bandwidth);
        }
    }

    #[test]
    fn a_limit_needs_its_unit() {
        for text in ["10", "+10MB", "10mb", "MB", "1.5GB", "10MB/s", "99999999999999TB"] {
            assert!(Bandwidth::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
