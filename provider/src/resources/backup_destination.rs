//! `oceanbase_backup_destination`: where a tenant's data backups are written.
//!
//! Reads `CDB_OB_BACKUP_PARAMETER`, `CDB_OB_BACKUP_STORAGE_INFO` and `CDB_OB_BACKUP_JOBS`; sends
//! `ALTER SYSTEM SET DATA_BACKUP_DEST`, `CHANGE EXTERNAL_STORAGE_DEST` and, when told, `CANCEL BACKUP`.
//! Manual: <https://en.oceanbase.com/docs/common-oceanbase-database-10000000001971102>.

use crate::{
    cluster::{Error, Snapshot, Statement, TenantName, Viewpoint},
    destination_change::{
        Difference, OWNERSHIP, ROTATION, Registered, change_in_place, difference, fixed, key_needed, limits_text,
        missing_capabilities, taken, unknown_tenant,
    },
    managed_resource::{Computed, Context, Diff, Goal, ManagedResource, Operation, Pending, Step},
    neighbours,
    values::{
        destination::{AccessKey, Credentials, Destination},
        storage::{ResolvedStorage, Storage, StorageProfiles},
        timeouts::Timeouts,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// Where the data backups of a tenant are written.
///
/// The server tests the storage when the destination is set: it writes a `format` file, by which it knows the directory
/// again, and probe files. One directory serves one tenant and one purpose; backups and archived logs each need their own.
///
/// Moving to another location leaves the old backups where they are, but a new location begins with a full backup: take one
/// after the move. Old locations are listed in `previous_locations`; no cleanup touches them any more.
///
/// Destroying this resource leaves the destination as it is, unless `on_destroy` says otherwise. Files are never touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant. `sys` and META tenants have no backups of their own.
    #[schemars(extend("x-requires-replace" = true))]
    pub tenant: TenantName,
    /// Where the backups are written.
    pub storage: Storage,
    /// What to do when the destination has to be set while a backup runs, which the server refuses (error 9036).
    #[serde(default)]
    pub on_running_backup: OnRunningBackup,
    /// Take over a tenant whose backups already go to another location, and move it here. Without it, that is an error.
    #[serde(default)]
    pub adopt_existing: bool,
    /// What becomes of the destination when this resource is destroyed. Apply a changed value before destroying.
    #[serde(default)]
    pub on_destroy: OnDestroy,
    /// How long to wait.
    pub timeouts: Option<Timeouts>,
    /// The destination as a URI, without its key.
    #[schemars(extend("readOnly" = true))]
    pub uri: Option<String>,
    /// Number by which jobs and backup sets refer to the destination (`DEST_ID`).
    #[schemars(extend("readOnly" = true))]
    pub dest_id: Option<i64>,
    /// Locations that this resource has moved away from, oldest first. Their files are still there.
    #[schemars(extend("readOnly" = true))]
    pub previous_locations: Option<Vec<String>>,
    /// `in sync`, or what is wrong although all attributes are as configured: `jobs use another key` when the key was
    /// set by hand in a way that does not reach the jobs.
    #[schemars(extend("readOnly" = true))]
    pub condition: Option<String>,
}

/// What to do about a running backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OnRunningBackup {
    /// Wait for its end, within the timeout.
    #[default]
    Wait,
    /// Fail.
    Fail,
    /// Cancel it.
    Cancel,
}

/// What becomes of the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OnDestroy {
    /// It stays as it is, and the tenant can be backed up.
    #[default]
    Keep,
    /// It is cleared: the tenant cannot be backed up any more. Files stay.
    Clear,
}

/// What the views say.
#[derive(Debug)]
pub struct Observed {
    destination: Option<Destination>,
    registered: Option<Registered>,
    backup_runs: bool,
}

/// The resource.
pub struct BackupDestination;

const IN_SYNC: &str = "in sync";
const JOBS_USE_ANOTHER_KEY: &str = "jobs use another key";

impl ManagedResource for BackupDestination {
    const NAME: &'static str = "oceanbase_backup_destination";
    type Model = Model;
    type Identity = TenantName;
    type Observed = Observed;

