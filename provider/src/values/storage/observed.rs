//! What to record for a destination that the cluster shows: the practitioner's own spelling wherever it means the same.

use super::{Settings, Storage, in_bucket};
use crate::values::{
    bandwidth::Bandwidth,
    destination::{Credentials, Destination, Location, Media, Throttle},
    storage::StorageProfiles,
};

impl Storage {
    /// The storage to record for what the cluster shows: as written in `prior` wherever that means the same.
    pub fn observed(
        prior: Option<&Self>,
        destination: &Destination,
        throttle: Option<Throttle>,
        profiles: &StorageProfiles,
    ) -> Self {
        let shown = Settings::observed(destination, throttle);
        let (bucket, path) = split(&destination.location);
        let Some(prior) = prior else {
            return Self {
                path,
                settings: Settings { bucket, ..shown },
                ..Self::default()
            };
        };
        let meant = prior
            .resolve(profiles)
            .map_or_else(|_| prior.settings.clone(), |resolved| resolved.settings);
        let shown = Settings { bucket, ..shown };
        Self {
            path: if same_path(&prior.path, &path, destination.location.media()) {
                prior.path.clone()
            } else {
                path
            },
            settings: prior.settings.kept_where_equal(&meant, &shown, throttle.is_some()),
            ..prior.clone()
        }
    }
}

impl Settings {
    /// What the cluster shows, without the bucket; the server's defaults are absent.
    fn observed(destination: &Destination, throttle: Option<Throttle>) -> Self {
        let options = &destination.options;
        let (access_id, role_arn, external_id) = match &destination.credentials {
            Credentials::None => (None, None, None),
            Credentials::Key { access_id, .. } => (Some(access_id.clone()), None, None),
            Credentials::Role { role_arn, external_id } => (None, Some(role_arn.clone()), external_id.clone()),
        };
        let throttle = throttle.unwrap_or_default();
        Self {
            media: Some(destination.location.media()),
            bucket: None,
            host: destination.location.host().map(str::to_owned),
            region: options.region.clone(),
            appid: options.appid.clone(),
            access_id,
            role_arn,
            external_id,
            delete_mode: unless_default(options.delete_mode),
            checksum_type: unless_default(options.checksum_type),
            addressing_model: unless_default(options.addressing_model),
            enable_worm: unless_default(options.enable_worm),
            max_iops: unless_default(throttle.max_iops),
            max_bandwidth: unless_default(throttle.max_bandwidth).map(Bandwidth::from),
        }
    }

