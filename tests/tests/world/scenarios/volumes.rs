//! Jobs that run with a data volume.

use super::run_scenario;
use events::JobSpec;
use jobs::{Job, JobOutcome, JobState};
use names::{Duration, JobObjects, VolumeName};
use serde_json::{Map, Value, json};
use tests::{
    chaos::FaultRates,
    scenario::{HOUR, MINUTE, done, exited, id, machine_name, runs, spot, with_faults, work},
    world::{World, WorldConfig},
};
use tokio::time::sleep;

fn with(volume: &VolumeName, spec: JobSpec) -> JobSpec {
    JobSpec {
        volume: Some(volume.clone()),
        ..spec
    }
}

fn launching(job: &Job) -> bool {
    matches!(job.state, JobState::Launching { .. })
}

/// Names of all objects of the bucket but the deployment record.
async fn objects(world: &World) -> Vec<String> {
    let bucket = &world.deployment.settings.bucket;
    let path = format!("/storage/v1/b/{bucket}/o");
    let found = world.operate("GET", &path, &Value::Null).await;
    let items = found["items"].as_array().cloned().unwrap_or_default();
    let names = items.iter().filter_map(|item| item["name"].as_str());
    let names = names.filter(|name| !name.starts_with("groundcrew/"));
    names.map(str::to_owned).collect()
}

#[test]
fn a_job_with_a_volume_runs_as_its_account_and_writes_in_its_folder_alone() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let volume = world.volume("data").await;
        let spec = with(&volume, work(60, 3));
        world.submit_until("train", &spec, runs).await?;
        let machine = world
            .instance("us-central1-a", &machine_name("train", 1))
            .await;
        let machine = machine.expect("it is there");
        let account = volume.account(&world.deployment.settings.project);
        assert_eq!(machine["serviceAccounts"][0]["email"], account.as_str());
        let job = world.wait_until_done("train", HOUR).await?;
        assert_eq!(job.outcome(), Some(&exited(3)));
        assert_eq!(
            objects(&world).await,
            [
                "volumes/data/jobs/train/attempts/1/claim.json",
                "volumes/data/jobs/train/attempts/1/exit.json",
            ]
        );
        assert!(world.dead_letters().await.is_empty());
        Ok(())
    });
}

/// Its machine goes and nobody says so: fence, exit record and second attempt
/// lie where the volume's account can reach them.
#[test]
fn a_job_with_a_volume_that_loses_its_machine_runs_again() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let volume = world.volume("data").await;
        world
            .submit_until("train", &with(&volume, spot(work(120, 0))), runs)
            .await?;
        for machine in world.powered() {
            world.cause_host_error(&machine);
        }
        let job = world.wait_until_done("train", HOUR).await?;
        assert_eq!(job.outcome(), Some(&exited(0)));
        assert_eq!((job.attempt.number(), job.counters.lost), (2, 1));
        let objects = objects(&world).await;
        let folder = JobObjects::new(&id("train"), Some(&volume));
        assert!(objects.contains(&folder.exit_record(job.attempt).to_string()));
        assert_eq!(objects.len(), 4, "{objects:?}");
        Ok(())
    });
}

#[test]
fn jobs_write_only_into_their_own_folders() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let (data, other) = (world.volume("data").await, world.volume("other").await);
        for (name, spec) in [
            ("plain", work(30, 3)),
            ("first", with(&data, work(30, 3))),
            ("second", with(&other, work(30, 3))),
        ] {
            world.submit(&id(name), &spec);
        }
        for name in ["plain", "first", "second"] {
            assert_eq!(
                world.wait_until_done(name, HOUR).await?.outcome(),
                Some(&exited(3))
            );
        }
        for prefix in [
            "jobs/plain/",
            "volumes/data/jobs/first/",
            "volumes/other/jobs/second/",
        ] {
            let objects = objects(&world).await;
            let its = objects.iter().filter(|name| name.starts_with(prefix));
            assert_eq!(
                (its.count(), objects.len()),
                (2, 6),
                "{prefix}: {objects:?}"
            );
        }
        Ok(())
    });
}

