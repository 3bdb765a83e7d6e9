//! `oceanbase_backup_run`: one backup, now.
//!
//! Reads `CDB_OB_BACKUP_JOBS`, `CDB_OB_BACKUP_JOB_HISTORY`, `CDB_OB_BACKUP_SET_FILES` and `CDB_OB_BACKUP_DELETE_JOBS`, and, when told,
//! `CDB_OB_MAJOR_COMPACTION`; sends `ALTER SYSTEM BACKUP`, before it `SET ENCRYPTION` in a session of its own, and, when told,
//! `CANCEL BACKUP` and `DELETE BACKUPSET`.
//! Manual: <https://en.oceanbase.com/docs/common-oceanbase-database-10000000001971103>.

mod advice;
mod facts;
mod identity;
mod removal;
mod statements;

pub use self::identity::{Identity, InvalidIdentity};

use self::{
    advice::{
        already_made, became_full, empty_password, expired, kept_for_later, not_in_sight, nowhere, password_is_fixed,
        password_missing, stays_behind, were_left_out, wrong_scope,
    },
    facts::{imported, is_expired, with_facts},
    identity::ALL,
    statements::{cancelling, starting},
};

use crate::{
    backup::{
        DESCRIPTION_FORM, DESCRIPTION_PATTERN,
        conditions::{Conditions, Others, Verdict},
        course::{Run, Stage},
    },
    cluster::{
        Error, Scope, Secret, Snapshot, Tenant, TenantName,
        records::{BackupJobs, BackupSets, RecentDeletions},
    },
    managed_resource::{
        CompactionCheck, Computed, Context, Diff, Ending, Farewell, Goal, ManagedResource, Operation, Pending, Step,
    },
    values::{backup_type::BackupType, scn::Scn, span::Span, storage::StorageProfiles, timeouts::BackupTimeouts},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// One backup of a tenant, made once.
///
/// A run is told apart by its tenant, its `type` and its `run_key`. Another `run_key` or `type` is another run, made in place; nothing
/// else ever makes a second backup. The server keeps a token of the three in the `DESCRIPTION` of the job, by which an apply that was
/// interrupted, or a state that was lost, finds the backup again instead of making another one, for 31 days. Changes of the other
/// arguments are kept for the next run; a change of the password is refused, since that of a backup cannot be changed.
///
/// The token cannot be seen before the server has begun, and so two applies of one run can make two backups: when one of them is logged in to
/// `sys` and the other to the tenant, at the same moment, since the server lets both begin; and when an apply is killed (`SIGKILL`) while the
/// server still works on its statement, and the next one begins at once. Keep one root, with a lock on its state, for a run, and after such a
/// kill wait for ten seconds.
///
/// A backup that failed or was cancelled is an error of every apply that asks for it, which holds up what depends on it, and a warning of
/// every plan, which holds up nothing else: to try again, choose another `run_key`. A set that was deleted since, by the cleanup for
/// instance, is shown by `expired`, and is not made anew.
///
/// The tenant needs a backup destination, and its log archiving has to be `DOING`: let the run depend on the resources for those. A
/// backup or a deletion that is under way is waited for. OceanBase 4 does not ask for a major compaction before a backup;
/// `max_compaction_age` has the plan look, and warn.
///
/// Another `run_key` gives up the run before, whose backup stays, whatever `on_destroy` says.
///
/// Destroying this resource forgets the run, and the backup stays, unless `on_destroy` is `delete_set`. The plan refuses to delete the
/// last backup, and what the server keeps. Of sets that others build upon, and of a delete policy, it warns; the apply refuses what is
/// still built upon: let the run of an incremental depend (`depends_on`) on that of its full, and it is destroyed first. The way out is
/// the same whenever a backup cannot be deleted: apply `on_destroy = "forget"`, and destroy the run then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant. Either this or `all_tenants`.
    #[schemars(extend("x-requires-replace" = true))]
    pub tenant: Option<TenantName>,
    /// Back up every tenant that can be backed up; only from `sys`. Tenants without a destination, or whose log archiving is not
    /// `DOING`, are left out by the server, of which the plan warns.
    #[serde(default)]
    pub all_tenants: bool,
    /// Any text that tells this run from others, such as the number of a release. Another text makes another backup; one that changes
    /// with every plan, such as `timestamp()`, makes one with every apply.
    #[schemars(length(min = 1, max = 1000))]
    pub run_key: String,
    /// What the backup holds. Another type makes another backup.
    #[serde(rename = "type", default)]
    pub kind: BackupType,
    /// Also back up the log that a restore to the end of this backup needs, so that the set is enough by itself.
    #[serde(default)]
    pub plus_archivelog: bool,
    /// Words for the job's `DESCRIPTION`, before the token: letters, digits, and `_ . : -`. The server puts them into another
    /// statement as they are, so nothing else is safe.
    #[schemars(length(min = 1, max = 4000))]
    #[schemars(regex(pattern = DESCRIPTION_PATTERN), extend("x-expected" = DESCRIPTION_FORM))]
    pub description: Option<String>,
    /// Password without which nobody restores from the set. Neither in the state nor in a plan. Needs Terraform 1.11 or
    /// OpenTofu 1.11. A restore needs it again: the server does not tell it.
    #[serde(default, skip_serializing)]
    #[schemars(extend("writeOnly" = true))]
    pub password_wo: Option<Secret>,
    /// Any text that stands for the password, to remember by which one this run is protected. It changes with `run_key` only.
    pub password_wo_version: Option<String>,
    /// Wait for the end of the backup. Without it, the apply ends when the backup has begun, and later plans warn when it failed.
    #[serde(default = "crate::values::yes_by_default")]
    pub wait: bool,
    /// Cancel the backup when the practitioner interrupts the wait for it. The statement cancels whatever backup of the tenant runs.
    /// Without it, the backup goes on.
    #[serde(default)]
    pub cancel_on_interrupt: bool,
    /// How long ago the last major compaction of the tenant, or of each of all tenants, may have finished, such as `24h`. The plan of a
    /// new run warns when it finished longer ago by the database's clock, or never, and when one is under way, is suspended, or ended with
    /// an error. The apply makes the backup all the same, but an older compaction makes it, and the incrementals that build upon it,
    /// larger and slower. Unset: nothing is looked at.
    pub max_compaction_age: Option<Span>,
    /// What becomes of the backup when this resource is destroyed. Apply a changed value before destroying.
    #[serde(default)]
    pub on_destroy: OnDestroy,
    /// How long to wait for the cluster. What was sent stays in effect when the time is over; the next apply goes on from
    /// there.
    pub timeouts: Option<BackupTimeouts>,
    /// Number of the job within the tenant (`JOB_ID`); with `all_tenants`, of the parent within sys.
    #[schemars(extend("readOnly" = true))]
    pub job_id: Option<i64>,
    /// Number of the set that was made (`BACKUP_SET_ID`); null with `all_tenants`.
    #[schemars(extend("readOnly" = true))]
    pub backup_set_id: Option<i64>,
    /// Numbers of the sets, by tenant.
    #[schemars(extend("readOnly" = true))]
    pub backup_set_ids: Option<BTreeMap<String, i64>>,
    /// `full` or `incremental`, as the server took it: it makes a full where an incremental has nothing to build upon. `mixed` when
    /// tenants differ.
    #[schemars(extend("readOnly" = true))]
    pub effective_type: Option<String>,
    /// `STATUS` of the job as the server says it: `INIT`, `DOING`, `COMPLETED`, `FAILED`, `CANCELING` or `CANCELED`.
    #[schemars(extend("readOnly" = true))]
    pub status: Option<String>,
    /// 0, or the negative error code that the job ended with; null while it runs.
    #[schemars(extend("readOnly" = true))]
    pub result: Option<i64>,
    /// When it was started, as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub started_at: Option<String>,
    /// When it ended; null while it runs.
    #[schemars(extend("readOnly" = true))]
    pub finished_at: Option<String>,
    /// The first moment that the set can be restored to (`MIN_RESTORE_SCN`); null until then, and with `all_tenants`.
    #[schemars(extend("readOnly" = true))]
    pub min_restore_scn: Option<Scn>,
    /// Bytes written, of all sets.
    #[schemars(extend("readOnly" = true))]
    pub output_bytes: Option<u64>,
    /// Whether a set of this run was deleted since. It is not made anew.
    #[schemars(extend("readOnly" = true))]
    pub expired: Option<bool>,
}

