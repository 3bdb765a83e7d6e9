//! Every error number that the server's documentation and source name for backups, archiving, cleanup, restore, keys, events,
//! parameters and logins: what it means, whether the statement is sent again, and what the practitioner is told.
//!
//! The numbers were collected by going through both for everything of four digits, and leaving out what is no error (ports,
//! lengths, years, versions, numbers of threads in forums) or only a warning (4744). The family from 9001 on is here as a whole.

use super::{Kind::*, Retry::*, *};
use crate::cluster::{Error, error::ServerError};
use std::collections::BTreeSet;

/// Numbers, a text that they come with, what they mean, whether to try again, and words of the advice.
type Row = (&'static [u16], &'static str, Kind, Retry, &'static [&'static str]);

const ARCHIVING: &[Row] = &[
    (
        &[9091],
        "Already in ARCHIVELOG mode",
        AlreadyArchiving,
        Never,
        &["Nothing was changed"],
    ),
    (
        &[9024, 9034, 9092],
        "Already in NOARCHIVELOG mode",
        AlreadyNotArchiving,
        Never,
        &["Nothing was changed"],
    ),
    (
        &[1235, 4007],
        "change archive dest when archive is running is not supported",
        ArchiveRunning,
        Never,
        &["NOARCHIVELOG", "CDB_OB_ARCHIVELOG shows STOP", "'DEFER' is not enough"],
    ),
    (
        &[9027, 9087],
        "ob log archive interrupted",
        ArchiveInterrupted,
        Never,
        &["COMMENT in CDB_OB_ARCHIVELOG", "repair_interrupted", "full backup"],
    ),
    (
        &[9025, 9029],
        "log archive is not running",
        ArchiveNotRunning,
        Never,
        &["CDB_OB_ARCHIVELOG shows DOING"],
    ),
    (
        &[9028, 9030, 9037, 9039, 9043],
        "",
        ArchiveUnsettled,
        Never,
        &["Wait until STATUS in CDB_OB_ARCHIVELOG"],
    ),
    (
        &[9023],
        "cannot start log archive backup",
        CannotStartArchive,
        Never,
        &["DBA_OB_TENANTS is NORMAL"],
    ),
    (
        &[4179],
        "archive_lag_target is smaller than 60s, set log_archive_dest to S3 is not allowed",
        LagTargetTooShort,
        Never,
        &["at least 60s", "lag_target"],
    ),
    (
        &[4179],
        "tenant snapshots exist, close log archive not allowed",
        TenantSnapshot,
        Never,
        &["DBA_OB_TENANT_SNAPSHOTS"],
    ),
];

const JOBS: &[Row] = &[
    (
        &[9036],
        "Backup is in progress",
        BackupInProgress,
        Never,
        &[
            "CDB_OB_BACKUP_JOBS",
            "Wait until it has left",
            "ALTER SYSTEM CANCEL BACKUP",
            "on_running_backup",
        ],
    ),
    (
        &[9040],
        "backup can not start, because log archive status is not doing.",
        BackupNeedsArchive,
        Never,
        &["CDB_OB_ARCHIVELOG is DOING"],
    ),
    (
        &[9040],
        "backup can not start",
        BackupCannotStart,
        Never,
        &["oceanbase_backup_destination", "NORMAL"],
    ),
    (
        &[9031, 9042, 9063, 9085, 9086, 9136, 9138],
        "No suitable replica found to perform backup",
        BackupNotPossibleYet,
        Never,
        &["healthy replica", "full backup"],
    ),
    (
        &[9095],
        "No tablet need backup",
        NothingToBackUp,
        Never,
        &["nothing is missing"],
    ),
    (
        &[9044],
        "delete backup data is in progress",
        CleanupInProgress,
        Never,
        &["CDB_OB_BACKUP_DELETE_JOBS"],
    ),
    (
        &[9041, 9049, 9053, 9054],
        "",
        CannotCancel,
        Never,
        &["CDB_OB_BACKUP_JOB_HISTORY"],
    ),
    (
        &[9045, 9069],
        "",
        DeletionRefused,
        Never,
        &["CDB_OB_BACKUP_DELETE_JOB_HISTORY", "the only full backup"],
    ),
    (
        &[9011, 9032, 9046, 9076, 9100, 9120],
        "cannot find backup file",
        BackupNotFound,
        Never,
        &["CDB_OB_BACKUP_SET_FILES"],
    ),
    (&[4072], "Operation canceled", Cancelled, Never, &["cancelled it"]),
    (
        &[9014],
        "Another restore is in progress",
        RestoreInProgress,
        Never,
        &["CDB_OB_RESTORE_PROGRESS"],
    ),
    (
        &[9047],
        "invalid password for backup",
        BackupPassword,
        Never,
        &["password that the backup was made with"],
    ),
    (
        &[9048, 9064, 9077, 9079, 9119],
        "",
        NotRestorable,
        Never,
        &["another time", "CDB_OB_ARCHIVELOG_SUMMARY"],
    ),
    (
        &[9078, 9093],
        "Restore log to end",
        EndOfLog,
        Never,
        &["end of what was archived"],
    ),
    (
        &[9094, 9099],
        "restore tenant failed",
        RestoreFailed,
        Never,
        &["CDB_OB_RESTORE_HISTORY", "CANCEL RESTORE"],
    ),
    (
        &[9088, 9089, 9096, 9097],
        "",
        Standby,
        Never,
        &["TENANT_ROLE", "older than its primary"],
    ),
    (
        &[9106, 9107, 9108, 9109, 9110, 9111, 9112],
        "",
        TenantSnapshot,
        Never,
        &["DBA_OB_TENANT_SNAPSHOTS"],
    ),
    (&[4626, 4650], "", ResourcePool, Never, &["DBA_OB_RESOURCE_POOLS"]),
];

