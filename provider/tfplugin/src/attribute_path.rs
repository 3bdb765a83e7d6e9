//! Where in a value something is: `storage.access_id`, `rules[2]`, `tags["a"]`.

use crate::Name;
use std::fmt;

/// A path from the root of a resource, data source or provider block to one value in it.
///
/// There is no step for an element of a set, since it has no name: point at the set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AttributePath {
    steps: Vec<Step>,
}

/// One step of an [`AttributePath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// An attribute of an object.
    Attribute(Name),
    /// An element of a map.
    Key(String),
    /// An element of a list.
    Index(usize),
}

impl AttributePath {
    /// The root: the whole object.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of a top-level attribute.
    pub fn attribute(name: impl Into<Name>) -> Self {
        Self::root().then(Step::Attribute(name.into()))
    }

    /// This path, one step further.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }

    /// This path, one attribute further.
    #[must_use]
    pub fn child(&self, name: impl Into<Name>) -> Self {
        self.then(Step::Attribute(name.into()))
    }

    /// This path, and from there on another one.
    #[must_use]
    pub fn join(&self, further: &Self) -> Self {
        self.steps.iter().chain(&further.steps).cloned().collect()
    }

    /// Whether this path leads to what `outer` leads to, or to something in it.
    pub fn is_within(&self, outer: &Self) -> bool {
        self.steps.starts_with(&outer.steps)
    }

    /// The same path without the steps that single out elements: the path of the attribute in the schema.
    #[must_use]
    pub fn attributes_only(&self) -> Self {
        self.steps
            .iter()
            .filter(|step| matches!(step, Step::Attribute(_)))
            .cloned()
            .collect()
    }

    /// The steps, from the root.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A dotted path of attribute names, such as `storage.access_id`.
impl From<&str> for AttributePath {
    fn from(dotted: &str) -> Self {
        Self {
            steps: dotted
                .split('.')
                .filter(|name| !name.is_empty())
                .map(|name| Step::Attribute(name.into()))
                .collect(),
        }
    }
}

impl FromIterator<Step> for AttributePath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self {
            steps: steps.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> AttributePath {
        AttributePath::from("storage.rules")
            .then(Step::Index(2))
            .child("tags")
            .then(Step::Key("a b".to_owned()))
    }

    #[test]
    fn a_path_is_written_as_in_a_configuration() {
        assert_eq!(path().to_string(), r#"storage.rules[2].tags["a b"]"#);
        assert_eq!(AttributePath::root().to_string(), "");
    }

    #[test]
    fn the_path_of_the_attribute_has_no_elements() {
        assert_eq!(path().attributes_only(), "storage.rules.tags".into());
    }

    #[test]
    fn a_path_is_within_what_it_begins_with() {
        let storage = AttributePath::attribute("storage");
        assert!(path().is_within(&storage) && path().is_within(&path()) && path().is_within(&AttributePath::root()));
        assert!(!storage.is_within(&path()));
        assert_eq!(storage.join(&"rules.tags".into()), "storage.rules.tags".into());
    }
}
