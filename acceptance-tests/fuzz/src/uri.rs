//! URIs of destinations: taken apart, written again, built by the functions, and shown without their keys.

use std::sync::LazyLock;
use terraform_provider_oceanbase::cluster::RawUri;
use terraform_provider_oceanbase::registry::Registry;
use terraform_provider_oceanbase::values::destination::{AccessKey, Credentials, Destination};
use tfplugin::{FunctionError, Value};

const KEY: &str = "s3cr3t";

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);

/// A URI as it is; and once more with a key planted where there is a `*`.
pub fn uri(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Ok(destination) = Destination::parse(&RawUri::new(text)) {
        let written = destination.reveal();
        let again = Destination::parse(&RawUri::new(&*written)).expect("what was written can be read");
        assert_eq!(again.reveal(), written);
        // An encrypted key is not written.
        if !matches!(
            &destination.credentials,
            Credentials::Key {
                access_key: AccessKey::Unknowable,
                ..
            }
        ) {
            assert_eq!(again, destination, "{written}");
        }
    }
    if let Ok(storage) = call("uri_parse", Value::string(text)) {
        // What is no valid storage builds nothing; what is, builds what stands for the same.
        if let Ok(built) = call("uri_build", storage.clone()) {
            assert_eq!(call("uri_parse", built).ok(), Some(storage));
        }
    }
    if !text.contains(KEY) {
        let planted = text.replace('*', &format!("access_key={KEY}"));
        expect_hidden(&planted);
    }
}

fn expect_hidden(planted: &str) {
    let uri = RawUri::new(planted);
    let mut shown = vec![format!("{uri} {uri:?}")];
    match Destination::parse(&uri) {
        Ok(destination) => shown.push(format!("{destination} {destination:?} {}", destination.public_uri())),
        Err(error) => shown.push(format!("{error} {error:?}")),
    }
    for function in ["uri_parse", "uri_redact"] {
        shown.push(match call(function, Value::string(planted)) {
            Ok(value) => format!("{value:?}"),
            Err(error) => error.text,
        });
    }
    for shown in shown {
        assert!(!shown.contains(KEY), "{planted:?}: {shown}");
    }
}

fn call(name: &str, argument: Value) -> Result<Value, FunctionError> {
    let found = REGISTRY.functions.iter().find(|function| function.name() == name);
    found.expect("it is in the list of functions").call(vec![argument])
}
