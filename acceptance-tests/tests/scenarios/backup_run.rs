//! One backup for each key, whatever happens.

mod compaction;
mod removal;

use crate::protected;
use acceptance_tests::{Cluster, Plugin, Terraform};
use oceanbase_simulator::cluster::{Clock, FileStatus, Pace, Profile};
use oceanbase_simulator::server::Effect;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};
use tfplugin::Value;

const RUN: &str = "oceanbase_backup_run";
const ADDRESS: &str = "oceanbase_backup_run.it";
const TENANT: &str = "mysql_tenant";

/// A tenant that can be backed up, and a run of it.
fn with_run(run: &Json) -> Json {
    let mut rest = protected(TENANT);
    let mut run = run.clone();
    run["depends_on"] = json!(["oceanbase_archivelog.it", "oceanbase_backup_destination.it"]);
    rest["resource"][RUN] = json!({ "it": run });
    rest
}

fn run(run_key: &str) -> Json {
    json!({ "tenant": TENANT, "run_key": run_key })
}

struct Site {
    cluster: Cluster,
    terraform: Terraform,
}

impl Site {
    fn new(profile: Profile) -> Self {
        Self {
            cluster: Cluster::start(profile),
            terraform: Terraform::new(),
        }
    }

    /// A tenant that has everything but a backup.
    fn prepared() -> Self {
        let site = Self::new(Profile::Ce4410);
        site.configure_all(&protected(TENANT));
        site.terraform.apply();
        site
    }

    fn configure_all(&self, rest: &Json) {
        self.terraform.configure(&self.cluster.provider_block(), rest);
    }

    fn configure(&self, run: &Json) {
        self.configure_all(&with_run(run));
    }

    fn state(&self) -> Json {
        self.terraform.state(ADDRESS).unwrap()
    }

    fn backups(&self) -> usize {
        self.cluster
            .changes()
            .iter()
            .filter(|sql| sql.starts_with("ALTER SYSTEM BACKUP"))
            .count()
    }
}

const APPLY: [&str; 3] = ["apply", "-no-color", "-auto-approve"];

#[test]
fn a_first_apply_sets_everything_up_and_makes_a_backup() {
    for profile in Profile::ALL {
        let site = Site::new(profile);
        site.configure(&run("first"));
        let applied = site.terraform.apply();
        assert!(applied.contains("3 added, 0 changed, 0 destroyed"), "{applied}");
        site.terraform.assert_settled();
        let state = site.state();
        assert_eq!(
            (&state["status"], &state["result"]),
            (&json!("COMPLETED"), &json!(0)),
            "{profile}"
        );
        assert_eq!(state["backup_set_ids"], json!({ TENANT: 1 }));
        assert!(
            state["min_restore_scn"].as_u64() > Some(0) && state["output_bytes"].as_u64() > Some(0),
            "{state}"
        );
        assert!(state["started_at"].as_str() < state["finished_at"].as_str());
    }
}

#[test]
fn a_plan_goes_on_where_a_location_is_not_known_yet() {
    let site = Site::new(Profile::Ce4410);
    let mut rest = with_run(&run("first"));
    rest["resource"]["terraform_data"] = json!({ "path": { "input": "/backup/data" } });
    rest["resource"]["oceanbase_backup_destination"]["it"]["storage"]["path"] = json!("${terraform_data.path.output}");
    site.configure_all(&rest);
    site.terraform.apply();
    site.terraform.assert_settled();
}

#[test]
fn a_plan_goes_on_where_the_next_key_is_not_known_yet() {
    let site = Site::prepared();
    let release = |name: &str| {
        let mut rest = with_run(&run("${terraform_data.release.output}"));
        rest["resource"]["terraform_data"] = json!({ "release": { "input": name } });
        site.configure_all(&rest);
        site.terraform.apply();
        site.terraform.assert_settled();
    };
    release("1.0");
    release("1.1");
    assert_eq!((&site.state()["run_key"], site.backups()), (&json!("1.1"), 2));
}

