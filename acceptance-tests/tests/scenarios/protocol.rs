//! What the command line does not show: single calls, in an order of the test's own.

use crate::{archivelog, destination};
use acceptance_tests::protocol::Security;
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};
use tfplugin::Value;

const DESTINATION: &str = "oceanbase_backup_destination";
const ARCHIVELOG: &str = "oceanbase_archivelog";

#[test]
fn with_certificates_on_both_sides_an_object_lives_and_dies() {
    let cluster = Cluster::start(Profile::Ee4353);
    let plugin = Plugin::start(Security::MutualTls);
    assert_eq!(plugin.configure(&cluster.provider_block()), []);
    let config = destination("mysql_tenant");
    let state = plugin.change(DESTINATION, &Value::Null, &config).succeeded();
    assert_eq!(plugin.read(DESTINATION, &state).succeeded(), state);
    let planned = plugin.plan(DESTINATION, &state, &config);
    assert_eq!((planned.state, planned.messages), (state.clone(), Vec::new()));
    assert!(plugin.change(DESTINATION, &state, &Json::Null).succeeded().is_null());
}

#[test]
fn only_another_tenant_is_another_object() {
    let cluster = Cluster::start(Profile::Ce4410);
    let plugin = Plugin::configured(&cluster.provider_block());
    for (resource, config, other) in [
        (ARCHIVELOG, archivelog("mysql_tenant"), archivelog("mysql_tenant_2")),
        (DESTINATION, destination("mysql_tenant"), destination("mysql_tenant_2")),
    ] {
        let state = plugin.change(resource, &Value::Null, &config).succeeded();
        let mut elsewhere = config.clone();
        elsewhere["storage"] = json!({
            "type": "oss", "bucket": "b", "host": "h", "path": resource, "access_id": "i", "access_key_wo": "k",
        });
        assert_eq!(plugin.plan(resource, &state, &elsewhere).requires_replace, [""; 0]);
        assert_eq!(plugin.plan(resource, &state, &other).requires_replace, ["tenant"]);
    }
}

#[test]
fn what_was_removed_behind_terraforms_back_is_gone() {
    let cluster = Cluster::start(Profile::Ce4410);
    let plugin = Plugin::configured(&cluster.provider_block());
    let state = plugin
        .change(DESTINATION, &Value::Null, &destination("mysql_tenant"))
        .succeeded();
    cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = mysql_tenant");
    let plugin = Plugin::configured(&cluster.provider_block());
    assert!(plugin.read(DESTINATION, &state).succeeded().is_null());
}

#[test]
fn a_state_of_another_schema_or_another_type_is_declined() {
    let plugin = Plugin::start(Security::None);
    let state = json!({ "tenant": "t", "storage": { "type": "nfs", "path": "/a" } });
    for resource in plugin.schemas().resources() {
        assert_eq!(plugin.upgrade(resource, 0, &state), []);
        let messages = plugin.upgrade(resource, 7, &state);
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].summary, "Unknown state version");
        let messages = plugin.take_over("null_resource", &json!({}), resource);
        assert!(messages.len() == 1 && messages[0].is_error, "{messages:?}");
    }
}

#[test]
fn a_provider_that_is_not_configured_says_so() {
    let plugin = Plugin::start(Security::None);
    let outcome = plugin.import(DESTINATION, "mysql_tenant");
    assert_eq!(outcome.errors().len(), 1);
    assert!(outcome.state.is_null());
}
