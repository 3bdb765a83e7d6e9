//! What the life of a resource needs of a cluster, be it simulated or lent.

use crate::Cluster;
use serde_json::Value as Json;
use std::time::{Duration, Instant};

/// What a statement gives, NULL as `NULL`.
pub type Rows = Vec<Vec<String>>;

/// How long a real cluster may take for a change that nobody but the test waits for, and how often to look.
const PATIENCE: Duration = Duration::from_secs(20 * 60);
const PAUSE: Duration = Duration::from_millis(200);

/// A cluster on which a resource can live through everything.
pub trait Stage {
    /// The tenant that everything happens to, in MySQL mode.
    fn tenant(&self) -> &str;

    /// A directory as OBServers see it; what the life puts below it is nobody else's.
    fn directory(&self) -> &str;

    /// A `provider "oceanbase"` block that manages every tenant.
    fn provider_block(&self) -> Json;

    /// The environment variables that the provider needs besides its block.
    fn environment(&self) -> Vec<(String, String)>;

    /// Runs a statement in a session of sys, as an administrator would by hand.
    fn query(&self, statement: &str) -> Result<Rows, String>;

    /// The simulated cluster, for what no real one can be asked to do; `None` when it is a real one.
    fn simulated(&self) -> Option<&Cluster>;
}

impl dyn Stage + '_ {
    /// Runs a statement in sys that has to succeed.
    #[track_caller]
    pub fn sys(&self, statement: &str) -> Rows {
        self.query(statement)
            .unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// The one value that a query in sys gives, if it gives a row.
    #[track_caller]
    pub fn value(&self, query: &str) -> Option<String> {
        self.sys(query).into_iter().flatten().next()
    }

    /// Waits until a query in sys gives this value. In the simulated cluster each look at the archive brings its next change
    /// about.
    #[track_caller]
    pub fn until(&self, query: &str, expected: &str) {
        let begin = Instant::now();
        loop {
            let found = self.value(query);
            if found.as_deref() == Some(expected) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "{query} gives {found:?}, not {expected}");
            if self.simulated().is_none() {
                std::thread::sleep(PAUSE);
            }
        }
    }

    /// The number of the tenant, as a part of a query.
    pub fn tenant_id(&self) -> String {
        let tenant = self.tenant();
        format!("(SELECT TENANT_ID FROM oceanbase.DBA_OB_TENANTS WHERE TENANT_NAME = '{tenant}')")
    }
}
