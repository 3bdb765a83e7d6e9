//! `SET ENCRYPTION`, `SET DECRYPTION`, and statements about keys.

use super::Parser;
use crate::answer::ServerError;
use crate::cluster::error;
use crate::cluster::statement::Statement;

impl Parser<'_> {
    /// A whole statement that does not begin with `ALTER SYSTEM`, if it is one of these.
    pub(super) fn about_encryption(&mut self) -> Option<Result<Statement, ServerError>> {
        if self.words(&["SET", "ENCRYPTION"]) {
            return Some(self.set_encryption());
        }
        if self.words(&["SET", "DECRYPTION"]) {
            return Some(self.set_decryption());
        }
        let rotation = ["ALTER", "INSTANCE", "ROTATE", "INNODB", "MASTER", "KEY"];
        self.words(&rotation).then_some(Ok(Statement::RotateMasterKey))
    }

    /// `ONLY` is no option, and there is no way back but a new session.
    fn set_encryption(&mut self) -> Result<Statement, ServerError> {
        for word in ["ON", "IDENTIFIED", "BY"] {
            self.expect_word(word)?;
        }
        let password = self.text()?;
        self.expect_word("ONLY")?;
        Ok(unless_empty(&[password], Statement::SetEncryption))
    }

    fn set_decryption(&mut self) -> Result<Statement, ServerError> {
        for word in ["IDENTIFIED", "BY"] {
            self.expect_word(word)?;
        }
        let mut passwords = vec![self.text()?];
        while self.symbol(',') {
            passwords.push(self.text()?);
        }
        Ok(unless_empty(&passwords, Statement::SetDecryption))
    }

    /// The rest of `ALTER SYSTEM BACKUP KEY`.
    pub(super) fn backup_key(&mut self) -> Result<Statement, ServerError> {
        let tenants = self.tenant_list()?;
        let path = self.text_clause("TO")?.unwrap_or_default();
        if self.words(&["ENCRYPTED", "BY"]) {
            self.text()?;
        }
        Ok(Statement::BackupKey { tenants, path })
    }
}

/// An empty password is none.
fn unless_empty(passwords: &[String], statement: Statement) -> Statement {
    if passwords.iter().any(String::is_empty) {
        Statement::Refused(error::invalid_argument())
    } else {
        statement
    }
}
