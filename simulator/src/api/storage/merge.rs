//! Bodies of `insert` and `patch` methods: settable fields, and merging.

use crate::ApiError;
use serde_json::{Map, Value, json};

/// JSON merge patch, as in `patch` methods: `null` removes.
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

/// The settable fields in a resource that a caller sent.
pub(super) fn settable_fields(
    written: &Value,
    names: &[&str],
) -> Result<Map<String, Value>, ApiError> {
    if written.is_null() {
        return Ok(Map::new());
    }
    let all = written
        .as_object()
        .ok_or_else(|| ApiError::invalid("The resource must be a JSON object."))?;
    let settable_fields = all.iter().filter(|(key, _)| names.contains(&key.as_str()));
    Ok(settable_fields
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect())
}
