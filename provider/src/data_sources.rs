//! The data sources, one file each.

pub mod archivelog_status;
pub mod backup_destinations;
pub mod backup_health;
pub mod backup_jobs;
pub mod backup_sets;
pub mod cluster;
pub mod delete_jobs;
pub mod delete_policy;
pub mod restore_window;
pub mod tenants;

use crate::cluster::{Error, Snapshot, TenantName};

/// `BACKUP_TYPE` as practitioners write it.
fn type_name(backup_type: &str) -> String {
    match backup_type {
        "INC" => "incremental".to_owned(),
        // Versions to come may add others.
        other => other.to_lowercase(),
    }
}

/// Tells by its name whether a tenant is asked for: this one, or any. A filter by a tenant that is not there would find nothing, as
/// if all were well.
fn asked_for(snapshot: &Snapshot, tenant: Option<&TenantName>) -> Result<impl Fn(&str) -> bool + use<>, Error> {
    if let Some(tenant) = tenant {
        snapshot.tenant_named(tenant)?;
    }
    let tenant = tenant.cloned();
    Ok(move |name: &str| tenant.as_ref().is_none_or(|tenant| tenant.as_str() == name))
}

/// Whose a row is: the name of a user tenant, or `sys`.
fn owner_name(snapshot: &Snapshot, tenant_id: i64) -> Option<String> {
    match tenant_id {
        crate::cluster::records::SYS => Some("sys".to_owned()),
        // A tenant that is being dropped has rows, but no name any more.
        _ => snapshot.tenant_by_id(tenant_id).map(|tenant| tenant.name.to_string()),
    }
}
