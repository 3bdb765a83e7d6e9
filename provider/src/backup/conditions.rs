//! What has to hold before a backup can start.
//!
//! OceanBase 4 does not ask for a major compaction first, as 3 did; [a plan that is told to look](super::compaction) warns.

use crate::{
    cluster::{
        Scope, Snapshot, TenantName, Viewpoint,
        records::{BackupJobs, BackupSets, RecentDeletions, SYS},
        snapshot::Tenant,
    },
    destination_change::Registered,
    destination_precheck::{not_ready, unknown_tenant},
    neighbours::{Claims, Occupant, Purpose},
    values::destination::Destination,
};
use tfplugin::{Diagnostic, Diagnostics};

/// What a backup waits for; completes "waiting for …".
pub(crate) const RUNNING_BACKUP: &str = "the running backup to end";
pub(crate) const RUNNING_DELETION: &str = "the running deletion of backups to end";
pub(crate) const ARCHIVING: &str = "log archiving to reach DOING";

/// The state of things before a backup, of those that are to be backed up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conditions {
    tenants: Vec<Standing>,
}

/// How a tenant is prepared for a backup.
#[derive(Debug, Clone, PartialEq)]
struct Standing {
    tenant: TenantName,
    is_available: bool,
    has_destination: bool,
    archive: Archive,
    backup_runs: bool,
    deletion_runs: bool,
    /// Whether an incremental has something to build upon.
    has_full: bool,
}

/// The archive of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Archive {
    Doing,
    /// It will be `DOING` in a moment.
    Starting,
    /// It stands still in this status.
    Still(String),
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// The statement.
    Start,
    /// A wait.
    Wait(&'static str),
    /// Nothing: the practitioner has to decide.
    Refuse(Box<Diagnostic>),
}

/// What the records say of what else goes on.
pub(crate) struct Others<'a> {
    pub(crate) jobs: &'a BackupJobs,
    pub(crate) sets: &'a BackupSets,
    pub(crate) deletions: &'a RecentDeletions,
}

impl Conditions {
    /// Of one tenant, or of all in sight.
    pub(crate) fn of(scope: Scope<'_>, snapshot: &Snapshot, others: &Others<'_>) -> Self {
        let of = |tenant: &Tenant| Standing::of(tenant, others);
        Self {
            tenants: match scope {
                Scope::Tenant(tenant) => snapshot.tenant(tenant).map(of).into_iter().collect(),
                Scope::AllTenants => snapshot.tenants().map(of).collect(),
            },
        }
    }

    /// What comes next. What this plan may still bring about is not refused.
    pub(crate) fn verdict(&self, scope: Scope<'_>, viewpoint: &Viewpoint, claims: &Claims) -> Verdict {
        match (scope, viewpoint) {
            (Scope::Tenant(tenant), _) => match self.tenants.first() {
                Some(standing) => standing.verdict(claims),
                None => Verdict::Refuse(Box::new(unknown_tenant(tenant, viewpoint))),
            },
            (Scope::AllTenants, Viewpoint::User(own)) => Verdict::Refuse(Box::new(only_from_sys(own))),
            (Scope::AllTenants, Viewpoint::Sys) => self.verdict_on_all(claims),
        }
    }

    fn verdict_on_all(&self, claims: &Claims) -> Verdict {
        let ready: Vec<&Standing> = self.tenants.iter().filter(|standing| standing.is_ready()).collect();
        match ready[..] {
            [] if self.tenants.iter().any(|standing| standing.is_starting()) => Verdict::Wait(ARCHIVING),
            [] if self.tenants.iter().any(|standing| standing.may_come(claims)) => Verdict::Start,
            [] => Verdict::Refuse(Box::new(nobody())),
            _ if ready.iter().any(|standing| standing.backup_runs) => Verdict::Wait(RUNNING_BACKUP),
            _ if ready.iter().any(|standing| standing.deletion_runs) => Verdict::Wait(RUNNING_DELETION),
            _ => Verdict::Start,
        }
    }

    /// Whether somebody's backup is under way.
    pub(crate) fn backup_runs(&self) -> bool {
        self.tenants.iter().any(|standing| standing.backup_runs)
    }

