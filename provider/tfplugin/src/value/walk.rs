//! Going through a value: by path, over all that is in it, making another of it.

use super::Value;
use crate::{AttributePath, Step};

impl Value {
    /// The value at a path; `None` when the path leads nowhere, such as into null or an unknown.
    pub fn at(&self, path: &AttributePath) -> Option<&Self> {
        path.steps().iter().try_fold(self, |value, step| value.step(step))
    }

    /// As [`Value::at`], to be changed.
    pub fn at_mut(&mut self, path: &AttributePath) -> Option<&mut Self> {
        path.steps().iter().try_fold(self, |value, step| value.step_mut(step))
    }

    /// The value one step further.
    pub fn step(&self, step: &Step) -> Option<&Self> {
        match (self.inner(), step) {
            (Self::Object(attributes), Step::Attribute(name)) => attributes.get(name),
            (Self::Map(elements), Step::Key(key)) => elements.get(key),
            (Self::List(elements), Step::Index(index)) => elements.get(*index),
            _ => None,
        }
    }

    fn step_mut(&mut self, step: &Step) -> Option<&mut Self> {
        match (self, step) {
            (Self::Dynamic(carried), step) => carried.1.step_mut(step),
            (Self::Object(attributes), Step::Attribute(name)) => attributes.get_mut(name),
            (Self::Map(elements), Step::Key(key)) => elements.get_mut(key),
            (Self::List(elements), Step::Index(index)) => elements.get_mut(*index),
            _ => None,
        }
    }

