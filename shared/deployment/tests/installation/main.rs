//! The manifest on the simulator, in projects without any API enabled.

mod world;

use plan::{Action, ResourceId};
use serde_json::json;
use std::collections::BTreeSet;
use world::World;

#[tokio::test(start_paused = true)]
async fn an_installation_is_complete_and_moves_with_its_functions() {
    let world = World::new();
    let manifest = world.manifest("example.com");
    let plan = world.plan(&manifest).await;
    assert!(plan.steps.iter().all(|step| !step.is_noop()), "{plan}");
    world.apply(&manifest, &plan).await;
    let again = world.plan(&manifest).await;
    assert!(again.is_empty(), "{again}");

    let moved = world.manifest("example.org");
    let plan = world.plan(&moved).await;
    let changed: Vec<_> = plan.steps.iter().filter(|step| !step.is_noop()).collect();
    assert_eq!(changed.len(), 7, "{plan}");
    for step in changed {
        assert!(matches!(step.id, ResourceId::Subscription(_)), "{plan}");
        let Action::Change { changes } = &step.action else {
            panic!("{plan}");
        };
        let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(changes.len(), 1, "{plan}");
        assert!(changes[0].starts_with("push-endpoint: "), "{plan}");
    }
    world.apply(&moved, &plan).await;
}

/// What others changed is changed back, and labels of others stay.
#[tokio::test(start_paused = true)]
async fn drift_is_repaired() {
    let world = World::new();
    let manifest = world.manifest("example.com");
    let plan = world.plan(&manifest).await;
    world.apply(&manifest, &plan).await;
    let home = format!("projects/{}", world.deployment.home);
    let topic = format!("/v1/{home}/topics/tick");
    let dead_letters = format!("/v1/{home}/subscriptions/dead-letters");
    let expires = json!({ "subscription": { "expirationPolicy": { "ttl": "86400s" },
            "pushConfig": { "pushEndpoint": "https://example.net/" } },
        "updateMask": "expirationPolicy,pushConfig" });
    let labels = json!({ "topic": { "labels": { "team": "a" } }, "updateMask": "labels" });
    let schedule = format!("/v1/{home}/locations/us-central1/jobs/tick");
    let database = format!("/v1/{home}/databases/jobs");
    let indexes = format!("{database}/collectionGroups/jobs/indexes");
    let listed = world.ask(&format!("GET {indexes}"), &json!(null)).await;
    let index = listed["indexes"][0]["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    for (call, body) in [
        (format!("PATCH {dead_letters}"), expires),
        (format!("PATCH {topic}"), labels),
        (
            format!("PATCH {schedule}?updateMask=schedule"),
            json!({ "schedule": "0 * * * *" }),
        ),
        (
            format!("PATCH {database}?updateMask=deleteProtectionState"),
            json!({ "deleteProtectionState": "DELETE_PROTECTION_DISABLED" }),
        ),
        (format!("DELETE /v1/{index}"), json!(null)),
        (
            format!("PATCH {database}/collectionGroups/jobs/fields/ended?updateMask=ttlConfig"),
            json!({}),
        ),
        (
            format!("PATCH {database}/collectionGroups/jobs/fields/record?updateMask=indexConfig"),
            json!({}),
        ),
    ] {
        world.ask(&call, &body).await;
    }
    let plan = world.plan(&manifest).await;
    let changed = plan.steps.iter().filter(|step| !step.is_noop());
    let changed: Vec<String> = changed.map(|step| step.id.to_string()).collect();
    assert_eq!(changed.len(), 7, "{plan}");
    world.apply(&manifest, &plan).await;
    let repaired = world.plan(&manifest).await;
    assert!(repaired.is_empty(), "{repaired}");
    let topic = world.ask(&format!("GET {topic}"), &json!(null)).await;
    let labels = json!({ "team": "a", "groundcrew-deployment": "groundcrew-local_local" });
    assert_eq!(topic["labels"], labels);
}

#[tokio::test(start_paused = true)]
async fn a_teardown_leaves_the_ledger_and_the_apis() {
    let world = World::new();
    let manifest = world.manifest("example.com");
    let plan = world.plan(&manifest).await;
    world.apply(&manifest, &plan).await;
    let teardown = world.engine.plan_teardown(&manifest).await.expect("read");
    let empty = plan::Manifest::empty(manifest.deployment().clone());
    let report = world.apply(&empty, &teardown).await;
    let left = report.record.entries.keys();
    let left: BTreeSet<String> = left
        .filter(|id| id.api().is_none())
        .map(ToString::to_string)
        .collect();
    let home = &world.deployment.home;
    let ledger = format!("database projects/{home}/databases/jobs");
    assert_eq!(left, [ledger].into());

    // And what is left is used by a new installation.
    let plan = world.plan(&manifest).await;
    let is_created = |id: &ResourceId| {
        let step = plan.step(id).expect("a step");
        matches!(step.action, Action::Create | Action::Restore { .. })
    };
    let database = ResourceId::Database(world.deployment.settings.database.clone());
    assert!(!is_created(&database), "{plan}");
    world.apply(&manifest, &plan).await;
}
