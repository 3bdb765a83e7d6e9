//! The operations that are disturbed.

use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};

/// The tenant that everything happens to.
pub(crate) const TENANT: &str = "mysql_tenant";
pub(crate) const ARCHIVELOG: &str = "oceanbase_archivelog";
pub(crate) const DESTINATION: &str = "oceanbase_backup_destination";
pub(crate) const KEY: &str = "oceanbase_backup_key";
pub(crate) const RUN: &str = "oceanbase_backup_run";

/// What a tenant needs to be backed up, in a session of sys.
const PROTECTED: [&str; 3] = [
    "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup/data' TENANT = mysql_tenant",
    "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///backup/log' TENANT = mysql_tenant",
    "ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant",
];

/// From one configuration to another; null is no object.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) title: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) before: Json,
    pub(crate) after: Json,
    /// What an administrator does first, in sys.
    pub(crate) setup: &'static [&'static str],
    /// What an administrator does between the two.
    pub(crate) between: &'static [&'static str],
    /// The release can do it.
    pub(crate) possible: fn(Profile) -> bool,
    /// Whether the views of the release show that it was done.
    pub(crate) visible: fn(Profile) -> bool,
}

/// A create, updates by the longest way and by the one that no view shows, and a delete of every resource.
pub(crate) fn operations() -> Vec<Operation> {
    let archive =
        |path: &str| json!({ "tenant": TENANT, "lag_target": "5m", "storage": { "type": "nfs", "path": path } });
    let backups = |path: &str| json!({ "tenant": TENANT, "storage": { "type": "nfs", "path": path } });
    vec![
        operation("begin to archive", ARCHIVELOG, Json::Null, archive("/backup/log")),
        operation(
            "move a running archive",
            ARCHIVELOG,
            archive("/backup/log"),
            archive("/moved/log"),
        ),
        rotation("rotate the key of the archive", ARCHIVELOG),
        operation(
            "stop archiving and clear the destination",
            ARCHIVELOG,
            destroyed(archive("/backup/log"), "stop_and_clear"),
            Json::Null,
        ),
        operation(
            "set the backup destination",
            DESTINATION,
            Json::Null,
            backups("/backup/data"),
        ),
        operation(
            "move the backups",
            DESTINATION,
            backups("/backup/data"),
            backups("/moved/data"),
        ),
        rotation("rotate the key of the backups", DESTINATION),
        operation(
            "clear the backup destination",
            DESTINATION,
            destroyed(backups("/backup/data"), "clear"),
            Json::Null,
        ),
        of_keys("export the keys", Json::Null, keys("/backup/keys")),
        of_keys("export the keys elsewhere", keys("/backup/keys"), keys("/moved/keys")),
        of_keys("forget the keys", keys("/backup/keys"), Json::Null),
        backup("make a backup", Json::Null, run("first")),
        backup("make a protected backup", Json::Null, protected(run("first"))),
        backup("make another backup", run("first"), run("second")),
        Operation {
            possible: |profile| profile == Profile::Ce4410,
            // The last one would not be deleted; this one is enough by itself.
            between: &["ALTER SYSTEM BACKUP TENANT = mysql_tenant PLUS ARCHIVELOG"],
            ..backup("delete a backup", destroyed(run("first"), "delete_set"), Json::Null)
        },
    ]
}

/// What only sys can do: a statement of all tenants leaves no row of a tenant at first, so that nothing but the row of sys tells of it.
pub(crate) fn backup_of_all_tenants() -> Operation {
    let all = json!({ "all_tenants": true, "run_key": "first" });
    backup("back up all tenants", Json::Null, all)
}

fn keys(path: &str) -> Json {
    json!({
        "tenant": TENANT, "storage": { "type": "nfs", "path": path }, "password_wo": "s3cr3t", "password_wo_version": "1",
    })
}

/// Of Enterprise Edition alone, and nothing that a view would show.
fn of_keys(title: &'static str, before: Json, after: Json) -> Operation {
    Operation {
        possible: |profile| profile == Profile::Ee4353,
        visible: |_| false,
        ..operation(title, KEY, before, after)
    }
}

fn backup(title: &'static str, before: Json, after: Json) -> Operation {
    Operation {
        setup: &PROTECTED,
        ..operation(title, RUN, before, after)
    }
}

fn run(run_key: &str) -> Json {
    json!({ "tenant": TENANT, "run_key": run_key })
}

fn protected(mut run: Json) -> Json {
    (run["password_wo"], run["password_wo_version"]) = (json!("s3cr3t"), json!("1"));
    run
}

fn operation(title: &'static str, resource: &'static str, before: Json, after: Json) -> Operation {
    Operation {
        title,
        resource,
        before,
        after,
        setup: &[],
        between: &[],
        possible: |_| true,
        visible: |_| true,
    }
}

/// In place, which the oldest release cannot do. Only Community Edition shows keys as they are.
fn rotation(title: &'static str, resource: &'static str) -> Operation {
    let with_key = |version: &str| {
        json!({ "tenant": TENANT, "storage": {
            "type": "oss", "bucket": "b", "host": "h", "path": "p", "access_id": "i",
            "access_key_wo": format!("key-{version}"), "access_key_wo_version": version,
        } })
    };
    Operation {
        possible: |profile| profile != Profile::Ce4210,
        visible: |profile| profile != Profile::Ee4353,
        ..operation(title, resource, with_key("1"), with_key("2"))
    }
}

fn destroyed(mut config: Json, on_destroy: &str) -> Json {
    config["on_destroy"] = json!(on_destroy);
    config
}
