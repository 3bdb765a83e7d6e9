//! A backup destination taken apart: where it is, who may write there, and with which options.
//!
//! The server's text form is `scheme://path?key=value&key=value`, compared here by component: the spelling, the order of
//! the parameters and the defaults that some versions add never make two destinations different.
//! <https://en.oceanbase.com/docs/common-oceanbase-database-10000000001971104> lists the parameters.

use crate::cluster::{
    secret::{RawUri, Secret, holds_key},
    statement::Literal,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Media {
    /// A file system that every OBServer mounts at the same path (`file://`).
    Nfs,
    /// Alibaba Cloud Object Storage Service.
    Oss,
    /// Tencent Cloud Object Storage, by its own protocol; needs `appid`.
    Cos,
    /// AWS S3 and everything that speaks its protocol, by `host`: Huawei OBS, Google Cloud Storage, MinIO.
    S3,
    /// Azure Blob Storage.
    Azblob,
}

impl Media {
    const ALL: [Self; 5] = [Self::Nfs, Self::Oss, Self::Cos, Self::S3, Self::Azblob];

    /// The scheme of its URIs, with the slashes.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Nfs => "file://",
            Self::Oss => "oss://",
            Self::Cos => "cos://",
            Self::S3 => "s3://",
            Self::Azblob => "azblob://",
        }
    }

    /// The value of `type` in configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nfs => "nfs",
            Self::Oss => "oss",
            Self::Cos => "cos",
            Self::S3 => "s3",
            Self::Azblob => "azblob",
        }
    }
}

/// How expired files are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DeleteMode {
    /// They are deleted.
    #[default]
    Delete,
    /// They are tagged `delete_mode=tagging`; a lifecycle rule of the bucket must remove them.
    Tagging,
}

/// How the storage verifies what it receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ChecksumType {
    /// With MD5.
    #[default]
    Md5,
    /// With CRC32; `s3` only.
    Crc32,
    /// Not at all.
    NoChecksum,
}

/// How the bucket is named in requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AddressingModel {
    /// As part of the host name.
    #[default]
    VirtualHostedStyle,
    /// As the first part of the path.
    PathStyle,
}

/// Where a destination is. Two destinations with the same location are the same directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location {
    scheme: &'static str,
    path: String,
    host: Option<String>,
}

impl Location {
    /// A location; slashes at the end of the path say nothing.
    pub fn new(media: Media, path: &str, host: Option<&str>) -> Self {
        Self {
            scheme: media.scheme(),
            path: path.trim_end_matches('/').to_owned(),
            host: host.map(str::to_owned),
        }
    }

    /// Where a URI leads; its other parameters are not looked at.
    pub fn parse(uri: &RawUri) -> Result<Self, InvalidUri> {
        taken_apart(uri).map(|(location, _)| location)
    }

    /// Whether one of the two is the other, or lies within it.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.is_within(other) || other.is_within(self)
    }

    /// Whether it is the other, or lies within it.
    pub fn is_within(&self, other: &Self) -> bool {
        let mut own = self.components();
        self.scheme == other.scheme
            && self.host == other.host
            && other.components().all(|name| own.next() == Some(name))
    }

    /// The names in the path. A file system takes `//` for `/`, the server does not.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|name| !name.is_empty())
    }

    /// The path: absolute for NFS, else the bucket and the path in it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The endpoint of an object storage.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The kind of storage.
    pub fn media(&self) -> Media {
        let named = Media::ALL.into_iter().find(|media| media.scheme() == self.scheme);
        named.expect("a location is made from a kind of storage")
    }

    /// `PATH` of the storage views: scheme and path, without parameters.
    pub fn path_column(&self) -> String {
        format!("{}{}", self.scheme, self.path)
    }

    /// `ENDPOINT` of the storage views.
    pub fn endpoint_column(&self) -> String {
        self.host
            .as_ref()
            .map_or_else(String::new, |host| format!("host={host}"))
    }
}

