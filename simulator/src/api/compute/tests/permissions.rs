//! What each method requires, over authenticated requests.

use super::*;
use crate::api::test_cloud::TestCloud;

/// Method, path below `/compute/v1/projects/demo-project`, required permission,
/// and the resource in Google's words.
const REQUIRED: &[(&str, &str, &str, &str)] = &[
    (
        "POST",
        "zones/us-central1-a/instances/vm/setTags",
        "instances.setTags",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/instances/vm/setMachineType",
        "instances.setMachineType",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/instances/vm/setServiceAccount",
        "instances.setServiceAccount",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/instances/vm/setScheduling",
        "instances.setScheduling",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/instances/vm/setDeletionProtection",
        "instances.setDeletionProtection",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/instances/vm/reset",
        "instances.reset",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/instances/vm/suspend",
        "instances.suspend",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/instances/vm/resume",
        "instances.resume",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/instances/vm/attachDisk",
        "instances.attachDisk",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/instances/vm/detachDisk",
        "instances.detachDisk",
        "zones/us-central1-a/instances/vm",
    ),
    (
        "POST",
        "zones/us-central1-a/disks",
        "disks.create",
        "zones/us-central1-a/disks/x",
    ),
    (
        "POST",
        "zones/us-central1-a/disks/d/resize",
        "disks.resize",
        "zones/us-central1-a/disks/d",
    ),
    (
        "POST",
        "zones/us-central1-a/disks/d/setLabels",
        "disks.setLabels",
        "zones/us-central1-a/disks/d",
    ),
    (
        "POST",
        "zones/us-central1-a/disks/d/createSnapshot",
        "disks.createSnapshot",
        "zones/us-central1-a/disks/d",
    ),
    (
        "GET",
        "global/snapshots/s",
        "snapshots.get",
        "global/snapshots/s",
    ),
    ("GET", "global/snapshots", "snapshots.list", ""),
    (
        "DELETE",
        "global/snapshots/s",
        "snapshots.delete",
        "global/snapshots/s",
    ),
    (
        "POST",
        "global/snapshots/s/setLabels",
        "snapshots.setLabels",
        "global/snapshots/s",
    ),
    (
        "POST",
        "regions/us-central1/addresses",
        "addresses.create",
        "regions/us-central1/addresses/x",
    ),
    (
        "GET",
        "regions/us-central1/addresses/a",
        "addresses.get",
        "regions/us-central1/addresses/a",
    ),
    ("GET", "regions/us-central1/addresses", "addresses.list", ""),
    ("GET", "aggregated/addresses", "addresses.list", ""),
    (
        "DELETE",
        "regions/us-central1/addresses/a",
        "addresses.delete",
        "regions/us-central1/addresses/a",
    ),
    ("GET", "aggregated/subnetworks", "subnetworks.list", ""),
    ("GET", "global/images/i", "images.get", "global/images/i"),
    ("GET", "global/images", "images.list", ""),
    (
        "GET",
        "zones/us-central1-a/imageFamilyViews/f",
        "images.getFromFamily",
        "global/images/family/f",
    ),
    (
        "GET",
        "zones/us-central1-a/diskTypes/pd-ssd",
        "diskTypes.get",
        "",
    ),
    ("GET", "zones/us-central1-a/diskTypes", "diskTypes.list", ""),
    ("GET", "aggregated/diskTypes", "diskTypes.list", ""),
    (
        "GET",
        "zones/us-central1-a/acceleratorTypes/nvidia-l4",
        "acceleratorTypes.get",
        "",
    ),
    (
        "GET",
        "aggregated/acceleratorTypes",
        "acceleratorTypes.list",
        "",
    ),
    ("GET", "aggregated/machineTypes", "machineTypes.list", ""),
    ("GET", "global/operations", "globalOperations.list", ""),
    ("GET", "aggregated/operations", "globalOperations.list", ""),
    (
        "GET",
        "regions/us-central1/operations",
        "regionOperations.list",
        "",
    ),
    (
        "DELETE",
        "global/operations/o",
        "globalOperations.delete",
        "global/operations/o",
    ),
    (
        "DELETE",
        "regions/us-central1/operations/o",
        "regionOperations.delete",
        "regions/us-central1/operations/o",
    ),
    (
        "DELETE",
        "zones/us-central1-a/operations/o",
        "zoneOperations.delete",
        "zones/us-central1-a/operations/o",
    ),
];

#[test]
fn every_method_requires_its_permission() {
    let mut test = TestCloud::new();
    for (verb, path, permission, resource) in REQUIRED {
        let call = format!("{verb} /compute/v1/projects/demo-project/{path}");
        let body = match *verb {
            "POST" => json!({ "name": "x" }),
            _ => Value::Null,
        };
        let (status, answer) = test.ask(&Principal::user("stranger@example.com"), &call, &body);
        let resource = format!("projects/demo-project/{resource}");
        let resource = resource.trim_end_matches('/');
        assert_eq!(
            (status, answer["error"]["message"].as_str()),
            (
                403,
                Some(&*format!(
                    "Required 'compute.{permission}' permission for '{resource}'"
                ))
            ),
            "{call}"
        );
        let (status, _) = test.owner(&call, &body);
        assert_ne!(status, 403, "{call}");
    }
}

/// What a method requires besides the permission that is named like it.
#[test]
fn accounts_disks_and_sources_are_required_too() {
    let zone = "projects/demo-project/zones/us-central1-a";
    let mut test = TestCloud::new();
    let user = "user:dev@example.com";
    let project = crate::api::test_cloud::PROJECT;
    let granted = [
        "compute.disks.create",
        "compute.disks.createSnapshot",
        "compute.instances.attachDisk",
        "compute.instances.setServiceAccount",
    ];
    test.cloud
        .add_role("projects/demo-project/roles/some", &granted);
    test.cloud
        .grant(project, "projects/demo-project/roles/some", user, None);
    for (path, body, missing) in [
        (
            "instances/vm/attachDisk",
            json!({ "source": format!("{zone}/disks/d") }),
            "compute.disks.use'",
        ),
        (
            "instances/vm/attachDisk",
            json!({ "source": format!("{zone}/disks/d"), "mode": "READ_ONLY" }),
            "compute.disks.useReadOnly'",
        ),
        (
            "instances/vm/setServiceAccount",
            json!({ "email": crate::api::test_cloud::A }),
            "actAs",
        ),
        (
            "disks",
            json!({ "name": "d", "labels": { "a": "b" } }),
            "compute.disks.setLabels'",
        ),
        (
            "disks",
            json!({ "name": "d", "sourceImage": "global/images/i" }),
            "compute.images.useReadOnly'",
        ),
        (
            "disks",
            json!({ "name": "d", "sourceSnapshot": "global/snapshots/s" }),
            "compute.snapshots.useReadOnly'",
        ),
        (
            "disks/d/createSnapshot",
            json!({ "name": "s" }),
            "compute.snapshots.create'",
        ),
    ] {
        let call = format!("POST /compute/v1/{zone}/{path}");
        let (status, answer) = test.ask(&Principal::user("dev@example.com"), &call, &body);
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(status, 403, "{path}: {answer}");
        assert!(message.contains(missing), "{path}: {message}");
    }
}