    /// Those that are meant to be backed up, since they have a destination, and are not among these.
    pub(crate) fn missing_in(&self, tenants: &[TenantName]) -> Vec<&TenantName> {
        let meant = self.tenants.iter().filter(|standing| standing.has_destination);
        let meant = meant.map(|standing| &standing.tenant);
        meant.filter(|tenant| !tenants.contains(tenant)).collect()
    }

    /// Those that will be backed up, as far as can be told before.
    pub(crate) fn to_back_up(&self, scope: Scope<'_>, claims: &Claims) -> Vec<TenantName> {
        let is_meant = |standing: &&Standing| match scope {
            Scope::Tenant(_) => true,
            Scope::AllTenants => standing.is_ready() || standing.may_come(claims),
        };
        let meant = self.tenants.iter().filter(is_meant);
        meant.map(|standing| standing.tenant.clone()).collect()
    }

    /// What the practitioner should know before a backup of this type starts.
    pub(crate) fn warnings(
        &self,
        scope: Scope<'_>,
        incremental: bool,
        snapshot: &Snapshot,
        claims: &Claims,
    ) -> Diagnostics {
        let meant = self.tenants.iter();
        let meant: Vec<&Standing> = match scope {
            Scope::Tenant(_) => meant.collect(),
            Scope::AllTenants => meant.filter(|standing| standing.is_ready()).collect(),
        };
        let mut warnings = Diagnostics::none();
        if let Scope::Tenant(tenant) = scope {
            warnings.extend(snapshot.tenant(tenant).and_then(not_ready));
        } else {
            warnings.extend(self.left_out(claims));
        }
        let names = |is_so: fn(&Standing) -> bool| {
            let names = meant.iter().filter(|standing| is_so(standing));
            names
                .map(|standing| format!("`{}`", standing.tenant))
                .collect::<Vec<_>>()
        };
        let place = place(scope);
        for (tenants, (summary, detail)) in [
            (names(|standing| standing.backup_runs), BACKUP_RUNS),
            (names(|standing| standing.deletion_runs), DELETION_RUNS),
        ] {
            if !tenants.is_empty() {
                let detail = format!("Tenants concerned: {}. {detail}", tenants.join(", "));
                warnings.push(Diagnostic::warning(summary, detail).at(place));
            }
        }
        let without_full = names(|standing| standing.has_destination && !standing.has_full);
        if incremental && !without_full.is_empty() {
            warnings.push(will_be_full(&without_full));
        }
        warnings
    }

    /// What this plan may still bring about is not missed.
    fn left_out(&self, claims: &Claims) -> Option<Diagnostic> {
        let is_out = |standing: &&Standing| !(standing.is_ready() || standing.may_come(claims));
        let names = self.tenants.iter().filter(is_out);
        let names: Vec<String> = names.map(|standing| format!("`{}`", standing.tenant)).collect();
        (!names.is_empty()).then(|| {
            Diagnostic::warning(
                "Some tenants are left out",
                format!(
                    "As things stand, the server leaves these tenants out without a word: {}. A tenant is backed up when it is in the \
                     state NORMAL, has a backup destination, and archives its log.",
                    names.join(", ")
                ),
            )
            .at("all_tenants")
        })
    }
}

impl Standing {
    fn of(tenant: &Tenant, others: &Others<'_>) -> Self {
        let uri = tenant.backup_destination.as_ref().filter(|uri| !uri.is_empty());
        let destination = uri.and_then(|uri| Destination::parse(uri).ok());
        let registered = destination.and_then(|destination| Registered::of(tenant, &destination.location));
        let running = |id| {
            others
                .jobs
                .of(id)
                .iter()
                .filter(|job| job.is_running() && job.backs_up_data())
        };
        let of_sys = running(SYS).filter(|job| job.executor_tenant_ids.contains(&tenant.id));
        let mut sets = others.sets.of(tenant.id).iter();
        let mut deletions = others.deletions.0.of(tenant.id).iter();
        Self {
            tenant: tenant.name.clone(),
            is_available: tenant.is_available(),
            has_destination: uri.is_some(),
            archive: match tenant.round.as_ref().map(|round| round.status.as_str()) {
                Some("DOING") => Archive::Doing,
                Some("PREPARE" | "BEGINNING") => Archive::Starting,
                Some(other) => Archive::Still(other.to_owned()),
                None => Archive::Still("never begun".to_owned()),
            },
            backup_runs: running(tenant.id).chain(of_sys).next().is_some(),
            deletion_runs: deletions.any(|job| job.is_running()),
            has_full: sets.any(|set| {
                let is_there = registered.as_ref().is_none_or(|row| row.dest_id == set.dest_id);
                set.is_usable() && set.is_full() && is_there
            }),
        }
    }

