//! What a provider function implements.

use crate::{Type, Value};

/// A pure function: the same arguments always give the same result, without looking at anything else.
pub trait Function: Send + Sync {
    /// Its name, called as `provider::oceanbase::NAME(…)`.
    fn name(&self) -> &str;

    /// Parameters, result and documentation.
    fn signature(&self) -> &Signature;

    /// Calls it; the arguments are wholly known and of the parameters' types.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// Parameters, result and documentation of a [`Function`].
#[derive(Debug, Clone)]
pub struct Signature {
    /// One sentence.
    pub summary: String,
    /// What it does, in Markdown.
    pub description: String,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// Takes any further arguments.
    pub variadic: Option<Parameter>,
    /// Type of the result.
    pub returns: Type,
}

/// A parameter of a [`Function`].
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name; an identifier.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// What it means, in Markdown.
    pub description: String,
    /// Whether null may be passed; otherwise Terraform refuses it.
    pub allow_null: bool,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// The argument at fault, from 0.
    pub argument: Option<usize>,
    /// Sentences for the practitioner.
    pub text: String,
}
