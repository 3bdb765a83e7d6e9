//! Rows of CDB_OB_BACKUP_STORAGE_INFO, and the format file that ties a directory to one of them.
//!
//! Nothing but the files keeps two tenants, clusters or kinds of backup out of one directory.

use super::clock::compact;
use super::destination::{Authorization, Destination, Scheme, identity};
use super::error;
use super::profile::Capabilities;
use super::storage::{Storage, StorageFault};
use super::tenant::Tenant;
use crate::answer::ServerError;

const FORMAT_FILE: &str = "format.obbak";
const CHECK_DIRECTORY: &str = "check_file";
const INCARNATION: u64 = 1;

/// What a destination is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DestType {
    BackupData,
    ArchiveLog,
    BackupKey,
}

impl DestType {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::BackupData => "backup_data",
            Self::ArchiveLog => "archive_log",
            Self::BackupKey => "backup_key",
        }
    }
}

/// How far the next use of a destination comes before its statement times out. Its transaction is rolled back; the files
/// stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbandonedClaim {
    /// `check_file/` is left behind: the next attempt finds a directory that is neither empty nor formatted (9080).
    AfterCheckFile,
    /// The format file is left behind, with an id that the next attempt does not expect (9081).
    AfterFormatFile,
}

/// One row of CDB_OB_BACKUP_STORAGE_INFO.
#[derive(Clone)]
pub(crate) struct StorageInfo {
    pub(crate) path: String,
    pub(crate) endpoint: String,
    pub(crate) dest_id: u64,
    pub(crate) dest_type: DestType,
    pub(crate) authorization: Authorization,
    pub(crate) extension: Vec<String>,
    pub(crate) check_file_name: String,
    pub(crate) last_check: i64,
    pub(crate) max_iops: u64,
    pub(crate) max_bandwidth: u64,
}

impl StorageInfo {
    pub(crate) fn identity(&self) -> String {
        identity(&self.path, &self.endpoint)
    }

    /// The extension as a parameter value has it: without the hints where to run the I/O.
    pub(crate) fn parameter_extension(&self) -> Vec<String> {
        let is_hint = |token: &&String| !["zone=", "idc=", "region="].iter().any(|key| token.starts_with(key));
        self.extension.iter().filter(is_hint).cloned().collect()
    }
}

/// The cluster, as far as it matters to a destination.
pub(crate) struct Claimant<'a> {
    pub(crate) capabilities: &'static Capabilities,
    pub(crate) cluster_name: &'a str,
    pub(crate) cluster_id: u64,
    pub(crate) now: i64,
}

impl<'a> Claimant<'a> {
    pub(crate) fn new(capabilities: &'static Capabilities, cluster_name: &'a str, cluster_id: u64, now: i64) -> Self {
        Self {
            capabilities,
            cluster_name,
            cluster_id,
            now,
        }
    }

    /// Takes a destination into use: connectivity, format file, storage-info row. Answers the destination's id.
    ///
    /// Files are written as the checks go along and stay when a later check fails, so that a repeated attempt can fail
    /// otherwise than the first.
    pub(crate) fn claim(
        &self,
        tenant: &mut Tenant,
        storage: &mut Storage,
        destination: &Destination,
        dest_type: DestType,
    ) -> Result<u64, ServerError> {
        let failed = |fault| self.storage_error(destination.scheme, fault);
        let was_empty = storage.list(&destination.path).map_err(failed)?.is_empty();
        let identity = destination.identity();
        let (check_file, is_new) = self.check_connectivity(tenant, storage, &identity).map_err(failed)?;
        let abandoned = tenant.abandoned_claim.take();
        if abandoned == Some(AbandonedClaim::AfterCheckFile) {
            return Err(error::timeout());
        }
        let known = tenant.storage_info(&identity);
        let dest_id = if was_empty {
            let dest_id = tenant.last_dest_id + 1;
            let format = self.format_file(tenant, &identity, dest_id, dest_type);
            storage
                .write(&format!("{}/{FORMAT_FILE}", destination.path), &format)
                .map_err(failed)?;
            if abandoned == Some(AbandonedClaim::AfterFormatFile) {
                return Err(error::timeout());
            }
            tenant.last_dest_id = dest_id;
            tenant.archive.forget_pieces_under(&identity);
            tenant.backups.forget_sets_under(&identity);
            dest_id
        } else {
            let dest_id = known.map_or(0, |row| row.dest_id);
            self.check_format(tenant, storage, &identity, dest_id, dest_type)?;
            dest_id
        };
        if was_empty || is_new {
            tenant.replace_storage_info(self.row(destination, dest_id, dest_type, check_file));
        } else if let Some(row) = tenant.storage_info_mut(&identity) {
            // An existing destination keeps its old authorization here.
            row.last_check = self.now;
        }
        Ok(dest_id)
    }

