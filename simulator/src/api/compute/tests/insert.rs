//! Inserts: required permissions, refusals, quotas and stockouts.

use super::*;
use crate::api::compute::{ComputeSettings, RepeatedRequest, permissions};

#[test]
fn the_same_request_id_is_the_same_operation_for_ever() {
    let mut cloud = Cloud::new();
    let id = "?requestId=4f0c1d5e-8d1b-5b56-9d0a-0a5d3a1f2b3c";
    let path = format!("{ZONE}/instances{id}");
    let begun = ask(&mut cloud, Method::POST, &path, &body("vm"), 0).expect("inserted");
    let again = ask(&mut cloud, Method::POST, &path, &body("vm"), 100).expect("the same");
    assert_eq!(begun, again);
    let gone = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1000).expect("deleting");
    assert_eq!(status(&mut cloud, &operation(&gone), 9000), "DONE");
    let late = ask(&mut cloud, Method::POST, &path, &body("vm"), 99_000).expect("still known");
    assert_eq!(
        (&late["name"], &late["status"]),
        (&begun["name"], &json!("DONE"))
    );
    assert_eq!(status(&mut cloud, VM, 99_000), "404");

    let other = ask(&mut cloud, Method::POST, &path, &body("vm2"), 99_000);
    assert_eq!(other.expect_err("another machine").status, 400);
    for invalid_value in [
        "x",
        "00000000-0000-0000-0000-000000000000",
        "4f0c1d5e8d1b5b569d0a0a5d3a1f2b3c",
    ] {
        let path = format!("{ZONE}/instances?requestId={invalid_value}");
        let error = ask(&mut cloud, Method::POST, &path, &body("vm"), 99_000);
        assert_eq!(error.expect_err(invalid_value).status, 400);
    }
}

#[test]
fn a_repeated_request_returns_the_failed_operation_or_begins_another_or_is_ignored() {
    use RepeatedRequest::{BeginsAnew, IsIgnored, ReturnsFailure};
    for repeats in [ReturnsFailure, BeginsAnew, IsIgnored] {
        let mut cloud = Cloud::new();
        let settings = cloud.compute_settings();
        settings.repeats = repeats;
        let stockout = ("us-central1-a".to_owned(), "n1-standard-4".to_owned());
        settings.stockouts.insert(stockout);
        let path = format!("{ZONE}/instances?requestId=4f0c1d5e-8d1b-5b56-9d0a-0a5d3a1f2b3c");
        let mut ask_at = |now| ask(&mut cloud, Method::POST, &path, &body("vm"), now);
        let first = ask_at(0).expect("accepted");
        assert_eq!(ask_at(299).expect("under way")["name"], first["name"]);
        let again = ask_at(400).expect("accepted");
        assert_eq!(again["name"] != first["name"], repeats == BeginsAnew);
        assert_eq!(again["error"].is_null(), repeats != ReturnsFailure);
        let ended = if repeats == BeginsAnew {
            "RUNNING"
        } else {
            "DONE"
        };
        assert_eq!(again["status"], ended);
        let done = get(&mut cloud, &operation(&again), 800).expect("done");
        // Each is found by the ID of the request.
        let filter = "clientOperationId%3D%224f0c1d5e-8d1b-5b56-9d0a-0a5d3a1f2b3c%22";
        let found = get(
            &mut cloud,
            &format!("{ZONE}/operations?filter={filter}"),
            800,
        );
        let found = found.expect("listed")["items"].as_array().map(Vec::len);
        assert_eq!(found, Some(1 + usize::from(repeats == BeginsAnew)));
        let code = &done["error"]["errors"][0]["code"];
        assert_eq!(code, "ZONE_RESOURCE_POOL_EXHAUSTED");
    }
}

