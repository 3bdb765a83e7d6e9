//! The list: one line for each resource, data source, action and function.

use crate::{
    actions,
    command::{Command, Commanded},
    data_sources, functions,
    managed_resource::{Managed, ManagedResource},
    provider::Configured,
    queried::{Queried, Query},
    resources,
};
use std::collections::BTreeMap;
use tfplugin::{Action, DataSource, Function, Resource, Schema};

/// Everything that the provider offers.
pub struct Registry {
    /// Managed resources.
    pub resources: Vec<Box<dyn Resource<Configured>>>,
    /// Data sources.
    pub data_sources: Vec<Box<dyn DataSource<Configured>>>,
    /// Actions.
    pub actions: Vec<Box<dyn Action<Configured>>>,
    /// Functions.
    pub functions: Vec<Box<dyn Function>>,
    /// What makes the JSON Schema of a resource's configuration, by type name.
    pub json_schemas: BTreeMap<&'static str, fn() -> serde_json::Value>,
}

impl Default for Registry {
    fn default() -> Self {
        Self::empty()
            .resource::<resources::archivelog::Archivelog>()
            .resource::<resources::backup_destination::BackupDestination>()
            .resource::<resources::backup_key::BackupKey>()
            .resource::<resources::backup_run::BackupRun>()
            .data_source::<data_sources::archivelog_status::Status>()
            .data_source::<data_sources::backup_destinations::Destinations>()
            .data_source::<data_sources::backup_health::BackupHealth>()
            .data_source::<data_sources::backup_jobs::Jobs>()
            .data_source::<data_sources::backup_sets::Sets>()
            .data_source::<data_sources::cluster::ClusterFacts>()
            .data_source::<data_sources::delete_jobs::Jobs>()
            .data_source::<data_sources::delete_policy::Policies>()
            .data_source::<data_sources::restore_window::RestoreWindow>()
            .data_source::<data_sources::tenants::Tenants>()
            .action::<actions::backup_now::BackupNow>()
            .action::<actions::cancel_backup::CancelBackup>()
            .action::<actions::cancel_delete::CancelDelete>()
            .action::<actions::delete_backup_set::DeleteBackupSet>()
            .action::<actions::delete_obsolete::DeleteObsolete>()
            .function(functions::error_explain::ErrorExplain::default())
            .function(functions::prometheus_rules::PrometheusRules::default())
            .function(functions::schedule_next::ScheduleNext::default())
            .function(functions::schedule_to_cron::ScheduleToCron::default())
            .function(functions::scn_to_time::ScnToTime::default())
            .function(functions::time_to_scn::TimeToScn::default())
            .function(functions::uri_build::UriBuild::default())
            .function(functions::uri_parse::UriParse::default())
            .function(functions::uri_redact::UriRedact::default())
    }
}

impl Registry {
    fn empty() -> Self {
        Self {
            resources: Vec::new(),
            data_sources: Vec::new(),
            actions: Vec::new(),
            functions: Vec::new(),
            json_schemas: BTreeMap::new(),
        }
    }

    fn resource<R: ManagedResource>(mut self) -> Self {
        self.resources.push(Box::new(Managed::<R>::default()));
        self.json_schemas.insert(R::NAME, Schema::json_schema_of::<R::Model>);
        self
    }

    fn data_source<Q: Query>(mut self) -> Self {
        self.data_sources.push(Box::new(Queried::<Q>::default()));
        self
    }

    fn action<C: Command>(mut self) -> Self {
        self.actions.push(Box::new(Commanded::<C>::default()));
        self
    }

    fn function(mut self, function: impl Function + 'static) -> Self {
        self.functions.push(Box::new(function));
        self
    }
}
