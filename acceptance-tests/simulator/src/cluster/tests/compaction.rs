//! Major compaction.

use super::*;

const COLUMNS: &str = "TENANT_ID STATUS FROZEN_SCN GLOBAL_BROADCAST_SCN LAST_SCN START_TIME LAST_FINISH_TIME IS_ERROR \
                       IS_SUSPENDED INFO";
const VIEW: &str = "DBA_OB_MAJOR_COMPACTION";

fn of(it: &mut Fixture, tenant: u64, columns: &str) -> String {
    it.select_as(&Viewer::root(tenant), columns, "DBA_OB_MAJOR_COMPACTION")
}

#[test]
fn a_freeze_is_merged_verified_and_done() {
    let mut it = fixture(Profile::Ce4210);
    let user = Viewer::root(MYSQL_TENANT);
    let columns = &COLUMNS["TENANT_ID ".len()..];
    assert_eq!(
        it.select_as(&user, columns, VIEW),
        format!("IDLE | 1 | 1 | 1 | +{0}s | +{0}s | NO | NO | ", -START)
    );
    it.pass(60);
    assert_eq!(it.user("ALTER SYSTEM MAJOR FREEZE"), "OK");
    let frozen = format!("{}000000000", START + 60);
    let idle = it.select_as(
        &user,
        "STATUS FROZEN_SCN FROZEN_TIME GLOBAL_BROADCAST_SCN LAST_SCN",
        VIEW,
    );
    assert_eq!(idle, format!("IDLE | {frozen} | +60s | 1 | 1"));
    it.pass(5);
    let merging = it.select_as(&user, "STATUS GLOBAL_BROADCAST_SCN LAST_SCN START_TIME", VIEW);
    assert_eq!(merging, format!("COMPACTING | {frozen} | 1 | +63s"));
    let zones = "DBA_OB_ZONE_MAJOR_COMPACTION";
    let zone = it.select_as(&user, "ZONE STATUS BROADCAST_SCN LAST_SCN", zones);
    assert_eq!(zone, format!("zone1 | COMPACTING | {frozen} | 1"));
    it.pass(65);
    assert_eq!(of(&mut it, MYSQL_TENANT, "STATUS"), "VERIFYING");
    let zone = it.select_as(&user, "STATUS LAST_SCN", zones);
    assert_eq!(zone, format!("IDLE | {frozen}"));
    it.pass(10);
    assert_eq!(
        it.select_as(&user, "STATUS LAST_SCN LAST_FINISH_TIME IS_ERROR", VIEW),
        format!("IDLE | {frozen} | +132s | NO")
    );
}

#[test]
fn who_is_frozen_depends_on_session_and_clause() {
    for (sql, expected) in [
        ("ALTER SYSTEM MAJOR FREEZE", "1"),
        ("ALTER SYSTEM MAJOR FREEZE TENANT = mysql_tenant", "1002"),
        ("ALTER SYSTEM MAJOR FREEZE TENANT mysql_tenant, sys", "1 1002"),
        ("ALTER SYSTEM MAJOR FREEZE TENANT = ALL", "1002 1004"),
        ("ALTER SYSTEM MAJOR FREEZE TENANT = all_user", "1002 1004"),
        ("ALTER SYSTEM MAJOR FREEZE TENANT = ALL_META", "1001 1003"),
        ("ALTER SYSTEM MINOR FREEZE", ""),
        ("ALTER SYSTEM CLEAR MERGE ERROR", ""),
    ] {
        let mut it = fixture(Profile::Ee4353);
        assert_eq!(it.sys(sql), "OK", "{sql}");
        let rows = it.select("TENANT_ID FROZEN_SCN", "CDB_OB_MAJOR_COMPACTION");
        let frozen = rows.lines().filter_map(|row| row.strip_suffix("000000000"));
        let ids: Vec<&str> = frozen.filter_map(|row| row.split(' ').next()).collect();
        assert_eq!(ids.join(" "), expected, "{sql}");
    }
    let mut it = fixture(Profile::Ee4353);
    assert_eq!(it.sys("ALTER SYSTEM MAJOR FREEZE TENANT = nobody"), UNKNOWN_TENANT);
    assert_eq!(
        it.sys("ALTER SYSTEM MAJOR FREEZE TENANT = sys, all"),
        "ERROR 1235 (0A000): all/all_user/all_meta in combination with other names is not supported"
    );
    assert_eq!(
        it.sys("ALTER SYSTEM MAJOR FREEZE TENANT = sys, sys"),
        "ERROR 1235 (0A000): duplicate tenant sys is not supported"
    );
    assert_eq!(
        it.user("ALTER SYSTEM MAJOR FREEZE TENANT = mysql_tenant"),
        "ERROR 1227 (42501): Access denied"
    );
}

#[test]
fn a_second_freeze_does_nothing_but_warn() {
    let mut it = fixture(Profile::Ce4210);
    let user = Viewer::root(MYSQL_TENANT);
    let freeze = |it: &mut Fixture| {
        let mut memory = SessionMemory::default();
        let answer = it.cluster.execute_in(&user, &mut memory, "ALTER SYSTEM MAJOR FREEZE");
        assert_eq!(answer, Some(Ok(Answer::Done)));
        memory.take_warning().map(|warning| warning.to_string())
    };
    assert_eq!(freeze(&mut it), None);
    it.pass(5);
    let warning = "ERROR 4744 (HY000): larger frozen_scn already exist, prev merge may not finish";
    assert_eq!(freeze(&mut it).as_deref(), Some(warning));
    it.pass(600);
    assert_eq!(of(&mut it, MYSQL_TENANT, "STATUS FROZEN_TIME"), "IDLE | +0s");
    assert_eq!(freeze(&mut it), None);
}

#[test]
fn a_suspended_merge_goes_on_when_it_is_resumed() {
    let mut it = fixture(Profile::Ce4410);
    assert_eq!(it.user("ALTER SYSTEM MAJOR FREEZE"), "OK");
    it.pass(5);
    assert_eq!(it.user("ALTER SYSTEM SUSPEND MERGE"), "OK");
    it.pass(3600);
    assert_eq!(of(&mut it, MYSQL_TENANT, "STATUS IS_SUSPENDED"), "COMPACTING | YES");
    assert_eq!(it.user("ALTER SYSTEM RESUME MERGE"), "OK");
    it.pass(60);
    assert_eq!(of(&mut it, MYSQL_TENANT, "STATUS IS_SUSPENDED"), "IDLE | NO");
}

#[test]
fn a_backup_does_not_wait_for_a_compaction() {
    let mut it = Fixture::ready(Profile::Ce4210);
    assert_eq!(it.user("ALTER SYSTEM MAJOR FREEZE"), "OK");
    assert_eq!(it.user("ALTER SYSTEM BACKUP DATABASE"), "OK");
}
