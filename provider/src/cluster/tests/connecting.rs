use super::*;

#[tokio::test]
async fn the_first_endpoint_that_can_be_reached_is_used_and_remembered() {
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(healthy).await;
    let endpoints = vec![dead.local_addr().unwrap().to_string(), server.endpoint.clone()];
    let connect_timeout = Duration::from_millis(300);
    let cluster = cluster(Settings {
        endpoints,
        connect_timeout,
        max_connections: 1,
        ..settings(&server)
    });
    cluster.snapshot(Freshness::Any).await.unwrap();
    cluster.pool.forget_idle();
    drop(dead);
    start_archiving(&cluster).await.unwrap();
    assert_eq!(server.users().len(), 2);
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_not_waited_for_while_there_are_others() {
    let hanging = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(healthy).await;
    let settings = Settings {
        endpoints: vec![hanging.local_addr().unwrap().to_string(), server.endpoint.clone()],
        connect_timeout: Duration::from_secs(3600),
        ..settings(&server)
    };
    cluster(settings).snapshot(Freshness::Any).await.unwrap();
}

#[tokio::test]
async fn another_server_is_asked_when_one_has_no_part_of_the_tenant() {
    let message = "Tenant not in this server";
    let without = Server::start_with(Answer::Refused(5150, message), healthy).await;
    let with = Server::start(healthy).await;
    let both = vec![without.endpoint.clone(), with.endpoint.clone()];
    let asking = |endpoints| {
        cluster(Settings {
            endpoints,
            ..settings(&with)
        })
    };
    asking(both).snapshot(Freshness::Any).await.unwrap();
    let error = asking(vec![without.endpoint.clone()]).snapshot(Freshness::Any).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), Some(Kind::TenantNotOnServer), "{error}");
    assert!(error.diagnostic().detail.contains("Connect through OBProxy"));
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_is_given_up_after_the_connect_timeout() {
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(healthy).await;
    let endpoints = vec![dead.local_addr().unwrap().to_string()];
    let settings = Settings {
        endpoints,
        connect_timeout: Duration::from_millis(20),
        ..settings(&server)
    };
    let error = cluster(settings).snapshot(Freshness::Any).await.unwrap_err();
    assert!(error.to_string().ends_with("no answer within 20ms"), "{error}");
}

#[tokio::test]
async fn a_refused_login_is_not_tried_for_every_resource() {
    let denied = Answer::Refused(
        1045,
        "Access denied for user 'root'@'xxx.xxx.xxx.xxx' (using password: YES)",
    );
    let server = Server::start_with(denied, healthy).await;
    let cluster = cluster(Settings {
        max_connections: 1,
        ..settings(&server)
    });
    for answer in join_all((0..10).map(|_| cluster.snapshot(Freshness::Any))).await {
        assert_eq!(answer.unwrap_err().kind(), Some(Kind::LoginRefused));
    }
    for freshness in [Freshness::Any, Freshness::After(cluster.now())] {
        assert!(cluster.snapshot(freshness).await.is_err());
    }
    assert_eq!(server.users().len(), 1);
}

#[tokio::test]
async fn what_only_the_tenant_may_run_is_run_as_the_tenant() {
    let server = Server::start(healthy).await;
    let credentials = Credentials {
        username: "backup".to_owned(),
        password: Some(Secret::new("pw")),
    };
    let tenant_credentials = BTreeMap::from([(t1(), credentials)]);
    let cluster = cluster(Settings {
        tenant_credentials,
        ..settings(&server)
    });
    let statement = Statement::new("ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = ").literal("oss://b/p?host=h");
    cluster
        .execute_in_tenant(&t1(), &statement, LIMIT, "changing the key")
        .await
        .unwrap();
    assert_eq!(server.users().last().map(String::as_str), Some("backup@t1"));
    let t2 = "t2".parse().unwrap();
    let refusal = cluster
        .execute_in_tenant(&t2, &statement, LIMIT, "changing the key")
        .await;
    assert!(matches!(refusal, Err(Error::NoCredentials { .. })));
}

