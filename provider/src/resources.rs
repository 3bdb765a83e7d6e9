//! The managed resources, one file each.

pub mod archivelog;
pub mod backup_destination;
pub mod backup_key;
pub mod backup_run;
