//! Which cluster, which login, and what happens without one.

use crate::{prepared, protected};
use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};

#[test]
fn an_endpoint_that_is_not_known_yet_is_planned_for_without_connecting() {
    let (cluster, terraform) = (Cluster::start(Profile::Ce4410), Terraform::new());
    let mut configuration = protected("mysql_tenant");
    configuration["resource"]["terraform_data"] = json!({ "endpoint": { "input": cluster.endpoint() } });
    terraform.configure(
        &json!({ "endpoints": ["${terraform_data.endpoint.output}"] }),
        &configuration,
    );
    terraform.plan().assert_counts(3, 0, 0);
    assert_eq!(cluster.statements(), [""; 0]);
    terraform.apply_plan();
    terraform.assert_settled();
}

#[test]
fn without_a_cluster_a_create_is_planned_with_one_warning_and_fails_on_apply() {
    let terraform = Terraform::new();
    let nobody = json!({ "endpoints": ["127.0.0.1:1"], "connect_timeout": "2s" });
    terraform.configure(&nobody, &protected("mysql_tenant"));
    let plan = terraform.plan();
    plan.assert_counts(2, 0, 0);
    let warnings = plan
        .text
        .matches("Warning: Planned without looking at the cluster")
        .count();
    assert_eq!(warnings, 1, "{}", plan.text);
    let complaint = terraform.fail(&["apply", "-no-color", "tfplan"]);
    assert!(complaint.contains("127.0.0.1:1"), "{complaint}");
    assert_eq!(terraform.state("oceanbase_archivelog.it"), None);
}

#[test]
fn without_a_cluster_nothing_is_taken_for_gone() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &protected("mysql_tenant"));
    terraform.apply();
    let nobody = json!({ "endpoints": ["127.0.0.1:1"], "connect_timeout": "2s" });
    terraform.configure(&nobody, &protected("mysql_tenant"));
    terraform.fail(&["plan", "-no-color"]);
    terraform.configure(&cluster.provider_block(), &protected("mysql_tenant"));
    terraform.assert_settled();
}

#[test]
fn another_cluster_than_expected_is_left_alone() {
    let (cluster, terraform) = (Cluster::start(Profile::Ce4410), Terraform::new());
    let mut provider = cluster.provider_block();
    provider["expected_cluster"] = json!({ "name": "production" });
    terraform.configure(&provider, &protected("mysql_tenant"));
    let complaint = terraform.fail(&["apply", "-no-color", "-auto-approve"]);
    assert!(
        complaint.contains("production") && complaint.contains("obcluster"),
        "{complaint}"
    );
    assert_eq!(cluster.changes(), [""; 0]);
}

#[test]
fn read_only_shows_drift_and_repairs_nothing() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &protected("mysql_tenant"));
    terraform.apply();
    cluster.sys("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'DEFER' TENANT = mysql_tenant");
    let mut provider = cluster.provider_block();
    provider["read_only"] = json!(true);
    terraform.configure(&provider, &protected("mysql_tenant"));
    cluster.forget_statements();
    terraform.plan().assert_counts(0, 1, 0);
    let complaint = terraform.fail(&["apply", "-no-color", "tfplan"]);
    assert!(complaint.contains("read_only"), "{complaint}");
    assert_eq!(cluster.changes(), [""; 0]);
}

#[test]
fn a_tenant_manages_itself() {
    for profile in Profile::ALL {
        let (cluster, terraform) = (Cluster::start(profile), Terraform::new());
        let provider = json!({ "endpoints": [cluster.endpoint()], "username": "root@mysql_tenant" });
        let configure = |change: Json| {
            let mut configuration = protected("mysql_tenant");
            for (name, value) in change.as_object().into_iter().flatten() {
                configuration["resource"]["oceanbase_archivelog"]["it"][name] = value.clone();
            }
            terraform.configure(&provider, &configuration);
        };
        configure(json!({}));
        terraform.apply();
        terraform.assert_settled();
        configure(json!({ "lag_target": "5m", "suspended": true }));
        terraform.apply();
        terraform.assert_settled();
        configure(json!({ "lag_target": "5m", "on_destroy": "stop_and_clear" }));
        terraform.apply();
        cluster.sys("ALTER SYSTEM SET archive_lag_target = '7s' TENANT = mysql_tenant");
        terraform.plan().assert_counts(0, 1, 0);
        terraform.apply_plan();
        terraform.assert_settled();
        terraform.succeed(&["state", "rm", "oceanbase_archivelog.it"]);
        terraform.import("oceanbase_archivelog.it", "mysql_tenant");
        terraform.destroy();
        let named: Vec<String> = cluster
            .changes()
            .into_iter()
            .filter(|sql| sql.contains("TENANT ="))
            .collect();
        assert_eq!(named, [""; 0], "a tenant names no tenant");

        terraform.configure(&provider, &protected("mysql_tenant_2"));
        let complaint = terraform.fail(&["plan", "-no-color"]);
        assert!(complaint.contains("manages only that one"), "{complaint}");
    }
}

#[test]
fn several_tenants_are_protected_side_by_side() {
    let mut resources = json!({ "resource": { "oceanbase_archivelog": {}, "oceanbase_backup_destination": {} } });
    for tenant in ["mysql_tenant", "mysql_tenant_2", "mysql_tenant_3"] {
        for (kind, objects) in protected(tenant)["resource"].as_object().unwrap() {
            resources["resource"][kind][tenant] = objects["it"].clone();
        }
    }
    let (cluster, terraform) = prepared(Profile::Ce4210, &resources);
    let applied = terraform.apply();
    assert!(applied.contains("6 added"), "{applied}");
    terraform.assert_settled();
    let archiving = "SELECT COUNT(*) FROM oceanbase.CDB_OB_ARCHIVELOG WHERE STATUS = 'DOING'";
    assert_eq!(cluster.value(archiving).as_deref(), Some("3"));
}

#[test]
fn what_keeps_every_resource_from_being_read_is_said_once_and_is_an_error() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &protected("mysql_tenant"));
    terraform.apply();
    let unread = |provider: Json, error: &str| {
        let mut configuration = protected("mysql_tenant");
        // One that only asserts turns the errors of its data source into warnings.
        configuration["check"] = json!({ "tenants": {
            "data": { "oceanbase_tenants": { "all": {} } },
            "assert": { "condition": "${length(data.oceanbase_tenants.all.tenants) > 0}", "error_message": "none" },
        } });
        terraform.configure(&provider, &configuration);
        for command in ["plan", "destroy"] {
            let run = terraform.run(&[command, "-no-color"]);
            let said = run.message();
            assert_eq!(run.code, Some(1), "{said}");
            assert_eq!(said.matches(&format!("Error: {error}")).count(), 1, "{said}");
            assert!(said.contains("This is said once, for every resource"), "{said}");
            assert!(!said.contains("Planned without looking"), "{said}");
        }
    };
    let nobody = json!({ "endpoints": ["127.0.0.1:1"], "connect_timeout": "2s" });
    unread(nobody, "The cluster cannot be reached");
    let mut stranger = cluster.provider_block();
    stranger["password"] = json!("wrong");
    unread(stranger, "The login was refused");
    terraform.configure(&cluster.provider_block(), &protected("mysql_tenant"));
    terraform.assert_settled();
}
