//! Backups as a session meets them: what it says holds for itself, and a look finds all views at one moment.

use std::time::Duration;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use oceanbase_simulator::cluster::{Cluster, Pace, Profile};
use oceanbase_simulator::server::{self, Server};

use super::support::{Fixture, ask, cluster_options, text};

const JOBS: &str = "SELECT STATUS s, ENCRYPTION_MODE e FROM CDB_OB_BACKUP_JOBS \
                    UNION ALL SELECT STATUS, ENCRYPTION_MODE FROM CDB_OB_BACKUP_JOB_HISTORY";

async fn send(connection: &mut Conn, statements: &[&str]) {
    for sql in statements {
        assert_eq!(ask(connection, sql).await, "", "{sql}");
    }
}

/// A session of sys on a cluster whose first tenant can be backed up.
async fn ready(fixture: &Fixture) -> Conn {
    let mut connection = fixture.sys().await;
    send(
        &mut connection,
        &[
            "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///log' TENANT = mysql_tenant",
            "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data' TENANT = mysql_tenant",
            "ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant",
            "SIMULATOR ADVANCE 1m",
        ],
    )
    .await;
    connection
}

#[tokio::test]
async fn a_password_stays_with_the_session_that_set_it() {
    let fixture = Fixture::new();
    let mut one = ready(&fixture).await;
    let mut other = fixture.sys().await;
    let backup = "ALTER SYSTEM BACKUP TENANT = mysql_tenant";
    let encrypt = "SET ENCRYPTION ON IDENTIFIED BY 's3cr3t' ONLY";
    send(&mut one, &[encrypt]).await;
    send(&mut other, &[backup, "SIMULATOR ADVANCE 10m"]).await;
    assert_eq!(ask(&mut one, JOBS).await, "s, e | COMPLETED, NONE | COMPLETED, NONE");
    send(&mut one, &[backup]).await;
    assert_eq!(
        ask(&mut one, JOBS).await,
        "s, e | INIT, PASSWORD | COMPLETED, NONE | COMPLETED, NONE"
    );
    send(&mut one, &["SIMULATOR ADVANCE 10m"]).await;
    // A session that is reset has forgotten it.
    assert!(one.reset().await.unwrap());
    send(&mut one, &["USE oceanbase", backup]).await;
    let jobs = ask(&mut one, JOBS).await;
    assert!(jobs.starts_with("s, e | INIT, NONE"), "{jobs}");
    let statements = fixture.server.statements();
    assert!(
        statements
            .iter()
            .any(|statement| statement.sql == "SET ENCRYPTION ON IDENTIFIED BY *** ONLY")
    );
}

#[tokio::test]
async fn a_second_freeze_is_a_warning() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    let warnings = "SHOW WARNINGS";
    send(&mut connection, &["ALTER SYSTEM MAJOR FREEZE"]).await;
    assert_eq!(ask(&mut connection, warnings).await, "Level, Code, Message");
    send(&mut connection, &["ALTER SYSTEM MAJOR FREEZE"]).await;
    let warned = "Level, Code, Message | Warning, 4744, larger frozen_scn already exist, prev merge may not finish";
    assert_eq!(ask(&mut connection, warnings).await, warned);
    assert_eq!(ask(&mut connection, warnings).await, warned);
    ask(&mut connection, "SELECT 1").await;
    assert_eq!(ask(&mut connection, warnings).await, "Level, Code, Message");
}

#[tokio::test]
async fn statements_about_backups_are_prepared_without_parameters_only() {
    let fixture = Fixture::new();
    let mut connection = ready(&fixture).await;
    let refused = connection
        .prep("ALTER SYSTEM BACKUP TENANT = ?")
        .await
        .map(drop)
        .map_err(text);
    assert!(refused.unwrap_err().starts_with("ERROR 1064"));
    let prepared = connection
        .prep("ALTER SYSTEM BACKUP TENANT = mysql_tenant")
        .await
        .unwrap();
    connection.exec_drop(prepared, ()).await.unwrap();
    assert_eq!(ask(&mut connection, JOBS).await, "s, e | INIT, NONE");
}

#[tokio::test]
async fn one_look_finds_a_job_in_one_view_alone() {
    let storage = tempfile::tempdir().unwrap();
    let mut options = cluster_options(Profile::Ee4353, storage.path());
    options.pace = Pace::JumpOnRead;
    let fixture = Fixture::around(
        Server::start(Cluster::new(options), server::Options::default()).unwrap(),
        storage,
    );
    let mut connection = ready(&fixture).await;
    fixture
        .server
        .cluster()
        .lock()
        .unwrap()
        .advance(Duration::from_secs(60));
    send(&mut connection, &["ALTER SYSTEM BACKUP TENANT = mysql_tenant"]).await;
    let mut looks = Vec::new();
    while !looks
        .last()
        .is_some_and(|look: &String| look.contains("COMPLETED, NONE | COMPLETED"))
    {
        looks.push(ask(&mut connection, JOBS).await);
        assert!(looks.len() < 10, "{looks:?}");
    }
    assert_eq!(
        looks,
        [
            "s, e | DOING, NONE | INIT, NONE",
            "s, e | DOING, NONE | DOING, NONE",
            "s, e | COMPLETED, NONE | COMPLETED, NONE",
        ]
    );
    // To describe the views is no look at them.
    send(&mut connection, &["ALTER SYSTEM BACKUP TENANT = mysql_tenant"]).await;
    ask(&mut connection, "SELECT COUNT(*) c FROM information_schema.COLUMNS").await;
    ask(&mut connection, "SHOW COLUMNS FROM CDB_OB_BACKUP_JOBS").await;
    let jobs = ask(&mut connection, JOBS).await;
    assert!(jobs.starts_with("s, e | DOING, NONE | INIT, NONE"), "{jobs}");
}

