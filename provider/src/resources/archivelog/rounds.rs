//! The way from one archive round to the next: where it is, and what is sent next.
//!
//! A destination is taken only between two rounds, so that a changed one goes through `NOARCHIVELOG`, the wait for STOP, `SET
//! LOG_ARCHIVE_DEST` and `ARCHIVELOG`.

use super::{Archivelog, Model, Observed, OnDestroy, SHORTEST_LAG_TARGET_ON_S3};
use crate::{
    cluster::{Kind, Statement, TenantName},
    destination_change::{
        Difference, OWNERSHIP, Place, change_in_place, difference, fixed, for_tenant, setting, taken, with_key,
        write_whole,
    },
    managed_resource::{Context, Diff, ManagedResource, Pending, Precondition, Step},
    values::{destination::Media, storage::ResolvedStorage},
};
use tfplugin::Diagnostic;

/// Where the present round is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// There never was a round, or the last one has ended.
    Stopped,
    /// It is about to archive.
    Starting,
    /// It archives.
    Doing,
    /// It is about to pause.
    Suspending,
    /// It pauses.
    Suspended,
    /// It is about to end.
    Stopping,
    /// Logs were lost: it goes nowhere until it is stopped.
    Interrupted,
}

impl Status {
    pub(super) fn parse(text: Option<&str>) -> Option<Self> {
        Some(match text {
            None | Some("STOP") => Self::Stopped,
            Some("PREPARE" | "BEGINNING") => Self::Starting,
            Some("DOING") => Self::Doing,
            Some("SUSPENDING") => Self::Suspending,
            Some("SUSPEND") => Self::Suspended,
            Some("STOPPING") => Self::Stopping,
            Some("INTERRUPTED") => Self::Interrupted,
            Some(_) => return None,
        })
    }
}

const TO_DOING: &str = "log archiving to reach DOING";
const TO_SUSPEND: &str = "log archiving to reach SUSPEND";
const TO_STOP: &str = "log archiving to reach STOP";

/// The way to a tenant that this resource no longer manages.
pub(super) fn diff_absent(model: &Model, observed: &Observed, context: &Context<'_>) -> Diff {
    let tenant = &model.tenant;
    match (
        model.on_destroy,
        observed.wanted,
        observed.status,
        &observed.destination,
    ) {
        (OnDestroy::Keep, _, _, _) => Diff::InSync,
        (OnDestroy::Stop | OnDestroy::StopAndClear, true, _, _) => Diff::Apply(vec![noarchivelog(tenant, context)]),
        (OnDestroy::Stop, false, Status::Stopped, _) => Diff::InSync,
        (OnDestroy::StopAndClear, false, Status::Stopped, None) => Diff::InSync,
        (OnDestroy::StopAndClear, false, Status::Stopped, Some(_)) => {
            let statement = Statement::new("ALTER SYSTEM SET LOG_ARCHIVE_DEST = ''");
            Diff::Apply(vec![Step::new(
                "clearing the archive destination",
                for_tenant(statement, tenant, context),
            )])
        }
        (OnDestroy::Stop | OnDestroy::StopAndClear, false, _, _) => Diff::Settling(TO_STOP),
    }
}

/// The way to a tenant that archives as the model says.
pub(super) fn diff_present(
    model: &Model,
    wished: &ResolvedStorage,
    pending: &Pending,
    observed: &Observed,
    context: &Context<'_>,
) -> Diff {
    let ours = !pending.has(OWNERSHIP);
    let Some(shown) = &observed.destination else {
        return set_between_rounds(model, wished, pending, observed, context);
    };
    match difference(wished, shown, observed.registered.as_ref(), pending) {
        Difference::Location if !ours && !model.adopt_existing => {
            Diff::Refuse(Box::new(taken(Archivelog::NAME, &model.tenant, &shown.location)))
        }
        Difference::Fixed(option) => Diff::Refuse(Box::new(fixed(option))),
        Difference::Location | Difference::Text => set_between_rounds(model, wished, pending, observed, context),
        Difference::None | Difference::InPlace { .. }
            if observed.binding != model.binding
                || observed.piece_switch_interval != Some(model.piece_switch_interval) =>
        {
            set_between_rounds(model, wished, pending, observed, context)
        }
        Difference::InPlace { key, throttle } => {
            match change_in_place(&model.tenant, observed.mode, wished, key, throttle, context) {
                Ok(step) => Diff::Apply(vec![step]),
                Err(diagnostic) => Diff::Refuse(diagnostic),
            }
        }
        Difference::None => diff_mode(model, observed, context),
    }
}

