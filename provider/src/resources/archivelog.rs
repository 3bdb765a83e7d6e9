//! `oceanbase_archivelog`: whether, where and how a tenant archives its log.
//!
//! Reads `DBA_OB_TENANTS.LOG_MODE` (the wish), `CDB_OB_ARCHIVELOG` (the fact), `CDB_OB_ARCHIVE_DEST`,
//! `CDB_OB_BACKUP_STORAGE_INFO`, the parameter `archive_lag_target`, and before archiving stops `CDB_OB_BACKUP_SET_FILES`; sends
//! `ALTER SYSTEM SET LOG_ARCHIVE_DEST`, `LOG_ARCHIVE_DEST_STATE`, `ARCHIVELOG`, `NOARCHIVELOG`, `archive_lag_target` and
//! `CHANGE EXTERNAL_STORAGE_DEST`.
//! Manual: <https://en.oceanbase.com/docs/common-oceanbase-database-10000000001971094>.
//!
//! The server takes a changed destination only between two rounds, so a change of it stops archiving, and begins another
//! round: between the two there is a gap.

mod rounds;

use self::rounds::{Status, diff_absent, diff_present, noarchivelog};
use crate::{
    cluster::{
        Error, RawUri, Scope, Snapshot, Tenant, TenantName,
        snapshot::{CompatibilityMode, LogMode},
        version::Capability,
    },
    destination_change::{IN_SYNC, JOBS_USE_ANOTHER_KEY, KnownPlaces, OWNERSHIP, ROTATION, Registered},
    destination_precheck::{Judged, judge, needed, unknown_tenant},
    managed_resource::{Computed, Context, Diff, Goal, ManagedResource, Operation, Pending},
    neighbours::{Occupant, Purpose},
    values::{
        destination::{Destination, Media},
        piece_interval::PieceInterval,
        span::Span,
        storage::{ResolvedStorage, Storage, StorageProfiles},
        timeouts::Timeouts,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// Whether, where and how a tenant archives its log.
///
/// Archived logs make a restore to any point in time possible, and data backups need them. Creating sets the destination,
/// starts archiving, and waits until the tenant archives (`DOING`). A tenant that archives to the same place already,
/// because the state was lost for instance, is adopted: the plan says `to add`, and the apply sends nothing but what differs. An access
/// ID or a key that differs is replaced by the configured one, of which the plan warns where the cluster shows it; Enterprise Edition
/// does not show keys.
///
/// A changed location, `binding` or `piece_switch_interval` stops archiving, and starts a new round: logs written in between
/// are not archived, and no restore can cross the gap. Take a full backup afterwards.
///
/// Before archiving stops, for whatever reason, the apply waits until the archive has passed the newest backup set, which could not be
/// restored otherwise; an archive that stands still for good has to be stopped by hand (`ALTER SYSTEM NOARCHIVELOG`).
///
/// Destroying this resource leaves archiving as it is, unless `on_destroy` says otherwise. Files are never touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant. `sys` and META tenants do not archive.
    #[schemars(extend("x-requires-replace" = true))]
    pub tenant: TenantName,
    /// Where the logs are archived; another directory than that of the data backups.
    pub storage: Storage,
    /// What counts more when archiving cannot keep up.
    #[serde(default)]
    pub binding: Binding,
    /// How much time one piece of the archive covers: whole days from `1d` to `7d`.
    #[serde(default)]
    pub piece_switch_interval: PieceInterval,
    /// How far archiving may lag behind: up to `2h`, and at least `60s` on `s3`. Absent: not managed. Removing it leaves the
    /// tenant's parameter `archive_lag_target` as it is.
    pub lag_target: Option<Span>,
    /// Whether the tenant archives. `false` keeps the destination, and stops.
    #[serde(default = "crate::values::yes_by_default")]
    pub enabled: bool,
    /// Whether archiving pauses, and keeps its round: logs pile up on the servers meanwhile.
    #[serde(default)]
    pub suspended: bool,
    /// Repair a round that was interrupted, by stopping it and starting another. Without it, an interrupted round is a
    /// warning.
    #[serde(default)]
    pub repair_interrupted: bool,
    /// Take over a tenant that already archives to another location, and move it here. Without it, that is an error.
    #[serde(default)]
    pub adopt_existing: bool,
    /// What becomes of archiving when this resource is destroyed. Apply a changed value before destroying.
    #[serde(default)]
    pub on_destroy: OnDestroy,
    /// How long to wait for the cluster. What was sent stays in effect when the time is over; the next apply goes on from
    /// there.
    pub timeouts: Option<Timeouts>,
    /// Number of the present round, or of the last one (`ROUND_ID`).
    #[schemars(extend("readOnly" = true))]
    pub round_id: Option<i64>,
    /// Number by which rounds and pieces refer to the destination (`DEST_ID`).
    #[schemars(extend("readOnly" = true))]
    pub dest_id: Option<i64>,
    /// `in sync`, or what is wrong although all attributes are as configured: `archiving interrupted` when logs were lost,
    /// `archiving not started` when archiving is on and no round runs, `jobs use another key` when the key was set by hand in a
    /// way that does not reach the jobs.
    #[schemars(extend("readOnly" = true))]
    pub condition: Option<String>,
}

/// What counts more when archiving cannot keep up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Binding {
    /// The tenant's writes go on; logs may be recycled before they are archived, which interrupts the archive.
    #[default]
    Optional,
    /// Logs are kept until they are archived; the tenant's writes can block when archiving stalls.
    Mandatory,
}