impl fmt::Display for Location {
    /// As the server names a destination without its credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path_column())?;
        self.host.iter().try_for_each(|host| write!(f, "?host={host}"))
    }
}

/// Who writes to the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// NFS has none.
    None,
    /// An access key.
    Key {
        /// Its public half.
        access_id: String,
        /// Its secret half, or why it is not known.
        access_key: AccessKey,
    },
    /// A role that the cluster assumes.
    Role {
        /// The role.
        role_arn: String,
        /// What the role's owner asks for besides.
        external_id: Option<String>,
    },
}

/// The secret half of an access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessKey {
    /// As configured, or as Community Edition shows it.
    Plain(Secret),
    /// Enterprise Edition shows a cipher text, which cannot be compared.
    Unknowable,
    /// Not given.
    Missing,
}

/// Everything else that a URI can say. `None` is the server's default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Application ID of Tencent Cloud.
    pub appid: Option<String>,
    /// Region of an S3 bucket.
    pub region: Option<String>,
    /// How expired files are removed.
    pub delete_mode: DeleteMode,
    /// How the storage verifies what it receives.
    pub checksum_type: ChecksumType,
    /// How the bucket is named in requests.
    pub addressing_model: AddressingModel,
    /// Whether the bucket has a retention lock.
    pub enable_worm: bool,
}

/// Limits on the traffic to a destination; 0 is unlimited. No URI shows them, only `MAX_IOPS` and `MAX_BANDWIDTH` of
/// the storage views do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Throttle {
    /// Requests per second.
    pub max_iops: u64,
    /// Bytes per second.
    pub max_bandwidth: u64,
}

/// A backup destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Where it is.
    pub location: Location,
    /// Who writes there.
    pub credentials: Credentials,
    /// How.
    pub options: Options,
}

/// Why a text is no destination. Never quotes the text, which may hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUri {
    /// The scheme is none of the server's; they are case-sensitive.
    #[error("it does not begin with file://, oss://, cos://, s3:// or azblob://")]
    Scheme,
    /// Nothing follows the scheme.
    #[error("it names no path")]
    Path,
    /// A key stands where it would be shown: in the path, or in another parameter.
    #[error(
        "it holds an access key in another place than the parameter of that name; the first parameter follows a `?`, every other one an `&`"
    )]
    MisplacedKey,
    /// A parameter has a value that this provider does not know.
    #[error("the value of its parameter `{0}` is not known to this provider")]
    Parameter(&'static str),
}

impl Destination {
    /// Takes a URI apart, the one that a view shows or that a person wrote. Parameters that the server does not know
    /// either are dropped, as it does.
    pub fn parse(uri: &RawUri) -> Result<Self, InvalidUri> {
        let (location, parameters) = taken_apart(uri)?;
        let destination = if location.media() == Media::Nfs {
            // The server takes some options here, and ignores them.
            Self {
                location,
                credentials: Credentials::None,
                options: Options::default(),
            }
        } else {
            Self {
                location,
                credentials: parameters.credentials(),
                options: parameters.options()?,
            }
        };
        if holds_key(&destination.public_uri()) {
            return Err(InvalidUri::MisplacedKey);
        }
        Ok(destination)
    }

    /// Writes the URI into a statement's literal: the key as a secret part.
    pub fn write(&self, literal: Literal) -> Literal {
        let mut separator = '?';
        let mut literal = literal.text(&self.location.path_column());
        for parameter in self.parameters() {
            literal = literal.text(&format!("{separator}{}=", parameter.0));
            literal = match parameter.1 {
                Piece::Text(text) => literal.text(&text),
                Piece::Secret(secret) => literal.secret(&secret),
            };
            separator = '&';
        }
        literal
    }

    /// Whether its URI has parameters, to which more can be added.
    pub fn has_parameters(&self) -> bool {
        !self.parameters().is_empty()
    }

