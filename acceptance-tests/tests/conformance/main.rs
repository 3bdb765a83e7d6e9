//! Every line of the registry keeps the promises that all of them make, on every profile of the simulated cluster.
//!
//! What a resource is like is data, one file each; what it has to live through is one function, in `life`. A resource, data
//! source or function without a description fails here.

#![expect(clippy::unwrap_used, reason = "what is not as it should be fails the test")]

mod actions;
mod alerting;
mod archivelog;
mod backup_destination;
mod backup_key;
mod backup_run;
mod data_sources;
mod description;
mod functions;
mod life;
mod records;
mod runs;
mod storage;

use acceptance_tests::protocol::Security;
use acceptance_tests::{Cluster, Plugin, Stage};
use description::Description;
use oceanbase_simulator::cluster::Profile;
use std::collections::BTreeSet;

const DESCRIPTIONS: [fn(&dyn Stage) -> Description; 4] = [
    archivelog::description,
    backup_destination::description,
    backup_key::description,
    backup_run::description,
];

fn descriptions() -> Vec<Description> {
    let cluster = Cluster::start(Profile::Ce4410);
    DESCRIPTIONS.iter().map(|description| description(&cluster)).collect()
}

#[test]
fn every_line_of_the_registry_is_described() {
    let plugin = Plugin::start(Security::MutualTls);
    let registered = plugin.schemas();
    let resources: Vec<&str> = descriptions().iter().map(|description| description.resource).collect();
    assert_eq!(registered.resources(), resources);
    assert_eq!(registered.data_sources(), data_sources::DESCRIBED);
    assert_eq!(registered.actions(), actions::DESCRIBED);
    assert_eq!(registered.functions(), functions::DESCRIBED);
}

#[test]
fn every_attribute_is_updated_and_drifts() {
    let plugin = Plugin::start(Security::None);
    for description in descriptions() {
        let configurable = plugin.schemas().configurable(description.resource);
        let configurable: BTreeSet<String> = configurable.into_iter().collect();
        let fixed = description.identity.iter().map(|(name, _)| (*name).to_owned());
        let fixed: BTreeSet<String> = fixed.collect();
        let updated = description.updated().union(&fixed).cloned().collect::<BTreeSet<_>>();
        assert_eq!(
            configurable, updated,
            "attributes of {} that updates cover",
            description.resource
        );
        let visible: BTreeSet<String> = configurable.difference(&description.without_drift()).cloned().collect();
        let drifting = description.drifting();
        let missing: Vec<&String> = visible
            .difference(&drifting)
            .filter(|path| !fixed.contains(*path))
            .collect();
        assert_eq!(
            missing, [""; 0],
            "attributes of {} that never drift",
            description.resource
        );
    }
}

#[test]
fn every_resource_lives_on_ce_4_2_1_0() {
    live_on(Profile::Ce4210);
}

#[test]
fn every_resource_lives_on_ee_4_3_5_3() {
    live_on(Profile::Ee4353);
}

#[test]
fn every_resource_lives_on_ce_4_4_1_0() {
    live_on(Profile::Ce4410);
}

fn live_on(profile: Profile) {
    for description in DESCRIPTIONS {
        let cluster = Cluster::start(profile);
        life::live(&description(&cluster), &cluster);
    }
}
