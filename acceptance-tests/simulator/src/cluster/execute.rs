//! Executing the statements of the cluster's own grammar.

mod backup_config;
mod external_storage;
mod log_mode;
mod set_parameter;
mod show_parameters;

use super::statement::Statement;
use super::tenant::{Privileges, Tenant};
use super::{Cluster, Viewer, error};
use crate::answer::{Answer, ServerError};

impl Cluster {
    pub(super) fn answer(&mut self, viewer: &Viewer, statement: Statement) -> Result<Answer, ServerError> {
        match statement {
            Statement::Set(assignments) => self.set(viewer, assignments)?,
            Statement::Reset { name, tenant } => self.reset(viewer, &name, tenant.as_deref())?,
            Statement::LogMode { archiving, tenants } => self.set_log_mode(viewer, archiving, tenants)?,
            Statement::ChangeExternalStorage(change) => self.change_external_storage(viewer, &change)?,
            Statement::CancelBackup { tenants } => self.cancel_backup(viewer, tenants)?,
            Statement::BackupKey if self.capabilities.encryption_at_rest => {
                return Err(error::simulator_lacks("ALTER SYSTEM BACKUP KEY"));
            }
            // The Community Edition knows the words, and refuses them while resolving.
            Statement::BackupKey => return Err(error::parse_error()),
            Statement::ShowParameters { like, tenant } => {
                let table = self.show_parameters(viewer, like.as_ref(), tenant.as_deref())?;
                return Ok(Answer::Rows(table));
            }
            Statement::NotSimulated(what) => return Err(error::simulator_lacks(&what)),
        }
        Ok(Answer::Done)
    }

    /// Nothing running is no error, and what runs goes on for another moment.
    fn cancel_backup(&mut self, viewer: &Viewer, tenants: Option<Vec<String>>) -> Result<(), ServerError> {
        let ids = match tenants {
            Some(_) if !viewer.is_sys() => {
                return Err(error::not_supported(
                    "user tenant cannot specify tenant names not supported",
                ));
            }
            Some(names) => names
                .iter()
                .map(|name| match self.tenant(name) {
                    Some(tenant) if tenant.is_user_tenant() => Ok(tenant.id),
                    Some(_) => Err(error::internal_error()),
                    None => Err(error::unknown_tenant()),
                })
                .collect::<Result<Vec<_>, _>>()?,
            None if viewer.is_sys() => self.tenants.keys().copied().collect(),
            None => vec![viewer.tenant_id],
        };
        self.require_alter_system(viewer)?;
        let now = self.clock.now();
        for id in ids {
            if let Some(tenant) = self.tenants.get_mut(&id) {
                tenant.cancel_backup_jobs(now);
            }
        }
        Ok(())
    }

    fn require_alter_system(&self, viewer: &Viewer) -> Result<(), ServerError> {
        if self.may(viewer, Privileges::AlterSystem) {
            Ok(())
        } else {
            Err(error::needs_alter_system())
        }
    }

    /// Whom a `TENANT` clause means; without one, the session's own tenant.
    fn target(&self, viewer: &Viewer, clause: Option<&str>) -> Result<u64, ServerError> {
        match clause {
            None => Ok(viewer.tenant_id),
            Some(_) if !viewer.is_sys() => Err(error::tenant_clause_denied()),
            Some(name) => self
                .tenant(name)
                .map(|tenant| tenant.id)
                .ok_or_else(error::unknown_tenant),
        }
    }

    /// A user tenant, or the refusal that backup settings of sys get.
    fn user_tenant(&mut self, id: u64) -> Result<&mut Tenant, ServerError> {
        let refused = self.capabilities.sys_refused;
        self.tenants
            .get_mut(&id)
            .filter(|tenant| tenant.is_user_tenant())
            .ok_or_else(|| error::not_supported(refused))
    }
}
