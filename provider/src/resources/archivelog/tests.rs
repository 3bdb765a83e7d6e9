//! What `oceanbase_archivelog` sends, table by table.

use super::*;
use crate::{
    cluster::{
        RawUri, Viewpoint,
        version::{Capabilities, Edition, Version},
    },
    managed_resource::describe,
    neighbours::Claims,
};
use expect_test::{Expect, expect};
use std::{borrow::Borrow, collections::BTreeSet};

fn model(json: serde_json::Value) -> Model {
    let mut base = json!({ "tenant": "t1", "storage": { "type": "nfs", "path": "/archive" } });
    for (name, value) in json.as_object().unwrap() {
        base[name] = value.clone();
    }
    serde_json::from_value(base).unwrap()
}

fn observed(uri: &str, wanted: bool, status: Status) -> Observed {
    let destination = (!uri.is_empty()).then(|| Destination::parse(&RawUri::new(uri)).unwrap());
    Observed {
        mode: CompatibilityMode::Mysql,
        destination,
        registered: None,
        known_places: KnownPlaces::default(),
        binding: Binding::Optional,
        piece_switch_interval: Some(PieceInterval::default()),
        deferred: false,
        wanted,
        round_id: Some(1),
        dest_id: Some(1001),
        status,
        comment: String::new(),
        lag_target: Some("2m".parse().unwrap()),
    }
}

fn diff_of(goal: Goal<'_, Model>, prior: Option<&Model>, observed: Option<&Observed>) -> String {
    let (Goal::Present(model) | Goal::Absent(model)) = goal;
    let context = Context {
        profiles: &StorageProfiles::new(),
        claims: &Claims::default(),
        capabilities: &Capabilities::of(Version(4, 4, 1, 0), Edition::Community),
        viewpoint: &Viewpoint::Sys,
        tenant_logins: &BTreeSet::from(["t1".parse().unwrap()]),
    };
    describe(&Archivelog::diff(
        goal,
        &Archivelog::pending(prior, model),
        observed,
        &context,
    ))
}

/// The diff of an update: the resource is ours already.
#[track_caller]
fn check(goal: &Model, observed: Observed, expected: impl Borrow<Expect>) {
    expected
        .borrow()
        .assert_eq(&diff_of(Goal::Present(goal), Some(goal), Some(&observed)));
}

#[track_caller]
fn check_create(goal: &Model, observed: Observed, expected: impl Borrow<Expect>) {
    expected
        .borrow()
        .assert_eq(&diff_of(Goal::Present(goal), None, Some(&observed)));
}

#[track_caller]
fn check_destroy(on_destroy: &str, observed: Observed, expected: impl Borrow<Expect>) {
    let model = model(json!({ "on_destroy": on_destroy }));
    expected
        .borrow()
        .assert_eq(&diff_of(Goal::Absent(&model), Some(&model), Some(&observed)));
}

const HERE: &str = "file:///archive";

