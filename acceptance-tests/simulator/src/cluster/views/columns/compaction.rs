//! The columns of the views about compaction.

use super::Columns;
use crate::answer::ColumnKind::{Integer, Text, Timestamp, Unsigned};

pub(in super::super) const MAJOR_COMPACTION: Columns = &[
    ("TENANT_ID", Integer),
    ("FROZEN_SCN", Unsigned),
    ("FROZEN_TIME", Timestamp),
    ("GLOBAL_BROADCAST_SCN", Unsigned),
    ("LAST_SCN", Unsigned),
    ("LAST_FINISH_TIME", Timestamp),
    ("START_TIME", Timestamp),
    ("STATUS", Text),
    ("IS_ERROR", Text),
    ("IS_SUSPENDED", Text),
    ("INFO", Text),
];

pub(in super::super) const ZONE_MAJOR_COMPACTION: Columns = &[
    ("TENANT_ID", Integer),
    ("ZONE", Text),
    ("BROADCAST_SCN", Unsigned),
    ("LAST_SCN", Unsigned),
    ("LAST_FINISH_TIME", Timestamp),
    ("START_TIME", Timestamp),
    ("STATUS", Text),
];
