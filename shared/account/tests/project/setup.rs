//! Setup, drift, repair, revocation and teardown of a project, in the simulator.

use crate::world::{BUCKET, INSTANCES, KEY, PROJECT, RESOURCE_MANAGER, World};
use gcp::methods::compute;
use plan::{Origin, ResourceId, Step, StepOutcome};
use serde_json::{Value, json};

#[tokio::test(start_paused = true)]
async fn an_empty_project_is_set_up_and_a_second_run_only_reads() {
    let world = World::new();
    world.apply().await;
    let (reads, writes) = world.calls();
    assert!(!writes.is_empty());

    let plan = world.plan().await;
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
async fn only_drift_is_planned_and_repaired() {
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

    let plan = world.plan().await;
    insta::assert_snapshot!(plan, @r#"
    =      api projects/customer-project/services/cloudkms.googleapis.com
    =      api projects/customer-project/services/cloudresourcemanager.googleapis.com
    =      api projects/customer-project/services/compute.googleapis.com
    =      api projects/customer-project/services/iam.googleapis.com
    =      api projects/customer-project/services/pubsub.googleapis.com
    =      api projects/customer-project/services/storage.googleapis.com
    ~      role projects/customer-project/roles/groundcrewInstance
             permissions: +storage.objects.create
    =      role projects/customer-project/roles/groundcrewResourceManager
    =      account groundcrew-instances@customer-project.iam.gserviceaccount.com
    =      key-ring projects/customer-project/locations/us-central1/keyRings/groundcrew-default
    =      bucket customer-project-groundcrew
    =      network projects/customer-project/global/networks/groundcrew
    =      key projects/customer-project/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets
    =      folder customer-project-groundcrew/agent/
    =      folder customer-project-groundcrew/jobs/
    =      subnetwork projects/customer-project/regions/us-central1/subnetworks/groundcrew
    =      policy of project customer-project (adopted)
    ~      policy of account groundcrew-instances@customer-project.iam.gserviceaccount.com
             grants: +roles/iam.serviceAccountUser to serviceAccount:resource-manager@groundcrew-home.iam.gserviceaccount.com
    =      policy of bucket customer-project-groundcrew (adopted)
    =      policy of key projects/customer-project/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets (adopted)
    =      policy of folder customer-project-groundcrew/agent/ (adopted)
    =      policy of folder customer-project-groundcrew/jobs/ (adopted)
    0 to create, 2 to change, 0 to delete, 0 to adopt, 0 retained, 20 unchanged
    "#);

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

/// The status of the resource manager's request for its machines.
async fn status(world: &World) -> u16 {
    let project = PROJECT.parse().expect("an id");
    let listed = compute::aggregated_list(&world.resource_manager(), &project, "").await;
    listed.map_or_else(|error| error.status().expect("an answer"), |_| 200)
}

#[tokio::test(start_paused = true)]
async fn after_a_revocation_access_is_denied_and_the_data_stays() {
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

    // Grants by others are kept, and reported.
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
async fn a_teardown_leaves_only_what_google_retains() {
    let world = World::new();
    let before = world.ask(&policy(), json!({})).await.1["bindings"].clone();
    world.apply().await;
    let plan = world.setup.plan_teardown().await.expect("observed");
    insta::assert_snapshot!(plan, @r#"
    retain api projects/customer-project/services/pubsub.googleapis.com (others may use the API by now)
    -      folder customer-project-groundcrew/agent/
    -      subnetwork projects/customer-project/regions/us-central1/subnetworks/groundcrew
    ~      policy of project customer-project
             grants: -projects/customer-project/roles/groundcrewResourceManager to serviceAccount:resource-manager@groundcrew-home.iam.gserviceaccount.com if groundcrew: its own machines (resource.type != "compute.googleapis.com/Instance" || resource.name.extract("/instances/{name}").startsWith("gc-"))
    ~      policy of account groundcrew-instances@customer-project.iam.gserviceaccount.com
             grants: -roles/iam.serviceAccountUser to serviceAccount:resource-manager@groundcrew-home.iam.gserviceaccount.com
    ~      policy of key projects/customer-project/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets
             grants: -projects/customer-project/roles/groundcrewInstance to serviceAccount:groundcrew-instances@customer-project.iam.gserviceaccount.com
    ~      policy of bucket customer-project-groundcrew
             grants: -projects/customer-project/roles/groundcrewInstance to serviceAccount:groundcrew-instances@customer-project.iam.gserviceaccount.com if groundcrew: all but its record and volumes (!resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/objects/groundcrew/") && !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/objects/volumes/") && !resource.name.startsWith("projects/_/buckets/customer-project-groundcrew/managedFolders/volumes/"))
             grants: -roles/storage.objectUser to serviceAccount:groundcrew-instances@customer-project.iam.gserviceaccount.com if groundcrew: checkpoints of jobs (resource.name.extract("projects/_/buckets/customer-project-groundcrew/objects/jobs/{job}/checkpoints/") != "")
    ~      policy of folder customer-project-groundcrew/jobs/
             grants: -projects/customer-project/roles/groundcrewInstance to serviceAccount:job-changed@groundcrew-home.iam.gserviceaccount.com if groundcrew: claims and exit records (resource.type != "storage.googleapis.com/Object" || resource.name.endsWith("/claim.json") || resource.name.endsWith("/exit.json"))
    retain api projects/customer-project/services/cloudresourcemanager.googleapis.com (others may use the API by now)
    -      role projects/customer-project/roles/groundcrewInstance
    -      role projects/customer-project/roles/groundcrewResourceManager
    -      account groundcrew-instances@customer-project.iam.gserviceaccount.com
    retain key projects/customer-project/locations/us-central1/keyRings/groundcrew-default/cryptoKeys/secrets (it can be deleted when Google has destroyed its versions)
    -      folder customer-project-groundcrew/jobs/
    -      network projects/customer-project/global/networks/groundcrew
    retain api projects/customer-project/services/compute.googleapis.com (others may use the API by now)
    retain api projects/customer-project/services/iam.googleapis.com (others may use the API by now)
    retain key-ring projects/customer-project/locations/us-central1/keyRings/groundcrew-default (it contains a key that is being destroyed)
    -      bucket customer-project-groundcrew
    retain api projects/customer-project/services/cloudkms.googleapis.com (others may use the API by now)
    retain api projects/customer-project/services/storage.googleapis.com (others may use the API by now)
    0 to create, 5 to change, 8 to delete, 0 to adopt, 8 retained, 0 unchanged
    "#);
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
async fn an_existing_bucket_is_adopted_and_kept() {
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

/// Only what lies in `jobs/`, and only in a bucket that the setup created.
#[tokio::test(start_paused = true)]
async fn old_logs_age_out_of_a_bucket_that_the_setup_created() {
    for is_adopted in [false, true] {
        let world = World::new();
        let bucket = format!("/storage/v1/b/{BUCKET}");
        if is_adopted {
            world
                .host
                .with(|cloud, now| cloud.declare_bucket(BUCKET, PROJECT, now));
        }
        world.apply().await;
        let (_, found) = world.ask(&format!("GET {bucket}"), Value::Null).await;
        let rules = json!([{
            "action": { "type": "Delete" },
            "condition": { "age": 365, "matchesPrefix": ["jobs/"] },
        }]);
        let expected = if is_adopted { Value::Null } else { rules };
        assert_eq!(found["lifecycle"]["rule"], expected, "{is_adopted}");
        let plan = world.plan().await;
        assert!(plan.is_empty(), "{plan}");
    }
}
