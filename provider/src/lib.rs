//! The Terraform provider `oceanbase`: the backups of self-managed OceanBase clusters as code.
//!
//! It turns the desired backup setup of a tenant (Terraform configuration) into the observed one (what the cluster's views
//! say), by sending the fewest idempotent SQL statements that close the difference. Three verbs, always in this order:
//! observe, diff, converge.
//!
//! | Module | What it holds |
//! | --- | --- |
//! | [`registry`] | the list of everything that the provider offers |
//! | [`resources`], [`data_sources`], [`actions`], [`functions`] | one file each |
//! | [`managed_resource`], [`queried`], [`command`] | what the files of a resource, data source or action implement, and the loops |
//! | [`provider`] | the provider block |
//! | [`cluster`] | sessions, snapshot, statements, errors, versions |
//! | [`values`] | attribute types that several resources share |
//!
//! Invariants: null and unknown stay in `tfplugin`, a model is wholly known; statements are quoted by
//! [`cluster::Statement`] alone, which shows secrets as `***`; resources do not know each other; only `cluster/session.rs`
//! and what is below it name the MySQL client.

pub mod actions;
mod backup;
pub mod cluster;
pub mod command;
pub mod data_sources;
mod deletion;
mod destination_change;
mod destination_precheck;
pub mod functions;
mod health;
pub mod managed_resource;
mod model;
pub mod neighbours;
pub mod provider;
pub mod queried;
pub mod registry;
pub mod resources;
mod restorability;
mod retention;
#[cfg(test)]
mod secrecy;
pub mod values;

pub use provider::OceanBase;
