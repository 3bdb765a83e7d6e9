//! Following a job that deletes backups.

use crate::{
    cluster::{
        TenantName,
        error::Explanation,
        records::{DeletionJob, DeletionJobs},
        version::{Capabilities, Capability},
    },
    command::{Course, View},
    queried::Gather,
};
use tfplugin::{AttributePath, Diagnostic};

/// Insists on a server that deletes by hand; the error points at this attribute.
pub(super) fn require_by_hand(capabilities: &Capabilities, attribute: &str) -> Result<(), Box<Diagnostic>> {
    capabilities.require(Capability::ManualDeletion).map_err(|missing| {
        let detail = format!("{missing}. Its hourly cleanup deletes what is obsolete.");
        Box::new(Diagnostic::error("The cluster lacks a capability", detail).at(AttributePath::root().child(attribute)))
    })
}

/// The deletion jobs of a tenant.
pub(super) fn jobs_of<'a, R: Gather>(
    tenant: &TenantName,
    deletions: &'a DeletionJobs,
    view: &View<'_, R>,
) -> impl Iterator<Item = &'a DeletionJob> + use<'a, R> {
    let id = view.snapshot.tenant(tenant).map(|tenant| tenant.id);
    id.map(|id| deletions.of(id)).unwrap_or_default().iter()
}

/// The number of the newest deletion job of a tenant; 0 when there is none.
pub(super) fn newest<R: Gather>(tenant: &TenantName, deletions: &DeletionJobs, view: &View<'_, R>) -> i64 {
    jobs_of(tenant, deletions, view).map(|job| job.id).max().unwrap_or(0)
}

/// How far the first job is that came after another and is meant.
pub(super) fn course<R: Gather>(
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
    let tasks = format!("{} of {} deleted", job.success_task_count, job.task_count);
    match job.status.as_str() {
        _ if job.is_running() => Course::UnderWay(format!("job {} is {}, {tasks}", job.id, job.status)),
        "COMPLETED" => Course::Done(format!("Job {} is COMPLETED, {tasks}.", job.id)),
        _ => Course::Failed(Box::new(failed(job, &tasks))),
    }
}

fn failed(job: &DeletionJob, tasks: &str) -> Diagnostic {
    let explanation = Explanation::of_result(job.result).map_or_else(String::new, |it| format!("\n\n{it}"));
    Diagnostic::error(
        format!("The deletion ended as {}", job.status),
        format!(
            "Job {} ended with {} ({tasks}). The server said:\n\n  {}{explanation}",
            job.id, job.result, job.comment
        ),
    )
}
