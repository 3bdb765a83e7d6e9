//! What practitioners meet beyond the life of a single resource: mistakes, other people's settings, logins, lost
//! connections, encryption, secrets, and large clusters.

#![expect(clippy::unwrap_used, reason = "what is not as it should be fails the test")]

mod adoption;
mod backup_key;
mod backup_run;
mod bad_input;
mod connecting;
mod cost;
mod encryption;
mod failover;
mod health;
mod logins;
mod messages;
mod protocol;
mod read_back;
mod rotation;
mod secrets;
mod stopping;
mod validation;
mod waiting;
mod walk_through;

use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};

/// Both resources of one tenant, each in a directory of its own.
pub(crate) fn protected(tenant: &str) -> Json {
    json!({ "resource": {
        "oceanbase_archivelog": { "it": archivelog(tenant) },
        "oceanbase_backup_destination": { "it": destination(tenant) },
    } })
}

pub(crate) fn archivelog(tenant: &str) -> Json {
    json!({ "tenant": tenant, "storage": { "type": "nfs", "path": format!("/backup/{tenant}/log") } })
}

pub(crate) fn destination(tenant: &str) -> Json {
    json!({ "tenant": tenant, "storage": { "type": "nfs", "path": format!("/backup/{tenant}/data") } })
}

/// The configuration of a resource, with these attributes instead of its own.
pub(crate) fn with(config: &Json, attributes: Json) -> Json {
    let mut config = config.clone();
    for (name, value) in attributes.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

/// A cluster, and a Terraform that is configured for it.
pub(crate) fn prepared(profile: Profile, rest: &Json) -> (Cluster, Terraform) {
    let cluster = Cluster::start(profile);
    let terraform = Terraform::new();
    terraform.configure(&cluster.provider_block(), rest);
    (cluster, terraform)
}
