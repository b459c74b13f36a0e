//! One seed of another simulation: two deployments of one name share a project, two
//! projects have one home, and records are lost.

use crate::{
    sim::{SeedResult, run_jobs},
    world::{World, WorldConfig, neighbour::run_with_neighbour},
};
use account::{DeploymentState, Deployments, Spec};
use deployment::{CUSTOMER, Identity, account};
use ledger::Ledger;
use names::{Duration, ProjectId};
use serde_json::{Value, json};
use std::{collections::BTreeMap, rc::Rc, sync::PoisonError};
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_secs(60);
/// The object of a deployment's record.
const RECORD: &str = "groundcrew%2Fdeployment.json";

/// Runs the seeds.
///
/// # Panics
/// If any seed fails.
pub fn run_seeds(range: std::ops::Range<u64>) {
    let failed = range.filter_map(|seed| {
        let violations = run_seed(&WorldConfig::stormy(seed)).violations;
        (!violations.is_empty()).then_some((seed, violations))
    });
    let failed: BTreeMap<u64, Vec<String>> = failed.collect();
    assert!(failed.is_empty(), "seeds that fail: {failed:#?}");
}

/// Runs jobs in both deployments, with the same IDs, while a second project is set up,
/// revoked and set up again and records are lost. Checks that nothing of the one is
/// changed by the other, that lost records are restored, and that a deletion leaves
/// nothing.
#[must_use]
pub fn run_seed(config: &WorldConfig) -> SeedResult {
    run_with_neighbour(config, async |world, neighbour| {
        // The jobs run with it: what it changes in the project comes before the rest.
        world.volume("data").await;
        let before = fingerprint(&world).await;
        let (mut result, theirs, mut violations) = tokio::join!(
            run_jobs(&world),
            run_jobs(&neighbour),
            disturb_setups(&world)
        );
        result.violations.extend(theirs.violations);
        result.violations.append(&mut violations);
        result.violations.extend(restored(&world).await);
        result.violations.extend(deleted(&world).await);
        if fingerprint(&world).await != before {
            let project = &world.deployment.settings.project;
            result.violations.push(format!("{project} was changed"));
        }
        result.violations.extend(deleted_by_others(&world));
        let expected = refused_record(&world);
        result.violations.retain(|text| *text != expected);
        result
    })
}

fn customer() -> ProjectId {
    CUSTOMER.parse().expect("a project's ID")
}

/// What is refused where an event names the bucket of another project: whoever sets
/// projects up may not read it.
fn refused_record(world: &World) -> String {
    let who = account(&world.deployment, Identity::ProjectProvisioned);
    let bucket = &world.deployment.settings.bucket;
    let (read, record) = ("storage.objects.get", "groundcrew/deployment.json");
    format!("serviceAccount:{who} {read}: {read} on projects/_/buckets/{bucket}/objects/{record}")
}

/// A spec of the customer's project that names the bucket of the jobs' project.
fn confused(world: &World) -> Spec {
    let bucket = &world.deployment.settings.bucket;
    let text = format!("project: {CUSTOMER}\nbucket: {bucket}\n");
    Spec::parse("groundcrew.yaml", &text, None).expect("a spec")
}

fn bucket(spec: &Spec) -> String {
    format!("/storage/v1/b/{}", spec.bucket())
}

async fn lose_record(world: &World, spec: &Spec) {
    // There may be none, or no bucket.
    let path = format!("{}/o/{RECORD}", bucket(spec));
    world.as_operator("DELETE", &path, &Value::Null).await;
}

async fn lose_entry(world: &World) {
    let database = &world.deployment.settings.database;
    let path = format!("/v1/{database}/documents/groundcrew/ledger/deployments/{CUSTOMER}");
    world.as_operator("DELETE", &path, &Value::Null).await;
}

fn request_setup(world: &World, spec: &Value) {
    world.publish(&world.deployment.provisioned.to_string(), spec, &[]);
}

