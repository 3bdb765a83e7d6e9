//! The attribute `storage`, which several resources share.

use crate::description::{Drift, Effect, Refusal, Update, since_4_3_5, update, update_with, where_simulated};
use acceptance_tests::Stage;
use serde_json::{Value as Json, json};

const NEEDS_PATH: Refusal = (
    "This setting needs a new path",
    "`delete_mode` of an existing destination",
);
const TOO_OLD: &str = "The cluster is too old for this setting";
const NOT_IN_PLACE: Refusal = (
    "The cluster cannot change this destination in place",
    "choose another `path`",
);

/// The storage that everything begins and ends with.
pub(crate) fn base(stage: &dyn Stage, name: &str) -> Json {
    json!({ "type": "nfs", "path": path(stage, name) })
}

/// Where backups of this name go.
fn path(stage: &dyn Stage, name: &str) -> String {
    format!("{}/{name}", stage.directory())
}

/// The same as the server writes it.
pub(crate) fn uri(stage: &dyn Stage, name: &str) -> String {
    format!("file://{}", path(stage, name))
}

/// The storage profiles of the provider block.
pub(crate) fn profiles() -> Json {
    json!({
        "main": {
            "type": "oss", "bucket": "b", "host": "h2", "access_id": "id9", "access_key": "key-9",
            "access_key_version": "1", "key_password": "s3cr3t-of-the-profile", "key_password_version": "1",
        },
    })
}

/// Takes the storage from the base to other ones and back. Object storage is there in a simulated cluster only, which takes it for
/// what it is called.
pub(crate) fn updates(stage: &dyn Stage, name: &str) -> Vec<Update> {
    let at = |path: String| update(json!({ "storage": { "path": path } }));
    let mut updates = vec![at(path(stage, &format!("moved/{name}")))];
    if stage.simulated().is_some() {
        updates.extend(in_object_storage(name));
        let mut base = base(stage, name);
        base["profile"] = Json::Null;
        updates.push(update(json!({ "storage": base })));
    } else {
        updates.push(at(path(stage, name)));
    }
    updates
}

/// Takes every attribute through its values.
fn in_object_storage(name: &str) -> Vec<Update> {
    let oldest = |attribute| Effect::RefusedOnOldest((TOO_OLD, attribute));
    let in_storage = |effect, patch: Json| update_with(effect, json!({ "storage": patch }));
    let statements = |patch: Json| update(json!({ "storage": patch }));
    let path = |number: usize| format!("{name}/{number}");
    vec![
        statements(json!({
            "type": "oss", "bucket": "b", "host": "h1", "path": path(1), "delete_mode": "tagging",
            "access_id": "id1", "access_key_wo": "key-1", "access_key_wo_version": "1",
        })),
        in_storage(Effect::Refused(NEEDS_PATH), json!({ "delete_mode": "delete" })),
        statements(json!({ "delete_mode": null, "path": path(2) })),
        statements(json!({ "host": "h2", "bucket": "b2", "path": path(3) })),
        in_storage(
            Effect::RefusedOnOldest(NOT_IN_PLACE),
            json!({ "access_id": "id2", "access_key_wo": "key-2", "access_key_wo_version": "2" }),
        ),
        in_storage(
            Effect::RefusedOnOldest(NOT_IN_PLACE),
            json!({ "access_key_wo": "key-3", "access_key_wo_version": "3" }),
        ),
        in_storage(
            oldest("`storage.max_iops`"),
            json!({ "max_iops": 100, "max_bandwidth": "10MB" }),
        ),
        in_storage(oldest("`storage.max_bandwidth`"), json!({ "max_bandwidth": "20MB" })),
        in_storage(Effect::NotOnOldest, json!({ "max_iops": null, "max_bandwidth": null })),
        in_storage(
            oldest("`storage.checksum_type`"),
            json!({ "path": path(4), "checksum_type": "no_checksum", "addressing_model": "path_style" }),
        ),
        in_storage(
            oldest("`storage.enable_worm`"),
            json!({ "path": path(5), "checksum_type": "md5", "addressing_model": null, "enable_worm": true }),
        ),
        in_storage(
            Effect::NotOnOldest,
            json!({ "path": path(6), "checksum_type": null, "enable_worm": null }),
        ),
        in_storage(
            oldest("`storage.type`"),
            json!({ "type": "s3", "region": "r", "path": path(7) }),
        ),
        statements(json!({ "type": "cos", "region": null, "appid": "125", "path": path(8) })),
        in_storage(
            oldest("`storage.role_arn`"),
            json!({
                "type": "oss", "appid": null, "path": path(9), "role_arn": "acs:ram::1:role/backup", "external_id": "x",
                "access_id": null, "access_key_wo": null, "access_key_wo_version": null,
            }),
        ),
        statements(json!({
            "type": "oss", "bucket": "b", "host": "h2", "path": path(10), "appid": null, "role_arn": null, "external_id": null,
            "access_id": "id9", "access_key_wo": "key-9", "access_key_wo_version": null,
        })),
        in_storage(
            Effect::StateOnly,
            json!({
                "profile": "main", "type": null, "bucket": null, "host": null, "access_id": null, "access_key_wo": null,
            }),
        ),
    ]
}

/// Every way in which a destination can stray from the base, by setting another one with `set`.
pub(crate) fn drifts(set: [fn(&dyn Stage); 4], limits: fn(&dyn Stage)) -> Vec<Drift> {
    let [cos, s3, worm, role] = set;
    let elsewhere = |possible, act, shows| Drift {
        possible,
        patch: json!({}),
        act,
        shows,
    };
    vec![
        elsewhere(
            where_simulated,
            cos,
            &[
                "storage.type",
                "storage.bucket",
                "storage.host",
                "storage.path",
                "storage.access_id",
                "storage.appid",
                "storage.delete_mode",
            ],
        ),
        elsewhere(
            since_4_3_5,
            s3,
            &["storage.region", "storage.checksum_type", "storage.addressing_model"],
        ),
        elsewhere(since_4_3_5, worm, &["storage.enable_worm"]),
        elsewhere(since_4_3_5, role, &["storage.role_arn", "storage.external_id"]),
        Drift {
            possible: since_4_3_5,
            patch: json!({ "storage": { "max_iops": 100, "max_bandwidth": "10MB" } }),
            act: limits,
            shows: &["storage.max_iops", "storage.max_bandwidth"],
        },
    ]
}

/// Destinations to stray to, each with other attributes than the last.
pub(crate) const COS: &str = "cos://c/dir?host=hc&access_id=ic&access_key=kc&appid=1&delete_mode=tagging";
pub(crate) const S3: &str =
    "s3://s/dir?host=hs&access_id=is&access_key=ks&s3_region=r&checksum_type=crc32&addressing_model=path_style";
pub(crate) const WORM: &str = "oss://w/dir?host=hw&access_id=iw&access_key=kw&checksum_type=md5&enable_worm=true";
pub(crate) const ROLE: &str = "oss://r/dir?host=hr&role_arn=acs:ram::1:role/other&external_id=y";