    /// What to record: these settings where what they `meant` is what is `shown`, else what is shown.
    fn kept_where_equal(&self, meant: &Self, shown: &Self, throttle_is_shown: bool) -> Self {
        fn keep<T: Clone>(
            own: &Option<T>,
            meant: &Option<T>,
            shown: &Option<T>,
            same: impl Fn(&T, &T) -> bool,
        ) -> Option<T> {
            let equal = match (meant, shown) {
                (Some(meant), Some(shown)) => same(meant, shown),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            if equal { own.clone() } else { shown.clone() }
        }
        fn exact<T: Clone + PartialEq>(own: &Option<T>, meant: &Option<T>, shown: &Option<T>) -> Option<T> {
            keep(own, meant, shown, T::eq)
        }
        /// The server's default and no value are the same.
        fn defaulted<T: Clone + PartialEq + Default>(
            own: &Option<T>,
            meant: &Option<T>,
            shown: &Option<T>,
        ) -> Option<T> {
            let meant = meant.clone().unwrap_or_default();
            if meant == shown.clone().unwrap_or_default() {
                own.clone()
            } else {
                shown.clone().or(Some(T::default()))
            }
        }
        let bandwidth = |limit: &Option<Bandwidth>| limit.as_ref().map_or(0, Bandwidth::bytes_per_second);
        Self {
            media: exact(&self.media, &meant.media, &shown.media),
            bucket: exact(&self.bucket, &meant.bucket, &shown.bucket),
            host: exact(&self.host, &meant.host, &shown.host),
            region: exact(&self.region, &meant.region, &shown.region),
            appid: exact(&self.appid, &meant.appid, &shown.appid),
            access_id: exact(&self.access_id, &meant.access_id, &shown.access_id),
            role_arn: exact(&self.role_arn, &meant.role_arn, &shown.role_arn),
            external_id: exact(&self.external_id, &meant.external_id, &shown.external_id),
            delete_mode: defaulted(&self.delete_mode, &meant.delete_mode, &shown.delete_mode),
            checksum_type: defaulted(&self.checksum_type, &meant.checksum_type, &shown.checksum_type),
            addressing_model: defaulted(&self.addressing_model, &meant.addressing_model, &shown.addressing_model),
            enable_worm: defaulted(&self.enable_worm, &meant.enable_worm, &shown.enable_worm),
            max_iops: if throttle_is_shown {
                defaulted(&self.max_iops, &meant.max_iops, &shown.max_iops)
            } else {
                self.max_iops
            },
            max_bandwidth: if throttle_is_shown && bandwidth(&meant.max_bandwidth) != bandwidth(&shown.max_bandwidth) {
                shown.max_bandwidth.clone()
            } else {
                self.max_bandwidth.clone()
            },
        }
    }
}

fn unless_default<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

/// Bucket (for object storage) and path in it, of a location that the cluster shows.
fn split(location: &Location) -> (Option<String>, String) {
    match (location.media(), location.path().split_once('/')) {
        (Media::Nfs, _) => (None, location.path().to_owned()),
        (_, Some((bucket, path))) if path.starts_with('/') => (Some(bucket.to_owned()), format!("/{path}")),
        (_, Some((bucket, path))) => (Some(bucket.to_owned()), path.to_owned()),
        (_, None) => (Some(location.path().to_owned()), String::new()),
    }
}

fn same_path(own: &str, shown: &str, media: Media) -> bool {
    match media {
        Media::Nfs => own.trim_end_matches('/') == shown.trim_end_matches('/'),
        _ => in_bucket(own) == in_bucket(shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::RawUri;
    use serde_json::json;

    fn destination(uri: &str) -> Destination {
        Destination::parse(&RawUri::new(uri)).unwrap()
    }

    fn profiles() -> StorageProfiles {
        let profile = json!({ "type": "oss", "bucket": "b", "host": "h", "access_id": "i", "delete_mode": "tagging" });
        StorageProfiles::from([("main".to_owned(), serde_json::from_value(profile).unwrap())])
    }

    /// The attributes that are recorded although the configuration does not have them, or otherwise.
    fn changes(prior: serde_json::Value, uri: &str, throttle: Option<Throttle>) -> String {
        let prior: Storage = serde_json::from_value(prior).unwrap();
        let recorded = Storage::observed(Some(&prior), &destination(uri), throttle, &profiles());
        let (before, after) = (
            serde_json::to_value(&prior).unwrap(),
            serde_json::to_value(&recorded).unwrap(),
        );
        let differs =
            |(name, value): (&String, &serde_json::Value)| (before[name] != *value).then(|| format!("{name}={value}"));
        after
            .as_object()
            .unwrap()
            .iter()
            .filter_map(differs)
            .collect::<Vec<_>>()
            .join(" ")
    }

    const PROFILED: &str = "oss://b/p?host=h&access_id=i&access_key=k&delete_mode=tagging";

    #[test]
    fn settings_of_a_profile_stay_there_until_the_cluster_differs() {
        let prior = json!({ "profile": "main", "path": "p", "profile_key_version": "1" });
        assert_eq!(changes(prior.clone(), PROFILED, None), "");
        let strayed = "oss://b/p?host=other&access_id=i&access_key=k";
        assert_eq!(changes(prior, strayed, None), "delete_mode=\"delete\" host=\"other\"");
    }

    #[test]
    fn the_own_spelling_is_kept_where_it_means_the_same() {
        let prior = json!({ "type": "nfs", "path": "/data/backup/" });
        assert_eq!(changes(prior.clone(), "file:///data/backup", None), "");
        assert_eq!(
            changes(prior.clone(), "file:///data/other", None),
            "path=\"/data/other\""
        );
        let moved = "host=\"h\" path=\"p\" type=\"oss\"";
        let changed = changes(prior, "oss://b/p?host=h&access_id=i&access_key=k", None);
        assert_eq!(changed, format!("access_id=\"i\" bucket=\"b\" {moved}"));
    }

    #[test]
    fn limits_are_compared_where_the_cluster_shows_them() {
        let prior = json!({ "type": "nfs", "path": "/p", "max_iops": 0, "max_bandwidth": "1024MB" });
        let shown = |max_iops, max_bandwidth| {
            Some(Throttle {
                max_iops,
                max_bandwidth,
            })
        };
        assert_eq!(changes(prior.clone(), "file:///p", None), "");
        assert_eq!(changes(prior.clone(), "file:///p", shown(0, 1 << 30)), "");
        assert_eq!(
            changes(prior.clone(), "file:///p", shown(7, 0)),
            "max_bandwidth=null max_iops=7"
        );
        assert_eq!(
            changes(prior, "file:///p", shown(0, 1536 << 10)),
            "max_bandwidth=\"1536KB\""
        );
    }

    #[test]
    fn an_import_leaves_the_servers_defaults_out() {
        let uri = "s3://b/dir/p?host=h&access_id=i&encrypt_key=00&checksum_type=md5&s3_region=r";
        let recorded = Storage::observed(None, &destination(uri), None, &profiles());
        let expected = json!({
            "type": "s3", "bucket": "b", "path": "dir/p", "host": "h", "access_id": "i", "region": "r",
        });
        let expected: Storage = serde_json::from_value(expected).unwrap();
        assert_eq!(recorded, expected);
    }

    #[test]
    fn a_second_slash_in_front_of_a_path_leads_elsewhere() {
        let uri = "oss://b//p?host=h&access_id=i";
        let recorded = Storage::observed(None, &destination(uri), None, &profiles());
        assert_eq!(recorded.path, "//p");
        assert_eq!(recorded.resolve(&profiles()).unwrap().destination().reveal(), uri);
        let prior = json!({ "type": "oss", "bucket": "b", "path": "/p", "host": "h", "access_id": "i" });
        assert_eq!(changes(prior.clone(), "oss://b/p?host=h&access_id=i", None), "");
        assert_eq!(changes(prior, uri, None), "path=\"//p\"");
    }
}
