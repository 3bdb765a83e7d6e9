//! Why a managed resource did not reach its goal, in the practitioner's words.

use super::{
    Operation,
    step::{Meaning, Step, listed},
};
use crate::cluster::Error;
use std::time::Duration;
use tfplugin::Diagnostic;

/// Why the goal was not reached.
#[derive(Debug)]
pub enum Failure {
    /// The cluster, or the way to it.
    Cluster(Error),
    /// The cluster, for a reason that this statement has of its own.
    Explained(Error, Meaning),
    /// The cluster, after a first attempt whose answer had left open whether anything was done.
    SecondAttempt {
        /// The answer to the first attempt.
        first: Error,
        /// The answer to the second.
        second: Error,
    },
    /// A decision of the practitioner is needed.
    Refused(Box<Diagnostic>),
    /// The server accepted the statements, and nothing came of it.
    NoEffect,
    /// What was waited for did not come in time.
    Late(&'static str, Left),
    /// The server asked to come back later until the time was over; with what was waited for.
    StillRefused(&'static str, Error),
    /// It came, but too late to send what follows from it.
    NotSent(Vec<Step>),
    /// The practitioner interrupted Terraform, with what was waited for then.
    Interrupted(Option<&'static str>, Left),
    /// The same, but what was begun could not be ended.
    NotEnded(Error),
}

/// What a wait that was given up leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Nothing was sent.
    Nothing,
    /// What was sent is in effect.
    Statements,
    /// What was begun goes on, or is being ended; with what to do next.
    Begun(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Cancelled { .. } => Self::Interrupted(None, Left::Statements),
            error => Self::Cluster(error),
        }
    }
}

impl Failure {
    /// For the practitioner.
    pub fn diagnostic(&self, object: &str, patience: Duration, operation: Operation) -> Diagnostic {
        let seconds = patience.as_secs();
        // An apply would set up again what a destroy has already undone.
        let again = match operation {
            Operation::Create | Operation::Update => "apply again",
            Operation::Delete => "destroy it again",
        };
        match self {
            Self::Cluster(error) => error.diagnostic(),
            Self::Explained(error, meaning) => error.diagnostic_with(meaning.summary, meaning.advice),
            Self::SecondAttempt { first, second } => {
                let mut diagnostic = second.diagnostic();
                diagnostic.detail += &format!(
                    "\n\nThis was the second attempt. The first one, a moment before, was answered like this:\n\n  {}\n\nWhat it left \
                     behind may be what the second one met.",
                    first.answer(),
                );
                diagnostic
            }
            Self::Refused(diagnostic) => (**diagnostic).clone(),
            Self::Interrupted(waiting_for, left) => {
                let wait = waiting_for.map_or_else(String::new, |it| format!(", while it waited for {it}"));
                let left = match left {
                    Left::Nothing => format!("Nothing was sent to the cluster; {again} to go on."),
                    Left::Statements => format!(
                        "What was sent to the cluster stays in effect there; {again} to go on from where it is then."
                    ),
                    Left::Begun(advice) => advice.clone(),
                };
                Diagnostic::error(
                    "Interrupted",
                    format!("Stopped waiting for {object} on your request{wait}. {left}"),
                )
            }
            Self::NotEnded(error) => {
                let mut diagnostic = error.diagnostic();
                diagnostic.detail += &format!(
                    "\n\nStopped waiting for {object} on your request. It was to be ended, and that failed: it goes on in the cluster."
                );
                diagnostic
            }
            Self::NoEffect => Diagnostic::error(
                "Statements accepted, but without effect",
                format!(
                    "For {object} the cluster accepted the statements below, but {seconds} s later its views still do not \
                     show their effect. Look into the log of the OBServers (`rootservice.log`), then {again}: what \
                     is done already is not repeated. `timeouts` sets how long to wait."
                ),
            ),
            Self::Late(waiting_for, left) => {
                let by_itself =
                    format!("The cluster may still get there by itself; {again} to go on from where it is then.");
                let left = match left {
                    Left::Nothing => format!("Nothing was sent to the cluster so far. {by_itself}"),
                    Left::Statements => by_itself,
                    Left::Begun(advice) => advice.clone(),
                };
                Diagnostic::error(
                    "Gave up waiting",
                    format!(
                        "For {object}, waited {seconds} s for {waiting_for}; `timeouts` sets how long to wait. {left}"
                    ),
                )
            }
            Self::StillRefused(waiting_for, error) => {
                let mut diagnostic = error.diagnostic();
                diagnostic.detail += &format!(
                    "\n\nFor {object}, the provider waited {seconds} s for {waiting_for}. `timeouts` sets how long to wait."
                );
                diagnostic
            }
            Self::NotSent(steps) => Diagnostic::error(
                "Ran out of time half-way",
                format!(
                    "For {object}, the {seconds} s were over before these statements could be sent:\n\n{}\n\nTo go on from \
                     here, {again}. `timeouts` sets how long to wait.",
                    listed(steps),
                ),
            ),
        }
    }
}

/// Why the goal was not reached, and how far it got.
#[derive(Debug)]
pub struct Shortfall {
    /// Why.
    pub failure: Failure,
    /// What the server accepted before that. None of it is undone.
    pub carried_out: Vec<Step>,
}

impl Shortfall {
    /// For the practitioner, who has to know what is different from before: archiving that was stopped to be moved, say.
    pub fn diagnostic(&self, object: &str, patience: Duration, operation: Operation) -> Diagnostic {
        let mut diagnostic = self.failure.diagnostic(object, patience, operation);
        if !self.carried_out.is_empty() {
            let list = listed(&self.carried_out);
            diagnostic.detail += &format!("\n\nCarried out so far, and not undone:\n\n{list}");
        }
        diagnostic
    }
}
