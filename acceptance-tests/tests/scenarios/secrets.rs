//! No secret ends up anywhere but in the cluster.

mod search;

use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use search::{ACCESS_ID, Places, traced};
use serde_json::{Value as Json, json};

const PASSWORD: &str = "planted-password-of-sys";
const TENANT_PASSWORD: &str = "planted-password-of-tenant";
const WRITE_ONLY_KEYS: [&str; 2] = ["planted-write-only-key-1", "planted-write-only-key-2"];
const PROFILE_KEYS: [&str; 2] = ["planted-profile-key-1", "planted-profile-key-2"];

/// A Community Edition, which shows access keys in its views, with passwords.
fn cluster() -> Cluster {
    Cluster::start_with(Profile::Ce4410, |options, _| {
        let passwords = [("sys", PASSWORD), ("mysql_tenant", TENANT_PASSWORD)];
        options.passwords = passwords
            .map(|(tenant, password)| (tenant.to_owned(), password.to_owned()))
            .into();
    })
}

/// Terraform that logs all there is, with the secrets as variables.
fn terraform(write_only_keys: &[&str], profile_keys: &[&str]) -> Terraform {
    traced()
        .with_variable("TF_VAR_password", PASSWORD)
        .with_variable("TF_VAR_tenant_password", TENANT_PASSWORD)
        .with_variable("TF_VAR_write_only_keys", json!(write_only_keys).to_string())
        .with_variable("TF_VAR_profile_keys", json!(profile_keys).to_string())
}

#[test]
fn secrets_reach_the_cluster_and_nothing_else() {
    let (cluster, mut places) = (cluster(), Places::default());
    let terraform = terraform(&WRITE_ONLY_KEYS, &PROFILE_KEYS);
    for version in 0..2 {
        configure(&terraform, &cluster, version);
        places.apply(&terraform, &[]);
        places.run(&terraform, &["output", "-json"], true);
    }
    places.run(&terraform, &["destroy", "-no-color", "-auto-approve"], true);
    places.add_everything_else(&terraform, &cluster);

    let secrets = [&[PASSWORD, TENANT_PASSWORD], &WRITE_ONLY_KEYS[..], &PROFILE_KEYS].concat();
    places.assert_without(&secrets);
    let everywhere = [
        "plan file",
        "output of show -json",
        "log of the simulator",
        "terraform.tfstate.backup",
        "trace.log",
    ];
    places.assert_found(&everywhere, ACCESS_ID);
    places.assert_found(&["trace.log"], "access_key=***");
    assert_received(&cluster, &[WRITE_ONLY_KEYS, PROFILE_KEYS].concat());
}

#[test]
fn what_the_server_quotes_of_a_statement_is_shown_without_its_keys() {
    // What follows a quote is as secret as what stands before it.
    let keys = ["k1'planted-quoted-key-1", "k2'planted-quoted-key-2"];
    let hidden = ["planted-quoted-key-1", "planted-quoted-key-2"];
    let (cluster, mut places) = (cluster(), Places::default());
    let terraform = terraform(&keys, &keys);
    let apply = &["apply", "-no-color", "-auto-approve"][..];
    configure(&terraform, &cluster, 0);
    let quoted = |key: &str| format!("access_id={ACCESS_ID}&access_key={key}");
    let escaped = quoted(keys[0]).replace('\'', "''");
    for (statement, number, message) in [
        (
            "SET DATA_BACKUP_DEST",
            1064,
            format!("You have an error near '{escaped}' TENANT = `mysql_tenant`' at line 1"),
        ),
        (
            "SET DATA_BACKUP_DEST",
            1064,
            format!("You have an error near '{}' at line 1", &escaped[..escaped.len() - 2]),
        ),
        (
            "SET DATA_BACKUP_DEST",
            9026,
            format!(
                "backup destination is not valid: oss://b/data?host=h&{}",
                quoted(keys[0])
            ),
        ),
        (
            "SET LOG_ARCHIVE_DEST",
            1235,
            format!(
                "LOCATION=oss://b/log?host=h&{} BINDING=Optional is not supported",
                quoted(keys[0])
            ),
        ),
    ] {
        cluster.fail_once(statement, number, &message);
        let resource = if statement.contains("LOG") {
            "-target=oceanbase_archivelog.it"
        } else {
            "-target=oceanbase_backup_destination.it"
        };
        let complaint = places.run(&terraform, &[apply, &[resource]].concat(), false);
        assert!(complaint.contains("***"), "{complaint}");
        assert!(complaint.contains(&format!("error {number}")), "{complaint}");
    }
    places.run(&terraform, apply, true);
    configure(&terraform, &cluster, 1);
    for message in [quoted(keys[1]), quoted(keys[1]).replace('\'', "''"), quoted(keys[0])] {
        cluster.fail_once(
            "CHANGE EXTERNAL_STORAGE_DEST",
            1210,
            &format!("Incorrect arguments to {message}"),
        );
        let complaint = places.run(&terraform, apply, false);
        assert!(complaint.contains("access_key=***"), "{complaint}");
    }
    places.run(&terraform, apply, true);
    places.add_everything_else(&terraform, &cluster);
    // A key that is cut off is a key, too.
    places.assert_without(&[&hidden[..], &["planted-quoted"]].concat());
    places.assert_found(&["trace.log", "terraform.tfstate"], ACCESS_ID);
    let sent = keys.map(|key| key.replace('\'', "''"));
    assert_received(&cluster, &sent.each_ref().map(String::as_str));
}

