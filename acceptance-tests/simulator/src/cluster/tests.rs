//! The cluster through its own door: statements in, answers and view rows out.

mod archiving;
mod backup_conditions;
mod backup_parents;
mod backups;
mod cleanup;
mod compaction;
mod data_backup_dest;
mod delete_policy;
mod deletion;
mod destinations;
mod encryption;
mod external_storage;
mod files;
mod parameters;
mod rounds;
mod tenants;
mod views;

use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::answer::Cell;

const MYSQL_TENANT: u64 = 1002;
/// 2025-11-20 08:00:00 UTC.
const START: i64 = 1_763_625_600;

struct Fixture {
    cluster: Cluster,
    _root: TempDir,
}

fn options(profile: Profile) -> (Options, TempDir) {
    let root = tempfile::tempdir().expect("a temporary directory");
    let mut options = Options::new(profile, root.path().to_owned());
    options.tenants = 2;
    options.clock = Clock::stopped_at(START);
    (options, root)
}

fn fixture(profile: Profile) -> Fixture {
    let (options, root) = options(profile);
    Fixture {
        cluster: Cluster::new(options),
        _root: root,
    }
}

impl Fixture {
    fn sys(&mut self, sql: &str) -> String {
        self.run(&Viewer::root(SYS), sql)
    }

    fn user(&mut self, sql: &str) -> String {
        self.run(&Viewer::root(MYSQL_TENANT), sql)
    }

    fn run(&mut self, viewer: &Viewer, sql: &str) -> String {
        match self.cluster.execute(viewer, sql) {
            None => "not ours".to_owned(),
            Some(Ok(Answer::Done)) => "OK".to_owned(),
            Some(Ok(Answer::Rows(table))) => rendered(&table),
            Some(Err(error)) => error.to_string(),
        }
    }

    /// A view from sys, with the columns named.
    fn select(&mut self, columns: &str, view: &str) -> String {
        self.select_as(&Viewer::root(SYS), columns, view)
    }

    fn select_as(&mut self, viewer: &Viewer, columns: &str, view: &str) -> String {
        let table = self
            .cluster
            .view(viewer, "oceanbase", view)
            .expect("a view that exists");
        let indexes: Vec<usize> = columns
            .split(' ')
            .map(|wanted| {
                let found = table.columns.iter().position(|column| column.name == wanted);
                found.expect("a column of the view")
            })
            .collect();
        let rows: Vec<String> = table
            .rows
            .iter()
            .map(|row| {
                assert_eq!(row.len(), table.columns.len());
                let cells: Vec<String> = indexes.iter().map(|index| shown(&row[*index])).collect();
                cells.join(" | ")
            })
            .collect();
        rows.join("\n")
    }

    fn pass(&mut self, seconds: u64) {
        self.cluster.advance(Duration::from_secs(seconds));
    }

    /// Archiving runs, and both tenants have a place for data backups.
    fn ready(profile: Profile) -> Self {
        let mut it = fixture(profile);
        for tenant in ["mysql_tenant", "mysql_tenant_2"] {
            for sql in [
                format!("ALTER SYSTEM SET LOG_ARCHIVE_DEST='LOCATION=file:///log/{tenant}' TENANT = {tenant}"),
                format!("ALTER SYSTEM SET DATA_BACKUP_DEST='file:///data/{tenant}' TENANT = {tenant}"),
                format!("ALTER SYSTEM ARCHIVELOG TENANT = {tenant}"),
            ] {
                assert_eq!(it.sys(&sql), "OK");
            }
        }
        it.pass(40);
        it
    }

    /// Backs the first tenant up, and waits for the end.
    fn back_up(&mut self, sql: &str) {
        assert_eq!(self.user(sql), "OK");
        self.pass(600);
        while !self.select("JOB_ID", "CDB_OB_BACKUP_JOBS").is_empty() {
            self.pass(60);
        }
        let result = self.select_as(&Viewer::root(MYSQL_TENANT), "STATUS", "DBA_OB_BACKUP_JOB_HISTORY");
        assert_eq!(result.lines().last(), Some("COMPLETED"));
    }

    fn data_dest(&mut self) -> String {
        self.select("VALUE", "CDB_OB_BACKUP_PARAMETER")
    }
}

fn rendered(table: &Table) -> String {
    let rows: Vec<String> = table
        .rows
        .iter()
        .map(|row| row.iter().map(shown).collect::<Vec<_>>().join(" | "))
        .collect();
    rows.join("\n")
}

/// Points in time as seconds since the start of the test.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Unsigned(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Timestamp(at) => format!("+{}s", at / 1_000_000 - START),
    }
}

const UNSUPPORTED: &str = "ERROR 1235 (0A000): Not supported feature or function";
const ARGUMENT: &str = "ERROR 1210 (HY000): Invalid argument";
const NOT_A_DESTINATION: &str = "ERROR 9026 (HY000): backup destination is not valid";
const UNKNOWN_TENANT: &str = "ERROR 5160 (HY000): invalid tenant name specified in connection string";
const UNKNOWN_PARAMETER: &str = "ERROR 5099 (42000): System config unknown";
const RUNNING: &str = "ERROR 1235 (0A000): change archive dest when archive is running is not supported";

fn syntax_near(near: &str) -> String {
    format!(
        "ERROR 1064 (42000): You have an error in your SQL syntax; check the manual that corresponds to your \
         OceanBase version for the right syntax to use near '{near}' at line 1"
    )
}
