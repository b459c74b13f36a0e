//! Projects that an event has set up, mended and finished, with exactly the
//! roles of the function that does it: nothing is refused on the way, and
//! without any one permission that a story uses it fails.

use account::{Deployment, DeploymentState, Deployments, Setup, Spec, remove};
use futures_util::future::LocalBoxFuture;
use groundcrew::deployment::{CUSTOMER, Identity, project, roles, roles::account};
use ledger::Ledger;
use names::{Duration, ProjectId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{
    scenario::{HOUR, MINUTE},
    world::{World, WorldConfig, run},
};
use tokio::time::sleep;

type Story = for<'a> fn(&'a World) -> LocalBoxFuture<'a, Result<(), String>>;

const STORIES: [(&str, Story); 3] = [
    ("set up", |w| Box::pin(set_up(w))),
    ("mended", |w| Box::pin(mended(w))),
    ("taken down", |w| Box::pin(taken_down(w))),
];

fn check(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

fn customer() -> ProjectId {
    CUSTOMER.parse().expect("a project's id")
}

fn setup(world: &World) -> Setup {
    let settings = project::settings(&world.deployment);
    Setup::new(world.operator(), &Spec::of(customer()), &settings)
}

fn deployments(world: &World) -> Deployments {
    let database = world.deployment.settings.database.clone();
    Deployments::new(Ledger::new(world.operator(), database))
}

async fn deployment(world: &World) -> Option<Deployment> {
    let known = deployments(world).get(&customer()).await;
    known.expect("the ledger reads")
}

/// Publishes that the project is there, and waits until it is set up.
async fn asked(world: &World) -> Result<(), String> {
    let topic = world.deployment.provisioned.to_string();
    let asked = world.now();
    world.publish(&topic, &json!({ "project": CUSTOMER }), &[]);
    loop {
        sleep(Duration::from_secs(5)).await;
        let known = deployment(world).await;
        let news = known.as_ref().filter(|known| known.asked >= asked);
        match news.map(|known| &known.state) {
            Some(DeploymentState::Ready) => break,
            Some(DeploymentState::Failed { reason }) => return Err(reason.clone()),
            _ if world.now() > asked + HOUR => return Err(format!("after an hour: {known:#?}")),
            _ => {}
        }
    }
    let plan = setup(world).plan().await;
    let plan = plan.map_err(|errors| format!("{errors:?}"))?;
    check(plan.is_empty(), || plan.to_string())
}

/// A project that has nothing, not even an API.
async fn set_up(world: &World) -> Result<(), String> {
    world.host.with(|cloud, _| cloud.without_apis(CUSTOMER));
    asked(world).await
}

/// What was changed and deleted by hand.
async fn mended(world: &World) -> Result<(), String> {
    asked(world).await?;
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
    asked(world).await?;
    world.operate("DELETE", &account, &Value::Null).await;
    sleep(MINUTE).await;
    asked(world).await
}

/// A removal that its operator began and did not live to carry out.
async fn taken_down(world: &World) -> Result<(), String> {
    asked(world).await?;
    let record = setup(world).record().await.expect("read");
    let record = record.expect("there is one");
    let (spec, now) = (Spec::of(customer()), world.now());
    let project = customer();
    let ledger = deployments(world);
    let begun = ledger.change(&project, |before| Some(remove(before, &spec, &record, now)));
    begun.await.expect("the ledger");
    let until = now + Duration::from_secs(40 * 24 * 3600);
    loop {
        sleep(HOUR).await;
        let known = deployment(world).await.expect("there is one");
        if known.state == DeploymentState::Removed {
            break;
        }
        check(world.now() < until, || format!("{known:#?}"))?;
    }
    let plan = setup(world).plan_teardown().await;
    let plan = plan.map_err(|errors| format!("{errors:?}"))?;
    check(plan.is_empty(), || plan.to_string())?;
    let ring = format!("/v1/projects/{CUSTOMER}/locations/us-central1/keyRings/groundcrew-default");
    let operator = simulator::iam::Principal::user(groundcrew::deployment::install::OPERATOR);
    let (status, _) = world.call(&operator, "GET", &ring, &Value::Null).await;
    check(status == 404, || format!("{ring}: {status}"))
}

fn plan() -> WorldConfig {
    WorldConfig {
        tick: HOUR,
        ..WorldConfig::calm(1)
    }
}

/// What the function uses in a story, once nothing was refused.
fn used(name: &str, story: Story) -> BTreeSet<String> {
    run(&plan(), async |world| {
        let told = story(&world).await;
        told.unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(world.refusals(), Vec::<String>::new(), "{name}");
        let account = account(&world.deployment, Identity::ProjectProvisioned);
        let principal = format!("serviceAccount:{account}");
        let calls = world.calls().into_iter();
        let own = calls.filter(|call| call.principal == principal);
        own.flat_map(|call| call.permissions)
            .map(|asked| asked.permission)
            .collect()
    })
}

#[test]
fn every_permission_of_the_function_is_needed_and_none_is_missing() {
    let stories: Vec<(&str, Story, BTreeSet<String>)> = STORIES
        .into_iter()
        .map(|(name, story)| (name, story, used(name, story)))
        .collect();
    let own = roles(&groundcrew::deployment::Deployment::local()).into_iter();
    let own = own.filter(|role| role.identity == Identity::ProjectProvisioned);
    let mut granted: BTreeSet<&str> = own.flat_map(|role| role.permissions).collect();
    // Dead letters are what a story that fails is about.
    assert!(granted.remove("pubsub.topics.publish"));
    let together: BTreeSet<&str> = stories
        .iter()
        .flat_map(|(.., used)| used.iter().map(String::as_str))
        .collect();
    assert_eq!(
        together, granted,
        "what all stories used, and what is granted"
    );

    let mut unneeded = Vec::new();
    for permission in granted {
        let mut users = stories
            .iter()
            .filter(|(.., used)| used.contains(permission));
        let failing = users.find(|(_, story, _)| {
            let mut plan = plan();
            plan.deny
                .push((Identity::ProjectProvisioned, permission.to_owned()));
            run(&plan, async |world| story(&world).await.is_err())
        });
        println!(
            "{permission:45} {}",
            failing.map_or("NONE", |(name, ..)| name)
        );
        if failing.is_none() {
            unneeded.push(permission);
        }
    }
    assert_eq!(unneeded, Vec::<&str>::new(), "no story misses these");
}
