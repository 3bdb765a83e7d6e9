//! How an operation goes when nothing disturbs it.

use crate::operation::{Operation, TENANT};
use acceptance_tests::protocol::Planned;
use acceptance_tests::{Cluster, Plugin};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};
use tfplugin::Value;

/// Who the provider logs in as.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Login {
    Sys,
    /// The server then says when something is so already; from `sys` it takes the statement and does nothing.
    Tenant,
}

impl Login {
    pub(crate) fn provider_block(self, cluster: &Cluster) -> Json {
        match self {
            Self::Sys => cluster.provider_block(),
            Self::Tenant => json!({
                "endpoints": [cluster.endpoint()], "tenant": TENANT, "password": cluster.password(TENANT),
            }),
        }
    }

    fn tenant(self) -> &'static str {
        match self {
            Self::Sys => "sys",
            Self::Tenant => TENANT,
        }
    }
}

/// What an operation sends and brings about.
pub(crate) struct Course {
    pub(crate) operation: Operation,
    pub(crate) profile: Profile,
    pub(crate) login: Login,
    /// What leads to the state before, to be repeated by hand.
    preparation: Vec<String>,
    pub(crate) prior: Value,
    pub(crate) planned: Planned,
    /// All that the apply sends.
    pub(crate) statements: Vec<Sent>,
    /// What of it changes something.
    pub(crate) changes: Vec<String>,
    /// What it leaves in Terraform's state.
    pub(crate) state: Value,
    /// What it leaves in the cluster.
    pub(crate) picture: Vec<Vec<String>>,
}

/// A statement of the apply.
pub(crate) struct Sent {
    /// Word for word.
    pub(crate) text: String,
    /// Without secrets.
    pub(crate) redacted: String,
    /// How many times it was sent before.
    pub(crate) occurrence: usize,
}

impl Sent {
    pub(crate) fn is_change(&self) -> bool {
        self.text.starts_with("ALTER")
    }

    /// Whether it leaves something behind, in the cluster or in its session: before and after are not the same then.
    pub(crate) fn leaves_something(&self) -> bool {
        self.is_change() || self.text.starts_with("SET ENCRYPTION")
    }

    /// Whether it prepares a session for what comes.
    pub(crate) fn begins_session(&self) -> bool {
        self.text.starts_with("SET autocommit")
    }
}

impl Course {
    pub(crate) fn of(operation: Operation, profile: Profile, login: Login) -> Self {
        let cluster = Cluster::start(profile);
        let (resource, block) = (operation.resource, login.provider_block(&cluster));
        administer(&cluster, operation.setup);
        let plugin = Plugin::configured(&block);
        let prior = match &operation.before {
            Json::Null => Value::Null,
            before => plugin.change(resource, &Value::Null, before).succeeded(),
        };
        let mut preparation = cluster.statements_with_secrets();
        preparation.retain(|sql| sql.starts_with("ALTER"));
        administer(&cluster, operation.between);
        // As Terraform does: one process plans, another one applies.
        let plugin = Plugin::configured(&block);
        let planned = plugin.plan(resource, &prior, &operation.after);
        let errors = planned.messages.iter().filter(|message| message.is_error);
        assert_eq!(errors.count(), 0, "{:#?}", planned.messages);
        cluster.forget_statements();
        let plugin = Plugin::configured(&block);
        let applied = plugin.apply(resource, &prior, &planned, &operation.after);
        Self {
            profile,
            login,
            preparation,
            prior,
            planned,
            statements: sent(&cluster),
            changes: cluster.changes(),
            state: applied.succeeded(),
            picture: picture(&cluster),
            operation,
        }
    }

    /// A cluster in the state before the operation.
    pub(crate) fn begin(&self) -> Cluster {
        let cluster = Cluster::start(self.profile);
        administer(&cluster, self.operation.setup);
        for statement in &self.preparation {
            cluster.sql(self.login.tenant(), statement).unwrap();
        }
        settle(&cluster);
        administer(&cluster, self.operation.between);
        cluster.forget_statements();
        cluster
    }
}

/// What an administrator does in sys, and what comes of it.
fn administer(cluster: &Cluster, statements: &[&str]) {
    for statement in statements {
        cluster.sys(statement);
    }
    settle(cluster);
}

/// Waits until nothing is under way. Each look brings the next change about.
fn settle(cluster: &Cluster) {
    let status = "SELECT STATUS FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = 1002";
    let settled = (0..10).any(|_| matches!(cluster.value(status).as_deref(), None | Some("DOING")));
    assert!(settled, "{TENANT} does not begin to archive");
    let jobs = "SELECT COUNT(*) FROM oceanbase.CDB_OB_BACKUP_JOBS";
    let settled = (0..100).any(|_| cluster.value(jobs).as_deref() == Some("0"));
    assert!(settled, "a backup does not end");
}

/// A state without what is another one each time that the same is done.
pub(crate) fn lasting(state: &Value) -> Json {
    let mut lasting = state.to_model_json();
    if let Some(attributes) = lasting.as_object_mut() {
        attributes
            .retain(|name, _| !["started_at", "finished_at", "min_restore_scn", "output_bytes"].contains(&&**name));
    }
    lasting
}

/// What the provider sent.
pub(crate) fn sent(cluster: &Cluster) -> Vec<Sent> {
    let texts = cluster.statements_with_secrets();
    let occurrence = |at: usize| texts[..at].iter().filter(|text| **text == texts[at]).count();
    let redacted = cluster.statements().into_iter();
    redacted
        .enumerate()
        .map(|(at, redacted)| Sent {
            text: texts[at].clone(),
            redacted,
            occurrence: occurrence(at),
        })
        .collect()
}

/// Everything that the operations change.
pub(crate) fn picture(cluster: &Cluster) -> Vec<Vec<String>> {
    let queries = [
        "SELECT LOG_MODE FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_ID = 1002",
        "SELECT ROUND_ID, STATUS FROM oceanbase.CDB_OB_ARCHIVELOG WHERE TENANT_ID = 1002",
        "SELECT NAME, VALUE FROM oceanbase.CDB_OB_ARCHIVE_DEST WHERE TENANT_ID = 1002 ORDER BY NAME",
        "SELECT VALUE FROM oceanbase.CDB_OB_BACKUP_PARAMETER WHERE TENANT_ID = 1002",
        "SELECT TENANT_ID, BACKUP_TYPE, STATUS, DESCRIPTION FROM oceanbase.CDB_OB_BACKUP_JOB_HISTORY ORDER BY TENANT_ID, JOB_ID",
        "SELECT TENANT_ID, STATUS, DESCRIPTION FROM oceanbase.CDB_OB_BACKUP_JOBS",
        "SELECT BACKUP_SET_ID, BACKUP_TYPE, STATUS, FILE_STATUS, ENCRYPTION_MODE FROM oceanbase.CDB_OB_BACKUP_SET_FILES \
         ORDER BY TENANT_ID, BACKUP_SET_ID",
        "SELECT PATH, DEST_ID, AUTHORIZATION FROM oceanbase.CDB_OB_BACKUP_STORAGE_INFO WHERE TENANT_ID = 1002 ORDER BY 1",
    ];
    queries.iter().flat_map(|query| cluster.sys(query)).collect()
}
