//! `CDB_OB_MAJOR_COMPACTION`.

use super::{Cache, Owner, Records};
use crate::{
    cluster::{error::Error, reader::View, row::Row, shared::Shared},
    values::scn::Scn,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How far the major compactions are.
#[derive(Debug, Default)]
pub struct Compactions {
    /// By `TENANT_ID`, META tenants among them.
    pub by_tenant: BTreeMap<i64, Compaction>,
}

/// A row of `CDB_OB_MAJOR_COMPACTION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compaction {
    /// `FROZEN_SCN`: what the last freeze asked for.
    pub frozen_scn: Scn,
    /// `LAST_SCN`: up to where everything is compacted.
    pub last_scn: Scn,
    /// `LAST_FINISH_TIME`: when the last one finished; `None` before the first one did.
    pub finished: Option<Timestamp>,
    /// `IDLE`, `COMPACTING`, `VERIFYING`, `UNKNOWN`.
    pub status: String,
    /// `IS_ERROR`.
    pub is_error: bool,
    /// `IS_SUSPENDED`.
    pub is_suspended: bool,
}

impl Compactions {
    /// That of one tenant.
    pub fn of(&self, tenant_id: i64) -> Option<&Compaction> {
        self.by_tenant.get(&tenant_id)
    }
}

impl Compaction {
    /// Whether everything that was asked for is compacted.
    pub fn is_over(&self) -> bool {
        self.status == "IDLE" && self.last_scn >= self.frozen_scn
    }
}

impl Records for Compactions {
    const VIEWS: &'static [View] = &[View {
        of_all: "CDB_OB_MAJOR_COMPACTION",
        of_own: "DBA_OB_MAJOR_COMPACTION",
        columns: "FROZEN_SCN, LAST_SCN, LAST_FINISH_TIME, STATUS, IS_ERROR, IS_SUSPENDED",
        condition: "",
    }];

    fn cached(cache: &Cache) -> &Shared<Self> {
        &cache.compactions
    }

    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error> {
        let rows = rows.iter().flatten();
        let by_tenant = rows.map(|row| Ok((owner.of(row)?, Compaction::from_row(row)?)));
        Ok(Self {
            by_tenant: by_tenant.collect::<Result<_, Error>>()?,
        })
    }
}

impl Compaction {
    fn from_row(row: &Row) -> Result<Self, Error> {
        // 1970 stands for never.
        let finished = row.optional_timestamp("LAST_FINISH_TIME")?;
        Ok(Self {
            frozen_scn: Scn(row.unsigned("FROZEN_SCN")?),
            last_scn: Scn(row.unsigned("LAST_SCN")?),
            finished: finished.filter(|moment| *moment > Timestamp::UNIX_EPOCH),
            status: row.text_to_show("STATUS")?,
            is_error: row.yes_no("IS_ERROR")?,
            is_suspended: row.yes_no("IS_SUSPENDED")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::row::tests::row, *};

    fn of(frozen: &str, last: &str, finished: Option<&str>, status: &str) -> Compaction {
        let cells = [
            ("TENANT_ID", Some("1002")),
            ("FROZEN_SCN", Some(frozen)),
            ("LAST_SCN", Some(last)),
            ("LAST_FINISH_TIME", finished),
            ("STATUS", Some(status)),
            ("IS_ERROR", Some("NO")),
            ("IS_SUSPENDED", Some("NO")),
        ];
        let rows = [vec![row("CDB_OB_MAJOR_COMPACTION", &cells)]];
        let compactions = Compactions::from_rows(&rows, Owner { own: None }).unwrap();
        assert_eq!(compactions.of(1004), None);
        compactions.of(1002).unwrap().clone()
    }

    #[test]
    fn before_the_first_one_none_has_finished() {
        let moment = "2025-01-31 02:10:00.000000";
        for (finished, expected) in [
            (None, None),
            (Some("1970-01-01 00:00:00.000000"), None),
            (Some(moment), Some("2025-01-31T02:10:00Z".parse().unwrap())),
        ] {
            assert_eq!(of("1", "1", finished, "IDLE").finished, expected);
        }
    }

    #[test]
    fn it_is_over_when_all_that_was_frozen_is_compacted() {
        for (frozen, last, status, expected) in [
            ("2", "2", "IDLE", true),
            ("1", "1", "IDLE", true),
            // It is about to begin.
            ("3", "2", "IDLE", false),
            ("3", "2", "COMPACTING", false),
            ("3", "3", "VERIFYING", false),
            ("2", "2", "UNKNOWN", false),
        ] {
            assert_eq!(of(frozen, last, None, status).is_over(), expected, "{status} {last}");
        }
    }
}
