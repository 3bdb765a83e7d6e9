//! What the views say of backups made, under way and deleted, of all tenants.
//!
//! Unlike a [`Snapshot`] nothing here says how the cluster is configured, so each kind of record is read only when a data source
//! or a resource asks for it: once for all that ask, and whole, whatever the number of tenants. Of what is over, only what began in
//! the last 31 days is read: older rows stay in the views for good, and would grow without end.

mod archive;
mod compactions;
mod deletions;
mod jobs;
mod master_keys;
mod sets;
mod storage;

pub use archive::{ArchiveHistory, ArchivePiece, ArchiveRound};
pub use compactions::{Compaction, Compactions};
pub use deletions::{DeletePolicies, DeletePolicy, DeletionJob, DeletionJobs, RecentDeletions};
pub use jobs::{BackupJob, BackupJobs};
pub use master_keys::MasterKeys;
pub use sets::{BackupSet, BackupSets};
pub use storage::{StorageRecord, StorageRecords};

use super::{
    error::Error,
    pool::Pool,
    reader::{Reader, View, twice_at_most},
    row::Row,
    shared::Shared,
    snapshot::Snapshot,
    tenant::Viewpoint,
    version::Capability,
};
use std::{collections::BTreeMap, time::Duration};

/// The `TENANT_ID` of sys, which owns the jobs of a whole cluster.
pub const SYS: i64 = 1;

/// One kind of records: the rows of one or a few views.
pub trait Records: Sized + Send + Sync + 'static {
    /// Read in this order.
    const VIEWS: &'static [View];

    /// Read instead from a user tenant, where that has other views to go by.
    const VIEWS_OF_OWN: &'static [View] = Self::VIEWS;

    /// What a cluster needs to have any.
    const REQUIRES: Option<Capability> = None;

    /// The rows of each view. `owner` tells whose a row is.
    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error>;

    /// Where the cluster keeps them.
    fn cached(cache: &Cache) -> &Shared<Self>;
}

/// Everything that was read.
#[derive(Default)]
pub struct Cache {
    jobs: Shared<BackupJobs>,
    sets: Shared<BackupSets>,
    archive: Shared<ArchiveHistory>,
    deletion_jobs: Shared<DeletionJobs>,
    recent_deletions: Shared<RecentDeletions>,
    delete_policies: Shared<DeletePolicies>,
    storage: Shared<StorageRecords>,
    master_keys: Shared<MasterKeys>,
    compactions: Shared<Compactions>,
}

/// The rows of one tenant among those of all, which are in the order of their tenants.
fn of_tenant<T>(rows: &[T], tenant_id: i64, owner: impl Fn(&T) -> i64) -> &[T] {
    let begin = rows.partition_point(|row| owner(row) < tenant_id);
    let end = rows.partition_point(|row| owner(row) <= tenant_id);
    rows.get(begin..end).unwrap_or_default()
}

/// Jobs from the view of those under way and that of their history, in the order of their keys. One that ended between the two
/// readings is in both, and the later row is that of the history.
fn with_history<T, K: Ord>(
    rows: &[Vec<Row>],
    read: impl Fn(&Row) -> Result<T, Error>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, Error> {
    let mut jobs = BTreeMap::new();
    for row in rows.iter().flatten() {
        let job = read(row)?;
        jobs.insert(key(&job), job);
    }
    Ok(jobs.into_values().collect())
}

/// Whether a job of this `STATUS` has not come to an end.
fn is_running(status: &str) -> bool {
    !matches!(status, "COMPLETED" | "FAILED" | "CANCELED")
}

/// Whose a row is.
#[derive(Clone, Copy)]
pub struct Owner {
    /// The login's own tenant, whose views leave out `TENANT_ID`.
    own: Option<i64>,
}

impl Owner {
    /// `TENANT_ID`.
    pub(super) fn of(self, row: &Row) -> Result<i64, Error> {
        self.own.map_or_else(|| row.integer("TENANT_ID"), Ok)
    }
}

/// Reads the views of these records.
pub(super) async fn load<T: Records>(pool: &Pool, snapshot: &Snapshot, limit: Duration) -> Result<T, Error> {
    twice_at_most(pool, || attempt(pool, snapshot, limit)).await
}

async fn attempt<T: Records>(pool: &Pool, snapshot: &Snapshot, limit: Duration) -> Result<T, Error> {
    let reader = Reader {
        viewpoint: &snapshot.viewpoint,
        limit,
    };
    let (own, views) = match snapshot.viewpoint {
        Viewpoint::Sys => (None, T::VIEWS),
        Viewpoint::User(_) => (snapshot.tenants().map(|tenant| tenant.id).next(), T::VIEWS_OF_OWN),
    };
    let owner = Owner { own };
    if T::REQUIRES.is_some_and(|needed| !snapshot.capabilities.has(needed)) {
        return T::from_rows(&[], owner);
    }
    let mut session = pool.turn().await.session().await?;
    let mut rows = Vec::with_capacity(views.len());
    for view in views {
        rows.push(reader.read_view(&mut session, *view).await?);
    }
    T::from_rows(&rows, owner)
}

#[cfg(test)]
mod tests {
    use super::{super::row::tests::row, *};
    use std::fmt::Debug;

    const QUOTING: &str = "cannot reach oss://b/p?host=h&access_id=i&access_key=s3cr3t&x=1";

    fn cell(column: &str) -> &'static str {
        match column {
            "COMMENT" | "DESCRIPTION" | "PARAMETER" | "PATH" => QUOTING,
            moment if moment.ends_with("_TIMESTAMP") => "2025-01-31 23:59:59.000000",
            _ => "1",
        }
    }

    /// All that was kept of a row of each view.
    fn kept<T: Records + Debug>() -> String {
        let rows: Vec<Vec<Row>> = T::VIEWS
            .iter()
            .map(|view| {
                let columns = view.columns.split(',').map(str::trim).chain(["TENANT_ID"]);
                let cells: Vec<_> = columns.map(|column| (column, Some(cell(column)))).collect();
                vec![row(view.of_all, &cells)]
            })
            .collect();
        format!("{:?}", T::from_rows(&rows, Owner { own: None }).unwrap())
    }

    #[test]
    fn what_the_server_says_is_kept_without_keys() {
        for kept in [
            kept::<ArchiveHistory>(),
            kept::<BackupJobs>(),
            kept::<BackupSets>(),
            kept::<DeletionJobs>(),
        ] {
            assert!(
                kept.contains("access_key=***&x=1") && !kept.contains("s3cr3t"),
                "{kept}"
            );
        }
    }

    #[test]
    fn rows_of_a_tenant_lie_together() {
        let rows = [(1002, 'a'), (1004, 'b'), (1004, 'c'), (1008, 'd')];
        let of = |tenant_id: i64| of_tenant(&rows, tenant_id, |row| row.0);
        assert_eq!(of(1002), [(1002, 'a')]);
        assert_eq!(of(1004), [(1004, 'b'), (1004, 'c')]);
        assert_eq!(of(1008), [(1008, 'd')]);
        for absent in [1, 1006, 1010] {
            assert_eq!(of(absent), []);
        }
    }
}
