//! Deleting backups by hand: what the server must be, what may go, the statement, and following its job.

mod holdings;

pub(crate) use holdings::{Holdings, HoldingsRecords, Objection, listed, named};

use crate::{
    cluster::{
        Statement, Tenant, TenantName,
        error::Explanation,
        records::{DeletionJob, DeletionJobs, SYS},
        version::{Capabilities, Capability},
    },
    command::{Course, View},
    queried::Gather,
};
use std::collections::BTreeSet;
use tfplugin::{AttributePath, Diagnostic};

/// `TYPE` of the jobs that delete sets.
pub(crate) const DELETE_SETS: &str = "DELETE BACKUP SET";

/// Deletes the sets of these numbers.
pub(crate) fn deleting(ids: &BTreeSet<i64>) -> Statement {
    let begin = Statement::new("ALTER SYSTEM DELETE BACKUPSET ");
    ids.iter()
        .enumerate()
        .fold(begin, |statement, (position, id)| match position {
            0 => statement.integer(*id),
            _ => statement.sql(",").integer(*id),
        })
}

/// Whether the job is about these sets, rather than those that somebody else deletes at the same time.
pub(crate) fn deletes(job: &DeletionJob, ids: &BTreeSet<i64>) -> bool {
    let numbers = job.parameter.split(|c: char| !c.is_ascii_digit());
    let named: BTreeSet<i64> = numbers.filter_map(|number| number.parse().ok()).collect();
    // What is no list of numbers tells nothing.
    job.kind == DELETE_SETS && (named.is_empty() || named.is_superset(ids))
}

/// Insists on a server that deletes by hand; the error points at this attribute.
pub(crate) fn require_by_hand(capabilities: &Capabilities, attribute: &str) -> Result<(), Box<Diagnostic>> {
    capabilities.require(Capability::ManualDeletion).map_err(|missing| {
        let detail = format!("{missing}. Its hourly cleanup deletes what is obsolete.");
        Box::new(Diagnostic::error("The cluster lacks a capability", detail).at(AttributePath::root().child(attribute)))
    })
}

/// The deletion jobs of a tenant.
pub(crate) fn jobs_of<'a, R: Gather>(
    tenant: &TenantName,
    deletions: &'a DeletionJobs,
    view: &View<'_, R>,
) -> impl Iterator<Item = &'a DeletionJob> + use<'a, R> {
    let id = view.snapshot.tenant(tenant).map(|tenant| tenant.id);
    id.map(|id| deletions.of(id)).unwrap_or_default().iter()
}

/// Whether sets are about to go that look as if they would stay: a set is `AVAILABLE` until the server has begun with it, and of a job of
/// sys nobody tells the tenant.
pub(crate) fn is_losing_sets(tenant: &Tenant, deletions: &DeletionJobs) -> bool {
    let mut jobs = deletions.of(tenant.id).iter().chain(deletions.of(SYS));
    jobs.any(|job| job.is_running() && job.kind == DELETE_SETS)
}

/// The number of the newest deletion job of a tenant; 0 when there is none.
pub(crate) fn newest<R: Gather>(tenant: &TenantName, deletions: &DeletionJobs, view: &View<'_, R>) -> i64 {
    jobs_of(tenant, deletions, view).map(|job| job.id).max().unwrap_or(0)
}

/// How far the first job is that came after another and is meant.
pub(crate) fn course<R: Gather>(
    tenant: &TenantName,
    deletions: &DeletionJobs,
    view: &View<'_, R>,
    after: i64,
    is_meant: impl Fn(&DeletionJob) -> bool,
) -> Course {
    let later = jobs_of(tenant, deletions, view).filter(|job| job.id > after && is_meant(job));
    let Some(job) = later.min_by_key(|job| job.id) else {
        return Course::NotSeen("the job has not begun".to_owned());
    };
    let tasks = tasks_of(job);
    match job.status.as_str() {
        _ if job.is_running() => Course::UnderWay(format!("job {} is {}, {tasks}", job.id, job.status)),
        "COMPLETED" => Course::Done(format!("Job {} is COMPLETED, {tasks}.", job.id)),
        _ => Course::Failed(Box::new(failed(job, &tasks))),
    }
}

/// How many sets and pieces it has deleted.
pub(crate) fn tasks_of(job: &DeletionJob) -> String {
    format!("{} of {} deleted", job.success_task_count, job.task_count)
}

/// Says why it ended without having deleted everything.
pub(crate) fn failed(job: &DeletionJob, tasks: &str) -> Diagnostic {
    let explanation = Explanation::of_job(job.result).map_or_else(String::new, |it| format!("\n\n{it}"));
    Diagnostic::error(
        format!("The deletion ended as {}", job.status),
        format!(
            "Job {} ended with {} ({tasks}). The server said:\n\n  {}{explanation}",
            job.id, job.result, job.comment
        ),
    )
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::holdings::tests::at_present;
    use super::*;
    use jiff::Timestamp;

    fn job(parameter: &str) -> DeletionJob {
        DeletionJob {
            tenant_id: 1002,
            id: 7,
            kind: DELETE_SETS.to_owned(),
            parameter: parameter.to_owned(),
            started: Timestamp::UNIX_EPOCH,
            ended: None,
            status: "DOING".to_owned(),
            task_count: 1,
            success_task_count: 0,
            result: 0,
            comment: String::new(),
        }
    }

    #[test]
    fn the_job_of_somebody_else_is_not_taken_for_ours() {
        let ours = BTreeSet::from([1, 2]);
        for (parameter, expected) in [("1,2", true), ("2, 1", true), ("", true), ("12", false), ("3", false)] {
            assert_eq!(deletes(&job(parameter), &ours), expected, "{parameter}");
        }
    }
}
