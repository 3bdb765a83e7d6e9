//! A schema from the JSON Schema of a model.
//!
//! | JSON Schema | Terraform |
//! | --- | --- |
//! | in / not in `required` | required / optional |
//! | `default` | optional and computed, with the default |
//! | `readOnly` | computed, as is all that is nested in it |
//! | `x-optional-computed` | optional and computed |
//! | `writeOnly`, `x-sensitive`, `x-requires-replace` | the flags of these names |
//! | `deprecated`, `x-deprecated` | deprecated; what to use instead |
//! | `oneOf` of `const`, `enum`, `pattern` with `x-expected`, `minimum`, `minLength`, … | validators |
//! | object with `properties` | nested attributes |
//! | array (`uniqueItems`), object with `additionalProperties` | list (set), map; of objects: nested attributes |

use super::keywords::Keywords;
use super::{Attribute, AttributeType, Nesting, Schema, Validator};
use crate::{AttributePath, Name, Type, Value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Why a JSON Schema cannot become a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionError {
    /// The attribute, or the root.
    pub path: AttributePath,
    /// What is wrong there.
    pub reason: String,
}

impl ConversionError {
    pub(super) fn new(path: &AttributePath, reason: impl Into<String>) -> Self {
        Self {
            path: path.clone(),
            reason: reason.into(),
        }
    }
}

impl std::fmt::Display for ConversionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_root() {
            f.write_str(&self.reason)
        } else {
            write!(f, "{}: {}", self.path, self.reason)
        }
    }
}

impl std::error::Error for ConversionError {}

impl Schema {
    /// The schema of a model, with version 0. An error is a mistake in the model.
    pub fn of<M: schemars::JsonSchema>() -> Result<Self, ConversionError> {
        Self::from_json_schema(&Self::json_schema_of::<M>())
    }

    /// The JSON Schema of a model (draft 2020-12, without references): what [`Schema::of`] converts.
    pub fn json_schema_of<M: schemars::JsonSchema>() -> Json {
        schemars::generate::SchemaSettings::draft2020_12()
            .with(|settings| settings.inline_subschemas = true)
            .into_generator()
            .into_root_schema_for::<M>()
            .to_value()
    }

    /// The schema of a model, from its JSON Schema (draft 2020-12, without references).
    pub fn from_json_schema(schema: &Json) -> Result<Self, ConversionError> {
        let root = AttributePath::root();
        let mut keywords = Keywords::new(&root, schema)?;
        keywords.take("$schema");
        let description = keywords.take_text("description")?.unwrap_or_default();
        if keywords.take_type()?.as_deref() != Some("object") {
            return Err(keywords.error("the root is not an object"));
        }
        let properties = keywords.take_object("properties")?.unwrap_or_default();
        let attributes = properties_to_attributes(&mut keywords, &properties, Surroundings::Configured)?;
        keywords.finish()?;
        Ok(Self {
            version: 0,
            description,
            attributes,
        })
    }
}

/// What an attribute is nested in.
#[derive(Clone, Copy, PartialEq)]
enum Surroundings {
    /// Something that the practitioner configures.
    Configured,
    /// Something that the provider computes: so is all that is in it.
    Computed,
}

/// The type of a node, with what belongs to the attribute that has this type.
struct Kind {
    kind: AttributeType,
    validators: Vec<Validator>,
    /// Of the type itself; for attributes that have none.
    description: String,
}

impl Kind {
    fn plain(kind: Type, validators: Vec<Validator>) -> Self {
        Self {
            kind: kind.into(),
            validators,
            description: String::new(),
        }
    }
}

fn properties_to_attributes(
    keywords: &mut Keywords<'_>,
    properties: &Map<String, Json>,
    surroundings: Surroundings,
) -> Result<BTreeMap<Name, Attribute>, ConversionError> {
    if keywords
        .take("additionalProperties")
        .is_some_and(|further| further != Json::Bool(false))
    {
        return Err(keywords.error("an object has either `properties` or `additionalProperties`"));
    }
    let required = keywords.take_array("required")?.unwrap_or_default();
    properties
        .iter()
        .map(|(name, schema)| {
            let path = keywords.path().child(name.as_str());
            let is_required = required.iter().any(|required| required.as_str() == Some(name));
            Ok((
                name.as_str().into(),
                property_to_attribute(&path, schema, is_required, surroundings)?,
            ))
        })
        .collect()
}

