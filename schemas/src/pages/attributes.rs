//! The attributes of a page: required, optional, read-only, then those nested in them, each below an anchor.

use std::collections::BTreeMap;
use tfplugin::{Attribute, AttributeType, Nesting, Type, Value, schema::Validator};

type Attributes = BTreeMap<String, Attribute>;

/// The lists of attributes, and below them those of the nested attributes.
pub(super) fn attributes(attributes: &Attributes) -> String {
    let mut text = lists(attributes, "", |title| format!("### {title}\n\n"));
    nested_lists(attributes, "", &mut text);
    text.trim_end().to_owned() + "\n"
}

fn lists(attributes: &Attributes, path: &str, heading: impl Fn(&str) -> String) -> String {
    type Belongs = fn(&Attribute) -> bool;
    let groups: [(&str, Belongs); 3] = [
        ("Required", |attribute| attribute.required),
        ("Optional", |attribute| attribute.optional),
        ("Read-Only", |attribute| !attribute.required && !attribute.optional),
    ];
    let mut text = String::new();
    for (title, belongs) in groups {
        let list: String = attributes
            .iter()
            .filter(|(_, attribute)| belongs(attribute))
            .map(|(name, attribute)| item(name, path, attribute))
            .collect();
        if !list.is_empty() {
            text += &format!("{}{list}\n", heading(title));
        }
    }
    text
}

fn nested_lists(attributes: &Attributes, path: &str, text: &mut String) {
    for (name, attribute) in attributes {
        if let Some(nested) = attribute.nested() {
            let path = child(path, name);
            *text += &format!("<a id=\"{}\"></a>\n### Nested Schema for `{path}`\n\n", anchor(&path));
            *text += &lists(nested, &path, |title| format!("{title}:\n\n"));
            nested_lists(nested, &path, text);
        }
    }
}

fn child(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn anchor(path: &str) -> String {
    format!("nestedatt--{}", path.replace('.', "--"))
}

fn item(name: &str, path: &str, attribute: &Attribute) -> String {
    let mut sentences = Vec::new();
    sentences.extend(attribute.deprecated.iter().map(|text| format!("**Deprecated:** {text}")));
    sentences.push(unwrapped(&attribute.description));
    sentences.extend(rules(attribute));
    sentences.extend(attribute.default.as_ref().map(|value| format!("Default: `{}`.", literal(value))));
    if attribute.nested().is_some() {
        sentences.push(format!("See [below for nested schema](#{}).", anchor(&child(path, name))));
    }
    sentences.retain(|sentence| !sentence.is_empty());
    let choices = choices(&attribute.validators);
    if !choices.is_empty() {
        sentences.push("One of:".to_owned());
    }
    format!("- `{name}` ({}) {}\n{choices}", labels(attribute), sentences.join(" "))
}

fn labels(attribute: &Attribute) -> String {
    let kind = match &attribute.kind {
        AttributeType::Plain(kind) => type_label(kind),
        AttributeType::Nested { nesting, .. } => match nesting {
            Nesting::Single => "Attributes".to_owned(),
            Nesting::List => "Attributes List".to_owned(),
            Nesting::Set => "Attributes Set".to_owned(),
            Nesting::Map => "Attributes Map".to_owned(),
        },
    };
    let flags = [
        ("Sensitive", attribute.sensitive),
        ("Write-only", attribute.write_only),
        ("Forces replacement", attribute.requires_replace),
    ];
    let flags = flags.into_iter().filter(|(_, raised)| *raised).map(|(flag, _)| flag.to_owned());
    [kind].into_iter().chain(flags).collect::<Vec<_>>().join(", ")
}

/// A type as the Registry's pages name it.
pub(super) fn type_label(kind: &Type) -> String {
    match kind {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", type_label(element)),
        Type::Set(element) => format!("Set of {}", type_label(element)),
        Type::Map(element) => format!("Map of {}", type_label(element)),
        Type::Tuple(_) => "Tuple".to_owned(),
        Type::Object { .. } => "Object".to_owned(),
    }
}

/// Paragraphs stay, line breaks within them go; further paragraphs belong to the same list item.
fn unwrapped(description: &str) -> String {
    let paragraphs = description.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    paragraphs.collect::<Vec<_>>().join("\n\n  ")
}

/// What a value must keep to, unless the description says so in the same words.
fn rules(attribute: &Attribute) -> Vec<String> {
    let said = unwrapped(&attribute.description);
    let rules = attribute.validators.iter().filter_map(rule);
    rules.filter(|rule| !said.contains(rule.as_str())).map(|rule| format!("Must be {rule}.")).collect()
}

fn rule(validator: &Validator) -> Option<String> {
    match validator {
        Validator::Pattern { expected, .. } => expected.clone(),
        Validator::Range { minimum, maximum } => match (minimum, maximum) {
            (Some(minimum), Some(maximum)) => Some(format!("from {minimum} to {maximum}")),
            (Some(minimum), None) if *minimum > 0.0 => Some(format!("at least {minimum}")),
            (None, Some(maximum)) => Some(format!("at most {maximum}")),
            (Some(_) | None, None) => None,
        },
        Validator::Length { minimum, maximum } => match (minimum, maximum) {
            (Some(minimum), Some(maximum)) => Some(format!("{minimum} to {maximum} long")),
            (Some(minimum), None) => Some(format!("at least {minimum} long")),
            (None, Some(maximum)) => Some(format!("at most {maximum} long")),
            (None, None) => None,
        },
        Validator::Each(validators) => {
            let rules: Vec<String> = validators.iter().filter_map(rule).collect();
            (!rules.is_empty()).then(|| format!("of elements that are {}", rules.join(" and ")))
        }
        Validator::OneOf(_) | Validator::Integer => None,
    }
}

fn choices(validators: &[Validator]) -> String {
    let lists = validators.iter().map(|validator| match validator {
        Validator::OneOf(choices) => choices
            .iter()
            .map(|(text, meaning)| match meaning.as_str() {
                "" => format!("  - `{text}`\n"),
                meaning => format!("  - `{text}`: {}\n", unwrapped(meaning)),
            })
            .collect(),
        Validator::Each(validators) => choices(validators),
        _ => String::new(),
    });
    lists.collect()
}

/// A value as it would be written in a configuration; texts without their quotes.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Bool(truth) => truth.to_string(),
        other => other.to_model_json().to_string(),
    }
}
