//! Plans applied to the simulator.

use crate::world::{
    ACCOUNT, PROJECT, ROLE, World, bucket, empty, manifest, resources, role, stored, valid,
};
use plan::{Action, Manifest, Origin, Resource, StepOutcome};
use serde_json::{Value, json};

#[tokio::test(start_paused = true)]
async fn an_empty_project_is_set_up_and_then_left_alone() {
    let world = World::new();
    let process = world.process();
    let report = process.apply(&manifest()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert!(report.remaining.expect("looked again").is_empty());
    process.calls();

    let again = process.apply(&manifest()).await;
    assert!(again.is_done());
    let calls = process.calls();
    assert!(!calls.is_empty());
    assert!(calls.iter().all(crate::world::Call::is_read), "{calls:#?}");

    let (_, policy) = world
        .ask(
            &format!(
                "GET /storage/v1/b/{}/iam?optionsRequestedPolicyVersion=3",
                bucket()
            ),
            Value::Null,
        )
        .await;
    let binding = &policy["bindings"][0];
    assert_eq!(binding["role"], ROLE);
    assert_eq!(binding["members"][0], format!("serviceAccount:{ACCOUNT}"));
}

#[tokio::test(start_paused = true)]
async fn a_project_without_apis_is_set_up_in_one_run() {
    let world = World::with(|cloud| cloud.without_apis(PROJECT));
    let report = world.process().apply(&manifest()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert!(world.process().look(&manifest()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_drift_is_planned_and_repaired() {
    let world = World::new();
    let process = world.process();
    process.apply(&manifest()).await;
    let patch = json!({ "includedPermissions": ["storage.objects.get", "storage.objects.list"] });
    let path = format!("PATCH /v1/{ROLE}?updateMask=includedPermissions");
    assert_eq!(world.ask(&path, patch).await.0, 200);

    let plan = process.look(&manifest()).await;
    let text = plan.to_string();
    let drifted: Vec<_> = plan.steps.iter().filter(|step| !step.is_noop()).collect();
    assert_eq!(drifted.len(), 1, "{text}");
    assert!(
        text.contains("permissions: +storage.objects.create\n"),
        "{text}"
    );
    assert!(
        text.contains("permissions: -storage.objects.list\n"),
        "{text}"
    );
    process.calls();
    assert!(process.apply(&manifest()).await.is_done());
    let written: Vec<_> = process
        .calls()
        .into_iter()
        .filter(|call| !call.is_read())
        .collect();
    assert_eq!(written.len(), 1, "{written:#?}");
    assert_eq!(written[0].path, format!("/v1/{ROLE}"));
}

#[tokio::test(start_paused = true)]
async fn a_teardown_leaves_only_what_google_retains() {
    let world = World::new();
    let process = world.process();
    process.apply(&manifest()).await;
    let plan = process.look(&empty()).await;
    let report = process
        .engine
        .apply(&empty(), &plan, &|_| {})
        .await
        .expect("reads");
    assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
    for gone in [
        format!("GET /storage/v1/b/{}", bucket()),
        format!("GET /v1/projects/{PROJECT}/serviceAccounts/{ACCOUNT}"),
    ] {
        assert_eq!(world.ask(&gone, Value::Null).await.0, 404, "{gone}");
    }
    let (_, role) = world.ask(&format!("GET /v1/{ROLE}"), Value::Null).await;
    assert_eq!(role["deleted"], true);
    let kept: Vec<String> = report
        .record
        .entries
        .keys()
        .map(|id| id.to_string())
        .collect();
    assert!(kept.iter().all(|id| id.starts_with("key")), "{kept:#?}");
    assert_eq!(kept.len(), 2);
    assert!(
        report
            .record
            .entries
            .values()
            .all(|entry| matches!(entry.origin, Origin::Retained { until: Some(_) })),
        "{:#?}",
        report.record
    );

    // Set up again, the role and the account are restored.
    let again = process.apply(&manifest()).await;
    assert!(again.is_done(), "{:#?}", again.outcomes);
}

#[tokio::test(start_paused = true)]
async fn existing_resources_are_adopted_and_outlive_the_deployment() {
    let world = World::new();
    let theirs = json!({ "name": bucket(), "location": "US", "labels": { "owner": "them" } });
    world
        .ask(&format!("POST /storage/v1/b?project={PROJECT}"), theirs)
        .await;
    let process = world.process();
    let plan = process.look(&manifest()).await;
    let step = plan
        .step(&plan::ResourceId::Bucket(bucket()))
        .expect("there");
    assert!(matches!(step.action, Action::Adopt { .. }), "{plan}");
    let report = process.apply(&manifest()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let (_, seen) = world
        .ask(&format!("GET /storage/v1/b/{}", bucket()), Value::Null)
        .await;
    assert_eq!(seen["labels"], json!({ "owner": "them" }));
    assert_eq!(
        seen["iamConfiguration"]["publicAccessPrevention"],
        "enforced"
    );

    let report = process.apply(&empty()).await;
    assert!(report.is_done(), "{:#?}", report.outcomes);
    assert_eq!(
        world
            .ask(&format!("GET /storage/v1/b/{}", bucket()), Value::Null)
            .await
            .0,
        200
    );
    let record = stored(&world).await.expect("kept in the adopted bucket");
    assert!(
        !record
            .entries
            .contains_key(&plan::ResourceId::Bucket(bucket()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_of_another_owner_is_refused() {
    let world = World::with(|cloud| {
        cloud.add_project("their-project", 44, None);
        cloud.declare_bucket(
            bucket().as_str(),
            "their-project",
            names::Timestamp::from_seconds(0),
        );
    });
    let errors = world
        .process()
        .engine
        .plan(&manifest())
        .await
        .expect_err("not ours");
    let text = errors[0].to_string();
    assert!(
        text.contains(bucket().as_str()) && text.contains("choose another name"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_blocks_only_what_depends_on_it() {
    let world = World::new();
    let process = world.process();
    let mut all = resources();
    for resource in &mut all {
        if let Resource::Role(role) = resource {
            role.permissions.insert("nonsense".to_owned());
        }
    }
    let manifest = Manifest::new(crate::world::deployment(), all).expect("each once");
    let report = process.apply(&manifest).await;
    let failed: Vec<_> = report
        .outcomes
        .iter()
        .filter(|(_, o)| !o.is_success())
        .collect();
    assert_eq!(failed.len(), 2, "{failed:#?}");
    let role_id = Resource::Role(role()).id();
    assert!(
        matches!(&report.outcomes[&role_id], StepOutcome::Failed { reason, .. } if reason.contains(ROLE) && reason.contains("next:"))
    );
    let blocked = plan::ResourceId::Policy(plan::PolicyTarget::Bucket(bucket()));
    assert_eq!(
        report.outcomes[&blocked],
        StepOutcome::Blocked {
            by: role_id.to_string()
        }
    );
    assert!(
        world
            .process()
            .apply(&crate::world::manifest())
            .await
            .is_done()
    );
}

#[tokio::test(start_paused = true)]
async fn a_foreign_binding_is_kept_as_it_was() {
    let world = World::new();
    let theirs = json!({
        "role": "roles/compute.instanceAdmin.v1",
        "members": ["user:them@example.com"],
        "condition": { "title": "theirs", "expression": "request.time < timestamp(\"2030-01-01T00:00:00Z\")", "description": "d" },
    });
    let (_, mut policy) = world
        .ask(
            &format!("POST /v3/projects/{PROJECT}:getIamPolicy"),
            json!({ "options": { "requestedPolicyVersion": 3 } }),
        )
        .await;
    policy["version"] = 3.into();
    policy["bindings"]
        .as_array_mut()
        .expect("a list")
        .push(theirs.clone());
    world
        .ask(
            &format!("POST /v3/projects/{PROJECT}:setIamPolicy"),
            json!({ "policy": policy }),
        )
        .await;
    let before = policy["bindings"].clone();
    let read = || async {
        let options = json!({ "options": { "requestedPolicyVersion": 3 } });
        let (_, policy) = world
            .ask(
                &format!("POST /v3/projects/{PROJECT}:getIamPolicy"),
                options,
            )
            .await;
        policy["bindings"].clone()
    };
    assert!(world.process().apply(&manifest()).await.is_done());
    assert_eq!(
        read().await.as_array().expect("a list").len(),
        before.as_array().expect("a list").len() + 1
    );
    assert!(read().await.as_array().expect("a list").contains(&theirs));
    assert!(world.process().apply(&empty()).await.is_done());
    assert_eq!(read().await, before);
    let _: names::ProjectId = valid(PROJECT);
}

/// With Google-like latencies, a setup takes as long as its longest chain of
/// dependencies.
#[tokio::test(start_paused = true)]
async fn a_setup_takes_as_long_as_its_longest_chain() {
    let latency = std::time::Duration::from_millis(400);
    let world = World::new();
    let process = world.cut(None, latency);
    let plan = process.look(&manifest()).await;
    process.calls();
    let started = tokio::time::Instant::now();
    let report = process
        .engine
        .apply(&manifest(), &plan, &|_| {})
        .await
        .expect("reads");
    let took = started.elapsed();
    assert!(report.is_done());
    let first = process.calls().len();
    // Read the record (1); create the bucket (1); write the record (1); create the
    // account, read it three times until it is visible, then read and write a
    // policy that names it (6); write the record (1); plan again, with concurrent
    // reads (1).
    let chain = 11;
    println!("first run: {first} calls in {took:?}, {chain} of them one after another");
    assert!(took <= latency * chain * 12 / 10, "{took:?}");

    process.apply(&manifest()).await;
    println!("second run: {} calls", process.calls().len());
}

#[tokio::test(start_paused = true)]
async fn two_deployments_do_not_share_a_bucket() {
    let world = World::new();
    assert!(world.process().apply(&manifest()).await.is_done());
    let other = Manifest::new(valid("demo-project_other"), resources()).expect("each once");
    let errors = world
        .process()
        .engine
        .plan(&other)
        .await
        .expect_err("not its own");
    let text = errors[0].to_string();
    assert!(text.contains(bucket().as_str()), "{text}");
    assert!(world.process().look(&manifest()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_deleted_manually_is_restored() {
    let world = World::new();
    assert!(world.process().apply(&manifest()).await.is_done());
    let account = format!("/v1/projects/{PROJECT}/serviceAccounts/{ACCOUNT}");
    let get = format!("GET {account}");
    let (_, before) = world.ask(&get, Value::Null).await;
    assert_eq!(
        world.ask(&format!("DELETE {account}"), Value::Null).await.0,
        200
    );
    let report = world.process().apply(&manifest()).await;
    assert!(
        report.is_done(),
        "{:#?}\n{:?}",
        report.outcomes,
        report.remaining.map(|p| p.to_string())
    );
    let (_, after) = world.ask(&get, Value::Null).await;
    assert_eq!(before["uniqueId"], after["uniqueId"]);
    assert!(world.process().look(&manifest()).await.is_empty());
}
