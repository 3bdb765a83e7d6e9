//! The `storage` attribute: a destination as the practitioner configures it, and the storage profiles of the provider
//! block that it can take its settings from.

mod observed;
mod rules;

use super::{
    bandwidth::Bandwidth,
    destination::{
        AccessKey, AddressingModel, ChecksumType, Credentials, DeleteMode, Destination, Location, Media, Options,
        Throttle,
    },
};
use crate::cluster::secret::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// Where files are written, and with which credentials.
///
/// The server identifies a destination by its path and host; every other setting belongs to it. Mind the spelling of the names:
/// Terraform drops what an object attribute does not have, without a word, before the provider sees it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Storage {
    /// Name of a storage profile of the provider block, which gives every setting that is not made here.
    pub profile: Option<String>,
    /// Directory. For `nfs` an absolute path, without `?`, that every OBServer mounts; else the path in the bucket. It must be
    /// empty or have belonged to the same tenant, and each tenant needs one of its own for each purpose.
    #[schemars(length(min = 1, max = 1000))]
    pub path: String,
    /// What can be set in a profile too.
    #[serde(flatten)]
    pub settings: Settings,
    /// Secret half of the access key. Neither in the state nor in a plan; change `access_key_wo_version` with it, or the
    /// change goes unnoticed. Needs Terraform 1.11 or OpenTofu 1.11; with older clients use a profile.
    #[serde(default, skip_serializing)]
    // Not marked sensitive besides, since it is never shown anyway: for an object with a nested sensitive attribute
    // Terraform 1.11 ends `plan -refresh-only -detailed-exitcode` with 2 although nothing changed.
    #[schemars(extend("writeOnly" = true))]
    pub access_key_wo: Option<Secret>,
    /// Any text; a change of it says that `access_key_wo` changed, and rotates the key in the cluster: OceanBase 4.3.5 BP2 or
    /// later, with a login of the tenant in `tenant_credentials`. Setting it for the first time only records it.
    pub access_key_wo_version: Option<String>,
    /// The `access_key_version` of the profile: a key changed in the provider block plans a rotation here.
    #[schemars(extend("readOnly" = true))]
    pub profile_key_version: Option<String>,
}

/// Settings of a destination that can be shared.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Settings {
    /// Kind of storage; required, here or in the profile.
    #[serde(rename = "type")]
    pub media: Option<Media>,
    /// Bucket or container; required for all but `nfs`.
    pub bucket: Option<String>,
    /// Endpoint of the object storage, such as `oss-cn-hangzhou-internal.aliyuncs.com`; required for all but `nfs`.
    pub host: Option<String>,
    /// Region of the bucket; `s3` only. OceanBase 4.3.0 demands it.
    pub region: Option<String>,
    /// Application ID of the Tencent Cloud account; required for `cos`, and for `cos` only.
    pub appid: Option<String>,
    /// Public half of the access key.
    pub access_id: Option<String>,
    /// Role that the cluster assumes, instead of an access key. The tenant parameter `sts_credential` must be set.
    pub role_arn: Option<String>,
    /// What the owner of the role demands besides.
    pub external_id: Option<String>,
    /// How expired files are removed; the server's default is `delete`. Cannot be changed on the same path.
    pub delete_mode: Option<DeleteMode>,
    /// How the storage verifies what it receives; the server's default is `md5`. Cannot be changed on the same path.
    pub checksum_type: Option<ChecksumType>,
    /// How the bucket is named in requests; the server's default is `virtual_hosted_style`. Cannot be changed on the
    /// same path.
    pub addressing_model: Option<AddressingModel>,
    /// The bucket has a retention lock; `oss` with `checksum_type = "md5"` only. Cannot be changed on the same path.
    pub enable_worm: Option<bool>,
    /// Limit on requests per second; absent or 0 is unlimited. OceanBase 4.3.5 or later; a change needs a login of the tenant
    /// in `tenant_credentials`.
    pub max_iops: Option<u64>,
    /// Limit on bytes per second; absent is unlimited. OceanBase 4.3.5 or later; a change needs a login of the tenant in
    /// `tenant_credentials`.
    pub max_bandwidth: Option<Bandwidth>,
}

