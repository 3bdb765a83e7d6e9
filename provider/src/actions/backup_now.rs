//! `oceanbase_backup_now`: makes a backup.
//!
//! Reads `CDB_OB_BACKUP_JOBS`, `CDB_OB_BACKUP_JOB_HISTORY`, `CDB_OB_BACKUP_SET_FILES` and `CDB_OB_BACKUP_DELETE_JOBS`; sends
//! `ALTER SYSTEM BACKUP`, before it `SET ENCRYPTION` in a session of its own.

use crate::{
    backup::{
        DESCRIPTION_FORM, DESCRIPTION_PATTERN, Request, STARTS_WITHIN, Token,
        conditions::{Conditions, Others, Verdict},
        course::{Run, Stage},
        protection,
    },
    cluster::{
        Scope, Secret, TenantName,
        records::{BackupJobs, BackupSets, RecentDeletions},
    },
    command::{Begin, Command, Course, View},
    values::{backup_type::BackupType, span::Span, timeouts::LONGEST_BACKUP},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tfplugin::{Diagnostic, Diagnostics};

/// Makes a backup of a tenant, or of all, and waits for its end. Every time: what is to be made once is an `oceanbase_backup_run`.
///
/// The tenant needs a backup destination, its log archiving has to be `DOING`, and no other backup may run. An incremental without a
/// full to build upon becomes a full; what is told says so.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant. Either this or `all_tenants`.
    pub tenant: Option<TenantName>,
    /// Back up every tenant that can be backed up; only from `sys`.
    #[serde(default)]
    pub all_tenants: bool,
    /// What the backup holds.
    #[serde(rename = "type", default)]
    pub kind: BackupType,
    /// Also back up the log that a restore to the end of this backup needs.
    #[serde(default)]
    pub plus_archivelog: bool,
    /// Words for the job's `DESCRIPTION`: letters, digits, and `_ . : -`.
    #[schemars(length(min = 1, max = 4000))]
    #[schemars(regex(pattern = DESCRIPTION_PATTERN), extend("x-expected" = DESCRIPTION_FORM))]
    pub description: Option<String>,
    /// Password without which nobody restores from the set.
    #[serde(default, skip_serializing)]
    #[schemars(extend("writeOnly" = true))]
    pub password_wo: Option<Secret>,
    /// Wait for the end of the backup, rather than for its beginning.
    #[serde(default = "crate::values::yes_by_default")]
    pub wait: bool,
    /// How long to wait; default `24h`.
    pub timeout: Option<Span>,
}

/// The action.
pub struct BackupNow;

type Records = (Arc<BackupJobs>, (Arc<BackupSets>, Arc<RecentDeletions>));

impl Command for BackupNow {
    const NAME: &'static str = "oceanbase_backup_now";
    const LOOKED_FOR: Duration = STARTS_WITHIN;
    type Model = Model;
    type Records = Records;
    type Followed = Followed;

    fn validate(model: &Model) -> Diagnostics {
        let is_empty = model.password_wo.as_ref().is_some_and(Secret::is_empty);
        let problems = [
            (
                model.tenant.is_some() == model.all_tenants,
                "tenant",
                "Set either `tenant`, or `all_tenants = true`.",
            ),
            (
                is_empty,
                "password_wo",
                "An empty `password_wo` protects nothing. Leave it out, or give a password.",
            ),
        ];
        let problems = problems.into_iter().filter(|(is_so, _, _)| *is_so);
        problems
            .map(|(_, attribute, detail)| Diagnostic::error(format!("Invalid `{attribute}`"), detail).at(attribute))
            .collect()
    }

