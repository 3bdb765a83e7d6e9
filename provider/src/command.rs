//! Actions: what is done once, on request, and leaves no state.
//!
//! An action implements [`Command`], a handful of pure functions; [`Commanded`] looks, sends, and looks again until it is over.

use crate::{
    cluster::{Cluster, Error, Freshness, JOB_STATEMENT_LIMIT, Retry, Scope, Snapshot, Statement, TenantName},
    destination_precheck::unknown_tenant,
    model,
    neighbours::Claims,
    provider::{Configured, Connection},
    queried::{self, Gather},
};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    marker::PhantomData,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tfplugin::{Action, Call, Diagnostic, Diagnostics, Progress, Schema, Value};
use tokio::time::{Instant, sleep};

/// Something that can be done on the cluster. Everything here is pure.
pub trait Command: Send + Sync + 'static {
    /// The type name in configuration, such as `oceanbase_cancel_backup`.
    const NAME: &'static str;

    /// How long the effect of its statement is looked for when that got no answer.
    const LOOKED_FOR: Duration = SETTLES_WITHIN;

    /// The attributes. Its doc comments are the documentation.
    type Model: JsonSchema + Serialize + DeserializeOwned + Send + Sync;

    /// What it needs to know besides how the cluster is configured.
    type Records: Gather;

    /// What is followed to its end, such as the numbers of jobs.
    type Followed: Send + Sync;

    /// Rules across attributes.
    fn validate(_: &Self::Model) -> Diagnostics {
        Diagnostics::none()
    }

    /// Whom it is about.
    fn scope(model: &Self::Model) -> Scope<'_>;

    /// What is to be done, as things stand.
    fn begin(model: &Self::Model, view: &View<'_, Self::Records>) -> Begin<Self::Followed>;

    /// What the practitioner should know before it is done.
    fn forewarn(_: &Self::Model, _: &View<'_, Self::Records>) -> Diagnostics {
        Diagnostics::none()
    }

    /// How far it is.
    fn follow(followed: &Self::Followed, model: &Self::Model, view: &View<'_, Self::Records>) -> Course;

    /// How long to follow it.
    fn patience(model: &Self::Model) -> Duration;
}

/// What the functions of a command may know.
pub struct View<'a, R> {
    /// How the cluster is configured.
    pub snapshot: &'a Snapshot,
    /// The records that it asked for.
    pub records: &'a R,
    /// The locations that the resources of this plan have claimed.
    pub claims: &'a Claims,
}

impl<R> View<'_, R> {
    /// The statement, about the tenant.
    pub fn for_tenant(&self, statement: Statement, tenant: &TenantName) -> Statement {
        statement.for_tenants([tenant], &self.snapshot.viewpoint)
    }
}

/// What is to be done.
pub enum Begin<F> {
    /// Nothing: a sentence says why.
    Nothing(String),
    /// Send this, and follow what comes of it.
    Send(Statement, F),
    /// The same, in a session of its own that the first statement prepares.
    SendPrepared(Statement, Statement, F),
    /// It would be refused, or do harm.
    Refuse(Box<Diagnostic>),
}

/// How far it is; each with a sentence.
pub enum Course {
    /// There is no trace of it yet.
    NotSeen(String),
    /// It goes on.
    UnderWay(String),
    /// It is over.
    Done(String),
    /// It is over, and was for nothing.
    Failed(Box<Diagnostic>),
}

/// A [`Command`] as a Terraform action.
pub struct Commanded<C> {
    schema: OnceLock<Schema>,
    command: PhantomData<fn() -> C>,
}

impl<C> Default for Commanded<C> {
    fn default() -> Self {
        Self {
            schema: OnceLock::new(),
            command: PhantomData,
        }
    }
}

/// Between two looks at the cluster.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long a cluster that went away is waited for.
const AWAY_FOR: Duration = Duration::from_secs(60);

/// How long the effect of a statement that got no answer is looked for, as a rule.
const SETTLES_WITHIN: Duration = Duration::from_secs(5);

