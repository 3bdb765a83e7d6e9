//! Mistakes, as a newcomer makes them and reads the answer.
//!
//! | Mistake | Test |
//! | --- | --- |
//! | relative path, `?` or blank or scheme in a path, path too long, root directory, options of object storage on nfs | `validation::a_directory_is_absolute_and_carries_no_options` |
//! | no bucket, host, appid, key; keys together with a role; what is for another kind of storage; limits without a unit, or too large | `validation::an_object_storage_has_a_place_and_a_key` |
//! | intervals, lag targets, values of a list, `timeouts`, names of tenants that are none | `validation::archiving_has_its_own_limits`, `validation::no_time_is_no_timeout` |
//! | half a key in a profile, a key with blanks | `validation::a_storage_profile_has_a_whole_key`, `validation::a_mistake_in_a_key_does_not_show_the_key` |
//! | a profile that there is none of, or that leaves something out | [`a_profile_that_does_not_exist_or_does_not_suffice`] |
//! | unknown attributes, wrong types | [`terraform_itself_refuses_what_the_schema_does_not_have`] |
//! | unknown tenant, wrong case, blanks around a name | [`a_tenant_that_is_not_there`] |
//! | tenant that was dropped | [`a_tenant_that_was_dropped_is_no_obstacle`] |
//! | quotation marks, backslashes, letters beyond ASCII in a path | [`every_letter_in_a_path_arrives`] |
//! | tenant that is being created, restored, dropped | [`a_tenant_that_is_not_ready`] |
//! | tenant in Oracle mode | [`an_oracle_tenant_is_managed_from_sys_but_for_its_key`] |
//! | path used by two resources of the plan: equal, nested, two purposes | [`a_directory_that_two_resources_want`] |
//! | path used by another tenant in the cluster: equal, nested | [`a_directory_that_the_cluster_uses`] |
//! | the same object twice | [`two_resources_for_one_object`] |
//! | tenant that writes elsewhere | `adoption::another_location_is_refused_until_told_otherwise` |
//! | directory that is not empty (9080) | `messages::a_directory_that_is_not_empty` |
//! | directory of somebody else (9081) | [`a_directory_that_belonged_to_somebody_else`] |
//! | destination left half-made (4012, then 9080 or 9081) | [`a_destination_that_was_left_half_made`] |
//! | destination changed while a backup runs (9036) | [`a_destination_changed_while_a_backup_runs`] |
//! | archiving that must stop first | [`a_change_that_stops_archiving`] |
//! | lag target of the cluster that s3 does not take | [`a_lag_target_that_s3_does_not_take`] |
//! | archiving that is interrupted | [`an_archive_that_is_interrupted`] |
//! | settings that the cluster is too old for | `conformance` (every update says which), [`settings_that_the_cluster_is_too_old_for`] |
//! | settings that are fixed per path | `conformance::storage` |
//! | role without a credential (4023) | [`a_role_without_a_credential`] |
//! | key or option of a path that was used before | [`a_path_that_was_used_before_with_another_key`], [`a_path_that_was_used_before_with_another_option`] |
//! | access ID that a profile changes | [`what_a_profile_changes_is_said`] |
//! | wrong import ID | [`an_import_id_that_is_wrong`] |
//! | another cluster than expected, read-only provider, nobody at the endpoint | `connecting` |
//! | wrong password | `logins` |
//! | server older than 4.1, newer than known, or no OceanBase | unit tests of the provider's `cluster` |

use crate::{archivelog, destination, prepared, protected};
use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::{CompatibilityMode, Profile, TenantStatus};
use serde_json::{Value as Json, json};
use std::time::Duration;

const DESTINATION: &str = "oceanbase_backup_destination";
const ARCHIVELOG: &str = "oceanbase_archivelog";

/// A configuration with one resource.
fn one(resource: &str, config: &Json) -> Json {
    json!({ "resource": { resource: { "it": config } } })
}

fn at(tenant: &str, path: &str) -> Json {
    json!({ "tenant": tenant, "storage": { "type": "nfs", "path": path } })
}

fn with(mut config: Json, changes: &Json) -> Json {
    for (name, value) in changes.as_object().into_iter().flatten() {
        config[name] = value.clone();
    }
    config
}

