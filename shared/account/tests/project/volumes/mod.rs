//! Data volumes, in the simulator.

mod access;
mod removal;

use crate::world::{BUCKET, PROJECT, World};
use names::VolumeName;
use plan::{ApplyReport, Plan};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn volume(name: &str) -> VolumeName {
    name.parse().expect("a volume's name")
}

fn account(name: &str) -> String {
    format!("gc-volume-{name}@{PROJECT}.iam.gserviceaccount.com")
}

fn undone(plan: &Plan) -> BTreeSet<String> {
    let steps = plan.steps.iter().filter(|step| !step.is_noop());
    steps.map(|step| step.id.to_string()).collect()
}

async fn create(world: &World, name: &str) -> ApplyReport {
    let volume = volume(name);
    let plan = world
        .setup
        .plan_volume_creation(&volume)
        .await
        .expect("observed");
    let report = world.setup.apply_volume(&volume, &plan, &|_| {}).await;
    let report = report.expect("the record");
    assert!(report.is_done(), "{plan}\n{report:#?}");
    report
}

async fn delete(world: &World, name: &str) -> ApplyReport {
    let volume = volume(name);
    let plan = world
        .setup
        .plan_volume_deletion(&volume)
        .await
        .expect("observed");
    let report = world.setup.apply_volume(&volume, &plan, &|_| {}).await;
    let report = report.expect("the record");
    assert!(report.is_done(), "{plan}\n{report:#?}");
    report
}

/// The names of the volumes, by the record.
async fn listed(world: &World) -> Vec<String> {
    let volumes = world.setup.volumes().await.expect("the record");
    volumes.iter().map(ToString::to_string).collect()
}

fn encoded(name: &str) -> String {
    name.replace('/', "%2F")
}

fn object(name: &str) -> String {
    format!("/storage/v1/b/{BUCKET}/o/{}", encoded(name))
}

fn list(prefix: &str) -> String {
    format!("/storage/v1/b/{BUCKET}/o?prefix={}", encoded(prefix))
}

fn upload(name: &str) -> String {
    let name = encoded(name);
    format!("/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={name}&ifGenerationMatch=0")
}

async fn put(world: &World, name: &str) {
    let (status, answer) = world
        .ask(&format!("POST {}", upload(name)), Value::Null)
        .await;
    assert_eq!(status, 200, "{name}: {answer}");
}

/// Every object of the bucket, in all versions.
async fn objects(world: &World) -> BTreeSet<String> {
    let path = format!("GET /storage/v1/b/{BUCKET}/o?versions=true");
    let (_, found) = world.ask(&path, Value::Null).await;
    let items = found["items"].as_array().cloned().unwrap_or_default();
    let names = items.iter().filter_map(|item| item["name"].as_str());
    names.map(str::to_owned).collect()
}

async fn folders(world: &World) -> Vec<String> {
    let path = format!("GET /storage/v1/b/{BUCKET}/managedFolders");
    let (_, found) = world.ask(&path, Value::Null).await;
    let items = found["items"].as_array().cloned().unwrap_or_default();
    let names = items.iter().filter_map(|item| item["name"].as_str());
    names.map(str::to_owned).collect()
}

async fn grants_in(world: &World, path: &str) -> String {
    world.ask(path, Value::Null).await.1["bindings"].to_string()
}

#[tokio::test(start_paused = true)]
async fn a_volume_is_created_listed_and_created_again_by_reads_alone() {
    let world = World::new();
    world.apply().await;
    assert_eq!(listed(&world).await, Vec::<String>::new());
    let first = volume("data");
    let plan = world
        .setup
        .plan_volume_creation(&first)
        .await
        .expect("observed");
    let expected = [
        format!("account {}", account("data")),
        format!("folder {BUCKET}/volumes/data/"),
        format!("folder {BUCKET}/volumes/data/data/"),
        format!("policy of account {}", account("data")),
        format!("policy of folder {BUCKET}/agent/"),
        format!("policy of folder {BUCKET}/volumes/data/"),
        format!("policy of folder {BUCKET}/volumes/data/data/"),
    ];
    assert_eq!(undone(&plan), expected.into(), "{plan}");
    create(&world, "data").await;
    create(&world, "other").await;
    assert_eq!(listed(&world).await, ["data", "other"]);

    let again = world
        .setup
        .plan_volume_creation(&first)
        .await
        .expect("observed");
    assert!(again.is_empty() && !again.steps.is_empty(), "{again}");
    world.calls();
    create(&world, "data").await;
    let (reads, writes) = world.calls();
    assert!(!reads.is_empty());
    assert_eq!(writes, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_volume_cannot_be_created_before_the_setup() {
    let world = World::new();
    let error = world.setup.plan_volume_creation(&volume("data")).await;
    let text = error.expect_err("there is no bucket").to_string();
    assert!(text.contains("groundcrew account apply"), "{text}");
    let (_, writes) = world.calls();
    assert_eq!(writes, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn apply_keeps_and_repairs_volumes() {
    let world = World::new();
    world.apply().await;
    create(&world, "data").await;
    let plan = world.plan().await;
    assert!(plan.is_empty(), "{plan}");
    world.apply().await;
    assert_eq!(listed(&world).await, ["data"]);

    let path = format!("/v1/projects/{PROJECT}/serviceAccounts/{}", account("data"));
    let nobody = json!({ "policy": { "version": 3, "bindings": [] } });
    let answer = world
        .ask(&format!("POST {path}:setIamPolicy"), nobody)
        .await;
    assert_eq!(answer.0, 200);
    let drifted = [format!("policy of account {}", account("data"))];
    assert_eq!(undone(&world.plan().await), drifted.into());
    world.apply().await;
    assert!(world.plan().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn other_drift_is_not_repaired_with_a_volume() {
    let world = World::new();
    world.apply().await;
    let key = crate::world::KEY;
    let nobody = json!({ "policy": { "version": 3, "bindings": [] } });
    let path = format!("POST /v1/{key}:setIamPolicy");
    assert_eq!(world.ask(&path, nobody).await.0, 200);
    create(&world, "data").await;
    let drifted = [format!("policy of key {key}")];
    assert_eq!(undone(&world.plan().await), drifted.into());
}
