//! A run that is destroyed, and what becomes of its backup.

use super::{ADDRESS, APPLY, RUN, Site, TENANT, looks, run, until};
use crate::protected;
use oceanbase_simulator::cluster::{FileStatus, Pace};
use oceanbase_simulator::server::Effect;
use serde_json::{Value as Json, json};
use std::time::Duration;

const PLAN: [&str; 2] = ["plan", "-no-color"];
const FULL: &str = "ALTER SYSTEM BACKUP TENANT = mysql_tenant";
const INCREMENTAL: &str = "ALTER SYSTEM BACKUP INCREMENTAL TENANT = mysql_tenant";
const DELETE: &str = "ALTER SYSTEM DELETE BACKUPSET 1 TENANT = `mysql_tenant`";
const ADD_POLICY: &str =
    "ALTER SYSTEM ADD DELETE BACKUP POLICY = 'default' RECOVERY_WINDOW = '7d' TENANT = mysql_tenant";
const DROP_POLICY: &str = "ALTER SYSTEM DROP DELETE BACKUP POLICY = 'default' TENANT = mysql_tenant";

impl Site {
    /// A run that was made, with what is to become of its backup.
    fn with_made(on_destroy: &str) -> Self {
        let site = Self::prepared();
        let mut config = run("first");
        config["on_destroy"] = json!(on_destroy);
        site.configure(&config);
        site.terraform.apply();
        site
    }

    /// The same, and the run is to be destroyed, with whatever was backed up since.
    fn to_be_destroyed(on_destroy: &str, later: &[&str]) -> Self {
        let site = Self::with_made(on_destroy);
        for statement in later {
            site.back_up(statement);
        }
        // The log archive has passed them all.
        site.cluster
            .control(|cluster| cluster.advance(Duration::from_secs(3_600)));
        site.configure_all(&protected(TENANT));
        site.cluster.forget_statements();
        site
    }

    fn back_up(&self, statement: &str) {
        self.cluster.sys(statement);
        let jobs = "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_JOBS";
        until(|| self.cluster.value(jobs).as_deref() == Some("0"));
    }

    fn deletions(&self) -> usize {
        let changes = self.cluster.changes();
        changes.iter().filter(|sql| sql.contains("DELETE BACKUPSET")).count()
    }
}

#[test]
fn what_would_not_be_deleted_is_refused_at_plan() {
    let refused = |site: &Site, summary: &str| {
        let complaint = site.terraform.fail(&PLAN);
        for part in [&format!("Error: {summary}"), "apply `on_destroy = \"forget\"`"] {
            assert!(complaint.contains(part), "{part}: {complaint}");
        }
        assert!(!complaint.contains("The backup is deleted"), "{complaint}");
        let complaint = site.terraform.fail(&["destroy", "-no-color", "-auto-approve"]);
        assert!(complaint.contains(&format!("Error: {summary}")), "{complaint}");
        assert_eq!(site.cluster.changes(), [""; 0], "nothing is begun");
    };
    refused(
        &Site::to_be_destroyed("delete_set", &[]),
        "The last backup is not deleted",
    );
    refused(
        &Site::to_be_destroyed("delete_set", &[INCREMENTAL]),
        "The last backup is not deleted",
    );

    let site = Site::prepared();
    site.back_up(FULL);
    let mut second = run("second");
    second["on_destroy"] = json!("delete_set");
    site.configure(&second);
    site.terraform.apply();
    site.cluster
        .control(|cluster| cluster.advance(Duration::from_secs(3_600)));
    site.configure_all(&protected(TENANT));
    site.cluster.forget_statements();
    refused(&site, "The newest backup is not deleted");
}

#[test]
fn a_newer_backup_has_to_be_archived_before_an_older_one_goes() {
    let site = Site::with_made("delete_set");
    let lag = |lag| {
        site.cluster
            .control(|cluster| cluster.set_archive_lag(TENANT, lag))
            .unwrap();
    };
    site.cluster
        .control(|cluster| cluster.advance(Duration::from_secs(3_600)));
    lag(Duration::from_secs(86_400));
    site.back_up(FULL);
    site.configure_all(&protected(TENANT));
    site.cluster.forget_statements();
    site.terraform.plan();
    std::thread::scope(|scope| {
        let applying = scope.spawn(|| site.terraform.apply_plan());
        until(|| looks(&site.cluster) > 4 || applying.is_finished());
        assert_eq!(site.cluster.changes(), [""; 0]);
        lag(Duration::ZERO);
        applying.join().unwrap()
    });
    assert_eq!(site.cluster.changes(), [DELETE]);
}

