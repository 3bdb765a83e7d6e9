//! What a server can do, by version and edition.

use std::{fmt, str::FromStr};

/// A server version: four numbers, the last of which counts the patch builds (`4.2.1.7` is 4.2.1 BP7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u32, pub u32, pub u32, pub u32);

impl Version {
    /// The first that has the views and statements of today.
    pub const OLDEST: Self = Self(4, 1, 0, 0);
}

/// A text that is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a server version such as 4.2.1.7")]
pub struct InvalidVersion(String);

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidVersion(text.to_owned());
        let mut numbers = [0; 4];
        let mut parts = text.trim().split('.');
        for (position, number) in numbers.iter_mut().enumerate() {
            match parts.next() {
                Some(part) => *number = part.parse().map_err(|_| invalid())?,
                None if position == 3 => {}
                None => return Err(invalid()),
            }
        }
        match parts.next() {
            None => Ok(Self(numbers[0], numbers[1], numbers[2], numbers[3])),
            Some(_) => Err(invalid()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.0, self.1, self.2, self.3)
    }
}

/// Which build of the server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// `OceanBase_CE`: no encryption at rest; views show access keys in plain text.
    Community,
    /// `OceanBase`: views show access keys encrypted.
    Enterprise,
}

impl Edition {
    /// The edition that `@@version_comment` tells.
    pub fn from_version_comment(comment: &str) -> Self {
        if comment.contains("_CE") {
            Self::Community
        } else {
            Self::Enterprise
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Community => "Community Edition",
            Self::Enterprise => "Enterprise Edition",
        })
    }
}

/// Something that not every server can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Capability {
    /// `cos://` destinations.
    Cos,
    /// `s3://` destinations.
    S3,
    /// `s3://` destinations without `s3_region=`.
    S3WithoutRegion,
    /// `azblob://` destinations.
    Azblob,
    /// `delete_mode=` on `oss://` destinations.
    DeleteModeOnOss,
    /// `delete_mode=` on `cos://` destinations.
    DeleteModeOnCos,
    /// `delete_mode=` on `s3://` destinations.
    DeleteModeOnS3,
    /// `checksum_type=` in destinations.
    ChecksumType,
    /// `checksum_type=no_checksum` on `s3://` destinations.
    NoChecksumOnS3,
    /// `addressing_model=` in destinations.
    AddressingModel,
    /// `max_iops=` and `max_bandwidth=` in destinations, and the columns that report them.
    Throttles,
    /// `role_arn=` in destinations.
    RoleArn,
    /// `enable_worm=` in destinations.
    EnableWorm,
    /// `ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST … ATTRIBUTE`.
    ChangeExternalStorageDest,
    /// `ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST … ACCESS_INFO`: keys changed in place.
    ChangeAccessInfo,
    /// The tenant parameter `archive_lag_target`.
    ArchiveLagTarget,
    /// `ALTER SYSTEM BACKUP KEY`.
    BackupKey,
    /// The delete policy `log_only`.
    LogOnlyPolicy,
    /// Deletion of single backup sets and pieces.
    ManualDeletion,
}

/// Since when a capability exists. The order of versions is no line: builds of 4.2 have what 4.3.0 lacks.
struct Since {
    /// Inclusive starts on the 4.2.1 and 4.2.x branches, which end at the next branch.
    backports: &'static [(Version, Version)],
    /// Inclusive start on the main line.
    main: Version,
    enterprise: bool,
    text: &'static str,
}

const END_OF_4_2: Version = Version(4, 3, 0, 0);
const OBJECT_STORAGE_BACKPORTS: &[(Version, Version)] = &[
    (Version(4, 2, 1, 7), Version(4, 2, 2, 0)),
    (Version(4, 2, 3, 0), END_OF_4_2),
];

impl Since {
    const fn main(main: Version, text: &'static str) -> Self {
        Self {
            backports: &[],
            main,
            enterprise: false,
            text,
        }
    }

    fn holds(&self, version: Version, edition: Edition) -> bool {
        let reached = version >= self.main || self.backports.iter().any(|(from, to)| (*from..*to).contains(&version));
        reached && (!self.enterprise || edition == Edition::Enterprise)
    }
}

