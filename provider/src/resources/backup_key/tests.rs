//! What `oceanbase_backup_key` sends, table by table.

use super::*;
use crate::{
    cluster::version::{Edition, Version},
    managed_resource::describe,
    neighbours::Claims,
};
use expect_test::{Expect, expect};
use std::{borrow::Borrow, collections::BTreeSet};

fn patched(changes: &serde_json::Value) -> serde_json::Value {
    let mut model = json!({
        "tenant": "t1", "storage": { "type": "nfs", "path": "/keys" }, "password_wo": "s3cr3t", "password_wo_version": "1",
    });
    for (name, value) in changes.as_object().unwrap() {
        model[name] = value.clone();
    }
    model
}

/// As configured; `uri` and what comes from the profile as the plan fills them in.
fn goal(changes: serde_json::Value) -> Model {
    let model: Model = serde_json::from_value(patched(&changes)).unwrap();
    let profiles = profiles();
    let wished = model.storage.resolve_as_stored(&profiles);
    Model {
        uri: Some(wished.destination().public_uri()),
        profile_password_version: profile_of(&model, &profiles)
            .and_then(|profile| profile.key_password_version.clone()),
        condition: Some(IN_SYNC.to_owned()),
        ..model
    }
}

/// As stored after an export under the master key 3.
fn stored(changes: serde_json::Value) -> Model {
    Model {
        password_wo: None,
        backed_up_at: Some("2025-01-31T23:59:59Z".to_owned()),
        master_key_id: Some(3),
        ..goal(changes)
    }
}

fn profiles() -> StorageProfiles {
    let profile = json!({
        "type": "oss", "bucket": "b", "host": "h", "access_id": "i", "access_key": "k", "key_password": "of-the-profile",
        "key_password_version": "p1",
    });
    let without_password = json!({ "type": "nfs" });
    let empty_password = json!({ "type": "nfs", "key_password": "" });
    [
        ("main", profile),
        ("plain", without_password),
        ("empty", empty_password),
    ]
    .map(|(name, profile)| (name.to_owned(), serde_json::from_value(profile).unwrap()))
    .into()
}

fn observed(master_key_id: Option<i64>) -> Observed {
    Observed {
        clock: "2025-02-01T00:00:00Z".to_owned(),
        master_key_id,
    }
}

fn diff_as(
    viewpoint: &Viewpoint,
    edition: Edition,
    goal: Goal<'_, Model>,
    prior: Option<&Model>,
    observed: Option<&Observed>,
) -> String {
    let (Goal::Present(model) | Goal::Absent(model)) = goal;
    let context = Context {
        profiles: &profiles(),
        claims: &Claims::default(),
        capabilities: &Capabilities::of(Version(4, 3, 5, 3), edition),
        viewpoint,
        tenant_logins: &BTreeSet::new(),
    };
    describe(&BackupKey::diff(
        goal,
        &BackupKey::pending(prior, model),
        observed,
        &context,
    ))
}

#[track_caller]
fn check(prior: Option<&Model>, goal: &Model, expected: impl Borrow<Expect>) {
    let diff = diff_as(
        &Viewpoint::Sys,
        Edition::Enterprise,
        Goal::Present(goal),
        prior,
        Some(&observed(Some(3))),
    );
    expected.borrow().assert_eq(&diff);
}

/// The attributes that a plan leaves open, and what it says of the others.
fn planned(prior: Option<&Model>, goal: &Model) -> String {
    let computed = BackupKey::plan(prior, goal, &profiles()).into_iter();
    let said = computed.map(|(path, computed)| match computed {
        Computed::Unknown => format!("{path}: known after apply\n"),
        Computed::Known(value) => format!("{path}: {value}\n"),
    });
    said.collect()
}

