//! Stories: what happens to machines, second by second.

use super::{ComputeSettings, ROUTES};
use crate::{Answer, ApiError, Call, Cloud, Command, iam::Principal, route::matches};
use bytes::Bytes;
use http::{HeaderMap, Method};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

pub(crate) const ZONE: &str = "projects/demo/zones/us-central1-a";
const VM: &str = "projects/demo/zones/us-central1-a/instances/vm";

/// The time `ms` milliseconds after the story began.
pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000) + Duration::from_millis(ms.unsigned_abs())
}

pub(crate) fn call(verb: &Method, path: &str, body: &Value, ms: i64) -> Call {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let full = format!("/compute/v1/{path}");
    let found = ROUTES
        .iter()
        .filter(|route| route.verb == *verb)
        .find_map(|route| matches(route.path, &full));
    Call {
        principal: Principal::user("me@example.com"),
        path: found.expect("a route"),
        query: crate::cloud::query(query),
        headers: HeaderMap::new(),
        raw: Bytes::new(),
        body: body.clone(),
        arrived: at(ms),
        now: at(ms),
        origin: "http://h".to_owned(),
    }
}

/// Calls below the permission check, at `ms`, having let time pass until then.
pub(crate) fn ask(
    cloud: &mut Cloud,
    verb: Method,
    path: &str,
    body: &Value,
    ms: i64,
) -> Result<Value, ApiError> {
    cloud.advance(at(ms));
    let call = call(&verb, path, body, ms);
    let full = format!("/compute/v1/{}", path.split('?').next().unwrap_or_default());
    let route = ROUTES
        .iter()
        .find(|route| route.verb == verb && matches(route.path, &full).is_some())
        .expect("a route");
    match (route.act)(cloud, &call)? {
        Answer::Json(json) => Ok(json),
        Answer::Raw(response) => panic!("{response:?}"),
        Answer::Later(until) => Ok(json!({ "later": until })),
    }
}