#[test]
fn what_builds_upon_a_backup_goes_first() {
    let site = Site::to_be_destroyed("delete_set", &[INCREMENTAL, FULL]);
    let plan = site.terraform.plan();
    for part in ["Warning: Other sets build upon this backup", "set 2 builds upon set 1"] {
        assert!(plan.text.contains(part), "{part}: {}", plan.text);
    }
    let complaint = site.terraform.fail(&APPLY);
    assert!(
        complaint.contains("Error: Other sets build upon this backup"),
        "{complaint}"
    );
    assert_eq!(site.cluster.changes(), [""; 0]);

    site.cluster
        .sys("ALTER SYSTEM DELETE BACKUPSET 2 TENANT = mysql_tenant");
    let second = "SELECT FILE_STATUS FROM oceanbase.CDB_OB_BACKUP_SET_FILES WHERE BACKUP_SET_ID = 2";
    until(|| site.cluster.value(second).as_deref() == Some("DELETED"));
    let plan = site.terraform.plan();
    assert!(!plan.text.contains("build upon"), "{}", plan.text);
    assert!(plan.text.contains("Warning: The backup is deleted"), "{}", plan.text);
    site.terraform.apply_plan();
    assert_eq!(site.cluster.changes().last().unwrap(), DELETE);
    assert_eq!(site.terraform.state(ADDRESS), None);
}

#[test]
fn of_the_last_two_backups_one_stays() {
    let site = Site::prepared();
    // At a place that was moved away from, the server keeps nothing by itself.
    let moved = |mut rest: Json| {
        rest["resource"]["oceanbase_backup_destination"]["it"]["storage"]["path"] = json!("/backup/moved");
        rest
    };
    let doomed = |key| {
        let mut config = run(key);
        config["on_destroy"] = json!("delete_set");
        config
    };
    let mut both = protected(TENANT);
    both["resource"][RUN] = json!({ "it": doomed("first"), "other": doomed("second") });
    site.configure_all(&both);
    site.terraform.apply();
    site.configure_all(&moved(both));
    site.terraform.apply();
    site.cluster
        .control(|cluster| cluster.advance(Duration::from_secs(3_600)));
    site.configure_all(&moved(protected(TENANT)));
    site.cluster.forget_statements();
    // A set that is to go looks as if it stayed, until the server has begun with it.
    site.cluster.control(|cluster| cluster.set_pace(Pace::Real));
    let complaint = std::thread::scope(|scope| {
        let applying = scope.spawn(|| site.terraform.fail(&APPLY));
        until(|| site.deletions() > 0 || applying.is_finished());
        let before = looks(&site.cluster);
        until(|| looks(&site.cluster) > before + 4 || applying.is_finished());
        site.cluster.control(|cluster| cluster.set_pace(Pace::JumpOnRead));
        applying.join().unwrap()
    });
    assert!(
        complaint.contains("Error: The last backup is not deleted"),
        "{complaint}"
    );
    assert_eq!(site.deletions(), 1);
}

#[test]
fn a_policy_is_warned_of_and_left_to_the_server() {
    let site = Site::to_be_destroyed("delete_set", &[FULL]);
    site.cluster.sys(ADD_POLICY);
    let plan = site.terraform.plan();
    assert!(
        plan.text
            .contains("Warning: The server may refuse to delete the backup"),
        "{}",
        plan.text
    );
    let complaint = site.terraform.fail(&["apply", "-no-color", "tfplan"]);
    for part in [
        "Error: The deletion ended as FAILED",
        "-9045",
        "cannot delete backup set in current path when delete policy is set",
        "To try again, destroy the run again.",
        "apply `on_destroy = \"forget\"`",
    ] {
        assert!(complaint.contains(part), "{part}: {complaint}");
    }
    assert!(
        !complaint.contains("Carried out so far"),
        "nothing was deleted: {complaint}"
    );

    site.configure(&run("first"));
    site.terraform.apply();
    site.configure_all(&protected(TENANT));
    let plan = site.terraform.plan();
    assert!(plan.text.contains("Warning: The backup stays"), "{}", plan.text);
    site.terraform.apply_plan();
    assert_eq!(site.deletions(), 1, "it was left where it is");
}

