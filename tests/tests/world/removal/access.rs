//! Scenarios that together make every call that the deployment makes. Each checks
//! what an operator would see: jobs end as expected and in time, no machine is
//! left, and there are no unexpected dead letters.

use bytes::Bytes;
use events::JobSpec;
use futures_util::future::LocalBoxFuture;
use http::Request;
use jobs::{Job, JobState};
use names::{Duration, Timestamp};
use serde_json::{Value, json};
use simulator::api::compute::RepeatedRequest;
use std::rc::Rc;
use tests::{
    chaos::{ConnectionFault, FaultRates},
    clock::DAY,
    scenario::{MINUTE, exited, id, machine_name, runs, spot, with_faults, work},
    world::{VolumeGrant, World, WorldConfig},
};
use tokio::time::sleep;

type ScenarioFn = for<'a> fn(&'a World) -> LocalBoxFuture<'a, Result<(), String>>;

/// A named scenario and the configuration of its world.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) plan: fn() -> WorldConfig,
    /// How many dead letters it provokes.
    dead_letters: usize,
    run: ScenarioFn,
}

impl Scenario {
    /// Runs the scenario in `world`.
    ///
    /// # Errors
    /// It does not end as expected, or leaves a machine or a dead letter.
    pub(crate) async fn run_in(&self, world: &Rc<World>) -> Result<(), String> {
        world.watch_dead_letters().await;
        (self.run)(world).await?;
        let letters = world.dead_letters().await;
        check(letters.len() == self.dead_letters, || {
            format!("dead letters: {letters:?}")
        })?;
        let machines = world.machines().await;
        check(machines.is_empty(), || format!("left over: {machines:?}"))
    }
}

fn check(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

fn calm() -> WorldConfig {
    WorldConfig::calm(1)
}

const fn scenario(name: &'static str, plan: fn() -> WorldConfig, run: ScenarioFn) -> Scenario {
    Scenario {
        name,
        plan,
        dead_letters: 0,
        run,
    }
}

/// The data volume that scenarios use.
pub(crate) const VOLUME: &str = "data";

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario("plain run", calm, |w| Box::pin(plain(w))),
    scenario("run with a volume", calm, |w| {
        Box::pin(async move { run_with_volume(w, None).await })
    }),
    scenario("run with an SSH key", calm, |w| Box::pin(with_ssh_key(w))),
    scenario("queued twice", calm, |w| Box::pin(queued_twice(w))),
    scenario("cancelled run", calm, |w| Box::pin(cancelled(w))),
    scenario("refused in the first response", calm, |w| {
        Box::pin(refused_at_once(w))
    }),
    scenario("refused by an operation", repeats_are_ignored, |w| {
        Box::pin(refused_by_operation(w))
    }),
    scenario("refused everywhere", calm, |w| {
        Box::pin(refused_everywhere(w))
    }),
    scenario("preempted run", calm, |w| Box::pin(preempted(w))),
    scenario("preempted boot", calm, |w| Box::pin(preempted_boot(w))),
    scenario("lost reports", reports_lost, |w| Box::pin(lost_reports(w))),
    scenario("lost claim response", claim_responses_lost, |w| {
        Box::pin(lost_claim_response(w))
    }),
    scenario("leftover machine", calm, |w| Box::pin(leftover_machine(w))),
    scenario("continued by job-queued", cut_off, |w| {
        Box::pin(continued_by_queue(w))
    }),
    scenario("continued by maintenance-noticed", cut_off, |w| {
        Box::pin(continued_by_notice(w))
    }),
    Scenario {
        name: "unreadable events",
        plan: calm,
        dead_letters: 3,
        run: |w| Box::pin(unreadable(w)),
    },
];

/// The job ends with code 3, this soon.
async fn ends(world: &World, longest: Duration) -> Result<Job, String> {
    let job = world.wait_until_done("train", longest).await?;
    check(job.outcome() == Some(&exited(3)), || format!("{job:#?}"))?;
    Ok(job)
}

async fn plain(world: &World) -> Result<(), String> {
    world.submit(&id("train"), &work(30, 3));
    ends(world, 3 * MINUTE).await.map(drop)
}

