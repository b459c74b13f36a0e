//! A product is made, and made again without a change.

use crate::world::{BILLING, TEAM, World, named, spec};
use plan::ResourceId;
use product::{Error, Removal};
use serde_json::{Value, json};
use simulator::iam::Principal;
use std::{collections::BTreeMap, sync::Mutex, time::Duration};
use tokio::time::Instant;

fn is_read(method: &str) -> bool {
    let verb = method.rsplit('.').next().unwrap_or_default();
    let reads = ["get", "list", "batchGet", "getIamPolicy", "getBillingInfo"];
    reads.contains(&verb) || method.ends_with("testIamPermissions")
}

#[tokio::test(start_paused = true)]
async fn a_product_is_made_of_its_spec() {
    let world = World::new().await;
    let spec = spec(&format!("{TEAM}budget: {{amount: 500, currency: USD}}\n"));
    world.apply(&spec).await;
    let ids = world
        .factory(&spec)
        .project_ids()
        .await
        .expect("the ledger");

    let (_, folders) = world
        .ask("GET /v3/folders?parent=folders/7", Value::Null)
        .await;
    let folder = &folders["folders"][0];
    assert_eq!(folder["displayName"], "shop", "{folders}");
    for (name, id) in [("meta", &ids.meta)].into_iter().chain(
        ids.environments
            .iter()
            .map(|(name, id)| (name.as_str(), id)),
    ) {
        let (status, project) = world
            .ask(&format!("GET /v3/projects/{id}"), Value::Null)
            .await;
        assert_eq!(status, 200, "{id}");
        assert_eq!(project["parent"], folder["name"]);
        assert_eq!(project["labels"]["environment"], name);
        assert_eq!(project["labels"]["groundcrew-deployment"], "folders-7_shop");
        let billing = format!("GET /v1/projects/{id}/billingInfo");
        let (_, billing) = world.ask(&billing, Value::Null).await;
        assert_eq!(billing["billingAccountName"], BILLING);
        assert_eq!(billing["billingEnabled"], true);
        let liens = format!("GET /v3/liens?parent=projects/{id}");
        let (_, liens) = world.ask(&liens, Value::Null).await;
        assert_eq!(liens["liens"][0]["origin"], "groundcrew", "{liens}");
        let network = format!("GET /compute/v1/projects/{id}/global/networks/default");
        assert_ne!(world.ask(&network, Value::Null).await.0, 200);
        // Nobody is its owner who was not named, and no default account edits it.
        for role in ["roles/owner", "roles/editor"] {
            let members = world.members(id.as_str(), role).await;
            let others = members.iter().filter(|member| {
                !member.contains("terraform-deploy@") && !member.contains("@cloudservices.")
            });
            assert_eq!(others.count(), 0, "{id}: {role}: {members:?}");
        }
    }
    let production = &ids.environments[&"production".parse().expect("valid")];
    let role = format!("GET /v1/projects/{production}/roles/runEditor");
    let (_, role) = world.ask(&role, Value::Null).await;
    assert_eq!(
        role["includedPermissions"].as_array().map(Vec::len),
        Some(11)
    );
    let bucket = format!("GET /storage/v1/b/{production}-terraform-state/iam");
    let (_, policy) = world.ask(&bucket, Value::Null).await;
    assert!(!policy.to_string().contains("projectViewer:"), "{policy}");
    let budgets = format!("GET /v1/{BILLING}/budgets");
    let (_, budgets) = world.ask(&budgets, Value::Null).await;
    let filter = &budgets["budgets"][0]["budgetFilter"]["resourceAncestors"];
    assert_eq!(*filter, json!([folder["name"]]), "{budgets}");
}

