//! Cloud KMS, v1: lists of locations, key rings and keys, and key rings'
//! policies, for the analysis of access.

use crate::{Client, Error, Method, Pages, Request, RequiredPermission, policy};
use names::{CryptoKeyName, KeyRingName, Location, ProjectId};
use serde::{Deserialize, de::DeserializeOwned};

/// Every method of this module.
pub static ALL: &[&Method] = &[
    &LOCATIONS_LIST,
    &RINGS_LIST,
    &RINGS_GET_IAM_POLICY,
    &KEYS_LIST,
];

/// Lists the locations where a project may have keys.
pub static LOCATIONS_LIST: Method =
    Method::get("cloudkms.projects.locations.list", "/v1/{+name}/locations")
        .query(&["pageToken"])
        .response_fields(&["locations.locationId", "nextPageToken"])
        .requires(|r| {
            let project = r.path_value("name");
            vec![RequiredPermission::on_project(
                "cloudkms.locations.list",
                project,
            )]
        });

/// Lists the key rings of a location.
pub static RINGS_LIST: Method = Method::get(
    "cloudkms.projects.locations.keyRings.list",
    "/v1/{+parent}/keyRings",
)
.query(&["pageToken"])
.response_fields(&["keyRings.name", "nextPageToken"])
.requires(|r| on_resource("cloudkms.keyRings.list", r.path_value("parent")));

/// Reads a key ring's policy.
pub static RINGS_GET_IAM_POLICY: Method = Method::get(
    "cloudkms.projects.locations.keyRings.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.response_fields(policy::FIELDS)
.requires(|r| on_resource("cloudkms.keyRings.getIamPolicy", r.path_value("resource")));

/// Lists the keys of a ring.
pub static KEYS_LIST: Method = Method::get(
    "cloudkms.projects.locations.keyRings.cryptoKeys.list",
    "/v1/{+parent}/cryptoKeys",
)
.query(&["pageToken"])
.response_fields(&["cryptoKeys.name", "nextPageToken"])
.requires(|r| on_resource("cloudkms.cryptoKeys.list", r.path_value("parent")));

fn on_resource(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on(
        permission,
        "cloudkms.googleapis.com",
        name,
    )]
}

#[derive(Deserialize)]
struct NamedItem<T> {
    name: T,
}

async fn list_names<T: DeserializeOwned>(
    client: &Client,
    request: Request,
    field: &str,
) -> Result<Vec<T>, Error> {
    let all: Vec<NamedItem<T>> = Pages::new(client, request).all(field).await?;
    Ok(all.into_iter().map(|item| item.name).collect())
}

/// Lists the locations where a project may have keys.
///
/// # Errors
/// A call failed.
pub async fn list_locations(client: &Client, project: &ProjectId) -> Result<Vec<Location>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct LocationItem {
        location_id: Location,
    }
    let request = Request::new(&LOCATIONS_LIST).path("name", format!("projects/{project}"));
    let all: Vec<LocationItem> = Pages::new(client, request).all("locations").await?;
    Ok(all.into_iter().map(|item| item.location_id).collect())
}

/// Lists the key rings of a location.
///
/// # Errors
/// A call failed.
pub async fn list_rings(
    client: &Client,
    project: &ProjectId,
    location: &Location,
) -> Result<Vec<KeyRingName>, Error> {
    let parent = format!("projects/{project}/locations/{location}");
    list_names(
        client,
        Request::new(&RINGS_LIST).path("parent", parent),
        "keyRings",
    )
    .await
}

/// Lists the keys of a ring.
///
/// # Errors
/// A call failed.
pub async fn list_keys(client: &Client, ring: &KeyRingName) -> Result<Vec<CryptoKeyName>, Error> {
    list_names(
        client,
        Request::new(&KEYS_LIST).path("parent", ring),
        "cryptoKeys",
    )
    .await
}

impl policy::GetIamPolicy for KeyRingName {
    fn get_iam_policy(&self) -> Request {
        policy::get_request(&RINGS_GET_IAM_POLICY, self)
    }
}