/// Asserts that the plan fails, with all of these words; gives what it said.
#[track_caller]
fn refused(terraform: &Terraform, words: &[&str]) -> String {
    let complaint = terraform.fail(&["plan", "-no-color"]);
    assert_words(&complaint, words);
    complaint
}

/// Asserts that the apply fails, with all of these words.
#[track_caller]
fn fails(terraform: &Terraform, words: &[&str]) {
    assert_words(&terraform.fail(&["apply", "-no-color", "-auto-approve"]), words);
}

/// Asserts that the plan succeeds, and warns with all of these words.
#[track_caller]
fn warned(terraform: &Terraform, words: &[&str]) {
    let text = terraform.plan().text;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_words(&text, words);
}

#[track_caller]
fn assert_words(text: &str, words: &[&str]) {
    for part in words {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

#[test]
fn a_profile_that_does_not_exist_or_does_not_suffice() {
    let (cluster, terraform) = (Cluster::start(Profile::Ce4410), Terraform::new());
    let mut provider = cluster.provider_block();
    provider["storage_profiles"] = json!({ "main": { "type": "oss", "access_id": "i", "access_key": "k" } });
    let using = |profile: &str| {
        one(
            DESTINATION,
            &json!({ "tenant": "mysql_tenant", "storage": { "profile": profile, "path": "p" } }),
        )
    };
    terraform.configure(&provider, &using("mian"));
    refused(
        &terraform,
        &["no storage profile `mian`: it has `main`", "or name another"],
    );
    terraform.configure(&provider, &using("main"));
    refused(&terraform, &["`bucket` is required for `oss`", "`host` is required"]);
}

#[test]
fn terraform_itself_refuses_what_the_schema_does_not_have() {
    let (_cluster, terraform) = prepared(
        Profile::Ce4410,
        &one(
            DESTINATION,
            &with(destination("mysql_tenant"), &json!({ "tenent": "x" })),
        ),
    );
    terraform.write("wrong.tf", "");
    refused(&terraform, &["tenent"]);
    let (_cluster, terraform) = prepared(
        Profile::Ce4410,
        &one(
            DESTINATION,
            &json!({ "tenant": "t", "storage": { "type": "nfs", "path": ["/a"] } }),
        ),
    );
    refused(&terraform, &["attribute \"path\": string required"]);
    // Terraform drops what an object attribute does not have before the provider can see it.
    let (_cluster, terraform) = prepared(
        Profile::Ce4410,
        &one(
            DESTINATION,
            &json!({
                "tenant": "mysql_tenant", "storage": { "type": "nfs", "path": "/a", "delete_mod": "tagging" },
            }),
        ),
    );
    terraform.plan().assert_counts(1, 0, 0);
}

#[test]
fn a_tenant_that_is_not_there() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &json!({}));
    for (tenant, words) in [
        (
            "shop",
            ["Error: Unknown tenant", "no user tenant of this name", "case-sensitive"],
        ),
        (
            "MySQL_Tenant",
            [
                "Error: Unknown tenant",
                "no user tenant",
                "Did you mean `mysql_tenant`?",
            ],
        ),
        (
            " mysql_tenant",
            [
                "Error: Unknown tenant",
                "` mysql_tenant`",
                "Did you mean `mysql_tenant`?",
            ],
        ),
        (
            "mysql_tennant",
            [
                "Error: Unknown tenant",
                "no user tenant",
                "Did you mean `mysql_tenant`?",
            ],
        ),
        (
            "my'te`nant",
            ["Error: Unknown tenant", "`my'te`nant`", "no user tenant"],
        ),
        ("租户", ["Error: Unknown tenant", "`租户`", "no user tenant"]),
    ] {
        for (resource, config) in [(DESTINATION, at(tenant, "/x")), (ARCHIVELOG, at(tenant, "/x"))] {
            terraform.configure(&cluster.provider_block(), &one(resource, &config));
            refused(&terraform, &words);
        }
    }
}

#[test]
fn a_tenant_that_was_dropped_is_no_obstacle() {
    let both = protected("mysql_tenant");
    for options in [&[][..], &["-refresh=false"]] {
        let (cluster, terraform) = prepared(Profile::Ce4410, &both);
        terraform.apply();
        cluster.control(|cluster| cluster.drop_tenant("mysql_tenant")).unwrap();
        warned(
            &terraform,
            &["Warning: The tenant was dropped", "Remove it from the configuration"],
        );
        let destroy = [&["destroy", "-no-color", "-auto-approve"], options].concat();
        let said = terraform.succeed(&destroy);
        assert!(!said.contains("keeps") && !said.contains("goes on"), "{said}");
        assert_eq!(terraform.succeed(&["state", "list"]), "");
        fails(&terraform, &["Error: Unknown tenant", "destroy -refresh=false"]);
    }
}

