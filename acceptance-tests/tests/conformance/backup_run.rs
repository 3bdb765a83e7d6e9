//! `oceanbase_backup_run`.

use crate::description::{Description, Effect, Ending, Obstacle, READS, Update, protect, update, update_with};
use acceptance_tests::Stage;
use oceanbase_simulator::cluster::Profile;
use serde_json::json;

pub(crate) fn description(stage: &dyn Stage) -> Description {
    Description {
        resource: "oceanbase_backup_run",
        prepare: protect,
        // Jobs, sets and deletions.
        reads: READS + 5,
        identity: vec![("tenant", stage.tenant().to_owned()), ("run_key", "first".to_owned())],
        base: json!({ "tenant": stage.tenant(), "run_key": "first" }),
        updates: updates(stage),
        // What happened does not change; that a set is gone is in `runs`.
        drifts: Vec::new(),
        invisible: &[
            "all_tenants",
            "type",
            "plus_archivelog",
            "description",
            "password_wo",
            "password_wo_version",
            "wait",
            "cancel_on_interrupt",
            "max_compaction_age",
            "on_destroy",
            "timeouts.create",
            "timeouts.update",
            "timeouts.delete",
        ],
        lacking: None,
        recorded: None,
        obstacle: Obstacle {
            place: |cluster| cluster.fail_once("ALTER SYSTEM BACKUP", 4179, "not now"),
            remove: |_| {},
            message: "4179",
        },
        endings: endings(stage),
    }
}

/// Whether the release deletes sets by hand; of a real one the test does not know.
fn deletes_by_hand(stage: &dyn Stage) -> Option<bool> {
    let simulated = stage.simulated()?;
    Some(simulated.profile() == Profile::Ce4410)
}

fn updates(stage: &dyn Stage) -> Vec<Update> {
    let in_terraform = |patch| update_with(Effect::StateOnly, patch);
    let mut updates = vec![
        // Of a backup that was made nothing changes.
        in_terraform(json!({
            "plus_archivelog": true, "description": "nightly.1", "wait": false, "cancel_on_interrupt": true,
            "max_compaction_age": "24h", "timeouts": { "create": "1m", "update": "1h30m", "delete": "90s" },
        })),
        in_terraform(json!({
            "plus_archivelog": null, "description": null, "wait": null, "cancel_on_interrupt": null,
            "max_compaction_age": null, "timeouts": null,
        })),
        update_with(
            Effect::Refused(("The password of a backup cannot be changed", "choose another `run_key`")),
            json!({ "password_wo": "p", "password_wo_version": "1" }),
        ),
        update(json!({
            "run_key": "second", "plus_archivelog": true, "password_wo": "p", "password_wo_version": "1",
            "max_compaction_age": "1h",
        })),
        update(json!({ "type": "incremental", "password_wo": null, "password_wo_version": null })),
        update_with(
            Effect::Refused(("One tenant, or all of them", "exclude each other")),
            json!({ "all_tenants": true }),
        ),
        // The first one is there still.
        in_terraform(json!({
            "run_key": "first", "type": null, "plus_archivelog": null, "max_compaction_age": null,
        })),
    ];
    let deletes = json!({ "on_destroy": "delete_set" });
    match deletes_by_hand(stage) {
        None => {}
        Some(true) => updates.extend([in_terraform(deletes), in_terraform(json!({ "on_destroy": null }))]),
        Some(false) => {
            let refusal = ("The cluster lacks a capability", "OceanBase 4.4.1 or later");
            updates.push(update_with(Effect::Refused(refusal), deletes));
        }
    }
    updates
}

fn endings(stage: &dyn Stage) -> Vec<Ending> {
    let id = stage.tenant_id();
    let files = format!(
        "SELECT FILE_STATUS FROM oceanbase.CDB_OB_BACKUP_SET_FILES WHERE TENANT_ID = {id} AND BACKUP_SET_ID = 1"
    );
    let ending = |on_destroy, leaves: &str| Ending {
        on_destroy,
        query: files.clone(),
        leaves: Some(leaves.to_owned()),
    };
    let mut endings = vec![ending("forget", "AVAILABLE")];
    if deletes_by_hand(stage) == Some(true) {
        endings.push(ending("delete_set", "DELETED"));
    }
    endings
}
