//! Data sources over the snapshot: what the cluster's views say, without changing anything.

use crate::{
    cluster::{Cluster, Error, Freshness, Snapshot, records::Records},
    model,
    provider::{Configured, Connection},
};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    marker::PhantomData,
    sync::{Arc, OnceLock},
};
use tfplugin::{Call, DataSource, Diagnostic, Diagnostics, Schema, Value};

/// Something that can be asked of the cluster. Everything here is pure.
pub trait Query: Send + Sync + 'static {
    /// The type name in configuration, such as `oceanbase_tenants`.
    const NAME: &'static str;

    /// Filters, as configured, and results. Its doc comments are the documentation.
    type Model: JsonSchema + Serialize + DeserializeOwned + Send + Sync;

    /// What it needs to know besides how the cluster is configured.
    type Records: Gather;

    /// Rules across attributes.
    fn validate(_: &Self::Model) -> Diagnostics {
        Diagnostics::none()
    }

    /// Fills in the results.
    fn answer(model: Self::Model, snapshot: &Snapshot, records: &Self::Records) -> Result<Self::Model, Error>;

    /// What is wrong with the cluster by the answer, where the practitioner asked to be told.
    fn complaints(_: &Self::Model) -> Diagnostics {
        Diagnostics::none()
    }
}

/// Records that are read before a question is answered.
pub trait Gather: Sized + Send + Sync {
    /// Reads them, unless somebody has.
    fn gather(
        cluster: &Cluster,
        snapshot: &Snapshot,
        freshness: Freshness,
    ) -> impl Future<Output = Result<Self, Error>> + Send;
}

impl Gather for () {
    async fn gather(_: &Cluster, _: &Snapshot, _: Freshness) -> Result<Self, Error> {
        Ok(())
    }
}

impl<T: Records> Gather for Arc<T> {
    async fn gather(cluster: &Cluster, snapshot: &Snapshot, freshness: Freshness) -> Result<Self, Error> {
        cluster.records(snapshot, freshness).await
    }
}

impl<A: Gather, B: Gather> Gather for (A, B) {
    async fn gather(cluster: &Cluster, snapshot: &Snapshot, freshness: Freshness) -> Result<Self, Error> {
        Ok((
            A::gather(cluster, snapshot, freshness).await?,
            B::gather(cluster, snapshot, freshness).await?,
        ))
    }
}

/// Reads how the cluster is configured, and what else is to be known. Records are read after the snapshot: what began in between is
/// seen.
pub(crate) async fn look<R: Gather>(cluster: &Cluster, freshness: Freshness) -> Result<(Arc<Snapshot>, R), Error> {
    let snapshot = cluster.snapshot(freshness).await?;
    let records = R::gather(cluster, &snapshot, freshness).await?;
    Ok((snapshot, records))
}

/// A [`Query`] as a Terraform data source.
pub struct Queried<Q> {
    schema: OnceLock<Schema>,
    query: PhantomData<fn() -> Q>,
}

impl<Q> Default for Queried<Q> {
    fn default() -> Self {
        Self {
            schema: OnceLock::new(),
            query: PhantomData,
        }
    }
}

impl<Q: Query> Queried<Q> {
    async fn ask(&self, call: Call<'_, Configured>, config: Value) -> Result<(Value, Diagnostics), Box<Diagnostic>> {
        let Connection::Ready(cluster) = &call.configured.connection else {
            return Err(Box::new(Diagnostic::error(
                "The connection is not known yet",
                format!(
                    "{} has to be read now, and the provider block holds values that are known only after other resources \
                     were applied. Apply those first (`-target`), or give the values directly.",
                    Q::NAME,
                ),
            )));
        };
        let look = look::<Q::Records>(cluster, Freshness::Any).await;
        let (snapshot, records) = look.map_err(|error| error.diagnostic())?;
        let model = model::from_value(&model::known_part(&config, self.schema()))?;
        let answer = Q::answer(model, &snapshot, &records).map_err(|error| error.diagnostic())?;
        Ok((model::to_value(&answer, self.schema())?, Q::complaints(&answer)))
    }
}

impl<Q: Query> DataSource<Configured> for Queried<Q> {
    fn type_name(&self) -> &str {
        Q::NAME
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(model::schema::<Q::Model>)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match model::from_value(&model::known_part(config, self.schema())) {
            Ok(model) => Q::validate(&model),
            Err(diagnostic) => (*diagnostic).into(),
        }
    }

    fn read<'a>(&'a self, call: Call<'a, Configured>, config: Value) -> BoxFuture<'a, (Option<Value>, Diagnostics)> {
        Box::pin(async move {
            match self.ask(call, config).await {
                Ok((value, complaints)) => (Some(value), complaints),
                Err(diagnostic) => (None, (*diagnostic).into()),
            }
        })
    }
}
