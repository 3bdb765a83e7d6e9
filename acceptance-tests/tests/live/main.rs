//! The life that the conformance tests take every resource through, on a cluster that somebody lends.
//!
//! `docs/live-cluster.md` says how to start one, and what happens to it. Without the variables that name it the suite says
//! that it did not run, and passes. That it can run is shown with a simulated cluster in a process of its own, whose clock
//! runs by itself: nobody but the suite's own patience brings a change about.

#![expect(clippy::unwrap_used, reason = "what is not as it should be fails the test")]

#[path = "../conformance/archivelog.rs"]
mod archivelog;
#[path = "../conformance/backup_destination.rs"]
mod backup_destination;
#[path = "../conformance/description.rs"]
#[expect(
    dead_code,
    reason = "that every attribute is covered is for the conformance tests to see"
)]
mod description;
#[path = "../conformance/life.rs"]
mod life;
#[path = "../conformance/storage.rs"]
mod storage;

use acceptance_tests::{LentCluster, SimulatorProcess, Stage};
use std::io::Write;

/// The two take turns, since they change the same tenant.
fn live_on(cluster: &LentCluster) {
    for description in [archivelog::description, backup_destination::description] {
        let stage: &dyn Stage = cluster;
        life::live(&description(stage), stage);
    }
}

#[test]
fn every_resource_lives_on_the_cluster_that_was_lent() {
    match LentCluster::from_variables(std::env::vars()) {
        Ok(cluster) => live_on(&cluster),
        // Not by a macro: the test harness would keep the line to itself.
        Err(missing) => writeln!(
            std::io::stderr(),
            "live suite not run: {missing} (docs/live-cluster.md)"
        )
        .unwrap(),
    }
}

#[test]
fn every_resource_lives_on_a_simulated_cluster_in_a_process_of_its_own() {
    let simulator = SimulatorProcess::start(&["--speed", "20", "--proxy", "--password", "sys=secret"]);
    let variables = [
        ("OCEANBASE_ENDPOINTS", simulator.endpoint()),
        ("OCEANBASE_PASSWORD", "secret"),
        ("OCEANBASE_CLUSTER", "obcluster"),
        ("OCEANBASE_LIVE_TENANT", "mysql_tenant_2"),
        ("OCEANBASE_LIVE_DIRECTORY", "/mnt/backup/"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    live_on(&LentCluster::from_variables(variables).unwrap());
}

#[test]
fn a_cluster_is_used_only_when_it_is_wholly_named() {
    let set = |names: &[&str]| {
        let variables = names.iter().map(|name| ((*name).to_owned(), "x".to_owned()));
        LentCluster::from_variables(variables).err().unwrap()
    };
    assert_eq!(set(&[]), "OCEANBASE_ENDPOINTS is not set");
    assert_eq!(set(&["OCEANBASE_ENDPOINTS"]), "OCEANBASE_LIVE_TENANT is not set");
    let both = ["OCEANBASE_ENDPOINTS", "OCEANBASE_LIVE_TENANT"];
    assert_eq!(set(&both), "OCEANBASE_LIVE_DIRECTORY is not set");
}
