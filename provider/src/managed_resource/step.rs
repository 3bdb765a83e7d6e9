//! A statement of a managed resource, and what the answers to it mean.

use super::Precondition;
use crate::cluster::{Kind, Statement, TenantName};
use std::{
    fmt::{self, Display},
    time::Duration,
};
use tfplugin::AttributePath;

/// How long a statement that got no answer is looked for before it is sent again: the server may still be at work on it, and a
/// destination half made refuses a second attempt.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

/// One statement, and what its answers mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub(super) attempted: &'static str,
    pub(super) statement: Statement,
    pub(super) in_tenant: Option<TenantName>,
    pub(super) precondition: Option<Precondition>,
    pub(super) prepared_by: Option<Statement>,
    pub(super) within: Option<Duration>,
    pub(super) looked_for: Duration,
    pub(super) attribute: Option<AttributePath>,
    pub(super) settles: Option<&'static str>,
    pub(super) raises: Option<&'static str>,
    pub(super) doubtful: Option<(Kind, Meaning)>,
    pub(super) done_already: &'static [u16],
    pub(super) not_yet: Vec<(Kind, &'static str)>,
}

/// What an error number means after one statement, where it means something else than elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The title.
    pub summary: &'static str,
    /// What to do next.
    pub advice: &'static str,
}

impl Step {
    /// A statement for the session that the provider is logged in to. `attempted` says what for, such as `setting the
    /// backup destination`.
    pub fn new(attempted: &'static str, statement: Statement) -> Self {
        Self {
            attempted,
            statement,
            in_tenant: None,
            precondition: None,
            prepared_by: None,
            within: None,
            looked_for: SETTLES_WITHIN,
            attribute: None,
            settles: None,
            raises: None,
            doubtful: None,
            done_already: &[],
            not_yet: Vec::new(),
        }
    }

    /// The server takes it only from a session of this tenant.
    #[must_use]
    pub fn in_tenant(self, tenant: &TenantName) -> Self {
        Self {
            in_tenant: Some(tenant.clone()),
            ..self
        }
    }

    /// It is not sent before this has come about.
    #[must_use]
    pub fn once(self, precondition: Precondition) -> Self {
        Self {
            precondition: Some(precondition),
            ..self
        }
    }

    /// It is sent in a session of its own, after this statement, which holds for the session only.
    #[must_use]
    pub fn prepared_by(self, preparation: Statement) -> Self {
        Self {
            prepared_by: Some(preparation),
            ..self
        }
    }

    /// How long its answer may take; what follows from it takes longer.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self {
            within: Some(limit),
            ..self
        }
    }

    /// How long its effect is looked for before it is sent again, when it got no answer.
    #[must_use]
    pub fn looked_for(self, period: Duration) -> Self {
        Self {
            looked_for: period,
            ..self
        }
    }

    /// The attribute of the model that leads to it.
    #[must_use]
    pub fn because_of(self, attribute: AttributePath) -> Self {
        Self {
            attribute: Some(attribute),
            ..self
        }
    }

    /// Its success brings about a change that no view shows.
    #[must_use]
    pub fn settling(self, change: &'static str) -> Self {
        Self {
            settles: Some(change),
            ..self
        }
    }

    /// Its success leaves a change to be made that no view shows.
    #[must_use]
    pub fn raising(self, change: &'static str) -> Self {
        Self {
            raises: Some(change),
            ..self
        }
    }

    /// An error that passes by itself, as a rule, but of this statement may mean something that stays: it is sent once more,
    /// and then reported as this.
    #[must_use]
    pub fn doubtful(self, error: Kind, meaning: Meaning) -> Self {
        Self {
            doubtful: Some((error, meaning)),
            ..self
        }
    }

    /// Server error numbers by which the server says that this is so already.
    #[must_use]
    pub fn done_already(self, errors: &'static [u16]) -> Self {
        Self {
            done_already: errors,
            ..self
        }
    }

    /// An error by which the server asks to come back later; completes "waiting for …".
    #[must_use]
    pub fn not_yet(mut self, error: Kind, waiting_for: &'static str) -> Self {
        self.not_yet.push((error, waiting_for));
        self
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(preparation) = &self.prepared_by {
            write!(f, "{preparation}; ")?;
        }
        write!(f, "{}", self.statement)?;
        self.in_tenant
            .iter()
            .try_for_each(|tenant| write!(f, " (as tenant {tenant})"))
    }
}

/// Statements for the practitioner, one in a line.
pub(super) fn listed(steps: &[Step]) -> String {
    let lines: Vec<String> = steps.iter().map(|step| format!("  {step};")).collect();
    lines.join("\n")
}
