//! Actions.

use super::{Server, crash, encode, unknown_name, wire};
use crate::action::{Action, Progress};
use crate::proto::tfplugin6::invoke_action::Event;
use crate::proto::tfplugin6::invoke_action::event::{Completed, Progress as ProgressMessage, Type as EventType};
use crate::proto::tfplugin6::{invoke_action, plan_action, validate_action_config};
use crate::schema::validate::validate;
use crate::{Diagnostics, Provider, Type, plan};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::mpsc;
use tonic::Status;

/// What Terraform is told while an action is under way.
pub(super) type Events = stream::BoxStream<'static, Result<Event, Status>>;

impl<P: Provider> Server<P> {
    pub(super) async fn validate_action_config(
        &self,
        request: validate_action_config::Request,
    ) -> Result<validate_action_config::Response, Diagnostics> {
        let (action, kind) = find(&*self.provider, &request.type_name)?;
        let config = wire::decode(request.config.as_ref(), &kind, "configuration")?;
        let mut diagnostics = validate(action.schema(), &config, true);
        if !diagnostics.has_errors() && config.is_wholly_known() {
            diagnostics.extend(action.validate(&config));
        }
        Ok(validate_action_config::Response {
            diagnostics: encode::diagnostics(diagnostics),
        })
    }

    pub(super) async fn plan_action(
        &self,
        request: plan_action::Request,
    ) -> Result<plan_action::Response, Diagnostics> {
        let (action, kind) = find(&*self.provider, &request.action_type)?;
        let config = wire::decode(request.config.as_ref(), &kind, "configuration")?;
        let session = self.session()?;
        let config = plan::with_defaults(action.schema(), &config);
        let diagnostics = match config.is_wholly_known() {
            true => action.plan(session.call(), config).await,
            // What is not known yet cannot be judged.
            false => Diagnostics::none(),
        };
        Ok(plan_action::Response {
            diagnostics: encode::diagnostics(diagnostics),
            deferred: None,
        })
    }

    /// The events of an action: what it tells, then how it ended. It goes on as long as somebody takes them.
    pub(super) fn invoke_action(&self, request: invoke_action::Request) -> Events {
        let (messages, told) = mpsc::unbounded_channel();
        let provider = Arc::clone(&self.provider);
        let session = self.session();
        let work = async move {
            let session = session?;
            let (action, kind) = find(&*provider, &request.action_type)?;
            let config = wire::decode(request.config.as_ref(), &kind, "configuration")?;
            let config = plan::with_defaults(action.schema(), &config);
            // Ends with the work, so that the stream of what is told does, too.
            let progress = Progress::new(messages);
            Ok(action.invoke(session.call(), config, &progress).await)
        };
        let end = AssertUnwindSafe(work).catch_unwind().map(|outcome| match outcome {
            Ok(Ok(diagnostics) | Err(diagnostics)) => diagnostics,
            Err(_) => crash::diagnostic().into(),
        });
        in_order(told, end)
    }
}

/// What is told as soon as it is, and the end after everything else.
fn in_order(told: mpsc::UnboundedReceiver<String>, end: impl Future<Output = Diagnostics> + Send + 'static) -> Events {
    let (completed, completion) = tokio::sync::oneshot::channel();
    let work = stream::once(end.map(|diagnostics| completed.send(diagnostics))).filter_map(async |_| None);
    let progress = stream::select(received(told).map(progress_event), work);
    let completion = stream::once(completion).filter_map(async |diagnostics| Some(completed_event(diagnostics.ok()?)));
    progress.chain(completion).map(Ok).boxed()
}

fn received(mut told: mpsc::UnboundedReceiver<String>) -> impl Stream<Item = String> {
    stream::poll_fn(move |context| told.poll_recv(context))
}

fn progress_event(message: String) -> Event {
    Event {
        r#type: Some(EventType::Progress(ProgressMessage { message })),
    }
}

fn completed_event(diagnostics: Diagnostics) -> Event {
    Event {
        r#type: Some(EventType::Completed(Completed {
            diagnostics: encode::diagnostics(diagnostics),
        })),
    }
}

/// An action and the type of its configuration. Nobody invokes one a thousand times, so the type is made each time.
fn find<'a, P: Provider>(
    provider: &'a P,
    type_name: &str,
) -> Result<(&'a dyn Action<P::Configured>, Type), Diagnostics> {
    let mut actions = provider.actions().iter();
    let action = actions
        .find(|action| action.type_name() == type_name)
        .ok_or_else(|| unknown_name("action", type_name))?;
    Ok((action.as_ref(), action.schema().implied_type()))
}
