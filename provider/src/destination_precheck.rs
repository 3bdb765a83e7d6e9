//! What a resource with a destination can say at plan: what the cluster is too old for, what is in the way, and what
//! would collide.

use crate::{
    cluster::{
        RawUri, Snapshot, Tenant, TenantName, Viewpoint,
        version::{Capabilities, Capability},
    },
    destination_change::{KnownPlaces, may_change_in_place},
    managed_resource::Context,
    neighbours::{self, Claimant, Occupant},
    values::{
        destination::{ChecksumType, Credentials, Destination, Location, Media},
        storage::{ResolvedStorage, Storage},
    },
};
use tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// A storage that was looked at together with the cluster.
pub(crate) struct Judged {
    /// The storage, its profile filled in.
    pub(crate) wished: ResolvedStorage,
    /// Where it is.
    pub(crate) location: Location,
    /// Where the tenant's files go now.
    pub(crate) present: Option<Location>,
    /// What there is to say.
    pub(crate) diagnostics: Diagnostics,
}

/// What can be said of any storage, whatever the tenant has at present.
pub(crate) struct Surveyed<'a> {
    /// The storage, its profile filled in.
    pub(crate) wished: ResolvedStorage,
    /// Where it is.
    pub(crate) location: Location,
    /// Whose it is.
    pub(crate) tenant: &'a Tenant,
    /// What it collides with in this plan.
    pub(crate) claimed: Diagnostics,
    /// What the cluster or the tenant is not up to.
    pub(crate) diagnostics: Diagnostics,
}

impl Surveyed<'_> {
    /// What is in the way, in the cluster or in this plan.
    pub(crate) fn in_the_way(&mut self, occupant: &Occupant, snapshot: &Snapshot) -> Diagnostics {
        let in_cluster = neighbours::in_cluster(snapshot, occupant, &self.location);
        let claimed = std::mem::take(&mut self.claimed);
        // Who is in the cluster already would only be named twice.
        if in_cluster.has_errors() { in_cluster } else { claimed }
    }
}

/// Looks at the storage that `occupant` is to have, and claims its place. Errors after which there is nothing more to judge are
/// the failure.
pub(crate) fn survey<'a>(
    storage: &Storage,
    occupant: &Occupant,
    claimant: Claimant,
    snapshot: &'a Snapshot,
    context: &Context<'_>,
) -> Result<Surveyed<'a>, Diagnostics> {
    let wished = storage
        .resolve(context.profiles)
        .map_err(|unknown_profile| Diagnostics::from(*unknown_profile))?;
    // Without a profile this was said when the configuration was validated.
    let broken = if storage.profile.is_some() {
        wished.validate()
    } else {
        Diagnostics::none()
    };
    if broken.has_errors() {
        return Err(broken);
    }
    let location = wished.destination().location;
    let claimed = context.claims.claim(occupant, claimant, &location);
    let Some(tenant) = snapshot.tenant(&occupant.tenant) else {
        let mut unknown = unknown_tenant(&occupant.tenant, context.viewpoint);
        let similar = did_you_mean(&occupant.tenant, snapshot);
        unknown.detail = format!("{} {similar}", unknown.detail).trim_end().to_owned();
        return Err(unknown.into());
    };
    let mut diagnostics = missing_capabilities(&wished, context.capabilities);
    diagnostics.extend(not_ready(tenant));
    Ok(Surveyed {
        wished,
        location,
        tenant,
        claimed,
        diagnostics,
    })
}

/// Judges the storage that `occupant` is to have. `present` picks what the tenant has now, `prior` is what is stored. Errors after which there is
/// nothing more to judge are the failure.
pub(crate) fn judge(
    storage: &Storage,
    occupant: &Occupant,
    present: impl FnOnce(&Tenant) -> Option<&RawUri>,
    prior: Option<&Storage>,
    snapshot: &Snapshot,
    context: &Context<'_>,
) -> Result<Judged, Diagnostics> {
    let mut surveyed = survey(storage, occupant, Claimant::of(prior.is_some()), snapshot, context)?;
    let destination = surveyed.wished.destination();
    let tenant = surveyed.tenant;
    let shown = present(tenant).and_then(|uri| Destination::parse(uri).ok());
    let set_by_profile = shown
        .as_ref()
        .and_then(|shown| profile_takes_effect(storage, tenant, shown, &destination));
    let key_at_work = shown
        .as_ref()
        .and_then(|shown| key_at_work(storage, prior, tenant, shown, &destination));
    let present = shown.map(|shown| shown.location);
    let mut diagnostics = std::mem::take(&mut surveyed.diagnostics);
    // What is there already is not judged again.
    if present.as_ref() != Some(&surveyed.location) {
        diagnostics.extend(surveyed.in_the_way(occupant, snapshot));
        diagnostics.extend(older_key(tenant, &destination, context));
        diagnostics.extend(older_option(tenant, &destination));
    }
    diagnostics.extend(set_by_profile);
    diagnostics.extend(key_at_work);
    diagnostics.extend(storage.key_without_version());
    Ok(Judged {
        wished: surveyed.wished,
        location: surveyed.location,
        present,
        diagnostics,
    })
}

