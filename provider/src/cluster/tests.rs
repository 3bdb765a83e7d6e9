mod connecting;
pub(crate) mod healthy;
pub(crate) mod server;

use self::{
    healthy::{healthy, rows},
    server::{Answer, Server},
};
use super::{version::Capability, *};
use expect_test::expect;
use futures_util::future::join_all;
use std::sync::atomic::{AtomicBool, Ordering};

const LIMIT: Duration = Duration::from_secs(20);

fn settings(server: &Server) -> Settings {
    Settings {
        endpoints: vec![server.endpoint.clone()],
        username: "root".to_owned(),
        tls: settings::Tls {
            mode: settings::TlsMode::Disabled,
            ..Default::default()
        },
        ..Default::default()
    }
}

fn cluster(settings: Settings) -> Cluster {
    Cluster::new(settings, CancellationToken::new()).unwrap()
}

fn t1() -> TenantName {
    "t1".parse().unwrap()
}

fn archivelog() -> Statement {
    Statement::new("ALTER SYSTEM ARCHIVELOG TENANT = ").identifier("t1")
}

async fn start_archiving(cluster: &Cluster) -> Result<Stamp, Error> {
    cluster
        .execute(&t1(), &archivelog(), LIMIT, "starting log archiving of t1")
        .await
}

