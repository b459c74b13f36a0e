//! Calls that Google refuses for another reason than a missing permission.

use crate::world::{KEY, OWNER, PROJECT, RESOURCE_MANAGER, World};
use account::Setup;
use gcp::Class;
use plan::{Action, ApplyReport, StepOutcome};
use serde_json::{Value, json};
use simulator::{api::serviceusage::DeclaredRefusal, iam::Principal};
use tokio::time::Duration;

async fn run(setup: &Setup) -> ApplyReport {
    let plan = setup.plan().await.expect("observed");
    setup.apply(&plan, &|_| {}).await.expect("the record")
}

fn failures(report: &ApplyReport) -> Vec<(String, Class)> {
    let outcomes = report.outcomes.values();
    let failed = outcomes.filter_map(|outcome| match outcome {
        StepOutcome::Failed { reason, class } => Some((reason.clone(), *class)),
        StepOutcome::Unchanged
        | StepOutcome::Created { .. }
        | StepOutcome::Adopted
        | StepOutcome::Changed
        | StepOutcome::Deleted
        | StepOutcome::Retained { .. }
        | StepOutcome::Blocked { .. } => None,
    });
    failed.collect()
}

/// Compute Engine's is a 403.
#[tokio::test(start_paused = true)]
async fn a_rate_limit_is_waited_for() {
    let world = World::new();
    let plan = world.plan().await;
    let refusal = DeclaredRefusal::RateLimit;
    let refuse = |cloud: &mut simulator::Cloud, _| cloud.refuse_calls("compute.", refusal);
    world.host.with(refuse);
    let host = world.host.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(90)).await;
        host.with(|cloud, _| cloud.allow_calls());
    });
    let report = world.setup.apply(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
}

#[tokio::test(start_paused = true)]
async fn a_policy_of_the_organization_is_final_and_named() {
    for (refusal, class, advice) in [
        (
            DeclaredRefusal::Constraint("constraints/iam.allowedPolicyMemberDomains".to_owned()),
            Class::Invalid,
            "ask the organization's administrator about the policy that Google names",
        ),
        (
            DeclaredRefusal::Perimeter,
            Class::Denied,
            "let the caller through VPC Service Controls",
        ),
    ] {
        let world = World::new();
        let method = "cloudresourcemanager.projects.setIamPolicy";
        world
            .host
            .with(|cloud, _| cloud.refuse_calls(method, refusal));
        let before = world.now();
        let failures = failures(&run(&world.setup).await);
        assert_eq!(failures.len(), 1, "{failures:#?}");
        let (reason, found) = &failures[0];
        assert_eq!(*found, class, "{reason}");
        assert!(reason.contains(advice), "{reason}");
        assert!(!reason.contains("permission that Google names"), "{reason}");
        // It is not tried again and again.
        let set = world.calls().1.into_iter().filter(|call| call == method);
        assert_eq!(set.count(), 1);
        assert!(world.now() > before);
    }
}

/// Disables Cloud KMS, as a customer can: keys stay, and cannot be seen.
async fn disable_kms(world: &World) {
    let service = format!("/v1/projects/{PROJECT}/services/cloudkms.googleapis.com");
    let disable = format!("POST {service}:disable");
    let (status, begun) = world
        .ask(&disable, json!({ "disableDependentServices": true }))
        .await;
    assert_eq!(status, 200, "{begun}");
    tokio::time::sleep(Duration::from_secs(120)).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_disabled_api_hides_is_not_taken_for_gone() {
    let world = World::new();
    world.apply().await;
    disable_kms(&world).await;
    let plan = world.setup.plan_teardown().await.expect("observed");
    let key = format!("key {KEY}").parse().expect("a key");
    let step = plan.step(&key).expect("the key is not forgotten");
    let Action::Refuse { reason } = &step.action else {
        panic!("{plan}");
    };
    assert!(reason.contains("its API is disabled"), "{reason}");
    world.calls();
    let report = world.setup.delete(&plan, &|_| {}).await.expect("a record");
    assert!(!report.is_done());
    assert_eq!(world.calls().1, Vec::<String>::new());

    // Without a record, the marks of other resources are signs of the key.
    let bucket = crate::world::BUCKET;
    let record = format!("/storage/v1/b/{bucket}/o/groundcrew%2Fdeployment.json");
    let deleted = world.ask(&format!("DELETE {record}"), Value::Null).await;
    assert_eq!(deleted.0, 204);
    let plan = world.setup.plan_teardown().await.expect("observed");
    let step = plan.step(&key).expect("the key is not forgotten");
    assert!(matches!(step.action, Action::Refuse { .. }), "{plan}");

    // A revocation says which policies it cannot see.
    let revoked = world.setup.revoke(false, &|_| {}).await.expect("read");
    assert!(revoked.report.is_done());
    let unseen = format!("unknown grants in the policy of key {KEY}: its API is disabled");
    assert_eq!(revoked.others, [unseen]);

    // Applied again, the setup enables the API, and finds the key there.
    world.apply().await;
    assert!(world.plan().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_disabled_api_is_laid_at_the_door_of_its_consumer() {
    let world = World::new();
    world.apply().await;
    // IAM counts the calls of a service account against its own project.
    let home = "groundcrew-home";
    let who = Principal::service_account(RESOURCE_MANAGER);
    world.host.with(|cloud, _| {
        let project = format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}");
        for role in ["roles/owner", "roles/storage.admin"] {
            cloud.grant(&project, role, who.as_str(), None);
        }
        cloud.without_api(home, "iam.googleapis.com");
    });
    let setup = world.setup_as(&who);
    for errors in [setup.plan().await, setup.plan_teardown().await] {
        let errors = errors.expect_err("it cannot see");
        assert!(!errors.is_empty());
        for error in errors {
            let text = gcp::chain(&error);
            let advice = "`gcloud services enable iam.googleapis.com --project=43`";
            assert!(text.contains(advice), "{text}");
        }
    }
    // A person's calls count against the customer's project.
    assert!(world.setup_as(&Principal::user(OWNER)).plan().await.is_ok());
}
