//! What the provider sends for `oceanbase_backup_run`, on a cluster with two tenants that can be backed up.

use crate::description::protect;
use acceptance_tests::{Cluster, Plugin, Stage};
use oceanbase_simulator::cluster::{Pace, Profile};
use serde_json::{Value as Json, json};
use std::thread;
use tfplugin::Value;

const RUN: &str = "oceanbase_backup_run";
const OTHER: &str = "mysql_tenant_2";

/// Word for word.
pub(crate) fn statements(profile: Profile) -> Vec<String> {
    let cluster = Cluster::start(profile);
    protect(&cluster);
    for what in [
        "SET DATA_BACKUP_DEST = 'file:///other/data'",
        "SET LOG_ARCHIVE_DEST = 'LOCATION=file:///other/log'",
        "ARCHIVELOG",
    ] {
        cluster.sys(&format!("ALTER SYSTEM {what} TENANT = {OTHER}"));
    }
    let stage: &dyn Stage = &cluster;
    let archiving = "SELECT COUNT(*) FROM oceanbase.CDB_OB_ARCHIVELOG WHERE STATUS = 'DOING'";
    stage.until(archiving, "2");
    let own = json!({ "endpoints": [cluster.endpoint()], "tenant": cluster.tenant() });
    for provider in [cluster.provider_block(), own.clone()] {
        makes_backups(&cluster, &provider, &json!({ "tenant": cluster.tenant() }));
    }
    makes_backups(&cluster, &cluster.provider_block(), &json!({ "all_tenants": true }));
    if profile == Profile::Ce4410 {
        // A newer full, so that the first one may go.
        for provider in [cluster.provider_block(), own] {
            deletes_a_backup(&cluster, &provider);
        }
    }
    for target in [json!({ "all_tenants": true }), json!({ "tenant": cluster.tenant() })] {
        is_interrupted(&cluster, &target);
    }
    cluster.statements_with_secrets()
}

/// Of every form.
fn makes_backups(cluster: &Cluster, provider: &Json, target: &Json) {
    for (number, further) in [
        json!({}),
        json!({ "plus_archivelog": true, "description": "a:b", "max_compaction_age": "24h" }),
        json!({ "type": "incremental", "password_wo": "it's \\ \"secret\"" }),
        json!({ "type": "incremental", "plus_archivelog": true }),
    ]
    .iter()
    .enumerate()
    {
        let mut config = target.clone();
        config["run_key"] = json!(format!("{number} of {} {target}", cluster.statements().len()));
        for (name, value) in further.as_object().unwrap() {
            config[name] = value.clone();
        }
        let plugin = Plugin::configured(provider);
        plugin.change(RUN, &Value::Null, &config).succeeded();
    }
}

fn deletes_a_backup(cluster: &Cluster, provider: &Json) {
    let mut config = json!({ "tenant": cluster.tenant(), "on_destroy": "delete_set" });
    config["run_key"] = json!(format!("to be deleted, of {provider}"));
    let state = Plugin::configured(provider)
        .change(RUN, &Value::Null, &config)
        .succeeded();
    // Enough by itself, so that nothing has to be waited for.
    let mut newer = json!({ "tenant": cluster.tenant(), "plus_archivelog": true });
    newer["run_key"] = json!(format!("newer, of {provider}"));
    Plugin::configured(provider)
        .change(RUN, &Value::Null, &newer)
        .succeeded();
    Plugin::configured(provider)
        .change(RUN, &state, &Json::Null)
        .succeeded();
}

/// While both tenants, or the one, are at it.
fn is_interrupted(cluster: &Cluster, target: &Json) {
    for tenant in [cluster.tenant(), OTHER] {
        cluster.control(|cluster| cluster.hold_next_backup(tenant)).unwrap();
    }
    let mut config = target.clone();
    (config["run_key"], config["cancel_on_interrupt"]) = (json!("interrupted"), json!(true));
    let plugin = Plugin::configured(&cluster.provider_block());
    let held = "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_JOBS WHERE STATUS = 'DOING' AND TENANT_ID <> 1";
    let expected = if target["tenant"].is_null() { "2" } else { "1" };
    let outcome = thread::scope(|scope| {
        let applying = scope.spawn(|| plugin.change(RUN, &Value::Null, &config));
        while cluster.value(held).as_deref() != Some(expected) && !applying.is_finished() {
            thread::yield_now();
        }
        until_looked(cluster);
        plugin.stop();
        applying.join().unwrap()
    });
    assert_eq!(outcome.errors(), ["Interrupted"]);
    cluster.control(|cluster| cluster.set_pace(Pace::JumpOnRead));
    let stage: &dyn Stage = cluster;
    stage.until("SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_JOBS", "0");
}

/// Waits until the provider has seen what is there now: two looks, the second of which began later than this.
fn until_looked(cluster: &Cluster) {
    let looks = || {
        let statements = cluster.statements();
        statements
            .iter()
            .filter(|sql| sql.contains("BACKUP_JOB_HISTORY"))
            .count()
    };
    let before = looks();
    while looks() < before + 2 {
        thread::yield_now();
    }
}
