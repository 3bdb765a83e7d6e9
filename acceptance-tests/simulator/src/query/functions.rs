//! MySQL's functions for SQLite. All of them are pure: what depends on the session comes as an argument.

mod texts;
mod times;

use std::cmp::Ordering;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::Value;
use rusqlite::{Connection, Error, Result};

use super::datetime::Civil;

/// The arguments of a call.
struct Arguments(Vec<Value>);

impl Arguments {
    fn of(context: &Context<'_>) -> Result<Self> {
        (0..context.len())
            .map(|index| context.get(index))
            .collect::<Result<Vec<Value>>>()
            .map(Self)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn any_null(&self) -> bool {
        self.0.contains(&Value::Null)
    }

    fn text(&self, index: usize) -> String {
        text(self.0.get(index).unwrap_or(&Value::Null))
    }

    fn integer(&self, index: usize) -> i64 {
        match self.0.get(index) {
            Some(Value::Integer(value)) => *value,
            _ => self.number(index).round() as i64,
        }
    }

    fn number(&self, index: usize) -> f64 {
        self.0.get(index).map_or(0.0, number)
    }
}

/// A value as MySQL writes it.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => value.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A value as a number: of a text, the digits at its beginning count.
fn number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Integer(value) => *value as f64,
        Value::Real(value) => *value,
        Value::Text(text) => leading_number(text),
        Value::Blob(bytes) => leading_number(&String::from_utf8_lossy(bytes)),
    }
}

fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E'))
        .unwrap_or(text.len());
    (0..=end)
        .rev()
        .find_map(|end| text.get(..end)?.parse().ok())
        .unwrap_or(0.0)
}

/// Registers a function that is NULL when any argument is.
fn strict<T: Into<Value>>(
    connection: &Connection,
    name: &str,
    counts: &[i32],
    function: impl Fn(&Arguments) -> Option<T> + Send + Clone + 'static,
) -> Result<()> {
    for &count in counts {
        let function = function.clone();
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_scalar_function(name, count, flags, move |context| {
            let arguments = Arguments::of(context)?;
            Ok(match arguments.any_null() {
                true => Value::Null,
                false => function(&arguments).map_or(Value::Null, Into::into),
            })
        })?;
    }
    Ok(())
}

/// Any number of arguments.
const VARIADIC: i32 = -1;

/// Registers everything on a connection.
pub(super) fn register(connection: &Connection) -> Result<()> {
    connection.create_collation("GENERAL_CI", general_ci)?;
    connection.create_collation("DECIMAL", |one, other| {
        leading_number(one).total_cmp(&leading_number(other))
    })?;
    connection.create_collation("TIMESTAMP", moments)?;
    numbers(connection)?;
    comparisons(connection)?;
    texts::register(connection)?;
    times::register(connection)
}

/// `utf8mb4_general_ci`: neither case nor spaces at the end matter.
fn general_ci(one: &str, other: &str) -> Ordering {
    let folded = |text: &str| {
        text.trim_end_matches(' ')
            .chars()
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    if one == other {
        return Ordering::Equal;
    }
    if one.is_ascii() && other.is_ascii() {
        let folded = |text: &'_ str| {
            text.trim_end_matches(' ')
                .bytes()
                .map(|byte| byte.to_ascii_lowercase())
                .collect::<Vec<u8>>()
        };
        return folded(one).cmp(&folded(other));
    }
    folded(one).cmp(&folded(other))
}