#[test]
fn what_is_missing_is_said_at_plan() {
    let site = Site::new(Profile::Ce4410);
    let alone = |run: &Json| json!({ "resource": { RUN: { "it": run } } });
    let refused = |run: &Json, summary: &str| {
        site.configure_all(&alone(run));
        let complaint = site.terraform.fail(&["plan", "-no-color"]);
        assert!(complaint.contains(&format!("Error: {summary}")), "{complaint}");
        complaint
    };
    let place = "on main.tf.json line 1, in resource.oceanbase_backup_run.it";
    assert!(refused(&run("k"), "The tenant has no backup destination").contains(place));
    site.cluster
        .sys("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///d' TENANT = mysql_tenant");
    refused(&run("k"), "The tenant does not archive its log");
    refused(
        &json!({ "all_tenants": true, "run_key": "k" }),
        "No tenant can be backed up",
    );
    let mut words = run("k");
    words["description"] = json!("it's");
    let complaint = refused(&words, "Invalid");
    assert!(complaint.contains("letters, digits, and `_ . : -`"), "{complaint}");
    refused(&json!({ "run_key": "k" }), "Whom to back up");
    refused(&json!({ "tenant": "Mysql_tenant", "run_key": "k" }), "Unknown tenant");
    assert_eq!(site.backups(), 0);
}

#[test]
fn an_incremental_that_becomes_a_full_is_told() {
    let site = Site::prepared();
    let incremental = |run_key: &str| json!({ "tenant": TENANT, "run_key": run_key, "type": "incremental" });
    site.configure(&incremental("first"));
    let plan = site.terraform.plan();
    assert!(
        plan.text.contains("Warning: The incremental backup will be a full one"),
        "{}",
        plan.text
    );
    let applied = site.terraform.apply_plan();
    assert!(
        applied.contains("Warning: The incremental backup became a full one"),
        "{applied}"
    );
    assert_eq!(site.state()["effective_type"], "full");
    site.terraform.assert_settled();

    site.configure(&incremental("second"));
    let applied = site.terraform.apply();
    assert!(!applied.contains("full one"), "{applied}");
    assert_eq!(site.state()["effective_type"], "incremental");
}

#[test]
fn a_backup_that_failed_stays_failed_until_there_is_another_key() {
    let site = Site::prepared();
    let fail = |number: u16| {
        site.cluster
            .control(|cluster| cluster.trouble_backups(TENANT, number, 1))
            .unwrap()
    };
    site.configure(&run("first"));
    fail(9082);
    let complaint = site.terraform.fail(&APPLY);
    for part in [
        "Error: The backup failed",
        "-9082",
        "The destination is full",
        "choose another `run_key`",
    ] {
        assert!(complaint.contains(part), "{part}: {complaint}");
    }
    assert_eq!(site.terraform.state(ADDRESS), None);
    site.cluster.forget_statements();
    let plan = site.terraform.plan();
    for part in [
        "Warning: The backup failed",
        "-9082",
        "choose another `run_key`",
        "An apply that asks for it ends with this as an error",
    ] {
        assert!(one_line(&plan.text).contains(part), "{part}: {}", plan.text);
    }
    let complaint = site.terraform.fail(&APPLY);
    assert!(complaint.contains("Error: The backup failed"), "{complaint}");
    assert_eq!(site.backups(), 0, "nothing is tried again");

    site.configure(&run("second"));
    site.terraform.apply();
    let made = site.state();
    site.configure(&run("third"));
    fail(9080);
    let complaint = site.terraform.fail(&APPLY);
    assert!(complaint.contains("choose another `run_key`"), "{complaint}");
    assert!(!complaint.contains("pply again"), "the advice is one: {complaint}");
    assert_eq!(site.state(), made, "the state is that of the last good run");
    site.configure(&run("second"));
    site.terraform.assert_settled();
}

#[test]
fn a_backup_that_failed_holds_up_nothing_else() {
    let site = Site::prepared();
    site.configure(&run("first"));
    site.cluster
        .control(|cluster| cluster.trouble_backups(TENANT, 9082, 1))
        .unwrap();
    site.terraform.fail(&APPLY);
    let mut rest = with_run(&run("first"));
    rest["resource"]["terraform_data"] = json!({
        "beside": { "input": "it goes on" },
        "upon": { "input": "it waits", "depends_on": [ADDRESS] },
    });
    site.configure_all(&rest);
    let complaint = site.terraform.fail(&APPLY);
    assert!(complaint.contains("Error: The backup failed"), "{complaint}");
    assert_eq!(
        site.terraform.state("terraform_data.beside").unwrap()["input"],
        "it goes on"
    );
    assert_eq!(site.terraform.state("terraform_data.upon"), None);
    let destroyed = site.terraform.succeed(&["destroy", "-no-color", "-auto-approve"]);
    assert!(destroyed.contains("3 destroyed"), "{destroyed}");
}

