//! No secret ends up anywhere but in the cluster.

use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use serde_json::json;
use std::io::Read;
use std::path::Path;

const PASSWORD: &str = "planted-password-of-sys";
const TENANT_PASSWORD: &str = "planted-password-of-tenant";
const WRITE_ONLY_KEYS: [&str; 2] = ["planted-write-only-key-1", "planted-write-only-key-2"];
const PROFILE_KEYS: [&str; 2] = ["planted-profile-key-1", "planted-profile-key-2"];

/// A name that is no secret, to prove that the search would find one.
const ACCESS_ID: &str = "planted-access-id";

#[test]
fn secrets_reach_the_cluster_and_nothing_else() {
    // Community Edition shows access keys in its views.
    let cluster = Cluster::start_with(Profile::Ce4410, |options, _| {
        let passwords = [("sys", PASSWORD), ("mysql_tenant", TENANT_PASSWORD)];
        options.passwords = passwords
            .map(|(tenant, password)| (tenant.to_owned(), password.to_owned()))
            .into();
    });
    let mut printed = String::new();
    let mut places = Vec::new();
    let terraform = Terraform::new()
        .with_variable("TF_LOG", "trace")
        .with_variable("TF_LOG_PATH", "trace.log")
        .with_variable("TF_VAR_password", PASSWORD)
        .with_variable("TF_VAR_tenant_password", TENANT_PASSWORD)
        .with_variable("TF_VAR_write_only_keys", json!(WRITE_ONLY_KEYS).to_string())
        .with_variable("TF_VAR_profile_keys", json!(PROFILE_KEYS).to_string());
    for version in 0..2 {
        configure(&terraform, &cluster, version);
        for arguments in [
            &["plan", "-no-color", "-out=tfplan"][..],
            &["show", "-json", "tfplan"],
            &["apply", "-no-color", "tfplan"],
            &["show", "-json"],
            &["output", "-json"],
        ] {
            printed += &terraform.succeed(arguments);
        }
        places.push((
            format!("plan file {version}"),
            unzipped(&terraform.read("tfplan").unwrap()),
        ));
    }
    // What goes wrong is shown with the statement, and that with its secrets hidden.
    cluster.sys("ALTER SYSTEM NOARCHIVELOG TENANT = mysql_tenant");
    cluster.fail_once("ALTER SYSTEM ARCHIVELOG", 4179, "not now");
    printed += &terraform.fail(&["apply", "-no-color", "-auto-approve"]);
    printed += &terraform.succeed(&["destroy", "-no-color", "-auto-approve"]);

    places.push(("output".to_owned(), printed.into_bytes()));
    places.push((
        "log of the simulator".to_owned(),
        cluster.statements().join("\n").into_bytes(),
    ));
    places.extend(files(&terraform.path()));
    let secrets = [PASSWORD, TENANT_PASSWORD]
        .into_iter()
        .chain(WRITE_ONLY_KEYS)
        .chain(PROFILE_KEYS);
    for secret in secrets {
        for (place, content) in &places {
            assert!(!contains(content, secret), "{secret} is in the {place}");
        }
    }

    for place in [
        "plan file 0",
        "output",
        "log of the simulator",
        "terraform.tfstate.backup",
        "trace.log",
    ] {
        let found = places.iter().find(|(name, _)| name == place);
        let (_, content) = found.unwrap_or_else(|| panic!("there is no {place}"));
        assert!(
            contains(content, ACCESS_ID),
            "the search does not find what is in the {place}"
        );
    }
    let trace = places.iter().find(|(name, _)| name == "trace.log").unwrap();
    assert!(contains(&trace.1, "access_key=***"), "the log shows statements");
    let sent = cluster.statements_with_secrets().join("\n");
    for key in WRITE_ONLY_KEYS.into_iter().chain(PROFILE_KEYS) {
        assert!(
            sent.contains(&format!("access_key={key}")),
            "the cluster never received {key}"
        );
    }
}

fn configure(terraform: &Terraform, cluster: &Cluster, version: usize) {
    let ephemeral = |kind: &str| json!({ "type": kind, "ephemeral": true });
    let provider = json!({
        "endpoints": [cluster.endpoint()],
        "password": "${var.password}",
        "tenant_credentials": { "mysql_tenant": { "username": "root", "password": "${var.tenant_password}" } },
        "storage_profiles": { "main": {
            "type": "oss", "bucket": "b", "host": "h", "access_id": ACCESS_ID,
            "access_key": format!("${{var.profile_keys[{version}]}}"), "access_key_version": version.to_string(),
        } },
    });
    let rest = json!({
        "variable": {
            "password": ephemeral("string"),
            "tenant_password": ephemeral("string"),
            "write_only_keys": ephemeral("list(string)"),
            "profile_keys": ephemeral("list(string)"),
        },
        "resource": {
            "oceanbase_archivelog": { "it": {
                "tenant": "mysql_tenant",
                "storage": { "profile": "main", "path": "log" },
            } },
            "oceanbase_backup_destination": { "it": {
                "tenant": "mysql_tenant",
                "storage": {
                    "type": "oss", "bucket": "b", "host": "h", "path": "data", "access_id": ACCESS_ID,
                    "access_key_wo": format!("${{var.write_only_keys[{version}]}}"),
                    "access_key_wo_version": version.to_string(),
                },
            } },
        },
        "data": { "oceanbase_tenants": { "all": {} } },
        "output": { "all": { "value": "${data.oceanbase_tenants.all.tenants}" } },
    });
    terraform.configure(&provider, &rest);
}

fn contains(content: &[u8], text: &str) -> bool {
    content.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Every file below a directory, by name.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read(path).unwrap()));
        }
    }
    found
}

/// The content of all files of a ZIP archive.
fn unzipped(archive: &[u8]) -> Vec<u8> {
    let number = |at: usize, size: usize| {
        let bytes = archive[at..at + size].iter().rev();
        bytes.fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let end = archive.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let (count, mut entry) = (number(end + 10, 2), number(end + 16, 4));
    let mut content = Vec::new();
    for _ in 0..count {
        let (method, size, local) = (number(entry + 10, 2), number(entry + 20, 4), number(entry + 42, 4));
        let start = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let packed = &archive[start..start + size];
        match method {
            0 => content.extend_from_slice(packed),
            _ => {
                flate2::read::DeflateDecoder::new(packed)
                    .read_to_end(&mut content)
                    .unwrap();
            }
        }
        entry += 46 + number(entry + 28, 2) + number(entry + 30, 2) + number(entry + 32, 2);
    }
    content
}
