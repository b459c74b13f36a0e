use super::*;
use crate::{
    JobOutcome,
    cloud::{Cloud, Noon, client, refused},
    settings::example,
};
use events::JobSpec;
use names::Duration;
use serde_json::json;

fn job() -> Job {
    let spec = JobSpec::new(vec!["true".into()]);
    let zones = ["us-central1-a".parse().expect("a zone")];
    admit(spec, &zones, Timestamp::from_seconds(0)).job
}

/// What is committed (nothing, if `None`) and performed on `input`.
fn changed(
    job: &Job,
    pending: &[Effect],
    input: &Input,
    now: Timestamp,
) -> (Option<Job>, Vec<Effect>) {
    let (change, (_, effects)) = change(decide, "train", Some((job, pending)), input, now);
    match change {
        RecordChange::Commit(job, committed) => {
            assert_eq!(committed, effects);
            (Some(job), effects)
        }
        RecordChange::Keep => (None, effects),
    }
}

#[test]
fn an_overdue_job_first_gets_every_effect_that_is_pending() {
    let (job, due) = (job(), job().due.expect("due"));
    let pending = [Effect::Fence];
    let kept = |pending: &[Effect]| changed(&job, pending, &Input::Overdue, due);
    assert_eq!(kept(&pending), (None, pending.to_vec()));
    let two = [Effect::Fence, Effect::Observe];
    assert_eq!(kept(&two), (None, two.to_vec()));
    assert_eq!(kept(&[]), (None, vec![Effect::Observe]));
    let early = due - Duration::from_secs(1);
    let nothing = changed(&job, &pending, &Input::Overdue, early);
    assert_eq!(nothing, (None, Vec::new()), "it is not overdue");
}

#[test]
fn a_redelivered_event_performs_what_its_first_delivery_could_not() {
    let (job, now) = (job(), Timestamp::from_seconds(1));
    let (cancelled, effects) = changed(&job, &[], &Input::Cancelled, now);
    let cancelled = cancelled.expect("committed");
    assert_eq!(effects, [Effect::Fence]);
    let again = changed(&cancelled, &effects, &Input::Cancelled, now);
    assert_eq!(again, (None, effects));
}

#[test]
fn a_cancellation_is_kept_for_a_job_that_comes_later_and_all_else_is_ignored() {
    let now = Timestamp::from_seconds(1);
    let (change, (outcome, effects)) = change(decide, "train", None, &Input::Cancelled, now);
    let RecordChange::Commit(job, _) = change else {
        panic!("{outcome:?}");
    };
    assert_eq!(job.outcome(), Some(&JobOutcome::Cancelled));
    assert_eq!((outcome, effects), (Outcome::Done, Vec::new()));
    let (change, (outcome, effects)) = super::change(decide, "train", None, &Input::Overdue, now);
    assert!(matches!(change, RecordChange::Keep), "{outcome:?}");
    let ignored = Outcome::ignored("job not found");
    assert_eq!((outcome, effects), (ignored, Vec::new()));
}

/// The calls that a queued job causes where its first zone has no machine left.
async fn calls_of(decide: Decide) -> Vec<&'static str> {
    let cloud = Cloud::new(|call| match call {
        _ if call.contains(":commit") => {
            let written = json!({ "updateTime": "2026-11-29T12:00:00Z" });
            (200, json!({ "writeResults": [written, written, written] }))
        }
        _ if call.starts_with("GET") => refused(404, "notFound", "not found"),
        _ if call.contains("/upload/") => (200, json!({ "name": "o", "generation": "1" })),
        _ if call.contains("us-central1-a") => {
            let none = json!({ "code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "none left" });
            let error = json!({ "errors": [none] });
            (
                200,
                json!({ "name": "operation-1", "status": "DONE", "error": error }),
            )
        }
        _ => (200, json!({ "name": "operation-1", "status": "DONE" })),
    });
    let mut settings = example();
    settings.zones = ["us-central1-a", "us-central1-b"]
        .map(|zone| zone.parse().expect("a zone"))
        .to_vec();
    let flow = Flow::connect(&settings, &client(cloud.clone(), Arc::new(Noon)));
    let flow = flow.with_decision(decide);
    let event = JobQueued {
        job: "train".parse().expect("an ID"),
        spec: Ok(JobSpec::new(vec!["true".into()])),
    };
    let outcome = flow.queue(&event).await.expect("handled");
    assert_eq!(outcome, Outcome::Done);
    let kind = |call: &String| match call {
        _ if call.contains(":commit") => "commit",
        _ if call.contains("/upload/") => "fence",
        _ if call.starts_with("GET") => "look for it",
        _ if call.contains("us-central1-a") => "insert a",
        _ => "insert b",
    };
    cloud.seen().iter().map(kind).collect()
}

/// Each result is decided on and committed before the next effect.
#[tokio::test]
async fn a_refused_machine_is_fenced_and_removed_before_another_is_requested() {
    let expected = [
        "commit",
        "insert a",
        "commit",
        "fence",
        "look for it",
        "commit",
        "insert b",
    ];
    assert_eq!(calls_of(decide).await, expected);
}

#[tokio::test]
async fn a_simulation_can_plant_a_decision_that_forgets_what_google_answered() {
    let forgetful: Decide = |_, job, _, _| Decision {
        job: job.clone(),
        effects: Vec::new(),
        outcome: Outcome::Duplicate,
    };
    assert_eq!(calls_of(forgetful).await, ["commit", "insert a"]);
}
