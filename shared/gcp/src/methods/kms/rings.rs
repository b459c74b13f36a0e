//! Key rings, and the locations where they may be.

use crate::methods::operation_fields::OPERATION;
use crate::{
    ApiPath, Client, Collection, Error, Method, Named, NewId, On, Pages, Request, ResourceName,
    ResponseKind::Operation, collection::collection, policy,
};
use names::{KeyRingName, Location, ProjectId};
use serde::Deserialize;

collection! {
    /// Key rings. Only an empty one can be deleted.
    RINGS = "cloudkms.projects.locations.keyRings" ("cloudkms.keyRings"),
    "projects/project-1/locations/global/keyRings/r",
    items: "keyRings", id: NewId::Query("keyRingId");
    create post "/v1/{+parent}/keyRings" (create Resource)
        .query(&["keyRingId"]).response_fields(&["name"]);
    get get "/v1/{+name}" (get Resource).response_fields(&["name"]);
    list get "/v1/{+parent}/keyRings" (list Resource)
        .query(&["pageToken"]).response_fields(&["keyRings.name", "nextPageToken"]);
    delete delete "/v1/{+name}" (delete Resource).operation(Operation, OPERATION);
    getIamPolicy get "/v1/{+resource}:getIamPolicy" (getIamPolicy Resource)
        .query(policy::VERSION_QUERY).reads_policy();
}

impl ResourceName for KeyRingName {
    type Resource = Named<Self>;
    type Listed = Named<Self>;
    const COLLECTION: &'static Collection = &RINGS;
}

/// Lists the locations where a project may have keys.
pub static LOCATIONS_LIST: Method =
    Method::get("cloudkms.projects.locations.list", "/v1/{+name}/locations")
        .query(&["pageToken"])
        .response_fields(&["locations.locationId", "nextPageToken"])
        .needs(&[("cloudkms.locations.list", On::Resource)]);

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
    let request = Request::on(&LOCATIONS_LIST, &project.path());
    let all: Vec<LocationItem> = Pages::new(client, request).all("locations").await?;
    Ok(all.into_iter().map(|item| item.location_id).collect())
}