#[tokio::test]
async fn a_tenant_that_is_found_at_another_endpoint_is_one_of_the_expected_cluster() {
    let elsewhere = |user: &str| match user {
        "backup@t1" => Answer::Refused(5150, "Tenant not in this server"),
        _ => Answer::Done,
    };
    for (name, is_expected) in [("obc", true), ("other", false)] {
        let first = Server::start_by(elsewhere, healthy).await;
        let second = Server::start(move |sql| match sql.contains("SHOW PARAMETERS") {
            true => rows(["name", "value"], &[["cluster", name]]),
            false => healthy(sql),
        })
        .await;
        let credentials = Credentials {
            username: "backup".to_owned(),
            password: None,
        };
        let cluster = cluster(Settings {
            endpoints: vec![first.endpoint.clone(), second.endpoint.clone()],
            tenant_credentials: BTreeMap::from([(t1(), credentials)]),
            expected_cluster: Some(ExpectedCluster {
                name: Some("obc".to_owned()),
                id: None,
            }),
            max_connections: 1,
            ..settings(&first)
        });
        let sent = cluster
            .execute_in_tenant(&t1(), &archivelog(), LIMIT, "changing the key")
            .await;
        let is_refused = matches!(sent, Err(Error::OtherCluster { .. }));
        assert_eq!((sent.is_ok(), is_refused), (is_expected, !is_expected), "{sent:?}");
        assert_eq!(writes(&second), usize::from(is_expected));
    }
}

#[tokio::test]
async fn encryption_is_preferred_but_not_insisted_on() {
    let server = Server::start(healthy).await;
    let with_mode = |mode| {
        cluster(Settings {
            tls: settings::Tls {
                mode,
                ..Default::default()
            },
            ..settings(&server)
        })
    };
    with_mode(settings::TlsMode::Preferred)
        .snapshot(Freshness::Any)
        .await
        .unwrap();
    for mode in [
        settings::TlsMode::Required,
        settings::TlsMode::VerifyCa,
        settings::TlsMode::VerifyIdentity,
    ] {
        let error = with_mode(mode).snapshot(Freshness::Any).await.unwrap_err();
        assert!(matches!(error, Error::Insecure { .. }), "{mode:?}: {error}");
    }
}

#[tokio::test]
async fn one_connection_is_enough() {
    let server = Server::start(healthy).await;
    let cluster = cluster(Settings {
        max_connections: 1,
        ..settings(&server)
    });
    cluster.snapshot(Freshness::Any).await.unwrap();
    start_archiving(&cluster).await.unwrap();
    assert_eq!(server.users().len(), 1);
}

#[tokio::test]
async fn a_cluster_that_is_too_old_is_said_to_be_whatever_else_it_lacks() {
    let version = |sql: &str| match sql.contains("ob_version()") {
        true => Some(rows(
            ["server_version", "version_comment", "clock", "event_scheduler"],
            &[[
                "4.0.0.0",
                "OceanBase_CE 4.0.0.0 (r1)",
                "2025-01-31 23:59:59.000000",
                "ON",
            ]],
        )),
        false => None,
    };
    let lacks = |number, message| move |sql: &str| version(sql).unwrap_or(Answer::Refused(number, message));
    for server in [
        Server::start(move |sql| version(sql).unwrap_or_else(|| healthy(sql))).await,
        Server::start(lacks(1146, "Table 'oceanbase.cdb_ob_archive_dest' doesn't exist")).await,
        Server::start(lacks(1054, "Unknown column 'LOG_MODE' in 'field list'")).await,
    ] {
        let error = cluster(settings(&server)).snapshot(Freshness::Any).await.unwrap_err();
        let diagnostic = error.diagnostic();
        expect![[r#"
            The cluster is too old
            The endpoints lead to OceanBase 4.0.0.0, and this provider needs 4.1.0.0 or later. Upgrade the cluster, or correct the endpoints.
        "#]]
        .assert_eq(&format!("{}\n{}\n", diagnostic.summary, diagnostic.detail));
    }
}

#[tokio::test]
async fn a_login_of_a_tenant_is_tried_once_and_only_where_it_would_be_used() {
    let denied = Answer::Refused(1045, "Access denied for user 'backup'@'%' (using password: YES)");
    let server = Server::start_with(denied, healthy).await;
    let credentials = Credentials {
        username: "backup".to_owned(),
        password: Some(Secret::new("s3cr3t")),
    };
    let with = |username: &str, read_only| {
        cluster(Settings {
            username: username.to_owned(),
            tenant_credentials: BTreeMap::from([(t1(), credentials.clone())]),
            read_only,
            ..settings(&server)
        })
    };
    for elsewhere in [with("root", true), with("root@t1", false)] {
        elsewhere.try_login_to(&t1(), "changing the key").await.unwrap();
    }
    assert!(server.users().is_empty());
    let cluster = with("root", false);
    let tenant = t1();
    for answer in join_all((0..10).map(|_| cluster.try_login_to(&tenant, "changing the key"))).await {
        let diagnostic = answer.unwrap_err().diagnostic();
        assert!(diagnostic.detail.contains("`tenant_credentials`"), "{diagnostic:?}");
        assert!(!format!("{diagnostic:?}").contains("s3cr3t"), "{diagnostic:?}");
    }
    assert_eq!(server.users(), ["backup@t1"]);
}
