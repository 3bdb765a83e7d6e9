//! A distant cluster: a proxy that lets everything take its time in either direction.
//!
//! A connection costs what it would on such a link. The client takes itself for connected at once, since the proxy is near;
//! the three journeys by which a real connection comes about are waited for before the server is reached.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// From the client to the server, back, and again: then the server sees the connection.
const JOURNEYS_TO_CONNECT: u32 = 3;

/// Takes connections until it is dropped. Threads rather than tasks: the timers of tasks are too coarse.
pub struct LatencyProxy {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl LatencyProxy {
    /// In front of a server, so far away in each direction.
    pub fn start(server: SocketAddr, one_way: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of this machine is free");
        let address = listener.local_addr().expect("it is bound");
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = stopped.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if seen.load(Ordering::SeqCst) {
                    return;
                }
                thread::spawn(move || connect(client, server, one_way));
            }
        });
        Self { address, stopped }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for LatencyProxy {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that listens; if nobody does any more, there is nobody to wake.
        let _ = TcpStream::connect(self.address);
    }
}

fn connect(client: TcpStream, server: SocketAddr, one_way: Duration) {
    thread::sleep(one_way * JOURNEYS_TO_CONNECT);
    // A server that is gone looks like a connection that is closed.
    let Ok(server) = TcpStream::connect(server) else { return };
    let pairs = [(&client, &server), (&server, &client)];
    for (from, to) in pairs {
        let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else {
            return;
        };
        // Small packets leave at once on either side.
        if to.set_nodelay(true).is_err() {
            return;
        }
        let (sender, receiver) = channel();
        thread::spawn(move || take(from, one_way, &sender));
        thread::spawn(move || deliver(to, &receiver));
    }
}

/// What is on its way, and when it arrives.
type Packet = (Instant, Vec<u8>);

fn take(mut from: TcpStream, one_way: Duration, road: &Sender<Packet>) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let packet = (Instant::now() + one_way, buffer[..length].to_vec());
        if road.send(packet).is_err() {
            return;
        }
    }
}

fn deliver(mut to: TcpStream, road: &Receiver<Packet>) {
    for (arrival, bytes) in road {
        thread::sleep(arrival.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    // The other side may have closed already.
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_WAY: Duration = Duration::from_millis(20);

    /// A server that says a word to everybody who comes, and repeats what it is told.
    fn parrot() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"!").unwrap();
            let mut byte = [0];
            while stream.read_exact(&mut byte).is_ok() {
                stream.write_all(&byte).unwrap();
            }
        });
        address
    }

    #[test]
    fn a_connection_takes_two_round_trips_until_the_first_word_and_every_question_one_more() {
        let proxy = LatencyProxy::start(parrot(), ONE_WAY);
        let begin = Instant::now();
        let mut client = TcpStream::connect(proxy.address()).unwrap();
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        let greeted = begin.elapsed();
        assert!(greeted >= ONE_WAY * 4, "{greeted:?}");
        client.write_all(b"?").unwrap();
        client.read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"?");
        let answered = begin.elapsed() - greeted;
        assert!(answered >= ONE_WAY * 2, "{answered:?}");
    }
}
