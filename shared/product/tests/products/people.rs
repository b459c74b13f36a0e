//! Who can do what with a product.

use crate::world::{TEAM, World, named, spec};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use simulator::iam::Principal;
use std::collections::BTreeMap;

const DEPLOYER: &str = "user:d@example.com";

async fn mint(world: &World, who: &str, account: &str) -> u16 {
    let path = format!("POST /v1/projects/-/serviceAccounts/{account}:generateAccessToken");
    let body = json!({ "scope": ["https://www.googleapis.com/auth/cloud-platform"] });
    world.ask_as(&Principal::user(who), &path, body).await.0
}

#[tokio::test(start_paused = true)]
async fn each_level_can_do_what_it_says_and_no_more() {
    let world = World::new().await;
    let spec = spec(TEAM);
    world.apply(&spec).await;
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    let factory = world.factory(&spec);
    let ids = factory.project_ids().await.expect("the ledger");
    for project in ids.environments.values() {
        let terraform = product::terraform_account(project);
        assert_eq!(mint(&world, "d@example.com", terraform.as_str()).await, 200);
        for other in [
            product::deployer_account(project),
            product::product_admin(&ids),
        ] {
            assert_eq!(mint(&world, "d@example.com", other.as_str()).await, 403);
        }
        assert_eq!(mint(&world, "v@example.com", terraform.as_str()).await, 403);
        let sign = format!("POST /v1/projects/-/serviceAccounts/{terraform}:signBlob");
        let deployer = Principal::user("d@example.com");
        let body = json!({ "payload": "eA==" });
        assert_eq!(world.ask_as(&deployer, &sign, body).await.0, 403);
        let read = format!("GET /v3/projects/{project}");
        for (who, status) in [("v", 200), ("o", 200), ("d", 403)] {
            let who = Principal::user(&format!("{who}@example.com"));
            assert_eq!(world.ask_as(&who, &read, Value::Null).await.0, status);
        }
        let secrets = format!("GET /v1/projects/{project}/secrets");
        let viewer = Principal::user("v@example.com");
        assert_ne!(world.ask_as(&viewer, &secrets, Value::Null).await.0, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_who_left_the_spec_loses_access_and_others_keep_theirs() {
    let world = World::new().await;
    world.apply(&spec(TEAM)).await;
    let ids = world
        .factory(&spec(TEAM))
        .project_ids()
        .await
        .expect("the ledger");
    let production = &ids.environments[&"production".parse().expect("valid")];
    // A conditional binding of someone else.
    let read = format!("POST /v3/projects/{production}:getIamPolicy");
    let options = json!({ "options": { "requestedPolicyVersion": 3 } });
    let (_, mut policy) = world.ask(&read, options.clone()).await;
    let foreign = json!({
        "role": "roles/browser", "members": ["user:x@example.com"],
        "condition": { "title": "theirs", "description": "d",
            "expression": "request.time < timestamp(\"2030-01-01T00:00:00Z\")" },
    });
    policy["bindings"]
        .as_array_mut()
        .expect("bindings")
        .push(foreign.clone());
    policy["version"] = 3.into();
    let write = format!("POST /v3/projects/{production}:setIamPolicy");
    assert_eq!(world.ask(&write, json!({ "policy": policy })).await.0, 200);

    let less = spec("processes: {web: }\n");
    world.apply(&less).await;
    let (_, policy) = world.ask(&read, options).await;
    assert!(
        policy["bindings"]
            .as_array()
            .expect("bindings")
            .contains(&foreign),
        "{policy}"
    );
    let account = product::terraform_account(production);
    let path = format!("POST /v1/projects/{production}/serviceAccounts/{account}:getIamPolicy");
    let (_, policy) = world.ask(&path, Value::Null).await;
    assert!(!policy.to_string().contains(DEPLOYER), "{policy}");
}

#[tokio::test(start_paused = true)]
async fn a_level_in_one_environment_holds_there_only() {
    let world = World::new().await;
    let mut spec = named("shop", "");
    let staging = "staging".parse().expect("valid");
    let team = &mut spec.environments.get_mut(&staging).expect("there").team;
    team.deployers.insert(DEPLOYER.parse().expect("valid"));
    world.apply(&spec).await;
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    let ids = world
        .factory(&spec)
        .project_ids()
        .await
        .expect("the ledger");
    for (name, project) in &ids.environments {
        let expected = if *name == staging { 200 } else { 403 };
        let account = product::terraform_account(project);
        assert_eq!(
            mint(&world, "d@example.com", account.as_str()).await,
            expected,
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_runs_as_a_default_identity_is_named() {
    let world = World::with(|cloud| {
        cloud.add_project("debian-cloud", 3, None);
        let images = "//cloudresourcemanager.googleapis.com/projects/debian-cloud";
        let everybody = "allAuthenticatedUsers";
        cloud.grant(images, "roles/compute.imageUser", everybody, None);
    })
    .await;
    let spec = spec("apis: [run.googleapis.com]\noptions: {default_network: keep}\n");
    world.apply(&spec).await;
    let factory = world.factory(&spec);
    assert_eq!(factory.default_identities().await.expect("read"), []);
    let ids = factory.project_ids().await.expect("the ledger");
    let project = &ids.environments[&"staging".parse().expect("valid")];
    let account = product::deployer_account(project);
    for (service, account) in [("web", None), ("own", Some(account.as_str()))] {
        let path = format!(
            "POST /v2/projects/{project}/locations/us-central1/services?serviceId={service}"
        );
        let mut body = json!({ "template": { "containers": [{ "image": "us-docker.pkg.dev/cloudrun/container/hello" }] } });
        if let Some(account) = account {
            body["template"]["serviceAccount"] = account.into();
        }
        let (status, made) = world.ask(&path, body).await;
        assert_eq!(status, 200, "{made}");
    }
    let path = format!("POST /compute/v1/projects/{project}/zones/us-central1-a/instances");
    let machine = json!({
        "name": "pet", "machineType": "zones/us-central1-a/machineTypes/e2-micro",
        "disks": [{ "boot": true, "initializeParams": {
            "sourceImage": "projects/debian-cloud/global/images/family/debian-12" } }],
        "networkInterfaces": [{}],
        "serviceAccounts": [{ "email": "default",
            "scopes": ["https://www.googleapis.com/auth/cloud-platform"] }],
    });
    let (status, made) = world.ask(&path, machine).await;
    assert_eq!(status, 200, "{made}");
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let found = factory.default_identities().await.expect("read");
    let found: Vec<&str> = found
        .iter()
        .map(|identity| identity.what.as_str())
        .collect();
    assert_eq!(
        found,
        ["service web in us-central1", "machine pet in us-central1-a"]
    );
}

/// Google counts the writes of policies by the minute: 600.
#[tokio::test(start_paused = true)]
async fn twenty_products_stay_within_the_quota_of_writes() {
    let world = World::new()
        .await
        .with_latency(std::time::Duration::from_millis(100));
    let mut products = Vec::new();
    for number in 0..20 {
        let mut spec = named(&format!("shop-{number:02}"), TEAM);
        spec.environments.insert(
            "testing".parse().expect("valid"),
            product::Environment::default(),
        );
        products.push(world.factory(&spec));
    }
    let mut applied = stream::iter(&products)
        .map(async |factory| {
            let plan = factory.plan().await.expect("observed");
            factory.apply(&plan, &|_| {}).await.expect("the ledger")
        })
        .buffer_unordered(product::CONCURRENT_PRODUCTS);
    while let Some(report) = applied.next().await {
        assert!(report.is_done(), "{:#?}", report.outcomes);
    }
    let mut minutes: BTreeMap<u64, usize> = BTreeMap::new();
    for (method, at) in world.times() {
        if method.starts_with("iam.") || method.ends_with("setIamPolicy") {
            *minutes.entry(at.as_secs() / 60).or_default() += 1;
        }
    }
    let most = minutes.values().max().copied().unwrap_or_default();
    assert!((1..=600).contains(&most), "{minutes:?}");
}
