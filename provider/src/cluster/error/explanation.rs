//! What an error code means, for those who meet it outside a diagnostic.

use super::{Kind, kind::Retry};
use std::fmt;

/// The meaning of an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// What happened.
    pub title: &'static str,
    /// What to do about it.
    pub advice: &'static str,
    /// Whether it passes by itself.
    pub transient: bool,
}

impl Explanation {
    /// Of a number on the wire, or of a `RESULT`, which is negative. `None` for 0, which is success, and for what is no error code.
    pub fn of_result(code: i64) -> Option<Self> {
        let number = number_of(code)?;
        let kind = Kind::of(number, "");
        Some(Self {
            title: match kind {
                // In a diagnostic the server's words follow; here there are none.
                Kind::Other => "This provider does not know the code",
                known => known.title(),
            },
            advice: kind.advice(),
            transient: kind.retry() != Retry::Never,
        })
    }
}

impl Explanation {
    /// Of the `RESULT` of a job. It says nothing of a next attempt: how there is one depends on who made the job.
    pub fn of_job(result: i64) -> Option<Self> {
        let number = number_of(result)?;
        Some(Self {
            advice: Kind::of(number, "").advice_on_job(),
            ..Self::of_result(result)?
        })
    }
}

fn number_of(code: i64) -> Option<u16> {
    u16::try_from(code.unsigned_abs()).ok().filter(|number| *number != 0)
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.title, self.advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_the_servers_own_number_with_a_minus() {
        let full = Explanation::of_result(-9082).unwrap();
        assert_eq!(full.title, "The destination is full");
        assert_eq!(Explanation::of_result(9082), Some(full));
        assert!(!full.transient && Explanation::of_result(-4038).unwrap().transient);
        assert!(
            full.to_string().starts_with("The destination is full. Free space"),
            "{full}"
        );
    }

    #[test]
    fn what_is_said_of_a_job_leaves_the_next_attempt_to_others() {
        for result in 1..=i64::from(u16::MAX) {
            let advice = Explanation::of_job(-result).unwrap().advice;
            assert!(
                !advice.contains("pply again") && !advice.contains("ry again"),
                "{result}: {advice}"
            );
        }
        assert_eq!(Explanation::of_job(-9082), Explanation::of_result(-9082));
        assert_eq!(Explanation::of_job(0), None);
    }

    #[test]
    fn nothing_is_said_of_a_code_that_is_not_known() {
        let unknown = Explanation::of_result(1).unwrap();
        assert_eq!(unknown.title, "This provider does not know the code");
        assert!(unknown.advice.contains("Look up the number"), "{unknown}");
    }

    #[test]
    fn success_needs_no_explanation() {
        for code in [0, 70_000, i64::MIN] {
            assert_eq!(Explanation::of_result(code), None, "{code}");
        }
    }
}
