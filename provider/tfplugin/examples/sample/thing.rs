//! A resource with every kind of attribute.

use crate::Directory;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tfplugin::resource::{MoveSource, PlanRequest, StoredAttributes};
use tfplugin::schema::IdentityAttribute;
use tfplugin::{
    Applied, Attribute, AttributeType, Call, Change, Diagnostic, Diagnostics, IdentitySchema, ImportKey, Nesting,
    Resource, Schema, Type, Value,
};

/// A thing. Some names make it misbehave: `crash`, `refuse`, `vague`, `other`, `wait`.
pub(crate) struct Thing {
    schema: Schema,
    identity: IdentitySchema,
}

pub(crate) fn schema_of<const N: usize>(description: &str, attributes: [(&str, Attribute); N]) -> Schema {
    Schema {
        version: 0,
        description: description.to_owned(),
        attributes: attributes.map(|(name, attribute)| (name.into(), attribute)).into(),
    }
}

impl Thing {
    pub(crate) fn new() -> Self {
        let owner = [
            ("name", Attribute::required(Type::String)),
            ("mail", Attribute::with_default(Type::String, "nobody@example.org")),
        ];
        let rule = [
            ("port", Attribute::required(Type::Number)),
            ("note", Attribute::optional(Type::String)),
        ];
        let replacing = Attribute {
            requires_replace: true,
            ..Attribute::required(Type::String)
        };
        let secret = Attribute {
            write_only: true,
            sensitive: true,
            ..Attribute::optional(Type::String)
        };
        let schema = schema_of(
            "A thing.",
            [
                ("name", replacing),
                ("title", Attribute::with_default(Type::String, "untitled")),
                ("place", Attribute::optional(Type::String)),
                ("enabled", Attribute::optional(Type::Bool)),
                ("size", Attribute::optional(Type::Number)),
                (
                    "token",
                    Attribute {
                        sensitive: true,
                        ..Attribute::optional(Type::String)
                    },
                ),
                ("secret", secret),
                ("secret_version", Attribute::optional(Type::Number)),
                ("secret_length", Attribute::computed(Type::Number)),
                ("tags", Attribute::optional(Type::map(Type::String))),
                ("labels", Attribute::optional(Type::set(Type::String))),
                ("ports", Attribute::optional(Type::list(Type::Number))),
                (
                    "owner",
                    Attribute::optional(AttributeType::nested(Nesting::Single, owner.clone())),
                ),
                (
                    "rules",
                    Attribute::optional(AttributeType::nested(Nesting::List, rule.clone())),
                ),
                (
                    "rule_set",
                    Attribute::optional(AttributeType::nested(Nesting::Set, rule)),
                ),
                (
                    "owners",
                    Attribute::optional(AttributeType::nested(Nesting::Map, owner)),
                ),
                ("revision", Attribute::computed(Type::Number)),
            ],
        );
        let text = |required_for_import| IdentityAttribute {
            kind: Type::String,
            description: String::new(),
            required_for_import,
        };
        let identity = IdentitySchema {
            version: 0,
            attributes: BTreeMap::from([("name".into(), text(true)), ("place".into(), text(false))]),
        };
        Self {
            schema: Schema { version: 1, ..schema },
            identity,
        }
    }

    pub(crate) fn load(&self, directory: &Directory, name: &str) -> Result<Option<Value>, Diagnostics> {
        match std::fs::read(file(directory, name)?) {
            Ok(json) => Value::from_json_slice(&json, &self.schema.implied_type())
                .map(Some)
                .map_err(|error| Diagnostic::error("Damaged file", error.to_string()).into()),
            Err(_) => Ok(None),
        }
    }

    fn save(&self, directory: &Directory, thing: &Value) -> Result<(), Diagnostics> {
        let json = thing.to_json(&self.schema.implied_type()).expect("it has been checked");
        std::fs::write(file(directory, name_of(thing))?, json.to_string())
            .map_err(|error| Diagnostic::error("Cannot write", error.to_string()).into())
    }

    fn find(&self, directory: &Directory, name: &str) -> (Option<Value>, Diagnostics) {
        match self.load(directory, name) {
            Ok(thing) => (thing, Diagnostics::none()),
            Err(diagnostics) => (None, diagnostics),
        }
    }

    fn write(&self, directory: &Directory, prior: Option<&Value>, planned: Value) -> Applied {
        let revision = prior
            .and_then(|prior| prior.attribute("revision")?.as_i64())
            .unwrap_or_default()
            + 1;
        let secret = planned
            .attribute("secret")
            .and_then(Value::as_str)
            .map(|secret| secret.len() as i64);
        let thing = planned
            .with_attribute("revision", revision)
            .with_attribute("secret_length", secret)
            .with_attribute("secret", Value::Null);
        match self.save(directory, &thing) {
            Ok(()) => Applied {
                state: Some(thing),
                diagnostics: Diagnostics::none(),
            },
            Err(diagnostics) => Applied {
                state: prior.cloned(),
                diagnostics,
            },
        }
    }
}

