//! The model of the cluster: tenants, parameters, destinations, archive rounds, backups, on a virtual clock.

mod archive;
mod archive_dest;
mod backup_job;
mod backup_set;
mod clock;
mod compaction;
mod delete_policy;
mod deletion;
mod destination;
mod encryption;
pub(crate) mod error;
mod execute;
mod job;
pub(crate) mod lexer;
mod login;
mod parameters;
mod profile;
mod progress;
mod redact;
mod root_service;
mod session;
mod statement;
mod storage;
mod storage_info;
mod tenant;
mod test_control;
mod views;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::PathBuf;

use crate::answer::{Answer, ServerError, Table};

pub(crate) use archive_dest::duration;
pub use backup_set::FileStatus;
pub use clock::{Clock, Pace};
pub use login::{Account, access_denied};
pub use profile::{Profile, UnknownProfile};
pub use redact::redact;
pub use session::SessionMemory;
pub use storage::StorageFault;
pub use storage_info::AbandonedClaim;
pub use tenant::{CompatibilityMode, Privileges, TenantStatus};
pub use test_control::{NotFound, StorageInfoEdit};

use profile::Capabilities;
use storage::Storage;
use tenant::{ROOT, SYS, Tenant};

/// Who a session speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// 1 for sys, even and above 1000 for user tenants.
    pub tenant_id: u64,
    /// The user, without tenant and cluster.
    pub user: String,
}

impl Viewer {
    /// The administrator of a tenant.
    pub fn root(tenant_id: u64) -> Self {
        Self {
            tenant_id,
            user: ROOT.to_owned(),
        }
    }

    pub(crate) fn is_sys(&self) -> bool {
        self.tenant_id == SYS
    }
}

/// What a cluster is made of.
#[derive(Clone)]
pub struct Options {
    /// Which release to be.
    pub profile: Profile,
    /// How many user tenants in MySQL mode: `mysql_tenant`, `mysql_tenant_2`, ….
    pub tenants: usize,
    /// How many user tenants in Oracle mode: `oracle_tenant`, `oracle_tenant_2`, ….
    pub oracle_tenants: usize,
    /// `file:///a/b` is the directory `a/b` in here.
    pub storage_root: PathBuf,
    /// Name of the cluster, as in `user@tenant#cluster`.
    pub cluster_name: String,
    /// Id of the cluster, which format files remember.
    pub cluster_id: u64,
    /// Passwords of `root`, by tenant; the others are empty.
    pub passwords: BTreeMap<String, String>,
    /// What time it is.
    pub clock: Clock,
    /// How asynchronous changes come about.
    pub pace: Pace,
}

impl Options {
    /// One user tenant, real time, empty passwords.
    pub fn new(profile: Profile, storage_root: PathBuf) -> Self {
        Self {
            profile,
            tenants: 1,
            oracle_tenants: 0,
            storage_root,
            cluster_name: "obcluster".to_owned(),
            cluster_id: 1,
            passwords: BTreeMap::new(),
            clock: Clock::real(),
            pace: Pace::Real,
        }
    }
}

/// A simulated cluster. Shared between connections behind one lock; nothing in it blocks for long.
pub struct Cluster {
    profile: Profile,
    capabilities: &'static Capabilities,
    name: String,
    id: u64,
    clock: Clock,
    pace: Pace,
    storage: Storage,
    tenants: BTreeMap<u64, Tenant>,
    tenant_ids: HashMap<String, u64>,
    next_tenant_id: u64,
    /// Cluster parameters that differ from their default.
    parameters: BTreeMap<&'static str, String>,
    /// Between two versions: no backup starts, and those that run fail.
    upgrading: bool,
    events: Vec<root_service::Event>,
}

/// Says nothing of passwords and access keys.
impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("profile", &self.profile)
            .field("name", &self.name)
            .field("tenants", &self.tenants.len())
            .finish_non_exhaustive()
    }
}

impl Cluster {
    const FIRST_USER_TENANT: u64 = 1002;

