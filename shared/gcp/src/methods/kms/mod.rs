//! Cloud Key Management Service, v1: key rings, keys and their versions.

mod decrypt;
mod encrypt;

pub use decrypt::*;
pub use encrypt::*;

use crate::{
    Client, Error, Idempotency, Method, Operation, Pages, Policy, Request, RequiredPermission,
    ResponseKind, policy,
};
use names::{CryptoKeyName, Duration, KeyRingName, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Every method of this file.
pub static ALL: &[&Method] = &[
    &RINGS_CREATE,
    &RINGS_DELETE,
    &RINGS_GET,
    &KEYS_CREATE,
    &KEYS_DECRYPT,
    &KEYS_DELETE,
    &KEYS_ENCRYPT,
    &KEYS_GET,
    &KEYS_GET_IAM_POLICY,
    &KEYS_PATCH,
    &KEYS_SET_IAM_POLICY,
    &KEYS_UPDATE_PRIMARY,
    &VERSIONS_CREATE,
    &VERSIONS_DELETE,
    &VERSIONS_DESTROY,
    &VERSIONS_LIST,
];

const KEY: &[&str] = &[
    "name",
    "purpose",
    "labels",
    "rotationPeriod",
    "nextRotationTime",
    "primary.name",
    "primary.state",
];
const VERSION: &[&str] = &["name", "state", "destroyTime"];
const OPERATION: &[&str] = &["name", "done", "error"];

/// Creates a key ring.
pub static RINGS_CREATE: Method = Method::post(
    "cloudkms.projects.locations.keyRings.create",
    "/v1/{+parent}/keyRings",
)
.query(&["keyRingId"])
.reads(&["name"])
.requires(|r| on("cloudkms.keyRings.create", r.path_value("parent")));

/// Reads a key ring.
pub static RINGS_GET: Method =
    Method::get("cloudkms.projects.locations.keyRings.get", "/v1/{+name}")
        .reads(&["name"])
        .requires(|r| on("cloudkms.keyRings.get", r.path_value("name")));

/// Deletes a key ring that holds no key.
pub static RINGS_DELETE: Method =
    Method::delete("cloudkms.projects.locations.keyRings.delete", "/v1/{+name}")
        .reads(OPERATION)
        .response(ResponseKind::Operation)
        .requires(|r| on("cloudkms.keyRings.delete", r.path_value("name")));

/// Creates a key with its first version.
pub static KEYS_CREATE: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.create",
    "/v1/{+parent}/cryptoKeys",
)
.query(&["cryptoKeyId"])
.sends(&["purpose", "labels", "rotationPeriod", "nextRotationTime"])
.reads(KEY)
.requires(|r| on("cloudkms.cryptoKeys.create", r.path_value("parent")));

/// Reads a key.
pub static KEYS_GET: Method = Method::get(
    "cloudkms.projects.locations.keyRings.cryptoKeys.get",
    "/v1/{+name}",
)
.reads(KEY)
.requires(|r| on("cloudkms.cryptoKeys.get", r.path_value("name")));

/// Changes a key's labels and rotation.
pub static KEYS_PATCH: Method = Method::patch(
    "cloudkms.projects.locations.keyRings.cryptoKeys.patch",
    "/v1/{+name}",
)
.query(&["updateMask"])
.sends(&["labels", "rotationPeriod", "nextRotationTime"])
.reads(KEY)
.idempotency(Idempotency::Always)
.requires(|r| {
    let mut needs = on("cloudkms.cryptoKeys.get", r.path_value("name"));
    needs.extend(on("cloudkms.cryptoKeys.update", r.path_value("name")));
    needs
});

/// Deletes a key that has no version left. Its name is never free again.
pub static KEYS_DELETE: Method = Method::delete(
    "cloudkms.projects.locations.keyRings.cryptoKeys.delete",
    "/v1/{+name}",
)
.reads(OPERATION)
.response(ResponseKind::Operation)
.requires(|r| on("cloudkms.cryptoKeys.delete", r.path_value("name")));

/// Makes a version the one that encrypts.
pub static KEYS_UPDATE_PRIMARY: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.updatePrimaryVersion",
    "/v1/{+name}:updatePrimaryVersion",
)
.sends(&["cryptoKeyVersionId"])
.reads(KEY)
.idempotency(Idempotency::Always)
.requires(|r| on("cloudkms.cryptoKeys.update", r.path_value("name")));

