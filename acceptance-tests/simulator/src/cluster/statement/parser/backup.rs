//! `BACKUP …`, and `CANCEL …` of what it started.

use super::Parser;
use crate::answer::ServerError;
use crate::cluster::backup_job::BackupType;
use crate::cluster::error;
use crate::cluster::statement::{Backup, BackupScope, Statement};

impl Parser<'_> {
    /// The rest of `ALTER SYSTEM BACKUP`.
    pub(super) fn backup(&mut self) -> Result<Statement, ServerError> {
        if self.word("KEY") {
            return self.backup_key();
        }
        if self.word("BACKUPSET") || self.word("BACKUPPIECE") {
            return self.copy_of_backups();
        }
        if self.peek_word("CLUSTER") {
            self.position -= 1;
            return self.not_simulated();
        }
        let backup_type = if self.word("INCREMENTAL") {
            BackupType::Incremental
        } else {
            BackupType::Full
        };
        let scope = if self.word("DATABASE") {
            Some(BackupScope::Database)
        } else {
            self.tenant_list()?.map(BackupScope::Tenants)
        };
        let has_path = self.text_clause("TO")?.is_some();
        let plus_archivelog = self.words(&["PLUS", "ARCHIVELOG"]);
        let description = self.text_clause("DESCRIPTION")?.unwrap_or_default();
        Ok(Statement::Backup(Backup {
            backup_type,
            scope,
            has_path,
            plus_archivelog,
            description,
        }))
    }

    /// Copies of backups were a feature of 3.x.
    fn copy_of_backups(&mut self) -> Result<Statement, ServerError> {
        if self.word("ALL") {
            if self.words(&["NOT", "BACKED", "UP"]) {
                self.id()?;
                self.expect_word("TIMES")?;
            }
        } else {
            self.symbol('=');
            self.id()?;
        }
        self.words(&["WITH", "ACTIVE"]);
        self.tenant_list()?;
        self.text_clause("BACKUP_BACKUP_DEST")?;
        Ok(Statement::Refused(error::not_supported("statement type not supported")))
    }

    /// The whole statement after `ALTER SYSTEM`, if it stops or validates backups.
    pub(super) fn stop_or_validation(&mut self) -> Option<Result<Statement, ServerError>> {
        let stops = [
            &["CANCEL", "ALL", "BACKUP"][..],
            &["SUSPEND", "BACKUP"],
            &["RESUME", "BACKUP"],
        ];
        if let Some(stop) = stops.into_iter().find(|words| self.words(words)) {
            let complete = if stop.len() > 2 {
                self.expect_word("FORCE")
            } else {
                Ok(())
            };
            return Some(complete.map(|()| Statement::Refused(error::invalid_argument())));
        }
        if self.words(&["CANCEL", "BACKUP"]) {
            let tenants = self.tenant_list();
            return Some(tenants.map(|tenants| Statement::CancelBackup { tenants }));
        }
        let copies = [
            &["START", "BACKUP", "ARCHIVELOG"][..],
            &["STOP", "BACKUP", "ARCHIVELOG"],
        ];
        if copies.iter().any(|words| self.words(words)) {
            return Some(Ok(Statement::Refused(error::not_supported_feature())));
        }
        let validates = [
            &["VALIDATE", "DATABASE"][..],
            &["VALIDATE", "BACKUPSET"],
            &["CANCEL", "VALIDATE"],
        ];
        let words = validates.into_iter().find(|words| self.words(words))?;
        Some(self.validation(words.contains(&"DATABASE")))
    }

    /// Validation was a feature of 3.x, too.
    fn validation(&mut self, of_everything: bool) -> Result<Statement, ServerError> {
        if !of_everything {
            self.id()?;
        }
        if self.word("COPY") {
            self.id()?;
        }
        Ok(Statement::Refused(error::not_supported_feature()))
    }
}