pub(crate) fn body(name: &str) -> Value {
    json!({
        "name": name,
        "machineType": "zones/us-central1-a/machineTypes/n1-standard-4",
        "disks": [{"boot": true, "autoDelete": true, "initializeParams": {
            "sourceImage": "projects/debian-cloud/global/images/family/debian-12"}}],
        "networkInterfaces": [{}],
        "serviceAccounts": [{"email": "job@demo.iam.gserviceaccount.com",
            "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}],
        "metadata": {"items": [{"key": "k", "value": "v"}]},
        "labels": {"owner": "me"},
    })
}

fn with(mut body: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().expect("an object") {
        body[key] = value.clone();
    }
    body
}

fn spot(name: &str, action: &str) -> Value {
    with(body(name), json!({ "scheduling": {
        "provisioningModel": "SPOT", "instanceTerminationAction": action } }))
}

fn gpu(name: &str) -> Value {
    with(body(name), json!({
        "scheduling": { "onHostMaintenance": "TERMINATE", "automaticRestart": false },
        "guestAccelerators": [{ "acceleratorCount": 1,
            "acceleratorType": "zones/us-central1-a/acceleratorTypes/nvidia-tesla-t4" }],
    }))
}

pub(crate) fn insert(cloud: &mut Cloud, body: &Value, ms: i64) -> Result<Value, ApiError> {
    ask(cloud, Method::POST, &format!("{ZONE}/instances"), body, ms)
}

fn get(cloud: &mut Cloud, path: &str, ms: i64) -> Result<Value, ApiError> {
    ask(cloud, Method::GET, path, &Value::Null, ms)
}

fn status(cloud: &mut Cloud, path: &str, ms: i64) -> String {
    match get(cloud, path, ms) {
        Ok(json) => json["status"].as_str().expect("a status").to_owned(),
        Err(error) => error.status.to_string(),
    }
}

fn operation(begun: &Value) -> String {
    format!("{ZONE}/operations/{}", begun["name"].as_str().expect("a name"))
}

/// A cloud with `body` inserted at 0 and RUNNING since 800 ms, its id, and
/// no commands left over.
fn running(body: &Value) -> (Cloud, String) {
    let mut cloud = Cloud::new();
    insert(&mut cloud, body, 0).expect("inserted");
    let vm = get(&mut cloud, VM, 800).expect("there");
    assert_eq!(vm["status"], "RUNNING");
    let id = vm["id"].as_str().expect("an id").to_owned();
    assert_eq!(cloud.commands(), [Command::PowerOn { instance: id.clone() }]);
    (cloud, id)
}

#[test]
fn a_machine_boots_runs_and_is_deleted() {
    let (mut cloud, id) = (Cloud::new(), ());
    let () = id;
    let begun = insert(&mut cloud, &body("vm"), 0).expect("inserted");
    assert_eq!((&begun["status"], &begun["operationType"]), (&json!("RUNNING"), &json!("insert")));
    let done = operation(&begun);
    for (ms, vm, op) in [
        (0, "PROVISIONING", "RUNNING"),
        (299, "PROVISIONING", "RUNNING"),
        (300, "STAGING", "DONE"),
        (799, "STAGING", "DONE"),
        (800, "RUNNING", "DONE"),
    ] {
        assert_eq!(status(&mut cloud, VM, ms), vm, "{ms}");
        assert_eq!(status(&mut cloud, &done, ms), op, "{ms}");
    }
    let vm = get(&mut cloud, VM, 800).expect("there");
    assert_eq!(vm["lastStartTimestamp"], json!(at(800)));
    assert_eq!(vm["id"], begun["targetId"]);
    assert_eq!(vm["selfLink"], begun["targetLink"]);
    assert_eq!(vm["machineType"], format!("http://h/compute/v1/{ZONE}/machineTypes/n1-standard-4"));
    assert_eq!(status(&mut cloud, &format!("{ZONE}/disks/vm"), 800), "READY");
    let instance = vm["id"].as_str().expect("an id").to_owned();
    assert_eq!(cloud.commands(), [Command::PowerOn { instance: instance.clone() }]);
    assert_eq!(cloud.next_due(), None);

    let first = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1000).expect("deleting");
    let second = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1100).expect("again");
    assert_ne!(first["name"], second["name"]);
    assert_eq!(cloud.commands(), [Command::PowerButton { instance: instance.clone() }]);
    assert_eq!(status(&mut cloud, VM, 3999), "STOPPING");
    assert!(cloud.commands().is_empty());
    assert_eq!(status(&mut cloud, VM, 4000), "STOPPING");
    assert_eq!(cloud.commands(), [Command::PowerOff { instance }]);
    assert_eq!(status(&mut cloud, &operation(&first), 4499), "RUNNING");
    for begun in [first, second] {
        assert_eq!(status(&mut cloud, &operation(&begun), 4500), "DONE");
    }
    assert_eq!(status(&mut cloud, VM, 4500), "404");
    assert_eq!(status(&mut cloud, &format!("{ZONE}/disks/vm"), 4500), "404");
    let gone = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 5000);
    assert_eq!(gone.expect_err("gone").status, 404);
    assert_eq!(cloud.next_due(), None);
}

#[test]
fn a_guest_that_is_down_early_is_not_waited_for() {
    let (mut cloud, id) = running(&body("vm"));
    ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1000).expect("deleting");
    cloud.guest_stopped(&id, at(1200));
    assert_eq!(status(&mut cloud, VM, 1699), "STOPPING");
    assert_eq!(status(&mut cloud, VM, 1700), "404");
    cloud.guest_stopped(&id, at(1800));
    assert_eq!(cloud.next_due(), None);
}

