//! Snapshots of disks. Nothing is stored of a disk's contents.

use super::{
    labels::set_labels,
    reference::full_path,
    validate::{check_labels, check_name},
};
use crate::collection::{
    Kind,
    dialect::compute::{already_exists, fingerprint, not_found},
};
use crate::{ApiError, Call, Cloud};
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
    check_name("name", name)?;
    if SNAPSHOT.row(cloud, &path).is_some() {
        return Err(already_exists(&path));
    }
    let mut body = SNAPSHOT.read(call)?;
    complete(cloud, disk, &mut body)?;
    let row = SNAPSHOT.new_row(cloud.resources.next_id(), call.now, body);
    SNAPSHOT.store(cloud, &path, row);
    Ok(())
}
