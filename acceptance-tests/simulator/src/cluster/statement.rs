//! The statements of the cluster's own grammar, parsed by recursive descent.

mod like;
mod parser;

use super::backup_job::BackupType;
use super::deletion::DeleteRequest;
use crate::answer::ServerError;

pub(crate) use like::Like;
pub(crate) use parser::parse;

/// A statement that the cluster answers itself.
pub(crate) enum Statement {
    /// `ALTER SYSTEM [SET] name = value …`
    Set(Vec<Assignment>),
    /// `ALTER SYSTEM RESET name …`
    Reset { name: String, tenant: Option<String> },
    /// `ALTER SYSTEM ARCHIVELOG | NOARCHIVELOG …`
    LogMode {
        archiving: bool,
        tenants: Option<Vec<String>>,
    },
    /// `ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST …`
    ChangeExternalStorage(ExternalStorageChange),
    /// `ALTER SYSTEM BACKUP …`
    Backup(Backup),
    /// `ALTER SYSTEM CANCEL BACKUP …`
    CancelBackup { tenants: Option<Vec<String>> },
    /// `ALTER SYSTEM DELETE …`
    Delete(Deletion),
    /// The same before 4.4.1, where nothing is carried out.
    DeleteNothing {
        /// Sets and pieces are of one tenant.
        is_of_one_tenant: bool,
    },
    /// `ALTER SYSTEM CANCEL DELETE BACKUP …`
    CancelDeletion { tenants: Option<Vec<String>> },
    /// `ALTER SYSTEM ADD DELETE BACKUP POLICY …`
    AddPolicy(NewPolicy),
    /// `ALTER SYSTEM DROP DELETE BACKUP POLICY …`
    DropPolicy { name: String, tenants: Option<Vec<String>> },
    /// `ALTER SYSTEM BACKUP KEY …`
    BackupKey {
        tenants: Option<Vec<String>>,
        /// Empty without a `TO` clause.
        path: String,
    },
    /// `ALTER INSTANCE ROTATE INNODB MASTER KEY`
    RotateMasterKey,
    /// `SET ENCRYPTION ON IDENTIFIED BY … ONLY`
    SetEncryption,
    /// `SET DECRYPTION IDENTIFIED BY …`
    SetDecryption,
    /// `ALTER SYSTEM MAJOR FREEZE …` and the like
    Freeze(Freeze),
    /// `SHOW PARAMETERS …`, but for `WHERE`, which is answered where expressions are.
    ShowParameters { like: Option<Like>, tenant: Option<String> },
    /// A statement that the grammar has kept, and that is refused whatever it says.
    Refused(ServerError),
    /// A statement of the real server that the simulator does not have.
    NotSimulated(String),
}

/// One item of `ALTER SYSTEM SET`.
pub(crate) struct Assignment {
    /// In lower case: names are case-insensitive.
    pub(crate) name: String,
    /// NULL acts like an empty text.
    pub(crate) value: String,
    pub(crate) tenant: Option<String>,
}

/// The clauses of `CHANGE EXTERNAL_STORAGE_DEST`.
pub(crate) struct ExternalStorageChange {
    pub(crate) path: String,
    pub(crate) access_info: Option<String>,
    pub(crate) attribute: Option<String>,
}

/// `ALTER SYSTEM BACKUP …`
pub(crate) struct Backup {
    pub(crate) backup_type: BackupType,
    /// Nothing where the statement ends too early, which the grammar permits.
    pub(crate) scope: Option<BackupScope>,
    /// A `TO` clause was written.
    pub(crate) has_path: bool,
    pub(crate) plus_archivelog: bool,
    pub(crate) description: String,
}

/// Whom a backup is of.
pub(crate) enum BackupScope {
    /// The session's tenant; from sys, every tenant.
    Database,
    Tenants(Vec<String>),
}

/// A statement about compaction.
pub(crate) struct Freeze {
    pub(crate) verb: FreezeVerb,
    pub(crate) tenants: Option<Vec<String>>,
}

/// What it does to the compaction.
#[derive(Clone, Copy)]
pub(crate) enum FreezeVerb {
    MajorFreeze,
    MinorFreeze,
    Suspend,
    Resume,
    ClearError,
}

/// `ALTER SYSTEM DELETE …`
pub(crate) struct Deletion {
    pub(crate) request: DeleteRequest,
    pub(crate) tenants: Option<Vec<String>>,
}

/// `ALTER SYSTEM ADD DELETE BACKUP POLICY …`
pub(crate) struct NewPolicy {
    pub(crate) name: String,
    pub(crate) recovery_window: Option<String>,
    pub(crate) redundancy: Option<u64>,
    pub(crate) tenants: Option<Vec<String>>,
}