#[test]
fn a_backup_that_is_not_waited_for_goes_on_and_is_looked_at_later() {
    let site = Site::prepared();
    let mut config = run("first");
    config["wait"] = json!(false);
    site.configure(&config);
    site.cluster
        .control(|cluster| cluster.hold_next_backup(TENANT))
        .unwrap();
    site.terraform.apply();
    let begun = site.state();
    assert_eq!(
        (&begun["result"], &begun["finished_at"]),
        (&Json::Null, &Json::Null),
        "{begun}"
    );
    site.terraform.assert_settled();
    site.cluster.control(|cluster| cluster.end_backup_jobs(TENANT)).unwrap();
    site.terraform.apply();
    assert_eq!((&site.state()["status"], site.backups()), (&json!("COMPLETED"), 1));

    config["run_key"] = json!("second");
    site.configure(&config);
    site.cluster
        .control(|cluster| cluster.hold_next_backup(TENANT))
        .unwrap();
    site.terraform.apply();
    site.cluster.sys("ALTER SYSTEM CANCEL BACKUP TENANT = mysql_tenant");
    let plan = site.terraform.plan();
    assert!(plan.text.contains("Warning: The backup was cancelled"), "{}", plan.text);
    // With a state that does not know of it yet, too.
    config["cancel_on_interrupt"] = json!(true);
    site.configure(&config);
    let applied = site
        .terraform
        .succeed(&["apply", "-no-color", "-auto-approve", "-refresh=false"]);
    assert!(applied.contains("Warning: The backup was cancelled"), "{applied}");
    assert!(applied.contains("1 changed"), "{applied}");
}

#[test]
fn a_state_that_was_lost_costs_no_second_backup() {
    let site = Site::prepared();
    site.configure(&run("first"));
    site.terraform.apply();
    let made = site.state();
    site.terraform.succeed(&["state", "rm", ADDRESS]);
    // Days later, and by somebody else.
    site.cluster
        .control(|cluster| cluster.advance(Duration::from_secs(20 * 86_400)));
    let plan = site.terraform.plan();
    assert!(
        plan.text.contains("Warning: This run has its backup already"),
        "{}",
        plan.text
    );
    site.terraform.apply_plan();
    assert_eq!(site.state(), made);

    site.terraform.succeed(&["state", "rm", ADDRESS]);
    site.cluster
        .control(|cluster| cluster.set_file_status(TENANT, 1, FileStatus::Deleted))
        .unwrap();
    let plan = site.terraform.plan();
    for part in [
        "Warning: The backup of this run was deleted",
        "was made, and has been deleted since",
    ] {
        assert!(plan.text.contains(part), "{}", plan.text);
    }
    assert_eq!(site.backups(), 1);
}

#[test]
fn a_run_outlives_its_records() {
    let site = Site::prepared();
    site.configure(&run("first"));
    site.terraform.apply();
    let made = site.state();
    site.cluster
        .control(|cluster| cluster.advance(Duration::from_secs(40 * 86_400)));
    site.terraform.assert_settled();
    assert_eq!(site.state(), made);
    site.cluster
        .control(|cluster| cluster.set_file_status(TENANT, 1, FileStatus::Deleted))
        .unwrap();
    let applied = site.terraform.apply();
    let news = "Warning: The backup of this run was deleted";
    assert!(applied.contains(news), "{applied}");
    assert_eq!(site.state()["expired"], true);
    let settled = site.terraform.plan();
    assert!(settled.is_empty && !settled.text.contains(news), "{}", settled.text);
    site.configure(&run("second"));
    site.terraform.apply();
    assert_eq!((&site.state()["backup_set_id"], site.backups()), (&json!(2), 2));
}

