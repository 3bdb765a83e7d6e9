//! `sample_shout`: an action that says a word a few times. Some words make it misbehave: `sorry`, `boom`, `forever`.

use crate::{Directory, thing::schema_of};
use futures_util::future::BoxFuture;
use tfplugin::{Action, Attribute, Call, Diagnostic, Diagnostics, Progress, Schema, Type, Value};

/// The action.
pub(crate) struct Shout(Schema);

impl Shout {
    pub(crate) fn new() -> Self {
        Self(schema_of(
            "Says a word.",
            [
                ("word", Attribute::required(Type::String)),
                ("times", Attribute::with_default(Type::Number, 2_i64)),
            ],
        ))
    }
}

fn word(config: &Value) -> &str {
    config.attribute("word").and_then(Value::as_str).unwrap_or_default()
}

impl Action<Directory> for Shout {
    fn type_name(&self) -> &str {
        "sample_shout"
    }

    fn schema(&self) -> &Schema {
        &self.0
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match word(config) {
            "" => Diagnostic::error("Nothing to say", "A word is needed.")
                .at("word")
                .into(),
            _ => Diagnostics::none(),
        }
    }

    fn plan<'a>(&'a self, _: Call<'a, Directory>, config: Value) -> BoxFuture<'a, Diagnostics> {
        Box::pin(async move { Diagnostic::warning("It will be loud", word(&config)).into() })
    }

    fn invoke<'a>(
        &'a self,
        call: Call<'a, Directory>,
        config: Value,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Diagnostics> {
        Box::pin(async move {
            let times = config.attribute("times").and_then(Value::as_i64).unwrap_or_default();
            for _ in 0..times {
                progress.tell(word(&config));
                tokio::task::yield_now().await;
            }
            match word(&config) {
                "sorry" => Diagnostic::error("Sorry", "That was wrong.").into(),
                "boom" => panic!("the word was boom"),
                "forever" => {
                    call.cancelled.cancelled().await;
                    Diagnostic::warning("Interrupted", "It could have gone on.").into()
                }
                _ => Diagnostics::none(),
            }
        })
    }
}
