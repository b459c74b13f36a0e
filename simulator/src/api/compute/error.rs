//! Errors with Compute Engine's messages.

use super::catalog;
use crate::{ApiError, Call};
use serde_json::Value;

/// 404, with the message as recorded.
pub(super) fn not_found(path: &str) -> ApiError {
    ApiError::not_found(format!("The resource '{path}' was not found"))
}

pub(super) fn check_zone(call: &Call) -> Result<(), ApiError> {
    let zone = call.path("zone");
    if catalog::is_zone(zone) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid value for field 'zone': '{zone}'. Unknown zone."
    )))
}

/// 400, with Google's wording.
pub(super) fn invalid_value(field: &str, value: &str, reason: &str) -> ApiError {
    ApiError::invalid(format!(
        "Invalid value for field 'resource.{field}': '{value}'. {reason}"
    ))
}

pub(super) fn check_fields(object: &Value, field: &str, allowed: &[&str]) -> Result<(), ApiError> {
    let Some(fields) = object.as_object() else {
        return Err(invalid_value(
            field,
            &object.to_string(),
            "Must be an object.",
        ));
    };
    match fields.keys().find(|key| !allowed.contains(&key.as_str())) {
        Some(key) => Err(ApiError::invalid(format!(
            "Invalid JSON payload received. Unknown name \"{key}\" at '{field}': Cannot find field."
        ))),
        None => Ok(()),
    }
}

pub(super) fn already_exists(path: &str) -> ApiError {
    ApiError::already_exists(format!("The resource '{path}' already exists"))
}

pub(super) fn not_ready(path: &str) -> ApiError {
    let error = ApiError::invalid(format!("The resource '{path}' is not ready"));
    ApiError {
        reason: "resourceNotReady",
        ..error
    }
}
