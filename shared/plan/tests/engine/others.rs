//! Others change the project between planning and applying.

use crate::world::{ACCOUNT, Break, PROJECT, RING, World, bucket, empty, manifest, stored, valid};
use plan::{Origin, ResourceId};
use serde_json::{Value, json};
use std::time::Duration;

fn ring() -> ResourceId {
    ResourceId::Ring(valid(RING))
}

async fn origin(world: &World) -> Option<Origin> {
    let record = stored(world).await.expect("a record");
    record.entries.get(&ring()).map(|entry| entry.origin)
}

#[tokio::test(start_paused = true)]
async fn a_resource_created_by_others_after_planning_is_adopted() {
    let world = World::new();
    let process = world.process();
    let plan = process.look(&manifest()).await;
    let create =
        format!("POST /v1/projects/{PROJECT}/locations/global/keyRings?keyRingId=groundcrew");
    assert_eq!(world.ask(&create, json!({})).await.0, 200);
    let report = process
        .engine
        .apply(&manifest(), &plan, &|_| {})
        .await
        .expect("reads");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert_eq!(origin(&world).await, Some(Origin::Adopted));
    let report = world.process().apply(&empty()).await;
    assert!(!report.record.entries.contains_key(&ring()));
    assert_eq!(
        world.ask(&format!("GET /v1/{RING}"), Value::Null).await.0,
        200
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_crashed_run_created_after_planning_is_ours() {
    let mut died_after_the_ring = 0;
    for at in 0..10 {
        let world = World::new();
        let slow = world.process();
        let plan = slow.look(&manifest()).await;
        let dead = world.cut(Some((at, Break::DiesAfter)), Duration::from_millis(20));
        let life = Duration::from_secs(3600);
        let _ = tokio::time::timeout(life, dead.apply(&manifest())).await;
        let (status, _) = world.ask(&format!("GET /v1/{RING}"), Value::Null).await;
        died_after_the_ring += u32::from(status == 200);
        let report = slow
            .engine
            .apply(&manifest(), &plan, &|_| {})
            .await
            .expect("reads");
        assert!(report.is_done(), "{at}: {:#?}", report.outcomes);
        assert_eq!(origin(&world).await, Some(Origin::Created), "{at}");
    }
    assert!(died_after_the_ring > 0);
}

#[tokio::test(start_paused = true)]
async fn a_recreated_account_gets_its_grants_and_leaves_no_deleted_members() {
    let world = World::new();
    assert!(world.process().apply(&manifest()).await.is_done());
    let accounts = format!("/v1/projects/{PROJECT}/serviceAccounts");
    world
        .ask(&format!("DELETE {accounts}/{ACCOUNT}"), Value::Null)
        .await;
    let anew = json!({ "accountId": "groundcrew-instances" });
    assert_eq!(world.ask(&format!("POST {accounts}"), anew).await.0, 200);
    let report = world.process().apply(&manifest()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let path = format!("GET /storage/v1/b/{}/iam", bucket());
    let (_, policy) = world.ask(&path, Value::Null).await;
    let members = &policy["bindings"][0]["members"];
    assert_eq!(
        *members,
        json!([format!("serviceAccount:{ACCOUNT}")]),
        "{policy}"
    );
    // It is not the one that groundcrew created.
    assert!(world.process().apply(&empty()).await.is_done());
    assert_eq!(
        world
            .ask(&format!("GET {accounts}/{ACCOUNT}"), Value::Null)
            .await
            .0,
        200
    );
}
