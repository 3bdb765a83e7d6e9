//! GV$OB_PARAMETERS: one row per parameter, and per tenant for those of tenants.

use super::{columns, integer, seen, text};
use crate::answer::{Cell, Table};
use crate::cluster::parameters::{Definition, definitions};
use crate::cluster::tenant::Tenant;
use crate::cluster::{Cluster, Viewer};

pub(super) fn table(cluster: &Cluster, viewer: &Viewer) -> Table {
    let own = cluster.tenants.get(&viewer.tenant_id).into_iter();
    let others = seen(cluster, viewer, true).filter(|tenant| tenant.id != viewer.tenant_id);
    let mut rows = Vec::new();
    for (index, tenant) in own.chain(others).enumerate() {
        for definition in definitions(cluster.capabilities) {
            let of_tenant = definition.is_tenant_level(cluster.capabilities);
            // The cluster's parameters come once, with the first tenant.
            if of_tenant || index == 0 {
                rows.push(row(cluster, definition, tenant, of_tenant));
            }
        }
    }
    super::table(columns::PARAMETERS, rows.into_iter())
}

fn row(cluster: &Cluster, definition: &'static Definition, tenant: &Tenant, of_tenant: bool) -> Vec<Cell> {
    let value = cluster.parameter_value(definition, tenant);
    let default = cluster.parameter_default(definition);
    let is_default = value == default;
    vec![
        text("127.0.0.1"),
        Cell::Integer(2882),
        text("zone1"),
        text(cluster.parameter_scope(definition)),
        if of_tenant { integer(tenant.id) } else { Cell::Null },
        text(definition.name),
        text(definition.kind.data_type()),
        text(value),
        text(definition.info),
        text(definition.section),
        text(definition.edit_level()),
        text(default),
        text(if is_default { "YES" } else { "NO" }),
    ]
}
