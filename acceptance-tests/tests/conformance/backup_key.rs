//! `oceanbase_backup_key`.

use crate::description::{
    Description, Drift, Effect, Ending, Lacking, Obstacle, READS, Update, nothing, simulated, update, update_with,
    where_simulated,
};
use crate::storage;
use acceptance_tests::Stage;
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};

pub(crate) fn description(stage: &dyn Stage) -> Description {
    let base = json!({
        "tenant": stage.tenant(), "storage": storage::base(stage, "keys"), "password_wo": "s3cr3t", "password_wo_version": "1",
    });
    Description {
        resource: "oceanbase_backup_key",
        prepare: nothing,
        reads: READS,
        identity: vec![("tenant", stage.tenant().to_owned())],
        updates: updates(stage),
        base,
        drifts: vec![Drift {
            possible: where_simulated,
            patch: json!({}),
            act: |stage| {
                let tenant = stage.tenant();
                simulated(stage)
                    .control(|cluster| cluster.rotate_master_key(tenant))
                    .unwrap();
            },
            shows: &["condition"],
        }],
        invisible: &[
            "storage.profile",
            "storage.type",
            "storage.bucket",
            "storage.path",
            "storage.host",
            "storage.region",
            "storage.appid",
            "storage.access_id",
            "storage.access_key_wo",
            "storage.access_key_wo_version",
            "storage.role_arn",
            "storage.external_id",
            "storage.delete_mode",
            "storage.checksum_type",
            "storage.addressing_model",
            "storage.enable_worm",
            "storage.max_iops",
            "storage.max_bandwidth",
            "password_wo",
            "password_wo_version",
            "rotation_trigger",
            "on_destroy",
            "timeouts.create",
            "timeouts.update",
            "timeouts.delete",
        ],
        lacking: Some(Lacking {
            on: |profile| profile != Profile::Ee4353,
            refusal: ("Only Enterprise Edition has keys to export", "Community Edition"),
        }),
        recorded: Some("The cluster does not record when the keys of tenant"),
        obstacle: Obstacle {
            place: |cluster| {
                let file = format!("{}/foreign", storage::uri(cluster, "keys"));
                cluster.control(|cluster| cluster.put_file(&file, "x")).unwrap();
            },
            remove: |cluster| {
                let place = storage::uri(cluster, "keys");
                cluster.control(|cluster| cluster.remove_files(&place)).unwrap();
            },
            message: "9080",
        },
        endings: vec![Ending {
            on_destroy: "keep",
            query: format!(
                "SELECT PATH FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO WHERE TENANT_ID = {} AND DEST_TYPE = 'backup_key' \
                 ORDER BY DEST_ID LIMIT 1",
                stage.tenant_id()
            ),
            leaves: Some(storage::uri(stage, "keys")),
        }],
    }
}

fn updates(stage: &dyn Stage) -> Vec<Update> {
    let in_terraform = |patch| update_with(Effect::StateOnly, patch);
    let mut updates = vec![
        in_terraform(json!({
            "on_destroy": "keep", "timeouts": { "create": "1m", "update": "1h30m", "delete": "90s" },
        })),
        in_terraform(json!({ "on_destroy": null, "timeouts": null })),
        update(json!({ "password_wo": "other", "password_wo_version": "2" })),
        update(json!({ "rotation_trigger": { "rotated": "2025-01-31" } })),
        update(json!({ "rotation_trigger": null })),
    ];
    if stage.simulated().is_some() {
        updates.extend(in_object_storage());
    }
    let mut storage = storage::base(stage, "keys");
    storage["profile"] = Json::Null;
    updates.push(update(
        json!({ "storage": storage, "password_wo": "s3cr3t", "password_wo_version": "1" }),
    ));
    updates
}

/// Takes every attribute of the storage through its values: only another place leads to another export.
fn in_object_storage() -> Vec<Update> {
    let elsewhere = |patch: Json| update(json!({ "storage": patch }));
    let there = |patch: Json| update_with(Effect::StateOnly, json!({ "storage": patch }));
    vec![
        elsewhere(json!({
            "type": "oss", "bucket": "b", "host": "h1", "path": "keys/1", "delete_mode": "tagging",
            "access_id": "id1", "access_key_wo": "key-1", "access_key_wo_version": "1",
        })),
        there(json!({
            "delete_mode": null, "access_id": "id2", "access_key_wo": "key-2", "access_key_wo_version": "2",
        })),
        there(json!({ "max_iops": 100, "max_bandwidth": "10MB" })),
        there(json!({ "max_iops": null, "max_bandwidth": null, "checksum_type": "md5", "enable_worm": true })),
        elsewhere(json!({
            "type": "s3", "region": "r", "path": "keys/2", "checksum_type": null, "enable_worm": null,
            "addressing_model": "path_style",
        })),
        elsewhere(json!({ "type": "cos", "region": null, "appid": "125", "path": "keys/3", "addressing_model": null })),
        elsewhere(json!({
            "type": "oss", "appid": null, "path": "keys/4", "role_arn": "acs:ram::1:role/backup", "external_id": "x",
            "access_id": null, "access_key_wo": null, "access_key_wo_version": null,
        })),
        update(json!({
            "storage": {
                "profile": "main", "type": null, "bucket": null, "host": null, "role_arn": null, "external_id": null,
                "path": "keys/5",
            },
            "password_wo": null, "password_wo_version": null,
        })),
    ]
}
