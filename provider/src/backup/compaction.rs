//! Whether the tenants of a backup were compacted of late, for a practitioner who wants a plan to look.
//!
//! OceanBase 4 does not ask for it, so nothing but a warning comes of it.

use crate::{
    cluster::{
        Cluster, Error, Freshness, Snapshot, Statement, TenantName, Viewpoint,
        records::{Compaction, Compactions},
    },
    values::{elapsed::Elapsed, span::Span},
};
use jiff::Timestamp;
use std::{collections::BTreeMap, fmt, sync::Arc};
use tfplugin::Diagnostic;

/// What a plan looks at, in records that no other plan needs.
#[derive(Debug, Clone, PartialEq)]
pub struct CompactionCheck {
    tenants: Vec<TenantName>,
    max_age: Span,
}

/// Why a tenant does not pass.
#[derive(Debug, Clone, PartialEq)]
enum Flaw {
    /// `IS_ERROR`: it gets no further.
    Failed,
    /// `IS_SUSPENDED`: so are those to come.
    Suspended,
    /// About to begin, or in this `STATUS`.
    UnderWay(String),
    /// No end of one is shown.
    Never,
    /// The last one ended so many seconds ago.
    Old(f64),
}

const ATTRIBUTE: &str = "max_compaction_age";

const ALL_THE_SAME: &str =
    "The apply makes the backup all the same: OceanBase 4 does not ask for a compaction before it.";

impl CompactionCheck {
    /// Whether the last major compaction of each of these tenants finished no longer ago than this.
    pub(crate) fn new(tenants: Vec<TenantName>, max_age: Span) -> Self {
        Self { tenants, max_age }
    }

    /// What a plan says of them.
    pub(crate) async fn look(
        &self,
        cluster: &Cluster,
        snapshot: &Snapshot,
        freshness: Freshness,
    ) -> Option<Diagnostic> {
        let records: Result<Arc<Compactions>, Error> = cluster.records(snapshot, freshness).await;
        let judged = records.and_then(|compactions| self.judge(snapshot, &compactions));
        judged.unwrap_or_else(|error| Some(unread(&error)))
    }

    fn judge(&self, snapshot: &Snapshot, compactions: &Compactions) -> Result<Option<Diagnostic>, Error> {
        let now = snapshot.cluster.time()?;
        let tenants = self.tenants.iter().filter_map(|name| snapshot.tenant(name));
        let flawed = tenants.filter_map(|tenant| {
            let flaw = Flaw::of(compactions.of(tenant.id), now, &self.max_age)?;
            Some((&tenant.name, flaw))
        });
        let flawed: Vec<(&TenantName, Flaw)> = flawed.collect();
        Ok((!flawed.is_empty()).then(|| self.warning(&flawed, &snapshot.viewpoint)))
    }

    fn warning(&self, flawed: &[(&TenantName, Flaw)], viewpoint: &Viewpoint) -> Diagnostic {
        let found = flawed.iter().map(|(tenant, flaw)| format!("  `{tenant}`: {flaw}"));
        let found: Vec<String> = found.collect();
        let view = match viewpoint {
            Viewpoint::Sys => "CDB_OB_MAJOR_COMPACTION",
            Viewpoint::User(_) => "DBA_OB_MAJOR_COMPACTION",
        };
        Diagnostic::warning(
            "The major compaction is not as asked for",
            format!(
                "`{ATTRIBUTE}` is {}, and by the database's clock {view} shows:\n\n{}\n\n{ALL_THE_SAME} But an older one makes the backup, \
                 and the incrementals that build upon it, larger and slower. To have a recent one first, wait for the end of the daily \
                 compaction, or of the one that is under way, and plan again.{}",
                self.max_age,
                found.join("\n"),
                remedies(flawed, viewpoint),
            ),
        )
        .at(ATTRIBUTE)
    }
}

impl Flaw {
    fn of(compaction: Option<&Compaction>, now: Timestamp, max_age: &Span) -> Option<Self> {
        let Some(compaction) = compaction else {
            return Some(Self::Never);
        };
        match compaction.finished {
            _ if compaction.is_error => Some(Self::Failed),
            _ if compaction.is_suspended => Some(Self::Suspended),
            _ if !compaction.is_over() => Some(Self::UnderWay(compaction.status.clone())),
            None => Some(Self::Never),
            Some(finished) => {
                // What was read a moment after the clock may be ahead of it.
                let age = now.duration_since(finished).as_secs_f64().max(0.0);
                (age > max_age.length().as_secs_f64()).then_some(Self::Old(age))
            }
        }
    }

