//! `SIMULATOR …`: faults and events on demand, for whoever sits at a prompt. No server has such a statement, so it has a
//! grammar of its own, leaves no trace among the statements received, and meets no fault itself.

use std::time::Duration;

use super::endpoint::Reachability;
use super::faults::{Effect, Fault};
use crate::answer::ServerError;
use crate::cluster::error;
use crate::cluster::lexer::{Token, TokenKind, tokens};
use crate::cluster::{AbandonedClaim, CompatibilityMode, StorageFault, duration};
use crate::query::text;

/// Form, example and effect of every statement, as `SIMULATOR HELP` lists them.
pub(super) const FORMS: [[&str; 3]; 25] = [
    [
        "CUT {BEFORE | AFTER | WITHIN} 'text' [SKIP n] [TIMES n] [TENANT t]",
        "SIMULATOR CUT AFTER 'noarchivelog'",
        "Cuts the connection before a statement that contains the text, after it without a reply, or halfway through the reply",
    ],
    [
        "ANSWER number 'message' TO 'text' [SKIP n] [TIMES n] [TENANT t]",
        "SIMULATOR ANSWER 4012 'Timeout' TO 'data_backup_dest' TIMES 3",
        "Refuses statements that contain the text with this error, once or as often as told",
    ],
    [
        "DELAY time TO 'text' [SKIP n] [TIMES n] [TENANT t]",
        "SIMULATOR DELAY 500ms TO 'select'",
        "Holds back the reply to statements that contain the text, in real time",
    ],
    [
        "CLEAR",
        "SIMULATOR CLEAR",
        "Forgets every CUT, ANSWER and DELAY that still waits",
    ],
    [
        "RESTART [time]",
        "SIMULATOR RESTART 30s",
        "Ends all sessions; until so much time has passed on the virtual clock, logins are answered with 8001",
    ],
    [
        "DOWN {BEFORE | AFTER} 'text' [SKIP n] [TIMES n] [TENANT t]",
        "SIMULATOR DOWN AFTER 'noarchivelog'",
        "Takes down the endpoint that receives a statement that contains the text, before or after it is executed",
    ],
    [
        "ENDPOINT n {DOWN | SILENT | UP}",
        "SIMULATOR ENDPOINT 2 DOWN",
        "Ends all sessions at the nth address; there, connections are refused, are never spoken to, or are welcome again",
    ],
    [
        "ABANDON {CHECK_FILE | FORMAT_FILE} TENANT t",
        "SIMULATOR ABANDON CHECK_FILE TENANT mysql_tenant",
        "The tenant's next SET of a destination times out once this file is written: the retry is answered with 9080 or 9081",
    ],
    [
        "STORAGE {READ_ONLY | FULL | DENIED | UNREACHABLE | OK} 'path'",
        "SIMULATOR STORAGE READ_ONLY 'file:///backup'",
        "Storage under the path fails in this way from now on, or works again",
    ],
    [
        "SLOW_PREPARE time TENANT t",
        "SIMULATOR SLOW_PREPARE 2m TENANT mysql_tenant",
        "The next PREPARE of the tenant's archive, or the current one, lasts this long",
    ],
    [
        "INTERRUPT 'comment' TENANT t",
        "SIMULATOR INTERRUPT 'log recycled' TENANT mysql_tenant",
        "The tenant's running archive round becomes INTERRUPTED, with this comment",
    ],
    [
        "STICK TENANT t",
        "SIMULATOR STICK TENANT mysql_tenant",
        "The next STOPPING of the tenant's archive, or the current one, lasts until it is forced after ten minutes",
    ],
    [
        "ADVANCE time",
        "SIMULATOR ADVANCE 1h",
        "Moves the virtual clock, with everything that happens in that time",
    ],
    [
        "BACKUP START time TENANT t",
        "SIMULATOR BACKUP START 10m TENANT mysql_tenant",
        "Starts a data backup that runs for so long",
    ],
    [
        "BACKUP END TENANT t",
        "SIMULATOR BACKUP END TENANT mysql_tenant",
        "Ends the tenant's data backups now",
    ],
    [
        "BACKUP HOLD TENANT t",
        "SIMULATOR BACKUP HOLD TENANT mysql_tenant",
        "The tenant's next data backup stays DOING until it is ended or cancelled",
    ],
    [
        "BACKUP FAIL number [TIMES n] TENANT t",
        "SIMULATOR BACKUP FAIL 9138 TENANT mysql_tenant",
        "The tenant's next data backup fails with this error, after ten more attempts where it may pass by itself; with TIMES, only so many turns meet it, and 0 forgets it",
    ],
    [
        "REMOVE 'path'",
        "SIMULATOR REMOVE 'file:///data/format.obbak'",
        "Removes a file or directory from storage",
    ],
    [
        "LAG time TENANT t",
        "SIMULATOR LAG 10m TENANT mysql_tenant",
        "The checkpoint of the tenant's archive stays so far behind from now on",
    ],
    [
        "UPGRADE {BEGIN | END}",
        "SIMULATOR UPGRADE BEGIN",
        "Begins or ends an upgrade of the cluster: meanwhile no data backup starts, and those that run fail",
    ],
    [
        "ENCRYPT 'table' TENANT t",
        "SIMULATOR ENCRYPT 'orders' TENANT mysql_tenant",
        "Writes a table into an encrypted tablespace, under the tenant's current master key",
    ],
    [
        "TENANT ADD t [ORACLE]",
        "SIMULATOR TENANT ADD shop",
        "Creates a tenant whose administrator has no password",
    ],
    [
        "TENANT {LOCK | UNLOCK | DROP} t",
        "SIMULATOR TENANT LOCK mysql_tenant",
        "Locks a tenant, unlocks it, or drops it; what it backed up stays in storage",
    ],
    [
        "SNAPSHOT {CREATE | DROP} TENANT t",
        "SIMULATOR SNAPSHOT CREATE TENANT mysql_tenant",
        "Gives a tenant a snapshot, or drops all it has; from 4.3.0 on they keep the archive from being stopped",
    ],
    ["HELP", "SIMULATOR HELP", "Lists these statements"],
];

