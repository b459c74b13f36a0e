//! Zones, and the operations of zones.

use super::permissions::{on_project, on_zonal, on_zone};
use crate::{Client, Error, Idempotency, Method, Operation, Pages, Request, ResponseKind};
use names::{Duration, ProjectId};
use serde::Deserialize;

pub(super) const OPERATION: &[&str] = &[
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
.reads(&["name", "status"])
.requires(|r| on_zone("compute.zones.get", r));

/// Lists the zones.
pub static ZONES_LIST: Method =
    Method::get("compute.zones.list", "/compute/v1/projects/{project}/zones")
        .query(&["pageToken"])
        .reads(&["items.name", "items.status", "nextPageToken"])
        .requires(|r| on_project("compute.zones.list", r));

/// Reads an operation.
pub static ZONE_OPERATIONS_GET: Method = Method::get(
    "compute.zoneOperations.get",
    "/compute/v1/projects/{project}/zones/{zone}/operations/{operation}",
)
.reads(OPERATION)
.response(ResponseKind::ComputeOperation)
.requires(|r| on_zonal("compute.zoneOperations.get", r, "operations"));

/// Reads an operation once it is done, or as it is after two minutes.
pub static ZONE_OPERATIONS_WAIT: Method = Method::post(
    "compute.zoneOperations.wait",
    "/compute/v1/projects/{project}/zones/{zone}/operations/{operation}/wait",
)
.reads(OPERATION)
.idempotency(Idempotency::Always)
.response(ResponseKind::ComputeOperation)
.requires(|r| on_zonal("compute.zoneOperations.get", r, "operations"));

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Zone {
    /// Its name.
    pub name: names::Zone,
    /// `UP` or `DOWN`.
    #[serde(default)]
    pub status: String,
}

fn request(method: &'static Method, project: &ProjectId, zone: &names::Zone) -> Request {
    Request::new(method)
        .path("project", project)
        .path("zone", zone)
}

/// Reads a zone.
///
/// # Errors
/// The call failed.
pub async fn get_zone(
    client: &Client,
    project: &ProjectId,
    zone: &names::Zone,
) -> Result<Zone, Error> {
    client.json(&request(&ZONES_GET, project, zone)).await
}

/// Lists the zones that a project may use.
///
/// # Errors
/// A call failed.
pub async fn list_zones(client: &Client, project: &ProjectId) -> Result<Vec<Zone>, Error> {
    let request = Request::new(&ZONES_LIST).path("project", project);
    Pages::new(client, request).all("items").await
}

/// The request that reads an operation, for [`crate::wait`].
#[must_use]
pub fn zone_operation(project: &ProjectId, zone: &names::Zone, name: &str) -> Request {
    request(&ZONE_OPERATIONS_GET, project, zone).path("operation", name)
}

/// Reads an operation. One that failed is no error here.
///
/// # Errors
/// The call failed; 404 some weeks after the operation was done.
pub async fn get_operation(
    client: &Client,
    project: &ProjectId,
    zone: &names::Zone,
    name: &str,
) -> Result<Operation, Error> {
    client.operation(&zone_operation(project, zone, name)).await
}

/// Reads an operation once it is done, or as it is after `longest`: the server
/// waits two minutes at most, and is left sooner by this client.
///
/// # Errors
/// The call failed. Where only `longest` ran out, the operation is read once
/// more without waiting.
pub async fn wait_operation(
    client: &Client,
    project: &ProjectId,
    zone: &names::Zone,
    name: &str,
    longest: Duration,
) -> Result<Operation, Error> {
    let waiting = request(&ZONE_OPERATIONS_WAIT, project, zone)
        .path("operation", name)
        .patience(Duration::from_secs(130));
    match tokio::time::timeout(longest, client.operation(&waiting)).await {
        Ok(answer) => answer,
        Err(_) => get_operation(client, project, zone, name).await,
    }
}
