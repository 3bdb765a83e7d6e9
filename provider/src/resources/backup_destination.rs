//! `oceanbase_backup_destination`: where a tenant's data backups are written.
//!
//! Reads `CDB_OB_BACKUP_PARAMETER`, `CDB_OB_BACKUP_STORAGE_INFO` and `CDB_OB_BACKUP_JOBS`; sends
//! `ALTER SYSTEM SET DATA_BACKUP_DEST`, `CHANGE EXTERNAL_STORAGE_DEST` and, when told, `CANCEL BACKUP`.
//! Manual: <https://en.oceanbase.com/docs/common-oceanbase-database-10000000001971102>.

use crate::{
    cluster::{Error, Kind, RawUri, Scope, Snapshot, Statement, Tenant, TenantName, snapshot::CompatibilityMode},
    destination_change::{
        Difference, IN_SYNC, JOBS_USE_ANOTHER_KEY, KnownPlaces, OWNERSHIP, Place, ROTATION, Registered,
        change_in_place, difference, fixed, for_tenant, setting, taken, with_key, write_whole,
    },
    destination_precheck::{Judged, judge, unknown_tenant},
    managed_resource::{Computed, Context, Diff, Goal, ManagedResource, Operation, Pending, Step},
    neighbours::{Occupant, Purpose},
    values::{
        destination::{Destination, Location},
        storage::{ResolvedStorage, Storage, StorageProfiles},
        timeouts::Timeouts,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// Where the data backups of a tenant are written.
///
/// The server tests the storage when the destination is set: it writes a `format` file, by which it knows the directory
/// again, and probe files. One directory serves one tenant and one purpose; backups and archived logs each need their own.
///
/// A tenant that has this destination already, because the state was lost for instance, is adopted: the plan says `to add`, and the apply
/// sends nothing but what differs. An access ID or a key that differs is replaced by the configured one, of which the plan warns where
/// the cluster shows it; Enterprise Edition does not show keys.
///
/// Moving to another location leaves the old backups where they are, but a new location begins with a full backup: take one
/// after the move. Old locations are listed in `previous_locations`; no cleanup touches them any more.
///
/// Destroying this resource leaves the destination as it is, unless `on_destroy` says otherwise. Files are never touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant. `sys` and META tenants have no backups of their own.
    #[schemars(extend("x-requires-replace" = true))]
    pub tenant: TenantName,
    /// Where the backups are written.
    pub storage: Storage,
    /// What to do when the destination has to be set while a backup runs, which the server refuses (error 9036).
    #[serde(default)]
    pub on_running_backup: OnRunningBackup,
    /// Take over a tenant whose backups already go to another location, and move it here. Without it, that is an error.
    #[serde(default)]
    pub adopt_existing: bool,
    /// What becomes of the destination when this resource is destroyed. Apply a changed value before destroying.
    #[serde(default)]
    pub on_destroy: OnDestroy,
    /// How long to wait for the cluster. What was sent stays in effect when the time is over; the next apply goes on from
    /// there.
    pub timeouts: Option<Timeouts>,
    /// The destination as a URI, without its key.
    #[schemars(extend("readOnly" = true))]
    pub uri: Option<String>,
    /// Number by which jobs and backup sets refer to the destination (`DEST_ID`).
    #[schemars(extend("readOnly" = true))]
    pub dest_id: Option<i64>,
    /// Locations that this resource has moved away from, oldest first. Their files are still there.
    #[schemars(extend("readOnly" = true))]
    pub previous_locations: Option<Vec<String>>,
    /// `in sync`, or what is wrong although all attributes are as configured: `jobs use another key` when the key was
    /// set by hand in a way that does not reach the jobs.
    #[schemars(extend("readOnly" = true))]
    pub condition: Option<String>,
}

/// What to do about a running backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OnRunningBackup {
    /// Wait for its end, within the timeout.
    #[default]
    Wait,
    /// Fail.
    Fail,
    /// Cancel it.
    Cancel,
}

