//! Executing the statements of the cluster's own grammar.

mod backup;
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
            Statement::Backup(statement) => self.backup(viewer, statement, false)?,
            Statement::CancelBackup { tenants } => self.cancel_backup(viewer, tenants.as_deref())?,
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
