//! The gRPC service: one RPC, one function, which decodes what Terraform sent, calls the provider, and encodes what
//! comes back.
//!
//! Whatever goes wrong is said in diagnostics. Terraform shows a gRPC error as a failure of the plugin, so there is
//! none, but for what is not implemented.

mod action;
mod crash;
mod data_source;
pub(crate) mod encode;
mod function;
mod provider;
mod resource;
mod wire;

pub(crate) use crash::remember_panic;

use crate::proto::tfplugin6;
use crate::proto::tfplugin6::provider_server::Provider as Service;
use crate::proto::tfplugin6::{FunctionError, call_function, stop_provider};
use crate::{Call, DataSource, Diagnostic, Diagnostics, Provider, Resource, Type};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, async_trait};

/// Serves a [`Provider`] over Terraform's protocol, on one connection: Terraform makes one for each provider block of
/// each command. Once stopped, it stays so.
#[derive(Debug)]
pub struct Server<P: Provider> {
    provider: Arc<P>,
    running: Mutex<Running<P::Configured>>,
    /// Made when they are asked for: most processes need few of them or none.
    schemas: OnceLock<tfplugin6::get_provider_schema::Response>,
    provider_type: OnceLock<Type>,
    resource_types: Vec<OnceLock<ResourceTypes>>,
    data_source_types: Vec<OnceLock<Type>>,
}

/// What calls of the provider are given.
#[derive(Debug)]
struct Running<C> {
    configured: Option<Arc<C>>,
    stopped: CancellationToken,
}

/// What one call of the provider is given; it keeps it even if the provider is configured anew meanwhile.
struct Session<C> {
    configured: Arc<C>,
    stopped: CancellationToken,
}

impl<C> Session<C> {
    fn call(&self) -> Call<'_, C> {
        Call {
            configured: &self.configured,
            cancelled: &self.stopped,
        }
    }
}

/// A managed resource and the types of its values.
struct Managed<'a, C> {
    resource: &'a dyn Resource<C>,
    types: &'a ResourceTypes,
}

#[derive(Debug)]
struct ResourceTypes {
    state: Type,
    identity: Type,
}

impl<P: Provider> Server<P> {
    /// A server of this provider, not yet configured.
    pub fn new(provider: Arc<P>) -> Self {
        Self {
            resource_types: provider.resources().iter().map(|_| OnceLock::new()).collect(),
            data_source_types: provider.data_sources().iter().map(|_| OnceLock::new()).collect(),
            provider,
            running: Mutex::new(Running {
                configured: None,
                stopped: CancellationToken::new(),
            }),
            schemas: OnceLock::new(),
            provider_type: OnceLock::new(),
        }
    }

    fn running(&self) -> MutexGuard<'_, Running<P::Configured>> {
        // Each change of it is one assignment: a panic cannot leave it half changed.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self) -> Result<Session<P::Configured>, Diagnostics> {
        let running = self.running();
        let configured = running.configured.clone().ok_or_else(|| {
            Diagnostic::error(
                "The provider is not configured",
                "Terraform asked the provider to work before it had configured it. This is a bug in Terraform or in \
                 whatever drives the provider in its place.",
            )
        })?;
        Ok(Session {
            configured,
            stopped: running.stopped.clone(),
        })
    }

    fn managed(&self, type_name: &str) -> Result<Managed<'_, P::Configured>, Diagnostics> {
        let mut resources = self.provider.resources().iter().zip(&self.resource_types);
        let (resource, types) = resources
            .find(|(resource, _)| resource.type_name() == type_name)
            .ok_or_else(|| unknown_name("resource type", type_name))?;
        let types = types.get_or_init(|| ResourceTypes {
            state: resource.schema().implied_type(),
            identity: resource.identity_schema().implied_type(),
        });
        Ok(Managed {
            resource: resource.as_ref(),
            types,
        })
    }

    fn data_source(&self, type_name: &str) -> Result<(&dyn DataSource<P::Configured>, &Type), Diagnostics> {
        let mut data_sources = self.provider.data_sources().iter().zip(&self.data_source_types);
        let (data_source, kind) = data_sources
            .find(|(data_source, _)| data_source.type_name() == type_name)
            .ok_or_else(|| unknown_name("data source", type_name))?;
        Ok((
            data_source.as_ref(),
            kind.get_or_init(|| data_source.schema().implied_type()),
        ))
    }
}

