//! Deletion of volumes, and interrupted runs.

use super::*;
use simulator::iam::Principal;

#[tokio::test(start_paused = true)]
async fn delete_removes_only_the_volume_with_every_version_of_its_files() {
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
    // A noncurrent version.
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
    // Nothing else of the setup has changed.
    let plan = world.plan().await;
    assert_eq!(undone(&plan), [format!("bucket {BUCKET}")].into(), "{plan}");

    let plan = world.setup.plan_volume_deletion(&volume("data")).await;
    let plan = plan.expect("observed");
    assert!(plan.steps.is_empty() && plan.forgotten.is_empty(), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn a_volume_can_be_recreated() {
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
async fn a_teardown_deletes_volumes_too() {
    let world = World::new();
    world.apply().await;
    create(&world, "data").await;
    put(&world, "volumes/data/data/x").await;
    let plan = world.setup.plan_teardown().await.expect("observed");
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
async fn an_adopted_bucket_loses_its_volumes_and_keeps_other_objects() {
    let world = World::new();
    world
        .host
        .with(|cloud, now| cloud.declare_bucket(BUCKET, PROJECT, now));
    world.apply().await;
    create(&world, "data").await;
    for name in ["volumes/data/data/x", "agent/theirs", "their-own"] {
        put(&world, name).await;
    }
    let plan = world.setup.plan_teardown().await.expect("observed");
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

/// Creates or deletes the volume `data` with a connection that is cut after so
/// many requests; answers whether it was cut.
async fn broken_off(world: &World, wanted: bool, requests: usize) -> bool {
    let setup = world.setup_cut_after(requests);
    let volume = volume("data");
    let plan = match wanted {
        true => setup.plan_volume_creation(&volume).await.ok(),
        false => setup.plan_volume_deletion(&volume).await.ok(),
    };
    let Some(plan) = plan else { return true };
    let applied = setup.apply_volume(&volume, &plan, &|_| {}).await;
    !applied.is_ok_and(|report| report.is_done())
}
#[tokio::test(start_paused = true)]
async fn an_interrupted_volume_run_is_completed_by_the_next_one() {
    let (mut created, mut deleted) = (0, 0);
    for requests in (0..160).step_by(5) {
        let world = World::new();
        world.apply().await;
        created += usize::from(broken_off(&world, true, requests).await);
        create(&world, "data").await;
        let plan = world.plan().await;
        assert!(plan.is_empty(), "{requests} requests: {plan}");

        for number in 0..40 {
            put(&world, &format!("volumes/data/data/{number}")).await;
        }
        deleted += usize::from(broken_off(&world, false, requests).await);
        delete(&world, "data").await;
        let objects = objects(&world).await;
        assert_eq!(objects, ["groundcrew/deployment.json".to_owned()].into());
        assert_eq!(folders(&world).await, ["agent/", "jobs/"]);
        assert_eq!(listed(&world).await, Vec::<String>::new());
        let path = format!(
            "GET /v1/projects/{PROJECT}/serviceAccounts/{}",
            account("data")
        );
        assert_eq!(world.ask(&path, Value::Null).await.0, 404);
        let plan = world.plan().await;
        assert!(plan.is_empty(), "{requests} requests: {plan}");
    }
    println!("{created} creations and {deleted} deletions broken off");
    assert!(created >= 5 && deleted >= 10);
    assert!(created < 32 && deleted < 32, "some came to their end");
}