/// What becomes of the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OnDestroy {
    /// It stays as it is, and the tenant can be backed up.
    #[default]
    Keep,
    /// It is cleared: the tenant cannot be backed up any more. Files stay.
    Clear,
}

/// What the views say.
#[derive(Debug)]
pub struct Observed {
    mode: CompatibilityMode,
    destination: Option<Destination>,
    registered: Option<Registered>,
    known_places: KnownPlaces,
    backup_runs: bool,
}

/// The resource.
pub struct BackupDestination;

impl ManagedResource for BackupDestination {
    const NAME: &'static str = "oceanbase_backup_destination";
    type Model = Model;
    type Records = ();
    type Identity = TenantName;
    type Observed = Observed;

    fn identity_attributes() -> &'static [(&'static str, &'static str)] {
        &[("tenant", "Name of the user tenant.")]
    }

    fn identity(model: &Model) -> TenantName {
        model.tenant.clone()
    }

    fn scope(tenant: &TenantName) -> Scope<'_> {
        tenant.into()
    }

    fn observe(snapshot: &Snapshot, (): &(), tenant: &TenantName) -> Result<Option<Observed>, Error> {
        let Some(tenant) = snapshot.tenant(tenant) else {
            return Ok(None);
        };
        let set = tenant.backup_destination.as_ref().filter(|uri| !uri.is_empty());
        let destination = set
            .map(Destination::parse)
            .transpose()
            .map_err(|reason| Error::UnexpectedRow {
                source_name: "CDB_OB_BACKUP_PARAMETER".to_owned(),
                column: "VALUE".to_owned(),
                reason: reason.to_string(),
            })?;
        Ok(Some(Observed {
            mode: tenant.mode,
            known_places: KnownPlaces::of(tenant),
            registered: destination
                .as_ref()
                .and_then(|destination| Registered::of(tenant, &destination.location)),
            destination,
            backup_runs: !tenant.running_backup_jobs.is_empty(),
        }))
    }

    fn exists(_: Option<&Model>, observed: &Observed) -> bool {
        observed.destination.is_some()
    }

    fn diff(goal: Goal<'_, Model>, pending: &Pending, observed: Option<&Observed>, context: &Context<'_>) -> Diff {
        match (goal, observed) {
            (Goal::Absent(_), None) => Diff::InSync,
            (Goal::Present(model), None) => Diff::Refuse(Box::new(unknown_tenant(&model.tenant, context.viewpoint))),
            (Goal::Absent(model), Some(observed)) => match (model.on_destroy, &observed.destination) {
                (OnDestroy::Keep, _) | (OnDestroy::Clear, None) => Diff::InSync,
                (OnDestroy::Clear, Some(_)) => {
                    let step = Step::new("clearing the backup destination", clear(&model.tenant, context));
                    set(model, observed, context, step)
                }
            },
            (Goal::Present(model), Some(observed)) => match model.storage.resolve(context.profiles) {
                Err(unknown_profile) => Diff::Refuse(unknown_profile),
                Ok(wished) => diff_present(model, &wished, pending, observed, context),
            },
        }
    }

    fn state(prior: Option<&Model>, tenant: &TenantName, observed: &Observed, context: &Context<'_>) -> Model {
        let destination = observed.destination.as_ref();
        let throttle = observed.registered.as_ref().and_then(|row| row.throttle);
        let storage = match destination {
            Some(destination) => Storage::observed(
                prior.map(|prior| &prior.storage),
                destination,
                throttle,
                context.profiles,
            ),
            None => prior.map(|prior| prior.storage.clone()).unwrap_or_default(),
        };
        Model {
            tenant: tenant.clone(),
            storage,
            on_running_backup: prior.map(|prior| prior.on_running_backup).unwrap_or_default(),
            adopt_existing: prior.is_some_and(|prior| prior.adopt_existing),
            on_destroy: prior.map(|prior| prior.on_destroy).unwrap_or_default(),
            timeouts: prior.and_then(|prior| prior.timeouts.clone()),
            uri: destination.map(Destination::public_uri),
            dest_id: observed.registered.as_ref().map(|row| row.dest_id),
            previous_locations: Some(locations_left(prior, destination)),
            condition: Some(condition(observed).to_owned()),
        }
    }

    fn with_what_was_found(goal: &Model, found: &Observed) -> Model {
        Model {
            uri: found.destination.as_ref().map(Destination::public_uri),
            ..goal.clone()
        }
    }

    fn pending(prior: Option<&Model>, goal: &Model) -> Pending {
        Pending::none().with(OWNERSHIP, prior.is_none()).with(
            ROTATION,
            prior.is_some_and(|prior| goal.storage.key_rotated_since(&prior.storage)),
        )
    }

    fn plan(prior: Option<&Model>, proposed: &Model, profiles: &StorageProfiles) -> Vec<(AttributePath, Computed)> {
        let Ok(wished) = proposed.storage.resolve(profiles) else {
            // Said by the precheck.
            return Vec::new();
        };
        let destination = wished.destination();
        let mut computed = vec![
            (
                "storage.profile_key_version".into(),
                Computed::Known(json!(wished.profile_key_version())),
            ),
            ("uri".into(), Computed::Known(json!(destination.public_uri()))),
            ("condition".into(), Computed::Known(json!(IN_SYNC))),
        ];
        let Some(prior) = prior else {
            // What is taken over and moved is seen only when it is.
            let previous = match proposed.adopt_existing {
                true => Computed::Unknown,
                false => Computed::Known(json!([])),
            };
            computed.push(("dest_id".into(), Computed::Unknown));
            computed.push(("previous_locations".into(), previous));
            return computed;
        };
        let before = prior.storage.resolve_as_stored(profiles).destination().location;
        if before != destination.location {
            let locations = moved(prior, &before, &destination.location);
            computed.push(("dest_id".into(), Computed::Unknown));
            computed.push(("previous_locations".into(), Computed::Known(json!(locations))));
        }
        computed
    }

    fn uses_profile(model: &Model) -> bool {
        model.storage.profile.is_some()
    }

    fn validate(model: &Model) -> Diagnostics {
        let mut diagnostics = model.storage.validate();
        diagnostics.extend(Timeouts::validate(model.timeouts.as_ref()));
        diagnostics
    }

    fn precheck(
        prior: Option<&Model>,
        planned: &Model,
        snapshot: &Snapshot,
        (): &(),
        context: &Context<'_>,
    ) -> Diagnostics {
        let occupant = Occupant {
            tenant: planned.tenant.clone(),
            purpose: Purpose::Backups,
        };
        let Judged {
            wished,
            location,
            present,
            mut diagnostics,
        } = match judge(
            &planned.storage,
            &occupant,
            present_uri,
            prior.map(|prior| &prior.storage),
            snapshot,
            context,
        ) {
            Ok(judged) => judged,
            Err(diagnostics) => return diagnostics,
        };
        let moves = prior.is_some() || planned.adopt_existing;
        if let Some(present) = present.filter(|present| moves && *present != location) {
            diagnostics.push(move_warning(prior, planned, &present, &location));
        }
        if let Ok(Some(observed)) = Self::observe(snapshot, &(), &planned.tenant) {
            let next = diff_present(planned, &wished, &Self::pending(prior, planned), &observed, context);
            diagnostics.extend(running_backup_warning(planned, &next, context));
        }
        diagnostics
    }

    fn precheck_destroy(prior: &Model, _: Option<&Observed>) -> Diagnostics {
        let place = prior.uri.as_deref().unwrap_or("the destination");
        let (summary, detail) = match prior.on_destroy {
            OnDestroy::Keep => (
                "The backup destination stays",
                format!(
                    "Tenant `{}` keeps {place} as its backup destination, since `on_destroy` is `keep`. To clear it, apply \
                     `on_destroy = \"clear\"` first.",
                    prior.tenant,
                ),
            ),
            OnDestroy::Clear => (
                "The tenant cannot be backed up any more",
                format!(
                    "Tenant `{}` loses its backup destination {place}, since `on_destroy` is `clear`. The files there stay.",
                    prior.tenant,
                ),
            ),
        };
        Diagnostic::warning(summary, detail).into()
    }

    fn patience(model: &Model, operation: Operation) -> Duration {
        Timeouts::patience(model.timeouts.as_ref(), operation)
    }
}

