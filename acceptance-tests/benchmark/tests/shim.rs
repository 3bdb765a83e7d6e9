//! The program between Terraform and a provider; what is in its place here are programs of the system.

use benchmark::shim::{self, Cost};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SLEEPS: Duration = Duration::from_secs(30);

fn start(report: &Path, provider: &str, arguments: &[&str]) -> Child {
    let mut shim = Command::new(env!("CARGO_BIN_EXE_provider-shim"));
    shim.args(arguments)
        .env(shim::PROVIDER, provider)
        .env(shim::REPORT, report)
        .stdout(Stdio::piped());
    shim.spawn().expect("the shim runs")
}

/// The exit code, and the lines of the report.
fn run(provider: &str, arguments: &[&str]) -> (Option<i32>, Vec<Cost>) {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let report = directory.path().join("report");
    let code = start(&report, provider, arguments)
        .wait()
        .expect("it was started here")
        .code();
    (code, shim::costs(&report))
}

#[test]
fn a_provider_ends_as_it_would_without_a_shim_and_leaves_one_line() {
    let (code, costs) = run("/bin/sh", &["-c", "exit 7"]);
    assert_eq!(code, Some(7));
    assert_eq!(costs.len(), 1);
    assert!(costs[0].started <= costs[0].ended);
}

#[test]
fn the_peak_of_the_memory_is_not_that_of_who_started_it() {
    // Written to, so that it is resident.
    let ours = vec![1_u8; 64 << 20];
    let (_, costs) = run("/bin/true", &[]);
    assert!(costs[0].peak_memory > 0);
    assert!(costs[0].peak_memory < (ours.len() / 4) as u64, "{costs:?}");
}

#[test]
fn processor_time_is_noted() {
    let (_, costs) = run("/bin/sh", &["-c", "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done"]);
    assert!(costs[0].cpu > Duration::from_millis(2), "{costs:?}");
}

#[test]
fn a_provider_does_not_outlive_a_shim_that_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let command = format!("echo started; exec sleep {}", SLEEPS.as_secs());
    let mut shim = start(&directory.path().join("report"), "/bin/sh", &["-c", &command]);
    let mut output = BufReader::new(shim.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    shim.kill().unwrap();
    shim.wait().unwrap();
    // The other end of the pipe is closed by the last process that has it.
    output.read_to_end(&mut Vec::new()).unwrap();
    assert!(begin.elapsed() < SLEEPS);
}
