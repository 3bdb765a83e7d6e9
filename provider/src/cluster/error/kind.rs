//! What a server error number means.

/// What a server error means to the provider.
///
/// The numbers are those of [`ob_errno.def`](https://github.com/oceanbase/oceanbase/blob/develop/src/share/ob_errno.def),
/// mapped to MySQL's where it has one. 1235 covers a dozen different refusals, which only the text tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Already in ARCHIVELOG mode.
    AlreadyArchiving,
    /// Already in NOARCHIVELOG mode, or already stopped.
    AlreadyNotArchiving,
    /// The destination of a running round cannot be changed.
    ArchiveRunning,
    /// The archive round is interrupted.
    ArchiveInterrupted,
    /// The archive round is not running.
    ArchiveNotRunning,
    /// The archive round is between two states.
    ArchiveUnsettled,
    /// The tenant is not in a state to archive.
    CannotStartArchive,
    /// A backup job of the tenant runs.
    BackupInProgress,
    /// The backup cannot start, since archiving is not `DOING` yet.
    BackupNeedsArchive,
    /// The backup cannot start; the text says why.
    BackupCannotStart,
    /// No replica, checkpoint or data version that a backup could start from.
    BackupNotPossibleYet,
    /// Nothing changed since the last backup.
    NothingToBackUp,
    /// A cleanup job runs.
    CleanupInProgress,
    /// There is no job to cancel, or it is past that.
    CannotCancel,
    /// The backup set or piece is needed, or not there.
    DeletionRefused,
    /// A backup set, job or file that the server cannot find.
    BackupNotFound,
    /// The password of a backup set is wrong or missing.
    BackupPassword,
    /// Another restore is in progress.
    RestoreInProgress,
    /// The logs do not reach the point in time, or have a gap before it.
    NotRestorable,
    /// The end of the archived log was reached.
    EndOfLog,
    /// A restore failed; the text names phase and cause.
    RestoreFailed,
    /// A standby tenant and its primary do not fit together.
    Standby,
    /// A snapshot or clone of a tenant is in the way, or failed.
    TenantSnapshot,
    /// The resource pool is in use, or unknown.
    ResourcePool,
    /// The URI of a destination was refused.
    InvalidDestination,
    /// The destination cannot be reached from every server.
    Unreachable,
    /// The destination does not let itself be read, written, or deleted from.
    PermissionDenied,
    /// The directory has content, but no format file.
    FormatFileMissing,
    /// The directory belongs to something else.
    FormatFileMismatch,
    /// The destination is full.
    OutOfSpace,
    /// The network file system or object storage failed.
    StorageFailure,
    /// Somebody else wrote to the same file or object.
    WriteConflict,
    /// The traffic to the destination is at its limit.
    Throttled,
    /// Checksums of this type are not known to the storage.
    ChecksumType,
    /// The region does not fit the host.
    RegionMismatch,
    /// The host of the object storage is not valid.
    InvalidEndpoint,
    /// The bucket has a retention lock.
    LockedByWorm,
    /// A zone, data center or region that the cluster does not have.
    InvalidLocality,
    /// A data destination and a policy that keeps log only exclude each other.
    LogOnlyPolicy,
    /// Keystore, master key or encryption method are not as the statement needs them.
    Encryption,
    /// The server gave up after its own time limit.
    Timeout,
    /// A value in the statement was refused.
    InvalidArgument,
    /// Two values in the statement contradict each other.
    ConflictingValues,
    /// A text is too long for the server.
    TooLong,
    /// The value of a parameter was refused.
    InvalidParameter,
    /// There is no such parameter.
    UnknownParameter,
    /// The lag target is too short for the destination.
    LagTargetTooShort,
    /// There is no such tenant.
    UnknownTenant,
    /// There is a tenant of this name.
    TenantExists,
    /// The tenant is being created, restored or dropped.
    TenantNotReady,
    /// The privilege is lacking, or a user tenant named a tenant.
    NoPrivilege,
    /// Wrong user, password or tenant.
    LoginRefused,
    /// No database of this name, or none chosen.
    UnknownDatabase,
    /// The server has no connection left.
    TooManyConnections,
    /// The proxy leads to another cluster than the login names.
    OtherCluster,
    /// The tenant is locked.
    TenantLocked,
    /// The tenant has no unit on this server.
    TenantNotOnServer,
    /// An Oracle-mode tenant does not talk to this protocol.
    OracleMode,
    /// The statement is for another kind of tenant than that of the session.
    WrongSession,
    /// The statement is unknown to this version or edition.
    Syntax,
    /// The cluster's version is too old.
    TooOld,
    /// The view is unknown to this version, or hidden from this tenant.
    UnknownView,
    /// The column is unknown to this version.
    UnknownColumn,
    /// A session variable is unknown: most likely another kind of server.
    UnknownVariable,
    /// Refused for a reason that the text tells.
    NotSupported,
    /// Not allowed at present; the text says why.
    NotAllowed,
    /// Definition of an event that the server does not take.
    InvalidEvent,
    /// What is to be changed or dropped does not exist.
    NotFound,
    /// What is to be added exists.
    Exists,
    /// Two sessions change the same thing.
    LockConflict,
    /// Somebody cancelled it.
    Cancelled,
    /// The tenant's or the server's memory is used up.
    OutOfMemory,
    /// The server is busy for a moment: it passes, on the same connection.
    Transient,
    /// A leader moved, a server starts or stops, a session was ended: it passes, on another connection.
    Failover,
    /// The server met something that it did not expect; a leader that moves can look like that.
    Unexpected,
    /// A failure within the server.
    Internal,
    /// Anything else.
    Other,
}

