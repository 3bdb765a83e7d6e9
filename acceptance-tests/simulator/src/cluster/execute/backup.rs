//! `ALTER SYSTEM BACKUP` and `CANCEL BACKUP`.

use std::collections::BTreeSet;

use crate::answer::ServerError;
use crate::cluster::archive::RoundStatus;
use crate::cluster::backup_job::{BackupRequest, BackupType};
use crate::cluster::job::Origin;
use crate::cluster::root_service::Event;
use crate::cluster::statement::{Backup, BackupScope};
use crate::cluster::tenant::{SYS, Tenant};
use crate::cluster::{Cluster, TenantStatus, Viewer, error};

impl Cluster {
    /// The statement answers when the job has been written; what the destination is like turns out later.
    pub(super) fn backup(&mut self, viewer: &Viewer, statement: Backup, has_password: bool) -> Result<(), ServerError> {
        let targets = self.backup_targets(viewer, &statement)?;
        self.require_alter_system(viewer)?;
        let request = BackupRequest {
            backup_type: statement.backup_type,
            plus_archivelog: statement.plus_archivelog,
            description: statement.description,
            has_password,
        };
        let started = match targets {
            Targets::Itself => self.backup_tenant(viewer.tenant_id, request),
            Targets::Listed(ids) => self.backup_listed(ids, request),
            Targets::Eligible => self.backup_eligible(request),
        };
        if let Err(refused) = &started {
            let event = Event::start_failed(viewer.tenant_id, refused.errno, self.clock.now());
            self.events.push(event);
        }
        started
    }

    /// What can be told without looking at any tenant's state.
    fn backup_targets(&self, viewer: &Viewer, statement: &Backup) -> Result<Targets, ServerError> {
        let targets = match &statement.scope {
            None => return Err(error::not_supported("No tenant name specified not supported")),
            Some(BackupScope::Tenants(names)) => Targets::Listed(self.named_tenants(viewer, names)?),
            Some(BackupScope::Database) if viewer.is_sys() => Targets::Eligible,
            Some(BackupScope::Database) => Targets::Itself,
        };
        if statement.has_path {
            return Err(error::not_supported(
                "backup do not support using specify path not supported",
            ));
        }
        // It is put into another statement as it is, and a quote ends the literal there.
        if statement.description.contains(['\'', '\\']) {
            return Err(error::parse_error());
        }
        Ok(targets)
    }

    fn backup_tenant(&mut self, id: u64, request: BackupRequest) -> Result<(), ServerError> {
        let incremental = request.backup_type == BackupType::Incremental;
        self.refusal(id, id)?;
        if incremental {
            self.check_compatibility(id)?;
        }
        let (now, profile) = (self.clock.now(), self.profile);
        if let Some(tenant) = self.tenants.get_mut(&id) {
            tenant.start_backup(Origin::tenant(id), request, profile, now);
        }
        Ok(())
    }

    /// The first tenant that is refused fails the statement, before anything has started.
    fn backup_listed(&mut self, ids: Vec<u64>, request: BackupRequest) -> Result<(), ServerError> {
        for id in &ids {
            let tenant = self.tenants.get(id).ok_or_else(error::unknown_tenant)?;
            check_status(tenant)?;
            check_archive(tenant)?;
            check_running(tenant, SYS)?;
            if !tenant.has_data_backup_dest() {
                return Err(error::backup_can_not_start("backup dest is not set."));
            }
            self.check_upgrade()?;
            if request.backup_type == BackupType::Incremental {
                self.check_compatibility(*id)?;
            }
        }
        self.start_parent(ids, request);
        Ok(())
    }

    /// Tenants that do not qualify are left out silently.
    fn backup_eligible(&mut self, request: BackupRequest) -> Result<(), ServerError> {
        self.check_upgrade()?;
        let ids = self.tenants.values().filter(|tenant| tenant.takes_part());
        let ids = ids.map(|tenant| tenant.id).filter(|id| self.refusal(*id, SYS).is_ok());
        let ids: Vec<u64> = ids.collect();
        if ids.is_empty() {
            return Err(error::backup_can_not_start(
                "no tenant meets the backup condition, please check the tenant status, log archive status, backup data \
                 dest, and backup status for each tenant",
            ));
        }
        self.start_parent(ids, request);
        Ok(())
    }

