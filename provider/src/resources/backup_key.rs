//! `oceanbase_backup_key`: the export of a tenant's encryption keys.
//!
//! Reads `__all_virtual_tenant_keystore`, or `V$OB_ENCRYPTED_TABLES` from a user tenant; sends `ALTER SYSTEM BACKUP KEY`.
//! Manual: <https://en.oceanbase.com/docs/common-oceanbase-database-10000000001974319>.
//!
//! No view tells when keys were exported, which ones, or with what password. So the state alone remembers it, and what makes another
//! export due is a change of the configuration, or a master key with a higher number than at that time. To export twice does no harm.

use crate::{
    cluster::{
        Error, RawUri, Scope, Secret, Snapshot, Statement, TenantName, Viewpoint,
        records::MasterKeys,
        version::{Capabilities, Capability},
    },
    destination_change::{IN_SYNC, doubting_role, for_tenant, with_key, write_whole},
    destination_precheck::{survey, unknown_tenant},
    managed_resource::{Computed, Context, Diff, Goal, ManagedResource, Operation, Pending, Step},
    neighbours::{Claimant, Occupant, Purpose},
    values::{
        destination::{Destination, Location},
        storage::{Storage, StorageProfile, StorageProfiles},
        timeouts::Timeouts,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tfplugin::{AttributePath, Diagnostic, Diagnostics, Severity};

/// The export of a tenant's encryption keys, without which the backups of a tenant with transparent encryption cannot be restored. Needs
/// OceanBase Enterprise Edition.
///
/// Creating exports the keys; so does every change of the place, of a password's version, or of `rotation_trigger`. After the tenant's
/// master key was rotated, the keys have to be exported again before anything that was written since can be restored: the next plan
/// warns, shows `condition = "stale"`, and its apply exports them. Logged in to a user tenant, the provider sees a new master key only
/// when a table has been written under it; to export at once, change `rotation_trigger` together with the rotation.
///
/// A tenant that was never encrypted has no master key, and nothing to export: `condition` is `no master key in sight`, every plan
/// with a login to `sys` says so, and the first one after there is a master key exports it. A password that cannot be told any more, such as that of a
/// profile that has lost its `key_password`, stands in the way of an export, and not of a destroy.
///
/// The cluster does not record exports. That the files are still there, and that the password is the one you have, nobody checks; and
/// there is nothing to import: after the state was lost, creating the resource again exports the keys to the same place once more, which does
/// no harm.
///
/// Destroying this resource makes Terraform forget the export. Files are never touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Name of the user tenant.
    #[schemars(extend("x-requires-replace" = true))]
    pub tenant: TenantName,
    /// Where the keys are exported to; another directory than that of the data backups and that of the archived logs. A change of the
    /// place leads to another export; other changes, such as another access key, are used by the next one.
    pub storage: Storage,
    /// Password that the exported keys are encrypted with, and that a restore has to give; required, here or as `key_password` of the
    /// storage profile. Neither in the state nor in a plan; change `password_wo_version` with it, or the change goes unnoticed. Needs
    /// Terraform 1.11 or OpenTofu 1.11; with older clients use a profile.
    #[serde(default, skip_serializing)]
    #[schemars(extend("writeOnly" = true))]
    pub password_wo: Option<Secret>,
    /// Any text; a change of it says that `password_wo` changed, and exports the keys with the new one.
    pub password_wo_version: Option<String>,
    /// Any texts; a change exports the keys again. For what the cluster does not show, such as the date of a rotation.
    pub rotation_trigger: Option<BTreeMap<String, String>>,
    /// What becomes of the exported keys when this resource is destroyed.
    #[serde(default)]
    pub on_destroy: OnDestroy,
    /// How long to wait for the cluster. What was sent stays in effect when the time is over.
    pub timeouts: Option<Timeouts>,
    /// The place as a URI, without its key.
    #[schemars(extend("readOnly" = true))]
    pub uri: Option<String>,
    /// The `key_password_version` of the profile: a password changed in the provider block plans another export here.
    #[schemars(extend("readOnly" = true))]
    pub profile_password_version: Option<String>,
    /// The database's clock just before the last export, as RFC 3339 in UTC.
    #[schemars(extend("readOnly" = true))]
    pub backed_up_at: Option<String>,
    /// Number of the tenant's master key just before the last export; null when none was in sight.
    #[schemars(extend("readOnly" = true))]
    pub master_key_id: Option<i64>,
    /// `in sync`; `stale` when the tenant has a newer master key than the exported ones; or `no master key in sight`, neither at the
    /// last export nor now.
    #[schemars(extend("readOnly" = true))]
    pub condition: Option<String>,
}

/// What becomes of the exported keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OnDestroy {
    /// They stay where they are.
    #[default]
    Keep,
}

