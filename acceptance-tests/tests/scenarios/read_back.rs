//! Each release reads storage options back in its own way; none of them may look like a change.

use acceptance_tests::{Cluster, Terraform};
use oceanbase_simulator::cluster::Profile;
use serde_json::{Value as Json, json};

const RESOURCES: [&str; 2] = ["oceanbase_archivelog", "oceanbase_backup_destination"];

/// A storage of each kind, without any option.
fn plain(media: &str) -> Json {
    let object_storage = json!({
        "type": media, "bucket": "b", "host": "h", "access_id": "i", "access_key_wo": "k", "access_key_wo_version": "1",
    });
    match media {
        "nfs" => json!({ "type": "nfs" }),
        "cos" => with(&object_storage, &json!({ "appid": "1250000000" })),
        _ => object_storage,
    }
}

fn with(storage: &Json, options: &Json) -> Json {
    let mut storage = storage.clone();
    for (name, value) in options.as_object().into_iter().flatten() {
        storage[name] = value.clone();
    }
    storage
}

/// Every kind of storage that the release has, with every option that it takes there, alone and together.
fn storages(profile: Profile) -> Vec<Json> {
    let is_new = profile != Profile::Ce4210;
    let of = |media: &str, options: &[Json]| -> Vec<Json> {
        let none = json!({});
        let together = options.iter().fold(none.clone(), |all, option| with(&all, option));
        let each = options.iter().chain([&none, &together]);
        each.map(|options| with(&plain(media), options)).collect()
    };
    let delete_modes = [json!({ "delete_mode": "delete" }), json!({ "delete_mode": "tagging" })];
    let limits = [
        json!({ "max_iops": 0 }),
        json!({ "max_iops": 100 }),
        json!({ "max_bandwidth": "1500B" }),
        json!({ "max_bandwidth": "10MB" }),
    ];
    let models = [
        json!({ "addressing_model": "virtual_hosted_style" }),
        json!({ "addressing_model": "path_style" }),
    ];
    if !is_new {
        let zero = [json!({ "max_iops": 0 })];
        return [of("nfs", &zero), of("oss", &delete_modes), of("cos", &delete_modes)].concat();
    }
    let no_key = json!({ "access_id": null, "access_key_wo": null, "access_key_wo_version": null, "role_arn": "r" });
    let roles = [no_key.clone(), with(&no_key, &json!({ "external_id": "x" }))];
    let checksums = [
        json!({ "checksum_type": "no_checksum" }),
        json!({ "checksum_type": "md5" }),
    ];
    let common = [&delete_modes[..], &limits[..], &models[..], &checksums[..]].concat();
    let worm = [
        json!({ "enable_worm": false }),
        json!({ "enable_worm": true, "checksum_type": "md5" }),
    ];
    let s3_only = [
        json!({ "checksum_type": "crc32" }),
        json!({ "region": "eu-1" }),
        json!({ "host": "https://minio:9000" }),
    ];
    [
        of("nfs", &limits),
        of("oss", &[&common[..], &worm[..], &roles[..]].concat()),
        of("cos", &[&common[..], &roles[..]].concat()),
        of("s3", &[&common[..], &s3_only[..], &roles[..]].concat()),
        of("azblob", &common),
    ]
    .concat()
}

/// Both resources for each storage, a tenant each.
fn resources(storages: &[Json]) -> Json {
    let mut resources = json!({});
    for resource in RESOURCES {
        for (number, storage) in storages.iter().enumerate() {
            let path = format!("/{resource}/{number}/");
            let config = json!({ "tenant": tenant(number), "storage": with(storage, &json!({ "path": path })) });
            resources[resource][tenant(number)] = config;
        }
    }
    json!({ "resource": resources })
}

fn tenant(number: usize) -> String {
    match number {
        0 => "mysql_tenant".to_owned(),
        _ => format!("mysql_tenant_{}", number + 1),
    }
}

fn addresses(storages: &[Json]) -> impl Iterator<Item = (String, String)> + use<'_> {
    let numbers = 0..storages.len();
    numbers.flat_map(|number| RESOURCES.map(|resource| (format!("{resource}.{}", tenant(number)), tenant(number))))
}

/// What an import cannot know: that the server's default was written out, and the version text of a key.
fn is_unknowable(change: &str) -> bool {
    [
        r#"storage.access_key_wo_version: null -> "1""#,
        r#"storage.delete_mode: null -> "delete""#,
        r#"storage.checksum_type: null -> "md5""#,
        r#"storage.addressing_model: null -> "virtual_hosted_style""#,
        "storage.enable_worm: null -> false",
        "storage.max_iops: null -> 0",
    ]
    .contains(&change)
}

fn read_back_on(profile: Profile) {
    let storages = storages(profile);
    let cluster = Cluster::start_with(profile, |options, _| options.tenants = storages.len());
    if profile != Profile::Ce4210 {
        for number in 0..storages.len() {
            let tenant = tenant(number);
            // What `role_arn` needs.
            cluster.sys(&format!(
                "ALTER SYSTEM SET sts_credential = 'sts_url=u&sts_ak=a&sts_sk=s' TENANT = {tenant}"
            ));
        }
    }
    let (created, configuration) = (Terraform::new(), resources(&storages));
    created.configure(&cluster.provider_block(), &configuration);
    created.apply();
    created.assert_settled();
    let refreshed = created.plan_with(&["-refresh-only"]);
    assert!(refreshed.is_empty, "{}", refreshed.text);

    let imported = Terraform::new();
    let mut importing = configuration.clone();
    importing["import"] = addresses(&storages)
        .map(|(to, id)| json!({ "to": to, "id": id }))
        .collect();
    imported.configure(&cluster.provider_block(), &importing);
    cluster.forget_statements();
    let plan = imported.plan();
    assert!(
        plan.text.contains("0 to add") && plan.text.contains("0 to destroy"),
        "{}",
        plan.text
    );
    let changes = imported.planned_changes();
    for (address, _) in addresses(&storages) {
        let mut changes = changes.of(&address);
        // The path is written with slashes around it, which an import leaves out.
        changes.retain(|change| !is_unknowable(change) && !change.starts_with("storage.path: "));
        assert_eq!(changes, [""; 0], "{address}");
    }
    imported.apply_plan();
    assert_eq!(cluster.changes(), [""; 0], "an import changes nothing in the cluster");
    imported.configure(&cluster.provider_block(), &configuration);
    imported.assert_settled();
}

#[test]
fn on_ce_4_2_1_0_no_storage_option_looks_like_a_change() {
    read_back_on(Profile::Ce4210);
}

#[test]
fn on_ee_4_3_5_3_no_storage_option_looks_like_a_change() {
    read_back_on(Profile::Ee4353);
}

#[test]
fn on_ce_4_4_1_0_no_storage_option_looks_like_a_change() {
    read_back_on(Profile::Ce4410);
}
