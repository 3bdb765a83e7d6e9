//! What a plan without changes costs: a fixed number of statements, whatever the number of tenants.
//!
//! `cargo test -p acceptance-tests --test scenarios cost -- --nocapture` shows the numbers.

use acceptance_tests::{Cluster, Plugin, Terraform};
use oceanbase_simulator::cluster::{Pace, Profile, Viewer};
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

const RESOURCES: [(&str, &str); 2] = [
    ("oceanbase_archivelog", "log"),
    ("oceanbase_backup_destination", "data"),
];

/// Long enough for whatever is sent side by side to overlap, however busy the machine is.
const LATENCY: Duration = Duration::from_millis(300);

/// A cluster all of whose tenants are protected, and the state that an import of all of them gives.
fn protected(tenants: usize) -> (Cluster, Json) {
    let cluster = Cluster::start_with(Profile::Ce4410, |options, listening| {
        options.tenants = tenants;
        options.pace = Pace::Real;
        listening.latency = Some(LATENCY);
    });
    cluster.control(|cluster| {
        for number in 1..=tenants {
            let tenant = name(number);
            for sql in [
                format!("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data/{tenant}' TENANT = {tenant}"),
                format!("ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///log/{tenant}' TENANT = {tenant}"),
                format!("ALTER SYSTEM ARCHIVELOG TENANT = {tenant}"),
            ] {
                cluster.execute(&Viewer::root(1), &sql).unwrap().unwrap();
            }
        }
        cluster.advance(Duration::from_secs(600));
    });
    let plugin = Plugin::configured(&json!({ "endpoints": [cluster.endpoint()] }));
    let resources = RESOURCES.map(|(kind, _)| {
        let instances: Vec<Json> = (1..=tenants)
            .map(|number| {
                let state = plugin.import(kind, &name(number)).succeeded();
                let attributes = plugin.schemas().state_json(kind, &state);
                json!({ "index_key": number - 1, "schema_version": 0, "attributes": attributes })
            })
            .collect();
        json!({
            "mode": "managed", "type": kind, "name": "each", "instances": instances,
            "provider": "provider[\"registry.terraform.io/ob-as-code/oceanbase\"]",
        })
    });
    let state = json!({
        "version": 4, "terraform_version": "1.8.0", "serial": 1, "lineage": "cost", "resources": resources,
    });
    (cluster, state)
}

fn name(number: usize) -> String {
    match number {
        1 => "mysql_tenant".to_owned(),
        _ => format!("mysql_tenant_{number}"),
    }
}

/// Statements and sequential round trips of a plan without changes.
#[expect(clippy::print_stdout, reason = "the numbers are worth a look")]
fn cost(tenants: usize) -> (usize, usize) {
    let (cluster, state) = protected(tenants);
    let terraform = Terraform::new();
    terraform.write("terraform.tfstate", &state.to_string());
    let tenant = r#"${count.index == 0 ? "mysql_tenant" : "mysql_tenant_${count.index + 1}"}"#;
    let each = |directory: &str| {
        let path = format!("/{directory}/{tenant}");
        json!({ "each": { "count": tenants, "tenant": tenant, "storage": { "type": "nfs", "path": path } } })
    };
    let resources: serde_json::Map<String, Json> = RESOURCES
        .iter()
        .map(|(kind, directory)| ((*kind).to_owned(), each(directory)))
        .collect();
    terraform.configure(
        &json!({ "endpoints": [cluster.endpoint()] }),
        &json!({ "resource": resources }),
    );
    cluster.forget_statements();
    let begin = Instant::now();
    terraform.assert_settled();
    let cost = (cluster.statements().len(), cluster.sequential_round_trips());
    println!(
        "{tenants} tenants, 2 resources each: {} statements, {} sequential round trips, {:?}",
        cost.0,
        cost.1,
        begin.elapsed()
    );
    cost
}

#[test]
fn a_plan_without_changes_costs_the_same_for_any_number_of_tenants() {
    let costs = [1, 100, 1000].map(|tenants| (tenants, cost(tenants)));
    let [(_, (statements_of_one, _)), ..] = costs;
    for (tenants, (statements, sequential)) in costs {
        assert_eq!(statements, statements_of_one, "{tenants} tenants");
        assert!(statements <= 12, "{statements} statements for {tenants} tenants");
        assert!(
            sequential <= 6,
            "{sequential} round trips in a row for {tenants} tenants"
        );
    }
}
