//! What an apply leaves behind, and says, when it does not get to its goal; with archiving as the example.

use super::*;
use crate::{
    cluster::tests::{
        healthy::{healthy, rows},
        server::{Answer, Server},
    },
    model,
    provider::OceanBase,
    resources::{
        archivelog::{Archivelog, Model},
        backup_destination::{self, BackupDestination},
    },
};
use expect_test::{Expect, expect};
use serde_json::json;
use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tfplugin::{Applied, Call, Change, Provider, Resource, Value, resource::PlanRequest};
use tokio_util::sync::CancellationToken;

/// Tenant `t1` archives to `file:///archive`; a round ends as soon as archiving is switched off.
struct Archiving {
    on: AtomicBool,
    path: Mutex<&'static str>,
}

impl Archiving {
    fn new() -> Self {
        Self {
            on: AtomicBool::new(true),
            path: Mutex::new("file:///archive"),
        }
    }

    fn answer(&self, sql: &str) -> Answer {
        let on = self.on.load(Ordering::SeqCst);
        match sql {
            _ if sql.contains(" NOARCHIVELOG") => {
                self.on.store(false, Ordering::SeqCst);
                Answer::Done
            }
            _ if sql.contains("SYSTEM ARCHIVELOG") => {
                self.on.store(true, Ordering::SeqCst);
                Answer::Done
            }
            _ if sql.contains("SET LOG_ARCHIVE_DEST") => {
                *self.path.lock().unwrap() = "file:///new";
                Answer::Done
            }
            _ if sql.contains("DBA_OB_TENANTS") => rows(
                TENANT_COLUMNS,
                &[[
                    "1002",
                    "t1",
                    "PRIMARY",
                    "MYSQL",
                    "NORMAL",
                    "NO",
                    if on { "ARCHIVELOG" } else { "NOARCHIVELOG" },
                ]],
            ),
            _ if sql.contains("ARCHIVE_DEST") => rows(
                ["TENANT_ID", "NAME", "VALUE"],
                &[
                    ["1002", "path", *self.path.lock().unwrap()],
                    ["1002", "dest_id", "1002"],
                    ["1002", "piece_switch_interval", "1d"],
                ],
            ),
            _ if sql.contains("CDB_OB_ARCHIVELOG") => rows(ROUND_COLUMNS, &[round(if on { "DOING" } else { "STOP" })]),
            _ => healthy(sql),
        }
    }
}

const ROUND_COLUMNS: [&str; 8] = [
    "TENANT_ID",
    "ROUND_ID",
    "DEST_ID",
    "STATUS",
    "CHECKPOINT_SCN",
    "PIECE_SWITCH_INTERVAL",
    "COMMENT",
    "PATH",
];

fn round(status: &str) -> [&str; 8] {
    ["1002", "1", "1002", status, "1", "86400000000", "", ""]
}

const TENANT_COLUMNS: [&str; 7] = [
    "TENANT_ID",
    "TENANT_NAME",
    "TENANT_ROLE",
    "COMPATIBILITY_MODE",
    "STATUS",
    "IN_RECYCLEBIN",
    "LOG_MODE",
];

fn state(changes: serde_json::Value) -> Value {
    let mut model = json!({
        "tenant": "t1", "storage": { "type": "nfs", "path": "/archive" },
        "round_id": 1, "dest_id": 1002, "condition": "in sync",
    });
    for (name, value) in changes.as_object().unwrap() {
        model[name] = value.clone();
    }
    let model: Model = serde_json::from_value(model).unwrap();
    model::to_value(&model, Managed::<Archivelog>::default().schema()).unwrap()
}

fn moved() -> serde_json::Value {
    json!({ "storage": { "type": "nfs", "path": "/new" } })
}

pub(super) fn block(server: &Server) -> Value {
    let endpoints = Value::list([Value::string(server.endpoint.clone())]);
    let tls = Value::object([("mode", Value::string("disabled"))]);
    Value::object([("endpoints", endpoints), ("tls", tls)])
}