    fn identity_attributes() -> &'static [(&'static str, &'static str)] {
        &[("tenant", "Name of the user tenant.")]
    }

    fn identity(model: &Model) -> TenantName {
        model.tenant.clone()
    }

    fn tenant(tenant: &TenantName) -> &TenantName {
        tenant
    }

    fn observe(snapshot: &Snapshot, tenant: &TenantName) -> Result<Option<Observed>, Error> {
        let Some(tenant) = snapshot.tenant(tenant) else {
            return Ok(None);
        };
        let set = tenant.backup_destination.as_ref().filter(|uri| !uri.is_empty());
        let destination = set
            .map(Destination::parse)
            .transpose()
            .map_err(|reason| Error::UnexpectedRow {
                source_name: "CDB_OB_BACKUP_PARAMETER".to_owned(),
                column: "VALUE".to_owned(),
                reason: reason.to_string(),
            })?;
        Ok(Some(Observed {
            registered: destination
                .as_ref()
                .and_then(|destination| Registered::of(tenant, &destination.location)),
            destination,
            backup_runs: !tenant.running_backup_jobs.is_empty(),
        }))
    }

    fn exists(observed: &Observed) -> bool {
        observed.destination.is_some()
    }

    fn diff(goal: Goal<'_, Model>, pending: &Pending, observed: Option<&Observed>, context: &Context<'_>) -> Diff {
        match (goal, observed) {
            (Goal::Absent(_), None) => Diff::InSync,
            (Goal::Present(model), None) => Diff::Refuse(Box::new(unknown_tenant(&model.tenant, context.viewpoint))),
            (Goal::Absent(model), Some(observed)) => match (model.on_destroy, &observed.destination) {
                (OnDestroy::Keep, _) | (OnDestroy::Clear, None) => Diff::InSync,
                (OnDestroy::Clear, Some(_)) => set(model, observed, context, clear(&model.tenant, context)),
            },
            (Goal::Present(model), Some(observed)) => match model.storage.resolve(context.profiles) {
                Err(unknown_profile) => Diff::Refuse(unknown_profile),
                Ok(wished) => diff_present(model, &wished, pending, observed, context),
            },
        }
    }

    fn state(prior: Option<&Model>, tenant: &TenantName, observed: &Observed, context: &Context<'_>) -> Model {
        let destination = observed.destination.as_ref();
        let throttle = observed.registered.as_ref().and_then(|row| row.throttle);
        let storage = match destination {
            Some(destination) => Storage::observed(
                prior.map(|prior| &prior.storage),
                destination,
                throttle,
                context.profiles,
            ),
            None => prior.map(|prior| prior.storage.clone()).unwrap_or_default(),
        };
        Model {
            tenant: tenant.clone(),
            storage,
            on_running_backup: prior.map(|prior| prior.on_running_backup).unwrap_or_default(),
            adopt_existing: prior.is_some_and(|prior| prior.adopt_existing),
            on_destroy: prior.map(|prior| prior.on_destroy).unwrap_or_default(),
            timeouts: prior.and_then(|prior| prior.timeouts.clone()),
            uri: destination.map(Destination::public_uri),
            dest_id: observed.registered.as_ref().map(|row| row.dest_id),
            previous_locations: Some(
                prior
                    .and_then(|prior| prior.previous_locations.clone())
                    .unwrap_or_default(),
            ),
            condition: Some(condition(observed).to_owned()),
        }
    }

    fn pending(prior: Option<&Model>, goal: &Model) -> Pending {
        Pending::none().with(OWNERSHIP, prior.is_none()).with(
            ROTATION,
            prior.is_some_and(|prior| goal.storage.key_rotated_since(&prior.storage)),
        )
    }

    fn plan(prior: Option<&Model>, proposed: &Model, profiles: &StorageProfiles) -> Vec<(AttributePath, Computed)> {
        let Ok(wished) = proposed.storage.resolve(profiles) else {
            // Said by the precheck.
            return Vec::new();
        };
        let destination = wished.destination();
        let mut computed = vec![
            (
                "storage.profile_key_version".into(),
                Computed::Known(json!(wished.profile_key_version())),
            ),
            ("uri".into(), Computed::Known(json!(destination.public_uri()))),
            ("condition".into(), Computed::Known(json!(IN_SYNC))),
        ];
        let previous = prior.map(|prior| (prior, prior.storage.resolve(profiles)));
        match previous {
            None => {
                computed.push(("dest_id".into(), Computed::Unknown));
                computed.push(("previous_locations".into(), Computed::Known(json!([]))));
            }
            Some((prior, Ok(before))) if before.destination().location != destination.location => {
                let mut locations = prior.previous_locations.clone().unwrap_or_default();
                locations.push(before.destination().location.to_string());
                computed.push(("dest_id".into(), Computed::Unknown));
                computed.push(("previous_locations".into(), Computed::Known(json!(locations))));
            }
            Some((_, Ok(_))) => {}
            Some((_, Err(_))) => {
                computed.push(("dest_id".into(), Computed::Unknown));
                computed.push(("previous_locations".into(), Computed::Unknown));
            }
        }
        computed
    }

    fn validate(model: &Model) -> Diagnostics {
        model.storage.validate()
    }

    fn precheck(prior: Option<&Model>, planned: &Model, snapshot: &Snapshot, context: &Context<'_>) -> Diagnostics {
        let wished = match planned.storage.resolve(context.profiles) {
            Ok(wished) => wished,
            Err(unknown_profile) => return (*unknown_profile).into(),
        };
        let mut diagnostics = if planned.storage.profile.is_some() {
            wished.validate()
        } else {
            Diagnostics::none()
        };
        if diagnostics.has_errors() {
            return diagnostics;
        }
        diagnostics.extend(missing_capabilities(&wished, context.capabilities));
        let location = wished.destination().location;
        let present = snapshot
            .tenant(&planned.tenant)
            .and_then(|tenant| tenant.backup_destination.as_ref());
        let present = present
            .and_then(|uri| Destination::parse(uri).ok())
            .map(|destination| destination.location);
        if present.as_ref() != Some(&location) {
            diagnostics.extend(neighbours::of_backups(snapshot, &planned.tenant, &location));
        }
        if let (Some(_), Some(present)) = (prior, present.filter(|present| *present != location)) {
            diagnostics.push(
                Diagnostic::warning(
                    "Take a new full backup after this move",
                    format!(
                        "The backups of tenant `{}` move from {present} to {location}. Backups at the new location start with a \
                         full one; until it is done, only the old location can restore the tenant. The files there stay, and \
                         no cleanup removes them any more.",
                        planned.tenant,
                    ),
                )
                .at("storage"),
            );
        }
        diagnostics
    }

    fn precheck_destroy(prior: &Model) -> Diagnostics {
        let place = prior.uri.as_deref().unwrap_or("the destination");
        let (summary, detail) = match prior.on_destroy {
            OnDestroy::Keep => (
                "The backup destination stays",
                format!(
                    "Tenant `{}` keeps {place} as its backup destination, since `on_destroy` is `keep`. To clear it, apply \
                     `on_destroy = \"clear\"` first.",
                    prior.tenant,
                ),
            ),
            OnDestroy::Clear => (
                "The tenant cannot be backed up any more",
                format!(
                    "Tenant `{}` loses its backup destination {place}, since `on_destroy` is `clear`. The files there stay.",
                    prior.tenant,
                ),
            ),
        };
        Diagnostic::warning(summary, detail).into()
    }

    fn patience(model: &Model, operation: Operation) -> Duration {
        Timeouts::patience(model.timeouts.as_ref(), operation)
    }
}