    fn start_parent(&mut self, executors: Vec<u64>, request: BackupRequest) {
        let now = self.clock.now();
        if let Some(sys) = self.tenants.get_mut(&SYS) {
            sys.start_parent(executors, request, now);
        }
    }

    /// The conditions of a backup, in the server's order.
    pub(in crate::cluster) fn refusal(&self, id: u64, initiator: u64) -> Result<(), ServerError> {
        let tenant = self.tenants.get(&id).ok_or_else(error::unknown_tenant)?;
        if !tenant.has_data_backup_dest() {
            return Err(error::backup_can_not_start_at_all());
        }
        check_status(tenant)?;
        check_running(tenant, initiator)?;
        check_archive(tenant)?;
        self.check_upgrade()
    }

    fn check_upgrade(&self) -> Result<(), ServerError> {
        if self.upgrading {
            Err(error::backup_can_not_start("cluster upgrading"))
        } else {
            Ok(())
        }
    }

    /// Newer releases refuse to add to a set of another data version.
    fn check_compatibility(&self, id: u64) -> Result<(), ServerError> {
        let current = self.profile.version();
        let full = self.tenants.get(&id).and_then(Tenant::full_to_add_to);
        match full {
            Some(full) if self.capabilities.refuses_cross_version_incremental && full.tenant_compatible != current => {
                Err(error::backup_can_not_start(&format!(
                    "cross compatible incremental backup is not supported, previous backup set compatible is {}, \
                     current compatible is {current}",
                    full.tenant_compatible
                )))
            }
            _ => Ok(()),
        }
    }

    /// Nothing running is no error, and what runs goes on for another moment.
    pub(super) fn cancel_backup(&mut self, viewer: &Viewer, tenants: Option<&[String]>) -> Result<(), ServerError> {
        let ids = self.cancelled_tenants(viewer, tenants)?;
        let now = self.clock.now();
        for tenant in self.tenants.values_mut().filter(|tenant| ids.contains(&tenant.id)) {
            tenant.backups.cancel(now);
        }
        Ok(())
    }

    /// Whose jobs a CANCEL is about: from sys, without a list, everybody's.
    pub(super) fn cancelled_tenants(
        &self,
        viewer: &Viewer,
        tenants: Option<&[String]>,
    ) -> Result<Vec<u64>, ServerError> {
        let ids = match tenants {
            Some(names) => self.named_tenants(viewer, names)?,
            None if viewer.is_sys() => self.tenants.keys().copied().collect(),
            None => vec![viewer.tenant_id],
        };
        self.require_alter_system(viewer)?;
        Ok(ids)
    }

    /// The user tenants of a list, which is for sys alone, each once.
    pub(super) fn named_tenants(&self, viewer: &Viewer, names: &[String]) -> Result<Vec<u64>, ServerError> {
        if !viewer.is_sys() {
            return Err(error::not_supported(
                "user tenant cannot specify tenant names not supported",
            ));
        }
        let mut ids = Vec::new();
        for name in names {
            match self.tenant(name) {
                Some(tenant) if tenant.is_user_tenant() => ids.push(tenant.id),
                Some(_) => return Err(error::internal_error()),
                None => return Err(error::unknown_tenant()),
            }
        }
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(*id));
        Ok(ids)
    }
}

fn check_status(tenant: &Tenant) -> Result<(), ServerError> {
    match tenant.status {
        TenantStatus::Normal => Ok(()),
        _ => Err(error::backup_can_not_start("tenant status is not normal.")),
    }
}

fn check_running(tenant: &Tenant, initiator: u64) -> Result<(), ServerError> {
    if tenant.backups.runs_for(initiator) {
        Err(error::backup_in_progress())
    } else {
        Ok(())
    }
}

fn check_archive(tenant: &Tenant) -> Result<(), ServerError> {
    match tenant.archive.round.as_ref().map(|round| round.status) {
        Some(RoundStatus::Doing) => Ok(()),
        _ => Err(error::backup_can_not_start("log archive status is not doing.")),
    }
}

/// Whom a statement means.
enum Targets {
    Itself,
    Listed(Vec<u64>),
    /// Every tenant that meets the conditions.
    Eligible,
}
