//! One cluster at several endpoints, some of which are down or go down.

use crate::protected;
use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use oceanbase_simulator::server::{Effect, Reachability};
use serde_json::{Value as Json, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// A cluster with this many endpoints, and a Terraform that is to protect a tenant of it.
fn prepared(endpoints: usize) -> (Cluster, Terraform) {
    let cluster = Cluster::start_with(Profile::Ce4410, |_, listening| {
        listening.listen = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); endpoints];
    });
    let terraform = Terraform::new();
    let mut provider = cluster.provider_block();
    // Longer than anybody would wait for a test.
    provider["connect_timeout"] = json!("5m");
    terraform.configure(&provider, &protected("mysql_tenant"));
    (cluster, terraform)
}

/// What no plan of something new may say when one endpoint works.
#[track_caller]
fn assert_quiet(text: &str) {
    // The provider comes from a folder, of which Terraform warns.
    assert_eq!(text.matches("Warning: ").count(), 1, "{text}");
}

#[test]
fn an_endpoint_that_is_down_is_passed_over_without_a_word() {
    let (cluster, terraform) = prepared(2);
    cluster.set_reachability(0, Reachability::Down);
    let plan = terraform.plan();
    plan.assert_counts(2, 0, 0);
    assert_quiet(&plan.text);
    assert_quiet(&terraform.apply_plan());
    terraform.assert_settled();
}

#[test]
fn an_endpoint_that_hangs_costs_a_moment_and_not_the_time_limit() {
    let (cluster, terraform) = prepared(3);
    cluster.set_reachability(0, Reachability::Silent);
    cluster.set_reachability(1, Reachability::Silent);
    let begin = Instant::now();
    let plan = terraform.plan();
    assert_quiet(&plan.text);
    terraform.apply_plan();
    assert!(begin.elapsed() < Duration::from_secs(300), "{:?}", begin.elapsed());
    assert_eq!(cluster.changes().len(), 3);
}

#[test]
fn when_all_are_down_each_is_named() {
    let (cluster, terraform) = prepared(2);
    terraform.apply();
    cluster.set_reachability(0, Reachability::Down);
    cluster.set_reachability(1, Reachability::Down);
    let complaint = terraform.fail(&["plan", "-no-color"]);
    assert!(
        complaint.contains("Error: The cluster cannot be reached"),
        "{complaint}"
    );
    for endpoint in cluster.endpoints() {
        assert!(complaint.contains(&endpoint), "{complaint}");
    }
    cluster.set_reachability(1, Reachability::Up);
    terraform.assert_settled();
}

#[test]
fn an_endpoint_that_dies_in_the_middle_of_an_apply_is_replaced_by_another() {
    for effect in [Effect::EndpointDownBefore, Effect::EndpointDownAfter] {
        for statement in [
            "SET DATA_BACKUP_DEST",
            "SET LOG_ARCHIVE_DEST",
            "ALTER SYSTEM ARCHIVELOG",
        ] {
            let (cluster, terraform) = prepared(2);
            cluster.inject(statement, 0, effect.clone());
            let applied = terraform.apply();
            assert!(applied.contains("2 added"), "{applied}");
            assert_quiet(&applied);
            let sent: Vec<String> = cluster.changes();
            let times = sent.iter().filter(|sql| sql.contains(statement)).count();
            let expected = if effect.executes() { 1 } else { 2 };
            assert_eq!(times, expected, "{effect:?} {statement}: {sent:#?}");
            assert_eq!(sent.len(), 2 + expected, "{sent:#?}");
            terraform.assert_settled();
            cluster.set_reachability(0, Reachability::Up);
            let rounds = cluster.value("SELECT COUNT(*) FROM oceanbase.CDB_OB_ARCHIVELOG_SUMMARY");
            assert_eq!(rounds.as_deref(), Some("1"));
        }
    }
}

#[test]
fn a_login_of_the_tenant_finds_the_endpoint_that_is_left() {
    let (cluster, terraform) = prepared(2);
    let configure = |key: &str| {
        let storage = json!({
            "type": "oss", "bucket": "b", "host": "h", "path": "p", "access_id": "i", "access_key_wo": key,
            "access_key_wo_version": key,
        });
        let destination = json!({ "it": { "tenant": "mysql_tenant", "storage": storage } });
        let resources: Json = json!({ "resource": { "oceanbase_backup_destination": destination } });
        terraform.configure(&cluster.provider_block(), &resources);
    };
    configure("key-1");
    terraform.apply();
    configure("key-2");
    cluster.forget_statements();
    cluster.inject("CHANGE EXTERNAL_STORAGE_DEST", 0, Effect::EndpointDownBefore);
    terraform.apply();
    let changes = cluster.changes();
    assert_eq!(changes.len(), 2, "{changes:#?}");
    assert_eq!(changes[0], changes[1]);
    assert!(
        cluster
            .statements_with_secrets()
            .join("\n")
            .contains("access_key=key-2")
    );
    terraform.assert_settled();
}
