//! A simulated cluster in a process of its own, as one starts it by hand.

use crate::provider_binary;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;

const PACKAGE: &str = "oceanbase-simulator";

/// A process that ends with this value.
pub struct SimulatorProcess {
    child: Child,
    endpoint: String,
    _stdout: BufReader<ChildStdout>,
    _files: TempDir,
}

impl SimulatorProcess {
    /// Starts it at a free port, with further arguments.
    pub fn start(arguments: &[&str]) -> Self {
        let files = tempfile::Builder::new().prefix("oceanbase-").tempdir();
        let files = files.expect("a temporary directory can be made");
        let program = provider_binary::build(&[env!("CARGO_PKG_NAME"), PACKAGE], PACKAGE);
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0"])
            .arg("--storage-root")
            .arg(files.path().join("storage"))
            .arg("--statement-log")
            .arg(files.path().join("statements.log"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("the simulator introduces itself");
        let rest = line.split_once("listens on ").map(|(_, rest)| rest);
        let endpoint = rest
            .and_then(|rest| rest.split_once(". Log in"))
            .map(|(endpoint, _)| endpoint);
        Self {
            endpoint: endpoint.unwrap_or_else(|| panic!("{line:?}")).to_owned(),
            child,
            _stdout: stdout,
            _files: files,
        }
    }

    /// Where it listens, as `host:port`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for SimulatorProcess {
    fn drop(&mut self) {
        // It may have ended by itself, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
