//! A tokenizer for statements in MySQL mode: comments, quoting and escapes as MySQL has them.

/// A token, and where it stands in the statement.
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
}

/// The kinds of token.
#[derive(PartialEq)]
pub(crate) enum TokenKind {
    /// Keyword or bare identifier; also what begins with a digit and goes on with letters.
    Word(String),
    /// An identifier in backquotes.
    QuotedName(String),
    /// A string literal, without quotes and escapes.
    Text(String),
    /// Digits, with at most one decimal point, and perhaps an exponent.
    Number(String),
    /// Any other single character.
    Symbol(char),
    /// Two equals signs, which no statement of the cluster has.
    DoubleEquals,
    /// A literal or comment that the statement does not end.
    Unfinished,
}

/// Splits a statement into tokens. What cannot be read becomes [`TokenKind::Unfinished`], which no grammar accepts.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        sql,
        position: 0,
        in_version_comment: false,
    };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks_and_comments();
        let start = lexer.position;
        let Some(kind) = lexer.next() else {
            return tokens;
        };
        let start = match kind {
            TokenKind::Unfinished => complained_of(sql, start),
            _ => start,
        };
        tokens.push(Token { kind, start });
    }
}

/// What the server quotes of a literal or comment without an end: all that is in the quotes, but only the last character
/// of a comment; what opens it, if nothing follows.
fn complained_of(sql: &str, start: usize) -> usize {
    let rest = &sql[start..];
    let last = rest.char_indices().next_back().map_or(0, |(last, _)| last);
    match rest {
        "/*" => start,
        _ if rest.starts_with("/*") => start + last,
        _ => start + last.min(1),
    }
}

struct Lexer<'a> {
    sql: &'a str,
    position: usize,
    in_version_comment: bool,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.sql[self.position..]
    }

    fn next(&mut self) -> Option<TokenKind> {
        let first = self.rest().chars().next()?;
        Some(match first {
            '\'' | '"' => self.quoted(first, true).map_or(TokenKind::Unfinished, TokenKind::Text),
            '`' => self
                .quoted('`', false)
                .map_or(TokenKind::Unfinished, TokenKind::QuotedName),
            '/' if self.rest().starts_with("/*") => {
                self.position = self.sql.len();
                TokenKind::Unfinished
            }
            '=' if self.rest().starts_with("==") => {
                self.position += 2;
                TokenKind::DoubleEquals
            }
            '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let digits = leading_digits(&self.rest()[1..]);
                self.number(1 + digits)
            }
            _ if is_word_character(first) => self.word_or_number(),
            _ => {
                self.position += first.len_utf8();
                TokenKind::Symbol(first)
            }
        })
    }

    fn skip_blanks_and_comments(&mut self) {
        loop {
            let rest = self.rest();
            let skipped = if let Some(blank) = rest.chars().next().filter(|c| c.is_whitespace()) {
                blank.len_utf8()
            } else if rest.starts_with('#') || is_dash_comment(rest) {
                rest.find('\n').unwrap_or(rest.len())
            } else if let Some(version) = rest.strip_prefix("/*!") {
                self.in_version_comment = true;
                3 + version.bytes().take(6).take_while(u8::is_ascii_digit).count()
            } else if self.in_version_comment && rest.starts_with("*/") {
                self.in_version_comment = false;
                2
            } else if let Some(end) = rest.strip_prefix("/*").and_then(|inner| inner.find("*/")) {
                end + 4
            } else {
                return;
            };
            self.position += skipped;
        }
    }

    fn quoted(&mut self, quote: char, escapes: bool) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.sql[self.position + 1..].char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            if character == '\\' && escapes {
                let Some((_, escaped)) = characters.next() else {
                    break;
                };
                push_escaped(&mut text, escaped);
            } else if character != quote {
                text.push(character);
            } else if characters.next_if(|(_, next)| *next == quote).is_some() {
                text.push(quote);
            } else {
                self.position += 1 + index + 1;
                return Some(text);
            }
        }
        self.position = self.sql.len();
        None
    }

    fn word_or_number(&mut self) -> TokenKind {
        let rest = self.rest();
        let length = rest.find(|c| !is_word_character(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        if is_number_with_exponent(word) {
            return self.number(length);
        }
        if !word.bytes().all(|byte| byte.is_ascii_digit()) {
            let word = word.to_owned();
            self.position += length;
            return TokenKind::Word(word);
        }
        let fraction = after.strip_prefix('.').map_or(0, |digits| 1 + leading_digits(digits));
        self.number(length + fraction)
    }

    fn number(&mut self, length: usize) -> TokenKind {
        let number = self.rest()[..length].to_owned();
        self.position += length;
        TokenKind::Number(number)
    }
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn is_number_with_exponent(word: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    word.split_once(['e', 'E'])
        .is_some_and(|(number, exponent)| is_digits(number) && is_digits(exponent))
}

fn is_word_character(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '_' | '$')
        || (!character.is_ascii() && !character.is_whitespace())
}

/// `--` begins a comment only when something blank follows, as in MySQL.
fn is_dash_comment(rest: &str) -> bool {
    rest.strip_prefix("--")
        .is_some_and(|after| after.chars().next().is_none_or(|c| c.is_whitespace() || c.is_control()))
}

fn push_escaped(text: &mut String, escaped: char) {
    match escaped {
        'n' => text.push('\n'),
        't' => text.push('\t'),
        'r' => text.push('\r'),
        'b' => text.push('\u{8}'),
        '0' => text.push('\0'),
        'Z' => text.push('\u{1a}'),
        // These two keep their backslash, for LIKE.
        '%' | '_' => text.extend(['\\', escaped]),
        other => text.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(sql: &str) -> String {
        tokens(sql)
            .iter()
            .map(|token| match &token.kind {
                TokenKind::Word(word) => format!("word:{word}"),
                TokenKind::QuotedName(name) => format!("name:{name}"),
                TokenKind::Text(text) => format!("text:{text}"),
                TokenKind::Number(number) => format!("number:{number}"),
                TokenKind::Symbol(symbol) => symbol.to_string(),
                TokenKind::DoubleEquals => "==".to_owned(),
                TokenKind::Unfinished => "unfinished".to_owned(),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn tokens_are_read_as_mysql_reads_them() {
        for (sql, expected) in [
            ("ALTER  SYSTEM;", "word:ALTER word:SYSTEM ;"),
            ("a -- b\nc", "word:a word:c"),
            ("a --b", "word:a - - word:b"),
            ("a # b\nc", "word:a word:c"),
            ("a /* b */ c", "word:a word:c"),
            ("a /*!40100 b */ c", "word:a word:b word:c"),
            ("'it''s' \"it\\\"s\"", "text:it's text:it\"s"),
            ("'a\\%b\\x'", "text:a\\%bx"),
            ("`a``b`", "name:a`b"),
            (
                "120s 120 1.5 META$1002",
                "word:120s number:120 number:1.5 word:META$1002",
            ),
            ("größe", "word:größe"),
            (".5 1e3 1e", "number:.5 number:1e3 word:1e"),
            ("a == b = c", "word:a == word:b = word:c"),
            ("'never ends", "unfinished"),
            ("a /* never ends", "word:a unfinished"),
            ("'\\", "unfinished"),
        ] {
            assert_eq!(kinds(sql), expected, "{sql}");
        }
    }
}