#[test]
fn another_backup_is_waited_for() {
    let site = Site::prepared();
    site.cluster
        .control(|cluster| cluster.start_backup_job(TENANT, Duration::from_secs(3600)))
        .unwrap();
    site.configure(&run("first"));
    let plan = site.terraform.plan();
    assert!(
        plan.text.contains("Warning: The backup will wait for another one"),
        "{}",
        plan.text
    );
    let waited = std::thread::scope(|scope| {
        let applying = scope.spawn(|| site.terraform.apply_plan());
        until(|| looks(&site.cluster) > 1);
        assert_eq!(site.backups(), 0);
        site.cluster.control(|cluster| cluster.end_backup_jobs(TENANT)).unwrap();
        applying.join().unwrap()
    });
    assert!(waited.contains("1 added"), "{waited}");
    assert_eq!(site.backups(), 1);
}

#[test]
fn a_wait_that_is_given_up_before_the_backup_says_what_for() {
    let site = Site::prepared();
    site.cluster
        .control(|cluster| cluster.start_backup_job(TENANT, Duration::from_secs(3600)))
        .unwrap();
    let plugin = Plugin::configured(&site.cluster.provider_block());
    let mut config = run("first");
    config["timeouts"] = json!({ "create": "1s" });
    let late = plugin.change(RUN, &Value::Null, &config);
    let waited = "waited 1 s for the running backup to end; `timeouts` sets how long to wait. Nothing was sent to the cluster so far.";
    assert!(
        late.messages.iter().any(|it| it.detail.contains(waited)),
        "{:#?}",
        late.messages
    );
    let outcome = std::thread::scope(|scope| {
        let seen = looks(&site.cluster);
        let applying = scope.spawn(|| plugin.change(RUN, &Value::Null, &run("first")));
        until(|| looks(&site.cluster) > seen + 3);
        plugin.stop();
        applying.join().unwrap()
    });
    let waited = "on your request, while it waited for the running backup to end. Nothing was sent to the cluster; apply again to go on.";
    assert!(
        outcome.messages.iter().any(|it| it.detail.contains(waited)),
        "{:#?}",
        outcome.messages
    );
}

#[test]
fn all_tenants_are_backed_up_by_one_statement() {
    for profile in Profile::ALL {
        let site = Site::new(profile);
        let both = [TENANT, "mysql_tenant_2"];
        let of = |tenant: &str| protected(tenant)["resource"].clone();
        let mut rest = json!({ "resource": {} });
        for (name, tenant) in ["it", "other"].iter().zip(both) {
            for (kind, resource) in of(tenant).as_object().unwrap() {
                rest["resource"][kind][name] = resource["it"].clone();
            }
        }
        site.configure_all(&rest);
        site.terraform.apply();
        rest["resource"][RUN] = json!({ "it": { "all_tenants": true, "run_key": "k" } });
        site.configure_all(&rest);
        site.cluster.forget_statements();
        let applied = site.terraform.apply();
        assert!(applied.contains("Warning: Some tenants are left out"), "{applied}");
        assert!(applied.contains("`mysql_tenant_3`"), "{applied}");
        let state = site.state();
        assert_eq!(
            state["backup_set_ids"],
            json!({ TENANT: 1, "mysql_tenant_2": 1 }),
            "{profile}"
        );
        assert_eq!((&state["tenant"], &state["backup_set_id"]), (&Json::Null, &Json::Null));
        let [sent] = &site.cluster.changes()[..] else {
            panic!("{:?}", site.cluster.changes());
        };
        assert!(sent.starts_with("ALTER SYSTEM BACKUP DATABASE DESCRIPTION"), "{sent}");
        site.terraform.assert_settled();

        site.terraform.succeed(&["state", "rm", ADDRESS]);
        site.terraform.import(ADDRESS, "*/k");
        site.terraform.assert_settled();
    }
}

/// Both tenants, and a backup of all that can be.
fn with_run_of_all() -> Json {
    let mut rest = json!({ "resource": {} });
    for (name, tenant) in [("it", TENANT), ("other", "mysql_tenant_2")] {
        for (kind, resource) in protected(tenant)["resource"].as_object().unwrap() {
            rest["resource"][kind][name] = resource["it"].clone();
        }
    }
    let dependencies = [
        "archivelog.it",
        "archivelog.other",
        "backup_destination.it",
        "backup_destination.other",
    ];
    let dependencies = dependencies.map(|name| format!("oceanbase_{name}"));
    rest["resource"][RUN] = json!({ "it": { "all_tenants": true, "run_key": "k", "depends_on": dependencies } });
    rest
}

