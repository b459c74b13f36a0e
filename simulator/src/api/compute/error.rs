//! Errors with Compute Engine's messages.

use super::zones::{is_region, is_zone};
use crate::{
    ApiError, Call,
    collection::{OperationError, dialect::compute::invalid_value},
};
use serde_json::Value;

pub(super) fn check_zone(call: &Call) -> Result<(), ApiError> {
    let zone = call.path("zone");
    if is_zone(zone) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid value for field 'zone': '{zone}'. Unknown zone."
    )))
}

/// The region in the call's path.
pub(super) fn region(call: &Call) -> Result<&str, ApiError> {
    let region = call.path("region");
    if is_region(region) {
        return Ok(region);
    }
    Err(ApiError::invalid(format!(
        "Invalid value for field 'region': '{region}'. Unknown region."
    )))
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

pub(super) fn not_ready(path: &str) -> ApiError {
    let error = ApiError::invalid(format!("The resource '{path}' is not ready"));
    ApiError {
        reason: "resourceNotReady",
        ..error
    }
}

/// 400 for a deletion of what another resource uses.
pub(super) fn in_use(kind: &str, path: &str, user: &str) -> ApiError {
    let message = format!("The {kind} resource '{path}' is already being used by '{user}'");
    ApiError {
        reason: "resourceInUseByAnotherResource",
        ..ApiError::invalid(message)
    }
}

impl OperationError {
    /// The same error as the response to the insert request itself. It is
    /// unverified that the reason of a stockout there is its code.
    pub(super) fn into_api_error(self) -> ApiError {
        let denied = self.http_status == 403;
        let details = self.details.iter().map(|detail| {
            let (kind, from) = if denied {
                ("QuotaFailure", "quotaInfo")
            } else {
                ("ErrorInfo", "errorInfo")
            };
            let mut detail: Value = detail[from].clone();
            detail["@type"] = format!("type.googleapis.com/google.rpc.{kind}").into();
            detail
        });
        ApiError {
            status: self.http_status,
            code: if denied {
                "PERMISSION_DENIED"
            } else {
                "UNAVAILABLE"
            },
            reason: match (denied, self.details.is_empty()) {
                (true, _) => "quotaExceeded",
                (false, true) => "ZONE_RESOURCE_POOL_EXHAUSTED",
                (false, false) => "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS",
            },
            message: self.message,
            details: details.collect(),
        }
    }
}
