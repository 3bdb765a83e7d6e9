//! System variables: their defaults on OceanBase, and the values of the tenant and of the session.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::answer::ServerError;
use crate::cluster::Cluster;
use crate::query::datetime;
use Kind::{Number, Switch, Text};

/// What a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `ON` or `OFF` in `SHOW VARIABLES`, 1 or 0 in `SELECT`.
    Switch,
    Number,
    Text,
}

/// Where a variable can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Both,
    GlobalOnly,
    ReadOnly,
}

/// A variable that exists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) reach: Reach,
    default: &'static str,
}

const fn both(name: &'static str, kind: Kind, default: &'static str) -> Definition {
    Definition {
        name,
        kind,
        reach: Reach::Both,
        default,
    }
}

const fn global(name: &'static str, kind: Kind, default: &'static str) -> Definition {
    Definition {
        name,
        kind,
        reach: Reach::GlobalOnly,
        default,
    }
}

const fn fixed(name: &'static str, kind: Kind, default: &'static str) -> Definition {
    Definition {
        name,
        kind,
        reach: Reach::ReadOnly,
        default,
    }
}

/// Sorted by name, as `SHOW VARIABLES` lists them. Those that depend on the release have no default here.
const DEFINITIONS: [Definition; 73] = [
    both("auto_increment_increment", Number, "1"),
    both("auto_increment_offset", Number, "1"),
    both("autocommit", Switch, "ON"),
    both("big_tables", Switch, "OFF"),
    both("binlog_row_image", Text, "FULL"),
    both("block_encryption_mode", Text, "aes-128-ecb"),
    both("character_set_client", Text, "utf8mb4"),
    both("character_set_connection", Text, "utf8mb4"),
    both("character_set_database", Text, "utf8mb4"),
    both("character_set_filesystem", Text, "binary"),
    both("character_set_results", Text, "utf8mb4"),
    both("character_set_server", Text, "utf8mb4"),
    fixed("character_set_system", Text, "utf8mb4"),
    both("collation_connection", Text, "utf8mb4_general_ci"),
    both("collation_database", Text, "utf8mb4_general_ci"),
    both("collation_server", Text, "utf8mb4_general_ci"),
    global("connect_timeout", Number, "10"),
    fixed("datadir", Text, "/usr/local/mysql/data/"),
    both("default_storage_engine", Text, "OceanBase"),
    global("delayed_insert_limit", Number, "100"),
    both("div_precision_increment", Number, "4"),
    global("event_scheduler", Switch, "OFF"),
    both("explicit_defaults_for_timestamp", Switch, "ON"),
    both("foreign_key_checks", Switch, "ON"),
    both("group_concat_max_len", Number, "1024"),
    global("init_connect", Text, ""),
    both("interactive_timeout", Number, "28800"),
    both("lc_messages", Text, "en_US"),
    both("lc_time_names", Text, "en_US"),
    fixed("license", Text, ""),
    global("local_infile", Switch, "OFF"),
    both("lock_wait_timeout", Number, "31536000"),
    fixed("lower_case_table_names", Number, "1"),
    both("max_allowed_packet", Number, "16777216"),
    global("max_connections", Number, "2147483647"),
    both("max_execution_time", Number, "0"),
    both("max_user_connections", Number, "0"),
    both("net_buffer_length", Number, "16384"),
    both("net_read_timeout", Number, "30"),
    both("net_write_timeout", Number, "60"),
    both("ob_compatibility_mode", Text, "MYSQL"),
    both("ob_enable_plan_cache", Switch, "ON"),
    both("ob_enable_show_trace", Switch, "OFF"),
    both("ob_enable_transformation", Switch, "ON"),
    both("ob_log_level", Text, "disabled"),
    both("ob_pl_block_timeout", Number, "3216672000000000"),
    both("ob_query_timeout", Number, "10000000"),
    both("ob_read_consistency", Text, "STRONG"),
    both("ob_route_policy", Text, "READONLY_ZONE_FIRST"),
    global("ob_tcp_invited_nodes", Text, "%"),
    both("ob_trx_idle_timeout", Number, "86400000000"),
    both("ob_trx_timeout", Number, "86400000000"),
    fixed("port", Number, "2881"),
    fixed("protocol_version", Number, "10"),
    global("query_cache_size", Number, "1048576"),
    both("query_cache_type", Text, "OFF"),
    global("read_only", Switch, "OFF"),
    global("recyclebin", Switch, "OFF"),
    both("resource_manager_plan", Text, ""),
    global("secure_file_priv", Text, "NULL"),
    both("sql_auto_is_null", Switch, "OFF"),
    both("sql_mode", Text, "STRICT_ALL_TABLES"),
    both("sql_safe_updates", Switch, "OFF"),
    both("sql_select_limit", Number, "9223372036854775807"),
    both("sql_warnings", Switch, "OFF"),
    fixed("system_time_zone", Text, "+00:00"),
    both("time_zone", Text, "+08:00"),
    both("transaction_isolation", Text, "READ-COMMITTED"),
    both("tx_isolation", Text, "READ-COMMITTED"),
    both("unique_checks", Switch, "ON"),
    fixed("version", Text, ""),
    fixed("version_comment", Text, ""),
    both("wait_timeout", Number, "28800"),
];

/// The definition of a variable, whose name is not case-sensitive.
pub(super) fn definition(name: &str) -> Result<&'static Definition, ServerError> {
    DEFINITIONS
        .iter()
        .find(|definition| definition.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| ServerError {
            errno: 1193,
            sqlstate: "HY000",
            message: format!("Unknown system variable '{name}'"),
        })
}

