//! Directories that the cluster already uses, so that two tenants or two purposes never share or nest one.
//!
//! The server notices an equal directory only by the format file in it, after it has left a file of the second tenant
//! there, and a nested one not at all.

use crate::{
    cluster::{Snapshot, TenantName, snapshot::Tenant},
    values::destination::{Destination, Location},
};
use tfplugin::{Diagnostic, Diagnostics};

/// What `location` would collide with as the backup destination of `tenant`.
pub(crate) fn of_backups(snapshot: &Snapshot, tenant: &TenantName, location: &Location) -> Diagnostics {
    collisions(snapshot, location, |other, purpose| {
        other == tenant && purpose == Purpose::Backups
    })
}

/// What `location` would collide with as the archive destination of `tenant`.
pub(crate) fn of_archive(snapshot: &Snapshot, tenant: &TenantName, location: &Location) -> Diagnostics {
    collisions(snapshot, location, |other, purpose| {
        other == tenant && purpose == Purpose::Archive
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Backups,
    Archive,
}

fn collisions(snapshot: &Snapshot, location: &Location, own: impl Fn(&TenantName, Purpose) -> bool) -> Diagnostics {
    let used = snapshot.tenants().flat_map(|tenant| {
        destinations(tenant)
            .into_iter()
            .map(move |(purpose, destination)| (tenant, purpose, destination.location))
    });
    used.filter(|(tenant, purpose, other)| !own(&tenant.name, *purpose) && other.overlaps(location))
        .map(|(tenant, purpose, other)| {
            let files = match purpose {
                Purpose::Backups => "data backups",
                Purpose::Archive => "archived logs",
            };
            Diagnostic::error(
                "The directory is in use",
                format!(
                    "{location} and {other}, which holds the {files} of tenant `{}`, are the same directory or one within the \
                     other. Every tenant needs a directory of its own for each purpose.",
                    tenant.name,
                ),
            )
            .at(tfplugin::AttributePath::attribute("storage").child("path"))
        })
        .collect()
}

fn destinations(tenant: &Tenant) -> Vec<(Purpose, Destination)> {
    let backups = tenant.backup_destination.as_ref().map(|uri| (Purpose::Backups, uri));
    let archive = tenant
        .archive_destination
        .as_ref()
        .and_then(|archive| archive.path.as_ref());
    let archive = archive.map(|uri| (Purpose::Archive, uri));
    // What cannot be parsed collides with nothing that this provider would write.
    backups
        .into_iter()
        .chain(archive)
        .filter_map(|(purpose, uri)| Some((purpose, Destination::parse(uri).ok()?)))
        .collect()
}
