//! One peer's Terraform directory, state and cluster; runs a command, and measures it.

use crate::latency::LatencyProxy;
use crate::peer::{Executables, Peer};
use crate::shim::{self, Cost};
use crate::state_backend::StateBackend;
use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use oceanbase_simulator::server::{ReceivedStatement, RoundTrip, busy_time, sequential_round_trips};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

/// A command of Terraform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// `plan`, with nothing there yet.
    Plan,
    /// `apply` of that plan.
    Apply,
    /// `plan`, with nothing to do.
    NoOpPlan,
    /// `destroy`.
    Destroy,
}

impl Phase {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 4] = [Self::Plan, Self::Apply, Self::NoOpPlan, Self::Destroy];

    /// What tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::NoOpPlan => "no-op plan",
            Self::Destroy => "destroy",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Plan => &["plan", "-input=false", "-no-color", "-out=tfplan"],
            Self::Apply => &["apply", "-input=false", "-no-color", "tfplan"],
            Self::NoOpPlan => &["plan", "-input=false", "-no-color", "-detailed-exitcode"],
            Self::Destroy => &["destroy", "-input=false", "-no-color", "-auto-approve"],
        }
    }
}

/// How far away the cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// On this machine.
    Direct,
    /// So many milliseconds in each direction.
    Distant(u64),
}

impl Link {
    fn one_way(self) -> Duration {
        match self {
            Self::Direct => Duration::ZERO,
            Self::Distant(milliseconds) => Duration::from_millis(milliseconds),
        }
    }
}

/// What one command cost.
#[derive(Debug, Clone)]
pub struct Sample {
    /// From its start to its end.
    pub wall: Duration,
    /// The provider's processes.
    pub processes: Vec<Cost>,
    /// What each process that talked to the cluster asked of it.
    pub demands: Vec<Demand>,
    /// How long the cluster was at work on at least one statement.
    pub cluster_busy: Duration,
    /// The size of the state afterwards.
    pub state_bytes: usize,
}

impl Sample {
    /// Processor time of the provider, in all its processes.
    pub fn cpu(&self) -> Duration {
        self.processes.iter().map(|process| process.cpu).sum()
    }

    /// The peak memory of the process that had the highest.
    pub fn peak_memory(&self) -> u64 {
        let peaks = self.processes.iter().map(|process| process.peak_memory);
        peaks.max().unwrap_or_default()
    }

    /// The most of something that one process asked of the cluster.
    pub fn most(&self, of: impl Fn(&Demand) -> usize) -> usize {
        self.demands.iter().map(of).max().unwrap_or_default()
    }

    /// What all processes together asked of the cluster.
    pub fn total(&self, of: impl Fn(&Demand) -> usize) -> usize {
        self.demands.iter().map(of).sum()
    }
}

/// What one process asked of the cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demand {
    /// Statements, those that set up a session among them.
    pub statements: usize,
    /// Those of them that change something.
    pub changes: usize,
    /// The longest chain of statements that each waited for the answer to the one before. It tells the truth on a distant
    /// link only: a cluster nearby answers before the statement that is sent at the same time arrives.
    pub sequential: usize,
    /// Connections.
    pub connections: usize,
    /// How often the views were read.
    pub readings: usize,
}

/// A directory with a configuration, and all that belongs to it.
pub struct Workspace {
    peer: Peer,
    terraform: Terraform,
    backend: StateBackend,
    cluster: Option<Cluster>,
    proxies: Vec<(u64, LatencyProxy)>,
}

impl Workspace {
    /// With so many resources in the configuration, and nothing in the state; where there is a cluster, it can be reached
    /// over links with these latencies besides.
    pub fn new(peer: Peer, resources: usize, executables: &Executables, latencies: &[u64]) -> Self {
        let cluster = peer
            .is_ours()
            .then(|| Cluster::start_with(Profile::Ce4410, |options, _| options.tenants = resources));
        let proxies = cluster.as_ref().map_or_else(Vec::new, |cluster| {
            let distant = |&latency| {
                let proxy = LatencyProxy::start(cluster.server().address(), Duration::from_millis(latency));
                (latency, proxy)
            };
            latencies.iter().map(distant).collect()
        });
        let provider = peer.provider(executables);
        let shimmed: Vec<_> = provider
            .iter()
            .map(|(source, _)| (*source, executables.shim.as_path()))
            .collect();
        let terraform = Terraform::with_providers(&shimmed).with_variable(
            shim::PROVIDER,
            match provider {
                Some((_, executable)) => executable.display().to_string(),
                None => String::new(),
            },
        );
        let backend = StateBackend::start();
        let configured = json!({ "terraform": { "backend": { "http": { "address": backend.url() } } } });
        terraform.write("backend.tf.json", &configured.to_string());
        // Without the resources: the registry that their provider is not in would be asked for it.
        terraform.succeed(&["init", "-input=false", "-no-color"]);
        terraform.write("main.tf.json", &peer.configuration(resources).to_string());
        Self {
            peer,
            terraform,
            backend,
            cluster,
            proxies,
        }
    }

