//! A cluster to talk to, and a Terraform to be talked to by.
//!
//! | Module | What it holds |
//! | --- | --- |
//! | [`cluster`] | a simulated OceanBase cluster: SQL, statements received, what tests do to it from outside |
//! | [`terraform`] | the real Terraform in a directory of its own, with the provider as it was just built |
//! | [`plan`] | what Terraform says of a plan, taken apart |
//! | [`protocol`] | a client of the bare protocol, for what the command line cannot reach or takes too long for |
//! | [`provider_binary`] | the provider's executable, built when it is not fresh |
//!
//! Whatever goes wrong here fails the test that asked for it: the functions panic, and say what they tried.

pub mod cluster;
pub mod plan;
pub mod protocol;
pub mod provider_binary;
pub mod terraform;

pub use cluster::Cluster;
pub use plan::Plan;
pub use protocol::Plugin;
pub use terraform::Terraform;
