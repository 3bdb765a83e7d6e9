//! What becomes of a backup: its rows among the jobs, and how far they are.

use super::Token;
use crate::{
    cluster::{
        Scope, Snapshot, TenantName,
        error::Explanation,
        records::{BackupJob, BackupJobs, BackupSet, BackupSets, SYS},
    },
    values::backup_type::BackupType,
};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use tfplugin::Diagnostic;

/// A backup, as the records show it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    /// The row of sys, when sys gave the statement, and looks.
    parent: Option<BackupJob>,
    /// The rows of the tenants, as far as they are there.
    pub(crate) parts: Vec<Part>,
    /// The tenants that have no row, although sys meant them.
    left_out: Vec<String>,
    stage: Stage,
}

/// The backup of one tenant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) tenant: TenantName,
    pub(crate) job: BackupJob,
    /// What it makes, or made; `None` before it begins, and when it was deleted long ago.
    pub(crate) set: Option<BackupSet>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not every tenant has begun.
    Beginning,
    /// Every tenant has begun.
    UnderWay,
    /// Every job has come to its end.
    Over,
}

/// `RESULT` of a job that somebody cancelled.
const CANCELED: i64 = -4072;

/// A parent that ended while its tenants' rows were read is not one without them.
const ROWS_APPEAR_WITHIN: SignedDuration = SignedDuration::from_secs(10);

impl Run {
    /// The backup with this mark, when there is one. A tenant has one of its own, or a part of one that sys started.
    pub(crate) fn find(
        token: &Token,
        scope: Scope<'_>,
        snapshot: &Snapshot,
        jobs: &BackupJobs,
        sets: &BackupSets,
    ) -> Option<Self> {
        let marked = |job: &&BackupJob| token.marks(&job.description);
        let parent = jobs.of(SYS).iter().filter(marked).max_by_key(|job| job.id);
        let is_child = |job: &&BackupJob| {
            let started_by_sys = job.tenant_id != SYS && job.initiator_tenant_id == SYS;
            started_by_sys && parent.is_some_and(|parent| job.initiator_job_id == Some(parent.id))
        };
        let rows: Vec<&BackupJob> = match scope {
            Scope::Tenant(tenant) => {
                let own = jobs.of(snapshot.tenant(tenant)?.id).iter();
                let own = own.filter(|job| marked(job) || is_child(job));
                own.max_by_key(|job| job.id).into_iter().collect()
            }
            Scope::AllTenants => jobs.jobs.iter().filter(is_child).collect(),
        };
        if parent.is_none() && rows.is_empty() {
            return None;
        }
        let executors = parent.into_iter().flat_map(|parent| &parent.executor_tenant_ids);
        let left_out = executors.filter(|id| !rows.iter().any(|job| job.tenant_id == **id));
        let left_out: Vec<String> = left_out.map(|id| name_of(snapshot, *id)).collect();
        let parts = rows.iter().filter_map(|job| {
            Some(Part {
                tenant: snapshot.tenant_by_id(job.tenant_id)?.name.clone(),
                set: set_of(job, sets).cloned(),
                job: (*job).clone(),
            })
        });
        Some(Self {
            stage: stage(snapshot, parent, &rows, left_out.is_empty()),
            parent: parent.cloned(),
            parts: parts.collect(),
            left_out,
        })
    }

    /// How far it is.
    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    /// The row that speaks for it: that of its only tenant, or of sys for all of them.
    pub(crate) fn row(&self, scope: Scope<'_>) -> Option<&BackupJob> {
        let own = self.parts.first().map(|part| &part.job);
        match scope {
            Scope::Tenant(_) => own.or(self.parent.as_ref()),
            Scope::AllTenants => self.parent.as_ref().or(own),
        }
    }

    /// Whether it came to an end, and a good one.
    pub(crate) fn is_completed(&self) -> bool {
        self.stage == Stage::Over && self.failure().is_none()
    }

