//! Rows about major compaction.

use super::{integer, scn, text};
use crate::answer::Cell;
use crate::cluster::compaction::{Compaction, CompactionStatus};
use crate::cluster::tenant::Tenant;

/// Each tenant, with its META tenant where all tenants are shown.
fn each(tenant: &Tenant, with_meta: bool) -> impl Iterator<Item = (u64, &Compaction)> {
    let has_meta = with_meta && tenant.is_user_tenant();
    let meta = has_meta.then(|| (tenant.id - 1, &tenant.meta_compaction));
    meta.into_iter().chain([(tenant.id, &tenant.compaction)])
}

/// The SCN before any freeze is 1.
fn frozen_scn(at: i64) -> Cell {
    if at == 0 { Cell::Unsigned(1) } else { scn(at) }
}

fn yes_no(yes: bool) -> Cell {
    text(if yes { "YES" } else { "NO" })
}

pub(super) fn of_tenant(tenant: &Tenant, with_meta: bool) -> Vec<Vec<Cell>> {
    each(tenant, with_meta)
        .map(|(id, compaction)| {
            vec![
                integer(id),
                frozen_scn(compaction.frozen),
                Cell::Timestamp(compaction.frozen),
                frozen_scn(compaction.broadcast),
                frozen_scn(compaction.last),
                Cell::Timestamp(compaction.finished),
                Cell::Timestamp(compaction.started),
                text(compaction.status.text()),
                yes_no(false),
                yes_no(compaction.suspended),
                text(""),
            ]
        })
        .collect()
}

/// A zone has finished when the tenant is being verified.
pub(super) fn of_zones(tenant: &Tenant, with_meta: bool) -> Vec<Vec<Cell>> {
    each(tenant, with_meta)
        .map(|(id, compaction)| {
            let merged = match compaction.status {
                CompactionStatus::Verifying => compaction.broadcast,
                CompactionStatus::Idle | CompactionStatus::Compacting => compaction.last,
            };
            let status = match compaction.status {
                CompactionStatus::Compacting => CompactionStatus::Compacting,
                CompactionStatus::Idle | CompactionStatus::Verifying => CompactionStatus::Idle,
            };
            vec![
                integer(id),
                text("zone1"),
                frozen_scn(compaction.broadcast),
                frozen_scn(merged),
                Cell::Timestamp(compaction.finished),
                Cell::Timestamp(compaction.started),
                text(status.text()),
            ]
        })
        .collect()
}
