//! Products that an event makes, changes and restores, with exactly the roles of the
//! function that does it: no call is refused, and each scenario fails without any
//! one permission that it uses.

use account::{DeploymentState, Deployments};
use deployment::{Identity, account, product_settings, roles};
use futures_util::future::LocalBoxFuture;
use ledger::Ledger;
use names::{Duration, ProjectId};
use product::{Factory, Product, Spec, calls, event};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{
    retry::retry_for,
    scenario::{HOUR, MINUTE},
    world::{World, WorldConfig, run},
};
use tokio::time::sleep;

type Scenario = for<'a> fn(&'a World) -> LocalBoxFuture<'a, Result<(), String>>;

const SCENARIOS: [(&str, Scenario); 4] = [
    ("creation", |w| Box::pin(creation(w))),
    ("repair", |w| Box::pin(repair(w))),
    ("reduction", |w| Box::pin(reduction(w))),
    ("restoration", |w| Box::pin(restoration(w))),
];

fn check(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

fn ledger(world: &World) -> Ledger {
    let database = world.deployment.settings.database.clone();
    Ledger::new(world.operator(), database)
}

fn factory(world: &World, spec: &Spec) -> Factory {
    let settings = product_settings(&world.deployment);
    Factory::new(world.operator(), ledger(world), spec, &settings)
}

/// Publishes `product-requested`, and waits until the product is as `spec` says.
async fn request(world: &World, spec: &Spec) -> Result<Product, String> {
    let topic = world.deployment.products.to_string();
    let requested_at = world.now();
    let event = serde_json::to_value(event(spec)).expect("JSON");
    world.publish(&topic, &event, &[]);
    let mut latest = None;
    let ended = retry_for(2 * HOUR, Duration::from_secs(5), async || {
        let product = factory(world, spec).product().await;
        latest = product.expect("the ledger reads");
        let answered = latest.as_ref().filter(|product| {
            product.requested_at.is_some_and(|at| at >= requested_at) && product.due.is_none()
        })?;
        Some(match &answered.failure {
            None => Ok(answered.clone()),
            Some(reason) => Err(reason.clone()),
        })
    });
    let ended = ended.await;
    let product = ended.ok_or_else(|| format!("after two hours: {latest:#?}"))??;
    check(product.is_ready, || format!("{product:#?}"))?;
    Ok(product)
}

/// Each project of the product is set up.
async fn are_set_up(world: &World, product: &Product) -> Result<(), String> {
    for project in product.projects.environments.values() {
        let deployments = Deployments::new(ledger(world));
        let mut latest = None;
        let ready = retry_for(HOUR, MINUTE, async || {
            latest = deployments.get(project).await.expect("the ledger reads");
            let state = &latest.as_ref()?.state;
            (*state == DeploymentState::Ready).then_some(())
        });
        let ready = ready.await;
        check(ready.is_some(), || format!("{project}: {latest:#?}"))?;
    }
    Ok(())
}

/// A product with everything is made, and its projects are set up.
async fn creation(world: &World) -> Result<(), String> {
    let product = request(world, &calls::sample()).await?;
    are_set_up(world, &product).await
}

/// Its first environment's project.
fn first(product: &Product) -> &ProjectId {
    let mut all = product.projects.environments.values();
    all.next().expect("an environment")
}

/// What was changed or deleted by hand is repaired.
async fn repair(world: &World) -> Result<(), String> {
    let mut spec = calls::sample();
    // The setup of jobs would enable APIs at the same time.
    spec.options.jobs = false;
    let project = first(&request(world, &spec).await?).clone();
    let roles = format!("/v1/projects/{project}/roles");
    let account = |id: &str| {
        format!("/v1/projects/{project}/serviceAccounts/{id}@{project}.iam.gserviceaccount.com")
    };
    let terraform = account("terraform-deploy");
    let budgets = "/v1/billingAccounts/000000-000000-000000/budgets";
    let all = world.operate("GET", budgets, &Value::Null).await;
    let budget = all["budgets"][0]["name"].as_str().expect("one").to_owned();
    for (verb, path, body) in [
        (
            "PATCH",
            format!("{roles}/runEditor?updateMask=includedPermissions"),
            json!({ "includedPermissions": ["run.services.get"] }),
        ),
        ("DELETE", format!("{roles}/terraformDeployer"), Value::Null),
        (
            "PATCH",
            terraform.clone(),
            json!({ "serviceAccount": { "displayName": "x" }, "updateMask": "displayName" }),
        ),
        ("POST", format!("{terraform}:disable"), json!({})),
        ("DELETE", account("process-web"), Value::Null),
        (
            "PATCH",
            format!("/v3/projects/{project}?updateMask=labels"),
            json!({ "labels": {} }),
        ),
        (
            "PATCH",
            format!("/storage/v1/b/{project}-terraform-state"),
            json!({ "versioning": { "enabled": false } }),
        ),
        (
            "PATCH",
            format!("/v1/{budget}?updateMask=amount"),
            json!({ "amount": { "specifiedAmount": { "currencyCode": "USD", "units": "7" } } }),
        ),
    ] {
        world.operate(verb, &path, &body).await;
    }
    sleep(MINUTE).await;
    request(world, &spec).await?;
    let plan = factory(world, &spec).plan().await;
    let plan = plan.map_err(|error| gcp::chain(&error))?;
    check(plan.is_empty(), || plan.to_string())
}

/// What is no longer in the spec goes.
async fn reduction(world: &World) -> Result<(), String> {
    let mut spec = calls::sample();
    let product = request(world, &spec).await?;
    are_set_up(world, &product).await?;
    spec.processes.clear();
    spec.budget = None;
    spec.options.lien = false;
    spec.options.jobs = false;
    request(world, &spec).await?;
    Ok(())
}

/// A product that was deleted comes back with its projects.
async fn restoration(world: &World) -> Result<(), String> {
    let mut spec = calls::sample();
    spec.options.jobs = false;
    let before = request(world, &spec).await?;
    let factory = factory(world, &spec);
    let plan = factory.plan_deletion().await.expect("read");
    let report = factory.delete(&plan, &|_| {}).await.expect("the ledger");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    sleep(MINUTE).await;
    let after = request(world, &spec).await?;
    check(after.projects == before.projects, || format!("{after:#?}"))
}

fn plan() -> WorldConfig {
    WorldConfig {
        tick: HOUR,
        ..WorldConfig::calm(1)
    }
}

/// The permissions that the function uses in a scenario without denied calls.
fn used(name: &str, scenario: Scenario) -> BTreeSet<String> {
    run(&plan(), async |world| {
        let ended = scenario(&world).await;
        ended.unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let account = account(&world.deployment, Identity::ProductRequested);
        let principal = format!("serviceAccount:{account}");
        // Google answers 403 for a project that does not exist yet, too.
        let absent = format!("{principal} cloudresourcemanager.projects.get: ");
        let refusals = world.refusals().into_iter();
        let own = refusals.filter(|text| text.starts_with(&principal));
        let own: Vec<String> = own.filter(|text| !text.starts_with(&absent)).collect();
        assert_eq!(own, Vec::<String>::new(), "{name}");
        let calls = world.calls().into_iter();
        let own = calls.filter(|call| call.principal == principal);
        own.flat_map(|call| call.permissions)
            .map(|check| check.permission)
            .collect()
    })
}

#[test]
fn every_permission_of_the_factory_is_needed_and_none_is_missing() {
    let scenarios: Vec<(&str, Scenario, BTreeSet<String>)> = SCENARIOS
        .into_iter()
        .map(|(name, scenario)| (name, scenario, used(name, scenario)))
        .collect();
    let own = roles(&deployment::Deployment::local()).into_iter();
    let own = own.filter(|role| role.identity == Identity::ProductRequested);
    let granted: BTreeSet<&str> = own.flat_map(|role| role.permissions).collect();
    let together: BTreeSet<&str> = scenarios
        .iter()
        .flat_map(|(.., used)| used.iter().map(String::as_str))
        .collect();
    assert_eq!(
        together, granted,
        "what all scenarios used, and what is granted"
    );

    let mut unneeded = Vec::new();
    for permission in granted {
        let mut users = scenarios
            .iter()
            .filter(|(.., used)| used.contains(permission));
        let failing = users.find(|(_, scenario, _)| {
            let mut plan = plan();
            plan.deny
                .push((Identity::ProductRequested, permission.to_owned()));
            run(&plan, async |world| scenario(&world).await.is_err())
        });
        println!(
            "{permission:45} {}",
            failing.map_or("NONE", |(name, ..)| name)
        );
        if failing.is_none() {
            unneeded.push(permission);
        }
    }
    assert_eq!(
        unneeded,
        Vec::<&str>::new(),
        "no scenario fails without these"
    );
}
