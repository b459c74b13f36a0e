//! A spec that does not describe the deployment that the project has, and a record
//! that is lost.

use crate::{
    policies::policy,
    world::{BUCKET, INSTANCES, KEY, PROJECT, RESOURCE_MANAGER, World, settings},
};
use account::{Setup, Spec};
use names::VolumeName;
use plan::{Action, DeploymentRecord, Plan, Step, StepOutcome};
use serde_json::{Value, json};

const VOLUME_ACCOUNT: &str = "gc-volume-data@customer-project.iam.gserviceaccount.com";

/// The setup with these lines in its spec.
fn with(world: &World, lines: &str) -> (Setup, Spec) {
    let text = format!("project: {PROJECT}\n{lines}\n");
    let spec = Spec::parse("groundcrew.yaml", &text, None).expect("a spec");
    (Setup::new(world.owner(), &spec, &settings()), spec)
}

fn volume() -> VolumeName {
    "data".parse().expect("a name")
}

async fn create_volume(setup: &Setup) {
    let plan = setup.plan_volume_creation(&volume()).await;
    let plan = plan.expect("observed");
    let report = setup.apply_volume(&volume(), &plan, &|_| {}).await;
    assert!(report.expect("the record").is_done());
}

async fn status(world: &World, path: &str) -> u16 {
    world.ask(path, Value::Null).await.0
}

async fn lose_record(world: &World) {
    let record = format!("DELETE /storage/v1/b/{BUCKET}/o/groundcrew%2Fdeployment.json");
    assert_eq!(status(world, &record).await, 204);
}

async fn delete(setup: &Setup) {
    let plan = setup.plan_teardown().await.expect("observed");
    let report = setup.delete(&plan, &|_| {}).await.expect("unused");
    assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
}

/// What a plan changes, beyond adopting it.
fn changed(plan: &Plan) -> Vec<String> {
    let is_change = |step: &&Step| !matches!(step.action, Action::Keep | Action::Adopt { .. });
    let steps = plan.steps.iter().filter(is_change);
    steps.map(|step| step.id.to_string()).collect()
}

/// Every way in is refused with these words, and nothing is written.
async fn refused_everywhere(world: &World, lines: &str, words: &[&str]) {
    let (setup, spec) = with(world, lines);
    refuses_everything(world, &setup, &spec, words).await;
}

async fn refuses_everything(world: &World, setup: &Setup, spec: &Spec, words: &[&str]) {
    let recorded = world.setup.recorded().await.expect("observed");
    world.calls();
    let volume = volume();
    let creation = match setup.plan_volume_creation(&volume).await {
        Err(account::volume::VolumeError::Unreadable(errors)) => errors,
        other => panic!("{other:?}"),
    };
    let empty = DeploymentRecord::new(spec.deployment_id());
    for (way, errors) in [
        ("apply", setup.plan().await.err()),
        ("delete", setup.plan_teardown().await.err()),
        ("sweep", setup.finish(&recorded, &|_| {}).await.err()),
        ("sweep by marks", setup.finish(&empty, &|_| {}).await.err()),
        ("revoke", setup.revoke(true, &|_| {}).await.err()),
        ("volumes", setup.volumes().await.err()),
        ("volume create", Some(creation)),
        (
            "volume delete",
            setup.plan_volume_deletion(&volume).await.err(),
        ),
    ] {
        let errors = errors.unwrap_or_else(|| panic!("{way} is not refused: {spec:?}"));
        let text = gcp::chain(&errors[0]);
        for word in words {
            assert!(text.contains(word), "{way}: {text}");
        }
    }
    assert_eq!(world.calls().1, Vec::<String>::new(), "{spec:?}");
}

