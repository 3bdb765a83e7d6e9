//! The Registry pages: front matter, description, examples, attributes, import.

mod attributes;
mod examples;
mod function;

use crate::Files;
use attributes::attributes;
use examples::Examples;
use std::{fmt::Write, io, path::Path};
use tfplugin::{Action, DataSource, Provider, Resource};

/// What the index page says after its example.
const INDEX: &str = include_str!("pages/index.md");

/// All pages. `examples` is the directory with the examples in the Registry's layout.
pub fn all<P: Provider>(provider: &P, examples: &Path) -> io::Result<Files> {
    let examples = Examples::new(examples);
    let name = provider.address().rsplit('/').next().unwrap_or_default();
    let mut files = Files::new();
    files.insert("docs/index.md".into(), index(provider, name, &examples)?);
    for each in provider.resources() {
        let path = format!("docs/resources/{}.md", short(each.type_name(), name));
        files.insert(path.into(), resource(&**each, name, &examples)?);
    }
    for each in provider.data_sources() {
        let path = format!("docs/data-sources/{}.md", short(each.type_name(), name));
        files.insert(path.into(), data_source(&**each, name, &examples)?);
    }
    for each in provider.actions() {
        let path = format!("docs/actions/{}.md", short(each.type_name(), name));
        files.insert(path.into(), action(&**each, name, &examples)?);
    }
    for each in provider.functions() {
        let path = format!("docs/functions/{}.md", each.name());
        files.insert(path.into(), function::page(&**each, name, &examples)?);
    }
    Ok(files)
}

/// The Registry names pages without the name of the provider.
fn short<'a>(type_name: &'a str, provider: &str) -> &'a str {
    let rest = type_name.strip_prefix(provider);
    rest.and_then(|rest| rest.strip_prefix('_')).unwrap_or(type_name)
}

fn index<P: Provider>(provider: &P, name: &str, examples: &Examples<'_>) -> io::Result<String> {
    let schema = provider.schema();
    let mut page = front_matter(&format!("{name} Provider"), &schema.description);
    page += &format!("# {name} Provider\n\n{}\n\n", schema.description);
    page += &examples.section("provider", "provider")?;
    page += INDEX;
    page += "\n## Schema\n\n";
    page += &attributes(&schema.attributes);
    Ok(page)
}

fn resource<C>(resource: &dyn Resource<C>, provider: &str, examples: &Examples<'_>) -> io::Result<String> {
    let (name, schema) = (resource.type_name(), resource.schema());
    let mut page = front_matter(&format!("{name} Resource - {provider}"), &schema.description);
    page += &format!("# {name} (Resource)\n\n{}\n\n", schema.description);
    page += &examples.section(&format!("resources/{name}"), "resource")?;
    page += "## Schema\n\n";
    page += &attributes(&schema.attributes);
    page += &import(resource, examples)?;
    Ok(page)
}

fn data_source<C>(source: &dyn DataSource<C>, provider: &str, examples: &Examples<'_>) -> io::Result<String> {
    let (name, schema) = (source.type_name(), source.schema());
    let mut page = front_matter(&format!("{name} Data Source - {provider}"), &schema.description);
    page += &format!("# {name} (Data Source)\n\n{}\n\n", schema.description);
    page += &examples.section(&format!("data-sources/{name}"), "data-source")?;
    page += "## Schema\n\n";
    page += &attributes(&schema.attributes);
    Ok(page)
}

fn action<C>(action: &dyn Action<C>, provider: &str, examples: &Examples<'_>) -> io::Result<String> {
    let (name, schema) = (action.type_name(), action.schema());
    let mut page = front_matter(&format!("{name} Action - {provider}"), &schema.description);
    page += &format!(
        "# {name} (Action)\n\n{}\n\nActions need Terraform 1.14 or later.\n\n",
        schema.description
    );
    page += &examples.section(&format!("actions/{name}"), "action")?;
    page += "## Schema\n\n";
    page += &attributes(&schema.attributes);
    Ok(page)
}

/// How an object that is there already is brought under management.
fn import<C>(resource: &dyn Resource<C>, examples: &Examples<'_>) -> io::Result<String> {
    let ways = [
        (
            "import-by-identity.tf",
            "terraform",
            "With an `import` block by identity (Terraform 1.12 or later):",
        ),
        (
            "import-by-string-id.tf",
            "terraform",
            "With an `import` block by ID (Terraform 1.5 or later):",
        ),
        ("import.sh", "shell", "With the command line:"),
    ];
    let directory = format!("resources/{}", resource.type_name());
    let mut section = String::new();
    for (file, language, introduction) in ways {
        if let Some(text) = examples.text(&directory, file)? {
            section += &format!("{introduction}\n\n{}\n", block(language, &text));
            if file == "import-by-identity.tf" {
                section += &identity(resource);
            }
        }
    }
    if section.is_empty() {
        return Ok(section);
    }
    Ok(format!("\n## Import\n\n{}\n", section.trim_end()))
}

fn identity<C>(resource: &dyn Resource<C>) -> String {
    let mut list = "The identity:\n\n".to_owned();
    for (name, attribute) in &resource.identity_schema().attributes {
        let need = if attribute.required_for_import {
            "required"
        } else {
            "optional"
        };
        let kind = attributes::type_label(&attribute.kind);
        // Writing to a text cannot fail.
        let _ = writeln!(list, "- `{name}` ({kind}, {need}) {}", attribute.description);
    }
    list + "\n"
}

/// What the Registry reads: the first paragraph is what its lists and searches show.
fn front_matter(title: &str, description: &str) -> String {
    let first = description.split("\n\n").next().unwrap_or_default();
    let description: String = first.lines().map(|line| format!("  {line}\n")).collect();
    format!("---\npage_title: \"{title}\"\nsubcategory: \"\"\ndescription: |-\n{description}---\n\n")
}

fn block(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n", text.trim_end())
}
