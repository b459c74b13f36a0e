//! Disks of their own, what they are attached to, snapshots, addresses.

use super::*;

const DISKS: &str = "projects/demo/zones/us-central1-a/disks";
const SNAPSHOTS: &str = "projects/demo/global/snapshots";
const ADDRESSES: &str = "projects/demo/regions/us-central1/addresses";

fn post(cloud: &mut Cloud, path: &str, body: &Value, ms: i64) -> Result<Value, ApiError> {
    ask(cloud, Method::POST, path, body, ms)
}

fn disk(cloud: &mut Cloud, body: &Value) -> Result<Value, ApiError> {
    post(cloud, DISKS, body, 900)
}

fn data() -> Value {
    json!({ "kind": "compute#disk", "name": "data", "sizeGb": "10",
        "type": "projects/demo/zones/us-central1-a/diskTypes/pd-balanced" })
}

/// A machine, and a disk that is not attached.
fn with_disk() -> Cloud {
    let (mut cloud, _) = running(&body("vm"));
    disk(&mut cloud, &data()).expect("begun");
    cloud
}

#[test]
fn a_disk_is_made_grows_and_is_deleted() {
    let mut cloud = Cloud::new();
    let begun = disk(&mut cloud, &with(data(), json!({ "description": "d" }))).expect("begun");
    assert_eq!(
        (&begun["operationType"], &begun["status"]),
        (&json!("insert"), &json!("RUNNING"))
    );
    assert_eq!(status(&mut cloud, &operation(&begun), 1000), "DONE");
    let path = format!("{DISKS}/data");
    let made = get(&mut cloud, &path, 1000).expect("there");
    assert_eq!(
        (&made["sizeGb"], &made["description"]),
        (&json!("10"), &json!("d"))
    );
    assert_eq!(
        made["type"],
        format!("http://h/compute/v1/{ZONE}/diskTypes/pd-balanced")
    );
    let resize = format!("{path}/resize");
    post(&mut cloud, &resize, &json!({ "sizeGb": "20" }), 1000).expect("begun");
    assert_eq!(get(&mut cloud, &path, 1100).expect("there")["sizeGb"], "20");
    // A disk cannot become smaller, or stay as it is.
    for gb in ["20", "5", "x"] {
        let error = post(&mut cloud, &resize, &json!({ "sizeGb": gb }), 1100).expect_err(gb);
        assert_eq!(error.status, 400, "{gb}");
    }
    let seen = get(&mut cloud, &path, 1100).expect("there")["labelFingerprint"].clone();
    let labels = json!({ "labels": { "a": "b" }, "labelFingerprint": seen });
    let set_labels = format!("{path}/setLabels");
    post(&mut cloud, &set_labels, &labels, 1100).expect("begun");
    assert_eq!(
        get(&mut cloud, &path, 1200).expect("there")["labels"]["a"],
        "b"
    );
    let stale = post(&mut cloud, &set_labels, &labels, 1200).expect_err("stale");
    assert_eq!((stale.status, stale.reason), (412, "conditionNotMet"));
    ask(&mut cloud, Method::DELETE, &path, &Value::Null, 1200).expect("deleted");
    for (verb, body) in [
        ("resize", json!({ "sizeGb": "30" })),
        ("setLabels", labels),
        ("createSnapshot", json!({ "name": "s" })),
    ] {
        let gone = post(&mut cloud, &format!("{path}/{verb}"), &body, 1300).expect_err(verb);
        assert_eq!(gone.status, 404, "{verb}");
    }
}

#[test]
fn the_size_of_a_disk_follows_from_its_source_or_type() {
    let mut cloud = Cloud::new();
    let image = json!({ "sourceImage": "projects/debian-cloud/global/images/family/debian-12" });
    let ssd = json!({ "type": "zones/us-central1-a/diskTypes/pd-ssd" });
    for (name, from, gb) in [
        ("a", json!({}), "500"),
        ("b", ssd, "100"),
        ("c", image, "10"),
    ] {
        disk(&mut cloud, &with(from, json!({ "name": name }))).expect("begun");
        let made = get(&mut cloud, &format!("{DISKS}/{name}"), 1000).expect("there");
        assert_eq!(made["sizeGb"], gb, "{name}");
    }
}

