//! What is generated from the provider's models: the schema as Terraform prints it, the JSON Schema of each resource, and
//! the Registry pages of the documentation.
//!
//! | Module | What it makes |
//! | --- | --- |
//! | [`provider_json`] | `schemas/provider.json` |
//! | [`model_json`] | `schemas/resources/*.schema.json` |
//! | [`pages`] | `docs/index.md`, `docs/resources/*.md`, `docs/data-sources/*.md`, `docs/actions/*.md`, `docs/functions/*.md` |
//! | [`files`] | nothing: it writes the files, or compares them |
//!
//! The same models always give the same bytes.

pub mod files;
pub mod model_json;
pub mod pages;
pub mod provider_json;

pub use files::{Discrepancy, Files, compare, write};

use serde_json::Value as Json;
use std::{io, path::Path};
use terraform_provider_oceanbase::{OceanBase, registry::Registry};

/// Everything that is generated. `root` is the root of the repository, where the examples are.
pub fn generate(root: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    files.insert(
        "schemas/provider.json".into(),
        text(&provider_json::of(&OceanBase::default())),
    );
    for (type_name, json_schema) in &Registry::default().json_schemas {
        let path = format!("schemas/resources/{type_name}.schema.json");
        files.insert(path.into(), text(&model_json::published(type_name, json_schema())));
    }
    files.extend(pages::all(&OceanBase::default(), &root.join("examples"))?);
    Ok(files)
}

/// Pretty, with sorted keys, whatever the order in which the map keeps them.
fn text(json: &Json) -> String {
    format!("{:#}\n", sorted(json))
}

fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Json::Object(entries.into_iter().collect())
        }
        Json::Array(elements) => Json::Array(elements.iter().map(sorted).collect()),
        plain => plain.clone(),
    }
}
