//! Deleting by hand.

use super::*;

const FULL: &str = "ALTER SYSTEM BACKUP DATABASE";
const INCREMENTAL: &str = "ALTER SYSTEM BACKUP INCREMENTAL DATABASE";
const HISTORY: &str = "CDB_OB_BACKUP_DELETE_JOB_HISTORY";
const DAY: u64 = 86_400;

/// Sets 1 and 2 are a full and its incremental, 3 a full, 4 its incremental, 5 failed.
fn with_sets(profile: Profile) -> Fixture {
    let mut it = Fixture::ready(profile);
    for sql in [FULL, INCREMENTAL, FULL, INCREMENTAL] {
        it.back_up(sql);
    }
    assert_eq!(it.user(FULL), "OK");
    it.pass(10);
    assert_eq!(it.user("ALTER SYSTEM CANCEL BACKUP"), "OK");
    it.pass(10);
    it
}

#[test]
fn before_4_4_1_it_is_known_and_refused() {
    let nameless = "ERROR 1235 (0A000): need to specify a tenant name not supported";
    let refused = "ERROR 1235 (0A000): function is not supported";
    for profile in [Profile::Ce4210, Profile::Ee4353] {
        let mut it = with_sets(profile);
        for (sql, expected) in [
            ("ALTER SYSTEM DELETE BACKUPSET 1", nameless.to_owned()),
            ("ALTER SYSTEM DELETE BACKUPPIECE 1", nameless.to_owned()),
            // It says so even where there is one, whoever that is.
            (
                "ALTER SYSTEM DELETE BACKUPSET 1 COPY 1 TENANT = mysql_tenant",
                nameless.to_owned(),
            ),
            (
                "ALTER SYSTEM DELETE BACKUPPIECE 1 TENANT nobody DESCRIPTION = 'd'",
                nameless.to_owned(),
            ),
            ("ALTER SYSTEM DELETE BACKUPPIECE 1 COPY = 1", syntax_near("= 1")),
            ("ALTER SYSTEM DELETE OBSOLETE BACKUP", refused.to_owned()),
            (
                "ALTER SYSTEM DELETE OBSOLETE BACKUP TENANT = nobody",
                refused.to_owned(),
            ),
            (
                "ALTER SYSTEM DELETE BACKUPSET 1,2 TENANT = mysql_tenant",
                syntax_near(",2 TENANT = mysql_tenant"),
            ),
            (
                "ALTER SYSTEM DELETE ARCHIVELOG_PIECE 1",
                syntax_near("ARCHIVELOG_PIECE 1"),
            ),
            ("ALTER SYSTEM DELETE ALL BACKUP", syntax_near("ALL BACKUP")),
            (
                "ALTER SYSTEM DELETE BACKUP ALL DATA_BACKUP_DEST = 'file:///a'",
                syntax_near("BACKUP ALL DATA_BACKUP_DEST = 'file:///a'"),
            ),
            ("ALTER SYSTEM DELETE BACKUP OBSOLETE", syntax_near("BACKUP OBSOLETE")),
            ("ALTER SYSTEM DELETE BACKUPROUND 1", syntax_near("BACKUPROUND 1")),
        ] {
            assert_eq!(it.sys(sql), expected, "{sql}");
        }
        assert_eq!(it.user("ALTER SYSTEM DELETE BACKUPSET 1"), refused);
        it.pass(60);
        assert_eq!(it.select("JOB_ID", HISTORY), "");
    }
}

#[test]
fn since_4_4_1_the_words_are_others() {
    let mut it = with_sets(Profile::Ce4410);
    for (sql, expected) in [
        (
            "ALTER SYSTEM DELETE BACKUPPIECE 1 TENANT = mysql_tenant",
            syntax_near("BACKUPPIECE 1 TENANT = mysql_tenant"),
        ),
        (
            "ALTER SYSTEM DELETE BACKUPSET 1 COPY 1 TENANT = mysql_tenant",
            syntax_near("COPY 1 TENANT = mysql_tenant"),
        ),
        (
            "ALTER SYSTEM DELETE BACKUPSET 1",
            "ERROR 1235 (0A000): need to specify a tenant name not supported".to_owned(),
        ),
        (
            "ALTER SYSTEM DELETE BACKUPSET 1 TENANT = nobody",
            UNKNOWN_TENANT.to_owned(),
        ),
        (
            "ALTER SYSTEM DELETE BACKUPSET 1, 2 TENANT = mysql_tenant DESCRIPTION = 'd'",
            "OK".to_owned(),
        ),
        (
            "ALTER SYSTEM DELETE ARCHIVELOG_PIECE 1 TENANT mysql_tenant",
            "OK".to_owned(),
        ),
        ("ALTER SYSTEM DELETE OBSOLETE BACKUP DESCRIPTION 'd'", "OK".to_owned()),
        (
            "ALTER SYSTEM DELETE OBSOLETE BACKUP TENANT mysql_tenant, mysql_tenant_2",
            "OK".to_owned(),
        ),
    ] {
        assert_eq!(it.sys(sql), expected, "{sql}");
    }
    assert_eq!(
        it.user("ALTER SYSTEM DELETE BACKUPSET 1 TENANT = mysql_tenant"),
        "ERROR 1235 (0A000): user tenant cannot specify tenant names not supported"
    );
}

