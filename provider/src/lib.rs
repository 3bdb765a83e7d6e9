//! Terraform provider for the backups of self-managed OceanBase clusters.

pub mod cluster;
