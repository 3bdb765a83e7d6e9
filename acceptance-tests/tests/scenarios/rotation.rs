//! A key that changed.

use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};

fn configure(cluster: &Cluster, terraform: &Terraform, key: &str, version: &str, logins: bool) {
    let mut provider = cluster.provider_block();
    if !logins {
        provider["tenant_credentials"] = Json::Null;
    }
    provider["storage_profiles"] = json!({ "main": {
        "type": "oss", "bucket": "b", "host": "h", "access_id": "i", "access_key": key, "access_key_version": version,
    } });
    let uses_profile =
        |path: &str| json!({ "it": { "tenant": "mysql_tenant", "storage": { "profile": "main", "path": path } } });
    let resources = json!({ "resource": {
        "oceanbase_archivelog": uses_profile("log"),
        "oceanbase_backup_destination": uses_profile("data"),
    } });
    terraform.configure(&provider, &resources);
}

#[test]
fn a_new_key_of_a_profile_is_rotated_in_every_resource_that_uses_it() {
    for profile in [Profile::Ee4353, Profile::Ce4410] {
        let (cluster, terraform) = (Cluster::start(profile), Terraform::new());
        configure(&cluster, &terraform, "key-1", "1", true);
        terraform.apply();
        configure(&cluster, &terraform, "key-2", "2", false);
        let complaint = terraform.fail(&["plan", "-no-color"]);
        assert!(
            complaint.contains("Error: A login of the tenant is needed"),
            "{complaint}"
        );

        configure(&cluster, &terraform, "key-2", "2", true);
        let plan = terraform.plan();
        plan.assert_counts(0, 2, 0);
        let changes = terraform.planned_changes();
        for resource in ["oceanbase_archivelog.it", "oceanbase_backup_destination.it"] {
            assert_eq!(changes.of(resource), [r#"storage.profile_key_version: "1" -> "2""#]);
        }
        cluster.forget_statements();
        terraform.apply_plan();
        let mut sent = cluster.changes();
        sent.sort();
        let change = |path: &str| {
            format!(
                "ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/{path}?host=h' SET \
                 ACCESS_INFO = 'access_id=i&access_key=***'"
            )
        };
        assert_eq!(sent, [change("data"), change("log")]);
        assert!(
            cluster
                .statements_with_secrets()
                .join("\n")
                .contains("access_key=key-2")
        );
        terraform.assert_settled();
    }
}

#[test]
fn a_first_version_says_that_it_sends_no_key() {
    let (cluster, terraform) = (Cluster::start(Profile::Ce4410), Terraform::new());
    let configure = |key: &str, version: Json| {
        let storage = json!({
            "type": "oss", "bucket": "b", "path": "data", "host": "h", "access_id": "i",
            "access_key_wo": key, "access_key_wo_version": version,
        });
        let destination = json!({ "it": { "tenant": "mysql_tenant", "storage": storage } });
        let resources = json!({ "resource": { "oceanbase_backup_destination": destination } });
        terraform.configure(&cluster.provider_block(), &resources);
    };
    configure("key-1", Json::Null);
    terraform.apply();
    configure("key-2", json!("1"));
    let plan = terraform.run(&["plan", "-no-color", "-out=plan"]).stdout;
    assert!(plan.contains("Warning: The key version is only recorded"), "{plan}");
    cluster.forget_statements();
    terraform.succeed(&["apply", "-no-color", "plan"]);
    assert_eq!(cluster.changes(), [""; 0]);
    terraform.assert_settled();

    configure("key-2", json!("2"));
    let plan = terraform.run(&["plan", "-no-color"]).stdout;
    assert!(!plan.contains("Warning: The key version"), "{plan}");
}

#[test]
fn a_create_that_will_replace_a_key_says_so() {
    let (cluster, terraform) = (Cluster::start(Profile::Ce4410), Terraform::new());
    cluster.sys(
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/data?host=h&access_id=i&access_key=key-1' TENANT = mysql_tenant",
    );
    for (key, said) in [("key-1", false), ("key-2", true)] {
        configure(&cluster, &terraform, key, "1", true);
        let plan = terraform.run(&["plan", "-no-color"]).stdout;
        let warning = "Warning: The key of an existing destination will be replaced";
        assert_eq!(plan.contains(warning), said, "{plan}");
    }
}

#[test]
fn the_oldest_release_says_at_plan_that_it_cannot() {
    let (cluster, terraform) = (Cluster::start(Profile::Ce4210), Terraform::new());
    configure(&cluster, &terraform, "key-1", "1", true);
    terraform.apply();
    configure(&cluster, &terraform, "key-2", "2", true);
    let complaint = terraform.fail(&["plan", "-no-color"]);
    assert!(
        complaint.contains("Error: The cluster cannot change this destination in place"),
        "{complaint}"
    );
}

#[test]
fn a_key_set_by_hand_that_does_not_reach_the_jobs_is_seen() {
    let (cluster, terraform) = (Cluster::start(Profile::Ce4410), Terraform::new());
    configure(&cluster, &terraform, "key-1", "1", true);
    terraform.apply();
    cluster.sys(
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/data?host=h&access_id=i&access_key=other' TENANT = mysql_tenant",
    );
    terraform.plan().assert_counts(0, 1, 0);
    let changes = terraform.planned_changes().of("oceanbase_backup_destination.it");
    assert_eq!(changes, [r#"condition: "jobs use another key" -> "in sync""#]);
    terraform.apply_plan();
    terraform.assert_settled();
}
