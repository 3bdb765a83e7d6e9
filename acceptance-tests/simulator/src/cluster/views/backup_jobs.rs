//! Rows about backup jobs, their tasks and their sets.

use super::{integer, scn, scn_display, text};
use crate::answer::Cell;
use crate::cluster::backup_job::{BackupJob, SetTask};
use crate::cluster::backup_set::BackupSet;
use crate::cluster::root_service::Event;
use crate::cluster::tenant::Tenant;

const INCARNATION: i64 = 1;
const FIRST_TURN: i64 = 1;
const BACKUP_COMPATIBLE: i64 = 4;
/// Names and values that an event has room for.
const EVENT_DETAILS: usize = 6;

/// NULL until it is there.
pub(super) fn timestamp(at: Option<i64>) -> Cell {
    at.map_or(Cell::Null, Cell::Timestamp)
}

pub(super) fn on_off(on: bool) -> Cell {
    text(if on { "ON" } else { "OFF" })
}

pub(super) fn jobs(tenant: &Tenant, jobs: &[BackupJob]) -> Vec<Vec<Cell>> {
    jobs.iter().map(|job| job_cells(tenant.id, job)).collect()
}

fn job_cells(tenant_id: u64, job: &BackupJob) -> Vec<Cell> {
    vec![
        integer(tenant_id),
        integer(job.id),
        Cell::Integer(INCARNATION),
        integer(job.set_id),
        integer(job.origin.initiator_tenant_id),
        integer(job.origin.initiator_job_id),
        text(job.origin.executor_list()),
        on_off(job.request.plus_archivelog),
        text(job.request.backup_type.text()),
        text(job.origin.level()),
        text(job.request.encryption_mode()),
        text(job.request.passwd()),
        Cell::Timestamp(job.started),
        timestamp(job.ended),
        text(job.status.text()),
        Cell::Integer(job.result),
        text(&job.comment),
        text(&job.request.description),
        text(&job.path),
    ]
}

pub(super) fn tasks(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let jobs = tenant.backups.jobs.iter();
    jobs.filter_map(|job| {
        let task = job.task.as_ref()?;
        let mut row = task_cells(tenant.id, job, task);
        row.extend([
            text(task.data_progress()),
            Cell::Integer(task.log_file_count()),
            Cell::Integer(task.finish_log_file_count()),
            text(task.log_progress()),
        ]);
        Some(row)
    })
    .collect()
}

pub(super) fn task_history(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let jobs = tenant.backups.history.iter();
    jobs.filter_map(|job| Some(task_cells(tenant.id, job, job.task.as_ref()?)))
        .collect()
}

fn task_cells(tenant_id: u64, job: &BackupJob, task: &SetTask) -> Vec<Cell> {
    let mut row = vec![
        integer(tenant_id),
        integer(task.id),
        integer(job.id),
        Cell::Integer(INCARNATION),
        integer(job.set_id),
        Cell::Timestamp(task.started),
        timestamp(task.ended),
        text(task.status()),
        scn(task.started),
        scn(task.ended.unwrap_or(0)),
        scn(task.started),
        text(job.request.encryption_mode()),
        text(job.request.passwd()),
    ];
    row.extend(sizes(Some(task)));
    row.extend([
        Cell::Integer(task.result),
        text(&task.comment),
        text(&job.path),
        Cell::Integer(FIRST_TURN),
        Cell::Integer(FIRST_TURN),
    ]);
    row
}

/// INPUT_BYTES to DATA_TURN_ID.
fn sizes(task: Option<&SetTask>) -> [Cell; 11] {
    let number = |of: fn(&SetTask) -> i64| Cell::Integer(task.map_or(0, of));
    [
        number(SetTask::input_bytes),
        number(SetTask::output_bytes),
        text(format!("{}.0000", task.map_or(0, SetTask::output_rate))),
        number(SetTask::extra_meta_bytes),
        number(SetTask::tablet_count),
        number(SetTask::finish_tablet_count),
        number(SetTask::macro_block_count),
        number(SetTask::finish_macro_block_count),
        number(SetTask::file_count),
        Cell::Integer(FIRST_TURN),
        Cell::Integer(FIRST_TURN),
    ]
}

pub(super) fn set_files(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let sets = tenant.backups.sets.iter();
    sets.map(|set| set_cells(tenant.id, set)).collect()
}

fn set_cells(tenant_id: u64, set: &BackupSet) -> Vec<Cell> {
    let task = set.task.as_ref();
    let mut row = vec![
        integer(tenant_id),
        integer(set.id),
        integer(set.dest_id),
        Cell::Integer(INCARNATION),
        text(set.backup_type.text()),
        integer(set.previous_full_id),
        integer(set.previous_incremental_id),
        Cell::Timestamp(set.start),
        timestamp(set.ended),
        text(set.status.text()),
        text(set.file_status.text()),
        Cell::Integer(set.elapsed_seconds()),
        on_off(set.plus_archivelog),
        scn(set.start_replay),
        scn_display(set.start_replay),
        scn(set.min_restore),
        scn_display(set.min_restore),
    ];
    row.extend(sizes(task));
    row.extend([
        Cell::Integer(task.map_or(0, |task| task.result)),
        text(task.map_or("", |task| &task.comment)),
        text(set.encryption_mode),
        text(set.passwd),
        text(&set.tenant_compatible),
        Cell::Integer(BACKUP_COMPATIBLE),
        text(&set.path),
        text(set.cluster_version),
        scn(set.start_replay),
        Cell::Integer(FIRST_TURN),
        Cell::Integer(FIRST_TURN),
    ]);
    row
}

/// A row of DBA_OB_ROOTSERVICE_EVENT_HISTORY.
pub(super) fn event(event: &Event) -> Vec<Cell> {
    let mut row = vec![Cell::Timestamp(event.at), text("backup_data"), text(event.name)];
    for index in 0..EVENT_DETAILS {
        let detail = event.details.get(index);
        let (name, value) = detail.map_or(("", ""), |(name, value)| (*name, value.as_str()));
        row.extend([text(name), text(value)]);
    }
    row.extend([text(""), text("127.0.0.1"), Cell::Integer(2882)]);
    row
}
