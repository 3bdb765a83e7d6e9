//! `ALTER SYSTEM SET DATA_BACKUP_DEST`.

use super::*;

const OSS: &str = "oss://b/p?host=h&access_id=i&access_key=k";

#[test]
fn statements_are_answered_as_by_the_server() {
    let mut it = fixture(Profile::Ee4353);
    for (sql, expected) in [
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a' TENANT = mysql_tenant",
            "OK",
        ),
        (
            "alter system data_backup_dest = \"file:///a\" tenant `mysql_tenant`;",
            "OK",
        ),
        (
            "/* c */ ALTER SYSTEM -- c\n SET `data_backup_dest` = 'file:///a' COMMENT 'x' SCOPE = BOTH TENANT 'mysql_tenant' ;;",
            "OK",
        ),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST='FILE:///a' TENANT = mysql_tenant",
            NOT_A_DESTINATION,
        ),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST=' file:///a' TENANT = mysql_tenant",
            NOT_A_DESTINATION,
        ),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST=5 TENANT = mysql_tenant",
            NOT_A_DESTINATION,
        ),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST=NULL TENANT = mysql_tenant", "OK"),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST='' TENANT = mysql_tenant", "OK"),
        // Whom it may be set for: the name is looked up first, then the URI is judged, then the tenant.
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST='bad' TENANT = nobody",
            UNKNOWN_TENANT,
        ),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a' TENANT = all",
            UNKNOWN_TENANT,
        ),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a' TENANT = META$1002",
            UNKNOWN_TENANT,
        ),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a' TENANT = MYSQL_TENANT",
            UNKNOWN_TENANT,
        ),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST='bad' TENANT = sys",
            NOT_A_DESTINATION,
        ),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a' TENANT = sys",
            UNSUPPORTED,
        ),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'", UNSUPPORTED),
        // Backup settings are no parameters.
        ("ALTER SYSTEM RESET DATA_BACKUP_DEST", UNKNOWN_PARAMETER),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST='' TENANT = mysql_tenant, ha_low_thread_score = 1 TENANT = mysql_tenant",
            "ERROR 1235 (0A000): backup configuration items cannot be set together with non data backup configuration \
             items not supported",
        ),
        ("SELECT 1", "not ours"),
        ("ALTER TABLE t ADD c INT", "not ours"),
        (
            "ALTER SYSTEM RECOVER STANDBY TENANT = mysql_tenant",
            "ERROR 1235 (0A000): oceanbase-simulator: ALTER SYSTEM RECOVER STANDBY TENANT is not simulated",
        ),
    ] {
        assert_eq!(it.sys(sql), expected, "{sql}");
    }
}

#[test]
fn syntax_errors_quote_the_statement_from_where_it_went_wrong() {
    let mut it = fixture(Profile::Ee4353);
    for (sql, near) in [
        ("ALTER SYSTEM SET DATA_BACKUP_DEST 'file:///a'", "'file:///a'"),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST = file", "file"),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST = 'a", "a"),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST = '", "'"),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST == 'a'", "== 'a'"),
        ("ALTER SYSTEM SET = 'a'", "= 'a'"),
        (
            "ALTER SYSTEM SET GLOBAL undo_retention = 1",
            "GLOBAL undo_retention = 1",
        ),
        ("ALTER SYSTEM /* never ends", "s"),
        ("ALTER SYSTEM ARCHIVE LOG", "LOG"),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST = 'a' TENANT =", "="),
        (
            "ALTER SYSTEM SET DATA_BACKUP_DEST = 'a' TENANT = t SCOPE = BOTH",
            "SCOPE = BOTH",
        ),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST = ?", "?"),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST = 'a'; SELECT 1", "SELECT 1"),
        ("ALTER SYSTEM", "SYSTEM"),
        ("ALTER SYSTEM FROBNICATE", "FROBNICATE"),
        ("ALTER SYSTEM CANCEL BACKUP FORCE", "FORCE"),
    ] {
        assert_eq!(it.sys(sql), syntax_near(near), "{sql}");
    }
}

#[test]
fn a_user_tenant_speaks_for_itself_alone() {
    let mut it = fixture(Profile::Ce4210);
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'"), "OK");
    for sql in [
        "ALTER SYSTEM SET DATA_BACKUP_DEST='bad' TENANT = mysql_tenant",
        "ALTER SYSTEM SET DATA_BACKUP_DEST='bad' TENANT = nobody",
    ] {
        assert_eq!(it.user(sql), "ERROR 1227 (42501): Access denied", "{sql}");
    }
    it.cluster
        .create_user("mysql_tenant", "reader", "", Privileges::Select)
        .expect("an existing tenant");
    let reader = Viewer {
        tenant_id: MYSQL_TENANT,
        user: "reader".to_owned(),
    };
    for sql in [
        "ALTER SYSTEM SET DATA_BACKUP_DEST=''",
        "ALTER SYSTEM SET ha_low_thread_score = 1",
        "ALTER SYSTEM ARCHIVELOG",
        "ALTER SYSTEM CANCEL BACKUP",
        "ALTER SYSTEM RESET ha_low_thread_score",
    ] {
        let expected = "ERROR 1227 (42501): Access denied; you need (at least one of) the ALTER SYSTEM privilege(s) \
                        for this operation";
        assert_eq!(it.run(&reader, sql), expected, "{sql}");
    }
}

