//! `oceanbase_cluster`: what the cluster is and can do.
//!
//! Reads `ob_version()`, `@@version_comment`, the parameters `min_observer_version`, `cluster` and `cluster_id`, and `NOW(6)`.

use crate::{
    cluster::{
        Error, Snapshot,
        version::{Capability, Edition},
    },
    queried::Query,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the connected cluster is, and what it can do.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the cluster (parameter `cluster`).
    #[schemars(extend("readOnly" = true))]
    pub name: Option<String>,
    /// Number of the cluster (parameter `cluster_id`).
    #[schemars(extend("readOnly" = true))]
    pub id: Option<i64>,
    /// Version that every server of the cluster has reached (parameter `min_observer_version`), such as `4.2.1.0`.
    /// Features depend on this one.
    #[schemars(extend("readOnly" = true))]
    pub version: Option<String>,
    /// Version of the server connected to; differs from `version` in the middle of a rolling upgrade.
    #[schemars(extend("readOnly" = true))]
    pub server_version: Option<String>,
    /// `community` or `enterprise`.
    #[schemars(extend("readOnly" = true))]
    pub edition: Option<String>,
    /// The database's clock in UTC, as RFC 3339. It moves with every read: in an output it makes every plan differ.
    #[schemars(extend("readOnly" = true))]
    pub clock: Option<String>,
    /// Whether MySQL-mode events run in the tenant of the login (`event_scheduler`); null where the version has no events.
    #[schemars(extend("readOnly" = true))]
    pub event_scheduler: Option<bool>,
    /// What the cluster can do, by version and edition: `cos`, `s3`, `azblob`, `delete_mode_on_oss`, `delete_mode_on_cos`,
    /// `delete_mode_on_s3`, `checksum_type`, `addressing_model`, `throttles` (`max_iops` and `max_bandwidth`), `role_arn`,
    /// `enable_worm`, `change_access_key` (rotating the key of a destination in place), `archive_lag_target`, `backup_key`,
    /// `log_only_policy`, `manual_deletion`.
    #[schemars(extend("readOnly" = true))]
    pub capabilities: Option<BTreeMap<String, bool>>,
}

/// The data source.
pub struct ClusterFacts;

/// Capabilities by the name that practitioners see.
const CAPABILITIES: [(&str, Capability); 16] = [
    ("cos", Capability::Cos),
    ("s3", Capability::S3),
    ("azblob", Capability::Azblob),
    ("delete_mode_on_oss", Capability::DeleteModeOnOss),
    ("delete_mode_on_cos", Capability::DeleteModeOnCos),
    ("delete_mode_on_s3", Capability::DeleteModeOnS3),
    ("checksum_type", Capability::ChecksumType),
    ("addressing_model", Capability::AddressingModel),
    ("throttles", Capability::Throttles),
    ("role_arn", Capability::RoleArn),
    ("enable_worm", Capability::EnableWorm),
    ("change_access_key", Capability::ChangeAccessInfo),
    ("archive_lag_target", Capability::ArchiveLagTarget),
    ("backup_key", Capability::BackupKey),
    ("log_only_policy", Capability::LogOnlyPolicy),
    ("manual_deletion", Capability::ManualDeletion),
];

impl Query for ClusterFacts {
    const NAME: &'static str = "oceanbase_cluster";
    type Model = Model;
    type Records = ();

    fn answer(_: Model, snapshot: &Snapshot, (): &()) -> Result<Model, Error> {
        let facts = &snapshot.cluster;
        let capable = |(name, capability): (&str, Capability)| (name.to_owned(), snapshot.capabilities.has(capability));
        Ok(Model {
            name: facts.name.clone(),
            id: facts.id,
            version: Some(facts.version.to_string()),
            server_version: Some(facts.server_version.to_string()),
            edition: Some(match facts.edition {
                Edition::Community => "community".to_owned(),
                Edition::Enterprise => "enterprise".to_owned(),
            }),
            clock: Some(format!("{}Z", facts.clock.replacen(' ', "T", 1))),
            event_scheduler: facts.event_scheduler,
            capabilities: Some(CAPABILITIES.into_iter().map(capable).collect()),
        })
    }
}
