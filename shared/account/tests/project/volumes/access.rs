//! Access to volumes.

use super::*;
use crate::world::{INSTANCES, RESOURCE_MANAGER};
use simulator::iam::{Principal, Resource};

#[tokio::test(start_paused = true)]
async fn the_account_of_a_volume_can_access_only_its_folder() {
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
        // Its folder, where nothing can be deleted or replaced.
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
        // But for checkpoints.
        (
            "POST",
            upload("volumes/data/jobs/train/checkpoints/state"),
            200,
        ),
        (
            "POST",
            upload("volumes/data/jobs/train/checkpoints/state").replace("&ifGenerationMatch=0", ""),
            200,
        ),
        // Its data, which can be changed.
        ("GET", object("volumes/data/data/table.csv"), 200),
        ("GET", list("volumes/data/data/"), 200),
        ("POST", upload("volumes/data/data/new.csv"), 200),
        (
            "POST",
            upload("volumes/data/data/table.csv").replace("&ifGenerationMatch=0", ""),
            200,
        ),
        ("DELETE", object("volumes/data/data/table.csv"), 204),
        // The agent, which can be read.
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
    // Machines of jobs without a volume have no access either.
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

    put(&world, "volumes/data/data/table.csv").await;
    let manager = Principal::service_account(RESOURCE_MANAGER);
    for path in [object("volumes/data/data/table.csv"), list("volumes/data/")] {
        let (status, answer) = world.call(&manager, "GET", &path, Value::Null).await;
        assert_eq!(status, 403, "itself it reads nothing: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn revoke_covers_volumes_and_can_disable_their_accounts() {
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