/// Storage settings that several resources share.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct StorageProfile {
    /// The settings.
    #[serde(flatten)]
    pub settings: Settings,
    /// Secret half of the access key. Never enters the state; given by an ephemeral variable, it does not enter a saved plan
    /// either.
    #[schemars(extend("x-sensitive" = true))]
    pub access_key: Option<Secret>,
    /// Any text; a change of it says that `access_key` changed, and plans a rotation in every resource that uses the
    /// profile.
    pub access_key_version: Option<String>,
    /// Password for the exports of encryption keys that use the profile. Never enters the state, as `access_key`.
    #[schemars(extend("x-sensitive" = true))]
    pub key_password: Option<Secret>,
    /// Any text; a change of it says that `key_password` changed, and plans another export in every `oceanbase_backup_key` that
    /// uses the profile.
    pub key_password_version: Option<String>,
}

/// The storage profiles of the provider block, by name.
pub type StorageProfiles = BTreeMap<String, StorageProfile>;

/// A storage with the settings of its profile filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedStorage {
    path: String,
    settings: Settings,
    key_is_of_profile: bool,
    access_key: Option<Secret>,
    profile_key_version: Option<String>,
}

impl Storage {
    /// Fills in what the profile says.
    pub fn resolve(&self, profiles: &StorageProfiles) -> Result<ResolvedStorage, Box<Diagnostic>> {
        let empty = StorageProfile::default();
        let profile = match &self.profile {
            None => &empty,
            Some(name) => profiles
                .get(name)
                .ok_or_else(|| Box::new(unknown_profile(name, profiles)))?,
        };
        Ok(self.over(profile))
    }

    fn over(&self, profile: &StorageProfile) -> ResolvedStorage {
        ResolvedStorage {
            path: self.path.clone(),
            settings: self.settings.over(&profile.settings),
            key_is_of_profile: self.access_key_wo.is_none(),
            access_key: self.access_key_wo.clone().or_else(|| profile.access_key.clone()),
            profile_key_version: profile.access_key_version.clone(),
        }
    }

    /// What a stored storage stands for. A profile that is gone does no harm: under it, the last refresh has recorded
    /// every setting that the cluster shows.
    pub fn resolve_as_stored(&self, profiles: &StorageProfiles) -> ResolvedStorage {
        let empty = StorageProfile::default();
        let profile = self.profile.as_ref().and_then(|name| profiles.get(name));
        self.over(profile.unwrap_or(&empty))
    }

    /// Rules across attributes that can be judged without the profile.
    pub fn validate(&self) -> Diagnostics {
        if self.profile.is_some() {
            return Diagnostics::none();
        }
        match self.resolve(&StorageProfiles::new()) {
            Ok(resolved) => resolved.validate(),
            Err(diagnostic) => (*diagnostic).into(),
        }
    }

    /// Without its version text, a key that changes later changes nothing. For the plan alone: Terraform validates twice.
    pub fn key_without_version(&self) -> Option<Diagnostic> {
        (self.access_key_wo.is_some() && self.access_key_wo_version.is_none()).then(|| {
            Diagnostic::warning(
                "A changed key would go unnoticed",
                "`access_key_wo` is not stored, so a change of it shows only in `access_key_wo_version`, which is not set. Set it \
                 to any text while the key is still the same: the first version is only recorded. From then on, change both \
                 together.",
            )
            .at(AttributePath::attribute("storage").child("access_key_wo_version"))
        })
    }

    /// Whether the version texts say that the key was changed since `prior`. A version that appears for the first
    /// time only records.
    pub fn key_rotated_since(&self, prior: &Self) -> bool {
        let changed = |before: &Option<String>, after: &Option<String>| matches!((before, after), (Some(before), Some(after)) if before != after);
        changed(&prior.access_key_wo_version, &self.access_key_wo_version)
            || changed(&prior.profile_key_version, &self.profile_key_version)
    }

