//! Executing the statements of the cluster's own grammar.

mod backup;
mod backup_config;
mod deletion;
mod encryption;
mod external_storage;
mod log_mode;
mod major_freeze;
mod set_parameter;
mod show_parameters;

use super::session::SessionMemory;
use super::statement::Statement;
use super::tenant::{Privileges, Tenant};
use super::{Cluster, Viewer, error};
use crate::answer::{Answer, ServerError};

impl Cluster {
    pub(super) fn answer(
        &mut self,
        viewer: &Viewer,
        memory: &mut SessionMemory,
        statement: Statement,
    ) -> Result<Answer, ServerError> {
        match statement {
            Statement::Set(assignments) => self.set(viewer, assignments)?,
            Statement::Reset { name, tenant } => self.reset(viewer, &name, tenant.as_deref())?,
            Statement::LogMode { archiving, tenants } => self.set_log_mode(viewer, archiving, tenants)?,
            Statement::ChangeExternalStorage(change) => self.change_external_storage(viewer, &change)?,
            Statement::Backup(statement) => self.backup(viewer, statement, memory.encrypts_backups)?,
            Statement::CancelBackup { tenants } => self.cancel_backup(viewer, tenants.as_deref())?,
            Statement::Delete(statement) => self.delete_backups(viewer, statement)?,
            Statement::DeleteNothing { is_of_one_tenant } => self.delete_nothing(viewer, is_of_one_tenant)?,
            Statement::CancelDeletion { tenants } => self.cancel_deletion(viewer, tenants.as_deref())?,
            Statement::AddPolicy(policy) => self.add_policy(viewer, policy)?,
            Statement::DropPolicy { name, tenants } => self.drop_policy(viewer, &name, tenants.as_deref())?,
            Statement::BackupKey { tenants, path } => self.backup_key(viewer, tenants.as_deref(), &path)?,
            Statement::RotateMasterKey => self.rotate_own_master_key(viewer)?,
            Statement::SetEncryption => self.set_encryption(memory),
            Statement::SetDecryption => self.set_decryption(viewer)?,
            Statement::Freeze(statement) => self.freeze(viewer, memory, &statement)?,
            Statement::ShowParameters { like, tenant } => {
                let table = self.show_parameters(viewer, like.as_ref(), tenant.as_deref())?;
                return Ok(Answer::Rows(table));
            }
            Statement::Refused(error) => return Err(error),
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
