//! A login, and what is answered there.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, OptsBuilder, ServerError};
use std::fmt;
use tokio::runtime::Runtime;

/// A session of the administrator of sys.
pub(crate) struct Session {
    runtime: Runtime,
    connection: Conn,
}

/// What a server says to a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, with or without rows.
    Done,
    /// Refused.
    Error(ServerError),
}

impl Answer {
    /// The number of the error; 0 when there is none.
    pub(crate) fn number(&self) -> u16 {
        match self {
            Self::Done => 0,
            Self::Error(error) => error.code,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("OK"),
            Self::Error(error) => write!(f, "{} {} {}", error.code, error.state, error.message),
        }
    }
}

impl Session {
    /// Logs in as `root`, without a password.
    pub(crate) fn open(port: u16) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime without threads can be made");
        let options = OptsBuilder::default()
            .ip_or_hostname("127.0.0.1")
            .tcp_port(port)
            .user(Some("root@sys"))
            .prefer_socket(false);
        let connection = runtime.block_on(Conn::new(options))?;
        Ok(Self { runtime, connection })
    }

    /// Sends a statement as it is.
    #[track_caller]
    pub(crate) fn ask(&mut self, statement: &str) -> Answer {
        match self.runtime.block_on(self.connection.query_drop(statement)) {
            Ok(()) => Answer::Done,
            Err(Error::Server(error)) => Answer::Error(error),
            Err(error) => panic!("{statement}: {error}"),
        }
    }
}
