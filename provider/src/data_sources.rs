//! The data sources, one file each.

pub mod cluster;
pub mod tenants;
