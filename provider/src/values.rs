//! Attribute types that several resources share. Each parses what the practitioner wrote once, at the edge.

pub mod backup_type;
pub mod bandwidth;
pub mod destination;
pub(crate) mod elapsed;
#[cfg(test)]
pub(crate) mod generated_cases;
pub mod piece_interval;
pub mod recovery_window;
pub mod schedule;
pub mod scn;
pub mod span;
pub mod storage;
pub mod time_zone;
pub mod timeouts;

/// For attributes that are true unless they are configured.
pub(crate) fn yes_by_default() -> bool {
    true
}