#[test]
fn passwords_of_exported_keys_reach_the_cluster_and_nothing_else() {
    const PASSWORDS: [&str; 2] = ["planted-password-of-keys-1", "it's-planted-password-of-keys-2"];
    const OF_PROFILE: [&str; 2] = ["planted-profile-password-1", "planted-profile-password-2"];
    let (cluster, mut places) = (Cluster::start(Profile::Ee4353), Places::default());
    let terraform = terraform(&PASSWORDS, &OF_PROFILE);
    for version in 0..2 {
        configure_keys(&terraform, &cluster, version);
        places.apply(&terraform, &[]);
    }
    // What the server quotes of the statement, whole or cut.
    configure_keys(&terraform, &cluster, 0);
    let apply = [
        "apply",
        "-no-color",
        "-auto-approve",
        "-target=oceanbase_backup_key.own",
    ];
    for message in [
        format!("You have an error near '{}'' at line 1", PASSWORDS[0]),
        format!(
            "You have an error near 'ENCRYPTED BY '{}' at line 1",
            &PASSWORDS[0][..20]
        ),
        format!("Incorrect arguments to {}", PASSWORDS[0]),
    ] {
        cluster.fail_once("BACKUP KEY", 1064, &message);
        let complaint = places.run(&terraform, &apply, false);
        assert!(complaint.contains("***"), "{complaint}");
    }
    places.run(&terraform, &["destroy", "-no-color", "-auto-approve"], true);
    places.add_everything_else(&terraform, &cluster);
    places.assert_without(&[&PASSWORDS[..1], &OF_PROFILE, &["planted-password"]].concat());
    places.assert_found(
        &[
            "plan file",
            "output of show -json",
            "log of the simulator",
            "terraform.tfstate.backup",
            "trace.log",
        ],
        ACCESS_ID,
    );
    places.assert_found(&["trace.log"], "ENCRYPTED BY '***'");
    let sent = cluster.statements_with_secrets().join("\n");
    for password in [&PASSWORDS[..], &OF_PROFILE].concat() {
        let literal = format!("ENCRYPTED BY '{}'", password.replace('\'', "''"));
        assert!(sent.contains(&literal), "the cluster never received {password}");
    }
}

/// Two tenants, one with a password of its own, and one with that of a profile.
fn configure_keys(terraform: &Terraform, cluster: &Cluster, version: usize) {
    let profile = json!({
        "type": "oss", "bucket": "b", "host": "h", "access_id": ACCESS_ID, "access_key": "k", "access_key_version": "1",
        "key_password": format!("${{var.profile_keys[{version}]}}"), "key_password_version": version.to_string(),
    });
    let provider = json!({ "endpoints": [cluster.endpoint()], "storage_profiles": { "main": profile } });
    let own = json!({
        "tenant": "mysql_tenant",
        "storage": { "profile": "main", "path": "keys" },
        "password_wo": format!("${{var.write_only_keys[{version}]}}"), "password_wo_version": version.to_string(),
    });
    let of_profile = json!({ "tenant": "mysql_tenant_2", "storage": { "profile": "main", "path": "keys_2" } });
    let rest = json!({
        "variable": variables(),
        "resource": { "oceanbase_backup_key": { "own": own, "of_profile": of_profile } },
    });
    terraform.configure(&provider, &rest);
}

