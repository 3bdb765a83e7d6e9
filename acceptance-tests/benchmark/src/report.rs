//! All of it in Markdown, and its place in a page.

use crate::aims::Aim;
use crate::course::{Cell, LATENCIES, Samples, difference, milliseconds, ratio};
use crate::machine::Machine;
use crate::peer::Peer;
use crate::single::{Growth, Single};
use crate::statistics::Spread;
use crate::workspace::{Link, Phase, Sample};
use std::fmt::Write;
use std::path::Path;

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->";
const MEGABYTE: f64 = 1e6;

/// Everything that was measured.
#[derive(Debug)]
pub struct Report {
    /// Where and when.
    pub machine: Machine,
    /// The commands.
    pub samples: Samples,
    /// One process of the provider.
    pub provider: Single,
    /// One process of the bare provider.
    pub bare: Single,
    /// The memory of a process that goes on.
    pub growth: Growth,
    /// What is to be made of it.
    pub aims: Vec<Aim>,
}

impl Report {
    /// All tables.
    pub fn markdown(&self) -> String {
        let sections = [
            ("Aims", self.aims()),
            ("Time", self.wall()),
            ("The provider's processes", self.processes()),
            ("What the cluster is asked", self.demands()),
            ("A distant cluster", self.distance()),
            ("State", self.state()),
            ("One process", self.single()),
        ];
        let mut text = self.origin();
        for (title, table) in sections {
            text += &format!("\n### {title}\n\n{table}");
        }
        text
    }

    fn origin(&self) -> String {
        let Machine {
            processor,
            system,
            terraform,
            commit,
            date,
        } = &self.machine;
        format!("{date}, commit {commit}, {terraform}. {processor}, {system}.\n")
    }

    fn aims(&self) -> String {
        let mut text = head(&["Aim", "At most", "Measured", "Where it was worst", ""]);
        for aim in &self.aims {
            let verdict = if aim.is_met() { "met" } else { "**missed**" };
            let (limit, measured) = (number(aim.limit), number(aim.measured));
            row(&mut text, &[aim.what, &limit, &measured, &aim.at, verdict]);
        }
        text
    }

    fn wall(&self) -> String {
        let names = Peer::ALL.map(Peer::name);
        let mut text = head(&[&["N", "phase"], &names[..]].concat());
        self.each_phase(&mut text, &Peer::ALL, |cell| {
            let floor = Cell {
                peer: Peer::Floor,
                ..cell
            };
            let bare = Cell {
                peer: Peer::Bare,
                ..cell
            };
            let alike = Cell {
                peer: Peer::BareAlike,
                ..cell
            };
            let times = |other, name: &str| match self.samples.compared(cell, other, ratio) {
                Some(times) => format!(", {:.2}× {name}", times.median),
                None => String::new(),
            };
            let measured = seconds(self.samples.spread(cell, |sample| sample.wall.as_secs_f64())?);
            Some(match cell.peer {
                Peer::Floor => measured,
                Peer::FloorAlike => measured + &times(floor, "floor"),
                Peer::Bare => measured + &times(floor, "floor"),
                Peer::BareAlike => measured + &times(floor, "floor") + &times(bare, "bare"),
                Peer::BackupDestination | Peer::Archivelog => {
                    measured + &times(floor, "floor") + &times(bare, "bare") + &times(alike, "alike")
                }
            })
        });
        text
    }

    fn processes(&self) -> String {
        let peers = [Peer::Bare, Peer::BareAlike, Peer::BackupDestination, Peer::Archivelog];
        let names = peers.map(Peer::name);
        let mut text = head(&[&["N", "phase"], &names[..]].concat());
        self.each_phase(&mut text, &peers, |cell| {
            let cpu = self.samples.spread(cell, |sample| milliseconds(sample.cpu()))?;
            let peak = self
                .samples
                .spread(cell, |sample| sample.peak_memory() as f64 / MEGABYTE)?;
            let processes = self
                .samples
                .of(cell)
                .iter()
                .map(|sample| sample.processes.len())
                .max()?;
            Some(format!("{:.0} ms in {processes}, {:.1} MB", cpu.median, peak.greatest))
        });
        text
    }

    fn demands(&self) -> String {
        let names = Peer::OURS.map(Peer::name);
        let mut text = head(&[&["N", "phase"], &names[..]].concat());
        self.each_phase(&mut text, &Peer::OURS, |cell| {
            let greatest = |number: &dyn Fn(&Sample) -> usize| self.samples.of(cell).iter().map(number).max();
            let busy = self.samples.spread(cell, |sample| sample.cluster_busy.as_secs_f64())?;
            Some(format!(
                "{} statements, {} of them changes, {} readings; {} connections at most of one process; {:.2} s",
                greatest(&|sample| sample.total(|demand| demand.statements))?,
                greatest(&|sample| sample.total(|demand| demand.changes))?,
                greatest(&|sample| sample.total(|demand| demand.readings))?,
                greatest(&|sample| sample.most(|demand| demand.connections))?,
                busy.median,
            ))
        });
        text
    }

