//! The RPCs, one by one, over the bare protocol.

use crate::connection::{Channel, Connection, Process};
use crate::values::{Schemas, decode, encode, known, summaries, unknown};
use prost::bytes::Bytes;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tfplugin::proto::tfplugin6::provider_client::ProviderClient;
use tfplugin::proto::tfplugin6::*;
use tfplugin::{Number, Type, Value};
use tokio::task::JoinHandle;
use tonic::Code;

/// A provider, a connection to it, and its directory.
struct Sample {
    _process: Process,
    _connection: Connection,
    client: ProviderClient<Channel>,
    directory: TempDir,
    schemas: Schemas,
}

impl Sample {
    async fn unconfigured() -> Self {
        let process = Process::start();
        let mut connection = process.connect().await;
        let mut client = connection.provider();
        let schemas = client
            .get_provider_schema(get_provider_schema::Request {})
            .await
            .unwrap()
            .into_inner();
        let directory = tempfile::tempdir().unwrap();
        Self {
            _process: process,
            _connection: connection,
            client,
            directory,
            schemas: Schemas(schemas),
        }
    }

    async fn configured() -> Self {
        let mut sample = Self::unconfigured().await;
        configure(&mut sample.client, &sample.schemas, sample.directory.path()).await;
        sample
    }

    fn thing(&self, json: Json) -> Option<DynamicValue> {
        encode(&json, &self.schemas.thing())
    }

    async fn plan(&mut self, prior: Json, config: Json) -> plan_resource_change::Response {
        let request = plan_resource_change::Request {
            type_name: "sample_thing".to_owned(),
            prior_state: self.thing(prior),
            proposed_new_state: self.thing(config.clone()),
            config: self.thing(config),
            prior_private: Bytes::from_static(b"private"),
            ..Default::default()
        };
        self.client.plan_resource_change(request).await.unwrap().into_inner()
    }

    async fn apply(&mut self, prior: Json, config: Json) -> apply_resource_change::Response {
        let planned = self.plan(prior.clone(), config.clone()).await;
        let request = apply_resource_change::Request {
            type_name: "sample_thing".to_owned(),
            prior_state: self.thing(prior),
            planned_state: planned.planned_state,
            config: self.thing(config),
            planned_private: planned.planned_private,
            planned_identity: planned.planned_identity,
            ..Default::default()
        };
        self.client.apply_resource_change(request).await.unwrap().into_inner()
    }

    /// Creates a thing and gives its state.
    async fn create(&mut self, config: Json) -> Json {
        let response = self.apply(Json::Null, config).await;
        assert_eq!(summaries(&response.diagnostics), [""; 0]);
        known(&decode(response.new_state, &self.schemas.thing()))
    }

    async fn read(&mut self, state: Json) -> read_resource::Response {
        let request = read_resource::Request {
            type_name: "sample_thing".to_owned(),
            current_state: self.thing(state),
            private: Bytes::from_static(b"private"),
            ..Default::default()
        };
        self.client.read_resource(request).await.unwrap().into_inner()
    }

