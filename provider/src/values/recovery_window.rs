//! How far back a tenant must be restorable, as the server reads and keeps it.

use std::{fmt, time::Duration};

/// The text of a `RECOVERY_WINDOW`, such as `7d` or `168h`; two that are equally long mean the same.
#[derive(Debug, Clone)]
pub struct RecoveryWindow(String);

impl RecoveryWindow {
    /// What a view shows.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// How long it is; `None` for one by which the cleanup never deletes anything: empty, zero, negative, or no length of time.
    pub fn length(&self) -> Option<Duration> {
        let (count, unit) = number(self.0.trim())?;
        let micros: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "us" => 1,
            "ms" => 1_000,
            "" | "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            _ => return None,
        };
        Some(Duration::from_micros(count.checked_mul(micros)?)).filter(|length| !length.is_zero())
    }
}

/// The number that a text begins with, and the rest. The server tells the base by the prefix, as C does: `010d` is eight days.
fn number(text: &str) -> Option<(u64, &str)> {
    let (radix, digits) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (16, digits),
        None if text.starts_with('0') => (8, text),
        None => (10, text),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    Some((u64::from_str_radix(digits, radix).ok()?, rest))
}

impl PartialEq for RecoveryWindow {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.length().is_some_and(|length| other.length() == Some(length))
    }
}

impl fmt::Display for RecoveryWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_reads_a_number_as_c_does_and_a_unit() {
        const DAY: u64 = 86_400;
        for (text, seconds) in [
            ("7d", Some(7 * DAY)),
            ("168h", Some(7 * DAY)),
            ("90M", Some(90 * 60)),
            ("3600", Some(3600)),
            ("010d", Some(8 * DAY)),
            ("0x1d", Some(29)),
            ("0d", None),
            ("-1d", None),
            ("", None),
            ("soon", None),
            ("7w", None),
            ("99999999999999999999d", None),
            ("999999999999999d", None),
        ] {
            assert_eq!(
                RecoveryWindow::new(text).length(),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_equally_long_is_the_same() {
        assert_eq!(RecoveryWindow::new("7d"), RecoveryWindow::new("168h"));
        assert_ne!(RecoveryWindow::new("7d"), RecoveryWindow::new("8d"));
        assert_ne!(RecoveryWindow::new("0d"), RecoveryWindow::new("0h"));
    }
}
