//! `BACKUP` as a statement: its grammar, whom it means, and when it is refused at once.

use super::*;

const FULL: &str = "ALTER SYSTEM BACKUP DATABASE";
const INCREMENTAL: &str = "ALTER SYSTEM BACKUP INCREMENTAL DATABASE";
const IN_PROGRESS: &str = "ERROR 9036 (HY000): Backup is in progress";

fn because(reason: &str) -> String {
    format!("ERROR 9040 (HY000): backup can not start, because {reason}")
}

fn unsupported(what: &str) -> String {
    format!("ERROR 1235 (0A000): {what}")
}

#[test]
fn statements_are_answered_as_by_the_server() {
    let path = unsupported("backup do not support using specify path not supported");
    let nobody = unsupported("No tenant name specified not supported");
    let ok = || "OK".to_owned();
    for (sql, expected) in [
        (FULL, ok()),
        ("alter system backup database;", ok()),
        (INCREMENTAL, ok()),
        ("ALTER SYSTEM BACKUP TENANT = mysql_tenant", ok()),
        ("ALTER SYSTEM BACKUP TENANT 'mysql_tenant', `mysql_tenant_2`", ok()),
        (
            "ALTER SYSTEM BACKUP TENANT = (mysql_tenant, mysql_tenant_2)",
            syntax_near("(mysql_tenant, mysql_tenant_2)"),
        ),
        (
            "ALTER SYSTEM BACKUP INCREMENTAL TENANT = mysql_tenant PLUS ARCHIVELOG",
            ok(),
        ),
        ("ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG DESCRIPTION = 'a'", ok()),
        ("ALTER SYSTEM BACKUP DATABASE DESCRIPTION 'a'", ok()),
        (
            "ALTER SYSTEM BACKUP DATABASE DESCRIPTION = 'a' PLUS ARCHIVELOG",
            syntax_near("PLUS ARCHIVELOG"),
        ),
        ("ALTER SYSTEM BACKUP DATABASE TO = 'file:///a'", path.clone()),
        (
            "ALTER SYSTEM BACKUP TENANT = mysql_tenant TO 'file:///a' PLUS ARCHIVELOG",
            path,
        ),
        (
            "ALTER SYSTEM BACKUP DATABASE TENANT = mysql_tenant",
            syntax_near("TENANT = mysql_tenant"),
        ),
        ("ALTER SYSTEM BACKUP FULL DATABASE", syntax_near("FULL DATABASE")),
        (
            "ALTER SYSTEM BACKUP COMPRESSED DATABASE",
            syntax_near("COMPRESSED DATABASE"),
        ),
        (
            "ALTER SYSTEM BACKUP DATABASE AS COMPRESSED",
            syntax_near("AS COMPRESSED"),
        ),
        ("ALTER SYSTEM BACKUP", nobody.clone()),
        ("ALTER SYSTEM BACKUP INCREMENTAL", nobody.clone()),
        ("ALTER SYSTEM BACKUP PLUS ARCHIVELOG", nobody),
        ("ALTER SYSTEM BACKUP TENANT = all", UNKNOWN_TENANT.to_owned()),
        ("ALTER SYSTEM BACKUP TENANT = all_user", UNKNOWN_TENANT.to_owned()),
        (
            "ALTER SYSTEM BACKUP TENANT = mysql_tenant, nobody",
            UNKNOWN_TENANT.to_owned(),
        ),
        (
            "ALTER SYSTEM BACKUP TENANT = sys",
            "ERROR 4016 (HY000): Internal error".to_owned(),
        ),
        (
            "ALTER SYSTEM BACKUP BACKUPSET ALL NOT BACKED UP 2 TIMES",
            unsupported("statement type not supported"),
        ),
        ("ALTER SYSTEM BACKUP BACKUPSET", syntax_near("BACKUPSET")),
        ("ALTER SYSTEM START BACKUP ARCHIVELOG", UNSUPPORTED.to_owned()),
        ("ALTER SYSTEM STOP BACKUP ARCHIVELOG", UNSUPPORTED.to_owned()),
        ("ALTER SYSTEM VALIDATE DATABASE", UNSUPPORTED.to_owned()),
        ("ALTER SYSTEM VALIDATE BACKUPSET 1 COPY 1", UNSUPPORTED.to_owned()),
        ("ALTER SYSTEM CANCEL VALIDATE 1", UNSUPPORTED.to_owned()),
        ("ALTER SYSTEM VALIDATE BACKUPSET", syntax_near("BACKUPSET")),
        (
            "ALTER SYSTEM BACKUP BACKUPPIECE = 1",
            unsupported("statement type not supported"),
        ),
    ] {
        let mut it = Fixture::ready(Profile::Ce4210);
        assert_eq!(it.sys(sql), expected, "{sql}");
    }
}

