//! The fields of a resource that a caller may set.

use crate::ApiError;
use serde_json::{Map, Value};

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
