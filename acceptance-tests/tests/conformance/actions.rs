//! The actions, over the bare protocol: the Terraform that the tests run with is older than they are.

use crate::records::{back_up, protected};
use acceptance_tests::protocol::Message;
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::cluster::{Clock, Pace, Profile};
use oceanbase_simulator::server::Effect;
use serde_json::{Value as Json, json};
use std::time::Duration;

pub(crate) const DESCRIBED: [&str; 5] = [
    "oceanbase_backup_now",
    "oceanbase_cancel_backup",
    "oceanbase_cancel_delete",
    "oceanbase_delete_backup_set",
    "oceanbase_delete_obsolete",
];

const TENANT: &str = "mysql_tenant";

/// What an action tells, the summaries of how it ended, and the statements that changed something.
fn invoke(cluster: &Cluster, action: &str, config: &Json) -> (Vec<String>, Vec<String>, Vec<String>) {
    cluster.forget_statements();
    let (told, said) = Plugin::configured(&cluster.provider_block()).invoke(action, config);
    (told, summaries(said), cluster.changes())
}

fn plan(cluster: &Cluster, action: &str, config: &Json) -> Vec<String> {
    cluster.forget_statements();
    let said = Plugin::configured(&cluster.provider_block()).plan_action(action, config);
    assert_eq!(cluster.changes(), [""; 0], "a plan changes nothing");
    summaries(said)
}

fn summaries(messages: Vec<Message>) -> Vec<String> {
    messages.into_iter().map(|message| message.summary).collect()
}

/// A cluster that makes a backup, and does not come to an end with it.
fn backing_up(profile: Profile) -> Cluster {
    let cluster = protected(profile);
    cluster.control(|cluster| cluster.hold_next_backup(TENANT)).unwrap();
    // What sys begins reaches the tenant only with the next turn of the scheduler.
    cluster.sql(TENANT, "ALTER SYSTEM BACKUP DATABASE").unwrap();
    cluster
}

#[test]
fn a_backup_is_cancelled() {
    for profile in Profile::ALL {
        let cluster = backing_up(profile);
        let config = json!({ "tenant": TENANT });
        assert_eq!(plan(&cluster, "oceanbase_cancel_backup", &config), [""; 0]);
        let (told, said, sent) = invoke(&cluster, "oceanbase_cancel_backup", &config);
        assert_eq!(said, [""; 0], "{profile}");
        assert_eq!(sent, ["ALTER SYSTEM CANCEL BACKUP TENANT = `mysql_tenant`"]);
        assert!(told.last().unwrap().ends_with("is CANCELED."), "{told:?}");

        let (told, said, sent) = invoke(&cluster, "oceanbase_cancel_backup", &config);
        assert_eq!((said, sent), (vec![], vec![]), "twice does no harm");
        assert_eq!(told, ["No backup of tenant mysql_tenant is under way."]);
    }
}

#[test]
fn a_tenant_that_is_not_there_is_refused_at_plan() {
    let cluster = protected(Profile::Ce4410);
    let config = json!({ "tenant": "nobody", "backup_set_ids": [1] });
    for action in DESCRIBED {
        assert_eq!(plan(&cluster, action, &config), ["Unknown tenant"], "{action}");
    }
}

#[test]
fn sets_fall_with_what_they_build_upon_but_never_the_last() {
    let cluster = protected(Profile::Ce4410);
    back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
    back_up(&cluster, "ALTER SYSTEM BACKUP INCREMENTAL TENANT = mysql_tenant");
    let delete = |ids: &[i64], with_dependents: bool| json!({ "tenant": TENANT, "backup_set_ids": ids, "with_dependents": with_dependents });
    let action = "oceanbase_delete_backup_set";
    assert_eq!(
        plan(&cluster, action, &delete(&[1], false)),
        ["Other sets build upon these"]
    );
    assert_eq!(
        plan(&cluster, action, &delete(&[1], true)),
        ["The last backup is not deleted"]
    );
    back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
    // The new set is of use when the log archive has passed it.
    cluster.control(|cluster| cluster.advance(Duration::from_secs(3_600)));
    assert_eq!(
        plan(&cluster, action, &delete(&[1], true)),
        ["Further backup sets are deleted"]
    );
    let (_, said, sent) = invoke(&cluster, action, &delete(&[2], false));
    assert_eq!(said, [""; 0]);
    assert_eq!(sent, ["ALTER SYSTEM DELETE BACKUPSET 2 TENANT = `mysql_tenant`"]);
    let (_, said, _) = invoke(&cluster, action, &delete(&[1], false));
    assert_eq!(said, [""; 0]);
    let (told, said, sent) = invoke(&cluster, action, &delete(&[1], false));
    assert_eq!((said, sent), (vec![], vec![]), "twice does no harm");
    assert_eq!(told, ["There are no sets 1: they were deleted before, or never made."]);
}

