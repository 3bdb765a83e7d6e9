//! The actions, one file each.

pub mod backup_now;
pub mod cancel_backup;
pub mod cancel_delete;
pub mod delete_backup_set;
pub mod delete_obsolete;

mod cancellation;

use crate::values::span::Span;
use std::time::Duration;

/// How long an action is followed, unless it says otherwise.
fn patience(timeout: Option<&Span>) -> Duration {
    timeout.map_or(Duration::from_secs(20 * 60), Span::length)
}
