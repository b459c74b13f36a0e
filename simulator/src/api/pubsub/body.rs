//! Bodies of requests.

use crate::ApiError;
use serde_json::{Value, json};

/// Deserializes a body or a part of it; the error names the field.
pub(super) fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, ApiError> {
    let value = if value.is_null() {
        json!({})
    } else {
        value.clone()
    };
    serde_json::from_value(value).map_err(|e| {
        ApiError::invalid(format!(
            "Invalid JSON payload received, or not simulated: {e}"
        ))
    })
}
