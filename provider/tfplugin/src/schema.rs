//! What a provider block, a resource or a data source is made of.

mod from_json_schema;
mod keywords;
mod verify;

pub use from_json_schema::ConversionError;
pub use verify::SchemaError;

#[cfg(test)]
pub(crate) mod example;
pub(crate) mod place;
pub mod validate;

use crate::value::{Name, Type, Value};
use crate::{AttributePath, Step};
use std::collections::BTreeMap;

/// The attributes of a provider block, a resource or a data source.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Grows when the stored form changes; an older state is then upgraded.
    pub version: i64,
    /// What it is, in Markdown.
    pub description: String,
    /// By name.
    pub attributes: BTreeMap<Name, Attribute>,
}

/// One attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its type, or the attributes nested in it.
    pub kind: AttributeType,
    /// What it means, in Markdown.
    pub description: String,
    /// It must be configured.
    pub required: bool,
    /// It may be configured.
    pub optional: bool,
    /// The provider may give it a value.
    pub computed: bool,
    /// Terraform hides it in its output; it is stored in state in the clear.
    pub sensitive: bool,
    /// It is in the configuration only: never in plan or state.
    pub write_only: bool,
    /// A change destroys the object and creates another.
    pub requires_replace: bool,
    /// The value when it is not configured.
    pub default: Option<Value>,
    /// Rules that a known value must keep.
    pub validators: Vec<Validator>,
    /// Why it should not be used any more, and what to use instead.
    pub deprecated: Option<String>,
}

/// The type of an attribute.
#[derive(Debug, Clone)]
pub enum AttributeType {
    /// A plain type.
    Plain(Type),
    /// An object, or a collection of objects, with attributes of their own.
    Nested {
        /// How many objects there are, and how they are told apart.
        nesting: Nesting,
        /// The attributes of each object.
        attributes: BTreeMap<Name, Attribute>,
    },
}

/// How nested attributes are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One object, or null.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// Objects by name.
    Map,
}

/// A rule that a known, non-null value must keep.
#[derive(Debug, Clone)]
pub enum Validator {
    /// One of these texts; each with its meaning.
    OneOf(Vec<(String, String)>),
    /// Text of this form.
    Pattern {
        /// The form.
        regex: regex::Regex,
        /// The form in words, such as "whole days from `1d` to `7d`"; completes "must be …".
        expected: Option<String>,
    },
    /// A number within bounds, both inclusive.
    Range {
        /// Least value.
        minimum: Option<f64>,
        /// Greatest value.
        maximum: Option<f64>,
    },
    /// A whole number that fits 64 bits.
    Integer,
    /// Rules that every element of a list, set or map must keep.
    Each(Vec<Validator>),
    /// Characters of a text, or elements of a collection, both inclusive.
    Length {
        /// Least count.
        minimum: Option<u64>,
        /// Greatest count.
        maximum: Option<u64>,
    },
}

impl Schema {
    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.get(name)
    }

    /// The attribute that a path leads to: nested attributes by their names, with or without the steps that single
    /// out an element (`rules[2].name`, `rules.name`). The element itself, `rules[2]`, has no attribute of its own:
    /// it gives that of the collection.
    pub fn at(&self, path: &AttributePath) -> Option<&Attribute> {
        let mut names = path.steps().iter().filter_map(|step| match step {
            Step::Attribute(name) => Some(name.as_str()),
            Step::Key(_) | Step::Index(_) => None,
        });
        let first = self.attribute(names.next()?)?;
        names.try_fold(first, |attribute, name| attribute.nested()?.get(name))
    }

    /// Visits every attribute, nested ones after the one they are nested in. Paths are of attribute names only.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&AttributePath, &'a Attribute)) {
        walk_attributes(&AttributePath::root(), &self.attributes, visit);
    }

    /// The type of its values: an object of all attributes.
    pub fn implied_type(&self) -> Type {
        object_type(&self.attributes)
    }
}

impl Attribute {
    fn new(kind: impl Into<AttributeType>) -> Self {
        Self {
            kind: kind.into(),
            description: String::new(),
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            write_only: false,
            requires_replace: false,
            default: None,
            validators: Vec::new(),
            deprecated: None,
        }
    }

    /// An attribute that must be configured.
    pub fn required(kind: impl Into<AttributeType>) -> Self {
        Self {
            required: true,
            ..Self::new(kind)
        }
    }

    /// An attribute that may be configured.
    pub fn optional(kind: impl Into<AttributeType>) -> Self {
        Self {
            optional: true,
            ..Self::new(kind)
        }
    }

    /// An attribute that the provider gives its value.
    pub fn computed(kind: impl Into<AttributeType>) -> Self {
        Self {
            computed: true,
            ..Self::new(kind)
        }
    }

    /// An attribute that may be configured; when it is not, the provider gives it a value.
    pub fn optional_computed(kind: impl Into<AttributeType>) -> Self {
        Self {
            optional: true,
            computed: true,
            ..Self::new(kind)
        }
    }