#[test]
fn invalid_inserts_are_refused_with_a_reason() {
    let disk = |size: Value, family: &str| {
        json!({"disks": [{"boot": true, "initializeParams": {"diskSizeGb": size,
            "sourceImage": format!("projects/debian-cloud/global/images/family/{family}")}}]})
    };
    let items = |value: String| json!({"metadata": {"items": [{"key": "k", "value": value}]}});
    let accelerator = |zone: &str, kind: &str| {
        json!({"guestAccelerators": [{"acceleratorCount": 1, "acceleratorType":
            format!("zones/{zone}/acceleratorTypes/{kind}")}],
            "scheduling": {"onHostMaintenance": "TERMINATE"}})
    };
    for (changes, status, part) in [
        (json!({"name": "VM"}), 400, "resource.name"),
        (json!({"name": null}), 400, "resource.name"),
        (json!({"nmae": "vm"}), 400, "Unknown name \"nmae\""),
        (
            json!({"machineType": "n1-standard-3"}),
            400,
            "does not exist",
        ),
        (
            json!({"machineType": "zones/us-east1-b/machineTypes/n1-standard-4"}),
            400,
            "does not exist",
        ),
        (json!({"disks": []}), 400, "boot disk"),
        (json!({"disks": ["x"]}), 400, "resource.disks"),
        (json!({"disks": [{"boot": true}]}), 400, "source image"),
        (
            json!({"disks": [{"boot": true, "source": "zones/us-central1-a/disks/none"}]}),
            404,
            "disks/none",
        ),
        (disk(json!("-1"), "debian-12"), 400, "diskSizeGb"),
        (
            disk(json!(5), "debian-12"),
            400,
            "smaller than the image size (10 GB)",
        ),
        (disk(json!("20"), "debian-99"), 404, "debian-99"),
        (json!({"networkInterfaces": []}), 400, "networkInterfaces"),
        (
            json!({"networkInterfaces": [{"subnetwork": "regions/us-east1/subnetworks/s"}]}),
            400,
            "region",
        ),
        (json!({"metadata": "x"}), 400, "resource.metadata"),
        (
            json!({"metadata": {"items": [{"key": "a b", "value": ""}]}}),
            400,
            "items[0].key",
        ),
        (items("x".repeat(262_145)), 413, "too large"),
        (json!({"labels": {"Owner": "me"}}), 400, "Owner"),
        (
            json!({"scheduling": {"onHostMaintenace": "TERMINATE"}}),
            400,
            "onHostMaintenace",
        ),
        (
            json!({"scheduling": {"onHostMaintenance": "STOP"}}),
            400,
            "onHostMaintenance",
        ),
        (
            json!({"scheduling": {"automaticRestart": "no"}}),
            400,
            "automaticRestart",
        ),
        (
            json!({"scheduling": {"provisioningModel": "SPOT", "automaticRestart": true}}),
            400,
            "automaticRestart",
        ),
        (
            json!({"scheduling": {"provisioningModel": "SPOT", "onHostMaintenance": "MIGRATE"}}),
            400,
            "TERMINATE",
        ),
        (
            json!({"scheduling": {"instanceTerminationAction": "DELETE"}}),
            400,
            "termination action",
        ),
        (
            json!({"scheduling": {"terminationTime": "2020-01-01T00:00:00Z"}}),
            400,
            "in the future",
        ),
        (
            json!({"scheduling": {"maxRunDuration": {"seconds": "5"}}}),
            400,
            "30 seconds",
        ),
        (
            accelerator("us-central1-a", "nvidia-h900"),
            400,
            "does not exist",
        ),
        (
            accelerator("us-central1-a", "nvidia-l4"),
            400,
            "not compatible",
        ),
        (
            with(
                accelerator("us-central1-a", "nvidia-tesla-t4"),
                json!({"scheduling": {}}),
            ),
            400,
            "live migration",
        ),
        (
            json!({"serviceAccounts": [{"email": "a@b"}, {"email": "c@d"}]}),
            400,
            "At most one",
        ),
    ] {
        let mut cloud = Cloud::new();
        let error = insert(&mut cloud, &with(body("vm"), changes.clone()), 0).expect_err(part);
        assert_eq!(error.status, status, "{error:?}");
        assert!(error.message.contains(part), "{error:?} ⊉ {part}");
        assert_eq!(
            cloud.compute.instances.iter().count() + cloud.compute.disks.iter().count(),
            0
        );
        assert_eq!(cloud.next_due(), None);
    }
    let mut cloud = Cloud::new();
    insert(&mut cloud, &body("vm"), 0).expect("valid");
    assert_eq!(
        insert(&mut cloud, &body("vm"), 1)
            .expect_err("twice")
            .status,
        409
    );
    let elsewhere = "projects/demo/zones/mars-east1-a/instances";
    let error = ask(&mut cloud, Method::POST, elsewhere, &body("vm"), 1).expect_err("no zone");
    assert!(error.message.contains("Unknown zone"), "{error:?}");
}