/// The value as the variable keeps it, or the error for one that it does not take.
pub(super) fn accept(definition: &Definition, value: &str) -> Result<String, ServerError> {
    let wrong_value = || ServerError {
        errno: 1231,
        sqlstate: "42000",
        message: format!("Variable '{}' can't be set to the value of '{value}'", definition.name),
    };
    match definition.kind {
        Switch => match value.to_ascii_uppercase().as_str() {
            "1" | "ON" | "TRUE" => Ok("ON".to_owned()),
            "0" | "OFF" | "FALSE" => Ok("OFF".to_owned()),
            _ => Err(wrong_value()),
        },
        Number if value.parse::<i64>().is_err() => Err(ServerError {
            errno: 1232,
            sqlstate: "42000",
            message: format!("Incorrect argument type to variable '{}'", definition.name),
        }),
        Text if definition.name == "time_zone" && datetime::parse_offset(value).is_none() => Err(ServerError::general(
            1298,
            format!("Unknown or incorrect time zone: '{value}'"),
        )),
        Number | Text => Ok(value.to_owned()),
    }
}

/// The values that tenants have set with `SET GLOBAL`, and those that depend on the release.
#[derive(Debug)]
pub(crate) struct Globals {
    release: BTreeMap<&'static str, String>,
    /// Short version, as `ob_version()` tells it.
    pub(super) ob_version: String,
    set: Mutex<HashMap<(u64, &'static str), String>>,
}

impl Globals {
    pub(crate) fn new(cluster: &Cluster) -> Self {
        let profile = cluster.profile();
        let number = profile.version();
        let product = if profile.is_community_edition() {
            "OceanBase_CE"
        } else {
            "OceanBase"
        };
        let release = BTreeMap::from([
            ("version", format!("5.7.25-{product}-v{number}")),
            (
                "version_comment",
                format!(
                    "{product} {number} (r100000000000000000-0000000000000000000000000000000000000000) (Built Jan  1 2024 00:00:00)"
                ),
            ),
        ]);
        Self {
            release,
            ob_version: number.to_owned(),
            set: Mutex::default(),
        }
    }

    fn value(&self, tenant_id: u64, definition: &Definition) -> String {
        let set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        set.get(&(tenant_id, definition.name))
            .or_else(|| self.release.get(definition.name))
            .cloned()
            .unwrap_or_else(|| definition.default.to_owned())
    }

    fn set(&self, tenant_id: u64, definition: &Definition, value: String) {
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        set.insert((tenant_id, definition.name), value);
    }
}

/// The variables as one session sees them.
#[derive(Debug)]
pub(super) struct SessionVariables {
    pub(super) globals: Arc<Globals>,
    tenant_id: u64,
    values: HashMap<&'static str, String>,
    /// `@name` variables, under their names in lower case.
    user: HashMap<String, Option<String>>,
}

impl SessionVariables {
    pub(super) fn new(globals: Arc<Globals>, tenant_id: u64) -> Self {
        let mut variables = Self {
            globals,
            tenant_id,
            values: HashMap::new(),
            user: HashMap::new(),
        };
        variables.reset();
        variables
    }

    /// As after logging in: a session starts with the tenant's values of that moment.
    pub(super) fn reset(&mut self) {
        self.user.clear();
        let inherited = DEFINITIONS.iter().filter(|definition| definition.reach == Reach::Both);
        self.values = inherited
            .map(|definition| (definition.name, self.global(definition)))
            .collect();
    }

    pub(super) fn global(&self, definition: &Definition) -> String {
        self.globals.value(self.tenant_id, definition)
    }

    pub(super) fn session(&self, definition: &Definition) -> String {
        self.values
            .get(definition.name)
            .cloned()
            .unwrap_or_else(|| self.global(definition))
    }

    pub(super) fn set_global(&mut self, definition: &Definition, value: String) {
        self.globals.set(self.tenant_id, definition, value);
    }

    pub(super) fn set_session(&mut self, definition: &'static Definition, value: String) {
        self.values.insert(definition.name, value);
    }

    pub(super) fn user(&self, name: &str) -> Option<String> {
        self.user.get(&name.to_ascii_lowercase()).cloned().flatten()
    }

    pub(super) fn set_user(&mut self, name: &str, value: Option<String>) {
        self.user.insert(name.to_ascii_lowercase(), value);
    }

    pub(super) fn version(&self) -> String {
        self.globals.release.get("version").cloned().unwrap_or_default()
    }

    /// How long a statement may take, in microseconds.
    pub(super) fn query_timeout(&self) -> u64 {
        self.values
            .get("ob_query_timeout")
            .and_then(|value| value.parse().ok())
            .unwrap_or(u64::MAX / 2)
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value == "ON")
    }

    pub(super) fn offset(&self) -> i32 {
        self.values
            .get("time_zone")
            .and_then(|zone| datetime::parse_offset(zone))
            .unwrap_or_default()
    }

    /// Names and values as `SHOW VARIABLES` prints them.
    pub(super) fn list(&self, globals: bool) -> Vec<[String; 2]> {
        let value = |definition| {
            if globals {
                self.global(definition)
            } else {
                self.session(definition)
            }
        };
        DEFINITIONS
            .iter()
            .map(|definition| [definition.name.to_owned(), value(definition)])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_sorted_and_defaults_acceptable() {
        assert!(DEFINITIONS.is_sorted_by(|one, next| one.name < next.name));
        for definition in DEFINITIONS {
            assert_eq!(accept(&definition, definition.default).unwrap(), definition.default);
        }
    }
}
