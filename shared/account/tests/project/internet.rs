//! How machines reach the internet, as the spec says.

use crate::world::{PROJECT, World, settings};
use account::{Setup, Spec};
use serde_json::{Value, json};

const ROUTER: &str = "/compute/v1/projects/customer-project/regions/us-central1/routers/groundcrew";
const EXTERNAL: &str = "compute.subnetworks.useExternalIp";

fn with(world: &World, internet: &str) -> Setup {
    let text = format!("project: {PROJECT}\ninternet: {internet}\n");
    let spec = Spec::parse("groundcrew.yaml", &text, None).expect("a spec");
    Setup::new(world.owner(), &spec, &settings())
}

async fn apply(setup: &Setup) {
    let plan = setup.plan().await.expect("observed");
    let report = setup.apply(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let plan = setup.plan().await.expect("observed");
    assert!(plan.is_empty(), "{plan}");
}

async fn router(world: &World) -> (u16, Value) {
    world.ask(&format!("GET {ROUTER}"), Value::Null).await
}

#[tokio::test(start_paused = true)]
async fn a_nat_is_made_repaired_and_removed() {
    let world = World::new();
    apply(&with(&world, "none")).await;
    assert_eq!(router(&world).await.0, 404);
    let nat = with(&world, "nat");
    apply(&nat).await;
    let (_, made) = router(&world).await;
    assert_eq!(made["nats"][0]["natIpAllocateOption"], "AUTO_ONLY");
    let marked = "[groundcrew-deployment: customer-project_default]";
    let description = made["description"].as_str().expect("text");
    assert!(description.ends_with(marked), "{description}");

    let removed = json!({ "nats": [] });
    let (status, _) = world.ask(&format!("PATCH {ROUTER}"), removed).await;
    assert_eq!(status, 200);
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let plan = nat.plan().await.expect("observed");
    assert!(plan.to_string().contains("nats"), "{plan}");
    apply(&nat).await;
    assert_eq!(router(&world).await.1["nats"][0]["name"], "nat");

    apply(&with(&world, "none")).await;
    assert_eq!(router(&world).await.0, 404);
    apply(&nat).await;
    let plan = nat.plan_teardown().await.expect("observed");
    let report = nat.delete(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert_eq!(router(&world).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn the_role_permits_external_addresses_only_where_machines_have_them() {
    let world = World::new();
    for (internet, permitted) in [("none", false), ("address", true), ("nat", false)] {
        apply(&with(&world, internet)).await;
        let role = format!("GET /v1/projects/{PROJECT}/roles/groundcrewResourceManager");
        let (_, role) = world.ask(&role, Value::Null).await;
        assert_eq!(role.to_string().contains(EXTERNAL), permitted, "{internet}");
    }
}
