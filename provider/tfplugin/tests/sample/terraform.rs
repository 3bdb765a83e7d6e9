//! The sample provider in the hands of the real Terraform.

use crate::connection::sample_path;
use crate::process::Debugged;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A directory with a configuration, the provider, and the things that it makes.
struct Workspace(TempDir);

impl Workspace {
    fn new() -> Self {
        let workspace = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir_all(workspace.path().join("things")).unwrap();
        std::fs::create_dir(workspace.path().join("plugins")).unwrap();
        let plugin = workspace.path().join("plugins/terraform-provider-sample");
        std::os::unix::fs::symlink(sample_path(), plugin).unwrap();
        let plugins = workspace.path().join("plugins");
        let rc = format!("provider_installation {{\n dev_overrides {{\n \"example/sample\" = {plugins:?}\n }}\n}}\n");
        std::fs::write(workspace.path().join("terraform.rc"), rc).unwrap();
        workspace
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes the configuration that follows the provider block.
    fn configure(&self, configuration: &str) {
        let things = self.path().join("things");
        let configuration = format!(
            r#"
terraform {{
  required_providers {{
    sample = {{ source = "example/sample" }}
  }}
}}
provider "sample" {{
  directory = {things:?}
}}
{configuration}
"#
        );
        std::fs::write(self.path().join("main.tf"), configuration).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .arg("-no-color")
            .current_dir(self.path())
            .env("TF_CLI_CONFIG_FILE", self.path().join("terraform.rc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_LOG");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("terraform is on the PATH")
    }

    /// Runs a command that has to succeed; gives what it printed.
    fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{stdout}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        stdout
    }

    /// Runs a command that has to fail; gives what it complained about, in one line.
    fn fail(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success());
        let lines = String::from_utf8(output.stderr).unwrap();
        lines
            .split_whitespace()
            .filter(|word| !"│╷╵".contains(word))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn apply(&self) -> String {
        self.succeed(&["apply", "-auto-approve"])
    }

    /// Asserts that nothing is left to do.
    fn settled(&self) {
        self.succeed(&["plan", "-detailed-exitcode"]);
    }

    fn thing(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.path().join("things").join(format!("{name}.json"))).ok()
    }
}

const EVERYTHING: &str = r#"
resource "sample_thing" "a" {
  name           = "a"
  enabled        = true
  size           = 0.1
  token          = "t"
  secret         = "hidden"
  secret_version = 1
  tags           = { a = "b" }
  labels         = ["x", "y"]
  ports          = [1, 2]
  owner          = { name = "o" }
  rules          = [{ port = 1 }, { port = 2, note = "n" }]
  rule_set       = [{ port = 1 }, { port = 2 }]
  owners         = { o = { name = "o", mail = "m" } }
}
"#;