/// What can be seen: nothing of the export, but what makes another one due.
#[derive(Debug)]
pub struct Observed {
    clock: String,
    master_key_id: Option<i64>,
}

/// The resource.
pub struct BackupKey;

/// The pending change "the keys are to be exported".
const EXPORT: &str = "export";

const STALE: &str = "stale";
const NO_KEY: &str = "no master key in sight";

impl ManagedResource for BackupKey {
    const NAME: &'static str = "oceanbase_backup_key";
    type Model = Model;
    type Records = Arc<MasterKeys>;
    type Identity = TenantName;
    type Observed = Observed;

    fn identity_attributes() -> &'static [(&'static str, &'static str)] {
        &[("tenant", "Name of the user tenant.")]
    }

    fn identity(model: &Model) -> TenantName {
        model.tenant.clone()
    }

    fn scope(tenant: &TenantName) -> Scope<'_> {
        tenant.into()
    }

    fn observe(
        snapshot: &Snapshot,
        master_keys: &Arc<MasterKeys>,
        tenant: &TenantName,
    ) -> Result<Option<Observed>, Error> {
        let Some(tenant) = snapshot.tenant(tenant) else {
            return Ok(None);
        };
        Ok(Some(Observed {
            clock: snapshot.cluster.time()?.to_string(),
            master_key_id: master_keys.newest(tenant.id),
        }))
    }

    /// As long as there is the tenant, what is in the state is taken for true.
    fn exists(prior: Option<&Model>, _: &Observed) -> bool {
        prior.is_some()
    }

    fn nothing_to_import(tenant: &TenantName) -> String {
        format!(
            "The cluster does not record when the keys of tenant `{tenant}` were exported, which ones, and with what password, so that an \
             import could not tell whether they are of any use. Apply the resource instead: it exports the keys again, which does no harm \
             in a directory that holds an export of the same tenant already."
        )
    }

    fn diff(goal: Goal<'_, Model>, pending: &Pending, observed: Option<&Observed>, context: &Context<'_>) -> Diff {
        match (goal, observed, pending.has(EXPORT)) {
            (Goal::Absent(_), _, _) => Diff::InSync,
            (Goal::Present(model), None, _) => Diff::Refuse(Box::new(unknown_tenant(&model.tenant, context.viewpoint))),
            (Goal::Present(_), Some(_), false) => Diff::InSync,
            (Goal::Present(model), Some(_), true) => match export(model, context) {
                Ok(step) => Diff::Apply(vec![step]),
                Err(reason) => Diff::Refuse(reason),
            },
        }
    }

    fn state(prior: Option<&Model>, tenant: &TenantName, observed: &Observed, _: &Context<'_>) -> Model {
        let known = prior.cloned().unwrap_or_else(|| nothing_known(tenant));
        Model {
            condition: Some(condition(&known, observed).to_owned()),
            ..known
        }
    }

    fn with_what_was_found(goal: &Model, found: &Observed) -> Model {
        Model {
            backed_up_at: Some(found.clock.clone()),
            master_key_id: found.master_key_id,
            ..goal.clone()
        }
    }

    fn pending(prior: Option<&Model>, goal: &Model) -> Pending {
        Pending::none().with(EXPORT, prior.is_none_or(|prior| is_due(prior, goal)))
    }

    fn plan(prior: Option<&Model>, proposed: &Model, profiles: &StorageProfiles) -> Vec<(AttributePath, Computed)> {
        let Ok(wished) = proposed.storage.resolve(profiles) else {
            // Said by the precheck.
            return Vec::new();
        };
        let goal = Model {
            uri: Some(wished.destination().public_uri()),
            profile_password_version: profile_of(proposed, profiles)
                .and_then(|profile| profile.key_password_version.clone()),
            ..proposed.clone()
        };
        let mut computed = vec![
            (
                "storage.profile_key_version".into(),
                Computed::Known(json!(wished.profile_key_version())),
            ),
            ("uri".into(), Computed::Known(json!(goal.uri))),
            (
                "profile_password_version".into(),
                Computed::Known(json!(goal.profile_password_version)),
            ),
        ];
        match prior {
            Some(prior) if !is_due(prior, &goal) => {}
            // Whatever else changes: there is a master key, and it will have been exported.
            Some(prior) if prior.is_stale() => {
                computed.push(("condition".into(), Computed::Known(json!(IN_SYNC))));
                computed.extend(left_open(&["backed_up_at", "master_key_id"]));
            }
            _ => computed.extend(left_open(&["condition", "backed_up_at", "master_key_id"])),
        }
        computed
    }

    fn uses_profile(model: &Model) -> bool {
        model.storage.profile.is_some()
    }

    fn validate(model: &Model) -> Diagnostics {
        let mut diagnostics = model.storage.validate();
        diagnostics.extend(Timeouts::validate(model.timeouts.as_ref()));
        let is_empty = model.password_wo.as_ref().is_some_and(Secret::is_empty);
        if is_empty || (model.password_wo.is_none() && model.storage.profile.is_none()) {
            diagnostics.push(password_needed(model, &StorageProfiles::new()));
        }
        diagnostics
    }

    fn precheck(
        prior: Option<&Model>,
        planned: &Model,
        snapshot: &Snapshot,
        master_keys: &Arc<MasterKeys>,
        context: &Context<'_>,
    ) -> Diagnostics {
        if let Err(reason) = enterprise_only(context.capabilities) {
            return (*reason).into();
        }
        let occupant = Occupant {
            tenant: planned.tenant.clone(),
            purpose: Purpose::Keys,
        };
        let claimant = Claimant::of(prior.is_some());
        let mut surveyed = match survey(&planned.storage, &occupant, claimant, snapshot, context) {
            Ok(surveyed) => surveyed,
            Err(diagnostics) => return diagnostics,
        };
        let is_due = Self::pending(prior, planned).has(EXPORT);
        // No view shows where keys are, so that others do not see whom they collide with.
        let mut diagnostics = match is_due {
            true => surveyed.in_the_way(&occupant, snapshot),
            false => surveyed.claimed,
        };
        diagnostics.extend(surveyed.diagnostics);
        let newest = master_keys.newest(surveyed.tenant.id);
        if *context.viewpoint == Viewpoint::Sys && newest.is_none() {
            diagnostics.push(no_master_key(&planned.tenant));
        }
        diagnostics.extend(prior.filter(|prior| prior.is_stale()).map(stale));
        if !is_due && let Err(reason) = password(planned, context.profiles) {
            diagnostics.push(as_warning(*reason));
        }
        diagnostics.extend(password_without_version(planned));
        diagnostics
    }

    /// What an export lacks does not stand in the way of a destroy, which sends nothing.
    fn refusal_at_plan(prior: Option<&Model>, reason: Diagnostic) -> Diagnostic {
        match prior {
            Some(_) => as_warning(reason),
            None => reason,
        }
    }

    fn precheck_destroy(prior: &Model, _: Option<&Observed>) -> Diagnostics {
        let place = prior.uri.as_deref().unwrap_or("the place of the last export");
        Diagnostic::warning(
            "The exported keys stay",
            format!(
                "The keys of tenant `{}` stay in {place}, and Terraform forgets them: after the next rotation of the master key \
                 nobody is told that they have to be exported again.{}",
                prior.tenant,
                if prior.is_stale() {
                    " They are older than the tenant's master key even now: what was written since it was rotated cannot be \
                     restored with them."
                } else {
                    ""
                },
            ),
        )
        .into()
    }

    fn patience(model: &Model, operation: Operation) -> Duration {
        Timeouts::patience(model.timeouts.as_ref(), operation)
    }
}

