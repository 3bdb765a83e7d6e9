//! Parameters of the cluster and of tenants: what they are, which values they take.

use super::archive_dest::duration;
use super::error;
use super::profile::Capabilities;
use crate::answer::ServerError;

/// Whose value a parameter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Cluster,
    Tenant,
    /// `backup_data_file_size` moved from the cluster to its tenants.
    Moved,
}

/// Which values a parameter takes.
pub(crate) enum Kind {
    /// In microseconds, both ends included.
    Time(i64, i64),
    Integer(i64, i64),
    /// In bytes, both ends included.
    Capacity(u64, u64),
    Boolean,
    Text,
    /// How to reach the service that hands out temporary credentials.
    Credential,
    Choice(&'static [&'static str]),
    /// Cannot be set.
    ReadOnly,
}

impl Kind {
    pub(crate) fn data_type(&self) -> &'static str {
        match self {
            Self::Time(..) => "TIME",
            Self::Integer(..) => "INT",
            Self::Capacity(..) => "CAPACITY",
            Self::Boolean => "BOOL",
            Self::Text | Self::Credential | Self::Choice(_) | Self::ReadOnly => "STRING",
        }
    }

    fn accepts(&self, value: &str) -> bool {
        match self {
            Self::Time(least, most) => duration(value).is_some_and(|time| (*least..=*most).contains(&time)),
            Self::Integer(least, most) => integer(value).is_some_and(|number| (*least..=*most).contains(&number)),
            Self::Capacity(least, most) => capacity(value).is_some_and(|bytes| (*least..=*most).contains(&bytes)),
            Self::Boolean => ["true", "false", "on", "off", "yes", "no", "t", "f", "1", "0"]
                .iter()
                .any(|word| value.eq_ignore_ascii_case(word)),
            Self::Text => true,
            Self::Credential => is_credential(value),
            Self::Choice(values) => values.iter().any(|choice| value.eq_ignore_ascii_case(choice)),
            Self::ReadOnly => false,
        }
    }
}

/// One parameter.
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    level: Level,
    pub(crate) kind: Kind,
    pub(crate) default: &'static str,
    pub(crate) info: &'static str,
    pub(crate) section: &'static str,
    /// Which releases have it.
    exists: fn(&Capabilities) -> bool,
}

impl Definition {
    pub(crate) fn is_hidden(&self) -> bool {
        self.name.starts_with('_')
    }

    pub(crate) fn is_tenant_level(&self, capabilities: &Capabilities) -> bool {
        match self.level {
            Level::Tenant => true,
            Level::Cluster => false,
            Level::Moved => capabilities.backup_file_size_per_tenant,
        }
    }

    pub(crate) fn edit_level(&self) -> &'static str {
        match self.kind {
            Kind::ReadOnly => "READONLY",
            _ => "DYNAMIC_EFFECTIVE",
        }
    }

    pub(crate) fn check(&self, value: &str) -> Result<(), ServerError> {
        if self.kind.accepts(value) {
            Ok(())
        } else {
            Err(error::invalid_parameter_value())
        }
    }
}

const SECOND: i64 = 1_000_000;
const MEGABYTE: u64 = 1 << 20;

const fn always(_: &Capabilities) -> bool {
    true
}

fn object_storage(capabilities: &Capabilities) -> bool {
    capabilities.object_storage_parameters
}

fn encryption(capabilities: &Capabilities) -> bool {
    capabilities.encryption_at_rest
}

const fn ordinary(
    name: &'static str,
    level: Level,
    kind: Kind,
    default: &'static str,
    section: &'static str,
    info: &'static str,
) -> Definition {
    Definition {
        name,
        level,
        kind,
        default,
        info,
        section,
        exists: always,
    }
}

