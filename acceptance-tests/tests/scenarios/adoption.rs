//! Settings that were made before Terraform came.

use crate::{archivelog, prepared, protected};
use acceptance_tests::Cluster;
use oceanbase_simulator::cluster::Profile;
use serde_json::json;

fn set(cluster: &Cluster, item: &str) {
    cluster.sys(&format!("ALTER SYSTEM SET {item} TENANT = mysql_tenant"));
}

#[test]
fn what_is_equal_is_adopted_silently_and_what_is_unfinished_is_completed() {
    let (cluster, terraform) = prepared(Profile::Ce4210, &protected("mysql_tenant"));
    set(&cluster, "DATA_BACKUP_DEST = 'file:///backup/mysql_tenant/data/'");
    // Spelt differently, and archiving is still off.
    set(
        &cluster,
        "LOG_ARCHIVE_DEST = 'location=file:///backup/mysql_tenant/log/ piece_switch_interval=1d'",
    );
    cluster.forget_statements();
    terraform.apply();
    assert_eq!(cluster.changes(), ["ALTER SYSTEM ARCHIVELOG TENANT = `mysql_tenant`"]);
    terraform.assert_settled();
}

#[test]
fn another_location_is_refused_until_told_otherwise() {
    let (cluster, terraform) = prepared(Profile::Ce4210, &protected("mysql_tenant"));
    set(&cluster, "DATA_BACKUP_DEST = 'file:///theirs/data'");
    set(&cluster, "LOG_ARCHIVE_DEST = 'LOCATION=file:///theirs/log'");
    cluster.sys("ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant");
    cluster.forget_statements();
    let complaint = terraform.fail(&["plan", "-no-color"]);
    for resource in ["oceanbase_archivelog", "oceanbase_backup_destination"] {
        let import = format!("terraform import {resource}.NAME mysql_tenant");
        assert!(complaint.contains(&import), "{complaint}");
    }
    assert!(complaint.contains("Error: Already configured elsewhere") && complaint.contains("adopt_existing = true"));
    assert_eq!(cluster.changes(), [""; 0]);

    let mut configuration = protected("mysql_tenant");
    for resource in ["oceanbase_archivelog", "oceanbase_backup_destination"] {
        configuration["resource"][resource]["it"]["adopt_existing"] = json!(true);
    }
    terraform.configure(&cluster.provider_block(), &configuration);
    terraform.apply();
    terraform.assert_settled();
    let left = &terraform.state("oceanbase_backup_destination.it").unwrap()["previous_locations"];
    assert_eq!(*left, json!(["file:///theirs/data"]));
    let path = cluster.value("SELECT PATH FROM oceanbase.CDB_OB_ARCHIVELOG WHERE STATUS = 'DOING'");
    assert_eq!(path.as_deref(), Some("file:///backup/mysql_tenant/log"));
}

#[test]
fn a_directory_of_another_tenant_is_refused_at_plan() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &protected("mysql_tenant"));
    cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup' TENANT = mysql_tenant_2");
    let complaint = terraform.fail(&["plan", "-no-color"]);
    assert!(complaint.contains("Error: The directory is in use"), "{complaint}");
    assert!(
        complaint.contains("data backups of tenant `mysql_tenant_2`"),
        "{complaint}"
    );
}

#[test]
fn two_resources_of_one_plan_do_not_share_a_directory() {
    let mut configuration = protected("mysql_tenant");
    let mut other = archivelog("mysql_tenant_2");
    other["storage"]["path"] = json!("/backup/mysql_tenant/log/below");
    configuration["resource"]["oceanbase_archivelog"]["other"] = other;
    let (_cluster, terraform) = prepared(Profile::Ce4410, &configuration);
    let complaint = terraform.fail(&["plan", "-no-color"]);
    assert!(complaint.contains("/backup/mysql_tenant/log/below"), "{complaint}");
}
