//! Every row of the table: a model in, the attributes out, one per line.

use super::*;
use expect_test::{Expect, expect};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write;

#[track_caller]
fn check<M: JsonSchema>(expected: Expect) {
    let schema = Schema::of::<M>().unwrap();
    schema.verify().unwrap();
    expected.assert_eq(&summary(&schema));
}

fn summary(schema: &Schema) -> String {
    let mut text = String::new();
    schema.walk(&mut |path, attribute| {
        let kind = match &attribute.kind {
            AttributeType::Plain(kind) => kind.to_string(),
            AttributeType::Nested { nesting, .. } => format!("nested {nesting:?}"),
        };
        let flags = [
            ("required", attribute.required),
            ("optional", attribute.optional),
            ("computed", attribute.computed),
            ("sensitive", attribute.sensitive),
            ("write-only", attribute.write_only),
            ("requires replace", attribute.requires_replace),
        ];
        let flags: Vec<&str> = flags.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
        write!(text, "{path}: {kind}, {}", flags.join(" ")).unwrap();
        if let Some(default) = &attribute.default {
            write!(text, ", default {}", default.to_model_json()).unwrap();
        }
        for validator in &attribute.validators {
            write!(text, ", {validator:?}").unwrap();
        }
        if let Some(deprecated) = &attribute.deprecated {
            write!(text, ", deprecated: {deprecated}").unwrap();
        }
        if !attribute.description.is_empty() {
            write!(text, " -- {}", attribute.description).unwrap();
        }
        text.push('\n');
    });
    text
}

/// How it is bound.
#[derive(Serialize, Deserialize, Default, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Binding {
    /// Business first.
    #[default]
    Optional,
    /// Archive first.
    Mandatory,
    Other,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Safe,
}

/// A destination.
#[derive(Serialize, Default, JsonSchema)]
struct Storage {
    /// Where.
    path: String,
    #[serde(default)]
    binding: Binding,
}

