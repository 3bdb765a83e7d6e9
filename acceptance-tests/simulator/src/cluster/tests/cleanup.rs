//! What the policy deletes every hour, and what it keeps.

use super::*;

const FULL: &str = "ALTER SYSTEM BACKUP DATABASE";
const INCREMENTAL: &str = "ALTER SYSTEM BACKUP INCREMENTAL DATABASE";
const POLICY: &str = "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d'";
const DAY: u64 = 86_400;
const HISTORY: &str = "CDB_OB_BACKUP_DELETE_JOB_HISTORY";

/// Backs up once a day, as each letter says: `f`ull, `i`ncremental, or a full that is `c`ancelled.
fn days(it: &mut Fixture, plan: &str) {
    for kind in plan.chars() {
        let tomorrow = it.cluster.now() + 86_400_000_000;
        match kind {
            'i' => it.back_up(INCREMENTAL),
            'f' => it.back_up(FULL),
            _ => {
                assert_eq!(it.user(FULL), "OK");
                it.pass(10);
                assert_eq!(it.user("ALTER SYSTEM CANCEL BACKUP"), "OK");
            }
        }
        let left = tomorrow - it.cluster.now();
        it.pass(u64::try_from(left / 1_000_000).expect("a backup that takes less than a day"));
    }
}

/// The sets that are still there.
fn kept(it: &mut Fixture) -> String {
    let rows = it.select("BACKUP_SET_ID FILE_STATUS", "CDB_OB_BACKUP_SET_FILES");
    let kept = rows.lines().filter_map(|row| row.split_once(" | "));
    let kept: Vec<&str> = kept
        .filter(|(_, status)| *status != "DELETED")
        .map(|(id, _)| id)
        .collect();
    kept.join(" ")
}