/// A statement, understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Control {
    Help,
    Inject(Fault),
    ClearFaults,
    /// Logins are refused for this long.
    Restart(Duration),
    /// What clients find at an endpoint, counted from 1.
    Endpoint {
        number: usize,
        reachability: Reachability,
    },
    Storage {
        path: String,
        fault: Option<StorageFault>,
    },
    Advance(Duration),
    /// What lies at this path in storage goes.
    Remove(String),
    Upgrade(bool),
    AddTenant {
        name: String,
        mode: CompatibilityMode,
    },
    /// Something that happens to one tenant.
    Tenant {
        name: String,
        event: Event,
    },
}

/// What happens to one tenant.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    Abandon(AbandonedClaim),
    SlowPrepare(Duration),
    Interrupt(String),
    Stick,
    Snapshots(bool),
    StartBackup(Duration),
    EndBackup,
    HoldBackup,
    FailBackup(u16),
    TroubleBackups { errno: u16, turns: u32 },
    ArchiveLag(Duration),
    Encrypt(String),
    Lock(bool),
    Drop,
}

/// Parses a statement. `None` means that it is the server's, not the simulator's.
pub(super) fn parse(sql: &str) -> Option<Result<Control, ServerError>> {
    if !text::starts_with_word(text::skip_comments(sql), "SIMULATOR") {
        return None;
    }
    let mut reader = Reader {
        sql,
        tokens: tokens(sql),
        position: 1,
    };
    Some(reader.control().and_then(|control| reader.end(control)))
}

struct Reader<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    position: usize,
}