/// What becomes of the key of a destination that stays where it is, where no attribute tells.
fn key_at_work(
    storage: &Storage,
    prior: Option<&Storage>,
    tenant: &Tenant,
    shown: &Destination,
    wished: &Destination,
) -> Option<Diagnostic> {
    let has_key = matches!(wished.credentials, Credentials::Key { .. });
    let same_holder = shown.credentials.same_holder(&wished.credentials);
    if !has_key || shown.location != wished.location {
        return None;
    }
    let (summary, detail) = match prior {
        Some(prior) if same_holder && storage.key_version_recorded_since(prior) => (
            "The key version is only recorded",
            format!(
                "The version of the key of {} is set for the first time, which sends no key: tenant `{}` goes on with the one that \
                 the cluster has. If the key was changed, too, apply this first, then change the version once more, and withdraw \
                 the old key only after that.",
                shown.location, tenant.name,
            ),
        ),
        None if !same_holder || shown.credentials.same_key(&wished.credentials) == Some(false) => (
            "The key of an existing destination will be replaced",
            format!(
                "Tenant `{}` writes to {} already, with another key. The destination is taken over, and gets the configured key.",
                tenant.name, shown.location,
            ),
        ),
        Some(_) | None => return None,
    };
    Some(Diagnostic::warning(summary, detail).at("storage"))
}

/// In the plan, what comes from a profile shows only in what it replaces: `"old" -> null`.
fn profile_takes_effect(
    storage: &Storage,
    tenant: &Tenant,
    shown: &Destination,
    wished: &Destination,
) -> Option<Diagnostic> {
    let profile = storage.profile.as_ref()?;
    let own = &storage.settings;
    let bucket = |destination: &Destination| destination.location.path().split('/').next().map(str::to_owned);
    let place = (own.media.is_none() && shown.location.media() != wished.location.media())
        || (own.host.is_none() && shown.location.host() != wished.location.host())
        || (own.bucket.is_none() && bucket(shown) != bucket(wished));
    let holder = own.access_id.is_none() && own.role_arn.is_none();
    let takes_effect = place || (holder && !shown.credentials.same_holder(&wished.credentials));
    takes_effect.then(|| {
        let (from, to) = (shown.public_uri(), wished.public_uri());
        Diagnostic::warning(
            "The settings of the storage profile take effect",
            format!(
                "With the profile `{profile}` tenant `{}` goes from {from} to {to}.",
                tenant.name
            ),
        )
        .at(AttributePath::attribute("storage").child("profile"))
    })
}

/// A place that the tenant used before keeps the key that it had then, as far as its jobs are concerned.
fn older_key(tenant: &Tenant, destination: &Destination, context: &Context<'_>) -> Option<Diagnostic> {
    if !KnownPlaces::of(tenant).may_outlive(destination) {
        return None;
    }
    let capability = Capability::ChangeAccessInfo;
    let reason = may_change_in_place(&tenant.name, tenant.mode, destination, capability, context).err()?;
    Some(
        Diagnostic::warning(
            "Jobs may go on with an older key",
            format!(
                "Tenant `{}` has used {} before. Unless the directory was emptied since then, the server goes on with the key of \
                 that time, even if another one is set now. If it is another one, choose another `path`, or make it possible to \
                 change the key in place: {}",
                tenant.name, destination.location, reason.detail,
            ),
        )
        .at("storage"),
    )
}

