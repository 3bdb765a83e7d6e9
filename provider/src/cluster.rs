//! One cluster: its sessions, its snapshot, and the locks that keep statements on one tenant apart.
//!
//! | Module | What it holds |
//! | --- | --- |
//! | [`settings`] | how to reach the cluster |
//! | [`statement`] | SQL with its quoting and its secrets |
//! | [`snapshot`] | what the views say of the configuration, read once for all tenants |
//! | [`records`] | what they say of backups made, under way and deleted, read when asked for |
//! | [`error`] | what can go wrong, and how the practitioner is told |
//! | [`version`] | what the server can do |
//! | [`tenant`] | tenants' names, and which tenant the login speaks for |
//! | [`secret`], [`row`] | text that must not be shown; typed columns |

pub mod error;
mod load;
mod pool;
mod reader;
pub mod records;
pub mod row;
pub mod secret;
mod session;
pub mod settings;
mod shared;
pub mod snapshot;
pub mod statement;
pub mod tenant;
pub mod version;

pub use error::{Error, Kind, Retry};
pub use secret::{RawUri, Secret};
pub use settings::Settings;
pub use shared::{Freshness, Stamp};
pub use snapshot::{Snapshot, Tenant};
pub use statement::Statement;
pub use tenant::{Scope, TenantName, Viewpoint};

