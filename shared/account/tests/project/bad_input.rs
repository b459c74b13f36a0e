//! Projects that cannot be set up: the error says why, nothing is lost, and a
//! second run completes the setup once the cause is gone.

use crate::{
    policies::{policy, write},
    world::{BUCKET, PROJECT, World, settings},
};
use account::{Setup, Spec};
use bytes::Bytes;
use gcp::{BoxFuture, SendError, Transport};
use http::{Method, Request, Response};
use plan::{Action, ApplyReport, DeploymentRecord, Progress, ResourceId, StepOutcome};
use serde_json::{Value, json};
use simulator::Host;
use std::sync::{Arc, Mutex};

/// Plans and applies, whatever the result.
async fn run(setup: &Setup) -> ApplyReport {
    let plan = setup.plan().await.expect("observed");
    setup.apply(&plan, &|_| {}).await.expect("the record")
}

/// The failed steps and their reasons.
fn failed(report: &ApplyReport) -> Vec<(String, String)> {
    let failures = report.outcomes.iter().filter_map(|(id, outcome)| {
        let StepOutcome::Failed { reason, .. } = outcome else {
            return None;
        };
        Some((id.to_string(), reason.clone()))
    });
    failures.collect()
}

/// Which parts of the setup exist in the cloud.
async fn there(world: &World) -> Vec<&'static str> {
    let mut there = Vec::new();
    for (what, path) in [
        ("roles", format!("/v1/projects/{PROJECT}/roles")),
        (
            "serviceAccounts",
            format!("/v1/projects/{PROJECT}/serviceAccounts"),
        ),
        ("buckets", format!("/storage/v1/b?project={PROJECT}")),
        (
            "networks",
            format!("/compute/v1/projects/{PROJECT}/global/networks"),
        ),
        (
            "keyRings",
            format!("/v1/projects/{PROJECT}/locations/us-central1/keyRings"),
        ),
    ] {
        let (_, list) = world.ask(&format!("GET {path}"), Value::Null).await;
        if list.to_string().contains("groundcrew") {
            there.push(what);
        }
    }
    there
}

/// Another owner's project takes the bucket's name.
fn take(host: &Host) {
    host.with(|cloud, now| {
        cloud.add_project("their-project", 77, None);
        cloud.declare_bucket(BUCKET, "their-project", now);
    });
}

/// The bucket's name is taken right before groundcrew creates the bucket.
struct Taken(Arc<Host>);

impl Transport for Taken {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move {
            if request.method() == Method::POST && request.uri().path() == "/storage/v1/b" {
                take(&self.0);
            }
            Ok(self.0.call(request).await)
        })
    }
}

/// The setup with another bucket in its spec.
fn elsewhere(world: &World) -> Setup {
    let text = format!("project: {PROJECT}\nbucket: another-bucket\n");
    let spec = Spec::parse("groundcrew.yaml", &text, None).expect("a spec");
    Setup::new(world.owner(), &spec, &settings())
}

