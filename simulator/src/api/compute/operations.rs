//! Operations: begun, finished, found again, waited for.

use super::{
    agenda::Due,
    error::{check_zone, not_found},
    filter::Page,
    operation::{Fault, Operation},
    reference::{fingerprint, last, link},
};
use crate::{Answer, ApiError, Call, Cloud};
use names::{Duration, Timestamp};
use serde_json::json;

/// The operation that an earlier call with the same request id began.
///
/// # Errors
/// The id is no UUID, zero, or belonged to a different change. The last is
/// unverified against Google; it catches a client that derives ids too coarsely.
pub(super) fn repeated(
    cloud: &Cloud,
    call: &Call,
    kind: &str,
    target: &str,
) -> Result<Option<Answer>, ApiError> {
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
    Ok(Some(Answer::Json(operation.json(&call.origin))))
}

fn request_key(call: &Call, id: &str) -> String {
    format!("{}/{}", call.path("project"), id.to_ascii_lowercase())
}

/// Begins an operation on `target` for a call, and returns its path.
pub(super) fn begin(cloud: &mut Cloud, call: &Call, kind: &str, target: &str, id: &str) -> String {
    let path = record(cloud, kind, target, id, call.principal.email(), call.now);
    if let Some(request) = call.query("requestId") {
        cloud
            .compute
            .requests
            .insert(request_key(call, request), path.clone());
    }
    path
}

/// Writes an operation down, and returns its path.
pub(super) fn record(
    cloud: &mut Cloud,
    kind: &str,
    target: &str,
    target_id: &str,
    user: &str,
    now: Timestamp,
) -> String {
    let id = cloud.compute.next_id();
    // The two segments before the name are the collection's.
    let scope = target.rsplitn(3, '/').nth(2).unwrap_or(target);
    // Names must not collide with another API's operations: one port serves all.
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
        fault: None,
    };
    let path = operation.path();
    cloud.compute.operations.insert(path.clone(), operation);
    path
}

pub(super) fn finish(cloud: &mut Cloud, path: &str, fault: Option<Fault>, now: Timestamp) {
    if let Some(operation) = cloud.compute.operations.get_mut(path) {
        operation.ended.get_or_insert(now);
        operation.fault = fault;
    }
}

/// The answer of a change that waits for nothing but its own latency.
pub(super) fn soon(cloud: &mut Cloud, call: &Call, kind: &str, target: &str, id: &str) -> Answer {
    let path = begin(cloud, call, kind, target, id);
    let at = call.now + cloud.compute.settings.other_operation;
    cloud.compute.agenda.add(at, &path, Due::Operation);
    answer(cloud, call, &path)
}

pub(super) fn answer(cloud: &Cloud, call: &Call, path: &str) -> Answer {
    let operation = cloud.compute.operations.get(path).expect("just begun");
    Answer::Json(operation.json(&call.origin))
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

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    Ok(Answer::Json(find(cloud, call)?.json(&call.origin)))
}

/// Answers when the operation is done, or as it is after two minutes
/// (documented at `zoneOperations.wait`).
pub(super) fn wait(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let operation = find(cloud, call)?;
    let deadline = call.arrived + Duration::from_secs(120);
    if operation.ended.is_none() && call.now < deadline {
        return Ok(Answer::Later(deadline));
    }
    Ok(Answer::Json(operation.json(&call.origin)))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    check_zone(call)?;
    let scope = format!(
        "projects/{}/zones/{}/operations",
        call.path("project"),
        call.path("zone")
    );
    let prefix = format!("{scope}/");
    let all = cloud.compute.operations.under(&prefix);
    let page = Page::of(
        call,
        all.map(|(key, o)| (key.clone(), o.json(&call.origin))),
    )?;
    Ok(Answer::Json(page.json(
        "compute#operationList",
        &link(&call.origin, &scope),
        last(&scope),
    )))
}
