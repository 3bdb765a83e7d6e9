//! The functions, one file each. All are pure: they look at nothing but their arguments.

pub mod error_explain;
pub mod prometheus_rules;
pub mod schedule_next;
pub mod schedule_to_cron;
pub mod scn_to_time;
#[cfg(test)]
mod tests;
pub mod time_to_scn;
pub mod uri_build;
pub mod uri_parse;
pub mod uri_redact;

use crate::{model, values::schedule::Schedule};
use jiff::Timestamp;
use tfplugin::{FunctionError, Type, Value, function::Parameter};

/// A parameter that takes text.
fn text_parameter(name: &str, description: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        kind: Type::String,
        description: description.to_owned(),
        allow_null: false,
    }
}

/// The moment that an argument names.
fn timestamp(arguments: &[Value], index: usize) -> Result<Timestamp, FunctionError> {
    let text = arguments.get(index).and_then(Value::as_str).unwrap_or_default();
    text.parse().map_err(|_| FunctionError {
        argument: Some(index),
        text: format!(
            "`{text}` cannot be used: a timestamp with its offset is expected, such as `2025-11-20T11:00:00Z` or \
             `2025-11-20T19:00:00+08:00`."
        ),
    })
}

/// The parameter that takes what of a schedule tells when backups are due.
fn schedule_parameter() -> Parameter {
    let required = [
        ("cycle", Type::String),
        ("full_days", Type::set(Type::String)),
        ("start_time", Type::String),
    ];
    let optional = [
        ("incremental_days", Type::set(Type::String)),
        ("time_zone", Type::String),
        ("suspended", Type::Bool),
    ];
    Parameter {
        name: "schedule".to_owned(),
        kind: Type::Object {
            optional: optional.iter().map(|(name, _)| (*name).to_owned()).collect(),
            attributes: required
                .into_iter()
                .chain(optional)
                .map(|(name, kind)| (name.into(), kind))
                .collect(),
        },
        description: "The schedule. `cycle` is `weekly`, with days from `monday` to `sunday`, or `monthly`, with at most ten days from \
                      `1` to `31`, full and incremental ones together; `start_time` is from `00:00` to `23:59`; `time_zone` is a name \
                      of the IANA database such as `Asia/Shanghai`, and `UTC` when left out. Mind the spelling of the optional \
                      names: Terraform drops one that is not there, without a word."
            .to_owned(),
        allow_null: false,
    }
}

/// The schedule that the first argument describes.
fn schedule(arguments: &[Value]) -> Result<Schedule, FunctionError> {
    let refused = |text: String| FunctionError {
        argument: Some(0),
        text,
    };
    let argument = arguments.first().unwrap_or(&Value::Null);
    let schedule: Schedule = model::from_value(argument).map_err(|diagnostic| refused(diagnostic.detail))?;
    match schedule.validate().into_iter().next() {
        Some(mistake) => Err(refused(mistake.detail)),
        None => Ok(schedule),
    }
}

/// The storage object that [`uri_build`] takes and [`uri_parse`] gives, by attribute. `access_key` is taken, never given.
fn storage_attributes() -> Vec<(&'static str, Type)> {
    vec![
        ("type", Type::String),
        ("bucket", Type::String),
        ("path", Type::String),
        ("host", Type::String),
        ("region", Type::String),
        ("appid", Type::String),
        ("access_id", Type::String),
        ("role_arn", Type::String),
        ("external_id", Type::String),
        ("delete_mode", Type::String),
        ("checksum_type", Type::String),
        ("addressing_model", Type::String),
        ("enable_worm", Type::Bool),
    ]
}
