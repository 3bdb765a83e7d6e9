//! The `timeouts` attribute of every resource that waits.

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
                    format!("`timeouts.{name}` is at least `1s`; some changes take minutes. Leave it out for `20m`."),
                )
                .at(AttributePath::attribute("timeouts").child(name))
            })
            .collect()
    }

    /// How long an operation may wait.
    pub fn patience(timeouts: Option<&Self>, operation: Operation) -> Duration {
        let configured = timeouts.and_then(|timeouts| match operation {
            Operation::Create => timeouts.create.as_ref(),
            Operation::Update => timeouts.update.as_ref(),
            Operation::Delete => timeouts.delete.as_ref(),
        });
        configured.map_or(Self::DEFAULT, Span::length)
    }
}
