//! Methods that change machines: their fields, power and disks.

use super::*;

fn post(cloud: &mut Cloud, verb: &str, body: &Value, ms: i64) -> Result<Value, ApiError> {
    ask(cloud, Method::POST, &format!("{VM}/{verb}"), body, ms)
}

/// A machine that was stopped at 4000 ms.
fn stopped(body: &Value) -> Cloud {
    let (mut cloud, _) = running(body);
    post(&mut cloud, "stop", &Value::Null, 1000).expect("stopping");
    assert_eq!(status(&mut cloud, VM, 4000), "TERMINATED");
    cloud.commands();
    cloud
}

fn refusal(result: Result<Value, ApiError>) -> (u16, &'static str) {
    let error = result.expect_err("refused");
    (error.status, error.reason)
}

#[test]
fn tags_are_replaced_by_who_has_seen_them() {
    let (mut cloud, _) = running(&body("vm"));
    let seen = get(&mut cloud, VM, 1000).expect("there")["tags"].clone();
    let tags = with(seen, json!({ "items": ["web", "db"] }));
    let begun = post(&mut cloud, "setTags", &tags, 1000).expect("begun");
    assert_eq!(begun["operationType"], "setTags");
    assert_eq!(status(&mut cloud, &operation(&begun), 1100), "DONE");
    let now = get(&mut cloud, VM, 1100).expect("there")["tags"].clone();
    assert_eq!(now["items"], json!(["web", "db"]));
    assert_eq!(
        refusal(post(&mut cloud, "setTags", &tags, 1200)),
        (412, "conditionNotMet")
    );
    let invalid = with(now.clone(), json!({ "items": ["Web"] }));
    assert_eq!(refusal(post(&mut cloud, "setTags", &invalid, 1200)).0, 400);
    let none = json!({ "fingerprint": now["fingerprint"] });
    post(&mut cloud, "setTags", &none, 1200).expect("begun");
    let now = get(&mut cloud, VM, 1300).expect("there")["tags"].clone();
    assert!(now["items"].is_null() && now["fingerprint"].is_string());
}

#[test]
fn a_stopped_machine_gets_another_machine_type() {
    let (mut cloud, _) = running(&body("vm"));
    let small = json!({ "machineType": "zones/us-central1-a/machineTypes/e2-small" });
    let early = post(&mut cloud, "setMachineType", &small, 900).expect_err("it runs");
    assert_eq!(early.status, 400);
    assert!(
        early.message.contains("must be stopped"),
        "{}",
        early.message
    );

    let mut cloud = stopped(&body("vm"));
    post(&mut cloud, "setMachineType", &small, 5000).expect("begun");
    let vm = get(&mut cloud, VM, 6000).expect("there");
    assert!(
        vm["machineType"]
            .as_str()
            .expect("a type")
            .ends_with("/e2-small")
    );
    for (unfit, word) in [
        ("no-such-type", "does not exist"),
        // It can only boot from a Hyperdisk.
        ("c4-standard-4", "pd-standard disk type cannot be used"),
        // It has GPUs, and the machine is to be migrated.
        ("a2-highgpu-1g", "live migration"),
    ] {
        let unfit = json!({ "machineType": format!("zones/us-central1-a/machineTypes/{unfit}") });
        let error = post(&mut cloud, "setMachineType", &unfit, 6000).expect_err("unfit");
        assert_eq!(error.status, 400);
        assert!(error.message.contains(word), "{}", error.message);
    }
}

#[test]
fn gpus_that_are_part_of_a_machine_type_go_with_it() {
    let accelerated = json!({
        "machineType": "zones/us-central1-a/machineTypes/a2-highgpu-1g",
        "scheduling": { "onHostMaintenance": "TERMINATE" },
    });
    let mut cloud = stopped(&with(body("vm"), accelerated));
    let vm = get(&mut cloud, VM, 5000).expect("there");
    assert_eq!(vm["guestAccelerators"][0]["acceleratorCount"], 1);
    let plain = json!({ "machineType": "zones/us-central1-a/machineTypes/n1-standard-1" });
    post(&mut cloud, "setMachineType", &plain, 5000).expect("begun");
    let vm = get(&mut cloud, VM, 6000).expect("there");
    assert!(vm["guestAccelerators"].is_null());
}

