//! Google's discovery documents, as far as a method is checked against them.

use gcp::{Method, ResponseKind};
use serde_json::Value;
use std::path::Path;

pub(crate) struct Discovery {
    document: Value,
    method: Value,
}

/// The API's name and version, by the method's id.
fn file(method: &Method) -> &'static str {
    match method.id.split('.').next().unwrap_or_default() {
        "cloudbilling" => "cloudbilling.v1",
        "compute" => "compute.v1",
        "serviceusage" => "serviceusage.v1",
        "storage" => "storage.v1",
        "pubsub" => "pubsub.v1",
        "cloudkms" => "cloudkms.v1",
        "iam" => "iam.v1",
        "iamcredentials" => "iamcredentials.v1",
        "cloudresourcemanager" => "cloudresourcemanager.v3",
        "firestore" => "firestore.v1",
        other => panic!("{other}: name its discovery document here"),
    }
}

impl Discovery {
    pub(crate) fn of(folder: &Path, method: &Method) -> Self {
        let path = folder.join(format!("discovery/{}.json", file(method)));
        let text = std::fs::read_to_string(&path);
        let text = text.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let document: Value = serde_json::from_str(&text).expect("a discovery document");
        let found = find(&document, method.id).cloned();
        Self {
            method: found.unwrap_or_else(|| panic!("{} is not in discovery", method.id)),
            document,
        }
    }

    /// What of `method` differs.
    pub(crate) fn check(&self, method: &Method) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.method["httpMethod"] != method.verb.as_str() {
            wrong.push(format!("verb {}", self.method["httpMethod"]));
        }
        let base = self.document["servicePath"].as_str().unwrap_or_default();
        let path = self.method["path"].as_str().unwrap_or_default();
        let upload = &self.method["mediaUpload"]["protocols"]["simple"]["path"];
        if method.path != format!("/{base}{path}") && upload != method.path {
            wrong.push(format!("path /{base}{path}"));
        }
        for name in method.query {
            let own = &self.method["parameters"][name]["location"] == "query";
            if !own && self.document["parameters"].get(name).is_none() {
                wrong.push(format!("no query parameter {name}"));
            }
        }
        for (fields, of) in [
            (method.request_fields, "request"),
            (method.response_fields, "response"),
        ] {
            for field in fields {
                let steps: Vec<_> = field.split('.').collect();
                if !self.has(&self.method[of], &steps) {
                    wrong.push(format!("no field {field} in its {of}"));
                }
            }
        }
        // Firestore's document writes its name out.
        let answer = self.method["response"]["$ref"].as_str();
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

    /// Whether `schema` has the field, through references, lists and maps.
    fn has(&self, schema: &Value, field: &[&str]) -> bool {
        if let Some(name) = schema["$ref"].as_str() {
            return self.has(&self.document["schemas"][name], field);
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

fn find<'a>(node: &'a Value, id: &str) -> Option<&'a Value> {
    let methods = node["methods"].as_object().into_iter().flatten();
    let resources = node["resources"].as_object().into_iter().flatten();
    methods
        .map(|(_, method)| method)
        .find(|method| method["id"] == id)
        .or_else(|| resources.map(|(_, inner)| inner).find_map(|r| find(r, id)))
}
