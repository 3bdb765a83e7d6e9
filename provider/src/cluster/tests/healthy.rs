//! What a healthy cluster answers.

use super::server::Answer;

/// A result set; `NULL` stands for null.
pub(crate) fn rows<const N: usize>(columns: [&'static str; N], rows: &[[&str; N]]) -> Answer {
    let cell = |text: &&str| (*text != "NULL").then(|| (*text).to_owned());
    Answer::Rows(
        columns.to_vec(),
        rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
    )
}

/// A cluster with two tenants: `t1` archives and has a backup destination, `t2` has nothing.
pub(crate) fn healthy(sql: &str) -> Answer {
    let of_sys = !sql.contains("DBA_OB_BACKUP") && !sql.contains("DBA_OB_ARCHIVE");
    match sql {
        _ if sql.contains("ob_version()") => rows(
            ["server_version", "version_comment", "clock", "event_scheduler"],
            &[[
                "4.3.5.3",
                "OceanBase_CE 4.3.5.3 (r1)",
                "2025-01-31 23:59:59.000000",
                "ON",
            ]],
        ),
        _ if sql.contains("GV$OB_PARAMETERS") => rows(
            ["TENANT_ID", "NAME", "VALUE"],
            &[
                ["NULL", "min_observer_version", "4.3.5.2"],
                ["NULL", "cluster", "obc"],
                ["NULL", "cluster_id", "7"],
                ["1002", "archive_lag_target", "120s"],
                ["1004", "archive_lag_target", "60s"],
            ],
        ),
        _ if sql.contains("SHOW PARAMETERS") => rows(
            ["name", "value"],
            &[["cluster", "obc"], ["cluster_id", "7"], ["archive_lag_target", "90s"]],
        ),
        _ if sql.contains("DBA_OB_TENANTS") => rows(
            [
                "TENANT_ID",
                "TENANT_NAME",
                "TENANT_ROLE",
                "COMPATIBILITY_MODE",
                "STATUS",
                "IN_RECYCLEBIN",
                "LOG_MODE",
            ],
            &[
                ["1002", "t1", "PRIMARY", "MYSQL", "NORMAL", "NO", "ARCHIVELOG"],
                ["1004", "t2", "PRIMARY", "ORACLE", "NORMAL", "NO", "NOARCHIVELOG"],
            ],
        ),
        _ if sql.contains("STORAGE_INFO") => rows(
            [
                "TENANT_ID",
                "PATH",
                "ENDPOINT",
                "DEST_ID",
                "DEST_TYPE",
                "AUTHORIZATION",
                "EXTENSION",
                "LAST_CHECK_TIMESTAMP",
                "MAX_IOPS",
                "MAX_BANDWIDTH",
            ],
            &[[
                "1002",
                "oss://b/p",
                "host=h",
                "1001",
                "backup_data",
                "access_id=i&access_key=k3y",
                "",
                "NULL",
                "0",
                "9",
            ]],
        ),
        _ if sql.contains("BACKUP_PARAMETER") && of_sys => rows(
            ["TENANT_ID", "VALUE"],
            &[["1002", "oss://b/p?host=h&access_id=i&access_key=k3y"]],
        ),
        _ if sql.contains("BACKUP_PARAMETER") => rows(["VALUE"], &[["file:///backup"]]),
        _ if sql.contains("ARCHIVE_DEST") && of_sys => rows(
            ["TENANT_ID", "NAME", "VALUE"],
            &[
                ["1002", "path", "file:///archive"],
                ["1002", "dest_id", "1002"],
                ["1004", "state", "DEFER"],
            ],
        ),
        _ if sql.contains("ARCHIVE_DEST") => rows(["NAME", "VALUE"], &[["path", "file:///archive"]]),
        _ if sql.contains("BACKUP_SET_FILES") => rows(["NONE"], &[]),
        _ if sql.contains("ARCHIVELOG") && sql.starts_with("SELECT") && of_sys => rows(
            [
                "TENANT_ID",
                "ROUND_ID",
                "DEST_ID",
                "STATUS",
                "CHECKPOINT_SCN",
                "PIECE_SWITCH_INTERVAL",
                "COMMENT",
                "PATH",
            ],
            &[[
                "1002",
                "1",
                "1002",
                "DOING",
                "1738367999000000000",
                "86400000000",
                "",
                "file:///archive",
            ]],
        ),
        _ if sql.contains("BACKUP_JOBS") && of_sys => rows(["TENANT_ID", "JOB_ID"], &[["1", "8"], ["1002", "9"]]),
        _ => rows(["NONE"], &[]),
    }
}