/// `2026-01-01` and `2026-01-01 00:00:00.000000` are the same moment.
fn moments(one: &str, other: &str) -> Ordering {
    match (Civil::parse(one), Civil::parse(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => general_ci(one, other),
    }
}

fn numbers(connection: &Connection) -> Result<()> {
    strict(connection, "mysql_divide", &[2], |a| {
        let divisor = a.number(1);
        (divisor != 0.0).then(|| a.number(0) / divisor)
    })?;
    strict(connection, "mysql_div", &[2], |a| match (&a.0[0], &a.0[1]) {
        (Value::Integer(one), Value::Integer(other)) => one.checked_div(*other),
        _ => {
            let divisor = a.number(1);
            (divisor != 0.0).then(|| (a.number(0) / divisor).trunc() as i64)
        }
    })?;
    strict(connection, "mod", &[2], |a| match (&a.0[0], &a.0[1]) {
        (Value::Integer(one), Value::Integer(other)) => one.checked_rem(*other).map(Value::Integer),
        _ => {
            let divisor = a.number(1);
            (divisor != 0.0).then(|| Value::Real(a.number(0) % divisor))
        }
    })?;
    strict(connection, "mysql_xor", &[2], |a| Some(a.integer(0) ^ a.integer(1)))?;
    strict(connection, "mysql_number", &[1], |a| Some(a.number(0)))?;
    strict(connection, "mysql_integer", &[1], |a| Some(a.integer(0)))?;
    strict(connection, "floor", &[1], |a| Some(a.number(0).floor() as i64))?;
    strict(connection, "ceil", &[1], |a| Some(a.number(0).ceil() as i64))?;
    strict(connection, "ceiling", &[1], |a| Some(a.number(0).ceil() as i64))?;
    strict(connection, "round", &[1, 2], |a| Some(rounded(a, f64::round)))?;
    strict(connection, "truncate", &[2], |a| Some(rounded(a, f64::trunc)))?;
    for name in ["pow", "power"] {
        strict(connection, name, &[2], |a| Some(a.number(0).powf(a.number(1))))?;
    }
    strict(connection, "sqrt", &[1], |a| {
        Some(a.number(0).sqrt()).filter(|root| !root.is_nan())
    })
}

fn rounded(arguments: &Arguments, round: impl Fn(f64) -> f64) -> Value {
    let decimals = if arguments.len() > 1 {
        arguments.integer(1).clamp(-18, 18) as i32
    } else {
        0
    };
    if decimals >= 0
        && let Value::Integer(value) = arguments.0[0]
    {
        return Value::Integer(value);
    }
    let scale = 10f64.powi(decimals);
    let value = round(arguments.number(0) * scale) / scale;
    if decimals <= 0 {
        Value::Integer(value as i64)
    } else {
        Value::Real(value)
    }
}

fn comparisons(connection: &Connection) -> Result<()> {
    strict(connection, "greatest", &[VARIADIC], |a| {
        a.0.iter().max_by(|one, other| ordered(one, other)).cloned()
    })?;
    strict(connection, "least", &[VARIADIC], |a| {
        a.0.iter().min_by(|one, other| ordered(one, other)).cloned()
    })?;
    strict(connection, "strcmp", &[2], |a| {
        Some(general_ci(&a.text(0), &a.text(1)) as i64)
    })?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    // The result depends on the first argument alone being NULL, or on none being equal.
    connection.create_scalar_function("field", VARIADIC, flags, |context| {
        let arguments = Arguments::of(context)?;
        let wanted = arguments.text(0);
        let mut candidates = arguments.0.iter().skip(1);
        let found = candidates.position(|value| *value != Value::Null && general_ci(&text(value), &wanted).is_eq());
        Ok(found.map_or(0, |index| index as i64 + 1))
    })?;
    connection.create_scalar_function("regexp", 2, flags, |context| {
        let arguments = Arguments::of(context)?;
        if arguments.any_null() {
            return Ok(None);
        }
        let pattern = regex::RegexBuilder::new(&arguments.text(0))
            .case_insensitive(true)
            .build();
        let pattern = pattern.map_err(|_| Error::UserFunctionError("a regular expression of this form".into()))?;
        Ok(Some(pattern.is_match(&arguments.text(1))))
    })
}

fn ordered(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => general_ci(one, other),
        _ => number(one).total_cmp(&number(other)),
    }
}
