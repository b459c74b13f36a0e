//! Networks and subnetworks.

use crate::world::{
    Call, NETWORK, PROJECT, SUBNETWORK, World, empty, manifest, stored, subnetwork, with,
};
use plan::{Action, DeploymentRecord, Manifest, Origin, ResourceId, StepOutcome};
use serde_json::{Value, json};
use std::time::Duration;

fn get(name: &str) -> String {
    format!("GET /compute/v1/{name}")
}

async fn until_done(world: &World, begun: &Value) {
    let link = begun["selfLink"].as_str().expect("an operation");
    let path = link.strip_prefix("http://cloud").expect("of this cloud");
    let (_, done) = world.ask(&format!("POST {path}/wait"), Value::Null).await;
    assert_eq!(done["status"], "DONE", "{done}");
}

#[tokio::test(start_paused = true)]
async fn a_network_has_no_firewall_rules_and_private_google_access() {
    let world = World::new();
    let report = world.process().apply(&manifest()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let (_, network) = world.ask(&get(NETWORK), Value::Null).await;
    assert_eq!(network["autoCreateSubnetworks"], false);
    let (_, subnetwork) = world.ask(&get(SUBNETWORK), Value::Null).await;
    assert_eq!(subnetwork["privateIpGoogleAccess"], true);
    assert_eq!(subnetwork["ipCidrRange"], "10.0.0.0/20");
    for marked in [&network, &subnetwork] {
        let words = marked["description"].as_str().expect("a description");
        assert!(
            words.ends_with("[groundcrew-deployment: demo-project_local]"),
            "{words}"
        );
    }
    let rules = get(&format!("projects/{PROJECT}/global/firewalls"));
    let (_, rules) = world.ask(&rules, Value::Null).await;
    assert_eq!(rules.get("items"), None, "{rules}");

    assert!(world.process().apply(&empty()).await.is_done());
    assert_eq!(world.ask(&get(SUBNETWORK), Value::Null).await.0, 404);
    assert_eq!(world.ask(&get(NETWORK), Value::Null).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_subnetwork_that_does_not_exist_is_refused_by_name() {
    let world = World::new();
    let process = world.process();
    let missing = SUBNETWORK.replace("/groundcrew", "/nosuch");
    let id: ResourceId = format!("subnetwork {missing}").parse().expect("an id");
    let refers = |id: &ResourceId| manifest().refer_to(id.clone(), "`subnetwork:` in the spec");
    let plan = process.look(&refers(&id)).await;
    let text = plan.to_string();
    assert!(
        text.contains(&format!(
            "!      {id} (`subnetwork:` in the spec refers to it"
        )),
        "{text}"
    );
    process.calls();
    assert!(!process.apply(&refers(&id)).await.is_done());
    assert!(process.calls().iter().all(Call::is_read));

    assert!(process.apply(&manifest()).await.is_done());
    let there: ResourceId = format!("subnetwork {SUBNETWORK}").parse().expect("an id");
    let others = Manifest::new(
        manifest().deployment().clone(),
        manifest().resources().filter(|r| r.id() != there).cloned(),
    );
    let refers = others
        .expect("each once")
        .refer_to(there.clone(), "a field");
    let record = DeploymentRecord::new(manifest().deployment().clone());
    let plan = process
        .engine
        .plan_with(&refers, &record)
        .await
        .expect("observed");
    assert_eq!(plan.step(&there), None, "{plan}");
}

#[tokio::test(start_paused = true)]
async fn disabled_private_google_access_is_enabled_again() {
    let world = World::new();
    let process = world.process();
    assert!(process.apply(&manifest()).await.is_done());
    let off = format!("POST /compute/v1/{SUBNETWORK}/setPrivateIpGoogleAccess");
    let (status, begun) = world
        .ask(&off, json!({ "privateIpGoogleAccess": false }))
        .await;
    assert_eq!(status, 200);
    until_done(&world, &begun).await;
    let plan = process.look(&manifest()).await;
    let text = plan.to_string();
    assert!(
        text.contains("private-google-access: \"false\" -> \"true\""),
        "{text}"
    );
    process.calls();
    assert!(process.apply(&manifest()).await.is_done());
    let writes: Vec<_> = process
        .calls()
        .into_iter()
        .filter(|call| !call.is_read() && !call.path.ends_with("/wait"))
        .collect();
    assert_eq!(writes.len(), 1, "{writes:#?}");
    let (_, seen) = world.ask(&get(SUBNETWORK), Value::Null).await;
    assert_eq!(seen["privateIpGoogleAccess"], true);
}

#[tokio::test(start_paused = true)]
async fn an_immutable_difference_is_refused_and_named() {
    let world = World::new();
    let process = world.process();
    assert!(process.apply(&manifest()).await.is_done());
    let plan = process.look(&with(subnetwork("10.1.0.0/20"))).await;
    let id = subnetwork("10.1.0.0/20").id();
    let Action::Refuse { reason } = &plan.step(&id).expect("a step").action else {
        panic!("{plan}");
    };
    assert!(
        reason.contains("range: \"10.0.0.0/20\" -> \"10.1.0.0/20\"")
            && reason.contains("cannot be changed"),
        "{reason}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_existing_network_is_adopted_and_kept() {
    let world = World::new();
    let theirs = json!({ "name": "groundcrew", "autoCreateSubnetworks": false });
    let insert = format!("POST /compute/v1/projects/{PROJECT}/global/networks");
    let (status, begun) = world.ask(&insert, theirs).await;
    assert_eq!(status, 200);
    until_done(&world, &begun).await;
    let report = world.process().apply(&manifest()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let id: ResourceId = format!("network {NETWORK}").parse().expect("an id");
    assert_eq!(report.outcomes[&id], StepOutcome::Adopted);
    let record = stored(&world).await.expect("a record");
    assert_eq!(record.entries[&id].origin, Origin::Adopted);
    assert!(world.process().apply(&empty()).await.is_done());
    assert_eq!(world.ask(&get(SUBNETWORK), Value::Null).await.0, 404);
    assert_eq!(world.ask(&get(NETWORK), Value::Null).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn teardown_waits_for_the_machines_on_the_network() {
    let world = World::with(|cloud| {
        let images = "//cloudresourcemanager.googleapis.com/projects/debian-cloud";
        cloud.add_project("debian-cloud", 44, None);
        cloud.grant(
            images,
            "roles/compute.imageUser",
            "allAuthenticatedUsers",
            None,
        );
    });
    assert!(world.process().apply(&manifest()).await.is_done());
    let zone = format!("/compute/v1/projects/{PROJECT}/zones/europe-west4-a/instances");
    let machine = json!({
        "name": "busy",
        "machineType": "zones/europe-west4-a/machineTypes/n1-standard-4",
        "disks": [{ "boot": true, "initializeParams": {
            "sourceImage": "projects/debian-cloud/global/images/family/debian-12" } }],
        "networkInterfaces": [{ "subnetwork": SUBNETWORK }],
    });
    let (status, begun) = world.ask(&format!("POST {zone}"), machine).await;
    assert_eq!(status, 200, "{begun}");
    until_done(&world, &begun).await;
    let process = world.process();
    let nothing = empty();
    let (report, deleted) = tokio::join!(process.apply(&nothing), async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let there = world.ask(&get(SUBNETWORK), Value::Null).await.0;
        let delete = format!("DELETE {zone}/busy");
        (there, world.ask(&delete, Value::Null).await.0)
    });
    assert_eq!(deleted, (200, 200));
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert_eq!(world.ask(&get(NETWORK), Value::Null).await.0, 404);
    let refused = process.calls();
    let busy = |call: &&crate::world::Call| call.verb == "DELETE" && call.status == 400;
    assert!(refused.iter().filter(busy).count() > 1, "it asked again");
}

/// Because of Google's latency, a subnetwork may be requested before its network
/// is ready: here by a run that finds the network of another run that crashed.
#[tokio::test(start_paused = true)]
async fn a_subnetwork_waits_until_its_network_is_created() {
    let world = World::with(|cloud| {
        cloud.compute_settings().other_operation = Duration::from_secs(40);
    });
    let insert = format!("POST /compute/v1/projects/{PROJECT}/global/networks");
    let begun = json!({ "name": "groundcrew", "autoCreateSubnetworks": false,
        "description": "x [groundcrew-deployment: demo-project_local]" });
    assert_eq!(world.ask(&insert, begun).await.0, 200);
    let process = world.process();
    let report = process.apply(&manifest()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let early = |call: &crate::world::Call| {
        call.path.ends_with("/subnetworks") && call.verb == "POST" && call.status == 400
    };
    assert!(process.calls().iter().any(early), "it was not too early");
    let id: ResourceId = format!("network {NETWORK}").parse().expect("an id");
    let record = stored(&world).await.expect("a record");
    assert_eq!(record.entries[&id].origin, Origin::Created);
}
