//! Why a value could not be read or written: where, and what was expected. Never the value, which may be a secret.

use crate::{AttributePath, Step};
use std::fmt;

/// Why bytes are not the form of a value of the type that the schema gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// Where.
    pub path: AttributePath,
    /// What is wrong there, without the value.
    pub reason: String,
}

/// Why a value is not of the type that the schema gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeError {
    /// Where.
    pub path: AttributePath,
    /// What is wrong there, without the value.
    pub reason: String,
}

impl DecodeError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            path: AttributePath::root(),
            reason: reason.into(),
        }
    }

    pub(super) fn inside(self, step: Step) -> Self {
        Self {
            path: AttributePath::root().then(step).join(&self.path),
            ..self
        }
    }
}

impl EncodeError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            path: AttributePath::root(),
            reason: reason.into(),
        }
    }

    pub(super) fn inside(self, step: Step) -> Self {
        Self {
            path: AttributePath::root().then(step).join(&self.path),
            ..self
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        located(f, &self.path, &self.reason)
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        located(f, &self.path, &self.reason)
    }
}

fn located(f: &mut fmt::Formatter<'_>, path: &AttributePath, reason: &str) -> fmt::Result {
    if path.is_root() {
        f.write_str(reason)
    } else {
        write!(f, "{path}: {reason}")
    }
}

impl std::error::Error for DecodeError {}
impl std::error::Error for EncodeError {}
