//! The schema in the format of `terraform providers schema -json`, so that what reads that format can do without
//! Terraform and without the provider.

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use tfplugin::{
    Attribute, AttributeType, Function, IdentitySchema, Name, Nesting, Provider, Schema,
    function::{Parameter, Signature},
    schema::IdentityAttribute,
};

/// The schema of a provider, with the identities that Terraform prints since 1.12.
pub fn of<P: Provider>(provider: &P) -> Json {
    let resources = provider.resources();
    let by_name = |parts: Vec<(&str, Json)>| -> Json {
        parts
            .into_iter()
            .map(|(name, json)| (name.to_owned(), json))
            .collect::<Map<_, _>>()
            .into()
    };
    let schemas = json!({
        "provider": schema(provider.schema()),
        "resource_schemas": by_name(resources.iter().map(|each| (each.type_name(), schema(each.schema()))).collect()),
        "data_source_schemas": by_name(
            provider.data_sources().iter().map(|each| (each.type_name(), schema(each.schema()))).collect()
        ),
        "functions": by_name(provider.functions().iter().map(|each| (each.name(), function(&**each))).collect()),
        "resource_identity_schemas": by_name(
            resources.iter().map(|each| (each.type_name(), identity(each.identity_schema()))).collect()
        ),
    });
    json!({ "format_version": "1.0", "provider_schemas": { provider.address(): schemas } })
}

fn schema(schema: &Schema) -> Json {
    let block = json!({
        "attributes": attributes(&schema.attributes),
        "description": schema.description,
        "description_kind": "markdown",
    });
    json!({ "version": schema.version, "block": block })
}

fn attributes(attributes: &BTreeMap<Name, Attribute>) -> Json {
    let attributes = attributes
        .iter()
        .map(|(name, each)| (name.to_string(), attribute(each)));
    attributes.collect::<Map<_, _>>().into()
}

fn attribute(attribute: &Attribute) -> Json {
    let mut json = Map::new();
    match &attribute.kind {
        AttributeType::Plain(kind) => json.insert("type".to_owned(), kind.to_json()),
        AttributeType::Nested {
            nesting,
            attributes: nested,
        } => json.insert(
            "nested_type".to_owned(),
            json!({ "attributes": attributes(nested), "nesting_mode": nesting_mode(*nesting) }),
        ),
    };
    describe(&mut json, &attribute.description);
    json.insert("description_kind".to_owned(), json!("markdown"));
    let flags = [
        ("required", attribute.required),
        ("optional", attribute.optional),
        ("computed", attribute.computed),
        ("sensitive", attribute.sensitive),
        ("write_only", attribute.write_only),
        ("deprecated", attribute.deprecated.is_some()),
    ];
    raise(&mut json, &flags);
    json.into()
}

fn nesting_mode(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}

fn identity(schema: &IdentitySchema) -> Json {
    let attribute = |attribute: &IdentityAttribute| {
        let mut json = Map::from_iter([("type".to_owned(), attribute.kind.to_json())]);
        describe(&mut json, &attribute.description);
        let required = attribute.required_for_import;
        raise(
            &mut json,
            &[("required_for_import", required), ("optional_for_import", !required)],
        );
        Json::from(json)
    };
    let attributes = schema
        .attributes
        .iter()
        .map(|(name, each)| (name.to_string(), attribute(each)));
    json!({ "version": schema.version, "attributes": attributes.collect::<Map<_, _>>() })
}

fn function(function: &dyn Function) -> Json {
    let Signature {
        summary,
        description,
        parameters,
        variadic,
        returns,
    } = function.signature();
    let mut json = Map::from_iter([("return_type".to_owned(), returns.to_json())]);
    describe(&mut json, description);
    if !summary.is_empty() {
        json.insert("summary".to_owned(), json!(summary));
    }
    if !parameters.is_empty() {
        json.insert("parameters".to_owned(), parameters.iter().map(parameter).collect());
    }
    if let Some(variadic) = variadic {
        json.insert("variadic_parameter".to_owned(), parameter(variadic));
    }
    json.into()
}

fn parameter(parameter: &Parameter) -> Json {
    let mut json = Map::from_iter([
        ("name".to_owned(), json!(parameter.name)),
        ("type".to_owned(), parameter.kind.to_json()),
    ]);
    describe(&mut json, &parameter.description);
    raise(&mut json, &[("is_nullable", parameter.allow_null)]);
    json.into()
}

/// Terraform leaves out what is empty.
fn describe(json: &mut Map<String, Json>, description: &str) {
    if !description.is_empty() {
        json.insert("description".to_owned(), json!(description));
    }
}

/// Terraform leaves out what is false.
fn raise(json: &mut Map<String, Json>, flags: &[(&str, bool)]) {
    let raised = flags.iter().filter(|(_, raised)| *raised);
    json.extend(raised.map(|(name, _)| ((*name).to_owned(), json!(true))));
}
