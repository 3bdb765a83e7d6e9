//! The MySQL wire: listening, logging in, one task per connection.

mod connection;
mod control;
mod faults;
mod framed;
mod journal;
mod login;
mod operate;
mod packets;
mod prepared;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::cluster::{self, Cluster};
use crate::query::Globals;

pub use faults::{Effect, Fault};
use journal::Journal;
pub use journal::{ReceivedStatement, RoundTrip, StatementLog, busy_time, sequential_round_trips};

/// The translator recurses as deeply as operators follow one another; only pages that are used take memory.
const WORKER_STACK: usize = 64 * 1024 * 1024;

/// How to listen, and what to remember.
pub struct Options {
    /// Port 0 picks a free one.
    pub listen: SocketAddr,
    /// Name of the cluster when the listener plays an OBProxy in front of it: logins as `user@tenant#cluster` are
    /// accepted then.
    pub proxied_cluster: Option<String>,
    /// How many statements and round trips are remembered.
    pub keep: usize,
    /// Every statement is written here too, with secrets as `***`.
    pub statement_log: Option<StatementLog>,
    /// Delays each reply, as a distant network would.
    pub latency: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            proxied_cluster: None,
            keep: 1_000_000,
            statement_log: None,
            latency: None,
        }
    }
}

/// How many clients have logged in, or failed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Logins {
    /// Logins that succeeded since the start.
    pub accepted: usize,
    /// Logins that were refused since the start.
    pub refused: usize,
}

/// What all connections of a server share.
struct Listener {
    cluster: Arc<Mutex<Cluster>>,
    variables: Arc<Globals>,
    journal: Journal,
    faults: faults::Faults,
    proxied_cluster: Option<String>,
    latency: Option<Duration>,
    logins: Mutex<Logins>,
    open: AtomicUsize,
    last_connection: AtomicU32,
    /// Every change ends all sessions.
    restarts: watch::Sender<u64>,
    /// Until this virtual time, in microseconds, nobody may log in.
    refuses_until: AtomicI64,
}

impl Listener {
    fn cluster(&self) -> MutexGuard<'_, Cluster> {
        // A panic while the lock was held has failed its own test; the others may go on.
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn redact(&self, sql: &str) -> String {
        cluster::redact(sql)
    }

    fn restart(&self, refusing: Duration) {
        let refusing = i64::try_from(refusing.as_micros()).unwrap_or(i64::MAX);
        let until = self.cluster().now().saturating_add(refusing);
        self.refuses_until.store(until, Ordering::SeqCst);
        self.restarts.send_modify(|count| *count += 1);
    }

    fn is_starting(&self) -> bool {
        self.cluster().now() < self.refuses_until.load(Ordering::SeqCst)
    }

    fn count_login(&self, count: impl FnOnce(&mut Logins)) {
        count(&mut self.logins.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// A simulated cluster that listens, on a thread of its own, until it is dropped.
pub struct Server {
    address: SocketAddr,
    listener: Arc<Listener>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to listen; clients can connect as soon as this returns.
    pub fn start(cluster: Cluster, options: Options) -> io::Result<Self> {
        let socket = std::net::TcpListener::bind(options.listen)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let listener = Arc::new(Listener {
            variables: Arc::new(Globals::new(&cluster)),
            cluster: Arc::new(Mutex::new(cluster)),
            journal: Journal::new(options.keep, options.statement_log),
            faults: faults::Faults::default(),
            proxied_cluster: options.proxied_cluster,
            latency: options.latency,
            logins: Mutex::default(),
            open: AtomicUsize::new(0),
            last_connection: AtomicU32::new(0),
            restarts: watch::Sender::new(0),
            refuses_until: AtomicI64::new(i64::MIN),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_stack_size(WORKER_STACK)
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let shared = listener.clone();
        let thread = std::thread::Builder::new()
            .name("oceanbase-simulator".to_owned())
            .spawn(move || {
                let accepting = runtime.block_on(async move {
                    let socket = TcpListener::from_std(socket)?;
                    tokio::select! {
                        result = accept(socket, shared) => result,
                        _ = stopped => Ok(()),
                    }
                });
                // Only a broken listening socket ends up here, and clients see that for themselves.
                drop(accepting);
            })?;
        Ok(Self {
            address,
            listener,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The cluster, to look into it and to move its clock. Clients wait while it is locked.
    pub fn cluster(&self) -> Arc<Mutex<Cluster>> {
        self.listener.cluster.clone()
    }

    /// Every statement since the start or the last [`Server::clear_statements`], oldest first, secrets as `***`.
    pub fn statements(&self) -> Vec<ReceivedStatement> {
        self.listener.journal.statements()
    }

    /// The same statements word for word, so that a test can prove that a secret did travel.
    pub fn statements_with_secrets(&self) -> Vec<String> {
        self.listener.journal.statements_with_secrets()
    }

    /// Every command that was answered, in the order of the answers. Logins are not among them.
    pub fn round_trips(&self) -> Vec<RoundTrip> {
        self.listener.journal.round_trips()
    }

    /// Forgets statements and round trips.
    pub fn clear_statements(&self) {
        self.listener.journal.clear();
    }

    /// How many clients are connected now, whether logged in or not.
    pub fn connections(&self) -> usize {
        self.listener.open.load(Ordering::SeqCst)
    }

    /// How many logins were accepted and refused since the start.
    pub fn logins(&self) -> Logins {
        *self.listener.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a fault wait for its statements.
    pub fn inject(&self, fault: Fault) {
        self.listener.faults.add(fault);
    }

    /// Ends all sessions, as a restart does; logins are refused with 8001 until the virtual clock has moved this far.
    pub fn restart(&self, refusing: Duration) {
        self.listener.restart(refusing);
    }

    /// Waits until a fault has struck since the last [`Server::clear_faults`], its statement executed if it was to be;
    /// `false` when none has in time.
    pub fn until_struck(&self, limit: Duration) -> bool {
        self.listener.faults.until_struck(limit)
    }

    /// Forgets all faults that still wait.
    pub fn clear_faults(&self) {
        self.listener.faults.clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its panic, if any, has been printed already; dropping must not panic again.
            let _ = thread.join();
        }
    }
}

async fn accept(socket: TcpListener, listener: Arc<Listener>) -> io::Result<()> {
    loop {
        let (stream, _) = socket.accept().await?;
        let number = listener.last_connection.fetch_add(1, Ordering::SeqCst) + 1;
        let listener = listener.clone();
        tokio::spawn(async move {
            let open = Open::count(&listener);
            // The error is the client's, and it is gone.
            let _ = connection::serve(stream, listener.clone(), number).await;
            drop(open);
        });
    }
}

/// Counts a connection for as long as it lives, however it ends.
struct Open<'a>(&'a AtomicUsize);

impl<'a> Open<'a> {
    fn count(listener: &'a Listener) -> Self {
        listener.open.fetch_add(1, Ordering::SeqCst);
        Self(&listener.open)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
