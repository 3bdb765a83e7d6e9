//! Values of the types that a provider announces.

use serde_json::Value as Json;
use tfplugin::proto::tfplugin6::schema::Attribute;
use tfplugin::proto::tfplugin6::schema::object::NestingMode;
use tfplugin::proto::tfplugin6::{Diagnostic, DynamicValue, Schema, get_provider_schema};
use tfplugin::{Type, Value};

/// The schemas of the sample provider.
pub(crate) struct Schemas(pub(crate) get_provider_schema::Response);

impl Schemas {
    pub(crate) fn provider(&self) -> Type {
        type_of(self.0.provider.as_ref().unwrap())
    }

    pub(crate) fn thing(&self) -> Type {
        type_of(&self.0.resource_schemas["sample_thing"])
    }

    pub(crate) fn shout(&self) -> Type {
        type_of(self.0.action_schemas["sample_shout"].schema.as_ref().unwrap())
    }

    pub(crate) fn title(&self) -> Type {
        type_of(&self.0.data_source_schemas["sample_title"])
    }
}

fn type_of(schema: &Schema) -> Type {
    object(&schema.block.as_ref().unwrap().attributes)
}

fn object(attributes: &[Attribute]) -> Type {
    Type::object(
        attributes
            .iter()
            .map(|attribute| (attribute.name.as_str(), kind(attribute))),
    )
}

fn kind(attribute: &Attribute) -> Type {
    let Some(nested) = &attribute.nested_type else {
        return Type::from_json(&serde_json::from_slice(&attribute.r#type).unwrap()).unwrap();
    };
    let element = object(&nested.attributes);
    match nested.nesting() {
        NestingMode::Single => element,
        NestingMode::List => Type::list(element),
        NestingMode::Set => Type::set(element),
        NestingMode::Map => Type::map(element),
        NestingMode::Invalid => panic!("no nesting"),
    }
}

/// A value of the type; what the JSON leaves out is null, and the text `unknown` is unknown.
pub(crate) fn value(json: &Json, kind: &Type) -> Value {
    let value = Value::from_json(json, kind).unwrap();
    value.transform(&mut |_, value| {
        if value.as_str() == Some("unknown") {
            Value::UNKNOWN
        } else {
            value
        }
    })
}

pub(crate) fn encode(json: &Json, kind: &Type) -> Option<DynamicValue> {
    let msgpack = value(json, kind).to_msgpack(kind).unwrap();
    Some(DynamicValue {
        msgpack: msgpack.into(),
        ..Default::default()
    })
}

pub(crate) fn decode(value: Option<DynamicValue>, kind: &Type) -> Value {
    Value::from_msgpack(&value.unwrap().msgpack, kind).unwrap()
}

/// The attributes of an object that are not null, as JSON.
pub(crate) fn known(value: &Value) -> Json {
    value.to_model_json()
}

/// The names of the attributes that are unknown.
pub(crate) fn unknown(value: &Value) -> Vec<&str> {
    let attributes = value.as_object().unwrap();
    attributes
        .iter()
        .filter(|(_, value)| !value.is_known())
        .map(|(name, _)| name.as_str())
        .collect()
}

/// The summaries of diagnostics.
pub(crate) fn summaries(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics
        .iter()
        .map(|diagnostic| diagnostic.summary.as_str())
        .collect()
}