#[test]
fn an_old_chain_goes_as_a_whole() {
    let mut it = with_sets(Profile::Ce4410);
    assert_eq!(it.user("ALTER SYSTEM DELETE BACKUPSET 1,2"), "OK");
    it.pass(10);
    assert_eq!(
        it.select(
            "TENANT_ID JOB_ID INITIATOR_TENANT_ID TYPE PARAMETER JOB_LEVEL STATUS TASK_COUNT RESULT COMMENT",
            HISTORY
        ),
        "1002 | 6 | 1002 | DELETE BACKUP SET | 1,2 | USER_TENANT | COMPLETED | 2 | 0 | "
    );
    assert_eq!(
        it.select("BACKUP_SET_ID STATUS FILE_STATUS", "CDB_OB_BACKUP_SET_FILES"),
        "1 | SUCCESS | DELETED\n2 | SUCCESS | DELETED\n3 | SUCCESS | AVAILABLE\n4 | SUCCESS | AVAILABLE\n5 | FAILED | INCOMPLETE"
    );
    assert_eq!(
        it.cluster.list_files("file:///data/mysql_tenant/backup_set_2_inc"),
        Ok(vec![])
    );
}

#[test]
fn what_may_not_go_fails_the_job() {
    let policy = "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '700d'";
    let running = FULL;
    for (before, rest, expected) in [
        ("", "BACKUPSET 9", "-9045 | id=9(get set failed)"),
        (running, "BACKUPSET 6", "-9045 | id=6(status=DOING)"),
        (
            "ALTER SYSTEM DELETE BACKUPSET 1,2",
            "BACKUPSET 1",
            "-9045 | id=1(already deleted)",
        ),
        (
            policy,
            "BACKUPSET 1,2",
            "-9045 | id=1(cannot delete backup set in current path when delete policy is set)",
        ),
        (
            "",
            "BACKUPSET 3,4",
            "-9045 | id=3(newer than latest full backupset id=3)",
        ),
        ("", "BACKUPSET 4", "-9045 | id=4(newer than latest full backupset id=3)"),
        ("", "BACKUPSET 1", "-9045 | id=1(dependent by backup set id=2)"),
        ("", "ARCHIVELOG_PIECE 99", "-9069 | id=99(not exist)"),
        ("", "ARCHIVELOG_PIECE 1", "-9069 | id=1(is active piece)"),
    ] {
        let mut it = with_sets(Profile::Ce4410);
        if !before.is_empty() {
            assert_eq!(it.user(before), "OK", "{before}");
            it.pass(10);
        }
        assert_eq!(it.user(&format!("ALTER SYSTEM DELETE {rest}")), "OK", "{rest}");
        it.pass(10);
        let last = it.select("STATUS RESULT COMMENT", HISTORY);
        let expected = format!("FAILED | {expected}");
        assert_eq!(last.lines().last(), Some(expected.as_str()), "{rest}");
    }
}

#[test]
fn at_an_old_place_everything_may_go_but_what_others_need() {
    let mut it = with_sets(Profile::Ce4410);
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///elsewhere'"), "OK");
    for (ids, expected) in [
        ("3", "FAILED | -9045 | id=3(dependent by backup set id=4)"),
        ("5", "COMPLETED | 0 | "),
        ("3,4", "COMPLETED | 0 | "),
    ] {
        assert_eq!(it.user(&format!("ALTER SYSTEM DELETE BACKUPSET {ids}")), "OK");
        it.pass(10);
        let last = it.select("STATUS RESULT COMMENT", HISTORY);
        assert_eq!(last.lines().last(), Some(expected), "{ids}");
    }
    it.back_up(FULL);
    it.back_up(FULL);
    assert_eq!(it.user("ALTER SYSTEM DELETE BACKUPSET 1,2,6"), "OK");
    it.pass(10);
    let last = it.select("STATUS RESULT COMMENT", HISTORY);
    assert_eq!(
        last.lines().last(),
        Some("FAILED | -4007 | delete from multiple dest is not supported")
    );
}

