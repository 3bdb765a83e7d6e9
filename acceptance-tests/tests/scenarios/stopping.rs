//! Archiving stops only when the newest backup can be restored from what is archived.

use crate::{archivelog, destination, with};
use acceptance_tests::{Cluster, Plugin, Stage};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};
use tfplugin::Value;

const ARCHIVELOG: &str = "oceanbase_archivelog";
const HOUR: Duration = Duration::from_secs(3600);

/// A tenant whose newest backup needs log that is archived an hour later, and the state of its archive.
fn ahead_of_its_archive(config: &Json) -> (Cluster, Value) {
    let cluster = Cluster::start(Profile::Ce4410);
    let plugin = Plugin::configured(&cluster.provider_block());
    plugin
        .change(
            "oceanbase_backup_destination",
            &Value::Null,
            &destination("mysql_tenant"),
        )
        .succeeded();
    let state = plugin.change(ARCHIVELOG, &Value::Null, config).succeeded();
    let stage: &dyn Stage = &cluster;
    set_lag(&cluster, HOUR);
    cluster
        .sql("mysql_tenant", "ALTER SYSTEM BACKUP DATABASE PLUS ARCHIVELOG")
        .unwrap();
    stage.until("SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_JOBS", "0");
    let sets = "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_SET_FILES WHERE STATUS = 'SUCCESS'";
    assert_eq!(cluster.value(sets).as_deref(), Some("1"));
    cluster.forget_statements();
    (cluster, state)
}

fn set_lag(cluster: &Cluster, lag: Duration) {
    cluster
        .control(|cluster| cluster.set_archive_lag("mysql_tenant", lag))
        .unwrap();
}

fn readings_of_sets(cluster: &Cluster) -> usize {
    let statements = cluster.statements();
    statements.iter().filter(|sql| sql.contains("BACKUP_SET_FILES")).count()
}

/// Returns when the provider has looked at the backup sets more than once.
fn until_held(cluster: &Cluster) {
    let begin = Instant::now();
    while readings_of_sets(cluster) < 2 {
        assert!(begin.elapsed() < Duration::from_secs(60), "{:#?}", cluster.statements());
        std::thread::yield_now();
    }
}

fn stopping() -> [(&'static str, Json, Json); 3] {
    let base = archivelog("mysql_tenant");
    let elsewhere = json!({ "storage": { "type": "nfs", "path": "/moved/log" } });
    [
        ("destroy", with(&base, json!({ "on_destroy": "stop" })), Json::Null),
        ("switch off", base.clone(), with(&base, json!({ "enabled": false }))),
        ("move", base.clone(), with(&base, elsewhere)),
    ]
}

#[test]
fn archiving_stops_when_it_has_passed_the_newest_backup_and_no_sooner() {
    for (title, before, after) in stopping() {
        let (cluster, state) = ahead_of_its_archive(&before);
        let plugin = Plugin::configured(&cluster.provider_block());
        let planned = plugin.plan(ARCHIVELOG, &state, &after);
        assert_eq!(readings_of_sets(&cluster), 0, "{title}: the plan reads no sets");
        let stopped = std::thread::scope(|scope| {
            let apply = scope.spawn(|| plugin.apply(ARCHIVELOG, &state, &planned, &after));
            until_held(&cluster);
            assert_eq!(cluster.changes(), [""; 0], "{title}");
            set_lag(&cluster, Duration::ZERO);
            apply.join().unwrap()
        });
        assert_eq!(stopped.errors(), [""; 0], "{title}");
        assert_eq!(
            cluster.changes()[0],
            "ALTER SYSTEM NOARCHIVELOG TENANT = `mysql_tenant`",
            "{title}"
        );
    }
}

#[test]
fn the_wait_for_the_archive_ends_with_its_timeout() {
    let stops = json!({ "on_destroy": "stop", "timeouts": { "delete": "1s" } });
    let (cluster, state) = ahead_of_its_archive(&with(&archivelog("mysql_tenant"), stops));
    let plugin = Plugin::configured(&cluster.provider_block());
    let outcome = plugin.change(ARCHIVELOG, &state, &Json::Null);
    assert_eq!(outcome.errors(), ["Gave up waiting"]);
    let detail = &outcome.messages.last().unwrap().detail;
    assert!(
        detail.contains("waited 1 s for the log archive to pass the newest backup set"),
        "{detail}"
    );
    assert_eq!(outcome.state, state, "it archives as before");
    assert_eq!(cluster.changes(), [""; 0]);
}

#[test]
fn archiving_that_was_suspended_too_early_has_to_go_on_before_it_stops() {
    let stops = with(&archivelog("mysql_tenant"), json!({ "on_destroy": "stop" }));
    let (cluster, state) = ahead_of_its_archive(&stops);
    let stage: &dyn Stage = &cluster;
    cluster.sys("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'DEFER' TENANT = mysql_tenant");
    stage.until("SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG", "SUSPEND");
    let plugin = || Plugin::configured(&cluster.provider_block());
    let outcome = plugin().change(ARCHIVELOG, &state, &Json::Null);
    assert_eq!(outcome.errors(), ["The newest backup would be lost"]);
    assert_eq!(cluster.changes(), [""; 0]);

    set_lag(&cluster, Duration::ZERO);
    let suspended = plugin().read(ARCHIVELOG, &state).succeeded();
    let resumed = plugin().change(ARCHIVELOG, &suspended, &stops).succeeded();
    assert!(plugin().change(ARCHIVELOG, &resumed, &Json::Null).succeeded().is_null());
}

#[test]
fn an_interrupted_archive_is_repaired_at_once() {
    let repairs = with(&archivelog("mysql_tenant"), json!({ "repair_interrupted": true }));
    let (cluster, state) = ahead_of_its_archive(&repairs);
    cluster
        .control(|cluster| cluster.interrupt_archive("mysql_tenant", "logs were recycled"))
        .unwrap();
    let plugin = Plugin::configured(&cluster.provider_block());
    let interrupted = plugin.read(ARCHIVELOG, &state).succeeded();
    plugin.change(ARCHIVELOG, &interrupted, &repairs).succeeded();
    assert_eq!(cluster.changes().len(), 2, "{:#?}", cluster.changes());
}
