//! What the cluster's views say, read once for all tenants.

use super::{
    error::Error,
    row::{NO_MOMENT, Row, in_utc},
    secret::RawUri,
    tenant::{TenantName, Viewpoint},
    version::{Capabilities, Edition, Version},
};
use crate::values::scn::Scn;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// The views that backup configuration is judged by, of all tenants in sight, as of one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The cluster itself.
    pub cluster: ClusterFacts,
    /// What the cluster can do.
    pub capabilities: Capabilities,
    /// Through whose eyes this was read: from a user tenant there is only that tenant.
    pub viewpoint: Viewpoint,
    pub(super) tenants: BTreeMap<TenantName, Tenant>,
    pub(super) names: HashMap<i64, TenantName>,
}

/// Facts about the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterFacts {
    /// `min_observer_version`: what every server of the cluster has reached.
    pub version: Version,
    /// `ob_version()`: the binary of the server connected to.
    pub server_version: Version,
    /// Community or Enterprise.
    pub edition: Edition,
    /// The parameter `cluster`.
    pub name: Option<String>,
    /// The parameter `cluster_id`.
    pub id: Option<i64>,
    /// The database's clock in UTC when the reading began, such as `2025-01-31 23:59:59.000000`.
    pub clock: String,
    /// Whether events run in the tenant of the login; `None` where the version has none.
    pub event_scheduler: Option<bool>,
}

impl ClusterFacts {
    /// The database's clock.
    pub fn time(&self) -> Result<Timestamp, Error> {
        in_utc(&self.clock).ok_or_else(|| Error::UnexpectedRow {
            source_name: "ob_version()".to_owned(),
            column: "clock".to_owned(),
            reason: NO_MOMENT.to_owned(),
        })
    }
}

impl Snapshot {
    /// A user tenant by its name.
    pub fn tenant(&self, name: &TenantName) -> Option<&Tenant> {
        self.tenants.get(name)
    }

    /// A user tenant by its `TENANT_ID`.
    pub fn tenant_by_id(&self, id: i64) -> Option<&Tenant> {
        self.tenants.get(self.names.get(&id)?)
    }

    /// A user tenant that somebody asks about.
    pub fn tenant_named(&self, name: &TenantName) -> Result<&Tenant, Error> {
        self.tenant(name).ok_or_else(|| match &self.viewpoint {
            Viewpoint::User(login) => Error::OtherTenant {
                attempted: format!("looking at {name}"),
                login: login.clone(),
                tenant: name.clone(),
            },
            Viewpoint::Sys => Error::NoSuchTenant {
                tenant: name.clone(),
                similar: name.most_similar(self.tenants().map(|known| &known.name)).cloned(),
            },
        })
    }

    /// All user tenants in sight, in the order of their names.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values()
    }
}

/// A user tenant and its backup configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// `TENANT_ID`, even and above 1000.
    pub id: i64,
    /// `TENANT_NAME`.
    pub name: TenantName,
    /// `TENANT_ROLE`: `PRIMARY`, `STANDBY`, `RESTORE`, `CLONE`.
    pub role: String,
    /// `COMPATIBILITY_MODE`.
    pub mode: CompatibilityMode,
    /// `STATUS`: only a `NORMAL` tenant can be configured.
    pub status: String,
    /// Dropped, but not yet gone.
    pub in_recyclebin: bool,
    /// `LOG_MODE`: what is wished for; the round says what is.
    pub log_mode: LogMode,
    /// `data_backup_dest`: `None` was never set, an empty one was cleared.
    pub backup_destination: Option<RawUri>,
    /// Every destination that the tenant ever had: rows are not deleted when one is replaced or cleared.
    pub storage_infos: Vec<StorageInfo>,
    /// The archive destination; a row `state` may stand alone, without a path.
    pub archive_destination: Option<ArchiveDestination>,
    /// The present or last archive round.
    pub round: Option<Round>,
    /// The parameter `archive_lag_target`; `None` where the version lacks it or the view does not tell.
    pub archive_lag_target: Option<Duration>,
    /// The numbers of the backup jobs under way.
    pub running_backup_jobs: Vec<i64>,
}

