//! `LIKE` over the names of parameters.

/// A pattern: `%` is any text, `_` any character, and case does not matter.
pub(crate) struct Like(Vec<Wildcard>);

impl Like {
    pub(super) fn new(pattern: &str, escape: char) -> Self {
        Self(wildcards(pattern, escape))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        like(text, &self.0)
    }
}

fn like(text: &str, pattern: &[Wildcard]) -> bool {
    let text: Vec<char> = text.to_lowercase().chars().collect();
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

fn wildcards(pattern: &str, escape: char) -> Vec<Wildcard> {
    let lower = pattern.to_lowercase();
    let mut characters = lower.chars();
    let mut wildcards = Vec::new();
    while let Some(character) = characters.next() {
        wildcards.push(match character {
            _ if character == escape => Wildcard::Exactly(characters.next().unwrap_or(character)),
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
            assert_eq!(
                Like::new(pattern, '\\').matches(text),
                expected,
                "{text} LIKE {pattern}"
            );
        }
    }
}
