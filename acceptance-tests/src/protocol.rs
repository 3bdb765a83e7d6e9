//! A client of the bare protocol: the provider as a process, without a Terraform.

mod process;
mod schemas;

pub use process::{Security, time_to_introduction};
pub use schemas::Schemas;

use crate::provider_binary;
use process::{Channel, Process, origin};
use serde_json::Value as Json;
use std::path::Path;
use tfplugin::proto::tfplugin6::provider_client::ProviderClient;
use tfplugin::proto::tfplugin6::*;
use tfplugin::{Type, Value};
use tokio::runtime::Runtime;

/// A provider that runs, and a connection to it.
pub struct Plugin {
    runtime: Runtime,
    client: ProviderClient<Channel>,
    schemas: Schemas,
    process: Process,
}

/// What the provider tells the practitioner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Whether the operation failed.
    pub is_error: bool,
    /// The title.
    pub summary: String,
    /// The text.
    pub detail: String,
    /// The attribute that it is about, as a dotted path; empty when there is none.
    pub attribute: String,
}

/// A planned change.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The planned state.
    pub state: Value,
    /// The attributes whose change forces a replacement.
    pub requires_replace: Vec<String>,
    /// What the provider says.
    pub messages: Vec<Message>,
    private: Vec<u8>,
}

/// A state after an operation, and what the provider says.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The state; null when there is no object.
    pub state: Value,
    /// What the provider says.
    pub messages: Vec<Message>,
}

impl Outcome {
    /// The state, after an operation that has to succeed.
    #[track_caller]
    pub fn succeeded(self) -> Value {
        let errors: Vec<&Message> = self.messages.iter().filter(|message| message.is_error).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        self.state
    }

    /// The summaries of the errors.
    pub fn errors(&self) -> Vec<&str> {
        let errors = self.messages.iter().filter(|message| message.is_error);
        errors.map(|message| message.summary.as_str()).collect()
    }
}

impl Plugin {
    /// Starts the provider, and connects to it.
    pub fn start(security: Security) -> Self {
        Self::start_with(security, &[])
    }

    /// As [`Plugin::start`], with environment variables.
    pub fn start_with(security: Security, variables: &[(&str, &str)]) -> Self {
        Self::start_program(provider_binary::path(), security, variables)
    }