#[test]
fn stop_and_start_and_a_guest_that_leaves_by_itself() {
    let (mut cloud, id) = running(&body("vm"));
    let post = |cloud: &mut Cloud, verb: &str, ms| {
        ask(cloud, Method::POST, &format!("{VM}/{verb}"), &Value::Null, ms)
    };
    let stopping = post(&mut cloud, "stop", 1000).expect("stopping");
    assert_eq!(post(&mut cloud, "start", 1100).expect_err("not yet").reason, "resourceNotReady");
    assert_eq!(status(&mut cloud, VM, 4000), "TERMINATED");
    assert_eq!(status(&mut cloud, &operation(&stopping), 4000), "DONE");
    cloud.commands();

    let starting = post(&mut cloud, "start", 5000).expect("starting");
    assert_eq!(status(&mut cloud, VM, 5000), "PROVISIONING");
    assert_eq!(status(&mut cloud, &operation(&starting), 5300), "DONE");
    assert_eq!(status(&mut cloud, VM, 5800), "RUNNING");
    assert_eq!(cloud.commands(), [Command::PowerOn { instance: id.clone() }]);

    cloud.guest_stopped(&id, at(6000));
    assert_eq!(status(&mut cloud, VM, 6000), "TERMINATED");
    let entries = cloud.take_log_entries();
    assert_eq!(entries[0]["protoPayload"]["methodName"], "compute.instances.guestTerminate");

    let deleting = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 7000).expect("deleting");
    assert_eq!(status(&mut cloud, &operation(&deleting), 7500), "DONE");
}

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
    assert_eq!((&late["name"], &late["status"]), (&begun["name"], &json!("DONE")));
    assert_eq!(status(&mut cloud, VM, 99_000), "404");

    let other = ask(&mut cloud, Method::POST, &path, &body("vm2"), 99_000);
    assert_eq!(other.expect_err("another machine").status, 400);
    for wrong in ["x", "00000000-0000-0000-0000-000000000000", "4f0c1d5e8d1b5b569d0a0a5d3a1f2b3c"] {
        let path = format!("{ZONE}/instances?requestId={wrong}");
        let error = ask(&mut cloud, Method::POST, &path, &body("vm"), 99_000);
        assert_eq!(error.expect_err(wrong).status, 400);
    }
}

#[test]
fn what_is_wrong_with_an_insert_is_said() {
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
        (json!({"machineType": "n1-standard-3"}), 400, "does not exist"),
        (json!({"machineType": "zones/us-east1-b/machineTypes/n1-standard-4"}), 400, "does not exist"),
        (json!({"disks": []}), 400, "boot disk"),
        (json!({"disks": ["x"]}), 400, "resource.disks"),
        (json!({"disks": [{"boot": true}]}), 400, "source image"),
        (json!({"disks": [{"boot": true, "source": "zones/us-central1-a/disks/none"}]}), 404, "disks/none"),
        (disk(json!("-1"), "debian-12"), 400, "diskSizeGb"),
        (disk(json!(5), "debian-12"), 400, "smaller than the image size (10 GB)"),
        (disk(json!("20"), "debian-99"), 404, "debian-99"),
        (json!({"networkInterfaces": []}), 400, "networkInterfaces"),
        (json!({"networkInterfaces": [{"subnetwork": "regions/us-east1/subnetworks/s"}]}), 400, "region"),
        (json!({"metadata": "x"}), 400, "resource.metadata"),
        (json!({"metadata": {"items": [{"key": "a b", "value": ""}]}}), 400, "items[0].key"),
        (items("x".repeat(262_145)), 413, "too large"),
        (json!({"labels": {"Owner": "me"}}), 400, "Owner"),
        (json!({"scheduling": {"onHostMaintenace": "TERMINATE"}}), 400, "onHostMaintenace"),
        (json!({"scheduling": {"onHostMaintenance": "STOP"}}), 400, "onHostMaintenance"),
        (json!({"scheduling": {"automaticRestart": "no"}}), 400, "automaticRestart"),
        (json!({"scheduling": {"provisioningModel": "SPOT", "automaticRestart": true}}), 400, "automaticRestart"),
        (json!({"scheduling": {"provisioningModel": "SPOT", "onHostMaintenance": "MIGRATE"}}), 400, "TERMINATE"),
        (json!({"scheduling": {"instanceTerminationAction": "DELETE"}}), 400, "termination action"),
        (json!({"scheduling": {"terminationTime": "2020-01-01T00:00:00Z"}}), 400, "in the future"),
        (json!({"scheduling": {"maxRunDuration": {"seconds": "5"}}}), 400, "30 seconds"),
        (accelerator("us-central1-a", "nvidia-h900"), 400, "does not exist"),
        (accelerator("us-central1-a", "nvidia-l4"), 400, "not compatible"),
        (with(accelerator("us-central1-a", "nvidia-tesla-t4"), json!({"scheduling": {}})), 400, "live migration"),
        (json!({"serviceAccounts": [{"email": "a@b"}, {"email": "c@d"}]}), 400, "At most one"),
    ] {
        let mut cloud = Cloud::new();
        let error = insert(&mut cloud, &with(body("vm"), changes.clone()), 0).expect_err(part);
        assert_eq!(error.status, status, "{error:?}");
        assert!(error.message.contains(part), "{error:?} ⊉ {part}");
        assert_eq!(cloud.compute.instances.len() + cloud.compute.disks.len(), 0);
        assert_eq!(cloud.next_due(), None);
    }
    let mut cloud = Cloud::new();
    insert(&mut cloud, &body("vm"), 0).expect("valid");
    assert_eq!(insert(&mut cloud, &body("vm"), 1).expect_err("twice").status, 409);
    let elsewhere = "projects/demo/zones/mars-east1-a/instances";
    let error = ask(&mut cloud, Method::POST, elsewhere, &body("vm"), 1).expect_err("no zone");
    assert!(error.message.contains("Unknown zone"), "{error:?}");
}

