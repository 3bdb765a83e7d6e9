//! Telling statements from what is quoted or commented out.

/// Scans SQL, telling statements from what is quoted or commented out.
pub(super) struct Scanner<'a> {
    sql: &'a str,
    at: usize,
}

impl Iterator for Scanner<'_> {
    /// Position of a byte of code, and the byte.
    type Item = (usize, u8);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.sql.as_bytes();
        loop {
            let at = self.at;
            let byte = *bytes.get(at)?;
            let rest = &bytes[at..];
            match byte {
                b'\'' | b'"' | b'`' => {
                    self.at = at + quoted_length(rest, byte);
                    return Some((at, byte));
                }
                b'#' => self.at = at + line_length(rest),
                b'-' if rest.starts_with(b"--") && rest.get(2).is_none_or(u8::is_ascii_whitespace) => {
                    self.at = at + line_length(rest);
                }
                // A version comment is code, although it looks like a comment.
                b'/' if rest.starts_with(b"/*") && !rest.starts_with(b"/*!") => self.at = at + comment_length(rest),
                _ => {
                    self.at = at + 1;
                    return Some((at, byte));
                }
            }
        }
    }
}

fn quoted_length(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'\\' if quote != b'`' => 2,
            _ if byte == quote => return at + 1,
            _ => 1,
        };
    }
    bytes.len()
}

pub(super) fn line_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len())
}

pub(super) fn comment_length(bytes: &[u8]) -> usize {
    bytes
        .windows(2)
        .skip(2)
        .position(|pair| pair == b"*/")
        .map_or(bytes.len(), |at| at + 4)
}

pub(super) fn code(sql: &str) -> Scanner<'_> {
    Scanner { sql, at: 0 }
}

/// The statements of a query, without their semicolons; those that are empty or only a comment are left out.
pub(crate) fn split_statements(sql: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let mut from = 0;
    let mut has_code = false;
    let mut nesting = Nesting::default();
    for (at, byte) in code(sql) {
        nesting.next(&sql.as_bytes()[at..], byte);
        if byte == b';' && nesting.depth == 0 {
            if has_code {
                statements.push(sql[from..at].trim());
            }
            (from, has_code) = (at + 1, false);
            nesting = Nesting::default();
        } else {
            has_code |= !byte.is_ascii_whitespace();
        }
    }
    if has_code {
        statements.push(sql[from..].trim());
    }
    statements
}

/// Follows `BEGIN … END` in the bodies of events and routines, whose semicolons are their own.
#[derive(Default)]
struct Nesting {
    words: usize,
    in_word: bool,
    creates: bool,
    has_body: bool,
    depth: usize,
    ended: bool,
}

impl Nesting {
    fn next(&mut self, rest: &[u8], byte: u8) {
        let is_word = byte.is_ascii_alphanumeric() || byte == b'_';
        if is_word && !self.in_word {
            let end = rest
                .iter()
                .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            self.word(&rest[..end.unwrap_or(rest.len())].to_ascii_uppercase());
        }
        self.in_word = is_word;
    }

    fn word(&mut self, word: &[u8]) {
        self.words += 1;
        let after_end = std::mem::take(&mut self.ended);
        match word {
            b"CREATE" | b"ALTER" if self.words == 1 => self.creates = true,
            b"EVENT" | b"PROCEDURE" | b"FUNCTION" | b"TRIGGER" if self.creates => self.has_body = true,
            // `END IF` and its like close what is not counted: only blocks and CASE are.
            b"IF" | b"LOOP" | b"WHILE" | b"REPEAT" if after_end => self.depth += 1,
            b"CASE" if after_end => {}
            b"BEGIN" | b"CASE" if self.has_body => self.depth += 1,
            b"END" => {
                self.depth = self.depth.saturating_sub(1);
                self.ended = self.has_body;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_in_quotes_and_comments_do_not_split() {
        let sql = "SELECT ';' ; SELECT `a;b` /* ; */;\n-- ; \nSELECT \"\\\";\" # ;\n;; ";
        assert_eq!(
            split_statements(sql),
            ["SELECT ';'", "SELECT `a;b` /* ; */", "-- ; \nSELECT \"\\\";\" # ;"]
        );
        assert!(split_statements(" ; -- nothing").is_empty());
    }

    #[test]
    fn the_bodies_of_events_keep_their_semicolons() {
        let event = "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN IF a THEN SET x = 1; END IF; \
                     SELECT CASE a WHEN 1 THEN 2 END; BEGIN SELECT 1; END; END";
        assert_eq!(
            split_statements(&format!("BEGIN; {event}; SELECT `end`; COMMIT")),
            ["BEGIN", event, "SELECT `end`", "COMMIT"]
        );
        assert_eq!(split_statements("ALTER SYSTEM BEGIN; SELECT 1").len(), 2);
    }
}
