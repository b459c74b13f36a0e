//! Methods on persistent disks.

use super::{
    disk::Disk,
    error::{check_zone, in_use},
    reference::{full_path, last_segment},
};
use crate::collection::{
    dialect::compute::{
        PAGING, absolute_url, fingerprint, list_json, make_links_absolute, not_found,
    },
    dialect::compute_operations as operations,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};

/// The paths of the machines that a disk is attached to.
pub(super) fn users<'a>(cloud: &'a Cloud, path: &'a str) -> impl Iterator<Item = &'a String> {
    cloud
        .compute
        .instances
        .iter()
        .filter(move |(_, instance)| instance.disks().any(|disk| disk["source"] == path))
        .map(|(instance, _)| instance)
}

fn render(cloud: &Cloud, path: &str, disk: &Disk, origin: &str) -> Value {
    let scope = path.split_once("/disks/").map_or("", |(scope, _)| scope);
    let mut json = json!({
        "kind": "compute#disk",
        "id": disk.id,
        "name": last_segment(path),
        "status": "READY",
        "sizeGb": disk.size_gb,
        "type": format!("{scope}/diskTypes/{}", disk.kind),
        "zone": scope,
        "selfLink": path,
        "creationTimestamp": disk.created,
        "physicalBlockSizeBytes": "4096",
        "labelFingerprint": fingerprint(&disk.labels),
    });
    if disk.labels.is_object() {
        json["labels"] = disk.labels.clone();
    }
    for (field, value) in [
        ("sourceImage", &disk.image),
        ("sourceSnapshot", &disk.snapshot),
        ("description", &disk.description),
    ] {
        if let Some(value) = value {
            json[field] = value.clone().into();
        }
    }
    let users: Vec<&String> = users(cloud, path).collect();
    if !users.is_empty() {
        json["users"] = json!(users);
    }
    make_links_absolute(&mut json, origin);
    json
}

pub(super) fn path_of(_: &Cloud, call: &Call) -> String {
    // The parameter of some methods is called `resource`.
    let named = match call.path("disk") {
        "" => call.path("resource"),
        named => named,
    };
    full_path(
        named,
        call.path("project"),
        &format!("zones/{}/disks", call.path("zone")),
    )
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    let disk = cloud
        .compute
        .disks
        .get(&path)
        .ok_or_else(|| not_found(&path))?;
    Ok(ApiResponse::Json(render(cloud, &path, disk, &call.origin)))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_zone(call)?;
    let scope = format!(
        "projects/{}/zones/{}/disks",
        call.path("project"),
        call.path("zone")
    );
    let prefix = format!("{scope}/");
    let all = cloud.compute.disks.with_prefix(&prefix);
    let all = all.map(|(path, disk)| (path.clone(), render(cloud, path, disk, &call.origin)));
    let page = PAGING.page(call, all)?;
    Ok(ApiResponse::Json(list_json(
        page,
        "compute#diskList",
        &absolute_url(&call.origin, &scope),
        &scope,
    )))
}

pub(super) fn aggregated(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let prefix = format!("projects/{}/", call.path("project"));
    let all = cloud.compute.disks.with_prefix(&prefix);
    let all = all.map(|(path, disk)| (path.clone(), render(cloud, path, disk, &call.origin)));
    super::list::by_zone(call, all, "disks", "compute#diskAggregatedList")
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "delete", &path)? {
        return Ok(answer);
    }
    let disk = cloud
        .compute
        .disks
        .get(&path)
        .ok_or_else(|| not_found(&path))?;
    if let Some(user) = users(cloud, &path).next() {
        return Err(in_use("disk", &path, user));
    }
    let id = disk.id.clone();
    cloud.compute.disks.remove(&path);
    Ok(operations::begin_timed(cloud, call, "delete", &path, &id))
}
