//! The nightly script of `examples/ci-drift-detection`: its exit codes, and whether one can act on what it prints.

use super::EXAMPLES;
use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::{CompatibilityMode, Profile};
use oceanbase_simulator::server::Reachability;
use std::path::{Path, PathBuf};
use std::time::Duration;

const ACCESS_KEY: &str = "planted-access-key";
const KEY_BY_HAND: &str = "planted-key-by-hand";
const PASSWORD: &str = "planted-password";
const WRONG_PASSWORD: &str = "planted-wrong-password";
const SECRETS: [&str; 4] = [ACCESS_KEY, KEY_BY_HAND, PASSWORD, WRONG_PASSWORD];

const IN_SYNC: &str = "backups: the cluster is as configured.";
const HEALTHY: &str = "health: every tenant is backed up as it should be.";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A cluster with a password and the tenants of the example, and a checkout of the repository.
struct Team {
    cluster: Cluster,
    repository: Terraform,
}

impl Team {
    /// The repository is applied, and every tenant has a backup.
    fn new() -> Self {
        let cluster = Cluster::start_with(Profile::Ce4410, |options, _| {
            options.tenants = 0;
            options.passwords = [("sys".to_owned(), PASSWORD.to_owned())].into();
        });
        for tenant in ["billing", "shop"] {
            cluster.control(|cluster| cluster.add_tenant(tenant, CompatibilityMode::MySql));
        }
        let repository = checkout(&cluster, PASSWORD).with_variable("TF_VAR_access_key", ACCESS_KEY);
        let team = Self { cluster, repository };
        team.terraform(&["init"]);
        team.terraform(&["apply", "-auto-approve"]);
        team.back_up("billing");
        team.back_up("shop");
        team
    }

    fn terraform(&self, arguments: &[&str]) {
        self.repository.succeed(&[&["-chdir=backups"], arguments].concat());
    }

    fn back_up(&self, tenant: &str) {
        self.cluster.sys(&format!("ALTER SYSTEM BACKUP TENANT = {tenant}"));
        self.pass(DAY / 24);
    }

    fn pass(&self, time: Duration) {
        self.cluster.control(|cluster| cluster.advance(time));
    }

    #[track_caller]
    fn check(&self, code: i32, parts: &[&str]) -> String {
        check(&self.repository, code, parts)
    }
}

fn folder() -> PathBuf {
    Path::new(EXAMPLES).join("ci-drift-detection")
}

/// The repository as an administrator or a runner has it, with its state beside it.
fn checkout(cluster: &Cluster, password: &str) -> Terraform {
    let repository = Terraform::with_mirror()
        .with_variable("OCEANBASE_ENDPOINTS", cluster.endpoint())
        .with_variable("OCEANBASE_USERNAME", "root")
        .with_variable("OCEANBASE_PASSWORD", password);
    repository.copy(&folder());
    repository.write(
        "backups/backend_override.tf",
        "terraform {\n  backend \"local\" {}\n}\n",
    );
    repository
}

/// Runs the script; gives everything that it printed, in one line. No secret is ever in it.
#[track_caller]
fn check(repository: &Terraform, code: i32, parts: &[&str]) -> String {
    let run = repository.run_script("check.sh");
    let printed = run.message();
    assert_eq!(run.code, Some(code), "{}\n{}", run.stdout, run.stderr);
    for part in parts {
        assert!(printed.contains(part), "{part} in {}", run.stdout);
    }
    for secret in SECRETS {
        assert!(!printed.contains(secret), "{secret} in {}", run.stdout);
    }
    printed
}

#[test]
fn nothing_is_wrong() {
    let team = Team::new();
    let sent = team.cluster.statements_with_secrets().join("\n");
    assert!(sent.contains(&format!("access_key={ACCESS_KEY}")), "{sent}");
    team.cluster.forget_statements();
    team.check(0, &[IN_SYNC, HEALTHY]);
    assert!(!team.cluster.statements().is_empty());
    assert_eq!(team.cluster.changes(), [""; 0]);
}

