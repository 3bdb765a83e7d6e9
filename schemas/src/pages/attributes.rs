//! The attributes of a page: required, optional, read-only, then those nested in them, each below an anchor.

use std::collections::BTreeMap;
use tfplugin::{Attribute, AttributeType, Name, Nesting, Type, Value, schema::Validator};

type Attributes = BTreeMap<Name, Attribute>;

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
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn anchor(path: &str) -> String {
    format!("nestedatt--{}", path.replace('.', "--"))
}

fn item(name: &str, path: &str, attribute: &Attribute) -> String {
    let mut sentences = Vec::new();
    sentences.extend(
        attribute
            .deprecated
            .iter()
            .map(|text| format!("**Deprecated:** {text}")),
    );
    sentences.push(unwrapped(&attribute.description));
    sentences.extend(rules(attribute));
    sentences.extend(
        attribute
            .default
            .as_ref()
            .map(|value| format!("Default: `{}`.", literal(value))),
    );
    if attribute.nested().is_some() {
        sentences.push(format!(
            "See [below for nested schema](#{}).",
            anchor(&child(path, name))
        ));
    }
    sentences.retain(|sentence| !sentence.is_empty());
    let choices = choices(&attribute.validators);
    if !choices.is_empty() {
        sentences.push("One of:".to_owned());
    }
    let line = format!("- `{name}` ({}) {}", labels(attribute), sentences.join(" "));
    format!("{}\n{choices}", line.trim_end())
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
    let flags = flags
        .into_iter()
        .filter(|(_, raised)| *raised)
        .map(|(flag, _)| flag.to_owned());
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
    let of_text = matches!(attribute.kind, AttributeType::Plain(Type::String));
    let rules = attribute.validators.iter().filter_map(|each| rule(each, of_text));
    rules
        .filter(|rule| !said.contains(rule.as_str()))
        .map(|rule| format!("Must be {rule}."))
        .collect()
}

fn rule(validator: &Validator, of_text: bool) -> Option<String> {
    match validator {
        Validator::Pattern { expected, .. } => expected.clone(),
        Validator::Range { minimum, maximum } => match (minimum, maximum) {
            (Some(minimum), Some(maximum)) => Some(format!("from {minimum} to {maximum}")),
            (Some(minimum), None) if *minimum > 0.0 => Some(format!("at least {minimum}")),
            (None, Some(maximum)) => Some(format!("at most {maximum}")),
            (Some(_) | None, None) => None,
        },
        Validator::Length { minimum, maximum } => {
            let unit = match (of_text, maximum.or(*minimum)) {
                (true, Some(1)) => "character",
                (true, _) => "characters",
                (false, Some(1)) => "element",
                (false, _) => "elements",
            };
            match (minimum, maximum) {
                (Some(minimum), Some(maximum)) => Some(format!("of {minimum} to {maximum} {unit}")),
                (Some(minimum), None) => Some(format!("of at least {minimum} {unit}")),
                (None, Some(maximum)) => Some(format!("of at most {maximum} {unit}")),
                (None, None) => None,
            }
        }
        Validator::Each(validators) => {
            let rules: Vec<String> = validators.iter().filter_map(|each| rule(each, true)).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(list: impl IntoIterator<Item = (&'static str, Attribute)>, expected: Expect) {
        let list = list
            .into_iter()
            .map(|(name, attribute)| (name.into(), attribute))
            .collect();
        expected.assert_eq(&attributes(&list));
    }

    #[test]
    fn attributes_are_grouped_by_who_sets_them() {
        let described = |attribute: Attribute| Attribute {
            description: "What it\nmeans.".to_owned(),
            ..attribute
        };
        check(
            [
                ("a", described(Attribute::optional(Type::list(Type::Number)))),
                ("b", described(Attribute::computed(Type::Bool))),
                ("c", described(Attribute::required(Type::String))),
                (
                    "d",
                    described(Attribute::with_default(Type::String, Value::string("x"))),
                ),
            ],
            expect![[r"
                ### Required

                - `c` (String) What it means.

                ### Optional

                - `a` (List of Number) What it means.
                - `d` (String) What it means. Default: `x`.

                ### Read-Only

                - `b` (Boolean) What it means.
            "]],
        );
    }

    #[test]
    fn flags_and_rules_are_said() {
        let secret = Attribute {
            description: "Key.".to_owned(),
            sensitive: true,
            write_only: true,
            ..Attribute::optional(Type::String)
        };
        let choice = Validator::OneOf(vec![
            ("keep".to_owned(), "It stays.".to_owned()),
            ("clear".to_owned(), String::new()),
        ]);
        let chosen = Attribute {
            description: "What becomes of it.".to_owned(),
            requires_replace: true,
            deprecated: Some("Use `other`.".to_owned()),
            validators: vec![choice],
            ..Attribute::optional(Type::String)
        };
        let pattern = Validator::Pattern {
            regex: "^[1-7]d$".parse().unwrap(),
            expected: Some("whole days".to_owned()),
        };
        let length = Validator::Length {
            minimum: Some(1),
            maximum: Some(3),
        };
        let spelled = |description: &str| Attribute {
            description: description.to_owned(),
            validators: vec![pattern.clone(), length.clone()],
            ..Attribute::optional(Type::String)
        };
        check(
            [
                ("chosen", chosen),
                ("said", spelled("Time, in whole days.")),
                ("secret", secret),
                ("unsaid", spelled("Time.")),
            ],
            expect![[r"
                ### Optional

                - `chosen` (String, Forces replacement) **Deprecated:** Use `other`. What becomes of it. One of:
                  - `keep`: It stays.
                  - `clear`
                - `said` (String) Time, in whole days. Must be of 1 to 3 characters.
                - `secret` (String, Sensitive, Write-only) Key.
                - `unsaid` (String) Time. Must be whole days. Must be of 1 to 3 characters.
            "]],
        );
    }

    #[test]
    fn nested_attributes_have_an_anchor_that_is_linked() {
        let inner = AttributeType::nested(Nesting::List, [("c", Attribute::required(Type::Bool))]);
        let outer = AttributeType::nested(Nesting::Single, [("b", Attribute::optional(inner))]);
        check(
            [("a", Attribute::optional(outer))],
            expect![[r#"
                ### Optional

                - `a` (Attributes) See [below for nested schema](#nestedatt--a).

                <a id="nestedatt--a"></a>
                ### Nested Schema for `a`

                Optional:

                - `b` (Attributes List) See [below for nested schema](#nestedatt--a--b).

                <a id="nestedatt--a--b"></a>
                ### Nested Schema for `a.b`

                Required:

                - `c` (Boolean)
            "#]],
        );
    }
}