impl Reader<'_> {
    fn control(&mut self) -> Result<Control, ServerError> {
        const FIRST: [&str; 20] = [
            "HELP",
            "CUT",
            "ANSWER",
            "DELAY",
            "DOWN",
            "ENDPOINT",
            "CLEAR",
            "RESTART",
            "STORAGE",
            "ADVANCE",
            "ABANDON",
            "SLOW_PREPARE",
            "INTERRUPT",
            "STICK",
            "SNAPSHOT",
            "REMOVE",
            "UPGRADE",
            "LAG",
            "ENCRYPT",
            "BACKUP",
        ];
        if self.word(&["TENANT"]).is_ok() {
            return self.life_of_tenant();
        }
        Ok(match self.word(&FIRST)? {
            "CUT" => {
                let effect = match self.word(&["BEFORE", "AFTER", "WITHIN"])? {
                    "BEFORE" => Effect::CutBefore,
                    "AFTER" => Effect::CutAfter,
                    _ => Effect::CutWithin,
                };
                self.fault(effect)?
            }
            "ANSWER" => {
                let errno = self.number()?;
                let message = self.value()?;
                self.word(&["TO"])?;
                self.fault(Effect::Refuse(ServerError {
                    errno,
                    sqlstate: error::sqlstate(errno),
                    message,
                }))?
            }
            "DELAY" => {
                let delay = self.time()?;
                self.word(&["TO"])?;
                self.fault(Effect::Delay(delay))?
            }
            "DOWN" => {
                let effect = match self.word(&["BEFORE", "AFTER"])? {
                    "BEFORE" => Effect::EndpointDownBefore,
                    _ => Effect::EndpointDownAfter,
                };
                self.fault(effect)?
            }
            "ENDPOINT" => {
                let number = self.number()?;
                let reachability = match self.word(&["DOWN", "SILENT", "UP"])? {
                    "DOWN" => Reachability::Down,
                    "SILENT" => Reachability::Silent,
                    _ => Reachability::Up,
                };
                Control::Endpoint { number, reachability }
            }
            "CLEAR" => Control::ClearFaults,
            "RESTART" if self.is_at_end() => Control::Restart(Duration::ZERO),
            "RESTART" => Control::Restart(self.time()?),
            "STORAGE" => self.storage()?,
            "ADVANCE" => Control::Advance(self.time()?),
            "REMOVE" => Control::Remove(self.value()?),
            "UPGRADE" => Control::Upgrade(self.word(&["BEGIN", "END"])? == "BEGIN"),
            "HELP" => Control::Help,
            event => self.event(event)?,
        })
    }

    fn fault(&mut self, effect: Effect) -> Result<Control, ServerError> {
        let containing = self.value()?;
        let after = self.count("SKIP", 0)?;
        let times = self.count("TIMES", 1)?;
        let tenant = match self.word(&["TENANT"]) {
            Ok(_) => Some(self.value()?),
            Err(_) => None,
        };
        Ok(Control::Inject(Fault {
            containing,
            tenant,
            after,
            times,
            effect,
        }))
    }

    fn count<T: std::str::FromStr>(&mut self, word: &str, otherwise: T) -> Result<T, ServerError> {
        match self.word(&[word]) {
            Ok(_) => self.number(),
            Err(_) => Ok(otherwise),
        }
    }

    fn storage(&mut self) -> Result<Control, ServerError> {
        let fault = match self.word(&["READ_ONLY", "FULL", "DENIED", "UNREACHABLE", "OK"])? {
            "READ_ONLY" => Some(StorageFault::ReadOnly),
            "FULL" => Some(StorageFault::OutOfSpace),
            "DENIED" => Some(StorageFault::PermissionDenied),
            "UNREACHABLE" => Some(StorageFault::Unreachable),
            _ => None,
        };
        let start = self.position;
        let path = self.value()?;
        // A bare path would be below no storage, and have no effect.
        if !path.contains("://") {
            self.position = start;
            return Err(self.unexpected());
        }
        Ok(Control::Storage { path, fault })
    }

    fn event(&mut self, word: &str) -> Result<Control, ServerError> {
        let event = match word {
            "ABANDON" => Event::Abandon(match self.word(&["CHECK_FILE", "FORMAT_FILE"])? {
                "CHECK_FILE" => AbandonedClaim::AfterCheckFile,
                _ => AbandonedClaim::AfterFormatFile,
            }),
            "SLOW_PREPARE" => Event::SlowPrepare(self.time()?),
            "INTERRUPT" => Event::Interrupt(self.value()?),
            "STICK" => Event::Stick,
            "SNAPSHOT" => Event::Snapshots(self.word(&["CREATE", "DROP"])? == "CREATE"),
            "LAG" => Event::ArchiveLag(self.time()?),
            "ENCRYPT" => Event::Encrypt(self.value()?),
            _ => match self.word(&["START", "END", "HOLD", "FAIL"])? {
                "START" => Event::StartBackup(self.time()?),
                "HOLD" => Event::HoldBackup,
                "FAIL" => self.failure_of_backups()?,
                _ => Event::EndBackup,
            },
        };
        self.word(&["TENANT"])?;
        let name = self.value()?;
        Ok(Control::Tenant { name, event })
    }

    fn failure_of_backups(&mut self) -> Result<Event, ServerError> {
        let errno = self.number()?;
        Ok(match self.word(&["TIMES"]) {
            Ok(_) => Event::TroubleBackups {
                errno,
                turns: self.number()?,
            },
            Err(_) => Event::FailBackup(errno),
        })
    }

    fn life_of_tenant(&mut self) -> Result<Control, ServerError> {
        let verb = self.word(&["ADD", "DROP", "LOCK", "UNLOCK"])?;
        let name = self.value()?;
        let event = match verb {
            "LOCK" => Event::Lock(true),
            "UNLOCK" => Event::Lock(false),
            "DROP" => Event::Drop,
            _ => {
                let mode = match self.word(&["ORACLE"]) {
                    Ok(_) => CompatibilityMode::Oracle,
                    Err(_) => CompatibilityMode::MySql,
                };
                return Ok(Control::AddTenant { name, mode });
            }
        };
        Ok(Control::Tenant { name, event })
    }

    /// One of these words, in any case.
    fn word<'w>(&mut self, words: &[&'w str]) -> Result<&'w str, ServerError> {
        let found = match self.tokens.get(self.position).map(|token| &token.kind) {
            Some(TokenKind::Word(found)) => words.iter().find(|word| found.eq_ignore_ascii_case(word)),
            _ => None,
        };
        let word = found.ok_or_else(|| self.unexpected())?;
        self.position += 1;
        Ok(word)
    }

    /// A text, a name or a number; the quotes may be left out where it is a word.
    fn value(&mut self) -> Result<String, ServerError> {
        let value = match self.tokens.get(self.position).map(|token| &token.kind) {
            Some(
                TokenKind::Text(value)
                | TokenKind::Word(value)
                | TokenKind::QuotedName(value)
                | TokenKind::Number(value),
            ) => value.clone(),
            _ => return Err(self.unexpected()),
        };
        self.position += 1;
        Ok(value)
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, ServerError> {
        self.parsed(|value| value.parse().ok())
    }

    /// As in parameters: `500ms`, `30s`, `2m`, `1h`, `1d`.
    fn time(&mut self) -> Result<Duration, ServerError> {
        self.parsed(|value| Some(Duration::from_micros(u64::try_from(duration(value)?).ok()?)))
    }

    fn parsed<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, ServerError> {
        let before = self.position;
        let value = self.value()?;
        parse(&value).ok_or_else(|| {
            self.position = before;
            self.unexpected()
        })
    }

    fn is_at_end(&self) -> bool {
        self.tokens[self.position..]
            .iter()
            .all(|token| token.kind == TokenKind::Symbol(';'))
    }

    fn end(&self, control: Control) -> Result<Control, ServerError> {
        if self.is_at_end() {
            Ok(control)
        } else {
            Err(self.unexpected())
        }
    }

    fn unexpected(&self) -> ServerError {
        let token = self.tokens.get(self.position).or(self.tokens.last());
        error::syntax(self.sql, token.map_or(0, |token| token.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_statements_to_the_simulator_are_taken() {
        for sql in ["SELECT 1", "ALTER SYSTEM ARCHIVELOG", "", "'SIMULATOR' HELP"] {
            assert_eq!(parse(sql), None, "{sql}");
        }
    }

    #[test]
    fn every_example_in_the_help_is_understood() {
        for [form, example, _] in FORMS {
            assert!(matches!(parse(example), Some(Ok(_))), "{example}");
            let verb = form.split(' ').next().unwrap_or_default();
            assert!(example.starts_with(&format!("SIMULATOR {verb}")), "{form}: {example}");
        }
    }

    #[test]
    fn a_fault_can_be_told_when_how_often_and_for_whom() {
        let fault = Fault {
            containing: "archivelog".to_owned(),
            tenant: Some("shop".to_owned()),
            after: 2,
            times: 3,
            effect: Effect::CutWithin,
        };
        assert_eq!(
            parse("/* c */ simulator cut within 'archivelog' SKIP 2 TIMES 3 TENANT shop;"),
            Some(Ok(Control::Inject(fault)))
        );
    }

    #[test]
    fn mistakes_are_quoted_from_where_they_begin() {
        for (sql, near) in [
            ("SIMULATOR", "SIMULATOR"),
            ("SIMULATOR EXPLODE", "EXPLODE"),
            ("SIMULATOR CUT 'x'", "'x'"),
            ("SIMULATOR CUT AFTER 'x' TIMES many", "many"),
            ("SIMULATOR ANSWER 99999 'x' TO 'y'", "99999 'x' TO 'y'"),
            ("SIMULATOR STORAGE DENIED '/backup'", "'/backup'"),
            ("SIMULATOR ADVANCE soon", "soon"),
            ("SIMULATOR RESTART 30s now", "now"),
            ("SIMULATOR ENDPOINT first DOWN", "first DOWN"),
            ("SIMULATOR ENDPOINT 1", "1"),
            ("SIMULATOR ABANDON CHECK_FILE", "CHECK_FILE"),
            ("SIMULATOR TENANT DROP 'a' ORACLE", "ORACLE"),
            ("SIMULATOR BACKUP FAIL soon TENANT t", "soon TENANT t"),
            ("SIMULATOR BACKUP FAIL 9138 TIMES TENANT t", "TENANT t"),
            ("SIMULATOR UPGRADE NOW", "NOW"),
        ] {
            let expected = error::syntax(sql, sql.len() - near.len());
            assert_eq!(parse(sql), Some(Err(expected)), "{sql}");
        }
    }
}