/// Sets the destination, with all its items: those left out would go back to their defaults. The server takes it only
/// when no round is under way, and none is about to begin.
fn set_between_rounds(
    model: &Model,
    wished: &ResolvedStorage,
    pending: &Pending,
    observed: &Observed,
    context: &Context<'_>,
) -> Diff {
    let tenant = &model.tenant;
    let place = Place {
        tenant,
        mode: observed.mode,
        known_places: &observed.known_places,
    };
    let set = set_destination(model, wished, context)
        // The scheduler may have been about to begin a round when archiving was switched off.
        .map(|set| Step::new("setting the archive destination", set).not_yet(Kind::ArchiveRunning, TO_STOP))
        .and_then(|set| setting(set, &place, wished, pending, context));
    let set = match set {
        Ok(set) => set,
        Err(diagnostic) => return Diff::Refuse(diagnostic),
    };
    let about_to_begin = observed.destination.is_some() && !observed.deferred;
    match (observed.wanted, observed.status) {
        (true, Status::Stopped) if !about_to_begin => {}
        (true, _) => return Diff::Apply(vec![noarchivelog(tenant, context)]),
        (false, Status::Stopped) => {}
        (false, _) => return Diff::Settling(TO_STOP),
    }
    let lag_target = set_lag_target(model, observed, context);
    // An S3 destination and a lag target below a minute exclude each other, whichever is there first; and from 4.3.5 on
    // no lag target is taken while there is no destination.
    let too_short = observed
        .lag_target
        .as_ref()
        .is_some_and(|shown| shown.length() < SHORTEST_LAG_TARGET_ON_S3);
    let (before, after) = match wished.media() {
        Some(Media::S3) if observed.destination.is_some() || too_short => (lag_target, None),
        Some(_) | None => (None, lag_target),
    };
    let mut steps: Vec<Step> = before.into_iter().chain([set]).chain(after).collect();
    if model.suspended {
        steps.push(set_state(model, context));
    }
    match (model.enabled, observed.wanted) {
        (true, false) => steps.push(archivelog(tenant, context)),
        (false, true) => steps.push(noarchivelog(tenant, context)),
        (true, true) | (false, false) => {}
    }
    Diff::Apply(steps)
}

/// Everything but the destination itself.
fn diff_mode(model: &Model, observed: &Observed, context: &Context<'_>) -> Diff {
    let tenant = &model.tenant;
    let mut steps: Vec<Step> = set_lag_target(model, observed, context).into_iter().collect();
    if model.suspended != observed.deferred {
        steps.push(set_state(model, context));
    }
    let settling = match (model.enabled, observed.wanted, observed.status) {
        (true, false, Status::Stopped) => {
            steps.push(archivelog(tenant, context));
            None
        }
        (true, false, _) | (false, false, Status::Starting | Status::Doing | Status::Suspending) => Some(TO_STOP),
        (false, false, Status::Suspended | Status::Stopping | Status::Interrupted) => Some(TO_STOP),
        (false, false, Status::Stopped) => None,
        (false, true, _) => {
            steps.push(noarchivelog(tenant, context));
            None
        }
        (true, true, Status::Interrupted) if model.repair_interrupted => {
            steps.push(noarchivelog(tenant, context));
            None
        }
        (true, true, Status::Interrupted) => None,
        (true, true, Status::Doing) if !model.suspended => None,
        // Nothing starts while the destination is deferred, so "no round" is as far as it gets.
        (true, true, Status::Suspended | Status::Stopped) if model.suspended => None,
        (true, true, _) => Some(if model.suspended { TO_SUSPEND } else { TO_DOING }),
    };
    match (steps.is_empty(), settling) {
        (false, _) => Diff::Apply(steps),
        (true, Some(waiting_for)) => Diff::Settling(waiting_for),
        (true, None) => Diff::InSync,
    }
}

const ALREADY_ARCHIVELOG: &[u16] = &[9091];
const ALREADY_NOARCHIVELOG: &[u16] = &[9092];

fn archivelog(tenant: &TenantName, context: &Context<'_>) -> Step {
    Step::new(
        "starting log archiving",
        for_tenant(Statement::new("ALTER SYSTEM ARCHIVELOG"), tenant, context),
    )
    .done_already(ALREADY_ARCHIVELOG)
}

pub(super) fn noarchivelog(tenant: &TenantName, context: &Context<'_>) -> Step {
    Step::new(
        "stopping log archiving",
        for_tenant(Statement::new("ALTER SYSTEM NOARCHIVELOG"), tenant, context),
    )
    .once(Precondition::BackupsAreRestorable)
    .done_already(ALREADY_NOARCHIVELOG)
}

fn set_state(model: &Model, context: &Context<'_>) -> Step {
    let state = if model.suspended { "DEFER" } else { "ENABLE" };
    let statement = Statement::new("ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = ").literal(state);
    Step::new(
        "setting the state of the archive destination",
        for_tenant(statement, &model.tenant, context),
    )
}

fn set_lag_target(model: &Model, observed: &Observed, context: &Context<'_>) -> Option<Step> {
    let wished = model
        .lag_target
        .as_ref()
        .filter(|wished| observed.lag_target.as_ref() != Some(wished))?;
    let statement =
        Statement::new("ALTER SYSTEM SET archive_lag_target = ").literal(&format!("{}ms", wished.length().as_millis()));
    Some(Step::new(
        "setting archive_lag_target",
        for_tenant(statement, &model.tenant, context),
    ))
}

pub(super) fn set_destination(
    model: &Model,
    wished: &ResolvedStorage,
    context: &Context<'_>,
) -> Result<Statement, Box<Diagnostic>> {
    let destination = with_key(wished)?;
    let statement = Statement::new("ALTER SYSTEM SET LOG_ARCHIVE_DEST = ").literal_parts(|literal| {
        write_whole(&destination, wished.throttle(), literal.text("LOCATION=")).text(&format!(
            " BINDING={} PIECE_SWITCH_INTERVAL={}",
            model.binding.keyword(),
            model.piece_switch_interval,
        ))
    });
    Ok(for_tenant(statement, &model.tenant, context))
}
