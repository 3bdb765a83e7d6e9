//! No type that holds a secret shows it when it is debugged, as a panic or a careless log line would.

use crate::{
    actions::backup_now,
    backup,
    cluster::{
        RawUri, Secret, Settings, Statement,
        settings::Credentials,
        snapshot::{ArchiveDestination, StorageInfo},
    },
    managed_resource::{Diff, Goal, Step},
    provider,
    resources::{archivelog, backup_destination, backup_key, backup_run},
    values::{
        destination,
        storage::{Storage, StorageProfile, StorageProfiles},
    },
};
use serde_json::json;
use std::fmt::Debug;

const SECRET: &str = "s3cr3t";
const URI: &str = "oss://b/p?host=h&access_id=i&access_key=s3cr3t";

#[track_caller]
fn hidden(value: &impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(shown.contains("***") && !shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn secrets_and_what_the_views_show() {
    hidden(&Secret::new(SECRET));
    hidden(&RawUri::new(URI));
    hidden(&ArchiveDestination {
        path: Some(RawUri::new(URI)),
        ..ArchiveDestination::default()
    });
    hidden(&StorageInfo {
        path: "oss://b/p".to_owned(),
        endpoint: "host=h".to_owned(),
        dest_id: 1,
        authorization: RawUri::new("access_id=i&access_key=s3cr3t"),
        extension: String::new(),
        max_iops: None,
        max_bandwidth: None,
    });
    let destination = destination::Destination::parse(&RawUri::new(URI)).unwrap();
    hidden(&destination);
    hidden(&destination.credentials);
}

#[test]
fn logins() {
    let password = Some(Secret::new(SECRET));
    let login = Credentials {
        username: "root".to_owned(),
        password: password.clone(),
    };
    hidden(&login);
    hidden(&Settings {
        tenant_credentials: [("t1".parse().unwrap(), login)].into(),
        ..Settings::default()
    });
    hidden(&Settings {
        password,
        ..Settings::default()
    });
}

#[test]
fn configurations() {
    let profile = json!({ "type": "oss", "access_key": SECRET, "key_password": SECRET });
    let block = |attribute: &str, value: &serde_json::Value| json!({ attribute: value });
    let login = json!({ "t1": { "username": "root", "password": SECRET } });
    for block in [
        block("password", &SECRET.into()),
        block("tenant_credentials", &login),
        block("storage_profiles", &json!({ "main": profile })),
    ] {
        hidden(&serde_json::from_value::<provider::Model>(block).unwrap());
    }
    let profile: StorageProfile = serde_json::from_value(profile).unwrap();
    hidden(&profile);
    let storage =
        json!({ "type": "oss", "bucket": "b", "path": "p", "host": "h", "access_id": "i", "access_key_wo": SECRET });
    let model = json!({ "tenant": "t1", "storage": storage });
    let archivelog: archivelog::Model = serde_json::from_value(model.clone()).unwrap();
    hidden(&archivelog);
    hidden(&Goal::Present(&archivelog));
    hidden(&serde_json::from_value::<backup_destination::Model>(model).unwrap());
    let keys = json!({ "tenant": "t1", "storage": storage, "password_wo": SECRET });
    hidden(&serde_json::from_value::<backup_key::Model>(keys).unwrap());
    let run = json!({ "tenant": "t1", "run_key": "k", "password_wo": SECRET });
    hidden(&serde_json::from_value::<backup_run::Model>(run.clone()).unwrap());
    hidden(&serde_json::from_value::<backup_now::Model>(run).unwrap());
    let storage: Storage = serde_json::from_value(storage).unwrap();
    hidden(&storage);
    hidden(&storage.resolve(&StorageProfiles::new()).unwrap());
    let by_profile: Storage = serde_json::from_value(json!({ "profile": "main", "path": "p" })).unwrap();
    hidden(
        &by_profile
            .resolve(&StorageProfiles::from([("main".to_owned(), profile)]))
            .unwrap(),
    );
}

#[test]
fn statements() {
    let statement = Statement::new("SET x = ").secret(&Secret::new(SECRET));
    hidden(&statement);
    let step = Step::new("setting x", statement);
    hidden(&step);
    hidden(&Diff::Apply(vec![step]));
    let prepared = Step::new("x", Statement::new("x")).prepared_by(backup::protection(&Secret::new(SECRET)));
    hidden(&prepared);
    assert!(!prepared.to_string().contains(SECRET), "{prepared}");
}
