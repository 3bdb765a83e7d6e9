//! Faults on demand: what a network or an overloaded observer does to a statement.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::answer::ServerError;

/// What happens to a statement that a [`Fault`] strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It is not executed; the client gets this error.
    Refuse(ServerError),
    /// It is not executed; the connection is cut.
    CutBefore,
    /// It is executed; the connection is cut before the reply.
    CutAfter,
    /// It is executed; the connection is cut after half of the reply.
    CutWithin,
    /// It is executed; the reply is held back for so long, in real time.
    Delay(Duration),
}

/// A fault that waits for its statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Part of the statement's text, in any case.
    pub containing: String,
    /// Only sessions of this tenant, when given.
    pub tenant: Option<String>,
    /// How many matching statements pass before the first is struck.
    pub after: usize,
    /// How many are struck.
    pub times: usize,
    /// What happens to them.
    pub effect: Effect,
}

/// The faults that wait.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Mutex<Vec<Fault>>,
}

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    pub(super) fn clear(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The effect on this statement of the first fault that it meets.
    pub(super) fn strike(&self, tenant: &str, sql: &str) -> Option<Effect> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty() {
            return None;
        }
        let sql = sql.to_lowercase();
        let met = |fault: &&mut Fault| {
            fault.times > 0
                && fault.tenant.as_deref().is_none_or(|name| name == tenant)
                && sql.contains(&fault.containing.to_lowercase())
        };
        let fault = waiting.iter_mut().find(met)?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        fault.times -= 1;
        Some(fault.effect.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_its_statements_and_no_others() {
        let faults = Faults::default();
        faults.add(Fault {
            containing: "archivelog".to_owned(),
            tenant: Some("sys".to_owned()),
            after: 1,
            times: 1,
            effect: Effect::CutAfter,
        });
        let statement = "ALTER SYSTEM ARCHIVELOG TENANT = a";
        assert_eq!(faults.strike("sys", "SELECT 1"), None);
        assert_eq!(faults.strike("a", statement), None);
        assert_eq!(faults.strike("sys", statement), None);
        assert_eq!(faults.strike("sys", statement), Some(Effect::CutAfter));
        assert_eq!(faults.strike("sys", statement), None);
    }
}
