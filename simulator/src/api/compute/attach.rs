//! `instances.attachDisk` and `detachDisk`.

use super::{
    change::{change, find, path_of},
    disks,
    error::{check_fields, in_use},
    instance::Status,
    reference::full_path,
};
use crate::collection::dialect::compute::{invalid_value, not_found};
use crate::collection::dialect::compute_operations as operations;
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};

const FIELDS: &[&str] = &[
    "autoDelete",
    "boot",
    "deviceName",
    "diskSizeGb",
    "forceAttach",
    "index",
    "interface",
    "kind",
    "licenses",
    "mode",
    "source",
    "type",
];

/// The path of the disk that the body names.
pub(super) fn source(call: &Call) -> String {
    let collection = format!("zones/{}/disks", call.path("zone"));
    let named = call.body["source"].as_str().unwrap_or_default();
    full_path(named, call.path("project"), &collection)
}

pub(super) fn attach(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "attachDisk", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    if !call.body["initializeParams"].is_null() {
        let message = "initializeParams of attachDisk is not simulated.";
        return Err(ApiError::unimplemented(message));
    }
    check_fields(&call.body, "resource", FIELDS)?;
    let source = source(call);
    let disk = cloud.compute.disks.get(&source);
    let disk = disk.ok_or_else(|| not_found(&source))?;
    let mode = call.body["mode"].as_str().unwrap_or("READ_WRITE");
    if !["READ_ONLY", "READ_WRITE"].contains(&mode) {
        return Err(invalid_value("mode", mode, "Unknown enum value."));
    }
    // Several machines can read a disk that none of them writes.
    let writes = |user: &&String| {
        let other = cloud.compute.instances.get(user.as_str());
        let mut same = other.into_iter().flat_map(|other| other.disks());
        **user == path || same.any(|d| d["source"] == source.as_str() && d["mode"] != "READ_ONLY")
    };
    let refuses = |user: &&String| mode == "READ_WRITE" || writes(user);
    let user = disks::users(cloud, &source).find(refuses);
    if let Some(user) = user {
        return Err(in_use("disk", &source, user));
    }
    let mut attached: Vec<Value> = instance.disks().cloned().collect();
    let index = (0_u64..).find(|free| attached.iter().all(|disk| disk["index"] != *free));
    let index = index.unwrap_or_default();
    let device = call.body["deviceName"].as_str().filter(|d| !d.is_empty());
    let device = device.map_or_else(|| format!("persistent-disk-{index}"), str::to_owned);
    if attached.iter().any(|disk| disk["deviceName"] == device) {
        let reason = "The device name is already in use by an attached disk.";
        return Err(invalid_value("deviceName", &device, reason));
    }
    if call.body["boot"] == true && attached.iter().any(|disk| disk["boot"] == true) {
        let reason = "The instance has a boot disk.";
        return Err(invalid_value("boot", "true", reason));
    }
    attached.push(json!({
        "autoDelete": call.body["autoDelete"] == true,
        "boot": call.body["boot"] == true,
        "deviceName": device,
        "diskSizeGb": disk.size_gb,
        "index": index,
        "interface": call.body["interface"].as_str().unwrap_or("SCSI"),
        "kind": "compute#attachedDisk",
        "mode": mode,
        "source": source,
        "type": "PERSISTENT",
    }));
    change(cloud, call, &path, "disks", attached.into(), "attachDisk")
}

/// Detaches the disk with the device name of the query. A boot disk can only be
/// detached from a stopped machine (documented).
pub(super) fn detach(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "detachDisk", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    let device = call.query("deviceName").unwrap_or_default();
    let (detached, left): (Vec<Value>, Vec<Value>) = instance
        .disks()
        .cloned()
        .partition(|disk| disk["deviceName"] == device);
    let Some(disk) = detached.first() else {
        return Err(ApiError::invalid(format!(
            "Invalid value for field 'disk': '{device}'. No attached disk found with device name \
             '{device}'"
        )));
    };
    if disk["boot"] == true && instance.status != Status::Terminated {
        let message = "The boot disk can only be detached while the instance is stopped.";
        return Err(ApiError::invalid(message));
    }
    change(cloud, call, &path, "disks", left.into(), "detachDisk")
}
