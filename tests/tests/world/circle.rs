//! The full circle of a project: set up, jobs run; revoked, they are refused
//! with the reason; set up again; taken down, and nothing of ours is left but
//! what is recorded as retained.

use account::Setup;
use jobs::{JobOutcome, Settings};
use plan::Origin;
use serde_json::Value;
use tests::{
    scenario::{done, exited, work},
    world::{World, WorldConfig, run},
};

/// What a look says is missing is made; answers how many steps that took.
async fn apply(setup: &Setup) -> usize {
    let plan = setup.plan().await.expect("readable");
    let open = plan.steps.iter().filter(|step| !step.is_noop()).count();
    let report = setup.apply(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
    open
}

async fn succeeds(world: &World, name: &str) -> Result<(), String> {
    let job = world.submit_until(name, &work(30, 0), done).await?;
    assert_eq!(job.outcome(), Some(&exited(0)), "{job:#?}");
    Ok(())
}

/// The reason for which the job `name` is not run.
async fn refused(world: &World, name: &str) -> Result<String, String> {
    let job = world.submit_until(name, &work(30, 0), done).await?;
    match job.outcome() {
        Some(JobOutcome::Failed { reason }) => Ok(reason.clone()),
        _ => Err(format!("{job:#?}")),
    }
}

/// What of the project's still names groundcrew, by any API.
async fn left(world: &World) -> Vec<String> {
    let Settings {
        project, bucket, ..
    } = &world.deployment.settings;
    let region = "us-central1";
    let mut found = Vec::new();
    for path in [
        format!("/storage/v1/b/{bucket}"),
        format!("/v1/projects/{project}/serviceAccounts"),
        format!("/v1/projects/{project}/roles"),
        format!("/v1/projects/{project}/locations/{region}/keyRings"),
        format!("/compute/v1/projects/{project}/global/networks"),
        format!("/compute/v1/projects/{project}/aggregated/instances"),
        format!("/v3/projects/{project}:getIamPolicy"),
    ] {
        let verb = if path.contains(":get") { "POST" } else { "GET" };
        let (status, answer) = world.as_operator(verb, &path, &Value::Null).await;
        match status {
            404 => continue,
            status => assert_eq!(status, 200, "{path}: {answer}"),
        }
        if path.starts_with("/storage") || answer.to_string().contains("groundcrew-") {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_project_is_set_up_used_revoked_and_deleted_without_remains() {
    run(&WorldConfig::calm(1), async |world| {
        let setup = world.setup();
        assert_eq!(apply(&setup).await, 0, "it is set up");
        succeeds(&world, "first").await.expect("runs");

        let revoked = setup.revoke(false, &|_| {}).await.expect("readable");
        assert!(revoked.others.is_empty(), "{revoked:?}");
        let reason = refused(&world, "second").await.expect("refused");
        println!("{reason}");
        for part in [
            "403 ",
            "compute.instances.create",
            "demo-project does not let resource-manager@groundcrew-local.iam.gserviceaccount.com",
            "groundcrew account status --project demo-project",
        ] {
            assert!(reason.contains(part), "{part}: {reason}");
        }
        assert_eq!(
            apply(&setup).await,
            2,
            "the two policies that revoke took from"
        );
        succeeds(&world, "third").await.expect("runs");

        let plan = setup.plan_teardown().await.expect("readable");
        let report = setup.delete(&plan, &|_| {}).await.expect("the record");
        assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
        let retained = report.record.entries.iter();
        let retained: Vec<String> = retained
            .map(|(id, entry)| {
                assert!(matches!(entry.origin, Origin::Retained { .. }), "{id}");
                id.to_string()
            })
            .collect();
        let ring = "projects/demo-project/locations/us-central1/keyRings/groundcrew-default";
        for kept in [
            format!("key-ring {ring}"),
            format!("key {ring}/cryptoKeys/secrets"),
        ] {
            assert!(retained.contains(&kept), "{kept}: {retained:?}");
        }
        let others = retained.iter().filter(|id| !id.contains(ring));
        assert!(
            others.clone().all(|id| id.starts_with("api ")),
            "{retained:?}"
        );
        let rings = "/v1/projects/demo-project/locations/us-central1/keyRings";
        assert_eq!(
            left(&world).await,
            [rings],
            "what is retained, and nothing else"
        );
        refused(&world, "fourth").await.expect("refused");
    });
}