    /// As [`Plugin::start_with`], from another executable.
    pub fn start_program(program: &Path, security: Security, variables: &[(&str, &str)]) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be started");
        let process = Process::start(program, security, variables);
        let channel = runtime.block_on(process.connect());
        let mut client = ProviderClient::with_origin(channel, origin())
            .max_decoding_message_size(256 << 20)
            .max_encoding_message_size(256 << 20);
        let schemas = runtime.block_on(client.get_provider_schema(get_provider_schema::Request {}));
        Self {
            schemas: Schemas(answered(schemas)),
            client,
            runtime,
            process,
        }
    }

    /// Starts the provider, and configures it.
    #[track_caller]
    pub fn configured(provider_block: &Json) -> Self {
        Self::configured_with(provider_block, &[])
    }

    /// As [`Plugin::configured`], with environment variables.
    #[track_caller]
    pub fn configured_with(provider_block: &Json, variables: &[(String, String)]) -> Self {
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        let plugin = Self::start_with(Security::None, &variables);
        let messages = plugin.configure(provider_block);
        assert_eq!(messages, []);
        plugin
    }

    /// What the provider offers.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// Configures it, and gives what it says.
    pub fn configure(&self, provider_block: &Json) -> Vec<Message> {
        let kind = self.schemas.provider_type();
        let request = configure_provider::Request {
            terraform_version: "1.11.4".to_owned(),
            config: encode(&value(provider_block, &kind), &kind),
            ..Default::default()
        };
        messages(self.call(self.client.clone().configure_provider(request)).diagnostics)
    }

    /// Validates the provider block.
    pub fn validate_provider(&self, provider_block: &Json) -> Vec<Message> {
        let kind = self.schemas.provider_type();
        let config = encode(&value(provider_block, &kind), &kind);
        let request = validate_provider_config::Request { config };
        messages(
            self.call(self.client.clone().validate_provider_config(request))
                .diagnostics,
        )
    }

    /// Validates the configuration of a resource.
    pub fn validate(&self, resource: &str, config: &Json) -> Vec<Message> {
        let kind = self.schemas.resource_type(resource);
        let request = validate_resource_config::Request {
            type_name: resource.to_owned(),
            config: encode(&value(config, &kind), &kind),
            client_capabilities: Some(ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            }),
        };
        messages(
            self.call(self.client.clone().validate_resource_config(request))
                .diagnostics,
        )
    }

    /// Plans from a prior state (null for a create) to a configuration (null for a destroy).
    pub fn plan(&self, resource: &str, prior: &Value, config: &Json) -> Planned {
        let kind = self.schemas.resource_type(resource);
        let config = value(config, &kind);
        let request = plan_resource_change::Request {
            type_name: resource.to_owned(),
            prior_state: encode(prior, &kind),
            proposed_new_state: encode(&self.schemas.proposed(resource, prior, &config), &kind),
            config: encode(&config, &kind),
            ..Default::default()
        };
        let response = self.call(self.client.clone().plan_resource_change(request));
        Planned {
            state: decode(response.planned_state, &kind),
            requires_replace: response.requires_replace.iter().map(dotted).collect(),
            messages: messages(response.diagnostics),
            private: response.planned_private.into(),
        }
    }

    /// Carries a plan out.
    pub fn apply(&self, resource: &str, prior: &Value, planned: &Planned, config: &Json) -> Outcome {
        self.try_apply(resource, prior, planned, config)
            .unwrap_or_else(|status| panic!("{status}"))
    }

    /// Carries a plan out; `None` when the provider ends meanwhile.
    pub fn apply_unless_killed(
        &self,
        resource: &str,
        prior: &Value,
        planned: &Planned,
        config: &Json,
    ) -> Option<Outcome> {
        self.try_apply(resource, prior, planned, config).ok()
    }

    fn try_apply(
        &self,
        resource: &str,
        prior: &Value,
        planned: &Planned,
        config: &Json,
    ) -> Result<Outcome, tonic::Status> {
        let kind = self.schemas.resource_type(resource);
        let request = apply_resource_change::Request {
            type_name: resource.to_owned(),
            prior_state: encode(prior, &kind),
            planned_state: encode(&planned.state, &kind),
            config: encode(&value(config, &kind), &kind),
            planned_private: planned.private.clone().into(),
            ..Default::default()
        };
        let response = self
            .runtime
            .block_on(self.client.clone().apply_resource_change(request));
        let response = response?.into_inner();
        Ok(Outcome {
            state: decode(response.new_state, &kind),
            messages: messages(response.diagnostics),
        })
    }

    /// Plans and applies; a plan with errors is not applied.
    pub fn change(&self, resource: &str, prior: &Value, config: &Json) -> Outcome {
        let planned = self.plan(resource, prior, config);
        if planned.messages.iter().any(|message| message.is_error) {
            return Outcome {
                state: prior.clone(),
                messages: planned.messages,
            };
        }
        self.apply(resource, prior, &planned, config)
    }

    /// Reads an object again.
    pub fn read(&self, resource: &str, state: &Value) -> Outcome {
        self.read_all(resource, std::slice::from_ref(state)).remove(0)
    }

    /// Reads many objects, ten at a time, as Terraform does.
    pub fn read_all(&self, resource: &str, states: &[Value]) -> Vec<Outcome> {
        use futures_util::StreamExt;
        let kind = self.schemas.resource_type(resource);
        let reads = states.iter().map(|state| {
            let mut client = self.client.clone();
            let request = read_resource::Request {
                type_name: resource.to_owned(),
                current_state: encode(state, &kind),
                ..Default::default()
            };
            async move { answered(client.read_resource(request).await) }
        });
        let reads = futures_util::stream::iter(reads.collect::<Vec<_>>()).buffered(10);
        let responses: Vec<read_resource::Response> = self.runtime.block_on(reads.collect());
        let outcomes = responses.into_iter().map(|response| Outcome {
            state: decode(response.new_state, &kind),
            messages: messages(response.diagnostics),
        });
        outcomes.collect()
    }

    /// The identity of a stored object, all of whose attributes are text; null ones are empty.
    pub fn identity(&self, resource: &str, state: &Value, names: &[&str]) -> Vec<String> {
        let request = read_resource::Request {
            type_name: resource.to_owned(),
            current_state: encode(state, &self.schemas.resource_type(resource)),
            ..Default::default()
        };
        let response = self.call(self.client.clone().read_resource(request));
        let kind = Type::object(names.iter().map(|name| (*name, Type::String)));
        let identity = decode(response.new_identity.and_then(|identity| identity.identity_data), &kind);
        let text = |name: &&str| {
            identity
                .attribute(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        names.iter().map(text).collect()
    }

    /// Imports by ID.
    pub fn import(&self, resource: &str, id: &str) -> Outcome {
        self.import_with(resource, id, None)
    }

    /// Imports by identity, all of whose attributes are text.
    pub fn import_by_identity(&self, resource: &str, identity: &[(&str, &str)]) -> Outcome {
        let kind = Type::object(identity.iter().map(|(name, _)| (*name, Type::String)));
        let value = Value::object(identity.iter().map(|(name, text)| (*name, *text)));
        let identity_data = encode(&value, &kind);
        self.import_with(resource, "", Some(ResourceIdentityData { identity_data }))
    }

    fn import_with(&self, resource: &str, id: &str, identity: Option<ResourceIdentityData>) -> Outcome {
        let request = import_resource_state::Request {
            type_name: resource.to_owned(),
            id: id.to_owned(),
            identity,
            ..Default::default()
        };
        let mut response = self.call(self.client.clone().import_resource_state(request));
        let kind = self.schemas.resource_type(resource);
        Outcome {
            state: match response.imported_resources.pop() {
                Some(imported) => decode(imported.state, &kind),
                None => Value::Null,
            },
            messages: messages(response.diagnostics),
        }
    }

    /// Lifts a stored state to the present schema.
    pub fn upgrade(&self, resource: &str, version: i64, state: &Json) -> Vec<Message> {
        let request = upgrade_resource_state::Request {
            type_name: resource.to_owned(),
            version,
            raw_state: Some(RawState {
                json: state.to_string().into(),
                ..Default::default()
            }),
        };
        messages(
            self.call(self.client.clone().upgrade_resource_state(request))
                .diagnostics,
        )
    }

    /// Offers the state of another type, as a `moved` block does.
    pub fn take_over(&self, source: &str, state: &Json, target: &str) -> Vec<Message> {
        let request = move_resource_state::Request {
            source_provider_address: "registry.terraform.io/example/other".to_owned(),
            source_type_name: source.to_owned(),
            source_state: Some(RawState {
                json: state.to_string().into(),
                ..Default::default()
            }),
            target_type_name: target.to_owned(),
            ..Default::default()
        };
        messages(self.call(self.client.clone().move_resource_state(request)).diagnostics)
    }

    /// Reads a data source.
    pub fn data(&self, data_source: &str, config: &Json) -> Outcome {
        let kind = self.schemas.data_source_type(data_source);
        let request = read_data_source::Request {
            type_name: data_source.to_owned(),
            config: encode(&value(config, &kind), &kind),
            ..Default::default()
        };
        let response = self.call(self.client.clone().read_data_source(request));
        Outcome {
            state: decode(response.state, &kind),
            messages: messages(response.diagnostics),
        }
    }

    /// What an action says when it is planned.
    pub fn plan_action(&self, action: &str, config: &Json) -> Vec<Message> {
        let kind = self.schemas.action_type(action);
        let request = plan_action::Request {
            action_type: action.to_owned(),
            config: encode(&value(config, &kind), &kind),
            ..Default::default()
        };
        messages(self.call(self.client.clone().plan_action(request)).diagnostics)
    }

    /// Does what an action does: what it tells on its way, and what it says in the end.
    pub fn invoke(&self, action: &str, config: &Json) -> (Vec<String>, Vec<Message>) {
        use invoke_action::event::Type;
        let kind = self.schemas.action_type(action);
        let request = invoke_action::Request {
            action_type: action.to_owned(),
            config: encode(&value(config, &kind), &kind),
            ..Default::default()
        };
        let mut client = self.client.clone();
        self.runtime.block_on(async {
            let mut events = answered(client.invoke_action(request).await);
            let mut told = Vec::new();
            loop {
                let event = events.message().await.unwrap_or_else(|status| panic!("{status}"));
                match event.and_then(|event| event.r#type) {
                    Some(Type::Progress(progress)) => told.push(progress.message),
                    Some(Type::Completed(completed)) => return (told, messages(completed.diagnostics)),
                    None => panic!("the events of an action end with its end"),
                }
            }
        })
    }

    /// Calls a function; an error with the number of the argument at fault.
    pub fn function(&self, name: &str, arguments: &[Json]) -> Result<Json, (Option<i64>, String)> {
        let (parameters, result) = self.schemas.function(name);
        let arguments = arguments.iter().zip(&parameters);
        let request = call_function::Request {
            name: name.to_owned(),
            arguments: arguments
                .filter_map(|(json, kind)| encode(&value(json, kind), kind))
                .collect(),
        };
        let response = self.call(self.client.clone().call_function(request));
        match response.error {
            Some(error) => Err((error.function_argument, error.text)),
            None => Ok(decode(response.result, &result)
                .to_json(&result)
                .expect("a result is wholly known")),
        }
    }

    /// The number of its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it without warning, as SIGKILL does.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Tells it that the practitioner wants to stop.
    pub fn stop(&self) {
        self.call(self.client.clone().stop_provider(stop_provider::Request {}));
    }

    fn call<R>(&self, response: impl Future<Output = Result<tonic::Response<R>, tonic::Status>>) -> R {
        answered(self.runtime.block_on(response))
    }
}

/// A value of the type; what the JSON leaves out is null, and the text `(unknown)` is known after apply.
pub fn value(json: &Json, kind: &Type) -> Value {
    let value = Value::from_json(json, kind).unwrap_or_else(|error| panic!("{error}: {json}"));
    value.transform(&mut |_, value| match value.as_str() {
        Some("(unknown)") => Value::UNKNOWN,
        _ => value,
    })
}

fn answered<R>(response: Result<tonic::Response<R>, tonic::Status>) -> R {
    response.unwrap_or_else(|status| panic!("{status}")).into_inner()
}

fn encode(value: &Value, kind: &Type) -> Option<DynamicValue> {
    let msgpack = value.to_msgpack(kind).expect("the value is of its type");
    Some(DynamicValue {
        msgpack: msgpack.into(),
        ..Default::default()
    })
}

fn decode(value: Option<DynamicValue>, kind: &Type) -> Value {
    match value {
        Some(value) if !value.msgpack.is_empty() => {
            Value::from_msgpack(&value.msgpack, kind).expect("the provider sends values of its types")
        }
        Some(_) | None => Value::Null,
    }
}

fn messages(diagnostics: Vec<Diagnostic>) -> Vec<Message> {
    let message = |diagnostic: Diagnostic| Message {
        is_error: diagnostic.severity() == diagnostic::Severity::Error,
        attribute: diagnostic.attribute.as_ref().map(dotted).unwrap_or_default(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
    };
    diagnostics.into_iter().map(message).collect()
}

fn dotted(path: &AttributePath) -> String {
    use attribute_path::step::Selector;
    let step = |step: &attribute_path::Step| match step.selector.as_ref() {
        Some(Selector::AttributeName(name)) => name.clone(),
        Some(Selector::ElementKeyString(key)) => format!("[{key:?}]"),
        Some(Selector::ElementKeyInt(index)) => format!("[{index}]"),
        None => String::new(),
    };
    path.steps.iter().map(step).collect::<Vec<_>>().join(".")
}
