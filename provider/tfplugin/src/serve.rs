//! The process: handshake, mutual TLS, listening, stopping.

use crate::Provider;
use std::process::ExitCode;

/// Serves the provider to the Terraform that started this process, until it hangs up.
pub fn serve<P: Provider>(_provider: P) -> ExitCode {
    ExitCode::FAILURE
}
