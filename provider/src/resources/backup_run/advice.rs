//! What the practitioner is told of a run.

use super::{
    ANOTHER_KEY, Model, OnDestroy,
    removal::{listed, sets},
};
use crate::{
    backup::course::{Run, Stage},
    cluster::{Scope, Snapshot, TenantName},
    destination_precheck::{did_you_mean, unknown_tenant},
    managed_resource::Context,
};
use tfplugin::{Diagnostic, Diagnostics};

pub(super) fn not_in_sight(tenant: &TenantName, snapshot: &Snapshot, context: &Context<'_>) -> Diagnostic {
    let mut unknown = unknown_tenant(tenant, context.viewpoint);
    let similar = did_you_mean(tenant, snapshot);
    unknown.detail = format!("{} {similar}", unknown.detail).trim_end().to_owned();
    unknown
}

/// Says that the tenant is not there any more.
pub(super) fn nowhere(model: &Model, context: &Context<'_>) -> Diagnostic {
    match &model.tenant {
        Some(tenant) => unknown_tenant(tenant, context.viewpoint),
        None => whom(),
    }
}

pub(super) fn whom() -> Diagnostic {
    Diagnostic::error("Whom to back up", "Set `tenant`, or `all_tenants = true`.").at("tenant")
}

pub(super) fn wrong_scope(model: &Model) -> Option<Diagnostic> {
    match (&model.tenant, model.all_tenants) {
        (Some(_), false) | (None, true) => None,
        (None, false) => Some(whom()),
        (Some(_), true) => Some(
            Diagnostic::error(
                "One tenant, or all of them",
                "`tenant` and `all_tenants` exclude each other. Remove one of them.",
            )
            .at("all_tenants"),
        ),
    }
}

/// A backup that was to be protected, and is not, is worse than none.
pub(super) fn password_missing(model: &Model) -> Option<Diagnostic> {
    (model.password_wo_version.is_some() && model.password_wo.is_none()).then(|| {
        Diagnostic::error(
            "The password is missing",
            "`password_wo_version` is set, but `password_wo` is not: the backup would not be protected. Set both, or neither.",
        )
        .at("password_wo")
    })
}

/// Says that the state would name a password that does not protect the backup.
pub(super) fn password_is_fixed(model: &Model) -> Diagnostic {
    Diagnostic::error(
        "The password of a backup cannot be changed",
        format!(
            "The backup of the run `{}` was made already, and stays protected as it was then, or unprotected. Leave `password_wo` and \
             `password_wo_version` as they were for this run. For a backup with the new password, choose another `run_key`. \
             `terraform destroy` plans first, and needs them as they were, too.",
            model.run_key
        ),
    )
    .at("password_wo_version")
}

/// What another run leaves behind, although a destroy would delete it.
pub(super) fn stays_behind(prior: &Model) -> Option<Diagnostic> {
    let is_there = prior.backup_set_ids.as_ref().is_some_and(|ids| !ids.is_empty()) && prior.expired != Some(true);
    (is_there && prior.on_destroy == OnDestroy::DeleteSet).then(|| {
        Diagnostic::warning(
            "The backup of the run before stays",
            format!(
                "This resource turns to another run, and forgets the backup of the run `{}` ({}). `on_destroy = \"delete_set\"` deletes \
                 what the resource holds when it is destroyed, and nothing before. Leave that backup to the cleanup, or delete it with \
                 ALTER SYSTEM DELETE BACKUPSET.",
                prior.run_key,
                listed(&sets(prior))
            ),
        )
        .at("run_key")
    })
}

pub(super) fn empty_password() -> Diagnostic {
    Diagnostic::error(
        "The password is empty",
        "An empty `password_wo` protects nothing. Leave it out, or give a password.",
    )
    .at("password_wo")
}

pub(super) fn already_made(planned: &Model, run: &Run, scope: Scope<'_>, is_expired: bool) -> Option<Diagnostic> {
    let job = run.row(scope)?;
    let (summary, state) = match run.stage() {
        Stage::Over if is_expired => (
            "The backup of this run was deleted",
            "was made, and has been deleted since",
        ),
        Stage::Over => ("This run has its backup already", "was made"),
        Stage::Beginning | Stage::UnderWay => ("This run has its backup already", "is being made"),
    };
    Some(
        Diagnostic::warning(
            summary,
            format!(
                "The backup of the run `{}` {state}: job {}, started at {}. The apply takes it over, and makes no other one. {ANOTHER_KEY}",
                planned.run_key, job.id, job.started
            ),
        )
        .at("run_key"),
    )
}

/// Said once: a set does not come back.
pub(super) fn expired(model: &Model) -> Diagnostic {
    Diagnostic::warning(
        "The backup of this run was deleted",
        format!(
            "A set of the backup of the run `{}` ({}) has been deleted since, or is about to be: by the cleanup, or by hand. `expired` shows it \
             from now on. {ANOTHER_KEY}",
            model.run_key,
            listed(&sets(model)),
        ),
    )
    .at("run_key")
}

/// A changed setting of a backup that was made changes nothing of it.
pub(super) fn kept_for_later(prior: &Model, planned: &Model) -> Diagnostics {
    let changed = [
        ("plus_archivelog", prior.plus_archivelog != planned.plus_archivelog),
        ("description", prior.description != planned.description),
        (
            "password_wo_version",
            prior.password_wo_version != planned.password_wo_version,
        ),
        (
            "max_compaction_age",
            prior.max_compaction_age != planned.max_compaction_age,
        ),
    ];
    let changed = changed.into_iter().filter(|(_, changed)| *changed);
    changed
        .map(|(name, _)| {
            Diagnostic::warning(
                "The change is for the next run",
                format!(
                    "The backup of the run `{}` stays as it was made; `{name}` is only recorded. {ANOTHER_KEY}",
                    planned.run_key
                ),
            )
            .at(name)
        })
        .collect()
}

pub(super) fn were_left_out(model: &Model, tenants: &[&TenantName]) -> Diagnostic {
    Diagnostic::warning(
        "Some tenants were left out",
        format!(
            "The run `{}` has no backup of these tenants, although they have a backup destination: {}. When it began, they had no \
             destination yet, were not in the state NORMAL, or did not archive their log. Back them up by a run of their own (`tenant`), or by all of them with another \
             `run_key`.",
            model.run_key,
            quoted(tenants)
        ),
    )
    .at("all_tenants")
}

fn quoted(tenants: &[&TenantName]) -> String {
    let names: Vec<String> = tenants.iter().map(|tenant| format!("`{tenant}`")).collect();
    names.join(", ")
}

pub(super) fn became_full(tenants: &[&TenantName]) -> Diagnostic {
    Diagnostic::warning(
        "The incremental backup became a full one",
        format!(
            "The server had no usable full backup at the destination of {}, and made a full one instead. `effective_type` says so, too.",
            quoted(tenants)
        ),
    )
    .at("type")
}
