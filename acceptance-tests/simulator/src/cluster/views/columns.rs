//! The columns of every view, in the server's order.

pub(super) mod backup;
pub(super) mod compaction;
pub(super) mod deletion;
pub(super) mod encryption;

use super::Columns;
use crate::answer::ColumnKind::{Decimal, Integer, Text, Timestamp, Unsigned};

/// How many columns at the end of [`STORAGE_INFO`] came with throttling.
pub(super) const THROTTLES: usize = 3;

/// The last column came in 4.3.5.
pub(super) const TENANTS: Columns = &[
    ("TENANT_ID", Integer),
    ("TENANT_NAME", Text),
    ("TENANT_TYPE", Text),
    ("CREATE_TIME", Timestamp),
    ("MODIFY_TIME", Timestamp),
    ("PRIMARY_ZONE", Text),
    ("LOCALITY", Text),
    ("PREVIOUS_LOCALITY", Text),
    ("COMPATIBILITY_MODE", Text),
    ("STATUS", Text),
    ("IN_RECYCLEBIN", Text),
    ("LOCKED", Text),
    ("TENANT_ROLE", Text),
    ("SWITCHOVER_STATUS", Text),
    ("SWITCHOVER_EPOCH", Integer),
    ("SYNC_SCN", Unsigned),
    ("REPLAYABLE_SCN", Unsigned),
    ("READABLE_SCN", Unsigned),
    ("RECOVERY_UNTIL_SCN", Unsigned),
    ("LOG_MODE", Text),
    ("ARBITRATION_SERVICE_STATUS", Text),
    ("UNIT_NUM", Integer),
    ("COMPATIBLE", Text),
    ("MAX_LS_ID", Integer),
    ("RESTORE_DATA_MODE", Text),
];

pub(super) const PARAMETERS: Columns = &[
    ("SVR_IP", Text),
    ("SVR_PORT", Integer),
    ("ZONE", Text),
    ("SCOPE", Text),
    ("TENANT_ID", Integer),
    ("NAME", Text),
    ("DATA_TYPE", Text),
    ("VALUE", Text),
    ("INFO", Text),
    ("SECTION", Text),
    ("EDIT_LEVEL", Text),
    ("DEFAULT_VALUE", Text),
    ("ISDEFAULT", Text),
];

/// `SHOW PARAMETERS` has lower-case names.
pub(crate) const SHOWN_PARAMETERS: Columns = &[
    ("zone", Text),
    ("svr_type", Text),
    ("svr_ip", Text),
    ("svr_port", Integer),
    ("name", Text),
    ("data_type", Text),
    ("value", Text),
    ("info", Text),
    ("section", Text),
    ("scope", Text),
    ("source", Text),
    ("edit_level", Text),
    ("default_value", Text),
    ("isdefault", Integer),
];

pub(super) const BACKUP_PARAMETER: Columns = &[("TENANT_ID", Integer), ("NAME", Text), ("VALUE", Text)];

pub(super) const STORAGE_INFO: Columns = &[
    ("TENANT_ID", Integer),
    ("PATH", Text),
    ("ENDPOINT", Text),
    ("DEST_ID", Integer),
    ("DEST_TYPE", Text),
    ("AUTHORIZATION", Text),
    ("EXTENSION", Text),
    ("CHECK_FILE_NAME", Text),
    ("LAST_CHECK_TIMESTAMP", Timestamp),
    ("MAX_IOPS", Integer),
    ("MAX_BANDWIDTH", Integer),
    ("MAX_BANDWIDTH_DISPLAY", Text),
];

pub(super) const ARCHIVE_DEST: Columns = &[
    ("TENANT_ID", Integer),
    ("DEST_NO", Integer),
    ("NAME", Text),
    ("VALUE", Text),
];