    /// What can be done about it, and by which statement. What is under way needs nothing but time.
    fn remedy(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Never | Self::Old(_) => Some(("To begin one now", "ALTER SYSTEM MAJOR FREEZE")),
            Self::Suspended => Some(("To let it go on", "ALTER SYSTEM RESUME MERGE")),
            Self::Failed => Some((
                "When the cause of the error, of which INFO tells, is mended",
                "ALTER SYSTEM CLEAR MERGE ERROR",
            )),
            Self::UnderWay(_) => None,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed => f.write_str("it ended with an error (IS_ERROR)"),
            Self::Suspended => f.write_str("it is suspended (IS_SUSPENDED)"),
            Self::UnderWay(status) if status == "IDLE" => f.write_str("one is about to begin"),
            Self::UnderWay(status) => write!(f, "one is under way (STATUS {status})"),
            Self::Never => f.write_str("none has finished yet"),
            Self::Old(seconds) => write!(f, "the last one finished {} ago", Elapsed(*seconds)),
        }
    }
}

/// What to send by hand, one statement for all that need the same.
fn remedies(flawed: &[(&TenantName, Flaw)], viewpoint: &Viewpoint) -> String {
    let mut remedies: BTreeMap<_, Vec<&TenantName>> = BTreeMap::new();
    for (tenant, flaw) in flawed {
        if let Some(remedy) = flaw.remedy() {
            remedies.entry(remedy).or_default().push(tenant);
        }
    }
    let remedies = remedies.into_iter().map(|((purpose, statement), tenants)| {
        let statement = Statement::new(statement).for_tenants(tenants, viewpoint);
        format!("\n\n{purpose}:\n\n  {statement}")
    });
    remedies.collect()
}