#[test]
fn tenants_that_the_same_plan_sets_up_are_not_said_to_be_left_out() {
    let site = Site::new(Profile::Ce4410);
    site.configure_all(&with_run_of_all());
    let applied = site.terraform.apply();
    let left_out = "tenants out without a word: `mysql_tenant_3`.";
    assert_eq!(one_line(&applied).matches(left_out).count(), 1, "{applied}");
    assert!(!applied.contains("were left out"), "{applied}");
    assert_eq!(
        site.state()["backup_set_ids"],
        json!({ TENANT: 1, "mysql_tenant_2": 1 })
    );
}

#[test]
fn a_tenant_that_drops_out_during_the_wait_is_named_afterwards() {
    let site = Site::new(Profile::Ce4410);
    let mut rest = with_run_of_all();
    let run = rest["resource"].as_object_mut().unwrap().remove(RUN).unwrap();
    site.configure_all(&rest);
    site.terraform.apply();
    site.cluster
        .control(|cluster| cluster.start_backup_job(TENANT, Duration::from_secs(3600)))
        .unwrap();
    rest["resource"][RUN] = run;
    site.configure_all(&rest);
    let applied = std::thread::scope(|scope| {
        let applying = scope.spawn(|| site.terraform.apply());
        until(|| looks(&site.cluster) > 3);
        site.cluster.sys("ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant_2");
        site.cluster.control(|cluster| cluster.end_backup_jobs(TENANT)).unwrap();
        applying.join().unwrap()
    });
    assert!(applied.contains("Warning: Some tenants were left out"), "{applied}");
    let named = "although they have a backup destination: `mysql_tenant_2`.";
    assert!(one_line(&applied).contains(named), "{applied}");
}

/// As Terraform breaks lines where they are long.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn one_failure_fails_the_backup_of_all_and_a_tenant_may_not_ask_for_it() {
    let site = Site::prepared();
    let all = json!({ "all_tenants": true, "run_key": "k" });
    site.configure_all(&with_run(&all));
    site.cluster
        .control(|cluster| cluster.trouble_backups(TENANT, 9082, 1))
        .unwrap();
    for command in [
        "DATA_BACKUP_DEST = 'file:///d2'",
        "LOG_ARCHIVE_DEST = 'LOCATION=file:///a2'",
    ] {
        site.cluster
            .sys(&format!("ALTER SYSTEM SET {command} TENANT = mysql_tenant_2"));
    }
    site.cluster.sys("ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant_2");
    let complaint = site.terraform.fail(&APPLY);
    assert!(complaint.contains("Error: The backup failed"), "{complaint}");
    let good = "completed, and can be used: `mysql_tenant_2` (set 1).";
    assert!(complaint.contains(good), "{complaint}");
    let own = json!({ "endpoints": site.cluster.endpoints(), "tenant": TENANT });
    let said = Plugin::configured(&own).plan(RUN, &Value::Null, &all).messages;
    assert_eq!(said[0].summary, "All tenants are backed up from sys only");
    assert_eq!(said[0].attribute, "all_tenants");
}

#[test]
fn a_tenant_backs_itself_up_and_finds_what_sys_began() {
    let site = Site::prepared();
    let own = json!({ "endpoints": site.cluster.endpoints(), "tenant": TENANT });
    let change = |block: &Json, config: &Json| {
        let plugin = Plugin::configured(block);
        plugin.change(RUN, &Value::Null, config).succeeded().to_model_json()
    };
    site.cluster.forget_statements();
    let (by_tenant, by_sys) = (
        change(&own, &run("a")),
        change(&site.cluster.provider_block(), &run("a")),
    );
    assert_eq!(by_tenant, by_sys);
    let sent = &site.cluster.changes()[0];
    assert!(sent.starts_with("ALTER SYSTEM BACKUP DATABASE DESCRIPTION"), "{sent}");
    let (by_sys, by_tenant) = (
        change(&site.cluster.provider_block(), &run("b")),
        change(&own, &run("b")),
    );
    assert_eq!(by_tenant, by_sys);
    assert_eq!(site.backups(), 2);
}