#[test]
fn keys_that_the_cluster_shows_are_not_imported() {
    const BY_HAND: [&str; 2] = ["planted-key-by-hand-1", "planted-key-by-hand-2"];
    let (cluster, mut places) = (cluster(), Places::default());
    let terraform = terraform(&WRITE_ONLY_KEYS, &PROFILE_KEYS);
    let set = |parameter: &str, location: &str, key: &str| {
        cluster.sys(&format!(
            "ALTER SYSTEM SET {parameter} = '{location}?host=h&access_id={ACCESS_ID}&access_key={key}' TENANT = mysql_tenant"
        ))
    };
    set("LOG_ARCHIVE_DEST", "LOCATION=oss://b/log", BY_HAND[0]);
    set("DATA_BACKUP_DEST", "oss://b/data", BY_HAND[0]);
    cluster.sys("ALTER SYSTEM ARCHIVELOG TENANT = mysql_tenant");
    let shown = cluster
        .sys("SELECT * FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO")
        .concat()
        .join(" ");
    assert!(shown.contains(BY_HAND[0]), "the views show the key: {shown}");

    let import = |resource: &str| json!({ "to": format!("{resource}.it"), "id": "mysql_tenant" });
    let all = json!({ "oceanbase_tenants": { "all": {} } });
    let rest = json!({
        "variable": variables(),
        "import": [import("oceanbase_archivelog"), import("oceanbase_backup_destination")],
        "data": all,
        "output": { "all": { "value": "${data.oceanbase_tenants.all.tenants}" } },
    });
    terraform.configure(&provider(&cluster, 0), &rest);
    places.apply(&terraform, &["-generate-config-out=generated.tf"]);
    // A key that differs from that of the jobs is drift, of which nothing is shown but that it is there.
    set("DATA_BACKUP_DEST", "oss://b/data", BY_HAND[1]);
    let plan = places.run(&terraform, &["plan", "-no-color", "-out=tfplan"], true);
    assert!(plan.contains("jobs use another key"), "{plan}");
    places.run(&terraform, &["show", "-json", "tfplan"], true);
    places.add_plan(&terraform);
    places.add_everything_else(&terraform, &cluster);
    places.assert_without(&BY_HAND);
    places.assert_found(
        &[
            "generated.tf",
            "plan file",
            "terraform.tfstate",
            "output of show -json tfplan",
        ],
        ACCESS_ID,
    );
}

#[test]
fn passwords_of_the_environment_stay_there() {
    let (cluster, mut places) = (cluster(), Places::default());
    let logins = json!({ "mysql_tenant": { "username": "root", "password": TENANT_PASSWORD } }).to_string();
    let rest = json!({ "data": { "oceanbase_tenants": { "all": {} } } });
    let runs = [
        (PASSWORD, logins.clone(), true),
        (PASSWORD, logins.replace("}}", "}"), false),
        ("planted-wrong-password", logins, false),
    ];
    for (password, logins, success) in runs {
        let terraform = traced()
            .with_variable("OCEANBASE_PASSWORD", password)
            .with_variable("OCEANBASE_TENANT_CREDENTIALS", logins)
            .with_variable("OCEANBASE_ENDPOINTS", cluster.endpoint());
        terraform.configure(&json!({}), &rest);
        places.run(&terraform, &["apply", "-no-color", "-auto-approve"], success);
        places.add_everything_else(&terraform, &cluster);
    }
    places.assert_without(&[PASSWORD, TENANT_PASSWORD, "planted-wrong-password"]);
    places.assert_found(&["trace.log"], "logged in");
}

#[test]
fn a_function_does_not_quote_the_key_that_it_was_given() {
    const KEY: &str = "planted-key-of-a-function";
    let (cluster, mut places) = (cluster(), Places::default());
    for (call, message) in [
        ("uri_parse(\"ftp://b/p?access_key=${var.key}\")", "file://"),
        (
            "uri_parse(\"oss://b/p?host=h&access_id=i&access_key=${var.key}&delete_mode=never\")",
            "delete_mode",
        ),
        ("uri_parse(\"oss://b/p&access_key=${var.key}\")", "holds an access key"),
        (
            "uri_build({ type = \"nfs\", path = \"/p\", access_key = var.key })",
            "access_key_wo",
        ),
        (
            "uri_build({ type = \"ftp\", path = \"p\", access_key = var.key })",
            "ftp",
        ),
        (
            "uri_build({ type = \"oss\", path = \"p&access_key=${var.key}\", bucket = \"b\", host = \"h\", access_id = \"i\" })",
            "holds an access key",
        ),
    ] {
        let terraform = traced().with_variable("TF_VAR_key", KEY);
        let rest = json!({
            "variable": { "key": { "type": "string", "sensitive": true } },
            "output": { "uri": { "sensitive": true, "value": format!("${{provider::oceanbase::{call}}}") } },
        });
        terraform.configure(&provider_without_secrets(&cluster), &rest);
        let complaint = places.run(&terraform, &["plan", "-no-color"], false);
        assert!(complaint.contains(message), "{complaint}");
        places.add_everything_else(&terraform, &cluster);
    }
    places.assert_without(&[KEY]);
    places.assert_found(&["trace.log"], "uri_build");
}

