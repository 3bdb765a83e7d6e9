//! Which run it is: the import ID, and the tokens that it may have.

use crate::{
    backup::Token,
    cluster::{Scope, TenantName, tenant::InvalidTenantName},
    values::backup_type::BackupType,
};
use std::{fmt, str::FromStr};

/// Stands for all tenants in an import ID, and in an identity.
pub(super) const ALL: &str = "*";

/// Whom a run is about, its type, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub(super) tenant: Option<TenantName>,
    /// `None` when it is imported, since the ID does not tell.
    pub(super) kind: Option<BackupType>,
    pub(super) run_key: String,
}

/// Why a text is no import ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentity {
    /// There is no slash, or nothing after it.
    #[error("a tenant, a slash and the `run_key` are expected")]
    Incomplete,
    /// What stands before the slash.
    #[error(transparent)]
    Tenant(#[from] InvalidTenantName),
}

impl Identity {
    pub(super) fn scope(&self) -> Scope<'_> {
        self.tenant.as_ref().map_or(Scope::AllTenants, Scope::Tenant)
    }

    /// The types that it may have.
    pub(super) fn kinds(&self) -> Vec<BackupType> {
        match self.kind {
            Some(kind) => vec![kind],
            None => vec![BackupType::Full, BackupType::Incremental],
        }
    }

    pub(super) fn token(&self, kind: BackupType) -> Token {
        Token::of(self.scope(), kind, &self.run_key)
    }
}

impl FromStr for Identity {
    type Err = InvalidIdentity;

    fn from_str(text: &str) -> Result<Self, InvalidIdentity> {
        match text.split_once('/') {
            None | Some((_, "")) => Err(InvalidIdentity::Incomplete),
            Some((tenant, run_key)) => Ok(Self {
                tenant: match tenant {
                    ALL => None,
                    name => Some(name.parse()?),
                },
                kind: None,
                run_key: run_key.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenant = self.tenant.as_ref().map_or(ALL, TenantName::as_str);
        write!(f, "{tenant}/{}", self.run_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_id_reads_back() {
        for text in ["t1/2025-01-31", "*/nightly", "t1/a/b"] {
            assert_eq!(text.parse::<Identity>().unwrap().to_string(), text);
        }
        assert_eq!("*/k".parse::<Identity>().unwrap().scope(), Scope::AllTenants);
    }

    #[test]
    fn half_an_import_id_is_none() {
        for (text, expected) in [
            ("t1", "a tenant, a slash and the `run_key` are expected"),
            ("t1/", "a tenant, a slash and the `run_key` are expected"),
            ("/k", "the tenant name is empty"),
            ("sys/k", "the sys tenant cannot be backed up; name a user tenant"),
        ] {
            assert_eq!(text.parse::<Identity>().unwrap_err().to_string(), expected);
        }
    }
}
