//! `provider.json` says what Terraform says of the provider.

use serde_json::Value as Json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use terraform_provider_oceanbase::OceanBase;

/// Builds the provider, as a practitioner would, and gives the directory that it is in.
fn built_provider() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "terraform-provider-oceanbase"]);
    build.args(["--message-format", "json"]);
    build.current_dir(env!("CARGO_MANIFEST_DIR"));
    // What this test was given about its own package would make `ring` build anew, and all that depends on it.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            build.env_remove(name);
        }
    }
    let build = build.output().expect("cargo runs this test");
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    let messages = String::from_utf8(build.stdout).expect("cargo writes JSON");
    let executable = messages
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<Json>(line).ok()?["executable"]
                .as_str()
                .map(PathBuf::from)
        })
        .next_back();
    let executable = executable.expect("the package has a binary");
    executable.parent().expect("a file is in a directory").to_owned()
}

fn printed_by_terraform(provider: &Path) -> Json {
    let module = tempfile::tempdir().expect("a directory for the module");
    let overrides = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"ob-as-code/oceanbase\" = {provider:?}\n  }}\n  direct {{}}\n}}\n"
    );
    let configuration =
        "terraform {\n  required_providers {\n    oceanbase = { source = \"ob-as-code/oceanbase\" }\n  }\n}\n";
    fs::write(module.path().join("terraform.rc"), overrides).expect("a writable directory");
    fs::write(module.path().join("main.tf"), configuration).expect("a writable directory");
    let schema = Command::new("terraform")
        .args(["providers", "schema", "-json"])
        .current_dir(module.path())
        .env("TF_CLI_CONFIG_FILE", module.path().join("terraform.rc"))
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .expect("terraform is on the path");
    assert!(schema.status.success(), "{}", String::from_utf8_lossy(&schema.stderr));
    serde_json::from_slice(&schema.stdout).expect("terraform prints JSON")
}

#[test]
fn the_schema_is_the_one_that_terraform_prints() {
    let printed = printed_by_terraform(&built_provider());
    let mut expected = schemas::provider_json::of(&OceanBase::default());
    let address = "registry.terraform.io/ob-as-code/oceanbase";
    // Printed by Terraform 1.12 or later only.
    if printed["provider_schemas"][address]
        .get("resource_identity_schemas")
        .is_none()
    {
        expected["provider_schemas"][address]
            .as_object_mut()
            .unwrap()
            .remove("resource_identity_schemas");
    }
    assert_eq!(printed, expected);
}
