//! `oceanbase_archivelog`.

use crate::description::{
    Description, Drift, Effect, Ending, Obstacle, READS, Update, everywhere, nothing, of_tenant, simulated, update,
    update_with, where_simulated,
};
use crate::storage;
use acceptance_tests::Stage;
use oceanbase_simulator::cluster::StorageInfoEdit;
use serde_json::{Value as Json, json};

pub(crate) fn description(stage: &dyn Stage) -> Description {
    Description {
        resource: "oceanbase_archivelog",
        prepare: nothing,
        reads: READS,
        identity: vec![("tenant", stage.tenant().to_owned())],
        base: json!({ "tenant": stage.tenant(), "storage": storage::base(stage, "log") }),
        updates: updates(stage),
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
        lacking: None,
        recorded: None,
        obstacle: Obstacle {
            place: |cluster| cluster.fail_once("ALTER SYSTEM ARCHIVELOG", 4179, "not now"),
            remove: |_| {},
            message: "4179",
        },
        endings: endings(stage),
    }
}

fn updates(stage: &dyn Stage) -> Vec<Update> {
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
    updates.extend(storage::updates(stage, "log"));
    updates
}

fn drifts() -> Vec<Drift> {
    let mut drifts = storage::drifts(
        [
            |stage| set(stage, &format!("LOCATION={}", storage::COS)),
            |stage| set(stage, &format!("LOCATION={}", storage::S3)),
            |stage| set(stage, &format!("LOCATION={}", storage::WORM)),
            |stage| set(stage, &format!("LOCATION={}", storage::ROLE)),
        ],
        |stage| {
            let edit = StorageInfoEdit {
                max_iops: Some(7),
                max_bandwidth: Some(0),
                ..StorageInfoEdit::default()
            };
            simulated(stage)
                .control(|cluster| cluster.edit_storage_info(stage.tenant(), &storage::uri(stage, "log"), &edit))
                .unwrap();
        },
    );
    let drift = |patch: Json, act: fn(&dyn Stage), shows| Drift {
        possible: everywhere,
        patch,
        act,
        shows,
    };
    drifts.extend([
        drift(json!({}), stop, &["enabled"]),
        drift(
            json!({}),
            |stage| alter(stage, "LOG_ARCHIVE_DEST_STATE = 'DEFER'"),
            &["suspended"],
        ),
        drift(
            json!({ "lag_target": "5m" }),
            |stage| alter(stage, "archive_lag_target = '7s'"),
            &["lag_target"],
        ),
        drift(
            json!({}),
            |stage| {
                let location = storage::uri(stage, "log");
                set(
                    stage,
                    &format!("LOCATION={location} BINDING=Mandatory PIECE_SWITCH_INTERVAL=2d"),
                );
            },
            &["binding", "piece_switch_interval"],
        ),
        Drift {
            possible: where_simulated,
            patch: json!({ "repair_interrupted": true }),
            act: |stage| {
                simulated(stage)
                    .control(|cluster| cluster.interrupt_archive(stage.tenant(), "lost"))
                    .unwrap();
            },
            shows: &["condition"],
        },
        drift(
            json!({}),
            |stage| {
                stop(stage);
                alter(stage, "LOG_ARCHIVE_DEST = ''");
            },
            // Gone, so it is planned anew.
            &["tenant", "storage.path"],
        ),
    ]);
    drifts
}

fn alter(stage: &dyn Stage, item: &str) {
    stage.sys(&format!("ALTER SYSTEM SET {item} {}", of_tenant(stage)));
}

fn stop(stage: &dyn Stage) {
    stage.sys(&format!("ALTER SYSTEM NOARCHIVELOG {}", of_tenant(stage)));
    let id = stage.tenant_id();
    let status = format!("SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = {id}");
    stage.until(&status, "STOP");
}

fn set(stage: &dyn Stage, items: &str) {
    stop(stage);
    alter(stage, &format!("LOG_ARCHIVE_DEST = '{items}'"));
    stage.sys(&format!("ALTER SYSTEM ARCHIVELOG {}", of_tenant(stage)));
}

fn endings(stage: &dyn Stage) -> Vec<Ending> {
    let id = stage.tenant_id();
    let destination =
        &format!("SELECT VALUE FROM oceanbase.CDB_OB_ARCHIVE_DEST WHERE TENANT_ID = {id} AND NAME = 'path'");
    let status = &format!(
        "SELECT CONCAT(T.LOG_MODE, ' ', A.STATUS) FROM oceanbase.DBA_OB_TENANTS AS T \
         JOIN oceanbase.CDB_OB_ARCHIVELOG AS A ON A.TENANT_ID = T.TENANT_ID WHERE T.TENANT_ID = {id}"
    );
    let ending = |on_destroy, query: &str, leaves: Option<&str>| Ending {
        on_destroy,
        query: query.to_owned(),
        leaves: leaves.map(str::to_owned),
    };
    let location = &storage::uri(stage, "log");
    vec![
        ending("keep", status, Some("ARCHIVELOG DOING")),
        ending("keep", destination, Some(location)),
        ending("stop", status, Some("NOARCHIVELOG STOP")),
        ending("stop", destination, Some(location)),
        ending("stop_and_clear", status, Some("NOARCHIVELOG STOP")),
        ending("stop_and_clear", destination, None),
    ]
}