#[test]
fn without_a_full_nothing_goes_at_the_place_in_use() {
    let mut it = Fixture::ready(Profile::Ce4410);
    assert_eq!(it.user(FULL), "OK");
    it.pass(10);
    it.user("ALTER SYSTEM CANCEL BACKUP");
    it.pass(10);
    assert_eq!(it.user("ALTER SYSTEM DELETE BACKUPSET 1"), "OK");
    it.pass(10);
    assert_eq!(it.select("COMMENT", HISTORY), "id=1(no full backup exists)");
}

#[test]
fn a_frozen_piece_goes_once() {
    let mut it = Fixture::ready(Profile::Ce4410);
    it.pass(3 * DAY);
    for (sql, expected) in [
        (
            "ALTER SYSTEM DELETE ARCHIVELOG_PIECE 1,2",
            "DELETE BACKUP PIECE | 1,2 | COMPLETED | 0 | ",
        ),
        (
            "ALTER SYSTEM DELETE ARCHIVELOG_PIECE 1",
            "DELETE BACKUP PIECE | 1 | FAILED | -9069 | id=1(already deleted)",
        ),
        (
            "ALTER SYSTEM DELETE BACKUP ALL LOG_ARCHIVE_DEST = 'file:///log/mysql_tenant'",
            "DELETE BACKUP ALL | file:///log/mysql_tenant | COMPLETED | 0 | ",
        ),
    ] {
        assert_eq!(it.user(sql), "OK");
        it.pass(10);
        let last = it.select("TYPE PARAMETER STATUS RESULT COMMENT", HISTORY);
        assert_eq!(last.lines().last(), Some(expected));
    }
    let pieces = it.select("PIECE_ID STATUS FILE_STATUS", "CDB_OB_ARCHIVELOG_PIECE_FILES");
    assert_eq!(
        pieces.lines().take(4).collect::<Vec<_>>(),
        [
            "1 | FROZEN | DELETED",
            "2 | FROZEN | DELETED",
            "3 | FROZEN | DELETED",
            "4 | ACTIVE | AVAILABLE"
        ]
    );
}

#[test]
fn a_destination_is_emptied_as_a_whole() {
    let mut it = with_sets(Profile::Ce4410);
    assert_eq!(
        it.sys("ALTER SYSTEM DELETE BACKUP ALL DATA_BACKUP_DEST = 'file:///data/mysql_tenant' TENANT = mysql_tenant"),
        "OK"
    );
    it.pass(15);
    let sets = it.select("FILE_STATUS", "CDB_OB_BACKUP_SET_FILES");
    assert!(sets.lines().all(|status| status == "DELETED"), "{sets}");
    assert_eq!(
        it.select("TENANT_ID TYPE STATUS TASK_COUNT", HISTORY),
        "1 | DELETE BACKUP ALL | COMPLETED | 0\n1002 | DELETE BACKUP ALL | COMPLETED | 5"
    );
}

#[test]
fn sys_deletes_through_a_parent() {
    let mut it = with_sets(Profile::Ce4410);
    assert_eq!(it.sys("ALTER SYSTEM DELETE OBSOLETE BACKUP"), "OK");
    it.pass(2);
    let columns = "TENANT_ID INITIATOR_TENANT_ID INITIATOR_JOB_ID EXECUTOR_TENANT_ID JOB_LEVEL TYPE STATUS RESULT";
    assert_eq!(
        it.select(columns, "CDB_OB_BACKUP_DELETE_JOBS"),
        "1 | 1 | 1 | 1002,1004 | CLUSTER | DELETE OBSOLETE BACKUP | INIT | 0"
    );
    it.pass(20);
    assert_eq!(
        it.select(columns, HISTORY),
        "1 | 1 | 1 | 1002,1004 | CLUSTER | DELETE OBSOLETE BACKUP | COMPLETED | 0\n\
         1002 | 1 | 1 | 1002 | USER_TENANT | DELETE OBSOLETE BACKUP | COMPLETED | 0\n\
         1004 | 1 | 1 | 1004 | USER_TENANT | DELETE OBSOLETE BACKUP | COMPLETED | 0"
    );
    assert_eq!(it.sys("ALTER SYSTEM DELETE BACKUPSET 1 TENANT = mysql_tenant"), "OK");
    it.pass(20);
    let last = it.select("TENANT_ID STATUS RESULT", HISTORY);
    assert!(last.starts_with("1 | COMPLETED | 0\n1 | FAILED | -9045\n"), "{last}");
}

