//! Where a managed resource meets Terraform: values become models, failures become diagnostics.

use super::{
    CompactionCheck, Computed, Context, Diff, Failure, Goal, ManagedResource, Operation, Pending, Reached, Step,
    context_of, converge, precondition::Verdict,
};
use crate::{
    cluster::{Cluster, Error, Freshness, Kind, Scope, Snapshot, TenantName, Viewpoint},
    destination_precheck::did_you_mean,
    model::{self, known_part},
    provider::{Configured, Connection},
    queried::look,
};
use futures_util::future::BoxFuture;
use std::{marker::PhantomData, sync::OnceLock, time::Duration};
use tfplugin::{
    Applied, Attribute, AttributePath, Call, Change, Diagnostic, Diagnostics, IdentitySchema, ImportKey, Resource,
    Schema, Severity, Type, Value, resource::PlanRequest, schema::IdentityAttribute,
};
use tokio::time::Instant;

/// A [`ManagedResource`] as a Terraform resource.
pub struct Managed<R> {
    schema: OnceLock<Schema>,
    identity_schema: OnceLock<IdentitySchema>,
    resource: PhantomData<fn() -> R>,
}

impl<R> Default for Managed<R> {
    fn default() -> Self {
        Self {
            schema: OnceLock::new(),
            identity_schema: OnceLock::new(),
            resource: PhantomData,
        }
    }
}

/// Why an operation on one object failed, and what it left behind.
struct Failed<M> {
    diagnostic: Box<Diagnostic>,
    /// The object as it is now, when that could still be found out.
    state: Option<Option<M>>,
}

impl<M> From<Box<Diagnostic>> for Failed<M> {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self {
            diagnostic,
            state: None,
        }
    }
}

/// Why an object could not be looked at.
enum Unseen {
    /// For a reason that any other has in common with it.
    Cluster(Error),
    /// For a reason of its own.
    Object(Box<Diagnostic>),
}

impl From<Box<Diagnostic>> for Unseen {
    fn from(reason: Box<Diagnostic>) -> Self {
        Self::Object(reason)
    }
}

impl Unseen {
    fn diagnostic(self) -> Box<Diagnostic> {
        match self {
            Self::Cluster(error) => Box::new(error.diagnostic()),
            Self::Object(reason) => reason,
        }
    }
}

impl<R: ManagedResource> Managed<R> {
    fn model(&self, value: &Value) -> Result<R::Model, Box<Diagnostic>> {
        model::from_value(value)
    }

    fn value(&self, model: &R::Model) -> Result<Value, Box<Diagnostic>> {
        model::to_value(model, self.schema())
    }

    fn describe(identity: &R::Identity) -> String {
        format!("{} of `{identity}`", R::NAME)
    }

    async fn look(
        &self,
        call: Call<'_, Configured>,
        cluster: &Cluster,
        freshness: Freshness,
        prior: Option<&R::Model>,
        identity: &R::Identity,
    ) -> Result<Option<R::Model>, Unseen> {
        Self::expect_in_sight(cluster, identity)?;
        let (snapshot, records) = look::<R::Records>(cluster, freshness).await.map_err(Unseen::Cluster)?;
        let context = context_of(cluster, &snapshot, call.configured);
        Ok(state_in::<R>(&snapshot, &records, &context, prior, identity)?)
    }

    /// The stored object as it is now, and what is new of it.
    async fn refreshed(
        &self,
        call: Call<'_, Configured>,
        cluster: &Cluster,
        prior: &R::Model,
    ) -> Result<(Option<Value>, Diagnostics), Unseen> {
        let identity = R::identity(prior);
        let found = self.look(call, cluster, Freshness::Any, Some(prior), &identity).await?;
        if let Some(now) = found {
            return Ok((Some(self.value(&now)?), R::news(prior, &now)));
        }
        if let Scope::Tenant(tenant) = R::scope(&identity)
            && is_gone(cluster, tenant).await
        {
            call.configured.remember_dropped(tenant);
        }
        Ok((None, Diagnostics::none()))
    }

