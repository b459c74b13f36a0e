//! Accounts that are not visible everywhere yet, and policies of all kinds.

use crate::world::{
    ACCOUNT, OWNER, PROJECT, World, bucket, deployment, grant, manifest, policy, valid, with,
};
use plan::{Action, Manifest, PolicyTarget, Resource};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_new_account_is_visible_before_a_policy_names_it() {
    let world = World::with(|cloud| cloud.set_account_delay(Duration::from_secs(60)));
    let process = world.process();
    let report = process.apply(&manifest()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let calls = process.calls();
    let path = |call: &&crate::world::Call| call.verb == "GET" && call.path.ends_with(ACCOUNT);
    let reads: Vec<u16> = calls.iter().filter(path).map(|call| call.status).collect();
    // One read to plan, the failed ones, three successful ones, and one to plan
    // again.
    assert!(reads.iter().filter(|status| **status == 404).count() > 2);
    assert!(reads.ends_with(&[404, 200, 200, 200, 200]), "{reads:?}");
    let read = format!("GET /storage/v1/b/{}/iam", bucket());
    let (_, bound) = world.ask(&read, Value::Null).await;
    assert!(bound.to_string().contains(ACCOUNT), "{bound}");
}

#[tokio::test(start_paused = true)]
async fn a_topic_a_folder_and_a_billing_account_have_policies_too() {
    const TOPIC: &str = "projects/demo-project/topics/jobs";
    const BILLING: &str = "billingAccounts/012345-6789AB-CDEF01";
    let world = World::with(|cloud| {
        cloud.add_organization("1");
        cloud.add_folder("7", "organizations/1");
        cloud.add_billing_account("012345-6789AB-CDEF01");
        let owner = format!("user:{OWNER}");
        let folder = "//cloudresourcemanager.googleapis.com/folders/7";
        cloud.grant(folder, "roles/iam.securityAdmin", &owner, None);
        let organization = "//cloudresourcemanager.googleapis.com/organizations/1";
        let viewer = "roles/resourcemanager.folderViewer";
        cloud.grant(organization, viewer, &owner, None);
        let billing = format!("//cloudbilling.googleapis.com/{BILLING}");
        cloud.grant(&billing, "roles/billing.admin", &owner, None);
    });
    let topic = format!("PUT /v1/{TOPIC}");
    assert_eq!(world.ask(&topic, json!({})).await.0, 200);
    let member = "user:them@example.com";
    let wanted = || -> Vec<Resource> {
        vec![
            policy(
                PolicyTarget::Topic(valid(TOPIC)),
                &[grant("roles/pubsub.publisher", member)],
            ),
            policy(
                PolicyTarget::ResourceFolder(valid("organizations/1/7")),
                &[grant("roles/viewer", member)],
            ),
            policy(
                PolicyTarget::BillingAccount(valid(BILLING)),
                &[grant("roles/billing.admin", member)],
            ),
        ]
    };
    let process = world.process();
    let policies = Manifest::new(deployment(), wanted()).expect("each once");
    let plan = process.look(&policies).await;
    assert!(
        plan.steps
            .iter()
            .all(|step| matches!(step.action, Action::Change { .. })),
        "{plan}"
    );
    // The record is stored in the bucket, so there must be one.
    let mut all = crate::world::resources();
    all.extend(wanted());
    let manifest = Manifest::new(deployment(), all).expect("each once");
    let report = process.apply(&manifest).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    for read in [
        format!("GET /v1/{TOPIC}:getIamPolicy"),
        "POST /v3/folders/7:getIamPolicy".to_owned(),
        format!("GET /v1/{BILLING}:getIamPolicy"),
    ] {
        let (_, policy) = world.ask(&read, Value::Null).await;
        assert!(policy.to_string().contains(member), "{read}: {policy}");
    }
    assert!(process.apply(&crate::world::empty()).await.is_done());
    for read in [
        format!("GET /v1/{TOPIC}:getIamPolicy"),
        "POST /v3/folders/7:getIamPolicy".to_owned(),
        format!("GET /v1/{BILLING}:getIamPolicy"),
    ] {
        let (status, policy) = world.ask(&read, Value::Null).await;
        assert_eq!(status, 200, "{read}");
        assert!(!policy.to_string().contains(member), "{read}: {policy}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_policy_of_a_new_resource_shows_its_grants() {
    let world = World::new();
    let plan = world.process().look(&manifest()).await.to_string();
    let lines: Vec<&str> = plan.lines().collect();
    let of_bucket = format!("+      policy of bucket {}", bucket());
    let at = lines.iter().position(|line| *line == of_bucket);
    let grant = lines[at.expect("it is created") + 1].trim();
    assert!(
        grant.starts_with("grants: +") && grant.ends_with(ACCOUNT),
        "{plan}"
    );
}

#[tokio::test(start_paused = true)]
async fn apis_are_read_together() {
    let world = World::new();
    let process = world.process();
    process.look(&manifest()).await;
    let calls = process.calls();
    let reads = calls.iter().filter(|call| call.path.contains("/services"));
    let paths: Vec<&str> = reads.map(|call| call.path.as_str()).collect();
    assert_eq!(paths, [format!("/v1/projects/{PROJECT}/services:batchGet")]);
}

/// What Cloud Storage grants on a new bucket to everyone with a basic role.
#[tokio::test(start_paused = true)]
async fn members_by_basic_role_are_removed_from_our_bucket_and_stay_away() {
    let read = format!("GET /storage/v1/b/{}/iam", bucket());
    let bound = async |world: &World| world.ask(&read, Value::Null).await.1;
    let world = World::new();
    let process = world.process();
    assert!(process.apply(&manifest()).await.is_done());
    let policy = bound(&world).await;
    assert!(!policy.to_string().contains("legacy"), "{policy}");

    let name = format!("//storage.googleapis.com/projects/_/buckets/{}", bucket());
    let (role, member) = (
        "roles/storage.legacyObjectReader",
        "projectViewer:demo-project",
    );
    world
        .host
        .with(|cloud, _| cloud.grant(&name, role, member, None));
    let plan = process.look(&manifest()).await;
    let change = format!("grants: -{role} to {member}");
    assert!(plan.to_string().contains(&change), "{plan}");
    assert!(process.apply(&manifest()).await.is_done());
    assert!(!bound(&world).await.to_string().contains("legacy"));

    // A bucket that existed before keeps what its owner relies on.
    let world = World::with(|cloud| {
        cloud.declare_bucket(
            bucket().as_str(),
            PROJECT,
            names::Timestamp::from_seconds(0),
        );
    });
    let process = world.process();
    let before = bound(&world).await.to_string();
    assert!(before.contains("projectViewer:demo-project"), "{before}");
    let Resource::Bucket(mut adopted) = manifest()
        .resources()
        .find(|resource| matches!(resource, Resource::Bucket(_)))
        .expect("a bucket")
        .clone()
    else {
        panic!("a bucket");
    };
    adopted.location = valid("us");
    assert!(
        process
            .apply(&with(Resource::Bucket(adopted)))
            .await
            .is_done()
    );
    let after = bound(&world).await.to_string();
    assert!(after.contains("projectViewer:demo-project"), "{after}");
}