/// What happens to both projects while faults occur.
async fn disturb_setups(world: &Rc<World>) -> Vec<String> {
    let dice = crate::dice::Dice::new(world.config.seed ^ 0x2e5e7);
    let jobs = Spec::of(world.deployment.settings.project.clone());
    let customers = Spec::of(customer());
    let mut violations = Vec::new();
    while world.now() < world.chaos.calm_from {
        match dice.between(0, 9) {
            0..=2 => request_setup(world, &json!({ "project": CUSTOMER })),
            3 => request_setup(
                world,
                &json!({ "project": CUSTOMER, "bucket": jobs.bucket() }),
            ),
            4 => lose_record(world, &customers).await,
            5 => lose_record(world, &jobs).await,
            6 => lose_entry(world).await,
            // It may not be set up.
            7 => drop(world.setup_of(&customers).revoke(false, &|_| {}).await),
            8 => violations.extend(set_up(world, &jobs).await.err()),
            _ => violations.extend(confuse(world).await),
        }
        sleep(Duration::from_secs(dice.between(10, 300))).await;
    }
    violations
}

/// Everything that the owner can do is refused where the spec names another project's
/// bucket.
async fn confuse(world: &World) -> Vec<String> {
    let setup = world.setup_of(&confused(world));
    let mut violations = Vec::new();
    if let Ok(plan) = setup.plan().await
        && let Ok(report) = setup.apply(&plan, &|_| {}).await
        && report.is_done()
    {
        violations.push("the bucket of another project was taken for a setup".to_owned());
    }
    if let Ok(plan) = setup.plan_teardown().await
        && !plan.is_empty()
        && setup.delete(&plan, &|_| {}).await.is_ok()
    {
        violations.push("a setup was deleted with the bucket of another".to_owned());
    }
    violations
}

/// Sets a project up as its owner; afterwards it is, and has a record.
async fn set_up(world: &World, spec: &Spec) -> Result<(), String> {
    let setup = world.setup_of(spec);
    let plan = setup.plan().await.map_err(|errors| format!("{errors:?}"))?;
    let report = setup.apply(&plan, &|_| {}).await;
    let report = report.map_err(|error| error.to_string())?;
    match report.is_done() {
        true => is_set_up(world, spec).await,
        false => Err(format!("{plan}\n{:#?}", report.outcomes)),
    }
}

async fn is_set_up(world: &World, spec: &Spec) -> Result<(), String> {
    let setup = world.setup_of(spec);
    let plan = setup.plan().await.map_err(|errors| format!("{errors:?}"))?;
    let record = setup.record().await.map_err(|error| error.to_string())?;
    match (plan.is_empty(), record) {
        (true, Some(_)) => Ok(()),
        (false, _) => Err(format!("{} has drifted: {plan}", spec.project)),
        (true, None) => Err(format!("{} has no record", spec.project)),
    }
}

/// Requests the setup of the customer's project until it is ready.
async fn provisioned(world: &World) -> Result<(), String> {
    let database = world.deployment.settings.database.clone();
    let deployments = Deployments::new(Ledger::new(world.operator(), database));
    let mut latest = None;
    for _ in 0..12 {
        let requested = world.now();
        request_setup(world, &json!({ "project": CUSTOMER }));
        sleep(10 * MINUTE).await;
        latest = deployments.get(&customer()).await.expect("the ledger");
        let is_ready = latest.as_ref().is_some_and(|latest| {
            latest.requested_at >= requested && latest.state == DeploymentState::Ready
        });
        if is_ready {
            return Ok(());
        }
    }
    Err(format!("{CUSTOMER} is not set up: {latest:#?}"))
}

/// Once things are calm, each project is set up and has a record after one more apply.
async fn restored(world: &World) -> Vec<String> {
    let (jobs, customers) = (
        Spec::of(world.deployment.settings.project.clone()),
        Spec::of(customer()),
    );
    lose_record(world, &customers).await;
    let results = [
        set_up(world, &jobs).await,
        provisioned(world).await,
        is_set_up(world, &customers).await,
    ];
    results.into_iter().filter_map(Result::err).collect()
}

