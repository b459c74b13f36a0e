//! The lifecycle of machines.

use super::*;

#[test]
fn a_machine_boots_runs_and_is_deleted() {
    let mut cloud = Cloud::new();
    let begun = insert(&mut cloud, &body("vm"), 0).expect("inserted");
    assert_eq!(
        (&begun["status"], &begun["operationType"]),
        (&json!("RUNNING"), &json!("insert"))
    );
    let done = operation(&begun);
    for (ms, vm, op) in [
        (0, "PROVISIONING", "RUNNING"),
        (299, "PROVISIONING", "RUNNING"),
        (300, "STAGING", "RUNNING"),
        (799, "STAGING", "RUNNING"),
        (800, "RUNNING", "DONE"),
    ] {
        assert_eq!(status(&mut cloud, VM, ms), vm, "{ms}");
        assert_eq!(status(&mut cloud, &done, ms), op, "{ms}");
    }
    let vm = get(&mut cloud, VM, 800).expect("there");
    assert_eq!(vm["lastStartTimestamp"], json!(at(800)));
    assert_eq!(vm["id"], begun["targetId"]);
    assert_eq!(vm["selfLink"], begun["targetLink"]);
    assert_eq!(
        vm["machineType"],
        format!("http://h/compute/v1/{ZONE}/machineTypes/n1-standard-4")
    );
    assert_eq!(
        status(&mut cloud, &format!("{ZONE}/disks/vm"), 800),
        "READY"
    );
    let instance = vm["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        cloud.commands(),
        [Command::PowerOn {
            instance: instance.clone()
        }]
    );
    assert_eq!(cloud.next_due(), None);

    let first = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1000).expect("deleting");
    let second = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1100).expect("again");
    assert_ne!(first["name"], second["name"]);
    assert_eq!(
        cloud.commands(),
        [Command::PowerButton {
            instance: instance.clone()
        }]
    );
    assert_eq!(status(&mut cloud, VM, 3999), "STOPPING");
    assert!(cloud.commands().is_empty());
    assert_eq!(status(&mut cloud, VM, 4000), "STOPPING");
    let off = Command::PowerOff {
        instance: instance.clone(),
    };
    assert_eq!(cloud.commands(), [off]);
    assert_eq!(status(&mut cloud, &operation(&first), 4499), "RUNNING");
    for begun in [first, second] {
        assert_eq!(status(&mut cloud, &operation(&begun), 4500), "DONE");
    }
    assert_eq!(cloud.commands(), [Command::DeleteDisk { instance }]);
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
        ask(
            cloud,
            Method::POST,
            &format!("{VM}/{verb}"),
            &Value::Null,
            ms,
        )
    };
    let stopping = post(&mut cloud, "stop", 1000).expect("stopping");
    assert_eq!(
        post(&mut cloud, "start", 1100).expect_err("not yet").reason,
        "resourceNotReady"
    );
    assert_eq!(status(&mut cloud, VM, 4000), "TERMINATED");
    assert_eq!(status(&mut cloud, &operation(&stopping), 4000), "DONE");
    cloud.commands();

    let starting = post(&mut cloud, "start", 5000).expect("starting");
    assert_eq!(status(&mut cloud, VM, 5000), "PROVISIONING");
    assert_eq!(status(&mut cloud, &operation(&starting), 5799), "RUNNING");
    assert_eq!(status(&mut cloud, VM, 5800), "RUNNING");
    assert_eq!(status(&mut cloud, &operation(&starting), 5800), "DONE");
    assert_eq!(
        cloud.commands(),
        [Command::PowerOn {
            instance: id.clone()
        }]
    );

    cloud.guest_stopped(&id, at(6000));
    let by_id = format!("{ZONE}/instances/{id}");
    assert_eq!(status(&mut cloud, &by_id, 6000), "TERMINATED");
    let entries = cloud.take_log_entries();
    assert_eq!(
        entries[0]["protoPayload"]["methodName"],
        "compute.instances.guestTerminate"
    );

    let deleting = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 7000).expect("deleting");
    assert_eq!(status(&mut cloud, &operation(&deleting), 7500), "DONE");
}

#[test]
fn a_start_without_stock_leaves_the_machine_as_it_was() {
    let mut cloud = Cloud::new();
    insert(&mut cloud, &body("vm"), 0).expect("inserted");
    let stop = format!("{VM}/stop");
    ask(&mut cloud, Method::POST, &stop, &Value::Null, 100).expect("stopped before it ran");
    let settings = cloud.compute_settings();
    settings
        .stockouts
        .insert(("us-central1-a".to_owned(), "n1-standard-4".to_owned()));
    let start = format!("{VM}/start");
    let begun = ask(&mut cloud, Method::POST, &start, &Value::Null, 1000).expect("starting");
    let done = get(&mut cloud, &operation(&begun), 1300).expect("done");
    assert_eq!(
        done["error"]["errors"][0]["code"],
        "ZONE_RESOURCE_POOL_EXHAUSTED"
    );
    assert_eq!(status(&mut cloud, VM, 1300), "TERMINATED");
    assert!(cloud.commands().is_empty());
}

