//! Functions of texts.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, Result};

use super::{Arguments, VARIADIC, strict, text};

/// No result of a function is longer than this.
const MAX_LENGTH: usize = 16 * 1024 * 1024;

pub(super) fn register(connection: &Connection) -> Result<()> {
    lengths(connection)?;
    parts(connection)?;
    strict(connection, "mysql_text", &[1], |a| Some(a.text(0)))?;
    strict(connection, "concat", &[VARIADIC], |a| {
        Some(a.0.iter().map(text).collect::<String>())
    })?;
    for name in ["lower", "lcase"] {
        strict(connection, name, &[1], |a| Some(a.text(0).to_lowercase()))?;
    }
    for name in ["upper", "ucase"] {
        strict(connection, name, &[1], |a| Some(a.text(0).to_uppercase()))?;
    }
    strict(connection, "reverse", &[1], |a| {
        Some(a.text(0).chars().rev().collect::<String>())
    })?;
    strict(connection, "repeat", &[2], |a| repeat(&a.text(0), a.integer(1)))?;
    strict(connection, "space", &[1], |a| repeat(" ", a.integer(0)))?;
    strict(connection, "lpad", &[3], |a| {
        padding(a).map(|(text, padding)| padding + &text)
    })?;
    strict(connection, "rpad", &[3], |a| {
        padding(a).map(|(text, padding)| text + &padding)
    })?;
    strict(connection, "format", &[2], |a| {
        Some(grouped(a.number(0), a.integer(1).clamp(0, 30) as usize))
    })?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("mysql_join", 2, flags, |context| {
        let arguments = Arguments::of(context)?;
        Ok(join(&arguments.text(0), &arguments.text(1)))
    })
}

fn lengths(connection: &Connection) -> Result<()> {
    for name in ["length", "octet_length"] {
        strict(connection, name, &[1], |a| Some(a.text(0).len() as i64))?;
    }
    for name in ["char_length", "character_length"] {
        strict(connection, name, &[1], |a| Some(a.text(0).chars().count() as i64))?;
    }
    // Positions count characters, and case does not matter.
    let position = |part: &str, text: &str, from: i64| {
        let skipped: String = text
            .chars()
            .skip(usize::try_from(from.checked_sub(1)?).ok()?)
            .collect::<String>()
            .to_lowercase();
        let at = skipped.find(&part.to_lowercase());
        Some(at.map_or(0, |at| skipped[..at].chars().count() as i64 + from))
    };
    strict(connection, "instr", &[2], move |a| position(&a.text(1), &a.text(0), 1))?;
    strict(connection, "locate", &[2, 3], move |a| {
        let from = if a.len() > 2 { a.integer(2) } else { 1 };
        position(&a.text(0), &a.text(1), from).or(Some(0))
    })?;
    strict(connection, "find_in_set", &[2], |a| {
        let wanted = a.text(0).to_lowercase();
        let found = a.text(1).split(',').position(|item| item.to_lowercase() == wanted);
        Some(found.map_or(0, |index| index as i64 + 1))
    })
}

fn parts(connection: &Connection) -> Result<()> {
    strict(connection, "left", &[2], |a| {
        let length = usize::try_from(a.integer(1)).unwrap_or(0);
        Some(a.text(0).chars().take(length).collect::<String>())
    })?;
    strict(connection, "right", &[2], |a| {
        let text = a.text(0);
        let length = usize::try_from(a.integer(1)).unwrap_or(0);
        Some(
            text.chars()
                .skip(text.chars().count().saturating_sub(length))
                .collect::<String>(),
        )
    })?;
    strict(connection, "mid", &[2, 3], |a| {
        let length = if a.len() > 2 { a.integer(2) } else { i64::MAX };
        Some(substring(&a.text(0), a.integer(1), length))
    })?;
    for name in ["substr", "substring"] {
        strict(connection, name, &[2, 3], |a| {
            let length = if a.len() > 2 { a.integer(2) } else { i64::MAX };
            Some(substring(&a.text(0), a.integer(1), length))
        })?;
    }
    strict(connection, "substring_index", &[3], |a| {
        Some(substring_index(&a.text(0), &a.text(1), a.integer(2)))
    })
}

fn substring(text: &str, from: i64, length: i64) -> String {
    let count = text.chars().count() as i64;
    let start = match from {
        0 => return String::new(),
        1.. => from - 1,
        _ => count.saturating_add(from),
    };
    if start < 0 || length <= 0 {
        return String::new();
    }
    text.chars().skip(start as usize).take(length as usize).collect()
}

fn substring_index(text: &str, delimiter: &str, count: i64) -> String {
    if delimiter.is_empty() || count == 0 {
        return String::new();
    }
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    match count > 0 {
        true => match text.match_indices(delimiter).nth(wanted - 1) {
            Some((at, _)) => text[..at].to_owned(),
            None => text.to_owned(),
        },
        false => match text.rmatch_indices(delimiter).nth(wanted - 1) {
            Some((at, _)) => text[at + delimiter.len()..].to_owned(),
            None => text.to_owned(),
        },
    }
}

fn repeat(text: &str, count: i64) -> Option<String> {
    let count = usize::try_from(count).unwrap_or(0);
    (text.len().saturating_mul(count) <= MAX_LENGTH).then(|| text.repeat(count))
}

/// The text cut to the wanted length, and what fills it up.
fn padding(arguments: &Arguments) -> Option<(String, String)> {
    let length = usize::try_from(arguments.integer(1))
        .ok()
        .filter(|length| *length <= MAX_LENGTH)?;
    let text: String = arguments.text(0).chars().take(length).collect();
    let missing = length - text.chars().count();
    let filling = arguments.text(2);
    if missing > 0 && filling.is_empty() {
        return None;
    }
    Some((text, filling.chars().cycle().take(missing).collect()))
}

/// `1,234,567.80`.
fn grouped(number: f64, decimals: usize) -> String {
    let fixed = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let point = if decimals > 0 { "." } else { "" };
    format!("{sign}{text}{point}{fraction}")
}

/// Joins the values of a JSON array; NULL when it has none.
fn join(array: &str, separator: &str) -> Value {
    let values: Vec<serde_json::Value> = serde_json::from_str(array).unwrap_or_default();
    let texts: Vec<String> = values
        .into_iter()
        .filter_map(|value| match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text),
            other => Some(other.to_string()),
        })
        .collect();
    if texts.is_empty() {
        Value::Null
    } else {
        Value::Text(texts.join(separator))
    }
}
