//! Whatever the location is made of: the server reads the items of `LOG_ARCHIVE_DEST` as they were meant.

use super::{rounds::set_destination, *};
use crate::{
    cluster::{
        RawUri, Viewpoint,
        version::{Capabilities, Edition, Version},
    },
    neighbours::Claims,
    values::{destination::Destination, generated_cases::valid_storage},
};
use proptest::{prelude::*, sample::select};
use std::collections::BTreeSet;

/// The value that a statement gives `LOG_ARCHIVE_DEST`, as MySQL reads the literal. A path has no line breaks and the like.
fn value(sql: &str) -> String {
    let literal = sql.strip_prefix("ALTER SYSTEM SET LOG_ARCHIVE_DEST = '").unwrap();
    let literal = literal.strip_suffix("' TENANT = `t1`").unwrap();
    let mut value = String::new();
    let mut characters = literal.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' | '\'' => assert_eq!(characters.next(), Some(character), "{literal}"),
            _ => {}
        }
        value.push(character);
    }
    value
}

proptest! {
    #[test]
    fn the_server_reads_the_items_that_were_meant(
        (storage, resolved) in valid_storage(),
        binding in select(&["optional", "mandatory"][..]),
        days in 1..=7,
    ) {
        let model: Model = serde_json::from_value(json!({
            "tenant": "t1", "storage": storage, "binding": binding, "piece_switch_interval": format!("{days}d"),
        }))
        .unwrap();
        let context = Context {
            profiles: &StorageProfiles::new(),
            claims: &Claims::default(),
            capabilities: &Capabilities::of(Version(4, 4, 1, 0), Edition::Community),
            viewpoint: &Viewpoint::Sys,
            tenant_logins: &BTreeSet::new(),
        };
        let Ok(statement) = set_destination(&model, &resolved, &context) else {
            // A key is needed, and none is configured.
            return Ok(());
        };
        let value = value(&statement.text());
        let items: Vec<(&str, &str)> = value.split(' ').map(|item| item.split_once('=').unwrap()).collect();
        let [("LOCATION", location), ("BINDING", kind), ("PIECE_SWITCH_INTERVAL", interval)] = items[..] else {
            return Err(TestCaseError::fail(value));
        };
        prop_assert_eq!(Destination::parse(&RawUri::new(location)).unwrap(), resolved.destination());
        prop_assert!(kind.eq_ignore_ascii_case(binding));
        prop_assert_eq!(interval, format!("{days}d"));
    }
}
