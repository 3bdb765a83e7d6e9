//! Directories in use, in the cluster and in the plan at hand, so that two tenants or two purposes never share or nest one.
//!
//! The server notices an equal directory only by the format file in it, after it has left a file of the second tenant
//! there, and a nested one not at all.

use crate::{
    cluster::{RawUri, Snapshot, TenantName, snapshot::Tenant},
    values::destination::Location,
};
use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
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
    /// Exported encryption keys.
    Keys,
}

impl fmt::Display for Occupant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = match self.purpose {
            Purpose::Backups => "data backups",
            Purpose::Archive => "archived logs",
            Purpose::Keys => "exported keys",
        };
        write!(f, "the {files} of tenant `{}`", self.tenant)
    }
}

/// The locations that the resources of one plan have claimed. It cannot know those that `-target` leaves out, nor those of
/// another provider block.
#[derive(Debug, Default)]
pub struct Claims {
    claimed: Mutex<Claimed>,
    /// Who has been planned.
    planned: Mutex<BTreeSet<(Occupant, Claimant)>>,
    /// Something in the plan has a location that is not known yet.
    open: AtomicBool,
}

/// Found both ways, since a plan may have thousands of them, and each has to be compared with all others.
#[derive(Debug, Default)]
struct Claimed {
    locations: BTreeMap<Occupant, Location>,
    occupants: BTreeMap<Directory, BTreeSet<Occupant>>,
}

/// A location as text, in whose order a directory is followed by all that are within it: those begin with its text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Directory(String);

impl Directory {
    fn of(location: &Location) -> Self {
        let host = location.host().unwrap_or_default();
        let mut text = format!("{}\0{host}\0/", location.media().scheme());
        for name in location.components() {
            text.push_str(name);
            text.push('/');
        }
        Self(text)
    }

    fn holds(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Those that it is within, the outermost first.
    fn above(&self) -> impl Iterator<Item = &str> {
        let ends = self.0.match_indices('/').map(|(slash, _)| slash + 1);
        ends.filter(|end| *end < self.0.len()).map(|end| &self.0[..end])
    }
}

impl Borrow<str> for Directory {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Claimed {
    /// Gives the location that the occupant claimed before.
    fn insert(&mut self, occupant: &Occupant, location: &Location) -> Option<Location> {
        let before = self.locations.insert(occupant.clone(), location.clone());
        if before.as_ref() == Some(location) {
            return before;
        }
        if let Some(left) = &before
            && let Some(occupants) = self.occupants.get_mut(&Directory::of(left))
        {
            occupants.remove(occupant);
        }
        let occupants = self.occupants.entry(Directory::of(location)).or_default();
        occupants.insert(occupant.clone());
        before
    }

    /// The occupants of the directory, of those that it is within, and of those within it.
    fn overlapping(&self, location: &Location) -> BTreeSet<&Occupant> {
        let directory = Directory::of(location);
        let above = directory.above().filter_map(|above| self.occupants.get(above));
        let below = self.occupants.range::<Directory, _>(&directory..);
        let below = below.take_while(|(other, _)| directory.holds(other));
        above.chain(below.map(|(_, occupants)| occupants)).flatten().collect()
    }
}

/// Which resource it is that claims a location. Terraform does not tell, but it plans each only once as new and once as stored:
/// as stored and then as new, when it is to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claimant {
    /// One that is to be created.
    New,
    /// One that is in the state.
    Stored,
}

impl Claimant {
    /// The one that is in the state or not.
    pub(crate) fn of(is_stored: bool) -> Self {
        if is_stored { Self::Stored } else { Self::New }
    }
}

impl Claims {
    /// Claims a location; tells with whom that collides.
    pub(crate) fn claim(&self, occupant: &Occupant, claimant: Claimant, location: &Location) -> Diagnostics {
        let is_first = locked(&self.planned).insert((occupant.clone(), claimant));
        let mut claimed = locked(&self.claimed);
        match claimed.insert(occupant, location) {
            Some(before) if before != *location => return two_owners(occupant, &before, location).into(),
            Some(_) if !is_first => return one_too_many(occupant, location).into(),
            Some(_) | None => {}
        }
        let others = claimed.overlapping(location).into_iter();
        others
            .filter(|other| *other != occupant)
            .filter_map(|other| Some((other, claimed.locations.get(other)?)))
            .map(|(other, theirs)| collision(location, theirs, &format!("this plan gives to {other}")))
            .collect()
    }