/// What becomes of the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OnDestroy {
    /// It stays, until the cleanup finds it obsolete.
    #[default]
    Forget,
    /// Its sets are deleted: OceanBase 4.4.1 or later. Not deleted are the last sets that the tenant can be restored from, sets that
    /// others build upon, and, at the present destination, the newest full backup and everything newer. While a delete policy is set,
    /// the server may refuse to delete any set there (-9045), of which the plan only warns.
    DeleteSet,
}

/// What the views say.
#[derive(Debug)]
pub struct Observed {
    /// With the type by whose token it was found.
    run: Option<(BackupType, Run)>,
    conditions: Conditions,
    /// `TENANT_ID` of those that it is about.
    ids: BTreeMap<String, i64>,
    sets: Arc<BackupSets>,
    deletions: Arc<RecentDeletions>,
}

/// The resource.
pub struct BackupRun;

type Records = (Arc<BackupJobs>, (Arc<BackupSets>, Arc<RecentDeletions>));

/// A backup is still to be made, unless there is one with the token.
const RUN: &str = "a new run";
/// The practitioner asks for a backup that ends well.
const OUTCOME: &str = "the outcome";
/// A backup that there is gets a name for its password, or another one.
const FIRST_PASSWORD: &str = "a first password";
const OTHER_PASSWORD: &str = "another password";

