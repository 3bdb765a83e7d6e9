//! `ALTER SYSTEM ARCHIVELOG | NOARCHIVELOG`: flips the wish at once; the rounds follow by themselves.

use std::collections::BTreeSet;

use crate::answer::ServerError;
use crate::cluster::profile::Capabilities;
use crate::cluster::tenant::{Tenant, TenantStatus};
use crate::cluster::{Cluster, Viewer, error};

impl Cluster {
    pub(super) fn set_log_mode(
        &mut self,
        viewer: &Viewer,
        archiving: bool,
        tenants: Option<Vec<String>>,
    ) -> Result<(), ServerError> {
        if !viewer.is_sys() {
            if tenants.is_some() {
                return Err(error::tenant_clause_denied());
            }
            self.require_alter_system(viewer)?;
            return self.flip_log_mode(viewer.tenant_id, archiving);
        }
        let ids = self.listed_tenants(tenants.unwrap_or_default())?;
        self.require_alter_system(viewer)?;
        let mut last = Ok(());
        for id in ids {
            last = self.flip_log_mode(id, archiving);
        }
        // ARCHIVELOG from sys swallows what went wrong; NOARCHIVELOG tells how the last tenant fared.
        if archiving { Ok(()) } else { last }
    }

    /// The tenants of a list; all that take part when it is empty.
    fn listed_tenants(&self, names: Vec<String>) -> Result<Vec<u64>, ServerError> {
        let is = |name: &String, word: &str| name.eq_ignore_ascii_case(word);
        let is_group = |name: &String| ["all", "all_user", "all_meta"].iter().any(|word| is(name, word));
        for name in names.iter().filter(|name| !is_group(name)) {
            self.tenant(name).ok_or_else(error::unknown_tenant)?;
        }
        if names.len() > 1 && names.iter().any(is_group) {
            return Err(error::not_supported(
                "all/all_user/all_meta in combination with other names is not supported",
            ));
        }
        if names.iter().any(|name| is(name, "all_user") || is(name, "all_meta")) {
            return Err(error::not_supported(
                "use all_user/all_meta in 'ALTER SYSTEM ARCHIVELOG' syntax is not supported",
            ));
        }
        if names.iter().all(|name| is(name, "all")) {
            let all = self.tenants.values().filter(|tenant| tenant.takes_part());
            return Ok(all.map(|tenant| tenant.id).collect());
        }
        let mut seen = BTreeSet::new();
        let mut ids = Vec::new();
        for name in &names {
            let tenant = self.tenant(name).ok_or_else(error::unknown_tenant)?;
            if !seen.insert(tenant.id) {
                return Err(error::not_supported(format!(
                    "duplicate tenant {name} is not supported"
                )));
            }
            ids.push(tenant.id);
        }
        Ok(ids)
    }

    fn flip_log_mode(&mut self, id: u64, archiving: bool) -> Result<(), ServerError> {
        let capabilities = self.capabilities;
        let tenant = self
            .tenants
            .get_mut(&id)
            .filter(|tenant| tenant.is_user_tenant())
            .ok_or_else(error::not_supported_feature)?;
        check_flip(tenant, archiving, capabilities)?;
        tenant.archive.archiving = archiving;
        self.schedule_archive(id);
        Ok(())
    }
}

fn check_flip(tenant: &Tenant, archiving: bool, capabilities: &Capabilities) -> Result<(), ServerError> {
    if tenant.status != TenantStatus::Normal {
        return Err(error::cannot_start_archive());
    }
    match (archiving, tenant.archive.archiving) {
        (true, true) => Err(error::already_in_archive_mode()),
        (false, false) => Err(error::already_in_noarchive_mode()),
        (false, true) if tenant.has_snapshots && capabilities.tenant_snapshots => Err(error::operation_not_allowed(
            "tenant snapshots exist, close log archive not allowed",
        )),
        _ => Ok(()),
    }
}
