//! The queries of the alerting guide, as an SQL exporter runs them.

use crate::records::{back_up, protected};
use acceptance_tests::Plugin;
use acceptance_tests::protocol::Security;
use oceanbase_simulator::cluster::{CompatibilityMode, Profile, TenantStatus};
use serde_json::json;
use std::time::Duration;

const GUIDE: &str = include_str!("../../../docs/guides/alerting.md");

/// Each metric with its query: its name stands above.
fn metrics() -> Vec<(&'static str, &'static str)> {
    let parts: Vec<&str> = GUIDE.split("```").collect();
    let blocks = parts
        .windows(2)
        .filter_map(|pair| Some((pair[0], pair[1].strip_prefix("sql\n")?)));
    let named = blocks.map(|(text, query)| {
        let heading = text.lines().rfind(|line| !line.is_empty()).unwrap();
        (heading.split('`').nth(1).unwrap(), query)
    });
    named.collect()
}

#[test]
fn every_metric_of_the_rules_has_its_query() {
    let plugin = Plugin::start(Security::None);
    let thresholds = json!({
        "data_backup_timeout": "6h",
        "log_backup_delay": "10m",
        "days_without_successful_backup": 2,
        "storage_capacity_bytes": 1000,
    });
    let rules = plugin
        .function("prometheus_rules", &[thresholds, json!({})])
        .unwrap()
        .to_string();
    let metrics = metrics();
    assert_eq!(metrics.len(), 5);
    for (metric, _) in metrics {
        assert!(rules.contains(metric), "{metric}");
    }
}

#[test]
fn every_query_gives_a_value_for_each_tenant_that_is_looked_at() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        cluster.control(|cluster| {
            cluster.add_tenant("unavailable", CompatibilityMode::MySql);
            cluster.set_tenant_status("unavailable", TenantStatus::Restore).unwrap();
        });
        back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
        cluster
            .control(|cluster| cluster.hold_next_backup("mysql_tenant"))
            .unwrap();
        cluster.sys("ALTER SYSTEM BACKUP TENANT = mysql_tenant");
        cluster.control(|cluster| cluster.advance(Duration::from_secs(600)));
        for (metric, query) in metrics() {
            let rows = cluster.sys(&format!("SELECT tenant, value FROM ({query}) metric ORDER BY tenant"));
            let values: Vec<f64> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
            let tenants: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
            let context = format!("{metric} on {profile}: {rows:?}");
            if metric == "oceanbase_log_archive_delay_seconds" {
                assert_eq!(tenants, ["mysql_tenant"], "{context}");
                assert!((0.0..3_600.0).contains(&values[0]), "{context}");
                continue;
            }
            assert_eq!(tenants, ["mysql_tenant", "mysql_tenant_2"], "{context}");
            assert!(values[0] > 0.0, "{context}");
            assert!(values[1].abs() < f64::EPSILON, "{context}");
        }
    }
}