#[test]
fn what_the_server_keeps_is_said_at_plan() {
    let cluster = protected(Profile::Ce4410);
    for _ in 0..2 {
        back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
    }
    cluster.control(|cluster| cluster.advance(Duration::from_secs(3_600)));
    let delete = |id: i64| json!({ "tenant": TENANT, "backup_set_ids": [id] });
    let action = "oceanbase_delete_backup_set";
    assert_eq!(plan(&cluster, action, &delete(1)), [""; 0]);
    assert_eq!(plan(&cluster, action, &delete(2)), ["The newest backup is not deleted"]);
    cluster.sys("ALTER SYSTEM ADD DELETE BACKUP POLICY = 'default' RECOVERY_WINDOW = '7d' TENANT = mysql_tenant");
    assert_eq!(
        plan(&cluster, action, &delete(1)),
        ["The server may refuse to delete the backup"]
    );
    let (_, said, _) = invoke(&cluster, action, &delete(1));
    assert_eq!(said, ["The deletion ended as FAILED"]);
}

#[test]
fn what_is_obsolete_is_deleted_at_once() {
    let cluster = protected(Profile::Ce4410);
    let config = json!({ "tenant": TENANT });
    let action = "oceanbase_delete_obsolete";
    assert_eq!(
        plan(&cluster, action, &config),
        ["Nothing is obsolete without a delete policy"]
    );
    cluster.sys("ALTER SYSTEM ADD DELETE BACKUP POLICY = 'default' RECOVERY_WINDOW = '1d' TENANT = mysql_tenant");
    let (told, said, sent) = invoke(&cluster, action, &config);
    assert_eq!(said, [""; 0]);
    assert_eq!(sent, ["ALTER SYSTEM DELETE OBSOLETE BACKUP TENANT = `mysql_tenant`"]);
    assert!(told.last().unwrap().contains("is COMPLETED"), "{told:?}");
}

#[test]
fn older_releases_delete_nothing_by_hand_and_say_so_at_plan() {
    for profile in [Profile::Ce4210, Profile::Ee4353] {
        let cluster = protected(profile);
        let config = json!({ "tenant": TENANT, "backup_set_ids": [1] });
        for action in ["oceanbase_delete_backup_set", "oceanbase_delete_obsolete"] {
            assert_eq!(plan(&cluster, action, &config), ["The cluster lacks a capability"]);
        }
        let (told, said, _) = invoke(&cluster, "oceanbase_cancel_delete", &config);
        assert_eq!(said, [""; 0]);
        assert_eq!(told, ["No backup of tenant mysql_tenant is being deleted."]);
    }
}

#[test]
fn an_action_whose_statement_got_no_answer_looks_what_came_of_it() {
    let cluster = backing_up(Profile::Ce4410);
    cluster.cut_once("CANCEL BACKUP");
    let config = json!({ "tenant": TENANT });
    let (told, said, sent) = invoke(&cluster, "oceanbase_cancel_backup", &config);
    assert_eq!(said, [""; 0]);
    assert_eq!(sent.len(), 1);
    assert!(told.last().unwrap().ends_with("is CANCELED."), "{told:?}");
}

#[test]
fn a_cancellation_that_never_reached_the_server_is_not_waited_for() {
    let cluster = backing_up(Profile::Ce4410);
    cluster.inject("CANCEL BACKUP", 0, Effect::CutBefore);
    let (_, said, _) = invoke(&cluster, "oceanbase_cancel_backup", &json!({ "tenant": TENANT }));
    assert_eq!(said, ["The connection to the cluster was lost"]);
}

#[test]
fn a_refused_statement_and_a_read_only_provider_end_an_action() {
    let cluster = backing_up(Profile::Ce4410);
    let config = json!({ "tenant": TENANT });
    cluster.fail_once(
        "CANCEL BACKUP",
        1227,
        "Access denied; you need (at least one of) the ALTER SYSTEM privilege(s)",
    );
    let (_, said, sent) = invoke(&cluster, "oceanbase_cancel_backup", &config);
    assert_eq!((said.len(), sent.len()), (1, 1), "{said:?}");

    let mut block = cluster.provider_block();
    block["read_only"] = json!(true);
    cluster.forget_statements();
    let (_, said) = Plugin::configured(&block).invoke("oceanbase_cancel_backup", &config);
    assert_eq!(summaries(said), ["The provider is read-only"]);
    assert_eq!(cluster.changes(), [""; 0]);
}

#[test]
fn an_interrupted_action_says_that_what_was_sent_stays() {
    let cluster = backing_up(Profile::Ce4410);
    // The second look at the jobs is the one after the statement.
    cluster.inject("CDB_OB_BACKUP_JOB_HISTORY", 1, Effect::HoldBefore);
    let plugin = Plugin::configured(&cluster.provider_block());
    let said = std::thread::scope(|scope| {
        let action = scope.spawn(|| plugin.invoke("oceanbase_cancel_backup", &json!({ "tenant": TENANT })).1);
        assert!(cluster.until_struck(Duration::from_secs(60)));
        plugin.stop();
        action.join().unwrap()
    });
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].summary, "Interrupted");
    assert!(
        said[0].detail.contains("What was sent stays in effect"),
        "{}",
        said[0].detail
    );
}

