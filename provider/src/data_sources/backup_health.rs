//! `oceanbase_backup_health`: which tenants are not backed up as they should be.
//!
//! Reads `CDB_OB_BACKUP_JOBS`, `CDB_OB_BACKUP_JOB_HISTORY`, `CDB_OB_BACKUP_SET_FILES` and `CDB_OB_ARCHIVELOG_SUMMARY`.

use crate::{
    cluster::{
        Error, Snapshot, Tenant, TenantName,
        error::Explanation,
        records::{ArchiveHistory, BackupJobs, BackupSets},
    },
    health::{Check, Finding, Limits, Patient},
    queried::Query,
    values::span::Span,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// How well tenants are backed up, judged by thresholds.
///
/// What has no threshold is not judged, except that a newest backup that failed is always a breach: a tenant without any backup is
/// healthy where `days_without_successful_backup` is not set.
///
/// With `fail_on` a breach is an error of the plan: for a configuration of its own that a CI job plans every night. An `assert` on
/// `healthy` in a `check` block is a warning. Leave the data source itself outside of the block: one inside is read again at apply,
/// so that `plan -detailed-exitcode` tells of a change every time. In the configuration that manages the backups it would also block the apply that repairs them. Everything here moves
/// by itself: in an output it makes every plan differ.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// The tenants to look at. Unset: every primary tenant that is available.
    #[schemars(length(min = 1))]
    pub tenants: Option<BTreeSet<TenantName>>,
    /// A data backup that runs longer than this is a breach, such as `6h`.
    pub data_backup_timeout: Option<Span>,
    /// A log archive that lags further behind is a breach, such as `10m`; so is one that is not under way, or that began anew
    /// after the newest usable backup. The tenant's `archive_lag_target` is a normal lag.
    pub log_backup_delay: Option<Span>,
    /// A tenant whose newest usable backup is older than so many days is a breach; so is one without any. An incremental is usable
    /// only with the sets that it builds upon.
    #[schemars(range(min = 1, max = 36500))]
    pub days_without_successful_backup: Option<u32>,
    /// Bytes that the storage offers to the backups of one tenant. The database cannot see a bucket's quota, so it is said here.
    #[schemars(range(min = 1))]
    pub storage_capacity_bytes: Option<u64>,
    /// Backups that take more than this percentage of `storage_capacity_bytes` are a breach.
    #[serde(default = "eighty")]
    #[schemars(range(min = 1, max = 100))]
    pub storage_capacity_percent: u32,
    /// Breaches that are errors. The others are in `breaches` only.
    #[serde(default)]
    pub fail_on: BTreeSet<FailOn>,
    /// Whether there is no breach.
    #[schemars(extend("readOnly" = true))]
    pub healthy: Option<bool>,
    /// Every breach as a sentence, with its tenant.
    #[schemars(extend("readOnly" = true))]
    pub breaches: Option<Vec<String>>,
    /// What was found, by tenant in alphabetical order.
    #[schemars(extend("readOnly" = true))]
    pub results: Option<Vec<Entry>>,
}

fn eighty() -> u32 {
    80
}

/// A breach that is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum FailOn {
    /// A backup runs longer than `data_backup_timeout`.
    DataBackupTimeout,
    /// The log archive lags further behind than `log_backup_delay`, is not under way, or began anew after the newest usable backup.
    LogBackupDelay,
    /// There is no usable backup younger than `days_without_successful_backup`.
    DaysWithoutSuccessfulBackup,
    /// The backups take more than `storage_capacity_percent` of `storage_capacity_bytes`.
    StorageCapacity,
    /// The newest backup failed.
    LastBackup,
}

impl FailOn {
    fn check(self) -> Check {
        match self {
            Self::DataBackupTimeout => Check::DataBackupTimeout,
            Self::LogBackupDelay => Check::LogBackupDelay,
            Self::DaysWithoutSuccessfulBackup => Check::DaysWithoutSuccessfulBackup,
            Self::StorageCapacity => Check::StorageCapacity,
            Self::LastBackup => Check::LastBackup,
        }
    }
}

/// A tenant.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Entry {
    /// The tenant.
    #[schemars(extend("readOnly" = true))]
    pub tenant: String,
    /// Whether there is no breach.
    #[schemars(extend("readOnly" = true))]
    pub healthy: bool,
    /// Whether there is a destination for data backups or one for the log: without either nobody has configured the backups.
    #[schemars(extend("readOnly" = true))]
    pub configured: bool,
    /// Each check.
    #[schemars(extend("readOnly" = true))]
    pub checks: Vec<CheckEntry>,
    /// When the newest usable backup was complete, as RFC 3339 in UTC; null when there is none.
    #[schemars(extend("readOnly" = true))]
    pub last_success_at: Option<String>,
    /// When the newest failed backup of the last 31 days ended; null when there is none.
    #[schemars(extend("readOnly" = true))]
    pub last_failure_at: Option<String>,
    /// Why it failed, and what to do about it.
    #[schemars(extend("readOnly" = true))]
    pub last_failure: Option<String>,
}

