//! `cargo bench-provider`: what the provider costs, side by side with what it cannot cost less than.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it prints is what it is for"
)]

use acceptance_tests::provider_binary::build;
use acceptance_tests::terraform;
use benchmark::aims;
use benchmark::course::{Samples, Size};
use benchmark::machine::Machine;
use benchmark::peer::Executables;
use benchmark::report::{self, Report};
use benchmark::single::{Growth, Single};
use clap::Parser;
use std::path::Path;
use std::process::ExitCode;

/// Measures what the provider costs: time, processor, memory, statements and round trips, beside Terraform's own resource and
/// a provider that does nothing.
#[derive(Parser)]
#[command(name = "cargo bench-provider", version)]
struct Arguments {
    /// Measure 1 and 100 resources only, to try it in a minute.
    #[arg(long)]
    quick: bool,
    /// Write the tables into docs/performance.md, besides printing them.
    #[arg(long, conflicts_with = "quick")]
    write: bool,
}

const PROVIDER: &str = "terraform-provider-oceanbase";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");

fn main() -> ExitCode {
    // The alias ends its own arguments with `--`, so that `cargo bench-provider -- --quick` brings another one.
    let given = std::env::args_os()
        .enumerate()
        .filter(|(position, word)| *position != 1 || word != "--");
    let arguments = Arguments::parse_from(given.map(|(_, word)| word));
    if let Err(missing) = terraform::executable() {
        eprintln!("{missing}");
        return ExitCode::FAILURE;
    }
    let report = measure(arguments.quick);
    let tables = report.markdown();
    println!("{tables}");
    if arguments.write {
        report::write(Path::new(PAGE), &tables);
    }
    let missed = report.aims.iter().filter(|aim| !aim.is_met()).count();
    match missed {
        0 => ExitCode::SUCCESS,
        _ => {
            eprintln!("{missed} of {} aims were missed.", report.aims.len());
            ExitCode::FAILURE
        }
    }
}

fn measure(quick: bool) -> Report {
    eprintln!("building the providers");
    let executables = executables();
    let mut samples = Samples::default();
    let sizes: &[Size] = if quick { &Size::QUICK } else { &Size::ALL };
    for size in sizes {
        samples.measure(*size, &executables, |progress| eprintln!("{progress}"));
    }
    eprintln!("one process");
    let [bare, provider] = Single::measure([&executables.bare, &executables.provider]);
    let growth = Growth::measure(&executables.provider);
    Report {
        machine: Machine::this(),
        aims: aims::judge(&samples, &provider, &growth),
        samples,
        provider,
        bare,
        growth,
    }
}

/// Built together: what they share is compiled once.
fn executables() -> Executables {
    let packages = [env!("CARGO_PKG_NAME"), PROVIDER];
    Executables {
        provider: build(&packages, PROVIDER),
        bare: build(&packages, "bare-provider"),
        shim: build(&packages, "provider-shim"),
    }
}
