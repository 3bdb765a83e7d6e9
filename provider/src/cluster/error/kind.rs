//! What a server error number means, and what to do about it.

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
    /// The tenant is not in a state to archive.
    CannotStartArchive,
    /// A backup job of the tenant runs.
    BackupInProgress,
    /// The backup cannot start; the text says why.
    BackupCannotStart,
    /// A cleanup job runs.
    CleanupInProgress,
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
    /// Checksums of this type are not known to the storage.
    ChecksumType,
    /// The region does not fit the host.
    RegionMismatch,
    /// The host of the object storage is not valid.
    InvalidEndpoint,
    /// The bucket has a retention lock.
    LockedByWorm,
    /// The server gave up after its own time limit.
    Timeout,
    /// A value in the statement was refused.
    InvalidArgument,
    /// The value of a parameter was refused.
    InvalidParameter,
    /// There is no such parameter.
    UnknownParameter,
    /// There is no such tenant.
    UnknownTenant,
    /// The privilege is lacking, or a user tenant named a tenant.
    NoPrivilege,
    /// Wrong user, password or tenant.
    LoginRefused,
    /// The tenant is locked.
    TenantLocked,
    /// The tenant has no unit on this server.
    TenantNotOnServer,
    /// An Oracle-mode tenant does not talk to this protocol.
    OracleMode,
    /// The statement is unknown to this version or edition.
    Syntax,
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
    /// What is to be changed or dropped does not exist.
    NotFound,
    /// What is to be added exists.
    Exists,
    /// A leader moved, a lock was held, a server is starting: it passes.
    Transient,
    /// Anything else.
    Other,
}

impl Kind {
    /// The meaning of an error number, with the text where the number alone says nothing.
    pub fn of(number: u16, message: &str) -> Self {
        let says = |part: &str| message.to_ascii_lowercase().contains(part);
        match number {
            1235 if says("archive is running") => Self::ArchiveRunning,
            1235 if says("oracle tenant for current client driver") => Self::OracleMode,
            1235 => Self::NotSupported,
            1044 | 1142 | 1227 => Self::NoPrivilege,
            1045 => Self::LoginRefused,
            1054 => Self::UnknownColumn,
            1062 | 4017 => Self::Exists,
            1064 => Self::Syntax,
            1146 => Self::UnknownView,
            1193 => Self::UnknownVariable,
            1210 => Self::InvalidArgument,
            4009 | 9003 | 9060 | 9073 | 9105 | 9129 | 9132 => Self::StorageFailure,
            4012 => Self::Timeout,
            4018 => Self::NotFound,
            // Locks, elections, clocks that catch up, connections among the servers, a session that was killed.
            1205 | 4023 | 4038 | 4109 | 4124 | 4138 | 4225 | 4265 | 4283 | 4550 | 4638 | 4653 | 4654 | 5066 | 5627
            | 6002 | 6003 | 6005 | 8001 | 8002 | 9061 => Self::Transient,
            4147 => Self::InvalidParameter,
            4179 => Self::NotAllowed,
            5099 => Self::UnknownParameter,
            5150 => Self::TenantNotOnServer,
            5157 | 5160 => Self::UnknownTenant,
            5260 => Self::TenantLocked,
            9023 => Self::CannotStartArchive,
            9024 | 9034 | 9092 => Self::AlreadyNotArchiving,
            9026 => Self::InvalidDestination,
            9027 => Self::ArchiveInterrupted,
            9029 => Self::ArchiveNotRunning,
            9036 => Self::BackupInProgress,
            9040 => Self::BackupCannotStart,
            9044 => Self::CleanupInProgress,
            9070 => Self::Unreachable,
            9071 | 9116 => Self::PermissionDenied,
            9080 => Self::FormatFileMissing,
            9081 => Self::FormatFileMismatch,
            9082 => Self::OutOfSpace,
            9091 => Self::AlreadyArchiving,
            9113 => Self::ChecksumType,
            9117 => Self::RegionMismatch,
            9118 => Self::InvalidEndpoint,
            9140 => Self::LockedByWorm,
            _ => Self::Other,
        }
    }

