//! Storage URIs: what is accepted, and what is read back.

use super::*;

/// What `SET DATA_BACKUP_DEST` answers in a fresh cluster, and the value read back when it is fine.
fn set(profile: Profile, uri: &str) -> String {
    let mut it = fixture(profile);
    match it.user(&format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{uri}'")).as_str() {
        "OK" => it.data_dest(),
        error => error.split(':').next().unwrap_or_default().to_owned(),
    }
}

const INVALID: &str = "ERROR 9026 (HY000)";
const WRONG: &str = "ERROR 1210 (HY000)";
const CHECKSUM: &str = "ERROR 9113 (HY000)";

#[test]
fn schemes_depend_on_the_release() {
    let keys = "host=h&access_id=i&access_key=k";
    for (scheme, in_4_2_1, since_4_3_5) in [
        ("oss", "", ""),
        ("s3", INVALID, ""),
        ("azblob", INVALID, ""),
        ("hdfs", INVALID, "ERROR 1235 (0A000)"),
        ("obs", INVALID, INVALID),
        ("gs", INVALID, INVALID),
        ("minio", INVALID, INVALID),
        ("http", INVALID, INVALID),
    ] {
        let uri = format!("{scheme}://b/p?{keys}");
        let or_uri = |expected: &str| {
            if expected.is_empty() {
                uri.clone()
            } else {
                expected.to_owned()
            }
        };
        assert_eq!(set(Profile::Ce4210, &uri), or_uri(in_4_2_1), "{uri}");
        assert_eq!(set(Profile::Ce4410, &uri), or_uri(since_4_3_5), "{uri}");
    }
}

