//! What the server remembers of its clients: the statements, and when each command came and was answered.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::answer::{Answer, ServerError};
use crate::cluster::redact;

const SYNTAX_ERROR: u16 = 1064;

/// A statement as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedStatement {
    /// Number of the connection, from 1.
    pub connection: u32,
    /// User, without the tenant.
    pub user: String,
    /// Tenant of the session.
    pub tenant: String,
    /// Text, with secrets replaced by `***`.
    pub sql: String,
    /// When it came.
    pub time: Instant,
    /// The error it was answered with.
    pub errno: Option<u16>,
}

/// One command and its reply; the client waited for at least this long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundTrip {
    /// Number of the connection, from 1.
    pub connection: u32,
    /// The command's first byte, such as 3 for `COM_QUERY`.
    pub command: u8,
    /// When the command had been read.
    pub started: Instant,
    /// When the reply was about to be written.
    pub finished: Instant,
}

/// Who sent a statement.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) connection: u32,
    pub(super) user: String,
    pub(super) tenant: String,
}

/// Where statements are written besides being remembered.
pub type StatementLog = Box<dyn Write + Send>;

#[derive(Default)]
struct Records {
    statements: VecDeque<(ReceivedStatement, String)>,
    /// How many statements have left the front of the queue.
    forgotten: u64,
    round_trips: VecDeque<RoundTrip>,
    log: Option<StatementLog>,
}

/// The memory itself, bounded.
pub(super) struct Journal {
    records: Mutex<Records>,
    capacity: usize,
}

impl Journal {
    pub(super) fn new(capacity: usize, log: Option<StatementLog>) -> Self {
        let records = Records {
            log,
            ..Records::default()
        };
        Self {
            records: Mutex::new(records),
            capacity,
        }
    }

    /// Remembers a statement before it is executed; the number is for [`Journal::answered`].
    pub(super) fn received(&self, sender: &Sender, redacted: String, sql: &str) -> u64 {
        let statement = ReceivedStatement {
            connection: sender.connection,
            user: sender.user.clone(),
            tenant: sender.tenant.clone(),
            sql: redacted,
            time: Instant::now(),
            errno: None,
        };
        let mut records = self.records();
        records.statements.push_back((statement, sql.to_owned()));
        if records.statements.len() > self.capacity {
            records.statements.pop_front();
            records.forgotten += 1;
        }
        records.forgotten + records.statements.len() as u64 - 1
    }

    /// Notes how a statement ended, and writes its line to the log.
    pub(super) fn answered(&self, number: u64, answer: &Result<Answer, ServerError>) {
        let mut records = self.records();
        let Some(index) = number.checked_sub(records.forgotten) else {
            return;
        };
        let Some((statement, _)) = usize::try_from(index)
            .ok()
            .and_then(|index| records.statements.get_mut(index))
        else {
            return;
        };
        statement.errno = answer.as_ref().err().map(|error| error.errno);
        let line = log_line(statement, answer);
        if let Some(log) = &mut records.log {
            // A log that cannot be written is no reason to fail the client's statement.
            let _ = log.write_all(line.as_bytes()).and_then(|()| log.flush());
        }
    }

    pub(super) fn round_trip(&self, round_trip: RoundTrip) {
        let mut records = self.records();
        records.round_trips.push_back(round_trip);
        if records.round_trips.len() > self.capacity {
            records.round_trips.pop_front();
        }
    }

    pub(super) fn statements(&self) -> Vec<ReceivedStatement> {
        self.records()
            .statements
            .iter()
            .map(|(statement, _)| statement.clone())
            .collect()
    }

    pub(super) fn statements_with_secrets(&self) -> Vec<String> {
        self.records().statements.iter().map(|(_, sql)| sql.clone()).collect()
    }

    pub(super) fn round_trips(&self) -> Vec<RoundTrip> {
        self.records().round_trips.iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        let mut records = self.records();
        records.forgotten += records.statements.len() as u64;
        records.statements.clear();
        records.round_trips.clear();
    }

