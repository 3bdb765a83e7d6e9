//! Logins that are refused, or may not do what they are for: said at plan, in words that help.

use crate::messages;
use acceptance_tests::{Cluster, Terraform};
use expect_test::{Expect, expect};
use oceanbase_simulator::cluster::{Privileges, Profile};
use serde_json::{Value as Json, json};

/// Terraform quotes the lines of the configuration, so passwords are not in there.
fn terraform() -> Terraform {
    Terraform::new()
        .with_variable("TF_VAR_right", "right")
        .with_variable("TF_VAR_wrong", "planted-wrong")
}

/// A provider block, and a destination in object storage whose key is of this version.
fn configure(terraform: &Terraform, block: &Json, tenant: &str, version: &str) {
    let variable = json!({ "type": "string", "sensitive": true });
    terraform.configure(block, &json!({ "variable": { "right": variable, "wrong": variable } }));
    terraform.write(
        "destination.tf",
        &format!(
            r#"resource "oceanbase_backup_destination" "shop" {{
  tenant = "{tenant}"
  storage = {{
    type = "oss", bucket = "b", host = "h", path = "p"
    access_id = "i", access_key_wo = "key-{version}", access_key_wo_version = "{version}"
  }}
}}
"#
        ),
    );
}

/// What a plan complains of.
#[track_caller]
fn check(cluster: &Cluster, terraform: &Terraform, expected: Expect) {
    let run = terraform.run(&["plan", "-no-color"]);
    messages::check(&run.stderr.replace(&cluster.endpoint(), "HOST:PORT"), expected);
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let cluster = Cluster::start_with(Profile::Ce4410, |options, _| {
        options.passwords = [("sys".to_owned(), "right".to_owned())].into();
    });
    let terraform = terraform();
    let block = json!({ "endpoints": cluster.endpoints(), "password": "${var.wrong}" });
    configure(&terraform, &block, "mysql_tenant", "1");
    check(
        &cluster,
        &terraform,
        expect![[r#"
        Error: The login was refused

          with oceanbase_backup_destination.shop,
          on destination.tf line 1, in resource "oceanbase_backup_destination" "shop":
           1: resource "oceanbase_backup_destination" "shop" {

        Logging in as root@sys at HOST:PORT, the server said:

          error 1045 (42000): Access denied for user 'root'@'xxx.xxx.xxx.xxx' (using password: YES)

        Check username, password, tenant and cluster: a wrong tenant is reported like
        a wrong password. Through OBProxy the cluster is needed; directly to an
        OBServer it must be left out.
    "#]],
    );
    // One look takes two sessions, and nobody tries again.
    assert!(cluster.logins().refused <= 2, "{:?}", cluster.logins());
    let complaint = terraform.fail(&["apply", "-no-color", "-auto-approve"]);
    assert!(!complaint.contains("planted-wrong"), "{complaint}");
}

#[test]
fn a_login_that_may_not_read_the_views_is_told_what_it_needs() {
    let (cluster, terraform) = (Cluster::start(Profile::Ce4210), terraform());
    let allow = |privileges| cluster.control(|cluster| cluster.create_user("sys", "plan", "", privileges));
    let block = json!({ "endpoints": cluster.endpoints(), "username": "plan", "max_connections": 1 });
    configure(&terraform, &block, "mysql_tenant", "1");
    allow(Privileges::None).unwrap();
    check(
        &cluster,
        &terraform,
        expect![[r#"
        Error: The login lacks a privilege

          with oceanbase_backup_destination.shop,
          on destination.tf line 1, in resource "oceanbase_backup_destination" "shop":
           1: resource "oceanbase_backup_destination" "shop" {

        We tried this: reading the state of the cluster

          SELECT /*+ QUERY_TIMEOUT(60000000) */ DISTINCT TENANT_ID, NAME, VALUE FROM oceanbase.GV$OB_PARAMETERS WHERE NAME IN ('min_observer_version', 'cluster', 'cluster_id', 'archive_lag_target')

        The server said:

          error 1142 (42000): SELECT command denied to user 'plan'@'%' for table 'gv$ob_parameters'

        To read, the user needs SELECT on the database oceanbase (GRANT SELECT ON
        oceanbase.* TO …); to change anything, ALTER SYSTEM, too (GRANT ALTER SYSTEM
        ON *.* TO …); for events, EVENT. A login to a user tenant manages that tenant
        only. A client that ob_tcp_invited_nodes of the tenant leaves out is refused
        like this when it logs in.
    "#]],
    );

    // What the guide says is enough to plan is enough.
    allow(Privileges::Select).unwrap();
    terraform.plan().assert_counts(1, 0, 0);
    let complaint = terraform.fail(&["apply", "-no-color", "tfplan"]);
    assert!(complaint.contains("GRANT ALTER SYSTEM ON *.* TO …"), "{complaint}");
}

#[test]
fn nobody_logs_in_to_a_tenant_in_oracle_mode() {
    let cluster = Cluster::start_with(Profile::Ee4353, |options, _| options.oracle_tenants = 1);
    let terraform = terraform();
    let block = json!({ "endpoints": cluster.endpoints(), "username": "SYS", "tenant": "oracle_tenant" });
    configure(&terraform, &block, "oracle_tenant", "1");
    check(
        &cluster,
        &terraform,
        expect![[r#"
        Error: An Oracle-mode tenant cannot be logged in to

          with oceanbase_backup_destination.shop,
          on destination.tf line 1, in resource "oceanbase_backup_destination" "shop":
           1: resource "oceanbase_backup_destination" "shop" {

        Logging in as SYS@oracle_tenant at HOST:PORT, the server said:

          error 1235 (0A000): Oracle tenant for current client driver is not supported

        Log in to sys, which manages tenants of both modes.
    "#]],
    );
}

fn with_login_of(tenant: &str, password: &str, cluster: &Cluster) -> Json {
    let login = json!({ "username": "root", "password": format!("${{var.{password}}}") });
    json!({ "endpoints": cluster.endpoints(), "tenant_credentials": { tenant: login } })
}

#[test]
fn a_wrong_password_of_a_tenant_is_said_where_its_login_will_be_needed() {
    let cluster = Cluster::start_with(Profile::Ce4410, |options, _| {
        options.passwords = [("mysql_tenant".to_owned(), "right".to_owned())].into();
    });
    let terraform = terraform();
    let [right, wrong] = ["right", "wrong"].map(|password| with_login_of("mysql_tenant", password, &cluster));
    configure(&terraform, &wrong, "mysql_tenant", "1");
    terraform.apply();
    cluster.forget_statements();
    terraform.assert_settled();
    assert_eq!(cluster.logins().refused, 0, "nobody needed the login");

    configure(&terraform, &wrong, "mysql_tenant", "2");
    check(
        &cluster,
        &terraform,
        expect![[r#"
        Error: The login was refused

          with oceanbase_backup_destination.shop,
          on destination.tf line 3, in resource "oceanbase_backup_destination" "shop":
           3:   storage = {
           4:     type = "oss", bucket = "b", host = "h", path = "p"
           5:     access_id = "i", access_key_wo = "key-2", access_key_wo_version = "2"
           6:   }

        Logging in as root@mysql_tenant at HOST:PORT, the server said:

          error 1045 (42000): Access denied for user 'root'@'xxx.xxx.xxx.xxx' (using password: YES)

        Check username, password, tenant and cluster: a wrong tenant is reported like
        a wrong password. Through OBProxy the cluster is needed; directly to an
        OBServer it must be left out.

        This is the login that `tenant_credentials` of the provider block has for
        `mysql_tenant`: the server takes the change only in a session of the tenant
        itself.
    "#]],
    );
    let complaint = terraform.fail(&["apply", "-no-color", "-auto-approve"]);
    assert!(!complaint.contains("planted-wrong"), "{complaint}");
    assert_eq!(cluster.changes(), [""; 0]);

    configure(&terraform, &right, "mysql_tenant", "2");
    terraform.plan().assert_counts(0, 1, 0);
    terraform.apply_plan();
    assert_eq!(cluster.changes().len(), 1);
    terraform.assert_settled();
}

#[test]
fn the_key_of_a_tenant_in_oracle_mode_is_changed_by_hand() {
    let cluster = Cluster::start_with(Profile::Ee4353, |options, _| options.oracle_tenants = 1);
    let terraform = terraform();
    let block = with_login_of("oracle_tenant", "right", &cluster);
    configure(&terraform, &block, "oracle_tenant", "1");
    terraform.apply();
    configure(&terraform, &block, "oracle_tenant", "2");
    check(
        &cluster,
        &terraform,
        expect![[r#"
        Error: An Oracle-mode tenant changes its destination itself

          with oceanbase_backup_destination.shop,
          on destination.tf line 3, in resource "oceanbase_backup_destination" "shop":
           3:   storage = {
           4:     type = "oss", bucket = "b", host = "h", path = "p"
           5:     access_id = "i", access_key_wo = "key-2", access_key_wo_version = "2"
           6:   }

        The server changes the key or the limits of an existing destination only in a
        session of the tenant itself, and the provider cannot log in to Oracle-mode
        tenants. Log in to `oracle_tenant` with obclient, and run

          ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p?host=h' SET ACCESS_INFO = 'access_id=…&access_key=…';

        (or SET ATTRIBUTE = 'max_iops=…&max_bandwidth=…'). Then let Terraform record
        the new key version without acting on it: apply once without
        `access_key_wo_version`, and once with the new one. With a storage profile,
        give the Oracle-mode tenants one of their own first, and do so with its
        `access_key_version`: a MySQL-mode tenant on the same profile would not get
        the new key.
    "#]],
    );
    assert_eq!(cluster.logins().refused, 0, "nothing is tried that cannot succeed");
}