fn present_uri(tenant: &Tenant) -> Option<&RawUri> {
    tenant.backup_destination.as_ref()
}

fn move_warning(prior: Option<&Model>, planned: &Model, from: &Location, to: &Location) -> Diagnostic {
    let tenant = &planned.tenant;
    let left_before = prior.and_then(|prior| prior.previous_locations.as_ref());
    let goes_back = left_before.is_some_and(|locations| locations.contains(&to.to_string()));
    let (summary, detail) = if goes_back {
        (
            "The backups go back to an earlier location",
            format!(
                "The backups of tenant `{tenant}` go to {from} at present, and will go to {to} again, where they went before. What \
                 was backed up to either location can be restored from there. If anything was backed up to {from}, take a new full \
                 backup afterwards; no cleanup removes the files there any more."
            ),
        )
    } else {
        (
            "Take a new full backup after this move",
            format!(
                "The backups of tenant `{tenant}` move from {from} to {to}. Backups at the new location start with a full one; until \
                 it is done, only the old location can restore the tenant. The files there stay, and no cleanup removes them any \
                 more."
            ),
        )
    };
    Diagnostic::warning(summary, detail).at("storage")
}

/// The locations that were left, when the cluster has gone from `before` to `after`.
fn moved(prior: &Model, before: &Location, after: &Location) -> Vec<String> {
    let (before, after) = (before.to_string(), after.to_string());
    let mut locations = prior.previous_locations.clone().unwrap_or_default();
    locations.retain(|location| *location != before && *location != after);
    locations.push(before);
    locations
}

