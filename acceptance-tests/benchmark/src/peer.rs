//! Who is measured, and with which configuration.

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use terraform_provider_oceanbase::resources::backup_destination;
use tfplugin::{Attribute, Name, Schema, Value};

/// A kind of resource, and the provider that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Terraform's built-in `terraform_data` with one short text: no provider, the limit.
    Floor,
    /// `terraform_data` with what the state of an `oceanbase_backup_destination` holds.
    FloorAlike,
    /// A provider made with `tfplugin` that does no work: what the foundation costs.
    Bare,
    /// The same provider, with a resource that has the attributes of `oceanbase_backup_destination`.
    BareAlike,
    /// `oceanbase_backup_destination`.
    BackupDestination,
    /// `oceanbase_archivelog`.
    Archivelog,
}

/// The providers' executables.
#[derive(Debug, Clone)]
pub struct Executables {
    /// The provider that is measured.
    pub provider: std::path::PathBuf,
    /// The provider that does no work.
    pub bare: std::path::PathBuf,
    /// What Terraform starts in their place.
    pub shim: std::path::PathBuf,
}

impl Peer {
    /// All of them, in the order in which they take turns.
    pub const ALL: [Self; 6] = [
        Self::Floor,
        Self::FloorAlike,
        Self::Bare,
        Self::BareAlike,
        Self::BackupDestination,
        Self::Archivelog,
    ];
    /// Those that are about the provider.
    pub const OURS: [Self; 2] = [Self::BackupDestination, Self::Archivelog];

    /// What tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "terraform_data",
            Self::FloorAlike => "terraform_data, same values",
            Self::Bare => "bare provider",
            Self::BareAlike => "bare, same attributes",
            Self::BackupDestination => "backup_destination",
            Self::Archivelog => "archivelog",
        }
    }

    /// Whether it talks to a cluster.
    pub fn is_ours(self) -> bool {
        Self::OURS.contains(&self)
    }

    /// The source address of its provider, and the executable; the floor has none.
    pub fn provider(self, executables: &Executables) -> Option<(&'static str, &Path)> {
        match self {
            Self::Floor | Self::FloorAlike => None,
            Self::Bare | Self::BareAlike => Some(("ob-as-code/bare", &executables.bare)),
            Self::BackupDestination | Self::Archivelog => Some(("ob-as-code/oceanbase", &executables.provider)),
        }
    }

    /// The statements that change something, for one create.
    pub fn changes_per_create(self) -> usize {
        match self {
            Self::Floor | Self::FloorAlike | Self::Bare | Self::BareAlike => 0,
            Self::BackupDestination => 1,
            // The destination, and the archiving itself.
            Self::Archivelog => 2,
        }
    }

    /// So many resources, with `count`: an inline `for_each` is evaluated anew for each instance.
    pub fn configuration(self, resources: usize) -> Json {
        let named = |attribute: &str| json!({ "count": resources, attribute: "name-${count.index + 1}" });
        let (kind, each) = match self {
            Self::Floor => ("terraform_data", named("input")),
            Self::FloorAlike => ("terraform_data", json!({ "count": resources, "input": stored() })),
            Self::Bare => ("bare_thing", named("name")),
            Self::BareAlike => ("bare_backup_destination", of_tenant(resources, "data")),
            Self::BackupDestination => ("oceanbase_backup_destination", of_tenant(resources, "data")),
            Self::Archivelog => ("oceanbase_archivelog", of_tenant(resources, "log")),
        };
        let mut configuration = json!({ "resource": { kind: { "each": each } } });
        if let Some((source, name)) = self.source() {
            configuration["terraform"] = json!({ "required_providers": { name: { "source": source } } });
        }
        configuration
    }

    fn source(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Floor | Self::FloorAlike => None,
            Self::Bare | Self::BareAlike => Some(("ob-as-code/bare", "bare")),
            Self::BackupDestination | Self::Archivelog => Some(("ob-as-code/oceanbase", "oceanbase")),
        }
    }
}

const TENANT: &str = r#"${count.index == 0 ? "mysql_tenant" : "mysql_tenant_${count.index + 1}"}"#;

/// All attributes of an `oceanbase_backup_destination`, most of them null or their default, as a state holds them.
fn stored() -> Json {
    let schema = Schema::of::<backup_destination::Model>().expect("the provider has a test for that");
    let storage = schema.attribute("storage").and_then(Attribute::nested);
    let mut storage = defaults(storage.expect("it has attributes of its own"));
    let mut stored = defaults(&schema.attributes);
    storage.extend([
        ("type".to_owned(), json!("nfs")),
        ("path".to_owned(), json!(format!("/data/{TENANT}"))),
    ]);
    stored.extend([
        ("tenant".to_owned(), json!(TENANT)),
        ("storage".to_owned(), Json::Object(storage)),
        ("uri".to_owned(), json!(format!("file:///data/{TENANT}"))),
        ("condition".to_owned(), json!("in sync")),
        ("dest_id".to_owned(), json!(1001)),
    ]);
    Json::Object(stored)
}

fn defaults(attributes: &BTreeMap<Name, Attribute>) -> Map<String, Json> {
    let default = |attribute: &Attribute| attribute.default.as_ref().map_or(Json::Null, Value::to_model_json);
    let defaults = attributes
        .iter()
        .map(|(name, attribute)| (name.to_string(), default(attribute)));
    defaults.collect()
}

/// One for each tenant of the simulated cluster.
fn of_tenant(resources: usize, directory: &str) -> Json {
    let path = format!("/{directory}/{TENANT}");
    json!({ "count": resources, "tenant": TENANT, "storage": { "type": "nfs", "path": path } })
}
