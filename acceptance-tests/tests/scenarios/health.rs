//! `oceanbase_backup_health` in a plan: a breach that fails it, one that warns, and one that is only shown.

use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use serde_json::json;

/// A tenant that was never backed up, and a configuration that looks at it.
fn looking(data: &str) -> (Cluster, Terraform) {
    let cluster = Cluster::start(Profile::Ce4410);
    let terraform = Terraform::new();
    terraform.configure(&cluster.provider_block(), &json!({}));
    terraform.write("health.tf", data);
    (cluster, terraform)
}

const LIMITS: &str = "tenants = [\"mysql_tenant\"]\n  log_backup_delay = \"10m\"\n  days_without_successful_backup = 2";
const ALL: &str = "fail_on = [\"log_backup_delay\", \"days_without_successful_backup\"]";

#[test]
fn a_breach_fails_the_plan_where_it_is_asked_to() {
    let (_cluster, terraform) = looking(&format!(
        "data \"oceanbase_backup_health\" \"it\" {{\n  {LIMITS}\n  {ALL}\n}}\n"
    ));
    let run = terraform.run(&["plan", "-no-color", "-detailed-exitcode"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let message = run.message();
    for part in [
        "Error: Tenant mysql_tenant is not backed up as it should be",
        "with data.oceanbase_backup_health.it",
        "The log has never been archived (`log_backup_delay`).",
        "There is no usable backup (`days_without_successful_backup`).",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn a_breach_is_only_shown_without_fail_on() {
    let output = "output \"breaches\" {\n  value = data.oceanbase_backup_health.it.breaches\n}\n";
    let data = format!("data \"oceanbase_backup_health\" \"it\" {{\n  {LIMITS}\n}}\n{output}");
    let (_cluster, terraform) = looking(&data);
    terraform.succeed(&["plan", "-no-color"]);
    terraform.apply();
    let breaches = json!([
        "mysql_tenant: The log has never been archived",
        "mysql_tenant: There is no usable backup"
    ]);
    assert_eq!(terraform.output("breaches"), breaches);
}

/// A `check` that warns, with the data source inside of it or outside.
fn checked(is_inside: bool) -> String {
    let fail_on = if is_inside { ALL } else { "" };
    let data = format!("data \"oceanbase_backup_health\" \"it\" {{\n  {LIMITS}\n  {fail_on}\n}}\n");
    let (outside, inside) = if is_inside { ("", &*data) } else { (&*data, "") };
    format!(
        r#"{outside}
check "backups" {{
  {inside}
  assert {{
    condition     = data.oceanbase_backup_health.it.healthy
    error_message = "Backups are not as they should be."
  }}
}}
"#
    )
}

#[test]
fn a_check_warns_and_counts_as_a_change_only_with_the_data_source_inside() {
    for (is_inside, code, warning) in [
        (false, 0, "Warning: Check block assertion failed"),
        (true, 2, "Warning: Tenant mysql_tenant is not backed up as it should be"),
    ] {
        let (_cluster, terraform) = looking(&checked(is_inside));
        let run = terraform.run(&["plan", "-no-color", "-detailed-exitcode"]);
        let shown = run.message();
        assert!(shown.contains(warning), "{shown}");
        assert_eq!(run.code, Some(code), "{shown}");
    }
}

#[test]
fn a_tenant_that_nobody_configured_is_told_from_one_that_is_not_archived() {
    let data = |tenant: &str| {
        format!(
            "data \"oceanbase_backup_health\" \"{tenant}\" {{\n  tenants = [\"{tenant}\"]\n  log_backup_delay = \"10m\"\n  \
             fail_on = [\"log_backup_delay\"]\n}}\n"
        )
    };
    let (cluster, terraform) = looking(&data("mysql_tenant"));
    for sql in [
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///log' TENANT = mysql_tenant_2",
        "ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant_2",
        "SIMULATOR ADVANCE 1m",
        "SIMULATOR INTERRUPT 'log recycled' TENANT mysql_tenant_2",
    ] {
        cluster.sys(sql);
    }
    let nobody = "Not configured: the tenant has a destination neither for data backups nor for its log.";
    let said = terraform.run(&["plan", "-no-color"]).message();
    assert!(said.contains(nobody), "{said}");
    terraform.write("health.tf", &data("mysql_tenant_2"));
    let said = terraform.run(&["plan", "-no-color"]).message();
    assert!(!said.contains("Not configured"), "{said}");
    let reason =
        "The log is not being archived (\"log recycled\"): the archive round is INTERRUPTED (`log_backup_delay`).";
    assert!(said.contains(reason), "{said}");
}

#[test]
fn who_judges_nothing_is_warned_once() {
    let (_cluster, terraform) = looking("data \"oceanbase_backup_health\" \"it\" {}\n");
    let run = terraform.run(&["plan", "-no-color", "-detailed-exitcode"]);
    let said = run.message();
    assert_eq!(run.code, Some(0), "{said}");
    assert!(said.contains("Warning: No threshold is set"), "{said}");
    assert!(!said.contains("similar warning"), "{said}");
}

#[test]
fn a_data_source_guesses_which_tenant_was_meant() {
    let (_cluster, terraform) = looking("data \"oceanbase_backup_sets\" \"it\" {\n  tenant = \"Mysql_tennant\"\n}\n");
    let said = terraform.run(&["plan", "-no-color"]).message();
    assert!(
        said.contains("The cluster has no user tenant `Mysql_tennant`. Did you mean `mysql_tenant`?"),
        "{said}"
    );
}
