//! What happens by itself: every service of the cluster takes its turns, in the order of time.

use std::collections::BTreeMap;

use super::backup_job::{self, BackupJob, Site};
use super::deletion::{self, DeleteJob, DeleteRequest, Scene};
use super::job::{Children, Origin};
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
    Deletion,
    Compaction,
}

impl Cluster {
    /// Brings everything that happens by itself up to the present.
    pub(super) fn settle(&mut self) {
        let now = self.clock.now();
        while let Some(at) = self.next_turn().filter(|at| *at <= now) {
            self.settle_archives(at);
            self.backup_turn(at);
            self.deletion_turn(at);
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
            Service::Deletion => {
                let tenants = self.tenants.values();
                let turns = tenants.filter_map(|tenant| tenant.deletions.next_change());
                self.jump_to(turns.min());
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
            let turns = [
                tenant.backups.next_turn(),
                tenant.deletions.next_turn(),
                tenant.next_compaction(),
            ];
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
        self.spawn_backups(at);
        let mut site = Site {
            claimant: Claimant::new(self.capabilities, &self.name, self.id, at),
            storage: &mut self.storage,
            upgrading: self.upgrading,
            profile: self.profile,
        };
        for tenant in self.tenants.values_mut().filter(|tenant| tenant.is_user_tenant()) {
            tenant.backup_turn(&mut site, at);
        }
        self.with_sys(|sys, others| {
            backup_job::parent_turn(sys, at, |parent| children_of_backup(others, parent));
        });
    }

    fn deletion_turn(&mut self, at: i64) {
        self.spawn_deletions(at);
        let mut scene = Scene {
            claimant: Claimant::new(self.capabilities, &self.name, self.id, at),
            storage: &mut self.storage,
        };
        for tenant in self.tenants.values_mut().filter(|tenant| tenant.is_user_tenant()) {
            tenant.deletion_turn(&mut scene, at);
        }
        self.with_sys(|sys, others| {
            deletion::parent_turn(sys, at, |parent| children_of_deletion(others, parent));
        });
    }

    /// What sys has started looks again whether it still has somebody to wait for.
    pub(super) fn wake_parents(&mut self) {
        let now = self.clock.now();
        if let Some(sys) = self.tenants.get_mut(&SYS) {
            sys.backups.wake_parents(now);
            sys.deletions.wake_parents(now);
        }
    }

    fn with_sys(&mut self, turn: impl FnOnce(&mut Tenant, &BTreeMap<u64, Tenant>)) {
        if let Some(mut sys) = self.tenants.remove(&SYS) {
            turn(&mut sys, &self.tenants);
            self.tenants.insert(SYS, sys);
        }
    }

    /// In its first turn a parent starts a job in each tenant. What a tenant refuses is an event, and no failure.
    fn spawn_backups(&mut self, at: i64) {
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

    /// As with backups; but nothing keeps a tenant from deleting.
    fn spawn_deletions(&mut self, at: i64) {
        let new: Vec<(u64, Vec<u64>, DeleteRequest)> = self.tenants.get(&SYS).map_or(Vec::new(), |sys| {
            let parents = sys.deletions.jobs.iter().filter(|job| job.spawns_at(at));
            parents
                .map(|job| (job.id, job.origin.executors.clone(), job.request.clone()))
                .collect()
        });
        for (parent, executors, request) in new {
            for id in executors {
                if let Some(tenant) = self.tenants.get_mut(&id) {
                    tenant.start_deletion(|_| Origin::child(parent, id), request.clone(), at);
                }
            }
        }
    }
}

fn children_of_backup(tenants: &BTreeMap<u64, Tenant>, parent: &BackupJob) -> Children {
    let is_child = |job: &&BackupJob| job.origin.is_child_of(parent.id);
    let mut running = tenants.values().flat_map(|tenant| &tenant.backups.jobs);
    if running.any(|job| is_child(&job)) {
        return Children::Run;
    }
    let ended = tenants.values().flat_map(|tenant| &tenant.backups.history);
    Children::of_results(ended.filter(is_child).map(|job| job.result))
}

fn children_of_deletion(tenants: &BTreeMap<u64, Tenant>, parent: &DeleteJob) -> Children {
    let is_child = |job: &&DeleteJob| job.origin.is_child_of(parent.id);
    let mut running = tenants.values().flat_map(|tenant| &tenant.deletions.jobs);
    if running.any(|job| is_child(&job)) {
        return Children::Run;
    }
    let ended = tenants.values().flat_map(|tenant| &tenant.deletions.history);
    Children::of_results(ended.filter(is_child).map(|job| job.result))
}