#[test]
fn a_stopped_machine_gets_another_service_account() {
    let other = json!({ "email": "other@demo.iam.gserviceaccount.com",
        "scopes": ["https://www.googleapis.com/auth/cloud-platform"] });
    let (mut cloud, _) = running(&body("vm"));
    let early = post(&mut cloud, "setServiceAccount", &other, 900).expect_err("it runs");
    assert_eq!(
        (early.status, early.message.as_str()),
        (
            400,
            "The instance must be stopped before the service account can be changed."
        )
    );
    let mut cloud = stopped(&body("vm"));
    post(&mut cloud, "setServiceAccount", &other, 5000).expect("begun");
    let vm = get(&mut cloud, VM, 6000).expect("there");
    assert_eq!(vm["serviceAccounts"], json!([other]));
    post(&mut cloud, "setServiceAccount", &json!({}), 6000).expect("begun");
    let vm = get(&mut cloud, VM, 7000).expect("there");
    assert_eq!(vm["serviceAccounts"], json!([]));
    let invalid = json!({ "email": "nobody" });
    assert_eq!(
        refusal(post(&mut cloud, "setServiceAccount", &invalid, 7000)).0,
        400
    );
}

#[test]
fn the_reaction_to_maintenance_changes_at_any_time_and_the_rest_when_stopped() {
    let (mut cloud, _) = running(&body("vm"));
    let calm = json!({ "automaticRestart": false, "onHostMaintenance": "TERMINATE" });
    post(&mut cloud, "setScheduling", &calm, 900).expect("begun");
    let vm = get(&mut cloud, VM, 1000).expect("there");
    assert_eq!(vm["scheduling"]["automaticRestart"], false);
    assert_eq!(vm["scheduling"]["onHostMaintenance"], "TERMINATE");
    assert_eq!(vm["scheduling"]["provisioningModel"], "STANDARD");
    let spot = json!({ "provisioningModel": "SPOT" });
    assert_eq!(
        refusal(post(&mut cloud, "setScheduling", &spot, 1000)).0,
        400
    );
    let wrong = json!({ "colour": 1 });
    assert_eq!(
        refusal(post(&mut cloud, "setScheduling", &wrong, 1000)).0,
        400
    );
    post(&mut cloud, "stop", &Value::Null, 1000).expect("stopping");
    let limit = json!({ "maxRunDuration": { "seconds": "60" },
        "instanceTerminationAction": "DELETE" });
    post(&mut cloud, "setScheduling", &limit, 5000).expect("begun");
    post(&mut cloud, "start", &Value::Null, 5000).expect("starting");
    assert_eq!(status(&mut cloud, VM, 5800), "RUNNING");
    assert_eq!(cloud.next_due(), Some(at(65_800)));
}

#[test]
fn protection_is_set_and_lifted() {
    let (mut cloud, _) = running(&body("vm"));
    post(&mut cloud, "setDeletionProtection", &Value::Null, 900).expect("begun");
    let delete = |cloud: &mut Cloud| ask(cloud, Method::DELETE, VM, &Value::Null, 1000);
    assert_eq!(
        refusal(delete(&mut cloud)),
        (400, "cannotDeleteProtectedResource")
    );
    let wrong = "setDeletionProtection?deletionProtection=perhaps";
    assert_eq!(refusal(post(&mut cloud, wrong, &Value::Null, 1000)).0, 400);
    // As gcloud sends it.
    let off = "setDeletionProtection?deletionProtection=False";
    post(&mut cloud, off, &Value::Null, 1000).expect("begun");
    delete(&mut cloud).expect("deleting");
}