/// `COMPATIBILITY_MODE` of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompatibilityMode {
    /// `MYSQL`.
    Mysql,
    /// `ORACLE`: has no event scheduler, and cannot be logged in to with this protocol.
    Oracle,
}

/// `LOG_MODE` of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogMode {
    /// Archiving was switched on.
    Archivelog,
    /// Archiving was switched off, or never on.
    Noarchivelog,
}

/// A row of `CDB_OB_BACKUP_STORAGE_INFO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageInfo {
    /// Without a trailing slash, and without parameters.
    pub path: String,
    /// `host=…`, or empty for `file://`.
    pub endpoint: String,
    /// The number by which jobs, sets and pieces refer to it.
    pub dest_id: i64,
    /// `access_id=…&access_key=…`, `access_id=…&encrypt_key=…`, `role_arn=…`, or empty.
    pub authorization: RawUri,
    /// `delete_mode=…&checksum_type=…`.
    pub extension: String,
    /// `None` where the version has no such column; 0 is unlimited.
    pub max_iops: Option<u64>,
    /// Bytes per second; `None` where the version has no such column; 0 is unlimited.
    pub max_bandwidth: Option<u64>,
}

/// The rows of `CDB_OB_ARCHIVE_DEST` of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArchiveDestination {
    /// `path`, with its keys.
    pub path: Option<RawUri>,
    /// `binding`: `OPTIONAL` or `MANDATORY`.
    pub binding: Option<String>,
    /// `piece_switch_interval`, such as `1d`.
    pub piece_switch_interval: Option<String>,
    /// `state`: `ENABLE` or `DEFER`, as it was typed.
    pub state: Option<String>,
    /// `dest_id`.
    pub dest_id: Option<i64>,
}

/// A row of `CDB_OB_ARCHIVELOG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// `ROUND_ID`.
    pub round_id: i64,
    /// `PREPARE`, `BEGINNING`, `DOING`, `SUSPENDING`, `SUSPEND`, `STOPPING`, `STOP`, `INTERRUPTED`.
    pub status: String,
    /// `CHECKPOINT_SCN`: everything before it is archived.
    pub checkpoint_scn: Scn,
    /// `COMMENT`: the reason, mostly of `INTERRUPTED`.
    pub comment: String,
}

impl Tenant {
    /// Whether it can be configured and backed up.
    pub fn is_available(&self) -> bool {
        self.status == "NORMAL" && !self.in_recyclebin
    }

    pub(super) fn from_row(name: TenantName, row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.integer("TENANT_ID")?,
            name,
            role: row.text("TENANT_ROLE")?.to_owned(),
            mode: match row.text("COMPATIBILITY_MODE")? {
                oracle if oracle.eq_ignore_ascii_case("ORACLE") => CompatibilityMode::Oracle,
                _ => CompatibilityMode::Mysql,
            },
            status: row.text("STATUS")?.to_owned(),
            in_recyclebin: row.yes_no("IN_RECYCLEBIN")?,
            log_mode: match row.text("LOG_MODE")? {
                on if on.eq_ignore_ascii_case("ARCHIVELOG") => LogMode::Archivelog,
                _ => LogMode::Noarchivelog,
            },
            backup_destination: None,
            storage_infos: Vec::new(),
            archive_destination: None,
            round: None,
            archive_lag_target: None,
            running_backup_jobs: Vec::new(),
        })
    }
}

impl StorageInfo {
    pub(super) fn from_row(row: &Row, throttles: bool) -> Result<Self, Error> {
        let text = |column| Ok::<_, Error>(row.optional_text(column)?.unwrap_or_default().to_owned());
        let throttle = |column| {
            if throttles {
                row.optional_unsigned(column)
            } else {
                Ok(None)
            }
        };
        Ok(Self {
            path: row.text("PATH")?.to_owned(),
            endpoint: text("ENDPOINT")?,
            dest_id: row.integer("DEST_ID")?,
            authorization: RawUri::new(text("AUTHORIZATION")?),
            extension: text("EXTENSION")?,
            max_iops: throttle("MAX_IOPS")?,
            max_bandwidth: throttle("MAX_BANDWIDTH")?,
        })
    }
}