fn diff_present(
    model: &Model,
    wished: &ResolvedStorage,
    pending: &Pending,
    observed: &Observed,
    context: &Context<'_>,
) -> Diff {
    let ours = !pending.has(OWNERSHIP);
    let statement = || match set_destination(&model.tenant, wished, context) {
        Ok(statement) => set(model, observed, context, statement),
        Err(diagnostic) => Diff::Refuse(diagnostic),
    };
    let Some(shown) = &observed.destination else {
        return statement();
    };
    let row = observed.registered.as_ref();
    // Normally keys are not compared, since a changed key without a changed version is no change. Where the two places
    // of a key disagree, one of them has to go.
    let compare_keys = !ours || row.is_some_and(|row| row.uses_another_key(shown));
    match difference(wished, shown, row, compare_keys, pending.has(ROTATION)) {
        Difference::None => Diff::InSync,
        Difference::Location if ours || model.adopt_existing => statement(),
        Difference::Location => Diff::Refuse(Box::new(taken(BackupDestination::NAME, &model.tenant, &shown.location))),
        Difference::Text => statement(),
        Difference::Fixed(option) => Diff::Refuse(Box::new(fixed(option))),
        Difference::InPlace { key, throttle } => match change_in_place(&model.tenant, wished, key, throttle, context) {
            Ok(step) => Diff::Apply(vec![step]),
            Err(diagnostic) => Diff::Refuse(diagnostic),
        },
    }
}

