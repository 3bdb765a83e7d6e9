//! Text that must not be shown: passwords, access keys, and the URIs that carry them.

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;
use std::{fmt, sync::LazyLock};

/// A secret. It can be compared and handed to a statement, never printed.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text of a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the statement or the login that needs it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A destination as a view reports it: in Community Edition it holds the access key in plain text.
///
/// `Display` and `Debug` show it with its keys as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct RawUri(String);

impl RawUri {
    /// Wraps what a view reported.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text with its keys, for the parser of destinations.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether the destination was cleared.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for RawUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl fmt::Display for RawUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        static KEY: LazyLock<Regex> = LazyLock::new(|| {
            let name = name_of_a_key();
            Regex::new(&format!(r"(?i)({name}\s*=)[^&]*")).expect("a valid pattern")
        });
        f.write_str(&KEY.replace_all(self.reveal(), "$1***"))
    }
}

/// The parameters whose values are secret. Their names count in any case: the server takes no other than lower case, but
/// whoever writes `ACCESS_KEY=` means a key, too.
const KEY_PARAMETERS: [&str; 4] = ["access_key", "encrypt_key", "sts_sk", "sts_ak"];

/// As a pattern.
fn name_of_a_key() -> String {
    format!("(?:{})", KEY_PARAMETERS.join("|"))
}

/// Whether the text gives a key, wherever that may be.
pub(crate) fn holds_key(text: &str) -> bool {
    // Asked for every object in every plan: most of them are directories, and a pattern would take longer.
    if !text.contains('=') {
        return false;
    }
    let text = text.to_ascii_lowercase();
    let is_given = |name: &&str| {
        let mut ends = text.match_indices(name).map(|(start, _)| start + name.len());
        ends.any(|end| text[end..].trim_start().starts_with('='))
    };
    KEY_PARAMETERS.iter().any(is_given)
}

/// The text with its keys as `***`: each to the next parameter or blank, since quotes may belong to the key.
pub(crate) fn without_keys(text: &str) -> Cow<'_, str> {
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        let name = name_of_a_key();
        Regex::new(&format!(
            r"(?i)(?<name>{name}\s*=\s*)[^&\s]+?(?<end>['\x22]*(?:[&\s]|$))"
        ))
        .expect("a valid pattern")
    });
    KEY.replace_all(text, "${name}***${end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_shown_without_its_key() {
        let uri = RawUri::new("oss://b/p?host=h&access_id=i&access_key=s3'c r3t&delete_mode=tagging");
        assert_eq!(
            format!("{uri} {uri:?}"),
            "oss://b/p?host=h&access_id=i&access_key=***&delete_mode=tagging \
             \"oss://b/p?host=h&access_id=i&access_key=***&delete_mode=tagging\""
        );
    }

    #[test]
    fn a_key_is_hidden_however_its_parameter_is_spelt() {
        for uri in [
            "oss://b/p?ACCESS_KEY=s3cr3t",
            "oss://b/p?access_key = s3cr3t",
            "sts_url=u&sts_ak=s3cr3t&sts_sk=s3cr3t",
        ] {
            assert!(!RawUri::new(uri).to_string().contains("s3cr3t"), "{uri}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new("s3cr3t");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }
}
