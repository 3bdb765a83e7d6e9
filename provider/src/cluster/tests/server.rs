//! As much of a MySQL server as it takes to see what the client sends, and to misbehave on demand.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the server does with a statement.
#[derive(Clone)]
pub(crate) enum Answer {
    Done,
    Rows(Vec<&'static str>, Vec<Vec<Option<String>>>),
    Refused(u16, &'static str),
    Silence,
    Hangup,
}

type Script = dyn Fn(&str) -> Answer + Send + Sync;

/// A listening server and what it was sent.
pub(crate) struct Server {
    pub(crate) endpoint: String,
    log: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    users: Vec<String>,
    statements: Vec<(usize, String)>,
}

impl Server {
    /// Lets everyone in, and answers statements by the script.
    pub(crate) async fn start(script: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(Answer::Done, script).await
    }

    /// Answers logins, too.
    pub(crate) async fn start_with(login: Answer, script: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_by(move |_| login.clone(), script).await
    }

    /// Answers logins by user, too.
    pub(crate) async fn start_by(
        login: impl Fn(&str) -> Answer + Send + Sync + 'static,
        script: impl Fn(&str) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = listener.local_addr().unwrap().to_string();
        let log = Arc::new(Mutex::new(Log::default()));
        let (login, script): (Arc<Script>, Arc<Script>) = (Arc::new(login), Arc::new(script));
        tokio::spawn({
            let log = log.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    stream.set_nodelay(true).unwrap();
                    tokio::spawn(serve(stream, login.clone(), script.clone(), log.clone()));
                }
            }
        });
        Self { endpoint, log }
    }

    /// Who logged in, in order.
    pub(crate) fn users(&self) -> Vec<String> {
        self.log.lock().unwrap().users.clone()
    }

    /// The statements so far, but for the session variables.
    pub(crate) fn statements(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.statements
            .iter()
            .map(|(_, text)| text.clone())
            .filter(|text| !text.starts_with("SET "))
            .collect()
    }

    /// How many statements each connection was sent, session variables included.
    pub(crate) fn statements_by_connection(&self) -> Vec<usize> {
        let log = self.log.lock().unwrap();
        let count = |connection| {
            log.statements
                .iter()
                .filter(|(number, _)| *number == connection)
                .count()
        };
        (0..log.users.len()).map(count).collect()
    }
}

async fn serve(stream: TcpStream, login: Arc<Script>, script: Arc<Script>, log: Arc<Mutex<Log>>) -> Option<()> {
    let mut connection = Connection { stream, sequence: 0 };
    connection.send(&greeting()).await?;
    let response = connection.receive().await?;
    let user = response.get(32..)?.split(|byte| *byte == 0).next()?;
    let user = String::from_utf8_lossy(user).into_owned();
    let number = {
        let mut log = log.lock().unwrap();
        log.users.push(user.clone());
        log.users.len() - 1
    };
    connection.answer(&login(&user)).await?;
    loop {
        let packet = connection.receive().await?;
        match packet.split_first()? {
            (0x03, text) => {
                let text = String::from_utf8_lossy(text).into_owned();
                log.lock().unwrap().statements.push((number, text.clone()));
                let answer = if text.starts_with("SET ") {
                    Answer::Done
                } else {
                    script(&text)
                };
                connection.answer(&answer).await?;
            }
            (0x0e, _) => connection.answer(&Answer::Done).await?,
            _ => return None,
        }
    }
}

struct Connection {
    stream: TcpStream,
    sequence: u8,
}

impl Connection {
    async fn send(&mut self, payload: &[u8]) -> Option<()> {
        let mut packet = u32::try_from(payload.len()).ok()?.to_le_bytes();
        packet[3] = self.sequence;
        self.sequence = self.sequence.wrapping_add(1);
        self.stream.write_all(&[&packet, payload].concat()).await.ok()
    }

    async fn receive(&mut self) -> Option<Vec<u8>> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head).await.ok()?;
        self.sequence = head[3].wrapping_add(1);
        let mut payload = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some(payload)
    }

    async fn answer(&mut self, answer: &Answer) -> Option<()> {
        match answer {
            Answer::Done => self.send(&[0, 0, 0, 2, 0, 0, 0]).await,
            Answer::Refused(number, text) => {
                self.send(&[&[0xff], &number.to_le_bytes()[..], b"#HY000", text.as_bytes()].concat())
                    .await
            }
            Answer::Rows(columns, rows) => {
                self.send(&[u8::try_from(columns.len()).ok()?]).await?;
                for column in columns {
                    self.send(&column_definition(column)).await?;
                }
                self.send(&[0xfe, 0, 0, 2, 0]).await?;
                for row in rows {
                    let cells = row.iter().map(|cell| cell.as_deref().map_or(vec![0xfb], prefixed));
                    self.send(&cells.collect::<Vec<_>>().concat()).await?;
                }
                self.send(&[0xfe, 0, 0, 2, 0]).await
            }
            Answer::Silence => std::future::pending().await,
            Answer::Hangup => None,
        }
    }
}

fn greeting() -> Vec<u8> {
    const CAPABILITIES: u32 = 0x0008_a205;
    let capabilities = CAPABILITIES.to_le_bytes();
    [
        &b"\x0a5.7.25\0\x01\0\0\0saltsalt\0"[..],
        &capabilities[..2],
        &[45, 2, 0],
        &capabilities[2..],
        &[21],
        &[0; 10],
        b"saltsaltsalt\0",
        b"mysql_native_password\0",
    ]
    .concat()
}

fn column_definition(name: &str) -> Vec<u8> {
    let text = [
        prefixed("def"),
        prefixed(""),
        prefixed(""),
        prefixed(""),
        prefixed(name),
        prefixed(name),
    ]
    .concat();
    [&text[..], &[0x0c, 45, 0, 0, 4, 0, 0, 0xfd, 0, 0, 0, 0, 0]].concat()
}

fn prefixed(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).expect("short texts only")], text.as_bytes()].concat()
}