impl Binding {
    fn keyword(self) -> &'static str {
        match self {
            Self::Optional => "Optional",
            Self::Mandatory => "Mandatory",
        }
    }
}

/// What becomes of archiving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OnDestroy {
    /// It goes on.
    #[default]
    Keep,
    /// It stops; the destination stays set.
    Stop,
    /// It stops, and the destination is cleared.
    StopAndClear,
}

/// What the views say.
#[derive(Debug)]
pub struct Observed {
    mode: CompatibilityMode,
    destination: Option<Destination>,
    registered: Option<Registered>,
    known_places: KnownPlaces,
    binding: Binding,
    piece_switch_interval: Option<PieceInterval>,
    deferred: bool,
    wanted: bool,
    round_id: Option<i64>,
    dest_id: Option<i64>,
    status: Status,
    /// Why the round is interrupted, in the server's words.
    comment: String,
    lag_target: Option<Span>,
}

/// The resource.
pub struct Archivelog;

const INTERRUPTED: &str = "archiving interrupted";
const NOT_STARTED: &str = "archiving not started";

impl ManagedResource for Archivelog {
    const NAME: &'static str = "oceanbase_archivelog";
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
        let rows = tenant.archive_destination.clone().unwrap_or_default();
        let destination = rows.path.as_ref().map(Destination::parse).transpose();
        let destination = destination.map_err(|reason| unexpected("CDB_OB_ARCHIVE_DEST", "VALUE of path", &reason))?;
        let status = tenant.round.as_ref().map(|round| round.status.as_str());
        Ok(Some(Observed {
            mode: tenant.mode,
            known_places: KnownPlaces::of(tenant),
            registered: destination
                .as_ref()
                .and_then(|destination| Registered::of(tenant, &destination.location)),
            destination,
            binding: match rows.binding {
                Some(binding) if binding.eq_ignore_ascii_case("MANDATORY") => Binding::Mandatory,
                Some(_) | None => Binding::Optional,
            },
            piece_switch_interval: rows.piece_switch_interval.and_then(|text| text.parse().ok()),
            deferred: rows.state.is_some_and(|state| state.eq_ignore_ascii_case("DEFER")),
            wanted: tenant.log_mode == LogMode::Archivelog,
            round_id: tenant.round.as_ref().map(|round| round.round_id),
            dest_id: rows.dest_id,
            status: Status::parse(status)
                .ok_or_else(|| unexpected("CDB_OB_ARCHIVELOG", "STATUS", &"it is none that this provider knows"))?,
            comment: tenant
                .round
                .as_ref()
                .map_or_else(String::new, |round| round.comment.clone()),
            lag_target: tenant.archive_lag_target.map(Span::from),
        }))
    }

    fn exists(_: Option<&Model>, observed: &Observed) -> bool {
        observed.destination.is_some()
    }

    fn diff(goal: Goal<'_, Model>, pending: &Pending, observed: Option<&Observed>, context: &Context<'_>) -> Diff {
        match (goal, observed) {
            (Goal::Absent(_), None) => Diff::InSync,
            (Goal::Present(model), None) => Diff::Refuse(Box::new(unknown_tenant(&model.tenant, context.viewpoint))),
            (Goal::Absent(model), Some(observed)) => diff_absent(model, observed, context),
            (Goal::Present(model), Some(observed)) => match model.storage.resolve(context.profiles) {
                Err(unknown_profile) => Diff::Refuse(unknown_profile),
                Ok(wished) => diff_present(model, &wished, pending, observed, context),
            },
        }
    }

    fn state(prior: Option<&Model>, tenant: &TenantName, observed: &Observed, context: &Context<'_>) -> Model {
        let throttle = observed.registered.as_ref().and_then(|row| row.throttle);
        let storage = match &observed.destination {
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
            binding: observed.binding,
            piece_switch_interval: observed.piece_switch_interval.unwrap_or_default(),
            lag_target: lag_target_to_record(prior, observed),
            enabled: observed.wanted,
            suspended: observed.deferred,
            repair_interrupted: prior.is_some_and(|prior| prior.repair_interrupted),
            adopt_existing: prior.is_some_and(|prior| prior.adopt_existing),
            on_destroy: prior.map(|prior| prior.on_destroy).unwrap_or_default(),
            timeouts: prior.and_then(|prior| prior.timeouts.clone()),
            round_id: observed.round_id,
            dest_id: observed.dest_id,
            condition: Some(condition(observed).to_owned()),
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
        let key_version = Computed::Known(json!(wished.profile_key_version()));
        let mut computed = vec![("storage.profile_key_version".into(), key_version)];
        let Some(prior) = prior else {
            // A round that is interrupted already is adopted as it is.
            let unknown = ["round_id", "dest_id", "condition"];
            computed.extend(unknown.map(|name| (name.into(), Computed::Unknown)));
            return computed;
        };
        let stays_interrupted =
            prior.condition.as_deref() == Some(INTERRUPTED) && proposed.enabled && !proposed.repair_interrupted;
        let restarts = begins_round(prior, proposed, &wished, profiles);
        if restarts || !stays_interrupted {
            computed.push(("condition".into(), Computed::Known(json!(IN_SYNC))));
        }
        // Archiving that was suspended before its first round begins one when it is resumed.
        let resumes = prior.suspended && !proposed.suspended;
        if restarts || resumes {
            computed.push(("round_id".into(), Computed::Unknown));
        }
        let before = prior.storage.resolve_as_stored(profiles).destination().location;
        if before != wished.destination().location {
            computed.push(("dest_id".into(), Computed::Unknown));
        }
        computed
    }

    fn uses_profile(model: &Model) -> bool {
        model.storage.profile.is_some()
    }

    fn validate(model: &Model) -> Diagnostics {
        let mut diagnostics = model.storage.validate();
        diagnostics.extend(Timeouts::validate(model.timeouts.as_ref()));
        if let Some(lag_target) = &model.lag_target
            && lag_target.length() > LONGEST_LAG_TARGET
        {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid lag target",
                    format!("`lag_target` is at most `2h`; got `{lag_target}`."),
                )
                .at("lag_target"),
            );
        }
        if model.storage.profile.is_none() {
            diagnostics.extend(lag_target_on_s3(model, model.storage.settings.media));
        }
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
            purpose: Purpose::Archive,
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
        if planned.storage.profile.is_some() {
            diagnostics.extend(lag_target_on_s3(planned, wished.media()));
        }
        if planned.lag_target.is_some() {
            diagnostics.extend(needed("lag_target", Capability::ArchiveLagTarget, context.capabilities));
        }
        diagnostics.extend(warnings(prior, planned));
        if let Ok(Some(observed)) = Self::observe(snapshot, &(), &planned.tenant) {
            let pending = Self::pending(prior, planned);
            let next = diff_present(planned, &wished, &pending, &observed, context);
            let stops = matches!(next, Diff::Apply(steps) if steps.contains(&noarchivelog(&planned.tenant, context)));
            diagnostics.extend(round_warning(prior, planned, &observed, stops));
            if wished.media() == Some(Media::S3) && present != Some(location) {
                diagnostics.extend(shown_lag_target_on_s3(planned, &observed));
            }
            diagnostics.extend(running_backup_warning(snapshot, planned, stops));
        }
        diagnostics
    }

    fn precheck_destroy(prior: &Model, _: Option<&Observed>) -> Diagnostics {
        let tenant = &prior.tenant;
        let (summary, detail) = match prior.on_destroy {
            OnDestroy::Keep => (
                "Log archiving goes on",
                format!(
                    "Tenant `{tenant}` keeps archiving its log as it does now, since `on_destroy` is `keep`. To stop it, apply \
                     `on_destroy = \"stop\"` or `\"stop_and_clear\"` first."
                ),
            ),
            OnDestroy::Stop => (
                "Log archiving stops",
                format!(
                    "Tenant `{tenant}` stops archiving its log, since `on_destroy` is `stop`: it cannot be restored to any time \
                     after that. Files and destination stay."
                ),
            ),
            OnDestroy::StopAndClear => (
                "Log archiving stops",
                format!(
                    "Tenant `{tenant}` stops archiving its log, and its destination is cleared, since `on_destroy` is \
                     `stop_and_clear`: it cannot be restored to any time after that. Files stay."
                ),
            ),
        };
        Diagnostic::warning(summary, detail).into()
    }

    fn patience(model: &Model, operation: Operation) -> Duration {
        Timeouts::patience(model.timeouts.as_ref(), operation)
    }
}