#[test]
fn a_reset_cuts_the_power_and_boots() {
    let (mut cloud, id) = running(&body("vm"));
    let begun = post(&mut cloud, "reset", &Value::Null, 900).expect("begun");
    assert_eq!(status(&mut cloud, &operation(&begun), 1000), "DONE");
    assert_eq!(status(&mut cloud, VM, 1000), "RUNNING");
    let instance = id.clone();
    assert_eq!(
        cloud.commands(),
        [
            Command::PowerOff { instance },
            Command::PowerOn { instance: id }
        ]
    );
    let mut cloud = stopped(&body("vm"));
    assert_eq!(
        refusal(post(&mut cloud, "reset", &Value::Null, 5000)),
        (400, "resourceNotReady")
    );
}

#[test]
fn a_suspended_machine_is_resumed() {
    let (mut cloud, id) = running(&body("vm"));
    let early = post(&mut cloud, "resume", &Value::Null, 900);
    assert_eq!(refusal(early), (400, "resourceNotReady"));
    let begun = post(&mut cloud, "suspend", &Value::Null, 1000).expect("begun");
    for (ms, vm, op) in [(1000, "SUSPENDING", "RUNNING"), (1100, "SUSPENDED", "DONE")] {
        assert_eq!(status(&mut cloud, VM, ms), vm);
        assert_eq!(status(&mut cloud, &operation(&begun), ms), op);
    }
    let instance = id.clone();
    assert_eq!(cloud.commands(), [Command::PowerOff { instance }]);
    let vm = get(&mut cloud, VM, 1200).expect("there");
    assert_eq!(vm["lastSuspendedTimestamp"], json!(at(1100)));
    assert!(vm["lastStopTimestamp"].is_null());
    assert_eq!(
        refusal(post(&mut cloud, "suspend", &Value::Null, 1200)).0,
        400
    );
    assert_eq!(
        refusal(post(&mut cloud, "start", &Value::Null, 1200)).0,
        400
    );

    let begun = post(&mut cloud, "resume", &Value::Null, 2000).expect("begun");
    for (ms, vm, op) in [(2799, "STAGING", "RUNNING"), (2800, "RUNNING", "DONE")] {
        assert_eq!(status(&mut cloud, VM, ms), vm);
        assert_eq!(status(&mut cloud, &operation(&begun), ms), op);
    }
    assert_eq!(cloud.commands(), [Command::PowerOn { instance: id }]);
}

#[test]
fn a_machine_is_deleted_while_it_is_suspended_or_about_to_be() {
    for ms in [1050, 1500] {
        let (mut cloud, _) = running(&body("vm"));
        let suspending = post(&mut cloud, "suspend", &Value::Null, 1000).expect("begun");
        ask(&mut cloud, Method::DELETE, VM, &Value::Null, ms).expect("deleting");
        assert_eq!(status(&mut cloud, VM, 3000), "404");
        assert_eq!(status(&mut cloud, &operation(&suspending), 3000), "DONE");
        assert_eq!(cloud.next_due(), None);
    }
    let (mut cloud, _) = running(&gpu("vm"));
    let error = post(&mut cloud, "suspend", &Value::Null, 1000).expect_err("it has GPUs");
    assert_eq!(error.status, 400);
}

#[test]
fn every_change_of_a_machine_that_does_not_exist_is_a_404() {
    for verb in [
        "attachDisk",
        "detachDisk",
        "reset",
        "resume",
        "setDeletionProtection",
        "setMachineType",
        "setScheduling",
        "setServiceAccount",
        "setTags",
        "suspend",
    ] {
        let mut cloud = Cloud::new();
        let error = post(&mut cloud, verb, &json!({}), 0).expect_err(verb);
        assert_eq!(error.status, 404, "{verb}");
        assert_eq!(error.message, format!("The resource '{VM}' was not found"));
    }
}
