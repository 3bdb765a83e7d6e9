//! A small cluster at a fixed moment, and a client for it.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails its test")]

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Value};
use oceanbase_simulator::cluster::{Clock, Cluster, Options, Profile};
use oceanbase_simulator::server::{self, Server};

/// 2026-01-01 00:00:00 UTC.
const MOMENT: i64 = 1_767_225_600;

/// A cluster with the tenants `mysql_tenant` (1002), `mysql_tenant_2` (1004) and `oracle_tenant` (1006), whose clock stands still.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    _storage: tempfile::TempDir,
}

pub(crate) fn cluster_options(profile: Profile, storage: &std::path::Path) -> Options {
    Options {
        tenants: 2,
        oracle_tenants: 1,
        clock: Clock::stopped_at(MOMENT),
        passwords: [("mysql_tenant".to_owned(), "s3cret".to_owned())].into(),
        ..Options::new(profile, storage.to_owned())
    }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(Profile::Ce4210, server::Options::default())
    }

    pub(crate) fn with(profile: Profile, options: server::Options) -> Self {
        let storage = tempfile::tempdir().unwrap();
        let cluster = Cluster::new(cluster_options(profile, storage.path()));
        Self {
            server: Server::start(cluster, options).unwrap(),
            _storage: storage,
        }
    }

    /// A server that is there already, and the storage that it uses.
    pub(crate) fn around(server: Server, storage: tempfile::TempDir) -> Self {
        Self {
            server,
            _storage: storage,
        }
    }

    /// Options to log in without any statement of the client library's own.
    pub(crate) fn login(&self, user: &str) -> OptsBuilder {
        self.login_at(0, user)
    }

    /// As [`Fixture::login`], at the endpoint of this index.
    pub(crate) fn login_at(&self, endpoint: usize, user: &str) -> OptsBuilder {
        let address = self.server.addresses()[endpoint];
        OptsBuilder::default()
            .ip_or_hostname(address.ip().to_string())
            .tcp_port(address.port())
            .user(Some(user))
            .prefer_socket(false)
            .max_allowed_packet(Some(16_777_216))
            .wait_timeout(Some(28_800))
    }

    /// A cluster with two endpoints.
    pub(crate) fn with_two_endpoints() -> Self {
        let options = server::Options {
            listen: vec![std::net::SocketAddr::from(([127, 0, 0, 1], 0)); 2],
            ..server::Options::default()
        };
        Self::with(Profile::Ce4210, options)
    }

    pub(crate) async fn sys(&self) -> Conn {
        self.connect(self.login("root@sys").db_name(Some("oceanbase")))
            .await
            .unwrap()
    }

    pub(crate) async fn connect(&self, options: OptsBuilder) -> Result<Conn, String> {
        Conn::new(Opts::from(options)).await.map_err(text)
    }
}

/// An error as the `mysql` client prints it.
pub(crate) fn text(error: mysql_async::Error) -> String {
    match error {
        mysql_async::Error::Server(error) => format!("ERROR {} ({}): {}", error.code, error.state, error.message),
        other => format!("{other:?}"),
    }
}

/// The answer in short: column names, then rows, separated by ` | `.
pub(crate) async fn ask(connection: &mut Conn, sql: &str) -> String {
    match connection.query_iter(sql).await {
        Err(error) => text(error),
        Ok(mut result) => {
            let columns: Vec<String> = result
                .columns_ref()
                .iter()
                .map(|column| column.name_str().into_owned())
                .collect();
            let rows: Vec<mysql_async::Row> = result.collect().await.unwrap();
            let lines = rows
                .into_iter()
                .map(|row| row.unwrap().iter().map(shown).collect::<Vec<_>>().join(", "));
            std::iter::once(columns.join(", "))
                .chain(lines)
                .collect::<Vec<_>>()
                .join(" | ")
        }
    }
}

pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::NULL => "NULL".to_owned(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.as_sql(true),
    }
}
