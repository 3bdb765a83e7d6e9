//! `CDB_OB_BACKUP_JOBS` and `CDB_OB_BACKUP_JOB_HISTORY`.

use super::{Cache, Owner, Records, is_running, of_tenant, with_history};
use crate::cluster::{error::Error, reader::View, row::Row, shared::Shared};
use jiff::Timestamp;

/// Backup jobs under way, and those that began in the last 31 days.
#[derive(Debug, Default)]
pub struct BackupJobs {
    /// By tenant and number.
    pub jobs: Vec<BackupJob>,
}

/// A row of `CDB_OB_BACKUP_JOBS` or `CDB_OB_BACKUP_JOB_HISTORY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupJob {
    /// `TENANT_ID`: whose data is backed up; sys for the parent of a job that sys started.
    pub tenant_id: i64,
    /// `JOB_ID`, unique within the tenant; deletion jobs count along.
    pub id: i64,
    /// `BACKUP_SET_ID`; `None` for a parent.
    pub backup_set_id: Option<i64>,
    /// `INITIATOR_TENANT_ID`: who gave the statement.
    pub initiator_tenant_id: i64,
    /// `INITIATOR_JOB_ID`: the parent; `None` for a job that the tenant started.
    pub initiator_job_id: Option<i64>,
    /// `EXECUTOR_TENANT_ID`: the tenants of a parent.
    pub executor_tenant_ids: Vec<i64>,
    /// `PLUS_ARCHIVELOG`.
    pub plus_archivelog: bool,
    /// `BACKUP_TYPE`: `FULL`, `INC`; from 4.4.2.3 on also `BACKUP_ARCHIVE` and `BACKUP_ARCHIVE_DELETE_INPUT`, copies of logs.
    pub backup_type: String,
    /// `ENCRYPTION_MODE`: `NONE` or `PASSWORD`.
    pub encryption_mode: String,
    /// `START_TIMESTAMP`.
    pub started: Timestamp,
    /// `END_TIMESTAMP`; `None` while it runs.
    pub ended: Option<Timestamp>,
    /// `INIT`, `DOING`, `COMPLETED`, `FAILED`, `CANCELING`, `CANCELED`.
    pub status: String,
    /// 0, or a negative error code.
    pub result: i64,
    /// `COMMENT`: free text, mostly of a failure; without keys that the server quotes.
    pub comment: String,
    /// What the statement gave as `DESCRIPTION`.
    pub description: String,
    /// Where to; empty for a parent.
    pub path: String,
}

impl BackupJobs {
    /// Those of one tenant.
    pub fn of(&self, tenant_id: i64) -> &[BackupJob] {
        of_tenant(&self.jobs, tenant_id, |job| job.tenant_id)
    }
}

impl BackupJob {
    /// Whether it has not come to an end.
    pub fn is_running(&self) -> bool {
        is_running(&self.status)
    }

    /// Whether it backs data up, rather than copy logs.
    pub fn backs_up_data(&self) -> bool {
        matches!(self.backup_type.as_str(), "FULL" | "INC")
    }
}

const COLUMNS: &str = "JOB_ID, BACKUP_SET_ID, INITIATOR_TENANT_ID, INITIATOR_JOB_ID, EXECUTOR_TENANT_ID, PLUS_ARCHIVELOG, \
                       BACKUP_TYPE, ENCRYPTION_MODE, START_TIMESTAMP, END_TIMESTAMP, STATUS, RESULT, COMMENT, DESCRIPTION, PATH";

impl Records for BackupJobs {
    // A job that ends between the two is in both; in the other order it would be in neither.
    const VIEWS: &'static [View] = &[
        View {
            of_all: "CDB_OB_BACKUP_JOBS",
            of_own: "DBA_OB_BACKUP_JOBS",
            columns: COLUMNS,
            condition: "",
        },
        View {
            of_all: "CDB_OB_BACKUP_JOB_HISTORY",
            of_own: "DBA_OB_BACKUP_JOB_HISTORY",
            columns: COLUMNS,
            condition: " WHERE START_TIMESTAMP > NOW(6) - INTERVAL 31 DAY",
        },
    ];

    fn cached(cache: &Cache) -> &Shared<Self> {
        &cache.jobs
    }

    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error> {
        let jobs = with_history(
            rows,
            |row| BackupJob::from_row(row, owner),
            |job| (job.tenant_id, job.id),
        )?;
        Ok(Self { jobs })
    }
}

impl BackupJob {
    fn from_row(row: &Row, owner: Owner) -> Result<Self, Error> {
        let text = |column| row.text_to_show(column);
        let number = |column| Ok::<_, Error>(Some(row.integer(column)?).filter(|number| *number != 0));
        let executors = row.text("EXECUTOR_TENANT_ID")?.split(',');
        Ok(Self {
            tenant_id: owner.of(row)?,
            id: row.integer("JOB_ID")?,
            backup_set_id: number("BACKUP_SET_ID")?,
            initiator_tenant_id: row.integer("INITIATOR_TENANT_ID")?,
            initiator_job_id: number("INITIATOR_JOB_ID")?,
            executor_tenant_ids: executors.filter_map(|id| id.trim().parse().ok()).collect(),
            plus_archivelog: row.text("PLUS_ARCHIVELOG")?.eq_ignore_ascii_case("ON"),
            backup_type: text("BACKUP_TYPE")?,
            encryption_mode: text("ENCRYPTION_MODE")?,
            started: row.timestamp("START_TIMESTAMP")?,
            ended: row.optional_timestamp("END_TIMESTAMP")?,
            status: text("STATUS")?,
            result: row.integer("RESULT")?,
            comment: text("COMMENT")?,
            description: text("DESCRIPTION")?,
            path: text("PATH")?,
        })
    }
}
