//! One connection: the only file that knows the MySQL driver.
//!
//! The driver's own round trips are switched off, so that setting up a session costs one statement after the login.
//! Only the text protocol is used: `ALTER SYSTEM` takes no parameters.

use super::{
    error::{Error, Kind, Retry, ServerError},
    row::{Header, Row},
    secret::Secret,
    settings::{Account, Endpoint, Tls, TlsMode},
    statement::{Statement, without_secrets},
};
use mysql_async::{Conn, DriverError, OptsBuilder, SslOpts, Value, prelude::Queryable};
use regex::Regex;
use std::{
    path::PathBuf,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// The longest that any statement may take: the server's own limit is raised to it once, at login, and each statement
/// is bounded by the client. Setting a destination tests it from every server, which can take minutes.
pub(super) const LONGEST_STATEMENT: Duration = Duration::from_secs(3600);

/// The driver asks the server for these two at login unless it is told. No statement comes near the first; the second
/// matters to the driver's own pool only, which is not used.
const MAX_ALLOWED_PACKET: usize = 16 << 20;
const WAIT_TIMEOUT_SECONDS: usize = 28_800;

/// Statements may be silent for minutes, longer than some firewalls remember a connection.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Where and as whom to log in.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) account: Account,
    pub(super) password: Option<Secret>,
    pub(super) tls: Tls,
    pub(super) connect_timeout: Duration,
    /// The endpoint that answered last: it goes first, so that a dead one is not waited for again and again.
    pub(super) preferred: Arc<AtomicUsize>,
}

impl Login {
    fn endpoints(&self) -> impl Iterator<Item = (usize, &Endpoint)> {
        let preferred = self.preferred.load(Ordering::Relaxed);
        let all = || self.endpoints.iter().enumerate();
        all()
            .filter(move |(index, _)| *index == preferred)
            .chain(all().filter(move |(index, _)| *index != preferred))
    }
}

/// What a statement is sent for: words and limits for errors.
#[derive(Clone, Copy)]
pub(super) struct Purpose<'a> {
    /// What is attempted, such as `setting the backup destination of t1`.
    pub(super) attempted: &'a str,
    /// The view that is read, or what else rows come from.
    pub(super) source: &'a str,
    /// How long to wait for the answer.
    pub(super) limit: Duration,
    /// Whether the statement changes something.
    pub(super) writes: bool,
}

/// A connection that is logged in, its session variables pinned.
pub(super) struct Session {
    conn: Conn,
    endpoint: Endpoint,
    /// An answer is outstanding. It stays so when the wait for it ends early, and the session is not used again.
    awaiting_answer: bool,
    /// The server asked to be left: it has lost its role, or is about to end.
    is_stranded: bool,
    last_used: Instant,
    /// Whether the cluster behind it was seen to be the one that writes are meant for.
    pub(super) of_expected_cluster: bool,
}