fn writes(server: &Server) -> usize {
    server
        .statements()
        .iter()
        .filter(|text| text.starts_with("ALTER"))
        .count()
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_read() {
    let server = Server::start(healthy).await;
    let cluster = cluster(settings(&server));
    assert_eq!(cluster.viewpoint(), &Viewpoint::Sys);
    assert!(server.users().is_empty());
}

#[tokio::test]
async fn a_first_snapshot_costs_at_most_six_round_trips_in_a_row_and_twelve_statements() {
    let server = Server::start(healthy).await;
    cluster(settings(&server)).snapshot(Freshness::Any).await.unwrap();
    assert_eq!(server.users(), ["root@sys", "root@sys"]);
    assert_eq!(server.statements_by_connection(), [5, 5]);
}

#[tokio::test]
async fn reads_at_the_same_time_and_later_reads_share_one_snapshot() {
    let server = Server::start(healthy).await;
    let cluster = cluster(settings(&server));
    for answer in join_all((0..100).map(|_| cluster.snapshot(Freshness::Any))).await {
        answer.unwrap();
    }
    cluster.snapshot(Freshness::Any).await.unwrap();
    assert_eq!(server.statements().len(), 8);
}

#[tokio::test]
async fn a_write_makes_the_snapshot_stale_and_those_who_wait_share_the_next() {
    let server = Server::start(healthy).await;
    let cluster = cluster(settings(&server));
    cluster.snapshot(Freshness::Any).await.unwrap();
    let stamp = start_archiving(&cluster).await.unwrap();
    assert_eq!(server.statements().len(), 9);
    for answer in join_all((0..10).map(|_| cluster.snapshot(Freshness::After(stamp)))).await {
        answer.unwrap();
    }
    cluster.snapshot(Freshness::Any).await.unwrap();
    assert_eq!(server.statements().len(), 17);
    cluster.snapshot(Freshness::After(cluster.now())).await.unwrap();
    assert_eq!(server.statements().len(), 25);
    assert_eq!(server.users().len(), 2, "sessions are used again");
}

#[tokio::test]
async fn what_was_sent_to_another_tenant_leaves_the_snapshot_as_it_is() {
    let server = Server::start(healthy).await;
    let cluster = cluster(settings(&server));
    cluster.snapshot(Freshness::Any).await.unwrap();
    start_archiving(&cluster).await.unwrap();
    let read_for = |tenant: &str| cluster.snapshot(Freshness::Since(cluster.last_write_to(&tenant.parse().unwrap())));
    read_for("t2").await.unwrap();
    assert_eq!(server.statements().len(), 9);
    read_for("t1").await.unwrap();
    assert_eq!(server.statements().len(), 17);
}

#[tokio::test]
async fn what_was_sent_about_all_tenants_makes_what_was_read_of_each_stale() {
    let server = Server::start(healthy).await;
    let cluster = cluster(settings(&server));
    cluster.snapshot(Freshness::Any).await.unwrap();
    let backup = Statement::new("ALTER SYSTEM BACKUP DATABASE");
    let everybody = Scope::AllTenants;
    cluster.execute(everybody, &backup, LIMIT, "the backup").await.unwrap();
    let since = Freshness::Since(cluster.last_write_to(&t1()));
    cluster.snapshot(since).await.unwrap();
    assert_eq!(server.statements().len(), 17);
}

#[tokio::test]
async fn a_prepared_session_serves_one_statement_to_the_expected_cluster() {
    let server = Server::start(healthy).await;
    let (preparation, statement) = (
        Statement::new("SET ENCRYPTION ON IDENTIFIED BY 'p' ONLY"),
        Statement::new("ALTER SYSTEM BACKUP DATABASE"),
    );
    let expecting = |name: &str| {
        let name = Some(name.to_owned());
        cluster(Settings {
            expected_cluster: Some(ExpectedCluster { name, id: None }),
            ..settings(&server)
        })
    };
    let other = expecting("other");
    let sending = other.execute_prepared(Scope::AllTenants, &preparation, &statement, LIMIT, "the backup");
    let refusal = sending.await.unwrap_err();
    assert!(matches!(refusal, Error::OtherCluster { .. }), "{refusal}");
    // Session variables, and the question which cluster it is.
    assert_eq!(server.statements_by_connection(), [2]);
    let right = expecting("obc");
    for _ in 0..2 {
        let sending = right.execute_prepared(Scope::AllTenants, &preparation, &statement, LIMIT, "the backup");
        sending.await.unwrap();
    }
    assert_eq!(server.statements_by_connection(), [2, 4, 4]);
}

#[tokio::test]
async fn a_snapshot_tells_what_each_tenant_has() {
    let server = Server::start(healthy).await;
    let snapshot = cluster(settings(&server)).snapshot(Freshness::Any).await.unwrap();
    expect![[r#"
        ClusterFacts {
            version: Version(
                4,
                3,
                5,
                2,
            ),
            server_version: Version(
                4,
                3,
                5,
                3,
            ),
            edition: Community,
            name: Some(
                "obc",
            ),
            id: Some(
                7,
            ),
            clock: "2025-01-31 23:59:59.000000",
            event_scheduler: Some(
                true,
            ),
        }
    "#]]
    .assert_eq(&format!("{:#?}\n", snapshot.cluster));
    expect![[r#"
        [
            Tenant {
                id: 1002,
                name: TenantName(
                    "t1",
                ),
                role: "PRIMARY",
                mode: Mysql,
                status: "NORMAL",
                in_recyclebin: false,
                log_mode: Archivelog,
                backup_destination: Some(
                    "oss://b/p?host=h&access_id=i&access_key=***",
                ),
                storage_infos: [
                    StorageInfo {
                        path: "oss://b/p",
                        endpoint: "host=h",
                        dest_id: 1001,
                        authorization: "access_id=i&access_key=***",
                        extension: "",
                        max_iops: Some(
                            0,
                        ),
                        max_bandwidth: Some(
                            9,
                        ),
                    },
                ],
                archive_destination: Some(
                    ArchiveDestination {
                        path: Some(
                            "file:///archive",
                        ),
                        binding: None,
                        piece_switch_interval: None,
                        state: None,
                        dest_id: Some(
                            1002,
                        ),
                    },
                ),
                round: Some(
                    Round {
                        round_id: 1,
                        status: "DOING",
                        checkpoint_scn: Scn(
                            1738367999000000000,
                        ),
                        comment: "",
                    },
                ),
                archive_lag_target: Some(
                    120s,
                ),
                running_backup_jobs: [
                    9,
                ],
            },
            Tenant {
                id: 1004,
                name: TenantName(
                    "t2",
                ),
                role: "PRIMARY",
                mode: Oracle,
                status: "NORMAL",
                in_recyclebin: false,
                log_mode: Noarchivelog,
                backup_destination: None,
                storage_infos: [],
                archive_destination: Some(
                    ArchiveDestination {
                        path: None,
                        binding: None,
                        piece_switch_interval: None,
                        state: Some(
                            "DEFER",
                        ),
                        dest_id: None,
                    },
                ),
                round: None,
                archive_lag_target: Some(
                    60s,
                ),
                running_backup_jobs: [],
            },
        ]
    "#]]
    .assert_eq(&format!("{:#?}\n", snapshot.tenants().collect::<Vec<_>>()));
}

#[tokio::test]
async fn a_user_tenant_reads_its_own_views() {
    let server = Server::start(healthy).await;
    let settings = Settings {
        tenant: Some("t1".to_owned()),
        cluster: Some("obc".to_owned()),
        ..settings(&server)
    };
    let snapshot = cluster(settings).snapshot(Freshness::Any).await.unwrap();
    assert_eq!(server.users()[0], "root@t1#obc");
    assert!(
        !server
            .statements()
            .iter()
            .any(|text| text.contains("CDB_") || text.contains("GV$"))
    );
    assert!(snapshot.tenant(&"t2".parse().unwrap()).is_none());
    let tenant = snapshot.tenant(&t1()).unwrap();
    assert_eq!(tenant.backup_destination, Some(RawUri::new("file:///backup")));
    assert_eq!(tenant.archive_lag_target, Some(Duration::from_secs(90)));
    assert_eq!(snapshot.cluster.version, snapshot.cluster.server_version);
}

#[tokio::test]
async fn old_versions_are_not_asked_for_new_columns() {
    let old = |sql: &str| match sql {
        _ if sql.contains("GV$OB_PARAMETERS") => {
            Answer::Refused(1146, "Table 'oceanbase.GV$OB_PARAMETERS' doesn't exist")
        }
        _ if sql.contains("ob_version()") => rows(
            ["server_version", "version_comment", "clock", "event_scheduler"],
            &[["4.2.1.0", "OceanBase 4.2.1.0", "NOW", "NULL"]],
        ),
        _ if sql.contains("MAX_IOPS") => Answer::Refused(1054, "Unknown column"),
        _ => healthy(sql),
    };
    let server = Server::start(old).await;
    let snapshot = cluster(settings(&server)).snapshot(Freshness::Any).await.unwrap();
    assert_eq!(snapshot.tenant(&t1()).unwrap().storage_infos[0].max_iops, None);
    assert_eq!(
        snapshot.tenant(&t1()).unwrap().archive_lag_target,
        None,
        "what is shown is that of sys"
    );
    assert_eq!(server.statements_by_connection().into_iter().max(), Some(6));
}

#[tokio::test]
async fn a_server_that_is_too_old_is_told_apart_by_what_it_lacks() {
    // 4.0 has no LOG_MODE, 3.x not even the view.
    for (number, message) in [(1054, "Unknown column 'LOG_MODE'"), (1146, "Table doesn't exist")] {
        let server = Server::start(move |sql| match sql.contains("DBA_OB_TENANTS") {
            true => Answer::Refused(number, message),
            false => healthy(sql),
        })
        .await;
        let error = cluster(settings(&server)).snapshot(Freshness::Any).await.unwrap_err();
        let detail = error.diagnostic().detail;
        assert!(detail.contains("needs OceanBase 4.1 or later"), "{detail}");
    }
}

#[tokio::test]
async fn a_server_that_is_newer_than_known_is_taken_for_the_newest_known() {
    let server = Server::start(|sql| match sql {
        _ if sql.contains("GV$OB_PARAMETERS") => rows(
            ["TENANT_ID", "NAME", "VALUE"],
            &[["NULL", "min_observer_version", "9.8.7.6"]],
        ),
        _ => healthy(sql),
    })
    .await;
    let snapshot = cluster(settings(&server)).snapshot(Freshness::Any).await.unwrap();
    for capability in [
        Capability::ChangeAccessInfo,
        Capability::EnableWorm,
        Capability::LogOnlyPolicy,
    ] {
        assert!(snapshot.capabilities.has(capability));
    }
}

#[tokio::test]
async fn a_read_only_provider_sends_no_write() {
    let server = Server::start(healthy).await;
    let cluster = cluster(Settings {
        read_only: true,
        ..settings(&server)
    });
    assert!(matches!(start_archiving(&cluster).await, Err(Error::ReadOnly { .. })));
    assert!(server.users().is_empty());
}

#[tokio::test]
async fn reads_and_writes_are_for_the_expected_cluster_only() {
    let server = Server::start(healthy).await;
    let expecting = |name: &str, id| {
        let expected_cluster = Some(ExpectedCluster {
            name: Some(name.to_owned()),
            id,
        });
        cluster(Settings {
            expected_cluster,
            ..settings(&server)
        })
    };
    for (name, id) in [("other", None), ("obc", Some(8))] {
        let refusal = expecting(name, id).snapshot(Freshness::Any).await.unwrap_err();
        assert!(matches!(refusal, Error::OtherCluster { .. }), "{refusal}");
        let refusal = start_archiving(&expecting(name, id)).await.unwrap_err();
        assert!(matches!(refusal, Error::OtherCluster { .. }), "{refusal}");
    }
    assert_eq!(writes(&server), 0);
    let right = expecting("obc", Some(7));
    start_archiving(&right).await.unwrap();
    start_archiving(&right).await.unwrap();
    assert_eq!(writes(&server), 2);
    assert!(right.snapshot(Freshness::Any).await.unwrap().tenant(&t1()).is_some());
}

#[tokio::test]
async fn a_write_without_an_answer_may_have_been_applied_and_its_session_is_not_used_again() {
    let server = Server::start(|sql| {
        if sql.starts_with("ALTER") {
            Answer::Silence
        } else {
            healthy(sql)
        }
    })
    .await;
    let cluster = cluster(settings(&server));
    let attempted = "starting log archiving of t1";
    let error = cluster
        .execute(&t1(), &archivelog(), Duration::from_millis(20), attempted)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Timeout { .. }) && error.maybe_applied(),
        "{error}"
    );
    cluster.snapshot(Freshness::Any).await.unwrap();
    assert_eq!(server.users().len(), 3);
}

#[tokio::test]
async fn a_write_on_a_lost_connection_is_not_repeated() {
    let server = Server::start(|sql| {
        if sql.starts_with("ALTER") {
            Answer::Hangup
        } else {
            healthy(sql)
        }
    })
    .await;
    let error = start_archiving(&cluster(settings(&server))).await.unwrap_err();
    assert!(matches!(error, Error::Lost { .. }) && error.maybe_applied(), "{error}");
    assert_eq!(writes(&server), 1);
}

#[tokio::test]
async fn a_refused_write_says_so_and_makes_the_snapshot_stale_all_the_same() {
    let refusing = |sql: &str| match sql.starts_with("ALTER") {
        true => Answer::Refused(9023, "cannot start log archive backup"),
        false => healthy(sql),
    };
    let server = Server::start(refusing).await;
    let cluster = cluster(settings(&server));
    cluster.snapshot(Freshness::Any).await.unwrap();
    assert_eq!(
        start_archiving(&cluster).await.unwrap_err().kind(),
        Some(Kind::CannotStartArchive)
    );
    cluster.snapshot(Freshness::Any).await.unwrap();
    assert_eq!(server.statements().len(), 17);
}

#[tokio::test]
async fn a_read_that_loses_its_connection_is_repeated_once() {
    let dead = Arc::new(AtomicBool::new(false));
    let dying = dead.clone();
    let server = Server::start(
        move |sql| match sql.contains("ob_version") && dying.swap(false, Ordering::Relaxed) {
            true => Answer::Hangup,
            false => healthy(sql),
        },
    )
    .await;
    let cluster = cluster(settings(&server));
    cluster.snapshot(Freshness::Any).await.unwrap();
    dead.store(true, Ordering::Relaxed);
    cluster.snapshot(Freshness::After(cluster.now())).await.unwrap();
}

#[tokio::test]
async fn a_read_that_loses_its_connection_twice_is_reported() {
    let server = Server::start(|_| Answer::Hangup).await;
    let error = cluster(settings(&server)).snapshot(Freshness::Any).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Lost {
                maybe_applied: false,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(server.users().len(), 4);
}

#[tokio::test]
async fn a_read_that_the_server_asks_to_try_again_is_repeated_once() {
    // 4012 stands for several errors that pass; of a change nobody would know whether it was made.
    for (number, view) in [4023, 4038, 4016, 4012]
        .into_iter()
        .flat_map(|number| [(number, "DBA_OB_TENANTS"), (number, "CDB_OB_BACKUP_DELETE_JOBS")])
    {
        let refused = AtomicBool::new(false);
        let server = Server::start(
            move |sql| match sql.contains(view) && !refused.swap(true, Ordering::Relaxed) {
                true => Answer::Refused(number, "Try again"),
                false => healthy(sql),
            },
        )
        .await;
        let cluster = cluster(settings(&server));
        let snapshot = cluster.snapshot(Freshness::Any).await.unwrap();
        let records = cluster.records::<records::DeletionJobs>(&snapshot, Freshness::Any);
        records.await.unwrap();
        let reads = server.statements().into_iter().filter(|sql| sql.contains(view));
        assert_eq!(reads.count(), 2, "{number} {view}");
    }
    let server = Server::start(|sql| match sql.contains("DBA_OB_TENANTS") {
        true => Answer::Refused(4023, "Try again"),
        false => healthy(sql),
    })
    .await;
    let answer = cluster(settings(&server)).snapshot(Freshness::Any).await;
    assert_eq!(answer.unwrap_err().kind(), Some(Kind::Transient));
}

#[tokio::test]
async fn a_server_that_lost_its_role_is_left() {
    for (number, logins) in [(4023, 1), (4038, 2), (4016, 2), (9036, 1)] {
        let server = Server::start(move |sql| match sql.starts_with("ALTER") {
            true => Answer::Refused(number, "no"),
            false => healthy(sql),
        })
        .await;
        let cluster = cluster(settings(&server));
        for _ in 0..2 {
            assert!(start_archiving(&cluster).await.is_err());
        }
        assert_eq!(server.users().len(), logins, "{number}");
    }
}

#[tokio::test]
async fn an_interrupted_run_does_not_wait_for_a_read() {
    let server = Server::start(|_| Answer::Silence).await;
    let cancelled = CancellationToken::new();
    let cluster = Cluster::new(settings(&server), cancelled.clone()).unwrap();
    let read = cluster.snapshot(Freshness::Any);
    let (answer, ()) = tokio::join!(read, async { cancelled.cancel() });
    assert!(matches!(
        answer,
        Err(Error::Cancelled {
            maybe_applied: false,
            ..
        })
    ));
}

#[tokio::test]
async fn statements_on_one_tenant_are_kept_apart() {
    let server = Server::start(healthy).await;
    let cluster = cluster(settings(&server));
    let guard = cluster.lock(&t1()).await.unwrap();
    let other: TenantName = "t2".parse().unwrap();
    let _other = cluster.lock(&other).await.unwrap();
    let tenant = t1();
    let mut second = Box::pin(cluster.lock(&tenant));
    assert!(futures_util::poll!(&mut second).is_pending());
    drop(guard);
    let _second = second.await.unwrap();
}

#[tokio::test]
async fn statements_on_all_tenants_are_kept_apart_from_those_on_one() {
    let server = Server::start(healthy).await;
    let cluster = cluster(settings(&server));
    let tenant = t1();
    let one = cluster.lock(&tenant).await.unwrap();
    let mut all = Box::pin(cluster.lock(Scope::AllTenants));
    assert!(futures_util::poll!(&mut all).is_pending());
    drop(one);
    let all = all.await.unwrap();
    let mut one = Box::pin(cluster.lock(&tenant));
    assert!(futures_util::poll!(&mut one).is_pending());
    drop(all);
    let _one = one.await.unwrap();
}

/// Requests are served by tasks, which may move between threads.
#[tokio::test]
async fn all_work_can_be_done_by_tasks() {
    let server = Server::start(healthy).await;
    let cluster = Arc::new(cluster(settings(&server)));
    let work = async move {
        let _guard = cluster.lock(&t1()).await?;
        let stamp = start_archiving(&cluster).await?;
        cluster
            .execute_in_tenant(&t1(), &archivelog(), LIMIT, "trying")
            .await
            .unwrap_err();
        cluster.snapshot(Freshness::After(stamp)).await
    };
    tokio::spawn(work).await.unwrap().unwrap();
}

/// Where the log of a test goes.
#[derive(Clone, Default)]
struct LogLines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_tells_each_statement_and_no_secret() {
    let lines = LogLines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false);
    let _subscribed = tracing::subscriber::set_default(subscriber.finish());
    let refusing = |sql: &str| match sql.starts_with("ALTER") {
        true => Answer::Refused(9026, "oss://b/p?access_id=i&access_key=k3y is not a valid uri"),
        false => healthy(sql),
    };
    let server = Server::start(refusing).await;
    let cluster = cluster(Settings {
        password: Some(Secret::new("pa55word")),
        ..settings(&server)
    });
    cluster.snapshot(Freshness::Any).await.unwrap();
    let statement = Statement::new("ALTER SYSTEM SET DATA_BACKUP_DEST = ").literal_parts(|literal| {
        literal
            .text("oss://b/p?access_id=i&access_key=")
            .secret(&Secret::new("k3y"))
    });
    let error = cluster
        .execute(&t1(), &statement, LIMIT, "setting the backup destination of t1")
        .await
        .unwrap_err();
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?access_id=i&access_key=***'"),
        "{log}"
    );
    for text in [log, format!("{error} {error:?} {:?}", error.diagnostic())] {
        assert!(!text.contains("k3y") && !text.contains("pa55word"), "{text}");
    }
}

#[tokio::test]
async fn the_server_gives_up_a_query_when_the_client_does() {
    let server = Server::start(healthy).await;
    let cluster = cluster(Settings {
        statement_timeout: Duration::from_secs(7),
        ..settings(&server)
    });
    cluster.snapshot(Freshness::Any).await.unwrap();
    let statements = server.statements();
    let queries: Vec<&String> = statements.iter().filter(|sql| sql.starts_with("SELECT")).collect();
    assert_eq!(queries.len(), 8);
    assert!(
        queries.iter().all(|sql| sql.contains("/*+ QUERY_TIMEOUT(7000000) */")),
        "{queries:?}"
    );
}