#[test]
fn required_and_optional() {
    /// What it is.
    ///
    /// More of it.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "for its schema")]
    struct Model {
        /// Its name.
        name: String,
        comment: Option<String>,
        flag: bool,
        ratio: Option<f64>,
        anything: Option<serde_json::Value>,
    }
    check::<Model>(expect![[r#"
        anything: any, optional
        comment: string, optional
        flag: bool, required
        name: string, required -- Its name.
        ratio: number, optional
    "#]]);
    assert_eq!(Schema::of::<Model>().unwrap().description, "What it is.\n\nMore of it.");
}

#[test]
fn flags() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "for its schema")]
    struct Model {
        #[schemars(extend("x-requires-replace" = true))]
        name: String,
        #[schemars(extend("readOnly" = true))]
        id: i64,
        #[schemars(extend("readOnly" = true))]
        found: Option<Storage>,
        #[schemars(extend("x-optional-computed" = true))]
        place: Option<String>,
        #[schemars(extend("writeOnly" = true, "x-sensitive" = true))]
        secret: Option<String>,
        #[schemars(extend("x-sensitive" = false, "x-deprecated" = "Use `name`."))]
        #[deprecated]
        old: Option<String>,
        #[deprecated]
        older: Option<String>,
    }
    check::<Model>(expect![[r#"
        found: nested Single, computed -- A destination.
        found.binding: string, computed, OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        found.path: string, computed -- Where.
        id: number, computed, Integer
        name: string, required requires replace
        old: string, optional, deprecated: Use `name`.
        older: string, optional, deprecated: This attribute is deprecated.
        place: string, optional computed
        secret: string, optional sensitive write-only
    "#]]);
}

#[test]
fn defaults() {
    fn five() -> u8 {
        5
    }
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "for its schema")]
    struct Model {
        #[serde(default = "five")]
        copies: u8,
        #[serde(default)]
        binding: Binding,
        #[serde(default)]
        names: Vec<String>,
        #[serde(default)]
        storage: Storage,
        #[serde(default)]
        comment: Option<String>,
    }
    check::<Model>(expect![[r#"
        binding: string, optional computed, default "optional", OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        comment: string, optional
        copies: number, optional computed, default 5, Integer, Range { minimum: Some(0.0), maximum: Some(255.0) }
        names: list(string), optional computed, default []
        storage: nested Single, optional computed, default {"binding":"optional","path":""} -- A destination.
        storage.binding: string, optional computed, default "optional", OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        storage.path: string, required -- Where.
    "#]]);
}

#[test]
fn enumerations() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "for its schema")]
    struct Model {
        binding: Binding,
        maybe: Option<Binding>,
        /// The field's own words.
        mode: Mode,
        maybe_mode: Option<Mode>,
        modes: Vec<Mode>,
    }
    check::<Model>(expect![[r#"
        binding: string, required, OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        maybe: string, optional, OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        maybe_mode: string, optional, OneOf([("fast", ""), ("safe", "")])
        mode: string, required, OneOf([("fast", ""), ("safe", "")]) -- The field's own words.
        modes: list(string), required, Each([OneOf([("fast", ""), ("safe", "")])])
    "#]]);
}

#[test]
fn rules() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "for its schema")]
    struct Model {
        #[schemars(regex(pattern = "^[1-7]d$"), extend("x-expected" = "whole days from `1d` to `7d`"))]
        interval: Option<String>,
        #[schemars(regex(pattern = "^a"), length(min = 1, max = 3))]
        name: String,
        #[schemars(range(min = 0.5))]
        ratio: f64,
        #[schemars(range(min = 1, max = 9))]
        small: u8,
        #[schemars(length(min = 1))]
        names: BTreeSet<String>,
        #[schemars(length(max = 2))]
        storages: Vec<Storage>,
        #[schemars(inner(regex(pattern = "^z")))]
        zones: Vec<String>,
    }
    check::<Model>(expect![[r#"
        interval: string, optional, Pattern { regex: Regex("^[1-7]d$"), expected: Some("whole days from `1d` to `7d`") }
        name: string, required, Pattern { regex: Regex("^a"), expected: None }, Length { minimum: Some(1), maximum: Some(3) }
        names: set(string), required, Length { minimum: Some(1), maximum: None }
        ratio: number, required, Range { minimum: Some(0.5), maximum: None }
        small: number, required, Integer, Range { minimum: Some(1.0), maximum: Some(9.0) }
        storages: nested List, required, Length { minimum: None, maximum: Some(2) } -- A destination.
        storages.binding: string, optional computed, default "optional", OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        storages.path: string, required -- Where.
        zones: list(string), required, Each([Pattern { regex: Regex("^z"), expected: None }])
    "#]]);
}

#[test]
fn integers() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "for its schema")]
    struct Model {
        a: i8,
        b: u16,
        c: i32,
        d: u32,
        e: i64,
        f: u64,
        g: Option<usize>,
    }
    check::<Model>(expect![[r#"
        a: number, required, Integer, Range { minimum: Some(-128.0), maximum: Some(127.0) }
        b: number, required, Integer, Range { minimum: Some(0.0), maximum: Some(65535.0) }
        c: number, required, Integer, Range { minimum: Some(-2147483648.0), maximum: Some(2147483647.0) }
        d: number, required, Integer, Range { minimum: Some(0.0), maximum: Some(4294967295.0) }
        e: number, required, Integer
        f: number, required, Integer, Range { minimum: Some(0.0), maximum: None }
        g: number, optional, Integer, Range { minimum: Some(0.0), maximum: None }
    "#]]);
}

#[test]
fn collections() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "for its schema")]
    struct Model {
        list: Vec<Option<String>>,
        set: Option<BTreeSet<String>>,
        map: BTreeMap<String, bool>,
        deep: Vec<BTreeMap<String, bool>>,
        single: Option<Storage>,
        /// Some of them.
        storages: Option<Vec<Storage>>,
        by_name: BTreeMap<String, Storage>,
    }
    check::<Model>(expect![[r#"
        by_name: nested Map, required -- A destination.
        by_name.binding: string, optional computed, default "optional", OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        by_name.path: string, required -- Where.
        deep: list(map(bool)), required
        list: list(string), required
        map: map(bool), required
        set: set(string), optional
        single: nested Single, optional -- A destination.
        single.binding: string, optional computed, default "optional", OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        single.path: string, required -- Where.
        storages: nested List, optional -- Some of them.
        storages.binding: string, optional computed, default "optional", OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        storages.path: string, required -- Where.
    "#]]);
}

#[test]
fn types_that_bring_their_own_rules() {
    /// Whole days.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "for its schema")]
    struct Days(#[schemars(regex(pattern = "^[0-9]+d$"), extend("x-expected" = "whole days"))] String);

    #[derive(JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "for its schema")]
    struct Model {
        days: Days,
        /// How long.
        #[schemars(extend("x-requires-replace" = true))]
        maybe: Option<Days>,
        #[schemars(extend("x-sensitive" = true))]
        binding: Option<Binding>,
    }
    check::<Model>(expect![[r#"
        binding: string, optional sensitive, OneOf([("other", ""), ("optional", "Business first."), ("mandatory", "Archive first.")]) -- How it is bound.
        days: string, required, Pattern { regex: Regex("^[0-9]+d$"), expected: Some("whole days") } -- Whole days.
        maybe: string, optional requires replace, Pattern { regex: Regex("^[0-9]+d$"), expected: Some("whole days") } -- How long.
    "#]]);
}

#[test]
fn nested_objects_in_a_set() {
    let item = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let schema = json!({
        "type": "object",
        "properties": {"s": {"type": "array", "uniqueItems": true, "items": item}}
    });
    expect![[r#"
        s: nested Set, optional
        s.a: string, required
    "#]]
    .assert_eq(&summary(&Schema::from_json_schema(&schema).unwrap()));
}

#[test]
fn what_is_not_understood_is_refused() {
    let text = json!({"type": "string"});
    let object = json!({"type": "object", "properties": {"b": text}});
    let table = [
        (
            json!({"type": "string", "x-sensitiv": true}),
            expect!["a: the keyword `x-sensitiv` is not understood here"],
        ),
        (
            json!({"type": "string", "x-sensitive": "yes"}),
            expect!["a: `x-sensitive` is not true or false"],
        ),
        (
            json!({"type": "string", "minimum": 1}),
            expect!["a: the keyword `minimum` is not understood here"],
        ),
        (
            json!({"type": "string", "format": "uri"}),
            expect!["a: the keyword `format` is not understood here"],
        ),
        (
            json!({"type": "string", "x-expected": "good"}),
            expect!["a: the keyword `x-expected` is not understood here"],
        ),
        (
            json!({"type": "string", "pattern": "("}),
            expect![[r#"
            a: `pattern`: regex parse error:
                (
                ^
            error: unclosed group"#]],
        ),
        (
            json!({"type": "number", "multipleOf": 2}),
            expect!["a: the keyword `multipleOf` is not understood here"],
        ),
        (
            json!({"type": "integer", "format": "int128"}),
            expect!["a: the format `int128` is not understood"],
        ),
        (
            json!({"type": "integer", "minimum": "1"}),
            expect!["a: `minimum` is not a number"],
        ),
        (
            json!({"type": ["string", "integer"]}),
            expect!["a: `type` names more than one type"],
        ),
        (json!({"type": "file"}), expect!["a: the type `file` is not understood"]),
        (
            json!({"$ref": "#/$defs/A"}),
            expect!["a: the keyword `$ref` is not understood here"],
        ),
        (
            json!({"anyOf": [text, {"type": "integer"}]}),
            expect!["a: `anyOf` is understood as a schema or null only"],
        ),
        (
            json!({"oneOf": [text]}),
            expect!["a: `oneOf` is understood as an enumeration of texts only"],
        ),
        (json!({"enum": [1, 2]}), expect!["a: only texts can be enumerated"]),
        (
            json!({"enum": ["1"], "type": "integer"}),
            expect!["a: only texts can be enumerated"],
        ),
        (
            json!({"type": "array"}),
            expect!["a: an array needs `items` of one type"],
        ),
        (
            json!({"type": "array", "prefixItems": [text], "items": text}),
            expect!["a: the keyword `prefixItems` is not understood here"],
        ),
        (
            json!({"type": "array", "items": {"type": "string", "readOnly": true}}),
            expect!["a: the keyword `readOnly` is not understood here"],
        ),
        (
            json!({"type": "array", "items": {"type": "array", "items": object}}),
            expect!["a: collections of collections of objects are not supported"],
        ),
        (
            json!({"type": "object"}),
            expect!["a: an object needs `properties` or `additionalProperties`"],
        ),
        (
            json!({"type": "object", "properties": {}, "additionalProperties": text}),
            expect!["a: an object has either `properties` or `additionalProperties`"],
        ),
        (
            json!({"type": "object", "properties": {"b": {"type": "string", "typo": 1}}}),
            expect!["a.b: the keyword `typo` is not understood here"],
        ),
        (
            json!({"type": "string", "default": 1}),
            expect!["a: default: string is required"],
        ),
        (
            json!({"type": "object", "properties": {"b": text}, "default": {"b": 1}}),
            expect!["a.b: default: string is required"],
        ),
        (
            json!({"type": "string", "readOnly": true, "x-optional-computed": true}),
            expect!["a: `readOnly` contradicts `x-optional-computed`"],
        ),
        (
            json!({"type": "string", "default": "x", "x-optional-computed": true}),
            expect!["a: `x-optional-computed` is for attributes without default"],
        ),
        (json!(false), expect!["a: a JSON Schema is an object"]),
    ];
    for (schema, expected) in table {
        let root = json!({"type": "object", "properties": {"a": schema}});
        expected.assert_eq(&Schema::from_json_schema(&root).unwrap_err().to_string());
    }
    let required = json!({"type": "object", "required": ["a"], "properties": {"a": {"x-optional-computed": true}}});
    let error = Schema::from_json_schema(&required).unwrap_err().to_string();
    assert_eq!(
        error,
        "a: `x-optional-computed` is for attributes that are not required"
    );
}

#[test]
fn a_root_that_is_no_object_is_refused() {
    let refused = |schema: Json| Schema::from_json_schema(&schema).unwrap_err().to_string();
    assert_eq!(refused(json!({"type": "string"})), "the root is not an object");
    assert_eq!(
        refused(json!({"type": "object", "typo": 1})),
        "the keyword `typo` is not understood here"
    );
}
