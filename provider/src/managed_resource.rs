//! Observe, diff, converge: how every managed resource is brought to its desired state.
//!
//! A resource implements [`ManagedResource`]: a handful of pure functions over its model and what the views say.
//! [`converge`] is the only loop in the provider, and [`Managed`] the only place where a resource meets Terraform.

mod adapter;
mod precondition;

pub use adapter::Managed;
pub(crate) use precondition::LEFT_IN_PLACE;
pub use precondition::Precondition;

use self::precondition::Verdict;

use crate::{
    cluster::{
        Cluster, Error, Freshness, Kind, Retry, Scope, Snapshot, Statement, TenantName, Viewpoint,
        version::Capabilities,
    },
    neighbours::Claims,
    provider::Configured,
    queried::{Gather, look},
    values::storage::StorageProfiles,
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    fmt::{self, Display},
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use tfplugin::{AttributePath, Diagnostic, Diagnostics};
use tokio::time::{Instant, sleep};

/// An object on the cluster that Terraform manages. Everything here is pure.
pub trait ManagedResource: Send + Sync + 'static {
    /// The type name in configuration, such as `oceanbase_archivelog`.
    const NAME: &'static str;

    /// The longest pause between two looks at the cluster.
    const LONGEST_PAUSE: Duration = Duration::from_secs(5);

    /// The attributes, as configured and as stored in state. Its doc comments are the documentation.
    type Model: JsonSchema + Serialize + DeserializeOwned + Clone + Send + Sync;

    /// What it needs to know besides how the cluster is configured.
    type Records: Gather;

    /// What singles the object out; its text form is the import ID.
    type Identity: FromStr<Err: Display> + Display + Send + Sync;

    /// What the views say about the object.
    type Observed: Send;

    /// The attributes that name the object, each with what it means; required to import by identity.
    fn identity_attributes() -> &'static [(&'static str, &'static str)];

    /// What stands in an identity for a naming attribute that is null.
    fn stand_in(_attribute: &str) -> Option<&'static str> {
        None
    }

    /// Picks the naming attributes.
    fn identity(model: &Self::Model) -> Self::Identity;

    /// Whose statements must not run side by side with those of this object.
    fn scope(identity: &Self::Identity) -> Scope<'_>;

    /// The object in rows already loaded; `None` is "not there".
    fn observe(
        snapshot: &Snapshot,
        records: &Self::Records,
        identity: &Self::Identity,
    ) -> Result<Option<Self::Observed>, Error>;

    /// Whether what was observed amounts to an object, to Terraform; the views may have more to say than that, or less than the
    /// stored state.
    fn exists(prior: Option<&Self::Model>, observed: &Self::Observed) -> bool;

    /// Why there is nothing to import, of a tenant that is there.
    fn nothing_to_import(identity: &Self::Identity) -> String {
        format!(
            "{} has no {} yet. There is nothing to import: apply the resource to create it.",
            capitalized(&Self::scope(identity).to_string()),
            Self::NAME
        )
    }

    /// The statements that lead from what is observed to the goal.
    fn diff(
        goal: Goal<'_, Self::Model>,
        pending: &Pending,
        observed: Option<&Self::Observed>,
        context: &Context<'_>,
    ) -> Diff;

    /// The state to store; `prior` lends the practitioner's spelling, and everything that no view shows.
    fn state(
        prior: Option<&Self::Model>,
        identity: &Self::Identity,
        observed: &Self::Observed,
        context: &Context<'_>,
    ) -> Self::Model;

    /// The goal, with what is to be remembered of the object that was found and changed.
    fn with_what_was_found(goal: &Self::Model, _found: &Self::Observed) -> Self::Model {
        goal.clone()
    }

    /// What prior state and goal differ in that no view can show, such as a key that was rotated.
    fn pending(prior: Option<&Self::Model>, goal: &Self::Model) -> Pending;

    /// The computed attributes that a change will move, from Terraform's inputs alone. Computed attributes not named
    /// here keep their prior value.
    fn plan(
        prior: Option<&Self::Model>,
        proposed: &Self::Model,
        profiles: &StorageProfiles,
    ) -> Vec<(AttributePath, Computed)>;

    /// Whether it takes settings from a storage profile, so that nothing can be said of it as long as those are unknown.
    fn uses_profile(model: &Self::Model) -> bool;

    /// Rules across attributes.
    fn validate(model: &Self::Model) -> Diagnostics;

    /// What would fail on apply, or should be known before it, said at plan. Only diagnostics: Terraform plans twice.
    fn precheck(
        prior: Option<&Self::Model>,
        planned: &Self::Model,
        snapshot: &Snapshot,
        records: &Self::Records,
        context: &Context<'_>,
    ) -> Diagnostics;

    /// What a plan says of something that its apply will refuse. A warning where a destroy needs none of it: before one, Terraform
    /// plans what the configuration asks for, and goes no further after an error.
    fn refusal_at_plan(_prior: Option<&Self::Model>, reason: Diagnostic) -> Diagnostic {
        reason
    }

    /// How far the cluster is on its way, for the log.
    fn progress(_: &Self::Observed) -> Option<String> {
        None
    }

    /// What becomes of what was begun when nobody waits for it any more; `begun` when a statement was sent, even if nothing was
    /// observed of it yet.
    fn farewell(
        _: Goal<'_, Self::Model>,
        _observed: Option<&Self::Observed>,
        _begun: bool,
        _: &Context<'_>,
    ) -> Option<Farewell> {
        None
    }

    /// What the practitioner should know of a goal that was reached.
    fn remarks(_prior: Option<&Self::Model>, _reached: &Self::Model, _observed: &Self::Observed) -> Diagnostics {
        Diagnostics::none()
    }

    /// What the practitioner should know of an object that has changed by itself since the prior state was stored.
    fn news(_prior: &Self::Model, _now: &Self::Model) -> Diagnostics {
        Diagnostics::none()
    }

    /// What has ended before anything is done, by tenant and number of the job: how that ended is no outcome of this operation.
    fn past_jobs(_: &Self::Observed) -> BTreeSet<(i64, i64)> {
        BTreeSet::new()
    }

    /// What the practitioner should know before the object is destroyed; `None` where it could not be looked at. What the diff refuses
    /// need not be said again.
    fn precheck_destroy(prior: &Self::Model, observed: Option<&Self::Observed>) -> Diagnostics;

    /// How long one operation may wait.
    fn patience(model: &Self::Model, operation: Operation) -> Duration;
}