#[test]
fn drift_names_the_tenant_and_the_attribute_and_an_apply_repairs_it() {
    let team = Team::new();
    team.cluster.sys(&format!(
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://ob-backups/elsewhere?host=oss-cn-hangzhou-internal.aliyuncs.com\
         &access_id=LTAI0000000000&access_key={KEY_BY_HAND}' TENANT = shop"
    ));
    let shown = team
        .cluster
        .value("SELECT AUTHORIZATION FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO WHERE PATH LIKE '%elsewhere'");
    assert!(shown.is_some_and(|shown| shown.contains(KEY_BY_HAND)));
    let printed = team.check(
        2,
        &[
            r#"# oceanbase_backup_destination.each["shop"] will be updated in-place"#,
            r#"~ path = "elsewhere" -> "obcluster/shop/data""#,
            "backups: DRIFT.",
            "terraform -chdir=backups apply",
            HEALTHY,
        ],
    );
    assert!(printed.contains("access_id=LTAI0000000000"), "{printed}");
    assert!(!printed.contains(r#"each["billing"] will"#), "{printed}");
    team.terraform(&["apply", "-auto-approve"]);
    team.check(0, &[IN_SYNC, HEALTHY]);
}

#[test]
fn the_runner_needs_no_key_of_the_storage() {
    let team = Team::new();
    team.cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = shop");
    let runner = checkout(&team.cluster, PASSWORD);
    let state = team.repository.read("backups/terraform.tfstate");
    runner.write("backups/terraform.tfstate", &String::from_utf8(state.unwrap()).unwrap());
    let created = r#"# oceanbase_backup_destination.each["shop"] will be created"#;
    check(&runner, 2, &[created, "backups: DRIFT.", HEALTHY]);
}

#[test]
fn a_breach_names_the_tenant_and_the_threshold_and_a_backup_ends_it() {
    let team = Team::new();
    team.pass(3 * DAY);
    team.back_up("billing");
    let printed = team.check(
        1,
        &[
            IN_SYNC,
            "Error: Tenant shop is not backed up as it should be",
            "The newest usable backup is 3 d",
            "(`days_without_successful_backup`)",
            "health: BREACH.",
            "days_without_successful_backup: start a backup",
        ],
    );
    assert!(!printed.contains("Tenant billing is not"), "{printed}");
    assert!(!printed.contains("last_backup:"), "{printed}");
    team.back_up("shop");
    team.check(0, &[IN_SYNC, HEALTHY]);
}

#[test]
fn a_failed_backup_is_explained() {
    let team = Team::new();
    team.cluster
        .sys("SIMULATOR STORAGE FULL 'oss://ob-backups/obcluster/shop'");
    team.back_up("shop");
    team.check(
        1,
        &[
            "Error: Tenant shop is not backed up as it should be",
            "failed with -9082",
            "The newest failure of a backup:",
            "last_backup: do away with the cause",
        ],
    );
}

#[test]
fn a_breach_goes_before_drift_and_both_are_told() {
    let team = Team::new();
    team.cluster.sys("ALTER SYSTEM NOARCHIVELOG TENANT = shop");
    team.check(
        1,
        &[
            "~ enabled = false -> true",
            "backups: DRIFT.",
            "The log is not being archived",
            "health: BREACH.",
            "log_backup_delay: do what the plan above says of oceanbase_archivelog",
        ],
    );
}

#[test]
fn an_interrupted_archive_is_a_breach_though_it_is_no_drift() {
    let team = Team::new();
    team.cluster.sys("SIMULATOR INTERRUPT 'log recycled' TENANT shop");
    team.check(
        1,
        &[
            "Warning: Archiving is interrupted",
            r#"with oceanbase_archivelog.each["shop"]"#,
            IN_SYNC,
            "the archive round is INTERRUPTED (`log_backup_delay`)",
            "log_backup_delay: do what the plan above says of oceanbase_archivelog",
        ],
    );
}

#[test]
fn there_is_advice_for_every_threshold_that_fails_the_job() {
    let read = |name: &str| std::fs::read_to_string(folder().join(name)).unwrap();
    let (health, script) = (read("health/main.tf"), read("check.sh"));
    let (_, names) = health.split_once("fail_on = [").unwrap();
    let names: Vec<&str> = names.split('"').skip(1).step_by(2).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    for name in names {
        assert!(script.contains(&format!("advise {name} '")), "{name}");
    }
}

#[test]
fn a_tenant_that_nobody_configured_is_a_breach() {
    let team = Team::new();
    team.cluster
        .control(|cluster| cluster.add_tenant("forgotten", CompatibilityMode::MySql));
    let printed = team.check(
        1,
        &[
            IN_SYNC,
            "Error: Tenant forgotten is not backed up as it should be",
            "Not configured: the tenant has a destination neither for data backups nor for its log.",
            "nobody configured the backups of: forgotten Where the plan above creates them, apply it. Else add the tenant to \
             backups/main.tf",
        ],
    );
    // There is nothing to look for in the storage, and no backup that failed.
    for advice in ["days_without_successful_backup: start", "log_backup_delay: do"] {
        assert!(!printed.contains(advice), "{printed}");
    }
    // What is wrong with the others is told besides.
    team.cluster
        .control(|cluster| cluster.add_tenant("lost", CompatibilityMode::MySql));
    team.cluster.sys("ALTER SYSTEM NOARCHIVELOG TENANT = shop");
    let printed = team.check(
        1,
        &[
            "nobody configured the backups of: forgotten, lost Where",
            "log_backup_delay: do what the plan above says of oceanbase_archivelog",
        ],
    );
    assert!(!printed.contains("days_without_successful_backup: start"), "{printed}");
}

#[test]
fn a_cluster_that_is_not_reached_is_an_error_with_its_address() {
    let team = Team::new();
    team.cluster.set_reachability(0, Reachability::Down);
    let address = team.cluster.endpoint();
    let printed = team.check(
        1,
        &[
            "Error: The cluster cannot be reached",
            &address,
            "backups: FAILED. Drift cannot be told: The cluster cannot be reached. The error above says more, and what to do.",
            "health: FAILED. It cannot be told, for the same reason.",
        ],
    );
    // Once for each of the two plans, whatever the number of tenants.
    assert_eq!(printed.matches("Error:").count(), 2, "{printed}");
}

#[test]
fn a_wrong_password_is_an_error_that_does_not_show_it() {
    let team = Team::new();
    let repository = checkout(&team.cluster, WRONG_PASSWORD);
    let printed = check(&repository, 1, &["root@sys", "backups: FAILED.", "health: FAILED."]);
    assert!(printed.contains("There is no state to compare with"), "{printed}");
    assert!(
        printed.contains("It cannot be told: The login was refused."),
        "{printed}"
    );
}

#[test]
fn without_a_state_there_is_nothing_to_compare_with() {
    let team = Team::new();
    let repository = checkout(&team.cluster, PASSWORD);
    check(
        &repository,
        1,
        &["backups: FAILED. There is no state to compare with", HEALTHY],
    );
}

#[test]
fn the_workflow_runs_the_script_and_gets_its_exit_code() {
    let workflow = std::fs::read_to_string(folder().join(".github/workflows/drift.yml")).unwrap();
    // The wrapper that setup-terraform installs by default ends with 0 when a plan ends with 2.
    for line in [
        "run: ./check.sh",
        "terraform_wrapper: false",
        "schedule:",
        "workflow_dispatch:",
        "OCEANBASE_ENDPOINTS: ${{ vars.OCEANBASE_ENDPOINTS }}",
        "OCEANBASE_USERNAME: ${{ vars.OCEANBASE_USERNAME }}",
        "OCEANBASE_PASSWORD: ${{ secrets.OCEANBASE_PASSWORD }}",
    ] {
        assert!(workflow.contains(line), "{line} in {workflow}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = folder().join("check.sh").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{mode:o}");
    }
}