    /// The URI with its key.
    pub fn reveal(&self) -> String {
        self.render(|secret| Some(secret.reveal().to_owned()))
    }

    /// The URI without its key: the same for every edition, whether it shows the key, hides it, or never had one.
    pub fn public_uri(&self) -> String {
        self.render(|_| None)
    }

    fn render(&self, show: impl Fn(&Secret) -> Option<String>) -> String {
        let parameters: Vec<String> = self
            .parameters()
            .into_iter()
            .filter_map(|(key, piece)| match piece {
                Piece::Text(text) => Some(format!("{key}={text}")),
                Piece::Secret(secret) => Some(format!("{key}={}", show(&secret)?)),
            })
            .collect();
        let separator = if parameters.is_empty() { "" } else { "?" };
        format!("{}{separator}{}", self.location.path_column(), parameters.join("&"))
    }

    /// In the order in which the server shows them.
    fn parameters(&self) -> Vec<(&'static str, Piece)> {
        let mut list = Vec::new();
        let mut text = |key, value: Option<String>| {
            if let Some(value) = value {
                list.push((key, Piece::Text(value)));
            }
        };
        text("host", self.location.host.clone());
        match &self.credentials {
            Credentials::None => {}
            Credentials::Role { role_arn, external_id } => {
                text("role_arn", Some(role_arn.clone()));
                text("external_id", external_id.clone());
            }
            Credentials::Key { access_id, access_key } => {
                text("access_id", Some(access_id.clone()));
                if let AccessKey::Plain(key) = access_key {
                    list.push(("access_key", Piece::Secret(key.clone())));
                }
            }
        }
        let options = &self.options;
        list.extend(
            options
                .parameters()
                .into_iter()
                .map(|(key, value)| (key, Piece::Text(value))),
        );
        list
    }
}

impl fmt::Display for Destination {
    /// The URI, its key as `***`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(|_| Some("***".to_owned())))
    }
}

impl Options {
    /// Those that are not the server's default.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut list = Vec::new();
        let mut add = |key, value: Option<&str>| {
            if let Some(value) = value {
                list.push((key, value.to_owned()));
            }
        };
        add("appid", self.appid.as_deref());
        add("s3_region", self.region.as_deref());
        add(
            "delete_mode",
            (self.delete_mode == DeleteMode::Tagging).then_some("tagging"),
        );
        add(
            "checksum_type",
            match self.checksum_type {
                // The retention lock asks for an explicit md5.
                ChecksumType::Md5 => self.enable_worm.then_some("md5"),
                ChecksumType::Crc32 => Some("crc32"),
                ChecksumType::NoChecksum => Some("no_checksum"),
            },
        );
        add(
            "addressing_model",
            (self.addressing_model == AddressingModel::PathStyle).then_some("path_style"),
        );
        add("enable_worm", self.enable_worm.then_some("true"));
        list
    }

    /// Takes the `EXTENSION` column of the storage views apart.
    pub fn parse(extension: &str) -> Result<Self, InvalidUri> {
        Parameters(extension).options()
    }

    /// The first option that differs, by its name in configuration.
    pub fn first_difference(&self, other: &Self) -> Option<&'static str> {
        [
            ("appid", self.appid == other.appid),
            ("region", self.region == other.region),
            ("delete_mode", self.delete_mode == other.delete_mode),
            ("checksum_type", self.checksum_type == other.checksum_type),
            ("addressing_model", self.addressing_model == other.addressing_model),
            ("enable_worm", self.enable_worm == other.enable_worm),
        ]
        .into_iter()
        .find_map(|(name, same)| (!same).then_some(name))
    }
}

impl Credentials {
    /// Takes the `AUTHORIZATION` column of the storage views apart.
    pub fn parse(authorization: &RawUri) -> Self {
        Parameters(authorization.reveal()).credentials()
    }

