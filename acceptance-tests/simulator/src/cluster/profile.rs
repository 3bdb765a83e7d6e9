//! The releases that can be simulated, and what each of them can do.

use std::fmt;
use std::str::FromStr;

use super::destination::Scheme;

/// A release of OceanBase: version and edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Community Edition 4.2.1.0, the first release of the 4.2.1 line.
    Ce4210,
    /// Enterprise Edition 4.3.5.3.
    Ee4353,
    /// Community Edition 4.4.1.0.
    Ce4410,
}

impl Profile {
    /// Every profile, oldest first.
    pub const ALL: [Self; 3] = [Self::Ce4210, Self::Ee4353, Self::Ce4410];

    /// What `ob_version()` answers.
    pub fn version(self) -> &'static str {
        match self {
            Self::Ce4210 => "4.2.1.0",
            Self::Ee4353 => "4.3.5.3",
            Self::Ce4410 => "4.4.1.0",
        }
    }

    /// Whether this is a build of the Community Edition.
    pub fn is_community_edition(self) -> bool {
        match self {
            Self::Ce4210 | Self::Ce4410 => true,
            Self::Ee4353 => false,
        }
    }

    pub(crate) fn capabilities(self) -> &'static Capabilities {
        match self {
            Self::Ce4210 => &CE_4_2_1_0,
            Self::Ee4353 => &EE_4_3_5_3,
            Self::Ce4410 => &CE_4_4_1_0,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edition = if self.is_community_edition() { "ce" } else { "ee" };
        write!(f, "{edition}-{}", self.version())
    }
}

/// The name of a profile is not one of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown profile {0:?}: known are ce-4.2.1.0, ee-4.3.5.3 and ce-4.4.1.0")]
pub struct UnknownProfile(String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.to_string() == text)
            .ok_or_else(|| UnknownProfile(text.to_owned()))
    }
}

/// What differs between releases, by name.
#[derive(Debug)]
pub(crate) struct Capabilities {
    /// URI schemes that the parser accepts.
    pub(crate) schemes: &'static [Scheme],
    /// `hdfs://` is a known prefix, which this build cannot serve.
    pub(crate) knows_hdfs: bool,
    /// Keys of a storage URI; every other one is dropped silently.
    pub(crate) uri_keys: &'static [&'static str],
    /// `appid` and `s3_region` are refused where they make no sense; before, they were stored.
    pub(crate) refuses_foreign_keys: bool,
    /// Longest `access_key=…`, exclusive.
    pub(crate) access_key_limit: usize,
    /// `checksum_type=md5` is written out for an archive destination, and in every storage-info row.
    pub(crate) writes_default_checksum: bool,
    /// Views show `encrypt_key=<cipher text>` in place of `access_key=<plain text>`.
    pub(crate) encrypts_access_keys: bool,
    /// `COMPRESSION=` is an item of `LOG_ARCHIVE_DEST`.
    pub(crate) archive_compression: bool,
    /// `archive_lag_target` is refused without a destination, and S3 wants at least a minute of it.
    pub(crate) lag_follows_destination: bool,
    /// `ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST` exists.
    pub(crate) change_external_storage_dest: bool,
    /// Text of 1235 when a backup setting is aimed at sys.
    pub(crate) sys_refused: &'static str,
    /// Text of 9080.
    pub(crate) format_file_missing: &'static str,
    /// Text of 9081.
    pub(crate) format_file_mismatch: &'static str,
    /// Failures of object storage are 9129, whatever the vendor.
    pub(crate) one_object_storage_error: bool,
    /// Storage-info views have MAX_IOPS, MAX_BANDWIDTH and MAX_BANDWIDTH_DISPLAY.
    pub(crate) storage_throttles: bool,
    /// DBA_OB_TENANTS has RESTORE_DATA_MODE.
    pub(crate) restore_data_mode: bool,
    /// `backup_data_file_size` is a parameter of tenants, no longer of the cluster.
    pub(crate) backup_file_size_per_tenant: bool,
    /// `sts_credential` and its like exist.
    pub(crate) object_storage_parameters: bool,
    /// Tenants can have snapshots, which keep their archive running.
    pub(crate) tenant_snapshots: bool,
    /// Transparent data encryption, and its parameters.
    pub(crate) encryption_at_rest: bool,
    /// Minor and major data of a backup are counted by themselves, and its tasks show how far they are.
    pub(crate) backup_turns: bool,
    /// Sets and pieces can be deleted by hand, and a tenant has one policy at most, which has to be there to be dropped.
    pub(crate) deletes_on_demand: bool,
    /// An incremental on top of a set of another data version is refused; before, it became a full one.
    pub(crate) refuses_cross_version_incremental: bool,
}