#[test]
fn the_newest_full_before_the_window_and_all_after_it_stay() {
    for (plan, expected) in [
        // Fulls on days 1, 8 and 15; ten days later day 15 is expired, and the newest.
        ("fiiiiiifiiiiiif", "8 9 10 11 12 13 14 15"),
        // Nothing is older than the only full.
        ("fiiiiiiiiiiiiii", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"),
        // What failed goes, whether or not there is a full to keep.
        ("ccccccccccccccc", "10 11 12 13 14 15"),
        ("ffffffffcffffff", "8 10 11 12 13 14 15"),
        ("f", "1"),
    ] {
        let mut it = Fixture::ready(Profile::Ce4210);
        days(&mut it, plan);
        assert_eq!(it.user(POLICY), "OK");
        it.pass(2 * 3600);
        assert_eq!(kept(&mut it), expected, "{plan}");
    }
}

#[test]
fn it_is_looked_at_every_hour_as_long_as_there_is_a_policy() {
    let mut it = Fixture::ready(Profile::Ce4210);
    days(&mut it, "fffffffff");
    assert_eq!(it.user(POLICY), "OK");
    it.pass(3540);
    assert_eq!(it.select("JOB_ID", HISTORY), "");
    it.pass(40);
    let columns = "TENANT_ID JOB_ID INCARNATION INITIATOR_TENANT_ID INITIATOR_JOB_ID EXECUTOR_TENANT_ID TYPE PARAMETER JOB_LEVEL \
                   STATUS TASK_COUNT SUCCESS_TASK_COUNT RESULT COMMENT END_TIMESTAMP";
    let expire = (START + 9 * 86_400 + 3600 - 7 * 86_400) * 1_000_000;
    assert_eq!(
        it.select(columns, HISTORY),
        format!(
            "1002 | 10 | 1 | 1002 | 0 | 1002 | DELETE OBSOLETE BACKUP | {expire} | USER_TENANT | COMPLETED | 4 | 4 | 0 |  | +781206s"
        )
    );
    assert_eq!(
        it.select(
            "TENANT_ID TASK_ID INCARNATION JOB_ID TASK_TYPE ID ROUND_ID DEST_ID STATUS TOTAL_LS_COUNT FINISH_LS_COUNT RESULT \
             COMMENT PATH",
            "CDB_OB_BACKUP_DELETE_TASK_HISTORY"
        ),
        "1002 | 1 | 1 | 10 | BACKUP SET | 1 | 0 | 1002 | COMPLETED | 2 | 2 | 0 |  | file:///data/mysql_tenant\n\
         1002 | 2 | 1 | 10 | BACKUP SET | 2 | 0 | 1002 | COMPLETED | 2 | 2 | 0 |  | file:///data/mysql_tenant\n\
         1002 | 3 | 1 | 10 | BACKUP PIECE | 1 | 1 | 1001 | COMPLETED | 2 | 2 | 0 |  | file:///log/mysql_tenant\n\
         1002 | 4 | 1 | 10 | BACKUP PIECE | 2 | 1 | 1001 | COMPLETED | 2 | 2 | 0 |  | file:///log/mysql_tenant"
    );
    it.pass(3 * 3600);
    assert_eq!(it.select("STATUS TASK_COUNT", HISTORY).lines().count(), 4);
    assert_eq!(it.user("ALTER SYSTEM DROP DELETE BACKUP POLICY 'default'"), "OK");
    it.pass(3 * 3600);
    assert_eq!(it.select("JOB_ID", HISTORY).lines().count(), 4);
}

#[test]
fn a_job_passes_through_its_statuses() {
    let mut it = Fixture::ready(Profile::Ee4353);
    days(&mut it, "fffffffff");
    assert_eq!(it.user(POLICY), "OK");
    let mut seen: Vec<String> = Vec::new();
    it.pass(3550);
    for _ in 0..30 {
        let job = it.select("STATUS TASK_COUNT SUCCESS_TASK_COUNT", "CDB_OB_BACKUP_DELETE_JOBS");
        let task = it.select("STATUS FINISH_LS_COUNT", "CDB_OB_BACKUP_DELETE_TASKS");
        let set = it.select("FILE_STATUS", "CDB_OB_BACKUP_SET_FILES");
        let look = format!(
            "{job} / {} / {}",
            task.lines().next().unwrap_or(""),
            set.lines().next().unwrap_or("")
        );
        if seen.last() != Some(&look) {
            seen.push(look);
        }
        it.pass(1);
    }
    assert_eq!(
        seen,
        [
            " /  / AVAILABLE",
            "INIT | 0 | 0 /  / AVAILABLE",
            "DOING | 4 | 0 / DOING | 0 / DELETING",
            " /  / DELETED",
        ]
    );
}

#[test]
fn files_go_or_are_marked() {
    for (mode, expected) in [("delete", vec![]), ("tagging", vec!["data.obbak", "tag.obbak"])] {
        let mut it = Fixture::ready(Profile::Ee4353);
        let dest = format!("oss://b/p?host=h&access_id=i&access_key=k&delete_mode={mode}");
        assert_eq!(it.user(&format!("ALTER SYSTEM SET DATA_BACKUP_DEST='{dest}'")), "OK");
        days(&mut it, "fffffffff");
        assert_eq!(it.user(POLICY), "OK");
        it.pass(2 * 3600);
        assert_eq!(kept(&mut it), "3 4 5 6 7 8 9");
        let files = it.cluster.list_files("oss://b/p/backup_set_1_full").expect("a bucket");
        assert_eq!(files, expected, "{mode}");
        assert_eq!(
            it.cluster.list_files("oss://b/p/backup_set_3_full"),
            Ok(vec!["data.obbak".to_owned()])
        );
    }
}

#[test]
fn logs_go_up_to_the_full_that_stays() {
    let mut it = Fixture::ready(Profile::Ce4210);
    days(&mut it, "ffffffffffff");
    let columns = "PIECE_ID STATUS FILE_STATUS";
    assert_eq!(it.user(POLICY), "OK");
    it.pass(2 * 3600);
    let pieces = it.select(columns, "CDB_OB_ARCHIVELOG_PIECE_FILES");
    let pieces: Vec<&str> = pieces.lines().take(7).collect();
    assert_eq!(
        pieces,
        [
            "1 | FROZEN | DELETED",
            "2 | FROZEN | DELETED",
            "3 | FROZEN | DELETED",
            "4 | FROZEN | DELETED",
            "5 | FROZEN | DELETED",
            "6 | FROZEN | AVAILABLE",
            "7 | FROZEN | AVAILABLE",
        ]
    );
    let deleted = it.select(
        "DELETED_INPUT_BYTES DELETED_OUTPUT_BYTES_DISPLAY",
        "CDB_OB_ARCHIVELOG_SUMMARY",
    );
    assert_eq!(deleted.lines().next(), Some("8847360000 | 8.23GB"));
}

#[test]
fn without_a_data_backup_no_log_goes() {
    let mut it = Fixture::ready(Profile::Ce4210);
    assert_eq!(it.user(POLICY), "OK");
    it.pass(20 * DAY);
    let pieces = it.select("FILE_STATUS", "CDB_OB_ARCHIVELOG_PIECE_FILES");
    assert!(!pieces.contains("DELETED"), "{pieces}");
}

#[test]
fn what_is_at_another_place_is_not_touched() {
    let mut it = Fixture::ready(Profile::Ce4210);
    days(&mut it, "ffff");
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///elsewhere'"), "OK");
    days(&mut it, "ffff");
    assert_eq!(it.user(POLICY), "OK");
    it.pass(14 * DAY);
    assert_eq!(kept(&mut it), "1 2 3 4 8");
}

#[test]
fn a_window_of_nothing_deletes_nothing() {
    for clause in ["RECOVERY_WINDOW '0d'", "RECOVERY_WINDOW '-1d'", "REDUNDANCY 1"] {
        let mut it = Fixture::ready(Profile::Ce4210);
        days(&mut it, "ffff");
        assert_eq!(
            it.user(&format!("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' {clause}")),
            "OK"
        );
        it.pass(DAY);
        assert_eq!(it.select("JOB_ID", HISTORY), "", "{clause}");
        assert_eq!(kept(&mut it), "1 2 3 4");
    }
}

#[test]
fn a_running_backup_is_never_touched() {
    let mut it = Fixture::ready(Profile::Ce4210);
    it.user("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1h'");
    it.back_up(FULL);
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(5 * DAY))
        .expect("an existing tenant");
    it.pass(4 * DAY);
    assert_eq!(kept(&mut it), "1 2");
    it.pass(2 * DAY);
    assert_eq!(kept(&mut it), "2");
}

