//! Storage URIs: `scheme://path?key=value&…`, checked, normalised, and written back as the views show them.

mod uri;

use super::error;
use super::profile::Capabilities;
use crate::answer::ServerError;

pub(crate) use uri::{bandwidth, check_locality, iops};

/// Kinds of storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    File,
    Oss,
    Cos,
    S3,
    Azblob,
}

impl Scheme {
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::File => "file://",
            Self::Oss => "oss://",
            Self::Cos => "cos://",
            Self::S3 => "s3://",
            Self::Azblob => "azblob://",
        }
    }

    /// The scheme that a URI or path begins with; upper case does not count.
    pub(crate) fn of(uri: &str) -> Option<Self> {
        [Self::File, Self::Oss, Self::Cos, Self::S3, Self::Azblob]
            .into_iter()
            .find(|scheme| uri.starts_with(scheme.prefix()))
    }
}

/// How the cluster proves who it is. Each part keeps its `key=` prefix, as in every place where the server stores it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// `file://` needs none.
    None,
    AccessKey {
        access_id: String,
        access_key: String,
    },
    Role {
        role_arn: String,
        external_id: String,
    },
}

impl Authorization {
    /// The AUTHORIZATION column. Enterprise builds show cipher text under another name.
    pub(crate) fn text(&self, capabilities: &Capabilities) -> String {
        match self {
            Self::None => String::new(),
            Self::AccessKey { access_id, access_key } if capabilities.encrypts_access_keys => {
                let plain = access_key.strip_prefix("access_key=").unwrap_or(access_key);
                format!("{access_id}&encrypt_key={}", cipher_text(plain))
            }
            Self::AccessKey { access_id, access_key } => format!("{access_id}&{access_key}"),
            Self::Role { role_arn, external_id } => joined(&[role_arn, external_id]),
        }
    }
}

/// A destination as a statement describes it.
pub(crate) struct Destination {
    pub(crate) scheme: Scheme,
    /// With the scheme, without trailing slashes.
    pub(crate) path: String,
    /// `host=…`, or nothing for `file://`.
    pub(crate) endpoint: String,
    pub(crate) authorization: Authorization,
    /// The remaining tokens, in the order typed.
    pub(crate) extension: Vec<String>,
    /// Hints where to run the I/O; kept with the storage, and cut out of the parameter value.
    pub(crate) locality: Vec<String>,
    pub(crate) max_iops: u64,
    pub(crate) max_bandwidth: u64,
}

impl Destination {
    /// Parses a URI. `sts_credential` is the tenant's parameter, without which `role_arn` fails at once.
    pub(crate) fn parse(value: &str, capabilities: &Capabilities, sts_credential: &str) -> Result<Self, ServerError> {
        uri::parse(value, capabilities, sts_credential)
    }

    /// `P` or `P?host=…`: what the format file and the views without credentials show.
    pub(crate) fn identity(&self) -> String {
        identity(&self.path, &self.endpoint)
    }

    /// What `DATA_BACKUP_DEST` reads back as.
    pub(crate) fn parameter_value(&self, capabilities: &Capabilities) -> String {
        value(
            &self.path,
            &self.endpoint,
            &self.authorization.text(capabilities),
            &self.extension,
        )
    }

    /// What the `path` row of `LOG_ARCHIVE_DEST` reads back as.
    pub(crate) fn archive_path(&self, capabilities: &Capabilities) -> String {
        let extension = self.extension_with_checksum(capabilities);
        value(
            &self.path,
            &self.endpoint,
            &self.authorization.text(capabilities),
            &extension,
        )
    }

    /// The EXTENSION column of the storage-info row.
    pub(crate) fn stored_extension(&self, capabilities: &Capabilities) -> Vec<String> {
        let mut extension = self.extension_with_checksum(capabilities);
        extension.extend(self.locality.iter().cloned());
        extension
    }

    fn extension_with_checksum(&self, capabilities: &Capabilities) -> Vec<String> {
        let mut extension = self.extension.clone();
        let typed = extension.iter().any(|token| token.starts_with("checksum_type="));
        if capabilities.writes_default_checksum && !typed && self.scheme != Scheme::File {
            extension.push("checksum_type=md5".to_owned());
        }
        extension
    }
}

/// `P` or `P?host=…`.
pub(crate) fn identity(path: &str, endpoint: &str) -> String {
    value(path, endpoint, "", &[])
}

/// A destination written out: path, then the tokens in the server's fixed order.
pub(crate) fn value(path: &str, endpoint: &str, authorization: &str, extension: &[String]) -> String {
    let mut tokens = vec![endpoint, authorization];
    tokens.extend(extension.iter().map(String::as_str));
    let parameters = joined(&tokens);
    if parameters.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{parameters}")
    }
}

fn joined(tokens: &[impl AsRef<str>]) -> String {
    let present: Vec<&str> = tokens
        .iter()
        .map(AsRef::as_ref)
        .filter(|token| !token.is_empty())
        .collect();
    present.join("&")
}

/// Stands for the server's encryption: deterministic, of whole blocks, and not to be compared with the plain text.
fn cipher_text(plain: &str) -> String {
    const BLOCK: usize = 16;
    let mut state = plain.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let length = (plain.len() / BLOCK + 1) * BLOCK;
    let mut text = String::with_capacity(2 * length);
    while text.len() < 2 * length {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.push_str(&format!("{:08X}", state >> 32));
    }
    text
}

/// Splits the `P?host=h` form, as it is written in `CHANGE EXTERNAL_STORAGE_DEST`.
pub(crate) fn split_identity(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

/// Refuses a failed parse as the server does when nothing more is known.
fn invalid() -> ServerError {
    error::invalid_destination()
}
