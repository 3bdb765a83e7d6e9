//! The backup settings that look like parameters and are none: `DATA_BACKUP_DEST`, `LOG_ARCHIVE_DEST`,
//! `LOG_ARCHIVE_DEST_STATE`.

use crate::answer::ServerError;
use crate::cluster::archive_dest::{ArchiveDest, Items, check_state, duration};
use crate::cluster::destination::{Destination, Scheme};
use crate::cluster::storage::Storage;
use crate::cluster::storage_info::{Claimant, DestType};
use crate::cluster::tenant::{DataBackupDest, Tenant};
use crate::cluster::{Cluster, error};

const MINUTE: i64 = 60_000_000;

/// One of the settings.
#[derive(Clone, Copy)]
pub(super) enum BackupItem {
    DataBackupDest,
    /// By destination number.
    LogArchiveDest(u8),
    LogArchiveDestState(u8),
}

impl BackupItem {
    /// `LOG_ARCHIVE_DEST_1` to `_8` exist, though nothing is ever archived there.
    pub(super) fn named(name: &str) -> Option<Self> {
        if name == "data_backup_dest" {
            return Some(Self::DataBackupDest);
        }
        let numbered = |rest: &str| match rest.as_bytes() {
            [] => Some(0),
            [b'_', digit @ b'1'..=b'8'] => Some(digit - b'0'),
            _ => None,
        };
        let rest = name.strip_prefix("log_archive_dest")?;
        match rest.strip_prefix("_state") {
            Some(number) => numbered(number).map(Self::LogArchiveDestState),
            None => numbered(rest).map(Self::LogArchiveDest),
        }
    }
}

impl Cluster {
    pub(super) fn set_backup_item(&mut self, item: BackupItem, target: u64, value: &str) -> Result<(), ServerError> {
        match item {
            BackupItem::DataBackupDest => self.set_data_backup_dest(target, value)?,
            BackupItem::LogArchiveDest(number) => self.set_log_archive_dest(target, number, value)?,
            BackupItem::LogArchiveDestState(number) => {
                check_state(value)?;
                let dest = self.user_tenant(target)?.archive_dests.entry(number).or_default();
                dest.state = Some(value.to_owned());
            }
        }
        self.schedule_archive(target);
        Ok(())
    }

    fn set_data_backup_dest(&mut self, target: u64, value: &str) -> Result<(), ServerError> {
        // The URI is judged before the tenant is.
        let destination = self.parse_destination(target, value)?;
        if !self.user_tenant(target)?.backups.jobs.is_empty() {
            return Err(error::backup_in_progress());
        }
        let row = match destination {
            None => DataBackupDest::default(),
            Some(destination) => {
                self.claim(target, &destination, DestType::BackupData)?;
                DataBackupDest {
                    value: destination.parameter_value(self.capabilities),
                    identity: destination.identity(),
                }
            }
        };
        self.user_tenant(target)?.data_backup_dest = Some(row);
        Ok(())
    }

    fn set_log_archive_dest(&mut self, target: u64, number: u8, value: &str) -> Result<(), ServerError> {
        let items = self.parse_items(target, value)?;
        let location = items.as_ref().map_or("", |items| items.location.as_str());
        let destination = self.parse_destination(target, location)?;
        let tenant = self.user_tenant(target)?;
        if !tenant.archive.is_stopped() {
            return Err(error::not_supported(
                "change archive dest when archive is running is not supported",
            ));
        }
        let (Some(items), Some(destination)) = (items, destination) else {
            tenant.archive_dests.remove(&number);
            return Ok(());
        };
        self.check_lag(target, &destination)?;
        let dest_id = self.claim(target, &destination, DestType::ArchiveLog)?;
        let dest = ArchiveDest {
            binding: Some(items.binding),
            compression: items.compression,
            dest_id,
            path: Some(destination.archive_path(self.capabilities)),
            identity: destination.identity(),
            interval_days: Some(items.interval_days),
            state: Some("ENABLE".to_owned()),
        };
        self.user_tenant(target)?.archive_dests.insert(number, dest);
        Ok(())
    }

    /// Nothing for an empty value.
    fn parse_items(&self, target: u64, value: &str) -> Result<Option<Items>, ServerError> {
        if value.is_empty() {
            return Ok(None);
        }
        let check = |location: &str| self.parse_destination(target, location).map(drop);
        Items::parse(value, self.capabilities, check).map(Some)
    }

    /// Nothing for an empty value.
    pub(super) fn parse_destination(&self, target: u64, value: &str) -> Result<Option<Destination>, ServerError> {
        if value.is_empty() {
            return Ok(None);
        }
        let sts_credential = self
            .tenants
            .get(&target)
            .map_or("", |tenant| tenant.parameter("sts_credential"));
        Destination::parse(value, self.capabilities, sts_credential).map(Some)
    }

    fn check_lag(&mut self, target: u64, destination: &Destination) -> Result<(), ServerError> {
        let rule = self.capabilities.lag_follows_destination;
        let lag = duration(self.user_tenant(target)?.parameter("archive_lag_target"));
        if rule && destination.scheme == Scheme::S3 && lag.is_some_and(|lag| lag < MINUTE) {
            return Err(error::operation_not_allowed(
                "archive_lag_target is smaller than 60s, set log_archive_dest to S3 is not allowed",
            ));
        }
        Ok(())
    }

    pub(super) fn claim(
        &mut self,
        target: u64,
        destination: &Destination,
        dest_type: DestType,
    ) -> Result<u64, ServerError> {
        let (claimant, tenant, storage) = self.claimant(target)?;
        claimant.claim(tenant, storage, destination, dest_type)
    }

    /// The cluster as a tenant's destinations see it, and what they change.
    pub(super) fn claimant(&mut self, target: u64) -> Result<(Claimant<'_>, &mut Tenant, &mut Storage), ServerError> {
        let claimant = Claimant::new(self.capabilities, &self.name, self.id, self.clock.now());
        let tenant = self.tenants.get_mut(&target).ok_or_else(error::unknown_tenant)?;
        Ok((claimant, tenant, &mut self.storage))
    }

    /// The archive service looks at the tenant soon, if there is anything to do.
    pub(super) fn schedule_archive(&mut self, target: u64) {
        let now = self.clock.now();
        if let Some(tenant) = self.tenants.get_mut(&target) {
            tenant.archive.schedule(tenant.archive_dests.get(&0), now);
        }
    }
}
