//! Data backups: jobs, tasks and sets, from the statement to the history.

use super::*;

const JOBS: &str = "CDB_OB_BACKUP_JOBS";
const HISTORY: &str = "CDB_OB_BACKUP_JOB_HISTORY";
const SETS: &str = "CDB_OB_BACKUP_SET_FILES";
const FULL: &str = "ALTER SYSTEM BACKUP DATABASE";
const INCREMENTAL: &str = "ALTER SYSTEM BACKUP INCREMENTAL DATABASE";

#[test]
fn the_walk_through_of_the_manual_ends_with_its_row() {
    let mut it = fixture(Profile::Ce4210);
    let primary = Viewer::root(1004);
    for (sql, wait) in [
        (
            "ALTER SYSTEM SET LOG_ARCHIVE_DEST = \"LOCATION=file:///data/1/example_archive\"",
            0,
        ),
        ("ALTER SYSTEM ARCHIVELOG", 30),
        ("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data/1/example_backup'", 0),
        ("ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG", 600),
    ] {
        assert_eq!(it.run(&primary, sql), "OK", "{sql}");
        it.pass(wait);
    }
    let columns = "JOB_ID INCARNATION BACKUP_SET_ID INITIATOR_TENANT_ID INITIATOR_JOB_ID EXECUTOR_TENANT_ID PLUS_ARCHIVELOG \
                   BACKUP_TYPE JOB_LEVEL ENCRYPTION_MODE PASSWD STATUS RESULT COMMENT DESCRIPTION PATH";
    assert_eq!(it.select_as(&primary, "JOB_ID", "DBA_OB_BACKUP_JOBS"), "");
    assert_eq!(
        it.select_as(&primary, columns, "DBA_OB_BACKUP_JOB_HISTORY"),
        "1 | 1 | 1 | 1004 | 0 | 1004 | ON | FULL | USER_TENANT | NONE |  | COMPLETED | 0 |  |  | file:///data/1/example_backup"
    );
    assert_eq!(it.run(&primary, "ALTER SYSTEM NOARCHIVELOG"), "OK");
}

#[test]
fn a_job_is_init_then_doing_then_history() {
    let mut it = Fixture::ready(Profile::Ee4353);
    let columns = "TENANT_ID JOB_ID BACKUP_SET_ID STATUS START_TIMESTAMP END_TIMESTAMP RESULT DESCRIPTION";
    assert_eq!(it.user("ALTER SYSTEM BACKUP DATABASE DESCRIPTION = 'nightly'"), "OK");
    assert_eq!(
        it.select(columns, JOBS),
        "1002 | 1 | 1 | INIT | +40s | NULL | 0 | nightly"
    );
    assert_eq!(it.select("BACKUP_SET_ID", SETS), "");
    it.pass(5);
    assert_eq!(
        it.select(columns, JOBS),
        "1002 | 1 | 1 | DOING | +40s | NULL | 0 | nightly"
    );
    assert_eq!(
        it.select(
            "BACKUP_SET_ID STATUS FILE_STATUS END_TIMESTAMP MIN_RESTORE_SCN_DISPLAY",
            SETS
        ),
        "1 | DOING | INCOMPLETE | NULL | NULL"
    );
    it.pass(600);
    assert_eq!(it.select(columns, JOBS), "");
    assert_eq!(
        it.select(columns, HISTORY),
        "1002 | 1 | 1 | COMPLETED | +40s | +192s | 0 | nightly"
    );
    assert_eq!(
        it.select(
            "BACKUP_SET_ID DEST_ID BACKUP_TYPE PREV_FULL_BACKUP_SET_ID PREV_INC_BACKUP_SET_ID START_TIMESTAMP END_TIMESTAMP \
             STATUS FILE_STATUS ELAPSED_SECONDES PLUS_ARCHIVELOG START_REPLAY_SCN_DISPLAY MIN_RESTORE_SCN_DISPLAY \
             INPUT_BYTES OUTPUT_RATE_BYTES TABLET_COUNT FINISH_TABLET_COUNT MACRO_BLOCK_COUNT FINISH_MACRO_BLOCK_COUNT \
             FILE_COUNT RESULT COMMENT TENANT_COMPATIBLE CLUSTER_VERSION PATH",
            SETS
        ),
        "1 | 1002 | FULL | 0 | 0 | +42s | +192s | SUCCESS | AVAILABLE | 150 | OFF | +40s | +192s | 4295827456 | \
         28638849.0000 | 257 | 257 | 2048 | 2048 | 2 | 0 |  | 4.3.5.3 | 4.3.5.3 | file:///data/mysql_tenant"
    );
}

