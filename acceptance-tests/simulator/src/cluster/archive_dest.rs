//! `LOG_ARCHIVE_DEST` and its mini language: `LOCATION=… [BINDING=…] [PIECE_SWITCH_INTERVAL=…]`.

use super::error;
use super::parameters::leading_number;
use super::profile::Capabilities;
use crate::answer::ServerError;

const VALUE_LIMIT: usize = 2048;
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;
const LONGEST_INTERVAL: i64 = 7 * DAY;

/// The rows of one destination number: five or six when it was set, or a lone `state`.
#[derive(Default)]
pub(crate) struct ArchiveDest {
    pub(crate) binding: Option<&'static str>,
    pub(crate) compression: Option<String>,
    pub(crate) dest_id: u64,
    /// As the `path` row shows it, with credentials.
    pub(crate) path: Option<String>,
    /// Path and endpoint.
    pub(crate) identity: String,
    /// Whole days.
    pub(crate) interval_days: Option<i64>,
    /// As typed.
    pub(crate) state: Option<String>,
}

impl ArchiveDest {
    pub(crate) fn is_deferred(&self) -> bool {
        self.state
            .as_deref()
            .is_some_and(|state| state.eq_ignore_ascii_case("DEFER"))
    }

    /// In microseconds.
    pub(crate) fn piece_switch_interval(&self) -> i64 {
        self.interval_days.unwrap_or(1) * DAY
    }

    pub(crate) fn compression_of_log(&self) -> &'static str {
        match self.compression.as_deref() {
            Some(typed) if typed.eq_ignore_ascii_case("enable") => "lz4_1.0",
            _ => "none",
        }
    }

    /// NAME and VALUE of every row, in key order.
    pub(crate) fn rows(&self) -> Vec<(&'static str, String)> {
        let dest_id = self.path.as_ref().map(|_| self.dest_id.to_string());
        let interval = self.interval_days.map(|days| format!("{days}d"));
        [
            ("binding", self.binding.map(str::to_owned)),
            ("compression", self.compression.clone()),
            ("dest_id", dest_id),
            ("path", self.path.clone()),
            ("piece_switch_interval", interval),
            ("state", self.state.clone()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

/// The items of a value, with the defaults of those left out.
pub(crate) struct Items {
    pub(crate) location: String,
    pub(crate) binding: &'static str,
    pub(crate) interval_days: i64,
    pub(crate) compression: Option<String>,
}

impl Items {
    /// Parses a value that is not empty. Items are judged one after the other, the location by `check`.
    pub(crate) fn parse(
        value: &str,
        capabilities: &Capabilities,
        check: impl Fn(&str) -> Result<(), ServerError>,
    ) -> Result<Self, ServerError> {
        if value.len() >= VALUE_LIMIT {
            return Err(error::size_overflow());
        }
        let mut items = Self {
            location: String::new(),
            binding: "OPTIONAL",
            interval_days: 1,
            compression: None,
        };
        for item in value.split(' ').filter(|item| !item.is_empty()) {
            items.take(item, capabilities)?;
            if !items.location.is_empty() {
                check(&items.location)?;
            }
        }
        if items.location.is_empty() {
            return Err(error::not_supported(
                "set archive dest without location is not supported",
            ));
        }
        Ok(items)
    }

    fn take(&mut self, item: &str, capabilities: &Capabilities) -> Result<(), ServerError> {
        let (key, value) = item
            .split_once('=')
            .map_or((item, None), |(key, value)| (key, Some(value)));
        if item == "=" {
            return Err(error::internal_error());
        }
        let key = key.to_ascii_uppercase();
        let known = matches!(key.as_str(), "LOCATION" | "BINDING" | "PIECE_SWITCH_INTERVAL")
            || key == "COMPRESSION" && capabilities.archive_compression;
        if !known {
            return Err(error::not_supported_feature());
        }
        let value = value
            .filter(|value| !value.is_empty())
            .ok_or_else(error::invalid_argument)?;
        match key.as_str() {
            "LOCATION" => value.clone_into(&mut self.location),
            "BINDING" => self.binding = binding(value)?,
            "PIECE_SWITCH_INTERVAL" => self.interval_days = interval_days(value)?,
            _ => self.compression = Some(compression(value)?),
        }
        Ok(())
    }
}

/// Checks a value of `LOG_ARCHIVE_DEST_STATE`, which is stored as typed.
pub(crate) fn check_state(value: &str) -> Result<(), ServerError> {
    if ["ENABLE", "DEFER"]
        .iter()
        .any(|state| value.eq_ignore_ascii_case(state))
    {
        Ok(())
    } else {
        Err(error::invalid_argument())
    }
}

fn binding(value: &str) -> Result<&'static str, ServerError> {
    ["OPTIONAL", "MANDATORY"]
        .into_iter()
        .find(|binding| value.eq_ignore_ascii_case(binding))
        .ok_or_else(error::invalid_argument)
}

fn compression(value: &str) -> Result<String, ServerError> {
    if ["enable", "disable"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
    {
        Ok(value.to_owned())
    } else {
        Err(error::not_supported_feature())
    }
}

/// Whole days: the rest is cut off.
fn interval_days(value: &str) -> Result<i64, ServerError> {
    let interval = duration(value)
        .filter(|interval| *interval >= MINUTE)
        .ok_or_else(error::invalid_argument)?;
    if (DAY..=LONGEST_INTERVAL).contains(&interval) {
        Ok(interval / DAY)
    } else {
        Err(error::not_supported(
            "invalid piece_switch_interval out of range [1d,7d] is not supported",
        ))
    }
}

/// A time as parameters have it, in microseconds: digits, then `us`, `ms`, `s`, `m`, `h`, `d` or nothing for seconds.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let (number, unit) = leading_number(text);
    let micros = match unit.to_ascii_lowercase().as_str() {
        "us" => 1,
        "ms" => 1_000,
        "s" | "" => SECOND,
        "m" => MINUTE,
        "h" => 60 * MINUTE,
        "d" => DAY,
        _ => return None,
    };
    // Too large a number is the largest, and what is too long wraps around, as in C.
    let number = (!number.is_empty()).then(|| number.parse().unwrap_or(i64::MAX))?;
    Some(number.wrapping_mul(micros))
}
