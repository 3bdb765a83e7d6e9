//! The columns of the views about deletion.

use super::Columns;
use crate::answer::ColumnKind::{Integer, Text, Timestamp};

pub(in super::super) const DELETE_POLICY: Columns =
    &[("TENANT_ID", Integer), ("POLICY_NAME", Text), ("RECOVERY_WINDOW", Text)];

pub(in super::super) const DELETE_JOBS: Columns = &[
    ("TENANT_ID", Integer),
    ("JOB_ID", Integer),
    ("INCARNATION", Integer),
    ("INITIATOR_TENANT_ID", Integer),
    ("INITIATOR_JOB_ID", Integer),
    ("EXECUTOR_TENANT_ID", Text),
    ("TYPE", Text),
    ("PARAMETER", Text),
    ("JOB_LEVEL", Text),
    ("START_TIMESTAMP", Timestamp),
    ("END_TIMESTAMP", Timestamp),
    ("STATUS", Text),
    ("TASK_COUNT", Integer),
    ("SUCCESS_TASK_COUNT", Integer),
    ("RESULT", Integer),
    ("COMMENT", Text),
];

pub(in super::super) const DELETE_TASKS: Columns = &[
    ("TENANT_ID", Integer),
    ("TASK_ID", Integer),
    ("INCARNATION", Integer),
    ("JOB_ID", Integer),
    ("TASK_TYPE", Text),
    ("ID", Integer),
    ("ROUND_ID", Integer),
    ("DEST_ID", Integer),
    ("START_TIMESTAMP", Timestamp),
    ("END_TIMESTAMP", Timestamp),
    ("STATUS", Text),
    ("TOTAL_LS_COUNT", Integer),
    ("FINISH_LS_COUNT", Integer),
    ("RESULT", Integer),
    ("COMMENT", Text),
    ("PATH", Text),
];