    async fn validate(&mut self, config: Json) -> Vec<Diagnostic> {
        let request = validate_resource_config::Request {
            type_name: "sample_thing".to_owned(),
            config: self.thing(config),
            client_capabilities: Some(ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            }),
        };
        self.client
            .validate_resource_config(request)
            .await
            .unwrap()
            .into_inner()
            .diagnostics
    }

    async fn upgrade(&mut self, version: i64, json: &'static str) -> upgrade_resource_state::Response {
        let request = upgrade_resource_state::Request {
            type_name: "sample_thing".to_owned(),
            version,
            raw_state: Some(RawState {
                json: json.into(),
                ..Default::default()
            }),
        };
        self.client.upgrade_resource_state(request).await.unwrap().into_inner()
    }

    async fn import(&mut self, id: &str, identity: Option<Json>) -> import_resource_state::Response {
        let kind = identity_type();
        let request = import_resource_state::Request {
            type_name: "sample_thing".to_owned(),
            id: id.to_owned(),
            identity: identity.map(|json| ResourceIdentityData {
                identity_data: encode(&json, &kind),
            }),
            ..Default::default()
        };
        self.client.import_resource_state(request).await.unwrap().into_inner()
    }

    async fn title(&mut self, name: &str) -> read_data_source::Response {
        let request = read_data_source::Request {
            type_name: "sample_title".to_owned(),
            config: encode(&json!({ "name": name }), &self.schemas.title()),
            ..Default::default()
        };
        self.client.read_data_source(request).await.unwrap().into_inner()
    }

    async fn call(&mut self, arguments: &[Json]) -> call_function::Response {
        let arguments = arguments
            .iter()
            .map(|json| encode(json, &Type::String).unwrap())
            .collect();
        let request = call_function::Request {
            name: "join".to_owned(),
            arguments,
        };
        self.client.call_function(request).await.unwrap().into_inner()
    }
}

async fn configure(client: &mut ProviderClient<Channel>, schemas: &Schemas, directory: &Path) {
    let config = encode(&json!({ "directory": directory }), &schemas.provider());
    let request = configure_provider::Request {
        config,
        ..Default::default()
    };
    let response = client.configure_provider(request).await.unwrap().into_inner();
    assert_eq!(summaries(&response.diagnostics), [""; 0]);
}

/// Configures a provider and begins an apply that lasts until it is stopped; gives the summary of how it ended.
pub(crate) async fn begin_to_wait(client: &mut ProviderClient<Channel>, directory: &Path) -> JoinHandle<String> {
    let schemas = client.get_provider_schema(get_provider_schema::Request {}).await;
    let schemas = Schemas(schemas.unwrap().into_inner());
    configure(client, &schemas, directory).await;
    let config = json!({ "name": "wait" });
    let request = apply_resource_change::Request {
        type_name: "sample_thing".to_owned(),
        planned_state: encode(&config, &schemas.thing()),
        config: encode(&config, &schemas.thing()),
        ..Default::default()
    };
    let mut client = client.clone();
    tokio::spawn(async move {
        let response = client.apply_resource_change(request).await.unwrap().into_inner();
        response.diagnostics[0].summary.clone()
    })
}