/// Reads who may use a key.
pub static KEYS_GET_IAM_POLICY: Method = Method::get(
    "cloudkms.projects.locations.keyRings.cryptoKeys.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.reads(policy::FIELDS)
.requires(|r| on("cloudkms.cryptoKeys.getIamPolicy", r.path_value("resource")));

/// Writes who may use a key.
pub static KEYS_SET_IAM_POLICY: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.sends(policy::SENT)
.reads(policy::FIELDS)
.idempotency(Idempotency::If(policy::is_fenced))
.requires(|r| on("cloudkms.cryptoKeys.setIamPolicy", r.path_value("resource")));

/// Creates a version of a key.
pub static VERSIONS_CREATE: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.create",
    "/v1/{+parent}/cryptoKeyVersions",
)
.reads(VERSION)
.requires(|r| on("cloudkms.cryptoKeyVersions.create", r.path_value("parent")));

/// Lists the versions of a key.
pub static VERSIONS_LIST: Method = Method::get(
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.list",
    "/v1/{+parent}/cryptoKeyVersions",
)
.query(&["pageToken"])
.reads(&[
    "cryptoKeyVersions.name",
    "cryptoKeyVersions.state",
    "cryptoKeyVersions.destroyTime",
    "nextPageToken",
])
.requires(|r| on("cloudkms.cryptoKeyVersions.list", r.path_value("parent")));

/// Schedules a version to be destroyed.
pub static VERSIONS_DESTROY: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.destroy",
    "/v1/{+name}:destroy",
)
.reads(VERSION)
.requires(|r| on("cloudkms.cryptoKeyVersions.destroy", r.path_value("name")));

/// Deletes what is left of a version that is destroyed.
pub static VERSIONS_DELETE: Method = Method::delete(
    "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.delete",
    "/v1/{+name}",
)
.reads(OPERATION)
.response(ResponseKind::Operation)
.requires(|r| on("cloudkms.cryptoKeyVersions.delete", r.path_value("name")));

fn on(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on(
        permission,
        "cloudkms.googleapis.com",
        name,
    )]
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CryptoKey {
    /// Its name.
    pub name: CryptoKeyName,
    /// `ENCRYPT_DECRYPT`, unless it is of another use.
    #[serde(default)]
    pub purpose: String,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// How often it gets a new version, such as `604800s`; empty for never.
    #[serde(default)]
    pub rotation_period: String,
    /// The version that encrypts, if there is one.
    pub primary: Option<Version>,
}

/// A version of a key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// `{key}/cryptoKeyVersions/{number}`.
    pub name: String,
    /// `ENABLED`, `DISABLED`, `DESTROY_SCHEDULED`, `DESTROYED`, …
    #[serde(default)]
    pub state: String,
    /// When it is destroyed, if that is scheduled.
    pub destroy_time: Option<Timestamp>,
}

/// Creates a key ring.
///
/// # Errors
/// The call failed; 409 if it exists.
pub async fn create_ring(client: &Client, ring: &KeyRingName) -> Result<(), Error> {
    let request = Request::new(&RINGS_CREATE)
        .path("parent", ring.parent())
        .query("keyRingId", ring.id())
        .json(&json!({}));
    client.send(&request).await?;
    Ok(())
}

/// Reads a key ring, of which nothing is known but that it exists.
///
/// # Errors
/// The call failed; 404 if there is none.
pub async fn get_ring(client: &Client, ring: &KeyRingName) -> Result<(), Error> {
    let request = Request::new(&RINGS_GET).path("name", ring);
    client.send(&request).await?;
    Ok(())
}

/// Deletes a key ring that holds no key.
///
/// # Errors
/// The call failed.
pub async fn delete_ring(client: &Client, ring: &KeyRingName) -> Result<Operation, Error> {
    let request = Request::new(&RINGS_DELETE).path("name", ring);
    client.operation(&request).await
}

/// Creates a key: `key` is a body as in the API.
///
/// # Errors
/// The call failed; 409 if it exists, 404 if its ring does not.
pub async fn create_key(
    client: &Client,
    name: &CryptoKeyName,
    key: &Value,
) -> Result<CryptoKey, Error> {
    let request = Request::new(&KEYS_CREATE)
        .path("parent", name.ring())
        .query("cryptoKeyId", name.id())
        .json(key);
    client.json(&request).await
}

