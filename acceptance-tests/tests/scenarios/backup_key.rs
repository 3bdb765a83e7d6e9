//! Keys that are exported, grow stale, and are exported again.

use crate::{archivelog, destination, prepared};
use acceptance_tests::{Cluster, Plugin, Terraform};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};
use tfplugin::Value;

const ADDRESS: &str = "oceanbase_backup_key.it";

fn key(tenant: &str) -> Json {
    json!({
        "tenant": tenant, "storage": { "type": "nfs", "path": format!("/backup/{tenant}/keys") },
        "password_wo": "s3cr3t", "password_wo_version": "1",
    })
}

fn keys(resources: &Json) -> Json {
    json!({ "resource": { "oceanbase_backup_key": resources } })
}

/// Encrypted tenants, the keys of one of which are exported.
fn exported() -> (Cluster, Terraform) {
    let (cluster, terraform) = prepared(Profile::Ee4353, &keys(&json!({ "it": key("mysql_tenant") })));
    for tenant in ["mysql_tenant", "mysql_tenant_2", "mysql_tenant_3"] {
        cluster
            .control(|cluster| cluster.encrypt_table(tenant, "orders"))
            .unwrap();
    }
    terraform.apply();
    (cluster, terraform)
}

fn rotate(cluster: &Cluster) {
    cluster
        .control(|cluster| cluster.rotate_master_key("mysql_tenant"))
        .unwrap();
}

const EXPORT: &str =
    "ALTER SYSTEM BACKUP KEY TENANT = `mysql_tenant` TO 'file:///backup/mysql_tenant/keys' ENCRYPTED BY ***";

