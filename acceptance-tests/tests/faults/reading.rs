//! Refreshes, plans, imports and data sources that lose their connection.

use crate::course::sent;
use crate::operation::{ARCHIVELOG, DESTINATION, TENANT};
use acceptance_tests::protocol::Message;
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::cluster::Profile;
use oceanbase_simulator::server::Effect;
use serde_json::{Value as Json, json};
use tfplugin::Value;

/// What reads and changes nothing: gives what it found, and what it says.
type Reading = (&'static str, fn(&Plugin, &Value) -> (Value, Vec<Message>));

const READINGS: [Reading; 4] = [
    ("refresh", |plugin, state| {
        let outcome = plugin.read(ARCHIVELOG, state);
        (outcome.state, outcome.messages)
    }),
    ("plan", |plugin, _| {
        let planned = plugin.plan(DESTINATION, &Value::Null, &destination());
        (planned.state, planned.messages)
    }),
    ("import", |plugin, _| {
        let outcome = plugin.import(ARCHIVELOG, TENANT);
        (outcome.state, outcome.messages)
    }),
    ("data source", |plugin, _| {
        let outcome = plugin.data("oceanbase_tenants", &json!({}));
        (outcome.state, outcome.messages)
    }),
];

fn destination() -> Json {
    json!({ "tenant": TENANT, "storage": { "type": "nfs", "path": "/backup/data" } })
}

/// A cluster with a tenant that archives, and Terraform's state of it.
fn archiving() -> (Cluster, Value) {
    let cluster = Cluster::start(Profile::Ce4410);
    let config = json!({ "tenant": TENANT, "storage": { "type": "nfs", "path": "/backup/log" } });
    let plugin = Plugin::configured(&cluster.provider_block());
    let state = plugin.change(ARCHIVELOG, &Value::Null, &config).succeeded();
    (cluster, state)
}

#[test]
fn a_reading_that_loses_its_connection_once_is_repeated_or_reported() {
    let (cluster, state) = archiving();
    for (title, read) in READINGS {
        cluster.forget_statements();
        let undisturbed = read(&Plugin::configured(&cluster.provider_block()), &state);
        for sent in sent(&cluster) {
            cluster.inject(&sent.text, sent.occurrence, Effect::CutBefore);
            let (found, said) = read(&Plugin::configured(&cluster.provider_block()), &state);
            cluster.clear_faults();
            let place = format!("{title}, cut at {}", sent.redacted);
            if sent.begins_session() {
                assert_out_of_reach(&said, "The cluster cannot be reached", &place);
            } else {
                assert_eq!((found, said), undisturbed, "{place}");
            }
        }
    }
}

#[test]
fn a_reading_that_loses_its_connection_twice_is_reported() {
    let (cluster, state) = archiving();
    for (title, read) in READINGS {
        // One for each attempt.
        for _ in 0..2 {
            cluster.inject("CDB_OB_ARCHIVE_DEST", 0, Effect::CutBefore);
        }
        let (_, said) = read(&Plugin::configured(&cluster.provider_block()), &state);
        cluster.clear_faults();
        assert_out_of_reach(&said, "The connection to the cluster was lost", title);
    }
}

/// A plan goes on with a warning, since what it could not check may be in order; everything else fails.
#[track_caller]
fn assert_out_of_reach(said: &[Message], summary: &str, place: &str) {
    let [message] = said else {
        panic!("{place}: {said:#?}");
    };
    if message.is_error {
        assert_eq!(message.summary, summary, "{place}");
    } else {
        assert_eq!(message.summary, "Planned without looking at the cluster", "{place}");
        assert!(message.detail.contains(summary), "{place}: {}", message.detail);
    }
}
