//! The `timeouts` attribute of every resource that waits.
//!
//! A backup takes as long as the tenant is large, so its resource has longer ones.

use super::span::Span;
use crate::managed_resource::Operation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// How long to wait for the cluster. What was sent stays in effect when the time is over; the next apply goes on from there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct Timeouts {
    /// For creating; default `20m`.
    pub create: Option<Span>,
    /// For changing; default `20m`.
    pub update: Option<Span>,
    /// For destroying; default `20m`.
    pub delete: Option<Span>,
}

/// How long to wait for the cluster. What was sent stays in effect when the time is over; the next apply goes on from there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct BackupTimeouts {
    /// For a first run; default `24h`.
    pub create: Option<Span>,
    /// For another run; default `24h`.
    pub update: Option<Span>,
    /// For destroying; default `20m`.
    pub delete: Option<Span>,
}

/// How long a backup may take.
pub(crate) const LONGEST_BACKUP: Duration = Duration::from_secs(24 * 3600);

impl BackupTimeouts {
    /// As for other resources.
    pub fn validate(timeouts: Option<&Self>) -> Diagnostics {
        Timeouts::validate(timeouts.map(Timeouts::from).as_ref())
    }

    /// How long an operation may wait.
    pub fn patience(timeouts: Option<&Self>, operation: Operation) -> Duration {
        let default = match operation {
            Operation::Create | Operation::Update => LONGEST_BACKUP,
            Operation::Delete => Timeouts::DEFAULT,
        };
        let timeouts = timeouts.map(Timeouts::from);
        timeouts.map_or(default, |timeouts| timeouts.patience_or(default, operation))
    }
}

impl From<&BackupTimeouts> for Timeouts {
    fn from(timeouts: &BackupTimeouts) -> Self {
        let BackupTimeouts { create, update, delete } = timeouts.clone();
        Self { create, update, delete }
    }
}

impl Timeouts {
    /// A round of archiving that does not end by itself is ended by force after ten minutes, so twice that is enough.
    const DEFAULT: Duration = Duration::from_secs(20 * 60);
    const SHORTEST: Duration = Duration::from_secs(1);

    /// No time at all would give up before the first statement is answered.
    pub fn validate(timeouts: Option<&Self>) -> Diagnostics {
        let all = timeouts.into_iter().flat_map(|timeouts| {
            [
                ("create", &timeouts.create),
                ("update", &timeouts.update),
                ("delete", &timeouts.delete),
            ]
        });
        all.filter(|(_, span)| span.as_ref().is_some_and(|span| span.length() < Self::SHORTEST))
            .map(|(name, _)| {
                Diagnostic::error(
                    format!("Invalid `timeouts.{name}`"),
                    format!(
                        "`timeouts.{name}` is at least `1s`; some changes take minutes. Leave it out for the default."
                    ),
                )
                .at(AttributePath::attribute("timeouts").child(name))
            })
            .collect()
    }

    /// How long an operation may wait.
    pub fn patience(timeouts: Option<&Self>, operation: Operation) -> Duration {
        timeouts.map_or(Self::DEFAULT, |timeouts| timeouts.patience_or(Self::DEFAULT, operation))
    }

    fn patience_or(&self, default: Duration, operation: Operation) -> Duration {
        let configured = match operation {
            Operation::Create => self.create.as_ref(),
            Operation::Update => self.update.as_ref(),
            Operation::Delete => self.delete.as_ref(),
        };
        configured.map_or(default, Span::length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_waited_for_longer_unless_it_is_told_otherwise() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let configured = BackupTimeouts {
            create: Some(Span::from(hours(6))),
            ..BackupTimeouts::default()
        };
        for (timeouts, operation, expected) in [
            (None, Operation::Create, hours(24)),
            (None, Operation::Delete, hours(1) / 3),
            (Some(&configured), Operation::Create, hours(6)),
            (Some(&configured), Operation::Update, hours(24)),
        ] {
            assert_eq!(BackupTimeouts::patience(timeouts, operation), expected, "{operation:?}");
        }
        assert_eq!(Timeouts::patience(None, Operation::Create), hours(1) / 3);
    }
}
