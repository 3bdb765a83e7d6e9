//! The keywords of one JSON Schema node. Each is taken out when it is understood; what is left at the end was not.

use super::from_json_schema::ConversionError;
use crate::AttributePath;
use serde_json::{Map, Value as Json};

/// The keywords of the schema at a path that are not understood yet.
pub(super) struct Keywords<'a> {
    path: &'a AttributePath,
    map: Map<String, Json>,
}

impl<'a> Keywords<'a> {
    pub(super) fn new(path: &'a AttributePath, schema: &Json) -> Result<Self, ConversionError> {
        let map = match schema {
            Json::Object(map) => map.clone(),
            // Anything goes.
            Json::Bool(true) => Map::new(),
            _ => return Err(ConversionError::new(path, "a JSON Schema is an object")),
        };
        let mut keywords = Self { path, map };
        // Titles are names of Rust types.
        keywords.take("title");
        keywords.take_option()?;
        Ok(keywords)
    }

    pub(super) fn path(&self) -> &'a AttributePath {
        self.path
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> ConversionError {
        ConversionError::new(self.path, reason)
    }

    pub(super) fn take(&mut self, keyword: &str) -> Option<Json> {
        self.map.remove(keyword)
    }

    pub(super) fn take_flag(&mut self, keyword: &str) -> Result<bool, ConversionError> {
        let flag = self.take_as(keyword, "true or false", Json::as_bool)?;
        Ok(flag.unwrap_or(false))
    }

    pub(super) fn take_text(&mut self, keyword: &str) -> Result<Option<String>, ConversionError> {
        self.take_as(keyword, "text", |json| json.as_str().map(str::to_owned))
    }

    pub(super) fn take_number(&mut self, keyword: &str) -> Result<Option<f64>, ConversionError> {
        self.take_as(keyword, "a number", Json::as_f64)
    }

    pub(super) fn take_count(&mut self, keyword: &str) -> Result<Option<u64>, ConversionError> {
        self.take_as(keyword, "a count", Json::as_u64)
    }

    pub(super) fn take_array(&mut self, keyword: &str) -> Result<Option<Vec<Json>>, ConversionError> {
        self.take_as(keyword, "an array", |json| json.as_array().cloned())
    }

    pub(super) fn take_object(&mut self, keyword: &str) -> Result<Option<Map<String, Json>>, ConversionError> {
        self.take_as(keyword, "an object", |json| json.as_object().cloned())
    }

    /// The `type`, without the "null" that an `Option` adds.
    pub(super) fn take_type(&mut self) -> Result<Option<String>, ConversionError> {
        match self.take("type") {
            None => Ok(None),
            Some(Json::String(name)) => Ok(Some(name)),
            Some(Json::Array(names)) => {
                let mut names = names.iter().filter_map(Json::as_str).filter(|name| *name != "null");
                match (names.next(), names.next()) {
                    (Some(name), None) => Ok(Some(name.to_owned())),
                    _ => Err(self.error("`type` names more than one type")),
                }
            }
            Some(_) => Err(self.error("`type` is not the name of a type")),
        }
    }

    /// Everything has to be understood, so that a misspelt flag does not silently do nothing.
    pub(super) fn finish(self) -> Result<(), ConversionError> {
        match self.map.keys().next() {
            None => Ok(()),
            Some(keyword) => Err(self.error(format!("the keyword `{keyword}` is not understood here"))),
        }
    }

    fn take_as<T>(
        &mut self,
        keyword: &str,
        expected: &str,
        read: impl FnOnce(&Json) -> Option<T>,
    ) -> Result<Option<T>, ConversionError> {
        let Some(json) = self.take(keyword) else {
            return Ok(None);
        };
        match read(&json) {
            Some(value) => Ok(Some(value)),
            None => Err(self.error(format!("`{keyword}` is not {expected}"))),
        }
    }

    /// `anyOf: [X, null]` is what an `Option` of a type with keywords of its own becomes: it is X. Where both have a
    /// keyword, such as the description, the outer one is that of the field.
    fn take_option(&mut self) -> Result<(), ConversionError> {
        let Some(alternatives) = self.take_array("anyOf")? else {
            return Ok(());
        };
        let is_null = |json: &&Json| json.get("type").and_then(Json::as_str) == Some("null");
        let (nulls, others): (Vec<&Json>, Vec<&Json>) = alternatives.iter().partition(is_null);
        let ([_], [Json::Object(inner)]) = (nulls.as_slice(), others.as_slice()) else {
            return Err(self.error("`anyOf` is understood as a schema or null only"));
        };
        for (keyword, value) in inner {
            if keyword != "title" {
                self.map.entry(keyword).or_insert_with(|| value.clone());
            }
        }
        Ok(())
    }
}
