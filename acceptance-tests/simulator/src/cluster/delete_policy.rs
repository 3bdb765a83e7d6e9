//! The delete policy: for how long one can go back.

const SECOND: i64 = 1_000_000;
const LONGEST_TEXT: usize = 31;

/// A row of CDB_OB_BACKUP_DELETE_POLICY.
pub(crate) struct DeletePolicy {
    pub(crate) name: String,
    /// As typed; empty where only a redundancy was given.
    pub(crate) recovery_window: String,
}

impl DeletePolicy {
    /// Microseconds. Nothing is ever deleted unless there are some.
    pub(crate) fn window(&self) -> i64 {
        recovery_window(&self.recovery_window).unwrap_or(0)
    }
}

/// A time in microseconds, with the number as C reads it: `0x` is hexadecimal, and a leading zero octal.
pub(crate) fn recovery_window(text: &str) -> Option<i64> {
    if text.len() > LONGEST_TEXT {
        return None;
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let lower = unsigned.to_ascii_lowercase();
    let (radix, digits) = match lower.strip_prefix("0x") {
        Some(hexadecimal) => (16, hexadecimal),
        None if lower.starts_with('0') => (8, lower.as_str()),
        None => (10, lower.as_str()),
    };
    let end = digits
        .find(|digit: char| !digit.is_digit(radix))
        .unwrap_or(digits.len());
    let (number, unit) = digits.split_at(end);
    let number = i64::from_str_radix(number, radix).ok()?;
    let micros = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" | "" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3600 * SECOND,
        "d" => 86_400 * SECOND,
        _ => return None,
    };
    let window = number.saturating_mul(micros);
    Some(if negative { -window } else { window })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_as_in_c() {
        const DAY: i64 = 86_400 * SECOND;
        for (text, expected) in [
            ("7d", Some(7 * DAY)),
            ("168h", Some(7 * DAY)),
            ("7D", Some(7 * DAY)),
            ("10080m", Some(7 * DAY)),
            ("604800", Some(7 * DAY)),
            ("604800s", Some(7 * DAY)),
            ("500ms", Some(SECOND / 2)),
            ("5us", Some(5)),
            ("010d", Some(8 * DAY)),
            ("0x10h", Some(16 * 3600 * SECOND)),
            ("0d", Some(0)),
            ("-1d", Some(-DAY)),
            ("", None),
            ("d", None),
            ("7 d", None),
            ("7w", None),
            ("1.5d", None),
            ("00000000000000000000000000000007d", None),
        ] {
            assert_eq!(recovery_window(text), expected, "{text:?}");
        }
    }
}
