//! Faults and events on demand: each form of the `SIMULATOR …` statement, through the wire.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use oceanbase_simulator::cluster::Profile;

use crate::support::{Fixture, ask};

const LOG: &str = "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///log' TENANT = mysql_tenant";
const DATA: &str = "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data' TENANT = mysql_tenant";
const LOG_ROWS: &str = "SELECT COUNT(*) c FROM CDB_OB_ARCHIVE_DEST";
const ROUND: &str = "SELECT STATUS s, COMMENT c FROM CDB_OB_ARCHIVELOG";
const STARTING: &str = "ERROR 8001 (08004): Server is initializing";

/// Sends statements whose answers matter to nobody, but must not be errors.
pub(crate) async fn send(connection: &mut mysql_async::Conn, statements: &[&str]) {
    for sql in statements {
        assert_eq!(ask(connection, sql).await, "", "{sql}");
    }
}

/// The connection breaks while this statement is answered.
pub(crate) async fn cut(connection: &mut mysql_async::Conn, sql: &str) {
    let error = connection.query_drop(sql).await.expect_err("a broken connection");
    assert!(!matches!(error, mysql_async::Error::Server(_)), "{error}");
}

#[tokio::test]
async fn help_lists_every_statement_and_each_example_works() {
    let fixture = Fixture::with_two_endpoints();
    let mut connection = fixture.sys().await;
    send(
        &mut connection,
        &[LOG, "ALTER SYSTEM ARCHIVELOG", "SIMULATOR ADVANCE 1m"],
    )
    .await;
    let help: Vec<(String, String, String)> = connection.query("SIMULATOR HELP").await.unwrap();
    assert_eq!(help.len(), 25);
    let page = include_str!("../../README.md");
    for (form, example, _) in help {
        let words = form.split(" [SKIP").next().unwrap_or_default().replace('|', "\\|");
        assert!(page.contains(&format!("`{words}")), "{words}");
        if example != "SIMULATOR HELP" {
            assert_eq!(ask(&mut connection, &example).await, "", "{example}");
        }
        if example.contains("RESTART") {
            fixture
                .server
                .cluster()
                .lock()
                .unwrap()
                .advance(Duration::from_secs(30));
            connection = fixture.sys().await;
        }
        send(&mut connection, &["SIMULATOR CLEAR"]).await;
    }
}

#[tokio::test]
async fn only_sys_may_and_nobody_else_notices() {
    let fixture = Fixture::new();
    let mut user = fixture.connect(fixture.login("root@mysql_tenant_2")).await.unwrap();
    assert_eq!(
        ask(&mut user, "SIMULATOR CLEAR").await,
        "ERROR 1227 (42501): Access denied"
    );
    let mut sys = fixture.sys().await;
    fixture.server.clear_statements();
    send(&mut sys, &["SIMULATOR CLEAR", "SIMULATOR CUT BEFORE 'simulator'"]).await;
    // A fault never strikes what asks for faults.
    send(&mut sys, &["SIMULATOR CLEAR"]).await;
    assert_eq!(fixture.server.statements(), []);
    assert_eq!(fixture.server.round_trips(), []);
    let mistake = ask(&mut sys, "SIMULATOR EXPLODE").await;
    assert!(mistake.ends_with("near 'EXPLODE' at line 1"), "{mistake}");
}

#[tokio::test]
async fn a_connection_is_cut_before_or_after_a_statement() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    send(&mut connection, &["SIMULATOR CUT BEFORE 'log_archive_dest'"]).await;
    cut(&mut connection, LOG).await;
    let mut connection = fixture.sys().await;
    assert_eq!(ask(&mut connection, LOG_ROWS).await, "c | 0");
    send(&mut connection, &["SIMULATOR CUT AFTER 'log_archive_dest' TENANT sys"]).await;
    cut(&mut connection, LOG).await;
    assert_eq!(ask(&mut fixture.sys().await, LOG_ROWS).await, "c | 5");
}

#[tokio::test]
async fn a_connection_is_cut_in_the_middle_of_a_result() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    let tenants = "SELECT TENANT_NAME FROM DBA_OB_TENANTS WHERE TENANT_TYPE = 'USER'";
    send(&mut connection, &["SIMULATOR CUT WITHIN 'dba_ob_tenants'"]).await;
    connection.query::<String, _>(tenants).await.expect_err("half a result");
    let mut connection = fixture.sys().await;
    assert_eq!(
        ask(&mut connection, tenants).await,
        "TENANT_NAME | mysql_tenant | mysql_tenant_2 | oracle_tenant"
    );
    // A statement that changes something has taken effect, though its reply is broken.
    send(&mut connection, &["SIMULATOR CUT WITHIN 'log_archive_dest'"]).await;
    cut(&mut connection, LOG).await;
    assert_eq!(ask(&mut fixture.sys().await, LOG_ROWS).await, "c | 5");
}

