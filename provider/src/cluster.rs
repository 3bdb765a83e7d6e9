//! One cluster: its sessions, its snapshot, and the locks that keep statements on one tenant apart.
//!
//! | Module | What it holds |
//! | --- | --- |
//! | [`settings`] | how to reach the cluster |
//! | [`statement`] | SQL with its quoting and its secrets |
//! | [`snapshot`] | what the views say, read once for all tenants |
//! | [`error`] | what can go wrong, and how the practitioner is told |
//! | [`version`] | what the server can do |
//! | [`tenant`] | tenants' names, and which tenant the login speaks for |
//! | [`secret`], [`row`] | text that must not be shown; typed columns |

pub mod error;
mod load;
mod pool;
pub mod row;
pub mod secret;
mod session;
pub mod settings;
pub mod snapshot;
pub mod statement;
pub mod tenant;
pub mod version;

pub use error::{Error, Kind};
pub use secret::{RawUri, Secret};
pub use settings::Settings;
pub use snapshot::{Snapshot, Tenant};
pub use statement::Statement;
pub use tenant::{TenantName, Viewpoint};

use self::{
    pool::{Lease, Pool},
    session::{Login, Purpose, Session},
    settings::{Account, Credentials, Endpoint, ExpectedCluster},
    snapshot::Parameters,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::OwnedMutexGuard, time::Instant};
use tokio_util::sync::CancellationToken;

/// How long a refused or impossible login answers for later reads: a thousand resources must not wait a thousand times
/// for the same dead host, nor try a wrong password until the account is locked.
const UNREACHABLE_FOR: Duration = Duration::from_secs(30);

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
    clock: AtomicU64,
    known: Mutex<Known>,
    /// Held by the one who reads the views; the others wait for the same answer.
    flight: tokio::sync::Mutex<()>,
    tenant_locks: Mutex<HashMap<TenantName, Arc<tokio::sync::Mutex<()>>>>,
}

/// What was learnt so far.
#[derive(Default)]
struct Known {
    snapshot: Option<(Stamp, Arc<Snapshot>)>,
    last_write: Stamp,
    last_writes: HashMap<TenantName, Stamp>,
    failure: Option<Failure>,
}

struct Failure {
    at: Stamp,
    when: Instant,
    error: Error,
}

/// A moment in the life of a [`Cluster`]; later moments are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Stamp(u64);

/// How fresh a snapshot must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Any one of this run, unless something was written since.
    Any,
    /// Any one of this run whose reading started after this moment.
    Since(Stamp),
    /// One whose reading started after this moment.
    After(Stamp),
}

