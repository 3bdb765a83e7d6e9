//! Hundreds of statements, good and bad, to which kernel and simulator have to give the same answer.

use crate::kernel;
use crate::session::{Answer, Session};
use acceptance_tests::Cluster;
use oceanbase_simulator::cluster::Profile;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// One statement a line. The file says itself how it is read.
const STATEMENTS: &str = include_str!("statements.txt");

/// A statement, and why the kernel answers otherwise than the simulator, if it does.
struct Row {
    statement: String,
    exception: Option<&'static str>,
}

/// What the kernel says where the two differ.
struct Exception {
    /// As `1235 OSS storage not supported`, or `OK`.
    answer: &'static str,
}

#[test]
fn the_simulator_answers_as_the_kernel_does() {
    let Some(kernel) = kernel::shared() else { return };
    let (rows, exceptions) = read(STATEMENTS);
    assert!(rows.len() > 600, "only {} statements", rows.len());
    let cluster = Cluster::start(Profile::Ee4353);
    let endpoint: SocketAddr = cluster.endpoint().parse().unwrap();
    let mut simulator = Session::open(endpoint.port()).unwrap();
    let mut kernel = kernel.session();
    let mut complaints = unused(&rows, &exceptions);
    for row in &rows {
        let (real, simulated) = (kernel.ask(&row.statement), simulator.ask(&row.statement));
        if let Some(complaint) = judge(row, &exceptions, &real, &simulated) {
            complaints.push(format!(
                "{}\n    kernel     {real}\n    simulator  {simulated}\n    {complaint}",
                row.statement
            ));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of {}:\n{}",
        complaints.len(),
        rows.len(),
        complaints.join("\n")
    );
}

fn judge(row: &Row, exceptions: &BTreeMap<&str, Exception>, real: &Answer, simulated: &Answer) -> Option<&'static str> {
    let same = real == simulated;
    let Some(name) = row.exception else {
        return (!same).then_some("the two differ");
    };
    let as_excepted = match real {
        Answer::Done => exceptions[name].answer == "OK",
        Answer::Error(error) => exceptions[name].answer == format!("{} {}", error.code, error.message),
    };
    match (same, as_excepted) {
        (true, _) => Some("the exception is none: the two agree"),
        (false, false) => Some("the kernel does not answer as the exception says"),
        (false, true) => None,
    }
}

/// Exceptions that no statement has.
fn unused(rows: &[Row], exceptions: &BTreeMap<&str, Exception>) -> Vec<String> {
    let is_used = |name: &str| rows.iter().any(|row| row.exception == Some(name));
    let unused = exceptions.keys().filter(|name| !is_used(name));
    unused
        .map(|name| format!("no statement needs the exception [{name}]"))
        .collect()
}

/// The rows of the file, and its exceptions.
fn read(text: &'static str) -> (Vec<Row>, BTreeMap<&'static str, Exception>) {
    let (mut rows, mut exceptions, mut seen) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
    for line in text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
    {
        let tagged = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
        if let Some((name, answer)) = tagged.and_then(|(name, rest)| Some((name, rest.strip_prefix("= ")?))) {
            exceptions.insert(name, Exception { answer });
            continue;
        }
        let (exception, statement) = tagged.map_or((None, line), |(name, statement)| (Some(name), statement));
        assert!(seen.insert(statement), "twice: {statement}");
        let statement = written_out(&statement.replace('⏎', "\n"));
        rows.push(Row { statement, exception });
    }
    (rows, exceptions)
}

/// `{a*3}` is `aaa`.
fn written_out(text: &str) -> String {
    let Some((before, rest)) = text.split_once('{') else {
        return text.to_owned();
    };
    let (repetition, after) = rest.split_once('}').expect("what begins with { ends with }");
    let (what, times) = repetition.split_once('*').expect("as {a*3}");
    let repeated = what.repeat(times.parse().expect("a number of times"));
    format!("{before}{repeated}{}", written_out(after))
}