    /// Whether both name the same key or role. Secret halves are not looked at.
    pub fn same_holder(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key { access_id: own, .. }, Self::Key { access_id: other, .. }) => own == other,
            (own, other) => own == other,
        }
    }

    /// Whether the secret halves are equal; `None` when one of them cannot be known.
    pub fn same_key(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (
                Self::Key {
                    access_key: AccessKey::Plain(own),
                    ..
                },
                Self::Key {
                    access_key: AccessKey::Plain(other),
                    ..
                },
            ) => Some(own == other),
            _ => None,
        }
    }
}

fn taken_apart(uri: &RawUri) -> Result<(Location, Parameters<'_>), InvalidUri> {
    let (address, parameters) = uri.reveal().split_once('?').unwrap_or((uri.reveal(), ""));
    let found = Media::ALL
        .into_iter()
        .find_map(|media| Some((media, address.strip_prefix(media.scheme())?)));
    let (media, path) = found.ok_or(InvalidUri::Scheme)?;
    if path.trim_matches('/').is_empty() {
        return Err(InvalidUri::Path);
    }
    let parameters = Parameters(parameters);
    Ok((Location::new(media, path, parameters.get("host")), parameters))
}

enum Piece {
    Text(String),
    Secret(Secret),
}

/// `key=value&key=value`; keys are case-sensitive, values are not encoded.
struct Parameters<'a>(&'a str);