/// The customer deletes the setup, without a record, and nothing is left of it.
async fn deleted(world: &World) -> Vec<String> {
    let spec = Spec::of(customer());
    lose_record(world, &spec).await;
    let setup = world.setup_of(&spec);
    let mut violations = Vec::new();
    match setup.plan_teardown().await {
        Err(errors) => violations.push(format!("{errors:?}")),
        Ok(plan) => match setup.delete(&plan, &|_| {}).await {
            Ok(report) if report.is_done() => {}
            Ok(report) => violations.push(format!("{plan}\n{:#?}", report.outcomes)),
            Err(error) => violations.push(error.to_string()),
        },
    }
    let gone = world.as_operator("GET", &bucket(&spec), &Value::Null).await;
    if gone.0 != 404 {
        violations.push(format!("{} is left", spec.bucket()));
    }
    let left = state(world, &spec).await.to_string();
    let manager = world.deployment.settings.resource_manager.as_str();
    for ours in [manager, "groundcrew-instances@", "networks/groundcrew"] {
        if left.contains(ours) {
            violations.push(format!("{ours} is left in {CUSTOMER}: {left}"));
        }
    }
    violations
}

/// What a setup consists of, as the API shows it.
async fn state(world: &World, spec: &Spec) -> Value {
    let (project, bucket) = (&spec.project, bucket(spec));
    let account = format!("groundcrew-instances@{project}.iam.gserviceaccount.com");
    let account = format!("/v1/projects/{project}/serviceAccounts/{account}");
    let version = json!({ "options": { "requestedPolicyVersion": 3 } });
    let mut state = Vec::new();
    for (verb, path, body) in [
        (
            "POST",
            format!("/v1/projects/{project}:getIamPolicy"),
            version,
        ),
        (
            "GET",
            format!("/v1/projects/{project}/serviceAccounts"),
            Value::Null,
        ),
        ("POST", format!("{account}:getIamPolicy"), Value::Null),
        (
            "GET",
            format!("/v1/projects/{project}/roles?view=FULL"),
            Value::Null,
        ),
        ("GET", bucket.clone(), Value::Null),
        (
            "GET",
            format!("{bucket}/iam?optionsRequestedPolicyVersion=3"),
            Value::Null,
        ),
        ("GET", format!("{bucket}/managedFolders"), Value::Null),
        ("GET", format!("/v1/{}", spec.key()), Value::Null),
        (
            "GET",
            format!("/v1/{}:getIamPolicy", spec.key()),
            Value::Null,
        ),
        (
            "GET",
            format!("/compute/v1/projects/{project}/global/networks"),
            Value::Null,
        ),
    ] {
        state.push(world.as_operator(verb, &path, &body).await.1);
    }
    state.into()
}

/// The state of the setup of the jobs' project, without what each write changes.
async fn fingerprint(world: &World) -> Value {
    fn without_versions(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let versions = ["etag", "metageneration", "updated", "timeUpdated"];
                fields.retain(|name, _| !versions.contains(&name.as_str()));
                fields.values_mut().for_each(without_versions);
            }
            Value::Array(items) => items.iter_mut().for_each(without_versions),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let spec = Spec::of(world.deployment.settings.project.clone());
    let mut state = state(world, &spec).await;
    without_versions(&mut state);
    state
}

/// The machines that somebody else deleted than who made them.
fn deleted_by_others(world: &World) -> Vec<String> {
    let audit = world.audit.lock().unwrap_or_else(PoisonError::into_inner);
    let mut makers = BTreeMap::new();
    let mut violations = Vec::new();
    for call in audit.iter().filter(|call| call.status < 300) {
        let checked = |permission: &str| {
            let mut checks = call.permissions.iter();
            checks.find(|check| check.permission == permission)
        };
        if let Some(made) = checked("compute.instances.create") {
            makers.insert(made.resource.clone(), call.principal.clone());
        }
        if let Some(deleted) = checked("compute.instances.delete")
            && let Some(maker) = makers.get(&deleted.resource)
            && *maker != call.principal
        {
            let (machine, who) = (&deleted.resource, &call.principal);
            violations.push(format!("{who} deleted {machine} of {maker}"));
        }
    }
    violations
}