    /// An attribute that has this value when it is not configured.
    pub fn with_default(kind: impl Into<AttributeType>, default: impl Into<Value>) -> Self {
        Self {
            default: Some(default.into()),
            ..Self::optional_computed(kind)
        }
    }

    /// The attributes nested in it, if any.
    pub fn nested(&self) -> Option<&BTreeMap<Name, Self>> {
        match &self.kind {
            AttributeType::Plain(_) => None,
            AttributeType::Nested { attributes, .. } => Some(attributes),
        }
    }

    /// The type of its values.
    pub fn implied_type(&self) -> Type {
        self.kind.implied_type()
    }
}

impl AttributeType {
    /// Objects with attributes of their own.
    pub fn nested<K: Into<Name>>(nesting: Nesting, attributes: impl IntoIterator<Item = (K, Attribute)>) -> Self {
        Self::Nested {
            nesting,
            attributes: attributes
                .into_iter()
                .map(|(name, attribute)| (name.into(), attribute))
                .collect(),
        }
    }

    /// The type of the values.
    pub fn implied_type(&self) -> Type {
        match self {
            Self::Plain(kind) => kind.clone(),
            Self::Nested { nesting, attributes } => nesting.of(object_type(attributes)),
        }
    }
}

impl From<Type> for AttributeType {
    fn from(kind: Type) -> Self {
        Self::Plain(kind)
    }
}

impl Nesting {
    /// The type of so many values of a type.
    pub(crate) fn of(self, kind: Type) -> Type {
        match self {
            Self::Single => kind,
            Self::List => Type::list(kind),
            Self::Set => Type::set(kind),
            Self::Map => Type::map(kind),
        }
    }
}

/// The type of objects with these attributes.
pub(crate) fn object_type(attributes: &BTreeMap<Name, Attribute>) -> Type {
    Type::object(
        attributes
            .iter()
            .map(|(name, attribute)| (name.clone(), attribute.implied_type())),
    )
}

fn walk_attributes<'a>(
    path: &AttributePath,
    attributes: &'a BTreeMap<Name, Attribute>,
    visit: &mut impl FnMut(&AttributePath, &'a Attribute),
) {
    for (name, attribute) in attributes {
        let path = path.child(name);
        visit(&path, attribute);
        if let Some(nested) = attribute.nested() {
            walk_attributes(&path, nested, visit);
        }
    }
}

/// What singles a resource out: attributes of the resource that together name the object on the other side.
#[derive(Debug, Clone, Default)]
pub struct IdentitySchema {
    /// Grows when the form changes.
    pub version: i64,
    /// By name; each is also a top-level attribute of the resource, from which its value is taken.
    pub attributes: BTreeMap<Name, IdentityAttribute>,
}

/// One attribute of an identity.
#[derive(Debug, Clone)]
pub struct IdentityAttribute {
    /// A primitive type.
    pub kind: Type,
    /// What it means.
    pub description: String,
    /// It must be given to import; otherwise it may be.
    pub required_for_import: bool,
}

impl IdentitySchema {
    /// The type of its values: an object of all attributes.
    pub fn implied_type(&self) -> Type {
        Type::object(
            self.attributes
                .iter()
                .map(|(name, attribute)| (name.clone(), attribute.kind.clone())),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let rule = AttributeType::nested(Nesting::List, [("name", Attribute::required(Type::String))]);
        let storage = AttributeType::nested(Nesting::Single, [("rules", Attribute::optional(rule))]);
        let attributes = [
            ("storage", Attribute::required(storage)),
            ("tags", Attribute::optional(Type::map(Type::String))),
        ];
        Schema {
            attributes: attributes.map(|(name, attribute)| (name.into(), attribute)).into(),
            ..Schema::default()
        }
    }

    #[test]
    fn a_schema_implies_a_type() {
        assert_eq!(
            schema().implied_type().to_string(),
            "object({ storage = object({ rules = list(object({ name = string })) }), tags = map(string) })"
        );
        let nested = |nesting| AttributeType::nested(nesting, [("a", Attribute::required(Type::Bool))]);
        assert_eq!(
            nested(Nesting::Set).implied_type().to_string(),
            "set(object({ a = bool }))"
        );
        assert_eq!(
            nested(Nesting::Map).implied_type().to_string(),
            "map(object({ a = bool }))"
        );
    }

    #[test]
    fn a_path_leads_to_an_attribute() {
        let schema = schema();
        let in_element = AttributePath::from("storage.rules").then(Step::Index(1));
        let is_required = |path: &AttributePath| schema.at(path).map(|attribute| attribute.required);
        assert_eq!(is_required(&"storage.rules.name".into()), Some(true));
        assert_eq!(is_required(&in_element.child("name")), Some(true));
        assert_eq!(is_required(&in_element), Some(false));
        assert_eq!(is_required(&"tags.name".into()), None);
        assert_eq!(is_required(&AttributePath::root()), None);
    }

    #[test]
    fn a_walk_visits_every_attribute() {
        let mut visited = Vec::new();
        schema().walk(&mut |path, _| visited.push(path.to_string()));
        assert_eq!(visited, ["storage", "storage.rules", "storage.rules.name", "tags"]);
    }
}
