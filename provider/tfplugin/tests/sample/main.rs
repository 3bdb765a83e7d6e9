//! Drives the sample provider of `examples/sample`: as a process, over the bare protocol, and with Terraform.

#![expect(clippy::unwrap_used, reason = "what the tests are built of fails as tests do")]

mod connection;
mod process;
mod protocol;
mod terraform;
mod values;
