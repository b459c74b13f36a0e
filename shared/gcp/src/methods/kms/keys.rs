//! Keys.

use super::{
    permissions::{OPERATION_FIELDS, on_resource},
    versions::CryptoKeyVersion,
};
use crate::{Client, Error, Idempotency, Method, Operation, Policy, Request, ResponseKind, policy};
use names::{CryptoKeyName, Duration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const KEY_FIELDS: &[&str] = &[
    "name",
    "purpose",
    "labels",
    "rotationPeriod",
    "nextRotationTime",
    "primary.name",
    "primary.state",
];

/// Creates a key with its first version.
pub static KEYS_CREATE: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.create",
    "/v1/{+parent}/cryptoKeys",
)
.query(&["cryptoKeyId"])
.request_fields(&["purpose", "labels", "rotationPeriod", "nextRotationTime"])
.response_fields(KEY_FIELDS)
.requires(|r| on_resource("cloudkms.cryptoKeys.create", r.path_value("parent")));

/// Reads a key.
pub static KEYS_GET: Method = Method::get(
    "cloudkms.projects.locations.keyRings.cryptoKeys.get",
    "/v1/{+name}",
)
.response_fields(KEY_FIELDS)
.requires(|r| on_resource("cloudkms.cryptoKeys.get", r.path_value("name")));

/// Changes a key's labels and rotation.
pub static KEYS_PATCH: Method = Method::patch(
    "cloudkms.projects.locations.keyRings.cryptoKeys.patch",
    "/v1/{+name}",
)
.query(&["updateMask"])
.request_fields(&["labels", "rotationPeriod", "nextRotationTime"])
.response_fields(KEY_FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| {
    let mut required = on_resource("cloudkms.cryptoKeys.get", r.path_value("name"));
    required.extend(on_resource(
        "cloudkms.cryptoKeys.update",
        r.path_value("name"),
    ));
    required
});

/// Deletes a key without versions. Its name can never be used again.
pub static KEYS_DELETE: Method = Method::delete(
    "cloudkms.projects.locations.keyRings.cryptoKeys.delete",
    "/v1/{+name}",
)
.response_fields(OPERATION_FIELDS)
.response(ResponseKind::Operation)
.requires(|r| on_resource("cloudkms.cryptoKeys.delete", r.path_value("name")));

/// Makes a version the primary version, which encrypts.
pub static KEYS_UPDATE_PRIMARY: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.updatePrimaryVersion",
    "/v1/{+name}:updatePrimaryVersion",
)
.request_fields(&["cryptoKeyVersionId"])
.response_fields(KEY_FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| on_resource("cloudkms.cryptoKeys.update", r.path_value("name")));

/// Reads a key's policy.
pub static KEYS_GET_IAM_POLICY: Method = Method::get(
    "cloudkms.projects.locations.keyRings.cryptoKeys.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.response_fields(policy::FIELDS)
.requires(|r| on_resource("cloudkms.cryptoKeys.getIamPolicy", r.path_value("resource")));

/// Writes a key's policy.
pub static KEYS_SET_IAM_POLICY: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.request_fields(policy::SET_FIELDS)
.response_fields(policy::FIELDS)
.idempotency(Idempotency::If(policy::has_etag))
.requires(|r| on_resource("cloudkms.cryptoKeys.setIamPolicy", r.path_value("resource")));

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CryptoKey {
    /// Its name.
    pub name: CryptoKeyName,
    /// `ENCRYPT_DECRYPT`, or another purpose that groundcrew does not use.
    #[serde(default)]
    pub purpose: String,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The rotation period, such as `604800s`; empty without rotation.
    #[serde(default)]
    pub rotation_period: String,
    /// The version that encrypts; `None` if the key cannot encrypt.
    pub primary: Option<CryptoKeyVersion>,
}

/// Creates a key; `key` is the request body.
///
/// # Errors
/// The call failed; 409 if the key already exists, 404 if its key ring does
/// not exist.
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
/// The call failed; 404 if the key does not exist.
pub async fn get_key(client: &Client, name: &CryptoKeyName) -> Result<CryptoKey, Error> {
    let request = Request::new(&KEYS_GET).path("name", name);
    client.json(&request).await
}

/// Replaces a key's labels and rotation. `rotation` is the period and the time
/// of the next rotation; `None` disables rotation.
///
/// # Errors
/// The call failed; 404 if the key does not exist.
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

/// Begins to delete a key without versions.
///
/// # Errors
/// The call failed; 404 if the key does not exist.
pub async fn delete_key(client: &Client, name: &CryptoKeyName) -> Result<Operation, Error> {
    let request = Request::new(&KEYS_DELETE).path("name", name);
    client.operation(&request).await
}

/// Makes the version of that name the primary version, which encrypts.
///
/// # Errors
/// The call failed; 404 if the key does not exist.
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

impl policy::GetIamPolicy for CryptoKeyName {
    fn get_iam_policy(&self) -> Request {
        policy::get_request(&KEYS_GET_IAM_POLICY, self)
    }
}

impl policy::SetIamPolicy for CryptoKeyName {
    fn set_iam_policy(&self, policy: &Policy) -> Request {
        policy::set_request(&KEYS_SET_IAM_POLICY, self, policy)
    }
}
