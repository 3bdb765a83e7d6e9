//! One cluster: its sessions, its snapshot, and the locks that keep statements on one tenant apart.

pub mod error;
pub mod row;
pub mod secret;
pub mod snapshot;
pub mod statement;
pub mod tenant;
pub mod version;

pub use error::{Error, Kind};
pub use secret::{RawUri, Secret};
pub use snapshot::Snapshot;
pub use statement::Statement;
pub use tenant::{TenantName, Viewpoint};

/// Signatures first; bodies follow.
pub struct Settings {
    pub endpoints: Vec<String>,            // host:port; port defaults to 2881
    pub username: String,
    pub password: Option<Secret>,
    pub tenant: Option<String>,
    pub cluster: Option<String>,
    pub tenant_credentials: BTreeMap<TenantName, Credentials>,
    pub expected_cluster: Option<ExpectedCluster>,
    pub tls: Tls,
    pub connect_timeout: Duration,
    pub statement_timeout: Duration,
    pub max_connections: usize,
    pub read_only: bool,
}
pub struct Credentials { pub username: String, pub password: Option<Secret> }
pub struct ExpectedCluster { pub name: Option<String>, pub id: Option<i64> }
pub struct Tls { pub mode: TlsMode, pub ca_file: Option<PathBuf>, pub cert_file: Option<PathBuf>, pub key_file: Option<PathBuf> }
pub enum TlsMode { Disabled, Preferred, Required, VerifyCa, VerifyIdentity }
pub enum Freshness { Any, After(Stamp) }
pub struct Stamp(u64); // Copy; Cluster::now() -> Stamp
impl Cluster {
    pub fn new(settings: Settings, cancelled: CancellationToken) -> Result<Self, Error>;
    pub fn viewpoint(&self) -> &Viewpoint;
    pub async fn snapshot(&self, freshness: Freshness) -> Result<Arc<Snapshot>, Error>;
    pub async fn lock_tenant(&self, tenant: &TenantName) -> TenantGuard;
    pub async fn execute(&self, statement: &Statement, limit: Duration, attempted: &str) -> Result<Stamp, Error>;
    pub async fn execute_in_tenant(&self, tenant: &TenantName, statement: &Statement, limit: Duration, attempted: &str) -> Result<Stamp, Error>;
}
