//! Global and regional operations, which create and change networks.

use super::permissions::{on_global, on_regional};
use super::zones::OPERATION_FIELDS;
use crate::{
    Client, Error, Idempotency, Method, Operation, Request, RequiredPermission, ResponseKind,
};
use names::{Duration, ProjectId, Region};

/// Reads a global operation.
pub static GLOBAL_OPERATIONS_GET: Method = Method::get(
    "compute.globalOperations.get",
    "/compute/v1/projects/{project}/global/operations/{operation}",
)
.response_fields(OPERATION_FIELDS)
.response(ResponseKind::ComputeOperation)
.requires(on_global_operation);

/// Waits until a global operation is done, for at most two minutes, and reads it.
pub static GLOBAL_OPERATIONS_WAIT: Method = Method::post(
    "compute.globalOperations.wait",
    "/compute/v1/projects/{project}/global/operations/{operation}/wait",
)
.response_fields(OPERATION_FIELDS)
.idempotency(Idempotency::Always)
.response(ResponseKind::ComputeOperation)
.requires(on_global_operation);

/// Reads a regional operation.
pub static REGION_OPERATIONS_GET: Method = Method::get(
    "compute.regionOperations.get",
    "/compute/v1/projects/{project}/regions/{region}/operations/{operation}",
)
.response_fields(OPERATION_FIELDS)
.response(ResponseKind::ComputeOperation)
.requires(on_region_operation);

/// Waits until a regional operation is done, for at most two minutes, and reads
/// it.
pub static REGION_OPERATIONS_WAIT: Method = Method::post(
    "compute.regionOperations.wait",
    "/compute/v1/projects/{project}/regions/{region}/operations/{operation}/wait",
)
.response_fields(OPERATION_FIELDS)
.idempotency(Idempotency::Always)
.response(ResponseKind::ComputeOperation)
.requires(on_region_operation);

fn on_global_operation(r: &Request) -> Vec<RequiredPermission> {
    let name = r.path_value("operation");
    on_global("compute.globalOperations.get", r, "operations", name)
}

fn on_region_operation(r: &Request) -> Vec<RequiredPermission> {
    let name = r.path_value("operation");
    on_regional("compute.regionOperations.get", r, "operations", name)
}

fn operation_request(method: &'static Method, project: &ProjectId, name: &str) -> Request {
    Request::new(method)
        .path("project", project)
        .path("operation", name)
}

/// The request that reads a global operation, for [`crate::wait`].
#[must_use]
pub fn global_operation(project: &ProjectId, name: &str) -> Request {
    operation_request(&GLOBAL_OPERATIONS_GET, project, name)
}

/// The request that reads a regional operation, for [`crate::wait`].
#[must_use]
pub fn region_operation(project: &ProjectId, region: &Region, name: &str) -> Request {
    operation_request(&REGION_OPERATIONS_GET, project, name).path("region", region)
}

/// Waits until a global operation is done, for at most `longest` and two
/// minutes, and reads it.
///
/// # Errors
/// The call failed. A failed operation is not an error.
pub async fn wait_global(
    client: &Client,
    project: &ProjectId,
    name: &str,
    longest: Duration,
) -> Result<Operation, Error> {
    let wait = operation_request(&GLOBAL_OPERATIONS_WAIT, project, name);
    wait_or_get(client, wait, &global_operation(project, name), longest).await
}

/// Waits until a regional operation is done, for at most `longest` and two
/// minutes, and reads it.
///
/// # Errors
/// The call failed. A failed operation is not an error.
pub async fn wait_region(
    client: &Client,
    project: &ProjectId,
    region: &Region,
    name: &str,
    longest: Duration,
) -> Result<Operation, Error> {
    let wait = operation_request(&REGION_OPERATIONS_WAIT, project, name).path("region", region);
    let get = region_operation(project, region, name);
    wait_or_get(client, wait, &get, longest).await
}

/// Sends `wait`, or `get` if that takes longer than `longest`.
async fn wait_or_get(
    client: &Client,
    wait: Request,
    get: &Request,
    longest: Duration,
) -> Result<Operation, Error> {
    let wait = wait.timeout(Duration::from_secs(130));
    match tokio::time::timeout(longest, client.operation(&wait)).await {
        Ok(result) => result,
        Err(_) => client.operation(get).await,
    }
}