#[test]
fn a_user_tenant_speaks_for_itself() {
    let mut it = Fixture::ready(Profile::Ce4210);
    for sql in [
        "ALTER SYSTEM BACKUP TENANT = mysql_tenant",
        "ALTER SYSTEM BACKUP INCREMENTAL TENANT = nobody",
    ] {
        assert_eq!(
            it.user(sql),
            unsupported("user tenant cannot specify tenant names not supported")
        );
    }
    let clerk = Viewer {
        tenant_id: MYSQL_TENANT,
        user: "clerk".to_owned(),
    };
    it.cluster
        .create_user("mysql_tenant", "clerk", "", Privileges::Select)
        .expect("an existing tenant");
    let denied = "ERROR 1227 (42501): Access denied; you need (at least one of) the ALTER SYSTEM privilege(s) for this operation";
    assert_eq!(it.run(&clerk, FULL), denied);
    assert_eq!(it.run(&clerk, "ALTER SYSTEM CANCEL BACKUP"), denied);
    assert_eq!(it.user(FULL), "OK");
    assert_eq!(it.select("TENANT_ID", "CDB_OB_BACKUP_JOBS"), "1002");
}

#[test]
fn a_quote_in_the_description_breaks_the_servers_own_statement() {
    let mut it = Fixture::ready(Profile::Ce4210);
    for description in ["it''s", "a\\\\b"] {
        assert_eq!(
            it.user(&format!("ALTER SYSTEM BACKUP DATABASE DESCRIPTION = '{description}'")),
            "ERROR 1064 (42000): Parse error"
        );
    }
    assert_eq!(it.select("JOB_ID", "CDB_OB_BACKUP_JOBS"), "");
}

/// Breaks every condition, then mends them one by one: each refusal hides the ones after it.
#[test]
fn a_tenant_hears_of_its_conditions_in_their_order() {
    let mut it = fixture(Profile::Ce4210);
    it.cluster.set_upgrading(true);
    it.cluster
        .set_tenant_status("mysql_tenant", TenantStatus::Creating)
        .expect("an existing tenant");
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(60))
        .expect("an existing tenant");
    assert_eq!(it.user(FULL), "ERROR 9040 (HY000): backup can not start");
    it.cluster.end_backup_jobs("mysql_tenant").expect("an existing tenant");
    assert_eq!(it.user("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///data'"), "OK");
    it.cluster
        .start_backup_job("mysql_tenant", Duration::from_secs(60))
        .expect("an existing tenant");
    assert_eq!(it.user(FULL), because("tenant status is not normal."));
    it.cluster
        .set_tenant_status("mysql_tenant", TenantStatus::Normal)
        .expect("an existing tenant");
    assert_eq!(it.user(FULL), IN_PROGRESS);
    it.cluster.end_backup_jobs("mysql_tenant").expect("an existing tenant");
    let not_doing = because("log archive status is not doing.");
    assert_eq!(it.user(FULL), not_doing);
    it.user("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log'");
    it.user("ALTER SYSTEM ARCHIVELOG");
    while it.select("STATUS", "CDB_OB_ARCHIVELOG") != "BEGINNING" {
        it.pass(1);
    }
    assert_eq!(it.user(FULL), not_doing);
    it.pass(20);
    assert_eq!(it.user(FULL), because("cluster upgrading"));
    it.cluster.set_upgrading(false);
    assert_eq!(it.user(FULL), "OK");
    let refused = it.select("EVENT NAME1 VALUE1 VALUE2", "DBA_OB_ROOTSERVICE_EVENT_HISTORY");
    let refused: Vec<&str> = refused.lines().collect();
    assert_eq!(refused.len(), 6);
    assert_eq!(refused[2], "start_backup_data | tenant_id | 1002 | -9036");
}

