//! Tenants: DBA_OB_TENANTS, logging in.

use super::*;

fn login(it: &Fixture, user: &str, tenant: &str) -> String {
    match it.cluster.account(user, tenant) {
        Ok(account) => format!("{} {:?}", account.viewer.tenant_id, account.password),
        Err(error) => error.to_string(),
    }
}

fn with_oracle() -> Fixture {
    let (mut options, root) = options(Profile::Ce4210);
    options.oracle_tenants = 1;
    options.passwords.insert("mysql_tenant".to_owned(), "s3cr3t".to_owned());
    Fixture {
        cluster: Cluster::new(options),
        _root: root,
    }
}

#[test]
fn logins_are_refused_for_the_servers_reasons() {
    let mut it = with_oracle();
    let denied = "ERROR 1045 (42000): Access denied for user 'root'@'xxx.xxx.xxx.xxx' (using password: YES)";
    let nobody = denied.replace("root", "nobody");
    for (user, tenant, expected) in [
        ("root", "sys", "1 \"\""),
        ("root", "mysql_tenant", "1002 \"s3cr3t\""),
        ("root", "mysql_tenant_2", "1004 \"\""),
        ("root", "MYSQL_TENANT", denied),
        ("root", "nowhere", denied),
        ("root", "", denied),
        ("root", "sys#obcluster", denied),
        ("root", "META$9999", denied),
        ("nobody", "sys", &nobody),
        (
            "root",
            "META$1002",
            "ERROR 1235 (0A000): login meta tenant not supported",
        ),
        (
            "SYS",
            "oracle_tenant",
            "ERROR 1235 (0A000): Oracle tenant for current client driver is not supported",
        ),
    ] {
        assert_eq!(login(&it, user, tenant), expected, "{user}@{tenant}");
    }
    it.cluster
        .lock_tenant("mysql_tenant", true)
        .expect("an existing tenant");
    assert_eq!(
        login(&it, "root", "mysql_tenant"),
        "ERROR 5260 (HY000): Tenant 'mysql_tenant' is locked"
    );
    for (status, expected) in [
        (TenantStatus::Dropping, "ERROR 5150 (HY000): Tenant not in this server"),
        (
            TenantStatus::Restore,
            "ERROR 4109 (HY000): Server state or role not the same as expected",
        ),
    ] {
        it.cluster
            .set_tenant_status("mysql_tenant", status)
            .expect("an existing tenant");
        assert_eq!(login(&it, "root", "mysql_tenant"), expected);
    }
    it.cluster
        .recycle_tenant("mysql_tenant", true)
        .expect("an existing tenant");
    assert_eq!(
        login(&it, "root", "mysql_tenant"),
        "ERROR 5157 (HY000): Unknown tenant 'mysql_tenant'"
    );
}

#[test]
fn neither_cluster_nor_account_shows_a_password() {
    let it = with_oracle();
    let account = it.cluster.account("root", "mysql_tenant").expect("an account");
    assert!(!format!("{account:?} {:?}", it.cluster).contains("s3cr3t"));
}

#[test]
fn sys_sees_all_tenants_and_a_user_tenant_itself() {
    let mut it = with_oracle();
    it.cluster
        .lock_tenant("mysql_tenant_2", true)
        .expect("an existing tenant");
    let columns =
        "TENANT_ID TENANT_NAME TENANT_TYPE COMPATIBILITY_MODE STATUS IN_RECYCLEBIN LOCKED TENANT_ROLE COMPATIBLE";
    expect_test::expect![[r#"
        1 | sys | SYS | MYSQL | NORMAL | NO | NO | PRIMARY | 4.2.1.0
        1001 | META$1002 | META | MYSQL | NORMAL | NO | NO | PRIMARY | 4.2.1.0
        1002 | mysql_tenant | USER | MYSQL | NORMAL | NO | NO | PRIMARY | 4.2.1.0
        1003 | META$1004 | META | MYSQL | NORMAL | NO | NO | PRIMARY | 4.2.1.0
        1004 | mysql_tenant_2 | USER | MYSQL | NORMAL | NO | YES | PRIMARY | 4.2.1.0
        1005 | META$1006 | META | MYSQL | NORMAL | NO | NO | PRIMARY | 4.2.1.0
        1006 | oracle_tenant | USER | ORACLE | NORMAL | NO | NO | PRIMARY | 4.2.1.0"#]]
    .assert_eq(&it.select(columns, "DBA_OB_TENANTS"));
    let user = Viewer::root(MYSQL_TENANT);
    assert_eq!(it.select_as(&user, "TENANT_NAME", "DBA_OB_TENANTS"), "mysql_tenant");
}

#[test]
fn sys_cannot_be_dropped() {
    let mut it = fixture(Profile::Ce4210);
    assert!(it.cluster.drop_tenant("sys").is_err());
    assert_eq!(it.cluster.tenant_name(SYS), Some("sys"));
    assert_eq!(login(&it, "root", "sys"), "1 \"\"");
}

#[test]
fn every_column_of_a_tenant_has_its_value() {
    let mut it = fixture(Profile::Ee4353);
    it.pass(60);
    it.cluster
        .recycle_tenant("mysql_tenant", true)
        .expect("an existing tenant");
    it.user("ALTER SYSTEM ARCHIVELOG");
    let columns = "TENANT_NAME CREATE_TIME MODIFY_TIME PRIMARY_ZONE LOCALITY PREVIOUS_LOCALITY IN_RECYCLEBIN LOCKED \
                   SWITCHOVER_STATUS SWITCHOVER_EPOCH SYNC_SCN REPLAYABLE_SCN READABLE_SCN RECOVERY_UNTIL_SCN LOG_MODE \
                   ARBITRATION_SERVICE_STATUS UNIT_NUM MAX_LS_ID RESTORE_DATA_MODE";
    let now = format!("{}000000000", START + 60);
    let user = format!(
        "mysql_tenant | +0s | +60s | RANDOM | FULL{{1}}@zone1 | NULL | YES | NO | NORMAL | 0 | {now} | {now} | {now} | \
         4611686018427387903 | ARCHIVELOG | DISABLED | 1 | 1001 | NORMAL"
    );
    let meta = "META$1002 | +0s | +60s | RANDOM | FULL{1}@zone1 | NULL | NO | NO | NORMAL | 0 | NULL | NULL | NULL | NULL | \
                NOARCHIVELOG | DISABLED | 1 | 1 | NORMAL";
    let rows = it.select(columns, "DBA_OB_TENANTS");
    let rows: Vec<&str> = rows.lines().collect();
    assert_eq!(rows[1..3], [meta, &user]);
}

#[test]
fn a_tenants_status_is_shown() {
    let mut it = fixture(Profile::Ce4210);
    for (status, expected) in [
        (TenantStatus::Creating, "CREATING"),
        (TenantStatus::Dropping, "DROPPING"),
        (TenantStatus::Restore, "RESTORE"),
        (TenantStatus::CreatingStandby, "CREATING_STANDBY"),
        (TenantStatus::Normal, "NORMAL"),
    ] {
        it.cluster
            .set_tenant_status("mysql_tenant", status)
            .expect("an existing tenant");
        let shown = it.select("STATUS", "DBA_OB_TENANTS");
        assert_eq!(shown.lines().nth(2), Some(expected));
    }
}
