//! `DELETE …` of backups, `CANCEL DELETE BACKUP`, and `ADD` or `DROP DELETE BACKUP POLICY`.

use super::Parser;
use crate::answer::ServerError;
use crate::cluster::deletion::{DeleteRequest, Kind};
use crate::cluster::lexer::TokenKind;
use crate::cluster::profile::Capabilities;
use crate::cluster::statement::{Deletion, NewPolicy, Statement};

impl Parser<'_> {
    /// The whole statement after `ALTER SYSTEM`, if it is one of these.
    pub(super) fn about_deletion(&mut self, capabilities: &Capabilities) -> Option<Result<Statement, ServerError>> {
        if self.words(&["ADD", "DELETE", "BACKUP", "POLICY"]) {
            return Some(self.new_policy());
        }
        if self.words(&["DROP", "DELETE", "BACKUP", "POLICY"]) {
            return Some(self.dropped_policy());
        }
        if self.words(&["CANCEL", "DELETE", "BACKUP"]) {
            return Some(self.cancelled_deletion());
        }
        if !self.word("DELETE") {
            return None;
        }
        Some(if capabilities.deletes_on_demand {
            self.deletion()
        } else {
            self.deletion_before_4_4_1()
        })
    }

    /// In this order; what comes too early or too late is an error.
    fn new_policy(&mut self) -> Result<Statement, ServerError> {
        let name = self.text_after_equals()?;
        let recovery_window = self.text_clause("RECOVERY_WINDOW")?;
        let redundancy = self.number_clause("REDUNDANCY")?;
        // Stored by the server, and of no effect.
        self.number_clause("BACKUP_COPIES")?;
        let tenants = self.tenant_list()?;
        Ok(Statement::AddPolicy(NewPolicy {
            name,
            recovery_window,
            redundancy,
            tenants,
        }))
    }

    fn dropped_policy(&mut self) -> Result<Statement, ServerError> {
        let name = self.text_after_equals()?;
        let tenants = self.tenant_list()?;
        Ok(Statement::DropPolicy { name, tenants })
    }

    fn cancelled_deletion(&mut self) -> Result<Statement, ServerError> {
        let tenants = self.tenant_list()?;
        self.text_clause("DESCRIPTION")?;
        Ok(Statement::CancelDeletion { tenants })
    }

    fn deletion(&mut self) -> Result<Statement, ServerError> {
        let request = if self.words(&["OBSOLETE", "BACKUP"]) {
            DeleteRequest::Obsolete
        } else if self.word("BACKUPSET") {
            DeleteRequest::Ids(Kind::Set, self.ids()?)
        } else if self.word("ARCHIVELOG_PIECE") {
            DeleteRequest::Ids(Kind::Piece, self.ids()?)
        } else if self.words(&["BACKUP", "ALL"]) {
            let kind = if self.word("DATA_BACKUP_DEST") {
                Kind::Set
            } else {
                self.expect_word("LOG_ARCHIVE_DEST")?;
                Kind::Piece
            };
            DeleteRequest::All(kind, self.text_after_equals()?)
        } else {
            return Err(self.unexpected());
        };
        let tenants = self.tenant_list()?;
        self.text_clause("DESCRIPTION")?;
        Ok(Statement::Delete(Deletion { request, tenants }))
    }

    /// Older releases parse these, and carry none of them out.
    fn deletion_before_4_4_1(&mut self) -> Result<Statement, ServerError> {
        let is_of_one_tenant = !self.words(&["OBSOLETE", "BACKUP"]);
        if is_of_one_tenant {
            if !self.word("BACKUPSET") {
                self.expect_word("BACKUPPIECE")?;
            }
            self.id()?;
            if self.word("COPY") {
                self.id()?;
            }
        }
        self.tenant_list()?;
        self.text_clause("DESCRIPTION")?;
        Ok(Statement::DeleteNothing { is_of_one_tenant })
    }

    fn ids(&mut self) -> Result<Vec<u64>, ServerError> {
        let mut ids = vec![self.id()?];
        while self.symbol(',') {
            ids.push(self.id()?);
        }
        Ok(ids)
    }

    pub(super) fn id(&mut self) -> Result<u64, ServerError> {
        let id = match self.kind() {
            Some(TokenKind::Number(number)) => number.parse().ok(),
            _ => None,
        };
        let id = id.ok_or_else(|| self.unexpected())?;
        self.position += 1;
        Ok(id)
    }

    fn number_clause(&mut self, word: &str) -> Result<Option<u64>, ServerError> {
        if !self.word(word) {
            return Ok(None);
        }
        self.symbol('=');
        self.id().map(Some)
    }

    fn text_after_equals(&mut self) -> Result<String, ServerError> {
        self.symbol('=');
        self.text()
    }
}
