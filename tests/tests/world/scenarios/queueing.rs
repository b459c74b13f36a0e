//! A job is taken in, gets the machine that it asks for, and runs once.

use super::run_scenario;
use jobs::{JobOutcome, JobState};
use names::Duration;
use serde_json::{Value, json};
use simulator::Guest;
use tests::{
    chaos::FaultRates,
    scenario::{HOUR, MINUTE, done, exited, gpu, id, machine_name, runs, spot, with_faults, work},
    world::{World, WorldConfig},
};
use tokio::time::sleep;

#[test]
fn a_job_runs_once_and_leaves_nothing() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let job = world.submit_until("train", &work(30, 3), done).await?;
        assert_eq!(job.outcome(), Some(&exited(3)));
        assert_eq!(world.oracle.borrow().runs(&id("train")).len(), 1);
        assert!(world.dead_letters().await.is_empty());
        Ok(())
    });
}

#[test]
fn a_gpu_job_on_spot_gets_the_machine_it_requests() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let mut spec = spot(gpu(work(60, 0)));
        spec.env.insert("EPOCHS".into(), "3".into());
        spec.disk_gb = 50;
        world.submit_until("train", &spec, runs).await?;
        let machine = world
            .instance("us-central1-a", &machine_name("train", 1))
            .await
            .expect("it is there");
        let scheduling = json!({
            "provisioningModel": "SPOT",
            "instanceTerminationAction": "DELETE",
            "automaticRestart": false,
            "onHostMaintenance": "TERMINATE",
            "maxRunDuration": { "seconds": "4800" },
        });
        for (field, wanted) in scheduling.as_object().expect("an object") {
            assert_eq!(machine["scheduling"][field], *wanted, "{field}");
        }
        let accelerator = &machine["guestAccelerators"][0];
        assert_eq!(accelerator["acceleratorCount"], 2);
        assert!(ends_with(
            &accelerator["acceleratorType"],
            "zones/us-central1-a/acceleratorTypes/nvidia-tesla-t4"
        ));
        assert!(ends_with(&machine["machineType"], "/n1-standard-4"));
        assert_eq!(machine["disks"][0]["diskSizeGb"], "50");
        assert_eq!(
            machine["labels"],
            json!({
                "groundcrew-deployment": "groundcrew-local_local", "groundcrew-job": "train", "groundcrew-attempt": "1",
            })
        );
        let account = &world.deployment.settings.instances_account;
        assert_eq!(machine["serviceAccounts"][0]["email"], account.as_str());
        let assignment = assignment(&machine);
        assert_eq!(assignment["command"], json!(["work", "60", "0"]));
        assert_eq!(assignment["env"], json!({ "EPOCHS": "3" }));
        assert!(
            machine["networkInterfaces"][0]["accessConfigs"].is_null(),
            "no public address"
        );
        assert_eq!(
            world.wait_until_done("train", HOUR).await?.outcome(),
            Some(&exited(0))
        );
        Ok(())
    });
}

fn ends_with(value: &Value, end: &str) -> bool {
    value.as_str().is_some_and(|text| text.ends_with(end))
}

fn assignment(machine: &Value) -> Value {
    let items = machine["metadata"]["items"].as_array().expect("metadata");
    let item = items
        .iter()
        .find(|item| item["key"] == "groundcrew-assignment")
        .expect("it is assigned");
    serde_json::from_str(item["value"].as_str().expect("text")).expect("JSON")
}

#[test]
fn the_same_job_queued_again_is_one_job() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.submit(&id("train"), &work(100, 3));
        world.submit(&id("train"), &work(200, 4));
        world.wait_until("train", runs, HOUR).await?;
        world.submit(&id("train"), &work(100, 3));
        let first = world.wait_until_done("train", HOUR).await?;
        world.submit(&id("train"), &work(100, 3));
        sleep(HOUR).await;
        assert_eq!(world.job(&id("train")).await, Some(first));
        once(&world);
        Ok(())
    });
}

