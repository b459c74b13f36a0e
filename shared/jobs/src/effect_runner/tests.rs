mod calls;

use super::*;
use crate::{
    admit,
    cloud::{Cloud, Noon, client},
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
    let job = admit(spec, &settings.zones, None, Timestamp::from_seconds(0)).job;
    let id = "train".parse().expect("an ID");
    runner.run(&id, &job, &effect).await
}

fn spec() -> JobSpec {
    JobSpec::new(vec!["true".into()])
}

/// The same, where every insert or delete has one answer, and whoever waits for
/// the operation gets another.
async fn result_of(effect: Effect, answer: (u16, Value), waited: Value) -> Input {
    let answer = move |call: &str| match call.contains("/wait") {
        true => (200, waited.clone()),
        false => answer.clone(),
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

async fn inserted(answer: (u16, Value)) -> InsertResult {
    let insert = Effect::Insert {
        observed_absent: false,
    };
    let inserted = result_of(insert, answer, Value::Null).await;
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
    let taken = json!({ "error": { "code": 409, "message": "already exists",
        "errors": [{ "reason": "alreadyExists" }] } });
    assert_eq!(inserted((409, taken)).await, InsertResult::Pending);
    let running = operation("RUNNING", None);
    assert_eq!(inserted((200, running)).await, InsertResult::Pending);
    let done = operation("DONE", None);
    assert_eq!(inserted((200, done)).await, InsertResult::Created);
    let failed = operation("DONE", Some("ZONE_RESOURCE_POOL_EXHAUSTED"));
    let refused = inserted((200, failed)).await;
    assert!(
        matches!(refused, InsertResult::Refused(Refusal::Stockout { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_machine_is_gone_only_when_its_delete_has_succeeded() {
    let done = || operation("DONE", None);
    let failed = || operation("DONE", Some("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"));
    let running = || operation("RUNNING", None);
    let absent = json!({ "error": { "code": 404, "message": "not found",
        "errors": [{ "reason": "notFound" }] } });
    for (answer, waited, expected) in [
        ((200, done()), Value::Null, DeleteResult::Gone),
        ((404, absent), Value::Null, DeleteResult::Gone),
        ((200, failed()), Value::Null, DeleteResult::Pending),
        ((200, running()), done(), DeleteResult::Gone),
        ((200, running()), failed(), DeleteResult::Pending),
    ] {
        let delete = Effect::Delete { claimed: true };
        let case = format!("{answer:?} {waited}");
        let deleted = result_of(delete, answer, waited).await;
        let Input::Deleted { result, .. } = deleted else {
            panic!("{case}: {deleted:?}");
        };
        assert_eq!(result, expected, "{case}");
    }
}
