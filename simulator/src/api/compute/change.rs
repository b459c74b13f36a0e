//! Methods that change an existing machine: delete, stop, start, set metadata
//! and labels.

use super::{
    error::{check_zone, not_ready},
    instance::{AfterShutdown, Instance, Status},
    lifecycle, validate,
};
use crate::collection::{
    dialect::compute::{fingerprint, not_found},
    dialect::compute_operations as operations,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};

/// The path of the instance in the call's path, which may give its name or its
/// numeric ID.
pub(super) fn path_of(cloud: &Cloud, call: &Call) -> String {
    let scope = format!(
        "projects/{}/zones/{}/instances/",
        call.path("project"),
        call.path("zone")
    );
    // The parameter of some methods is called `resource`.
    let named = match call.path("instance") {
        "" => call.path("resource"),
        named => named,
    };
    match cloud
        .compute
        .ids
        .get(named)
        .filter(|path| path.starts_with(&scope))
    {
        Some(path) => path.clone(),
        None => scope + named,
    }
}

pub(super) fn find<'a>(cloud: &'a Cloud, call: &Call) -> Result<&'a Instance, ApiError> {
    check_zone(call)?;
    let path = path_of(cloud, call);
    cloud
        .compute
        .instances
        .get(&path)
        .ok_or_else(|| not_found(&path))
}

/// Deletes a machine. It is unverified that a second delete of a machine that
/// is shutting down gets an operation of its own that ends with the first.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "delete", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    if instance.resource["deletionProtection"] == true {
        let message =
            format!("Resource cannot be deleted if it's protected against deletion: '{path}'.");
        return Err(ApiError {
            reason: "cannotDeleteProtectedResource",
            ..ApiError::invalid(message)
        });
    }
    let id = instance.id.clone();
    let operation = operations::begin(cloud, call, "delete", &path, &id);
    lifecycle::begin_shutdown(
        cloud,
        &path,
        AfterShutdown::Delete,
        Some(operation.clone()),
        call.now,
    );
    Ok(operations::respond_with(cloud, call, &operation))
}

pub(super) fn stop(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "stop", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    let (id, status) = (instance.id.clone(), instance.status);
    if status == Status::Terminated {
        return Ok(operations::begin_timed(cloud, call, "stop", &path, &id));
    }
    let operation = operations::begin(cloud, call, "stop", &path, &id);
    lifecycle::begin_shutdown(
        cloud,
        &path,
        AfterShutdown::Stop,
        Some(operation.clone()),
        call.now,
    );
    Ok(operations::respond_with(cloud, call, &operation))
}

pub(super) fn start(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "start", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    let id = instance.id.clone();
    match instance.status {
        Status::Terminated => {
            let operation = operations::begin(cloud, call, "start", &path, &id);
            lifecycle::begin_start(cloud, &path, Some(operation.clone()), call.now);
            Ok(operations::respond_with(cloud, call, &operation))
        }
        // Google's words are unverified.
        Status::Suspended => Err(ApiError::invalid(format!(
            "Instance '{path}' is suspended: it can be resumed, not started."
        ))),
        Status::Stopping | Status::Suspending => Err(not_ready(&path)),
        Status::Provisioning | Status::Staging | Status::Running | Status::Repairing => {
            Ok(operations::begin_timed(cloud, call, "start", &path, &id))
        }
    }
}

/// Replaces the metadata. A recording shows that Google accepts a body without
/// a fingerprint; one that does not match is a 412.
pub(super) fn set_metadata(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "setMetadata", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    validate::check_metadata(&call.body)?;
    if !call.body["fingerprint"].is_null() {
        validate::check_fingerprint(
            &call.body["fingerprint"],
            &fingerprint(&instance.resource["metadata"]),
            "metadata fingerprint",
        )?;
    }
    let items = call.body["items"]
        .as_array()
        .filter(|items| !items.is_empty());
    let metadata = items.map_or_else(|| json!({}), |items| json!({ "items": items }));
    change(cloud, call, &path, "metadata", metadata, "setMetadata")
}

/// Replaces the labels. Their fingerprint is required (documented).
pub(super) fn set_labels(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "setLabels", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    validate::check_labels(&call.body["labels"])?;
    validate::check_fingerprint(
        &call.body["labelFingerprint"],
        &fingerprint(&instance.resource["labels"]),
        "labels fingerprint",
    )?;
    let labels = call.body["labels"].as_object();
    let labels = labels.map_or_else(|| json!({}), |labels| json!(labels));
    change(cloud, call, &path, "labels", labels, "setLabels")
}

/// Sets a field of a machine, and begins the operation of the method `kind`.
pub(super) fn change(
    cloud: &mut Cloud,
    call: &Call,
    path: &str,
    field: &str,
    value: Value,
    kind: &str,
) -> Result<ApiResponse, ApiError> {
    let instance = cloud
        .compute
        .instances
        .get_mut(path)
        .ok_or_else(|| not_found(path))?;
    instance.resource[field] = value;
    instance.changed = call.now;
    let id = instance.id.clone();
    Ok(operations::begin_timed(cloud, call, kind, path, &id))
}

/// Announces a host maintenance event. It is unverified when Google's operation
/// ends; here it ends soon, long before the maintenance begins.
pub(super) fn simulate_maintenance(
    cloud: &mut Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let (path, kind) = (path_of(cloud, call), "simulateMaintenanceEvent");
    if let Some(answer) = operations::find_by_request_id(cloud, call, kind, &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    if instance.status != Status::Running {
        return Err(not_ready(&path));
    }
    let id = instance.id.clone();
    lifecycle::announce_maintenance(cloud, &path, call.now);
    Ok(operations::begin_timed(cloud, call, kind, &path, &id))
}