#[test]
fn a_deletion_is_not_told_of_an_earlier_one() {
    let site = Site::to_be_destroyed("delete_set", &[FULL]);
    site.cluster.sys(ADD_POLICY);
    site.terraform.fail(&APPLY);
    site.cluster.sys(DROP_POLICY);
    // The job of the tenant comes a moment after the statement.
    site.cluster.control(|cluster| cluster.set_pace(Pace::Real));
    let destroyed = std::thread::scope(|scope| {
        let applying = scope.spawn(|| site.terraform.apply());
        until(|| site.deletions() == 2 || applying.is_finished());
        let before = looks(&site.cluster);
        until(|| looks(&site.cluster) > before + 2 || applying.is_finished());
        site.cluster.control(|cluster| cluster.set_pace(Pace::JumpOnRead));
        applying.join().unwrap()
    });
    assert!(destroyed.contains("1 destroyed"), "{destroyed}");
    assert_eq!(site.deletions(), 2);
}

#[test]
fn a_deletion_that_is_under_way_is_gone_on_with() {
    let site = Site::to_be_destroyed("delete_set", &[FULL]);
    site.cluster.control(|cluster| cluster.set_pace(Pace::Real));
    site.cluster.sys(DELETE);
    let destroyed = std::thread::scope(|scope| {
        let applying = scope.spawn(|| site.terraform.apply());
        until(|| looks(&site.cluster) > 3 || applying.is_finished());
        site.cluster.control(|cluster| cluster.set_pace(Pace::JumpOnRead));
        applying.join().unwrap()
    });
    assert!(destroyed.contains("1 destroyed"), "{destroyed}");
    assert_eq!(site.cluster.changes(), [""; 0], "it was begun by hand");
}

#[test]
fn a_deletion_whose_connection_was_lost_is_followed() {
    let site = Site::to_be_destroyed("delete_set", &[FULL]);
    site.cluster.sys(ADD_POLICY);
    site.cluster.forget_statements();
    site.cluster.inject("DELETE BACKUPSET", 0, Effect::CutAfter);
    let complaint = site.terraform.fail(&APPLY);
    assert!(complaint.contains("Error: The deletion ended as FAILED"), "{complaint}");
    assert_eq!(site.deletions(), 1);
}

#[test]
fn a_backup_that_is_gone_is_not_said_to_stay() {
    for (on_destroy, said) in [
        ("forget", "Warning: The backup stays"),
        ("delete_set", "Warning: The backup is deleted"),
    ] {
        let site = Site::to_be_destroyed(on_destroy, &[FULL]);
        let plan = site.terraform.plan();
        assert!(plan.text.contains(said), "{}", plan.text);
        site.cluster
            .control(|cluster| cluster.set_file_status(TENANT, 1, FileStatus::Deleted))
            .unwrap();
        for further in [&[][..], &["-refresh=false"]] {
            let plan = site.terraform.plan_with(further);
            assert!(!plan.text.contains(said), "{}", plan.text);
            plan.assert_counts(0, 0, 1);
        }
        site.terraform.apply();
        assert_eq!(site.cluster.changes(), [""; 0]);
    }
}

#[test]
fn of_all_tenants_nothing_is_deleted_by_halves() {
    let site = Site::prepared();
    let second = "mysql_tenant_2";
    for statement in [
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///second/data' TENANT = mysql_tenant_2",
        "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///second/log' TENANT = mysql_tenant_2",
        "ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant_2",
    ] {
        site.cluster.sys(statement);
    }
    let doing = "SELECT COUNT(*) FROM oceanbase.CDB_OB_ARCHIVELOG WHERE STATUS = 'DOING'";
    until(|| site.cluster.value(doing).as_deref() == Some("2"));
    site.configure(&json!({ "all_tenants": true, "run_key": "k", "on_destroy": "delete_set" }));
    site.terraform.apply();
    assert_eq!(site.state()["backup_set_ids"], json!({ TENANT: 1, second: 1 }));
    site.back_up(FULL);
    site.cluster
        .control(|cluster| cluster.advance(Duration::from_secs(3_600)));
    site.configure_all(&protected(TENANT));
    site.cluster.forget_statements();
    // The first tenant has another one, the second has not.
    let complaint = site.terraform.fail(&PLAN);
    assert!(
        complaint.contains("Error: The last backup is not deleted"),
        "{complaint}"
    );
    assert!(complaint.contains("`mysql_tenant_2`"), "{complaint}");
    site.back_up("ALTER SYSTEM BACKUP TENANT = mysql_tenant_2");
    site.cluster
        .control(|cluster| cluster.advance(Duration::from_secs(3_600)));
    site.cluster.forget_statements();
    site.terraform.apply();
    let deletions = [TENANT, second].map(|tenant| format!("ALTER SYSTEM DELETE BACKUPSET 1 TENANT = `{tenant}`"));
    assert_eq!(site.cluster.changes(), deletions);
}
