//! Statements of the provider, judged by the kernel.

use crate::kernel;
use crate::life::statements;
use crate::session::Answer;
use expect_test::expect_file;
use std::collections::BTreeSet;
use std::path::Path;

const SYNTAX: u16 = 1064;

/// What the kernel says of views that OceanBase has and this build lacks, since it has one tenant, no backups and no encryption. So what
/// the provider selects from them is proven to be a query, and no more.
const LACKING: [&str; 28] = [
    "1146 42S02 Table 'oceanbase.__all_virtual_tenant_keystore' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_archive_dest' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_archivelog' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_archivelog_piece_files' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_archivelog_summary' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_backup_delete_job_history' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_backup_delete_jobs' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_backup_delete_policy' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_backup_job_history' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_backup_jobs' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_backup_parameter' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_backup_set_files' doesn't exist",
    "1146 42S02 Table 'oceanbase.cdb_ob_backup_storage_info' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_archive_dest' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_archivelog' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_archivelog_piece_files' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_archivelog_summary' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_backup_delete_job_history' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_backup_delete_jobs' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_backup_delete_policy' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_backup_job_history' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_backup_jobs' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_backup_parameter' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_backup_set_files' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_backup_storage_info' doesn't exist",
    "1146 42S02 Table 'oceanbase.dba_ob_tenants' doesn't exist",
    "1146 42S02 Table 'oceanbase.v$ob_encrypted_tables' doesn't exist",
    // GV$OB_PARAMETERS and CDB_OB_MAJOR_COMPACTION are there, without the column that tells tenants apart.
    "1054 42S22 Unknown column 'TENANT_ID' in 'field list'",
];

/// What the provider sends to later releases only: a list of sets is a syntax error up to 4.4.0.
const NEWER: [&str; 1] = ["ALTER SYSTEM DELETE BACKUPSET 2,3 TENANT = "];

#[test]
fn the_kernel_knows_every_statement_that_the_provider_sends() {
    let Some(kernel) = kernel::shared() else { return };
    let mut session = kernel.session();
    let (mut complaints, mut lacking) = (Vec::new(), BTreeSet::new());
    for statement in statements() {
        for text in [statement].into_iter().chain(&in_sys(statement)) {
            let answer = session.ask(text);
            if LACKING.contains(&answer.to_string().as_str()) {
                lacking.insert(answer.to_string());
            } else if !is_known(text, &answer) {
                complaints.push(format!("{text}\n    {answer}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert_eq!(lacking, LACKING.map(str::to_owned).into(), "what the build lacks");
}

/// What is to be changed may well be refused, but queries and the settings of a session have to be taken.
fn is_known(statement: &str, answer: &Answer) -> bool {
    match answer.number() {
        0 => true,
        SYNTAX => NEWER.iter().any(|form| statement.starts_with(form)),
        _ => statement.starts_with("ALTER SYSTEM"),
    }
}

/// An unknown tenant is refused before the rest of a statement is looked at; sys is the one tenant that the kernel has.
fn in_sys(statement: &str) -> Option<String> {
    let changes = statement.strip_prefix("ALTER SYSTEM")?;
    let (before, named) = changes.rsplit_once(" TENANT = ")?;
    // A name, or several; what follows is kept.
    let mut rest = named;
    while let Some((_, after)) = rest
        .trim_start_matches(", ")
        .strip_prefix('`')
        .and_then(|name| name.split_once('`'))
    {
        rest = after;
    }
    Some(format!("ALTER SYSTEM{before} TENANT = sys{rest}"))
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
    collect_beginnings(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../provider/src"),
        &mut beginnings,
    );
    assert!(beginnings.len() > 10, "{beginnings:?}");
    beginnings.retain(|beginning| !statements().iter().any(|statement| statement.starts_with(beginning)));
    assert_eq!(beginnings, [""; 0]);
}

/// Files and directories of the provider's source that are compiled for its tests only.
const OF_TESTS: [&str; 3] = ["tests", "generated_cases", "secrecy"];

fn collect_beginnings(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if OF_TESTS.contains(&name) {
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
    // A quote within a text is written twice.
    form.replace("'…''…'", "'…'")
}
