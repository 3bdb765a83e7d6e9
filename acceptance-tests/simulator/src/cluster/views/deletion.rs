//! Rows about deletion: the policy, jobs and tasks.

use super::backup_jobs::timestamp;
use super::{integer, text};
use crate::answer::Cell;
use crate::cluster::deletion::{DeleteJob, DeleteTask};
use crate::cluster::job::JobStatus;
use crate::cluster::tenant::Tenant;

const INCARNATION: i64 = 1;
const LOG_STREAMS: i64 = 2;

pub(super) fn policy(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let policy = tenant.delete_policy.iter();
    policy
        .map(|policy| vec![integer(tenant.id), text(&policy.name), text(&policy.recovery_window)])
        .collect()
}

pub(super) fn jobs(tenant: &Tenant, jobs: &[DeleteJob]) -> Vec<Vec<Cell>> {
    jobs.iter().map(|job| job_cells(tenant.id, job)).collect()
}

fn job_cells(tenant_id: u64, job: &DeleteJob) -> Vec<Cell> {
    let done = job.tasks.iter().filter(|task| task.status == JobStatus::Completed);
    vec![
        integer(tenant_id),
        integer(job.id),
        Cell::Integer(INCARNATION),
        integer(job.origin.initiator_tenant_id),
        integer(job.origin.initiator_job_id),
        text(job.origin.executor_list()),
        text(job.request.text()),
        text(job.parameter()),
        text(job.origin.level()),
        Cell::Timestamp(job.started),
        timestamp(job.ended),
        text(job.status.text()),
        integer(job.tasks.len() as u64),
        integer(done.count() as u64),
        Cell::Integer(job.result),
        text(&job.comment),
    ]
}

pub(super) fn tasks(tenant: &Tenant, jobs: &[DeleteJob]) -> Vec<Vec<Cell>> {
    let tasks = jobs
        .iter()
        .flat_map(|job| job.tasks.iter().map(move |task| (job, task)));
    tasks.map(|(job, task)| task_cells(tenant.id, job, task)).collect()
}

fn task_cells(tenant_id: u64, job: &DeleteJob, task: &DeleteTask) -> Vec<Cell> {
    let finished = if task.status == JobStatus::Completed {
        LOG_STREAMS
    } else {
        0
    };
    vec![
        integer(tenant_id),
        integer(task.id),
        Cell::Integer(INCARNATION),
        integer(job.id),
        text(task.doomed.kind.text()),
        integer(task.doomed.id),
        integer(task.doomed.round_id),
        integer(task.doomed.dest_id),
        Cell::Timestamp(task.started),
        timestamp(task.ended),
        text(task.status.text()),
        Cell::Integer(LOG_STREAMS),
        Cell::Integer(finished),
        Cell::Integer(task.result),
        text(&task.comment),
        text(&task.doomed.path),
    ]
}
