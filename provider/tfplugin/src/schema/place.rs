//! Where a check stands in a value, and whether what it sees there may be shown.

use crate::{Attribute, AttributePath, Diagnostic, Step, Value};

/// More of a text than this helps nobody to recognize it.
const SHOWN_CHARACTERS: usize = 80;

/// A place in a value that is being checked. It costs nothing until there is something to report.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    here: Here<'a>,
    hidden: bool,
    in_set: bool,
}

#[derive(Clone, Copy)]
enum Here<'a> {
    Root,
    Attribute(&'a Place<'a>, &'a str),
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(crate) const ROOT: Self = Self {
        here: Here::Root,
        hidden: false,
        in_set: false,
    };

    /// An attribute of the schema. What is in a sensitive or write-only attribute is as secret as the attribute.
    pub(crate) fn attribute(&'a self, name: &'a str, attribute: &Attribute) -> Self {
        let hidden = self.hidden || attribute.sensitive || attribute.write_only;
        Self {
            hidden,
            ..self.plain_attribute(name)
        }
    }

    /// An attribute of an object that has a plain type.
    pub(crate) fn plain_attribute(&'a self, name: &'a str) -> Self {
        Self {
            here: Here::Attribute(self, name),
            ..*self
        }
    }

    pub(crate) fn key(&'a self, key: &'a str) -> Self {
        Self {
            here: Here::Key(self, key),
            ..*self
        }
    }

    pub(crate) fn index(&'a self, index: usize) -> Self {
        Self {
            here: Here::Index(self, index),
            ..*self
        }
    }

    /// An element of the set that is here.
    pub(crate) fn element(&self) -> Self {
        Self { in_set: true, ..*self }
    }

    /// Calls `visit` for each object (or null, or unknown) of a nested attribute that stands here.
    pub(crate) fn each_nested(&self, value: &Value, visit: &mut dyn FnMut(&Place<'_>, &Value)) {
        match value {
            Value::List(elements) => {
                elements
                    .iter()
                    .enumerate()
                    .for_each(|(index, element)| visit(&self.index(index), element));
            }
            Value::Set(elements) => elements.iter().for_each(|element| visit(&self.element(), element)),
            Value::Map(elements) => elements
                .iter()
                .for_each(|(key, element)| visit(&self.key(key), element)),
            single => visit(self, single),
        }
    }

    /// Where this is, exactly.
    pub(crate) fn path(&self) -> AttributePath {
        self.steps(&|_| true)
    }

    /// How sentences call this place.
    pub(crate) fn name(&self) -> String {
        match self.steps(&|place| place.may_be_told()) {
            root if root.is_root() => "The object".to_owned(),
            path => format!("`{path}`"),
        }
    }

    /// The diagnostic, pointing here; at the set, when this is in an element of one.
    pub(crate) fn point(&self, diagnostic: Diagnostic) -> Diagnostic {
        match self.steps(&|place| place.may_be_told() && !place.is_inside_element()) {
            root if root.is_root() => diagnostic,
            path => diagnostic.at(path),
        }
    }

    /// The keys of a secret map are part of the secret.
    fn may_be_told(&self) -> bool {
        !self.hidden || !matches!(self.here, Here::Key(..))
    }

    /// Whether the way here led through an element of a set before its last step.
    fn is_inside_element(&self) -> bool {
        match self.here {
            Here::Root => false,
            Here::Attribute(parent, _) | Here::Key(parent, _) | Here::Index(parent, _) => parent.in_set,
        }
    }

    fn steps(&self, is_told: &dyn Fn(&Place<'_>) -> bool) -> AttributePath {
        let (parent, step) = match self.here {
            Here::Root => return AttributePath::root(),
            Here::Attribute(parent, name) => (parent, Step::Attribute(name.into())),
            Here::Key(parent, key) => (parent, Step::Key(key.to_owned())),
            Here::Index(parent, index) => (parent, Step::Index(index)),
        };
        let path = parent.steps(is_told);
        if is_told(self) { path.then(step) } else { path }
    }

    /// How sentences call a value that was found here; nothing that is secret.
    pub(crate) fn show(&self, value: &Value) -> String {
        match value.inner() {
            Value::Null => "null".to_owned(),
            Value::Unknown(_) => "unknown".to_owned(),
            _ if self.hidden => "a value that is not shown because it is sensitive".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Number(number) => format!("`{number}`"),
            Value::String(text) => format!("`{}`", shortened(text)),
            Value::List(elements) => format!("a list of {}", counted(elements.len(), "element")),
            Value::Set(elements) => format!("a set of {}", counted(elements.len(), "element")),
            Value::Map(elements) => format!("a map of {}", counted(elements.len(), "element")),
            Value::Object(_) | Value::Dynamic(_) => "an object".to_owned(),
        }
    }
}

/// "1 element", "2 elements".
pub(crate) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters
        .by_ref()
        .take(SHOWN_CHARACTERS)
        .map(|character| {
            if character.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            }
        })
        .collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
