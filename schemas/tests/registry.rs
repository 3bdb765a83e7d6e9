//! Everything in the registry has a schema that Terraform accepts, an example and a page; and what is committed is what
//! would be generated.

use std::path::Path;
use terraform_provider_oceanbase::{OceanBase, registry::Registry};
use tfplugin::{Provider, Schema};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a package is below the root")
}

/// Directory of the examples, main example, and page of everything that a configuration can name.
fn published() -> Vec<(String, &'static str, String)> {
    let registry = Registry::default();
    let short = |name: &str| name.trim_start_matches("oceanbase_").to_owned();
    let resources = registry.resources.iter().map(|each| {
        let name = each.type_name();
        (
            format!("resources/{name}"),
            "resource.tf",
            format!("resources/{}.md", short(name)),
        )
    });
    let data_sources = registry.data_sources.iter().map(|each| {
        let name = each.type_name();
        (
            format!("data-sources/{name}"),
            "data-source.tf",
            format!("data-sources/{}.md", short(name)),
        )
    });
    let functions = registry.functions.iter().map(|each| {
        let name = each.name();
        (
            format!("functions/{name}"),
            "function.tf",
            format!("functions/{name}.md"),
        )
    });
    resources.chain(data_sources).chain(functions).collect()
}

#[test]
fn every_schema_is_one_that_terraform_accepts() {
    let verify = |name: &str, schema: &Schema| {
        if let Err(error) = schema.verify() {
            panic!("{name}: {error}");
        }
        schema.walk(&mut |path, attribute| assert!(!attribute.description.is_empty(), "{name}: {path} says nothing"));
    };
    let registry = Registry::default();
    verify("provider", OceanBase::default().schema());
    for resource in &registry.resources {
        verify(resource.type_name(), resource.schema());
        for (name, identity) in &resource.identity_schema().attributes {
            let attribute = resource.schema().attribute(name);
            let kind = attribute.map(tfplugin::Attribute::implied_type);
            assert_eq!(kind.as_ref(), Some(&identity.kind), "{}: {name}", resource.type_name());
        }
        assert!(registry.json_schemas.contains_key(resource.type_name()));
    }
    for data_source in &registry.data_sources {
        verify(data_source.type_name(), data_source.schema());
    }
}

#[test]
fn everything_has_an_example_and_a_page() {
    for (directory, example, page) in published() {
        assert!(
            root().join("examples").join(&directory).join(example).is_file(),
            "{directory} has no {example}"
        );
        assert!(root().join("docs").join(&page).is_file(), "there is no docs/{page}");
    }
}

/// What only the state knows of.
const NOT_IMPORTED: [&str; 1] = ["oceanbase_backup_key"];

#[test]
fn every_resource_shows_how_to_import_it() {
    let registry = Registry::default();
    let resources = registry.resources.iter();
    for resource in resources.filter(|resource| !NOT_IMPORTED.contains(&resource.type_name())) {
        let directory = root().join("examples/resources").join(resource.type_name());
        for file in ["import.sh", "import-by-string-id.tf", "import-by-identity.tf"] {
            assert!(directory.join(file).is_file(), "{} has no {file}", resource.type_name());
        }
    }
}

#[test]
fn no_example_is_left_of_something_that_is_gone() {
    let published = published();
    for kind in ["resources", "data-sources", "functions"] {
        for entry in std::fs::read_dir(root().join("examples").join(kind)).unwrap() {
            let directory = format!("{kind}/{}", entry.unwrap().file_name().to_string_lossy());
            assert!(
                published.iter().any(|(known, ..)| *known == directory),
                "examples/{directory} is of nothing"
            );
        }
    }
}

#[test]
fn what_is_committed_is_what_would_be_generated() {
    let files = schemas::generate(root()).unwrap();
    let discrepancies = schemas::compare(root(), &files).unwrap();
    let named: Vec<String> = discrepancies.iter().map(ToString::to_string).collect();
    assert!(
        named.is_empty(),
        "run `cargo gen`, and commit what it writes:\n{}",
        named.join("\n")
    );
}