#[test]
fn invalid_disks_are_refused() {
    let mut cloud = with_disk();
    for (change, status) in [
        (json!({}), 409),
        (json!({ "name": "D" }), 400),
        (json!({ "name": "d", "sizeGb": "0" }), 400),
        (
            json!({ "name": "d", "type": "zones/us-central1-a/diskTypes/floppy" }),
            400,
        ),
        (json!({ "name": "d", "labels": { "A": "b" } }), 400),
        (json!({ "name": "d", "colour": 1 }), 400),
        (
            json!({ "name": "d", "sourceImage": "global/images/none" }),
            404,
        ),
        (
            json!({ "name": "d", "sourceSnapshot": "global/snapshots/none" }),
            404,
        ),
    ] {
        let error = disk(&mut cloud, &with(data(), change.clone())).expect_err("refused");
        assert_eq!(error.status, status, "{change}");
    }
}

#[test]
fn a_disk_is_attached_to_one_machine_and_detached() {
    let mut cloud = with_disk();
    insert(&mut cloud, &body("vm2"), 900).expect("inserted");
    let attach = format!("{VM}/attachDisk");
    let data = json!({ "source": format!("{DISKS}/data"), "deviceName": "data" });
    let begun = post(&mut cloud, &attach, &data, 2000).expect("begun");
    assert_eq!(status(&mut cloud, &operation(&begun), 2100), "DONE");
    let vm = get(&mut cloud, VM, 2100).expect("there");
    assert_eq!(
        (&vm["disks"][1]["deviceName"], &vm["disks"][1]["index"]),
        (&json!("data"), &json!(1))
    );
    let used = get(&mut cloud, &format!("{DISKS}/data"), 2100).expect("there");
    assert_eq!(used["users"], json!([format!("http://h/compute/v1/{VM}")]));
    // A disk that is written is not shared, and not deleted.
    for machine in ["vm", "vm2"] {
        let path = format!("{ZONE}/instances/{machine}/attachDisk");
        let again = with(
            data.clone(),
            json!({ "deviceName": "again", "mode": "READ_ONLY" }),
        );
        let error = post(&mut cloud, &path, &again, 2200).expect_err("in use");
        assert_eq!(
            (error.status, error.reason),
            (400, "resourceInUseByAnotherResource"),
            "{machine}"
        );
    }
    let path = format!("{DISKS}/data");
    let kept = ask(&mut cloud, Method::DELETE, &path, &Value::Null, 2200).expect_err("in use");
    assert_eq!(kept.status, 400);

    let detach = |device: &str| format!("{VM}/detachDisk?deviceName={device}");
    for unfit in ["other", "persistent-disk-0"] {
        let error = post(&mut cloud, &detach(unfit), &Value::Null, 2300).expect_err(unfit);
        assert_eq!(error.status, 400, "{unfit}");
    }
    post(&mut cloud, &detach("data"), &Value::Null, 2300).expect("begun");
    ask(&mut cloud, Method::DELETE, &path, &Value::Null, 2400).expect("deleted");
    let missing = post(&mut cloud, &attach, &data, 2500).expect_err("gone");
    assert_eq!(missing.status, 404);
}

