//! Machines are lost to the infrastructure, which is not the job's fault.

use super::run_scenario;
use events::JobSpec;
use jobs::{Job, JobOutcome};
use names::Duration;
use serde_json::Value;
use std::rc::Rc;
use tests::{
    chaos::FaultRates,
    scenario::{
        HOUR, MINUTE, done, exited, gpu, history_contains, id, machine_name, runs, spot,
        with_faults, work,
    },
    world::{World, WorldConfig},
};
use tokio::time::sleep;

/// Starts a job of 10 minutes; answers the id of its machine a minute later.
async fn started(world: &World, spec: &JobSpec) -> Result<String, String> {
    world.submit_until("train", spec, runs).await?;
    sleep(MINUTE).await;
    let [machine] = <[String; 1]>::try_from(world.powered()).expect("one machine");
    Ok(machine)
}

/// The job ran again, on one more machine, and is not charged for the first.
async fn relaunched(world: &World) -> Result<Job, String> {
    let job = world.wait_until_done("train", 30 * MINUTE).await?;
    assert_eq!(job.outcome(), Some(&exited(5)));
    assert_eq!(
        (
            job.counters.lost,
            job.counters.retried,
            job.counters.unstarted
        ),
        (1, 0, 0),
        "{job:#?}"
    );
    assert_eq!(job.attempt.number(), 2);
    let complete: Vec<bool> = world
        .oracle
        .borrow()
        .runs(&id("train"))
        .iter()
        .map(|run| run.complete)
        .collect();
    assert_eq!(complete, [false, true]);
    assert!(world.dead_letters().await.is_empty());
    Ok(job)
}

#[test]
fn a_preempted_job_runs_again() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let machine = started(&world, &spot(work(600, 5))).await?;
        assert!(world.preempt_machine(&machine));
        relaunched(&world).await?;
        Ok(())
    });
}

#[test]
fn a_preempted_job_whose_agent_never_reports_runs_again() {
    run_scenario(
        &with_faults(
            FaultRates {
                report_lost: 1000,
                ..FaultRates::default()
            },
            20 * MINUTE,
        ),
        async |world| {
            // The claim shows after 10 minutes that it runs.
            let machine = started(&world, &spot(work(1200, 5))).await?;
            assert!(world.preempt_machine(&machine));
            let job = relaunched(&world).await?;
            assert!(history_contains(&job, "draining: preempted"), "{job:#?}");
            Ok(())
        },
    );
}

#[test]
fn maintenance_of_a_gpu_machine_drains_it() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let machine = started(&world, &gpu(work(600, 5))).await?;
        world.maintain(&machine).await;
        relaunched(&world).await?;
        Ok(())
    });
}

#[test]
fn a_host_error_is_noticed_in_the_audit_log() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let machine = started(&world, &work(600, 5)).await?;
        world.cause_host_error(&machine);
        let broken = world.now();
        let job = relaunched(&world).await?;
        let noticed = job.history.iter().find(|m| m.what.contains("it stopped"));
        // Long before anybody would have looked.
        assert!(
            noticed.is_some_and(|moment| moment.at.since(broken) < 2 * MINUTE),
            "{job:#?}"
        );
        Ok(())
    });
}

#[test]
fn a_host_error_without_a_notice_is_found_by_the_sweep() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let machine = started(&world, &work(600, 5)).await?;
        let project = &world.deployment.settings.project;
        let sink = format!("/v2/projects/{project}/sinks/groundcrew-default");
        world.operate("DELETE", &sink, &Value::Null).await;
        world.cause_host_error(&machine);
        let job = relaunched(&world).await?;
        assert!(history_contains(&job, "it stopped"), "{job:#?}");
        Ok(())
    });
}

#[test]
fn a_machine_that_somebody_deletes_is_replaced() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        started(&world, &work(600, 5)).await?;
        let path = world.path("us-central1-a", &machine_name("train", 1));
        world.operate("DELETE", &path, &Value::Null).await;
        relaunched(&world).await?;
        Ok(())
    });
}