/// What is to be brought about.
#[derive(Debug)]
pub enum Goal<'a, M> {
    /// The object is there, as the model says.
    Present(&'a M),
    /// The object is no longer managed; the stored model says what becomes of it.
    Absent(&'a M),
}

impl<M> Clone for Goal<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Goal<'_, M> {}

/// What the functions of a resource may know besides the views.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The storage profiles of the provider block.
    pub profiles: &'a StorageProfiles,
    /// The locations that the resources of this plan have claimed.
    pub claims: &'a Claims,
    /// What the cluster can do.
    pub capabilities: &'a Capabilities,
    /// Which tenant the session speaks for: `sys` names the tenant in its statements, a user tenant must not.
    pub viewpoint: &'a Viewpoint,
    /// The tenants that the provider can log in to.
    pub tenant_logins: &'a BTreeSet<TenantName>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Diff {
    /// Nothing: the goal is reached.
    InSync,
    /// Nothing but wait: the cluster is on its way. Completes "waiting for …".
    Settling(&'static str),
    /// Send these, in this order.
    Apply(Vec<Step>),
    /// Nothing can or should be done; the practitioner must decide.
    Refuse(Box<Diagnostic>),
    /// It was done, and failed, and these came to nothing, although the server took them: an error of the apply that asks for it, and a
    /// warning of every plan, which holds up nothing else.
    Failed(Vec<Step>, Box<Diagnostic>),
}

/// One statement, and what its answers mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    attempted: &'static str,
    statement: Statement,
    in_tenant: Option<TenantName>,
    precondition: Option<Precondition>,
    prepared_by: Option<Statement>,
    within: Option<Duration>,
    looked_for: Duration,
    attribute: Option<AttributePath>,
    settles: Option<&'static str>,
    raises: Option<&'static str>,
    doubtful: Option<(Kind, Meaning)>,
    done_already: &'static [u16],
    not_yet: Vec<(Kind, &'static str)>,
}

/// What an error number means after one statement, where it means something else than elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The title.
    pub summary: &'static str,
    /// What to do next.
    pub advice: &'static str,
}

