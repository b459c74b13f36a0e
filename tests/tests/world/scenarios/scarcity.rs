//! Compute Engine has no machine to give.

use super::run_scenario;
use jobs::{Job, JobOutcome, JobState};
use names::Duration;
use serde_json::{Value, json};
use simulator::api::compute::RepeatedRequest;
use tests::{
    scenario::{HOUR, MINUTE, done, exited, gpu, history_contains, work},
    world::{World, WorldConfig},
};
use tokio::time::sleep;

const ZONES: [&str; 3] = ["us-central1-a", "us-central1-b", "us-east1-b"];

fn waits(job: &Job) -> Option<&str> {
    match &job.state {
        JobState::Queued { waiting_for } => Some(waiting_for),
        JobState::Launching { .. }
        | JobState::Running { .. }
        | JobState::Draining { .. }
        | JobState::Deleting { .. }
        | JobState::Done { .. } => None,
    }
}

/// The job ends well, soon, after machines in all of `zones` were asked for.
async fn moves_on(world: &World, zones: &[&str]) -> Result<(), String> {
    let job = world.submit_until("train", &work(30, 3), done).await?;
    assert_eq!(job.outcome(), Some(&exited(3)));
    let asked: Vec<&str> = job
        .history
        .iter()
        .filter_map(|m| m.what.split_once("requesting a machine in "))
        .map(|(_, zone)| zone)
        .collect();
    assert_eq!(asked, zones, "{job:#?}");
    assert_eq!(
        (
            job.counters.lost,
            job.counters.retried,
            job.counters.unstarted
        ),
        (0, 0, 0)
    );
    assert!(world.now().since(job.submitted) < 5 * MINUTE);
    assert!(world.dead_letters().await.is_empty());
    Ok(())
}

#[test]
fn a_stockout_moves_the_job_to_the_next_zone() {
    for at_once in [false, true] {
        run_scenario(&WorldConfig::calm(1), async |world| {
            world.set_refuse_at_once(at_once);
            world.set_stockouts(&["us-central1-a"], &[]);
            moves_on(&world, &["us-central1-a", "us-central1-b"]).await
        });
    }
}

/// Each repetition of the request is accepted, and its operation fails a moment
/// later or says nothing: only the operations of the requests show that the zone has no
/// machine.
#[test]
fn a_stockout_that_only_operations_know_moves_the_job_to_the_next_zone() {
    for repeats in [RepeatedRequest::BeginsAnew, RepeatedRequest::IsIgnored] {
        let config = WorldConfig {
            repeats,
            ..WorldConfig::calm(1)
        };
        run_scenario(&config, async |world| {
            world.set_stockouts(&["us-central1-a"], &[]);
            moves_on(&world, &["us-central1-a", "us-central1-b"]).await
        });
    }
}

#[test]
fn a_stockout_moves_the_job_to_the_zone_that_google_recommends() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.set_stockouts(&["us-central1-a"], &["us-east1-b"]);
        moves_on(&world, &["us-central1-a", "us-east1-b"]).await
    });
}

#[test]
fn a_stockout_everywhere_makes_the_job_wait() {
    for at_once in [false, true] {
        run_scenario(&WorldConfig::calm(1), async |world| {
            world.set_refuse_at_once(at_once);
            world.set_stockouts(&ZONES, &[]);
            let job = world
                .submit_until("train", &work(30, 3), |job| waits(job).is_some())
                .await?;
            let waiting = waits(&job).unwrap_or_default();
            for word in [ZONES[0], ZONES[1], ZONES[2], "RESOURCE_POOL_EXHAUSTED"] {
                assert!(waiting.contains(word), "{word} in {waiting}");
            }
            sleep(3 * HOUR).await;
            assert_eq!(world.machines().await, Vec::<String>::new());
            world.set_stockouts(&[], &[]);
            let job = world.wait_until_done("train", 40 * MINUTE).await?;
            assert_eq!(job.outcome(), Some(&exited(3)));
            assert!(world.dead_letters().await.is_empty());
            Ok(())
        });
    }
}

#[test]
fn a_zone_that_lacks_the_machine_type_is_passed_over() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.set_lacking(&["us-central1-a"]);
        moves_on(&world, &["us-central1-a", "us-central1-b"]).await
    });
}

#[test]
fn a_machine_type_that_every_zone_lacks_fails_the_job_with_googles_words() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.set_lacking(&ZONES);
        let job = world.submit_until("train", &work(30, 3), done).await?;
        let Some(JobOutcome::Failed { reason }) = job.outcome() else {
            return Err(format!("{job:#?}"));
        };
        for word in [
            ZONES[0],
            ZONES[1],
            ZONES[2],
            "machineType",
            "does not exist",
        ] {
            assert!(reason.contains(word), "{word} in {reason}");
        }
        assert!(world.now().since(job.submitted) < 5 * MINUTE);
        assert!(world.dead_letters().await.is_empty());
        Ok(())
    });
}

#[test]
fn a_quota_of_zero_fails_the_job_and_says_what_to_ask_for() {
    for at_once in [false, true] {
        run_scenario(&WorldConfig::calm(1), async |world| {
            world.set_refuse_at_once(at_once);
            world.host.with(|cloud, _| {
                let none = [("us-central1".to_owned(), 0)];
                cloud.compute_settings().region_gpus = none.into();
            });
            let job = world.submit_until("train", &gpu(work(30, 3)), done).await?;
            let Some(JobOutcome::Failed { reason }) = job.outcome() else {
                return Err(format!("{job:#?}"));
            };
            let ask = "ask Google for NVIDIA_T4_GPUS in region us-central1";
            assert!(reason.contains(ask), "{reason}");
            // The other region has the quota and no such GPU.
            let lack = "zones/us-east1-b/acceleratorTypes/nvidia-tesla-t4";
            assert!(reason.contains(lack), "{reason}");
            assert!(world.now().since(job.submitted) < 5 * MINUTE);
            Ok(())
        });
    }
}

#[test]
fn a_used_up_quota_makes_the_job_wait() {
    for at_once in [false, true] {
        run_scenario(&WorldConfig::calm(1), async |world| {
            world.set_refuse_at_once(at_once);
            world
                .host
                .with(|cloud, _| cloud.compute_settings().instances = 1);
            let other = json!({ "owner": "somebody" });
            world.launch("us-central1-a", "other", &other).await;
            let job = world
                .submit_until("train", &work(30, 3), |job| waits(job).is_some())
                .await?;
            let waiting = waits(&job).unwrap_or_default();
            assert!(waiting.contains("Quota 'INSTANCES' exceeded"), "{waiting}");
            sleep(20 * MINUTE).await;
            world
                .host
                .with(|cloud, _| cloud.compute_settings().instances = 10);
            let job = world.wait_until_done("train", 10 * MINUTE).await?;
            assert_eq!(job.outcome(), Some(&exited(3)));
            assert!(!history_contains(&job, "failed"), "{job:#?}");
            let other = world.path("us-central1-a", "other");
            world.operate("DELETE", &other, &Value::Null).await;
            sleep(MINUTE).await;
            Ok(())
        });
    }
}

#[test]
fn a_delete_that_takes_long_is_waited_for() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world
            .host
            .with(|cloud, _| cloud.compute_settings().delete_operation = Duration::from_secs(150));
        let job = world.submit_until("train", &work(30, 3), done).await?;
        assert_eq!(job.outcome(), Some(&exited(3)));
        assert!(world.dead_letters().await.is_empty());
        Ok(())
    });
}
