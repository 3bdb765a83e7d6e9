//! The order of the runs: peers take turns within each phase, so that a busy minute strikes all of them.

use crate::peer::{Executables, Peer};
use crate::statistics::Spread;
use crate::workspace::{Link, Phase, Sample, Workspace};
use std::collections::BTreeMap;
use std::time::Duration;

/// Latencies in each direction, in milliseconds.
pub const LATENCIES: [u64; 2] = [2, 20];

/// How often something is measured.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Resources.
    pub resources: usize,
    /// Lives, from plan to destroy.
    pub lives: usize,
    /// No-op plans in each life.
    pub no_op_plans: usize,
}

impl Size {
    /// Everything.
    pub const ALL: [Self; 4] = [
        Self::new(1, 7, 2),
        Self::new(100, 5, 3),
        Self::new(1_000, 3, 3),
        Self::new(3_000, 1, 3),
    ];
    /// For a quick look.
    pub const QUICK: [Self; 2] = [Self::new(1, 3, 1), Self::new(100, 2, 2)];

    const fn new(resources: usize, lives: usize, no_op_plans: usize) -> Self {
        Self {
            resources,
            lives,
            no_op_plans,
        }
    }

    /// Whether this peer takes part. Terraform keeps what `terraform_data` holds twice: of large objects, thousands take it
    /// longer than all other peers together.
    fn has(self, peer: Peer) -> bool {
        peer != Peer::FloorAlike || self.resources <= 1_000
    }
}

/// What is measured several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Resources.
    pub resources: usize,
    /// The command.
    pub phase: Phase,
    /// Who.
    pub peer: Peer,
    /// How far away the cluster is.
    pub link: Link,
}

/// All samples. Those of different peers and links with the same place in their lists were measured one after the other.
#[derive(Debug, Default)]
pub struct Samples(BTreeMap<Cell, Vec<Sample>>);

impl Samples {
    /// Goes through the lives of this size, all peers side by side.
    pub fn measure(&mut self, size: Size, executables: &Executables, mut progress: impl FnMut(&str)) {
        for life in 1..=size.lives {
            progress(&format!("{} resources, life {life} of {}", size.resources, size.lives));
            let peers = Peer::ALL.into_iter().filter(|peer| size.has(*peer));
            let workspaces: Vec<_> = peers
                .map(|peer| (peer, Workspace::new(peer, size.resources, executables, &LATENCIES)))
                .collect();
            for phase in Phase::ALL {
                let times = if phase == Phase::NoOpPlan { size.no_op_plans } else { 1 };
                for _ in 0..times {
                    self.take_turns(size.resources, phase, &workspaces);
                }
            }
        }
    }

    fn take_turns(&mut self, resources: usize, phase: Phase, workspaces: &[(Peer, Workspace)]) {
        let distant: &[u64] = if phase == Phase::NoOpPlan { &LATENCIES } else { &[] };
        for (peer, workspace) in workspaces {
            let further = distant
                .iter()
                .filter(|_| peer.is_ours())
                .map(|latency| Link::Distant(*latency));
            for link in std::iter::once(Link::Direct).chain(further) {
                let cell = Cell {
                    resources,
                    phase,
                    peer: *peer,
                    link,
                };
                self.0.entry(cell).or_default().push(workspace.run(phase, link));
            }
        }
    }

    /// The numbers of resources.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.0.keys().map(|cell| cell.resources).collect();
        sizes.dedup();
        sizes
    }

    /// The samples of a cell.
    pub fn of(&self, cell: Cell) -> &[Sample] {
        self.0.get(&cell).map_or(&[], Vec::as_slice)
    }

    /// Everything that was measured.
    pub fn all(&self) -> impl Iterator<Item = (Cell, &Sample)> {
        self.0
            .iter()
            .flat_map(|(cell, samples)| samples.iter().map(|sample| (*cell, sample)))
    }

    /// Some number of the samples of a cell.
    pub fn spread(&self, cell: Cell, number: impl Fn(&Sample) -> f64) -> Option<Spread> {
        Spread::of(self.of(cell).iter().map(number))
    }

    /// Two cells compared, measurement by measurement.
    pub fn compared(&self, cell: Cell, with: Cell, compare: impl Fn(&Sample, &Sample) -> f64) -> Option<Spread> {
        let pairs = self.of(cell).iter().zip(self.of(with));
        Spread::of(pairs.map(|(one, other)| compare(one, other)))
    }
}

/// How many times as long one command took as the other.
pub fn ratio(one: &Sample, other: &Sample) -> f64 {
    one.wall.as_secs_f64() / other.wall.as_secs_f64()
}

/// How much longer one command took than the other, in seconds.
pub fn difference(one: &Sample, other: &Sample) -> f64 {
    one.wall.as_secs_f64() - other.wall.as_secs_f64()
}

/// In milliseconds.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
