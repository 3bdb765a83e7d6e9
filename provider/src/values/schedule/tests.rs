//! What a schedule comes to where clocks are changed and months are short, and what is no schedule.

use super::*;
use expect_test::{Expect, expect};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tfplugin::{Schema, Value};

fn schedule(json: &Json) -> Schedule {
    serde_json::from_value(json.clone()).unwrap()
}

fn every_day(start_time: &str, time_zone: &str) -> Json {
    json!({
        "cycle": "weekly",
        "full_days": ["saturday"],
        "incremental_days": ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday"],
        "start_time": start_time,
        "time_zone": time_zone,
    })
}

fn monthly(full_days: &[&str], incremental_days: &[&str]) -> Json {
    json!({
        "cycle": "monthly",
        "full_days": full_days,
        "incremental_days": incremental_days,
        "start_time": "06:00",
    })
}

/// The first slots after a moment: in UTC, on the clocks, and by weekday.
fn slots(schedule: &Json, after: &str, count: usize, expected: Expect) {
    let after: Timestamp = after.parse().unwrap();
    let lines: Vec<String> = self::schedule(schedule)
        .slots_after(after)
        .take(count)
        .map(|Slot { at, backup }| {
            let local = at.timestamp().display_with_offset(at.offset());
            format!("{} = {local} {:?} {backup}\n", at.timestamp(), at.weekday())
        })
        .collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn a_weekly_schedule_has_a_backup_on_each_of_its_days() {
    let seed = every_day("06:00", "Asia/Shanghai");
    slots(
        &seed,
        "2026-11-20T00:00:00Z",
        3,
        expect![[r"
            2026-11-20T22:00:00Z = 2026-11-21T06:00:00+08:00 Saturday full
            2026-11-21T22:00:00Z = 2026-11-22T06:00:00+08:00 Sunday incremental
            2026-11-22T22:00:00Z = 2026-11-23T06:00:00+08:00 Monday incremental
        "]],
    );
    let only_full = json!({ "cycle": "weekly", "full_days": ["wednesday", "sunday"], "start_time": "23:59" });
    slots(
        &only_full,
        "2026-11-20T00:00:00Z",
        3,
        expect![[r"
            2026-11-22T23:59:00Z = 2026-11-22T23:59:00+00:00 Sunday full
            2026-11-25T23:59:00Z = 2026-11-25T23:59:00+00:00 Wednesday full
            2026-11-29T23:59:00Z = 2026-11-29T23:59:00+00:00 Sunday full
        "]],
    );
}

#[test]
fn slots_come_strictly_after_the_moment() {
    let schedule = every_day("06:00", "UTC");
    let next = |after: &str, expected: Expect| slots(&schedule, after, 1, expected);
    next(
        "2026-11-20T05:59:59.999999999Z",
        expect![[r"
            2026-11-20T06:00:00Z = 2026-11-20T06:00:00+00:00 Friday incremental
        "]],
    );
    next(
        "2026-11-20T06:00:00Z",
        expect![[r"
            2026-11-21T06:00:00Z = 2026-11-21T06:00:00+00:00 Saturday full
        "]],
    );
}

#[test]
fn a_month_without_the_day_has_no_backup_on_it() {
    slots(
        &monthly(&["31"], &["29"]),
        "2027-12-31T12:00:00Z",
        9,
        expect![[r"
            2028-01-29T06:00:00Z = 2028-01-29T06:00:00+00:00 Saturday incremental
            2028-01-31T06:00:00Z = 2028-01-31T06:00:00+00:00 Monday full
            2028-02-29T06:00:00Z = 2028-02-29T06:00:00+00:00 Tuesday incremental
            2028-03-29T06:00:00Z = 2028-03-29T06:00:00+00:00 Wednesday incremental
            2028-03-31T06:00:00Z = 2028-03-31T06:00:00+00:00 Friday full
            2028-04-29T06:00:00Z = 2028-04-29T06:00:00+00:00 Saturday incremental
            2028-05-29T06:00:00Z = 2028-05-29T06:00:00+00:00 Monday incremental
            2028-05-31T06:00:00Z = 2028-05-31T06:00:00+00:00 Wednesday full
            2028-06-29T06:00:00Z = 2028-06-29T06:00:00+00:00 Thursday incremental
        "]],
    );
    slots(
        &monthly(&["29"], &[]),
        "2027-01-30T00:00:00Z",
        1,
        expect![[r"
            2027-03-29T06:00:00Z = 2027-03-29T06:00:00+00:00 Monday full
        "]],
    );
}

#[test]
fn the_time_on_the_clocks_stays_when_they_are_changed() {
    slots(
        &every_day("06:00", "America/New_York"),
        "2026-03-07T00:00:00Z",
        3,
        expect![[r"
            2026-03-07T11:00:00Z = 2026-03-07T06:00:00-05:00 Saturday full
            2026-03-08T10:00:00Z = 2026-03-08T06:00:00-04:00 Sunday incremental
            2026-03-09T10:00:00Z = 2026-03-09T06:00:00-04:00 Monday incremental
        "]],
    );
    slots(
        &every_day("06:00", "Europe/Berlin"),
        "2026-10-24T00:00:00Z",
        3,
        expect![[r"
            2026-10-24T04:00:00Z = 2026-10-24T06:00:00+02:00 Saturday full
            2026-10-25T05:00:00Z = 2026-10-25T06:00:00+01:00 Sunday incremental
            2026-10-26T05:00:00Z = 2026-10-26T06:00:00+01:00 Monday incremental
        "]],
    );
    // Far beyond what a database of time zones lists one by one.
    slots(
        &every_day("06:00", "America/New_York"),
        "2100-07-04T00:00:00Z",
        1,
        expect![[r"
            2100-07-04T10:00:00Z = 2100-07-04T06:00:00-04:00 Sunday incremental
        "]],
    );
}

#[test]
fn a_start_time_that_is_skipped_comes_as_much_later() {
    slots(
        &every_day("02:30", "America/New_York"),
        "2026-03-08T00:00:00Z",
        2,
        expect![[r"
            2026-03-08T07:30:00Z = 2026-03-08T03:30:00-04:00 Sunday incremental
            2026-03-09T06:30:00Z = 2026-03-09T02:30:00-04:00 Monday incremental
        "]],
    );
    slots(
        &every_day("02:00", "Europe/Berlin"),
        "2026-03-28T12:00:00Z",
        2,
        expect![[r"
            2026-03-29T01:00:00Z = 2026-03-29T03:00:00+02:00 Sunday incremental
            2026-03-30T00:00:00Z = 2026-03-30T02:00:00+02:00 Monday incremental
        "]],
    );
    slots(
        &every_day("02:15", "Australia/Lord_Howe"),
        "2026-10-03T12:00:00Z",
        2,
        expect![[r"
            2026-10-03T15:45:00Z = 2026-10-04T02:45:00+11:00 Sunday incremental
            2026-10-04T15:15:00Z = 2026-10-05T02:15:00+11:00 Monday incremental
        "]],
    );
}

#[test]
fn a_start_time_that_is_skipped_before_midnight_comes_after_it() {
    let late = every_day("23:30", "America/Nuuk");
    for after in ["2026-03-28T12:00:00Z", "2026-03-29T01:10:00Z"] {
        slots(
            &late,
            after,
            2,
            expect![[r"
                2026-03-29T01:30:00Z = 2026-03-29T00:30:00-01:00 Sunday full
                2026-03-30T00:30:00Z = 2026-03-29T23:30:00-01:00 Sunday incremental
            "]],
        );
    }
}

#[test]
fn of_a_start_time_that_comes_twice_the_first_counts() {
    let daily = every_day("01:30", "America/New_York");
    slots(
        &daily,
        "2026-11-01T00:00:00Z",
        2,
        expect![[r"
            2026-11-01T05:30:00Z = 2026-11-01T01:30:00-04:00 Sunday incremental
            2026-11-02T06:30:00Z = 2026-11-02T01:30:00-05:00 Monday incremental
        "]],
    );
    slots(
        &daily,
        "2026-11-01T06:00:00Z",
        1,
        expect![[r"
            2026-11-02T06:30:00Z = 2026-11-02T01:30:00-05:00 Monday incremental
        "]],
    );
    slots(
        &every_day("02:30", "Europe/Berlin"),
        "2026-10-24T12:00:00Z",
        2,
        expect![[r"
            2026-10-25T00:30:00Z = 2026-10-25T02:30:00+02:00 Sunday incremental
            2026-10-26T01:30:00Z = 2026-10-26T02:30:00+01:00 Monday incremental
        "]],
    );
    slots(
        &every_day("01:45", "Australia/Lord_Howe"),
        "2026-04-04T12:00:00Z",
        2,
        expect![[r"
            2026-04-04T14:45:00Z = 2026-04-05T01:45:00+11:00 Sunday incremental
            2026-04-05T15:15:00Z = 2026-04-06T01:45:00+10:30 Monday incremental
        "]],
    );
}

#[test]
fn a_day_that_a_zone_skipped_has_no_backup() {
    slots(
        &every_day("06:00", "Pacific/Apia"),
        "2011-12-29T12:00:00Z",
        3,
        expect![[r"
            2011-12-29T16:00:00Z = 2011-12-29T06:00:00-10:00 Thursday incremental
            2011-12-30T16:00:00Z = 2011-12-31T06:00:00+14:00 Saturday full
            2011-12-31T16:00:00Z = 2012-01-01T06:00:00+14:00 Sunday incremental
        "]],
    );
}

#[test]
fn there_is_no_slot_while_suspended_nor_after_the_end_of_time() {
    let mut suspended = every_day("06:00", "UTC");
    suspended["suspended"] = true.into();
    slots(&suspended, "2026-11-20T00:00:00Z", 1, expect![""]);
    slots(&every_day("06:00", "UTC"), "9999-12-30T21:00:00Z", 9, expect![""]);
    assert!(
        schedule(&every_day("06:00", "UTC"))
            .slots_after(Timestamp::MIN)
            .next()
            .is_some()
    );
}

#[test]
fn lines_of_cron_name_the_days() {
    let lines = |json: &Json, full: Option<&str>, incremental: Option<&str>| {
        let expected = CronLines {
            full: full.map(str::to_owned),
            incremental: incremental.map(str::to_owned),
        };
        assert_eq!(schedule(json).cron_lines(), expected);
    };
    let mut weekly = every_day("06:05", "Asia/Shanghai");
    lines(&weekly, Some("5 6 * * 6"), Some("5 6 * * 0,1,2,3,4,5"));
    lines(&monthly(&["9", "31"], &[]), Some("0 6 9,31 * *"), None);
    weekly["suspended"] = true.into();
    lines(&weekly, None, None);
}

#[test]
fn what_is_no_schedule_is_refused_where_it_is_wrong() {
    let weekly = |full: &[&str], incremental: &[&str]| json!({ "cycle": "weekly", "full_days": full, "incremental_days": incremental, "start_time": "06:00" });
    let refused = |json: &Json, path: &str, reason: &str| {
        let mistakes: Vec<Diagnostic> = schedule(json).validate().into_iter().collect();
        let [mistake] = &*mistakes else {
            panic!("{json}: {mistakes:?}");
        };
        assert_eq!(mistake.attribute, Some(path.into()), "{json}");
        assert!(mistake.detail.contains(reason), "{json}: {}", mistake.detail);
    };
    refused(&weekly(&["saturday", "15"], &[]), "schedule.full_days", "has weekdays");
    refused(&weekly(&["saturday"], &["15"]), "schedule.incremental_days", "`15`");
    refused(&monthly(&["monday"], &[]), "schedule.full_days", "days of the month");
    refused(&weekly(&[], &["sunday"]), "schedule.full_days", "build upon");
    refused(
        &weekly(&["saturday"], &["sunday", "saturday"]),
        "schedule.incremental_days",
        "`saturday` is in `full_days` and in `incremental_days`",
    );
    let days: Vec<String> = (1..=11).map(|day| day.to_string()).collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    refused(&monthly(&days, &[]), "schedule.full_days", "at most 10 days");
    refused(
        &monthly(&days[..1], &days[1..]),
        "schedule.incremental_days",
        "these are 11",
    );
    let mut compacted = weekly(&["saturday"], &[]);
    compacted["after_major_compaction"] = json!({ "max_age": "0s" });
    refused(
        &compacted,
        "schedule.after_major_compaction.max_age",
        "greater than zero",
    );
}

#[test]
fn a_good_schedule_is_not_refused() {
    let ten: Vec<String> = (1..=10).map(|day| day.to_string()).collect();
    let ten: Vec<&str> = ten.iter().map(String::as_str).collect();
    for good in [
        every_day("06:00", "UTC"),
        monthly(&ten[..4], &ten[4..]),
        monthly(&["31"], &[]),
    ] {
        assert!(schedule(&good).validate().is_empty(), "{good}");
    }
}

/// As a resource has it.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Policy {
    schedule: Schedule,
}

#[test]
fn a_resource_can_have_a_schedule() {
    let schema = Schema::of::<Policy>().unwrap();
    let mut json = every_day("06:00", "Asia/Shanghai");
    json["after_major_compaction"] = json!({ "required": true, "max_age": "1d" });
    let policy = Policy {
        schedule: schedule(&json),
    };
    let value = Value::of_model(&policy, &schema).unwrap();
    let stored = value.attribute("schedule").unwrap();
    assert_eq!(stored.attribute("full_days"), Some(&Value::set(["saturday"])));
    assert_eq!(stored.attribute("time_zone"), Some(&Value::string("Asia/Shanghai")));
    assert_eq!(stored.attribute("plus_archivelog"), Some(&Value::Bool(false)));
    assert_eq!(value.to_model::<Policy>().unwrap(), policy);
}

#[test]
fn what_is_left_out_of_a_schedule_has_its_default() {
    let Schedule {
        incremental_days,
        time_zone,
        plus_archivelog,
        after_major_compaction,
        suspended,
        ..
    } = schedule(&json!({ "cycle": "monthly", "full_days": ["1"], "start_time": "00:00" }));
    assert!(incremental_days.is_empty() && after_major_compaction.is_none());
    assert_eq!(time_zone, ZoneName::default());
    assert!(!plus_archivelog && !suspended);
}
