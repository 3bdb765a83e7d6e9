//! What a provider implements.

use crate::{Action, DataSource, Diagnostics, Function, Resource, Schema, Value};
use tokio_util::sync::CancellationToken;

/// A Terraform provider.
pub trait Provider: Send + Sync + 'static {
    /// What configuring yields, and every later call is given. A configuration may still hold unknown values, so
    /// this type must be able to say "not known yet".
    type Configured: Send + Sync + 'static;

    /// The source address, such as `registry.terraform.io/ob-as-code/oceanbase`.
    fn address(&self) -> &'static str;

    /// What to print when a person runs the binary by hand.
    fn run_by_hand(&self) -> String;

    /// The provider block.
    fn schema(&self) -> &Schema;

    /// All managed resources.
    fn resources(&self) -> &[Box<dyn Resource<Self::Configured>>];

    /// All data sources.
    fn data_sources(&self) -> &[Box<dyn DataSource<Self::Configured>>];

    /// All actions.
    fn actions(&self) -> &[Box<dyn Action<Self::Configured>>];

    /// All functions.
    fn functions(&self) -> &[Box<dyn Function>];

    /// Rules of the provider block beyond those of its attributes. The values may hold unknowns.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Takes the provider block. The values may hold unknowns. Must not connect to anything: Terraform configures
    /// several processes per command, and most of them never need the other side.
    ///
    /// `cancelled` is the token that every [`Call`] is given, for those parts that outlive a call.
    fn configure(&self, config: &Value, cancelled: &CancellationToken) -> Result<Self::Configured, Diagnostics>;
}

/// What every call is given.
#[derive(Debug)]
pub struct Call<'a, C> {
    /// What [`Provider::configure`] returned.
    pub configured: &'a C,
    /// Cancelled when the practitioner interrupts Terraform: waits should then end at once, with what is known.
    pub cancelled: &'a CancellationToken,
}

impl<C> Clone for Call<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Call<'_, C> {}
