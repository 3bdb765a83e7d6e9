//! Whatever a name, a text or a key is made of: it arrives as it is, it ends nothing early, and keys are not shown.

use super::*;
use crate::cluster::secret::RawUri;
use proptest::prelude::*;

/// What MySQL reads of a statement that consists of one string literal or one quoted name; `None` when there is more, or
/// less. By the manual, sections "String Literals" and "Schema Object Names".
fn lexed(sql: &str, backslash_escapes: bool) -> Option<String> {
    let quote = sql.chars().next().filter(|quote| "'`".contains(*quote))?;
    let mut text = String::new();
    let mut rest = sql[1..].chars();
    loop {
        match rest.next()? {
            '\\' if quote == '\'' && backslash_escapes => match rest.next()? {
                '0' => text.push('\0'),
                'b' => text.push('\x08'),
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'Z' => text.push('\x1a'),
                kept @ ('%' | '_') => text.extend(['\\', kept]),
                other => text.push(other),
            },
            end if end == quote && !rest.as_str().starts_with(quote) => {
                return rest.as_str().is_empty().then_some(text);
            }
            doubled if doubled == quote => text.extend(rest.next()),
            other => text.push(other),
        }
    }
}

/// Text with much in it that means something to MySQL.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), r#"[a%_'"`\\\n\r\x00\x1a;# -]{0,12}"#]
}

/// A key that is found again wherever it is shown; the server takes no `&` and no blank in it.
fn key() -> impl Strategy<Value = String> {
    "[^&\\s*]{0,4}s3cr3t[^&\\s*]{0,4}"
}

proptest! {
    #[test]
    fn a_literal_arrives_as_it_is(text in any_text()) {
        let literal = Statement::new("").literal(&text);
        prop_assert_eq!(lexed(&literal.text(), true), Some(text.clone()));
        let secret = Statement::new("").secret(&Secret::new(&text));
        prop_assert_eq!(lexed(&secret.text(), true), Some(text.clone()));
        let split = text.floor_char_boundary(text.len() / 2);
        let parts = Statement::new("").literal_parts(|l| l.text(&text[..split]).secret(&Secret::new(&text[split..])));
        prop_assert_eq!(lexed(&parts.text(), true), Some(text));
    }

    #[test]
    fn a_literal_ends_where_it_should_even_if_backslashes_do_not_escape(text in any_text()) {
        prop_assert!(lexed(&Statement::new("").literal(&text).text(), false).is_some());
    }

    #[test]
    fn a_name_arrives_as_it_is(name in any_text()) {
        prop_assert_eq!(lexed(&Statement::new("").identifier(&name).text(), true), Some(name));
    }

    #[test]
    fn a_secret_is_not_shown_and_not_quoted_back(key in key(), before in ".{0,9}", after in ".{0,9}") {
        let statement = Statement::new("SET x = ")
            .literal_parts(|l| l.text(&before).secret(&Secret::new(&key)).text(&after));
        prop_assert!(statement.text().contains("s3cr3t"));
        let server_says = [
            statement.text(),
            format!("{key} is bad"),
            format!("syntax error near '{}' at line 1", &statement.text()[8..]),
        ];
        let shown = [statement.to_string(), format!("{statement:?}")];
        for text in shown.into_iter().chain(server_says.map(|text| statement.redact(&text))) {
            prop_assert!(!text.contains("s3cr3t"), "{}", text);
        }
    }

    #[test]
    fn a_key_of_others_is_not_shown(
        key in key(),
        name in "access_key|ACCESS_KEY|encrypt_key|Access_Key|sts_sk|sts_ak",
        before in ".{0,9}[?&' ]",
        after in "|[&\\s'\"].{0,9}",
    ) {
        let text = format!("{before}{name}={key}{after}");
        let shown = [
            without_secrets(&text),
            RawUri::new(&*text).to_string(),
            format!("{:?}", RawUri::new(&*text)),
            Statement::new("SELECT 1").redact(&text),
        ];
        for shown in shown {
            prop_assert!(!shown.contains("s3cr3t"), "{}", shown);
        }
    }

    #[test]
    fn what_holds_no_key_is_shown_as_it_is(text in "[a-z:/?&=. ]{0,40}") {
        prop_assume!(!["_key", "sts_", " by"].iter().any(|word| text.contains(word)));
        prop_assert_eq!(&without_secrets(&text), &text);
        prop_assert_eq!(RawUri::new(&*text).to_string(), text);
    }
}