    fn distance(&self) -> String {
        let links = LATENCIES.map(|latency| format!("{latency} ms each way"));
        let columns: Vec<&str> = ["N", "no-op plan of", "near"]
            .into_iter()
            .chain(links.iter().map(String::as_str))
            .collect();
        let mut text = head(&columns);
        for (resources, peer) in self.sizes_and(&Peer::OURS) {
            let near = Cell {
                resources,
                phase: Phase::NoOpPlan,
                peer,
                link: Link::Direct,
            };
            let wall = |cell| {
                self.samples
                    .spread(cell, |sample| sample.wall.as_secs_f64())
                    .map_or_else(String::new, seconds)
            };
            let far = LATENCIES.map(|latency| {
                let far = Cell {
                    link: Link::Distant(latency),
                    ..near
                };
                let added = self.samples.compared(far, near, difference);
                let trips = self
                    .samples
                    .of(far)
                    .iter()
                    .map(|sample| sample.most(|demand| demand.sequential));
                let added = added.map_or_else(String::new, |added| format!(", {:+.3} s", added.median));
                format!("{}{added}, {} in a row", wall(far), trips.max().unwrap_or_default())
            });
            let cells = [
                vec![thousands(resources), peer.name().to_owned(), wall(near)],
                far.into(),
            ]
            .concat();
            row(&mut text, &cells.iter().map(String::as_str).collect::<Vec<_>>());
        }
        text
    }

    fn state(&self) -> String {
        let mut text = head(&[&["N, bytes per resource"], &Peer::ALL.map(Peer::name)[..]].concat());
        for resources in self.samples.sizes() {
            let bytes = Peer::ALL.map(|peer| {
                let cell = Cell {
                    resources,
                    phase: Phase::Apply,
                    peer,
                    link: Link::Direct,
                };
                let sample = self.samples.of(cell).first();
                sample.map_or_else(String::new, |sample| (sample.state_bytes / resources).to_string())
            });
            let cells: Vec<&str> = bytes.iter().map(String::as_str).collect();
            row(&mut text, &[&[thousands(resources).as_str()], &cells[..]].concat());
        }
        text
    }

    fn single(&self) -> String {
        let mut text = head(&["", "bare provider", "provider"]);
        let start = |single: &Single| {
            let Spread {
                least,
                median,
                greatest,
            } = single.start;
            format!("{median:.2} ms ({least:.2}–{greatest:.2})")
        };
        let size = |single: &Single| format!("{:.1} MB", single.size as f64 / MEGABYTE);
        let [few, many] = [self.growth.few, self.growth.many].map(|bytes| format!("{:.1} MB", bytes as f64 / MEGABYTE));
        row(
            &mut text,
            &[
                "start to handshake with mutual TLS",
                &start(&self.bare),
                &start(&self.provider),
            ],
        );
        row(
            &mut text,
            &["size of the executable", &size(&self.bare), &size(&self.provider)],
        );
        row(
            &mut text,
            &["peak memory after 1,000 reads, in a cluster of 1,000 tenants", "", &few],
        );
        row(&mut text, &["after 10,000 more", "", &many]);
        text
    }

    fn each_phase(&self, text: &mut String, peers: &[Peer], show: impl Fn(Cell) -> Option<String>) {
        for resources in self.samples.sizes() {
            for phase in Phase::ALL {
                let shown = peers.iter().map(|peer| {
                    let cell = Cell {
                        resources,
                        phase,
                        peer: *peer,
                        link: Link::Direct,
                    };
                    show(cell).unwrap_or_default()
                });
                let cells: Vec<String> = [thousands(resources), phase.name().to_owned()]
                    .into_iter()
                    .chain(shown)
                    .collect();
                row(text, &cells.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
    }

    fn sizes_and(&self, peers: &[Peer]) -> Vec<(usize, Peer)> {
        let sizes = self.samples.sizes().into_iter();
        sizes
            .flat_map(|resources| peers.iter().map(move |peer| (resources, *peer)))
            .collect()
    }
}

/// Puts the tables where the page has its marks for them.
pub fn write(page: &Path, tables: &str) {
    let old = std::fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let new = replaced(&old, tables).unwrap_or_else(|| panic!("{} lacks the marks {BEGIN}{END}", page.display()));
    std::fs::write(page, new).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
}

fn replaced(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{tables}\n{END}{after}"))
}

fn head(names: &[&str]) -> String {
    let mut text = String::new();
    row(&mut text, names);
    row(&mut text, &vec!["---"; names.len()]);
    text
}

fn row(text: &mut String, cells: &[&str]) {
    writeln!(text, "| {} |", cells.join(" | ")).expect("a text can be written to");
}

/// The median, and in which range it lies.
fn seconds(spread: Spread) -> String {
    let Spread {
        least,
        median,
        greatest,
    } = spread;
    let digits = if median < 10.0 { 3 } else { 1 };
    format!("{median:.digits$} s ({least:.digits$}–{greatest:.digits$})")
}

/// Without digits that mean nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn thousands(count: usize) -> String {
    match count {
        1_000.. => format!("{},{:03}", count / 1_000, count % 1_000),
        _ => count.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        assert_eq!(
            replaced(&page, "new\n").unwrap(),
            format!("before\n{BEGIN}\nnew\n\n{END}\nafter\n")
        );
        assert_eq!(replaced("no marks", "new"), None);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(1.2), "1.2");
        assert_eq!(number(15.0), "15");
        assert_eq!(thousands(3_000), "3,000");
        assert_eq!(thousands(100), "100");
    }
}
