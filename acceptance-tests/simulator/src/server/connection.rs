//! One client: commands in, replies out, until it leaves.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use mysql_common::constants::{CapabilityFlags, Command, StatusFlags};
use tokio::net::TcpStream;

use super::Listener;
use super::faults::Effect;
use super::framed::Framed;
use super::journal::{RoundTrip, Sender};
use super::login::{LoggedIn, login};
use super::packets::{self, Dialect, Format, Packets};
use super::prepared::PreparedStatements;
use crate::answer::{Answer, ServerError};
use crate::query::text;
use crate::query::{Identity, Session};

const QUIT: u8 = Command::COM_QUIT as u8;
const INIT_DB: u8 = Command::COM_INIT_DB as u8;
const QUERY: u8 = Command::COM_QUERY as u8;
const STATISTICS: u8 = Command::COM_STATISTICS as u8;
const PING: u8 = Command::COM_PING as u8;
const STMT_PREPARE: u8 = Command::COM_STMT_PREPARE as u8;
const STMT_EXECUTE: u8 = Command::COM_STMT_EXECUTE as u8;
const STMT_SEND_LONG_DATA: u8 = Command::COM_STMT_SEND_LONG_DATA as u8;
const STMT_CLOSE: u8 = Command::COM_STMT_CLOSE as u8;
const STMT_RESET: u8 = Command::COM_STMT_RESET as u8;
const SET_OPTION: u8 = Command::COM_SET_OPTION as u8;
const RESET_CONNECTION: u8 = Command::COM_RESET_CONNECTION as u8;

/// The state of a connection between commands. It moves to a worker thread for each command, so that one client's
/// long query does not keep the others waiting.
struct Connection {
    listener: Arc<Listener>,
    sender: Sender,
    session: Session,
    statements: PreparedStatements,
    capabilities: CapabilityFlags,
    multi_statements: bool,
}

/// What to do after a command.
enum Next {
    Reply(Packets),
    /// Some commands have no reply, and a fault may withhold one.
    Silence,
    HangUp,
}

/// Serves one client. An error is the client's: a malformed packet, or a socket that is gone.
pub(super) async fn serve(stream: TcpStream, listener: Arc<Listener>, number: u32) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = Framed::new(stream);
    let Some(client) = login(&mut socket, &listener, number).await? else {
        return Ok(());
    };
    let mut connection = match Connection::new(listener.clone(), client, number) {
        Ok(connection) => connection,
        Err(error) => return socket.write(&[packets::err(&error)]).await,
    };
    socket.write(&[connection.dialect(Format::Text).ok()]).await?;
    while let Some(packet) = socket.read_command().await? {
        let started = Instant::now();
        let command = packet.first().copied().unwrap_or_default();
        let work = move || {
            let next = connection.command(&packet);
            (connection, next)
        };
        let next;
        (connection, next) = tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?;
        if let Some(latency) = listener.latency {
            tokio::time::sleep(latency).await;
        }
        match next? {
            Next::Reply(packets) => {
                listener.journal.round_trip(RoundTrip {
                    connection: number,
                    command,
                    started,
                    finished: Instant::now(),
                });
                socket.write(&packets).await?;
            }
            Next::Silence => {}
            Next::HangUp => return Ok(()),
        }
    }
    Ok(())
}

impl Connection {
    fn new(listener: Arc<Listener>, client: LoggedIn, number: u32) -> Result<Self, ServerError> {
        let identity = Identity {
            viewer: client.account.viewer,
            user: client.user.clone(),
            tenant: client.tenant.clone(),
            connection: number,
        };
        let mut session = Session::new(listener.cluster.clone(), listener.variables.clone(), identity)?;
        if let Some(database) = &client.database {
            session.use_database(database)?;
        }
        Ok(Self {
            listener,
            sender: Sender {
                connection: number,
                user: client.user,
                tenant: client.tenant,
            },
            session,
            statements: PreparedStatements::default(),
            capabilities: client.capabilities,
            multi_statements: client.capabilities.contains(CapabilityFlags::CLIENT_MULTI_STATEMENTS),
        })
    }

    fn dialect(&self, format: Format) -> Dialect {
        let mut status = StatusFlags::empty();
        status.set(StatusFlags::SERVER_STATUS_AUTOCOMMIT, self.session.autocommit());
        status.set(StatusFlags::SERVER_STATUS_IN_TRANS, self.session.in_transaction());
        Dialect {
            capabilities: self.capabilities,
            status,
            offset: self.session.offset(),
            format,
        }
    }