fn unread(error: &Error) -> Diagnostic {
    let reason = error.diagnostic();
    Diagnostic::warning(
        "The major compaction was not looked at",
        format!(
            "`{ATTRIBUTE}` is set, and it could not be read when the last one finished. {}. {}\n\n{ALL_THE_SAME}",
            reason.summary, reason.detail
        ),
    )
    .at(ATTRIBUTE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cluster::{
            snapshot::tests::{protected, snapshot},
            version::Version,
        },
        values::scn::Scn,
    };
    use expect_test::{Expect, expect};

    /// The database's clock.
    const NOW: &str = "2025-01-31T23:59:59Z";

    fn finished(moment: Option<&str>) -> Compaction {
        Compaction {
            frozen_scn: Scn(2),
            last_scn: Scn(2),
            finished: moment.map(|moment| moment.parse().unwrap()),
            status: "IDLE".to_owned(),
            is_error: false,
            is_suspended: false,
        }
    }

    #[test]
    fn a_compaction_passes_when_it_has_ended_well_and_lately() {
        let lately = || finished(Some("2025-01-31T12:00:00Z"));
        let in_status = |status: &str, last_scn| Compaction {
            status: status.to_owned(),
            last_scn: Scn(last_scn),
            ..lately()
        };
        for (compaction, expected) in [
            (lately(), ""),
            (finished(Some("2025-01-30T23:59:59Z")), ""),
            (
                finished(Some("2025-01-30T23:59:58Z")),
                "the last one finished 1 d 0 h ago",
            ),
            (
                finished(Some("2025-01-01T00:00:00Z")),
                "the last one finished 30 d 23 h ago",
            ),
            // It ended between the look at the clock and the one at the view.
            (finished(Some("2025-02-01T00:00:01Z")), ""),
            (finished(None), "none has finished yet"),
            (in_status("COMPACTING", 1), "one is under way (STATUS COMPACTING)"),
            (in_status("VERIFYING", 1), "one is under way (STATUS VERIFYING)"),
            (in_status("UNKNOWN", 2), "one is under way (STATUS UNKNOWN)"),
            (in_status("IDLE", 1), "one is about to begin"),
            (
                Compaction {
                    is_suspended: true,
                    ..in_status("COMPACTING", 1)
                },
                "it is suspended (IS_SUSPENDED)",
            ),
            (
                Compaction {
                    is_suspended: true,
                    ..lately()
                },
                "it is suspended (IS_SUSPENDED)",
            ),
            (
                Compaction {
                    is_error: true,
                    is_suspended: true,
                    ..in_status("VERIFYING", 1)
                },
                "it ended with an error (IS_ERROR)",
            ),
        ] {
            let flaw = Flaw::of(Some(&compaction), NOW.parse().unwrap(), &"24h".parse().unwrap());
            let said = flaw.map(|flaw| flaw.to_string()).unwrap_or_default();
            assert_eq!(said, expected, "{compaction:?}");
        }
        let unseen = Flaw::of(None, NOW.parse().unwrap(), &"24h".parse().unwrap());
        assert_eq!(unseen, Some(Flaw::Never));
    }

    #[track_caller]
    fn check(viewpoint: Viewpoint, compactions: &[(i64, Compaction)], expected: Expect) {
        let names = ["t1", "t2", "t3", "t4", "t5"];
        let tenants = (1002..).step_by(2).zip(names).map(|(id, name)| protected(id, name));
        let snapshot = snapshot(viewpoint, Version(4, 2, 1, 0), tenants.collect());
        let of_each = names.map(|name| name.parse().unwrap()).to_vec();
        let of_each = of_each.into_iter().take(compactions.len()).collect();
        let check = CompactionCheck::new(of_each, "24h".parse().unwrap());
        let by_tenant = compactions.iter().cloned().collect();
        let said = check.judge(&snapshot, &Compactions { by_tenant }).unwrap();
        let said = said.map(|said| {
            let place = said.attribute.unwrap_or_default();
            format!("{:?} at {place}: {}\n{}\n", said.severity, said.summary, said.detail)
        });
        expected.assert_eq(&said.unwrap_or_default());
    }

    #[test]
    fn one_warning_names_each_tenant_and_what_to_do() {
        let lately = || finished(Some("2025-01-31T12:00:00Z"));
        check(Viewpoint::Sys, &[(1002, lately()), (1004, lately())], expect![[""]]);
        let failed = Compaction {
            is_error: true,
            ..lately()
        };
        let suspended = Compaction {
            is_suspended: true,
            ..lately()
        };
        let old = finished(Some("2025-01-01T00:00:00Z"));
        check(
            Viewpoint::Sys,
            &[
                (1002, old.clone()),
                (1004, lately()),
                (1006, finished(None)),
                (1008, failed),
                (1010, suspended),
            ],
            expect![[r#"
                Warning at max_compaction_age: The major compaction is not as asked for
                `max_compaction_age` is 24h, and by the database's clock CDB_OB_MAJOR_COMPACTION shows:

                  `t1`: the last one finished 30 d 23 h ago
                  `t3`: none has finished yet
                  `t4`: it ended with an error (IS_ERROR)
                  `t5`: it is suspended (IS_SUSPENDED)

                The apply makes the backup all the same: OceanBase 4 does not ask for a compaction before it. But an older one makes the backup, and the incrementals that build upon it, larger and slower. To have a recent one first, wait for the end of the daily compaction, or of the one that is under way, and plan again.

                To begin one now:

                  ALTER SYSTEM MAJOR FREEZE TENANT = `t1`, `t3`

                To let it go on:

                  ALTER SYSTEM RESUME MERGE TENANT = `t5`

                When the cause of the error, of which INFO tells, is mended:

                  ALTER SYSTEM CLEAR MERGE ERROR TENANT = `t4`
            "#]],
        );
        check(
            Viewpoint::User("t1".parse().unwrap()),
            &[(1002, old)],
            expect![[r#"
            Warning at max_compaction_age: The major compaction is not as asked for
            `max_compaction_age` is 24h, and by the database's clock DBA_OB_MAJOR_COMPACTION shows:

              `t1`: the last one finished 30 d 23 h ago

            The apply makes the backup all the same: OceanBase 4 does not ask for a compaction before it. But an older one makes the backup, and the incrementals that build upon it, larger and slower. To have a recent one first, wait for the end of the daily compaction, or of the one that is under way, and plan again.

            To begin one now:

              ALTER SYSTEM MAJOR FREEZE
        "#]],
        );
        let under_way = Compaction {
            status: "VERIFYING".to_owned(),
            ..lately()
        };
        check(
            Viewpoint::Sys,
            &[(1002, under_way)],
            expect![[r#"
            Warning at max_compaction_age: The major compaction is not as asked for
            `max_compaction_age` is 24h, and by the database's clock CDB_OB_MAJOR_COMPACTION shows:

              `t1`: one is under way (STATUS VERIFYING)

            The apply makes the backup all the same: OceanBase 4 does not ask for a compaction before it. But an older one makes the backup, and the incrementals that build upon it, larger and slower. To have a recent one first, wait for the end of the daily compaction, or of the one that is under way, and plan again.
        "#]],
        );
    }
}
