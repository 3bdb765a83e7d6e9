//! What separates a destination that the cluster has from the one that is wished for, and the statement that changes
//! one in place.
//!
//! The server keeps a destination twice: as the text of the parameter, and as a row of `CDB_OB_BACKUP_STORAGE_INFO`, which
//! its jobs use, and which a new `SET` of the same path leaves as it is. So the row decides what can be repaired by setting
//! the text again, what needs `CHANGE EXTERNAL_STORAGE_DEST`, and what needs another path.

use crate::{
    cluster::{
        Kind, Statement, Viewpoint,
        snapshot::{CompatibilityMode, StorageInfo, Tenant},
        statement::Literal,
        tenant::TenantName,
        version::Capability,
    },
    managed_resource::{Context, Meaning, Pending, Step},
    values::{
        destination::{AccessKey, Credentials, Destination, Location, Media, Options, Throttle},
        storage::ResolvedStorage,
    },
};
use std::collections::BTreeMap;
use tfplugin::{AttributePath, Diagnostic};

/// The pending change "the secret half of the key is another now", which no view shows.
pub(crate) const ROTATION: &str = "access key";
/// The pending change "this object becomes ours": until then another location is not touched.
pub(crate) const OWNERSHIP: &str = "ownership";

/// The `condition` of an object that is as configured.
pub(crate) const IN_SYNC: &str = "in sync";
/// The `condition` of an object whose key was set by hand in a way that does not reach the jobs.
pub(crate) const JOBS_USE_ANOTHER_KEY: &str = "jobs use another key";

/// A row of `CDB_OB_BACKUP_STORAGE_INFO`: what the server's jobs use.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Registered {
    /// The number by which jobs and sets refer to it.
    pub(crate) dest_id: i64,
    credentials: Credentials,
    options: Options,
    /// `None` where the version cannot limit traffic.
    pub(crate) throttle: Option<Throttle>,
}

impl Registered {
    /// The row of a location, if the tenant has one.
    pub(crate) fn of(tenant: &Tenant, location: &Location) -> Option<Self> {
        let (path, endpoint) = (location.path_column(), location.endpoint_column());
        let mut rows = tenant.storage_infos.iter();
        rows.find(|row| row.path == path && row.endpoint == endpoint)
            .map(Self::from_row)
    }

    pub(crate) fn from_row(row: &StorageInfo) -> Self {
        Self {
            dest_id: row.dest_id,
            credentials: Credentials::parse(&row.authorization),
            // A word of a newer server: the parameter's text, which was parsed too, tells more.
            options: Options::parse(&row.extension).unwrap_or_default(),
            throttle: throttle(row),
        }
    }

    /// Whether the jobs use another key than the parameter's text names, as far as both can be read.
    pub(crate) fn uses_another_key(&self, shown: &Destination) -> bool {
        !self.credentials.same_holder(&shown.credentials)
            || self.credentials.same_key(&shown.credentials) == Some(false)
    }
}

/// Every destination that the tenant ever had, by `PATH` and `ENDPOINT`: rows are not deleted.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct KnownPlaces(BTreeMap<(String, String), Registered>);

impl KnownPlaces {
    pub(crate) fn of(tenant: &Tenant) -> Self {
        let rows = tenant.storage_infos.iter();
        Self(
            rows.map(|row| {
                let place = (row.path.clone(), row.endpoint.clone());
                (place, Registered::from_row(row))
            })
            .collect(),
        )
    }

    fn at(&self, location: &Location) -> Option<&Registered> {
        self.0.get(&(location.path_column(), location.endpoint_column()))
    }

    /// Whether setting this destination may leave its jobs with another key, since the server has a row for the place. (A row
    /// is written anew only when the directory is found empty.)
    pub(crate) fn may_outlive(&self, destination: &Destination) -> bool {
        matches!(destination.credentials, Credentials::Key { .. })
            && self.at(&destination.location).is_some_and(|known| {
                let known = &known.credentials;
                !known.same_holder(&destination.credentials) || known.same_key(&destination.credentials) != Some(true)
            })
    }