    /// A user tenant does not see the others: what is not in sight is not gone, and must not vanish from the state.
    fn expect_in_sight(cluster: &Cluster, identity: &R::Identity) -> Result<(), Box<Diagnostic>> {
        match (cluster.viewpoint(), R::scope(identity)) {
            (Viewpoint::User(own), Scope::Tenant(tenant)) if own != tenant => {
                let other = Error::OtherTenant {
                    attempted: format!("looking for {}", Self::describe(identity)),
                    login: own.clone(),
                    tenant: tenant.clone(),
                };
                Err(Box::new(other.diagnostic()))
            }
            (Viewpoint::User(own), Scope::AllTenants) => Err(Box::new(only_one_in_sight(own))),
            (Viewpoint::User(_), Scope::Tenant(_)) | (Viewpoint::Sys, _) => Ok(()),
        }
    }

    /// Brings the object to the goal, or says why not. The practitioner's interrupt ends every wait at once.
    async fn reach(
        &self,
        call: Call<'_, Configured>,
        goal: Goal<'_, R::Model>,
        prior: Option<&R::Model>,
        operation: Operation,
    ) -> Result<Reached<R::Observed>, Failed<R::Model>> {
        let (Goal::Present(model) | Goal::Absent(model)) = goal;
        let identity = R::identity(model);
        let object = Self::describe(&identity);
        let Connection::Ready(cluster) = &call.configured.connection else {
            return Err(Box::new(not_known_yet()).into());
        };
        Self::expect_in_sight(cluster, &identity)?;
        let patience = R::patience(model, operation);
        let pending = match goal {
            Goal::Present(model) => R::pending(prior, model),
            Goal::Absent(_) => Pending::none(),
        };
        let deadline = Instant::now() + patience;
        match converge::<R>(cluster, call.configured, goal, &identity, pending, deadline).await {
            Ok(reached) => {
                tracing::info!(object, ?operation, "converged");
                Ok(reached)
            }
            Err(shortfall) => {
                let diagnostic = Box::new(shortfall.diagnostic(&object, patience, operation));
                tracing::info!(object, ?operation, summary = diagnostic.summary, "not converged");
                let state = self.state_after_failure(call, cluster, prior).await;
                Err(Failed { diagnostic, state })
            }
        }
    }

    /// What an update or a delete that failed left behind, when it can be found out quickly.
    async fn state_after_failure(
        &self,
        call: Call<'_, Configured>,
        cluster: &Cluster,
        prior: Option<&R::Model>,
    ) -> Option<Option<R::Model>> {
        let prior = prior?;
        let look = look::<R::Records>(cluster, Freshness::After(cluster.now()));
        let (snapshot, records) = tokio::time::timeout(LOOK_AFTER_FAILURE, look).await.ok()?.ok()?;
        let context = context_of(cluster, &snapshot, call.configured);
        state_in::<R>(&snapshot, &records, &context, Some(prior), &R::identity(prior)).ok()
    }

    async fn create_or_update(
        &self,
        call: Call<'_, Configured>,
        prior: Option<Value>,
        planned: Value,
    ) -> Result<Applied, Box<Diagnostic>> {
        let prior_model = prior.as_ref().map(|prior| self.model(prior)).transpose()?;
        let goal = self.model(&known_part(&planned, self.schema()))?;
        let operation = if prior.is_some() {
            Operation::Update
        } else {
            Operation::Create
        };
        match self
            .reach(call, Goal::Present(&goal), prior_model.as_ref(), operation)
            .await
        {
            Ok(reached) => {
                let state = self.completed(call, &planned, &goal, &reached)?;
                let remarks = reached.observed.as_ref();
                let remarks = remarks.map(|observed| R::remarks(prior_model.as_ref(), &goal, observed));
                Ok(Applied {
                    state: Some(state),
                    diagnostics: remarks.unwrap_or_default(),
                })
            }
            Err(Failed { diagnostic, state }) => {
                let left = match state {
                    Some(model) => model.map(|model| self.value(&model)).transpose()?,
                    None => prior,
                };
                Ok(Applied {
                    state: left,
                    diagnostics: (*diagnostic).into(),
                })
            }
        }
    }

