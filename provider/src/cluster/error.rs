//! What can go wrong between the provider and the cluster.

use super::{tenant::TenantName, version::Missing};
use tfplugin::Diagnostic;

/// A failure. Statements and server texts in it are redacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A setting without which there is no connection.
    #[error("{setting} is not configured")]
    NotConfigured {
        /// The attribute of the provider block.
        setting: &'static str,
    },
    /// The views do not look as documented.
    #[error("unexpected {source_name}.{column}: {reason}")]
    UnexpectedRow {
        /// The view.
        source_name: String,
        /// The column.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
}
impl Error {
    /// For the practitioner.
    pub fn diagnostic(&self) -> Diagnostic { todo!() }
}