/// The locations that were left, as a refresh finds it: after a move by hand, or one of ours whose result was never stored.
fn locations_left(prior: Option<&Model>, shown: Option<&Destination>) -> Vec<String> {
    let Some(prior) = prior else {
        return Vec::new();
    };
    let stored = prior
        .uri
        .as_deref()
        .and_then(|uri| Destination::parse(&RawUri::new(uri)).ok());
    match (stored, shown) {
        (Some(stored), Some(shown)) if stored.location != shown.location => {
            moved(prior, &stored.location, &shown.location)
        }
        _ => prior.previous_locations.clone().unwrap_or_default(),
    }
}

fn diff_present(
    model: &Model,
    wished: &ResolvedStorage,
    pending: &Pending,
    observed: &Observed,
    context: &Context<'_>,
) -> Diff {
    let ours = !pending.has(OWNERSHIP);
    let place = Place {
        tenant: &model.tenant,
        mode: observed.mode,
        known_places: &observed.known_places,
    };
    let statement = || {
        let step = set_destination(&model.tenant, wished, context)
            .map(|statement| Step::new("setting the backup destination", statement))
            .and_then(|step| setting(step, &place, wished, pending, context));
        match step {
            Ok(step) => set(model, observed, context, step),
            Err(diagnostic) => Diff::Refuse(diagnostic),
        }
    };
    let Some(shown) = &observed.destination else {
        return statement();
    };
    match difference(wished, shown, observed.registered.as_ref(), pending) {
        Difference::None => Diff::InSync,
        Difference::Location if ours || model.adopt_existing => statement(),
        Difference::Location => Diff::Refuse(Box::new(taken(BackupDestination::NAME, &model.tenant, &shown.location))),
        Difference::Text => statement(),
        Difference::Fixed(option) => Diff::Refuse(Box::new(fixed(option))),
        Difference::InPlace { key, throttle } => {
            match change_in_place(&model.tenant, observed.mode, wished, key, throttle, context) {
                Ok(step) => Diff::Apply(vec![step]),
                Err(diagnostic) => Diff::Refuse(diagnostic),
            }
        }
    }
}

