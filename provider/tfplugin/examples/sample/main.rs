//! A small provider with a resource that has every kind of attribute, a data source, an action and a function. Its objects are
//! files in a directory. The tests of this package drive it, over the bare protocol and with the real Terraform.

mod shout;
mod thing;

use futures_util::future::BoxFuture;
use std::path::PathBuf;

use shout::Shout;
use std::process::ExitCode;
use tfplugin::function::{Parameter, Signature};
use tfplugin::{
    Action, Attribute, Call, DataSource, Diagnostic, Diagnostics, Function, FunctionError, Provider, Resource, Schema,
    Type, Value,
};
use thing::{Thing, schema_of};
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    tfplugin::serve(Sample::new())
}

struct Sample {
    schema: Schema,
    resources: Vec<Box<dyn Resource<Directory>>>,
    data_sources: Vec<Box<dyn DataSource<Directory>>>,
    actions: Vec<Box<dyn Action<Directory>>>,
    functions: Vec<Box<dyn Function>>,
}

/// Where the objects are; `None` while it is not known yet.
struct Directory(Option<PathBuf>);

impl Sample {
    fn new() -> Self {
        Self {
            schema: schema_of(
                "A directory of things.",
                [("directory", Attribute::required(Type::String))],
            ),
            resources: vec![Box::new(Thing::new())],
            data_sources: vec![Box::new(Title::new())],
            actions: vec![Box::new(Shout::new())],
            functions: vec![Box::new(Join::new())],
        }
    }
}

impl Provider for Sample {
    type Configured = Directory;

    fn address(&self) -> &'static str {
        "registry.terraform.io/example/sample"
    }

    fn run_by_hand(&self) -> String {
        "This is a Terraform provider: Terraform starts it.".to_owned()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &[Box<dyn Resource<Directory>>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Box<dyn DataSource<Directory>>] {
        &self.data_sources
    }

    fn actions(&self) -> &[Box<dyn Action<Directory>>] {
        &self.actions
    }

    fn functions(&self) -> &[Box<dyn Function>] {
        &self.functions
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::none()
    }

    fn configure(&self, config: &Value, _: &CancellationToken) -> Result<Directory, Diagnostics> {
        Ok(Directory(
            config.attribute("directory").and_then(Value::as_str).map(PathBuf::from),
        ))
    }
}

impl Directory {
    fn path(&self) -> Result<&PathBuf, Diagnostics> {
        self.0
            .as_ref()
            .ok_or_else(|| Diagnostic::error("Not known yet", "The directory is not known yet.").into())
    }
}

/// The title of a thing. Some names make it misbehave: `nothing`, `vague`.
struct Title {
    schema: Schema,
    things: Thing,
}

impl Title {
    fn new() -> Self {
        let attributes = [
            ("name", Attribute::required(Type::String)),
            ("fallback", Attribute::with_default(Type::String, "none")),
            ("title", Attribute::computed(Type::String)),
        ];
        Self {
            schema: schema_of("The title of a thing.", attributes),
            things: Thing::new(),
        }
    }
}

impl DataSource<Directory> for Title {
    fn type_name(&self) -> &str {
        "sample_title"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::none()
    }

    fn read<'a>(&'a self, call: Call<'a, Directory>, config: Value) -> BoxFuture<'a, (Option<Value>, Diagnostics)> {
        Box::pin(async move {
            let name = config.attribute("name").and_then(Value::as_str).unwrap_or_default();
            match name {
                "nothing" => return (None, Diagnostics::none()),
                "vague" => {
                    return (
                        Some(config.with_attribute("title", Value::UNKNOWN)),
                        Diagnostics::none(),
                    );
                }
                _ => {}
            }
            match self.things.load(call.configured, name) {
                Ok(thing) => {
                    let title = thing.as_ref().and_then(|thing| thing.attribute("title")).cloned();
                    let title = title.or_else(|| config.attribute("fallback").cloned());
                    (Some(config.with_attribute("title", title)), Diagnostics::none())
                }
                Err(diagnostics) => (None, diagnostics),
            }
        })
    }
}

/// `join(separator, words…)`
struct Join(Signature);

impl Join {
    fn new() -> Self {
        let parameter = |name: &str| Parameter {
            name: name.to_owned(),
            kind: Type::String,
            description: String::new(),
            allow_null: false,
        };
        Self(Signature {
            summary: "Joins words.".to_owned(),
            description: "Joins words with a separator.".to_owned(),
            parameters: vec![parameter("separator")],
            variadic: Some(parameter("words")),
            returns: Type::String,
        })
    }
}

impl Function for Join {
    fn name(&self) -> &str {
        "join"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let texts: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
        if let Some(argument) = texts.iter().skip(1).position(|word| word.is_empty()) {
            return Err(FunctionError {
                argument: Some(argument + 1),
                text: "A word is not empty.".to_owned(),
            });
        }
        Ok(texts[1..].join(texts[0]).into())
    }
}