#[tokio::test(start_paused = true)]
async fn a_changed_identifying_field_is_refused_by_every_way_in() {
    let world = World::new();
    world.apply().await;
    world
        .host
        .with(|cloud, now| cloud.declare_bucket("their-bucket", PROJECT, now));
    for bucket in ["no-such-bucket", "their-bucket"] {
        let field = format!("`bucket:` is {bucket}");
        let words = [
            &field,
            BUCKET,
            "customer-project_default",
            "correct the spec",
        ];
        refused_everywhere(&world, &format!("bucket: {bucket}"), &words).await;
    }
    let words = ["`kms_location:`", "is europe-west4", KEY];
    refused_everywhere(&world, "kms_location: europe-west4", &words).await;
    assert!(world.plan().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn ownership_is_not_guessed_if_nothing_names_the_bucket() {
    let world = World::new();
    world.apply().await;
    let path = format!("PATCH /v1/{KEY}?updateMask=labels");
    let labels = json!({ "labels": { "groundcrew-deployment": "customer-project_default" } });
    assert_eq!(world.ask(&path, labels).await.0, 200);
    let words = ["customer-project_default", "`bucket:` is no-such-bucket"];
    refused_everywhere(&world, "bucket: no-such-bucket", &words).await;
    // The bucket's own mark is enough.
    lose_record(&world).await;
    let plan = world.plan().await;
    assert_eq!(changed(&plan), [format!("key {KEY}")], "{plan}");
}

#[tokio::test(start_paused = true)]
async fn the_access_of_another_deployment_is_not_revoked() {
    let world = World::new();
    world.apply().await;
    for lines in [
        "deployment: blue",
        "deployment: blue\nbucket: no-such-bucket",
    ] {
        let (blue, _) = with(&world, lines);
        world.calls();
        let errors = blue.revoke(true, &|_| {}).await.expect_err("another's");
        let text = gcp::chain(&errors[0]);
        assert!(text.contains("customer-project_default"), "{text}");
        assert_eq!(world.calls().1, Vec::<String>::new());
    }
    // Neither is that of another project's deployment.
    let text = format!("project: groundcrew-home\nbucket: {BUCKET}\n");
    let spec = Spec::parse("groundcrew.yaml", &text, None).expect("a spec");
    let home = Setup::new(world.owner(), &spec, &settings());
    let errors = home.revoke(true, &|_| {}).await.expect_err("another's");
    let text = gcp::chain(&errors[0]);
    assert!(text.contains("customer-project_default"), "{text}");
    assert_eq!(world.calls().1, Vec::<String>::new());
    assert!(world.plan().await.is_empty());
}

/// The names of its deployment, its bucket and its accounts are the same for both.
#[tokio::test(start_paused = true)]
async fn a_project_that_another_groundcrew_set_up_is_left_alone() {
    const OTHER: &str = "resource-manager@another-home.iam.gserviceaccount.com";
    let world = World::new();
    world.apply().await;
    let mut of_other = settings();
    of_other.resource_manager = OTHER.parse().expect("an address");
    let spec = with(&world, "").1;
    let other = Setup::new(world.owner(), &spec, &of_other);
    let words = [RESOURCE_MANAGER, OTHER, "revoke its access first"];
    refuses_everything(&world, &other, &spec, &words).await;
    lose_record(&world).await;
    refuses_everything(&world, &other, &spec, &words).await;
    world.apply().await;
    assert!(world.plan().await.is_empty());
    // A revocation is not recorded; the policy shows it.
    let revoked = world.setup.revoke(false, &|_| {}).await.expect("begun");
    assert!(revoked.errors.is_empty(), "{:#?}", revoked.errors);
    let plan = other.plan().await.expect("nobody else's");
    assert!(!plan.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_does_not_keep_the_rest_from_being_revoked() {
    let world = World::new();
    world.apply().await;
    world.host.with(|cloud, _| cloud.without_billing(PROJECT));
    let revoked = world.setup.revoke(false, &|_| {}).await.expect("begun");
    assert!(!revoked.errors.is_empty(), "{revoked:#?}");
    let done = revoked.report.outcomes.values();
    assert_eq!(done.filter(|outcome| outcome.is_success()).count(), 2);
    assert!(!policy(&world).await.to_string().contains(RESOURCE_MANAGER));
}

#[tokio::test(start_paused = true)]
async fn without_a_record_revoke_finds_the_volumes() {
    let world = World::new();
    world.apply().await;
    create_volume(&world.setup).await;
    lose_record(&world).await;
    let revoked = world.setup.revoke(true, &|_| {}).await.expect("read");
    assert!(revoked.errors.is_empty(), "{:#?}", revoked.errors);
    let disabled: Vec<String> = revoked.disabled.iter().map(ToString::to_string).collect();
    assert_eq!(disabled, [INSTANCES, VOLUME_ACCOUNT]);
    let removed = revoked.report.outcomes.values();
    assert_eq!(removed.filter(|o| StepOutcome::is_success(o)).count(), 3);
    for account in [INSTANCES, VOLUME_ACCOUNT] {
        let path = format!("POST /v1/projects/{PROJECT}/serviceAccounts/{account}:getIamPolicy");
        let (_, policy) = world.ask(&path, Value::Null).await;
        assert!(!policy.to_string().contains(RESOURCE_MANAGER), "{policy}");
    }
}

/// What of the setup is left: accounts, folders and grants.
async fn left(world: &World) -> String {
    let mut left = String::new();
    for path in [
        format!("GET /v1/projects/{PROJECT}/serviceAccounts"),
        format!("GET /storage/v1/b/{BUCKET}/managedFolders"),
        format!("GET /storage/v1/b/{BUCKET}/iam?optionsRequestedPolicyVersion=3"),
        format!("GET /compute/v1/projects/{PROJECT}/global/networks"),
    ] {
        left += &world.ask(&path, Value::Null).await.1.to_string();
    }
    left + &policy(world).await.to_string()
}

#[tokio::test(start_paused = true)]
async fn without_a_record_delete_removes_everything_in_one_run() {
    for is_adopted in [false, true] {
        let world = World::new();
        if is_adopted {
            world
                .host
                .with(|cloud, now| cloud.declare_bucket(BUCKET, PROJECT, now));
        }
        world.apply().await;
        create_volume(&world.setup).await;
        lose_record(&world).await;
        delete(&world.setup).await;
        let bucket = status(&world, &format!("GET /storage/v1/b/{BUCKET}")).await;
        assert_eq!(bucket, if is_adopted { 200 } else { 404 });
        let left = left(&world).await;
        for ours in ["gc-volume", "groundcrew-instances", "volumes/", "jobs/"] {
            assert!(
                !left.contains(ours),
                "adopted: {is_adopted}: {ours}: {left}"
            );
        }
        let plan = world.setup.plan_teardown().await.expect("observed");
        assert!(plan.is_empty(), "{plan}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_apply_restores_a_lost_record() {
    let world = World::new();
    world.apply().await;
    create_volume(&world.setup).await;
    let before = world.setup.record().await.expect("read").expect("there");
    lose_record(&world).await;
    let plan = world.plan().await;
    assert_eq!(changed(&plan), Vec::<String>::new(), "{plan}");
    let report = world.setup.apply(&plan, &|_| {}).await;
    assert!(report.expect("no record").is_done());
    let after = world.setup.record().await.expect("read").expect("there");
    // That an API was enabled by the setup is not known: it stays enabled anyway.
    for (id, entry) in before.entries.iter().filter(|(id, _)| id.api().is_none()) {
        let restored = after.entries.get(id).unwrap_or_else(|| panic!("{id}"));
        assert_eq!(restored.grants, entry.grants, "{id}");
        let is_ring = id.to_string().starts_with("key-ring ");
        assert!(
            is_ring || restored.origin == entry.origin,
            "{id}: {restored:?}"
        );
    }
    delete(&world.setup).await;
    assert!(!left(&world).await.contains("gc-volume"));
}

#[tokio::test(start_paused = true)]
async fn without_a_record_the_network_is_found_whatever_the_spec_says_of_it() {
    let world = World::new();
    let lines = "regions: [us-central1, europe-west4]\ninternet: nat";
    let (two, _) = with(&world, lines);
    let plan = two.plan().await.expect("observed");
    assert!(two.apply(&plan, &|_| {}).await.expect("new").is_done());
    lose_record(&world).await;
    delete(&with(&world, "subnetwork: default").0).await;
    for path in [
        "global/networks/groundcrew",
        "regions/us-central1/subnetworks/groundcrew",
        "regions/europe-west4/subnetworks/groundcrew",
        "regions/us-central1/routers/groundcrew",
        "regions/europe-west4/routers/groundcrew",
    ] {
        let path = format!("GET /compute/v1/projects/{PROJECT}/{path}");
        assert_eq!(status(&world, &path).await, 404, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_setup_whose_bucket_was_deleted_by_hand_can_be_deleted() {
    let world = World::new();
    world.apply().await;
    lose_record(&world).await;
    for folder in ["jobs%2F", "agent%2F"] {
        let path = format!("DELETE /storage/v1/b/{BUCKET}/managedFolders/{folder}");
        assert_eq!(status(&world, &path).await, 204);
    }
    assert_eq!(
        status(&world, &format!("DELETE /storage/v1/b/{BUCKET}")).await,
        204
    );
    delete(&world.setup).await;
    assert!(!left(&world).await.contains("groundcrew-instances"));
}

#[tokio::test(start_paused = true)]
async fn a_damaged_record_keeps_nothing_from_being_revoked_and_says_what_to_do() {
    let world = World::new();
    world.apply().await;
    let path = format!(
        "POST /upload/storage/v1/b/{BUCKET}/o?uploadType=media&name=groundcrew%2Fdeployment.json"
    );
    assert_eq!(world.ask(&path, json!({ "cut": "off" })).await.0, 200);
    let errors = world.setup.plan_teardown().await.expect_err("damaged");
    let text = gcp::chain(&errors[0]);
    let next = "restore `groundcrew/deployment.json` in the bucket, or delete it";
    assert!(text.contains(next), "{text}");
    let revoked = world.setup.revoke(false, &|_| {}).await.expect("begun");
    assert_eq!(revoked.errors.len(), 1, "{revoked:#?}");
    assert!(!policy(&world).await.to_string().contains(RESOURCE_MANAGER));
    lose_record(&world).await;
    delete(&world.setup).await;
}