static CE_4_2_1_0: Capabilities = Capabilities {
    schemes: &[Scheme::File, Scheme::Oss, Scheme::Cos],
    knows_hdfs: false,
    uri_keys: &["host", "access_id", "access_key", "delete_mode", "appid"],
    refuses_foreign_keys: false,
    access_key_limit: 256,
    writes_default_checksum: false,
    encrypts_access_keys: false,
    archive_compression: true,
    lag_follows_destination: false,
    change_external_storage_dest: false,
    sys_refused: "Not supported feature or function",
    format_file_missing: "the format file does not exist under the destination",
    format_file_mismatch: "the content of the format file at the destination does not match",
    one_object_storage_error: false,
    storage_throttles: false,
    restore_data_mode: false,
    backup_file_size_per_tenant: false,
    object_storage_parameters: false,
    tenant_snapshots: false,
    encryption_at_rest: false,
    backup_turns: false,
    deletes_on_demand: false,
    refuses_cross_version_incremental: false,
};

static EE_4_3_5_3: Capabilities = Capabilities {
    schemes: &[Scheme::File, Scheme::Oss, Scheme::Cos, Scheme::S3, Scheme::Azblob],
    knows_hdfs: true,
    uri_keys: &[
        "host",
        "access_id",
        "access_key",
        "delete_mode",
        "appid",
        "s3_region",
        "checksum_type",
        "addressing_model",
        "max_iops",
        "max_bandwidth",
        "role_arn",
        "external_id",
        "enable_worm",
    ],
    refuses_foreign_keys: true,
    access_key_limit: 288,
    writes_default_checksum: true,
    encrypts_access_keys: true,
    archive_compression: true,
    lag_follows_destination: true,
    change_external_storage_dest: true,
    sys_refused: "Not supported feature or function",
    format_file_missing: "format file does not exist, try to set a new directory.",
    format_file_mismatch: "format file does not match, try to set a new directory.",
    one_object_storage_error: true,
    storage_throttles: true,
    restore_data_mode: true,
    backup_file_size_per_tenant: true,
    object_storage_parameters: true,
    tenant_snapshots: true,
    encryption_at_rest: true,
    backup_turns: true,
    deletes_on_demand: false,
    refuses_cross_version_incremental: false,
};

static CE_4_4_1_0: Capabilities = Capabilities {
    uri_keys: &[
        "host",
        "access_id",
        "access_key",
        "delete_mode",
        "appid",
        "s3_region",
        "checksum_type",
        "addressing_model",
        "max_iops",
        "max_bandwidth",
        "role_arn",
        "external_id",
        "enable_worm",
        "zone",
        "idc",
        "region",
    ],
    encrypts_access_keys: false,
    archive_compression: false,
    sys_refused: "backup config only support user tenant not supported",
    encryption_at_rest: false,
    deletes_on_demand: true,
    refuses_cross_version_incremental: true,
    ..EE_4_3_5_3
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_written_as_it_is_read() {
        for profile in Profile::ALL {
            assert_eq!(profile.to_string().parse(), Ok(profile));
        }
        assert_eq!("ce-9.9".parse::<Profile>(), Err(UnknownProfile("ce-9.9".to_owned())));
    }
}
