//! Every rule that can be judged offline is judged before anything is planned, and points at its attribute.

use acceptance_tests::Plugin;
use acceptance_tests::protocol::Security;
use serde_json::{Value as Json, json};

const DESTINATION: &str = "oceanbase_backup_destination";
const ARCHIVELOG: &str = "oceanbase_archivelog";

struct Validator(Plugin);

impl Validator {
    fn new() -> Self {
        Self(Plugin::start(Security::None))
    }

    /// Asserts that a configuration has one mistake: where, and part of what is said about it.
    #[track_caller]
    fn mistake(&self, resource: &str, config: Json, attribute: &str, text: &str) {
        let messages = self.0.validate(resource, &config);
        assert_eq!(messages.len(), 1, "{config}: {messages:#?}");
        let message = &messages[0];
        assert!(message.is_error);
        // Terraform finds only top-level attributes in a configuration; the summary names the one that is meant.
        let (top, nested) = attribute
            .split_once('.')
            .map_or((attribute, None), |(top, _)| (top, Some(attribute)));
        assert_eq!(message.attribute, top, "{config}: {message:#?}");
        assert!(
            nested.is_none_or(|path| message.summary.contains(path)),
            "{config}: {message:#?}"
        );
        assert!(message.detail.contains(text), "{config}: {message:#?}");
    }

    #[track_caller]
    fn storage(&self, storage: Json, attribute: &str, text: &str) {
        let config = json!({ "tenant": "t", "storage": storage });
        let attribute = format!("storage.{attribute}");
        self.mistake(DESTINATION, config.clone(), &attribute, text);
        self.mistake(ARCHIVELOG, config, &attribute, text);
    }
}