#[test]
fn a_cluster_that_goes_away_meanwhile_is_waited_for() {
    let cluster = backing_up(Profile::Ce4410);
    // The first look comes before the statement; then each is cut, and its repetition.
    for passing in [1, 0, 0, 0] {
        cluster.inject("CDB_OB_BACKUP_JOB_HISTORY", passing, Effect::CutBefore);
    }
    let (told, said, sent) = invoke(&cluster, "oceanbase_cancel_backup", &json!({ "tenant": TENANT }));
    assert_eq!((said, sent.len()), (vec![], 1));
    assert!(told.last().unwrap().ends_with("is CANCELED."), "{told:?}");
    let statements = cluster.statements();
    let looks = statements
        .iter()
        .filter(|sql| sql.contains("CDB_OB_BACKUP_JOB_HISTORY"));
    assert!(looks.count() > 5, "each look was cut twice, and the third answered");
}

#[test]
fn an_action_gives_up_at_its_timeout() {
    let cluster = Cluster::start_with(Profile::Ce4410, |options, _| {
        options.clock = Clock::stopped_at(1_767_225_600);
        options.pace = Pace::Real;
    });
    cluster
        .control(|cluster| cluster.start_backup_job(TENANT, Duration::from_secs(3_600)))
        .unwrap();
    let config = json!({ "tenant": TENANT, "timeout": "1s" });
    let (_, said, sent) = invoke(&cluster, "oceanbase_cancel_backup", &config);
    assert_eq!((said, sent.len()), (vec!["Gave up waiting".to_owned()], 1));
}

#[test]
fn two_cancellations_at_once_both_end_well() {
    let cluster = backing_up(Profile::Ce4410);
    let plugin = Plugin::configured(&cluster.provider_block());
    let cancel = || plugin.invoke("oceanbase_cancel_backup", &json!({ "tenant": TENANT })).1;
    let said = std::thread::scope(|scope| {
        let other = scope.spawn(cancel);
        [cancel(), other.join().unwrap()].map(summaries)
    });
    assert_eq!(said, [vec![""; 0], vec![""; 0]]);
}

#[test]
fn a_set_without_its_log_does_not_make_up_for_the_last_one_with_it() {
    let cluster = protected(Profile::Ce4410);
    back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant PLUS ARCHIVELOG");
    back_up(&cluster, "ALTER SYSTEM BACKUP TENANT = mysql_tenant");
    cluster.control(|cluster| cluster.advance(Duration::from_secs(3_600)));
    let config = json!({ "tenant": TENANT, "backup_set_ids": [1] });
    let action = "oceanbase_delete_backup_set";
    assert_eq!(plan(&cluster, action, &config), [""; 0]);
    cluster.control(|cluster| {
        cluster.advance(Duration::from_secs(3 * 86_400));
        cluster.lose_pieces(TENANT).unwrap();
    });
    assert_eq!(plan(&cluster, action, &config), ["The last backup is not deleted"]);
}

#[test]
fn a_tenant_acts_for_itself_and_for_no_one_else() {
    let cluster = backing_up(Profile::Ce4410);
    let block = json!({ "endpoints": cluster.endpoints(), "tenant": TENANT, "password": cluster.password(TENANT) });
    let config = |tenant: &str| json!({ "tenant": tenant, "backup_set_ids": [1] });
    for action in DESCRIBED {
        let said = Plugin::configured(&block).plan_action(action, &config("mysql_tenant_2"));
        assert_eq!(summaries(said), ["Unknown tenant"], "{action}");
    }
    cluster.forget_statements();
    let (told, said) = Plugin::configured(&block).invoke("oceanbase_cancel_backup", &config(TENANT));
    // The parent of sys is none of its business: the child is what it sees and cancels.
    assert_eq!(summaries(said), [""; 0]);
    assert_eq!(cluster.changes(), ["ALTER SYSTEM CANCEL BACKUP"]);
    assert!(told.last().unwrap().ends_with("is CANCELED."), "{told:?}");
    for action in ["oceanbase_cancel_delete", "oceanbase_delete_backup_set"] {
        cluster.forget_statements();
        let gone = json!({ "tenant": TENANT, "backup_set_ids": [9] });
        let (_, said) = Plugin::configured(&block).invoke(action, &gone);
        assert_eq!((summaries(said), cluster.changes()), (vec![], vec![]), "{action}");
    }
    cluster
        .sql(
            TENANT,
            "ALTER SYSTEM ADD DELETE BACKUP POLICY = 'default' RECOVERY_WINDOW = '1d'",
        )
        .unwrap();
    let (_, said) = Plugin::configured(&block).invoke("oceanbase_delete_obsolete", &config(TENANT));
    assert_eq!(summaries(said), [""; 0]);
}
