//! Reads the views of a [`Snapshot`]: at most six round trips one after the other, whatever the number of tenants.
//!
//! | First session | Second session, at the same time |
//! | --- | --- |
//! | session variables | session variables |
//! | versions and clock | `DBA_OB_TENANTS` |
//! | `GV$OB_PARAMETERS` (or `SHOW PARAMETERS`) | `…_OB_BACKUP_PARAMETER` |
//! | `…_OB_BACKUP_STORAGE_INFO` | `…_OB_ARCHIVE_DEST` |
//! | `…_OB_BACKUP_JOBS` | `…_OB_ARCHIVELOG` |

use super::{
    error::{Error, Kind},
    pool::{Pool, Turn},
    reader::{Reader, View, twice_at_most},
    row::Row,
    secret::RawUri,
    session::Session,
    snapshot::{ClusterFacts, Parameters, Round, Snapshot, StorageInfo, Tenant},
    statement::Statement,
    tenant::Viewpoint,
    version::{Capabilities, Capability, Edition, Version},
};
use std::{collections::BTreeMap, time::Duration};

const BACKUP_PARAMETER: View = View {
    of_all: "CDB_OB_BACKUP_PARAMETER",
    of_own: "DBA_OB_BACKUP_PARAMETER",
    columns: "VALUE",
    condition: " WHERE NAME = 'data_backup_dest'",
};
const ARCHIVE_DEST: View = View {
    of_all: "CDB_OB_ARCHIVE_DEST",
    of_own: "DBA_OB_ARCHIVE_DEST",
    columns: "NAME, VALUE",
    condition: " WHERE DEST_NO = 0",
};
const ARCHIVELOG: View = View {
    of_all: "CDB_OB_ARCHIVELOG",
    of_own: "DBA_OB_ARCHIVELOG",
    columns: "ROUND_ID, STATUS, CHECKPOINT_SCN, COMMENT",
    condition: "",
};
const BACKUP_JOBS: View = View {
    of_all: "CDB_OB_BACKUP_JOBS",
    of_own: "DBA_OB_BACKUP_JOBS",
    columns: "JOB_ID",
    condition: "",
};
const STORAGE_INFO: View = View {
    of_all: "CDB_OB_BACKUP_STORAGE_INFO",
    of_own: "DBA_OB_BACKUP_STORAGE_INFO",
    columns: "PATH, ENDPOINT, DEST_ID, AUTHORIZATION, EXTENSION",
    condition: "",
};
const STORAGE_INFO_WITH_THROTTLES: View = View {
    columns: "PATH, ENDPOINT, DEST_ID, AUTHORIZATION, EXTENSION, \
              MAX_IOPS, MAX_BANDWIDTH",
    ..STORAGE_INFO
};

/// Reads everything.
pub(super) async fn load(pool: &Pool, viewpoint: &Viewpoint, limit: Duration) -> Result<Snapshot, Error> {
    twice_at_most(pool, || attempt(pool, viewpoint, limit)).await
}