    /// The planned state, its unknown attributes filled in from what was observed. What was planned comes back as it
    /// was planned: if the cluster has moved on meanwhile, the next refresh shows it.
    fn completed(
        &self,
        call: Call<'_, Configured>,
        planned: &Value,
        goal: &R::Model,
        reached: &Reached<R::Observed>,
    ) -> Result<Value, Box<Diagnostic>> {
        let identity = R::identity(goal);
        let (Connection::Ready(cluster), Some(observed)) = (&call.configured.connection, &reached.observed) else {
            return Err(Box::new(vanished(&Self::describe(&identity))));
        };
        let context = context_of(cluster, &reached.snapshot, call.configured);
        let goal = match &reached.found {
            Some(found) => &R::with_what_was_found(goal, found),
            None => goal,
        };
        let state = self.value(&R::state(Some(goal), &identity, observed, &context))?;
        let planned = tfplugin::plan::without_write_only(self.schema(), planned.clone());
        Ok(planned.transform(&mut |path, value| match value {
            Value::Unknown(_) => state.at(path).cloned().unwrap_or(Value::Null),
            known => known,
        }))
    }

    async fn delete(&self, call: Call<'_, Configured>, prior: Value) -> Result<Applied, Box<Diagnostic>> {
        let model = self.model(&prior)?;
        match self
            .reach(call, Goal::Absent(&model), Some(&model), Operation::Delete)
            .await
        {
            Ok(_) => Ok(Applied {
                state: None,
                diagnostics: Diagnostics::none(),
            }),
            Err(Failed { diagnostic, state }) => {
                let left = match state {
                    Some(Some(model)) => Some(self.value(&model)?),
                    // Gone although the delete failed, or not to be found out: Terraform should ask again.
                    Some(None) | None => Some(prior),
                };
                Ok(Applied {
                    state: left,
                    diagnostics: (*diagnostic).into(),
                })
            }
        }
    }

    async fn complete_plan(
        &self,
        call: Call<'_, Configured>,
        request: &PlanRequest,
    ) -> Result<(Value, Diagnostics), Box<Diagnostic>> {
        let schema = self.schema();
        let prior = request.prior.as_ref().map(|prior| self.model(prior)).transpose()?;
        let proposed = known_part(&request.planned, schema);
        if !proposed.is_wholly_known() {
            call.configured.claims.leave_open();
            return Ok((
                all_computed_unknown(request.planned.clone(), schema),
                Diagnostics::none(),
            ));
        }
        let mut model = self.model(&proposed)?;
        let (prior, replaced) = match prior {
            Some(prior) if R::scope(&R::identity(&prior)) != R::scope(&R::identity(&model)) => (None, Some(prior)),
            prior => (prior, None),
        };
        if !call.configured.profiles_are_known && R::uses_profile(&model) {
            call.configured.claims.leave_open();
            return Ok((
                all_computed_unknown(request.planned.clone(), schema),
                Diagnostics::none(),
            ));
        }
        let mut planned = request.planned.clone();
        for (path, computed) in R::plan(prior.as_ref(), &model, &call.configured.profiles) {
            let value = match computed {
                Computed::Known(json) => model::plain(&json),
                Computed::Unknown => Value::UNKNOWN,
            };
            if let Some(place) = planned.at_mut(&path) {
                *place = value;
            }
        }
        let desired = tfplugin::plan::desired(schema, known_part(&planned, schema).into_owned(), &request.config);
        // Terraform asks about an object that is destroyed, but not about one that is replaced.
        let mut diagnostics = match &replaced {
            Some(replaced) => Box::pin(self.precheck_destroy(call, replaced)).await,
            None => Diagnostics::none(),
        };
        // Of the new one it asks again.
        if desired.is_wholly_known() && replaced.is_none() {
            if desired != *proposed {
                model = self.model(&desired)?;
            }
            diagnostics.extend(self.precheck(call, prior.as_ref(), &model).await);
        }
        Ok((planned, diagnostics))
    }