#[tokio::test]
async fn the_queries_that_watch_over_backups() {
    let fixture = Fixture::new();
    let mut connection = ready(&fixture).await;
    send(
        &mut connection,
        &[
            "ALTER SYSTEM BACKUP TENANT = mysql_tenant DESCRIPTION = 'tag'",
            "SIMULATOR ADVANCE 12h",
        ],
    )
    .await;
    for (sql, expected) in [
        (
            "SELECT TENANT_ID t, TIMESTAMPDIFF(SECOND, MAX(END_TIMESTAMP), NOW(6))/86400 d FROM oceanbase.CDB_OB_BACKUP_SET_FILES \
             WHERE BACKUP_TYPE='FULL' AND STATUS='SUCCESS' AND FILE_STATUS='AVAILABLE' GROUP BY TENANT_ID",
            "t, d | 1002, 0.4983",
        ),
        (
            "SELECT STATUS s FROM CDB_OB_BACKUP_JOB_HISTORY WHERE TENANT_ID = 1002 ORDER BY END_TIMESTAMP DESC, JOB_ID DESC LIMIT 1",
            "s | COMPLETED",
        ),
        (
            "SELECT SUM(OUTPUT_BYTES+EXTRA_META_BYTES) b FROM CDB_OB_BACKUP_SET_FILES WHERE FILE_STATUS='AVAILABLE'",
            "b | 4297371648",
        ),
        (
            "SELECT SUM(OUTPUT_BYTES - DELETED_OUTPUT_BYTES) b FROM CDB_OB_ARCHIVELOG_SUMMARY",
            "b | 885882880",
        ),
        (
            "SELECT MIN(MIN_RESTORE_SCN) < (SELECT CHECKPOINT_SCN FROM CDB_OB_ARCHIVELOG) w FROM CDB_OB_BACKUP_SET_FILES",
            "w | 1",
        ),
        (
            "SELECT COUNT(*) c FROM CDB_OB_BACKUP_JOB_HISTORY WHERE DESCRIPTION = 'tag'",
            "c | 2",
        ),
    ] {
        assert_eq!(ask(&mut connection, sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn backups_fail_on_demand() {
    let fixture = Fixture::new();
    let mut connection = ready(&fixture).await;
    let backup = "ALTER SYSTEM BACKUP TENANT = mysql_tenant";
    let last =
        "SELECT STATUS s, RESULT r FROM CDB_OB_BACKUP_JOB_HISTORY WHERE TENANT_ID = 1002 ORDER BY JOB_ID DESC LIMIT 1";
    for (harm, mended, expected) in [
        (
            "SIMULATOR BACKUP FAIL 9138 TIMES 99 TENANT mysql_tenant",
            "SIMULATOR BACKUP FAIL 9138 TIMES 0 TENANT mysql_tenant",
            "-9138",
        ),
        (
            "SIMULATOR BACKUP FAIL 9138 TENANT mysql_tenant",
            "SIMULATOR CLEAR",
            "-9138",
        ),
        (
            "SIMULATOR BACKUP FAIL 9082 TENANT mysql_tenant",
            "SIMULATOR CLEAR",
            "-9082",
        ),
        (
            "SIMULATOR STORAGE FULL 'file:///data'",
            "SIMULATOR STORAGE OK 'file:///data'",
            "-9082",
        ),
        ("SIMULATOR UPGRADE BEGIN", "SIMULATOR UPGRADE END", "-4109"),
        (
            "SIMULATOR REMOVE 'file:///data/format.obbak'",
            "SIMULATOR CLEAR",
            "-9080",
        ),
    ] {
        send(
            &mut connection,
            &[backup, "SIMULATOR ADVANCE 20s", harm, "SIMULATOR ADVANCE 10m", mended],
        )
        .await;
        assert_eq!(
            ask(&mut connection, last).await,
            format!("s, r | FAILED, {expected}"),
            "{harm}"
        );
    }
    let fixture = Fixture::new();
    let mut connection = ready(&fixture).await;
    let once = "SIMULATOR BACKUP FAIL 9138 TIMES 1 TENANT mysql_tenant";
    send(&mut connection, &[once, backup, "SIMULATOR ADVANCE 10m"]).await;
    assert_eq!(ask(&mut connection, last).await, "s, r | COMPLETED, 0");
    // One backup fails, whatever it takes, and the next one does not.
    let next = "SIMULATOR BACKUP FAIL 9138 TENANT mysql_tenant";
    send(&mut connection, &[next, backup, "SIMULATOR ADVANCE 10m"]).await;
    assert_eq!(ask(&mut connection, last).await, "s, r | FAILED, -9138");
    send(&mut connection, &[backup, "SIMULATOR ADVANCE 10m"]).await;
    assert_eq!(ask(&mut connection, last).await, "s, r | COMPLETED, 0");
    let interrupt = "SIMULATOR INTERRUPT 'lost' TENANT mysql_tenant";
    send(
        &mut connection,
        &[backup, "SIMULATOR ADVANCE 20s", interrupt, "SIMULATOR ADVANCE 10m"],
    )
    .await;
    assert_eq!(ask(&mut connection, last).await, "s, r | FAILED, -9027");
    assert_eq!(
        ask(&mut connection, "SIMULATOR REMOVE 'file:///data/nothing'").await,
        ""
    );
}

#[tokio::test]
async fn the_archive_stays_behind_on_demand() {
    let fixture = Fixture::new();
    let mut connection = ready(&fixture).await;
    let delay = "SELECT (time_to_usec(NOW(6)) - CHECKPOINT_SCN/1000)/1e6 d FROM CDB_OB_ARCHIVELOG";
    assert_eq!(ask(&mut connection, delay).await, "d | 1.0000");
    send(
        &mut connection,
        &[
            "SIMULATOR LAG 10m TENANT mysql_tenant",
            "ALTER SYSTEM BACKUP TENANT = mysql_tenant PLUS ARCHIVELOG",
            "SIMULATOR ADVANCE 5m",
        ],
    )
    .await;
    assert_eq!(ask(&mut connection, delay).await, "d | 301.0000");
    let passed =
        "SELECT CHECKPOINT_SCN >= (SELECT MAX(MIN_RESTORE_SCN) FROM CDB_OB_BACKUP_SET_FILES) p FROM CDB_OB_ARCHIVELOG";
    assert_eq!(ask(&mut connection, passed).await, "p | 0");
    send(&mut connection, &["SIMULATOR ADVANCE 15m"]).await;
    assert_eq!(ask(&mut connection, delay).await, "d | 600.0000");
    assert_eq!(ask(&mut connection, passed).await, "p | 1");
}

#[tokio::test]
async fn tables_are_encrypted_on_demand() {
    let fixture = Fixture::with(Profile::Ee4353, server::Options::default());
    let mut connection = fixture.sys().await;
    send(&mut connection, &["SIMULATOR ENCRYPT 'orders' TENANT mysql_tenant_2"]).await;
    let login = fixture.login("root@mysql_tenant_2").db_name(Some("oceanbase"));
    let mut owner = fixture.connect(login).await.unwrap();
    let tables = "SELECT TABLE_NAME t, MASTERKEYID k FROM V$OB_ENCRYPTED_TABLES";
    assert_eq!(ask(&mut owner, tables).await, "t, k | orders, 1");
    send(&mut owner, &["ALTER INSTANCE ROTATE INNODB MASTER KEY"]).await;
    assert_eq!(ask(&mut owner, tables).await, "t, k | orders, 1");
    let keys = "SELECT tenant_id t, master_key_id k FROM __all_virtual_tenant_keystore";
    assert_eq!(ask(&mut connection, keys).await, "t, k | 1004, 2");
}

#[tokio::test]
async fn the_walk_through_of_the_manual_shows_its_table() {
    let fixture = Fixture::new();
    let mut sys = fixture.sys().await;
    let login = fixture.login("root@mysql_tenant_2").db_name(Some("oceanbase"));
    let mut primary = fixture.connect(login).await.unwrap();
    for sql in [
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST = \"LOCATION=file:///data/1/example_archive\"",
        "ALTER SYSTEM ARCHIVELOG",
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data/1/example_backup'",
        "ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG",
    ] {
        send(&mut primary, &[sql]).await;
        send(&mut sys, &["SIMULATOR ADVANCE 10m"]).await;
    }
    let columns = "JOB_ID, INCARNATION, BACKUP_SET_ID, INITIATOR_TENANT_ID, INITIATOR_JOB_ID, EXECUTOR_TENANT_ID, \
                   PLUS_ARCHIVELOG, BACKUP_TYPE, JOB_LEVEL, ENCRYPTION_MODE, PASSWD, START_TIMESTAMP, END_TIMESTAMP, STATUS, \
                   RESULT, COMMENT, DESCRIPTION, PATH";
    assert_eq!(ask(&mut primary, "SELECT * FROM DBA_OB_BACKUP_JOBS").await, columns);
    assert_eq!(
        ask(&mut primary, "SELECT * FROM DBA_OB_BACKUP_JOB_HISTORY").await,
        format!(
            "{columns} | 1, 1, 1, 1004, 0, 1004, ON, FULL, USER_TENANT, NONE, , 2026-01-01 08:30:00.000000, \
             2026-01-01 08:32:30.000000, COMPLETED, 0, , , file:///data/1/example_backup"
        )
    );
    send(&mut primary, &["ALTER SYSTEM NOARCHIVELOG"]).await;
}