    fn row(
        &self,
        destination: &Destination,
        dest_id: u64,
        dest_type: DestType,
        check_file_name: String,
    ) -> StorageInfo {
        StorageInfo {
            path: destination.path.clone(),
            endpoint: destination.endpoint.clone(),
            dest_id,
            dest_type,
            authorization: destination.authorization.clone(),
            extension: destination.stored_extension(self.capabilities),
            check_file_name,
            last_check: self.now,
            max_iops: destination.max_iops,
            max_bandwidth: destination.max_bandwidth,
        }
    }

    /// Leaves exactly one check file of this tenant: the recorded one, or a new one.
    pub(crate) fn check_connectivity(
        &self,
        tenant: &Tenant,
        storage: &mut Storage,
        identity: &str,
    ) -> Result<(String, bool), StorageFault> {
        let (path, _) = super::destination::split_identity(identity);
        let directory = format!("{path}/{CHECK_DIRECTORY}");
        if Scheme::of(path) != Some(Scheme::File) {
            probe(storage, &directory)?;
        }
        let prefix = format!("{}_connect_file_", tenant.id);
        let recorded = tenant.storage_info(identity).map(|row| row.check_file_name.as_str());
        let mut kept = None;
        for name in storage.list(&directory)? {
            if Some(name.as_str()) == recorded {
                kept = Some(name);
            } else if name.starts_with(&prefix) {
                storage.remove(&format!("{directory}/{name}"))?;
            }
        }
        if let Some(name) = kept {
            return Ok((name, false));
        }
        let name = format!("{prefix}{}.obbak", compact(self.now));
        storage.write(&format!("{directory}/{name}"), "connectivity check\n")?;
        Ok((name, true))
    }

    /// 9080 when the directory has no format file, 9081 when it speaks of another destination.
    pub(crate) fn check_format(
        &self,
        tenant: &Tenant,
        storage: &Storage,
        identity: &str,
        dest_id: u64,
        dest_type: DestType,
    ) -> Result<(), ServerError> {
        let (path, _) = super::destination::split_identity(identity);
        let content = storage
            .read(&format!("{path}/{FORMAT_FILE}"))
            .map_err(|fault| self.storage_error(Scheme::of(path).unwrap_or(Scheme::File), fault))?
            .ok_or_else(|| ServerError::general(9080, self.capabilities.format_file_missing))?;
        let expected = self.format_file(tenant, identity, dest_id, dest_type);
        if compared_lines(&content).eq(compared_lines(&expected)) {
            Ok(())
        } else {
            Err(ServerError::general(9081, self.capabilities.format_file_mismatch))
        }
    }

    fn format_file(&self, tenant: &Tenant, identity: &str, dest_id: u64, dest_type: DestType) -> String {
        format!(
            "path={identity}\ncluster_id={}\ntenant_id={}\nincarnation={INCARNATION}\ndest_id={dest_id}\n\
             dest_type={}\ncluster_name={}\ntenant_name={}\ntimestamp={}\n",
            self.cluster_id,
            tenant.id,
            dest_type.text(),
            self.cluster_name,
            tenant.name,
            compact(self.now),
        )
    }

    pub(crate) fn storage_error(&self, scheme: Scheme, fault: StorageFault) -> ServerError {
        match fault {
            StorageFault::PermissionDenied | StorageFault::ReadOnly => error::permission_denied_at_destination(),
            StorageFault::OutOfSpace => error::out_of_space(),
            StorageFault::Unreachable => match scheme {
                Scheme::File => error::io_error(),
                _ if self.capabilities.one_object_storage_error => {
                    ServerError::general(9129, "object storage io error")
                }
                Scheme::Cos => ServerError::general(9060, "COS error"),
                _ => ServerError::general(9003, "OSS error"),
            },
        }
    }
}

/// Object storage is tried out each time, whether or not the check file is there.
fn probe(storage: &mut Storage, directory: &str) -> Result<(), StorageFault> {
    let object = format!("{directory}/probe.obbak");
    storage.write(&object, "probe\n")?;
    storage.read(&object)?;
    storage.remove(&object)
}

/// The lines of a format file that are compared: names and time are stored for people only.
fn compared_lines(content: &str) -> impl Iterator<Item = &str> {
    content.lines().filter(|line| {
        !["cluster_name=", "tenant_name=", "timestamp="]
            .iter()
            .any(|prefix| line.starts_with(prefix))
    })
}

/// Whether a round can be started here: the format file is in its place, and the round's own files can be written.
pub(crate) fn is_usable(storage: &Storage, identity: &str) -> bool {
    let (path, _) = super::destination::split_identity(identity);
    storage.is_writable(path) && matches!(storage.read(&format!("{path}/{FORMAT_FILE}")), Ok(Some(_)))
}