#[test]
fn every_letter_in_a_path_arrives() {
    for profile in Profile::ALL {
        let (cluster, terraform) = prepared(profile, &json!({}));
        for path in [r"/it's/a\b", r#"/"quoted"/ü/备份"#, "/a=b,c;d&e%20f#g"] {
            let resources = json!({ "resource": {
                DESTINATION: { "it": at("mysql_tenant", &format!("{path}/data")) },
                ARCHIVELOG: { "it": at("mysql_tenant", &format!("{path}/log")) },
            } });
            terraform.configure(&cluster.provider_block(), &resources);
            terraform.apply();
            terraform.assert_settled();
            let value = cluster.value("SELECT VALUE FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 1002");
            assert_eq!(value.unwrap(), format!("file://{path}/data"));
        }
    }
}

#[test]
fn a_tenant_that_is_not_ready() {
    let config = with(archivelog("mysql_tenant"), &json!({ "timeouts": { "create": "1s" } }));
    let (cluster, terraform) = prepared(Profile::Ce4410, &one(ARCHIVELOG, &config));
    for (status, name) in [
        (TenantStatus::Creating, "CREATING"),
        (TenantStatus::Restore, "RESTORE"),
        (TenantStatus::Dropping, "DROPPING"),
    ] {
        cluster
            .control(|cluster| cluster.set_tenant_status("mysql_tenant", status))
            .unwrap();
        let state = format!("in the state {name}");
        warned(
            &terraform,
            &["Warning: The tenant is not ready", &state, "shows it as NORMAL"],
        );
    }
    fails(&terraform, &["timeouts"]);
    cluster
        .control(|cluster| cluster.set_tenant_status("mysql_tenant", TenantStatus::Normal))
        .unwrap();
    terraform.apply();
    terraform.assert_settled();
}

#[test]
fn an_oracle_tenant_is_managed_from_sys_but_for_its_key() {
    let (cluster, terraform) = (Cluster::start(Profile::Ee4353), Terraform::new());
    cluster.control(|cluster| cluster.add_tenant("oracle", CompatibilityMode::Oracle));
    let with_key = |version: &str| {
        let storage = json!({
            "type": "oss", "bucket": "b", "host": "h", "path": "p", "access_id": "i", "access_key_wo": version,
            "access_key_wo_version": version,
        });
        one(DESTINATION, &json!({ "tenant": "oracle", "storage": storage }))
    };
    terraform.configure(&cluster.provider_block(), &with_key("1"));
    terraform.apply();
    terraform.assert_settled();
    terraform.configure(&cluster.provider_block(), &with_key("2"));
    refused(
        &terraform,
        &[
            "An Oracle-mode tenant changes its destination itself",
            "obclient",
            "SET ACCESS_INFO",
        ],
    );
}

#[test]
fn a_directory_that_two_resources_want() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &json!({}));
    for (first, second, relation) in [
        ("/x/a", "/x/a", "is the directory which this plan gives to"),
        ("/x/a", "/x//a/", "is the directory which this plan gives to"),
        ("/x/a", "/x/a/b", "this plan gives to"),
        ("/x/a/b", "/x/a", "this plan gives to"),
    ] {
        let tenants = json!({ "resource": { DESTINATION: {
            "first": at("mysql_tenant", first), "second": at("mysql_tenant_2", second),
        } } });
        let purposes = json!({ "resource": {
            DESTINATION: { "first": at("mysql_tenant", first) }, ARCHIVELOG: { "second": at("mysql_tenant", second) },
        } });
        for resources in [tenants, purposes] {
            terraform.configure(&cluster.provider_block(), &resources);
            refused(
                &terraform,
                &["Error: The directory is in use", relation, "choose another `path`"],
            );
        }
    }
}