impl ArchiveDestination {
    /// Takes one of the key/value rows; keys that later versions add are left alone.
    pub(super) fn set(&mut self, row: &Row) -> Result<(), Error> {
        let value = row.optional_text("VALUE")?.unwrap_or_default();
        match row.text("NAME")?.to_ascii_lowercase().as_str() {
            "path" => self.path = Some(RawUri::new(value)),
            "binding" => self.binding = Some(value.to_owned()),
            "piece_switch_interval" => self.piece_switch_interval = Some(value.to_owned()),
            "state" => self.state = Some(value.to_owned()),
            "dest_id" => self.dest_id = Some(row.integer("VALUE")?),
            _ => {}
        }
        Ok(())
    }
}

impl Round {
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            round_id: row.integer("ROUND_ID")?,
            status: row.text("STATUS")?.to_owned(),
            checkpoint_scn: Scn(row.optional_unsigned("CHECKPOINT_SCN")?.unwrap_or_default()),
            comment: row.text_to_show("COMMENT")?,
        })
    }
}

/// The parameters that a snapshot is interested in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) min_observer_version: Option<Version>,
    pub(super) cluster_name: Option<String>,
    pub(super) cluster_id: Option<i64>,
    /// By tenant, or under `None` when the rows do not name one; without a value when servers disagree for a moment.
    pub(super) archive_lag_targets: BTreeMap<Option<i64>, Option<Duration>>,
}

impl Parameters {
    pub(super) fn parse(rows: &[Row]) -> Result<Self, Error> {
        let mut parameters = Self::default();
        for row in rows {
            let value = row.optional_text("VALUE")?.unwrap_or_default();
            match row.text("NAME")?.to_ascii_lowercase().as_str() {
                "min_observer_version" => parameters.min_observer_version = value.parse().ok(),
                "cluster" => parameters.cluster_name = Some(value.to_owned()),
                "cluster_id" => parameters.cluster_id = value.trim().parse().ok(),
                "archive_lag_target" => parameters.set_lag_target(row, parse_time(value))?,
                _ => {}
            }
        }
        Ok(parameters)
    }

    fn set_lag_target(&mut self, row: &Row, target: Option<Duration>) -> Result<(), Error> {
        let tenant = if row.has("TENANT_ID") {
            row.optional_integer("TENANT_ID")?
        } else {
            None
        };
        let kept = self.archive_lag_targets.entry(tenant).or_insert(target);
        if *kept != target {
            *kept = None;
        }
        Ok(())
    }
}

