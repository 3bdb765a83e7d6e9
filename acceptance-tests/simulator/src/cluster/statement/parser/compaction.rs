//! `MAJOR FREEZE` and its kin.

use super::Parser;
use crate::answer::ServerError;
use crate::cluster::statement::{Freeze, FreezeVerb, Statement};

impl Parser<'_> {
    /// The whole statement after `ALTER SYSTEM`, if it is one of these.
    pub(super) fn freeze(&mut self) -> Option<Result<Statement, ServerError>> {
        let verbs = [
            (&["MAJOR", "FREEZE"][..], FreezeVerb::MajorFreeze),
            (&["MINOR", "FREEZE"], FreezeVerb::MinorFreeze),
            (&["SUSPEND", "MERGE"], FreezeVerb::Suspend),
            (&["RESUME", "MERGE"], FreezeVerb::Resume),
            (&["CLEAR", "MERGE", "ERROR"], FreezeVerb::ClearError),
        ];
        let (_, verb) = verbs.into_iter().find(|(words, _)| self.words(words))?;
        let tenants = self.tenant_list();
        Some(tenants.map(|tenants| Statement::Freeze(Freeze { verb, tenants })))
    }
}
