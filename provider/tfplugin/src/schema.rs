//! What a provider block, a resource or a data source is made of.

use crate::value::{Type, Value};
use std::collections::BTreeMap;

/// The attributes of a provider block, a resource or a data source.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Grows when the stored form changes; an older state is then upgraded.
    pub version: i64,
    /// What it is, in Markdown.
    pub description: String,
    /// By name.
    pub attributes: BTreeMap<String, Attribute>,
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
        attributes: BTreeMap<String, Attribute>,
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
    /// Characters of a text, or elements of a collection, both inclusive.
    Length {
        /// Least count.
        minimum: Option<u64>,
        /// Greatest count.
        maximum: Option<u64>,
    },
}

/// What singles a resource out: attributes of the resource that together name the object on the other side.
#[derive(Debug, Clone, Default)]
pub struct IdentitySchema {
    /// Grows when the form changes.
    pub version: i64,
    /// By name; each is also a top-level attribute of the resource, from which its value is taken.
    pub attributes: BTreeMap<String, IdentityAttribute>,
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
