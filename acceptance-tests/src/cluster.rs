//! The cluster under test.

use crate::stage::{Rows, Stage};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Row, Value};
use oceanbase_simulator::answer::ServerError;
use oceanbase_simulator::cluster::{self as simulator, Pace, Privileges, Profile};
use oceanbase_simulator::server::{self, Effect, Fault, Logins, Reachability, Server};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::sync::PoisonError;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Where statements of the tests themselves come from, so that they are not taken for the provider's.
const OBSERVER: &str = "observer";

/// A simulated cluster that ends with this value.
pub struct Cluster {
    server: Server,
    profile: Profile,
    passwords: Vec<(String, String)>,
    runtime: Runtime,
    /// Removed after the server has ended.
    _storage: TempDir,
}

impl Cluster {
    /// A cluster with the tenants `mysql_tenant`, `mysql_tenant_2` and `mysql_tenant_3`, where nobody has to wait:
    /// each look at the archive finds its next change done.
    pub fn start(profile: Profile) -> Self {
        Self::start_with(profile, |_, _| {})
    }

    /// As [`Cluster::start`], with other options.
    pub fn start_with(profile: Profile, change: impl FnOnce(&mut simulator::Options, &mut server::Options)) -> Self {
        let storage = tempfile::Builder::new().prefix("oceanbase-").tempdir();
        let storage = storage.expect("a temporary directory can be made");
        let mut options = simulator::Options {
            tenants: 3,
            pace: Pace::JumpOnRead,
            ..simulator::Options::new(profile, storage.path().to_owned())
        };
        let mut listening = server::Options::default();
        change(&mut options, &mut listening);
        let passwords = options.passwords.clone().into_iter().collect();
        let server = Server::start(simulator::Cluster::new(options), listening);
        Self {
            server: server.expect("a port of this machine is free"),
            profile,
            passwords,
            runtime: runtime(),
            _storage: storage,
        }
    }

    /// The release that it plays.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Where it listens, as `host:port`; the first place if there are several.
    pub fn endpoint(&self) -> String {
        self.server.address().to_string()
    }

    /// Everywhere where it listens.
    pub fn endpoints(&self) -> Vec<String> {
        self.server.addresses().iter().map(SocketAddr::to_string).collect()
    }

    /// Takes down the endpoint of this index, with all sessions there, or brings it up again.
    pub fn set_reachability(&self, endpoint: usize, reachability: Reachability) {
        self.server.set_reachability(endpoint, reachability);
    }

    /// How many logins there were since the start, the tests' own among them.
    pub fn logins(&self) -> Logins {
        self.server.logins()
    }

    /// A `provider "oceanbase"` block that logs in to sys, and can log in to every tenant.
    pub fn provider_block(&self) -> Json {
        let tenants = self.control(|cluster| {
            let ids = (1002..)
                .step_by(2)
                .map_while(|id| cluster.tenant_name(id).map(str::to_owned));
            ids.collect::<Vec<_>>()
        });
        let logins = tenants.into_iter().map(|tenant| {
            let login = json!({ "username": "root", "password": self.password(&tenant) });
            (tenant, login)
        });
        json!({
            "endpoints": self.endpoints(),
            "password": self.password("sys"),
            "tenant_credentials": Json::Object(logins.collect()),
        })
    }

    /// The password of a tenant's `root`.
    pub fn password(&self, tenant: &str) -> &str {
        let found = self.passwords.iter().find(|(name, _)| name == tenant);
        found.map_or("", |(_, password)| password)
    }

    /// Runs a statement in a session of the tenant, as an administrator would by hand; gives the rows, NULL as `NULL`.
    pub fn sql(&self, tenant: &str, statement: &str) -> Result<Rows, String> {
        self.control(|cluster| cluster.create_user(tenant, OBSERVER, "", Privileges::AlterSystem))
            .map_err(|error| error.to_string())?;
        let address = self.server.address();
        let options = OptsBuilder::default()
            .ip_or_hostname(address.ip().to_string())
            .tcp_port(address.port())
            .user(Some(format!("{OBSERVER}@{tenant}")))
            .prefer_socket(false);
        self.runtime.block_on(async {
            let mut connection = Conn::new(options).await.map_err(|error| error.to_string())?;
            rows(&mut connection, statement).await
        })
    }

