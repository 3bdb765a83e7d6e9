//! The MySQL wire: listening, logging in, one task per connection.

mod connection;
mod control;
mod endpoint;
mod faults;
mod framed;
mod journal;
mod login;
mod operate;
mod packets;
mod prepared;
mod tls;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::cluster::{self, Cluster};
use crate::query::Globals;

use endpoint::Endpoint;
pub use endpoint::Reachability;
pub use faults::{Effect, Fault};
use journal::Journal;
pub use journal::{ReceivedStatement, RoundTrip, StatementLog, busy_time, sequential_round_trips};
pub use tls::Tls;

/// The translator recurses as deeply as operators follow one another; only pages that are used take memory.
const WORKER_STACK: usize = 64 * 1024 * 1024;

/// How to listen, and what to remember.
pub struct Options {
    /// The addresses of the cluster, such as those of its observers or of several proxies; at least one. Port 0 picks a
    /// free one.
    pub listen: Vec<SocketAddr>,
    /// What clients that ask for TLS get; without it they are told that there is none.
    pub tls: Option<Tls>,
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
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
            tls: None,
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
    /// How many of those accepted are encrypted.
    pub encrypted: usize,
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
    endpoints: Vec<Arc<Endpoint>>,
    tls: Option<Tls>,
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
        self.endpoints.iter().for_each(|endpoint| endpoint.cut_sessions());
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
    listener: Arc<Listener>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to listen; clients can connect as soon as this returns.
    pub fn start(cluster: Cluster, options: Options) -> io::Result<Self> {
        let endpoints = options
            .listen
            .into_iter()
            .map(|address| Endpoint::reserve(address).map(Arc::new));
        let endpoints: Vec<Arc<Endpoint>> = endpoints.collect::<io::Result<_>>()?;
        if endpoints.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no address to listen on"));
        }
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
            endpoints,
            tls: options.tls,
            refuses_until: AtomicI64::new(i64::MIN),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_stack_size(WORKER_STACK)
            .build()?;
        let sockets = {
            let _context = runtime.enter();
            let sockets = listener.endpoints.iter().map(|endpoint| endpoint.listen());
            sockets.collect::<io::Result<Vec<_>>>()?
        };
        let (stop, stopped) = oneshot::channel();
        let shared = listener.clone();
        let thread = std::thread::Builder::new()
            .name("oceanbase-simulator".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    tokio::select! {
                        () = accept(sockets, shared) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            listener,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens, first of all.
    pub fn address(&self) -> SocketAddr {
        self.listener.endpoints[0].address
    }

    /// Everywhere where it listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listener
            .endpoints
            .iter()
            .map(|endpoint| endpoint.address)
            .collect()
    }

    /// Changes what clients find at the address of this index from now on; sessions there end unless it is up.
    pub fn set_reachability(&self, endpoint: usize, reachability: Reachability) {
        self.listener.endpoints[endpoint].become_reachable_as(reachability);
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

/// Accepts clients at all addresses, until there is none left that works.
async fn accept(sockets: Vec<TcpListener>, listener: Arc<Listener>) {
    let mut accepting = JoinSet::new();
    for (endpoint, socket) in listener.endpoints.iter().cloned().zip(sockets) {
        let listener = listener.clone();
        let serve = {
            let endpoint = endpoint.clone();
            move |stream| {
                let number = listener.last_connection.fetch_add(1, Ordering::SeqCst) + 1;
                let (listener, endpoint, cuts) = (listener.clone(), endpoint.clone(), endpoint.sessions());
                tokio::spawn(async move {
                    let open = Open::count(&listener);
                    // The error is the client's, and it is gone.
                    let _ = connection::serve(stream, listener.clone(), endpoint, cuts, number).await;
                    drop(open);
                });
            }
        };
        accepting.spawn(endpoint.accept(socket, serve));
    }
    // Only a broken listening socket ends one, and clients see that for themselves.
    while accepting.join_next().await.is_some() {}
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