fn property_to_attribute(
    path: &AttributePath,
    schema: &Json,
    is_required: bool,
    surroundings: Surroundings,
) -> Result<Attribute, ConversionError> {
    let mut keywords = Keywords::new(path, schema)?;
    let read_only = keywords.take_flag("readOnly")? || surroundings == Surroundings::Computed;
    let description = keywords.take_text("description")?;
    let default = keywords.take("default").filter(|default| !default.is_null());
    let mut attribute = Attribute {
        sensitive: keywords.take_flag("x-sensitive")?,
        write_only: keywords.take_flag("writeOnly")?,
        requires_replace: keywords.take_flag("x-requires-replace")?,
        deprecated: take_deprecation(&mut keywords)?,
        ..Attribute::new(Type::Dynamic)
    };
    let optional_computed = keywords.take_flag("x-optional-computed")?;
    let inside = if read_only {
        Surroundings::Computed
    } else {
        Surroundings::Configured
    };
    let kind = take_kind(&mut keywords, inside)?;
    attribute.kind = kind.kind;
    attribute.validators = kind.validators;
    attribute.description = description.unwrap_or(kind.description);
    match (read_only, optional_computed, default) {
        (true, true, _) => return Err(keywords.error("`readOnly` contradicts `x-optional-computed`")),
        (true, false, _) => attribute.computed = true,
        (false, true, Some(_)) => return Err(keywords.error("`x-optional-computed` is for attributes without default")),
        (false, true, None) if is_required => {
            return Err(keywords.error("`x-optional-computed` is for attributes that are not required"));
        }
        (false, true, None) => (attribute.optional, attribute.computed) = (true, true),
        (false, false, Some(default)) => {
            (attribute.optional, attribute.computed) = (true, true);
            attribute.default = Some(read_default(&keywords, &default, &attribute)?);
        }
        (false, false, None) if is_required => attribute.required = true,
        (false, false, None) => attribute.optional = true,
    }
    keywords.finish()?;
    Ok(attribute)
}

fn take_deprecation(keywords: &mut Keywords<'_>) -> Result<Option<String>, ConversionError> {
    let deprecated = keywords.take_flag("deprecated")?;
    let text = keywords.take_text("x-deprecated")?;
    Ok(text.or_else(|| deprecated.then(|| "This attribute is deprecated.".to_owned())))
}

fn read_default(keywords: &Keywords<'_>, default: &Json, attribute: &Attribute) -> Result<Value, ConversionError> {
    Value::of_attribute(default, &attribute.kind)
        .map_err(|error| ConversionError::new(&keywords.path().join(&error.path), format!("default: {}", error.reason)))
}

fn take_kind(keywords: &mut Keywords<'_>, surroundings: Surroundings) -> Result<Kind, ConversionError> {
    if let Some(choices) = take_choices(keywords)? {
        return match keywords.take_type()?.as_deref() {
            None | Some("string") => Ok(Kind::plain(Type::String, vec![Validator::OneOf(choices)])),
            Some(_) => Err(keywords.error("only texts can be enumerated")),
        };
    }
    match keywords.take_type()?.as_deref() {
        None => Ok(Kind::plain(Type::Dynamic, Vec::new())),
        Some("boolean") => Ok(Kind::plain(Type::Bool, Vec::new())),
        Some("string") => Ok(Kind::plain(Type::String, take_text_rules(keywords)?)),
        Some("integer") => Ok(Kind::plain(Type::Number, take_integer_rules(keywords)?)),
        Some("number") => Ok(Kind::plain(Type::Number, take_number_rules(keywords)?)),
        Some("array") => take_array_kind(keywords, surroundings),
        Some("object") => take_object_kind(keywords, surroundings),
        Some(other) => Err(keywords.error(format!("the type `{other}` is not understood"))),
    }
}

/// The texts of an enumeration, each with its meaning.
fn take_choices(keywords: &mut Keywords<'_>) -> Result<Option<Vec<(String, String)>>, ConversionError> {
    if let Some(variants) = keywords.take_array("oneOf")? {
        let path = keywords.path();
        let choices = variants.iter().map(|variant| read_variant(path, variant));
        return choices
            .collect::<Result<Vec<_>, _>>()
            .map(|choices| Some(choices.concat()));
    }
    let constant = keywords.take("const").map(|constant| vec![constant]);
    let Some(texts) = constant.or(keywords.take_array("enum")?) else {
        return Ok(None);
    };
    let choices = texts
        .iter()
        .filter(|text| !text.is_null())
        .map(|text| match text.as_str() {
            Some(text) => Ok((text.to_owned(), String::new())),
            None => Err(keywords.error("only texts can be enumerated")),
        });
    choices.collect::<Result<_, _>>().map(Some)
}

/// One alternative of a `oneOf`: a text with its meaning, or all the texts that have none.
fn read_variant(path: &AttributePath, variant: &Json) -> Result<Vec<(String, String)>, ConversionError> {
    let mut keywords = Keywords::new(path, variant)?;
    let meaning = keywords.take_text("description")?.unwrap_or_default();
    let choices = take_choices(&mut keywords)?;
    let is_text = keywords.take_type()?.is_none_or(|name| name == "string");
    keywords.finish()?;
    match choices {
        Some(choices) if is_text => Ok(choices.into_iter().map(|(text, _)| (text, meaning.clone())).collect()),
        _ => Err(ConversionError::new(
            path,
            "`oneOf` is understood as an enumeration of texts only",
        )),
    }
}

