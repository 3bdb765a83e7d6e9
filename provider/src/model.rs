//! Between Terraform's values and typed models.
//!
//! A model is wholly known: nulls become `None`, and what is unknown never gets here.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;
use tfplugin::{AttributePath, Diagnostic, Schema, Step, Value};

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
    let json = value.to_model_json();
    // Where the error is takes long to keep in mind, and there hardly ever is one.
    M::deserialize(&json)
        .or_else(|_| serde_path_to_error::deserialize(json))
        .map_err(|error| {
            let path = attribute_path(error.path());
            Box::new(
                Diagnostic::error(
                    "Invalid value",
                    format!("`{path}` cannot be used: {}.", error.into_inner()),
                )
                .at(path),
            )
        })
}

/// The value that a model stands for.
pub(crate) fn to_value<M: Serialize>(model: &M, schema: &Schema) -> Result<Value, Box<Diagnostic>> {
    let json = serde_json::to_value(model).map_err(|error| bug(&error))?;
    Value::from_model_json(&json, schema).map_err(|error| bug(&error))
}

/// A plain JSON value: text, number, truth value, or a list of these.
pub(crate) fn plain(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => number.as_i64().map_or(Value::Null, Value::number),
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

fn attribute_path(path: &serde_path_to_error::Path) -> AttributePath {
    use serde_path_to_error::Segment;
    path.iter().fold(AttributePath::root(), |outer, segment| match segment {
        Segment::Map { key } => outer.child(key.clone()),
        Segment::Seq { index } => outer.then(Step::Index(*index)),
        Segment::Enum { .. } | Segment::Unknown => outer,
    })
}

fn bug(error: &dyn std::fmt::Display) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(
        "A model does not fit its schema",
        format!("{error}. This is a bug in the provider; please report it."),
    ))
}