impl Step {
    /// A statement for the session that the provider is logged in to. `attempted` says what for, such as `setting the
    /// backup destination`.
    pub fn new(attempted: &'static str, statement: Statement) -> Self {
        Self {
            attempted,
            statement,
            in_tenant: None,
            precondition: None,
            prepared_by: None,
            within: None,
            looked_for: SETTLES_WITHIN,
            attribute: None,
            settles: None,
            raises: None,
            doubtful: None,
            done_already: &[],
            not_yet: Vec::new(),
        }
    }

    /// The server takes it only from a session of this tenant.
    #[must_use]
    pub fn in_tenant(self, tenant: &TenantName) -> Self {
        Self {
            in_tenant: Some(tenant.clone()),
            ..self
        }
    }

    /// It is not sent before this has come about.
    #[must_use]
    pub fn once(self, precondition: Precondition) -> Self {
        Self {
            precondition: Some(precondition),
            ..self
        }
    }

    /// It is sent in a session of its own, after this statement, which holds for the session only.
    #[must_use]
    pub fn prepared_by(self, preparation: Statement) -> Self {
        Self {
            prepared_by: Some(preparation),
            ..self
        }
    }

    /// How long its answer may take; what follows from it takes longer.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self {
            within: Some(limit),
            ..self
        }
    }

    /// How long its effect is looked for before it is sent again, when it got no answer.
    #[must_use]
    pub fn looked_for(self, period: Duration) -> Self {
        Self {
            looked_for: period,
            ..self
        }
    }

    /// The attribute of the model that leads to it.
    #[must_use]
    pub fn because_of(self, attribute: AttributePath) -> Self {
        Self {
            attribute: Some(attribute),
            ..self
        }
    }

    /// Its success brings about a change that no view shows.
    #[must_use]
    pub fn settling(self, change: &'static str) -> Self {
        Self {
            settles: Some(change),
            ..self
        }
    }

    /// Its success leaves a change to be made that no view shows.
    #[must_use]
    pub fn raising(self, change: &'static str) -> Self {
        Self {
            raises: Some(change),
            ..self
        }
    }

    /// An error that passes by itself, as a rule, but of this statement may mean something that stays: it is sent once more,
    /// and then reported as this.
    #[must_use]
    pub fn doubtful(self, error: Kind, meaning: Meaning) -> Self {
        Self {
            doubtful: Some((error, meaning)),
            ..self
        }
    }

    /// Server error numbers by which the server says that this is so already.
    #[must_use]
    pub fn done_already(self, errors: &'static [u16]) -> Self {
        Self {
            done_already: errors,
            ..self
        }
    }

    /// An error by which the server asks to come back later; completes "waiting for …".
    #[must_use]
    pub fn not_yet(mut self, error: Kind, waiting_for: &'static str) -> Self {
        self.not_yet.push((error, waiting_for));
        self
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(preparation) = &self.prepared_by {
            write!(f, "{preparation}; ")?;
        }
        write!(f, "{}", self.statement)?;
        self.in_tenant
            .iter()
            .try_for_each(|tenant| write!(f, " (as tenant {tenant})"))
    }
}

/// What no view shows: changes, each of which is done when a statement for it has succeeded, and which jobs are not of this operation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pending {
    changes: BTreeSet<&'static str>,
    past_jobs: BTreeSet<(i64, i64)>,
}

impl Pending {
    /// Nothing but what the views show.
    pub fn none() -> Self {
        Self::default()
    }

    /// With `change`, when `applies`.
    #[must_use]
    pub fn with(mut self, change: &'static str, applies: bool) -> Self {
        if applies {
            self.changes.insert(change);
        }
        self
    }

    /// With jobs, by tenant and number, that had ended when the cluster was first looked at.
    #[must_use]
    pub fn after(self, past_jobs: BTreeSet<(i64, i64)>) -> Self {
        Self { past_jobs, ..self }
    }

    /// Whether `change` is still to be done.
    pub fn has(&self, change: &str) -> bool {
        self.changes.contains(change)
    }

    /// Whether this job of a tenant had ended before anything was done.
    pub fn is_past(&self, tenant_id: i64, job_id: i64) -> bool {
        self.past_jobs.contains(&(tenant_id, job_id))
    }
}

/// What becomes of what was begun when nobody waits for it any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Farewell {
    /// What becomes of it by itself, and what to do next.
    pub advice: String,
    /// What an interrupt is to end it by.
    pub ending: Option<Ending>,
}

/// How an interrupt ends what was begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// Ends it.
    pub step: Step,
    /// What to do next.
    pub advice: String,
}