/// So it does with the options: an apply finds out after it has set the destination.
fn older_option(tenant: &Tenant, destination: &Destination) -> Option<Diagnostic> {
    let option = KnownPlaces::of(tenant).kept_option(destination)?;
    Some(
        Diagnostic::warning(
            "The path was used with another setting",
            format!(
                "Tenant `{}` has used {} before, with another `{option}`. Unless the directory was emptied since then, the server goes \
                 on with the one of that time, and the apply fails. Choose another `path`, empty or new.",
                tenant.name, destination.location,
            ),
        )
        .at(AttributePath::attribute("storage").child(option)),
    )
}

/// Says that the tenant is not in sight.
pub(crate) fn unknown_tenant(tenant: &TenantName, viewpoint: &Viewpoint) -> Diagnostic {
    let where_seen = match viewpoint {
        Viewpoint::Sys => "The cluster has no user tenant of this name. If it was dropped, remove its resources from the configuration; \
             `terraform destroy -refresh=false` works without that"
            .to_owned(),
        Viewpoint::User(own) => format!("The provider is logged in to the tenant `{own}`, and manages only that one"),
    };
    Diagnostic::error(
        "Unknown tenant",
        format!(
            "`{tenant}` cannot be managed. {where_seen}. Names are case-sensitive; `sys` and META tenants have no backups \
             of their own."
        ),
    )
    .at("tenant")
}

/// The tenant that was meant, perhaps.
pub(crate) fn did_you_mean(tenant: &TenantName, snapshot: &Snapshot) -> String {
    let similar = tenant.most_similar(snapshot.tenants().map(|known| &known.name));
    similar.map_or_else(String::new, |known| format!("Did you mean `{known}`? "))
}

/// Says that the tenant will not take changes as it is now. From `sys` the server accepts `ARCHIVELOG` for such a tenant, and
/// does nothing.
pub(crate) fn not_ready(tenant: &Tenant) -> Option<Diagnostic> {
    if tenant.is_available() {
        return None;
    }
    let state = match tenant.in_recyclebin {
        true => "in the recycle bin".to_owned(),
        false => format!("in the state {}", tenant.status),
    };
    let name = &tenant.name;
    Some(
        Diagnostic::warning(
            "The tenant is not ready",
            format!(
                "Tenant `{name}` is {state}; only a tenant in the state NORMAL can be backed up and archived. Apply when \
                 `DBA_OB_TENANTS` shows it as NORMAL."
            ),
        )
        .at("tenant"),
    )
}

/// Every setting that the cluster is too old for.
pub(crate) fn missing_capabilities(wished: &ResolvedStorage, capabilities: &Capabilities) -> Diagnostics {
    let settings = wished.settings();
    let media = wished.media();
    let list = [
        ("type", Capability::Cos, media == Some(Media::Cos)),
        ("type", Capability::S3, media == Some(Media::S3)),
        ("type", Capability::Azblob, media == Some(Media::Azblob)),
        (
            "delete_mode",
            Capability::DeleteModeOnOss,
            settings.delete_mode.is_some() && media == Some(Media::Oss),
        ),
        (
            "delete_mode",
            Capability::DeleteModeOnCos,
            settings.delete_mode.is_some() && media == Some(Media::Cos),
        ),
        (
            "delete_mode",
            Capability::DeleteModeOnS3,
            settings.delete_mode.is_some() && media == Some(Media::S3),
        ),
        (
            "checksum_type",
            Capability::ChecksumType,
            settings.checksum_type.is_some(),
        ),
        (
            "checksum_type",
            Capability::NoChecksumOnS3,
            settings.checksum_type == Some(ChecksumType::NoChecksum) && media == Some(Media::S3),
        ),
        (
            "addressing_model",
            Capability::AddressingModel,
            settings.addressing_model.is_some(),
        ),
        ("max_iops", Capability::Throttles, wished.throttle().max_iops > 0),
        (
            "max_bandwidth",
            Capability::Throttles,
            wished.throttle().max_bandwidth > 0,
        ),
        ("role_arn", Capability::RoleArn, settings.role_arn.is_some()),
        ("enable_worm", Capability::EnableWorm, settings.enable_worm.is_some()),
        (
            "region",
            Capability::S3WithoutRegion,
            // Where there is no s3 at all, that is said.
            settings.region.is_none() && media == Some(Media::S3) && capabilities.has(Capability::S3),
        ),
    ];
    list.into_iter()
        .filter(|(_, _, applies)| *applies)
        .filter_map(|(attribute, capability, _)| needed(&format!("storage.{attribute}"), capability, capabilities))
        .collect()
}

