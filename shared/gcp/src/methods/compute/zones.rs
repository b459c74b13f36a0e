//! Zones, and the operations of zones.

use super::permissions::{on_project, on_zonal, on_zone};
use crate::{
    Client, Error, Idempotency, Method, Operation, Pages, Request, RequiredPermission, ResponseKind,
};
use names::{Duration, ProjectId};
use serde::Deserialize;

/// The fields that are read of an operation.
pub(super) const OPERATION_FIELDS: &[&str] = &[
    "name",
    "status",
    "targetId",
    "httpErrorStatusCode",
    "error.errors.code",
    "error.errors.message",
    "error.errors.errorDetails.errorInfo.metadatas",
];

/// Reads a zone.
pub static ZONES_GET: Method = Method::get(
    "compute.zones.get",
    "/compute/v1/projects/{project}/zones/{zone}",
)
.response_fields(&["name", "status"])
.requires(|r| on_zone("compute.zones.get", r));

/// Lists the zones.
pub static ZONES_LIST: Method =
    Method::get("compute.zones.list", "/compute/v1/projects/{project}/zones")
        .query(&["pageToken"])
        .response_fields(&["items.name", "items.status", "nextPageToken"])
        .requires(|r| on_project("compute.zones.list", r));

/// Reads an operation.
pub static ZONE_OPERATIONS_GET: Method = Method::get(
    "compute.zoneOperations.get",
    "/compute/v1/projects/{project}/zones/{zone}/operations/{operation}",
)
.response_fields(OPERATION_FIELDS)
.response(ResponseKind::ComputeOperation)
.requires(on_operation);

/// Waits until an operation is done, for at most two minutes, and reads it.
pub static ZONE_OPERATIONS_WAIT: Method = Method::post(
    "compute.zoneOperations.wait",
    "/compute/v1/projects/{project}/zones/{zone}/operations/{operation}/wait",
)
.response_fields(OPERATION_FIELDS)
.idempotency(Idempotency::Always)
.response(ResponseKind::ComputeOperation)
.requires(on_operation);

fn on_operation(r: &Request) -> Vec<RequiredPermission> {
    let name = r.path_value("operation");
    on_zonal("compute.zoneOperations.get", r, "operations", name)
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Zone {
    /// Its name.
    pub name: names::Zone,
    /// `UP` or `DOWN`.
    #[serde(default)]
    pub status: String,
}

fn zone_request(method: &'static Method, project: &ProjectId, zone: &names::Zone) -> Request {
    Request::new(method)
        .path("project", project)
        .path("zone", zone)
}

/// Reads a zone.
///
/// # Errors
/// The call failed; 404 if the zone does not exist.
pub async fn get_zone(
    client: &Client,
    project: &ProjectId,
    zone: &names::Zone,
) -> Result<Zone, Error> {
    client.json(&zone_request(&ZONES_GET, project, zone)).await
}

/// Lists the zones that a project may use.
///
/// # Errors
/// A call failed.
pub async fn list_zones(client: &Client, project: &ProjectId) -> Result<Vec<Zone>, Error> {
    let request = Request::new(&ZONES_LIST).path("project", project);
    Pages::new(client, request).all("items").await
}

/// The request that reads an operation of a zone, for [`crate::wait`].
#[must_use]
pub fn zone_operation(project: &ProjectId, zone: &names::Zone, name: &str) -> Request {
    zone_request(&ZONE_OPERATIONS_GET, project, zone).path("operation", name)
}

/// Reads an operation of a zone.
///
/// # Errors
/// The call failed; 404 some weeks after the operation was done. A failed
/// operation is not an error.
pub async fn get_operation(
    client: &Client,
    project: &ProjectId,
    zone: &names::Zone,
    name: &str,
) -> Result<Operation, Error> {
    client.operation(&zone_operation(project, zone, name)).await
}

/// Waits until an operation is done, for at most `longest` and two minutes, and
/// reads it. After `longest` it is read once more without waiting.
///
/// # Errors
/// The call failed. A failed operation is not an error.
pub async fn wait_operation(
    client: &Client,
    project: &ProjectId,
    zone: &names::Zone,
    name: &str,
    longest: Duration,
) -> Result<Operation, Error> {
    let wait = zone_request(&ZONE_OPERATIONS_WAIT, project, zone)
        .path("operation", name)
        .timeout(Duration::from_secs(130));
    match tokio::time::timeout(longest, client.operation(&wait)).await {
        Ok(result) => result,
        Err(_) => get_operation(client, project, zone, name).await,
    }
}
