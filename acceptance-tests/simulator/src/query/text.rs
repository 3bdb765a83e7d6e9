//! SQL as text: statements, placeholders, the names of result columns, and the errors that quote it.

mod scan;

use sqlparser::dialect::MySqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::answer::ServerError;
pub(crate) use scan::split_statements;
use scan::{code, comment_length, line_length};

/// The statement without the comments and white space that precede it.
pub(crate) fn skip_comments(sql: &str) -> &str {
    let is_version_comment = |at: usize| sql[at..].starts_with("/*!");
    let mut rest = sql.trim_start();
    while rest.starts_with("/*") && !is_version_comment(sql.len() - rest.len()) {
        rest = rest[comment_length(rest.as_bytes())..].trim_start();
    }
    while rest.starts_with('#') || rest.starts_with("-- ") {
        rest = rest[line_length(rest.as_bytes())..].trim_start();
    }
    rest.trim_end_matches([';', ' ', '\n', '\t', '\r'])
}

/// How many `?` stand for parameters.
pub(crate) fn placeholders(sql: &str) -> usize {
    code(sql).filter(|(_, byte)| *byte == b'?').count()
}

/// Writes a literal in place of each `?`.
pub(crate) fn substitute(sql: &str, literals: &[String]) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut from = 0;
    for ((at, _), literal) in code(sql).filter(|(_, byte)| *byte == b'?').zip(literals) {
        text.push_str(&sql[from..at]);
        text.push_str(literal);
        from = at + 1;
    }
    text.push_str(&sql[from..]);
    text
}

/// Whether the statement only reads.
pub(crate) fn is_query(sql: &str) -> bool {
    let first = skip_comments(sql).trim_start_matches('(');
    ["SELECT", "WITH", "SHOW"]
        .iter()
        .any(|word| starts_with_word(first, word))
}

/// Whether the text begins with this word, in any case.
pub(crate) fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
        && text[word.len()..]
            .bytes()
            .next()
            .is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'_')
}

/// The tokens of a statement, with the operators that the parser does not know written as those that it knows.
pub(crate) fn tokens(sql: &str) -> Result<Vec<TokenWithSpan>, ServerError> {
    let mut tokens = Tokenizer::new(&MySqlDialect {}, sql)
        .tokenize_with_location()
        .map_err(|error| error_at(sql, error.location))?;
    let meaningful: Vec<usize> = (0..tokens.len())
        .filter(|&index| !matches!(tokens[index].token, Token::Whitespace(_)))
        .collect();
    let setting = meaningful
        .first()
        .is_some_and(|&first| is_word(&tokens[first].token, "SET"));
    for (position, &index) in meaningful.iter().enumerate() {
        let next_is_paren = meaningful
            .get(position + 1)
            .is_some_and(|&next| matches!(tokens[next].token, Token::LParen));
        let token = &mut tokens[index].token;
        if is_word(token, "MOD") && !next_is_paren {
            *token = Token::Mod;
        } else if *token == Token::ExclamationMark {
            *token = Token::make_keyword("NOT");
        } else if setting && *token == Token::Assignment {
            *token = Token::Eq;
        }
    }
    Ok(tokens)
}

fn is_word(token: &Token, text: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text))
}

/// `SHOW PARAMETERS WHERE …`, taken apart.
pub(crate) struct Shown {
    pub(crate) condition: Vec<TokenWithSpan>,
    /// The `TENANT` clause, which comes last; may be empty.
    pub(crate) tenant: String,
}

/// Takes `SHOW PARAMETERS WHERE …` apart; nothing for any other statement.
pub(crate) fn shown_parameters_where(sql: &str) -> Option<Shown> {
    let meaningful: Vec<TokenWithSpan> = tokens(sql)
        .ok()?
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .collect();
    let mut words = ["SHOW", "PARAMETERS", "WHERE"].iter().zip(&meaningful);
    if meaningful.len() <= 3 || !words.all(|(word, token)| is_word(&token.token, word)) {
        return None;
    }
    let mut condition = meaningful;
    condition.drain(..3);
    let tenant = condition
        .iter()
        .rposition(|token| is_word(&token.token, "TENANT"))
        .filter(|at| matches!(condition[at + 1..], [_] | [TokenWithSpan { token: Token::Eq, .. }, _]))
        .map(|at| {
            let clause = sql[offset(sql, condition[at].span.start)..].to_owned();
            condition.truncate(at);
            clause
        });
    Some(Shown {
        condition,
        tenant: tenant.unwrap_or_default(),
    })
}

