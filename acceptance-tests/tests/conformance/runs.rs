//! What `oceanbase_backup_run` makes of what becomes of its backups, and `oceanbase_backup_now` of its own.

use crate::records::{back_up, protected};
use acceptance_tests::protocol::Message;
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::cluster::{FileStatus, Profile};
use oceanbase_simulator::server::Effect;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};
use tfplugin::Value;

const RUN: &str = "oceanbase_backup_run";
const NOW: &str = "oceanbase_backup_now";
const TENANT: &str = "mysql_tenant";

fn plugin(cluster: &Cluster) -> Plugin {
    Plugin::configured(&cluster.provider_block())
}

fn summaries(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.summary.as_str()).collect()
}

/// The attributes of a state.
fn shown(state: &Value) -> Json {
    state.to_model_json()
}

#[test]
fn a_set_that_is_gone_is_shown_and_never_made_again() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        let config = json!({ "tenant": TENANT, "run_key": "k" });
        let made = plugin(&cluster).change(RUN, &Value::Null, &config).succeeded();
        assert_eq!(shown(&made)["expired"], false);
        for status in [FileStatus::Expired, FileStatus::Deleted] {
            cluster
                .control(|cluster| cluster.set_file_status(TENANT, 1, status))
                .unwrap();
            let read = plugin(&cluster).read(RUN, &made).succeeded();
            let mut expected = shown(&made);
            expected["expired"] = json!(true);
            assert_eq!(shown(&read), expected, "{profile}");
            cluster.forget_statements();
            let planned = plugin(&cluster).plan(RUN, &read, &config);
            assert_eq!((&planned.state, summaries(&planned.messages)), (&read, vec![]));
            let anew = plugin(&cluster).change(RUN, &Value::Null, &config).succeeded();
            assert_eq!(anew, read, "without a state, too");
            assert_eq!(cluster.changes(), [""; 0], "{profile}");
        }
    }
}

#[test]
fn a_run_of_all_tenants_is_imported_by_the_identity_that_its_state_has() {
    let cluster = protected(Profile::Ce4410);
    let config = json!({ "all_tenants": true, "run_key": "k" });
    let plugin = plugin(&cluster);
    let made = plugin.change(RUN, &Value::Null, &config).succeeded();
    let identity = plugin.identity(RUN, &made, &["tenant", "run_key"]);
    assert_eq!(identity, ["*", "k"]);
    let imported = plugin.import_by_identity(RUN, &[("tenant", &identity[0]), ("run_key", &identity[1])]);
    assert_eq!(imported.succeeded(), made);
    let one = plugin.change(RUN, &Value::Null, &json!({ "tenant": TENANT, "run_key": "k" }));
    assert_eq!(
        plugin.identity(RUN, &one.succeeded(), &["tenant", "run_key"]),
        [TENANT, "k"]
    );
}

#[test]
fn a_backup_is_made_with_every_invocation() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        let config = json!({ "tenant": TENANT, "type": "incremental", "plus_archivelog": true, "description": "d" });
        let said = plugin(&cluster).plan_action(NOW, &config);
        assert_eq!(
            summaries(&said),
            ["The incremental backup will be a full one"],
            "{profile}"
        );
        for (number, promoted) in [(1, true), (2, false)] {
            cluster.forget_statements();
            let (told, said) = plugin(&cluster).invoke(NOW, &config);
            assert_eq!(summaries(&said), [""; 0], "{told:?}");
            let [sent] = &cluster.changes()[..] else {
                panic!("{:?}", cluster.changes());
            };
            let statement =
                "ALTER SYSTEM BACKUP INCREMENTAL TENANT = `mysql_tenant` PLUS ARCHIVELOG DESCRIPTION = 'd:tf-";
            assert!(sent.starts_with(statement), "{sent}");
            let end = told.last().unwrap();
            assert!(
                end.contains(&format!("set {number} of tenant mysql_tenant")),
                "{told:?}"
            );
            assert_eq!(end.contains("made a full one"), promoted, "{told:?}");
        }
    }
}