/// What comes of an interrupt while the backup is held: the summary and text of the error, and the status of the job.
fn interrupted(cancel: bool, prepare: impl Fn(&Cluster)) -> (String, String, Cluster) {
    let site = Site::prepared();
    prepare(&site.cluster);
    site.cluster
        .control(|cluster| cluster.hold_next_backup(TENANT))
        .unwrap();
    let mut config = run("first");
    config["cancel_on_interrupt"] = json!(cancel);
    let plugin = Plugin::configured(&site.cluster.provider_block());
    let outcome = std::thread::scope(|scope| {
        let applying = scope.spawn(|| plugin.change(RUN, &Value::Null, &config));
        until(|| site.backups() == 1 && looks(&site.cluster) > 3);
        plugin.stop();
        applying.join().unwrap()
    });
    assert!(outcome.state.is_null());
    let [error] = &outcome.messages[..] else {
        panic!("{:#?}", outcome.messages);
    };
    (error.summary.clone(), error.detail.clone(), site.cluster)
}

#[test]
fn an_interrupt_leaves_the_backup_to_itself() {
    let (summary, detail, cluster) = interrupted(false, |_| {});
    assert_eq!(summary, "Interrupted");
    assert!(
        detail.contains("while it waited for the backup to end. The backup goes on."),
        "{detail}"
    );
    assert!(
        detail.contains("ALTER SYSTEM CANCEL BACKUP TENANT = `mysql_tenant`"),
        "{detail}"
    );
    cluster.control(|cluster| cluster.end_backup_jobs(TENANT)).unwrap();
    cluster.forget_statements();
    let state = Plugin::configured(&cluster.provider_block())
        .change(RUN, &Value::Null, &run("first"))
        .succeeded();
    assert_eq!(state.to_model_json()["status"], "COMPLETED");
    assert_eq!(cluster.changes(), [""; 0], "the backup is the one that was begun");
}

#[test]
fn an_interrupt_ends_the_backup_when_told_so() {
    let (summary, detail, cluster) = interrupted(true, |_| {});
    assert_eq!(summary, "Interrupted");
    assert!(detail.contains("The backup is being cancelled"), "{detail}");
    let changes = cluster.changes();
    assert_eq!(
        changes.last().unwrap(),
        "ALTER SYSTEM CANCEL BACKUP TENANT = `mysql_tenant`"
    );
    let jobs = "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_JOBS";
    until(|| cluster.value(jobs).as_deref() == Some("0"));
    let again = Plugin::configured(&cluster.provider_block()).plan(RUN, &Value::Null, &run("first"));
    assert_eq!(again.messages[0].summary, "The backup was cancelled");
    assert!(!again.messages[0].is_error);
}

#[test]
fn a_backup_that_cannot_be_ended_goes_on() {
    let (summary, detail, cluster) = interrupted(true, |cluster| cluster.fail_once("CANCEL BACKUP", 4179, "not now"));
    assert_eq!(summary, "The server does not allow the statement now");
    assert!(
        detail.contains("It was to be ended, and that failed: it goes on in the cluster."),
        "{detail}"
    );
    let status = "SELECT STATUS FROM oceanbase.CDB_OB_BACKUP_JOBS WHERE TENANT_ID = 1002";
    assert_eq!(cluster.value(status).as_deref(), Some("DOING"));
}

#[test]
fn an_interrupt_does_not_end_the_backup_of_somebody_else() {
    let site = Site::prepared();
    site.cluster.inject("ALTER SYSTEM BACKUP", 0, Effect::CutBefore);
    let mut config = run("first");
    config["cancel_on_interrupt"] = json!(true);
    let plugin = Plugin::configured(&site.cluster.provider_block());
    let outcome = std::thread::scope(|scope| {
        let applying = scope.spawn(|| plugin.change(RUN, &Value::Null, &config));
        until(|| site.backups() == 1);
        site.cluster
            .control(|cluster| cluster.start_backup_job(TENANT, Duration::from_secs(3600)))
            .unwrap();
        let seen = looks(&site.cluster);
        until(|| looks(&site.cluster) > seen + 1);
        plugin.stop();
        applying.join().unwrap()
    });
    assert_eq!(outcome.messages[0].summary, "Interrupted");
    let changes = site.cluster.changes();
    assert!(!changes.iter().any(|sql| sql.contains("CANCEL")), "{changes:?}");
}

