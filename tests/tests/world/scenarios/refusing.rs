//! What cannot be read or run is refused, once, with a reason.

use super::run_scenario;
use jobs::JobOutcome;
use serde_json::json;
use tests::{
    scenario::{HOUR, MINUTE, id, machine_name},
    world::WorldConfig,
};
use tokio::time::sleep;

/// Text of the event, and what the reason of the refusal must name.
const BAD: [(&str, &str); 14] = [
    ("{not json", "job spec"),
    ("", "job spec"),
    ("[]", "job spec"),
    (r#"{"command":["true"],"comand":["x"]}"#, "comand"),
    ("{}", "command"),
    (r#"{"command":[]}"#, "command"),
    (r#"{"command":["true"],"disk_gb":-5}"#, "-5"),
    (r#"{"command":["true"],"disk_gb":1}"#, "disk_gb"),
    (r#"{"command":["true"],"max_run":"soon"}"#, "soon"),
    (r#"{"command":["true"],"zones":["atlantis"]}"#, "atlantis"),
    (
        r#"{"command":["true"],"volume":"../secrets"}"#,
        r#"volume "../secrets" is not valid"#,
    ),
    (
        r#"{"command":["true"],"zones":["us-central9-z"]}"#,
        "us-central9-z",
    ),
    (
        r#"{"command":["true"],"machine":"e9-giant-1"}"#,
        "e9-giant-1",
    ),
    (
        r#"{"command":["true"],"machine":"n1-standard-4","zones":["us-east1-b"],"gpu":{"kind":"nvidia-tesla-t4","count":1}}"#,
        "nvidia-tesla-t4",
    ),
];

#[test]
fn an_invalid_job_is_rejected_with_its_reason() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let queue = world.deployment.queue.to_string();
        for (number, (text, _)) in BAD.iter().enumerate() {
            world.publish_text(&queue, text, &[("job", &format!("bad-{number}"))]);
        }
        sleep(10 * MINUTE).await;
        for (number, (text, word)) in BAD.iter().enumerate() {
            let job = world
                .job(&id(&format!("bad-{number}")))
                .await
                .ok_or(*text)?;
            let Some(JobOutcome::Rejected { reason } | JobOutcome::Failed { reason }) =
                job.outcome()
            else {
                return Err(format!("{text}: {job:#?}"));
            };
            println!("{text}\n    {reason}");
            assert!(reason.contains(word), "{text}: {reason}");
        }
        sleep(HOUR).await;
        assert_eq!(
            world.push_statuses("job-queued"),
            vec![Some(204); BAD.len()],
            "each is acked once"
        );
        assert!(world.dead_letters().await.is_empty());
        Ok(())
    });
}

#[test]
fn an_event_that_names_no_job_becomes_a_complete_dead_letter() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let topics = &world.deployment;
        let queue = topics.queue.to_string();
        let changes = topics.topics.changes.to_string();
        let reports = topics.settings.reports.to_string();
        let maintenance = topics.maintenance.to_string();
        let spec = r#"{"command":["true"]}"#;
        let bad = [
            (&queue, spec, "Not An Id", "job-queued"),
            (&changes, "{half", "x", "job-changed"),
            (
                &changes,
                r#"{"kind":"exploded","job":"train"}"#,
                "x",
                "job-changed",
            ),
            (
                &changes,
                r#"{"kind":"cancelled","job":"Not An Id"}"#,
                "x",
                "job-changed",
            ),
            (
                &reports,
                r#"{"kind":"cancelled","job":"train"}"#,
                "x",
                "job-changed",
            ),
            (&maintenance, r#"{"hello":1}"#, "x", "maintenance-noticed"),
        ];
        for (topic, text, job, _) in &bad {
            world.publish_text(topic, text, &[("job", job)]);
        }
        sleep(HOUR).await;
        let letters = world.dead_letters().await;
        assert_eq!(letters.len(), bad.len(), "{letters:#?}");
        for (topic, text, job, function) in &bad {
            let letter = letters.iter().find(|letter| letter.text() == *text);
            let letter = letter.ok_or_else(|| format!("{text} of {topic}"))?;
            assert_eq!(letter.attributes["job"], *job);
            assert_eq!(letter.attributes["groundcrew-function"], *function);
            assert!(!letter.reason().is_empty());
        }
        for function in ["job-queued", "job-changed", "maintenance-noticed"] {
            assert!(
                world
                    .push_statuses(function)
                    .iter()
                    .all(|answer| *answer == Some(204))
            );
        }
        Ok(())
    });
}

#[test]
fn notices_about_foreign_machines_are_ignored() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        for (project, name) in [
            ("demo-project", "web-1".to_owned()),
            ("elsewhere", machine_name("train", 1)),
            ("demo-project", machine_name("unknown", 1)),
            ("demo-project", "gc-train-1-00000000".to_owned()),
        ] {
            let entry = json!({
                "logName": format!("projects/{project}/logs/cloudaudit.googleapis.com%2Fsystem_event"),
                "protoPayload": {
                    "methodName": "compute.instances.preempted",
                    "resourceName": format!("projects/{project}/zones/us-central1-a/instances/{name}"),
                },
                "resource": { "labels": {
                    "instance_id": "9", "zone": "us-central1-a", "project_id": project,
                } },
            });
            world.publish(&world.deployment.maintenance.to_string(), &entry, &[]);
        }
        sleep(HOUR).await;
        assert_eq!(world.push_statuses("maintenance-noticed"), [Some(204); 4]);
        assert!(world.dead_letters().await.is_empty());
        Ok(())
    });
}