/// Returns when the apply has begun to wait.
pub(crate) async fn until_waiting(directory: &Path) {
    let waiting = async {
        while !directory.join("waiting.json").exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap();
}

fn identity_type() -> Type {
    Type::object([("name", Type::String), ("place", Type::String)])
}

fn identity_name(identity: Option<ResourceIdentityData>) -> Option<String> {
    decode(identity?.identity_data, &identity_type())
        .attribute("name")?
        .as_str()
        .map(str::to_owned)
}

#[tokio::test]
async fn the_schema_says_all_there_is() {
    let sample = Sample::unconfigured().await;
    let schemas = &sample.schemas.0;
    let capabilities = schemas.server_capabilities.unwrap();
    assert!(capabilities.get_provider_schema_optional && capabilities.plan_destroy && capabilities.move_resource_state);
    let thing = &schemas.resource_schemas["sample_thing"];
    assert_eq!(thing.version, 1);
    let attribute = |name: &str| {
        let attributes = &thing.block.as_ref().unwrap().attributes;
        attributes.iter().find(|attribute| attribute.name == name).unwrap()
    };
    assert!(attribute("name").required);
    assert!(attribute("title").optional && attribute("title").computed);
    assert!(attribute("secret").write_only && attribute("secret").sensitive);
    assert_eq!(attribute("tags").r#type, r#"["map","string"]"#);
    let join = &schemas.functions["join"];
    assert_eq!((join.parameters.len(), join.variadic_parameter.is_some()), (1, true));
}

#[tokio::test]
async fn what_there_is_can_be_listed_without_schemas() {
    let mut client = Sample::unconfigured().await;
    let metadata = client
        .client
        .get_metadata(get_metadata::Request {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(metadata.resources[0].type_name, "sample_thing");
    assert_eq!(metadata.data_sources[0].type_name, "sample_title");
    assert_eq!(metadata.functions[0].name, "join");
    let functions = client
        .client
        .get_functions(get_functions::Request {})
        .await
        .unwrap()
        .into_inner();
    assert!(functions.functions.contains_key("join"));
    let request = get_resource_identity_schemas::Request {};
    let identities = client
        .client
        .get_resource_identity_schemas(request)
        .await
        .unwrap()
        .into_inner();
    assert!(identities.identity_schemas["sample_thing"].identity_attributes[0].required_for_import);
}

#[tokio::test]
async fn what_is_not_served_is_not_implemented() {
    let mut sample = Sample::unconfigured().await;
    let request = open_ephemeral_resource::Request::default();
    let status = sample.client.open_ephemeral_resource(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn validation_needs_no_configured_provider() {
    let mut sample = Sample::unconfigured().await;
    assert_eq!(
        summaries(&sample.validate(json!({ "name": "a", "secret": "s" })).await),
        [""; 0]
    );
    let found = sample.validate(json!({ "name": "invalid" })).await;
    assert_eq!(summaries(&found), ["Invalid thing"]);
    let path = found[0].attribute.as_ref().unwrap();
    assert_eq!(
        path.steps[0].selector,
        Some(attribute_path::step::Selector::AttributeName("name".to_owned()))
    );
}

#[tokio::test]
async fn rules_across_attributes_wait_until_all_is_known() {
    let mut sample = Sample::unconfigured().await;
    let found = sample.validate(json!({ "name": "invalid", "title": "unknown" })).await;
    assert_eq!(summaries(&found), [""; 0]);
}

#[tokio::test]
async fn a_terraform_that_would_store_write_only_values_is_refused() {
    let mut sample = Sample::unconfigured().await;
    let request = validate_resource_config::Request {
        type_name: "sample_thing".to_owned(),
        config: sample.thing(json!({ "name": "a", "secret": "s" })),
        client_capabilities: None,
    };
    let found = sample
        .client
        .validate_resource_config(request)
        .await
        .unwrap()
        .into_inner()
        .diagnostics;
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn a_provider_block_is_checked() {
    let mut sample = Sample::unconfigured().await;
    let config = encode(&json!({}), &sample.schemas.provider());
    let request = validate_provider_config::Request { config };
    let found = sample
        .client
        .validate_provider_config(request)
        .await
        .unwrap()
        .into_inner()
        .diagnostics;
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn nothing_is_read_planned_or_applied_before_configuring() {
    let mut sample = Sample::unconfigured().await;
    let refusal = ["The provider is not configured"];
    assert_eq!(
        summaries(&sample.read(json!({ "name": "a" })).await.diagnostics),
        refusal
    );
    assert_eq!(
        summaries(&sample.plan(Json::Null, json!({ "name": "a" })).await.diagnostics),
        refusal
    );
    let request = apply_resource_change::Request {
        type_name: "sample_thing".to_owned(),
        planned_state: sample.thing(json!({ "name": "a" })),
        ..Default::default()
    };
    let response = sample.client.apply_resource_change(request).await.unwrap().into_inner();
    assert_eq!(summaries(&response.diagnostics), refusal);
}

#[tokio::test]
async fn unknown_types_and_unreadable_values_are_diagnostics() {
    let mut sample = Sample::configured().await;
    let request = read_resource::Request {
        type_name: "sample_other".to_owned(),
        ..Default::default()
    };
    let response = sample.client.read_resource(request).await.unwrap().into_inner();
    assert_eq!(summaries(&response.diagnostics), ["Unknown resource type"]);
    let damaged = DynamicValue {
        msgpack: Bytes::from_static(&[0xc1, 0xff]),
        ..Default::default()
    };
    let request = read_resource::Request {
        type_name: "sample_thing".to_owned(),
        current_state: Some(damaged),
        ..Default::default()
    };
    let response = sample.client.read_resource(request).await.unwrap().into_inner();
    assert_eq!(summaries(&response.diagnostics), ["Unreadable state"]);
}

#[tokio::test]
async fn a_create_is_planned_with_defaults_and_unknowns() {
    let mut sample = Sample::configured().await;
    let config = json!({ "name": "a", "secret": "s", "owner": { "name": "o" } });
    let response = sample.plan(Json::Null, config).await;
    assert_eq!(summaries(&response.diagnostics), [""; 0]);
    assert_eq!(response.planned_private, "private");
    assert_eq!(identity_name(response.planned_identity).as_deref(), Some("a"));
    let planned = decode(response.planned_state, &sample.schemas.thing());
    assert_eq!(unknown(&planned), ["revision", "secret_length"]);
    let owner = json!({ "name": "o", "mail": "nobody@example.org" });
    assert_eq!(
        known(&planned),
        json!({ "name": "a", "title": "untitled", "owner": owner })
    );
}

#[tokio::test]
async fn what_was_applied_is_planned_as_it_is() {
    let mut sample = Sample::configured().await;
    let config = json!({ "name": "a", "size": 0.1 });
    let state = sample.create(config.clone()).await;
    let response = sample.plan(state.clone(), config).await;
    assert_eq!(known(&decode(response.planned_state, &sample.schemas.thing())), state);
    assert_eq!(response.requires_replace, []);
}

#[tokio::test]
async fn a_new_name_means_a_new_thing() {
    let mut sample = Sample::configured().await;
    let state = sample.create(json!({ "name": "a" })).await;
    let response = sample.plan(state, json!({ "name": "b" })).await;
    let selector = response.requires_replace[0].steps[0].selector.clone();
    assert_eq!(
        selector,
        Some(attribute_path::step::Selector::AttributeName("name".to_owned()))
    );
}

#[tokio::test]
async fn an_identity_that_is_unknown_is_planned_only_for_a_new_thing() {
    let mut sample = Sample::configured().await;
    let config = |name: &str| json!({ "name": name, "place": "unknown" });
    let new = sample.plan(Json::Null, config("a")).await;
    let state = sample.create(json!({ "name": "a", "place": "here" })).await;
    let replaced = sample.plan(state.clone(), config("b")).await;
    let updated = sample.plan(state, config("a")).await;
    for (plan, is_told) in [(new, true), (replaced, true), (updated, false)] {
        assert_eq!(summaries(&plan.diagnostics), [""; 0]);
        assert_eq!(plan.planned_identity.is_some(), is_told);
    }
}

#[tokio::test]
async fn a_destroy_is_planned_with_what_to_know_about_it() {
    let mut sample = Sample::configured().await;
    let state = sample.create(json!({ "name": "a" })).await;
    let response = sample.plan(state, Json::Null).await;
    assert_eq!(summaries(&response.diagnostics), ["A thing goes away"]);
    assert!(decode(response.planned_state, &sample.schemas.thing()).is_null());
    assert_eq!(response.planned_private, "private");
}

#[tokio::test]
async fn write_only_values_reach_the_resource_but_no_state() {
    let mut sample = Sample::configured().await;
    let response = sample
        .apply(Json::Null, json!({ "name": "a", "secret": "hidden" }))
        .await;
    assert_eq!(identity_name(response.new_identity).as_deref(), Some("a"));
    assert_eq!(response.private, "private");
    let state = decode(response.new_state, &sample.schemas.thing());
    assert_eq!(state.attribute("secret"), Some(&Value::Null));
    assert_eq!(state.attribute("secret_length"), Some(&Value::from(6)));
}

#[tokio::test]
async fn an_update_and_a_delete_are_applied() {
    let mut sample = Sample::configured().await;
    let state = sample.create(json!({ "name": "a" })).await;
    let response = sample.apply(state, json!({ "name": "a", "title": "t" })).await;
    let state = known(&decode(response.new_state, &sample.schemas.thing()));
    assert_eq!(state, json!({ "name": "a", "title": "t", "revision": 2 }));
    let response = sample.apply(state.clone(), Json::Null).await;
    assert!(decode(response.new_state, &sample.schemas.thing()).is_null());
    let response = sample.read(state).await;
    assert!(decode(response.new_state, &sample.schemas.thing()).is_null());
}

#[tokio::test]
async fn a_failed_create_leaves_no_state_and_a_failed_update_the_old_one() {
    let mut sample = Sample::configured().await;
    let response = sample.apply(Json::Null, json!({ "name": "refuse" })).await;
    assert_eq!(summaries(&response.diagnostics), ["Refused"]);
    assert!(decode(response.new_state, &sample.schemas.thing()).is_null());
    let state = json!({ "name": "refuse", "title": "old", "revision": 1 });
    let response = sample.apply(state.clone(), json!({ "name": "refuse" })).await;
    assert_eq!(summaries(&response.diagnostics), ["Refused"]);
    assert_eq!(known(&decode(response.new_state, &sample.schemas.thing())), state);
}

#[tokio::test]
async fn a_failed_update_that_gives_no_proper_state_keeps_the_old_one() {
    let mut sample = Sample::configured().await;
    let state = json!({ "name": "vague", "title": "old", "revision": 1 });
    let response = sample.apply(state, json!({ "name": "vague" })).await;
    let invalid = "Provider produced an invalid object";
    assert_eq!(summaries(&response.diagnostics), ["Half done", invalid, invalid]);
    // Terraform takes an absent state with an error for "as it was".
    assert_eq!(response.new_state, None);
}

#[tokio::test]
async fn a_result_that_breaks_the_plan_is_not_stored() {
    let mut sample = Sample::configured().await;
    let response = sample.apply(Json::Null, json!({ "name": "other" })).await;
    assert_eq!(
        summaries(&response.diagnostics),
        ["Provider produced an inconsistent result after apply"]
    );
    assert_eq!(response.new_state, None);
}

#[tokio::test]
async fn a_read_gives_back_state_identity_and_private_data() {
    let mut sample = Sample::configured().await;
    let state = sample.create(json!({ "name": "a", "labels": ["x", "y"] })).await;
    let response = sample.read(state.clone()).await;
    assert_eq!(known(&decode(response.new_state, &sample.schemas.thing())), state);
    assert_eq!(response.private, "private");
    assert_eq!(identity_name(response.new_identity).as_deref(), Some("a"));
}

#[tokio::test]
async fn a_state_of_the_present_version_is_not_touched() {
    let mut sample = Sample::unconfigured().await;
    let json = r#"{ "name":"a",  "unheard_of": 1.0 }"#;
    assert_eq!(sample.upgrade(1, json).await.upgraded_state.unwrap().json, json);
}

#[tokio::test]
async fn an_older_state_is_lifted() {
    let mut sample = Sample::unconfigured().await;
    let response = sample
        .upgrade(0, r#"{ "name": "a", "label": "l", "secret": "leaked" }"#)
        .await;
    let state = decode(response.upgraded_state, &sample.schemas.thing());
    assert_eq!(known(&state), json!({ "name": "a", "title": "l" }));
}

#[tokio::test]
async fn an_older_state_keeps_all_digits_of_its_numbers() {
    let mut sample = Sample::unconfigured().await;
    let response = sample
        .upgrade(0, r#"{ "name": "a", "size": 12345678901234567890123.5 }"#)
        .await;
    let state = decode(response.upgraded_state, &sample.schemas.thing());
    let size: Number = "12345678901234567890123.5".parse().unwrap();
    assert_eq!(state.attribute("size"), Some(&Value::Number(size)));
}

#[tokio::test]
async fn a_state_that_is_not_json_is_a_diagnostic() {
    let mut sample = Sample::unconfigured().await;
    assert_eq!(
        summaries(&sample.upgrade(0, "").await.diagnostics),
        ["Unreadable state"]
    );
    assert_eq!(
        summaries(&sample.upgrade(1, "").await.diagnostics),
        ["Unreadable state"]
    );
}

#[tokio::test]
async fn an_identity_of_the_present_version_is_not_touched() {
    let mut sample = Sample::unconfigured().await;
    let upgrade = |version| upgrade_resource_identity::Request {
        type_name: "sample_thing".to_owned(),
        version,
        raw_identity: Some(RawState {
            json: r#"{"name":"a"}"#.into(),
            ..Default::default()
        }),
    };
    let response = sample
        .client
        .upgrade_resource_identity(upgrade(0))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        response.upgraded_identity.unwrap().identity_data.unwrap().json,
        r#"{"name":"a"}"#
    );
    let response = sample
        .client
        .upgrade_resource_identity(upgrade(7))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(summaries(&response.diagnostics), ["Unknown identity version"]);
}

#[tokio::test]
async fn a_thing_is_imported_by_id_and_by_identity() {
    let mut sample = Sample::configured().await;
    let state = sample.create(json!({ "name": "a" })).await;
    for (id, identity) in [("a", None), ("", Some(json!({ "name": "a" })))] {
        let mut response = sample.import(id, identity).await;
        let imported = response.imported_resources.pop().unwrap();
        assert_eq!(imported.type_name, "sample_thing");
        assert_eq!(known(&decode(imported.state, &sample.schemas.thing())), state);
        assert_eq!(identity_name(imported.identity).as_deref(), Some("a"));
    }
}

#[tokio::test]
async fn what_is_not_there_cannot_be_imported() {
    let mut sample = Sample::configured().await;
    let response = sample.import("missing", None).await;
    assert_eq!(summaries(&response.diagnostics), ["Cannot import what does not exist"]);
}

#[tokio::test]
async fn a_state_moves_between_types_if_the_resource_takes_it() {
    let mut sample = Sample::unconfigured().await;
    let request = |source_type_name: &str| move_resource_state::Request {
        source_type_name: source_type_name.to_owned(),
        source_state: Some(RawState {
            json: r#"{"input":{"value":"a"}}"#.into(),
            ..Default::default()
        }),
        target_type_name: "sample_thing".to_owned(),
        ..Default::default()
    };
    let response = sample
        .client
        .move_resource_state(request("terraform_data"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        known(&decode(response.target_state, &sample.schemas.thing())),
        json!({ "name": "a" })
    );
    assert_eq!(identity_name(response.target_identity).as_deref(), Some("a"));
    let response = sample
        .client
        .move_resource_state(request("null_resource"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(summaries(&response.diagnostics), ["Cannot move between these types"]);
}

#[tokio::test]
async fn a_data_source_is_read_with_defaults() {
    let mut sample = Sample::configured().await;
    let response = sample.title("missing").await;
    let expected = json!({ "name": "missing", "fallback": "none", "title": "none" });
    assert_eq!(known(&decode(response.state, &sample.schemas.title())), expected);
}

#[tokio::test]
async fn a_data_source_that_reads_nothing_or_something_unknown_is_reported() {
    let mut sample = Sample::configured().await;
    assert_eq!(
        summaries(&sample.title("nothing").await.diagnostics),
        ["The provider read nothing"]
    );
    assert_eq!(
        summaries(&sample.title("vague").await.diagnostics),
        ["Provider produced an invalid object"]
    );
}

#[tokio::test]
async fn a_data_source_is_checked() {
    let mut sample = Sample::unconfigured().await;
    let config = encode(&json!({}), &sample.schemas.title());
    let request = validate_data_resource_config::Request {
        type_name: "sample_title".to_owned(),
        config,
    };
    let found = sample
        .client
        .validate_data_resource_config(request)
        .await
        .unwrap()
        .into_inner()
        .diagnostics;
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn a_function_is_called_without_a_configuration() {
    let mut sample = Sample::unconfigured().await;
    let response = sample.call(&[json!("-"), json!("a"), json!("b")]).await;
    assert_eq!(decode(response.result, &Type::String), Value::from("a-b"));
}

#[tokio::test]
async fn a_function_says_which_argument_is_wrong() {
    let mut sample = Sample::unconfigured().await;
    let fault = |response: call_function::Response| response.error.unwrap().function_argument;
    assert_eq!(fault(sample.call(&[json!("-"), json!("a"), json!("")]).await), Some(2));
    assert_eq!(fault(sample.call(&[json!(null)]).await), Some(0));
    assert_eq!(fault(sample.call(&[json!("-"), json!("unknown")]).await), Some(1));
    assert_eq!(fault(sample.call(&[]).await), None);
    let request = call_function::Request {
        name: "split".to_owned(),
        arguments: Vec::new(),
    };
    let response = sample.client.call_function(request).await.unwrap().into_inner();
    assert!(response.error.unwrap().text.contains("split"));
}

#[tokio::test]
async fn a_crash_is_a_diagnostic_that_gives_nothing_away() {
    let mut sample = Sample::configured().await;
    let response = sample
        .apply(Json::Null, json!({ "name": "crash", "secret": "hidden" }))
        .await;
    assert_eq!(summaries(&response.diagnostics), ["The provider crashed"]);
    let detail = &response.diagnostics[0].detail;
    assert!(detail.contains("thing.rs:") && !detail.contains("hidden"), "{detail}");
    assert!(sample.create(json!({ "name": "a" })).await.is_object());

    let Sample {
        _process: process,
        _connection: mut connection,
        ..
    } = sample;
    connection.shutdown().await;
    let (_, stderr) = process.end().await;
    assert!(stderr.contains("thing.rs:") && !stderr.contains("hidden"), "{stderr}");
}

#[tokio::test]
async fn a_stop_ends_what_runs_and_what_comes_later() {
    let mut sample = Sample::unconfigured().await;
    let running = begin_to_wait(&mut sample.client, sample.directory.path()).await;
    until_waiting(sample.directory.path()).await;
    let response = sample.client.stop_provider(stop_provider::Request {}).await;
    assert_eq!(response.unwrap().into_inner().error, "");
    assert_eq!(running.await.unwrap(), "Interrupted");
    let later = begin_to_wait(&mut sample.client, sample.directory.path()).await;
    assert_eq!(later.await.unwrap(), "Not begun");
}

#[tokio::test]
async fn a_large_value_is_taken() {
    let mut sample = Sample::unconfigured().await;
    let config = json!({ "name": "a", "title": "t".repeat(5 << 20) });
    assert_eq!(summaries(&sample.validate(config).await), [""; 0]);
}

/// What an action tells on its way, and the summaries of how it ended.
async fn invoke(sample: &mut Sample, config: Json) -> (Vec<String>, Vec<String>) {
    use invoke_action::event::Type;
    let request = invoke_action::Request {
        action_type: "sample_shout".to_owned(),
        config: encode(&config, &sample.schemas.shout()),
        ..Default::default()
    };
    let mut events = sample.client.invoke_action(request).await.unwrap().into_inner();
    let (mut told, mut ended) = (Vec::new(), None);
    while let Some(event) = events.message().await.unwrap() {
        assert_eq!(ended, None::<Vec<String>>, "nothing comes after the end");
        match event.r#type.unwrap() {
            Type::Progress(progress) => told.push(progress.message),
            Type::Completed(completed) => {
                let summaries = summaries(&completed.diagnostics).into_iter();
                ended = Some(summaries.map(str::to_owned).collect());
            }
        }
    }
    (told, ended.unwrap())
}

#[tokio::test]
async fn an_action_tells_how_far_it_is_and_how_it_ended() {
    let mut sample = Sample::configured().await;
    let shouted = invoke(&mut sample, json!({ "word": "hey", "times": 3 })).await;
    assert_eq!(shouted, (vec!["hey".to_owned(); 3], vec![]));
    let by_default = invoke(&mut sample, json!({ "word": "sorry" })).await;
    assert_eq!(by_default, (vec!["sorry".to_owned(); 2], vec!["Sorry".to_owned()]));
}

#[tokio::test]
async fn an_action_that_crashes_ends_with_an_error() {
    let mut sample = Sample::configured().await;
    let (told, ended) = invoke(&mut sample, json!({ "word": "boom" })).await;
    assert_eq!((told.len(), ended), (2, vec!["The provider crashed".to_owned()]));
    let (_, ended) = invoke(&mut sample, json!({ "word": "fine" })).await;
    assert_eq!(ended, [""; 0], "the provider goes on");
}

#[tokio::test]
async fn an_action_is_interrupted_with_terraform() {
    let mut sample = Sample::configured().await;
    let mut other = sample.client.clone();
    let stop = async move { other.stop_provider(stop_provider::Request {}).await.unwrap() };
    let ((_, ended), _) = tokio::join!(invoke(&mut sample, json!({ "word": "forever" })), stop);
    assert_eq!(ended, ["Interrupted"]);
}

#[tokio::test]
async fn an_action_is_validated_and_planned_but_not_done() {
    let mut sample = Sample::configured().await;
    let kind = sample.schemas.shout();
    let validate = |config: Json| validate_action_config::Request {
        type_name: "sample_shout".to_owned(),
        config: encode(&config, &kind),
    };
    for (config, expected) in [
        (json!({ "word": "hey" }), vec![]),
        (json!({ "word": "" }), vec!["Nothing to say"]),
        (json!({ "times": 1 }), vec!["Missing `word`"]),
    ] {
        let answer = sample
            .client
            .validate_action_config(validate(config))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(summaries(&answer.diagnostics), expected);
    }
    let plan = |config: Option<DynamicValue>| plan_action::Request {
        action_type: "sample_shout".to_owned(),
        config,
        client_capabilities: None,
    };
    let known = plan(encode(&json!({ "word": "hey" }), &kind));
    let answer = sample.client.plan_action(known).await.unwrap().into_inner();
    assert_eq!(summaries(&answer.diagnostics), ["It will be loud"]);
    let unknown_word = Value::object([("word", Value::UNKNOWN), ("times", Value::Null)]);
    let unknown = plan(Some(DynamicValue {
        msgpack: unknown_word.to_msgpack(&kind).unwrap().into(),
        json: Bytes::new(),
    }));
    let answer = sample.client.plan_action(unknown).await.unwrap().into_inner();
    assert_eq!(summaries(&answer.diagnostics), [""; 0]);
}

#[tokio::test]
async fn an_action_that_is_not_there_ends_with_an_error() {
    let mut sample = Sample::configured().await;
    let request = invoke_action::Request {
        action_type: "sample_whisper".to_owned(),
        ..Default::default()
    };
    let mut events = sample.client.invoke_action(request).await.unwrap().into_inner();
    let event = events.message().await.unwrap().unwrap();
    let Some(invoke_action::event::Type::Completed(completed)) = event.r#type else {
        panic!("it goes on");
    };
    assert_eq!(summaries(&completed.diagnostics), ["Unknown action"]);
}

#[tokio::test]
async fn the_schema_of_an_action_has_no_results() {
    let sample = Sample::unconfigured().await;
    let schema = &sample.schemas.0.action_schemas["sample_shout"].schema;
    let attributes = &schema.as_ref().unwrap().block.as_ref().unwrap().attributes;
    assert!(
        attributes
            .iter()
            .all(|attribute| !attribute.computed && (attribute.optional || attribute.required))
    );
}