#[tokio::test(start_paused = true)]
async fn a_second_run_only_reads() {
    let world = World::new().await;
    let spec = spec(TEAM);
    world.apply(&spec).await;
    world.calls();
    let report = world.apply(&spec).await;
    assert!(
        report
            .outcomes
            .values()
            .all(|outcome| *outcome == plan::StepOutcome::Unchanged)
    );
    let calls = world.calls();
    let writes = calls
        .iter()
        .filter(|(method, _)| !is_read(method) && !method.starts_with("firestore."));
    assert_eq!(writes.count(), 0, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn adding_an_environment_changes_just_that() {
    let world = World::new().await;
    world.apply(&spec(TEAM)).await;
    let before = world
        .factory(&spec(TEAM))
        .project_ids()
        .await
        .expect("the ledger");
    let mut more = spec(TEAM);
    more.environments.insert(
        "testing".parse().expect("valid"),
        product::Environment::default(),
    );
    let factory = world.factory(&more);
    let plan = factory.plan().await.expect("observed");
    let ids = factory.project_ids().await.expect("the ledger");
    let testing = &ids.environments[&"testing".parse().expect("valid")];
    for step in plan.steps.iter().filter(|step| !step.is_noop()) {
        assert!(step.id.to_string().contains(testing.as_str()), "{plan}");
    }
    world.apply(&more).await;
    let after = world
        .factory(&more)
        .project_ids()
        .await
        .expect("the ledger");
    assert_eq!(after.meta, before.meta);
    assert_eq!(after.environments.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_the_caller_lacks_is_said_before_anything_is_made() {
    let world = World::with(|cloud| {
        let role = "roles/resourcemanager.folderAdmin";
        cloud.grant(crate::world::PARENT, role, "user:half@example.com", None);
        let billing = format!("//cloudbilling.googleapis.com/{BILLING}");
        cloud.grant(
            &billing,
            "roles/billing.viewer",
            "user:half@example.com",
            None,
        );
    })
    .await;
    let spec = spec("");
    let factory = world.factory_as("half@example.com", &spec, None);
    let plan = factory.plan().await.expect("observed");
    let refused = factory.check(&plan, &Removal::default()).await;
    let Err(Error::Missing(missing)) = refused else {
        panic!("{refused:?}");
    };
    let (_, on_parent) = &missing.on_parent;
    assert!(
        on_parent.contains("resourcemanager.projects.create"),
        "{missing}"
    );
    assert!(
        !on_parent.contains("resourcemanager.folders.create"),
        "{missing}"
    );
    let (_, on_account) = &missing.on_billing_account;
    assert!(
        on_account.contains("billing.resourceAssociations.create"),
        "{missing}"
    );
    let (_, folders) = world
        .ask("GET /v3/folders?parent=folders/7", Value::Null)
        .await;
    assert_eq!(folders.get("folders"), None, "{folders}");
}

#[tokio::test(start_paused = true)]
async fn a_folder_of_others_is_not_used() {
    let world = World::new().await;
    let body = json!({ "parent": "folders/7", "displayName": "shop" });
    assert_eq!(world.ask("POST /v3/folders", body).await.0, 200);
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let factory = world.factory(&spec(""));
    let plan = factory.plan().await.expect("observed");
    assert!(plan.is_refused(), "{plan}");
    assert!(
        plan.to_string().contains("groundcrew did not create it"),
        "{plan}"
    );
    // Another name is free.
    world.apply(&named("shop-two", "")).await;
}

/// An ID that someone else has is never free: the next one is chosen, and recorded.
#[tokio::test(start_paused = true)]
async fn an_id_that_is_taken_is_replaced_by_another() {
    let spec = spec("");
    let first = World::new()
        .await
        .factory(&spec)
        .project_ids()
        .await
        .expect("the ledger");
    let (name, id) = first.environments.iter().next().expect("one");
    let world = World::with(|cloud| {
        cloud.add_organization("2");
        cloud.add_project(id.as_str(), 99, Some("organizations/2"));
    })
    .await;
    world.apply(&spec).await;
    let ids = world
        .factory(&spec)
        .project_ids()
        .await
        .expect("the ledger");
    assert_ne!(ids.environments[name], *id);
    let path = format!("GET /v3/projects/{}", ids.environments[name]);
    assert_eq!(world.ask(&path, Value::Null).await.0, 200);
}

/// Once the factory has taken back what Google gave to the creator, another
/// administrator of the folder may do the same, and finds nothing to do.
#[tokio::test(start_paused = true)]
async fn another_identity_finds_nothing_to_do() {
    let other = "second@example.com";
    let world = World::with(|cloud| {
        let folders = "roles/resourcemanager.folderAdmin";
        for role in ["roles/owner", "roles/storage.admin", folders] {
            cloud.grant(crate::world::PARENT, role, &format!("user:{other}"), None);
        }
        let billing = format!("//cloudbilling.googleapis.com/{BILLING}");
        cloud.grant(
            &billing,
            "roles/billing.viewer",
            &format!("user:{other}"),
            None,
        );
    })
    .await;
    let spec = spec(TEAM);
    world.apply(&spec).await;
    let plan = world
        .factory_as(other, &spec, None)
        .plan()
        .await
        .expect("observed");
    assert!(plan.is_empty(), "{plan}");
    let (status, _) = world
        .ask_as(
            &Principal::user("v@example.com"),
            "GET /v3/folders?parent=folders/7",
            Value::Null,
        )
        .await;
    assert_eq!(status, 403);
}

/// The network of a project that had Compute Engine before is removed, too.
#[tokio::test(start_paused = true)]
async fn the_default_network_goes_unless_it_is_kept() {
    let world = World::new().await;
    let kept = spec("options: {default_network: keep}\n");
    world.apply(&kept).await;
    let ids = world
        .factory(&kept)
        .project_ids()
        .await
        .expect("the ledger");
    let project = &ids.environments[&"staging".parse().expect("valid")];
    let network = format!("GET /compute/v1/projects/{project}/global/networks/default");
    assert_eq!(world.ask(&network, Value::Null).await.0, 200);
    world.apply(&spec("")).await;
    assert_eq!(world.ask(&network, Value::Null).await.0, 404);
    let rules = format!("GET /compute/v1/projects/{project}/global/firewalls");
    let (_, rules) = world.ask(&rules, Value::Null).await;
    assert_eq!(rules.get("items"), None, "{rules}");
}

/// With the latencies of Google, a product takes not much longer than the longest
/// chain of steps that depend on each other.
#[tokio::test(start_paused = true)]
async fn steps_that_do_not_depend_on_each_other_run_at_the_same_time() {
    let world = World::new().await.with_latency(Duration::from_millis(150));
    let spec = spec(TEAM);
    let factory = world.factory(&spec);
    let plan = factory.plan().await.expect("observed");
    let began: Mutex<BTreeMap<ResourceId, Instant>> = Mutex::default();
    let took: Mutex<BTreeMap<ResourceId, Duration>> = Mutex::default();
    let start = Instant::now();
    let events = |event: plan::StepEvent<'_>| {
        let mut began = began.lock().expect("whole");
        match event.progress {
            plan::Progress::Started => {
                began.insert(event.id.clone(), Instant::now());
            }
            plan::Progress::Ended(_) => {
                let at = began.get(event.id).map(Instant::elapsed);
                let mut took = took.lock().expect("whole");
                took.insert(event.id.clone(), at.unwrap_or_default());
            }
            plan::Progress::Waiting { .. } => {}
        }
    };
    let report = factory.apply(&plan, &events).await.expect("the ledger");
    let makespan = start.elapsed();
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let took = took.lock().expect("whole");
    let mut chains: BTreeMap<&ResourceId, Duration> = BTreeMap::new();
    // Steps are ordered after those that they depend on.
    for step in &plan.steps {
        let before = step.depends_on.iter().filter_map(|id| chains.get(id));
        let before = before.max().copied().unwrap_or_default();
        chains.insert(
            &step.id,
            before + took.get(&step.id).copied().unwrap_or_default(),
        );
    }
    let longest = chains.values().max().copied().expect("steps");
    let calls = world.calls().len();
    let ratio = makespan.as_secs_f64() / longest.as_secs_f64();
    assert!(
        ratio <= 1.2,
        "{calls} calls in {makespan:?} for a chain of {longest:?}"
    );
}