/// The server's own default, which an import does not have to mention.
const DEFAULT_LAG_TARGET: Duration = Duration::from_secs(120);
const LONGEST_LAG_TARGET: Duration = Duration::from_secs(7200);
const SHORTEST_LAG_TARGET_ON_S3: Duration = Duration::from_secs(60);

/// Left out of the configuration it is not managed, so only an import takes what it finds.
fn lag_target_to_record(prior: Option<&Model>, observed: &Observed) -> Option<Span> {
    let shown = observed.lag_target.as_ref();
    match prior {
        None => shown.filter(|shown| shown.length() != DEFAULT_LAG_TARGET).cloned(),
        Some(prior) => {
            let own = prior.lag_target.as_ref()?;
            shown.filter(|shown| *shown != own).or(Some(own)).cloned()
        }
    }
}

fn lag_target_on_s3(model: &Model, media: Option<Media>) -> Option<Diagnostic> {
    let lag_target = model.lag_target.as_ref().filter(|_| media == Some(Media::S3))?;
    (lag_target.length() < SHORTEST_LAG_TARGET_ON_S3).then(|| {
        Diagnostic::error(
            "Invalid lag target",
            format!("On `s3`, `lag_target` is at least `60s`; got `{lag_target}`."),
        )
        .at("lag_target")
    })
}

