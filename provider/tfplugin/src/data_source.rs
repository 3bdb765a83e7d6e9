//! What a data source implements.

use crate::{Call, Diagnostics, Schema, Value};
use futures_util::future::BoxFuture;

/// A data source over [`Value`]s.
pub trait DataSource<C>: Send + Sync {
    /// The full type name, such as `oceanbase_tenants`.
    fn type_name(&self) -> &str;

    /// Its attributes.
    fn schema(&self) -> &Schema;

    /// Rules beyond those of single attributes; the configuration is wholly known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Reads it. The configuration is wholly known, defaults are applied.
    fn read<'a>(&'a self, call: Call<'a, C>, config: Value) -> BoxFuture<'a, (Option<Value>, Diagnostics)>;
}
