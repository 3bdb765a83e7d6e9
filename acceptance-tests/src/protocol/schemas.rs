//! The schemas that a provider announces: the types of values, and Terraform's proposal for a new state.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use tfplugin::proto::tfplugin6::schema::Attribute;
use tfplugin::proto::tfplugin6::schema::object::NestingMode;
use tfplugin::proto::tfplugin6::{Schema, get_provider_schema};
use tfplugin::{Type, Value};

/// The schemas of a provider.
pub struct Schemas(pub(super) get_provider_schema::Response);

impl Schemas {
    /// The names of all resources.
    pub fn resources(&self) -> Vec<&str> {
        self.0.resource_schemas.keys().map(String::as_str).collect()
    }

    /// The names of all data sources.
    pub fn data_sources(&self) -> Vec<&str> {
        self.0.data_source_schemas.keys().map(String::as_str).collect()
    }

    /// The names of all actions.
    pub fn actions(&self) -> Vec<&str> {
        self.0.action_schemas.keys().map(String::as_str).collect()
    }

    /// The names of all functions.
    pub fn functions(&self) -> Vec<&str> {
        self.0.functions.keys().map(String::as_str).collect()
    }

    /// The attributes that can be configured, by dotted path; nested objects count by their attributes.
    pub fn configurable(&self, resource: &str) -> Vec<String> {
        let mut found = Vec::new();
        collect_configurable(self.resource(resource), "", &mut found);
        found
    }

    /// An object as a state file holds it.
    pub fn state_json(&self, resource: &str, state: &Value) -> Json {
        state
            .to_json(&self.resource_type(resource))
            .expect("a state is wholly known")
    }

    pub(super) fn provider_type(&self) -> Type {
        object(attributes(
            self.0.provider.as_ref().expect("a provider block has a schema"),
        ))
    }

    pub(super) fn resource_type(&self, name: &str) -> Type {
        object(self.resource(name))
    }

    pub(super) fn data_source_type(&self, name: &str) -> Type {
        let schema = self.0.data_source_schemas.get(name);
        object(attributes(schema.unwrap_or_else(|| panic!("no data source {name}"))))
    }

    pub(super) fn action_type(&self, name: &str) -> Type {
        let action = self
            .0
            .action_schemas
            .get(name)
            .and_then(|action| action.schema.as_ref());
        object(attributes(action.unwrap_or_else(|| panic!("no action {name}"))))
    }

    pub(super) fn function(&self, name: &str) -> (Vec<Type>, Type) {
        let function = self
            .0
            .functions
            .get(name)
            .unwrap_or_else(|| panic!("no function {name}"));
        let parameters = function.parameters.iter().map(|parameter| parse(&parameter.r#type));
        let result = function.r#return.as_ref().expect("a function gives something");
        (parameters.collect(), parse(&result.r#type))
    }

    /// What Terraform proposes: what is configured, and else what a computed attribute had before.
    pub(super) fn proposed(&self, resource: &str, prior: &Value, config: &Value) -> Value {
        propose(self.resource(resource), prior, config)
    }

    fn resource(&self, name: &str) -> &[Attribute] {
        let schema = self.0.resource_schemas.get(name);
        attributes(schema.unwrap_or_else(|| panic!("no resource {name}")))
    }
}

fn attributes(schema: &Schema) -> &[Attribute] {
    &schema.block.as_ref().expect("a schema has a block").attributes
}

fn collect_configurable(attributes: &[Attribute], above: &str, found: &mut Vec<String>) {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.required || attribute.optional)
    {
        let path = format!("{above}{}", attribute.name);
        match &attribute.nested_type {
            Some(nested) => collect_configurable(&nested.attributes, &format!("{path}."), found),
            None => found.push(path),
        }
    }
}

fn propose(attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    if !matches!(config, Value::Object(_)) {
        return config.clone();
    }
    let proposed: BTreeMap<String, Value> = attributes
        .iter()
        .map(|attribute| {
            let part = |value: &Value| value.attribute(&attribute.name).cloned().unwrap_or(Value::Null);
            let (before, configured) = (part(prior), part(config));
            let value = match &attribute.nested_type {
                Some(nested) if nested.nesting() == NestingMode::Single && !configured.is_null() => {
                    propose(&nested.attributes, &before, &configured)
                }
                _ if configured.is_null() && attribute.computed => before,
                _ => configured,
            };
            (attribute.name.clone(), value)
        })
        .collect();
    Value::object(proposed)
}

fn object(attributes: &[Attribute]) -> Type {
    let named = attributes
        .iter()
        .map(|attribute| (attribute.name.as_str(), kind(attribute)));
    Type::object(named)
}

fn kind(attribute: &Attribute) -> Type {
    let Some(nested) = &attribute.nested_type else {
        return parse(&attribute.r#type);
    };
    let element = object(&nested.attributes);
    match nested.nesting() {
        NestingMode::Single => element,
        NestingMode::List => Type::list(element),
        NestingMode::Set => Type::set(element),
        NestingMode::Map => Type::map(element),
        NestingMode::Invalid => panic!("the attribute {} has no nesting", attribute.name),
    }
}

fn parse(json: &[u8]) -> Type {
    let json: Json = serde_json::from_slice(json).expect("types are sent as JSON");
    Type::from_json(&json).expect("types have Terraform's form")
}
