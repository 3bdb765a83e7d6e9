//! Ordinary parameters, and `SHOW PARAMETERS`.

use super::*;

const NOT_NOW: &str = "ERROR 4179 (HY000): Operation not allowed now";
const INVALID: &str = "ERROR 4147 (HY000): Invalid config";

/// The values that a SHOW PARAMETERS finds, by name.
fn show(it: &mut Fixture, viewer: &Viewer, rest: &str) -> String {
    let answer = it.cluster.execute(viewer, &format!("SHOW PARAMETERS {rest}"));
    match answer.expect("a statement of the cluster") {
        Ok(Answer::Rows(table)) => table
            .rows
            .iter()
            .map(|row| format!("{}={}", shown(&row[4]), shown(&row[6])))
            .collect::<Vec<_>>()
            .join(" "),
        Ok(Answer::Done) => "OK".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn values_are_checked() {
    let mut it = fixture(Profile::Ee4353);
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log'");
    for (setting, expected) in [
        ("archive_lag_target = '120s'", "OK"),
        ("archive_lag_target = '0ms'", "OK"),
        ("archive_lag_target = '2h'", "OK"),
        ("archive_lag_target = '7201s'", INVALID),
        ("archive_lag_target = 'soon'", NOT_NOW),
        ("archive_lag_target = -1", NOT_NOW),
        ("archive_lag_target = '99999999999999999999d'", INVALID),
        ("archive_lag_target = '12' '0s'", "OK"),
        ("log_archive_concurrency = 100", "OK"),
        ("log_archive_concurrency = 101", INVALID),
        ("ha_low_thread_score = 'high'", INVALID),
        ("log_transport_compress_all = TRUE", "OK"),
        ("log_transport_compress_all = 'maybe'", INVALID),
        ("log_transport_compress_func = 'zstd_1.3.8'", "OK"),
        ("log_transport_compress_func = 'gzip'", INVALID),
        ("backup_data_file_size = '512M'", "OK"),
        ("backup_data_file_size = ' 1048576K'", "OK"),
        ("backup_data_file_size = '5G'", INVALID),
        ("backup_data_file_size = '4096'", INVALID),
        ("backup_data_file_size = 1073741824", INVALID),
        ("sts_credential = 'sts_sk=s&sts_url=u&sts_ak=a&more=x'", "OK"),
        ("sts_credential = 'sts_url=u&sts_ak=a&sts_sk='", INVALID),
        ("sts_credential = ''", INVALID),
        ("tde_method = 'internal'", "OK"),
        ("min_observer_version = '9.9.9.9'", "ERROR 1227 (42501): Access denied"),
        ("compatible = '9.9.9.9'", INVALID),
        ("nonsense = 1", UNKNOWN_PARAMETER),
        ("backup_dest = 'file:///a'", UNKNOWN_PARAMETER),
        ("auto_delete_expired_backup = True", UNKNOWN_PARAMETER),
    ] {
        assert_eq!(it.user(&format!("ALTER SYSTEM SET {setting}")), expected, "{setting}");
    }
}

#[test]
fn which_parameters_there_are_depends_on_the_release() {
    for (name, present) in [
        ("tde_method", [false, true, false]),
        ("sts_credential", [false, true, true]),
        ("ob_storage_s3_url_encode_type", [false, true, true]),
        ("archive_lag_target", [true, true, true]),
    ] {
        for (profile, present) in Profile::ALL.into_iter().zip(present) {
            let mut it = fixture(profile);
            let found = show(&mut it, &Viewer::root(SYS), &format!("LIKE '{name}'"));
            assert_eq!(!found.is_empty(), present, "{profile} {name}");
        }
    }
    for (profile, scope) in [(Profile::Ce4210, "CLUSTER"), (Profile::Ce4410, "TENANT")] {
        let mut it = fixture(profile);
        let row = it.sys("SHOW PARAMETERS LIKE 'backup_data_file_size'");
        assert!(row.contains(&format!(" | {scope} | ")), "{row}");
    }
}

#[test]
fn whose_parameter_is_set_depends_on_session_and_clause() {
    let mut it = fixture(Profile::Ce4210);
    let sys = Viewer::root(SYS);
    const SPECIAL: &str = "ERROR 1235 (0A000): use all/all_meta in 'ALTER SYSTEM SET ARCHIVE_LAG_TARGET' syntax is not \
                           supported";
    for (sql, expected) in [
        ("ALTER SYSTEM SET archive_lag_target='30s' TENANT = all_user", "OK"),
        ("ALTER SYSTEM SET archive_lag_target='40s' TENANT = mysql_tenant", "OK"),
        ("ALTER SYSTEM SET archive_lag_target='50s'", "OK"),
        ("ALTER SYSTEM SET archive_lag_target='50s' TENANT = all", SPECIAL),
        ("ALTER SYSTEM SET archive_lag_target='50s' TENANT = ALL_META", SPECIAL),
        (
            "ALTER SYSTEM SET archive_lag_target='50s' TENANT = nobody",
            UNKNOWN_TENANT,
        ),
        ("ALTER SYSTEM SET _backup_idle_time='1m'", "OK"),
        ("ALTER SYSTEM SET _backup_idle_time='1s'", INVALID),
        ("ALTER SYSTEM SET _backup_idle_time='2m' TENANT = mysql_tenant", "OK"),
        ("ALTER SYSTEM SET _backup_idle_time='2m' TENANT = all", "OK"),
        (
            "ALTER SYSTEM SET _backup_idle_time='2m' TENANT = nobody",
            UNKNOWN_TENANT,
        ),
    ] {
        assert_eq!(it.sys(sql), expected, "{sql}");
    }
    for (clause, expected) in [
        ("", "archive_lag_target=50s"),
        ("TENANT = mysql_tenant", "archive_lag_target=40s"),
        ("TENANT = mysql_tenant_2", "archive_lag_target=30s"),
    ] {
        assert_eq!(show(&mut it, &sys, &format!("LIKE 'archive_lag%' {clause}")), expected);
    }
    assert_eq!(
        it.sys("ALTER SYSTEM RESET archive_lag_target TENANT = mysql_tenant"),
        "OK"
    );
    assert_eq!(
        show(&mut it, &sys, "LIKE 'archive_lag%' TENANT = mysql_tenant"),
        "archive_lag_target=120s"
    );
    assert_eq!(
        it.select("TENANT_ID NAME VALUE ISDEFAULT", "GV$OB_PARAMETERS")
            .lines()
            .filter(|line| line.contains("archive_lag_target"))
            .collect::<Vec<_>>(),
        [
            "1 | archive_lag_target | 50s | NO",
            "1002 | archive_lag_target | 120s | YES",
            "1004 | archive_lag_target | 30s | NO"
        ]
    );
}

#[test]
fn show_parameters_takes_like_and_tenant() {
    let mut it = fixture(Profile::Ce4210);
    let sys = Viewer::root(SYS);
    for (rest, expected) in [
        ("LIKE 'min\\_observer%'", "min_observer_version=4.2.1.0"),
        ("LIKE 'COMPATIBLE' TENANT = mysql_tenant", "compatible=4.2.1.0"),
        ("LIKE 'cluster'", "cluster=obcluster"),
        ("LIKE 'cluster|_id' ESCAPE '|'", "cluster_id=1"),
        ("LIKE '\\_backup%'", ""),
        ("LIKE 'tde_method'", ""),
        ("LIKE 'data_backup_dest'", ""),
        ("LIKE 'zo' 'ne'", "zone=zone1"),
        ("LIKE 'zone' ESCAPE 'ab'", &syntax_near("LIKE 'zone' ESCAPE 'ab'")),
        ("LIKE 'zone' TENANT = nobody", UNKNOWN_TENANT),
        ("TENANT = mysql_tenant LIKE 'zone'", &syntax_near("LIKE 'zone'")),
    ] {
        assert_eq!(show(&mut it, &sys, rest), expected, "{rest}");
    }
    let user = Viewer::root(MYSQL_TENANT);
    assert_eq!(show(&mut it, &user, "LIKE 'compatible'"), "compatible=4.2.1.0");
    assert_eq!(
        show(&mut it, &user, "TENANT = mysql_tenant"),
        "ERROR 1227 (42501): Access denied"
    );
}

#[test]
fn a_shown_row_has_every_column() {
    let mut it = fixture(Profile::Ce4210);
    expect_test::expect!["zone1 | observer | 127.0.0.1 | 2882 | archive_lag_target | TIME | 120s | how far the archived log may lag behind | TENANT | TENANT | DEFAULT | DYNAMIC_EFFECTIVE | 120s | 1"]
        .assert_eq(&it.sys("SHOW PARAMETERS LIKE 'archive_lag_target'"));
}

#[test]
fn credentials_once_given_cannot_be_reset() {
    let mut it = fixture(Profile::Ee4353);
    let set = "ALTER SYSTEM SET sts_credential = 'sts_url=u&sts_ak=a&sts_sk=s'";
    assert_eq!(it.user(set), "OK");
    assert_eq!(it.user("ALTER SYSTEM RESET sts_credential"), INVALID);
    assert_eq!(
        show(&mut it, &Viewer::root(MYSQL_TENANT), "LIKE 'sts_credential'"),
        "sts_credential=sts_url=u&sts_ak=a&sts_sk=s"
    );
}

#[test]
fn defaults_and_ranges_are_the_servers() {
    let mut it = fixture(Profile::Ee4353);
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log'");
    let rows = it.select("NAME DEFAULT_VALUE SCOPE DATA_TYPE", "GV$OB_PARAMETERS");
    for (name, described, good, bad) in [
        ("_backup_idle_time", "5m | CLUSTER | TIME", "10s", "9s"),
        ("_object_storage_io_timeout", "20s | TENANT | TIME", "1200s", "1201s"),
        ("archive_lag_target", "120s | TENANT | TIME", "7200s", "7201s"),
        ("backup_data_file_size", "4G | TENANT | CAPACITY", "512M", "511M"),
        ("external_kms_info", " | TENANT | STRING", "anything", ""),
        ("ha_high_thread_score", "0 | TENANT | INT", "100", "101"),
        ("ha_low_thread_score", "0 | TENANT | INT", "0", "-1"),
        ("ha_mid_thread_score", "0 | TENANT | INT", "100", "101"),
        ("log_archive_concurrency", "0 | TENANT | INT", "0", "101"),
        ("log_restore_concurrency", "0 | TENANT | INT", "100", "101"),
        ("log_transport_compress_all", "False | TENANT | BOOL", "True", "7"),
        (
            "log_transport_compress_func",
            "lz4_1.0 | TENANT | STRING",
            "none",
            "lz5",
        ),
        (
            "ob_storage_s3_url_encode_type",
            "default | CLUSTER | STRING",
            "compliantRfc3986Encoding",
            "other",
        ),
        ("tde_method", "none | TENANT | STRING", "bkmi", "other"),
    ] {
        let row = format!("{name} | {described}");
        assert!(rows.lines().any(|line| line == row), "{row}");
        let tenant = if described.contains("TENANT") {
            "TENANT = mysql_tenant"
        } else {
            ""
        };
        let set = |value: &str| format!("ALTER SYSTEM SET {name} = '{value}' {tenant}");
        assert_eq!(it.sys(&set(good)), "OK", "{name}");
        if !bad.is_empty() {
            assert_eq!(it.sys(&set(bad)), INVALID, "{name}");
        }
    }
}

#[test]
fn what_older_releases_had_is_unknown() {
    let mut it = fixture(Profile::Ce4210);
    for name in [
        "backup_backup_dest",
        "backup_dest",
        "backup_concurrency",
        "backup_dest_option",
        "backup_recovery_window",
        "auto_delete_expired_backup",
        "auto_update_reserved_backup_timestamp",
        "backup_net_limit",
        "log_archive_batch_buffer_limit",
        "log_archive_checkpoint_interval",
        "backup_region",
        "backup_zone",
    ] {
        let sql = format!("ALTER SYSTEM SET {name} = '1'");
        assert_eq!(it.sys(&sql), UNKNOWN_PARAMETER, "{name}");
    }
}

#[test]
fn showing_needs_no_privilege() {
    let mut it = fixture(Profile::Ce4210);
    it.cluster
        .create_user("mysql_tenant", "reader", "", Privileges::Select)
        .expect("an existing tenant");
    let reader = Viewer {
        tenant_id: MYSQL_TENANT,
        user: "reader".to_owned(),
    };
    assert_eq!(show(&mut it, &reader, "LIKE 'archive_lag%'"), "archive_lag_target=120s");
    assert_eq!(show(&mut it, &reader, "LIKE 'zone'"), "zone=zone1");
}
