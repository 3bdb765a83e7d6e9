//! Logging in, and what goes over the wire besides single queries.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::support::{Fixture, ask, shown};
use mysql_async::prelude::{Query, Queryable};
use mysql_async::{Row, Value};
use oceanbase_simulator::cluster::{Profile, TenantStatus};
use oceanbase_simulator::server::{self, Effect, Fault, Logins, sequential_round_trips};

const DENIED: &str = "ERROR 1045 (42000): Access denied for user";

#[tokio::test]
async fn the_administrator_of_a_tenant_logs_in() {
    let fixture = Fixture::new();
    for (login, password, tenant) in [
        ("root", None, "sys"),
        ("root@sys", None, "sys"),
        ("'root'@sys", None, "sys"),
        ("root@mysql_tenant", Some("s3cret"), "mysql_tenant"),
        ("root@mysql_tenant_2", None, "mysql_tenant_2"),
    ] {
        let options = fixture.login(login).pass(password).db_name(Some("oceanbase"));
        let mut connection = fixture.connect(options).await.unwrap();
        let answer = ask(&mut connection, "SELECT EFFECTIVE_TENANT() t, DATABASE() d").await;
        assert_eq!(answer, format!("t, d | {tenant}, oceanbase"));
    }
    assert_eq!(
        fixture.server.logins(),
        Logins {
            accepted: 5,
            refused: 0,
            encrypted: 0,
        }
    );
}

#[tokio::test]
async fn everyone_else_does_not() {
    let fixture = Fixture::new();
    {
        let cluster = fixture.server.cluster();
        let mut cluster = cluster.lock().unwrap();
        cluster.lock_tenant("mysql_tenant_2", true).unwrap();
        cluster.add_tenant("young", oceanbase_simulator::cluster::CompatibilityMode::MySql);
        cluster.set_tenant_status("young", TenantStatus::Creating).unwrap();
    }
    for (login, password, expected) in [
        ("root@mysql_tenant", None, DENIED),
        ("root@mysql_tenant", Some("wrong"), DENIED),
        ("root@sys", Some("unneeded"), DENIED),
        ("nobody@sys", None, DENIED),
        ("root@nowhere", None, DENIED),
        ("root@SYS", None, DENIED),
        ("root@", None, DENIED),
        ("root@mysql_tenant#obcluster", Some("s3cret"), DENIED),
        ("obcluster:sys:root", None, DENIED),
        ("root@mysql_tenant_2", None, "ERROR 5260"),
        ("root@young", None, "ERROR 4109"),
        (
            "SYS@oracle_tenant",
            None,
            "ERROR 1235 (0A000): Oracle tenant for current client driver is not supported",
        ),
    ] {
        let refused = fixture.connect(fixture.login(login).pass(password)).await.unwrap_err();
        assert!(refused.starts_with(expected), "{login}: {refused}");
    }
    assert_eq!(
        fixture.server.logins(),
        Logins {
            accepted: 0,
            refused: 12,
            encrypted: 0,
        }
    );
}

#[tokio::test]
async fn the_text_of_a_refusal_names_the_user_alone() {
    let fixture = Fixture::new();
    let refused = fixture
        .connect(fixture.login("root@mysql_tenant").pass(Some("wrong")))
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        format!("{DENIED} 'root'@'xxx.xxx.xxx.xxx' (using password: YES)")
    );
    let refused = fixture.connect(fixture.login("root@nowhere")).await.unwrap_err();
    assert_eq!(
        refused,
        format!("{DENIED} 'root'@'xxx.xxx.xxx.xxx' (using password: NO)")
    );
}

#[tokio::test]
async fn an_unknown_default_database_is_refused() {
    let fixture = Fixture::new();
    let refused = fixture
        .connect(fixture.login("root@sys").db_name(Some("nowhere")))
        .await
        .unwrap_err();
    assert_eq!(refused, "ERROR 1049 (42000): Unknown database 'nowhere'");
}

