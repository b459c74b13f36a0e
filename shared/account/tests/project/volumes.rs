//! Data volumes of a project that was set up, in the simulator.

use crate::world::{BUCKET, INSTANCES, PROJECT, RESOURCE_MANAGER, World};
use names::VolumeName;
use plan::{Plan, Report};
use serde_json::{Value, json};
use simulator::iam::{Principal, Resource};
use std::collections::BTreeSet;

fn volume(name: &str) -> VolumeName {
    name.parse().expect("a volume's name")
}

fn account(name: &str) -> String {
    format!("gc-volume-{name}@{PROJECT}.iam.gserviceaccount.com")
}

fn undone(plan: &Plan) -> BTreeSet<String> {
    let steps = plan.steps.iter().filter(|step| !step.is_done());
    steps.map(|step| step.id.to_string()).collect()
}

async fn create(world: &World, name: &str) -> Report {
    let volume = volume(name);
    let plan = world.setup.look_to_create(&volume).await.expect("observed");
    let report = world.setup.apply_volume(&volume, &plan, &|_| {}).await;
    let report = report.expect("the record");
    assert!(report.is_done(), "{plan}\n{report:#?}");
    report
}

async fn delete(world: &World, name: &str) -> Report {
    let volume = volume(name);
    let plan = world.setup.look_to_delete(&volume).await.expect("observed");
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

/// Every object of the bucket, whichever version is left of it.
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
    let plan = world.setup.look_to_create(&first).await.expect("observed");
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

    let again = world.setup.look_to_create(&first).await.expect("observed");
    assert!(again.is_empty() && !again.steps.is_empty(), "{again}");
    world.calls();
    create(&world, "data").await;
    let (reads, writes) = world.calls();
    assert!(!reads.is_empty());
    assert_eq!(writes, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_project_that_is_not_set_up_has_no_place_for_a_volume() {
    let world = World::new();
    let error = world.setup.look_to_create(&volume("data")).await;
    let text = error.expect_err("there is no bucket").to_string();
    assert!(text.contains("groundcrew account apply"), "{text}");
    let (_, writes) = world.calls();
    assert_eq!(writes, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_account_of_a_volume_reaches_its_folder_and_nothing_else() {
    let world = World::new();
    world.apply().await;
    create(&world, "data").await;
    create(&world, "other").await;
    for name in [
        "secrets/ssh-key",
        "jobs/train/attempts/1/exit.json",
        "agent/agent",
        "volumes/data/jobs/train/attempts/1/claim.json",
        "volumes/data/data/table.csv",
        "volumes/other/data/table.csv",
    ] {
        put(&world, name).await;
    }
    let its = Principal::service_account(&account("data"));
    let claim = "volumes/data/jobs/train/attempts/1/claim.json";
    for (verb, path, expected) in [
        // Its folder, where nothing goes and nothing is replaced.
        ("GET", object(claim), 200),
        ("GET", list("volumes/data/"), 200),
        (
            "POST",
            upload("volumes/data/jobs/new/attempts/1/claim.json"),
            200,
        ),
        ("DELETE", object(claim), 403),
        (
            "POST",
            upload(claim).replace("&ifGenerationMatch=0", ""),
            403,
        ),
        // Its data, which change.
        ("GET", object("volumes/data/data/table.csv"), 200),
        ("GET", list("volumes/data/data/"), 200),
        ("POST", upload("volumes/data/data/new.csv"), 200),
        (
            "POST",
            upload("volumes/data/data/table.csv").replace("&ifGenerationMatch=0", ""),
            200,
        ),
        ("DELETE", object("volumes/data/data/table.csv"), 204),
        // The agent, to fetch.
        ("GET", object("agent/agent"), 200),
        ("POST", upload("agent/other"), 403),
        ("DELETE", object("agent/agent"), 403),
        // Nothing else.
        ("GET", object("volumes/other/data/table.csv"), 403),
        ("GET", list("volumes/other/"), 403),
        ("POST", upload("volumes/other/data/new.csv"), 403),
        ("GET", list("volumes/data"), 403),
        ("GET", list("volumes/"), 403),
        ("GET", list(""), 403),
        ("GET", format!("/storage/v1/b/{BUCKET}/o"), 403),
        ("GET", object("secrets/ssh-key"), 403),
        ("GET", object("jobs/train/attempts/1/exit.json"), 403),
        ("POST", upload("jobs/train/attempts/2/claim.json"), 403),
        ("GET", object("groundcrew/deployment.json"), 403),
        ("GET", format!("/storage/v1/b/{BUCKET}/iam"), 403),
        (
            "GET",
            format!("/storage/v1/b/{BUCKET}/managedFolders/volumes%2Fdata%2F/iam"),
            403,
        ),
    ] {
        let (found, answer) = world.call(&its, verb, &path, Value::Null).await;
        assert_eq!(found, expected, "{verb} {path}: {answer}");
    }
    // Nor do machines of jobs without a volume reach it.
    let plain = Principal::service_account(INSTANCES);
    for (verb, path, expected) in [
        ("GET", object("jobs/train/attempts/1/exit.json"), 200),
        ("GET", object("volumes/other/data/table.csv"), 403),
        ("GET", list("volumes/other/"), 403),
        ("POST", upload("volumes/other/data/new.csv"), 403),
        ("GET", object("groundcrew/deployment.json"), 403),
    ] {
        let (found, answer) = world.call(&plain, verb, &path, Value::Null).await;
        assert_eq!(found, expected, "{verb} {path}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_resource_manager_runs_machines_as_a_volume_s_account() {
    let world = World::new();
    world.apply().await;
    create(&world, "data").await;
    let now = world.now();
    let may = |who: &str| {
        let who = Principal::service_account(who);
        let its = Resource::service_account(PROJECT, &account("data"));
        world
            .host
            .with(|cloud, _| cloud.allows(&who, "iam.serviceAccounts.actAs", &its, now))
    };
    assert!(may(RESOURCE_MANAGER));
    create(&world, "other").await;
    assert!(!may(INSTANCES) && !may(&account("other")) && !may(&account("data")));
}

#[tokio::test(start_paused = true)]
async fn delete_takes_the_volume_with_every_version_of_its_files_and_nothing_else() {
    let world = World::new();
    world.apply().await;
    let versioning = json!({ "versioning": { "enabled": true } });
    let bucket = format!("PATCH /storage/v1/b/{BUCKET}");
    assert_eq!(world.ask(&bucket, versioning).await.0, 200);
    create(&world, "other").await;
    let agent = format!("GET /storage/v1/b/{BUCKET}/managedFolders/agent%2F/iam");
    let bucket = format!("GET /storage/v1/b/{BUCKET}/iam?optionsRequestedPolicyVersion=3");
    let before = (
        folders(&world).await,
        grants_in(&world, &agent).await,
        grants_in(&world, &bucket).await,
    );
    create(&world, "data").await;
    assert_ne!(folders(&world).await, before.0);
    assert_ne!(grants_in(&world, &agent).await, before.1);
    for number in 0..70 {
        put(&world, &format!("volumes/data/data/{number}")).await;
    }
    put(&world, "volumes/data/jobs/train/attempts/1/exit.json").await;
    put(&world, "volumes/other/data/kept").await;
    put(&world, "jobs/train/attempts/1/exit.json").await;
    // A version that is not current.
    let path = format!("DELETE {}", object("volumes/data/data/0"));
    assert_eq!(world.ask(&path, Value::Null).await.0, 204);
    assert!(objects(&world).await.contains("volumes/data/data/0"));

    delete(&world, "data").await;
    let left = [
        "groundcrew/deployment.json",
        "jobs/train/attempts/1/exit.json",
        "volumes/other/data/kept",
    ];
    assert_eq!(objects(&world).await, left.map(str::to_owned).into());
    let after = (
        folders(&world).await,
        grants_in(&world, &agent).await,
        grants_in(&world, &bucket).await,
    );
    assert_eq!(after, before);
    let path = |name| {
        format!(
            "GET /v1/projects/{PROJECT}/serviceAccounts/{}",
            account(name)
        )
    };
    assert_eq!(world.ask(&path("data"), Value::Null).await.0, 404);
    assert_eq!(world.ask(&path("other"), Value::Null).await.0, 200);
    assert_eq!(listed(&world).await, ["other"]);
    // The setup is as it should be, but for what this test changed.
    let plan = world.look().await;
    assert_eq!(undone(&plan), [format!("bucket {BUCKET}")].into(), "{plan}");

    let plan = world.setup.look_to_delete(&volume("data")).await;
    let plan = plan.expect("observed");
    assert!(plan.steps.is_empty() && plan.forgotten.is_empty(), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn a_volume_can_be_made_again() {
    let world = World::new();
    world.apply().await;
    create(&world, "data").await;
    put(&world, "volumes/data/data/old").await;
    delete(&world, "data").await;
    create(&world, "data").await;
    assert_eq!(listed(&world).await, ["data"]);
    let its = Principal::service_account(&account("data"));
    let (status, found) = world
        .call(&its, "GET", &list("volumes/data/"), Value::Null)
        .await;
    assert_eq!((status, &found["items"]), (200, &Value::Null), "{found}");
}

#[tokio::test(start_paused = true)]
async fn apply_keeps_the_volumes_and_mends_them() {
    let world = World::new();
    world.apply().await;
    create(&world, "data").await;
    let plan = world.look().await;
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
    assert_eq!(undone(&world.look().await), drifted.into());
    world.apply().await;
    assert!(world.look().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn other_drift_is_left_to_apply() {
    let world = World::new();
    world.apply().await;
    let key = crate::world::KEY;
    let nobody = json!({ "policy": { "version": 3, "bindings": [] } });
    let path = format!("POST /v1/{key}:setIamPolicy");
    assert_eq!(world.ask(&path, nobody).await.0, 200);
    create(&world, "data").await;
    let drifted = [format!("policy of key {key}")];
    assert_eq!(undone(&world.look().await), drifted.into());
}

#[tokio::test(start_paused = true)]
async fn revoke_takes_the_resource_manager_from_volumes_and_fast_disables_them() {
    let world = World::new();
    world.apply().await;
    create(&world, "data").await;
    let path = format!("/v1/projects/{PROJECT}/serviceAccounts/{}", account("data"));
    let policy = format!("POST {path}:getIamPolicy?options.requestedPolicyVersion=3");
    assert!(grants_in(&world, &policy).await.contains(RESOURCE_MANAGER));
    let revoked = world.setup.revoke(true, &|_| {}).await.expect("read");
    assert!(!grants_in(&world, &policy).await.contains(RESOURCE_MANAGER));
    let disabled: Vec<&str> = revoked
        .disabled
        .iter()
        .map(names::ServiceAccountEmail::as_str)
        .collect();
    assert_eq!(disabled, [INSTANCES, &account("data")]);
    let get = format!("GET {path}");
    assert_eq!(world.ask(&get, Value::Null).await.1["disabled"], true);

    world.apply().await;
    assert!(grants_in(&world, &policy).await.contains(RESOURCE_MANAGER));
    assert_ne!(world.ask(&get, Value::Null).await.1["disabled"], true);
}

#[tokio::test(start_paused = true)]
async fn delete_of_the_whole_takes_volumes_too() {
    let world = World::new();
    world.apply().await;
    create(&world, "data").await;
    put(&world, "volumes/data/data/x").await;
    let plan = world.setup.look_back().await.expect("observed");
    let report = world.setup.delete(&plan, &|_| {}).await;
    let report = report.expect("the record");
    assert!(report.is_done(), "{plan}\n{report:#?}");
    let path = format!(
        "GET /v1/projects/{PROJECT}/serviceAccounts/{}",
        account("data")
    );
    assert_eq!(world.ask(&path, Value::Null).await.0, 404);
    let bucket = format!("GET /storage/v1/b/{BUCKET}");
    assert_eq!(world.ask(&bucket, Value::Null).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_was_there_loses_its_volumes_and_keeps_its_own() {
    let world = World::new();
    world
        .host
        .with(|cloud, now| cloud.declare_bucket(BUCKET, PROJECT, now));
    world.apply().await;
    create(&world, "data").await;
    for name in ["volumes/data/data/x", "agent/theirs", "their-own"] {
        put(&world, name).await;
    }
    let plan = world.setup.look_back().await.expect("observed");
    let report = world.setup.delete(&plan, &|_| {}).await;
    let report = report.expect("the record");
    assert!(report.is_done(), "{plan}\n{report:#?}");
    let left = objects(&world).await;
    assert!(
        !left.iter().any(|name| name.starts_with("volumes/")),
        "{left:?}"
    );
    for kept in ["agent/theirs", "their-own"] {
        assert!(left.contains(kept), "{left:?}");
    }
    assert_eq!(folders(&world).await, Vec::<String>::new());
}
