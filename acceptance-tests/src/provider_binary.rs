//! The provider's executable, built when it is not fresh.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the provider's executable is. The first call of a process builds it, in the same target directory and with the
/// same profile as the program that calls.
///
/// Both packages are named, so that Cargo takes the features of shared dependencies together as it did for the tests,
/// and compiles nothing twice.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(built)
}

const PACKAGE: &str = "terraform-provider-oceanbase";

fn built() -> PathBuf {
    build(&[env!("CARGO_PKG_NAME"), PACKAGE], PACKAGE)
}

/// Builds an executable of the workspace, in the same target directory and with the same profile as the program that calls.
/// Dependencies get the features that these packages together ask for.
pub fn build(packages: &[&str], binary: &str) -> PathBuf {
    let directory = profile_directory();
    let target = directory
        .parent()
        .expect("Cargo's profile directories are in its target directory");
    let profile = match directory.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        if is_of_this_package(&name.to_string_lossy()) {
            cargo.env_remove(&name);
        }
    }
    let output = cargo
        .args(["build", "--quiet", "--manifest-path", workspace, "--profile", profile])
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .args(["--bin", binary])
        .arg("--target-dir")
        .arg(target)
        .output()
        .expect("Cargo runs");
    assert!(
        output.status.success(),
        "{binary} cannot be built:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    directory.join(format!("{binary}{}", std::env::consts::EXE_SUFFIX))
}

/// What Cargo sets for the programs that it runs. Build scripts look at these, and would run again.
fn is_of_this_package(variable: &str) -> bool {
    let prefixes = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
    ];
    prefixes.iter().any(|prefix| variable.starts_with(prefix))
}

/// `target/debug` or its like: programs are in it, tests one level below.
fn profile_directory() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    let directory = program.parent().expect("a program is in a directory");
    let is_below = directory.file_name().is_some_and(|name| name == "deps");
    let directory = if is_below { directory.parent() } else { Some(directory) };
    directory.expect("Cargo's target directory has a parent").to_owned()
}
