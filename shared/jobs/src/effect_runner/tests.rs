mod calls;

use super::*;
use crate::{
    admit,
    cloud::{Cloud, Noon, client, refused},
    settings::example,
};
use names::Clock;
use serde_json::{Value, json};

/// The result of `effect` on the first machine of a job, where Google answers so.
async fn performed(
    spec: JobSpec,
    effect: Effect,
    answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static,
) -> Result<Input, Error> {
    let settings = Arc::new(example());
    let client = client(Cloud::new(answer), Arc::new(Noon));
    let runner = EffectRunner::new(settings.clone(), &client);
    let job = admit(spec, &settings.zones, Timestamp::from_seconds(0)).job;
    let id = "train".parse().expect("an ID");
    runner.run(&id, &job, &effect).await
}

fn spec() -> JobSpec {
    JobSpec::new(vec!["true".into()])
}

/// Compute Engine, which gives one answer to every insert or delete, another to
/// whoever waits for the operation, and a third to whoever reads the machine.
struct Compute {
    answer: (u16, Value),
    waited: Value,
    machine: Option<Value>,
}

/// The machine of the job's first attempt, but of `deployment`.
fn machine_of(deployment: &str) -> Value {
    json!({ "name": "taken", "status": "RUNNING", "labels": {
        label::DEPLOYMENT: deployment, label::JOB: "train", label::ATTEMPT: "1",
    } })
}

async fn result_of(effect: Effect, compute: Compute) -> Input {
    let answer = move |call: &str| {
        if call.contains("/wait") {
            (200, compute.waited.clone())
        } else if call.starts_with("GET ") && call.contains("/instances/") {
            let absent = || refused(404, "notFound", "not found");
            (compute.machine.clone()).map_or_else(absent, |machine| (200, machine))
        } else {
            compute.answer.clone()
        }
    };
    let result = performed(spec(), effect, answer).await;
    result.expect("a result")
}

fn operation(status: &str, error: Option<&str>) -> Value {
    let mut operation = json!({ "name": "operation-1", "status": status });
    if let Some(code) = error {
        operation["error"] = json!({ "errors": [{ "code": code, "message": "no" }] });
    }
    operation
}

async fn inserted(answer: (u16, Value), machine: Option<Value>) -> InsertResult {
    let waited = Value::Null;
    let compute = Compute {
        answer,
        waited,
        machine,
    };
    let inserted = result_of(Effect::Insert, compute).await;
    let Input::Inserted { result, .. } = inserted else {
        panic!("{inserted:?}");
    };
    result
}

/// A 409 may come from a request that is still under way, or from one whose machine
/// was deleted in the meantime: it says that a name is taken, not that a machine is
/// there.
#[tokio::test]
async fn a_name_that_is_taken_is_no_machine_yet() {
    let taken = || refused(409, "alreadyExists", "already exists");
    for machine in [None, Some(machine_of(example().deployment_id().as_str()))] {
        assert_eq!(inserted(taken(), machine).await, InsertResult::Pending);
    }
    let running = operation("RUNNING", None);
    assert_eq!(inserted((200, running), None).await, InsertResult::Pending);
    let done = operation("DONE", None);
    assert_eq!(inserted((200, done), None).await, InsertResult::Created);
    let failed = operation("DONE", Some("ZONE_RESOURCE_POOL_EXHAUSTED"));
    let refused = inserted((200, failed), None).await;
    assert!(
        matches!(refused, InsertResult::Refused(Refusal::Stockout { .. })),
        "{refused:?}"
    );
}

