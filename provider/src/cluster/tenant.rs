//! Which tenant an object belongs to, and which tenant the session speaks for.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// The name of a user tenant, case-sensitive.
///
/// The `sys` tenant and META tenants are never the target of backup configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantName(String);

/// Why a text is not the name of a user tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTenantName {
    /// Nothing was given.
    #[error("the tenant name is empty")]
    Empty,
    /// The server takes up to 64 bytes.
    #[error("the tenant name is longer than 64 bytes")]
    TooLong,
    /// A control character, most likely by mistake.
    #[error("the tenant name holds a control character")]
    ControlCharacter,
    /// `sys` has no backups of its own.
    #[error("the sys tenant cannot be backed up; name a user tenant")]
    Sys,
    /// META tenants are backed up with their user tenant.
    #[error("a META$ tenant is backed up with its user tenant; name the user tenant")]
    Meta,
}

impl TenantName {
    const MAX_BYTES: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name among `others` that may be meant by this one: it differs in case, in blanks around it, or in two letters at most.
    /// Names with other digits are other names.
    pub fn most_similar<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        let plain = |name: &Self| name.0.trim().to_lowercase();
        let digits = |name: &Self| name.0.chars().filter(char::is_ascii_digit).collect::<String>();
        // In a short name two letters are half of it.
        let tolerated = (self.0.chars().count() / 4).min(2);
        others
            .into_iter()
            .filter(|other| *other != self && digits(other) == digits(self))
            .map(|other| (strsim::osa_distance(&plain(self), &plain(other)), other))
            .filter(|(distance, _)| *distance <= tolerated)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, other)| other)
    }
}

impl FromStr for TenantName {
    type Err = InvalidTenantName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "" => Err(InvalidTenantName::Empty),
            _ if name.len() > Self::MAX_BYTES => Err(InvalidTenantName::TooLong),
            _ if name.chars().any(char::is_control) => Err(InvalidTenantName::ControlCharacter),
            _ if name.eq_ignore_ascii_case("sys") => Err(InvalidTenantName::Sys),
            _ if name.to_ascii_uppercase().starts_with("META$") => Err(InvalidTenantName::Meta),
            _ => Ok(Self(name.to_owned())),
        }
    }
}

impl TryFrom<String> for TenantName {
    type Error = InvalidTenantName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<TenantName> for String {
    fn from(name: TenantName) -> Self {
        name.0
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for TenantName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TenantName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": Self::MAX_BYTES })
    }
}

/// The tenant that the provider is logged in to: it decides which views there are, and whether statements name a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewpoint {
    /// `sys` sees and manages every tenant, and names the one it means.
    Sys,
    /// A user tenant sees and manages itself, and must not name any.
    User(TenantName),
}

/// Whom a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// One user tenant.
    Tenant(&'a TenantName),
    /// All of them, from sys.
    AllTenants,
}

impl<'a> Scope<'a> {
    /// The one tenant.
    pub fn tenant(self) -> Option<&'a TenantName> {
        match self {
            Self::Tenant(tenant) => Some(tenant),
            Self::AllTenants => None,
        }
    }
}

impl<'a> From<&'a TenantName> for Scope<'a> {
    fn from(tenant: &'a TenantName) -> Self {
        Self::Tenant(tenant)
    }
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(tenant) => write!(f, "tenant {tenant}"),
            Self::AllTenants => f.write_str("all tenants"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_user_tenants_have_names() {
        let long = "t".repeat(65);
        for (name, expected) in [
            ("", Err(InvalidTenantName::Empty)),
            (long.as_str(), Err(InvalidTenantName::TooLong)),
            ("a\nb", Err(InvalidTenantName::ControlCharacter)),
            ("sys", Err(InvalidTenantName::Sys)),
            ("META$1002", Err(InvalidTenantName::Meta)),
            (&long[1..], Ok(())),
            ("Sales_eu", Ok(())),
            ("sysadmin", Ok(())),
        ] {
            assert_eq!(name.parse::<TenantName>().map(|_| ()), expected, "{name:?}");
        }
    }

    #[test]
    fn a_misspelt_name_is_guessed() {
        let known: Vec<TenantName> = ["mysql_tenant", "mysql_tenant_2", "shop"]
            .map(|name| name.parse().unwrap())
            .into();
        for (name, meant) in [
            ("MYSQL_Tenant", Some("mysql_tenant")),
            (" mysql_tenant", Some("mysql_tenant")),
            ("mysql_tennant", Some("mysql_tenant")),
            ("mysql_tenat_2", Some("mysql_tenant_2")),
            ("mysql_tenant_3", None),
            ("shpo", Some("shop")),
            ("Shop", Some("shop")),
            ("sho", None),
            ("crm", None),
            ("shop", None),
        ] {
            let name: TenantName = name.parse().unwrap();
            assert_eq!(name.most_similar(&known).map(TenantName::as_str), meant, "{name}");
        }
    }

    #[test]
    fn a_name_is_a_string_in_configuration_and_state() {
        let name: TenantName = serde_json::from_str("\"t1\"").unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"t1\"");
        assert!(
            serde_json::from_str::<TenantName>("\"sys\"")
                .unwrap_err()
                .to_string()
                .contains("sys tenant")
        );
    }
}