#[test]
fn tokens_are_checked_one_by_one_and_then_for_completeness() {
    for (uri, expected) in [
        ("file:///a?unknown=1&HOST=h", "file:///a"),
        ("file:///a?host=h", INVALID),
        ("file:///a?access_id=i", INVALID),
        ("file:///a?access_key=k", INVALID),
        ("file:///a?delete_mode=delete", INVALID),
        ("file:///a?delete_mode=DELETE", INVALID),
        ("file:///a?appid=1", WRONG),
        ("file:///a?s3_region=r", WRONG),
        ("file:///a?role_arn=r", INVALID),
        ("file:///a?external_id=e", INVALID),
        ("file:///a?enable_worm=true", INVALID),
        ("file:///a?checksum_type=crc32", "file:///a?checksum_type=crc32"),
        ("file:///a?checksum_type=sha1", WRONG),
        (
            "file:///a?addressing_model=path_style",
            "file:///a?addressing_model=path_style",
        ),
        ("file:///a?max_iops=5&max_bandwidth=1GB", "file:///a"),
        ("file:///a?encrypt_key=x", INVALID),
        (
            "oss://b/p/?host=h&access_id=i&access_key=k",
            "oss://b/p?host=h&access_id=i&access_key=k",
        ),
        (
            "oss://b/p?access_key=k&delete_mode=tagging&&host=h&access_id=i&x=y",
            "oss://b/p?host=h&access_id=i&access_key=k&delete_mode=tagging",
        ),
        (
            "oss://b/p?host=a&host=b&access_id=i&access_key=k",
            "oss://b/p?host=a&host=b&access_id=i&access_key=k",
        ),
        ("oss://b/p?access_id=i&access_key=k", INVALID),
        ("oss://b/p?host=h&access_key=k", INVALID),
        ("oss://b/p?host=h&access_id=i", INVALID),
        ("oss://b/p", INVALID),
        ("oss://b/p?host=h&access_id=i&access_key=k&delete_mode=purge", WRONG),
        ("oss://b/p?host=h&access_id=i&access_key=k&appid=1", WRONG),
        ("oss://b/p?host=h&access_id=i&access_key=k&s3_region=r", WRONG),
        (
            "oss://b/p?host=h&access_id=i&access_key=k&checksum_type=crc32",
            CHECKSUM,
        ),
        ("oss://b/p?checksum_type=crc32", CHECKSUM),
        (
            "oss://b/p?host=h&access_id=i&access_key=k&checksum_type=no_checksum",
            "oss://b/p?host=h&access_id=i&access_key=k&checksum_type=no_checksum",
        ),
        ("oss://b/p?host=h&access_id=i&access_key=k&addressing_model=host", WRONG),
        ("oss://b/p?host=h&access_id=i&access_key=k&max_iops=many", WRONG),
        ("oss://b/p?host=h&access_id=i&access_key=k&max_bandwidth=10", WRONG),
        ("oss://b/p?host=h&access_id=i&access_key=k&max_bandwidth=10MB/s", WRONG),
        ("oss://b/p?host=h&access_id=i&access_key=k&enable_worm=yes", WRONG),
        ("oss://b/p?host=h&access_id=i&access_key=k&enable_worm=true", INVALID),
        (
            "oss://b/p?host=h&access_id=i&access_key=k&enable_worm=true&checksum_type=md5",
            "oss://b/p?host=h&access_id=i&access_key=k&enable_worm=true&checksum_type=md5",
        ),
        ("oss://b/p?host=h&role_arn=r", "ERROR 4023 (HY000)"),
        ("cos://b/p?host=h&access_id=i&access_key=k", INVALID),
        (
            "cos://b/p?host=h&access_id=i&access_key=k&appid=1",
            "cos://b/p?host=h&access_id=i&access_key=k&appid=1",
        ),
        (
            "cos://b/p?host=h&access_id=i&access_key=k&appid=1&checksum_type=crc32",
            CHECKSUM,
        ),
        (
            "cos://b/p?host=h&access_id=i&access_key=k&appid=1&enable_worm=true&checksum_type=md5",
            INVALID,
        ),
        (
            "s3://b/p?host=h&access_id=i&access_key=k&s3_region=r&checksum_type=crc32",
            "s3://b/p?host=h&access_id=i&access_key=k&s3_region=r&checksum_type=crc32",
        ),
        (
            "s3://b/p?host=h&access_id=i&access_key=k&checksum_type=no_checksum",
            "s3://b/p?host=h&access_id=i&access_key=k&checksum_type=no_checksum",
        ),
        ("azblob://b/p?host=h&role_arn=r", INVALID),
        (
            "oss://b/p?host=h&access_id=i&access_key=k&zone=zone1&region=sys_region",
            "oss://b/p?host=h&access_id=i&access_key=k",
        ),
        (
            "oss://b/p?host=h&access_id=i&access_key=k&zone=zone9",
            "ERROR 9133 (HY000)",
        ),
    ] {
        assert_eq!(set(Profile::Ce4410, uri), expected, "{uri}");
    }
}

#[test]
fn before_4_3_5_newer_keys_are_unknown_and_appid_is_kept_anywhere() {
    for (uri, expected) in [
        (
            "file:///a?checksum_type=sha1&s3_region=r&max_iops=many&role_arn=r",
            "file:///a",
        ),
        ("file:///a?appid=1", "file:///a?appid=1"),
        ("file:///a?delete_mode=delete", INVALID),
        (
            "oss://b/p?host=h&access_id=i&access_key=k&appid=1&checksum_type=crc32",
            "oss://b/p?host=h&access_id=i&access_key=k&appid=1",
        ),
        (
            "cos://b/p?host=h/&access_id=i&access_key=k&appid=1&delete_mode=tagging",
            "cos://b/p?host=h/&access_id=i&access_key=k&appid=1&delete_mode=tagging",
        ),
        ("oss://b/p?host=h&role_arn=r", INVALID),
        (
            "oss://b/p?host=h&access_id=i&access_key=k&zone=zone9",
            "oss://b/p?host=h&access_id=i&access_key=k",
        ),
    ] {
        assert_eq!(set(Profile::Ce4210, uri), expected, "{uri}");
    }
}

