//! What happens by itself: every service of the cluster takes its turns, in the order of time.

use super::backup_job::{Children, Site, parent_turn};
use super::job::Origin;
use super::root_service::Event;
use super::storage_info::Claimant;
use super::tenant::{SYS, Tenant};
use super::{Cluster, TenantStatus, storage_info};

/// Whose changes a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    Archive,
    /// Jobs and sets.
    Backup,
    /// Each status of a backup's task.
    BackupTask,
    Compaction,
}

impl Cluster {
    /// Brings everything that happens by itself up to the present.
    pub(super) fn settle(&mut self) {
        let now = self.clock.now();
        while let Some(at) = self.next_turn().filter(|at| *at <= now) {
            self.settle_archives(at);
            self.backup_turn(at);
            for tenant in self.tenants.values_mut() {
                tenant.compaction_turn(at);
            }
        }
        self.settle_archives(now);
        for tenant in self.tenants.values_mut() {
            tenant.backups.follow(now);
        }
    }

    /// Moves the clock to the next change that a service has ahead, if any.
    pub(super) fn jump(&mut self, service: Service) {
        match service {
            Service::Archive => {
                let turns = self.tenants.values().filter_map(|tenant| tenant.archive.next_turn());
                self.jump_to(turns.min());
            }
            Service::BackupTask => {
                self.jump_to(self.next_change());
            }
            Service::Compaction => {
                let turns = self.tenants.values().filter_map(Tenant::next_compaction);
                self.jump_to(turns.min());
            }
            Service::Backup => {
                let before = self.job_states();
                while self.job_states() == before && self.jump_to(self.next_change()) {}
            }
        }
    }

    fn jump_to(&mut self, at: Option<i64>) -> bool {
        if let Some(at) = at {
            self.clock.advance_to(at);
            self.settle();
        }
        at.is_some()
    }

    fn next_turn(&self) -> Option<i64> {
        let next = |tenant: &Tenant| {
            let turns = [tenant.backups.next_turn(), tenant.next_compaction()];
            turns.into_iter().flatten().min()
        };
        self.tenants.values().filter_map(next).min()
    }

    fn next_change(&self) -> Option<i64> {
        let tenants = self.tenants.values();
        tenants.filter_map(|tenant| tenant.backups.next_change()).min()
    }

    /// Which jobs there are, and how they stand.
    fn job_states(&self) -> Vec<(u64, u64, &'static str)> {
        let of_tenant = |tenant: &Tenant| -> Vec<_> {
            let jobs = tenant.backups.jobs.iter();
            jobs.map(|job| (tenant.id, job.id, job.status.text())).collect()
        };
        self.tenants.values().flat_map(of_tenant).collect()
    }

    fn settle_archives(&mut self, at: i64) {
        let storage = &self.storage;
        let user_tenants = self.tenants.values_mut().filter(|tenant| tenant.is_user_tenant());
        for tenant in user_tenants.filter(|tenant| tenant.status == TenantStatus::Normal) {
            let dest = tenant.archive_dests.get(&0);
            tenant
                .archive
                .settle(dest, |dest| storage_info::is_usable(storage, &dest.identity), at);
        }
    }

    fn backup_turn(&mut self, at: i64) {
        self.spawn_children(at);
        let mut site = Site {
            claimant: Claimant {
                capabilities: self.capabilities,
                cluster_name: &self.name,
                cluster_id: self.id,
                now: at,
            },
            storage: &mut self.storage,
            upgrading: self.upgrading,
            profile: self.profile,
        };
        for tenant in self.tenants.values_mut().filter(|tenant| tenant.is_user_tenant()) {
            tenant.backup_turn(&mut site, at);
        }
        let Some(mut sys) = self.tenants.remove(&SYS) else {
            return;
        };
        parent_turn(&mut sys, at, |parent| self.children(parent.id));
        self.tenants.insert(SYS, sys);
    }

    /// In its first turn a parent starts a job in each tenant. What a tenant refuses is an event, and no failure.
    fn spawn_children(&mut self, at: i64) {
        let new: Vec<_> = self.tenants.get(&SYS).map_or(Vec::new(), |sys| {
            let parents = sys.backups.jobs.iter().filter(|job| job.spawns_at(at));
            parents
                .map(|job| (job.id, job.origin.executors.clone(), job.request.clone()))
                .collect()
        });
        for (parent, executors, request) in new {
            for id in executors {
                let refused = self.refusal(id, SYS).err();
                let (profile, events) = (self.profile, &mut self.events);
                match (self.tenants.get_mut(&id), refused) {
                    (Some(tenant), None) => {
                        tenant.start_backup(Origin::child(parent, id), request.clone(), profile, at);
                    }
                    (_, refused) => {
                        let code = refused.map_or(5157, |error| error.errno);
                        events.push(Event::spawn_failed(id, parent, code, at));
                    }
                }
            }
        }
    }

    fn children(&self, parent: u64) -> Children {
        let tenants = || self.tenants.values().map(|tenant| &tenant.backups);
        if tenants().any(|backups| backups.jobs.iter().any(|job| job.origin.is_child_of(parent))) {
            return Children::Run;
        }
        let ended = tenants().flat_map(|backups| &backups.history);
        let mut of_parent = ended.filter(|job| job.origin.is_child_of(parent));
        let failed = of_parent.find(|job| job.result != 0);
        Children::Ended(failed.map_or(0, |job| job.result))
    }
}
