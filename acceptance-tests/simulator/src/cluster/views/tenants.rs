//! DBA_OB_TENANTS: from sys all tenants with their META tenants, from a user tenant itself.

use super::{columns, integer, keep_columns, scn, text};
use crate::answer::{Cell, Table};
use crate::cluster::tenant::{SYS, Tenant};
use crate::cluster::{Cluster, Viewer};

const LAST_SCN: u64 = 4_611_686_018_427_387_903;
const LAST_USER_LOG_STREAM: i64 = 1001;

pub(super) fn table(cluster: &Cluster, viewer: &Viewer) -> Table {
    let now = cluster.now();
    let version = cluster.profile.version();
    let mut rows = Vec::new();
    for tenant in cluster.tenants.values() {
        if viewer.is_sys() && tenant.is_user_tenant() {
            rows.push(row(tenant, Kind::Meta, version, now));
        }
        if viewer.is_sys() || viewer.tenant_id == tenant.id {
            let kind = if tenant.id == SYS { Kind::Sys } else { Kind::User };
            rows.push(row(tenant, kind, version, now));
        }
    }
    let mut table = super::table(columns::TENANTS, rows.into_iter());
    if !cluster.capabilities.restore_data_mode {
        let kept = table.columns.len() - 1;
        keep_columns(&mut table, 0..kept);
    }
    table
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sys,
    Meta,
    User,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Sys => "SYS",
            Self::Meta => "META",
            Self::User => "USER",
        }
    }
}

fn row(tenant: &Tenant, kind: Kind, version: &str, now: i64) -> Vec<Cell> {
    let is_user = kind == Kind::User;
    let (id, name, mode) = match kind {
        Kind::Meta => (tenant.id - 1, format!("META${}", tenant.id), "MYSQL"),
        Kind::Sys | Kind::User => (tenant.id, tenant.name.clone(), tenant.mode.text()),
    };
    let yes_no = |yes: bool| text(if yes { "YES" } else { "NO" });
    let of_user = |cell: Cell| if is_user { cell } else { Cell::Null };
    let archiving = is_user && tenant.archive.archiving;
    vec![
        integer(id),
        text(name),
        text(kind.text()),
        Cell::Timestamp(tenant.created),
        Cell::Timestamp(tenant.modified),
        text("RANDOM"),
        text("FULL{1}@zone1"),
        Cell::Null,
        text(mode),
        text(tenant.status.text()),
        yes_no(is_user && tenant.in_recyclebin),
        yes_no(is_user && tenant.locked),
        text("PRIMARY"),
        text("NORMAL"),
        Cell::Integer(0),
        of_user(scn(now)),
        of_user(scn(now)),
        of_user(scn(now)),
        of_user(Cell::Unsigned(LAST_SCN)),
        text(if archiving { "ARCHIVELOG" } else { "NOARCHIVELOG" }),
        text("DISABLED"),
        Cell::Integer(1),
        text(version),
        Cell::Integer(if is_user { LAST_USER_LOG_STREAM } else { 1 }),
        text("NORMAL"),
    ]
}
