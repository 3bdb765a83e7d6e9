//! The table in `reference.md`: every row of the reference is shown by a test, or has a reason why it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const TABLE: &str = include_str!("reference.md");
/// What a row begins with that has a reason in place of tests.
const REASON: &str = "Not simulated: ";

/// What is wrong with a table, given the tests that exist.
fn problems(table: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut declared: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut section = None;
    for line in table.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            let name = title.split(' ').next().unwrap_or_default();
            found.entry(name).or_default();
            section = Some(name);
        }
        let Some((first, second)) = cells(line) else {
            continue;
        };
        match section {
            None => {
                declared.insert(first, second.parse().expect("a number of rows"));
            }
            Some(name) => {
                if !found.entry(name).or_default().insert(first) {
                    problems.push(format!("{name}: \"{first}\" stands there twice"));
                }
                problems.extend(complaint(second, tests).map(|complaint| format!("{name}: {first}: {complaint}")));
            }
        }
    }
    for name in declared.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        let rows = found.get(name).map_or(0, BTreeSet::len);
        match declared.get(name) {
            Some(declared) if *declared == rows => {}
            Some(declared) => problems.push(format!("{name}: has {rows} rows, not the {declared} declared")),
            None => problems.push(format!("{name}: is not declared in the table's head")),
        }
    }
    problems
}

/// The two cells of a row, without head and rule.
fn cells(line: &str) -> Option<(&str, &str)> {
    let (first, second) = line.strip_prefix("| ")?.strip_suffix('|')?.split_once(" |")?;
    let is_head = ["Section", "Row", "---"].contains(&first);
    (!is_head).then(|| (first, second.trim()))
}

fn complaint(cell: &str, tests: &BTreeSet<String>) -> Option<String> {
    if let Some(reason) = cell.strip_prefix(REASON) {
        return reason.trim().is_empty().then(|| "the reason is missing".to_owned());
    }
    // What follows a semicolon is a remark.
    let shown_by = cell.split(';').next().unwrap_or_default();
    let named: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
    if named.is_empty() {
        return Some("neither test nor reason".to_owned());
    }
    let missing = named.into_iter().find(|test| !tests.contains(*test))?;
    Some(format!("no test {missing}"))
}

/// The paths of all tests of this package, read from its sources.
fn tests_of_this_package() -> BTreeSet<String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeSet::new();
    for directory in ["src", "tests"] {
        collect_tests(&package.join(directory), "", &mut tests);
    }
    tests
}

fn collect_tests(directory: &Path, module: &str, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry of a directory").path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let module = match name {
            "lib" | "main" | "mod" => module.trim_end_matches("::").to_owned(),
            name => format!("{module}{name}"),
        };
        if path.is_dir() {
            collect_tests(&path, &format!("{module}::"), tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("readable source");
            tests.extend(tests_in(&source, &module));
        }
    }
}

/// The tests of one source file; those of its inline modules are indented.
fn tests_in(source: &str, module: &str) -> Vec<String> {
    let mut tests = Vec::new();
    let mut inline = "";
    let mut is_test = false;
    for line in source.lines() {
        let code = line.trim_start();
        if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(" {")) {
            inline = name;
        }
        if code.starts_with("#[test]") || code.starts_with("#[tokio::test") {
            is_test = true;
        }
        let function = code.strip_prefix("async ").unwrap_or(code).strip_prefix("fn ");
        if let Some(name) = function.filter(|_| is_test).and_then(|rest| rest.split('(').next()) {
            let inner = if line == code { "" } else { inline };
            let path = [module, inner, name].into_iter().filter(|part| !part.is_empty());
            tests.push(path.collect::<Vec<_>>().join("::"));
            is_test = false;
        }
    }
    tests
}

#[test]
fn every_row_of_the_reference_is_shown_or_excused() {
    let problems = problems(TABLE, &tests_of_this_package());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_row_that_nothing_shows_is_found() {
    let tests: BTreeSet<String> = ["cluster::tests::it_works".to_owned()].into();
    let table = "| Section | Rows |\n| --- | --- |\n| A.1 | 4 |\n| A.2 | 1 |\n\n## A.1 Words\n\n\
                 | Row | Shown by, or not simulated |\n| --- | --- |\n\
                 | fine | `cluster::tests::it_works`; but for a remark on `a::b` |\n\
                 | excused | Not simulated: nobody needs it |\n\
                 | renamed | `cluster::tests::it_works`, `cluster::tests::it_worked` |\n\
                 | empty |  |\n\
                 | promised | by a test |\n\
                 | unexcused | Not simulated:  |\n\
                 | fine | `cluster::tests::it_works` |\n\n## B.1 More words\n";
    assert_eq!(
        problems(table, &tests),
        [
            "A.1: renamed: no test cluster::tests::it_worked",
            "A.1: empty: neither test nor reason",
            "A.1: promised: neither test nor reason",
            "A.1: unexcused: neither test nor reason",
            "A.1: \"fine\" stands there twice",
            "A.1: has 6 rows, not the 4 declared",
            "A.2: has 0 rows, not the 1 declared",
            "B.1: is not declared in the table's head",
        ]
    );
}

#[test]
fn tests_are_found_by_their_attribute_and_named_by_their_place() {
    let source = "fn helper() {}\n#[test]\nfn one() {}\n#[tokio::test]\nasync fn two() -> Result<(), E> {\n\
                  mod tests {\n    fn fixture() {}\n    #[test]\n    fn three() {}\n}\n";
    assert_eq!(
        tests_in(source, "a::b"),
        ["a::b::one", "a::b::two", "a::b::tests::three"]
    );
    let all = tests_of_this_package();
    for test in [
        "client::wire::faults_strike_on_demand",
        "cluster::tests::views::newer_releases_add_columns",
        "server::faults::tests::a_fault_strikes_its_statements_and_no_others",
        "reference::every_row_of_the_reference_is_shown_or_excused",
    ] {
        assert!(all.contains(test), "{test}");
    }
}
