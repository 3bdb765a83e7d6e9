//! Taking secrets out of a statement before it is logged, whether it parses or not.

/// Keys whose value, up to the next `&`, quote or item, is a secret.
const SECRET_KEYS: [&str; 4] = ["access_key", "encrypt_key", "sts_sk", "sts_ak"];

/// Items of `LOG_ARCHIVE_DEST`, which end a location that they follow after a blank.
const ARCHIVE_ITEMS: [&str; 4] = ["location=", "binding=", "piece_switch_interval=", "compression="];

const MASK: &str = "***";

/// How far a literal may be from the words that announce it.
const LONGEST_FILLER: usize = 256;

/// Replaces every access key, and every password literal, by `***`. When in doubt it hides too much.
pub fn redact(sql: &str) -> String {
    // Of equal length, so that offsets hold for both.
    let lower = sql.to_ascii_lowercase();
    let mut redacted = String::with_capacity(sql.len());
    let mut position = 0;
    while position < sql.len() {
        let rest = &lower[position..];
        let begins_word = !lower[..position].ends_with(is_word_character);
        let secret = key_value(rest).or_else(|| begins_word.then(|| literal(rest)).flatten());
        if let Some((kept, hidden)) = secret {
            redacted.push_str(&sql[position..position + kept]);
            redacted.push_str(MASK);
            position += kept + hidden;
        } else {
            let length = sql[position..].chars().next().map_or(1, char::len_utf8);
            redacted.push_str(&sql[position..position + length]);
            position += length;
        }
    }
    redacted
}

/// At a secret key: how much to keep, and how much of what follows to hide.
fn key_value(text: &str) -> Option<(usize, usize)> {
    let after_key = SECRET_KEYS.iter().find_map(|key| text.strip_prefix(key))?;
    let after_equals = after_key.trim_start().strip_prefix('=')?;
    let value = after_equals.trim_start();
    let value = match value.strip_prefix(is_quote) {
        Some(after) => &value[continuation(value).unwrap_or(value.len() - after.len())..],
        None => value,
    };
    Some((text.len() - value.len(), value_length(value)))
}

/// A key ends at `&`, at a quote that ends the literal, or at the next item of an archive destination.
fn value_length(value: &str) -> usize {
    let mut escaped = false;
    let mut position = 0;
    while let Some(character) = value[position..].chars().next() {
        let rest = &value[position..];
        let mut step = character.len_utf8();
        if !escaped && is_quote(character) {
            match continuation(rest) {
                Some(length) => step = length,
                None => return position,
            }
        } else if !escaped && (character == '&' || character.is_whitespace() && ends_location(rest)) {
            return position;
        }
        escaped = character == '\\' && !escaped;
        position += step;
    }
    value.len()
}

/// How far it is past the quote that goes on with a literal: the second of a doubled quote, or the first of another
/// literal, perhaps after a comment.
fn continuation(quote: &str) -> Option<usize> {
    let after = quote[1..].trim_start();
    if !after.starts_with(['\'', '"', '/', '#', '-']) {
        return None;
    }
    let skipped = quote.len() - after.len();
    after.find(is_quote).map(|at| skipped + at + 1)
}

fn is_quote(character: char) -> bool {
    matches!(character, '\'' | '"')
}

fn ends_location(rest: &str) -> bool {
    let item = rest.trim_start();
    ARCHIVE_ITEMS.iter().any(|name| item.starts_with(name))
}

/// At words that a password literal follows: how much to keep, and how much to hide.
fn literal(text: &str) -> Option<(usize, usize)> {
    let after = password_words(text)?;
    // Between the words and the literal there may be comments, `=`, `(` and the like, but no other clause.
    let filler = after
        .bytes()
        .take(LONGEST_FILLER)
        .position(|byte| matches!(byte, b'\'' | b'"' | b';'))?;
    let (skipped, opened) = after.split_at(filler);
    if opened.starts_with(';') || !is_filler(skipped) {
        return None;
    }
    let hidden = literals_length(opened);
    Some((text.len() - opened.len(), hidden))
}

fn password_words(text: &str) -> Option<&str> {
    for (first, second) in [("identified", "by"), ("encrypted", "by"), ("identified", "with")] {
        if let Some(after) = text.strip_prefix(first) {
            let rest = skip_filler(after);
            if let Some(rest) = rest.strip_prefix(second).filter(|_| rest.len() < after.len()) {
                let by_password = skip_filler(rest);
                return Some(by_password.strip_prefix("password").unwrap_or(rest));
            }
        }
    }
    let after = text.strip_prefix("password")?;
    match skip_filler(after).strip_prefix("for") {
        // `SET PASSWORD FOR 'user'@'host' = …`: the user is no secret.
        Some(user) if !user.starts_with(is_word_character) => user.split_once('=').map(|(_, value)| value),
        _ => Some(after),
    }
}

fn skip_filler(text: &str) -> &str {
    let text = text.trim_start();
    match text.strip_prefix("/*").and_then(|inner| inner.split_once("*/")) {
        Some((_, after)) => skip_filler(after),
        None => text,
    }
}

/// Blanks, comments, punctuation, and the words of `SET PASSWORD FOR user =` and `IDENTIFIED WITH plugin BY`.
fn is_filler(text: &str) -> bool {
    let text = skip_filler(text);
    text.len() <= 128
        && text.chars().all(|c| {
            is_word_character(c) || c.is_whitespace() || matches!(c, '=' | '(' | '@' | '`' | '%' | '\\' | '/' | '*')
        })
}

