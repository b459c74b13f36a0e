//! Machines that nobody needs any more are removed, and no others.

use super::run_scenario;
use serde_json::{Value, json};
use tests::{
    scenario::{HOUR, MINUTE, done, exited, machine_name, work},
    world::WorldConfig,
};
use tokio::time::sleep;

const ZONE: &str = "us-central1-b";

fn labels(job: &str, attempt: &str) -> Value {
    json!({
        "groundcrew-deployment": "groundcrew-local_local", "groundcrew-job": job, "groundcrew-attempt": attempt,
    })
}

#[test]
fn a_leftover_machine_of_a_finished_job_is_deleted() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.submit_until("train", &work(30, 0), done).await?;
        let labels = labels("train", "1");
        world.launch(ZONE, &machine_name("train", 1), &labels).await;
        sleep(2 * MINUTE).await;
        assert!(
            world
                .instance(ZONE, &machine_name("train", 1))
                .await
                .is_some(),
            "too young to judge"
        );
        sleep(3 * MINUTE).await;
        assert!(
            world
                .instance(ZONE, &machine_name("train", 1))
                .await
                .is_none()
        );
        assert!(world.dead_letters().await.is_empty());
        Ok(())
    });
}

#[test]
fn foreign_machines_are_not_deleted() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.submit_until("train", &work(30, 0), done).await?;
        let mut other = labels("train", "1");
        other["groundcrew-deployment"] = "staging".into();
        let [train, unknown, broken] =
            ["train", "unknown", "broken"].map(|job| machine_name(job, 1));
        let not_ours = [
            ("web-1", json!({ "app": "web" })),
            (&train, other),
            (&unknown, labels("unknown", "1")),
            (
                &broken,
                json!({ "groundcrew-deployment": "groundcrew-local_local" }),
            ),
            ("copy-of-a-machine", labels("train", "1")),
        ];
        for (name, labels) in &not_ours {
            world.launch(ZONE, name, labels).await;
        }
        sleep(HOUR).await;
        for (name, _) in &not_ours {
            assert!(world.instance(ZONE, name).await.is_some(), "{name} is gone");
            world
                .operate("DELETE", &world.path(ZONE, name), &Value::Null)
                .await;
        }
        sleep(MINUTE).await;
        Ok(())
    });
}

/// Names of deployments differ, but not certainly: labels decide.
#[test]
fn a_foreign_machine_with_the_name_of_the_jobs_is_neither_adopted_nor_deleted() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let (zone, name) = ("us-central1-a", machine_name("train", 1));
        let mut theirs = labels("train", "1");
        theirs["groundcrew-deployment"] = "staging".into();
        world.launch(zone, &name, &theirs).await;
        let path = world.path(zone, &name);
        world
            .operate("POST", &format!("{path}/stop"), &Value::Null)
            .await;
        let job = world.submit_until("train", &work(30, 3), done).await?;
        assert_eq!(job.outcome(), Some(&exited(3)));
        assert_eq!(job.attempt.number(), 2);
        sleep(HOUR).await;
        assert!(world.instance(zone, &name).await.is_some());
        world.operate("DELETE", &path, &Value::Null).await;
        sleep(MINUTE).await;
        Ok(())
    });
}
