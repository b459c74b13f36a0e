//! Methods on key rings.

use super::{
    name::{self, resource},
    operations,
    response::{page, respond},
    ring::Ring,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn to_json(name: &str, ring: &Ring) -> Value {
    json!({ "name": name, "createTime": ring.created })
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let id = name::id(call, "keyRingId")?;
    let name = format!("{}/keyRings/{id}", name::location(cloud, call)?);
    if cloud.kms.rings.contains(&name) {
        return Err(ApiError::already_exists(format!(
            "KeyRing {name} already exists."
        )));
    }
    let ring = Ring { created: call.now };
    let body = to_json(&name, &ring);
    cloud.kms.rings.insert(name, ring);
    respond(call, body)
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = name::ring(cloud, call)?;
    respond(call, to_json(&name, cloud.kms.ring(&name)?))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let prefix = format!("{}/keyRings/", name::location(cloud, call)?);
    let all = cloud.kms.rings.with_prefix(&prefix);
    page(
        call,
        "keyRings",
        all.map(|(n, ring)| to_json(n, ring)).collect(),
    )
}

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

pub(super) fn locations(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let requested = call.path("project");
    let project = cloud.iam.project(requested).map_or(requested, |(id, _)| id);
    let prefix = format!("projects/{project}/locations/");
    let rings = cloud.kms.rings.with_prefix(&prefix);
    let used = rings.filter_map(|(name, _)| name[prefix.len()..].split('/').next());
    let all: BTreeSet<&str> = LOCATIONS.into_iter().chain(used).collect();
    let json = all
        .into_iter()
        .map(|id| json!({ "name": format!("{prefix}{id}"), "locationId": id }));
    page(call, "locations", json.collect())
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = name::ring(cloud, call)?;
    cloud.kms.ring(&name)?;
    let inside = format!("{name}/");
    if cloud.kms.keys.with_prefix(&inside).next().is_some() {
        return Err(ApiError::failed_precondition(format!(
            "KeyRing {name} has CryptoKeys: delete them first."
        )));
    }
    cloud.kms.rings.remove(&name);
    cloud.iam.forget(&resource("KeyRing", &name).full_name());
    operations::begin(cloud, call, &name, "DeleteKeyRingMetadata")
}