/// The job's command stops each of its machines by `stop`, a while after it
/// began. The job fails after three, and not sooner than they are spaced out.
async fn stops_its_machines(world: &Rc<World>, stop: fn(&Rc<World>, &str)) -> Result<Job, String> {
    world.submit(&id("train"), &work(600, 5));
    for number in 1..=3_usize {
        let running = |job: &Job| runs(job) || done(job);
        world.wait_until("train", running, HOUR).await?;
        assert_eq!(world.oracle.borrow().runs(&id("train")).len(), number);
        let [machine] = <[String; 1]>::try_from(world.powered()).expect("one machine");
        stop(world, &machine);
        let stopped = world.now();
        world.wait_until("train", |job| !runs(job), HOUR).await?;
        let found = world.now().since(stopped);
        assert!(found < 2 * MINUTE, "found after {found:?}");
    }
    let job = world.wait_until_done("train", 30 * MINUTE).await?;
    assert_eq!((job.counters.lost, job.counters.unexplained), (3, 3));
    let Some(JobOutcome::Failed { reason }) = job.outcome() else {
        return Err(format!("{job:#?}"));
    };
    assert!(reason.contains("power its machine off"), "{reason}");
    assert!(world.dead_letters().await.is_empty());
    Ok(job)
}

#[test]
fn a_command_that_powers_its_machine_off_runs_three_times_at_most() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let job = stops_its_machines(&world, World::power_off_from_inside).await?;
        assert!(history_contains(&job, "it shut down"), "{job:#?}");
        Ok(())
    });
}

#[test]
fn an_agent_that_is_killed_is_found_out_at_once_and_runs_three_times_at_most() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        stops_its_machines(&world, |world, machine| world.kill_agent(machine)).await?;
        Ok(())
    });
}

fn dead_boots(storm: Duration) -> WorldConfig {
    with_faults(
        FaultRates {
            boot_failure: 1000,
            ..FaultRates::default()
        },
        storm,
    )
}

#[test]
fn a_machine_that_never_boots_is_replaced_after_ten_minutes() {
    run_scenario(&dead_boots(MINUTE), async |world| {
        let job = world.submit_until("train", &work(30, 3), done).await?;
        assert_eq!(job.outcome(), Some(&exited(3)));
        assert_eq!(
            (
                job.counters.unstarted,
                job.counters.lost,
                job.attempt.number()
            ),
            (1, 0, 2)
        );
        let second = world.oracle.borrow().runs(&id("train"))[0].started;
        let after = second.since(job.submitted);
        assert!((10 * MINUTE..13 * MINUTE).contains(&after), "{after:?}");
        Ok(())
    });
}

#[test]
fn three_machines_that_never_boot_fail_the_job() {
    run_scenario(&dead_boots(2 * HOUR), async |world| {
        let job = world.submit_until("train", &work(30, 3), done).await?;
        let reason = "3 machines ran and never started the job".to_owned();
        assert_eq!(job.outcome(), Some(&JobOutcome::Failed { reason }));
        assert_eq!(job.outcome().map(JobOutcome::exit_code), Some(125));
        assert!(world.oracle.borrow().runs(&id("train")).is_empty());
        Ok(())
    });
}

#[test]
fn a_lost_report_of_the_end_is_found_in_the_exit_record() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.submit_until("train", &work(100, 3), runs).await?;
        let reports = format!(
            "/v1/projects/{}/subscriptions/job-reported",
            world.deployment.home
        );
        world.operate("DELETE", &reports, &Value::Null).await;
        let job = world.wait_until_done("train", 8 * MINUTE).await?;
        assert_eq!(job.outcome(), Some(&exited(3)));
        assert_eq!(job.attempt.number(), 1);
        Ok(())
    });
}

#[test]
fn a_job_whose_machine_never_reports_still_ends() {
    run_scenario(
        &with_faults(
            FaultRates {
                report_lost: 1000,
                ..FaultRates::default()
            },
            2 * HOUR,
        ),
        async |world| {
            let job = world.submit_until("train", &work(100, 3), done).await?;
            assert_eq!(job.outcome(), Some(&exited(3)));
            assert_eq!(world.oracle.borrow().runs(&id("train")).len(), 1);
            Ok(())
        },
    );
}
