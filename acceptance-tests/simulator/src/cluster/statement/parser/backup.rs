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
        // Copies of backups were a feature of 3.x; the grammar has kept them.
        if self.word("BACKUPSET") || self.word("BACKUPPIECE") {
            return Err(error::not_supported("statement type not supported"));
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

    /// The rest of `ALTER SYSTEM CANCEL`, `SUSPEND` and `RESUME`, as far as they are about backups.
    pub(super) fn stop_of_backup(&mut self) -> Option<Result<Statement, ServerError>> {
        let refused = [
            &["CANCEL", "ALL", "BACKUP", "FORCE"][..],
            &["SUSPEND", "BACKUP"],
            &["RESUME", "BACKUP"],
        ];
        if refused.iter().any(|words| self.words(words)) {
            return Some(Err(error::invalid_argument()));
        }
        let cancels = self.words(&["CANCEL", "BACKUP"]);
        cancels.then(|| {
            let tenants = self.tenant_list()?;
            Ok(Statement::CancelBackup { tenants })
        })
    }
}
