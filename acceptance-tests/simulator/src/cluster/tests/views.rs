//! Which views there are, for whom, and with which columns.

use super::*;

fn columns(profile: Profile, viewer: &Viewer, view: &str) -> String {
    let mut it = fixture(profile);
    let table = it.cluster.view(viewer, "oceanbase", view).expect("a view that exists");
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    names.join(" ")
}

#[test]
fn views_of_all_tenants_are_for_sys_alone() {
    let mut it = fixture(Profile::Ce4210);
    let (sys, user) = (Viewer::root(SYS), Viewer::root(MYSQL_TENANT));
    let all = it.cluster.views(&sys);
    let own = it.cluster.views(&user);
    assert_eq!((all.len(), own.len()), (49, 25));
    assert!(
        own.iter()
            .all(|(schema, name)| *schema == "oceanbase" && !name.starts_with("CDB_"))
    );
    assert!(it.cluster.view(&user, "oceanbase", "CDB_OB_ARCHIVELOG").is_none());
    assert!(it.cluster.view(&user, "mysql", "DBA_OB_ARCHIVELOG").is_none());
    assert!(it.cluster.view(&user, "OceanBase", "dba_ob_archivelog").is_some());
}

#[test]
fn a_dba_view_shows_the_sessions_tenant() {
    let mut it = fixture(Profile::Ce4210);
    let (sys, user) = (Viewer::root(SYS), Viewer::root(MYSQL_TENANT));
    for tenant in ["mysql_tenant", "mysql_tenant_2"] {
        it.sys(&format!(
            "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///{tenant}' TENANT = {tenant}"
        ));
    }
    assert_eq!(
        it.select_as(&user, "VALUE", "DBA_OB_BACKUP_PARAMETER"),
        "file:///mysql_tenant"
    );
    assert_eq!(it.select_as(&sys, "VALUE", "DBA_OB_BACKUP_PARAMETER"), "");
    assert_eq!(
        it.select_as(&sys, "VALUE", "CDB_OB_BACKUP_PARAMETER"),
        "file:///mysql_tenant\nfile:///mysql_tenant_2"
    );
    let parameters = it.select_as(&user, "TENANT_ID", "GV$OB_PARAMETERS");
    assert!(parameters.lines().all(|tenant| matches!(tenant, "1002" | "NULL")));
}