/// The server refuses to move to s3 with it, after archiving was stopped.
fn shown_lag_target_on_s3(model: &Model, observed: &Observed) -> Option<Diagnostic> {
    let shown = observed.lag_target.as_ref().filter(|_| model.lag_target.is_none())?;
    (shown.length() < SHORTEST_LAG_TARGET_ON_S3).then(|| {
        Diagnostic::error(
            "The lag target is too short for s3",
            format!(
                "The parameter `archive_lag_target` of tenant `{}` is {shown}, and the server archives to s3 only with `60s` or more. \
                 Set `lag_target` to that.",
                model.tenant,
            ),
        )
        .at("lag_target")
    })
}

fn warnings(prior: Option<&Model>, planned: &Model) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    let tenant = &planned.tenant;
    if planned.binding == Binding::Mandatory && prior.is_none_or(|prior| prior.binding != Binding::Mandatory) {
        diagnostics.push(
            Diagnostic::warning(
                "Writes can block",
                format!(
                    "With `binding = \"mandatory\"` tenant `{tenant}` keeps its logs until they are archived: when archiving stalls \
                     and the log disk fills up, its writes block."
                ),
            )
            .at("binding"),
        );
    }
    if prior.is_some_and(|prior| prior.lag_target.is_some()) && planned.lag_target.is_none() {
        diagnostics.push(
            Diagnostic::warning(
                "The lag target stays",
                format!(
                    "`lag_target` was removed, so it is not managed any more: the parameter `archive_lag_target` of tenant \
                     `{tenant}` stays as it is."
                ),
            )
            .at("lag_target"),
        );
    }
    diagnostics
}

