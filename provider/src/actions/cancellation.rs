//! Following jobs that are being cancelled.

use crate::command::Course;

/// How far the cancellation is, by number and status of the jobs that have not ended; `None` when all have. A job that is not
/// `CANCELING` has not heard of it.
pub(super) fn course(left: &[(i64, &str)], noun: &str) -> Option<Course> {
    if left.is_empty() {
        return None;
    }
    Some(match left.iter().any(|(_, status)| *status == "CANCELING") {
        true => Course::UnderWay(shown(left, noun)),
        false => Course::NotSeen(shown(left, noun)),
    })
}

/// Jobs with their statuses.
pub(super) fn shown(jobs: &[(i64, &str)], noun: &str) -> String {
    let jobs = jobs.iter().map(|(id, status)| format!("{noun} {id} is {status}"));
    jobs.collect::<Vec<_>>().join(", ")
}
