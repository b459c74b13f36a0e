//! Machines that still run when the setup is removed or revoked.

use crate::world::{BUCKET, INSTANCES, PROJECT, World};
use plan::DeploymentRecord;
use serde_json::{Value, json};

const ZONE: &str = "/compute/v1/projects/customer-project/zones/us-central1-a/instances";

/// A machine of the job `train` that runs as `account`.
pub(crate) async fn launch(world: &World, account: &str) {
    world.host.with(|cloud, _| {
        let images = "//cloudresourcemanager.googleapis.com/projects/debian-cloud";
        let everybody = "allAuthenticatedUsers";
        cloud.add_project("debian-cloud", 44, None);
        cloud.grant(images, "roles/compute.imageUser", everybody, None);
    });
    let subnetwork = format!("projects/{PROJECT}/regions/us-central1/subnetworks/groundcrew");
    let machine = json!({
        "name": "gc-train-1",
        "labels": { "groundcrew-job": "train" },
        "machineType": "zones/us-central1-a/machineTypes/e2-small",
        "disks": [{ "boot": true, "autoDelete": true, "initializeParams": {
            "sourceImage": "projects/debian-cloud/global/images/family/debian-12" } }],
        "networkInterfaces": [{ "subnetwork": subnetwork }],
        "serviceAccounts": [{ "email": account, "scopes":
            ["https://www.googleapis.com/auth/cloud-platform"] }],
    });
    let (status, begun) = world.ask(&format!("POST {ZONE}"), machine).await;
    assert_eq!(status, 200, "{begun}");
    until_done(world, &begun).await;
}

/// Deletes the machine.
pub(crate) async fn end(world: &World) {
    let (status, begun) = world
        .ask(&format!("DELETE {ZONE}/gc-train-1"), Value::Null)
        .await;
    assert_eq!(status, 200, "{begun}");
    until_done(world, &begun).await;
}

async fn until_done(world: &World, begun: &Value) {
    let link = begun["selfLink"].as_str().expect("an operation");
    let path = link.strip_prefix("http://cloud").expect("of this cloud");
    let (_, done) = world.ask(&format!("POST {path}/wait"), Value::Null).await;
    assert_eq!(done["status"], "DONE", "{done}");
}

fn names_the_machine(error: &plan::Error) {
    let text = gcp::chain(error);
    for part in [
        "gc-train-1 in us-central1-a of the job train",
        "groundcrew job cancel",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_setup_is_not_deleted_while_its_machines_run() {
    let world = World::new();
    world.apply().await;
    launch(&world, INSTANCES).await;
    let plan = world.setup.plan_teardown().await.expect("observed");
    let record = DeploymentRecord::new(plan.deployment.clone());
    world.calls();
    names_the_machine(&world.setup.delete(&plan, &|_| {}).await.expect_err("used"));
    let finished = world.setup.finish(&plan.record, &|_| {}).await;
    names_the_machine(&finished.expect_err("used")[0]);
    let finished = world.setup.finish(&record, &|_| {}).await;
    names_the_machine(&finished.expect_err("used")[0]);
    assert_eq!(world.calls().1, Vec::<String>::new());
    assert!(world.plan().await.is_empty());

    end(&world).await;
    let report = world.setup.delete(&plan, &|_| {}).await.expect("unused");
    assert!(report.is_done(), "{:#?}", report.outcomes);
}

#[tokio::test(start_paused = true)]
async fn a_volume_is_not_deleted_while_a_machine_runs_with_it() {
    let world = World::new();
    world.apply().await;
    for name in ["data", "other"] {
        let volume = name.parse().expect("a name");
        let plan = world.setup.plan_volume_creation(&volume).await;
        let plan = plan.expect("observed");
        let created = world.setup.apply_volume(&volume, &plan, &|_| {}).await;
        assert!(created.expect("the record").is_done());
    }
    launch(
        &world,
        &format!("gc-volume-data@{PROJECT}.iam.gserviceaccount.com"),
    )
    .await;
    let delete = async |name: &str| {
        let volume = name.parse().expect("a name");
        let plan = world.setup.plan_volume_deletion(&volume).await;
        let plan = plan.expect("observed");
        world.setup.apply_volume(&volume, &plan, &|_| {}).await
    };
    world.calls();
    names_the_machine(&delete("data").await.expect_err("used"));
    assert_eq!(world.calls().1, Vec::<String>::new());
    assert!(delete("other").await.expect("unused").is_done());
    end(&world).await;
    assert!(delete("data").await.expect("unused").is_done());
}

#[tokio::test(start_paused = true)]
async fn a_revocation_says_which_machines_still_run() {
    let world = World::new();
    world.apply().await;
    launch(&world, INSTANCES).await;
    let revoked = world.setup.revoke(false, &|_| {}).await.expect("read");
    let running: Vec<String> = revoked.machines.iter().map(ToString::to_string).collect();
    assert_eq!(running, ["gc-train-1 in us-central1-a of the job train"]);
    let bucket = format!("GET /storage/v1/b/{BUCKET}");
    assert_eq!(world.ask(&bucket, Value::Null).await.0, 200);
}
