//! The JSON Schema of a resource's configuration, for editors and for those who generate configurations.

use serde_json::{Map, Value as Json, json};

/// The JSON Schema of a model as it is published: with the name of the resource, and closed, so that a misspelt
/// attribute is an error.
pub fn published(type_name: &str, json_schema: Json) -> Json {
    let mut json_schema = closed(json_schema);
    json_schema["title"] = json!(type_name);
    json_schema
}

fn closed(json: Json) -> Json {
    match json {
        Json::Object(map) => {
            let mut map: Map<String, Json> = map.into_iter().map(|(key, value)| (key, closed(value))).collect();
            if map.get("properties").is_some_and(Json::is_object) && map.contains_key("type") {
                map.insert("additionalProperties".to_owned(), json!(false));
            }
            Json::Object(map)
        }
        Json::Array(elements) => Json::Array(elements.into_iter().map(closed).collect()),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_with_attributes_are_closed_and_maps_stay_open() {
        let json_schema = json!({
            "title": "Model",
            "type": "object",
            "properties": {
                "storage": { "type": ["object", "null"], "properties": { "path": { "type": "string" } } },
                "labels": { "type": "object", "additionalProperties": { "type": "string" } },
            },
        });
        let published = published("oceanbase_thing", json_schema);
        assert_eq!(published["title"], "oceanbase_thing");
        assert_eq!(published["additionalProperties"], false);
        assert_eq!(published["properties"]["storage"]["additionalProperties"], false);
        assert_eq!(
            published["properties"]["labels"]["additionalProperties"],
            json!({ "type": "string" })
        );
    }
}
