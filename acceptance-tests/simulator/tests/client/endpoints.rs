//! One cluster at several addresses, some of which go down.

use std::time::Duration;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use oceanbase_simulator::cluster::{Cluster, Profile};
use oceanbase_simulator::server::{Options, Reachability, Server};

use crate::control::{cut, send};
use crate::support::{Fixture, ask, cluster_options};

const DATA: &str = "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data' TENANT = mysql_tenant";
const DESTINATION: &str = "SELECT VALUE v FROM CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 1002";

async fn sys_at(fixture: &Fixture, endpoint: usize) -> Result<Conn, String> {
    let login = fixture.login_at(endpoint, "root@sys");
    fixture.connect(login.db_name(Some("oceanbase"))).await
}

#[tokio::test]
async fn what_is_done_at_one_endpoint_shows_at_the_others() {
    let fixture = Fixture::with_two_endpoints();
    let [mut first, mut second] = [sys_at(&fixture, 0).await.unwrap(), sys_at(&fixture, 1).await.unwrap()];
    send(&mut first, &[DATA]).await;
    assert_eq!(ask(&mut second, DESTINATION).await, "v | file:///data");
}

#[tokio::test]
async fn an_endpoint_goes_down_with_its_sessions_alone_and_comes_up_again() {
    let fixture = Fixture::with_two_endpoints();
    let [mut first, mut second] = [sys_at(&fixture, 0).await.unwrap(), sys_at(&fixture, 1).await.unwrap()];
    send(&mut second, &["SIMULATOR ENDPOINT 1 DOWN"]).await;
    first.query_drop("SELECT 1").await.expect_err("its session has ended");
    let error = sys_at(&fixture, 0).await.map(drop).unwrap_err();
    assert!(error.contains("ConnectionRefused"), "{error}");
    assert_eq!(ask(&mut second, "SELECT 1 one").await, "one | 1");
    send(&mut second, &["SIMULATOR ENDPOINT 1 UP"]).await;
    sys_at(&fixture, 0).await.unwrap();
    let missing = "ERROR 4018 (HY000): oceanbase-simulator: there are 2 endpoints";
    for number in [0, 3] {
        let sql = format!("SIMULATOR ENDPOINT {number} DOWN");
        assert_eq!(ask(&mut second, &sql).await, missing);
    }
}

#[tokio::test]
async fn whoever_takes_down_their_own_endpoint_hears_that_it_is_down() {
    let fixture = Fixture::new();
    let mut connection = fixture.sys().await;
    send(&mut connection, &["SIMULATOR ENDPOINT 1 DOWN"]).await;
    connection
        .query_drop("SELECT 1")
        .await
        .expect_err("the session has ended");
}

#[tokio::test]
async fn a_silent_endpoint_takes_connections_and_says_nothing() {
    let fixture = Fixture::with_two_endpoints();
    fixture.server.set_reachability(0, Reachability::Silent);
    let attempt = tokio::time::timeout(Duration::from_millis(100), sys_at(&fixture, 0));
    assert!(attempt.await.is_err(), "no greeting");
    sys_at(&fixture, 1).await.unwrap();
    fixture.server.set_reachability(0, Reachability::Up);
    sys_at(&fixture, 0).await.unwrap();
}

#[tokio::test]
async fn an_endpoint_goes_down_before_or_after_a_statement() {
    for (when, left) in [("BEFORE", "v"), ("AFTER", "v | file:///data")] {
        let fixture = Fixture::with_two_endpoints();
        let mut first = sys_at(&fixture, 0).await.unwrap();
        send(&mut first, &[&format!("SIMULATOR DOWN {when} 'data_backup_dest'")]).await;
        cut(&mut first, DATA).await;
        sys_at(&fixture, 0).await.map(drop).unwrap_err();
        let mut second = sys_at(&fixture, 1).await.unwrap();
        assert_eq!(ask(&mut second, DESTINATION).await, left, "{when}");
    }
}

#[tokio::test]
async fn nobody_else_listens_at_the_same_address() {
    let fixture = Fixture::new();
    let storage = tempfile::tempdir().unwrap();
    let second = Server::start(
        Cluster::new(cluster_options(Profile::Ce4210, storage.path())),
        Options {
            listen: vec![fixture.server.address()],
            ..Options::default()
        },
    );
    let error = second.err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse, "{error}");
}
