//! Machines that nobody needs any more are removed, and no others.

use super::run_scenario;
use serde_json::{Value, json};
use tests::{
    scenario::{HOUR, MINUTE, done, work},
    world::WorldConfig,
};
use tokio::time::sleep;

const ZONE: &str = "us-central1-b";

fn labels(job: &str, attempt: &str) -> Value {
    json!({
        "groundcrew-deployment": "local", "groundcrew-job": job, "groundcrew-attempt": attempt,
    })
}

#[test]
fn a_leftover_machine_of_a_finished_job_is_deleted() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world.submit_until("train", &work(30, 0), done).await?;
        let labels = labels("train", "1");
        world.launch(ZONE, "gc-train-1", &labels).await;
        sleep(2 * MINUTE).await;
        assert!(
            world.instance(ZONE, "gc-train-1").await.is_some(),
            "too young to judge"
        );
        sleep(3 * MINUTE).await;
        assert!(world.instance(ZONE, "gc-train-1").await.is_none());
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
        let not_ours = [
            ("web-1", json!({ "app": "web" })),
            ("gc-train-1", other),
            ("gc-unknown-1", labels("unknown", "1")),
            ("gc-broken-1", json!({ "groundcrew-deployment": "local" })),
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
