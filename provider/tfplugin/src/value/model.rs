//! Between values and the plain JSON of serde, through which typed models are made of values and values of models.

use super::{DecodeError, Number, Value};
use crate::Schema;
use serde_json::Value as Json;

impl Value {
    /// Plain JSON for serde. Attributes that are null, or not known yet, are left out, so that `Option` and
    /// `#[serde(default)]` do what they should.
    pub fn to_model_json(&self) -> Json {
        match self {
            Self::Null | Self::Unknown(_) => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Number(number) => Json::Number(json_number(number)),
            Self::String(text) => Json::String(text.clone()),
            Self::List(elements) | Self::Set(elements) => {
                Json::Array(elements.iter().map(Self::to_model_json).collect())
            }
            Self::Map(elements) => Json::Object(
                elements
                    .iter()
                    .map(|(key, value)| (key.clone(), value.to_model_json()))
                    .collect(),
            ),
            Self::Object(attributes) => Json::Object(
                attributes
                    .iter()
                    .filter(|(_, value)| !value.is_null() && value.is_known())
                    .map(|(name, value)| (name.clone(), value.to_model_json()))
                    .collect(),
            ),
            Self::Dynamic(carried) => carried.1.to_model_json(),
        }
    }

    /// The value of a serialized model, of the type of the schema. What the model leaves out is null.
    pub fn from_model_json(json: &Json, schema: &Schema) -> Result<Self, DecodeError> {
        Self::from_json(json, &schema.implied_type())
    }
}

/// An integer when it is one that JSON readers take, else the nearest float.
pub(super) fn json_number(number: &Number) -> serde_json::Number {
    if let Some(integer) = number.to_i64() {
        return integer.into();
    }
    if let Some(integer) = number.to_u64() {
        return integer.into();
    }
    serde_json::Number::from_f64(number.to_f64()).unwrap_or_else(|| 0.into())
}