    fn scope(model: &Model) -> Scope<'_> {
        match &model.tenant {
            Some(tenant) if !model.all_tenants => tenant.into(),
            Some(_) | None => Scope::AllTenants,
        }
    }

    fn begin(model: &Model, view: &View<'_, Records>) -> Begin<Followed> {
        let (scope, viewpoint) = (Self::scope(model), &view.snapshot.viewpoint);
        match conditions(model, view).verdict(scope, viewpoint, view.claims) {
            Verdict::Refuse(reason) => return Begin::Refuse(reason),
            Verdict::Wait(waiting_for) => return Begin::Refuse(Box::new(not_now(waiting_for))),
            Verdict::Start => {}
        }
        // No two runs begin at the same moment: the turns of one tenant follow each other.
        let token = Token::of(scope, model.kind, &view.snapshot.cluster.clock);
        let request = Request {
            scope,
            kind: model.kind,
            plus_archivelog: model.plus_archivelog,
            description: model.description.as_deref(),
        };
        let statement = request.statement(&token, viewpoint);
        match &model.password_wo {
            Some(password) => Begin::SendPrepared(protection(password), statement, Followed(token)),
            None => Begin::Send(statement, Followed(token)),
        }
    }

    fn forewarn(model: &Model, view: &View<'_, Records>) -> Diagnostics {
        let incremental = model.kind == BackupType::Incremental;
        conditions(model, view).warnings(Self::scope(model), incremental, view.snapshot, view.claims)
    }

    fn follow(Followed(token): &Followed, model: &Model, view: &View<'_, Records>) -> Course {
        let (jobs, (sets, _)) = view.records;
        let Some(run) = Run::find(token, Self::scope(model), view.snapshot, jobs, sets) else {
            return Course::NotSeen("the job has not begun".to_owned());
        };
        let unprotected = run.unprotected().filter(|_| model.password_wo.is_some());
        match (run.stage(), run.failure().or(unprotected)) {
            (Stage::UnderWay, _) if !model.wait => Course::Done(format!("It goes on by itself: {}.", run.progress())),
            (Stage::Beginning | Stage::UnderWay, _) => Course::UnderWay(run.progress()),
            (Stage::Over, Some(failure)) => Course::Failed(Box::new(
                failure.diagnostic("Mend the cause, if there is one, and invoke the action again."),
            )),
            (Stage::Over, None) => Course::Done(made(&run, model.kind)),
        }
    }

    fn patience(model: &Model) -> Duration {
        model.timeout.as_ref().map_or(LONGEST_BACKUP, Span::length)
    }
}

/// What marks the job.
pub struct Followed(Token);

fn conditions(model: &Model, view: &View<'_, Records>) -> Conditions {
    let (jobs, (sets, deletions)) = view.records;
    let others = Others { jobs, sets, deletions };
    Conditions::of(BackupNow::scope(model), view.snapshot, &others)
}

fn not_now(waiting_for: &str) -> Diagnostic {
    Diagnostic::error(
        "The backup cannot start now",
        format!("It would have to wait for {waiting_for}. Invoke the action again when that has come about."),
    )
}

fn made(run: &Run, kind: BackupType) -> String {
    let sets = run.set_ids().into_iter();
    let sets: Vec<String> = sets
        .map(|(tenant, id)| format!("set {id} of tenant {tenant}"))
        .collect();
    let made = format!("The backup is COMPLETED: {}.", sets.join(", "));
    match run.promoted(kind)[..] {
        [] => made,
        _ => format!("{made} There was no full to build upon, so the server made a full one."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cluster::{
            Viewpoint,
            records::BackupJob,
            snapshot::tests::{protected, snapshot},
            version::Version,
        },
        neighbours::Claims,
    };
    use jiff::Timestamp;
    use serde_json::json;

    #[test]
    fn a_backup_that_lost_its_password_fails() {
        let model: Model = serde_json::from_value(json!({ "tenant": "t1", "password_wo": "s3cr3t" })).unwrap();
        let token = Token::of(BackupNow::scope(&model), model.kind, "now");
        let job = |encryption_mode: &str| BackupJob {
            tenant_id: 1002,
            id: 1,
            backup_set_id: Some(1),
            initiator_tenant_id: 1002,
            initiator_job_id: None,
            executor_tenant_ids: vec![1002],
            plus_archivelog: false,
            backup_type: "FULL".to_owned(),
            encryption_mode: encryption_mode.to_owned(),
            started: Timestamp::UNIX_EPOCH,
            ended: Some(Timestamp::UNIX_EPOCH),
            status: "COMPLETED".to_owned(),
            result: 0,
            comment: String::new(),
            description: token.beside(None),
            path: String::new(),
        };
        let snapshot = snapshot(Viewpoint::Sys, Version(4, 4, 1, 0), vec![protected(1002, "t1")]);
        for (mode, fails) in [("PASSWORD", false), ("NONE", true)] {
            let jobs = BackupJobs { jobs: vec![job(mode)] };
            let view = View {
                snapshot: &snapshot,
                records: &(Arc::new(jobs), Default::default()),
                claims: &Claims::default(),
            };
            let course = BackupNow::follow(&Followed(token.clone()), &model, &view);
            assert_eq!(matches!(course, Course::Failed(_)), fails, "{mode}");
        }
    }
}
