//! Statements of the provider, judged by the kernel.

use crate::kernel;
use crate::life::statements;
use crate::session::{Answer, Session};
use expect_test::expect_file;
use std::collections::BTreeSet;
use std::path::Path;

const SYNTAX: u16 = 1064;
const UNKNOWN_COLUMN: u16 = 1054;
const UNKNOWN_VIEW: u16 = 1146;

/// Views of OceanBase that this build lacks, since it has one tenant and no backups.
const LACKING: [&str; 0] = [];

#[test]
fn the_kernel_knows_every_statement_that_the_provider_sends() {
    let Some(kernel) = kernel::shared() else { return };
    let mut session = kernel.session();
    let mut complaints = Vec::new();
    for statement in statements() {
        let in_sys = in_sys(statement);
        for text in [statement].into_iter().chain(&in_sys) {
            if let Some(answer) = unknown(&mut session, text) {
                complaints.push(format!("{text}\n    {answer}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What the kernel says to a statement that it does not know.
fn unknown(session: &mut Session, statement: &str) -> Option<Answer> {
    let answer = session.ask(statement);
    let known = match answer.number() {
        SYNTAX | UNKNOWN_COLUMN => false,
        UNKNOWN_VIEW => LACKING.iter().any(|view| format!("{answer}").contains(view)),
        // A session must take its settings, and queries must give rows.
        number => number == 0 || statement.starts_with("ALTER SYSTEM") || statement.contains(" TENANT = "),
    };
    (!known).then_some(answer)
}

/// An unknown tenant is refused before the rest of a statement is looked at; sys is the one tenant that the kernel has.
fn in_sys(statement: &str) -> Option<String> {
    if statement.starts_with("SELECT") {
        return None;
    }
    let (before, _) = statement.rsplit_once(" TENANT = ")?;
    Some(format!("{before} TENANT = sys"))
}

/// The list cannot shrink, and nothing can be sent in a new form, without this file saying so.
#[test]
fn every_form_of_statement_that_the_provider_sends_is_written_down() {
    if kernel::shared().is_none() {
        return;
    }
    let forms: BTreeSet<String> = statements().iter().map(|statement| form(statement)).collect();
    let text: Vec<String> = forms.into_iter().map(|form| form + "\n").collect();
    expect_file!["forms.txt"].assert_eq(&text.concat());
}

/// What the provider's source begins statements with is among what was sent.
#[test]
fn every_statement_in_the_provider_is_sent() {
    if kernel::shared().is_none() {
        return;
    }
    let mut beginnings = Vec::new();
    collect_beginnings(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../provider/src"), &mut beginnings);
    assert!(beginnings.len() > 10, "{beginnings:?}");
    beginnings.retain(|beginning| !statements().iter().any(|statement| statement.starts_with(beginning)));
    assert_eq!(beginnings, [""; 0]);
}

fn collect_beginnings(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            collect_beginnings(&path, found);
        } else {
            let source = std::fs::read_to_string(&path).unwrap();
            let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
            let after = source.split("Statement::new(\"").skip(1);
            found.extend(after.map(|text| text.split('"').next().unwrap().to_owned()));
        }
    }
}

/// A statement without what differs from one time to the next.
fn form(statement: &str) -> String {
    let mut form = String::new();
    let mut quoted = false;
    for character in statement.chars() {
        match character {
            '\'' => {
                quoted = !quoted;
                form.push_str(if quoted { "'" } else { "…'" });
            }
            _ if quoted => {}
            '0'..='9' if form.ends_with('0') => {}
            '0'..='9' => form.push('0'),
            _ => form.push(character),
        }
    }
    form
}
