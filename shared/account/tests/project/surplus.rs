//! More access than the setup gives.

use crate::world::{BUCKET, INSTANCES, JOB_CHANGED, KEY, PROJECT, RESOURCE_MANAGER, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn surplus(plan: &plan::Plan) -> BTreeSet<String> {
    let surplus = plan.surplus();
    surplus
        .map(|(id, surplus)| format!("{id}: {surplus}"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn every_grant_beyond_the_setup_is_named_and_kept() {
    let world = World::new();
    world.apply().await;
    assert_eq!(surplus(&world.plan().await), BTreeSet::new());
    let storage = format!("//storage.googleapis.com/projects/_/buckets/{BUCKET}");
    let (manager, changed) = (RESOURCE_MANAGER, JOB_CHANGED);
    let role = format!("projects/{PROJECT}/roles/groundcrewResourceManager");
    let everybody = "allAuthenticatedUsers".to_owned();
    let account = |email: &str| format!("serviceAccount:{email}");
    let given = [
        // The setup's own role, without its condition.
        (
            format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}"),
            role.as_str(),
            account(manager),
            format!("policy of project {PROJECT}"),
        ),
        (
            format!("//iam.googleapis.com/projects/{PROJECT}/serviceAccounts/{INSTANCES}"),
            "roles/iam.serviceAccountTokenCreator",
            account(manager),
            format!("policy of account {INSTANCES}"),
        ),
        (
            format!("//cloudkms.googleapis.com/{KEY}"),
            "roles/cloudkms.cryptoKeyDecrypter",
            account(manager),
            format!("policy of key {KEY}"),
        ),
        (
            storage.clone(),
            "roles/storage.objectViewer",
            account(INSTANCES),
            format!("policy of bucket {BUCKET}"),
        ),
        (
            format!("{storage}/managedFolders/jobs/"),
            "roles/storage.objectViewer",
            account(changed),
            format!("policy of folder {BUCKET}/jobs/"),
        ),
        (
            format!("{storage}/managedFolders/agent/"),
            "roles/storage.objectAdmin",
            everybody,
            format!("policy of folder {BUCKET}/agent/"),
        ),
    ];
    let mut expected = BTreeSet::new();
    for (resource, role, member, id) in &given {
        world
            .host
            .with(|cloud, _| cloud.grant(resource, role, member, None));
        expected.insert(format!("{id}: grants: surplus {role} to {member}"));
    }
    // Grants to others, and to the machines' account on the project, are theirs.
    let project = format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}");
    for member in [account(INSTANCES), "user:them@example.com".to_owned()] {
        world
            .host
            .with(|cloud, _| cloud.grant(&project, "roles/viewer", &member, None));
    }
    let plan = world.plan().await;
    assert_eq!(surplus(&plan), expected, "{plan}");
    assert!(plan.is_empty(), "{plan}");
    world.calls();
    let report = world.setup.apply(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert_eq!(world.calls().1, Vec::<String>::new());
    assert_eq!(surplus(&world.plan().await), expected);
}

#[tokio::test(start_paused = true)]
async fn a_firewall_rule_that_lets_something_in_is_named_and_kept() {
    let world = World::new();
    world.apply().await;
    let rules = format!("POST /compute/v1/projects/{PROJECT}/global/firewalls");
    let network = |name: &str| format!("projects/{PROJECT}/global/networks/{name}");
    let (ours, ssh) = (
        network("groundcrew"),
        json!([{ "IPProtocol": "tcp", "ports": ["22"] }]),
    );
    for rule in [
        json!({ "name": "lets-ssh-in", "network": ours, "allowed": ssh }),
        json!({ "name": "is-disabled", "network": ours, "allowed": ssh, "disabled": true }),
        json!({ "name": "denies", "network": ours, "denied": ssh }),
        json!({ "name": "goes-out", "network": ours, "allowed": ssh, "direction": "EGRESS" }),
        json!({ "name": "elsewhere", "network": network("default"), "allowed": ssh }),
    ] {
        let (status, begun) = world.ask(&rules, rule).await;
        assert_eq!(status, 200, "{begun}");
    }
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let plan = world.plan().await;
    let expected = format!("network {ours}: ingress-rules: surplus lets-ssh-in");
    assert_eq!(surplus(&plan), [expected].into(), "{plan}");
    assert!(
        plan.to_string()
            .contains("\n         ingress-rules: surplus lets-ssh-in\n")
    );
    world.apply().await;
    let rule = format!("GET /compute/v1/projects/{PROJECT}/global/firewalls/lets-ssh-in");
    assert_eq!(world.ask(&rule, Value::Null).await.0, 200);
}