use self::{
    pool::{ForeignSession, Lease, Pool},
    records::Records,
    session::{Login, Purpose, Session},
    settings::{Account, Credentials, Endpoint, ExpectedCluster},
    shared::{Clock, Shared, WriteMark},
    snapshot::Parameters,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{OnceCell, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use tokio_util::sync::CancellationToken;

/// How long a statement may take that starts or cancels a job: it only makes a note of what is to be done.
pub(crate) const JOB_STATEMENT_LIMIT: Duration = Duration::from_secs(60);

/// A cluster, not connected to before the first read or write.
///
/// All methods take `&self` and may be called side by side.
pub struct Cluster {
    viewpoint: Viewpoint,
    login: Login,
    pool: Pool,
    statement_timeout: Duration,
    tenant_credentials: BTreeMap<TenantName, Credentials>,
    tenant_logins: BTreeSet<TenantName>,
    expected_cluster: Option<ExpectedCluster>,
    read_only: bool,
    cancelled: CancellationToken,
    clock: Clock,
    snapshot: Shared<Snapshot>,
    records: records::Cache,
    /// Held alone by what is about all tenants, and together by all that is about one.
    all_tenants: Arc<RwLock<()>>,
    locks: Mutex<HashMap<TenantName, Arc<tokio::sync::Mutex<()>>>>,
    tried_logins: Mutex<HashMap<TenantName, TriedLogin>>,
}

/// What came of a login, for all who want to know.
type TriedLogin = Arc<OnceCell<Result<(), Error>>>;

/// As long as it lives, no one else sends statements about the same tenant, or about all; about any, when it is about all.
#[must_use]
pub struct Guard(#[expect(dead_code, reason = "it is held, not looked at")] Held);

#[expect(dead_code, reason = "it is held, not looked at")]
enum Held {
    OneTenant(OwnedMutexGuard<()>, OwnedRwLockReadGuard<()>),
    AllTenants(OwnedRwLockWriteGuard<()>),
}

impl Cluster {
    /// A cluster by its settings. Nothing is sent yet. Reads and waits end early when `cancelled` is; a statement that
    /// changes something is not interrupted, since a destination half made is refused by the next attempt.
    pub fn new(settings: Settings, cancelled: CancellationToken) -> Result<Self, Error> {
        let tls = &settings.tls;
        if tls.cert_file.is_some() != tls.key_file.is_some() {
            let reason = "cert_file and key_file go together".to_owned();
            return Err(Error::InvalidSetting { setting: "tls", reason });
        }
        if settings.endpoints.is_empty() {
            return Err(Error::NotConfigured { setting: "endpoints" });
        }
        let account = Account::new(
            &settings.username,
            settings.tenant.as_deref(),
            settings.cluster.as_deref(),
        )?;
        let login = Login {
            endpoints: settings
                .endpoints
                .iter()
                .map(|text| Endpoint::parse(text))
                .collect::<Result<_, _>>()?,
            account,
            password: settings.password,
            tls: settings.tls,
            connect_timeout: settings.connect_timeout,
            of_tenant: None,
            preferred: Arc::default(),
        };
        let viewpoint = login.account.viewpoint()?;
        Ok(Self {
            tenant_logins: match &viewpoint {
                Viewpoint::User(own) => BTreeSet::from([own.clone()]),
                Viewpoint::Sys => settings.tenant_credentials.keys().cloned().collect(),
            },
            viewpoint,
            pool: Pool::new(login.clone(), settings.max_connections),
            login,
            statement_timeout: settings.statement_timeout,
            tenant_credentials: settings.tenant_credentials,
            expected_cluster: settings.expected_cluster,
            read_only: settings.read_only,
            cancelled,
            clock: Clock::default(),
            snapshot: Shared::default(),
            records: records::Cache::default(),
            all_tenants: Arc::default(),
            locks: Mutex::default(),
            tried_logins: Mutex::default(),
        })
    }

    /// Which tenant statements are sent from.
    pub fn viewpoint(&self) -> &Viewpoint {
        &self.viewpoint
    }

    /// This moment, for [`Freshness::After`].
    pub fn now(&self) -> Stamp {
        self.clock.now()
    }

    /// When something was last sent that changes these tenants, for [`Freshness::Since`].
    pub fn last_write_to<'a>(&self, scope: impl Into<Scope<'a>>) -> Stamp {
        self.clock.last_write_to(scope.into())
    }

    /// What the views say. Callers that wait at the same time share one reading, and its failure.
    pub async fn snapshot(&self, freshness: Freshness) -> Result<Arc<Snapshot>, Error> {
        let read = self.snapshot.get(&self.clock, freshness, || self.read_snapshot());
        self.cancellable("reading the state of the cluster", read).await
    }

    /// What the views say of backups made, under way or deleted. Callers that wait at the same time share one reading, too.
    pub async fn records<T: Records>(&self, snapshot: &Snapshot, freshness: Freshness) -> Result<Arc<T>, Error> {
        let read = || records::load(&self.pool, snapshot, self.statement_timeout);
        let shared = T::cached(&self.records).get(&self.clock, freshness, read);
        self.cancellable("reading the records of backups", shared).await
    }

    /// Waits until no one else sends statements about the tenant, or about all.
    pub async fn lock<'a>(&self, scope: impl Into<Scope<'a>>) -> Result<Guard, Error> {
        let scope = scope.into();
        let wait = async {
            let all = self.all_tenants.clone();
            Ok(Guard(match scope {
                Scope::AllTenants => Held::AllTenants(all.write_owned().await),
                Scope::Tenant(tenant) => {
                    Held::OneTenant(self.lock_of(tenant).lock_owned().await, all.read_owned().await)
                }
            }))
        };
        self.cancellable(&format!("waiting for other changes to {scope}"), wait)
            .await
    }

    /// Sends a statement that changes something, once. The stamp is for [`Freshness::After`].
    ///
    /// `scope` is whom it changes. `attempted` says what for, such as `setting the backup destination of t1`. When no
    /// answer came the error [may have been applied](Error::maybe_applied).
    pub async fn execute<'a>(
        &self,
        scope: impl Into<Scope<'a>>,
        statement: &Statement,
        limit: Duration,
        attempted: &str,
    ) -> Result<Stamp, Error> {
        self.refuse_when_read_only(statement, attempted)?;
        let mut session = self.cancellable(attempted, self.session_to_write(attempted)).await?;
        self.write(&mut session, scope.into(), statement, limit, attempted)
            .await
    }

    /// As [`execute`](Self::execute), also after Terraform was interrupted: for what ends what is under way.
    pub async fn execute_in_the_end<'a>(
        &self,
        scope: impl Into<Scope<'a>>,
        statement: &Statement,
        limit: Duration,
        attempted: &str,
    ) -> Result<Stamp, Error> {
        self.refuse_when_read_only(statement, attempted)?;
        let mut session = self.session_to_write(attempted).await?;
        self.write(&mut session, scope.into(), statement, limit, attempted)
            .await
    }

    /// As [`execute`](Self::execute), in a session of its own that another statement prepares for it. The session is closed
    /// afterwards: what it was prepared for must hold for nobody else.
    pub async fn execute_prepared<'a>(
        &self,
        scope: impl Into<Scope<'a>>,
        preparation: &Statement,
        statement: &Statement,
        limit: Duration,
        attempted: &str,
    ) -> Result<Stamp, Error> {
        self.refuse_when_read_only(statement, attempted)?;
        let connect = self.session_of_its_own(attempted);
        let mut own = self.cancellable(attempted, connect).await?;
        let purpose = Purpose {
            attempted,
            source: "the statement's answer",
            limit,
            writes: false,
        };
        own.session.query(preparation, purpose).await?;
        self.write(&mut own.session, scope.into(), statement, limit, attempted)
            .await
    }

    /// Sends a statement that only the tenant itself may run: as its user from `tenant_credentials`, or by the login
    /// itself when it is the tenant's.
    pub async fn execute_in_tenant(
        &self,
        tenant: &TenantName,
        statement: &Statement,
        limit: Duration,
        attempted: &str,
    ) -> Result<Stamp, Error> {
        match &self.viewpoint {
            Viewpoint::User(own) if own == tenant => return self.execute(tenant, statement, limit, attempted).await,
            Viewpoint::User(own) => {
                let (login, tenant) = (own.clone(), tenant.clone());
                return Err(Error::OtherTenant {
                    attempted: attempted.to_owned(),
                    login,
                    tenant,
                });
            }
            Viewpoint::Sys => {}
        }
        let login = self.login_to(tenant, attempted)?;
        self.refuse_when_read_only(statement, attempted)?;
        let connect = self.session_of_tenant(&login, attempted);
        let mut foreign = self.cancellable(attempted, connect).await?;
        self.write(&mut foreign.session, tenant.into(), statement, limit, attempted)
            .await
    }

    /// Finds out whether [`execute_in_tenant`](Self::execute_in_tenant) could log in, once for each tenant. Nothing is tried
    /// when it would not.
    pub async fn try_login_to(&self, tenant: &TenantName, attempted: &str) -> Result<(), Error> {
        if self.viewpoint != Viewpoint::Sys || self.read_only {
            return Ok(());
        }
        let tried = self.tried_login_of(tenant);
        let attempt = async {
            let login = self.login_to(tenant, attempted)?;
            drop(self.pool.turn().await.session_as(&login).await?);
            Ok(())
        };
        // In a box, as in [`Shared::get`].
        let attempt = tried.get_or_init(|| self.cancellable(attempted, Box::pin(attempt)));
        attempt.await.clone()
    }

    /// The tenants that [`execute_in_tenant`](Self::execute_in_tenant) has a login for.
    pub fn tenant_logins(&self) -> &BTreeSet<TenantName> {
        &self.tenant_logins
    }

    /// Ends with the run: when Terraform is interrupted.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.cancelled
    }

    async fn write(
        &self,
        session: &mut Session,
        scope: Scope<'_>,
        statement: &Statement,
        limit: Duration,
        attempted: &str,
    ) -> Result<Stamp, Error> {
        let mark = WriteMark::new(&self.clock, scope);
        let purpose = Purpose {
            attempted,
            source: "the statement's answer",
            limit,
            writes: true,
        };
        let answer = session.query(statement, purpose).await;
        drop(mark);
        answer.map(|_| self.clock.last_write())
    }

    fn lock_of(&self, tenant: &TenantName) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.entry(tenant.clone()).or_default().clone()
    }

    fn tried_login_of(&self, tenant: &TenantName) -> TriedLogin {
        let mut tried = self.tried_logins.lock().unwrap_or_else(PoisonError::into_inner);
        tried.entry(tenant.clone()).or_default().clone()
    }

    fn refuse_when_read_only(&self, statement: &Statement, attempted: &str) -> Result<(), Error> {
        match self.read_only {
            true => Err(Error::ReadOnly {
                attempted: attempted.to_owned(),
                statement: statement.to_string(),
            }),
            false => Ok(()),
        }
    }

    /// A session that was alive a moment ago, of the cluster that writes are meant for.
    ///
    /// Each session is checked, not only the first: behind the same address there may be another cluster by now.
    async fn session_to_write(&self, attempted: &str) -> Result<Lease<'_>, Error> {
        let mut session = self.pool.turn().await.living_session().await?;
        self.expect_cluster_of(&mut session, attempted).await?;
        Ok(session)
    }

    /// A new session of the login, for one use, of the cluster that writes are meant for.
    async fn session_of_its_own(&self, attempted: &str) -> Result<ForeignSession<'_>, Error> {
        let mut own = self.pool.turn().await.session_as(&self.login).await?;
        self.expect_cluster_of(&mut own.session, attempted).await?;
        Ok(own)
    }

    /// A session of a user tenant, of the cluster that writes are meant for. A user tenant need not be shown the name of the
    /// cluster: sys is, at the same endpoint.
    async fn session_of_tenant(&self, login: &Login, attempted: &str) -> Result<ForeignSession<'_>, Error> {
        let asked = self.session_to_write(attempted).await?.endpoint().clone();
        let foreign = self.pool.turn().await.session_as(login).await?;
        let endpoint = foreign.session.endpoint();
        if self.expected_cluster.is_some() && *endpoint != asked {
            let mut sys = Session::connect(&self.login.at(endpoint)).await?;
            self.expect_cluster_of(&mut sys, attempted).await?;
        }
        Ok(foreign)
    }

    async fn expect_cluster_of(&self, session: &mut Session, attempted: &str) -> Result<(), Error> {
        let Some(expected) = self.expected_cluster.as_ref().filter(|_| !session.of_expected_cluster) else {
            return Ok(());
        };
        let identity = Statement::new("SHOW PARAMETERS WHERE name IN ('cluster', 'cluster_id')");
        let limit = self.statement_timeout;
        let purpose = Purpose {
            attempted,
            source: "SHOW PARAMETERS",
            limit,
            writes: false,
        };
        let shown = Parameters::parse(&session.query(&identity, purpose).await?)?;
        expect_cluster(
            expected,
            ExpectedCluster {
                name: shown.cluster_name,
                id: shown.cluster_id,
            },
            attempted,
        )?;
        session.of_expected_cluster = true;
        Ok(())
    }

    fn login_to(&self, tenant: &TenantName, attempted: &str) -> Result<Login, Error> {
        let credentials = self
            .tenant_credentials
            .get(tenant)
            .ok_or_else(|| Error::NoCredentials {
                attempted: attempted.to_owned(),
                tenant: tenant.clone(),
            })?;
        let account = self.login.account.of_tenant(&credentials.username, tenant)?;
        Ok(Login {
            account,
            password: credentials.password.clone(),
            of_tenant: Some(tenant.clone()),
            ..self.login.clone()
        })
    }

    fn of_expected_cluster(&self, snapshot: Snapshot) -> Result<Snapshot, Error> {
        if let Some(expected) = &self.expected_cluster {
            let found = ExpectedCluster {
                name: snapshot.cluster.name.clone(),
                id: snapshot.cluster.id,
            };
            expect_cluster(expected, found, "reading the state of the cluster")?;
        }
        Ok(snapshot)
    }

    async fn read_snapshot(&self) -> Result<Snapshot, Error> {
        let snapshot = load::load(&self.pool, &self.viewpoint, self.statement_timeout).await?;
        // Read from another cluster, everything would seem to be gone.
        self.of_expected_cluster(snapshot)
    }

    async fn cancellable<T>(&self, attempted: &str, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let answer = self.cancelled.run_until_cancelled(work).await;
        answer.unwrap_or_else(|| {
            Err(Error::Cancelled {
                attempted: attempted.to_owned(),
                maybe_applied: false,
            })
        })
    }
}

fn expect_cluster(expected: &ExpectedCluster, found: ExpectedCluster, attempted: &str) -> Result<(), Error> {
    let same_name = expected.name.is_none() || expected.name == found.name;
    let same_id = expected.id.is_none() || expected.id == found.id;
    if same_name && same_id {
        return Ok(());
    }
    Err(Error::OtherCluster {
        attempted: attempted.to_owned(),
        expected: expected.to_string(),
        found: found.to_string(),
    })
}

#[cfg(test)]
pub(crate) mod tests;