#[tokio::test(start_paused = true)]
async fn a_bucket_of_another_owner_stops_the_setup_before_it_begins() {
    let world = World::new();
    take(&world.host);
    let errors = world.setup.plan().await.expect_err("it is theirs");
    let text = errors[0].to_string();
    assert!(text.contains(BUCKET), "{text}");
    assert!(text.contains("may belong to someone else"), "{text}");
    assert!(text.contains("`bucket:` in the spec"), "{text}");
    let (_, writes) = world.calls();
    assert_eq!(writes, Vec::<String>::new());

    let setup = elsewhere(&world);
    let report = run(&setup).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let path = "GET /storage/v1/b/another-bucket";
    assert_eq!(world.ask(path, Value::Null).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn the_bucket_of_another_projects_deployment_is_refused_by_name() {
    let world = World::new();
    assert!(world.apply().await.is_done());
    // Both deployments are called `default`, and have the same owner.
    let text = format!("project: groundcrew-home\nbucket: {BUCKET}\n");
    let spec = Spec::parse("groundcrew.yaml", &text, None).expect("a spec");
    let other = Setup::new(world.owner(), &spec, &settings());
    world.calls();
    let refused = |errors: Vec<plan::Error>| {
        let text = gcp::chain(&errors[0]);
        assert!(text.contains(BUCKET), "{text}");
        assert!(
            text.contains("deployment customer-project_default"),
            "{text}"
        );
        assert!(text.contains("`bucket:` in the spec"), "{text}");
    };
    refused(other.plan().await.expect_err("not its record"));
    refused(other.plan_teardown().await.expect_err("not its record"));
    refused(other.volumes().await.expect_err("not its record"));
    let record = DeploymentRecord::new(spec.deployment_id());
    let finished = other.finish(&record, &|_| {}).await;
    refused(finished.expect_err("not its record"));
    assert_eq!(world.calls().1, Vec::<String>::new());

    // Without the record, the mark of the bucket says whose it is.
    let record = format!("DELETE /storage/v1/b/{BUCKET}/o/groundcrew%2Fdeployment.json");
    assert_eq!(world.ask(&record, Value::Null).await.0, 204);
    let plan = other.plan().await.expect("observed");
    let bucket = plan
        .steps
        .iter()
        .find(|step| step.id.to_string() == format!("bucket {BUCKET}"));
    let Some(Action::Refuse { reason }) = bucket.map(|step| &step.action) else {
        panic!("{bucket:?}");
    };
    assert!(reason.contains("customer-project_default"), "{reason}");
    // Nothing of such a plan is carried out.
    world.calls();
    let report = other.apply(&plan, &|_| {}).await.expect("no record");
    assert!(!report.is_done(), "{report:#?}");
    assert_eq!(world.calls().1, Vec::<String>::new());
    let teardown = other.plan_teardown().await.expect("observed");
    assert!(teardown.is_empty(), "{teardown}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_is_taken_after_planning_leaves_nothing_behind() {
    let world = World::new();
    let setup = world.setup_over(Arc::new(Taken(world.host.clone())));
    let report = run(&setup).await;
    let failures = failed(&report);
    assert_eq!(failures.len(), 1, "{failures:#?}");
    let (id, why) = &failures[0];
    assert_eq!(*id, format!("bucket {BUCKET}"));
    assert!(why.contains("may belong to someone else"), "{why}");
    assert!(why.contains("`bucket:` in the spec"), "{why}");
    // Except for the API that a bucket needs, which is never disabled.
    assert_eq!(there(&world).await, Vec::<&str>::new());

    let report = run(&elsewhere(&world)).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert_eq!(there(&world).await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn without_billing_google_is_quoted_and_a_second_run_finishes() {
    let world = World::new();
    world.host.with(|cloud, _| cloud.without_billing(PROJECT));
    let report = run(&world.setup).await;
    let failures = failed(&report);
    assert!(!failures.is_empty(), "{:#?}", report.outcomes);
    for (id, why) in &failures {
        assert!(id.starts_with("api "), "{id}: {why}");
        let google = "Billing account for project '42' is not found. Billing must be enabled";
        assert!(why.contains(google), "{why}");
        let advice = "link an open billing account to the project, and run it again";
        assert!(why.contains(advice), "{why}");
    }
    let blocked = |outcome: &StepOutcome| matches!(outcome, StepOutcome::Blocked { .. });
    assert!(report.outcomes.values().any(blocked));
    // What does not need billing was created and recorded.
    assert_eq!(there(&world).await, ["buckets"]);
    let record = world.setup.record().await.expect("read");
    let bucket = ResourceId::Bucket(BUCKET.parse().expect("a name"));
    let record = record.expect("it lies in the bucket");
    assert_eq!(record.entries[&bucket].origin, plan::Origin::Created);

    world.host.with(|cloud, _| cloud.with_billing(PROJECT));
    world.apply().await;
    assert!(world.plan().await.is_empty());

    // If billing is disabled later, nothing counts as absent.
    world.host.with(|cloud, _| cloud.without_billing(PROJECT));
    let errors = world.setup.plan().await.expect_err("it cannot see");
    let texts: Vec<String> = errors.iter().map(|error| gcp::chain(error)).collect();
    for text in &texts {
        let google = "This API method requires billing to be enabled";
        assert!(text.contains(google), "{text}");
        assert!(text.contains("link an open billing account"), "{text}");
    }
    world.host.with(|cloud, _| cloud.with_billing(PROJECT));
    assert!(world.plan().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_concurrent_activation_of_apis_is_waited_for() {
    let world = World::new();
    let plan = world.plan().await;
    let other = format!("POST /v1/projects/{PROJECT}/services/pubsub.googleapis.com:enable");
    let (status, begun) = world.ask(&other, json!({})).await;
    assert_eq!(status, 200, "{begun}");
    assert_ne!(begun["done"], true, "it takes its time: {begun}");

    let waits = Mutex::new(Vec::new());
    let record_wait = |event: plan::StepEvent<'_>| {
        if let Progress::Waiting { reason } = event.progress {
            let line = format!("{}: {reason}", event.id);
            waits.lock().expect("whole").push(line);
        }
    };
    let report = world
        .setup
        .apply(&plan, &record_wait)
        .await
        .expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let waits = waits.into_inner().expect("whole");
    let busy = "Another activation or deactivation is in progress";
    let of_api = |line: &String| line.starts_with("api ") && line.contains(busy);
    assert!(waits.iter().any(of_api), "{waits:#?}");
    assert!(world.plan().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_full_policy_fails_alone_and_is_finished_when_there_is_room() {
    let world = World::new();
    let before = policy(&world).await;
    let members = |policy: &Value| -> usize {
        let bindings = policy["bindings"].as_array().expect("a list");
        let each = bindings.iter();
        each.map(|b| b["members"].as_array().expect("a list").len())
            .sum()
    };
    let room = 1500 - members(&before);
    let crowd: Vec<String> = (0..room)
        .map(|n| format!("user:u{n}@example.com"))
        .collect();
    let mut full = before.clone();
    let theirs = json!({ "role": "roles/viewer", "members": crowd });
    full["bindings"]
        .as_array_mut()
        .expect("a list")
        .push(theirs);
    write(&world, full.clone()).await;

    let report = run(&world.setup).await;
    let failures = failed(&report);
    assert_eq!(failures.len(), 1, "{failures:#?}");
    let (id, why) = &failures[0];
    assert_eq!(*id, format!("policy of project {PROJECT}"));
    assert!(why.contains(id), "{why}");
    assert!(why.contains("maximum allowed size 1,500"), "{why}");
    assert!(why.contains("remove principals from the policy"), "{why}");
    let others = report
        .outcomes
        .iter()
        .filter(|(other, _)| other.to_string() != *id);
    for (other, outcome) in others {
        assert!(outcome.is_success(), "{other}: {outcome:?}");
    }
    assert_eq!(there(&world).await.len(), 5);
    assert_eq!(policy(&world).await["bindings"], full["bindings"]);
    let plan = world.plan().await;
    let open = plan.steps.iter().filter(|step| !step.is_noop());
    let open: Vec<String> = open.map(|step| step.id.to_string()).collect();
    assert_eq!(open, std::slice::from_ref(id));

    let mut room = policy(&world).await;
    let last = room["bindings"].as_array_mut().expect("a list").last_mut();
    last.expect("theirs")["members"]
        .as_array_mut()
        .expect("a list")
        .pop();
    write(&world, room).await;
    world.apply().await;
    assert_eq!(members(&policy(&world).await), 1500);
    assert!(world.plan().await.is_empty());
}
