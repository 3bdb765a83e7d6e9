//! Every target stands its seeds, and seeds with a few bytes that are others.

#![expect(clippy::unwrap_used, reason = "what is not as it should be fails the test")]

use fuzz::TARGETS;
use std::path::{Path, PathBuf};

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let entries = std::fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn every_target_stands_its_seeds() {
    for (target, run) in TARGETS {
        for (path, input) in seeds(target) {
            let outcome = std::panic::catch_unwind(|| run(&input));
            assert!(outcome.is_ok(), "{}", path.display());
        }
    }
}

#[test]
fn every_target_stands_damaged_seeds() {
    for (target, run) in TARGETS {
        for (path, input) in seeds(target) {
            for place in 0..input.len().min(120) {
                let mut damaged = input.clone();
                damaged[place] ^= 1 << (place % 8);
                for input in [&damaged, &damaged[..place].to_vec()] {
                    let outcome = std::panic::catch_unwind(|| run(input));
                    assert!(outcome.is_ok(), "{} damaged at {place}: {input:?}", path.display());
                }
            }
        }
    }
}
