//! What `oceanbase_backup_run` sends and stores, table by table.

use super::*;
use crate::{
    backup::Token,
    cluster::{
        Viewpoint,
        records::{BackupJob, DeletionJob, DeletionJobs, SYS},
        snapshot::{
            Tenant,
            tests::{protected, snapshot},
        },
        version::Version,
    },
    managed_resource::describe,
    neighbours::{Claims, Occupant, Purpose},
    retention::tests::set,
    values::destination::{Location, Media},
};
use expect_test::{Expect, expect};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

const NEW: Version = Version(4, 4, 1, 0);
const OLD: Version = Version(4, 2, 1, 0);

/// What there is, and who looks at it.
struct Scene {
    viewpoint: Viewpoint,
    version: Version,
    tenants: Vec<Tenant>,
    jobs: Vec<BackupJob>,
    sets: Vec<crate::cluster::records::BackupSet>,
    deletions: Vec<DeletionJob>,
    claims: Claims,
}

fn scene() -> Scene {
    Scene {
        viewpoint: Viewpoint::Sys,
        version: NEW,
        tenants: vec![protected(1002, "t1"), protected(1004, "t2")],
        jobs: Vec::new(),
        sets: Vec::new(),
        deletions: Vec::new(),
        claims: Claims::default(),
    }
}

impl Scene {
    fn with_jobs(mut self, jobs: impl IntoIterator<Item = BackupJob>) -> Self {
        self.jobs.extend(jobs);
        self.jobs.sort_by_key(|job| (job.tenant_id, job.id));
        self
    }

