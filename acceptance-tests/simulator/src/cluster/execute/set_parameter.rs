//! `ALTER SYSTEM SET` and `RESET`.

use super::backup_config::BackupItem;
use crate::answer::ServerError;
use crate::cluster::archive_dest::duration;
use crate::cluster::destination::Scheme;
use crate::cluster::parameters::{Definition, known};
use crate::cluster::statement::Assignment;
use crate::cluster::tenant::Tenant;
use crate::cluster::{Cluster, Viewer, error};

const MINUTE: i64 = 60_000_000;

/// A parameter with everything about it looked up that can fail before anything is executed.
struct Resolved {
    definition: &'static Definition,
    targets: Vec<u64>,
    value: String,
}

impl Cluster {
    pub(super) fn set(&mut self, viewer: &Viewer, assignments: Vec<Assignment>) -> Result<(), ServerError> {
        let backup_item = |assignment: &Assignment| BackupItem::named(&assignment.name);
        let backup_items: Vec<BackupItem> = assignments.iter().filter_map(backup_item).collect();
        if backup_items.is_empty() {
            return self.set_parameters(viewer, assignments);
        }
        if backup_items.len() < assignments.len() {
            return Err(error::not_supported(
                "backup configuration items cannot be set together with non data backup configuration items not \
                 supported",
            ));
        }
        // They take effect one after the other, and the first failure stops.
        for (item, assignment) in backup_items.into_iter().zip(assignments) {
            let tenant = assignment.tenant.as_deref();
            if tenant.is_none() && viewer.is_sys() {
                return Err(error::not_supported(self.capabilities.sys_refused));
            }
            let target = self.target(viewer, tenant)?;
            self.require_alter_system(viewer)?;
            self.set_backup_item(item, target, &assignment.value)?;
        }
        Ok(())
    }

    fn set_parameters(&mut self, viewer: &Viewer, assignments: Vec<Assignment>) -> Result<(), ServerError> {
        let resolved = assignments
            .into_iter()
            .map(|assignment| self.resolve(viewer, assignment))
            .collect::<Result<Vec<_>, _>>()?;
        self.require_alter_system(viewer)?;
        for Resolved {
            definition,
            targets,
            value,
        } in resolved
        {
            self.set_parameter(definition, &targets, &value)?;
        }
        Ok(())
    }

    fn resolve(&self, viewer: &Viewer, assignment: Assignment) -> Result<Resolved, ServerError> {
        let Assignment { name, value, tenant } = assignment;
        let definition = known(&name, self.capabilities)?;
        if definition.name == "cluster_id" {
            return Err(error::operation_not_allowed(
                "alter the parameter cluster_id not allowed",
            ));
        }
        Ok(Resolved {
            targets: self.parameter_targets(viewer, definition, tenant.as_deref())?,
            definition,
            value,
        })
    }

    /// Whose parameter is meant; nobody's for one of the cluster.
    fn parameter_targets(
        &self,
        viewer: &Viewer,
        definition: &Definition,
        tenant: Option<&str>,
    ) -> Result<Vec<u64>, ServerError> {
        if !definition.is_tenant_level(self.capabilities) {
            // From sys, a tenant may be named, and makes no difference.
            return match tenant.map(str::to_ascii_lowercase).as_deref() {
                _ if !viewer.is_sys() => Err(error::tenant_clause_denied()),
                None | Some("all" | "all_user" | "all_meta") => Ok(Vec::new()),
                Some(_) => self.target(viewer, tenant).map(|_| Vec::new()),
            };
        }
        let group = tenant.filter(|_| viewer.is_sys()).map(str::to_ascii_lowercase);
        match group.as_deref() {
            Some("all" | "all_meta") if definition.name == "archive_lag_target" => Err(error::not_supported(
                "use all/all_meta in 'ALTER SYSTEM SET ARCHIVE_LAG_TARGET' syntax is not supported",
            )),
            Some("all") => Ok(self.tenants.keys().copied().collect()),
            Some("all_user") => Ok(self.user_tenants().map(|tenant| tenant.id).collect()),
            // META tenants have parameters of their own, which nothing here shows.
            Some("all_meta") => Ok(Vec::new()),
            _ => self.target(viewer, tenant).map(|id| vec![id]),
        }
    }

    fn user_tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values().filter(|tenant| tenant.is_user_tenant())
    }

    fn set_parameter(
        &mut self,
        definition: &'static Definition,
        targets: &[u64],
        value: &str,
    ) -> Result<(), ServerError> {
        if definition.name == "archive_lag_target" {
            self.check_lag_target(targets, value)?;
        }
        definition.check(value)?;
        if !definition.is_tenant_level(self.capabilities) {
            self.parameters.insert(definition.name, value.to_owned());
        }
        for id in targets {
            if let Some(tenant) = self.tenants.get_mut(id) {
                tenant.parameters.insert(definition.name, value.to_owned());
            }
        }
        Ok(())
    }

    /// Later releases look at the destination before they look at the range.
    fn check_lag_target(&self, targets: &[u64], value: &str) -> Result<(), ServerError> {
        if !self.capabilities.lag_follows_destination {
            return Ok(());
        }
        let Some(lag) = duration(value) else {
            return Err(error::operation_not_allowed("Operation not allowed now"));
        };
        let targets = targets.iter().filter_map(|id| self.tenants.get(id));
        for tenant in targets.filter(|tenant| tenant.is_user_tenant()) {
            let dest = tenant.archive_dests.get(&0).filter(|dest| dest.path.is_some());
            let Some(dest) = dest else {
                return Err(error::operation_not_allowed(
                    "log_archive_dest has not been set, set archive_lag_target is not allowed",
                ));
            };
            if lag < MINUTE && dest.identity.starts_with(Scheme::S3.prefix()) {
                return Err(error::operation_not_allowed(
                    "set archive_lag_target smaller than 60s when log_archive_dest is S3 is not allowed",
                ));
            }
        }
        Ok(())
    }

    /// Backup settings are unknown here: they are no parameters.
    pub(super) fn reset(&mut self, viewer: &Viewer, name: &str, tenant: Option<&str>) -> Result<(), ServerError> {
        let definition = known(name, self.capabilities)?;
        let targets = self.parameter_targets(viewer, definition, tenant)?;
        self.require_alter_system(viewer)?;
        definition.check(&self.parameter_default(definition))?;
        if !definition.is_tenant_level(self.capabilities) {
            self.parameters.remove(definition.name);
        }
        for id in targets {
            if let Some(tenant) = self.tenants.get_mut(&id) {
                tenant.parameters.remove(definition.name);
            }
        }
        Ok(())
    }
}
