use crate::value::strategies::{Unknowns, refinements, typed_value};
use crate::value::{Number, Refinement, Type, Value};
use crate::{AttributePath, Step};
use expect_test::{Expect, expect};
use proptest::{collection::vec, prelude::*, sample::Index};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|digit| !digit.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn unknown(refinement: Refinement) -> Value {
    Value::unknown(refinement)
}

fn object() -> Type {
    Type::object([("a", Type::String), ("b", Type::Bool)])
}

/// Refinements are compared too, which equality of values leaves out.
#[track_caller]
fn decodes(hex: &str, kind: &Type, value: &Value) {
    let decoded = Value::from_msgpack(&bytes(hex), kind).unwrap();
    assert_eq!(decoded, *value, "{hex}");
    assert_eq!(format!("{decoded:?}"), format!("{value:?}"), "{hex}");
}

#[track_caller]
fn round_trips(hex_text: &str, kind: &Type, value: &Value) {
    decodes(hex_text, kind, value);
    assert_eq!(hex(&value.to_msgpack(kind).unwrap()), hex(&bytes(hex_text)));
}

#[track_caller]
fn refused(hex: &str, kind: &Type, expected: Expect) {
    expected.assert_eq(&Value::from_msgpack(&bytes(hex), kind).unwrap_err().to_string());
}

#[test]
fn primitives() {
    round_trips("c0", &Type::String, &Value::Null);
    round_trips("c3", &Type::Bool, &Value::Bool(true));
    round_trips("a3 616263", &Type::String, &Value::string("abc"));
    decodes("", &Type::String, &Value::Null);
    decodes("d9 01 61", &Type::String, &Value::string("a"));
}

#[test]
fn integers_and_floats_are_read() {
    for (hex, text) in [
        ("00", "0"),
        ("7f", "127"),
        ("ff", "-1"),
        ("cc 80", "128"),
        ("cd 0400", "1024"),
        ("ce ffffffff", "4294967295"),
        ("d1 ff00", "-256"),
        ("d3 8000000000000000", "-9223372036854775808"),
        ("cf 7fffffffffffffff", "9223372036854775807"),
    ] {
        decodes(hex, &Type::Number, &number(text));
    }
}

#[test]
fn floats_are_read_exactly() {
    decodes("cb 3fe0000000000000", &Type::Number, &number("0.5"));
    decodes("cb c004000000000000", &Type::Number, &number("-2.5"));
    decodes("ca 3f000000", &Type::Number, &number("0.5"));
    decodes("cb 4008000000000000", &Type::Number, &number("3"));
}

#[test]
fn numbers_are_sent_as_decimal_digits() {
    round_trips("a1 37", &Type::Number, &number("7"));
    round_trips("a4 2d322e35", &Type::Number, &number("-2.5"));
    round_trips("a3 302e31", &Type::Number, &number("0.1"));
    round_trips(
        "b4 3138343436373434303733373039353531363135",
        &Type::Number,
        &number("18446744073709551615"),
    );
    decodes("a4 31653330", &Type::Number, &number("1e30"));
    decodes("cf ffffffffffffffff", &Type::Number, &number("18446744073709551615"));
    let thirty_zeros = Value::number("1e30".parse::<Number>().unwrap())
        .to_msgpack(&Type::Number)
        .unwrap();
    assert_eq!(&thirty_zeros[1..], format!("1{}", "0".repeat(30)).as_bytes());
}

#[test]
fn what_is_no_number_is_refused() {
    refused(
        "ab 31653939393939393939 39",
        &Type::Number,
        expect!["a number is required, this is a number with more than 16384 places"],
    );
    refused(
        "a3 616263",
        &Type::Number,
        expect!["a number is required, this is not a decimal number"],
    );
    refused(
        "cb 7ff0000000000000",
        &Type::Number,
        expect!["a number is required, this is not a finite number"],
    );
    refused(
        "ca 7fc00000",
        &Type::Number,
        expect!["a number is required, this is not a finite number"],
    );
    refused("c3", &Type::Number, expect!["a number is required"]);
}

#[test]
fn text_is_brought_to_normal_form() {
    decodes("a3 65cc81", &Type::String, &Value::String("\u{e9}".to_owned()));
    decodes(
        "81 a3 65cc81 c3",
        &Type::map(Type::Bool),
        &Value::map([("\u{e9}", true)]),
    );
    decodes(
        "81 a3 65cc81 c3",
        &Type::object([("\u{e9}", Type::Bool)]),
        &Value::object([("\u{e9}", true)]),
    );
}