const DESTINATIONS: &[Row] = &[
    (
        &[9001, 9026, 9114],
        "x is not a valid uri",
        InvalidDestination,
        Never,
        &["the scheme, the path", "absolute", "appid"],
    ),
    (
        &[9070, 9115],
        "can not connect to backup destination",
        Unreachable,
        Never,
        &["mount", "every OBServer"],
    ),
    (
        &[9071, 9102, 9116],
        "no I/O operation permission at the backup destination",
        PermissionDenied,
        Never,
        &[
            "list, read, write, append and delete",
            "owner of the directory",
            "check_file",
            "9080",
        ],
    ),
    (
        &[9080],
        "format file does not exist",
        FormatFileMissing,
        Never,
        &["new or empty directory", "check_file", "apply again"],
    ),
    (
        &[9081],
        "format file does not match",
        FormatFileMismatch,
        Never,
        &[
            "directory of its own for every tenant",
            "created anew",
            "another host",
            "format.obbak and check_file",
        ],
    ),
    (
        &[9082],
        "backup device out of space",
        OutOfSpace,
        Never,
        &["Free space"],
    ),
    (
        &[4009, 4103, 9003, 9008, 9013, 9060, 9073, 9075, 9105, 9128, 9129, 9132],
        "IO error",
        StorageFailure,
        Never,
        &[
            "every OBServer has mounted",
            "the host, the keys, the region, the appid",
        ],
    ),
    (
        &[9083, 9084, 9098, 9130, 9131],
        "",
        WriteConflict,
        Never,
        &["no other cluster", "foreign objects"],
    ),
    (
        &[9061],
        "IO limit",
        Throttled,
        Never,
        &["`max_iops` and `max_bandwidth`"],
    ),
    (
        &[9113],
        "checksum type crc32 is not supported",
        ChecksumType,
        Never,
        &["md5", "s3 only"],
    ),
    (&[9117], "", RegionMismatch, Never, &["Correct the region"]),
    (
        &[9118],
        "object storage endpoint is invalid",
        InvalidEndpoint,
        Never,
        &["spelling of the host"],
    ),
    (
        &[9140, 9142],
        "the object is locked by worm",
        LockedByWorm,
        Never,
        &["enable_worm = true"],
    ),
    (&[9057, 9058, 9133], "", InvalidLocality, Never, &["DBA_OB_ZONES"]),
    (
        &[9143, 9200],
        "log_only policy exists",
        LogOnlyPolicy,
        Never,
        &["DROP DELETE BACKUP POLICY 'log_only'"],
    ),
    (
        &[
            4350, 4351, 4352, 4353, 4354, 4355, 4356, 4357, 4358, 4359, 4360, 4369, 4370, 9139,
        ],
        "",
        Encryption,
        Never,
        &["Enterprise Edition", "tde_method", "master key"],
    ),
];