#[test]
fn messages_delivered_twice_are_one_message() {
    run_scenario(
        &with_faults(
            FaultRates {
                redelivered: 1000,
                ..FaultRates::default()
            },
            2 * HOUR,
        ),
        async |world| {
            world.submit_until("train", &work(300, 3), done).await?;
            sleep(3 * HOUR).await;
            let job = world.job(&id("train")).await.expect("it is known");
            assert_eq!(job.outcome(), Some(&exited(3)));
            once(&world);
            assert!(world.dead_letters().await.is_empty());
            Ok(())
        },
    );
}

/// One machine was made, and ran the command once.
fn once(world: &World) {
    assert_eq!(world.oracle.borrow().runs(&id("train")).len(), 1);
    let mut machines: Vec<String> = (world.calls().into_iter())
        .filter(|call| call.method == "compute.instances.insert" && call.status < 300)
        .map(|call| call.resource)
        .collect();
    machines.dedup();
    assert_eq!(machines.len(), 1, "{machines:?}");
}

#[test]
fn a_report_of_the_end_before_that_of_the_start_ends_the_job() {
    // The agent's own reports are lost, so that it is known which come.
    run_scenario(
        &with_faults(
            FaultRates {
                report_lost: 1000,
                ..FaultRates::default()
            },
            2 * HOUR,
        ),
        async |world| {
            world
                .submit_until("train", &work(1000, 0), |job| {
                    matches!(job.state, JobState::Launching { .. })
                })
                .await?;
            sleep(2 * MINUTE).await;
            let identity = identity(&world).await;
            for report in [
                json!({ "kind": "finished", "exit_status": { "kind": "exited", "code": 7 } }),
                json!({ "kind": "started" }),
            ] {
                let report =
                    json!({ "job": "train", "attempt": 1, "report": report, "identity": identity });
                world.publish(&world.deployment.settings.reports.to_string(), &report, &[]);
                sleep(Duration::from_secs(1)).await;
            }
            let job = world.wait_until_done("train", 2 * MINUTE).await?;
            assert_eq!(job.outcome(), Some(&exited(7)));
            sleep(HOUR).await;
            assert_eq!(
                world
                    .job(&id("train"))
                    .await
                    .expect("it is known")
                    .outcome(),
                Some(&exited(7))
            );
            Ok(())
        },
    );
}

async fn identity(world: &World) -> String {
    let [machine] = <[String; 1]>::try_from(world.powered()).expect("one machine");
    let audience = &world.deployment.settings.audience;
    let path = format!(
        "/computeMetadata/v1/instance/service-accounts/default/identity?audience={audience}&format=full"
    );
    let request = http::Request::get(path)
        .header("Metadata-Flavor", "Google")
        .body(bytes::Bytes::new())
        .expect("a request");
    let answer = world
        .host
        .metadata(&Guest::Instance(machine), request)
        .await;
    String::from_utf8_lossy(answer.body()).into_owned()
}

#[test]
fn a_job_that_fails_is_retried_as_often_as_its_spec_says() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let mut spec = work(30, 3);
        spec.retries = 2;
        let job = world.submit_until("train", &spec, done).await?;
        assert_eq!(job.outcome(), Some(&exited(3)));
        assert_eq!(
            (
                job.counters.retried,
                job.attempt.number(),
                job.counters.lost
            ),
            (2, 3, 0)
        );
        assert_eq!(world.oracle.borrow().runs(&id("train")).len(), 3);
        Ok(())
    });
}

#[test]
fn a_command_that_exceeds_its_time_limit_is_stopped() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let mut spec = work(5000, 0);
        spec.max_run = 10 * MINUTE;
        let job = world.submit_until("train", &spec, done).await?;
        let exit_status = events::ExitStatus::TimedOut;
        assert_eq!(job.outcome(), Some(&JobOutcome::Ended { exit_status }));
        assert_eq!(job.outcome().map(JobOutcome::exit_code), Some(124));
        let runs = world.oracle.borrow().runs(&id("train")).to_vec();
        let ran = runs[0].ended.expect("it ended").since(runs[0].started);
        assert!((10 * MINUTE..11 * MINUTE).contains(&ran), "{ran:?}");
        Ok(())
    });
}
