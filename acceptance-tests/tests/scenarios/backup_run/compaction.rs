//! A run whose plan is to look at the major compaction first.

use super::{RUN, Site, TENANT, one_line, run, until, with_run_of_all};
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};
use std::time::Duration;
use tfplugin::Value;

const HOUR: u64 = 3_600;
const NOT_AS_ASKED_FOR: &str = "Warning: The major compaction is not as asked for";

/// A run that is to find a compaction of the last day.
fn after_compaction(run_key: &str) -> Json {
    let mut run = run(run_key);
    run["max_compaction_age"] = json!("24h");
    run
}

fn compact(cluster: &Cluster, tenant: &str) {
    cluster.sys(&format!("ALTER SYSTEM MAJOR FREEZE TENANT = {tenant}"));
    let left = "SELECT COUNT(*) FROM oceanbase.CDB_OB_MAJOR_COMPACTION WHERE STATUS <> 'IDLE' OR LAST_SCN < FROZEN_SCN";
    until(|| cluster.value(left).as_deref() == Some("0"));
}

/// The statements about the compaction, and all of them, that a plan takes.
fn cost(cluster: &Cluster, configs: &[Json]) -> (usize, usize) {
    cluster.forget_statements();
    let plugin = Plugin::configured(&cluster.provider_block());
    for config in configs {
        plugin.plan(RUN, &Value::Null, config);
    }
    let statements = cluster.statements();
    let looks = statements.iter().filter(|sql| sql.contains("MAJOR_COMPACTION"));
    (looks.count(), statements.len())
}

#[test]
fn a_plan_that_is_told_to_look_warns_and_the_apply_makes_the_backup() {
    for profile in Profile::ALL {
        let site = Site::new(profile);
        site.configure(&after_compaction("first"));
        let plan = site.terraform.plan().text;
        assert!(plan.contains(NOT_AS_ASKED_FOR), "{plan}");
        assert!(plan.contains("`mysql_tenant`: none has finished yet"), "{plan}");
        assert!(
            plan.contains("ALTER SYSTEM MAJOR FREEZE TENANT = `mysql_tenant`"),
            "{plan}"
        );
        site.terraform.apply_plan();
        assert_eq!(
            (site.backups(), site.state()["status"].as_str()),
            (1, Some("COMPLETED"))
        );
        site.terraform.assert_settled();
        let settled = site.terraform.succeed(&["plan", "-no-color"]);
        assert!(!settled.contains("compaction"), "of a run that was made: {settled}");

        compact(&site.cluster, TENANT);
        site.configure(&after_compaction("second"));
        let plan = site.terraform.plan().text;
        assert!(!plan.contains("Warning: The major"), "{plan}");
        site.cluster
            .control(|cluster| cluster.advance(Duration::from_secs(25 * HOUR)));
        let plan = site.terraform.plan().text;
        assert!(plan.contains(NOT_AS_ASKED_FOR), "{plan}");
        assert!(
            plan.contains("`mysql_tenant`: the last one finished 1 d 1 h ago"),
            "{plan}"
        );
        site.terraform.apply_plan();
        assert_eq!(site.backups(), 2, "{profile}");
    }
}

#[test]
fn only_a_plan_that_is_told_to_looks_and_once_for_all_runs() {
    let site = Site::prepared();
    let mut all = after_compaction("k");
    (all["tenant"], all["all_tenants"]) = (Json::Null, json!(true));
    let unset = cost(&site.cluster, &[run("k")]);
    assert_eq!(unset.0, 0);
    assert_eq!(cost(&site.cluster, &[after_compaction("k")]), (1, unset.1 + 1));
    assert_eq!(cost(&site.cluster, &[after_compaction("k"), all]), (1, unset.1 + 1));
}

#[test]
fn one_warning_names_those_of_all_tenants_that_are_concerned() {
    let site = Site::new(Profile::Ce4410);
    let mut with_run = with_run_of_all();
    with_run["resource"][RUN]["it"]["max_compaction_age"] = json!("24h");
    let mut before = with_run.clone();
    before["resource"].as_object_mut().unwrap().remove(RUN);
    site.configure_all(&before);
    site.terraform.apply();
    site.configure_all(&with_run);
    compact(&site.cluster, TENANT);
    let warned = || {
        let plan = site.terraform.plan().text;
        assert_eq!(plan.matches(NOT_AS_ASKED_FOR).count(), 1, "{plan}");
        plan
    };
    let plan = warned();
    assert!(plan.contains("`mysql_tenant_2`: none has finished yet"), "{plan}");
    assert!(!plan.contains("`mysql_tenant`: "), "it was compacted: {plan}");
    assert!(!plan.contains("`mysql_tenant_3`: "), "it is not backed up: {plan}");

    site.cluster.sys("ALTER SYSTEM SUSPEND MERGE TENANT = mysql_tenant");
    let plan = warned();
    for part in [
        "`mysql_tenant`: it is suspended (IS_SUSPENDED)",
        "`mysql_tenant_2`: none has finished yet",
        "ALTER SYSTEM MAJOR FREEZE TENANT = `mysql_tenant_2`",
        "ALTER SYSTEM RESUME MERGE TENANT = `mysql_tenant`",
    ] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
}

#[test]
fn a_tenant_looks_at_its_own_view() {
    let site = Site::prepared();
    site.cluster.forget_statements();
    let own = json!({ "endpoints": site.cluster.endpoints(), "tenant": TENANT });
    let said = Plugin::configured(&own)
        .plan(RUN, &Value::Null, &after_compaction("k"))
        .messages;
    let [warning] = &said[..] else { panic!("{said:?}") };
    assert_eq!((&*warning.attribute, warning.is_error), ("max_compaction_age", false));
    assert!(
        warning.detail.contains("DBA_OB_MAJOR_COMPACTION shows:"),
        "{}",
        warning.detail
    );
    assert!(
        warning.detail.ends_with("\n  ALTER SYSTEM MAJOR FREEZE"),
        "{}",
        warning.detail
    );
    let statements = site.cluster.statements();
    assert!(!statements.iter().any(|sql| sql.contains("CDB_")), "{statements:#?}");
}

#[test]
fn a_compaction_that_cannot_be_read_is_told_and_holds_up_nothing() {
    let site = Site::prepared();
    site.configure(&after_compaction("k"));
    site.cluster
        .fail_once("MAJOR_COMPACTION", 1142, "SELECT command denied to user");
    let plan = one_line(&site.terraform.plan().text.replace('│', " "));
    assert!(
        plan.contains("Warning: The major compaction was not looked at"),
        "{plan}"
    );
    assert!(plan.contains("1142"), "{plan}");
    site.terraform.apply_plan();
    assert_eq!(site.backups(), 1);
}