    /// A title for the practitioner.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::AlreadyArchiving => "The tenant archives its log already",
            Self::AlreadyNotArchiving => "The tenant does not archive its log already",
            Self::ArchiveRunning => "The archive destination cannot be changed while archiving runs",
            Self::ArchiveInterrupted => "Log archiving is interrupted",
            Self::ArchiveNotRunning => "Log archiving is not running",
            Self::CannotStartArchive => "Log archiving cannot start",
            Self::BackupInProgress => "A backup is in progress",
            Self::BackupCannotStart => "The backup cannot start",
            Self::CleanupInProgress => "A cleanup of backups is in progress",
            Self::InvalidDestination => "The destination is not valid",
            Self::Unreachable => "The destination cannot be reached from the cluster",
            Self::PermissionDenied => "The destination refuses access",
            Self::FormatFileMissing => "The destination is not empty and has no format file",
            Self::FormatFileMismatch => "The destination belongs to another tenant, cluster or purpose",
            Self::OutOfSpace => "The destination is full",
            Self::StorageFailure => "The storage of the destination failed",
            Self::ChecksumType => "The checksum type does not fit the destination",
            Self::RegionMismatch => "The region does not fit the host",
            Self::InvalidEndpoint => "The host of the object storage is not valid",
            Self::LockedByWorm => "The bucket has a retention lock",
            Self::Timeout => "The server ran out of time",
            Self::InvalidArgument => "The server refused a value",
            Self::InvalidParameter => "The server refused the value of a parameter",
            Self::UnknownParameter => "The parameter does not exist",
            Self::UnknownTenant => "The tenant does not exist",
            Self::NoPrivilege => "The login lacks a privilege",
            Self::LoginRefused => "The login was refused",
            Self::TenantLocked => "The tenant is locked",
            Self::TenantNotOnServer => "The tenant is not on this server",
            Self::OracleMode => "An Oracle-mode tenant cannot be logged in to",
            Self::Syntax => "The server does not know the statement",
            Self::UnknownView => "A view is missing",
            Self::UnknownColumn => "A column of a view is missing",
            Self::UnknownVariable => "The server does not know a variable of OceanBase",
            Self::NotSupported => "The server does not support the statement here",
            Self::NotAllowed => "The server does not allow the statement now",
            Self::NotFound => "What should be changed does not exist",
            Self::Exists => "What should be added exists already",
            Self::Transient => "The cluster was busy or changing its leader",
            Self::Other => "The server refused the statement",
        }
    }

    /// What the practitioner can do next.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::AlreadyArchiving | Self::AlreadyNotArchiving => {
                "Nothing was changed. Someone else may be changing the same tenant; run terraform apply again."
            }
            Self::ArchiveRunning => {
                "Stop archiving (ALTER SYSTEM NOARCHIVELOG), wait until CDB_OB_ARCHIVELOG shows STOP, and apply again."
            }
            Self::ArchiveInterrupted => {
                "See COMMENT in CDB_OB_ARCHIVELOG for the reason. Switch archiving off, wait for STOP, switch it on again, \
                 and take a full backup: the log has a gap."
            }
            Self::ArchiveNotRunning => "Switch log archiving on and wait until CDB_OB_ARCHIVELOG shows DOING.",
            Self::CannotStartArchive => "Wait until STATUS of the tenant in DBA_OB_TENANTS is NORMAL, and apply again.",
            Self::BackupInProgress => {
                "Wait until the job has left CDB_OB_BACKUP_JOBS, or cancel it (ALTER SYSTEM CANCEL BACKUP), and apply again."
            }
            Self::BackupCannotStart => {
                "The reason is in the server's words. Archiving must be DOING and a backup destination must be set."
            }
            Self::CleanupInProgress => "Wait until the job has left CDB_OB_BACKUP_DELETE_JOBS, and apply again.",
            Self::InvalidDestination => {
                "Check the scheme, the path and the options of the destination; nfs paths are absolute and take few options."
            }
            Self::Unreachable => {
                "Check the mount, the network and the host of the storage on every OBServer, not only on one."
            }
            Self::PermissionDenied => {
                "Give the access key the rights to list, read, write and delete; on nfs, make the user that runs \
                 observer the owner of the directory."
            }
            Self::FormatFileMissing => {
                "Use a new or empty directory. If an earlier attempt failed half-way, remove what it left there: the \
                 directory check_file."
            }
            Self::FormatFileMismatch => {
                "Use a directory of its own for every tenant, and one each for data backups and archived log."
            }
            Self::OutOfSpace => "Free space at the destination, or give backups a shorter recovery window.",
            Self::StorageFailure => {
                "Check the health of the storage, its quota, and the host, keys and region that were configured."
            }
            Self::ChecksumType => "Use md5; crc32 is for s3 only, and no_checksum depends on the version.",
            Self::RegionMismatch => "Correct the region, or the host.",
            Self::InvalidEndpoint => "Check the spelling of the host; it has no path, and no blanks.",
            Self::LockedByWorm => {
                "Set enable_worm = true where the version offers it (oss with md5), or use another bucket."
            }
            Self::Timeout => {
                "The statement may still have taken effect. Apply again; if the destination was left half-made, the next \
                 attempt says so. Slow storage is the usual cause."
            }
            Self::InvalidArgument => "The server's words name the argument; correct it.",
            Self::InvalidParameter => "The value is out of the range of the parameter; correct it.",
            Self::UnknownParameter => "The version of the cluster does not have this parameter.",
            Self::UnknownTenant => {
                "Check the tenant's name, which is case-sensitive, against TENANT_NAME in DBA_OB_TENANTS."
            }
            Self::NoPrivilege => {
                "To read, the user needs SELECT on the database oceanbase (GRANT SELECT ON oceanbase.* TO …); to change anything, \
                 ALTER SYSTEM, too (GRANT ALTER SYSTEM ON *.* TO …). A login to a user tenant manages that tenant only."
            }
            Self::LoginRefused => {
                "Check username, password, tenant and cluster: a wrong tenant is reported like a wrong password. Through \
                 OBProxy the cluster is needed; directly to an OBServer it must be left out."
            }
            Self::TenantLocked => "Unlock it (ALTER TENANT … UNLOCK), and apply again.",
            Self::TenantNotOnServer => "Connect through OBProxy, or to an OBServer that has a unit of the tenant.",
            Self::OracleMode => "Log in to sys, which manages tenants of both modes.",
            Self::Syntax => "Most likely the version or the edition of the cluster lacks it. If not, this is our bug.",
            Self::UnknownView | Self::UnknownColumn => {
                "This provider needs OceanBase 4.1 or later, and SELECT on the database oceanbase. Logged in to a user \
                 tenant, only the views of that tenant are seen."
            }
            Self::UnknownVariable => "Check the endpoints: this does not look like an OceanBase server.",
            Self::NotSupported => {
                "This number stands for many refusals; the server's words are the best hint: the wrong tenant, a job under \
                 way, a value out of range, or a version without the feature."
            }
            Self::NotAllowed => "Do what the server's words ask for, and apply again.",
            Self::NotFound => "It may have been removed outside Terraform; run terraform plan again.",
            Self::Exists => "It may have been added outside Terraform; import it, or remove it.",
            Self::Transient => "Apply again.",
            Self::Other => "Look up the number in the list of error codes of OceanBase.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_meanings_and_1235_has_several() {
        for (number, message, kind) in [
            (9080, "format file does not exist", Kind::FormatFileMissing),
            (9081, "", Kind::FormatFileMismatch),
            (9026, "x is not a valid uri", Kind::InvalidDestination),
            (9036, "", Kind::BackupInProgress),
            (9070, "", Kind::Unreachable),
            (9071, "", Kind::PermissionDenied),
            (4009, "", Kind::StorageFailure),
            (4012, "", Kind::Timeout),
            (1210, "", Kind::InvalidArgument),
            (1227, "", Kind::NoPrivilege),
            (5160, "", Kind::UnknownTenant),
            (1045, "", Kind::LoginRefused),
            (1193, "", Kind::UnknownVariable),
            (9091, "", Kind::AlreadyArchiving),
            (9092, "", Kind::AlreadyNotArchiving),
            (1062, "", Kind::Exists),
            (4017, "", Kind::Exists),
            (
                1235,
                "change archive dest when archive is running is not supported",
                Kind::ArchiveRunning,
            ),
            (
                1235,
                "Oracle tenant for current client driver is not supported",
                Kind::OracleMode,
            ),
            (1235, "Not supported feature or function", Kind::NotSupported),
            (4283, "", Kind::Transient),
            (4654, "", Kind::Transient),
            (4444, "", Kind::Other),
        ] {
            assert_eq!(Kind::of(number, message), kind, "{number} {message}");
        }
    }
}
