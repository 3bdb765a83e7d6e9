//! Archive rounds: what their rows show, and what may be done in which status.

use super::*;

const DEST: &str = "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log'";

fn status(it: &mut Fixture) -> String {
    it.select("STATUS", "CDB_OB_ARCHIVELOG")
}

fn pass_until(it: &mut Fixture, wanted: &str) {
    for _ in 0..60 {
        if status(it) == wanted {
            return;
        }
        it.pass(1);
    }
    assert_eq!(status(it), wanted);
}

#[test]
fn no_status_but_stop_lets_the_destination_be_changed() {
    let mut it = fixture(Profile::Ce4210);
    let attempts = [DEST, "ALTER SYSTEM SET LOG_ARCHIVE_DEST=''"];
    it.user(DEST);
    it.user("ALTER SYSTEM ARCHIVELOG");
    for (before, reached) in [
        ("", "PREPARE"),
        ("", "BEGINNING"),
        ("", "DOING"),
        ("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='DEFER'", "SUSPENDING"),
        ("", "SUSPEND"),
        ("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='ENABLE'", "DOING"),
    ] {
        if !before.is_empty() {
            assert_eq!(it.user(before), "OK");
        }
        pass_until(&mut it, reached);
        for sql in attempts {
            assert_eq!(it.user(sql), RUNNING, "{reached}");
        }
    }
    it.cluster
        .interrupt_archive("mysql_tenant", "lost")
        .expect("a running round");
    assert_eq!(it.user(DEST), RUNNING);
    it.user("ALTER SYSTEM NOARCHIVELOG");
    pass_until(&mut it, "STOPPING");
    assert_eq!(it.user(DEST), RUNNING);
    pass_until(&mut it, "STOP");
    for sql in [
        DEST,
        DEST,
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST=''",
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST=''",
    ] {
        assert_eq!(it.user(sql), "OK");
    }
}

#[test]
fn the_remaining_columns_of_a_round() {
    let mut it = fixture(Profile::Ce4210);
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log COMPRESSION=enable'");
    it.user("ALTER SYSTEM ARCHIVELOG");
    pass_until(&mut it, "DOING");
    assert_eq!(
        it.select(
            "TENANT_ID DEST_ID ROUND_ID INCARNATION DEST_NO START_SCN START_SCN_DISPLAY COMPATIBLE UNIT_SIZE COMPRESSION \
             COMPRESSION_RATIO OUTPUT_BYTES_DISPLAY DELETED_INPUT_BYTES DELETED_OUTPUT_BYTES COMMENT PATH",
            "CDB_OB_ARCHIVELOG"
        ),
        format!(
            "1002 | 1001 | 1 | 1 | 0 | {}000000000 | +3s | 1 | 1 | lz4_1.0 | 1.00 | 0.09MB | 0 | 0 |  | file:///log",
            START + 3
        )
    );
}

#[test]
fn a_comma_belongs_to_the_path() {
    let mut it = fixture(Profile::Ce4210);
    assert_eq!(
        it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///a,BINDING=Mandatory'"),
        "OK"
    );
    let rows = it.select("NAME VALUE", "CDB_OB_ARCHIVE_DEST");
    assert!(rows.contains("path | file:///a,BINDING=Mandatory"), "{rows}");
    assert!(rows.contains("binding | OPTIONAL"), "{rows}");
}

#[test]
fn an_unknown_name_in_a_list_means_that_nothing_is_done() {
    let mut it = fixture(Profile::Ce4210);
    assert_eq!(
        it.sys("ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant, nobody"),
        UNKNOWN_TENANT
    );
    let modes = it.select("LOG_MODE", "DBA_OB_TENANTS");
    assert!(modes.lines().all(|mode| mode == "NOARCHIVELOG"), "{modes}");
}

#[test]
fn snapshots_keep_the_archive_running_since_4_3_0() {
    for (profile, expected) in [
        (Profile::Ce4210, "OK"),
        (
            Profile::Ee4353,
            "ERROR 4179 (HY000): tenant snapshots exist, close log archive not allowed",
        ),
    ] {
        let mut it = fixture(profile);
        it.cluster
            .set_snapshots("mysql_tenant", true)
            .expect("an existing tenant");
        assert_eq!(
            it.user("ALTER SYSTEM NOARCHIVELOG"),
            "ERROR 9092 (HY000): Already in NOARCHIVELOG mode"
        );
        it.user("ALTER SYSTEM ARCHIVELOG");
        assert_eq!(it.user("ALTER SYSTEM NOARCHIVELOG"), expected);
    }
}

#[test]
fn archiving_waits_for_a_tenant_to_be_normal() {
    let mut it = fixture(Profile::Ce4210);
    it.user(DEST);
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.cluster
        .set_tenant_status("mysql_tenant", TenantStatus::Creating)
        .expect("an existing tenant");
    it.pass(600);
    assert_eq!(status(&mut it), "");
    it.cluster
        .set_tenant_status("mysql_tenant", TenantStatus::Normal)
        .expect("an existing tenant");
    pass_until(&mut it, "DOING");
}

#[test]
fn a_round_does_not_start_on_media_that_fail() {
    let mut it = fixture(Profile::Ce4210);
    it.user(DEST);
    for fault in [
        StorageFault::Unreachable,
        StorageFault::PermissionDenied,
        StorageFault::ReadOnly,
        StorageFault::OutOfSpace,
    ] {
        it.cluster.fail_storage("file:///log", Some(fault));
        assert_eq!(it.sys("ALTER SYSTEM ARCHIVELOG"), "OK");
        it.pass(86_400);
        assert_eq!(status(&mut it), "", "{fault:?}");
    }
    it.cluster.fail_storage("file:///log", None);
    it.pass(20);
    assert_eq!(status(&mut it), "DOING");
}

#[test]
fn a_round_does_not_start_without_its_format_file() {
    let mut it = fixture(Profile::Ce4210);
    it.user(DEST);
    it.cluster
        .remove_files("file:///log/format.obbak")
        .expect("a writable root");
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.pass(86_400);
    assert_eq!(status(&mut it), "");
}
