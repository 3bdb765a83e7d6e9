//! What holds for every storage that passes validation, and for every other value that is written and read back.

use super::{
    bandwidth::Bandwidth,
    destination::{Destination, Location},
    piece_interval::PieceInterval,
    span::Span,
    storage::{ResolvedStorage, Storage, StorageProfiles},
};
use crate::cluster::{RawUri, TenantName};
use proptest::{option, prelude::*, sample::select};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// Mostly what passes for a name or a host, now and then anything.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[A-Za-z0-9._/:+%='\"\\\\é-]{1,9}", 1 => "\\PC{0,6}"]
}

fn flag(values: &'static [&'static str]) -> impl Strategy<Value = Json> {
    option::of(select(values)).prop_map(Json::from)
}

fn maybe(text: impl Strategy<Value = String>) -> impl Strategy<Value = Json> {
    option::of(text).prop_map(Json::from)
}

fn nfs() -> impl Strategy<Value = Json> {
    (text(), limits()).prop_map(|(path, (iops, bandwidth))| {
        json!({ "type": "nfs", "path": format!("/{path}"), "max_iops": iops, "max_bandwidth": bandwidth })
    })
}

fn limits() -> impl Strategy<Value = (Json, Json)> {
    let bandwidth = option::of("[1-9][0-9]{0,3}(KB|MB|GB|TB)").prop_map(Json::from);
    (option::of(0..1_u64 << 62).prop_map(Json::from), bandwidth)
}

fn object_storage() -> impl Strategy<Value = Json> {
    let place = (
        select(&["oss", "cos", "s3", "azblob"][..]),
        "[a-z0-9.-]{1,9}",
        text(),
        text(),
        maybe(text()),
    );
    let holder = prop_oneof![
        (text(), maybe(text())).prop_map(|(id, key)| json!({ "access_id": id, "access_key_wo": key })),
        (text(), maybe(text())).prop_map(|(role, external)| json!({ "role_arn": role, "external_id": external })),
    ];
    let options = (
        flag(&["delete", "tagging"]),
        flag(&["md5", "crc32", "no_checksum"]),
        flag(&["virtual_hosted_style", "path_style"]),
        any::<Option<bool>>(),
    );
    (place, holder, options, limits()).prop_map(|((media, bucket, path, host, region), holder, options, limits)| {
        let mut storage = json!({
            "type": media, "bucket": bucket, "path": path, "host": host,
            "delete_mode": options.0, "checksum_type": options.1, "addressing_model": options.2,
            "max_iops": limits.0, "max_bandwidth": limits.1,
        });
        match media {
            "s3" => storage["region"] = region,
            "cos" => storage["appid"] = "1250000000".into(),
            "oss" => storage["enable_worm"] = options.3.into(),
            _ => {}
        }
        for (name, value) in holder.as_object().into_iter().flatten() {
            storage[name] = value.clone();
        }
        storage
    })
}

/// A storage that passes validation, and what it stands for.
pub(crate) fn valid_storage() -> impl Strategy<Value = (Storage, ResolvedStorage)> {
    prop_oneof![1 => nfs().boxed(), 3 => object_storage().boxed()].prop_filter_map("it breaks a rule", |json| {
        let storage: Storage = serde_json::from_value(json).unwrap();
        let resolved = storage.resolve(&StorageProfiles::new()).unwrap();
        (!resolved.validate().has_errors()).then_some((storage, resolved))
    })
}

fn parsed(uri: &str) -> Destination {
    Destination::parse(&RawUri::new(uri)).unwrap()
}

