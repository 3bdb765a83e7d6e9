//! The `storage` attribute: a destination as the practitioner configures it, and the storage profiles of the provider
//! block that it can take its settings from.

use super::destination::{
    AccessKey, AddressingModel, ChecksumType, Credentials, DeleteMode, Destination, Location, Media, Options, Throttle,
};
use crate::cluster::secret::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// Where files are written, and with which credentials.
///
/// The server identifies a destination by its path and host; every other setting belongs to it.
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
    #[schemars(extend("writeOnly" = true, "x-sensitive" = true))]
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
}

/// The storage profiles of the provider block, by name.
pub type StorageProfiles = BTreeMap<String, StorageProfile>;

/// A storage with the settings of its profile filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedStorage {
    path: String,
    settings: Settings,
    access_key: Option<Secret>,
    profile_key_version: Option<String>,
}

/// A rule that a storage breaks: the attribute below `storage`, and what to do.
type Breach = (&'static str, String);

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
        Ok(ResolvedStorage {
            path: self.path.clone(),
            settings: self.settings.over(&profile.settings),
            access_key: self.access_key_wo.clone().or_else(|| profile.access_key.clone()),
            profile_key_version: profile.access_key_version.clone(),
        })
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

    /// Whether the version texts say that the key was changed since `prior`. A version that appears for the first
    /// time only records.
    pub fn key_rotated_since(&self, prior: &Self) -> bool {
        let changed = |before: &Option<String>, after: &Option<String>| matches!((before, after), (Some(before), Some(after)) if before != after);
        changed(&prior.access_key_wo_version, &self.access_key_wo_version)
            || changed(&prior.profile_key_version, &self.profile_key_version)
    }

    /// The storage to record for what the cluster shows: as written in `prior` wherever that means the same.
    pub fn observed(
        prior: Option<&Self>,
        destination: &Destination,
        throttle: Option<Throttle>,
        profiles: &StorageProfiles,
    ) -> Self {
        let shown = Settings::observed(destination, throttle);
        let (bucket, path) = split(&destination.location);
        let Some(prior) = prior else {
            return Self {
                path,
                settings: Settings { bucket, ..shown },
                ..Self::default()
            };
        };
        let meant = prior
            .resolve(profiles)
            .map_or_else(|_| prior.settings.clone(), |resolved| resolved.settings);
        let shown = Settings { bucket, ..shown };
        Self {
            path: if same_path(&prior.path, &path, destination.location.media()) {
                prior.path.clone()
            } else {
                path
            },
            settings: prior.settings.kept_where_equal(&meant, &shown, throttle.is_some()),
            ..prior.clone()
        }
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
            Some(bucket) => format!("{bucket}/{}", self.path.trim_matches('/')),
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

    /// Every rule of the server that can be judged offline, as diagnostics that point below `storage`.
    pub fn validate(&self) -> Diagnostics {
        let breaches = match self.settings.media {
            None => vec![("type", "Set `type`, or a `profile` that has one.".to_owned())],
            Some(Media::Nfs) => self.nfs_breaches(),
            Some(media) => self.object_storage_breaches(media),
        };
        breaches
            .into_iter()
            .map(|(attribute, advice)| invalid(attribute, advice))
            .collect()
    }

    fn nfs_breaches(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        if !self.path.starts_with('/') {
            breaches.push(("path", format!(
                "The path of an `nfs` storage must be absolute, such as `/data/backup`; got `{}`. The server takes a \
                 relative one, and then writes below the working directory of one OBServer.", self.path)));
        }
        if self.path.trim_matches('/').is_empty() {
            breaches.push((
                "path",
                "The root directory cannot be a backup destination; name a directory in it.".to_owned(),
            ));
        }
        breaches.extend(path_breaches(&self.path));
        let settings = &self.settings;
        let object_storage_only = [
            ("bucket", settings.bucket.is_some()),
            ("host", settings.host.is_some()),
            ("region", settings.region.is_some()),
            ("appid", settings.appid.is_some()),
            ("access_id", settings.access_id.is_some()),
            ("access_key_wo", self.access_key.is_some()),
            ("role_arn", settings.role_arn.is_some()),
            ("external_id", settings.external_id.is_some()),
            ("delete_mode", settings.delete_mode.is_some()),
            ("checksum_type", settings.checksum_type.is_some()),
            ("addressing_model", settings.addressing_model.is_some()),
            ("enable_worm", settings.enable_worm.is_some()),
        ];
        breaches.extend(
            object_storage_only
                .into_iter()
                .filter(|(_, given)| *given)
                .map(|(attribute, _)| {
                    (
                        attribute,
                        format!("`{attribute}` has no meaning for an `nfs` storage; remove it."),
                    )
                }),
        );
        breaches
    }

    fn object_storage_breaches(&self, media: Media) -> Vec<Breach> {
        let mut breaches = self.place_breaches(media);
        breaches.extend(self.credential_breaches(media));
        breaches.extend(self.option_breaches(media));
        breaches.extend(self.length_breaches());
        breaches
    }

    fn place_breaches(&self, media: Media) -> Vec<Breach> {
        let (settings, name) = (&self.settings, media.name());
        let mut breaches: Vec<Breach> = path_breaches(&self.path).collect();
        if self.path.trim_matches('/').is_empty() {
            breaches.push(("path", "Name a directory in the bucket.".to_owned()));
        }
        match settings.bucket.as_deref() {
            None | Some("") => breaches.push(("bucket", format!("`bucket` is required for `{name}`."))),
            Some(bucket) if bucket.contains(['/', '?', '&']) || has_blank(bucket) => {
                breaches.push((
                    "bucket",
                    "`bucket` is the name alone, without a path or parameters.".to_owned(),
                ));
            }
            Some(_) => {}
        }
        match settings.host.as_deref() {
            None | Some("") => breaches.push(("host", format!("`host` is required for `{name}`."))),
            Some(host) => breaches.extend(parameter_breach("host", host)),
        }
        match (&settings.appid, media) {
            (None, Media::Cos) => breaches.push(("appid", "`appid` is required for `cos`.".to_owned())),
            (Some(appid), Media::Cos) if appid.is_empty() || !appid.bytes().all(|byte| byte.is_ascii_digit()) => {
                breaches.push((
                    "appid",
                    "`appid` is the number of the Tencent Cloud application.".to_owned(),
                ));
            }
            (Some(_), Media::Cos) | (None, _) => {}
            (Some(_), _) => breaches.push(("appid", format!("`appid` is for `cos` only, not for `{name}`."))),
        }
        match (&settings.region, media) {
            (Some(region), Media::S3) => breaches.extend(parameter_breach("region", region)),
            (Some(_), _) => breaches.push(("region", format!("`region` is for `s3` only, not for `{name}`."))),
            (None, _) => {}
        }
        breaches
    }

    fn credential_breaches(&self, media: Media) -> Vec<Breach> {
        let settings = &self.settings;
        let mut breaches = Vec::new();
        match (&settings.role_arn, &settings.access_id) {
            (Some(_), _) if media == Media::Azblob => {
                breaches.push((
                    "role_arn",
                    "`azblob` needs an access key; it knows no roles.".to_owned(),
                ));
            }
            (Some(_), access_id) if access_id.is_some() || self.access_key.is_some() => breaches.push((
                "role_arn",
                "Set either `role_arn` or an access key (`access_id` and `access_key_wo`), not both.".to_owned(),
            )),
            (None, None) => breaches.push((
                "access_id",
                format!(
                    "`{}` needs `access_id` with `access_key_wo`, or `role_arn`.",
                    media.name()
                ),
            )),
            (Some(_), _) | (None, Some(_)) => {}
        }
        if settings.external_id.is_some() && settings.role_arn.is_none() {
            breaches.push(("external_id", "`external_id` goes with `role_arn`.".to_owned()));
        }
        let texts = [
            ("access_id", &settings.access_id),
            ("role_arn", &settings.role_arn),
            ("external_id", &settings.external_id),
        ];
        for (attribute, text) in texts {
            breaches.extend(text.iter().filter_map(|text| parameter_breach(attribute, text)));
        }
        if let Some(key) = &self.access_key
            && (key.is_empty() || key.reveal().contains('&') || has_blank(key.reveal()))
        {
            breaches.push((
                "access_key_wo",
                "The access key is empty, or has a blank or `&` in it. The server cuts its parameters there."
                    .to_owned(),
            ));
        }
        breaches
    }

    fn option_breaches(&self, media: Media) -> Vec<Breach> {
        let settings = &self.settings;
        let mut breaches = Vec::new();
        if settings.checksum_type == Some(ChecksumType::Crc32) && media != Media::S3 {
            breaches.push((
                "checksum_type",
                format!(
                    "`crc32` is for `s3` only; `{}` takes `md5` or `no_checksum`.",
                    media.name()
                ),
            ));
        }
        if settings.enable_worm == Some(true)
            && !(media == Media::Oss && settings.checksum_type == Some(ChecksumType::Md5))
        {
            breaches.push((
                "enable_worm",
                "`enable_worm` is for `oss`, and needs `checksum_type = \"md5\"` beside it.".to_owned(),
            ));
        }
        breaches
    }

    /// The server's buffers: 256 bytes for `key=value`, 1,024 for the path, 2,048 for the whole.
    fn length_breaches(&self) -> Vec<Breach> {
        let settings = &self.settings;
        let mut breaches = Vec::new();
        let limits = [
            ("host", settings.host.as_deref(), 255 - "host=".len()),
            ("access_id", settings.access_id.as_deref(), 255 - "access_id=".len()),
            (
                "access_key_wo",
                self.access_key.as_ref().map(Secret::reveal),
                255 - "access_key=".len(),
            ),
            ("role_arn", settings.role_arn.as_deref(), 255 - "role_arn=".len()),
            (
                "external_id",
                settings.external_id.as_deref(),
                127 - "external_id=".len(),
            ),
            ("region", settings.region.as_deref(), 127 - "s3_region=".len()),
        ];
        for (attribute, text, limit) in limits {
            if text.is_some_and(|text| text.len() > limit) {
                breaches.push((
                    attribute,
                    format!("`{attribute}` is longer than the {limit} bytes that the server takes."),
                ));
            }
        }
        let destination = self.destination();
        if destination.location.path_column().len() >= 1024 {
            breaches.push((
                "path",
                "Bucket and path together are longer than the 1,023 bytes that the server takes.".to_owned(),
            ));
        }
        breaches
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

    /// What the cluster shows, without the bucket; the server's defaults are absent.
    fn observed(destination: &Destination, throttle: Option<Throttle>) -> Self {
        let options = &destination.options;
        let (access_id, role_arn, external_id) = match &destination.credentials {
            Credentials::None => (None, None, None),
            Credentials::Key { access_id, .. } => (Some(access_id.clone()), None, None),
            Credentials::Role { role_arn, external_id } => (None, Some(role_arn.clone()), external_id.clone()),
        };
        let throttle = throttle.unwrap_or_default();
        Self {
            media: Some(destination.location.media()),
            bucket: None,
            host: destination.location.host().map(str::to_owned),
            region: options.region.clone(),
            appid: options.appid.clone(),
            access_id,
            role_arn,
            external_id,
            delete_mode: unless_default(options.delete_mode),
            checksum_type: unless_default(options.checksum_type),
            addressing_model: unless_default(options.addressing_model),
            enable_worm: unless_default(options.enable_worm),
            max_iops: unless_default(throttle.max_iops),
            max_bandwidth: unless_default(throttle.max_bandwidth).map(Bandwidth::from),
        }
    }

    /// What to record: these settings where what they `meant` is what is `shown`, else what is shown.
    fn kept_where_equal(&self, meant: &Self, shown: &Self, throttle_is_shown: bool) -> Self {
        fn keep<T: Clone>(
            own: &Option<T>,
            meant: &Option<T>,
            shown: &Option<T>,
            same: impl Fn(&T, &T) -> bool,
        ) -> Option<T> {
            let equal = match (meant, shown) {
                (Some(meant), Some(shown)) => same(meant, shown),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            if equal { own.clone() } else { shown.clone() }
        }
        fn exact<T: Clone + PartialEq>(own: &Option<T>, meant: &Option<T>, shown: &Option<T>) -> Option<T> {
            keep(own, meant, shown, T::eq)
        }
        /// The server's default and no value are the same.
        fn defaulted<T: Clone + PartialEq + Default>(
            own: &Option<T>,
            meant: &Option<T>,
            shown: &Option<T>,
        ) -> Option<T> {
            let meant = meant.clone().unwrap_or_default();
            if meant == shown.clone().unwrap_or_default() {
                own.clone()
            } else {
                shown.clone().or(Some(T::default()))
            }
        }
        let bandwidth = |limit: &Option<Bandwidth>| limit.as_ref().map_or(0, Bandwidth::bytes_per_second);
        Self {
            media: exact(&self.media, &meant.media, &shown.media),
            bucket: exact(&self.bucket, &meant.bucket, &shown.bucket),
            host: exact(&self.host, &meant.host, &shown.host),
            region: exact(&self.region, &meant.region, &shown.region),
            appid: exact(&self.appid, &meant.appid, &shown.appid),
            access_id: exact(&self.access_id, &meant.access_id, &shown.access_id),
            role_arn: exact(&self.role_arn, &meant.role_arn, &shown.role_arn),
            external_id: exact(&self.external_id, &meant.external_id, &shown.external_id),
            delete_mode: defaulted(&self.delete_mode, &meant.delete_mode, &shown.delete_mode),
            checksum_type: defaulted(&self.checksum_type, &meant.checksum_type, &shown.checksum_type),
            addressing_model: defaulted(&self.addressing_model, &meant.addressing_model, &shown.addressing_model),
            enable_worm: defaulted(&self.enable_worm, &meant.enable_worm, &shown.enable_worm),
            max_iops: if throttle_is_shown {
                defaulted(&self.max_iops, &meant.max_iops, &shown.max_iops)
            } else {
                self.max_iops
            },
            max_bandwidth: if throttle_is_shown && bandwidth(&meant.max_bandwidth) != bandwidth(&shown.max_bandwidth) {
                shown.max_bandwidth.clone()
            } else {
                self.max_bandwidth.clone()
            },
        }
    }
}

/// A limit in bytes per second, as the server takes it: a whole number with a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bandwidth {
    text: String,
    bytes_per_second: u64,
}

impl Bandwidth {
    const UNITS: [(&'static str, u64); 4] = [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];

    /// In bytes per second.
    pub fn bytes_per_second(&self) -> u64 {
        self.bytes_per_second
    }
}

impl TryFrom<String> for Bandwidth {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = Self::UNITS.into_iter().find_map(|(unit, size)| {
            let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
            count.checked_mul(size)
        });
        let bytes_per_second = parsed.ok_or("a limit such as `512KB`, `10MB` or `1GB` is expected")?;
        Ok(Self { text, bytes_per_second })
    }
}

impl From<Bandwidth> for String {
    fn from(bandwidth: Bandwidth) -> Self {
        bandwidth.text
    }
}

impl From<u64> for Bandwidth {
    /// In the largest unit that needs no fraction. The server keeps whole kilobytes at the finest.
    fn from(bytes_per_second: u64) -> Self {
        let (unit, size) = Self::UNITS
            .into_iter()
            .find(|(_, size)| bytes_per_second.is_multiple_of(*size))
            .unwrap_or(("KB", 1 << 10));
        Self {
            text: format!("{}{unit}", bytes_per_second / size),
            bytes_per_second,
        }
    }
}

impl JsonSchema for Bandwidth {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bandwidth".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[1-9][0-9]{0,11}(KB|MB|GB|TB)$",
            "x-expected": "a number of bytes per second with its unit, such as `512KB`, `10MB` or `1GB`",
        })
    }
}

