//! The data sources, read once on every profile.

use crate::records::{back_up, protected};
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::cluster::{FileStatus, Profile};
use serde_json::{Value as Json, json};

pub(crate) const DESCRIBED: [&str; 10] = [
    "oceanbase_archivelog_status",
    "oceanbase_backup_destinations",
    "oceanbase_backup_health",
    "oceanbase_backup_jobs",
    "oceanbase_backup_sets",
    "oceanbase_cluster",
    "oceanbase_delete_jobs",
    "oceanbase_delete_policy",
    "oceanbase_restore_window",
    "oceanbase_tenants",
];

/// The attributes of an answer, without those that are null.
pub(crate) fn read(cluster: &Cluster, data_source: &str, config: Json) -> Json {
    let plugin = Plugin::configured(&cluster.provider_block());
    plugin.data(data_source, &config).succeeded().to_model_json()
}

#[test]
fn the_cluster_says_what_it_is_and_can_do() {
    for (profile, version, edition, throttles, backup_key) in [
        (Profile::Ce4210, "4.2.1.0", "community", false, false),
        (Profile::Ee4353, "4.3.5.3", "enterprise", true, true),
        (Profile::Ce4410, "4.4.1.0", "community", true, false),
    ] {
        let cluster = Cluster::start(profile);
        let answer = read(&cluster, "oceanbase_cluster", json!({}));
        assert_eq!(
            (&answer["name"], &answer["id"]),
            (&json!("obcluster"), &json!(1)),
            "{profile}"
        );
        assert_eq!(
            (&answer["version"], &answer["server_version"]),
            (&json!(version), &json!(version))
        );
        assert_eq!(answer["edition"], edition);
        assert_eq!(answer["capabilities"]["throttles"], throttles);
        assert_eq!(answer["capabilities"]["s3"], throttles);
        assert_eq!(answer["capabilities"]["backup_key"], backup_key);
        let clock = answer["clock"].as_str().unwrap();
        assert!(
            clock.len() == 27 && clock.contains('T') && clock.ends_with('Z'),
            "{clock}"
        );
    }
}

#[test]
fn the_tenants_say_when_they_were_backed_up_and_what_deletes_it() {
    let cluster = protected(Profile::Ce4410);
    let alone = read(&cluster, "oceanbase_tenants", json!({}))["tenants"][0].clone();
    assert_eq!(
        (&alone["last_backup_at"], &alone["delete_policy"]),
        (&Json::Null, &Json::Null)
    );
    for _ in 0..2 {
        back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
    }
    cluster.sys("ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d' TENANT mysql_tenant");
    let sets = read(&cluster, "oceanbase_backup_sets", json!({}))["sets"].clone();
    let finished = |id: i64| {
        let mut sets = sets.as_array().unwrap().iter();
        sets.find(|set| set["backup_set_id"] == id).unwrap()["finished_at"].clone()
    };
    let tenants = || read(&cluster, "oceanbase_tenants", json!({}))["tenants"].clone();
    let both = tenants();
    assert_eq!(
        (&both[0]["last_backup_at"], &both[0]["delete_policy"]),
        (&finished(2), &json!("default"))
    );
    assert_eq!(
        (&both[1]["last_backup_at"], &both[1]["delete_policy"]),
        (&Json::Null, &Json::Null)
    );
    // A backup that is gone is none.
    cluster
        .control(|cluster| cluster.set_file_status("mysql_tenant", 2, FileStatus::Deleted))
        .unwrap();
    assert_eq!(tenants()[0]["last_backup_at"], finished(1));
}

#[test]
fn the_tenants_say_how_they_are_protected() {
    for profile in Profile::ALL {
        let cluster = Cluster::start_with(profile, |options, _| {
            options.tenants = 2;
            options.oracle_tenants = 1;
        });
        cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/d?host=h&access_id=i&access_key=hidden' TENANT = mysql_tenant");
        cluster.sys("ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///log' TENANT = mysql_tenant");
        cluster.sys("ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant");
        let all = read(&cluster, "oceanbase_tenants", json!({}));
        assert_eq!(
            all["names"],
            json!(["mysql_tenant", "mysql_tenant_2", "oracle_tenant"]),
            "{profile}"
        );
        let first = &all["tenants"][0];
        assert_eq!(
            (&first["id"], &first["mode"], &first["role"]),
            (&json!(1002), &json!("mysql"), &json!("primary"))
        );
        assert_eq!(
            (&first["log_mode"], &first["archive_destination"]),
            (&json!("archivelog"), &json!("file:///log"))
        );
        assert_eq!(first["backup_destination"], "oss://b/d?host=h&access_id=i");
        let second = &all["tenants"][1];
        assert_eq!(
            (&second["log_mode"], &second["protected"]),
            (&json!("noarchivelog"), &json!(false))
        );
        let names = |config| read(&cluster, "oceanbase_tenants", config)["names"].clone();
        assert_eq!(names(json!({ "mode": "oracle" })), json!(["oracle_tenant"]));
        assert_eq!(names(json!({ "role": "standby" })), json!([]));
        let unprotected = json!(["mysql_tenant_2", "oracle_tenant"]);
        assert_eq!(names(json!({ "unprotected_only": true })), unprotected);
        cluster
            .control(|cluster| cluster.recycle_tenant("mysql_tenant_2", true))
            .unwrap();
        assert_eq!(names(json!({ "mode": "mysql" })), json!(["mysql_tenant"]));
        let recycled = json!({ "mode": "mysql", "include_unavailable": true });
        assert_eq!(names(recycled), json!(["mysql_tenant", "mysql_tenant_2"]));
    }
}