    /// Something is planned of which nothing can be said yet.
    pub(crate) fn leave_open(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    /// Whether this plan may give the occupant a location that the cluster does not show yet.
    pub(crate) fn may_hold(&self, occupant: &Occupant) -> bool {
        self.open.load(Ordering::Relaxed) || locked(&self.claimed).locations.contains_key(occupant)
    }

    /// With an apply, the plan of its resource has ended: what is planned afterwards is no second resource.
    pub(crate) fn plan_ended(&self) {
        locked(&self.planned).clear();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `location` would collide with in the cluster, if `occupant` moved there.
pub(crate) fn in_cluster(snapshot: &Snapshot, occupant: &Occupant, location: &Location) -> Diagnostics {
    let mut collisions = Diagnostics::none();
    // Asked for every resource, about every tenant: nothing is copied of those that are elsewhere.
    for tenant in snapshot.tenants() {
        for (purpose, uri) in destinations(tenant) {
            let is_own = tenant.name == occupant.tenant && purpose == occupant.purpose;
            // What cannot be parsed collides with nothing that this provider would write.
            let Some(theirs) = Location::parse(uri).ok().filter(|_| !is_own) else {
                continue;
            };
            if theirs.overlaps(location) {
                let other = Occupant {
                    tenant: tenant.name.clone(),
                    purpose,
                };
                collisions.push(collision(location, &theirs, &format!("holds {other}")));
            }
        }
    }
    collisions
}

fn destinations(tenant: &Tenant) -> impl Iterator<Item = (Purpose, &RawUri)> {
    let backups = tenant.backup_destination.as_ref();
    let archive = tenant
        .archive_destination
        .as_ref()
        .and_then(|archive| archive.path.as_ref());
    let backups = backups.map(|uri| (Purpose::Backups, uri));
    backups.into_iter().chain(archive.map(|uri| (Purpose::Archive, uri)))
}

fn two_owners(occupant: &Occupant, first: &Location, second: &Location) -> Diagnostic {
    Diagnostic::error(
        "Two resources for one tenant",
        format!(
            "This configuration sends {occupant} to {first} and to {second}, in two resources. A tenant has one location for \
             each purpose: the two would undo each other's work. Remove one of them."
        ),
    )
    .at("tenant")
}

fn one_too_many(occupant: &Occupant, location: &Location) -> Diagnostic {
    Diagnostic::error(
        "Two resources for one tenant",
        format!(
            "This configuration has two resources for {occupant}, both at {location}. They are one object in the cluster: each \
             would undo what the other sets, and destroying one would take it from the other. Remove one of them (with \
             `terraform state rm` first, if it is in the state)."
        ),
    )
    .at("tenant")
}

fn collision(location: &Location, other: &Location, what_of_it: &str) -> Diagnostic {
    let relation = if location.is_within(other) && other.is_within(location) {
        format!("{location} is the directory which {what_of_it}")
    } else if location.is_within(other) {
        format!("{location} lies within {other}, which {what_of_it}")
    } else {
        format!("{location} encloses {other}, which {what_of_it}")
    };
    Diagnostic::error(
        "The directory is in use",
        format!("{relation}. Every tenant needs a directory of its own for each purpose; choose another `path`."),
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

    /// The summaries of what a second claim collides with.
    fn collisions(first: (&Occupant, Location), second: (&Occupant, Location)) -> Vec<String> {
        let claims = Claims::default();
        assert!(claims.claim(first.0, Claimant::Stored, &first.1).is_empty());
        claims
            .claim(second.0, Claimant::New, &second.1)
            .into_iter()
            .map(|problem| problem.summary)
            .collect()
    }

    #[test]
    fn equal_and_nested_directories_collide_and_neighbours_do_not() {
        let first = occupant("t1", Purpose::Backups);
        let (other, archive) = (occupant("t2", Purpose::Backups), occupant("t1", Purpose::Archive));
        for (second, path, collides) in [
            (&other, "/data/a", true),
            (&other, "/data/a/b", true),
            (&other, "/data", true),
            (&archive, "/data/a", true),
            (&other, "/data//a/", true),
            (&other, "/data/ab", false),
            (&other, "/data/b", false),
        ] {
            let found = collisions((&first, nfs("/data/a")), (second, nfs(path)));
            let expected = if collides {
                vec!["The directory is in use"]
            } else {
                Vec::new()
            };
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn a_tenant_has_one_location_for_each_purpose() {
        let first = occupant("t1", Purpose::Backups);
        assert_eq!(collisions((&first, nfs("/a")), (&first, nfs("/a"))), [""; 0]);
        assert_eq!(
            collisions((&first, nfs("/a")), (&first, nfs("/b"))),
            ["Two resources for one tenant"]
        );
        let archive = occupant("t1", Purpose::Archive);
        assert_eq!(collisions((&first, nfs("/a")), (&archive, nfs("/b"))), [""; 0]);
    }

    #[test]
    fn a_resource_that_is_replaced_is_one_and_one_that_is_there_twice_is_two() {
        let backups = occupant("t1", Purpose::Backups);
        for (claimants, is_one) in [
            (vec![Claimant::Stored, Claimant::New], true),
            (vec![Claimant::New, Claimant::New], false),
            (vec![Claimant::Stored, Claimant::Stored], false),
        ] {
            let claims = Claims::default();
            let said = claimants
                .iter()
                .map(|claimant| claims.claim(&backups, *claimant, &nfs("/a")));
            assert_eq!(said.last().unwrap().is_empty(), is_one, "{claimants:?}");
        }
        let claims = Claims::default();
        claims.claim(&backups, Claimant::New, &nfs("/a"));
        claims.plan_ended();
        assert!(claims.claim(&backups, Claimant::New, &nfs("/a")).is_empty());
    }

    #[test]
    fn the_same_path_of_another_bucket_or_host_is_another_directory() {
        let oss = |path, host| Location::new(Media::Oss, path, Some(host));
        let (first, second) = (occupant("t1", Purpose::Backups), occupant("t2", Purpose::Backups));
        for (location, collides) in [
            (oss("c/p", "h"), false),
            (oss("b/p", "i"), false),
            (oss("b/p/q", "h"), true),
            (nfs("b/p"), false),
        ] {
            let found = collisions((&first, oss("b/p", "h")), (&second, location.clone()));
            assert_eq!(!found.is_empty(), collides, "{location}");
        }
    }
}
