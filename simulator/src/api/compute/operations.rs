//! Operations: begun, finished, found by request ID, awaited.

use super::{
    error::{check_zone, not_found},
    filter::Page,
    operation::{Operation, OperationError},
    reference::{absolute_url, fingerprint, last_segment},
    timers::TimerKind,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use names::{Duration, Timestamp};
use serde_json::json;

/// The response for a request whose request ID was used before: the operation
/// it began.
///
/// # Errors
/// The ID is not a UUID, is zero, or was used for a different change. That
/// Google refuses the last is unverified; it catches a client that derives IDs
/// too coarsely.
pub(super) fn find_by_request_id(
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
    let Some(path) = cloud.compute.requests.get(&request_key(call, id)) else {
        return Ok(None);
    };
    let operation = cloud
        .compute
        .operations
        .get(path)
        .expect("operations are kept for ever");
    if operation.kind != kind || operation.target != target {
        let message = format!(
            "Invalid value for field 'requestId': '{id}'. It was used for {} of '{}'.",
            operation.kind, operation.target
        );
        return Err(ApiError::invalid(message));
    }
    Ok(Some(ApiResponse::Json(operation.json(&call.origin))))
}

fn request_key(call: &Call, id: &str) -> String {
    format!("{}/{}", call.path("project"), id.to_ascii_lowercase())
}

/// Begins an operation on `target` for a call and returns its path.
pub(super) fn begin(cloud: &mut Cloud, call: &Call, kind: &str, target: &str, id: &str) -> String {
    let path = insert(cloud, kind, target, id, call.principal.email(), call.now);
    if let Some(request) = call.query("requestId") {
        cloud
            .compute
            .requests
            .insert(request_key(call, request), path.clone());
    }
    path
}

/// Stores an operation and returns its path.
pub(super) fn insert(
    cloud: &mut Cloud,
    kind: &str,
    target: &str,
    target_id: &str,
    user: &str,
    now: Timestamp,
) -> String {
    let id = cloud.compute.next_id();
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
        begun: now,
        ended: None,
        error: None,
    };
    let path = operation.path();
    cloud.compute.operations.insert(path.clone(), operation);
    path
}

pub(super) fn finish(cloud: &mut Cloud, path: &str, error: Option<OperationError>, now: Timestamp) {
    if let Some(operation) = cloud.compute.operations.get_mut(path) {
        operation.ended.get_or_insert(now);
        operation.error = error;
    }
}

/// Begins an operation that completes after a fixed delay, and returns it as
/// the response.
pub(super) fn begin_timed(
    cloud: &mut Cloud,
    call: &Call,
    kind: &str,
    target: &str,
    id: &str,
) -> ApiResponse {
    let path = begin(cloud, call, kind, target, id);
    let at = call.now + cloud.compute.settings.other_operation;
    cloud.compute.timers.add(at, &path, TimerKind::Operation);
    respond(cloud, call, &path)
}

pub(super) fn respond(cloud: &Cloud, call: &Call, path: &str) -> ApiResponse {
    let operation = cloud.compute.operations.get(path).expect("just begun");
    ApiResponse::Json(operation.json(&call.origin))
}

pub(super) fn path_of(_: &Cloud, call: &Call) -> String {
    let place = match (call.path("zone"), call.path("region")) {
        ("", "") => "global".to_owned(),
        ("", region) => format!("regions/{region}"),
        (zone, _) => format!("zones/{zone}"),
    };
    format!(
        "projects/{}/{place}/operations/{}",
        call.path("project"),
        call.path("operation")
    )
}

fn find<'a>(cloud: &'a Cloud, call: &Call) -> Result<&'a Operation, ApiError> {
    let path = path_of(cloud, call);
    let found = cloud.compute.operations.get(&path);
    found.ok_or_else(|| not_found(&path))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    Ok(ApiResponse::Json(find(cloud, call)?.json(&call.origin)))
}

/// Responds when the operation completes, or after two minutes with its state
/// (documented at `zoneOperations.wait`).
pub(super) fn wait(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let operation = find(cloud, call)?;
    let deadline = call.arrived + Duration::from_secs(120);
    if operation.ended.is_none() && call.now < deadline {
        return Ok(ApiResponse::WaitUntil(deadline));
    }
    Ok(ApiResponse::Json(operation.json(&call.origin)))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_zone(call)?;
    let scope = format!(
        "projects/{}/zones/{}/operations",
        call.path("project"),
        call.path("zone")
    );
    let prefix = format!("{scope}/");
    let all = cloud.compute.operations.with_prefix(&prefix);
    let page = Page::for_call(
        call,
        all.map(|(key, o)| (key.clone(), o.json(&call.origin))),
    )?;
    Ok(ApiResponse::Json(page.json(
        "compute#operationList",
        &absolute_url(&call.origin, &scope),
        last_segment(&scope),
    )))
}
