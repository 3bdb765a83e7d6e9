//! One process, without Terraform: how it starts, how large it is, how its memory grows with the calls.

use crate::statistics::Spread;
use acceptance_tests::Cluster;
use acceptance_tests::protocol::{Plugin, Security, time_to_introduction};
use oceanbase_simulator::cluster::Profile;
use serde_json::json;
use std::path::Path;

const STARTS: usize = 30;
/// Reads between two looks at the memory.
const FEW_READS: usize = 1_000;
const MANY_READS: usize = 10_000;

/// What one process costs.
#[derive(Debug, Clone, Copy)]
pub struct Single {
    /// From the start to the line by which it introduces itself, in milliseconds.
    pub start: Spread,
    /// The size of the executable, in bytes.
    pub size: u64,
}

impl Single {
    /// Of two providers that take turns.
    pub fn measure(executables: [&Path; 2]) -> [Self; 2] {
        // The first start of each reads the file.
        let mut starts = [const { Vec::new() }; 2];
        for round in 0..=STARTS {
            for (program, starts) in executables.iter().zip(&mut starts) {
                let milliseconds = time_to_introduction(program).as_secs_f64() * 1e3;
                if round > 0 {
                    starts.push(milliseconds);
                }
            }
        }
        let mut starts = starts.into_iter();
        executables.map(|program| Self {
            start: starts.next().and_then(Spread::of).expect("each executable was started"),
            size: std::fs::metadata(program).expect("it was started").len(),
        })
    }
}

/// The peak memory of one process of the provider, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Growth {
    /// After the first thousand reads, in a cluster of a thousand tenants.
    pub few: u64,
    /// After ten times as many more.
    pub many: u64,
}

impl Growth {
    /// Of the provider.
    pub fn measure(provider: &Path) -> Self {
        let cluster = Cluster::start_with(Profile::Ce4410, |options, _| options.tenants = FEW_READS);
        let plugin = Plugin::start_program(provider, Security::MutualTls, &[]);
        assert_eq!(plugin.configure(&json!({ "endpoints": [cluster.endpoint()] })), []);
        cluster.sys("ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data/mysql_tenant' TENANT = mysql_tenant");
        let kind = "oceanbase_backup_destination";
        let state = plugin.import(kind, "mysql_tenant").succeeded();
        let peak_after = |reads: usize| {
            let states = vec![state.clone(); FEW_READS];
            for _ in 0..reads / FEW_READS {
                for outcome in plugin.read_all(kind, &states) {
                    outcome.succeeded();
                }
            }
            peak_memory(plugin.process_id())
        };
        Self {
            few: peak_after(FEW_READS),
            many: peak_after(MANY_READS),
        }
    }
}

/// `VmHWM` of a process that runs, in bytes.
fn peak_memory(process: u32) -> u64 {
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.unwrap_or_else(|| panic!("{path} does not tell the peak of the memory")) * 1024
}