#[test]
fn a_directory_that_the_cluster_uses() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &json!({}));
    cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///x/a' TENANT = mysql_tenant_2");
    for (path, relation) in [
        (
            "/x/a/",
            "file:///x/a is the directory which holds the data backups of tenant `mysql_tenant_2`",
        ),
        (
            "/x/a/b",
            "file:///x/a/b lies within file:///x/a, which holds the data backups of tenant `mysql_tenant_2`",
        ),
        (
            "/x",
            "file:///x encloses file:///x/a, which holds the data backups of tenant `mysql_tenant_2`",
        ),
    ] {
        for resource in [DESTINATION, ARCHIVELOG] {
            terraform.configure(&cluster.provider_block(), &one(resource, &at("mysql_tenant", path)));
            refused(&terraform, &["Error: The directory is in use", relation]);
        }
    }
}

#[test]
fn two_resources_for_one_object() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &json!({}));
    for (first, second, words) in [
        (
            "/x/a",
            "/x/a",
            "two resources for the data backups of tenant `mysql_tenant`",
        ),
        ("/x/a", "/x/b", "in two resources"),
    ] {
        let resources = json!({ "resource": { DESTINATION: {
            "first": at("mysql_tenant", first), "second": at("mysql_tenant", second),
        } } });
        terraform.configure(&cluster.provider_block(), &resources);
        refused(
            &terraform,
            &["Error: Two resources for one tenant", words, "Remove one of them"],
        );
    }
    // One that is replaced is planned twice, and is one nevertheless.
    terraform.configure(
        &cluster.provider_block(),
        &one(DESTINATION, &at("mysql_tenant", "/x/a")),
    );
    terraform.apply();
    let replace = "-replace=oceanbase_backup_destination.it";
    terraform.plan_with(&[replace]).assert_counts(1, 0, 1);
    terraform.apply_plan();
    terraform.configure(
        &cluster.provider_block(),
        &one(DESTINATION, &at("mysql_tenant_2", "/y")),
    );
    terraform.plan().assert_counts(1, 0, 1);
    terraform.apply_plan();
    terraform.assert_settled();
}

#[test]
fn a_directory_that_belonged_to_somebody_else() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &one(DESTINATION, &at("mysql_tenant", "/x/a")));
    // Nobody is there any more, but for the format file.
    cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///x/a' TENANT = mysql_tenant_2");
    cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = mysql_tenant_2");
    fails(
        &terraform,
        &[
            "Error: The destination belongs to another tenant, cluster or purpose",
            "setting the backup destination of tenant mysql_tenant",
            "error 9081",
            "a directory of its own for every tenant",
        ],
    );
}

#[test]
fn a_destination_that_was_left_half_made() {
    use oceanbase_simulator::cluster::AbandonedClaim::{AfterCheckFile, AfterFormatFile};
    for (point, number, advice) in [
        (AfterCheckFile, "error 9080", "the directory check_file"),
        (AfterFormatFile, "error 9081", "nothing but format.obbak and check_file"),
    ] {
        let (cluster, terraform) = prepared(Profile::Ce4410, &one(DESTINATION, &at("mysql_tenant", "/x/a")));
        cluster
            .control(|cluster| cluster.abandon_next_claim("mysql_tenant", point))
            .unwrap();
        // The first attempt runs out of time, the second finds what it left.
        fails(
            &terraform,
            &[number, advice, "The first one, a moment before", "error 4012"],
        );
        cluster.control(|cluster| cluster.remove_files("file:///x/a")).unwrap();
        terraform.apply();
        terraform.assert_settled();
    }
}

#[test]
fn a_destination_that_is_not_cleared_while_a_backup_runs() {
    let config = with(
        at("mysql_tenant", "/x/a"),
        &json!({ "on_running_backup": "fail", "on_destroy": "clear" }),
    );
    let (cluster, terraform) = prepared(Profile::Ce4410, &one(DESTINATION, &config));
    terraform.apply();
    cluster
        .control(|cluster| cluster.start_backup_job("mysql_tenant", Duration::from_secs(3600)))
        .unwrap();
    let complaint = terraform.fail(&["plan", "-destroy", "-no-color"]);
    assert_words(&complaint, &["Error: A backup is running", "`wait` or `cancel`"]);
}

