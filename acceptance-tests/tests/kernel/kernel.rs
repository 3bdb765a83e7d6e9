//! Installing, starting and ending the kernel.

use crate::session::Session;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

/// What turns the suite on.
const SWITCH: &str = "OCEANBASE_KERNEL";

/// Later releases have the grammar of backups removed.
const PACKAGE: &str = "pylibseekdb==1.2.0";

/// How long a start may take on a busy machine; usually it is a few seconds.
const PATIENCE: Duration = Duration::from_secs(180);

/// Serves until nobody holds the other end of its input any more, however that came about, and leaves nothing behind. What
/// still writes while its files are removed may need a second round.
const PROGRAM: &str = "
import os, shutil, sys, traceback, pylibseekdb
directory, port = sys.argv[1], int(sys.argv[2])
try:
    pylibseekdb.open_with_service(directory, port)
    print('ready', flush=True)
    sys.stdin.read()
except Exception:
    traceback.print_exc()
finally:
    for attempt in range(9):
        shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)
";

/// A kernel that runs as long as this process.
pub(crate) struct Kernel {
    port: u16,
    _input: ChildStdin,
}

/// The kernel that all tests share, unless the suite is off.
#[track_caller]
pub(crate) fn shared() -> Option<&'static Kernel> {
    static KERNEL: OnceLock<Option<Result<Kernel, String>>> = OnceLock::new();
    let kernel = KERNEL.get_or_init(|| {
        if std::env::var_os(SWITCH).is_some_and(|value| value == "1") {
            return Some(Kernel::start());
        }
        // Not by a macro: the test harness would keep the line to itself.
        let note = format!("kernel suite not run: set {SWITCH}=1 to install {PACKAGE} and test against it");
        writeln!(io::stderr(), "{note}").expect("stderr is open");
        None
    });
    match kernel.as_ref()? {
        Ok(kernel) => Some(kernel),
        Err(reason) => panic!("{reason}\nWithout {SWITCH}=1, `cargo test` leaves the kernel suite out."),
    }
}

impl Kernel {
    /// A session of sys.
    #[track_caller]
    pub(crate) fn session(&self) -> Session {
        Session::open(self.port).unwrap_or_else(|error| panic!("the kernel lets nobody in: {error}"))
    }

    fn start() -> Result<Self, String> {
        let target = target_directory();
        let python = install(&target.join("kernel"))?;
        let directory = tempfile::Builder::new().prefix("kernel-data-").tempdir_in(&target);
        let directory = directory.map_err(|error| format!("no directory for the kernel's data: {error}"))?;
        let port = free_port().map_err(|error| format!("no port for the kernel: {error}"))?;
        let mut child = Command::new(python)
            .args(["-c", PROGRAM])
            // The kernel removes it at its end, which this process does not live to see.
            .arg(directory.keep())
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the kernel does not start: {error}"))?;
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let input = child.stdin.take().expect("stdin is a pipe");
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
            let ready = lines.any(|line| line == "ready");
            // Nobody listens any more when it took too long.
            let _ = sender.send(ready);
            lines.for_each(drop);
        });
        match receiver.recv_timeout(PATIENCE) {
            Ok(true) => Ok(Self { port, _input: input }),
            Ok(false) => Err("the kernel ended while it started; it says above why".to_owned()),
            Err(_) => {
                // It may have ended by now.
                let _ = child.kill();
                Err(format!("the kernel is not ready after {PATIENCE:?}"))
            }
        }
    }
}

/// The Python of a virtual environment that has the kernel; made when it is not there or not complete.
fn install(environment: &Path) -> Result<PathBuf, String> {
    let python = environment.join("bin").join("python");
    let complete = environment.join(PACKAGE);
    if complete.is_file() {
        return Ok(python);
    }
    run(
        Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment),
        "a virtual environment needs Python 3.8 or later with venv (Debian: apt-get install python3-venv)",
    )?;
    run(
        Command::new(&python).args(["-m", "pip", "install", "--quiet", "--only-binary", ":all:", PACKAGE]),
        "the package comes from a Python package registry that pip can reach, for Linux on x86_64 or aarch64",
    )?;
    fs::write(&complete, "").map_err(|error| format!("{}: {error}", complete.display()))?;
    Ok(python)
}

fn run(command: &mut Command, needs: &str) -> Result<(), String> {
    let outcome = command.output();
    let failed = |what: String| format!("The kernel cannot be installed: {needs}.\n{command:?}: {what}");
    match outcome {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(failed(said(&output))),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr))
}

/// Nobody else takes it in the moment until the kernel does: the system hands out such ports in turn.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("0.0.0.0:0")?.local_addr()?.port())
}

/// Cargo's, which holds `debug/deps/` and the tests in it.
fn target_directory() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    let directory = program.ancestors().nth(3);
    directory.expect("Cargo runs tests in its target directory").to_owned()
}