    /// The option that setting this destination may leave its jobs without, for the same reason.
    pub(crate) fn kept_option(&self, destination: &Destination) -> Option<&'static str> {
        let known = self.at(&destination.location)?;
        fixed_option(destination, &known.options)
    }
}

/// The first option that differs, and stays as it is for as long as the server knows the path.
fn fixed_option(wished: &Destination, in_use: &Options) -> Option<&'static str> {
    let option = wished.options.first_difference(in_use);
    option.filter(|_| wished.location.media() != Media::Nfs)
}

fn throttle(row: &StorageInfo) -> Option<Throttle> {
    Some(Throttle {
        max_iops: row.max_iops?,
        max_bandwidth: row.max_bandwidth?,
    })
}

/// The step that sets a destination, and what it makes of the key: a place that the server has a row for keeps its key, so
/// that the new one has to follow by another statement. Where that cannot be sent, a rotation is refused.
pub(crate) fn setting(
    step: Step,
    place: &Place<'_>,
    wished: &ResolvedStorage,
    pending: &Pending,
    context: &Context<'_>,
) -> Result<Step, Box<Diagnostic>> {
    let destination = wished.destination();
    let step = doubting_role(step, &destination);
    if place.known_places.at(&destination.location).is_none() {
        return Ok(step.settling(ROTATION));
    }
    if !place.known_places.may_outlive(&destination) {
        return Ok(step);
    }
    match may_change_in_place(
        place.tenant,
        place.mode,
        &destination,
        Capability::ChangeAccessInfo,
        context,
    ) {
        Ok(()) => Ok(step.raising(ROTATION)),
        Err(reason) if pending.has(ROTATION) => Err(reason),
        // Said at plan.
        Err(_) => Ok(step),
    }
}

/// Whose destination it is.
pub(crate) struct Place<'a> {
    pub(crate) tenant: &'a TenantName,
    pub(crate) mode: CompatibilityMode,
    pub(crate) known_places: &'a KnownPlaces,
}

/// A step that hands the destination to the server, which fetches a credential for its role, if it has one.
pub(crate) fn doubting_role(step: Step, destination: &Destination) -> Step {
    match destination.credentials {
        Credentials::Role { .. } => step.doubtful(Kind::Transient, CREDENTIAL_FOR_ROLE),
        Credentials::Key { .. } | Credentials::None => step,
    }
}

const CREDENTIAL_FOR_ROLE: Meaning = Meaning {
    summary: "The server gets no credential for the role",
    advice: "For a destination with a role, that is what this error means, as a rule: check the tenant parameter sts_credential, that \
             the service named there can be reached from the cluster, and that it may assume the role. If all of that is in order, \
             the cluster was busy or changing its leader: apply again.",
};

/// What separates a destination from the wished one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    /// Nothing.
    None,
    /// It is elsewhere.
    Location,
    /// Only the parameter's text strayed; setting it again repairs it.
    Text,
    /// Key or limits differ, and can be changed in place.
    InPlace {
        /// The key is to be changed.
        key: bool,
        /// The limits are to be changed.
        throttle: bool,
    },
    /// This attribute differs, and the server keeps the old value for as long as it knows the path.
    Fixed(&'static str),
}

/// Compares what the cluster shows with what is wished for.
///
/// Keys are compared on a first apply only: later, one that changed without its version text is no change. But where the
/// two places of a key disagree, one of them has to go.
pub(crate) fn difference(
    wished: &ResolvedStorage,
    shown: &Destination,
    registered: Option<&Registered>,
    pending: &Pending,
) -> Difference {
    let compare_keys = pending.has(OWNERSHIP) || registered.is_some_and(|row| row.uses_another_key(shown));
    let (destination, limits) = (wished.destination(), wished.throttle());
    if shown.location != destination.location {
        return Difference::Location;
    }
    let in_use = registered.map_or(&shown.options, |row| &row.options);
    if let Some(option) = fixed_option(&destination, in_use) {
        return Difference::Fixed(option);
    }
    if shown.options != destination.options {
        return Difference::Text;
    }
    let same = |credentials: &Credentials| {
        credentials.same_holder(&destination.credentials)
            && !(compare_keys && credentials.same_key(&destination.credentials) == Some(false))
    };
    let in_use = registered.map_or(&shown.credentials, |row| &row.credentials);
    let unseen_rotation = pending.has(ROTATION) && in_use.same_key(&destination.credentials) != Some(true);
    let key = !same(in_use) || unseen_rotation;
    if key && std::mem::discriminant(in_use) != std::mem::discriminant(&destination.credentials) {
        return Difference::Fixed("role_arn");
    }
    if key && matches!(destination.credentials, Credentials::Role { .. }) {
        return Difference::Fixed("role_arn");
    }
    let throttle = registered
        .and_then(|row| row.throttle)
        .is_some_and(|shown| shown != limits);
    match (key, throttle) {
        (false, false) if !same(&shown.credentials) => Difference::Text,
        (false, false) => Difference::None,
        (key, throttle) => Difference::InPlace { key, throttle },
    }
}

