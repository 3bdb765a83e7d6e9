//! What an action implements: something that is done, and leaves no state (Terraform 1.14 and later).

use crate::{Call, Diagnostics, Schema, Value};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc::UnboundedSender;

/// An action over [`Value`]s.
pub trait Action<C>: Send + Sync {
    /// The full type name, such as `oceanbase_cancel_backup`.
    fn type_name(&self) -> &str;

    /// Its configuration: attributes that are required or optional.
    fn schema(&self) -> &Schema;

    /// Rules beyond those of single attributes; the configuration is wholly known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// What would fail, or should be known, before it is done. Called when the configuration is wholly known; defaults are
    /// applied. Must change nothing.
    fn plan<'a>(&'a self, call: Call<'a, C>, config: Value) -> BoxFuture<'a, Diagnostics>;

    /// Does it. The configuration is wholly known, defaults are applied.
    fn invoke<'a>(&'a self, call: Call<'a, C>, config: Value, progress: &'a Progress) -> BoxFuture<'a, Diagnostics>;
}

/// Tells the practitioner how far an action is, while it goes on.
#[derive(Debug, Clone)]
pub struct Progress(UnboundedSender<String>);

impl Progress {
    pub(crate) fn new(messages: UnboundedSender<String>) -> Self {
        Self(messages)
    }

    /// One sentence, shown at once.
    pub fn tell(&self, message: impl Into<String>) {
        // When nobody listens any more, the action goes on to its end all the same.
        let _ = self.0.send(message.into());
    }
}