/// A body with this machine type, these GPUs and this type of boot disk.
fn hardware(machine: &str, gpu: &str, count: u64, disk: &str) -> Value {
    let mut body = with(body("vm"), json!({ "machineType": machine }));
    body["scheduling"] = json!({ "onHostMaintenance": "TERMINATE" });
    if count > 0 {
        body["guestAccelerators"] = json!([{ "acceleratorCount": count,
            "acceleratorType": format!("zones/us-central1-a/acceleratorTypes/{gpu}") }]);
    }
    if !disk.is_empty() {
        body["disks"][0]["initializeParams"]["diskType"] =
            format!("zones/us-central1-a/diskTypes/{disk}").into();
    }
    body
}

#[test]
fn machines_gpus_and_disks_must_go_together() {
    let t4 = "nvidia-tesla-t4";
    for (machine, gpu, count, disk, part) in [
        ("n1-standard-4", t4, 1, "", ""),
        ("n1-standard-48", t4, 1, "", "machineType"),
        ("n1-standard-32", t4, 2, "pd-balanced", ""),
        ("n1-standard-64", t4, 1, "", "48 vCPUs"),
        ("n1-highmem-64", t4, 4, "", ""),
        ("n1-standard-4", t4, 3, "", "[1, 2, 4]"),
        ("n1-standard-16", "nvidia-tesla-v100", 1, "", "12 vCPUs"),
        ("n1-standard-16", "nvidia-tesla-v100", 2, "", ""),
        ("e2-standard-2", t4, 1, "", "not compatible"),
        ("f1-micro", t4, 1, "", "not compatible"),
        ("n1-standard-4", "nvidia-l4", 1, "", "not compatible"),
        ("a2-highgpu-1g", t4, 1, "", "not compatible"),
        ("a2-highgpu-1g", "", 0, "", ""),
        (
            "a2-highgpu-2g",
            "nvidia-tesla-a100",
            1,
            "",
            "not compatible",
        ),
        ("g2-standard-4", "nvidia-l4", 1, "", "pd-standard disk type"),
        ("g2-standard-4", "nvidia-l4-vws", 1, "pd-ssd", ""),
        (
            "n4-standard-4",
            "",
            0,
            "pd-balanced",
            "pd-balanced disk type",
        ),
        ("n4-standard-4", "", 0, "hyperdisk-balanced", ""),
        ("n1-standard-4", "", 0, "pd-fast", "diskType"),
    ] {
        let inserted = insert(&mut Cloud::new(), &hardware(machine, gpu, count, disk), 0);
        match inserted {
            Ok(_) => assert_eq!(part, "", "{machine} {gpu}:{count} {disk}"),
            Err(error) => {
                assert_eq!(error.status, 400, "{error:?}");
                let said = !part.is_empty() && error.message.contains(part);
                assert!(said, "{machine} {gpu}:{count} {disk}: {error:?} ⊉ {part}");
            }
        }
    }
}

