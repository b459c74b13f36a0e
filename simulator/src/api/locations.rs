//! The locations of the APIs that list them: Google's regions, and some that are
//! larger. Which API is in which region is not simulated.

use super::compute::region_names;
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{dialect::standard::PAGING, with_project_id},
    iam::{RequiredPermission, Resource},
    route::{Route, routes},
};
use serde_json::{Value, json};

/// Locations of several regions. Others exist.
const LARGER: [&str; 4] = ["asia", "europe", "global", "us"];

pub(crate) const ROUTES: &[Route] = routes! {
    "artifactregistry" "artifactregistry.projects.locations.list" GET "/v1/projects/{project}/locations"
        |_, call| on_project(call, "artifactregistry.locations.list"), list;
    "artifactregistry" "artifactregistry.projects.locations.get" GET "/v1/projects/{project}/locations/{location}"
        |_, call| on_project(call, "artifactregistry.locations.get"), get;
    // Of gcloud, which asks an old version; that is in no discovery document.
    "artifactregistry" "" GET "/v1beta2/projects/{project}/locations"
        |_, call| on_project(call, "artifactregistry.locations.list"), list;
    "cloudscheduler" "cloudscheduler.projects.locations.list" GET "/v1/projects/{project}/locations"
        |_, call| on_project(call, "cloudscheduler.locations.list"), list;
    "cloudscheduler" "cloudscheduler.projects.locations.get" GET "/v1/projects/{project}/locations/{location}"
        |_, call| on_project(call, "cloudscheduler.locations.get"), get;
    "firestore" "firestore.projects.locations.list" GET "/v1/projects/{project}/locations"
        |_, call| on_project(call, "datastore.locations.list"), list;
    "firestore" "firestore.projects.locations.get" GET "/v1/projects/{project}/locations/{location}"
        |_, call| on_project(call, "datastore.locations.get"), get;
    "run" "run.projects.locations.list" GET "/v1/projects/{project}/locations"
        |_, call| on_project(call, "run.locations.list"), list;
    "secretmanager" "secretmanager.projects.locations.list" GET "/v1/projects/{project}/locations"
        |_, call| on_project(call, "secretmanager.locations.list"), list;
    "secretmanager" "secretmanager.projects.locations.get" GET "/v1/projects/{project}/locations/{location}"
        |_, call| on_project(call, "secretmanager.locations.get"), get;
    // Last: where the name of the host does not say which API is asked, it is this
    // one.
    "cloudkms" "cloudkms.projects.locations.list" GET "/v1/projects/{project}/locations"
        |_, call| on_project(call, "cloudkms.locations.list"), list;
    "cloudkms" "cloudkms.projects.locations.get" GET "/v1/projects/{project}/locations/{location}"
        |_, call| on_project(call, "cloudkms.locations.get"), get;
};

fn on_project(call: &Call, permission: &'static str) -> Result<Vec<RequiredPermission>, ApiError> {
    let project = Resource::project(call.path("project"));
    Ok(vec![RequiredPermission::new(permission, project)])
}

/// All locations by name, sorted.
fn all(cloud: &Cloud, call: &Call) -> Vec<(String, Value)> {
    let prefix = format!("projects/{}/locations/", call.path("project"));
    let prefix = with_project_id(cloud, prefix);
    let mut ids: Vec<&str> = region_names().chain(LARGER).collect();
    ids.sort_unstable();
    ids.into_iter()
        .map(|id| {
            let name = format!("{prefix}{id}");
            let json = json!({ "name": name, "locationId": id });
            (name, json)
        })
        .collect()
}

fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let page = PAGING.page(call, all(cloud, call).into_iter())?;
    Ok(ApiResponse::Json(page.into_json("locations")))
}

fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let wanted = call.path("location");
    let mut all = all(cloud, call).into_iter();
    let found = all.find(|(_, location)| location["locationId"] == wanted);
    // The message is unverified.
    let missing = || {
        ApiError::not_found(format!(
            "Location {wanted} is not found or access is unauthorized."
        ))
    };
    found
        .map(|(_, location)| ApiResponse::Json(location))
        .ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use crate::api::test_cloud::TestCloud;
    use serde_json::Value;

    #[test]
    fn each_api_lists_its_locations() {
        let mut world = TestCloud::new();
        for (api, version) in [
            ("artifactregistry", "v1"),
            ("artifactregistry", "v1beta2"),
            ("cloudkms", "v1"),
            ("cloudscheduler", "v1"),
            ("firestore", "v1"),
            ("run", "v1"),
            ("secretmanager", "v1"),
        ] {
            let call = format!("GET /{api}/{version}/projects/demo-project/locations?pageSize=100");
            let (status, list) = world.owner(&call, &Value::Null);
            let locations = list["locations"].as_array().expect("a list");
            let is = |location: &Value| location["locationId"] == "us-central1";
            assert!(status == 200 && locations.iter().any(is), "{call}: {list}");
        }
        let one = |id: &str| format!("GET /v1/projects/demo-project/locations/{id}");
        let (_, found) = world.owner(&one("europe"), &Value::Null);
        assert_eq!(found["name"], "projects/demo-project/locations/europe");
        assert_eq!(world.owner(&one("mars"), &Value::Null).0, 404);
    }
}