proptest! {
    #[test]
    fn what_is_written_of_a_destination_reads_back_the_same((_, resolved) in valid_storage()) {
        let destination = resolved.destination();
        let uri = destination.reveal();
        prop_assert_eq!(parsed(&uri), destination);
        prop_assert_eq!(parsed(&uri).reveal(), uri);
    }

    #[test]
    fn what_the_cluster_shows_of_a_storage_is_no_drift((storage, resolved) in valid_storage(), shown in any::<bool>()) {
        let (destination, throttle) = (resolved.destination(), shown.then(|| resolved.throttle()));
        let recorded = Storage::observed(Some(&storage), &destination, throttle, &StorageProfiles::new());
        prop_assert_eq!(recorded, storage);
    }

    #[test]
    fn an_import_records_what_stands_for_the_same((_, resolved) in valid_storage()) {
        let (destination, throttle) = (resolved.destination(), resolved.throttle());
        let recorded = Storage::observed(None, &destination, Some(throttle), &StorageProfiles::new());
        let again = recorded.resolve(&StorageProfiles::new()).unwrap();
        prop_assert_eq!(again.destination().public_uri(), destination.public_uri());
        prop_assert_eq!(again.throttle(), throttle);
        let json = serde_json::to_value(&recorded).unwrap();
        prop_assert_eq!(serde_json::from_value::<Storage>(json).unwrap(), recorded);
    }

    #[test]
    fn spelling_makes_no_difference((_, resolved) in valid_storage(), slashes in "/{0,3}", order in any::<u64>()) {
        let uri = resolved.destination().reveal();
        let (address, parameters) = uri.split_once('?').unwrap_or((&uri, ""));
        let mut parameters: Vec<&str> = parameters.split('&').chain(["", "unheard_of=1"]).collect();
        let places = u64::try_from(parameters.len()).unwrap();
        parameters.rotate_left(usize::try_from(order % places).unwrap());
        let spelt = parsed(&format!("{address}{slashes}?{}", parameters.join("&")));
        prop_assert_eq!(&spelt, &parsed(&uri));
        prop_assert_eq!(spelt.reveal(), uri);
    }

    #[test]
    fn any_text_is_a_destination_or_refused(uri in "(file|oss|cos|s3|azblob)://\\PC{0,20}|\\PC{0,20}") {
        if let Ok(destination) = Destination::parse(&RawUri::new(&*uri)) {
            prop_assert_eq!(parsed(&destination.reveal()), destination);
        }
    }

    #[test]
    fn overlapping_is_mutual((_, a) in valid_storage(), (_, b) in valid_storage()) {
        let [a, b] = [a, b].map(|storage| storage.destination().location);
        prop_assert_eq!(a.overlaps(&b), b.overlaps(&a));
        prop_assert!(a.overlaps(&a));
        let inside = Location::new(a.media(), &format!("{}/deeper", a.path()), a.host());
        prop_assert!(inside.overlaps(&a) && a.overlaps(&inside));
    }

    #[test]
    fn no_key_is_shown(
        (_, resolved) in valid_storage(),
        separator in "[?&/ ]",
        name in "access_key|encrypt_key",
        key in "[^&]?s3cr3t-[0-9]{6}",
    ) {
        let uri = RawUri::new(format!("{}{separator}{name}={key}", resolved.destination().public_uri()));
        let shown = format!("{uri}{uri:?}");
        prop_assert!(!shown.contains("s3cr3t-"), "{}", shown);
        let Ok(destination) = Destination::parse(&uri) else { return Ok(()) };
        for shown in [destination.to_string(), destination.public_uri(), format!("{destination:?}")] {
            prop_assert!(!shown.contains("s3cr3t-"), "{}", shown);
        }
    }

    #[test]
    fn a_length_of_time_is_written_as_it_is_read(text in "([0-9]{1,9}(ms|s|m|h|d)){1,3}|\\PC{0,5}") {
        if let Ok(span) = text.parse::<Span>() {
            prop_assert_eq!(span.to_string(), text);
            prop_assert_eq!(&Span::from(span.length()), &span);
            prop_assert_eq!(serde_json::from_value::<Span>(json!(span)).unwrap(), span);
        }
    }

    #[test]
    fn a_length_of_time_of_the_server_is_one_that_can_be_configured(micros in 0..7_200_000_000_u64) {
        let span = Span::from(Duration::from_micros(micros));
        prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
    }

    #[test]
    fn a_limit_of_the_server_is_one_that_can_be_configured(kilobytes in 1..1_u64 << 42) {
        let bandwidth = Bandwidth::from(kilobytes << 10);
        prop_assert_eq!(bandwidth.bytes_per_second(), kilobytes << 10);
        prop_assert_eq!(Bandwidth::try_from(String::from(bandwidth.clone())), Ok(bandwidth));
    }

    #[test]
    fn any_text_is_a_limit_or_refused(text in "[0-9+ .]{0,20}(KB|MB|GB|TB)?|\\PC{0,5}") {
        if let Ok(bandwidth) = Bandwidth::try_from(text.clone()) {
            prop_assert!(text.starts_with(|first: char| first.is_ascii_digit()));
            prop_assert_eq!(String::from(bandwidth), text);
        }
    }

    #[test]
    fn any_text_is_an_interval_or_refused(text in "[0-9]?d|\\PC{0,3}") {
        if let Ok(interval) = text.parse::<PieceInterval>() {
            prop_assert_eq!(interval.to_string(), text);
        }
    }

    #[test]
    fn any_text_is_a_tenant_or_refused(text in "\\PC{0,70}|[a-zA-Z$]{3,6}") {
        if let Ok(name) = text.parse::<TenantName>() {
            prop_assert_eq!(name.as_str(), &*text);
            prop_assert_eq!(serde_json::from_value::<TenantName>(json!(name)).unwrap(), name);
        }
    }
}
