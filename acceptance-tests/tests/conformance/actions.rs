//! The actions, over the bare protocol: the Terraform that the tests run with is older than they are.

use crate::records::{back_up, protected};
use acceptance_tests::protocol::Message;
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};

pub(crate) const DESCRIBED: [&str; 4] = [
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
    assert_eq!(told, ["The sets 1 are not there any more."]);
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
