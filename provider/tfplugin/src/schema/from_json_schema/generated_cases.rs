//! What holds for every model, and for what is no model.

use super::*;
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::schema::object::NestingMode;
use crate::server::encode;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::{option, sample::Index};
use serde_json::json;
use std::collections::BTreeSet;

/// A JSON Schema of everything that is understood.
fn json_schema() -> impl Strategy<Value = Json> {
    properties(property(kind().boxed()).boxed())
}

fn properties(property: BoxedStrategy<Json>) -> impl Strategy<Value = Json> {
    (btree_map("[a-z_]{1,8}", property, 0..5), any::<Index>()).prop_map(|(properties, required)| {
        let names: Vec<&String> = properties.keys().collect();
        let required = required.index(names.len() + 1);
        json!({ "type": "object", "properties": properties, "required": names[..required] })
    })
}

/// The type of an attribute with its flags.
fn property(kind: BoxedStrategy<Json>) -> impl Strategy<Value = Json> {
    let flags = proptest::sample::subsequence(
        vec![
            "readOnly",
            "writeOnly",
            "x-sensitive",
            "x-requires-replace",
            "deprecated",
        ],
        0..3,
    );
    (kind, flags, option::of(".{0,20}")).prop_map(|(mut kind, flags, description)| {
        for flag in flags {
            kind[flag] = true.into();
        }
        if let Some(description) = description {
            kind["description"] = description.into();
        }
        kind
    })
}

fn kind() -> impl Strategy<Value = Json> {
    let plain = prop_oneof![
        Just(json!({ "type": "boolean" })),
        Just(json!({ "type": ["string", "null"], "pattern": "^a+$", "x-expected": "letters" })),
        (0..9_u32, 9..20_u32)
            .prop_map(|(least, most)| json!({ "type": "string", "minLength": least, "maxLength": most })),
        any::<i32>().prop_map(|least| json!({ "type": "integer", "format": "uint32", "minimum": least })),
        any::<f32>().prop_map(|most| json!({ "type": "number", "maximum": most })),
        vec("[a-z]{1,5}", 1..4).prop_map(|texts| json!({ "type": "string", "enum": texts })),
        vec("[a-z]{1,5}", 1..4).prop_map(|texts| {
            let variants: Vec<Json> = texts
                .iter()
                .map(|text| json!({ "const": text, "description": text }))
                .collect();
            json!({ "oneOf": variants })
        }),
    ];
    plain.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            properties(property(inner.clone()).boxed()),
            (inner.clone(), any::<bool>(), option::of(0..5_u32)).prop_map(|(items, unique, least)| {
                json!({ "type": "array", "items": items, "uniqueItems": unique, "minItems": least.unwrap_or(0) })
            }),
            inner.prop_map(|items| json!({ "type": "object", "additionalProperties": items })),
        ]
    })
}

/// The type that Terraform makes of an encoded attribute.
fn type_of(attribute: &proto::schema::Attribute) -> Type {
    let Some(nested) = &attribute.nested_type else {
        return Type::from_json(&serde_json::from_slice(&attribute.r#type).unwrap()).unwrap();
    };
    let object = object_of(&nested.attributes);
    match nested.nesting() {
        NestingMode::Single => object,
        NestingMode::List => Type::list(object),
        NestingMode::Set => Type::set(object),
        NestingMode::Map => Type::map(object),
        NestingMode::Invalid => panic!("no nesting"),
    }
}

fn object_of(attributes: &[proto::schema::Attribute]) -> Type {
    Type::object(
        attributes
            .iter()
            .map(|attribute| (attribute.name.as_str(), type_of(attribute))),
    )
}

fn flags_of(schema: &Schema) -> Vec<[bool; 6]> {
    schema
        .attributes
        .values()
        .map(|a| {
            [
                a.required,
                a.optional,
                a.computed,
                a.sensitive,
                a.write_only,
                a.deprecated.is_some(),
            ]
        })
        .collect()
}

proptest! {
    #[test]
    fn what_is_understood_reaches_terraform_as_it_was_meant(json in json_schema()) {
        // Collections of collections of objects are the one thing that has no form in Terraform.
        let Ok(schema) = Schema::from_json_schema(&json) else {
            prop_assert!(json.to_string().contains("\"properties\""));
            return Ok(());
        };
        let again = Schema::from_json_schema(&json).unwrap();
        prop_assert_eq!(format!("{schema:?}"), format!("{again:?}"));
        let names = json["properties"].as_object().unwrap().keys();
        prop_assert!(schema.attributes.keys().eq(names.collect::<BTreeSet<_>>()));

        let block = encode::schema(&schema).block.unwrap();
        prop_assert_eq!(object_of(&block.attributes), schema.implied_type());
        let sent: Vec<[bool; 6]> = block
            .attributes
            .iter()
            .map(|a| [a.required, a.optional, a.computed, a.sensitive, a.write_only, a.deprecated])
            .collect();
        prop_assert_eq!(sent, flags_of(&schema));
    }

    #[test]
    fn no_json_makes_it_panic(
        json in json_schema(),
        place in any::<Index>(),
        other in prop_oneof![Just(json!(null)), Just(json!([])), Just(json!({})), Just(json!("x")), Just(json!(-1))],
    ) {
        let mut pointers = Vec::new();
        all_pointers(&json, String::new(), &mut pointers);
        let mut damaged = json;
        *damaged.pointer_mut(&pointers[place.index(pointers.len())]).unwrap() = other;
        if let Ok(schema) = Schema::from_json_schema(&damaged) {
            encode::schema(&schema);
        }
    }
}

fn all_pointers(json: &Json, here: String, found: &mut Vec<String>) {
    match json {
        Json::Object(map) => map
            .iter()
            .for_each(|(key, value)| all_pointers(value, format!("{here}/{key}"), found)),
        Json::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| all_pointers(value, format!("{here}/{index}"), found)),
        _ => {}
    }
    found.push(here);
}
