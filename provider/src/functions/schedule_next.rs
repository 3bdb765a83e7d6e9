//! `schedule_next(schedule, after, n)`: the next backups of a schedule.

use super::{schedule, schedule_parameter, text_parameter, timestamp};
use crate::values::schedule::Slot;
use std::{collections::BTreeSet, sync::OnceLock};
use tfplugin::{
    Function, FunctionError, Type, Value,
    function::{Parameter, Signature},
};

/// The function.
#[derive(Default)]
pub struct ScheduleNext {
    signature: OnceLock<Signature>,
}

/// The most backups that one call tells.
const MOST: usize = 1000;

impl Function for ScheduleNext {
    fn name(&self) -> &str {
        "schedule_next"
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| Signature {
            summary: "When the next backups of a schedule are due.".to_owned(),
            description: DESCRIPTION.to_owned(),
            parameters: vec![
                schedule_parameter(),
                text_parameter(
                    "after",
                    "The moment after which to begin: an RFC 3339 timestamp with its offset, such as the result of `plantimestamp()`. \
                     A backup that is due just then is not among those that follow.",
                ),
                Parameter {
                    name: "n".to_owned(),
                    kind: Type::Number,
                    description: "How many to tell, from 1 to 1000.".to_owned(),
                    allow_null: false,
                },
            ],
            variadic: None,
            returns: Type::list(slot_type()),
        })
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let schedule = schedule(&arguments)?;
        let after = timestamp(&arguments, 1)?;
        let count = count(&arguments)?;
        let slots = schedule.slots_after(after).take(count);
        Ok(Value::list(slots.map(|slot| value(&slot))))
    }
}

const DESCRIPTION: &str = "\
Returns a list of the next `n` backups, in order. `at` is the moment, in UTC; `local` is the same moment on the clocks of `time_zone`; and \
`type` is `full` or `incremental`. The list is empty while the schedule is `suspended`; otherwise it is shorter than `n` only where time \
ends, in the year 9999.

Each day of the schedule has one backup, also where clocks are changed. A `start_time` that is skipped when they go forward comes as much \
later as is skipped: 02:30 becomes 03:30. Where they show it twice when they go back, the first time counts. It is what RFC 5545 says of \
calendars. A month that lacks day 29, 30 or 31 has no backup for it; neither has a day that a zone left out altogether when it moved across \
the date line.

The rules of time zones come with the provider, and not from the machine, so that the result is the same everywhere. A zone that changes its \
rules needs a release of the provider that knows.";

fn slot_type() -> Type {
    Type::Object {
        attributes: ["at", "local", "type"].map(|name| (name.into(), Type::String)).into(),
        optional: BTreeSet::new(),
    }
}

fn count(arguments: &[Value]) -> Result<usize, FunctionError> {
    let number = arguments.get(2).and_then(Value::as_i64);
    let count = number.and_then(|number| usize::try_from(number).ok());
    count
        .filter(|count| (1..=MOST).contains(count))
        .ok_or_else(|| FunctionError {
            argument: Some(2),
            text: format!("A whole number of backups from 1 to {MOST} is expected."),
        })
}

fn value(slot: &Slot) -> Value {
    let moment = slot.at.timestamp();
    Value::object([
        ("at", moment.to_string()),
        ("local", moment.display_with_offset(slot.at.offset()).to_string()),
        ("type", slot.backup.to_string()),
    ])
}