const BEGINNING: &str = "the tenant's backup job to begin";
const END: &str = "the backup to end";

impl ManagedResource for BackupRun {
    const NAME: &'static str = "oceanbase_backup_run";
    /// It takes hours, and each look reads the records of all tenants.
    const LONGEST_PAUSE: Duration = Duration::from_secs(15);
    type Model = Model;
    type Records = Records;
    type Identity = Identity;
    type Observed = Observed;

    fn identity_attributes() -> &'static [(&'static str, &'static str)] {
        &[
            ("tenant", "Name of the user tenant; `*` for a run with `all_tenants`."),
            ("run_key", "The `run_key`."),
        ]
    }

    fn stand_in(attribute: &str) -> Option<&'static str> {
        (attribute == "tenant").then_some(ALL)
    }

    fn identity(model: &Model) -> Identity {
        Identity {
            tenant: model.tenant.clone().filter(|_| !model.all_tenants),
            kind: Some(model.kind),
            run_key: model.run_key.clone(),
        }
    }

    fn scope(identity: &Identity) -> Scope<'_> {
        identity.scope()
    }

    fn observe(
        snapshot: &Snapshot,
        (jobs, (sets, deletions)): &Records,
        identity: &Identity,
    ) -> Result<Option<Observed>, Error> {
        let scope = identity.scope();
        if scope.tenant().is_some_and(|tenant| snapshot.tenant(tenant).is_none()) {
            return Ok(None);
        }
        let runs = identity.kinds().into_iter().filter_map(|kind| {
            let run = Run::find(&identity.token(kind), scope, snapshot, jobs, sets)?;
            Some((kind, run))
        });
        let others = Others { jobs, sets, deletions };
        let id = |tenant: &Tenant| (tenant.name.to_string(), tenant.id);
        Ok(Some(Observed {
            // Two types with one key are two runs: the later one is meant.
            run: runs.max_by_key(|(_, run)| run.row(scope).map(|job| job.started)),
            conditions: Conditions::of(scope, snapshot, &others),
            ids: match scope {
                Scope::Tenant(tenant) => snapshot.tenant(tenant).map(id).into_iter().collect(),
                Scope::AllTenants => snapshot.tenants().map(id).collect(),
            },
            sets: sets.clone(),
            deletions: deletions.clone(),
        }))
    }

    fn exists(prior: Option<&Model>, observed: &Observed) -> bool {
        // Records end after 31 days, the run does not.
        prior.is_some() || observed.run.is_some()
    }

    fn nothing_to_import(identity: &Identity) -> String {
        format!(
            "No backup job of the last 31 days has the mark of the run `{identity}`. Only runs that `oceanbase_backup_run` has started have \
             one: apply the resource to make the backup."
        )
    }

    fn diff(goal: Goal<'_, Model>, pending: &Pending, observed: Option<&Observed>, context: &Context<'_>) -> Diff {
        match (goal, observed) {
            (Goal::Absent(_), None) => Diff::InSync,
            (Goal::Present(model), None) => Diff::Refuse(Box::new(nowhere(model, context))),
            (Goal::Absent(model), Some(observed)) => match model.on_destroy {
                OnDestroy::Forget => Diff::InSync,
                OnDestroy::DeleteSet => removal::diff(model, pending, observed, context),
            },
            (Goal::Present(model), Some(observed)) => match &observed.run {
                run if names_another_password(pending, run.as_ref()) => {
                    Diff::Refuse(Box::new(password_is_fixed(model)))
                }
                Some((_, run)) => follow(model, pending, run),
                None if pending.has(RUN) => begin(model, &observed.conditions, context),
                None => Diff::InSync,
            },
        }
    }

    fn state(prior: Option<&Model>, identity: &Identity, observed: &Observed, _: &Context<'_>) -> Model {
        let configured = match (prior, &observed.run) {
            (Some(prior), _) => prior.clone(),
            (None, run) => imported(identity, run.as_ref()),
        };
        let model = match &observed.run {
            Some((_, run)) => with_facts(configured, run),
            None => configured,
        };
        Model {
            expired: Some(is_expired(&model, observed)),
            ..model
        }
    }

    fn pending(prior: Option<&Model>, goal: &Model) -> Pending {
        let is_new = prior.is_none_or(|prior| is_another_run(prior, goal));
        let is_awaited = goal.wait && prior.is_some_and(|prior| prior.finished_at.is_none());
        let (stored, wanted) = match prior {
            Some(prior) if !is_new => (&prior.password_wo_version, &goal.password_wo_version),
            Some(_) | None => (&None, &None),
        };
        Pending::none()
            .with(RUN, is_new)
            .with(OUTCOME, is_new || is_awaited)
            .with(FIRST_PASSWORD, stored.is_none() && wanted.is_some())
            .with(OTHER_PASSWORD, stored.is_some() && stored != wanted)
    }

    fn plan(prior: Option<&Model>, proposed: &Model, _: &StorageProfiles) -> Vec<(AttributePath, Computed)> {
        let unknown = |name: &&'static str| ((*name).into(), Computed::Unknown);
        match prior {
            Some(prior) if !is_another_run(prior, proposed) => {
                let awaits = proposed.wait && !prior.wait && prior.finished_at.is_none();
                ENDS.iter().filter(|_| awaits).map(unknown).collect()
            }
            Some(_) | None => BEGINS.iter().chain(&ENDS).map(unknown).collect(),
        }
    }

    fn uses_profile(_: &Model) -> bool {
        false
    }

    fn validate(model: &Model) -> Diagnostics {
        let mut diagnostics = BackupTimeouts::validate(model.timeouts.as_ref());
        diagnostics.extend(wrong_scope(model));
        diagnostics.extend(password_missing(model));
        let is_empty = model.password_wo.as_ref().is_some_and(Secret::is_empty);
        diagnostics.extend(is_empty.then(empty_password));
        diagnostics
    }

    fn precheck(
        prior: Option<&Model>,
        planned: &Model,
        snapshot: &Snapshot,
        records: &Records,
        context: &Context<'_>,
    ) -> Diagnostics {
        let mut diagnostics = Diagnostics::none();
        diagnostics.extend(removal::unable(planned, context));
        let identity = Self::identity(planned);
        let scope = identity.scope();
        let Ok(Some(observed)) = Self::observe(snapshot, records, &identity) else {
            diagnostics.extend(scope.tenant().map(|tenant| not_in_sight(tenant, snapshot, context)));
            return diagnostics;
        };
        let is_new = prior.is_none_or(|prior| is_another_run(prior, planned));
        diagnostics.extend(match &observed.run {
            Some((_, run)) if is_new && run.failure().is_none() => {
                let made = with_facts(planned.clone(), run);
                let is_expired = is_expired(&made, &observed);
                already_made(planned, run, scope, is_expired)
            }
            // One that is news is told with what comes of it.
            Some((_, run)) if !Self::pending(prior, planned).has(OUTCOME) => run.failure().map(|failure| {
                let failed = failure.warning(ANOTHER_KEY);
                failed.at("run_key")
            }),
            _ => None,
        });
        diagnostics.extend(prior.filter(|_| is_new).and_then(stays_behind));
        match (is_new, prior) {
            (true, _) if observed.run.is_none() => {
                let incremental = planned.kind == BackupType::Incremental;
                let conditions = &observed.conditions;
                diagnostics.extend(conditions.warnings(scope, incremental, snapshot, context.claims));
            }
            (false, Some(prior)) => {
                diagnostics.extend(kept_for_later(prior, planned));
                let run = observed.run.as_ref().filter(|_| planned.password_wo.is_some());
                let unprotected = run.and_then(|(_, run)| run.unprotected());
                diagnostics.extend(unprotected.map(|failure| failure.warning(ANOTHER_KEY).at("run_key")));
            }
            _ => {}
        }
        diagnostics
    }

    fn compaction_check(
        prior: Option<&Model>,
        planned: &Model,
        observed: &Observed,
        context: &Context<'_>,
    ) -> Option<CompactionCheck> {
        let max_age = planned.max_compaction_age.clone()?;
        let is_new = prior.is_none_or(|prior| is_another_run(prior, planned));
        (is_new && observed.run.is_none()).then(|| {
            let identity = Self::identity(planned);
            let tenants = observed.conditions.to_back_up(identity.scope(), context.claims);
            CompactionCheck::new(tenants, max_age)
        })
    }

    fn past_jobs(observed: &Observed) -> BTreeSet<(i64, i64)> {
        removal::past_jobs(observed)
    }

    fn news(prior: &Model, now: &Model) -> Diagnostics {
        let has_expired = now.expired == Some(true) && prior.expired != Some(true);
        has_expired.then(|| expired(now)).into_iter().collect()
    }

    fn precheck_destroy(prior: &Model, observed: Option<&Observed>) -> Diagnostics {
        let sets = removal::concerned(prior, observed);
        if sets.is_empty()
            && !observed.is_some_and(Observed::is_being_made)
            && prior.backup_set_ids.iter().flatten().next().is_some()
        {
            // Nothing stays, and nothing is left to be deleted.
            return Diagnostics::none();
        }
        let sets = removal::listed(&sets);
        let (summary, detail) = match prior.on_destroy {
            OnDestroy::Forget => (
                "The backup stays",
                format!(
                    "Terraform forgets the run `{}`, and its backup ({sets}) stays, since `on_destroy` is `forget`: until the cleanup finds it \
                     obsolete, if there is a delete policy. To delete it, apply `on_destroy = \"delete_set\"` first.",
                    prior.run_key,
                ),
            ),
            OnDestroy::DeleteSet => (
                "The backup is deleted",
                format!(
                    "The backup of the run `{}` ({sets}) is deleted, since `on_destroy` is `delete_set`.",
                    prior.run_key
                ),
            ),
        };
        Diagnostic::warning(summary, detail).into()
    }

    fn patience(model: &Model, operation: Operation) -> Duration {
        BackupTimeouts::patience(model.timeouts.as_ref(), operation)
    }

    fn progress(observed: &Observed) -> Option<String> {
        let (_, run) = observed.run.as_ref()?;
        (run.stage() != Stage::Over).then(|| run.progress())
    }

    fn farewell(
        goal: Goal<'_, Model>,
        observed: Option<&Observed>,
        begun: bool,
        context: &Context<'_>,
    ) -> Option<Farewell> {
        let Goal::Present(model) = goal else {
            return None;
        };
        let run = observed.and_then(|observed| observed.run.as_ref()).map(|(_, run)| run);
        let is_under_way = match run {
            Some(run) => run.stage() != Stage::Over,
            // What runs then is somebody else's, and not ours to end.
            None => begun && !observed.is_some_and(|observed| observed.conditions.backup_runs()),
        };
        let statement = cancelling(model, run, context);
        is_under_way.then(|| Farewell {
            advice: format!(
                "The backup goes on. To go on waiting for it, apply again: no second one is made. To follow it, read \
                 CDB_OB_BACKUP_JOBS, or `oceanbase_backup_jobs`. To end it:\n\n  {statement}"
            ),
            ending: model.cancel_on_interrupt.then(|| Ending {
                step: Step::new("cancelling the backup", statement),
                advice: format!("The backup is being cancelled, since `cancel_on_interrupt` is set. {ANOTHER_KEY}"),
            }),
        })
    }

    fn remarks(prior: Option<&Model>, reached: &Model, observed: &Observed) -> Diagnostics {
        let Some((_, run)) = &observed.run else {
            return Diagnostics::none();
        };
        if prior.is_some_and(|prior| !is_another_run(prior, reached)) {
            return Diagnostics::none();
        }
        let promoted = run.promoted(reached.kind);
        let promoted = (!promoted.is_empty()).then(|| became_full(&promoted));
        // What stood in the way may be new since the plan, or since the wait began.
        let missing = observed.conditions.missing_in(&run.tenants());
        let missing = (!missing.is_empty()).then(|| were_left_out(reached, &missing));
        promoted.into_iter().chain(missing).collect()
    }
}

