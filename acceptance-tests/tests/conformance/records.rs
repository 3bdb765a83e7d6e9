//! The data sources that tell of backups made, under way and deleted, on every profile.

use crate::data_sources::read;
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A cluster whose first tenant is protected.
pub(crate) fn protected(profile: Profile) -> Cluster {
    let cluster = Cluster::start_with(profile, |options, _| options.tenants = 2);
    cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data' TENANT = mysql_tenant");
    cluster.sys("ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///log' TENANT = mysql_tenant");
    cluster.sys("ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant");
    until(
        &cluster,
        "SELECT COUNT(*) FROM oceanbase.CDB_OB_ARCHIVELOG WHERE STATUS = 'DOING'",
        "1",
    );
    cluster
}

/// Each look brings the next transition about.
fn until(cluster: &Cluster, query: &str, value: &str) {
    let reached = (0..200).any(|_| cluster.value(query).as_deref() == Some(value));
    assert!(reached, "{query} did not become {value}");
}

/// Sends a statement that starts a backup, and waits for its end.
pub(crate) fn back_up(cluster: &Cluster, statement: &str) {
    cluster.sys(statement);
    until(cluster, "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_JOBS", "0");
}

#[test]
fn jobs_are_listed_with_their_end() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        back_up(
            &cluster,
            "ALTER SYSTEM BACKUP TENANT = mysql_tenant DESCRIPTION = 'nightly'",
        );
        back_up(
            &cluster,
            "ALTER SYSTEM BACKUP INCREMENTAL TENANT = mysql_tenant PLUS ARCHIVELOG",
        );
        let jobs = |config: Json| read(&cluster, "oceanbase_backup_jobs", config)["jobs"].clone();
        let of_tenant = jobs(json!({ "tenant": "mysql_tenant" }));
        let kinds: Vec<&Json> = of_tenant.as_array().unwrap().iter().map(|job| &job["type"]).collect();
        assert_eq!(kinds, ["incremental", "full"], "{profile}: newest first");
        let full = &of_tenant[1];
        assert_eq!(
            (&full["state"], &full["status"]),
            (&json!("completed"), &json!("COMPLETED"))
        );
        assert_eq!((&full["description"], &full["result"]), (&json!("nightly"), &json!(0)));
        assert_eq!((&full["backup_set_id"], &full["explanation"]), (&json!(1), &Json::Null));
        assert!(full["started_at"].as_str() < full["finished_at"].as_str());
        assert_eq!(of_tenant[0]["plus_archivelog"], true);

        let completed = jobs(json!({ "states": ["completed"] }));
        assert_eq!(completed.as_array().unwrap().len(), 2, "parents are left out");
        let parent = jobs(json!({ "states": ["completed"], "include_parents": true }))[3].clone();
        assert_eq!(
            (&parent["tenant"], &parent["tenants"]),
            (&json!("sys"), &json!(["mysql_tenant"]))
        );
        assert_eq!(parent["job_id"], full["parent_job_id"]);
        assert_eq!(jobs(json!({ "types": ["backup_archive"] })), json!([]));
        assert_eq!(jobs(json!({ "tenant": "mysql_tenant_2" })), json!([]));
    }
}

#[test]
fn a_failed_job_is_explained() {
    let cluster = protected(Profile::Ce4410);
    cluster.control(|cluster| cluster.remove_files("file:///data")).unwrap();
    back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
    let failed = read(
        &cluster,
        "oceanbase_backup_jobs",
        json!({ "tenant": "mysql_tenant", "states": ["failed"] }),
    );
    let job = &failed["jobs"][0];
    assert_eq!(job["result"], -9080);
    let explanation = job["explanation"].as_str().unwrap();
    assert!(
        explanation.starts_with("The destination is not empty and has no format file. "),
        "{explanation}"
    );
}

