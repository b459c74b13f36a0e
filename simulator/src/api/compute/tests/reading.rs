//! Lists, waits, changes and disks that outlive their machines.

use super::*;
use crate::api::compute::operations::wait as wait_for;

#[test]
fn waiting_for_an_operation_ends_with_it_or_after_two_minutes() {
    let mut cloud = Cloud::new();
    let begun = insert(&mut cloud, &body("vm"), 0).expect("inserted");
    let wait = format!("{}/wait", operation(&begun));
    let later = ask(&mut cloud, Method::POST, &wait, &Value::Null, 0).expect("later");
    assert_eq!(later, json!({ "later": at(120_000) }));
    let done = ask(&mut cloud, Method::POST, &wait, &Value::Null, 800).expect("done");
    assert_eq!(done["status"], "DONE");
    let missing = format!("{ZONE}/operations/none/wait");
    let error = ask(&mut cloud, Method::POST, &missing, &Value::Null, 800).expect_err("none");
    assert_eq!(error.status, 404);
    let mut slow = Cloud::new();
    slow.compute_settings().insert_operation = Duration::from_secs(600);
    let begun = insert(&mut slow, &body("vm"), 0).expect("inserted");
    let path = format!("{}/wait", operation(&begun));
    let mut patient = call(&Method::POST, &path, &Value::Null, 0);
    patient.now = at(120_000);
    let answer = wait_for(&mut slow, &patient).expect("as it is");
    assert!(matches!(answer, ApiResponse::Json(json) if json["status"] == "RUNNING"));
}

