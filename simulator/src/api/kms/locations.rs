//! Locations.

use super::ring::KEY_RING;
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{dialect::standard::PAGING, with_project_id},
};
use serde_json::json;
use std::collections::BTreeSet;

/// Some of Google's locations. Those with key rings are listed too.
const LOCATIONS: [&str; 8] = [
    "asia",
    "europe",
    "europe-west1",
    "europe-west4",
    "global",
    "us",
    "us-central1",
    "us-east1",
];

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let prefix = format!("projects/{}/locations/", call.path("project"));
    let prefix = with_project_id(cloud, prefix);
    let rings = KEY_RING.rows(cloud, &prefix);
    let used = rings.filter_map(|(name, _)| name[prefix.len()..].split('/').next());
    let all: BTreeSet<&str> = LOCATIONS.into_iter().chain(used).collect();
    let locations = all.into_iter().map(|id| {
        let name = format!("{prefix}{id}");
        let json = json!({ "name": name, "locationId": id });
        (name, json)
    });
    let page = PAGING.page(call, locations)?;
    Ok(ApiResponse::Json(page.into_json("locations")))
}