#[tokio::test]
async fn an_error_is_answered_as_often_as_told_and_to_whom_told() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    send(
        &mut connection,
        &["SIMULATOR ANSWER 4012 'Timeout' TO 'data_backup_dest' SKIP 1 TIMES 2"],
    )
    .await;
    let timeout = "ERROR 4012 (HY000): Timeout";
    for expected in ["", timeout, timeout, ""] {
        assert_eq!(ask(&mut connection, DATA).await, expected);
    }
    send(
        &mut connection,
        &["SIMULATOR ANSWER 1235 'no' TO 'select' TENANT nobody"],
    )
    .await;
    assert_eq!(ask(&mut connection, "SELECT 1").await, "1 | 1");
    send(&mut connection, &["SIMULATOR ANSWER 1235 'no' TO 'select'"]).await;
    assert_eq!(ask(&mut connection, "SELECT 1").await, "ERROR 1235 (0A000): no");
    send(
        &mut connection,
        &["SIMULATOR ANSWER 4023 'x' TO 'select'", "SIMULATOR CLEAR"],
    )
    .await;
    assert_eq!(ask(&mut connection, "SELECT 1").await, "1 | 1");
}

#[tokio::test]
async fn a_reply_is_held_back() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    send(&mut connection, &["SIMULATOR DELAY 60ms TO 'select'"]).await;
    let started = Instant::now();
    assert_eq!(ask(&mut connection, "SELECT 1").await, "1 | 1");
    assert!(started.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn a_restart_ends_all_sessions_and_refuses_logins_for_a_while() {
    let fixture = Fixture::new();
    let mut bystander = fixture.sys().await;
    let mut connection = fixture.sys().await;
    send(&mut connection, &["SIMULATOR RESTART 30s"]).await;
    cut(&mut connection, "SELECT 1").await;
    cut(&mut bystander, "SELECT 1").await;
    let login = || fixture.connect(fixture.login("root@sys"));
    assert_eq!(login().await.map(drop), Err(STARTING.to_owned()));
    fixture
        .server
        .cluster()
        .lock()
        .unwrap()
        .advance(Duration::from_secs(29));
    assert_eq!(login().await.map(drop), Err(STARTING.to_owned()));
    fixture.server.cluster().lock().unwrap().advance(Duration::from_secs(1));
    send(&mut login().await.unwrap(), &["SIMULATOR RESTART"]).await;
    login().await.unwrap();
}

#[tokio::test]
async fn a_half_finished_set_leaves_its_files_behind() {
    let fixture = Fixture::with(Profile::Ee4353, Default::default());
    let mut connection = fixture.sys().await;
    let abandon = |point: &str| format!("SIMULATOR ABANDON {point} TENANT mysql_tenant");
    send(&mut connection, &[&abandon("CHECK_FILE")]).await;
    assert_eq!(ask(&mut connection, DATA).await, "ERROR 4012 (HY000): Timeout");
    assert_eq!(
        ask(&mut connection, DATA).await,
        "ERROR 9080 (HY000): format file does not exist, try to set a new directory."
    );
    let other = DATA.replace("/data", "/other");
    send(&mut connection, &[&abandon("FORMAT_FILE")]).await;
    assert_eq!(ask(&mut connection, &other).await, "ERROR 4012 (HY000): Timeout");
    assert_eq!(
        ask(&mut connection, &other).await,
        "ERROR 9081 (HY000): format file does not match, try to set a new directory."
    );
    let row = "SELECT COUNT(*) c FROM CDB_OB_BACKUP_STORAGE_INFO";
    assert_eq!(ask(&mut connection, row).await, "c | 0");
    send(&mut connection, &[&DATA.replace("/data", "/third")]).await;
}

#[tokio::test]
async fn storage_fails_in_its_own_ways() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    for (fault, expected) in [
        (
            "READ_ONLY",
            "ERROR 9071 (HY000): no I/O operation permission at the backup destination",
        ),
        (
            "DENIED",
            "ERROR 9071 (HY000): no I/O operation permission at the backup destination",
        ),
        ("FULL", "ERROR 9082 (HY000): backup device out of space"),
        ("UNREACHABLE", "ERROR 4009 (58030): IO error"),
        ("OK", ""),
    ] {
        send(&mut connection, &[&format!("SIMULATOR STORAGE {fault} 'file:///data'")]).await;
        assert_eq!(ask(&mut connection, DATA).await, expected, "{fault}");
    }
}

