//! One data backup: its statement, and the token by which it is found again.
//!
//! `oceanbase_backup_run` and `oceanbase_backup_now` share this, [what has to hold before](conditions), and [what becomes of
//! it](course). Plans of the former can [look at the compaction](compaction).

pub(crate) mod compaction;
pub(crate) mod conditions;
pub(crate) mod course;

use crate::{
    cluster::{Scope, Secret, Statement, Viewpoint},
    values::backup_type::BackupType,
};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The form of a description. The server puts it into another statement as it is, so that nothing else is safe.
pub(crate) const DESCRIPTION_PATTERN: &str = "^[A-Za-z0-9_.:-]+$";
/// The same in words.
pub(crate) const DESCRIPTION_FORM: &str = "letters, digits, and `_ . : -`";

/// A server whose root service is busy tries to start the backup for six seconds, whether or not anybody waits for the answer. So long
/// a backup without an answer may still appear; a second statement of sys meanwhile would make a second one, since only the tenant's
/// row, which comes later, is in its way.
pub(crate) const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// What is to be backed up, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) scope: Scope<'a>,
    pub(crate) kind: BackupType,
    pub(crate) plus_archivelog: bool,
    pub(crate) description: Option<&'a str>,
}

impl Request<'_> {
    /// `sys` names the tenant; a tenant backs up itself, and must not name any.
    pub(crate) fn statement(&self, token: &Token, viewpoint: &Viewpoint) -> Statement {
        let statement = match self.kind {
            BackupType::Full => Statement::new("ALTER SYSTEM BACKUP"),
            BackupType::Incremental => Statement::new("ALTER SYSTEM BACKUP INCREMENTAL"),
        };
        let statement = match (self.scope, viewpoint) {
            (Scope::Tenant(tenant), Viewpoint::Sys) => statement.for_tenants([tenant], viewpoint),
            (Scope::Tenant(_), Viewpoint::User(_)) | (Scope::AllTenants, _) => statement.sql(" DATABASE"),
        };
        let statement = match self.plus_archivelog {
            true => statement.sql(" PLUS ARCHIVELOG"),
            false => statement,
        };
        statement
            .sql(" DESCRIPTION = ")
            .literal(&token.beside(self.description))
    }
}

/// Protects the backups that the session begins from now on. It cannot be taken back in this session.
pub(crate) fn protection(password: &Secret) -> Statement {
    Statement::new("SET ENCRYPTION ON IDENTIFIED BY ")
        .secret(password)
        .sql(" ONLY")
}

/// A mark in the `DESCRIPTION` of a job, by which it is found again, whoever looks, and whatever became of the one who started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    /// The same for the same tenant, type and key, on every machine and in every version of this provider.
    pub(crate) fn of(scope: Scope<'_>, kind: BackupType, key: &str) -> Self {
        // No tenant has an empty name, and no name holds the byte that separates the parts.
        let tenant = scope.tenant().map_or("", |tenant| tenant.as_str());
        let digest = Sha256::digest(format!("{tenant}\0{kind}\0{key}"));
        // Half of it is enough to tell runs apart, and short enough to be read.
        let hex: Vec<String> = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("tf-{}", hex.concat()))
    }

    /// As it is written: after the practitioner's own words.
    pub(crate) fn beside(&self, description: Option<&str>) -> String {
        match description {
            Some(own) => format!("{own}:{}", self.0),
            None => self.0.clone(),
        }
    }

    /// Whether a job has this mark.
    pub(crate) fn marks(&self, description: &str) -> bool {
        self.own_words(description).is_some()
    }

    /// What stands before the mark, empty when there is nothing; `None` without the mark.
    pub(crate) fn own_words<'a>(&self, description: &'a str) -> Option<&'a str> {
        let before = description.strip_suffix(&self.0)?;
        match before {
            "" => Some(before),
            _ => before.strip_suffix(':'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::TenantName;
    use expect_test::expect;

    fn tenant(name: &str) -> TenantName {
        name.parse().unwrap()
    }

    #[test]
    fn the_statement_names_the_tenant_only_from_sys() {
        let t1 = tenant("t1");
        let (sys, own) = (Viewpoint::Sys, Viewpoint::User(t1.clone()));
        let request = |scope, kind, plus_archivelog, description| Request {
            scope,
            kind,
            plus_archivelog,
            description,
        };
        let one = Scope::Tenant(&t1);
        let texts = [
            (request(one, BackupType::Full, false, None), &sys),
            (request(one, BackupType::Incremental, true, Some("nightly")), &sys),
            (request(one, BackupType::Full, true, None), &own),
            (request(Scope::AllTenants, BackupType::Incremental, false, None), &sys),
        ];
        let texts = texts.map(|(request, viewpoint)| {
            let token = Token::of(request.scope, request.kind, "monday");
            format!("{}\n", request.statement(&token, viewpoint))
        });
        // A token that changes between versions of the provider would start a second backup.
        expect![[r#"
            ALTER SYSTEM BACKUP TENANT = `t1` DESCRIPTION = 'tf-7110473f7200b01784b998365b88a2db'
            ALTER SYSTEM BACKUP INCREMENTAL TENANT = `t1` PLUS ARCHIVELOG DESCRIPTION = 'nightly:tf-20877952b599d3606012d95d60b16aaf'
            ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG DESCRIPTION = 'tf-7110473f7200b01784b998365b88a2db'
            ALTER SYSTEM BACKUP INCREMENTAL DATABASE DESCRIPTION = 'tf-c80a45e5920a31ddd0d4fa5bfd887fd1'
        "#]]
        .assert_eq(&texts.concat());
    }

    #[test]
    fn a_token_belongs_to_one_tenant_type_and_key() {
        let (a, ab) = (tenant("a"), tenant("ab"));
        let tokens = [
            Token::of((&a).into(), BackupType::Full, "bc"),
            Token::of((&ab).into(), BackupType::Full, "c"),
            Token::of((&a).into(), BackupType::Incremental, "bc"),
            Token::of(Scope::AllTenants, BackupType::Full, "bc"),
            Token::of((&a).into(), BackupType::Full, "BC"),
        ];
        for (at, token) in tokens.iter().enumerate() {
            assert_eq!(tokens.iter().position(|other| other == token), Some(at));
        }
    }

    #[test]
    fn a_mark_is_found_behind_own_words_and_nowhere_else() {
        let token = Token::of(Scope::AllTenants, BackupType::Full, "k");
        assert_eq!(token.own_words(&token.beside(None)), Some(""));
        assert_eq!(token.own_words(&token.beside(Some("a:b"))), Some("a:b"));
        for other in [
            String::new(),
            "nightly".to_owned(),
            format!("x{}", token.beside(None)),
            format!("{}x", token.beside(None)),
        ] {
            assert!(!token.marks(&other), "{other}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let statement = protection(&Secret::new("s3'cr3t"));
        assert_eq!(statement.text(), "SET ENCRYPTION ON IDENTIFIED BY 's3''cr3t' ONLY");
        assert_eq!(statement.to_string(), "SET ENCRYPTION ON IDENTIFIED BY '***' ONLY");
    }
}