#[test]
fn a_task_passes_through_the_statuses_of_its_release() {
    for (profile, sql, expected) in [
        (
            Profile::Ce4210,
            FULL,
            "INIT BACKUP_META BACKUP_DATA_MINOR BACKUP_DATA_MAJOR COMPLETED",
        ),
        (
            Profile::Ce4210,
            "ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG",
            "INIT BACKUP_META BACKUP_DATA_MINOR BACKUP_DATA_MAJOR BACKUP_LOG COMPLETED",
        ),
        (
            Profile::Ee4353,
            FULL,
            "INIT BACKUP_SYS_META BACKUP_USER_META BACKUP_META_FINISH BACKUP_SYS_DATA BACKUP_USER_DATA \
             BACKUP_FUSE_TABLET_META COMPLETED",
        ),
        (
            Profile::Ce4410,
            "ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG",
            "INIT BACKUP_SYS_META BACKUP_USER_META BACKUP_META_FINISH BACKUP_SYS_DATA BACKUP_USER_DATA PREPARE_BACKUP_LOG \
             BEFORE_BACKUP_LOG BACKUP_LOG BACKUP_FUSE_TABLET_META COMPLETED",
        ),
    ] {
        let mut it = Fixture::ready(profile);
        assert_eq!(it.user(sql), "OK");
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..300 {
            let running = it.select("STATUS", "CDB_OB_BACKUP_TASKS");
            let ended = it.select("STATUS", "CDB_OB_BACKUP_TASK_HISTORY");
            let status = running + &ended;
            if !status.is_empty() && seen.last() != Some(&status) {
                seen.push(status);
            }
            it.pass(1);
        }
        assert_eq!(seen.join(" "), expected, "{profile} {sql}");
    }
}

#[test]
fn a_task_tells_how_far_it_is() {
    let mut it = Fixture::ready(Profile::Ee4353);
    it.user("ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG");
    it.pass(85);
    let columns = "TASK_ID JOB_ID BACKUP_SET_ID STATUS END_TIMESTAMP MACRO_BLOCK_COUNT FINISH_MACRO_BLOCK_COUNT DATA_PROGRESS \
                   LOG_FILE_COUNT FINISH_LOG_FILE_COUNT LOG_PROGRESS OUTPUT_RATE_BYTES RESULT PATH";
    assert_eq!(
        it.select(columns, "CDB_OB_BACKUP_TASKS"),
        "1 | 1 | 1 | BACKUP_USER_DATA | NULL | 2048 | 1060 | 51.75 | 65 | 0 | 0.00 | 0.0000 | 0 | file:///data/mysql_tenant"
    );
    it.pass(600);
    assert_eq!(it.select("TASK_ID", "CDB_OB_BACKUP_TASKS"), "");
    assert_eq!(
        it.select(
            "TASK_ID STATUS START_TIMESTAMP END_TIMESTAMP FINISH_MACRO_BLOCK_COUNT EXTRA_META_BYTES",
            "CDB_OB_BACKUP_TASK_HISTORY"
        ),
        "1 | COMPLETED | +42s | +201s | 2048 | 1052672"
    );
}

#[test]
fn an_incremental_without_a_full_becomes_a_full() {
    let mut it = Fixture::ready(Profile::Ce4210);
    it.back_up(INCREMENTAL);
    it.pass(3600);
    it.back_up(INCREMENTAL);
    it.back_up(INCREMENTAL);
    it.back_up(FULL);
    assert_eq!(it.select("BACKUP_TYPE", HISTORY), "FULL\nINC\nINC\nFULL");
    assert_eq!(
        it.select(
            "BACKUP_SET_ID BACKUP_TYPE PREV_FULL_BACKUP_SET_ID PREV_INC_BACKUP_SET_ID INPUT_BYTES",
            SETS
        ),
        "1 | FULL | 0 | 0 | 4295827456\n2 | INC | 1 | 0 | 86016000\n3 | INC | 1 | 2 | 12288000\n4 | FULL | 0 | 0 | 4406419456"
    );
    // A full at another place is of no use.
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///elsewhere'"), "OK");
    it.back_up(INCREMENTAL);
    assert_eq!(it.select("BACKUP_TYPE", HISTORY).lines().last(), Some("FULL"));
    assert_eq!(
        it.select("DEST_ID PATH", SETS).lines().last(),
        Some("1003 | file:///elsewhere")
    );
}

