//! `ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST`: new credentials or limits for a destination that is in use.

use crate::answer::ServerError;
use crate::cluster::destination::{Authorization, Scheme, bandwidth, check_locality, iops, value};
use crate::cluster::profile::Capabilities;
use crate::cluster::statement::ExternalStorageChange;
use crate::cluster::storage_info::StorageInfo;
use crate::cluster::{Cluster, Viewer, error};

impl Cluster {
    /// Needs no privilege, and does not care whether a backup or archive runs.
    pub(super) fn change_external_storage(
        &mut self,
        viewer: &Viewer,
        change: &ExternalStorageChange,
    ) -> Result<(), ServerError> {
        if change.access_info.is_none() && change.attribute.is_none() {
            return Err(error::invalid_argument());
        }
        if viewer.is_sys() {
            return Err(error::not_supported(
                " using the syntax under sys tenant or meta tenant is not supported",
            ));
        }
        let mut row = self
            .tenants
            .get(&viewer.tenant_id)
            .and_then(|tenant| tenant.storage_info(&change.path))
            .cloned()
            .ok_or_else(|| error::entry_not_exist("the path does not exist"))?;
        if let Some(access_info) = &change.access_info {
            row.authorization = new_authorization(access_info, &row)?;
        }
        if let Some(attribute) = &change.attribute {
            change_attributes(attribute, &mut row, self.capabilities)?;
        }
        self.store_changed(viewer.tenant_id, row)
    }

    /// Tests the destination, then writes the row and every setting that shows its credentials.
    fn store_changed(&mut self, tenant_id: u64, mut row: StorageInfo) -> Result<(), ServerError> {
        let capabilities = self.capabilities;
        let (claimant, tenant, storage) = self.claimant(tenant_id)?;
        let identity = row.identity();
        claimant.check_format(tenant, storage, &identity, row.dest_id, row.dest_type)?;
        let scheme = Scheme::of(&row.path).unwrap_or(Scheme::File);
        (row.check_file_name, _) = claimant
            .check_connectivity(tenant, storage, &identity)
            .map_err(|fault| claimant.storage_error(scheme, fault))?;
        row.last_check = claimant.now;
        let authorization = row.authorization.text(capabilities);
        let rebuilt = value(&row.path, &row.endpoint, &authorization, &row.parameter_extension());
        tenant.rewrite_destination(&identity, &rebuilt);
        tenant.replace_storage_info(row);
        Ok(())
    }
}

fn new_authorization(access_info: &str, row: &StorageInfo) -> Result<Authorization, ServerError> {
    let (mut access_id, mut access_key) = (String::new(), String::new());
    for token in access_info.split('&').filter(|token| !token.is_empty()) {
        match token.split_once('=') {
            Some(("access_id", _)) => token.clone_into(&mut access_id),
            Some(("access_key", _)) => token.clone_into(&mut access_key),
            _ => return Err(error::incorrect_arguments_to("input access")),
        }
    }
    let missing = |token: &str, key: &str| token.len() <= key.len();
    if missing(&access_id, "access_id=") || missing(&access_key, "access_key=") {
        return Err(error::incorrect_arguments_to(
            "reset ak/sk, access_id or access_key is null",
        ));
    }
    match row.authorization {
        Authorization::None => Err(error::not_supported("reset ak/sk of nfs path not supported")),
        // Two blanks, as the server has them.
        Authorization::Role { .. } => Err(error::not_supported(
            "reset ak/sk of path with assume role mode  not supported",
        )),
        Authorization::AccessKey { .. } => Ok(Authorization::AccessKey { access_id, access_key }),
    }
}

/// A limit that is left out becomes 0, which is none.
fn change_attributes(attribute: &str, row: &mut StorageInfo, capabilities: &Capabilities) -> Result<(), ServerError> {
    (row.max_iops, row.max_bandwidth) = (0, 0);
    for token in attribute.split('&').filter(|token| !token.is_empty()) {
        match token.split_once('=') {
            Some(("max_iops", number)) => row.max_iops = iops(number)?,
            Some(("max_bandwidth", capacity)) => row.max_bandwidth = bandwidth(capacity)?,
            Some((key @ ("zone" | "idc" | "region"), places)) if capabilities.uri_keys.contains(&key) => {
                check_locality(key, places)?;
                row.extension = row.parameter_extension();
                row.extension.push(token.to_owned());
            }
            other => {
                let key = other.map_or(token, |(key, _)| key);
                return Err(error::not_supported(format!(
                    "key '{key}' does not exist, changing '{key}' is not supported"
                )));
            }
        }
    }
    Ok(())
}