    /// `full` or `incremental`, as the server took it; `mixed` when tenants differ.
    pub(crate) fn effective_type(&self) -> Option<&'static str> {
        let full = self.parts.iter().filter(|part| part.job.backup_type == "FULL").count();
        match full {
            _ if self.parts.is_empty() => None,
            0 => Some("incremental"),
            all if all == self.parts.len() => Some("full"),
            _ => Some("mixed"),
        }
    }

    /// The tenants whose backup became a full one, since there was none to build upon.
    pub(crate) fn promoted(&self, kind: BackupType) -> Vec<&TenantName> {
        let is_promoted = |part: &&Part| kind == BackupType::Incremental && part.job.backup_type == "FULL";
        self.parts.iter().filter(is_promoted).map(|part| &part.tenant).collect()
    }

    /// Why it is of no use to those who asked for a password: somewhere between provider and server it was lost, or the backup was
    /// made without one before.
    pub(crate) fn unprotected(&self) -> Option<Failure> {
        let unprotected = self.parts.iter().filter(|part| part.job.encryption_mode == "NONE");
        let jobs: Vec<String> = unprotected
            .map(|part| format!("job {} of tenant `{}`", part.job.id, part.tenant))
            .collect();
        (!jobs.is_empty()).then(|| Failure {
            summary: "The backup is not protected",
            detail: format!(
                "A password was given, but `ENCRYPTION_MODE` is NONE: {}. Whoever can read the files can restore from them. Perhaps the \
                 backup was made before the password was set; or a proxy sends the statements of one session to several servers, so \
                 that the password does not get to where the backup starts.",
                jobs.join(", ")
            ),
        })
    }

    /// Whether every set of it has a password, as far as can be seen.
    pub(crate) fn is_protected(&self) -> bool {
        let mut modes = self.parts.iter().map(|part| part.job.encryption_mode.as_str());
        !self.parts.is_empty() && modes.all(|mode| mode != "NONE")
    }

    /// The tenants that it is about: those that have begun, and those that sys still means.
    pub(crate) fn tenants(&self) -> Vec<TenantName> {
        let begun = self.parts.iter().map(|part| part.tenant.clone());
        let meant = self.left_out.iter().filter_map(|name| name.parse().ok());
        begun.chain(meant).collect()
    }

    /// The sets, by tenant.
    pub(crate) fn set_ids(&self) -> BTreeMap<TenantName, i64> {
        let ids = self
            .parts
            .iter()
            .filter_map(|part| Some((part.tenant.clone(), part.job.backup_set_id?)));
        ids.collect()
    }

    /// The sum over all sets that it made.
    pub(crate) fn output_bytes(&self) -> Option<u64> {
        let sizes = self.parts.iter().filter_map(|part| part.set.as_ref());
        sizes.map(|set| set.output_bytes).reduce(u64::saturating_add)
    }

    /// Which tenants are still at it, and how far they are.
    pub(crate) fn progress(&self) -> String {
        let running = self.parts.iter().filter(|part| part.job.is_running());
        let told: Vec<String> = running.map(Part::progress).collect();
        match (&told[..], &self.parent) {
            ([], Some(parent)) if parent.is_running() => {
                format!("backup job {} of sys is {}", parent.id, parent.status)
            }
            ([], _) => "the jobs have ended".to_owned(),
            (told, _) => told.join(", "),
        }
    }

    /// Why it was for nothing, at least in part, once it is over.
    pub(crate) fn failure(&self) -> Option<Failure> {
        if self.stage != Stage::Over {
            return None;
        }
        let parts = self.parts.iter().map(|part| (part.tenant.to_string(), &part.job));
        let mut failed: Vec<_> = parts.filter(|(_, job)| job.status != "COMPLETED").collect();
        // A parent ends as its tenants do, so it has something to say only when they have not.
        let parent = self
            .parent
            .iter()
            .filter(|parent| failed.is_empty() && parent.status != "COMPLETED");
        failed.extend(parent.map(|parent| ("sys".to_owned(), parent)).collect::<Vec<_>>());
        let cancelled = failed.iter().all(|(_, job)| job.result == CANCELED);
        let texts: Vec<String> = failed.into_iter().map(failure_text).collect();
        let completed = self.completed();
        match (&texts[..], &self.left_out[..]) {
            ([], []) => None,
            ([], left_out) => Some(Failure {
                summary: "The backup left out a tenant",
                detail: format!(
                    "The job ended without having begun for the tenants {}. `DBA_OB_ROOTSERVICE_EVENT_HISTORY` has the reason, as an \
                     event `handle_user_tenant_backup_failed` of the module `backup_data`.{completed}",
                    left_out.join(", ")
                ),
            }),
            (texts, _) => Some(Failure {
                summary: if cancelled {
                    "The backup was cancelled"
                } else {
                    "The backup failed"
                },
                detail: format!("{}{completed}", texts.join("\n\n")),
            }),
        }
    }

    /// Names those whose backup is good all the same.
    fn completed(&self) -> String {
        let completed = self.parts.iter().filter(|part| part.job.status == "COMPLETED");
        let names: Vec<String> = completed.map(Part::made).collect();
        match names.is_empty() {
            true => String::new(),
            false => format!(
                "\n\nThe backups of other tenants were completed, and can be used: {}.",
                names.join(", ")
            ),
        }
    }
}