#[test]
fn keys_are_exported_when_the_resource_is_created() {
    check(
        None,
        &goal(json!({})),
        expect!["ALTER SYSTEM BACKUP KEY TENANT = `t1` TO 'file:///keys' ENCRYPTED BY '***';\n"],
    );
    let oss = json!({ "storage": {
        "type": "oss", "bucket": "b", "host": "h", "path": "keys", "access_id": "i", "access_key_wo": "k", "max_iops": 5,
    } });
    check(
        None,
        &goal(oss),
        expect![[r#"
            ALTER SYSTEM BACKUP KEY TENANT = `t1` TO 'oss://b/keys?host=h&access_id=i&access_key=***&max_iops=5' ENCRYPTED BY '***';
        "#]],
    );
}

#[test]
fn a_user_tenant_names_no_tenant() {
    let own = Viewpoint::User("t1".parse().unwrap());
    let diff = diff_as(
        &own,
        Edition::Enterprise,
        Goal::Present(&goal(json!({}))),
        None,
        Some(&observed(None)),
    );
    expect!["ALTER SYSTEM BACKUP KEY TO 'file:///keys' ENCRYPTED BY '***';\n"].assert_eq(&diff);
}

#[test]
fn what_makes_another_export_due_is_known_to_the_plan() {
    let export = "ALTER SYSTEM BACKUP KEY";
    let stale = Model {
        condition: Some(STALE.to_owned()),
        ..stored(json!({}))
    };
    let base = stored(json!({}));
    let trigger = |text: &str| json!({ "rotation_trigger": { "rotated": text } });
    for (prior, changes, is_due) in [
        (&base, json!({}), false),
        (&stale, json!({}), true),
        (&base, json!({ "password_wo_version": "2" }), true),
        (&base, json!({ "password_wo_version": null }), true),
        (&base, json!({ "password_wo": "other" }), false),
        (
            &base,
            json!({ "storage": { "type": "nfs", "path": "/elsewhere" } }),
            true,
        ),
        (&base, json!({ "storage": { "type": "nfs", "path": "/keys/" } }), false),
        (
            &base,
            json!({ "storage": { "type": "nfs", "path": "/keys", "max_iops": 5 } }),
            false,
        ),
        (&base, json!({ "timeouts": { "update": "1m" } }), false),
        (&base, trigger("today"), true),
        (&stored(trigger("today")), trigger("today"), false),
        (&stored(trigger("today")), trigger("tomorrow"), true),
        (&stored(trigger("today")), json!({}), true),
    ] {
        let goal = goal(changes.clone());
        let diff = diff_as(
            &Viewpoint::Sys,
            Edition::Enterprise,
            Goal::Present(&goal),
            Some(prior),
            Some(&observed(Some(3))),
        );
        assert_eq!(diff.starts_with(export), is_due, "{changes}: {diff}");
        let left_open = planned(Some(prior), &goal).contains("backed_up_at: known after apply");
        assert_eq!(left_open, is_due, "{changes}");
    }
}

#[test]
fn a_profile_gives_place_and_password_and_tells_when_they_change() {
    let in_profile =
        json!({ "storage": { "profile": "main", "path": "keys" }, "password_wo": null, "password_wo_version": null });
    check(
        None,
        &goal(in_profile.clone()),
        expect![[r#"
            ALTER SYSTEM BACKUP KEY TENANT = `t1` TO 'oss://b/keys?host=h&access_id=i&access_key=***' ENCRYPTED BY '***';
        "#]],
    );
    let goal = goal(in_profile.clone());
    check(Some(&stored(in_profile.clone())), &goal, expect!["in sync\n"]);
    for before in [
        json!({ "profile_password_version": "p0" }),
        json!({ "uri": "oss://before/keys?host=h&access_id=i" }),
    ] {
        let mut stored = serde_json::to_value(stored(in_profile.clone())).unwrap();
        for (name, value) in before.as_object().unwrap() {
            stored[name] = value.clone();
        }
        let stored: Model = serde_json::from_value(stored).unwrap();
        expect![[r#"
            storage.profile_key_version: null
            uri: "oss://b/keys?host=h&access_id=i"
            profile_password_version: "p1"
            condition: known after apply
            backed_up_at: known after apply
            master_key_id: known after apply
        "#]]
        .assert_eq(&planned(Some(&stored), &goal));
    }
}

#[test]
fn an_export_without_a_password_is_refused() {
    let without = json!({ "storage": { "profile": "plain", "path": "/keys" }, "password_wo": null });
    check(
        None,
        &goal(without.clone()),
        expect!["refuse: A password for the keys is needed at storage.profile\n"],
    );
    assert!(
        BackupKey::validate(&goal(without)).is_empty(),
        "the profile is not known then"
    );
    for password in [json!(null), json!("")] {
        let said = BackupKey::validate(&goal(json!({ "password_wo": password }))).into_iter();
        let said: Vec<(String, String)> = said
            .map(|problem| (problem.summary, problem.attribute.unwrap().to_string()))
            .collect();
        let expected = ("A password for the keys is needed".to_owned(), "password_wo".to_owned());
        assert_eq!(said, [expected]);
    }
}

#[test]
fn what_the_password_lacks_is_named() {
    let said = |changes: serde_json::Value| password(&goal(changes), &profiles()).unwrap_err().detail;
    let in_profile = |name: &str| json!({ "storage": { "profile": name, "path": "/keys" }, "password_wo": null });
    for (changes, expected) in [
        (json!({ "password_wo": null }), "the configuration gives none"),
        (json!({ "password_wo": "" }), "`password_wo` is an empty text"),
        (
            in_profile("plain"),
            "the storage profile `plain` of the provider block has no `key_password`",
        ),
        (
            in_profile("empty"),
            "the storage profile `empty` of the provider block has an empty `key_password`",
        ),
    ] {
        assert!(
            said(changes.clone()).contains(expected),
            "{changes}: {}",
            said(changes.clone())
        );
    }
}

#[test]
fn what_an_export_lacks_is_an_error_of_the_first_one_and_a_warning_of_others() {
    let lacking = || Diagnostic::error("lacking", "");
    let known = stored(json!({}));
    let severity = |prior| BackupKey::refusal_at_plan(prior, lacking()).severity;
    assert_eq!(
        (severity(None), severity(Some(&known))),
        (Severity::Error, Severity::Warning)
    );
}

#[test]
fn the_plan_moves_the_condition_only_when_keys_are_exported() {
    let trigger = json!({ "rotation_trigger": { "at": "now" } });
    for (condition, changes, expected) in [
        (IN_SYNC, json!({}), ""),
        (NO_KEY, json!({}), ""),
        (STALE, json!({}), "condition: \"in sync\"\n"),
        (STALE, trigger.clone(), "condition: \"in sync\"\n"),
        (NO_KEY, trigger.clone(), "condition: known after apply\n"),
    ] {
        let prior = Model {
            condition: Some(condition.to_owned()),
            ..stored(json!({}))
        };
        let planned = planned(Some(&prior), &goal(changes));
        let of_condition: String = planned
            .split_inclusive('\n')
            .filter(|line| line.starts_with("condition"))
            .collect();
        assert_eq!(of_condition, expected, "{condition}");
    }
}

#[test]
fn a_stale_export_is_said_to_be_one_and_also_when_it_is_destroyed() {
    let prior = Model {
        condition: Some(STALE.to_owned()),
        ..stored(json!({}))
    };
    expect![
        "Tenant `t1` has a newer master key than the exported ones: the last export was made at 2025-01-31T23:59:59Z, under the master \
         key 3. What was written since then cannot be restored with it. Apply, to export the keys again."
    ]
    .assert_eq(&stale(&prior).detail);
    let farewell = |model: &Model| {
        BackupKey::precheck_destroy(model, None)
            .into_iter()
            .next()
            .unwrap()
            .detail
    };
    assert!(
        farewell(&prior).contains("older than the tenant's master key"),
        "{}",
        farewell(&prior)
    );
    assert!(!farewell(&stored(json!({}))).contains("older than"));
}

#[test]
fn community_edition_has_no_keys_to_export() {
    let diff = diff_as(
        &Viewpoint::Sys,
        Edition::Community,
        Goal::Present(&goal(json!({}))),
        None,
        Some(&observed(None)),
    );
    expect!["refuse: Only Enterprise Edition has keys to export at \n"].assert_eq(&diff);
}

#[test]
fn a_tenant_that_is_not_there_is_refused() {
    let diff = diff_as(
        &Viewpoint::Sys,
        Edition::Enterprise,
        Goal::Present(&goal(json!({}))),
        None,
        None,
    );
    expect!["refuse: Unknown tenant at tenant\n"].assert_eq(&diff);
}

#[test]
fn a_destroy_sends_nothing() {
    let stored = stored(json!({}));
    for observed in [None, Some(&observed(Some(4)))] {
        let diff = diff_as(
            &Viewpoint::Sys,
            Edition::Enterprise,
            Goal::Absent(&stored),
            Some(&stored),
            observed,
        );
        expect!["in sync\n"].assert_eq(&diff);
    }
}

#[test]
fn only_a_newer_master_key_makes_an_export_stale() {
    for (exported, shown, expected) in [
        (Some(3), Some(3), IN_SYNC),
        (Some(3), Some(4), STALE),
        (None, Some(1), STALE),
        (None, None, NO_KEY),
        // A user tenant sees the keys of its tables only.
        (Some(3), Some(2), IN_SYNC),
        (Some(3), None, IN_SYNC),
    ] {
        let known = Model {
            master_key_id: exported,
            ..stored(json!({}))
        };
        assert_eq!(
            condition(&known, &observed(shown)),
            expected,
            "{exported:?}, then {shown:?}"
        );
    }
}

#[test]
fn what_is_remembered_was_seen_before_the_export() {
    let remembered = BackupKey::with_what_was_found(&goal(json!({})), &observed(Some(4)));
    assert_eq!(remembered.backed_up_at.as_deref(), Some("2025-02-01T00:00:00Z"));
    assert_eq!(remembered.master_key_id, Some(4));
    // Rotated meanwhile: nobody knows which of the two keys was exported.
    assert_eq!(condition(&remembered, &observed(Some(5))), STALE);
}
