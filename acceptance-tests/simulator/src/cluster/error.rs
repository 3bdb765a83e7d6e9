//! The server's errors: each with the number, SQLSTATE and text that a client sees.

use crate::answer::ServerError;

fn error(errno: u16, sqlstate: &'static str, message: impl Into<String>) -> ServerError {
    ServerError {
        errno,
        sqlstate,
        message: message.into(),
    }
}

/// The SQLSTATE that belongs to a number, where it is not the general one.
pub(crate) fn sqlstate(errno: u16) -> &'static str {
    match errno {
        1045 | 1064 | 1149 | 5099 => "42000",
        1062 => "23000",
        1146 => "42S02",
        1227 => "42501",
        1235 => "0A000",
        4009 => "58030",
        8001 | 8002 => "08004",
        _ => "HY000",
    }
}

/// The grammar stopped at `offset`; the text quotes the statement from there on.
pub(crate) fn syntax(sql: &str, offset: usize) -> ServerError {
    const QUOTED_AT_MOST: usize = 80;
    let near: String = sql
        .get(offset..)
        .unwrap_or_default()
        .chars()
        .take(QUOTED_AT_MOST)
        .collect();
    let line = 1 + sql
        .get(..offset)
        .unwrap_or(sql)
        .bytes()
        .filter(|byte| *byte == b'\n')
        .count();
    error(
        1064,
        "42000",
        format!(
            "You have an error in your SQL syntax; check the manual that corresponds to your OceanBase version \
             for the right syntax to use near '{near}' at line {line}"
        ),
    )
}

/// 1064 from behind the grammar.
pub(crate) fn parse_error() -> ServerError {
    error(1064, "42000", "Parse error")
}

/// 1235 with the whole text, which always ends in "not supported".
pub(crate) fn not_supported(message: impl Into<String>) -> ServerError {
    error(1235, "0A000", message)
}

/// 1235 where the server does not say what is not supported.
pub(crate) fn not_supported_feature() -> ServerError {
    not_supported("Not supported feature or function")
}

/// Ours alone: the real server knows the statement.
pub(crate) fn simulator_lacks(what: &str) -> ServerError {
    not_supported(format!("oceanbase-simulator: {what} is not simulated"))
}

pub(crate) fn invalid_argument() -> ServerError {
    error(1210, "HY000", "Invalid argument")
}

pub(crate) fn incorrect_arguments_to(what: &str) -> ServerError {
    error(1210, "HY000", format!("Incorrect arguments to {what}"))
}

/// The text speaks of a connection string even where there was none.
pub(crate) fn unknown_tenant() -> ServerError {
    error(5160, "HY000", "invalid tenant name specified in connection string")
}

pub(crate) fn needs_alter_system() -> ServerError {
    error(
        1227,
        "42501",
        "Access denied; you need (at least one of) the ALTER SYSTEM privilege(s) for this operation",
    )
}

/// No SELECT on the database of a table or view; names are in lower case.
pub(crate) fn select_denied(user: &str, table: &str) -> ServerError {
    let table = table.to_lowercase();
    error(
        1142,
        "42000",
        format!("SELECT command denied to user '{user}'@'%' for table '{table}'"),
    )
}

pub(crate) fn database_denied(user: &str, database: &str) -> ServerError {
    error(
        1044,
        "42000",
        format!("Access denied for user '{user}'@'%' to database '{database}'"),
    )
}

/// A user tenant wrote a `TENANT` clause.
pub(crate) fn tenant_clause_denied() -> ServerError {
    error(1227, "42501", "Access denied")
}

pub(crate) fn unknown_parameter() -> ServerError {
    error(5099, "42000", "System config unknown")
}

pub(crate) fn invalid_parameter_value() -> ServerError {
    error(4147, "HY000", "Invalid config")
}

pub(crate) fn operation_not_allowed(message: &str) -> ServerError {
    error(4179, "HY000", message)
}

pub(crate) fn entry_exist() -> ServerError {
    error(4017, "HY000", "Entry already exist")
}