#[test]
fn lengths_are_limited() {
    let uri = |host: usize, id: usize, key: usize, extra: usize| {
        let text = |length: usize| "x".repeat(length);
        format!(
            "oss://b/p?host={}&access_id={}&access_key={}&y={}",
            text(host),
            text(id),
            text(key),
            text(extra)
        )
    };
    let path = |length: usize| format!("file:///{}", "x/".repeat(length / 2));
    for (uri, of_4_2_1, of_4_4_1) in [
        (uri(250, 245, 244, 1), "ok", "ok"),
        (uri(251, 1, 1, 1), WRONG, WRONG),
        (uri(1, 246, 1, 1), WRONG, WRONG),
        (uri(1, 1, 245, 1), WRONG, "ok"),
        (uri(1, 1, 501, 1), WRONG, WRONG),
        (uri(1, 1, 1, 1555), "ok", "ok"),
        (uri(1, 1, 1, 1600), INVALID, INVALID),
        (path(1000), "ok", "ok"),
        (path(1020), INVALID, INVALID),
        (path(2048), INVALID, INVALID),
        (
            format!("s3://b?host=h&access_id=i&access_key=k&s3_region={}", "x".repeat(118)),
            INVALID,
            WRONG,
        ),
        (
            format!(
                "oss://b?host=h&access_id=i&access_key=k{}",
                "&delete_mode=delete".repeat(27)
            ),
            WRONG,
            WRONG,
        ),
        (
            format!(
                "oss://b?host=h&access_id=i&access_key=k{}",
                "&delete_mode=delete".repeat(26)
            ),
            "ok",
            "ok",
        ),
    ] {
        for (profile, expected) in [(Profile::Ce4210, of_4_2_1), (Profile::Ce4410, of_4_4_1)] {
            let answer = set(profile, &uri);
            let answer = if answer.starts_with("ERROR") {
                answer.as_str()
            } else {
                "ok"
            };
            assert_eq!(answer, expected, "{profile} {uri}");
        }
    }
}

/// VALUE of the data destination, `path` of the archive destination, and the storage-info row.
fn read_back(profile: Profile, uri: &str) -> String {
    let mut it = fixture(profile);
    assert_eq!(
        it.user(&format!(
            "ALTER SYSTEM SET DATA_BACKUP_DEST='{}'",
            uri.replace("/p", "/data")
        )),
        "OK"
    );
    assert_eq!(
        it.user(&format!(
            "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION={}'",
            uri.replace("/p", "/log")
        )),
        "OK"
    );
    let archive = it.select("NAME VALUE", "CDB_OB_ARCHIVE_DEST");
    let path = archive
        .lines()
        .find(|line| line.starts_with("path"))
        .unwrap_or_default();
    let columns = "DEST_ID DEST_TYPE PATH ENDPOINT AUTHORIZATION EXTENSION";
    format!(
        "{}\n{path}\n{}\n",
        it.data_dest(),
        it.select(columns, "CDB_OB_BACKUP_STORAGE_INFO")
    )
}