pub(super) fn configured(block: &Value, cancelled: &CancellationToken) -> Configured {
    OceanBase::default().configure(block, cancelled).ok().unwrap()
}

/// Moves the archive of `t1` to `/new`.
async fn move_archive(server: &Server, changes: serde_json::Value, cancelled: &CancellationToken) -> Applied {
    let configured = configured(&block(server), cancelled);
    let call = Call {
        configured: &configured,
        cancelled,
    };
    let change = Change::Update {
        prior: state(json!({})),
        planned: state(changes),
    };
    Managed::<Archivelog>::default().apply(call, change).await
}

/// What the plan of a create says.
async fn said_of_create<R: ManagedResource>(server: &Server, model: serde_json::Value) -> Vec<String> {
    let cancelled = CancellationToken::new();
    let configured = configured(&block(server), &cancelled);
    let resource = Managed::<R>::default();
    let model: R::Model = serde_json::from_value(model).unwrap();
    let config = model::to_value(&model, resource.schema()).unwrap();
    let request = PlanRequest {
        prior: None,
        planned: config.clone(),
        config,
    };
    let call = Call {
        configured: &configured,
        cancelled: &cancelled,
    };
    let (_, said) = resource.plan(call, &request).await;
    said.into_iter().map(|diagnostic| diagnostic.summary).collect()
}

fn check_failure(applied: &Applied, expected: Expect) {
    let said = applied
        .diagnostics
        .iter()
        .map(|problem| format!("{}\n---\n{}\n", problem.summary, problem.detail));
    expected.assert_eq(&said.collect::<String>());
}

fn changes(server: &Server) -> Vec<String> {
    let statements = server.statements().into_iter();
    statements.filter(|text| text.starts_with("ALTER")).collect()
}

