//! What `oceanbase_backup_destination` sends, table by table.

use super::*;
use crate::{
    cluster::{
        RawUri, Viewpoint,
        snapshot::StorageInfo,
        version::{Capabilities, Edition, Version},
    },
    managed_resource::describe,
    neighbours::Claims,
};
use expect_test::{Expect, expect};
use std::{borrow::Borrow, collections::BTreeSet};

const OSS: &str = "oss://b/p?host=h&access_id=i&access_key=k";

fn nfs() -> Model {
    model(json!({ "storage": { "type": "nfs", "path": "/backup" } }))
}

fn oss(changes: serde_json::Value) -> Model {
    let mut storage = json!({
        "type": "oss", "bucket": "b", "path": "p", "host": "h", "access_id": "i", "access_key_wo": "k",
        "access_key_wo_version": "1",
    });
    for (name, value) in changes.as_object().unwrap() {
        storage[name] = value.clone();
    }
    model(json!({ "storage": storage }))
}

fn model(json: serde_json::Value) -> Model {
    let mut base = json!({ "tenant": "t1" });
    for (name, value) in json.as_object().unwrap() {
        base[name] = value.clone();
    }
    serde_json::from_value(base).unwrap()
}

/// The cluster shows `uri`, and its jobs use `registered`.
fn observed(uri: &str, registered: &str) -> Observed {
    let destination = (!uri.is_empty()).then(|| Destination::parse(&RawUri::new(uri)).unwrap());
    let registered = (!registered.is_empty()).then(|| row(registered));
    Observed {
        mode: CompatibilityMode::Mysql,
        destination,
        registered,
        known_places: KnownPlaces::default(),
        backup_runs: false,
    }
}

fn row(uri: &str) -> Registered {
    let location = Destination::parse(&RawUri::new(uri)).unwrap().location;
    let (_, parameters) = uri.split_once('?').unwrap_or_default();
    let info = StorageInfo {
        path: location.path_column(),
        endpoint: location.endpoint_column(),
        dest_id: 1001,
        authorization: RawUri::new(parameters),
        extension: parameters.to_owned(),
        max_iops: Some(0),
        max_bandwidth: Some(0),
    };
    Registered::from_row(&info)
}

struct Server {
    version: Version,
    viewpoint: Viewpoint,
    tenant_login: bool,
}

const NEW: Version = Version(4, 4, 1, 0);
const OLD: Version = Version(4, 2, 1, 0);

fn sys(version: Version) -> Server {
    Server {
        version,
        viewpoint: Viewpoint::Sys,
        tenant_login: true,
    }
}

fn diff_on(server: &Server, goal: Goal<'_, Model>, prior: Option<&Model>, observed: Option<&Observed>) -> String {
    let (Goal::Present(model) | Goal::Absent(model)) = goal;
    let logins: BTreeSet<TenantName> = [model.tenant.clone()]
        .into_iter()
        .filter(|_| server.tenant_login)
        .collect();
    let context = Context {
        profiles: &StorageProfiles::new(),
        claims: &Claims::default(),
        capabilities: &Capabilities::of(server.version, Edition::Community),
        viewpoint: &server.viewpoint,
        tenant_logins: &logins,
    };
    describe(&BackupDestination::diff(
        goal,
        &BackupDestination::pending(prior, model),
        observed,
        &context,
    ))
}

#[track_caller]
fn check(prior: Option<&Model>, goal: &Model, observed: &Observed, expected: impl Borrow<Expect>) {
    expected
        .borrow()
        .assert_eq(&diff_on(&sys(NEW), Goal::Present(goal), prior, Some(observed)));
}

