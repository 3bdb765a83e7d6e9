//! What the practitioner reads, word for word.

use crate::{archivelog, destination, prepared};
use acceptance_tests::terraform::without_override_warning;
use expect_test::{Expect, expect};
use oceanbase_simulator::cluster::Profile;
use serde_json::json;

/// Compares what was printed, without blanks at the ends of lines.
pub(crate) fn check(printed: &str, expected: Expect) {
    let printed = without_override_warning(printed);
    let lines: Vec<&str> = printed.trim().lines().map(str::trim_end).collect();
    expected.assert_eq(&format!("{}\n", lines.join("\n")));
}

/// The line of the configuration is as long as the configuration.
fn without_configuration(printed: &str) -> String {
    let lines = printed.lines();
    let lines: Vec<&str> = lines
        .filter(|line| !line.contains("main.tf.json") && !line.contains("1: {"))
        .collect();
    lines.join("\n")
}

#[test]
fn a_mistake() {
    let (_cluster, terraform) = prepared(Profile::Ce4210, &json!({}));
    terraform.write(
        "destination.tf",
        "resource \"oceanbase_backup_destination\" \"shop\" {\n  tenant = \"shop\"\n  storage = {\n    type = \"nfs\"\n    \
         path = \"backup/shop\"\n  }\n}\n",
    );
    check(
        &terraform.run(&["validate", "-no-color"]).stderr,
        expect![[r#"
        Error: Invalid `storage.path`

          with oceanbase_backup_destination.shop,
          on destination.tf line 3, in resource "oceanbase_backup_destination" "shop":
           3:   storage = {
           4:     type = "nfs"
           5:     path = "backup/shop"
           6:   }

        The path of an `nfs` storage must be absolute, such as `/data/backup`; got
        `backup/shop`. The server takes a relative one, and then writes below the
        working directory of one OBServer.
    "#]],
    );
}

#[test]
fn drift() {
    let resources = json!({ "resource": { "oceanbase_archivelog": { "shop": archivelog("mysql_tenant") } } });
    let (cluster, terraform) = prepared(Profile::Ce4210, &resources);
    terraform.apply();
    cluster.sys("ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant");
    check(
        &without_configuration(&terraform.run(&["plan", "-no-color"]).stdout),
        expect![[r#"
        oceanbase_archivelog.shop: Refreshing state...

        Terraform used the selected providers to generate the following execution
        plan. Resource actions are indicated with the following symbols:
          ~ update in-place

        Terraform will perform the following actions:

          # oceanbase_archivelog.shop will be updated in-place
          ~ resource "oceanbase_archivelog" "shop" {
              ~ enabled               = false -> true
              ~ round_id              = 1 -> (known after apply)
                # (10 unchanged attributes hidden)
            }

        Plan: 0 to add, 1 to change, 0 to destroy.

        Warning: Archiving will have a gap

          with oceanbase_archivelog.shop,

        Tenant `mysql_tenant` archives nothing at present; a new round is started.
        Logs written since the last one ended are not archived, and no restore can
        cross the gap: take a full backup afterwards.
    "#]],
    );
}

#[test]
fn a_directory_that_is_not_empty() {
    let resources = json!({ "resource": { "oceanbase_backup_destination": { "shop": destination("mysql_tenant") } } });
    let (cluster, terraform) = prepared(Profile::Ce4410, &resources);
    let file = "file:///backup/mysql_tenant/data/notes.txt";
    cluster.control(|cluster| cluster.put_file(file, "mine")).unwrap();
    let run = terraform.run(&["apply", "-no-color", "-auto-approve"]);
    check(
        &without_configuration(&run.stderr),
        expect![[r#"
            Error: The destination is not empty and has no format file

              with oceanbase_backup_destination.shop,

            We tried this: setting the backup destination of tenant mysql_tenant

              ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup/mysql_tenant/data' TENANT = `mysql_tenant`

            The server said:

              error 9080 (HY000): format file does not exist, try to set a new directory.

            Use a new or empty directory. If an earlier attempt failed half-way (a
            timeout, a lost connection, a lacking right), remove what it left there, the
            directory check_file, and apply again: the server does not remove it, and
            takes it for foreign content.
        "#]],
    );
}