#[test]
fn the_newest_release_says_who_may_have_a_backup_config() {
    let mut it = fixture(Profile::Ce4410);
    assert_eq!(
        it.sys("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'"),
        "ERROR 1235 (0A000): backup config only support user tenant not supported"
    );
}

#[test]
fn the_parameter_row_is_absent_then_set_then_empty() {
    let mut it = fixture(Profile::Ce4210);
    assert_eq!(it.data_dest(), "");
    it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a//b//'");
    assert_eq!(
        it.select("TENANT_ID NAME VALUE", "CDB_OB_BACKUP_PARAMETER"),
        "1002 | data_backup_dest | file:///a//b"
    );
    it.user("ALTER SYSTEM SET DATA_BACKUP_DEST=''");
    assert_eq!(
        it.select("TENANT_ID NAME VALUE", "CDB_OB_BACKUP_PARAMETER"),
        "1002 | data_backup_dest | "
    );
    assert_eq!(
        it.select("PATH DEST_ID DEST_TYPE", "CDB_OB_BACKUP_STORAGE_INFO"),
        "file:///a//b | 1001 | backup_data"
    );
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a//b'"), "OK");
    assert_eq!(it.select("DEST_ID", "CDB_OB_BACKUP_STORAGE_INFO"), "1001");
}

#[test]
fn items_of_one_statement_take_effect_until_one_fails() {
    let mut it = fixture(Profile::Ce4210);
    let sql = "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a', LOG_ARCHIVE_DEST='bad', LOG_ARCHIVE_DEST_STATE='DEFER'";
    assert_eq!(it.user(sql), UNSUPPORTED);
    assert_eq!(it.data_dest(), "file:///a");
    assert_eq!(it.select("NAME", "CDB_OB_ARCHIVE_DEST"), "");
}

#[test]
fn a_running_backup_forbids_any_change() {
    let mut it = fixture(Profile::Ce4210);
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(60))
        .expect("an existing tenant");
    let busy = "ERROR 9036 (HY000): Backup is in progress";
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'"), busy);
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST=''"), busy);
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='bad'"), NOT_A_DESTINATION);
    assert_eq!(
        it.select("TENANT_ID JOB_ID STATUS", "CDB_OB_BACKUP_JOBS"),
        "1002 | 1 | DOING"
    );
    it.pass(60);
    assert_eq!(it.select("JOB_ID", "CDB_OB_BACKUP_JOBS"), "");
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'"), "OK");
}

#[test]
fn cancelling_takes_a_moment_and_is_never_refused() {
    let mut it = fixture(Profile::Ce4210);
    assert_eq!(it.sys("ALTER SYSTEM CANCEL BACKUP"), "OK");
    assert_eq!(
        it.sys("ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant, nobody"),
        UNKNOWN_TENANT
    );
    assert_eq!(
        it.user("ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant"),
        "ERROR 1235 (0A000): user tenant cannot specify tenant names not supported"
    );
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(3600))
        .expect("an existing tenant");
    assert_eq!(it.sys("ALTER SYSTEM CANCEL BACKUP TENANT mysql_tenant"), "OK");
    assert_eq!(it.select("STATUS", "CDB_OB_BACKUP_JOBS"), "CANCELING");
    it.pass(5);
    assert_eq!(it.select("STATUS", "CDB_OB_BACKUP_JOBS"), "");
}

