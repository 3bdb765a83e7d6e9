//! `prometheus_rules(thresholds, labels)`: alerting rules by the thresholds of `oceanbase_backup_health`.

use crate::{model, values::span::Span};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};
use tfplugin::{
    Function, FunctionError, Type, Value,
    function::{Parameter, Signature},
};

/// The function.
#[derive(Default)]
pub struct PrometheusRules {
    signature: OnceLock<Signature>,
}

/// Thresholds; what is left out is not watched.
#[derive(Deserialize)]
struct Thresholds {
    data_backup_timeout: Option<Span>,
    log_backup_delay: Option<Span>,
    days_without_successful_backup: Option<f64>,
    storage_capacity_bytes: Option<f64>,
    storage_capacity_percent: Option<f64>,
}

impl Function for PrometheusRules {
    fn name(&self) -> &str {
        "prometheus_rules"
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| Signature {
            summary: "Alerting rules for Prometheus by the thresholds of `oceanbase_backup_health`.".to_owned(),
            description: "Returns a group of alerting rules as an object: `yamlencode()` makes a rule file of it, and the `spec` of a \
                          `PrometheusRule` takes it as it is. The rules read five metrics, by tenant, that the guide \
                          [Alerting](../guides/alerting.md) lets an SQL exporter collect: `oceanbase_backup_running_seconds`, \
                          `oceanbase_log_archive_delay_seconds`, `oceanbase_log_archive_doing`, \
                          `oceanbase_backup_last_success_timestamp_seconds` and `oceanbase_backup_stored_bytes`."
                .to_owned(),
            parameters: vec![
                Parameter {
                    name: "thresholds".to_owned(),
                    kind: thresholds_type(),
                    description: "The thresholds, as in `oceanbase_backup_health`: `data_backup_timeout` and `log_backup_delay` such \
                                  as `6h`, `days_without_successful_backup`, `storage_capacity_bytes`, and \
                                  `storage_capacity_percent` (80 when left out). What is left out is not watched."
                        .to_owned(),
                    allow_null: false,
                },
                Parameter {
                    name: "labels".to_owned(),
                    kind: Type::Map(Box::new(Type::String)),
                    description: "Labels of every alert besides `tenant`, such as `{ severity = \"critical\" }`.".to_owned(),
                    allow_null: false,
                },
            ],
            variadic: None,
            returns: object([("groups", Type::list(group_type()))]),
        })
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let argument = |index: usize| arguments.get(index).unwrap_or(&Value::Null);
        let refused = |index: usize, text: String| FunctionError {
            argument: Some(index),
            text,
        };
        let thresholds: Thresholds =
            model::from_value(argument(0)).map_err(|diagnostic| refused(0, diagnostic.detail))?;
        let labels: BTreeMap<String, String> =
            model::from_value(argument(1)).map_err(|diagnostic| refused(1, diagnostic.detail))?;
        if let Some(reason) = thresholds.mistake() {
            return Err(refused(0, reason));
        }
        if let Some(reason) = labels.keys().find_map(|name| mistake_in_label(name)) {
            return Err(refused(1, reason));
        }
        let group = Value::object([
            ("name", Value::string("oceanbase-backup")),
            ("rules", Value::list(thresholds.rules(&labels))),
        ]);
        Ok(Value::object([("groups", Value::list([group]))]))
    }
}

/// What would make Prometheus refuse the whole file, or the alerts of all tenants one.
fn mistake_in_label(name: &str) -> Option<String> {
    let is_word = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !is_word || !begins_well || name.starts_with("__") {
        return Some(format!(
            "`{name}` cannot be the name of a label: letters, digits and `_` are, with no digit at the beginning, and no `__`."
        ));
    }
    matches!(name, "tenant" | "alertname").then(|| {
        format!("`{name}` is a label that every alert has already: another one would hide which tenant or which alert it is.")
    })
}

impl Thresholds {
    fn mistake(&self) -> Option<String> {
        let negative = |number: Option<f64>| number.is_some_and(|number| number <= 0.0);
        if negative(self.days_without_successful_backup) || negative(self.storage_capacity_bytes) {
            return Some(
                "`days_without_successful_backup` and `storage_capacity_bytes` are greater than 0.".to_owned(),
            );
        }
        let watched = [self.data_backup_timeout.is_some(), self.log_backup_delay.is_some()];
        let watched = watched.contains(&true)
            || self.days_without_successful_backup.is_some()
            || self.storage_capacity_bytes.is_some();
        if !watched {
            // Terraform drops the names that it does not know.
            return Some(
                "No threshold is set, so nothing would be watched. Check how their names are spelt.".to_owned(),
            );
        }
        if self.storage_capacity_percent.is_some() && self.storage_capacity_bytes.is_none() {
            return Some(
                "`storage_capacity_percent` is a share of `storage_capacity_bytes`, which is not set.".to_owned(),
            );
        }
        let percent = self.storage_capacity_percent.unwrap_or(80.0);
        (!(percent > 0.0 && percent <= 100.0)).then(|| "`storage_capacity_percent` is from 1 to 100.".to_owned())
    }