/// Sets the destination as soon as no backup runs: until then the server answers 9036.
fn set(model: &Model, observed: &Observed, context: &Context<'_>, statement: Statement) -> Diff {
    let step = Step::new("setting the backup destination", statement);
    match (observed.backup_runs, model.on_running_backup) {
        (true, OnRunningBackup::Wait) => Diff::Settling(RUNNING_BACKUP),
        (true, OnRunningBackup::Fail) => Diff::Refuse(Box::new(backup_runs(&model.tenant))),
        (true, OnRunningBackup::Cancel) => Diff::Apply(vec![Step::new(
            "cancelling the running backup",
            cancel_backup(&model.tenant, context),
        )]),
        (false, OnRunningBackup::Fail) => Diff::Apply(vec![step]),
        (false, OnRunningBackup::Wait | OnRunningBackup::Cancel) => {
            Diff::Apply(vec![step.not_yet(BACKUP_IN_PROGRESS, RUNNING_BACKUP)])
        }
    }
}

const BACKUP_IN_PROGRESS: u16 = 9036;
const RUNNING_BACKUP: &str = "the running backup to end";

fn backup_runs(tenant: &TenantName) -> Diagnostic {
    Diagnostic::error(
        "A backup is running",
        format!(
            "The destination of tenant `{tenant}` cannot be set while a backup runs. Apply again when it has ended, or set \
             `on_running_backup` to `wait` or `cancel`."
        ),
    )
    .at("on_running_backup")
}

/// What no attribute shows: on Community Edition both places of a key can be read, and may differ.
fn condition(observed: &Observed) -> &'static str {
    match (&observed.destination, &observed.registered) {
        (Some(shown), Some(row)) if row.uses_another_key(shown) => JOBS_USE_ANOTHER_KEY,
        _ => IN_SYNC,
    }
}

fn set_destination(
    tenant: &TenantName,
    wished: &ResolvedStorage,
    context: &Context<'_>,
) -> Result<Statement, Box<Diagnostic>> {
    let destination = wished.destination();
    if let Credentials::Key {
        access_key: AccessKey::Missing,
        ..
    } = destination.credentials
    {
        return Err(Box::new(key_needed()));
    }
    let limits = wished.throttle();
    let statement = Statement::new("ALTER SYSTEM SET DATA_BACKUP_DEST = ").literal_parts(|literal| {
        let literal = destination.write(literal);
        if limits == Default::default() {
            return literal;
        }
        let separator = if destination.has_parameters() { '&' } else { '?' };
        literal.text(&format!("{separator}{}", limits_text(limits)))
    });
    Ok(for_tenant(statement, tenant, context))
}

fn clear(tenant: &TenantName, context: &Context<'_>) -> Statement {
    for_tenant(
        Statement::new("ALTER SYSTEM SET DATA_BACKUP_DEST = ''"),
        tenant,
        context,
    )
}

fn cancel_backup(tenant: &TenantName, context: &Context<'_>) -> Statement {
    for_tenant(Statement::new("ALTER SYSTEM CANCEL BACKUP"), tenant, context)
}

