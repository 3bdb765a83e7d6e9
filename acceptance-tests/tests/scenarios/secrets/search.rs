//! Looking for secrets in everything that a run leaves behind.

use acceptance_tests::{Cluster, Terraform};
use std::io::Read;
use std::path::Path;

/// A name that is no secret, to prove that the search would find one.
pub(super) const ACCESS_ID: &str = "planted-access-id";

/// Terraform that logs all there is.
pub(super) fn traced() -> Terraform {
    Terraform::new()
        .with_variable("TF_LOG", "trace")
        .with_variable("TF_LOG_PATH", "trace.log")
}

/// Places where a secret may have ended up, by name.
#[derive(Default)]
pub(super) struct Places(Vec<(String, Vec<u8>)>);

impl Places {
    /// What a command printed.
    pub(super) fn add_output(&mut self, command: &str, text: impl Into<String>) {
        self.0.push((format!("output of {command}"), text.into().into_bytes()));
    }

    /// Runs a command, and keeps what it printed.
    #[track_caller]
    pub(super) fn run(&mut self, terraform: &Terraform, arguments: &[&str], success: bool) -> String {
        let run = terraform.run(arguments);
        assert_eq!(
            run.success(),
            success,
            "terraform {arguments:?}:\n{}\n{}",
            run.stdout,
            run.stderr
        );
        self.add_output(&arguments.join(" "), format!("{}\n{}", run.stdout, run.stderr));
        run.message()
    }

    /// Plans with these options besides, applies, and keeps whatever shows of it.
    #[track_caller]
    pub(super) fn apply(&mut self, terraform: &Terraform, options: &[&str]) {
        let plan = [&["plan", "-no-color"], options, &["-out=tfplan"]].concat();
        for arguments in [
            &plan[..],
            &["show", "-json", "tfplan"],
            &["apply", "-no-color", "tfplan"],
            &["show", "-json"],
        ] {
            self.run(terraform, arguments, true);
        }
        self.add_plan(terraform);
    }

    /// The plan that was kept, unpacked.
    pub(super) fn add_plan(&mut self, terraform: &Terraform) {
        self.0
            .push(("plan file".to_owned(), unzipped(&terraform.read("tfplan").unwrap())));
    }

    /// Every file next to the configuration, and what the simulator logged. The configuration itself holds no secret:
    /// all of them are given as variables.
    pub(super) fn add_everything_else(&mut self, terraform: &Terraform, cluster: &Cluster) {
        let log = cluster.statements().join("\n").into_bytes();
        self.0.push(("log of the simulator".to_owned(), log));
        self.0.extend(files(&terraform.path()));
    }

    /// Asserts that none of the secrets is anywhere.
    #[track_caller]
    pub(super) fn assert_without(&self, secrets: &[&str]) {
        for (place, content) in &self.0 {
            for secret in secrets {
                assert!(!contains(content, secret), "{secret} is in the {place}");
            }
        }
    }

    /// Asserts that the search finds what is no secret.
    #[track_caller]
    pub(super) fn assert_found(&self, places: &[&str], text: &str) {
        for place in places {
            let mut named = self.0.iter().filter(|(name, _)| name == place).peekable();
            assert!(named.peek().is_some(), "there is no {place}");
            assert!(
                named.any(|(_, content)| contains(content, text)),
                "the {place} has no {text}"
            );
        }
    }
}

fn contains(content: &[u8], text: &str) -> bool {
    content.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Every file below a directory, by name.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read(path).unwrap()));
        }
    }
    found
}

/// The content of all files of a ZIP archive.
fn unzipped(archive: &[u8]) -> Vec<u8> {
    let number = |at: usize, size: usize| {
        let bytes = archive[at..at + size].iter().rev();
        bytes.fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let end = archive.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let (count, mut entry) = (number(end + 10, 2), number(end + 16, 4));
    let mut content = Vec::new();
    for _ in 0..count {
        let (method, size, local) = (number(entry + 10, 2), number(entry + 20, 4), number(entry + 42, 4));
        let start = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let packed = &archive[start..start + size];
        match method {
            0 => content.extend_from_slice(packed),
            _ => {
                flate2::read::DeflateDecoder::new(packed)
                    .read_to_end(&mut content)
                    .unwrap();
            }
        }
        entry += 46 + number(entry + 28, 2) + number(entry + 30, 2) + number(entry + 32, 2);
    }
    content
}
