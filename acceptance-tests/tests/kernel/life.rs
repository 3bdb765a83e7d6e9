//! Every statement that the provider sends, found by living through everything that the conformance tests describe, and by asking
//! for everything else that it offers.

use crate::description::{Description, of_tenant, patched};
use crate::{archivelog, backup_destination, backup_key, operations, runs, storage};
use acceptance_tests::{Cluster, Plugin, Stage};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;
use tfplugin::Value;

/// Every statement once, word for word.
pub(crate) fn statements() -> &'static BTreeSet<String> {
    static STATEMENTS: OnceLock<BTreeSet<String>> = OnceLock::new();
    STATEMENTS.get_or_init(|| {
        let lives: Vec<_> = Profile::ALL
            .into_iter()
            .map(|profile| std::thread::spawn(move || live(profile)))
            .collect();
        lives.into_iter().flat_map(|life| life.join().unwrap()).collect()
    })
}

fn live(profile: Profile) -> Vec<String> {
    let mut sent = Vec::new();
    let mut descriptions: Vec<fn(&dyn Stage) -> Description> =
        vec![archivelog::description, backup_destination::description];
    if profile == Profile::Ee4353 {
        descriptions.push(backup_key::description);
    }
    for description in descriptions {
        let life = Life::new(description, profile);
        life.passes();
        sent.extend(life.cluster.statements_with_secrets());
    }
    sent.extend(operations::statements(profile));
    sent.extend(runs::statements(profile));
    sent
}

/// A resource with a cluster to itself.
struct Life {
    description: Description,
    cluster: Cluster,
    provider: Json,
}

impl Life {
    fn new(description: fn(&dyn Stage) -> Description, profile: Profile) -> Self {
        let cluster = Cluster::start(profile);
        if profile != Profile::Ce4210 {
            // What `role_arn` needs.
            let sts = "sts_credential = 'sts_url=u&sts_ak=a&sts_sk=s'";
            cluster.sys(&format!("ALTER SYSTEM SET {sts} {}", of_tenant(&cluster)));
        }
        let mut provider = cluster.provider_block();
        provider["storage_profiles"] = storage::profiles();
        provider["expected_cluster"] = json!({ "name": "obcluster" });
        Self {
            description: description(&cluster),
            cluster,
            provider,
        }
    }

    fn passes(&self) {
        let Description { resource, base, .. } = &self.description;
        self.reads_data();
        let mut state = self.changed(&Value::Null, base);
        let mut config = base.clone();
        let updates = self.description.updates.iter().map(|update| update.patch.clone());
        for patch in updates.chain(rotation_with_limits()) {
            let next = patched(&config, &patch);
            // A release refuses what it cannot do; which one does is what the conformance tests show.
            let outcome = self.plugin().change(resource, &state, &next);
            if outcome.errors().is_empty() {
                (state, config) = (outcome.state, next);
            }
        }
        for drift in &self.description.drifts {
            if (drift.possible)(&self.cluster) {
                let config = patched(base, &drift.patch);
                state = self.changed(&state, &config);
                (drift.act)(&self.cluster);
                let read = self.plugin().read(resource, &state).succeeded();
                state = self.changed(&read, &config);
            }
        }
        state = self.moves_while_a_backup_runs(&state);
        self.looks_from_inside_the_tenant();
        for ending in &self.description.endings {
            let config = patched(base, &json!({ "on_destroy": ending.on_destroy }));
            state = self.changed(&state, &config);
            state = self.changed(&state, &Json::Null);
        }
    }

    fn reads_data(&self) {
        self.plugin().data("oceanbase_cluster", &json!({})).succeeded();
        let filtered = json!({ "mode": "mysql", "role": "primary", "include_unavailable": true });
        self.plugin().data("oceanbase_tenants", &filtered).succeeded();
    }

    /// A login of a user tenant is shown other views.
    fn looks_from_inside_the_tenant(&self) {
        let provider = json!({ "endpoints": [self.cluster.endpoint()], "tenant": self.cluster.tenant() });
        let plugin = Plugin::configured(&provider);
        // What cannot be imported is looked for all the same.
        let found = plugin.import(self.description.resource, self.cluster.tenant());
        if self.description.recorded.is_none() {
            found.succeeded();
        }
    }

    fn moves_while_a_backup_runs(&self, state: &Value) -> Value {
        let cancels = json!({ "on_running_backup": "cancel" });
        let cancels = (self.description.resource == "oceanbase_backup_destination").then_some(cancels);
        let (tenant, duration) = (self.cluster.tenant(), Duration::from_secs(3600));
        self.cluster
            .control(|cluster| cluster.start_backup_job(tenant, duration))
            .unwrap();
        let elsewhere = patched(&self.description.base, &json!({ "storage": { "path": "/elsewhere" } }));
        let elsewhere = patched(&elsewhere, &cancels.unwrap_or(json!({})));
        self.changed(state, &elsewhere)
    }

    /// The state after plan and apply.
    #[track_caller]
    fn changed(&self, state: &Value, config: &Json) -> Value {
        self.plugin()
            .change(self.description.resource, state, config)
            .succeeded()
    }

    /// One process for each change, as with Terraform, which plans a resource but once in a process.
    fn plugin(&self) -> Plugin {
        Plugin::configured(&self.provider)
    }
}

/// Another key and other limits in one statement, beyond what the conformance tests describe; then back to the base.
fn rotation_with_limits() -> [Json; 3] {
    let storage = |patch: Json| json!({ "storage": patch });
    [
        storage(json!({
            "type": "oss", "bucket": "b", "host": "h2", "path": "both",
            "access_id": "id1", "access_key_wo": "it's a \\ \"key\"", "access_key_wo_version": "1",
        })),
        storage(json!({
            "access_key_wo": "key-2", "access_key_wo_version": "2", "max_iops": 100, "max_bandwidth": "10MB",
        })),
        storage(json!({
            "access_key_wo": "key-3", "access_key_wo_version": "3", "max_iops": null, "max_bandwidth": null,
        })),
    ]
}