/// What to do with a statement that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Report it.
    Never,
    /// Send it again after a while.
    Later,
    /// Log in anew, look, and send it again after a while.
    LaterElsewhere,
    /// As [`LaterElsewhere`](Self::LaterElsewhere), but only once.
    OnceElsewhere,
}

impl Kind {
    /// The meaning of an error number, with the text where the number alone says nothing.
    ///
    /// `RESULT` of a job holds the server's own code also where the wire has MySQL's, so those are here too.
    pub fn of(number: u16, message: &str) -> Self {
        let says = |part: &str| message.to_ascii_lowercase().contains(part);
        match number {
            1235 | 4007 => Self::of_not_supported(message),
            4179 if says("archive_lag_target") => Self::LagTargetTooShort,
            4179 if says("tenant snapshot") => Self::TenantSnapshot,
            9040 if says("log archive status is not doing") => Self::BackupNeedsArchive,
            // Newer than every list of numbers; the text has the policy's name.
            9143..=9299 if says("log_only") => Self::LogOnlyPolicy,
            9000..=9142 => Self::of_backup(number),
            _ => Self::of_general(number),
        }
    }

    /// 1235 says "not supported" of whatever the server will not do.
    fn of_not_supported(message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
        if says(&["archive is running"]) {
            Self::ArchiveRunning
        } else if says(&["oracle tenant for current client driver"]) {
            Self::OracleMode
        } else if says(&[
            "under sys tenant or meta tenant",
            "user tenant cannot specify",
            "only support user tenant",
            "login meta tenant",
        ]) {
            Self::WrongSession
        } else if says(&["version is less than", "version less than"]) {
            Self::TooOld
        } else {
            Self::NotSupported
        }
    }