/// A job with a volume of which a grant may be missing.
pub(crate) async fn run_with_volume(
    world: &World,
    missing: Option<VolumeGrant>,
) -> Result<(), String> {
    let mut spec = work(30, 3);
    spec.volume = Some(world.volume_without(VOLUME, missing).await);
    world.submit(&id("train"), &spec);
    ends(world, 3 * MINUTE).await.map(drop)
}

async fn with_ssh_key(world: &World) -> Result<(), String> {
    world
        .give_ssh_key("-----BEGIN OPENSSH PRIVATE KEY-----")
        .await;
    let spec = JobSpec {
        ssh_key: true,
        ..work(30, 3)
    };
    world.submit(&id("train"), &spec);
    ends(world, 3 * MINUTE).await.map(drop)
}

async fn queued_twice(world: &World) -> Result<(), String> {
    world.submit(&id("train"), &work(30, 3));
    world.submit(&id("train"), &work(30, 3));
    ends(world, 3 * MINUTE).await.map(drop)
}

async fn cancelled(world: &World) -> Result<(), String> {
    world.submit(&id("train"), &work(3000, 3));
    world.wait_until("train", runs, 3 * MINUTE).await?;
    world.cancel(&id("train"));
    let job = world.wait_until_done("train", MINUTE).await?;
    check(job.outcome() == Some(&jobs::JobOutcome::Cancelled), || {
        format!("{job:#?}")
    })
}

async fn refused_at_once(world: &World) -> Result<(), String> {
    world.set_refuse_at_once(true);
    world.set_stockouts(&["us-central1-a"], &[]);
    plain(world).await
}

/// Repeating the request does not show why there is no machine.
fn repeats_are_ignored() -> WorldConfig {
    WorldConfig {
        repeats: RepeatedRequest::IsIgnored,
        ..calm()
    }
}

async fn refused_by_operation(world: &World) -> Result<(), String> {
    world.set_stockouts(&["us-central1-a"], &[]);
    world.submit(&id("train"), &work(30, 3));
    ends(world, 5 * MINUTE).await.map(drop)
}

fn waits(job: &Job) -> bool {
    matches!(job.state, JobState::Queued { .. })
}

async fn refused_everywhere(world: &World) -> Result<(), String> {
    world.set_refuse_at_once(true);
    world.set_stockouts(&["us-central1-a", "us-central1-b", "us-east1-b"], &[]);
    world.submit(&id("train"), &work(30, 3));
    world.wait_until("train", waits, MINUTE).await?;
    world.set_stockouts(&[], &[]);
    ends(world, 35 * MINUTE).await.map(drop)
}

async fn preempted(world: &World) -> Result<(), String> {
    world.submit(&id("train"), &spot(work(120, 3)));
    world.wait_until("train", runs, 3 * MINUTE).await?;
    for machine in world.powered() {
        world.preempt_machine(&machine);
    }
    let job = ends(world, 10 * MINUTE).await?;
    check(job.counters.lost == 1, || format!("{job:#?}"))
}

/// Logs that the host of the job's first machine failed, as Compute Engine may do
/// repeatedly.
fn notice(world: &World, zone: &str) {
    let project = &world.deployment.settings.project;
    let entry = json!({
        "logName": format!("projects/{project}/logs/cloudaudit.googleapis.com%2Fsystem_event"),
        "protoPayload": {
            "methodName": "compute.instances.hostError",
            "resourceName": format!("projects/{project}/zones/{zone}/instances/{}", machine_name("train", 1)),
        },
        "resource": { "labels": { "instance_id": "1", "zone": zone, "project_id": project } },
    });
    world.publish(&world.deployment.maintenance.to_string(), &entry, &[]);
}

/// The machine is lost before its agent speaks, and no zone has another.
async fn preempted_boot(world: &World) -> Result<(), String> {
    world.set_refuse_at_once(true);
    world.submit(&id("train"), &spot(work(30, 3)));
    world
        .wait_until(
            "train",
            |job| matches!(job.state, JobState::Launching { .. }),
            MINUTE,
        )
        .await?;
    world.set_stockouts(&["us-central1-a", "us-central1-b", "us-east1-b"], &[]);
    notice(world, "us-central1-a");
    world.wait_until("train", waits, MINUTE).await?;
    world.set_stockouts(&[], &[]);
    ends(world, 35 * MINUTE).await.map(drop)
}

