//! The operations of projects and regions, which make and change networks.

use super::permissions::{on_global, on_regional};
use super::zones::OPERATION;
use crate::{
    Client, Error, Idempotency, Method, Operation, Request, RequiredPermission, ResponseKind,
};
use names::{Duration, ProjectId, Region};

/// Reads an operation of a project.
pub static GLOBAL_OPERATIONS_GET: Method = Method::get(
    "compute.globalOperations.get",
    "/compute/v1/projects/{project}/global/operations/{operation}",
)
.reads(OPERATION)
.response(ResponseKind::ComputeOperation)
.requires(global_operations_get);

/// Reads an operation of a project once it is done, or as it is after two
/// minutes.
pub static GLOBAL_OPERATIONS_WAIT: Method = Method::post(
    "compute.globalOperations.wait",
    "/compute/v1/projects/{project}/global/operations/{operation}/wait",
)
.reads(OPERATION)
.idempotency(Idempotency::Always)
.response(ResponseKind::ComputeOperation)
.requires(global_operations_get);

/// Reads an operation of a region.
pub static REGION_OPERATIONS_GET: Method = Method::get(
    "compute.regionOperations.get",
    "/compute/v1/projects/{project}/regions/{region}/operations/{operation}",
)
.reads(OPERATION)
.response(ResponseKind::ComputeOperation)
.requires(region_operations_get);

/// Reads an operation of a region once it is done, or as it is after two
/// minutes.
pub static REGION_OPERATIONS_WAIT: Method = Method::post(
    "compute.regionOperations.wait",
    "/compute/v1/projects/{project}/regions/{region}/operations/{operation}/wait",
)
.reads(OPERATION)
.idempotency(Idempotency::Always)
.response(ResponseKind::ComputeOperation)
.requires(region_operations_get);

fn global_operations_get(r: &Request) -> Vec<RequiredPermission> {
    let name = r.path_value("operation");
    on_global("compute.globalOperations.get", r, "operations", name)
}

fn region_operations_get(r: &Request) -> Vec<RequiredPermission> {
    let name = r.path_value("operation");
    on_regional("compute.regionOperations.get", r, "operations", name)
}

fn of_project(method: &'static Method, project: &ProjectId, name: &str) -> Request {
    Request::new(method)
        .path("project", project)
        .path("operation", name)
}

/// The request that reads a project's operation, for [`crate::wait`].
#[must_use]
pub fn global_operation(project: &ProjectId, name: &str) -> Request {
    of_project(&GLOBAL_OPERATIONS_GET, project, name)
}

/// The request that reads a region's operation, for [`crate::wait`].
#[must_use]
pub fn region_operation(project: &ProjectId, region: &Region, name: &str) -> Request {
    of_project(&REGION_OPERATIONS_GET, project, name).path("region", region)
}

/// Reads a project's operation once it is done, or as it is after `longest`.
///
/// # Errors
/// The call failed.
pub async fn wait_global(
    client: &Client,
    project: &ProjectId,
    name: &str,
    longest: Duration,
) -> Result<Operation, Error> {
    let wait = of_project(&GLOBAL_OPERATIONS_WAIT, project, name);
    waited(client, wait, &global_operation(project, name), longest).await
}

/// Reads a region's operation once it is done, or as it is after `longest`.
///
/// # Errors
/// The call failed.
pub async fn wait_region(
    client: &Client,
    project: &ProjectId,
    region: &Region,
    name: &str,
    longest: Duration,
) -> Result<Operation, Error> {
    let wait = of_project(&REGION_OPERATIONS_WAIT, project, name).path("region", region);
    let get = region_operation(project, region, name);
    waited(client, wait, &get, longest).await
}

async fn waited(
    client: &Client,
    wait: Request,
    get: &Request,
    longest: Duration,
) -> Result<Operation, Error> {
    let wait = wait.patience(Duration::from_secs(130));
    match tokio::time::timeout(longest, client.operation(&wait)).await {
        Ok(answer) => answer,
        Err(_) => client.operation(get).await,
    }
}
