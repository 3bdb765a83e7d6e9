//! A schema from the JSON Schema of a model.

use super::Schema;
use crate::AttributePath;

/// Why a JSON Schema cannot become a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct ConversionError {
    /// The attribute, or the root.
    pub path: AttributePath,
    /// What is wrong there.
    pub reason: String,
}

impl Schema {
    /// The schema of a model.
    pub fn of<M: schemars::JsonSchema>() -> Result<Self, ConversionError> {
        let schema = schemars::generate::SchemaSettings::draft2020_12()
            .with(|settings| settings.inline_subschemas = true)
            .into_generator()
            .into_root_schema_for::<M>();
        Self::from_json_schema(schema.as_value())
    }

    /// The schema of a model, from its JSON Schema.
    pub fn from_json_schema(_schema: &serde_json::Value) -> Result<Self, ConversionError> {
        Err(ConversionError {
            path: AttributePath::root(),
            reason: "a JSON Schema is not understood yet".to_owned(),
        })
    }
}
