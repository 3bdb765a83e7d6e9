//! Civil time: text as MySQL prints it, to and from microseconds since the Unix epoch.

use std::fmt::Write;

/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A date and time of day, without a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) micros: u32,
}

impl Civil {
    /// The civil time at so many microseconds since 1970-01-01 00:00:00 on the same clock.
    pub(crate) fn from_micros(micros: i64) -> Self {
        let (year, month, day) = date_of(micros.div_euclid(DAY));
        let rest = micros.rem_euclid(DAY);
        let seconds = rest / SECOND;
        Self {
            year,
            month,
            day,
            hour: (seconds / 3600) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            micros: (rest % SECOND) as u32,
        }
    }

    /// The inverse of [`Civil::from_micros`].
    pub(crate) fn micros(self) -> i64 {
        let seconds = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        self.days() * DAY + seconds * SECOND + i64::from(self.micros)
    }

    /// Days since 1970-01-01.
    pub(crate) fn days(self) -> i64 {
        days_of(self.year, self.month, self.day)
    }

    /// Reads `2026-01-02`, `2026-01-02 03:04:05` and `2026-01-02T03:04:05.678901`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
        let mut parts = date.splitn(3, '-');
        let year: i64 = parts.next()?.parse().ok().filter(|year| (0..=9999).contains(year))?;
        let month: u8 = parts.next()?.parse().ok().filter(|month| (1..=12).contains(month))?;
        let day: u8 = parts.next()?.parse().ok()?;
        if day == 0 || day > days_in_month(year, month) {
            return None;
        }
        let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
        let mut parts = clock.splitn(3, ':');
        let mut part = |limit: u8| -> Option<u8> {
            match parts.next() {
                Some(text) => text.parse().ok().filter(|value| *value < limit),
                None => Some(0),
            }
        };
        let (hour, minute, second) = (part(24)?, part(60)?, part(60)?);
        Some(Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
            micros: fraction_micros(fraction)?,
        })
    }

    /// As text with so many decimals of a second.
    pub(crate) fn text(self, decimals: u32) -> String {
        let Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
            micros,
        } = self;
        let mut text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        push_fraction(&mut text, micros, decimals);
        text
    }

    /// The date alone.
    pub(crate) fn date_text(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// The time of day alone.
    pub(crate) fn time_text(self, decimals: u32) -> String {
        let mut text = format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second);
        push_fraction(&mut text, self.micros, decimals);
        text
    }

    /// Moves by whole months; a day that the month lacks becomes its last day.
    pub(crate) fn plus_months(self, months: i64) -> Option<Self> {
        let index = self
            .year
            .checked_mul(12)?
            .checked_add(i64::from(self.month) - 1)?
            .checked_add(months)?;
        let (year, month) = (index.div_euclid(12), index.rem_euclid(12) as u8 + 1);
        (0..=9999).contains(&year).then(|| Self {
            year,
            month,
            day: self.day.min(days_in_month(year, month)),
            ..self
        })
    }

    /// Whole months from `earlier` to here, rounded towards zero.
    pub(crate) fn months_since(self, earlier: Self) -> i64 {
        if self < earlier {
            return -earlier.months_since(self);
        }
        let months = (self.year - earlier.year) * 12 + i64::from(self.month) - i64::from(earlier.month);
        let in_month = |c: Self| (c.day, c.hour, c.minute, c.second, c.micros);
        months - i64::from(in_month(self) < in_month(earlier))
    }
}

/// A moment, in microseconds since the Unix epoch, as a clock shows it that is `offset` seconds ahead of UTC.
pub(crate) fn local(micros: i64, offset: i32) -> Civil {
    Civil::from_micros(micros.saturating_add(i64::from(offset) * SECOND))
}

/// The moment at which that clock shows this civil time.
pub(crate) fn moment(civil: Civil, offset: i32) -> i64 {
    civil.micros() - i64::from(offset) * SECOND
}

/// Seconds ahead of UTC, for a `time_zone` such as `+08:00` or `SYSTEM` (the simulated hosts run in UTC).
pub(crate) fn parse_offset(zone: &str) -> Option<i32> {
    if matches!(zone.to_ascii_uppercase().as_str(), "SYSTEM" | "UTC" | "GMT") {
        return Some(0);
    }
    let (sign, rest) = match zone.as_bytes().first()? {
        b'+' => (1, &zone[1..]),
        b'-' => (-1, &zone[1..]),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let hours: i32 = hours.parse().ok().filter(|hours| (0..=14).contains(hours))?;
    let minutes: i32 = minutes.parse().ok().filter(|minutes| (0..60).contains(minutes))?;
    Some(sign * (hours * 3600 + minutes * 60))
}

fn push_fraction(text: &mut String, micros: u32, decimals: u32) {
    let decimals = decimals.min(6);
    if decimals > 0 {
        let scaled = micros / 10u32.pow(6 - decimals);
        // Writing to a string cannot fail.
        let _ = write!(text, ".{scaled:0width$}", width = decimals as usize);
    }
}

fn fraction_micros(digits: &str) -> Option<u32> {
    let kept: String = digits.chars().take(6).collect();
    if !digits.chars().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    format!("{kept:0<6}").parse().ok()
}

/// Days in a month of the proleptic Gregorian calendar.
pub(crate) fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Counts from March, so that the leap day is the last day of the counted year.
fn days_of(year: i64, month: u8, day: u8) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = (i64::from(month) + 9) % 12;
    let of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * month + 2) / 5 + 1) as u8;
    let month = if month < 10 { month + 3 } else { month - 9 } as u8;
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_microseconds_agree_both_ways() {
        for text in [
            "1970-01-01 00:00:00.000000",
            "2024-02-29 23:59:59.999999",
            "1969-12-31 00:00:00.000001",
        ] {
            let civil = Civil::parse(text).unwrap();
            assert_eq!(Civil::from_micros(civil.micros()).text(6), text);
        }
        assert_eq!(Civil::parse("2024-01-01").unwrap().micros(), 1_704_067_200 * SECOND);
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "2023-02-29",
            "2023-13-01",
            "2023-01-00",
            "x",
            "",
            "2023-01-01 24:00:00",
            "2023-01-01 1:2:3.x",
        ] {
            assert_eq!(Civil::parse(text), None, "{text}");
        }
    }

    #[test]
    fn offsets_are_read_as_in_time_zone() {
        assert_eq!(parse_offset("+08:00"), Some(28_800));
        assert_eq!(parse_offset("-3:30"), Some(-12_600));
        assert_eq!(parse_offset("SYSTEM"), Some(0));
        assert_eq!(parse_offset("Mars/Olympus"), None);
    }
}
