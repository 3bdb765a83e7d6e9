//! The functions, with good and bad arguments.

use acceptance_tests::Plugin;
use acceptance_tests::protocol::Security;
use serde_json::{Value as Json, json};

pub(crate) const DESCRIBED: [&str; 9] = [
    "error_explain",
    "prometheus_rules",
    "schedule_next",
    "schedule_to_cron",
    "scn_to_time",
    "time_to_scn",
    "uri_build",
    "uri_parse",
    "uri_redact",
];

/// The call and its result, or its error with the argument at fault.
fn call(plugin: &Plugin, name: &str, argument: Json) -> String {
    match plugin.function(name, &[argument]) {
        Ok(Json::String(text)) => text,
        Ok(Json::Object(attributes)) => {
            let given = attributes.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(given.collect()).to_string()
        }
        Ok(other) => other.to_string(),
        Err((argument, text)) => format!("{argument:?}: {text}"),
    }
}

#[test]
fn an_error_code_is_explained() {
    let plugin = Plugin::start(Security::None);
    let explained = call(&plugin, "error_explain", json!(-9082));
    assert!(
        explained.contains(r#""title":"The destination is full""#) && explained.contains("Free space"),
        "{explained}"
    );
    assert_eq!(call(&plugin, "error_explain", json!(9082)), explained);
    assert_eq!(call(&plugin, "error_explain", json!(0)), "null");
    let error = call(&plugin, "error_explain", json!(1.5));
    assert!(error.starts_with("Some(0): Error codes"), "{error}");
}

#[test]
fn thresholds_become_alerting_rules() {
    let plugin = Plugin::start(Security::None);
    let thresholds = json!({
        "data_backup_timeout": "6h",
        "log_backup_delay": "10m",
        "days_without_successful_backup": 2,
        "storage_capacity_bytes": 1000,
        "storage_capacity_percent": null,
    });
    let labels = json!({ "severity": "critical" });
    let rules = plugin
        .function("prometheus_rules", &[thresholds, labels.clone()])
        .unwrap();
    let group = &rules["groups"][0];
    assert_eq!(group["name"], "oceanbase-backup");
    let expressions: Vec<&Json> = group["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["expr"])
        .collect();
    let expected = [
        "oceanbase_backup_running_seconds > 21600",
        "oceanbase_log_archive_delay_seconds > 600 or oceanbase_log_archive_doing == 0",
        "time() - oceanbase_backup_last_success_timestamp_seconds > 172800",
        "oceanbase_backup_stored_bytes > 800",
    ];
    assert_eq!(expressions, expected);
    assert_eq!(group["rules"][0]["labels"], labels);
    for refused in [
        json!({ "data_backup_timeout": "soon" }),
        json!({ "storage_capacity_bytes": 1, "storage_capacity_percent": 0 }),
        json!({ "storage_capacity_percent": 70 }),
        json!({}),
    ] {
        let (argument, text) = plugin.function("prometheus_rules", &[refused, json!({})]).unwrap_err();
        assert_eq!(argument, Some(0), "{text}");
    }
    for refused in [json!({ "tenant": "shop" }), json!({ "on call": "x" })] {
        let watched = json!({ "data_backup_timeout": "6h" });
        let (argument, text) = plugin.function("prometheus_rules", &[watched, refused]).unwrap_err();
        assert_eq!(argument, Some(1), "{text}");
    }
}

/// What the example of a backup strategy does: full on Saturday, incremental on the other days.
fn strategy(start_time: &str, time_zone: &str) -> Json {
    json!({
        "cycle": "weekly",
        "full_days": ["saturday"],
        "incremental_days": ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday"],
        "start_time": start_time,
        "time_zone": time_zone,
    })
}

#[test]
fn the_next_backups_of_a_schedule_are_told() {
    let plugin = Plugin::start(Security::None);
    let next = |schedule: Json, after: &str, n: Json| plugin.function("schedule_next", &[schedule, json!(after), n]);
    let expected = json!([
        { "at": "2026-03-07T07:30:00Z", "local": "2026-03-07T02:30:00-05:00", "type": "full" },
        { "at": "2026-03-08T07:30:00Z", "local": "2026-03-08T03:30:00-04:00", "type": "incremental" },
        { "at": "2026-03-09T06:30:00Z", "local": "2026-03-09T02:30:00-04:00", "type": "incremental" },
    ]);
    let schedule = strategy("02:30", "America/New_York");
    assert_eq!(next(schedule, "2026-03-06T20:00:00+08:00", json!(3)).unwrap(), expected);

    let monthly = json!({ "cycle": "monthly", "full_days": ["31"], "start_time": "06:00" });
    let many = next(monthly.clone(), "2026-01-31T06:00:00Z", json!(1000)).unwrap();
    assert_eq!(many[0]["local"], "2026-03-31T06:00:00+00:00");
    assert_eq!(many.as_array().unwrap().len(), 1000);
    let mut suspended = monthly.clone();
    suspended["suspended"] = true.into();
    assert_eq!(next(suspended, "2026-01-31T06:00:00Z", json!(1)).unwrap(), json!([]));

    let error = next(monthly.clone(), "tomorrow", json!(1)).unwrap_err();
    assert_eq!(error.0, Some(1), "{}", error.1);
    for n in [json!(0), json!(1001), json!(1.5), json!(-1)] {
        let error = next(monthly.clone(), "2026-01-31T06:00:00Z", n).unwrap_err();
        assert_eq!(error.0, Some(2), "{}", error.1);
    }
}

#[test]
fn a_schedule_becomes_lines_of_cron() {
    let plugin = Plugin::start(Security::None);
    let cron = |schedule: Json| call(&plugin, "schedule_to_cron", schedule);
    assert_eq!(
        cron(strategy("06:00", "Asia/Shanghai")),
        r#"{"full":"0 6 * * 6","incremental":"0 6 * * 0,1,2,3,4,5","time_zone":"Asia/Shanghai"}"#
    );
    assert_eq!(
        cron(json!({ "cycle": "monthly", "full_days": ["15", "1"], "start_time": "22:05" })),
        r#"{"full":"5 22 1,15 * *","time_zone":"UTC"}"#
    );
}

#[test]
fn what_is_no_schedule_is_refused() {
    let plugin = Plugin::start(Security::None);
    let refused = |name: &str, value: Json, reason: &str| {
        let mut schedule = strategy("06:00", "UTC");
        schedule[name] = value;
        let error = call(&plugin, "schedule_to_cron", schedule);
        assert!(error.starts_with("Some(0): ") && error.contains(reason), "{error}");
    };
    refused(
        "cycle",
        json!("daily"),
        "`cycle` cannot be used: one of `weekly`, `monthly`",
    );
    refused("full_days", json!(["Saturday"]), "weekdays in lower case");
    refused("full_days", json!([]), "`full_days` is empty");
    refused("full_days", json!(["1"]), "`full_days` has `1`");
    refused(
        "full_days",
        json!(["sunday"]),
        "`sunday` is in `full_days` and in `incremental_days`",
    );
    refused(
        "start_time",
        json!("6:00"),
        "`start_time` cannot be used: a time of day",
    );
    refused(
        "time_zone",
        json!("CST"),
        "`time_zone` cannot be used: `UTC`, or a name",
    );
    refused("time_zone", json!("Asia/Shangai"), "(did you mean `Asia/Shanghai`?)");
}

#[test]
fn a_system_change_number_keeps_its_nanoseconds() {
    let plugin = Plugin::start(Security::None);
    let scn = json!(1_763_636_400_123_456_789_u64);
    let time = call(&plugin, "scn_to_time", scn.clone());
    assert_eq!(time, "2025-11-20T11:00:00.123456789Z");
    assert_eq!(call(&plugin, "time_to_scn", json!(time)), scn.to_string());
    let error = call(&plugin, "time_to_scn", json!("yesterday"));
    assert!(error.starts_with("Some(0): `yesterday` cannot be used"), "{error}");
}

#[test]
fn a_uri_is_built_from_a_storage() {
    let plugin = Plugin::start(Security::None);
    let build = |storage| call(&plugin, "uri_build", storage);
    assert_eq!(
        build(json!({ "type": "nfs", "path": "/backup/data/" })),
        "file:///backup/data"
    );
    let oss = json!({ "type": "oss", "bucket": "b", "path": "/d/", "host": "h", "access_id": "i", "access_key": "k" });
    assert_eq!(build(oss), "oss://b/d?host=h&access_id=i&access_key=k");
    let error = build(json!({ "type": "nfs", "path": "backup" }));
    assert!(
        error.starts_with("Some(0): The path of an `nfs` storage must be absolute"),
        "{error}"
    );
    let error = build(json!({ "type": "ftp", "path": "/a" }));
    assert!(
        error.starts_with("Some(0): ") && error.contains("one of `nfs`, `oss`"),
        "{error}"
    );
}

#[test]
fn a_uri_is_taken_apart() {
    let plugin = Plugin::start(Security::None);
    let parse = |uri: &str| call(&plugin, "uri_parse", json!(uri));
    assert_eq!(
        parse("file:///backup/data//"),
        r#"{"path":"/backup/data","type":"nfs"}"#
    );
    assert_eq!(
        parse("oss://b/d?host=h&access_id=i&access_key=k&delete_mode=tagging&checksum_type=md5"),
        r#"{"access_id":"i","bucket":"b","delete_mode":"tagging","host":"h","path":"d","type":"oss"}"#
    );
    let error = parse("obs://b/d?access_key=hidden");
    assert!(error.starts_with("Some(0): ") && !error.contains("hidden"), "{error}");
}

#[test]
fn a_uri_is_shown_without_its_key() {
    let plugin = Plugin::start(Security::None);
    let redact = |uri: &str| call(&plugin, "uri_redact", json!(uri));
    assert_eq!(
        redact("oss://b/d?host=h&access_id=i&access_key=k&delete_mode=delete"),
        "oss://b/d?host=h&access_id=i&access_key=***&delete_mode=delete"
    );
    assert_eq!(redact("file:///backup"), "file:///backup");
}
