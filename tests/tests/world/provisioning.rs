//! Projects that an event sets up, repairs and removes, with exactly the roles
//! of the function that does it: no call is refused, and each scenario fails
//! without any one permission that it uses.

use account::{Deployment, DeploymentState, Deployments, Setup, Spec, remove};
use deployment::{CUSTOMER, Identity, account, project_settings, roles};
use futures_util::future::LocalBoxFuture;
use ledger::Ledger;
use names::{Duration, Internet, ProjectId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{
    retry::retry_for,
    scenario::{HOUR, MINUTE},
    world::{World, WorldConfig, run},
};
use tokio::time::sleep;

type Scenario = for<'a> fn(&'a World) -> LocalBoxFuture<'a, Result<(), String>>;

const SCENARIOS: [(&str, Scenario); 3] = [
    ("setup", |w| Box::pin(set_up(w))),
    ("repair", |w| Box::pin(repair(w))),
    ("removal", |w| Box::pin(removal(w))),
];

fn check(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

fn customer() -> ProjectId {
    CUSTOMER.parse().expect("a project's id")
}

/// With everything that a spec can ask for.
fn spec() -> Spec {
    let mut spec = Spec::of(customer());
    spec.internet = Internet::Nat;
    spec
}

fn setup(world: &World) -> Setup {
    let settings = project_settings(&world.deployment);
    Setup::new(world.operator(), &spec(), &settings)
}

fn deployments(world: &World) -> Deployments {
    let database = world.deployment.settings.database.clone();
    Deployments::new(Ledger::new(world.operator(), database))
}

async fn deployment(world: &World) -> Option<Deployment> {
    let known = deployments(world).get(&customer()).await;
    known.expect("the ledger reads")
}

/// Publishes `project-provisioned`, and waits until the project is set up.
async fn request_setup(world: &World) -> Result<(), String> {
    let topic = world.deployment.provisioned.to_string();
    let requested_at = world.now();
    let event = json!({ "project": CUSTOMER, "internet": "nat" });
    world.publish(&topic, &event, &[]);
    let mut latest = None;
    let ended = retry_for(HOUR, Duration::from_secs(5), async || {
        latest = deployment(world).await;
        let answered = latest
            .as_ref()
            .filter(|latest| latest.requested_at >= requested_at)?;
        match &answered.state {
            DeploymentState::Ready => Some(Ok(())),
            DeploymentState::Failed { reason } => Some(Err(reason.clone())),
            DeploymentState::Applying
            | DeploymentState::Removing { .. }
            | DeploymentState::Retained { .. }
            | DeploymentState::Removed => None,
        }
    });
    let ended = ended.await;
    ended.ok_or_else(|| format!("after an hour: {latest:#?}"))??;
    let plan = setup(world).plan().await;
    let plan = plan.map_err(|errors| format!("{errors:?}"))?;
    check(plan.is_empty(), || plan.to_string())
}

/// An empty project, without any enabled API, is set up.
async fn set_up(world: &World) -> Result<(), String> {
    world.host.with(|cloud, _| cloud.without_apis(CUSTOMER));
    request_setup(world).await
}

/// Resources that were changed or deleted by hand are repaired.
async fn repair(world: &World) -> Result<(), String> {
    request_setup(world).await?;
    let roles = format!("/v1/projects/{CUSTOMER}/roles");
    let machines = format!("groundcrew-instances@{CUSTOMER}.iam.gserviceaccount.com");
    let account = format!("/v1/projects/{CUSTOMER}/serviceAccounts/{machines}");
    let bucket = format!("/storage/v1/b/{CUSTOMER}-groundcrew");
    let key = format!(
        "/v1/projects/{CUSTOMER}/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets"
    );
    for (verb, path, body) in [
        (
            "PATCH",
            format!("{roles}/groundcrewInstance?updateMask=includedPermissions"),
            json!({ "includedPermissions": ["storage.objects.get"] }),
        ),
        (
            "PATCH",
            account.clone(),
            json!({ "serviceAccount": { "displayName": "x" }, "updateMask": "displayName" }),
        ),
        ("POST", format!("{account}:disable"), json!({})),
        (
            "PATCH",
            bucket,
            json!({ "versioning": { "enabled": true } }),
        ),
        (
            "PATCH",
            format!("{key}?updateMask=labels"),
            json!({ "labels": {} }),
        ),
        (
            "POST",
            format!(
                "/compute/v1/projects/{CUSTOMER}/regions/us-central1/subnetworks/groundcrew/setPrivateIpGoogleAccess"
            ),
            json!({ "privateIpGoogleAccess": false }),
        ),
        (
            "PATCH",
            format!(
                "/v2/projects/{CUSTOMER}/sinks/groundcrew-default?uniqueWriterIdentity=true&updateMask=filter"
            ),
            json!({ "filter": "severity>=ERROR" }),
        ),
        (
            "PATCH",
            format!("/compute/v1/projects/{CUSTOMER}/regions/us-central1/routers/groundcrew"),
            json!({ "nats": [] }),
        ),
        (
            "POST",
            format!("{key}/cryptoKeyVersions/1:destroy"),
            json!({}),
        ),
        (
            "DELETE",
            format!("{roles}/groundcrewResourceManager"),
            Value::Null,
        ),
    ] {
        world.operate(verb, &path, &body).await;
    }
    sleep(MINUTE).await;
    request_setup(world).await?;
    world.operate("DELETE", &account, &Value::Null).await;
    sleep(MINUTE).await;
    request_setup(world).await
}

/// A removal whose operator only recorded the start is finished by the sweep.
async fn removal(world: &World) -> Result<(), String> {
    request_setup(world).await?;
    let record = setup(world).record().await.expect("read");
    let record = record.expect("there is one");
    let (spec, now) = (spec(), world.now());
    let project = customer();
    let ledger = deployments(world);
    let begun = ledger.change(&project, |before| Some(remove(before, &spec, &record, now)));
    begun.await.expect("the ledger");
    let mut latest = None;
    let removed = retry_for(40 * 24 * HOUR, HOUR, async || {
        latest = deployment(world).await;
        let state = &latest.as_ref()?.state;
        (*state == DeploymentState::Removed).then_some(())
    });
    let removed = removed.await;
    check(removed.is_some(), || format!("{latest:#?}"))?;
    let plan = setup(world).plan_teardown().await;
    let plan = plan.map_err(|errors| format!("{errors:?}"))?;
    check(plan.is_empty(), || plan.to_string())?;
    let ring = format!("/v1/projects/{CUSTOMER}/locations/us-central1/keyRings/groundcrew-default");
    let operator = simulator::iam::Principal::user(groundcrew::local::install::OPERATOR);
    let (status, _) = world.call(&operator, "GET", &ring, &Value::Null).await;
    check(status == 404, || format!("{ring}: {status}"))
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
        assert_eq!(world.refusals(), Vec::<String>::new(), "{name}");
        let account = account(&world.deployment, Identity::ProjectProvisioned);
        let principal = format!("serviceAccount:{account}");
        let calls = world.calls().into_iter();
        let own = calls.filter(|call| call.principal == principal);
        own.flat_map(|call| call.permissions)
            .map(|check| check.permission)
            .collect()
    })
}

#[test]
fn every_permission_of_the_function_is_needed_and_none_is_missing() {
    let scenarios: Vec<(&str, Scenario, BTreeSet<String>)> = SCENARIOS
        .into_iter()
        .map(|(name, scenario)| (name, scenario, used(name, scenario)))
        .collect();
    let own = roles(&deployment::Deployment::local()).into_iter();
    let own = own.filter(|role| role.identity == Identity::ProjectProvisioned);
    let mut granted: BTreeSet<&str> = own.flat_map(|role| role.permissions).collect();
    // Only a failed scenario publishes dead letters.
    assert!(granted.remove("pubsub.topics.publish"));
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
                .push((Identity::ProjectProvisioned, permission.to_owned()));
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