/// What a plan says of a computed attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Computed {
    /// Known after apply.
    Unknown,
    /// This value.
    Known(serde_json::Value),
}

/// What an apply does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Bring a new object about.
    Create,
    /// Change an object.
    Update,
    /// Give an object up.
    Delete,
}

/// Why the goal was not reached.
#[derive(Debug)]
pub enum Failure {
    /// The cluster, or the way to it.
    Cluster(Error),
    /// The cluster, for a reason that this statement has of its own.
    Explained(Error, Meaning),
    /// The cluster, after a first attempt whose answer had left open whether anything was done.
    SecondAttempt {
        /// The answer to the first attempt.
        first: Error,
        /// The answer to the second.
        second: Error,
    },
    /// A decision of the practitioner is needed.
    Refused(Box<Diagnostic>),
    /// The server accepted the statements, and nothing came of it.
    NoEffect,
    /// What was waited for did not come in time.
    Late(&'static str, Left),
    /// The server asked to come back later until the time was over; with what was waited for.
    StillRefused(&'static str, Error),
    /// It came, but too late to send what follows from it.
    NotSent(Vec<Step>),
    /// The practitioner interrupted Terraform, with what was waited for then.
    Interrupted(Option<&'static str>, Left),
    /// The same, but what was begun could not be ended.
    NotEnded(Error),
}

/// What a wait that was given up leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Nothing was sent.
    Nothing,
    /// What was sent is in effect.
    Statements,
    /// What was begun goes on, or is being ended; with what to do next.
    Begun(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Cancelled { .. } => Self::Interrupted(None, Left::Statements),
            error => Self::Cluster(error),
        }
    }
}

impl Failure {
    /// For the practitioner.
    pub fn diagnostic(&self, object: &str, patience: Duration, operation: Operation) -> Diagnostic {
        let seconds = patience.as_secs();
        // An apply would set up again what a destroy has already undone.
        let again = match operation {
            Operation::Create | Operation::Update => "apply again",
            Operation::Delete => "destroy it again",
        };
        match self {
            Self::Cluster(error) => error.diagnostic(),
            Self::Explained(error, meaning) => error.diagnostic_with(meaning.summary, meaning.advice),
            Self::SecondAttempt { first, second } => {
                let mut diagnostic = second.diagnostic();
                diagnostic.detail += &format!(
                    "\n\nThis was the second attempt. The first one, a moment before, was answered like this:\n\n  {}\n\nWhat it left \
                     behind may be what the second one met.",
                    first.answer(),
                );
                diagnostic
            }
            Self::Refused(diagnostic) => (**diagnostic).clone(),
            Self::Interrupted(waiting_for, left) => {
                let wait = waiting_for.map_or_else(String::new, |it| format!(", while it waited for {it}"));
                let left = match left {
                    Left::Nothing => format!("Nothing was sent to the cluster; {again} to go on."),
                    Left::Statements => format!(
                        "What was sent to the cluster stays in effect there; {again} to go on from where it is then."
                    ),
                    Left::Begun(advice) => advice.clone(),
                };
                Diagnostic::error(
                    "Interrupted",
                    format!("Stopped waiting for {object} on your request{wait}. {left}"),
                )
            }
            Self::NotEnded(error) => {
                let mut diagnostic = error.diagnostic();
                diagnostic.detail += &format!(
                    "\n\nStopped waiting for {object} on your request. It was to be ended, and that failed: it goes on in the cluster."
                );
                diagnostic
            }
            Self::NoEffect => Diagnostic::error(
                "Statements accepted, but without effect",
                format!(
                    "For {object} the cluster accepted the statements below, but {seconds} s later its views still do not \
                     show their effect. Look into the log of the OBServers (`rootservice.log`), then {again}: what \
                     is done already is not repeated. `timeouts` sets how long to wait."
                ),
            ),
            Self::Late(waiting_for, left) => {
                let by_itself =
                    format!("The cluster may still get there by itself; {again} to go on from where it is then.");
                let left = match left {
                    Left::Nothing => format!("Nothing was sent to it so far. {by_itself}"),
                    Left::Statements => by_itself,
                    Left::Begun(advice) => advice.clone(),
                };
                Diagnostic::error(
                    "Gave up waiting",
                    format!(
                        "For {object}, waited {seconds} s for {waiting_for}; `timeouts` sets how long to wait. {left}"
                    ),
                )
            }
            Self::StillRefused(waiting_for, error) => {
                let mut diagnostic = error.diagnostic();
                diagnostic.detail += &format!(
                    "\n\nFor {object}, the provider waited {seconds} s for {waiting_for}. `timeouts` sets how long to wait."
                );
                diagnostic
            }
            Self::NotSent(steps) => Diagnostic::error(
                "Ran out of time half-way",
                format!(
                    "For {object}, the {seconds} s were over before these statements could be sent:\n\n{}\n\nTo go on from \
                     here, {again}. `timeouts` sets how long to wait.",
                    listed(steps),
                ),
            ),
        }
    }
}

/// Why the goal was not reached, and how far it got.
#[derive(Debug)]
pub struct Shortfall {
    /// Why.
    pub failure: Failure,
    /// What the server accepted before that. None of it is undone.
    pub carried_out: Vec<Step>,
}

impl Shortfall {
    /// For the practitioner, who has to know what is different from before: archiving that was stopped to be moved, say.
    pub fn diagnostic(&self, object: &str, patience: Duration, operation: Operation) -> Diagnostic {
        let mut diagnostic = self.failure.diagnostic(object, patience, operation);
        if !self.carried_out.is_empty() {
            let list = listed(&self.carried_out);
            diagnostic.detail += &format!("\n\nCarried out so far, and not undone:\n\n{list}");
        }
        diagnostic
    }
}

fn listed(steps: &[Step]) -> String {
    let lines: Vec<String> = steps.iter().map(|step| format!("  {step};")).collect();
    lines.join("\n")
}

/// Where [`converge`] arrived.
#[derive(Debug)]
pub struct Reached<O> {
    /// What the views said of the object before anything was sent.
    pub found: Option<O>,
    /// What the views say of the object.
    pub observed: Option<O>,
    /// How the cluster is configured.
    pub snapshot: Arc<Snapshot>,
}

/// The first pause between two looks at the cluster; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// How long a statement that got no answer is looked for before it is sent again: the server may still be at work on it, and a
/// destination half made refuses a second attempt.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

/// How long a cluster that answered before may be out of reach; an observer restarts within it.
const LONGEST_OUTAGE: Duration = Duration::from_secs(60);

/// Between two attempts while a leader moves or a lock is held; completes "waiting for …".
const CLUSTER_BUSY: &str = "the cluster, which was busy or changing its leader";

/// Sends only what `diff` asks for, and looks again after every step.
///
/// A view may lag behind the statement that changes it, so statements already sent are awaited rather than repeated,
/// until the deadline.
pub async fn converge<R: ManagedResource>(
    cluster: &Cluster,
    configured: &Configured,
    goal: Goal<'_, R::Model>,
    identity: &R::Identity,
    pending: Pending,
    deadline: Instant,
) -> Result<Reached<R::Observed>, Shortfall> {
    let mut progress = Progress {
        pending,
        carried_out: Vec::new(),
        unanswered: Vec::new(),
        quiet_until: None,
        waiting_for: None,
        farewell: None,
        told: None,
    };
    let reached = approach::<R>(cluster, configured, goal, identity, &mut progress, deadline).await;
    match reached {
        Ok(reached) => Ok(reached),
        Err(failure) => {
            let failure = match failure {
                Failure::Interrupted(..) => part::<R>(cluster, identity, &mut progress).await,
                failure => failure,
            };
            Err(Shortfall {
                failure,
                carried_out: progress.carried_out,
            })
        }
    }
}

/// Does what is left to do after an interrupt.
async fn part<R: ManagedResource>(cluster: &Cluster, identity: &R::Identity, progress: &mut Progress) -> Failure {
    let ending = progress.farewell.as_mut().and_then(|farewell| farewell.ending.take());
    let Some(Ending { step, advice }) = ending else {
        return Failure::Interrupted(progress.waiting_for, progress.left());
    };
    let scope = R::scope(identity);
    let attempted = format!("{} of {scope}", step.attempted);
    let sending = cluster.execute_in_the_end(scope, &step.statement, SHORTEST_STATEMENT, &attempted);
    match sending.await {
        Ok(_) => {
            progress.carried_out.push(step);
            Failure::Interrupted(progress.waiting_for, Left::Begun(advice))
        }
        Err(error) => Failure::NotEnded(error),
    }
}

/// What was done, and what no view shows of what is still to be done.
struct Progress {
    pending: Pending,
    carried_out: Vec<Step>,
    /// Steps that got no answer, or one that says nothing, so that only the views know whether they were carried out.
    unanswered: Vec<(Step, Error)>,
    /// Until then the last of them is looked for, and not sent again.
    quiet_until: Option<Instant>,
    /// What is waited for; completes "waiting for …".
    waiting_for: Option<&'static str>,
    /// What becomes of what was begun, as things stand.
    farewell: Option<Farewell>,
    /// How far the cluster was when that was last told.
    told: Option<String>,
}

impl Progress {
    /// Whether the server may still be at work on one of these steps.
    fn may_still_run(&self, steps: &[Step]) -> bool {
        let is_quiet = self.quiet_until.is_some_and(|until| Instant::now() < until);
        is_quiet && steps.iter().any(|step| self.is_unanswered(step))
    }

