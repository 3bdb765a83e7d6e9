//! Stands between Terraform and a provider, and notes what the provider cost: see [`benchmark::shim`].

#![expect(clippy::print_stderr, reason = "Terraform shows what a provider prints there")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match benchmark::shim::main() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("provider-shim: {error}");
            ExitCode::FAILURE
        }
    }
}
