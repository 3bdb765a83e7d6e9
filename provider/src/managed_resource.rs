//! Observe, diff, converge: how every managed resource is brought to its desired state.
//!
//! A resource implements [`ManagedResource`]: a handful of pure functions over its model and what the views say.
//! [`converge`] is the only loop in the provider, and [`Managed`] the only place where a resource meets Terraform.

mod adapter;
mod converge;
mod failure;
mod precondition;
mod step;

pub use crate::backup::compaction::CompactionCheck;
pub use adapter::Managed;
pub use converge::{Reached, converge};
pub use failure::{Failure, Left, Shortfall};
pub(crate) use precondition::LEFT_IN_PLACE;
pub use precondition::Precondition;
pub use step::{Meaning, Step};

use crate::{
    cluster::{Cluster, Error, Scope, Snapshot, TenantName, Viewpoint, version::Capabilities},
    neighbours::Claims,
    provider::Configured,
    queried::Gather,
    values::storage::StorageProfiles,
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeSet, fmt::Display, str::FromStr, time::Duration};
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

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

    /// What a plan looks at of major compactions: it warns, and nothing else depends on it.
    fn compaction_check(
        _prior: Option<&Self::Model>,
        _planned: &Self::Model,
        _observed: &Self::Observed,
        _: &Context<'_>,
    ) -> Option<CompactionCheck> {
        None
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
        Diff::Failed(steps, reason) => format!("failed: {}\n{}", placed(reason), step::listed(steps)),
    }
}

#[cfg(test)]
fn placed(reason: &Diagnostic) -> String {
    let attribute = reason.attribute.clone().unwrap_or_default();
    format!("{} at {attribute}", reason.summary)
}

#[cfg(test)]
mod tests;
