//! The model of the cluster: tenants, parameters, destinations, archive rounds, on a virtual clock.

use crate::answer::{Answer, ServerError, Table};

/// Which tenant a session speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// 1 for sys, even and above 1000 for user tenants.
    pub tenant_id: u64,
}

/// A simulated cluster. Shared between connections behind one lock; nothing in it blocks for long.
#[derive(Debug)]
pub struct Cluster {}

impl Cluster {
    /// Executes a statement of the cluster's own grammar (`ALTER SYSTEM …`, `SHOW PARAMETERS …`).
    ///
    /// `None` means that the statement is not one of these, and that the SQL layer should look at it.
    pub fn execute(&mut self, _viewer: &Viewer, _sql: &str) -> Option<Result<Answer, ServerError>> {
        None
    }

    /// The names of the views that this viewer can select from, as (schema, view).
    pub fn views(&self, _viewer: &Viewer) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    /// The content of one view, now.
    pub fn view(&mut self, _viewer: &Viewer, _schema: &str, _name: &str) -> Option<Table> {
        None
    }
}
