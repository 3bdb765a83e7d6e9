//! What the provider sends for its data sources and actions, on a cluster that has backups.

use crate::description::of_tenant;
use acceptance_tests::{Cluster, Plugin, Stage};
use oceanbase_simulator::cluster::{Clock, Pace, Profile};
use serde_json::{Value as Json, json};
use std::thread;

const POLICY: &str = "ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '1d'";

/// What an administrator does before an action (the last of it is under way then), and the sets that it names.
const ACTIONS: [(&str, &[&str], &[i64]); 6] = [
    ("oceanbase_backup_now", &[], &[]),
    ("oceanbase_cancel_backup", &["BACKUP DATABASE"], &[]),
    ("oceanbase_cancel_delete", &[POLICY, "DELETE OBSOLETE BACKUP"], &[]),
    (
        "oceanbase_delete_backup_set",
        &["DROP DELETE BACKUP POLICY 'default'"],
        &[1],
    ),
    ("oceanbase_delete_backup_set", &[], &[2, 3]),
    ("oceanbase_delete_obsolete", &[POLICY], &[]),
];

/// Word for word, and nothing of what an administrator sends meanwhile.
pub(crate) fn statements(profile: Profile) -> Vec<String> {
    let cluster = backed_up(profile);
    let mut sent = reads(&cluster);
    let registered = Plugin::configured(&cluster.provider_block());
    let mut known = ACTIONS.map(|(action, _, _)| action).to_vec();
    known.dedup();
    assert_eq!(
        registered.schemas().actions(),
        known,
        "the actions that this file knows"
    );
    for (action, before, sets) in ACTIONS {
        // Older releases delete nothing by hand.
        if action == "oceanbase_cancel_backup" || profile == Profile::Ce4410 {
            sent.extend(invoke(&cluster, action, before, sets));
        }
    }
    sent
}

/// A tenant with backup sets. Time passes only where somebody looks for the end of something.
fn backed_up(profile: Profile) -> Cluster {
    let cluster = Cluster::start_with(profile, |options, _| options.clock = Clock::stopped_at(1_700_000_000));
    let stage: &dyn Stage = &cluster;
    let alter = |what: &str| stage.sys(&format!("ALTER SYSTEM {what} {}", of_tenant(stage)));
    alter("SET LOG_ARCHIVE_DEST = 'LOCATION=file:///log'");
    alter("SET DATA_BACKUP_DEST = 'file:///data'");
    alter("ARCHIVELOG");
    let archiving = "SELECT COUNT(*) FROM oceanbase.CDB_OB_ARCHIVELOG WHERE STATUS = 'DOING'";
    stage.until(archiving, "1");
    for _ in 0..4 {
        alter("BACKUP");
        stage.until("SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_JOBS", "0");
    }
    cluster
}

/// Reads every data source, logged in to sys and to the tenant.
fn reads(cluster: &Cluster) -> Vec<String> {
    cluster.forget_statements();
    let (all, tenant) = (cluster.provider_block(), cluster.tenant());
    let own = json!({ "endpoints": [cluster.endpoint()], "tenant": tenant });
    for provider in [all, own] {
        let plugin = Plugin::configured(&provider);
        for data_source in plugin.schemas().data_sources() {
            let config: Json = match data_source {
                "oceanbase_cluster" | "oceanbase_tenants" | "oceanbase_backup_health" => json!({}),
                _ => json!({ "tenant": tenant }),
            };
            plugin.data(data_source, &config).succeeded();
        }
    }
    cluster.statements_with_secrets()
}

fn invoke(cluster: &Cluster, action: &str, before: &[&str], sets: &[i64]) -> Vec<String> {
    // What is under way stays so until it is told otherwise.
    cluster.control(|cluster| cluster.set_pace(Pace::Real));
    for what in before {
        // What sys begins reaches the tenant only with the next turn of the scheduler.
        cluster.sql(cluster.tenant(), &format!("ALTER SYSTEM {what}")).unwrap();
    }
    cluster.forget_statements();
    let mut config = json!({ "tenant": cluster.tenant() });
    if !sets.is_empty() {
        config["backup_set_ids"] = json!(sets);
    }
    let provider = cluster.provider_block();
    let (_, said) = thread::scope(|scope| {
        let action = scope.spawn(|| Plugin::configured(&provider).invoke(action, &config));
        while cluster.changes().is_empty() && !action.is_finished() {
            thread::yield_now();
        }
        cluster.control(|cluster| cluster.set_pace(Pace::JumpOnRead));
        action.join().unwrap()
    });
    assert!(said.is_empty(), "{action}: {said:#?}");
    cluster.statements_with_secrets()
}
