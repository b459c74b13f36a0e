//! Key versions.

use crate::{
    Client, Error, Method, On, Operation, Pages, Request, ResponseKind,
    methods::operation_fields::OPERATION,
};
use names::{CryptoKeyName, Timestamp};
use serde::Deserialize;
use serde_json::json;

const VERSION_FIELDS: &[&str] = &["name", "state", "destroyTime"];

/// Creates a version of a key.
pub static VERSIONS_CREATE: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.create",
    "/v1/{+parent}/cryptoKeyVersions",
)
.response_fields(VERSION_FIELDS)
.needs(&[("cloudkms.cryptoKeyVersions.create", On::Resource)]);

/// Lists the versions of a key.
pub static VERSIONS_LIST: Method = Method::get(
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.list",
    "/v1/{+parent}/cryptoKeyVersions",
)
.query(&["pageToken"])
.response_fields(&[
    "cryptoKeyVersions.name",
    "cryptoKeyVersions.state",
    "cryptoKeyVersions.destroyTime",
    "nextPageToken",
])
.needs(&[("cloudkms.cryptoKeyVersions.list", On::Resource)]);

/// Schedules a version for destruction.
pub static VERSIONS_DESTROY: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.destroy",
    "/v1/{+name}:destroy",
)
.response_fields(VERSION_FIELDS)
.needs(&[("cloudkms.cryptoKeyVersions.destroy", On::Resource)]);

/// Deletes the metadata of a destroyed version.
pub static VERSIONS_DELETE: Method = Method::delete(
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.delete",
    "/v1/{+name}",
)
.operation(ResponseKind::Operation, OPERATION)
.needs(&[("cloudkms.cryptoKeyVersions.delete", On::Resource)]);

/// A version of a key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CryptoKeyVersion {
    /// `{key}/cryptoKeyVersions/{number}`.
    pub name: String,
    /// `ENABLED`, `DISABLED`, `DESTROY_SCHEDULED`, `DESTROYED`, …
    #[serde(default)]
    pub state: String,
    /// When it will be destroyed, if it is scheduled for destruction.
    pub destroy_time: Option<Timestamp>,
}

/// Creates a version of a key; [`super::update_primary`] makes it the one that
/// encrypts.
///
/// # Errors
/// The call failed; 404 if the key does not exist.
pub async fn create_version(
    client: &Client,
    key: &CryptoKeyName,
) -> Result<CryptoKeyVersion, Error> {
    let request = Request::new(&VERSIONS_CREATE)
        .path("parent", key)
        .json(&json!({}));
    client.json(&request).await
}

/// Lists the versions of a key, including destroyed ones.
///
/// # Errors
/// A call failed; 404 if the key does not exist.
pub async fn list_versions(
    client: &Client,
    key: &CryptoKeyName,
) -> Result<Vec<CryptoKeyVersion>, Error> {
    let request = Request::new(&VERSIONS_LIST).path("parent", key);
    Pages::new(client, request).all("cryptoKeyVersions").await
}

/// Schedules the version of that name for destruction.
///
/// # Errors
/// The call failed; 400 `FAILED_PRECONDITION` if it is already scheduled.
pub async fn destroy_version(client: &Client, version: &str) -> Result<CryptoKeyVersion, Error> {
    let request = Request::new(&VERSIONS_DESTROY)
        .path("name", version)
        .json(&json!({}));
    client.json(&request).await
}

/// Begins to delete the metadata of the version of that name, which has been
/// destroyed.
///
/// # Errors
/// The call failed; 404 if the version does not exist.
pub async fn delete_version(client: &Client, version: &str) -> Result<Operation, Error> {
    let request = Request::new(&VERSIONS_DELETE).path("name", version);
    client.operation(&request).await
}