/// Sets the destination as soon as no backup runs: until then the server answers 9036.
fn set(model: &Model, observed: &Observed, context: &Context<'_>, step: Step) -> Diff {
    match (observed.backup_runs, model.on_running_backup) {
        (true, OnRunningBackup::Wait) => Diff::Settling(RUNNING_BACKUP),
        (true, OnRunningBackup::Fail) => Diff::Refuse(Box::new(backup_runs(&model.tenant))),
        (true, OnRunningBackup::Cancel) => Diff::Apply(vec![cancelling(&model.tenant, context)]),
        (false, OnRunningBackup::Fail) => Diff::Apply(vec![step]),
        (false, OnRunningBackup::Wait | OnRunningBackup::Cancel) => {
            Diff::Apply(vec![step.not_yet(Kind::BackupInProgress, RUNNING_BACKUP)])
        }
    }
}

const RUNNING_BACKUP: &str = "the running backup to end";

fn backup_runs(tenant: &TenantName) -> Diagnostic {
    Diagnostic::error(
        "A backup is running",
        format!(
            "The destination of tenant `{tenant}` cannot be set while a backup runs. Apply again when it has ended, or set \
             `on_running_backup` to `wait` or `cancel`."
        ),
    )
    .at("on_running_backup")
}

/// What an apply will do about a backup that runs now. (That it fails is said as an error.)
fn running_backup_warning(planned: &Model, next: &Diff, context: &Context<'_>) -> Option<Diagnostic> {
    let tenant = &planned.tenant;
    let (summary, detail) = match next {
        Diff::Settling(RUNNING_BACKUP) => (
            "The apply will wait for a running backup",
            format!(
                "A backup of tenant `{tenant}` runs, and the server does not take another destination meanwhile. The apply waits \
                 for its end, up to `timeouts`. CDB_OB_BACKUP_JOBS shows the job."
            ),
        ),
        Diff::Apply(steps) if steps.contains(&cancelling(tenant, context)) => (
            "The apply will cancel a running backup",
            format!(
                "A backup of tenant `{tenant}` runs, and `on_running_backup` is `cancel`: it will be cancelled, and what it has \
                 written is of no use."
            ),
        ),
        Diff::InSync | Diff::Settling(_) | Diff::Apply(_) | Diff::Refuse(_) | Diff::Failed(..) => return None,
    };
    Some(Diagnostic::warning(summary, detail).at("on_running_backup"))
}

/// What no attribute shows: on Community Edition both places of a key can be read, and may differ.
fn condition(observed: &Observed) -> &'static str {
    match (&observed.destination, &observed.registered) {
        (Some(shown), Some(row)) if row.uses_another_key(shown) => JOBS_USE_ANOTHER_KEY,
        _ => IN_SYNC,
    }
}

fn set_destination(
    tenant: &TenantName,
    wished: &ResolvedStorage,
    context: &Context<'_>,
) -> Result<Statement, Box<Diagnostic>> {
    let destination = with_key(wished)?;
    let statement = Statement::new("ALTER SYSTEM SET DATA_BACKUP_DEST = ")
        .literal_parts(|literal| write_whole(&destination, wished.throttle(), literal));
    Ok(for_tenant(statement, tenant, context))
}

fn clear(tenant: &TenantName, context: &Context<'_>) -> Statement {
    for_tenant(
        Statement::new("ALTER SYSTEM SET DATA_BACKUP_DEST = ''"),
        tenant,
        context,
    )
}

fn cancelling(tenant: &TenantName, context: &Context<'_>) -> Step {
    let statement = for_tenant(Statement::new("ALTER SYSTEM CANCEL BACKUP"), tenant, context);
    Step::new("cancelling the running backup", statement)
}

#[cfg(test)]
mod tests;