#[test]
fn columns_are_the_servers_in_the_servers_order() {
    let sys = Viewer::root(SYS);
    let mut listing = String::new();
    for view in [
        "DBA_OB_TENANTS",
        "GV$OB_PARAMETERS",
        "V$OB_ARCHIVE_DEST_STATUS",
        "CDB_OB_BACKUP_PARAMETER",
        "CDB_OB_BACKUP_STORAGE_INFO",
        "DBA_OB_BACKUP_STORAGE_INFO_HISTORY",
        "CDB_OB_BACKUP_JOBS",
        "DBA_OB_BACKUP_JOB_HISTORY",
        "CDB_OB_BACKUP_TASKS",
        "CDB_OB_BACKUP_TASK_HISTORY",
        "CDB_OB_BACKUP_SET_FILES",
        "DBA_OB_ROOTSERVICE_EVENT_HISTORY",
        "CDB_OB_BACKUP_DELETE_POLICY",
        "CDB_OB_BACKUP_DELETE_JOBS",
        "DBA_OB_BACKUP_DELETE_JOB_HISTORY",
        "CDB_OB_BACKUP_DELETE_TASKS",
        "DBA_OB_BACKUP_DELETE_TASK_HISTORY",
        "CDB_OB_MAJOR_COMPACTION",
        "DBA_OB_ZONE_MAJOR_COMPACTION",
        "V$OB_ENCRYPTED_TABLES",
        "V$ENCRYPTED_TABLESPACES",
        "__all_virtual_tenant_keystore",
        "__all_virtual_master_key_version_info",
        "__all_virtual_tenant_tablespace",
        "DBA_OB_ARCHIVE_DEST",
        "CDB_OB_ARCHIVELOG",
        "DBA_OB_ARCHIVELOG_SUMMARY",
        "CDB_OB_ARCHIVELOG_PIECE_FILES",
        "CDB_OB_LS_LOG_ARCHIVE_PROGRESS",
    ] {
        listing.push_str(&format!("{view}: {}\n", columns(Profile::Ce4210, &sys, view)));
    }
    expect_test::expect![[r#"
        DBA_OB_TENANTS: TENANT_ID TENANT_NAME TENANT_TYPE CREATE_TIME MODIFY_TIME PRIMARY_ZONE LOCALITY PREVIOUS_LOCALITY COMPATIBILITY_MODE STATUS IN_RECYCLEBIN LOCKED TENANT_ROLE SWITCHOVER_STATUS SWITCHOVER_EPOCH SYNC_SCN REPLAYABLE_SCN READABLE_SCN RECOVERY_UNTIL_SCN LOG_MODE ARBITRATION_SERVICE_STATUS UNIT_NUM COMPATIBLE MAX_LS_ID
        GV$OB_PARAMETERS: SVR_IP SVR_PORT ZONE SCOPE TENANT_ID NAME DATA_TYPE VALUE INFO SECTION EDIT_LEVEL DEFAULT_VALUE ISDEFAULT
        V$OB_ARCHIVE_DEST_STATUS: TENANT_ID DEST_ID PATH STATUS CHECKPOINT_SCN SYNCHRONIZED COMMENT
        CDB_OB_BACKUP_PARAMETER: TENANT_ID NAME VALUE
        CDB_OB_BACKUP_STORAGE_INFO: TENANT_ID PATH ENDPOINT DEST_ID DEST_TYPE AUTHORIZATION EXTENSION CHECK_FILE_NAME LAST_CHECK_TIMESTAMP
        DBA_OB_BACKUP_STORAGE_INFO_HISTORY: TENANT_ID PATH ENDPOINT DEST_ID DEST_TYPE AUTHORIZATION EXTENSION CHECK_FILE_NAME LAST_CHECK_TIMESTAMP
        CDB_OB_BACKUP_JOBS: TENANT_ID JOB_ID INCARNATION BACKUP_SET_ID INITIATOR_TENANT_ID INITIATOR_JOB_ID EXECUTOR_TENANT_ID PLUS_ARCHIVELOG BACKUP_TYPE JOB_LEVEL ENCRYPTION_MODE PASSWD START_TIMESTAMP END_TIMESTAMP STATUS RESULT COMMENT DESCRIPTION PATH
        DBA_OB_BACKUP_JOB_HISTORY: JOB_ID INCARNATION BACKUP_SET_ID INITIATOR_TENANT_ID INITIATOR_JOB_ID EXECUTOR_TENANT_ID PLUS_ARCHIVELOG BACKUP_TYPE JOB_LEVEL ENCRYPTION_MODE PASSWD START_TIMESTAMP END_TIMESTAMP STATUS RESULT COMMENT DESCRIPTION PATH
        CDB_OB_BACKUP_TASKS: TENANT_ID TASK_ID JOB_ID INCARNATION BACKUP_SET_ID START_TIMESTAMP END_TIMESTAMP STATUS START_SCN END_SCN USER_LS_START_SCN ENCRYPTION_MODE PASSWD INPUT_BYTES OUTPUT_BYTES OUTPUT_RATE_BYTES EXTRA_META_BYTES TABLET_COUNT FINISH_TABLET_COUNT MACRO_BLOCK_COUNT FINISH_MACRO_BLOCK_COUNT FILE_COUNT META_TURN_ID DATA_TURN_ID RESULT COMMENT PATH
        CDB_OB_BACKUP_TASK_HISTORY: TENANT_ID TASK_ID JOB_ID INCARNATION BACKUP_SET_ID START_TIMESTAMP END_TIMESTAMP STATUS START_SCN END_SCN USER_LS_START_SCN ENCRYPTION_MODE PASSWD INPUT_BYTES OUTPUT_BYTES OUTPUT_RATE_BYTES EXTRA_META_BYTES TABLET_COUNT FINISH_TABLET_COUNT MACRO_BLOCK_COUNT FINISH_MACRO_BLOCK_COUNT FILE_COUNT META_TURN_ID DATA_TURN_ID RESULT COMMENT PATH
        CDB_OB_BACKUP_SET_FILES: TENANT_ID BACKUP_SET_ID DEST_ID INCARNATION BACKUP_TYPE PREV_FULL_BACKUP_SET_ID PREV_INC_BACKUP_SET_ID START_TIMESTAMP END_TIMESTAMP STATUS FILE_STATUS ELAPSED_SECONDES PLUS_ARCHIVELOG START_REPLAY_SCN START_REPLAY_SCN_DISPLAY MIN_RESTORE_SCN MIN_RESTORE_SCN_DISPLAY INPUT_BYTES OUTPUT_BYTES OUTPUT_RATE_BYTES EXTRA_META_BYTES TABLET_COUNT FINISH_TABLET_COUNT MACRO_BLOCK_COUNT FINISH_MACRO_BLOCK_COUNT FILE_COUNT META_TURN_ID DATA_TURN_ID RESULT COMMENT ENCRYPTION_MODE PASSWD TENANT_COMPATIBLE BACKUP_COMPATIBLE PATH CLUSTER_VERSION
        DBA_OB_ROOTSERVICE_EVENT_HISTORY: TIMESTAMP MODULE EVENT NAME1 VALUE1 NAME2 VALUE2 NAME3 VALUE3 NAME4 VALUE4 NAME5 VALUE5 NAME6 VALUE6 EXTRA_INFO RS_SVR_IP RS_SVR_PORT
        CDB_OB_BACKUP_DELETE_POLICY: TENANT_ID POLICY_NAME RECOVERY_WINDOW
        CDB_OB_BACKUP_DELETE_JOBS: TENANT_ID JOB_ID INCARNATION INITIATOR_TENANT_ID INITIATOR_JOB_ID EXECUTOR_TENANT_ID TYPE PARAMETER JOB_LEVEL START_TIMESTAMP END_TIMESTAMP STATUS TASK_COUNT SUCCESS_TASK_COUNT RESULT COMMENT
        DBA_OB_BACKUP_DELETE_JOB_HISTORY: JOB_ID INCARNATION INITIATOR_TENANT_ID INITIATOR_JOB_ID EXECUTOR_TENANT_ID TYPE PARAMETER JOB_LEVEL START_TIMESTAMP END_TIMESTAMP STATUS TASK_COUNT SUCCESS_TASK_COUNT RESULT COMMENT
        CDB_OB_BACKUP_DELETE_TASKS: TENANT_ID TASK_ID INCARNATION JOB_ID TASK_TYPE ID ROUND_ID DEST_ID START_TIMESTAMP END_TIMESTAMP STATUS TOTAL_LS_COUNT FINISH_LS_COUNT RESULT COMMENT PATH
        DBA_OB_BACKUP_DELETE_TASK_HISTORY: TASK_ID INCARNATION JOB_ID TASK_TYPE ID ROUND_ID DEST_ID START_TIMESTAMP END_TIMESTAMP STATUS TOTAL_LS_COUNT FINISH_LS_COUNT RESULT COMMENT PATH
        CDB_OB_MAJOR_COMPACTION: TENANT_ID FROZEN_SCN FROZEN_TIME GLOBAL_BROADCAST_SCN LAST_SCN LAST_FINISH_TIME START_TIME STATUS IS_ERROR IS_SUSPENDED INFO
        DBA_OB_ZONE_MAJOR_COMPACTION: ZONE BROADCAST_SCN LAST_SCN LAST_FINISH_TIME START_TIME STATUS
        V$OB_ENCRYPTED_TABLES: TABLE_ID TABLE_NAME TABLESPACE_ID ENCRYPTIONALG ENCRYPTED ENCRYPTEDKEY MASTERKEYID BLOCKS_ENCRYPTED BLOCKS_DECRYPTED STATUS CON_ID
        V$ENCRYPTED_TABLESPACES: TABLESPACE_ID ENCRYPTIONALG ENCRYPTED ENCRYPTEDKEY MASTERKEYID BLOCKS_ENCRYPTED BLOCKS_DECRYPTED STATUS CON_ID
        __all_virtual_tenant_keystore: tenant_id keystore_id keystore_name status master_key_id
        __all_virtual_master_key_version_info: svr_ip svr_port tenant_id max_active_version max_stored_version expect_version
        __all_virtual_tenant_tablespace: tenant_id tablespace_id tablespace_name encryption_name master_key_id
        DBA_OB_ARCHIVE_DEST: DEST_NO NAME VALUE
        CDB_OB_ARCHIVELOG: TENANT_ID DEST_ID ROUND_ID INCARNATION DEST_NO STATUS START_SCN START_SCN_DISPLAY CHECKPOINT_SCN CHECKPOINT_SCN_DISPLAY COMPATIBLE BASE_PIECE_ID USED_PIECE_ID PIECE_SWITCH_INTERVAL UNIT_SIZE COMPRESSION INPUT_BYTES INPUT_BYTES_DISPLAY OUTPUT_BYTES OUTPUT_BYTES_DISPLAY COMPRESSION_RATIO DELETED_INPUT_BYTES DELETED_INPUT_BYTES_DISPLAY DELETED_OUTPUT_BYTES DELETED_OUTPUT_BYTES_DISPLAY COMMENT PATH
        DBA_OB_ARCHIVELOG_SUMMARY: DEST_ID ROUND_ID INCARNATION DEST_NO STATUS START_SCN START_SCN_DISPLAY CHECKPOINT_SCN CHECKPOINT_SCN_DISPLAY COMPATIBLE BASE_PIECE_ID USED_PIECE_ID PIECE_SWITCH_INTERVAL UNIT_SIZE COMPRESSION INPUT_BYTES INPUT_BYTES_DISPLAY OUTPUT_BYTES OUTPUT_BYTES_DISPLAY COMPRESSION_RATIO DELETED_INPUT_BYTES DELETED_INPUT_BYTES_DISPLAY DELETED_OUTPUT_BYTES DELETED_OUTPUT_BYTES_DISPLAY PATH COMMENT
        CDB_OB_ARCHIVELOG_PIECE_FILES: TENANT_ID DEST_ID ROUND_ID PIECE_ID INCARNATION DEST_NO STATUS START_SCN START_SCN_DISPLAY CHECKPOINT_SCN CHECKPOINT_SCN_DISPLAY MAX_SCN END_SCN END_SCN_DISPLAY COMPATIBLE UNIT_SIZE COMPRESSION INPUT_BYTES INPUT_BYTES_DISPLAY OUTPUT_BYTES OUTPUT_BYTES_DISPLAY COMPRESSION_RATIO FILE_STATUS PATH
        CDB_OB_LS_LOG_ARCHIVE_PROGRESS: TENANT_ID DEST_ID LS_ID ROUND_ID PIECE_ID INCARNATION START_SCN MIN_LSN MAX_LSN CHECKPOINT_SCN STATUS FILE_ID FILE_OFFSET INPUT_BYTES OUTPUT_BYTES
    "#]]
    .assert_eq(&listing);
}

#[test]
fn newer_releases_add_columns() {
    let sys = Viewer::root(SYS);
    for profile in [Profile::Ee4353, Profile::Ce4410] {
        assert!(columns(profile, &sys, "DBA_OB_TENANTS").ends_with(" MAX_LS_ID RESTORE_DATA_MODE"));
        let storage = columns(profile, &sys, "CDB_OB_BACKUP_STORAGE_INFO");
        assert!(storage.ends_with(" LAST_CHECK_TIMESTAMP MAX_IOPS MAX_BANDWIDTH MAX_BANDWIDTH_DISPLAY"));
        for (view, last) in [
            (
                "CDB_OB_BACKUP_TASKS",
                " PATH MINOR_TURN_ID MAJOR_TURN_ID DATA_PROGRESS LOG_FILE_COUNT FINISH_LOG_FILE_COUNT LOG_PROGRESS",
            ),
            ("CDB_OB_BACKUP_TASK_HISTORY", " PATH MINOR_TURN_ID MAJOR_TURN_ID"),
            (
                "CDB_OB_BACKUP_SET_FILES",
                " PATH CLUSTER_VERSION CONSISTENT_SCN MINOR_TURN_ID MAJOR_TURN_ID",
            ),
        ] {
            let all = columns(profile, &sys, view);
            assert!(all.ends_with(last), "{all}");
        }
    }
}

#[test]
fn every_row_has_a_cell_of_the_right_type_for_every_column() {
    let mut it = Fixture::ready(Profile::Ee4353);
    it.back_up("ALTER SYSTEM BACKUP DATABASE");
    it.back_up("ALTER SYSTEM BACKUP DATABASE");
    it.user("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1m'");
    it.pass(3600);
    it.back_up("ALTER SYSTEM BACKUP DATABASE");
    it.pass(3600 - 1847);
    it.sys("ALTER SYSTEM BACKUP DATABASE");
    it.cluster
        .interrupt_archive("mysql_tenant_2", "lost")
        .expect("a running round");
    it.cluster
        .encrypt_table("mysql_tenant", "orders")
        .expect("an existing tenant");
    it.pass(30);
    let mut empty = String::new();
    for viewer in [Viewer::root(SYS), Viewer::root(MYSQL_TENANT)] {
        for (schema, name) in it.cluster.views(&viewer) {
            let table = it.cluster.view(&viewer, schema, name).expect("a listed view");
            for row in &table.rows {
                assert_eq!(row.len(), table.columns.len(), "{name}");
                for (cell, column) in row.iter().zip(&table.columns) {
                    assert!(fits(cell, column), "{name}.{}: {cell:?}", column.name);
                }
            }
            if table.rows.is_empty() {
                empty.push_str(&format!("{} {name}\n", viewer.tenant_id));
            }
        }
    }
    expect_test::expect![[r#"
        1 DBA_OB_BACKUP_PARAMETER
        1 DBA_OB_BACKUP_STORAGE_INFO
        1 CDB_OB_BACKUP_STORAGE_INFO_HISTORY
        1 DBA_OB_BACKUP_STORAGE_INFO_HISTORY
        1 DBA_OB_BACKUP_JOB_HISTORY
        1 DBA_OB_BACKUP_TASKS
        1 DBA_OB_BACKUP_TASK_HISTORY
        1 DBA_OB_BACKUP_SET_FILES
        1 DBA_OB_BACKUP_DELETE_POLICY
        1 CDB_OB_BACKUP_DELETE_JOBS
        1 DBA_OB_BACKUP_DELETE_JOBS
        1 DBA_OB_BACKUP_DELETE_JOB_HISTORY
        1 CDB_OB_BACKUP_DELETE_TASKS
        1 DBA_OB_BACKUP_DELETE_TASKS
        1 DBA_OB_BACKUP_DELETE_TASK_HISTORY
        1 V$OB_ENCRYPTED_TABLES
        1 V$ENCRYPTED_TABLESPACES
        1 DBA_OB_ARCHIVE_DEST
        1 DBA_OB_ARCHIVELOG
        1 DBA_OB_ARCHIVELOG_SUMMARY
        1 DBA_OB_ARCHIVELOG_PIECE_FILES
        1 DBA_OB_LS_LOG_ARCHIVE_PROGRESS
        1002 DBA_OB_BACKUP_STORAGE_INFO_HISTORY
        1002 DBA_OB_BACKUP_DELETE_JOBS
        1002 DBA_OB_BACKUP_DELETE_TASKS
    "#]]
    .assert_eq(&empty);
}

fn fits(cell: &Cell, column: &crate::answer::Column) -> bool {
    use crate::answer::ColumnKind;
    matches!(
        (cell, column.kind),
        (Cell::Null, _)
            | (Cell::Integer(_), ColumnKind::Integer)
            | (Cell::Unsigned(_), ColumnKind::Unsigned)
            | (Cell::Text(_), ColumnKind::Text | ColumnKind::Decimal)
            | (Cell::Timestamp(_), ColumnKind::Timestamp)
    )
}

#[test]
fn archive_rows_tell_the_size_of_what_was_archived() {
    let mut it = fixture(Profile::Ce4210);
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log'");
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.pass(3604);
    assert_eq!(
        it.select(
            "INPUT_BYTES INPUT_BYTES_DISPLAY OUTPUT_BYTES COMPRESSION DELETED_INPUT_BYTES_DISPLAY",
            "CDB_OB_ARCHIVELOG"
        ),
        "73728000 | 70.31MB | 73728000 | none | 0.00MB"
    );
    assert_eq!(
        it.select("STATUS SYNCHRONIZED PATH", "V$OB_ARCHIVE_DEST_STATUS"),
        "DOING | YES | file:///log"
    );
    assert_eq!(
        it.select("LS_ID STATUS", "CDB_OB_LS_LOG_ARCHIVE_PROGRESS"),
        "1 | DOING\n1001 | DOING"
    );
}
