//! The server's rules for a storage, as far as they can be judged offline.
//!
//! Some of them the server does not enforce, and then does something else than was meant.

use super::ResolvedStorage;
use crate::{
    cluster::secret::{Secret, holds_key},
    values::destination::{ChecksumType, Media},
};
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// A rule that a storage breaks: the attribute below `storage`, and what to do.
type Breach = (&'static str, String);

impl ResolvedStorage {
    /// Every rule of the server that can be judged offline, as diagnostics that point below `storage`.
    pub fn validate(&self) -> Diagnostics {
        let breaches = match self.settings.media {
            None => vec![("type", "Set `type`, or a `profile` that has one.".to_owned())],
            Some(Media::Nfs) => self.nfs_breaches(),
            Some(media) => self.object_storage_breaches(media),
        };
        breaches
            .into_iter()
            .map(|(attribute, advice)| invalid(attribute, advice))
            .collect()
    }

    fn nfs_breaches(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        if !self.path.starts_with('/') && !self.path.contains("://") {
            breaches.push(("path", format!(
                "The path of an `nfs` storage must be absolute, such as `/data/backup`; got `{}`. The server takes a \
                 relative one, and then writes below the working directory of one OBServer.", self.path)));
        }
        if self.path.trim_matches('/').is_empty() {
            breaches.push((
                "path",
                "The root directory cannot be a backup destination; name a directory in it.".to_owned(),
            ));
        }
        breaches.extend(path_breaches(&self.path));
        breaches.extend(self.path_length_breach());
        let settings = &self.settings;
        let object_storage_only = [
            ("bucket", settings.bucket.is_some()),
            ("host", settings.host.is_some()),
            ("region", settings.region.is_some()),
            ("appid", settings.appid.is_some()),
            ("access_id", settings.access_id.is_some()),
            ("access_key_wo", self.access_key.is_some()),
            ("role_arn", settings.role_arn.is_some()),
            ("external_id", settings.external_id.is_some()),
            ("delete_mode", settings.delete_mode.is_some()),
            ("checksum_type", settings.checksum_type.is_some()),
            ("addressing_model", settings.addressing_model.is_some()),
            ("enable_worm", settings.enable_worm.is_some()),
        ];
        breaches.extend(
            object_storage_only
                .into_iter()
                .filter(|(_, given)| *given)
                .map(|(attribute, _)| {
                    (
                        attribute,
                        format!("`{attribute}` has no meaning for an `nfs` storage; remove it."),
                    )
                }),
        );
        breaches
    }

    fn object_storage_breaches(&self, media: Media) -> Vec<Breach> {
        let mut breaches = self.place_breaches(media);
        breaches.extend(self.credential_breaches(media));
        breaches.extend(self.option_breaches(media));
        breaches.extend(self.length_breaches());
        breaches
    }

    fn place_breaches(&self, media: Media) -> Vec<Breach> {
        let (settings, name) = (&self.settings, media.name());
        let mut breaches: Vec<Breach> = path_breaches(&self.path).collect();
        if self.path.trim_matches('/').is_empty() {
            breaches.push(("path", "Name a directory in the bucket.".to_owned()));
        }
        match settings.bucket.as_deref() {
            None | Some("") => breaches.push(("bucket", format!("`bucket` is required for `{name}`."))),
            Some(bucket) if bucket.contains(['/', '?', '&']) || has_blank(bucket) => {
                breaches.push((
                    "bucket",
                    "`bucket` is the name alone, without a path or parameters.".to_owned(),
                ));
            }
            Some(bucket) if holds_key(bucket) => breaches.push(("bucket", misplaced_key("bucket"))),
            Some(_) => {}
        }
        match settings.host.as_deref() {
            None | Some("") => breaches.push(("host", format!("`host` is required for `{name}`."))),
            Some(host) if media != Media::S3 && host.contains("://") => breaches.push((
                "host",
                format!(
                    "`host` of `{name}` is the name alone, without `http://` or `https://`; only `s3` takes these."
                ),
            )),
            Some(host) => breaches.extend(parameter_breach("host", host)),
        }
        match (&settings.appid, media) {
            (None, Media::Cos) => breaches.push(("appid", "`appid` is required for `cos`.".to_owned())),
            (Some(appid), Media::Cos) if appid.is_empty() || !appid.bytes().all(|byte| byte.is_ascii_digit()) => {
                breaches.push((
                    "appid",
                    "`appid` is the number of the Tencent Cloud application.".to_owned(),
                ));
            }
            (Some(_), Media::Cos) | (None, _) => {}
            (Some(_), _) => breaches.push(("appid", format!("`appid` is for `cos` only, not for `{name}`."))),
        }
        match (&settings.region, media) {
            (Some(region), Media::S3) => breaches.extend(parameter_breach("region", region)),
            (Some(_), _) => breaches.push(("region", format!("`region` is for `s3` only, not for `{name}`."))),
            (None, _) => {}
        }
        breaches
    }

    fn credential_breaches(&self, media: Media) -> Vec<Breach> {
        let settings = &self.settings;
        let mut breaches = Vec::new();
        match (&settings.role_arn, &settings.access_id) {
            (Some(_), _) if media == Media::Azblob => {
                breaches.push((
                    "role_arn",
                    "`azblob` needs an access key; it knows no roles.".to_owned(),
                ));
            }
            (Some(_), access_id) if access_id.is_some() || self.access_key.is_some() => breaches.push((
                "role_arn",
                "Set either `role_arn` or an access key (`access_id` and `access_key_wo`), not both.".to_owned(),
            )),
            (None, None) => breaches.push((
                "access_id",
                format!(
                    "`{}` needs `access_id` with `access_key_wo`, or `role_arn`.",
                    media.name()
                ),
            )),
            (Some(_), _) | (None, Some(_)) => {}
        }
        if settings.external_id.is_some() && settings.role_arn.is_none() {
            breaches.push(("external_id", "`external_id` goes with `role_arn`.".to_owned()));
        }
        let texts = [
            ("access_id", &settings.access_id),
            ("role_arn", &settings.role_arn),
            ("external_id", &settings.external_id),
        ];
        for (attribute, text) in texts {
            breaches.extend(text.iter().filter_map(|text| parameter_breach(attribute, text)));
        }
        if let Some(key) = &self.access_key
            && (key.is_empty() || key.reveal().contains('&') || has_blank(key.reveal()))
        {
            let attribute = if self.key_is_of_profile {
                "profile"
            } else {
                "access_key_wo"
            };
            breaches.push((
                attribute,
                "The access key is empty, or has a blank or `&` in it. The server cuts its parameters there."
                    .to_owned(),
            ));
        }
        breaches
    }

    fn option_breaches(&self, media: Media) -> Vec<Breach> {
        let settings = &self.settings;
        let mut breaches = Vec::new();
        if settings.checksum_type == Some(ChecksumType::Crc32) && media != Media::S3 {
            breaches.push((
                "checksum_type",
                format!(
                    "`crc32` is for `s3` only; `{}` takes `md5` or `no_checksum`.",
                    media.name()
                ),
            ));
        }
        if settings.enable_worm == Some(true)
            && !(media == Media::Oss && settings.checksum_type == Some(ChecksumType::Md5))
        {
            breaches.push((
                "enable_worm",
                "`enable_worm` is for `oss`, and needs `checksum_type = \"md5\"` beside it.".to_owned(),
            ));
        }
        breaches
    }

    /// The server's buffers: 256 bytes for `key=value` (of appid, 512 together with the other options), 1,024 for the path, 2,048 for the whole.
    fn length_breaches(&self) -> Vec<Breach> {
        let settings = &self.settings;
        let mut breaches = Vec::new();
        let limits = [
            ("host", settings.host.as_deref(), 255 - "host=".len()),
            ("access_id", settings.access_id.as_deref(), 255 - "access_id=".len()),
            (
                "access_key_wo",
                self.access_key.as_ref().map(Secret::reveal),
                255 - "access_key=".len(),
            ),
            ("role_arn", settings.role_arn.as_deref(), 255 - "role_arn=".len()),
            (
                "external_id",
                settings.external_id.as_deref(),
                127 - "external_id=".len(),
            ),
            ("region", settings.region.as_deref(), 127 - "s3_region=".len()),
            ("appid", settings.appid.as_deref(), 255 - "appid=".len()),
        ];
        for (attribute, text, limit) in limits {
            if text.is_some_and(|text| text.len() > limit) {
                breaches.push((
                    attribute,
                    format!("`{attribute}` is longer than the {limit} bytes that the server takes."),
                ));
            }
        }
        breaches.extend(self.path_length_breach());
        breaches
    }

    fn path_length_breach(&self) -> Option<Breach> {
        let bytes = self.destination().location.path_column().len();
        (bytes >= 1024).then(|| {
            (
                "path",
                format!(
                    "With its scheme and bucket the path is {bytes} bytes long; the server takes 1,023 (a letter beyond ASCII is \
                     more than one byte)."
                ),
            )
        })
    }
}

fn has_blank(text: &str) -> bool {
    text.contains(char::is_whitespace) || text.contains(char::is_control)
}

fn path_breaches(path: &str) -> impl Iterator<Item = Breach> + use<> {
    let scheme = path.contains("://").then(|| {
        (
            "path",
            "The path holds a scheme. Write the path alone: `type` says the kind of storage, `bucket` the bucket, `host` the \
             endpoint."
                .to_owned(),
        )
    });
    let question_mark = path.contains('?').then(|| {
        ("path", "The path holds a `?`. The server takes what follows for parameters, drops it silently, and writes elsewhere."
            .to_owned())
    });
    let blank = has_blank(path).then(|| {
        (
            "path",
            "The path holds a blank, at which the server ends the location of an archive; choose one without."
                .to_owned(),
        )
    });
    let dots = path.split('/').any(|name| name == "." || name == "..").then(|| {
        (
            "path",
            "The path has a `.` or `..` in it. The server takes it for the name of a directory, and for another place than the \
             one it leads to; write the path out."
                .to_owned(),
        )
    });
    let key = holds_key(path).then(|| ("path", misplaced_key("path")));
    scheme
        .into_iter()
        .chain(question_mark)
        .chain(blank)
        .chain(dots)
        .chain(key)
}

fn misplaced_key(attribute: &str) -> String {
    format!(
        "`{attribute}` holds an access key, which everybody would see there. Give the key in `access_key_wo`, or in a profile."
    )
}

fn parameter_breach(attribute: &'static str, text: &str) -> Option<Breach> {
    if holds_key(text) {
        return Some((attribute, misplaced_key(attribute)));
    }
    let breaks = text.is_empty() || text.contains(['&', '?']) || has_blank(text);
    breaks.then(|| {
        (
            attribute,
            format!("`{attribute}` is empty, or has a blank, `?` or `&` in it; the server cuts its parameters there."),
        )
    })
}

fn invalid(attribute: &'static str, advice: String) -> Diagnostic {
    Diagnostic::error(format!("Invalid `storage.{attribute}`"), advice)
        .at(AttributePath::attribute("storage").child(attribute))
}

#[cfg(test)]
mod tests {
    use crate::values::storage::{Storage, StorageProfiles};
    use serde_json::{Value, json};

    /// What is wrong with a storage: attribute and first words of the advice, or nothing.
    fn problems(base: &str, changes: &Value) -> Vec<String> {
        let mut storage = match base {
            "nfs" => json!({ "type": "nfs", "path": "/data/backup" }),
            media => json!({
                "type": media, "bucket": "b", "path": "dir", "host": "h", "access_id": "i", "access_key_wo": "k",
            }),
        };
        for (name, value) in changes.as_object().unwrap() {
            storage[name] = value.clone();
        }
        let storage: Storage = serde_json::from_value(storage).unwrap();
        let found = storage.resolve(&StorageProfiles::new()).unwrap().validate().into_iter();
        found
            .map(|problem| format!("{}: {}", problem.attribute.unwrap(), problem.detail))
            .collect()
    }

    #[test]
    fn what_the_server_takes_passes() {
        for (base, changes) in [
            ("nfs", json!({})),
            ("nfs", json!({ "max_iops": 5, "max_bandwidth": "10MB" })),
            (
                "oss",
                json!({ "delete_mode": "tagging", "enable_worm": true, "checksum_type": "md5" }),
            ),
            ("oss", json!({ "path": "/dir/", "checksum_type": "no_checksum" })),
            ("cos", json!({ "appid": "1250000000" })),
            (
                "s3",
                json!({ "region": "eu-1", "checksum_type": "crc32", "addressing_model": "path_style" }),
            ),
            ("s3", json!({ "host": "https://minio:9000" })),
            (
                "s3",
                json!({ "access_id": null, "access_key_wo": null, "role_arn": "r", "external_id": "x" }),
            ),
            ("azblob", json!({})),
            // The key may be left out as long as nothing has to be written.
            ("oss", json!({ "access_key_wo": null })),
        ] {
            assert_eq!(problems(base, &changes), [""; 0], "{base} {changes}");
        }
    }

    #[test]
    fn what_the_server_refuses_or_misunderstands_is_an_error_at_the_attribute() {
        let long = "x".repeat(251);
        for (base, changes, expected) in [
            ("nfs", json!({ "type": null }), "storage.type: Set `type`"),
            (
                "nfs",
                json!({ "path": "data" }),
                "storage.path: The path of an `nfs` storage must be absolute",
            ),
            (
                "nfs",
                json!({ "path": "/" }),
                "storage.path: The root directory cannot be",
            ),
            (
                "nfs",
                json!({ "path": "/data?x" }),
                "storage.path: The path holds a `?`",
            ),
            (
                "nfs",
                json!({ "path": "/data/../other" }),
                "storage.path: The path has a `.` or `..`",
            ),
            (
                "oss",
                json!({ "path": "./dir" }),
                "storage.path: The path has a `.` or `..`",
            ),
            (
                "oss",
                json!({ "host": "https://h" }),
                "storage.host: `host` of `oss` is the name alone",
            ),
            (
                "nfs",
                json!({ "path": "file:///data" }),
                "storage.path: The path holds a scheme",
            ),
            (
                "oss",
                json!({ "path": "oss://b/dir" }),
                "storage.path: The path holds a scheme",
            ),
            (
                "nfs",
                json!({ "path": format!("/{}", "备".repeat(340)) }),
                "storage.path: With its scheme and bucket the path is 1028 bytes long",
            ),
            (
                "nfs",
                json!({ "path": "/my data" }),
                "storage.path: The path holds a blank",
            ),
            (
                "nfs",
                json!({ "bucket": "b" }),
                "storage.bucket: `bucket` has no meaning",
            ),
            ("nfs", json!({ "host": "h" }), "storage.host: `host` has no meaning"),
            (
                "nfs",
                json!({ "access_id": "i" }),
                "storage.access_id: `access_id` has no meaning",
            ),
            (
                "nfs",
                json!({ "access_key_wo": "k" }),
                "storage.access_key_wo: `access_key_wo` has no meaning",
            ),
            (
                "nfs",
                json!({ "delete_mode": "delete" }),
                "storage.delete_mode: `delete_mode` has no meaning",
            ),
            (
                "nfs",
                json!({ "checksum_type": "md5" }),
                "storage.checksum_type: `checksum_type` has no meaning",
            ),
            ("oss", json!({ "bucket": null }), "storage.bucket: `bucket` is required"),
            (
                "oss",
                json!({ "bucket": "b/dir" }),
                "storage.bucket: `bucket` is the name alone",
            ),
            ("oss", json!({ "path": "/" }), "storage.path: Name a directory"),
            ("oss", json!({ "path": "dir?x" }), "storage.path: The path holds a `?`"),
            (
                "oss",
                json!({ "path": "dir&access_key=k" }),
                "storage.path: `path` holds an access key",
            ),
            (
                "oss",
                json!({ "access_id": "i?ACCESS_KEY=k" }),
                "storage.access_id: `access_id` holds an access key",
            ),
            ("oss", json!({ "host": null }), "storage.host: `host` is required"),
            ("oss", json!({ "host": "h&x" }), "storage.host: `host` is empty, or has"),
            ("oss", json!({ "host": long }), "storage.host: `host` is longer"),
            (
                "oss",
                json!({ "access_id": null }),
                "storage.access_id: `oss` needs `access_id`",
            ),
            (
                "oss",
                json!({ "access_id": "a b" }),
                "storage.access_id: `access_id` is empty, or has",
            ),
            (
                "oss",
                json!({ "access_key_wo": "" }),
                "storage.access_key_wo: The access key is empty",
            ),
            (
                "oss",
                json!({ "role_arn": "r" }),
                "storage.role_arn: Set either `role_arn` or",
            ),
            (
                "oss",
                json!({ "external_id": "x" }),
                "storage.external_id: `external_id` goes with",
            ),
            (
                "oss",
                json!({ "region": "r" }),
                "storage.region: `region` is for `s3` only",
            ),
            (
                "oss",
                json!({ "appid": "1" }),
                "storage.appid: `appid` is for `cos` only",
            ),
            (
                "oss",
                json!({ "checksum_type": "crc32" }),
                "storage.checksum_type: `crc32` is for `s3` only",
            ),
            (
                "oss",
                json!({ "enable_worm": true }),
                "storage.enable_worm: `enable_worm` is for `oss`",
            ),
            ("cos", json!({}), "storage.appid: `appid` is required"),
            ("cos", json!({ "appid": "app" }), "storage.appid: `appid` is the number"),
            (
                "azblob",
                json!({ "access_id": null, "access_key_wo": null, "role_arn": "r" }),
                "storage.role_arn: `azblob` needs an access key",
            ),
        ] {
            let found = problems(base, &changes);
            assert!(
                found.iter().any(|problem| problem.starts_with(expected)),
                "{base} {changes}: {found:?}"
            );
        }
    }

    #[test]
    fn a_key_without_its_version_is_a_warning() {
        let oss = json!({
            "type": "oss", "bucket": "b", "path": "dir", "host": "h", "access_id": "i", "access_key_wo": "k",
        });
        let warned = |storage: &Value| {
            let storage: Storage = serde_json::from_value(storage.clone()).unwrap();
            storage.key_without_version().is_some()
        };
        assert!(warned(&oss));
        let mut versioned = oss;
        versioned["access_key_wo_version"] = json!("1");
        assert!(!warned(&versioned));
    }

    #[test]
    fn a_version_that_appears_is_recorded_and_one_that_changes_rotates() {
        let storage = |own: Option<&str>, profile: Option<&str>| -> Storage {
            let versions = json!({ "path": "p", "access_key_wo_version": own, "profile_key_version": profile });
            serde_json::from_value(versions).unwrap()
        };
        for (before, after, recorded, rotated) in [
            ((None, None), (Some("1"), None), true, false),
            ((None, None), (None, Some("1")), true, false),
            ((Some("1"), None), (None, Some("1")), true, false),
            ((Some("1"), None), (Some("2"), None), false, true),
            ((Some("1"), None), (Some("2"), Some("1")), false, true),
            ((Some("1"), None), (Some("1"), None), false, false),
            ((Some("1"), None), (None, None), false, false),
        ] {
            let (prior, now) = (storage(before.0, before.1), storage(after.0, after.1));
            assert_eq!(
                (now.key_version_recorded_since(&prior), now.key_rotated_since(&prior)),
                (recorded, rotated),
                "{before:?} {after:?}"
            );
        }
    }

    #[test]
    fn a_bad_key_is_never_quoted() {
        let found = problems("oss", &json!({ "access_key_wo": "s3cr&t" })).join(" ");
        assert!(
            found.contains("storage.access_key_wo") && !found.contains("s3cr"),
            "{found}"
        );
    }
}
