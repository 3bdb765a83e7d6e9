//! Drives the sample provider of `examples/sample`: as a process, over the bare protocol, and with Terraform.

mod connection;
mod process;
mod protocol;
mod terraform;
mod values;
