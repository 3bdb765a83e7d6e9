//! Where the process listens: a unix socket that only its owner can reach; on Windows a local port.

use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
#[cfg(unix)]
use std::path::PathBuf;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

/// Somewhere to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    #[cfg(unix)]
    Unix(PathBuf),
    Tcp(std::net::SocketAddr),
}

impl Address {
    /// Go's name for the kind of network.
    pub(super) fn network(&self) -> &'static str {
        match self {
            #[cfg(unix)]
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(unix)]
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

/// A connection of either kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Listens for as long as it lives; leaves nothing behind.
#[derive(Debug)]
pub(super) enum Listener {
    #[cfg(unix)]
    Unix(unix::Listener),
    Tcp(TcpListener),
}

impl Listener {
    /// Listens in the way of this platform.
    pub(super) async fn bind(directory: Option<&Path>, ports: RangeInclusive<u16>) -> io::Result<Self> {
        if cfg!(unix) {
            Self::bind_socket(directory)
        } else {
            Self::bind_port(ports).await
        }
    }

    #[cfg(unix)]
    fn bind_socket(directory: Option<&Path>) -> io::Result<Self> {
        let preferred = directory.map_or_else(std::env::temp_dir, Path::to_owned);
        unix::Listener::bind(&preferred).map(Self::Unix)
    }

    #[cfg(not(unix))]
    fn bind_socket(_directory: Option<&Path>) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Listens on the first free one of the ports.
    async fn bind_port(mut ports: RangeInclusive<u16>) -> io::Result<Self> {
        loop {
            let port = ports.next().ok_or(io::ErrorKind::AddrInUse)?;
            match TcpListener::bind(("127.0.0.1", port)).await {
                Ok(listener) => return Ok(Self::Tcp(listener)),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it listens.
    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => Ok(Address::Unix(listener.path().to_owned())),
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
        }
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => listener.accept().await.map(|stream| Box::new(stream) as _),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::DirBuilderExt;
    use std::path::{Path, PathBuf};
    use tokio::net::{UnixListener, UnixStream};

    /// What every system can hold as the path of a socket: 104 bytes on macOS, 108 on Linux, one of them a zero.
    const LONGEST_PATH: usize = 103;

    /// Where a socket goes when the wanted directory will not do: it may be gone, or its path too long.
    const LAST_RESORT: &str = "/tmp";

    /// A socket in a directory of its own, which keeps others out from the first moment on: a socket cannot be
    /// created with a mode.
    #[derive(Debug)]
    pub(in crate::serve) struct Listener {
        socket: UnixListener,
        path: PathBuf,
    }

    impl Listener {
        pub(super) fn bind(preferred: &Path) -> io::Result<Self> {
            Self::bind_in(preferred).or_else(|reason| {
                Self::bind_in(Path::new(LAST_RESORT)).map_err(|_| {
                    let directory = preferred.display();
                    io::Error::new(reason.kind(), format!("no socket in {directory}: {reason}"))
                })
            })
        }

        fn bind_in(parent: &Path) -> io::Result<Self> {
            if !fits_the_line(parent) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "a path that cannot be passed on",
                ));
            }
            let path = private_directory(parent)?.join("socket");
            let bound = if path.as_os_str().as_bytes().len() > LONGEST_PATH {
                Err(io::ErrorKind::InvalidFilename.into())
            } else {
                UnixListener::bind(&path)
            };
            match bound {
                Ok(socket) => Ok(Self { socket, path }),
                Err(error) => {
                    remove(&path);
                    Err(error)
                }
            }
        }

        pub(super) fn path(&self) -> &Path {
            &self.path
        }

        pub(super) async fn accept(&self) -> io::Result<UnixStream> {
            self.socket.accept().await.map(|(stream, _)| stream)
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            remove(&self.path);
        }
    }

    /// Whether a path can stand in the line that Terraform reads: one line of text, with bars between its fields.
    fn fits_the_line(path: &Path) -> bool {
        path.to_str()
            .is_some_and(|text| !text.contains(|character: char| character == '|' || character.is_control()))
    }

    /// A new directory that only this user can enter. The names of dead processes may still be taken.
    fn private_directory(parent: &Path) -> io::Result<PathBuf> {
        let process = std::process::id();
        for attempt in 0..1000 {
            let path = parent.join(format!("tfplugin-{process}-{attempt}"));
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map(|()| path),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Removes a socket and its directory; when that fails, there is nobody left to tell.
    fn remove(socket: &Path) {
        let _ = fs::remove_file(socket);
        let _ = socket.parent().map(fs::remove_dir);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    async fn bind_below(directory: &Path) -> (Listener, PathBuf) {
        let listener = Listener::bind(Some(directory), 0..=0).await.unwrap();
        let Address::Unix(path) = listener.address().unwrap() else {
            panic!("not a unix socket")
        };
        (listener, path)
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_can_reach_the_socket() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let (_listener, path) = bind_below(directory.path()).await;
        assert!(path.starts_with(directory.path()));
        let mode = path.parent().unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nothing_remains_of_the_socket() {
        let directory = tempfile::tempdir().unwrap();
        drop(bind_below(directory.path()).await);
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_path_too_long_for_a_socket_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("d".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let (_listener, path) = bind_below(&deep).await;
        assert!(!path.starts_with(&deep));
        assert_eq!(deep.read_dir().unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_directory_that_is_not_there_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let (_listener, path) = bind_below(&directory.path().join("gone")).await;
        assert!(!path.starts_with(directory.path()));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_path_that_would_break_the_line_is_not_used() {
        use std::os::unix::ffi::OsStrExt;
        for name in [&b"a|b"[..], b"a\nb", b"a\xff"] {
            let directory = tempfile::tempdir().unwrap();
            let odd = directory.path().join(std::ffi::OsStr::from_bytes(name));
            std::fs::create_dir(&odd).unwrap();
            let (_listener, path) = bind_below(&odd).await;
            assert!(!path.starts_with(directory.path()));
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_passed_over() {
        let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let first = taken.local_addr().unwrap().port();
        let listener = Listener::bind_port(first..=u16::MAX).await.unwrap();
        let Address::Tcp(address) = listener.address().unwrap() else {
            panic!("not a port")
        };
        assert!(address.port() > first);
    }

    #[tokio::test]
    async fn no_free_port_is_an_error() {
        let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(Listener::bind_port(port..=port).await.is_err());
    }
}