impl Capability {
    fn since(self) -> Since {
        match self {
            Self::DeleteModeOnOss => Since::main(Version(4, 1, 0, 0), "OceanBase 4.1.0 or later"),
            Self::Cos | Self::DeleteModeOnCos | Self::ArchiveLagTarget => {
                Since::main(Version(4, 2, 1, 0), "OceanBase 4.2.1 or later")
            }
            Self::S3 | Self::DeleteModeOnS3 | Self::ChecksumType => Since {
                backports: OBJECT_STORAGE_BACKPORTS,
                ..Since::main(Version(4, 3, 0, 0), "OceanBase 4.2.1 BP7, 4.2.3, 4.3.0 or later")
            },
            Self::S3WithoutRegion => Since {
                backports: OBJECT_STORAGE_BACKPORTS,
                ..Since::main(Version(4, 3, 1, 0), "OceanBase 4.2.1 BP7, 4.2.3, 4.3.1 or later")
            },
            Self::AddressingModel => Since {
                backports: &[(Version(4, 2, 5, 0), END_OF_4_2)],
                ..Since::main(Version(4, 3, 5, 0), "OceanBase 4.2.5, 4.3.5 or later")
            },
            Self::Azblob
            | Self::NoChecksumOnS3
            | Self::Throttles
            | Self::RoleArn
            | Self::EnableWorm
            | Self::ChangeExternalStorageDest => Since::main(Version(4, 3, 5, 0), "OceanBase 4.3.5 or later"),
            Self::ChangeAccessInfo => Since::main(Version(4, 3, 5, 2), "OceanBase 4.3.5 BP2 or later"),
            Self::BackupKey => Since {
                enterprise: true,
                ..Since::main(Version(4, 0, 0, 0), "OceanBase Enterprise Edition 4.0 or later")
            },
            Self::LogOnlyPolicy | Self::ManualDeletion => Since::main(Version(4, 4, 1, 0), "OceanBase 4.4.1 or later"),
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cos => "cos:// destinations",
            Self::S3 => "s3:// destinations",
            Self::S3WithoutRegion => "s3:// destinations without region",
            Self::Azblob => "azblob:// destinations",
            Self::DeleteModeOnOss => "delete_mode on oss:// destinations",
            Self::DeleteModeOnCos => "delete_mode on cos:// destinations",
            Self::DeleteModeOnS3 => "delete_mode on s3:// destinations",
            Self::ChecksumType => "checksum_type",
            Self::NoChecksumOnS3 => "checksum_type no_checksum on s3:// destinations",
            Self::AddressingModel => "addressing_model",
            Self::Throttles => "max_iops and max_bandwidth",
            Self::RoleArn => "role_arn",
            Self::EnableWorm => "enable_worm",
            Self::ChangeExternalStorageDest => "changing the attributes of a destination in place",
            Self::ChangeAccessInfo => "changing the access key of a destination in place",
            Self::ArchiveLagTarget => "archive_lag_target",
            Self::BackupKey => "BACKUP KEY",
            Self::LogOnlyPolicy => "the delete policy log_only",
            Self::ManualDeletion => "deletion of single backup sets and pieces",
        })
    }
}

/// What one server can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    version: Version,
    edition: Edition,
}

/// A capability that the server lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{since} is required for {capability}; the cluster runs {has}")]
pub struct Missing {
    /// What is missing.
    pub capability: Capability,
    /// Which servers have it, such as `OceanBase 4.3.5 or later`.
    pub since: &'static str,
    /// What the cluster runs, such as `OceanBase 4.2.1.0 Community Edition`.
    pub has: String,
}

impl Capabilities {
    /// The capabilities of a cluster: `version` is its `min_observer_version`, so that nothing is expected of it in the
    /// middle of a rolling upgrade.
    pub fn of(version: Version, edition: Edition) -> Self {
        Self { version, edition }
    }

    /// Whether the capability is there.
    pub fn has(&self, capability: Capability) -> bool {
        capability.since().holds(self.version, self.edition)
    }

    /// Insists on a capability.
    pub fn require(&self, capability: Capability) -> Result<(), Missing> {
        if self.has(capability) {
            return Ok(());
        }
        Err(Missing {
            capability,
            since: capability.since().text,
            has: format!("OceanBase {} {}", self.version, self.edition),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("4.2.10.0") > version("4.2.9.99"));
        assert_eq!(version("4.2.1"), version("4.2.1.0"));
        assert_eq!(version("4.3.5.3").to_string(), "4.3.5.3");
        for text in ["", "4", "4.2", "4.2.1.0.1", "4.2.x.0", "v4.2.1.0", "4.2.1.0 (Built)"] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn capabilities_follow_the_branches() {
        use Capability::*;
        for (capability, lacking, having) in [
            (Cos, vec!["4.2.0.0"], vec!["4.2.1.0", "4.3.0.0"]),
            (
                S3,
                vec!["4.2.1.6", "4.2.2.0"],
                vec!["4.2.1.7", "4.2.3.0", "4.2.5.1", "4.3.0.0"],
            ),
            (
                S3WithoutRegion,
                vec!["4.3.0.0", "4.3.0.9"],
                vec!["4.2.1.7", "4.2.5.0", "4.3.1.0"],
            ),
            (ChecksumType, vec!["4.2.1.0"], vec!["4.2.5.0", "4.3.1.0"]),
            (
                AddressingModel,
                vec!["4.2.4.0", "4.3.0.0", "4.3.4.0"],
                vec!["4.2.5.0", "4.3.5.0", "4.4.1.0"],
            ),
            (Throttles, vec!["4.2.5.0", "4.3.4.0"], vec!["4.3.5.0"]),
            (ChangeAccessInfo, vec!["4.3.5.1"], vec!["4.3.5.2", "4.4.0.0"]),
            (LogOnlyPolicy, vec!["4.4.0.0"], vec!["4.4.1.0"]),
        ] {
            let has = |text: &str| Capabilities::of(version(text), Edition::Community).has(capability);
            assert!(
                !lacking.iter().any(|text| has(text)),
                "{capability} in one of {lacking:?}"
            );
            assert!(
                having.iter().all(|text| has(text)),
                "{capability} not in one of {having:?}"
            );
        }
    }

    #[test]
    fn a_missing_capability_says_which_server_has_it() {
        let community = Capabilities::of(version("4.2.1.0"), Edition::Community);
        assert_eq!(
            community.require(Capability::Azblob).unwrap_err().to_string(),
            "OceanBase 4.3.5 or later is required for azblob:// destinations; the cluster runs OceanBase 4.2.1.0 Community Edition"
        );
        assert!(
            community
                .require(Capability::BackupKey)
                .unwrap_err()
                .since
                .contains("Enterprise")
        );
        assert!(Capabilities::of(version("4.2.1.0"), Edition::Enterprise).has(Capability::BackupKey));
    }

    #[test]
    fn the_edition_is_in_the_version_comment() {
        for (comment, edition) in [
            ("OceanBase_CE 4.2.1.0 (r100000) (Built Sep 14 2023)", Edition::Community),
            ("OceanBase 4.3.5.3 (r100000) (Built Jan 1 2025)", Edition::Enterprise),
        ] {
            assert_eq!(Edition::from_version_comment(comment), edition);
        }
    }
}
