//! Between Terraform's values and typed models.
//!
//! A model is wholly known: nulls become `None`, and what is unknown never gets here.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;
use tfplugin::{DecodeError, Diagnostic, Schema, Value};

/// The schema that a model's JSON Schema stands for.
pub(crate) fn schema<M: JsonSchema>() -> Schema {
    Schema::of::<M>().expect("a test converts the model of every resource and data source")
}

/// The value without what a provider has still to compute, so that a model can be made of it. Unknown values that the
/// practitioner configured stay unknown.
pub(crate) fn known_part<'a>(value: &'a Value, schema: &Schema) -> Cow<'a, Value> {
    if value.is_wholly_known() {
        return Cow::Borrowed(value);
    }
    let known = value.clone().transform(&mut |path, value| match value {
        Value::Unknown(_)
            if schema
                .at(path)
                .is_some_and(|attribute| attribute.computed && !attribute.optional) =>
        {
            Value::Null
        }
        other => other,
    });
    Cow::Owned(known)
}

/// The typed form of a wholly known value.
pub(crate) fn from_value<M: DeserializeOwned>(value: &Value) -> Result<M, Box<Diagnostic>> {
    value.to_model().map_err(|DecodeError { path, reason }| {
        let what = if path.is_root() {
            "A value in it".to_owned()
        } else {
            format!("`{path}`")
        };
        let detail = format!("{what} cannot be used: {reason}.");
        Box::new(Diagnostic::error("Invalid value", detail).at(path))
    })
}

/// The value that a model stands for.
pub(crate) fn to_value<M: Serialize>(model: &M, schema: &Schema) -> Result<Value, Box<Diagnostic>> {
    Value::of_model(model, schema).map_err(|error| {
        Box::new(Diagnostic::error(
            "A model does not fit its schema",
            format!("{error}. This is a bug in the provider; please report it."),
        ))
    })
}

/// A plain JSON value; of objects, too.
pub(crate) fn plain(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => number.to_string().parse().map_or(Value::Null, Value::Number),
        serde_json::Value::String(text) => Value::string(text.clone()),
        serde_json::Value::Array(elements) => Value::List(elements.iter().map(plain).collect()),
        serde_json::Value::Object(attributes) => Value::Object(
            attributes
                .iter()
                .map(|(name, value)| (name.as_str().into(), plain(value)))
                .collect(),
        ),
    }
}