/// A check.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct CheckEntry {
    /// `data_backup_timeout`, `log_backup_delay`, `days_without_successful_backup`, `storage_capacity` or `last_backup`.
    #[schemars(extend("readOnly" = true))]
    pub name: String,
    /// What was measured: seconds, seconds, days, bytes, and the error code of the newest backup; null when there is nothing
    /// to measure.
    #[schemars(extend("readOnly" = true))]
    pub value: Option<f64>,
    /// The limit in the same unit; null when none is set.
    #[schemars(extend("readOnly" = true))]
    pub limit: Option<f64>,
    /// Whether the limit is passed.
    #[schemars(extend("readOnly" = true))]
    pub breached: bool,
    /// Why, as a sentence.
    #[schemars(extend("readOnly" = true))]
    pub reason: Option<String>,
}

/// The data source.
pub struct BackupHealth;

impl Query for BackupHealth {
    const NAME: &'static str = "oceanbase_backup_health";
    type Model = Model;
    type Records = (Arc<BackupJobs>, (Arc<BackupSets>, Arc<ArchiveHistory>));

    fn validate(model: &Model) -> Diagnostics {
        let is_set = |fail_on| match fail_on {
            FailOn::DataBackupTimeout => model.data_backup_timeout.is_some(),
            FailOn::LogBackupDelay => model.log_backup_delay.is_some(),
            FailOn::DaysWithoutSuccessfulBackup => model.days_without_successful_backup.is_some(),
            FailOn::StorageCapacity => model.storage_capacity_bytes.is_some(),
            FailOn::LastBackup => true,
        };
        let without_limit = model.fail_on.iter().filter(|fail_on| !is_set(**fail_on));
        without_limit.map(|fail_on| no_limit(*fail_on)).collect()
    }

    fn answer(model: Model, snapshot: &Snapshot, (jobs, (sets, history)): &Self::Records) -> Result<Model, Error> {
        let now = snapshot.cluster.time()?;
        let limits = limits(&model);
        let entries: Vec<Entry> = tenants(&model, snapshot)?
            .into_iter()
            .map(|tenant| entry(tenant, &Patient::of(tenant.id, jobs, sets, history, now), &limits))
            .collect();
        let breaches = entries.iter().flat_map(|entry| {
            let reasons = entry.checks.iter().filter_map(|check| check.reason.as_ref());
            reasons.map(|reason| format!("{}: {reason}", entry.tenant))
        });
        Ok(Model {
            healthy: Some(entries.iter().all(|entry| entry.healthy)),
            breaches: Some(breaches.collect()),
            results: Some(entries),
            ..model
        })
    }

    fn complaints(model: &Model) -> Diagnostics {
        let fatal: BTreeSet<&str> = model.fail_on.iter().map(|fail_on| fail_on.check().name()).collect();
        let entries = model.results.iter().flatten();
        let failed = entries.filter_map(|entry| {
            let checks = entry.checks.iter().filter(|check| fatal.contains(check.name.as_str()));
            let reasons: Vec<String> = checks
                .filter_map(|check| Some(format!("{} (`{}`).", check.reason.as_ref()?, check.name)))
                .collect();
            (!reasons.is_empty()).then(|| unhealthy(entry, &reasons))
        });
        // Said here and not in `validate`, which Terraform asks twice.
        let idle = [nothing_judged(model), share_of_nothing(model)].into_iter().flatten();
        failed.chain(idle).collect()
    }
}

fn limits(model: &Model) -> Limits {
    let share = f64::from(model.storage_capacity_percent) / 100.0;
    Limits {
        data_backup_timeout: model.data_backup_timeout.clone(),
        log_backup_delay: model.log_backup_delay.clone(),
        days_without_successful_backup: model.days_without_successful_backup.map(f64::from),
        storage_bytes: model.storage_capacity_bytes.map(|bytes| bytes as f64 * share),
    }
}

fn tenants<'a>(model: &Model, snapshot: &'a Snapshot) -> Result<Vec<&'a Tenant>, Error> {
    match &model.tenants {
        Some(names) => names.iter().map(|name| snapshot.tenant_named(name)).collect(),
        None => Ok(snapshot
            .tenants()
            .filter(|tenant| tenant.role == "PRIMARY" && tenant.is_available())
            .collect()),
    }
}

fn entry(tenant: &Tenant, patient: &Patient<'_>, limits: &Limits) -> Entry {
    let findings = patient.examine(limits);
    let failure = patient.last_failure();
    Entry {
        tenant: tenant.name.to_string(),
        healthy: findings.iter().all(|finding| finding.breach.is_none()),
        configured: is_configured(tenant),
        checks: findings.into_iter().map(check_entry).collect(),
        last_success_at: patient.last_success().map(|time| time.to_string()),
        last_failure_at: failure.and_then(|job| job.ended).map(|time| time.to_string()),
        last_failure: failure
            .and_then(|job| Explanation::of_job(job.result))
            .map(|explanation| explanation.to_string()),
    }
}

