//! Key rings.

use super::permissions::{OPERATION_FIELDS, on_resource};
use crate::{Client, Error, Method, Operation, Request, ResponseKind};
use names::KeyRingName;
use serde_json::json;

/// Creates a key ring.
pub static RINGS_CREATE: Method = Method::post(
    "cloudkms.projects.locations.keyRings.create",
    "/v1/{+parent}/keyRings",
)
.query(&["keyRingId"])
.response_fields(&["name"])
.requires(|r| on_resource("cloudkms.keyRings.create", r.path_value("parent")));

/// Reads a key ring.
pub static RINGS_GET: Method =
    Method::get("cloudkms.projects.locations.keyRings.get", "/v1/{+name}")
        .response_fields(&["name"])
        .requires(|r| on_resource("cloudkms.keyRings.get", r.path_value("name")));

/// Deletes an empty key ring.
pub static RINGS_DELETE: Method =
    Method::delete("cloudkms.projects.locations.keyRings.delete", "/v1/{+name}")
        .response_fields(OPERATION_FIELDS)
        .response(ResponseKind::Operation)
        .requires(|r| on_resource("cloudkms.keyRings.delete", r.path_value("name")));

/// Creates a key ring.
///
/// # Errors
/// The call failed; 409 if the key ring already exists.
pub async fn create_ring(client: &Client, ring: &KeyRingName) -> Result<(), Error> {
    let request = Request::new(&RINGS_CREATE)
        .path("parent", ring.parent())
        .query("keyRingId", ring.id())
        .json(&json!({}));
    client.send(&request).await?;
    Ok(())
}

/// Checks that a key ring exists.
///
/// # Errors
/// The call failed; 404 if the key ring does not exist.
pub async fn get_ring(client: &Client, ring: &KeyRingName) -> Result<(), Error> {
    let request = Request::new(&RINGS_GET).path("name", ring);
    client.send(&request).await?;
    Ok(())
}

/// Begins to delete an empty key ring.
///
/// # Errors
/// The call failed; 404 if the key ring does not exist.
pub async fn delete_ring(client: &Client, ring: &KeyRingName) -> Result<Operation, Error> {
    let request = Request::new(&RINGS_DELETE).path("name", ring);
    client.operation(&request).await
}
