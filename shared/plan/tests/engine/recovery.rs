//! Deployments whose record is lost.

use crate::world::{ACCOUNT, KEY, PROJECT, RING, World, bucket, empty, manifest, stored};
use plan::{Action, Origin, Plan, ResourceId};
use serde_json::{Value, json};
use std::time::Duration;

const MONTH: Duration = Duration::from_secs(31 * 86_400);

fn id(text: &str) -> ResourceId {
    text.parse().expect("an id")
}

async fn look_back(world: &World) -> Plan {
    let engine = world.process().engine;
    engine.plan_teardown(&manifest()).await.expect("observed")
}

async fn status(world: &World, name: &str) -> u16 {
    world.ask(&format!("GET /v1/{name}"), Value::Null).await.0
}

/// Sets up, tears down, and lets a month pass.
async fn taken_down(world: &World) {
    assert!(world.process().apply(&manifest()).await.is_done());
    assert!(world.process().apply(&empty()).await.is_done());
    assert_eq!(stored(world).await, None);
    let plan = look_back(world).await;
    assert!(plan.is_empty(), "too early: {plan}");
    tokio::time::sleep(MONTH).await;
}

async fn carried_out(world: &World, plan: &Plan) {
    let process = world.process();
    let report = process.engine.apply(&empty(), plan, &|_| {}).await;
    let report = report.expect("no record is no error");
    assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
    assert!(report.record.entries.is_empty(), "{:#?}", report.record);
}

#[tokio::test(start_paused = true)]
async fn weeks_after_a_teardown_the_key_and_its_ring_are_deleted_without_a_record() {
    let world = World::new();
    taken_down(&world).await;
    let plan = look_back(&world).await;
    let open: Vec<_> = plan.steps.iter().filter(|step| !step.is_noop()).collect();
    assert_eq!(open.len(), 2, "{plan}");
    assert!(open.iter().all(|step| step.action == Action::Delete));
    carried_out(&world, &plan).await;
    assert_eq!(status(&world, KEY).await, 404);
    assert_eq!(status(&world, RING).await, 404);
    let plan = look_back(&world).await;
    assert!(plan.steps.is_empty(), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn an_adopted_ring_outlives_its_key() {
    let world = World::new();
    let rings = format!("/v1/projects/{PROJECT}/locations/global/keyRings");
    let create = format!("POST {rings}?keyRingId=groundcrew");
    assert_eq!(world.ask(&create, json!({})).await.0, 200);
    taken_down(&world).await;
    let plan = look_back(&world).await;
    assert_eq!(plan.step(&id(&format!("key-ring {RING}"))), None, "{plan}");
    carried_out(&world, &plan).await;
    assert_eq!(status(&world, KEY).await, 404);
    assert_eq!(status(&world, RING).await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_ring_that_is_used_again_still_belongs_to_groundcrew() {
    let world = World::new();
    assert!(world.process().apply(&manifest()).await.is_done());
    assert!(world.process().apply(&empty()).await.is_done());
    assert!(world.process().apply(&manifest()).await.is_done());
    let record = stored(&world).await.expect("a record");
    let ring = &record.entries[&id(&format!("key-ring {RING}"))];
    assert_eq!(ring.origin, Origin::Created);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_whose_record_was_lost_is_taken_down_by_its_marks() {
    let world = World::new();
    assert!(world.process().apply(&manifest()).await.is_done());
    let record = format!(
        "DELETE /storage/v1/b/{}/o/groundcrew%2Fdeployment.json",
        bucket()
    );
    assert_eq!(world.ask(&record, Value::Null).await.0, 204);
    let recovered = world.process().engine.recover(&manifest()).await;
    let recovered = recovered.expect("observed");
    let account = id(&format!("account {ACCOUNT}"));
    assert_eq!(recovered.entries[&account].origin, Origin::Created);
    assert!(
        recovered
            .entries
            .values()
            .all(|entry| { matches!(entry.origin, Origin::Created | Origin::Adopted) })
    );

    let plan = look_back(&world).await;
    let process = world.process();
    let report = process.engine.apply(&empty(), &plan, &|_| {}).await;
    let report = report.expect("no record is no error");
    assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
    let kept: Vec<String> = report
        .record
        .entries
        .keys()
        .map(ResourceId::to_string)
        .collect();
    assert_eq!(kept, [format!("key {KEY}")]);
    let bucket = format!("GET /storage/v1/b/{}", bucket());
    assert_eq!(world.ask(&bucket, Value::Null).await.0, 404);
    let path = format!("projects/{PROJECT}/serviceAccounts/{ACCOUNT}");
    assert_eq!(status(&world, &path).await, 404);
    let read = format!("POST /v3/projects/{PROJECT}:getIamPolicy");
    let options = json!({ "options": { "requestedPolicyVersion": 3 } });
    let (_, policy) = world.ask(&read, options).await;
    let bound = policy.to_string();
    assert!(!bound.contains("manager@example.com"), "{bound}");
    assert!(
        bound.contains("roles/owner"),
        "others' grants stay: {bound}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_deleted_with_the_managed_folders_of_others() {
    let world = World::new();
    assert!(world.process().apply(&manifest()).await.is_done());
    let folders = format!("POST /storage/v1/b/{}/managedFolders", bucket());
    let theirs = world.ask(&folders, json!({ "name": "theirs/" })).await;
    assert_eq!(theirs.0, 200, "{}", theirs.1);
    let report = world.process().apply(&empty()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let bucket = format!("GET /storage/v1/b/{}", bucket());
    assert_eq!(world.ask(&bucket, Value::Null).await.0, 404);
}
