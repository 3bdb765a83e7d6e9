//! What tests and demonstrations do to a cluster from outside: time, faults, drift.

use std::time::Duration;

use super::backup_job::{Lasts, Mishap};
use super::backup_set::FileStatus;
use super::clock::micros;
use super::{AbandonedClaim, Cluster, CompatibilityMode, Pace, StorageFault, TenantStatus};

/// The tenant, or what was looked for in it, does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not exist")]
pub struct NotFound(String);

impl NotFound {
    pub(super) fn tenant(name: &str) -> Self {
        Self(format!("tenant {name}"))
    }
}

/// What can be changed in a storage-info row behind everybody's back. `None` leaves a column as it is.
#[derive(Debug, Clone, Default)]
pub struct StorageInfoEdit {
    /// The whole EXTENSION column, such as `delete_mode=tagging&checksum_type=md5`.
    pub extension: Option<String>,
    /// Operations per second, 0 for no limit.
    pub max_iops: Option<u64>,
    /// Bytes per second, 0 for no limit.
    pub max_bandwidth: Option<u64>,
}

impl Cluster {
    /// Lets virtual time pass, with everything that happens in it.
    pub fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.settle();
    }

    /// Lets changes come about in another way from now on.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Adds a user tenant with an administrator without password; answers its id.
    pub fn add_tenant(&mut self, name: &str, mode: CompatibilityMode) -> u64 {
        let id = self.next_tenant_id;
        self.next_tenant_id += 2;
        self.create_tenant(id, name, mode);
        id
    }

    /// Whether there is a tenant of this name.
    pub fn has_tenant(&self, name: &str) -> bool {
        self.tenant(name).is_some()
    }

    /// Drops a user tenant. What it backed up stays in storage.
    pub fn drop_tenant(&mut self, name: &str) -> Result<(), NotFound> {
        let found = self.tenant(name).filter(|tenant| tenant.is_user_tenant());
        let id = found.ok_or_else(|| NotFound::tenant(name))?.id;
        self.tenant_ids.remove(name);
        self.tenants.remove(&id);
        self.wake_parents();
        Ok(())
    }

    /// Locks or unlocks a tenant. A locked one can be backed up, but not logged in to.
    pub fn lock_tenant(&mut self, name: &str, locked: bool) -> Result<(), NotFound> {
        self.change_tenant(name, |tenant, _| tenant.locked = locked)
    }

    /// Moves a tenant to another point of its life cycle.
    pub fn set_tenant_status(&mut self, name: &str, status: TenantStatus) -> Result<(), NotFound> {
        self.change_tenant(name, |tenant, _| tenant.status = status)
    }

    /// Puts a tenant into the recycle bin, or takes it out.
    pub fn recycle_tenant(&mut self, name: &str, in_recyclebin: bool) -> Result<(), NotFound> {
        self.change_tenant(name, |tenant, _| tenant.in_recyclebin = in_recyclebin)
    }

    /// Gives a tenant snapshots, or takes them all away. They keep the archive from being stopped, from 4.3.0 on.
    pub fn set_snapshots(&mut self, tenant: &str, exist: bool) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| tenant.has_snapshots = exist)
    }

    /// Interrupts the running archive round, as when logs were recycled before they were archived.
    pub fn interrupt_archive(&mut self, tenant: &str, comment: &str) -> Result<(), NotFound> {
        let mut interrupted = false;
        self.change_tenant(tenant, |tenant, now| {
            interrupted = tenant.archive.interrupt(comment);
            tenant.archive.schedule(tenant.archive_dests.get(&0), now);
        })?;
        if interrupted {
            Ok(())
        } else {
            Err(NotFound(format!("a running archive round of tenant {tenant}")))
        }
    }

    /// Makes the next (or current) PREPARE last this long.
    pub fn slow_archive_prepare(&mut self, tenant: &str, lasts: Duration) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, now| {
            tenant.archive.prepare_slowly(micros(lasts));
            tenant.archive.schedule(tenant.archive_dests.get(&0), now);
        })
    }

    /// Keeps the checkpoint of a tenant's archive so far behind from now on.
    pub fn set_archive_lag(&mut self, tenant: &str, lag: Duration) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| tenant.archive.stay_behind(micros(lag)))
    }

    /// The next statement of a tenant that takes a destination into use times out halfway.
    pub fn abandon_next_claim(&mut self, tenant: &str, point: AbandonedClaim) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| tenant.abandoned_claim = Some(point))
    }

    /// Makes the next STOPPING last until the server forces it, after ten minutes.
    pub fn stick_archive_when_stopping(&mut self, tenant: &str) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, now| {
            tenant.archive.stick_when_stopping();
            tenant.archive.schedule(tenant.archive_dests.get(&0), now);
        })
    }

    /// Starts a data backup that runs for so long, unless it is cancelled; answers the job's id.
    pub fn start_backup_job(&mut self, tenant: &str, duration: Duration) -> Result<u64, NotFound> {
        let (now, profile) = (self.clock.now(), self.profile);
        let found = self.tenant_mut(tenant).ok_or_else(|| NotFound::tenant(tenant))?;
        Ok(found.start_pinned_backup(profile, now, now.saturating_add(micros(duration))))
    }

    /// The next backup of a tenant stays DOING until it is ended from outside, or cancelled.
    pub fn hold_next_backup(&mut self, tenant: &str) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| tenant.backups.holds_next = true)
    }

    /// Ends the running backup jobs of a tenant now, and well.
    pub fn end_backup_jobs(&mut self, tenant: &str) -> Result<(), NotFound> {
        let profile = self.profile;
        self.change_tenant(tenant, |tenant, now| tenant.complete_backups(profile, now))
    }

    /// The next backup of a tenant, or a running one, fails with this error, given by its number, when it has been tried again as
    /// often as the server does.
    pub fn fail_next_backup(&mut self, tenant: &str, errno: u16) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| {
            let lasts = Lasts::UntilFailure;
            tenant.backups.mishap = Some(Mishap { errno, lasts });
        })
    }

    /// The next turns of a tenant's backups meet this error, given by its number; those that pass are tried again.
    pub fn trouble_backups(&mut self, tenant: &str, errno: u16, turns: u32) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| {
            let lasts = Lasts::Turns(turns);
            tenant.backups.mishap = (turns > 0).then_some(Mishap { errno, lasts });
        })
    }

    /// Gives the files of a backup set another status.
    pub fn set_file_status(&mut self, tenant: &str, set_id: u64, status: FileStatus) -> Result<(), NotFound> {
        let mut found = false;
        self.change_tenant(tenant, |tenant, _| {
            for set in tenant.backups.sets.iter_mut().filter(|set| set.id == set_id) {
                (set.file_status, found) = (status, true);
            }
        })?;
        if found {
            Ok(())
        } else {
            Err(NotFound(format!("backup set {set_id} of tenant {tenant}")))
        }
    }

    /// Adds a finished copy of a tenant's log to its job history, as releases from 4.4.2.3 on have them.
    pub fn record_log_copy(&mut self, tenant: &str) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, now| tenant.record_log_copy(now))
    }

    /// Makes all backup sets of a tenant look as if an older release had made them.
    pub fn backdate_sets(&mut self, tenant: &str, version: &str) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| {
            for set in &mut tenant.backups.sets {
                version.clone_into(&mut set.tenant_compatible);
            }
        })
    }

    /// Rotates a tenant's master key, as `ALTER INSTANCE ROTATE INNODB MASTER KEY` does.
    pub fn rotate_master_key(&mut self, tenant: &str) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| tenant.encryption.rotate_master_key())
    }

    /// Writes a table into an encrypted tablespace, under the current master key; encryption is switched on for it.
    pub fn encrypt_table(&mut self, tenant: &str, table: &str) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| {
            let method = tenant.parameters.entry("tde_method");
            method.or_insert_with(|| "internal".to_owned());
            tenant.encryption.encrypt_table(table);
        })
    }

    /// Deletes every frozen piece of a tenant's log behind everybody's back.
    pub fn lose_pieces(&mut self, tenant: &str) -> Result<(), NotFound> {
        self.change_tenant(tenant, |tenant, _| {
            for piece in tenant.archive.pieces.iter_mut().filter(|piece| piece.frozen) {
                piece.file_status = FileStatus::Deleted;
            }
        })
    }

    /// Begins or ends an upgrade, during which no backup starts and those that run fail.
    pub fn set_upgrading(&mut self, upgrading: bool) {
        self.settle();
        self.upgrading = upgrading;
    }

    /// Changes the storage-info row of a destination, given as `P` or `P?host=…`.
    pub fn edit_storage_info(
        &mut self,
        tenant: &str,
        destination: &str,
        edit: &StorageInfoEdit,
    ) -> Result<(), NotFound> {
        let found = self.tenant_mut(tenant).ok_or_else(|| NotFound::tenant(tenant))?;
        let row = found
            .storage_info_mut(destination)
            .ok_or_else(|| NotFound(format!("destination {destination} of tenant {tenant}")))?;
        if let Some(extension) = &edit.extension {
            row.extension = extension.split('&').map(str::to_owned).collect();
        }
        row.max_iops = edit.max_iops.unwrap_or(row.max_iops);
        row.max_bandwidth = edit.max_bandwidth.unwrap_or(row.max_bandwidth);
        Ok(())
    }

    /// From now on, storage under this path (with its scheme) fails in this way, or works again.
    pub fn fail_storage(&mut self, path: &str, fault: Option<StorageFault>) {
        self.storage.set_fault(path, fault);
    }

    /// Writes a foreign file into storage.
    pub fn put_file(&mut self, path: &str, content: &str) -> Result<(), StorageFault> {
        self.storage.write(path, content)
    }

    /// Removes a file or directory from storage.
    pub fn remove_files(&mut self, path: &str) -> Result<(), StorageFault> {
        self.storage.remove(path)
    }

    /// Names directly under a directory in storage.
    pub fn list_files(&self, path: &str) -> Result<Vec<String>, StorageFault> {
        self.storage.list(path)
    }

    fn change_tenant(&mut self, name: &str, change: impl FnOnce(&mut super::Tenant, i64)) -> Result<(), NotFound> {
        self.settle();
        let now = self.clock.now();
        let tenant = self.tenant_mut(name).ok_or_else(|| NotFound::tenant(name))?;
        change(tenant, now);
        tenant.modified = now;
        self.wake_parents();
        Ok(())
    }
}
