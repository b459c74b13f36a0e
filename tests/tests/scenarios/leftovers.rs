//! Machines that nobody needs any more are removed, and no others.

use super::tell;
use groundcrew::deployment::roles;
use jobs::access::Identity;
use serde_json::{Value, json};
use simulator::iam::Principal;
use tests::{
    story::{HOUR, MINUTE, done, work},
    world::{Plan, World},
};
use tokio::time::sleep;

const ZONE: &str = "us-central1-b";

/// Makes a machine as groundcrew would, with these labels.
async fn make(world: &World, name: &str, labels: &Value) {
    let settings = &world.deployment.settings;
    let who = roles::account(&world.deployment, Identity::ResourceManager);
    let body = json!({
        "name": name,
        "machineType": format!("zones/{ZONE}/machineTypes/e2-standard-2"),
        "labels": labels,
        "disks": [{ "boot": true, "autoDelete": true, "initializeParams": { "sourceImage": settings.image } }],
        "networkInterfaces": [{
            "subnetwork": format!("projects/{}/regions/us-central1/subnetworks/default", settings.project),
        }],
    });
    let path = world.path(ZONE, "").trim_end_matches('/').to_owned();
    let (status, answer) = world
        .call(
            &Principal::service_account(who.as_str()),
            "POST",
            &path,
            &body,
        )
        .await;
    assert_eq!(status, 200, "{answer}");
}

fn labels(job: &str, attempt: &str) -> Value {
    json!({
        "groundcrew-deployment": "local", "groundcrew-job": job, "groundcrew-attempt": attempt,
    })
}

#[test]
fn a_machine_that_its_job_is_done_with_is_removed() {
    tell(&Plan::calm(1), async |world| {
        world.begin("train", &work(30, 0), done).await?;
        make(&world, "gc-train-1", &labels("train", "1")).await;
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
fn machines_of_others_are_not_touched() {
    tell(&Plan::calm(1), async |world| {
        world.begin("train", &work(30, 0), done).await?;
        let mut other = labels("train", "1");
        other["groundcrew-deployment"] = "staging".into();
        let not_ours = [
            ("web-1", json!({ "app": "web" })),
            ("gc-train-1", other),
            ("gc-unknown-1", labels("unknown", "1")),
            ("gc-broken-1", json!({ "groundcrew-deployment": "local" })),
        ];
        for (name, labels) in &not_ours {
            make(&world, name, labels).await;
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
