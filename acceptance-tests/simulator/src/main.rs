//! A simulated OceanBase cluster to log in to by hand.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use oceanbase_simulator::cluster::{self, Clock, Cluster, NotFound, Pace, Privileges, Profile};
use oceanbase_simulator::server::{self, Server, StatementLog, Tls};
use tokio::signal::unix::{SignalKind, signal};

/// Statements that are remembered when nobody asks for them.
const KEEP: usize = 10_000;

/// Speaks the MySQL protocol and behaves like an OceanBase cluster, as far as backups are concerned.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Where to listen. Can be given several times, for several endpoints of the one cluster.
    #[arg(long, default_value = "127.0.0.1:2881")]
    listen: Vec<SocketAddr>,
    /// PEM file with the certificate to show to clients that ask for TLS, and with those that lead to its authority.
    #[arg(long, requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// PEM file with the certificate's private key.
    #[arg(long, requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Refuse logins without TLS.
    #[arg(long, requires = "tls_certificate")]
    tls_required: bool,
    /// Release to be: ce-4.2.1.0, ee-4.3.5.3 or ce-4.4.1.0.
    #[arg(long, default_value = "ce-4.2.1.0")]
    profile: Profile,
    /// How many user tenants in MySQL mode.
    #[arg(long, default_value_t = 3)]
    tenants: usize,
    /// How many user tenants in Oracle mode.
    #[arg(long, default_value_t = 0)]
    oracle_tenants: usize,
    /// Directory in which `file:///a/b` is `a/b`; a fresh one by default.
    #[arg(long)]
    storage_root: Option<PathBuf>,
    /// Name of the cluster.
    #[arg(long, default_value = "obcluster")]
    cluster_name: String,
    /// Password of a tenant's root, as TENANT=PASSWORD; empty by default. Can be given several times.
    #[arg(long = "password", value_parser = tenant_and_password)]
    passwords: Vec<(String, String)>,
    /// Accept logins as user@tenant#cluster, like an OBProxy.
    #[arg(long)]
    proxy: bool,
    /// File to append every statement to, secrets as ***; standard output by default.
    #[arg(long)]
    statement_log: Option<PathBuf>,
    /// Jump to the next pending change whenever archives or jobs are looked at, so that whoever polls never waits.
    #[arg(long)]
    jump: bool,
    /// How many times faster than real time the virtual clock runs.
    #[arg(long, default_value_t = 1)]
    speed: u32,
}

fn tenant_and_password(text: &str) -> Result<(String, String), &'static str> {
    let (tenant, password) = text.split_once('=').ok_or("TENANT=PASSWORD is expected")?;
    Ok((tenant.to_owned(), password.to_owned()))
}

fn main() -> ExitCode {
    match simulate(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("oceanbase-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn simulate(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    // Kept until the end: dropping it removes the directory.
    let temporary = match arguments.storage_root {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("oceanbase-simulator-").tempdir()?),
    };
    let storage_root = match (&arguments.storage_root, &temporary) {
        (Some(given), _) => given.clone(),
        (None, Some(temporary)) => temporary.path().to_owned(),
        (None, None) => PathBuf::from("."),
    };
    std::fs::create_dir_all(&storage_root)
        .map_err(|error| format!("cannot keep files in {}: {error}", storage_root.display()))?;
    let server = Server::start(
        cluster(arguments, storage_root.clone())?,
        server::Options {
            listen: arguments.listen.clone(),
            tls: tls(arguments)?,
            proxied_cluster: arguments.proxy.then(|| arguments.cluster_name.clone()),
            keep: KEEP,
            statement_log: Some(statement_log(arguments.statement_log.as_ref())?),
            latency: None,
        },
    )
    .map_err(|error| format!("cannot listen on {}: {error}", listed(&arguments.listen)))?;
    let introduction = introduction(arguments, &server, &storage_root);
    io::stdout().write_all(introduction.as_bytes())?;
    Ok(wait_for_the_end()?)
}

fn cluster(arguments: &Arguments, storage_root: PathBuf) -> Result<Cluster, NotFound> {
    let mut cluster = Cluster::new(cluster::Options {
        tenants: arguments.tenants,
        oracle_tenants: arguments.oracle_tenants,
        cluster_name: arguments.cluster_name.clone(),
        clock: Clock::faster(arguments.speed),
        pace: if arguments.jump { Pace::JumpOnRead } else { Pace::Real },
        ..cluster::Options::new(arguments.profile, storage_root)
    });
    for (tenant, password) in &arguments.passwords {
        cluster.create_user(tenant, "root", password, Privileges::AlterSystem)?;
    }
    Ok(cluster)
}

fn tls(arguments: &Arguments) -> io::Result<Option<Tls>> {
    let (Some(certificates), Some(key)) = (&arguments.tls_certificate, &arguments.tls_key) else {
        return Ok(None);
    };
    let read = |path: &PathBuf| {
        let explained = |error| io::Error::other(format!("cannot read {}: {error}", path.display()));
        std::fs::read(path).map_err(explained)
    };
    Tls::new(&read(certificates)?, &read(key)?, arguments.tls_required)
        .map(Some)
        .map_err(|error| io::Error::other(format!("cannot use {}: {error}", certificates.display())))
}

fn listed(addresses: &[SocketAddr]) -> String {
    addresses
        .iter()
        .map(SocketAddr::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn statement_log(file: Option<&PathBuf>) -> io::Result<StatementLog> {
    Ok(match file {
        Some(path) => Box::new(
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|error| io::Error::other(format!("cannot log to {}: {error}", path.display())))?,
        ),
        None => Box::new(io::stdout()),
    })
}

fn introduction(arguments: &Arguments, server: &Server, storage_root: &std::path::Path) -> String {
    let address = server.address();
    let login = |tenant: &str| {
        let cluster = if arguments.proxy {
            format!("#{}", arguments.cluster_name)
        } else {
            String::new()
        };
        format!(
            "mysql -h{} -P{} -uroot@{tenant}{cluster} -A oceanbase",
            address.ip(),
            address.port()
        )
    };
    let logins: String = ["sys", "mysql_tenant"]
        .iter()
        .filter(|tenant| **tenant == "sys" || arguments.tenants > 0)
        .map(|tenant| format!("  {}\n", login(tenant)))
        .collect();
    format!(
        "OceanBase {} (simulated), cluster {}, listens on {}. Log in with\n{logins}\
         Tenants: {}\nfile:// destinations are kept in {}\nSIMULATOR HELP, sent from sys, lists faults to ask for. \
         Ctrl-C ends it.\n\n",
        arguments.profile,
        arguments.cluster_name,
        listed(&server.addresses()),
        tenants(arguments),
        storage_root.display(),
    )
}

fn tenants(arguments: &Arguments) -> String {
    let kinds = [
        ("MySQL", arguments.tenants, "mysql_tenant"),
        ("Oracle", arguments.oracle_tenants, "oracle_tenant"),
    ];
    let described = kinds
        .into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(mode, count, name)| match count {
            1 => format!("{name} ({mode} mode)"),
            2 => format!("{name}, {name}_2 ({mode} mode)"),
            _ => format!("{name}, {name}_2 … {name}_{count} ({mode} mode)"),
        });
    std::iter::once("sys".to_owned())
        .chain(described)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Ends in good order when told to, so that the temporary directory goes.
fn wait_for_the_end() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminated.recv() => Ok(()),
        }
    })
}