#[test]
fn without_the_format_file_nothing_is_deleted() {
    let mut it = Fixture::ready(Profile::Ce4210);
    days(&mut it, "fffffffff");
    let format = "file:///data/mysql_tenant/format.obbak";
    it.cluster.remove_files(format).expect("a writable root");
    assert_eq!(it.user(POLICY), "OK");
    it.pass(3700);
    assert_eq!(it.select("STATUS RESULT TASK_COUNT", HISTORY), "FAILED | -9080 | 0");
    it.cluster
        .put_file(format, "path=file:///x\n")
        .expect("a writable root");
    it.pass(3600);
    assert_eq!(
        it.select("STATUS RESULT", HISTORY).lines().last(),
        Some("FAILED | -9081")
    );
    assert_eq!(kept(&mut it), "1 2 3 4 5 6 7 8 9");
}

#[test]
fn what_could_not_be_deleted_is_tried_again_an_hour_later() {
    let mut it = Fixture::ready(Profile::Ce4210);
    days(&mut it, "fffffffff");
    it.cluster
        .fail_storage("file:///data/mysql_tenant", Some(StorageFault::ReadOnly));
    assert_eq!(it.user(POLICY), "OK");
    it.pass(3700);
    assert_eq!(
        it.select("STATUS RESULT TASK_COUNT SUCCESS_TASK_COUNT", HISTORY),
        "FAILED | -9071 | 4 | 0"
    );
    let comment = it.select("COMMENT", HISTORY);
    assert!(
        comment.contains("no I/O operation permission at the backup destination"),
        "{comment}"
    );
    assert_eq!(
        it.select("FILE_STATUS", "CDB_OB_BACKUP_SET_FILES").lines().next(),
        Some("DELETING")
    );
    it.cluster.fail_storage("file:///data/mysql_tenant", None);
    it.pass(3600);
    assert_eq!(it.select("STATUS", HISTORY), "FAILED\nCOMPLETED");
    assert_eq!(kept(&mut it), "3 4 5 6 7 8 9");
}

#[test]
fn a_full_whose_logs_are_gone_is_none_to_keep_since_4_4_1() {
    let with_log = "ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG";
    for (profile, sql, lost, expected) in [
        (Profile::Ee4353, FULL, true, "2 3"),
        (Profile::Ce4410, FULL, false, "2 3"),
        (Profile::Ce4410, FULL, true, "1 2 3"),
        (Profile::Ce4410, with_log, true, "2 3"),
    ] {
        let mut it = Fixture::ready(profile);
        for _ in 0..3 {
            it.back_up(sql);
            it.pass(DAY - 600);
        }
        it.pass(5 * DAY + 3600);
        if lost {
            it.cluster.lose_pieces("mysql_tenant").expect("an existing tenant");
        }
        assert_eq!(it.user(POLICY), "OK");
        it.pass(2 * 3600);
        assert_eq!(kept(&mut it), expected, "{profile} {sql} {lost}");
    }
}