const STATEMENTS: &[Row] = &[
    (
        &[1210, 4002],
        "Incorrect arguments to binding",
        InvalidArgument,
        Never,
        &["name the argument", "`region`"],
    ),
    (
        &[9066],
        "a is conflict with b",
        ConflictingValues,
        Never,
        &["remove one of them"],
    ),
    (&[1059, 4019], "Size overflow", TooLong, Never, &["shorter"]),
    (
        &[1229, 1231, 4147],
        "Invalid config",
        InvalidParameter,
        Never,
        &["out of the range"],
    ),
    (
        &[5099],
        "System config unknown",
        UnknownParameter,
        Never,
        &["does not have this parameter"],
    ),
    (
        &[1064, 5001, 5006],
        "You have an error",
        Syntax,
        Never,
        &["the version or the edition", "our bug"],
    ),
    (
        &[1235, 4007],
        "min cluster version is less than 4.3.5.2, changing ak&sk is not supported",
        TooOld,
        Never,
        &["name the version", "Upgrade"],
    ),
    (
        &[1235],
        "backup archivelog all with data version less than 4.4.2.3 is not supported",
        TooOld,
        Never,
        &["Upgrade"],
    ),
    (
        &[1235],
        " using the syntax under sys tenant or meta tenant is not supported",
        WrongSession,
        Never,
        &["`tenant_credentials`"],
    ),
    (
        &[1235],
        "user tenant cannot specify tenant names not supported",
        WrongSession,
        Never,
        &["sys"],
    ),
    (
        &[1235],
        "backup config only support user tenant not supported",
        WrongSession,
        Never,
        &["sys"],
    ),
    (
        &[1235],
        "login meta tenant not supported",
        WrongSession,
        Never,
        &["META"],
    ),
    (
        &[1235, 4007],
        "Not supported feature or function",
        NotSupported,
        Never,
        &["the best hint"],
    ),
    (
        &[4179],
        "in upgrade mode not allowed",
        NotAllowed,
        Never,
        &["server's words"],
    ),
    (
        &[1062, 1537, 4017, 5024],
        "Entry already exist",
        Exists,
        Never,
        &["import it"],
    ),
    (
        &[1305, 1539, 4018],
        "Entry not exist",
        NotFound,
        Never,
        &["terraform plan"],
    ),
    (
        &[1449, 1525, 1542, 1543, 1551, 1552, 1589, 5192, 9768, 9779],
        "INTERVAL is either not positive or too big",
        InvalidEvent,
        Never,
        &["a time in the past", "time zone"],
    ),
    (
        &[1205, 6003, 6005],
        "Lock wait timeout",
        LockConflict,
        Never,
        &["when the other change is done"],
    ),
];

const SESSIONS: &[Row] = &[
    (
        &[1044, 1142, 1227, 5036],
        "Access denied",
        NoPrivilege,
        Never,
        &["GRANT ALTER SYSTEM", "ob_tcp_invited_nodes"],
    ),
    (
        &[1045],
        "Access denied for user",
        LoginRefused,
        Never,
        &["wrong tenant is reported like a wrong password"],
    ),
    (
        &[1046, 1049],
        "Unknown database",
        UnknownDatabase,
        Never,
        &["Create the database"],
    ),
    (&[1054], "Unknown column", UnknownColumn, Never, &["4.1 or later"]),
    (
        &[1146],
        "Table doesn't exist",
        UnknownView,
        Never,
        &["4.1 or later", "SELECT on the database oceanbase"],
    ),
    (
        &[1193],
        "Unknown system variable",
        UnknownVariable,
        Never,
        &["does not look like an OceanBase server"],
    ),
    (
        &[1040],
        "Too many connections",
        TooManyConnections,
        Never,
        &["`max_connections`"],
    ),
    (
        &[4109, 4114],
        "Server state or role not the same as expected",
        TenantNotReady,
        Never,
        &["NORMAL"],
    ),
    (
        &[4666],
        "cluster name does not match to 'c'",
        OtherCluster,
        Never,
        &["Correct `cluster`"],
    ),
    (
        &[5150],
        "Tenant not in this server",
        TenantNotOnServer,
        Never,
        &["OBProxy"],
    ),
    (
        &[5156],
        "tenant 't' already exist",
        TenantExists,
        Never,
        &["another name"],
    ),
    (
        &[5157, 5160],
        "invalid tenant name specified in connection string",
        UnknownTenant,
        Never,
        &["case-sensitive", "DBA_OB_TENANTS"],
    ),
    (&[5260], "Tenant 't' is locked", TenantLocked, Never, &["UNLOCK"]),
    (
        &[1235],
        "Oracle tenant for current client driver is not supported",
        OracleMode,
        Never,
        &["Log in to sys"],
    ),
];

