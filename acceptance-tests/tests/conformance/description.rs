//! What a resource is like, as data.

use acceptance_tests::{Cluster, Stage};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// A resource that belongs to a tenant.
pub(crate) struct Description {
    /// The type name.
    pub(crate) resource: &'static str,
    /// What has to be there before it.
    pub(crate) prepare: fn(&dyn Stage),
    /// The most statements that a process of the provider may need to find out that there is nothing to do.
    pub(crate) reads: usize,
    /// The attributes that identify it; their texts, with slashes between them, are the import ID.
    pub(crate) identity: Vec<(&'static str, String)>,
    /// The least that can be configured.
    pub(crate) base: Json,
    /// Changes of the configuration, one after the other; the last leads back to the base.
    pub(crate) updates: Vec<Update>,
    /// What somebody does to an object with the base configuration.
    pub(crate) drifts: Vec<Drift>,
    /// Attributes that exist in Terraform only, or that no view shows.
    pub(crate) invisible: &'static [&'static str],
    /// Where there is nothing of the kind.
    pub(crate) lacking: Option<Lacking>,
    /// What an import says, of a resource whose effect no view reports; nothing of it is adopted either.
    pub(crate) recorded: Option<&'static str>,
    /// What makes a create stop half-way.
    pub(crate) obstacle: Obstacle,
    /// The values of `on_destroy`, and what remains afterwards.
    pub(crate) endings: Vec<Ending>,
}

/// The releases that have nothing of the kind, and what the plan says there.
pub(crate) struct Lacking {
    pub(crate) on: fn(Profile) -> bool,
    pub(crate) refusal: Refusal,
}

/// A change of the configuration.
pub(crate) struct Update {
    /// What is changed: merged into the configuration, null removes.
    pub(crate) patch: Json,
    /// What the cluster has to say to it.
    pub(crate) effect: Effect,
}

/// What comes of an update.
#[derive(Clone, Copy)]
pub(crate) enum Effect {
    /// Statements that change something.
    Statements,
    /// Nothing in the cluster: only Terraform's state changes.
    StateOnly,
    /// On every release, the plan says why not.
    Refused(Refusal),
    /// On the oldest release, the plan says why not; statements on the others.
    RefusedOnOldest(Refusal),
    /// Statements, but on the oldest release nothing to do: the update before was refused there.
    NotOnOldest,
}

/// The summary of an error, and part of its text.
pub(crate) type Refusal = (&'static str, &'static str);

/// Something that changes behind Terraform's back.
pub(crate) struct Drift {
    /// Whether it can happen to this cluster.
    pub(crate) possible: fn(&dyn Stage) -> bool,
    /// What the configuration has beyond the base meanwhile.
    pub(crate) patch: Json,
    /// What happens.
    pub(crate) act: fn(&dyn Stage),
    /// The attributes in which the plan shows it.
    pub(crate) shows: &'static [&'static str],
}

/// What makes a create stop half-way, in a simulated cluster.
pub(crate) struct Obstacle {
    /// Puts it in the way.
    pub(crate) place: fn(&Cluster),
    /// Takes it away again.
    pub(crate) remove: fn(&Cluster),
    /// Part of the error.
    pub(crate) message: &'static str,
}

/// A value of `on_destroy`.
pub(crate) struct Ending {
    /// The value.
    pub(crate) on_destroy: &'static str,
    /// A query in sys.
    pub(crate) query: String,
    /// Its only value after the destroy.
    pub(crate) leaves: Option<String>,
}

/// What the snapshot takes.
pub(crate) const READS: usize = 12;

/// What is only set needs nothing before it.
pub(crate) fn nothing(_: &dyn Stage) {}

/// Sets the tenant up so that it can be backed up.
pub(crate) fn protect(stage: &dyn Stage) {
    let directory = stage.directory();
    for what in [
        format!("SET DATA_BACKUP_DEST = 'file://{directory}/data'"),
        format!("SET LOG_ARCHIVE_DEST = 'LOCATION=file://{directory}/log'"),
        "ARCHIVELOG".to_owned(),
    ] {
        stage.sys(&format!("ALTER SYSTEM {what} {}", of_tenant(stage)));
    }
    let id = stage.tenant_id();
    let status = format!("SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = {id}");
    stage.until(&status, "DOING");
}

/// An update that sends statements.
pub(crate) fn update(patch: Json) -> Update {
    Update {
        patch,
        effect: Effect::Statements,
    }
}

/// An update of another effect.
pub(crate) fn update_with(effect: Effect, patch: Json) -> Update {
    Update { patch, effect }
}

pub(crate) fn everywhere(_: &dyn Stage) -> bool {
    true
}

/// What takes a fault, or object storage that there is not.
pub(crate) fn where_simulated(stage: &dyn Stage) -> bool {
    stage.simulated().is_some()
}

pub(crate) fn since_4_3_5(stage: &dyn Stage) -> bool {
    stage
        .simulated()
        .is_some_and(|cluster| cluster.profile() != Profile::Ce4210)
}

/// The simulated cluster, for what can happen nowhere else.
pub(crate) fn simulated(stage: &dyn Stage) -> &Cluster {
    stage.simulated().expect("it is possible only there")
}

/// The end of a statement about the tenant, in a session of sys.
pub(crate) fn of_tenant(stage: &dyn Stage) -> String {
    format!("TENANT = `{}`", stage.tenant())
}

impl Description {
    /// The attributes that some update sets, changes or removes.
    pub(crate) fn updated(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for update in &self.updates {
            collect(&update.patch, "", &mut found);
        }
        // What goes with its object: `timeouts = null`; and the elements of a map are no attributes.
        found.retain(|path| path != "timeouts" && !path.starts_with("rotation_trigger."));
        found
    }

    /// The import ID.
    pub(crate) fn import_id(&self) -> String {
        let texts: Vec<&str> = self.identity.iter().map(|(_, text)| text.as_str()).collect();
        texts.join("/")
    }

    /// The attributes in which some drift shows.
    pub(crate) fn drifting(&self) -> BTreeSet<String> {
        let shows = self.drifts.iter().flat_map(|drift| drift.shows);
        shows.map(|path| (*path).to_owned()).collect()
    }

    pub(crate) fn without_drift(&self) -> BTreeSet<String> {
        self.invisible.iter().map(|path| (*path).to_owned()).collect()
    }
}

fn collect(patch: &Json, above: &str, found: &mut BTreeSet<String>) {
    let Some(attributes) = patch.as_object() else {
        return;
    };
    for (name, value) in attributes {
        let path = format!("{above}{name}");
        match value {
            Json::Object(_) => collect(value, &format!("{path}."), found),
            _ => {
                found.insert(path);
            }
        }
    }
}

/// `config` with `patch` merged in: objects by attribute, null removes.
pub(crate) fn patched(config: &Json, patch: &Json) -> Json {
    let Some(changes) = patch.as_object() else {
        return patch.clone();
    };
    let mut result = config.as_object().cloned().unwrap_or_default();
    for (name, change) in changes {
        if change.is_null() {
            result.remove(name);
        } else {
            let before = result.get(name).cloned().unwrap_or(json!({}));
            result.insert(name.clone(), patched(&before, change));
        }
    }
    Json::Object(result)
}