/// In the order of their names.
static DEFINITIONS: [Definition; 22] = [
    ordinary(
        "_backup_idle_time",
        Level::Cluster,
        Kind::Time(10 * SECOND, i64::MAX),
        "5m",
        "OBSERVER",
        "idle time between two passes of the backup services",
    ),
    Definition {
        exists: object_storage,
        ..ordinary(
            "_object_storage_io_timeout",
            Level::Tenant,
            Kind::Time(SECOND, 1200 * SECOND),
            "20s",
            "OBSERVER",
            "time limit of one request to object storage",
        )
    },
    ordinary(
        "archive_lag_target",
        Level::Tenant,
        Kind::Time(0, 7200 * SECOND),
        "120s",
        "TENANT",
        "how far the archived log may lag behind",
    ),
    ordinary(
        "backup_data_file_size",
        Level::Moved,
        Kind::Capacity(512 * MEGABYTE, 4096 * MEGABYTE),
        "4G",
        "OBSERVER",
        "size of the files of a data backup",
    ),
    ordinary(
        "cluster",
        Level::Cluster,
        Kind::ReadOnly,
        "",
        "OBSERVER",
        "name of the cluster",
    ),
    ordinary(
        "cluster_id",
        Level::Cluster,
        Kind::ReadOnly,
        "",
        "OBSERVER",
        "id of the cluster",
    ),
    ordinary(
        "compatible",
        Level::Tenant,
        Kind::ReadOnly,
        "",
        "ROOT_SERVICE",
        "data version of the tenant",
    ),
    Definition {
        exists: encryption,
        ..ordinary(
            "external_kms_info",
            Level::Tenant,
            Kind::Text,
            "",
            "OBSERVER",
            "address of the key service",
        )
    },
    ordinary(
        "ha_high_thread_score",
        Level::Tenant,
        Kind::Integer(0, 100),
        "0",
        "OBSERVER",
        "threads of high-priority restore and migration",
    ),
    ordinary(
        "ha_low_thread_score",
        Level::Tenant,
        Kind::Integer(0, 100),
        "0",
        "OBSERVER",
        "threads of backup and cleaning",
    ),
    ordinary(
        "ha_mid_thread_score",
        Level::Tenant,
        Kind::Integer(0, 100),
        "0",
        "OBSERVER",
        "threads of restore and migration",
    ),
    ordinary(
        "log_archive_concurrency",
        Level::Tenant,
        Kind::Integer(0, 100),
        "0",
        "LOGSERVICE",
        "threads of log archiving; 0 is automatic",
    ),
    ordinary(
        "log_restore_concurrency",
        Level::Tenant,
        Kind::Integer(0, 100),
        "0",
        "LOGSERVICE",
        "threads of log restore; 0 is automatic",
    ),
    ordinary(
        "log_transport_compress_all",
        Level::Tenant,
        Kind::Boolean,
        "False",
        "LOGSERVICE",
        "whether logs are compressed on their way",
    ),
    ordinary(
        "log_transport_compress_func",
        Level::Tenant,
        Kind::Choice(&["none", "lz4_1.0", "zstd_1.0", "zstd_1.3.8"]),
        "lz4_1.0",
        "LOGSERVICE",
        "how logs are compressed on their way",
    ),
    ordinary(
        "min_observer_version",
        Level::Cluster,
        Kind::ReadOnly,
        "",
        "ROOT_SERVICE",
        "the lowest version of the observers",
    ),
    Definition {
        exists: object_storage,
        ..ordinary(
            "ob_storage_s3_url_encode_type",
            Level::Cluster,
            Kind::Choice(&["default", "compliantRfc3986Encoding"]),
            "default",
            "OBSERVER",
            "how S3 object names are encoded",
        )
    },
    ordinary(
        "rootservice_list",
        Level::Cluster,
        Kind::ReadOnly,
        "127.0.0.1:2882:2881",
        "LOCATION_CACHE",
        "where the root service is found",
    ),
    Definition {
        exists: object_storage,
        ..ordinary(
            "sts_credential",
            Level::Tenant,
            Kind::Credential,
            "",
            "OBSERVER",
            "where role credentials come from",
        )
    },
    Definition {
        exists: encryption,
        ..ordinary(
            "tde_method",
            Level::Tenant,
            Kind::Choice(&["none", "internal", "bkmi"]),
            "none",
            "OBSERVER",
            "where the master key of encrypted tablespaces is kept",
        )
    },
    ordinary(
        "undo_retention",
        Level::Tenant,
        Kind::Integer(0, 4_294_967_295),
        "1800",
        "TENANT",
        "seconds for which old row versions are kept",
    ),
    ordinary(
        "zone",
        Level::Cluster,
        Kind::ReadOnly,
        "zone1",
        "OBSERVER",
        "zone of the observer",
    ),
];

/// Finds a parameter in any release.
pub(crate) fn definition(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| definition.name == name)
}

/// Every parameter of a release.
pub(crate) fn definitions(capabilities: &Capabilities) -> impl Iterator<Item = &'static Definition> {
    DEFINITIONS
        .iter()
        .filter(|definition| (definition.exists)(capabilities))
}

/// Finds a parameter of a release, else 5099.
pub(crate) fn known(name: &str, capabilities: &Capabilities) -> Result<&'static Definition, ServerError> {
    definition(name)
        .filter(|definition| (definition.exists)(capabilities))
        .ok_or_else(error::unknown_parameter)
}

/// Bytes: digits, then `B`, `K`, `M`, `G`, `T` or `P` with or without another `B`. No digits are zero, no unit is wrong, and
/// what is too large wraps around.
pub(crate) fn capacity(text: &str) -> Option<u64> {
    let (number, unit) = leading_number(text.trim_ascii_start());
    let power = match unit.to_ascii_uppercase().as_str() {
        "B" => 0,
        "K" | "KB" => 10,
        "M" | "MB" => 20,
        "G" | "GB" => 30,
        "T" | "TB" => 40,
        "P" | "PB" => 50,
        _ => return None,
    };
    let number: u64 = if number.is_empty() { 0 } else { number.parse().ok()? };
    Some(number.wrapping_mul(1 << power))
}

/// A whole number as C reads it: blanks first, `0x10` is 16, and `010` is 8.
fn integer(text: &str) -> Option<i64> {
    let text = text.trim_ascii_start();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, radix) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&unsigned[2..], 16),
        [b'0', _, ..] => (&unsigned[1..], 8),
        _ => (unsigned, 10),
    };
    let is_negative = text.starts_with('-');
    let number = digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits)?;
    let number = i64::from_str_radix(number, radix).ok()?;
    Some(if is_negative { -number } else { number })
}

/// The digits that a text begins with, and the rest.
pub(crate) fn leading_number(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// `sts_url=…&sts_ak=…&sts_sk=…`, in any order, none of them empty.
fn is_credential(value: &str) -> bool {
    ["sts_url", "sts_ak", "sts_sk"].iter().all(|wanted| {
        value
            .split('&')
            .filter_map(|token| token.split_once('='))
            .any(|(key, value)| key == *wanted && !value.is_empty())
    })
}
