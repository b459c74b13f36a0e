//! Operations: read, listed, awaited, deleted.

use super::{
    error::check_zone,
    list::{Places, by_place},
    reference::last_segment,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{
        Operation,
        dialect::compute::{PAGING, absolute_url, list_json, not_found, operation_json},
    },
};
use names::Duration;
use serde_json::Value;

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
    let found = cloud.resources.operations.get(&path);
    found.ok_or_else(|| not_found(&path))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    Ok(ApiResponse::Json(operation_json(
        find(cloud, call)?,
        &call.origin,
        call.now,
    )))
}

/// Responds when the operation completes, or after two minutes with its state
/// (documented at `zoneOperations.wait`).
pub(super) fn wait(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let operation = find(cloud, call)?;
    let deadline = call.arrived + Duration::from_secs(120);
    if !operation.is_done(call.now) && call.now < deadline {
        let known = operation.ended.unwrap_or(deadline);
        return Ok(ApiResponse::WaitUntil(known.min(deadline)));
    }
    Ok(ApiResponse::Json(operation_json(
        operation,
        &call.origin,
        call.now,
    )))
}

/// Operations of Compute Engine by path, those that begin with `prefix`.
fn rows(cloud: &Cloud, call: &Call, prefix: String) -> impl Iterator<Item = (String, Value)> {
    let all = cloud.resources.operations.with_prefix(prefix);
    let all = all.filter(|(_, operation)| operation.api.is_empty());
    all.map(|(key, o)| (key.clone(), operation_json(o, &call.origin, call.now)))
}

/// The operations of all zones and regions, and the global ones.
pub(super) fn aggregated(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let all = rows(cloud, call, format!("projects/{}/", call.path("project")));
    let kind = "compute#operationAggregatedList";
    by_place(call, Places::All, all, "operations", kind)
}

/// Forgets an operation, whatever its state.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    let removed = cloud.resources.operations.remove(&path);
    removed.ok_or_else(|| not_found(&path))?;
    Ok(ApiResponse::no_content())
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    if !call.path("zone").is_empty() {
        check_zone(call)?;
    }
    let path = path_of(cloud, call);
    let scope = path.trim_end_matches('/');
    let all = rows(cloud, call, format!("{scope}/"));
    let page = PAGING.page(call, all)?;
    Ok(ApiResponse::Json(list_json(
        page,
        "compute#operationList",
        &absolute_url(&call.origin, scope),
        last_segment(scope),
    )))
}