/// A server of any provider. What serves it is compiled once, with this crate and the way that this crate is compiled, rather than
/// with every provider.
pub(crate) struct AnyServer(Arc<dyn Service>);

impl AnyServer {
    pub(crate) fn new<P: Provider>(provider: Arc<P>) -> Self {
        Self(Arc::new(Server::new(provider)))
    }
}

fn unknown_name(what: &str, name: &str) -> Diagnostics {
    let detail = format!("This version of the provider has no {what} named {name:?}.");
    Diagnostic::error(format!("Unknown {what}"), detail).into()
}

/// A message that can say that it went wrong.
trait Answer: Default {
    fn fail(&mut self, diagnostics: Diagnostics);
}

impl Answer for call_function::Response {
    fn fail(&mut self, diagnostics: Diagnostics) {
        let text = diagnostics
            .iter()
            .map(|diagnostic| diagnostic.detail.as_str())
            .collect::<Vec<_>>()
            .join("\n");
        self.error = Some(FunctionError {
            text,
            function_argument: None,
        });
    }
}

impl Answer for stop_provider::Response {
    fn fail(&mut self, diagnostics: Diagnostics) {
        self.error = diagnostics.into_iter().map(|diagnostic| diagnostic.detail).collect();
    }
}

/// Runs a handler; neither its failure nor its crash is one of the connection.
async fn answer<A: Answer>(handler: impl Future<Output = Result<A, Diagnostics>>) -> Result<Response<A>, Status> {
    let failure = match AssertUnwindSafe(handler).catch_unwind().await {
        Ok(Ok(answer)) => return Ok(Response::new(answer)),
        Ok(Err(diagnostics)) => diagnostics,
        Err(_) => crash::diagnostic().into(),
    };
    let mut answer = A::default();
    answer.fail(failure);
    Ok(Response::new(answer))
}

/// Connects the RPCs with the functions of the same names.
macro_rules! rpcs {
    (with diagnostics: $($rpc:ident),+; without: $($other:ident),+) => {
        rpcs!($($rpc,)+ $($other),+);
        $(impl Answer for tfplugin6::$rpc::Response {
            fn fail(&mut self, diagnostics: Diagnostics) {
                self.diagnostics = encode::diagnostics(diagnostics);
            }
        })+
    };
    ($($rpc:ident),+) => {
        #[async_trait]
        impl<P: Provider> Service for Server<P> {
            $(async fn $rpc(
                &self,
                request: Request<tfplugin6::$rpc::Request>,
            ) -> Result<Response<tfplugin6::$rpc::Response>, Status> {
                tracing::trace!(rpc = stringify!($rpc), "called");
                answer(Self::$rpc(self, request.into_inner())).await
            })+

            async fn invoke_action(
                &self,
                request: Request<tfplugin6::invoke_action::Request>,
            ) -> Result<Response<action::Events>, Status> {
                tracing::trace!(rpc = "invoke_action", "called");
                Ok(Response::new(Self::invoke_action(self, request.into_inner())))
            }
        }

        // The lifetimes are those that `async_trait` gives to the trait's functions.
        impl Service for AnyServer {
            $(fn $rpc<'life0, 'async_trait>(
                &'life0 self,
                request: Request<tfplugin6::$rpc::Request>,
            ) -> BoxFuture<'async_trait, Result<Response<tfplugin6::$rpc::Response>, Status>>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                self.0.$rpc(request)
            })+

            fn invoke_action<'life0, 'async_trait>(
                &'life0 self,
                request: Request<tfplugin6::invoke_action::Request>,
            ) -> BoxFuture<'async_trait, Result<Response<action::Events>, Status>>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                self.0.invoke_action(request)
            }
        }
    };
}

rpcs! {
    with diagnostics:
        get_metadata, get_provider_schema, get_resource_identity_schemas, get_functions,
        validate_provider_config, configure_provider,
        validate_resource_config, upgrade_resource_state, upgrade_resource_identity, read_resource,
        plan_resource_change, apply_resource_change, import_resource_state, move_resource_state,
        validate_data_resource_config, read_data_source,
        validate_action_config, plan_action;
    without:
        call_function, stop_provider
}
