//! Cloud Run, v1: the one version that lists the services of all regions.

use crate::{Client, Collection, Error, collection::collection};
use names::ProjectId;
use serde::Deserialize;
use serde_json::Value;

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&SERVICES];

collection! {
    /// Services; `locations/-` stands for all regions.
    SERVICES = "run.projects.locations.services" ("run.services"),
    "projects/project-1/locations/-/services/s", items: "items";
    list get "/v1/{+parent}/services" (list Project)
        .response_fields(&["items.metadata", "items.spec"]);
}

/// A service as far as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunService {
    /// Its name within its region.
    pub name: String,
    /// Such as `us-central1`.
    pub region: String,
    /// What its next revision runs as; empty stands for the default account of
    /// Compute Engine.
    pub account: String,
}

/// The services of a project, of all regions.
///
/// # Errors
/// The call failed.
pub async fn list_services(client: &Client, project: &ProjectId) -> Result<Vec<RunService>, Error> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        items: Vec<Value>,
    }
    let list = SERVICES.list(&format!("projects/{project}/locations/-"));
    let list: List = client.json(&list).await?;
    let service = |item: Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        RunService {
            name: text(&item["metadata"]["name"]),
            region: text(&item["metadata"]["labels"]["cloud.googleapis.com/location"]),
            account: text(&item["spec"]["template"]["spec"]["serviceAccountName"]),
        }
    };
    Ok(list.items.into_iter().map(service).collect())
}
