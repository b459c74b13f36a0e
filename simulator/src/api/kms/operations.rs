//! Long-running operations of deletes: begun and found again.

use super::{
    name,
    operation::{Operation, to_json},
    response::respond,
};
use crate::{ApiError, ApiResponse, Call, Cloud, iam::hash};
use names::Duration;

/// Duration of the operation of a delete; a guess.
const DELETE_DURATION: Duration = Duration::from_secs(2);

/// Begins the operation of the delete of `target`.
pub(super) fn begin(
    cloud: &mut Cloud,
    call: &Call,
    target: &str,
    metadata: &str,
) -> Result<ApiResponse, ApiError> {
    let id = hash(&["kms", target, &call.now.to_string()]);
    let name = format!("{}/operations/{id:016x}", name::location(cloud, call)?);
    let operation = Operation {
        done: call.now + DELETE_DURATION,
        metadata: metadata.to_owned(),
    };
    let body = to_json(&name, &operation, call.now);
    cloud.kms.operations.insert(name, operation);
    respond(call, body)
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let location = name::location(cloud, call)?;
    let name = format!("{location}/operations/{}", call.path("operation"));
    let found = cloud.kms.operations.get(&name);
    let operation =
        found.ok_or_else(|| ApiError::not_found(format!("Operation {name} not found.")))?;
    respond(call, to_json(&name, operation, call.now))
}
