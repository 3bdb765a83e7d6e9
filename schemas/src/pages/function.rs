//! The page of a function.

use super::{Examples, front_matter};
use std::io;
use tfplugin::{Function, Name, Type, function::Parameter};

pub(super) fn page(function: &dyn Function, provider: &str, examples: &Examples<'_>) -> io::Result<String> {
    let (name, signature) = (function.name(), function.signature());
    let mut page = front_matter(&format!("{name} Function - {provider}"), &signature.summary);
    page += &format!("# {name} (Function)\n\n{}\n\n", signature.description);
    page += &examples.section(&format!("functions/{name}"), "function")?;
    let parameters: Vec<&Parameter> = signature.parameters.iter().chain(&signature.variadic).collect();
    page += &format!("## Signature\n\n```text\n{}\n```\n\n", call(function));
    page += "## Arguments\n\n";
    for (position, parameter) in parameters.iter().enumerate() {
        page += &argument(position + 1, parameter);
    }
    page += &format!("\n## Result\n\n{}", result(&signature.returns));
    Ok(page)
}

fn call(function: &dyn Function) -> String {
    let signature = function.signature();
    let parameter = |parameter: &Parameter| format!("{} {}", parameter.name, outline(&parameter.kind));
    let parameters = signature.parameters.iter().map(parameter);
    let variadic = signature.variadic.iter().map(|each| format!("{}...", parameter(each)));
    let parameters: Vec<String> = parameters.chain(variadic).collect();
    format!(
        "{}({}) {}",
        function.name(),
        parameters.join(", "),
        outline(&signature.returns)
    )
}

/// The type in a word: the attributes of an object are listed elsewhere.
fn outline(kind: &Type) -> String {
    match kind {
        Type::Object { .. } => "object".to_owned(),
        other => other.to_string(),
    }
}

fn argument(position: usize, parameter: &Parameter) -> String {
    let nullable = if parameter.allow_null { ", may be null" } else { "" };
    let mut text = format!(
        "{position}. `{}` ({}{nullable}) {}\n",
        parameter.name,
        outline(&parameter.kind),
        parameter.description
    );
    text += &object(&parameter.kind, "   ");
    text
}

fn result(kind: &Type) -> String {
    match kind {
        Type::Object { .. } => format!("An object:\n\n{}", object(kind, "")),
        other => format!("`{other}`\n"),
    }
}

fn object(kind: &Type, indent: &str) -> String {
    let Type::Object { attributes, optional } = kind else {
        return String::new();
    };
    let line = |(name, kind): (&Name, &Type)| {
        let optional = if optional.contains(name.as_str()) {
            ", optional"
        } else {
            ""
        };
        format!("{indent}- `{name}` ({kind}{optional})\n")
    };
    attributes.iter().map(line).collect()
}
