//! `SET ENCRYPTION`, `SET DECRYPTION`, `BACKUP KEY`, and the rotation of master keys.

use crate::answer::ServerError;
use crate::cluster::session::SessionMemory;
use crate::cluster::storage_info::DestType;
use crate::cluster::{Cluster, Viewer, error};

impl Cluster {
    /// Holds for the backups of this session.
    pub(super) fn set_encryption(&self, memory: &mut SessionMemory) {
        memory.encrypts_backups = true;
    }

    /// Without restores, nothing asks for the passwords; but not everybody may name them.
    pub(super) fn set_decryption(&self, viewer: &Viewer) -> Result<(), ServerError> {
        if viewer.is_sys() {
            self.require_alter_system(viewer)
        } else {
            Err(error::needs_alter_system())
        }
    }

    /// Exports the keys of one tenant to a place of their own. What is left out means the session's tenant, even if that is
    /// sys.
    pub(super) fn backup_key(
        &mut self,
        viewer: &Viewer,
        tenants: Option<&[String]>,
        path: &str,
    ) -> Result<(), ServerError> {
        if !self.capabilities.encryption_at_rest {
            // The Community Edition knows the words, and refuses them while resolving.
            return Err(error::parse_error());
        }
        let target = match tenants {
            None => viewer.tenant_id,
            Some(_) if !viewer.is_sys() => {
                return Err(error::not_supported(
                    "user tenant cannot specify tenant names not supported",
                ));
            }
            Some([name]) => self.tenant(name).ok_or_else(error::unknown_tenant)?.id,
            Some(_) => {
                return Err(error::incorrect_arguments_to("tenant list, count of tenants must be 1"));
            }
        };
        self.require_alter_system(viewer)?;
        let destination = self
            .parse_destination(target, path)?
            .ok_or_else(error::invalid_destination)?;
        let scheme = destination.scheme;
        self.claim(target, &destination, DestType::BackupKey)?;
        let (claimant, tenant, storage) = self.claimant(target)?;
        let file = format!(
            "{}/master_key_{}.obbak",
            destination.path, tenant.encryption.master_key_id
        );
        storage
            .write(&file, "")
            .map_err(|fault| claimant.storage_error(scheme, fault))
    }

    /// For the session's own tenant.
    pub(super) fn rotate_own_master_key(&mut self, viewer: &Viewer) -> Result<(), ServerError> {
        self.require_alter_system(viewer)?;
        if !self.capabilities.encryption_at_rest {
            return Err(error::not_supported_feature());
        }
        let tenant = self
            .tenants
            .get_mut(&viewer.tenant_id)
            .ok_or_else(error::unknown_tenant)?;
        if tenant.parameter("tde_method") == "none" {
            return Err(error::encryption_is_off());
        }
        tenant.encryption.rotate_master_key();
        Ok(())
    }
}
