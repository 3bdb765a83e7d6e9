//! Values in debug output: with their text where tests are run, without it where secrets are real.

use super::Value;
use std::fmt;

/// Any text may be an access key, and a log that is on everywhere may hold what is shown here.
const SHOW_TEXT: bool = cfg!(debug_assertions);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown {
            value: self,
            text: SHOW_TEXT,
        }
        .fmt(f)
    }
}

/// A value, with its text or without.
struct Shown<'a> {
    value: &'a Value,
    text: bool,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value| Shown { value, ..*self };
        match self.value {
            Value::Null => f.write_str("Null"),
            Value::Unknown(Some(refinement)) if self.text => f.debug_tuple("Unknown").field(refinement).finish(),
            Value::Unknown(_) => f.write_str("Unknown"),
            Value::Bool(value) => fmt::Debug::fmt(value, f),
            Value::Number(number) => fmt::Debug::fmt(number, f),
            Value::String(text) => Text { text, shown: self.text }.fmt(f),
            Value::List(elements) => f.debug_list().entries(elements.iter().map(shown)).finish(),
            Value::Set(elements) => f.debug_set().entries(elements.iter().map(shown)).finish(),
            // The keys are the practitioner's, too.
            Value::Map(elements) => f
                .debug_map()
                .entries(elements.iter().map(|(text, element)| {
                    let key = Text { text, shown: self.text };
                    (key, shown(element))
                }))
                .finish(),
            Value::Object(attributes) => f
                .debug_map()
                .entries(attributes.iter().map(|(name, value)| (name, shown(value))))
                .finish(),
            Value::Dynamic(carried) => f
                .debug_tuple("Dynamic")
                .field(&carried.0)
                .field(&shown(&carried.1))
                .finish(),
        }
    }
}

struct Text<'a> {
    text: &'a str,
    shown: bool,
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.shown {
            fmt::Debug::fmt(self.text, f)
        } else {
            f.write_str("***")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Type;
    use crate::value::Refinement;

    fn value() -> Value {
        let prefix = Refinement {
            string_prefix: Some("secret".to_owned()),
            ..Refinement::NONE
        };
        Value::object([
            ("a", Value::list([Value::Null, Value::UNKNOWN, Value::from(1)])),
            ("b", Value::map([("secret", "secret")])),
            ("c", Value::dynamic(Type::set(Type::String), Value::set(["secret"]))),
            ("d", Value::unknown(prefix)),
        ])
    }

    #[test]
    fn tests_see_the_text() {
        let shown = format!("{:?}", value());
        assert!(
            shown.starts_with(r#"{"a": [Null, Unknown, 1], "b": {"secret": "secret"}, "c""#),
            "{shown}"
        );
        assert!(shown.contains(r#"string_prefix: Some("secret")"#), "{shown}");
    }

    #[test]
    fn a_release_shows_no_text_of_the_practitioner() {
        let shown = Shown {
            value: &value(),
            text: false,
        };
        assert_eq!(
            format!("{shown:?}"),
            r#"{"a": [Null, Unknown, 1], "b": {***: ***}, "c": Dynamic(Set(String), {***}), "d": Unknown}"#
        );
    }
}