impl Session {
    /// Logs in at the first endpoint that can be reached.
    ///
    /// A refusal that another endpoint would repeat (a wrong password) ends the attempt, so that no login is locked out.
    pub(super) async fn connect(login: &Login) -> Result<Self, Error> {
        let mut attempts = Vec::new();
        for (index, endpoint) in login.endpoints() {
            match Self::connect_at(endpoint, login).await {
                Ok(session) => {
                    login.preferred.store(index, Ordering::Relaxed);
                    return Ok(session);
                }
                Err(Error::Connect { attempts: reasons }) => attempts.extend(reasons),
                Err(error) if belongs_to_endpoint(&error) => attempts.push(format!("{endpoint}: {error}")),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Connect { attempts })
    }

    async fn connect_at(endpoint: &Endpoint, login: &Login) -> Result<Self, Error> {
        let unreachable = |reason: String| Error::Connect {
            attempts: vec![format!("{endpoint}: {reason}")],
        };
        let started = Instant::now();
        let conn = match timeout(login.connect_timeout, handshake(endpoint, login)).await {
            Err(_) => return Err(unreachable(format!("no answer within {:?}", login.connect_timeout))),
            Ok(Err(mysql_async::Error::Server(server))) => {
                return Err(Error::Login {
                    endpoint: endpoint.to_string(),
                    user: login.account.to_string(),
                    server: Box::new(server_error(&server, without_secrets)),
                });
            }
            Ok(Err(error)) => return Err(unreachable(reason(&error))),
            Ok(Ok(conn)) => conn,
        };
        tracing::debug!(%endpoint, account = %login.account, elapsed = ?started.elapsed(), "logged in");
        let mut session = Self {
            conn,
            endpoint: endpoint.clone(),
            awaiting_answer: false,
            is_stranded: false,
            last_used: Instant::now(),
            of_expected_cluster: false,
        };
        let purpose = Purpose {
            attempted: "preparing the session",
            source: "session variables",
            limit: login.connect_timeout,
            writes: false,
        };
        session.query(&session_variables(), purpose).await?;
        Ok(session)
    }

    /// Sends a statement and waits for all of its rows.
    pub(super) async fn query(&mut self, statement: &Statement, purpose: Purpose<'_>) -> Result<Vec<Row>, Error> {
        let limit = purpose.limit.min(LONGEST_STATEMENT);
        let started = Instant::now();
        self.awaiting_answer = true;
        let answer = timeout(limit, rows(&mut self.conn, statement.text(), purpose.source)).await;
        let elapsed = started.elapsed();
        self.last_used = Instant::now();
        let attempted = purpose.attempted.to_owned();
        let result = match answer {
            Ok(Ok(rows)) => {
                self.awaiting_answer = false;
                Ok(rows)
            }
            Ok(Err(mysql_async::Error::Server(server))) => {
                self.awaiting_answer = false;
                let server = Box::new(server_error(&server, |text| statement.redact(text)));
                self.is_stranded = matches!(server.kind().retry(), Retry::LaterElsewhere | Retry::OnceElsewhere);
                Err(Error::Server {
                    attempted,
                    statement: statement.to_string(),
                    server,
                })
            }
            Ok(Err(error)) => Err(Error::Lost {
                attempted,
                statement: statement.to_string(),
                reason: statement.redact(&reason(&error)),
                maybe_applied: purpose.writes,
            }),
            Err(_) => Err(Error::Timeout {
                attempted,
                statement: statement.to_string(),
                limit,
                maybe_applied: purpose.writes,
            }),
        };
        let endpoint = &self.endpoint;
        match &result {
            Ok(rows) => tracing::debug!(%endpoint, %statement, ?elapsed, rows = rows.len(), "statement"),
            Err(error) => tracing::debug!(%endpoint, %statement, ?elapsed, %error, "statement failed"),
        }
        result
    }

    /// Whether the server still answers.
    pub(super) async fn is_alive(&mut self, limit: Duration) -> bool {
        self.awaiting_answer = true;
        let alive = matches!(timeout(limit, self.conn.ping()).await, Ok(Ok(())));
        self.awaiting_answer = !alive;
        alive
    }

    /// Whether another statement can be sent.
    pub(super) fn is_usable(&self) -> bool {
        !self.awaiting_answer && !self.is_stranded
    }

    /// How long nothing was sent.
    pub(super) fn idle_for(&self) -> Duration {
        self.last_used.elapsed()
    }
}

/// Whether another endpoint may do better: this one is starting, stopping, full, or does not host the tenant.
fn belongs_to_endpoint(error: &Error) -> bool {
    matches!(error.kind(), Some(Kind::TooManyConnections | Kind::TenantNotOnServer))
        || error.retry() != Retry::Never
        || matches!(error, Error::Lost { .. } | Error::Timeout { .. })
}

/// All that views and statements depend on, in one round trip. The driver asks for utf8mb4 in the handshake already;
/// a proxy may have its own mind. Times are in UTC; backslashes escape; quotation marks are strings.
fn session_variables() -> Statement {
    let micros = i64::try_from(LONGEST_STATEMENT.as_micros()).unwrap_or(i64::MAX);
    Statement::new("SET autocommit = 1, time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES', ")
        .sql("character_set_client = 'utf8mb4', character_set_connection = 'utf8mb4', ")
        .sql("character_set_results = 'utf8mb4', ob_query_timeout = ")
        .integer(micros)
}

async fn handshake(endpoint: &Endpoint, login: &Login) -> Result<Conn, mysql_async::Error> {
    let options = OptsBuilder::default()
        .ip_or_hostname(endpoint.host.clone())
        .tcp_port(endpoint.port)
        .user(Some(login.account.to_string()))
        .pass(login.password.as_ref().map(|password| password.reveal().to_owned()))
        .tcp_keepalive(Some(KEEPALIVE))
        .prefer_socket(false)
        .max_allowed_packet(Some(MAX_ALLOWED_PACKET))
        .wait_timeout(Some(WAIT_TIMEOUT_SECONDS))
        .stmt_cache_size(0);
    let encrypted = |tls: SslOpts| Conn::new(options.clone().ssl_opts(tls));
    let tls = &login.tls;
    match tls.mode {
        TlsMode::Disabled => Conn::new(options).await,
        TlsMode::Preferred => match encrypted(unverified(tls)).await {
            Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer)) => Conn::new(options).await,
            answer => answer,
        },
        TlsMode::Required => encrypted(unverified(tls)).await,
        TlsMode::VerifyIdentity => encrypted(verified(tls)).await,
        TlsMode::VerifyCa => match encrypted(verified(tls)).await {
            // The driver's own switch for this no longer recognises the error of today's rustls. The certificate's own
            // name passes the same verification, and so proves the signature and nothing else.
            Err(error) => match name_in_certificate(&error) {
                Some(name) => encrypted(verified(tls).with_danger_tls_hostname_override(Some(name))).await,
                None => Err(error),
            },
            answer => answer,
        },
    }
}