async fn attempt(pool: &Pool, viewpoint: &Viewpoint, limit: Duration) -> Result<Snapshot, Error> {
    let reader = Reader { viewpoint, limit };
    let first = pool.turn().await;
    let answer = match pool.try_turn() {
        Some(second) => tokio::try_join!(reader.cluster_half_on(first), reader.tenant_half_on(second)),
        None => reader.both_halves_on(first).await,
    };
    match answer {
        Ok((cluster, tenants)) => assemble(viewpoint, cluster, tenants),
        // Whichever view or column is missed first, the reason may be that the server is too old for all of them.
        Err(error) if matches!(error.kind(), Some(Kind::UnknownView | Kind::UnknownColumn)) => {
            let mut session = pool.turn().await.session().await?;
            server_version(&reader.versions(&mut session).await?)?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

/// What the first session reads.
struct ClusterHalf {
    facts: ClusterFacts,
    archive_lag_targets: BTreeMap<Option<i64>, Option<Duration>>,
    storage_infos: Vec<Row>,
    backup_jobs: Vec<Row>,
}

/// What the second session reads.
struct TenantHalf {
    tenants: Vec<Row>,
    backup_parameters: Vec<Row>,
    archive_destinations: Vec<Row>,
    rounds: Vec<Row>,
}

impl Reader<'_> {
    async fn cluster_half_on(&self, turn: Turn<'_>) -> Result<ClusterHalf, Error> {
        let mut session = turn.session().await?;
        self.cluster_half(&mut session).await
    }

    async fn tenant_half_on(&self, turn: Turn<'_>) -> Result<TenantHalf, Error> {
        let mut session = turn.session().await?;
        self.tenant_half(&mut session).await
    }

    async fn both_halves_on(&self, turn: Turn<'_>) -> Result<(ClusterHalf, TenantHalf), Error> {
        let mut session = turn.session().await?;
        let cluster = self.cluster_half(&mut session).await?;
        Ok((cluster, self.tenant_half(&mut session).await?))
    }

    async fn cluster_half(&self, session: &mut Session) -> Result<ClusterHalf, Error> {
        let versions = self.versions(session).await?;
        server_version(&versions)?;
        let parameters = Parameters::parse(&self.parameters(session).await?)?;
        let facts = cluster_facts(&versions, &parameters)?;
        let capabilities = Capabilities::of(facts.version, facts.edition);
        let storage_info = if capabilities.has(Capability::Throttles) {
            STORAGE_INFO_WITH_THROTTLES
        } else {
            STORAGE_INFO
        };
        let storage_infos = self.read_view(session, storage_info).await?;
        let backup_jobs = self.read_view(session, BACKUP_JOBS).await?;
        Ok(ClusterHalf {
            facts,
            archive_lag_targets: parameters.archive_lag_targets,
            storage_infos,
            backup_jobs,
        })
    }

    async fn versions(&self, session: &mut Session) -> Result<Vec<Row>, Error> {
        // A variable that a version lacks would fail the query; a row of variables that is not there is null.
        let versions = "ob_version() AS server_version, @@version_comment AS version_comment, now(6) AS clock, \
                        (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES \
                        WHERE VARIABLE_NAME = 'event_scheduler') AS event_scheduler";
        self.read(session, "ob_version()", self.select().sql(versions)).await
    }

    async fn tenant_half(&self, session: &mut Session) -> Result<TenantHalf, Error> {
        let tenants = self.select().sql(
            "TENANT_ID, TENANT_NAME, TENANT_ROLE, COMPATIBILITY_MODE, STATUS, IN_RECYCLEBIN, LOG_MODE \
             FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_TYPE = 'USER'",
        );
        Ok(TenantHalf {
            tenants: self.read(session, "DBA_OB_TENANTS", tenants).await?,
            backup_parameters: self.read_view(session, BACKUP_PARAMETER).await?,
            archive_destinations: self.read_view(session, ARCHIVE_DEST).await?,
            rounds: self.read_view(session, ARCHIVELOG).await?,
        })
    }

    /// One query for all tenants where there is the view, else what the login's own tenant is shown.
    async fn parameters(&self, session: &mut Session) -> Result<Vec<Row>, Error> {
        let shown = "SHOW PARAMETERS WHERE name IN \
                     ('min_observer_version', 'cluster', 'cluster_id', 'archive_lag_target')";
        if *self.viewpoint == Viewpoint::Sys {
            // One row per server: alike, but for a moment after a change.
            let view = "DISTINCT TENANT_ID, NAME, VALUE FROM oceanbase.GV$OB_PARAMETERS WHERE NAME IN \
                        ('min_observer_version', 'cluster', 'cluster_id', 'archive_lag_target')";
            match self.read(session, "GV$OB_PARAMETERS", self.select().sql(view)).await {
                Err(error) if matches!(error.kind(), Some(Kind::UnknownView | Kind::UnknownColumn)) => {}
                answer => return answer,
            }
        }
        self.read(session, "SHOW PARAMETERS", Statement::new(shown)).await
    }
}

/// The version of the server, when it is one that we know how to talk to.
fn server_version(versions: &[Row]) -> Result<Version, Error> {
    let row = version_row(versions)?;
    let version = row
        .text("server_version")?
        .parse()
        .map_err(|_| row.unexpected("server_version", "it is not a version such as 4.2.1.0"))?;
    match version < Version::OLDEST {
        true => Err(Error::UnsupportedVersion { version }),
        false => Ok(version),
    }
}

fn version_row(versions: &[Row]) -> Result<&Row, Error> {
    versions.first().ok_or_else(|| Error::UnexpectedRow {
        source_name: "ob_version()".to_owned(),
        column: "server_version".to_owned(),
        reason: "there is no row".to_owned(),
    })
}

fn cluster_facts(versions: &[Row], parameters: &Parameters) -> Result<ClusterFacts, Error> {
    let row = version_row(versions)?;
    let server_version = server_version(versions)?;
    Ok(ClusterFacts {
        // A user tenant is not shown the cluster's version; then its server's must do.
        version: parameters.min_observer_version.unwrap_or(server_version),
        server_version,
        edition: Edition::from_version_comment(row.text("version_comment")?),
        name: parameters.cluster_name.clone(),
        id: parameters.cluster_id,
        clock: row.text("clock")?.to_owned(),
        event_scheduler: row
            .optional_text("event_scheduler")?
            .map(|state| state.eq_ignore_ascii_case("ON") || state == "1"),
    })
}

fn assemble(viewpoint: &Viewpoint, cluster: ClusterHalf, rows: TenantHalf) -> Result<Snapshot, Error> {
    let mut tenants = BTreeMap::new();
    for row in &rows.tenants {
        // Names that cannot be written in a configuration (of dropped tenants, mostly) cannot be asked for either.
        let Ok(name) = row.text("TENANT_NAME")?.parse() else {
            continue;
        };
        if !matches!(viewpoint, Viewpoint::User(own) if *own != name) {
            tenants.insert(row.integer("TENANT_ID")?, Tenant::from_row(name, row)?);
        }
    }
    let own_id = match viewpoint {
        Viewpoint::Sys => None,
        Viewpoint::User(_) => tenants.keys().next().copied(),
    };
    let owner = |row: &Row| match viewpoint {
        Viewpoint::Sys => row.optional_integer("TENANT_ID"),
        Viewpoint::User(_) => Ok(own_id),
    };
    let mut each = |rows: &[Row], set: &dyn Fn(&mut Tenant, &Row) -> Result<(), Error>| -> Result<(), Error> {
        for row in rows {
            if let Some(tenant) = owner(row)?.and_then(|id| tenants.get_mut(&id)) {
                set(tenant, row)?;
            }
        }
        Ok(())
    };
    each(&rows.backup_parameters, &|tenant, row| {
        tenant.backup_destination = Some(RawUri::new(row.optional_text("VALUE")?.unwrap_or_default()));
        Ok(())
    })?;
    each(&rows.archive_destinations, &|tenant, row| {
        tenant.archive_destination.get_or_insert_default().set(row)
    })?;
    each(&rows.rounds, &|tenant, row| {
        tenant.round = Some(Round::from_row(row)?);
        Ok(())
    })?;
    let capabilities = Capabilities::of(cluster.facts.version, cluster.facts.edition);
    each(&cluster.storage_infos, &|tenant, row| {
        tenant
            .storage_infos
            .push(StorageInfo::from_row(row, capabilities.has(Capability::Throttles))?);
        Ok(())
    })?;
    each(&cluster.backup_jobs, &|tenant, row| {
        tenant.running_backup_jobs.push(row.integer("JOB_ID")?);
        Ok(())
    })?;
    for (id, tenant) in &mut tenants {
        // SHOW PARAMETERS names no tenant: to a user tenant it shows its own values, to sys those of sys.
        let key = (*viewpoint == Viewpoint::Sys).then_some(*id);
        tenant.archive_lag_target = cluster.archive_lag_targets.get(&key).copied().flatten();
    }
    Ok(Snapshot {
        cluster: cluster.facts,
        capabilities,
        viewpoint: viewpoint.clone(),
        names: tenants.iter().map(|(id, tenant)| (*id, tenant.name.clone())).collect(),
        tenants: tenants
            .into_values()
            .map(|tenant| (tenant.name.clone(), tenant))
            .collect(),
    })
}