fn take_text_rules(keywords: &mut Keywords<'_>) -> Result<Vec<Validator>, ConversionError> {
    let mut rules = Vec::new();
    if let Some(pattern) = keywords.take_text("pattern")? {
        let regex = regex::Regex::new(&pattern).map_err(|error| keywords.error(format!("`pattern`: {error}")))?;
        let expected = keywords.take_text("x-expected")?;
        rules.push(Validator::Pattern { regex, expected });
    }
    rules.extend(take_length(keywords, "minLength", "maxLength")?);
    Ok(rules)
}

fn take_length(keywords: &mut Keywords<'_>, least: &str, greatest: &str) -> Result<Option<Validator>, ConversionError> {
    let (minimum, maximum) = (keywords.take_count(least)?, keywords.take_count(greatest)?);
    Ok((minimum.is_some() || maximum.is_some()).then_some(Validator::Length { minimum, maximum }))
}

fn take_integer_rules(keywords: &mut Keywords<'_>) -> Result<Vec<Validator>, ConversionError> {
    let (minimum, maximum) = match keywords.take_text("format")?.as_deref() {
        Some("int8") => (Some(f64::from(i8::MIN)), Some(f64::from(i8::MAX))),
        Some("int16") => (Some(f64::from(i16::MIN)), Some(f64::from(i16::MAX))),
        Some("int32") => (Some(f64::from(i32::MIN)), Some(f64::from(i32::MAX))),
        Some("uint8") => (Some(0.0), Some(f64::from(u8::MAX))),
        Some("uint16") => (Some(0.0), Some(f64::from(u16::MAX))),
        Some("uint32") => (Some(0.0), Some(f64::from(u32::MAX))),
        Some("uint64" | "uint") => (Some(0.0), None),
        None | Some("int64" | "int") => (None, None),
        Some(other) => return Err(keywords.error(format!("the format `{other}` is not understood"))),
    };
    let range = take_range(keywords, minimum, maximum)?;
    Ok([Validator::Integer].into_iter().chain(range).collect())
}

fn take_number_rules(keywords: &mut Keywords<'_>) -> Result<Vec<Validator>, ConversionError> {
    match keywords.take_text("format")?.as_deref() {
        None | Some("double" | "float") => Ok(take_range(keywords, None, None)?.into_iter().collect()),
        Some(other) => Err(keywords.error(format!("the format `{other}` is not understood"))),
    }
}

/// The bounds that are written down, else those of the format.
fn take_range(
    keywords: &mut Keywords<'_>,
    least: Option<f64>,
    greatest: Option<f64>,
) -> Result<Option<Validator>, ConversionError> {
    let minimum = keywords.take_number("minimum")?.or(least);
    let maximum = keywords.take_number("maximum")?.or(greatest);
    Ok((minimum.is_some() || maximum.is_some()).then_some(Validator::Range { minimum, maximum }))
}

fn take_array_kind(keywords: &mut Keywords<'_>, surroundings: Surroundings) -> Result<Kind, ConversionError> {
    let Some(items) = keywords.take("items") else {
        return Err(keywords.error("an array needs `items` of one type"));
    };
    let unique = keywords.take_flag("uniqueItems")?;
    let length = take_length(keywords, "minItems", "maxItems")?;
    let nesting = if unique { Nesting::Set } else { Nesting::List };
    let mut kind = collection(keywords.path(), &items, nesting, surroundings)?;
    kind.validators.extend(length);
    Ok(kind)
}

fn take_object_kind(keywords: &mut Keywords<'_>, surroundings: Surroundings) -> Result<Kind, ConversionError> {
    if let Some(properties) = keywords.take_object("properties")? {
        let attributes = properties_to_attributes(keywords, &properties, surroundings)?;
        let kind = AttributeType::nested(Nesting::Single, attributes);
        return Ok(Kind {
            kind,
            validators: Vec::new(),
            description: String::new(),
        });
    }
    match keywords.take("additionalProperties") {
        None | Some(Json::Bool(false)) => Err(keywords.error("an object needs `properties` or `additionalProperties`")),
        Some(items) => collection(keywords.path(), &items, Nesting::Map, surroundings),
    }
}

/// The type of many values of the type of `items`.
fn collection(
    path: &AttributePath,
    items: &Json,
    nesting: Nesting,
    surroundings: Surroundings,
) -> Result<Kind, ConversionError> {
    let mut keywords = Keywords::new(path, items)?;
    let description = keywords.take_text("description")?.unwrap_or_default();
    let element = take_kind(&mut keywords, surroundings)?;
    let kind = match element.kind {
        AttributeType::Plain(kind) => nesting.of(kind).into(),
        AttributeType::Nested {
            nesting: Nesting::Single,
            attributes,
        } => AttributeType::Nested { nesting, attributes },
        AttributeType::Nested { .. } => {
            return Err(keywords.error("collections of collections of objects are not supported"));
        }
    };
    keywords.finish()?;
    let each = (!element.validators.is_empty()).then_some(Validator::Each(element.validators));
    Ok(Kind {
        kind,
        validators: each.into_iter().collect(),
        description,
    })
}

#[cfg(test)]
mod generated_cases;
#[cfg(test)]
mod tests;
