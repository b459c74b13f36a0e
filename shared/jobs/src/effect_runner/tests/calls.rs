//! What an answer of Google says of an attempt and its machine.

use super::*;
use crate::cloud::refused;
use events::ExitStatus;
use std::sync::atomic::{AtomicI64, Ordering};

struct At(AtomicI64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::Relaxed))
    }
}

/// The answers to the write of an object and to its reading.
async fn in_bucket(
    effect: Effect,
    written: (u16, Value),
    read: (u16, Value),
) -> Result<Input, Error> {
    let answer = move |call: &str| match call.starts_with("POST") {
        true => written.clone(),
        false => read.clone(),
    };
    performed(spec(), effect, answer).await
}

fn exists() -> (u16, Value) {
    refused(412, "conditionNotMet", "At least one precondition failed")
}

fn denied() -> (u16, Value) {
    refused(403, "forbidden", "Permission denied")
}

fn created() -> (u16, Value) {
    (200, json!({ "name": "o", "generation": "1" }))
}

#[tokio::test]
async fn a_machine_may_run_its_attempt_only_if_the_claim_is_its_own() {
    let by_machine = || {
        (
            200,
            json!(Claim::Machine {
                instance_id: "1".into(),
                at: Noon.now()
            }),
        )
    };
    let revoked = || (200, json!(Claim::Revoked { at: Noon.now() }));
    let missing = || refused(404, "notFound", "not found");
    for (written, read, expected) in [
        (created(), missing(), false),
        (exists(), by_machine(), true),
        (exists(), revoked(), false),
        // Without the bucket nobody can start an attempt.
        (missing(), missing(), false),
        // Whoever may not delete an object may be denied what would replace one.
        (denied(), by_machine(), true),
    ] {
        let case = format!("{written:?} {read:?}");
        match in_bucket(Effect::Fence, written, read).await {
            Ok(Input::Fenced { claimed, .. }) => assert_eq!(claimed, expected, "{case}"),
            other => panic!("{case}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_fence_that_is_denied_says_who_lacks_access_and_another_fault_is_tried_again() {
    let fenced = in_bucket(Effect::Fence, denied(), denied()).await;
    let Ok(Input::Denied {
        claimed, reason, ..
    }) = fenced
    else {
        panic!("{fenced:?}");
    };
    assert!(!claimed);
    let account = "resource-manager@example-project.iam.gserviceaccount.com";
    for part in [
        "Permission denied",
        "example-jobs",
        account,
        "account status",
    ] {
        assert!(reason.contains(part), "{reason}");
    }
    let invalid = || refused(400, "invalid", "no");
    let read = (200, json!(Claim::Revoked { at: Noon.now() }));
    let faulty = in_bucket(Effect::Fence, invalid(), read).await;
    assert!(matches!(faulty, Err(Error::Call { .. })), "{faulty:?}");
}

#[tokio::test]
async fn an_exit_record_that_was_written_in_time_counts() {
    let record = ExitRecord {
        exit_status: ExitStatus::Exited { code: 7 },
        started: Noon.now(),
        finished: Noon.now(),
        log_parts: 0,
        log_tail: Vec::new(),
    };
    for (effect, written, listed, expected) in [
        (Effect::CloseExit, exists(), true, Some(&record)),
        (Effect::CloseExit, created(), true, None),
        (Effect::ReadExit, created(), true, Some(&record)),
        (Effect::ReadExit, created(), false, None),
    ] {
        let case = format!("{effect:?} {written:?} {listed}");
        let record = record.clone();
        let answer = move |call: &str| match call.starts_with("POST") {
            true => written.clone(),
            false if call.contains("alt=media") => (200, json!(record)),
            false if listed => (
                200,
                json!({ "items": [{ "name": "o", "generation": "1" }] }),
            ),
            false => (200, json!({})),
        };
        match performed(spec(), effect, answer).await {
            Ok(Input::ExitRead { record, .. }) => assert_eq!(record.as_ref(), expected, "{case}"),
            other => panic!("{case}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn only_a_machine_that_google_does_not_know_is_absent() {
    let observed = async |status, body: Value| {
        performed(spec(), Effect::Observe, move |_| (status, body.clone())).await
    };
    for (status, expected) in [
        ("PROVISIONING", MachineStatus::Up),
        ("RUNNING", MachineStatus::Up),
        ("STOPPING", MachineStatus::Down),
        ("SUSPENDED", MachineStatus::Down),
        ("TERMINATED", MachineStatus::Down),
    ] {
        let mut machine = machine_of(example().deployment_id().as_str());
        machine["status"] = status.into();
        match observed(200, machine).await {
            Ok(Input::Observed { status: found, .. }) => assert_eq!(found, expected, "{status}"),
            other => panic!("{status}: {other:?}"),
        }
    }
    let (status, body) = refused(404, "notFound", "not found");
    let absent = observed(status, body).await;
    let is_absent = |status: &MachineStatus| *status == MachineStatus::Absent;
    assert!(
        matches!(&absent, Ok(Input::Observed { status, .. }) if is_absent(status)),
        "{absent:?}"
    );
    let (status, body) = denied();
    let unseen = observed(status, body).await;
    assert!(matches!(unseen, Err(Error::Call { .. })), "{unseen:?}");
}

#[tokio::test]
async fn a_delete_that_is_refused_leaves_the_machine_unless_its_zone_does_not_exist() {
    let deleted = async |answer: (u16, Value)| {
        let delete = Effect::Delete { claimed: true };
        performed(spec(), delete, move |_| answer.clone()).await
    };
    let kept = deleted(denied()).await;
    assert!(
        matches!(kept, Ok(Input::Denied { claimed: true, .. })),
        "{kept:?}"
    );
    let off = deleted(refused(403, "accessNotConfigured", "Compute is off")).await;
    let Ok(Input::Denied { reason, .. }) = off else {
        panic!("{off:?}");
    };
    assert!(reason.contains("enable the API"), "{reason}");
    let unknown = refused(
        400,
        "invalid",
        "Invalid value for field 'zone': 'x'. Unknown zone.",
    );
    let gone = deleted(unknown).await;
    let result = DeleteResult::Gone;
    assert!(
        matches!(&gone, Ok(Input::Deleted { result: found, .. }) if *found == result),
        "{gone:?}"
    );
    let faulty = deleted(refused(400, "invalid", "no")).await;
    assert!(matches!(faulty, Err(Error::Call { .. })), "{faulty:?}");
}

/// A failed delete would be answered by its first operation again, and a delete
/// whose answer was lost must not be a second one.
#[tokio::test]
async fn a_delete_keeps_its_request_id_for_ten_minutes() {
    let clock = Arc::new(At(AtomicI64::new(12 * 3600)));
    let cloud = Cloud::new(|_| (200, operation("DONE", None)));
    let client = client(cloud.clone(), clock.clone());
    let runner = EffectRunner::new(Arc::new(example()), &client);
    let (id, zone) = ("train".parse().expect("an ID"), &example().zones[0]);
    for seconds in [0, 599, 600] {
        clock.0.store(12 * 3600 + seconds, Ordering::Relaxed);
        let gone = runner.remove(&id, zone, Attempt::FIRST).await;
        assert_eq!(gone.expect("answered"), DeleteResult::Gone);
    }
    let seen = cloud.seen();
    let deletes: Vec<_> = seen
        .iter()
        .filter(|call| call.starts_with("DELETE"))
        .collect();
    let [first, again, later] = deletes.as_slice() else {
        panic!("{seen:?}");
    };
    assert!(first.contains("requestId="), "{first}");
    assert_eq!(first, again);
    assert_ne!(first, later);
}

#[tokio::test]
async fn a_refusal_says_what_to_do_about_it() {
    let inserted = async |volume: Option<&str>, reason: &str, message: &str| {
        let answer = refused(403, reason, message);
        let spec = JobSpec {
            volume: volume.map(|name| name.parse().expect("valid")),
            ..spec()
        };
        match performed(spec, Effect::Insert, move |_| answer.clone()).await {
            Ok(Input::Inserted {
                result: InsertResult::Refused(refusal),
                ..
            }) => refusal.reason().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    let volume: VolumeName = "data".parse().expect("valid");
    let account = volume.account(&example().project);
    let about_account = format!("no access to {account}");
    let create = "groundcrew volume create data";
    let reason = inserted(Some("data"), "forbidden", &about_account).await;
    assert!(reason.contains(create), "{reason}");
    let reason = inserted(
        Some("data"),
        "forbidden",
        "Required 'compute.instances.create'",
    )
    .await;
    assert!(!reason.contains(create), "{reason}");
    assert!(reason.contains("groundcrew account status"), "{reason}");
    // Nobody lacks access where the API is off.
    let reason = inserted(None, "accessNotConfigured", "Compute is off").await;
    assert!(reason.contains("enable the API"), "{reason}");
    assert!(!reason.contains("groundcrew account status"), "{reason}");
}

#[tokio::test]
async fn an_inventory_lists_the_machines_of_this_deployment_alone() {
    let machine = json!({ "name": "gc-train-1", "status": "RUNNING" });
    let items = json!({ "zones/us-central1-a": { "instances": [machine] } });
    let cloud = Cloud::new(move |_| (200, json!({ "items": items })));
    let client = client(cloud.clone(), Arc::new(Noon));
    let runner = EffectRunner::new(Arc::new(example()), &client);
    let machines = runner.machines().await;
    let names: Vec<_> = machines
        .expect("listed")
        .into_iter()
        .map(|m| m.name)
        .collect();
    assert_eq!(names, ["gc-train-1"]);
    let seen = cloud.seen();
    let label = format!("labels.{}", label::DEPLOYMENT);
    assert!(seen.iter().any(|call| call.contains(&label)), "{seen:?}");
}