    fn records(&self) -> std::sync::MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn log_line(statement: &ReceivedStatement, answer: &Result<Answer, ServerError>) -> String {
    let ReceivedStatement {
        connection,
        user,
        tenant,
        sql,
        time,
        ..
    } = statement;
    let outcome = match answer {
        Ok(Answer::Done) => "OK".to_owned(),
        Ok(Answer::Rows(table)) if table.rows.len() == 1 => "1 row".to_owned(),
        Ok(Answer::Rows(table)) => format!("{} rows", table.rows.len()),
        // A syntax error quotes the statement, which may hold a secret just there.
        Err(error) if error.errno == SYNTAX_ERROR => "ERROR 1064 (42000)".to_owned(),
        Err(error) => redact(&error.to_string()),
    };
    let took = time.elapsed().as_millis();
    format!("#{connection} {user}@{tenant}: {sql}\n    {outcome}, {took} ms\n")
}

/// How many commands followed one another without overlapping: the length of the longest chain in which each command
/// came after the reply to the one before it. Latency is paid once per link of this chain.
pub fn sequential_round_trips(round_trips: &[RoundTrip]) -> usize {
    let mut by_end: Vec<&RoundTrip> = round_trips.iter().collect();
    by_end.sort_by_key(|trip| trip.finished);
    // The greedy choice of the earliest end gives the longest chain of disjoint intervals.
    let mut free_at: Option<Instant> = None;
    let mut chain = 0;
    for trip in by_end {
        if free_at.is_none_or(|free_at| trip.started >= free_at) {
            chain += 1;
            free_at = Some(trip.finished);
        }
    }
    chain
}

/// The time during which at least one command was being answered.
pub fn busy_time(round_trips: &[RoundTrip]) -> Duration {
    let mut by_start: Vec<&RoundTrip> = round_trips.iter().collect();
    by_start.sort_by_key(|trip| trip.started);
    let mut covered: Option<Instant> = None;
    let mut busy = Duration::ZERO;
    for trip in by_start {
        let from = covered.map_or(trip.started, |covered| covered.max(trip.started));
        busy += trip.finished.saturating_duration_since(from);
        covered = covered.max(Some(trip.finished));
    }
    busy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trips(spans: &[(u64, u64)]) -> Vec<RoundTrip> {
        let origin = Instant::now();
        let at = |millis| origin + Duration::from_millis(millis);
        let trip = |&(from, to)| RoundTrip {
            connection: 1,
            command: 3,
            started: at(from),
            finished: at(to),
        };
        spans.iter().map(trip).collect()
    }

    #[test]
    fn overlapping_commands_count_once() {
        assert_eq!(
            sequential_round_trips(&trips(&[(0, 10), (1, 9), (10, 20), (12, 30)])),
            2
        );
        assert_eq!(sequential_round_trips(&trips(&[(0, 1), (2, 3), (4, 5)])), 3);
        assert_eq!(sequential_round_trips(&[]), 0);
    }

    #[test]
    fn busy_time_is_the_union_of_the_commands() {
        assert_eq!(
            busy_time(&trips(&[(0, 10), (5, 12), (20, 21)])),
            Duration::from_millis(13)
        );
    }

    #[test]
    fn the_oldest_statements_are_forgotten_first() {
        let journal = Journal::new(2, None);
        let sender = Sender {
            connection: 1,
            user: "root".to_owned(),
            tenant: "sys".to_owned(),
        };
        let numbers: Vec<u64> = ["a", "b", "c"]
            .map(|sql| journal.received(&sender, sql.to_owned(), sql))
            .to_vec();
        journal.answered(numbers[0], &Err(ServerError::general(1, "x")));
        journal.answered(numbers[2], &Err(ServerError::general(2, "x")));
        let kept: Vec<_> = journal.statements().into_iter().map(|s| (s.sql, s.errno)).collect();
        assert_eq!(kept, [("b".to_owned(), None), ("c".to_owned(), Some(2))]);
    }
}
