//! Locations.

use super::{response::page, ring::KEY_RING};
use crate::{ApiError, ApiResponse, Call, Cloud};
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
    let requested = call.path("project");
    let project = cloud.iam.project(requested).map_or(requested, |(id, _)| id);
    let prefix = format!("projects/{project}/locations/");
    let rings = KEY_RING.rows(cloud, &prefix);
    let used = rings.filter_map(|(name, _)| name[prefix.len()..].split('/').next());
    let all: BTreeSet<&str> = LOCATIONS.into_iter().chain(used).collect();
    let json = all
        .into_iter()
        .map(|id| json!({ "name": format!("{prefix}{id}"), "locationId": id }));
    page(call, "locations", json.collect())
}
