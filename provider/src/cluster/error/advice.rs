//! What is said of a server error, and what the practitioner can do about it.

use super::Kind;

impl Kind {
    /// A title for the practitioner.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::AlreadyArchiving => "The tenant archives its log already",
            Self::AlreadyNotArchiving => "The tenant does not archive its log already",
            Self::ArchiveRunning => "The archive destination cannot be changed while archiving runs",
            Self::ArchiveInterrupted => "Log archiving is interrupted",
            Self::ArchiveNotRunning => "Log archiving is not running",
            Self::ArchiveUnsettled => "Log archiving is between two states",
            Self::CannotStartArchive => "Log archiving cannot start",
            Self::BackupInProgress => "A backup is in progress",
            Self::BackupNeedsArchive => "The backup cannot start before archiving runs",
            Self::BackupCannotStart => "The backup cannot start",
            Self::BackupNotPossibleYet => "The tenant cannot be backed up at present",
            Self::NothingToBackUp => "There is nothing to back up",
            Self::CleanupInProgress => "A cleanup of backups is in progress",
            Self::CannotCancel => "There is no job to cancel any more",
            Self::DeletionRefused => "The backup cannot be deleted",
            Self::BackupNotFound => "A backup, or a file of one, is missing",
            Self::BackupPassword => "The password of the backup is wrong",
            Self::RestoreInProgress => "Another restore is in progress",
            Self::NotRestorable => "The backups do not reach this point in time",
            Self::EndOfLog => "The archived log ends here",
            Self::RestoreFailed => "The restore failed",
            Self::Standby => "Primary and standby tenant do not fit together",
            Self::TenantSnapshot => "A snapshot of the tenant is in the way",
            Self::ResourcePool => "The resource pool cannot be used",
            Self::InvalidDestination => "The destination is not valid",
            Self::Unreachable => "The destination cannot be reached from the cluster",
            Self::PermissionDenied => "The destination refuses access",
            Self::FormatFileMissing => "The destination is not empty and has no format file",
            Self::FormatFileMismatch => "The destination belongs to another tenant, cluster or purpose",
            Self::OutOfSpace => "The destination is full",
            Self::StorageFailure => "The storage of the destination failed",
            Self::WriteConflict => "Somebody else writes to the destination",
            Self::Throttled => "The traffic to the destination is at its limit",
            Self::ChecksumType => "The checksum type does not fit the destination",
            Self::RegionMismatch => "The region does not fit the host",
            Self::InvalidEndpoint => "The host of the object storage is not valid",
            Self::LockedByWorm => "The bucket has a retention lock",
            Self::InvalidLocality => "The cluster has no such zone, data center or region",
            Self::LogOnlyPolicy => "The delete policy log_only excludes data backups",
            Self::Encryption => "The encryption of the tenant is not set up for this",
            Self::Timeout => "The server ran out of time",
            Self::InvalidArgument => "The server refused a value",
            Self::ConflictingValues => "Two settings contradict each other",
            Self::TooLong => "A text is too long for the server",
            Self::InvalidParameter => "The server refused the value of a parameter",
            Self::UnknownParameter => "The parameter does not exist",
            Self::LagTargetTooShort => "The lag target is too short for this destination",
            Self::UnknownTenant => "The tenant does not exist",
            Self::TenantExists => "There is a tenant of this name already",
            Self::TenantNotReady => "The tenant is not ready",
            Self::NoPrivilege => "The login lacks a privilege",
            Self::LoginRefused => "The login was refused",
            Self::UnknownDatabase => "The database does not exist",
            Self::TooManyConnections => "The server has no connection left",
            Self::OtherCluster => "The proxy leads to another cluster",
            Self::TenantLocked => "The tenant is locked",
            Self::TenantNotOnServer => "The tenant is not on this server",
            Self::OracleMode => "An Oracle-mode tenant cannot be logged in to",
            Self::WrongSession => "The statement belongs to another kind of tenant",
            Self::Syntax => "The server does not know the statement",
            Self::TooOld => "The cluster is too old for the statement",
            Self::UnknownView => "A view is missing",
            Self::UnknownColumn => "A column of a view is missing",
            Self::UnknownVariable => "The server does not know a variable of OceanBase",
            Self::NotSupported => "The server does not support the statement here",
            Self::NotAllowed => "The server does not allow the statement now",
            Self::InvalidEvent => "The server refused the event",
            Self::NotFound => "What should be changed does not exist",
            Self::Exists => "What should be added exists already",
            Self::LockConflict => "Somebody else changes the same tenant",
            Self::Cancelled => "The operation was cancelled",
            Self::OutOfMemory => "The server has no memory left",
            Self::Transient | Self::Failover => "The cluster was busy or changing its leader",
            Self::Unexpected | Self::Internal => "The server reports a failure of its own",
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
                "Stop archiving (ALTER SYSTEM NOARCHIVELOG), wait until CDB_OB_ARCHIVELOG shows STOP, and apply again. \
                 LOG_ARCHIVE_DEST_STATE = 'DEFER' is not enough: a round that pauses still has its destination."
            }
            Self::ArchiveInterrupted => {
                "See COMMENT in CDB_OB_ARCHIVELOG for the reason. Switch archiving off, wait for STOP, switch it on again \
                 (`repair_interrupted = true` of oceanbase_archivelog does that), and take a full backup: the log has a gap."
            }
            Self::ArchiveNotRunning => {
                "Set an archive destination, switch log archiving on, and wait until CDB_OB_ARCHIVELOG shows DOING; \
                 oceanbase_archivelog does all three."
            }
            Self::ArchiveUnsettled => {
                "Wait until STATUS in CDB_OB_ARCHIVELOG is DOING, SUSPEND or STOP, and apply again."
            }
            Self::CannotStartArchive => {
                "Archiving starts in a tenant in the state NORMAL only. Wait until STATUS of the tenant in DBA_OB_TENANTS is \
                 NORMAL, and apply again."
            }
            Self::BackupInProgress => {
                "The job is in CDB_OB_BACKUP_JOBS (in DBA_OB_BACKUP_JOBS, logged in to the tenant). Wait until it has left \
                 that view, or cancel it (ALTER SYSTEM CANCEL BACKUP), and apply again. oceanbase_backup_destination does \
                 either by itself, with `on_running_backup` set to `wait` or `cancel`."
            }
            Self::BackupNeedsArchive => {
                "Wait until STATUS in CDB_OB_ARCHIVELOG is DOING (after ARCHIVELOG that takes up to some minutes), and try \
                 again. PREPARE and BEGINNING do not count."
            }
            Self::BackupCannotStart => {
                "The reason is in the server's words. A backup needs a destination (oceanbase_backup_destination), archiving \
                 in the state DOING (oceanbase_archivelog), a tenant in the state NORMAL, and a cluster that is not being \
                 upgraded."
            }
            Self::BackupNotPossibleYet => {
                "Check that every log stream has a healthy replica, that no compaction is stuck, and that the tenant has \
                 memory left; then try again. After an upgrade, take a full backup."
            }
            Self::NothingToBackUp => "Nothing has changed since the last backup, so nothing is missing.",
            Self::CleanupInProgress => "Wait until the job has left CDB_OB_BACKUP_DELETE_JOBS, and apply again.",
            Self::CannotCancel => {
                "The job has ended, or is about to: see CDB_OB_BACKUP_JOB_HISTORY and CDB_OB_BACKUP_DELETE_JOB_HISTORY."
            }
            Self::DeletionRefused => {
                "What is still needed cannot be deleted: the only full backup, sets that others build on, pieces that a set \
                 needs, and everything at the present destination while a delete policy is set. COMMENT in \
                 CDB_OB_BACKUP_DELETE_JOB_HISTORY names the reason."
            }
            Self::BackupNotFound => {
                "Compare with CDB_OB_BACKUP_SET_FILES and CDB_OB_ARCHIVELOG_PIECE_FILES. When files were removed by hand, the \
                 sets that they belong to are lost: take a full backup."
            }
            Self::BackupPassword => {
                "Give the password that the backup was made with, the one of the full backup first."
            }
            Self::RestoreInProgress => "Wait until the other restore has left CDB_OB_RESTORE_PROGRESS, and try again.",
            Self::NotRestorable => {
                "Choose another time or another backup set: CDB_OB_ARCHIVELOG_SUMMARY shows from where to where each round \
                 of the log reaches, and between two rounds there is a gap. Take a full backup for the time to come."
            }
            Self::EndOfLog => "The restore has reached the end of what was archived. No later time can be restored.",
            Self::RestoreFailed => {
                "See COMMENT in CDB_OB_RESTORE_HISTORY. Drop what is left of the tenant (ALTER SYSTEM CANCEL RESTORE), remove \
                 the cause, and try again."
            }
            Self::Standby => {
                "See TENANT_ROLE and SWITCHOVER_STATUS of both tenants in DBA_OB_TENANTS, and compare their versions: a \
                 standby must not be older than its primary."
            }
            Self::TenantSnapshot => {
                "The archive cannot be stopped while the tenant has snapshots or is being cloned: wait for the clone, or drop \
                 the snapshots (see DBA_OB_TENANT_SNAPSHOTS), and apply again."
            }
            Self::ResourcePool => {
                "Name a pool that no tenant uses: its TENANT_ID in DBA_OB_RESOURCE_POOLS is NULL. Names are case-sensitive."
            }
            Self::InvalidDestination => {
                "Check the scheme, the path, the host and the options of the destination. nfs paths are absolute and take few \
                 options; object storage needs a host, and an access key or a role; cos needs an appid."
            }
            Self::Unreachable => {
                "Check the mount, the network and the host of the storage on every OBServer, not only on one."
            }
            Self::PermissionDenied => {
                "Give the access key the rights to list, read, write, append and delete; on nfs, make the user that runs \
                 observer the owner of the directory. An attempt that fails here can leave the directory check_file behind: \
                 remove it before the next one, or that is refused with error 9080."
            }
            Self::FormatFileMissing => {
                "Use a new or empty directory. If an earlier attempt failed half-way (a timeout, a lost connection, a lacking \
                 right), remove what it left there, the directory check_file, and apply again: the server does not remove it, \
                 and takes it for foreign content."
            }
            Self::FormatFileMismatch => {
                "Use a directory of its own for every tenant, and one each for data backups and archived log. A tenant that was \
                 dropped and created anew is another one, and so is a bucket under another host. If only an earlier attempt \
                 that failed half-way wrote there (nothing but format.obbak and check_file), empty the directory and apply \
                 again."
            }
            Self::OutOfSpace => "Free space at the destination, or give backups a shorter recovery window.",
            Self::StorageFailure => {
                "On nfs, check that every OBServer has mounted the same directory with the documented options, and that the \
                 disk is healthy. On object storage, check the host, the keys, the region, the appid, the addressing_model, and \
                 the quota of the bucket."
            }
            Self::WriteConflict => {
                "Make sure that no other cluster, tool or lifecycle rule writes to this directory, and remove foreign objects \
                 from it. After a change of leaders the server gets over it by itself: apply again."
            }
            Self::Throttled => "Apply again later, or raise `max_iops` and `max_bandwidth` of the destination.",
            Self::ChecksumType => "Use md5; crc32 is for s3 only, and no_checksum depends on the version.",
            Self::RegionMismatch => "Correct the region, or the host.",
            Self::InvalidEndpoint => "Check the spelling of the host; it has no path, and no blanks.",
            Self::LockedByWorm => {
                "Set enable_worm = true where the version offers it (oss with md5), or use another bucket."
            }
            Self::InvalidLocality => "Compare the names with ZONE, IDC and REGION in DBA_OB_ZONES.",
            Self::LogOnlyPolicy => {
                "A tenant has either a destination for data backups or the delete policy log_only. Drop the policy (ALTER \
                 SYSTEM DROP DELETE BACKUP POLICY 'log_only'), or do without the destination."
            }
            Self::Encryption => {
                "Backups of keys need Enterprise Edition, the tenant parameter tde_method, an open keystore with a master key, \
                 and the right password."
            }
            Self::Timeout => {
                "The statement may still have taken effect. Apply again: the provider looks first. If a destination was left \
                 half-made, the next attempt is refused with error 9080 or 9081 and says what to remove. Slow storage is the \
                 usual cause; `timeouts` gives the server more time."
            }
            Self::InvalidArgument => {
                "The server's words name the argument; correct it. When they name none, an option of the destination is the \
                 usual cause: OceanBase 4.3.0 demands `region` on s3, and older versions lack some options."
            }
            Self::ConflictingValues => "The server's words name both settings; remove one of them.",
            Self::TooLong => "Choose a shorter path, host or name.",
            Self::InvalidParameter => "The value is out of the range of the parameter; correct it.",
            Self::UnknownParameter => "The version of the cluster does not have this parameter.",
            Self::LagTargetTooShort => {
                "On s3 the tenant parameter archive_lag_target must be at least 60s: set `lag_target` of oceanbase_archivelog."
            }
            Self::UnknownTenant => {
                "Check the tenant's name, which is case-sensitive, against TENANT_NAME in DBA_OB_TENANTS."
            }
            Self::TenantExists => "Choose another name, or drop the tenant that has it.",
            Self::TenantNotReady => {
                "It is being created, restored, stopped or dropped: wait until its STATUS in DBA_OB_TENANTS is NORMAL, and \
                 apply again."
            }
            Self::NoPrivilege => {
                "To read, the user needs SELECT on the database oceanbase (GRANT SELECT ON oceanbase.* TO …); to change anything, \
                 ALTER SYSTEM, too (GRANT ALTER SYSTEM ON *.* TO …); for events, EVENT. A login to a user tenant manages that \
                 tenant only. A client that ob_tcp_invited_nodes of the tenant leaves out is refused like this when it logs in."
            }
            Self::LoginRefused => {
                "Check username, password, tenant and cluster: a wrong tenant is reported like a wrong password. Through \
                 OBProxy the cluster is needed; directly to an OBServer it must be left out."
            }
            Self::UnknownDatabase => "Create the database first, or name one that exists; `oceanbase` is always there.",
            Self::TooManyConnections => {
                "Apply again when others have logged out, lower `max_connections` of the provider block, or raise the limit of \
                 the server."
            }
            Self::OtherCluster => "Correct `cluster` in the provider block, or the endpoints.",
            Self::TenantLocked => "Unlock it (ALTER TENANT … UNLOCK), and apply again.",
            Self::TenantNotOnServer => "Connect through OBProxy, or to an OBServer that has a unit of the tenant.",
            Self::OracleMode => "Log in to sys, which manages tenants of both modes.",
            Self::WrongSession => {
                "Some statements are taken from sys only, some from the tenant itself only, and none from a META tenant. Log in \
                 to sys, and give logins of the tenants in `tenant_credentials`. If you did, this is our bug."
            }
            Self::Syntax => "Most likely the version or the edition of the cluster lacks it. If not, this is our bug.",
            Self::TooOld => "The server's words name the version that has it. Upgrade, or remove the setting.",
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
            Self::InvalidEvent => {
                "The server's words name what it does not take: a time in the past, an interval, a text that is too long, a \
                 time zone that it has not loaded, or a definer that is gone."
            }
            Self::NotFound => "It may have been removed outside Terraform; run terraform plan again.",
            Self::Exists => "It may have been added outside Terraform; import it, or remove it.",
            Self::LockConflict => "Apply again when the other change is done.",
            Self::Cancelled => "Somebody cancelled it. If it was not you, ask who; then apply again.",
            Self::OutOfMemory => "Apply again when the load is lower, or give the tenant more memory.",
            Self::Transient | Self::Failover => "It passes by itself: apply again.",
            Self::Unexpected | Self::Internal => {
                "Apply again. If it stays, look up the number in rootservice.log and observer.log of the OBServers, and ask \
                 the support of OceanBase."
            }
            Self::Other => "Look up the number in the list of error codes of OceanBase.",
        }
    }

    /// What to do about a job that ended with it. Whether and how to try again is for those to say who know what the job is for.
    pub(super) fn advice_on_job(self) -> &'static str {
        match self {
            Self::AlreadyArchiving | Self::AlreadyNotArchiving | Self::LockConflict => {
                "Somebody else changed the same tenant meanwhile."
            }
            Self::ArchiveRunning => "Stop archiving first: a round that pauses still has its destination.",
            Self::ArchiveUnsettled => "Wait until STATUS in CDB_OB_ARCHIVELOG is DOING, SUSPEND or STOP.",
            Self::CannotStartArchive | Self::TenantNotReady => {
                "Wait until STATUS of the tenant in DBA_OB_TENANTS is NORMAL."
            }
            Self::BackupInProgress => {
                "Another backup of the tenant ran: see CDB_OB_BACKUP_JOBS and CDB_OB_BACKUP_JOB_HISTORY."
            }
            Self::BackupNeedsArchive => "Wait until STATUS in CDB_OB_ARCHIVELOG is DOING.",
            Self::BackupNotPossibleYet => {
                "Check that every log stream has a healthy replica, that no compaction is stuck, and that the tenant has \
                 memory left. After an upgrade, take a full backup."
            }
            Self::CleanupInProgress => "Wait until the cleanup has left CDB_OB_BACKUP_DELETE_JOBS.",
            Self::RestoreInProgress => "Wait until the other restore has left CDB_OB_RESTORE_PROGRESS.",
            Self::RestoreFailed => {
                "See COMMENT in CDB_OB_RESTORE_HISTORY, and drop what is left of the tenant (ALTER SYSTEM CANCEL RESTORE)."
            }
            Self::TenantSnapshot => {
                "Wait for the clone of the tenant, or drop its snapshots (see DBA_OB_TENANT_SNAPSHOTS)."
            }
            Self::FormatFileMissing => {
                "The file format.obbak of the destination was removed, or the directory is another one than when the \
                 destination was set (a mount that is missing, for instance). Bring it back, or move the backups to a new or \
                 empty directory."
            }
            Self::FormatFileMismatch => {
                "Use a directory of its own for every tenant, and one each for data backups and archived log. A tenant that was \
                 dropped and created anew is another one, and so is a bucket under another host."
            }
            Self::WriteConflict => {
                "Make sure that no other cluster, tool or lifecycle rule writes to this directory, and remove foreign objects \
                 from it. After a change of leaders it passes by itself."
            }
            Self::Throttled => "Wait for less traffic, or raise `max_iops` and `max_bandwidth` of the destination.",
            Self::Timeout => {
                "Slow storage is the usual cause; rootservice.log and observer.log show where the time went."
            }
            Self::TooManyConnections => "Wait until others have logged out, or raise the limit of the server.",
            Self::TenantLocked => "Unlock it (ALTER TENANT … UNLOCK).",
            Self::NotAllowed => "Do what the server's words ask for.",
            Self::Cancelled => "Somebody cancelled it. If it was not you, ask who.",
            Self::OutOfMemory => "Wait until the load is lower, or give the tenant more memory.",
            Self::Transient | Self::Failover => "It passes by itself.",
            Self::Unexpected | Self::Internal => {
                "Look up the number in rootservice.log and observer.log of the OBServers, and ask the support of OceanBase."
            }
            other => other.advice(),
        }
    }
}
