//! Functions of dates and times. Where a time zone matters, it is the first argument, in seconds ahead of UTC.

use rusqlite::types::Value;
use rusqlite::{Connection, Result};

use super::{Arguments, strict};
use crate::query::datetime::{self, Civil, SECOND};

const NANOSECONDS: i64 = 1_000;

pub(super) fn register(connection: &Connection) -> Result<()> {
    epochs(connection)?;
    strict(connection, "mysql_datetime", &[2], |a| {
        Some(civil(a, 0)?.text(u32::try_from(a.integer(1)).unwrap_or(0)))
    })?;
    strict(connection, "date", &[1], |a| Some(civil(a, 0)?.date_text()))?;
    strict(connection, "time", &[1], |a| {
        Some(civil(a, 0)?.time_text(decimals_of(&a.text(0))))
    })?;
    strict(connection, "datediff", &[2], |a| {
        Some(civil(a, 0)?.days() - civil(a, 1)?.days())
    })?;
    strict(connection, "to_days", &[1], |a| Some(civil(a, 0)?.days() + 719_528))?;
    strict(connection, "dayofweek", &[1], |a| {
        Some((civil(a, 0)?.days() + 4).rem_euclid(7) + 1)
    })?;
    strict(connection, "weekday", &[1], |a| {
        Some((civil(a, 0)?.days() + 3).rem_euclid(7))
    })?;
    strict(connection, "last_day", &[1], |a| {
        let civil = civil(a, 0)?;
        Some(
            Civil {
                day: datetime::days_in_month(civil.year, civil.month),
                ..civil
            }
            .date_text(),
        )
    })?;
    strict(connection, "convert_tz", &[3], |a| {
        let (from, to) = (datetime::parse_offset(&a.text(1))?, datetime::parse_offset(&a.text(2))?);
        Some(datetime::local(datetime::moment(civil(a, 0)?, from), to).text(decimals_of(&a.text(0))))
    })?;
    strict(connection, "date_format", &[2], |a| {
        Some(formatted(civil(a, 0)?, &a.text(1)))
    })?;
    strict(connection, "mysql_extract", &[2], |a| {
        extracted(&a.text(0), civil(a, 1)?)
    })?;
    strict(connection, "mysql_move", &[3], |a| {
        moved(&a.text(0), a.number(1), &a.text(2))
    })?;
    strict(connection, "mysql_difference", &[3], |a| {
        difference(&a.text(0), civil(a, 1)?, civil(a, 2)?)
    })
}

fn civil(arguments: &Arguments, index: usize) -> Option<Civil> {
    Civil::parse(&arguments.text(index))
}

/// Microseconds keep as many decimals as they were written with.
fn decimals_of(text: &str) -> u32 {
    text.split_once('.')
        .map_or(0, |(_, fraction)| fraction.len().min(6) as u32)
}

fn offset(arguments: &Arguments) -> i32 {
    i32::try_from(arguments.integer(0)).unwrap_or(0)
}

/// Between civil time and the ways to count since the epoch.
fn epochs(connection: &Connection) -> Result<()> {
    strict(connection, "mysql_unix_timestamp", &[2], |a| {
        let micros = datetime::moment(civil(a, 1)?, offset(a));
        Some(match decimals_of(&a.text(1)) {
            0 => Value::Integer(micros.div_euclid(SECOND)),
            decimals => Value::Text(format!("{:.*}", decimals as usize, micros as f64 / SECOND as f64)),
        })
    })?;
    strict(connection, "mysql_from_unixtime", &[2, 3], |a| {
        let (micros, decimals) = match &a.0[1] {
            Value::Integer(seconds) => (seconds.checked_mul(SECOND)?, 0),
            _ => ((a.number(1) * SECOND as f64).round() as i64, 6),
        };
        let civil = datetime::local(micros, offset(a));
        Some(if a.len() > 2 {
            formatted(civil, &a.text(2))
        } else {
            civil.text(decimals)
        })
    })?;
    strict(connection, "mysql_usec_to_time", &[2], |a| {
        Some(datetime::local(a.integer(1), offset(a)).text(6))
    })?;
    strict(connection, "mysql_time_to_usec", &[2], |a| {
        Some(datetime::moment(civil(a, 1)?, offset(a)))
    })?;
    strict(connection, "mysql_scn_to_timestamp", &[2], |a| {
        Some(datetime::local(a.integer(1) / NANOSECONDS, offset(a)).text(6))
    })?;
    strict(connection, "mysql_timestamp_to_scn", &[2], |a| {
        datetime::moment(civil(a, 1)?, offset(a)).checked_mul(NANOSECONDS)
    })
}

