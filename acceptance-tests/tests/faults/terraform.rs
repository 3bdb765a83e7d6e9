//! A few of the same disturbances through the real Terraform.

use crate::operation::{ARCHIVELOG, DESTINATION, TENANT};
use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use oceanbase_simulator::server::Effect;
use serde_json::{Value as Json, json};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const STRIKES_WITHIN: Duration = Duration::from_secs(60);

fn configure(cluster: &Cluster, terraform: &Terraform, resource: &str, path: &str, on_destroy: &str) {
    let config = json!({ "tenant": TENANT, "storage": { "type": "nfs", "path": path }, "on_destroy": on_destroy });
    let resources: Json = json!({ "resource": { resource: { "it": config } } });
    terraform.configure(&cluster.provider_block(), &resources);
}

fn start() -> (Cluster, Terraform) {
    (Cluster::start(Profile::Ce4410), Terraform::new())
}

/// Runs a command, and kills the provider as soon as the fault has struck; the command fails.
fn kill_during(cluster: &Cluster, terraform: &Terraform, containing: &str, effect: Effect, arguments: &[&str]) {
    cluster.inject(containing, 0, effect);
    let mut command = terraform.command();
    let command = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    assert!(cluster.until_struck(STRIKES_WITHIN), "{containing} is never sent");
    for provider in providers_of(&child) {
        assert!(
            Command::new("kill")
                .args(["-KILL", &provider])
                .status()
                .unwrap()
                .success()
        );
    }
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    cluster.clear_faults();
}

/// The processes that this Terraform has started.
fn providers_of(terraform: &Child) -> Vec<String> {
    let parent = terraform.id().to_string();
    let listed = Command::new("ps")
        .args(["-o", "pid=", "--ppid", &parent])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let found: Vec<String> = listed.split_whitespace().map(str::to_owned).collect();
    assert!(!found.is_empty(), "Terraform has started no provider");
    found
}

const APPLY: [&str; 3] = ["apply", "-no-color", "-auto-approve"];

#[test]
fn a_create_whose_provider_was_killed_is_completed_by_the_next_apply() {
    for effect in [Effect::HoldBefore, Effect::HoldAfter] {
        let (cluster, terraform) = start();
        configure(&cluster, &terraform, ARCHIVELOG, "/backup/log", "keep");
        let missing = if effect.executes() {
            &[][..]
        } else {
            &["ALTER SYSTEM ARCHIVELOG TENANT = `mysql_tenant`"]
        };
        kill_during(&cluster, &terraform, "ALTER SYSTEM ARCHIVELOG", effect, &APPLY);
        cluster.forget_statements();
        let applied = terraform.apply();
        assert!(applied.contains("1 added, 0 changed, 0 destroyed"), "{applied}");
        assert_eq!(cluster.changes(), missing);
        terraform.assert_settled();
    }
}

#[test]
fn a_move_whose_provider_was_killed_is_remembered() {
    let (cluster, terraform) = start();
    configure(&cluster, &terraform, DESTINATION, "/backup/data", "keep");
    terraform.apply();
    configure(&cluster, &terraform, DESTINATION, "/moved/data", "keep");
    kill_during(&cluster, &terraform, "SET DATA_BACKUP_DEST", Effect::HoldAfter, &APPLY);
    cluster.forget_statements();
    terraform.apply();
    assert_eq!(cluster.changes(), [""; 0], "what was done is not done again");
    terraform.assert_settled();
    let state = terraform.state("oceanbase_backup_destination.it").unwrap();
    assert_eq!(state["storage"]["path"], "/moved/data");
    assert_eq!(state["previous_locations"], json!(["file:///backup/data"]));
}

#[test]
fn a_backup_whose_provider_was_killed_is_made_once() {
    for effect in [Effect::HoldBefore, Effect::HoldAfter] {
        let (cluster, terraform) = start();
        let nfs = |path: &str| json!({ "tenant": TENANT, "storage": { "type": "nfs", "path": path } });
        let resources = json!({ "resource": {
            ARCHIVELOG: { "it": nfs("/backup/log") },
            DESTINATION: { "it": nfs("/backup/data") },
            "oceanbase_backup_run": { "it": {
                "tenant": TENANT, "run_key": "k",
                "depends_on": ["oceanbase_archivelog.it", "oceanbase_backup_destination.it"],
            } },
        } });
        terraform.configure(&cluster.provider_block(), &resources);
        kill_during(&cluster, &terraform, "ALTER SYSTEM BACKUP", effect, &APPLY);
        terraform.apply();
        terraform.assert_settled();
        let sets = cluster.value("SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_SET_FILES");
        assert_eq!(sets.as_deref(), Some("1"));
        let state = terraform.state("oceanbase_backup_run.it").unwrap();
        assert_eq!(
            (&state["backup_set_id"], &state["status"]),
            (&json!(1), &json!("COMPLETED"))
        );
    }
}

#[test]
fn a_destroy_whose_provider_was_killed_is_completed_by_the_next_one() {
    let (cluster, terraform) = start();
    configure(&cluster, &terraform, ARCHIVELOG, "/backup/log", "stop_and_clear");
    terraform.apply();
    let destroy = ["destroy", "-no-color", "-auto-approve"];
    kill_during(&cluster, &terraform, "NOARCHIVELOG", Effect::HoldAfter, &destroy);
    cluster.forget_statements();
    terraform.destroy();
    assert_eq!(
        cluster.changes(),
        ["ALTER SYSTEM SET LOG_ARCHIVE_DEST = '' TENANT = `mysql_tenant`"]
    );
    assert_eq!(terraform.state("oceanbase_archivelog.it"), None);
}

#[test]
fn a_lost_connection_does_not_fail_an_apply() {
    let (cluster, terraform) = start();
    configure(&cluster, &terraform, ARCHIVELOG, "/backup/log", "keep");
    for change in ["SET LOG_ARCHIVE_DEST", "ALTER SYSTEM ARCHIVELOG"] {
        cluster.inject(change, 0, Effect::CutAfter);
    }
    terraform.apply();
    assert_eq!(cluster.changes().len(), 2, "what was done is not done again");
    terraform.assert_settled();
}
