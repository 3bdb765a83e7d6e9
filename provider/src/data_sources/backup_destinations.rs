//! `oceanbase_backup_destinations`: where tenants keep their backups, and kept them.
//!
//! Reads `CDB_OB_BACKUP_STORAGE_INFO`, `CDB_OB_BACKUP_PARAMETER` and `CDB_OB_ARCHIVE_DEST`.

use super::asked_for;
use crate::{
    cluster::{
        Error, RawUri, Snapshot, Tenant, TenantName,
        records::{StorageRecord, StorageRecords},
    },
    queried::Query,
    values::destination::Destination,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where tenants keep their backups, and where they kept them: the server remembers every destination that a tenant ever had,
/// and its backups may still be there.
///
/// `last_check_at` moves by itself: in an output it makes every plan differ.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Only destinations of this tenant.
    pub tenant: Option<TenantName>,
    /// Leaves out destinations that are no longer used.
    #[serde(default)]
    pub in_use_only: bool,
    /// The destinations, by tenant and number.
    #[schemars(extend("readOnly" = true))]
    pub destinations: Option<Vec<Entry>>,
}

/// A destination.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Entry {
    /// The tenant.
    #[schemars(extend("readOnly" = true))]
    pub tenant: String,
    /// What for: `data`, `archivelog`, `key`, `restore_data` or `restore_log`.
    #[schemars(extend("readOnly" = true))]
    pub purpose: String,
    /// Number by which jobs, sets and pieces refer to it.
    #[schemars(extend("readOnly" = true))]
    pub dest_id: i64,
    /// URI without its key.
    #[schemars(extend("readOnly" = true))]
    pub uri: String,
    /// Whether data backups or archived log go there now; false for the other purposes.
    #[schemars(extend("readOnly" = true))]
    pub in_use: bool,
    /// When the server last tried it with success, as RFC 3339 in UTC; null when it never did.
    #[schemars(extend("readOnly" = true))]
    pub last_check_at: Option<String>,
}

/// The data source.
pub struct Destinations;

impl Query for Destinations {
    const NAME: &'static str = "oceanbase_backup_destinations";
    type Model = Model;
    type Records = Arc<StorageRecords>;

    fn answer(model: Model, snapshot: &Snapshot, records: &Arc<StorageRecords>) -> Result<Model, Error> {
        let is_asked_for = asked_for(snapshot, model.tenant.as_ref())?;
        let mut entries: Vec<Entry> = records
            .rows
            .iter()
            .filter_map(|row| Some(entry(snapshot.tenant_by_id(row.tenant_id)?, row)))
            .filter(|entry| is_asked_for(&entry.tenant))
            .filter(|entry| entry.in_use || !model.in_use_only)
            .collect();
        entries.sort_by(|one, other| (&one.tenant, one.dest_id).cmp(&(&other.tenant, other.dest_id)));
        Ok(Model {
            destinations: Some(entries),
            ..model
        })
    }
}

fn entry(tenant: &Tenant, row: &StorageRecord) -> Entry {
    let destination = Destination::parse(&row.uri).ok();
    let archive = tenant
        .archive_destination
        .as_ref()
        .and_then(|archive| archive.path.as_ref());
    let (purpose, present) = match row.kind.as_str() {
        "backup_data" => ("data", tenant.backup_destination.as_ref()),
        "archive_log" => ("archivelog", archive),
        "backup_key" => ("key", None),
        other => (other, None),
    };
    Entry {
        tenant: tenant.name.to_string(),
        purpose: purpose.to_owned(),
        dest_id: row.dest_id,
        in_use: destination
            .as_ref()
            .is_some_and(|destination| is_at(destination, present)),
        uri: destination.map_or_else(|| row.uri.to_string(), |destination| destination.public_uri()),
        last_check_at: row.last_check.map(|time| time.to_string()),
    }
}

/// Whether the destination that is set now is at the same place.
fn is_at(destination: &Destination, present: Option<&RawUri>) -> bool {
    present
        .filter(|uri| !uri.is_empty())
        .and_then(|uri| Destination::parse(uri).ok())
        .is_some_and(|present| present.location == destination.location)
}
