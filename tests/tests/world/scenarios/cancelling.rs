//! A user cancels a job.

use super::run_scenario;
use jobs::{JobOutcome, JobState};
use tests::{
    scenario::{HOUR, MINUTE, done, id, runs, work},
    world::{World, WorldConfig},
};
use tokio::time::sleep;

async fn cancelled(world: &World) -> Result<(), String> {
    world.cancel(&id("train"));
    let job = world.wait_until_done("train", MINUTE).await?;
    assert_eq!(job.outcome(), Some(&JobOutcome::Cancelled));
    assert_eq!(job.outcome().map(JobOutcome::exit_code), Some(130));
    assert_eq!(world.machines().await, Vec::<String>::new());
    sleep(HOUR).await;
    assert!(
        world
            .oracle
            .borrow()
            .runs(&id("train"))
            .iter()
            .all(|run| !run.complete && run.ended.is_some())
    );
    assert!(world.dead_letters().await.is_empty());
    Ok(())
}

#[test]
fn a_waiting_job_is_cancelled() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.set_stockouts(&["us-central1-a", "us-central1-b", "us-east1-b"], &[]);
        world
            .submit_until("train", &work(30, 0), |job| {
                matches!(job.state, JobState::Queued { .. })
            })
            .await?;
        cancelled(&world).await?;
        assert!(world.oracle.borrow().runs(&id("train")).is_empty());
        Ok(())
    });
}

#[test]
fn a_job_whose_machine_boots_is_cancelled() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world
            .submit_until("train", &work(30, 0), |job| {
                matches!(job.state, JobState::Launching { .. })
            })
            .await?;
        cancelled(&world).await?;
        assert!(world.oracle.borrow().runs(&id("train")).is_empty());
        Ok(())
    });
}

#[test]
fn a_running_job_is_cancelled() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.submit_until("train", &work(3000, 0), runs).await?;
        cancelled(&world).await?;
        assert_eq!(world.oracle.borrow().runs(&id("train")).len(), 1);
        Ok(())
    });
}

#[test]
fn a_job_that_is_done_is_not_cancelled() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let before = world.submit_until("train", &work(30, 3), done).await?;
        world.cancel(&id("train"));
        sleep(HOUR).await;
        assert_eq!(world.job(&id("train")).await, Some(before));
        assert!(world.dead_letters().await.is_empty());
        assert!(
            world
                .push_statuses("job-changed")
                .iter()
                .all(|answer| *answer == Some(204))
        );
        Ok(())
    });
}

#[test]
fn a_job_whose_cancellation_arrives_first_does_not_run() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.cancel(&id("train"));
        sleep(MINUTE).await;
        world.submit(&id("train"), &work(30, 0));
        sleep(HOUR).await;
        let job = world.job(&id("train")).await.expect("it is recorded");
        assert_eq!(job.outcome(), Some(&JobOutcome::Cancelled));
        assert!(world.oracle.borrow().runs(&id("train")).is_empty());
        assert_eq!(world.machines().await, Vec::<String>::new());
        assert!(world.dead_letters().await.is_empty());
        Ok(())
    });
}