#[test]
fn read_back_depends_on_edition_and_release() {
    let oss = "oss://b/p?delete_mode=tagging&access_key=k&host=h&access_id=i";
    expect_test::expect![[r#"
        oss://b/data?host=h&access_id=i&access_key=k&delete_mode=tagging
        path | oss://b/log?host=h&access_id=i&access_key=k&delete_mode=tagging
        1001 | backup_data | oss://b/data | host=h | access_id=i&access_key=k | delete_mode=tagging
        1002 | archive_log | oss://b/log | host=h | access_id=i&access_key=k | delete_mode=tagging
    "#]]
    .assert_eq(&read_back(Profile::Ce4210, oss));
    expect_test::expect![[r#"
        oss://b/data?host=h&access_id=i&access_key=k&delete_mode=tagging
        path | oss://b/log?host=h&access_id=i&access_key=k&delete_mode=tagging&checksum_type=md5
        1001 | backup_data | oss://b/data | host=h | access_id=i&access_key=k | delete_mode=tagging&checksum_type=md5
        1002 | archive_log | oss://b/log | host=h | access_id=i&access_key=k | delete_mode=tagging&checksum_type=md5
    "#]]
    .assert_eq(&read_back(Profile::Ce4410, oss));
    let enterprise = read_back(Profile::Ee4353, oss);
    assert!(
        enterprise.starts_with("oss://b/data?host=h&access_id=i&encrypt_key="),
        "{enterprise}"
    );
    assert!(!enterprise.contains("access_key"), "{enterprise}");
    expect_test::expect![[r#"
        file:///data
        path | file:///log
        1001 | backup_data | file:///data |  |  | 
        1002 | archive_log | file:///log |  |  | 
    "#]]
    .assert_eq(&read_back(Profile::Ee4353, "file:///p"));
}

#[test]
fn cipher_text_is_the_same_for_the_same_key_only() {
    let key = |key: &str| {
        set(
            Profile::Ee4353,
            &format!("oss://b/p?host=h&access_id=i&access_key={key}"),
        )
    };
    assert_eq!(key("one"), key("one"));
    assert_ne!(key("one"), key("two"));
    let cipher = key("one");
    let (_, hex) = cipher.split_once("encrypt_key=").expect("an encrypted key");
    assert_eq!(hex.len(), 32);
}

#[test]
fn a_role_needs_the_service_that_lends_credentials() {
    let mut it = fixture(Profile::Ce4410);
    let set = "ALTER SYSTEM SET DATA_BACKUP_DEST='s3://b/p?host=h&role_arn=r&external_id=e&delete_mode=delete";
    assert_eq!(it.user(&format!("{set}'")), "ERROR 4023 (HY000): Try again");
    it.user("ALTER SYSTEM SET sts_credential = 'sts_url=u&sts_ak=a&sts_sk=s'");
    assert_eq!(it.user(&format!("{set}&access_id=i&access_key=k'")), NOT_A_DESTINATION);
    assert_eq!(it.user(&format!("{set}'")), "OK");
    assert_eq!(
        it.data_dest(),
        "s3://b/p?host=h&role_arn=r&external_id=e&delete_mode=delete"
    );
    assert_eq!(
        it.select("AUTHORIZATION", "CDB_OB_BACKUP_STORAGE_INFO"),
        "role_arn=r&external_id=e"
    );
}

#[test]
fn limits_and_hints_live_in_the_storage_info_alone() {
    let mut it = fixture(Profile::Ce4410);
    it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/p?host=h&access_id=i&access_key=k&max_iops=7&max_bandwidth=10MB&zone=zone1'");
    assert_eq!(it.data_dest(), "oss://b/p?host=h&access_id=i&access_key=k");
    assert_eq!(
        it.select(
            "EXTENSION MAX_IOPS MAX_BANDWIDTH MAX_BANDWIDTH_DISPLAY",
            "CDB_OB_BACKUP_STORAGE_INFO"
        ),
        "checksum_type=md5&zone=zone1 | 7 | 10485760 | 10.00MB/s"
    );
}

#[test]
fn limits_are_read_as_far_as_they_are_numbers() {
    let mut it = fixture(Profile::Ee4353);
    for (limits, shown) in [
        ("max_iops=7x", "7 | 0"),
        ("max_iops= 7", "7 | 0"),
        ("max_iops=99999999999999999999", "9223372036854775807 | 0"),
        ("max_bandwidth= 10mb", "0 | 10485760"),
        ("max_bandwidth=MB", "0 | 0"),
        ("max_bandwidth=1.5GB", ARGUMENT),
        ("max_iops=", ARGUMENT),
    ] {
        let set = format!("ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/p?host=h&access_id=i&access_key=k&{limits}'");
        let answer = match it.user(&set).as_str() {
            "OK" => it.select("MAX_IOPS MAX_BANDWIDTH", "CDB_OB_BACKUP_STORAGE_INFO"),
            error => error.to_owned(),
        };
        assert_eq!(answer, shown, "{limits}");
        it.cluster.remove_files("oss://b/p").expect("storage that works");
    }
}

#[test]
fn a_wrong_enable_worm_is_named() {
    let mut it = fixture(Profile::Ee4353);
    let set = "ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/p?host=h&access_id=i&access_key=k&enable_worm=yes'";
    assert_eq!(
        it.user(set),
        "ERROR 1210 (HY000): Incorrect arguments to set eanble_worm. eanble_worm must be true or false"
    );
}

#[test]
fn a_checksum_suits_its_scheme() {
    let keys = "host=h&access_id=i&access_key=k";
    for (checksum, oss, cos, s3) in [
        ("no_checksum", "ok", "ok", "ok"),
        ("md5", "ok", "ok", "ok"),
        ("crc32", CHECKSUM, CHECKSUM, "ok"),
    ] {
        for (uri, expected) in [
            (format!("oss://b/p?{keys}"), oss),
            (format!("cos://b/p?{keys}&appid=1"), cos),
            (format!("s3://b/p?{keys}"), s3),
        ] {
            let uri = format!("{uri}&checksum_type={checksum}");
            let expected = if expected == "ok" { uri.as_str() } else { expected };
            assert_eq!(set(Profile::Ce4410, &uri), expected);
        }
        let file = format!("file:///a?checksum_type={checksum}");
        assert_eq!(set(Profile::Ce4410, &file), file);
    }
}

#[test]
fn values_are_taken_byte_for_byte() {
    for uri in [
        "oss://b/p?host=h&access_id=i&access_key=a%2Fb",
        "oss://b/p?host=h&access_id=i&access_key=a?b",
        "oss://b/p q?host=h&access_id=i&access_key=k",
    ] {
        assert_eq!(set(Profile::Ce4210, uri), uri);
    }
    assert_eq!(
        set(Profile::Ce4210, "oss://b/p?host=h&access_id=i&access_key=a&b"),
        "oss://b/p?host=h&access_id=i&access_key=a"
    );
    assert_eq!(set(Profile::Ce4210, "file:///a\n/b"), "file:///a\n/b");
}

#[test]
fn a_directory_need_not_be_absolute() {
    for uri in ["file://tmp/x", "file:///a//b"] {
        assert_eq!(set(Profile::Ce4210, uri), uri);
    }
    assert_eq!(set(Profile::Ce4210, "file://"), "file://");
}

#[test]
fn refusals_have_the_servers_texts() {
    let mut it = fixture(Profile::Ee4353);
    for (uri, expected) in [
        (
            "oss://b/p?host=h&access_id=i&encrypt_key=00",
            "ERROR 9026 (HY000): backup destination contains encrypt_key, which is not a valid uri",
        ),
        ("hdfs://namenode/p", "ERROR 1235 (0A000): HDFS storage not supported"),
        (
            "oss://b/p?host=h&access_id=i&access_key=k&checksum_type=crc32",
            "ERROR 9113 (HY000): checksum type crc32 is not supported for the input destination",
        ),
        ("gs://b/p", NOT_A_DESTINATION),
        ("oss://b/p?host=h&access_id=i&access_key=k&delete_mode=purge", ARGUMENT),
    ] {
        let sql = format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{uri}'");
        assert_eq!(it.user(&sql), expected, "{uri}");
    }
}

#[test]
fn roles_are_limited_in_length_too() {
    let role = |role: usize, external: usize| {
        let mut it = fixture(Profile::Ee4353);
        it.user("ALTER SYSTEM SET sts_credential = 'sts_url=u&sts_ak=a&sts_sk=s'");
        let (role, external) = ("x".repeat(role), "x".repeat(external));
        it.user(&format!(
            "ALTER SYSTEM SET DATA_BACKUP_DEST='s3://b/p?host=h&role_arn={role}&external_id={external}'"
        ))
    };
    // The limits count `role_arn=` and `external_id=`.
    assert_eq!(role(246, 115), "OK");
    assert_eq!(role(247, 1), ARGUMENT);
    assert_eq!(role(1, 116), ARGUMENT);
}
