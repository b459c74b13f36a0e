//! Cloud KMS, v1: which locations, key rings and keys there are, and who may
//! use a ring.

use crate::{Client, Error, Method, Pages, Policy, Request, RequiredPermission, policy};
use names::{CryptoKeyName, KeyRingName, Location, ProjectId};
use serde::{Deserialize, de::DeserializeOwned};

/// Every method of this file.
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
        .reads(&["locations.locationId", "nextPageToken"])
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
.reads(&["keyRings.name", "nextPageToken"])
.requires(|r| on("cloudkms.keyRings.list", r.path_value("parent")));

/// Reads who may do what with a key ring and its keys.
pub static RINGS_GET_IAM_POLICY: Method = Method::get(
    "cloudkms.projects.locations.keyRings.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.reads(policy::FIELDS)
.requires(|r| on("cloudkms.keyRings.getIamPolicy", r.path_value("resource")));

/// Lists the keys of a ring.
pub static KEYS_LIST: Method = Method::get(
    "cloudkms.projects.locations.keyRings.cryptoKeys.list",
    "/v1/{+parent}/cryptoKeys",
)
.query(&["pageToken"])
.reads(&["cryptoKeys.name", "nextPageToken"])
.requires(|r| on("cloudkms.cryptoKeys.list", r.path_value("parent")));

fn on(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on(
        permission,
        "cloudkms.googleapis.com",
        name,
    )]
}

#[derive(Deserialize)]
struct Named<T> {
    name: T,
}

async fn names<T: DeserializeOwned>(
    client: &Client,
    request: Request,
    field: &str,
) -> Result<Vec<T>, Error> {
    let all: Vec<Named<T>> = Pages::new(client, request).all(field).await?;
    Ok(all.into_iter().map(|named| named.name).collect())
}

/// Lists the locations where a project may have keys.
///
/// # Errors
/// A call failed.
pub async fn list_locations(client: &Client, project: &ProjectId) -> Result<Vec<Location>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Listed {
        location_id: Location,
    }
    let request = Request::new(&LOCATIONS_LIST).path("name", format!("projects/{project}"));
    let all: Vec<Listed> = Pages::new(client, request).all("locations").await?;
    Ok(all.into_iter().map(|listed| listed.location_id).collect())
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
    names(
        client,
        Request::new(&RINGS_LIST).path("parent", parent),
        "keyRings",
    )
    .await
}

/// Reads who may do what with a key ring and its keys, conditions included.
///
/// # Errors
/// The call failed.
pub async fn get_ring_policy(client: &Client, ring: &KeyRingName) -> Result<Policy, Error> {
    let request = Request::new(&RINGS_GET_IAM_POLICY)
        .path("resource", ring)
        .query("options.requestedPolicyVersion", policy::VERSION);
    client.json(&request).await
}

/// Lists the keys of a ring.
///
/// # Errors
/// A call failed.
pub async fn list_keys(client: &Client, ring: &KeyRingName) -> Result<Vec<CryptoKeyName>, Error> {
    names(
        client,
        Request::new(&KEYS_LIST).path("parent", ring),
        "cryptoKeys",
    )
    .await
}