/// Reads a key.
///
/// # Errors
/// The call failed; 404 if there is none.
pub async fn get_key(client: &Client, name: &CryptoKeyName) -> Result<CryptoKey, Error> {
    let request = Request::new(&KEYS_GET).path("name", name);
    client.json(&request).await
}

/// Sets a key's labels, and how often it rotates, `next` for the first time;
/// without a rotation it keeps its versions.
///
/// # Errors
/// The call failed.
pub async fn patch_key(
    client: &Client,
    name: &CryptoKeyName,
    labels: &BTreeMap<String, String>,
    rotation: Option<(Duration, Timestamp)>,
) -> Result<CryptoKey, Error> {
    let mut body = json!({ "labels": labels });
    if let Some((period, next)) = rotation {
        body["rotationPeriod"] = format!("{}s", period.as_secs()).into();
        body["nextRotationTime"] = json!(next);
    }
    let request = Request::new(&KEYS_PATCH)
        .path("name", name)
        .query("updateMask", "labels,rotationPeriod,nextRotationTime")
        .json(&body);
    client.json(&request).await
}

/// Deletes a key that has no version left.
///
/// # Errors
/// The call failed.
pub async fn delete_key(client: &Client, name: &CryptoKeyName) -> Result<Operation, Error> {
    let request = Request::new(&KEYS_DELETE).path("name", name);
    client.operation(&request).await
}

/// Makes the version of that name the one that encrypts.
///
/// # Errors
/// The call failed.
pub async fn update_primary(
    client: &Client,
    name: &CryptoKeyName,
    version: &str,
) -> Result<CryptoKey, Error> {
    let id = version.rsplit('/').next().unwrap_or(version);
    let request = Request::new(&KEYS_UPDATE_PRIMARY)
        .path("name", name)
        .json(&json!({ "cryptoKeyVersionId": id }));
    client.json(&request).await
}

/// Reads who may use a key.
///
/// # Errors
/// The call failed.
pub async fn get_key_policy(client: &Client, name: &CryptoKeyName) -> Result<Policy, Error> {
    let request = Request::new(&KEYS_GET_IAM_POLICY)
        .path("resource", name)
        .query("options.requestedPolicyVersion", policy::VERSION);
    client.json(&request).await
}

/// Writes who may use a key.
///
/// # Errors
/// The call failed; a conflict if somebody else wrote since it was read.
pub async fn set_key_policy(
    client: &Client,
    name: &CryptoKeyName,
    policy: &Policy,
) -> Result<Policy, Error> {
    let request = Request::new(&KEYS_SET_IAM_POLICY)
        .path("resource", name)
        .json(&policy::sent(policy));
    client.json(&request).await
}

/// Creates a version of a key; [`update_primary`] makes it encrypt.
///
/// # Errors
/// The call failed.
pub async fn create_version(client: &Client, key: &CryptoKeyName) -> Result<Version, Error> {
    let request = Request::new(&VERSIONS_CREATE)
        .path("parent", key)
        .json(&json!({}));
    client.json(&request).await
}

/// Lists the versions of a key, destroyed ones as well.
///
/// # Errors
/// A call failed.
pub async fn list_versions(client: &Client, key: &CryptoKeyName) -> Result<Vec<Version>, Error> {
    let request = Request::new(&VERSIONS_LIST).path("parent", key);
    Pages::new(client, request).all("cryptoKeyVersions").await
}

/// Schedules the version of that name to be destroyed.
///
/// # Errors
/// The call failed; 400 `FAILED_PRECONDITION` if it is already.
pub async fn destroy_version(client: &Client, version: &str) -> Result<Version, Error> {
    let request = Request::new(&VERSIONS_DESTROY)
        .path("name", version)
        .json(&json!({}));
    client.json(&request).await
}

/// Deletes what is left of the version of that name, which is destroyed.
///
/// # Errors
/// The call failed.
pub async fn delete_version(client: &Client, version: &str) -> Result<Operation, Error> {
    let request = Request::new(&VERSIONS_DELETE).path("name", version);
    client.operation(&request).await
}
