//! Backups that sys starts: a parent that waits, and a child in every tenant.

use super::*;

const JOBS: &str = "CDB_OB_BACKUP_JOBS";
const HISTORY: &str = "CDB_OB_BACKUP_JOB_HISTORY";
const FULL: &str = "ALTER SYSTEM BACKUP DATABASE";

#[test]
fn sys_starts_a_parent_and_a_child_in_every_tenant() {
    let mut it = Fixture::ready(Profile::Ce4210);
    let columns = "TENANT_ID JOB_ID BACKUP_SET_ID INITIATOR_TENANT_ID INITIATOR_JOB_ID EXECUTOR_TENANT_ID JOB_LEVEL STATUS \
                   DESCRIPTION PATH";
    it.back_up(FULL);
    assert_eq!(it.sys("ALTER SYSTEM BACKUP DATABASE DESCRIPTION 'all'"), "OK");
    assert_eq!(
        it.select(columns, JOBS),
        "1 | 1 | 0 | 1 | 1 | 1002,1004 | CLUSTER | INIT | all | "
    );
    it.pass(2);
    assert_eq!(
        it.select(columns, JOBS),
        "1 | 1 | 0 | 1 | 1 | 1002,1004 | CLUSTER | DOING | all | \n\
         1002 | 2 | 2 | 1 | 1 | 1002 | USER_TENANT | INIT | all | file:///data/mysql_tenant\n\
         1004 | 1 | 1 | 1 | 1 | 1004 | USER_TENANT | INIT | all | file:///data/mysql_tenant_2"
    );
    it.pass(600);
    assert_eq!(it.select("JOB_ID", JOBS), "");
    assert_eq!(
        it.select("TENANT_ID JOB_ID STATUS RESULT END_TIMESTAMP", HISTORY),
        "1 | 1 | COMPLETED | 0 | +786s\n1002 | 1 | COMPLETED | 0 | +183s\n1002 | 2 | COMPLETED | 0 | +786s\n\
         1004 | 1 | COMPLETED | 0 | +786s"
    );
    // Each sees its own: sys the parent, a tenant its child.
    let sys = Viewer::root(SYS);
    assert_eq!(it.select_as(&sys, "JOB_LEVEL", "DBA_OB_BACKUP_JOB_HISTORY"), "CLUSTER");
    let user = Viewer::root(1004);
    assert_eq!(
        it.select_as(&user, "INITIATOR_JOB_ID", "DBA_OB_BACKUP_JOB_HISTORY"),
        "1"
    );
}

#[test]
fn a_list_of_tenants_is_a_job_of_the_cluster_too() {
    let mut it = Fixture::ready(Profile::Ee4353);
    assert_eq!(
        it.sys("ALTER SYSTEM BACKUP TENANT mysql_tenant_2, 'mysql_tenant_2'"),
        "OK"
    );
    it.pass(600);
    assert_eq!(
        it.select("TENANT_ID EXECUTOR_TENANT_ID JOB_LEVEL STATUS", HISTORY),
        "1 | 1004 | CLUSTER | COMPLETED\n1004 | 1004 | USER_TENANT | COMPLETED"
    );
}

#[test]
fn a_parent_fails_with_its_child() {
    let mut it = Fixture::ready(Profile::Ee4353);
    it.cluster
        .remove_files("file:///data/mysql_tenant_2/format.obbak")
        .expect("a writable root");
    assert_eq!(it.sys(FULL), "OK");
    it.pass(600);
    assert_eq!(
        it.select("TENANT_ID STATUS RESULT", HISTORY),
        "1 | FAILED | -9080\n1002 | COMPLETED | 0\n1004 | FAILED | -9080"
    );
}

#[test]
fn a_parent_completes_without_the_child_that_it_could_not_start() {
    let mut it = Fixture::ready(Profile::Ee4353);
    assert_eq!(it.sys(FULL), "OK");
    it.cluster
        .interrupt_archive("mysql_tenant_2", "lost")
        .expect("a running round");
    it.pass(600);
    assert_eq!(
        it.select("TENANT_ID STATUS EXECUTOR_TENANT_ID", HISTORY),
        "1 | COMPLETED | 1002,1004\n1002 | COMPLETED | 1002"
    );
    assert_eq!(
        it.select(
            "TIMESTAMP MODULE EVENT NAME1 VALUE1 NAME3 VALUE3 NAME4",
            "DBA_OB_ROOTSERVICE_EVENT_HISTORY"
        ),
        "+42s | backup_data | handle_user_tenant_backup_failed | tenant_id | 1004 | result | -9040 | "
    );
}