#[test]
fn what_goes_wrong_later_fails_the_job() {
    for (profile, harm, result) in [
        (Profile::Ce4210, Harm::FormatFile(None), -9080),
        (Profile::Ee4353, Harm::FormatFile(Some("path=file:///other\n")), -9081),
        (Profile::Ce4210, Harm::Storage(StorageFault::OutOfSpace), -9082),
        (Profile::Ce4210, Harm::Storage(StorageFault::PermissionDenied), -9071),
        (Profile::Ce4210, Harm::Storage(StorageFault::ReadOnly), -9071),
        (Profile::Ce4210, Harm::Storage(StorageFault::Unreachable), -4009),
        (Profile::Ee4353, Harm::Interrupted, -9027),
        (Profile::Ee4353, Harm::Stopped, -9029),
        (Profile::Ee4353, Harm::Upgrade, -4109),
        (Profile::Ee4353, Harm::Mishap(9138), -9138),
        (Profile::Ee4353, Harm::Mishap(9086), -9086),
        (Profile::Ee4353, Harm::Mishap(9085), -9085),
        (Profile::Ee4353, Harm::Mishap(4369), -4369),
        (Profile::Ee4353, Harm::Mishap(4103), -4103),
    ] {
        for seconds in [0, 20] {
            let mut it = Fixture::ready(profile);
            assert_eq!(it.user(FULL), "OK");
            it.pass(seconds);
            harm.strike(&mut it);
            it.pass(600);
            let expected = format!("FAILED | {result}");
            assert_eq!(
                it.select("STATUS RESULT", HISTORY),
                expected,
                "{harm:?} after {seconds} s"
            );
            let sets = if seconds == 0 { "" } else { "FAILED | INCOMPLETE" };
            assert_eq!(it.select("STATUS FILE_STATUS", SETS), sets, "{harm:?}");
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Harm {
    FormatFile(Option<&'static str>),
    Storage(StorageFault),
    Interrupted,
    Stopped,
    Upgrade,
    Mishap(u16),
}

impl Harm {
    fn strike(self, it: &mut Fixture) {
        let format = "file:///data/mysql_tenant/format.obbak";
        match self {
            Self::FormatFile(None) => it.cluster.remove_files(format).expect("a writable root"),
            Self::FormatFile(Some(content)) => it.cluster.put_file(format, content).expect("a writable root"),
            Self::Storage(fault) => it.cluster.fail_storage("file:///data/mysql_tenant", Some(fault)),
            Self::Interrupted => {
                let interrupted = it.cluster.interrupt_archive("mysql_tenant", "lost");
                interrupted.expect("a running round");
            }
            Self::Stopped => assert_eq!(it.user("ALTER SYSTEM NOARCHIVELOG"), "OK"),
            Self::Upgrade => it.cluster.set_upgrading(true),
            Self::Mishap(code) => {
                let known = it.cluster.trouble_backups("mysql_tenant", code, 1000);
                known.expect("an existing tenant");
            }
        }
    }
}

#[test]
fn a_failed_job_says_where_and_why() {
    let mut it = Fixture::ready(Profile::Ee4353);
    it.user(FULL);
    it.pass(20);
    Harm::FormatFile(None).strike(&mut it);
    it.pass(600);
    let comment = "(ROOTSERVICE)addr: \"127.0.0.1:2882\", result: -9080(format file does not exist, try to set a new \
                   directory.), trace_id: YB420000000003EA-0000000000000000-0-0";
    assert_eq!(it.select("COMMENT", HISTORY), comment);
    assert_eq!(
        it.select("RESULT COMMENT", "CDB_OB_BACKUP_TASK_HISTORY"),
        format!("-9080 | {comment}")
    );
    assert_eq!(it.select("RESULT COMMENT", SETS), format!("-9080 | {comment}"));
    it.cluster
        .trouble_backups("mysql_tenant_2", 9138, 100)
        .expect("an existing tenant");
    it.run(&Viewer::root(1004), FULL);
    it.pass(600);
    let comments = it.select("COMMENT", HISTORY);
    assert!(comments.ends_with(
        "(SERVER)ls_id: 1001, addr: \"127.0.0.1:2882\", module: BACKUP_DATA, result: -9138(No suitable replica found to \
         perform backup), trace_id: YB420000000003EC-0000000000000000-0-0"
    ));
}

#[test]
fn what_passes_is_tried_again_every_five_seconds() {
    let mut it = Fixture::ready(Profile::Ce4210);
    it.user(FULL);
    it.pass(20);
    it.cluster
        .fail_storage("file:///data/mysql_tenant", Some(StorageFault::Unreachable));
    it.pass(60);
    assert_eq!(it.select("STATUS", JOBS), "DOING");
    it.cluster.fail_storage("file:///data/mysql_tenant", None);
    it.pass(600);
    assert_eq!(it.select("STATUS", HISTORY), "COMPLETED");
}

#[test]
fn a_limited_destination_takes_its_time() {
    let mut it = fixture(Profile::Ee4353);
    let dest = "s3://b/p?host=h&access_id=i&access_key=k&s3_region=r&max_bandwidth=8MB";
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log'");
    it.user("ALTER SYSTEM ARCHIVELOG");
    assert_eq!(it.user(&format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{dest}'")), "OK");
    it.pass(40);
    it.user(FULL);
    it.pass(400);
    assert_eq!(it.select("STATUS PATH", JOBS), "DOING | s3://b/p?host=h");
    it.pass(400);
    assert_eq!(it.select("STATUS PATH", HISTORY), "COMPLETED | s3://b/p?host=h");
}

#[test]
fn who_jumps_needs_few_looks() {
    let (mut options, _root) = options(Profile::Ee4353);
    options.pace = Pace::JumpOnRead;
    let mut it = Fixture {
        cluster: Cluster::new(options),
        _root,
    };
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log', DATA_BACKUP_DEST='file:///data'");
    it.user("ALTER SYSTEM ARCHIVELOG");
    while it.select("STATUS", "CDB_OB_ARCHIVELOG") != "DOING" {}
    assert_eq!(it.user(FULL), "OK");
    assert_eq!(it.select("STATUS", JOBS), "DOING");
    assert_eq!(it.select("STATUS", HISTORY), "COMPLETED");
    it.user(FULL);
    assert_eq!(it.select("STATUS", "CDB_OB_BACKUP_TASKS"), "INIT");
    assert_eq!(it.select("STATUS", "CDB_OB_BACKUP_TASKS"), "BACKUP_SYS_META");
    assert_eq!(it.select("STATUS", JOBS), "");
    // What was started from outside runs for as long as it was told to.
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(3600))
        .expect("an existing tenant");
    assert_eq!(it.select("STATUS", JOBS), "DOING");
    assert_eq!(it.select("STATUS", JOBS), "DOING");
    assert_eq!(it.user("ALTER SYSTEM CANCEL BACKUP"), "OK");
    assert_eq!(it.select("STATUS", JOBS), "");
}

#[test]
fn a_backup_from_outside_is_a_job_like_any_other() {
    let mut it = Fixture::ready(Profile::Ce4210);
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(3600))
        .expect("an existing tenant");
    assert_eq!(it.user(FULL), "ERROR 9036 (HY000): Backup is in progress");
    assert_eq!(it.select("BACKUP_SET_ID STATUS", SETS), "1 | DOING");
    it.pass(3600);
    assert_eq!(it.select("STATUS END_TIMESTAMP", HISTORY), "COMPLETED | +3640s");
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(3600))
        .expect("an existing tenant");
    it.pass(10);
    it.cluster.end_backup_jobs("mysql_tenant").expect("an existing tenant");
    assert_eq!(
        it.select("BACKUP_SET_ID STATUS ELAPSED_SECONDES FINISH_MACRO_BLOCK_COUNT", SETS),
        "1 | SUCCESS | 3600 | 2048\n2 | SUCCESS | 10 | 2083"
    );
}

#[test]
fn a_cancelled_job_is_history_soon_and_its_set_has_failed() {
    for (seconds, sets) in [(0, ""), (20, "FAILED | INCOMPLETE")] {
        let mut it = Fixture::ready(Profile::Ee4353);
        assert_eq!(it.user(FULL), "OK");
        it.pass(seconds);
        for _ in 0..2 {
            assert_eq!(it.user("ALTER SYSTEM CANCEL BACKUP"), "OK");
            assert_eq!(it.select("STATUS", JOBS), "CANCELING");
            assert_eq!(it.user(FULL), "ERROR 9036 (HY000): Backup is in progress");
        }
        it.pass(5);
        assert_eq!(it.select("STATUS RESULT COMMENT", HISTORY), "CANCELED | -4072 | ");
        assert_eq!(it.select("STATUS FILE_STATUS", SETS), sets);
        if seconds > 0 {
            assert_eq!(
                it.select("STATUS RESULT", "CDB_OB_BACKUP_TASK_HISTORY"),
                "CANCELED | -4072"
            );
            let files = it.cluster.list_files("file:///data/mysql_tenant/backup_set_1_full");
            assert_eq!(files.as_deref(), Ok(&["data.obbak".to_owned()][..]));
        }
        // A cancelled full is none to add to.
        it.back_up(INCREMENTAL);
        assert_eq!(it.select("BACKUP_TYPE", HISTORY), "FULL\nFULL");
    }
}

#[test]
fn other_words_for_stopping_a_backup_are_refused() {
    let mut it = Fixture::ready(Profile::Ce4210);
    for (sql, expected) in [
        ("ALTER SYSTEM CANCEL BACKUP FORCE", syntax_near("FORCE")),
        ("ALTER SYSTEM CANCEL ALL BACKUP FORCE", ARGUMENT.to_owned()),
        ("ALTER SYSTEM SUSPEND BACKUP", ARGUMENT.to_owned()),
        ("ALTER SYSTEM RESUME BACKUP", ARGUMENT.to_owned()),
        (
            "ALTER SYSTEM CANCEL BACKUP TENANT mysql_tenant, mysql_tenant_2",
            "OK".to_owned(),
        ),
    ] {
        assert_eq!(it.sys(sql), expected, "{sql}");
    }
}

#[test]
fn a_job_that_has_just_begun_can_be_ended_too() {
    let mut it = Fixture::ready(Profile::Ce4210);
    it.user(FULL);
    it.cluster.end_backup_jobs("mysql_tenant").expect("an existing tenant");
    assert_eq!(it.select("STATUS", HISTORY), "COMPLETED");
    assert_eq!(it.select("STATUS FILE_STATUS", SETS), "SUCCESS | AVAILABLE");
}

#[test]
fn sets_expire_and_break_behind_everybodys_back() {
    for (status, text) in [(FileStatus::Expired, "EXPIRED"), (FileStatus::Broken, "BROKEN")] {
        let mut it = Fixture::ready(Profile::Ce4210);
        it.back_up(FULL);
        it.cluster
            .set_file_status("mysql_tenant", 1, status)
            .expect("an existing set");
        assert!(it.cluster.set_file_status("mysql_tenant", 2, status).is_err());
        assert_eq!(it.select("FILE_STATUS", SETS), text);
        it.back_up(INCREMENTAL);
        assert_eq!(it.select("BACKUP_TYPE", HISTORY), "FULL\nFULL");
    }
}

#[test]
fn copies_of_the_log_are_listed_among_the_backups() {
    let mut it = Fixture::ready(Profile::Ce4410);
    it.cluster.record_log_copy("mysql_tenant").expect("an existing tenant");
    assert_eq!(
        it.select("JOB_ID BACKUP_SET_ID BACKUP_TYPE JOB_LEVEL STATUS", HISTORY),
        "1 | 0 | BACKUP_ARCHIVE | USER_TENANT | COMPLETED"
    );
    it.back_up(INCREMENTAL);
    assert_eq!(it.select("BACKUP_TYPE", HISTORY), "BACKUP_ARCHIVE\nFULL");
}

#[test]
fn no_age_is_too_great() {
    let mut it = Fixture::ready(Profile::Ee4353);
    it.pass(1_000 * 365 * 86_400);
    it.user("ALTER SYSTEM MAJOR FREEZE");
    assert_eq!(it.user(FULL), "OK");
    it.pass(300 * 86_400);
    assert_eq!(it.select("STATUS INPUT_BYTES", SETS), "SUCCESS | 645861575827456");
}

#[test]
fn a_held_backup_goes_on_until_it_is_ended_or_cancelled() {
    for (ended, expected) in [
        (true, "COMPLETED | 0\nCOMPLETED | 0"),
        (false, "CANCELED | -4072\nCOMPLETED | 0"),
    ] {
        let (mut options, _root) = options(Profile::Ce4210);
        options.pace = Pace::JumpOnRead;
        let mut it = Fixture {
            cluster: Cluster::new(options),
            _root,
        };
        it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log', DATA_BACKUP_DEST='file:///data'");
        it.user("ALTER SYSTEM ARCHIVELOG");
        it.pass(60);
        it.cluster.hold_next_backup("mysql_tenant").expect("an existing tenant");
        assert_eq!(it.user(FULL), "OK");
        for _ in 0..3 {
            assert_eq!(it.select("STATUS", JOBS), "DOING");
            it.pass(86_400);
        }
        if ended {
            it.cluster.end_backup_jobs("mysql_tenant").expect("an existing tenant");
        } else {
            assert_eq!(it.user("ALTER SYSTEM CANCEL BACKUP"), "OK");
            assert_eq!(it.select("STATUS", JOBS), "");
        }
        it.back_up(FULL);
        assert_eq!(it.select("STATUS RESULT", HISTORY), expected);
    }
}