fn unverified(tls: &Tls) -> SslOpts {
    identified(tls).with_danger_accept_invalid_certs(true)
}

fn verified(tls: &Tls) -> SslOpts {
    match &tls.ca_file {
        Some(file) => identified(tls)
            .with_root_certs(vec![file.clone().into()])
            .with_disable_built_in_roots(true),
        None => identified(tls),
    }
}

fn identified(tls: &Tls) -> SslOpts {
    let identity = |certificates: &PathBuf, key: &PathBuf| {
        mysql_async::ClientIdentity::new(certificates.clone().into(), key.clone().into())
    };
    SslOpts::default().with_client_identity(
        tls.cert_file
            .as_ref()
            .zip(tls.key_file.as_ref())
            .map(|(cert, key)| identity(cert, key)),
    )
}

/// A name for which the certificate is valid, when the only complaint is that it is not the endpoint's.
fn name_in_certificate(error: &mysql_async::Error) -> Option<String> {
    static PRESENTED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"not valid for name .*only valid for (?:DnsName|IpAddress)\("?([^")]+)"#).expect("a valid pattern")
    });
    let text = reason(error);
    let name = PRESENTED.captures(&text)?.get(1)?.as_str();
    Some(name.replacen("*.", "any.", 1))
}

async fn rows(conn: &mut Conn, text: String, source: &str) -> Result<Vec<Row>, mysql_async::Error> {
    let mut answer = conn.query_iter(text).await?;
    let columns = answer
        .columns_ref()
        .iter()
        .map(|column| column.name_str().into_owned())
        .collect();
    let header = Arc::new(Header {
        source: source.to_owned(),
        columns,
    });
    let rows: Vec<mysql_async::Row> = answer.collect().await?;
    answer.drop_result().await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            Row::new(
                header.clone(),
                row.unwrap_raw()
                    .into_iter()
                    .map(|value| value.and_then(bytes))
                    .collect(),
            )
        })
        .collect())
}

/// The text protocol sends bytes or null; the other types are for completeness.
fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(bytes),
        other => Some(other.as_sql(false).trim_matches('\'').as_bytes().to_vec()),
    }
}

fn server_error(error: &mysql_async::ServerError, redact: impl FnOnce(&str) -> String) -> ServerError {
    ServerError {
        number: error.code,
        sqlstate: error.state.clone(),
        message: redact(&error.message),
    }
}

/// The innermost cause: the outer ones only say that it was an input/output error.
fn reason(error: &mysql_async::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
