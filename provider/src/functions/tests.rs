//! What the functions answer.

use super::{
    scn_to_time::ScnToTime, time_to_scn::TimeToScn, uri_build::UriBuild, uri_parse::UriParse, uri_redact::UriRedact,
};
use tfplugin::{Function, Value};

fn text(function: &dyn Function, argument: Value) -> Result<String, String> {
    match function.call(vec![argument]) {
        Ok(value) => Ok(value.as_str().unwrap().to_owned()),
        Err(error) => Err(error.text),
    }
}

fn storage(attributes: &[(&str, &str)]) -> Value {
    Value::object(attributes.iter().map(|(name, value)| (*name, *value)))
}

#[test]
fn a_system_change_number_and_its_moment() {
    let time = |scn: u64| text(&ScnToTime::default(), Value::number(scn)).unwrap();
    assert_eq!(time(1_763_636_400_000_000_000), "2025-11-20T11:00:00Z");
    assert_eq!(time(u64::MAX), "2554-07-21T23:34:33.709551615Z");
    assert!(
        text(&ScnToTime::default(), Value::number(-1_i64))
            .unwrap_err()
            .contains("whole number")
    );

    let scn = |time: &str| TimeToScn::default().call(vec![Value::string(time)]);
    let expected = Ok(Value::number(1_763_636_400_000_000_000_u64));
    assert_eq!(scn("2025-11-20T11:00:00Z"), expected);
    assert_eq!(scn("2025-11-20T19:00:00+08:00"), expected);
    for refused in ["", "2025-11-20", "2025-11-20T11:00:00", "1969-12-31T00:00:00Z"] {
        assert_eq!(scn(refused).unwrap_err().argument, Some(0), "{refused}");
    }
}

#[test]
fn a_uri_is_built_from_a_storage() {
    let nfs = storage(&[("type", "nfs"), ("path", "/data/backup/")]);
    assert_eq!(text(&UriBuild::default(), nfs).unwrap(), "file:///data/backup");
    let oss = [
        ("type", "oss"),
        ("bucket", "b"),
        ("path", "dir"),
        ("host", "h"),
        ("access_id", "i"),
        ("access_key", "k"),
        ("delete_mode", "tagging"),
    ];
    assert_eq!(
        text(&UriBuild::default(), storage(&oss)).unwrap(),
        "oss://b/dir?host=h&access_id=i&access_key=k&delete_mode=tagging"
    );
}

#[test]
fn a_storage_that_breaks_a_rule_builds_nothing_and_keeps_its_key() {
    let relative = storage(&[("type", "nfs"), ("path", "data")]);
    assert!(
        text(&UriBuild::default(), relative)
            .unwrap_err()
            .contains("must be absolute")
    );
    let unknown = storage(&[("type", "ftp"), ("path", "data"), ("access_key", "s3cr3t")]);
    let error = text(&UriBuild::default(), unknown).unwrap_err();
    assert_eq!(
        error,
        "A value in it cannot be used: one of `nfs`, `oss`, `cos`, `s3`, `azblob` is required."
    );
}

#[test]
fn a_uri_is_taken_apart_without_its_key() {
    let uri = "cos://b/dir/p?host=h&access_id=i&access_key=s3cr3t&appid=12&checksum_type=md5";
    let parsed = UriParse::default().call(vec![Value::string(uri)]).unwrap();
    let known: Vec<(String, String)> = parsed
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned())))
        .collect();
    let expected = [
        ("access_id", "i"),
        ("appid", "12"),
        ("bucket", "b"),
        ("host", "h"),
        ("path", "dir/p"),
        ("type", "cos"),
    ];
    assert_eq!(known, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn what_is_taken_apart_can_be_built_again() {
    let uri = "s3://b/dir?host=h&role_arn=r&external_id=x&s3_region=eu&addressing_model=path_style";
    let parsed = UriParse::default().call(vec![Value::string(uri)]).unwrap();
    assert_eq!(text(&UriBuild::default(), parsed).unwrap(), uri);
}

#[test]
fn what_is_no_uri_is_refused_without_quoting_it() {
    let error = UriParse::default()
        .call(vec![Value::string("ftp://x?access_key=s3cr3t")])
        .unwrap_err();
    assert_eq!(error.argument, Some(0));
    assert!(
        error.text.contains("file://") && !error.text.contains("s3cr3t"),
        "{}",
        error.text
    );
}

#[test]
fn a_key_is_hidden_whatever_else_the_text_is() {
    for (uri, expected) in [
        (
            "oss://b/p?host=h&access_key=k&x=1",
            "oss://b/p?host=h&access_key=***&x=1",
        ),
        ("oss://b/p?host=h&encrypt_key=00ff", "oss://b/p?host=h&encrypt_key=***"),
        ("file:///data", "file:///data"),
    ] {
        assert_eq!(text(&UriRedact::default(), Value::string(uri)).unwrap(), expected);
    }
}