/// Microseconds in a unit of fixed length.
fn length(unit: &str) -> Option<i64> {
    Some(match unit.to_ascii_uppercase().trim_end_matches('S') {
        "MICROSECOND" => 1,
        "SECOND" => SECOND,
        "MINUTE" => 60 * SECOND,
        "HOUR" => 3_600 * SECOND,
        "DAY" => 86_400 * SECOND,
        "WEEK" => 7 * 86_400 * SECOND,
        _ => return None,
    })
}

/// Months in a unit of variable length.
fn months(unit: &str) -> Option<i64> {
    Some(match unit.to_ascii_uppercase().as_str() {
        "MONTH" => 1,
        "QUARTER" => 3,
        "YEAR" => 12,
        _ => return None,
    })
}

fn moved(text: &str, amount: f64, unit: &str) -> Option<String> {
    let civil = Civil::parse(text)?;
    let moved = match (length(unit), months(unit)) {
        (Some(length), _) => {
            let by = amount * length as f64;
            let reachable = by.abs() < 1e18;
            reachable.then(|| Civil::from_micros(civil.micros().saturating_add(by.round() as i64)))?
        }
        (None, Some(months)) => civil.plus_months((amount.round() as i64).checked_mul(months)?)?,
        (None, None) => return None,
    };
    if !(0..=9999).contains(&moved.year) {
        return None;
    }
    let is_date = !text.contains(':');
    let whole_days = length(unit).is_none_or(|length| length % (86_400 * SECOND) == 0);
    Some(match is_date && whole_days {
        true => moved.date_text(),
        false => moved.text(if moved.micros == 0 { decimals_of(text) } else { 6 }),
    })
}

fn difference(unit: &str, from: Civil, to: Civil) -> Option<i64> {
    match (length(unit), months(unit)) {
        (Some(length), _) => Some((to.micros() - from.micros()) / length),
        (None, Some(months)) => Some(to.months_since(from) / months),
        (None, None) => None,
    }
}

fn extracted(unit: &str, civil: Civil) -> Option<i64> {
    Some(match unit.to_ascii_uppercase().as_str() {
        "YEAR" => civil.year,
        "QUARTER" => (i64::from(civil.month) + 2) / 3,
        "MONTH" => i64::from(civil.month),
        "DAY" => i64::from(civil.day),
        "HOUR" => i64::from(civil.hour),
        "MINUTE" => i64::from(civil.minute),
        "SECOND" => i64::from(civil.second),
        "MICROSECOND" => i64::from(civil.micros),
        _ => return None,
    })
}

fn formatted(civil: Civil, format: &str) -> String {
    let mut text = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('Y') => text.push_str(&format!("{:04}", civil.year)),
            Some('y') => text.push_str(&format!("{:02}", civil.year % 100)),
            Some('m') => text.push_str(&format!("{:02}", civil.month)),
            Some('c') => text.push_str(&civil.month.to_string()),
            Some('d') => text.push_str(&format!("{:02}", civil.day)),
            Some('e') => text.push_str(&civil.day.to_string()),
            Some('H') => text.push_str(&format!("{:02}", civil.hour)),
            Some('k') => text.push_str(&civil.hour.to_string()),
            Some('i') => text.push_str(&format!("{:02}", civil.minute)),
            Some('s' | 'S') => text.push_str(&format!("{:02}", civil.second)),
            Some('f') => text.push_str(&format!("{:06}", civil.micros)),
            Some('T') => text.push_str(&civil.time_text(0)),
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}