/// What passes by itself, and what fails in the server: the only kinds after which a statement is sent again.
const PASSING: &[Row] = &[
    (
        &[4023, 4138, 4225, 4283, 5627, 6002, 6211, 6224],
        "Try again",
        Transient,
        Later,
        &["apply again"],
    ),
    (
        &[2006, 2013, 4038, 4124, 4265, 4550, 4638, 4653, 4654, 5066, 8001, 8002],
        "The observer or zone is not the master",
        Failover,
        LaterElsewhere,
        &["apply again"],
    ),
    (
        &[4016],
        "Internal error",
        Unexpected,
        OnceElsewhere,
        &["rootservice.log"],
    ),
    (
        &[4012, 6210, 6212, 6225],
        "Timeout, query has reached the maximum query timeout",
        Timeout,
        Never,
        &["may still have taken effect", "9080 or 9081", "`timeouts`"],
    ),
    (
        &[4013],
        "No memory or reach tenant memory limit",
        OutOfMemory,
        Never,
        &["more memory"],
    ),
    (
        &[
            4015, 9002, 9004, 9005, 9006, 9007, 9009, 9010, 9012, 9015, 9016, 9017, 9018, 9019, 9020, 9022, 9033, 9035,
            9038, 9050, 9051, 9052, 9055, 9056, 9059, 9062, 9065, 9072, 9074, 9090, 9101, 9103, 9104, 9121, 9122, 9123,
            9124, 9125, 9126, 9127, 9134, 9135, 9137, 9141,
        ],
        "System error",
        Internal,
        Never,
        &["rootservice.log", "support"],
    ),
    (&[4444, 9299], "Unheard of", Other, Never, &["list of error codes"]),
];

fn rows() -> impl Iterator<Item = &'static Row> {
    [ARCHIVING, JOBS, DESTINATIONS, STATEMENTS, SESSIONS, PASSING]
        .into_iter()
        .flatten()
}

#[test]
fn every_number_has_a_meaning_and_advice() {
    for (numbers, message, kind, retry, words) in rows() {
        for number in *numbers {
            let server = ServerError {
                number: *number,
                sqlstate: "HY000".to_owned(),
                message: (*message).to_owned(),
            };
            assert_eq!((server.kind(), server.kind().retry()), (*kind, *retry), "{server}");
            let said = format!("error {number} (HY000): {message}");
            let diagnostic = Error::Server {
                attempted: "setting the backup destination of t1".to_owned(),
                statement: "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup'".to_owned(),
                server: Box::new(server),
            }
            .diagnostic();
            assert!(!diagnostic.summary.ends_with('.'), "{}", diagnostic.summary);
            let parts = [
                "setting the backup destination of t1",
                "ALTER SYSTEM SET DATA_BACKUP_DEST",
                &said,
            ];
            for part in parts.iter().chain(*words) {
                assert!(
                    diagnostic.detail.contains(part),
                    "{number}: {part}: {}",
                    diagnostic.detail
                );
            }
        }
    }
}

#[test]
fn no_number_of_the_backup_family_is_left_out() {
    let listed: BTreeSet<u16> = rows().flat_map(|(numbers, ..)| *numbers).copied().collect();
    // Not defined.
    let gaps = [9021, 9067, 9068];
    let missing: Vec<u16> = (9001..=9142)
        .filter(|number| !listed.contains(number) && !gaps.contains(number))
        .collect();
    assert_eq!(missing, [0; 0]);
}

#[test]
fn a_number_with_one_meaning_is_listed_once() {
    let by_text = [1235, 4007, 4179, 9040];
    let mut seen = BTreeSet::new();
    for number in rows().flat_map(|(numbers, ..)| *numbers) {
        assert!(seen.insert(number) || by_text.contains(number), "{number}");
    }
}