#[tokio::test]
async fn a_proxy_knows_its_cluster() {
    let options = server::Options {
        proxied_cluster: Some("obcluster".to_owned()),
        ..server::Options::default()
    };
    let fixture = Fixture::with(Profile::Ce4210, options);
    fixture.connect(fixture.login("root@sys#obcluster")).await.unwrap();
    fixture.connect(fixture.login("root@sys")).await.unwrap();
    let refused = fixture.connect(fixture.login("root@sys#other")).await.unwrap_err();
    assert!(refused.starts_with(DENIED), "{refused}");
}

#[tokio::test]
async fn editions_show_in_the_version() {
    let fixture = Fixture::with(Profile::Ee4353, server::Options::default());
    let mut connection = fixture.sys().await;
    assert_eq!(
        ask(&mut connection, "SELECT VERSION() v, OB_VERSION() o").await,
        "v, o | 5.7.25-OceanBase-v4.3.5.3, 4.3.5.3"
    );
    assert_eq!(connection.server_version(), (5, 7, 25));
}

#[tokio::test]
async fn several_statements_have_several_results() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    let mut result = connection
        .query_iter("SELECT 1; SET @a = 2; SELECT @a, ';'")
        .await
        .unwrap();
    let mut sets = Vec::new();
    while !result.is_empty() {
        let rows: Vec<Row> = result.collect().await.unwrap();
        sets.push(
            rows.iter()
                .map(|row| row.clone().unwrap().iter().map(shown).collect::<Vec<_>>())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(
        sets,
        [
            vec![vec!["1".to_owned()]],
            vec![],
            vec![vec!["2".to_owned(), ";".to_owned()]]
        ]
    );
}

#[tokio::test]
async fn the_first_error_ends_a_series() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    let error = connection
        .query_drop("SELECT 1; SELECT nothing; SET @a = 2")
        .await
        .unwrap_err();
    assert!(crate::support::text(error).starts_with("ERROR 1054"));
    assert_eq!(ask(&mut connection, "SELECT @a").await, "@a | NULL");
}

#[tokio::test]
async fn pings_databases_and_resets() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    connection.ping().await.unwrap();
    connection.query_drop("SET ob_query_timeout = 5, @a = 1").await.unwrap();
    assert!(connection.reset().await.unwrap());
    assert_eq!(
        ask(&mut connection, "SELECT @@ob_query_timeout t, @a a").await,
        "t, a | 10000000, NULL"
    );
}

#[tokio::test]
async fn prepared_statements_take_and_give_binary_values() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    let row: Row = connection
        .exec_first("SELECT ? + 1, CONCAT(?, '?'), ?, 1.5", (41, "it's \\", Value::NULL))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        row.unwrap(),
        [
            Value::Int(42),
            Value::Bytes(b"it's \\?".to_vec()),
            Value::NULL,
            Value::Bytes(b"1.5".to_vec())
        ]
    );
    let sql = "SELECT TENANT_ID, TENANT_NAME, CREATE_TIME FROM DBA_OB_TENANTS WHERE tenant_name = ?";
    let row: Row = connection.exec_first(sql, ("mysql_tenant",)).await.unwrap().unwrap();
    assert_eq!(
        row.unwrap(),
        [
            Value::Int(1002),
            Value::Bytes(b"mysql_tenant".to_vec()),
            Value::Date(2026, 1, 1, 8, 0, 0, 0)
        ]
    );
}