#[test]
fn a_master_key_that_was_rotated_is_seen_by_the_plan_and_exported_by_the_apply() {
    let (cluster, terraform) = exported();
    let before = terraform.state(ADDRESS).unwrap();
    assert_eq!(
        (&before["master_key_id"], &before["condition"]),
        (&json!(1), &json!("in sync"))
    );
    assert!(
        before["backed_up_at"].as_str().unwrap().ends_with('Z'),
        "{}",
        before["backed_up_at"]
    );
    assert_eq!(before["password_wo"], Json::Null);

    rotate(&cluster);
    let plan = terraform.plan();
    plan.assert_counts(0, 1, 0);
    let warned = plan
        .text
        .split_whitespace()
        .filter(|word| *word != "│")
        .collect::<Vec<_>>()
        .join(" ");
    assert!(warned.contains("Warning: The exported keys are stale"), "{warned}");
    assert!(warned.contains("under the master key 1."), "{warned}");
    let changes = terraform.planned_changes().of(ADDRESS);
    assert!(
        changes.contains(&r#"condition: "stale" -> "in sync""#.to_owned()),
        "{changes:#?}"
    );
    cluster.forget_statements();
    terraform.apply_plan();
    assert_eq!(cluster.changes(), [EXPORT]);
    let after = terraform.state(ADDRESS).unwrap();
    assert_eq!(
        (&after["master_key_id"], &after["condition"]),
        (&json!(2), &json!("in sync"))
    );
    assert_ne!(after["backed_up_at"], before["backed_up_at"]);
    let files = cluster.control(|cluster| cluster.list_files("file:///backup/mysql_tenant/keys"));
    assert!(files.unwrap().contains(&"master_key_2.obbak".to_owned()));
    terraform.assert_settled();

    cluster.forget_statements();
    terraform.destroy();
    assert_eq!(cluster.changes(), [""; 0]);
}

#[test]
fn an_export_that_failed_stays_due() {
    let (cluster, terraform) = exported();
    rotate(&cluster);
    cluster.fail_once("BACKUP KEY", 4179, "not now");
    terraform.fail(&["apply", "-no-color", "-auto-approve"]);
    let left = terraform.state(ADDRESS).unwrap();
    assert_eq!(
        (&left["master_key_id"], &left["condition"]),
        (&json!(1), &json!("stale"))
    );
    terraform.apply();
    terraform.assert_settled();
}

#[test]
fn a_tenant_exports_its_own_keys_and_sees_a_rotation_when_something_was_written() {
    let cluster = Cluster::start(Profile::Ee4353);
    let encrypt = |table: &str| {
        cluster
            .control(|cluster| cluster.encrypt_table("mysql_tenant", table))
            .unwrap()
    };
    encrypt("orders");
    let plugin = || Plugin::configured(&json!({ "endpoints": [cluster.endpoint()], "tenant": "mysql_tenant" }));
    let (kind, config) = ("oceanbase_backup_key", key("mysql_tenant"));
    let state = plugin().change(kind, &Value::Null, &config).succeeded();
    assert_eq!(
        cluster.changes(),
        ["ALTER SYSTEM BACKUP KEY TO 'file:///backup/mysql_tenant/keys' ENCRYPTED BY ***"]
    );
    let condition = |state: &Value| state.attribute("condition").cloned().unwrap();
    rotate(&cluster);
    let read = plugin().read(kind, &state).succeeded();
    assert_eq!(condition(&read), Value::string("in sync"));
    encrypt("customers");
    let read = plugin().read(kind, &state).succeeded();
    assert_eq!(condition(&read), Value::string("stale"));

    let triggered = plugin().plan(
        kind,
        &state,
        &crate::with(&config, json!({ "rotation_trigger": { "at": "now" } })),
    );
    assert!(!triggered.state.attribute("backed_up_at").unwrap().is_known());
}

#[test]
fn keys_lie_neither_with_the_backups_nor_with_the_archive() {
    for (path, other, resources) in [
        (
            "/backup/mysql_tenant/data",
            "data backups of tenant `mysql_tenant`",
            json!({ "oceanbase_backup_destination": { "it": destination("mysql_tenant") } }),
        ),
        (
            "/backup/mysql_tenant/log/keys",
            "archived logs of tenant `mysql_tenant`",
            json!({ "oceanbase_archivelog": { "it": archivelog("mysql_tenant") } }),
        ),
    ] {
        let (cluster, terraform) = prepared(Profile::Ee4353, &json!({ "resource": resources.clone() }));
        terraform.apply();
        let mut with_keys = resources;
        with_keys["oceanbase_backup_key"]["it"] = crate::with(
            &key("mysql_tenant"),
            json!({ "storage": { "type": "nfs", "path": path } }),
        );
        terraform.configure(&cluster.provider_block(), &json!({ "resource": with_keys }));
        let complaint = terraform.fail(&["plan", "-no-color"]);
        assert!(complaint.contains("Error: The directory is in use"), "{complaint}");
        assert!(complaint.contains(other), "{complaint}");
        // In the cluster, and in the plan alone.
        cluster.forget_statements();
        let plugin = Plugin::configured(&cluster.provider_block());
        let planned = plugin.plan(
            "oceanbase_backup_key",
            &Value::Null,
            &with_keys["oceanbase_backup_key"]["it"],
        );
        assert_eq!(planned.messages[0].attribute, "storage");

        let (cluster, terraform) = prepared(Profile::Ee4353, &json!({ "resource": with_keys }));
        let complaint = terraform.fail(&["plan", "-no-color"]);
        assert!(complaint.contains("Error: The directory is in use"), "{complaint}");
        assert_eq!(cluster.changes(), [""; 0]);
    }
}

#[test]
fn one_query_tells_the_master_keys_of_all_tenants_and_only_where_keys_are_exported() {
    let all: serde_json::Map<String, Json> = ["mysql_tenant", "mysql_tenant_2", "mysql_tenant_3"]
        .into_iter()
        .map(|tenant| (tenant.to_owned(), key(tenant)))
        .collect();
    let (cluster, terraform) = exported();
    let cost = || {
        cluster.forget_statements();
        terraform.assert_settled();
        let statements = cluster.statements();
        let of_keys = statements.iter().filter(|sql| sql.contains("keystore")).count();
        (of_keys, statements.len())
    };
    let of_one = cost();
    terraform.configure(&cluster.provider_block(), &keys(&Json::Object(all)));
    terraform.apply();
    assert_eq!(cost(), of_one);
    assert_eq!(of_one.0, 1);

    terraform.configure(&cluster.provider_block(), &crate::protected("mysql_tenant"));
    terraform.apply();
    assert_eq!(cost(), (0, of_one.1 - 1));
}

#[test]
fn a_tenant_that_is_not_encrypted_has_no_keys_until_it_is() {
    let (cluster, terraform) = prepared(Profile::Ee4353, &keys(&json!({ "it": key("mysql_tenant") })));
    terraform.apply();
    let state = || {
        let state = terraform.state(ADDRESS).unwrap();
        (state["condition"].clone(), state["master_key_id"].clone())
    };
    assert_eq!(state(), (json!("no master key in sight"), Json::Null));
    terraform.assert_settled();
    let plan = terraform.succeed(&["plan", "-no-color"]);
    assert!(plan.contains("Warning: The tenant has no keys yet"), "{plan}");

    cluster
        .control(|cluster| cluster.encrypt_table("mysql_tenant", "orders"))
        .unwrap();
    cluster.forget_statements();
    let applied = terraform.apply();
    assert_eq!(cluster.changes(), [EXPORT]);
    assert!(!applied.contains("has no keys yet"), "{applied}");
    assert_eq!(state(), (json!("in sync"), json!(1)));
    terraform.assert_settled();
}

/// The export of `mysql_tenant`, with what the profile `keys` of the provider block says.
fn in_profile(cluster: &Cluster, terraform: &Terraform, profile: &Json) {
    let provider = crate::with(
        &cluster.provider_block(),
        json!({ "storage_profiles": { "keys": crate::with(&json!({ "type": "nfs" }), profile.clone()) } }),
    );
    let key =
        json!({ "tenant": "mysql_tenant", "storage": { "profile": "keys", "path": "/backup/mysql_tenant/keys" } });
    terraform.configure(&provider, &keys(&json!({ "it": key })));
}

#[test]
fn a_profile_that_lost_the_password_is_named_and_stands_in_the_way_of_no_destroy() {
    const LACK: &str = "the storage profile `keys` of the provider block has no `key_password`";
    let message = |arguments: &[&str], terraform: &Terraform| {
        let run = terraform.run(arguments);
        (run.code, run.message())
    };
    for rotated in [false, true] {
        let (cluster, terraform) = exported();
        in_profile(&cluster, &terraform, &json!({ "key_password": "s3cr3t" }));
        terraform.apply();
        in_profile(&cluster, &terraform, &json!({}));
        if rotated {
            rotate(&cluster);
        }
        let (code, said) = message(&["plan", "-no-color", "-detailed-exitcode"], &terraform);
        assert_eq!(code, Some(if rotated { 2 } else { 0 }), "{said}");
        assert!(said.contains("Warning: A password for the keys is needed"), "{said}");
        assert!(said.contains(LACK), "{said}");
        cluster.forget_statements();
        if rotated {
            let (code, said) = message(&["apply", "-no-color", "-auto-approve"], &terraform);
            assert_eq!(code, Some(1), "{said}");
            assert!(said.contains("Error: A password for the keys is needed"), "{said}");
            assert_eq!(terraform.state(ADDRESS).unwrap()["condition"], json!("stale"));
        }
        terraform.destroy();
        assert_eq!(cluster.changes(), [""; 0]);

        // What was never exported cannot be, and is not planned.
        let (code, said) = message(&["plan", "-no-color"], &terraform);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("Error: A password for the keys is needed"), "{said}");
        assert!(said.contains(LACK), "{said}");
    }
}