#[test]
fn a_list_is_refused_for_its_first_bad_tenant_and_nothing_starts() {
    let both = "ALTER SYSTEM BACKUP TENANT = mysql_tenant, mysql_tenant_2";
    let mut it = Fixture::ready(Profile::Ce4210);
    let second = Viewer::root(1004);
    it.cluster.set_upgrading(true);
    assert_eq!(it.sys(both), because("cluster upgrading"));
    it.cluster.set_upgrading(false);
    assert_eq!(it.run(&second, "ALTER SYSTEM SET DATA_BACKUP_DEST=''"), "OK");
    assert_eq!(it.sys(both), because("backup dest is not set."));
    it.run(&second, "ALTER SYSTEM NOARCHIVELOG");
    it.pass(20);
    assert_eq!(it.sys(both), because("log archive status is not doing."));
    it.cluster
        .set_tenant_status("mysql_tenant_2", TenantStatus::Restore)
        .expect("an existing tenant");
    assert_eq!(it.sys(both), because("tenant status is not normal."));
    assert_eq!(it.select("JOB_ID", "CDB_OB_BACKUP_JOBS"), "");
    // For all, who does not qualify is left out.
    assert_eq!(it.sys(FULL), "OK");
    assert_eq!(it.select("EXECUTOR_TENANT_ID", "CDB_OB_BACKUP_JOBS"), "1002");
    it.pass(5);
    assert_eq!(
        it.sys(FULL),
        because(
            "no tenant meets the backup condition, please check the tenant status, log archive status, backup data dest, and \
             backup status for each tenant"
        )
    );
    assert_eq!(it.sys("ALTER SYSTEM BACKUP TENANT = mysql_tenant"), IN_PROGRESS);
}

#[test]
fn jobs_of_sys_and_of_the_tenant_do_not_know_of_one_another() {
    let mut it = Fixture::ready(Profile::Ce4210);
    assert_eq!(it.user(FULL), "OK");
    assert_eq!(it.user(FULL), IN_PROGRESS);
    assert_eq!(it.sys("ALTER SYSTEM BACKUP TENANT = mysql_tenant"), "OK");
    it.pass(6);
    assert_eq!(
        it.select("TENANT_ID JOB_ID INITIATOR_TENANT_ID", "CDB_OB_BACKUP_JOBS"),
        "1 | 1 | 1\n1002 | 1 | 1002\n1002 | 2 | 1"
    );
    it.pass(600);
    assert_eq!(
        it.select("TENANT_ID STATUS", "CDB_OB_BACKUP_JOB_HISTORY"),
        "1 | COMPLETED\n1002 | COMPLETED\n1002 | COMPLETED"
    );
    assert_eq!(it.user(FULL), "OK");
}

#[test]
fn an_incremental_does_not_follow_a_set_of_another_version() {
    for (profile, expected) in [
        (Profile::Ce4210, "OK".to_owned()),
        (Profile::Ee4353, "OK".to_owned()),
        (
            Profile::Ce4410,
            because(
                "cross compatible incremental backup is not supported, previous backup set compatible is 4.2.0.0, current \
                 compatible is 4.4.1.0",
            ),
        ),
    ] {
        let mut it = Fixture::ready(profile);
        it.back_up(FULL);
        it.cluster
            .backdate_sets("mysql_tenant", "4.2.0.0")
            .expect("an existing tenant");
        assert_eq!(it.user(INCREMENTAL), expected, "{profile}");
        if expected == "OK" {
            assert_eq!(it.select("BACKUP_TYPE", "CDB_OB_BACKUP_JOBS"), "FULL");
        }
    }
}
