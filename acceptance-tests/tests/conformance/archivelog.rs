//! `oceanbase_archivelog`.

use crate::description::{
    Description, Drift, Effect, Ending, Obstacle, TENANT, Update, everywhere, update, update_with,
};
use crate::storage;
use acceptance_tests::Cluster;
use oceanbase_simulator::cluster::StorageInfoEdit;
use serde_json::{Value as Json, json};

pub(crate) fn description() -> Description {
    Description {
        resource: "oceanbase_archivelog",
        identity: "tenant",
        base: json!({ "tenant": TENANT, "storage": storage::base("log") }),
        updates: updates(),
        drifts: drifts(),
        invisible: &[
            "storage.profile",
            "storage.access_key_wo",
            "storage.access_key_wo_version",
            "repair_interrupted",
            "adopt_existing",
            "on_destroy",
            "timeouts.create",
            "timeouts.update",
            "timeouts.delete",
        ],
        obstacle: Obstacle {
            place: |cluster| cluster.fail_once("ALTER SYSTEM ARCHIVELOG", 4179, "not now"),
            remove: |_| {},
            message: "4179",
        },
        endings: endings(),
    }
}

fn updates() -> Vec<Update> {
    let in_terraform = |patch| update_with(Effect::StateOnly, patch);
    let mut updates = vec![
        in_terraform(json!({
            "repair_interrupted": true, "adopt_existing": true, "on_destroy": "stop",
            "timeouts": { "create": "1m", "update": "1h30m", "delete": "90s" },
        })),
        in_terraform(json!({
            "repair_interrupted": null, "adopt_existing": null, "on_destroy": null, "timeouts": null,
        })),
        update(json!({ "binding": "mandatory", "piece_switch_interval": "3d", "lag_target": "5m" })),
        // A lag target that is left out is left as it is.
        update(json!({ "binding": null, "piece_switch_interval": null, "lag_target": null })),
        update(json!({ "suspended": true })),
        update(json!({ "suspended": null })),
        update(json!({ "enabled": false })),
        update(json!({ "enabled": null })),
    ];
    updates.extend(storage::updates("log"));
    updates
}

fn drifts() -> Vec<Drift> {
    let mut drifts = storage::drifts(
        [
            |cluster| set(cluster, &format!("LOCATION={}", storage::COS)),
            |cluster| set(cluster, &format!("LOCATION={}", storage::S3)),
            |cluster| set(cluster, &format!("LOCATION={}", storage::WORM)),
            |cluster| set(cluster, &format!("LOCATION={}", storage::ROLE)),
        ],
        |cluster| {
            let edit = StorageInfoEdit {
                max_iops: Some(7),
                max_bandwidth: Some(0),
                ..StorageInfoEdit::default()
            };
            cluster
                .control(|cluster| cluster.edit_storage_info(TENANT, "file:///backup/log", &edit))
                .unwrap();
        },
    );
    let drift = |patch: Json, act: fn(&Cluster), shows| Drift {
        possible: everywhere,
        patch,
        act,
        shows,
    };
    drifts.extend([
        drift(json!({}), stop, &["enabled"]),
        drift(
            json!({}),
            |cluster| alter(cluster, "LOG_ARCHIVE_DEST_STATE = 'DEFER'"),
            &["suspended"],
        ),
        drift(
            json!({ "lag_target": "5m" }),
            |cluster| alter(cluster, "archive_lag_target = '7s'"),
            &["lag_target"],
        ),
        drift(
            json!({}),
            |cluster| {
                set(
                    cluster,
                    "LOCATION=file:///backup/log BINDING=Mandatory PIECE_SWITCH_INTERVAL=2d",
                )
            },
            &["binding", "piece_switch_interval"],
        ),
        drift(
            json!({ "repair_interrupted": true }),
            |cluster| {
                cluster
                    .control(|cluster| cluster.interrupt_archive(TENANT, "lost"))
                    .unwrap()
            },
            &["condition"],
        ),
        drift(
            json!({}),
            |cluster| {
                stop(cluster);
                alter(cluster, "LOG_ARCHIVE_DEST = ''");
            },
            // Gone, so it is planned anew.
            &["tenant", "storage.path"],
        ),
    ]);
    drifts
}

fn alter(cluster: &Cluster, item: &str) {
    cluster.sys(&format!("ALTER SYSTEM SET {item} TENANT = {TENANT}"));
}

fn stop(cluster: &Cluster) {
    cluster.sys(&format!("ALTER SYSTEM NOARCHIVELOG TENANT = {TENANT}"));
    let status = "SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = 1002";
    // Each look brings the next change about.
    let stopped = (0..10).any(|_| cluster.value(status).as_deref() == Some("STOP"));
    assert!(stopped, "archiving does not stop");
}

fn set(cluster: &Cluster, items: &str) {
    stop(cluster);
    alter(cluster, &format!("LOG_ARCHIVE_DEST = '{items}'"));
    cluster.sys(&format!("ALTER SYSTEM ARCHIVELOG TENANT = {TENANT}"));
}

fn endings() -> Vec<Ending> {
    let destination = "SELECT VALUE FROM oceanbase.CDB_OB_ARCHIVE_DEST WHERE TENANT_ID = 1002 AND NAME = 'path'";
    let status = "SELECT CONCAT(T.LOG_MODE, ' ', A.STATUS) FROM oceanbase.DBA_OB_TENANTS AS T \
                  JOIN oceanbase.CDB_OB_ARCHIVELOG AS A ON A.TENANT_ID = T.TENANT_ID WHERE T.TENANT_ID = 1002";
    let ending = |on_destroy, query: &str, leaves| Ending {
        on_destroy,
        query: query.to_owned(),
        leaves,
    };
    vec![
        ending("keep", status, Some("ARCHIVELOG DOING")),
        ending("keep", destination, Some("file:///backup/log")),
        ending("stop", status, Some("NOARCHIVELOG STOP")),
        ending("stop", destination, Some("file:///backup/log")),
        ending("stop_and_clear", status, Some("NOARCHIVELOG STOP")),
        ending("stop_and_clear", destination, None),
    ]
}