/// What Google's token of a machine says.
fn machine(world: &World, name: &str) -> Map<String, Value> {
    let claims = json!({ "google": { "compute_engine": {
        "project_id": world.deployment.settings.project,
        "project_number": 100_000_000_002_u64,
        "zone": "us-central1-a",
        "instance_id": "1",
        "instance_name": name,
        "instance_creation_timestamp": 1,
    } } });
    claims.as_object().cloned().unwrap_or_default()
}

/// A report that says that `job` ended with `code`, from a machine of the
/// job's that runs as `account`.
fn report(world: &World, job: &str, account: &str, code: i32) {
    let settings = &world.deployment.settings;
    let claims = machine(world, &machine_name(job, 1));
    let identity = world
        .host
        .with(|cloud, now| cloud.id_token(account, &settings.audience, claims, now));
    let report = json!({ "kind": "finished", "exit_status": { "kind": "exited", "code": code } });
    let report = json!({ "job": job, "attempt": 1, "report": report, "identity": identity });
    world.publish(&settings.reports.to_string(), &report, &[]);
}

/// A token that names the right machine is not enough: the machine must run as
/// the account that the job's record says, whatever the report says.
#[test]
fn a_report_counts_only_under_the_account_that_its_job_runs_as() {
    let dead = FaultRates {
        boot_failure: 1000,
        ..FaultRates::default()
    };
    run_scenario(&with_faults(dead, 5 * MINUTE), async |world| {
        let (data, other) = (world.volume("data").await, world.volume("other").await);
        let settings = &world.deployment.settings;
        let instances = settings.instances_account.to_string();
        let data_account = data.account(&settings.project).to_string();
        let other_account = other.account(&settings.project).to_string();
        let stranger = "gc-volume-data@elsewhere-1.iam.gserviceaccount.com";
        world.submit_until("plain", &work(30, 3), launching).await?;
        let spec = with(&data, work(30, 3));
        world.submit_until("bound", &spec, launching).await?;
        let before = (world.job(&id("plain")).await, world.job(&id("bound")).await);
        for (job, account) in [
            ("plain", data_account.as_str()),
            ("bound", &instances),
            ("bound", &other_account),
            ("bound", stranger),
        ] {
            report(&world, job, account, 9);
        }
        sleep(MINUTE / 4).await;
        let after = (world.job(&id("plain")).await, world.job(&id("bound")).await);
        for (before, after) in [(before.0, after.0), (before.1, after.1)] {
            let (before, after) = (before.expect("queued"), after.expect("queued"));
            assert_eq!(
                (&before.state, before.history.len()),
                (&after.state, after.history.len())
            );
        }
        // Those of our machines are good tokens that say nothing of this job.
        let letters = world.dead_letters().await;
        assert_eq!(letters.len(), 1, "{letters:#?}");
        report(&world, "plain", &instances, 7);
        report(&world, "bound", &data_account, 8);
        let plain = world.wait_until_done("plain", MINUTE).await?;
        let bound = world.wait_until_done("bound", MINUTE).await?;
        assert_eq!(plain.outcome(), Some(&exited(7)));
        assert_eq!(bound.outcome(), Some(&exited(8)));
        Ok(())
    });
}

#[test]
fn a_missing_volume_fails_the_job_with_the_command_that_creates_it() {
    tests::world::run(&WorldConfig::calm(1), async |world| {
        let volume: VolumeName = "absent".parse().expect("valid");
        let spec = with(&volume, work(30, 3));
        let job = world
            .submit_until("train", &spec, done)
            .await
            .expect("it ends");
        let Some(JobOutcome::Failed { reason }) = job.outcome() else {
            panic!("{job:#?}");
        };
        assert!(
            reason.contains("volume absent") && reason.contains("groundcrew volume create absent"),
            "{reason}"
        );
        sleep(Duration::from_secs(600)).await;
        assert_eq!(world.machines().await, Vec::<String>::new());
        // Its machine, and the fence in its folder, of which there is none.
        let refused = world.refusals();
        let acts = refused.iter().filter(|r| r.contains("gc-volume-absent"));
        assert_eq!(acts.count(), 10, "{refused:#?}");
        let of_it = |r: &String| r.contains("gc-volume-absent") || r.contains("volumes/absent/");
        assert!(refused.iter().all(of_it), "{refused:#?}");
    });
}
