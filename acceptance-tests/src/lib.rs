//! A cluster to talk to, and a Terraform to be talked to by.
//!
//! | Module | What it holds |
//! | --- | --- |
//! | [`cluster`] | a simulated OceanBase cluster: SQL, statements received, what tests do to it from outside |
//! | [`stage`] | what the life of a resource needs of a cluster, be it simulated or lent |
//! | [`lent_cluster`] | a real cluster, named by environment variables |
//! | [`simulator_process`] | a simulated cluster in a process of its own |
//! | [`terraform`] | the real Terraform in a directory of its own, with the provider as it was just built |
//! | [`plan`] | what Terraform says of a plan, taken apart |
//! | [`protocol`] | a client of the bare protocol, for what the command line cannot reach or takes too long for |
//! | [`provider_binary`] | the provider's executable, built when it is not fresh |
//!
//! Whatever goes wrong here fails the test that asked for it: the functions panic, and say what they tried.

pub mod cluster;
pub mod lent_cluster;
pub mod plan;
pub mod protocol;
pub mod provider_binary;
pub mod simulator_process;
pub mod stage;
pub mod terraform;

pub use cluster::Cluster;
pub use lent_cluster::LentCluster;
pub use plan::Plan;
pub use protocol::Plugin;
pub use simulator_process::SimulatorProcess;
pub use stage::Stage;
pub use terraform::Terraform;
