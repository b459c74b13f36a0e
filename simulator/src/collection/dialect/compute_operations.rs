//! Operations of Compute Engine: begun, and found by the ID of a request.

use super::compute::{fingerprint, operation_json};
use crate::{
    ApiError, ApiResponse, Call, Cloud, api::compute::RepeatedRequest, collection::Operation,
};
use names::Timestamp;
use serde_json::{Value, json};

/// The response for a request whose request ID was used before: the operation
/// it began.
///
/// # Errors
/// The ID is not a UUID, is zero, or was used for a different change. That
/// Google refuses the last is unverified; it catches a client that derives IDs
/// too coarsely.
pub(crate) fn find_by_request_id(
    cloud: &Cloud,
    call: &Call,
    kind: &str,
    target: &str,
) -> Result<Option<ApiResponse>, ApiError> {
    let Some(id) = call.query("requestId") else {
        return Ok(None);
    };
    let digits: Vec<&str> = id.split('-').collect();
    let shape: Vec<usize> = digits.iter().map(|part| part.len()).collect();
    let hex = digits
        .iter()
        .all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()));
    if shape != [8, 4, 4, 4, 12] || !hex || id.bytes().all(|b| matches!(b, b'0' | b'-')) {
        let message =
            format!("Invalid value for field 'requestId': '{id}'. Must be a non-zero UUID.");
        return Err(ApiError::invalid(message));
    }
    let Some(operation) = cloud.operation_of_request(call.path("project"), id) else {
        return Ok(None);
    };
    if operation.kind != kind || operation.target != target {
        let message = format!(
            "Invalid value for field 'requestId': '{id}'. It was used for {} of '{}'.",
            operation.kind, operation.target
        );
        return Err(ApiError::invalid(message));
    }
    let has_failed = operation.error.is_some() && operation.is_done(call.now);
    let repeats = cloud.compute.settings.repeats;
    Ok(match repeats {
        RepeatedRequest::BeginsAnew if has_failed => None,
        RepeatedRequest::IsIgnored if has_failed => {
            let (error, request) = (None, String::new());
            let nothing = Operation {
                error,
                request,
                ..operation.clone()
            };
            Some(respond(&nothing, call))
        }
        RepeatedRequest::ReturnsFailure
        | RepeatedRequest::BeginsAnew
        | RepeatedRequest::IsIgnored => Some(respond(operation, call)),
    })
}

/// Begins an operation on `target` for a call and returns its path.
pub(crate) fn begin(cloud: &mut Cloud, call: &Call, kind: &str, target: &str, id: &str) -> String {
    let path = insert(cloud, kind, target, id, call.principal.email(), call.now);
    if let Some(request) = call.query("requestId") {
        if let Some(operation) = cloud.resources.operations.get_mut(&path) {
            operation.request = request.to_owned();
        }
        cloud.record_request(call.path("project"), request, &path);
    }
    path
}

/// Stores an operation and returns its path.
pub(crate) fn insert(
    cloud: &mut Cloud,
    kind: &str,
    target: &str,
    target_id: &str,
    user: &str,
    now: Timestamp,
) -> String {
    let id = cloud.resources.next_id();
    // The last two segments of the target are collection and name.
    let scope = target.rsplitn(3, '/').nth(2).unwrap_or(target);
    // One port serves all APIs: names must differ from other APIs' operations.
    let digest = fingerprint(&json!([id, target]))
        .replace(['=', '-', '_'], "0")
        .to_lowercase();
    let operation = Operation {
        name: format!("operation-{}-{digest}-{id}", now.as_micros() / 1000),
        id,
        scope: scope.to_owned(),
        kind: kind.to_owned(),
        target: target.to_owned(),
        target_id: target_id.to_owned(),
        user: user.to_owned(),
        request: String::new(),
        begun: now,
        ended: None,
        error: None,
        metadata: Value::Null,
        response: Value::Null,
        api: String::new(),
    };
    cloud.begin_operation(operation).path()
}

/// Begins an operation that completes after a fixed time, and returns it as
/// the response.
pub(crate) fn begin_timed(
    cloud: &mut Cloud,
    call: &Call,
    kind: &str,
    target: &str,
    id: &str,
) -> ApiResponse {
    let path = begin(cloud, call, kind, target, id);
    let ended = call.now + cloud.compute.settings.other_operation;
    cloud.finish_operation(&path, None, ended);
    respond_with(cloud, call, &path)
}

/// The operation at `path` as the response.
pub(crate) fn respond_with(cloud: &Cloud, call: &Call, path: &str) -> ApiResponse {
    let operation = cloud.resources.operations.get(path).expect("just begun");
    respond(operation, call)
}

fn respond(operation: &Operation, call: &Call) -> ApiResponse {
    ApiResponse::Json(operation_json(operation, &call.origin, call.now))
}
