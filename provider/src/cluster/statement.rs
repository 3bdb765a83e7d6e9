//! SQL statements with their names and literals already quoted and their secrets already marked.
//!
//! This is the only quoting in the provider.

use super::secret::{Secret, without_keys};
use super::tenant::{TenantName, Viewpoint};
use regex::{Captures, Regex};
use std::{cmp::Reverse, fmt, sync::LazyLock};

/// One SQL statement, ready for the text protocol.
///
/// `Display` and `Debug` show secrets as `***`; only the session that sends it sees them.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Secret { escaped: String, plain: String },
}

impl Statement {
    /// Begins a statement.
    pub fn new(sql: &'static str) -> Self {
        Self { parts: Vec::new() }.sql(sql)
    }

    /// Continues with text that needs no quoting.
    #[must_use]
    pub fn sql(self, sql: &'static str) -> Self {
        self.text_part(sql.to_owned())
    }

    /// A name in backticks.
    #[must_use]
    pub fn identifier(self, name: &str) -> Self {
        self.text_part(format!("`{}`", name.replace('`', "``")))
    }

    /// The tenants that it is about: `sys` names them, and a user tenant must not name any.
    #[must_use]
    pub fn for_tenants<'a>(self, tenants: impl IntoIterator<Item = &'a TenantName>, viewpoint: &Viewpoint) -> Self {
        match viewpoint {
            Viewpoint::User(_) => self,
            Viewpoint::Sys => tenants
                .into_iter()
                .zip(std::iter::once(" TENANT = ").chain(std::iter::repeat(", ")))
                .fold(self, |statement, (tenant, before)| {
                    statement.sql(before).identifier(tenant.as_str())
                }),
        }
    }

    /// A whole number.
    #[must_use]
    pub fn integer(self, number: i64) -> Self {
        self.text_part(number.to_string())
    }

    /// A string in single quotes.
    #[must_use]
    pub fn literal(self, value: &str) -> Self {
        self.literal_parts(|literal| literal.text(value))
    }

    /// A string in single quotes, shown as `'***'`.
    #[must_use]
    pub fn secret(self, value: &Secret) -> Self {
        self.literal_parts(|literal| literal.secret(value))
    }

    /// A string in single quotes of which only some parts are secret, so that a log line stays useful.
    #[must_use]
    pub fn literal_parts(mut self, compose: impl FnOnce(Literal) -> Literal) -> Self {
        self = self.sql("'");
        for part in compose(Literal { parts: Vec::new() }).parts {
            match part {
                Part::Text(text) => self = self.text_part(text),
                secret @ Part::Secret { .. } => self.parts.push(secret),
            }
        }
        self.sql("'")
    }

    /// The statement as it is sent, secrets included.
    pub(crate) fn text(&self) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Secret { escaped, .. } => escaped.as_str(),
            })
            .collect()
    }

    /// What the server said about this statement, without what must not be shown.
    ///
    /// Servers quote the statement: a syntax error from the place where parsing stopped, cut after some bytes, so that
    /// half a secret may appear; an invalid destination as a whole.
    pub(crate) fn redact(&self, server_text: &str) -> String {
        static NEAR: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?s)near '.*'( at line \d+)?").expect("a valid pattern"));
        let mut text = server_text.to_owned();
        let secrets = self.parts.iter().filter_map(|part| match part {
            Part::Secret { escaped, plain } => Some([escaped, plain]),
            Part::Text(_) => None,
        });
        let mut secrets: Vec<&String> = secrets.flatten().filter(|secret| !secret.is_empty()).collect();
        // The longest first: one that is part of another would leave the rest of that one.
        secrets.sort_by_key(|secret| Reverse(secret.len()));
        for secret in &secrets {
            text = text.replace(secret.as_str(), "***");
        }
        if !secrets.is_empty() {
            text = NEAR.replace_all(&text, "near '***'$1").into_owned();
        }
        without_secrets(&text)
    }

    fn text_part(mut self, text: String) -> Self {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(&text),
            _ => self.parts.push(Part::Text(text)),
        }
        self
    }
}

/// A string literal in the making, whose parts are escaped one by one.
#[derive(Default)]
pub struct Literal {
    parts: Vec<Part>,
}

