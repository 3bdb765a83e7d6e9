//! `oceanbase_delete_policy`: how long backups are kept.
//!
//! Reads `CDB_OB_BACKUP_DELETE_POLICY`.

use super::{asked_for, owner_name};
use crate::{
    cluster::{Error, Snapshot, TenantName, records::DeletePolicies},
    queried::Query,
    values::recovery_window::RecoveryWindow,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long the backups of each tenant are kept. A tenant without a policy keeps them for ever.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Only the policy of this tenant.
    pub tenant: Option<TenantName>,
    /// The policies, in the order of their tenants.
    #[schemars(extend("readOnly" = true))]
    pub policies: Option<Vec<Entry>>,
}

/// A delete policy.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Entry {
    /// The tenant.
    #[schemars(extend("readOnly" = true))]
    pub tenant: String,
    /// `default`; from 4.4.1 on also `log_only`.
    #[schemars(extend("readOnly" = true))]
    pub name: String,
    /// Any moment that is less long ago can be restored; as it was written, such as `7d`.
    #[schemars(extend("readOnly" = true))]
    pub recovery_window: String,
    /// The same in seconds; null for one by which the server never deletes anything, such as `0d`.
    #[schemars(extend("readOnly" = true))]
    pub recovery_window_seconds: Option<u64>,
}

/// The data source.
pub struct Policies;

impl Query for Policies {
    const NAME: &'static str = "oceanbase_delete_policy";
    type Model = Model;
    type Records = Arc<DeletePolicies>;

    fn answer(model: Model, snapshot: &Snapshot, records: &Arc<DeletePolicies>) -> Result<Model, Error> {
        let is_asked_for = asked_for(snapshot, model.tenant.as_ref())?;
        let entries = records.policies.iter().filter_map(|policy| {
            Some(Entry {
                tenant: owner_name(snapshot, policy.tenant_id)?,
                name: policy.name.clone(),
                recovery_window: policy.recovery_window.clone(),
                recovery_window_seconds: RecoveryWindow::new(&policy.recovery_window)
                    .length()
                    .map(|length| length.as_secs()),
            })
        });
        let mut policies: Vec<Entry> = entries.filter(|entry| is_asked_for(&entry.tenant)).collect();
        policies.sort_by(|one, other| (&one.tenant, &one.name).cmp(&(&other.tenant, &other.name)));
        Ok(Model {
            policies: Some(policies),
            ..model
        })
    }
}