#[test]
fn a_destination_changed_while_a_backup_runs() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &one(DESTINATION, &at("mysql_tenant", "/x/a")));
    terraform.apply();
    cluster
        .control(|cluster| cluster.start_backup_job("mysql_tenant", Duration::from_secs(3600)))
        .unwrap();
    let moved = |on_running_backup: &str, patience: &str| {
        let config = with(
            at("mysql_tenant", "/x/b"),
            &json!({ "on_running_backup": on_running_backup, "timeouts": { "update": patience } }),
        );
        terraform.configure(&cluster.provider_block(), &one(DESTINATION, &config));
    };
    moved("fail", "1m");
    refused(&terraform, &["Error: A backup is running", "`wait` or `cancel`"]);
    moved("wait", "1s");
    warned(
        &terraform,
        &[
            "Warning: The apply will wait for a running backup",
            "CDB_OB_BACKUP_JOBS",
        ],
    );
    fails(&terraform, &["Error: Gave up waiting", "the running backup to end"]);
    moved("cancel", "1m");
    warned(&terraform, &["Warning: The apply will cancel a running backup"]);
    terraform.apply();
    terraform.assert_settled();
    // One that began after the plan was made.
    let config = with(at("mysql_tenant", "/x/c"), &json!({ "on_running_backup": "fail" }));
    terraform.configure(&cluster.provider_block(), &one(DESTINATION, &config));
    cluster.fail_once("SET DATA_BACKUP_DEST", 9036, "Backup is in progress");
    fails(
        &terraform,
        &[
            "Error: A backup is in progress",
            "error 9036",
            "CDB_OB_BACKUP_JOBS",
            "on_running_backup",
        ],
    );
}

#[test]
fn a_change_that_stops_archiving() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &one(ARCHIVELOG, &at("mysql_tenant", "/x/a")));
    terraform.apply();
    for changed in [
        at("mysql_tenant", "/x/b"),
        with(at("mysql_tenant", "/x/a"), &json!({ "piece_switch_interval": "2d" })),
    ] {
        terraform.configure(&cluster.provider_block(), &one(ARCHIVELOG, &changed));
        warned(
            &terraform,
            &["Warning: Archiving will have a gap", "take a full backup afterwards"],
        );
        cluster
            .control(|cluster| cluster.start_backup_job("mysql_tenant", Duration::from_secs(3600)))
            .unwrap();
        warned(
            &terraform,
            &[
                "Warning: Archiving will have a gap",
                "Warning: A running backup will fail",
            ],
        );
        cluster
            .control(|cluster| cluster.end_backup_jobs("mysql_tenant"))
            .unwrap();
    }
    let snapshot = at("mysql_tenant", "/x/b");
    terraform.configure(&cluster.provider_block(), &one(ARCHIVELOG, &snapshot));
    cluster
        .control(|cluster| cluster.set_snapshots("mysql_tenant", true))
        .unwrap();
    fails(&terraform, &["error 4179", "DBA_OB_TENANT_SNAPSHOTS"]);
}

#[test]
fn a_lag_target_that_s3_does_not_take() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &one(ARCHIVELOG, &at("mysql_tenant", "/x/a")));
    terraform.apply();
    cluster.sys("ALTER SYSTEM SET archive_lag_target = '7s' TENANT = mysql_tenant");
    let s3 = json!({ "type": "s3", "bucket": "b", "path": "p", "host": "h", "access_id": "i", "access_key_wo": "k" });
    let config = json!({ "tenant": "mysql_tenant", "storage": s3 });
    terraform.configure(&cluster.provider_block(), &one(ARCHIVELOG, &config));
    refused(
        &terraform,
        &["Error: The lag target is too short for s3", "is 7s", "Set `lag_target`"],
    );
    let config = with(config, &json!({ "lag_target": "60s" }));
    terraform.configure(&cluster.provider_block(), &one(ARCHIVELOG, &config));
    terraform.apply();
    terraform.assert_settled();
}

