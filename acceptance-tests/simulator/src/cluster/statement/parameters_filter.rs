//! `SHOW PARAMETERS LIKE … | WHERE …`: conditions on the columns of the result.

use super::parser::Parser;
use crate::answer::ServerError;

/// A condition on the columns of one row.
pub(crate) enum Filter {
    Like {
        column: String,
        pattern: String,
        escape: Option<char>,
    },
    In {
        column: String,
        values: Vec<String>,
    },
    Not(Box<Filter>),
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

/// A row does not have the column that the condition names.
pub(crate) struct UnknownColumn(pub(crate) String);

impl Filter {
    pub(super) fn named_like(pattern: String, escape: Option<char>) -> Self {
        Self::Like {
            column: "name".to_owned(),
            pattern,
            escape,
        }
    }

    pub(super) fn parse(parser: &mut Parser<'_>) -> Result<Self, ServerError> {
        const DEEPEST_NESTING: usize = 64;
        Self::any(parser, DEEPEST_NESTING)
    }

    fn any(parser: &mut Parser<'_>, depth: usize) -> Result<Self, ServerError> {
        let mut terms = vec![Self::all(parser, depth)?];
        while parser.word("OR") {
            terms.push(Self::all(parser, depth)?);
        }
        Ok(Self::Any(terms))
    }

    fn all(parser: &mut Parser<'_>, depth: usize) -> Result<Self, ServerError> {
        let mut terms = vec![Self::term(parser, depth)?];
        while parser.word("AND") {
            terms.push(Self::term(parser, depth)?);
        }
        Ok(Self::All(terms))
    }

    fn term(parser: &mut Parser<'_>, depth: usize) -> Result<Self, ServerError> {
        let Some(deeper) = depth.checked_sub(1) else {
            return Err(parser.unexpected());
        };
        if parser.word("NOT") {
            return Ok(Self::Not(Box::new(Self::term(parser, deeper)?)));
        }
        if parser.symbol('(') {
            let inner = Self::any(parser, deeper)?;
            parser.expect(')')?;
            return Ok(inner);
        }
        Self::comparison(parser)
    }

    fn comparison(parser: &mut Parser<'_>) -> Result<Self, ServerError> {
        let column = parser.bare_name()?.to_ascii_lowercase();
        let negated = parser.word("NOT");
        let condition = if parser.word("LIKE") {
            let pattern = parser.text()?;
            Self::Like {
                column,
                pattern,
                escape: Some('\\'),
            }
        } else if parser.word("IN") {
            Self::list(parser, column)?
        } else if negated {
            return Err(parser.unexpected());
        } else {
            return Self::equality(parser, column);
        };
        Ok(if negated {
            Self::Not(Box::new(condition))
        } else {
            condition
        })
    }

    fn list(parser: &mut Parser<'_>, column: String) -> Result<Self, ServerError> {
        parser.expect('(')?;
        let mut values = vec![parser.text_or_number()?];
        while parser.symbol(',') {
            values.push(parser.text_or_number()?);
        }
        parser.expect(')')?;
        Ok(Self::In { column, values })
    }

    fn equality(parser: &mut Parser<'_>, column: String) -> Result<Self, ServerError> {
        let equal = parser.symbol('=');
        if !equal {
            let opening = parser.symbol('!') || parser.symbol('<');
            let closing = parser.symbol('=') || parser.symbol('>');
            if !(opening && closing) {
                return Err(parser.unexpected());
            }
        }
        let values = vec![parser.text_or_number()?];
        let condition = Self::In { column, values };
        Ok(if equal {
            condition
        } else {
            Self::Not(Box::new(condition))
        })
    }

    /// Whether a row passes; `cell` finds a column's text.
    pub(crate) fn accepts(&self, cell: &impl Fn(&str) -> Option<String>) -> Result<bool, UnknownColumn> {
        let text = |column: &String| cell(column).ok_or_else(|| UnknownColumn(column.clone()));
        match self {
            Self::Like {
                column,
                pattern,
                escape,
            } => Ok(like(&text(column)?, pattern, *escape)),
            Self::In { column, values } => {
                let found = text(column)?;
                Ok(values.iter().any(|value| value.eq_ignore_ascii_case(&found)))
            }
            Self::Not(inner) => Ok(!inner.accepts(cell)?),
            Self::All(terms) => try_all(terms, cell, true),
            Self::Any(terms) => try_all(terms, cell, false),
        }
    }
}

/// Evaluates every term, so that an unknown column is found wherever it stands.
fn try_all(terms: &[Filter], cell: &impl Fn(&str) -> Option<String>, conjunction: bool) -> Result<bool, UnknownColumn> {
    let mut result = conjunction;
    for term in terms {
        let accepted = term.accepts(cell)?;
        result = if conjunction {
            result && accepted
        } else {
            result || accepted
        };
    }
    Ok(result)
}

/// SQL `LIKE`, without regard to case: `%` is any text, `_` any character.
fn like(text: &str, pattern: &str, escape: Option<char>) -> bool {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let pattern = wildcards(pattern, escape);
    // Greedy matching with one point to come back to: the last `%` seen.
    let (mut at, mut wanted) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(wanted) {
            Some(Wildcard::Anything) => {
                retry = Some((wanted, at));
                wanted += 1;
                continue;
            }
            Some(Wildcard::One) => {}
            Some(Wildcard::Exactly(character)) if *character == text[at] => {}
            _ => {
                let Some((star, from)) = retry else {
                    return false;
                };
                retry = Some((star, from + 1));
                (wanted, at) = (star + 1, from + 1);
                continue;
            }
        }
        wanted += 1;
        at += 1;
    }
    pattern[wanted..]
        .iter()
        .all(|wildcard| matches!(wildcard, Wildcard::Anything))
}

enum Wildcard {
    Anything,
    One,
    Exactly(char),
}

fn wildcards(pattern: &str, escape: Option<char>) -> Vec<Wildcard> {
    let lower = pattern.to_lowercase();
    let mut characters = lower.chars();
    let mut wildcards = Vec::new();
    while let Some(character) = characters.next() {
        wildcards.push(match character {
            _ if Some(character) == escape => Wildcard::Exactly(characters.next().unwrap_or(character)),
            '%' => Wildcard::Anything,
            '_' => Wildcard::One,
            _ => Wildcard::Exactly(character),
        });
    }
    wildcards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_matches_as_in_sql() {
        for (text, pattern, expected) in [
            ("archive_lag_target", "archive%", true),
            ("archive_lag_target", "%LAG%", true),
            ("archive_lag_target", "archive", false),
            ("abc", "a_c", true),
            ("abc", "a\\_c", false),
            ("a_c", "a\\_c", true),
            ("", "%", true),
            ("aXbXc", "%x%c", true),
            ("aaa", "%aab", false),
        ] {
            assert_eq!(like(text, pattern, Some('\\')), expected, "{text} LIKE {pattern}");
        }
    }
}
