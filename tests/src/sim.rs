//! One seed of the simulation: jobs while violations occur, then calm, then checks.

use crate::{
    oracle::CommandRun,
    world::{World, WorldConfig, run},
};
use events::{ExitStatus, JobSpec};
use jobs::{Job, JobOutcome};
use names::{Duration, JobId};
use std::{mem, rc::Rc};
use tokio::time::sleep;

/// When all jobs must be done: long after the last fault.
const JOBS_DEADLINE: Duration = Duration::from_secs(8 * 3600);
/// How long after the last job its resources may remain.
const CLEANUP_TIME: Duration = Duration::from_secs(15 * 60);
/// The time limit of a job whose command takes longer.
const LIMIT: Duration = Duration::from_secs(1200);

/// The result of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedResult {
    /// The invariants that were violated.
    pub violations: Vec<String>,
    /// Number of calls to the cloud.
    pub calls: usize,
    /// Number of attempts of all jobs.
    pub attempts: u32,
}

/// Runs the seeds and prints those that fail.
///
/// # Panics
/// If any seed fails.
#[expect(
    clippy::print_stdout,
    reason = "the failures are for whoever runs the tests"
)]
pub fn run_seeds(range: std::ops::Range<u64>) {
    let mut failed = Vec::new();
    let (mut calls, mut attempts, count) = (0, 0, range.end - range.start);
    for seed in range {
        let result = run_seed(&WorldConfig::stormy(seed));
        calls += result.calls;
        attempts += result.attempts;
        if !result.violations.is_empty() {
            println!("seed {seed}: {:#?}", result.violations);
            failed.push(seed);
        }
    }
    println!("{count} seeds, {calls} calls, {attempts} machines");
    assert_eq!(failed, Vec::<u64>::new(), "seeds that fail");
}

/// Finds the first of `seeds` in which the worlds of `config`, which contain a
/// bug, violate an invariant. Returns the seed and the violations.
#[must_use]
pub fn find_failing_seed(
    config: impl Fn(u64) -> WorldConfig,
    seeds: std::ops::Range<u64>,
) -> Option<(u64, Vec<String>)> {
    seeds.into_iter().find_map(|seed| {
        let violations = run_seed(&config(seed)).violations;
        (!violations.is_empty()).then_some((seed, violations))
    })
}

/// Runs jobs in the world of `config` and checks the invariants.
#[must_use]
pub fn run_seed(config: &WorldConfig) -> SeedResult {
    run(config, async |world| run_jobs(&world).await)
}

/// Runs jobs in `world` and checks the invariants.
pub(crate) async fn run_jobs(world: &Rc<World>) -> SeedResult {
    let jobs = submit(world).await;
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id.clone()).collect();
    for id in &ids {
        tokio::task::spawn_local(watch(world.clone(), id.clone()));
    }
    let mut violations = Vec::new();
    for id in world.wait(&ids, JOBS_DEADLINE).await {
        let job = world.job(&id).await;
        violations.push(format!("{id} is not done after {JOBS_DEADLINE:?}: {job:?}"));
    }
    sleep(CLEANUP_TIME).await;
    let mut attempts = 0;
    for job in &jobs {
        if let Some(record) = world.job(&job.id).await {
            attempts += record.attempt.number();
            violations.extend(check_job(world, job, &record));
        }
    }
    for machine in world.machines().await {
        violations.push(format!("{machine} still exists"));
    }
    violations.extend(world.refusals());
    let refusals = world.chaos.zone_refusals.lock();
    violations.extend(
        refusals
            .map(|mut r| mem::take(&mut r.violations))
            .unwrap_or_default(),
    );
    violations.append(&mut world.oracle.borrow_mut().violations);
    let calls = world.audit.lock().map_or(0, |audit| audit.len());
    SeedResult {
        violations,
        calls,
        attempts,
    }
}

struct Submitted {
    id: JobId,
    code: i32,
    cancelled: bool,
    spec: JobSpec,
}

/// Records a violation if a machine that ran the job is there when it is done.
async fn watch(world: Rc<World>, id: JobId) {
    loop {
        sleep(Duration::from_secs(20)).await;
        let job = world.job(&id).await;
        if job.is_some_and(|job| job.outcome().is_some()) {
            break;
        }
    }
    let runs = world.oracle.borrow().runs(&id).to_vec();
    for run in runs.iter().filter(|run| world.exists(&run.instance)) {
        let attempt = run.attempt;
        let what = format!("{id} is done while the machine of attempt {attempt} exists");
        world.oracle.borrow_mut().violated(what);
    }
}