#[test]
fn directories_are_told_apart_by_their_format_file_alone() {
    for (profile, missing, mismatch) in [
        (
            Profile::Ce4210,
            "ERROR 9080 (HY000): the format file does not exist under the destination",
            "ERROR 9081 (HY000): the content of the format file at the destination does not match",
        ),
        (
            Profile::Ee4353,
            "ERROR 9080 (HY000): format file does not exist, try to set a new directory.",
            "ERROR 9081 (HY000): format file does not match, try to set a new directory.",
        ),
    ] {
        let mut it = fixture(profile);
        let oss_elsewhere = OSS.replace("host=h", "host=internal");
        it.cluster
            .put_file("file:///foreign/file", "")
            .expect("a writable root");
        for (tenant, item, value, expected) in [
            ("mysql_tenant", "DATA_BACKUP_DEST", "file:///t1/data", "OK"),
            ("mysql_tenant", "DATA_BACKUP_DEST", "file:///t1/data", "OK"),
            ("mysql_tenant_2", "DATA_BACKUP_DEST", "file:///t1/data", mismatch),
            ("mysql_tenant_2", "DATA_BACKUP_DEST", "file:///t1", missing),
            ("mysql_tenant_2", "DATA_BACKUP_DEST", "file:///t1/data/child", "OK"),
            ("mysql_tenant", "LOG_ARCHIVE_DEST", "LOCATION=file:///t1/data", mismatch),
            ("mysql_tenant", "DATA_BACKUP_DEST", "file:///foreign", missing),
            ("mysql_tenant", "DATA_BACKUP_DEST", OSS, "OK"),
            ("mysql_tenant", "DATA_BACKUP_DEST", &oss_elsewhere, mismatch),
            ("mysql_tenant", "DATA_BACKUP_DEST", "file:///t1/data", "OK"),
        ] {
            let sql = format!("ALTER SYSTEM SET {item}='{value}' TENANT = {tenant}");
            assert_eq!(it.sys(&sql), expected, "{profile} {sql}");
        }
    }
}

#[test]
fn a_refused_destination_is_left_with_a_check_file() {
    let mut it = fixture(Profile::Ee4353);
    it.cluster
        .fail_storage("file:///a/format.obbak", Some(StorageFault::PermissionDenied));
    let denied = "ERROR 9071 (HY000): no I/O operation permission at the backup destination";
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'"), denied);
    assert_eq!(
        it.cluster.list_files("file:///a/check_file"),
        Ok(vec!["1002_connect_file_20251120T080000.obbak".to_owned()])
    );
    // The directory is no longer empty, and the retry fails otherwise than the first attempt.
    it.cluster.fail_storage("file:///a/format.obbak", None);
    let retry = it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'");
    assert!(retry.starts_with("ERROR 9080 (HY000)"), "{retry}");
    assert_eq!(it.select("PATH", "CDB_OB_BACKUP_STORAGE_INFO"), "");
    it.cluster.remove_files("file:///a").expect("a writable root");
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'"), "OK");
}

#[test]
fn who_is_refused_a_directory_still_leaves_a_check_file_there() {
    let mut it = fixture(Profile::Ce4210);
    it.sys("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a' TENANT = mysql_tenant");
    let refused = it.sys("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a' TENANT = mysql_tenant_2");
    assert!(refused.starts_with("ERROR 9081"), "{refused}");
    let mut files = it.cluster.list_files("file:///a/check_file").expect("a readable root");
    files.sort();
    assert_eq!(
        files,
        [
            "1002_connect_file_20251120T080000.obbak",
            "1004_connect_file_20251120T080000.obbak"
        ]
    );
    assert_eq!(it.select("TENANT_ID", "CDB_OB_BACKUP_STORAGE_INFO"), "1002");
}

#[test]
fn a_file_in_the_way_of_the_directory_is_an_io_error() {
    let mut it = fixture(Profile::Ce4210);
    it.cluster.put_file("file:///a", "a file").expect("a writable root");
    assert_eq!(
        it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'"),
        "ERROR 4009 (58030): IO error"
    );
}

#[test]
fn broken_storage_has_the_error_of_its_kind() {
    for (profile, uri, expected) in [
        (Profile::Ce4210, "file:///a", "ERROR 4009 (58030): IO error"),
        (Profile::Ce4210, OSS, "ERROR 9003 (HY000): OSS error"),
        (
            Profile::Ce4210,
            "cos://b/p?host=h&access_id=i&access_key=k&appid=1",
            "ERROR 9060 (HY000): COS error",
        ),
        (Profile::Ee4353, OSS, "ERROR 9129 (HY000): object storage io error"),
    ] {
        let mut it = fixture(profile);
        let path = uri.split('?').next().expect("a path");
        let sql = format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{uri}'");
        it.cluster.fail_storage(path, Some(StorageFault::Unreachable));
        assert_eq!(it.user(&sql), expected, "{uri}");
        it.cluster.fail_storage(path, Some(StorageFault::OutOfSpace));
        assert_eq!(it.user(&sql), "ERROR 9082 (HY000): backup device out of space", "{uri}");
    }
}

#[test]
fn a_tenant_of_the_same_name_is_another_tenant() {
    let mut it = fixture(Profile::Ce4210);
    let sql = "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a' TENANT = mysql_tenant";
    assert_eq!(it.sys(sql), "OK");
    it.cluster.drop_tenant("mysql_tenant").expect("an existing tenant");
    assert_eq!(it.sys(sql), UNKNOWN_TENANT);
    assert_eq!(it.cluster.add_tenant("mysql_tenant", CompatibilityMode::MySql), 1006);
    assert!(it.sys(sql).starts_with("ERROR 9081"));
}

