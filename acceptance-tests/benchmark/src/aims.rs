//! What was aimed at, and whether it was met.
//!
//! Aims are about counts, processor time and ratios of runs that took turns. Of times there are only the start, and what distance
//! adds: how long a command takes depends on the machine, and on who else uses it.

use crate::course::{Cell, Samples, difference, milliseconds, ratio};
use crate::peer::Peer;
use crate::single::{Growth, Single};
use crate::workspace::{Demand, Link, Phase, Sample};

const MEGABYTE: f64 = 1e6;
/// Where ratios are judged: with fewer resources the start of processes is all there is.
const MANY: usize = 1_000;

/// One aim.
#[derive(Debug, Clone, PartialEq)]
pub struct Aim {
    /// What it is about, with its unit.
    pub what: &'static str,
    /// The most that it may be.
    pub limit: f64,
    /// The worst that was measured.
    pub measured: f64,
    /// Where that was.
    pub at: String,
}

impl Aim {
    /// Whether it was met.
    pub fn is_met(&self) -> bool {
        self.measured <= self.limit
    }

    /// The worst of several measurements; without any, there is nothing to judge.
    fn new(what: &'static str, limit: f64, measured: impl IntoIterator<Item = (f64, String)>) -> Option<Self> {
        let worst = measured.into_iter().max_by(|one, other| one.0.total_cmp(&other.0))?;
        Some(Self {
            what,
            limit,
            measured: worst.0,
            at: worst.1,
        })
    }
}

/// All aims that these measurements can tell anything about.
pub fn judge(samples: &Samples, provider: &Single, growth: &Growth) -> Vec<Aim> {
    let single = |what, limit, measured| Aim::new(what, limit, [(measured, "one process".to_owned())]);
    let grown = (growth.many - growth.few) as f64 / MEGABYTE;
    [
        Aim::new(
            "no-op plan at N = 1,000, times the bare provider",
            1.2,
            compared(samples, Peer::Bare),
        ),
        Aim::new(
            "no-op plan at N = 1,000, times the bare provider with the same attributes",
            1.2,
            compared(samples, Peer::BareAlike),
        ),
        Aim::new(
            "no-op plan at N = 1,000, times `terraform_data`",
            1.8,
            compared(samples, Peer::Floor),
        ),
        Aim::new(
            "statements of a plan",
            12.0,
            asked(plans(samples), |demand| demand.statements),
        ),
        Aim::new(
            "statements of a no-op plan, one after the other",
            6.0,
            asked(distant_plans(samples), |demand| demand.sequential),
        ),
        Aim::new(
            "connections of a plan",
            2.0,
            asked(plans(samples), |demand| demand.connections),
        ),
        Aim::new(
            "a no-op plan at 20 ms each way takes longer, s",
            0.5,
            added_by_distance(samples, 20),
        ),
        Aim::new(
            "processor time of a no-op plan, times (20 ms + 100 µs per resource)",
            1.0,
            processor_time(samples),
        ),
        Aim::new("peak memory at N = 1,000, MB", 15.0, peak_memory(samples)),
        single("growth of the peak memory with 10,000 further reads, MB", 0.5, grown),
        Aim::new(
            "statements per create that change something, beyond those that are needed",
            0.0,
            superfluous(samples),
        ),
        Aim::new("readings of the views per create, at N ≥ 100", 1.0, readings(samples)),
        single("start to handshake with mutual TLS, ms", 3.0, provider.start.median),
        single("size of the executable, MB", 10.0, provider.size as f64 / MEGABYTE),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn ours(samples: &Samples, phase: Phase) -> Vec<Cell> {
    let cells = samples.sizes().into_iter().flat_map(|resources| {
        Peer::OURS.map(|peer| Cell {
            resources,
            phase,
            peer,
            link: Link::Direct,
        })
    });
    cells.collect()
}

fn place(cell: Cell) -> String {
    format!("{}, {} of {}", cell.peer.name(), cell.phase.name(), cell.resources)
}

fn compared(samples: &Samples, with: Peer) -> Vec<(f64, String)> {
    let cells = ours(samples, Phase::NoOpPlan)
        .into_iter()
        .filter(|cell| cell.resources == MANY);
    let compared = cells.filter_map(|cell| {
        let spread = samples.compared(cell, Cell { peer: with, ..cell }, ratio)?;
        Some((spread.median, place(cell)))
    });
    compared.collect()
}

fn plans(samples: &Samples) -> impl Iterator<Item = (Cell, &Sample)> {
    let is_plan = |phase| matches!(phase, Phase::Plan | Phase::NoOpPlan);
    samples
        .all()
        .filter(move |(cell, _)| cell.peer.is_ours() && is_plan(cell.phase))
}

/// Where two statements at the same time can be told from two that follow each other.
fn distant_plans(samples: &Samples) -> impl Iterator<Item = (Cell, &Sample)> {
    plans(samples).filter(|(cell, _)| cell.link == Link::Distant(20))
}

/// The most that one process asked of the cluster.
fn asked<'a>(
    samples: impl Iterator<Item = (Cell, &'a Sample)>,
    number: impl Fn(&Demand) -> usize,
) -> Vec<(f64, String)> {
    samples
        .map(|(cell, sample)| (sample.most(&number) as f64, place(cell)))
        .collect()
}

fn added_by_distance(samples: &Samples, latency: u64) -> Vec<(f64, String)> {
    let added = ours(samples, Phase::NoOpPlan).into_iter().filter_map(|near| {
        let far = Cell {
            link: Link::Distant(latency),
            ..near
        };
        Some((samples.compared(far, near, difference)?.median, place(near)))
    });
    added.collect()
}

fn processor_time(samples: &Samples) -> Vec<(f64, String)> {
    let times = ours(samples, Phase::NoOpPlan).into_iter().filter_map(|cell| {
        let allowed = 20.0 + 0.1 * cell.resources as f64;
        let measured = samples.spread(cell, |sample| milliseconds(sample.cpu()))?;
        Some((measured.median / allowed, place(cell)))
    });
    times.collect()
}

fn peak_memory(samples: &Samples) -> Vec<(f64, String)> {
    let large = samples
        .all()
        .filter(|(cell, _)| cell.peer.is_ours() && cell.resources == MANY);
    large
        .map(|(cell, sample)| (sample.peak_memory() as f64 / MEGABYTE, place(cell)))
        .collect()
}

fn creates(samples: &Samples) -> impl Iterator<Item = (Cell, &Sample)> {
    samples
        .all()
        .filter(|(cell, _)| cell.peer.is_ours() && cell.phase == Phase::Apply)
}

fn superfluous(samples: &Samples) -> Vec<(f64, String)> {
    let superfluous = creates(samples).map(|(cell, sample)| {
        let changes = sample.total(|demand| demand.changes) as f64 / cell.resources as f64;
        (changes - cell.peer.changes_per_create() as f64, place(cell))
    });
    superfluous.collect()
}

fn readings(samples: &Samples) -> Vec<(f64, String)> {
    let large = creates(samples).filter(|(cell, _)| cell.resources >= 100);
    let readings = large.map(|(cell, sample)| {
        (
            sample.total(|demand| demand.readings) as f64 / cell.resources as f64,
            place(cell),
        )
    });
    readings.collect()
}