/// The items of the first select list, as they are written.
pub(crate) fn select_list<'a>(sql: &'a str, tokens: &[TokenWithSpan]) -> Vec<&'a str> {
    let mut items = Vec::new();
    let mut item: Option<(usize, usize)> = None;
    let mut depth = 0usize;
    let mut inside = false;
    for (index, token) in tokens.iter().enumerate() {
        if matches!(token.token, Token::Whitespace(_)) {
            continue;
        }
        let keyword = match &token.token {
            Token::Word(word) if depth == 0 => word.keyword,
            _ => Keyword::NoKeyword,
        };
        match (&token.token, keyword) {
            (_, Keyword::SELECT) if !inside => inside = true,
            (_, Keyword::DISTINCT | Keyword::ALL) if inside && items.is_empty() && item.is_none() => {}
            _ if !inside => {}
            (_, Keyword::FROM | Keyword::UNION | Keyword::LIMIT | Keyword::ORDER | Keyword::WHERE | Keyword::FOR)
            | (Token::SemiColon, _) => break,
            (Token::Comma, _) if depth == 0 => items.extend(item.take()),
            (other, _) => {
                match other {
                    Token::LParen => depth += 1,
                    Token::RParen if depth == 0 => break,
                    Token::RParen => depth -= 1,
                    _ => {}
                }
                item = Some((item.map_or(index, |(first, _)| first), index));
            }
        }
    }
    items.extend(item);
    let text = |(first, last): (usize, usize)| {
        let from = offset(sql, tokens[first].span.start);
        let to = tokens
            .get(last + 1)
            .map_or(sql.len(), |next| offset(sql, next.span.start));
        sql.get(from..to).unwrap_or_default().trim()
    };
    items.into_iter().map(text).collect()
}

/// The byte at which a line and column begin; the tokenizer counts characters, from one.
fn offset(sql: &str, location: Location) -> usize {
    let line = usize::try_from(location.line).unwrap_or(1).max(1);
    let column = usize::try_from(location.column).unwrap_or(1).max(1);
    let start = match line {
        1 => 0,
        _ => sql
            .match_indices('\n')
            .nth(line - 2)
            .map_or(sql.len(), |(at, _)| at + 1),
    };
    sql[start..]
        .char_indices()
        .nth(column - 1)
        .map_or(sql.len(), |(at, _)| start + at)
}

/// The place that the parser names at the end of its messages, which is where the first unexpected word begins.
pub(crate) fn location(message: &str) -> Option<Location> {
    let (_, place) = message.rsplit_once(" at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    Some(Location {
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}

/// 1064 at a place in the statement.
pub(crate) fn error_at(sql: &str, location: Location) -> ServerError {
    syntax_error(&sql[offset(sql, location)..], location.line.max(1))
}

/// 1064 near a text.
pub(crate) fn syntax_error(near: &str, line: u64) -> ServerError {
    let near: String = near.chars().take(80).collect();
    ServerError {
        errno: 1064,
        sqlstate: "42000",
        message: format!(
            "You have an error in your SQL syntax; check the manual that corresponds to your OceanBase version for \
             the right syntax to use near '{near}' at line {line}"
        ),
    }
}

/// 1235, in words that say that the limit is the simulator's, not the server's.
pub(crate) fn unsupported(what: impl std::fmt::Display) -> ServerError {
    ServerError {
        errno: 1235,
        sqlstate: "0A000",
        message: format!("oceanbase-simulator: {what} not supported"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_quotes_and_comments_end_the_text() {
        for sql in ["'", "\"\\", "/*", "SELECT '\\", "`", "/*/", "é'"] {
            split_statements(sql);
            skip_comments(sql);
            placeholders(sql);
        }
    }

    #[test]
    fn parameters_are_found_and_replaced_outside_quotes() {
        let sql = "SELECT '?', ? /* ? */, ?";
        assert_eq!(placeholders(sql), 2);
        assert_eq!(
            substitute(sql, &["1".to_owned(), "'?'".to_owned()]),
            "SELECT '?', 1 /* ? */, '?'"
        );
    }

    #[test]
    fn the_select_list_is_taken_word_for_word() {
        let list = |sql: &str| -> Vec<String> {
            let tokens = tokens(sql).unwrap();
            select_list(sql, &tokens).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(
            list("SELECT  a , count( * ),IF(a,b,'é,') x FROM t"),
            ["a", "count( * )", "IF(a,b,'é,') x"]
        );
        assert_eq!(
            list("SELECT DISTINCT (SELECT 1 FROM t)\n, @@x LIMIT 1"),
            ["(SELECT 1 FROM t)", "@@x"]
        );
        assert_eq!(list("SELECT 1+1"), ["1+1"]);
    }

    #[test]
    fn leading_comments_are_skipped() {
        assert_eq!(skip_comments("/* a */ /* b */ SELECT 1; "), "SELECT 1");
        assert_eq!(skip_comments("-- a\nSELECT 1"), "SELECT 1");
        assert_eq!(
            skip_comments("/*!40101 SET NAMES utf8 */"),
            "/*!40101 SET NAMES utf8 */"
        );
    }
}