async fn submit(world: &Rc<World>) -> Vec<Submitted> {
    let dice = &world.chaos.dice;
    // The neighbour has no setup, which volumes are a part of.
    let volume = match world.is_neighbour() {
        true => None,
        false => Some(world.volume("data").await),
    };
    let mut jobs = Vec::new();
    for number in 1..=dice.between(1, 3) {
        sleep(Duration::from_secs(dice.between(0, 300))).await;
        let id: JobId = format!("j{number}").parse().expect("a job id");
        let code = if dice.chance(700) { 0 } else { 3 };
        let seconds = [1, 20, 400, 1500][usize::try_from(dice.between(0, 3)).unwrap_or(0)];
        let command = vec!["work".to_owned(), seconds.to_string(), code.to_string()];
        let mut spec = JobSpec::new(command);
        spec.retries = u32::from(dice.chance(500));
        spec.spot = dice.chance(600);
        // Every other job, without a random number: existing seeds stay the same.
        spec.volume = volume.clone().filter(|_| number % 2 == 0);
        let mut code = code;
        if number == 3 && seconds > LIMIT.as_secs() {
            (spec.max_run, code) = (LIMIT, ExitStatus::TimedOut.exit_code());
        }
        let overtaken = world.chaos.occurs(world.chaos.rates.cancelled_early);
        if overtaken {
            world.cancel(&id);
            sleep(Duration::from_secs(dice.between(0, 90))).await;
        }
        world.submit(&id, &spec);
        let cancelled = overtaken || dice.chance(150);
        if cancelled && !overtaken {
            let (world, id) = (world.clone(), id.clone());
            tokio::task::spawn_local(async move {
                sleep(world.chaos.long_delay()).await;
                world.cancel(&id);
            });
        }
        jobs.push(Submitted {
            id,
            code,
            cancelled,
            spec,
        });
    }
    jobs
}

/// After what time a command was stopped for its time limit, if its agent could not
/// have done that first and said so: it gives the command 10 s to end.
fn stopped_early(record: &Job, max_run: Duration) -> Option<Duration> {
    let mut started = None;
    for entry in &record.history {
        if entry.what.starts_with("started") {
            started = Some(entry.at);
        }
        if entry.what == "removing the machine: time limit exceeded" {
            let ran = entry.at.since(started?);
            if ran < max_run + Duration::from_secs(60) {
                return Some(ran);
            }
        }
    }
    None
}

/// The violations by a job that is done.
fn check_job(world: &World, job: &Submitted, record: &Job) -> Vec<String> {
    let mut violations = Vec::new();
    let mut violation = |what: String| violations.push(format!("{}: {what}: {record:?}", job.id));
    let runs = world.oracle.borrow().runs(&job.id).to_vec();
    match record.outcome() {
        Some(JobOutcome::Ended { exit_status }) => {
            if exit_status.exit_code() != job.code {
                violation(format!("ended with {exit_status:?}, not {}", job.code));
            }
            let is_complete = |run: &CommandRun| run.complete && run.attempt == record.attempt;
            // One that exceeded its time limit did not end by itself.
            if *exit_status != ExitStatus::TimedOut && !runs.iter().any(is_complete) {
                violation("no run of the last attempt was complete".to_owned());
            }
        }
        Some(JobOutcome::Cancelled) if job.cancelled => {}
        // Three boot failures in a row fail a job.
        Some(JobOutcome::Failed { .. })
            if record.counters.unstarted >= 3 && world.chaos.rates.boot_failure > 0 => {}
        // So do three machines that stopped by themselves.
        Some(JobOutcome::Failed { .. })
            if record.counters.unexplained >= 3
                && world.chaos.rates.agent_dies + world.chaos.rates.powers_off > 0 => {}
        Some(outcome) => violation(format!("ended as {outcome:?}")),
        None => {}
    }
    let ends = record
        .history
        .iter()
        .filter(|m| m.what.starts_with("done"))
        .count();
    for zone in record
        .zones
        .iter()
        .filter(|zone| world.is_lacking(zone.as_str()))
    {
        let request = format!("requesting a machine in {zone}");
        let requests = record.history.iter().filter(|m| m.what.ends_with(&request));
        if requests.count() > 1 {
            violation(format!("asked {zone} again, which lacks the machine type"));
        }
    }
    if ends > 1 {
        violation(format!("was done {ends} times"));
    }
    let failures = world.recorded_failures(&record.objects(&job.id));
    let allowed = usize::try_from(job.spec.retries + 1).unwrap_or(usize::MAX);
    if failures > allowed {
        violation(format!("failed {failures} times, {allowed} are allowed"));
    }
    if let Some(early) = stopped_early(record, job.spec.max_run) {
        violation(format!("was stopped {early:?} after its start"));
    }
    if let Some(run) = runs.iter().find(|run| run.ended.is_none()) {
        violation(format!("attempt {} is still running", run.attempt));
    }
    violations
}
