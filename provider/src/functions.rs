//! The functions, one file each. All are pure: they look at nothing but their arguments.

pub mod error_explain;
pub mod prometheus_rules;
pub mod scn_to_time;
#[cfg(test)]
mod tests;
pub mod time_to_scn;
pub mod uri_build;
pub mod uri_parse;
pub mod uri_redact;

use tfplugin::{Type, function::Parameter};

/// A parameter that takes text.
fn text_parameter(name: &str, description: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        kind: Type::String,
        description: description.to_owned(),
        allow_null: false,
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
