//! What the provider costs, measured side by side with Terraform's own resource and with a provider that does nothing.
//!
//! | Module | What it holds |
//! | --- | --- |
//! | [`peer`] | who is measured, and with which configuration |
//! | [`course`] | the order of the runs: peers take turns within each phase, so that a busy minute strikes all of them |
//! | [`workspace`] | one peer's Terraform directory, state and cluster; runs a command, and measures it |
//! | [`state_backend`] | keeps states in memory: Terraform's own files would cost more than everything else |
//! | [`latency`] | a distant cluster: every packet takes its time |
//! | [`shim`] | what a provider's process cost, noted by a small program between Terraform and it |
//! | [`single`] | one process, without Terraform: how it starts, how large it is, how its memory grows with the calls |
//! | [`statistics`] | least, median and greatest |
//! | [`aims`] | what was aimed at, and whether it was met |
//! | [`report`], [`machine`] | all of it in Markdown, with where and when it was measured |
//!
//! Whatever goes wrong ends the benchmark: the functions panic, and say what they tried.

pub mod aims;
pub mod course;
pub mod latency;
pub mod machine;
pub mod peer;
pub mod report;
pub mod shim;
pub mod single;
pub mod state_backend;
pub mod statistics;
pub mod workspace;
