//! What Terraform says of a plan, taken apart.

use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A plan that was written to a file.
#[derive(Debug)]
pub struct Plan {
    /// What Terraform printed.
    pub text: String,
    /// Whether there is nothing to do.
    pub is_empty: bool,
}

impl Plan {
    /// Asserts how many objects would be created, changed, and destroyed.
    #[track_caller]
    pub fn assert_counts(&self, add: usize, change: usize, destroy: usize) {
        let expected = format!("{add} to add, {change} to change, {destroy} to destroy");
        assert!(self.text.contains(&expected), "{expected} expected:\n{}", self.text);
    }
}

/// A plan in Terraform's JSON form.
#[derive(Debug)]
pub struct Changes(pub Json);

impl Changes {
    /// What would be done to an object: `["update"]`, `["delete", "create"]`, ….
    pub fn actions(&self, address: &str) -> Vec<&str> {
        let actions = self.change(address).and_then(|change| change["actions"].as_array());
        actions.into_iter().flatten().filter_map(Json::as_str).collect()
    }

    /// The attributes of an object that would change, each as `path: before -> after`; what is known only after apply
    /// as `?`.
    pub fn of(&self, address: &str) -> Vec<String> {
        let Some(change) = self.change(address) else {
            return Vec::new();
        };
        let before = leaves(&change["before"]);
        let mut after = leaves(&change["after"]);
        for (path, unknown) in leaves(&change["after_unknown"]) {
            if unknown == "true" {
                after.insert(path, "?".to_owned());
            }
        }
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let null = || "null".to_owned();
        paths
            .into_iter()
            .filter(|path| before.get(*path) != after.get(*path))
            .map(|path| {
                let [before, after] = [&before, &after].map(|side| side.get(path).cloned().unwrap_or_else(null));
                format!("{path}: {before} -> {after}")
            })
            .collect()
    }

    fn change(&self, address: &str) -> Option<&Json> {
        let changes = self.0["resource_changes"].as_array()?;
        Some(&changes.iter().find(|change| change["address"] == address)?["change"])
    }
}

/// The values in an object by dotted path, without those that are null.
fn leaves(value: &Json) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(value, "", &mut found);
    found
}

fn collect(value: &Json, path: &str, found: &mut BTreeMap<String, String>) {
    match value {
        Json::Null => {}
        Json::Object(attributes) => {
            for (name, value) in attributes {
                let below = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect(value, &below, found);
            }
        }
        other => {
            found.insert(path.to_owned(), other.to_string());
        }
    }
}