#[test]
fn a_stockout_fails_the_operation_and_leaves_nothing() {
    let mut cloud = Cloud::new();
    let settings = cloud.compute_settings();
    settings.stockouts.insert(("us-central1-a".to_owned(), "nvidia-tesla-t4".to_owned()));
    let begun = insert(&mut cloud, &gpu("vm"), 0).expect("inserted");
    assert_eq!(status(&mut cloud, VM, 299), "PROVISIONING");
    let done = get(&mut cloud, &operation(&begun), 300).expect("done");
    assert_eq!(done["error"]["errors"][0]["code"], "ZONE_RESOURCE_POOL_EXHAUSTED");
    assert_eq!(done["httpErrorStatusCode"], 503);
    assert_eq!(status(&mut cloud, VM, 300), "404");
    assert_eq!(status(&mut cloud, &format!("{ZONE}/disks/vm"), 300), "404");
    assert_eq!((cloud.commands(), cloud.next_due()), (Vec::new(), None));
    insert(&mut cloud, &body("vm"), 400).expect("without the GPU there is room");

    let mut cloud = Cloud::new();
    let settings = cloud.compute_settings();
    settings.stockouts.insert(("us-central1-a".to_owned(), "n1-standard-4".to_owned()));
    settings.zones_available = vec!["us-central1-b".to_owned(), "us-central1-f".to_owned()];
    let begun = insert(&mut cloud, &body("vm"), 0).expect("inserted");
    let done = get(&mut cloud, &operation(&begun), 300).expect("done");
    let error = &done["error"]["errors"][0];
    assert_eq!(error["code"], "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS");
    let info = &error["errorDetails"][0]["errorInfo"];
    assert_eq!(info["reason"], "resource_availability");
    assert_eq!(info["metadatas"]["zonesAvailable"], "us-central1-b,us-central1-f");

    cloud.compute_settings().refuse_at_once = true;
    let error = insert(&mut cloud, &body("vm"), 400).expect_err("at once");
    assert_eq!((error.status, error.reason), (503, "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"));
    assert_eq!(error.details[0]["metadatas"]["zonesAvailable"], "us-central1-b,us-central1-f");
    assert_eq!(status(&mut cloud, VM, 400), "404");
}