    fn has_begun(&self) -> bool {
        !(self.carried_out.is_empty() && self.unanswered.is_empty())
    }

    /// What is left behind when nobody waits any more.
    fn left(&self) -> Left {
        match &self.farewell {
            Some(farewell) => Left::Begun(farewell.advice.clone()),
            None if self.has_begun() => Left::Statements,
            None => Left::Nothing,
        }
    }

    fn is_unanswered(&self, step: &Step) -> bool {
        self.unanswered.iter().any(|(unanswered, _)| unanswered == step)
    }

    /// What became of a step that is not sent again.
    fn failure(&mut self, step: &Step, error: Error) -> Failure {
        match self.unanswered.iter().position(|(unanswered, _)| unanswered == step) {
            Some(position) => Failure::SecondAttempt {
                first: self.unanswered.swap_remove(position).1,
                second: error,
            },
            None => error.into(),
        }
    }

    /// Tells how far the cluster is, when that is news.
    fn tell<R: ManagedResource>(&mut self, identity: &R::Identity, observed: Option<&R::Observed>) {
        let now = observed.and_then(R::progress);
        if let Some(progress) = now.as_ref().filter(|now| self.told.as_ref() != Some(now)) {
            tracing::info!(resource = R::NAME, %identity, %progress, "under way");
        }
        self.told = now;
    }