#[tokio::test]
async fn an_archive_prepares_slowly_and_is_interrupted() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    assert_eq!(
        ask(&mut connection, "SIMULATOR INTERRUPT 'x' TENANT mysql_tenant").await,
        "ERROR 4018 (HY000): oceanbase-simulator: a running archive round of tenant mysql_tenant does not exist"
    );
    send(
        &mut connection,
        &[
            "SIMULATOR SLOW_PREPARE 2m TENANT mysql_tenant",
            LOG,
            "ALTER SYSTEM ARCHIVELOG",
            "SIMULATOR ADVANCE 100s",
        ],
    )
    .await;
    assert_eq!(ask(&mut connection, ROUND).await, "s, c | PREPARE, ");
    send(&mut connection, &["SIMULATOR ADVANCE 30s"]).await;
    assert_eq!(ask(&mut connection, ROUND).await, "s, c | DOING, ");
    send(
        &mut connection,
        &["SIMULATOR INTERRUPT 'log recycled' TENANT mysql_tenant"],
    )
    .await;
    assert_eq!(ask(&mut connection, ROUND).await, "s, c | INTERRUPTED, log recycled");
    send(
        &mut connection,
        &[
            "SIMULATOR STICK TENANT mysql_tenant",
            "ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant",
            "SIMULATOR ADVANCE 5m",
        ],
    )
    .await;
    assert_eq!(ask(&mut connection, ROUND).await, "s, c | STOPPING, log recycled");
    send(&mut connection, &["SIMULATOR ADVANCE 6m"]).await;
    assert_eq!(ask(&mut connection, ROUND).await, "s, c | STOP, log recycled");
    // The next round prepares as usual.
    send(&mut connection, &["ALTER SYSTEM ARCHIVELOG", "SIMULATOR ADVANCE 20s"]).await;
    assert_eq!(ask(&mut connection, ROUND).await, "s, c | DOING, ");
}

#[tokio::test]
async fn a_backup_starts_and_ends() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    let busy = "ERROR 9036 (HY000): Backup is in progress";
    send(&mut connection, &["SIMULATOR BACKUP START 10m TENANT mysql_tenant"]).await;
    assert_eq!(ask(&mut connection, DATA).await, busy);
    send(&mut connection, &["SIMULATOR BACKUP END TENANT mysql_tenant", DATA]).await;
    send(
        &mut connection,
        &[
            "SIMULATOR BACKUP START 10m TENANT mysql_tenant",
            "SIMULATOR ADVANCE 10m",
            DATA,
        ],
    )
    .await;
}

#[tokio::test]
async fn tenants_come_and_go_and_are_locked() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    let tenants = "SELECT TENANT_NAME t, LOCKED l, COMPATIBILITY_MODE m FROM DBA_OB_TENANTS WHERE TENANT_ID > 1006";
    send(
        &mut connection,
        &[
            "SIMULATOR TENANT ADD shop",
            "SIMULATOR TENANT ADD erp ORACLE",
            "SIMULATOR TENANT DROP erp",
        ],
    )
    .await;
    let shop = || fixture.connect(fixture.login("root@shop"));
    shop().await.unwrap();
    send(&mut connection, &["SIMULATOR TENANT LOCK shop"]).await;
    assert_eq!(
        shop().await.map(drop),
        Err("ERROR 5260 (HY000): Tenant 'shop' is locked".to_owned())
    );
    assert_eq!(
        ask(&mut connection, tenants).await,
        "t, l, m | META$1008, NO, MYSQL | shop, YES, MYSQL"
    );
    send(&mut connection, &["SIMULATOR TENANT UNLOCK shop"]).await;
    shop().await.unwrap();
    for (sql, expected) in [
        ("SIMULATOR TENANT ADD shop", "tenant shop exists already"),
        ("SIMULATOR TENANT DROP sys", "tenant sys does not exist"),
        ("SIMULATOR TENANT LOCK nobody", "tenant nobody does not exist"),
    ] {
        assert_eq!(
            ask(&mut connection, sql).await,
            format!("ERROR 4018 (HY000): oceanbase-simulator: {expected}")
        );
    }
}

#[tokio::test]
async fn snapshots_come_and_go() {
    let fixture = Fixture::with(Profile::Ce4410, Default::default());
    let mut connection = fixture.sys().await;
    let stop = "ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant";
    send(
        &mut connection,
        &[
            "ALTER SYSTEM ARCHIVELOG",
            "SIMULATOR SNAPSHOT CREATE TENANT mysql_tenant",
        ],
    )
    .await;
    assert_eq!(
        ask(&mut connection, stop).await,
        "ERROR 4179 (HY000): tenant snapshots exist, close log archive not allowed"
    );
    send(&mut connection, &["SIMULATOR SNAPSHOT DROP TENANT mysql_tenant", stop]).await;
}
