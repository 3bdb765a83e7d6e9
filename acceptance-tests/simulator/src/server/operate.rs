//! Doing what a `SIMULATOR …` statement asks for.

use super::Listener;
use super::control::{Control, Event, FORMS};
use crate::answer::{Answer, Cell, Column, ColumnKind, ServerError, Table};
use crate::cluster::{Cluster, NotFound, Viewer, error};

impl Listener {
    /// Only sys may; the others hear of a missing privilege.
    pub(super) fn operate(&self, viewer: &Viewer, control: Control) -> Result<Answer, ServerError> {
        if !viewer.is_sys() {
            return Err(error::tenant_clause_denied());
        }
        match control {
            Control::Help => return Ok(Answer::Rows(help())),
            Control::Inject(fault) => self.faults.add(fault),
            Control::ClearFaults => self.faults.clear(),
            Control::Restart(refusing) => self.restart(refusing),
            Control::Endpoint { number, reachability } => {
                let found = number.checked_sub(1).and_then(|index| self.endpoints.get(index));
                let missing = || refused(&format!("there are {} endpoints", self.endpoints.len()));
                found.ok_or_else(missing)?.become_reachable_as(reachability);
            }
            Control::Storage { path, fault } => self.cluster().fail_storage(&path, fault),
            Control::Advance(time) => self.cluster().advance(time),
            Control::Upgrade(under_way) => self.cluster().set_upgrading(under_way),
            Control::Remove(path) => {
                let removed = self.cluster().remove_files(&path);
                removed.map_err(|fault| refused(&format!("{path} cannot be removed: {fault:?}")))?;
            }
            Control::AddTenant { name, mode } => {
                let mut cluster = self.cluster();
                if cluster.has_tenant(&name) {
                    return Err(refused(&format!("tenant {name} exists already")));
                }
                cluster.add_tenant(&name, mode);
            }
            Control::Tenant { name, event } => {
                happen(&mut self.cluster(), &name, event).map_err(|missing| refused(&missing.to_string()))?;
            }
        }
        Ok(Answer::Done)
    }
}

fn happen(cluster: &mut Cluster, tenant: &str, event: Event) -> Result<(), NotFound> {
    match event {
        Event::Abandon(point) => cluster.abandon_next_claim(tenant, point),
        Event::SlowPrepare(lasts) => cluster.slow_archive_prepare(tenant, lasts),
        Event::Interrupt(comment) => cluster.interrupt_archive(tenant, &comment),
        Event::Stick => cluster.stick_archive_when_stopping(tenant),
        Event::Snapshots(exist) => cluster.set_snapshots(tenant, exist),
        Event::StartBackup(lasts) => cluster.start_backup_job(tenant, lasts).map(|_| ()),
        Event::HoldBackup => cluster.hold_next_backup(tenant),
        Event::FailBackup(errno) => cluster.fail_next_backup(tenant, errno),
        Event::TroubleBackups { errno, turns } => cluster.trouble_backups(tenant, errno, turns),
        Event::ArchiveLag(lag) => cluster.set_archive_lag(tenant, lag),
        Event::Encrypt(table) => cluster.encrypt_table(tenant, &table),
        Event::EndBackup => cluster.end_backup_jobs(tenant),
        Event::Lock(locked) => cluster.lock_tenant(tenant, locked),
        Event::Drop => cluster.drop_tenant(tenant),
    }
}

fn refused(why: &str) -> ServerError {
    ServerError::general(4018, format!("oceanbase-simulator: {why}"))
}

fn help() -> Table {
    let column = |name: &str| Column {
        name: name.to_owned(),
        kind: ColumnKind::Text,
    };
    Table {
        columns: ["Statement", "Example", "Effect"].map(column).to_vec(),
        rows: FORMS
            .iter()
            .map(|[form, example, effect]| {
                let texts = [format!("SIMULATOR {form}"), (*example).to_owned(), (*effect).to_owned()];
                texts.map(Cell::Text).to_vec()
            })
            .collect(),
    }
}
