//! `oceanbase_backup_destination`.

use crate::description::{Description, Drift, Effect, Ending, Obstacle, TENANT, everywhere, update_with};
use crate::storage;
use acceptance_tests::Cluster;
use oceanbase_simulator::cluster::StorageInfoEdit;
use serde_json::json;

const DESTINATION: &str = "file:///backup/data";

pub(crate) fn description() -> Description {
    Description {
        resource: "oceanbase_backup_destination",
        identity: "tenant",
        base: json!({ "tenant": TENANT, "storage": storage::base("data") }),
        updates: updates(),
        drifts: drifts(),
        invisible: &[
            "storage.profile",
            "storage.access_key_wo",
            "storage.access_key_wo_version",
            "on_running_backup",
            "adopt_existing",
            "on_destroy",
            "timeouts.create",
            "timeouts.update",
            "timeouts.delete",
        ],
        obstacle: Obstacle {
            place: |cluster| {
                cluster
                    .control(|cluster| cluster.put_file(&format!("{DESTINATION}/foreign"), "x"))
                    .unwrap()
            },
            remove: |cluster| cluster.control(|cluster| cluster.remove_files(DESTINATION)).unwrap(),
            message: "9080",
        },
        endings: vec![ending("keep", DESTINATION), ending("clear", "")],
    }
}

fn updates() -> Vec<crate::description::Update> {
    let in_terraform = |patch| update_with(Effect::StateOnly, patch);
    let mut updates = vec![
        in_terraform(json!({
            "on_running_backup": "fail", "adopt_existing": true, "on_destroy": "clear",
            "timeouts": { "create": "1m", "update": "1h30m", "delete": "90s" },
        })),
        in_terraform(json!({ "on_running_backup": "cancel", "timeouts": { "create": null } })),
        in_terraform(
            json!({ "on_running_backup": null, "adopt_existing": null, "on_destroy": null, "timeouts": null }),
        ),
    ];
    updates.extend(storage::updates("data"));
    updates
}

fn drifts() -> Vec<Drift> {
    let mut drifts = storage::drifts(
        [
            |cluster| set(cluster, storage::COS),
            |cluster| set(cluster, storage::S3),
            |cluster| set(cluster, storage::WORM),
            |cluster| set(cluster, storage::ROLE),
        ],
        |cluster| {
            let edit = StorageInfoEdit {
                max_iops: Some(7),
                max_bandwidth: Some(0),
                ..StorageInfoEdit::default()
            };
            cluster
                .control(|cluster| cluster.edit_storage_info(TENANT, DESTINATION, &edit))
                .unwrap();
        },
    );
    drifts.push(Drift {
        possible: everywhere,
        patch: json!({}),
        act: |cluster| set(cluster, ""),
        // Gone, so it is planned anew.
        shows: &["tenant", "storage.path"],
    });
    drifts
}

fn set(cluster: &Cluster, destination: &str) {
    cluster.sys(&format!(
        "ALTER SYSTEM SET DATA_BACKUP_DEST = '{destination}' TENANT = {TENANT}"
    ));
}

fn ending(on_destroy: &'static str, leaves: &'static str) -> Ending {
    Ending {
        on_destroy,
        query: "SELECT VALUE FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 1002".to_owned(),
        leaves: Some(leaves),
    }
}
