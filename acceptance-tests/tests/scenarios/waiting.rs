//! Waits end: when the time is over, when the practitioner says so, when the connection is lost.

use crate::{archivelog, prepared};
use acceptance_tests::{Cluster, Plugin, Terraform};
use oceanbase_simulator::cluster::{Clock, Pace, Profile};
use serde_json::{Value as Json, json};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tfplugin::Value;

const ARCHIVELOG: &str = "oceanbase_archivelog";

/// A cluster where nothing comes about before the test lets time pass.
fn standing_still() -> Cluster {
    Cluster::start_with(Profile::Ce4410, |options, _| {
        options.clock = Clock::stopped_at(1_767_225_600);
        options.pace = Pace::Real;
    })
}

fn let_time_pass(cluster: &Cluster) {
    // Every change takes a turn of its own.
    for _ in 0..10 {
        cluster.control(|cluster| cluster.advance(Duration::from_secs(60)));
    }
}

/// Returns when the provider has sent such a statement, and looked at what came of it.
fn until_waiting(cluster: &Cluster) {
    let begin = Instant::now();
    loop {
        let statements = cluster.statements();
        let sent = statements
            .iter()
            .position(|sql| sql.starts_with("ALTER SYSTEM ARCHIVELOG"));
        let looked = sent.is_some_and(|at| statements[at..].iter().any(|sql| sql.contains("CDB_OB_ARCHIVELOG")));
        if looked {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{statements:#?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_wait_ends_with_its_timeout_and_the_next_apply_completes() {
    let (cluster, terraform) = (standing_still(), Terraform::new());
    let mut config = archivelog("mysql_tenant");
    config["timeouts"] = json!({ "create": "1s" });
    terraform.configure(
        &cluster.provider_block(),
        &json!({ "resource": { ARCHIVELOG: { "it": config } } }),
    );
    let complaint = terraform.fail(&["apply", "-no-color", "-auto-approve"]);
    assert!(complaint.contains("Error: Gave up waiting"), "{complaint}");
    assert!(complaint.contains("log archiving to reach DOING"), "{complaint}");
    assert_eq!(terraform.state("oceanbase_archivelog.it"), None);
    let_time_pass(&cluster);
    cluster.forget_statements();
    terraform.apply();
    assert_eq!(cluster.changes(), [""; 0], "what was sent is not sent again");
    terraform.assert_settled();
}

#[test]
fn a_stop_ends_a_wait_at_once() {
    let cluster = standing_still();
    let plugin = Plugin::configured(&cluster.provider_block());
    let config = archivelog("mysql_tenant");
    let (outcome, took) = std::thread::scope(|scope| {
        let apply = scope.spawn(|| plugin.change(ARCHIVELOG, &Value::Null, &config));
        until_waiting(&cluster);
        let begin = Instant::now();
        plugin.stop();
        (apply.join().unwrap(), begin.elapsed())
    });
    assert_eq!(outcome.errors(), ["Interrupted"]);
    assert!(outcome.state.is_null());
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn an_interrupted_terraform_ends_and_the_next_one_completes() {
    let (cluster, terraform) = (standing_still(), Terraform::new());
    let resources: Json = json!({ "resource": { ARCHIVELOG: { "it": archivelog("mysql_tenant") } } });
    terraform.configure(&cluster.provider_block(), &resources);
    let mut command = terraform.command();
    let command = command.args(["apply", "-no-color", "-auto-approve"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until_waiting(&cluster);
    let interrupt = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && complaint.contains("Interrupted"),
        "{complaint}"
    );
    let_time_pass(&cluster);
    terraform.apply();
    terraform.assert_settled();
}

#[test]
fn a_statement_whose_answer_was_lost_is_not_fatal() {
    let (cluster, terraform) = prepared(
        Profile::Ce4210,
        &json!({ "resource": { ARCHIVELOG: { "it": archivelog("mysql_tenant") } } }),
    );
    cluster.cut_once("ALTER SYSTEM ARCHIVELOG");
    // Whether this one fails or not, nothing is tainted, and the next one has it right.
    terraform.run(&["apply", "-no-color", "-auto-approve"]);
    let applied = terraform.apply();
    assert!(applied.contains("0 destroyed"), "{applied}");
    terraform.assert_settled();
}