fn name_of(thing: &Value) -> &str {
    thing.attribute("name").and_then(Value::as_str).unwrap_or_default()
}

fn file(directory: &Directory, name: &str) -> Result<PathBuf, Diagnostics> {
    Ok(directory.path()?.join(format!("{name}.json")))
}

impl Resource<Directory> for Thing {
    fn type_name(&self) -> &str {
        "sample_thing"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity_schema(&self) -> &IdentitySchema {
        &self.identity
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match name_of(config) {
            "invalid" => Diagnostic::error("Invalid thing", "A thing cannot have that name.")
                .at("name")
                .into(),
            _ => Diagnostics::none(),
        }
    }

    fn read<'a>(&'a self, call: Call<'a, Directory>, state: Value) -> BoxFuture<'a, (Option<Value>, Diagnostics)> {
        Box::pin(async move { self.find(call.configured, name_of(&state)) })
    }

    fn plan<'a>(&'a self, _: Call<'a, Directory>, request: &'a PlanRequest) -> BoxFuture<'a, (Value, Diagnostics)> {
        Box::pin(async move {
            let changed = request.prior.as_ref().is_some_and(|prior| *prior != request.planned);
            let planned = if changed {
                let planned = request.planned.clone();
                planned
                    .with_attribute("revision", Value::UNKNOWN)
                    .with_attribute("secret_length", Value::UNKNOWN)
            } else {
                request.planned.clone()
            };
            (planned, Diagnostics::none())
        })
    }

    fn plan_destroy<'a>(&'a self, _: Call<'a, Directory>, state: Value) -> BoxFuture<'a, Diagnostics> {
        let warning = Diagnostic::warning("A thing goes away", format!("{} will be gone.", name_of(&state)));
        Box::pin(async move { warning.into() })
    }

    fn apply<'a>(&'a self, call: Call<'a, Directory>, change: Change) -> BoxFuture<'a, Applied> {
        Box::pin(async move {
            let (prior, planned) = match change {
                Change::Create { planned } => (None, planned),
                Change::Update { prior, planned } => (Some(prior), planned),
                Change::Delete { prior } => {
                    let removed = file(call.configured, name_of(&prior)).map(std::fs::remove_file);
                    let diagnostics = removed.err().unwrap_or_default();
                    return Applied {
                        state: None,
                        diagnostics,
                    };
                }
            };
            let failed = |summary: &str, detail: &str| Applied {
                state: prior.clone(),
                diagnostics: Diagnostic::error(summary, detail).into(),
            };
            match name_of(&planned) {
                "crash" => panic!("the secret is {:?}", planned.attribute("secret")),
                "vague" => Applied {
                    state: Some(planned.clone()),
                    ..failed("Half done", "It does not know how far it came.")
                },
                "refuse" => failed("Refused", "It does not want to."),
                "wait" if call.cancelled.is_cancelled() => failed("Not begun", "It was told to stop before."),
                "wait" => {
                    if let Err(diagnostics) = file(call.configured, "waiting").map(|path| std::fs::write(path, "")) {
                        return Applied {
                            state: None,
                            diagnostics,
                        };
                    }
                    call.cancelled.cancelled().await;
                    failed("Interrupted", "It was told to stop.")
                }
                "other" => self.write(
                    call.configured,
                    prior.as_ref(),
                    planned.with_attribute("title", "another"),
                ),
                _ => self.write(call.configured, prior.as_ref(), planned),
            }
        })
    }

    fn import<'a>(&'a self, call: Call<'a, Directory>, key: ImportKey) -> BoxFuture<'a, (Option<Value>, Diagnostics)> {
        Box::pin(async move {
            match &key {
                ImportKey::Id(name) => self.find(call.configured, name),
                ImportKey::Identity(identity) => self.find(call.configured, name_of(identity)),
            }
        })
    }

    /// Version 0 had a `label` where there is a `title` now.
    fn upgrade(&self, _: i64, mut state: StoredAttributes) -> Result<StoredAttributes, Diagnostics> {
        if let Some(label) = state.remove("label") {
            state.insert("title".to_owned(), label);
        }
        Ok(state)
    }

    fn take_over(&self, source: &MoveSource) -> Option<Result<StoredAttributes, Diagnostics>> {
        #[derive(serde::Deserialize)]
        struct Dynamic {
            value: Box<RawValue>,
        }
        let input = source
            .state
            .get("input")
            .filter(|_| source.type_name == "terraform_data")?;
        let Dynamic { value } = serde_json::from_str(input.get()).ok()?;
        Some(Ok(StoredAttributes::from([("name".to_owned(), value)])))
    }
}