#[test]
fn quotas_name_themselves() {
    let tight: [(&str, fn(&mut ComputeSettings)); 3] = [
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
}

#[test]
fn a_preempted_machine_is_told_then_asked_then_cut_off() {
    for (action, end) in [("DELETE", "404"), ("STOP", "TERMINATED")] {
        let (mut cloud, id) = running(&spot("vm", action));
        cloud.preempt("demo", "us-central1-a", "vm", at(1000)).expect("Spot");
        assert_eq!(cloud.commands(), [Command::PowerButton { instance: id.clone() }]);
        assert!(cloud.compute.by_id(&id).expect("there").preempted);
        assert_eq!(status(&mut cloud, VM, 3999), "STOPPING");
        assert_eq!(status(&mut cloud, VM, 4500), end);
        assert_eq!(cloud.commands(), [Command::PowerOff { instance: id.clone() }]);
        let entries = cloud.take_log_entries();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0]["protoPayload"]["methodName"], "compute.instances.preempted");
        assert_eq!(entries[0]["protoPayload"]["resourceName"], VM);
        assert_eq!(
            entries[0]["resource"]["labels"],
            json!({"instance_id": id, "project_id": "demo", "zone": "us-central1-a"})
        );
    }
    let (mut cloud, _) = running(&body("vm"));
    assert_eq!(cloud.preempt("demo", "us-central1-a", "vm", at(1)).expect_err("").status, 400);
    assert_eq!(cloud.preempt("demo", "us-central1-a", "no", at(1)).expect_err("").status, 404);
}

#[test]
fn a_preemption_notice_comes_before_the_power_button() {
    let mut spot = spot("vm", "DELETE");
    spot["scheduling"]["preemptionNoticeDuration"] = json!({ "seconds": "120" });
    let (mut cloud, id) = running(&spot);
    cloud.preempt("demo", "us-central1-a", "vm", at(1000)).expect("Spot");
    assert_eq!(status(&mut cloud, VM, 120_999), "RUNNING");
    assert!(cloud.commands().is_empty());
    assert_eq!(status(&mut cloud, VM, 121_000), "STOPPING");
    assert_eq!(cloud.commands(), [Command::PowerButton { instance: id }]);
}

#[test]
fn a_machine_preempted_while_it_is_made_fails_its_operation() {
    let mut cloud = Cloud::new();
    let begun = insert(&mut cloud, &spot("vm", "STOP"), 0).expect("inserted");
    cloud.preempt("demo", "us-central1-a", "vm", at(100)).expect("Spot");
    let done = get(&mut cloud, &operation(&begun), 100).expect("done");
    assert_eq!(done["error"]["errors"][0]["code"], "UNSUPPORTED_OPERATION");
    assert_eq!(status(&mut cloud, VM, 100), "404");
    assert_eq!(cloud.next_due(), None);
}

#[test]
fn a_host_error_restarts_only_what_may_restart() {
    for (restart, soon, late) in [(true, "REPAIRING", "RUNNING"), (false, "TERMINATED", "TERMINATED")] {
        let scheduling = json!({ "scheduling": { "automaticRestart": restart } });
        let (mut cloud, id) = running(&with(body("vm"), scheduling));
        cloud.host_error("demo", "us-central1-a", "vm", at(1000)).expect("up");
        assert_eq!(cloud.commands(), [Command::PowerOff { instance: id }]);
        assert_eq!(status(&mut cloud, VM, 1000), soon);
        assert_eq!(status(&mut cloud, VM, 9000), late);
        let methods: Vec<Value> = cloud
            .take_log_entries()
            .iter()
            .map(|entry| entry["protoPayload"]["methodName"].clone())
            .collect();
        assert_eq!(methods[0], "compute.instances.hostError");
        assert_eq!(methods.len(), 1 + usize::from(restart));
    }
}

