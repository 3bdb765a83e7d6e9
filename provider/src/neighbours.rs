//! Directories in use, in the cluster and in the plan at hand, so that two tenants or two purposes never share or nest one.
//!
//! The server notices an equal directory only by the format file in it, after it has left a file of the second tenant
//! there, and a nested one not at all.

use crate::{
    cluster::{Snapshot, TenantName, snapshot::Tenant},
    values::destination::{Destination, Location},
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// Who uses a directory, and what for. A tenant has at most one directory for each purpose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Occupant {
    /// The tenant.
    pub(crate) tenant: TenantName,
    /// What its files are.
    pub(crate) purpose: Purpose,
}

/// What the files in a directory are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Data backups.
    Backups,
    /// Archived logs.
    Archive,
}

impl fmt::Display for Occupant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = match self.purpose {
            Purpose::Backups => "data backups",
            Purpose::Archive => "archived logs",
        };
        write!(f, "the {files} of tenant `{}`", self.tenant)
    }
}

/// The locations that the resources of one plan have claimed. It cannot know those that `-target` leaves out, nor those of
/// another provider block.
#[derive(Debug, Default)]
pub struct Claims(Mutex<BTreeMap<Occupant, Location>>);

impl Claims {
    /// Claims a location, in place of what the occupant claimed before; tells with whom that collides.
    pub(crate) fn claim(&self, occupant: &Occupant, location: &Location) -> Diagnostics {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claims.insert(occupant.clone(), location.clone());
        let others = claims.iter().filter(|(other, _)| *other != occupant);
        others
            .filter(|(_, theirs)| theirs.overlaps(location))
            .map(|(other, theirs)| collision(location, theirs, &format!("which this plan gives to {other}")))
            .collect()
    }
}

/// What `location` would collide with in the cluster, if `occupant` moved there.
pub(crate) fn in_cluster(snapshot: &Snapshot, occupant: &Occupant, location: &Location) -> Diagnostics {
    let used = snapshot.tenants().flat_map(destinations);
    used.filter(|(other, theirs)| other != occupant && theirs.overlaps(location))
        .map(|(other, theirs)| collision(location, &theirs, &format!("which holds {other}")))
        .collect()
}

fn destinations(tenant: &Tenant) -> Vec<(Occupant, Location)> {
    let backups = tenant.backup_destination.as_ref().map(|uri| (Purpose::Backups, uri));
    let archive = tenant
        .archive_destination
        .as_ref()
        .and_then(|archive| archive.path.as_ref());
    let archive = archive.map(|uri| (Purpose::Archive, uri));
    let occupant = |purpose| Occupant {
        tenant: tenant.name.clone(),
        purpose,
    };
    // What cannot be parsed collides with nothing that this provider would write.
    let located = |(purpose, uri)| Some((occupant(purpose), Destination::parse(uri).ok()?.location));
    backups.into_iter().chain(archive).filter_map(located).collect()
}

fn collision(location: &Location, other: &Location, whose: &str) -> Diagnostic {
    Diagnostic::error(
        "The directory is in use",
        format!(
            "{location} and {other}, {whose}, are the same directory or one within the other. Every tenant needs a directory \
             of its own for each purpose."
        ),
    )
    .at(AttributePath::attribute("storage").child("path"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::destination::Media;

    fn occupant(tenant: &str, purpose: Purpose) -> Occupant {
        Occupant {
            tenant: tenant.parse().unwrap(),
            purpose,
        }
    }

    fn nfs(path: &str) -> Location {
        Location::new(Media::Nfs, path, None)
    }

    #[test]
    fn equal_and_nested_directories_collide_and_neighbours_do_not() {
        let claims = Claims::default();
        assert!(
            claims
                .claim(&occupant("t1", Purpose::Backups), &nfs("/data/a"))
                .is_empty()
        );
        for (tenant, purpose, path, collides) in [
            ("t2", Purpose::Backups, "/data/a", true),
            ("t2", Purpose::Backups, "/data/a/b", true),
            ("t2", Purpose::Backups, "/data", true),
            ("t1", Purpose::Archive, "/data/a", true),
            ("t2", Purpose::Backups, "/data/ab", false),
            ("t2", Purpose::Backups, "/data/b", false),
        ] {
            let found = claims.claim(&occupant(tenant, purpose), &nfs(path));
            assert_eq!(found.has_errors(), collides, "{path}");
            // Out of the way of the next row.
            let _ = claims.claim(&occupant(tenant, purpose), &nfs("/elsewhere"));
        }
    }

    #[test]
    fn a_claim_replaces_the_earlier_one_of_the_same_occupant() {
        let claims = Claims::default();
        let _ = claims.claim(&occupant("t1", Purpose::Backups), &nfs("/a"));
        assert!(claims.claim(&occupant("t1", Purpose::Backups), &nfs("/a/b")).is_empty());
        assert!(claims.claim(&occupant("t2", Purpose::Backups), &nfs("/a/c")).is_empty());
    }

    #[test]
    fn the_same_path_of_another_bucket_or_host_is_another_directory() {
        let claims = Claims::default();
        let oss = |path, host| Location::new(Media::Oss, path, Some(host));
        let _ = claims.claim(&occupant("t1", Purpose::Backups), &oss("b/p", "h"));
        assert!(
            claims
                .claim(&occupant("t2", Purpose::Backups), &oss("c/p", "h"))
                .is_empty()
        );
        assert!(
            claims
                .claim(&occupant("t2", Purpose::Backups), &oss("b/p", "i"))
                .is_empty()
        );
        assert!(
            claims
                .claim(&occupant("t2", Purpose::Backups), &oss("b/p/q", "h"))
                .has_errors()
        );
    }
}
