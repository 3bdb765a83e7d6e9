//! What the server's hourly cleanup keeps of a tenant's backup sets, and why.
//!
//! The cleanup looks at the sets of the present destination that ended before the recovery window. The newest usable full among
//! them stays, since without it the beginning of the window could not be restored; so does every set after it. What is older goes.
//! (`ob_backup_clean_selector.cpp` of the server. From 4.4.1 on a full counts only with the log that it needs.)

use crate::{
    cluster::{
        Tenant,
        records::{BackupSet, DeletePolicy},
    },
    destination_change::Registered,
    values::{destination::Destination, recovery_window::RecoveryWindow},
};
use jiff::{SignedDuration, Timestamp};

/// Everything that decides which sets of one tenant stay.
pub struct Retention {
    /// `None` when nothing is ever deleted.
    window: Option<SignedDuration>,
    /// The present destination, if there is one.
    dest_id: Option<i64>,
    /// The usable fulls at that destination, by number, each with its end.
    fulls: Vec<(i64, Timestamp)>,
    now: Timestamp,
}

/// What becomes of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// `None` when nothing keeps it.
    pub kept_because: Option<Kept>,
    /// When it will be deleted by what is known now.
    pub expires: Option<Timestamp>,
}

/// Why a set stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing deletes anything.
    NoPolicy,
    /// It lies where the cleanup does not look.
    OtherDestination,
    /// It is still being made.
    InProgress,
    /// It is younger than the window.
    RecoveryWindow,
    /// Without it the window could not be restored.
    RestoresRecoveryWindow,
}

impl Kept {
    /// As practitioners see it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoPolicy => "no_policy",
            Self::OtherDestination => "other_destination",
            Self::InProgress => "in_progress",
            Self::RecoveryWindow => "recovery_window",
            Self::RestoresRecoveryWindow => "restores_recovery_window",
        }
    }
}

impl Retention {
    /// That of one tenant, by its sets.
    pub fn of(tenant: &Tenant, sets: &[&BackupSet], policies: &[DeletePolicy], now: Timestamp) -> Self {
        let mut own = policies.iter().filter(|policy| policy.tenant_id == tenant.id);
        let window = own
            .find(|policy| policy.name == "default")
            .and_then(|policy| RecoveryWindow::new(&policy.recovery_window).length())
            .and_then(|length| SignedDuration::try_from(length).ok());
        let dest_id = present_destination(tenant);
        let fulls = sets
            .iter()
            .filter(|set| set.is_full() && set.is_usable() && Some(set.dest_id) == dest_id)
            .filter_map(|set| Some((set.id, set.ended?)));
        Self {
            window,
            dest_id,
            fulls: fulls.collect(),
            now,
        }
    }

    /// What becomes of a set of that tenant.
    pub fn judge(&self, set: &BackupSet) -> Verdict {
        let kept = |reason| Verdict {
            kept_because: Some(reason),
            expires: None,
        };
        if matches!(set.file_status.as_str(), "DELETED" | "DELETING") {
            return Verdict {
                kept_because: None,
                expires: None,
            };
        }
        let Some(window) = self.window else {
            return kept(Kept::NoPolicy);
        };
        if Some(set.dest_id) != self.dest_id {
            return kept(Kept::OtherDestination);
        }
        let Some(ended) = set.ended.filter(|_| set.status != "DOING") else {
            return kept(Kept::InProgress);
        };
        let leaves_window = |ended: Timestamp| ended.checked_add(window).ok();
        let expires = match set.status.as_str() {
            "SUCCESS" => self.superseded(set).and_then(leaves_window),
            // What is no backup is kept for nothing but its age.
            _ => leaves_window(ended),
        };
        let young = leaves_window(ended).is_none_or(|end| end > self.now);
        Verdict {
            kept_because: match (young, expires) {
                (true, _) => Some(Kept::RecoveryWindow),
                (false, Some(end)) if end <= self.now => None,
                (false, _) => Some(Kept::RestoresRecoveryWindow),
            },
            expires,
        }
    }

    /// The end of the first full after it: once that has left the window, nothing needs this set any more.
    fn superseded(&self, set: &BackupSet) -> Option<Timestamp> {
        let later = self.fulls.iter().filter(|(id, _)| *id > set.id);
        later.map(|(_, ended)| *ended).min()
    }
}

/// The number of the destination that the tenant's data backups go to now.
fn present_destination(tenant: &Tenant) -> Option<i64> {
    let uri = tenant.backup_destination.as_ref().filter(|uri| !uri.is_empty())?;
    let location = Destination::parse(uri).ok()?.location;
    Registered::of(tenant, &location).map(|registered| registered.dest_id)
}
