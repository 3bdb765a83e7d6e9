//! `oceanbase_backup_destination`.

use crate::description::{
    Description, Drift, Effect, Ending, Obstacle, READS, Update, everywhere, nothing, of_tenant, simulated, update_with,
};
use crate::storage;
use acceptance_tests::Stage;
use oceanbase_simulator::cluster::StorageInfoEdit;
use serde_json::json;

pub(crate) fn description(stage: &dyn Stage) -> Description {
    Description {
        resource: "oceanbase_backup_destination",
        prepare: nothing,
        reads: READS,
        identity: vec![("tenant", stage.tenant().to_owned())],
        base: json!({ "tenant": stage.tenant(), "storage": storage::base(stage, "data") }),
        updates: updates(stage),
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
        lacking: None,
        recorded: None,
        obstacle: Obstacle {
            place: |cluster| {
                let file = format!("{}/foreign", storage::uri(cluster, "data"));
                cluster.control(|cluster| cluster.put_file(&file, "x")).unwrap();
            },
            remove: |cluster| {
                let place = storage::uri(cluster, "data");
                cluster.control(|cluster| cluster.remove_files(&place)).unwrap();
            },
            message: "9080",
        },
        endings: vec![
            ending(stage, "keep", &storage::uri(stage, "data")),
            ending(stage, "clear", ""),
        ],
    }
}

fn updates(stage: &dyn Stage) -> Vec<Update> {
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
    updates.extend(storage::updates(stage, "data"));
    updates
}

fn drifts() -> Vec<Drift> {
    let mut drifts = storage::drifts(
        [
            |stage| set(stage, storage::COS),
            |stage| set(stage, storage::S3),
            |stage| set(stage, storage::WORM),
            |stage| set(stage, storage::ROLE),
        ],
        |stage| {
            let edit = StorageInfoEdit {
                max_iops: Some(7),
                max_bandwidth: Some(0),
                ..StorageInfoEdit::default()
            };
            simulated(stage)
                .control(|cluster| cluster.edit_storage_info(stage.tenant(), &storage::uri(stage, "data"), &edit))
                .unwrap();
        },
    );
    drifts.push(Drift {
        possible: everywhere,
        patch: json!({}),
        act: |stage| set(stage, ""),
        // Gone, so it is planned anew.
        shows: &["tenant", "storage.path"],
    });
    drifts
}

fn set(stage: &dyn Stage, destination: &str) {
    stage.sys(&format!(
        "ALTER SYSTEM SET DATA_BACKUP_DEST = '{destination}' {}",
        of_tenant(stage)
    ));
}

fn ending(stage: &dyn Stage, on_destroy: &'static str, leaves: &str) -> Ending {
    let id = stage.tenant_id();
    Ending {
        on_destroy,
        query: format!("SELECT VALUE FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = {id}"),
        leaves: Some(leaves.to_owned()),
    }
}