#[test]
fn a_preempted_machine_is_notified_then_shut_down_then_powered_off() {
    for (action, end) in [("DELETE", "404"), ("STOP", "TERMINATED")] {
        let (mut cloud, id) = running(&spot("vm", action));
        cloud
            .preempt("demo", "us-central1-a", "vm", at(1000))
            .expect("Spot");
        assert_eq!(
            cloud.commands(),
            [Command::PowerButton {
                instance: id.clone()
            }]
        );
        assert!(cloud.compute.by_id(&id).expect("there").preempted);
        assert_eq!(status(&mut cloud, VM, 3999), "STOPPING");
        assert_eq!(status(&mut cloud, VM, 4500), end);
        let instance = id.clone();
        let mut commands = vec![Command::PowerOff {
            instance: instance.clone(),
        }];
        // The disk of a machine that is only stopped stays.
        if action == "DELETE" {
            commands.push(Command::DeleteDisk { instance });
        }
        assert_eq!(cloud.commands(), commands);
        let entries = cloud.take_log_entries();
        assert_eq!(entries.len(), 1);
        assert_eq!(
            entries[0]["protoPayload"]["methodName"],
            "compute.instances.preempted"
        );
        assert_eq!(entries[0]["protoPayload"]["resourceName"], VM);
        assert_eq!(
            entries[0]["resource"]["labels"],
            json!({"instance_id": id, "project_id": "demo", "zone": "us-central1-a"})
        );
    }
    let (mut cloud, _) = running(&body("vm"));
    assert_eq!(
        cloud
            .preempt("demo", "us-central1-a", "vm", at(1))
            .expect_err("")
            .status,
        400
    );
    assert_eq!(
        cloud
            .preempt("demo", "us-central1-a", "no", at(1))
            .expect_err("")
            .status,
        404
    );
}

#[test]
fn a_preemption_notice_comes_before_the_power_button() {
    let mut spot = spot("vm", "DELETE");
    spot["scheduling"]["preemptionNoticeDuration"] = json!({ "seconds": "120" });
    let (mut cloud, id) = running(&spot);
    cloud
        .preempt("demo", "us-central1-a", "vm", at(1000))
        .expect("Spot");
    assert_eq!(status(&mut cloud, VM, 120_999), "RUNNING");
    assert!(cloud.commands().is_empty());
    assert_eq!(status(&mut cloud, VM, 121_000), "STOPPING");
    assert_eq!(cloud.commands(), [Command::PowerButton { instance: id }]);
}

#[test]
fn a_machine_preempted_while_it_is_made_fails_its_operation() {
    let mut cloud = Cloud::new();
    let begun = insert(&mut cloud, &spot("vm", "STOP"), 0).expect("inserted");
    cloud
        .preempt("demo", "us-central1-a", "vm", at(100))
        .expect("Spot");
    let done = get(&mut cloud, &operation(&begun), 100).expect("done");
    assert_eq!(done["error"]["errors"][0]["code"], "UNSUPPORTED_OPERATION");
    assert_eq!(status(&mut cloud, VM, 100), "404");
    assert_eq!(cloud.next_due(), None);
}

#[test]
fn a_host_error_restarts_only_what_may_restart() {
    for (restart, begin_timed, late) in [
        (true, "REPAIRING", "RUNNING"),
        (false, "TERMINATED", "TERMINATED"),
    ] {
        let scheduling = json!({ "scheduling": { "automaticRestart": restart } });
        let (mut cloud, id) = running(&with(body("vm"), scheduling));
        cloud
            .host_error("demo", "us-central1-a", "vm", at(1000))
            .expect("up");
        assert_eq!(cloud.commands(), [Command::PowerOff { instance: id }]);
        assert_eq!(status(&mut cloud, VM, 1000), begin_timed);
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
    assert_eq!(
        cloud.next_due(),
        None,
        "nothing is left of a machine that is gone"
    );
}

#[test]
fn maintenance_terminates_or_migrates() {
    let simulate = format!("{VM}/simulateMaintenanceEvent");
    let (mut cloud, _) = running(&gpu("vm"));
    let begun = ask(&mut cloud, Method::POST, &simulate, &Value::Null, 1000).expect("announced");
    assert_eq!(status(&mut cloud, &operation(&begun), 1100), "DONE");
    let vm = get(&mut cloud, VM, 1100).expect("there");
    assert_eq!(
        vm["resourceStatus"]["upcomingMaintenance"]["windowStartTime"],
        json!(at(11_000))
    );
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
fn the_worst_end_wins_and_every_operation_ends() {
    let (mut cloud, id) = running(&body("vm"));
    let stop = format!("{VM}/stop");
    let stopping = ask(&mut cloud, Method::POST, &stop, &Value::Null, 1000).expect("stopping");
    let deleting = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 2000).expect("deleting");
    let again = ask(&mut cloud, Method::POST, &stop, &Value::Null, 2500).expect("no way back");
    cloud
        .host_error("demo", "us-central1-a", "vm", at(3000))
        .expect("up");
    assert_eq!(
        cloud.commands(),
        [
            Command::PowerButton {
                instance: id.clone()
            },
            Command::PowerOff { instance: id }
        ]
    );
    assert_eq!(status(&mut cloud, VM, 3500), "404");
    for begun in [stopping, deleting, again] {
        assert_eq!(status(&mut cloud, &operation(&begun), 3500), "DONE");
    }
}

#[test]
fn a_machine_deleted_before_it_runs_is_never_powered() {
    for ms in [100, 500] {
        let mut cloud = Cloud::new();
        let begun = insert(&mut cloud, &body("vm"), 0).expect("inserted");
        ask(&mut cloud, Method::DELETE, VM, &Value::Null, ms).expect("deleting");
        assert_eq!(status(&mut cloud, &operation(&begun), ms), "DONE");
        assert_eq!(status(&mut cloud, VM, ms + 500), "404");
        assert!(cloud.commands().is_empty());
        assert_eq!(cloud.next_due(), None);
    }
}

#[test]
fn a_protected_machine_stays() {
    let (mut cloud, _) = running(&with(body("vm"), json!({ "deletionProtection": true })));
    let error = ask(&mut cloud, Method::DELETE, VM, &Value::Null, 1000).expect_err("protected");
    assert_eq!(
        (error.status, error.reason),
        (400, "cannotDeleteProtectedResource")
    );
}