    /// A fresh cluster: nobody has configured any backup.
    pub fn new(options: Options) -> Self {
        let mut cluster = Self {
            profile: options.profile,
            capabilities: options.profile.capabilities(),
            name: options.cluster_name,
            id: options.cluster_id,
            clock: options.clock,
            pace: options.pace,
            storage: Storage::new(options.storage_root),
            tenants: BTreeMap::new(),
            tenant_ids: HashMap::new(),
            next_tenant_id: Self::FIRST_USER_TENANT,
            parameters: BTreeMap::new(),
            upgrading: false,
            events: Vec::new(),
        };
        cluster.create_tenant(SYS, "sys", CompatibilityMode::MySql);
        for (prefix, count, mode) in [
            ("mysql_tenant", options.tenants, CompatibilityMode::MySql),
            ("oracle_tenant", options.oracle_tenants, CompatibilityMode::Oracle),
        ] {
            for number in 1..=count {
                let name = if number == 1 {
                    prefix.to_owned()
                } else {
                    format!("{prefix}_{number}")
                };
                cluster.add_tenant(&name, mode);
            }
        }
        for (tenant, password) in options.passwords {
            // A password for a tenant that does not exist has nobody to use it.
            let _ = cluster.create_user(&tenant, ROOT, &password, Privileges::AlterSystem);
        }
        cluster
    }

    /// Which release this is.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The cluster's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The virtual time, in microseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// A tenant's name.
    pub fn tenant_name(&self, tenant_id: u64) -> Option<&str> {
        self.tenants.get(&tenant_id).map(|tenant| tenant.name.as_str())
    }

    /// Executes a statement of the cluster's own grammar (`ALTER SYSTEM …`, `SHOW PARAMETERS …`).
    ///
    /// `None` means that the statement is not one of these, and that the SQL layer should look at it.
    pub fn execute(&mut self, viewer: &Viewer, sql: &str) -> Option<Result<Answer, ServerError>> {
        self.execute_in(viewer, &mut SessionMemory::default(), sql)
    }

    /// As [`Cluster::execute`], in a session that goes on.
    pub fn execute_in(
        &mut self,
        viewer: &Viewer,
        memory: &mut SessionMemory,
        sql: &str,
    ) -> Option<Result<Answer, ServerError>> {
        let statement = statement::parse(sql, self.capabilities)?;
        self.settle();
        let answer = statement.and_then(|statement| self.answer(viewer, memory, statement));
        self.settle();
        Some(answer)
    }

    /// The names of the views that this viewer can select from, as (schema, view).
    pub fn views(&self, viewer: &Viewer) -> Vec<(&'static str, &'static str)> {
        views::names(viewer)
    }

    /// The content of one view, now.
    pub fn view(&mut self, viewer: &Viewer, schema: &str, name: &str) -> Option<Table> {
        self.look_at(viewer, &[(schema, name)]);
        self.table(viewer, schema, name)
    }

    /// To be called before the views of a statement are read: they are all of one moment.
    pub(crate) fn look_at(&mut self, viewer: &Viewer, views: &[(&str, &str)]) {
        self.settle();
        if self.pace != Pace::JumpOnRead {
            return;
        }
        let found = views
            .iter()
            .filter_map(|(schema, name)| views::find(viewer, schema, name));
        let services: BTreeSet<_> = found.filter_map(|view| view.shows_work_of()).collect();
        for service in services {
            self.jump(service);
        }
    }

    /// The content of one view as of the last look.
    pub(crate) fn table(&self, viewer: &Viewer, schema: &str, name: &str) -> Option<Table> {
        views::find(viewer, schema, name).map(|view| view.table(self, viewer))
    }

    fn create_tenant(&mut self, id: u64, name: &str, mode: CompatibilityMode) {
        let mut tenant = Tenant::new(id, name, mode, self.clock.now());
        let administrator = match mode {
            CompatibilityMode::MySql => ROOT,
            CompatibilityMode::Oracle => "SYS",
        };
        tenant.set_user(administrator, "", Privileges::AlterSystem);
        self.tenant_ids.insert(name.to_owned(), id);
        self.tenants.insert(id, tenant);
    }

    fn tenant(&self, name: &str) -> Option<&Tenant> {
        self.tenants.get(self.tenant_ids.get(name)?)
    }

    fn tenant_mut(&mut self, name: &str) -> Option<&mut Tenant> {
        self.tenants.get_mut(self.tenant_ids.get(name)?)
    }
}

#[cfg(test)]
mod tests;