impl<'a> Parameters<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        self.0
            .split('&')
            .find_map(|token| token.strip_prefix(key)?.strip_prefix('='))
    }

    fn credentials(&self) -> Credentials {
        if let Some(role_arn) = self.get("role_arn") {
            let external_id = self.get("external_id").map(str::to_owned);
            return Credentials::Role {
                role_arn: role_arn.to_owned(),
                external_id,
            };
        }
        let Some(access_id) = self.get("access_id") else {
            return Credentials::None;
        };
        let access_key = match (self.get("access_key"), self.get("encrypt_key")) {
            (Some(key), _) => AccessKey::Plain(Secret::new(key)),
            (None, Some(_)) => AccessKey::Unknowable,
            (None, None) => AccessKey::Missing,
        };
        Credentials::Key {
            access_id: access_id.to_owned(),
            access_key,
        }
    }

    fn options(&self) -> Result<Options, InvalidUri> {
        Ok(Options {
            appid: self.get("appid").map(str::to_owned),
            region: self.get("s3_region").map(str::to_owned),
            delete_mode: self.one_of(
                "delete_mode",
                &[("delete", DeleteMode::Delete), ("tagging", DeleteMode::Tagging)],
            )?,
            checksum_type: self.one_of(
                "checksum_type",
                &[
                    ("md5", ChecksumType::Md5),
                    ("crc32", ChecksumType::Crc32),
                    ("no_checksum", ChecksumType::NoChecksum),
                ],
            )?,
            addressing_model: self.one_of(
                "addressing_model",
                &[
                    ("virtual_hosted_style", AddressingModel::VirtualHostedStyle),
                    ("path_style", AddressingModel::PathStyle),
                ],
            )?,
            enable_worm: self.one_of("enable_worm", &[("false", false), ("true", true)])?,
        })
    }

    fn one_of<T: Copy + Default>(&self, key: &'static str, known: &[(&str, T)]) -> Result<T, InvalidUri> {
        match self.get(key) {
            None => Ok(T::default()),
            Some(value) => {
                let found = known.iter().find(|(text, _)| *text == value);
                found.map(|(_, meaning)| *meaning).ok_or(InvalidUri::Parameter(key))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parsed(uri: &str) -> Destination {
        Destination::parse(&RawUri::new(uri)).unwrap()
    }

    #[test]
    fn spelling_order_and_server_defaults_make_no_difference() {
        let plain = parsed("oss://b/dir?host=h&access_id=i&access_key=k");
        for same in [
            "oss://b/dir/?host=h&access_id=i&access_key=k",
            "oss://b/dir//?access_key=k&access_id=i&host=h",
            "oss://b/dir?host=h&access_id=i&access_key=k&checksum_type=md5",
            "oss://b/dir?host=h&access_id=i&access_key=k&delete_mode=delete&addressing_model=virtual_hosted_style",
            "oss://b/dir?host=h&access_id=i&access_key=k&enable_worm=false&unheard_of=1&max_iops=5",
        ] {
            assert_eq!(parsed(same), plain, "{same}");
        }
    }

    #[test]
    fn every_component_counts() {
        let plain = parsed("s3://b/dir?host=h&access_id=i&access_key=k");
        for other in [
            "oss://b/dir?host=h&access_id=i&access_key=k",
            "s3://b/dir2?host=h&access_id=i&access_key=k",
            "s3://b/dir?host=h/&access_id=i&access_key=k",
            "s3://b/dir?host=h&access_id=j&access_key=k",
            "s3://b/dir?host=h&access_id=i&access_key=l",
            "s3://b/dir?host=h&access_id=i&encrypt_key=00",
            "s3://b/dir?host=h&role_arn=r",
            "s3://b/dir?host=h&access_id=i&access_key=k&appid=1",
            "s3://b/dir?host=h&access_id=i&access_key=k&s3_region=r",
            "s3://b/dir?host=h&access_id=i&access_key=k&delete_mode=tagging",
            "s3://b/dir?host=h&access_id=i&access_key=k&checksum_type=crc32",
            "s3://b/dir?host=h&access_id=i&access_key=k&addressing_model=path_style",
            "s3://b/dir?host=h&access_id=i&access_key=k&enable_worm=true",
        ] {
            assert_ne!(parsed(other), plain, "{other}");
        }
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        for uri in [
            "file:///data/nfs/backup",
            "oss://b/dir?host=h&access_id=i&access_key=k&delete_mode=tagging&checksum_type=md5&enable_worm=true",
            "cos://b/dir?host=h&access_id=i&access_key=k&appid=12",
            "s3://b/dir?host=h&access_id=i&access_key=k&s3_region=r&checksum_type=crc32&addressing_model=path_style",
            "s3://b/dir?host=h&role_arn=arn&external_id=x",
        ] {
            assert_eq!(parsed(uri).reveal(), uri);
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        let destination = parsed("oss://b/dir?host=h&access_id=i&access_key=s3cr3t");
        let shown = format!("{destination} {destination:?}");
        assert!(shown.contains("access_key=***"), "{shown}");
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }

    #[test]
    fn what_the_server_would_refuse_is_refused() {
        for (uri, reason) in [
            ("/data", InvalidUri::Scheme),
            ("FILE:///data", InvalidUri::Scheme),
            ("obs://b/dir?host=h", InvalidUri::Scheme),
            ("file://", InvalidUri::Path),
            ("oss://?host=h", InvalidUri::Path),
            ("oss://b/p&host=h&access_key=k", InvalidUri::MisplacedKey),
            ("oss://b/p?host=h&access_id=i?access_key=k", InvalidUri::MisplacedKey),
            (
                "oss://b?host=h&access_id=i&access_key=k&delete_mode=DELETE",
                InvalidUri::Parameter("delete_mode"),
            ),
        ] {
            assert_eq!(Destination::parse(&RawUri::new(uri)), Err(reason), "{uri}");
        }
    }

    #[test]
    fn the_views_name_a_location_in_two_columns() {
        let location = parsed("oss://b/dir/?host=h&access_id=i&access_key=k").location;
        assert_eq!(
            (location.path_column(), location.endpoint_column()),
            ("oss://b/dir".into(), "host=h".into())
        );
        let location = parsed("file:///data/").location;
        assert_eq!(
            (location.path_column(), location.endpoint_column()),
            ("file:///data".into(), String::new())
        );
    }
}
