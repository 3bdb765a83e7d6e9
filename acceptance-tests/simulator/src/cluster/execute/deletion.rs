//! `DELETE …` of backups, `CANCEL DELETE BACKUP`, and the policy that does it by itself.

use crate::answer::ServerError;
use crate::cluster::delete_policy::{DeletePolicy, recovery_window};
use crate::cluster::deletion::DeleteRequest;
use crate::cluster::job::Origin;
use crate::cluster::statement::{Deletion, NewPolicy};
use crate::cluster::tenant::SYS;
use crate::cluster::{Cluster, Viewer, error};

const ONLY_POLICY: &str = "default";

impl Cluster {
    /// What is refused, is refused by the job.
    pub(super) fn delete_backups(&mut self, viewer: &Viewer, statement: Deletion) -> Result<(), ServerError> {
        let Deletion { request, tenants } = statement;
        let targets = match tenants {
            Some(names) => Some(self.named_tenants(viewer, &names)?),
            None if !viewer.is_sys() => None,
            None if request == DeleteRequest::Obsolete => {
                let tenants = self.tenants.values().filter(|tenant| tenant.takes_part());
                Some(tenants.map(|tenant| tenant.id).collect())
            }
            None => return Err(needs_a_tenant()),
        };
        self.require_alter_system(viewer)?;
        let now = self.clock.now();
        let starter = if targets.is_some() { SYS } else { viewer.tenant_id };
        if let Some(tenant) = self.tenants.get_mut(&starter) {
            let origin = |id| match targets {
                Some(targets) => Origin::parent(id, targets),
                None => Origin::tenant(starter),
            };
            tenant.start_deletion(origin, request, now);
        }
        Ok(())
    }

    /// No tenant is looked at, not even one that the statement names.
    pub(super) fn delete_nothing(&self, viewer: &Viewer, is_of_one_tenant: bool) -> Result<(), ServerError> {
        if is_of_one_tenant && viewer.is_sys() {
            return Err(needs_a_tenant());
        }
        self.require_alter_system(viewer)?;
        Err(error::not_supported("function is not supported"))
    }

    /// Nothing running is no error.
    pub(super) fn cancel_deletion(&mut self, viewer: &Viewer, tenants: Option<&[String]>) -> Result<(), ServerError> {
        let ids = self.cancelled_tenants(viewer, tenants)?;
        let now = self.clock.now();
        for tenant in self.tenants.values_mut().filter(|tenant| ids.contains(&tenant.id)) {
            tenant.deletions.cancel(now);
        }
        Ok(())
    }

    pub(super) fn add_policy(&mut self, viewer: &Viewer, policy: NewPolicy) -> Result<(), ServerError> {
        let id = self.owner_of_policy(viewer, &policy.name, policy.tenants.as_deref())?;
        match &policy.recovery_window {
            Some(window) if recovery_window(window).is_none() => {
                return Err(error::not_supported(
                    "recovery window is not be time string not supported",
                ));
            }
            Some(_) => {}
            None if policy.redundancy.is_none() => {
                return Err(error::not_supported(
                    "Neither recovery_window nor redundancy is set not supported",
                ));
            }
            None if policy.redundancy != Some(1) => {
                return Err(error::not_supported("Redundancy not equal to 1 is not supported"));
            }
            None => {}
        }
        self.require_alter_system(viewer)?;
        let (capabilities, now) = (self.capabilities, self.clock.now());
        let tenant = self.tenants.get_mut(&id).ok_or_else(error::unknown_tenant)?;
        if tenant.delete_policy.is_some() {
            return Err(match capabilities.deletes_on_demand {
                true => error::entry_exist(),
                false => error::duplicate_entry(&format!("{id}-{ONLY_POLICY}")),
            });
        }
        tenant.delete_policy = Some(DeletePolicy {
            name: policy.name,
            recovery_window: policy.recovery_window.unwrap_or_default(),
        });
        tenant.deletions.clean_up_hourly(true, now);
        Ok(())
    }

    pub(super) fn drop_policy(
        &mut self,
        viewer: &Viewer,
        name: &str,
        tenants: Option<&[String]>,
    ) -> Result<(), ServerError> {
        let id = self.owner_of_policy(viewer, name, tenants)?;
        self.require_alter_system(viewer)?;
        let (capabilities, now) = (self.capabilities, self.clock.now());
        let tenant = self.tenants.get_mut(&id).ok_or_else(error::unknown_tenant)?;
        if tenant.delete_policy.take().is_none() && capabilities.deletes_on_demand {
            return Err(error::entry_not_exist("Entry not exist"));
        }
        tenant.deletions.clean_up_hourly(false, now);
        Ok(())
    }

    /// Exactly one user tenant: the session's own, or the one that sys names.
    fn owner_of_policy(&self, viewer: &Viewer, policy: &str, tenants: Option<&[String]>) -> Result<u64, ServerError> {
        if policy == "log_only" && self.capabilities.deletes_on_demand {
            return Err(error::simulator_lacks("a log_only policy"));
        }
        if policy != ONLY_POLICY {
            return Err(error::not_supported(
                "The policy name is not 'default', it is not supported",
            ));
        }
        let amount = |much: &str| {
            error::not_supported(format!(
                "Too {much} tenant names specified, only one tenant name can be specified not supported"
            ))
        };
        match tenants {
            None if viewer.is_sys() => Err(amount("little")),
            None => Ok(viewer.tenant_id),
            Some(names) => match self.named_tenants(viewer, names)?.as_slice() {
                [id] => Ok(*id),
                _ => Err(amount("many")),
            },
        }
    }
}

fn needs_a_tenant() -> ServerError {
    error::not_supported("need to specify a tenant name not supported")
}
