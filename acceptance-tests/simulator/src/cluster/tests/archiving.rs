//! Log archiving: destination, state, log mode, rounds and pieces.

use super::*;

const DEST: &str = "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log'";
const DAY: u64 = 86_400;

fn destination(it: &mut Fixture) -> String {
    it.select("DEST_NO NAME VALUE", "CDB_OB_ARCHIVE_DEST")
}

fn status(it: &mut Fixture) -> String {
    it.select("ROUND_ID STATUS", "CDB_OB_ARCHIVELOG")
}

/// Waits turn by turn, and lists the statuses passed on the way.
fn statuses(it: &mut Fixture) -> String {
    let mut seen = vec![status(it)];
    for _ in 0..30 {
        it.pass(1);
        let next = status(it);
        if seen.last() != Some(&next) {
            seen.push(next);
        }
    }
    seen.join(", ")
}

fn archiving(profile: Profile) -> Fixture {
    let mut it = fixture(profile);
    assert_eq!(it.user(DEST), "OK");
    assert_eq!(it.user("ALTER SYSTEM ARCHIVELOG"), "OK");
    it.pass(20);
    assert_eq!(status(&mut it), "1 | DOING");
    it
}

#[test]
fn the_value_is_a_language_of_its_own() {
    const NO_LOCATION: &str = "ERROR 1235 (0A000): set archive dest without location is not supported";
    const RANGE: &str = "ERROR 1235 (0A000): invalid piece_switch_interval out of range [1d,7d] is not supported";
    let long = format!("LOCATION=file:///a BINDING=Optional{}", " ".repeat(2048));
    for (value, expected) in [
        ("LOCATION=file:///a", "OK"),
        (
            "  location=file:///a   Binding=mandatory  PIECE_SWITCH_INTERVAL=7d ",
            "OK",
        ),
        ("PIECE_SWITCH_INTERVAL=86400 LOCATION=file:///a", "OK"),
        ("LOCATION=file:///a COMPRESSION=enable", "OK"),
        ("LOCATION=file:///a COMPRESSION=maybe", UNSUPPORTED),
        ("LOCATION = file:///a", ARGUMENT),
        ("LOCATION=", ARGUMENT),
        ("LOCATION=bad", NOT_A_DESTINATION),
        ("LOCATION=oss://b/p?host=h", NOT_A_DESTINATION),
        ("file:///a", UNSUPPORTED),
        ("oss://b/p?host=h&access_id=i&access_key=k", UNSUPPORTED),
        ("LOCATION=file:///a LAG_TARGET=1s", UNSUPPORTED),
        ("LOCATION=file:///a STATE=ENABLE", UNSUPPORTED),
        ("BINDING=Optional", NO_LOCATION),
        (" ", NO_LOCATION),
        ("LOCATION=file:///a BINDING=Maybe", ARGUMENT),
        ("LOCATION=file:///a BINDING=", ARGUMENT),
        ("LOCATION=file:///a PIECE_SWITCH_INTERVAL=soon", ARGUMENT),
        ("LOCATION=file:///a PIECE_SWITCH_INTERVAL=30s", ARGUMENT),
        ("LOCATION=file:///a PIECE_SWITCH_INTERVAL=12h", RANGE),
        ("LOCATION=file:///a PIECE_SWITCH_INTERVAL=99999999999999d", RANGE),
        ("LOCATION=file:///a PIECE_SWITCH_INTERVAL=8d", RANGE),
        (
            "LOCATION=file:///a PIECE_SWITCH_INTERVAL=99999999999999999999d",
            ARGUMENT,
        ),
        ("LOCATION=nonsense BINDING=Maybe", NOT_A_DESTINATION),
        ("BINDING=Maybe LOCATION=nonsense", ARGUMENT),
        ("=", "ERROR 4016 (HY000): Internal error"),
        (&long, "ERROR 4019 (HY000): Size overflow"),
        ("LOCATION=file:///a,BINDING=Optional", "OK"),
    ] {
        let mut it = fixture(Profile::Ee4353);
        assert_eq!(
            it.user(&format!("ALTER SYSTEM SET LOG_ARCHIVE_DEST='{value}'")),
            expected,
            "{value}"
        );
    }
    let mut newest = fixture(Profile::Ce4410);
    assert_eq!(
        newest.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///a COMPRESSION=enable'"),
        UNSUPPORTED
    );
}

