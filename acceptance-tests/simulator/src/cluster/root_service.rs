//! DBA_OB_ROOTSERVICE_EVENT_HISTORY: what no job row tells.

/// A row.
pub(crate) struct Event {
    pub(crate) at: i64,
    pub(crate) name: &'static str,
    /// Names and values, at most six.
    pub(crate) details: Vec<(&'static str, String)>,
}

impl Event {
    /// A statement was refused, which leaves no job.
    pub(crate) fn start_failed(tenant_id: u64, code: u16, at: i64) -> Self {
        Self {
            at,
            name: "start_backup_data",
            details: vec![("tenant_id", tenant_id.to_string()), ("result", format!("-{code}"))],
        }
    }

    /// A parent could not start a job in a tenant.
    pub(crate) fn spawn_failed(tenant_id: u64, job_id: u64, code: u16, at: i64) -> Self {
        Self {
            at,
            name: "handle_user_tenant_backup_failed",
            details: vec![
                ("tenant_id", tenant_id.to_string()),
                ("job_id", job_id.to_string()),
                ("result", format!("-{code}")),
            ],
        }
    }
}
