//! `instances.reset`, `suspend` and `resume`.

use super::{
    change::{find, path_of},
    error::not_ready,
    instance::Status,
    lifecycle,
};
use crate::collection::dialect::compute_operations as operations;
use crate::{ApiError, ApiResponse, Call, Cloud, Command};

/// Cuts the power of a running machine, and boots it again.
pub(super) fn reset(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "reset", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    if instance.status != Status::Running {
        return Err(not_ready(&path));
    }
    let id = instance.id.clone();
    cloud.command(Command::PowerOff {
        instance: id.clone(),
    });
    cloud.command(Command::PowerOn {
        instance: id.clone(),
    });
    Ok(operations::begin_timed(cloud, call, "reset", &path, &id))
}

/// Suspends a running machine. Google documents that one with GPUs cannot be
/// suspended; its words are unverified.
pub(super) fn suspend(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "suspend", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    if instance.status != Status::Running {
        return Err(not_ready(&path));
    }
    if instance.gpus().is_some() {
        let message = format!("Instance '{path}' has GPUs and cannot be suspended.");
        return Err(ApiError::invalid(message));
    }
    let id = instance.id.clone();
    let operation = operations::begin(cloud, call, "suspend", &path, &id);
    lifecycle::begin_suspend(cloud, &path, operation.clone(), call.now);
    Ok(operations::respond_with(cloud, call, &operation))
}

pub(super) fn resume(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "resume", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    if instance.status != Status::Suspended {
        return Err(not_ready(&path));
    }
    let id = instance.id.clone();
    let operation = operations::begin(cloud, call, "resume", &path, &id);
    lifecycle::begin_start(cloud, &path, Some(operation.clone()), call.now);
    Ok(operations::respond_with(cloud, call, &operation))
}
