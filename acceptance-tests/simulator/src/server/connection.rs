//! One client: commands in, replies out, until it leaves.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mysql_common::constants::{CapabilityFlags, Command, StatusFlags};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::Listener;
use super::control;
use super::endpoint::{Endpoint, Reachability};
use super::faults::Effect;
use super::framed::Framed;
use super::journal::{RoundTrip, Sender};
use super::login::{LoggedIn, login};
use super::packets::{self, Dialect, Format, Packets};
use super::prepared::PreparedStatements;
use crate::answer::{Answer, ServerError};
use crate::cluster::Viewer;
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
    endpoint: Arc<Endpoint>,
    sender: Sender,
    viewer: Viewer,
    session: Session,
    statements: PreparedStatements,
    capabilities: CapabilityFlags,
    multi_statements: bool,
    manner: Manner,
}

/// How the reply to the command at hand is special.
#[derive(Default)]
struct Manner {
    delay: Duration,
    /// The command was meant for the simulator, not for the server that it plays.
    aside: bool,
}

/// What came of a statement.
enum Outcome {
    Answered(Result<Answer, ServerError>),
    /// The connection is to be cut after half of this answer.
    BreaksOff(Result<Answer, ServerError>),
    Cut,
    /// The client is left waiting.
    Held,
}

impl Outcome {
    /// Of a fault that gives no answer.
    fn withheld(effect: &Effect) -> Self {
        match effect {
            Effect::HoldBefore | Effect::HoldAfter => Self::Held,
            _ => Self::Cut,
        }
    }
}

/// What to do after a command.
enum Next {
    Reply(Packets),
    /// Half a reply.
    BreakOff(Packets),
    /// Some commands have no reply, and a fault may withhold one.
    Silence,
    HangUp,
}

/// Serves one client. An error is the client's: a malformed packet, or a socket that is gone.
pub(super) async fn serve(
    stream: TcpStream,
    listener: Arc<Listener>,
    endpoint: Arc<Endpoint>,
    mut cuts: watch::Receiver<u64>,
    number: u32,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let Some((mut socket, client)) = login(Framed::new(stream), &listener, number).await? else {
        return Ok(());
    };
    let mut connection = match Connection::new(listener.clone(), endpoint, client, number) {
        Ok(connection) => connection,
        Err(error) => return socket.write(&[packets::err(&error)]).await,
    };
    socket.write(&[connection.dialect(Format::Text).ok()]).await?;
    loop {
        let packet = tokio::select! {
            biased;
            _ = cuts.changed() => return Ok(()),
            packet = socket.read_command() => packet?,
        };
        let Some(packet) = packet else {
            return Ok(());
        };
        let started = Instant::now();
        let command = packet.first().copied().unwrap_or_default();
        let work = move || {
            let next = connection.command(&packet);
            (connection, next)
        };
        let next;
        (connection, next) = tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?;
        let manner = std::mem::take(&mut connection.manner);
        let delay = listener.latency.unwrap_or_default().saturating_add(manner.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        // Who asked for the end of all sessions still hears that it came.
        if !manner.aside && cuts.has_changed().unwrap_or(true) {
            return Ok(());
        }
        match next? {
            Next::Reply(packets) => {
                if !manner.aside {
                    listener.journal.round_trip(RoundTrip {
                        connection: number,
                        command,
                        started,
                        finished: Instant::now(),
                    });
                }
                socket.write(&packets).await?;
            }
            Next::BreakOff(packets) => return socket.write_half(&packets).await,
            Next::Silence => {}
            Next::HangUp => return Ok(()),
        }
    }
}

impl Connection {
    fn new(
        listener: Arc<Listener>,
        endpoint: Arc<Endpoint>,
        client: LoggedIn,
        number: u32,
    ) -> Result<Self, ServerError> {
        let viewer = client.account.viewer;
        let identity = Identity {
            viewer: viewer.clone(),
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
            endpoint,
            sender: Sender {
                connection: number,
                user: client.user,
                tenant: client.tenant,
            },
            viewer,
            session,
            statements: PreparedStatements::default(),
            capabilities: client.capabilities,
            multi_statements: client.capabilities.contains(CapabilityFlags::CLIENT_MULTI_STATEMENTS),
            manner: Manner::default(),
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
        let mut packets = Packets::new();
        match self.execute(sql) {
            Outcome::Answered(answer) => {
                self.dialect(format).reply(&answer, &mut packets);
                Next::Reply(packets)
            }
            Outcome::BreaksOff(answer) => {
                self.dialect(format).reply(&answer, &mut packets);
                Next::BreakOff(packets)
            }
            Outcome::Cut => Next::HangUp,
            Outcome::Held => Next::Silence,
        }
    }

    /// Each statement has its own result; the first error ends the series.
    fn several(&mut self, statements: &[&str]) -> Next {
        let mut packets = Packets::new();
        for (index, sql) in statements.iter().enumerate() {
            let (answer, breaks_off) = match self.execute(sql) {
                Outcome::Answered(answer) => (answer, false),
                Outcome::BreaksOff(answer) => (answer, true),
                Outcome::Cut => return Next::HangUp,
                Outcome::Held => return Next::Silence,
            };
            let mut dialect = self.dialect(Format::Text);
            dialect
                .status
                .set(StatusFlags::SERVER_MORE_RESULTS_EXISTS, index + 1 < statements.len());
            dialect.reply(&answer, &mut packets);
            if breaks_off {
                return Next::BreakOff(packets);
            }
            if answer.is_err() {
                break;
            }
        }
        Next::Reply(packets)
    }

    fn execute(&mut self, sql: &str) -> Outcome {
        if let Some(control) = control::parse(sql) {
            self.manner.aside = true;
            return Outcome::Answered(control.and_then(|control| self.listener.operate(&self.viewer, control)));
        }
        let Listener { journal, faults, .. } = &*self.listener;
        let number = journal.received(&self.sender, self.listener.redact(sql), sql);
        let effect = faults.strike(&self.sender.tenant, sql);
        let answer = match &effect {
            Some(Effect::Refuse(error)) => Err(error.clone()),
            Some(effect) if !effect.executes() => {
                self.bring_about(effect);
                faults.done();
                return Outcome::withheld(effect);
            }
            Some(_) | None => self.session.run(sql),
        };
        journal.answered(number, &answer);
        let Some(effect) = effect else {
            return Outcome::Answered(answer);
        };
        self.bring_about(&effect);
        faults.done();
        match effect {
            Effect::Refuse(_) => Outcome::Answered(answer),
            Effect::CutWithin => Outcome::BreaksOff(answer),
            Effect::Delay(delay) => {
                self.manner.delay += delay;
                Outcome::Answered(answer)
            }
            withheld => Outcome::withheld(&withheld),
        }
    }

    /// What an effect does beyond this connection.
    fn bring_about(&self, effect: &Effect) {
        if matches!(effect, Effect::EndpointDownBefore | Effect::EndpointDownAfter) {
            self.endpoint.become_reachable_as(Reachability::Down);
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