#[tokio::test]
async fn statements_of_the_cluster_take_no_parameters() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    let refused = connection
        .exec_drop("ALTER SYSTEM ARCHIVELOG TENANT = ?", ("mysql_tenant",))
        .await
        .unwrap_err();
    assert!(crate::support::text(refused).starts_with("ERROR 1064"));
    connection
        .exec_drop("ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant_2", ())
        .await
        .unwrap_err();
    connection
        .exec_drop(
            "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///a' TENANT = mysql_tenant_2",
            (),
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn statements_are_remembered_with_and_without_their_secrets() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    fixture.server.clear_statements();
    let sql =
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=topsecret' TENANT = mysql_tenant";
    let _ = ask(&mut connection, sql).await;
    let _ = ask(&mut connection, "SELECT nothing").await;
    let statements = fixture.server.statements();
    assert_eq!(statements.len(), 2);
    assert!(!statements[0].sql.contains("topsecret"), "{}", statements[0].sql);
    assert_eq!(fixture.server.statements_with_secrets()[0], sql);
    assert_eq!(
        (statements[1].tenant.as_str(), statements[1].user.as_str()),
        ("sys", "root")
    );
    assert_eq!(statements[1].errno, Some(1054));
}

/// A log to look into.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_holds_every_statement_and_no_secret() {
    let log = Log::default();
    let options = server::Options {
        statement_log: Some(Box::new(log.clone())),
        ..server::Options::default()
    };
    let fixture = Fixture::with(Profile::Ce4210, options);
    let mut connection = fixture.sys().await;
    for sql in [
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=topsecret' TENANT = mysql_tenant",
        "ALTER SYSTEM SETT DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=topsecret' TENANT = mysql_tenant",
        "ALTER SYSTEM BACKUP KEY TENANT = mysql_tenant TO 'file:///k' ENCRYPTED BY 'topsecret'",
        "SELECT 'access_key=topsecret' FROM nothing",
        "SELECT access_key=topsecret,, 1",
    ] {
        let _ = ask(&mut connection, sql).await;
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("topsecret"), "{text}");
    assert_eq!(text.matches("root@sys: ").count(), 5, "{text}");
    assert!(text.contains("Table 'oceanbase.nothing' doesn't exist"), "{text}");
}

#[tokio::test]
async fn round_trips_are_counted_and_may_overlap() {
    let options = server::Options {
        latency: Some(Duration::from_millis(150)),
        ..server::Options::default()
    };
    let fixture = Fixture::with(Profile::Ce4210, options);
    let (mut one, mut other) = (fixture.sys().await, fixture.sys().await);
    assert_eq!(fixture.server.connections(), 2);
    fixture.server.clear_statements();
    let (first, second) = tokio::join!("SELECT 1".ignore(&mut one), "SELECT 2".ignore(&mut other));
    first.and(second).unwrap();
    assert_eq!(sequential_round_trips(&fixture.server.round_trips()), 1);
    "SELECT 3".ignore(&mut one).await.unwrap();
    assert_eq!(fixture.server.round_trips().len(), 3);
    assert_eq!(sequential_round_trips(&fixture.server.round_trips()), 2);
}

#[tokio::test]
async fn faults_strike_on_demand() {
    let fixture = Fixture::new();
    let fault = |effect| Fault {
        containing: "archive_dest".to_owned(),
        tenant: None,
        after: 0,
        times: 1,
        effect,
    };
    let sql = "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///a' TENANT = mysql_tenant";
    let rows = "SELECT COUNT(*) c FROM CDB_OB_ARCHIVE_DEST";

    let refusal = oceanbase_simulator::answer::ServerError::general(4023, "Try again");
    let mut connection = fixture.sys().await;
    fixture.server.inject(fault(Effect::Refuse(refusal)));
    assert_eq!(ask(&mut connection, sql).await, "ERROR 4023 (HY000): Try again");

    fixture.server.inject(fault(Effect::CutBefore));
    connection.query_drop(sql).await.unwrap_err();
    let mut connection = fixture.sys().await;
    assert_eq!(ask(&mut connection, rows).await, "c | 0");

    fixture.server.inject(fault(Effect::CutAfter));
    connection.query_drop(sql).await.unwrap_err();
    let mut connection = fixture.sys().await;
    assert_ne!(ask(&mut connection, rows).await, "c | 0");
}

#[test]
fn a_dropped_server_no_longer_listens() {
    let fixture = Fixture::new();
    let address = fixture.server.address();
    drop(fixture);
    TcpStream::connect(address).unwrap_err();
}
