//! Parsing: first every token by itself, whose errors keep their own number; then completeness, which is always 9026.

use super::{Authorization, Destination, Scheme, invalid};
use crate::answer::ServerError;
use crate::cluster::error;
use crate::cluster::parameters::{capacity, leading_number};
use crate::cluster::profile::Capabilities;

const URI_LIMIT: usize = 2048;
const PATH_LIMIT: usize = 1024;
const PARAMETERS_LIMIT: usize = 1600;
const TOKEN_LIMIT: usize = 256;
const SHORT_TOKEN_LIMIT: usize = 128;
const EXTENSION_LIMIT: usize = 512;
/// Larger numbers become this one.
const MOST_IOPS: u64 = i64::MAX as u64;

/// Where the simulated servers are.
const ZONES: [&str; 1] = ["zone1"];
const REGIONS: [&str; 1] = ["sys_region"];

pub(super) fn parse(
    value: &str,
    capabilities: &Capabilities,
    sts_credential: &str,
) -> Result<Destination, ServerError> {
    if value.contains("encrypt_key=") {
        return Err(error::encrypted_key_in_destination());
    }
    if value.len() >= URI_LIMIT {
        return Err(invalid());
    }
    let scheme = scheme(value, capabilities)?;
    let (path, parameters) = value.split_once('?').unwrap_or((value, ""));
    if path.len() >= PATH_LIMIT || parameters.len() >= PARAMETERS_LIMIT {
        return Err(invalid());
    }
    let mut tokens = Tokens::new(scheme, capabilities, sts_credential);
    for token in parameters.split('&') {
        tokens.take(token)?;
    }
    tokens.complete(without_trailing_slashes(scheme, path))
}

fn scheme(value: &str, capabilities: &Capabilities) -> Result<Scheme, ServerError> {
    if capabilities.knows_hdfs && value.starts_with("hdfs://") {
        return Err(error::not_supported("HDFS storage not supported"));
    }
    Scheme::of(value)
        .filter(|scheme| capabilities.schemes.contains(scheme))
        .ok_or_else(invalid)
}

fn without_trailing_slashes(scheme: Scheme, path: &str) -> String {
    let prefix = scheme.prefix();
    let rest = path.strip_prefix(prefix).unwrap_or_default();
    format!("{prefix}{}", rest.trim_end_matches('/'))
}

/// The tokens of the parameter part, gathered. Repeated keys are joined by `&`, which makes garbage and no error.
struct Tokens<'a> {
    scheme: Scheme,
    capabilities: &'a Capabilities,
    sts_credential: &'a str,
    host: String,
    access_id: String,
    access_key: String,
    role_arn: String,
    external_id: String,
    extension: Vec<String>,
    locality: Vec<String>,
    max_iops: u64,
    max_bandwidth: u64,
}

impl<'a> Tokens<'a> {
    fn new(scheme: Scheme, capabilities: &'a Capabilities, sts_credential: &'a str) -> Self {
        Self {
            scheme,
            capabilities,
            sts_credential,
            host: String::new(),
            access_id: String::new(),
            access_key: String::new(),
            role_arn: String::new(),
            external_id: String::new(),
            extension: Vec::new(),
            locality: Vec::new(),
            max_iops: 0,
            max_bandwidth: 0,
        }
    }

    fn take(&mut self, token: &str) -> Result<(), ServerError> {
        let Some((key, value)) = token.split_once('=') else {
            return Ok(());
        };
        if !self.capabilities.uri_keys.contains(&key) {
            return Ok(());
        }
        match key {
            "host" => append(&mut self.host, token, TOKEN_LIMIT)?,
            "access_id" => append(&mut self.access_id, token, TOKEN_LIMIT)?,
            "access_key" => append(&mut self.access_key, token, self.capabilities.access_key_limit)?,
            "role_arn" => self.take_role(token)?,
            "external_id" => append(&mut self.external_id, token, SHORT_TOKEN_LIMIT)?,
            "max_iops" => self.max_iops = iops(value)?,
            "max_bandwidth" => self.max_bandwidth = bandwidth(value)?,
            "zone" | "idc" | "region" => {
                check_locality(key, value)?;
                self.locality.push(token.to_owned());
            }
            _ => {
                self.check_extension(key, value)?;
                self.extension.push(token.to_owned());
            }
        }
        Ok(())
    }

    /// A temporary credential is fetched while parsing, so a missing service is the first thing that fails.
    fn take_role(&mut self, token: &str) -> Result<(), ServerError> {
        append(&mut self.role_arn, token, TOKEN_LIMIT)?;
        let takes_roles = !matches!(self.scheme, Scheme::File | Scheme::Azblob);
        if takes_roles && token != "role_arn=" && self.sts_credential.is_empty() {
            return Err(error::try_again());
        }
        Ok(())
    }