/// `sys` names the tenant that it means; a user tenant must not name any.
fn for_tenant(statement: Statement, tenant: &TenantName, context: &Context<'_>) -> Statement {
    match context.viewpoint {
        Viewpoint::Sys => statement.sql(" TENANT = ").identifier(tenant.as_str()),
        Viewpoint::User(_) => statement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cluster::{
            RawUri,
            snapshot::StorageInfo,
            version::{Capabilities, Edition, Version},
        },
        managed_resource::describe,
    };
    use expect_test::{Expect, expect};
    use std::{borrow::Borrow, collections::BTreeSet};

    const OSS: &str = "oss://b/p?host=h&access_id=i&access_key=k";

    fn nfs() -> Model {
        model(json!({ "storage": { "type": "nfs", "path": "/backup" } }))
    }

    fn oss(changes: serde_json::Value) -> Model {
        let mut storage = json!({
            "type": "oss", "bucket": "b", "path": "p", "host": "h", "access_id": "i", "access_key_wo": "k",
            "access_key_wo_version": "1",
        });
        for (name, value) in changes.as_object().unwrap() {
            storage[name] = value.clone();
        }
        model(json!({ "storage": storage }))
    }

    fn model(json: serde_json::Value) -> Model {
        let mut base = json!({ "tenant": "t1" });
        for (name, value) in json.as_object().unwrap() {
            base[name] = value.clone();
        }
        serde_json::from_value(base).unwrap()
    }

    /// The cluster shows `uri`, and its jobs use `registered`.
    fn observed(uri: &str, registered: &str) -> Observed {
        let destination = (!uri.is_empty()).then(|| Destination::parse(&RawUri::new(uri)).unwrap());
        let registered = (!registered.is_empty()).then(|| row(registered));
        Observed {
            destination,
            registered,
            backup_runs: false,
        }
    }

    fn row(uri: &str) -> Registered {
        let location = Destination::parse(&RawUri::new(uri)).unwrap().location;
        let (_, parameters) = uri.split_once('?').unwrap_or_default();
        let info = StorageInfo {
            path: location.path_column(),
            endpoint: location.endpoint_column(),
            dest_id: 1001,
            dest_type: "backup_data".to_owned(),
            authorization: RawUri::new(parameters),
            extension: parameters.to_owned(),
            last_check: None,
            max_iops: Some(0),
            max_bandwidth: Some(0),
        };
        Registered::from_row(&info)
    }

    struct Server {
        version: Version,
        viewpoint: Viewpoint,
        tenant_login: bool,
    }

    const NEW: Version = Version(4, 4, 1, 0);
    const OLD: Version = Version(4, 2, 1, 0);

    fn sys(version: Version) -> Server {
        Server {
            version,
            viewpoint: Viewpoint::Sys,
            tenant_login: true,
        }
    }

    fn diff_on(server: &Server, goal: Goal<'_, Model>, prior: Option<&Model>, observed: Option<&Observed>) -> String {
        let (Goal::Present(model) | Goal::Absent(model)) = goal;
        let logins: BTreeSet<TenantName> = [model.tenant.clone()]
            .into_iter()
            .filter(|_| server.tenant_login)
            .collect();
        let context = Context {
            profiles: &StorageProfiles::new(),
            capabilities: &Capabilities::of(server.version, Edition::Community),
            viewpoint: &server.viewpoint,
            tenant_logins: &logins,
        };
        describe(&BackupDestination::diff(
            goal,
            &BackupDestination::pending(prior, model),
            observed,
            &context,
        ))
    }

    #[track_caller]
    fn check(prior: Option<&Model>, goal: &Model, observed: &Observed, expected: impl Borrow<Expect>) {
        expected
            .borrow()
            .assert_eq(&diff_on(&sys(NEW), Goal::Present(goal), prior, Some(observed)));
    }

    #[test]
    fn a_destination_that_is_not_set_is_set() {
        check(
            None,
            &nfs(),
            &observed("", ""),
            expect!["ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup' TENANT = `t1`;\n"],
        );
        let limited = oss(json!({ "max_iops": 5, "max_bandwidth": "10MB", "delete_mode": "tagging" }));
        check(
            None,
            &limited,
            &observed("", ""),
            expect![[r#"
                ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=***&delete_mode=tagging&max_iops=5&max_bandwidth=10MB' TENANT = `t1`;
            "#]],
        );
    }

    #[test]
    fn a_user_tenant_names_no_tenant() {
        let own = Server {
            viewpoint: Viewpoint::User("t1".parse().unwrap()),
            ..sys(NEW)
        };
        let diff = diff_on(&own, Goal::Present(&nfs()), None, Some(&observed("", "")));
        expect!["ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup';\n"].assert_eq(&diff);
    }

    #[test]
    fn what_means_the_same_is_in_sync() {
        check(
            None,
            &nfs(),
            &observed("file:///backup", "file:///backup"),
            expect!["in sync\n"],
        );
        let shown = "oss://b/p?host=h&access_id=i&access_key=k&checksum_type=md5&delete_mode=delete";
        check(
            None,
            &oss(json!({ "path": "/p/" })),
            &observed(shown, shown),
            expect!["in sync\n"],
        );
        let encrypted = "oss://b/p?host=h&access_id=i&encrypt_key=00ff";
        check(
            None,
            &oss(json!({})),
            &observed(encrypted, encrypted),
            expect!["in sync\n"],
        );
    }

    #[test]
    fn another_location_is_refused_unless_told_to_adopt_or_ours() {
        let elsewhere = observed("file:///elsewhere", "file:///elsewhere");
        check(
            None,
            &nfs(),
            &elsewhere,
            expect!["refuse: Already configured elsewhere at storage\n"],
        );
        let set = expect!["ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///backup' TENANT = `t1`;\n"];
        check(
            None,
            &Model {
                adopt_existing: true,
                ..nfs()
            },
            &elsewhere,
            &set,
        );
        check(Some(&nfs()), &nfs(), &elsewhere, set);
    }

    #[test]
    fn text_that_strayed_from_what_the_jobs_use_is_set_again() {
        let strayed = observed("oss://b/p?host=h&access_id=other&access_key=x", OSS);
        let set = expect![[r#"
            ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=***' TENANT = `t1`;
        "#]];
        check(Some(&oss(json!({}))), &oss(json!({})), &strayed, &set);
        let strayed = observed("oss://b/p?host=h&access_id=i&access_key=k&delete_mode=tagging", OSS);
        check(Some(&oss(json!({}))), &oss(json!({})), &strayed, &set);
        // The holder is the same: only the two secret halves tell that a key was set by hand.
        let strayed = observed("oss://b/p?host=h&access_id=i&access_key=x", OSS);
        check(Some(&oss(json!({}))), &oss(json!({})), &strayed, set);
    }

    #[test]
    fn a_key_is_changed_in_place_by_its_tenant() {
        let rotated = oss(json!({ "access_key_wo": "new", "access_key_wo_version": "2" }));
        let change = expect![[r#"
            ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p?host=h' SET ACCESS_INFO = 'access_id=i&access_key=***' (as tenant t1);
        "#]];
        check(Some(&oss(json!({}))), &rotated, &observed(OSS, OSS), &change);
        let encrypted = "oss://b/p?host=h&access_id=i&encrypt_key=00ff";
        check(Some(&oss(json!({}))), &rotated, &observed(encrypted, encrypted), change);
        let done = "oss://b/p?host=h&access_id=i&access_key=new";
        check(
            Some(&oss(json!({}))),
            &rotated,
            &observed(done, done),
            expect!["in sync\n"],
        );
    }

    #[test]
    fn a_key_without_a_new_version_is_no_change() {
        let silent = oss(json!({ "access_key_wo": "new" }));
        check(
            Some(&oss(json!({}))),
            &silent,
            &observed(OSS, OSS),
            expect!["in sync\n"],
        );
        let unversioned = oss(json!({ "access_key_wo_version": null }));
        check(Some(&unversioned), &silent, &observed(OSS, OSS), expect!["in sync\n"]);
    }

    #[test]
    fn limits_are_changed_together() {
        let limited = oss(json!({ "max_iops": 5 }));
        check(
            Some(&oss(json!({}))),
            &limited,
            &observed(OSS, OSS),
            expect![[r#"
                ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH = 'oss://b/p?host=h' SET ATTRIBUTE = 'max_iops=5' (as tenant t1);
            "#]],
        );
    }

    #[test]
    fn what_the_server_keeps_for_a_path_needs_another_path() {
        let tagging = oss(json!({ "delete_mode": "tagging" }));
        let refused = expect!["refuse: This setting needs a new path at storage.delete_mode\n"];
        check(Some(&oss(json!({}))), &tagging, &observed(OSS, OSS), refused);
        let moved = oss(json!({ "delete_mode": "tagging", "path": "q" }));
        let set = expect![[r#"
            ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/q?host=h&access_id=i&access_key=***&delete_mode=tagging' TENANT = `t1`;
        "#]];
        check(Some(&oss(json!({}))), &moved, &observed(OSS, OSS), set);
        let role = oss(json!({ "access_id": null, "access_key_wo": null, "role_arn": "r" }));
        let refused = expect!["refuse: This setting needs a new path at storage.role_arn\n"];
        check(Some(&oss(json!({}))), &role, &observed(OSS, OSS), refused);
    }

    #[test]
    fn what_cannot_be_changed_in_place_says_why() {
        let rotated = oss(json!({ "access_key_wo_version": "2", "access_key_wo": "new" }));
        let diff = |server: &Server| {
            diff_on(
                server,
                Goal::Present(&rotated),
                Some(&oss(json!({}))),
                Some(&observed(OSS, OSS)),
            )
        };
        expect!["refuse: The cluster cannot change this destination in place at storage\n"].assert_eq(&diff(&sys(OLD)));
        let no_login = Server {
            tenant_login: false,
            ..sys(NEW)
        };
        expect!["refuse: A login of the tenant is needed at storage\n"].assert_eq(&diff(&no_login));
    }

    #[test]
    fn a_running_backup_is_awaited_cancelled_or_reported() {
        let busy = Observed {
            backup_runs: true,
            ..observed("file:///old", "file:///old")
        };
        let with = |policy: &str| Model {
            on_running_backup: serde_json::from_value(json!(policy)).unwrap(),
            ..nfs()
        };
        check(
            Some(&nfs()),
            &with("wait"),
            &busy,
            expect!["wait for the running backup to end\n"],
        );
        check(
            Some(&nfs()),
            &with("fail"),
            &busy,
            expect!["refuse: A backup is running at on_running_backup\n"],
        );
        check(
            Some(&nfs()),
            &with("cancel"),
            &busy,
            expect!["ALTER SYSTEM CANCEL BACKUP TENANT = `t1`;\n"],
        );
        let same = Observed {
            backup_runs: true,
            ..observed("file:///backup", "file:///backup")
        };
        check(Some(&nfs()), &with("fail"), &same, expect!["in sync\n"]);
    }

    #[test]
    fn destroying_does_as_much_as_it_was_told() {
        let destroy = |on_destroy, uri| {
            let model = Model { on_destroy, ..nfs() };
            diff_on(&sys(NEW), Goal::Absent(&model), Some(&model), Some(&observed(uri, uri)))
        };
        expect!["in sync\n"].assert_eq(&destroy(OnDestroy::Keep, "file:///backup"));
        let clear = expect!["ALTER SYSTEM SET DATA_BACKUP_DEST = '' TENANT = `t1`;\n"];
        clear.assert_eq(&destroy(OnDestroy::Clear, "file:///backup"));
        expect!["in sync\n"].assert_eq(&destroy(OnDestroy::Clear, ""));
    }

    #[test]
    fn drift_lands_in_the_component_that_strayed() {
        let prior = oss(json!({ "path": "/p/" }));
        let shown = "oss://b/p?host=other&access_id=i&access_key=k&checksum_type=no_checksum";
        let context = Context {
            profiles: &StorageProfiles::new(),
            capabilities: &Capabilities::of(NEW, Edition::Community),
            viewpoint: &Viewpoint::Sys,
            tenant_logins: &BTreeSet::new(),
        };
        let state = BackupDestination::state(Some(&prior), &prior.tenant, &observed(shown, shown), &context);
        expect![[r#"
            {
              "access_id": "i",
              "access_key_wo_version": "1",
              "addressing_model": null,
              "appid": null,
              "bucket": "b",
              "checksum_type": "no_checksum",
              "delete_mode": null,
              "enable_worm": null,
              "external_id": null,
              "host": "other",
              "max_bandwidth": null,
              "max_iops": null,
              "path": "/p/",
              "profile": null,
              "profile_key_version": null,
              "region": null,
              "role_arn": null,
              "type": "oss"
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&serde_json::to_value(&state.storage).unwrap()).unwrap());
        assert_eq!(
            state.uri.as_deref(),
            Some("oss://b/p?host=other&access_id=i&checksum_type=no_checksum")
        );
    }

    #[test]
    fn a_move_records_where_it_came_from() {
        let prior = Model {
            previous_locations: Some(vec!["file:///first".to_owned()]),
            ..nfs()
        };
        let moved = model(json!({ "storage": { "type": "nfs", "path": "/new" } }));
        let planned = BackupDestination::plan(Some(&prior), &moved, &StorageProfiles::new());
        let locations = planned
            .into_iter()
            .find(|(path, _)| path.to_string() == "previous_locations")
            .unwrap()
            .1;
        assert_eq!(locations, Computed::Known(json!(["file:///first", "file:///backup"])));
    }
}