    async fn precheck(&self, call: Call<'_, Configured>, prior: Option<&R::Model>, planned: &R::Model) -> Diagnostics {
        let Connection::Ready(cluster) = &call.configured.connection else {
            return Diagnostics::none();
        };
        // Nothing else needs to be said, or waited for, before the refresh succeeds.
        if call.configured.is_to_fail() {
            return Diagnostics::none();
        }
        let identity = R::identity(planned);
        let scope = R::scope(&identity);
        // While Terraform applies, other tenants change all the time; what this plan gives to them is in the claims.
        let freshness = Freshness::Since(cluster.last_write_to(scope));
        match look::<R::Records>(cluster, freshness).await {
            Ok((snapshot, records)) => {
                if let Scope::Tenant(tenant) = scope
                    && call.configured.was_dropped(tenant)
                    && snapshot.tenant(tenant).is_none()
                {
                    return tenant_dropped(tenant).into();
                }
                let context = context_of(cluster, &snapshot, call.configured);
                let (mut diagnostics, steps, check) = foresee::<R>(prior, planned, &snapshot, &records, &context);
                diagnostics.extend(try_logins(cluster, &steps).await);
                if let Some(check) = check {
                    // In a box: few resources ask for it.
                    diagnostics.extend(Box::pin(check.look(cluster, &snapshot, freshness)).await);
                }
                diagnostics
            }
            Err(error) => {
                // Once is enough: there may be a thousand resources.
                let is_news = match error.is_out_of_reach() {
                    true => call.configured.warn_unreachable_once(),
                    false => call.configured.refuse_once(),
                };
                is_news.then(|| unchecked(&error)).into_iter().collect()
            }
        }
    }

    async fn precheck_destroy(&self, call: Call<'_, Configured>, prior: &R::Model) -> Diagnostics {
        let Connection::Ready(cluster) = &call.configured.connection else {
            return R::precheck_destroy(prior, None);
        };
        let identity = R::identity(prior);
        let scope = R::scope(&identity);
        // Of a tenant that was dropped nothing stays, and nothing stops.
        if let Scope::Tenant(tenant) = scope
            && is_gone(cluster, tenant).await
        {
            return Diagnostics::none();
        }
        let freshness = Freshness::Since(cluster.last_write_to(scope));
        let Ok((snapshot, records)) = look::<R::Records>(cluster, freshness).await else {
            // The refresh has said so.
            return R::precheck_destroy(prior, None);
        };
        let context = context_of(cluster, &snapshot, call.configured);
        let (mut diagnostics, steps) = foresee_destroy::<R>(prior, &snapshot, &records, &context);
        let preconditions = steps.iter().filter_map(|step| step.precondition.as_ref());
        for precondition in preconditions.filter(|precondition| precondition.concerns_plans()) {
            let verdict = precondition.look(cluster, &snapshot, scope, freshness).await;
            diagnostics.extend(verdict.ok().and_then(Verdict::foreseen));
        }
        without_noise(diagnostics)
    }

    fn key_to_identity(key: &ImportKey) -> Result<R::Identity, Box<Diagnostic>> {
        let text = match key {
            ImportKey::Id(id) => id.clone(),
            ImportKey::Identity(value) => {
                let parts = R::identity_attributes().iter().map(|(name, _)| {
                    value
                        .attribute(name)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                });
                parts.collect::<Vec<_>>().join("/")
            }
        };
        text.parse().map_err(|error| {
            let names: Vec<&str> = R::identity_attributes().iter().map(|(name, _)| *name).collect();
            Box::new(Diagnostic::error(
                "Invalid import ID",
                format!(
                    "The import ID of {} is {}; got `{text}`: {error}.",
                    R::NAME,
                    names.join("/")
                ),
            ))
        })
    }

    async fn find(&self, call: Call<'_, Configured>, key: &ImportKey) -> Result<Value, Box<Diagnostic>> {
        let identity = Self::key_to_identity(key)?;
        let Connection::Ready(cluster) = &call.configured.connection else {
            return Err(Box::new(not_known_yet()));
        };
        let found = self.look(call, cluster, Freshness::Any, None, &identity).await;
        let found = found.map_err(Unseen::diagnostic)?;
        if let Some(found) = found {
            return self.value(&found);
        }
        let snapshot = cluster
            .snapshot(Freshness::Any)
            .await
            .map_err(|error| error.diagnostic())?;
        Err(Box::new(nothing_to_import::<R>(&identity, &snapshot)))
    }
}