impl<C: Command> Commanded<C> {
    fn model(&self, config: &Value) -> Result<C::Model, Box<Diagnostic>> {
        model::from_value(&model::known_part(config, self.schema()))
    }

    async fn foresee(&self, call: Call<'_, Configured>, config: &Value) -> Result<Diagnostics, Box<Diagnostic>> {
        let model = self.model(config)?;
        let Connection::Ready(cluster) = &call.configured.connection else {
            return Ok(Diagnostics::none());
        };
        let claims = &call.configured.claims;
        let look = look::<C, _>(cluster, claims, &model, Freshness::Any, |view| {
            match C::begin(&model, view) {
                Begin::Refuse(reason) => (*reason).into(),
                Begin::Nothing(_) | Begin::Send(..) | Begin::SendPrepared(..) => C::forewarn(&model, view),
            }
        });
        look.await
    }

    async fn perform(
        &self,
        call: Call<'_, Configured>,
        config: &Value,
        progress: &Progress,
    ) -> Result<(), Box<Diagnostic>> {
        let model = self.model(config)?;
        let Connection::Ready(cluster) = &call.configured.connection else {
            return Err(Box::new(Diagnostic::error(
                "The connection is not known yet",
                "The provider block holds values that are known only after other resources were applied. Apply those first.",
            )));
        };
        let scope = C::scope(&model);
        let turn = cluster.lock(scope).await.map_err(|error| error.diagnostic())?;
        let claims = &call.configured.claims;
        let begin = look::<C, _>(cluster, claims, &model, Freshness::After(cluster.now()), |view| {
            C::begin(&model, view)
        })
        .await?;
        let (preparation, statement, followed) = match begin {
            Begin::Nothing(reason) => {
                progress.tell(reason);
                return Ok(());
            }
            Begin::Refuse(reason) => return Err(reason),
            Begin::Send(statement, followed) => (None, statement, followed),
            Begin::SendPrepared(preparation, statement, followed) => (Some(preparation), statement, followed),
        };
        let attempted = format!("{} for {scope}", C::NAME);
        progress.tell(format!("Sending: {statement}"));
        let limit = JOB_STATEMENT_LIMIT;
        let answer = match preparation {
            None => cluster.execute(scope, &statement, limit, &attempted).await,
            Some(preparation) => {
                let sending = cluster.execute_prepared(scope, &preparation, &statement, limit, &attempted);
                sending.await
            }
        };
        let unanswered = match answer {
            Ok(_) => None,
            // It may have been carried out: the views tell.
            Err(error) if error.maybe_applied() => Some(error),
            Err(error) => return Err(Box::new(error.diagnostic())),
        };
        drop(turn);
        follow::<C>(cluster, claims, &model, &followed, unanswered, progress).await
    }
}

