//! Errors in Compute Engine's words.

use super::catalog;
use crate::{ApiError, Call};
use serde_json::Value;

/// 404, as recorded.
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

/// 400, as Google words it.
pub(super) fn wrong(field: &str, value: &str, why: &str) -> ApiError {
    ApiError::invalid(format!(
        "Invalid value for field 'resource.{field}': '{value}'. {why}"
    ))
}

pub(super) fn known(object: &Value, field: &str, known: &[&str]) -> Result<(), ApiError> {
    let Some(fields) = object.as_object() else {
        return Err(wrong(field, &object.to_string(), "Must be an object."));
    };
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(ApiError::invalid(format!(
            "Invalid JSON payload received. Unknown name \"{key}\" at '{field}': Cannot find field."
        ))),
        None => Ok(()),
    }
}

pub(super) fn exists(path: &str) -> ApiError {
    ApiError::exists(format!("The resource '{path}' already exists"))
}

pub(super) fn not_ready(path: &str) -> ApiError {
    let error = ApiError::invalid(format!("The resource '{path}' is not ready"));
    ApiError {
        reason: "resourceNotReady",
        ..error
    }
}