#[test]
fn machines_that_cannot_be_moved_must_be_terminated() {
    for machine in [
        "a2-highgpu-1g",
        "c3-standard-192-metal",
        "h3-standard-88",
        "ct5lp-hightpu-1t",
    ] {
        let mut body = hardware(machine, "", 0, "pd-balanced");
        insert(&mut Cloud::new(), &body, 0).expect(machine);
        body["scheduling"]["onHostMaintenance"] = "MIGRATE".into();
        let error = insert(&mut Cloud::new(), &body, 0).expect_err(machine);
        assert!(error.message.contains("live migration"), "{error:?}");
    }
}

#[test]
fn a_zone_can_lack_what_others_have() {
    let mut cloud = Cloud::new();
    for (what, field) in [
        ("n1-standard-4", "resource.machineType"),
        ("nvidia-tesla-t4", "acceleratorType"),
        ("pd-standard", "diskType"),
    ] {
        let lack = ("us-central1-a".to_owned(), what.to_owned());
        cloud.compute_settings().lacking = [lack].into();
        let body = hardware("n1-standard-4", "nvidia-tesla-t4", 1, "");
        let error = insert(&mut cloud, &body, 0).expect_err(what);
        assert_eq!(error.status, 400);
        assert!(error.message.contains(field), "{error:?}");
        assert!(error.message.contains("does not exist"), "{error:?}");
    }
    cloud.compute_settings().lacking.clear();
    insert(&mut cloud, &hardware("n1-standard-4", "", 0, ""), 0).expect("offered");
}

#[test]
fn a_stockout_fails_the_operation_and_leaves_nothing() {
    let mut cloud = Cloud::new();
    let settings = cloud.compute_settings();
    settings
        .stockouts
        .insert(("us-central1-a".to_owned(), "nvidia-tesla-t4".to_owned()));
    let begun = insert(&mut cloud, &gpu("vm"), 0).expect("inserted");
    assert_eq!(status(&mut cloud, VM, 299), "PROVISIONING");
    let done = get(&mut cloud, &operation(&begun), 300).expect("done");
    assert_eq!(
        done["error"]["errors"][0]["code"],
        "ZONE_RESOURCE_POOL_EXHAUSTED"
    );
    assert_eq!(done["httpErrorStatusCode"], 503);
    assert_eq!(status(&mut cloud, VM, 300), "404");
    assert_eq!(status(&mut cloud, &format!("{ZONE}/disks/vm"), 300), "404");
    assert_eq!((cloud.commands(), cloud.next_due()), (Vec::new(), None));
    insert(&mut cloud, &body("vm"), 400).expect("without the GPU there is room");

    let mut cloud = Cloud::new();
    let settings = cloud.compute_settings();
    settings
        .stockouts
        .insert(("us-central1-a".to_owned(), "n1-standard-4".to_owned()));
    settings.zones_available = vec!["us-central1-b".to_owned(), "us-central1-f".to_owned()];
    let begun = insert(&mut cloud, &body("vm"), 0).expect("inserted");
    let done = get(&mut cloud, &operation(&begun), 300).expect("done");
    let error = &done["error"]["errors"][0];
    assert_eq!(error["code"], "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS");
    let info = &error["errorDetails"][0]["errorInfo"];
    assert_eq!(info["reason"], "resource_availability");
    assert_eq!(
        info["metadatas"]["zonesAvailable"],
        "us-central1-b,us-central1-f"
    );

    cloud.compute_settings().refuse_at_once = true;
    let error = insert(&mut cloud, &body("vm"), 400).expect_err("at once");
    assert_eq!(
        (error.status, error.reason),
        (503, "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS")
    );
    assert_eq!(
        error.details[0]["metadatas"]["zonesAvailable"],
        "us-central1-b,us-central1-f"
    );
    assert_eq!(status(&mut cloud, VM, 400), "404");
}