fn is_configured(tenant: &Tenant) -> bool {
    let destination = tenant.backup_destination.as_ref();
    destination.is_some_and(|uri| !uri.is_empty())
        || tenant
            .archive_destination
            .as_ref()
            .is_some_and(|archive| archive.path.as_ref().is_some_and(|path| !path.is_empty()))
}

fn check_entry(finding: Finding) -> CheckEntry {
    CheckEntry {
        name: finding.check.name().to_owned(),
        value: finding.value,
        limit: finding.limit,
        breached: finding.breach.is_some(),
        reason: finding.breach,
    }
}

fn unhealthy(entry: &Entry, reasons: &[String]) -> Diagnostic {
    let mut checks = entry
        .checks
        .iter()
        .filter(|check| check.name == Check::LastBackup.name());
    // A failure that was made up for explains nothing any more.
    let advice = entry
        .last_failure
        .as_ref()
        .filter(|_| checks.any(|check| check.breached));
    let last = advice.map_or_else(String::new, |advice| {
        format!("\n\nThe newest failure of a backup: {advice}")
    });
    let configured = if entry.configured {
        ""
    } else {
        "\n\nNot configured: the tenant has a destination neither for data backups nor for its log. Add it to the configuration that \
         manages backups; or, if it needs none, name the others in `tenants`."
    };
    Diagnostic::error(
        format!("Tenant {} is not backed up as it should be", entry.tenant),
        format!("{}{last}{configured}", reasons.join("\n")),
    )
}

/// A tenant that was never backed up would be called healthy.
fn nothing_judged(model: &Model) -> Option<Diagnostic> {
    let has_limit = model.data_backup_timeout.is_some()
        || model.log_backup_delay.is_some()
        || model.days_without_successful_backup.is_some()
        || model.storage_capacity_bytes.is_some();
    (!has_limit && !model.fail_on.contains(&FailOn::LastBackup)).then(|| {
        Diagnostic::warning(
            "No threshold is set",
            "Nothing but a newest backup that failed counts as a breach: a tenant that was never backed up is healthy by that. Set at \
             least `days_without_successful_backup` and `log_backup_delay`.",
        )
    })
}

fn share_of_nothing(model: &Model) -> Option<Diagnostic> {
    (model.storage_capacity_percent != eighty() && model.storage_capacity_bytes.is_none()).then(|| {
        Diagnostic::warning(
            "A percentage of nothing",
            "`storage_capacity_percent` is a share of `storage_capacity_bytes`, which is not set: the storage is not judged.",
        )
        .at("storage_capacity_percent")
    })
}

fn no_limit(fail_on: FailOn) -> Diagnostic {
    let name = match fail_on {
        FailOn::StorageCapacity => "storage_capacity_bytes",
        other => other.check().name(),
    };
    Diagnostic::error(
        "A limit is missing",
        format!(
            "`fail_on` names `{}`, so `{name}` has to be set.",
            fail_on.check().name()
        ),
    )
    .at(AttributePath::root().child("fail_on"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn said(config: Value) -> Vec<String> {
        let model: Model = serde_json::from_value(config).unwrap();
        let diagnostics = BackupHealth::validate(&model)
            .into_iter()
            .chain(BackupHealth::complaints(&model));
        diagnostics.map(|diagnostic| diagnostic.summary).collect()
    }

    #[test]
    fn who_judges_nothing_is_told() {
        for (config, expected) in [
            (json!({}), "No threshold is set"),
            (json!({ "tenants": ["t"] }), "No threshold is set"),
            (json!({ "days_without_successful_backup": 1 }), ""),
            (json!({ "fail_on": ["last_backup"] }), ""),
            (json!({ "storage_capacity_percent": 80, "log_backup_delay": "1h" }), ""),
            (
                json!({ "log_backup_delay": "1h", "storage_capacity_percent": 90 }),
                "A percentage of nothing",
            ),
            (
                json!({ "storage_capacity_bytes": 5, "storage_capacity_percent": 90 }),
                "",
            ),
        ] {
            assert_eq!(said(config.clone()).concat(), expected, "{config}");
        }
    }

    #[test]
    fn of_a_tenant_that_nobody_configured_the_error_says_so() {
        let entry = |configured| Entry {
            tenant: "t".to_owned(),
            healthy: false,
            configured,
            checks: Vec::new(),
            last_success_at: None,
            last_failure_at: None,
            last_failure: None,
        };
        let detail = |configured| unhealthy(&entry(configured), &["There is no usable backup.".to_owned()]).detail;
        assert!(detail(false).contains("\n\nNot configured: "), "{}", detail(false));
        assert_eq!(detail(true), "There is no usable backup.");
    }
}
