//! A project set up, drifted, mended, revoked and taken down again, in the
//! simulator.

use crate::world::{BUCKET, INSTANCES, KEY, PROJECT, RESOURCE_MANAGER, World};
use gcp::methods::compute;
use plan::{Origin, ResourceId, Step, StepOutcome};
use serde_json::{Value, json};

fn undone(plan: &plan::Plan) -> Vec<String> {
    let steps = plan.steps.iter().filter(|step| !step.is_noop());
    steps.map(|step| step.id.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_empty_project_is_set_up_and_a_second_run_only_reads() {
    let world = World::new();
    world.apply().await;
    let (reads, writes) = world.calls();
    assert!(!writes.is_empty());

    let plan = world.look().await;
    assert!(plan.is_empty(), "{plan}");
    world.calls();
    world.apply().await;
    let (again, changed) = world.calls();
    assert_eq!(changed, Vec::<String>::new());
    let first = reads.len() + writes.len();
    println!(
        "calls of the first run: {first}, of the second: {}",
        again.len()
    );
    assert!(!again.is_empty() && again.len() < first);
}

#[tokio::test(start_paused = true)]
async fn drift_is_named_and_just_that_is_mended() {
    let world = World::new();
    world.apply().await;
    let role = format!("projects/{PROJECT}/roles/groundcrewInstance");
    let fewer = json!({ "includedPermissions":
        ["cloudkms.cryptoKeyVersions.useToDecrypt", "storage.objects.get", "storage.objects.list"] });
    let path = format!("PATCH /v1/{role}?updateMask=includedPermissions");
    assert_eq!(world.ask(&path, fewer).await.0, 200);
    let account = format!("/v1/projects/{PROJECT}/serviceAccounts/{INSTANCES}");
    let nobody = json!({ "policy": { "version": 3, "bindings": [] } });
    assert_eq!(
        world
            .ask(&format!("POST {account}:setIamPolicy"), nobody)
            .await
            .0,
        200
    );

    let plan = world.look().await;
    let ids = [
        format!("policy of account {INSTANCES}"),
        format!("role {role}"),
    ];
    let mut found = undone(&plan);
    found.sort();
    assert_eq!(found, ids, "{plan}");
    let text = plan.to_string();
    assert!(
        text.contains("permissions: +storage.objects.create\n"),
        "{text}"
    );
    let lost =
        format!("grants: +roles/iam.serviceAccountUser to serviceAccount:{RESOURCE_MANAGER}\n");
    assert!(text.contains(&lost), "{text}");

    world.calls();
    world.apply().await;
    let (_, mut writes) = world.calls();
    writes.sort();
    let expected = [
        "iam.projects.roles.patch",
        "iam.projects.serviceAccounts.setIamPolicy",
    ];
    assert_eq!(writes, expected);
}

/// What Google says when the resource manager looks for its machines.
async fn status(world: &World) -> u16 {
    let project = PROJECT.parse().expect("an id");
    let listed = compute::aggregated_list(&world.resource_manager(), &project, "").await;
    listed.map_or_else(|error| error.status().expect("an answer"), |_| 200)
}

#[tokio::test(start_paused = true)]
async fn revoked_is_refused_and_the_data_stays() {
    let world = World::new();
    world.apply().await;
    assert_eq!(status(&world).await, 200);

    let revoked = world.setup.revoke(false, &|_| {}).await.expect("read");
    assert_eq!(revoked.report.outcomes.len(), 2, "{revoked:#?}");
    assert!(
        revoked
            .report
            .outcomes
            .values()
            .all(StepOutcome::is_success)
    );
    assert_eq!((revoked.others, revoked.disabled), (vec![], vec![]));
    assert_eq!(status(&world).await, 403);
    assert_eq!(
        world
            .ask(&format!("GET /storage/v1/b/{BUCKET}"), Value::Null)
            .await
            .0,
        200
    );

    // What somebody else gave it is not taken away, and not kept quiet.
    let project = format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}");
    let member = format!("serviceAccount:{RESOURCE_MANAGER}");
    let grant = |role: &str| {
        world
            .host
            .with(|cloud, _| cloud.grant(&project, role, &member, None))
    };
    grant("roles/viewer");
    let revoked = world.setup.revoke(true, &|_| {}).await.expect("read");
    let other = format!("roles/viewer to {member} in the policy of project {PROJECT}");
    assert_eq!(revoked.others, [other]);
    assert_eq!(revoked.disabled.len(), 1);
    let account = format!("GET /v1/projects/{PROJECT}/serviceAccounts/{INSTANCES}");
    assert_eq!(world.ask(&account, Value::Null).await.1["disabled"], true);

    world.apply().await;
    assert_eq!(status(&world).await, 200);
    assert_ne!(world.ask(&account, Value::Null).await.1["disabled"], true);
}

#[tokio::test(start_paused = true)]
async fn delete_leaves_nothing_of_ours_but_what_is_retained() {
    let world = World::new();
    let before = world.ask(&policy(), json!({})).await.1["bindings"].clone();
    world.apply().await;
    let plan = world.setup.plan_teardown().await.expect("observed");
    let report = world
        .setup
        .delete(&plan, &|_| {})
        .await
        .expect("the record");
    assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);

    for gone in [
        format!("/storage/v1/b/{BUCKET}"),
        format!("/v1/projects/{PROJECT}/serviceAccounts/{INSTANCES}"),
    ] {
        assert_eq!(
            world.ask(&format!("GET {gone}"), Value::Null).await.0,
            404,
            "{gone}"
        );
    }
    for role in ["groundcrewInstance", "groundcrewResourceManager"] {
        let path = format!("GET /v1/projects/{PROJECT}/roles/{role}");
        assert_eq!(
            world.ask(&path, Value::Null).await.1["deleted"],
            true,
            "{role}"
        );
    }
    assert_eq!(world.ask(&policy(), json!({})).await.1["bindings"], before);
    assert_eq!(status(&world).await, 403);

    let is_retained = |origin: &Origin| matches!(origin, Origin::Retained { .. });
    let entries = &report.record.entries;
    assert!(
        entries.values().all(|entry| is_retained(&entry.origin)),
        "{entries:#?}"
    );
    let key = format!("key {KEY}").parse::<ResourceId>().expect("an id");
    let until = entries.get(&key).map(|entry| entry.origin);
    assert!(
        matches!(until, Some(Origin::Retained { until: Some(_) })),
        "{entries:#?}"
    );
    let (_, versions) = world
        .ask(&format!("GET /v1/{KEY}/cryptoKeyVersions"), Value::Null)
        .await;
    assert_eq!(
        versions["cryptoKeyVersions"][0]["state"],
        "DESTROY_SCHEDULED"
    );
}

fn policy() -> String {
    format!("POST /v3/projects/{PROJECT}:getIamPolicy")
}

#[tokio::test(start_paused = true)]
async fn what_was_there_is_adopted_and_kept() {
    let world = World::new();
    world
        .host
        .with(|cloud, now| cloud.declare_bucket(BUCKET, PROJECT, now));
    world.apply().await;
    let plan = world.setup.plan_teardown().await.expect("observed");
    let bucket = |step: &&Step| step.id == ResourceId::Bucket(BUCKET.parse().expect("a name"));
    assert!(
        plan.steps
            .iter()
            .find(bucket)
            .is_some_and(|step| step.action.sign() == "=")
    );
    let report = world
        .setup
        .delete(&plan, &|_| {})
        .await
        .expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert_eq!(
        world
            .ask(&format!("GET /storage/v1/b/{BUCKET}"), Value::Null)
            .await
            .0,
        200
    );
}