#[test]
fn deletions_that_found_nothing_are_left_out() {
    let cluster = protected(Profile::Ce4410);
    cluster.sys("ALTER SYSTEM ADD DELETE BACKUP POLICY = 'default' RECOVERY_WINDOW = '1d' TENANT = mysql_tenant");
    cluster
        .sql("mysql_tenant", "ALTER SYSTEM DELETE OBSOLETE BACKUP")
        .unwrap();
    until(
        &cluster,
        "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_DELETE_JOBS",
        "0",
    );
    let jobs = |config: Json| read(&cluster, "oceanbase_delete_jobs", config)["jobs"].clone();
    assert_eq!(jobs(json!({})), json!([]));
    let idle = &jobs(json!({ "include_idle": true }))[0];
    assert_eq!(
        (&idle["type"], &idle["task_count"]),
        (&json!("DELETE OBSOLETE BACKUP"), &json!(0))
    );
}

#[test]
fn sets_are_listed_with_what_keeps_them() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
        back_up(&cluster, "ALTER SYSTEM BACKUP INCREMENTAL TENANT = mysql_tenant");
        let sets = |config: Json| read(&cluster, "oceanbase_backup_sets", config)["sets"].clone();
        let all = sets(json!({}));
        let (full, incremental) = (&all[0], &all[1]);
        assert_eq!(
            (&full["type"], &incremental["type"]),
            (&json!("full"), &json!("incremental")),
            "{profile}"
        );
        assert_eq!(incremental["full_backup_set_id"], full["backup_set_id"]);
        assert_eq!(
            (&full["usable"], &full["kept_because"]),
            (&json!(true), &json!("no_policy"))
        );
        assert!(full["stored_bytes"].as_u64() > Some(0) && full["min_restore_scn"].as_u64() > Some(0));
        assert_eq!(sets(json!({ "type": "incremental" })).as_array().unwrap().len(), 1);
        assert_eq!(sets(json!({ "tenant": "mysql_tenant_2" })), json!([]));
    }
}

#[test]
fn the_log_archive_tells_how_far_it_is() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        let status = |tenant: &str| read(&cluster, "oceanbase_archivelog_status", json!({ "tenant": tenant }));
        let archived = status("mysql_tenant");
        assert_eq!(archived["status"], "DOING", "{profile}");
        assert!(archived["delay_seconds"].as_f64() >= Some(0.0));
        assert_eq!(archived["rounds"][0]["round_id"], 1);
        assert_eq!(archived["pieces"][0]["file_status"], "AVAILABLE");
        let never = status("mysql_tenant_2");
        assert_eq!((&never["status"], &never["rounds"]), (&Json::Null, &json!([])));
    }
}

#[test]
fn a_moment_is_restorable_after_a_backup_and_before_the_end_of_the_log() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        let window = |config: Json| read(&cluster, "oceanbase_restore_window", config);
        assert_eq!(window(json!({ "tenant": "mysql_tenant" }))["restorable"], false);
        back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
        cluster.control(|cluster| cluster.advance(Duration::from_secs(3_600)));
        let after = window(json!({ "tenant": "mysql_tenant", "covers": "2020-01-01T00:00:00Z" }));
        assert_eq!(
            (&after["restorable"], &after["covered"]),
            (&json!(true), &json!(false)),
            "{profile}"
        );
        assert_eq!(after["windows"][0]["backup_set_ids"], json!([1]));
        let earliest = after["earliest_at"].as_str().unwrap();
        assert!(Some(earliest) < after["latest_at"].as_str(), "{after}");
        assert_eq!(
            window(json!({ "tenant": "mysql_tenant", "covers": earliest }))["covered"],
            true
        );
        assert_eq!(after["gaps"], json!([]));
    }
}

#[test]
fn health_is_judged_by_the_limits() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        let limits = |tenants: Json| json!({ "tenants": tenants, "log_backup_delay": "2h", "days_without_successful_backup": 1 });
        let before = read(&cluster, "oceanbase_backup_health", limits(Json::Null));
        let expected = json!([
            "mysql_tenant: There is no usable backup",
            "mysql_tenant_2: The log has never been archived",
            "mysql_tenant_2: There is no usable backup",
        ]);
        assert_eq!(before["breaches"], expected, "{profile}");
        back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
        let after = read(&cluster, "oceanbase_backup_health", limits(json!(["mysql_tenant"])));
        assert_eq!((&after["healthy"], &after["breaches"]), (&json!(true), &json!([])));
        assert!(after["results"][0]["last_success_at"].is_string());
    }
}

