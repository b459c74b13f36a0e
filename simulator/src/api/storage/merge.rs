//! Bodies of `insert` and `patch` methods.

use crate::ApiError;
use serde_json::{Map, Value, json};

/// JSON merge patch, as `patch` methods do it: `null` removes.
pub(super) fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        into.clone_from(patch);
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            into.as_object_mut().expect("made one above").remove(key);
        } else {
            merge(&mut into[key], value);
        }
    }
}

/// The settable fields of a resource as a caller wrote it.
pub(super) fn settable(written: &Value, names: &[&str]) -> Result<Map<String, Value>, ApiError> {
    if written.is_null() {
        return Ok(Map::new());
    }
    let all = written
        .as_object()
        .ok_or_else(|| ApiError::invalid("The resource must be a JSON object."))?;
    let settable = all.iter().filter(|(key, _)| names.contains(&key.as_str()));
    Ok(settable
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect())
}