/// Looks at the cluster through the eyes of a command.
async fn look<C: Command, T>(
    cluster: &Cluster,
    claims: &Claims,
    model: &C::Model,
    freshness: Freshness,
    judge: impl FnOnce(&View<'_, C::Records>) -> T,
) -> Result<T, Box<Diagnostic>> {
    let seen = queried::look(cluster, freshness).await;
    let seen = seen.map_err(|error| error.diagnostic())?;
    judged::<C, T>(claims, model, &seen, judge)
}

/// How the cluster is configured, and the records that a command needs.
type Seen<C> = (Arc<Snapshot>, <C as Command>::Records);

fn judged<C: Command, T>(
    claims: &Claims,
    model: &C::Model,
    (snapshot, records): &Seen<C>,
    judge: impl FnOnce(&View<'_, C::Records>) -> T,
) -> Result<T, Box<Diagnostic>> {
    match C::scope(model) {
        Scope::Tenant(tenant) if snapshot.tenant(tenant).is_none() => {
            Err(Box::new(unknown_tenant(tenant, &snapshot.viewpoint)))
        }
        Scope::Tenant(_) | Scope::AllTenants => Ok(judge(&View {
            snapshot,
            records,
            claims,
        })),
    }
}

async fn follow<C: Command>(
    cluster: &Cluster,
    claims: &Claims,
    model: &C::Model,
    followed: &C::Followed,
    mut unanswered: Option<Error>,
    progress: &Progress,
) -> Result<(), Box<Diagnostic>> {
    let (started, patience) = (Instant::now(), C::patience(model));
    let mut pause = FIRST_PAUSE;
    let mut told = "the statement was sent".to_owned();
    let mut away_since: Option<Instant> = None;
    loop {
        let late = started.elapsed() >= patience;
        let seen = match queried::look(cluster, Freshness::After(cluster.now())).await {
            Ok(seen) => seen,
            Err(_) if cluster.cancelled().is_cancelled() => return Err(Box::new(interrupted(&told))),
            // What was sent goes on without us.
            Err(error)
                if !late && passes(&error) && away_since.get_or_insert_with(Instant::now).elapsed() < AWAY_FOR =>
            {
                pause_between(cluster, &mut pause, &told).await?;
                continue;
            }
            Err(error) => return Err(Box::new(error.diagnostic())),
        };
        away_since = None;
        let now = match judged::<C, _>(claims, model, &seen, |view| C::follow(followed, model, view))? {
            Course::Done(sentence) => {
                progress.tell(sentence);
                return Ok(());
            }
            Course::Failed(reason) => return Err(reason),
            Course::NotSeen(_) if unanswered.is_some() && started.elapsed() >= C::LOOKED_FOR => {
                let error = unanswered.take().map(|error| error.diagnostic());
                return Err(Box::new(error.unwrap_or_else(|| gave_up(patience, &told))));
            }
            Course::NotSeen(sentence) => sentence,
            Course::UnderWay(sentence) => {
                unanswered = None;
                sentence
            }
        };
        if late {
            return Err(Box::new(gave_up(patience, &now)));
        }
        if now != told {
            progress.tell(now.clone());
            told = now;
        }
        pause_between(cluster, &mut pause, &told).await?;
    }
}

/// Whether a reading may succeed when it is tried again.
fn passes(error: &Error) -> bool {
    error.is_out_of_reach() || error.retry() != Retry::Never
}

/// Waits a little longer each time.
async fn pause_between(cluster: &Cluster, pause: &mut Duration, told: &str) -> Result<(), Box<Diagnostic>> {
    let ended = cluster.cancelled().run_until_cancelled(sleep(*pause)).await;
    ended.ok_or_else(|| Box::new(interrupted(told)))?;
    *pause = (*pause * 2).min(LONGEST_PAUSE);
    Ok(())
}

fn gave_up(patience: Duration, last: &str) -> Diagnostic {
    Diagnostic::error(
        "Gave up waiting",
        format!(
            "The statement was accepted, but it was not over after {} s. Last seen: {last}. The cluster goes on by itself; \
             `timeout` sets how long to wait.",
            patience.as_secs()
        ),
    )
}

fn interrupted(last: &str) -> Diagnostic {
    Diagnostic::error(
        "Interrupted",
        format!(
            "Stopped waiting on your request. Last seen: {last}. What was sent stays in effect, and the cluster goes on."
        ),
    )
}

impl<C: Command> Action<Configured> for Commanded<C> {
    fn type_name(&self) -> &str {
        C::NAME
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(model::schema::<C::Model>)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match self.model(config) {
            Ok(model) => C::validate(&model),
            Err(diagnostic) => (*diagnostic).into(),
        }
    }

    fn plan<'a>(&'a self, call: Call<'a, Configured>, config: Value) -> BoxFuture<'a, Diagnostics> {
        Box::pin(async move {
            self.foresee(call, &config)
                .await
                .unwrap_or_else(|diagnostic| (*diagnostic).into())
        })
    }

    fn invoke<'a>(
        &'a self,
        call: Call<'a, Configured>,
        config: Value,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Diagnostics> {
        Box::pin(async move {
            match self.perform(call, &config, progress).await {
                Ok(()) => Diagnostics::none(),
                Err(diagnostic) => (*diagnostic).into(),
            }
        })
    }
}