#[test]
fn collections() {
    round_trips("92 a161 a162", &Type::list(Type::String), &Value::list(["a", "b"]));
    round_trips("92 a161 a162", &Type::set(Type::String), &Value::set(["b", "a"]));
    decodes("93 a162 a161 a162", &Type::set(Type::String), &Value::set(["a", "b"]));
    round_trips(
        "82 a161 c3 a162 c2",
        &Type::map(Type::Bool),
        &Value::map([("a", true), ("b", false)]),
    );
    round_trips("90", &Type::list(Type::String), &Value::List(vec![]));
    let tuple = Type::Tuple(vec![Type::String, Type::Bool]);
    round_trips(
        "92 a161 c3",
        &tuple,
        &Value::list([Value::string("a"), Value::Bool(true)]),
    );
    refused("91 a161", &tuple, expect!["a tuple with 2 elements is required"]);
    refused(
        "82 a161 c3 a161 c3",
        &Type::map(Type::Bool),
        expect![[r#"["a"]: the same key twice"#]],
    );
}

#[test]
fn objects_have_exactly_the_attributes_of_their_type() {
    let value = Value::object([("a", Value::string("x")), ("b", Value::Null)]);
    round_trips("82 a161 a178 a162 c0", &object(), &value);
    decodes("82 a162 c0 a161 a178", &object(), &value);
    refused(
        "81 a161 a178",
        &object(),
        expect!["an object with 2 attributes is required"],
    );
    refused(
        "83 a161 a178 a162 c0 a163 c0",
        &object(),
        expect!["an object with 2 attributes is required"],
    );
    refused(
        "82 a161 a178 a161 a178",
        &object(),
        expect!["an object with 2 attributes is required"],
    );
    refused(
        "82 a161 a178 a163 c0",
        &object(),
        expect!["an attribute that the type does not have"],
    );
}

#[test]
fn dynamic_values_carry_their_type() {
    let table = [
        ("92 c408 22737472696e6722 a161", Value::dynamic(Type::String, "a")),
        ("92 c408 22737472696e6722 c0", Value::dynamic(Type::String, Value::Null)),
        (
            "92 c408 22737472696e6722 d40000",
            Value::dynamic(Type::String, Value::UNKNOWN),
        ),
        ("c0", Value::Null),
        ("d40000", Value::UNKNOWN),
    ];
    for (hex, value) in table {
        round_trips(hex, &Type::Dynamic, &value);
    }
    decodes(
        "92 a8 22737472696e6722 a161",
        &Type::Dynamic,
        &Value::dynamic(Type::String, "a"),
    );
    refused("a161", &Type::Dynamic, expect!["a type and a value are required"]);
    refused(
        "91 c408 22737472696e6722",
        &Type::Dynamic,
        expect!["a type and a value are required"],
    );
    refused(
        "92 c402 2278 c0",
        &Type::Dynamic,
        expect!["not the JSON form of a type"],
    );
}

#[test]
fn any_extension_is_an_unknown_value() {
    round_trips("d4 00 00", &Type::String, &Value::UNKNOWN);
    for hex in [
        "c7 00 00",
        "d4 0c 80",
        "d4 05 01",
        "c7 00 0c",
        "c8 0001 07 00",
        "d6 07 01020304",
    ] {
        decodes(hex, &object(), &Value::UNKNOWN);
    }
}

#[test]
fn refinements_of_unknown_values() {
    let none = || Refinement::NONE;
    round_trips(
        "c7 03 0c 81 01 c2",
        &Type::String,
        &unknown(Refinement {
            nullness: Some(false),
            ..none()
        }),
    );
    let prefix = Refinement {
        nullness: Some(false),
        string_prefix: Some("pre-".to_owned()),
        ..none()
    };
    round_trips("c7 09 0c 82 01 c2 02 a4 7072652d", &Type::String, &unknown(prefix));
    let two = "2".parse().unwrap();
    let bounds = Refinement {
        lower_bound: Some((two, true)),
        upper_bound: Some(("0.5".parse().unwrap(), false)),
        ..none()
    };
    let sent_by_terraform = "c7 11 0c 82 03 92 02 c3 04 92 cb 3fe0000000000000 c2";
    let bounds = unknown(bounds);
    decodes(sent_by_terraform, &Type::Number, &bounds);
    round_trips("c7 0d 0c 82 03 92 a1 32 c3 04 92 a3 302e35 c2", &Type::Number, &bounds);
    let lengths = Refinement {
        min_length: Some(1),
        max_length: Some(300),
        ..none()
    };
    round_trips(
        "c7 07 0c 82 05 01 06 cd 012c",
        &Type::list(Type::Bool),
        &unknown(lengths),
    );
}

#[test]
fn refinements_that_are_not_known_here_are_left_out() {
    let not_null = unknown(Refinement {
        nullness: Some(false),
        ..Refinement::NONE
    });
    decodes("c7 08 0c 82 63 92 a161 c0 01 c2", &Type::String, &not_null);
    decodes("d5 0c 80 c0", &Type::String, &Value::UNKNOWN);
    let of_every_kind = "c7 3b 0c 82 63 9e 05 e0 c2 cc 01 cd 0001 ce 00000001 cf 0000000000000001 ca 00000000 c4 01 ff a1 ff d4 00 00 \
                         82 01 90 02 91 80 d9 02 6162 d3 0000000000000001 01 c2";
    decodes(of_every_kind, &Type::String, &not_null);
}

#[test]
fn what_will_be_null_is_null() {
    decodes("c7 03 0c 81 01 c3", &Type::String, &Value::Null);
    let null = unknown(Refinement {
        nullness: Some(true),
        ..Refinement::NONE
    });
    assert_eq!(null.to_msgpack(&Type::String).unwrap(), [0xc0]);
}

#[test]
fn refinements_are_written_for_the_types_that_they_are_about() {
    let refinement = Refinement {
        string_prefix: Some("é".repeat(200)),
        min_length: Some(1),
        ..Refinement::NONE
    };
    let value = unknown(refinement);
    assert_eq!(value.to_msgpack(&Type::Number).unwrap(), [0xd4, 0, 0]);
    assert_eq!(value.to_msgpack(&Type::Dynamic).unwrap(), [0xd4, 0, 0]);
    let written = value.to_msgpack(&Type::String).unwrap();
    let Value::Unknown(Some(read)) = Value::from_msgpack(&written, &Type::String).unwrap() else {
        panic!("nothing is known of it")
    };
    assert_eq!(read.string_prefix, Some("é".repeat(128)));
    assert_eq!(read.min_length, None);
}

#[test]
fn damaged_refinements_are_refused() {
    refused("c7 03 0c 81 01 01", &Type::String, expect!["a bool is required"]);
    refused(
        "c7 03 0c 81 05 ff",
        &Type::list(Type::Bool),
        expect!["a negative length"],
    );
    refused("c7 03 0c 81 03 91", &Type::Number, expect!["the bytes end too early"]);
    refused(
        "c7 0d 0c 82 0d 92 a1 0a c7 0d 0c 82 0d 2e a9 35",
        &Type::Number,
        expect!["the bytes end too early"],
    );
    refused(
        "c7 03 0c 81 63 c1",
        &Type::Number,
        expect!["a byte that begins nothing"],
    );
    let long = [bytes("c8 0401 0c 80"), vec![0; 1024]].concat();
    let error = Value::from_msgpack(&long, &Type::String).unwrap_err();
    assert_eq!(error.to_string(), "a refinement that is too long");
}

#[test]
fn damaged_bytes_are_refused() {
    refused("c3 c3", &Type::Bool, expect!["bytes follow the value"]);
    refused("a5 6162", &Type::String, expect!["the bytes end too early"]);
    refused("a1 ff", &Type::String, expect!["text that is not UTF-8"]);
    refused("c1", &Type::String, expect!["a string is required"]);
    refused("c7 ff 0c", &Type::String, expect!["the bytes end too early"]);
}

#[test]
fn a_length_that_the_bytes_do_not_hold_is_refused_before_anything_is_reserved() {
    refused(
        "dd ffffffff",
        &Type::list(Type::Bool),
        expect!["the bytes end too early"],
    );
    refused(
        "df ffffffff",
        &Type::map(Type::Bool),
        expect!["the bytes end too early"],
    );
    refused("db ffffffff", &Type::String, expect!["the bytes end too early"]);
    refused("c9 ffffffff 0c", &Type::String, expect!["the bytes end too early"]);
}

#[test]
fn values_that_are_nested_too_deeply_are_refused() {
    let level = bytes("92 c409 2264796e616d696322");
    let nested = |depth: usize| [level.repeat(depth), vec![0xc0]].concat();
    assert!(Value::from_msgpack(&nested(100), &Type::Dynamic).is_ok());
    let error = Value::from_msgpack(&nested(100_000), &Type::Dynamic).unwrap_err();
    assert_eq!(error.to_string(), "nested too deeply");
}

#[test]
fn errors_name_the_path_and_never_the_value() {
    let kind = Type::object([("rules", Type::list(Type::object([("tags", Type::map(Type::Bool))])))]);
    let hex = "81 a5 72756c6573 92 81 a4 74616773 80 81 a4 74616773 81 a1 78 a6 736563726574";
    refused(hex, &kind, expect![[r#"rules[1].tags["x"]: a bool is required"#]]);
    let error = Value::from_msgpack(&bytes(hex), &kind).unwrap_err();
    let path = AttributePath::attribute("rules")
        .then(Step::Index(1))
        .child("tags")
        .then(Step::Key("x".to_owned()));
    assert_eq!(error.path, path);
}

#[test]
fn a_value_of_another_type_is_not_written() {
    let refused = |value: Value, kind: &Type, expected: Expect| {
        expected.assert_eq(&value.to_msgpack(kind).unwrap_err().to_string());
    };
    refused(Value::string("secret"), &Type::Bool, expect!["bool is required"]);
    refused(Value::string("secret"), &Type::Dynamic, expect!["any is required"]);
    refused(
        Value::list(["a"]),
        &Type::Tuple(vec![]),
        expect!["tuple([]) is required"],
    );
    refused(
        Value::object([("a", "x")]),
        &object(),
        expect!["b: the attribute is missing"],
    );
    let further = Value::object([("a", Value::Null), ("b", Value::Null), ("c", Value::Null)]);
    refused(further, &object(), expect!["c: the type has no such attribute"]);
    let inside = Value::list([Value::Bool(true), Value::string("secret")]);
    refused(inside, &Type::list(Type::Bool), expect!["[1]: bool is required"]);
}

#[test]
fn a_bound_with_more_digits_than_terraform_takes_is_left_out() {
    let long = "1e1000".parse().unwrap();
    let refinement = Refinement {
        nullness: Some(false),
        lower_bound: Some((long, true)),
        ..Refinement::NONE
    };
    let written = unknown(refinement).to_msgpack(&Type::Number).unwrap();
    assert_eq!(written, bytes("c7 03 0c 81 01 c2"));
}

proptest! {
    #[test]
    fn every_value_comes_back_as_it_was((kind, value) in typed_value(Unknowns::Everywhere)) {
        let written = value.to_msgpack(&kind).unwrap();
        let read = Value::from_msgpack(&written, &kind).unwrap();
        prop_assert_eq!(&read, &value);
        prop_assert_eq!(read.to_msgpack(&kind).unwrap(), written);
    }

    #[test]
    fn what_is_known_of_an_unknown_value_comes_back((kind, value) in typed_value(Unknowns::Everywhere)) {
        let written = value.to_msgpack(&kind).unwrap();
        let read = Value::from_msgpack(&written, &kind).unwrap();
        let is_short = |refinement: &Refinement| {
            let bounds = [&refinement.lower_bound, &refinement.upper_bound];
            bounds.into_iter().flatten().all(|(bound, _)| bound.to_string().len() <= 256)
        };
        // The elements of sets have no places.
        if refinements(&value).values().all(is_short) && !kind.to_string().contains("set(") {
            prop_assert_eq!(refinements(&read), refinements(&value));
        }
    }

    #[test]
    fn no_damage_makes_it_panic(
        (kind, value) in typed_value(Unknowns::Everywhere),
        damage in vec((any::<Index>(), any::<u8>()), 1..4),
        end in any::<Index>(),
    ) {
        let mut damaged = value.to_msgpack(&kind).unwrap();
        for (place, byte) in damage {
            let place = place.index(damaged.len());
            damaged[place] = byte;
        }
        for bytes in [&damaged, &damaged[..end.index(damaged.len())]] {
            if let Ok(value) = Value::from_msgpack(bytes, &kind) {
                let written = value.to_msgpack(&kind).unwrap();
                prop_assert_eq!(Value::from_msgpack(&written, &kind).unwrap(), value);
            }
        }
    }
}