#[test]
fn a_thing_of_every_kind_of_attribute_lives_and_dies() {
    let workspace = Workspace::new();
    workspace.configure(EVERYTHING);
    assert!(workspace.succeed(&["plan"]).contains("1 to add"));
    workspace.apply();
    workspace.settled();
    assert!(workspace.thing("a").unwrap().contains(r#""secret_length":6"#));

    workspace.configure(&EVERYTHING.replace("port = 2", "port = 3").replace("= [1, 2]", "= [2]"));
    assert!(workspace.apply().contains("1 changed"));
    workspace.settled();

    workspace.configure(&EVERYTHING.replace(r#""a""#, r#""b""#));
    assert!(workspace.apply().contains("1 added, 0 changed, 1 destroyed"));
    workspace.settled();
    assert_eq!((workspace.thing("a"), workspace.thing("b").is_some()), (None, true));

    let destroyed = workspace.succeed(&["destroy", "-auto-approve"]);
    assert!(
        destroyed.contains("A thing goes away") && destroyed.contains("1 destroyed"),
        "{destroyed}"
    );
    assert_eq!(workspace.thing("b"), None);
}

#[test]
fn values_known_only_after_apply_are_planned_and_applied() {
    let workspace = Workspace::new();
    let configuration = r#"
resource "terraform_data" "other" {
  input = "later"
}
resource "sample_thing" "a" {
  name  = "a"
  title = terraform_data.other.output
  rules = [{ port = 1, note = terraform_data.other.output }]
  tags  = { a = terraform_data.other.output }
}
"#;
    workspace.configure(configuration);
    workspace.apply();
    workspace.settled();
    assert!(workspace.thing("a").unwrap().contains(r#""title":"later""#));
}

#[test]
fn a_removed_attribute_falls_back_to_its_default() {
    let workspace = Workspace::new();
    workspace.configure("resource \"sample_thing\" \"a\" {\n name = \"a\"\n title = \"t\"\n}");
    workspace.apply();
    workspace.configure("resource \"sample_thing\" \"a\" {\n name = \"a\"\n}");
    workspace.apply();
    workspace.settled();
    assert!(workspace.thing("a").unwrap().contains("untitled"));
}

#[test]
fn drift_is_seen_and_undone() {
    let workspace = Workspace::new();
    workspace.configure("resource \"sample_thing\" \"a\" {\n name = \"a\"\n title = \"t\"\n}");
    workspace.apply();
    let path = workspace.path().join("things/a.json");
    std::fs::write(
        &path,
        workspace
            .thing("a")
            .unwrap()
            .replace(r#""title":"t""#, r#""title":"x""#),
    )
    .unwrap();
    assert_eq!(workspace.run(&["plan", "-detailed-exitcode"]).status.code(), Some(2));
    workspace.apply();
    workspace.settled();
    std::fs::remove_file(path).unwrap();
    assert!(workspace.apply().contains("1 added"));
}

#[test]
fn an_existing_thing_is_imported() {
    let workspace = Workspace::new();
    workspace.configure("resource \"sample_thing\" \"a\" {\n name = \"a\"\n}");
    workspace.apply();
    workspace.succeed(&["state", "rm", "sample_thing.a"]);
    workspace.succeed(&["import", "sample_thing.a", "a"]);
    workspace.settled();
}

#[test]
fn functions_and_data_sources_work() {
    let workspace = Workspace::new();
    workspace.configure(
        r#"
resource "sample_thing" "a" {
  name  = "a"
  title = provider::sample::join("-", "x", "y")
}
data "sample_title" "a" {
  name = sample_thing.a.name
}
output "title" {
  value = data.sample_title.a.title
}
"#,
    );
    workspace.apply();
    assert_eq!(workspace.succeed(&["output", "title"]).trim(), r#""x-y""#);
    workspace.settled();
}

#[test]
fn a_thing_takes_over_from_another_type() {
    let workspace = Workspace::new();
    workspace.configure(
        r#"
resource "sample_thing" "old" {
  name = "a"
}
resource "terraform_data" "a" {
  input = "a"
}
"#,
    );
    workspace.apply();
    workspace.succeed(&["state", "rm", "sample_thing.old"]);
    let moved = r#"
resource "sample_thing" "a" {
  name = "a"
}
moved {
  from = terraform_data.a
  to   = sample_thing.a
}
"#;
    workspace.configure(moved);
    assert!(workspace.apply().contains("0 added, 0 changed, 0 destroyed"));
    workspace.settled();
}

#[test]
fn a_crash_gives_nothing_away_in_the_log() {
    let workspace = Workspace::new();
    workspace.configure(
        "variable \"secret\" {}\nresource \"sample_thing\" \"a\" {\n name = \"crash\"\n secret = var.secret\n}",
    );
    let output = workspace
        .command(&["apply", "-auto-approve"])
        .env("TF_LOG", "trace")
        .env("TF_VAR_secret", "planted-secret")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(
        printed.contains("The provider crashed") && printed.contains("thing.rs:"),
        "{printed}"
    );
    assert!(!printed.contains("planted-secret"), "{printed}");
}

#[test]
fn a_crash_while_applying_keeps_what_was_known() {
    let workspace = Workspace::new();
    workspace.configure("resource \"sample_thing\" \"a\" {\n name = \"crash\"\n secret = \"hidden\"\n}");
    let complaint = workspace.fail(&["apply", "-auto-approve"]);
    assert!(
        complaint.contains("Error: The provider crashed") && !complaint.contains("hidden"),
        "{complaint}"
    );
    let existing = r#"{"name":"crash","title":"old","revision":1}"#;
    std::fs::write(workspace.path().join("things/crash.json"), existing).unwrap();
    workspace.succeed(&["import", "sample_thing.a", "crash"]);
    workspace.fail(&["apply", "-auto-approve"]);
    assert!(
        workspace
            .succeed(&["state", "show", "sample_thing.a"])
            .contains(r#""old""#)
    );
}

#[test]
fn mistakes_point_at_the_attribute() {
    let workspace = Workspace::new();
    workspace.configure("resource \"sample_thing\" \"a\" {\n name = \"invalid\"\n}");
    let complaint = workspace.fail(&["validate"]);
    assert!(
        complaint.contains("Error: Invalid thing") && complaint.contains(r#"name = "invalid""#),
        "{complaint}"
    );
}

#[test]
fn for_debugging_each_provider_block_is_configured_for_itself() {
    let workspace = Workspace::new();
    let elsewhere = workspace.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    workspace.configure(&format!(
        r#"
provider "sample" {{
  alias     = "elsewhere"
  directory = {elsewhere:?}
}}
resource "sample_thing" "here" {{
  name = "here"
}}
resource "sample_thing" "there" {{
  provider = sample.elsewhere
  name     = "there"
}}
"#
    ));
    let debugged = Debugged::start();
    let output = workspace
        .command(&["apply", "-auto-approve"])
        .env("TF_REATTACH_PROVIDERS", debugged.reattach())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(workspace.thing("here").is_some() && workspace.thing("there").is_none());
    assert!(elsewhere.join("there.json").exists() && !elsewhere.join("here.json").exists());
}
