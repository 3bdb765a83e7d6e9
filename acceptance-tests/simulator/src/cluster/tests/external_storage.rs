//! `ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST`.

use super::*;

const OSS: &str = "oss://b/p?host=h&access_id=i&access_key=k";

fn with_destinations(profile: Profile) -> Fixture {
    let mut it = fixture(profile);
    assert_eq!(it.user(&format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{OSS}'")), "OK");
    let archive = OSS.replace("/p", "/log");
    assert_eq!(
        it.user(&format!("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION={archive}'")),
        "OK"
    );
    it
}

#[test]
fn statements_are_answered_as_by_the_server() {
    let mut it = with_destinations(Profile::Ce4410);
    let file = "file:///a";
    it.user(&format!("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION={file}'"));
    for (rest, expected) in [
        (
            "PATH = 'oss://b/p?host=h' SET ACCESS_INFO = 'access_id=i&access_key=k2'",
            "OK",
        ),
        (
            "PATH 'oss://b/p?host=h' ACCESS_INFO 'access_id=i&access_key=k2' ATTRIBUTE 'max_iops=1&max_bandwidth=1MB'",
            "OK",
        ),
        ("PATH = 'oss://b/p?host=h'", ARGUMENT),
        (
            "PATH = 'oss://b/p' ATTRIBUTE = 'max_iops=1'",
            "ERROR 4018 (HY000): the path does not exist",
        ),
        (
            "PATH = 'oss://b/p/?host=h' ATTRIBUTE = 'max_iops=1'",
            "ERROR 4018 (HY000): the path does not exist",
        ),
        (
            "PATH = 'oss://b/p?host=h' ACCESS_INFO = 'access_id=i'",
            "ERROR 1210 (HY000): Incorrect arguments to reset ak/sk, access_id or access_key is null",
        ),
        (
            "PATH = 'oss://b/p?host=h' ACCESS_INFO = 'access_id=i&access_key=k&host=h'",
            "ERROR 1210 (HY000): Incorrect arguments to input access",
        ),
        (
            "PATH = 'file:///a' ACCESS_INFO = 'access_id=i&access_key=k'",
            "ERROR 1235 (0A000): reset ak/sk of nfs path not supported",
        ),
        ("PATH = 'file:///a' ATTRIBUTE = 'max_iops=1'", "OK"),
        (
            "PATH = 'oss://b/p?host=h' ATTRIBUTE = 'speed=1'",
            "ERROR 1235 (0A000): key 'speed' does not exist, changing 'speed' is not supported",
        ),
        ("PATH = 'oss://b/p?host=h' ATTRIBUTE = 'max_bandwidth=10'", ARGUMENT),
    ] {
        let sql = format!("ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST {rest}");
        assert_eq!(it.user(&sql), expected, "{sql}");
    }
    let sql = "ALTER SYSTEM MODIFY EXTERNAL_STORAGE_DEST PATH = 'oss://b/p?host=h' ATTRIBUTE = 'max_iops=1'";
    assert_eq!(
        it.sys(sql),
        "ERROR 1235 (0A000):  using the syntax under sys tenant or meta tenant is not supported"
    );
    assert_eq!(
        it.user(&format!("{sql} TENANT = mysql_tenant")),
        syntax_near("TENANT = mysql_tenant")
    );
}

#[test]
fn before_4_3_5_there_is_no_such_statement() {
    let mut it = with_destinations(Profile::Ce4210);
    let sql = "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p?host=h' ATTRIBUTE = 'max_iops=1'";
    assert!(it.user(sql).starts_with("ERROR 1064 (42000)"));
}

#[test]
fn new_credentials_reach_every_place_that_shows_them() {
    let mut it = with_destinations(Profile::Ce4410);
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.pass(20);
    for path in ["oss://b/p?host=h", "oss://b/log?host=h"] {
        let sql =
            format!("ALTER SYSTEM ALTER EXTERNAL_STORAGE_DEST PATH='{path}' ACCESS_INFO='access_id=j&access_key=k2'");
        assert_eq!(it.user(&sql), "OK");
    }
    // The data destination gains the checksum that was not typed.
    assert_eq!(
        it.data_dest(),
        "oss://b/p?host=h&access_id=j&access_key=k2&checksum_type=md5"
    );
    assert!(
        it.select("VALUE", "CDB_OB_ARCHIVE_DEST")
            .contains("oss://b/log?host=h&access_id=j&access_key=k2&checksum_type=md5")
    );
    let columns = "DEST_ID AUTHORIZATION";
    assert_eq!(
        it.select(columns, "CDB_OB_BACKUP_STORAGE_INFO"),
        "1001 | access_id=j&access_key=k2\n1002 | access_id=j&access_key=k2"
    );
    assert_eq!(
        it.select(columns, "CDB_OB_BACKUP_STORAGE_INFO_HISTORY"),
        "1001 | access_id=i&access_key=k\n1002 | access_id=i&access_key=k"
    );
}

#[test]
fn a_limit_that_is_left_out_is_lifted() {
    let mut it = with_destinations(Profile::Ee4353);
    let set = "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH='oss://b/p?host=h' ATTRIBUTE=";
    let limits = |it: &mut Fixture| {
        let rows = it.select("MAX_IOPS MAX_BANDWIDTH_DISPLAY", "CDB_OB_BACKUP_STORAGE_INFO");
        rows.lines().next().unwrap_or_default().to_owned()
    };
    it.user(&format!("{set}'max_iops=5&max_bandwidth=1GB'"));
    assert_eq!(limits(&mut it), "5 | 1.00GB/s");
    it.user(&format!("{set}'max_iops=6'"));
    assert_eq!(limits(&mut it), "6 | UNLIMITED");
}

#[test]
fn the_destination_is_tested_before_it_is_changed() {
    let mut it = with_destinations(Profile::Ee4353);
    let sql = "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH='oss://b/p?host=h' ATTRIBUTE='max_iops=5'";
    it.cluster
        .fail_storage("oss://b/p/check_file", Some(StorageFault::PermissionDenied));
    assert!(it.user(sql).starts_with("ERROR 9071"));
    it.cluster.fail_storage("oss://b/p/check_file", None);
    it.cluster.remove_files("oss://b/p/format.obbak").expect("a bucket");
    assert!(it.user(sql).starts_with("ERROR 9080"));
}

#[test]
fn a_role_has_no_key_to_change() {
    let mut it = fixture(Profile::Ee4353);
    it.user("ALTER SYSTEM SET sts_credential = 'sts_url=u&sts_ak=a&sts_sk=s'");
    assert_eq!(
        it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='s3://b/p?host=h&role_arn=r'"),
        "OK"
    );
    assert_eq!(
        it.user(
            "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH='s3://b/p?host=h' ACCESS_INFO='access_id=i&access_key=k'"
        ),
        "ERROR 1235 (0A000): reset ak/sk of path with assume role mode  not supported"
    );
}

#[test]
fn no_privilege_is_needed() {
    let mut it = with_destinations(Profile::Ee4353);
    it.cluster
        .create_user("mysql_tenant", "reader", "", Privileges::Select)
        .expect("an existing tenant");
    let reader = Viewer {
        tenant_id: MYSQL_TENANT,
        user: "reader".to_owned(),
    };
    let sql = "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH='oss://b/p?host=h' ATTRIBUTE='max_iops=5'";
    assert_eq!(it.run(&reader, sql), "OK");
}

#[test]
fn the_newest_release_takes_hints_where_to_run() {
    let set = "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH='oss://b/p?host=h' ATTRIBUTE=";
    let mut it = with_destinations(Profile::Ce4410);
    assert!(it.user(&format!("{set}'zone=zone9'")).starts_with("ERROR 9133"));
    assert_eq!(
        it.user(&format!("{set}'max_iops=3&max_bandwidth=1MB&zone=zone1'")),
        "OK"
    );
    let row = it.select("MAX_IOPS EXTENSION", "CDB_OB_BACKUP_STORAGE_INFO");
    assert!(row.starts_with("3 | checksum_type=md5&zone=zone1\n"), "{row}");
    assert_eq!(it.data_dest(), format!("{OSS}&checksum_type=md5"));
    let mut older = with_destinations(Profile::Ee4353);
    assert!(
        older
            .user(&format!("{set}'zone=zone1'"))
            .starts_with("ERROR 1235 (0A000): key 'zone'")
    );
}

#[test]
fn a_row_can_be_changed_behind_everybodys_back() {
    let mut it = with_destinations(Profile::Ee4353);
    let edit = StorageInfoEdit {
        extension: Some("delete_mode=tagging".to_owned()),
        max_iops: Some(9),
        max_bandwidth: None,
    };
    assert!(
        it.cluster
            .edit_storage_info("mysql_tenant", "oss://b/p", &edit)
            .is_err()
    );
    assert_eq!(
        it.cluster.edit_storage_info("mysql_tenant", "oss://b/p?host=h", &edit),
        Ok(())
    );
    let row = it.select("EXTENSION MAX_IOPS MAX_BANDWIDTH", "CDB_OB_BACKUP_STORAGE_INFO");
    assert!(row.starts_with("delete_mode=tagging | 9 | 0\n"), "{row}");
}

#[test]
fn what_to_change_is_asked_before_who_asks() {
    let mut it = fixture(Profile::Ee4353);
    let change = "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'file:///a'";
    assert_eq!(it.sys(change), ARGUMENT);
    assert_eq!(
        it.sys(&format!("{change} ATTRIBUTE = 'max_iops=1'")),
        "ERROR 1235 (0A000):  using the syntax under sys tenant or meta tenant is not supported"
    );
}

#[test]
fn a_running_backup_does_not_stand_in_the_way() {
    let mut it = with_destinations(Profile::Ee4353);
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(60))
        .expect("an existing tenant");
    let sql =
        "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH='oss://b/p?host=h' ACCESS_INFO='access_id=i&access_key=k2'";
    // Twice the same is fine.
    assert_eq!((it.user(sql), it.user(sql)), ("OK".to_owned(), "OK".to_owned()));
}
