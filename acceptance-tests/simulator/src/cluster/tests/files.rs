//! What statements do to the files of a destination, and what files do to statements.

use super::*;

const SET: &str = "ALTER SYSTEM SET DATA_BACKUP_DEST='file:///a'";
const DENIED: &str = "ERROR 9071 (HY000): no I/O operation permission at the backup destination";
const FORMAT: &str = "file:///a/format.obbak";

#[test]
fn only_the_recorded_check_file_of_a_tenant_stays() {
    let mut it = fixture(Profile::Ce4210);
    it.user(SET);
    for name in [
        "1002_connect_file_20200101T000000",
        "1004_connect_file_20200101T000000",
        "other",
    ] {
        let path = format!("file:///a/check_file/{name}.obbak");
        it.cluster.put_file(&path, "").expect("a writable root");
    }
    it.pass(60);
    assert_eq!(it.user(SET), "OK");
    let mut files = it.cluster.list_files("file:///a/check_file").expect("a readable root");
    files.sort();
    assert_eq!(
        files,
        [
            "1002_connect_file_20251120T080000.obbak",
            "1004_connect_file_20200101T000000.obbak",
            "other.obbak"
        ]
    );
    assert_eq!(it.select("LAST_CHECK_TIMESTAMP", "CDB_OB_BACKUP_STORAGE_INFO"), "+60s");
}

#[test]
fn names_and_times_in_a_format_file_are_not_compared() {
    for (line, replacement, accepted) in [
        ("cluster_name=obcluster", "cluster_name=elsewhere", true),
        ("tenant_name=mysql_tenant", "tenant_name=renamed", true),
        ("timestamp=20251120T080000", "timestamp=20200101T000000", true),
        ("path=file:///a", "path=file:///b", false),
        ("cluster_id=1", "cluster_id=2", false),
        ("tenant_id=1002", "tenant_id=1004", false),
        ("incarnation=1", "incarnation=2", false),
        ("dest_id=1001", "dest_id=1002", false),
        ("dest_type=backup_data", "dest_type=archive_log", false),
    ] {
        let mut it = fixture(Profile::Ee4353);
        it.user(SET);
        let content = it
            .cluster
            .storage
            .read(FORMAT)
            .expect("a readable root")
            .unwrap_or_default();
        assert!(content.contains(line), "{line}");
        let changed = content.replace(line, replacement);
        it.cluster.put_file(FORMAT, &changed).expect("a writable root");
        let expected = if accepted {
            "OK"
        } else {
            "ERROR 9081 (HY000): format file does not match, try to set a new directory."
        };
        assert_eq!(it.user(SET), expected, "{replacement}");
    }
}

#[test]
fn object_storage_is_tried_out_each_time_and_a_directory_only_at_first() {
    let mut it = fixture(Profile::Ee4353);
    let oss = "ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/a?host=h&access_id=i&access_key=k'";
    for (sql, path, again) in [(oss, "oss://b/a", DENIED), (SET, "file:///a", "OK")] {
        assert_eq!(it.user(sql), "OK");
        it.cluster.fail_storage(path, Some(StorageFault::ReadOnly));
        assert_eq!(it.user(sql), again, "{path}");
        it.cluster.fail_storage(path, None);
        assert_eq!(it.user(sql), "OK");
    }
}

#[test]
fn nothing_can_be_set_up_on_media_that_cannot_be_written() {
    for (fault, expected) in [
        (StorageFault::ReadOnly, DENIED),
        (
            StorageFault::OutOfSpace,
            "ERROR 9082 (HY000): backup device out of space",
        ),
    ] {
        let mut it = fixture(Profile::Ce4210);
        it.cluster.fail_storage("file:///a", Some(fault));
        assert_eq!(it.user(SET), expected);
        assert_eq!(it.cluster.list_files("file:///a"), Ok(Vec::new()));
        it.cluster.fail_storage("file:///a", None);
        assert_eq!(it.user(SET), "OK");
    }
}

#[test]
fn a_statement_that_times_out_leaves_files_and_no_rows() {
    const TIMEOUT: &str = "ERROR 4012 (HY000): Timeout";
    for (point, retry) in [
        (AbandonedClaim::AfterCheckFile, "ERROR 9080"),
        (AbandonedClaim::AfterFormatFile, "ERROR 9081"),
    ] {
        for sql in [SET, "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///a'"] {
            let mut it = fixture(Profile::Ee4353);
            it.cluster
                .abandon_next_claim("mysql_tenant", point)
                .expect("an existing tenant");
            assert_eq!(it.user(sql), TIMEOUT);
            assert_eq!(it.data_dest(), "");
            assert_eq!(it.select("NAME", "CDB_OB_ARCHIVE_DEST"), "");
            assert_eq!(it.select("PATH", "CDB_OB_BACKUP_STORAGE_INFO"), "");
            assert!(it.user(sql).starts_with(retry));
            it.cluster.remove_files("file:///a").expect("a writable root");
            assert_eq!(it.user(sql), "OK");
            assert_eq!(it.select("DEST_ID", "CDB_OB_BACKUP_STORAGE_INFO"), "1001");
        }
    }
}

#[test]
fn no_path_shows_credentials() {
    let mut it = fixture(Profile::Ce4210);
    let uri = |path: &str| format!("oss://b/{path}?host=h&access_id=i&access_key=s3cr3t");
    it.user(&format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{}'", uri("data")));
    it.user(&format!("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION={}'", uri("log")));
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(3600))
        .expect("an existing tenant");
    it.pass(20);
    for (view, expected) in [
        ("CDB_OB_ARCHIVELOG", "oss://b/log?host=h"),
        ("CDB_OB_ARCHIVELOG_SUMMARY", "oss://b/log?host=h"),
        ("CDB_OB_ARCHIVELOG_PIECE_FILES", "oss://b/log?host=h"),
        ("V$OB_ARCHIVE_DEST_STATUS", "oss://b/log?host=h"),
        ("CDB_OB_BACKUP_JOBS", "oss://b/data?host=h"),
    ] {
        assert_eq!(it.select("PATH", view), expected, "{view}");
    }
}