    /// Whether a version text appears for the first time since `prior`, and no other says that the key was changed.
    pub fn key_version_recorded_since(&self, prior: &Self) -> bool {
        let appeared = |before: &Option<String>, after: &Option<String>| before.is_none() && after.is_some();
        !self.key_rotated_since(prior)
            && (appeared(&prior.access_key_wo_version, &self.access_key_wo_version)
                || appeared(&prior.profile_key_version, &self.profile_key_version))
    }
}

impl ResolvedStorage {
    /// The kind of storage.
    pub fn media(&self) -> Option<Media> {
        self.settings.media
    }

    /// The version text of the profile's key.
    pub fn profile_key_version(&self) -> Option<&str> {
        self.profile_key_version.as_deref()
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Limits on the traffic.
    pub fn throttle(&self) -> Throttle {
        Throttle {
            max_iops: self.settings.max_iops.unwrap_or(0),
            max_bandwidth: self
                .settings
                .max_bandwidth
                .as_ref()
                .map_or(0, Bandwidth::bytes_per_second),
        }
    }

    /// The destination that it describes, once [`Self::validate`] has nothing to say.
    pub fn destination(&self) -> Destination {
        let settings = &self.settings;
        let media = settings.media.unwrap_or(Media::Nfs);
        let path = match &settings.bucket {
            Some(bucket) => format!("{bucket}/{}", in_bucket(&self.path)),
            None => self.path.clone(),
        };
        Destination {
            location: Location::new(media, &path, settings.host.as_deref()),
            credentials: self.credentials(),
            options: Options {
                appid: settings.appid.clone(),
                region: settings.region.clone(),
                delete_mode: settings.delete_mode.unwrap_or_default(),
                checksum_type: settings.checksum_type.unwrap_or_default(),
                addressing_model: settings.addressing_model.unwrap_or_default(),
                enable_worm: settings.enable_worm.unwrap_or_default(),
            },
        }
    }

    fn credentials(&self) -> Credentials {
        let settings = &self.settings;
        match (&settings.role_arn, &settings.access_id) {
            (Some(role_arn), _) => Credentials::Role {
                role_arn: role_arn.clone(),
                external_id: settings.external_id.clone(),
            },
            (None, Some(access_id)) => Credentials::Key {
                access_id: access_id.clone(),
                access_key: self.access_key.clone().map_or(AccessKey::Missing, AccessKey::Plain),
            },
            (None, None) => Credentials::None,
        }
    }
}

impl Settings {
    /// These settings, with those of `profile` where there are none.
    fn over(&self, profile: &Self) -> Self {
        let (own, profile) = (self.clone(), profile.clone());
        Self {
            media: own.media.or(profile.media),
            bucket: own.bucket.or(profile.bucket),
            host: own.host.or(profile.host),
            region: own.region.or(profile.region),
            appid: own.appid.or(profile.appid),
            access_id: own.access_id.or(profile.access_id),
            role_arn: own.role_arn.or(profile.role_arn),
            external_id: own.external_id.or(profile.external_id),
            delete_mode: own.delete_mode.or(profile.delete_mode),
            checksum_type: own.checksum_type.or(profile.checksum_type),
            addressing_model: own.addressing_model.or(profile.addressing_model),
            enable_worm: own.enable_worm.or(profile.enable_worm),
            max_iops: own.max_iops.or(profile.max_iops),
            max_bandwidth: own.max_bandwidth.or(profile.max_bandwidth),
        }
    }
}

/// A path in a bucket. One slash before it says nothing; the server takes a second one for the beginning of another path.
fn in_bucket(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path).trim_end_matches('/')
}

fn unknown_profile(name: &str, profiles: &StorageProfiles) -> Diagnostic {
    let known: Vec<String> = profiles.keys().map(|known| format!("`{known}`")).collect();
    let known = if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", known.join(", "))
    };
    Diagnostic::error(
        "Unknown storage profile",
        format!("The provider block has no storage profile `{name}`: {known}. Add it to `storage_profiles`, or name another."),
    )
    .at(AttributePath::attribute("storage").child("profile"))
}
