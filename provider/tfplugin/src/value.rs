//! Values as Terraform knows them: null, unknown, or known.

use std::collections::{BTreeMap, BTreeSet};

/// A value of some [`Type`].
///
/// Equality is Terraform's: numbers by value, sets without regard to order, all unknowns alike.
#[derive(Debug, Clone)]
pub enum Value {
    /// Absent.
    Null,
    /// Known after apply; what is known of it already is in the refinement.
    Unknown(Refinement),
    /// A boolean.
    Bool(bool),
    /// A number of any size and precision.
    Number(Number),
    /// Text, in Unicode normal form C.
    String(String),
    /// A list or a tuple.
    List(Vec<Value>),
    /// A set: no order, no element twice.
    Set(Vec<Value>),
    /// A map.
    Map(BTreeMap<String, Value>),
    /// An object: always all the attributes of its type, absent ones as [`Value::Null`].
    Object(BTreeMap<String, Value>),
    /// A value whose type travels with it, where the schema says only "dynamic".
    Dynamic(Box<(Type, Value)>),
}

/// What Terraform knows of an unknown value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Refinement {
    /// `Some(false)`: it will not be null. `Some(true)`: it will be null.
    pub nullness: Option<bool>,
    /// The text that it will begin with.
    pub string_prefix: Option<String>,
    /// Lower bound of a number, and whether the bound belongs to the range.
    pub lower_bound: Option<(Number, bool)>,
    /// Upper bound of a number, and whether the bound belongs to the range.
    pub upper_bound: Option<(Number, bool)>,
    /// Least number of elements.
    pub min_length: Option<u64>,
    /// Greatest number of elements.
    pub max_length: Option<u64>,
}

/// A number of any size and precision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(bigdecimal::BigDecimal);

/// The type of a [`Value`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A boolean.
    Bool,
    /// A number.
    Number,
    /// Text.
    String,
    /// Any type; the value says which.
    Dynamic,
    /// A list of one type.
    List(Box<Type>),
    /// A set of one type.
    Set(Box<Type>),
    /// A map of text to one type.
    Map(Box<Type>),
    /// A list of fixed length with a type for each position.
    Tuple(Vec<Type>),
    /// Named attributes, each with a type.
    Object {
        /// The attributes.
        attributes: BTreeMap<String, Type>,
        /// Those that a caller may leave out; meaningful in the parameters of functions only.
        optional: BTreeSet<String>,
    },
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) | (Self::Unknown(_), Self::Unknown(_)) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Set(a), Self::Set(b)) => a.len() == b.len() && a.iter().all(|element| b.contains(element)),
            (Self::Map(a), Self::Map(b)) | (Self::Object(a), Self::Object(b)) => a == b,
            (Self::Dynamic(a), Self::Dynamic(b)) => a == b,
            _ => false,
        }
    }
}