    /// The elements or attributes, if it has any.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        let (sequence, keyed, named) = match self.inner() {
            Self::List(elements) | Self::Set(elements) => (elements.as_slice(), None, None),
            Self::Map(elements) => ([].as_slice(), Some(elements.values()), None),
            Self::Object(attributes) => ([].as_slice(), None, Some(attributes.values())),
            _ => ([].as_slice(), None, None),
        };
        let (keyed, named) = (keyed.into_iter().flatten(), named.into_iter().flatten());
        sequence.iter().chain(keyed).chain(named)
    }

    /// Visits the value and all that is in it, from the outside in. Elements of a set have the path of the set.
    pub fn walk(&self, visit: &mut impl FnMut(&AttributePath, &Self)) {
        self.walk_from(&AttributePath::root(), visit);
    }

    fn walk_from(&self, path: &AttributePath, visit: &mut impl FnMut(&AttributePath, &Self)) {
        visit(path, self);
        match self.inner() {
            Self::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    element.walk_from(&path.then(Step::Index(index)), visit);
                }
            }
            Self::Set(elements) => elements.iter().for_each(|element| element.walk_from(path, visit)),
            Self::Map(elements) => {
                for (key, element) in elements {
                    element.walk_from(&path.then(Step::Key(key.clone())), visit);
                }
            }
            Self::Object(attributes) => {
                for (name, value) in attributes {
                    value.walk_from(&path.child(name), visit);
                }
            }
            _ => {}
        }
    }

    /// Makes another value, from the inside out: `change` is given each value after all that is in it was changed.
    /// Elements of a set have the path of the set; elements that became equal become one.
    #[must_use]
    pub fn transform(self, change: &mut impl FnMut(&AttributePath, Self) -> Self) -> Self {
        self.transform_from(&AttributePath::root(), change)
    }

    fn transform_from(self, path: &AttributePath, change: &mut impl FnMut(&AttributePath, Self) -> Self) -> Self {
        let inside = self.transform_children(path, change);
        change(path, inside)
    }

    fn transform_children(self, path: &AttributePath, change: &mut impl FnMut(&AttributePath, Self) -> Self) -> Self {
        let mut at = |step: Step, value: Self| value.transform_from(&path.then(step), change);
        match self {
            Self::List(elements) => {
                let numbered = elements.into_iter().enumerate();
                Self::List(
                    numbered
                        .map(|(index, element)| at(Step::Index(index), element))
                        .collect(),
                )
            }
            Self::Map(elements) => Self::Map(
                elements
                    .into_iter()
                    .map(|(key, element)| (key.clone(), at(Step::Key(key), element)))
                    .collect(),
            ),
            Self::Object(attributes) => Self::Object(
                attributes
                    .into_iter()
                    .map(|(name, value)| (name.clone(), at(Step::Attribute(name), value)))
                    .collect(),
            ),
            Self::Set(elements) => Self::set(
                elements
                    .into_iter()
                    .map(|element| element.transform_from(path, change))
                    .collect::<Vec<_>>(),
            ),
            Self::Dynamic(carried) => {
                let (kind, value) = *carried;
                Self::Dynamic(Box::new((kind, value.transform_children(path, change))))
            }
            leaf => leaf,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Type;

    fn value() -> Value {
        Value::object([
            (
                "rules",
                Value::list([Value::object([("name", "a")]), Value::object([("name", "b")])]),
            ),
            ("tags", Value::map([("x", "1")])),
            ("zones", Value::set(["z1", "z2"])),
            ("any", Value::dynamic(Type::list(Type::String), Value::list(["d"]))),
        ])
    }

    fn path(steps: &[&str]) -> AttributePath {
        let step = |step: &&str| match step.parse() {
            Ok(index) => Step::Index(index),
            Err(_) => step
                .strip_prefix('#')
                .map_or_else(|| Step::Attribute((*step).into()), |key| Step::Key(key.into())),
        };
        steps.iter().map(step).collect()
    }

    #[test]
    fn a_path_leads_to_a_value() {
        let value = value();
        let text = |steps: &[&str]| value.at(&path(steps)).and_then(Value::as_str);
        assert_eq!(text(&["rules", "1", "name"]), Some("b"));
        assert_eq!(text(&["tags", "#x"]), Some("1"));
        assert_eq!(text(&["any", "0"]), Some("d"));
        assert_eq!(value.at(&AttributePath::root()), Some(&value));
    }

    #[test]
    fn a_path_that_leads_nowhere_gives_nothing() {
        for steps in [
            ["rules", "2"],
            ["tags", "x"],
            ["zones", "0"],
            ["absent", "0"],
            ["rules", "#x"],
        ] {
            assert_eq!(value().at(&path(&steps)), None, "{steps:?}");
        }
    }

    #[test]
    fn a_value_can_be_changed_in_place() {
        for steps in [&["rules", "1", "name"][..], &["tags", "#x"], &["any", "0"]] {
            let mut value = value();
            *value.at_mut(&path(steps)).unwrap() = Value::string("changed");
            assert_eq!(value.at(&path(steps)).and_then(Value::as_str), Some("changed"));
        }
    }

    #[test]
    fn a_walk_visits_everything_from_the_outside_in() {
        let mut visited = Vec::new();
        value().walk(&mut |path, _| visited.push(path.to_string()));
        assert_eq!(
            visited,
            [
                "",
                "any",
                "any[0]",
                "rules",
                "rules[0]",
                "rules[0].name",
                "rules[1]",
                "rules[1].name",
                "tags",
                "tags[\"x\"]",
                "zones",
                "zones",
                "zones",
            ]
        );
    }

    #[test]
    fn a_transformation_changes_what_is_inside_first() {
        let hidden = value().transform(&mut |_, value| match value {
            Value::String(_) => Value::UNKNOWN,
            other => other,
        });
        let mut unknown = Vec::new();
        hidden.walk(&mut |path, value| {
            if !value.is_known() {
                unknown.push(path.to_string());
            }
        });
        assert_eq!(
            unknown,
            [
                "any[0]",
                "rules[0].name",
                "rules[1].name",
                "tags[\"x\"]",
                "zones",
                "zones"
            ]
        );
        assert!(!hidden.is_wholly_known() && hidden.is_known());
    }
}
