//! A time zone by its name, with the rules for its clocks.
//!
//! The rules come with the provider: what is due when must not depend on the machine that Terraform runs on.

mod database;

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// A time zone of the IANA database, spelt as there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName {
    name: String,
    rules: TimeZone,
}

/// Why a text is not the name of a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidZoneName {
    /// It is `CST`, `PRC`, `+08:00` or the like.
    #[error(
        "`UTC`, or a name such as `Asia/Shanghai` is expected; an abbreviation stands for several zones, and an offset knows no \
         daylight saving"
    )]
    NoLocation,
    /// It has the form of a name.
    #[error("the IANA time zone database has no zone of this name{}", guess(.similar.as_deref()))]
    Unknown {
        /// The name that may be meant.
        similar: Option<String>,
    },
}

fn guess(similar: Option<&str>) -> String {
    similar.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

impl ZoneName {
    const UTC: &'static str = "UTC";

    /// What its clocks show when.
    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }
}

impl Default for ZoneName {
    fn default() -> Self {
        Self {
            name: Self::UTC.to_owned(),
            rules: TimeZone::UTC,
        }
    }
}

impl FromStr for ZoneName {
    type Err = InvalidZoneName;

    fn from_str(name: &str) -> Result<Self, InvalidZoneName> {
        if name == Self::UTC {
            return Ok(Self::default());
        }
        // The others without a place are links from the time before there were places.
        if !name.contains('/') {
            return Err(InvalidZoneName::NoLocation);
        }
        let rules = database::rules(name).ok_or_else(|| InvalidZoneName::Unknown {
            similar: most_similar(name),
        })?;
        Ok(Self {
            name: name.to_owned(),
            rules,
        })
    }
}

/// The name that differs in case, or in two letters at most.
fn most_similar(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let distance = |known: &str| strsim::osa_distance(&name, &known.to_ascii_lowercase());
    database::names()
        .filter(|known| known.contains('/') && known.len().abs_diff(name.len()) <= 2)
        .map(|known| (distance(known), known))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, known)| known.to_owned())
}

impl TryFrom<String> for ZoneName {
    type Error = InvalidZoneName;

    fn try_from(name: String) -> Result<Self, InvalidZoneName> {
        name.parse()
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.name
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl JsonSchema for ZoneName {
    fn schema_name() -> Cow<'static, str> {
        "ZoneName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(UTC|[A-Za-z]+(/[A-Za-z0-9_+-]+)+)$",
            "x-expected": "`UTC`, or a name of the IANA time zone database such as `Asia/Shanghai`; no abbreviation, and no offset",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name() {
        for name in [
            "UTC",
            "Asia/Shanghai",
            "America/Argentina/Buenos_Aires",
            "Australia/Lord_Howe",
            "Etc/GMT-8",
        ] {
            let zone: ZoneName = name.parse().unwrap();
            assert_eq!(zone.to_string(), name);
            assert_eq!(zone.rules().iana_name(), Some(name));
        }
        assert_eq!("UTC".parse(), Ok(ZoneName::default()));
    }

    #[test]
    fn what_stands_for_several_zones_or_for_none_is_refused() {
        for text in [
            "", "CST", "PRC", "EST", "EST5EDT", "GMT", "utc", "Z", "+08:00", "UTC+8", "Local",
        ] {
            assert_eq!(text.parse::<ZoneName>(), Err(InvalidZoneName::NoLocation), "{text}");
        }
    }

    #[test]
    fn a_zone_that_is_not_there_is_guessed() {
        for (text, similar) in [
            ("Asia/Shangai", Some("Asia/Shanghai")),
            ("asia/shanghai", Some("Asia/Shanghai")),
            ("America/NewYork", Some("America/New_York")),
            ("Asia/Beijing", None),
            ("Etc/Unknown", None),
            ("/", None),
        ] {
            let similar = similar.map(str::to_owned);
            assert_eq!(
                text.parse::<ZoneName>(),
                Err(InvalidZoneName::Unknown { similar }),
                "{text}"
            );
        }
    }
}