#[test]
fn time_is_up_at_a_time_or_after_a_while() {
    for limit in [
        json!({ "terminationTime": at(60_800) }),
        json!({ "maxRunDuration": { "seconds": "60" } }),
        json!({ "maxRunDuration": { "seconds": 60 } }),
    ] {
        let scheduling = with(limit, json!({ "instanceTerminationAction": "DELETE" }));
        let (mut cloud, id) = running(&with(body("vm"), json!({ "scheduling": scheduling })));
        assert_eq!(cloud.next_due(), Some(at(60_800)));
        assert_eq!(status(&mut cloud, VM, 60_799), "RUNNING");
        assert_eq!(status(&mut cloud, VM, 60_800), "STOPPING");
        cloud.guest_stopped(&id, at(61_000));
        assert_eq!(status(&mut cloud, VM, 61_500), "404");
    }
    let scheduling = json!({ "scheduling": { "maxRunDuration": { "seconds": "60" },
        "instanceTerminationAction": "DELETE" } });
    let (mut cloud, _) = running(&with(body("vm"), scheduling));
    ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1000).expect("deleting");
    cloud.advance(at(9000));
    assert_eq!(cloud.next_due(), None, "nothing is left of a machine that is gone");
}

#[test]
fn maintenance_terminates_or_migrates() {
    let simulate = format!("{VM}/simulateMaintenanceEvent");
    let (mut cloud, _) = running(&gpu("vm"));
    let begun = ask(&mut cloud, Method::POST, &simulate, &Value::Null, 1000).expect("announced");
    assert_eq!(status(&mut cloud, &operation(&begun), 1100), "DONE");
    let vm = get(&mut cloud, VM, 1100).expect("there");
    assert_eq!(vm["resourceStatus"]["upcomingMaintenance"]["windowStartTime"], json!(at(11_000)));
    assert_eq!(status(&mut cloud, VM, 10_999), "RUNNING");
    assert_eq!(status(&mut cloud, VM, 11_000), "STOPPING");
    assert_eq!(status(&mut cloud, VM, 14_000), "TERMINATED");
    assert_eq!(cloud.take_log_entries().len(), 2);
    assert_eq!(cloud.next_due(), None);

    let (mut cloud, id) = running(&body("vm"));
    ask(&mut cloud, Method::POST, &simulate, &Value::Null, 1000).expect("announced");
    let event = |cloud: &Cloud| cloud.compute.by_id(&id).expect("there").maintenance_event();
    assert_eq!(event(&cloud), "MIGRATE_ON_HOST_MAINTENANCE");
    cloud.advance(at(11_000));
    assert_eq!(event(&cloud), "NONE");
    assert!(cloud.commands().is_empty());
}

#[test]
fn waiting_for_an_operation_ends_with_it_or_after_two_minutes() {
    let mut cloud = Cloud::new();
    let begun = insert(&mut cloud, &body("vm"), 0).expect("inserted");
    let wait = format!("{}/wait", operation(&begun));
    let later = ask(&mut cloud, Method::POST, &wait, &Value::Null, 0).expect("later");
    assert_eq!(later, json!({ "later": at(120_000) }));
    let done = ask(&mut cloud, Method::POST, &wait, &Value::Null, 300).expect("done");
    assert_eq!(done["status"], "DONE");
    let missing = format!("{ZONE}/operations/none/wait");
    let error = ask(&mut cloud, Method::POST, &missing, &Value::Null, 300).expect_err("none");
    assert_eq!(error.status, 404);
    let mut slow = Cloud::new();
    slow.compute_settings().insert_operation = Duration::from_secs(600);
    let begun = insert(&mut slow, &body("vm"), 0).expect("inserted");
    let path = format!("{}/wait", operation(&begun));
    let mut patient = call(&Method::POST, &path, &Value::Null, 0);
    patient.now = at(120_000);
    let answer = super::operation::wait(&mut slow, &patient).expect("as it is");
    assert!(matches!(answer, Answer::Json(json) if json["status"] == "RUNNING"));
}

