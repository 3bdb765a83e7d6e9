//! One address of the cluster: an observer or a proxy that can go down, and come up again.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc as blocking;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// What clients find at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reachability {
    /// Somebody listens.
    Up,
    /// Nobody listens: connections are refused at once, as by a machine whose server has ended.
    Down,
    /// Connections are taken, and nothing is ever said, as by a machine that hangs.
    Silent,
}

/// A change, and who waits for it.
type Order = (Reachability, blocking::SyncSender<()>);

/// An address that is kept for as long as the server lives, whether anybody listens there or not.
pub(super) struct Endpoint {
    pub(super) address: SocketAddr,
    /// Bound like the socket that listens, so that the port is nobody else's while there is none.
    _reserved: TcpSocket,
    /// Every change ends all sessions.
    cuts: watch::Sender<u64>,
    orders: mpsc::UnboundedSender<Order>,
    pending: Mutex<Option<mpsc::UnboundedReceiver<Order>>>,
}

impl Endpoint {
    /// Reserves the address; port 0 picks a free one.
    pub(super) fn reserve(address: SocketAddr) -> io::Result<Self> {
        // Sockets that share a port share it with those of another simulator, too, unless somebody looks first.
        drop(std::net::TcpListener::bind(address)?);
        let reserved = bound(address)?;
        let (orders, pending) = mpsc::unbounded_channel();
        Ok(Self {
            address: reserved.local_addr()?,
            _reserved: reserved,
            cuts: watch::Sender::new(0),
            orders,
            pending: Mutex::new(Some(pending)),
        })
    }

    /// Starts to listen. Must be called within the runtime.
    pub(super) fn listen(&self) -> io::Result<TcpListener> {
        bound(self.address)?.listen(BACKLOG)
    }

    /// Ends with all sessions that were opened here.
    pub(super) fn sessions(&self) -> watch::Receiver<u64> {
        self.cuts.subscribe()
    }

    pub(super) fn cut_sessions(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    /// Changes what clients find here from now on; sessions end unless it is up. Waits until it is so, which the runtime's
    /// own thread must not.
    pub(super) fn become_reachable_as(&self, reachability: Reachability) {
        let (done, wait) = blocking::sync_channel(1);
        if self.orders.send((reachability, done)).is_ok() {
            // The other end goes with the server, and then nobody finds anything here.
            let _ = wait.recv();
        }
        if reachability != Reachability::Up {
            self.cut_sessions();
        }
    }

    /// Hands each client to `serve`, until the server ends.
    pub(super) async fn accept(self: Arc<Self>, socket: TcpListener, serve: impl Fn(TcpStream)) -> io::Result<()> {
        let mut orders = {
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            pending.take().ok_or_else(|| io::Error::other("accepting twice"))?
        };
        let mut open = Some(socket);
        let mut held = Vec::new();
        let mut silent = false;
        loop {
            let client = async {
                match &open {
                    Some(socket) => socket.accept().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                Some((reachability, done)) = orders.recv() => {
                    silent = reachability == Reachability::Silent;
                    held.clear();
                    open = match (reachability, open.take()) {
                        (Reachability::Down, _) => None,
                        (_, Some(socket)) => Some(socket),
                        (_, None) => Some(self.listen()?),
                    };
                    // Whoever gave the order may have stopped waiting.
                    let _ = done.send(());
                }
                client = client => match silent {
                    true => held.push(client?.0),
                    false => serve(client?.0),
                },
            }
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}