#[test]
fn a_statement_that_takes_effect_late_is_not_sent_again() {
    let site = Site::prepared();
    site.cluster.forget_statements();
    site.cluster.inject("ALTER SYSTEM BACKUP", 0, Effect::CutBefore);
    site.configure(&run("first"));
    let (_, sent) = std::thread::scope(|scope| {
        let applying = scope.spawn(|| site.terraform.apply());
        until(|| site.backups() == 1);
        let before = looks(&site.cluster);
        // The pauses grow from look to look: these take six seconds.
        until(|| looks(&site.cluster) > before + 6);
        let sent = site.cluster.changes().pop().unwrap();
        site.cluster.sys(&sent);
        (applying.join().unwrap(), sent)
    });
    assert_eq!(site.cluster.changes(), [sent], "once by the provider, once by hand");
    let sets = "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_SET_FILES";
    assert_eq!(site.cluster.value(sets).as_deref(), Some("1"));
}

#[test]
fn a_backup_without_the_password_that_was_asked_for_is_an_error() {
    let site = Site::prepared();
    site.configure(&run("first"));
    site.terraform.apply();
    site.terraform.succeed(&["state", "rm", ADDRESS]);
    let mut config = run("first");
    (config["password_wo"], config["password_wo_version"]) = (json!("planted-password"), json!("1"));
    site.configure(&config);
    let complaint = site.terraform.fail(&APPLY);
    for part in [
        "Error: The backup is not protected",
        "job 1 of tenant `mysql_tenant`",
        "choose another `run_key`",
    ] {
        assert!(complaint.contains(part), "{part}: {complaint}");
    }
    config["run_key"] = json!("second");
    site.configure(&config);
    site.terraform.apply();
    let modes = "SELECT ENCRYPTION_MODE FROM oceanbase.CDB_OB_BACKUP_SET_FILES ORDER BY BACKUP_SET_ID";
    assert_eq!(site.cluster.sys(modes).concat(), ["NONE", "PASSWORD"]);
}

#[test]
fn the_password_of_a_backup_is_not_changed_but_that_of_the_next_is() {
    let site = Site::prepared();
    let protected = |run_key: &str, password: &str, version: &str| {
        let mut config = run(run_key);
        (config["password_wo"], config["password_wo_version"]) = (json!(password), json!(version));
        site.configure(&config);
    };
    protected("first", "planted-one", "1");
    site.terraform.apply();
    let made = site.state();
    protected("first", "planted-two", "2");
    let complaint = site.terraform.fail(&["plan", "-no-color"]);
    for part in [
        "Error: The password of a backup cannot be changed",
        "in resource.oceanbase_backup_run.it",
        "choose another `run_key`",
    ] {
        assert!(complaint.contains(part), "{part}: {complaint}");
    }
    assert_eq!(site.state(), made);
    protected("second", "planted-two", "2");
    site.terraform.apply();
    assert_eq!((&site.state()["password_wo_version"], site.backups()), (&json!("2"), 2));

    // An import knows of no password, and takes the practitioner's word for it where there is one.
    site.terraform.succeed(&["state", "rm", ADDRESS]);
    site.terraform.import(ADDRESS, "mysql_tenant/second");
    site.terraform.apply();
    assert_eq!((&site.state()["password_wo_version"], site.backups()), (&json!("2"), 2));
    site.terraform.assert_settled();
}

#[test]
fn a_plan_says_that_another_run_keeps_the_set_of_the_one_before() {
    let site = Site::prepared();
    let deleting = |run_key: &str| {
        let mut config = run(run_key);
        config["on_destroy"] = json!("delete_set");
        site.configure(&config);
    };
    deleting("first");
    site.terraform.apply();
    deleting("second");
    let plan = site.terraform.plan();
    for part in [
        "Warning: The backup of the run before stays",
        "set 1 of tenant `mysql_tenant`",
    ] {
        assert!(one_line(&plan.text).contains(part), "{part}: {}", plan.text);
    }
}

#[test]
fn a_refusal_that_passes_is_waited_for() {
    for (number, message) in [
        (9036, "Backup is in progress"),
        (9040, "backup can not start, because log archive status is not doing."),
    ] {
        let site = Site::prepared();
        site.cluster.fail_once("ALTER SYSTEM BACKUP", number, message);
        site.configure(&run("first"));
        site.terraform.apply();
        assert_eq!(site.backups(), 2, "{number}");
        let sets = "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_SET_FILES";
        assert_eq!(site.cluster.value(sets).as_deref(), Some("1"));
    }
}

