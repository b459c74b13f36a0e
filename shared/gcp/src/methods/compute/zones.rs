//! Zones, and the operations of zones.

use super::operations::{ZONE_OPERATIONS, ZONE_OPERATIONS_LIST};
use crate::{Client, Error, Operation, Pages, Request, collection::collection, wait::wait_or_get};
use names::{Duration, ProjectId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

collection! {
    /// Zones.
    ZONES = "compute.zones" ("compute.zones"),
    "projects/project-1/zones/us-central1-a", items: "items";
    get get "/compute/v1/projects/{project}/zones/{zone}" (get Resource)
        .response_fields(&["name", "status"]);
    list get "/compute/v1/projects/{project}/zones" (list Resource)
        .query(&["pageToken"])
        .response_fields(&["items.name", "items.status", "nextPageToken"]);
}

/// The path of a zone.
pub(super) fn path(project: &ProjectId, zone: &names::Zone) -> String {
    format!("projects/{project}/zones/{zone}")
}

/// The request that reads an operation of a zone, for [`crate::wait`].
#[must_use]
pub fn zone_operation(project: &ProjectId, zone: &names::Zone, name: &str) -> Request {
    let path = format!("{}/operations/{name}", path(project, zone));
    Request::on(&ZONE_OPERATIONS.get, &path)
}

/// The newest operation of a zone that a request with this ID began; `None` if there
/// is none, or Google forgot it some weeks after it was done. (Unverified: that Google
/// filters by `clientOperationId`. What else it lists is left out.)
///
/// # Errors
/// A call failed.
pub async fn operation_of_request(
    client: &Client,
    project: &ProjectId,
    zone: &names::Zone,
    request_id: Uuid,
) -> Result<Option<Operation>, Error> {
    let request_id = request_id.to_string();
    let list = Request::on(&ZONE_OPERATIONS_LIST, &path(project, zone))
        .query("filter", format!("clientOperationId=\"{request_id}\""));
    let listed: Vec<Value> = Pages::new(client, list).all("items").await?;
    let began = |operation: &&Value| operation["clientOperationId"] == request_id.as_str();
    let requested = |operation: &&Value| -> Option<Timestamp> {
        operation["insertTime"].as_str()?.parse().ok()
    };
    let newest = listed.iter().filter(began).max_by_key(requested);
    // One without a name is none.
    Ok(newest.and_then(|operation| Operation::from_compute(operation).ok()))
}

/// Waits until an operation is done, for at most `longest` and two minutes, and
/// reads it. After `longest` it is read once more without waiting.
///
/// # Errors
/// The call failed; 404 some weeks after the operation was done. A failed
/// operation is not an error.
pub async fn wait_operation(
    client: &Client,
    project: &ProjectId,
    zone: &names::Zone,
    name: &str,
    longest: Duration,
) -> Result<Operation, Error> {
    let path = format!("{}/operations/{name}", path(project, zone));
    let [get, wait] = [&ZONE_OPERATIONS.get, &ZONE_OPERATIONS.wait];
    let (get, wait) = (Request::on(get, &path), Request::on(wait, &path));
    wait_or_get(client, wait, &get, longest).await
}
