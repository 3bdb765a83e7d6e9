//! The contract with Terraform: what it would refuse of a resource's answers, said in clear words first.
//!
//! Whatever is found here is a mistake of the provider, never of the practitioner.

mod applied;
mod planned;
mod shape;
mod stored;

#[cfg(test)]
mod tests;

pub use shape::conforms;

use crate::schema::place::Place;
use crate::{Diagnostic, Diagnostics, IdentitySchema, Schema, Value};
use std::fmt::Display;

/// Whether a value may still hold unknowns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknowns {
    /// As in the plan of a create or a replacement.
    Allowed,
    /// Everywhere else.
    Refused,
}

/// Checks a planned state against the configuration and the prior state. A null configuration is a destroy.
pub fn plan(schema: &Schema, prior: Option<&Value>, config: &Value, planned: &Value) -> Diagnostics {
    let mut report = Report::new("Provider produced an invalid plan");
    match (config.is_null(), planned.is_null()) {
        (true, true) => {}
        (true, false) => report.bug(&Place::ROOT, "is planned to stay, although it is to be destroyed"),
        (false, true) => report.bug(&Place::ROOT, "is planned to be absent, although it is configured"),
        (false, false) => {
            shape::object(&mut report, &Place::ROOT, &schema.attributes, planned);
            if !report.found.has_errors() {
                let prior = prior.unwrap_or(&Value::Null);
                planned::object(&mut report, &Place::ROOT, &schema.attributes, prior, config, planned);
            }
        }
    }
    report.found
}

/// Checks the plan that is made while applying against the one that was made before, when less was known: it may
/// only complete it. A provider never sees both, since they are made in two processes; the tests do.
#[cfg(test)]
pub(crate) fn replanned(schema: &Schema, first: &Value, second: &Value) -> Diagnostics {
    let mut report = Report::new("Provider produced an inconsistent final plan");
    applied::completes(&mut report, &Place::ROOT, Some(&schema.attributes), first, second);
    report.found
}

/// Checks the state that an apply reached against the planned one. A null plan is a destroy.
///
/// Not for an apply that failed: that may return what it reached.
pub fn applied(schema: &Schema, planned: &Value, state: &Value) -> Diagnostics {
    let mut report = Report::new("Provider produced an inconsistent result after apply");
    match (planned.is_null(), state.is_null()) {
        (true, true) => {}
        (true, false) => report.bug(&Place::ROOT, "still has a state after it was destroyed"),
        (false, true) => report.bug(&Place::ROOT, "has no state after it was created or changed"),
        (false, false) => {
            stored_object(&mut report, schema, state);
            if !report.found.has_errors() {
                applied::completes(&mut report, &Place::ROOT, Some(&schema.attributes), planned, state);
            }
        }
    }
    report.found
}

/// Checks a state that was read, imported, upgraded or moved, or what a data source read: it is wholly known, has
/// the attributes of the schema, and no write-only value. An object that is gone has no state to check.
pub fn state(schema: &Schema, state: &Value) -> Diagnostics {
    let mut report = Report::new("Provider produced an invalid object");
    if state.is_null() {
        report.bug(&Place::ROOT, "is null");
    }
    stored_object(&mut report, schema, state);
    report.found
}

/// Checks an identity.
pub fn identity(schema: &IdentitySchema, identity: &Value, unknowns: Unknowns) -> Diagnostics {
    let mut report = Report::new("Provider produced an invalid identity");
    shape::identity(&mut report, schema, identity);
    if unknowns == Unknowns::Refused {
        for (name, value) in identity.as_object().into_iter().flatten() {
            if !value.is_wholly_known() {
                report.bug(&Place::ROOT.plain_attribute(name), "is unknown");
            }
        }
    }
    report.found
}

fn stored_object(report: &mut Report, schema: &Schema, state: &Value) {
    shape::object(report, &Place::ROOT, &schema.attributes, state);
    if !report.found.has_errors() {
        stored::object(report, &Place::ROOT, &schema.attributes, state);
    }
}

/// What was found so far.
struct Report {
    summary: &'static str,
    found: Diagnostics,
}

impl Report {
    fn new(summary: &'static str) -> Self {
        Self {
            summary,
            found: Diagnostics::none(),
        }
    }

    /// A violation; `what` completes a sentence about the place.
    fn bug(&mut self, place: &Place<'_>, what: impl Display) {
        let detail = format!(
            "{} {what}. This is a bug in the provider; please report it.",
            place.name()
        );
        self.found.push(place.point(Diagnostic::error(self.summary, detail)));
    }
}
