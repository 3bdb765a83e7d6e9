//! `cargo gen` writes what is generated from the provider's models; `cargo gen --check` compares it with what is there.

use schemas::Discrepancy;
use std::{env, io, path::Path, process::ExitCode};

const USAGE: &str = "usage: cargo gen [--check]";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => write(),
        ["--check"] => check(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    result.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn write() -> io::Result<ExitCode> {
    let root = root();
    for discrepancy in schemas::write(root, &schemas::generate(root)?)? {
        match discrepancy {
            Discrepancy::Missing(path) => eprintln!("added {}", path.display()),
            Discrepancy::Stale(path) => eprintln!("updated {}", path.display()),
            Discrepancy::Superfluous(path) => eprintln!("removed {}", path.display()),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check() -> io::Result<ExitCode> {
    let root = root();
    let discrepancies = schemas::compare(root, &schemas::generate(root)?)?;
    for discrepancy in &discrepancies {
        eprintln!("{discrepancy}");
    }
    if discrepancies.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("Run `cargo gen`, and commit what it writes.");
    Ok(ExitCode::FAILURE)
}

/// The root of the repository.
fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}
