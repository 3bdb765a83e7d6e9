//! `ADD` and `DROP DELETE BACKUP POLICY`.

use super::*;

const ADD: &str = "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d'";
const DROP: &str = "ALTER SYSTEM DROP DELETE BACKUP POLICY 'default'";
const VIEW: &str = "CDB_OB_BACKUP_DELETE_POLICY";

fn unsupported(what: &str) -> String {
    format!("ERROR 1235 (0A000): {what}")
}

#[test]
fn statements_are_answered_as_by_the_server() {
    let little = "Too little tenant names specified, only one tenant name can be specified not supported";
    let many = "Too many tenant names specified, only one tenant name can be specified not supported";
    let name = "The policy name is not 'default', it is not supported";
    for (rest, expected) in [
        ("'default' RECOVERY_WINDOW '7d' TENANT = mysql_tenant", "OK".to_owned()),
        (
            "= 'default' RECOVERY_WINDOW = '7d' REDUNDANCY = 1 BACKUP_COPIES = 0 TENANT mysql_tenant",
            "OK".to_owned(),
        ),
        ("'default' REDUNDANCY 1 TENANT = mysql_tenant", "OK".to_owned()),
        (
            "'default' RECOVERY_WINDOW '7d' REDUNDANCY 2 TENANT = mysql_tenant",
            "OK".to_owned(),
        ),
        ("'default' RECOVERY_WINDOW '0d' TENANT = mysql_tenant", "OK".to_owned()),
        (
            "'default' REDUNDANCY 1 RECOVERY_WINDOW '7d' TENANT = mysql_tenant",
            syntax_near("RECOVERY_WINDOW '7d' TENANT = mysql_tenant"),
        ),
        (
            "default RECOVERY_WINDOW '7d'",
            syntax_near("default RECOVERY_WINDOW '7d'"),
        ),
        ("'default' RECOVERY_WINDOW 7", syntax_near("7")),
        (
            "'DEFAULT' RECOVERY_WINDOW '7d' TENANT = mysql_tenant",
            unsupported(name),
        ),
        (
            "'log_only' RECOVERY_WINDOW '7d' TENANT = mysql_tenant",
            unsupported(name),
        ),
        ("'default' RECOVERY_WINDOW '7d'", unsupported(little)),
        (
            "'default' RECOVERY_WINDOW '7d' TENANT = mysql_tenant, mysql_tenant_2",
            unsupported(many),
        ),
        (
            "'default' RECOVERY_WINDOW '7d' TENANT = sys",
            "ERROR 4016 (HY000): Internal error".to_owned(),
        ),
        (
            "'default' RECOVERY_WINDOW '7d' TENANT = nobody",
            UNKNOWN_TENANT.to_owned(),
        ),
        (
            "'default' TENANT = mysql_tenant",
            unsupported("Neither recovery_window nor redundancy is set not supported"),
        ),
        (
            "'default' RECOVERY_WINDOW 'soon' TENANT = mysql_tenant",
            unsupported("recovery window is not be time string not supported"),
        ),
        (
            "'default' REDUNDANCY 2 TENANT = mysql_tenant",
            unsupported("Redundancy not equal to 1 is not supported"),
        ),
    ] {
        let mut it = fixture(Profile::Ce4210);
        assert_eq!(
            it.sys(&format!("ALTER SYSTEM ADD DELETE BACKUP POLICY {rest}")),
            expected,
            "{rest}"
        );
    }
    let mut it = fixture(Profile::Ce4210);
    assert_eq!(it.user(ADD), "OK");
    assert_eq!(
        it.user("ALTER SYSTEM DROP DELETE BACKUP POLICY 'default' TENANT = mysql_tenant"),
        unsupported("user tenant cannot specify tenant names not supported")
    );
    assert_eq!(
        it.user("ALTER SYSTEM DROP DELETE BACKUP POLICY 'other'"),
        unsupported(name)
    );
    for word in ["CHANGE", "MODIFY", "ALTER"] {
        let sql = format!("ALTER SYSTEM {word} DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '8d'");
        assert!(it.user(&sql).starts_with("ERROR 1064"), "{sql}");
    }
}

#[test]
fn the_view_shows_the_window_as_it_was_typed() {
    let mut it = fixture(Profile::Ee4353);
    assert_eq!(it.select("TENANT_ID", VIEW), "");
    it.user("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '168h'");
    it.sys("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' REDUNDANCY 1 TENANT = mysql_tenant_2");
    assert_eq!(
        it.select("TENANT_ID POLICY_NAME RECOVERY_WINDOW", VIEW),
        "1002 | default | 168h\n1004 | default | "
    );
    let user = Viewer::root(MYSQL_TENANT);
    assert_eq!(
        it.select_as(&user, "RECOVERY_WINDOW", "DBA_OB_BACKUP_DELETE_POLICY"),
        "168h"
    );
}

#[test]
fn a_policy_is_added_and_dropped_once() {
    for (profile, twice, none) in [
        (
            Profile::Ce4210,
            "ERROR 1062 (23000): Duplicate entry '1002-default' for key 'PRIMARY'",
            "OK",
        ),
        (
            Profile::Ee4353,
            "ERROR 1062 (23000): Duplicate entry '1002-default' for key 'PRIMARY'",
            "OK",
        ),
        (
            Profile::Ce4410,
            "ERROR 4017 (HY000): Entry already exist",
            "ERROR 4018 (HY000): Entry not exist",
        ),
    ] {
        let mut it = fixture(profile);
        assert_eq!(it.user(DROP), none, "{profile}");
        assert_eq!(it.user(ADD), "OK");
        assert_eq!(it.user(ADD), twice, "{profile}");
        assert_eq!(it.user(DROP), "OK");
        assert_eq!(it.select("POLICY_NAME", VIEW), "");
        assert_eq!(it.user(DROP), none, "{profile}");
    }
}

#[test]
fn a_policy_needs_alter_system() {
    let mut it = fixture(Profile::Ce4210);
    it.cluster
        .create_user("mysql_tenant", "clerk", "", Privileges::Select)
        .expect("an existing tenant");
    let clerk = Viewer {
        tenant_id: MYSQL_TENANT,
        user: "clerk".to_owned(),
    };
    for sql in [
        ADD,
        DROP,
        "ALTER SYSTEM CANCEL DELETE BACKUP",
        "ALTER SYSTEM DELETE OBSOLETE BACKUP",
    ] {
        let denied = it.run(&clerk, sql);
        assert!(denied.starts_with("ERROR 1227"), "{denied}");
    }
}

#[test]
fn no_window_is_too_wide() {
    for window in ["-9999999999999d", "9999999999999d"] {
        let mut it = Fixture::ready(Profile::Ce4410);
        let sql = format!("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '{window}'");
        assert_eq!(it.user(&sql), "OK");
        assert_eq!(it.user("ALTER SYSTEM DELETE OBSOLETE BACKUP"), "OK");
        it.pass(7200);
        let jobs = it.select("STATUS TASK_COUNT", "CDB_OB_BACKUP_DELETE_JOB_HISTORY");
        assert!(jobs.lines().all(|job| job == "COMPLETED | 0"), "{jobs}");
    }
}
