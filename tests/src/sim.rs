//! One seed of the simulation: jobs in a storm, then calm, then judgement.

use crate::world::{Plan, World, run};
use events::JobSpec;
use jobs::{Job, JobOutcome};
use names::{Duration, JobId};
use std::rc::Rc;
use tokio::time::sleep;

/// When everything must be over: long after the storm.
const LONGEST: Duration = Duration::from_secs(8 * 3600);
/// After the last job, what is left over must go within this.
const TIDY: Duration = Duration::from_secs(15 * 60);

/// What became of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Everything that must not have been.
    pub faults: Vec<String>,
    /// Calls that were made.
    pub calls: usize,
    /// Machines that the jobs used.
    pub attempts: u32,
}

/// Runs every seed; prints those that fail.
///
/// # Panics
/// If any seed fails.
#[expect(
    clippy::print_stdout,
    reason = "what failed is for whoever runs the tests"
)]
pub fn seeds(range: std::ops::Range<u64>) {
    let mut failed = Vec::new();
    let (mut calls, mut attempts, count) = (0, 0, range.end - range.start);
    for seed in range {
        let verdict = verdict(&Plan::stormy(seed));
        calls += verdict.calls;
        attempts += verdict.attempts;
        if !verdict.faults.is_empty() {
            println!("seed {seed}: {:#?}", verdict.faults);
            failed.push(seed);
        }
    }
    println!("{count} seeds, {calls} calls, {attempts} machines");
    assert_eq!(failed, Vec::<u64>::new(), "seeds that fail");
}

/// Whether any of `seeds` shows that the bug of `plan` is one.
#[must_use]
pub fn finds(
    plan: impl Fn(u64) -> Plan,
    seeds: std::ops::Range<u64>,
) -> Option<(u64, Vec<String>)> {
    seeds.into_iter().find_map(|seed| {
        let faults = verdict(&plan(seed)).faults;
        (!faults.is_empty()).then_some((seed, faults))
    })
}

/// Runs the seed of `plan`.
#[must_use]
pub fn verdict(plan: &Plan) -> Verdict {
    run(plan, async |world| {
        let jobs = submit(&world).await;
        let ids: Vec<JobId> = jobs.iter().map(|job| job.id.clone()).collect();
        let mut faults = Vec::new();
        for id in world.wait(&ids, LONGEST).await {
            let job = world.job(&id).await;
            faults.push(format!("{id} is not done after {LONGEST:?}: {job:?}"));
        }
        sleep(TIDY).await;
        let mut attempts = 0;
        for job in &jobs {
            if let Some(record) = world.job(&job.id).await {
                attempts += record.attempt.number();
                faults.extend(judge(&world, job, &record));
            }
        }
        for machine in world.machines().await {
            faults.push(format!("{machine} is left over"));
        }
        faults.extend(world.refusals());
        faults.append(&mut world.oracle.borrow_mut().violations);
        let calls = world.audit.lock().map_or(0, |audit| audit.len());
        Verdict {
            faults,
            calls,
            attempts,
        }
    })
}

struct Submitted {
    id: JobId,
    code: i32,
    cancelled: bool,
}

async fn submit(world: &Rc<World>) -> Vec<Submitted> {
    let dice = &world.chaos.dice;
    let volume = world.volume("data").await;
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
        // Every other job, without a throw: the seeds stay what they were.
        spec.volume = (number % 2 == 0).then(|| volume.clone());
        world.submit(&id, &spec);
        let cancelled = dice.chance(150);
        if cancelled {
            let (world, id) = (world.clone(), id.clone());
            tokio::task::spawn_local(async move {
                sleep(world.chaos.long_while()).await;
                world.cancel(&id);
            });
        }
        jobs.push(Submitted {
            id,
            code,
            cancelled,
        });
    }
    jobs
}

/// What must not be true of a job that is done.
fn judge(world: &World, job: &Submitted, record: &Job) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |what: String| faults.push(format!("{}: {what}: {record:?}", job.id));
    let runs = world.oracle.borrow().runs(&job.id).to_vec();
    match record.outcome() {
        Some(JobOutcome::Ended { ending }) => {
            if ending.exit_code() != job.code {
                fault(format!("ended with {ending:?}, not {}", job.code));
            }
            if !runs
                .iter()
                .any(|run| run.complete && run.attempt == record.attempt)
            {
                fault("no run of the last attempt was complete".to_owned());
            }
        }
        Some(JobOutcome::Cancelled) if job.cancelled => {}
        // Machines that never boot may come three in a row.
        Some(JobOutcome::Failed { .. })
            if record.counters.unstarted >= 3 && world.chaos.mix.dead_boot > 0 => {}
        Some(outcome) => fault(format!("ended as {outcome:?}")),
        None => {}
    }
    let ends = record
        .history
        .iter()
        .filter(|m| m.what.starts_with("done"))
        .count();
    if ends > 1 {
        fault(format!("was done {ends} times"));
    }
    if let Some(run) = runs.iter().find(|run| run.ended.is_none()) {
        fault(format!("attempt {} still runs", run.attempt));
    }
    faults
}