impl<R: ManagedResource> Resource<Configured> for Managed<R> {
    fn type_name(&self) -> &str {
        R::NAME
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(model::schema::<R::Model>)
    }

    fn identity_schema(&self) -> &IdentitySchema {
        self.identity_schema.get_or_init(|| IdentitySchema {
            version: 0,
            attributes: R::identity_attributes()
                .iter()
                .map(|(name, description)| {
                    let attribute = IdentityAttribute {
                        kind: Type::String,
                        description: (*description).to_owned(),
                        required_for_import: true,
                    };
                    ((*name).into(), attribute)
                })
                .collect(),
        })
    }

    fn identity(&self, state: &Value) -> Value {
        tfplugin::plan::identity_of(self.identity_schema(), state).transform(&mut |path: &AttributePath, value| {
            let stand_in = value.is_null().then(|| R::stand_in(&path.to_string())).flatten();
            stand_in.map_or(value, Value::string)
        })
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match self.model(&known_part(config, self.schema())) {
            Ok(model) => without_noise(R::validate(&model)),
            Err(diagnostic) => (*diagnostic).into(),
        }
    }

    fn read<'a>(&'a self, call: Call<'a, Configured>, state: Value) -> BoxFuture<'a, (Option<Value>, Diagnostics)> {
        Box::pin(async move {
            let Connection::Ready(cluster) = &call.configured.connection else {
                let warning = call.configured.warn_unreachable_once().then(not_refreshed);
                return (Some(state), warning.into_iter().collect());
            };
            let prior = match self.model(&state) {
                Ok(prior) => prior,
                Err(diagnostic) => return (Some(state), (*diagnostic).into()),
            };
            // Without the settings of its profile, everything that the cluster shows would look like drift.
            if !call.configured.profile_settings_are_known && R::uses_profile(&prior) {
                let warning = call.configured.warn_unreachable_once().then(not_refreshed);
                return (Some(state), warning.into_iter().collect());
            }
            match self.refreshed(call, cluster, &prior).await {
                Ok(refreshed) => refreshed,
                Err(Unseen::Cluster(error)) => (Some(state), unread(call.configured, &error)),
                Err(Unseen::Object(reason)) => (Some(state), (*reason).into()),
            }
        })
    }

    fn plan<'a>(&'a self, call: Call<'a, Configured>, request: &'a PlanRequest) -> BoxFuture<'a, (Value, Diagnostics)> {
        Box::pin(async move {
            let completed = self.complete_plan(call, request).await;
            // Beside an error nobody looks at the plan.
            completed.unwrap_or_else(|diagnostic| (Value::Null, (*diagnostic).into()))
        })
    }

    fn plan_destroy<'a>(&'a self, call: Call<'a, Configured>, state: Value) -> BoxFuture<'a, Diagnostics> {
        Box::pin(async move {
            match self.model(&state) {
                Ok(prior) => self.precheck_destroy(call, &prior).await,
                Err(diagnostic) => (*diagnostic).into(),
            }
        })
    }

    fn apply<'a>(&'a self, call: Call<'a, Configured>, change: Change) -> BoxFuture<'a, Applied> {
        Box::pin(async move {
            call.configured.claims.plan_ended();
            let (before, result) = match change {
                Change::Create { planned } => (None, self.create_or_update(call, None, planned).await),
                Change::Update { prior, planned } => (
                    Some(prior.clone()),
                    self.create_or_update(call, Some(prior), planned).await,
                ),
                Change::Delete { prior } => (Some(prior.clone()), self.delete(call, prior).await),
            };
            result.unwrap_or_else(|diagnostic| Applied {
                state: before,
                diagnostics: (*diagnostic).into(),
            })
        })
    }

    fn import<'a>(&'a self, call: Call<'a, Configured>, key: ImportKey) -> BoxFuture<'a, (Option<Value>, Diagnostics)> {
        Box::pin(async move {
            match self.find(call, &key).await {
                Ok(value) => (Some(value), Diagnostics::none()),
                Err(diagnostic) => (None, (*diagnostic).into()),
            }
        })
    }
}