/// The statement that changes key or limits in place, or why the cluster cannot.
///
/// Limits that are left out become unlimited, so both are sent whenever one is.
pub(crate) fn change_in_place(
    tenant: &TenantName,
    mode: CompatibilityMode,
    wished: &ResolvedStorage,
    key: bool,
    throttle: bool,
    context: &Context<'_>,
) -> Result<Step, Box<Diagnostic>> {
    let destination = wished.destination();
    let capability = if key {
        Capability::ChangeAccessInfo
    } else {
        Capability::ChangeExternalStorageDest
    };
    may_change_in_place(tenant, mode, &destination, capability, context)?;
    let statement = Statement::new("ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = ")
        .literal(&destination.location.to_string())
        .sql(" SET");
    let statement = if key {
        with_access_info(statement, &destination)?
    } else {
        statement
    };
    let statement = if throttle {
        with_limits(statement, wished.throttle())
    } else {
        statement
    };
    let step = Step::new("changing the destination", statement)
        .in_tenant(tenant)
        .because_of(AttributePath::attribute("storage"));
    Ok(if key { step.settling(ROTATION) } else { step })
}

/// Whether the cluster can change key or limits in place, and the provider can send the statement.
pub(crate) fn may_change_in_place(
    tenant: &TenantName,
    mode: CompatibilityMode,
    destination: &Destination,
    capability: Capability,
    context: &Context<'_>,
) -> Result<(), Box<Diagnostic>> {
    context.capabilities.require(capability).map_err(|missing| {
        Box::new(
            Diagnostic::error(
                "The cluster cannot change this destination in place",
                format!(
                    "{missing}. Until then choose another `path` for tenant `{tenant}`, empty or new: setting the same one \
                     again would be accepted, but its jobs would go on with the old settings."
                ),
            )
            .at(AttributePath::attribute("storage")),
        )
    })?;
    if mode == CompatibilityMode::Oracle {
        return Err(Box::new(by_hand(tenant, destination)));
    }
    let own_session = matches!(context.viewpoint, Viewpoint::User(own) if own == tenant);
    if !own_session && !context.tenant_logins.contains(tenant) {
        let similar = tenant.most_similar(context.tenant_logins);
        let hint = similar.map_or_else(String::new, |login| {
            format!(" It has a login for `{login}`; should that be `{tenant}`?")
        });
        return Err(Box::new(
            Diagnostic::error(
                "A login of the tenant is needed",
                format!(
                    "The server changes the key or the limits of an existing destination only in a session of the tenant \
                     itself. Add `{tenant}` to `tenant_credentials` of the provider block.{hint}"
                ),
            )
            .at(AttributePath::attribute("storage")),
        ));
    }
    Ok(())
}

/// The server takes the statement only in a session of the tenant, and of an Oracle-mode tenant only its own client can
/// open one.
fn by_hand(tenant: &TenantName, destination: &Destination) -> Diagnostic {
    Diagnostic::error(
        "An Oracle-mode tenant changes its destination itself",
        format!(
            "The server changes the key or the limits of an existing destination only in a session of the tenant itself, and \
             the provider cannot log in to Oracle-mode tenants. Log in to `{tenant}` with obclient, and run\n\n  ALTER SYSTEM \
             CHANGE EXTERNAL_STORAGE_DEST PATH = '{}' SET ACCESS_INFO = 'access_id=…&access_key=…';\n\n(or SET ATTRIBUTE = \
             'max_iops=…&max_bandwidth=…'). Then let Terraform record the new key version without acting on it: apply once \
             without `access_key_wo_version`, and once with the new one. With a storage profile, give the Oracle-mode tenants one of \
             their own first, and do so with its `access_key_version`: a MySQL-mode tenant on the same profile would not get the \
             new key.",
            destination.location,
        ),
    )
    .at(AttributePath::attribute("storage"))
}