#[test]
fn five_rows_or_none() {
    let mut it = fixture(Profile::Ce4210);
    assert_eq!(destination(&mut it), "");
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log/ BINDING=Mandatory PIECE_SWITCH_INTERVAL=36h'");
    expect_test::expect![[r#"
        0 | binding | MANDATORY
        0 | dest_id | 1001
        0 | path | file:///log
        0 | piece_switch_interval | 1d
        0 | state | ENABLE"#]]
    .assert_eq(&destination(&mut it));
    // What is left out goes back to its default, and so does the state.
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='defer'");
    assert!(destination(&mut it).ends_with("state | defer"));
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log COMPRESSION=enable'");
    expect_test::expect![[r#"
        0 | binding | OPTIONAL
        0 | compression | enable
        0 | dest_id | 1001
        0 | path | file:///log
        0 | piece_switch_interval | 1d
        0 | state | ENABLE"#]]
    .assert_eq(&destination(&mut it));
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST=''");
    assert_eq!(destination(&mut it), "");
}

#[test]
fn the_state_is_stored_as_typed_and_needs_no_destination() {
    let mut it = fixture(Profile::Ce4210);
    for (sql, expected) in [
        ("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='Defer'", "OK"),
        ("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='off'", ARGUMENT),
        ("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE=''", ARGUMENT),
        ("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE_8='enable'", "OK"),
        ("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE_9='enable'", UNKNOWN_PARAMETER),
        ("ALTER SYSTEM SET LOG_ARCHIVE_DEST_1='LOCATION=file:///one'", "OK"),
        (
            "ALTER SYSTEM SET LOG_ARCHIVE_DEST_9='LOCATION=file:///one'",
            UNKNOWN_PARAMETER,
        ),
    ] {
        assert_eq!(it.user(sql), expected, "{sql}");
    }
    assert_eq!(
        it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE=ENABLE"),
        syntax_near("ENABLE")
    );
    assert_eq!(it.sys("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='x'"), UNSUPPORTED);
    assert_eq!(
        it.sys("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='x' TENANT=sys"),
        ARGUMENT
    );
    assert_eq!(it.sys("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='ENABLE'"), UNSUPPORTED);
    assert!(destination(&mut it).starts_with("0 | state | Defer\n1 | binding"));
    // Nothing is archived anywhere but at number 0.
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.pass(60);
    assert_eq!(status(&mut it), "");
}

#[test]
fn log_mode_statements_are_answered_as_by_the_server() {
    const MIXED: &str = "ERROR 1235 (0A000): all/all_user/all_meta in combination with other names is not supported";
    const SPECIAL: &str =
        "ERROR 1235 (0A000): use all_user/all_meta in 'ALTER SYSTEM ARCHIVELOG' syntax is not supported";
    const OFF: &str = "ERROR 9092 (HY000): Already in NOARCHIVELOG mode";
    let mut it = fixture(Profile::Ee4353);
    for (sql, expected) in [
        ("ALTER SYSTEM ARCHIVELOG TENANT = nobody, mysql_tenant", UNKNOWN_TENANT),
        (
            "ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant, mysql_tenant",
            "ERROR 1235 (0A000): duplicate tenant mysql_tenant is not supported",
        ),
        ("ALTER SYSTEM ARCHIVELOG TENANT = ALL, mysql_tenant", MIXED),
        ("ALTER SYSTEM ARCHIVELOG TENANT = all_user", SPECIAL),
        ("ALTER SYSTEM NOARCHIVELOG TENANT = all_meta", SPECIAL),
        ("ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant", "OK"),
        // From sys, ARCHIVELOG never fails, and NOARCHIVELOG tells of the last tenant only.
        (
            "ALTER SYSTEM ARCHIVELOG TENANT mysql_tenant, mysql_tenant_2 DESCRIPTION = 'x'",
            "OK",
        ),
        ("ALTER SYSTEM ARCHIVELOG TENANT = sys", "OK"),
        ("ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant", "OK"),
        ("ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant", OFF),
        ("ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant, mysql_tenant_2", "OK"),
        ("ALTER SYSTEM NOARCHIVELOG TENANT = ALL", OFF),
        ("ALTER SYSTEM ARCHIVELOG", "OK"),
    ] {
        assert_eq!(it.sys(sql), expected, "{sql}");
    }
    for sql in [
        "ALTER SYSTEM ARCHIVELOG DATABASE",
        "ALTER SYSTEM ARCHIVELOG TENANT = (mysql_tenant)",
    ] {
        assert!(it.sys(sql).starts_with("ERROR 1064 (42000)"), "{sql}");
    }
    assert_eq!(
        it.select("TENANT_NAME LOG_MODE", "DBA_OB_TENANTS"),
        "sys | NOARCHIVELOG\nMETA$1002 | NOARCHIVELOG\nmysql_tenant | ARCHIVELOG\n\
         META$1004 | NOARCHIVELOG\nmysql_tenant_2 | ARCHIVELOG"
    );
}

#[test]
fn a_user_tenant_hears_what_went_wrong() {
    let mut it = fixture(Profile::Ce4210);
    for (sql, expected) in [
        (
            "ALTER SYSTEM NOARCHIVELOG",
            "ERROR 9092 (HY000): Already in NOARCHIVELOG mode",
        ),
        ("ALTER SYSTEM ARCHIVELOG", "OK"),
        (
            "ALTER SYSTEM ARCHIVELOG",
            "ERROR 9091 (HY000): Already in ARCHIVELOG mode",
        ),
        (
            "ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant",
            "ERROR 1227 (42501): Access denied",
        ),
    ] {
        assert_eq!(it.user(sql), expected, "{sql}");
    }
    it.cluster
        .set_tenant_status("mysql_tenant", TenantStatus::Restore)
        .expect("an existing tenant");
    assert_eq!(
        it.user("ALTER SYSTEM NOARCHIVELOG"),
        "ERROR 9023 (HY000): cannot start log archive backup"
    );
    // Statements for everybody leave such a tenant out.
    assert_eq!(it.sys("ALTER SYSTEM ARCHIVELOG"), "OK");
    assert_eq!(it.sys("ALTER SYSTEM NOARCHIVELOG"), "OK");
}

#[test]
fn a_round_passes_through_its_statuses() {
    let mut it = fixture(Profile::Ce4210);
    // The destination may come after the wish.
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.pass(60);
    assert_eq!(status(&mut it), "");
    it.user(DEST);
    assert_eq!(statuses(&mut it), ", 1 | PREPARE, 1 | BEGINNING, 1 | DOING");
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='DEFER'");
    assert_eq!(statuses(&mut it), "1 | DOING, 1 | SUSPENDING, 1 | SUSPEND");
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='ENABLE'");
    assert_eq!(statuses(&mut it), "1 | SUSPEND, 1 | BEGINNING, 1 | DOING");
    it.user("ALTER SYSTEM NOARCHIVELOG");
    assert_eq!(statuses(&mut it), "1 | DOING, 1 | STOPPING, 1 | STOP");
    it.user("ALTER SYSTEM ARCHIVELOG");
    assert_eq!(statuses(&mut it), "1 | STOP, 2 | PREPARE, 2 | BEGINNING, 2 | DOING");
    assert_eq!(
        it.select("ROUND_ID STATUS", "CDB_OB_ARCHIVELOG_SUMMARY"),
        "1 | STOP\n2 | DOING"
    );
}

#[test]
fn the_first_change_takes_two_to_five_seconds() {
    for offset in 0..3 {
        let mut it = fixture(Profile::Ce4210);
        it.pass(offset);
        it.user(DEST);
        it.user("ALTER SYSTEM ARCHIVELOG");
        it.pass(1);
        assert_eq!(status(&mut it), "");
        it.pass(4);
        assert_ne!(status(&mut it), "");
    }
}

#[test]
fn the_destination_of_a_running_round_cannot_be_changed() {
    let mut it = archiving(Profile::Ce4210);
    for sql in [
        DEST,
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST=''",
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///b'",
    ] {
        assert_eq!(it.user(sql), RUNNING, "{sql}");
    }
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='DEFER'");
    it.pass(20);
    assert_eq!(it.user(DEST), RUNNING);
    it.user("ALTER SYSTEM NOARCHIVELOG");
    assert_eq!(it.user(DEST), RUNNING);
    it.pass(20);
    assert_eq!(
        it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///b PIECE_SWITCH_INTERVAL=2d'"),
        "OK"
    );
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.pass(20);
    assert_eq!(
        it.select(
            "ROUND_ID DEST_ID STATUS PIECE_SWITCH_INTERVAL BASE_PIECE_ID PATH",
            "CDB_OB_ARCHIVELOG"
        ),
        "2 | 1002 | DOING | 172800000000 | 2 | file:///b"
    );
}

#[test]
fn an_interrupted_round_leaves_by_noarchivelog_only() {
    let mut it = archiving(Profile::Ce4210);
    it.cluster
        .interrupt_archive("mysql_tenant", "log recycled before archived")
        .expect("an existing tenant");
    let columns = "STATUS COMMENT CHECKPOINT_SCN_DISPLAY";
    let interrupted = "INTERRUPTED | log recycled before archived | +19s";
    assert_eq!(it.select(columns, "CDB_OB_ARCHIVELOG"), interrupted);
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='DEFER'");
    it.pass(DAY);
    assert_eq!(it.select(columns, "CDB_OB_ARCHIVELOG"), interrupted);
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='ENABLE'");
    it.user("ALTER SYSTEM NOARCHIVELOG");
    assert_eq!(statuses(&mut it), "1 | INTERRUPTED, 1 | STOPPING, 1 | STOP");
}

#[test]
fn a_stuck_stop_is_forced_after_ten_minutes() {
    let mut it = archiving(Profile::Ce4210);
    it.cluster
        .stick_archive_when_stopping("mysql_tenant")
        .expect("an existing tenant");
    it.user("ALTER SYSTEM NOARCHIVELOG");
    it.pass(590);
    assert_eq!(status(&mut it), "1 | STOPPING");
    it.pass(20);
    assert_eq!(status(&mut it), "1 | STOP");
}

#[test]
fn the_checkpoint_follows_the_clock_while_archiving() {
    let mut it = archiving(Profile::Ce4210);
    assert_eq!(it.select("CHECKPOINT_SCN_DISPLAY", "CDB_OB_ARCHIVELOG"), "+19s");
    it.pass(600);
    assert_eq!(it.select("CHECKPOINT_SCN_DISPLAY", "CDB_OB_ARCHIVELOG"), "+619s");
    assert_eq!(
        it.select("CHECKPOINT_SCN", "CDB_OB_ARCHIVELOG"),
        format!("{}000000000", START + 619)
    );
    it.user("ALTER SYSTEM NOARCHIVELOG");
    it.pass(DAY);
    let stopped = it.select("CHECKPOINT_SCN_DISPLAY", "CDB_OB_ARCHIVELOG");
    assert_eq!(stopped, "+623s");
}

#[test]
fn pieces_switch_by_interval_and_are_numbered_across_rounds() {
    let mut it = archiving(Profile::Ce4210);
    it.pass(2 * DAY);
    it.user("ALTER SYSTEM NOARCHIVELOG");
    it.pass(20);
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.pass(20);
    let columns = "ROUND_ID PIECE_ID STATUS FILE_STATUS START_SCN_DISPLAY END_SCN_DISPLAY";
    expect_test::expect![[r#"
        1 | 1 | FROZEN | AVAILABLE | +3s | +86403s
        1 | 2 | FROZEN | AVAILABLE | +86403s | +172803s
        1 | 3 | FROZEN | AVAILABLE | +172803s | +259203s
        2 | 4 | ACTIVE | AVAILABLE | +172842s | +259242s"#]]
    .assert_eq(&it.select(columns, "CDB_OB_ARCHIVELOG_PIECE_FILES"));
    assert_eq!(
        it.select("ROUND_ID BASE_PIECE_ID USED_PIECE_ID", "CDB_OB_ARCHIVELOG_SUMMARY"),
        "1 | 1 | 3\n2 | 4 | 4"
    );
}

#[test]
fn pieces_of_an_emptied_destination_are_deleted() {
    let mut it = archiving(Profile::Ce4210);
    it.user("ALTER SYSTEM NOARCHIVELOG");
    it.pass(20);
    it.cluster.remove_files("file:///log").expect("a writable root");
    it.user(DEST);
    assert_eq!(
        it.select("PIECE_ID FILE_STATUS", "CDB_OB_ARCHIVELOG_PIECE_FILES"),
        "1 | DELETED"
    );
}

#[test]
fn each_reading_of_an_archive_view_jumps_when_told_so() {
    let (mut options, root) = options(Profile::Ce4210);
    options.pace = Pace::JumpOnRead;
    options.tenants = 20;
    let mut it = Fixture {
        cluster: Cluster::new(options),
        _root: root,
    };
    for number in 1..=20 {
        let tenant = if number == 1 {
            "mysql_tenant".to_owned()
        } else {
            format!("mysql_tenant_{number}")
        };
        it.sys(&format!(
            "ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log/{number}' TENANT = {tenant}"
        ));
    }
    it.sys("ALTER SYSTEM ARCHIVELOG");
    for expected in ["PREPARE", "BEGINNING", "DOING", "DOING"] {
        // Other views do not move anything.
        it.select("VALUE", "CDB_OB_ARCHIVE_DEST");
        let rows = it.select("STATUS", "CDB_OB_ARCHIVELOG");
        assert_eq!(rows, [expected; 20].join("\n"));
    }
    let later = it.cluster.now();
    it.select("STATUS", "CDB_OB_ARCHIVELOG");
    assert_eq!(it.cluster.now(), later);
}

#[test]
fn a_lag_target_follows_the_destination() {
    const FIRST: &str = "ERROR 4179 (HY000): log_archive_dest has not been set, set archive_lag_target is not allowed";
    let lag = |lag: &str| format!("ALTER SYSTEM SET archive_lag_target = '{lag}'");
    let dest = |location: &str| format!("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION={location}'");
    let s3 = dest("s3://b/p?host=h&access_id=i&access_key=k");
    for profile in [Profile::Ee4353, Profile::Ce4410] {
        let mut it = fixture(profile);
        assert_eq!(it.user(&lag("1h")), FIRST);
        it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE='DEFER'");
        assert_eq!(it.user(&lag("1h")), FIRST);
        assert_eq!(it.user(&dest("file:///log")), "OK");
        assert_eq!(it.user(&lag("59s")), "OK");
        let others = "ALTER SYSTEM SET archive_lag_target = '1h' TENANT = all_user";
        assert_eq!(it.sys(others), FIRST);
        assert_eq!(
            it.user(&s3),
            "ERROR 4179 (HY000): archive_lag_target is smaller than 60s, set log_archive_dest to S3 is not allowed"
        );
        assert_eq!(it.user(&lag("1m")), "OK");
        assert_eq!(it.user(&s3), "OK");
        assert_eq!(
            it.user(&lag("59s")),
            "ERROR 4179 (HY000): set archive_lag_target smaller than 60s when log_archive_dest is S3 is not allowed"
        );
    }
    assert_eq!(fixture(Profile::Ce4210).user(&lag("59s")), "OK");
}

#[test]
fn time_passes_quickly_for_a_thousand_tenants() {
    let (mut options, root) = options(Profile::Ce4210);
    options.tenants = 1000;
    let mut it = Fixture {
        cluster: Cluster::new(options),
        _root: root,
    };
    // Without a destination nothing starts, and a year has nothing to simulate.
    it.sys("ALTER SYSTEM ARCHIVELOG");
    it.pass(365 * DAY);
    let rows = it.select("TENANT_ID", "DBA_OB_TENANTS");
    assert_eq!(rows.lines().count(), 2001);
}

#[test]
fn a_round_cannot_be_stopped_while_it_prepares() {
    let mut it = fixture(Profile::Ce4210);
    it.user(DEST);
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.pass(3);
    it.user("ALTER SYSTEM NOARCHIVELOG");
    assert_eq!(
        statuses(&mut it),
        "1 | PREPARE, 1 | BEGINNING, 1 | DOING, 1 | STOPPING, 1 | STOP"
    );
}

#[test]
fn a_wish_taken_back_in_time_starts_nothing() {
    let mut it = fixture(Profile::Ce4210);
    it.user(DEST);
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.user("ALTER SYSTEM NOARCHIVELOG");
    assert_eq!(statuses(&mut it), "");
}

#[test]
fn a_thousand_rounds_are_read_quickly() {
    let (mut options, root) = options(Profile::Ce4210);
    options.tenants = 1000;
    let mut it = Fixture {
        cluster: Cluster::new(options),
        _root: root,
    };
    for number in 1..=1000 {
        let tenant = if number == 1 {
            "mysql_tenant".to_owned()
        } else {
            format!("mysql_tenant_{number}")
        };
        let uri = format!("oss://b/{tenant}?host=h&access_id=i&access_key=k");
        let sql = format!("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION={uri}' TENANT = {tenant}");
        assert_eq!(it.sys(&sql), "OK");
    }
    it.sys("ALTER SYSTEM ARCHIVELOG");
    it.pass(30 * DAY);
    assert_eq!(it.select("STATUS", "CDB_OB_ARCHIVELOG"), ["DOING"; 1000].join("\n"));
    assert_eq!(
        it.select("PIECE_ID", "CDB_OB_ARCHIVELOG_PIECE_FILES").lines().count(),
        30_000
    );
}