pub(super) const ARCHIVELOG: Columns = &[
    ("TENANT_ID", Integer),
    ("DEST_ID", Integer),
    ("ROUND_ID", Integer),
    ("INCARNATION", Integer),
    ("DEST_NO", Integer),
    ("STATUS", Text),
    ("START_SCN", Unsigned),
    ("START_SCN_DISPLAY", Timestamp),
    ("CHECKPOINT_SCN", Unsigned),
    ("CHECKPOINT_SCN_DISPLAY", Timestamp),
    ("COMPATIBLE", Integer),
    ("BASE_PIECE_ID", Integer),
    ("USED_PIECE_ID", Integer),
    ("PIECE_SWITCH_INTERVAL", Integer),
    ("UNIT_SIZE", Integer),
    ("COMPRESSION", Text),
    ("INPUT_BYTES", Integer),
    ("INPUT_BYTES_DISPLAY", Text),
    ("OUTPUT_BYTES", Integer),
    ("OUTPUT_BYTES_DISPLAY", Text),
    ("COMPRESSION_RATIO", Decimal),
    ("DELETED_INPUT_BYTES", Integer),
    ("DELETED_INPUT_BYTES_DISPLAY", Text),
    ("DELETED_OUTPUT_BYTES", Integer),
    ("DELETED_OUTPUT_BYTES_DISPLAY", Text),
    ("COMMENT", Text),
    ("PATH", Text),
];

/// As [`ARCHIVELOG`], with the last two swapped.
pub(super) const ARCHIVELOG_SUMMARY: Columns = &[
    ("TENANT_ID", Integer),
    ("DEST_ID", Integer),
    ("ROUND_ID", Integer),
    ("INCARNATION", Integer),
    ("DEST_NO", Integer),
    ("STATUS", Text),
    ("START_SCN", Unsigned),
    ("START_SCN_DISPLAY", Timestamp),
    ("CHECKPOINT_SCN", Unsigned),
    ("CHECKPOINT_SCN_DISPLAY", Timestamp),
    ("COMPATIBLE", Integer),
    ("BASE_PIECE_ID", Integer),
    ("USED_PIECE_ID", Integer),
    ("PIECE_SWITCH_INTERVAL", Integer),
    ("UNIT_SIZE", Integer),
    ("COMPRESSION", Text),
    ("INPUT_BYTES", Integer),
    ("INPUT_BYTES_DISPLAY", Text),
    ("OUTPUT_BYTES", Integer),
    ("OUTPUT_BYTES_DISPLAY", Text),
    ("COMPRESSION_RATIO", Decimal),
    ("DELETED_INPUT_BYTES", Integer),
    ("DELETED_INPUT_BYTES_DISPLAY", Text),
    ("DELETED_OUTPUT_BYTES", Integer),
    ("DELETED_OUTPUT_BYTES_DISPLAY", Text),
    ("PATH", Text),
    ("COMMENT", Text),
];

pub(super) const PIECE_FILES: Columns = &[
    ("TENANT_ID", Integer),
    ("DEST_ID", Integer),
    ("ROUND_ID", Integer),
    ("PIECE_ID", Integer),
    ("INCARNATION", Integer),
    ("DEST_NO", Integer),
    ("STATUS", Text),
    ("START_SCN", Unsigned),
    ("START_SCN_DISPLAY", Timestamp),
    ("CHECKPOINT_SCN", Unsigned),
    ("CHECKPOINT_SCN_DISPLAY", Timestamp),
    ("MAX_SCN", Unsigned),
    ("END_SCN", Unsigned),
    ("END_SCN_DISPLAY", Timestamp),
    ("COMPATIBLE", Integer),
    ("UNIT_SIZE", Integer),
    ("COMPRESSION", Text),
    ("INPUT_BYTES", Integer),
    ("INPUT_BYTES_DISPLAY", Text),
    ("OUTPUT_BYTES", Integer),
    ("OUTPUT_BYTES_DISPLAY", Text),
    ("COMPRESSION_RATIO", Decimal),
    ("FILE_STATUS", Text),
    ("PATH", Text),
];

pub(super) const LOG_STREAM_PROGRESS: Columns = &[
    ("TENANT_ID", Integer),
    ("DEST_ID", Integer),
    ("LS_ID", Integer),
    ("ROUND_ID", Integer),
    ("PIECE_ID", Integer),
    ("INCARNATION", Integer),
    ("START_SCN", Unsigned),
    ("MIN_LSN", Unsigned),
    ("MAX_LSN", Unsigned),
    ("CHECKPOINT_SCN", Unsigned),
    ("STATUS", Text),
    ("FILE_ID", Integer),
    ("FILE_OFFSET", Integer),
    ("INPUT_BYTES", Integer),
    ("OUTPUT_BYTES", Integer),
];

pub(super) const ARCHIVE_DEST_STATUS: Columns = &[
    ("TENANT_ID", Integer),
    ("DEST_ID", Integer),
    ("PATH", Text),
    ("STATUS", Text),
    ("CHECKPOINT_SCN", Unsigned),
    ("SYNCHRONIZED", Text),
    ("COMMENT", Text),
];