    /// What got no answer and is not asked for any more was carried out.
    fn learn_from(&mut self, diff: &Diff) {
        let wanted: &[Step] = match diff {
            Diff::Refuse(_) => return,
            Diff::Apply(steps) => steps,
            Diff::InSync | Diff::Settling(_) | Diff::Failed(..) => &[],
        };
        for (step, _) in &self.unanswered {
            if !wanted.contains(step) && !self.carried_out.contains(step) {
                self.carried_out.push(step.clone());
            }
        }
    }
}

async fn approach<R: ManagedResource>(
    cluster: &Cluster,
    configured: &Configured,
    goal: Goal<'_, R::Model>,
    identity: &R::Identity,
    progress: &mut Progress,
    deadline: Instant,
) -> Result<Reached<R::Observed>, Failure> {
    let mut sent: Vec<Step> = Vec::new();
    let mut pause = FIRST_PAUSE;
    let mut last_answer = None;
    let mut found = None;
    let mut is_first = true;
    loop {
        let late = Instant::now() >= deadline;
        // Held while looking and sending, not while waiting: what is waited for can take minutes, and the next look
        // starts from what is there then.
        let turn = cluster.lock(R::scope(identity)).await?;
        match look::<R::Records>(cluster, Freshness::After(cluster.now())).await {
            Err(error) if passes(&error) && !late => {}
            // Reading does no harm, and the cluster was there a moment ago: what was sent is worth waiting for.
            Err(error) if is_unanswered(&error) && is_recent(last_answer) && !late => {}
            Err(error) => return Err(error.into()),
            Ok((snapshot, records)) => {
                last_answer = Some(Instant::now());
                let observed = R::observe(&snapshot, &records, identity)?;
                let context = context_of(cluster, &snapshot, configured);
                if std::mem::take(&mut is_first) {
                    progress.pending.past_jobs = observed.as_ref().map(R::past_jobs).unwrap_or_default();
                }
                let diff = R::diff(goal, &progress.pending, observed.as_ref(), &context);
                progress.learn_from(&diff);
                progress.tell::<R>(identity, observed.as_ref());
                progress.farewell = R::farewell(goal, observed.as_ref(), progress.has_begun(), &context);
                progress.waiting_for = match &diff {
                    Diff::Settling(waiting_for) => Some(waiting_for),
                    _ => progress.waiting_for,
                };
                match diff {
                    Diff::InSync => {
                        return Ok(Reached {
                            found,
                            observed,
                            snapshot,
                        });
                    }
                    Diff::Refuse(reason) => return Err(Failure::Refused(reason)),
                    Diff::Failed(steps, reason) => {
                        progress.carried_out.retain(|step| !steps.contains(step));
                        return Err(Failure::Refused(reason));
                    }
                    Diff::Settling(waiting_for) if late => return Err(Failure::Late(waiting_for, progress.left())),
                    Diff::Apply(steps) if late && steps == sent => return Err(Failure::NoEffect),
                    Diff::Apply(steps) if late && !(sent.is_empty() && progress.unanswered.is_empty()) => {
                        return Err(Failure::NotSent(steps));
                    }
                    Diff::Apply(steps) if steps != sent && !progress.may_still_run(&steps) => {
                        let farewell = R::farewell(goal, observed.as_ref(), true, &context);
                        found = found.or(observed);
                        let sending = send(cluster, &snapshot, R::scope(identity), &steps, progress, deadline).await?;
                        if matches!(sending, Sent::All | Sent::Unanswered) {
                            progress.farewell = farewell;
                        }
                        match sending {
                            Sent::All => {
                                sent = steps;
                                pause = FIRST_PAUSE;
                                progress.waiting_for = None;
                                continue;
                            }
                            Sent::NotYet(waiting_for, error) if late => {
                                return Err(Failure::StillRefused(waiting_for, error));
                            }
                            Sent::Held(waiting_for) if late => {
                                return Err(Failure::Late(waiting_for, progress.left()));
                            }
                            Sent::NotYet(waiting_for, _) | Sent::Held(waiting_for) => {
                                progress.waiting_for = Some(waiting_for);
                            }
                            Sent::Unanswered => progress.waiting_for = None,
                        }
                    }
                    Diff::Apply(_) | Diff::Settling(_) => {}
                }
            }
        }
        drop(turn);
        tokio::select! {
            biased;
            () = cluster.cancelled().cancelled() => return Err(Failure::Interrupted(progress.waiting_for, progress.left())),
            () = sleep(pause.min(deadline.saturating_duration_since(Instant::now()))) => {}
        }
        pause = (pause * 2).min(R::LONGEST_PAUSE);
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// What the functions of a resource may know besides the views.
pub(crate) fn context_of<'a>(cluster: &'a Cluster, snapshot: &'a Snapshot, configured: &'a Configured) -> Context<'a> {
    Context {
        profiles: &configured.profiles,
        claims: &configured.claims,
        capabilities: &snapshot.capabilities,
        viewpoint: &snapshot.viewpoint,
        tenant_logins: cluster.tenant_logins(),
    }
}

/// Whether the cluster answered so lately that its silence may be a restart, or a leader that moves.
fn is_recent(last_answer: Option<Instant>) -> bool {
    last_answer.is_some_and(|at| at.elapsed() < LONGEST_OUTAGE)
}

enum Sent {
    All,
    NotYet(&'static str, Error),
    /// Something has to come about first.
    Held(&'static str),
    /// Whether the statement was carried out is to be seen before anything else is sent: the connection was lost, or the answer
    /// leaves it open.
    Unanswered,
}

async fn send(
    cluster: &Cluster,
    snapshot: &Snapshot,
    scope: Scope<'_>,
    steps: &[Step],
    progress: &mut Progress,
    deadline: Instant,
) -> Result<Sent, Failure> {
    // All of them first, so that nothing is done by halves.
    let freshness = Freshness::After(cluster.now());
    for precondition in steps.iter().filter_map(|step| step.precondition.as_ref()) {
        match precondition.look(cluster, snapshot, scope, freshness).await {
            Ok(Verdict::Met | Verdict::Doubtful(_)) => {}
            Ok(Verdict::NotYet(waiting_for)) => return Ok(Sent::Held(waiting_for)),
            Ok(Verdict::Unless(reason) | Verdict::Never(reason)) => return Err(Failure::Refused(reason)),
            Err(error) if passes(&error) || is_unanswered(&error) => return Ok(Sent::NotYet(CLUSTER_BUSY, error)),
            Err(error) => return Err(error.into()),
        }
    }
    for step in steps {
        let attempted = format!("{} of {scope}", step.attempted);
        let limit = deadline
            .saturating_duration_since(Instant::now())
            .max(SHORTEST_STATEMENT)
            .min(step.within.unwrap_or(Duration::MAX));
        let answer = match (&step.in_tenant, &step.prepared_by) {
            (Some(tenant), _) => {
                cluster
                    .execute_in_tenant(tenant, &step.statement, limit, &attempted)
                    .await
            }
            (None, Some(preparation)) => {
                cluster
                    .execute_prepared(scope, preparation, &step.statement, limit, &attempted)
                    .await
            }
            (None, None) => cluster.execute(scope, &step.statement, limit, &attempted).await,
        };
        match answer {
            Ok(_) => progress.carried_out.push(step.clone()),
            // Before it was sent: no answer, and nothing to look for.
            Err(error @ Error::Cancelled { .. }) => return Err(error.into()),
            Err(error) => {
                let (kind, number) = (error.kind(), error.server_error_number());
                if let Some((doubtful, meaning)) = step.doubtful
                    && kind == Some(doubtful)
                {
                    if progress.is_unanswered(step) {
                        return Err(Failure::Explained(error, meaning));
                    }
                    progress.unanswered.push((step.clone(), error));
                    progress.quiet_until = Some(Instant::now() + step.looked_for);
                    return Ok(Sent::Unanswered);
                }
                let later = step.not_yet.iter().find(|(later, _)| kind == Some(*later));
                match later {
                    Some((_, waiting_for)) => return Ok(Sent::NotYet(waiting_for, error)),
                    _ if passes(&error) => return Ok(Sent::NotYet(CLUSTER_BUSY, error)),
                    _ if number.is_some_and(|number| step.done_already.contains(&number)) => {}
                    // Once for each statement: one that ends the connection every time must not be sent for half an hour.
                    _ if may_be_sent_again(&error) && Instant::now() < deadline && !progress.is_unanswered(step) => {
                        progress.quiet_until = error.maybe_applied().then(|| Instant::now() + step.looked_for);
                        progress.unanswered.push((step.clone(), error));
                        return Ok(Sent::Unanswered);
                    }
                    _ => return Err(progress.failure(step, error)),
                }
            }
        }
        if let Some(change) = step.settles {
            progress.pending.changes.remove(change);
        }
        if let Some(change) = step.raises {
            progress.pending.changes.insert(change);
        }
    }
    Ok(Sent::All)
}

/// Whether the server said that it passes by itself.
fn passes(error: &Error) -> bool {
    matches!(error.retry(), Retry::Later | Retry::LaterElsewhere)
}

/// Whether nothing was sent, or no one knows whether it was carried out.
fn is_unanswered(error: &Error) -> bool {
    error.is_out_of_reach() || error.maybe_applied()
}

/// Whether another look decides what comes next. Statements are harmless when they are sent twice; a refused login is not,
/// since it counts towards locking the account.
fn may_be_sent_again(error: &Error) -> bool {
    is_unanswered(error) || error.retry() == Retry::OnceElsewhere
}

/// A statement that is sent just before the deadline still gets this long to be answered, since a statement without
/// an answer leaves us not knowing whether it was carried out.
const SHORTEST_STATEMENT: Duration = Duration::from_secs(10);

/// A diff as text for tests: a statement a line, as it would be sent.
#[cfg(test)]
pub(crate) fn describe(diff: &Diff) -> String {
    match diff {
        Diff::InSync => "in sync\n".to_owned(),
        Diff::Settling(waiting_for) => format!("wait for {waiting_for}\n"),
        Diff::Apply(steps) => steps
            .iter()
            .map(|step| match &step.precondition {
                Some(Precondition::BackupsAreRestorable) => format!("{step}; (once the backups are restorable)\n"),
                Some(Precondition::SetsAreDispensable(tenant, ids)) => {
                    format!("{step}; (if tenant {tenant} can do without {ids:?})\n")
                }
                None => format!("{step};\n"),
            })
            .collect(),
        Diff::Refuse(reason) => format!("refuse: {}\n", placed(reason)),
        Diff::Failed(steps, reason) => format!("failed: {}\n{}", placed(reason), listed(steps)),
    }
}

#[cfg(test)]
fn placed(reason: &Diagnostic) -> String {
    let attribute = reason.attribute.clone().unwrap_or_default();
    format!("{} at {attribute}", reason.summary)
}

#[cfg(test)]
mod tests;