/// After a failure the practitioner has waited long enough already.
const LOOK_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// What would fail on apply, or should be known before it; and, unless it would fail, the first steps, and what else is to be looked at.
fn foresee<R: ManagedResource>(
    prior: Option<&R::Model>,
    planned: &R::Model,
    snapshot: &Snapshot,
    records: &R::Records,
    context: &Context<'_>,
) -> (Diagnostics, Vec<Step>, Option<CompactionCheck>) {
    let mut diagnostics = R::precheck(prior, planned, snapshot, records, context);
    let (mut steps, mut check) = (Vec::new(), None);
    // What the first step would refuse is said now rather than on apply.
    if !diagnostics.has_errors()
        && let Ok(observed) = R::observe(snapshot, records, &R::identity(planned))
    {
        let pending = R::pending(prior, planned);
        match R::diff(Goal::Present(planned), &pending, observed.as_ref(), context) {
            Diff::Refuse(reason) => diagnostics.push(R::refusal_at_plan(prior, *reason)),
            Diff::Failed(_, reason) => diagnostics.push(forewarned(*reason)),
            Diff::Apply(first) => steps = first,
            Diff::InSync | Diff::Settling(_) => {}
        }
        if !diagnostics.has_errors() {
            check = observed.and_then(|observed| R::compaction_check(prior, planned, &observed, context));
        }
    }
    (without_noise(diagnostics), steps, check)
}

/// What the practitioner should know before a destroy, what its first step would refuse, and the first steps otherwise.
fn foresee_destroy<R: ManagedResource>(
    prior: &R::Model,
    snapshot: &Snapshot,
    records: &R::Records,
    context: &Context<'_>,
) -> (Diagnostics, Vec<Step>) {
    let observed = R::observe(snapshot, records, &R::identity(prior)).ok().flatten();
    let mut diagnostics = R::precheck_destroy(prior, observed.as_ref());
    let pending = Pending::none().after(observed.as_ref().map(R::past_jobs).unwrap_or_default());
    match R::diff(Goal::Absent(prior), &pending, observed.as_ref(), context) {
        Diff::Refuse(reason) => diagnostics.push(*reason),
        Diff::Failed(_, reason) => diagnostics.push(forewarned(*reason)),
        Diff::Apply(steps) => return (diagnostics, steps),
        Diff::InSync | Diff::Settling(_) => {}
    }
    (diagnostics, Vec::new())
}

/// Logs in to the tenants whose sessions the steps need: a password that is wrong now will be wrong on apply. Whether such a
/// login may do what it is for need not be asked, since the server demands no privilege for it.
async fn try_logins(cluster: &Cluster, steps: &[Step]) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for step in steps {
        let Some(tenant) = &step.in_tenant else { continue };
        let attempted = format!("{} of tenant {tenant}", step.attempted);
        match cluster.try_login_to(tenant, &attempted).await {
            Ok(()) => {}
            // It may come to life before the apply.
            Err(error) if error.is_out_of_reach() || error.kind() == Some(Kind::Transient) => {}
            Err(error) => diagnostics.push(match &step.attribute {
                Some(attribute) => error.diagnostic().at(attribute.clone()),
                None => error.diagnostic(),
            }),
        }
    }
    diagnostics
}

/// An error here would keep everything else from being planned, and thereby from being applied and destroyed.
fn forewarned(reason: Diagnostic) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        detail: format!(
            "{}\n\nAn apply that asks for it ends with this as an error, which holds up what depends on this resource, and nothing else.",
            reason.detail
        ),
        ..reason
    }
}

/// Beside an error, what else would come of the change does not matter yet.
fn without_noise(diagnostics: Diagnostics) -> Diagnostics {
    if !diagnostics.has_errors() {
        return diagnostics;
    }
    diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .collect()
}

fn state_in<R: ManagedResource>(
    snapshot: &Snapshot,
    records: &R::Records,
    context: &Context<'_>,
    prior: Option<&R::Model>,
    identity: &R::Identity,
) -> Result<Option<R::Model>, Box<Diagnostic>> {
    let observed = R::observe(snapshot, records, identity)
        .map_err(|error| Failure::from(error).diagnostic(R::NAME, Duration::ZERO, Operation::Update))?;
    Ok(observed
        .filter(|observed| R::exists(prior, observed))
        .map(|observed| R::state(prior, identity, &observed, context)))
}