/// A storage on OSS without a mistake, and with a change.
fn oss(change: Json) -> Json {
    let mut storage = json!({
        "type": "oss", "bucket": "b", "path": "p", "host": "h", "access_id": "i", "access_key_wo": "k",
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        storage[name] = value.clone();
    }
    storage
}

#[test]
fn a_directory_is_absolute_and_carries_no_options() {
    let validator = Validator::new();
    let nfs = |path: &str| json!({ "type": "nfs", "path": path });
    validator.storage(nfs("backup"), "path", "must be absolute");
    validator.storage(nfs("/"), "path", "The root directory");
    validator.storage(nfs("/a?b"), "path", "?");
    validator.storage(nfs("/a b"), "path", "blank");
    validator.storage(nfs(""), "path", "1");
    validator.storage(nfs("file:///a"), "path", "holds a scheme");
    validator.storage(nfs("/a/../b"), "path", "`..`");
    validator.storage(nfs(&format!("/{}", "备".repeat(340))), "path", "1028 bytes long");
    validator.storage(nfs(&format!("/{}", "a".repeat(1020))), "path", "1000");
    for (attribute, value) in [
        ("bucket", json!("b")),
        ("host", json!("h")),
        ("region", json!("r")),
        ("appid", json!("1")),
        ("access_id", json!("i")),
        ("access_key_wo", json!("k")),
        ("role_arn", json!("r")),
        ("external_id", json!("x")),
        ("delete_mode", json!("delete")),
        ("checksum_type", json!("md5")),
        ("addressing_model", json!("path_style")),
        ("enable_worm", json!(true)),
    ] {
        let storage = json!({ "type": "nfs", "path": "/a", attribute: value });
        validator.storage(storage, attribute, "has no meaning for an `nfs` storage");
    }
}

#[test]
fn an_object_storage_has_a_place_and_a_key() {
    let validator = Validator::new();
    for (change, attribute, text) in [
        (json!({ "type": null }), "type", "or a `profile` that has one"),
        (json!({ "type": "ftp" }), "type", "ftp"),
        (json!({ "path": "/" }), "path", "Name a directory in the bucket"),
        (json!({ "path": "oss://b/p" }), "path", "holds a scheme"),
        (json!({ "bucket": "" }), "bucket", "`bucket` is required for `oss`"),
        (json!({ "host": "" }), "host", "`host` is required for `oss`"),
        (json!({ "access_id": "" }), "access_id", "is empty"),
        (json!({ "access_key_wo": "" }), "access_key_wo", "is empty"),
        (json!({ "type": "s3", "region": "" }), "region", "is empty"),
        (json!({ "bucket": null }), "bucket", "`bucket` is required for `oss`"),
        (json!({ "bucket": "b/c" }), "bucket", "the name alone"),
        (json!({ "host": null }), "host", "`host` is required for `oss`"),
        (json!({ "host": "h&x=y" }), "host", "&"),
        (json!({ "region": "r" }), "region", "for `s3` only"),
        (json!({ "appid": "1" }), "appid", "for `cos` only"),
        (json!({ "type": "cos" }), "appid", "required for `cos`"),
        (json!({ "type": "cos", "appid": "a" }), "appid", "is the number"),
        (
            json!({ "access_id": null, "access_key_wo": null }),
            "access_id",
            "or `role_arn`",
        ),
        (json!({ "role_arn": "r" }), "role_arn", "not both"),
        (json!({ "external_id": "x" }), "external_id", "goes with `role_arn`"),
        (json!({ "access_key_wo": "k&k" }), "access_key_wo", "blank or `&`"),
        (
            json!({ "access_key_wo": "k".repeat(300) }),
            "access_key_wo",
            "longer than the 244 bytes",
        ),
        (json!({ "host": "h".repeat(300) }), "host", "longer than the 250 bytes"),
        (json!({ "checksum_type": "crc32" }), "checksum_type", "for `s3` only"),
        (json!({ "enable_worm": true }), "enable_worm", "checksum_type = \"md5\""),
        (json!({ "delete_mode": "shred" }), "delete_mode", "tagging"),
        (json!({ "max_bandwidth": "10" }), "max_bandwidth", "with its unit"),
        (json!({ "max_bandwidth": "10MB/s" }), "max_bandwidth", "no `/s`"),
        (
            json!({ "max_bandwidth": "0MB" }),
            "max_bandwidth",
            "leave it out for no limit",
        ),
        (
            json!({ "max_bandwidth": "999999999999TB" }),
            "max_bandwidth",
            "999999999999TB",
        ),
        (json!({ "max_iops": -5 }), "max_iops", "at least 0"),
        (json!({ "max_iops": 1.5 }), "max_iops", "whole number"),
    ] {
        validator.storage(oss(change), attribute, text);
    }
}

#[test]
fn a_mistake_in_a_key_does_not_show_the_key() {
    let validator = Validator::new();
    let storage = oss(json!({ "access_key_wo": "hidden key" }));
    let messages = validator
        .0
        .validate(DESTINATION, &json!({ "tenant": "t", "storage": storage }));
    assert_eq!(messages.len(), 1);
    assert!(!format!("{messages:?}").contains("hidden"), "{messages:?}");
}

#[test]
fn archiving_has_its_own_limits() {
    let validator = Validator::new();
    for (change, attribute, text) in [
        (json!({ "lag_target": "3h" }), "lag_target", "`2h`"),
        (json!({ "lag_target": "soon" }), "lag_target", "soon"),
        (json!({ "piece_switch_interval": "8d" }), "piece_switch_interval", "8d"),
        (
            json!({ "piece_switch_interval": "36h" }),
            "piece_switch_interval",
            "36h",
        ),
        (json!({ "binding": "never" }), "binding", "mandatory"),
        (json!({ "on_destroy": "drop" }), "on_destroy", "stop_and_clear"),
        (json!({ "timeouts": { "create": "never" } }), "timeouts.create", "never"),
        (json!({ "tenant": "" }), "tenant", "between 1 and 64"),
        (json!({ "tenant": "sys" }), "tenant", "cannot be backed up"),
        (json!({ "tenant": "META$1002" }), "tenant", "META$"),
        (json!({ "tenant": "t".repeat(65) }), "tenant", "64 characters"),
        (json!({ "tenant": "ten\nant" }), "tenant", "control character"),
    ] {
        let mut config = json!({ "tenant": "t", "storage": { "type": "nfs", "path": "/a" } });
        for (name, value) in change.as_object().into_iter().flatten() {
            config[name] = value.clone();
        }
        validator.mistake(ARCHIVELOG, config, attribute, text);
    }
    let s3 = json!({ "type": "s3", "bucket": "b", "path": "p", "host": "h", "access_id": "i", "access_key_wo": "k" });
    let config = json!({ "tenant": "t", "lag_target": "30s", "storage": s3 });
    validator.mistake(ARCHIVELOG, config, "lag_target", "`60s`");
}

#[test]
fn no_time_is_no_timeout() {
    let validator = Validator::new();
    for (resource, operation) in [(DESTINATION, "create"), (ARCHIVELOG, "update"), (DESTINATION, "delete")] {
        for (time, text) in [
            ("0s", "at least `1s`"),
            ("999ms", "at least `1s`"),
            ("5", "such as `90s`"),
            ("-5m", "such as `90s`"),
            ("", "such as `90s`"),
        ] {
            let config = json!({
                "tenant": "t", "storage": { "type": "nfs", "path": "/a" }, "timeouts": { operation: time },
            });
            validator.mistake(resource, config, &format!("timeouts.{operation}"), text);
        }
    }
}

#[test]
fn what_is_not_known_yet_is_no_mistake() {
    let validator = Validator::new();
    for config in [
        json!({ "tenant": "(unknown)", "storage": { "path": "(unknown)" } }),
        json!({ "tenant": "t", "storage": { "type": "(unknown)", "path": "(unknown)", "bucket": "b" } }),
        json!({ "tenant": "t", "storage": { "profile": "main", "path": "p", "bucket": "b" } }),
    ] {
        assert_eq!(validator.0.validate(DESTINATION, &config), [], "{config}");
    }
}

#[test]
fn a_storage_profile_has_a_whole_key() {
    let validator = Validator::new();
    let profile = json!({ "storage_profiles": { "main": { "type": "oss", "access_key": "hidden" } } });
    let messages = validator.0.validate_provider(&profile);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].summary, "Storage profile with half a key");
    assert!(!messages[0].is_error && !messages[0].detail.contains("hidden"));
}