/// Its name is that of the job's machine: neither adopted, nor observed, nor deleted.
#[tokio::test]
async fn a_machine_with_the_labels_of_another_deployment_is_not_the_jobs() {
    let theirs = || Some(machine_of("staging"));
    let refused = inserted(refused(409, "alreadyExists", "already exists"), theirs()).await;
    assert!(
        matches!(refused, InsertResult::Refused(Refusal::Transient { .. })),
        "{refused:?}"
    );
    for effect in [Effect::Observe, Effect::Delete { claimed: false }] {
        let deleting = operation("RUNNING", None);
        let wire = Compute {
            answer: (200, deleting.clone()),
            waited: deleting,
            machine: theirs(),
        };
        let result = result_of(effect, wire).await;
        let is_theirs = if let Input::Observed { status, .. } = &result {
            *status == MachineStatus::Absent
        } else {
            matches!(&result, Input::Deleted { result, .. } if *result == DeleteResult::Gone)
        };
        assert!(is_theirs, "{result:?}");
    }
}

/// A repeated request may have begun another operation, and Google may list those of
/// other requests.
#[tokio::test]
async fn the_newest_operation_of_a_request_says_why_there_is_no_machine() {
    let settings = example();
    let name = settings
        .deployment_id()
        .instance(&"train".parse().expect("an ID"), Attempt::FIRST);
    let ours = settings
        .deployment_id()
        .request_id(&name, &settings.zones[0], "insert");
    let at = |hour: u32, id: &str, mut operation: Value| {
        operation["insertTime"] = format!("2026-11-29T{hour:02}:00:00.000-08:00").into();
        operation["clientOperationId"] = id.into();
        operation
    };
    let ours = ours.to_string();
    let failed = || operation("DONE", Some("ZONE_RESOURCE_POOL_EXHAUSTED"));
    for (listed, expected) in [
        (
            vec![
                at(2, &ours, failed()),
                at(1, &ours, operation("DONE", None)),
            ],
            "Some(Refused",
        ),
        (
            vec![
                at(1, &ours, failed()),
                at(2, &ours, operation("DONE", None)),
            ],
            "Some(Created",
        ),
        (
            vec![at(1, &ours, operation("RUNNING", None))],
            "Some(Pending",
        ),
        (vec![at(1, "theirs", failed())], "None"),
        (vec![], "None"),
    ] {
        let wire = Compute {
            answer: (200, json!({ "items": listed })),
            waited: Value::Null,
            machine: None,
        };
        let read = result_of(Effect::ReadOperation, wire).await;
        let Input::OperationRead { result, .. } = read else {
            panic!("{read:?}");
        };
        assert!(format!("{result:?}").starts_with(expected), "{result:?}");
    }
}

#[tokio::test]
async fn a_machine_is_gone_only_when_its_delete_has_succeeded() {
    let done = || operation("DONE", None);
    let failed = || operation("DONE", Some("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"));
    let running = || operation("RUNNING", None);
    let absent = refused(404, "notFound", "not found");
    for (answer, waited, expected) in [
        // Nothing says that the first request, which this repeats, succeeded.
        ((200, done()), Value::Null, DeleteResult::Pending),
        (absent, Value::Null, DeleteResult::Gone),
        ((200, failed()), Value::Null, DeleteResult::Pending),
        ((200, running()), done(), DeleteResult::Gone),
        ((200, running()), failed(), DeleteResult::Pending),
    ] {
        for claimed in [true, false] {
            let compute = Compute {
                answer: answer.clone(),
                waited: waited.clone(),
                machine: Some(machine_of(example().deployment_id().as_str())),
            };
            let case = format!("{answer:?} {waited} {claimed}");
            let deleted = result_of(Effect::Delete { claimed }, compute).await;
            let Input::Deleted { result, .. } = deleted else {
                panic!("{case}: {deleted:?}");
            };
            assert_eq!(result, expected, "{case}");
        }
    }
    let repeated = Compute {
        answer: (200, done()),
        waited: Value::Null,
        machine: None,
    };
    let deleted = result_of(Effect::Delete { claimed: true }, repeated).await;
    let is_gone =
        matches!(&deleted, Input::Deleted { result, .. } if *result == DeleteResult::Gone);
    assert!(is_gone, "{deleted:?}");
}