/// Says that the cluster is too old for an attribute, if it is.
pub(crate) fn needed(attribute: &str, capability: Capability, capabilities: &Capabilities) -> Option<Diagnostic> {
    let missing = capabilities.require(capability).err()?;
    let advice = match attribute {
        "storage.region" => format!("{missing}. Set `{attribute}`, or upgrade."),
        "storage.type" => format!("{missing}. Choose another `storage.type`, or upgrade."),
        _ => format!("{missing}. Remove `{attribute}`, or upgrade."),
    };
    Some(Diagnostic::error("The cluster is too old for this setting", advice).at(attribute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cluster::version::{Edition, Version},
        values::storage::{Storage, StorageProfiles},
    };
    use serde_json::{Value, json};

    fn refused(version: Version, changes: &Value) -> Vec<String> {
        let mut storage = json!({ "type": "oss", "bucket": "b", "path": "p", "host": "h", "access_id": "i" });
        for (name, value) in changes.as_object().unwrap() {
            storage[name] = value.clone();
        }
        let storage: Storage = serde_json::from_value(storage).unwrap();
        let resolved = storage.resolve(&StorageProfiles::new()).unwrap();
        let found = missing_capabilities(&resolved, &Capabilities::of(version, Edition::Community)).into_iter();
        found.map(|problem| problem.attribute.unwrap().to_string()).collect()
    }

    #[test]
    fn each_setting_needs_the_version_that_has_it() {
        let (v4_1, v4_2_1, v4_3_0, v4_3_5) = (
            Version(4, 1, 0, 0),
            Version(4, 2, 1, 0),
            Version(4, 3, 0, 0),
            Version(4, 3, 5, 0),
        );
        for (changes, lacking, having, attribute) in [
            (json!({ "type": "cos" }), v4_1, v4_2_1, "storage.type"),
            (json!({ "type": "s3", "region": "r" }), v4_2_1, v4_3_0, "storage.type"),
            (json!({ "type": "s3" }), v4_2_1, v4_3_5, "storage.type"),
            (json!({ "type": "s3" }), v4_3_0, Version(4, 3, 1, 0), "storage.region"),
            (json!({ "type": "azblob" }), v4_3_0, v4_3_5, "storage.type"),
            (
                json!({ "delete_mode": "tagging" }),
                Version(4, 0, 0, 0),
                v4_1,
                "storage.delete_mode",
            ),
            (
                json!({ "checksum_type": "md5" }),
                v4_2_1,
                v4_3_0,
                "storage.checksum_type",
            ),
            (
                json!({ "type": "s3", "region": "r", "checksum_type": "no_checksum" }),
                v4_3_0,
                v4_3_5,
                "storage.checksum_type",
            ),
            (
                json!({ "addressing_model": "path_style" }),
                v4_3_0,
                v4_3_5,
                "storage.addressing_model",
            ),
            (json!({ "max_iops": 5 }), v4_3_0, v4_3_5, "storage.max_iops"),
            (
                json!({ "max_bandwidth": "1MB" }),
                v4_3_0,
                v4_3_5,
                "storage.max_bandwidth",
            ),
            (json!({ "role_arn": "r" }), v4_3_0, v4_3_5, "storage.role_arn"),
            (json!({ "enable_worm": true }), v4_3_0, v4_3_5, "storage.enable_worm"),
        ] {
            assert_eq!(refused(lacking, &changes), [attribute], "{changes} on {lacking}");
            assert_eq!(refused(having, &changes), [""; 0], "{changes} on {having}");
        }
    }

    #[test]
    fn the_advice_names_the_version_and_the_attribute() {
        let old = Capabilities::of(Version(4, 2, 0, 0), Edition::Community);
        let problem = needed("lag_target", Capability::ArchiveLagTarget, &old).unwrap();
        assert_eq!(
            problem.detail,
            "OceanBase 4.2.1 or later is required for archive_lag_target; the cluster runs OceanBase 4.2.0.0 Community \
             Edition. Remove `lag_target`, or upgrade."
        );
        let new = Capabilities::of(Version(4, 2, 1, 0), Edition::Community);
        assert_eq!(needed("lag_target", Capability::ArchiveLagTarget, &new), None);
    }
}