/// With unknown inputs nothing can be said of computed attributes.
fn all_computed_unknown(planned: Value, schema: &Schema) -> Value {
    let is_computed_only = |attribute: &Attribute| attribute.computed && !attribute.optional;
    planned.transform(&mut |path: &AttributePath, value| match schema.at(path) {
        Some(attribute) if is_computed_only(attribute) => Value::UNKNOWN,
        _ => value,
    })
}

/// The error of a refresh, unless it was said of another resource: that one stops Terraform already.
fn unread(configured: &Configured, error: &Error) -> Diagnostics {
    let mut reason = error.diagnostic();
    if !configured.is_first_failure(&reason) {
        return Diagnostics::none();
    }
    reason.detail += "\n\nThis is said once, for every resource that could not be read for this reason.";
    reason.into()
}

/// A cluster that cannot be reached may come to life before the apply; one that refuses the login will refuse it then.
fn unchecked(error: &Error) -> Diagnostic {
    let reason = error.diagnostic();
    if error.is_out_of_reach() {
        return Diagnostic::warning(
            "Planned without looking at the cluster",
            format!(
                "{}. {}\n\nWhat would fail on apply could not be checked.",
                reason.summary, reason.detail
            ),
        );
    }
    reason
}

fn nothing_to_import<R: ManagedResource>(identity: &R::Identity, snapshot: &Snapshot) -> Diagnostic {
    let relation = match R::identity_attributes() {
        [_] => "is",
        _ => "begins with",
    };
    let reason = match R::scope(identity) {
        Scope::Tenant(tenant) if snapshot.tenant(tenant).is_none() => format!(
            "The import ID {relation} the name of a user tenant, and the cluster has none of the name `{tenant}`. {}Check, too, that \
             the provider is connected to the right cluster.",
            did_you_mean(tenant, snapshot)
        ),
        Scope::Tenant(_) | Scope::AllTenants => R::nothing_to_import(identity),
    };
    Diagnostic::error("Nothing to import", reason)
}

/// Whether the cluster shows that the tenant is not there, to a login that sees every tenant.
async fn is_gone(cluster: &Cluster, tenant: &TenantName) -> bool {
    let sees_all = matches!(cluster.viewpoint(), Viewpoint::Sys);
    sees_all
        && cluster
            .snapshot(Freshness::Any)
            .await
            .is_ok_and(|snapshot| snapshot.tenant(tenant).is_none())
}

/// No error: before a destroy Terraform plans what the configuration asks for, and an error there would keep it from going on.
fn tenant_dropped(tenant: &TenantName) -> Diagnostic {
    Diagnostic::warning(
        "The tenant was dropped",
        format!(
            "The cluster has no tenant `{tenant}` any more, so this resource is gone, too. Remove it from the configuration. An apply \
             that is to create it anew fails until there is a tenant of this name; `terraform destroy` goes on."
        ),
    )
    .at("tenant")
}

fn only_one_in_sight(own: &TenantName) -> Diagnostic {
    Diagnostic::error(
        "The login belongs to one tenant",
        format!("The provider is logged in to the tenant `{own}`, and manages only that one. For all tenants log in to `sys`."),
    )
    .at("all_tenants")
}

fn not_known_yet() -> Diagnostic {
    Diagnostic::error(
        "The connection is not known yet",
        "The provider block holds values that are known only after other resources were applied, so the cluster cannot be \
         reached. Apply those first (`-target`), or give the values directly.",
    )
}

fn not_refreshed() -> Diagnostic {
    Diagnostic::warning(
        "Planned without looking at the cluster",
        "The provider block holds values that are known only after other resources were applied, so the stored state is \
         taken as it is. Drift will show in the next plan.",
    )
}

fn vanished(object: &str) -> Diagnostic {
    Diagnostic::error(
        "The object vanished",
        format!(
            "{object} was not there any more right after it was applied. Somebody else may be at work on the same tenant; apply again."
        ),
    )
}
