//! Keys.

use super::versions::CryptoKeyVersion;
use crate::{
    Client, Collection, Error, Idempotency, Method, Named, NewId, On, Request, ResourceName,
    ResponseKind::Operation, collection::collection, methods::operation_fields::OPERATION, policy,
};
use names::CryptoKeyName;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

const FIELDS: &[&str] = &[
    "name",
    "purpose",
    "labels",
    "rotationPeriod",
    "nextRotationTime",
    "primary.name",
    "primary.state",
];

collection! {
    /// Keys. Only one without versions can be deleted, and its name can never be
    /// used again.
    KEYS = "cloudkms.projects.locations.keyRings.cryptoKeys" ("cloudkms.cryptoKeys"),
    "projects/project-1/locations/global/keyRings/r/cryptoKeys/k",
    items: "cryptoKeys", id: NewId::Query("cryptoKeyId");
    create post "/v1/{+parent}/cryptoKeys" (create Resource)
        .query(&["cryptoKeyId"])
        .request_fields(&["purpose", "labels", "rotationPeriod", "nextRotationTime"])
        .response_fields(FIELDS);
    get get "/v1/{+name}" (get Resource).response_fields(FIELDS);
    list get "/v1/{+parent}/cryptoKeys" (list Resource)
        .query(&["pageToken"]).response_fields(&["cryptoKeys.name", "nextPageToken"]);
    patch patch "/v1/{+name}" (get Resource, update Resource)
        .query(&["updateMask"])
        .request_fields(&["labels", "rotationPeriod", "nextRotationTime"])
        .response_fields(FIELDS)
        .idempotency(Idempotency::Always);
    delete delete "/v1/{+name}" (delete Resource).operation(Operation, OPERATION);
    getIamPolicy get "/v1/{+resource}:getIamPolicy" (getIamPolicy Resource)
        .query(policy::VERSION_QUERY).reads_policy();
    setIamPolicy post "/v1/{+resource}:setIamPolicy" (setIamPolicy Resource).writes_policy();
}

impl ResourceName for CryptoKeyName {
    type Resource = CryptoKey;
    type Listed = Named<Self>;
    const COLLECTION: &'static Collection = &KEYS;
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CryptoKey {
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The rotation period, such as `604800s`; empty without rotation.
    #[serde(default)]
    pub rotation_period: String,
    /// The version that encrypts; `None` if the key cannot encrypt.
    pub primary: Option<CryptoKeyVersion>,
}

/// Makes a version the primary version, which encrypts.
pub static KEYS_UPDATE_PRIMARY: Method = Method::post(
    "cloudkms.projects.locations.keyRings.cryptoKeys.updatePrimaryVersion",
    "/v1/{+name}:updatePrimaryVersion",
)
.request_fields(&["cryptoKeyVersionId"])
.response_fields(FIELDS)
.idempotency(Idempotency::Always)
.needs(&[("cloudkms.cryptoKeys.update", On::Resource)]);

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
