//! Every example does what the reader will expect of it.

#![expect(clippy::unwrap_used, reason = "what is not as it should be fails the test")]

mod ci_drift_detection;

use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use std::path::{Path, PathBuf};
use std::process::Command;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

/// What an example that is a single file leaves to its reader.
const REQUIRED: &str =
    "terraform {\n  required_providers {\n    oceanbase = {\n      source = \"ob-as-code/oceanbase\"\n    }\n  }\n}\n";

#[test]
fn examples_are_formatted() {
    let program = acceptance_tests::terraform::executable().unwrap_or_else(|missing| panic!("{missing}"));
    let arguments = ["fmt", "-check", "-diff", "-recursive", EXAMPLES];
    let output = Command::new(program)
        .args(arguments)
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn folders_are_applied_and_destroyed() {
    for folder in ["quickstart", "all-tenants"] {
        let (_cluster, terraform) = prepared();
        terraform.copy(&Path::new(EXAMPLES).join(folder));
        lives(&terraform, folder);
    }
}

#[test]
fn single_files_are_applied_and_destroyed() {
    let mut count = 0;
    for folder in ["resources", "data-sources", "functions"] {
        for file in files(&Path::new(EXAMPLES).join(folder)) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if name.ends_with(".tf") && !name.starts_with("import-") {
                let (_cluster, terraform) = prepared_for(&file);
                write(&terraform, &file);
                lives(&terraform, &file.display().to_string());
                count += 1;
            }
        }
    }
    assert!(count > 0);
}

#[test]
fn provider_blocks_are_valid() {
    for file in files(&Path::new(EXAMPLES).join("provider")) {
        let terraform = Terraform::new();
        write(&terraform, &file);
        terraform.succeed(&["validate", "-no-color"]);
    }
}

#[test]
fn what_exists_is_imported() {
    for folder in files(&Path::new(EXAMPLES).join("resources"))
        .iter()
        .filter_map(|file| file.parent())
    {
        if !folder.join("import.sh").exists() {
            continue;
        }
        let (cluster, terraform) = prepared();
        write(&terraform, &folder.join("resource.tf"));
        terraform.apply();
        let script = std::fs::read_to_string(folder.join("import.sh")).unwrap();
        let import = script
            .lines()
            .find_map(|line| line.strip_prefix("terraform import "))
            .unwrap();
        let (address, id) = import.split_once(' ').unwrap();
        terraform.succeed(&["state", "rm", address]);
        terraform.import(address, id);
        terraform.assert_settled();

        terraform.succeed(&["state", "rm", address]);
        let block = std::fs::read_to_string(folder.join("import-by-string-id.tf")).unwrap();
        terraform.write("import.tf", &block);
        cluster.forget_statements();
        let plan = terraform.plan();
        assert!(
            plan.text.contains("1 to import, 0 to add, 0 to change"),
            "{}",
            plan.text
        );
        terraform.apply_plan();
        assert_eq!(cluster.changes(), [""; 0]);
    }
}

/// As [`prepared`], with the edition that the example needs.
fn prepared_for(example: &Path) -> (Cluster, Terraform) {
    let needs_enterprise = example
        .components()
        .any(|part| part.as_os_str() == "oceanbase_backup_key");
    prepared_with(if needs_enterprise {
        Profile::Ee4353
    } else {
        Profile::Ce4410
    })
}

/// A cluster and a Terraform that finds it in its environment, as the examples expect.
fn prepared() -> (Cluster, Terraform) {
    prepared_with(Profile::Ce4410)
}

fn prepared_with(profile: Profile) -> (Cluster, Terraform) {
    let cluster = Cluster::start(profile);
    let terraform = Terraform::new()
        .with_variable("OCEANBASE_ENDPOINTS", cluster.endpoint())
        .with_variable("OCEANBASE_USERNAME", "root");
    (cluster, terraform)
}

fn write(terraform: &Terraform, file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    if !text.contains("required_providers") {
        terraform.write("required.tf", REQUIRED);
    }
    terraform.write("example.tf", &text);
}

fn lives(terraform: &Terraform, example: &str) {
    terraform.succeed(&["validate", "-no-color"]);
    let applied = terraform.apply();
    assert!(applied.contains("Apply complete!"), "{example}: {applied}");
    terraform.assert_settled();
    let destroyed = terraform.destroy();
    assert!(destroyed.contains("Destroy complete!"), "{example}: {destroyed}");
}

/// Every file below a directory, in order.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let below = paths
        .into_iter()
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    below.collect()
}
