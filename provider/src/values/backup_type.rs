//! What a backup holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum BackupType {
    /// Everything.
    #[default]
    Full,
    /// What changed since the backup before. Without a usable full at the destination, the server makes a full instead.
    Incremental,
}

impl fmt::Display for BackupType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Incremental => "incremental",
        })
    }
}