#[test]
fn a_tenant_that_never_archived_is_configured_and_started() {
    check_create(
        &model(json!({ "binding": "mandatory", "piece_switch_interval": "3d", "lag_target": "90s" })),
        observed("", false, Status::Stopped),
        expect![[r#"
            ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///archive BINDING=Mandatory PIECE_SWITCH_INTERVAL=3d' TENANT = `t1`;
            ALTER SYSTEM SET archive_lag_target = '90000ms' TENANT = `t1`;
            ALTER SYSTEM ARCHIVELOG TENANT = `t1`;
        "#]],
    );
}

#[test]
fn an_unfinished_create_is_completed() {
    let goal = model(json!({}));
    let start = expect!["ALTER SYSTEM ARCHIVELOG TENANT = `t1`;\n"];
    check_create(&goal, observed(HERE, false, Status::Stopped), start);
    let wait = expect!["wait for log archiving to reach DOING\n"];
    check_create(&goal, observed(HERE, true, Status::Starting), wait);
}

#[test]
fn what_is_equal_is_adopted() {
    check_create(
        &model(json!({})),
        observed(HERE, true, Status::Doing),
        expect!["in sync\n"],
    );
}

#[test]
fn another_location_is_refused_unless_told_to_adopt() {
    let elsewhere = || observed("file:///elsewhere", true, Status::Doing);
    let refused = expect!["refuse: Already configured elsewhere at storage\n"];
    check_create(&model(json!({})), elsewhere(), refused);
    let stop = expect!["ALTER SYSTEM NOARCHIVELOG TENANT = `t1`; (once the backups are restorable)\n"];
    check_create(&model(json!({ "adopt_existing": true })), elsewhere(), stop);
}

#[test]
fn archiving_without_a_destination_begins_when_it_is_set() {
    check_create(
        &model(json!({})),
        observed("", true, Status::Stopped),
        expect![[r#"
            ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///archive BINDING=Optional PIECE_SWITCH_INTERVAL=1d' TENANT = `t1`;
        "#]],
    );
}

#[test]
fn a_changed_location_stops_waits_sets_and_starts() {
    let goal = model(json!({ "storage": { "type": "nfs", "path": "/new" } }));
    let stop = expect!["ALTER SYSTEM NOARCHIVELOG TENANT = `t1`; (once the backups are restorable)\n"];
    check(&goal, observed(HERE, true, Status::Doing), &stop);
    check(&goal, observed(HERE, true, Status::Interrupted), &stop);
    // The scheduler is about to begin a round, and would win the race.
    check(&goal, observed(HERE, true, Status::Stopped), stop);
    let wait = expect!["wait for log archiving to reach STOP\n"];
    check(&goal, observed(HERE, false, Status::Doing), &wait);
    check(&goal, observed(HERE, false, Status::Stopping), wait);
    check(
        &goal,
        observed(HERE, false, Status::Stopped),
        expect![[r#"
            ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///new BINDING=Optional PIECE_SWITCH_INTERVAL=1d' TENANT = `t1`;
            ALTER SYSTEM ARCHIVELOG TENANT = `t1`;
        "#]],
    );
}

#[test]
fn binding_and_interval_are_sent_with_the_whole_destination() {
    let stop = expect!["ALTER SYSTEM NOARCHIVELOG TENANT = `t1`; (once the backups are restorable)\n"];
    check(
        &model(json!({ "binding": "mandatory" })),
        observed(HERE, true, Status::Doing),
        &stop,
    );
    check(
        &model(json!({ "piece_switch_interval": "7d" })),
        observed(HERE, true, Status::Doing),
        stop,
    );
}

#[test]
fn a_destination_that_needs_its_key_is_not_sent_without_it() {
    let storage = json!({ "type": "oss", "bucket": "b", "path": "p", "host": "h", "access_id": "i" });
    check(
        &model(json!({ "storage": storage })),
        observed(HERE, false, Status::Stopped),
        expect!["refuse: The access key is needed at storage.access_key_wo\n"],
    );
}

#[test]
fn suspended_archiving_keeps_its_round() {
    let goal = model(json!({ "suspended": true }));
    let deferred = |status| Observed {
        deferred: true,
        ..observed(HERE, true, status)
    };
    check(
        &goal,
        observed(HERE, true, Status::Doing),
        expect!["ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'DEFER' TENANT = `t1`;\n"],
    );
    check(
        &goal,
        deferred(Status::Suspending),
        expect!["wait for log archiving to reach SUSPEND\n"],
    );
    check(&goal, deferred(Status::Suspended), expect!["in sync\n"]);
    check(&goal, deferred(Status::Stopped), expect!["in sync\n"]);
    check(
        &model(json!({})),
        deferred(Status::Suspended),
        expect!["ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'ENABLE' TENANT = `t1`;\n"],
    );
    let resuming = expect!["wait for log archiving to reach DOING\n"];
    check(&model(json!({})), observed(HERE, true, Status::Suspended), resuming);
}

#[test]
fn disabled_archiving_stops_and_keeps_the_destination() {
    let goal = model(json!({ "enabled": false }));
    check(
        &goal,
        observed(HERE, true, Status::Doing),
        expect!["ALTER SYSTEM NOARCHIVELOG TENANT = `t1`; (once the backups are restorable)\n"],
    );
    check(
        &goal,
        observed(HERE, false, Status::Stopping),
        expect!["wait for log archiving to reach STOP\n"],
    );
    check(&goal, observed(HERE, false, Status::Stopped), expect!["in sync\n"]);
}

#[test]
fn an_old_round_ends_before_a_new_one_is_asked_for() {
    let goal = model(json!({}));
    check(
        &goal,
        observed(HERE, false, Status::Stopping),
        expect!["wait for log archiving to reach STOP\n"],
    );
    check(
        &goal,
        observed(HERE, false, Status::Interrupted),
        expect!["wait for log archiving to reach STOP\n"],
    );
}

#[test]
fn an_interrupted_round_is_repaired_only_when_told() {
    check(
        &model(json!({})),
        observed(HERE, true, Status::Interrupted),
        expect!["in sync\n"],
    );
    check(
        &model(json!({ "repair_interrupted": true })),
        observed(HERE, true, Status::Interrupted),
        expect!["ALTER SYSTEM NOARCHIVELOG TENANT = `t1`; (once the backups are restorable)\n"],
    );
}

#[test]
fn the_lag_target_is_set_only_when_it_is_configured_and_differs() {
    check(
        &model(json!({ "lag_target": "120s" })),
        observed(HERE, true, Status::Doing),
        expect!["in sync\n"],
    );
    check(
        &model(json!({ "lag_target": "1h" })),
        observed(HERE, true, Status::Doing),
        expect!["ALTER SYSTEM SET archive_lag_target = '3600000ms' TENANT = `t1`;\n"],
    );
}

#[test]
fn destroying_does_as_much_as_it_was_told() {
    let doing = || observed(HERE, true, Status::Doing);
    let stopped = || observed(HERE, false, Status::Stopped);
    check_destroy("keep", doing(), expect!["in sync\n"]);
    check_destroy(
        "stop",
        doing(),
        expect!["ALTER SYSTEM NOARCHIVELOG TENANT = `t1`; (once the backups are restorable)\n"],
    );
    check_destroy(
        "stop",
        observed(HERE, false, Status::Stopping),
        expect!["wait for log archiving to reach STOP\n"],
    );
    check_destroy("stop", stopped(), expect!["in sync\n"]);
    check_destroy(
        "stop_and_clear",
        doing(),
        expect!["ALTER SYSTEM NOARCHIVELOG TENANT = `t1`; (once the backups are restorable)\n"],
    );
    check_destroy(
        "stop_and_clear",
        stopped(),
        expect!["ALTER SYSTEM SET LOG_ARCHIVE_DEST = '' TENANT = `t1`;\n"],
    );
    check_destroy(
        "stop_and_clear",
        observed("", false, Status::Stopped),
        expect!["in sync\n"],
    );
}

#[test]
fn a_tenant_that_is_gone_needs_no_destroying_and_cannot_be_created() {
    let model = model(json!({ "on_destroy": "stop_and_clear" }));
    expect!["in sync\n"].assert_eq(&diff_of(Goal::Absent(&model), Some(&model), None));
    expect!["refuse: Unknown tenant at tenant\n"].assert_eq(&diff_of(Goal::Present(&model), None, None));
}

#[test]
fn what_a_plan_says_of_computed_attributes_follows_from_its_inputs() {
    let none = StorageProfiles::new();
    let names = |prior: Option<&Model>, proposed: &Model| {
        let computed = Archivelog::plan(prior, proposed, &none);
        let shown = computed.into_iter().map(|(path, computed)| match computed {
            Computed::Unknown => format!("{path}=?"),
            Computed::Known(value) => format!("{path}={value}"),
        });
        shown.collect::<Vec<_>>().join(" ")
    };
    let healthy = model(json!({ "condition": "in sync", "round_id": 1, "dest_id": 1001 }));
    let interrupted = Model {
        condition: Some(INTERRUPTED.to_owned()),
        ..healthy.clone()
    };
    let repairing = Model {
        repair_interrupted: true,
        ..interrupted.clone()
    };
    let mandatory = Model {
        binding: Binding::Mandatory,
        ..healthy.clone()
    };
    let suspended = Model {
        suspended: true,
        ..healthy.clone()
    };
    let moved = model(json!({ "storage": { "type": "nfs", "path": "/new" }, "condition": "in sync" }));
    let oss = |access_id: &str| {
        let storage = json!({ "type": "oss", "bucket": "b", "path": "p", "host": "h", "access_id": access_id });
        model(json!({ "storage": storage, "condition": "in sync" }))
    };
    let (of_one, of_another) = (oss("i"), oss("j"));
    for (prior, proposed, expected) in [
        (
            None,
            &healthy,
            "storage.profile_key_version=null round_id=? dest_id=? condition=?",
        ),
        (
            Some(&suspended),
            &healthy,
            "storage.profile_key_version=null condition=\"in sync\" round_id=?",
        ),
        (
            Some(&healthy),
            &healthy,
            "storage.profile_key_version=null condition=\"in sync\"",
        ),
        (
            Some(&healthy),
            &mandatory,
            "storage.profile_key_version=null condition=\"in sync\" round_id=?",
        ),
        (
            Some(&healthy),
            &moved,
            "storage.profile_key_version=null condition=\"in sync\" round_id=? dest_id=?",
        ),
        (
            Some(&of_one),
            &of_another,
            "storage.profile_key_version=null condition=\"in sync\"",
        ),
        (Some(&interrupted), &interrupted, "storage.profile_key_version=null"),
        (
            Some(&interrupted),
            &repairing,
            "storage.profile_key_version=null condition=\"in sync\" round_id=?",
        ),
    ] {
        assert_eq!(names(prior, proposed), expected);
    }
}

#[test]
fn a_short_lag_target_and_an_s3_destination_never_meet() {
    let s3 = json!({
        "type": "s3", "bucket": "b", "path": "p", "host": "h", "access_id": "i", "access_key_wo": "k",
    });
    let on_s3 = "s3://b/p?host=h&access_id=i&access_key=k";
    check(
        &model(json!({ "lag_target": "90s", "storage": s3 })),
        observed(HERE, false, Status::Stopped),
        expect![[r#"
            ALTER SYSTEM SET archive_lag_target = '90000ms' TENANT = `t1`;
            ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=s3://b/p?host=h&access_id=i&access_key=*** BINDING=Optional PIECE_SWITCH_INTERVAL=1d' TENANT = `t1`;
            ALTER SYSTEM ARCHIVELOG TENANT = `t1`;
        "#]],
    );
    check(
        &model(json!({ "lag_target": "30s" })),
        observed(on_s3, false, Status::Stopped),
        expect![[r#"
            ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///archive BINDING=Optional PIECE_SWITCH_INTERVAL=1d' TENANT = `t1`;
            ALTER SYSTEM SET archive_lag_target = '30000ms' TENANT = `t1`;
            ALTER SYSTEM ARCHIVELOG TENANT = `t1`;
        "#]],
    );
}

#[test]
fn what_becomes_of_the_round_is_said_at_plan() {
    let (goal, disabled) = (model(json!({})), model(json!({ "enabled": false })));
    let repairing = model(json!({ "repair_interrupted": true }));
    let (gap, nothing) = ("Archiving will have a gap at storage", "");
    let restarts = "Archiving will have a gap at enabled";
    for (prior, goal, wanted, status, stops, expected) in [
        (Some(&goal), &goal, true, Status::Doing, true, gap),
        (Some(&goal), &goal, true, Status::Suspended, true, gap),
        (None, &goal, true, Status::Doing, true, gap),
        (Some(&goal), &goal, true, Status::Doing, false, nothing),
        (Some(&disabled), &goal, false, Status::Stopped, false, restarts),
        (None, &goal, false, Status::Stopped, false, restarts),
        (Some(&goal), &goal, false, Status::Stopped, false, nothing),
        (
            Some(&goal),
            &disabled,
            true,
            Status::Doing,
            true,
            "Log archiving stops at enabled",
        ),
        (Some(&disabled), &disabled, false, Status::Stopped, false, nothing),
        (
            Some(&goal),
            &goal,
            true,
            Status::Interrupted,
            false,
            "Archiving is interrupted at repair_interrupted",
        ),
        (
            Some(&goal),
            &repairing,
            true,
            Status::Interrupted,
            true,
            "Archiving will have a gap at repair_interrupted",
        ),
    ] {
        let warning = round_warning(prior, goal, &observed(HERE, wanted, status), stops);
        let said = warning.map_or_else(String::new, |warning| {
            format!("{} at {}", warning.summary, warning.attribute.unwrap_or_default())
        });
        assert_eq!(said, expected, "{status:?} {stops}");
    }
    let first = Observed {
        round_id: None,
        ..observed(HERE, false, Status::Stopped)
    };
    assert_eq!(round_warning(None, &goal, &first, false), None);
}

#[test]
fn an_interruption_is_told_in_the_servers_words() {
    let interrupted = Observed {
        comment: "clog is recycled before archive".to_owned(),
        ..observed(HERE, true, Status::Interrupted)
    };
    let warning = round_warning(None, &model(json!({})), &interrupted, false).unwrap();
    let expected = "Tenant `t1` lost logs before they were archived (`clog is recycled before archive`), and";
    assert!(warning.detail.starts_with(expected), "{}", warning.detail);
}

#[test]
fn rules_of_the_lag_target_are_judged_at_plan() {
    let problems = |json| {
        let found = Archivelog::validate(&model(json));
        found
            .iter()
            .map(|diagnostic| diagnostic.detail.clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(problems(json!({ "lag_target": "2h" })), "");
    assert_eq!(
        problems(json!({ "lag_target": "3h" })),
        "`lag_target` is at most `2h`; got `3h`."
    );
    let s3 = json!({ "type": "s3", "bucket": "b", "path": "p", "host": "h", "access_id": "i" });
    assert_eq!(
        problems(json!({ "lag_target": "59s", "storage": s3 })),
        "On `s3`, `lag_target` is at least `60s`; got `59s`."
    );
}

#[test]
fn the_lag_target_is_recorded_when_it_is_managed_or_imported() {
    let state = |prior: Option<&Model>, shown: &str| {
        let observed = Observed {
            lag_target: Some(shown.parse().unwrap()),
            ..observed(HERE, true, Status::Doing)
        };
        lag_target_to_record(prior, &observed).map(|span| span.to_string())
    };
    let managed = model(json!({ "lag_target": "600s" }));
    assert_eq!(state(Some(&managed), "10m").as_deref(), Some("600s"));
    assert_eq!(state(Some(&managed), "2m").as_deref(), Some("2m"));
    assert_eq!(state(Some(&model(json!({}))), "10m"), None);
    assert_eq!(state(None, "2m"), None);
    assert_eq!(state(None, "10m").as_deref(), Some("10m"));
}