/// The computed attributes that are known when a run has begun.
const BEGINS: [&str; 4] = ["job_id", "backup_set_id", "backup_set_ids", "started_at"];
/// Those that are known when it is over.
const ENDS: [&str; 7] = [
    "effective_type",
    "status",
    "result",
    "finished_at",
    "min_restore_scn",
    "output_bytes",
    "expired",
];

const ANOTHER_KEY: &str = "The same run is not made twice: to make another backup, choose another `run_key`.";

fn is_another_run(prior: &Model, goal: &Model) -> bool {
    BackupRun::identity(prior) != BackupRun::identity(goal)
}

/// Whether the state would name a password that does not protect the backup. An import knows of none, though there may be one.
fn names_another_password(pending: &Pending, found: Option<&(BackupType, Run)>) -> bool {
    let is_protected = found.is_some_and(|(_, run)| run.is_protected());
    pending.has(OTHER_PASSWORD) || (pending.has(FIRST_PASSWORD) && !is_protected)
}

/// What comes next for a backup that there is.
fn follow(model: &Model, pending: &Pending, run: &Run) -> Diff {
    let asks_for_password = pending.has(RUN) && model.password_wo.is_some();
    if let Some(failure) = run.unprotected().filter(|_| asks_for_password) {
        // Terraform shows the line that an error points at, and the password may stand there.
        return Diff::Failed(Vec::new(), Box::new(failure.diagnostic(ANOTHER_KEY).at("run_key")));
    }
    match run.stage() {
        Stage::Beginning => Diff::Settling(BEGINNING),
        Stage::UnderWay if model.wait => Diff::Settling(END),
        Stage::UnderWay => Diff::InSync,
        Stage::Over => match run.failure() {
            Some(failure) if pending.has(OUTCOME) => {
                Diff::Failed(Vec::new(), Box::new(failure.diagnostic(ANOTHER_KEY).at("run_key")))
            }
            Some(_) | None => Diff::InSync,
        },
    }
}

/// What comes next for a backup that is still to be made.
fn begin(model: &Model, conditions: &Conditions, context: &Context<'_>) -> Diff {
    let identity = BackupRun::identity(model);
    let scope = identity.scope();
    if let Some(missing) = password_missing(model) {
        return Diff::Refuse(Box::new(missing));
    }
    match conditions.verdict(scope, context.viewpoint, context.claims) {
        Verdict::Refuse(reason) => Diff::Refuse(reason),
        Verdict::Wait(waiting_for) => Diff::Settling(waiting_for),
        Verdict::Start => Diff::Apply(vec![starting(model, scope, &identity, context)]),
    }
}

#[cfg(test)]
mod tests;
