//! Diagnostics, paths, schemas and signatures as messages.

use crate::function::{Parameter, Signature};
use crate::proto::tfplugin6 as proto;
use crate::{Attribute, AttributePath, AttributeType, Diagnostic, Diagnostics, IdentitySchema, Nesting, Schema};
use crate::{Name, Severity, Step, Type};
use prost::bytes::Bytes;
use proto::StringKind::Markdown;
use proto::attribute_path::step::Selector;
use proto::schema::object::NestingMode;
use std::collections::BTreeMap;

pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(diagnostic).collect()
}

fn diagnostic(diagnostic: Diagnostic) -> proto::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: diagnostic.attribute.as_ref().and_then(place),
    }
}

/// The top-level attribute in which a diagnostic's attribute lies. Terraform finds only these in the configuration: for
/// a path into a nested attribute it would show the head of the block.
fn place(of: &AttributePath) -> Option<proto::AttributePath> {
    of.steps()
        .first()
        .map(|step| path(&AttributePath::root().then(step.clone())))
}

pub(super) fn path(path: &AttributePath) -> proto::AttributePath {
    let selector = |step: &Step| match step {
        Step::Attribute(name) => Selector::AttributeName(name.to_string()),
        Step::Key(key) => Selector::ElementKeyString(key.clone()),
        Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
    };
    let step = |step| proto::attribute_path::Step {
        selector: Some(selector(step)),
    };
    proto::AttributePath {
        steps: path.steps().iter().map(step).collect(),
    }
}

pub(crate) fn schema(schema: &Schema) -> proto::Schema {
    proto::Schema {
        version: schema.version,
        block: Some(proto::schema::Block {
            version: schema.version,
            attributes: attributes(&schema.attributes),
            description: schema.description.clone(),
            description_kind: Markdown.into(),
            ..Default::default()
        }),
    }
}

/// The schema of an action, which has no results: what has a default is optional, and nothing else.
pub(super) fn action_schema(schema: &Schema) -> proto::ActionSchema {
    let mut schema = self::schema(schema);
    let attributes = schema.block.iter_mut().flat_map(|block| &mut block.attributes);
    attributes.for_each(configured_only);
    proto::ActionSchema { schema: Some(schema) }
}

fn configured_only(attribute: &mut proto::schema::Attribute) {
    attribute.computed = false;
    let nested = attribute.nested_type.iter_mut().flat_map(|kind| &mut kind.attributes);
    nested.for_each(configured_only);
}

fn attributes(attributes: &BTreeMap<Name, Attribute>) -> Vec<proto::schema::Attribute> {
    attributes.iter().map(|(name, each)| attribute(name, each)).collect()
}

fn attribute(name: &str, attribute: &Attribute) -> proto::schema::Attribute {
    let (plain, nested) = match &attribute.kind {
        AttributeType::Plain(plain) => (kind(plain), None),
        AttributeType::Nested { nesting, attributes } => (Bytes::new(), Some(nested_type(*nesting, attributes))),
    };
    proto::schema::Attribute {
        name: name.to_owned(),
        r#type: plain,
        nested_type: nested,
        description: attribute.description.clone(),
        description_kind: Markdown.into(),
        required: attribute.required,
        optional: attribute.optional,
        computed: attribute.computed,
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
    }
}

fn nested_type(nesting: Nesting, nested: &BTreeMap<Name, Attribute>) -> proto::schema::Object {
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    proto::schema::Object {
        attributes: attributes(nested),
        nesting: nesting.into(),
        ..Default::default()
    }
}

pub(super) fn identity_schema(schema: &IdentitySchema) -> proto::ResourceIdentitySchema {
    let attribute = |(name, attribute): (&Name, &crate::schema::IdentityAttribute)| {
        proto::resource_identity_schema::IdentityAttribute {
            name: name.to_string(),
            r#type: kind(&attribute.kind),
            required_for_import: attribute.required_for_import,
            optional_for_import: !attribute.required_for_import,
            description: attribute.description.clone(),
        }
    };
    proto::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: schema.attributes.iter().map(attribute).collect(),
    }
}

pub(super) fn signature(signature: &Signature) -> proto::Function {
    proto::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(proto::function::Return {
            r#type: kind(&signature.returns),
        }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: Markdown.into(),
        deprecation_message: String::new(),
    }
}

fn parameter(parameter: &Parameter) -> proto::function::Parameter {
    proto::function::Parameter {
        name: parameter.name.clone(),
        r#type: kind(&parameter.kind),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: false,
        description: parameter.description.clone(),
        description_kind: Markdown.into(),
    }
}

fn kind(kind: &Type) -> Bytes {
    kind.to_json().to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_points_where_terraform_finds_it() {
        let about = |path: &str| {
            let [encoded] = diagnostics(Diagnostic::error("x", "y").at(path).into())
                .try_into()
                .unwrap();
            encoded.attribute.map(|path| path.steps)
        };
        let storage = path(&AttributePath::attribute("storage")).steps;
        assert_eq!(about("storage.path"), Some(storage.clone()));
        assert_eq!(about("storage"), Some(storage));
        assert_eq!(about(""), None);
    }
}
