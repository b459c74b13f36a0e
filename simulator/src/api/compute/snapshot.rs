//! Snapshots of disks. Nothing is stored of a disk's contents.

use super::{reference::full_path, validate::check_labels};
use crate::collection::{
    Kind,
    dialect::compute::{already_exists, fingerprint, invalid_value, not_found},
    dialect::compute_operations as operations,
    is_rfc1035,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};

pub(crate) static SNAPSHOT: Kind = Kind::new("compute.v1", "snapshots")
    .unsimulated(&[
        "params",
        "snapshotEncryptionKey",
        "snapshotGroupName",
        "sourceDiskEncryptionKey",
        "sourceDiskForRecoveryCheckpoint",
        "sourceInstantSnapshot",
        "sourceInstantSnapshotEncryptionKey",
    ])
    .custom(&[("setLabels", |cloud, call, path| {
        set_labels(&SNAPSHOT, cloud, call, path)
    })])
    .prepare(|cloud, call, _, _, body| {
        let named = body["sourceDisk"].as_str().unwrap_or_default();
        let collection = format!("zones/{}/disks", call.path("zone"));
        let disk = full_path(named, call.path("project"), &collection);
        complete(cloud, &disk, body)
    })
    .render(|_, _, row, json| {
        json["status"] = "READY".into();
        json["labelFingerprint"] = fingerprint(&row.body["labels"]).into();
    });

/// Adds what Google does to a snapshot of a disk, which must exist.
fn complete(cloud: &Cloud, disk: &str, body: &mut Value) -> Result<(), ApiError> {
    check_labels(&body["labels"])?;
    let source = cloud.compute.disks.get(disk);
    let source = source.ok_or_else(|| not_found(disk))?;
    for (field, value) in [
        ("sourceDisk", json!(disk)),
        ("sourceDiskId", json!(source.id)),
        ("diskSizeGb", json!(source.size_gb)),
        ("storageBytes", json!("0")),
        ("storageBytesStatus", json!("UP_TO_DATE")),
    ] {
        body[field] = value;
    }
    if body["snapshotType"].is_null() {
        body["snapshotType"] = "STANDARD".into();
    }
    Ok(())
}

/// The path of the snapshot in the body of a `createSnapshot`.
pub(super) fn new_path(call: &Call) -> String {
    let name = call.body["name"].as_str().unwrap_or_default();
    format!("projects/{}/global/snapshots/{name}", call.path("project"))
}

/// Stores the snapshot in the body of a call, of the disk at `disk`.
pub(super) fn take(cloud: &mut Cloud, call: &Call, disk: &str) -> Result<(), ApiError> {
    let path = new_path(call);
    let name = call.body["name"].as_str().unwrap_or_default();
    if !is_rfc1035(name) {
        let reason = "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'";
        return Err(invalid_value("name", name, reason));
    }
    if SNAPSHOT.row(cloud, &path).is_some() {
        return Err(already_exists(&path));
    }
    let mut body = SNAPSHOT.read(call)?;
    complete(cloud, disk, &mut body)?;
    let row = SNAPSHOT.new_row(cloud.resources.next_id(), call.now, body);
    SNAPSHOT.store(cloud, &path, row);
    Ok(())
}

/// `…/setLabels` of a kind. Their fingerprint is required (documented).
pub(super) fn set_labels(
    kind: &'static Kind,
    cloud: &mut Cloud,
    call: &Call,
    path: &str,
) -> Result<ApiResponse, ApiError> {
    check_labels(&call.body["labels"])?;
    let row = kind.row_mut(cloud, path).ok_or_else(|| not_found(path))?;
    if call.body["labelFingerprint"] != fingerprint(&row.body["labels"]) {
        let message = "Supplied fingerprint does not match current labels fingerprint.";
        return Err(ApiError::precondition(message));
    }
    row.body["labels"] = call.body["labels"].clone();
    row.touch(call.now);
    let id = row.uid.clone();
    Ok(operations::begin_timed(cloud, call, "setLabels", path, &id))
}