/// A parameter of type TIME, such as `120s`, `2m` or `500ms`; without a unit it is seconds.
fn parse_time(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let micros: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "us" => 1,
        "ms" => 1_000,
        "" | "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    Some(Duration::from_micros(number.parse::<u64>().ok()?.checked_mul(micros)?))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{super::row::tests::row, *};

    /// What sys or a tenant sees of a cluster of this version, at the end of January 2025.
    pub(crate) fn snapshot(viewpoint: Viewpoint, version: Version, tenants: Vec<Tenant>) -> Snapshot {
        Snapshot {
            cluster: ClusterFacts {
                version,
                server_version: version,
                edition: Edition::Community,
                name: None,
                id: None,
                clock: "2025-01-31 23:59:59.000000".to_owned(),
                event_scheduler: None,
            },
            capabilities: Capabilities::of(version, Edition::Community),
            viewpoint,
            names: tenants.iter().map(|tenant| (tenant.id, tenant.name.clone())).collect(),
            tenants: tenants
                .into_iter()
                .map(|tenant| (tenant.name.clone(), tenant))
                .collect(),
        }
    }

    /// A tenant that can be backed up.
    pub(crate) fn protected(id: i64, name: &str) -> Tenant {
        Tenant {
            id,
            name: name.parse().unwrap(),
            role: "PRIMARY".to_owned(),
            mode: CompatibilityMode::Mysql,
            status: "NORMAL".to_owned(),
            in_recyclebin: false,
            log_mode: LogMode::Archivelog,
            backup_destination: Some(RawUri::new("file:///data")),
            storage_infos: Vec::new(),
            archive_destination: None,
            round: Some(Round {
                round_id: 1,
                status: "DOING".to_owned(),
                checkpoint_scn: Scn::default(),
                comment: String::new(),
            }),
            archive_lag_target: None,
            running_backup_jobs: Vec::new(),
        }
    }

    #[test]
    fn parameters_of_type_time_have_units() {
        for (text, expected) in [
            ("120s", Some(Duration::from_secs(120))),
            ("2m", Some(Duration::from_secs(120))),
            ("2H", Some(Duration::from_secs(7200))),
            ("500ms", Some(Duration::from_millis(500))),
            ("60", Some(Duration::from_secs(60))),
            ("", None),
            ("soon", None),
            ("99999999999999999999d", None),
            ("9999999999999999d", None),
        ] {
            assert_eq!(parse_time(text), expected, "{text:?}");
        }
    }

    #[test]
    fn parameters_are_sorted_by_tenant_and_doubtful_while_servers_disagree() {
        let lag = |tenant, value| {
            row(
                "GV$OB_PARAMETERS",
                &[
                    ("TENANT_ID", Some(tenant)),
                    ("NAME", Some("archive_lag_target")),
                    ("VALUE", Some(value)),
                ],
            )
        };
        let cluster = |name, value| {
            row(
                "GV$OB_PARAMETERS",
                &[("TENANT_ID", None), ("NAME", Some(name)), ("VALUE", Some(value))],
            )
        };
        let parameters = Parameters::parse(&[
            cluster("min_observer_version", "4.2.1.7"),
            cluster("cluster", "obc"),
            cluster("cluster_id", "7"),
            lag("1002", "120s"),
            lag("1002", "2m"),
            lag("1004", "120s"),
            lag("1004", "60s"),
        ]);
        assert_eq!(
            parameters,
            Ok(Parameters {
                min_observer_version: Some(Version(4, 2, 1, 7)),
                cluster_name: Some("obc".to_owned()),
                cluster_id: Some(7),
                archive_lag_targets: BTreeMap::from([(Some(1002), Some(Duration::from_secs(120))), (Some(1004), None)]),
            })
        );
    }

    #[test]
    fn shown_parameters_name_no_tenant() {
        let shown = row(
            "SHOW PARAMETERS",
            &[("name", Some("archive_lag_target")), ("value", Some("60s"))],
        );
        let parameters = Parameters::parse(&[shown]).unwrap();
        assert_eq!(
            parameters.archive_lag_targets,
            BTreeMap::from([(None, Some(Duration::from_secs(60)))])
        );
    }

    #[test]
    fn the_state_of_an_archive_destination_may_stand_alone() {
        let mut destination = ArchiveDestination::default();
        destination
            .set(&row(
                "CDB_OB_ARCHIVE_DEST",
                &[("NAME", Some("state")), ("VALUE", Some("DEFER"))],
            ))
            .unwrap();
        assert_eq!(
            destination,
            ArchiveDestination {
                state: Some("DEFER".to_owned()),
                ..Default::default()
            }
        );
    }

    #[test]
    fn keys_in_views_are_not_shown() {
        let cells = [
            ("PATH", Some("oss://b/p")),
            ("ENDPOINT", Some("host=h")),
            ("DEST_ID", Some("1001")),
            ("DEST_TYPE", Some("backup_data")),
            ("AUTHORIZATION", Some("access_id=i&access_key=s3cr3t")),
            ("EXTENSION", Some("")),
            ("LAST_CHECK_TIMESTAMP", None),
        ];
        let info = StorageInfo::from_row(&row("CDB_OB_BACKUP_STORAGE_INFO", &cells), false).unwrap();
        assert!(!format!("{info:?}").contains("s3cr3t"));
        assert_eq!(info.authorization.reveal(), "access_id=i&access_key=s3cr3t");
        assert_eq!(info.max_iops, None);
    }

    #[test]
    fn what_the_server_says_of_a_round_is_kept_without_keys() {
        let cells = [
            ("ROUND_ID", Some("1")),
            ("STATUS", Some("INTERRUPTED")),
            ("CHECKPOINT_SCN", Some("0")),
            (
                "COMMENT",
                Some("cannot write oss://b/p?access_id=i&access_key=s3cr3t&x=1"),
            ),
        ];
        let round = Round::from_row(&row("CDB_OB_ARCHIVELOG", &cells)).unwrap();
        assert_eq!(round.comment, "cannot write oss://b/p?access_id=i&access_key=***&x=1");
    }
}
