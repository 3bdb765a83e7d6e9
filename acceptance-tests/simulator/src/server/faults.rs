//! Faults on demand: what a network or an overloaded observer does to a statement.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
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
    /// It is not executed, and never answered: the client waits until one of the two ends.
    HoldBefore,
    /// It is executed, and never answered.
    HoldAfter,
    /// It is not executed; the endpoint that received it goes down, with all sessions there.
    EndpointDownBefore,
    /// It is executed; the endpoint that received it goes down before the reply.
    EndpointDownAfter,
}

impl Effect {
    /// Whether the statement is executed all the same.
    pub fn executes(&self) -> bool {
        matches!(
            self,
            Self::CutAfter | Self::CutWithin | Self::Delay(_) | Self::HoldAfter | Self::EndpointDownAfter
        )
    }
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
    struck: Mutex<usize>,
    strike: Condvar,
}

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        locked(&self.waiting).push(fault);
    }

    pub(super) fn clear(&self) {
        locked(&self.waiting).clear();
        *locked(&self.struck) = 0;
    }

    /// Notes that a fault has done all that it does.
    pub(super) fn done(&self) {
        *locked(&self.struck) += 1;
        self.strike.notify_all();
    }

    /// Waits until a fault has done all that it does; `false` when none has in time.
    pub(super) fn until_struck(&self, limit: Duration) -> bool {
        let struck = self
            .strike
            .wait_timeout_while(locked(&self.struck), limit, |struck| *struck == 0);
        *struck.unwrap_or_else(PoisonError::into_inner).0 > 0
    }

    /// The effect on this statement of the first fault that it meets.
    pub(super) fn strike(&self, tenant: &str, sql: &str) -> Option<Effect> {
        let mut waiting = locked(&self.waiting);
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    #[test]
    fn a_fault_is_waited_for_until_it_is_done() {
        let faults = Faults::default();
        assert!(!faults.until_struck(Duration::ZERO));
        faults.done();
        assert!(faults.until_struck(Duration::ZERO));
        faults.clear();
        assert!(!faults.until_struck(Duration::ZERO));
    }
}
