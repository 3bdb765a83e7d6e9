//! The process: handshake, mutual TLS, listening, stopping.
//!
//! Terraform starts a provider several times per command and waits for each start and each end, so neither does
//! anything that could be done later or not at all.

mod connection;
mod go_plugin;
mod handshake;
mod listener;
mod logging;
mod tls;

use crate::Provider;
use crate::server::AnyServer;
use handshake::{Launch, PROTOCOL};
use listener::{Listener, Stream};
use serde_json::json;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tls::{Identity, TlsError};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Terraform connects as soon as it has read the line; if it does not, it is not there any more.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Why the provider cannot be served.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("cannot set up the connection to Terraform")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Serves the provider to the Terraform that started this process, until it hangs up.
///
/// With the argument `--debug` it serves any number of Terraform commands one after the other, until it is
/// interrupted, and prints the environment variable that makes Terraform use it. Started by hand without it, it says
/// [what it is](Provider::run_by_hand) and fails.
pub fn serve<P: Provider>(provider: P) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        crate::server::remember_panic(panic.location());
        logging::write_panic(panic.location());
    }));
    logging::start(provider.address().rsplit('/').next().unwrap_or_default());

    if std::env::args_os()
        .skip(1)
        .any(|argument| argument == "--debug" || argument == "-debug")
    {
        return report(block_on(serve_for_debugging(provider)));
    }
    let Some(launch) = Launch::from_environment(|name| std::env::var(name).ok()) else {
        print_error(&provider.run_by_hand());
        return ExitCode::FAILURE;
    };
    report(block_on(serve_terraform(provider, &launch)))
}

/// One thread: calls wait for the other side most of the time, and the rest is microseconds.
fn block_on(serving: impl Future<Output = Result<(), ServeError>>) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(serving);
    // The process ends, and Terraform waits for it: nothing that is still running is waited for.
    std::mem::forget(runtime);
    result
}

fn report(result: Result<(), ServeError>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    let cause = std::error::Error::source(&error)
        .map(|source| format!(": {source}"))
        .unwrap_or_default();
    print_error(&format!("{error}{cause}"));
    ExitCode::FAILURE
}

async fn serve_terraform<P: Provider>(provider: P, launch: &Launch) -> Result<(), ServeError> {
    ignore_interrupts()?;
    let identity = launch
        .client_certificate
        .as_deref()
        .map(Identity::for_client)
        .transpose()?;
    let listener = Listener::bind(launch.socket_directory.as_deref(), launch.ports.clone()).await?;
    let certificate = identity.as_ref().map(|identity| identity.certificate.as_ref());
    print_line(&launch.answer(&listener.address()?, certificate))?;

    let connected = first_connection(&listener, identity).await;
    // There is only ever one connection: from here on, nothing can be left behind.
    drop(listener);
    let result = connection::serve(connected?, AnyServer::new(Arc::new(provider))).await;
    if let Err(error) = result {
        // Nothing unusual: Terraform does not wait for the answer to its goodbye.
        tracing::debug!(%error, "the connection broke off");
    }
    Ok(())
}

/// The first connection whose client proves to be the one that started this process.
async fn first_connection(listener: &Listener, identity: Option<Identity>) -> io::Result<Box<dyn Stream>> {
    let acceptor = identity.map(|identity| TlsAcceptor::from(identity.config));
    let mut handshakes = JoinSet::new();
    let first = async {
        loop {
            tokio::select! {
                stream = listener.accept() => {
                    handshakes.spawn(secure(acceptor.clone(), stream?));
                }
                Some(Ok(done)) = handshakes.join_next() => match done {
                    Ok(stream) => return Ok(stream),
                    Err(error) => tracing::warn!(%error, "a client was turned away"),
                },
            }
        }
    };
    tokio::time::timeout(LONGEST_WAIT, first).await?
}

async fn secure(acceptor: Option<TlsAcceptor>, stream: Box<dyn Stream>) -> io::Result<Box<dyn Stream>> {
    match acceptor {
        Some(acceptor) => Ok(Box::new(acceptor.accept(stream).await?)),
        None => Ok(stream),
    }
}

/// An interrupt at the terminal reaches every process there; Terraform takes it, and asks providers to stop.
fn ignore_interrupts() -> io::Result<()> {
    #[cfg(unix)]
    let mut interrupts = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    #[cfg(windows)]
    let mut interrupts = tokio::signal::windows::ctrl_c()?;
    tokio::spawn(async move { while interrupts.recv().await.is_some() {} });
    Ok(())
}

async fn serve_for_debugging<P: Provider>(provider: P) -> Result<(), ServeError> {
    let listener = Listener::bind(None, 10_000..=25_000).await?;
    let address = listener.address()?;
    let reattach = json!({ provider.address(): {
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.to_string() },
    }});
    print_error("Serving until interrupted. For Terraform to use this process, set:");
    print_line(&format!("TF_REATTACH_PROVIDERS='{reattach}'"))?;

    let provider = Arc::new(provider);
    loop {
        tokio::select! {
            stream = listener.accept() => {
                // One configuration each: commands, and provider blocks of one command, may run side by side.
                tokio::spawn(connection::serve(stream?, AnyServer::new(provider.clone())));
            }
            interrupted = tokio::signal::ctrl_c() => return interrupted.map_err(ServeError::from),
        }
    }
}

/// When stderr is gone there is nobody left to tell.
fn print_error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Stdout belongs to such lines.
fn print_line(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}