#[test]
fn lists_filter_and_page() {
    let mut cloud = Cloud::new();
    let mut names = |json: Value| -> Vec<String> {
        let items = json["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
    };
    let empty = get(&mut cloud, &format!("{ZONE}/instances"), 0).expect("empty");
    assert!(empty.get("items").is_none());
    for (name, owner) in [("a", "me"), ("b", "you"), ("c", "me")] {
        insert(&mut cloud, &with(body(name), json!({"labels": {"owner": owner}})), 0).expect(name);
    }
    let mine = get(&mut cloud, &format!("{ZONE}/instances?filter=labels.owner%3Dme"), 0);
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
    assert_eq!(all["items"]["zones/us-central1-a"]["instances"].as_array().map(Vec::len), Some(3));
    assert_eq!(all["items"]["zones/us-east1-b"]["warning"]["code"], "NO_RESULTS_ON_PAGE");
    for wrong in ["filter=a", "maxResults=501", "maxResults=x", "pageToken=%21"] {
        let error = get(&mut cloud, &format!("{ZONE}/instances?{wrong}"), 0).expect_err(wrong);
        assert_eq!(error.status, 400);
    }
    let other = get(&mut cloud, "projects/demo-2/zones/us-central1-a/instances", 0);
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
    let wrong = json!({"fingerprint": "x", "items": items});
    assert_eq!(set(&mut cloud, "setMetadata", wrong).expect_err("stale").status, 412);
    let right = json!({"fingerprint": vm["metadata"]["fingerprint"], "items": items});
    let begun = set(&mut cloud, "setMetadata", right.clone()).expect("changed");
    assert_eq!(status(&mut cloud, &operation(&begun), 1100), "DONE");
    assert_eq!(set(&mut cloud, "setMetadata", right).expect_err("used up").status, 412);
    assert_eq!(cloud.instance_view(&id).expect("there").metadata["k"], "w");

    let labels = json!({"labelFingerprint": vm["labelFingerprint"], "labels": {"a": "b"}});
    set(&mut cloud, "setLabels", labels.clone()).expect("changed");
    assert_eq!(set(&mut cloud, "setLabels", labels).expect_err("stale").status, 412);
    assert_eq!(set(&mut cloud, "setLabels", json!({"labels": {}})).expect_err("none").status, 412);
}

#[test]
fn a_disk_that_is_kept_stands_in_the_way_until_it_is_deleted() {
    let mut kept = body("vm");
    kept["disks"][0]["autoDelete"] = json!(false);
    let (mut cloud, id) = running(&kept);
    let disk = format!("{ZONE}/disks/vm");
    let used = ask(&mut cloud, Method::DELETE, &disk, &Value::Null, 900).expect_err("in use");
    assert_eq!(used.reason, "resourceInUseByAnotherResource");
    ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1000).expect("deleting");
    cloud.guest_stopped(&id, at(1000));
    assert_eq!(insert(&mut cloud, &body("vm"), 2000).expect_err("in the way").status, 409);
    let list = get(&mut cloud, "projects/demo/aggregated/disks", 2000).expect("a list");
    assert_eq!(list["items"]["zones/us-central1-a"]["disks"][0]["name"], "vm");
    ask(&mut cloud, Method::DELETE, &disk, &Value::Null, 2000).expect("free");
    insert(&mut cloud, &body("vm"), 2000).expect("nothing in the way");
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
                ("compute.subnetworks.useExternalIp", format!("{subnetwork}/s")),
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
        let needs = super::needs::insert(&Cloud::new(), &call).expect("readable");
        let found: Vec<(&str, String)> =
            needs.into_iter().map(|need| (need.permission, need.resource.name)).collect();
        assert_eq!(found, wanted);
    }
}

#[test]
fn serial_output_is_read_on_from_where_one_left_off() {
    let (mut cloud, id) = running(&body("vm"));
    cloud.serial_output(&id, "one\n");
    let path = format!("{VM}/serialPort");
    let first = get(&mut cloud, &path, 1000).expect("output");
    assert_eq!((&first["contents"], &first["next"]), (&json!("one\n"), &json!("4")));
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
    for table in cloud.compute.tables() {
        let changes = table.take_changes();
        let mut tables = other.compute.tables();
        let to = tables.iter_mut().find(|t| t.name() == table.name()).expect("the same");
        for (key, row) in changes {
            to.restore(&key, row).expect("readable");
        }
    }
    assert_eq!(other.next_due(), Some(at(4000)));
    assert_eq!(other.instance_view(&id), cloud.instance_view(&id));
    assert_eq!(status(&mut other, VM, 4500), "404");
}
