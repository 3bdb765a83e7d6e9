//! `CDB_OB_BACKUP_DELETE_POLICY`, `CDB_OB_BACKUP_DELETE_JOBS` and `CDB_OB_BACKUP_DELETE_JOB_HISTORY`.

use super::{Cache, Owner, Records, is_running, of_tenant, with_history};
use crate::cluster::{error::Error, reader::View, row::Row, shared::Shared};
use jiff::Timestamp;

/// The policies by which backups are deleted.
///
/// Apart from the jobs: a policy starts one every hour, so of a thousand tenants there are hundreds of thousands.
#[derive(Debug, Default)]
pub struct DeletePolicies {
    /// By tenant and name.
    pub policies: Vec<DeletePolicy>,
}

/// The jobs that delete backups: under way, and of the last 31 days.
#[derive(Debug, Default)]
pub struct DeletionJobs {
    /// By tenant and number.
    pub jobs: Vec<DeletionJob>,
}

/// The jobs that delete backups: under way, and of the last day those that somebody asked for.
///
/// Of the cleanup, which looks every hour at every tenant, the history is left out.
#[derive(Debug, Default)]
pub struct RecentDeletions(pub DeletionJobs);

/// A row of `CDB_OB_BACKUP_DELETE_POLICY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletePolicy {
    /// `TENANT_ID`.
    pub tenant_id: i64,
    /// `POLICY_NAME`: `default`, from 4.4.1 on also `log_only`.
    pub name: String,
    /// `RECOVERY_WINDOW` as it was typed, such as `7d` or `168h`.
    pub recovery_window: String,
}

/// A row of `CDB_OB_BACKUP_DELETE_JOBS` or `CDB_OB_BACKUP_DELETE_JOB_HISTORY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionJob {
    /// `TENANT_ID`.
    pub tenant_id: i64,
    /// `JOB_ID`, unique within the tenant; backup jobs count along.
    pub id: i64,
    /// `TYPE`: `DELETE OBSOLETE BACKUP`, `DELETE BACKUP SET`, `DELETE BACKUP PIECE`, `DELETE BACKUP ALL`, `CANCEL DELETE`.
    pub kind: String,
    /// `PARAMETER`: what was to be deleted; without keys, should it be a destination.
    pub parameter: String,
    /// `START_TIMESTAMP`.
    pub started: Timestamp,
    /// `END_TIMESTAMP`; `None` while it runs.
    pub ended: Option<Timestamp>,
    /// `INIT`, `DOING`, `COMPLETED`, `FAILED`, `CANCELING`, `CANCELED`.
    pub status: String,
    /// `TASK_COUNT`: sets and pieces to delete.
    pub task_count: i64,
    /// `SUCCESS_TASK_COUNT`: of these, deleted.
    pub success_task_count: i64,
    /// 0, or a negative error code.
    pub result: i64,
    /// `COMMENT`: free text, mostly of a failure; without keys that the server quotes.
    pub comment: String,
}

impl DeletePolicies {
    /// Those of one tenant.
    pub fn of(&self, tenant_id: i64) -> &[DeletePolicy] {
        of_tenant(&self.policies, tenant_id, |policy| policy.tenant_id)
    }
}

impl DeletionJobs {
    /// Those of one tenant.
    pub fn of(&self, tenant_id: i64) -> &[DeletionJob] {
        of_tenant(&self.jobs, tenant_id, |job| job.tenant_id)
    }
}

impl DeletionJob {
    /// Whether it has not come to an end.
    pub fn is_running(&self) -> bool {
        is_running(&self.status)
    }
}

const COLUMNS: &str =
    "JOB_ID, TYPE, PARAMETER, START_TIMESTAMP, END_TIMESTAMP, STATUS, TASK_COUNT, SUCCESS_TASK_COUNT, RESULT, COMMENT";

impl Records for DeletePolicies {
    const VIEWS: &'static [View] = &[View {
        of_all: "CDB_OB_BACKUP_DELETE_POLICY",
        of_own: "DBA_OB_BACKUP_DELETE_POLICY",
        columns: "POLICY_NAME, RECOVERY_WINDOW",
        condition: "",
    }];

    fn cached(cache: &Cache) -> &Shared<Self> {
        &cache.delete_policies
    }

    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error> {
        let policies = rows.iter().flatten().map(|row| DeletePolicy::from_row(row, owner));
        let mut policies = policies.collect::<Result<Vec<_>, _>>()?;
        policies.sort_by(|one, other| (one.tenant_id, &one.name).cmp(&(other.tenant_id, &other.name)));
        Ok(Self { policies })
    }
}

const UNDER_WAY: View = View {
    of_all: "CDB_OB_BACKUP_DELETE_JOBS",
    of_own: "DBA_OB_BACKUP_DELETE_JOBS",
    columns: COLUMNS,
    condition: "",
};
const HISTORY: View = View {
    of_all: "CDB_OB_BACKUP_DELETE_JOB_HISTORY",
    of_own: "DBA_OB_BACKUP_DELETE_JOB_HISTORY",
    columns: COLUMNS,
    condition: " WHERE START_TIMESTAMP > NOW(6) - INTERVAL 31 DAY",
};
const HISTORY_ON_REQUEST: View = View {
    condition: " WHERE TYPE = 'DELETE BACKUP SET' AND START_TIMESTAMP > NOW(6) - INTERVAL 1 DAY",
    ..HISTORY
};

impl Records for RecentDeletions {
    const VIEWS: &'static [View] = &[UNDER_WAY, HISTORY_ON_REQUEST];

    fn cached(cache: &Cache) -> &Shared<Self> {
        &cache.recent_deletions
    }

    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error> {
        DeletionJobs::from_rows(rows, owner).map(Self)
    }
}

impl Records for DeletionJobs {
    const VIEWS: &'static [View] = &[UNDER_WAY, HISTORY];

    fn cached(cache: &Cache) -> &Shared<Self> {
        &cache.deletion_jobs
    }

    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error> {
        let jobs = with_history(
            rows,
            |row| DeletionJob::from_row(row, owner),
            |job| (job.tenant_id, job.id),
        )?;
        Ok(Self { jobs })
    }
}

impl DeletePolicy {
    fn from_row(row: &Row, owner: Owner) -> Result<Self, Error> {
        Ok(Self {
            tenant_id: owner.of(row)?,
            name: row.text("POLICY_NAME")?.to_owned(),
            recovery_window: row.optional_text("RECOVERY_WINDOW")?.unwrap_or_default().to_owned(),
        })
    }
}

impl DeletionJob {
    fn from_row(row: &Row, owner: Owner) -> Result<Self, Error> {
        let text = |column| row.text_to_show(column);
        Ok(Self {
            tenant_id: owner.of(row)?,
            id: row.integer("JOB_ID")?,
            kind: text("TYPE")?,
            parameter: text("PARAMETER")?,
            started: row.timestamp("START_TIMESTAMP")?,
            ended: row.optional_timestamp("END_TIMESTAMP")?,
            status: text("STATUS")?,
            task_count: row.optional_integer("TASK_COUNT")?.unwrap_or_default(),
            success_task_count: row.optional_integer("SUCCESS_TASK_COUNT")?.unwrap_or_default(),
            result: row.integer("RESULT")?,
            comment: text("COMMENT")?,
        })
    }
}
