//! `SHOW PARAMETERS`.

use crate::answer::{Cell, ServerError, Table};
use crate::cluster::parameters::{Definition, definitions};
use crate::cluster::statement::Like;
use crate::cluster::tenant::Tenant;
use crate::cluster::views::{SHOWN_PARAMETERS, columns};
use crate::cluster::{Cluster, Viewer, error};

impl Cluster {
    pub(super) fn show_parameters(
        &self,
        viewer: &Viewer,
        like: Option<&Like>,
        tenant: Option<&str>,
    ) -> Result<Table, ServerError> {
        let target = self.target(viewer, tenant)?;
        let tenant = self.tenants.get(&target).ok_or_else(error::unknown_tenant)?;
        let rows = definitions(self.capabilities)
            .filter(|definition| !definition.is_hidden())
            .filter(|definition| like.is_none_or(|like| like.matches(definition.name)))
            .map(|definition| self.shown_parameter(definition, tenant))
            .collect();
        Ok(Table {
            columns: columns(SHOWN_PARAMETERS),
            rows,
        })
    }

    fn shown_parameter(&self, definition: &'static Definition, tenant: &Tenant) -> Vec<Cell> {
        let text = |text: &str| Cell::Text(text.to_owned());
        let value = self.parameter_value(definition, tenant);
        let default = self.parameter_default(definition);
        let is_default = value == default;
        vec![
            text("zone1"),
            text("observer"),
            text("127.0.0.1"),
            Cell::Integer(2882),
            text(definition.name),
            text(definition.kind.data_type()),
            Cell::Text(value),
            text(definition.info),
            text(definition.section),
            text(self.parameter_scope(definition)),
            text("DEFAULT"),
            text(definition.edit_level()),
            Cell::Text(default),
            Cell::Integer(i64::from(is_default)),
        ]
    }

    /// `CLUSTER` or `TENANT`.
    pub(in crate::cluster) fn parameter_scope(&self, definition: &Definition) -> &'static str {
        if definition.is_tenant_level(self.capabilities) {
            "TENANT"
        } else {
            "CLUSTER"
        }
    }

    /// The value that holds for a tenant.
    pub(in crate::cluster) fn parameter_value(&self, definition: &'static Definition, tenant: &Tenant) -> String {
        let set = if definition.is_tenant_level(self.capabilities) {
            &tenant.parameters
        } else {
            &self.parameters
        };
        set.get(definition.name)
            .cloned()
            .unwrap_or_else(|| self.parameter_default(definition))
    }

    /// Some parameters have the cluster itself for a default.
    pub(in crate::cluster) fn parameter_default(&self, definition: &'static Definition) -> String {
        match definition.name {
            "cluster" => self.name.clone(),
            "cluster_id" => self.id.to_string(),
            "compatible" | "min_observer_version" => self.profile.version().to_owned(),
            _ => definition.default.to_owned(),
        }
    }
}