#[test]
fn lists_filter_and_page() {
    let mut cloud = Cloud::new();
    let names = |json: Value| -> Vec<String> {
        let items = json["items"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|item| item["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    let empty = get(&mut cloud, &format!("{ZONE}/instances"), 0).expect("empty");
    assert!(empty.get("items").is_none());
    for (name, owner) in [("a", "me"), ("b", "you"), ("c", "me")] {
        insert(
            &mut cloud,
            &with(body(name), json!({"labels": {"owner": owner}})),
            0,
        )
        .expect(name);
    }
    let mine = get(
        &mut cloud,
        &format!("{ZONE}/instances?filter=labels.owner%3Dme"),
        0,
    );
    assert_eq!(names(mine.expect("a list")), ["a", "c"]);
    let first = get(&mut cloud, &format!("{ZONE}/instances?maxResults=2"), 0).expect("a page");
    let token = first["nextPageToken"].as_str().expect("more").to_owned();
    assert_eq!(names(first), ["a", "b"]);
    let path = format!("{ZONE}/instances?maxResults=2&pageToken={token}");
    let second = get(&mut cloud, &path, 0).expect("a page");
    assert!(second.get("nextPageToken").is_none());
    assert_eq!(names(second), ["c"]);

    let path = "projects/demo/aggregated/instances?maxResults=500&returnPartialSuccess=True";
    let all = get(&mut cloud, path, 0).expect("a list");
    assert_eq!(
        all["items"]["zones/us-central1-a"]["instances"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );
    assert_eq!(
        all["items"]["zones/us-east1-b"]["warning"]["code"],
        "NO_RESULTS_ON_PAGE"
    );
    for invalid_value in [
        "filter=a",
        "maxResults=501",
        "maxResults=x",
        "pageToken=%21",
    ] {
        let error = get(&mut cloud, &format!("{ZONE}/instances?{invalid_value}"), 0)
            .expect_err(invalid_value);
        assert_eq!(error.status, 400);
    }
    let other = get(
        &mut cloud,
        "projects/demo-2/zones/us-central1-a/instances",
        0,
    );
    assert!(names(other.expect("empty")).is_empty());
}

#[test]
fn a_change_needs_the_present_fingerprint() {
    let (mut cloud, id) = running(&body("vm"));
    let vm = get(&mut cloud, VM, 1000).expect("there");
    let set = |cloud: &mut Cloud, what: &str, body: Value| {
        ask(cloud, Method::POST, &format!("{VM}/{what}"), &body, 1000)
    };
    let items = json!([{"key": "k", "value": "w"}]);
    let invalid_value = json!({"fingerprint": "x", "items": items});
    assert_eq!(
        set(&mut cloud, "setMetadata", invalid_value)
            .expect_err("stale")
            .status,
        412
    );
    let right = json!({"fingerprint": vm["metadata"]["fingerprint"], "items": items});
    let begun = set(&mut cloud, "setMetadata", right.clone()).expect("changed");
    assert_eq!(status(&mut cloud, &operation(&begun), 1100), "DONE");
    assert_eq!(
        set(&mut cloud, "setMetadata", right)
            .expect_err("used up")
            .status,
        412
    );
    assert_eq!(cloud.instance_view(&id).expect("there").metadata["k"], "w");

    let labels = json!({"labelFingerprint": vm["labelFingerprint"], "labels": {"a": "b"}});
    set(&mut cloud, "setLabels", labels.clone()).expect("changed");
    assert_eq!(
        set(&mut cloud, "setLabels", labels)
            .expect_err("stale")
            .status,
        412
    );
    assert_eq!(
        set(&mut cloud, "setLabels", json!({"labels": {}}))
            .expect_err("none")
            .status,
        412
    );
}

#[test]
fn a_kept_disk_blocks_an_insert_until_it_is_deleted() {
    let mut kept = body("vm");
    kept["disks"][0]["autoDelete"] = json!(false);
    let (mut cloud, id) = running(&kept);
    let disk = format!("{ZONE}/disks/vm");
    let used = ask(&mut cloud, Method::DELETE, &disk, &Value::Null, 900).expect_err("in use");
    assert_eq!(used.reason, "resourceInUseByAnotherResource");
    ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1000).expect("deleting");
    cloud.guest_stopped(&id, at(1000));
    assert_eq!(
        insert(&mut cloud, &body("vm"), 2000)
            .expect_err("in the way")
            .status,
        409
    );
    let list = get(&mut cloud, "projects/demo/aggregated/disks", 2000).expect("a list");
    assert_eq!(
        list["items"]["zones/us-central1-a"]["disks"][0]["name"],
        "vm"
    );
    ask(&mut cloud, Method::DELETE, &disk, &Value::Null, 2000).expect("free");
    insert(&mut cloud, &body("vm"), 2000).expect("nothing in the way");
}

#[test]
fn serial_output_is_read_on_from_where_one_left_off() {
    let (mut cloud, id) = running(&body("vm"));
    cloud.serial_output(&id, "one\n");
    let path = format!("{VM}/serialPort");
    let first = get(&mut cloud, &path, 1000).expect("output");
    assert_eq!(
        (&first["contents"], &first["next"]),
        (&json!("one\n"), &json!("4"))
    );
    cloud.serial_output(&id, "two\n");
    let more = get(&mut cloud, &format!("{path}?start=4"), 1000).expect("output");
    assert_eq!(more["contents"], "two\n");
    let past = get(&mut cloud, &format!("{path}?start=99"), 1000).expect("output");
    assert_eq!(past["contents"], "");
}

#[test]
fn a_cloud_restored_from_its_journal_goes_on() {
    let (mut cloud, id) = running(&gpu("vm"));
    ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1000).expect("deleting");
    let mut other = Cloud::new();
    for table in cloud.tables() {
        let changes = table.take_changes();
        let mut tables = other.tables();
        let to = tables
            .iter_mut()
            .find(|t| t.name() == table.name())
            .expect("the same");
        for (key, row) in changes {
            to.restore(&key, row).expect("readable");
        }
    }
    assert_eq!(other.next_due(), Some(at(4000)));
    assert_eq!(other.instance_view(&id), cloud.instance_view(&id));
    assert_eq!(status(&mut other, VM, 4500), "404");
}

#[test]
fn what_zones_offer_is_listed_by_zone_and_in_all() {
    let mut cloud = Cloud::new();
    for (collection, name) in [
        ("machineTypes", "n1-standard-4"),
        ("acceleratorTypes", "nvidia-tesla-t4"),
        ("diskTypes", "pd-balanced"),
    ] {
        let path = format!("{ZONE}/{collection}");
        let one = get(&mut cloud, &format!("{path}/{name}"), 0).expect("there");
        assert_eq!(
            one["selfLink"],
            format!("http://h/compute/v1/{path}/{name}")
        );
        let filter = format!("filter=name%3D{name}");
        let listed = get(&mut cloud, &format!("{path}?{filter}"), 0).expect("a list");
        assert_eq!(listed["items"], json!([one]), "{collection}");
        let all = format!("projects/demo/aggregated/{collection}?{filter}");
        let all = get(&mut cloud, &all, 0).expect("a list");
        assert_eq!(
            all["items"]["zones/us-central1-a"][collection],
            json!([one])
        );
        let missing = get(&mut cloud, &format!("{path}/none"), 0).expect_err("none");
        assert_eq!(missing.status, 404);
        let nowhere = format!("projects/demo/zones/mars-a/{collection}");
        assert_eq!(get(&mut cloud, &nowhere, 0).expect_err("none").status, 400);
    }
}

#[test]
fn public_images_are_read_by_name_family_and_project() {
    let mut cloud = Cloud::new();
    let images = "projects/debian-cloud/global/images";
    let newest = get(&mut cloud, &format!("{images}/family/debian-12"), 0).expect("there");
    let name = newest["name"].as_str().expect("a name").to_owned();
    let by_name = get(&mut cloud, &format!("{images}/{name}"), 0).expect("there");
    assert_eq!(by_name, newest);
    for zone in ["us-central1-a", "-"] {
        let view = format!("projects/debian-cloud/zones/{zone}/imageFamilyViews/debian-12");
        assert_eq!(get(&mut cloud, &view, 0).expect("there")["image"], newest);
    }
    let listed = get(&mut cloud, images, 0).expect("a list");
    let listed = listed["items"].as_array().expect("items");
    assert_eq!(listed.len(), 3);
    assert!(listed.contains(&newest));
    let none = get(&mut cloud, "projects/demo/global/images", 0).expect("a list");
    assert!(none["items"].is_null());
    for missing in ["none", "family/none"] {
        let path = format!("{images}/{missing}");
        assert_eq!(get(&mut cloud, &path, 0).expect_err("none").status, 404);
    }
}

#[test]
fn operations_are_listed_by_place_and_deleted() {
    let mut cloud = Cloud::new();
    let begun = insert(&mut cloud, &body("vm"), 0).expect("inserted");
    let vpc = json!({ "name": "n", "autoCreateSubnetworks": false });
    let networks = "projects/demo/global/networks";
    let global = ask(&mut cloud, Method::POST, networks, &vpc, 0).expect("begun");
    let addresses = "projects/demo/regions/us-central1/addresses";
    let address = json!({ "name": "a" });
    let regional = ask(&mut cloud, Method::POST, addresses, &address, 0).expect("begun");
    let all = get(&mut cloud, "projects/demo/aggregated/operations", 0).expect("a list");
    for (place, begun) in [
        ("zones/us-central1-a", begun),
        ("global", global),
        ("regions/us-central1", regional),
    ] {
        assert_eq!(all["items"][place]["operations"], json!([begun]), "{place}");
        let scope = format!("projects/demo/{place}/operations");
        let listed = get(&mut cloud, &scope, 0).expect("a list");
        assert_eq!(listed["items"], json!([begun]));
        let path = format!("{scope}/{}", begun["name"].as_str().expect("a name"));
        cloud.advance(at(1));
        let deleted = call(&Method::DELETE, &path, &Value::Null, 1);
        let response = super::super::operations::delete(&mut cloud, &deleted).expect("deleted");
        assert!(matches!(response, ApiResponse::Raw(raw) if raw.status() == 204));
        assert_eq!(get(&mut cloud, &path, 1).expect_err("gone").status, 404);
        let again = super::super::operations::delete(&mut cloud, &deleted).expect_err("gone");
        assert_eq!(again.status, 404);
    }
}

#[test]
fn subnetworks_of_all_regions_are_in_one_list() {
    let mut cloud = Cloud::new();
    let vpc = json!({ "name": "n", "autoCreateSubnetworks": false });
    let networks = "projects/demo/global/networks";
    ask(&mut cloud, Method::POST, networks, &vpc, 0).expect("begun");
    for (region, range) in [("us-east1", "10.1.0.0/20"), ("us-central1", "10.2.0.0/20")] {
        let path = format!("projects/demo/regions/{region}/subnetworks");
        let body = json!({ "name": "s", "network": "n", "ipCidrRange": range });
        ask(&mut cloud, Method::POST, &path, &body, 9_000).expect("begun");
    }
    let all = get(&mut cloud, "projects/demo/aggregated/subnetworks", 9_000).expect("a list");
    assert_eq!(all["kind"], "compute#subnetworkAggregatedList");
    for region in ["us-east1", "us-central1"] {
        let path = format!("projects/demo/regions/{region}/subnetworks/s");
        let one = get(&mut cloud, &path, 9_000).expect("there");
        let here = &all["items"][format!("regions/{region}")]["subnetworks"];
        assert_eq!(*here, json!([one]));
    }
}