#[test]
fn quota_errors_name_the_quota() {
    type Tighten = fn(&mut ComputeSettings);
    let tight: [(&str, Tighten); 3] = [
        ("GPUS_ALL_REGIONS", |s| s.gpus_all_regions = 1),
        ("NVIDIA_T4_GPUS", |s| {
            s.region_gpus.insert("us-central1".to_owned(), 1);
        }),
        ("INSTANCES", |s| s.instances = 1),
    ];
    for (metric, tighten) in tight {
        let mut cloud = Cloud::new();
        tighten(cloud.compute_settings());
        insert(&mut cloud, &gpu("vm"), 0).expect("the first");
        let begun = insert(&mut cloud, &gpu("vm2"), 1000).expect("the second");
        let done = get(&mut cloud, &operation(&begun), 2000).expect("done");
        let error = &done["error"]["errors"][0];
        assert_eq!(error["code"], "QUOTA_EXCEEDED");
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(&format!("'{metric}'")), "{message}");
        assert_eq!(status(&mut cloud, VM, 2000), "RUNNING");
    }

    let mut cloud = Cloud::new();
    cloud
        .compute_settings()
        .region_gpus
        .insert("us-central1".to_owned(), 1);
    insert(&mut cloud, &gpu("vm"), 0).expect("the first");
    let mut spot = gpu("vm2");
    spot["scheduling"]["provisioningModel"] = json!("SPOT");
    let begun = insert(&mut cloud, &spot, 0).expect("counted apart");
    let done = get(&mut cloud, &operation(&begun), 1000).expect("done");
    assert!(done.get("error").is_none(), "{done}");
}

#[test]
fn an_insert_needs_what_its_body_asks_for() {
    let mut full = body("vm");
    full["tags"] = json!({ "items": ["t"] });
    full["networkInterfaces"] = json!([{ "subnetwork": "regions/us-central1/subnetworks/s",
        "accessConfigs": [{ "type": "ONE_TO_ONE_NAT" }] }]);
    full["disks"][0]["initializeParams"]["labels"] = json!({ "a": "b" });
    let bare = json!({ "name": "vm", "networkInterfaces": [{}],
        "disks": [{ "boot": true, "source": "zones/us-central1-a/disks/d" }] });
    let subnetwork = "projects/demo/regions/us-central1/subnetworks";
    let disk = format!("{ZONE}/disks/vm");
    for (body, wanted) in [
        (
            full,
            vec![
                ("compute.instances.create", VM.to_owned()),
                ("compute.disks.create", disk.clone()),
                ("compute.disks.setLabels", disk),
                (
                    "compute.images.useReadOnly",
                    "projects/debian-cloud/global/images/debian-12-bookworm-v20261110".to_owned(),
                ),
                ("compute.subnetworks.use", format!("{subnetwork}/s")),
                (
                    "compute.subnetworks.useExternalIp",
                    format!("{subnetwork}/s"),
                ),
                ("compute.instances.setMetadata", VM.to_owned()),
                ("compute.instances.setLabels", VM.to_owned()),
                ("compute.instances.setTags", VM.to_owned()),
                ("compute.instances.setServiceAccount", VM.to_owned()),
                (
                    "iam.serviceAccounts.actAs",
                    "projects/demo/serviceAccounts/job@demo.iam.gserviceaccount.com".to_owned(),
                ),
            ],
        ),
        (
            bare,
            vec![
                ("compute.instances.create", VM.to_owned()),
                ("compute.disks.use", format!("{ZONE}/disks/d")),
                ("compute.subnetworks.use", format!("{subnetwork}/default")),
            ],
        ),
    ] {
        let call = call(&Method::POST, &format!("{ZONE}/instances"), &body, 0);
        let required = permissions::insert(&Cloud::new(), &call).expect("readable");
        let found: Vec<(&str, String)> = required
            .into_iter()
            .map(|required| (required.permission, required.resource.name))
            .collect();
        assert_eq!(found, wanted);
    }
}