#[test]
fn a_tenant_that_goes_is_waited_for_no_longer() {
    let mut it = Fixture::ready(Profile::Ce4210);
    assert_eq!(it.sys(FULL), "OK");
    it.pass(10);
    it.cluster.drop_tenant("mysql_tenant").expect("an existing tenant");
    it.cluster.drop_tenant("mysql_tenant_2").expect("an existing tenant");
    it.pass(10);
    assert_eq!(it.select("TENANT_ID STATUS", HISTORY), "1 | COMPLETED");
}

#[test]
fn sys_cancels_every_job_or_those_of_its_list() {
    let mut it = Fixture::ready(Profile::Ce4210);
    assert_eq!(it.user(FULL), "OK");
    assert_eq!(it.sys(FULL), "OK");
    it.pass(20);
    assert_eq!(it.sys("ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant_2"), "OK");
    it.pass(600);
    assert_eq!(
        it.select("TENANT_ID STATUS RESULT", HISTORY),
        "1 | FAILED | -4072\n1002 | COMPLETED | 0\n1002 | COMPLETED | 0\n1004 | CANCELED | -4072"
    );
    assert_eq!(it.user(FULL), "OK");
    assert_eq!(it.sys(FULL), "OK");
    assert_eq!(it.sys("ALTER SYSTEM CANCEL BACKUP"), "OK");
    it.pass(6);
    assert_eq!(it.select("STATUS", JOBS), "");
    assert_eq!(
        it.select("TENANT_ID JOB_ID STATUS", HISTORY),
        "1 | 1 | FAILED\n1 | 2 | CANCELED\n1002 | 1 | COMPLETED\n1002 | 2 | COMPLETED\n1002 | 3 | CANCELED\n1004 | 1 | CANCELED"
    );
}

#[test]
fn a_parent_of_a_held_child_waits_without_end() {
    let mut it = Fixture::ready(Profile::Ce4210);
    it.cluster.hold_next_backup("mysql_tenant").expect("an existing tenant");
    assert_eq!(it.sys(FULL), "OK");
    it.pass(365 * 86_400);
    assert_eq!(it.select("TENANT_ID STATUS", JOBS), "1 | DOING\n1002 | DOING");
    it.cluster.end_backup_jobs("mysql_tenant").expect("an existing tenant");
    it.pass(5);
    assert_eq!(
        it.select("TENANT_ID STATUS", HISTORY),
        "1 | COMPLETED\n1002 | COMPLETED\n1004 | COMPLETED"
    );
}

#[test]
fn who_jumps_finds_a_parent_where_it_waits() {
    let (mut options, _root) = options(Profile::Ce4410);
    options.pace = Pace::JumpOnRead;
    let mut it = Fixture {
        cluster: Cluster::new(options),
        _root,
    };
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log', DATA_BACKUP_DEST='file:///data'");
    it.user("ALTER SYSTEM ARCHIVELOG");
    it.pass(60);
    it.cluster.hold_next_backup("mysql_tenant").expect("an existing tenant");
    assert_eq!(it.sys(FULL), "OK");
    for expected in [
        "1 | DOING\n1002 | INIT",
        "1 | DOING\n1002 | DOING",
        "1 | DOING\n1002 | DOING",
    ] {
        assert_eq!(it.select("TENANT_ID STATUS", JOBS), expected);
    }
    assert_eq!(it.sys("ALTER SYSTEM CANCEL BACKUP"), "OK");
    assert_eq!(it.select("TENANT_ID STATUS", JOBS), "");
    assert_eq!(it.select("TENANT_ID STATUS", HISTORY), "1 | CANCELED\n1002 | CANCELED");
    // Deletions wait in the same way.
    assert_eq!(it.sys("ALTER SYSTEM DELETE OBSOLETE BACKUP"), "OK");
    assert_eq!(
        it.select("TENANT_ID STATUS", "CDB_OB_BACKUP_DELETE_JOBS"),
        "1 | DOING\n1002 | INIT\n1004 | INIT"
    );
    assert_eq!(
        it.select("TENANT_ID STATUS", "CDB_OB_BACKUP_DELETE_JOB_HISTORY"),
        "1 | COMPLETED\n1002 | COMPLETED\n1004 | COMPLETED"
    );
}