    fn with<T>(self, look: impl FnOnce(&Snapshot, &Records, &Context<'_>) -> T) -> T {
        let records: Records = (
            Arc::new(BackupJobs { jobs: self.jobs }),
            (
                Arc::new(BackupSets { sets: self.sets }),
                Arc::new(RecentDeletions(DeletionJobs { jobs: self.deletions })),
            ),
        );
        let snapshot = snapshot(self.viewpoint, self.version, self.tenants);
        let context = Context {
            profiles: &StorageProfiles::new(),
            claims: &self.claims,
            capabilities: &snapshot.capabilities,
            viewpoint: &snapshot.viewpoint,
            tenant_logins: &BTreeSet::new(),
        };
        look(&snapshot, &records, &context)
    }

    fn diff(self, prior: Option<&Model>, goal: Goal<'_, Model>) -> String {
        let (Goal::Present(model) | Goal::Absent(model)) = goal;
        let pending = match goal {
            Goal::Present(model) => BackupRun::pending(prior, model),
            Goal::Absent(_) => Pending::none(),
        };
        self.diff_with(&pending, model, goal)
    }

    fn diff_with(self, pending: &Pending, model: &Model, goal: Goal<'_, Model>) -> String {
        self.with(|snapshot, records, context| {
            let observed = BackupRun::observe(snapshot, records, &BackupRun::identity(model)).unwrap();
            describe(&BackupRun::diff(goal, pending, observed.as_ref(), context))
        })
    }

    /// The summaries and attributes of what a plan says.
    fn said(self, prior: Option<&Model>, planned: &Model) -> Vec<String> {
        self.with(|snapshot, records, context| {
            let said = BackupRun::precheck(prior, planned, snapshot, records, context).into_iter();
            said.map(|it| format!("{} at {}", it.summary, it.attribute.unwrap_or_default()))
                .collect()
        })
    }

    fn state(self, prior: Option<&Model>, identity: &Identity) -> Model {
        self.with(|snapshot, records, context| {
            let observed = BackupRun::observe(snapshot, records, identity).unwrap().unwrap();
            assert!(BackupRun::exists(prior, &observed));
            BackupRun::state(prior, identity, &observed, context)
        })
    }
}

fn model(changes: &serde_json::Value) -> Model {
    let mut base = json!({ "tenant": "t1", "run_key": "monday" });
    for (name, value) in changes.as_object().unwrap() {
        base[name] = value.clone();
    }
    serde_json::from_value(base).unwrap()
}

fn all(changes: &serde_json::Value) -> Model {
    let mut changes = changes.clone();
    changes["tenant"] = json!(null);
    changes["all_tenants"] = json!(true);
    model(&changes)
}

fn marked(model: &Model) -> String {
    let identity = BackupRun::identity(model);
    identity.token(model.kind).beside(model.description.as_deref())
}

const START: i64 = 1_738_000_000;

fn job(tenant_id: i64, id: i64, description: &str, status: &str) -> BackupJob {
    let time = |seconds: i64| Timestamp::from_second(START + seconds).unwrap();
    let is_over = matches!(status, "COMPLETED" | "FAILED" | "CANCELED");
    BackupJob {
        tenant_id,
        id,
        backup_set_id: (tenant_id != SYS).then_some(id),
        initiator_tenant_id: tenant_id,
        initiator_job_id: None,
        executor_tenant_ids: vec![tenant_id],
        plus_archivelog: false,
        backup_type: "FULL".to_owned(),
        encryption_mode: "NONE".to_owned(),
        started: time(0),
        ended: is_over.then(|| time(60)),
        status: status.to_owned(),
        result: match status {
            "FAILED" => -9082,
            "CANCELED" => -4072,
            _ => 0,
        },
        comment: String::new(),
        description: description.to_owned(),
        path: String::new(),
    }
}

/// The rows that a statement of sys leaves: its own, and one for each tenant.
fn of_sys(description: &str, parent: &str, children: &[(i64, &str)]) -> Vec<BackupJob> {
    let parent = BackupJob {
        executor_tenant_ids: children.iter().map(|(id, _)| *id).collect(),
        initiator_job_id: Some(7),
        ..job(SYS, 7, description, parent)
    };
    let children = children.iter().filter(|(_, status)| !status.is_empty());
    let child = |(id, status): &(i64, &str)| BackupJob {
        initiator_tenant_id: SYS,
        initiator_job_id: Some(7),
        ..job(*id, 3, description, status)
    };
    [parent].into_iter().chain(children.map(child)).collect()
}

#[track_caller]
fn check(scene: Scene, prior: Option<&Model>, goal: &Model, expected: Expect) {
    expected.assert_eq(&scene.diff(prior, Goal::Present(goal)));
}

#[test]
fn a_run_that_is_new_is_made() {
    check(
        scene(),
        None,
        &model(&json!({})),
        expect![[r#"
        ALTER SYSTEM BACKUP TENANT = `t1` DESCRIPTION = 'tf-7110473f7200b01784b998365b88a2db';
    "#]],
    );
    check(
        scene(),
        None,
        &model(&json!({ "type": "incremental", "plus_archivelog": true, "description": "before.release" })),
        expect![[r#"
            ALTER SYSTEM BACKUP INCREMENTAL TENANT = `t1` PLUS ARCHIVELOG DESCRIPTION = 'before.release:tf-20877952b599d3606012d95d60b16aaf';
        "#]],
    );
    check(
        scene(),
        None,
        &all(&json!({})),
        expect![[r#"
        ALTER SYSTEM BACKUP DATABASE DESCRIPTION = 'tf-93fde6bdee333bc7d07c851964b96c32';
    "#]],
    );
    let own = Scene {
        viewpoint: Viewpoint::User("t1".parse().unwrap()),
        tenants: vec![protected(1002, "t1")],
        ..scene()
    };
    check(
        own,
        None,
        &model(&json!({})),
        expect![[r#"
        ALTER SYSTEM BACKUP DATABASE DESCRIPTION = 'tf-7110473f7200b01784b998365b88a2db';
    "#]],
    );
}

#[test]
fn a_password_is_set_in_the_session_of_the_backup_alone() {
    let protected = model(&json!({ "password_wo": "s3cr3t", "password_wo_version": "1" }));
    check(
        scene(),
        None,
        &protected,
        expect![[r#"
        SET ENCRYPTION ON IDENTIFIED BY '***' ONLY; ALTER SYSTEM BACKUP TENANT = `t1` DESCRIPTION = 'tf-7110473f7200b01784b998365b88a2db';
    "#]],
    );
    let forgotten = model(&json!({ "password_wo_version": "1" }));
    check(
        scene(),
        None,
        &forgotten,
        expect![[r#"
        refuse: The password is missing at password_wo
    "#]],
    );
}

#[test]
fn a_backup_with_the_token_is_taken_for_the_run_wherever_it_is() {
    let goal = model(&json!({}));
    let mark = marked(&goal);
    let by_hand = marked(&model(&json!({ "description": "other.words" })));
    for (jobs, expected) in [
        (vec![job(1002, 3, &mark, "COMPLETED")], "in sync\n"),
        (vec![job(1002, 3, &by_hand, "COMPLETED")], "in sync\n"),
        (vec![job(1002, 3, &mark, "DOING")], "wait for the backup to end\n"),
        (of_sys(&mark, "COMPLETED", &[(1002, "COMPLETED")]), "in sync\n"),
        (
            of_sys(&mark, "INIT", &[(1002, "")]),
            "wait for the tenant's backup job to begin\n",
        ),
        (
            of_sys(&mark, "DOING", &[(1002, "COMPLETED")]),
            "wait for the backup to end\n",
        ),
        (
            of_sys(&mark, "FAILED", &[(1002, "FAILED")]),
            "failed: The backup failed at run_key\n",
        ),
        (
            of_sys(&mark, "CANCELED", &[(1002, "CANCELED")]),
            "failed: The backup was cancelled at run_key\n",
        ),
        (
            of_sys(&mark, "COMPLETED", &[(1002, "")]),
            "failed: The backup left out a tenant at run_key\n",
        ),
    ] {
        let shown = format!("{jobs:?}");
        let diff = scene().with_jobs(jobs).diff(None, Goal::Present(&goal));
        assert_eq!(diff, expected, "{shown}");
    }
}

#[test]
fn a_row_that_may_still_appear_is_waited_for() {
    let goal = model(&json!({}));
    let mut jobs = of_sys(&marked(&goal), "COMPLETED", &[(1002, "")]);
    // A moment before the database's clock.
    jobs[0].ended = Some("2025-01-31T23:59:58Z".parse().unwrap());
    let diff = scene().with_jobs(jobs).diff(None, Goal::Present(&goal));
    assert_eq!(diff, "wait for the tenant's backup job to begin\n");
}

#[test]
fn another_run_is_not_taken_for_it() {
    let goal = model(&json!({}));
    for other in [
        model(&json!({ "run_key": "tuesday" })),
        model(&json!({ "type": "incremental" })),
        model(&json!({ "tenant": "t2" })),
        all(&json!({})),
    ] {
        let jobs = of_sys(&marked(&other), "COMPLETED", &[(1002, "COMPLETED")]);
        let diff = scene().with_jobs(jobs).diff(None, Goal::Present(&goal));
        assert!(diff.starts_with("ALTER SYSTEM BACKUP TENANT = `t1` "), "{diff}");
    }
}

#[test]
fn only_another_key_type_or_tenant_runs_again() {
    let stored = Model {
        finished_at: Some("2025-01-01T00:00:00Z".to_owned()),
        ..model(&json!({}))
    };
    for (changes, runs) in [
        (json!({}), false),
        (json!({ "plus_archivelog": true }), false),
        (json!({ "description": "x" }), false),
        (json!({ "password_wo": "p" }), false),
        (json!({ "wait": false, "cancel_on_interrupt": true }), false),
        (json!({ "run_key": "tuesday" }), true),
        (json!({ "type": "incremental" }), true),
    ] {
        // Its rows are gone: they are older than what is read.
        let diff = scene().diff(Some(&stored), Goal::Present(&model(&changes)));
        assert_eq!(diff.starts_with("ALTER SYSTEM BACKUP"), runs, "{changes}: {diff}");
        assert_eq!(diff == "in sync\n", !runs, "{changes}: {diff}");
    }
}

#[test]
fn without_a_wait_the_beginning_is_enough() {
    let goal = model(&json!({ "wait": false }));
    let mark = marked(&goal);
    for (jobs, expected) in [
        (
            of_sys(&mark, "INIT", &[(1002, "")]),
            "wait for the tenant's backup job to begin\n",
        ),
        (of_sys(&mark, "DOING", &[(1002, "INIT")]), "in sync\n"),
        (
            of_sys(&mark, "FAILED", &[(1002, "FAILED")]),
            "failed: The backup failed at run_key\n",
        ),
    ] {
        assert_eq!(scene().with_jobs(jobs).diff(None, Goal::Present(&goal)), expected);
    }
    // A failure that is known already does not stand in the way of other changes.
    let known = Model {
        finished_at: Some("2025-01-01T00:00:00Z".to_owned()),
        ..goal.clone()
    };
    let failed = || scene().with_jobs(of_sys(&mark, "FAILED", &[(1002, "FAILED")]));
    assert_eq!(failed().diff(Some(&known), Goal::Present(&goal)), "in sync\n");
    // Nor does one that nobody waits for.
    assert_eq!(failed().diff(Some(&goal), Goal::Present(&goal)), "in sync\n");
    assert_eq!(failed().said(Some(&goal), &goal), ["The backup failed at run_key"]);
    let waits = model(&json!({}));
    assert_eq!(
        failed().diff(Some(&goal), Goal::Present(&waits)),
        "failed: The backup failed at run_key\n"
    );
    assert_eq!(
        failed().said(Some(&goal), &waits),
        [""; 0],
        "it is told with the failure"
    );
}

#[test]
fn what_is_missing_is_said_and_what_passes_is_waited_for() {
    let goal = model(&json!({}));
    let change = |change: fn(&mut Tenant)| {
        let mut scene = scene();
        change(&mut scene.tenants[0]);
        scene
    };
    let status = |status: &str| {
        let mut scene = scene();
        scene.tenants[0].round.as_mut().unwrap().status = status.to_owned();
        scene
    };
    let deleting = DeletionJob {
        tenant_id: 1002,
        id: 9,
        kind: "DELETE OBSOLETE BACKUP".to_owned(),
        parameter: String::new(),
        started: Timestamp::UNIX_EPOCH,
        ended: None,
        status: "DOING".to_owned(),
        task_count: 1,
        success_task_count: 0,
        result: 0,
        comment: String::new(),
    };
    for (scene, expected) in [
        (
            change(|tenant| tenant.backup_destination = None),
            "refuse: The tenant has no backup destination at tenant\n",
        ),
        (
            change(|tenant| tenant.round = None),
            "refuse: The tenant does not archive its log at tenant\n",
        ),
        (
            status("INTERRUPTED"),
            "refuse: The tenant does not archive its log at tenant\n",
        ),
        (status("BEGINNING"), "wait for log archiving to reach DOING\n"),
        (
            scene().with_jobs([job(1002, 1, "by hand", "DOING")]),
            "wait for the running backup to end\n",
        ),
        (
            scene().with_jobs(of_sys("by hand", "INIT", &[(1002, "")])),
            "wait for the running backup to end\n",
        ),
        (
            Scene {
                deletions: vec![deleting],
                ..scene()
            },
            "wait for the running deletion of backups to end\n",
        ),
        (
            Scene {
                tenants: Vec::new(),
                ..scene()
            },
            "refuse: Unknown tenant at tenant\n",
        ),
    ] {
        assert_eq!(scene.diff(None, Goal::Present(&goal)), expected);
    }
}

#[test]
fn a_copy_of_the_log_is_no_backup_to_wait_for() {
    let copy = BackupJob {
        backup_type: "BACKUP_ARCHIVE".to_owned(),
        ..job(1002, 1, "", "DOING")
    };
    let diff = scene().with_jobs([copy]).diff(None, Goal::Present(&model(&json!({}))));
    assert!(diff.starts_with("ALTER SYSTEM BACKUP"), "{diff}");
}

#[test]
fn what_the_same_plan_sets_up_is_not_missed() {
    for (purpose, expected) in [
        (
            Purpose::Backups,
            "refuse: The tenant does not archive its log at tenant\n",
        ),
        (
            Purpose::Archive,
            "refuse: The tenant has no backup destination at tenant\n",
        ),
    ] {
        let mut bare = scene();
        (bare.tenants[0].backup_destination, bare.tenants[0].round) = (None, None);
        let occupant = |purpose| Occupant {
            tenant: "t1".parse().unwrap(),
            purpose,
        };
        let place = |path| Location::new(Media::Nfs, path, None);
        let claimant = crate::neighbours::Claimant::New;
        bare.claims.claim(&occupant(purpose), claimant, &place("/a"));
        let goal = model(&json!({}));
        let (claims, tenants) = (std::mem::take(&mut bare.claims), bare.tenants.clone());
        assert_eq!(Scene { claims, ..bare }.diff(None, Goal::Present(&goal)), expected);
        let open = Claims::default();
        open.leave_open();
        let planned = Scene {
            claims: open,
            tenants,
            ..scene()
        };
        assert!(
            planned
                .diff(None, Goal::Present(&goal))
                .starts_with("ALTER SYSTEM BACKUP")
        );
    }
}

#[test]
fn all_tenants_are_backed_up_from_sys_when_any_can_be() {
    let goal = all(&json!({}));
    let mut nobody = scene();
    for tenant in &mut nobody.tenants {
        tenant.round = None;
    }
    let mut one = scene();
    one.tenants[1].backup_destination = None;
    let own = Scene {
        viewpoint: Viewpoint::User("t1".parse().unwrap()),
        ..scene()
    };
    for (scene, expected) in [
        (nobody, "refuse: No tenant can be backed up at all_tenants\n"),
        (own, "refuse: All tenants are backed up from sys only at all_tenants\n"),
        (
            scene().with_jobs([job(1004, 1, "by hand", "DOING")]),
            "wait for the running backup to end\n",
        ),
    ] {
        assert_eq!(scene.diff(None, Goal::Present(&goal)), expected);
    }
    assert!(
        one.diff(None, Goal::Present(&goal))
            .starts_with("ALTER SYSTEM BACKUP DATABASE DESCRIPTION")
    );
    let mut one = scene();
    one.tenants[1].backup_destination = None;
    assert_eq!(one.said(None, &goal), ["Some tenants are left out at all_tenants"]);
}

#[test]
fn tenants_that_the_same_plan_sets_up_are_not_said_to_be_left_out() {
    let goal = all(&json!({}));
    let planned = |purposes: &[Purpose]| {
        let mut scene = scene();
        (scene.tenants[1].backup_destination, scene.tenants[1].round) = (None, None);
        for purpose in purposes {
            let occupant = Occupant {
                tenant: "t2".parse().unwrap(),
                purpose: *purpose,
            };
            let place = Location::new(Media::Nfs, &format!("/{purpose:?}"), None);
            scene.claims.claim(&occupant, crate::neighbours::Claimant::New, &place);
        }
        scene
    };
    let warned = ["Some tenants are left out at all_tenants"];
    assert_eq!(planned(&[Purpose::Backups]).said(None, &goal), warned);
    assert_eq!(planned(&[Purpose::Archive]).said(None, &goal), warned);
    let both = || planned(&[Purpose::Backups, Purpose::Archive]);
    assert_eq!(both().said(None, &goal), [""; 0]);
    let mut restoring = both();
    restoring.tenants[1].status = "RESTORE".to_owned();
    assert_eq!(restoring.said(None, &goal), warned);
    let mut archiving = planned(&[Purpose::Backups]);
    archiving.tenants[1].round = archiving.tenants[0].round.clone();
    assert_eq!(archiving.said(None, &goal), [""; 0]);
}

#[test]
fn a_tenant_that_dropped_out_before_the_backup_began_is_named_afterwards() {
    let goal = all(&json!({}));
    let remarks = |with_destination: bool, prior: Option<&Model>| {
        let mut scene = scene().with_jobs(of_sys(&marked(&goal), "COMPLETED", &[(1002, "COMPLETED")]));
        if !with_destination {
            scene.tenants[1].backup_destination = None;
        }
        scene.with(|snapshot, records, _| {
            let observed = BackupRun::observe(snapshot, records, &BackupRun::identity(&goal)).unwrap();
            let remarks = BackupRun::remarks(prior, &goal, &observed.unwrap()).into_iter();
            remarks.map(|it| it.detail).collect::<String>()
        })
    };
    assert!(
        remarks(true, None).contains("destination: `t2`."),
        "{}",
        remarks(true, None)
    );
    assert_eq!(remarks(false, None), "", "the plan has said so");
    assert_eq!(remarks(true, Some(&goal)), "", "it was told when the backup was made");
}

#[test]
fn an_error_names_the_tenants_whose_backup_is_good() {
    let goal = all(&json!({}));
    let detail = |children: &[(i64, &str)]| {
        let scene = scene().with_jobs(of_sys(&marked(&goal), "FAILED", children));
        scene.with(|snapshot, records, context| {
            let observed = BackupRun::observe(snapshot, records, &BackupRun::identity(&goal)).unwrap();
            let pending = BackupRun::pending(None, &goal);
            match BackupRun::diff(Goal::Present(&goal), &pending, observed.as_ref(), context) {
                Diff::Failed(_, reason) => reason.detail,
                other => panic!("{other:?}"),
            }
        })
    };
    let said = "The backups of other tenants were completed, and can be used: `t1` (set 3).";
    let (beside, alone) = (
        detail(&[(1002, "COMPLETED"), (1004, "FAILED")]),
        detail(&[(1002, "FAILED")]),
    );
    assert!(beside.contains(said), "{beside}");
    assert!(!alone.contains("were completed"), "{alone}");
}

#[test]
fn a_backup_of_all_tenants_is_as_good_as_the_worst() {
    let goal = all(&json!({}));
    let mark = marked(&goal);
    for (parent, second, expected) in [
        ("DOING", "DOING", "wait for the backup to end\n"),
        ("DOING", "", "wait for the tenant's backup job to begin\n"),
        ("COMPLETED", "COMPLETED", "in sync\n"),
        ("FAILED", "FAILED", "failed: The backup failed at run_key\n"),
        ("COMPLETED", "", "failed: The backup left out a tenant at run_key\n"),
    ] {
        let jobs = of_sys(&mark, parent, &[(1002, "COMPLETED"), (1004, second)]);
        assert_eq!(scene().with_jobs(jobs).diff(None, Goal::Present(&goal)), expected);
    }
}

#[test]
fn a_plan_says_what_will_come_of_it() {
    let incremental = model(&json!({ "type": "incremental" }));
    assert_eq!(
        scene().said(None, &incremental),
        ["The incremental backup will be a full one at type"]
    );
    let with_full = || Scene {
        sets: vec![set(1, "FULL", "SUCCESS")],
        ..scene()
    };
    assert_eq!(with_full().said(None, &incremental), [""; 0]);
    let goal = model(&json!({}));
    let made = with_full().with_jobs(of_sys(&marked(&goal), "COMPLETED", &[(1002, "COMPLETED")]));
    assert_eq!(
        made.said(None, &goal),
        ["The backup of this run was deleted at run_key"]
    );
    let made = || Scene {
        sets: vec![set(3, "FULL", "SUCCESS")],
        ..scene()
    };
    let ended = made().with_jobs(of_sys(&marked(&goal), "COMPLETED", &[(1002, "COMPLETED")]));
    assert_eq!(ended.said(None, &goal), ["This run has its backup already at run_key"]);
    let runs = scene().with_jobs(of_sys(&marked(&goal), "DOING", &[(1002, "DOING")]));
    assert_eq!(runs.said(None, &goal), ["This run has its backup already at run_key"]);
    let running = with_full().with_jobs([job(1002, 1, "by hand", "DOING")]);
    assert_eq!(
        running.said(None, &goal),
        ["The backup will wait for another one at tenant"]
    );
    assert_eq!(
        scene().said(
            Some(&goal),
            &model(&json!({ "plus_archivelog": true, "description": "x", "max_compaction_age": "24h" }))
        ),
        [
            "The change is for the next run at plus_archivelog",
            "The change is for the next run at description",
            "The change is for the next run at max_compaction_age"
        ]
    );
    let failed = with_full().with_jobs(of_sys(&marked(&goal), "FAILED", &[(1002, "FAILED")]));
    let known = Model {
        finished_at: Some("2025-01-01T00:00:00Z".to_owned()),
        ..goal.clone()
    };
    assert_eq!(failed.said(Some(&known), &goal), ["The backup failed at run_key"]);
    let mistaken = model(&json!({ "tenant": "T1" }));
    assert_eq!(scene().said(None, &mistaken), ["Unknown tenant at tenant"]);
}

#[test]
fn the_compaction_is_looked_at_before_a_new_run_of_those_that_it_backs_up() {
    let looks_at = |scene: Scene, prior: Option<&Model>, planned: &Model| {
        scene.with(|snapshot, records, context| {
            let observed = BackupRun::observe(snapshot, records, &BackupRun::identity(planned)).unwrap();
            BackupRun::compaction_check(prior, planned, &observed.unwrap(), context)
        })
    };
    let check = |tenants: &[&str]| {
        let tenants = tenants.iter().map(|tenant| tenant.parse().unwrap());
        Some(CompactionCheck::new(tenants.collect(), "24h".parse().unwrap()))
    };
    let told = |run_key: &str| model(&json!({ "run_key": run_key, "max_compaction_age": "24h" }));
    let monday = told("monday");
    assert_eq!(looks_at(scene(), None, &monday), check(&["t1"]));
    assert_eq!(looks_at(scene(), Some(&monday), &told("tuesday")), check(&["t1"]));
    assert_eq!(looks_at(scene(), None, &model(&json!({}))), None);
    assert_eq!(
        looks_at(scene(), Some(&model(&json!({}))), &monday),
        None,
        "it was made"
    );
    let made = of_sys(&marked(&monday), "COMPLETED", &[(1002, "COMPLETED")]);
    assert_eq!(looks_at(scene().with_jobs(made), None, &monday), None);

    let with_left_out = || {
        let mut left_out = protected(1006, "t3");
        left_out.backup_destination = None;
        let mut tenants = scene().tenants;
        tenants.push(left_out);
        Scene { tenants, ..scene() }
    };
    let of_all = all(&json!({ "max_compaction_age": "24h" }));
    assert_eq!(looks_at(with_left_out(), None, &of_all), check(&["t1", "t2"]));
}

#[test]
fn what_was_made_is_stored_and_stays_when_the_records_end() {
    let goal = model(&json!({ "type": "incremental" }));
    let identity = BackupRun::identity(&goal);
    let jobs = || of_sys(&marked(&goal), "COMPLETED", &[(1002, "COMPLETED")]);
    let sets = |file_status: &str| {
        let mut set = set(3, "FULL", "SUCCESS");
        (set.output_bytes, set.min_restore_scn) = (42, Scn(7));
        set.file_status = file_status.to_owned();
        vec![set]
    };
    let made = Scene {
        sets: sets("AVAILABLE"),
        ..scene().with_jobs(jobs())
    };
    let stored = made.state(Some(&goal), &identity);
    let facts = |model: &Model| {
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            model.job_id,
            model.backup_set_id,
            model.effective_type,
            model.status,
            model.result,
            model.min_restore_scn,
            model.output_bytes,
            model.expired
        )
    };
    expect![[r#"Some(3) Some(3) Some("full") Some("COMPLETED") Some(0) Some(Scn(7)) Some(42) Some(false)"#]]
        .assert_eq(&facts(&stored));
    for (scene, expired) in [
        (
            Scene {
                sets: sets("AVAILABLE"),
                ..scene()
            },
            false,
        ),
        (
            Scene {
                sets: sets("DELETED"),
                ..scene().with_jobs(jobs())
            },
            true,
        ),
        (scene(), true),
    ] {
        let later = scene.state(Some(&stored), &identity);
        let expected = Model {
            expired: Some(expired),
            ..stored.clone()
        };
        assert_eq!(later, expected);
    }
}

#[test]
fn that_a_set_is_gone_is_news_once() {
    let with = |expired: Option<bool>| Model {
        expired,
        ..stored(&json!({}))
    };
    for (prior, now, is_news) in [
        (Some(false), Some(true), true),
        (None, Some(true), true),
        (Some(true), Some(true), false),
        (Some(false), Some(false), false),
    ] {
        let news = BackupRun::news(&with(prior), &with(now));
        assert_eq!(!news.is_empty(), is_news, "{prior:?} {now:?}");
    }
}

#[test]
fn an_import_finds_the_run_by_either_type() {
    let identity: Identity = "t1/monday".parse().unwrap();
    let made = model(&json!({ "type": "incremental", "description": "a:b", "plus_archivelog": true }));
    let mut jobs = of_sys(&marked(&made), "COMPLETED", &[(1002, "COMPLETED")]);
    for job in &mut jobs {
        job.plus_archivelog = true;
    }
    let imported = scene().with_jobs(jobs).state(None, &identity);
    assert_eq!(
        (imported.kind, imported.plus_archivelog),
        (BackupType::Incremental, true)
    );
    assert_eq!((imported.description.as_deref(), imported.wait), (Some("a:b"), true));
    scene().with(|snapshot, records, _| {
        let observed = BackupRun::observe(snapshot, records, &identity).unwrap().unwrap();
        assert!(!BackupRun::exists(None, &observed), "there is nothing to import");
    });
}

#[test]
fn what_a_new_run_moves_is_not_known_at_plan() {
    let stored = model(&json!({ "wait": false }));
    let moved =
        |prior: Option<&Model>, proposed: &Model| BackupRun::plan(prior, proposed, &StorageProfiles::new()).len();
    assert_eq!(moved(None, &stored), BEGINS.len() + ENDS.len());
    assert_eq!(moved(Some(&stored), &stored), 0);
    let next = model(&json!({ "run_key": "tuesday" }));
    assert_eq!(moved(Some(&stored), &next), BEGINS.len() + ENDS.len());
    assert_eq!(
        moved(Some(&stored), &model(&json!({}))),
        ENDS.len(),
        "it is waited for now"
    );
}

#[test]
fn an_interrupt_ends_what_was_begun_when_told_so() {
    let farewell = |scene: Scene, model: &Model, begun: bool| {
        scene.with(|snapshot, records, context| {
            let observed = BackupRun::observe(snapshot, records, &BackupRun::identity(model)).unwrap();
            let farewell = BackupRun::farewell(Goal::Present(model), observed.as_ref(), begun, context);
            farewell.map(|farewell| farewell.ending.map(|ending| ending.step.to_string()))
        })
    };
    let (leaves, cancels) = (model(&json!({})), model(&json!({ "cancel_on_interrupt": true })));
    let running = || scene().with_jobs(of_sys(&marked(&leaves), "DOING", &[(1002, "DOING")]));
    let cancel = Some("ALTER SYSTEM CANCEL BACKUP TENANT = `t1`".to_owned());
    assert_eq!(farewell(scene(), &cancels, false), None);
    assert_eq!(farewell(scene(), &cancels, true), Some(cancel.clone()));
    assert_eq!(farewell(running(), &cancels, false), Some(cancel));
    assert_eq!(farewell(running(), &leaves, true), Some(None));
    let over = scene().with_jobs(of_sys(&marked(&leaves), "COMPLETED", &[(1002, "COMPLETED")]));
    assert_eq!(farewell(over, &cancels, true), None);
    let goal = all(&json!({ "cancel_on_interrupt": true }));
    let jobs = of_sys(&marked(&goal), "DOING", &[(1002, "DOING"), (1004, "DOING")]);
    let both = Some("ALTER SYSTEM CANCEL BACKUP TENANT = `t1`, `t2`".to_owned());
    assert_eq!(farewell(scene().with_jobs(jobs), &goal, true), Some(both.clone()));
    let jobs = of_sys(&marked(&goal), "DOING", &[(1002, "DOING"), (1004, "")]);
    assert_eq!(
        farewell(scene().with_jobs(jobs), &goal, true),
        Some(both),
        "a tenant that has not begun must not begin afterwards"
    );
    let somebody_elses = || scene().with_jobs([job(1002, 1, "by hand", "DOING")]);
    for cancels in [&cancels, &goal] {
        assert_eq!(farewell(somebody_elses(), cancels, true), None);
    }
}

#[test]
fn a_backup_that_should_have_been_protected_is_an_error() {
    let goal = model(&json!({ "password_wo": "s3cr3t", "wait": false }));
    let modes = |mode: &str, status: &str| {
        let mut jobs = of_sys(&marked(&goal), status, &[(1002, status)]);
        jobs[1].encryption_mode = mode.to_owned();
        scene().with_jobs(jobs)
    };
    let refused = "failed: The backup is not protected at run_key\n";
    for (mode, status, expected) in [
        ("PASSWORD", "COMPLETED", "in sync\n"),
        ("NONE", "COMPLETED", refused),
        ("NONE", "DOING", refused),
    ] {
        assert_eq!(modes(mode, status).diff(None, Goal::Present(&goal)), expected);
    }
    let stored = model(&json!({}));
    let later = modes("NONE", "COMPLETED");
    assert_eq!(
        later.diff(Some(&stored), Goal::Present(&goal)),
        "in sync\n",
        "nothing can be done"
    );
    let known = Model {
        finished_at: Some("2025-01-01T00:00:00Z".to_owned()),
        ..stored
    };
    for (mode, said) in [
        ("NONE", vec!["The backup is not protected at run_key"]),
        ("PASSWORD", vec![]),
    ] {
        assert_eq!(modes(mode, "COMPLETED").said(Some(&known), &goal), said);
    }
}

#[test]
fn the_password_of_a_backup_is_not_changed() {
    let named = |version: Option<&str>, run_key: &str| Model {
        finished_at: Some("2025-01-01T00:00:00Z".to_owned()),
        ..model(&json!({ "run_key": run_key, "password_wo": version.map(|_| "p"), "password_wo_version": version }))
    };
    let of = |mode: &str| {
        let mark = marked(&named(None, "monday"));
        let mut jobs = of_sys(&mark, "COMPLETED", &[(1002, "COMPLETED")]);
        jobs[1].encryption_mode = mode.to_owned();
        scene().with_jobs(jobs)
    };
    let refused = "refuse: The password of a backup cannot be changed at password_wo_version\n";
    for (scene, stored, wanted, expected) in [
        (of("NONE"), None, Some("1"), refused),
        // Its records are gone, or the practitioner tells of it what an import cannot.
        (scene(), None, Some("1"), refused),
        (of("PASSWORD"), None, Some("1"), "in sync\n"),
        (of("PASSWORD"), Some("1"), Some("2"), refused),
        (of("PASSWORD"), Some("1"), None, refused),
        (scene(), Some("1"), Some("2"), refused),
        (of("PASSWORD"), Some("1"), Some("1"), "in sync\n"),
    ] {
        let (prior, goal) = (named(stored, "monday"), named(wanted, "monday"));
        assert_eq!(
            scene.diff(Some(&prior), Goal::Present(&goal)),
            expected,
            "{stored:?} {wanted:?}"
        );
    }
    let next = scene().diff(
        Some(&named(Some("1"), "monday")),
        Goal::Present(&named(Some("2"), "tuesday")),
    );
    assert!(next.starts_with("SET ENCRYPTION"), "{next}");
}

#[test]
fn a_plan_says_that_another_run_keeps_the_sets_of_the_one_before() {
    let next = |expired: bool, on_destroy: &str| {
        let prior = Model {
            expired: Some(expired),
            ..stored(&json!({ "on_destroy": on_destroy }))
        };
        let next = model(&json!({ "run_key": "tuesday", "on_destroy": on_destroy }));
        scene().said(Some(&prior), &next)
    };
    assert_eq!(
        next(false, "delete_set"),
        ["The backup of the run before stays at run_key"]
    );
    assert_eq!(next(true, "delete_set"), [""; 0]);
    assert_eq!(next(false, "forget"), [""; 0]);
}

fn stored(changes: &serde_json::Value) -> Model {
    let mut model = model(&json!({ "on_destroy": "delete_set", "backup_set_ids": { "t1": 1 } }));
    model.kind = BackupType::Full;
    if let Some(on_destroy) = changes.get("on_destroy") {
        model.on_destroy = serde_json::from_value(on_destroy.clone()).unwrap();
    }
    model
}

fn deletion(id: i64, status: &str, parameter: &str) -> DeletionJob {
    DeletionJob {
        tenant_id: 1002,
        id,
        kind: "DELETE BACKUP SET".to_owned(),
        parameter: parameter.to_owned(),
        started: Timestamp::UNIX_EPOCH,
        ended: None,
        status: status.to_owned(),
        task_count: 1,
        success_task_count: 0,
        result: -9045,
        comment: "id=1(dependent)".to_owned(),
    }
}

const DELETE: &str = "ALTER SYSTEM DELETE BACKUPSET 1 TENANT = `t1`; (if tenant t1 can do without {1})\n";
const DELETING: &str = "wait for the backup set to be deleted\n";
const FAILED: &str = "failed: The deletion ended as FAILED at on_destroy\n";

#[test]
fn a_set_is_deleted_unless_it_is_gone() {
    let goal = stored(&json!({}));
    let with = |file_status: &str| {
        let mut first = set(1, "FULL", "SUCCESS");
        first.file_status = file_status.to_owned();
        Scene {
            sets: vec![first, set(2, "FULL", "SUCCESS")],
            ..scene()
        }
    };
    let making = Scene {
        sets: vec![set(1, "FULL", "DOING")],
        ..scene()
    };
    // The row of the set comes when the job is at work.
    let beginning = scene().with_jobs([job(1002, 1, &marked(&goal), "INIT")]);
    let old = Scene {
        version: OLD,
        ..with("AVAILABLE")
    };
    let dropped = Scene {
        tenants: vec![],
        ..scene()
    };
    for (scene, expected) in [
        (with("AVAILABLE"), DELETE),
        (with("EXPIRED"), DELETE),
        (with("DELETING"), DELETING),
        (with("DELETED"), "in sync\n"),
        (scene(), "in sync\n"),
        (dropped, "in sync\n"),
        (making, "wait for the backup to end\n"),
        (beginning, "wait for the backup to end\n"),
        (old, "refuse: The cluster lacks a capability at on_destroy\n"),
    ] {
        assert_eq!(scene.diff(None, Goal::Absent(&goal)), expected);
    }
    let forgets = stored(&json!({ "on_destroy": "forget" }));
    assert_eq!(with("AVAILABLE").diff(None, Goal::Absent(&forgets)), "in sync\n");
}

#[test]
fn a_deletion_is_followed_by_its_own_job() {
    let goal = stored(&json!({}));
    let with = |file_status: &str, deletions: Vec<DeletionJob>| {
        let mut first = set(1, "FULL", "SUCCESS");
        first.file_status = file_status.to_owned();
        Scene {
            sets: vec![first, set(2, "FULL", "SUCCESS")],
            deletions,
            ..scene()
        }
    };
    let there = |deletions| with("AVAILABLE", deletions);
    let failed = || deletion(7, "FAILED", "1");
    let of_sys = || DeletionJob {
        tenant_id: SYS,
        ..deletion(3, "DOING", "1")
    };
    let cleanup = || DeletionJob {
        kind: "DELETE OBSOLETE BACKUP".to_owned(),
        ..deletion(9, "DOING", "1700000000000000")
    };
    let failed_and_left_alone = format!("{FAILED}  {}", DELETE.split_once(" (").unwrap().0);
    // What had ended at the first look is none of ours.
    let before = || Pending::none().after(BTreeSet::from([(1002, 7)]));
    for (scene, pending, expected) in [
        (there(vec![failed()]), before(), DELETE),
        (there(vec![of_sys(), failed()]), before(), DELETING),
        (there(vec![failed(), deletion(9, "DOING", "1")]), before(), DELETING),
        (
            there(vec![failed(), deletion(9, "FAILED", "1")]),
            before(),
            &failed_and_left_alone,
        ),
        // It ran at the first look: an apply that was cut off had begun it.
        (there(vec![failed()]), Pending::none(), &failed_and_left_alone),
        (there(vec![deletion(9, "FAILED", "2")]), before(), DELETE),
        // It was interrupted half-way.
        (with("DELETING", vec![failed()]), Pending::none(), FAILED),
        (with("DELETING", vec![failed()]), before(), DELETE),
        (with("DELETING", vec![failed(), cleanup()]), before(), DELETING),
    ] {
        let shown = format!("{:?} {pending:?}", scene.deletions);
        let diff = scene.diff_with(&pending, &goal, Goal::Absent(&goal));
        assert_eq!(diff, expected, "{shown}");
    }
    let observed = there(vec![of_sys(), failed(), deletion(9, "DOING", "1")]);
    observed.with(|snapshot, records, _| {
        let observed = BackupRun::observe(snapshot, records, &BackupRun::identity(&goal)).unwrap();
        assert_eq!(BackupRun::past_jobs(&observed.unwrap()), BTreeSet::from([(1002, 7)]));
    });
}

#[test]
fn what_a_destroy_leaves_is_said_as_it_is() {
    let announced = |scene: Scene, model: &Model| {
        scene.with(|snapshot, records, _| {
            let observed = BackupRun::observe(snapshot, records, &BackupRun::identity(model)).unwrap();
            let said = BackupRun::precheck_destroy(model, observed.as_ref()).into_iter();
            said.map(|it| it.summary).collect::<Vec<_>>()
        })
    };
    let with = |file_status: &str| {
        let mut first = set(1, "FULL", "SUCCESS");
        first.file_status = file_status.to_owned();
        Scene {
            sets: vec![first],
            ..scene()
        }
    };
    let (deletes, forgets) = (stored(&json!({})), stored(&json!({ "on_destroy": "forget" })));
    assert_eq!(announced(with("AVAILABLE"), &forgets), ["The backup stays"]);
    assert_eq!(announced(with("AVAILABLE"), &deletes), ["The backup is deleted"]);
    for gone in ["DELETED", "DELETING"] {
        assert_eq!(announced(with(gone), &forgets), [""; 0], "{gone}");
        assert_eq!(announced(with(gone), &deletes), [""; 0], "{gone}");
    }
    assert_eq!(announced(with("EXPIRED"), &forgets), [""; 0]);
    assert_eq!(announced(with("EXPIRED"), &deletes), ["The backup is deleted"]);
    assert_eq!(announced(scene(), &forgets), [""; 0], "its row is gone");
    let unseen = |model: &Model| BackupRun::precheck_destroy(model, None).into_iter().count();
    let expired = Model {
        expired: Some(true),
        ..forgets.clone()
    };
    assert_eq!((unseen(&forgets), unseen(&expired)), (1, 0));
    let not_begun = model(&json!({}));
    assert_eq!(announced(scene(), &not_begun), ["The backup stays"]);
}

#[test]
fn a_configuration_that_makes_no_sense_is_refused() {
    for (model, expected) in [
        (model(&json!({})), vec![]),
        (
            model(&json!({ "all_tenants": true })),
            vec!["One tenant, or all of them"],
        ),
        (model(&json!({ "tenant": null })), vec!["Whom to back up"]),
        (
            model(&json!({ "password_wo_version": "1" })),
            vec!["The password is missing"],
        ),
        (model(&json!({ "password_wo": "" })), vec!["The password is empty"]),
        (
            model(&json!({ "timeouts": { "create": "0s" } })),
            vec!["Invalid `timeouts.create`"],
        ),
    ] {
        let said = BackupRun::validate(&model).into_iter().map(|it| it.summary);
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_token_in_another_tenants_job_is_not_looked_at() {
    let goal = model(&json!({}));
    let token = Token::of(Scope::Tenant(goal.tenant.as_ref().unwrap()), BackupType::Full, "monday");
    let elsewhere = job(1004, 3, &token.beside(None), "COMPLETED");
    let diff = scene().with_jobs([elsewhere]).diff(None, Goal::Present(&goal));
    assert!(diff.starts_with("ALTER SYSTEM BACKUP"), "{diff}");
}
