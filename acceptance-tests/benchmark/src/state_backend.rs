//! Keeps one state in memory, for Terraform's `http` backend. With a file, Terraform writes the whole state anew after each
//! resource, which hides what a provider costs.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Listens until it is dropped.
pub struct StateBackend {
    address: SocketAddr,
    state: State,
    /// Its end is that of all connections.
    _runtime: Runtime,
}

#[derive(Clone, Default)]
struct State(Arc<Mutex<Option<Bytes>>>);

impl State {
    fn lock(&self) -> MutexGuard<'_, Option<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateBackend {
    /// Without a state yet.
    pub fn start() -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be started");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.expect("a port of this machine is free");
        let address = listener.local_addr().expect("it is bound");
        let state = State::default();
        runtime.spawn(accept(listener, state.clone()));
        Self {
            address,
            state,
            _runtime: runtime,
        }
    }

    /// For Terraform's configuration.
    pub fn url(&self) -> String {
        format!("http://{}/state", self.address)
    }

    /// The size of the state, as Terraform sent it.
    pub fn bytes(&self) -> usize {
        self.state.lock().as_ref().map_or(0, Bytes::len)
    }
}

async fn accept(listener: TcpListener, state: State) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        let service = service_fn(move |request| answer(request, state.clone()));
        // A connection that breaks off is Terraform's to complain about.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(request: Request<Incoming>, state: State) -> hyper::Result<Response<Full<Bytes>>> {
    let (status, body) = match *request.method() {
        Method::GET => match state.lock().clone() {
            Some(state) => (StatusCode::OK, state),
            None => (StatusCode::NO_CONTENT, Bytes::new()),
        },
        Method::POST => {
            let sent = request.into_body().collect().await?.to_bytes();
            *state.lock() = Some(sent);
            (StatusCode::OK, Bytes::new())
        }
        _ => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    Ok(response)
}