/// As long as it lives, no one else sends statements on the same tenant.
#[must_use]
pub struct TenantGuard(#[expect(dead_code, reason = "it is held, not looked at")] OwnedMutexGuard<()>);

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
            // The first moment is later than the default, which stands for the beginning of time.
            clock: AtomicU64::new(1),
            known: Mutex::default(),
            flight: tokio::sync::Mutex::default(),
            tenant_locks: Mutex::default(),
        })
    }

    /// Which tenant statements are sent from.
    pub fn viewpoint(&self) -> &Viewpoint {
        &self.viewpoint
    }

    /// This moment, for [`Freshness::After`].
    pub fn now(&self) -> Stamp {
        Stamp(self.clock.fetch_add(1, Ordering::Relaxed))
    }

    /// When something was last sent that changes the tenant, for [`Freshness::Since`].
    pub fn last_write_to(&self, tenant: &TenantName) -> Stamp {
        let known = locked(&self.known);
        known.last_writes.get(tenant).copied().unwrap_or_default()
    }

    /// What the views say. Callers that wait at the same time share one reading, and its failure.
    pub async fn snapshot(&self, freshness: Freshness) -> Result<Arc<Snapshot>, Error> {
        let arrival = self.now();
        if let Some(answer) = self.known_answer(freshness, arrival) {
            return answer;
        }
        let read = async {
            let _flight = self.flight.lock().await;
            match self.known_answer(freshness, arrival) {
                Some(answer) => answer,
                None => self.read_snapshot().await,
            }
        };
        self.cancellable("reading the state of the cluster", read).await
    }

    /// Waits until no one else sends statements on the tenant.
    pub async fn lock_tenant(&self, tenant: &TenantName) -> Result<TenantGuard, Error> {
        let lock = locked(&self.tenant_locks).entry(tenant.clone()).or_default().clone();
        let wait = async { Ok(TenantGuard(lock.lock_owned().await)) };
        self.cancellable(&format!("waiting for other changes to {tenant}"), wait)
            .await
    }

    /// Sends a statement that changes something, once. The stamp is for [`Freshness::After`].
    ///
    /// `tenant` is the one that it changes. `attempted` says what for, such as `setting the backup destination of t1`. When no
    /// answer came the error [may have been applied](Error::maybe_applied).
    pub async fn execute(
        &self,
        tenant: &TenantName,
        statement: &Statement,
        limit: Duration,
        attempted: &str,
    ) -> Result<Stamp, Error> {
        self.refuse_when_read_only(statement, attempted)?;
        let mut session = self.cancellable(attempted, self.session_to_write(attempted)).await?;
        self.write(&mut session, tenant, statement, limit, attempted).await
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
        let connect = async {
            // A user tenant need not be shown the name of the cluster: sys is, at the same endpoints.
            drop(self.session_to_write(attempted).await?);
            self.pool.turn().await.session_as(&login).await
        };
        let mut foreign = self.cancellable(attempted, connect).await?;
        self.write(&mut foreign.session, tenant, statement, limit, attempted)
            .await
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
        tenant: &TenantName,
        statement: &Statement,
        limit: Duration,
        attempted: &str,
    ) -> Result<Stamp, Error> {
        let mark = WriteMark::new(self, tenant);
        let purpose = Purpose {
            attempted,
            source: "the statement's answer",
            limit,
            writes: true,
        };
        let answer = session.query(statement, purpose).await;
        drop(mark);
        answer.map(|_| locked(&self.known).last_write)
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
        let Some(expected) = self.expected_cluster.as_ref().filter(|_| !session.of_expected_cluster) else {
            return Ok(session);
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
        Ok(session)
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
            ..self.login.clone()
        })
    }

    /// The answer that is there already: a snapshot fresh enough, or the failure of a reading that was waited for.
    fn known_answer(&self, freshness: Freshness, arrival: Stamp) -> Option<Result<Arc<Snapshot>, Error>> {
        let known = locked(&self.known);
        let since = match freshness {
            Freshness::Any => known.last_write,
            Freshness::Since(stamp) | Freshness::After(stamp) => stamp,
        };
        if let Some((started, snapshot)) = &known.snapshot
            && *started > since
        {
            return Some(Ok(snapshot.clone()));
        }
        let failure = known.failure.as_ref()?;
        let any_will_do = !matches!(freshness, Freshness::After(_));
        let still_unreachable =
            any_will_do && failure.error.is_unreachable() && failure.when.elapsed() < UNREACHABLE_FOR;
        (failure.at > arrival || still_unreachable).then(|| Err(failure.error.clone()))
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

    async fn read_snapshot(&self) -> Result<Arc<Snapshot>, Error> {
        let started = self.now();
        let answer = load::load(&self.pool, &self.viewpoint, self.statement_timeout).await;
        // Read from another cluster, everything would seem to be gone.
        let answer = answer.and_then(|snapshot| self.of_expected_cluster(snapshot));
        let mut known = locked(&self.known);
        match answer {
            Ok(snapshot) => {
                let snapshot = Arc::new(snapshot);
                known.snapshot = Some((started, snapshot.clone()));
                known.failure = None;
                Ok(snapshot)
            }
            Err(error) => {
                known.failure = Some(Failure {
                    at: self.now(),
                    when: Instant::now(),
                    error: error.clone(),
                });
                Err(error)
            }
        }
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

/// Makes the snapshot stale from before a statement is sent until after it was answered, or given up.
struct WriteMark<'a> {
    cluster: &'a Cluster,
    tenant: &'a TenantName,
}

impl<'a> WriteMark<'a> {
    fn new(cluster: &'a Cluster, tenant: &'a TenantName) -> Self {
        let mark = Self { cluster, tenant };
        mark.set();
        mark
    }

    fn set(&self) {
        let mut known = locked(&self.cluster.known);
        let now = self.cluster.now();
        known.last_write = now;
        known.last_writes.insert(self.tenant.clone(), now);
    }
}

impl Drop for WriteMark<'_> {
    fn drop(&mut self) {
        self.set();
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) mod tests;