impl Model {
    /// Whether the tenant has a newer master key than the exported ones.
    fn is_stale(&self) -> bool {
        self.condition.as_deref() == Some(STALE)
    }
}

fn left_open(names: &'static [&'static str]) -> impl Iterator<Item = (AttributePath, Computed)> {
    names
        .iter()
        .map(|name| (AttributePath::attribute(*name), Computed::Unknown))
}

/// Whether the state that was stored is of another export than the one that is wished for.
fn is_due(prior: &Model, goal: &Model) -> bool {
    place(prior) != place(goal)
        || prior.password_wo_version != goal.password_wo_version
        || prior.profile_password_version != goal.profile_password_version
        || prior.rotation_trigger != goal.rotation_trigger
        || prior.is_stale()
}

fn place(model: &Model) -> Option<Location> {
    let uri = RawUri::new(model.uri.as_deref()?);
    Destination::parse(&uri).ok().map(|destination| destination.location)
}

/// A key that is shown no more, to another login for instance, is no newer one.
fn condition(known: &Model, observed: &Observed) -> &'static str {
    match (known.master_key_id, observed.master_key_id) {
        (None, None) => NO_KEY,
        (exported, shown) if shown > exported => STALE,
        _ => IN_SYNC,
    }
}

/// What there is to say of keys that nobody remembers the export of.
fn nothing_known(tenant: &TenantName) -> Model {
    Model {
        tenant: tenant.clone(),
        storage: Storage::default(),
        password_wo: None,
        password_wo_version: None,
        rotation_trigger: None,
        on_destroy: OnDestroy::Keep,
        timeouts: None,
        uri: None,
        profile_password_version: None,
        backed_up_at: None,
        master_key_id: None,
        condition: None,
    }
}

