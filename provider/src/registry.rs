//! The list: one line for each resource, data source and function.

use crate::{data_sources, functions, managed_resource::Managed, provider::Configured, queried::Queried, resources};
use tfplugin::{DataSource, Function, Resource};

/// Everything that the provider offers.
pub struct Registry {
    /// Managed resources.
    pub resources: Vec<Box<dyn Resource<Configured>>>,
    /// Data sources.
    pub data_sources: Vec<Box<dyn DataSource<Configured>>>,
    /// Functions.
    pub functions: Vec<Box<dyn Function>>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            resources: vec![
                Box::new(Managed::<resources::archivelog::Archivelog>::default()),
                Box::new(Managed::<resources::backup_destination::BackupDestination>::default()),
            ],
            data_sources: vec![
                Box::new(Queried::<data_sources::cluster::ClusterFacts>::default()),
                Box::new(Queried::<data_sources::tenants::Tenants>::default()),
            ],
            functions: vec![
                Box::new(functions::uri_build::UriBuild::default()),
                Box::new(functions::uri_parse::UriParse::default()),
                Box::new(functions::uri_redact::UriRedact::default()),
            ],
        }
    }
}
