//! Methods on key rings.

use super::{
    name::{self, resource},
    operations,
    ring::Ring,
    shown::{answer, page},
};
use crate::{Answer, ApiError, Call, Cloud};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn shown(name: &str, ring: &Ring) -> Value {
    json!({ "name": name, "createTime": ring.created })
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let id = name::id(call, "keyRingId")?;
    let name = format!("{}/keyRings/{id}", name::location(cloud, call)?);
    if cloud.kms.rings.contains(&name) {
        return Err(ApiError::exists(format!("KeyRing {name} already exists.")));
    }
    let ring = Ring { created: call.now };
    let body = shown(&name, &ring);
    cloud.kms.rings.insert(name, ring);
    answer(call, body)
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = name::ring(cloud, call)?;
    answer(call, shown(&name, cloud.kms.ring(&name)?))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let prefix = format!("{}/keyRings/", name::location(cloud, call)?);
    let all = cloud.kms.rings.under(&prefix);
    page(
        call,
        "keyRings",
        all.map(|(n, ring)| shown(n, ring)).collect(),
    )
}

/// Some of Google's, and those where there is a ring.
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

pub(super) fn locations(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let asked = call.path("project");
    let project = cloud.iam.project(asked).map_or(asked, |(id, _)| id);
    let prefix = format!("projects/{project}/locations/");
    let rings = cloud.kms.rings.under(&prefix);
    let used = rings.filter_map(|(name, _)| name[prefix.len()..].split('/').next());
    let all: BTreeSet<&str> = LOCATIONS.into_iter().chain(used).collect();
    let shown = all
        .into_iter()
        .map(|id| json!({ "name": format!("{prefix}{id}"), "locationId": id }));
    page(call, "locations", shown.collect())
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = name::ring(cloud, call)?;
    cloud.kms.ring(&name)?;
    let inside = format!("{name}/");
    if cloud.kms.keys.under(&inside).next().is_some() {
        return Err(ApiError::failed_precondition(format!(
            "KeyRing {name} has CryptoKeys: delete them first."
        )));
    }
    cloud.kms.rings.remove(&name);
    cloud.iam.displace(&resource("KeyRing", &name).full_name());
    operations::begin(cloud, call, &name, "DeleteKeyRingMetadata")
}