#[test]
fn a_snapshot_is_taken_listed_used_and_deleted() {
    let mut cloud = with_disk();
    let take = format!("{DISKS}/data/createSnapshot");
    let snapshot = json!({ "name": "s", "labels": { "a": "b" } });
    let begun = post(&mut cloud, &take, &snapshot, 1000).expect("begun");
    assert_eq!(
        begun["targetLink"],
        format!("http://h/compute/v1/{DISKS}/data")
    );
    assert_eq!(
        post(&mut cloud, &take, &snapshot, 1000)
            .expect_err("there")
            .status,
        409
    );
    let invalid = json!({ "name": "S" });
    assert_eq!(
        post(&mut cloud, &take, &invalid, 1000)
            .expect_err("a name")
            .status,
        400
    );
    let path = format!("{SNAPSHOTS}/s");
    let made = get(&mut cloud, &path, 1100).expect("there");
    assert_eq!(
        (&made["status"], &made["diskSizeGb"], &made["labels"]["a"]),
        (&json!("READY"), &json!("10"), &json!("b"))
    );
    assert_eq!(
        made["sourceDisk"],
        format!("http://h/compute/v1/{DISKS}/data")
    );
    let listed = get(&mut cloud, SNAPSHOTS, 1100).expect("a list");
    assert_eq!(listed["items"], json!([made]));
    let labels = json!({ "labels": { "a": "c" }, "labelFingerprint": made["labelFingerprint"] });
    let set_labels = format!("{path}/setLabels");
    post(&mut cloud, &set_labels, &labels, 1200).expect("begun");
    let stale = post(&mut cloud, &set_labels, &labels, 1200).expect_err("stale");
    assert_eq!(stale.status, 412);

    let copy = json!({ "name": "copy", "sourceSnapshot": "global/snapshots/s" });
    disk(&mut cloud, &copy).expect("begun");
    let copied = get(&mut cloud, &format!("{DISKS}/copy"), 1300).expect("there");
    assert_eq!(copied["sizeGb"], "10");
    ask(&mut cloud, Method::DELETE, &path, &Value::Null, 1300).expect("deleted");
    assert_eq!(get(&mut cloud, &path, 9000).expect_err("gone").status, 404);
}

#[test]
fn an_address_is_reserved_used_and_released() {
    let (mut cloud, _) = running(&body("vm"));
    post(&mut cloud, ADDRESSES, &json!({ "name": "a" }), 900).expect("begun");
    post(&mut cloud, ADDRESSES, &json!({ "name": "b" }), 900).expect("begun");
    let path = format!("{ADDRESSES}/a");
    let a = get(&mut cloud, &path, 5000).expect("there");
    let b = get(&mut cloud, &format!("{ADDRESSES}/b"), 5000).expect("there");
    assert_eq!(
        (&a["status"], &a["addressType"], &a["networkTier"]),
        (&json!("RESERVED"), &json!("EXTERNAL"), &json!("PREMIUM"))
    );
    assert!(a["address"].is_string());
    assert_ne!(a["address"], b["address"]);
    let all = get(&mut cloud, "projects/demo/aggregated/addresses", 5000).expect("a list");
    let here = &all["items"]["regions/us-central1"]["addresses"];
    assert_eq!(*here, json!([a, b]));
    let elsewhere = &all["items"]["regions/us-east1"]["warning"]["code"];
    assert_eq!(elsewhere, "NO_RESULTS_ON_PAGE");

    let interface = json!({ "accessConfigs": [{ "natIP": a["address"] }] });
    let web = with(body("web"), json!({ "networkInterfaces": [interface] }));
    insert(&mut cloud, &web, 5000).expect("inserted");
    let used = get(&mut cloud, &path, 6000).expect("there");
    assert_eq!(used["status"], "IN_USE");
    assert_eq!(
        used["users"],
        json!([format!("http://h/compute/v1/{ZONE}/instances/web")])
    );
    let kept = ask(&mut cloud, Method::DELETE, &path, &Value::Null, 6000).expect_err("in use");
    assert_eq!(kept.reason, "resourceInUseByAnotherResource");
    let free = format!("{ADDRESSES}/b");
    ask(&mut cloud, Method::DELETE, &free, &Value::Null, 6000).expect("released");
    assert_eq!(get(&mut cloud, &free, 9000).expect_err("gone").status, 404);
    for (body, status) in [
        (json!({ "name": "a" }), 409),
        (json!({ "name": "A" }), 400),
        (json!({ "name": "c", "address": "192.0.2.1" }), 400),
        (json!({ "name": "c", "addressType": "INTERNAL" }), 501),
    ] {
        let error = post(&mut cloud, ADDRESSES, &body, 9000).expect_err("refused");
        assert_eq!(error.status, status, "{body}");
    }
}