    /// Runs the phase's command, which has to succeed.
    pub fn run(&self, phase: Phase, link: Link) -> Sample {
        let report = self.terraform.path().join("report");
        // The first run has none yet.
        let _ = std::fs::remove_file(&report);
        if let Some(cluster) = &self.cluster {
            cluster.forget_statements();
        }
        let mut command = self.terraform.command();
        command.args(phase.arguments()).env(shim::REPORT, &report);
        if let Some(endpoint) = self.endpoint(link) {
            command.env("OCEANBASE_ENDPOINTS", endpoint);
        }
        let begin = (Instant::now(), SystemTime::now());
        let output = command.output().expect("Terraform runs");
        let wall = begin.0.elapsed();
        assert!(
            output.status.success(),
            "{} of {}:\n{}{}",
            phase.name(),
            self.peer.name(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let processes = shim::costs(&report);
        let (demands, cluster_busy) = match &self.cluster {
            None => (Vec::new(), Duration::ZERO),
            Some(cluster) => (
                demands(cluster, &processes, begin, link),
                busy_time(&cluster.server().round_trips()),
            ),
        };
        Sample {
            wall,
            processes,
            demands,
            cluster_busy,
            state_bytes: self.backend.bytes(),
        }
    }

    fn endpoint(&self, link: Link) -> Option<String> {
        let cluster = self.cluster.as_ref()?;
        Some(match link {
            Link::Direct => cluster.endpoint(),
            Link::Distant(latency) => {
                let proxy = self.proxies.iter().find(|(of, _)| *of == latency);
                let (_, proxy) = proxy.unwrap_or_else(|| panic!("there is no link with {latency} ms"));
                proxy.address().to_string()
            }
        })
    }
}

/// What each process asked of the cluster, by when it lived: Terraform runs those that it configures one after the other.
fn demands(cluster: &Cluster, processes: &[Cost], (instant, time): (Instant, SystemTime), link: Link) -> Vec<Demand> {
    let statements = cluster.server().statements();
    let mut round_trips = cluster.server().round_trips();
    // To the client, a command takes from when it is sent until its answer is there.
    for trip in &mut round_trips {
        trip.started -= link.one_way();
        trip.finished += link.one_way();
    }
    let of_process = |process: &Cost| {
        let since = |moment: SystemTime| moment.duration_since(time).unwrap_or_default();
        let lived = since(process.started)..=since(process.ended);
        let alive = |moment: Instant| lived.contains(&moment.saturating_duration_since(instant));
        let statements = statements.iter().filter(|statement| alive(statement.time));
        let round_trips = round_trips.iter().filter(|trip| alive(trip.finished));
        demand(&statements.collect::<Vec<_>>(), round_trips.cloned().collect())
    };
    let demands = processes.iter().map(of_process).filter(|demand| demand.statements > 0);
    let demands: Vec<Demand> = demands.collect();
    let attributed: usize = demands.iter().map(|demand| demand.statements).sum();
    assert_eq!(attributed, statements.len(), "each statement is of exactly one process");
    demands
}

fn demand(statements: &[&ReceivedStatement], mut round_trips: Vec<RoundTrip>) -> Demand {
    const COM_QUERY: u8 = 3;
    round_trips.retain(|trip| trip.command == COM_QUERY);
    let connections: BTreeSet<u32> = statements.iter().map(|statement| statement.connection).collect();
    let containing = |text: &str| {
        statements
            .iter()
            .filter(|statement| statement.sql.contains(text))
            .count()
    };
    Demand {
        statements: statements.len(),
        changes: statements
            .iter()
            .filter(|statement| statement.sql.starts_with("ALTER"))
            .count(),
        sequential: sequential_round_trips(&round_trips),
        connections: connections.len(),
        // Every reading asks it once.
        readings: containing("DBA_OB_TENANTS"),
    }
}
