//! What a provider's process cost, noted by a small program that Terraform starts in its place.
//!
//! Terraform starts the shim, the shim starts itself once more, and that copy *becomes* the provider: it asks the kernel to
//! be ended with the first shim (so that a provider never outlives a shim that Terraform killed), and replaces itself by the
//! provider. Standard streams and environment are those that Terraform gave.
//!
//! The kernel's accounts of a child that was waited for have the processor time, and the peak of its resident memory. A
//! child that Terraform starts directly shows the peak of Terraform itself there, since it is born in its memory; one that
//! is born in a shim of two megabytes shows its own. So the number is the same as `VmHWM` in `/proc`, without the growth
//! that looking there from time to time would miss.

use nix::sys::prctl::set_pdeathsig;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::Signal;
use nix::sys::time::TimeValLike;
use nix::unistd::{Pid, getppid};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The provider's executable.
pub const PROVIDER: &str = "BENCHMARK_PROVIDER";
/// The file that gets a line for each process.
pub const REPORT: &str = "BENCHMARK_REPORT";
/// Set for the copy that becomes the provider: the process that it must not outlive.
const SUPERVISOR: &str = "BENCHMARK_SUPERVISOR";

/// What one process of a provider cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// When it was started.
    pub started: SystemTime,
    /// When it was gone.
    pub ended: SystemTime,
    /// Processor time, in user and kernel mode.
    pub cpu: Duration,
    /// The most memory that was resident at a time, in bytes.
    pub peak_memory: u64,
}

/// The program: supervises, or becomes the provider.
pub fn main() -> io::Result<ExitCode> {
    let provider = PathBuf::from(required(PROVIDER)?);
    match std::env::var(SUPERVISOR) {
        Ok(supervisor) => Err(become_provider(&provider, &supervisor)),
        Err(_) => supervise(Path::new(&required(REPORT)?)),
    }
}

/// The lines of a report. A process that was killed together with its shim has none.
pub fn costs(report: &Path) -> Vec<Cost> {
    let text = match std::fs::read_to_string(report) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => panic!("{}: {error}", report.display()),
    };
    let line = |line: &str| Cost::parse(line).unwrap_or_else(|| panic!("not a line of a report: {line:?}"));
    text.lines().map(line).collect()
}

impl Cost {
    fn parse(line: &str) -> Option<Self> {
        let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [started, ended, cpu, peak_memory] = numbers[..] else {
            return None;
        };
        Some(Self {
            started: UNIX_EPOCH + Duration::from_micros(started),
            ended: UNIX_EPOCH + Duration::from_micros(ended),
            cpu: Duration::from_micros(cpu),
            peak_memory,
        })
    }

    fn line(&self) -> String {
        let micros = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        format!(
            "{} {} {} {}\n",
            micros(self.started),
            micros(self.ended),
            self.cpu.as_micros(),
            self.peak_memory,
        )
    }
}

fn required(variable: &str) -> io::Result<std::ffi::OsString> {
    std::env::var_os(variable).ok_or_else(|| io::Error::other(format!("{variable} is not set")))
}

fn supervise(report: &Path) -> io::Result<ExitCode> {
    let started = SystemTime::now();
    let status = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(SUPERVISOR, std::process::id().to_string())
        .status()?;
    let ended = SystemTime::now();
    // It is the only child there ever was.
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let cost = Cost {
        started,
        ended,
        cpu: Duration::from_micros(micros.unsigned_abs()),
        peak_memory: usage.max_rss().unsigned_abs() * 1024,
    };
    let mut file = OpenOptions::new().create(true).append(true).open(report)?;
    // In one piece: shims of the same command may end at the same time.
    file.write_all(cost.line().as_bytes())?;
    Ok(code(status))
}

/// Returns only when it fails.
fn become_provider(provider: &Path, supervisor: &str) -> io::Error {
    if let Err(error) = set_pdeathsig(Signal::SIGKILL) {
        return error.into();
    }
    // The supervisor may have ended just before.
    if supervisor.parse().ok().map(Pid::from_raw) != Some(getppid()) {
        return io::Error::other("the process that started this one is gone");
    }
    Command::new(provider)
        .args(std::env::args_os().skip(1))
        .env_remove(SUPERVISOR)
        .exec()
}

fn code(status: ExitStatus) -> ExitCode {
    let signalled = status.signal().map_or(1, |signal| 128 + signal);
    ExitCode::from(u8::try_from(status.code().unwrap_or(signalled)).unwrap_or(1))
}