#[test]
fn destinations_are_remembered() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/data?host=h&access_id=i&access_key=hidden' TENANT = mysql_tenant");
        let list = |config: Json| read(&cluster, "oceanbase_backup_destinations", config)["destinations"].clone();
        let shown: Vec<(String, String, bool)> = list(json!({}))
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                let text = |name: &str| entry[name].as_str().unwrap().to_owned();
                (text("purpose"), text("uri"), entry["in_use"].as_bool().unwrap())
            })
            .collect();
        let expected = [
            ("data", "file:///data", false),
            ("archivelog", "file:///log", true),
            ("data", "oss://b/data?host=h&access_id=i", true),
        ];
        let expected = expected.map(|(purpose, uri, in_use)| (purpose.to_owned(), uri.to_owned(), in_use));
        assert_eq!(shown, expected, "{profile}");
        assert_eq!(list(json!({ "in_use_only": true })).as_array().unwrap().len(), 2);
    }
}

/// Data sources that can be asked for one tenant.
const BY_TENANT: [&str; 7] = [
    "oceanbase_archivelog_status",
    "oceanbase_backup_destinations",
    "oceanbase_backup_jobs",
    "oceanbase_backup_sets",
    "oceanbase_delete_jobs",
    "oceanbase_delete_policy",
    "oceanbase_restore_window",
];

#[test]
fn a_tenant_that_is_not_there_is_no_tenant_without_findings() {
    let cluster = protected(Profile::Ce4410);
    cluster
        .control(|cluster| cluster.drop_tenant("mysql_tenant_2"))
        .unwrap();
    let plugin = Plugin::configured(&cluster.provider_block());
    for data_source in BY_TENANT {
        let outcome = plugin.data(data_source, &json!({ "tenant": "mysql_tenant_2" }));
        assert_eq!(outcome.errors(), ["The tenant does not exist"], "{data_source}");
    }
    let outcome = plugin.data("oceanbase_backup_health", &json!({ "tenants": ["mysql_tenant_2"] }));
    assert_eq!(outcome.errors(), ["The tenant does not exist"]);
}

#[test]
fn a_tenant_sees_its_own_records_and_no_others() {
    for profile in Profile::ALL {
        let cluster = protected(profile);
        back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
        let of_sys = Plugin::configured(&cluster.provider_block());
        let block = json!({
            "endpoints": cluster.endpoints(), "tenant": "mysql_tenant", "password": cluster.password("mysql_tenant"),
        });
        let own = Plugin::configured(&block);
        for data_source in BY_TENANT {
            let of_tenant = json!({ "tenant": "mysql_tenant" });
            let mut answers =
                [&own, &of_sys].map(|plugin| plugin.data(data_source, &of_tenant).succeeded().to_model_json());
            for answer in &mut answers {
                for moving in [
                    "delay_seconds",
                    "checkpoint_scn",
                    "checkpoint_at",
                    "latest_at",
                    "rounds",
                    "pieces",
                    "windows",
                ] {
                    answer[moving] = Json::Null;
                }
            }
            assert_eq!(answers[0], answers[1], "{data_source} on {profile}");
            let outcome = own.data(data_source, &json!({ "tenant": "mysql_tenant_2" }));
            assert_eq!(
                outcome.errors(),
                ["The login belongs to another tenant"],
                "{data_source}"
            );
        }
        let health = own.data(
            "oceanbase_backup_health",
            &json!({ "days_without_successful_backup": 1 }),
        );
        assert_eq!(health.succeeded().to_model_json()["healthy"], true, "{profile}");
    }
}