#[test]
fn a_destination_that_is_not_set_is_set() {
    check(
        None,
        &nfs(),
        &observed("", ""),
        expect!["ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup' TENANT = `t1`;\n"],
    );
    let limited = oss(json!({ "max_iops": 5, "max_bandwidth": "10MB", "delete_mode": "tagging" }));
    check(
        None,
        &limited,
        &observed("", ""),
        expect![[r#"
            ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=***&delete_mode=tagging&max_iops=5&max_bandwidth=10MB' TENANT = `t1`;
        "#]],
    );
}

#[test]
fn a_user_tenant_names_no_tenant() {
    let own = Server {
        viewpoint: Viewpoint::User("t1".parse().unwrap()),
        ..sys(NEW)
    };
    let diff = diff_on(&own, Goal::Present(&nfs()), None, Some(&observed("", "")));
    expect!["ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup';\n"].assert_eq(&diff);
}

#[test]
fn what_means_the_same_is_in_sync() {
    check(
        None,
        &nfs(),
        &observed("file:///backup", "file:///backup"),
        expect!["in sync\n"],
    );
    let shown = "oss://b/p?host=h&access_id=i&access_key=k&checksum_type=md5&delete_mode=delete";
    check(
        None,
        &oss(json!({ "path": "/p/" })),
        &observed(shown, shown),
        expect!["in sync\n"],
    );
    let encrypted = "oss://b/p?host=h&access_id=i&encrypt_key=00ff";
    check(
        None,
        &oss(json!({})),
        &observed(encrypted, encrypted),
        expect!["in sync\n"],
    );
}

#[test]
fn another_location_is_refused_unless_told_to_adopt_or_ours() {
    let elsewhere = observed("file:///elsewhere", "file:///elsewhere");
    check(
        None,
        &nfs(),
        &elsewhere,
        expect!["refuse: Already configured elsewhere at storage\n"],
    );
    let set = expect!["ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup' TENANT = `t1`;\n"];
    check(
        None,
        &Model {
            adopt_existing: true,
            ..nfs()
        },
        &elsewhere,
        &set,
    );
    check(Some(&nfs()), &nfs(), &elsewhere, set);
}

#[test]
fn text_that_strayed_from_what_the_jobs_use_is_set_again() {
    let strayed = observed("oss://b/p?host=h&access_id=other&access_key=x", OSS);
    let set = expect![[r#"
        ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=***' TENANT = `t1`;
    "#]];
    check(Some(&oss(json!({}))), &oss(json!({})), &strayed, &set);
    let strayed = observed("oss://b/p?host=h&access_id=i&access_key=k&delete_mode=tagging", OSS);
    check(Some(&oss(json!({}))), &oss(json!({})), &strayed, &set);
    // The holder is the same: only the two secret halves tell that a key was set by hand.
    let strayed = observed("oss://b/p?host=h&access_id=i&access_key=x", OSS);
    check(Some(&oss(json!({}))), &oss(json!({})), &strayed, set);
}

#[test]
fn a_key_is_changed_in_place_by_its_tenant() {
    let rotated = oss(json!({ "access_key_wo": "new", "access_key_wo_version": "2" }));
    let change = expect![[r#"
        ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p?host=h' SET ACCESS_INFO = 'access_id=i&access_key=***' (as tenant t1);
    "#]];
    check(Some(&oss(json!({}))), &rotated, &observed(OSS, OSS), &change);
    let encrypted = "oss://b/p?host=h&access_id=i&encrypt_key=00ff";
    check(Some(&oss(json!({}))), &rotated, &observed(encrypted, encrypted), change);
    let done = "oss://b/p?host=h&access_id=i&access_key=new";
    check(
        Some(&oss(json!({}))),
        &rotated,
        &observed(done, done),
        expect!["in sync\n"],
    );
}

#[test]
fn a_key_without_a_new_version_is_no_change() {
    let silent = oss(json!({ "access_key_wo": "new" }));
    check(
        Some(&oss(json!({}))),
        &silent,
        &observed(OSS, OSS),
        expect!["in sync\n"],
    );
    let unversioned = oss(json!({ "access_key_wo_version": null }));
    check(Some(&unversioned), &silent, &observed(OSS, OSS), expect!["in sync\n"]);
}

#[test]
fn limits_are_changed_together() {
    let limited = oss(json!({ "max_iops": 5 }));
    check(
        Some(&oss(json!({}))),
        &limited,
        &observed(OSS, OSS),
        expect![[r#"
            ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p?host=h' SET ATTRIBUTE = 'max_iops=5' (as tenant t1);
        "#]],
    );
}

#[test]
fn what_the_server_keeps_for_a_path_needs_another_path() {
    let tagging = oss(json!({ "delete_mode": "tagging" }));
    let refused = expect!["refuse: This setting needs a new path at storage.delete_mode\n"];
    check(Some(&oss(json!({}))), &tagging, &observed(OSS, OSS), refused);
    let moved = oss(json!({ "delete_mode": "tagging", "path": "q" }));
    let set = expect![[r#"
        ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/q?host=h&access_id=i&access_key=***&delete_mode=tagging' TENANT = `t1`;
    "#]];
    check(Some(&oss(json!({}))), &moved, &observed(OSS, OSS), set);
    let role = oss(json!({ "access_id": null, "access_key_wo": null, "role_arn": "r" }));
    let refused = expect!["refuse: This setting needs a new path at storage.role_arn\n"];
    check(Some(&oss(json!({}))), &role, &observed(OSS, OSS), refused);
}

#[test]
fn what_cannot_be_changed_in_place_says_why() {
    let rotated = oss(json!({ "access_key_wo_version": "2", "access_key_wo": "new" }));
    let diff = |server: &Server| {
        diff_on(
            server,
            Goal::Present(&rotated),
            Some(&oss(json!({}))),
            Some(&observed(OSS, OSS)),
        )
    };
    expect!["refuse: The cluster cannot change this destination in place at storage\n"].assert_eq(&diff(&sys(OLD)));
    let no_login = Server {
        tenant_login: false,
        ..sys(NEW)
    };
    expect!["refuse: A login of the tenant is needed at storage\n"].assert_eq(&diff(&no_login));
}

#[test]
fn a_running_backup_is_awaited_cancelled_or_reported() {
    let busy = Observed {
        backup_runs: true,
        ..observed("file:///old", "file:///old")
    };
    let with = |policy: &str| Model {
        on_running_backup: serde_json::from_value(json!(policy)).unwrap(),
        ..nfs()
    };
    check(
        Some(&nfs()),
        &with("wait"),
        &busy,
        expect!["wait for the running backup to end\n"],
    );
    check(
        Some(&nfs()),
        &with("fail"),
        &busy,
        expect!["refuse: A backup is running at on_running_backup\n"],
    );
    check(
        Some(&nfs()),
        &with("cancel"),
        &busy,
        expect!["ALTER SYSTEM CANCEL BACKUP TENANT = `t1`;\n"],
    );
    let same = Observed {
        backup_runs: true,
        ..observed("file:///backup", "file:///backup")
    };
    check(Some(&nfs()), &with("fail"), &same, expect!["in sync\n"]);
}

#[test]
fn destroying_does_as_much_as_it_was_told() {
    let destroy = |on_destroy, uri| {
        let model = Model { on_destroy, ..nfs() };
        diff_on(&sys(NEW), Goal::Absent(&model), Some(&model), Some(&observed(uri, uri)))
    };
    expect!["in sync\n"].assert_eq(&destroy(OnDestroy::Keep, "file:///backup"));
    let clear = expect!["ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = `t1`;\n"];
    clear.assert_eq(&destroy(OnDestroy::Clear, "file:///backup"));
    expect!["in sync\n"].assert_eq(&destroy(OnDestroy::Clear, ""));
}

#[test]
fn drift_lands_in_the_component_that_strayed() {
    let prior = oss(json!({ "path": "/p/" }));
    let shown = "oss://b/p?host=other&access_id=i&access_key=k&checksum_type=no_checksum";
    let context = Context {
        profiles: &StorageProfiles::new(),
        claims: &Claims::default(),
        capabilities: &Capabilities::of(NEW, Edition::Community),
        viewpoint: &Viewpoint::Sys,
        tenant_logins: &BTreeSet::new(),
    };
    let state = BackupDestination::state(Some(&prior), &prior.tenant, &observed(shown, shown), &context);
    expect![[r#"
        {
          "access_id": "i",
          "access_key_wo_version": "1",
          "addressing_model": null,
          "appid": null,
          "bucket": "b",
          "checksum_type": "no_checksum",
          "delete_mode": null,
          "enable_worm": null,
          "external_id": null,
          "host": "other",
          "max_bandwidth": null,
          "max_iops": null,
          "path": "/p/",
          "profile": null,
          "profile_key_version": null,
          "region": null,
          "role_arn": null,
          "type": "oss"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&serde_json::to_value(&state.storage).unwrap()).unwrap());
    assert_eq!(
        state.uri.as_deref(),
        Some("oss://b/p?host=other&access_id=i&checksum_type=no_checksum")
    );
}

#[test]
fn a_move_records_where_it_came_from() {
    let prior = Model {
        previous_locations: Some(vec!["file:///first".to_owned()]),
        ..nfs()
    };
    let moved = model(json!({ "storage": { "type": "nfs", "path": "/new" } }));
    let planned = BackupDestination::plan(Some(&prior), &moved, &StorageProfiles::new());
    let locations = planned
        .into_iter()
        .find(|(path, _)| path.to_string() == "previous_locations")
        .unwrap()
        .1;
    assert_eq!(locations, Computed::Known(json!(["file:///first", "file:///backup"])));
}

#[test]
fn a_way_back_is_told_from_a_move() {
    let place = |path: &str| Destination::parse(&RawUri::new(path)).unwrap().location;
    let said = |prior: Option<&Model>| {
        let (from, to) = (place("file:///elsewhere"), place("file:///backup"));
        move_warning(prior, &nfs(), &from, &to).summary
    };
    let strayed = Model {
        previous_locations: Some(vec!["file:///backup".to_owned()]),
        ..nfs()
    };
    assert_eq!(said(Some(&strayed)), "The backups go back to an earlier location");
    assert_eq!(said(Some(&nfs())), "Take a new full backup after this move");
    assert_eq!(said(None), "Take a new full backup after this move");
}

#[test]
fn a_profile_that_was_renamed_moves_nothing() {
    let stored = |profile: &str| {
        model(json!({
            "storage": { "profile": profile, "path": "p", "type": "oss", "bucket": "b", "host": "h", "access_id": "i" },
            "previous_locations": ["file:///first"], "dest_id": 1001,
        }))
    };
    let profile = json!({ "type": "oss", "bucket": "b", "host": "h", "access_id": "i", "access_key": "k" });
    let profiles = StorageProfiles::from([("new".to_owned(), serde_json::from_value(profile).unwrap())]);
    let mut goal = stored("new");
    goal.storage = serde_json::from_value(json!({ "profile": "new", "path": "p" })).unwrap();
    let planned = BackupDestination::plan(Some(&stored("gone")), &goal, &profiles);
    let moved = ["previous_locations", "dest_id"];
    assert!(
        !planned
            .iter()
            .any(|(path, _)| moved.contains(&path.to_string().as_str())),
        "{planned:?}"
    );
}

#[test]
fn a_move_back_takes_the_present_location_off_the_list() {
    let prior = Model {
        previous_locations: Some(vec!["file:///first".to_owned(), "file:///second".to_owned()]),
        ..nfs()
    };
    let back = model(json!({ "storage": { "type": "nfs", "path": "/first" } }));
    let planned = BackupDestination::plan(Some(&prior), &back, &StorageProfiles::new());
    let locations = planned
        .into_iter()
        .find(|(path, _)| path.to_string() == "previous_locations")
        .unwrap()
        .1;
    assert_eq!(locations, Computed::Known(json!(["file:///second", "file:///backup"])));
}

#[test]
fn an_oracle_tenant_is_told_how_to_change_its_key_itself() {
    let rotated = oss(json!({ "access_key_wo": "new", "access_key_wo_version": "2" }));
    let oracle = Observed {
        mode: CompatibilityMode::Oracle,
        ..observed(OSS, OSS)
    };
    check(
        Some(&oss(json!({}))),
        &rotated,
        &oracle,
        expect!["refuse: An Oracle-mode tenant changes its destination itself at storage\n"],
    );
}

#[test]
fn a_refresh_finds_the_location_that_a_lost_move_has_left() {
    let stored = Model {
        uri: Some("file:///backup".to_owned()),
        previous_locations: Some(vec!["file:///new".to_owned()]),
        ..nfs()
    };
    let shown = |uri: &str| Destination::parse(&RawUri::new(uri)).unwrap();
    assert_eq!(
        locations_left(Some(&stored), Some(&shown("file:///new"))),
        ["file:///backup"]
    );
    assert_eq!(
        locations_left(Some(&stored), Some(&shown("file:///backup/"))),
        ["file:///new"]
    );
    assert_eq!(locations_left(None, Some(&shown("file:///new"))), [""; 0]);
}