    fn verdict(&self, claims: &Claims) -> Verdict {
        match &self.archive {
            _ if !self.has_destination && !claims.may_hold(&self.occupant(Purpose::Backups)) => {
                Verdict::Refuse(Box::new(no_destination(&self.tenant)))
            }
            Archive::Still(status) if !claims.may_hold(&self.occupant(Purpose::Archive)) => {
                Verdict::Refuse(Box::new(not_archiving(&self.tenant, status)))
            }
            Archive::Starting => Verdict::Wait(ARCHIVING),
            Archive::Still(_) | Archive::Doing if self.backup_runs => Verdict::Wait(RUNNING_BACKUP),
            Archive::Still(_) | Archive::Doing if self.deletion_runs => Verdict::Wait(RUNNING_DELETION),
            Archive::Still(_) | Archive::Doing => Verdict::Start,
        }
    }

    fn is_ready(&self) -> bool {
        self.is_available && self.has_destination && self.archive == Archive::Doing
    }

    fn is_starting(&self) -> bool {
        self.is_available && self.has_destination && self.archive == Archive::Starting
    }

    fn may_come(&self, claims: &Claims) -> bool {
        let comes = |purpose| claims.may_hold(&self.occupant(purpose));
        let archives = matches!(self.archive, Archive::Doing | Archive::Starting);
        self.is_available && (self.has_destination || comes(Purpose::Backups)) && (archives || comes(Purpose::Archive))
    }

    fn occupant(&self, purpose: Purpose) -> Occupant {
        Occupant {
            tenant: self.tenant.clone(),
            purpose,
        }
    }
}

/// The attribute that says whom it is about.
fn place(scope: Scope<'_>) -> &'static str {
    match scope {
        Scope::Tenant(_) => "tenant",
        Scope::AllTenants => "all_tenants",
    }
}

const BACKUP_RUNS: (&str, &str) = (
    "The backup will wait for another one",
    "A backup runs already. The apply waits for its end, up to `timeouts`; CDB_OB_BACKUP_JOBS shows the job.",
);
const DELETION_RUNS: (&str, &str) = (
    "The backup will wait for a deletion",
    "Backups are being deleted. The apply waits for the end of that, up to `timeouts`; CDB_OB_BACKUP_DELETE_JOBS shows the job.",
);

fn will_be_full(tenants: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "The incremental backup will be a full one",
        format!(
            "There is no usable full backup at the destination of {}, so the server makes a full one instead, without a word. It takes \
             longer, and more room.",
            tenants.join(", ")
        ),
    )
    .at("type")
}

fn no_destination(tenant: &TenantName) -> Diagnostic {
    Diagnostic::error(
        "The tenant has no backup destination",
        format!(
            "Tenant `{tenant}` cannot be backed up before its destination is set. Set it with `oceanbase_backup_destination`, and \
             have the backup depend on that resource."
        ),
    )
    .at("tenant")
}

fn not_archiving(tenant: &TenantName, status: &str) -> Diagnostic {
    Diagnostic::error(
        "The tenant does not archive its log",
        format!(
            "Tenant `{tenant}` can be backed up only while log archiving is DOING; it is: {status}. Switch it on with \
             `oceanbase_archivelog`, and have the backup depend on that resource."
        ),
    )
    .at("tenant")
}

fn nobody() -> Diagnostic {
    Diagnostic::error(
        "No tenant can be backed up",
        "A tenant is backed up when it is in the state NORMAL, has a backup destination, and its log archiving is DOING. No tenant is \
         so far. Set destinations with `oceanbase_backup_destination`, switch archiving on with `oceanbase_archivelog`, and have the \
         backup depend on those.",
    )
    .at("all_tenants")
}

fn only_from_sys(own: &TenantName) -> Diagnostic {
    Diagnostic::error(
        "All tenants are backed up from sys only",
        format!("The provider is logged in to the tenant `{own}`, and manages only that one. Log in to `sys`, or set `tenant`."),
    )
    .at("all_tenants")
}
