//! Google's discovery documents, as far as a method is checked against them.

use gcp::{Method, ResponseKind};
use serde_json::Value;

/// Excerpts of the documents, which `groundcrew generate` writes.
const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../simulator/data/discovery"
);

pub(crate) struct Discovery {
    document: Value,
    method: Value,
}

impl Discovery {
    pub(crate) fn of(method: &Method) -> Self {
        let api = method.id.split('.').next().unwrap_or_default();
        let is_version = |segment: &&str| {
            segment.starts_with('v') && segment[1..].starts_with(|c: char| c.is_ascii_digit())
        };
        let version = method.path.split('/').find(is_version);
        let path = format!("{FOLDER}/{api}.{}.json", version.expect("a version"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let document: Value = serde_json::from_str(&text).expect("an excerpt");
        let found = document["methods"].get(method.id).cloned();
        Self {
            method: found.unwrap_or_else(|| panic!("{} is not in discovery", method.id)),
            document,
        }
    }

    /// Whether `permission` is one of the method's; `None` if those are unknown.
    pub(crate) fn requires(&self, permission: &str) -> Option<bool> {
        let known = self.method["permissions"].as_array()?;
        Some(known.iter().any(|p| p == permission))
    }

    /// What of `method` differs.
    pub(crate) fn check(&self, method: &Method) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.method["httpMethod"] != method.verb.as_str() {
            wrong.push(format!("verb {}", self.method["httpMethod"]));
        }
        let path = &self.method["path"];
        let upload = &self.method["mediaUpload"]["protocols"]["simple"]["path"];
        if path != method.path && upload != method.path {
            wrong.push(format!("path {path}"));
        }
        let global = self.document["parameters"].as_array();
        for name in method.query {
            let own = &self.method["parameters"][name]["location"] == "query";
            if !own && !global.is_some_and(|all| all.iter().any(|known| known == name)) {
                wrong.push(format!("no query parameter {name}"));
            }
        }
        for (fields, of) in [
            (method.request_fields, "request"),
            (method.response_fields, "response"),
        ] {
            let schema = self.schema(&self.method[of]);
            for field in fields {
                let steps: Vec<_> = field.split('.').collect();
                if !self.has(schema, &steps) {
                    wrong.push(format!("no field {field} in its {of}"));
                }
            }
        }
        // Firestore's document writes its name out.
        let answer = self.method["response"].as_str();
        let answers_operation = answer.is_some_and(|name| name.ends_with("Operation"));
        let reads_operation = match method.response {
            ResponseKind::ComputeOperation
            | ResponseKind::Operation
            | ResponseKind::ContainerOperation => true,
            ResponseKind::Json | ResponseKind::Media | ResponseKind::Empty => false,
        };
        if answers_operation != reads_operation {
            wrong.push(format!("answers {}", self.method["response"]));
        }
        wrong
    }

    /// The schema with this name; null if there is none.
    fn schema(&self, name: &Value) -> &Value {
        &self.document["schemas"][name.as_str().unwrap_or_default()]
    }

    /// Whether `schema` has the field, through references, lists and maps.
    fn has(&self, schema: &Value, field: &[&str]) -> bool {
        if let Some(name) = schema.get("$ref") {
            return self.has(self.schema(name), field);
        }
        if schema["type"] == "array" {
            return self.has(&schema["items"], field);
        }
        let Some((name, rest)) = field.split_first() else {
            return !schema.is_null();
        };
        match (&schema["additionalProperties"], &schema["properties"][name]) {
            (Value::Null, Value::Null) => false,
            (Value::Null, inner) => self.has(inner, rest),
            // A map's key is no step of the path.
            (values, _) => self.has(values, field),
        }
    }
}