    /// As [`Cluster::sql`] in a session of sys, for a statement that has to succeed.
    #[track_caller]
    pub fn sys(&self, statement: &str) -> Vec<Vec<String>> {
        self.sql("sys", statement)
            .unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// The one value that a query in sys gives, if it gives a row.
    #[track_caller]
    pub fn value(&self, query: &str) -> Option<String> {
        self.sys(query).into_iter().flatten().next()
    }

    /// What the provider sent since [`Cluster::forget_statements`], with secrets as `***`.
    pub fn statements(&self) -> Vec<String> {
        self.received().map(|(sql, _)| sql).collect()
    }

    /// What the provider sent, word for word.
    pub fn statements_with_secrets(&self) -> Vec<String> {
        self.received().map(|(_, sql)| sql).collect()
    }

    /// What the provider sent that changes something, in order.
    pub fn changes(&self) -> Vec<String> {
        let mut statements = self.statements();
        statements.retain(|sql| is_change(sql));
        statements
    }

    /// The server behind it, with all that it remembers of its clients.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The longest chain of commands that each waited for the answer to the one before.
    pub fn sequential_round_trips(&self) -> usize {
        const COM_QUERY: u8 = 3;
        let mut trips = self.server.round_trips();
        trips.retain(|trip| trip.command == COM_QUERY);
        server::sequential_round_trips(&trips)
    }

    /// Starts to count and list statements anew.
    pub fn forget_statements(&self) {
        self.server.clear_statements();
    }

    /// Answers the next statement that contains this text with an error of the server.
    pub fn fail_once(&self, containing: &str, number: u16, message: &str) {
        self.inject(containing, 0, Effect::Refuse(ServerError::general(number, message)));
    }

    /// Answers the next statement that contains this text with silence, though it is carried out.
    pub fn cut_once(&self, containing: &str) {
        self.inject(containing, 0, Effect::CutAfter);
    }

    /// Lets a fault wait for the `occurrence`th statement (from 0) that contains this text.
    pub fn inject(&self, containing: &str, occurrence: usize, effect: Effect) {
        self.server.inject(Fault {
            containing: containing.to_owned(),
            tenant: None,
            after: occurrence,
            times: 1,
            effect,
        });
    }

    /// Waits until a fault has struck, its statement executed if it was to be.
    pub fn until_struck(&self, limit: Duration) -> bool {
        self.server.until_struck(limit)
    }

    /// Forgets the faults that still wait.
    pub fn clear_faults(&self) {
        self.server.clear_faults();
    }

    /// Does to the cluster what no statement can.
    pub fn control<T>(&self, act: impl FnOnce(&mut simulator::Cluster) -> T) -> T {
        // A test that panicked in here has failed; the others go on.
        act(&mut self.server.cluster().lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn received(&self) -> impl Iterator<Item = (String, String)> {
        let pairs = self
            .server
            .statements()
            .into_iter()
            .zip(self.server.statements_with_secrets());
        pairs
            .filter(|(statement, _)| statement.user != OBSERVER)
            .map(|(statement, sql)| (statement.sql, sql))
    }
}

impl Stage for Cluster {
    fn tenant(&self) -> &str {
        "mysql_tenant"
    }

    fn directory(&self) -> &str {
        "/backup"
    }

    fn provider_block(&self) -> Json {
        self.provider_block()
    }

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn query(&self, statement: &str) -> Result<Rows, String> {
        self.sql("sys", statement)
    }

    fn simulated(&self) -> Option<&Cluster> {
        Some(self)
    }
}

pub(crate) fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("threads can be started")
}

/// Whether a statement of the provider changes something in the cluster.
pub fn is_change(sql: &str) -> bool {
    let others = ["SELECT", "SHOW", "SET"];
    !others.iter().any(|word| sql.starts_with(word))
}

/// Runs one statement, and gives the rows, NULL as `NULL`.
pub(crate) async fn rows(connection: &mut Conn, statement: &str) -> Result<Rows, String> {
    let rows: Result<Vec<Row>, _> = connection.query(statement).await;
    let rows = rows.map_err(|error| error.to_string())?;
    let cells = rows.into_iter().map(Row::unwrap);
    Ok(cells.map(|row| row.iter().map(shown).collect()).collect())
}

fn shown(value: &Value) -> String {
    match value {
        Value::NULL => "NULL".to_owned(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.as_sql(true).trim_matches('\'').to_owned(),
    }
}