    fn rules(&self, labels: &BTreeMap<String, String>) -> Vec<Value> {
        let rule = |alert: &str, expression: String, summary: &str| {
            Value::object([
                ("alert", Value::string(alert)),
                ("expr", Value::string(expression)),
                ("for", Value::string("5m")),
                (
                    "labels",
                    Value::map(labels.iter().map(|(name, text)| (name, text.as_str()))),
                ),
                ("annotations", Value::map([("summary", summary)])),
            ])
        };
        let mut rules = Vec::new();
        if let Some(limit) = &self.data_backup_timeout {
            let expression = format!("oceanbase_backup_running_seconds > {}", limit.length().as_secs());
            let summary =
                format!("A data backup of tenant {{{{ $labels.tenant }}}} has been running for more than {limit}.");
            rules.push(rule("OceanBaseDataBackupTimeout", expression, &summary));
        }
        if let Some(limit) = &self.log_backup_delay {
            let expression = format!(
                "oceanbase_log_archive_delay_seconds > {} or oceanbase_log_archive_doing == 0",
                limit.length().as_secs()
            );
            let summary = format!(
                "The log archive of tenant {{{{ $labels.tenant }}}} lags more than {limit} behind, or is not under way."
            );
            rules.push(rule("OceanBaseLogBackupDelay", expression, &summary));
        }
        if let Some(days) = self.days_without_successful_backup {
            let expression = format!(
                "time() - oceanbase_backup_last_success_timestamp_seconds > {}",
                days * 86_400.0
            );
            let summary =
                format!("The newest usable backup of tenant {{{{ $labels.tenant }}}} is older than {days} d.");
            rules.push(rule("OceanBaseNoSuccessfulBackup", expression, &summary));
        }
        if let Some(bytes) = self.storage_capacity_bytes {
            let percent = self.storage_capacity_percent.unwrap_or(80.0);
            let expression = format!("oceanbase_backup_stored_bytes > {:.0}", bytes * percent / 100.0);
            let summary =
                format!("The backups of tenant {{{{ $labels.tenant }}}} take more than {percent} % of {bytes} bytes.");
            rules.push(rule("OceanBaseBackupStorageCapacity", expression, &summary));
        }
        rules
    }
}

fn object<const N: usize>(attributes: [(&str, Type); N]) -> Type {
    Type::Object {
        attributes: attributes.map(|(name, kind)| (name.into(), kind)).into(),
        optional: BTreeSet::new(),
    }
}

fn thresholds_type() -> Type {
    let attributes = [
        ("data_backup_timeout", Type::String),
        ("log_backup_delay", Type::String),
        ("days_without_successful_backup", Type::Number),
        ("storage_capacity_bytes", Type::Number),
        ("storage_capacity_percent", Type::Number),
    ];
    Type::Object {
        optional: attributes.iter().map(|(name, _)| (*name).to_owned()).collect(),
        attributes: attributes.map(|(name, kind)| (name.into(), kind)).into(),
    }
}

fn group_type() -> Type {
    let texts = || Type::Map(Box::new(Type::String));
    let rule = object([
        ("alert", Type::String),
        ("expr", Type::String),
        ("for", Type::String),
        ("labels", texts()),
        ("annotations", texts()),
    ]);
    object([("name", Type::String), ("rules", Type::list(rule))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_that_prometheus_takes_and_that_hides_nothing() {
        for name in ["severity", "_x", "team2"] {
            assert_eq!(mistake_in_label(name), None, "{name}");
        }
        for (name, reason) in [
            ("", "cannot be the name"),
            ("a b", "cannot be the name"),
            ("2nd", "cannot be the name"),
            ("__name__", "cannot be the name"),
            ("größe", "cannot be the name"),
            ("tenant", "has already"),
            ("alertname", "has already"),
        ] {
            let said = mistake_in_label(name).unwrap();
            assert!(said.contains(reason), "{name}: {said}");
        }
    }

    #[test]
    fn a_mistake_is_of_the_labels() {
        let thresholds = Value::object([("data_backup_timeout", Value::string("6h"))]);
        let labels = Value::map([("tenant", "shop")]);
        let refused = PrometheusRules::default().call(vec![thresholds, labels]).unwrap_err();
        assert_eq!(refused.argument, Some(1));
    }
}
