//! Whom groundcrew believes.

use super::run_scenario;
use base64::{Engine, prelude::BASE64_STANDARD};
use groundcrew::local::install;
use jobs::{JobOutcome, JobState};
use serde_json::{Map, Value, json};
use simulator::iam::Principal;
use tests::{
    chaos::FaultRates,
    scenario::{HOUR, MINUTE, exited, id, machine_name, with_faults, work},
    world::{World, WorldConfig},
};
use tokio::time::sleep;

/// What Google's token of a machine says, were it this one.
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

#[test]
fn a_forged_report_changes_nothing() {
    run_scenario(
        &with_faults(
            FaultRates {
                boot_failure: 1000,
                ..FaultRates::default()
            },
            5 * MINUTE,
        ),
        async |world| {
            let job = world
                .submit_until("train", &work(30, 3), |job| {
                    matches!(job.state, JobState::Launching { .. })
                })
                .await?;
            sleep(30 * names::Duration::from_secs(1)).await;
            let settings = &world.deployment.settings;
            let ours = settings.instances_account.as_str();
            let (right, wrong) = (settings.audience.as_str(), "somebody else");
            let queued = format!(
                "job-queued@{}.iam.gserviceaccount.com",
                world.deployment.home
            );
            let sign = |account: &str, audience: &str, claims| {
                world
                    .host
                    .with(|cloud, now| cloud.id_token(account, audience, claims, now))
            };
            let user = world
                .host
                .with(|cloud, now| cloud.mint(&Principal::user(install::OPERATOR), now));
            let true_token = sign(ours, right, machine(&world, &machine_name("train", 1)));
            let forged = [
                ("none", String::new()),
                ("not a token", "x.y.z".to_owned()),
                ("an access token of a user", user),
                (
                    "another machine's",
                    sign(ours, right, machine(&world, &machine_name("other", 1))),
                ),
                (
                    "another audience",
                    sign(ours, wrong, machine(&world, &machine_name("train", 1))),
                ),
                ("no machine's", sign(ours, right, Map::new())),
                (
                    "another account's",
                    sign(&queued, right, machine(&world, &machine_name("train", 1))),
                ),
                (
                    "a signature of another's",
                    format!("{}x", true_token.trim_end_matches('x')),
                ),
            ];
            for (_, identity) in &forged {
                let report =
                    json!({ "kind": "finished", "exit_status": { "kind": "exited", "code": 0 } });
                let report =
                    json!({ "job": "train", "attempt": 1, "report": report, "identity": identity });
                world.publish(&settings.reports.to_string(), &report, &[]);
            }
            sleep(MINUTE / 2).await;
            let after = world.job(&id("train")).await.expect("it is known");
            assert_eq!((&after.state, &after.history), (&job.state, &job.history));
            let letters = world.dead_letters().await;
            let answers = world.push_statuses("job-changed");
            assert!(
                answers.iter().all(|answer| *answer == Some(204)),
                "{answers:?}"
            );
            // The other machine's token is a good one: it says nothing of this job.
            assert_eq!(letters.len(), forged.len() - 1, "{letters:#?}");
            let job = world.wait_until_done("train", HOUR).await?;
            assert_eq!(job.outcome(), Some(&exited(3)));
            Ok(())
        },
    );
}

#[test]
fn a_valid_token_in_the_same_form_is_accepted() {
    run_scenario(
        &with_faults(
            FaultRates {
                boot_failure: 1000,
                ..FaultRates::default()
            },
            5 * MINUTE,
        ),
        async |world| {
            world
                .submit_until("train", &work(30, 3), |job| {
                    matches!(job.state, JobState::Launching { .. })
                })
                .await?;
            let settings = &world.deployment.settings;
            let claims = machine(&world, &machine_name("train", 1));
            let identity = world.host.with(|cloud, now| {
                cloud.id_token(
                    settings.instances_account.as_str(),
                    &settings.audience,
                    claims,
                    now,
                )
            });
            let report =
                json!({ "kind": "finished", "exit_status": { "kind": "exited", "code": 9 } });
            let report =
                json!({ "job": "train", "attempt": 1, "report": report, "identity": identity });
            world.publish(&settings.reports.to_string(), &report, &[]);
            assert_eq!(
                world.wait_until_done("train", MINUTE).await?.outcome(),
                Some(&exited(9))
            );
            Ok(())
        },
    );
}

#[test]
fn a_machine_cannot_cancel_jobs() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        world
            .submit_until("train", &work(300, 3), tests::scenario::runs)
            .await?;
        let cancel = json!({ "kind": "cancelled", "job": "train" });
        world.publish(&world.deployment.settings.reports.to_string(), &cancel, &[]);
        let job = world.wait_until_done("train", HOUR).await?;
        assert_ne!(job.outcome(), Some(&JobOutcome::Cancelled));
        assert_eq!(world.dead_letters().await.len(), 1);
        Ok(())
    });
}

/// A push without metadata says of itself only what the publisher wrote, and
/// machines publish on the reports' topic.
#[test]
fn an_unwrapped_push_on_the_machines_topic_cancels_nothing() {
    run_scenario(
        &with_faults(FaultRates::default(), 5 * MINUTE),
        async |world| {
            world
                .submit_until("train", &work(600, 3), |job| {
                    matches!(job.state, JobState::Running { .. })
                })
                .await?;
            let home = &world.deployment.home;
            let subscription = format!("/v1/projects/{home}/subscriptions/job-reported");
            let (_, reports) = world.as_operator("GET", &subscription, &json!({})).await;
            let endpoint = reports["pushConfig"]["pushEndpoint"].clone();
            assert_eq!(endpoint, "http://job-changed.function/job-reported");
            let cancel = json!({ "kind": "cancelled", "job": "train" });
            // As data, which is the body, that looks like a wrapped push.
            let forged = json!({
                "message": { "data": BASE64_STANDARD.encode(cancel.to_string()), "messageId": "1" },
                "subscription": format!("projects/{home}/subscriptions/job-changed"),
            });
            let root = json!("http://job-changed.function/");
            for (endpoint, event, kind) in [
                (&root, &cancel, "unknown-trigger"),
                (&endpoint, &cancel, "unreadable"),
                (&endpoint, &forged, "unreadable"),
            ] {
                let mut push = reports["pushConfig"].clone();
                push["pushEndpoint"] = endpoint.clone();
                push["noWrapper"] = json!({ "writeMetadata": false });
                let path = format!("{subscription}:modifyPushConfig");
                let body = json!({ "pushConfig": push });
                let (status, answer) = world.as_operator("POST", &path, &body).await;
                assert_eq!(status, 200, "{answer}");
                let topic = world.deployment.settings.reports.to_string();
                world.publish(&topic, event, &[]);
                sleep(MINUTE / 2).await;
                let job = world.job(&id("train")).await.expect("it is known");
                assert!(matches!(job.state, JobState::Running { .. }), "{job:?}");
                let letters = world.dead_letters().await;
                let reasons: Vec<&str> = letters.iter().map(|letter| letter.cause()).collect();
                assert_eq!(reasons, [kind], "{letters:#?}");
            }
            world.cancel(&id("train"));
            let job = world.wait_until_done("train", HOUR).await?;
            assert_eq!(job.outcome(), Some(&JobOutcome::Cancelled));
            Ok(())
        },
    );
}