#[test]
fn keys_that_the_server_quotes_are_not_shown() {
    let cluster = protected(Profile::Ce4410);
    let quoted = "cannot write oss://b/log?host=h&access_id=i&access_key=hidden";
    let description = "oss://b/data?access_key=hidden";
    back_up(
        &cluster,
        &format!("ALTER SYSTEM BACKUP TENANT = mysql_tenant DESCRIPTION = '{description}'"),
    );
    cluster
        .control(|cluster| cluster.interrupt_archive("mysql_tenant", quoted))
        .unwrap();
    let status = read(
        &cluster,
        "oceanbase_archivelog_status",
        json!({ "tenant": "mysql_tenant" }),
    );
    assert_eq!(
        status["comment"],
        "cannot write oss://b/log?host=h&access_id=i&access_key=***"
    );
    let jobs = read(&cluster, "oceanbase_backup_jobs", json!({}));
    assert_eq!(jobs["jobs"][0]["description"], "oss://b/data?access_key=***");
}

#[test]
fn a_leader_that_moves_between_two_views_is_asked_again() {
    let cluster = protected(Profile::Ce4410);
    cluster.fail_once(
        "CDB_OB_BACKUP_SET_FILES",
        4038,
        "The observer or zone is not the master",
    );
    let sets = read(&cluster, "oceanbase_backup_sets", json!({}));
    assert_eq!(sets["sets"], json!([]));
}

#[test]
fn passwords_of_sets_are_never_read() {
    let cluster = protected(Profile::Ee4353);
    cluster.forget_statements();
    read(&cluster, "oceanbase_backup_sets", json!({}));
    read(&cluster, "oceanbase_backup_jobs", json!({}));
    let sent = cluster.statements();
    assert!(
        sent.iter().any(|sql| sql.contains("CDB_OB_BACKUP_SET_FILES")),
        "{sent:?}"
    );
    assert!(
        sent.iter().all(|sql| !sql.contains("PASSWD") && !sql.contains(" * ")),
        "{sent:?}"
    );
}

#[test]
fn a_full_without_its_log_supersedes_nothing_on_newer_releases() {
    for (profile, kept) in [
        (Profile::Ce4210, Json::Null),
        (Profile::Ee4353, Json::Null),
        (Profile::Ce4410, json!("restores_recovery_window")),
    ] {
        let cluster = protected(profile);
        let days = |days: u64| cluster.control(|cluster| cluster.advance(Duration::from_secs(days * 86_400)));
        back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
        days(3);
        back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
        days(3);
        cluster.control(|cluster| cluster.lose_pieces("mysql_tenant")).unwrap();
        cluster.sys("ALTER SYSTEM ADD DELETE BACKUP POLICY = 'default' RECOVERY_WINDOW = '1d' TENANT = mysql_tenant");
        let sets = read(&cluster, "oceanbase_backup_sets", json!({}))["sets"].clone();
        assert_eq!(sets[0]["kept_because"], kept, "{profile}");
    }
}

#[test]
fn records_are_read_once_for_all_that_ask_and_hourly_jobs_only_when_asked_for() {
    let cluster = protected(Profile::Ce4410);
    let plugin = Plugin::configured(&cluster.provider_block());
    cluster.forget_statements();
    for tenant in ["mysql_tenant", "mysql_tenant_2"] {
        for data_source in [
            "oceanbase_backup_sets",
            "oceanbase_restore_window",
            "oceanbase_delete_policy",
        ] {
            plugin.data(data_source, &json!({ "tenant": tenant })).succeeded();
        }
    }
    let reads = |view: &str| cluster.statements().iter().filter(|sql| sql.contains(view)).count();
    for view in [
        "CDB_OB_BACKUP_SET_FILES",
        "CDB_OB_ARCHIVELOG_PIECE_FILES",
        "CDB_OB_BACKUP_DELETE_POLICY",
    ] {
        assert_eq!(reads(view), 1, "{view}");
    }
    assert_eq!(reads("CDB_OB_BACKUP_DELETE_JOB"), 0);
    plugin.data("oceanbase_delete_jobs", &json!({})).succeeded();
    assert_eq!(reads("CDB_OB_BACKUP_DELETE_JOB_HISTORY"), 1);
}
