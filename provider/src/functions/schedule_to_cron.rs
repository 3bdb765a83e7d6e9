//! `schedule_to_cron(schedule)`: a schedule for those who have something else run the backups.

use super::{schedule, schedule_parameter};
use crate::values::schedule::CronLines;
use std::{collections::BTreeSet, sync::OnceLock};
use tfplugin::{Function, FunctionError, Type, Value, function::Signature};

/// The function.
#[derive(Default)]
pub struct ScheduleToCron {
    signature: OnceLock<Signature>,
}

impl Function for ScheduleToCron {
    fn name(&self) -> &str {
        "schedule_to_cron"
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| Signature {
            summary: "A schedule as lines of cron.".to_owned(),
            description: DESCRIPTION.to_owned(),
            parameters: vec![schedule_parameter()],
            variadic: None,
            returns: Type::Object {
                attributes: ["full", "incremental", "time_zone"]
                    .map(|name| (name.into(), Type::String))
                    .into(),
                optional: BTreeSet::new(),
            },
        })
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let schedule = schedule(&arguments)?;
        let CronLines { full, incremental } = schedule.cron_lines();
        let text = |line: Option<String>| line.map_or(Value::Null, Value::string);
        Ok(Value::object([
            ("full", text(full)),
            ("incremental", text(incremental)),
            ("time_zone", Value::string(schedule.time_zone.to_string())),
        ]))
    }
}

const DESCRIPTION: &str = "\
Returns an object with the five fields of cron (minute, hour, day of month, month, weekday) for `full` and for `incremental` backups, to be \
read in `time_zone`: the `timeZone` of a Kubernetes CronJob, or the `CRON_TZ` of cronie. A cron daemon without `CRON_TZ`, such as Debian's, \
reads them in the time zone that it runs in. `incremental` is null without `incremental_days`. Both are null while the schedule is \
`suspended`; leave that out for a CronJob whose own `suspend` says it.

What lines of cron do not say:

- What becomes of a `start_time` that is skipped when clocks go forward, or shown twice when they go back. With some that read them the \
backup starts at another time, with others twice, or not at all. Choose a time that no change of clocks touches.
- What becomes of a backup that fell into an outage of whatever reads them: most forget it.
- Which statement is sent, and after what. `plus_archivelog` and `after_major_compaction` of a schedule are up to the command.";