    fn command(&mut self, packet: &[u8]) -> io::Result<Next> {
        let Some((&code, body)) = packet.split_first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an empty command"));
        };
        let sql = || String::from_utf8_lossy(body);
        Ok(match code {
            QUIT => Next::HangUp,
            QUERY => self.query(&sql()),
            PING | STMT_RESET => self.done(Ok(())),
            INIT_DB => {
                let used = self.session.use_database(&sql());
                self.done(used)
            }
            RESET_CONNECTION => {
                self.statements.clear();
                let reset = self.session.reset();
                self.done(reset)
            }
            SET_OPTION => self.set_option(body),
            STATISTICS => Next::Reply(vec![b"oceanbase-simulator".to_vec()]),
            STMT_PREPARE => self.prepare(&sql()),
            STMT_EXECUTE => match self.statements.bind(body)? {
                Ok(sql) => self.statement(&sql, Format::Binary),
                Err(error) => self.done(Err(error)),
            },
            STMT_SEND_LONG_DATA => {
                self.statements.long_data(body);
                Next::Silence
            }
            STMT_CLOSE => {
                self.statements.close(body);
                Next::Silence
            }
            _ => self.done(Err(unknown_command())),
        })
    }

    fn done(&self, result: Result<(), ServerError>) -> Next {
        let mut packets = Packets::new();
        self.dialect(Format::Text)
            .reply(&result.map(|()| Answer::Done), &mut packets);
        Next::Reply(packets)
    }

    fn set_option(&mut self, body: &[u8]) -> Next {
        self.multi_statements = match body {
            [0, 0] => true,
            [1, 0] => false,
            _ => return self.done(Err(unknown_command())),
        };
        Next::Reply(vec![self.dialect(Format::Text).eof()])
    }

    fn prepare(&mut self, sql: &str) -> Next {
        match self.statements.prepare(sql) {
            Ok((id, parameters)) => Next::Reply(packets::prepared(&self.dialect(Format::Binary), id, parameters)),
            Err(error) => self.done(Err(error)),
        }
    }

    fn query(&mut self, sql: &str) -> Next {
        let statements = text::split_statements(sql);
        match statements.as_slice() {
            [] => self.statement("", Format::Text),
            [only] => self.statement(only, Format::Text),
            [_, second, ..] if !self.multi_statements => self.done(Err(text::syntax_error(second, 1))),
            several => self.several(several),
        }
    }

    fn statement(&mut self, sql: &str, format: Format) -> Next {
        let answer = match self.execute(sql) {
            Ok(answer) => answer,
            Err(fault) => return fault,
        };
        let mut packets = Packets::new();
        self.dialect(format).reply(&answer, &mut packets);
        Next::Reply(packets)
    }

    /// Each statement has its own result; the first error ends the series.
    fn several(&mut self, statements: &[&str]) -> Next {
        let mut packets = Packets::new();
        for (index, sql) in statements.iter().enumerate() {
            let answer = match self.execute(sql) {
                Ok(answer) => answer,
                Err(fault) => return fault,
            };
            let mut dialect = self.dialect(Format::Text);
            dialect
                .status
                .set(StatusFlags::SERVER_MORE_RESULTS_EXISTS, index + 1 < statements.len());
            dialect.reply(&answer, &mut packets);
            if answer.is_err() {
                break;
            }
        }
        Next::Reply(packets)
    }

    /// The answer, or what a fault does instead of giving one.
    fn execute(&mut self, sql: &str) -> Result<Result<Answer, ServerError>, Next> {
        let Listener { journal, faults, .. } = &*self.listener;
        let number = journal.received(&self.sender, self.listener.redact(sql), sql);
        let effect = faults.strike(&self.sender.tenant, sql);
        let answer = match &effect {
            Some(Effect::Refuse(error)) => Err(error.clone()),
            Some(effect) if !effect.executes() => {
                faults.done();
                return Err(Self::unanswered(effect));
            }
            Some(_) | None => self.session.run(sql),
        };
        journal.answered(number, &answer);
        let Some(effect) = effect else {
            return Ok(answer);
        };
        faults.done();
        match effect {
            Effect::Refuse(_) => Ok(answer),
            withheld => Err(Self::unanswered(&withheld)),
        }
    }

    fn unanswered(effect: &Effect) -> Next {
        match effect {
            Effect::HoldBefore | Effect::HoldAfter => Next::Silence,
            Effect::CutBefore | Effect::CutAfter | Effect::Refuse(_) => Next::HangUp,
        }
    }
}

fn unknown_command() -> ServerError {
    ServerError {
        errno: 1047,
        sqlstate: "08S01",
        message: "Unknown command".to_owned(),
    }
}