/// What becomes of the round that the cluster shows: of one that is ours, and of one that a create finds.
fn round_warning(prior: Option<&Model>, planned: &Model, observed: &Observed, stops: bool) -> Option<Diagnostic> {
    let tenant = &planned.tenant;
    // Without a refresh nothing is planned that would bring it about.
    let switched = prior.is_none_or(|prior| prior.enabled != planned.enabled);
    let (summary, detail, attribute) = match (planned.enabled, observed.wanted, observed.status) {
        (true, true, Status::Interrupted) if !stops => {
            let reason = match observed.comment.as_str() {
                "" => String::new(),
                comment => format!(" (`{comment}`)"),
            };
            let detail = format!(
                "Tenant `{tenant}` lost logs before they were archived{reason}, and archives nothing since then. Stop and start \
                 archiving, or let the provider do it with `repair_interrupted = true`; then take a full backup."
            );
            ("Archiving is interrupted", detail, "repair_interrupted")
        }
        (true, true, Status::Interrupted) => {
            let detail = format!(
                "The archive round of tenant `{tenant}` was interrupted; a new one is started. Logs that were not archived \
                 meanwhile are lost to it, and no restore can cross the gap: take a full backup afterwards."
            );
            (GAP, detail, "repair_interrupted")
        }
        (true, true, Status::Stopped) => return None,
        (true, true, _) if stops => {
            let detail = format!(
                "Changing the destination of tenant `{tenant}` stops archiving, and starts a new round. Logs written in \
                 between are not archived, and no restore can cross the gap: take a full backup afterwards."
            );
            (GAP, detail, "storage")
        }
        (true, false, _) if switched && observed.round_id.is_some() => {
            let detail = format!(
                "Tenant `{tenant}` archives nothing at present; a new round is started. Logs written since the last one ended are \
                 not archived, and no restore can cross the gap: take a full backup afterwards."
            );
            (GAP, detail, "enabled")
        }
        (false, true, _) if switched => {
            let detail = format!(
                "Tenant `{tenant}` stops archiving its log: it cannot be restored to any time after that, and cannot be backed up. \
                 When archiving starts again, no restore can cross the gap, and a full backup is needed."
            );
            ("Log archiving stops", detail, "enabled")
        }
        (true, true, _) | (true, false, _) | (false, _, _) => return None,
    };
    Some(Diagnostic::warning(summary, detail).at(attribute))
}

const GAP: &str = "Archiving will have a gap";

/// A backup that runs needs the log that is archived meanwhile.
fn running_backup_warning(snapshot: &Snapshot, planned: &Model, stops: bool) -> Option<Diagnostic> {
    let tenant = &planned.tenant;
    let backup_runs = snapshot
        .tenant(tenant)
        .is_some_and(|shown| !shown.running_backup_jobs.is_empty());
    (stops && backup_runs).then(|| {
        Diagnostic::warning(
            "A running backup will fail",
            format!(
                "A backup of tenant `{tenant}` runs, and this change stops archiving, without which the backup fails. Apply when \
                 the job has left CDB_OB_BACKUP_JOBS, or take a full backup afterwards."
            ),
        )
    })
}

/// Whether going from `prior` to `proposed` ends with another round than before.
fn begins_round(prior: &Model, proposed: &Model, wished: &ResolvedStorage, profiles: &StorageProfiles) -> bool {
    let before = prior.storage.resolve_as_stored(profiles).destination();
    let after = wished.destination();
    // A key is changed in place.
    let same_destination = before.location == after.location && before.options == after.options;
    let in_order = prior.condition.as_deref() == Some(IN_SYNC);
    let left_as_it_is = prior.condition.as_deref() == Some(INTERRUPTED) && !proposed.repair_interrupted;
    !same_destination
        || prior.binding != proposed.binding
        || prior.piece_switch_interval != proposed.piece_switch_interval
        || (proposed.enabled && (!prior.enabled || !(in_order || left_as_it_is)))
}

fn present_uri(tenant: &Tenant) -> Option<&RawUri> {
    tenant.archive_destination.as_ref()?.path.as_ref()
}

fn condition(observed: &Observed) -> &'static str {
    match (
        &observed.destination,
        &observed.registered,
        observed.wanted,
        observed.status,
    ) {
        (Some(shown), Some(row), _, _) if row.uses_another_key(shown) => JOBS_USE_ANOTHER_KEY,
        (_, _, true, Status::Interrupted) => INTERRUPTED,
        (_, _, true, Status::Stopped) if !observed.deferred => NOT_STARTED,
        _ => IN_SYNC,
    }
}

fn unexpected(view: &str, column: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::UnexpectedRow {
        source_name: view.to_owned(),
        column: column.to_owned(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod generated_cases;
#[cfg(test)]
mod tests;