fn profile_of<'a>(model: &Model, profiles: &'a StorageProfiles) -> Option<&'a StorageProfile> {
    profiles.get(model.storage.profile.as_ref()?)
}

/// The step that exports the keys, or what it lacks.
fn export(model: &Model, context: &Context<'_>) -> Result<Step, Box<Diagnostic>> {
    enterprise_only(context.capabilities)?;
    let wished = model.storage.resolve(context.profiles)?;
    let destination = with_key(&wished)?;
    let password = password(model, context.profiles)?;
    let statement = for_tenant(Statement::new("ALTER SYSTEM BACKUP KEY"), &model.tenant, context)
        .sql(" TO ")
        .literal_parts(|literal| write_whole(&destination, wished.throttle(), literal))
        .sql(" ENCRYPTED BY ")
        .secret(password);
    let step = Step::new("exporting the keys", statement).settling(EXPORT);
    Ok(doubting_role(step, &destination))
}

/// What the keys are to be encrypted with.
fn password<'a>(model: &'a Model, profiles: &'a StorageProfiles) -> Result<&'a Secret, Box<Diagnostic>> {
    let of_profile = profile_of(model, profiles).and_then(|profile| profile.key_password.as_ref());
    let password = model.password_wo.as_ref().or(of_profile);
    let password = password.filter(|password| !password.is_empty());
    password.ok_or_else(|| Box::new(password_needed(model, profiles)))
}

fn as_warning(reason: Diagnostic) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        ..reason
    }
}

fn enterprise_only(capabilities: &Capabilities) -> Result<(), Box<Diagnostic>> {
    capabilities.require(Capability::BackupKey).map_err(|missing| {
        Box::new(Diagnostic::error(
            "Only Enterprise Edition has keys to export",
            format!("{missing}. Tenants of Community Edition are not encrypted; remove the resource."),
        ))
    })
}

fn password_needed(model: &Model, profiles: &StorageProfiles) -> Diagnostic {
    let summary = "A password for the keys is needed";
    let at_profile = AttributePath::attribute("storage").child("profile");
    match (&model.password_wo, &model.storage.profile) {
        (Some(_), _) => Diagnostic::error(
            summary,
            "`password_wo` is an empty text. Set it to the password that the exported keys are encrypted with; or leave it out, and use \
             a `storage.profile` that has a `key_password`.",
        )
        .at("password_wo"),
        (None, None) => Diagnostic::error(
            summary,
            "Keys are exported encrypted with a password, and the configuration gives none. Set `password_wo`, or a `storage.profile` \
             that has a `key_password`.",
        )
        .at("password_wo"),
        (None, Some(name)) => {
            let is_empty = profile_of(model, profiles).is_some_and(|profile| profile.key_password.is_some());
            let lack = if is_empty { "an empty `key_password`" } else { "no `key_password`" };
            Diagnostic::error(
                summary,
                format!(
                    "Keys are exported encrypted with a password. There is no `password_wo`, and the storage profile `{name}` of the \
                     provider block has {lack}. Until one of them is set, the keys of tenant `{}` cannot be exported, not even after \
                     a rotation of its master key. What was exported before stays as it is.",
                    model.tenant,
                ),
            )
            .at(at_profile)
        }
    }
}

/// Said beside the change that it leads to.
fn stale(prior: &Model) -> Diagnostic {
    let made = prior.backed_up_at.as_deref().unwrap_or("an unknown time");
    let under = prior.master_key_id.map_or_else(
        || "when no master key was in sight".to_owned(),
        |id| format!("under the master key {id}"),
    );
    Diagnostic::warning(
        "The exported keys are stale",
        format!(
            "Tenant `{}` has a newer master key than the exported ones: the last export was made at {made}, {under}. What was written \
             since then cannot be restored with it. Apply, to export the keys again.",
            prior.tenant,
        ),
    )
}

/// Without its version text, a password that changes later changes nothing.
fn password_without_version(model: &Model) -> Option<Diagnostic> {
    (model.password_wo.is_some() && model.password_wo_version.is_none()).then(|| {
        Diagnostic::warning(
            "A changed password would go unnoticed",
            "`password_wo` is not stored, so a change of it shows only in `password_wo_version`, which is not set. Set it to any text, and \
             change both together.",
        )
        .at("password_wo_version")
    })
}

fn no_master_key(tenant: &TenantName) -> Diagnostic {
    Diagnostic::warning(
        "The tenant has no keys yet",
        format!(
            "Tenant `{tenant}` has no master key, so there is nothing to export, and the server may refuse to. If it is to be \
             encrypted, set its parameter `tde_method` and make a master key: the next plan after that exports it. If not, remove \
             the resource."
        ),
    )
    .at("tenant")
}

#[cfg(test)]
mod tests;