#[test]
fn an_archive_that_is_interrupted() {
    let (cluster, terraform) = prepared(Profile::Ce4410, &one(ARCHIVELOG, &at("mysql_tenant", "/x/a")));
    terraform.apply();
    cluster
        .control(|cluster| cluster.interrupt_archive("mysql_tenant", "logs were recycled"))
        .unwrap();
    // Somebody reads the plan for another reason.
    let changed = with(at("mysql_tenant", "/x/a"), &json!({ "lag_target": "3m" }));
    terraform.configure(&cluster.provider_block(), &one(ARCHIVELOG, &changed));
    let interrupted = [
        "Warning: Archiving is interrupted",
        "`logs were recycled`",
        "`repair_interrupted = true`",
        "take a full backup",
    ];
    warned(&terraform, &interrupted);
    terraform.apply();
    let state = || terraform.state("oceanbase_archivelog.it").unwrap();
    assert_eq!(state()["condition"], "archiving interrupted");
    let told = with(changed, &json!({ "repair_interrupted": true }));
    terraform.configure(&cluster.provider_block(), &one(ARCHIVELOG, &told));
    let plan = terraform.plan().text;
    assert!(plan.contains(r#""archiving interrupted" -> "in sync""#), "{plan}");
    terraform.apply_plan();
    assert_eq!(state()["condition"], "in sync");
    terraform.assert_settled();
}

#[test]
fn settings_that_the_cluster_is_too_old_for() {
    let (cluster, terraform) = prepared(Profile::Ce4210, &json!({}));
    let s3 = json!({ "type": "s3", "bucket": "b", "path": "p", "host": "h", "access_id": "i", "access_key_wo": "k" });
    let azblob = with(s3.clone(), &json!({ "type": "azblob" }));
    let limited = json!({ "type": "nfs", "path": "/x", "max_iops": 5 });
    for (storage, words) in [
        (
            s3,
            [
                "4.2.1 BP7, 4.2.3, 4.3.0 or later is required for s3://",
                "Choose another `storage.type`",
            ],
        ),
        (
            azblob,
            [
                "4.3.5 or later is required for azblob://",
                "Choose another `storage.type`",
            ],
        ),
        (
            limited,
            [
                "4.3.5 or later is required for max_iops",
                "Remove `storage.max_iops`, or upgrade",
            ],
        ),
    ] {
        for resource in [DESTINATION, ARCHIVELOG] {
            let config = json!({ "tenant": "mysql_tenant", "storage": storage });
            terraform.configure(&cluster.provider_block(), &one(resource, &config));
            let complaint = refused(&terraform, &words);
            assert_words(&complaint, &["the cluster runs OceanBase 4.2.1.0 Community Edition"]);
        }
    }
}

#[test]
fn a_role_without_a_credential() {
    let storage = json!({ "type": "oss", "bucket": "b", "host": "h", "path": "p", "role_arn": "r" });
    let config = json!({ "tenant": "mysql_tenant", "storage": storage });
    for resource in [DESTINATION, ARCHIVELOG] {
        let (_cluster, terraform) = prepared(Profile::Ee4353, &one(resource, &config));
        fails(
            &terraform,
            &[
                "Error: The server gets no credential for the role",
                "error 4023",
                "sts_credential",
            ],
        );
    }
}

/// A tenant that used `oss://b/p` with `old`, and is to use it with `key` again.
fn used_before(profile: Profile, resource: &str, key: &str, login: bool) -> (Cluster, Terraform) {
    let (cluster, terraform) = (Cluster::start(profile), Terraform::new());
    let uri = "oss://b/p?host=h&access_id=i&access_key=old";
    for (resource_, item, cleared) in [
        (
            DESTINATION,
            format!("DATA_BACKUP_DEST = '{uri}'"),
            "DATA_BACKUP_DEST = ''",
        ),
        (
            ARCHIVELOG,
            format!("LOG_ARCHIVE_DEST = 'LOCATION={uri}'"),
            "LOG_ARCHIVE_DEST = ''",
        ),
    ] {
        if resource == resource_ {
            cluster.sys(&format!("ALTER SYSTEM SET {item} TENANT = mysql_tenant"));
            cluster.sys(&format!("ALTER SYSTEM SET {cleared} TENANT = mysql_tenant"));
        }
    }
    let mut provider = cluster.provider_block();
    if !login {
        provider["tenant_credentials"] = Json::Null;
    }
    let storage = json!({
        "type": "oss", "bucket": "b", "host": "h", "path": "p", "access_id": "i", "access_key_wo": key,
        "access_key_wo_version": "1",
    });
    let config = json!({ "tenant": "mysql_tenant", "storage": storage });
    terraform.configure(&provider, &one(resource, &config));
    (cluster, terraform)
}

#[test]
fn a_path_that_was_used_before_with_another_key() {
    for resource in [DESTINATION, ARCHIVELOG] {
        for profile in [Profile::Ee4353, Profile::Ce4410] {
            // With a login of the tenant the jobs get the new key, too.
            let (cluster, terraform) = used_before(profile, resource, "new", true);
            cluster.forget_statements();
            terraform.apply();
            let changed = cluster.statements_with_secrets().join("\n");
            assert_words(
                &changed,
                &[
                    "CHANGE EXTERNAL_STORAGE_DEST",
                    "ACCESS_INFO = 'access_id=i&access_key=new'",
                ],
            );
            terraform.assert_settled();
        }
        let (_cluster, terraform) = used_before(Profile::Ee4353, resource, "new", false);
        warned(
            &terraform,
            &[
                "Warning: Jobs may go on with an older key",
                "oss://b/p?host=h before",
                "`tenant_credentials`",
            ],
        );
        // Where the keys can be read, the same one is no reason to warn.
        let (_cluster, terraform) = used_before(Profile::Ce4410, resource, "old", false);
        let text = terraform.plan().text;
        assert!(!text.contains("older key"), "{text}");
        let (_cluster, terraform) = used_before(Profile::Ce4210, resource, "new", false);
        warned(
            &terraform,
            &[
                "Warning: Jobs may go on with an older key",
                "4.3.5 BP2 or later is required",
            ],
        );
    }
}

#[test]
fn a_path_that_was_used_before_with_another_option() {
    let (cluster, _) = used_before(Profile::Ce4410, DESTINATION, "old", true);
    let storage = json!({
        "type": "oss", "bucket": "b", "host": "h", "path": "p", "access_id": "i", "access_key_wo": "old",
        "delete_mode": "tagging",
    });
    let terraform = Terraform::new();
    let config = one(DESTINATION, &json!({ "tenant": "mysql_tenant", "storage": storage }));
    terraform.configure(&cluster.provider_block(), &config);
    warned(
        &terraform,
        &[
            "Warning: The path was used with another setting",
            "another `delete_mode`",
            "Choose another `path`",
        ],
    );
    fails(&terraform, &["Error: This setting needs a new path"]);
    // Emptied, the directory is a new one.
    cluster.control(|cluster| cluster.remove_files("oss://b/p")).unwrap();
    cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = mysql_tenant");
    terraform.apply();
    terraform.assert_settled();
}

#[test]
fn what_a_profile_changes_is_said() {
    let (cluster, terraform) = (Cluster::start(Profile::Ce4410), Terraform::new());
    let configure = |access_id: &str, key: &str| {
        let mut provider = cluster.provider_block();
        provider["storage_profiles"] = json!({ "main": {
            "type": "oss", "bucket": "b", "host": "h", "access_id": access_id, "access_key": key, "access_key_version": key,
        } });
        let config = json!({ "tenant": "mysql_tenant", "storage": { "profile": "main", "path": "p" } });
        terraform.configure(&provider, &one(ARCHIVELOG, &config));
    };
    configure("first", "1");
    terraform.apply();
    configure("second", "2");
    warned(
        &terraform,
        &[
            "Warning: The settings of the storage profile take effect",
            "from oss://b/p?host=h&access_id=first to oss://b/p?host=h&access_id=second",
        ],
    );
    terraform.apply();
    terraform.assert_settled();
}

#[test]
fn an_import_id_that_is_wrong() {
    let (_cluster, terraform) = prepared(Profile::Ce4410, &one(DESTINATION, &destination("mysql_tenant")));
    for (id, words) in [
        ("", ["Error: Invalid import ID", "the tenant name is empty"]),
        (
            "sys",
            ["Error: Invalid import ID", "the sys tenant cannot be backed up"],
        ),
        ("META$1002", ["Error: Invalid import ID", "name the user tenant"]),
        (
            "shop",
            ["Error: Nothing to import", "the cluster has none of the name `shop`"],
        ),
        (
            "MYSQL_TENANT",
            ["Error: Nothing to import", "Did you mean `mysql_tenant`?"],
        ),
        (
            "mysql_tenant ",
            ["Error: Nothing to import", "Did you mean `mysql_tenant`?"],
        ),
        (
            "mysql_tenant/data",
            ["Error: Nothing to import", "The import ID is the name of a user tenant"],
        ),
        (
            "mysql_tenant",
            ["Error: Nothing to import", "has no oceanbase_backup_destination yet"],
        ),
    ] {
        let complaint = terraform.fail(&["import", "-no-color", "oceanbase_backup_destination.it", id]);
        assert_words(&complaint, &words);
    }
}
