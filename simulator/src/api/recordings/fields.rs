//! The fields of a response, compared by name.

use serde_json::Value;
use std::collections::BTreeSet;

/// The paths of all fields (`rule[].action.type`), and those values that clients
/// decide by: types, and the reasons of errors.
pub(super) fn fields(response: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(response, String::new(), &mut found);
    found
}

fn collect(value: &Value, path: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                // Names of users, not of Google.
                let name = match path.rsplit('.').next() {
                    Some("labels" | "annotations") => "*",
                    _ => name,
                };
                collect(value, format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(item, format!("{path}[]"), found);
            }
        }
        Value::String(text) if is_decisive(&path) => {
            found.insert(format!("{path}={text}"));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.insert(path);
        }
    }
}

fn is_decisive(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or_default();
    let is_error = path.starts_with("error.") && matches!(name, "status" | "reason");
    is_error || matches!(name, "@type" | "kind")
}