impl Literal {
    /// A part to be shown.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.parts.push(Part::Text(escape(text)));
        self
    }

    /// A part shown as `***`.
    #[must_use]
    pub fn secret(mut self, secret: &Secret) -> Self {
        let plain = secret.reveal().to_owned();
        let escaped = escape(&plain);
        self.parts.push(Part::Secret { escaped, plain });
        self
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Secret { .. } => f.write_str("***"),
        })
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Escapes what ends or changes a MySQL string literal. Sessions pin an `sql_mode` in which backslashes escape.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => escaped.push_str(r"\\"),
            '\'' => escaped.push_str("''"),
            '\0' => escaped.push_str(r"\0"),
            '\n' => escaped.push_str(r"\n"),
            '\r' => escaped.push_str(r"\r"),
            '\x1a' => escaped.push_str(r"\Z"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The text without access keys, and with passwords after `BY` as `***`.
pub(crate) fn without_secrets(text: &str) -> String {
    static PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)((?:identified|encrypted)\s+by\s+)(?:'(?:[^'\\]|''|\\.)*'?|\x22(?:[^\x22\\]|\\.)*\x22?)")
            .expect("a valid pattern")
    });
    PASSWORD
        .replace_all(&without_keys(text), |found: &Captures<'_>| {
            format!("{}'***'", &found[1])
        })
        .into_owned()
}

#[cfg(test)]
mod generated_cases;

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(key: &str) -> Statement {
        Statement::new("ALTER SYSTEM SET DATA_BACKUP_DEST = ")
            .literal_parts(|l| {
                l.text("oss://b/p?host=h&access_id=i&access_key=")
                    .secret(&Secret::new(key))
            })
            .sql(" TENANT = ")
            .identifier("t1")
    }

    #[test]
    fn names_and_literals_cannot_end_early() {
        for (statement, expected) in [
            (Statement::new("").identifier("a`b"), "`a``b`"),
            (Statement::new("").identifier("tenant"), "`tenant`"),
            (Statement::new("").literal("it's"), "'it''s'"),
            (Statement::new("").literal(r"a\'; DROP"), r"'a\\''; DROP'"),
            (Statement::new("").literal("a\0b\nc\rd\x1ae"), r"'a\0b\nc\rd\Ze'"),
            (Statement::new("").literal("ü \"x\" %_"), "'ü \"x\" %_'"),
            (Statement::new("").literal(""), "''"),
            (Statement::new("").secret(&Secret::new(r"p'\")), r"'p''\\'"),
            (Statement::new("LIMIT ").integer(-3), "LIMIT -3"),
        ] {
            assert_eq!(statement.text(), expected);
        }
    }

    #[test]
    fn a_secret_part_is_sent_but_not_shown() {
        let statement = destination("s3'cr3t");
        assert_eq!(
            statement.text(),
            "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=s3''cr3t' TENANT = `t1`"
        );
        let shown = "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=***' TENANT = `t1`";
        assert_eq!(statement.to_string(), shown);
        assert_eq!(format!("{statement:?}"), shown);
        assert_eq!(
            Statement::new("IDENTIFIED BY ").secret(&Secret::new("x")).to_string(),
            "IDENTIFIED BY '***'"
        );
    }

    #[test]
    fn statements_with_other_secrets_differ() {
        assert_eq!(destination("a"), destination("a"));
        assert_ne!(destination("a"), destination("b"));
    }

    #[test]
    fn what_the_server_quotes_is_redacted() {
        for (said, expected) in [
            (
                "oss://b/p?access_key=s3'cr3t is not a valid uri",
                "oss://b/p?access_key=*** is not a valid uri",
            ),
            ("bad s3'cr3t", "bad ***"),
            ("bad s3''cr3t", "bad ***"),
            (
                "syntax to use near 's3''cr' at line 1",
                "syntax to use near '***' at line 1",
            ),
            ("Incorrect arguments to x", "Incorrect arguments to x"),
        ] {
            assert_eq!(destination("s3'cr3t").redact(said), expected);
        }
    }

    #[test]
    fn a_secret_that_is_part_of_another_does_not_save_the_rest_of_it() {
        for (first, second) in [("k", "the-key"), ("the-key", "k")] {
            let statement = Statement::new("")
                .secret(&Secret::new(first))
                .secret(&Secret::new(second));
            assert_eq!(statement.redact("not the-key!"), "not ***!");
        }
    }

    #[test]
    fn keys_and_passwords_of_others_are_redacted_too() {
        for (said, expected) in [
            ("a?access_key=k&x=1", "a?access_key=***&x=1"),
            ("a?ENCRYPT_KEY=00ff'", "a?ENCRYPT_KEY=***'"),
            ("near 'access_key=trunc", "near 'access_key=***"),
            ("'a?access_key=it''s' is bad", "'a?access_key=***' is bad"),
            ("IDENTIFIED BY 'a''b' x", "IDENTIFIED BY '***' x"),
            ("encrypted by 'cut of", "encrypted by '***'"),
            ("encrypted by \"pw\"", "encrypted by '***'"),
        ] {
            assert_eq!(Statement::new("SELECT 1").redact(said), expected);
        }
    }

    #[test]
    fn a_statement_without_secrets_keeps_the_place_of_its_syntax_error() {
        assert_eq!(
            Statement::new("SELEC 1").redact("near 'SELEC 1' at line 1"),
            "near 'SELEC 1' at line 1"
        );
    }
}
