//! `cargo demo` does what it says.

use std::process::Command;

fn demo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.env_remove("TF_LOG");
    command
}

#[test]
fn it_protects_a_tenant_and_repairs_what_was_undone() {
    let output = demo().output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut rest = text.as_str();
    for expected in [
        "Nobody protects its tenant mysql_tenant",
        "$ terraform plan",
        "Plan: 2 to add, 0 to change, 0 to destroy.",
        "$ terraform apply",
        "Apply complete! Resources: 2 added, 0 changed, 0 destroyed.",
        "ALTER SYSTEM ARCHIVELOG TENANT = `mysql_tenant`;",
        "$ terraform plan",
        "No changes. Your infrastructure matches the configuration.",
        "ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant",
        "enabled               = false -> true",
        "Plan: 0 to add, 1 to change, 0 to destroy.",
        "Apply complete! Resources: 0 added, 1 changed, 0 destroyed.",
        "$ terraform destroy",
        "Destroy complete! Resources: 2 destroyed.",
        "mysql_tenant  ARCHIVELOG",
    ] {
        let found = rest.find(expected);
        let at = found.unwrap_or_else(|| panic!("{expected:?} does not come in its turn:\n{text}"));
        rest = &rest[at + expected.len()..];
    }
    assert!(!text.contains("development overrides"));
    assert!(!text.contains('\u{1b}'), "colours are for terminals");
}

#[test]
fn without_terraform_it_says_how_to_get_it() {
    let output = demo().env("TERRAFORM", "/nowhere/terraform").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("TERRAFORM") && complaint.contains("developer.hashicorp.com/terraform/install"));
    assert_eq!(complaint.lines().count(), 1);
}
