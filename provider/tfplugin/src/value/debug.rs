//! Values in debug output: with their text where tests are run, without it where secrets are real.

use super::{Refinement, Value};
use std::fmt;

/// Any text may be an access key, and a log that is on everywhere may hold what is shown here.
const SHOW_TEXT: bool = cfg!(debug_assertions);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Unknown(refinement) if SHOW_TEXT && *refinement != Refinement::NONE => {
                f.debug_tuple("Unknown").field(refinement).finish()
            }
            Self::Unknown(_) => f.write_str("Unknown"),
            Self::Bool(value) => fmt::Debug::fmt(value, f),
            Self::Number(number) => fmt::Debug::fmt(number, f),
            Self::String(text) => fmt::Debug::fmt(&Text { text, show: SHOW_TEXT }, f),
            Self::List(elements) => f.debug_list().entries(elements).finish(),
            Self::Set(elements) => f.debug_set().entries(elements).finish(),
            Self::Map(elements) => f.debug_map().entries(elements).finish(),
            Self::Object(attributes) => f.debug_map().entries(attributes).finish(),
            Self::Dynamic(carried) => f.debug_tuple("Dynamic").field(&carried.0).field(&carried.1).finish(),
        }
    }
}

struct Text<'a> {
    text: &'a str,
    show: bool,
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.show {
            fmt::Debug::fmt(self.text, f)
        } else {
            f.write_str("***")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_only_where_it_may_be() {
        let shown = |show| format!("{:?}", Text { text: "secret", show });
        assert_eq!(shown(true), "\"secret\"");
        assert_eq!(shown(false), "***");
        let value = Value::object([("a", Value::list([Value::Null, Value::UNKNOWN, Value::from(1)]))]);
        assert_eq!(format!("{value:?}"), r#"{"a": [Null, Unknown, 1]}"#);
    }
}
