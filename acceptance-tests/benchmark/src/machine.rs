//! Where and when it was measured.

use std::process::Command;
use time::OffsetDateTime;

/// What numbers depend on.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The processor, and how many of its cores there are.
    pub processor: String,
    /// Memory and operating system.
    pub system: String,
    /// The version of Terraform.
    pub terraform: String,
    /// The state of the sources.
    pub commit: String,
    /// The day, in UTC.
    pub date: String,
}

impl Machine {
    /// This one, now.
    pub fn this() -> Self {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let model = line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
        let memory = line_of("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        let name = line_of("/etc/os-release", "PRETTY_NAME").unwrap_or_else(|| "unknown system".to_owned());
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let now = OffsetDateTime::now_utc();
        Self {
            processor: format!("{model}, {cores} cores"),
            system: format!(
                "{} GiB, {}, Linux {}",
                memory.unwrap_or_default() >> 20,
                name.trim_matches('"'),
                kernel.trim()
            ),
            terraform: first_line("terraform", &["version"]),
            commit: first_line("git", &["describe", "--always", "--dirty"]),
            date: now.date().to_string(),
        }
    }
}

/// What follows a name and a separator in a file of such lines.
fn line_of(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let (_, value) = line.split_once([':', '='])?;
    Some(value.trim().to_owned())
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .env("CHECKPOINT_DISABLE", "1")
        .output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let line = text.ok().and_then(|text| text.lines().next().map(str::to_owned));
    line.unwrap_or_else(|| format!("unknown {program}"))
}