    fn check_extension(&self, key: &str, value: &str) -> Result<(), ServerError> {
        let foreign = |home: Scheme| self.capabilities.refuses_foreign_keys && self.scheme != home;
        let valid = match key {
            "delete_mode" if self.scheme == Scheme::File => return Err(invalid()),
            "delete_mode" => matches!(value, "delete" | "tagging"),
            "appid" => !foreign(Scheme::Cos),
            "s3_region" => !foreign(Scheme::S3) && key.len() + 1 + value.len() < SHORT_TOKEN_LIMIT,
            "addressing_model" => matches!(value, "virtual_hosted_style" | "path_style"),
            "enable_worm" if !matches!(value, "true" | "false") => {
                // The misspelling is the server's.
                return Err(error::incorrect_arguments_to(
                    "set eanble_worm. eanble_worm must be true or false",
                ));
            }
            "checksum_type" => return self.check_checksum(value),
            _ => true,
        };
        if valid { Ok(()) } else { Err(error::invalid_argument()) }
    }

    fn check_checksum(&self, value: &str) -> Result<(), ServerError> {
        match (value, self.scheme) {
            ("crc32", Scheme::Oss | Scheme::Cos) => Err(error::checksum_type_not_supported(value)),
            ("no_checksum" | "md5" | "crc32", _) => Ok(()),
            _ => Err(error::invalid_argument()),
        }
    }

    fn has_extension(&self, prefix: &str) -> bool {
        self.extension.iter().any(|token| token.starts_with(prefix))
    }

    fn complete(self, path: String) -> Result<Destination, ServerError> {
        let length: usize = self.extension.iter().map(|token| token.len() + 1).sum();
        if length > EXTENSION_LIMIT {
            return Err(error::invalid_argument());
        }
        let complete = match self.scheme {
            Scheme::File => self.fits_file(),
            _ => self.fits_object_storage(),
        };
        if !complete {
            return Err(invalid());
        }
        Ok(Destination {
            scheme: self.scheme,
            path,
            authorization: self.authorization(),
            endpoint: self.host,
            extension: self.extension,
            locality: self.locality,
            max_iops: self.max_iops,
            max_bandwidth: self.max_bandwidth,
        })
    }

    fn fits_file(&self) -> bool {
        let credentials = [
            &self.host,
            &self.access_id,
            &self.access_key,
            &self.role_arn,
            &self.external_id,
        ];
        credentials.iter().all(|token| token.is_empty())
            && !self.has_extension("delete_mode=")
            && !self.has_extension("enable_worm=")
    }

    fn fits_object_storage(&self) -> bool {
        let keys = [&self.access_id, &self.access_key];
        let authorized = if matches!(self.role_arn.as_str(), "" | "role_arn=") {
            keys.iter().all(|token| !token.is_empty())
        } else {
            keys.iter().all(|token| token.is_empty()) && self.scheme != Scheme::Azblob
        };
        let appid = self.scheme != Scheme::Cos || self.has_extension("appid=");
        let worm = !self.has_extension("enable_worm=")
            || self.scheme == Scheme::Oss && self.has_extension("checksum_type=md5");
        !self.host.is_empty() && authorized && appid && worm
    }

    fn authorization(&self) -> Authorization {
        if self.scheme == Scheme::File {
            Authorization::None
        } else if self.role_arn.is_empty() {
            Authorization::AccessKey {
                access_id: self.access_id.clone(),
                access_key: self.access_key.clone(),
            }
        } else {
            Authorization::Role {
                role_arn: self.role_arn.clone(),
                external_id: self.external_id.clone(),
            }
        }
    }
}

fn append(field: &mut String, token: &str, limit: usize) -> Result<(), ServerError> {
    if !field.is_empty() {
        field.push('&');
    }
    field.push_str(token);
    if field.len() >= limit {
        return Err(error::invalid_argument());
    }
    Ok(())
}

/// A number of operations per second; 0 is no limit. What follows the digits is not looked at, and a negative number is a
/// very large one.
pub(crate) fn iops(value: &str) -> Result<u64, ServerError> {
    let value = value.trim_ascii_start();
    match leading_number(value.strip_prefix(['+', '-']).unwrap_or(value)) {
        ("", _) => Err(error::invalid_argument()),
        (digits, _) if value.starts_with('-') && digits.bytes().any(|digit| digit != b'0') => Ok(MOST_IOPS),
        (digits, _) => Ok(digits.parse().map_or(MOST_IOPS, |number: u64| number.min(MOST_IOPS))),
    }
}

/// Bytes per second, which must have a unit: `10MB`, not `10` and not `10MB/s`.
pub(crate) fn bandwidth(value: &str) -> Result<u64, ServerError> {
    capacity(value).ok_or_else(error::invalid_argument)
}

/// `z1,z2;z3`: alternatives in order of preference, each of which must exist.
pub(crate) fn check_locality(key: &str, places: &str) -> Result<(), ServerError> {
    let known: &[&str] = match key {
        "zone" => &ZONES,
        "region" => &REGIONS,
        _ => &[],
    };
    if places.split([',', ';']).all(|place| known.contains(&place)) {
        Ok(())
    } else {
        Err(error::invalid_locality())
    }
}