fn with_access_info(statement: Statement, destination: &Destination) -> Result<Statement, Box<Diagnostic>> {
    match &destination.credentials {
        Credentials::Key {
            access_id,
            access_key: AccessKey::Plain(key),
        } => Ok(statement
            .sql(" ACCESS_INFO = ")
            .literal_parts(|literal| literal.text(&format!("access_id={access_id}&access_key=")).secret(key))),
        Credentials::Key { .. } | Credentials::Role { .. } | Credentials::None => Err(Box::new(key_needed())),
    }
}

fn with_limits(statement: Statement, limits: Throttle) -> Statement {
    statement.sql(" ATTRIBUTE = ").literal(&limits_text(limits))
}

/// The statement, about the tenant.
pub(crate) fn for_tenant(statement: Statement, tenant: &TenantName, context: &Context<'_>) -> Statement {
    statement.for_tenants([tenant], context.viewpoint)
}

/// Limits as parameters. The server takes a bandwidth only with its unit, so "unlimited" is said by leaving it out.
fn limits_text(limits: Throttle) -> String {
    let bandwidth = match limits.max_bandwidth {
        0 => String::new(),
        bytes => format!(
            "&max_bandwidth={}",
            String::from(crate::values::bandwidth::Bandwidth::from(bytes))
        ),
    };
    format!("max_iops={}{bandwidth}", limits.max_iops)
}

/// The destination that a statement writes whole, which takes its key.
pub(crate) fn with_key(wished: &ResolvedStorage) -> Result<Destination, Box<Diagnostic>> {
    let destination = wished.destination();
    match destination.credentials {
        Credentials::Key {
            access_key: AccessKey::Missing,
            ..
        } => Err(Box::new(key_needed())),
        _ => Ok(destination),
    }
}

/// Writes a destination and its limits into a statement's literal. Limits that there are none of are left out: older
/// versions do not know them.
pub(crate) fn write_whole(destination: &Destination, limits: Throttle, literal: Literal) -> Literal {
    let literal = destination.write(literal);
    if limits == Throttle::default() {
        return literal;
    }
    let separator = if destination.has_parameters() { '&' } else { '?' };
    literal.text(&format!("{separator}{}", limits_text(limits)))
}

/// Says that a statement would need a key that the configuration does not give.
fn key_needed() -> Diagnostic {
    Diagnostic::error(
        "The access key is needed",
        "The destination has to be written to the cluster with its access key, and the configuration gives none. Set \
         `access_key_wo`, or a `profile` that has an `access_key`.",
    )
    .at(AttributePath::attribute("storage").child("access_key_wo"))
}

/// Says that an attribute is fixed for as long as the server knows the path.
pub(crate) fn fixed(option: &'static str) -> Diagnostic {
    Diagnostic::error(
        "This setting needs a new path",
        format!(
            "`{option}` of an existing destination cannot be changed: the server would take the statement, and its jobs would \
             go on with the old value. Choose another `path`, empty or new, together with it."
        ),
    )
    .at(AttributePath::attribute("storage").child(option))
}

/// Says that the object is already somewhere else, and was not asked to move.
pub(crate) fn taken(type_name: &str, tenant: &TenantName, shown: &Location) -> Diagnostic {
    Diagnostic::error(
        "Already configured elsewhere",
        format!(
            "Tenant `{tenant}` already writes to {shown}, and this resource was not created by Terraform. To manage what is \
             there, run `terraform import {type_name}.NAME {tenant}`. To move it to the configured location, set \
             `adopt_existing = true`."
        ),
    )
    .at(AttributePath::attribute("storage"))
}