#[test]
fn an_empty_password_is_refused_at_its_attribute() {
    let (cluster, terraform) = prepared(
        Profile::Ee4353,
        &keys(&json!({ "it": crate::with(&key("mysql_tenant"), json!({ "password_wo": "" })) })),
    );
    let complaint = terraform.fail(&["plan", "-no-color"]);
    assert!(
        complaint.contains("Error: A password for the keys is needed"),
        "{complaint}"
    );
    assert!(complaint.contains("`password_wo` is an empty text"), "{complaint}");
    let plugin = Plugin::configured(&cluster.provider_block());
    let config = crate::with(&key("mysql_tenant"), json!({ "password_wo": "" }));
    let planned = plugin.validate("oceanbase_backup_key", &config);
    assert_eq!(planned[0].attribute, "password_wo");
}

#[test]
fn a_second_export_of_a_tenant_is_a_second_owner() {
    let elsewhere = crate::with(
        &key("mysql_tenant"),
        json!({ "storage": { "type": "nfs", "path": "/other" } }),
    );
    let two = keys(&json!({ "it": key("mysql_tenant"), "other": elsewhere }));
    let (_cluster, terraform) = prepared(Profile::Ee4353, &two);
    let complaint = terraform.fail(&["plan", "-no-color"]);
    assert!(complaint.contains("Error: Two resources for one tenant"), "{complaint}");
    assert!(
        complaint.contains("the exported keys of tenant `mysql_tenant`"),
        "{complaint}"
    );
}