pub(crate) fn duplicate_entry(key: &str) -> ServerError {
    error(1062, "23000", format!("Duplicate entry '{key}' for key 'PRIMARY'"))
}

pub(crate) fn entry_not_exist(message: &str) -> ServerError {
    error(4018, "HY000", message)
}

/// The tenant has no `tde_method`.
pub(crate) fn encryption_is_off() -> ServerError {
    error(4370, "HY000", "tde_method is invalid")
}

/// A warning: the freeze did nothing.
pub(crate) fn larger_frozen_scn() -> ServerError {
    error(
        4744,
        "HY000",
        "larger frozen_scn already exist, prev merge may not finish",
    )
}

pub(crate) fn internal_error() -> ServerError {
    error(4016, "HY000", "Internal error")
}

pub(crate) fn size_overflow() -> ServerError {
    error(4019, "HY000", "Size overflow")
}

pub(crate) fn try_again() -> ServerError {
    error(4023, "HY000", "Try again")
}

pub(crate) fn timeout() -> ServerError {
    error(4012, "HY000", "Timeout")
}

pub(crate) fn server_is_initializing() -> ServerError {
    error(8001, "08004", "Server is initializing")
}

pub(crate) fn io_error() -> ServerError {
    error(4009, "58030", "IO error")
}

pub(crate) fn invalid_destination() -> ServerError {
    error(9026, "HY000", "backup destination is not valid")
}

pub(crate) fn encrypted_key_in_destination() -> ServerError {
    error(
        9026,
        "HY000",
        "backup destination contains encrypt_key, which is not a valid uri",
    )
}

pub(crate) fn checksum_type_not_supported(checksum: &str) -> ServerError {
    error(
        9113,
        "HY000",
        format!("checksum type {checksum} is not supported for the input destination"),
    )
}

pub(crate) fn invalid_locality() -> ServerError {
    error(9133, "HY000", "backup zone or backup idc or backup region invalid")
}

pub(crate) fn cannot_start_archive() -> ServerError {
    error(9023, "HY000", "cannot start log archive backup")
}

pub(crate) fn already_in_archive_mode() -> ServerError {
    error(9091, "HY000", "Already in ARCHIVELOG mode")
}

pub(crate) fn already_in_noarchive_mode() -> ServerError {
    error(9092, "HY000", "Already in NOARCHIVELOG mode")
}

pub(crate) fn backup_in_progress() -> ServerError {
    error(9036, "HY000", "Backup is in progress")
}

/// Where the server gives no reason.
pub(crate) fn backup_can_not_start_at_all() -> ServerError {
    error(9040, "HY000", "backup can not start")
}

pub(crate) fn backup_can_not_start(reason: &str) -> ServerError {
    error(9040, "HY000", format!("backup can not start, because {reason}"))
}

pub(crate) fn permission_denied_at_destination() -> ServerError {
    error(9071, "HY000", "no I/O operation permission at the backup destination")
}

pub(crate) fn out_of_space() -> ServerError {
    error(9082, "HY000", "backup device out of space")
}

/// Wrong user, wrong password and unknown tenant look the same: only the user part of the login is shown.
pub(crate) fn access_denied(user: &str, using_password: bool) -> ServerError {
    let using = if using_password { "YES" } else { "NO" };
    error(
        1045,
        "42000",
        format!("Access denied for user '{user}'@'xxx.xxx.xxx.xxx' (using password: {using})"),
    )
}

pub(crate) fn tenant_locked(name: &str) -> ServerError {
    error(5260, "HY000", format!("Tenant '{name}' is locked"))
}

pub(crate) fn tenant_not_in_server() -> ServerError {
    error(5150, "HY000", "Tenant not in this server")
}

pub(crate) fn tenant_not_exist(name: &str) -> ServerError {
    error(5157, "HY000", format!("Unknown tenant '{name}'"))
}

pub(crate) fn state_not_match() -> ServerError {
    error(4109, "HY000", "Server state or role not the same as expected")
}