    fn of_general(number: u16) -> Self {
        match number {
            1040 => Self::TooManyConnections,
            1044 | 1142 | 1227 | 5036 => Self::NoPrivilege,
            1045 => Self::LoginRefused,
            1046 | 1049 => Self::UnknownDatabase,
            1054 => Self::UnknownColumn,
            1059 | 4019 => Self::TooLong,
            1062 | 1537 | 4017 | 5024 => Self::Exists,
            1064 | 5001 | 5006 => Self::Syntax,
            1146 => Self::UnknownView,
            1193 => Self::UnknownVariable,
            // 6005 is what some versions send in place of MySQL's number.
            1205 | 6003 | 6005 => Self::LockConflict,
            1210 | 4002 => Self::InvalidArgument,
            1229 | 1231 | 4147 => Self::InvalidParameter,
            1305 | 1539 | 4018 => Self::NotFound,
            1449 | 1525 | 1542 | 1543 | 1551 | 1552 | 1589 | 5192 | 9768..=9779 => Self::InvalidEvent,
            2006 | 2013 => Self::Failover,
            4009 | 4103 => Self::StorageFailure,
            4012 | 6210 | 6212 | 6225 => Self::Timeout,
            4013 => Self::OutOfMemory,
            4015 => Self::Internal,
            4016 => Self::Unexpected,
            4023 | 4138 | 4225 | 4283 | 5627 | 6002 | 6211 | 6224 => Self::Transient,
            4038 | 4124 | 4265 | 4550 | 4638 | 4653 | 4654 | 5066 | 8001 | 8002 => Self::Failover,
            4072 => Self::Cancelled,
            4109 | 4114 => Self::TenantNotReady,
            4179 => Self::NotAllowed,
            4350..=4360 | 4369 | 4370 => Self::Encryption,
            4626 | 4650 => Self::ResourcePool,
            4666 => Self::OtherCluster,
            5099 => Self::UnknownParameter,
            5150 => Self::TenantNotOnServer,
            5156 => Self::TenantExists,
            5157 | 5160 => Self::UnknownTenant,
            5260 => Self::TenantLocked,
            _ => Self::Other,
        }
    }

    /// The numbers that the server keeps for backup, archiving and restore.
    fn of_backup(number: u16) -> Self {
        match number {
            9001 | 9026 | 9114 => Self::InvalidDestination,
            9003 | 9008 | 9013 | 9060 | 9073 | 9075 | 9105 | 9128 | 9129 | 9132 => Self::StorageFailure,
            9011 | 9032 | 9046 | 9076 | 9100 | 9120 => Self::BackupNotFound,
            9014 => Self::RestoreInProgress,
            9023 => Self::CannotStartArchive,
            9024 | 9034 | 9092 => Self::AlreadyNotArchiving,
            9025 | 9029 => Self::ArchiveNotRunning,
            9027 | 9087 => Self::ArchiveInterrupted,
            9028 | 9030 | 9037 | 9039 | 9043 => Self::ArchiveUnsettled,
            9031 | 9042 | 9063 | 9085 | 9086 | 9136 | 9138 => Self::BackupNotPossibleYet,
            9036 => Self::BackupInProgress,
            9040 => Self::BackupCannotStart,
            9041 | 9049 | 9053 | 9054 => Self::CannotCancel,
            9044 => Self::CleanupInProgress,
            9045 | 9069 => Self::DeletionRefused,
            9047 => Self::BackupPassword,
            9048 | 9064 | 9077 | 9079 | 9119 => Self::NotRestorable,
            9057 | 9058 | 9133 => Self::InvalidLocality,
            9061 => Self::Throttled,
            9066 => Self::ConflictingValues,
            9070 | 9115 => Self::Unreachable,
            9071 | 9102 | 9116 => Self::PermissionDenied,
            9078 | 9093 => Self::EndOfLog,
            9080 => Self::FormatFileMissing,
            9081 => Self::FormatFileMismatch,
            9082 => Self::OutOfSpace,
            9083 | 9084 | 9098 | 9130 | 9131 => Self::WriteConflict,
            9088 | 9089 | 9096 | 9097 => Self::Standby,
            9091 => Self::AlreadyArchiving,
            9094 | 9099 => Self::RestoreFailed,
            9095 => Self::NothingToBackUp,
            9106..=9112 => Self::TenantSnapshot,
            9113 => Self::ChecksumType,
            9117 => Self::RegionMismatch,
            9118 => Self::InvalidEndpoint,
            9139 => Self::Encryption,
            9140 | 9142 => Self::LockedByWorm,
            _ => Self::Internal,
        }
    }

    /// What to do with the statement. A server that ran out of time may have carried it out, which is for
    /// [`maybe_applied`](super::Error::maybe_applied) to say.
    pub fn retry(self) -> Retry {
        match self {
            Self::Transient => Retry::Later,
            Self::Failover => Retry::LaterElsewhere,
            Self::Unexpected => Retry::OnceElsewhere,
            _ => Retry::Never,
        }
    }
}

#[cfg(test)]
mod tests;