#[test]
fn obsolete_is_what_the_policy_says() {
    let mut it = Fixture::ready(Profile::Ce4410);
    for _ in 0..3 {
        it.back_up("ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG");
        it.pass(DAY);
    }
    assert_eq!(it.user("ALTER SYSTEM DELETE OBSOLETE BACKUP"), "OK");
    it.pass(10);
    assert_eq!(it.select("STATUS TASK_COUNT", HISTORY), "COMPLETED | 0");
    assert_eq!(
        it.user("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '30h'"),
        "OK"
    );
    for expected in ["COMPLETED | 2", "COMPLETED | 0"] {
        assert_eq!(it.user("ALTER SYSTEM DELETE OBSOLETE BACKUP"), "OK");
        it.pass(10);
        let last = it.select("STATUS TASK_COUNT", HISTORY);
        assert_eq!(last.lines().last(), Some(expected));
    }
    assert_eq!(
        it.select("FILE_STATUS", "CDB_OB_BACKUP_SET_FILES"),
        "DELETED\nAVAILABLE\nAVAILABLE"
    );
}

#[test]
fn a_deletion_is_cancelled_and_that_is_never_refused() {
    for profile in Profile::ALL {
        let mut it = Fixture::ready(profile);
        let cancel = "ALTER SYSTEM CANCEL DELETE BACKUP";
        assert_eq!(it.user(cancel), "OK");
        assert_eq!(
            it.sys(&format!("{cancel} TENANT = mysql_tenant DESCRIPTION = 'd'")),
            "OK"
        );
        assert_eq!(it.sys(&format!("{cancel} TENANT = nobody")), UNKNOWN_TENANT);
        for _ in 0..3 {
            it.back_up(FULL);
        }
        it.pass(DAY);
        assert_eq!(
            it.user("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1h'"),
            "OK"
        );
        while it.select("STATUS", "CDB_OB_BACKUP_DELETE_JOBS") != "DOING" {
            it.pass(1);
        }
        assert_eq!(it.user(cancel), "OK");
        assert_eq!(it.user(cancel), "OK");
        assert_eq!(it.select("STATUS", "CDB_OB_BACKUP_DELETE_JOBS"), "CANCELING");
        it.pass(5);
        assert_eq!(
            it.select("STATUS RESULT SUCCESS_TASK_COUNT", HISTORY),
            "CANCELED | -4072 | 0"
        );
        let task = it.select("STATUS RESULT", "CDB_OB_BACKUP_DELETE_TASK_HISTORY");
        assert_eq!(task.lines().next(), Some("CANCELED | -4072"));
    }
}

#[test]
fn jobs_of_both_kinds_are_numbered_together() {
    let mut it = Fixture::ready(Profile::Ce4410);
    it.back_up(FULL);
    assert_eq!(it.user("ALTER SYSTEM DELETE OBSOLETE BACKUP"), "OK");
    it.back_up(FULL);
    assert_eq!(
        it.select("JOB_ID BACKUP_SET_ID", "CDB_OB_BACKUP_JOB_HISTORY"),
        "1 | 1\n3 | 2"
    );
    assert_eq!(it.select("JOB_ID", HISTORY), "2");
}

#[test]
fn who_jumps_needs_few_looks() {
    let (mut options, _root) = options(Profile::Ce4410);
    options.pace = Pace::JumpOnRead;
    let mut it = Fixture {
        cluster: Cluster::new(options),
        _root,
    };
    let before = it.cluster.now();
    assert_eq!(
        it.user("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1d'"),
        "OK"
    );
    assert_eq!(it.select("STATUS", "CDB_OB_BACKUP_DELETE_JOBS"), "");
    // Nobody jumps to the hour at which the policy is looked at.
    assert_eq!(it.cluster.now(), before);
    assert_eq!(it.user("ALTER SYSTEM DELETE OBSOLETE BACKUP"), "OK");
    assert_eq!(it.select("STATUS", HISTORY), "COMPLETED");
}
