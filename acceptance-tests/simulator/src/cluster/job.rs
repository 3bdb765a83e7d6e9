//! What backup jobs and delete jobs have in common: who they are for, their states, and how they fail.

use super::profile::Capabilities;
use super::tenant::SYS;

/// RESULT of a job that somebody cancelled.
pub(crate) const CANCELED: i64 = -4072;

/// Errors that no repetition mends, without their sign.
const FINAL: [u16; 30] = [
    4002, 4006, 4007, 4015, 4016, 4070, 4072, 4103, 4369, 4370, 4725, 5157, 9011, 9027, 9028, 9029, 9036, 9040, 9042,
    9045, 9064, 9069, 9070, 9071, 9080, 9081, 9082, 9120, 9140, 9142,
];

/// STATUS of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobStatus {
    Init,
    Doing,
    Completed,
    Failed,
    Canceling,
    Canceled,
}

impl JobStatus {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::Doing => "DOING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Canceling => "CANCELING",
            Self::Canceled => "CANCELED",
        }
    }
}

/// Who gave the statement, and for whom a row stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) initiator_tenant_id: u64,
    /// The parent's id, which is the job's own on a parent; 0 where the tenant gave the statement itself.
    pub(crate) initiator_job_id: u64,
    pub(crate) executors: Vec<u64>,
    pub(crate) is_parent: bool,
}

impl Origin {
    /// A tenant that speaks for itself.
    pub(crate) fn tenant(id: u64) -> Self {
        Self {
            initiator_tenant_id: id,
            initiator_job_id: 0,
            executors: vec![id],
            is_parent: false,
        }
    }

    /// The row of sys that stands for a statement of sys.
    pub(crate) fn parent(job_id: u64, executors: Vec<u64>) -> Self {
        Self {
            initiator_tenant_id: SYS,
            initiator_job_id: job_id,
            executors,
            is_parent: true,
        }
    }

    /// The row of one tenant below it.
    pub(crate) fn child(parent_job_id: u64, id: u64) -> Self {
        Self {
            initiator_tenant_id: SYS,
            initiator_job_id: parent_job_id,
            executors: vec![id],
            is_parent: false,
        }
    }

    pub(crate) fn is_child_of(&self, parent_job_id: u64) -> bool {
        !self.is_parent && self.initiator_tenant_id == SYS && self.initiator_job_id == parent_job_id
    }

    /// JOB_LEVEL, which is the cluster's even for a list of tenants.
    pub(crate) fn level(&self) -> &'static str {
        if self.is_parent { "CLUSTER" } else { "USER_TENANT" }
    }

    /// EXECUTOR_TENANT_ID.
    pub(crate) fn executor_list(&self) -> String {
        let ids: Vec<String> = self.executors.iter().map(u64::to_string).collect();
        ids.join(",")
    }
}

/// Why a job does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The server's number, without its sign.
    pub(crate) code: u16,
    /// Whether an observer met it, rather than the RootService.
    pub(crate) on_server: bool,
}

impl Failure {
    pub(crate) fn of_root_service(code: u16) -> Self {
        Self { code, on_server: false }
    }

    pub(crate) fn of_server(code: u16) -> Self {
        Self { code, on_server: true }
    }

    pub(crate) fn is_final(&self) -> bool {
        FINAL.contains(&self.code)
    }

    /// RESULT.
    pub(crate) fn result(&self) -> i64 {
        -i64::from(self.code)
    }

    /// COMMENT: free text, in the form that the server gives it.
    pub(crate) fn comment(&self, tenant_id: u64, capabilities: &Capabilities) -> String {
        let Self { code, on_server } = self;
        let place = if *on_server {
            "(SERVER)ls_id: 1001, addr: \"127.0.0.1:2882\", module: BACKUP_DATA"
        } else {
            "(ROOTSERVICE)addr: \"127.0.0.1:2882\""
        };
        format!(
            "{place}, result: -{code}({}), trace_id: YB42{tenant_id:012X}-0000000000000000-0-0",
            text(*code, capabilities)
        )
    }
}

/// The text of an error that ends a job.
fn text(code: u16, capabilities: &Capabilities) -> &'static str {
    match code {
        4009 => "IO error",
        4012 => "Timeout",
        4016 => "Internal error",
        4023 => "Try again",
        4109 => "Server state or role not the same as expected",
        4369 => "get master key failed",
        9003 => "OSS error",
        9027 => "ob log archive interrupted",
        9029 => "log archive is not running",
        9040 => "backup can not start",
        9060 => "COS error",
        9070 => "can not connect to backup destination",
        9071 => "no I/O operation permission at the backup destination",
        9080 => capabilities.format_file_missing,
        9081 => capabilities.format_file_mismatch,
        9082 => "backup device out of space",
        9085 => "backup major sstable range not cover minor sstable",
        9086 => "backup advance checkpoint by flush timeout",
        9129 => "object storage io error",
        9138 => "No suitable replica found to perform backup",
        _ => "unknown",
    }
}

/// How it stands with the children of a parent.
pub(crate) enum Children {
    Run,
    /// With the first RESULT that was not 0.
    Ended(i64),
}

impl Children {
    pub(crate) fn of_results(mut results: impl Iterator<Item = i64>) -> Self {
        Self::Ended(results.find(|result| *result != 0).unwrap_or(0))
    }

    /// How a parent in this status ends, with RESULT and COMMENT; nothing while it waits.
    pub(crate) fn outcome(&self, parent: JobStatus) -> Option<(JobStatus, Option<(i64, String)>)> {
        let with = |result| Some((result, String::new()));
        match self {
            Self::Run => None,
            Self::Ended(_) if parent == JobStatus::Canceling => Some((JobStatus::Canceled, with(CANCELED))),
            Self::Ended(0) => Some((JobStatus::Completed, None)),
            Self::Ended(result) => Some((JobStatus::Failed, with(*result))),
        }
    }
}