#[test]
fn a_backup_that_does_not_end_in_time_is_found_again() {
    let site = Site::prepared();
    site.cluster
        .control(|cluster| cluster.hold_next_backup(TENANT))
        .unwrap();
    let mut config = run("first");
    config["timeouts"] = json!({ "create": "1s" });
    site.configure(&config);
    let complaint = site.terraform.fail(&APPLY);
    assert!(complaint.contains("Error: Gave up waiting"), "{complaint}");
    for part in [
        "waited 1 s for the backup to end",
        "The backup goes on.",
        "no second one is made",
    ] {
        assert!(complaint.contains(part), "{part}: {complaint}");
    }
    site.cluster.control(|cluster| cluster.end_backup_jobs(TENANT)).unwrap();
    site.terraform.apply();
    assert_eq!(site.backups(), 1);
}

#[test]
fn what_goes_on_is_in_the_log() {
    let site = Site::new(Profile::Ce4410);
    site.configure_all(&protected(TENANT));
    site.terraform.apply();
    site.cluster.control(|cluster| cluster.set_pace(Pace::Real));
    site.cluster
        .control(|cluster| cluster.hold_next_backup(TENANT))
        .unwrap();
    site.configure(&run("first"));
    let terraform = site.terraform.with_log();
    std::thread::scope(|scope| {
        let applying = scope.spawn(|| terraform.apply());
        until(|| looks(&site.cluster) > 5);
        site.cluster.control(|cluster| cluster.set_pace(Pace::JumpOnRead));
        until(|| {
            site.cluster
                .value("SELECT STATUS FROM oceanbase.CDB_OB_BACKUP_JOBS WHERE TENANT_ID = 1002")
                .as_deref()
                == Some("DOING")
        });
        site.cluster.control(|cluster| cluster.end_backup_jobs(TENANT)).unwrap();
        applying.join().unwrap()
    });
    let log = String::from_utf8(terraform.read("provider.log").unwrap()).unwrap();
    assert!(log.contains("under way") && log.contains("backup job"), "{log}");
}

#[test]
fn runs_cost_the_same_however_many_there_are() {
    let cost = |tenants: usize| {
        let cluster = Cluster::start_with(Profile::Ce4410, |options, _| {
            options.tenants = tenants;
            options.clock = Clock::stopped_at(1_767_225_600);
        });
        let names: Vec<String> = (1..=tenants)
            .map(|number| {
                if number == 1 {
                    TENANT.to_owned()
                } else {
                    format!("{TENANT}_{number}")
                }
            })
            .collect();
        for tenant in &names {
            cluster.sys(&format!(
                "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data/{tenant}' TENANT = {tenant}"
            ));
            cluster.sys(&format!(
                "ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=file:///log/{tenant}' TENANT = {tenant}"
            ));
            cluster.sys(&format!("ALTER SYSTEM ARCHIVELOG TENANT = {tenant}"));
        }
        let doing = "SELECT COUNT(*) FROM oceanbase.CDB_OB_ARCHIVELOG WHERE STATUS = 'DOING'";
        until(|| cluster.value(doing) == Some(tenants.to_string()));
        let configs: Vec<Json> = names
            .iter()
            .map(|tenant| json!({ "tenant": tenant, "run_key": "k" }))
            .collect();
        let plugin = Plugin::configured(&cluster.provider_block());
        let states: Vec<Value> = configs
            .iter()
            .map(|config| plugin.change(RUN, &Value::Null, config).succeeded())
            .collect();
        cluster.forget_statements();
        let plugin = Plugin::configured(&cluster.provider_block());
        let read = plugin.read_all(RUN, &states);
        for (outcome, config) in read.into_iter().zip(&configs) {
            let state = outcome.succeeded();
            assert_eq!(plugin.plan(RUN, &state, config).state, state);
        }
        cluster.statements().len()
    };
    assert_eq!((cost(1), cost(12)), (15, 15));
}

/// How many times the provider has looked at the jobs.
fn looks(cluster: &Cluster) -> usize {
    let statements = cluster.statements();
    statements
        .iter()
        .filter(|sql| sql.contains("CDB_OB_BACKUP_JOB_HISTORY"))
        .count()
}

fn until(is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not come about");
        std::thread::yield_now();
    }
}