#[test]
fn the_format_file_names_its_owner() {
    let mut it = fixture(Profile::Ce4210);
    it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'");
    let content = it
        .cluster
        .storage
        .read("file:///a/format.obbak")
        .expect("a readable root");
    expect_test::expect![[r#"
        path=file:///a
        cluster_id=1
        tenant_id=1002
        incarnation=1
        dest_id=1001
        dest_type=backup_data
        cluster_name=obcluster
        tenant_name=mysql_tenant
        timestamp=20251120T080000
    "#]]
    .assert_eq(&content.unwrap_or_default());
}

#[test]
fn an_emptied_directory_becomes_a_new_destination() {
    let mut it = fixture(Profile::Ce4210);
    let sql = "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'";
    it.user(sql);
    it.cluster.remove_files("file:///a").expect("a writable root");
    assert_eq!(it.user(sql), "OK");
    assert_eq!(it.select("DEST_ID", "CDB_OB_BACKUP_STORAGE_INFO"), "1002");
    assert_eq!(it.select("DEST_ID", "CDB_OB_BACKUP_STORAGE_INFO_HISTORY"), "1001");
}

#[test]
fn a_new_key_does_not_reach_the_storage_info_of_a_known_destination() {
    let mut it = fixture(Profile::Ce4210);
    it.user(&format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{OSS}'"));
    it.pass(60);
    it.user(&format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{OSS}2'"));
    assert_eq!(it.data_dest(), format!("{OSS}2"));
    let columns = "AUTHORIZATION LAST_CHECK_TIMESTAMP CHECK_FILE_NAME";
    let row = it.select(columns, "CDB_OB_BACKUP_STORAGE_INFO");
    assert_eq!(
        row,
        "access_id=i&access_key=k | +60s | 1002_connect_file_20251120T080000.obbak"
    );
    // Without its check file the destination is written anew.
    it.cluster.remove_files("oss://b/p/check_file").expect("a bucket");
    it.user(&format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{OSS}2'"));
    let row = it.select(columns, "CDB_OB_BACKUP_STORAGE_INFO");
    assert_eq!(
        row,
        "access_id=i&access_key=k2 | +60s | 1002_connect_file_20251120T080100.obbak"
    );
    assert_eq!(it.select("DEST_ID", "CDB_OB_BACKUP_STORAGE_INFO"), "1001");
}

#[test]
fn no_mangled_statement_brings_the_cluster_down() {
    let mut it = fixture(Profile::Ce4410);
    for sql in [
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=oss://b/p?host=h&access_id=i&access_key=ß&max_iops=1 BINDING=Optional'",
        "ALTER SYSTEM /*!40100 CHANGE */ EXTERNAL_STORAGE_DEST PATH='oss://b' ATTRIBUTE=\"max_bandwidth=1MB\"",
        "SHOW PARAMETERS LIKE 'a\\%' ESCAPE '\\' TENANT größe",
        "ALTER SYSTEM BACKUP KEY TENANT = a, `b` TO 'file:///k' ENCRYPTED BY 'é'",
        "ALTER SYSTEM ARCHIVELOG TENANT = a, `b`, 'c' DESCRIPTION 'd' -- e",
    ] {
        let boundaries: Vec<usize> = (0..=sql.len()).filter(|at| sql.is_char_boundary(*at)).collect();
        for pair in boundaries.windows(2) {
            let (before, after) = (&sql[..pair[0]], &sql[pair[1]..]);
            for mangled in [
                before.to_owned(),
                format!("{before}{after}"),
                format!("{before}'{after}"),
            ] {
                it.sys(&mangled);
                it.user(&mangled);
            }
        }
    }
}

#[test]
fn names_for_groups_of_tenants_mean_nobody() {
    for (profile, name) in Profile::ALL
        .into_iter()
        .flat_map(|profile| ["all", "ALL_USER", "all_meta"].map(|name| (profile, name)))
    {
        let sql = format!("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a' TENANT = {name}");
        assert_eq!(fixture(profile).sys(&sql), UNKNOWN_TENANT);
    }
}

#[test]
fn clearing_what_was_never_set_creates_an_empty_row() {
    let mut it = fixture(Profile::Ce4210);
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST=''"), "OK");
    assert_eq!(
        it.select("NAME VALUE", "CDB_OB_BACKUP_PARAMETER"),
        "data_backup_dest | "
    );
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST=''"), "OK");
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST=''");
    assert_eq!(it.select("NAME", "CDB_OB_ARCHIVE_DEST"), "");
}