fn unless_default<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

/// Bucket (for object storage) and path in it, of a location that the cluster shows.
fn split(location: &Location) -> (Option<String>, String) {
    match (location.media(), location.path().split_once('/')) {
        (Media::Nfs, _) => (None, location.path().to_owned()),
        (_, Some((bucket, path))) => (Some(bucket.to_owned()), path.to_owned()),
        (_, None) => (Some(location.path().to_owned()), String::new()),
    }
}

fn same_path(own: &str, shown: &str, media: Media) -> bool {
    match media {
        Media::Nfs => own.trim_end_matches('/') == shown.trim_end_matches('/'),
        _ => own.trim_matches('/') == shown.trim_matches('/'),
    }
}

fn has_blank(text: &str) -> bool {
    text.contains(char::is_whitespace) || text.contains(char::is_control)
}

fn path_breaches(path: &str) -> impl Iterator<Item = Breach> + use<> {
    let question_mark = path.contains('?').then(|| {
        ("path", "The path holds a `?`. The server takes what follows for parameters, drops it silently, and writes elsewhere."
            .to_owned())
    });
    let blank = has_blank(path).then(|| {
        (
            "path",
            "The path holds a blank, at which the server ends the location of an archive; choose one without."
                .to_owned(),
        )
    });
    question_mark.into_iter().chain(blank)
}

fn parameter_breach(attribute: &'static str, text: &str) -> Option<Breach> {
    let breaks = text.is_empty() || text.contains(['&', '?']) || has_blank(text);
    breaks.then(|| {
        (
            attribute,
            format!("`{attribute}` is empty, or has a blank, `?` or `&` in it; the server cuts its parameters there."),
        )
    })
}

fn invalid(attribute: &'static str, advice: String) -> Diagnostic {
    Diagnostic::error("Invalid storage", advice).at(AttributePath::attribute("storage").child(attribute))
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