#[test]
fn a_backup_that_cannot_be_made_is_refused_at_plan() {
    let cluster = protected(Profile::Ce4410);
    let of = |tenant: &str| json!({ "tenant": tenant });
    let plan = |config: &Json| {
        let said = plugin(&cluster).plan_action(NOW, config);
        said.into_iter().map(|message| message.summary).collect::<Vec<_>>()
    };
    assert_eq!(plan(&of("mysql_tenant_2")), ["The tenant has no backup destination"]);
    assert_eq!(plan(&json!({ "all_tenants": true })), ["Some tenants are left out"]);
    cluster.control(|cluster| cluster.hold_next_backup(TENANT)).unwrap();
    cluster.sql(TENANT, "ALTER SYSTEM BACKUP DATABASE").unwrap();
    assert_eq!(plan(&of(TENANT)), ["The backup cannot start now"]);
}

#[test]
fn a_protected_backup_leaves_no_other_protected() {
    let cluster = protected(Profile::Ce4410);
    let password = json!({ "tenant": TENANT, "password_wo": "s3cr3t" });
    let one = plugin(&cluster);
    for config in [&password, &json!({ "tenant": TENANT })] {
        let (told, said) = one.invoke(NOW, config);
        assert_eq!(summaries(&said), [""; 0]);
        assert!(!told.concat().contains("s3cr3t"));
    }
    let modes = "SELECT ENCRYPTION_MODE FROM oceanbase.CDB_OB_BACKUP_SET_FILES ORDER BY BACKUP_SET_ID";
    assert_eq!(cluster.sys(modes).concat(), ["PASSWORD", "NONE"]);
}

#[test]
fn a_backup_that_fails_fails_the_action() {
    let cluster = protected(Profile::Ce4410);
    cluster
        .control(|cluster| cluster.trouble_backups(TENANT, 9082, 1))
        .unwrap();
    let (_, said) = plugin(&cluster).invoke(NOW, &json!({ "tenant": TENANT }));
    assert_eq!(summaries(&said), ["The backup failed"]);
    assert!(said[0].detail.contains("The destination is full"), "{}", said[0].detail);
}

#[test]
fn a_backup_without_an_answer_is_looked_for() {
    let cluster = protected(Profile::Ce4410);
    cluster.cut_once("ALTER SYSTEM BACKUP");
    let (_, said) = plugin(&cluster).invoke(NOW, &json!({ "tenant": TENANT, "wait": false }));
    assert_eq!(summaries(&said), [""; 0]);
    assert_eq!(cluster.changes().len(), 1);
    back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
}

#[test]
fn a_backup_that_a_busy_server_starts_late_is_the_one_that_was_asked_for() {
    let cluster = protected(Profile::Ce4410);
    cluster.forget_statements();
    cluster.inject("ALTER SYSTEM BACKUP", 0, Effect::CutBefore);
    let said = std::thread::scope(|scope| {
        let config = json!({ "tenant": TENANT });
        let plugin = plugin(&cluster);
        let invoking = scope.spawn(move || plugin.invoke(NOW, &config).1);
        let begin = Instant::now();
        // The server tries for six seconds; the pauses grow from look to look, so that the eighth comes after that.
        while cluster.changes().is_empty() || looks(&cluster) < 9 {
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "it is not looked for any more"
            );
            std::thread::yield_now();
        }
        let [sent] = &cluster.changes()[..] else {
            panic!("{:?}", cluster.changes());
        };
        cluster.sys(sent);
        invoking.join().unwrap()
    });
    assert_eq!(summaries(&said), [""; 0]);
}

/// How many times the jobs were looked at.
fn looks(cluster: &Cluster) -> usize {
    let statements = cluster.statements().into_iter();
    statements
        .filter(|sql| sql.contains("CDB_OB_BACKUP_JOB_HISTORY"))
        .count()
}