#[test]
fn the_password_of_a_backup_reaches_the_cluster_and_nothing_else() {
    const PASSWORDS: [&str; 3] = [
        "planted-backup-password-1",
        "planted-backup-password-2",
        "planted-backup'password-3",
    ];
    let (cluster, mut places) = (cluster(), Places::default());
    let terraform = traced()
        .with_variable("TF_VAR_password", PASSWORD)
        .with_variable("TF_VAR_passwords", json!(PASSWORDS).to_string());
    let configure = |number: usize| {
        let mut rest = crate::protected("mysql_tenant");
        rest["variable"] = json!({
            "password": { "type": "string", "ephemeral": true },
            "passwords": { "type": "list(string)", "ephemeral": true },
        });
        rest["resource"]["oceanbase_backup_run"] = json!({ "it": {
            "tenant": "mysql_tenant", "run_key": format!("{number}"), "description": ACCESS_ID,
            "password_wo": format!("${{var.passwords[{number}]}}"), "password_wo_version": number.to_string(),
            "depends_on": ["oceanbase_archivelog.it", "oceanbase_backup_destination.it"],
        } });
        let provider = json!({ "endpoints": [cluster.endpoint()], "password": "${var.password}" });
        terraform.configure(&provider, &rest);
    };
    for number in 0..2 {
        configure(number);
        places.apply(&terraform, &[]);
    }
    // What the server quotes of the statement is cut at the quote.
    configure(2);
    let quoted = PASSWORDS[2].replace('\'', "''");
    let message = format!("You have an error near '{quoted}' ONLY' at line 1");
    cluster.fail_once("SET ENCRYPTION", 1064, &message);
    let complaint = places.run(&terraform, &["apply", "-no-color", "-auto-approve"], false);
    assert!(
        complaint.contains("error 1064") && complaint.contains("***"),
        "{complaint}"
    );
    let complaint = {
        cluster.fail_once("ALTER SYSTEM BACKUP", 4179, "not now");
        places.run(&terraform, &["apply", "-no-color", "-auto-approve"], false)
    };
    assert!(complaint.contains("4179"), "{complaint}");
    places.add_everything_else(&terraform, &cluster);
    places.assert_without(&[PASSWORDS[0], PASSWORDS[1], "password-3", &quoted, PASSWORD]);
    places.assert_found(
        &[
            "plan file",
            "log of the simulator",
            "terraform.tfstate",
            "trace.log",
            "output of show -json",
        ],
        ACCESS_ID,
    );
    places.assert_found(&["trace.log"], "SET ENCRYPTION ON IDENTIFIED BY '***' ONLY");
    let sent = cluster.statements_with_secrets().join("\n");
    for password in [PASSWORDS[0], PASSWORDS[1], &quoted] {
        assert!(
            sent.contains(&format!("SET ENCRYPTION ON IDENTIFIED BY '{password}' ONLY")),
            "{password}"
        );
    }
    let modes = "SELECT ENCRYPTION_MODE FROM oceanbase.CDB_OB_BACKUP_SET_FILES";
    assert_eq!(cluster.sys(modes).concat(), ["PASSWORD", "PASSWORD"]);
}

fn assert_received(cluster: &Cluster, keys: &[&str]) {
    let sent = cluster.statements_with_secrets().join("\n");
    for key in keys {
        assert!(
            sent.contains(&format!("access_key={key}")),
            "the cluster never received {key}"
        );
    }
}

fn variables() -> Json {
    let ephemeral = |kind: &str| json!({ "type": kind, "ephemeral": true });
    json!({
        "password": ephemeral("string"),
        "tenant_password": ephemeral("string"),
        "write_only_keys": ephemeral("list(string)"),
        "profile_keys": ephemeral("list(string)"),
    })
}

fn provider_without_secrets(cluster: &Cluster) -> Json {
    json!({ "endpoints": [cluster.endpoint()] })
}

fn provider(cluster: &Cluster, version: usize) -> Json {
    json!({
        "endpoints": [cluster.endpoint()],
        "password": "${var.password}",
        "tenant_credentials": { "mysql_tenant": { "username": "root", "password": "${var.tenant_password}" } },
        "storage_profiles": { "main": {
            "type": "oss", "bucket": "b", "host": "h", "access_id": ACCESS_ID,
            "access_key": format!("${{var.profile_keys[{version}]}}"), "access_key_version": version.to_string(),
        } },
    })
}

fn configure(terraform: &Terraform, cluster: &Cluster, version: usize) {
    let rest = json!({
        "variable": variables(),
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
    terraform.configure(&provider(cluster, version), &rest);
}