/// The literals of a list, quotes included. Quotes may be doubled or escaped when the whole stands inside another
/// literal: then everything up to the same run of quotes is hidden.
fn literals_length(text: &str) -> usize {
    let mut end = literal_length(text);
    loop {
        let rest = skip_filler(&text[end..]);
        let next = skip_filler(rest.strip_prefix(',').unwrap_or(rest));
        if !next.starts_with(is_quote) {
            return end;
        }
        end = text.len() - next.len() + literal_length(next);
    }
}

fn literal_length(text: &str) -> usize {
    let Some(quote) = text.chars().next() else {
        return 0;
    };
    let run = text.chars().take_while(|c| *c == quote).count();
    if run == 2 && !text[2..].starts_with(|c: char| !c.is_whitespace() && !matches!(c, ',' | ';' | ')' | '@')) {
        return 2;
    }
    if run > 1 {
        let delimiter = &text[..run];
        return text[run..].find(delimiter).map_or(text.len(), |at| run + at + run);
    }
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((index, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return index + 1;
        }
    }
    text.len()
}

fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_is_kept() {
        for (sql, expected) in [
            ("SELECT 1", "SELECT 1"),
            (
                "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=s3cr3t&delete_mode=delete'",
                "ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=***&delete_mode=delete'",
            ),
            (
                "SET LOG_ARCHIVE_DEST = 'LOCATION=oss://b?access_key=s3cr3t  BINDING=Optional'",
                "SET LOG_ARCHIVE_DEST = 'LOCATION=oss://b?access_key=***  BINDING=Optional'",
            ),
            ("x 'access_key=s3 cr3t'", "x 'access_key=***'"),
            ("x 'ACCESS_KEY=s3\\'cr3t&a=b", "x 'ACCESS_KEY=***&a=b"),
            ("x 'access_key=s3cr3t", "x 'access_key=***"),
            ("x 'access_key=s3''cr3t&a=b'", "x 'access_key=***&a=b'"),
            ("x 'access_key=s3' 'cr3t' TENANT t", "x 'access_key=***' TENANT t"),
            ("x 'access_key=' /**/ \"s3cr3t\"", "x 'access_key=' /**/ \"***\""),
            ("x 'access_key=s3' -- x\n'cr3t'", "x 'access_key=***'"),
            ("x 'access_key=a&access_key=b'", "x 'access_key=***&access_key=***'"),
            ("x encrypt_key = 's3cr3t'", "x encrypt_key = '***'"),
            ("x 'sts_sk=s3cr3t'", "x 'sts_sk=***'"),
            (
                "BACKUP KEY TO 'file:///k' ENCRYPTED BY 's3''cr3t' ;",
                "BACKUP KEY TO 'file:///k' ENCRYPTED BY *** ;",
            ),
            (
                "SET ENCRYPTION ON IDENTIFIED BY \"s3\\\"cr3t\" ONLY",
                "SET ENCRYPTION ON IDENTIFIED BY *** ONLY",
            ),
            (
                "SET DECRYPTION IDENTIFIED BY 'a', 'b','c'",
                "SET DECRYPTION IDENTIFIED BY ***",
            ),
            ("BACKUP KEY ENCRYPTED BY 's3' \"cr3t\"", "BACKUP KEY ENCRYPTED BY ***"),
            (
                "identified /* x */ by /* y */ 's3cr3t'",
                "identified /* x */ by /* y */ ***",
            ),
            (
                "CREATE USER u IDENTIFIED BY PASSWORD '*94BD'",
                "CREATE USER u IDENTIFIED BY PASSWORD ***",
            ),
            (
                "CREATE USER u IDENTIFIED BY ''; SELECT 'x'",
                "CREATE USER u IDENTIFIED BY ***; SELECT 'x'",
            ),
            ("SET PASSWORD FOR u = 's3cr3t'", "SET PASSWORD FOR u = ***"),
            ("SET PASSWORD FOR 'u'@'%' = 's3cr3t'", "SET PASSWORD FOR 'u'@'%' = ***"),
            ("SET PASSWORD = PASSWORD('s3cr3t')", "SET PASSWORD = PASSWORD(***)"),
            ("DO 'x IDENTIFIED BY ''s3cr3t'' ONLY'", "DO 'x IDENTIFIED BY *** ONLY'"),
            ("x IDENTIFIED BY 's3cr3t", "x IDENTIFIED BY ***"),
            ("SELECT password FROM t", "SELECT password FROM t"),
            ("größe 'access_key=ß&x'", "größe 'access_key=***&x'"),
        ] {
            assert_eq!(redact(sql), expected);
        }
    }

    #[test]
    fn no_truncated_statement_shows_a_secret() {
        for sql in [
            "ALTER SYSTEM SET DATA_BACKUP_DEST='oss://b/p?host=h&access_id=i&access_key=s3cr3t&delete_mode=ß' TENANT=t",
            "ALTER SYSTEM BACKUP KEY TENANT = größe TO 'file:///k' ENCRYPTED BY 's3cr3t' -- x",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO 'SET ENCRYPTION ON IDENTIFIED BY ''s3cr3t'' ONLY'",
            "SET PASSWORD FOR 'u'@'%' = PASSWORD(\"s3cr3t\")",
        ] {
            let ends = (0..=sql.len()).filter(|end| sql.is_char_boundary(*end));
            for statement in ends.map(|end| &sql[..end]) {
                let redacted = redact(statement);
                assert!(!redacted.contains("s3c"), "{redacted}");
                assert!(
                    statement.starts_with(redacted.split("***").next().unwrap_or_default()),
                    "{redacted}"
                );
            }
        }
    }
}
