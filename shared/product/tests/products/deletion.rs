//! What is deleted, and what is not.

use crate::world::{TEAM, World, spec};
use plan::{ResourceId, StepOutcome};
use product::{Error, Removal};
use serde_json::{Value, json};

#[tokio::test(start_paused = true)]
async fn a_deleted_product_can_be_restored_for_thirty_days() {
    let world = World::new().await;
    let spec = spec(TEAM);
    world.apply(&spec).await;
    let factory = world.factory(&spec);
    let ids = factory.project_ids().await.expect("the ledger");
    world.calls();
    let plan = factory.plan_deletion().await.expect("observed");
    let report = factory.delete(&plan, &|_| {}).await.expect("the ledger");
    assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
    for id in ids.environments.values().chain([&ids.meta]) {
        let outcome = &report.outcomes[&ResourceId::Project(id.clone())];
        assert!(
            matches!(outcome, StepOutcome::Retained { until: Some(_) }),
            "{outcome:?}"
        );
        let (_, project) = world
            .ask(&format!("GET /v3/projects/{id}"), Value::Null)
            .await;
        assert_eq!(project["state"], "DELETE_REQUESTED", "{project}");
    }
    // Nothing inside was deleted one by one: it comes back with its project.
    let deleted = world.calls();
    let deleted = deleted
        .iter()
        .filter(|(method, _)| method.ends_with(".delete"));
    let mut deleted: Vec<&str> = deleted.map(|(method, _)| method.as_str()).collect();
    deleted.dedup();
    deleted.retain(|method| !method.contains("liens") && !method.contains("projects.delete"));
    assert_eq!(deleted, ["cloudresourcemanager.folders.delete"]);

    world.apply(&spec).await;
    let again = world
        .factory(&spec)
        .project_ids()
        .await
        .expect("the ledger");
    assert_eq!(again, ids);
}

#[tokio::test(start_paused = true)]
async fn a_removed_environment_is_deleted_only_with_consent() {
    let world = World::new().await;
    world.apply(&spec(TEAM)).await;
    let ids = world
        .factory(&spec(TEAM))
        .project_ids()
        .await
        .expect("the ledger");
    let staging = "staging".parse().expect("valid");
    let mut less = spec(TEAM);
    less.environments.remove(&staging);
    let factory = world.factory(&less);
    let plan = factory.plan().await.expect("observed");
    let refused = factory.check(&plan, &Removal::default()).await;
    let Err(Error::Environment(name, id)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((&name, &id), (&staging, &ids.environments[&staging]));

    factory
        .check(&plan, &Removal([staging.clone()].into()))
        .await
        .expect("agreed");
    let report = factory.apply(&plan, &|_| {}).await.expect("the ledger");
    assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
    let (_, project) = world
        .ask(&format!("GET /v3/projects/{id}"), Value::Null)
        .await;
    assert_eq!(project["state"], "DELETE_REQUESTED", "{project}");
    // Without a word, as it is deleted already.
    world.apply(&less).await;
    let production = &ids.environments[&"production".parse().expect("valid")];
    let (_, project) = world
        .ask(&format!("GET /v3/projects/{production}"), Value::Null)
        .await;
    assert_eq!(project["state"], "ACTIVE", "{project}");
}

/// The project that an environment had before would be deleted, too.
#[tokio::test(start_paused = true)]
async fn an_environment_gets_another_project_only_with_consent() {
    let world = World::new().await;
    world.apply(&spec("")).await;
    let factory = world.factory(&spec(""));
    let ids = factory.project_ids().await.expect("the ledger");
    let staging = "staging".parse().expect("valid");
    let mut moved = spec("");
    let environment = moved.environments.get_mut(&staging).expect("there");
    environment.project = Some("shop-elsewhere".parse().expect("valid"));
    let factory = world.factory(&moved);
    let plan = factory.plan().await.expect("observed");
    let refused = factory.check(&plan, &Removal::default()).await;
    let Err(Error::Environment(name, id)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((&name, &id), (&staging, &ids.environments[&staging]));
    factory
        .check(&plan, &Removal([staging].into()))
        .await
        .expect("agreed");
}

#[tokio::test(start_paused = true)]
async fn a_lien_of_others_is_obeyed() {
    let world = World::new().await;
    world.apply(&spec("")).await;
    let factory = world.factory(&spec(""));
    let ids = factory.project_ids().await.expect("the ledger");
    let body = json!({
        "parent": format!("projects/{}", ids.meta), "origin": "audit", "reason": "a hold",
        "restrictions": ["resourcemanager.projects.delete"],
    });
    assert_eq!(world.ask("POST /v3/liens", body).await.0, 200);
    let refused = factory.plan_deletion().await;
    let Err(Error::Lien(project, origin, reason)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (project, origin.as_str(), reason.as_str()),
        (ids.meta, "audit", "a hold")
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_never_applied_is_not_deleted() {
    let world = World::new().await;
    let refused = world.factory(&spec("")).plan_deletion().await;
    assert!(matches!(refused, Err(Error::Unknown(_))), "{refused:?}");
}
