//! Methods that create and change persistent disks, and take snapshots of them.

use super::{
    catalog::{DISK_TYPES, Image, is_disk_type},
    disk::Disk,
    disks::path_of,
    error::{check_fields, check_zone},
    instance::int64,
    reference::{full_path, last_segment},
    snapshot::{self, SNAPSHOT},
    validate::{check_fingerprint, check_labels, check_name},
};
use crate::collection::{
    dialect::compute::{already_exists, fingerprint, invalid_value, not_found},
    dialect::compute_operations as operations,
};
use crate::{ApiError, ApiResponse, Call, Cloud, api::orgpolicy::check_compute_location};
use serde_json::Value;

/// Fields of a Disk that an insert may contain here.
const FIELDS: &[&str] = &[
    "description",
    "kind",
    "labels",
    "name",
    "physicalBlockSizeBytes",
    "sizeGb",
    "sourceImage",
    "sourceSnapshot",
    "type",
    "zone",
];

/// The image of a new disk, as the body or the query names it.
pub(super) fn image(call: &Call) -> Option<String> {
    let named = call.body["sourceImage"].as_str();
    let named = named.or_else(|| call.query("sourceImage"))?;
    Some(full_path(named, call.path("project"), "global/images"))
}

/// The snapshot of a new disk.
pub(super) fn source_snapshot(call: &Call) -> Option<String> {
    let named = call.body["sourceSnapshot"].as_str()?;
    Some(full_path(named, call.path("project"), "global/snapshots"))
}

/// The path of a new disk.
pub(super) fn new_path(_: &Cloud, call: &Call) -> String {
    format!(
        "projects/{}/zones/{}/disks/{}",
        call.path("project"),
        call.path("zone"),
        call.body["name"].as_str().unwrap_or_default()
    )
}

pub(super) fn insert(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_zone(call)?;
    let path = new_path(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "insert", &path)? {
        return Ok(answer);
    }
    check_compute_location(cloud, &path)?;
    check_fields(&call.body, "resource", FIELDS)?;
    let name = last_segment(&path);
    check_name("name", name)?;
    check_labels(&call.body["labels"])?;
    let named = call.body["type"].as_str().unwrap_or("pd-standard");
    let kind = last_segment(named);
    let settings = &cloud.compute.settings;
    if !is_disk_type(kind) || kind == "local-ssd" || settings.lacks(call.path("zone"), kind) {
        let reason = "The referenced resource does not exist.";
        return Err(invalid_value("type", named, reason));
    }
    let image = image(call).map(|path| settings.image(&path).ok_or_else(|| not_found(&path)));
    let image = image.transpose()?;
    let snapshot = source_snapshot(call);
    let least = match (image, &snapshot) {
        (Some(_), Some(_)) => {
            let reason = "Only one source can be given.";
            return Err(invalid_value("sourceSnapshot", "", reason));
        }
        (Some(image), None) => Some(image.size_gb),
        (None, Some(path)) => {
            let row = SNAPSHOT.row(cloud, path).ok_or_else(|| not_found(path))?;
            int64(&row.body["diskSizeGb"])
        }
        (None, None) => None,
    };
    let usual = DISK_TYPES.iter().find(|(known, ..)| *known == kind);
    let usual = least.or_else(|| usual.map(|(_, _, size_gb)| *size_gb));
    let given = Some(&call.body["sizeGb"]).filter(|given| !given.is_null());
    let size_gb = given.map(|given| check_size(given, least.unwrap_or(1)));
    let size_gb = size_gb.transpose()?.or(usual).unwrap_or(500);
    if cloud.compute.disks.contains(&path) {
        return Err(already_exists(&path));
    }
    let image = image.map(Image::path);
    let disk = Disk {
        id: cloud.resources.next_id(),
        kind: kind.to_owned(),
        size_gb: size_gb.to_string(),
        image,
        snapshot,
        description: call.body["description"].as_str().map(str::to_owned),
        labels: call.body["labels"].clone(),
        created: call.now,
    };
    let id = disk.id.clone();
    cloud.compute.disks.insert(path.clone(), disk);
    Ok(operations::begin_timed(cloud, call, "insert", &path, &id))
}

/// The size of a disk, of `least` GB or more. Google's words are unverified.
fn check_size(given: &Value, least: i64) -> Result<i64, ApiError> {
    let size_gb = int64(given).unwrap_or(-1);
    if (least..=65_536).contains(&size_gb) {
        return Ok(size_gb);
    }
    let text = given
        .as_str()
        .map_or_else(|| given.to_string(), str::to_owned);
    let reason = format!("Must be between {least} and 65536 GB.");
    Err(invalid_value("sizeGb", &text, &reason))
}

fn existing<'a>(cloud: &'a mut Cloud, path: &str) -> Result<&'a mut Disk, ApiError> {
    let disk = cloud.compute.disks.get_mut(path);
    disk.ok_or_else(|| not_found(path))
}

/// Makes a disk larger.
pub(super) fn resize(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "resizeDisk", &path)? {
        return Ok(answer);
    }
    let disk = existing(cloud, &path)?;
    check_fields(&call.body, "resource", &["sizeGb"])?;
    let present: i64 = disk.size_gb.parse().unwrap_or_default();
    let size_gb = check_size(&call.body["sizeGb"], present + 1)?.to_string();
    disk.size_gb.clone_from(&size_gb);
    let id = disk.id.clone();
    let users: Vec<String> = super::disks::users(cloud, &path).cloned().collect();
    for user in users {
        let instance = cloud.compute.instances.get_mut(&user);
        let disks = instance.and_then(|instance| instance.resource["disks"].as_array_mut());
        let same = |disk: &&mut Value| disk["source"] == path.as_str();
        for disk in disks.into_iter().flatten().filter(same) {
            disk["diskSizeGb"] = size_gb.as_str().into();
        }
    }
    Ok(operations::begin_timed(
        cloud,
        call,
        "resizeDisk",
        &path,
        &id,
    ))
}

/// Replaces the labels of a disk. Their fingerprint is required (documented).
pub(super) fn set_labels(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "setLabels", &path)? {
        return Ok(answer);
    }
    let disk = existing(cloud, &path)?;
    check_labels(&call.body["labels"])?;
    let present = fingerprint(&disk.labels);
    check_fingerprint(
        &call.body["labelFingerprint"],
        &present,
        "labels fingerprint",
    )?;
    disk.labels = call.body["labels"].clone();
    let id = disk.id.clone();
    Ok(operations::begin_timed(
        cloud,
        call,
        "setLabels",
        &path,
        &id,
    ))
}

/// Takes a snapshot of a disk. The operation is the disk's.
pub(super) fn create_snapshot(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    const VERB: &str = "createSnapshot";
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, VERB, &path)? {
        return Ok(answer);
    }
    let id = existing(cloud, &path)?.id.clone();
    snapshot::take(cloud, call, &path)?;
    Ok(operations::begin_timed(cloud, call, VERB, &path, &id))
}