/// Every report of an agent is lost.
fn reports_lost() -> WorldConfig {
    with_faults(
        FaultRates {
            report_lost: 1000,
            ..FaultRates::default()
        },
        60 * MINUTE,
    )
}

async fn lost_reports(world: &World) -> Result<(), String> {
    world.submit(&id("train"), &work(30, 3));
    ends(world, 20 * MINUTE).await.map(drop)
}

/// The responses to claims are lost for two minutes.
fn claim_responses_lost() -> WorldConfig {
    let cut = |who: &str, request: &Request<Bytes>, now: Timestamp| {
        let claim = who == "agent" && request.uri().to_string().contains("claim.json");
        (claim && request.method() == "POST" && now < DAY + 2 * MINUTE)
            .then_some(ConnectionFault::BeforeResponse)
    };
    WorldConfig {
        connection_faults: Some(cut),
        ..calm()
    }
}

async fn lost_claim_response(world: &World) -> Result<(), String> {
    world.submit(&id("train"), &work(30, 3));
    ends(world, 8 * MINUTE).await.map(drop)
}

async fn leftover_machine(world: &World) -> Result<(), String> {
    plain(world).await?;
    let labels = json!({
        "groundcrew-deployment": world.deployment.settings.deployment_id(),
        "groundcrew-job": "train", "groundcrew-attempt": "1",
    });
    world
        .launch("us-central1-b", &machine_name("train", 1), &labels)
        .await;
    sleep(6 * MINUTE).await;
    Ok(())
}

/// How long job-changed cannot reach the bucket.
const CUT_OFF: Duration = Duration::from_secs(360);

fn cut_off() -> WorldConfig {
    let cut = |who: &str, request: &Request<Bytes>, now: Timestamp| {
        let stored = who == "job-changed" && request.uri().path().contains("/storage/");
        (stored && now < DAY + CUT_OFF).then_some(ConnectionFault::BeforeRequest)
    };
    WorldConfig {
        connection_faults: Some(cut),
        ..calm()
    }
}

/// A teardown starts, and job-changed cannot continue it.
async fn begin_teardown(world: &World) -> Result<(), String> {
    world.submit(&id("train"), &work(3000, 3));
    world.wait_until("train", runs, 3 * MINUTE).await?;
    world.cancel(&id("train"));
    sleep(Duration::from_secs(10)).await;
    let job = world
        .wait_until(
            "train",
            |job| matches!(job.state, JobState::Deleting { .. }),
            MINUTE,
        )
        .await?;
    check(job.outcome().is_none(), || format!("{job:#?}"))
}

/// The job is done while job-changed is still cut off.
async fn ends_without_job_changed(world: &World) -> Result<(), String> {
    let job = world.wait_until_done("train", MINUTE).await?;
    check(job.outcome() == Some(&jobs::JobOutcome::Cancelled), || {
        format!("{job:#?}")
    })?;
    check(world.now() < DAY + CUT_OFF, || "too late".to_owned())?;
    sleep(10 * MINUTE).await;
    Ok(())
}

async fn continued_by_queue(world: &World) -> Result<(), String> {
    begin_teardown(world).await?;
    world.submit(&id("train"), &work(3000, 3));
    ends_without_job_changed(world).await
}

async fn continued_by_notice(world: &World) -> Result<(), String> {
    begin_teardown(world).await?;
    notice(world, "us-central1-a");
    ends_without_job_changed(world).await
}

async fn unreadable(world: &World) -> Result<(), String> {
    let deployment = &world.deployment;
    let (queue, changes) = (
        deployment.queue.to_string(),
        deployment.topics.changes.to_string(),
    );
    world.publish(&queue, &json!({}), &[("job", "Not An Id")]);
    world.publish(&changes, &Value::Null, &[]);
    world.publish(&deployment.maintenance.to_string(), &Value::Null, &[]);
    sleep(MINUTE).await;
    Ok(())
}
