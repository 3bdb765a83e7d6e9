//! One connection: the only file that knows the MySQL driver, with [`handshake`] below it.
//!
//! The driver's own round trips are switched off, so that setting up a session costs one statement after the login.
//! Only the text protocol is used: `ALTER SYSTEM` takes no parameters.

mod handshake;

use self::handshake::{Encryption, handshake};
use super::{
    error::{Error, Kind, Retry, ServerError, TlsObstacle},
    row::{Header, Row},
    secret::Secret,
    settings::{Account, Endpoint, Tls, TlsMode},
    statement::{Statement, without_secrets},
    tenant::TenantName,
};
use futures_util::stream::{FuturesUnordered, StreamExt};
use mysql_async::{Conn, Value, prelude::Queryable};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// The longest that any statement may take: the server's own limit is raised to it once, at login, and each statement
/// is bounded by the client. Setting a destination tests it from every server, which can take minutes.
pub(super) const LONGEST_STATEMENT: Duration = Duration::from_secs(3600);

/// How long an endpoint may be silent before the next one is tried beside it. One that is down says so at once; one that
/// hangs must not cost the whole time limit in every process that Terraform starts.
const HEAD_START: Duration = Duration::from_secs(1);

/// Where and as whom to log in.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) account: Account,
    pub(super) password: Option<Secret>,
    pub(super) tls: Tls,
    pub(super) connect_timeout: Duration,
    /// The tenant whose login it is, when it is one of `tenant_credentials`.
    pub(super) of_tenant: Option<TenantName>,
    /// The endpoint that answered last: it goes first, so that a dead one is not waited for again and again.
    pub(super) preferred: Arc<AtomicUsize>,
}

impl Login {
    /// The same login at this endpoint alone.
    pub(super) fn at(&self, endpoint: &Endpoint) -> Self {
        Self {
            endpoints: vec![endpoint.clone()],
            preferred: Arc::default(),
            ..self.clone()
        }
    }

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
    /// A refusal that another endpoint would repeat (a wrong password) ends the attempt, so that no login is locked out. Where
    /// refusing takes longer than the head start, those that were begun meanwhile may have been refused, too.
    pub(super) async fn connect(login: &Login) -> Result<Self, Error> {
        let encryption = Encryption::from_settings(&login.tls)?;
        let mut waiting = login.endpoints().peekable();
        let mut under_way = FuturesUnordered::new();
        let mut missed = Missed::default();
        loop {
            if let Some((index, endpoint)) = waiting.next() {
                let attempt = Self::connect_at(endpoint, login, &encryption);
                under_way.push(async move { (index, endpoint, attempt.await) });
            }
            let answer = match waiting.peek() {
                None => under_way.next().await,
                Some(_) => match timeout(HEAD_START, under_way.next()).await {
                    Ok(answer) => answer,
                    Err(_) => continue,
                },
            };
            match answer {
                None => return Err(missed.into()),
                Some((index, _, Ok(session))) => {
                    login.preferred.store(index, Ordering::Relaxed);
                    return Ok(session);
                }
                Some((_, endpoint, Err(error))) => missed.note(endpoint, error)?,
            }
        }
    }

    async fn connect_at(endpoint: &Endpoint, login: &Login, encryption: &Encryption) -> Result<Self, Error> {
        let unreachable = |reason: String| Error::Connect {
            attempts: vec![format!("{endpoint}: {reason}")],
        };
        let started = Instant::now();
        let conn = match timeout(login.connect_timeout, handshake(endpoint, login, encryption)).await {
            Err(_) => return Err(unreachable(format!("no answer within {:?}", login.connect_timeout))),
            Ok(Err(mysql_async::Error::Server(server))) => {
                return Err(Error::Login {
                    endpoint: endpoint.to_string(),
                    user: login.account.to_string(),
                    server: Box::new(server_error(&server, without_secrets)),
                    of_tenant: login.of_tenant.clone(),
                    tls_disabled: login.tls.mode == TlsMode::Disabled,
                });
            }
            Ok(Err(error)) => {
                return Err(match handshake::obstacle(&error) {
                    Some(obstacle) => Error::Insecure {
                        attempts: vec![format!("{endpoint}: {}", reason(&error))],
                        obstacle,
                    },
                    None => unreachable(reason(&error)),
                });
            }
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

    /// Where it is logged in.
    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// How long nothing was sent.
    pub(super) fn idle_for(&self) -> Duration {
        self.last_used.elapsed()
    }
}

/// Why no endpoint would do, so far.
#[derive(Default)]
struct Missed {
    attempts: Vec<String>,
    obstacle: Option<TlsObstacle>,
    elsewhere: Option<Error>,
}

impl Missed {
    /// Takes note of what kept an endpoint from being used. Gives the error back when another endpoint would not do better.
    fn note(&mut self, endpoint: &Endpoint, error: Error) -> Result<(), Error> {
        match error {
            Error::Connect { attempts } => self.attempts.extend(attempts),
            Error::Insecure { attempts, obstacle } => {
                self.attempts.extend(attempts);
                self.obstacle.get_or_insert(obstacle);
            }
            error if error.kind() == Some(Kind::TenantNotOnServer) => self.elsewhere = Some(error),
            // It is starting, stopping or full, or went away in the middle.
            error
                if error.kind() == Some(Kind::TooManyConnections)
                    || error.retry() != Retry::Never
                    || matches!(error, Error::Lost { .. } | Error::Timeout { .. }) =>
            {
                self.attempts.push(format!("{endpoint}: {error}"));
            }
            error => return Err(error),
        }
        Ok(())
    }
}

impl From<Missed> for Error {
    fn from(missed: Missed) -> Self {
        let attempts = missed.attempts;
        match (missed.obstacle, missed.elsewhere) {
            (Some(obstacle), _) => Self::Insecure { attempts, obstacle },
            (None, Some(error)) => error,
            (None, None) => Self::Connect { attempts },
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn missed(errors: Vec<Error>) -> Result<Error, Error> {
        let endpoint = Endpoint::parse("h").unwrap();
        let mut missed = Missed::default();
        for error in errors {
            missed.note(&endpoint, error)?;
        }
        Ok(missed.into())
    }

    fn attempt(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    fn refused(number: u16) -> Error {
        Error::Login {
            endpoint: "h:2881".to_owned(),
            user: "root@t1".to_owned(),
            server: Box::new(ServerError {
                number,
                sqlstate: "HY000".to_owned(),
                message: "no".to_owned(),
            }),
            of_tenant: None,
            tls_disabled: false,
        }
    }

    #[test]
    fn what_is_said_is_what_can_be_mended() {
        let dead = || Error::Connect {
            attempts: attempt("a: dead"),
        };
        let expired = || Error::Insecure {
            attempts: attempt("b: expired"),
            obstacle: TlsObstacle::Outdated,
        };
        for (errors, expected) in [
            (vec![dead()], "no endpoint could be reached: a: dead"),
            (
                vec![dead(), expired(), refused(5150)],
                "no endpoint could be reached as securely as demanded: a: dead; b: expired",
            ),
            (
                vec![dead(), refused(5150)],
                "root@t1 could not log in at h:2881: error 5150 (HY000): no",
            ),
            (
                vec![dead(), refused(8001)],
                "no endpoint could be reached: a: dead; h:2881: root@t1 could not log in at h:2881: error 8001 (HY000): no",
            ),
        ] {
            assert_eq!(missed(errors).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_wrong_password_is_not_tried_elsewhere() {
        assert_eq!(missed(vec![refused(1045)]).unwrap_err(), refused(1045));
    }
}