#[tokio::test]
async fn a_change_that_fails_half_way_says_what_is_in_effect_already() {
    let archiving = Archiving::new();
    let server = Server::start(move |sql| match sql {
        _ if sql.contains("SET LOG_ARCHIVE_DEST") => Answer::Refused(9080, "format file does not exist"),
        _ => archiving.answer(sql),
    })
    .await;
    let applied = move_archive(&server, moved(), &CancellationToken::new()).await;
    check_failure(
        &applied,
        expect![[r#"
            The destination is not empty and has no format file
            ---
            We tried this: setting the archive destination of tenant t1

              ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///new BINDING=Optional PIECE_SWITCH_INTERVAL=1d' TENANT = `t1`

            The server said:

              error 9080 (HY000): format file does not exist

            Use a new or empty directory. If an earlier attempt failed half-way (a timeout, a lost connection, a lacking right), remove what it left there, the directory check_file, and apply again: the server does not remove it, and takes it for foreign content.

            Carried out so far, and not undone:

              ALTER SYSTEM NOARCHIVELOG TENANT = `t1`;
        "#]],
    );
    let left = applied.state.unwrap();
    assert_eq!(left.attribute("enabled"), Some(&Value::Bool(false)));
    assert_eq!(
        left.attribute("storage").unwrap().attribute("path"),
        Some(&Value::string("/archive"))
    );
}

#[tokio::test]
async fn when_the_time_is_over_half_way_what_was_not_sent_is_listed() {
    let archiving = Archiving::new();
    let server = Server::start(move |sql| archiving.answer(sql)).await;
    let mut goal = moved();
    goal["timeouts"] = json!({ "update": "0s" });
    let applied = move_archive(&server, goal, &CancellationToken::new()).await;
    check_failure(
        &applied,
        expect![[r#"
            Ran out of time half-way
            ---
            For oceanbase_archivelog of `t1`, the 0 s were over before these statements could be sent:

              ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///new BINDING=Optional PIECE_SWITCH_INTERVAL=1d' TENANT = `t1`;
              ALTER SYSTEM ARCHIVELOG TENANT = `t1`;

            To go on from here, apply again. `timeouts` sets how long to wait.

            Carried out so far, and not undone:

              ALTER SYSTEM NOARCHIVELOG TENANT = `t1`;
        "#]],
    );
}

#[test]
fn a_destroy_that_gave_up_is_to_be_repeated() {
    for failure in [
        Failure::Late("log archiving to reach STOP", Left::Statements),
        Failure::Late("log archiving to reach STOP", Left::Nothing),
        Failure::NoEffect,
        Failure::NotSent(Vec::new()),
        Failure::Interrupted(None, Left::Statements),
        Failure::Interrupted(None, Left::Nothing),
    ] {
        let told = |operation| failure.diagnostic("it", Duration::ZERO, operation).detail;
        let (destroy, apply) = (told(Operation::Delete), told(Operation::Update));
        assert!(
            destroy.contains("destroy it again") && !destroy.contains("apply"),
            "{destroy}"
        );
        assert!(apply.contains("apply again"), "{apply}");
    }
}

#[tokio::test]
async fn an_interrupt_says_what_is_in_effect_already() {
    let archiving = Archiving::new();
    let cancelled = CancellationToken::new();
    let interrupt = cancelled.clone();
    let server = Server::start(move |sql| {
        if sql.contains(" NOARCHIVELOG") {
            interrupt.cancel();
        }
        archiving.answer(sql)
    })
    .await;
    let applied = move_archive(&server, moved(), &cancelled).await;
    check_failure(
        &applied,
        expect![[r#"
            Interrupted
            ---
            Stopped waiting for oceanbase_archivelog of `t1` on your request. What was sent to the cluster stays in effect there; apply again to go on from where it is then.

            Carried out so far, and not undone:

              ALTER SYSTEM NOARCHIVELOG TENANT = `t1`;
        "#]],
    );
}

#[tokio::test]
async fn an_interrupt_says_what_was_waited_for() {
    let cancelled = CancellationToken::new();
    let interrupt = cancelled.clone();
    let (archiving, looks) = (Archiving::new(), AtomicUsize::new(0));
    // The round does not end, although it was told to.
    let server = Server::start(move |sql| {
        if sql.contains("CDB_OB_ARCHIVELOG") && looks.fetch_add(1, Ordering::SeqCst) == 6 {
            interrupt.cancel();
        }
        match sql {
            _ if sql.contains("CDB_OB_ARCHIVELOG") => rows(ROUND_COLUMNS, &[round("STOPPING")]),
            _ => archiving.answer(sql),
        }
    })
    .await;
    let applied = move_archive(&server, moved(), &cancelled).await;
    check_failure(
        &applied,
        expect![[r#"
        Interrupted
        ---
        Stopped waiting for oceanbase_archivelog of `t1` on your request, while it waited for log archiving to reach STOP. What was sent to the cluster stays in effect there; apply again to go on from where it is then.

        Carried out so far, and not undone:

          ALTER SYSTEM NOARCHIVELOG TENANT = `t1`;
    "#]],
    );
}

/// The first statement that holds the text is refused, the next one is not.
fn refusing_once(text: &'static str, number: u16, message: &'static str) -> impl Fn(&str) -> Answer + Send + Sync {
    let archiving = Archiving::new();
    let refused = AtomicBool::new(false);
    move |sql| {
        if sql.contains(text) && !refused.swap(true, Ordering::SeqCst) {
            return Answer::Refused(number, message);
        }
        archiving.answer(sql)
    }
}

#[tokio::test]
async fn a_refusal_that_passes_is_waited_for() {
    let stop = "ALTER SYSTEM NOARCHIVELOG TENANT = `t1`";
    let set = "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///new BINDING=Optional PIECE_SWITCH_INTERVAL=1d' TENANT = `t1`";
    let start = "ALTER SYSTEM ARCHIVELOG TENANT = `t1`";
    let running = "change archive dest when archive is running is not supported";
    for (text, number, message, expected) in [
        // The scheduler began a round although archiving had been switched off.
        ("SET LOG_ARCHIVE_DEST", 1235, running, vec![stop, set, set, start]),
        (
            " NOARCHIVELOG",
            4038,
            "The observer or zone is not the master",
            vec![stop, stop, set, start],
        ),
        (" NOARCHIVELOG", 4016, "Internal error", vec![stop, stop, set, start]),
        // The server gave up after its own time limit, and may have gone on nevertheless.
        ("SET LOG_ARCHIVE_DEST", 4012, "Timeout", vec![stop, set, set, start]),
        ("DBA_OB_TENANTS", 4023, "Try again", vec![stop, set, start]),
    ] {
        let server = Server::start(refusing_once(text, number, message)).await;
        let applied = move_archive(&server, moved(), &CancellationToken::new()).await;
        check_failure(&applied, expect![""]);
        assert_eq!(changes(&server), expected, "{number}");
    }
}

/// The first statements that hold the text lose their connection, after they were carried out.
fn losing(text: &'static str, times: usize) -> impl Fn(&str) -> Answer + Send + Sync {
    let archiving = Archiving::new();
    let lost = AtomicUsize::new(0);
    move |sql| {
        let answer = archiving.answer(sql);
        match sql.contains(text) && lost.fetch_add(1, Ordering::SeqCst) < times {
            true => Answer::Hangup,
            false => answer,
        }
    }
}

#[tokio::test]
async fn a_statement_that_lost_its_answer_is_looked_for_before_anything_is_sent_again() {
    let server = Server::start(losing(" NOARCHIVELOG", 1)).await;
    let applied = move_archive(&server, moved(), &CancellationToken::new()).await;
    check_failure(&applied, expect![""]);
    assert_eq!(changes(&server).len(), 3);
}

#[tokio::test]
async fn a_statement_that_ends_every_connection_is_sent_twice_and_no_more() {
    let archiving = Archiving::new();
    let server = Server::start(move |sql| match sql {
        _ if sql.contains("SET LOG_ARCHIVE_DEST") => Answer::Hangup,
        _ => archiving.answer(sql),
    })
    .await;
    let applied = move_archive(&server, moved(), &CancellationToken::new()).await;
    let summary = applied.diagnostics.into_iter().next().unwrap().summary;
    assert_eq!(summary, "The connection to the cluster was lost");
    let sent = changes(&server);
    let set = sent.iter().filter(|sql| sql.contains("SET LOG_ARCHIVE_DEST"));
    assert_eq!((set.count(), sent.len()), (2, 3), "{sent:#?}");
}

#[tokio::test]
async fn a_failure_that_the_server_did_not_expect_is_tried_once_more_and_a_lock_not_at_all() {
    for (number, times, summary) in [
        (4016, 2, "The server reports a failure of its own"),
        (6005, 1, "Somebody else changes the same tenant"),
        (9061, 1, "The traffic to the destination is at its limit"),
    ] {
        let archiving = Archiving::new();
        let server = Server::start(move |sql| match sql.contains("SET LOG_ARCHIVE_DEST") {
            true => Answer::Refused(number, "no"),
            false => archiving.answer(sql),
        })
        .await;
        let applied = move_archive(&server, moved(), &CancellationToken::new()).await;
        assert_eq!(applied.diagnostics.into_iter().next().unwrap().summary, summary);
        let sent = changes(&server);
        let set = sent.iter().filter(|sql| sql.contains("SET LOG_ARCHIVE_DEST"));
        assert_eq!(set.count(), times, "{number}");
    }
}

#[tokio::test]
async fn what_lost_its_answer_counts_as_carried_out_when_the_views_show_it() {
    let stopping = losing(" NOARCHIVELOG", 1);
    let server = Server::start(move |sql| match sql {
        _ if sql.contains("SET LOG_ARCHIVE_DEST") => Answer::Refused(9082, "the destination has no space"),
        _ => stopping(sql),
    })
    .await;
    let applied = move_archive(&server, moved(), &CancellationToken::new()).await;
    let detail = applied.diagnostics.into_iter().next().unwrap().detail;
    let expected = "Carried out so far, and not undone:\n\n  ALTER SYSTEM NOARCHIVELOG TENANT = `t1`;";
    assert!(detail.ends_with(expected), "{detail}");
}

#[tokio::test]
async fn a_cluster_that_answered_a_moment_ago_is_waited_for() {
    let archiving = Archiving::new();
    let stopped = AtomicBool::new(false);
    let lost = AtomicUsize::new(0);
    let server = Server::start(move |sql| {
        stopped.fetch_or(sql.contains(" NOARCHIVELOG"), Ordering::SeqCst);
        let reads = sql.starts_with("SELECT") && stopped.load(Ordering::SeqCst);
        match reads && lost.fetch_add(1, Ordering::SeqCst) < 12 {
            true => Answer::Hangup,
            false => archiving.answer(sql),
        }
    })
    .await;
    let applied = move_archive(&server, moved(), &CancellationToken::new()).await;
    check_failure(&applied, expect![""]);
    assert_eq!(changes(&server).len(), 3);
}

#[tokio::test]
async fn a_create_that_restarts_the_archiving_it_finds_warns_of_the_gap() {
    let archiving = Archiving::new();
    let server = Server::start(move |sql| archiving.answer(sql)).await;
    let archivelog =
        |binding: &str| json!({ "tenant": "t1", "storage": { "type": "nfs", "path": "/archive" }, "binding": binding });
    let said = said_of_create::<Archivelog>(&server, archivelog("optional")).await;
    assert_eq!(said, [""; 0]);
    let said = said_of_create::<Archivelog>(&server, archivelog("mandatory")).await;
    assert_eq!(
        said,
        [
            "Writes can block",
            "Archiving will have a gap",
            "A running backup will fail"
        ]
    );
}

#[tokio::test]
async fn a_create_that_moves_the_backups_it_finds_asks_for_a_full_one() {
    let server = Server::start(healthy).await;
    let destination =
        |adopt: bool| json!({ "tenant": "t1", "storage": { "type": "nfs", "path": "/new" }, "adopt_existing": adopt });
    let said = said_of_create::<BackupDestination>(&server, destination(true)).await;
    assert_eq!(
        said,
        [
            "Take a new full backup after this move",
            "The apply will wait for a running backup"
        ]
    );
    let said = said_of_create::<BackupDestination>(&server, destination(false)).await;
    assert_eq!(said, ["Already configured elsewhere"]);
}

#[tokio::test]
async fn under_a_profile_that_is_not_known_yet_the_stored_state_stands() {
    let server = Server::start(healthy).await;
    let resource = Managed::<BackupDestination>::default();
    let model = json!({ "tenant": "t1", "storage": { "profile": "main", "path": "p" } });
    let model = serde_json::from_value(model).unwrap();
    let stored = model::to_value::<backup_destination::Model>(&model, resource.schema()).unwrap();
    let profile = |host| {
        let text = |text| Value::string(text);
        let settings = [
            ("type", text("oss")),
            ("bucket", text("b")),
            ("access_id", text("i")),
            ("host", host),
        ];
        Value::map([("main", Value::object(settings))])
    };
    let cancelled = CancellationToken::new();
    for (host, kept) in [(Value::UNKNOWN, true), (Value::string("h"), false)] {
        let configured = configured(
            &block(&server).with_attribute("storage_profiles", profile(host)),
            &cancelled,
        );
        let call = Call {
            configured: &configured,
            cancelled: &cancelled,
        };
        let (read, said) = resource.read(call, stored.clone()).await;
        let read = read.unwrap();
        assert_eq!(read == stored, kept, "what was computed is filled in by a refresh");
        let storage = read.attribute("storage").unwrap();
        assert_eq!(storage.attribute("host"), Some(&Value::Null), "it has not strayed");
        assert_eq!(said.iter().count(), usize::from(kept));
    }
}

#[tokio::test]
async fn a_refused_login_is_an_error_once_whatever_was_warned_of_before() {
    let denied = Answer::Refused(1045, "Access denied for user 'root'@'%' (using password: NO)");
    let server = Server::start_with(denied, healthy).await;
    let cancelled = CancellationToken::new();
    let configured = configured(&block(&server), &cancelled);
    let resource = Managed::<Archivelog>::default();
    let plan = async || {
        let planned = state(json!({}));
        let request = PlanRequest {
            prior: None,
            config: planned.clone(),
            planned,
        };
        let call = Call {
            configured: &configured,
            cancelled: &cancelled,
        };
        let (_, said) = resource.plan(call, &request).await;
        said.into_iter().map(|problem| problem.summary).collect::<Vec<_>>()
    };
    assert!(
        configured.warn_unreachable_once(),
        "the warning of a profile not known yet"
    );
    assert_eq!(plan().await, ["The login was refused"]);
    assert_eq!(plan().await, [""; 0]);
}

#[tokio::test]
async fn what_a_user_tenant_cannot_see_is_not_taken_for_gone() {
    let server = Server::start(healthy).await;
    let resource = Managed::<Archivelog>::default();
    let cancelled = CancellationToken::new();
    let configured = configured(
        &block(&server).with_attribute("tenant", Value::string("t2")),
        &cancelled,
    );
    let call = Call {
        configured: &configured,
        cancelled: &cancelled,
    };
    let stored = state(json!({ "on_destroy": "stop" }));
    let (read, said) = resource.read(call, stored.clone()).await;
    assert_eq!((read.as_ref(), said.has_errors()), (Some(&stored), true));
    let deleted = resource.apply(call, Change::Delete { prior: stored.clone() }).await;
    assert_eq!(deleted.state, Some(stored));
    check_failure(
        &deleted,
        expect![[r#"
            The login belongs to another tenant
            ---
            The provider is logged in to the tenant t2, which manages itself only: looking for oceanbase_archivelog of `t1`. Log in to sys, or to t1.
        "#]],
    );
}

#[tokio::test]
async fn a_tenant_that_cannot_be_configured_now_is_named_at_plan() {
    for (status, in_recyclebin, expected) in [
        ("NORMAL", "NO", ""),
        ("RESTORE", "NO", NOT_READY),
        ("NORMAL", "YES", NOT_READY),
    ] {
        let server = Server::start(move |sql| match sql {
            _ if sql.contains("DBA_OB_TENANTS") => {
                let row = ["1004", "t2", "PRIMARY", "MYSQL", status, in_recyclebin, "NOARCHIVELOG"];
                rows(TENANT_COLUMNS, &[row])
            }
            _ => healthy(sql),
        })
        .await;
        let model = json!({ "tenant": "t2", "storage": { "type": "nfs", "path": "/new" } });
        let said = said_of_create::<Archivelog>(&server, model.clone()).await;
        assert_eq!(said.concat(), expected);
        let said = said_of_create::<BackupDestination>(&server, model).await;
        assert_eq!(said.concat(), expected);
    }
}

const NOT_READY: &str = "The tenant is not ready";

/// An Enterprise cluster that shows keys as cipher texts and cannot change them in place; `t1` backs up to `oss://b/old`.
fn old_enterprise(knows_the_new_place: bool) -> impl Fn(&str) -> Answer + Send + Sync {
    let moved = AtomicBool::new(false);
    move |sql| {
        if sql.contains("SET DATA_BACKUP_DEST") {
            moved.store(true, Ordering::SeqCst);
            return Answer::Done;
        }
        let moved = moved.load(Ordering::SeqCst);
        match sql {
            _ if sql.contains("ob_version()") => rows(
                ["server_version", "version_comment", "clock", "event_scheduler"],
                &[[
                    "4.2.1.0",
                    "OceanBase 4.2.1.0 (r1)",
                    "2025-01-31 23:59:59.000000",
                    "NULL",
                ]],
            ),
            _ if sql.contains("GV$OB_PARAMETERS") => rows(
                ["TENANT_ID", "NAME", "VALUE"],
                &[["NULL", "min_observer_version", "4.2.1.0"]],
            ),
            _ if sql.contains("BACKUP_PARAMETER") => {
                let path = if moved { "new" } else { "old" };
                let value = format!("oss://b/{path}?host=h&access_id=i&encrypt_key=00ff");
                rows(["TENANT_ID", "VALUE"], &[["1002", &value]])
            }
            _ if sql.contains("STORAGE_INFO") => {
                let row = |path, dest_id| {
                    [
                        "1002",
                        path,
                        "host=h",
                        dest_id,
                        "backup_data",
                        "access_id=i&encrypt_key=00ff",
                        "",
                        "NULL",
                    ]
                };
                let known = if moved || knows_the_new_place { 2 } else { 1 };
                rows(
                    [
                        "TENANT_ID",
                        "PATH",
                        "ENDPOINT",
                        "DEST_ID",
                        "DEST_TYPE",
                        "AUTHORIZATION",
                        "EXTENSION",
                        "LAST_CHECK_TIMESTAMP",
                    ],
                    &[row("oss://b/old", "1001"), row("oss://b/new", "1002")][..known],
                )
            }
            _ if sql.contains("BACKUP_JOBS") => rows(["TENANT_ID", "JOB_ID"], &[]),
            _ => healthy(sql),
        }
    }
}

#[tokio::test]
async fn a_new_path_takes_the_new_key_with_it_unless_the_cluster_remembers_the_path() {
    let resource = Managed::<BackupDestination>::default();
    let stored = |path, version| {
        let storage = json!({
            "type": "oss", "bucket": "b", "host": "h", "path": path, "access_id": "i", "access_key_wo_version": version,
        });
        let model = json!({ "tenant": "t1", "storage": storage, "previous_locations": [], "condition": "in sync" });
        let model: backup_destination::Model = serde_json::from_value(model).unwrap();
        model::to_value(&model, resource.schema()).unwrap()
    };
    let set = "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/new?host=h&access_id=i&access_key=n3w' TENANT = `t1`";
    for (known, expected, sent) in [
        (false, "", vec![set]),
        (true, "The cluster cannot change this destination in place", vec![]),
    ] {
        let server = Server::start(old_enterprise(known)).await;
        let cancelled = CancellationToken::new();
        let configured = configured(&block(&server), &cancelled);
        let call = Call {
            configured: &configured,
            cancelled: &cancelled,
        };
        let mut planned = stored("new", "2");
        let key = "storage".into();
        let storage = planned.at_mut(&key).unwrap();
        *storage = storage.clone().with_attribute("access_key_wo", Value::string("n3w"));
        let prior = stored("old", "1");
        let applied = resource.apply(call, Change::Update { prior, planned }).await;
        let said: String = applied
            .diagnostics
            .iter()
            .map(|problem| problem.summary.clone())
            .collect();
        assert_eq!(said, expected);
        assert_eq!(changes(&server), sent);
    }
}

#[tokio::test]
async fn a_refusal_that_does_not_pass_in_time_is_told_in_the_servers_words() {
    let archiving = Archiving::new();
    let server = Server::start(move |sql| match sql.contains(" NOARCHIVELOG") {
        true => Answer::Refused(4038, "The observer or zone is not the master"),
        false => archiving.answer(sql),
    })
    .await;
    let mut moved = moved();
    moved["timeouts"] = json!({ "update": "1s" });
    let applied = move_archive(&server, moved, &CancellationToken::new()).await;
    let problem = applied.diagnostics.into_iter().next().unwrap();
    assert_eq!(problem.summary, "The cluster was busy or changing its leader");
    for part in ["ALTER SYSTEM NOARCHIVELOG", "error 4038", "waited 1 s for the cluster"] {
        assert!(problem.detail.contains(part), "{part}: {}", problem.detail);
    }
}

#[tokio::test]
async fn a_role_without_a_credential_is_tried_twice_and_not_for_twenty_minutes() {
    let server = Server::start(|sql| match sql {
        _ if sql.starts_with("ALTER SYSTEM SET DATA_BACKUP_DEST") => Answer::Refused(4023, "Try again"),
        _ if sql.contains("BACKUP_JOBS") => rows(["TENANT_ID", "JOB_ID"], &[]),
        _ => healthy(sql),
    })
    .await;
    let cancelled = CancellationToken::new();
    let configured = configured(&block(&server), &cancelled);
    let call = Call {
        configured: &configured,
        cancelled: &cancelled,
    };
    let storage = json!({ "type": "oss", "bucket": "b", "host": "h", "path": "new", "role_arn": "r" });
    let resource = Managed::<BackupDestination>::default();
    let model = serde_json::from_value(json!({ "tenant": "t2", "storage": storage })).unwrap();
    let planned = model::to_value::<backup_destination::Model>(&model, resource.schema()).unwrap();
    let applied = resource.apply(call, Change::Create { planned }).await;
    let problem = applied.diagnostics.into_iter().next().unwrap();
    assert_eq!(problem.summary, "The server gets no credential for the role");
    for part in ["error 4023", "check the tenant parameter sts_credential"] {
        assert!(problem.detail.contains(part), "{part}: {}", problem.detail);
    }
    assert_eq!(changes(&server).len(), 2);
}

#[tokio::test]
async fn a_replacement_says_what_becomes_of_the_old_object() {
    let server = Server::start(healthy).await;
    let cancelled = CancellationToken::new();
    let configured = configured(&block(&server), &cancelled);
    let call = Call {
        configured: &configured,
        cancelled: &cancelled,
    };
    let planned = state(json!({ "tenant": "t2", "storage": { "type": "nfs", "path": "/of_t2" } }));
    let request = PlanRequest {
        prior: Some(state(json!({}))),
        config: planned.clone(),
        planned,
    };
    let (planned, said) = Managed::<Archivelog>::default().plan(call, &request).await;
    let summaries: Vec<&str> = said.iter().map(|problem| problem.summary.as_str()).collect();
    assert_eq!(summaries, ["Log archiving goes on"]);
    assert!(
        !planned.attribute("round_id").unwrap().is_known(),
        "the new object has a round of its own"
    );
}

/// There are thousands of calls, and what the future of one holds is moved several times.
#[tokio::test]
async fn a_call_that_finds_the_answer_read_already_holds_little() {
    let server = Server::start(healthy).await;
    let cancelled = CancellationToken::new();
    let configured = configured(&block(&server), &cancelled);
    let call = Call {
        configured: &configured,
        cancelled: &cancelled,
    };
    let request = PlanRequest {
        prior: Some(state(json!({}))),
        config: state(json!({})),
        planned: state(json!({})),
    };
    let resource = Managed::<Archivelog>::default();
    let calls = [
        ("read", size_of_val(&*resource.read(call, state(json!({}))))),
        ("plan", size_of_val(&*resource.plan(call, &request))),
        (
            "plan_destroy",
            size_of_val(&*resource.plan_destroy(call, state(json!({})))),
        ),
    ];
    for (name, bytes) in calls {
        assert!(bytes <= 8192, "{name}: {bytes} bytes");
    }
}