/// Why a backup was for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    summary: &'static str,
    detail: String,
}

impl Failure {
    /// An error, with what to do next.
    pub(crate) fn diagnostic(&self, advice: &str) -> Diagnostic {
        Diagnostic::error(self.summary, format!("{}\n\n{advice}", self.detail))
    }

    /// A warning, with what to do next.
    pub(crate) fn warning(&self, advice: &str) -> Diagnostic {
        Diagnostic::warning(self.summary, format!("{}\n\n{advice}", self.detail))
    }
}

impl Part {
    fn made(&self) -> String {
        match self.job.backup_set_id {
            Some(id) => format!("`{}` (set {id})", self.tenant),
            None => format!("`{}`", self.tenant),
        }
    }

    fn progress(&self) -> String {
        let written = self.set.as_ref().map_or(0, |set| set.output_bytes);
        let written = match written {
            0 => String::new(),
            bytes => format!(", {bytes} bytes written"),
        };
        format!(
            "backup job {} of tenant {} is {}{written}",
            self.job.id, self.tenant, self.job.status
        )
    }
}

fn stage(snapshot: &Snapshot, parent: Option<&BackupJob>, rows: &[&BackupJob], all_have_begun: bool) -> Stage {
    let runs = parent
        .into_iter()
        .chain(rows.iter().copied())
        .any(BackupJob::is_running);
    match (all_have_begun, runs) {
        (true, true) => Stage::UnderWay,
        (true, false) => Stage::Over,
        (false, false) if parent.is_none_or(|parent| has_settled(parent, snapshot)) => Stage::Over,
        (false, _) => Stage::Beginning,
    }
}

/// Whether no further row of a tenant can be on its way.
fn has_settled(parent: &BackupJob, snapshot: &Snapshot) -> bool {
    let since = |ended| Some(snapshot.cluster.time().ok()?.duration_since(ended));
    let waited = parent
        .ended
        .and_then(since)
        .is_some_and(|since| since > ROWS_APPEAR_WITHIN);
    waited || parent.status != "COMPLETED"
}

/// The set of a job, when it can be seen.
fn set_of<'a>(job: &BackupJob, sets: &'a BackupSets) -> Option<&'a BackupSet> {
    let id = job.backup_set_id?;
    sets.of(job.tenant_id).iter().find(|set| set.id == id)
}

fn name_of(snapshot: &Snapshot, id: i64) -> String {
    let tenant = snapshot.tenant_by_id(id);
    tenant.map_or_else(|| id.to_string(), |tenant| tenant.name.to_string())
}

fn failure_text((tenant, job): (String, &BackupJob)) -> String {
    // Of what somebody cancelled there is nothing to mend.
    let explanation = Explanation::of_job(job.result).filter(|_| job.result != CANCELED);
    let explanation = explanation.map_or_else(String::new, |it| format!("\n\n{it}"));
    let comment = match job.comment.as_str() {
        "" => String::new(),
        comment => format!(". The server said:\n\n  {comment}"),
    };
    format!(
        "Job {} of tenant {tenant} ended as {} with {}{comment}{explanation}",
        job.id, job.status, job.result
    )
}
